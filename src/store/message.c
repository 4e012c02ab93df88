/* message.c: see message.h. */
#include "store/message.h"

#include <assert.h>

#include "base/buf.h"
#include "base/vec.h"
#include "json/read.h"
#include "json/write.h"
#include "store/contact.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/ticket.h"
#include "text/fold.h"

static const char *const KIND[MESSAGE_KIND_COUNT] = {"customer", "agent", "note", "partner",
                                                     "system"};

const char *message_kind_name(enum message_kind k)
{
	assert((unsigned)k < MESSAGE_KIND_COUNT);
	return KIND[k];
}

bool message_kind_by_name(str name, enum message_kind *out)
{
	for (unsigned i = 0; i < MESSAGE_KIND_COUNT; i++) {
		if (str_eq(name, str_of(KIND[i]))) {
			*out = (enum message_kind)i;
			return true;
		}
	}
	return false;
}

/* ---- recipients as JSON ---- */

static void put_addresses(struct jw *w, const char *key, const struct address *v, size_t n)
{
	if (!n)
		return;
	jw_put_array(w, key);
	for (size_t i = 0; i < n; i++) {
		jw_object(w);
		if (v[i].name.n)
			jw_put_str(w, "name", v[i].name);
		jw_put_str(w, "address", v[i].address);
		jw_end(w);
	}
	jw_end(w);
}

static str recipients_json(struct arena *a, const struct recipients *r)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	struct jw w;
	jw_init(&w, &b);
	jw_object(&w);
	put_addresses(&w, "to", r->to, r->n_to);
	put_addresses(&w, "cc", r->cc, r->n_cc);
	put_addresses(&w, "bcc", r->bcc, r->n_bcc);
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

static struct address *get_addresses(struct arena *a, const struct json *j, const char *key,
                                     size_t *n)
{
	const struct json *list = json_get(j, key);
	*n = list->kind == JSON_KIND_ARRAY ? list->n : 0;
	struct address *out = ARENA_ARRAY(a, *n, struct address);
	for (size_t i = 0; i < *n; i++)
		out[i] = (struct address){json_get_str(&list->items[i], "name", STR_NONE),
		                          json_get_str(&list->items[i], "address", STR_NONE)};
	return out;
}

static struct recipients recipients_of(struct arena *a, str text)
{
	struct recipients r = {0};
	const struct json *j;
	struct json_limits limits = {.bytes = (size_t)8 << 20};
	if (str_is(text, "{}") || json_parse(a, str_dup(a, text), &limits, &j, NULL))
		return r; /* only we write it */
	r.to = get_addresses(a, j, "to", &r.n_to);
	r.cc = get_addresses(a, j, "cc", &r.n_cc);
	r.bcc = get_addresses(a, j, "bcc", &r.n_bcc);
	return r;
}

/* ---- rows ---- */

enum err message_insert(struct arena *a, struct db_conn *tx, struct message *m, struct error *e)
{
	assert(str_is_utf8(m->text) && str_is_utf8(m->subject) && str_is_utf8(m->html));
	m->has_html = m->html.n > 0;
	return db_one_int(tx, &Q_MESSAGE_INSERT,
	                  DB_ARGS(db_int(m->ticket_id), db_id(m->thread_id),
	                          db_text(str_of(message_kind_name(m->kind))), db_text(m->channel),
	                          db_id(m->account_id), db_id(m->contact_id),
	                          db_text(m->author_name), db_text(m->author_address),
	                          db_int(m->sent_at), db_int(m->created_at), db_text(m->subject),
	                          db_text(m->text), db_text(m->quoted), db_text(m->html),
	                          db_text(recipients_json(a, &m->rcpt)), db_text(m->mail_id),
	                          db_text(m->mail_refs), db_text_opt(m->raw_hash),
	                          db_id(m->inbox_id), db_int(m->is_auto), db_text(m->warning)),
	                  &m->id, e);
}

enum err message_begin_ticket(struct arena *a, struct db_conn *tx, struct ticket *t,
                              struct message *m, struct error *e)
{
	struct db_rows r;
	assert(str_is_utf8(m->text) && str_is_utf8(m->subject) && str_is_utf8(m->html));
	m->has_html = m->html.n > 0;
	t->version = 1;
	db_rows_open(&r, tx, &Q_TICKET_BEGIN,
	             DB_ARGS(db_int(t->brand_id), db_int(t->line_id), db_id(t->inbox_id),
	                     db_int(t->contact_id), db_text(t->subject),
	                     db_text(text_fold(a, t->subject)), db_text(t->snippet),
	                     db_text(t->channel), db_text(str_of(ticket_status_name(t->status))),
	                     db_int(t->priority), db_id(t->assignee_id), db_int(t->created_at),
	                     db_int(t->updated_at), db_int(t->last_message_at),
	                     db_id(t->waiting_since), db_id(t->first_reply_at), db_id(t->solved_at),
	                     db_id(t->closed_at), db_int(t->message_count), db_text(t->last_from),
	                     db_int(t->has_attachments), db_id(t->merged_into),
	                     db_id(t->split_from), db_id(m->thread_id),
	                     db_text(str_of(message_kind_name(m->kind))), db_text(m->channel),
	                     db_id(m->account_id), db_id(m->contact_id), db_text(m->author_name),
	                     db_text(m->author_address), db_int(m->sent_at), db_int(m->created_at),
	                     db_text(m->subject), db_text(m->text), db_text(m->quoted),
	                     db_text(m->html), db_text(recipients_json(a, &m->rcpt)),
	                     db_text(m->mail_id), db_text(m->mail_refs), db_text_opt(m->raw_hash),
	                     db_id(m->inbox_id), db_int(m->is_auto), db_text(m->warning)));
	if (db_rows_next(&r)) {
		t->id = m->ticket_id = db_get_int(&r, 0);
		m->id = t->last_message_id = db_get_int(&r, 1);
	}
	return db_rows_close(&r, e);
}

