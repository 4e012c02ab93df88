/* thread.c: see thread.h. */
#include "store/thread.h"

#include "base/vec.h"
#include "store/queries_gen.h"

enum err thread_insert(struct db_conn *tx, struct side_thread *t, struct error *e)
{
	return db_one_int(tx, &Q_THREAD_INSERT,
	                  DB_ARGS(db_int(t->ticket_id), db_text(t->subject), db_id(t->created_by),
	                          db_int(t->created_at)),
	                  &t->id, e);
}

static struct side_thread read_thread(struct arena *a, struct db_rows *r)
{
	return (struct side_thread){
	    .id = db_get_int(r, 0),
	    .ticket_id = db_get_int(r, 1),
	    .subject = db_dup_str(a, r, 2),
	    .created_by = db_get_int(r, 3),
	    .created_by_name = db_dup_str(a, r, 4),
	    .created_at = db_get_int(r, 5),
	    .closed_at = db_get_int(r, 6),
	    .message_count = db_get_int(r, 7),
	};
}

enum err thread_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                    struct side_thread *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_THREAD_GET, DB_ARGS(db_int(id), db_text(actor->scope)));
	bool found = db_rows_next(&r);
	if (found)
		*out = read_thread(a, &r);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err thread_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                          struct side_thread **out, size_t *n, struct error *e)
{
	VEC(struct side_thread) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_THREAD_OF_TICKET, DB_ARGS(db_int(ticket_id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = read_thread(a, &r);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err participant_insert(struct db_conn *tx, struct participant *p, struct error *e)
{
	return db_one_int(tx, &Q_PARTICIPANT_INSERT,
	                  DB_ARGS(db_int(p->ticket_id), db_id(p->thread_id), db_text(p->address),
	                          db_text(p->address_norm), db_text(p->name), db_text(p->role),
	                          db_id(p->added_by), db_int(p->created_at)),
	                  &p->id, e);
}

static struct participant read_participant(struct arena *a, struct db_rows *r)
{
	return (struct participant){
	    .id = db_get_int(r, 0),
	    .ticket_id = db_get_int(r, 1),
	    .thread_id = db_get_int(r, 2),
	    .address = db_dup_str(a, r, 3),
	    .address_norm = db_dup_str(a, r, 4),
	    .name = db_dup_str(a, r, 5),
	    .role = db_dup_str(a, r, 6),
	    .added_by = db_get_int(r, 7),
	    .created_at = db_get_int(r, 8),
	    .removed_at = db_get_int(r, 9),
	};
}

enum err participant_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                         struct participant *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_PARTICIPANT_GET, DB_ARGS(db_int(id), db_text(actor->scope)));
	bool found = db_rows_next(&r);
	if (found)
		*out = read_participant(a, &r);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err participant_remove(struct db_conn *tx, int64_t id, usec now, struct error *e)
{
	return db_exec(tx, &Q_PARTICIPANT_REMOVE, DB_ARGS(db_int(id), db_int(now)), NULL, e);
}

enum err participant_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                               struct participant **out, size_t *n, struct error *e)
{
	VEC(struct participant) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_PARTICIPANT_OF_TICKET, DB_ARGS(db_int(ticket_id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = read_participant(a, &r);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}
