/* header.c: header blocks, encoded words (RFC 2047) and parameters (RFC 2231).
 *
 * Every function is linear in its input. */
#include "mime/charset.h"
#include "mime/internal.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

str mime_unfold(struct arena *a, str value)
{
	char *out = arena_alloc(a, value.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r' && value.p[i] != '\n')
			out[n++] = value.p[i];
	return str_trim(str_n(out, n));
}

/* --- encoded words --- */

struct word {
	str charset, text;
	bool base64;
	size_t length; /* of the whole word in the input */
};

/* An encoded word at the front of s, read loosely: the text may hold spaces. */
static bool read_word(str s, struct word *w)
{
	if (s.n < 6 || s.p[0] != '=' || s.p[1] != '?')
		return false;
	size_t i = 2;
	while (i < s.n && i < 64 && s.p[i] != '?' && !is_space(s.p[i]))
		i++;
	if (i + 3 >= s.n || s.p[i] != '?' || s.p[i + 2] != '?')
		return false;
	char encoding = (char)(s.p[i + 1] | 32);
	if (encoding != 'b' && encoding != 'q')
		return false;
	w->charset = str_sub(s, 2, i);
	ptrdiff_t star = str_chr(w->charset, '*');
	if (star >= 0) /* the language of RFC 2231 section 5 */
		w->charset = str_sub(w->charset, 0, (size_t)star);
	w->base64 = encoding == 'b';
	size_t start = i + 3, end = start;
	while (end + 1 < s.n && !(s.p[end] == '?' && s.p[end + 1] == '='))
		end++;
	if (end + 1 >= s.n)
		return false;
	w->text = str_sub(s, start, end);
	w->length = end + 2;
	return true;
}

/* Words of one charset that follow each other are one text: a letter may be cut in two. */
struct pending {
	struct buf bytes, base64;
	str charset;
	bool any;
};

static void pending_base64(struct arena *a, struct pending *p)
{
	if (p->base64.n > 0)
		buf_add(&p->bytes, mime_base64(a, buf_str(&p->base64)));
	buf_clear(&p->base64);
}

static void pending_flush(struct arena *a, struct pending *p, struct buf *out)
{
	if (!p->any)
		return;
	pending_base64(a, p);
	buf_add(out, charset_decode(a, buf_str(&p->bytes), p->charset));
	buf_clear(&p->bytes);
	p->any = false;
}

static void pending_add(struct arena *a, struct pending *p, const struct word *w, struct buf *out)
{
	if (p->any && !str_eq_nocase(p->charset, w->charset))
		pending_flush(a, p, out);
	p->charset = w->charset;
	p->any = true;
	if (w->base64) {
		buf_add(&p->base64, w->text);
	} else {
		pending_base64(a, p);
		buf_add(&p->bytes, mime_quoted_printable(a, w->text, true));
	}
}

/* Control characters have no place in a header's text. */
static str without_controls(struct arena *a, str s)
{
	char *out = NULL;
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x20 && c != 0x7F) {
			if (out)
				out[n] = s.p[i];
			n++;
			continue;
		}
		if (!out) {
			out = arena_alloc(a, s.n + 1);
			memcpy(out, s.p, i);
		}
		if (c == '\t' || c == '\n')
			out[n++] = ' ';
	}
	return out ? str_n(out, n) : s;
}

str mime_decode_words(struct arena *a, str value)
{
	str s = mime_unfold(a, value);
	bool words = str_find(s, STR("=?")) >= 0;
	if (!words)
		return without_controls(a, charset_decode(a, s, STR_NONE));
	BUF_AUTO out;
	BUF_AUTO bytes;
	BUF_AUTO base64;
	buf_init(&out, 0);
	buf_init(&bytes, 0);
	buf_init(&base64, 0);
	struct pending p = {.bytes = bytes, .base64 = base64};
	size_t plain = 0, i = 0;
	size_t end = 0; /* of the next "?=" ahead: without one there is no word to look for */
	while (i + 1 < s.n) {
		struct word w;
		if (s.p[i] != '=' || s.p[i + 1] != '?') {
			i++;
			continue;
		}
		if (end < i + 2) {
			ptrdiff_t ahead = str_find(str_from(s, i + 2), STR("?="));
			if (ahead < 0)
				break;
			end = i + 2 + (size_t)ahead;
		}
		if (!read_word(str_from(s, i), &w)) {
			i += 2;
			continue;
		}
		str between = str_sub(s, plain, i);
		if (!p.any || str_trim(between).n > 0) {
			pending_flush(a, &p, &out);
			buf_add(&out, charset_decode(a, between, STR_NONE));
		}
		pending_add(a, &p, &w, &out);
		i += w.length;
		plain = i;
	}
	pending_flush(a, &p, &out);
	buf_add(&out, charset_decode(a, str_from(s, plain), STR_NONE));
	bytes = p.bytes;
	base64 = p.base64;
	return str_trim(without_controls(a, str_dup(a, str_to_utf8(a, buf_str(&out)))));
}

