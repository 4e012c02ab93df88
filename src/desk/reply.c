/* reply.c: an agent answers, notes, takes back, sends again. */
#include "desk/reply.h"

#include "desk/placeholder.h"
#include "desk/ticket_internal.h"
#include "json/read.h"
#include "store/account.h"
#include "store/job.h"

static str message_key(struct arena *a, int64_t message_id)
{
	return str_printf(a, "message:%lld", (long long)message_id);
}

/* "Re: " once, however often it was answered. */
static str re_subject(struct arena *a, str subject)
{
	return str_starts_nocase(subject, STR("re:")) ? subject
	                                              : str_concat(a, STR("Re: "), subject);
}

/* ---- whom a letter goes to ---- */

static enum err of_role(struct arena *a, struct db_conn *tx, const struct ticket *t,
                        int64_t thread_id, const char *role, struct address **out, size_t *n,
                        struct error *e)
{
	struct participant *p;
	size_t n_p;
	*n = 0;
	enum err err = participant_of_ticket(a, tx, t->id, &p, &n_p, e);
	if (err)
		return err;
	*out = ARENA_ARRAY(a, n_p, struct address);
	for (size_t i = 0; i < n_p; i++)
		if (p[i].thread_id == thread_id && str_eq(p[i].role, str_of(role)))
			(*out)[(*n)++] = (struct address){p[i].name, p[i].address};
	return ERR_OK;
}

/* to and cc together, so that nobody gets the letter twice. */
static struct address *joined(struct arena *a, const struct recipients *r, size_t *n)
{
	*n = r->n_to + r->n_cc;
	struct address *out = ARENA_ARRAY(a, *n, struct address);
	for (size_t i = 0; i < r->n_to; i++)
		out[i] = r->to[i];
	for (size_t i = 0; i < r->n_cc; i++)
		out[r->n_to + i] = r->cc[i];
	return out;
}

static enum err main_recipients(struct arena *a, struct db_conn *tx, const struct ticket *t,
                                const struct message_input *in, struct recipients *r,
                                struct error *e)
{
	struct address requester;
	const struct address *to = in->to, *cc = in->cc, *bcc = in->bcc;
	size_t n_to = in->n_to, n_cc = in->n_cc, n_bcc = in->n_bcc, n_both;
	enum err err = ERR_OK;
	if (!in->has_to) {
		if ((err = desk_reply_address(a, tx, t, &requester, e)))
			return err;
		to = &requester;
		n_to = requester.address.n ? 1 : 0;
	}
	if (!in->has_cc) {
		struct address *list, *hidden;
		size_t n, n_hidden;
		if ((err = of_role(a, tx, t, 0, "cc", &list, &n, e)) ||
		    (err = of_role(a, tx, t, 0, "bcc", &hidden, &n_hidden, e)))
			return err;
		struct address *both = ARENA_ARRAY(a, n_hidden + n_bcc, struct address);
		for (size_t i = 0; i < n_bcc; i++)
			both[i] = bcc[i];
		for (size_t i = 0; i < n_hidden; i++)
			both[n_bcc + i] = hidden[i];
		cc = list;
		n_cc = n;
		bcc = both;
		n_bcc += n_hidden;
	}
	if ((err = desk_addresses(a, tx, to, n_to, "to", NULL, 0, &r->to, &r->n_to, e)) ||
	    (err = desk_addresses(a, tx, cc, n_cc, "cc", r->to, r->n_to, &r->cc, &r->n_cc, e)))
		return err;
	struct address *both = joined(a, r, &n_both);
	return desk_addresses(a, tx, bcc, n_bcc, "bcc", both, n_both, &r->bcc, &r->n_bcc, e);
}

enum err desk_thread_recipients(struct arena *a, struct db_conn *tx, const struct ticket *t,
                                int64_t thread_id, const struct address *to, size_t n_to,
                                struct recipients *r, struct error *e)
{
	struct address *partners;
	size_t n;
	enum err err;
	if (!n_to) {
		if ((err = of_role(a, tx, t, thread_id, "partner", &partners, &n, e)))
			return err;
		to = partners;
		n_to = n;
	}
	if ((err = desk_addresses(a, tx, to, n_to, "to", NULL, 0, &r->to, &r->n_to, e)))
		return err;
	for (size_t i = 0; i < r->n_to; i++) {
		bool requester;
		str norm = identity_norm(a, IDENTITY_EMAIL, r->to[i].address);
		if ((err = desk_is_contact(a, tx, t->contact_id, norm, &requester, e)))
			return err;
		if (requester)
			return error_set(e, ERR_INVALID, "error.is_requester", "to", NULL);
	}
	return ERR_OK;
}

/* ---- the answer ---- */

