/* arena.h: memory that is freed all at once.
 *
 * An arena belongs to one request, letter or job. What a function returns lives
 * in the arena it was given as its first parameter. Out of memory aborts: size
 * limits are checked before allocation. An arena is used by one thread at a time.
 */
#ifndef OTKLIK_BASE_ARENA_H
#define OTKLIK_BASE_ARENA_H

#include "base/base.h"

struct arena;

/* A new, empty arena on the heap; the caller owns it and calls arena_free. */
struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is fine */
/* Forgets everything allocated but keeps the first block for reuse. */
void arena_clear(struct arena *a);
/* Bytes handed out so far, for limits and metrics. */
size_t arena_used(const struct arena *a);

/* n zeroed bytes aligned to 16. n == 0 gives a valid pointer. Never NULL. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull));
/* n * size zeroed bytes; overflow aborts. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((returns_nonnull));
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

/* Calls fn(arg) when the arena is cleared or freed, last registered first:
 * for what is not memory (a file, a foreign library's object). */
void arena_on_free(struct arena *a, void (*fn)(void *arg), void *arg);

/* malloc, calloc, realloc that abort instead of returning NULL. */
void *xmalloc(size_t n) __attribute__((returns_nonnull, malloc));
void *xcalloc(size_t n, size_t size) __attribute__((returns_nonnull, malloc));
void *xrealloc(void *p, size_t n) __attribute__((returns_nonnull));

static inline void arena_cleanup(struct arena **a)
{
	arena_free(*a);
}
#define ARENA_AUTO CLEANUP(arena_cleanup) struct arena *

#endif
