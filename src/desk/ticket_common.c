/* ticket_common.c: see ticket_internal.h. */
#include <assert.h>

#include "base/buf.h"
#include "base/vec.h"
#include "desk/ticket_internal.h"
#include "json/write.h"
#include "store/job.h"
#include "text/addr.h"
#include "text/fold.h"

/* ---- texts ---- */

str desk_text(struct arena *a, str s)
{
	s = str_to_utf8(a, s);
	if (str_chr(s, '\r') < 0)
		return s;
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\r')
			p[n++] = s.p[i];
		else if (i + 1 == s.n || s.p[i + 1] != '\n')
			p[n++] = '\n';
	}
	return str_n(p, n);
}

str desk_line(struct arena *a, str s, size_t max)
{
	return str_trim(text_snippet(a, s, max));
}

/* What stands between two marks on one line, in at most 100 bytes, at s. */
static str between(str s, const char *open, const char *close)
{
	str m = str_of(open);
	if (!str_starts(s, m))
		return STR_NONE;
	str inside = str_sub(s, 2, 102);
	ptrdiff_t line = str_chr(inside, '\n'), end = str_find(inside, str_of(close));
	if (end <= 0 || (line >= 0 && line < end) || !str_trim(str_sub(inside, 0, (size_t)end)).n)
		return STR_NONE;
	return str_sub(s, 0, (size_t)end + 4);
}

enum err desk_check_placeholders(str text, struct error *e)
{
	for (size_t i = 0; i + 4 < text.n; i++) {
		str found = between(str_from(text, i), "{{", "}}");
		if (!found.n)
			found = between(str_from(text, i), "%%", "%%");
		/* 50%% of 100%% is no placeholder: these have no spaces. */
		if (found.n && found.p[0] == '%' && memchr(found.p, ' ', found.n))
			continue;
		if (found.n) {
			ARENA_AUTO a = arena_new();
			return error_set(e, ERR_INVALID, "error.placeholder", "text",
			                 str_z(a, found));
		}
	}
	return ERR_OK;
}

/* ---- tickets ---- */

enum err desk_ticket_open(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          int64_t id, struct ticket *out, struct error *e)
{
	enum err err = db_lock_row(tx, "ticket", id, e);
	return err ? err : ticket_get(a, tx, actor, id, out, e);
}

enum err desk_ticket_save(struct arena *a, struct db_conn *tx, struct ticket *t, usec now,
                          struct error *e)
{
	t->updated_at = now;
	return ticket_update(a, tx, t, e);
}

void desk_changed(struct db_conn *tx, const struct actor *actor, const struct ticket *t, usec now,
                  const char *field, int64_t from, int64_t to)
{
	event_add(tx, now, actor, EVENT_TICKET_CHANGED, desk_about(t),
	          EVENT_DATA(EVENT_CODE("field", str_of(field)), EVENT_INT("from", from),
	                     EVENT_INT("to", to)));
}

enum err desk_set_status(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         struct ticket *t, enum ticket_status status, bool by_customer, usec now,
                         struct error *e)
{
	enum ticket_status was = t->status;
	if (status == was)
		return ERR_OK;
	t->status = status;
	event_add(tx, now, actor, EVENT_TICKET_CHANGED, desk_about(t),
	          EVENT_DATA(EVENT_CODE("field", STR("status")),
	                     EVENT_CODE("from", str_of(ticket_status_name(was))),
	                     EVENT_CODE("to", str_of(ticket_status_name(status)))));
	if (status == TICKET_SOLVED)
		t->solved_at = now;
	if (status == TICKET_CLOSED)
		t->closed_at = now;
	if (ticket_status_is_over(status)) {
		t->waiting_since = 0;
		return ERR_OK;
	}
	if (!ticket_status_is_over(was) || by_customer)
		return ERR_OK;
	/* Reopened by hand: the solution was none, and whoever waited waits again. */
	t->solved_at = t->closed_at = 0;
	return ticket_derive(a, tx, t, e);
}