static enum err check_input(const struct actor *actor, const struct message_input *in,
                            struct error *e)
{
	enum err err;
	if (in->kind != MESSAGE_AGENT && in->kind != MESSAGE_NOTE)
		return error_set(e, ERR_INVALID, "error.not_one_of", "kind", "agent, note");
	err = actor_need(actor,
	                 in->kind == MESSAGE_NOTE ? RIGHT_TICKET_NOTE
	                 : in->thread_id          ? RIGHT_TICKET_SIDE
	                                          : RIGHT_TICKET_REPLY,
	                 e);
	if (err)
		return err;
	if (!str_trim(in->text).n)
		return error_set(e, ERR_INVALID, "error.required", "text", NULL);
	if (in->text.n > (size_t)TEXT_MAX * 4)
		return error_set(e, ERR_INVALID, "error.too_long", "text", "200000");
	return in->kind == MESSAGE_AGENT ? desk_check_placeholders(in->text, e) : ERR_OK;
}

static enum err check_state(struct arena *a, struct db_conn *tx, const struct actor *actor,
                            const struct ticket *t, const struct message_input *in, struct error *e)
{
	struct side_thread th;
	if (t->merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	if (in->seen_message_id && t->last_message_id > in->seen_message_id)
		return error_set(e, ERR_CONFLICT, "error.newer_message", "seen_message_id", NULL);
	if (!in->thread_id)
		return ERR_OK;
	enum err err = thread_get(a, tx, actor, in->thread_id, &th, e);
	if (err == ERR_NOT_FOUND || (!err && th.ticket_id != t->id))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "thread_id", NULL);
	return err;
}

/* One that was saved before placeholders were checked must not reach a customer as it stands. */
static enum err check_signatures(struct arena *a, struct db_conn *tx, const struct message *m,
                                 const struct inbox *inbox, struct error *e)
{
	struct account ac;
	enum err err = placeholder_check(inbox->signature, "signature", e);
	if (err || !m->account_id || (err = account_get(a, tx, m->account_id, &ac, e)))
		return err;
	return placeholder_check(ac.signature, "signature", e);
}

/* Fills in what makes a message a letter: recipients, sender, subject; who is written to takes
 * part from now on. */
static enum err as_letter(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          const struct ticket *t, const struct message_input *in, struct message *m,
                          struct error *e)
{
	struct inbox inbox;
	struct side_thread th;
	struct recipients *r = &m->rcpt;
	enum err err = desk_known_addresses(a, tx, actor, t, in->thread_id, in->to,
	                                    in->has_to ? in->n_to : 0, "to", e);
	if (!err)
		err = desk_known_addresses(a, tx, actor, t, 0, in->cc, in->has_cc ? in->n_cc : 0,
		                           "cc", e);
	if (!err)
		err = desk_known_addresses(a, tx, actor, t, 0, in->bcc, in->n_bcc, "bcc", e);
	if (err)
		return err;
	m->subject = t->subject;
	if (in->thread_id) {
		if ((err = thread_get(a, tx, actor, in->thread_id, &th, e)) ||
		    (err = desk_thread_recipients(a, tx, t, in->thread_id, in->to,
		                                  in->has_to ? in->n_to : 0, r, e)))
			return err;
		m->subject = th.subject;
	} else if ((err = main_recipients(a, tx, t, in, r, e))) {
		return err;
	}
	m->subject = re_subject(a, m->subject);
	if (!r->n_to)
		return error_set(e, ERR_INVALID, "error.no_recipient", "to", NULL);
	if ((err = desk_sender(a, tx, t, &inbox, e)))
		return err;
	m->inbox_id = inbox.id;
	if ((err = check_signatures(a, tx, m, &inbox, e)))
		return err;
	if (in->thread_id)
		return desk_join(a, tx, actor, t, in->thread_id, "partner", r->to, r->n_to,
		                 m->created_at, e);
	if ((err = desk_join(a, tx, actor, t, 0, "cc", r->to, r->n_to, m->created_at, e)) ||
	    (err = desk_join(a, tx, actor, t, 0, "cc", r->cc, r->n_cc, m->created_at, e)))
		return err;
	return desk_join(a, tx, actor, t, 0, "bcc", r->bcc, r->n_bcc, m->created_at, e);
}

