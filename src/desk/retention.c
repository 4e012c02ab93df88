/* retention.c: how long texts are kept. See privacy.h. */
#include "desk/check.h"
#include "desk/privacy_internal.h"
#include "store/brand.h"
#include "store/job.h"
#include "store/line.h"

enum {
	TICKETS_STEP = 10,   /* in one transaction */
	MESSAGES_STEP = 500, /* of one ticket in one transaction */
	AGE_MOST = 36500,    /* days */
	PER_RUN = 1000,      /* where the desk does not say */
};

static int64_t per_run(const struct desk *d)
{
	return d->retention_most ? d->retention_most : PER_RUN;
}

usec desk_retention_due(const struct desk *d, usec now)
{
	usec due = now - now % USEC_DAY + d->retention_hour * USEC_HOUR;
	return due > now ? due : due + USEC_DAY;
}

/* ---- rules ---- */

enum err desk_retention_list(const struct desk *d, struct arena *a, struct db_conn *c,
                             const struct actor *actor, struct retention_rule **out, size_t *n,
                             struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_ADMIN_PRIVACY, e);
	return err ? err : retention_list(a, c, out, n, e);
}

static bool one_of(str s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, str_of(list[i])))
			return true;
	return false;
}

static enum err check_place(struct arena *a, struct db_conn *tx, const struct retention_rule *r,
                            struct error *e)
{
	struct brand brand;
	struct line line;
	struct error why;
	enum err err = r->brand_id ? brand_get(a, tx, r->brand_id, &brand, &why) : ERR_OK;
	if (err == ERR_NOT_FOUND)
		return error_set(e, ERR_INVALID, "error.no_such_reference", "brand_id", NULL);
	if (!err && r->line_id)
		err = line_get(a, tx, r->line_id, &line, &why);
	if (err == ERR_NOT_FOUND)
		return error_set(e, ERR_INVALID, "error.no_such_reference", "line_id", NULL);
	if (err && e)
		*e = why;
	return err;
}

static enum err apply(struct arena *a, struct db_conn *tx, const struct desk_retention_patch *p,
                      struct retention_rule *r, struct error *e)
{
	static const char *const actions[] = {"erase", "attachments", "close"};
	/* Of what is open only the waiting for the customer may be closed by itself. */
	static const char *const over[] = {"", "solved", "closed", "spam"};
	static const char *const closing[] = {"", "solved", "pending"};
	if (p->name)
		r->name = desk_line(a, *p->name, 120);
	if (p->action)
		r->action = *p->action;
	if (p->status)
		r->status = *p->status;
	if (p->age_days)
		r->age_days = *p->age_days;
	if (p->brand_id)
		r->brand_id = *p->brand_id;
	if (p->line_id)
		r->line_id = *p->line_id;
	if (p->active)
		r->active = *p->active;
	if (!r->name.n)
		return error_set(e, ERR_INVALID, "error.required", "name", NULL);
	if (!one_of(r->action, actions, COUNT_OF(actions)))
		return error_set(e, ERR_INVALID, "error.not_one_of", "action",
		                 "erase, attachments, close");
	if (str_is(r->action, "close") ? !one_of(r->status, closing, COUNT_OF(closing))
	                               : !one_of(r->status, over, COUNT_OF(over)))
		return error_set(e, ERR_INVALID, "error.not_one_of", "status",
		                 str_is(r->action, "close") ? "solved, pending"
		                                            : "solved, closed, spam");
	if (r->age_days < 1 || r->age_days > AGE_MOST)
		return error_set(e, ERR_INVALID, "error.out_of_range", "age_days", "1, 36500");
	return check_place(a, tx, r, e);
}

static void tell(struct db_conn *tx, const struct actor *actor, int64_t id, usec now,
                 const char *change)
{
	event_add(tx, now, actor, EVENT_RETENTION_CHANGED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("rule_id", id), EVENT_CODE("change", str_of(change))));
}

enum err desk_retention_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, const struct desk_retention_patch *p,
                               struct retention_rule *out, struct error *e)
{
	usec now = clock_now(d->clock);
	struct retention_rule r = {
	    .name = STR(""),
	    .action = STR("erase"),
	    .status = STR(""),
	    .created_at = now,
	    .created_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	};
	enum err err = actor_need(actor, RIGHT_ADMIN_PRIVACY, e);
	if (err || (err = apply(a, tx, p, &r, e)) || (err = retention_insert(tx, &r, e)))
		return err;
	tell(tx, actor, r.id, now, "created");
	return retention_get(a, tx, r.id, out, e);
}

enum err desk_retention_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t id,
                              const struct desk_retention_patch *p, struct retention_rule *out,
                              struct error *e)
{
	struct retention_rule r;
	enum err err = actor_need(actor, RIGHT_ADMIN_PRIVACY, e);
	if (err || (err = db_lock(tx, "retention", id, e)) ||
	    (err = retention_get(a, tx, id, &r, e)))
		return err;
	if (p->version && *p->version != r.version)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	if ((err = apply(a, tx, p, &r, e)) || (err = retention_update(tx, &r, e)))
		return err;
	tell(tx, actor, id, clock_now(d->clock), "changed");
	return retention_get(a, tx, id, out, e);
}

