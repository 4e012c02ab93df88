/* intake.c: the transaction of a letter that comes in. See intake.h. */
#include "mail/intake.h"

#include "desk/contact.h"
#include "desk/intake_rules.h"
#include "desk/people.h"
#include "desk/thread.h"
#include "events/event.h"
#include "mail/ack.h"
#include "mail/address_token.h"
#include "mail/intake_internal.h"
#include "mime/thin.h"
#include "store/blob_doomed.h"
#include "store/system.h"
#include "store/throttle.h"
#include "sys/digest.h"
#include "text/addr.h"
#include "text/fold.h"

#define HOPS_MAX 40
#define SENDER_MOST 100
#define AUTOACK_MOST 5
#define CC_MOST 20
#define CONFLICTS 3

/* ---- the ledger ---- */

static str cut(struct arena *a, str s, size_t chars)
{
	return text_snippet(a, s, chars);
}

void intake_describe(const struct arrival *ar, str recipient, const struct inbox *box,
                     struct intake *item)
{
	struct arena *a = ar->arena;
	const struct incoming *l = ar->letter;
	*item = (struct intake){.received_at = ar->received,
	                        .channel = STR("mail"),
	                        .inbox_id = box->id,
	                        .brand_id = box->brand_id,
	                        .line_id = box->line_id,
	                        .peer = cut(a, ar->peer, 200),
	                        .sender = cut(a, ar->mail_from, 320),
	                        .recipient = cut(a, recipient, 320),
	                        .from_address = STR(""),
	                        .subject = STR(""),
	                        .mail_id = STR(""),
	                        .size = ar->way && ar->way->full_size ? ar->way->full_size
	                                                              : (int64_t)l->raw.n,
	                        .digest = l->digest,
	                        .raw_hash = l->blob.hash,
	                        .state = INTAKE_ACCEPTED,
	                        .reason = STR(""),
	                        .detail = STR("")};
	if (!l->m)
		return;
	item->detail = cut(a, l->infected ? l->found : l->spam.why, 200);
	item->from_address = cut(a, l->from.email, 320);
	item->subject = cut(a, l->m->subject, 500);
	item->mail_id = cut(a, l->m->message_id, 1000);
}

/* Those hear of it who see it: a letter to a ticket that was moved is that line's. */
enum err intake_about(struct db_conn *tx, const struct intake *item, struct event_about *out,
                      struct error *e)
{
	*out = (struct event_about){.ticket_id = item->ticket_id};
	return intake_place(tx, item, &out->line_id, &out->brand_id, e);
}

enum err intake_tell(struct db_conn *tx, usec now, const struct intake *item, struct error *e)
{
	struct event_about about;
	enum err err = intake_about(tx, item, &about, e);
	if (err)
		return err;
	event_add(tx, now, actor_system(), EVENT_INTAKE_RECORDED, about,
	          EVENT_DATA(EVENT_INT("intake_id", item->id),
	                     EVENT_CODE("state", str_of(intake_state_name(item->state))),
	                     EVENT_CODE("reason", item->reason)));
	return ERR_OK;
}

/* ---- what holds a letter up ---- */

/* One of our own letters, or one that says it is from one of our addresses. */
static enum err is_ours(const struct arrival *ar, struct db_conn *tx, bool *out, struct error *e)
{
	struct mail_token token;
	struct inbox box;
	struct error why = {0};
	*out = mail_token_of_message_id(ar->secret, ar->letter->m->message_id, &token);
	if (*out)
		return ERR_OK;
	enum err err = inbox_by_address(
	    ar->arena, tx, inbox_address_norm(ar->arena, ar->letter->from.email, NULL), &box, &why);
	*out = !err;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err && e)
		*e = why;
	return err;
}

static str counter(struct arena *a, const char *what, str address)
{
	return people_throttle_key(a, what, identity_norm(a, IDENTITY_EMAIL, address));
}

