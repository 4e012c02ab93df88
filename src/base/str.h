/* str.h: pointer + length strings, not terminated, not owned.
 *
 * A str may hold any bytes; functions that need UTF-8 say so. An empty str may
 * have a NULL pointer. Whoever makes a str says where its bytes live (usually
 * an arena). After h2o_iovec_t.
 */
#ifndef OTKLIK_BASE_STR_H
#define OTKLIK_BASE_STR_H

#include "base/arena.h"
#include "base/base.h"

typedef struct str {
	const char *p;
	size_t n;
} str;

#define STR(literal) ((str){"" literal, sizeof(literal) - 1})
/* The same as an initializer of static data. */
#define STR_INIT(literal)                                                                          \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}
#define STR_NONE ((str){NULL, 0})
/* For printf("%.*s", STR_FMT(s)) */
#define STR_FMT(s) (int)((s).n > 1 << 20 ? 1 << 20 : (s).n), (s).p ? (s).p : ""

static inline str str_of(const char *z)
{
	return (str){z, z ? strlen(z) : 0};
}
static inline str str_n(const char *p, size_t n)
{
	return (str){p, n};
}
static inline bool str_empty(str s)
{
	return s.n == 0;
}
static inline bool str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
/* str_eq(s, str_of(z)), but ends at the first difference: for lists of words. */
static inline bool str_eq_z(str s, const char *z)
{
	size_t i = 0;
	while (i < s.n && z[i] && z[i] == s.p[i])
		i++;
	return i == s.n && !z[i];
}
/* str_starts(s, str_of(z)), likewise. */
static inline bool str_starts_z(str s, const char *z)
{
	size_t i = 0;
	while (i < s.n && z[i] && z[i] == s.p[i])
		i++;
	return !z[i];
}
#define str_is(s, literal) str_eq((s), STR(literal))

/* Bytewise order as of memcmp, shorter first. */
int str_cmp(str a, str b);
/* ASCII letters compared without case; other bytes exactly. */
bool str_eq_nocase(str a, str b);
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_starts_nocase(str s, str prefix);
/* Index of the first occurrence, or -1. */
ptrdiff_t str_find(str s, str needle);
ptrdiff_t str_find_nocase(str s, str needle);
ptrdiff_t str_chr(str s, char c);
ptrdiff_t str_rchr(str s, char c);
/* s[from, to), both clamped to the length. */
str str_sub(str s, size_t from, size_t to);
static inline str str_from(str s, size_t from)
{
	return str_sub(s, from, s.n);
}
/* Without ASCII space, tab, CR, LF at both ends. */
str str_trim(str s);
/* Takes the piece before `sep` off the front of *rest and returns true, or
 * false when *rest was exhausted (rest->p == NULL afterwards). An empty input
 * yields one empty piece. */
bool str_split(str *rest, char sep, str *piece);

/* Copies into the arena. str_dup's result is also zero-terminated. */
str str_dup(struct arena *a, str s);
char *str_z(struct arena *a, str s);
str str_lower_ascii(struct arena *a, str s);
str str_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
str str_concat(struct arena *a, str x, str y);

/* Decimal integers: the whole of s must be one, in range. False otherwise. */
bool str_to_i64(str s, int64_t *out);

/* Compares in time that depends on the lengths only: for tokens and digests. */
bool str_eq_consttime(str a, str b);

/* The longest prefix of at most max bytes that does not cut a UTF-8 sequence. */
str str_cut_utf8(str s, size_t max);
/* True when s is well-formed UTF-8 (RFC 3629: no surrogates, no overlongs). */
bool str_is_utf8(str s);
/* Valid UTF-8 without NUL: each offending byte becomes U+FFFD. Returns s itself when it is fine
 * already. */
str str_to_utf8(struct arena *a, str s);
/* Code points in valid UTF-8. */
size_t str_utf8_len(str s);

/* Hex and base64 (RFC 4648; url = true: alphabet of section 5 without padding). Decoders return
 * false on any foreign character. */
str str_hex(struct arena *a, str bytes);
bool str_unhex(struct arena *a, str hex, str *out);
str str_base64(struct arena *a, str bytes, bool url);
bool str_unbase64(struct arena *a, str text, bool url, str *out);

#endif
