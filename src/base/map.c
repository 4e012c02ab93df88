/* map.c: see map.h. uthash stays inside this file. */
#include "base/map.h"

#include <unistd.h>
#include <xxhash.h>

static _Thread_local uint64_t hash_seed; /* seed of the map in use, for uthash's macro */

#define HASH_FUNCTION(key, len, hashv) (hashv) = (unsigned)XXH3_64bits_withSeed(key, len, hash_seed)
#define uthash_fatal(msg) abort()
#include <uthash.h>

struct entry {
	UT_hash_handle hh;
	void *value;
	char key[];
};

struct map {
	struct entry *head;
	uint64_t seed;
};

struct map *map_new(void)
{
	struct map *m = xcalloc(1, sizeof *m);
	if (getentropy(&m->seed, sizeof m->seed) != 0)
		abort();
	return m;
}

void map_free(struct map *m)
{
	if (!m)
		return;
	struct entry *e, *next;
	hash_seed = m->seed;
	HASH_ITER(hh, m->head, e, next)
	{
		HASH_DEL(m->head, e); // NOLINT(clang-analyzer-unix.Malloc): the head moves on
		free(e);
	}
	free(m);
}

size_t map_count(const struct map *m)
{
	return HASH_COUNT(m->head);
}

static struct entry *find(const struct map *m, str key)
{
	struct entry *e = NULL;
	hash_seed = m->seed;
	HASH_FIND(hh, m->head, key.n ? key.p : "", key.n, e);
	return e;
}

void *map_get(const struct map *m, str key)
{
	struct entry *e = find(m, key);
	return e ? e->value : NULL;
}

void *map_put(struct map *m, str key, void *value)
{
	struct entry *e = find(m, key);
	if (e) {
		void *old = e->value;
		e->value = value;
		return old;
	}
	e = xcalloc(1, sizeof *e + key.n + 1);
	if (key.n)
		memcpy(e->key, key.p, key.n);
	e->value = value;
	hash_seed = m->seed;
	HASH_ADD(hh, m->head, key[0], key.n, e);
	return NULL;
}

void *map_remove(struct map *m, str key)
{
	struct entry *e = find(m, key);
	if (!e)
		return NULL;
	void *value = e->value;
	HASH_DEL(m->head, e);
	free(e);
	return value;
}

void map_each(struct map *m, void (*fn)(str key, void *value, void *arg), void *arg)
{
	struct entry *e, *next;
	HASH_ITER(hh, m->head, e, next)
	{
		fn(str_n(e->key, e->hh.keylen), e->value, arg);
	}
}
