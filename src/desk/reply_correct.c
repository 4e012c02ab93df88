/* reply_correct.c: a letter that came back goes to the right address; one that a limit holds says
 * so. See reply.h. */
#include "desk/contact.h"
#include "desk/ticket_internal.h"
#include "store/job.h"
#include "text/addr.h"

enum err desk_delivery_hold(struct arena *a, struct db_conn *tx, struct delivery *d, str held,
                            usec until, usec now, struct error *e)
{
	struct message m;
	struct ticket t;
	bool news = !str_eq(d->held, held);
	d->state = DELIVERY_QUEUED;
	d->held = held;
	d->due_at = until;
	d->updated_at = now;
	enum err err = delivery_update(tx, d, e);
	if (err || !news)
		return err;
	if ((err = message_get(a, tx, actor_system(), d->message_id, &m, e)) ||
	    (err = ticket_get(a, tx, actor_system(), m.ticket_id, &t, e)))
		return err;
	event_add(tx, now, actor_system(), EVENT_MESSAGE_DELIVERY, desk_about(&t),
	          EVENT_DATA(EVENT_INT("message_id", m.id), EVENT_CODE("state", STR("queued"))));
	return ERR_OK;
}

/* The recipient that failed and was not corrected yet. */
static struct delivery *find_wrong(struct arena *a, struct delivery *list, size_t n, str wrong)
{
	str norm = identity_norm(a, IDENTITY_EMAIL, wrong);
	struct delivery *found = NULL;
	for (size_t i = 0; i < n; i++)
		if ((list[i].state == DELIVERY_FAILED || list[i].state == DELIVERY_BOUNCED) &&
		    str_eq(identity_norm(a, IDENTITY_EMAIL, list[i].address), norm))
			found = &list[i];
	for (size_t i = 0; found && i < n; i++)
		if (str_eq(list[i].instead_of, found->address) && list[i].id > found->id)
			return NULL;
	return found;
}

/* The corrected address takes part where the wrong one did: as the customer's, or in a copy. */
static enum err take_place(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct ticket *t,
                           const struct message *m, const struct delivery *wrong,
                           const struct address *right, usec now, struct error *e)
{
	bool customer = false;
	struct contact c;
	struct error why = {0};
	str norm = identity_norm(a, IDENTITY_EMAIL, wrong->address);
	enum err err =
	    m->thread_id ? ERR_OK : desk_is_contact(a, tx, t->contact_id, norm, &customer, e);
	if (err)
		return err;
	if (customer && actor_may(actor, RIGHT_CONTACT_EDIT)) {
		bool known;
		str own = identity_norm(a, IDENTITY_EMAIL, right->address);
		if ((err = desk_is_contact(a, tx, t->contact_id, own, &known, e)) || known)
			return err;
		err = desk_identity_add(d, a, tx, actor, t->contact_id, IDENTITY_EMAIL,
		                        right->address, &c, &why);
		/* Somebody else's address: written to all the same, as a copy. */
		if (err != ERR_CONFLICT) {
			if (err && e)
				*e = why;
			return err;
		}
	}
	struct participant *p;
	size_t n;
	err = participant_of_ticket(a, tx, t->id, &p, &n, e);
	for (size_t i = 0; !err && !customer && i < n; i++)
		if (p[i].thread_id == m->thread_id && str_eq(p[i].address_norm, norm))
			err = participant_remove(tx, p[i].id, now, e);
	if (err)
		return err;
	return desk_join(a, tx, actor, t, m->thread_id, m->thread_id ? "partner" : "cc", right, 1,
	                 now, e);
}

enum err desk_message_correct(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t message_id, str wrong, str right,
                              struct error *e)
{
	struct message m;
	struct ticket t;
	struct delivery *list;
	struct address in = {.address = right}, *clean;
	size_t n, n_clean;
	usec now = clock_now(d->clock);
	enum err err = desk_message_open(a, tx, actor, message_id, &m, &t, e);
	if (err ||
	    (err = actor_need(actor, m.thread_id ? RIGHT_TICKET_SIDE : RIGHT_TICKET_REPLY, e)) ||
	    (err = actor_need(actor, RIGHT_CONTACT_REVEAL, e)) ||
	    (err = desk_addresses(a, tx, &in, 1, "to", NULL, 0, &clean, &n_clean, e)) ||
	    (err = delivery_of_message(a, tx, message_id, &list, &n, e)))
		return err;
	if (!n_clean || !email_is_valid(clean[0].address))
		return error_set(e, ERR_INVALID, "error.not_an_email", "to", NULL);
	struct delivery *was = find_wrong(a, list, n, wrong);
	if (!was)
		return error_set(e, ERR_CONFLICT, "error.nothing_failed", NULL, NULL);
	for (size_t i = 0; i < n; i++)
		if (str_eq(identity_norm(a, IDENTITY_EMAIL, list[i].address),
		           identity_norm(a, IDENTITY_EMAIL, clean[0].address)))
			return error_set(e, ERR_CONFLICT, "error.recipient_already", "to", NULL);
	if ((err = take_place(d, a, tx, actor, &t, &m, was, &clean[0], now, e)))
		return err;
	struct delivery new = {.message_id = message_id,
	                       .address = clean[0].address,
	                       .role = was->role,
	                       .state = DELIVERY_QUEUED,
	                       .updated_at = now,
	                       .instead_of = was->address};
	str payload = str_printf(a, "{\"message_id\":%lld}", (long long)message_id);
	if ((err = delivery_insert(tx, &new, e)) ||
	    (err = job_add(tx, DESK_JOB_SEND, str_printf(a, "message:%lld", (long long)message_id),
	                   now, payload, now, e)))
		return err;
	event_add(
	    tx, now, actor, EVENT_MESSAGE_DELIVERY, desk_about(&t),
	    EVENT_DATA(EVENT_INT("message_id", message_id), EVENT_CODE("state", STR("queued"))));
	if ((err = ticket_derive(a, tx, &t, e)))
		return err;
	return desk_ticket_save(a, tx, &t, now, e);
}