/* Why the letter must wait for a person: the key of a sentence, or NULL. */
static enum err find_reason(const struct arrival *ar, struct db_conn *tx, const char **out,
                            struct error *e)
{
	const struct incoming *l = ar->letter;
	bool ours = false;
	struct error why = {0};
	*out = NULL;
	if (!l->m) {
		*out = REASON_UNREADABLE;
		return ERR_OK;
	}
	*out = ar->hold           ? ar->hold
	       : l->infected      ? l->infected
	       : l->limit         ? l->limit
	       : !l->from.email.n ? REASON_NO_FROM
	                          : NULL;
	if (*out)
		return ERR_OK;
	int hops = ar->in->max_hops ? ar->in->max_hops : HOPS_MAX;
	if (mime_header_count(l->m, "Received") > (size_t)hops) {
		*out = REASON_LOOP;
		return ERR_OK;
	}
	enum err err = is_ours(ar, tx, &ours, e);
	if (err || ours) {
		*out = REASON_LOOP;
		return err;
	}
	/* Reports about our own letters come as many as there are dead addresses. */
	if (l->m->is_bounce)
		return ERR_OK;
	/* Letters that lay in a mailbox: how many of them we read in an hour says nothing of how
	 * many their sender wrote in one. */
	if (ar->way && (ar->way->quiet || ar->now - ar->received >= USEC_HOUR))
		return ERR_OK;
	err = throttle_count(tx, counter(ar->arena, "mail", l->from.email),
	                     ar->in->sender_most ? ar->in->sender_most : SENDER_MOST, USEC_HOUR,
	                     ar->now, &why);
	if (err == ERR_THROTTLED) {
		*out = REASON_RATE;
		return ERR_OK;
	}
	if (err && e)
		*e = why;
	return err;
}

/* ---- duplicates ---- */

/* So that two copies that come at once are looked at one after the other. */
enum err intake_lock_letter(const struct arrival *ar, struct db_conn *tx, struct error *e)
{
	const struct incoming *l = ar->letter;
	uint8_t hash[DIGEST_SIZE];
	int64_t id;
	digest_of(l->m && l->m->message_id.n ? l->m->message_id : l->digest, hash);
	memcpy(&id, hash, sizeof id);
	return db_lock_row(tx, "letter", id, e);
}

/* The row says that something came, and keeps no word of it. */
static enum err keep_no_words(const struct arrival *ar, struct db_conn *tx, struct intake *item,
                              struct error *e)
{
	str raw = item->raw_hash;
	item->peer = item->sender = item->recipient = item->detail = STR("");
	item->from_address = item->subject = STR("");
	item->mail_id = STR("erased");
	item->raw_hash = STR_NONE;
	return blob_doom(tx, &raw, 1, ar->now, e);
}

enum err intake_find_duplicate(const struct arrival *ar, struct db_conn *tx, struct intake *item,
                               const char **warning, struct error *e)
{
	struct intake before;
	enum err err = intake_find_earlier(ar->arena, tx, item->inbox_id, item->mail_id,
	                                   item->digest, &before, e);
	if (err)
		return err;
	if (before.id) {
		item->state = INTAKE_DUPLICATE;
		item->ticket_id = before.ticket_id;
		item->message_id = before.message_id;
		/* Of a letter that was erased nothing comes back with its copy. */
		if (str_is(before.mail_id, "erased"))
			return keep_no_words(ar, tx, item, e);
		/* Nor what was blocked out, or the files that were removed. */
		if (before.message_id && !before.raw_hash.n) {
			str raw = item->raw_hash;
			item->subject = before.subject;
			item->raw_hash = STR_NONE;
			return blob_doom(tx, &raw, 1, ar->now, e);
		}
		return ERR_OK;
	}
	err = intake_find_mail_id(ar->arena, tx, item->inbox_id, item->mail_id, &before, e);
	if (!err && before.id)
		*warning = WARNING_SAME_ID;
	return err;
}

