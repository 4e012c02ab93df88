/* delivery.c: see delivery.h. */
#include "store/delivery.h"

#include <assert.h>

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static const char *const STATE[DELIVERY_STATE_COUNT] = {"queued",    "sending", "sent",
                                                        "delivered", "bounced", "failed"};

const char *delivery_state_name(enum delivery_state s)
{
	assert((unsigned)s < DELIVERY_STATE_COUNT);
	return STATE[s];
}

static struct delivery read_delivery(struct arena *a, struct db_rows *r)
{
	struct delivery d = {
	    .id = db_get_int(r, 0),
	    .message_id = db_get_int(r, 1),
	    .address = db_dup_str(a, r, 2),
	    .role = db_dup_str(a, r, 3),
	    .attempts = (int)db_get_int(r, 5),
	    .code = (int)db_get_int(r, 6),
	    .status = db_dup_str(a, r, 7),
	    .answer = db_dup_str(a, r, 8),
	    .updated_at = db_get_int(r, 9),
	    .sender_id = db_get_int(r, 10),
	    .offered_at = db_get_int(r, 11),
	    .held = db_dup_str(a, r, 12),
	    .due_at = db_get_int(r, 13),
	    .instead_of = db_dup_str(a, r, 14),
	    .sender_name = db_dup_str(a, r, 15),
	};
	for (unsigned i = 0; i < DELIVERY_STATE_COUNT; i++)
		if (str_eq(db_get_str(r, 4), str_of(STATE[i])))
			d.state = (enum delivery_state)i;
	return d;
}

enum err delivery_insert(struct db_conn *tx, struct delivery *d, struct error *e)
{
	return db_one_int(tx, &Q_DELIVERY_INSERT,
	                  DB_ARGS(db_int(d->message_id), db_text(d->address), db_text(d->role),
	                          db_text(str_of(delivery_state_name(d->state))),
	                          db_int(d->attempts), db_int(d->code), db_text(d->status),
	                          db_text(d->answer), db_int(d->updated_at),
	                          db_text(d->instead_of)),
	                  &d->id, e);
}

enum err delivery_get(struct arena *a, struct db_conn *c, int64_t id, struct delivery *out,
                      struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_DELIVERY_GET, DB_ARGS(db_int(id)));
	bool found = db_rows_next(&r);
	if (found)
		*out = read_delivery(a, &r);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err delivery_of_messages(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                              struct delivery **out, size_t *n_out, struct error *e)
{
	VEC(struct delivery) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_DELIVERY_OF_MESSAGES, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	while (db_rows_next(&r))
		*vec_push(a, &v) = read_delivery(a, &r);
	*out = v.p;
	*n_out = v.n;
	return db_rows_close(&r, e);
}

enum err delivery_of_message(struct arena *a, struct db_conn *c, int64_t message_id,
                             struct delivery **out, size_t *n, struct error *e)
{
	return delivery_of_messages(a, c, &message_id, 1, out, n, e);
}

enum err delivery_update(struct db_conn *tx, const struct delivery *d, struct error *e)
{
	return db_exec(tx, &Q_DELIVERY_UPDATE,
	               DB_ARGS(db_int(d->id), db_text(str_of(delivery_state_name(d->state))),
	                       db_int(d->attempts), db_int(d->code), db_text(d->status),
	                       db_text(d->answer), db_int(d->updated_at), db_id(d->sender_id),
	                       db_int(d->offered_at), db_text(d->held), db_int(d->due_at)),
	               NULL, e);
}

enum err delivery_delete(struct db_conn *tx, int64_t message_id, struct error *e)
{
	return db_exec(tx, &Q_DELIVERY_DELETE, DB_ARGS(db_int(message_id)), NULL, e);
}

enum err delivery_waiting(struct db_conn *c, int64_t *out, struct error *e)
{
	return db_one_int(c, &Q_DELIVERY_WAITING, DB_NO_ARGS, out, e);
}

enum err delivery_corrected(struct arena *a, struct db_conn *c, int64_t ticket_id,
                            int64_t contact_id, str address, str *out, struct error *e)
{
	struct db_rows r;
	*out = STR("");
	db_rows_open(&r, c, &Q_DELIVERY_CORRECTED, DB_ARGS(db_int(ticket_id), db_int(contact_id)));
	while (db_rows_next(&r))
		if (!out->n && str_eq(db_get_str(&r, 0), address))
			*out = db_dup_str(a, &r, 1);
	return db_rows_close(&r, e);
}

enum err delivery_find_message(struct db_conn *c, int64_t ticket_id, int64_t thread_id,
                               str address_norm, int64_t *message_id, struct error *e)
{
	struct db_rows r;
	*message_id = 0;
	db_rows_open(&r, c, &Q_DELIVERY_FIND_MESSAGE,
	             DB_ARGS(db_int(ticket_id), db_int(thread_id), db_text(address_norm)));
	if (db_rows_next(&r))
		*message_id = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}
