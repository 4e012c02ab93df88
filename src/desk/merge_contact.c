/* merge_contact.c: two contacts are one person, or are not after all. */
#include "desk/merge_internal.h"
#include "store/contact.h"
#include "store/privacy.h"

static enum err open_both(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          int64_t from_id, int64_t into_id, struct contact *from,
                          struct contact *into, struct error *e)
{
	int64_t low = from_id < into_id ? from_id : into_id;
	enum err err = db_lock(tx, "contact", low, e);
	if (err || (err = db_lock(tx, "contact", from_id + into_id - low, e)) ||
	    (err = contact_get(a, tx, actor, from_id, from, e)))
		return err;
	return contact_get(a, tx, actor, into_id, into, e);
}

/* What the one lacks it takes from the other. */
static void take_over(const struct contact *from, struct contact *into, struct moved *m)
{
	if ((m->name = !into->name.n && from->name.n))
		into->name = from->name;
	if ((m->note = !into->note.n && from->note.n))
		into->note = from->note;
	if ((m->language = !into->language.n && from->language.n))
		into->language = from->language;
	if ((m->vip = !into->vip && from->vip))
		into->vip = true;
	if (!into->organisation_id && from->organisation_id)
		into->organisation_id = m->organisation_id = from->organisation_id;
}

static void give_back(const struct contact *from, struct contact *into, const struct moved *m)
{
	if (m->name && str_eq(into->name, from->name))
		into->name = STR("");
	if (m->note && str_eq(into->note, from->note))
		into->note = STR("");
	if (m->language && str_eq(into->language, from->language))
		into->language = STR("");
	if (m->vip)
		into->vip = false;
	if (m->organisation_id && into->organisation_id == m->organisation_id)
		into->organisation_id = 0;
}

/* Those who look at these tickets learn that their customer is another. */
static enum err tell_tickets(struct arena *a, struct db_conn *tx, const struct actor *actor,
                             const struct moved *m, const struct merge *g, bool undone, usec now,
                             struct error *e)
{
	for (size_t i = 0; i < m->of[MOVE_TICKET].n; i++) {
		struct ticket t;
		enum err err = ticket_get(a, tx, actor_system(), m->of[MOVE_TICKET].p[i], &t, e);
		if (err)
			return err;
		struct event_about about = {t.id, t.line_id, t.brand_id};
		if (undone)
			desk_tell_undone(tx, actor, about, g, now);
		else
			event_add(tx, now, actor, EVENT_TICKET_CHANGED, about,
			          EVENT_DATA(EVENT_CODE("field", STR("contact")),
			                     EVENT_INT("from", g->from_id),
			                     EVENT_INT("to", g->into_id)));
	}
	return ERR_OK;
}

/* What goes with a contact is found anew at each step of its erasure: nothing may leave it
 * then, and nothing may come to it that nobody agreed to erase. */
static enum err check_erasing(struct arena *a, struct db_conn *tx, const struct contact *c,
                              struct error *e)
{
	struct erasure run;
	if (c->erased_at)
		return error_set(e, ERR_CONFLICT, "error.erased_already", NULL, NULL);
	enum err err = erasure_of_contact(a, tx, c->id, &run, e);
	if (!err && erasure_runs(&run))
		err = error_set(e, ERR_CONFLICT, "error.erasure_running", NULL, NULL);
	return err;
}

enum err desk_contact_merge(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t from_id, int64_t into_id,
                            struct merge *out, struct error *e)
{
	static const enum move_kind kinds[] = {MOVE_TICKET, MOVE_IDENTITY, MOVE_WORD};
	struct contact from, into;
	struct moved moved = {.after = TICKET_OPEN};
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_CONTACT_MERGE, e);
	if (err)
		return err;
	if (from_id == into_id)
		return error_set(e, ERR_INVALID, "error.merge_self", "into_id", NULL);
	if ((err = open_both(a, tx, actor, from_id, into_id, &from, &into, e)))
		return err;
	if (from.merged_into || into.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", "into_id", NULL);
	if ((err = check_erasing(a, tx, &from, e)) || (err = check_erasing(a, tx, &into, e)))
		return err;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if ((err = move_ids(a, tx, kinds[i], from_id, &moved.of[kinds[i]].p,
		                    &moved.of[kinds[i]].n, e)))
			return err;
	if ((err = desk_move_all(tx, &moved, from_id, into_id, e)))
		return err;
	take_over(&from, &into, &moved);
	from.merged_into = into_id;
	from.updated_at = into.updated_at = now;
	if ((err = contact_update(a, tx, &from, e)) || (err = contact_update(a, tx, &into, e)))
		return err;
	bool account = actor->kind == ACTOR_ACCOUNT;
	*out = (struct merge){.kind = MERGE_CONTACT,
	                      .from_id = from_id,
	                      .into_id = into_id,
	                      .moved = moved_write(a, &moved),
	                      .created_by = account ? actor->account_id : 0,
	                      .created_by_name = account ? actor->name : STR_NONE,
	                      .created_at = now};
	if ((err = merge_insert(tx, out, e)))
		return err;
	event_add(tx, now, actor, EVENT_CONTACT_MERGED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("merge_id", out->id), EVENT_INT("from_id", from_id),
	                     EVENT_INT("into_id", into_id)));
	return tell_tickets(a, tx, actor, &moved, out, false, now, e);
}

enum err desk_contact_unmerge(struct arena *a, struct db_conn *tx, const struct actor *actor,
                              const struct merge *m, usec now, struct error *e)
{
	struct contact from, into;
	struct moved moved;
	/* `from` has no tickets of its own now, so it is read by the service. */
	enum err err = open_both(a, tx, actor_system(), m->from_id, m->into_id, &from, &into, e);
	if (err || (err = moved_read(a, m->moved, &moved, e)))
		return err;
	if (from.merged_into != into.id || into.merged_into)
		return error_set(e, ERR_CONFLICT, "error.undo_later_first", NULL, NULL);
	if ((err = check_erasing(a, tx, &from, e)) || (err = check_erasing(a, tx, &into, e)))
		return err;
	if ((err = desk_check_later(a, tx, m, &moved, e)) ||
	    (err = desk_move_all(tx, &moved, into.id, from.id, e)))
		return err;
	give_back(&from, &into, &moved);
	from.merged_into = 0;
	from.updated_at = into.updated_at = now;
	if ((err = contact_update(a, tx, &from, e)) || (err = contact_update(a, tx, &into, e)))
		return err;
	desk_tell_undone(tx, actor, (struct event_about){0}, m, now);
	return tell_tickets(a, tx, actor, &moved, m, true, now, e);
}
