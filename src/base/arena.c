/* arena.c: see arena.h. Blocks grow from 4 KiB to 256 KiB; a request larger
 * than a quarter of a block gets a block of its own, so that little is wasted. */
#include "base/arena.h"

#define FIRST_BLOCK ((size_t)4096)
#define LARGEST_BLOCK ((size_t)256 * 1024)

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(16) char bytes[];
};

struct finalizer {
	struct finalizer *next;
	void (*fn)(void *arg);
	void *arg;
};

struct arena {
	struct block *head;  /* the block being filled; the oldest is last */
	struct block *large; /* blocks of their own */
	struct finalizer *finalizers;
	size_t total;
};

static NORETURN void out_of_memory(size_t n)
{
	fprintf(stderr, "otklik: out of memory (%zu bytes)\n", n);
	abort();
}

void *xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);
	if (!p)
		out_of_memory(n);
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		out_of_memory(n * size);
	return p;
}

void *xrealloc(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);
	if (!q)
		out_of_memory(n);
	return q;
}

static struct block *block_new(size_t size, struct block *next)
{
	struct block *b = xmalloc(sizeof *b + size);
	b->next = next;
	b->size = size;
	b->used = 0;
	return b;
}

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof *a);
	a->head = block_new(FIRST_BLOCK, NULL);
	return a;
}

void arena_clear(struct arena *a)
{
	while (a->finalizers) {
		struct finalizer *f = a->finalizers;
		a->finalizers = f->next;
		f->fn(f->arg);
	}
	while (a->head->next) {
		struct block *b = a->head;
		a->head = b->next;
		free(b);
	}
	while (a->large) {
		struct block *b = a->large;
		a->large = b->next;
		free(b);
	}
	a->head->used = 0;
	a->total = 0;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_clear(a);
	free(a->head);
	free(a);
}

size_t arena_used(const struct arena *a)
{
	return a->total;
}

void *arena_alloc(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		out_of_memory(n);
	n = (n + 15) & ~(size_t)15;
	a->total += n;
	struct block *b = a->head;
	if (n > b->size - b->used) {
		if (n > LARGEST_BLOCK / 4) {
			a->large = block_new(n, a->large);
			a->large->used = n;
			return memset(a->large->bytes, 0, n);
		}
		size_t size = b->size * 2 > LARGEST_BLOCK ? LARGEST_BLOCK : b->size * 2;
		while (size < n)
			size *= 2;
		b = a->head = block_new(size, b);
	}
	void *p = b->bytes + b->used;
	b->used += n;
	return memset(p, 0, n);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory(SIZE_MAX);
	return arena_alloc(a, total);
}

void arena_on_free(struct arena *a, void (*fn)(void *arg), void *arg)
{
	struct finalizer *f = ARENA_NEW(a, struct finalizer);
	f->fn = fn;
	f->arg = arg;
	f->next = a->finalizers;
	a->finalizers = f;
}
