/* ticket.c: tickets begin, by an agent or a program and by what comes in. */
#include "desk/ticket.h"

#include "desk/contact.h"
#include "desk/ticket_internal.h"
#include "desk/upload.h"
#include "store/brand.h"
#include "store/line.h"

/* ---- an agent or a program ---- */

/* Where a new ticket belongs. Whatever is given must be visible and active. */
struct place {
	int64_t inbox_id, brand_id, line_id;
};

static enum err no_such(struct error *e, const char *field)
{
	return error_set(e, ERR_INVALID, "error.no_such_reference", field, NULL);
}

static bool sees_brand(const struct actor *actor, int64_t id)
{
	if (actor->all_brands)
		return true;
	for (size_t i = 0; i < actor->n_brands; i++)
		if (actor->brands[i] == id)
			return true;
	return false;
}

static enum err pick_brand(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           int64_t wanted, int64_t *out, struct error *e)
{
	struct brand *all;
	size_t n;
	enum err err = brand_list(a, tx, &all, &n, e);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (all[i].active && sees_brand(actor, all[i].id) &&
		    (!wanted || all[i].id == wanted)) {
			*out = all[i].id;
			return ERR_OK;
		}
	}
	return no_such(e, "brand_id");
}

static enum err pick_line(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          int64_t wanted, int64_t brand_id, int64_t *out, struct error *e)
{
	struct line *all;
	size_t n;
	enum err err = line_list(a, tx, &all, &n, e);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (all[i].active && actor_sees(actor, all[i].id, brand_id) &&
		    (!wanted || all[i].id == wanted)) {
			*out = all[i].id;
			return ERR_OK;
		}
	}
	return no_such(e, "line_id");
}

static enum err pick_place(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           const struct ticket_input *in, struct place *out, struct error *e)
{
	struct inbox *all, *inbox = NULL;
	size_t n;
	int64_t line = in->line_id;
	*out = (struct place){0};
	enum err err = inbox_list(a, tx, &all, &n, e);
	if (err)
		return err;
	if (!in->inbox_id && (err = pick_brand(a, tx, actor, in->brand_id, &out->brand_id, e)))
		return err;
	for (size_t i = 0; !inbox && i < n; i++) {
		struct inbox *x = &all[i];
		if (!x->active)
			continue;
		if (in->inbox_id ? x->id == in->inbox_id && sees_brand(actor, x->brand_id)
		                 : x->brand_id == out->brand_id && (!line || x->line_id == line))
			inbox = x;
	}
	/* A line without an inbox of its own writes from the brand's first. */
	for (size_t i = 0; !inbox && !in->inbox_id && i < n; i++)
		if (all[i].active && all[i].brand_id == out->brand_id)
			inbox = &all[i];
	if (in->inbox_id && !inbox)
		return no_such(e, "inbox_id");
	if (inbox) {
		if (in->brand_id && in->brand_id != inbox->brand_id)
			return no_such(e, "brand_id");
		out->inbox_id = inbox->id;
		out->brand_id = inbox->brand_id;
		if (!line && actor_sees(actor, inbox->line_id, inbox->brand_id))
			line = inbox->line_id;
	} else if (!in->from_customer) {
		return error_set(e, ERR_INVALID, "error.no_inbox", "inbox_id", NULL);
	}
	return pick_line(a, tx, actor, line, out->brand_id, &out->line_id, e);
}

