/* thread.c: side threads, and who takes part. */
#include "desk/thread.h"

#include "base/buf.h"
#include "desk/ticket_internal.h"

enum { PARTNERS_MAX = 20, FORWARD_MAX = 20 };

/* Messages quoted below the text: words, names and dates, no addresses: whom the
 * customer wrote to us from is nobody else's business. */
static enum err forward(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        const struct ticket *t, const struct thread_input *in, str *quoted,
                        struct attachment **files, size_t *n_files, struct error *e)
{
	BUF_AUTO b;
	buf_init(&b, (size_t)4 << 20);
	if (in->n_forward > FORWARD_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "forward_message_ids",
		                 "20");
	for (size_t i = 0; i < in->n_forward; i++) {
		struct message m;
		struct attachment *at;
		size_t n_at;
		enum err err = message_get(a, tx, actor, in->forward[i], &m, e);
		if (err == ERR_NOT_FOUND || (!err && m.ticket_id != t->id))
			return error_set(e, ERR_INVALID, "error.no_such_reference",
			                 str_printf(a, "forward_message_ids.%zu", i).p, NULL);
		if (err || (err = attachment_of_messages(a, tx, &m.id, 1, &at, &n_at, e)))
			return err;
		if (i)
			buf_addz(&b, "\n\n");
		if (m.author_name.n && str_chr(m.author_name, '@') < 0) {
			buf_add(&b, m.author_name);
			buf_addz(&b, ", ");
		}
		buf_add(&b, str_sub(date_rfc3339(a, m.sent_at), 0, 10));
		buf_addz(&b, ":\n");
		for (str rest = m.text, line; str_split(&rest, '\n', &line);) {
			buf_addz(&b, "> ");
			buf_add(&b, line);
			buf_addc(&b, '\n');
		}
		struct attachment *all = ARENA_ARRAY(a, *n_files + n_at, struct attachment);
		for (size_t k = 0; k < *n_files; k++)
			all[k] = (*files)[k];
		for (size_t k = 0; k < n_at; k++) {
			if (attachment_is_held(&at[k])) /* there is nothing to forward */
				continue;
			all[*n_files] = at[k];
			all[(*n_files)++].is_inline = false;
		}
		*files = all;
	}
	if (b.failed || *n_files > FILES_MAX)
		return error_set(e, ERR_TOO_LARGE, "error.too_large", "forward_message_ids", NULL);
	*quoted = str_trim(str_dup(a, buf_str(&b)));
	return ERR_OK;
}

static enum err check_new(const struct actor *actor, const struct thread_input *in, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_SIDE, e);
	/* Whom it goes to sees what is forwarded as it is. */
	if (!err)
		err = actor_need(actor, RIGHT_CONTACT_REVEAL, e);
	if (err)
		return err;
	if (!str_trim(in->subject).n)
		return error_set(e, ERR_INVALID, "error.required", "subject", NULL);
	if (!str_trim(in->text).n)
		return error_set(e, ERR_INVALID, "error.required", "text", NULL);
	if (in->text.n > (size_t)TEXT_MAX * 4)
		return error_set(e, ERR_INVALID, "error.too_long", "text", "200000");
	if (in->n_to > PARTNERS_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "to", "20");
	if (!in->n_to)
		return error_set(e, ERR_INVALID, "error.no_recipient", "to", NULL);
	return desk_check_placeholders(in->text, e);
}

