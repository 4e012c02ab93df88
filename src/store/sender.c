/* sender.c: see sender.h. */
#include "store/sender.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static struct sender read_sender(struct arena *a, struct db_rows *r)
{
	return (struct sender){
	    .id = db_get_int(r, 0),
	    .brand_id = db_get_int(r, 1),
	    .name = db_dup_str(a, r, 2),
	    .host = db_dup_str(a, r, 3),
	    .port = db_get_int(r, 4),
	    .tls = db_dup_str(a, r, 5),
	    .auth = db_dup_str(a, r, 6),
	    .username = db_dup_str(a, r, 7),
	    .password_box = db_dup_str(a, r, 8),
	    .oauth_credential_id = db_get_int(r, 9),
	    .serves = db_dup_str(a, r, 10),
	    .hour_most = db_get_int(r, 11),
	    .position = db_get_int(r, 12),
	    .active = db_get_int(r, 13),
	    .version = db_get_int(r, 14),
	};
}

enum err sender_get(struct arena *a, struct db_conn *c, int64_t id, struct sender *out,
                    struct error *e)
{
	struct db_rows r;
	*out = (struct sender){0};
	db_rows_open(&r, c, &Q_SENDER_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		*out = read_sender(a, &r);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

static enum err all(struct arena *a, struct db_rows *r, struct sender **out, size_t *n,
                    struct error *e)
{
	VEC(struct sender) v = {0};
	while (db_rows_next(r))
		*vec_push(a, &v) = read_sender(a, r);
	*out = v.p;
	*n = v.n;
	return db_rows_close(r, e);
}

enum err sender_list(struct arena *a, struct db_conn *c, struct sender **out, size_t *n,
                     struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_SENDER_LIST, DB_NO_ARGS);
	return all(a, &r, out, n, e);
}

enum err sender_of_brand(struct arena *a, struct db_conn *c, int64_t brand_id, struct sender **out,
                         size_t *n, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_SENDER_OF_BRAND, DB_ARGS(db_int(brand_id)));
	return all(a, &r, out, n, e);
}

enum err sender_insert(struct db_conn *tx, const struct sender *s, usec now, int64_t *id,
                       struct error *e)
{
	return db_one_int(tx, &Q_SENDER_INSERT,
	                  DB_ARGS(db_int(s->brand_id), db_text(s->name), db_text(s->host),
	                          db_int(s->port), db_text(s->tls), db_text(s->auth),
	                          db_text(s->username), db_id(s->oauth_credential_id),
	                          db_text(s->serves), db_int(s->hour_most), db_int(s->position),
	                          db_int(s->active), db_int(now)),
	                  id, e);
}

enum err sender_update(struct db_conn *tx, const struct sender *s, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(
	    tx, &Q_SENDER_UPDATE,
	    DB_ARGS(db_int(s->id), db_int(s->version), db_int(s->brand_id), db_text(s->name),
	            db_text(s->host), db_int(s->port), db_text(s->tls), db_text(s->auth),
	            db_text(s->username), db_id(s->oauth_credential_id), db_text(s->serves),
	            db_int(s->hour_most), db_int(s->position), db_int(s->active)),
	    &changes, e);
	return err ? err : rows_fresh(changes, e);
}

enum err sender_set_password(struct db_conn *tx, int64_t id, str box, struct error *e)
{
	return db_exec(tx, &Q_SENDER_SET_PASSWORD,
	               DB_ARGS(db_int(id), box.n ? db_blob(box) : db_null()), NULL, e);
}

bool sender_serves(const struct sender *s, str address)
{
	ptrdiff_t at = str_rchr(address, '@');
	str domain = at < 0 ? address : str_from(address, (size_t)at + 1);
	str rest = s->serves, one;
	if (!str_trim(rest).n)
		return true;
	while (str_split(&rest, ' ', &one))
		if (one.n && (str_eq_nocase(one, domain) || str_eq_nocase(one, address)))
			return true;
	return false;
}

/* ---- limits ---- */

static enum err counted(struct db_conn *c, const struct db_query *q, int64_t id, usec since,
                        int64_t *n, usec *first, struct error *e)
{
	struct db_rows r;
	*n = *first = 0;
	db_rows_open(&r, c, q, DB_ARGS(db_int(id), db_int(since)));
	if (db_rows_next(&r)) {
		*n = db_get_int(&r, 0);
		*first = db_get_int(&r, 1);
	}
	return db_rows_close(&r, e);
}

enum err sender_offered(struct db_conn *c, int64_t sender_id, usec since, int64_t *n, usec *first,
                        struct error *e)
{
	return counted(c, &Q_SENDER_OFFERED, sender_id, since, n, first, e);
}

enum err inbox_offered(struct db_conn *c, int64_t inbox_id, usec since, int64_t *n, usec *first,
                       struct error *e)
{
	return counted(c, &Q_INBOX_OFFERED, inbox_id, since, n, first, e);
}

enum err inbox_offered_nth(struct db_conn *c, int64_t inbox_id, usec since, int64_t skip, usec *out,
                           struct error *e)
{
	struct db_rows r;
	*out = 0;
	db_rows_open(&r, c, &Q_INBOX_OFFERED_NTH,
	             DB_ARGS(db_int(inbox_id), db_int(since), db_int(skip)));
	if (db_rows_next(&r))
		*out = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

enum err inbox_held_before(struct db_conn *c, int64_t inbox_id, int64_t message_id, int64_t *n,
                           struct error *e)
{
	return db_one_int(c, &Q_INBOX_HELD_BEFORE, DB_ARGS(db_int(inbox_id), db_int(message_id)), n,
	                  e);
}

enum err held_wake(struct db_conn *tx, usec now, struct error *e)
{
	return db_exec(tx, &Q_HELD_WAKE, DB_ARGS(db_int(now), db_int(now)), NULL, e);
}

enum err held_count(struct db_conn *c, int64_t *n, struct error *e)
{
	return db_one_int(c, &Q_HELD_COUNT, DB_NO_ARGS, n, e);
}
