/* spam.c: an agent says that a ticket is spam, or that it is none. See ticket.h. */
#include "desk/ticket_internal.h"
#include "json/read.h"

#define LOOK_BACK 1000 /* events of the ticket */

/* The status before it became spam, by its events; *found: there is one. */
static enum err status_before(struct arena *a, struct db_conn *c, int64_t id,
                              enum ticket_status *out, bool *found, struct error *e)
{
	struct event *list;
	size_t n;
	int64_t after = 0;
	*found = false;
	for (int looks = 0; looks < 100; looks++) {
		enum err err =
		    event_read_visible(a, c, actor_system(), id, after, LOOK_BACK, &list, &n, e);
		if (err)
			return err;
		for (size_t i = 0; i < n; i++) {
			const struct json *data;
			if (list[i].type != EVENT_TICKET_CHANGED ||
			    json_parse(a, list[i].data, NULL, &data, NULL) ||
			    !str_is(json_get_str(data, "field", STR("")), "status") ||
			    !str_is(json_get_str(data, "to", STR("")), "spam"))
				continue;
			*found = ticket_status_by_name(json_get_str(data, "from", STR("")), out) &&
			         *out != TICKET_SPAM;
		}
		if (n < LOOK_BACK)
			return ERR_OK;
		after = list[n - 1].id;
	}
	return ERR_OK;
}

enum err desk_ticket_spam(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, bool spam, struct ticket *out,
                          struct error *e)
{
	struct ticket t;
	bool found;
	enum ticket_status to = TICKET_SPAM;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	if (err || (err = desk_ticket_open(a, tx, actor, id, &t, e)))
		return err;
	if (t.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	*out = t;
	if (spam == (t.status == TICKET_SPAM))
		return ERR_OK;
	if (!spam) {
		if ((err = status_before(a, tx, id, &to, &found, e)))
			return err;
		if (!found)
			to = t.first_reply_at ? TICKET_OPEN : TICKET_NEW;
	}
	usec solved = t.solved_at, closed = t.closed_at;
	if ((err = desk_set_status(a, tx, actor, &t, to, false, now, e)))
		return err;
	/* It was settled when it was, not when somebody erred about it. */
	if (!spam && ticket_status_is_over(to)) {
		t.solved_at = solved;
		t.closed_at = closed;
	}
	if ((err = desk_ticket_save(a, tx, &t, now, e)))
		return err;
	*out = t;
	return ERR_OK;
}
