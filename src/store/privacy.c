/* privacy.c: see privacy.h. */
#include "store/privacy.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static enum err not_found(struct error *e)
{
	return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

/* ---- runs of erasing ---- */

static struct erasure read_erasure(struct arena *a, struct db_rows *r)
{
	return (struct erasure){
	    .id = db_get_int(r, 0),
	    .kind = db_dup_str(a, r, 1),
	    .contact_id = db_get_int(r, 2),
	    .rule_id = db_get_int(r, 3),
	    .ticket_id = db_get_int(r, 4),
	    .stage = db_dup_str(a, r, 5),
	    .position = db_get_int(r, 6),
	    .total = db_get_int(r, 7),
	    .done = db_get_int(r, 8),
	    .error = db_dup_str(a, r, 9),
	    .asked_by = db_get_int(r, 10),
	    .asked_by_name = db_dup_str(a, r, 11),
	    .created_at = db_get_int(r, 12),
	    .finished_at = db_get_int(r, 13),
	};
}

enum err erasure_insert(struct db_conn *tx, struct erasure *x, struct error *e)
{
	return db_one_int(tx, &Q_ERASURE_INSERT,
	                  DB_ARGS(db_text(x->kind), db_id(x->contact_id), db_id(x->rule_id),
	                          db_id(x->ticket_id), db_text(x->stage), db_int(x->total),
	                          db_id(x->asked_by), db_int(x->created_at)),
	                  &x->id, e);
}

static enum err one_erasure(struct arena *a, struct db_rows *r, struct erasure *out,
                            struct error *e)
{
	*out = (struct erasure){0};
	if (db_rows_next(r))
		*out = read_erasure(a, r);
	return db_rows_close(r, e);
}

enum err erasure_get(struct arena *a, struct db_conn *c, int64_t id, struct erasure *out,
                     struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASURE_GET, DB_ARGS(db_int(id)));
	enum err err = one_erasure(a, &r, out, e);
	return err || out->id ? err : not_found(e);
}

enum err erasure_of_contact(struct arena *a, struct db_conn *c, int64_t contact_id,
                            struct erasure *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASURE_OF_CONTACT, DB_ARGS(db_int(contact_id)));
	return one_erasure(a, &r, out, e);
}

static enum err read_erasures(struct arena *a, struct db_rows *r, struct erasure **out, size_t *n,
                              struct error *e)
{
	VEC(struct erasure) v = {0};
	while (db_rows_next(r))
		*vec_push(a, &v) = read_erasure(a, r);
	*out = v.p;
	*n = v.n;
	return db_rows_close(r, e);
}

enum err erasure_list(struct arena *a, struct db_conn *c, int64_t before, int limit,
                      struct erasure **out, size_t *n, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASURE_LIST,
	             DB_ARGS(db_int(before ? before : INT64_MAX), db_int(limit)));
	return read_erasures(a, &r, out, n, e);
}

enum err erasure_running(struct db_conn *c, int64_t rule_id, bool *out, struct error *e)
{
	int64_t n = 0;
	enum err err = db_one_int(c, &Q_ERASURE_RUNNING_OF_RULE, DB_ARGS(db_int(rule_id)), &n, e);
	*out = n > 0;
	return err;
}

enum err erasure_update(struct db_conn *tx, const struct erasure *x, struct error *e)
{
	return db_exec(tx, &Q_ERASURE_UPDATE,
	               DB_ARGS(db_int(x->id), db_text(x->stage), db_int(x->position),
	                       db_int(x->total), db_int(x->done), db_text(x->error),
	                       db_id(x->finished_at)),
	               NULL, e);
}

enum err erasure_to_sweep(struct arena *a, struct db_conn *c, usec until, struct erasure **out,
                          size_t *n, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASURE_TO_SWEEP, DB_ARGS(db_int(until)));
	return read_erasures(a, &r, out, n, e);
}

/* ---- legal hold ---- */

static enum err read_holds(struct arena *a, struct db_rows *r, struct legal_hold **out, size_t *n,
                           struct error *e)
{
	VEC(struct legal_hold) v = {0};
	while (db_rows_next(r))
		*vec_push(a, &v) = (struct legal_hold){
		    .id = db_get_int(r, 0),
		    .contact_id = db_get_int(r, 1),
		    .ticket_id = db_get_int(r, 2),
		    .reason = db_dup_str(a, r, 3),
		    .set_by = db_get_int(r, 4),
		    .set_by_name = db_dup_str(a, r, 5),
		    .set_at = db_get_int(r, 6),
		    .lifted_at = db_get_int(r, 7),
		};
	*out = v.p;
	*n = v.n;
	return db_rows_close(r, e);
}

bool erasure_runs(const struct erasure *x)
{
	return x->id && !str_is(x->stage, "done") && !str_is(x->stage, "stopped");
}

enum err hold_insert(struct db_conn *tx, struct legal_hold *h, struct error *e)
{
	return db_one_int(tx, &Q_HOLD_INSERT,
	                  DB_ARGS(db_id(h->contact_id), db_id(h->ticket_id), db_text(h->reason),
	                          db_id(h->set_by), db_int(h->set_at)),
	                  &h->id, e);
}

enum err hold_lift(struct db_conn *tx, int64_t id, int64_t by, usec now, str note, struct error *e)
{
	int64_t n;
	enum err err = db_exec(tx, &Q_HOLD_LIFT,
	                       DB_ARGS(db_int(id), db_id(by), db_int(now), db_text(note)), &n, e);
	return err || n ? err : not_found(e);
}

