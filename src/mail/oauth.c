/* oauth.c: see oauth.h.
 *
 * The row's lease_until keeps two processes from spending one refresh token at
 * the same time (some providers give a new one each time and end the old one);
 * within a process the mutex does, so that the second thread finds the first one's token. */
#include "mail/oauth.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "json/read.h"
#include "net/guard.h"
#include "store/oauth.h"

#define EARLY (5 * USEC_MINUTE)
#define LEASE (2 * USEC_MINUTE)
#define PAUSE USEC_MINUTE /* after a failure, before the provider is asked again */
#define ANSWER_BYTES ((size_t)65536)
#define LIFE_LEAST 60 /* seconds that a token is believed to live, at least */
#define LIFE_DEFAULT 3600
#define LIFE_MOST (365 * 86400)

void oauth_init(struct oauth *o)
{
	pthread_mutex_init(&o->mutex, NULL);
}

void oauth_release(struct oauth *o)
{
	pthread_mutex_destroy(&o->mutex);
}

str oauth_xoauth2(struct arena *a, str user, str token)
{
	return str_base64(
	    a,
	    str_printf(a, "user=%.*s\001auth=Bearer %.*s\001\001", STR_FMT(user), STR_FMT(token)),
	    false);
}

/* ---- the request ---- */

struct request {
	const struct oauth *o;
	bool guard_refused;
	struct buf body;
};

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct request *q = arg;
	if (!q->o->allow_private && !net_addr_is_public(&to->addr)) {
		q->guard_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct request *q = arg;
	buf_add(&q->body, str_n(p, size * n));
	return q->body.failed ? 0 : size * n;
}

static void add_field(struct buf *b, const char *name, str value)
{
	static const char hex[] = "0123456789ABCDEF";
	if (!value.n)
		return;
	buf_addf(b, "%s%s=", b->n ? "&" : "", name);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.' || c == '_' || c == '~')
			buf_addc(b, (char)c);
		else
			buf_add(b, str_n((char[]){'%', hex[c >> 4], hex[c & 15]}, 3));
	}
}

static void init_once(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Posts the form; *status 0 when there was no answer (why then says what). */
static void post(struct request *q, struct arena *a, str url, const struct buf *form, long *status,
                 str *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct oauth *o = q->o;
	pthread_once(&once, init_once);
	CURL *curl = curl_easy_init();
	*status = 0;
	*why = STR("no handle");
	if (!curl)
		return;
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
	curl_easy_setopt(curl, CURLOPT_URL, str_z(a, url));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, o->allow_private ? "https,http" : "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->ca_file.n)
		curl_easy_setopt(curl, CURLOPT_CAINFO, str_z(a, o->ca_file));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT,
	                 (long)(o->timeout_seconds ? o->timeout_seconds : 30));
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)form->n);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form->p);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, q);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, q);
	CURLcode rc = curl_easy_perform(curl);
	if (rc == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
	else
		*why = q->guard_refused ? STR("the address is not a public one")
		                        : str_dup(a, str_of(curl_easy_strerror(rc)));
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
}

/* ---- what the provider says ---- */

struct grant {
	str access, refresh; /* "" refresh: the old one stays */
	int64_t seconds;
	str why;      /* when access is "" */
	bool consent; /* a person is needed */
};

/* A code of RFC 6749 5.2, and nothing else that a server may say. */
static str code_of(struct arena *a, str said)
{
	size_t n = 0;
	while (n < said.n && n < 60 && ((said.p[n] >= 'a' && said.p[n] <= 'z') || said.p[n] == '_'))
		n++;
	return str_dup(a, str_sub(said, 0, n));
}

