/* ticket_show.c: tickets as an actor may see them. */
#include "desk/mask.h"
#include "desk/sender.h"
#include "desk/ticket_internal.h"
#include "store/ahead.h"
#include "store/brand.h"
#include "store/line.h"
#include "text/addr.h"

enum { TAGS_SHOWN = 500 };

static void mask_contact(struct arena *a, const struct mask *m, struct contact *c)
{
	if (!m->on)
		return;
	c->name = mask_text(a, m, c->name);
	c->note = mask_text(a, m, c->note);
	c->attributes = mask_text(a, m, c->attributes);
	for (size_t i = 0; i < c->n_identities; i++)
		c->identities[i].value = mask_value(a, m, c->identities[i].value);
}

static void mask_participants(struct arena *a, const struct mask *m, struct participant *p,
                              size_t n)
{
	for (size_t i = 0; m->on && i < n; i++) {
		p[i].name = mask_text(a, m, p[i].name);
		p[i].address = mask_value(a, m, p[i].address);
		p[i].address_norm = STR_NONE;
	}
}

/* The main thread's participants first, then those of each side thread. */
static void share_out(struct arena *a, struct participant *all, size_t n, struct ticket_full *out)
{
	out->participants = ARENA_ARRAY(a, n, struct participant);
	for (size_t i = 0; i < n; i++)
		if (!all[i].thread_id)
			out->participants[out->n_participants++] = all[i];
	for (size_t k = 0; k < out->n_threads; k++) {
		struct side_thread_full *th = &out->threads[k];
		th->participants = ARENA_ARRAY(a, n, struct participant);
		for (size_t i = 0; i < n; i++)
			if (all[i].thread_id == th->t.id)
				th->participants[th->n_participants++] = all[i];
	}
}

static enum err names(struct arena *a, struct db_conn *c, struct ticket_full *out, struct error *e)
{
	struct line line;
	struct brand brand;
	struct inbox inbox;
	enum err err = line_get(a, c, out->t.line_id, &line, e);
	if (err || (err = brand_get(a, c, out->t.brand_id, &brand, e)))
		return err;
	out->line_name = line.name;
	out->brand_name = brand.name;
	if (out->t.category_id) {
		struct category_name *name;
		size_t n;
		if ((err = category_names(a, c, &out->t.category_id, 1, &name, &n, e)))
			return err;
		out->category = n ? name : NULL;
	}
	if (out->t.inbox_id) {
		if ((err = inbox_get(a, c, out->t.inbox_id, &inbox, e)))
			return err;
		out->inbox_name = inbox.name;
	}
	return out->t.assignee_id ? account_name(a, c, out->t.assignee_id, &out->assignee_name, e)
	                          : ERR_OK;
}

/* By which address and server an answer would leave. */
static enum err sends_as(struct arena *a, struct db_conn *c, const struct ticket *t, usec now,
                         struct ticket_full *out, struct error *e)
{
	struct inbox box;
	struct sender *way;
	size_t n;
	struct error why = {0};
	int64_t offered;
	usec first;
	enum err err = desk_sender(a, c, t, &box, &why);
	if (err == ERR_INVALID)
		return ERR_OK;
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	out->sends_name = box.sender_name.n ? box.sender_name : box.brand_name;
	out->sends_address = box.address;
	if ((err = desk_sender_way(a, c, &box, &way, &n, e)))
		return err;
	out->sends_via = n ? way[0].name : box.smtp_host;
	if (!box.hour_most)
		return ERR_OK;
	if ((err = inbox_offered(c, box.id, now - USEC_HOUR, &offered, &first, e)))
		return err;
	if (offered >= box.hour_most)
		out->sends_full_until = first + USEC_HOUR;
	return ERR_OK;
}

/* Not by contact_get as the actor alone: the ticket shows its contact. Only the count of tickets
 * is the actor's own. */