/* Who the ticket is of, and the address to write to. */
static enum err pick_contact(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct ticket_input *in,
                             struct contact *out, struct address *to, struct error *e)
{
	*to = (struct address){0};
	if (in->to.address.n) {
		struct address *list;
		size_t n;
		enum err err = desk_addresses(a, tx, &in->to, 1, "to", NULL, 0, &list, &n, e);
		if (err)
			return err;
		if (!n) /* one of ours */
			return error_set(e, ERR_INVALID, "error.no_recipient", "to", NULL);
		*to = list[0];
	}
	if (!in->contact_id) {
		if (!to->address.n)
			return error_set(e, ERR_INVALID, "error.required", "to", NULL);
		return desk_contact_ensure(d, a, tx, actor, IDENTITY_EMAIL, to->address, to->name,
		                           false, out, e);
	}
	enum err err = db_lock(tx, "contact", in->contact_id, e);
	if (!err)
		err = contact_get(a, tx, actor, in->contact_id, out, e);
	if (err == ERR_NOT_FOUND)
		return no_such(e, "contact_id");
	if (err)
		return err;
	if (out->merged_into)
		return error_set(e, ERR_INVALID, "error.merged_already", "contact_id", NULL);
	for (size_t i = 0; !to->address.n && i < out->n_identities; i++)
		if (out->identities[i].kind == IDENTITY_EMAIL)
			*to = (struct address){out->name, out->identities[i].value};
	return ERR_OK;
}

/* What a new ticket begins with; rcpt is not yet in the message of a customer. */
struct beginning {
	struct message m;
	struct attachment *files;
	size_t n_files;
	struct address *cc, *bcc;
	size_t n_cc, n_bcc;
};

static enum err first_message(struct arena *a, struct db_conn *tx, const struct actor *actor,
                              const struct ticket_input *in, const struct ticket *t,
                              const struct contact *ct, struct address *to, struct beginning *b,
                              struct error *e)
{
	size_t n_to = to->address.n ? 1 : 0;
	*b = (struct beginning){0};
	enum err err = desk_take_uploads(a, tx, actor, in->uploads, in->n_uploads, t->created_at,
	                                 &b->files, &b->n_files, e);
	if (!err && in->n_cc)
		err = desk_addresses(a, tx, in->cc, in->n_cc, "cc", to, n_to, &b->cc, &b->n_cc, e);
	if (!err && in->n_bcc)
		err = desk_addresses(a, tx, in->bcc, in->n_bcc, "bcc", to, n_to, &b->bcc, &b->n_bcc,
		                     e);
	b->m = (struct message){
	    .channel = t->channel,
	    .sent_at = t->created_at,
	    .created_at = t->created_at,
	    .subject = t->subject,
	    .text = desk_text(a, in->text),
	    .inbox_id = t->inbox_id,
	};
	if (in->from_customer) {
		b->m.kind = MESSAGE_CUSTOMER;
		b->m.contact_id = ct->id;
		b->m.author_name = ct->name;
		b->m.author_address = to->address;
		return err;
	}
	b->m.kind = MESSAGE_AGENT;
	b->m.account_id = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	b->m.author_name = actor->name;
	b->m.rcpt = (struct recipients){to, b->cc, b->bcc, 1, b->n_cc, b->n_bcc};
	return err;
}

static enum err check_new(struct db_conn *tx, const struct actor *actor,
                          const struct ticket_input *in, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_CREATE, e);
	if (!err && !in->from_customer)
		err = actor_need(actor, RIGHT_TICKET_REPLY, e);
	/* Whoever is copied sees the address that the contact is written to. */
	if (!err && (in->n_cc || in->n_bcc))
		err = actor_need(actor, RIGHT_CONTACT_REVEAL, e);
	if (err)
		return err;
	if (!str_trim(in->subject).n)
		return error_set(e, ERR_INVALID, "error.required", "subject", NULL);
	if (!str_trim(in->text).n)
		return error_set(e, ERR_INVALID, "error.required", "text", NULL);
	if (in->text.n > (size_t)TEXT_MAX * 4)
		return error_set(e, ERR_INVALID, "error.too_long", "text", "200000");
	if (in->priority < 0 || in->priority > PRIORITY_URGENT)
		return error_set(e, ERR_INVALID, "error.out_of_range", "priority", "1..4");
	return in->from_customer ? ERR_OK : desk_check_placeholders(in->text, e);
}

