/* vec.h: a growing array in an arena.
 *
 *   VEC(struct ticket) v = {0};
 *   *vec_push(arena, &v) = t;        // v.p[0..v.n)
 *
 * Growth copies within the arena, so pointers into p are valid until the next
 * push only.
 */
#ifndef OTKLIK_BASE_VEC_H
#define OTKLIK_BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *p;                                                                           \
		size_t n, cap;                                                                     \
	}

/* Pointer to a new zeroed element at the end. */
#define vec_push(a, v)                                                                             \
	((v)->n == (v)->cap ? vec_grow((a), (void **)&(v)->p, (v)->n, &(v)->cap, sizeof *(v)->p)   \
	                    : (void)0,                                                             \
	 &(v)->p[(v)->n++])

void vec_grow(struct arena *a, void **p, size_t n, size_t *cap, size_t size);

#endif