/* The same letter to another of our addresses went to the same ticket. */
static enum err find_twin(const struct arrival *ar, struct db_conn *tx, const struct place *place,
                          struct intake *item, struct error *e)
{
	struct intake twin;
	struct ticket t;
	if (place->kind == PLACE_NEW || !item->mail_id.n)
		return ERR_OK;
	enum err err = intake_find_twin(ar->arena, tx, item->mail_id, item->digest, &twin, e);
	if (err || !twin.id || !twin.message_id)
		return err;
	int64_t into = place->ticket_id;
	for (int i = 0; !err && into && into != twin.ticket_id && i < 100; i++) {
		err = ticket_get(ar->arena, tx, actor_system(), into, &t, e);
		into = err ? 0 : t.merged_into;
	}
	if (!err && into == twin.ticket_id) {
		item->state = INTAKE_DUPLICATE;
		item->ticket_id = twin.ticket_id;
		item->message_id = twin.message_id;
	}
	return err;
}

/* ---- bounces ---- */

static enum err bounce_one(const struct arrival *ar, struct db_conn *tx,
                           const struct mime_bounce *b, struct delivery *list, size_t n,
                           struct error *e)
{
	int64_t code = 0;
	enum err err = ERR_OK;
	str norm = identity_norm(ar->arena, IDENTITY_EMAIL, b->recipient);
	bool failed = str_is(b->action, "failed");
	if (!failed && !str_is(b->action, "delivered"))
		return ERR_OK;
	for (size_t i = 0; !err && i < n; i++) {
		struct delivery *d = &list[i];
		if (!norm.n || !str_eq(identity_norm(ar->arena, IDENTITY_EMAIL, d->address), norm))
			continue;
		(void)str_to_i64(b->smtp_code, &code);
		d->state = failed ? DELIVERY_BOUNCED : DELIVERY_DELIVERED;
		d->code = (int)code;
		d->status = b->status;
		d->answer = b->diagnostic;
		d->updated_at = ar->now;
		err = desk_delivery_update(ar->in->desk, ar->arena, tx, actor_system(), d, e);
	}
	return err;
}

/* What became of one of our letters. *found: it was one. */
static enum err take_bounce(const struct arrival *ar, struct db_conn *tx, str recipient,
                            struct intake *item, bool *found, struct error *e)
{
	const struct mime_message *m = ar->letter->m;
	struct message msg;
	struct delivery *list;
	size_t n;
	int64_t id;
	*found = false;
	enum err err =
	    incoming_bounced(ar->in, ar->arena, tx, ar->secret, ar->letter, recipient, &id, e);
	if (err || !id)
		return err;
	err = message_get(ar->arena, tx, actor_system(), id, &msg, e);
	if (!err)
		err = delivery_of_message(ar->arena, tx, id, &list, &n, e);
	for (size_t i = 0; !err && !m->temporary && i < m->bounces.n; i++)
		err = bounce_one(ar, tx, &m->bounces.p[i], list, n, e);
	/* A report that names nobody, about a letter to one person. */
	if (!err && !m->temporary && m->bounces.n == 0 && n == 1) {
		struct mime_bounce b = {.recipient = list[0].address, .action = STR("failed")};
		err = bounce_one(ar, tx, &b, list, n, e);
	}
	item->ticket_id = msg.ticket_id;
	item->message_id = msg.id;
	*found = true;
	/* A report quotes the letter that it is about. */
	if (!err && (msg.erased_at || msg.redacted_at))
		err = keep_no_words(ar, tx, item, e);
	return err;
}

/* ---- the message ---- */

static struct address *addresses(struct arena *a, struct mime_addrs list, size_t *n)
{
	struct address *out = ARENA_ARRAY(a, list.n + 1, struct address);
	*n = 0;
	for (size_t i = 0; i < list.n; i++)
		if (list.p[i].email.n)
			out[(*n)++] = (struct address){list.p[i].name, list.p[i].email};
	return out;
}

static struct actor author(int64_t contact_id)
{
	struct actor actor = *actor_system();
	actor.kind = ACTOR_CONTACT;
	actor.account_id = contact_id;
	actor.rights = 0;
	return actor;
}

