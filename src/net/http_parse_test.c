/* http_parse_test.c: the request parser against tests/cases/http/<name>.http.
 *
 * A case is lines "key: value", a line "---", and the bytes of the connection,
 * in which line ends of the file mean nothing and \r \n \t \0 \\ \xHH stand for
 * bytes. Keys (values with the same escapes):
 *   expect            what comes of it: "ok" for each complete message, then
 *                     "more" when one is unfinished or the status of the error
 *   limit             name=number, a field of struct http_limits
 *   method, path, query, host, minor, body, fields (their number), header
 *   (name=value), keep-alive, expect-continue, upgrade (yes or no), decoded (the
 *   path with its escapes undone, or "refused")
 *                     of the last message whose head was read
 * Each case runs in one piece, byte by byte, and in pieces of 2, 3, 7 and 13. */
#include "base/test.h"
#include "base/vec.h"
#include "net/http_parse.h"
#include "net/uri.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

static str read_file(struct arena *a, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		test_fail(__FILE__, __LINE__, "cannot read %s", path);
	char *p = arena_alloc(a, 65536);
	ssize_t n = read(fd, p, 65536);
	close(fd);
	CHECK(n >= 0 && n < 65536);
	return str_n(p, (size_t)n);
}

static str unescape(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '\n')
			continue;
		if (c == '\\') {
			c = i + 1 < s.n ? s.p[++i] : 0;
			str byte = STR("");
			if (c == 'x' && str_unhex(a, str_sub(s, i + 1, i + 3), &byte) &&
			    byte.n == 1)
				i += 2, c = byte.p[0];
			else if (c == 'r')
				c = '\r';
			else if (c == 'n')
				c = '\n';
			else if (c == 't')
				c = '\t';
			else if (c == '0')
				c = 0;
			else if (c != '\\')
				test_fail(__FILE__, __LINE__, "unknown escape \\%c", c);
		}
		p[n++] = c;
	}
	return str_n(p, n);
}

/* All that came of one connection. */
struct outcome {
	str verdict; /* "ok ok 400" */
	const char *reason;
	struct http_head head; /* of the last message */
	struct buf body;
	bool expect_continue;
};

static struct outcome run(struct arena *a, const struct http_limits *l, str bytes, size_t piece_n)
{
	struct http_parser p;
	struct outcome o = {.verdict = STR("")};
	http_parser_init(&p, l);
	buf_init(&o.body, 0);
	bool error = false;
	while (bytes.n && !error) {
		str in = str_sub(bytes, 0, piece_n), body;
		bytes = str_from(bytes, in.n);
		for (bool more = true; more;) {
			switch (http_parser_next(&p, &in, &body)) {
			case HTTP_PARSE_MORE:
				CHECK(in.n == 0);
				more = false;
				break;
			case HTTP_PARSE_HEAD:
				http_head_copy(a, &o.head, &p.head);
				buf_clear(&o.body);
				break;
			case HTTP_PARSE_BODY:
				CHECK(body.n > 0);
				buf_add(&o.body, body);
				break;
			case HTTP_PARSE_DONE:
				CHECK_INT(p.body_seen, (int64_t)o.body.n);
				o.verdict = str_printf(a, "%.*s ok", STR_FMT(o.verdict));
				break;
			case HTTP_PARSE_ERROR:
				o.verdict = str_printf(a, "%.*s %d", STR_FMT(o.verdict), p.status);
				o.reason = p.reason;
				more = false;
				error = true;
			}
		}
	}
	if (!error && !http_parser_is_idle(&p))
		o.verdict = str_printf(a, "%.*s more", STR_FMT(o.verdict));
	o.verdict = str_trim(o.verdict);
	http_parser_release(&p);
	return o;
}

static str yes_no(bool b)
{
	return b ? STR("yes") : STR("no");
}

static void set_limit(struct http_limits *l, str name, str value)
{
	int64_t n;
	CHECK(str_to_i64(value, &n));
	struct {
		const char *name;
		size_t *field;
	} table[] = {{"request_line", &l->request_line},  {"header_bytes", &l->header_bytes},
	             {"header_count", &l->header_count},  {"chunk_line", &l->chunk_line},
	             {"chunk_extra", &l->chunk_extra},    {"trailer_bytes", &l->trailer_bytes},
	             {"trailer_count", &l->trailer_count}};
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (str_eq(name, str_of(table[i].name)))
			*table[i].field = (size_t)n;
	if (str_is(name, "body"))
		l->body = n;
}