static enum err show_contact(struct arena *a, struct db_conn *c, const struct actor *actor,
                             int64_t id, struct contact *out, struct error *e)
{
	struct error why;
	enum err err = contact_get(a, c, actor, id, out, &why);
	if (err == ERR_NOT_FOUND) {
		err = contact_get(a, c, actor_system(), id, out, &why);
		out->ticket_count = 0;
	}
	if (err && e)
		*e = why;
	return err;
}

/* Deals out what was read, and hides what the actor may not see. */
static void finish(struct arena *a, const struct mask *mask, struct participant *all, size_t n_all,
                   struct ticket_full *out)
{
	/* Kept after reopening as the point up to which all is settled; shown only while it is. */
	if (!ticket_status_is_over(out->t.status))
		out->t.solved_at = out->t.closed_at = 0;
	out->reply_to = mask_value(a, mask, out->reply_to);
	mask_participants(a, mask, all, n_all);
	share_out(a, all, n_all, out);
	mask_contact(a, mask, &out->contact);
	for (size_t i = 0; mask->on && i < out->n_holds; i++)
		out->holds[i].reason = mask_text(a, mask, out->holds[i].reason);
	out->t.subject = mask_text(a, mask, out->t.subject);
	out->t.snippet = mask_text(a, mask, out->t.snippet);
	for (size_t i = 0; mask->on && i < out->n_threads; i++)
		out->threads[i].t.subject = mask_text(a, mask, out->threads[i].t.subject);
	for (size_t i = 0; mask->on && i < out->n_fields; i++)
		out->fields[i].value = mask_text(a, mask, out->fields[i].value);
}

enum err desk_ticket_show(struct arena *a, struct db_conn *c, const struct actor *actor,
                          const struct ticket *t, usec now, struct ticket_full *out,
                          struct error *e)
{
	struct side_thread *threads = NULL;
	struct participant *all = NULL;
	struct ticket_parts parts;
	struct address reply_to;
	struct mask mask;
	size_t n_all = 0;
	*out = (struct ticket_full){.t = *t};
	enum err err = ticket_parts_get(
	    c, t->id, actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0, &parts, e);
	if (err)
		return err;
	out->read_message_id = parts.read_message_id;
	ahead_ticket_row(c, actor, t, &parts);
	if ((err = names(a, c, out, e)) ||
	    (err = show_contact(a, c, actor, t->contact_id, &out->contact, e)) ||
	    (err = sends_as(a, c, t, now, out, e)) ||
	    (parts.tags && (err = tag_of_ticket(a, c, t->id, &out->tags, &out->n_tags, e))) ||
	    (parts.fields &&
	     (err = field_values_of_ticket(a, c, t->id, &out->fields, &out->n_fields, e))) ||
	    (parts.threads &&
	     (err = thread_of_ticket(a, c, t->id, &threads, &out->n_threads, e))) ||
	    (parts.participants && (err = participant_of_ticket(a, c, t->id, &all, &n_all, e))) ||
	    (parts.merges &&
	     (err = merge_of(a, c, false, t->id, &out->merges, &out->n_merges, e))) ||
	    (err = hold_of_ticket(a, c, t->id, &out->holds, &out->n_holds, e)) ||
	    (err = desk_reply_address_of(a, c, t, &out->contact, &reply_to, e)) ||
	    (err = mask_load(a, c, actor, t->id, t->contact_id, &mask, e)))
		return err;
	out->threads = ARENA_ARRAY(a, out->n_threads, struct side_thread_full);
	for (size_t i = 0; threads && i < out->n_threads; i++)
		out->threads[i].t = threads[i];
	out->reply_to = reply_to.address;
	finish(a, &mask, all, n_all, out);
	return ERR_OK;
}

