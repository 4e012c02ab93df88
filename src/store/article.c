/* article.c: rows of article. See article.h. */
#include "store/article.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static void read_row(struct arena *a, struct db_rows *r, struct article *out)
{
	*out = (struct article){
	    .id = db_get_int(r, 0),
	    .brand_id = db_get_int(r, 1),
	    .language = db_dup_str(a, r, 2),
	    .slug = db_dup_str(a, r, 3),
	    .title = db_dup_str(a, r, 4),
	    .body = db_dup_str(a, r, 5),
	    .state = db_dup_str(a, r, 7),
	    .source = db_dup_str(a, r, 8),
	    .created_at = db_get_int(r, 9),
	    .updated_at = db_get_int(r, 10),
	    .version = db_get_int(r, 11),
	};
	out->questions = strs_from_json(a, db_get_str(r, 6), &out->n_questions);
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q,
                    struct db_args args, struct article *out, struct error *e)
{
	struct db_rows r;
	*out = (struct article){0};
	db_rows_open(&r, c, q, args);
	if (db_rows_next(&r))
		read_row(a, &r, out);
	return db_rows_close(&r, e);
}

static enum err many(struct arena *a, struct db_conn *c, const struct db_query *q,
                     struct db_args args, struct article **out, size_t *n, struct error *e)
{
	VEC(struct article) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, q, args);
	while (db_rows_next(&r))
		read_row(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err article_get(struct arena *a, struct db_conn *c, int64_t id, struct article *out,
                     struct error *e)
{
	enum err err = one(a, c, &Q_ARTICLE_GET, DB_ARGS(db_int(id)), out, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err article_find(struct arena *a, struct db_conn *c, int64_t brand_id, str language, str slug,
                      struct article *out, struct error *e)
{
	return one(a, c, &Q_ARTICLE_FIND,
	           DB_ARGS(db_int(brand_id), db_text(language), db_text(slug)), out, e);
}

enum err article_list(struct arena *a, struct db_conn *c, int64_t after, int limit, str state,
                      str language, int64_t brand_id, struct article **out, size_t *n,
                      struct error *e)
{
	return many(a, c, &Q_ARTICLE_LIST,
	            DB_ARGS(db_int(after), db_int(limit), db_text(state), db_text(language),
	                    db_int(brand_id)),
	            out, n, e);
}

enum err article_published(struct arena *a, struct db_conn *c, int64_t after, int limit,
                           struct article **out, size_t *n, struct error *e)
{
	return many(a, c, &Q_ARTICLE_PUBLISHED, DB_ARGS(db_int(after), db_int(limit)), out, n, e);
}

enum err article_stamp(struct db_conn *c, struct article_stamp *out, struct error *e)
{
	struct db_rows r;
	*out = (struct article_stamp){0};
	db_rows_open(&r, c, &Q_ARTICLE_STAMP, DB_NO_ARGS);
	if (db_rows_next(&r))
		*out =
		    (struct article_stamp){db_get_int(&r, 0), db_get_int(&r, 1), db_get_int(&r, 2)};
	return db_rows_close(&r, e);
}

enum err article_insert(struct arena *a, struct db_conn *tx, struct article *x, struct error *e)
{
	return rows_exists(
	    db_one_int(tx, &Q_ARTICLE_INSERT,
	               DB_ARGS(db_id(x->brand_id), db_text(x->language), db_text(x->slug),
	                       db_text(x->title), db_text(x->body),
	                       db_text(strs_to_json(a, x->questions, x->n_questions)),
	                       db_text(x->state), db_text(x->source), db_int(x->created_at),
	                       db_int(x->updated_at)),
	               &x->id, e),
	    "slug", e);
}

enum err article_update(struct arena *a, struct db_conn *tx, const struct article *x,
                        struct error *e)
{
	int64_t changes = 0;
	enum err err =
	    db_exec(tx, &Q_ARTICLE_UPDATE,
	            DB_ARGS(db_int(x->id), db_int(x->version), db_text(x->title), db_text(x->body),
	                    db_text(strs_to_json(a, x->questions, x->n_questions)),
	                    db_text(x->state), db_text(x->source), db_int(x->updated_at)),
	            &changes, e);
	return err ? err : rows_fresh(changes, e);
}
