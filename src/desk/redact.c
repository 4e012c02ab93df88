/* redact.c: spans of messages, blocked out. See privacy.h. */
#include "base/buf.h"
#include "base/vec.h"
#include "desk/privacy_internal.h"
#include "json/read.h"
#include "json/write.h"
#include "store/attachment.h"
#include "store/redact.h"

enum { SPANS_MAX = 100, FOUND_MAX = 100 };

static const char *const FIELD[REDACT_FIELD_COUNT] = {"text", "quoted", "subject"};

static str *field_of(struct message *m, enum redact_field f)
{
	return f == REDACT_TEXT ? &m->text : f == REDACT_QUOTED ? &m->quoted : &m->subject;
}

enum err desk_message_sensitive(const struct desk *d, struct arena *a, struct db_conn *c,
                                const struct actor *actor, int64_t message_id,
                                struct sensitive_span **out, size_t *n, struct error *e)
{
	struct message m;
	VEC(struct sensitive_span) v = {0};
	(void)d;
	enum err err = actor_need(actor, RIGHT_MESSAGE_REDACT, e);
	if (!err)
		err = actor_need(actor, RIGHT_CONTACT_REVEAL, e);
	if (err || (err = message_get(a, c, actor, message_id, &m, e)))
		return err;
	for (int f = 0; f < REDACT_FIELD_COUNT; f++) {
		struct sensitive *found;
		size_t n_found;
		text_sensitive(a, *field_of(&m, (enum redact_field)f), FOUND_MAX, &found, &n_found);
		for (size_t i = 0; i < n_found; i++)
			*vec_push(a, &v) = (struct sensitive_span){
			    .span = {(enum redact_field)f, (int64_t)found[i].start,
			             (int64_t)found[i].chars},
			    .kind = found[i].kind,
			};
	}
	*out = v.p;
	*n = v.n;
	return ERR_OK;
}

/* ---- the tombstone ---- */