enum err desk_ticket_show_made(struct arena *a, struct db_conn *c, const struct actor *actor,
                               const struct ticket *t, const struct ticket_made *made, usec now,
                               struct ticket_full *out, struct error *e)
{
	struct participant *all = NULL;
	struct mask mask;
	size_t n_all = 0;
	*out = (struct ticket_full){
	    .t = *t, .contact = made->contact, .read_message_id = made->read_message_id};
	enum err err = names(a, c, out, e);
	/* A new contact's organisation has no name here, and of earlier tickets the actor may see
	 * fewer than there are. */
	const struct contact *ct = &made->contact;
	if (!err && (!ct->organisation_id || ct->organisation_name.n) &&
	    (!ct->ticket_count || (actor->all_lines && actor->all_brands)))
		out->contact.ticket_count += actor_sees(actor, t->line_id, t->brand_id);
	else if (!err)
		err = show_contact(a, c, actor, t->contact_id, &out->contact, e);
	if (err || (err = sends_as(a, c, t, now, out, e)) ||
	    (made->tags && (err = tag_of_ticket(a, c, t->id, &out->tags, &out->n_tags, e))) ||
	    (made->fields &&
	     (err = field_values_of_ticket(a, c, t->id, &out->fields, &out->n_fields, e))) ||
	    (made->copies && (err = participant_of_ticket(a, c, t->id, &all, &n_all, e))) ||
	    (err = hold_of_ticket(a, c, t->id, &out->holds, &out->n_holds, e)) ||
	    (err = mask_load(a, c, actor, t->id, t->contact_id, &mask, e)))
		return err;
	out->reply_to = desk_contact_address(a, &out->contact, made->author_address);
	finish(a, &mask, all, n_all, out);
	return ERR_OK;
}

enum err desk_ticket_full(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t id, struct ticket_full *out,
                          struct error *e)
{
	struct ticket t;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err)
		return err;
	ahead_ticket(c, actor, id);
	if ((err = ticket_get(a, c, actor, id, &t, e)))
		return err;
	return desk_ticket_show(a, c, actor, &t, clock_now(d->clock), out, e);
}

void desk_mask_row(struct arena *a, const struct actor *actor, struct ticket_row *row)
{
	if (!actor_masked(actor))
		return;
	row->t.subject = text_mask(a, row->t.subject, &row->contact_address, 1);
	row->t.snippet = text_mask(a, row->t.snippet, &row->contact_address, 1);
	row->question = text_mask(a, row->question, &row->contact_address, 1);
	row->contact_name = text_mask(a, row->contact_name, &row->contact_address, 1);
	row->contact_address =
	    row->contact_address.n ? mask_any(a, row->contact_address) : STR_NONE;
}

enum err desk_ticket_list(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, const struct ticket_filter *f,
                          struct ticket_list *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = ticket_list(a, c, actor, f, out, e)))
		return err;
	for (size_t i = 0; i < out->n; i++)
		desk_mask_row(a, actor, &out->items[i]);
	return ERR_OK;
}

enum err desk_ticket_page(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, const struct ticket_filter *f,
                          struct ticket_page *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	return err ? err : ticket_page(a, c, actor, f, out, e);
}

enum err desk_ticket_rows(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, const int64_t *ids, size_t n,
                          struct ticket_row **out, size_t *n_out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = ticket_rows(a, c, actor, ids, n, out, n_out, e)))
		return err;
	for (size_t i = 0; i < *n_out; i++)
		desk_mask_row(a, actor, &(*out)[i]);
	return ERR_OK;
}

enum err desk_counts(const struct desk *d, struct arena *a, struct db_conn *c,
                     const struct actor *actor, struct counts *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	return err ? err : counts_get(a, c, actor, out, e);
}

enum err desk_ticket_events(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, int64_t id, int64_t after, int limit,
                            struct event **out, size_t *n, struct error *e)
{
	struct ticket t;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = ticket_get(a, c, actor, id, &t, e)))
		return err;
	return event_read_visible(a, c, actor, id, after, limit > 0 ? limit : 100, out, n, e);
}

enum err desk_tag_list(const struct desk *d, struct arena *a, struct db_conn *c,
                       const struct actor *actor, str q, struct tag_list *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	return err ? err : tag_list(a, c, q, TAGS_SHOWN, &out->items, &out->n, e);
}