/* Those whom the requester copied take part from now on: only of a letter whose From is proved. */
static enum err add_copied(const struct arrival *ar, struct db_conn *tx, int64_t ticket_id,
                           struct error *e)
{
	const struct mime_message *m = ar->letter->m;
	struct mime_addrs lists[] = {m->to, m->cc};
	struct inbox box;
	struct participant p;
	size_t added = 0;
	str from = identity_norm(ar->arena, IDENTITY_EMAIL, ar->letter->from.email), key;
	for (size_t l = 0; l < COUNT_OF(lists); l++) {
		for (size_t i = 0; i < lists[l].n && added < CC_MOST; i++) {
			struct mime_addr addr = lists[l].p[i];
			struct error why = {0};
			if (!email_key(ar->arena, addr.email, &key) ||
			    str_eq(identity_norm(ar->arena, IDENTITY_EMAIL, addr.email), from))
				continue;
			enum err err = inbox_by_address(
			    ar->arena, tx, inbox_address_norm(ar->arena, addr.email, NULL), &box,
			    &why);
			if (err == ERR_NOT_FOUND) {
				struct participant_input in = {.address = addr.email,
				                               .name =
				                                   cut(ar->arena, addr.name, 200),
				                               .role = STR("cc")};
				err =
				    desk_participant_add(ar->in->desk, ar->arena, tx,
				                         actor_system(), ticket_id, &in, &p, &why);
				added++;
				/* One who may not take part (the requester's other address) is
				 * no reason to refuse the letter. */
				if (err == ERR_INVALID || err == ERR_CONFLICT)
					err = ERR_OK;
			}
			if (err) {
				if (e)
					*e = why;
				return err;
			}
		}
	}
	return ERR_OK;
}

struct inbound intake_inbound_of(const struct arrival *ar, const struct inbox *box, str warning)
{
	struct arena *a = ar->arena;
	const struct incoming *l = ar->letter;
	struct inbound in = {.channel = STR("mail"),
	                     .author_name = l->from.name,
	                     .author_address = l->from.email,
	                     .sent_at = l->m->has_date ? l->m->date : ar->received,
	                     .subject = l->m->subject,
	                     .text = l->visible,
	                     .quoted = l->quoted,
	                     .html = l->m->html,
	                     .mail_id = l->m->message_id,
	                     .mail_refs = l->refs,
	                     .raw_hash = l->blob.hash,
	                     .inbox_id = box->id,
	                     .is_auto = l->is_auto,
	                     .warning = warning,
	                     .files = l->files,
	                     .n_files = l->n_files};
	in.rcpt.to = addresses(a, l->m->to, &in.rcpt.n_to);
	in.rcpt.cc = addresses(a, l->m->cc, &in.rcpt.n_cc);
	return in;
}

/* ---- the acknowledgement ---- */

/* A name to be greeted by, or none: whoever forges a From would have us send his link. */
static str greeted(struct arena *a, str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (strchr("/:@<>", name.p[i]))
			return STR("");
	return str_utf8_len(name) > 60 ? STR("") : cut(a, name, 60);
}

/* Says "we have it" for a new ticket: never to a machine, and rarely to the same person. */
static enum err acknowledge(const struct arrival *ar, struct db_conn *tx, const struct inbox *box,
                            int64_t ticket_id, struct error *e)
{
	const struct incoming *l = ar->letter;
	struct error why = {0};
	int64_t id, most = ar->in->autoack_most ? ar->in->autoack_most : AUTOACK_MOST;
	if (!box->autoack || l->silent || ar->forced || l->dmarc_fail || l->spam.spam ||
	    (ar->way && ar->way->quiet) || mail_ack_never_to(l->from.email))
		return ERR_OK;
	enum err err = throttle_count(tx, counter(ar->arena, "ack", l->from.email), 1, USEC_HOUR,
	                              ar->now, &why);
	if (!err)
		err = throttle_count(tx, counter(ar->arena, "ackday", l->from.email), most,
		                     USEC_DAY, ar->now, &why);
	if (err == ERR_THROTTLED)
		return ERR_OK;
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	str name = greeted(ar->arena, l->from.name);
	enum lang lang = LANG_EN;
	(void)lang_of(box->language, &lang);
	lang = mail_ack_language(l->m->subject, l->visible, lang);
	str text = mail_ack_text(ar->arena, box, lang, name, cut(ar->arena, l->m->subject, 250),
	                         ticket_id);
	return desk_system_message(ar->in->desk, ar->arena, tx, actor_system(), ticket_id, text,
	                           (struct address){name, l->from.email}, &id, e);
}