/* What the outcome says under a key; false for keys that are none of it. */
static bool look_up(struct arena *a, const struct outcome *o, str key, str value, str *got)
{
	const struct http_head *h = &o->head;
	ptrdiff_t eq = str_chr(value, '=');
	if (str_is(key, "expect"))
		*got = o->verdict;
	else if (str_is(key, "method"))
		*got = h->method_name;
	else if (str_is(key, "path"))
		*got = h->path;
	else if (str_is(key, "query"))
		*got = h->query.p ? h->query : STR("absent");
	else if (str_is(key, "decoded"))
		*got = uri_decode_path(a, h->path, got) ? *got : STR("refused");
	else if (str_is(key, "host"))
		*got = h->host;
	else if (str_is(key, "body"))
		*got = buf_str(&o->body);
	else if (str_is(key, "minor"))
		*got = str_printf(a, "%d", h->minor);
	else if (str_is(key, "fields"))
		*got = str_printf(a, "%zu", h->n_fields);
	else if (str_is(key, "keep-alive"))
		*got = yes_no(h->keep_alive);
	else if (str_is(key, "expect-continue"))
		*got = yes_no(h->expect_continue);
	else if (str_is(key, "upgrade"))
		*got = yes_no(h->upgrade);
	else if (str_is(key, "header") && eq > 0)
		*got = str_printf(
		    a, "%.*s=%.*s", (int)eq, value.p,
		    STR_FMT(http_head_field(h, str_z(a, str_sub(value, 0, (size_t)eq)))));
	else
		return false;
	return true;
}

/* The next "key: value" line that is no comment. */
static bool next_line(struct arena *a, str *lines, str *key, str *value)
{
	str line;
	while (str_split(lines, '\n', &line)) {
		ptrdiff_t colon = str_chr(line, ':');
		if (line.p[0] == '#' || colon < 0)
			continue;
		*key = str_sub(line, 0, (size_t)colon);
		*value = unescape(a, str_from(line, (size_t)colon + 2));
		return true;
	}
	return false;
}

static void run_case(struct arena *a, const char *name, str text)
{
	static const size_t pieces[] = {SIZE_MAX, 1, 2, 3, 7, 13};
	ptrdiff_t bar = str_find(text, STR("\n---\n"));
	CHECK(bar > 0);
	str bytes = unescape(a, str_from(text, (size_t)bar + 5));
	str head = str_sub(text, 0, (size_t)bar), lines = head, key, value, got;
	struct http_limits limits;
	http_limits_init(&limits);
	while (next_line(a, &lines, &key, &value))
		if (str_is(key, "limit")) {
			ptrdiff_t eq = str_chr(value, '=');
			CHECK(eq > 0);
			set_limit(&limits, str_sub(value, 0, (size_t)eq),
			          str_from(value, (size_t)eq + 1));
		}
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct outcome o = run(a, &limits, bytes, pieces[i]);
		lines = head;
		while (next_line(a, &lines, &key, &value)) {
			if (str_is(key, "limit"))
				continue;
			if (!look_up(a, &o, key, value, &got))
				test_fail(__FILE__, __LINE__, "%s: unknown key %.*s", name,
				          STR_FMT(key));
			if (!str_eq(got, value))
				test_fail(
				    __FILE__, __LINE__,
				    "%s in pieces of %zu: %.*s is \"%.*s\" (%s), not \"%.*s\"",
				    name, pieces[i], STR_FMT(key), STR_FMT(got),
				    o.reason ? o.reason : "", STR_FMT(value));
		}
		buf_release(&o.body);
	}
}

TEST(http_parser_passes_the_cases)
{
	ARENA_AUTO a = arena_new();
	str dir = test_case_dir(a, "http");
	DIR *d = opendir(dir.p);
	if (!d)
		test_fail(__FILE__, __LINE__, "no folder %s", dir.p);
	size_t n = 0;
	for (struct dirent *entry; (entry = readdir(d));) {
		if (!str_ends(str_of(entry->d_name), STR(".http")))
			continue;
		str path = str_printf(a, "%s/%s", dir.p, entry->d_name);
		run_case(a, entry->d_name, read_file(a, path.p));
		n++;
	}
	closedir(d);
	CHECK(n >= 400);
}

