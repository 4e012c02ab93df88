/* fold.c: see fold.h. */
#include "text/fold.h"

#include <utf8proc.h>

uint32_t text_next(str s, size_t *n)
{
	*n = 0;
	if (s.n == 0)
		return 0;
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

static bool is_ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
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

str text_fold(struct arena *a, str s)
{
	s = str_to_utf8(a, s);
	if (is_ascii(s))
		return str_lower_ascii(a, s);
	utf8proc_uint8_t *p = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &p,
	                                  UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
	                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	if (n < 0) /* out of memory: the text is valid and the options are constant */
		abort();
	fold_yo(p, (size_t)n);
	str out = str_dup(a, str_n((char *)p, (size_t)n));
	free(p);
	return out;
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
