/* buf.h: a growing byte builder with a maximum and a sticky error.
 *
 * Writers need not check each append: once the maximum would be passed, the
 * buffer stays as it is, `failed` is set and later appends do nothing. The
 * caller looks once, at the end. The bytes are on the heap, owned by the buf.
 */
#ifndef OTKLIK_BASE_BUF_H
#define OTKLIK_BASE_BUF_H

#include "base/str.h"

struct buf {
	char *p;
	size_t n, cap, max;
	bool failed;
};

/* An empty builder that never holds more than max bytes (0: no limit). */
void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
/* Empty again, error forgotten, memory kept. */
void buf_clear(struct buf *b);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_add_i64(struct buf *b, int64_t v);
/* Room for n more bytes, or NULL (failed is set); call buf_commit after filling. */
char *buf_grow(struct buf *b, size_t n); /* buf_reserve's slow way */
static inline char *buf_reserve(struct buf *b, size_t n)
{
	/* What fits into cap is below max. */
	return n <= b->cap - b->n && !b->failed && b->p ? b->p + b->n : buf_grow(b, n);
}
static inline void buf_commit(struct buf *b, size_t n)
{
	b->n += n;
}
static inline void buf_add(struct buf *b, str s)
{
	char *p = s.n ? buf_reserve(b, s.n) : NULL;
	if (!p)
		return;
	memcpy(p, s.p, s.n);
	b->n += s.n;
}
static inline void buf_addc(struct buf *b, char c)
{
	char *p = buf_reserve(b, 1);
	if (!p)
		return;
	*p = c;
	b->n++;
}
static inline void buf_addz(struct buf *b, const char *z)
{
	buf_add(b, str_of(z));
}
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);
/* The bytes so far; valid until the next append. */
static inline str buf_str(const struct buf *b)
{
	return str_n(b->p, b->n);
}

#define BUF_AUTO CLEANUP(buf_release) struct buf

#endif
