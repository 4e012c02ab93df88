/* history.c: see history.h. */
#include "desk/history.h"

#include "desk/ticket_internal.h"

static struct actor author(const struct history *in)
{
	struct actor actor = *actor_system();
	actor.rights = 0;
	if (in->by_agent && in->account_id) {
		actor.kind = ACTOR_ACCOUNT;
		actor.account_id = in->account_id;
	} else if (!in->by_agent) {
		actor.kind = ACTOR_CONTACT;
		actor.account_id = in->author_contact;
	}
	return actor;
}

/* The status after this letter; was: before, or NEW of a new ticket. */
static enum ticket_status status_after(const struct history *in, enum ticket_status was)
{
	if (in->has_status)
		return in->status;
	if (was == TICKET_SPAM || in->message->is_auto)
		return was;
	if (in->by_agent)
		return TICKET_PENDING;
	return was == TICKET_NEW ? TICKET_NEW : TICKET_OPEN;
}

static enum err begin(struct arena *a, struct db_conn *tx, const struct history *in,
                      struct message *m, struct ticket *t, struct error *e)
{
	str subject = desk_line(a, in->message->subject, SUBJECT_MAX);
	if (!subject.n)
		subject = desk_line(a, m->text, 80);
	enum ticket_status status = status_after(in, TICKET_NEW);
	*t = (struct ticket){
	    .brand_id = in->brand_id,
	    .line_id = in->line_id,
	    .inbox_id = in->message->inbox_id,
	    .contact_id = in->contact_id,
	    .subject = subject,
	    .channel = m->channel,
	    .status = status,
	    .priority = 2,
	    .created_at = in->at,
	    .updated_at = in->at,
	    .last_message_at = in->at,
	    .solved_at = status == TICKET_SOLVED ? in->at : 0,
	    .closed_at = status == TICKET_CLOSED ? in->at : 0,
	};
	return ticket_insert(a, tx, t, e);
}

/* What a letter older than the newest one changes: nothing but that it is there. */
static void keep(struct ticket *t, const struct ticket *was)
{
	t->waiting_since = was->waiting_since;
	t->snippet = was->snippet;
	t->last_from = was->last_from;
	if (was->first_reply_at)
		t->first_reply_at = was->first_reply_at;
}

enum err desk_history_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct history *in, int64_t *ticket_id, int64_t *message_id,
                          struct error *e)
{
	struct ticket t, was;
	struct actor actor = author(in);
	struct message m =
	    desk_inbound_message(a, in->message, in->by_agent ? MESSAGE_AGENT : MESSAGE_CUSTOMER,
	                         in->by_agent ? 0 : in->author_contact, in->at);
	m.account_id = in->by_agent ? in->account_id : 0;
	bool fresh = !in->ticket_id;
	enum err err = fresh ? begin(a, tx, in, &m, &t, e)
	                     : desk_ticket_open_living(a, tx, in->ticket_id, &t, e);
	if (err)
		return err;
	was = t;
	bool newest = fresh || in->at >= t.last_message_at;
	if (!fresh && newest)
		err =
		    desk_set_status(a, tx, &actor, &t, status_after(in, t.status), true, in->at, e);
	if (!err)
		err = desk_add_message(a, tx, &actor, &t, &m, desk_inbound_files(a, in->message),
		                       in->message->n_files, e);
	if (err)
		return err;
	if (!newest)
		keep(&t, &was);
	if (fresh)
		event_add(tx, in->at, &actor, EVENT_TICKET_CREATED, desk_about(&t),
		          EVENT_DATA(EVENT_INT("contact_id", t.contact_id),
		                     EVENT_INT("message_id", m.id),
		                     EVENT_CODE("channel", t.channel)));
	*ticket_id = t.id;
	*message_id = m.id;
	/* Whoever looks for what has changed must find it: the row changes now. */
	return desk_ticket_save(a, tx, &t, clock_now(d->clock), e);
}