static void read_message(struct arena *a, struct db_rows *r, struct message *m)
{
	*m = (struct message){
	    .id = db_get_int(r, 0),
	    .ticket_id = db_get_int(r, 1),
	    .thread_id = db_get_int(r, 2),
	    .channel = db_dup_str(a, r, 4),
	    .account_id = db_get_int(r, 5),
	    .contact_id = db_get_int(r, 6),
	    .author_name = db_dup_str(a, r, 7),
	    .author_address = db_dup_str(a, r, 8),
	    .sent_at = db_get_int(r, 9),
	    .created_at = db_get_int(r, 10),
	    .subject = db_dup_str(a, r, 11),
	    .text = db_dup_str(a, r, 12),
	    .quoted = db_dup_str(a, r, 13),
	    .has_html = db_get_int(r, 14) != 0,
	    .rcpt = recipients_of(a, db_get_str(r, 15)),
	    .mail_id = db_dup_str(a, r, 16),
	    .mail_refs = db_dup_str(a, r, 17),
	    .raw_hash = db_dup_str(a, r, 18),
	    .inbox_id = db_get_int(r, 19),
	    .is_auto = db_get_int(r, 20) != 0,
	    .warning = db_dup_str(a, r, 21),
	    .erased_at = db_get_int(r, 22),
	    .redacted_at = db_get_int(r, 23),
	};
	if (!message_kind_by_name(db_get_str(r, 3), &m->kind))
		m->kind = MESSAGE_SYSTEM; /* a CHECK of the schema forbids it */
}

enum err message_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                     struct message *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_MESSAGE_GET, DB_ARGS(db_int(id), db_text(actor->scope)));
	bool found = db_rows_next(&r);
	if (found) {
		read_message(a, &r, out);
		out->html = db_dup_str(a, &r, 24);
	}
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err message_page(struct arena *a, struct db_conn *c, const struct actor *actor,
                      int64_t ticket_id, int64_t before, int limit, struct message **out, size_t *n,
                      bool *more, struct error *e)
{
	assert(limit > 0);
	struct message *v = ARENA_ARRAY(a, (size_t)limit, struct message);
	size_t got = 0, bytes = 0;
	*more = false;
	struct db_rows r;
	db_rows_open(&r, c, &Q_MESSAGE_PAGE,
	             DB_ARGS(db_int(ticket_id), db_int(before ? before : INT64_MAX),
	                     db_int(limit + 1), db_text(actor->scope)));
	while (db_rows_next(&r)) {
		bytes += db_get_str(&r, 12).n + db_get_str(&r, 13).n;
		if (got == (size_t)limit || (got && bytes > MESSAGE_PAGE_BYTES)) {
			*more = true;
			break;
		}
		read_message(a, &r, &v[limit - (int)++got]);
	}
	*out = v + ((size_t)limit - got);
	*n = got;
	return db_rows_close(&r, e);
}

enum err message_set_mail(struct db_conn *tx, int64_t id, str mail_id, str raw_hash,
                          struct error *e)
{
	return db_exec(tx, &Q_MESSAGE_SET_MAIL,
	               DB_ARGS(db_int(id), db_text(mail_id), db_text_opt(raw_hash)), NULL, e);
}

enum err message_set_warning(struct db_conn *tx, int64_t id, str warning, struct error *e)
{
	return db_exec(tx, &Q_MESSAGE_SET_WARNING, DB_ARGS(db_int(id), db_text(warning)), NULL, e);
}

enum err message_last_author(struct arena *a, struct db_conn *c, int64_t ticket_id,
                             int64_t contact_id, str *address, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_MESSAGE_LAST_AUTHOR, DB_ARGS(db_int(ticket_id), db_int(contact_id)));
	bool found = db_rows_next(&r);
	if (found)
		*address = db_dup_str(a, &r, 0);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err message_wrote(struct db_conn *c, int64_t ticket_id, int64_t contact_id, bool *out,
                       struct error *e)
{
	int64_t n;
	enum err err =
	    db_one_int(c, &Q_MESSAGE_WROTE, DB_ARGS(db_int(ticket_id), db_int(contact_id)), &n, e);
	*out = !err && n > 0;
	return err;
}