static bool has_tag(const struct tag *tags, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (tags[i].id == id)
			return true;
	return false;
}

enum err desk_set_tags(struct arena *a, struct db_conn *tx, const struct actor *actor,
                       const struct ticket *t, const str *names, size_t n, usec now,
                       struct error *e)
{
	if (n > TAGS_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "tags", "50");
	struct tag *want = ARENA_ARRAY(a, n, struct tag), *have;
	size_t n_have;
	bool changed = false;
	enum err err = tag_of_ticket(a, tx, t->id, &have, &n_have, e);
	for (size_t i = 0; !err && i < n; i++) {
		err = tag_ensure(a, tx, desk_line(a, names[i], 60), now, &want[i], e);
		if (!err && !has_tag(have, n_have, want[i].id)) {
			err = tag_attach(tx, t->id, want[i].id, e);
			changed = true;
		}
	}
	for (size_t i = 0; !err && i < n_have; i++) {
		if (!has_tag(want, n, have[i].id)) {
			err = tag_detach(tx, t->id, have[i].id, e);
			changed = true;
		}
	}
	if (!err && changed)
		event_add(tx, now, actor, EVENT_TICKET_CHANGED, desk_about(t),
		          EVENT_DATA(EVENT_CODE("field", STR("tags"))));
	return err;
}

enum err desk_set_fields(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         const struct ticket *t, const struct field_input *fields, size_t n,
                         usec now, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		struct field f;
		str path = str_printf(a, "fields.%zu", i);
		struct error why;
		enum err err = field_by_key(a, tx, STR("ticket"), fields[i].key, &f, &why);
		if (err == ERR_NOT_FOUND || (!err && !f.active))
			return error_set(e, ERR_INVALID, "error.no_such_reference", path.p, NULL);
		if (err) {
			if (e)
				*e = why;
			return err;
		}
		str value = str_to_utf8(a, fields[i].value);
		if ((err = field_check(&f, value, path.p, e)) ||
		    (err = field_value_set(tx, t->id, f.id, value, e)))
			return err;
	}
	if (n)
		event_add(tx, now, actor, EVENT_TICKET_CHANGED, desk_about(t),
		          EVENT_DATA(EVENT_CODE("field", STR("fields"))));
	return ERR_OK;
}

enum err desk_check_assignee(struct arena *a, struct db_conn *tx, int64_t account_id,
                             int64_t line_id, int64_t brand_id, struct error *e)
{
	struct actor who;
	struct error why;
	enum err err = actor_from_account(a, tx, account_id, &who, &why);
	if (!err && (!actor_sees(&who, line_id, brand_id) || !actor_may(&who, RIGHT_TICKET_READ)))
		err = ERR_DENIED;
	if (!err)
		return ERR_OK;
	if (err == ERR_AUTH || err == ERR_DENIED || err == ERR_NOT_FOUND)
		return error_set(e, ERR_INVALID, "error.bad_assignee", "assignee_id", NULL);
	if (e)
		*e = why;
	return err;
}

enum err desk_sender(struct arena *a, struct db_conn *c, const struct ticket *t, struct inbox *out,
                     struct error *e)
{
	enum err err;
	if (t->inbox_id) {
		if ((err = inbox_get(a, c, t->inbox_id, out, e)))
			return err;
		if (out->active)
			return ERR_OK;
	}
	struct inbox *all;
	size_t n;
	if ((err = inbox_list(a, c, &all, &n, e)))
		return err;
	for (size_t i = 0; i < n; i++) {
		if (all[i].active && all[i].brand_id == t->brand_id) {
			*out = all[i];
			return ERR_OK;
		}
	}
	return error_set(e, ERR_INVALID, "error.no_inbox", "inbox_id", NULL);
}

str desk_contact_address(struct arena *a, const struct contact *ct, str last)
{
	str norm = last.n ? identity_norm(a, IDENTITY_EMAIL, last) : STR_NONE, out = STR_NONE;
	for (size_t i = 0; i < ct->n_identities; i++) {
		const struct identity *id = &ct->identities[i];
		if (id->kind == IDENTITY_EMAIL && (!out.n || str_eq(id->value_norm, norm)))
			out = id->value;
	}
	return out;
}

