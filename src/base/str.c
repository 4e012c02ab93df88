/* str.c: see str.h. */
#include "base/str.h"

#include <stdarg.h>

int str_cmp(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;
	return r ? r : (a.n > b.n) - (a.n < b.n);
}

static inline unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool str_eq_nocase(str a, str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool str_starts(str s, str prefix)
{
	return s.n >= prefix.n && str_eq(str_n(s.p, prefix.n), prefix);
}

bool str_ends(str s, str suffix)
{
	return s.n >= suffix.n && str_eq(str_n(s.p + s.n - suffix.n, suffix.n), suffix);
}

bool str_starts_nocase(str s, str prefix)
{
	return s.n >= prefix.n && str_eq_nocase(str_n(s.p, prefix.n), prefix);
}

ptrdiff_t str_find(str s, str needle)
{
	if (needle.n == 0)
		return 0;
	if (s.n < needle.n)
		return -1;
	const char *q = memmem(s.p, s.n, needle.p, needle.n);
	return q ? q - s.p : -1;
}

ptrdiff_t str_find_nocase(str s, str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++) {
		if (needle.n && lower(s.p[i]) != lower(needle.p[0]))
			continue;
		if (str_eq_nocase(str_n(s.p + i, needle.n), needle))
			return (ptrdiff_t)i;
	}
	return -1;
}

ptrdiff_t str_chr(str s, char c)
{
	const char *q = s.n ? memchr(s.p, c, s.n) : NULL;
	return q ? q - s.p : -1;
}

ptrdiff_t str_rchr(str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return (ptrdiff_t)i - 1;
	return -1;
}

str str_sub(str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return str_n(s.p ? s.p + from : NULL, to - from);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

str str_trim(str s)
{
	while (s.n && is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_split(str *rest, char sep, str *piece)
{
	if (!rest->p)
		return false;
	ptrdiff_t i = str_chr(*rest, sep);
	if (i < 0) {
		*piece = *rest;
		*rest = STR_NONE;
		return true;
	}
	*piece = str_sub(*rest, 0, (size_t)i);
	*rest = str_n(rest->p + i + 1, rest->n - (size_t)i - 1);
	return true;
}

str str_dup(struct arena *a, str s)
{
	return str_n(str_z(a, s), s.n);
}

char *str_z(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return p;
}

str str_lower_ascii(struct arena *a, str s)
{
	char *p = str_z(a, s);
	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)lower(p[i]);
	return str_n(p, s.n);
}

str str_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char room[128]; /* most are short, and printed once */
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(room, sizeof room, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	char *p = arena_alloc(a, (size_t)n + 1);
	if ((size_t)n < sizeof room)
		memcpy(p, room, (size_t)n);
	else
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return str_n(p, (size_t)n);
}

str str_concat(struct arena *a, str x, str y)
{
	char *p = arena_alloc(a, x.n + y.n + 1);
	if (x.n)
		memcpy(p, x.p, x.n);
	if (y.n)
		memcpy(p + x.n, y.p, y.n);
	return str_n(p, x.n + y.n);
}

bool str_to_i64(str s, int64_t *out)
{
	bool neg = s.n && s.p[0] == '-';
	size_t i = neg ? 1 : 0;
	if (i == s.n)
		return false;
	int64_t v = 0;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		int digit = s.p[i] - '0';
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, neg ? -digit : digit, &v))
			return false;
	}
	*out = v;
	return true;
}

bool str_eq_consttime(str a, str b)
{
	if (a.n != b.n)
		return false;
	volatile unsigned char diff = 0;
	for (size_t i = 0; i < a.n; i++)
		diff = (unsigned char)(diff | (a.p[i] ^ b.p[i]));
	return diff == 0;
}

/* Length of the well-formed sequence at s.p[i], or 0. Table 3-7 of Unicode. */
static size_t sequence(str s, size_t i)
{
	const unsigned char *u = (const unsigned char *)s.p;
	unsigned char c = u[i];
	size_t left = s.n - i;
	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	size_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	unsigned char lo = 0x80, hi = 0xbf;
	if (c == 0xe0)
		lo = 0xa0;
	else if (c == 0xed)
		hi = 0x9f;
	else if (c == 0xf0)
		lo = 0x90;
	else if (c == 0xf4)
		hi = 0x8f;
	if (u[i + 1] < lo || u[i + 1] > hi)
		return 0;
	for (size_t k = 2; k < n; k++)
		if ((u[i + k] & 0xc0) != 0x80)
			return 0;
	return n;
}

str str_cut_utf8(str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return str_n(s.p, max);
}

