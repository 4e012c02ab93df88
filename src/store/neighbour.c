/* neighbour.c: see neighbour.h. */
#include "store/neighbour.h"

#include "base/vec.h"
#include "store/queries_gen.h"

struct list {
	VEC(struct neighbour) v;
};

static enum err read_all(struct arena *a, struct db_rows *r, struct list *to, struct error *e)
{
	while (db_rows_next(r))
		*vec_push(a, &to->v) = (struct neighbour){.ticket_id = db_get_int(r, 0),
		                                          .subject = db_dup_str(a, r, 1),
		                                          .text = db_dup_str(a, r, 2)};
	return db_rows_close(r, e);
}

enum err neighbour_solved(struct arena *a, struct db_conn *c, int limit, struct neighbour **out,
                          size_t *n, struct error *e)
{
	static const char *const statuses[] = {"solved", "closed"};
	struct list l = {0};
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < COUNT_OF(statuses); i++) {
		struct db_rows r;
		db_rows_open(&r, c, &Q_NEIGHBOUR_SOLVED,
		             DB_ARGS(db_text(str_of(statuses[i])), db_int(limit)));
		err = read_all(a, &r, &l, e);
	}
	*out = l.v.p;
	*n = l.v.n;
	return err;
}

enum err neighbour_head(struct db_conn *c, int64_t *out, struct error *e)
{
	return db_one_int(c, &Q_NEIGHBOUR_HEAD, DB_NO_ARGS, out, e);
}

enum err neighbour_open(struct arena *a, struct db_conn *c, const struct actor *actor,
                        int64_t contact_id, int64_t but, int limit, struct neighbour **out,
                        size_t *n, struct error *e)
{
	struct list l = {0};
	struct db_rows r;
	db_rows_open(
	    &r, c, &Q_NEIGHBOUR_OPEN,
	    DB_ARGS(db_int(contact_id), db_int(but), db_text(actor->scope), db_int(limit)));
	enum err err = read_all(a, &r, &l, e);
	*out = l.v.p;
	*n = l.v.n;
	return err;
}

enum err neighbour_first(struct arena *a, struct db_conn *c, int64_t ticket_id,
                         struct neighbour *out, struct error *e)
{
	struct db_rows r;
	*out = (struct neighbour){.ticket_id = ticket_id};
	db_rows_open(&r, c, &Q_NEIGHBOUR_FIRST, DB_ARGS(db_int(ticket_id)));
	if (db_rows_next(&r)) {
		out->message_id = db_get_int(&r, 0);
		out->subject = db_dup_str(a, &r, 1);
		out->text = db_dup_str(a, &r, 2);
	}
	return db_rows_close(&r, e);
}

enum err neighbour_answer(struct arena *a, struct db_conn *c, int64_t ticket_id,
                          struct neighbour *out, struct error *e)
{
	struct db_rows r;
	*out = (struct neighbour){.ticket_id = ticket_id};
	db_rows_open(&r, c, &Q_NEIGHBOUR_ANSWER, DB_ARGS(db_int(ticket_id)));
	if (db_rows_next(&r)) {
		out->message_id = db_get_int(&r, 0);
		out->text = db_dup_str(a, &r, 1);
	}
	return db_rows_close(&r, e);
}
