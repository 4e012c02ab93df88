/* ticket_change.c: a ticket changes: status, priority, assignee, line, tags, fields. */
#include "base/vec.h"
#include "desk/sense.h"
#include "desk/ticket_internal.h"
#include "store/line.h"

/* To another line: who loses sight of the ticket learns by an event of the old line. */
enum err desk_move_line(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        struct ticket *t, int64_t line_id, bool keep_assignee, usec now,
                        struct error *e)
{
	struct line line;
	struct error why;
	if (line_id == t->line_id)
		return ERR_OK;
	enum err err = line_get(a, tx, line_id, &line, &why);
	if (err == ERR_NOT_FOUND || (!err && !line.active))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "line_id", NULL);
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	int64_t was = t->line_id;
	event_add(
	    tx, now, actor, EVENT_TICKET_MOVED_AWAY, desk_about(t),
	    EVENT_DATA(EVENT_INT("to_line_id", line_id), EVENT_INT("to_brand_id", t->brand_id)));
	t->line_id = line_id;
	desk_changed(tx, actor, t, now, "line", was, line_id);
	if (!t->assignee_id || !keep_assignee)
		return ERR_OK;
	/* Whoever has it but cannot see it there loses it: it must not lie unseen. */
	err = desk_check_assignee(a, tx, t->assignee_id, t->line_id, t->brand_id, &why);
	if (err == ERR_INVALID) {
		desk_changed(tx, actor, t, now, "assignee", t->assignee_id, 0);
		t->assignee_id = 0;
		return ERR_OK;
	}
	if (err && e)
		*e = why;
	return err;
}

static enum err patch(struct arena *a, struct db_conn *tx, const struct actor *actor,
                      struct ticket *t, const struct ticket_change *in, usec now, struct error *e)
{
	enum err err;
	if (in->has_subject) {
		str subject = desk_line(a, in->subject, SUBJECT_MAX);
		if (!subject.n)
			return error_set(e, ERR_INVALID, "error.required", "subject", NULL);
		/* A masked text sent back would destroy what is behind it. */
		if (actor_masked(actor) && str_find(subject, STR("\u2022")) >= 0)
			return error_set(e, ERR_INVALID, "error.invalid", "subject", NULL);
		if (!str_eq(subject, t->subject)) {
			t->subject = subject;
			event_add(tx, now, actor, EVENT_TICKET_CHANGED, desk_about(t),
			          EVENT_DATA(EVENT_CODE("field", STR("subject"))));
		}
	}
	if (in->priority && in->priority != t->priority) {
		if (in->priority < 1 || in->priority > PRIORITY_URGENT)
			return error_set(e, ERR_INVALID, "error.out_of_range", "priority", "1..4");
		desk_changed(tx, actor, t, now, "priority", t->priority, in->priority);
		t->priority = in->priority;
	}
	if (in->line_id &&
	    (err = desk_move_line(a, tx, actor, t, in->line_id, !in->has_assignee, now, e)))
		return err;
	if (in->has_assignee && in->assignee_id != t->assignee_id) {
		if (in->assignee_id &&
		    (err = desk_check_assignee(a, tx, in->assignee_id, t->line_id, t->brand_id, e)))
			return err;
		desk_changed(tx, actor, t, now, "assignee", t->assignee_id, in->assignee_id);
		t->assignee_id = in->assignee_id;
	}
	if (in->has_tags && (err = desk_set_tags(a, tx, actor, t, in->tags, in->n_tags, now, e)))
		return err;
	if ((err = desk_set_fields(a, tx, actor, t, in->fields, in->n_fields, now, e)))
		return err;
	if (in->has_category &&
	    (err = desk_sense_set(a, tx, actor, t, in->category_id, false, now, e)))
		return err;
	return in->has_status ? desk_set_status(a, tx, actor, t, in->status, false, now, e)
	                      : ERR_OK;
}

enum err desk_ticket_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id, const struct ticket_change *in,
                           struct ticket *out, struct error *e)
{
	struct ticket t;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	if (err || (err = desk_ticket_open(a, tx, actor, id, &t, e)))
		return err;
	if (in->version && in->version != t.version)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	if (t.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	if ((err = patch(a, tx, actor, &t, in, now, e)) ||
	    (err = desk_ticket_save(a, tx, &t, now, e)))
		return err;
	*out = t;
	return ERR_OK;
}

/* A refusal must leave nothing behind, so each ticket is judged before it is
 * touched: what can be refused is checked here, in the order of patch(). */
static enum err may_patch(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          int64_t id, const struct ticket_change *in, struct error *e)
{
	struct ticket t;
	enum err err = desk_ticket_open(a, tx, actor, id, &t, e);
	if (err)
		return err;
	if (t.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	if (in->has_assignee && in->assignee_id && in->assignee_id != t.assignee_id)
		return desk_check_assignee(a, tx, in->assignee_id,
		                           in->line_id ? in->line_id : t.line_id, t.brand_id, e);
	return ERR_OK;
}

static int by_id(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

enum err desk_ticket_bulk(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const int64_t *list, size_t n,
                          const struct ticket_change *in, struct bulk_result *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	if (err)
		return err;
	if (n > BULK_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "ids", "200");
	struct ticket_change change = *in;
	change.version = 0; /* it cannot be the version of all */
	*out = (struct bulk_result){.changed = ARENA_ARRAY(a, n, int64_t),
	                            .refused = ARENA_ARRAY(a, n, struct bulk_refusal)};
	/* Locked in one order by all, or two of them wait for one another. */
	int64_t *ids = ARENA_ARRAY(a, n + 1, int64_t);
	for (size_t i = 0; i < n; i++)
		ids[i] = list[i];
	qsort(ids, n, sizeof *ids, by_id);
	for (size_t i = 0; i < n; i++) {
		struct ticket t;
		struct error why = {0};
		if (i && ids[i] == ids[i - 1])
			continue;
		err = may_patch(a, tx, actor, ids[i], &change, &why);
		if (err == ERR_NOT_FOUND || err == ERR_CONFLICT || err == ERR_INVALID) {
			out->refused[out->n_refused++] = (struct bulk_refusal){ids[i], why};
			continue;
		}
		if (err) {
			if (e)
				*e = why;
			return err;
		}
		if ((err = desk_ticket_patch(d, a, tx, actor, ids[i], &change, &t, e)))
			return err;
		out->changed[out->n_changed++] = ids[i];
	}
	return ERR_OK;
}

enum err desk_ticket_read(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, int64_t message_id,
                          struct error *e)
{
	struct ticket t;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = ticket_get(a, tx, actor, id, &t, e)))
		return err;
	if (actor->kind != ACTOR_ACCOUNT)
		return ERR_OK;
	/* Not beyond what there is: the next message must be unread. */
	if (message_id > t.last_message_id)
		message_id = t.last_message_id;
	return ticket_read_set(tx, actor->account_id, id, message_id, e);
}

enum err desk_tag_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, str name, struct tag *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	return err ? err : tag_ensure(a, tx, desk_line(a, name, 60), clock_now(d->clock), out, e);
}
