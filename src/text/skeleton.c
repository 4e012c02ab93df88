/* skeleton.c: see skeleton.h. */
#include "text/skeleton.h"

#include <utf8proc.h>

#include "base/buf.h"
#include "text/fold.h"

#define CHARS_MAX 400 /* of a name, before it is compared */

/* Folded letters and what they look like, in pairs, by the code point. */
static const struct look {
	uint32_t c;
	char as[3];
} looks[] = {
    {'0', "o"},   {'1', "l"},   {'3', "e"},   {'5', "s"},   {'i', "l"},   {'|', "l"},
    {0x131, "l"}, {0x142, "l"}, {0x1c0, "l"}, {0x251, "a"}, {0x261, "g"}, {0x3b1, "a"},
    {0x3b2, "b"}, {0x3b3, "y"}, {0x3b5, "e"}, {0x3b7, "n"}, {0x3b9, "l"}, {0x3ba, "k"},
    {0x3bc, "u"}, {0x3bd, "v"}, {0x3bf, "o"}, {0x3c1, "p"}, {0x3c3, "o"}, {0x3c4, "t"},
    {0x3c5, "u"}, {0x3c7, "x"}, {0x3c9, "w"}, {0x430, "a"}, {0x432, "b"}, {0x433, "r"},
    {0x435, "e"}, {0x437, "e"}, {0x438, "u"}, {0x43a, "k"}, {0x43c, "m"}, {0x43d, "h"},
    {0x43e, "o"}, {0x43f, "n"}, {0x440, "p"}, {0x441, "c"}, {0x442, "t"}, {0x443, "y"},
    {0x445, "x"}, {0x44c, "b"}, {0x455, "s"}, {0x456, "l"}, {0x458, "j"}, {0x475, "v"},
    {0x4bb, "h"}, {0x4cf, "l"}, {0x4d9, "e"}, {0x4e9, "o"}, {0x501, "d"}, {0x51b, "q"},
    {0x51d, "w"}, {0x585, "o"}, {0x57d, "u"}, {0x578, "n"}, {0x566, "q"}, {0x570, "h"},
    {0x7f, ""},
};

static const char *look_of(uint32_t c)
{
	for (size_t i = 0; i < COUNT_OF(looks); i++)
		if (looks[i].c == c)
			return looks[i].as;
	return NULL;
}

static bool is_mark(uint32_t c)
{
	utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
	return k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME;
}

static bool is_word(uint32_t c)
{
	utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
	return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO) ||
	       (k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO) || c == '|';
}

/* Letters apart from their marks. */
static str taken_apart(struct arena *a, str s)
{
	utf8proc_uint8_t *p = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &p,
	                                  UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
	if (n < 0)
		abort();
	str out = str_dup(a, str_n((char *)p, (size_t)n));
	free(p);
	return out;
}

/* Pairs of letters that are read as one. */
static void join_pairs(struct buf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++) {
		char c = b->p[i], d = i + 1 < b->n ? b->p[i + 1] : '\0';
		if ((c == 'r' && d == 'n') || (c == 'v' && d == 'v')) {
			c = c == 'r' ? 'm' : 'w';
			i++;
		}
		b->p[n++] = c;
	}
	b->n = n;
}

str text_skeleton(struct arena *a, str s)
{
	BUF_AUTO b;
	size_t len;
	bool space = false;
	buf_init(&b, 0);
	s = taken_apart(a, text_fold(a, str_cut_utf8(str_to_utf8(a, s), CHARS_MAX)));
	for (; s.n; s = str_from(s, len)) {
		uint32_t c = text_next(s, &len);
		if (is_mark(c) || text_is_invisible(c))
			continue;
		if (!is_word(c)) {
			space = b.n > 0;
			continue;
		}
		if (space)
			buf_addc(&b, ' ');
		space = false;
		const char *as = look_of(c);
		if (as)
			buf_addz(&b, as);
		else
			buf_add(&b, str_sub(s, 0, len));
	}
	join_pairs(&b);
	return str_dup(a, buf_str(&b));
}

/* ---- words of two scripts ---- */

/* Latin letters and the Cyrillic ones that look like them, in small or in capital letters. */
static const struct {
	char latin;
	uint16_t cyrillic;
} doubles[] = {{'a', 0x430}, {'b', 0x432}, {'c', 0x441}, {'e', 0x435}, {'h', 0x43d}, {'k', 0x43a},
               {'m', 0x43c}, {'o', 0x43e}, {'p', 0x440}, {'t', 0x442}, {'x', 0x445}, {'y', 0x443}};

static bool is_latin(uint32_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_cyrillic(uint32_t c)
{
	return c >= 0x400 && c < 0x530;
}

static bool in_one(struct arena *a, str word, bool latin, str *out)
{
	BUF_AUTO b;
	size_t len;
	bool fits = true;
	buf_init(&b, 0);
	for (; word.n && fits; word = str_from(word, len)) {
		uint32_t c = text_next(word, &len);
		size_t k = 0;
		if (latin ? !is_cyrillic(c) : !is_latin(c)) {
			buf_add(&b, str_sub(word, 0, len));
			continue;
		}
		while (k < COUNT_OF(doubles) &&
		       (latin ? doubles[k].cyrillic != c : (uint32_t)doubles[k].latin != c))
			k++;
		fits = k < COUNT_OF(doubles);
		if (fits && latin) {
			buf_addc(&b, doubles[k].latin);
		} else if (fits) {
			const uint32_t p = doubles[k].cyrillic;
			buf_addc(&b, (char)(0xc0 | p >> 6));
			buf_addc(&b, (char)(0x80 | (p & 0x3f)));
		}
	}
	*out = fits ? str_dup(a, buf_str(&b)) : STR_NONE;
	return fits;
}

size_t text_unmixed(struct arena *a, str word, str out[2])
{
	size_t latin = 0, cyrillic = 0, len, n = 0;
	if (word.n > CHARS_MAX || !str_is_utf8(word))
		return 0;
	for (str s = word; s.n; s = str_from(s, len)) {
		uint32_t c = text_next(s, &len);
		latin += is_latin(c);
		cyrillic += is_cyrillic(c);
	}
	if (!latin || !cyrillic)
		return 0;
	n += in_one(a, word, latin > cyrillic, &out[n]);
	n += in_one(a, word, latin <= cyrillic, &out[n]);
	return n;
}
