/* http_parse_fuzz.c: any bytes, whole and in pieces, come to the same; what is
 * accepted keeps the promises of http_parse.h. */
#include "net/http_parse.h"
#include "net/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void check_head(struct arena *a, struct http_parser *p)
{
	const struct http_head *h = &p->head;
	require(http_is_token(h->method_name));
	require(h->path.n > 0 && (h->path.p[0] == '/' || h->path.p[0] == '*'));
	require(!(h->chunked && h->content_length >= 0));
	require(h->minor == 0 || h->host.n > 0);
	require(h->n_fields <= p->limits.header_count);
	size_t hosts = 0, lengths = 0;
	for (size_t i = 0; i < h->n_fields; i++) {
		str v = h->fields[i].value;
		require(http_is_token(h->fields[i].name));
		require(str_chr(v, '\r') < 0 && str_chr(v, '\n') < 0 && str_chr(v, 0) < 0);
		hosts += str_eq_nocase(h->fields[i].name, STR("host"));
		lengths += str_eq_nocase(h->fields[i].name, STR("content-length"));
	}
	require(hosts <= 1 && lengths <= 1);
	str path, name, value, rest = h->query;
	if (uri_decode_path(a, h->path, &path))
		require(str_is_utf8(path) && str_find(path, STR("/../")) < 0);
	for (int i = 0; i < 100 && uri_form_next(a, &rest, &name, &value); i++)
		require(str_is_utf8(name) && str_is_utf8(value));
	str cookie = http_head_field(h, "cookie");
	if (cookie.p)
		uri_cookie_get(cookie, "sid");
}

/* Writes what came of the input: heads, bodies, ends, the error. */
static void run(struct arena *a, str input, size_t piece_n, struct buf *trace)
{
	struct http_limits l = {.request_line = 200,
	                        .header_bytes = 500,
	                        .header_count = 10,
	                        .chunk_line = 40,
	                        .chunk_extra = 60,
	                        .trailer_bytes = 100,
	                        .trailer_count = 3,
	                        .body = 1000};
	struct http_parser p;
	http_parser_init(&p, &l);
	while (input.n) {
		str in = str_sub(input, 0, piece_n), body;
		input = str_from(input, in.n);
		enum http_parsed r;
		while ((r = http_parser_next(&p, &in, &body)) != HTTP_PARSE_MORE) {
			if (r == HTTP_PARSE_ERROR) {
				buf_addf(trace, "error %d %s\n", p.status, p.reason);
				http_parser_release(&p);
				return;
			}
			if (r == HTTP_PARSE_BODY) {
				require(body.n > 0);
				buf_add(trace, body);
			} else if (r == HTTP_PARSE_HEAD) {
				check_head(a, &p);
				struct http_head h;
				http_head_copy(a, &h, &p.head);
				buf_addf(trace, "head %.*s %.*s %.*s %zu\n", STR_FMT(h.method_name),
				         STR_FMT(h.path), STR_FMT(h.host), h.n_fields);
			} else {
				require(p.body_seen <= l.body);
				buf_addz(trace, "\ndone\n");
				if (in.n % 3 == 0)
					http_parser_shrink(&p);
			}
		}
		require(in.n == 0 && p.text.n <= 200 + 500 + 100);
	}
	buf_addz(trace, http_parser_is_idle(&p) ? "idle" : "more");
	http_parser_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO whole, cut;
	buf_init(&whole, 0);
	buf_init(&cut, 0);
	str input = str_n((const char *)data, size);
	run(a, input, SIZE_MAX, &whole);
	size_t piece = size ? data[size - 1] % 16 + 1 : 1;
	run(a, input, piece, &cut);
	require(str_eq(buf_str(&whole), buf_str(&cut)));
	return 0;
}
