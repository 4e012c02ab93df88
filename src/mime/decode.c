/* decode.c: Content-Transfer-Encoding (RFC 2045), read as forgivingly as mail programs do. */
#include "mime/internal.h"

/* The value of each letter plus one; 0: no letter. Both alphabets of RFC 4648. */
static const unsigned char base64_table[256] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  63,
    0,  63, 0,  64, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0,  0,  0,  0,  0,  0,  0,  1,
    2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
    24, 25, 26, 0,  0,  0,  0,  64, 0,  27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
    40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 0,  0,  0,  0,  0,
};

static int base64_value(unsigned char c)
{
	return base64_table[c] - 1;
}

/* Padding begins a new group, so that pieces which were encoded apart may stand together. */
str mime_base64(struct arena *a, str text)
{
	char *out = arena_alloc(a, text.n / 4 * 3 + 4);
	size_t n = 0;
	uint32_t group = 0;
	int have = 0;
	for (size_t i = 0; i < text.n; i++) {
		int v = base64_value((unsigned char)text.p[i]);
		if (v < 0) {
			if (text.p[i] != '=')
				continue;
			if (have >= 2)
				out[n++] = (char)(group >> (6 * have - 8));
			if (have == 3)
				out[n++] = (char)(group >> 2);
			have = 0;
			group = 0;
			continue;
		}
		group = group << 6 | (uint32_t)v;
		if (++have == 4) {
			out[n++] = (char)(group >> 16);
			out[n++] = (char)(group >> 8);
			out[n++] = (char)group;
			have = 0;
			group = 0;
		}
	}
	if (have >= 2)
		out[n++] = (char)(group >> (6 * have - 8));
	if (have == 3)
		out[n++] = (char)(group >> 2);
	return str_n(out, n);
}

static int hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

str mime_quoted_printable(struct arena *a, str text, bool header)
{
	char *out = arena_alloc(a, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '=' && !header) {
			/* A soft break, also with white space before the line end. */
			size_t j = i + 1;
			while (j < text.n && (text.p[j] == ' ' || text.p[j] == '\t'))
				j++;
			if (j < text.n && text.p[j] == '\r' && j + 1 < text.n &&
			    text.p[j + 1] == '\n')
				j++;
			if (j >= text.n || text.p[j] == '\n') {
				i = j;
				continue;
			}
		}
		if (c == '=' && i + 2 < text.n) {
			int hi = hex_value((unsigned char)text.p[i + 1]);
			int lo = hex_value((unsigned char)text.p[i + 2]);
			if (hi >= 0 && lo >= 0) {
				out[n++] = (char)(hi << 4 | lo);
				i += 2;
				continue;
			}
		}
		out[n++] = c == '_' && header ? ' ' : c;
	}
	return str_n(out, n);
}
