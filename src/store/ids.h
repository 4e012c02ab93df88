/* ids.h: lists of ids as JSON arrays, as @ids(:list) reads them; and what every table with a
 * version needs. */
#ifndef OTKLIK_STORE_IDS_H
#define OTKLIK_STORE_IDS_H

#include "db/db.h"

/* "[1,2]" */
str ids_to_json(struct arena *a, const int64_t *ids, size_t n);
/* Numbers only; anything else gives an empty list. */
int64_t *ids_from_json(struct arena *a, str json, size_t *n);
/* Copied, sorted, each once. */
int64_t *ids_sorted(struct arena *a, const int64_t *ids, size_t n, size_t *n_out);
bool ids_have(const int64_t *sorted, size_t n, int64_t id);
/* The place of an id that is there. */
size_t ids_place(const int64_t *sorted, size_t n, int64_t id);

/* Texts as a JSON array and back, for @strs(:list) and stored lists. */
str strs_to_json(struct arena *a, const str *list, size_t n);
str *strs_from_json(struct arena *a, str json, size_t *n);

/* After an UPDATE ... AND version = :version: ERR_CONFLICT "error.stale" when nothing was changed.
 */
enum err rows_fresh(int64_t changes, struct error *e) MUST_USE;
/* Gives a unique constraint's failure its field: "error.exists" with that field. */
enum err rows_exists(enum err err, const char *field, struct error *e) MUST_USE;

#endif