enum err desk_reply_address(struct arena *a, struct db_conn *c, const struct ticket *t,
                            struct address *out, struct error *e)
{
	struct contact ct;
	*out = (struct address){0};
	enum err err = contact_get(a, c, actor_system(), t->contact_id, &ct, e);
	return err ? err : desk_reply_address_of(a, c, t, &ct, out, e);
}

enum err desk_reply_address_of(struct arena *a, struct db_conn *c, const struct ticket *t,
                               const struct contact *ct, struct address *out, struct error *e)
{
	struct error why;
	str last = STR_NONE;
	*out = (struct address){0};
	enum err err = message_last_author(a, c, t->id, t->contact_id, &last, &why);
	if (err && err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	out->name = ct->name;
	out->address = desk_contact_address(a, ct, last);
	str better;
	if (!out->address.n)
		return ERR_OK;
	if ((err = delivery_corrected(a, c, t->id, t->contact_id, out->address, &better, e)))
		return err;
	if (better.n)
		out->address = better;
	return ERR_OK;
}

/* ---- messages ---- */

/* What ticket_derive would find, one message later. */
static void said(struct arena *a, struct ticket *t, const struct message *m, bool files)
{
	if (m->kind == MESSAGE_SYSTEM)
		return;
	bool main_thread = !m->thread_id;
	t->last_message_id = m->id;
	if (m->created_at > t->last_message_at)
		t->last_message_at = m->created_at;
	t->message_count += main_thread;
	t->has_attachments |= files;
	if (!main_thread || (m->kind != MESSAGE_CUSTOMER && m->kind != MESSAGE_AGENT))
		return;
	t->snippet = text_snippet(a, str_cut_utf8(m->text, 1600), TICKET_SNIPPET_CHARS);
	t->last_from = m->kind == MESSAGE_AGENT ? STR("agent") : STR("customer");
	if (m->is_auto)
		return;
	if (m->kind == MESSAGE_AGENT) {
		t->waiting_since = 0;
		if (!t->first_reply_at)
			t->first_reply_at = m->created_at;
	} else if (!t->waiting_since && !ticket_status_is_over(t->status)) {
		t->waiting_since = m->created_at;
	}
}

static bool any_shown(const struct attachment *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!files[i].is_inline)
			return true;
	return false;
}

/* The rows of an inserted message's files; the event. */
static enum err after_message(struct db_conn *tx, const struct actor *actor, const struct ticket *t,
                              const struct message *m, const struct attachment *files,
                              size_t n_files, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < n_files; i++) {
		struct attachment at = files[i];
		at.message_id = m->id;
		at.position = (int)i;
		err = attachment_insert(tx, &at, e);
	}
	if (err)
		return err;
	event_add(tx, m->created_at, actor, EVENT_MESSAGE_ADDED, desk_about(t),
	          EVENT_DATA(EVENT_INT("message_id", m->id),
	                     EVENT_CODE("kind", str_of(message_kind_name(m->kind))),
	                     EVENT_INT("thread_id", m->thread_id)));
	return ERR_OK;
}

enum err desk_add_message(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          struct ticket *t, struct message *m, const struct attachment *files,
                          size_t n_files, struct error *e)
{
	m->ticket_id = t->id;
	enum err err = message_insert(a, tx, m, e);
	if (!err)
		err = after_message(tx, actor, t, m, files, n_files, e);
	if (!err)
		said(a, t, m, any_shown(files, n_files));
	return err;
}

