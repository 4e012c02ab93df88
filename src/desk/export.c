/* export.c: see export.h. */
#include "desk/export.h"

#include "desk/reply.h"
#include "json/write.h"

#define EXPORT_BYTES ((size_t)8 << 20)
#define TICKET_BYTES ((size_t)16 << 20) /* of the texts of one ticket, about */

static void put_addresses(struct jw *w, const char *key, const struct address *v, size_t n)
{
	jw_put_array(w, key);
	for (size_t i = 0; i < n; i++) {
		jw_object(w);
		jw_put_str(w, "name", v[i].name);
		jw_put_str(w, "address", v[i].address);
		jw_end(w);
	}
	jw_end(w);
}

static void put_message(struct jw *w, const struct message_full *f)
{
	const struct message *m = &f->m;
	jw_object(w);
	jw_put_i64(w, "id", m->id);
	jw_put_id(w, "thread_id", m->thread_id);
	jw_put_z(w, "kind", message_kind_name(m->kind));
	jw_put_str(w, "channel", m->channel);
	jw_put_str(w, "author", m->author_name);
	jw_put_str(w, "author_address", m->author_address);
	jw_put_id(w, "account_id", m->account_id);
	jw_put_id(w, "contact_id", m->contact_id);
	jw_put_time(w, "sent_at", m->sent_at);
	jw_put_time(w, "created_at", m->created_at);
	jw_put_str(w, "subject", m->subject);
	jw_put_str(w, "text", m->text);
	jw_put_str(w, "quoted", m->quoted);
	put_addresses(w, "to", m->rcpt.to, m->rcpt.n_to);
	put_addresses(w, "cc", m->rcpt.cc, m->rcpt.n_cc);
	jw_put_bool(w, "auto", m->is_auto);
	jw_put_str(w, "warning", m->warning);
	jw_put_array(w, "attachments");
	for (size_t i = 0; i < f->n_attachments; i++) {
		jw_object(w);
		jw_put_i64(w, "id", f->attachments[i].id);
		jw_put_str(w, "name", f->attachments[i].name);
		jw_put_str(w, "content_type", f->attachments[i].content_type);
		jw_put_i64(w, "size", f->attachments[i].size);
		jw_put_str(w, "sha256", f->attachments[i].hash);
		jw_end(w);
	}
	jw_end(w);
	jw_put_array(w, "deliveries");
	for (size_t i = 0; i < f->n_deliveries; i++) {
		jw_object(w);
		jw_put_str(w, "address", f->deliveries[i].address);
		jw_put_str(w, "role", f->deliveries[i].role);
		jw_put_z(w, "state", delivery_state_name(f->deliveries[i].state));
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

static void put_head(struct jw *w, const struct ticket_full *f)
{
	const struct ticket *t = &f->t;
	jw_put_i64(w, "id", t->id);
	jw_put_str(w, "subject", t->subject);
	jw_put_z(w, "status", ticket_status_name(t->status));
	jw_put_i64(w, "priority", t->priority);
	jw_put_str(w, "channel", t->channel);
	jw_put_str(w, "line", f->line_name);
	jw_put_str(w, "brand", f->brand_name);
	jw_put_str(w, "inbox", f->inbox_name);
	jw_put_str(w, "assignee", f->assignee_name);
	jw_put_time(w, "created_at", t->created_at);
	jw_put_time(w, "updated_at", t->updated_at);
	jw_put_time(w, "waiting_since", t->waiting_since);
	jw_put_time(w, "first_reply_at", t->first_reply_at);
	jw_put_time(w, "solved_at", t->solved_at);
	jw_put_time(w, "closed_at", t->closed_at);
	jw_put_id(w, "merged_into", t->merged_into);
	jw_put_id(w, "split_from", t->split_from);
	jw_put_array(w, "tags");
	for (size_t i = 0; i < f->n_tags; i++)
		jw_str(w, f->tags[i].name);
	jw_end(w);
	jw_put_object(w, "fields");
	for (size_t i = 0; i < f->n_fields; i++) {
		jw_key(w, f->fields[i].key);
		jw_str(w, f->fields[i].value);
	}
	jw_end(w);
	jw_put_object(w, "contact");
	jw_put_i64(w, "id", f->contact.id);
	jw_put_str(w, "name", f->contact.name);
	jw_put_array(w, "identities");
	for (size_t i = 0; i < f->contact.n_identities; i++) {
		jw_object(w);
		jw_put_z(w, "kind", identity_kind_name(f->contact.identities[i].kind));
		jw_put_str(w, "value", f->contact.identities[i].value);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

/* The messages of a ticket, oldest first: its pages come newest first, so their cursors are
 * gathered. The oldest of a monstrous ticket stay out, and it is said: no customer's letters
 * may stop the export. */
static enum err put_messages(const struct desk *d, struct arena *a, struct db_conn *c,
                             const struct actor *actor, int64_t ticket_id, struct jw *w,
                             struct error *e)
{
	struct page {
		struct message_list list;
		struct page *older;
	} *page = NULL;
	str cursor = STR_NONE;
	size_t bytes = 0;
	do {
		struct page *p = ARENA_NEW(a, struct page);
		enum err err =
		    desk_message_list(d, a, c, actor, ticket_id, cursor, 200, &p->list, e);
		if (err)
			return err;
		p->older = page;
		page = p;
		cursor = p->list.next;
		for (size_t i = 0; i < p->list.n; i++)
			bytes += p->list.items[i].m.text.n + p->list.items[i].m.quoted.n;
	} while (cursor.n && bytes < TICKET_BYTES);
	jw_put_bool(w, "older_left_out", cursor.n > 0);
	jw_put_array(w, "messages");
	for (; page; page = page->older)
		for (size_t i = 0; i < page->list.n; i++)
			put_message(w, &page->list.items[i]);
	jw_end(w);
	return ERR_OK;
}

enum err desk_export_tickets(const struct desk *d, struct arena *a, struct db_conn *c,
                             const struct actor *actor, int64_t after, int limit, struct buf *out,
                             int64_t *last, int64_t *count, struct error *e)
{
	struct ticket_filter f = {
	    .by_id = true, .ids_after = after, .limit = limit > 0 ? limit : 100};
	struct ticket_list list;
	*last = *count = 0;
	enum err err = actor_need(actor, RIGHT_EXPORT, e);
	if (err || (err = ticket_list(a, c, actor, &f, &list, e)))
		return err;
	for (size_t i = 0; i < list.n && out->n < EXPORT_BYTES; i++) {
		struct ticket_full full;
		struct jw w;
		ARENA_AUTO one = arena_new();
		if ((err = desk_ticket_show(one, c, actor, &list.items[i].t, clock_now(d->clock),
		                            &full, e)))
			return err;
		jw_init(&w, out);
		jw_object(&w);
		put_head(&w, &full);
		if ((err = put_messages(d, one, c, actor, full.t.id, &w, e)))
			return err;
		jw_end(&w);
		buf_addc(out, '\n');
		*last = full.t.id;
		++*count;
	}
	return out->failed ? error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL) : ERR_OK;
}

enum err desk_export_made(const struct desk *d, struct db_conn *tx, const struct actor *actor,
                          str what, int64_t count, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_EXPORT, e);
	if (err)
		return err;
	event_add(tx, clock_now(d->clock), actor, EVENT_EXPORT_MADE, (struct event_about){0},
	          EVENT_DATA(EVENT_CODE("what", what), EVENT_INT("count", count)));
	return ERR_OK;
}
