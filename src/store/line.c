/* line.c: rows of line and account_line. See line.h. */
#include "store/line.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static void read_line(struct arena *a, struct db_rows *r, struct line *out)
{
	*out = (struct line){
	    .id = db_get_int(r, 0),
	    .name = db_dup_str(a, r, 1),
	    .level = db_get_int(r, 2),
	    .description = db_dup_str(a, r, 3),
	    .position = db_get_int(r, 4),
	    .active = db_get_int(r, 5),
	    .version = db_get_int(r, 6),
	};
}

/* Members of all lines in one query, dealt out to the lines. */
static enum err add_members(struct arena *a, struct db_conn *c, struct line *lines, size_t n,
                            struct error *e)
{
	struct member {
		int64_t line;
		struct account_ref ref;
	};
	VEC(struct member) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_LINE_MEMBERS_ALL, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) =
		    (struct member){db_get_int(&r, 0), {db_get_int(&r, 1), db_dup_str(a, &r, 2)}};
	for (size_t i = 0; i < n; i++) {
		VEC(struct account_ref) of = {0};
		for (size_t k = 0; k < v.n; k++)
			if (v.p[k].line == lines[i].id)
				*vec_push(a, &of) = v.p[k].ref;
		lines[i].members = of.p;
		lines[i].n_members = of.n;
	}
	return db_rows_close(&r, e);
}

enum err line_list(struct arena *a, struct db_conn *c, struct line **out, size_t *n,
                   struct error *e)
{
	VEC(struct line) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_LINE_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_line(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	enum err err = db_rows_close(&r, e);
	return err ? err : add_members(a, c, v.p, v.n, e);
}

enum err line_get(struct arena *a, struct db_conn *c, int64_t id, struct line *out, struct error *e)
{
	struct db_rows r;
	*out = (struct line){0};
	db_rows_open(&r, c, &Q_LINE_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		read_line(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err line_insert(struct db_conn *tx, const struct line *l, usec now, int64_t *id,
                     struct error *e)
{
	return db_one_int(tx, &Q_LINE_INSERT,
	                  DB_ARGS(db_text(l->name), db_int(l->level), db_text(l->description),
	                          db_int(l->position), db_int(l->active), db_int(now)),
	                  id, e);
}

enum err line_update(struct db_conn *tx, const struct line *l, struct error *e)
{
	int64_t changes = 0;
	enum err err =
	    db_exec(tx, &Q_LINE_UPDATE,
	            DB_ARGS(db_int(l->id), db_int(l->version), db_text(l->name), db_int(l->level),
	                    db_text(l->description), db_int(l->position), db_int(l->active)),
	            &changes, e);
	return err ? err : rows_fresh(changes, e);
}

enum err line_members(struct arena *a, struct db_conn *c, int64_t id, int64_t **out, size_t *n,
                      struct error *e)
{
	VEC(int64_t) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_LINE_MEMBERS, DB_ARGS(db_int(id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = db_get_int(&r, 0);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err line_set_members(struct db_conn *tx, int64_t id, const int64_t *accounts, size_t n,
                          struct error *e)
{
	ARENA_AUTO a = arena_new();
	size_t want;
	int64_t *list = ids_sorted(a, accounts, n, &want), added = 0;
	enum err err = db_exec(tx, &Q_LINE_MEMBERS_CLEAR, DB_ARGS(db_int(id)), NULL, e);
	if (!err && want)
		err = db_exec(tx, &Q_LINE_MEMBERS_ADD,
		              DB_ARGS(db_int(id), db_text(ids_to_json(a, list, want))), &added, e);
	if (!err && added != (int64_t)want)
		return error_set(e, ERR_INVALID, "error.no_such_reference", "member_ids", NULL);
	return err;
}