enum err desk_begin_ticket(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           struct ticket *t, struct message *m, const struct attachment *files,
                           size_t n_files, struct error *e)
{
	enum err err;
	said(a, t, m, any_shown(files, n_files));
	if (db_conn_engine(tx) == DB_PG) {
		err = message_begin_ticket(a, tx, t, m, e);
	} else {
		if ((err = ticket_insert(a, tx, t, e)))
			return err;
		m->ticket_id = t->id;
		if (!(err = message_insert(a, tx, m, e)))
			err = ticket_set_first_message(tx, t, m->id, e);
	}
	return err ? err : after_message(tx, actor, t, m, files, n_files, e);
}

enum err desk_take_uploads(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           const int64_t *ids, size_t n, usec now, struct attachment **out,
                           size_t *n_out, struct error *e)
{
	*out = NULL;
	*n_out = 0;
	if (!n)
		return ERR_OK;
	if (n > FILES_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "uploads", "50");
	*out = ARENA_ARRAY(a, n, struct attachment);
	for (size_t i = 0; i < n; i++) {
		struct upload u;
		enum err err = upload_get(
		    a, tx, actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0, ids[i], &u, e);
		if (err == ERR_NOT_FOUND)
			return error_set(e, ERR_INVALID, "error.no_such_reference",
			                 str_printf(a, "uploads.%zu", i).p, NULL);
		if (err || (err = upload_use(tx, u.id, now, e)))
			return err;
		(*out)[i] = (struct attachment){
		    .hash = u.hash, .name = u.name, .content_type = u.content_type, .size = u.size};
	}
	*n_out = n;
	return ERR_OK;
}

static enum err add_deliveries(struct db_conn *tx, int64_t message_id, const char *role,
                               const struct address *who, size_t n, usec now, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		struct delivery d = {.message_id = message_id,
		                     .address = who[i].address,
		                     .role = str_of(role),
		                     .state = DELIVERY_QUEUED,
		                     .updated_at = now};
		enum err err = delivery_insert(tx, &d, e);
		if (err)
			return err;
	}
	return ERR_OK;
}

enum err desk_queue_letter(struct arena *a, struct db_conn *tx, const struct message *m,
                           enum ticket_status was, enum ticket_status is, const int64_t *uploads,
                           size_t n_uploads, usec due, usec now, struct error *e)
{
	enum err err = add_deliveries(tx, m->id, "to", m->rcpt.to, m->rcpt.n_to, now, e);
	if (!err)
		err = add_deliveries(tx, m->id, "cc", m->rcpt.cc, m->rcpt.n_cc, now, e);
	if (!err)
		err = add_deliveries(tx, m->id, "bcc", m->rcpt.bcc, m->rcpt.n_bcc, now, e);
	if (err)
		return err;
	BUF_AUTO b;
	buf_init(&b, 0);
	struct jw w;
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_i64(&w, "message_id", m->id);
	jw_put_z(&w, "was", ticket_status_name(was));
	jw_put_z(&w, "is", ticket_status_name(is));
	if (n_uploads) {
		jw_put_array(&w, "uploads");
		for (size_t i = 0; i < n_uploads; i++)
			jw_i64(&w, uploads[i]);
		jw_end(&w);
	}
	jw_end(&w);
	return job_add(tx, DESK_JOB_SEND, str_printf(a, "message:%lld", (long long)m->id), due,
	               buf_str(&b), now, e);
}

/* ---- addresses ---- */

static bool among(struct arena *a, const struct address *v, size_t n, str norm)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(identity_norm(a, IDENTITY_EMAIL, v[i].address), norm))
			return true;
	return false;
}