enum err desk_retention_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t id, struct error *e)
{
	(void)a;
	enum err err = actor_need(actor, RIGHT_ADMIN_PRIVACY, e);
	if (err || (err = retention_delete(tx, id, e)))
		return err;
	tell(tx, actor, id, clock_now(d->clock), "removed");
	return ERR_OK;
}

enum err desk_retention_preview(const struct desk *d, struct arena *a, struct db_conn *c,
                                const struct actor *actor, int64_t id,
                                struct retention_preview *out, struct error *e)
{
	struct retention_rule r;
	int64_t *ids;
	size_t n;
	usec now = clock_now(d->clock);
	*out = (struct retention_preview){.per_run = per_run(d)};
	enum err err = actor_need(actor, RIGHT_ADMIN_PRIVACY, e);
	if (err || (err = retention_get(a, c, id, &r, e)) ||
	    (err = retention_tickets(a, c, &r, now, 0, RETENTION_COUNTED, false, &ids, &n, e)))
		return err;
	out->tickets = (int64_t)n;
	err = retention_tickets(a, c, &r, now, 0, RETENTION_COUNTED, true, &ids, &n, e);
	out->held = (int64_t)n;
	return err;
}

/* ---- the night ---- */

enum err desk_retention_night(const struct desk *d, struct arena *a, struct db_conn *tx,
                              struct error *e)
{
	struct retention_rule *rules;
	size_t n;
	usec now = clock_now(d->clock);
	enum err err = retention_list(a, tx, &rules, &n, e);
	for (size_t i = 0; !err && i < n; i++) {
		const struct retention_rule *r = &rules[i];
		bool running;
		int64_t *ids;
		size_t found;
		if (!r->active)
			continue;
		if ((err = erasure_running(tx, r->id, &running, e)) || running)
			continue;
		err = retention_tickets(a, tx, r, now, 0, (int)per_run(d), false, &ids, &found, e);
		if (err || (err = retention_ran(tx, r->id, now, (int64_t)found, e)) || !found)
			continue;
		struct erasure x = {.kind = STR("retention"),
		                    .rule_id = r->id,
		                    .stage = STR("rule"),
		                    .total = (int64_t)found,
		                    .created_at = now};
		if (!(err = erasure_insert(tx, &x, e)))
			err = privacy_queue(a, tx, &x, now, e);
	}
	return err;
}

static enum err close_ticket(struct arena *a, struct db_conn *tx, int64_t id, usec now,
                             struct error *e)
{
	struct ticket t;
	enum err err = desk_ticket_open(a, tx, actor_system(), id, &t, e);
	if (err || t.merged_into || t.waiting_since)
		return err;
	err = desk_set_status(a, tx, actor_system(), &t, TICKET_CLOSED, false, now, e);
	return err ? err : desk_ticket_save(a, tx, &t, now, e);
}

/* *done: nothing of the ticket is left for the rule. */
static enum err one_ticket(struct arena *a, struct db_conn *tx, const struct retention_rule *r,
                           const struct erasure *x, int64_t id, usec now, bool *done,
                           struct error *e)
{
	struct id_list messages;
	struct ticket t;
	enum err err;
	*done = true;
	if (str_is(r->action, "close"))
		return close_ticket(a, tx, id, now, e);
	if (str_is(r->action, "attachments")) {
		if ((err = desk_ticket_open(a, tx, actor_system(), id, &t, e)) ||
		    (err = privacy_erase_files(a, tx, id, true, now, e)))
			return err;
		event_add(tx, now, actor_system(), EVENT_TICKET_FILES_ERASED, desk_about(&t),
		          EVENT_DATA(EVENT_INT("erasure_id", x->id)));
		return ERR_OK;
	}
	if ((err = erase_find_in_ticket(a, tx, id, MESSAGES_STEP, &messages, e)) ||
	    (err = privacy_erase_messages(a, tx, messages, true, now, e)))
		return err;
	*done = messages.n < MESSAGES_STEP;
	return *done ? privacy_erase_tickets(a, tx, actor_system(), (struct id_list){&id, 1}, x->id,
	                                     true, now, e)
	             : ERR_OK;
}

enum err privacy_retention_step(struct arena *a, struct db_conn *tx, struct erasure *x, usec now,
                                bool *over, struct error *e)
{
	struct retention_rule r;
	struct error why;
	int64_t *ids, left = x->total - x->done;
	size_t n;
	*over = true;
	/* The rule was taken away, or switched off: what it has done stays done. */
	enum err err = retention_get(a, tx, x->rule_id, &r, &why);
	if (err == ERR_NOT_FOUND || (!err && !r.active) || left <= 0)
		return ERR_OK;
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	if ((err = retention_tickets(a, tx, &r, now, x->position,
	                             left < TICKETS_STEP ? (int)left : TICKETS_STEP, false, &ids,
	                             &n, e)))
		return err;
	for (size_t i = 0; !err && i < n; i++) {
		bool done;
		if ((err = one_ticket(a, tx, &r, x, ids[i], now, &done, e)) || !done)
			break;
		x->position = ids[i];
		x->done++;
	}
	*over = n == 0;
	return err;
}