/* ---- one recipient ---- */

enum err intake_attach_blobs(const struct arrival *ar, struct db_conn *tx, bool files,
                             struct error *e)
{
	const struct incoming *l = ar->letter;
	enum err err = blob_attach(tx, &l->blob, ar->now, e);
	for (size_t i = 0; !err && files && i < l->n_files; i++)
		err = blob_attach(tx, &l->file_blobs[i], ar->now, e);
	return err;
}

static enum err into_ticket(const struct arrival *ar, struct db_conn *tx, const struct inbox *box,
                            const struct place *place, const struct inbound *in,
                            struct intake *item, struct error *e)
{
	const struct desk *d = ar->in->desk;
	struct contact contact;
	const struct incoming *l = ar->letter;
	enum err err;
	if (place->kind == PLACE_THREAD) {
		struct actor system = *actor_system();
		return desk_partner_message(d, ar->arena, tx, &system, place->thread_id, in,
		                            &item->ticket_id, &item->message_id, e);
	}
	err = desk_contact_ensure(d, ar->arena, tx, actor_system(), IDENTITY_EMAIL, l->from.email,
	                          l->from.name, false, &contact, e);
	if (err)
		return err;
	struct actor actor = author(contact.id);
	if (place->kind == PLACE_TICKET) {
		err = desk_customer_message(d, ar->arena, tx, &actor, place->ticket_id, contact.id,
		                            in, &item->ticket_id, &item->message_id, e);
	} else {
		struct ticket t;
		struct inbound_ticket new = {.contact_id = contact.id,
		                             .brand_id = box->brand_id,
		                             .line_id = item->line_id,
		                             .spam = l->spam.spam && !ar->forced,
		                             .message = in};
		err =
		    desk_customer_ticket(d, ar->arena, tx, &actor, &new, &t, &item->message_id, e);
		item->ticket_id = t.id;
	}
	bool by_requester = place->kind == PLACE_NEW || place->requester;
	/* Anybody can write a From: without the trusted server's word for it the copies stay
	 * what the letter says, which the desk offers to the agent. */
	if (!err && by_requester && l->dmarc_pass && !l->is_auto)
		err = add_copied(ar, tx, item->ticket_id, e);
	if (!err && place->kind == PLACE_NEW)
		err = acknowledge(ar, tx, box, item->ticket_id, e);
	return err;
}

enum err intake_accept(const struct arrival *ar, struct db_conn *tx, str recipient,
                       const struct inbox *box, const char *warning, struct intake *item,
                       struct error *e)
{
	struct place place;
	const char *look = NULL;
	bool bounce = false;
	enum err err = ERR_OK;
	if (ar->letter->m->is_bounce) {
		err = take_bounce(ar, tx, recipient, item, &bounce, e);
		if (err || bounce)
			return err;
		if (!ar->forced) {
			item->state = INTAKE_QUARANTINED;
			item->reason = STR(REASON_BOUNCE);
			return ERR_OK;
		}
	}
	err = incoming_place(ar->in, ar->arena, tx, ar->secret, ar->letter, recipient, &place, e);
	if (!err)
		err = find_twin(ar, tx, &place, item, e);
	if (err || item->state == INTAKE_DUPLICATE)
		return err;
	/* A new matter that our server calls spam; who takes part already is heard. */
	if (ar->letter->spam.spam && !ar->forced && place.kind == PLACE_NEW &&
	    !ar->in->spam_as_ticket) {
		item->state = INTAKE_QUARANTINED;
		item->reason = STR(REASON_SPAM);
		return ERR_OK;
	}
	bool cut = ar->way && ar->way->full_size && !ar->way->thin;
	if (cut || ar->letter->n_held)
		item->reason = str_of(cut ? REASON_CUT : REASON_HELD);
	err = intake_look_alike(ar->arena, tx, ar->letter->from, &look, e);
	if (!err)
		err = intake_attach_blobs(ar, tx, true, e);
	const char *const warnings[] = {ar->letter->dmarc_fail ? WARNING_DMARC : NULL,
	                                look,
	                                place.stranger ? WARNING_SENDER : NULL,
	                                ar->letter->spam.spam && !ar->forced ? WARNING_SPAM : NULL,
	                                cut                  ? WARNING_CUT
	                                : ar->letter->n_held ? WARNING_HELD
	                                                     : NULL,
	                                warning};
	struct inbound in =
	    intake_inbound_of(ar, box, intake_warnings(ar->arena, warnings, COUNT_OF(warnings)));
	return err ? err : into_ticket(ar, tx, box, &place, &in, item, e);
}