/* --- parameters --- */

struct section {
	str name;
	int number;
	bool extended, numbered;
	str value;
};

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static str percent_decode(struct arena *a, str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n) {
			int hi = hex_digit((unsigned char)s.p[i + 1]);
			int lo = hex_digit((unsigned char)s.p[i + 2]);
			if (hi >= 0 && lo >= 0) {
				out[n++] = (char)(hi << 4 | lo);
				i += 2;
				continue;
			}
		}
		out[n++] = s.p[i];
	}
	return str_n(out, n);
}

/* One value from the front of *rest up to the next ";" outside of quotes. In a quoted string a
 * backslash protects what follows (RFC 2045, RFC 822), whatever it is. */
static str read_param_value(struct arena *a, str *rest)
{
	size_t i = 0, n = 0;
	while (i < rest->n && is_space(rest->p[i]))
		i++;
	char *out = arena_alloc(a, rest->n - i + 1);
	if (i < rest->n && rest->p[i] == '"') {
		i++;
		while (i < rest->n && rest->p[i] != '"') {
			if (rest->p[i] == '\\' && i + 1 < rest->n)
				i++;
			out[n++] = rest->p[i++];
		}
		while (i < rest->n && rest->p[i] != ';')
			i++;
	} else {
		while (i < rest->n && rest->p[i] != ';')
			out[n++] = rest->p[i++];
	}
	*rest = str_from(*rest, i < rest->n ? i + 1 : i);
	return str_trim(str_n(out, n));
}

static bool read_section(struct arena *a, str *rest, struct section *s)
{
	*s = (struct section){.number = -1};
	ptrdiff_t eq = -1;
	for (size_t i = 0; i < rest->n; i++) {
		if (rest->p[i] == '=' || rest->p[i] == ';') {
			eq = (ptrdiff_t)i;
			break;
		}
	}
	if (eq < 0) {
		*rest = str_from(*rest, rest->n);
		return false;
	}
	str name = str_trim(str_sub(*rest, 0, (size_t)eq));
	bool has_value = rest->p[eq] == '=';
	*rest = str_from(*rest, (size_t)eq + 1);
	if (!has_value)
		return false;
	s->value = read_param_value(a, rest);
	if (str_ends(name, STR("*"))) {
		s->extended = true;
		name = str_sub(name, 0, name.n - 1);
	}
	ptrdiff_t star = str_rchr(name, '*');
	int64_t number;
	if (star >= 0 && str_to_i64(str_from(name, (size_t)star + 1), &number) && number >= 0 &&
	    number < 1000) {
		s->numbered = true;
		s->number = (int)number;
		name = str_sub(name, 0, (size_t)star);
	}
	s->name = str_lower_ascii(a, str_trim(name));
	return s->name.n > 0;
}

/* More than any honest file name takes; reading is quadratic in these. */
#define SECTIONS 100
#define VALUE_BYTES ((size_t)16384)

/* Joins the sections of one name in the order of their numbers and decodes them. */
static str join_sections(struct arena *a, struct section *s, size_t n, str name)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	str charset = STR_NONE;
	bool extended = false;
	for (int number = 0; number < SECTIONS; number++) {
		const struct section *found = NULL;
		for (size_t i = 0; i < n && !found; i++)
			if (s[i].numbered && s[i].number == number && str_eq(s[i].name, name))
				found = &s[i];
		if (!found)
			break;
		str value = found->value;
		if (found->extended) {
			extended = true;
			ptrdiff_t one = number == 0 ? str_chr(value, '\'') : -1;
			ptrdiff_t two =
			    one >= 0 ? str_chr(str_from(value, (size_t)one + 1), '\'') : -1;
			if (two >= 0) {
				charset = str_sub(value, 0, (size_t)one);
				value = str_from(value, (size_t)(one + two) + 2);
			}
			value = percent_decode(a, value);
		}
		buf_add(&b, value);
	}
	str all = str_dup(a, buf_str(&b));
	return extended ? charset_decode(a, all, charset) : mime_decode_words(a, all);
}

static str single_value(struct arena *a, const struct section *s)
{
	if (!s->extended)
		return mime_decode_words(a, s->value);
	ptrdiff_t one = str_chr(s->value, '\'');
	ptrdiff_t two = one >= 0 ? str_chr(str_from(s->value, (size_t)one + 1), '\'') : -1;
	if (two < 0) /* no charset given, against the rule */
		return mime_decode_words(a, percent_decode(a, s->value));
	str text = percent_decode(a, str_from(s->value, (size_t)(one + two) + 2));
	if (str_find(text, STR("=?")) >= 0)
		return mime_decode_words(a, text);
	return charset_decode(a, text, str_sub(s->value, 0, (size_t)one));
}

