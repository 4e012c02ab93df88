/* category.c: rows of category. See category.h. */
#include "store/category.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static void read_row(struct arena *a, struct db_rows *r, struct category *out)
{
	*out = (struct category){
	    .id = db_get_int(r, 0),
	    .brand_id = db_get_int(r, 1),
	    .parent_id = db_get_int(r, 2),
	    .slug = db_dup_str(a, r, 3),
	    .name_en = db_dup_str(a, r, 4),
	    .name_ru = db_dup_str(a, r, 5),
	    .line_id = db_get_int(r, 6),
	    .priority = db_get_int(r, 7),
	    .position = db_get_int(r, 9),
	    .active = db_get_int(r, 10) != 0,
	    .version = db_get_int(r, 11),
	    .brand_name = db_dup_str(a, r, 12),
	};
	out->facts = strs_from_json(a, db_get_str(r, 8), &out->n_facts);
}

enum err category_get(struct arena *a, struct db_conn *c, int64_t id, struct category *out,
                      struct error *e)
{
	struct db_rows r;
	*out = (struct category){0};
	db_rows_open(&r, c, &Q_CATEGORY_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		read_row(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err category_list(struct arena *a, struct db_conn *c, struct category **out, size_t *n,
                       struct error *e)
{
	VEC(struct category) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_CATEGORY_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_row(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err category_insert(struct arena *a, struct db_conn *tx, const struct category *x, usec now,
                         int64_t *id, struct error *e)
{
	return rows_exists(
	    db_one_int(tx, &Q_CATEGORY_INSERT,
	               DB_ARGS(db_id(x->brand_id), db_id(x->parent_id), db_text(x->slug),
	                       db_text(x->name_en), db_text(x->name_ru), db_id(x->line_id),
	                       db_int(x->priority), db_text(strs_to_json(a, x->facts, x->n_facts)),
	                       db_int(x->position), db_int(x->active), db_int(now)),
	               id, e),
	    "slug", e);
}

enum err category_update(struct arena *a, struct db_conn *tx, const struct category *x,
                         struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, &Q_CATEGORY_UPDATE,
	                       DB_ARGS(db_int(x->id), db_int(x->version), db_id(x->parent_id),
	                               db_text(x->slug), db_text(x->name_en), db_text(x->name_ru),
	                               db_id(x->line_id), db_int(x->priority),
	                               db_text(strs_to_json(a, x->facts, x->n_facts)),
	                               db_int(x->position), db_int(x->active)),
	                       &changes, e);
	return err ? rows_exists(err, "slug", e) : rows_fresh(changes, e);
}

enum err category_names(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                        struct category_name **out, size_t *n_out, struct error *e)
{
	VEC(struct category_name) v = {0};
	struct db_rows r;
	*out = NULL;
	*n_out = 0;
	if (!n)
		return ERR_OK;
	db_rows_open(&r, c, &Q_CATEGORY_NAMES, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	while (db_rows_next(&r)) {
		struct category_name *x = vec_push(a, &v);
		x->id = db_get_int(&r, 0);
		x->name[LANG_EN] = db_dup_str(a, &r, 1);
		x->name[LANG_RU] = db_dup_str(a, &r, 2);
		x->parent_id = db_get_int(&r, 3);
		x->parent[LANG_EN] = db_dup_str(a, &r, 4);
		x->parent[LANG_RU] = db_dup_str(a, &r, 5);
	}
	*out = v.p;
	*n_out = v.n;
	return db_rows_close(&r, e);
}

const struct category_name *category_name_of(const struct category_name *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}

const struct category *category_of(const struct category *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}
