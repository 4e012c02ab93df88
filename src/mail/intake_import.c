/* intake_import.c: one letter of an archive on its way into the database. See import.h. */
#include "mail/intake_import.h"

#include "desk/contact.h"
#include "desk/history.h"
#include "desk/thread.h"
#include "store/account.h"
#include "sys/digest.h"
#include "text/addr.h"

enum {
	IDS_MOST = 60, /* of one letter, that lead to its conversation */
	KEY_BYTES = 16,
};

/* ---- who wrote it ---- */

struct writer {
	bool inbox;         /* one of our addresses */
	bool staff;         /* or an account's */
	int64_t account_id; /* 0 = none */
};

/* *out: the address is one of our inboxes. */
static enum err is_inbox(struct arena *a, struct db_conn *tx, str address, bool *out,
                         struct error *e)
{
	struct inbox box;
	struct error why = {0};
	enum err err = inbox_by_address(a, tx, inbox_address_norm(a, address, NULL), &box, &why);
	*out = !err;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err && e)
		*e = why;
	return err;
}

static enum err who_wrote(struct arena *a, struct db_conn *tx, str address, struct writer *w,
                          struct error *e)
{
	struct account account;
	struct error why = {0};
	*w = (struct writer){0};
	enum err err = account_by_email(a, tx, account_email_norm(a, address), &account, &why);
	if (!err) {
		w->staff = true;
		w->account_id = account.id;
	} else if (err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	return is_inbox(a, tx, address, &w->inbox, e);
}

/* The first of its recipients who is none of us; "" = there is none. */
static enum err outsider(struct arena *a, struct db_conn *tx, const struct mime_message *m,
                         struct mime_addr *out, struct error *e)
{
	const struct mime_addrs lists[] = {m->to, m->cc};
	struct writer w;
	str key;
	*out = (struct mime_addr){0};
	for (size_t l = 0; l < COUNT_OF(lists); l++) {
		for (size_t i = 0; i < lists[l].n && i < 50; i++) {
			if (!email_key(a, lists[l].p[i].email, &key))
				continue;
			enum err err = who_wrote(a, tx, lists[l].p[i].email, &w, e);
			if (err)
				return err;
			if (!w.inbox && !w.staff) {
				*out = lists[l].p[i];
				return ERR_OK;
			}
		}
	}
	return ERR_OK;
}

/* ---- which conversation ---- */

static str key_of(struct arena *a, const struct inbox *box, str mail_id)
{
	uint8_t hash[DIGEST_SIZE];
	digest_of(str_printf(a, "%lld %.*s", (long long)box->id, STR_FMT(mail_id)), hash);
	return str_hex(a, str_n((const char *)hash, KEY_BYTES));
}

/* Its own id, then those it refers to, the nearest first. all: also what may be a person's name. */
static str *ids_of(struct arena *a, const struct mime_message *m, bool all, size_t *n)
{
	str *out = ARENA_ARRAY(a, IDS_MOST, str);
	*n = 0;
	if (m->message_id.n)
		out[(*n)++] = m->message_id;
	for (size_t i = m->in_reply_to.n; i-- > 0 && *n < IDS_MOST;)
		if (all || incoming_is_reference(m, m->in_reply_to.p[i]))
			out[(*n)++] = m->in_reply_to.p[i];
	for (size_t i = m->references.n; i-- > 0 && *n < IDS_MOST;)
		if (all || incoming_is_reference(m, m->references.p[i]))
			out[(*n)++] = m->references.p[i];
	return out;
}

static enum err remember(struct arena *a, struct db_conn *tx, const struct inbox *box,
                         const struct mime_message *m, int64_t ticket_id, struct error *e)
{
	size_t n;
	str *ids = ids_of(a, m, false, &n);
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < n; i++)
		err = import_thread_put(tx, key_of(a, box, ids[i]), ticket_id, e);
	return err;
}

static enum err find_place(const struct mail_import *im, struct arena *a, struct db_conn *tx,
                           str secret, const struct inbox *box, const struct import_letter *l,
                           struct place *place, struct error *e)
{
	size_t n;
	struct thread_standing st;
	enum err err = incoming_place(im->in, a, tx, secret, &l->letter, box->address, place, e);
	if (err || place->kind != PLACE_NEW || (im->participants_only && !l->by_us))
		return err;
	int64_t ticket = l->hint;
	str *ids = ids_of(a, l->letter.m, true, &n);
	for (size_t i = 0; !err && !ticket && i < n; i++)
		err = import_thread_get(tx, key_of(a, box, ids[i]), &ticket, e);
	if (err || !ticket)
		return err;
	err = desk_thread_standing(a, tx, ticket, l->letter.from.email, &st, e);
	*place = (struct place){.kind = PLACE_TICKET,
	                        .ticket_id = ticket,
	                        .requester = st.requester,
	                        .stranger = !st.requester && !st.copied && !l->by_us};
	return err;
}

/* ---- the letter ---- */

