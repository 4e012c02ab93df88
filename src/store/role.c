/* role.c: rows of role. See role.h. */
#include "store/role.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

str rights_to_json(struct arena *a, uint64_t rights)
{
	str names[RIGHT_COUNT];
	size_t n = 0;
	for (int r = 0; r < RIGHT_COUNT; r++)
		if (rights >> r & 1)
			names[n++] = str_of(right_name((enum right)r));
	return strs_to_json(a, names, n);
}

/* Names of rights need no escapes, so a list without any is read in place: this happens with
 * every request. */
static bool read_plain(str json, uint64_t *out)
{
	str rest = str_trim(json), piece;
	if (rest.n < 2 || rest.p[0] != '[' || rest.p[rest.n - 1] != ']' || str_chr(rest, '\\') >= 0)
		return false;
	rest = str_trim(str_sub(rest, 1, rest.n - 1));
	*out = 0;
	while (rest.n && str_split(&rest, ',', &piece)) {
		piece = str_trim(piece);
		if (piece.n < 2 || piece.p[0] != '"' || piece.p[piece.n - 1] != '"')
			return false;
		piece = str_sub(piece, 1, piece.n - 1);
		if (str_chr(piece, '"') >= 0)
			return false;
		enum right r = right_by_name(piece);
		if (r != RIGHT_COUNT)
			*out |= RIGHT_BIT(r);
	}
	return true;
}

uint64_t rights_from_json(struct arena *a, str json)
{
	size_t n;
	uint64_t rights = 0;
	if (read_plain(json, &rights))
		return rights;
	str *names = strs_from_json(a, json, &n);
	rights = 0;
	for (size_t i = 0; i < n; i++) {
		enum right r = right_by_name(names[i]);
		if (r != RIGHT_COUNT)
			rights |= RIGHT_BIT(r);
	}
	return rights;
}

enum err rights_of_names(const str *names, size_t n, const char *field, uint64_t *out,
                         struct error *e)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		enum right r = right_by_name(names[i]);
		if (r == RIGHT_COUNT) {
			ARENA_AUTO a = arena_new();
			return error_set(e, ERR_INVALID, "error.no_such_right", field,
			                 str_z(a, str_cut_utf8(str_to_utf8(a, names[i]), 100)));
		}
		*out |= RIGHT_BIT(r);
	}
	return ERR_OK;
}

static void read_role(struct arena *a, struct db_rows *r, struct role *out)
{
	out->id = db_get_int(r, 0);
	out->name = db_dup_str(a, r, 1);
	out->builtin = db_get_int(r, 2);
	out->rights = rights_from_json(a, db_get_str(r, 3));
	out->version = db_get_int(r, 4);
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q, struct db_val key,
                    struct role *out, struct error *e)
{
	struct db_rows r;
	*out = (struct role){0};
	db_rows_open(&r, c, q, DB_ARGS(key));
	if (db_rows_next(&r))
		read_role(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err
	                      : error_set(e, ERR_NOT_FOUND, "error.not_found", "role_id", NULL);
}

enum err role_get(struct arena *a, struct db_conn *c, int64_t id, struct role *out, struct error *e)
{
	return one(a, c, &Q_ROLE_GET, db_int(id), out, e);
}

enum err role_by_name(struct arena *a, struct db_conn *c, str name, struct role *out,
                      struct error *e)
{
	return one(a, c, &Q_ROLE_BY_NAME, db_text(name), out, e);
}

enum err role_list(struct arena *a, struct db_conn *c, struct role **out, size_t *n,
                   struct error *e)
{
	VEC(struct role) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_ROLE_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_role(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err role_insert(struct db_conn *tx, const struct role *role, usec now, int64_t *id,
                     struct error *e)
{
	ARENA_AUTO a = arena_new();
	return rows_exists(
	    db_one_int(tx, &Q_ROLE_INSERT,
	               DB_ARGS(db_text(role->name), db_int(role->builtin),
	                       db_text(rights_to_json(a, role->rights)), db_int(now)),
	               id, e),
	    "name", e);
}

enum err role_update(struct db_conn *tx, const struct role *role, struct error *e)
{
	ARENA_AUTO a = arena_new();
	int64_t changes = 0;
	enum err err = rows_exists(
	    db_exec(tx, &Q_ROLE_UPDATE,
	            DB_ARGS(db_int(role->id), db_int(role->version), db_text(role->name),
	                    db_text(rights_to_json(a, role->rights))),
	            &changes, e),
	    "name", e);
	return err ? err : rows_fresh(changes, e);
}