static struct ticket new_ticket(struct arena *a, const struct actor *actor,
                                const struct ticket_input *in, const struct place *place,
                                int64_t contact_id, usec now)
{
	bool mine = !in->from_customer && actor->kind == ACTOR_ACCOUNT;
	return (struct ticket){
	    .brand_id = place->brand_id,
	    .line_id = place->line_id,
	    .inbox_id = place->inbox_id,
	    .contact_id = contact_id,
	    .subject = desk_line(a, in->subject, SUBJECT_MAX),
	    .channel = in->channel.n       ? desk_line(a, in->channel, 32)
	               : in->from_customer ? STR("api")
	                                   : STR("agent"),
	    .status = in->has_status      ? in->status
	              : in->from_customer ? TICKET_NEW
	                                  : TICKET_OPEN,
	    .priority = in->priority ? in->priority : 2,
	    .assignee_id = in->assignee_id ? in->assignee_id
	                   : mine          ? actor->account_id
	                                   : 0,
	    .created_at = now,
	    .updated_at = now,
	    .last_message_at = now,
	    .solved_at = in->has_status && in->status == TICKET_SOLVED ? now : 0,
	    .closed_at = in->has_status && in->status == TICKET_CLOSED ? now : 0,
	};
}

static enum err create(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, const struct ticket_input *in, struct ticket *t,
                       struct ticket_made *made, int64_t *message_id, struct error *e)
{
	struct place place;
	struct address to;
	struct beginning b;
	*made = (struct ticket_made){.tags = in->n_tags > 0, .fields = in->n_fields > 0};
	struct contact *ct = &made->contact;
	enum err err = check_new(tx, actor, in, e);
	if (err || (err = pick_place(a, tx, actor, in, &place, e)) ||
	    (err = pick_contact(d, a, tx, actor, in, ct, &to, e)))
		return err;
	if (!in->from_customer && !to.address.n)
		return error_set(e, ERR_INVALID, "error.no_recipient", "to", NULL);
	if (in->assignee_id &&
	    (err = desk_check_assignee(a, tx, in->assignee_id, place.line_id, place.brand_id, e)))
		return err;
	usec now = clock_now(d->clock);
	*t = new_ticket(a, actor, in, &place, ct->id, now);
	if ((err = first_message(a, tx, actor, in, t, ct, &to, &b, e)) ||
	    (err = desk_begin_ticket(a, tx, actor, t, &b.m, b.files, b.n_files, e)) ||
	    (err = desk_join(a, tx, actor, t, 0, "cc", b.cc, b.n_cc, now, e)) ||
	    (err = desk_join(a, tx, actor, t, 0, "bcc", b.bcc, b.n_bcc, now, e)))
		return err;
	if (!in->from_customer &&
	    (err = desk_queue_letter(a, tx, &b.m, t->status, t->status, in->uploads, in->n_uploads,
	                             now + d->undo_window, now, e)))
		return err;
	event_add(tx, now, actor, EVENT_TICKET_CREATED, desk_about(t),
	          EVENT_DATA(EVENT_INT("contact_id", ct->id), EVENT_INT("message_id", b.m.id),
	                     EVENT_CODE("channel", t->channel)));
	if ((in->n_tags && (err = desk_set_tags(a, tx, actor, t, in->tags, in->n_tags, now, e))) ||
	    (err = desk_set_fields(a, tx, actor, t, in->fields, in->n_fields, now, e)))
		return err;
	if (actor->kind == ACTOR_ACCOUNT && !in->from_customer) {
		if ((err = ticket_read_set(tx, actor->account_id, t->id, b.m.id, e)))
			return err;
		made->read_message_id = b.m.id;
	}
	made->author_address = b.m.author_address;
	made->copies = b.n_cc + b.n_bcc > 0;
	*message_id = b.m.id;
	return ERR_OK;
}

enum err desk_ticket_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct ticket_input *in,
                            struct ticket *out, int64_t *message_id, struct error *e)
{
	struct ticket_made made;
	int64_t id;
	return create(d, a, tx, actor, in, out, &made, message_id ? message_id : &id, e);
}