str privacy_spans_write(struct arena *a, int64_t message_id, const struct redact_input *in)
{
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_i64(&w, "message", message_id);
	jw_put_array(&w, "spans");
	for (size_t i = 0; i < in->n_spans; i++) {
		jw_object(&w);
		jw_put_z(&w, "field", FIELD[in->spans[i].field]);
		jw_put_i64(&w, "start", in->spans[i].start);
		jw_put_i64(&w, "chars", in->spans[i].chars);
		jw_end(&w);
	}
	jw_end(&w);
	jw_put_array(&w, "files");
	for (size_t i = 0; i < in->n_attachments; i++)
		jw_i64(&w, in->attachments[i]);
	jw_end(&w);
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

enum err privacy_spans_read(struct arena *a, str json, int64_t *message_id,
                            struct redact_input *out, struct error *e)
{
	const struct json *j;
	enum err err = json_parse(a, json, NULL, &j, e);
	if (err)
		return err;
	const struct json *spans = json_get(j, "spans"), *files = json_get(j, "files");
	struct redact_span *v = ARENA_ARRAY(a, spans->n, struct redact_span);
	int64_t *ids = ARENA_ARRAY(a, files->n, int64_t);
	for (size_t i = 0; i < spans->n; i++) {
		const struct json *s = json_at(spans, i);
		str name = json_get_str(s, "field", STR_NONE);
		for (int f = 0; f < REDACT_FIELD_COUNT; f++)
			if (str_eq(name, str_of(FIELD[f])))
				v[i].field = (enum redact_field)f;
		v[i].start = json_get_i64(s, "start", 0);
		v[i].chars = json_get_i64(s, "chars", 0);
	}
	for (size_t i = 0; i < files->n; i++)
		ids[i] = json_at(files, i)->i;
	*message_id = json_get_i64(j, "message", 0);
	*out = (struct redact_input){v, spans->n, ids, files->n};
	return ERR_OK;
}

/* ---- blocking out ---- */

struct work {
	struct arena *a;
	struct db_conn *tx;
	struct redactor *values;
	size_t n_values;
	bool small; /* a value too short to be looked for */
	usec now;
	int64_t target;
	const struct redact_input *in;
};

/* Values that stand there; blocks that stand there already are none. */
static enum err read_values(struct work *w, struct message *m, struct error *e)
{
	w->values = ARENA_ARRAY(w->a, w->in->n_spans, struct redactor);
	for (size_t i = 0; i < w->in->n_spans; i++) {
		const struct redact_span *s = &w->in->spans[i];
		str value, field = str_printf(w->a, "spans.%zu", i);
		if (s->start < 0 || s->chars < 1 ||
		    !text_span(*field_of(m, s->field), (size_t)s->start, (size_t)s->chars, &value))
			return error_set(e, ERR_INVALID, "error.bad_span", field.p, NULL);
		w->values[i] = redactor_of(w->a, value);
		w->small |= w->values[i].n < REDACTOR_MIN;
	}
	w->n_values = w->in->n_spans;
	return ERR_OK;
}

static bool all(const struct work *w, str *text)
{
	return text_redact(w->a, *text, w->values, w->n_values, text);
}

static void exact(struct work *w, struct message *m)
{
	for (size_t i = 0; i < w->in->n_spans; i++) {
		const struct redact_span *s = &w->in->spans[i];
		str *text = field_of(m, s->field);
		(void)text_redact_span(w->a, *text, (size_t)s->start, (size_t)s->chars, text);
	}
}

/* Files whose names hold a value, with their new names. */
static enum err file_names(struct work *w, int64_t message_id, struct attachment **out, size_t *n,
                           struct error *e)
{
	struct attachment *at;
	size_t all_files;
	enum err err = attachment_of_messages(w->a, w->tx, &message_id, 1, &at, &all_files, e);
	*n = 0;
	for (size_t i = 0; !err && i < all_files; i++)
		if (all(w, &at[i].name))
			at[(*n)++] = at[i];
	*out = at;
	return err;
}

static enum err one_message(struct work *w, struct message *m, struct error *e)
{
	bool target = m->id == w->target, any = target;
	struct message was = *m;
	if (m->erased_at)
		return ERR_OK;
	if (target)
		exact(w, m);
	any |= all(w, &m->subject);
	any |= all(w, &m->text);
	any |= all(w, &m->quoted);
	any |= text_redact_html(w->a, m->html, w->values, w->n_values, &m->html);
	/* Where it stands in the HTML nobody can say. */
	if (target && w->small)
		m->html = STR("");
	struct attachment *named;
	size_t n_named;
	struct redact_change change = {.was = &was, .is = m};
	enum err err = file_names(w, m->id, &named, &n_named, e);
	if (err || !(any || n_named) || (err = redact_begin(w->a, w->tx, &change, e)))
		return err;
	if (target)
		err = erase_attachments(w->a, w->tx, m->id,
		                        (struct id_list){(int64_t *)(uintptr_t)w->in->attachments,
		                                         w->in->n_attachments},
		                        w->now, e);
	for (size_t i = 0; !err && i < n_named; i++)
		err = redact_attachment_name(w->tx, named[i].id, named[i].name, e);
	return err ? err : redact_end(w->a, w->tx, &change, w->now, e);
}

static enum err ticket_words(struct work *w, struct ticket *t, const struct message *before,
                             const struct message *after, struct error *e)
{
	if (str_eq(t->subject, before->subject))
		t->subject = after->subject;
	(void)all(w, &t->subject);
	enum err err = ticket_derive(w->a, w->tx, t, e);
	if (err)
		return err;
	(void)all(w, &t->snippet);
	if ((err = desk_ticket_save(w->a, w->tx, t, w->now, e)))
		return err;
	return redact_subjects(w->a, w->tx, t->id, w->values, w->n_values, e);
}

enum err privacy_redact(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        int64_t message_id, const struct redact_input *in, usec until, usec now,
                        struct error *e)
{
	struct message m, before, after = {0};
	struct ticket t;
	struct work w = {.a = a, .tx = tx, .now = now, .target = message_id, .in = in};
	enum err err = message_get(a, tx, actor, message_id, &m, e);
	if (err || (err = desk_ticket_open(a, tx, actor_system(), m.ticket_id, &t, e)) ||
	    (err = message_get(a, tx, actor, message_id, &m, e)))
		return err;
	if (m.erased_at)
		return error_set(e, ERR_CONFLICT, "error.erased_already", NULL, NULL);
	if (m.created_at > until)
		return ERR_OK;
	if ((err = read_values(&w, &m, e)))
		return err;
	before = m;
	for (int64_t at = 0; !err;) {
		struct message *page;
		size_t n;
		if ((err = redact_page(a, tx, t.id, at, &page, &n, e)) || !n)
			break;
		for (size_t i = 0; !err && i < n; i++) {
			at = page[i].id;
			err = one_message(&w, &page[i], e);
			if (at == message_id)
				after = page[i];
		}
	}
	if (!err)
		err = ticket_words(&w, &t, &before, &after, e);
	if (!err)
		err = erase_kept_answers(tx, e);
	if (!err)
		event_add(tx, now, actor, EVENT_MESSAGE_REDACTED, desk_about(&t),
		          EVENT_DATA(EVENT_INT("message_id", message_id),
		                     EVENT_INT("spans", (int64_t)in->n_spans),
		                     EVENT_INT("files", (int64_t)in->n_attachments)));
	return err;
}

static enum err check_files(struct arena *a, struct db_conn *tx, int64_t message_id,
                            const struct redact_input *in, struct error *e)
{
	struct attachment *at;
	size_t n;
	enum err err = attachment_of_messages(a, tx, &message_id, 1, &at, &n, e);
	for (size_t i = 0; !err && i < in->n_attachments; i++) {
		bool own = false;
		for (size_t k = 0; k < n; k++)
			own |= at[k].id == in->attachments[i];
		if (!own)
			err = error_set(e, ERR_INVALID, "error.no_such_reference",
			                str_printf(a, "attachment_ids.%zu", i).p, NULL);
	}
	return err;
}

enum err desk_message_redact(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t message_id,
                             const struct redact_input *in, struct error *e)
{
	struct message m;
	struct legal_hold *holds;
	size_t n;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_MESSAGE_REDACT, e);
	/* Whoever sees other characters than those that stand there cannot point at them. */
	if (!err)
		err = actor_need(actor, RIGHT_CONTACT_REVEAL, e);
	if (err || (err = message_get(a, tx, actor, message_id, &m, e)))
		return err;
	if (!in->n_spans && !in->n_attachments)
		return error_set(e, ERR_INVALID, "error.required", "spans", NULL);
	if (in->n_spans > SPANS_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "spans", "100");
	if ((err = hold_of_ticket(a, tx, m.ticket_id, &holds, &n, e)) ||
	    (err = desk_hold_error(a, actor, holds, n, e)) ||
	    (err = check_files(a, tx, message_id, in, e)) ||
	    (err = privacy_redact(a, tx, actor, message_id, in, INT64_MAX, now, e)) ||
	    (err = tombstone_add(a, tx, "spans", privacy_spans_write(a, message_id, in), now, e)))
		return err;
	struct erasure x = {
	    .kind = STR("redaction"),
	    .ticket_id = m.ticket_id,
	    .stage = STR("log"),
	    .total = 1,
	    .asked_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	    .created_at = now,
	};
	err = erasure_insert(tx, &x, e);
	return err ? err : privacy_queue(a, tx, &x, now, e);
}
