/* uri.c: see uri.h. */
#include "net/uri.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at s.p[i] stands for, or -1. */
static int escaped(str s, size_t i)
{
	if (i + 2 >= s.n)
		return -1;
	int hi = hex_value(s.p[i + 1]), lo = hex_value(s.p[i + 2]);
	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

bool uri_decode_path(struct arena *a, str raw, str *path)
{
	char *p = arena_alloc(a, raw.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		int c = (unsigned char)raw.p[i];
		if (c == '%') {
			c = escaped(raw, i);
			i += 2;
			if (c < 0 || c == '/')
				return false;
		}
		if (c < 0x20 || c == 0x7f || c == '\\')
			return false;
		p[n++] = (char)c;
	}
	*path = str_n(p, n);
	str rest = *path, segment;
	while (str_split(&rest, '/', &segment))
		if (str_is(segment, ".") || str_is(segment, ".."))
			return false;
	return str_is_utf8(*path);
}

str uri_encode(struct arena *a, str s)
{
	static const char digits[] = "0123456789ABCDEF";
	char *p = arena_array(a, s.n + 1, 3);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c && strchr("-._~", c))) {
			p[n++] = (char)c;
		} else {
			p[n++] = '%';
			p[n++] = digits[c >> 4];
			p[n++] = digits[c & 15];
		}
	}
	return str_n(p, n);
}

static str decode_form(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int c = s.p[i] == '%' ? escaped(s, i) : -1;
		if (c >= 0)
			i += 2;
		else
			c = s.p[i] == '+' ? ' ' : (unsigned char)s.p[i];
		p[n++] = (char)c;
	}
	return str_to_utf8(a, str_n(p, n));
}

/* The next raw pair that is not empty. */
static bool next_pair(str *rest, str *name, str *value)
{
	str pair;
	while (str_split(rest, '&', &pair)) {
		if (!pair.n)
			continue;
		ptrdiff_t eq = str_chr(pair, '=');
		*name = eq < 0 ? pair : str_sub(pair, 0, (size_t)eq);
		*value = eq < 0 ? STR("") : str_from(pair, (size_t)eq + 1);
		return true;
	}
	return false;
}

bool uri_form_next(struct arena *a, str *rest, str *name, str *value)
{
	str n, v;
	if (!next_pair(rest, &n, &v))
		return false;
	*name = decode_form(a, n);
	*value = decode_form(a, v);
	return true;
}

str uri_form_get(struct arena *a, str form, const char *name)
{
	str rest = form, n, v;
	while (next_pair(&rest, &n, &v))
		if (str_eq(str_chr(n, '%') < 0 && str_chr(n, '+') < 0 ? n : decode_form(a, n),
		           str_of(name)))
			return decode_form(a, v);
	return STR_NONE;
}

str uri_cookie_get(str header, const char *name)
{
	str rest = header, pair;
	while (str_split(&rest, ';', &pair)) {
		pair = str_trim(pair);
		ptrdiff_t eq = str_chr(pair, '=');
		if (eq < 0 || !str_eq(str_sub(pair, 0, (size_t)eq), str_of(name)))
			continue;
		str v = str_from(pair, (size_t)eq + 1);
		if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
			v = str_sub(v, 1, v.n - 1);
		return v;
	}
	return STR_NONE;
}