/* d0 or d1, then 80..bf, four times; the same read from memory in either order of bytes. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define RUSSIAN_MASK 0xc0fec0fec0fec0feu
#define RUSSIAN_LETTERS 0x80d080d080d080d0u
#else
#define RUSSIAN_MASK 0xfec0fec0fec0fec0u
#define RUSSIAN_LETTERS 0xd080d080d080d080u
#endif

bool str_is_utf8(str s)
{
	for (size_t i = 0; i < s.n;) {
		/* Most of what people write is ASCII at a stretch: eight bytes at a time. */
		uint64_t eight;
		while (i + sizeof eight <= s.n) {
			memcpy(&eight, s.p + i, sizeof eight);
			if (eight & 0x8080808080808080u)
				break;
			i += sizeof eight;
		}
		if (i == s.n)
			break;
		/* Russian: four letters of two bytes each at a time. */
		while (i + sizeof eight <= s.n) {
			memcpy(&eight, s.p + i, sizeof eight);
			if ((eight & RUSSIAN_MASK) != RUSSIAN_LETTERS)
				break;
			i += sizeof eight;
		}
		if (i == s.n)
			break;
		/* What else takes two bytes. */
		const unsigned char *u = (const unsigned char *)s.p + i;
		if (s.n - i >= 2 && u[0] >= 0xc2 && u[0] < 0xe0 && (u[1] & 0xc0) == 0x80) {
			i += 2;
			continue;
		}
		size_t n = sequence(s, i);
		if (!n)
			return false;
		i += n;
	}
	return true;
}

str str_to_utf8(struct arena *a, str s)
{
	if (str_is_utf8(s) && str_chr(s, 0) < 0)
		return s;
	char *p = arena_alloc(a, s.n * 3 + 1);
	size_t o = 0;
	for (size_t i = 0; i < s.n;) {
		size_t n = s.p[i] ? sequence(s, i) : 0;
		if (n) {
			memcpy(p + o, s.p + i, n);
			o += n;
			i += n;
		} else {
			memcpy(p + o, "\xef\xbf\xbd", 3);
			o += 3;
			i++;
		}
	}
	return str_n(p, o);
}

size_t str_utf8_len(str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

str str_hex(struct arena *a, str bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *p = arena_alloc(a, bytes.n * 2 + 1);
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];
		p[2 * i] = digits[c >> 4];
		p[2 * i + 1] = digits[c & 15];
	}
	return str_n(p, bytes.n * 2);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool str_unhex(struct arena *a, str hex, str *out)
{
	if (hex.n % 2)
		return false;
	char *p = arena_alloc(a, hex.n / 2 + 1);
	for (size_t i = 0; i < hex.n / 2; i++) {
		int hi = hex_digit(hex.p[2 * i]), lo = hex_digit(hex.p[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		p[i] = (char)(hi << 4 | lo);
	}
	*out = str_n(p, hex.n / 2);
	return true;
}

str str_base64(struct arena *a, str bytes, bool url)
{
	const char *abc = url ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	                      : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *p = arena_alloc(a, bytes.n / 3 * 4 + 5);
	size_t o = 0;
	for (size_t i = 0; i < bytes.n; i += 3) {
		const unsigned char *u = (const unsigned char *)bytes.p + i;
		size_t k = bytes.n - i < 3 ? bytes.n - i : 3;
		uint32_t v =
		    (uint32_t)u[0] << 16 | (uint32_t)(k > 1 ? u[1] : 0) << 8 | (k > 2 ? u[2] : 0);
		p[o++] = abc[v >> 18];
		p[o++] = abc[v >> 12 & 63];
		if (k > 1)
			p[o++] = abc[v >> 6 & 63];
		else if (!url)
			p[o++] = '=';
		if (k > 2)
			p[o++] = abc[v & 63];
		else if (!url)
			p[o++] = '=';
	}
	return str_n(p, o);
}

static int base64_digit(char c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	if (c == (url ? '_' : '/'))
		return 63;
	return -1;
}

bool str_unbase64(struct arena *a, str text, bool url, str *out)
{
	if (!url) {
		if (text.n % 4)
			return false;
		for (int i = 0; i < 2 && text.n && text.p[text.n - 1] == '='; i++)
			text.n--;
	}
	if (text.n % 4 == 1)
		return false;
	char *p = arena_alloc(a, text.n / 4 * 3 + 4);
	size_t o = 0;
	uint32_t v = 0;
	for (size_t i = 0; i < text.n; i++) {
		int d = base64_digit(text.p[i], url);
		if (d < 0)
			return false;
		v = v << 6 | (uint32_t)d;
		if (i % 4 == 3) {
			p[o++] = (char)(v >> 16);
			p[o++] = (char)(v >> 8);
			p[o++] = (char)v;
			v = 0;
		}
	}
	if (text.n % 4 == 2) {
		p[o++] = (char)(v >> 4);
	} else if (text.n % 4 == 3) {
		p[o++] = (char)(v >> 10);
		p[o++] = (char)(v >> 2);
	}
	*out = str_n(p, o);
	return true;
}
