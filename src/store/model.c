/* model.c: rows of model and training_example. See model.h. */
#include "store/model.h"

#include "base/date.h"
#include "base/vec.h"
#include "store/blob_doomed.h"
#include "store/queries_gen.h"
#include "sys/digest.h"

static void read_row(struct arena *a, struct db_rows *r, struct model_row *out)
{
	*out = (struct model_row){
	    .id = db_get_int(r, 0),
	    .brand_id = db_get_int(r, 1),
	    .name = db_dup_str(a, r, 2),
	    .created_at = db_get_int(r, 3),
	    .created_by = db_get_int(r, 4),
	    .created_by_name = db_dup_str(a, r, 5),
	    .source = db_dup_str(a, r, 6),
	    .data_hash = db_dup_str(a, r, 7),
	    .examples = db_get_int(r, 8),
	    .categories = db_get_int(r, 9),
	    .corrections = db_get_int(r, 10),
	    .measures = db_dup_str(a, r, 11),
	    .hash = db_dup_str(a, r, 12),
	    .size = db_get_int(r, 13),
	    .active = db_get_int(r, 14) != 0,
	};
}

enum err model_row_get(struct arena *a, struct db_conn *c, int64_t id, struct model_row *out,
                       struct error *e)
{
	struct db_rows r;
	*out = (struct model_row){0};
	db_rows_open(&r, c, &Q_MODEL_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		read_row(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err model_row_list(struct arena *a, struct db_conn *c, int64_t before, int limit,
                        struct model_row **out, size_t *n, struct error *e)
{
	VEC(struct model_row) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_MODEL_LIST,
	             DB_ARGS(db_int(before ? before : INT64_MAX), db_int(limit)));
	while (db_rows_next(&r))
		read_row(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err model_row_active(struct arena *a, struct db_conn *c, struct model_row **out, size_t *n,
                          struct error *e)
{
	VEC(struct model_row) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_MODEL_ACTIVE, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct model_row){.id = db_get_int(&r, 0),
		                                      .brand_id = db_get_int(&r, 1),
		                                      .name = db_dup_str(a, &r, 2),
		                                      .hash = db_dup_str(a, &r, 3),
		                                      .active = true};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err model_row_name(struct arena *a, struct db_conn *c, usec now, str *out, struct error *e)
{
	struct date d = date_of(now);
	str day = str_printf(a, "%04d-%02d-%02d", d.year, d.month, d.day);
	int64_t n = 0;
	enum err err = db_one_int(c, &Q_MODEL_NAMES,
	                          DB_ARGS(db_text(str_printf(a, "%.*s.%%", STR_FMT(day)))), &n, e);
	*out = str_printf(a, "%.*s.%lld", STR_FMT(day), (long long)n + 1);
	return err;
}

enum err model_row_insert(struct db_conn *tx, struct model_row *m, struct error *e)
{
	return db_one_int(tx, &Q_MODEL_INSERT,
	                  DB_ARGS(db_id(m->brand_id), db_text(m->name), db_int(m->created_at),
	                          db_id(m->created_by), db_text(m->source), db_text(m->data_hash),
	                          db_int(m->examples), db_int(m->categories),
	                          db_int(m->corrections), db_text(m->measures), db_text(m->hash),
	                          db_int(m->size)),
	                  &m->id, e);
}

enum err model_row_activate(struct db_conn *tx, const struct model_row *m, struct error *e)
{
	enum err err = db_exec(tx, &Q_MODEL_DEACTIVATE, DB_ARGS(db_int(m->brand_id)), NULL, e);
	return err ? err : db_exec(tx, &Q_MODEL_ACTIVATE, DB_ARGS(db_int(m->id)), NULL, e);
}

enum err model_rows_thin(struct arena *a, struct db_conn *tx, int64_t brand_id, int64_t keep,
                         str empty, usec now, size_t *n, struct error *e)
{
	VEC(struct model_row) old = {0};
	VEC(str) hashes = {0};
	struct db_rows r;
	db_rows_open(&r, tx, &Q_MODEL_STALE, DB_ARGS(db_int(brand_id), db_int(keep)));
	while (db_rows_next(&r))
		*vec_push(a, &old) =
		    (struct model_row){.id = db_get_int(&r, 0), .hash = db_dup_str(a, &r, 1)};
	enum err err = db_rows_close(&r, e);
	for (size_t i = 0; !err && i < old.n; i++) {
		*vec_push(a, &hashes) = old.p[i].hash;
		err = db_exec(tx, &Q_MODEL_EMPTY, DB_ARGS(db_int(old.p[i].id), db_text(empty)),
		              NULL, e);
	}
	if (n)
		*n = old.n;
	return err ? err : blob_doom(tx, hashes.p, hashes.n, now, e);
}

/* ---- examples ---- */

enum err example_add(struct db_conn *tx, int64_t category_id, str text, str source, usec now,
                     bool *added, struct error *e)
{
	ARENA_AUTO a = arena_new();
	int64_t changes = 0;
	str key = str_printf(a, "%lld\n%.*s", (long long)category_id, STR_FMT(text));
	uint8_t digest[DIGEST_SHA256_SIZE];
	digest_sha256(key, digest);
	enum err err =
	    db_exec(tx, &Q_EXAMPLE_INSERT,
	            DB_ARGS(db_int(category_id), db_text(text),
	                    db_text(str_hex(a, str_n((const char *)digest, sizeof digest))),
	                    db_text(source), db_int(now)),
	            &changes, e);
	if (added)
		*added = changes > 0;
	return err;
}

enum err example_page(struct arena *a, struct db_conn *c, int64_t before, int limit,
                      struct example **out, size_t *n, struct error *e)
{
	VEC(struct example) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_EXAMPLE_PAGE,
	             DB_ARGS(db_int(before ? before : INT64_MAX), db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct example){.id = db_get_int(&r, 0),
		                                    .category_id = db_get_int(&r, 1),
		                                    .text = db_dup_str(a, &r, 2)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err example_drop(struct db_conn *tx, str source, int64_t *dropped, struct error *e)
{
	return db_exec(tx, &Q_EXAMPLE_DROP, DB_ARGS(db_text(source)), dropped, e);
}

enum err example_sources(struct arena *a, struct db_conn *c, struct example_source **out, size_t *n,
                         struct error *e)
{
	VEC(struct example_source) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_EXAMPLE_SOURCES, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct example_source){db_dup_str(a, &r, 0), db_get_int(&r, 1),
		                                           db_get_int(&r, 2)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err labelled_page(struct arena *a, struct db_conn *c, int64_t before, int limit,
                       struct example **out, size_t *n, struct error *e)
{
	VEC(struct example) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_LABELLED_PAGE,
	             DB_ARGS(db_int(before ? before : INT64_MAX), db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct example){
		    .id = db_get_int(&r, 0),
		    .ticket_id = db_get_int(&r, 1),
		    .category_id = db_get_int(&r, 2),
		    .brand_id = db_get_int(&r, 3),
		    .subject = db_dup_str(a, &r, 4),
		    .text = db_dup_str(a, &r, 5),
		};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err example_counts(struct arena *a, struct db_conn *c, struct example_count **out, size_t *n,
                        struct error *e)
{
	VEC(struct example_count) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_EXAMPLE_COUNTS, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct example_count){.category_id = db_get_int(&r, 0),
		                                          .imported = db_get_int(&r, 1)};
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	db_rows_open(&r, c, &Q_LABELLED_COUNTS, DB_NO_ARGS);
	while (db_rows_next(&r)) {
		int64_t id = db_get_int(&r, 0);
		size_t i = 0;
		while (i < v.n && v.p[i].category_id != id)
			i++;
		if (i == v.n)
			vec_push(a, &v)->category_id = id;
		v.p[i].labelled = db_get_int(&r, 1);
	}
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err corrections_count(struct db_conn *c, int64_t after, int64_t *out, struct error *e)
{
	return db_one_int(c, &Q_CORRECTIONS_COUNT, DB_ARGS(db_int(after)), out, e);
}

enum err corrections_last(struct db_conn *c, int64_t *out, struct error *e)
{
	return db_one_int(c, &Q_CORRECTIONS_LAST, DB_NO_ARGS, out, e);
}

/* ---- how it does ---- */

enum err model_usage(struct arena *a, struct db_conn *c, usec since, usec until, int64_t brand_id,
                     struct model_use **out, size_t *n, struct error *e)
{
	VEC(struct model_use) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_MODEL_USAGE,
	             DB_ARGS(db_int(since), db_int(until), db_int(brand_id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) =
		    (struct model_use){db_get_int(&r, 0), db_get_int(&r, 1), db_get_int(&r, 2),
		                       db_get_int(&r, 3), db_get_int(&r, 4)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err model_mistakes(struct arena *a, struct db_conn *c, const struct actor *actor,
                        int64_t before, int limit, struct model_mistake **out, size_t *n,
                        struct error *e)
{
	VEC(struct model_mistake) v = {0};
	struct db_rows r;
	db_rows_open(
	    &r, c, &Q_MODEL_MISTAKES,
	    DB_ARGS(db_text(actor->scope), db_int(before ? before : INT64_MAX), db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct model_mistake){
		    .id = db_get_int(&r, 0),
		    .ticket_id = db_get_int(&r, 1),
		    .subject = db_dup_str(a, &r, 2),
		    .guess = db_get_int(&r, 3),
		    .truth = db_get_int(&r, 4),
		    .confidence = db_get_int(&r, 5),
		    .model_id = db_get_int(&r, 6),
		};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}