enum err desk_ticket_create_full(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, const struct ticket_input *in,
                                 struct ticket_full *out, struct error *e)
{
	struct ticket t;
	struct ticket_made made;
	int64_t id;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = create(d, a, tx, actor, in, &t, &made, &id, e)))
		return err;
	return desk_ticket_show_made(a, tx, actor, &t, &made, t.created_at, out, e);
}

/* ---- what comes in ---- */

static struct address *clean_addresses(struct arena *a, const struct address *in, size_t n)
{
	struct address *out = ARENA_ARRAY(a, n, struct address);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct address){desk_line(a, in[i].name, 200),
		                          desk_line(a, in[i].address, 320)};
	return out;
}

struct message desk_inbound_message(struct arena *a, const struct inbound *in,
                                    enum message_kind kind, int64_t contact_id, usec now)
{
	const struct recipients *r = &in->rcpt;
	return (struct message){
	    .kind = kind,
	    .channel = in->channel.n ? in->channel : STR("mail"),
	    .contact_id = contact_id,
	    .author_name = desk_line(a, in->author_name, 200),
	    .author_address = desk_line(a, in->author_address, 320),
	    .sent_at = in->sent_at ? in->sent_at : now,
	    .created_at = now,
	    .subject = desk_line(a, in->subject, 1000),
	    .text = desk_text(a, in->text),
	    .quoted = desk_text(a, in->quoted),
	    .html = str_to_utf8(a, in->html),
	    .rcpt = {clean_addresses(a, r->to, r->n_to), clean_addresses(a, r->cc, r->n_cc),
	             clean_addresses(a, r->bcc, r->n_bcc), r->n_to, r->n_cc, r->n_bcc},
	    .mail_id = str_to_utf8(a, in->mail_id),
	    .mail_refs = str_to_utf8(a, in->mail_refs),
	    .raw_hash = in->raw_hash,
	    .inbox_id = in->inbox_id,
	    .is_auto = in->is_auto,
	    .warning = in->warning,
	};
}

struct attachment *desk_inbound_files(struct arena *a, const struct inbound *in)
{
	struct attachment *out = ARENA_ARRAY(a, in->n_files, struct attachment);
	for (size_t i = 0; i < in->n_files; i++)
		out[i] = (struct attachment){
		    .hash = in->files[i].hash,
		    .name = desk_file_name(a, in->files[i].name),
		    .content_type = desk_content_type(a, in->files[i].content_type),
		    .size = in->files[i].size,
		    .content_id = desk_line(a, in->files[i].content_id, 250),
		    .is_inline = in->files[i].is_inline,
		};
	return out;
}

enum err desk_customer_ticket(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct inbound_ticket *in,
                              struct ticket *out, int64_t *message_id, struct error *e)
{
	usec now = clock_now(d->clock);
	struct message m =
	    desk_inbound_message(a, in->message, MESSAGE_CUSTOMER, in->contact_id, now);
	str subject = desk_line(a, in->message->subject, SUBJECT_MAX);
	if (!subject.n) /* the first words say more than "no subject" */
		subject = desk_line(a, m.text, 80);
	struct ticket t = {
	    .brand_id = in->brand_id,
	    .line_id = in->line_id,
	    .inbox_id = in->message->inbox_id,
	    .contact_id = in->contact_id,
	    .subject = subject,
	    .channel = m.channel,
	    .status = in->spam ? TICKET_SPAM : TICKET_NEW,
	    .priority = 2,
	    .created_at = now,
	    .updated_at = now,
	    .last_message_at = now,
	};
	enum err err = desk_begin_ticket(a, tx, actor, &t, &m, desk_inbound_files(a, in->message),
	                                 in->message->n_files, e);
	if (err)
		return err;
	event_add(tx, now, actor, EVENT_TICKET_CREATED, desk_about(&t),
	          EVENT_DATA(EVENT_INT("contact_id", t.contact_id), EVENT_INT("message_id", m.id),
	                     EVENT_CODE("channel", t.channel)));
	*out = t;
	if (message_id)
		*message_id = m.id;
	return ERR_OK;
}

