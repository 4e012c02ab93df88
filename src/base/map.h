/* map.h: hash table from str or int64_t to a pointer; uthash inside.
 *
 * The hash is XXH3 with a seed drawn once per map from the system, so that
 * keys chosen by a stranger cannot be made to collide. Keys are copied. Values
 * belong to the caller. Not safe for use by several threads at once.
 */
#ifndef OTKLIK_BASE_MAP_H
#define OTKLIK_BASE_MAP_H

#include "base/str.h"

struct map;

struct map *map_new(void);
void map_free(struct map *m); /* does not free the values */
size_t map_count(const struct map *m);
/* Stores value under key and returns the previous value, or NULL. */
void *map_put(struct map *m, str key, void *value);
void *map_get(const struct map *m, str key);
/* Removes the key and returns its value, or NULL. */
void *map_remove(struct map *m, str key);
/* Calls fn for each entry in insertion order; fn may remove the entry it was given. */
void map_each(struct map *m, void (*fn)(str key, void *value, void *arg), void *arg);

/* The same with integer keys (stored as their 8 bytes). */
static inline str map_key_i64(const int64_t *id)
{
	return str_n((const char *)id, sizeof *id);
}

#endif
