/* big.h: memory for large tables that are gone through here and there. */
#ifndef OTKLIK_LEARN_BIG_H
#define OTKLIK_LEARN_BIG_H

#include <sys/mman.h>

#include "base/arena.h"

/* Zeroed; freed by free(). Large ones begin on a page of 2 MiB, and the system is asked for such
 * pages: finding the right page of many small ones is much of what a far step costs. */
static inline void *big_alloc(size_t bytes)
{
	const size_t page = (size_t)2 << 20;
	if (bytes < page)
		return xcalloc(bytes + 1, 1);
	size_t whole = (bytes + page - 1) / page * page;
	void *p = aligned_alloc(page, whole);
	if (!p)
		return xcalloc(bytes, 1);
	(void)madvise(p, whole, MADV_HUGEPAGE);
	memset(p, 0, bytes);
	return p;
}

static inline float *big_floats(size_t n)
{
	return big_alloc(n * sizeof(float));
}

#endif
