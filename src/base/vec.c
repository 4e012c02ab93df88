/* vec.c: see vec.h. */
#include "base/vec.h"

void vec_grow(struct arena *a, void **p, size_t n, size_t *cap, size_t size)
{
	size_t next = *cap ? *cap * 2 : 8;
	void *q = arena_array(a, next, size);
	if (n)
		memcpy(q, *p, n * size);
	*p = q;
	*cap = next;
}
