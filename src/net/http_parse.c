/* http_parse.c: see http_parse.h.
 *
 * Two layers. The scanner looks at each byte once: it knows lines, their CRLF,
 * which bytes may stand in them, and the limits; it never waits for more than
 * the limits allow. A complete line is then read as a whole by one function
 * for its kind. Positions are kept as offsets until the head is complete,
 * because the text grows meanwhile. */
#include "net/http_parse.h"

#include <arpa/inet.h>
#include <assert.h>

enum state {
	ST_START, /* nothing of a message yet */
	ST_REQUEST_LINE,
	ST_HEADER,
	ST_HEAD_DONE, /* HEAD was reported, the body has not begun */
	ST_BODY,
	ST_BODY_DONE, /* the end of a counted body is yet to be reported */
	ST_CHUNK_SIZE,
	ST_CHUNK_DATA,
	ST_CHUNK_END, /* the CRLF behind a chunk's data */
	ST_TRAILER,
	ST_COMPLETE,
	ST_ERROR,
};

/* One header line in text: name, then value without the blanks around it. */
struct http_span {
	uint32_t name, name_n, value, value_n;
};

enum { MAX_METHOD = 24, MAX_SIZE_DIGITS = 15, MAX_LENGTH_DIGITS = 18 };

void http_limits_init(struct http_limits *l)
{
	*l = (struct http_limits){
	    .request_line = 8192,
	    .header_bytes = 32 * 1024,
	    .header_count = 100,
	    .chunk_line = 256,
	    .chunk_extra = 16 * 1024,
	    .trailer_bytes = 4096,
	    .trailer_count = 20,
	    .body = 1024 * 1024,
	};
}

void http_parser_init(struct http_parser *p, const struct http_limits *l)
{
	*p = (struct http_parser){.limits = *l, .body_limit = l->body};
	buf_init(&p->text, 0);
}

void http_parser_release(struct http_parser *p)
{
	buf_release(&p->text);
	free(p->spans);
	free(p->fields);
	p->spans = NULL;
	p->fields = NULL;
	p->n_spans = p->cap_spans = 0;
}

void http_parser_shrink(struct http_parser *p)
{
	assert(p->state == ST_START || p->state == ST_COMPLETE);
	http_parser_release(p);
	buf_init(&p->text, 0);
	p->head = (struct http_head){0};
	p->line = 0;
}

bool http_parser_is_idle(const struct http_parser *p)
{
	return (p->state == ST_START && !p->cr && !p->blank) || p->state == ST_COMPLETE;
}

static enum http_parsed fail(struct http_parser *p, int status, const char *reason)
{
	p->state = ST_ERROR;
	p->status = status;
	p->reason = reason;
	return HTTP_PARSE_ERROR;
}

static bool is_tchar(unsigned char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c);
}

