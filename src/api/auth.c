/* auth.c: who is calling, and is the call their own doing?
 *
 * A browser proves who it is by the session's cookie, a program by a bearer
 * token. A cookie is sent by the browser whatever page asks, so with a cookie
 * (or before signing in) a request that changes something, and a WebSocket,
 * must come from our own page: Origin, when the browser sends it, names us; and
 * X-Requested-With is there, which a foreign page cannot set without asking
 * first (and we never allow it).
 */
#include "api/call.h"

static const char *cookie_name(bool secure)
{
	return secure ? "__Host-otklik" : "otklik";
}

str api_auth_cookie(struct arena *a, bool secure, str token, usec max_age)
{
	return str_printf(a, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s; Max-Age=%lld",
	                  cookie_name(secure), STR_FMT(token), secure ? "; Secure" : "",
	                  (long long)(token.n ? max_age / USEC_SECOND : 0));
}

/* "https://help.example.com/x" -> "help.example.com" */
static str authority(str url)
{
	ptrdiff_t i = str_find(url, STR("://"));
	if (i < 0)
		return STR("");
	str rest = str_from(url, (size_t)i + 3);
	ptrdiff_t slash = str_chr(rest, '/');
	return slash < 0 ? rest : str_sub(rest, 0, (size_t)slash);
}

static bool same_origin(const struct api_call *call, str origin)
{
	if (call->api->origin.n && str_eq_nocase(origin, call->api->origin))
		return true;
	str host = authority(origin);
	return host.n && call->req->host.n && str_eq_nocase(host, call->req->host);
}

enum err api_auth_begin(struct api_call *call, struct error *e)
{
	struct http_req *r = call->req;
	str header = http_header(r, "authorization");
	if (str_starts_nocase(header, STR("Bearer "))) {
		call->proof = API_PROOF_BEARER;
		call->credential = str_trim(str_from(header, 7));
		return ERR_OK;
	}
	str cookie = http_cookie(r, cookie_name(call->api->o.secure_cookies));
	if (cookie.n) {
		call->proof = API_PROOF_COOKIE;
		call->credential = cookie;
	}
	bool changes = r->method != HTTP_GET && r->method != HTTP_HEAD;
	if (!changes && call->route->mode != API_MODE_STREAM)
		return ERR_OK;
	str origin = http_header(r, "origin");
	if (origin.p && !same_origin(call, origin))
		return error_set(e, ERR_DENIED, "error.foreign_origin", NULL, NULL);
	if (changes && cookie.n && http_header(r, "x-requested-with").n == 0)
		return error_set(e, ERR_DENIED, "error.foreign_origin", "X-Requested-With", NULL);
	return ERR_OK;
}

enum err api_auth_actor(struct api_call *call, struct arena *a, struct error *e)
{
	struct actor *actor = ARENA_NEW(a, struct actor);
	enum err err = ERR_OK;
	if (call->proof == API_PROOF_BEARER)
		err = actor_from_token(a, call->conn, call->credential, call->now, actor, e);
	else if (call->proof == API_PROOF_COOKIE)
		err = actor_from_session(a, call->conn, call->credential, call->now, actor, e);
	else
		return ERR_OK;
	/* An old cookie must not keep anybody from signing in anew. */
	if (err == ERR_AUTH && call->route->access == API_ACCESS_PUBLIC)
		return ERR_OK;
	if (err == ERR_OK)
		call->actor = actor;
	return err;
}

enum err api_auth_route(const struct api_call *call, struct error *e)
{
	const struct api_route *route = call->route;
	if (route->access == API_ACCESS_PUBLIC)
		return ERR_OK;
	if (call->actor->kind == ACTOR_NOBODY)
		return error_set(e, ERR_AUTH, "error.auth", NULL, NULL);
	if (route->access == API_ACCESS_RIGHTS && !(call->actor->rights & route->rights)) {
		int right = 0;
		while (!(route->rights >> right & 1))
			right++;
		return error_set(e, ERR_DENIED, "error.denied", NULL,
		                 right_name((enum right)right));
	}
	return ERR_OK;
}