static void read_answer(struct arena *a, long status, str body, struct grant *out)
{
	const struct json *v = NULL;
	struct error ignored = {0};
	if (json_parse(a, body, NULL, &v, &ignored))
		v = NULL;
	str type = json_get_str(v, "token_type", STR("Bearer"));
	*out = (struct grant){.access = json_get_str(v, "access_token", STR("")),
	                      .refresh = json_get_str(v, "refresh_token", STR("")),
	                      .seconds = json_get_i64(v, "expires_in", LIFE_DEFAULT)};
	if (out->seconds < LIFE_LEAST)
		out->seconds = LIFE_LEAST;
	if (out->seconds > LIFE_MOST)
		out->seconds = LIFE_MOST;
	bool fit = status == 200 && out->access.n > 0 && str_eq_nocase(type, STR("bearer"));
	for (size_t i = 0; i < out->access.n; i++) /* it goes into a line of a protocol */
		fit = fit && out->access.p[i] > 0x20 && out->access.p[i] < 0x7f;
	if (fit)
		return;
	str said = code_of(a, json_get_str(v, "error", STR("")));
	out->access = STR("");
	out->why = said.n ? said : str_printf(a, "HTTP %ld", status);
	/* What no new try mends: the consent is gone, or the client is not the right one. */
	out->consent = str_is(said, "invalid_grant") || str_is(said, "interaction_required") ||
	               str_is(said, "consent_required") || str_is(said, "login_required") ||
	               str_is(said, "invalid_client") || str_is(said, "unauthorized_client");
}

static enum err ask(const struct oauth *o, struct arena *a, const struct oauth_credential *c,
                    struct grant *out, struct error *e)
{
	str secret = STR(""), refresh;
	long status;
	str why;
	if (!o->key || !c->refresh_token_box.n ||
	    !secret_open(a, o->key, oauth_context(a, c->id, "refresh"), c->refresh_token_box,
	                 &refresh) ||
	    (c->client_secret_box.n && !secret_open(a, o->key, oauth_context(a, c->id, "secret"),
	                                            c->client_secret_box, &secret)))
		return secret_locked(e, "the secrets of OAuth credential", c->id);
	struct request q = {.o = o};
	BUF_AUTO form;
	buf_init(&form, ANSWER_BYTES);
	add_field(&form, "grant_type", STR("refresh_token"));
	add_field(&form, "refresh_token", refresh);
	add_field(&form, "client_id", c->client_id);
	add_field(&form, "client_secret", secret);
	add_field(&form, "scope", c->scope);
	buf_init(&q.body, ANSWER_BYTES);
	post(&q, a, c->token_url, &form, &status, &why);
	if (status)
		read_answer(a, status, str_dup(a, buf_str(&q.body)), out);
	else
		*out = (struct grant){.access = STR(""), .why = why};
	buf_release(&q.body);
	return ERR_OK;
}

/* ---- the row ---- */

struct step {
	struct oauth *o;
	const struct oauth_credential *c;
	const struct grant *grant; /* NULL: claim */
	usec now, lease;
	bool held;
};

static enum err claim_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct step *s = arg;
	return oauth_claim(tx, s->c, s->now, s->lease, &s->held, e);
}

static enum err store_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct step *s = arg;
	const struct grant *g = s->grant;
	ARENA_AUTO a = arena_new();
	int64_t id = s->c->id;
	if (!g->access.n)
		return oauth_failed(tx, s->c, s->lease,
		                    g->consent ? STR("consent") : STR("failing"), g->why, s->now,
		                    &s->held, e);
	str box = secret_seal(a, s->o->key, oauth_context(a, id, "access"), g->access);
	str refresh = g->refresh.n
	                  ? secret_seal(a, s->o->key, oauth_context(a, id, "refresh"), g->refresh)
	                  : STR("");
	return oauth_renewed(tx, s->c, s->lease, box, s->now + g->seconds * USEC_SECOND, refresh,
	                     s->now, &s->held, e);
}

static enum err load(struct oauth *o, struct arena *a, int64_t id, struct oauth_credential *c,
                     struct error *e)
{
	struct db_conn *conn;
	enum err err = db_read_begin(o->db, &conn, e);
	if (err)
		return err;
	err = oauth_get(a, conn, id, c, e);
	db_read_end(o->db, conn);
	return err;
}

