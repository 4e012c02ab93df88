/* brand.c: rows of brand. See brand.h. */
#include "store/brand.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static void read_brand(struct arena *a, struct db_rows *r, struct brand *out)
{
	*out = (struct brand){
	    .id = db_get_int(r, 0),
	    .name = db_dup_str(a, r, 1),
	    .slug = db_dup_str(a, r, 2),
	    .base_url = db_dup_str(a, r, 3),
	    .language = db_dup_str(a, r, 4),
	    .active = db_get_int(r, 5),
	    .version = db_get_int(r, 6),
	};
}

enum err brand_get(struct arena *a, struct db_conn *c, int64_t id, struct brand *out,
                   struct error *e)
{
	struct db_rows r;
	*out = (struct brand){0};
	db_rows_open(&r, c, &Q_BRAND_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		read_brand(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err brand_list(struct arena *a, struct db_conn *c, struct brand **out, size_t *n,
                    struct error *e)
{
	VEC(struct brand) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_BRAND_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_brand(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err brand_insert(struct db_conn *tx, const struct brand *b, usec now, int64_t *id,
                      struct error *e)
{
	return rows_exists(
	    db_one_int(tx, &Q_BRAND_INSERT,
	               DB_ARGS(db_text(b->name), db_text(b->slug), db_text(b->base_url),
	                       db_text(b->language), db_int(b->active), db_int(now)),
	               id, e),
	    "slug", e);
}

enum err brand_update(struct db_conn *tx, const struct brand *b, struct error *e)
{
	int64_t changes = 0;
	enum err err = rows_exists(
	    db_exec(tx, &Q_BRAND_UPDATE,
	            DB_ARGS(db_int(b->id), db_int(b->version), db_text(b->name), db_text(b->slug),
	                    db_text(b->base_url), db_text(b->language), db_int(b->active)),
	            &changes, e),
	    "slug", e);
	return err ? err : rows_fresh(changes, e);
}
