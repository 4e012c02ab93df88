/* fold.c: see fold.h. */
#include "text/fold.h"

#include <utf8proc.h>

uint32_t text_next(str s, size_t *n)
{
	*n = 0;
	if (s.n == 0)
		return 0;
	const unsigned char *u = (const unsigned char *)s.p;
	if (u[0] < 0x80) {
		*n = 1;
		return u[0];
	}
	if (s.n >= 2 && u[0] >= 0xc2 && u[0] < 0xe0 && (u[1] & 0xc0) == 0x80) {
		*n = 2;
		return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
	}
	utf8proc_int32_t c;
	utf8proc_ssize_t r =
	    utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &c);
	if (r <= 0) {
		*n = 1;
		return 0xfffd;
	}
	*n = (size_t)r;
	return (uint32_t)c;
}

bool text_is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

bool text_is_invisible(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

/* Folds the character at p when that needs no tables: ASCII, Cyrillic from U+0400 to U+045F, and
 * the quotation marks and dashes that letters are full of. Writes as many bytes as it returns; 0
 * for any other character. Each of them begins a new unit of normalisation (UAX 15: a starter that
 * composes with nothing before it), so a text may be cut right before one. */
static size_t fold_plain(const unsigned char *p, size_t n, char *out)
{
	if (p[0] < 0x80) {
		out[0] = (char)(p[0] >= 'A' && p[0] <= 'Z' ? p[0] + 32 : p[0]);
		return 1;
	}
	if (n >= 2 && (p[0] == 0xd0 || (p[0] == 0xd1 && p[1] < 0xa0))) {
		unsigned c = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		if (c < 0x430)
			c += c < 0x410 ? 0x50 : 0x20;
		if (c == 0x451) /* ё */
			c = 0x435;
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (n >= 2 && p[0] == 0xc2 && (p[1] == 0xab || p[1] == 0xbb)) {
		memcpy(out, p, 2);
		return 2;
	}
	if (n >= 3 && p[0] == 0xe2 && p[1] == 0x80 &&
	    (p[2] == 0x93 || p[2] == 0x94 || (p[2] >= 0x98 && p[2] <= 0x9f))) {
		memcpy(out, p, 3);
		return 3;
	}
	return 0;
}

/* ё to е in place: both are two bytes. */
static void fold_yo(unsigned char *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		if (p[i] == 0xd1 && p[i + 1] == 0x91) {
			p[i] = 0xd0;
			p[i + 1] = 0xb5;
		}
	}
}

/* Any text, by tables. To be freed. */
static str fold_any(str s)
{
	utf8proc_uint8_t *p = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &p,
	                                  UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
	                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	if (n < 0) /* out of memory: the text is valid and the options are constant */
		abort();
	fold_yo(p, (size_t)n);
	return str_n((char *)p, (size_t)n);
}

str text_fold(struct arena *a, str s)
{
	s = str_to_utf8(a, s);
	const unsigned char *p = (const unsigned char *)s.p;
	size_t cap = s.n + 1, at = 0, o = 0, k;
	size_t last = 0, last_o = 0; /* the plain character before: marks may join with it */
	char *out = arena_alloc(a, cap), scratch[4];
	while (at < s.n) {
		if ((k = fold_plain(p + at, s.n - at, out + o))) {
			last = at;
			last_o = o;
			at += k;
			o += k;
			continue;
		}
		while (at < s.n && !fold_plain(p + at, s.n - at, scratch)) {
			text_next(str_from(s, at), &k);
			at += k;
		}
		str folded = fold_any(str_sub(s, last, at));
		if (last_o + folded.n + (s.n - at) + 1 > cap) {
			char *old = out;
			cap = 2 * (last_o + folded.n + (s.n - at) + 1);
			out = arena_alloc(a, cap);
			memcpy(out, old, last_o);
		}
		memcpy(out + last_o, folded.p, folded.n);
		o = last_o + folded.n;
		free((char *)folded.p);
	}
	out[o] = 0;
	return str_n(out, o);
}

str text_snippet(struct arena *a, str s, size_t max_chars)
{
	s = str_to_utf8(a, s);
	if (max_chars == 0)
		return STR("");
	size_t cap = max_chars < s.n ? max_chars * 4 + 4 : s.n + 4;
	char *out = arena_alloc(a, cap);
	size_t n = 0, chars = 0, len;
	size_t last = 0, word = 0,
	       word_chars = 0; /* before the last character; the last word's end */
	bool space = false;
	uint32_t c;
	for (; (c = text_next(s, &len)) || len; s = str_from(s, len)) {
		if (text_is_space(c)) {
			space = n > 0;
			continue;
		}
		if (text_is_invisible(c))
			continue;
		if (chars + space >= max_chars) {
			/* Something is left over: end at a word when that keeps most of the line.
			 */
			size_t end = chars < max_chars ? n : last;
			if ((!space || chars == max_chars) && word_chars * 2 >= max_chars)
				end = word;
			return str_concat(a, str_n(out, end), STR("…"));
		}
		if (space) {
			word = n;
			word_chars = chars;
			out[n++] = ' ';
			chars++;
			space = false;
		}
		last = n;
		memcpy(out + n, s.p, len);
		n += len;
		chars++;
	}
	return str_n(out, n);
}
