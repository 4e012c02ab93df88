/* session.c: rows of session. See session.h. */
#include "store/session.h"

#include "base/vec.h"
#include "store/queries_gen.h"
#include "sys/digest.h"

str session_token_hash(struct arena *a, str token)
{
	uint8_t *hash = arena_alloc(a, DIGEST_SHA256_SIZE);
	digest_sha256(token, hash);
	return str_n((const char *)hash, DIGEST_SHA256_SIZE);
}

static void read_session(struct arena *a, struct db_rows *r, struct session *out)
{
	*out = (struct session){
	    .id = db_get_int(r, 0),
	    .account_id = db_get_int(r, 1),
	    .rights_mask = db_dup_str(a, r, 2),
	    .created_at = db_get_int(r, 3),
	    .seen_at = db_get_int(r, 4),
	    .expires_at = db_get_int(r, 5),
	    .ended_at = db_get_int(r, 6),
	    .user_agent = db_dup_str(a, r, 7),
	    .peer = db_dup_str(a, r, 8),
	};
}

enum err session_insert(struct db_conn *tx, const struct session *s, str token_hash, int64_t *id,
                        struct error *e)
{
	return db_one_int(tx, &Q_SESSION_INSERT,
	                  DB_ARGS(db_blob(token_hash), db_int(s->account_id),
	                          db_text(s->rights_mask), db_int(s->created_at),
	                          db_int(s->seen_at), db_int(s->expires_at), db_text(s->user_agent),
	                          db_text(s->peer)),
	                  id, e);
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q, struct db_val key,
                    struct session *out, struct error *e)
{
	struct db_rows r;
	*out = (struct session){0};
	db_rows_open(&r, c, q, DB_ARGS(key));
	if (db_rows_next(&r))
		read_session(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err session_actor(struct arena *a, struct db_conn *c, str token_hash, struct session *out,
                       struct account_actor *account, struct error *e)
{
	struct db_rows r;
	*out = (struct session){0};
	*account = (struct account_actor){0};
	db_rows_open(&r, c, &Q_SESSION_ACTOR, DB_ARGS(db_blob(token_hash)));
	if (db_rows_next(&r)) {
		read_session(a, &r, out);
		account_read_actor(a, &r, 9, account);
	}
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	if (!out->id)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return account_actor_places(a, c, account, e);
}

enum err session_get(struct arena *a, struct db_conn *c, int64_t id, struct session *out,
                     struct error *e)
{
	return one(a, c, &Q_SESSION_GET, db_int(id), out, e);
}

enum err session_list(struct arena *a, struct db_conn *c, int64_t account_id, usec now,
                      struct session **out, size_t *n, struct error *e)
{
	VEC(struct session) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_SESSION_LIST, DB_ARGS(db_int(account_id), db_int(now)));
	while (db_rows_next(&r))
		read_session(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err session_touch(struct db_conn *tx, int64_t id, usec now, usec expires_at, struct error *e)
{
	return db_exec(tx, &Q_SESSION_TOUCH, DB_ARGS(db_int(id), db_int(now), db_int(expires_at)),
	               NULL, e);
}

enum err session_end(struct db_conn *tx, int64_t id, usec now, bool *ended, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, &Q_SESSION_END, DB_ARGS(db_int(id), db_int(now)), &changes, e);
	*ended = changes > 0;
	return err;
}

enum err session_end_others(struct arena *a, struct db_conn *tx, int64_t account_id, int64_t but,
                            usec now, int64_t **ids, size_t *n, struct error *e)
{
	VEC(int64_t) v = {0};
	struct db_rows r;
	db_rows_open(&r, tx, &Q_SESSION_END_OTHERS,
	             DB_ARGS(db_int(account_id), db_int(but), db_int(now)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = db_get_int(&r, 0);
	*ids = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err session_purge(struct db_conn *tx, usec before, int64_t *n, struct error *e)
{
	return db_exec(tx, &Q_SESSION_PURGE, DB_ARGS(db_int(before)), n, e);
}
