/* mailbox.c: rows of mailbox. See mailbox.h. */
#include "store/mailbox.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

str mailbox_secret_context(struct arena *a, int64_t id)
{
	return str_printf(a, "mailbox.%lld.password", (long long)id);
}

static void read_mailbox(struct arena *a, struct db_rows *r, struct mailbox *out)
{
	*out = (struct mailbox){
	    .id = db_get_int(r, 0),
	    .inbox_id = db_get_int(r, 1),
	    .host = db_dup_str(a, r, 2),
	    .port = db_get_int(r, 3),
	    .tls = db_dup_str(a, r, 4),
	    .username = db_dup_str(a, r, 5),
	    .auth = db_dup_str(a, r, 6),
	    .secret_box = db_dup_str(a, r, 7),
	    .oauth_id = db_get_int(r, 8),
	    .folder = db_dup_str(a, r, 9),
	    .remove = str_is(db_get_str(r, 10), "delete"),
	    .take_old = db_get_int(r, 11),
	    .active = db_get_int(r, 12),
	    .uidvalidity = db_get_int(r, 13),
	    .last_uid = db_get_int(r, 14),
	    .state = db_dup_str(a, r, 15),
	    .error = db_dup_str(a, r, 16),
	    .error_arg = db_dup_str(a, r, 17),
	    .error_at = db_get_int(r, 18),
	    .ok_at = db_get_int(r, 19),
	    .lease_owner = db_dup_str(a, r, 20),
	    .lease_until = db_get_int(r, 21),
	    .version = db_get_int(r, 22),
	    .created_at = db_get_int(r, 23),
	};
}

static str after(const struct mailbox *m)
{
	return m->remove ? STR("delete") : STR("keep");
}

enum err mailbox_get(struct arena *a, struct db_conn *c, int64_t id, struct mailbox *out,
                     struct error *e)
{
	struct db_rows r;
	*out = (struct mailbox){0};
	db_rows_open(&r, c, &Q_MAILBOX_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		read_mailbox(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err mailbox_list(struct arena *a, struct db_conn *c, struct mailbox **out, size_t *n,
                      struct error *e)
{
	VEC(struct mailbox) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_MAILBOX_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_mailbox(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err mailbox_insert(struct db_conn *tx, const struct mailbox *m, usec now, int64_t *id,
                        struct error *e)
{
	return db_one_int(tx, &Q_MAILBOX_INSERT,
	                  DB_ARGS(db_int(m->inbox_id), db_text(m->host), db_int(m->port),
	                          db_text(m->tls), db_text(m->username), db_text(m->auth),
	                          db_id(m->oauth_id), db_text(m->folder), db_text(after(m)),
	                          db_int(m->take_old), db_int(m->active), db_int(now)),
	                  id, e);
}

enum err mailbox_update(struct db_conn *tx, const struct mailbox *m, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(
	    tx, &Q_MAILBOX_UPDATE,
	    DB_ARGS(db_int(m->id), db_int(m->version), db_int(m->inbox_id), db_text(m->host),
	            db_int(m->port), db_text(m->tls), db_text(m->username), db_text(m->auth),
	            db_text(m->secret_box), db_id(m->oauth_id), db_text(m->folder),
	            db_text(after(m)), db_int(m->take_old), db_int(m->active),
	            db_int(m->uidvalidity), db_int(m->last_uid)),
	    &changes, e);
	return err ? err : rows_fresh(changes, e);
}

enum err mailbox_delete(struct db_conn *tx, int64_t id, struct error *e)
{
	return db_exec(tx, &Q_MAILBOX_DELETE, DB_ARGS(db_int(id)), NULL, e);
}

static enum err held_exec(struct db_conn *tx, const struct db_query *q, struct db_args args,
                          bool *held, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, q, args, &changes, e);
	*held = changes > 0;
	return err;
}

enum err mailbox_claim(struct db_conn *tx, const struct mailbox *m, str owner, usec now, usec until,
                       bool *held, struct error *e)
{
	return held_exec(
	    tx, &Q_MAILBOX_CLAIM,
	    DB_ARGS(db_int(m->id), db_int(m->version), db_text(owner), db_int(now), db_int(until)),
	    held, e);
}

enum err mailbox_unclaim(struct db_conn *tx, int64_t id, str owner, struct error *e)
{
	return db_exec(tx, &Q_MAILBOX_UNCLAIM, DB_ARGS(db_int(id), db_text(owner)), NULL, e);
}

enum err mailbox_unclaim_all(struct db_conn *tx, struct error *e)
{
	return db_exec(tx, &Q_MAILBOX_UNCLAIM_ALL, DB_NO_ARGS, NULL, e);
}

enum err mailbox_cursor_start(struct db_conn *tx, const struct mailbox *m, str owner,
                              int64_t uidvalidity, int64_t last_uid, bool *held, struct error *e)
{
	return held_exec(tx, &Q_MAILBOX_CURSOR_START,
	                 DB_ARGS(db_int(m->id), db_int(m->version), db_text(owner),
	                         db_int(uidvalidity), db_int(last_uid)),
	                 held, e);
}

enum err mailbox_cursor_move(struct db_conn *tx, const struct mailbox *m, str owner,
                             int64_t uidvalidity, int64_t last_uid, usec until, bool *held,
                             struct error *e)
{
	return held_exec(tx, &Q_MAILBOX_CURSOR_MOVE,
	                 DB_ARGS(db_int(m->id), db_int(m->version), db_text(owner),
	                         db_int(uidvalidity), db_int(last_uid), db_int(until)),
	                 held, e);
}

enum err mailbox_set_state(struct db_conn *tx, const struct mailbox *m, str owner, str state,
                           str error, str error_arg, usec now, bool *held, struct error *e)
{
	return held_exec(tx, &Q_MAILBOX_SET_STATE,
	                 DB_ARGS(db_int(m->id), db_int(m->version), db_text(owner), db_text(state),
	                         db_text(error), db_text(error_arg), db_int(now),
	                         db_int(str_is(state, "ok"))),
	                 held, e);
}

enum err mailbox_count_bad(struct db_conn *c, int64_t *n, struct error *e)
{
	return db_one_int(c, &Q_MAILBOX_COUNT_BAD, DB_NO_ARGS, n, e);
}
