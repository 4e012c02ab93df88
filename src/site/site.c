/* site.c: see site.h. Routing, files, pages. */
#include "site/site_internal.h"

#include "base/lang.h"
#include "sys/random.h"
#include "text/message.h"
#include "text/template_gen.h"

/* Only our own files; styles as attributes because components set sizes by them. */
#define CSP_APP                                                                                    \
	"default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr "                 \
	"'unsafe-inline'; "                                                                        \
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; "      \
	"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "            \
	"frame-ancestors 'none'"
#define CSP_PLAIN "default-src 'none'; frame-ancestors 'none'"

const struct asset *site_asset_find(str path)
{
	size_t low = 0, high = site_n_assets;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(path, str_of(site_assets[mid].path));
		if (c == 0)
			return &site_assets[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* ---- answers ---- */

static void put(struct http_field *h, size_t *n, const char *name, const char *value)
{
	h[(*n)++] = (struct http_field){str_of(name), str_of(value)};
}

static void put_security(struct http_field *h, size_t *n, const char *csp)
{
	put(h, n, "Content-Security-Policy", csp);
	put(h, n, "X-Content-Type-Options", "nosniff");
	put(h, n, "Referrer-Policy", "same-origin");
	put(h, n, "Cross-Origin-Opener-Policy", "same-origin");
	put(h, n, "Cross-Origin-Resource-Policy", "same-origin");
	put(h, n, "Permissions-Policy", "camera=(), microphone=(), geolocation=()");
}

void site_reply_text(struct http_req *r, int status, const char *type, str body)
{
	struct http_field h[12];
	size_t n = 0;
	put(h, &n, "Content-Type", type);
	put(h, &n, "Cache-Control", "no-store");
	put_security(h, &n, CSP_PLAIN);
	http_reply(r, status, h, n, body);
}

static bool accepts_gzip(struct http_req *r)
{
	str list = http_header(r, "accept-encoding"), piece;
	while (list.p && str_split(&list, ',', &piece)) {
		str coding;
		(void)str_split(&piece, ';', &coding);
		if (!str_eq_nocase(str_trim(coding), STR("gzip")))
			continue;
		str q = piece.p ? str_trim(piece) : STR("");
		return !str_is(q, "q=0") && !str_is(q, "q=0.0") && !str_is(q, "q=0.00") &&
		       !str_is(q, "q=0.000");
	}
	return false;
}

static void reply_asset(struct http_req *r, const struct asset *a)
{
	struct http_field h[14];
	size_t n = 0;
	bool gz = a->gz && accepts_gzip(r);
	str etag = str_of(a->etag), body = gz ? str_n(a->gz, (size_t)(a->gz_end - a->gz))
	                                      : str_n(a->p, (size_t)(a->end - a->p));
	put(h, &n, "Content-Type", a->content_type);
	put(h, &n, "ETag", a->etag);
	put(h, &n, "Cache-Control", a->hashed ? "public, max-age=31536000, immutable" : "no-cache");
	if (a->gz)
		put(h, &n, "Vary", "Accept-Encoding");
	put_security(h, &n, CSP_APP);
	if (str_find(http_header(r, "if-none-match"), etag) >= 0) {
		http_reply(r, 304, h, n, STR_NONE);
		return;
	}
	if (gz)
		put(h, &n, "Content-Encoding", "gzip");
	http_reply_static(r, 200, h, n, body);
}

static enum lang language(const struct site *site, struct http_req *r)
{
	enum lang lang = LANG_EN;
	(void)lang_of(str_of(site->o.lang), &lang);
	str list = http_header(r, "accept-language"), piece;
	while (list.p && str_split(&list, ',', &piece)) {
		str tag;
		(void)str_split(&piece, ';', &tag);
		if (lang_of(str_trim(tag), &lang))
			break;
	}
	return lang;
}

/* A page by itself, without any file. */
static void reply_page(struct site *site, struct http_req *r, int status, const char *title,
                       const char *text)
{
	enum lang lang = language(site, r);
	struct arena *a = r->arena;
	struct http_field h[12];
	size_t n = 0;
	const struct tpl_page_html page = {
	    .lang = lang,
	    .nonce = random_token(a, 16),
	    .title = message_format(a, lang, str_of(title), MESSAGE_NO_ARGS),
	    .text = message_format(a, lang, str_of(text), MESSAGE_NO_ARGS),
	    .home = STR("/"),
	};
	BUF_AUTO b;
	buf_init(&b, 64 << 10);
	tpl_page_html(&b, &page);
	put(h, &n, "Content-Type", "text/html; charset=utf-8");
	put(h, &n, "Cache-Control", "no-store");
	put_security(h, &n,
	             str_z(a, str_printf(a,
	                                 "default-src 'none'; style-src 'nonce-%.*s'; "
	                                 "frame-ancestors 'none'; base-uri 'none'",
	                                 STR_FMT(page.nonce))));
	http_reply(r, status, h, n, buf_str(&b));
}

/* ---- who may read the metrics ---- */

static bool may_read_metrics(const struct site *site, str peer)
{
	struct net_addr addr;
	if (str_is(peer, "unix"))
		return site->metrics_unix;
	if (!net_addr_parse(peer, &addr))
		return false;
	for (size_t i = 0; i < site->n_allowed; i++)
		if (net_cidr_has(&site->allowed[i], &addr))
			return true;
	return false;
}

/* ---- routing ---- */

static bool is_client_route(str path)
{
	ptrdiff_t slash = str_rchr(path, '/');
	return str_chr(str_from(path, (size_t)(slash + 1)), '.') < 0;
}

enum http_verdict site_on_head(struct site *site, struct http_req *r)
{
	r->body_limit = 4096;
	if (r->method != HTTP_GET && r->method != HTTP_HEAD) {
		struct http_field h[12];
		size_t n = 0;
		put(h, &n, "Allow", "GET, HEAD");
		put_security(h, &n, CSP_PLAIN);
		http_reply(r, 405, h, n, STR(""));
		return HTTP_REPLIED;
	}
	if (str_is(r->path, "/healthz")) {
		site_reply_text(r, 200, "text/plain; charset=utf-8", STR("ok\n"));
		return HTTP_REPLIED;
	}
	if (str_is(r->path, "/readyz") || str_is(r->path, "/metrics")) {
		if (str_is(r->path, "/metrics") && !may_read_metrics(site, r->peer))
			reply_page(site, r, 404, "page.not_found.title", "page.not_found.text");
		else
			return HTTP_READ_BODY; /* nothing of a GET; then site_on_request */
		return HTTP_REPLIED;
	}
	if (str_is(r->path, "/robots.txt")) {
		site_reply_text(r, 200, "text/plain; charset=utf-8",
		                STR("User-agent: *\nDisallow: /\n"));
		return HTTP_REPLIED;
	}
	const struct asset *a = site_asset_find(r->path);
	if (!a && is_client_route(r->path)) {
		a = site_asset_find(STR("/index.html"));
		if (!a) { /* built without the interface */
			site_reply_text(
			    r, 200, "text/html; charset=utf-8",
			    STR("<!doctype html><html lang=\"en\"><head><meta "
			        "charset=\"utf-8\"><title>Otklik</title></head><body>"
			        "<h1>Otklik</h1><p>This program was built without its "
			        "browser interface. The API is at /api/v1, its "
			        "description at /api/v1/openapi.json.</p></body></html>\n"));
			return HTTP_REPLIED;
		}
	}
	if (a)
		reply_asset(r, a);
	else
		reply_page(site, r, 404, "page.not_found.title", "page.not_found.text");
	return HTTP_REPLIED;
}

void site_on_request(struct site *site, struct http_req *r)
{
	site_health(site, r);
}

/* ---- life ---- */

enum err site_new(const struct site_options *o, struct site **out, struct error *e)
{
	struct site *site = xcalloc(1, sizeof *site);
	site->o = *o;
	for (size_t i = 0; i < o->n_metrics_allow; i++) {
		if (str_is(o->metrics_allow[i], "unix")) {
			site->metrics_unix = true;
			continue;
		}
		if (site->n_allowed == SITE_MAX_ALLOWED ||
		    !net_cidr_parse(o->metrics_allow[i], &site->allowed[site->n_allowed++])) {
			enum err err =
			    error_set(e, ERR_INVALID, "error.network", "metrics.allow",
			              str_z(site->arena = arena_new(), o->metrics_allow[i]));
			site_free(site);
			return err;
		}
	}
	pthread_mutex_init(&site->probe.mutex, NULL);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&site->probe.cond, &attr);
	pthread_condattr_destroy(&attr);
	struct worker_options w = {.threads = 1, .queue_max = 32, .name = "site"};
	enum err err = workers_new(&w, &site->workers, e);
	if (err) {
		site_free(site);
		return err;
	}
	*out = site;
	return ERR_OK;
}

void site_free(struct site *site)
{
	if (!site)
		return;
	workers_free(site->workers);
	arena_free(site->arena);
	free(site);
}

void site_drain(struct site *site)
{
	atomic_store(&site->draining, true);
}
