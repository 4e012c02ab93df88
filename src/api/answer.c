/* answer.c: from results and errors to HTTP. The only place that knows statuses. */
#include <unistd.h>

#include "api/call.h"
#include "sys/digest.h"
#include "text/message.h"

enum { FIELDS_MAX = 16 };

struct fields {
	struct http_field f[FIELDS_MAX];
	size_t n;
};

static void add(struct fields *h, const char *name, str value)
{
	if (h->n < FIELDS_MAX)
		h->f[h->n++] = (struct http_field){str_of(name), value};
}

/* On every answer. A page that embeds, sniffs or caches one gets nothing. */
static void add_common(struct fields *h, const char *content_type, const char *csp)
{
	if (content_type)
		add(h, "Content-Type", str_of(content_type));
	add(h, "Cache-Control", STR("no-store"));
	add(h, "Content-Security-Policy",
	    str_of(csp ? csp : "default-src 'none'; frame-ancestors 'none'"));
	add(h, "X-Content-Type-Options", STR("nosniff"));
	add(h, "Referrer-Policy", STR("no-referrer"));
	add(h, "Cross-Origin-Resource-Policy", STR("same-origin"));
}

int api_status_of(enum err code)
{
	switch (code) {
	case ERR_OK:
		return 200;
	case ERR_INVALID:
		return 422;
	case ERR_SYNTAX:
		return 400;
	case ERR_AUTH:
		return 401;
	case ERR_DENIED:
		return 403;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_CONFLICT:
		return 409;
	case ERR_TOO_LARGE:
		return 413;
	case ERR_THROTTLED:
		return 429;
	case ERR_BUSY:
	case ERR_IO:
	case ERR_DB:
		return 503;
	case ERR_INTERNAL:
		break;
	}
	return 500;
}

/* ---- the end of a call ---- */

/* One line a request. The path itself is not logged: it may hold a token. */
static void note(struct api_call *call, int status, size_t bytes)
{
	usec now = clock_now(call->desk->clock), took = now - call->req->received_at;
	if (took < 0)
		took = 0;
	int64_t account = call->account_id;
	if (!account && call->actor->kind == ACTOR_ACCOUNT)
		account = call->actor->account_id;
	api_metrics_count(call->api->metrics, call->route, status, took);
	log_info(call->api->o.log, "request", LOG_Z("route", call->route ? call->route->name : ""),
	         LOG_STR("method", call->req->method_name), LOG_INT("id", call->id),
	         LOG_INT("status", status), LOG_USEC("ms", took), LOG_INT("bytes", bytes),
	         LOG_INT("account", account), LOG_STR("peer", call->req->peer));
}

/* What is on the heap; afterwards the call is gone with the request. */
static void finish(struct api_call *call, int status, const struct fields *h)
{
	struct buf out = call->out;
	struct arena *job_arena = call->job_arena;
	memset(&call->out, 0, sizeof call->out);
	call->job_arena = NULL;
	note(call, status, out.n);
	http_reply(call->req, status, h->f, h->n, buf_str(&out));
	buf_release(&out);
	arena_free(job_arena);
}

str api_sentence(struct arena *a, const struct actor *actor, const struct error *e)
{
	enum lang lang = LANG_EN;
	lang_of(str_of(actor->lang), &lang);
	return message_error(a, lang, e);
}

static void fail(struct api_call *call, int status, const char *code, const struct error *e,
                 const struct http_field *extra, size_t n_extra)
{
	struct fields h = {.n = 0};
	char seconds[24];
	int64_t retry = 0;
	if (e->retry_after > 0)
		retry = (e->retry_after + USEC_SECOND - 1) / USEC_SECOND;
	else if (status == 503)
		retry = 1;
	add_common(&h, "application/json", NULL);
	if (retry) {
		snprintf(seconds, sizeof seconds, "%lld", (long long)retry);
		add(&h, "Retry-After", str_of(seconds));
	}
	if (status == 401)
		add(&h, "WWW-Authenticate", STR("Bearer realm=\"otklik\""));
	/* A cookie that opens nothing is taken back, so that it is not tried again. */
	if (status == 401 && call->proof == API_PROOF_COOKIE && call->route &&
	    call->route->access != API_ACCESS_PUBLIC && strcmp(e->key, "error.session_ended") == 0)
		add(&h, "Set-Cookie",
		    api_auth_cookie(call->req->arena, call->api->o.secure_cookies, STR(""), 0));
	for (size_t i = 0; i < n_extra && h.n < FIELDS_MAX; i++)
		h.f[h.n++] = extra[i];

	ARENA_AUTO a = arena_new();
	struct api_error out = {
	    .code = str_of(code),
	    .key = str_of(e->key),
	    .field = e->field[0] ? str_of(e->field) : STR_NONE,
	    .message = api_sentence(a, call->actor, e),
	    .has_retry_after = retry > 0,
	    .retry_after = retry,
	};
	buf_release(&call->out);
	buf_init(&call->out, 64 << 10);
	struct jw w;
	jw_init(&w, &call->out);
	api_error_write(&w, &out);
	finish(call, status, &h);
}