enum err desk_message_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t ticket_id,
                             const struct message_input *in, int64_t *message_id, struct error *e)
{
	struct ticket t;
	struct attachment *files;
	size_t n_files;
	usec now = clock_now(d->clock);
	enum err err = check_input(actor, in, e);
	if (err || (err = desk_ticket_open(a, tx, actor, ticket_id, &t, e)) ||
	    (err = check_state(a, tx, actor, &t, in, e)) ||
	    (err = desk_take_uploads(a, tx, actor, in->uploads, in->n_uploads, now, &files,
	                             &n_files, e)))
		return err;
	bool letter = in->kind == MESSAGE_AGENT;
	struct message m = {
	    .kind = in->kind,
	    .channel = letter ? STR("mail") : STR("note"),
	    .thread_id = in->thread_id,
	    .account_id = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	    .author_name = actor->name,
	    .sent_at = now,
	    .created_at = now,
	    .text = desk_text(a, in->text),
	};
	enum ticket_status was = t.status;
	if (letter && (err = as_letter(a, tx, actor, &t, in, &m, e)))
		return err;
	if ((err = desk_add_message(a, tx, actor, &t, &m, files, n_files, e)))
		return err;
	/* An answer makes a new or finished ticket an open one unless it says otherwise. */
	enum ticket_status status = t.status;
	if (in->has_status)
		status = in->status;
	else if (letter && !in->thread_id &&
	         (t.status == TICKET_NEW || ticket_status_is_over(t.status)))
		status = TICKET_OPEN;
	if ((err = desk_set_status(a, tx, actor, &t, status, true, now, e)))
		return err;
	if (letter && (err = desk_queue_letter(a, tx, &m, was, t.status, in->uploads, in->n_uploads,
	                                       now + d->undo_window, now, e)))
		return err;
	if ((err = desk_ticket_save(a, tx, &t, now, e)))
		return err;
	if (actor->kind == ACTOR_ACCOUNT &&
	    (err = ticket_read_set(tx, actor->account_id, t.id, m.id, e)))
		return err;
	*message_id = m.id;
	return ERR_OK;
}

/* ---- taking back, sending again ---- */

static enum err need_of(const struct actor *actor, const struct message *m, struct error *e)
{
	return actor_need(actor, m->thread_id ? RIGHT_TICKET_SIDE : RIGHT_TICKET_REPLY, e);
}

enum err desk_message_open(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           int64_t id, struct message *m, struct ticket *t, struct error *e)
{
	enum err err = message_get(a, tx, actor, id, m, e);
	for (int n = 0; !err && n < 100; n++) {
		if ((err = desk_ticket_open(a, tx, actor, m->ticket_id, t, e)) ||
		    (err = message_get(a, tx, actor, id, m, e)) || m->ticket_id == t->id)
			break; /* else a merge moved it in between */
	}
	return err;
}

static enum err restore(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        struct ticket *t, const struct job *job, usec now, struct error *e)
{
	const struct json *j;
	enum ticket_status was;
	enum err err;
	if (json_parse(a, job->payload, NULL, &j, NULL))
		return ERR_OK;
	const struct json *uploads = json_get(j, "uploads");
	for (size_t i = 0; i < uploads->n && actor->kind == ACTOR_ACCOUNT; i++)
		if ((err = upload_unuse(tx, actor->account_id, json_at(uploads, i)->i, e)))
			return err;
	/* Only what this answer changed, and never back to an end: somebody may have
	 * written since. */
	if (!ticket_status_by_name(json_get_str(j, "was", STR_NONE), &was) ||
	    ticket_status_is_over(was) ||
	    !str_eq(json_get_str(j, "is", STR_NONE), str_of(ticket_status_name(t->status))))
		return ERR_OK;
	return desk_set_status(a, tx, actor, t, was, false, now, e);
}

enum err desk_message_cancel(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t message_id, int64_t *ticket_id,
                             struct error *e)
{
	struct message m;
	struct ticket t;
	struct job job;
	struct delivery *dl;
	size_t n;
	bool cancelled;
	usec now = clock_now(d->clock);
	enum err err = desk_message_open(a, tx, actor, message_id, &m, &t, e);
	if (err || (err = need_of(actor, &m, e)))
		return err;
	*ticket_id = t.id;
	if (str_is(m.warning, "cancelled"))
		return ERR_OK;
	str key = message_key(a, message_id);
	if ((err = delivery_of_message(a, tx, message_id, &dl, &n, e)) ||
	    (err = job_find(a, tx, DESK_JOB_SEND, key, &job, e)))
		return err;
	bool waits = m.kind == MESSAGE_AGENT && n > 0 && job.id;
	for (size_t i = 0; i < n; i++)
		waits &= dl[i].state == DELIVERY_QUEUED && dl[i].attempts == 0;
	if (!waits)
		return error_set(e, ERR_CONFLICT, "error.already_sent", NULL, NULL);
	if ((err = job_cancel(tx, DESK_JOB_SEND, key, now, &cancelled, e)))
		return err;
	if (!cancelled) /* it is leaving at this moment */
		return error_set(e, ERR_CONFLICT, "error.already_sent", NULL, NULL);
	if ((err = delivery_delete(tx, message_id, e)) ||
	    (err = message_set_warning(tx, message_id, STR("cancelled"), e)))
		return err;
	event_add(tx, now, actor, EVENT_MESSAGE_CANCELLED, desk_about(&t),
	          EVENT_DATA(EVENT_INT("message_id", message_id)));
	if ((err = restore(a, tx, actor, &t, &job, now, e)) || (err = ticket_derive(a, tx, &t, e)))
		return err;
	return desk_ticket_save(a, tx, &t, now, e);
}