struct mime_value mime_parse_value(struct arena *a, str field)
{
	struct mime_value v = {0};
	str rest = mime_unfold(a, str_sub(field, 0, VALUE_BYTES));
	ptrdiff_t semi = str_chr(rest, ';');
	str head = semi < 0 ? rest : str_sub(rest, 0, (size_t)semi);
	/* "text/plain charset=x" without the semicolon */
	size_t end = 0;
	head = str_trim(head);
	while (end < head.n && !is_space(head.p[end]))
		end++;
	v.main = str_lower_ascii(a, str_to_utf8(a, str_sub(head, 0, end)));
	if (str_chr(str_from(head, end), '=') >= 0)
		rest = str_from(head, end);
	else
		rest = semi < 0 ? STR_NONE : str_from(rest, (size_t)semi + 1);

	struct section sections[SECTIONS];
	size_t n = 0;
	while (rest.n > 0 && n < SECTIONS)
		if (read_section(a, &rest, &sections[n]))
			n++;
	v.p = ARENA_ARRAY(a, n, struct mime_param);
	/* The extended form of a parameter goes before the plain one of the same name. */
	for (int pass = 0; pass < 3; pass++) {
		for (size_t i = 0; i < n; i++) {
			const struct section *s = &sections[i];
			bool turn = pass == 0   ? s->extended && !s->numbered
			            : pass == 1 ? s->numbered && s->number == 0
			                        : !s->extended && !s->numbered;
			if (!turn || mime_param(&v, s->name).p)
				continue;
			str value = s->numbered ? join_sections(a, sections, n, s->name)
			                        : single_value(a, s);
			v.p[v.n++] = (struct mime_param){s->name, value.p ? value : STR("")};
		}
	}
	return v;
}

str mime_param(const struct mime_value *v, str name)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->p[i].name, name))
			return v->p[i].value;
	return STR_NONE;
}

/* --- blocks --- */

static str read_line(str *rest)
{
	const char *lf = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = lf ? (size_t)(lf - rest->p) + 1 : rest->n;
	str line = str_sub(*rest, 0, n);
	*rest = str_from(*rest, n);
	return line;
}

static str without_eol(str line)
{
	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Length of a field name that is followed by a colon, or 0. */
static size_t field_name(str line)
{
	size_t i = 0;
	while (i < line.n && (unsigned char)line.p[i] > 32 && (unsigned char)line.p[i] < 127 &&
	       line.p[i] != ':')
		i++;
	size_t end = i;
	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	return end > 0 && i < line.n && line.p[i] == ':' ? end : 0;
}

struct mime_headers mime_read_headers(struct arena *a, str raw, const struct mime_limits *limits,
                                      str *body, str *limit_hit)
{
	VEC(struct mime_header) v = {0};
	str rest = raw;
	const char *stray = NULL;
	while (rest.n > 0) {
		str before = rest;
		str line = read_line(&rest);
		str bare = without_eol(line);
		if (bare.n == 0)
			break;
		size_t used = (size_t)(line.p - raw.p);
		bool over = used > limits->header_bytes || v.n >= limits->headers;
		if (!over && bare.n > limits->header_bytes) {
			bare.n = limits->header_bytes;
			if (!limit_hit->n)
				*limit_hit = STR("header_bytes");
		}
		size_t name = field_name(bare);
		/* Continuations, also of the careless kind without white space: a line that is no
		 * field but is followed by one. */
		bool folded = is_space(bare.p[0]) && v.n > 0;
		if (!folded && !name && v.n > 0 && !stray && str_find(bare, STR(": ")) > 0)
			stray = bare.p;
		if (!folded && !name && v.n > 0) {
			str next = rest;
			folded = field_name(without_eol(read_line(&next))) > 0;
		}
		if (folded) {
			if (!over) {
				struct mime_header *h = &v.p[v.n - 1];
				h->value.n = (size_t)(bare.p + bare.n - h->value.p);
			} else if (!limit_hit->n) {
				*limit_hit = used > limits->header_bytes ? STR("header_bytes")
				                                         : STR("headers");
			}
			continue;
		}
		if (!name) {
			if (v.n == 0 && (str_starts(bare, STR("From ")) ||
			                 str_starts(bare, STR(">From ")) || str_trim(bare).n == 0))
				continue; /* an mbox separator, or a blank start */
			rest = before;    /* the body began without an empty line */
			break;
		}
		if (over) {
			if (!limit_hit->n)
				*limit_hit = used > limits->header_bytes ? STR("header_bytes")
				                                         : STR("headers");
			continue;
		}
		size_t colon = (size_t)((const char *)memchr(bare.p, ':', bare.n) - bare.p);
		*vec_push(a, &v) =
		    (struct mime_header){str_sub(bare, 0, name), str_from(bare, colon + 1)};
	}
	*body = rest;
	return (struct mime_headers){v.p, v.n, stray};
}

str mime_raw_header(const struct mime_headers *h, str name)
{
	for (size_t i = 0; i < h->n; i++)
		if (str_eq_nocase(h->p[i].name, name))
			return h->p[i].value;
	return STR_NONE;
}
