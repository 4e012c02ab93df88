/* category.h: what tickets are about: a tree of two levels, of one brand or of all.
 *
 * Rows only: who may change them, and what a ticket may get, is decided in desk/.
 */
#ifndef OTKLIK_STORE_CATEGORY_H
#define OTKLIK_STORE_CATEGORY_H

#include "base/lang.h"
#include "db/db.h"

struct category {
	int64_t id, brand_id, parent_id, line_id; /* 0 = all brands, the first level, stays */
	str slug, name_en, name_ru, brand_name;   /* brand_name: as read, "" = of all brands */
	int64_t priority;                         /* 1..4; 0 = as it is */
	str *facts;                               /* kinds: "order" ... */
	size_t n_facts;
	int64_t position;
	bool active;
	int64_t version;
};

/* ERR_NOT_FOUND. */
enum err category_get(struct arena *a, struct db_conn *c, int64_t id, struct category *out,
                      struct error *e) MUST_USE;
/* All, archived ones too, by position. */
enum err category_list(struct arena *a, struct db_conn *c, struct category **out, size_t *n,
                       struct error *e) MUST_USE;
/* ERR_CONFLICT "error.exists" (field "slug"). */
enum err category_insert(struct arena *a, struct db_conn *tx, const struct category *x, usec now,
                         int64_t *id, struct error *e) MUST_USE;
/* Over version x->version; all but the brand. ERR_CONFLICT "error.stale", "error.exists". */
enum err category_update(struct arena *a, struct db_conn *tx, const struct category *x,
                         struct error *e) MUST_USE;

/* A category as it is shown beside a ticket. */
struct category_name {
	int64_t id;
	str name[LANG_COUNT];
	int64_t parent_id; /* 0 = none */
	str parent[LANG_COUNT];
};
/* Names of these ids, in no order; ids that are none are left out. */
enum err category_names(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                        struct category_name **out, size_t *n_out, struct error *e) MUST_USE;
/* In a list of category_names; NULL for an id that is not in it. */
const struct category_name *category_name_of(const struct category_name *list, size_t n,
                                             int64_t id);
/* In a list of category_list; NULL when it is not there. */
const struct category *category_of(const struct category *list, size_t n, int64_t id);

#endif