void api_fail(struct api_call *call, enum err code, const struct error *e)
{
	struct error own = *e;
	if (!own.key[0])
		(void)error_set(&own, code, "error.internal", NULL, NULL);
	int status = api_status_of(code);
	if (status >= 500 && code != ERR_BUSY)
		log_error(call->api->o.log, "request failed",
		          LOG_Z("route", call->route ? call->route->name : ""),
		          LOG_INT("id", call->id), LOG_ERR(&own));
	fail(call, status, err_name(code), &own, NULL, 0);
}

void api_fail_status(struct api_call *call, int status, const char *code, const char *key,
                     const struct http_field *extra, size_t n_extra)
{
	struct error e = {.code = ERR_INVALID};
	(void)error_set(&e, ERR_INVALID, key, NULL, NULL);
	fail(call, status, code, &e, extra, n_extra);
}

void api_write_refusal(struct buf *out, int status)
{
	ARENA_AUTO a = arena_new();
	const char *code = err_name(ERR_SYNTAX), *key = "error.bad_request";
	if (status == 408) {
		code = "timeout";
		key = "error.timeout";
	} else if (status == 413 || status == 414 || status == 431) {
		code = err_name(ERR_TOO_LARGE);
		key = "error.too_large";
	} else if (status >= 500 && status != 501 && status != 505) {
		code = err_name(ERR_IO);
		key = "error.io";
	}
	struct error e = {.code = ERR_SYNTAX};
	(void)error_set(&e, ERR_SYNTAX, key, NULL, NULL);
	const struct api_error body = {
	    .code = str_of(code), .key = str_of(key), .message = message_error(a, LANG_EN, &e)};
	struct jw w;
	jw_init(&w, out);
	api_error_write(&w, &body);
}

/* Weak comparison against a list of entity tags (RFC 9110, 13.1.2). */
static bool none_match(str header, str etag)
{
	str rest = header, piece;
	while (rest.p && str_split(&rest, ',', &piece)) {
		piece = str_trim(piece);
		if (str_starts(piece, STR("W/")))
			piece = str_from(piece, 2);
		if (str_is(piece, "*") || str_eq(piece, etag))
			return true;
	}
	return false;
}

static void answer_raw(struct api_call *call)
{
	struct api_raw *raw = &call->raw;
	struct fields h = {.n = 0};
	add_common(&h, raw->content_type, raw->csp);
	if (raw->filename.n)
		add(&h, "Content-Disposition",
		    api_disposition(call->req->arena, raw->show, raw->filename));
	if (raw->fd >= 0) {
		note(call, 200, (size_t)raw->size);
		buf_release(&call->out);
		http_reply_file(call->req, 200, h.f, h.n, raw->fd, 0, raw->size);
	} else {
		note(call, 200, raw->body.n);
		buf_release(&call->out);
		http_reply(call->req, 200, h.f, h.n, raw->body);
	}
}