/* The inbox as the letter wrote it, with the signed reference if there is one: in a
 * mailbox the envelope is gone. */
static str own_address(const struct arrival *ar, const struct inbox *box)
{
	static const char *const names[] = {"Delivered-To", "X-Original-To", "Envelope-To", "To",
	                                    "Cc"};
	const struct mime_message *m = ar->letter->m;
	for (size_t n = 0; m && n < COUNT_OF(names); n++) {
		str field = mime_header(ar->arena, m, names[n]);
		struct mime_addrs list = mime_parse_addresses(ar->arena, field, 200, NULL);
		for (size_t i = 0; i < list.n; i++) {
			str detail, email = list.p[i].email;
			str norm = inbox_address_norm(ar->arena, email, &detail);
			if (detail.n && str_eq(norm, box->address_norm))
				return email;
		}
	}
	return box->address;
}

static enum err take_one(const struct arrival *ar, struct db_conn *tx, str recipient,
                         struct error *e)
{
	struct inbox box = {0};
	struct intake item;
	struct error why = {0};
	const char *reason = NULL, *warning = NULL;
	enum err err = ar->way ? inbox_get(ar->arena, tx, ar->way->inbox_id, &box, &why)
	                       : incoming_inbox(ar->in, ar->arena, tx, recipient, &box, &why);
	if (!err && ar->way)
		recipient = own_address(ar, &box);
	if (err && err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	if (err)
		box = (struct inbox){0};
	intake_describe(ar, recipient, &box, &item);
	err = intake_find_duplicate(ar, tx, &item, &warning, e);
	if (!err && item.state != INTAKE_DUPLICATE)
		err = box.id ? find_reason(ar, tx, &reason, e) : ERR_OK;
	if (!err && !box.id)
		reason = REASON_NO_INBOX;
	/* A report about our own letter tells something whatever its sender looks like. */
	if (reason && str_is(str_of(reason), REASON_NO_FROM) && ar->letter->m &&
	    ar->letter->m->is_bounce)
		reason = NULL;
	if (!err && item.state != INTAKE_DUPLICATE) {
		if (reason) {
			item.state = INTAKE_QUARANTINED;
			item.reason = str_of(reason);
		} else {
			err = intake_accept(ar, tx, recipient, &box, warning, &item, e);
		}
	}
	if (!err)
		err = intake_attach_blobs(ar, tx, false, e);
	if (!err)
		err = intake_insert(tx, &item, &item.id, e);
	if (!err)
		err = intake_tell(tx, ar->now, &item, e);
	if (!err && ar->way)
		ar->way->state = item.state;
	return err;
}

/* ---- a letter ---- */

struct delivery_job {
	struct arrival arrival;
	const struct lmtp_letter *letter;
};

static enum err deliver_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct delivery_job *job = arg;
	ARENA_AUTO a = arena_new();
	struct arrival ar = job->arrival;
	ar.arena = a;
	enum err err = system_mail_secret(a, tx, &ar.secret, e);
	if (!err)
		err = intake_lock_letter(&ar, tx, e);
	if (!err && ar.way)
		err = take_one(&ar, tx, STR(""), e);
	for (size_t i = 0; !err && !ar.way && i < job->letter->nrecipients; i++)
		err = take_one(&ar, tx, job->letter->recipients[i], e);
	if (!err && ar.way && ar.way->also)
		err = ar.way->also(ar.way->arg, tx, e);
	return err;
}

bool intake_passing(enum err err)
{
	return err == ERR_DB || err == ERR_IO || err == ERR_BUSY;
}