enum err message_by_mail_ids(struct arena *a, struct db_conn *c, const str *ids, size_t n,
                             struct message_ref **out, size_t *n_out, struct error *e)
{
	VEC(struct message_ref) v = {0};
	struct db_rows r;
	/* The newest references stand last. */
	if (n > 100) {
		ids += n - 100;
		n = 100;
	}
	db_rows_open(&r, c, &Q_MESSAGE_BY_MAIL_IDS, DB_ARGS(db_text(strs_to_json(a, ids, n))));
	while (db_rows_next(&r)) {
		struct message_ref *m = vec_push(a, &v);
		*m = (struct message_ref){
		    .id = db_get_int(&r, 0),
		    .ticket_id = db_get_int(&r, 1),
		    .thread_id = db_get_int(&r, 2),
		    .contact_id = db_get_int(&r, 3),
		    .mail_id = db_dup_str(a, &r, 5),
		};
		if (!message_kind_by_name(db_get_str(&r, 4), &m->kind))
			m->kind = MESSAGE_SYSTEM;
	}
	*out = v.p;
	*n_out = v.n;
	return db_rows_close(&r, e);
}

enum err message_thread_mail_ids(struct arena *a, struct db_conn *c, int64_t ticket_id,
                                 int64_t thread_id, int64_t before_id, int limit, str **out,
                                 size_t *n, struct error *e)
{
	VEC(str) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_MESSAGE_THREAD_MAIL_IDS,
	             DB_ARGS(db_int(ticket_id), db_id(thread_id),
	                     db_int(before_id ? before_id : INT64_MAX), db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = db_dup_str(a, &r, 0);
	for (size_t i = 0; i < v.n / 2; i++) { /* they came newest first */
		str t = v.p[i];
		v.p[i] = v.p[v.n - 1 - i];
		v.p[v.n - 1 - i] = t;
	}
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err message_said_before(struct arena *a, struct db_conn *c, int64_t ticket_id,
                             int64_t thread_id, int64_t before_id, bool from_outside, int limit,
                             struct message **out, size_t *n, struct error *e)
{
	VEC(struct message) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_MESSAGE_SAID_BEFORE,
	             DB_ARGS(db_int(ticket_id), db_id(thread_id), db_int(before_id),
	                     db_int(from_outside), db_int(limit)));
	while (db_rows_next(&r)) {
		struct message m = {.id = db_get_int(&r, 0),
		                    .author_name = db_dup_str(a, &r, 2),
		                    .sent_at = db_get_int(&r, 3),
		                    .text = db_dup_str(a, &r, 4),
		                    .author_address = db_dup_str(a, &r, 5),
		                    .mail_id = db_dup_str(a, &r, 6)};
		if (!message_kind_by_name(db_get_str(&r, 1), &m.kind))
			m.kind = MESSAGE_CUSTOMER;
		*vec_push(a, &v) = m;
	}
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

/* ---- one who is erased ---- */

static bool is_one_of(struct arena *a, str address, const str *addresses, size_t n)
{
	str lower = str_lower_ascii(a, address), norm = identity_norm(a, IDENTITY_EMAIL, address);
	for (size_t i = 0; i < n; i++)
		if (str_eq(lower, addresses[i]) || (norm.n && str_eq(norm, addresses[i])))
			return true;
	return false;
}

/* The list without them; true when somebody was. */
static bool drop(struct arena *a, struct address *v, size_t *n, const str *addresses, size_t n_addr)
{
	size_t kept = 0, was = *n;
	for (size_t i = 0; i < was; i++)
		if (!is_one_of(a, v[i].address, addresses, n_addr))
			v[kept++] = v[i];
	*n = kept;
	return kept < was;
}

enum err message_drop_recipients(struct arena *a, struct db_conn *tx, const int64_t *tickets,
                                 size_t n_tickets, const str *addresses, size_t n, struct error *e)
{
	struct changed {
		int64_t id;
		str json;
	};
	VEC(struct changed) v = {0};
	struct db_rows r;
	if (!n_tickets || !n)
		return ERR_OK;
	db_rows_open(&r, tx, &Q_MESSAGE_RECIPIENTS,
	             DB_ARGS(db_text(ids_to_json(a, tickets, n_tickets))));
	while (db_rows_next(&r)) {
		struct recipients rc = recipients_of(a, db_get_str(&r, 1));
		bool any = drop(a, rc.to, &rc.n_to, addresses, n);
		any |= drop(a, rc.cc, &rc.n_cc, addresses, n);
		any |= drop(a, rc.bcc, &rc.n_bcc, addresses, n);
		if (any)
			*vec_push(a, &v) =
			    (struct changed){db_get_int(&r, 0), recipients_json(a, &rc)};
	}
	enum err err = db_rows_close(&r, e);
	for (size_t i = 0; !err && i < v.n; i++)
		err = db_exec(tx, &Q_MESSAGE_SET_RECIPIENTS,
		              DB_ARGS(db_int(v.p[i].id), db_text(v.p[i].json)), NULL, e);
	return err;
}
