/* intake_thread.c: where a letter belongs. See intake_internal.h.
 *
 * What it refers to is looked at in this order: the signed part of the address
 * it was sent to, then In-Reply-To and References from the newest. A signed
 * reference (only those who got our letter know one) to a side thread decides
 * by itself. Into the main thread only the requester and those copied come,
 * and by an unsigned reference only who takes part in that very thread.
 */
#include "base/vec.h"
#include "desk/thread.h"
#include "mail/address_token.h"
#include "mail/intake_internal.h"

#define IDS_MAX 100 /* of message_by_mail_ids */

enum err incoming_inbox(const struct mail_intake *in, struct arena *a, struct db_conn *c,
                        str recipient, struct inbox *out, struct error *e)
{
	str norm = inbox_address_norm(a, recipient, NULL);
	struct error why = {0};
	enum err err = inbox_by_address(a, c, norm, out, &why);
	ptrdiff_t at = str_rchr(norm, '@');
	if (err == ERR_NOT_FOUND && in->reply_delimiter.n && at > 0) {
		str local = str_sub(norm, 0, (size_t)at);
		ptrdiff_t cut = str_rchr(local, in->reply_delimiter.p[0]);
		if (cut > 0)
			err = inbox_by_address(a, c,
			                       str_concat(a, str_sub(local, 0, (size_t)cut),
			                                  str_from(norm, (size_t)at)),
			                       out, &why);
	}
	if (err && e)
		*e = why;
	return err;
}

struct candidate {
	int64_t ticket_id, thread_id;
	bool is_signed;
};

/* Is the address a partner of this very side thread? */
static enum err is_partner(struct arena *a, struct db_conn *tx, int64_t ticket_id,
                           int64_t thread_id, str address, bool *out, struct error *e)
{
	struct participant *p;
	size_t n;
	str norm = identity_norm(a, IDENTITY_EMAIL, address);
	*out = false;
	enum err err = participant_of_ticket(a, tx, ticket_id, &p, &n, e);
	for (size_t i = 0; !err && i < n && !*out; i++)
		*out = p[i].thread_id == thread_id && str_eq(p[i].address_norm, norm);
	return err;
}

/* Looks at one candidate. *done: it decides. */
static enum err consider(struct arena *a, struct db_conn *tx, const struct candidate *c, str from,
                         struct place *out, bool *done, struct error *e)
{
	struct thread_standing st;
	struct error why = {0};
	bool partner = false;
	enum err err = desk_thread_standing(a, tx, c->ticket_id, from, &st, &why);
	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* of a ticket that this installation does not have */
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	if (c->thread_id) {
		err = is_partner(a, tx, c->ticket_id, c->thread_id, from, &partner, e);
		if (err)
			return err;
		if (!partner && !c->is_signed) {
			out->stranger = true;
			return ERR_OK;
		}
		*out = (struct place){.kind = PLACE_THREAD,
		                      .ticket_id = c->ticket_id,
		                      .thread_id = c->thread_id,
		                      .stranger = !partner};
		*done = true;
	} else if (st.requester || st.copied) {
		*out = (struct place){
		    .kind = PLACE_TICKET, .ticket_id = c->ticket_id, .requester = st.requester};
		*done = true;
	} else if (st.thread_id) {
		*out = (struct place){
		    .kind = PLACE_THREAD, .ticket_id = c->ticket_id, .thread_id = st.thread_id};
		*done = true;
	} else {
		out->stranger = true;
	}
	return ERR_OK;
}

/* The side thread of a ticket that was merged away has moved on with its
 * messages; the row tells where it is now. */
static enum err living(struct arena *a, struct db_conn *tx, struct candidate *c, bool *gone,
                       struct error *e)
{
	struct side_thread th;
	struct error why = {0};
	*gone = false;
	if (!c->thread_id)
		return ERR_OK;
	enum err err = thread_get(a, tx, actor_system(), c->thread_id, &th, &why);
	if (err == ERR_NOT_FOUND) {
		*gone = true;
		return ERR_OK;
	}
	if (err && e)
		*e = why;
	if (!err)
		c->ticket_id = th.ticket_id;
	return err;
}