TEST(http_parser_takes_no_more_than_its_limits)
{
	struct http_limits l;
	http_limits_init(&l);
	static const char *const starts[] = {
	    "", "GET /", "GET / HTTP/1.1\r\nHost: a\r\nX: ",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "};
	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		struct http_parser p;
		http_parser_init(&p, &l);
		str in = str_of(starts[i]), piece;
		enum http_parsed r;
		while ((r = http_parser_next(&p, &in, &piece)) != HTTP_PARSE_MORE)
			CHECK(r == HTTP_PARSE_HEAD);
		size_t fed = 0;
		while (r != HTTP_PARSE_ERROR) {
			in = STR("aaaaaaaaaaaaaaaa");
			r = http_parser_next(&p, &in, &piece);
			CHECK((fed += 16) < 100000);
		}
		CHECK(p.text.n < 50000);
		/* It stays in its error. */
		in = STR("\r\n\r\n");
		CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_ERROR);
		http_parser_release(&p);
	}
}

TEST(http_body_limit_can_be_changed_at_the_head)
{
	struct http_limits l;
	http_limits_init(&l);
	l.body = 10;
	struct http_parser p;
	http_parser_init(&p, &l);
	str in = STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nhello, world"
	             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nhello, world"),
	    piece;
	CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_HEAD);
	p.body_limit = 12;
	CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_BODY);
	CHECK_STR(piece, "hello, world");
	CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_DONE);
	CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_HEAD);
	CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_ERROR); /* for that one only */
	CHECK_INT(p.status, 413);
	http_parser_release(&p);
}

TEST(http_parser_gives_its_memory_back)
{
	struct http_limits l;
	http_limits_init(&l);
	struct http_parser p;
	http_parser_init(&p, &l);
	for (int i = 0; i < 2; i++) {
		str in = STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), piece;
		CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_HEAD);
		CHECK_STR(http_head_field(&p.head, "HOST"), "a");
		CHECK(!http_head_field(&p.head, "x").p);
		CHECK_INT(http_parser_next(&p, &in, &piece), HTTP_PARSE_DONE);
		http_parser_shrink(&p);
		CHECK(!p.text.p && !p.spans && !p.fields && !p.head.n_fields);
		CHECK(http_parser_is_idle(&p));
	}
	http_parser_release(&p);
}

TEST(uri_paths_are_decoded_or_refused)
{
	static const struct {
		const char *raw, *want;
	} cases[] = {
	    {"/a%20b/%D0%B4%D0%B0", "/a b/да"},
	    {"/a+b//c/", "/a+b//c/"},
	    {"/a..b/...", "/a..b/..."},
	    {"/%25", "/%"},
	    {"/%", NULL},
	    {"/%4", NULL},
	    {"/%zz", NULL},
	    {"/%00", NULL},
	    {"/%0a", NULL},
	    {"/%7f", NULL},
	    {"/a%2fb", NULL},
	    {"/a%5Cb", NULL},
	    {"/.", NULL},
	    {"/../a", NULL},
	    {"/a/..", NULL},
	    {"/%2e%2E/a", NULL},
	    {"/a/.%2e", NULL},
	    {"/%ff", NULL},
	    {"/%c0%af", NULL},
	    {"/%ed%a0%80", NULL},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str got;
		bool ok = uri_decode_path(a, str_of(cases[i].raw), &got);
		CHECK_INT(ok, cases[i].want != NULL);
		if (ok)
			CHECK_STR(got, cases[i].want);
	}
}

TEST(uri_forms_and_cookies)
{
	ARENA_AUTO a = arena_new();
	str rest = STR("&a=1&b+c=%D1%8F%zz&&d&=e&f=%ff"), k, v;
	CHECK(uri_form_next(a, &rest, &k, &v) && str_is(k, "a") && str_is(v, "1"));
	CHECK(uri_form_next(a, &rest, &k, &v) && str_is(k, "b c") && str_is(v, "я%zz"));
	CHECK(uri_form_next(a, &rest, &k, &v) && str_is(k, "d") && str_is(v, ""));
	CHECK(uri_form_next(a, &rest, &k, &v) && str_is(k, "") && str_is(v, "e"));
	CHECK(uri_form_next(a, &rest, &k, &v) && str_is(k, "f") && str_is(v, "\xef\xbf\xbd"));
	CHECK(!uri_form_next(a, &rest, &k, &v));
	CHECK_STR(uri_form_get(a, STR("x=1&%61=2&a=3"), "a"), "2");
	CHECK(!uri_form_get(a, STR("x=1"), "a").p && !uri_form_get(a, STR_NONE, "a").p);
	CHECK_STR(uri_encode(a, STR("a b/я-~")), "a%20b%2F%D1%8F-~");
	CHECK_STR(uri_cookie_get(STR("a=1; sid=\"x y\";b="), "sid"), "x y");
	CHECK_STR(uri_cookie_get(STR("a=1;b="), "b"), "");
	CHECK(!uri_cookie_get(STR("asid=1; sid"), "sid").p);
}