/* Letters to ourselves would come back as letters from customers. */
static enum err is_ours(struct arena *a, struct db_conn *c, str address, bool *out, struct error *e)
{
	struct inbox inbox;
	struct error why;
	enum err err = inbox_by_address(a, c, inbox_address_norm(a, address, NULL), &inbox, &why);
	*out = !err;
	if (err && err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	return ERR_OK;
}

enum err desk_addresses(struct arena *a, struct db_conn *c, const struct address *in, size_t n,
                        const char *field, const struct address *but, size_t n_but,
                        struct address **out, size_t *n_out, struct error *e)
{
	if (n > RECIPIENTS_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", field, "100");
	*out = ARENA_ARRAY(a, n, struct address);
	*n_out = 0;
	for (size_t i = 0; i < n; i++) {
		str norm = identity_norm(a, IDENTITY_EMAIL, in[i].address), clean;
		/* A masked address sent back is a mistake that must not leave. */
		if (!norm.n || str_find(in[i].address, STR("\u2022")) >= 0)
			return error_set(e, ERR_INVALID, "error.bad_email",
			                 str_printf(a, "%s.%zu", field, i).p, NULL);
		bool ours;
		enum err err = is_ours(a, c, in[i].address, &ours, e);
		if (err)
			return err;
		if (ours || among(a, *out, *n_out, norm) || among(a, but, n_but, norm))
			continue;
		if (!email_normal(a, in[i].address, &clean))
			clean = str_trim(in[i].address);
		(*out)[(*n_out)++] = (struct address){desk_line(a, in[i].name, 200), clean};
	}
	return ERR_OK;
}

enum err desk_is_contact(struct arena *a, struct db_conn *c, int64_t contact_id, str address_norm,
                         bool *out, struct error *e)
{
	struct identity *id;
	size_t n;
	*out = false;
	enum err err = identity_of_contact(a, c, contact_id, &id, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		*out |= id[i].kind == IDENTITY_EMAIL && str_eq(id[i].value_norm, address_norm);
	return err;
}

enum err desk_known_addresses(struct arena *a, struct db_conn *c, const struct actor *actor,
                              const struct ticket *t, int64_t thread_id, const struct address *in,
                              size_t n, const char *field, struct error *e)
{
	struct participant *p;
	size_t n_p;
	if (!n || actor_may(actor, RIGHT_CONTACT_REVEAL))
		return ERR_OK;
	enum err err = participant_of_ticket(a, c, t->id, &p, &n_p, e);
	for (size_t i = 0; !err && i < n; i++) {
		str norm = identity_norm(a, IDENTITY_EMAIL, in[i].address);
		bool known = false;
		if (!thread_id)
			err = desk_is_contact(a, c, t->contact_id, norm, &known, e);
		for (size_t k = 0; k < n_p && !known; k++)
			known = p[k].thread_id == thread_id && str_eq(p[k].address_norm, norm);
		if (!err && !known)
			return error_set(e, ERR_DENIED, "error.denied",
			                 str_printf(a, "%s.%zu", field, i).p,
			                 right_name(RIGHT_CONTACT_REVEAL));
	}
	return err;
}

enum err desk_join(struct arena *a, struct db_conn *tx, const struct actor *actor,
                   const struct ticket *t, int64_t thread_id, const char *role,
                   const struct address *who, size_t n, usec now, struct error *e)
{
	struct participant *have;
	size_t n_have;
	if (!n)
		return ERR_OK;
	enum err err = participant_of_ticket(a, tx, t->id, &have, &n_have, e);
	for (size_t i = 0; !err && i < n; i++) {
		struct participant p = {
		    .ticket_id = t->id,
		    .thread_id = thread_id,
		    .address = who[i].address,
		    .address_norm = identity_norm(a, IDENTITY_EMAIL, who[i].address),
		    .name = who[i].name,
		    .role = str_of(role),
		    .added_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
		    .created_at = now,
		};
		bool known = false;
		for (size_t j = 0; j < n_have; j++)
			known |= have[j].thread_id == thread_id &&
			         str_eq(have[j].address_norm, p.address_norm);
		bool requester = false;
		if (!known && !thread_id)
			err = desk_is_contact(a, tx, t->contact_id, p.address_norm, &requester, e);
		if (err || known || requester)
			continue;
		if ((err = participant_insert(tx, &p, e)))
			break;
		event_add(tx, now, actor, EVENT_PARTICIPANT_CHANGED, desk_about(t),
		          EVENT_DATA(EVENT_INT("participant_id", p.id),
		                     EVENT_CODE("change", STR("added"))));
	}
	return err;
}