static enum err add_message(const struct mail_import *im, const struct arrival *ar,
                            struct db_conn *tx, const struct inbox *box,
                            const struct writer *writer, const struct place *place,
                            const char *warning, struct intake *item, struct import_letter *l,
                            struct error *e)
{
	struct arena *a = ar->arena;
	struct contact contact = {0};
	struct mime_addr of = l->letter.from;
	enum err err = ERR_OK;
	const char *look = NULL;
	if (!l->by_us)
		err = intake_look_alike(a, tx, l->letter.from, &look, e);
	const char *const warnings[] = {l->letter.dmarc_fail ? WARNING_DMARC : NULL, look,
	                                place->stranger ? WARNING_SENDER : NULL,
	                                l->letter.spam.spam ? WARNING_SPAM : NULL, warning};
	struct inbound in =
	    intake_inbound_of(ar, box, intake_warnings(a, warnings, COUNT_OF(warnings)));
	in.sent_at = l->at;
	if (err)
		return err;
	if (place->kind == PLACE_THREAD)
		return desk_partner_message(im->in->desk, a, tx, actor_system(), place->thread_id,
		                            &in, &item->ticket_id, &item->message_id, e);
	if (l->by_us && place->kind == PLACE_NEW)
		err = outsider(a, tx, l->letter.m, &of, e);
	if (!err && (!l->by_us || place->kind == PLACE_NEW))
		err = desk_contact_ensure(im->in->desk, a, tx, actor_system(), IDENTITY_EMAIL,
		                          of.email, of.name, false, &contact, e);
	if (err)
		return err;
	/* A new matter that our own server called spam. */
	bool spam = l->letter.spam.spam && !l->by_us && place->kind == PLACE_NEW;
	struct history h = {.at = l->at,
	                    .ticket_id = place->ticket_id,
	                    .contact_id = contact.id,
	                    .brand_id = box->brand_id,
	                    .line_id = box->line_id,
	                    .by_agent = l->by_us,
	                    .author_contact = l->by_us ? 0 : contact.id,
	                    .account_id = l->by_us ? writer->account_id : 0,
	                    .has_status = im->has_status || spam,
	                    .status = spam ? TICKET_SPAM : im->status,
	                    .message = &in};
	l->fresh = place->kind == PLACE_NEW;
	return desk_history_add(im->in->desk, a, tx, &h, &item->ticket_id, &item->message_id, e);
}

/* A letter that this very installation sent is in its ticket. */
static enum err find_sent(struct arena *a, struct db_conn *tx, struct intake *item, struct error *e)
{
	struct message_ref *refs;
	size_t n = 0;
	enum err err =
	    item->mail_id.n ? message_by_mail_ids(a, tx, &item->mail_id, 1, &refs, &n, e) : ERR_OK;
	for (size_t i = 0; !err && i < n; i++) {
		if (refs[i].kind != MESSAGE_AGENT && refs[i].kind != MESSAGE_SYSTEM)
			continue;
		item->state = INTAKE_DUPLICATE;
		item->ticket_id = refs[i].ticket_id;
		item->message_id = refs[i].id;
		break;
	}
	return err;
}

static enum err accept(const struct mail_import *im, const struct arrival *ar, struct db_conn *tx,
                       const struct inbox *box, const char *warning, struct intake *item,
                       struct import_letter *l, struct error *e)
{
	struct arena *a = ar->arena;
	struct writer writer;
	struct place place;
	struct mime_addr to;
	enum err err = who_wrote(a, tx, l->letter.from.email, &writer, e);
	l->by_us = writer.inbox || writer.staff;
	if (!err && l->by_us)
		err = find_sent(a, tx, item, e);
	if (err || item->state == INTAKE_DUPLICATE)
		return err;
	err = find_place(im, a, tx, ar->secret, box, l, &place, e);
	/* A letter among ourselves: a colleague may have asked, an inbox did not. */
	if (!err && l->by_us && place.kind == PLACE_NEW) {
		err = outsider(a, tx, l->letter.m, &to, e);
		if (!err && !to.email.n && writer.inbox) {
			item->state = INTAKE_QUARANTINED;
			item->reason = STR(REASON_LOOP);
			return ERR_OK;
		}
		l->by_us = to.email.n > 0;
	}
	if (!err)
		err = intake_attach_blobs(ar, tx, true, e);
	if (!err)
		err = add_message(im, ar, tx, box, &writer, &place, warning, item, l, e);
	return err ? err : remember(a, tx, box, l->letter.m, item->ticket_id, e);
}

enum err import_letter_take(const struct mail_import *im, struct arena *a, struct db_conn *tx,
                            str secret, const struct inbox *box, struct import_letter *l,
                            struct error *e)
{
	usec now = clock_now(im->in->desk->clock);
	struct arrival ar = {.in = im->in,
	                     .letter = &l->letter,
	                     .mail_from = l->sender,
	                     .peer = l->peer,
	                     .received = now,
	                     .now = now,
	                     .arena = a,
	                     .secret = secret};
	const struct incoming *letter = &l->letter;
	const char *warning = NULL, *reason = NULL;
	struct intake item;
	int64_t seen = 0;
	l->known = l->fresh = l->by_us = false;
	l->ticket_id = 0;
	intake_describe(&ar, box->address, box, &item);
	enum err err = intake_lock_letter(&ar, tx, e);
	if (!err)
		err = intake_count_content(tx, box->id, item.mail_id, item.digest, &seen, e);
	if (!err)
		err = intake_find_duplicate(&ar, tx, &item, &warning, e);
	if (err)
		return err;
	if (seen >= l->occurrence) {
		l->known = true;
		l->ticket_id = item.ticket_id;
		return ERR_OK;
	}
	if (!letter->m)
		reason = REASON_UNREADABLE;
	else
		reason = l->hold                 ? l->hold
		         : letter->infected      ? letter->infected
		         : letter->limit         ? letter->limit
		         : !letter->from.email.n ? REASON_NO_FROM
		                                 : NULL;
	if (item.state != INTAKE_DUPLICATE && reason) {
		item.state = INTAKE_QUARANTINED;
		item.reason = str_of(reason);
	} else if (item.state != INTAKE_DUPLICATE) {
		err = accept(im, &ar, tx, box, warning, &item, l, e);
	}
	if (!err)
		err = intake_attach_blobs(&ar, tx, false, e);
	if (!err)
		err = intake_insert(tx, &item, &item.id, e);
	if (err)
		return err;
	l->state = item.state;
	l->ticket_id = item.ticket_id;
	return intake_tell(tx, now, &item, e);
}
