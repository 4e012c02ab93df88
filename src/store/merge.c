/* merge.c: see merge.h. */
#include "store/merge.h"

#include <assert.h>

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static const char *const KIND[] = {"ticket", "contact", "split"};

const char *merge_kind_name(enum merge_kind k)
{
	assert((unsigned)k < COUNT_OF(KIND));
	return KIND[k];
}

enum err merge_insert(struct db_conn *tx, struct merge *m, struct error *e)
{
	return db_one_int(tx, &Q_MERGE_INSERT,
	                  DB_ARGS(db_text(str_of(merge_kind_name(m->kind))), db_int(m->from_id),
	                          db_int(m->into_id), db_text(m->moved), db_id(m->created_by),
	                          db_int(m->created_at)),
	                  &m->id, e);
}

static struct merge read_merge(struct arena *a, struct db_rows *r)
{
	struct merge m = {
	    .id = db_get_int(r, 0),
	    .from_id = db_get_int(r, 2),
	    .into_id = db_get_int(r, 3),
	    .moved = db_dup_str(a, r, 4),
	    .created_by = db_get_int(r, 5),
	    .created_by_name = db_dup_str(a, r, 6),
	    .created_at = db_get_int(r, 7),
	    .undone_by = db_get_int(r, 8),
	    .undone_at = db_get_int(r, 9),
	};
	for (unsigned i = 0; i < COUNT_OF(KIND); i++)
		if (str_eq(db_get_str(r, 1), str_of(KIND[i])))
			m.kind = (enum merge_kind)i;
	return m;
}

enum err merge_get(struct arena *a, struct db_conn *c, int64_t id, struct merge *out,
                   struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_MERGE_GET, DB_ARGS(db_int(id)));
	bool found = db_rows_next(&r);
	if (found)
		*out = read_merge(a, &r);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err merge_of(struct arena *a, struct db_conn *c, bool contact, int64_t id, struct merge **out,
                  size_t *n, struct error *e)
{
	VEC(struct merge) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, contact ? &Q_MERGE_OF_CONTACT : &Q_MERGE_OF_TICKET,
	             DB_ARGS(db_int(id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = read_merge(a, &r);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err merge_set_undone(struct db_conn *tx, int64_t id, int64_t by, usec now, struct error *e)
{
	return db_exec(tx, &Q_MERGE_SET_UNDONE, DB_ARGS(db_int(id), db_id(by), db_int(now)), NULL,
	               e);
}

enum err move_ids(struct arena *a, struct db_conn *c, enum move_kind kind, int64_t owner,
                  int64_t **out, size_t *n, struct error *e)
{
	static const struct db_query *const query[MOVE_KIND_COUNT] = {
	    &Q_MOVE_IDS_MESSAGE, &Q_MOVE_IDS_PARTICIPANT, &Q_MOVE_IDS_THREAD,
	    &Q_MOVE_IDS_TICKET,  &Q_MOVE_IDS_IDENTITY,    &Q_MOVE_IDS_WORD};
	VEC(int64_t) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, query[kind], DB_ARGS(db_int(owner)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = db_get_int(&r, 0);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err move_rows(struct db_conn *tx, enum move_kind kind, const int64_t *ids, size_t n,
                   int64_t from, int64_t into, int64_t *moved, struct error *e)
{
	static const struct db_query *const query[MOVE_KIND_COUNT] = {
	    &Q_MOVE_ROWS_MESSAGE, &Q_MOVE_ROWS_PARTICIPANT, &Q_MOVE_ROWS_THREAD,
	    &Q_MOVE_ROWS_TICKET,  &Q_MOVE_ROWS_IDENTITY,    &Q_MOVE_ROWS_WORD};
	ARENA_AUTO a = arena_new();
	return db_exec(tx, query[kind],
	               DB_ARGS(db_text(ids_to_json(a, ids, n)), db_int(from), db_int(into)), moved,
	               e);
}
