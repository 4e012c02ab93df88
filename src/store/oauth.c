/* oauth.c: rows of oauth_credential. See oauth.h. */
#include "store/oauth.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

str oauth_context(struct arena *a, int64_t id, const char *what)
{
	return str_printf(a, "oauth.%lld.%s", (long long)id, what);
}

bool oauth_serves(const struct oauth_credential *o, str host)
{
	str rest = o->hosts, one;
	while (host.n && str_split(&rest, ' ', &one))
		if (one.n && str_eq_nocase(one, host))
			return true;
	return false;
}

static void read_credential(struct arena *a, struct db_rows *r, struct oauth_credential *out)
{
	*out = (struct oauth_credential){
	    .id = db_get_int(r, 0),
	    .name = db_dup_str(a, r, 1),
	    .token_url = db_dup_str(a, r, 2),
	    .client_id = db_dup_str(a, r, 3),
	    .client_secret_box = db_dup_str(a, r, 4),
	    .scope = db_dup_str(a, r, 5),
	    .refresh_token_box = db_dup_str(a, r, 6),
	    .access_token_box = db_dup_str(a, r, 7),
	    .expires_at = db_get_int(r, 8),
	    .state = db_dup_str(a, r, 9),
	    .error = db_dup_str(a, r, 10),
	    .error_at = db_get_int(r, 11),
	    .ok_at = db_get_int(r, 12),
	    .lease_until = db_get_int(r, 13),
	    .version = db_get_int(r, 14),
	    .hosts = db_dup_str(a, r, 15),
	};
}

enum err oauth_get(struct arena *a, struct db_conn *c, int64_t id, struct oauth_credential *out,
                   struct error *e)
{
	struct db_rows r;
	*out = (struct oauth_credential){0};
	db_rows_open(&r, c, &Q_OAUTH_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		read_credential(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err oauth_list(struct arena *a, struct db_conn *c, struct oauth_credential **out, size_t *n,
                    struct error *e)
{
	VEC(struct oauth_credential) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_OAUTH_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_credential(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err oauth_insert(struct db_conn *tx, const struct oauth_credential *o, usec now, int64_t *id,
                      struct error *e)
{
	return rows_exists(
	    db_one_int(tx, &Q_OAUTH_INSERT,
	               DB_ARGS(db_text(o->name), db_text(o->token_url), db_text(o->client_id),
	                       db_text(o->scope), db_text(o->hosts), db_int(now)),
	               id, e),
	    "name", e);
}

enum err oauth_update(struct db_conn *tx, const struct oauth_credential *o, struct error *e)
{
	int64_t changes = 0;
	enum err err =
	    rows_exists(db_exec(tx, &Q_OAUTH_UPDATE,
	                        DB_ARGS(db_int(o->id), db_int(o->version), db_text(o->name),
	                                db_text(o->token_url), db_text(o->client_id),
	                                db_text(o->scope), db_text(o->client_secret_box),
	                                db_text(o->refresh_token_box), db_text(o->hosts)),
	                        &changes, e),
	                "name", e);
	return err ? err : rows_fresh(changes, e);
}

enum err oauth_delete(struct db_conn *tx, int64_t id, struct error *e)
{
	return db_exec(tx, &Q_OAUTH_DELETE, DB_ARGS(db_int(id)), NULL, e);
}

static enum err held_exec(struct db_conn *tx, const struct db_query *q, struct db_args args,
                          bool *held, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, q, args, &changes, e);
	*held = changes > 0;
	return err;
}

enum err oauth_claim(struct db_conn *tx, const struct oauth_credential *o, usec now, usec until,
                     bool *held, struct error *e)
{
	return held_exec(tx, &Q_OAUTH_CLAIM,
	                 DB_ARGS(db_int(o->id), db_int(o->version), db_int(now), db_int(until)),
	                 held, e);
}

enum err oauth_renewed(struct db_conn *tx, const struct oauth_credential *o, usec lease,
                       str access_token_box, usec expires_at, str refresh_token_box, usec now,
                       bool *held, struct error *e)
{
	return held_exec(tx, &Q_OAUTH_RENEWED,
	                 DB_ARGS(db_int(o->id), db_int(o->version), db_int(lease),
	                         db_text(access_token_box), db_id(expires_at),
	                         db_text(refresh_token_box), db_int(now)),
	                 held, e);
}

enum err oauth_failed(struct db_conn *tx, const struct oauth_credential *o, usec lease, str state,
                      str error, usec now, bool *held, struct error *e)
{
	return held_exec(tx, &Q_OAUTH_FAILED,
	                 DB_ARGS(db_int(o->id), db_int(o->version), db_int(lease), db_text(state),
	                         db_text(error), db_int(now)),
	                 held, e);
}

enum err oauth_forget(struct db_conn *tx, int64_t id, str access_token_box, struct error *e)
{
	return db_exec(tx, &Q_OAUTH_FORGET, DB_ARGS(db_int(id), db_text(access_token_box)), NULL,
	               e);
}

enum err oauth_count_bad(struct db_conn *c, int64_t *n, struct error *e)
{
	return db_one_int(c, &Q_OAUTH_COUNT_BAD, DB_NO_ARGS, n, e);
}