enum err desk_message_retry(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t message_id, struct error *e)
{
	struct message m;
	struct ticket t;
	struct delivery *dl;
	size_t n, again = 0;
	usec now = clock_now(d->clock);
	enum err err = desk_message_open(a, tx, actor, message_id, &m, &t, e);
	if (err || (err = need_of(actor, &m, e)) ||
	    (err = delivery_of_message(a, tx, message_id, &dl, &n, e)))
		return err;
	for (size_t i = 0; i < n; i++) {
		bool corrected = false;
		for (size_t k = i + 1; k < n; k++)
			corrected |= str_eq(dl[k].instead_of, dl[i].address);
		if (corrected ||
		    (dl[i].state != DELIVERY_FAILED && dl[i].state != DELIVERY_BOUNCED))
			continue;
		dl[i].state = DELIVERY_QUEUED;
		dl[i].attempts = 0;
		dl[i].held = STR("");
		dl[i].due_at = now;
		dl[i].updated_at = now;
		if ((err = delivery_update(tx, &dl[i], e)))
			return err;
		again++;
	}
	if (!again)
		return error_set(e, ERR_CONFLICT, "error.nothing_failed", NULL, NULL);
	str payload = str_printf(a, "{\"message_id\":%lld}", (long long)message_id);
	if ((err = job_add(tx, DESK_JOB_SEND, message_key(a, message_id), now, payload, now, e)))
		return err;
	event_add(
	    tx, now, actor, EVENT_MESSAGE_DELIVERY, desk_about(&t),
	    EVENT_DATA(EVENT_INT("message_id", message_id), EVENT_CODE("state", STR("queued"))));
	if ((err = ticket_derive(a, tx, &t, e)))
		return err;
	return desk_ticket_save(a, tx, &t, now, e);
}

/* No "to" of an answer was reached and none is under way: it did not happen. */
static enum err unanswered(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct message *m, struct ticket *t,
                           usec now, struct error *e)
{
	struct delivery *dl;
	size_t n;
	enum err err = delivery_of_message(a, tx, m->id, &dl, &n, e);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (str_is(dl[i].role, "to") && dl[i].state != DELIVERY_FAILED &&
		    dl[i].state != DELIVERY_BOUNCED)
			return ERR_OK;
	if ((t->status == TICKET_SOLVED || t->status == TICKET_PENDING ||
	     t->status == TICKET_CLOSED) &&
	    (err = desk_set_status(a, tx, actor, t, TICKET_OPEN, false, now, e)))
		return err;
	if ((err = ticket_derive(a, tx, t, e)))
		return err;
	return desk_ticket_save(a, tx, t, now, e);
}

enum err desk_delivery_update(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct delivery *dl, struct error *e)
{
	struct delivery was;
	struct message m;
	struct ticket t;
	usec now = clock_now(d->clock);
	enum err err = delivery_get(a, tx, dl->id, &was, e);
	if (err || (err = desk_message_open(a, tx, actor_system(), was.message_id, &m, &t, e)) ||
	    (err = delivery_get(a, tx, dl->id, &was, e)))
		return err;
	/* What a server answered may hold the words that were erased meanwhile. */
	if (m.erased_at)
		return ERR_OK;
	/* What the other side said last stands: a bounce can be faster than the note that the
	 * letter was handed over. */
	if (dl->state == DELIVERY_SENT &&
	    (was.state == DELIVERY_BOUNCED || was.state == DELIVERY_DELIVERED))
		return ERR_OK;
	struct delivery new = *dl;
	new.updated_at = now;
	new.status = desk_line(a, dl->status, 64);
	new.answer = desk_line(a, dl->answer, 500);
	if ((err = delivery_update(tx, &new, e)) || new.state == was.state)
		return err;
	event_add(tx, now, actor, EVENT_MESSAGE_DELIVERY, desk_about(&t),
	          EVENT_DATA(EVENT_INT("message_id", m.id),
	                     EVENT_CODE("state", str_of(delivery_state_name(new.state))),
	                     EVENT_INT("code", new.code)));
	bool lost = new.state == DELIVERY_FAILED || new.state == DELIVERY_BOUNCED;
	if (!lost || m.kind != MESSAGE_AGENT || m.thread_id || !str_is(was.role, "to"))
		return ERR_OK;
	return unanswered(d, a, tx, actor, &m, &t, now, e);
}