/* The ids in the order to be looked at: In-Reply-To, then References from the newest. */
static str *ordered_ids(struct arena *a, const struct mime_message *m, size_t *n)
{
	VEC(str) v = {0};
	for (size_t i = m->in_reply_to.n; i-- > 0 && v.n < IDS_MAX;)
		*vec_push(a, &v) = m->in_reply_to.p[i];
	for (size_t i = m->references.n; i-- > 0 && v.n < IDS_MAX;) {
		bool twice = false;
		for (size_t k = 0; k < v.n && !twice; k++)
			twice = str_eq(v.p[k], m->references.p[i]);
		if (!twice)
			*vec_push(a, &v) = m->references.p[i];
	}
	*n = v.n;
	return v.p;
}

static const struct message_ref *ref_of(const struct message_ref *refs, size_t n, str id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(refs[i].mail_id, id))
			return &refs[i];
	return NULL;
}

enum err incoming_place(const struct mail_intake *in, struct arena *a, struct db_conn *tx,
                        str secret, const struct incoming *letter, str recipient, struct place *out,
                        struct error *e)
{
	struct message_ref *refs;
	size_t n_ids, n_refs;
	struct mail_token token;
	VEC(struct candidate) v = {0};
	*out = (struct place){0};
	if (mail_token_of_address(secret, recipient, in->reply_delimiter, &token))
		*vec_push(a, &v) = (struct candidate){token.ticket_id, token.thread_id, true};
	str *ids = ordered_ids(a, letter->m, &n_ids);
	enum err err = message_by_mail_ids(a, tx, ids, n_ids, &refs, &n_refs, e);
	if (err)
		return err;
	for (size_t i = 0; i < n_ids; i++) {
		/* The row knows better where the message is now than its id. */
		const struct message_ref *ref = ref_of(refs, n_refs, ids[i]);
		bool ours = mail_token_of_message_id(secret, ids[i], &token);
		if (ref)
			*vec_push(a, &v) = (struct candidate){ref->ticket_id, ref->thread_id, ours};
		else if (ours)
			*vec_push(a, &v) =
			    (struct candidate){token.ticket_id, token.thread_id, true};
	}
	bool done = false, gone;
	for (size_t i = 0; !err && !done && i < v.n; i++) {
		err = living(a, tx, &v.p[i], &gone, e);
		if (!err && !gone)
			err = consider(a, tx, &v.p[i], letter->from.email, out, &done, e);
	}
	return err;
}

/* The newest letter of the thread to one of those whom the report names. */
static enum err bounced_in_thread(struct arena *a, struct db_conn *tx, struct mail_token token,
                                  const struct mime_message *m, int64_t *message_id,
                                  struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && !*message_id && i < m->bounces.n; i++)
		err = delivery_find_message(
		    tx, token.ticket_id, token.thread_id,
		    identity_norm(a, IDENTITY_EMAIL, m->bounces.p[i].recipient), message_id, e);
	return err;
}

enum err incoming_bounced(const struct mail_intake *in, struct arena *a, struct db_conn *tx,
                          str secret, const struct incoming *letter, str recipient,
                          int64_t *message_id, struct error *e)
{
	struct mail_token token;
	struct message_ref *refs;
	size_t n, n_ids;
	VEC(str) ids = {0};
	*message_id = 0;
	if (letter->m->bounce_message_id.n)
		*vec_push(a, &ids) = letter->m->bounce_message_id;
	str *others = ordered_ids(a, letter->m, &n_ids);
	for (size_t i = 0; i < n_ids; i++)
		*vec_push(a, &ids) = others[i];
	for (size_t i = 0; i < ids.n; i++) {
		if (!mail_token_of_message_id(secret, ids.p[i], &token))
			continue;
		enum err err = message_by_mail_ids(a, tx, &ids.p[i], 1, &refs, &n, e);
		if (err)
			return err;
		for (size_t k = 0; k < n && !*message_id; k++)
			if (refs[k].kind != MESSAGE_CUSTOMER && refs[k].kind != MESSAGE_PARTNER)
				*message_id = refs[k].id;
		if (*message_id)
			return ERR_OK;
	}
	if (mail_token_of_address(secret, recipient, in->reply_delimiter, &token))
		return bounced_in_thread(a, tx, token, letter->m, message_id, e);
	return ERR_OK;
}