bool http_is_token(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_tchar((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

static str trim_blanks(str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.n--;
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool http_list_has(str list, const char *token)
{
	str rest = list, piece;
	while (str_split(&rest, ',', &piece))
		if (str_eq_nocase(trim_blanks(piece), str_of(token)))
			return true;
	return false;
}

str http_head_field(const struct http_head *h, const char *name)
{
	for (size_t i = 0; i < h->n_fields; i++)
		if (str_eq_nocase(h->fields[i].name, str_of(name)))
			return h->fields[i].value;
	return STR_NONE;
}

/* ---- targets ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* An IPv6 address without brackets and zone. */
static bool is_ipv6(str s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr a;
	if (s.n >= sizeof text || str_chr(s, 0) >= 0)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	return inet_pton(AF_INET6, text, &a) == 1;
}

/* uri-host [":" port] with names as DNS has them: no percent-encoding, no
 * user, nothing that another reader could take for a path. */
static bool valid_host(str s)
{
	size_t i = 0;
	if (s.n && s.p[0] == '[') {
		ptrdiff_t end = str_chr(s, ']');
		if (end < 0 || !is_ipv6(str_sub(s, 1, (size_t)end)))
			return false;
		i = (size_t)end + 1;
	} else {
		while (i < s.n &&
		       (is_tchar((unsigned char)s.p[i]) && !strchr("!#$%&'*+^`|~", s.p[i])))
			i++;
		if (i == 0 || i > 255)
			return false;
	}
	if (i == s.n)
		return true;
	if (s.p[i] != ':')
		return false;
	int64_t port;
	str digits = str_from(s, i + 1);
	return digits.n <= 5 && digits.n > 0 && is_digit(digits.p[0]) &&
	       str_to_i64(digits, &port) && port > 0 && port < 65536;
}

/* Bytes of a path or query: what URLs consist of, and the few more that
 * browsers send unencoded; never "#", "\" in a path, quotes or angles. */
static bool valid_target_bytes(str s)
{
	bool in_query = false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= 0x20 || c >= 0x7f || strchr("#\"<>", c))
			return false;
		if (c == '?')
			in_query = true;
		if (!in_query && strchr("\\`{}", c))
			return false;
	}
	return true;
}

static void split_query(struct http_head *h, str path_query)
{
	ptrdiff_t q = str_chr(path_query, '?');
	h->path = q < 0 ? path_query : str_sub(path_query, 0, (size_t)q);
	h->query = q < 0 ? STR_NONE : str_from(path_query, (size_t)q + 1);
}

static bool read_target(struct http_head *h)
{
	str t = h->target;
	if (!valid_target_bytes(t))
		return false;
	if (t.p[0] == '/') {
		split_query(h, t);
		return true;
	}
	if (str_is(t, "*")) {
		h->path = t;
		return h->method == HTTP_OPTIONS;
	}
	size_t skip = str_starts_nocase(t, STR("http://"))    ? 7
	              : str_starts_nocase(t, STR("https://")) ? 8
	                                                      : 0;
	if (!skip)
		return false;
	str rest = str_from(t, skip);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	h->host = str_sub(rest, 0, n);
	if (!valid_host(h->host))
		return false;
	split_query(h, str_from(rest, n));
	if (h->path.n == 0)
		h->path = STR("/");
	return true;
}

/* ---- lines ---- */

static enum http_method method_of(str s)
{
	static const char *const names[] = {"GET",   "HEAD",   "POST",   "PUT",
	                                    "PATCH", "DELETE", "OPTIONS"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq(s, str_of(names[i])))
			return (enum http_method)i;
	return HTTP_OTHER;
}

static enum http_parsed read_request_line(struct http_parser *p, str line)
{
	struct http_head *h = &p->head;
	ptrdiff_t a = str_chr(line, ' '), b = str_rchr(line, ' ');
	if (a < 1 || a == b)
		return fail(p, 400, "malformed request line");
	str method = str_sub(line, 0, (size_t)a);
	str target = str_sub(line, (size_t)a + 1, (size_t)b);
	str version = str_from(line, (size_t)b + 1);
	if (!http_is_token(method))
		return fail(p, 400, "malformed method");
	if (target.n == 0 || str_chr(target, ' ') >= 0)
		return fail(p, 400, "malformed request target");
	if (version.n != 8 || !str_starts(version, STR("HTTP/")) || !is_digit(version.p[5]) ||
	    version.p[6] != '.' || !is_digit(version.p[7]))
		return fail(p, 400, "malformed version");
	if (version.p[5] != '1')
		return fail(p, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	if (method.n > MAX_METHOD || str_is(method, "CONNECT"))
		return fail(p, 501, "method not implemented");
	*h = (struct http_head){
	    .method = method_of(method),
	    .method_name = method,
	    .target = target,
	    .minor = version.p[7] == '0' ? 0 : 1,
	    .content_length = -1,
	};
	if (!read_target(h))
		return fail(p, 400, "malformed request target");
	return HTTP_PARSE_MORE;
}

/* Checks a header or trailer line and finds its name and value. */
static enum http_parsed read_field_line(struct http_parser *p, struct http_span *span)
{
	str line = str_from(buf_str(&p->text), p->line);
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return fail(p, 400, "folded header line");
	ptrdiff_t colon = str_chr(line, ':');
	if (colon < 0)
		return fail(p, 400, "header line without a colon");
	str name = str_sub(line, 0, (size_t)colon);
	if (!http_is_token(name))
		return fail(p, 400, "malformed header name");
	str value = trim_blanks(str_from(line, (size_t)colon + 1));
	*span = (struct http_span){
	    .name = (uint32_t)p->line,
	    .name_n = (uint32_t)name.n,
	    .value = (uint32_t)(value.p - p->text.p),
	    .value_n = (uint32_t)value.n,
	};
	return HTTP_PARSE_MORE;
}

/* A tab around a value is allowed, but there are readers that take it for a part of
 * the value: "chunked\t" is then no coding that they know. */
static bool frames(str name)
{
	return str_eq_nocase(name, STR("content-length")) ||
	       str_eq_nocase(name, STR("transfer-encoding")) || str_eq_nocase(name, STR("host"));
}

static enum http_parsed read_header_line(struct http_parser *p)
{
	struct http_span span;
	if (read_field_line(p, &span) == HTTP_PARSE_ERROR)
		return HTTP_PARSE_ERROR;
	str line = str_from(buf_str(&p->text), p->line);
	if (str_chr(line, '\t') >= 0 && frames(str_sub(line, 0, span.name_n)))
		return fail(p, 400, "tab in a field that frames or routes");
	if (p->n_spans >= p->limits.header_count)
		return fail(p, 431, "too many headers");
	if (p->n_spans == p->cap_spans) {
		p->cap_spans = p->cap_spans ? p->cap_spans * 2 : 16;
		p->spans = xrealloc(p->spans, p->cap_spans * sizeof *p->spans);
	}
	p->spans[p->n_spans++] = span;
	return HTTP_PARSE_MORE;
}

/* Trailers are checked and dropped: nothing here has a use for them, and one
 * that pretends to frame or route the message, to prove who sends it or to say
 * what the body is (RFC 9110, 6.5.1) is an attack. */
static enum http_parsed read_trailer_line(struct http_parser *p)
{
	struct http_span span;
	if (read_field_line(p, &span) == HTTP_PARSE_ERROR)
		return HTTP_PARSE_ERROR;
	if (++p->n_trailers > p->limits.trailer_count)
		return fail(p, 431, "too many trailers");
	str name = str_n(p->text.p + span.name, span.name_n);
	static const char *const forbidden[] = {"authorization",
	                                        "cache-control",
	                                        "connection",
	                                        "content-encoding",
	                                        "content-range",
	                                        "content-length",
	                                        "content-type",
	                                        "cookie",
	                                        "expect",
	                                        "forwarded",
	                                        "host",
	                                        "if-match",
	                                        "if-none-match",
	                                        "if-modified-since",
	                                        "if-range",
	                                        "if-unmodified-since",
	                                        "keep-alive",
	                                        "max-forwards",
	                                        "origin",
	                                        "pragma",
	                                        "range",
	                                        "te",
	                                        "proxy-authorization",
	                                        "trailer",
	                                        "upgrade",
	                                        "transfer-encoding",
	                                        "x-forwarded-for",
	                                        "x-forwarded-proto"};
	for (size_t i = 0; i < COUNT_OF(forbidden); i++)
		if (str_eq_nocase(name, str_of(forbidden[i])))
			return fail(p, 400, "forbidden trailer");
	p->text.n = p->line;
	return HTTP_PARSE_MORE;
}

/* ---- the complete head ---- */

static enum http_parsed read_content_length(struct http_parser *p, str value)
{
	if (p->head.content_length >= 0)
		return fail(p, 400, "more than one Content-Length");
	int64_t n = 0;
	if (value.n == 0 || value.n > MAX_LENGTH_DIGITS)
		return fail(p, 400, "malformed Content-Length");
	for (size_t i = 0; i < value.n; i++) {
		if (!is_digit(value.p[i]))
			return fail(p, 400, "malformed Content-Length");
		n = n * 10 + (value.p[i] - '0');
	}
	p->head.content_length = n;
	return HTTP_PARSE_MORE;
}

/* What the fields say about framing, host and connection. */
struct findings {
	bool host, expect, close, keep;
	unsigned single; /* which of the names below were seen, a bit each */
};

/* Fields of one value by which somebody is let in or a body is understood. Of two
 * lines one reader takes the first and another the last, so two are refused. */
static bool is_repeated(struct findings *found, str name)
{
	static const str single[] = {STR_INIT("authorization"), STR_INIT("content-type"),
	                             STR_INIT("origin"), STR_INIT("sec-websocket-key"),
	                             STR_INIT("sec-websocket-version")};
	for (unsigned i = 0; i < COUNT_OF(single); i++) {
		if (name.n != single[i].n || !str_eq_nocase(name, single[i]))
			continue;
		bool again = found->single & 1U << i;
		found->single |= 1U << i;
		return again;
	}
	return false;
}

static enum http_parsed read_field(struct http_parser *p, struct http_field f,
                                   struct findings *found)
{
	struct http_head *h = &p->head;
	if (str_eq_nocase(f.name, STR("host"))) {
		if (found->host)
			return fail(p, 400, "more than one Host");
		found->host = true;
		if (!valid_host(f.value))
			return fail(p, 400, "malformed Host");
		if (!h->host.n)
			h->host = f.value;
	} else if (str_eq_nocase(f.name, STR("content-length"))) {
		return read_content_length(p, f.value);
	} else if (str_eq_nocase(f.name, STR("transfer-encoding"))) {
		if (h->chunked)
			return fail(p, 400, "more than one Transfer-Encoding");
		if (!str_eq_nocase(f.value, STR("chunked")))
			return fail(p, 400, "transfer coding other than chunked");
		if (h->minor == 0)
			return fail(p, 400, "Transfer-Encoding in HTTP/1.0");
		h->chunked = true;
	} else if (str_eq_nocase(f.name, STR("connection"))) {
		found->close |= http_list_has(f.value, "close");
		found->keep |= http_list_has(f.value, "keep-alive");
		h->upgrade |= h->minor > 0 && http_list_has(f.value, "upgrade");
	} else if (str_eq_nocase(f.name, STR("expect")) && h->minor > 0) {
		if (!str_eq_nocase(f.value, STR("100-continue")))
			return fail(p, 417, "unknown expectation");
		found->expect = true;
	} else if (is_repeated(found, f.name)) {
		return fail(p, 400, "a field twice that has one value");
	}
	return HTTP_PARSE_MORE;
}

static enum http_parsed finish_head(struct http_parser *p)
{
	struct http_head *h = &p->head;
	struct findings found = {0};
	/* The text has moved while it grew: point the strings to where it stands. */
	if (read_request_line(p, str_sub(buf_str(&p->text), 0, p->request_line)) ==
	    HTTP_PARSE_ERROR)
		return HTTP_PARSE_ERROR;
	free(p->fields);
	p->fields = xcalloc(p->n_spans, sizeof *p->fields);
	for (size_t i = 0; i < p->n_spans; i++) {
		const struct http_span *s = &p->spans[i];
		p->fields[i] = (struct http_field){str_n(p->text.p + s->name, s->name_n),
		                                   str_n(p->text.p + s->value, s->value_n)};
		if (read_field(p, p->fields[i], &found) == HTTP_PARSE_ERROR)
			return HTTP_PARSE_ERROR;
	}
	h->fields = p->fields;
	h->n_fields = p->n_spans;
	if (h->chunked && h->content_length >= 0)
		return fail(p, 400, "both Content-Length and Transfer-Encoding");
	if (h->minor > 0 && !found.host)
		return fail(p, 400, "no Host");
	h->keep_alive = !found.close && (h->minor > 0 || found.keep);
	h->expect_continue = found.expect && (h->chunked || h->content_length > 0);
	p->body_limit = p->limits.body;
	p->body_seen = 0;
	p->state = ST_HEAD_DONE;
	return HTTP_PARSE_HEAD;
}

static enum http_parsed begin_body(struct http_parser *p)
{
	if (p->head.chunked) {
		p->state = ST_CHUNK_SIZE;
		p->extra = p->budget = p->n_trailers = 0;
		p->line = p->text.n;
		return HTTP_PARSE_MORE;
	}
	if (p->head.content_length > p->body_limit)
		return fail(p, 413, "body too large");
	p->left = p->head.content_length > 0 ? p->head.content_length : 0;
	p->state = p->left ? ST_BODY : ST_COMPLETE;
	return p->left ? HTTP_PARSE_MORE : HTTP_PARSE_DONE;
}

static str skip_blanks(str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from(s, 1);
	return s;
}

/* Takes a token, or false. */
static bool skip_token(str *s)
{
	size_t n = 0;
	while (n < s->n && is_tchar((unsigned char)s->p[n]))
		n++;
	*s = str_from(*s, n);
	return n > 0;
}

/* Takes a quoted-string (RFC 9110, 5.6.4), which the scanner has cleared of
 * control bytes, or false. */
static bool skip_quoted(str *s)
{
	for (size_t i = 1; i < s->n; i++) {
		if (s->p[i] == '\\') {
			i++;
		} else if (s->p[i] == '"') {
			*s = str_from(*s, i + 1);
			return true;
		}
	}
	return false;
}

/* *( ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), blanks before a
 * further ";" as well (RFC 9112, 7.1.1). Nothing here knows any; what another
 * reader could take for the end of the line must not hide in them. */
static bool valid_extensions(str s)
{
	while (s.n) {
		if (s.p[0] != ';')
			return false;
		s = skip_blanks(str_from(s, 1));
		if (!skip_token(&s))
			return false;
		str behind = skip_blanks(s);
		if (behind.n && behind.p[0] == '=') {
			s = skip_blanks(str_from(behind, 1));
			if (s.n && s.p[0] == '"' ? !skip_quoted(&s) : !skip_token(&s))
				return false;
			behind = skip_blanks(s);
		}
		if (behind.n)
			s = behind; /* else blanks at the end of the line are left, and refused */
	}
	return true;
}

/* chunk-size [ extensions ] */
static enum http_parsed read_chunk_line(struct http_parser *p)
{
	str line = str_from(buf_str(&p->text), p->line);
	int64_t n = 0;
	size_t i = 0;
	while (i < line.n && is_hex(line.p[i])) {
		if (i >= MAX_SIZE_DIGITS)
			return fail(p, 400, "malformed chunk size");
		char c = line.p[i++];
		n = n * 16 + (is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
	}
	if (i == 0 || (i < line.n && line.p[i] != ';'))
		return fail(p, 400, "malformed chunk size");
	if (!valid_extensions(str_from(line, i)))
		return fail(p, 400, "malformed chunk extension");
	p->extra += line.n - i;
	if (p->extra > p->limits.chunk_extra)
		return fail(p, 400, "too many chunk extensions");
	p->text.n = p->line;
	if (n > p->body_limit - p->body_seen)
		return fail(p, 413, "body too large");
	p->left = n;
	p->state = n ? ST_CHUNK_DATA : ST_TRAILER;
	return HTTP_PARSE_MORE;
}

str http_parser_target(const struct http_parser *p)
{
	str line = buf_str(&p->text);
	if (p->request_line)
		line = str_sub(line, 0, p->request_line);
	ptrdiff_t space = str_chr(line, ' ');
	if (space < 0)
		return STR("");
	line = str_from(line, (size_t)space + 1);
	space = str_chr(line, ' ');
	return space < 0 ? line : str_sub(line, 0, (size_t)space);
}

/* ---- the scanner ---- */

static void begin_message(struct http_parser *p)
{
	p->head = (struct http_head){0};
	buf_clear(&p->text);
	p->line = p->budget = p->request_line = 0;
	p->n_spans = 0;
	p->cr = false;
	p->blank = 0;
	p->state = ST_START;
}

/* Room left for the present line, counted before the byte is taken. */
static enum http_parsed check_line_limit(struct http_parser *p)
{
	size_t n = p->text.n - p->line;
	switch (p->state) {
	case ST_START:
	case ST_REQUEST_LINE:
		if (n >= p->limits.request_line)
			return fail(p, 414, "request line too long");
		break;
	case ST_HEADER:
		if (p->budget + n >= p->limits.header_bytes)
			return fail(p, 431, "headers too long");
		break;
	case ST_CHUNK_SIZE:
		if (n >= p->limits.chunk_line)
			return fail(p, 400, "chunk size line too long");
		break;
	default:
		if (p->budget + n >= p->limits.trailer_bytes)
			return fail(p, 431, "trailers too long");
	}
	return HTTP_PARSE_MORE;
}

/* A line without its CRLF stands in text from p->line on. */
static enum http_parsed end_line(struct http_parser *p)
{
	size_t n = p->text.n - p->line;
	enum http_parsed r = HTTP_PARSE_MORE;
	switch (p->state) {
	case ST_START:
		if (p->blank++)
			return fail(p, 400, "empty request line");
		return HTTP_PARSE_MORE;
	case ST_REQUEST_LINE:
		r = read_request_line(p, buf_str(&p->text));
		p->state = r == HTTP_PARSE_ERROR ? ST_ERROR : ST_HEADER;
		p->line = p->request_line = n;
		return r;
	case ST_HEADER:
		if (n == 0)
			return finish_head(p);
		p->budget += n + 2;
		if (p->budget > p->limits.header_bytes)
			return fail(p, 431, "headers too long");
		r = read_header_line(p);
		p->line = p->text.n;
		return r;
	case ST_CHUNK_SIZE:
		return read_chunk_line(p);
	default:
		if (n == 0) {
			p->state = ST_COMPLETE;
			return HTTP_PARSE_DONE;
		}
		p->budget += n + 2;
		if (p->budget > p->limits.trailer_bytes)
			return fail(p, 431, "trailers too long");
		return read_trailer_line(p);
	}
}

/* One byte of a line. Bytes above 0x7f are obs-text: allowed in values, and
 * everything else that a line may hold is checked when it is complete. */
static enum http_parsed take_line_byte(struct http_parser *p, unsigned char c)
{
	if (p->cr) {
		p->cr = false;
		if (c != '\n')
			return fail(p, 400, "bare CR");
		return end_line(p);
	}
	if (c == '\r') {
		p->cr = true;
		return HTTP_PARSE_MORE;
	}
	if (c == '\n')
		return fail(p, 400, "bare LF");
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return fail(p, 400, "control byte");
	if (check_line_limit(p) == HTTP_PARSE_ERROR)
		return HTTP_PARSE_ERROR;
	if (p->state == ST_START)
		p->state = ST_REQUEST_LINE;
	buf_addc(&p->text, (char)c);
	return HTTP_PARSE_MORE;
}

static enum http_parsed take_body(struct http_parser *p, str *in, str *piece)
{
	size_t n = in->n;
	if ((int64_t)n > p->left)
		n = (size_t)p->left;
	*piece = str_sub(*in, 0, n);
	*in = str_from(*in, n);
	p->left -= (int64_t)n;
	p->body_seen += (int64_t)n;
	if (p->left == 0)
		p->state = p->state == ST_BODY ? ST_BODY_DONE : ST_CHUNK_END;
	return HTTP_PARSE_BODY;
}

static enum http_parsed take_chunk_end(struct http_parser *p, unsigned char c)
{
	if (c != (p->cr ? '\n' : '\r'))
		return fail(p, 400, "chunk data not followed by CRLF");
	if (p->cr)
		p->state = ST_CHUNK_SIZE;
	p->cr = !p->cr;
	return HTTP_PARSE_MORE;
}

enum http_parsed http_parser_next(struct http_parser *p, str *in, str *piece)
{
	*piece = STR_NONE;
	for (;;) {
		enum http_parsed r = HTTP_PARSE_MORE;
		switch (p->state) {
		case ST_ERROR:
			return HTTP_PARSE_ERROR;
		case ST_HEAD_DONE:
			r = begin_body(p);
			if (r != HTTP_PARSE_MORE)
				return r;
			continue;
		case ST_BODY_DONE:
			p->state = ST_COMPLETE;
			return HTTP_PARSE_DONE;
		case ST_COMPLETE:
			if (!in->n)
				return HTTP_PARSE_MORE;
			begin_message(p);
			continue;
		default:
			break;
		}
		if (!in->n)
			return HTTP_PARSE_MORE;
		if (p->state == ST_BODY || p->state == ST_CHUNK_DATA)
			return take_body(p, in, piece);
		unsigned char c = (unsigned char)in->p[0];
		*in = str_from(*in, 1);
		r = p->state == ST_CHUNK_END ? take_chunk_end(p, c) : take_line_byte(p, c);
		if (r != HTTP_PARSE_MORE)
			return r;
	}
}

/* ---- copies ---- */

void http_head_copy(struct arena *a, struct http_head *to, const struct http_head *from)
{
	*to = *from;
	to->method_name = str_dup(a, from->method_name);
	to->target = str_dup(a, from->target);
	to->path = str_dup(a, from->path);
	to->query = from->query.p ? str_dup(a, from->query) : STR_NONE;
	to->host = str_dup(a, from->host);
	to->fields = ARENA_ARRAY(a, from->n_fields, struct http_field);
	for (size_t i = 0; i < from->n_fields; i++) {
		to->fields[i].name = str_dup(a, from->fields[i].name);
		to->fields[i].value = str_dup(a, from->fields[i].value);
	}
}