enum err hold_get(struct arena *a, struct db_conn *c, int64_t id, struct legal_hold *out,
                  struct error *e)
{
	struct legal_hold *list;
	size_t n;
	struct db_rows r;
	db_rows_open(&r, c, &Q_HOLD_GET, DB_ARGS(db_int(id)));
	enum err err = read_holds(a, &r, &list, &n, e);
	if (err)
		return err;
	if (!n)
		return not_found(e);
	*out = list[0];
	return ERR_OK;
}

enum err hold_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                   struct legal_hold **out, size_t *n, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_HOLD_LIST,
	             DB_ARGS(db_text(actor->scope), db_int(actor->all_lines && actor->all_brands)));
	return read_holds(a, &r, out, n, e);
}

/* Few installations have one in force, and following what they reach is long. */
static enum err any_hold(struct db_conn *c, bool *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_HOLD_ANY, DB_NO_ARGS);
	*out = db_rows_next(&r);
	return db_rows_close(&r, e);
}

enum err hold_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                        struct legal_hold **out, size_t *n, struct error *e)
{
	struct db_rows r;
	bool any;
	*out = NULL;
	*n = 0;
	enum err err = any_hold(c, &any, e);
	if (err || !any)
		return err;
	db_rows_open(&r, c, &Q_HOLD_OF_TICKET, DB_ARGS(db_int(ticket_id)));
	return read_holds(a, &r, out, n, e);
}

enum err hold_of_contacts(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n_ids,
                          struct legal_hold **out, size_t *n, struct error *e)
{
	struct db_rows r;
	bool any;
	*out = NULL;
	*n = 0;
	enum err err = any_hold(c, &any, e);
	if (err || !any)
		return err;
	db_rows_open(&r, c, &Q_HOLD_OF_CONTACTS, DB_ARGS(db_text(ids_to_json(a, ids, n_ids))));
	return read_holds(a, &r, out, n, e);
}

/* ---- retention ---- */

static struct retention_rule read_rule(struct arena *a, struct db_rows *r)
{
	return (struct retention_rule){
	    .id = db_get_int(r, 0),
	    .name = db_dup_str(a, r, 1),
	    .action = db_dup_str(a, r, 2),
	    .age_days = db_get_int(r, 3),
	    .brand_id = db_get_int(r, 4),
	    .brand_name = db_dup_str(a, r, 5),
	    .line_id = db_get_int(r, 6),
	    .line_name = db_dup_str(a, r, 7),
	    .status = db_dup_str(a, r, 8),
	    .active = db_get_int(r, 9) != 0,
	    .created_at = db_get_int(r, 10),
	    .last_run_at = db_get_int(r, 11),
	    .last_count = db_get_int(r, 12),
	    .version = db_get_int(r, 13),
	};
}

enum err retention_list(struct arena *a, struct db_conn *c, struct retention_rule **out, size_t *n,
                        struct error *e)
{
	VEC(struct retention_rule) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_RETENTION_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) = read_rule(a, &r);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err retention_get(struct arena *a, struct db_conn *c, int64_t id, struct retention_rule *out,
                       struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_RETENTION_GET, DB_ARGS(db_int(id)));
	bool found = db_rows_next(&r);
	if (found)
		*out = read_rule(a, &r);
	enum err err = db_rows_close(&r, e);
	return err || found ? err : not_found(e);
}

enum err retention_insert(struct db_conn *tx, struct retention_rule *r, struct error *e)
{
	r->version = 1;
	return db_one_int(tx, &Q_RETENTION_INSERT,
	                  DB_ARGS(db_text(r->name), db_text(r->action), db_int(r->age_days),
	                          db_id(r->brand_id), db_id(r->line_id), db_text(r->status),
	                          db_int(r->active), db_int(r->created_at), db_id(r->created_by)),
	                  &r->id, e);
}

enum err retention_update(struct db_conn *tx, struct retention_rule *r, struct error *e)
{
	int64_t n;
	enum err err = db_exec(tx, &Q_RETENTION_UPDATE,
	                       DB_ARGS(db_int(r->id), db_int(r->version), db_text(r->name),
	                               db_text(r->action), db_int(r->age_days), db_id(r->brand_id),
	                               db_id(r->line_id), db_text(r->status), db_int(r->active)),
	                       &n, e);
	if (!err)
		err = rows_fresh(n, e);
	r->version += !err;
	return err;
}

enum err retention_ran(struct db_conn *tx, int64_t id, usec at, int64_t count, struct error *e)
{
	return db_exec(tx, &Q_RETENTION_RAN, DB_ARGS(db_int(id), db_int(at), db_int(count)), NULL,
	               e);
}

enum err retention_delete(struct db_conn *tx, int64_t id, struct error *e)
{
	int64_t n;
	enum err err = db_exec(tx, &Q_RETENTION_FORGET_RUNS, DB_ARGS(db_int(id)), NULL, e);
	if (!err)
		err = db_exec(tx, &Q_RETENTION_DELETE, DB_ARGS(db_int(id)), &n, e);
	return err || n ? err : not_found(e);
}

enum err retention_tickets(struct arena *a, struct db_conn *c, const struct retention_rule *rule,
                           usec now, int64_t after, int limit, bool held, int64_t **out, size_t *n,
                           struct error *e)
{
	VEC(int64_t) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_RETENTION_TICKETS,
	             DB_ARGS(db_text(rule->action), db_id(rule->brand_id), db_id(rule->line_id),
	                     db_text(rule->status), db_int(now - rule->age_days * USEC_DAY),
	                     db_int(after), db_int(limit), db_int(held)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = db_get_int(&r, 0);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}
