/* http_second.c: see http_second.h.
 *
 * The library is opened by name and not linked: one of its functions has the
 * name of one of ours. */
#include "net/http_second.h"

#include "base/buf.h"

#include <dlfcn.h>
#include <http_parser.h>

struct library {
	__typeof__(&http_parser_init) init;
	__typeof__(&http_parser_execute) execute;
	__typeof__(&http_parser_pause) pause;
	__typeof__(&http_parser_parse_url) parse_url;
	__typeof__(&http_should_keep_alive) should_keep_alive;
	__typeof__(&http_errno_name) errno_name;
	__typeof__(&http_method_str) method_str;
};

struct reading {
	const struct library *lib;
	struct buf url, fields, body;
	bool in_value, head, done, keep_alive;
};

static void open_library(struct library *lib)
{
	void *h = dlopen("libhttp_parser.so", RTLD_NOW | RTLD_LOCAL);
	if (!h) {
		fprintf(stderr, "%s\n", dlerror());
		abort();
	}
	*(void **)&lib->init = dlsym(h, "http_parser_init");
	*(void **)&lib->execute = dlsym(h, "http_parser_execute");
	*(void **)&lib->pause = dlsym(h, "http_parser_pause");
	*(void **)&lib->parse_url = dlsym(h, "http_parser_parse_url");
	*(void **)&lib->should_keep_alive = dlsym(h, "http_should_keep_alive");
	*(void **)&lib->errno_name = dlsym(h, "http_errno_name");
	*(void **)&lib->method_str = dlsym(h, "http_method_str");
	if (!lib->init || !lib->execute || !lib->pause || !lib->parse_url ||
	    !lib->should_keep_alive || !lib->errno_name || !lib->method_str)
		abort();
}

static int on_url(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;
	buf_add(&r->url, str_n(at, n));
	return 0;
}

static int on_body(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;
	buf_add(&r->body, str_n(at, n));
	return 0;
}

/* It strips blanks from the front of a value only. */
static void end_field(struct reading *r)
{
	struct buf *b = &r->fields;
	if (r->in_value) {
		while (b->n && (b->p[b->n - 1] == ' ' || b->p[b->n - 1] == '\t'))
			b->n--;
		buf_addc(b, '\n');
	}
	r->in_value = false;
}

static int on_field(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;
	if (r->head)
		return 0;
	end_field(r);
	buf_add(&r->fields, str_n(at, n));
	return 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;
	if (r->head)
		return 0;
	if (!r->in_value)
		buf_addc(&r->fields, ':');
	r->in_value = true;
	buf_add(&r->fields, str_n(at, n));
	return 0;
}

static int on_head(http_parser *p)
{
	struct reading *r = p->data;
	end_field(r);
	r->head = true;
	return 0;
}

static int on_done(http_parser *p)
{
	struct reading *r = p->data;
	r->done = true;
	r->keep_alive = r->lib->should_keep_alive(p);
	r->lib->pause(p, 1);
	return 0;
}

static str part(str url, const struct http_parser_url *u, int field)
{
	if (!(u->field_set & 1U << field))
		return STR("");
	return str_sub(url, u->field_data[field].off,
	               (size_t)u->field_data[field].off + u->field_data[field].len);
}

static void read_target(struct arena *a, const struct library *lib, struct http_second *out)
{
	struct http_parser_url u;
	memset(&u, 0, sizeof u);
	if (lib->parse_url(out->target.p, out->target.n, 0, &u)) {
		out->error = STR("malformed target");
		return;
	}
	out->path = part(out->target, &u, UF_PATH);
	if (!out->path.n)
		out->path = STR("/");
	out->query = part(out->target, &u, UF_QUERY);
	out->host = part(out->target, &u, UF_HOST);
	str port = part(out->target, &u, UF_PORT);
	if (str_chr(out->host, ':') >= 0)
		out->host = str_printf(a, "[%.*s]", STR_FMT(out->host));
	if (port.n)
		out->host = str_printf(a, "%.*s:%.*s", STR_FMT(out->host), STR_FMT(port));
}

void http_second_read(struct arena *a, str bytes, struct http_second *out)
{
	static const http_parser_settings settings = {.on_url = on_url,
	                                              .on_header_field = on_field,
	                                              .on_header_value = on_value,
	                                              .on_headers_complete = on_head,
	                                              .on_body = on_body,
	                                              .on_message_complete = on_done};
	static struct library lib;
	if (!lib.init)
		open_library(&lib);
	struct reading r = {.lib = &lib};
	buf_init(&r.url, 0);
	buf_init(&r.fields, 0);
	buf_init(&r.body, 0);
	http_parser p;
	lib.init(&p, HTTP_REQUEST);
	p.data = &r;
	size_t n = lib.execute(&p, &settings, bytes.p, bytes.n);
	enum http_errno e = HTTP_PARSER_ERRNO(&p);
	*out = (struct http_second){
	    .error = e == HPE_OK || e == HPE_PAUSED ? STR("") : str_of(lib.errno_name(e)),
	    .complete = r.done,
	    .unknown_method = e == HPE_INVALID_METHOD,
	    .keep_alive = r.keep_alive,
	    .n = n,
	    .method = str_of(lib.method_str((enum http_method)p.method)),
	    .target = str_dup(a, buf_str(&r.url)),
	    .body = str_dup(a, buf_str(&r.body)),
	    .fields = str_dup(a, buf_str(&r.fields)),
	};
	if (r.done)
		read_target(a, &lib, out);
	buf_release(&r.url);
	buf_release(&r.fields);
	buf_release(&r.body);
}