static enum err failed(const struct grant *g, struct arena *a, struct error *e)
{
	return error_set(e, g->consent ? ERR_AUTH : ERR_IO,
	                 g->consent ? OAUTH_EXPIRED : "error.oauth_failed", NULL, str_z(a, g->why));
}

static enum err renew(struct oauth *o, struct arena *a, const struct oauth_credential *c,
                      str *token, struct error *e)
{
	struct step s = {.o = o, .c = c, .now = clock_now(o->clock)};
	struct grant g;
	s.lease = s.now + LEASE;
	enum err err = db_write(o->db, claim_run, &s, e);
	if (err)
		return err;
	if (!s.held)
		return error_set(e, ERR_BUSY, "error.oauth_busy", NULL, NULL);
	err = ask(o, a, c, &g, e);
	if (err) {
		struct grant none = {.why = STR("key file")};
		struct error ignored = {0};
		s.grant = &none;
		if (db_write(o->db, store_run, &s, &ignored) && o->log)
			log_warn(o->log, "an OAuth failure was not stored", LOG_ERR(&ignored));
		return err;
	}
	s.grant = &g;
	s.now = clock_now(o->clock);
	err = db_write(o->db, store_run, &s, e);
	if (err)
		return err;
	if (!g.access.n) {
		if (o->log)
			log_error(o->log,
			          g.consent ? "an OAuth credential needs consent again"
			                    : "no OAuth token was given",
			          LOG_INT("credential", c->id), LOG_STR("why", g.why));
		return failed(&g, a, e);
	}
	*token = g.access;
	return ERR_OK;
}

enum err oauth_access_token(struct oauth *o, int64_t credential_id, str host, struct arena *a,
                            str *token, struct error *e)
{
	struct oauth_credential c = {0};
	usec early = o->early ? o->early : EARLY;
	*token = STR("");
	pthread_mutex_lock(&o->mutex);
	usec now = clock_now(o->clock);
	enum err err = load(o, a, credential_id, &c, e);
	if (!err && !oauth_serves(&c, host))
		err = error_set(e, ERR_AUTH, "error.oauth_host", NULL, str_z(a, host));
	str kept = STR("");
	if (!err && c.access_token_box.n && o->key &&
	    !secret_open(a, o->key, oauth_context(a, c.id, "access"), c.access_token_box, &kept))
		kept = STR("");
	bool alive = kept.n && now < c.expires_at;
	struct grant before = {.why = c.error, .consent = str_is(c.state, "consent")};
	if (err) {
		; /* nothing to ask with */
	} else if (alive && now < c.expires_at - early) {
		*token = kept;
	} else if (!alive && (before.consent || (str_is(c.state, "failing") && now >= c.error_at &&
	                                         now - c.error_at < PAUSE))) {
		err = failed(&before, a, e);
	} else {
		struct error why = {0};
		err = before.consent ? failed(&before, a, &why) : renew(o, a, &c, token, &why);
		if (err && alive) { /* the old one serves a little longer */
			*token = kept;
			err = ERR_OK;
		} else if (err && e) {
			*e = why;
		}
	}
	pthread_mutex_unlock(&o->mutex);
	return err;
}

struct forget {
	const struct oauth_credential *c;
};

static enum err forget_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct forget *f = arg;
	return oauth_forget(tx, f->c->id, f->c->access_token_box, e);
}

enum err oauth_token_refused(struct oauth *o, int64_t credential_id, str token, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct oauth_credential c;
	struct forget f = {&c};
	str kept;
	pthread_mutex_lock(&o->mutex);
	enum err err = load(o, a, credential_id, &c, e);
	/* Only this one: another may have been given meanwhile. */
	if (!err && c.access_token_box.n && o->key &&
	    secret_open(a, o->key, oauth_context(a, c.id, "access"), c.access_token_box, &kept) &&
	    str_eq(kept, token))
		err = db_write(o->db, forget_run, &f, e);
	pthread_mutex_unlock(&o->mutex);
	return err;
}