enum err desk_thread_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t ticket_id,
                            const struct thread_input *in, struct side_thread_full *out,
                            int64_t *message_id, struct error *e)
{
	struct ticket t;
	struct inbox inbox;
	struct recipients r = {0};
	struct attachment *files;
	size_t n_files;
	usec now = clock_now(d->clock);
	int64_t me = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	enum err err = check_new(actor, in, e);
	if (err || (err = desk_ticket_open(a, tx, actor, ticket_id, &t, e)))
		return err;
	if (t.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	if ((err = desk_thread_recipients(a, tx, &t, 0, in->to, in->n_to, &r, e)))
		return err;
	if (!r.n_to)
		return error_set(e, ERR_INVALID, "error.no_recipient", "to", NULL);
	struct side_thread th = {.ticket_id = t.id,
	                         .subject = desk_line(a, in->subject, SUBJECT_MAX),
	                         .created_by = me,
	                         .created_by_name = me ? actor->name : STR_NONE,
	                         .created_at = now,
	                         .message_count = 1};
	str quoted = STR_NONE;
	if ((err = desk_sender(a, tx, &t, &inbox, e)) ||
	    (err = desk_take_uploads(a, tx, actor, in->uploads, in->n_uploads, now, &files,
	                             &n_files, e)) ||
	    (err = forward(a, tx, actor, &t, in, &quoted, &files, &n_files, e)) ||
	    (err = thread_insert(tx, &th, e)))
		return err;
	event_add(tx, now, actor, EVENT_THREAD_CREATED, desk_about(&t),
	          EVENT_DATA(EVENT_INT("thread_id", th.id)));
	struct message m = {
	    .kind = MESSAGE_AGENT,
	    .channel = STR("mail"),
	    .thread_id = th.id,
	    .account_id = me,
	    .author_name = actor->name,
	    .sent_at = now,
	    .created_at = now,
	    .subject = th.subject,
	    .text = desk_text(a, in->text),
	    .quoted = quoted,
	    .rcpt = r,
	    .inbox_id = inbox.id,
	};
	if ((err = desk_join(a, tx, actor, &t, th.id, "partner", r.to, r.n_to, now, e)) ||
	    (err = desk_add_message(a, tx, actor, &t, &m, files, n_files, e)) ||
	    (err = desk_queue_letter(a, tx, &m, t.status, t.status, in->uploads, in->n_uploads,
	                             now + d->undo_window, now, e)) ||
	    (err = desk_ticket_save(a, tx, &t, now, e)))
		return err;
	if (me && (err = ticket_read_set(tx, me, t.id, m.id, e)))
		return err;

	struct participant *all;
	size_t n_all;
	if ((err = participant_of_ticket(a, tx, t.id, &all, &n_all, e)))
		return err;
	*out = (struct side_thread_full){.t = th,
	                                 .participants = ARENA_ARRAY(a, n_all, struct participant)};
	for (size_t i = 0; i < n_all; i++)
		if (all[i].thread_id == th.id)
			out->participants[out->n_participants++] = all[i];
	if (message_id)
		*message_id = m.id;
	return ERR_OK;
}

/* ---- participants ---- */

enum err desk_participant_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t ticket_id,
                              const struct participant_input *in, struct participant *out,
                              struct error *e)
{
	struct ticket t;
	struct side_thread th;
	struct recipients r = {0};
	struct address who = {in->name, in->address}, *list;
	size_t n;
	bool partner = str_is(in->role, "partner");
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, partner ? RIGHT_TICKET_SIDE : RIGHT_TICKET_REPLY, e);
	if (!err) /* whoever takes part sees the others' addresses */
		err = actor_need(actor, RIGHT_CONTACT_REVEAL, e);
	if (err || (err = desk_ticket_open(a, tx, actor, ticket_id, &t, e)))
		return err;
	if (t.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	if (!partner && !str_is(in->role, "cc") && !str_is(in->role, "bcc"))
		return error_set(e, ERR_INVALID, "error.not_one_of", "role", "cc, bcc, partner");
	if (partner != (in->thread_id != 0))
		return error_set(e, ERR_INVALID, "error.required", "thread_id", NULL);
	if (partner) {
		err = thread_get(a, tx, actor, in->thread_id, &th, e);
		if (err == ERR_NOT_FOUND || (!err && th.ticket_id != t.id))
			return error_set(e, ERR_INVALID, "error.no_such_reference", "thread_id",
			                 NULL);
		if (err || (err = desk_thread_recipients(a, tx, &t, in->thread_id, &who, 1, &r, e)))
			return err;
		list = r.to;
		n = r.n_to;
	} else if ((err = desk_addresses(a, tx, &who, 1, "address", NULL, 0, &list, &n, e))) {
		return err;
	}
	if (!n)
		return error_set(e, ERR_INVALID, "error.bad_email", "address", NULL);
	char role[8] = "cc";
	if (partner)
		memcpy(role, "partner", 8);
	else if (str_is(in->role, "bcc"))
		memcpy(role, "bcc", 4);
	str norm = identity_norm(a, IDENTITY_EMAIL, list[0].address);
	bool requester;
	if ((err = desk_is_contact(a, tx, t.contact_id, norm, &requester, e)))
		return err;
	if (requester)
		return error_set(e, ERR_CONFLICT, "error.exists", "address", NULL);
	struct participant *all;
	size_t n_all;
	if ((err = desk_join(a, tx, actor, &t, in->thread_id, role, list, 1, now, e)) ||
	    (err = participant_of_ticket(a, tx, t.id, &all, &n_all, e)))
		return err;
	for (size_t i = 0; i < n_all; i++)
		if (all[i].thread_id == in->thread_id && str_eq(all[i].address_norm, norm))
			*out = all[i];
	return ERR_OK;
}

enum err desk_participant_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, int64_t id, struct error *e)
{
	struct participant p;
	struct ticket t;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_REPLY, e);
	if (err || (err = participant_get(a, tx, actor, id, &p, e)) ||
	    (err = desk_ticket_open(a, tx, actor, p.ticket_id, &t, e)))
		return err;
	if (p.thread_id && (err = actor_need(actor, RIGHT_TICKET_SIDE, e)))
		return err;
	if (p.removed_at)
		return ERR_OK;
	event_add(
	    tx, now, actor, EVENT_PARTICIPANT_CHANGED, desk_about(&t),
	    EVENT_DATA(EVENT_INT("participant_id", id), EVENT_CODE("change", STR("removed"))));
	return participant_remove(tx, id, now, e);
}

enum err desk_thread_standing(struct arena *a, struct db_conn *c, int64_t ticket_id, str address,
                              struct thread_standing *out, struct error *e)
{
	struct ticket t;
	struct participant *p;
	size_t n;
	*out = (struct thread_standing){0};
	str norm = identity_norm(a, IDENTITY_EMAIL, address);
	if (!norm.n)
		return ERR_OK;
	enum err err = ticket_get(a, c, actor_system(), ticket_id, &t, e);
	for (int i = 0; !err && t.merged_into && i < 100; i++)
		err = ticket_get(a, c, actor_system(), t.merged_into, &t, e);
	if (err || (err = desk_is_contact(a, c, t.contact_id, norm, &out->requester, e)) ||
	    (err = participant_of_ticket(a, c, t.id, &p, &n, e)))
		return err;
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(p[i].address_norm, norm))
			continue;
		if (!p[i].thread_id)
			out->copied = true;
		else if (p[i].thread_id > out->thread_id)
			out->thread_id = p[i].thread_id;
	}
	if (out->requester)
		return ERR_OK;
	/* The customer of a ticket that was merged into this one wrote here too. */
	struct identity id;
	struct error why;
	bool wrote = false;
	err = identity_find(a, c, IDENTITY_EMAIL, norm, &id, &why);
	if (!err)
		err = message_wrote(c, t.id, id.contact_id, &wrote, &why);
	if (err && err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	out->copied |= wrote;
	return ERR_OK;
}