static void log_poison(struct mail_intake *in, const struct error *e)
{
	if (in->log)
		log_error(in->log, "a letter could not be taken in and waits in quarantine",
		          LOG_ERR(e));
}

/* A file of which only a part came is no file: what was cut off waits where the letter lies.
 * Those that ended before the cut are whole. */
static void drop_torn(struct incoming *l)
{
	while (l->m && l->n_files && l->m->attachments.p[l->n_files - 1].at_end)
		l->n_files--;
}

static enum err deliver(struct mail_intake *in, const struct lmtp_letter *letter,
                        struct intake_way *way, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct incoming l;
	struct error why = {0};
	str mail_from = way ? STR("unknown") : letter->mail_from;
	/* What the writer says of files left out counts for nothing, now or when the letter is let
	 * out of quarantine: its row says only that not all of it was taken. */
	str raw =
	    way && way->full_size && !way->thinned ? mime_held_quoted(a, letter->raw) : letter->raw;
	enum err err = incoming_prepare(in, a, raw, mail_from, &l, e);
	if (!err)
		err = incoming_scan(in, a, &l, e);
	if (err)
		return err;
	if (way)
		mail_from = !l.m                     ? STR("")
		            : l.m->return_path_empty ? STR("")
		            : l.m->return_path.n     ? l.m->return_path
		                                     : l.from.email;
	if (way && way->full_size && !way->thin)
		drop_torn(&l);
	if (way && way->full_size)
		incoming_mark_held(&l);
	usec now = clock_now(in->desk->clock);
	struct delivery_job job = {
	    .arrival = {.in = in,
	                .letter = &l,
	                .mail_from = mail_from,
	                .peer = letter->peer,
	                .received = letter->received ? letter->received : now,
	                .now = now,
	                .hold = way ? way->hold : NULL,
	                .way = way},
	    .letter = letter};
	err = db_write(in->db, deliver_run, &job, &why);
	for (int i = 0; err == ERR_CONFLICT && i < CONFLICTS; i++)
		err = db_write(in->db, deliver_run, &job, &why);
	if (err && !intake_passing(err)) {
		/* It would fail each time: kept whole for a person, out of the way of the others.
		 */
		log_poison(in, &why);
		job.arrival.hold = REASON_UNREADABLE;
		err = db_write(in->db, deliver_run, &job, &why);
	}
	if (err && e)
		*e = why;
	return err;
}

enum err mail_intake_letter(struct mail_intake *in, const struct lmtp_letter *letter,
                            enum lmtp_reply *replies, struct error *e)
{
	for (size_t i = 0; i < letter->nrecipients; i++)
		replies[i] = LMTP_TEMPORARY;
	enum err err = deliver(in, letter, NULL, e);
	for (size_t i = 0; !err && i < letter->nrecipients; i++)
		replies[i] = LMTP_ACCEPTED;
	return err;
}

enum err mail_intake_fetched(struct mail_intake *in, const struct lmtp_letter *letter,
                             struct intake_way *way, struct error *e)
{
	return deliver(in, letter, way, e);
}

void mail_intake_deliver(void *arg, const struct lmtp_letter *letter, enum lmtp_reply *replies)
{
	struct mail_intake *in = arg;
	struct error e = {0};
	if (mail_intake_letter(in, letter, replies, &e) && in->log)
		log_error(in->log, "a letter was not taken and stays with the mail server",
		          LOG_ERR(&e), LOG_STR("peer", letter->peer));
}

enum lmtp_reply mail_intake_rcpt(void *arg, str address, struct error *e)
{
	struct mail_intake *in = arg;
	ARENA_AUTO a = arena_new();
	struct db_conn *c;
	struct inbox box;
	if (db_read_begin(in->db, &c, e))
		return LMTP_TEMPORARY;
	enum err err = incoming_inbox(in, a, c, address, &box, e);
	db_read_end(in->db, c);
	if (err == ERR_NOT_FOUND || (!err && !box.active))
		return LMTP_UNKNOWN;
	return err ? LMTP_TEMPORARY : LMTP_ACCEPTED;
}
