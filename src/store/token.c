/* token.c: rows of api_token. See token.h. */
#include "store/token.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/role.h"

/* '' in the database means "all that the account sees"; a list may be empty. */
static void read_scope(struct arena *a, struct db_rows *r, int col, bool *all, const int64_t **ids,
                       size_t *n)
{
	str json = db_get_str(r, col);
	size_t raw_n;
	int64_t *raw = ids_from_json(a, json, &raw_n);
	*all = json.n == 0;
	*ids = ids_sorted(a, raw, raw_n, n);
}

static void read_token(struct arena *a, struct db_rows *r, struct token *out)
{
	*out = (struct token){
	    .id = db_get_int(r, 0),
	    .account_id = db_get_int(r, 1),
	    .hint = db_dup_str(a, r, 2),
	    .name = db_dup_str(a, r, 3),
	    .rights = rights_from_json(a, db_get_str(r, 4)),
	    .created_at = db_get_int(r, 7),
	    .expires_at = db_get_int(r, 8),
	    .used_at = db_get_int(r, 9),
	    .revoked_at = db_get_int(r, 10),
	};
	read_scope(a, r, 5, &out->all_lines, &out->lines, &out->n_lines);
	read_scope(a, r, 6, &out->all_brands, &out->brands, &out->n_brands);
}

enum err token_insert(struct arena *a, struct db_conn *tx, const struct token *t, str token_hash,
                      int64_t *id, struct error *e)
{
	str lines = t->all_lines ? STR("") : ids_to_json(a, t->lines, t->n_lines);
	str brands = t->all_brands ? STR("") : ids_to_json(a, t->brands, t->n_brands);
	return db_one_int(tx, &Q_TOKEN_INSERT,
	                  DB_ARGS(db_blob(token_hash), db_text(t->hint), db_text(t->name),
	                          db_int(t->account_id), db_text(rights_to_json(a, t->rights)),
	                          db_text(lines), db_text(brands), db_int(t->created_at),
	                          db_id(t->expires_at)),
	                  id, e);
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q, struct db_val key,
                    struct token *out, struct error *e)
{
	struct db_rows r;
	*out = (struct token){0};
	db_rows_open(&r, c, q, DB_ARGS(key));
	if (db_rows_next(&r))
		read_token(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err token_by_hash(struct arena *a, struct db_conn *c, str token_hash, struct token *out,
                       struct error *e)
{
	return one(a, c, &Q_TOKEN_BY_HASH, db_blob(token_hash), out, e);
}

enum err token_get(struct arena *a, struct db_conn *c, int64_t id, struct token *out,
                   struct error *e)
{
	return one(a, c, &Q_TOKEN_GET, db_int(id), out, e);
}

enum err token_list(struct arena *a, struct db_conn *c, int64_t account_id, struct token **out,
                    size_t *n, struct error *e)
{
	VEC(struct token) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_TOKEN_LIST, DB_ARGS(db_int(account_id)));
	while (db_rows_next(&r))
		read_token(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err token_touch(struct db_conn *tx, int64_t id, usec now, struct error *e)
{
	return db_exec(tx, &Q_TOKEN_TOUCH, DB_ARGS(db_int(id), db_int(now)), NULL, e);
}

enum err token_revoke(struct db_conn *tx, int64_t id, usec now, bool *revoked, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, &Q_TOKEN_REVOKE, DB_ARGS(db_int(id), db_int(now)), &changes, e);
	*revoked = changes > 0;
	return err;
}

enum err token_revoke_all(struct db_conn *tx, int64_t account_id, usec now, int64_t *n,
                          struct error *e)
{
	*n = 0;
	return db_exec(tx, &Q_TOKEN_REVOKE_ALL, DB_ARGS(db_int(account_id), db_int(now)), n, e);
}
