/* brand.h: under what name the house speaks. */
#ifndef OTKLIK_STORE_BRAND_H
#define OTKLIK_STORE_BRAND_H

#include "db/db.h"

struct brand {
	int64_t id;
	str name, slug, base_url, language;
	bool active;
	int64_t version;
};

enum err brand_get(struct arena *a, struct db_conn *c, int64_t id, struct brand *out,
                   struct error *e) MUST_USE;
/* All, in the order of their ids. */
enum err brand_list(struct arena *a, struct db_conn *c, struct brand **out, size_t *n,
                    struct error *e) MUST_USE;
/* A slug taken: ERR_CONFLICT "error.exists", field "slug". */
enum err brand_insert(struct db_conn *tx, const struct brand *brand, usec now, int64_t *id,
                      struct error *e) MUST_USE;
/* Over version brand->version; ERR_CONFLICT "error.stale" when it is another. */
enum err brand_update(struct db_conn *tx, const struct brand *brand, struct error *e) MUST_USE;

#endif