enum err desk_ticket_open_living(struct arena *a, struct db_conn *tx, int64_t id,
                                 struct ticket *out, struct error *e)
{
	enum err err = desk_ticket_open(a, tx, actor_system(), id, out, e);
	for (int n = 0; !err && out->merged_into && n < 100; n++)
		err = desk_ticket_open(a, tx, actor_system(), out->merged_into, out, e);
	return err;
}

enum err desk_customer_message(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t ticket, int64_t contact_id,
                               const struct inbound *in, int64_t *ticket_id, int64_t *message_id,
                               struct error *e)
{
	struct ticket t;
	usec now = clock_now(d->clock);
	enum err err = desk_ticket_open_living(a, tx, ticket, &t, e);
	if (err)
		return err;
	/* Whatever the customer says reopens; a machine's answer does not, nor does spam. */
	if (!in->is_auto && t.status != TICKET_SPAM && t.status != TICKET_NEW &&
	    (err = desk_set_status(a, tx, actor, &t, TICKET_OPEN, true, now, e)))
		return err;
	struct message m = desk_inbound_message(a, in, MESSAGE_CUSTOMER, contact_id, now);
	if ((err = desk_add_message(a, tx, actor, &t, &m, desk_inbound_files(a, in), in->n_files,
	                            e)) ||
	    (err = desk_ticket_save(a, tx, &t, now, e)))
		return err;
	if (ticket_id)
		*ticket_id = t.id;
	if (message_id)
		*message_id = m.id;
	return ERR_OK;
}

enum err desk_partner_message(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t thread_id,
                              const struct inbound *in, int64_t *ticket_id, int64_t *message_id,
                              struct error *e)
{
	struct side_thread th;
	struct ticket t;
	usec now = clock_now(d->clock);
	enum err err = thread_get(a, tx, actor_system(), thread_id, &th, e);
	if (err || (err = desk_ticket_open(a, tx, actor_system(), th.ticket_id, &t, e)))
		return err;
	if (!in->is_auto && (t.status == TICKET_SOLVED || t.status == TICKET_CLOSED) &&
	    (err = desk_set_status(a, tx, actor, &t, TICKET_OPEN, true, now, e)))
		return err;
	struct message m = desk_inbound_message(a, in, MESSAGE_PARTNER, 0, now);
	m.thread_id = thread_id;
	if ((err = desk_add_message(a, tx, actor, &t, &m, desk_inbound_files(a, in), in->n_files,
	                            e)) ||
	    (err = desk_ticket_save(a, tx, &t, now, e)))
		return err;
	if (ticket_id)
		*ticket_id = t.id;
	if (message_id)
		*message_id = m.id;
	return ERR_OK;
}

enum err desk_system_message(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t ticket, str text, struct address to,
                             int64_t *message_id, struct error *e)
{
	struct ticket t;
	usec now = clock_now(d->clock);
	enum err err = desk_ticket_open_living(a, tx, ticket, &t, e);
	if (err)
		return err;
	struct message m = {
	    .kind = MESSAGE_SYSTEM,
	    .channel = to.address.n ? STR("mail") : STR("system"),
	    .sent_at = now,
	    .created_at = now,
	    .subject = t.subject,
	    .text = desk_text(a, text),
	    .inbox_id = t.inbox_id,
	    .is_auto = true,
	    .rcpt = {.to = &to, .n_to = to.address.n ? 1 : 0},
	};
	if ((err = desk_add_message(a, tx, actor, &t, &m, NULL, 0, e)))
		return err;
	if (to.address.n &&
	    (err = desk_queue_letter(a, tx, &m, t.status, t.status, NULL, 0, now, now, e)))
		return err;
	if (message_id)
		*message_id = m.id;
	return ERR_OK;
}