void api_answer(struct api_call *call)
{
	if (call->route->raw) {
		answer_raw(call);
		return;
	}
	struct fields h = {.n = 0};
	int status = call->status;
	if (call->out.failed) {
		struct error e;
		enum err err = error_set(&e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
		api_fail(call, err, &e);
		return;
	}
	if (call->route->etag) {
		uint8_t digest[DIGEST_SIZE];
		digest_of(buf_str(&call->out), digest);
		/* The version stands in front, to be given back with a change. */
		snprintf(call->etag, sizeof call->etag, "\"%lld-%02x%02x%02x%02x%02x%02x%02x%02x\"",
		         (long long)call->version, digest[0], digest[1], digest[2], digest[3],
		         digest[4], digest[5], digest[6], digest[7]);
		add(&h, "ETag", str_of(call->etag));
		if (none_match(http_header(call->req, "if-none-match"), str_of(call->etag))) {
			status = 304;
			buf_clear(&call->out);
		}
	}
	add_common(&h, status == 304 ? NULL : "application/json", NULL);
	if (call->set_cookie.n)
		add(&h, "Set-Cookie", call->set_cookie);
	if (call->replayed)
		add(&h, "Idempotency-Replayed", STR("true"));
	finish(call, status, &h);
}

/* ---- pieces ---- */

const char *api_language(str header)
{
	const char *best = "en";
	int best_q = 0;
	str piece;
	while (header.p && str_split(&header, ',', &piece)) {
		str tag;
		int q = 1000;
		(void)str_split(&piece, ';', &tag);
		str weight = piece.p ? str_trim(piece) : STR("");
		if (str_starts_nocase(weight, STR("q="))) {
			/* "0.85" as thousandths; anything odd counts as little. */
			str v = str_from(weight, 2);
			q = v.n && v.p[0] == '1' ? 1000 : 0;
			int unit = 100;
			for (size_t i = 2; i < v.n && unit && v.p[i] >= '0' && v.p[i] <= '9'; i++) {
				q += (v.p[i] - '0') * unit;
				unit /= 10;
			}
		}
		enum lang lang;
		if (lang_of(str_trim(tag), &lang) && q > best_q) {
			best_q = q;
			best = lang_code(lang);
		}
	}
	return best;
}

str api_disposition(struct arena *a, bool show, str filename)
{
	BUF_AUTO b;
	buf_init(&b, 4096);
	buf_addz(&b, show ? "inline; filename=\"" : "attachment; filename=\"");
	bool plain = true;
	filename = str_cut_utf8(filename, 255);
	for (size_t i = 0; i < filename.n; i++) {
		unsigned char c = (unsigned char)filename.p[i];
		bool safe = c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%' && c != '/';
		if (c >= 0x80 && c < 0xc0) {
			continue; /* the rest of a character that is a "_" already */
		}
		plain = plain && safe;
		buf_addc(&b, safe ? (char)c : '_');
	}
	buf_addc(&b, '"');
	if (!plain) {
		buf_addz(&b, "; filename*=UTF-8''");
		for (size_t i = 0; i < filename.n; i++) {
			unsigned char c = (unsigned char)filename.p[i];
			/* attr-char of RFC 8187, 3.2.1 */
			if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') || (c && strchr("!#$&+-.^_`|~", c)))
				buf_addc(&b, (char)c);
			else
				buf_addf(&b, "%%%02X", c);
		}
	}
	return str_dup(a, buf_str(&b));
}

const char *api_image_type(str head)
{
	if (str_starts(head, STR("\x89PNG\r\n\x1a\n")))
		return "image/png";
	if (str_starts(head, STR("\xff\xd8\xff")))
		return "image/jpeg";
	if (str_starts(head, STR("GIF87a")) || str_starts(head, STR("GIF89a")))
		return "image/gif";
	if (str_starts(head, STR("RIFF")) && head.n >= 12 &&
	    str_eq(str_sub(head, 8, 12), STR("WEBP")))
		return "image/webp";
	return NULL;
}

int64_t api_version(const struct api_call *call, bool has_version, int64_t version)
{
	if (has_version)
		return version;
	str tag = str_trim(http_header(call->req, "if-match"));
	if (str_starts(tag, STR("W/")))
		tag = str_from(tag, 2);
	if (tag.n < 3 || tag.p[0] != '"')
		return 0;
	tag = str_sub(tag, 1, tag.n - 1);
	ptrdiff_t dash = str_chr(tag, '-');
	int64_t n;
	/* A tag that is none of ours fits no version. */
	if (!str_to_i64(dash < 0 ? tag : str_sub(tag, 0, (size_t)dash), &n) || n < 1)
		return -1;
	return n;
}
