/* merge.c: tickets merge and split. Contacts: merge_contact.c. */
#include "desk/merge.h"

#include "desk/merge_internal.h"
#include "desk/sense.h"
#include "desk/ticket_internal.h"

enum { SPLIT_MAX = 200 };

/* Both under lock, the lower id first, so that two merges cannot wait for each other. */
static enum err open_both(struct arena *a, struct db_conn *tx, const struct actor *actor, int64_t x,
                          int64_t y, struct ticket *tx_x, struct ticket *tx_y, struct error *e)
{
	enum err err = db_lock(tx, "ticket", x < y ? x : y, e);
	if (err || (err = db_lock(tx, "ticket", x < y ? y : x, e)) ||
	    (err = ticket_get(a, tx, actor, x, tx_x, e)))
		return err;
	return ticket_get(a, tx, actor, y, tx_y, e);
}

static enum err record(struct db_conn *tx, const struct actor *actor, struct merge *m,
                       struct error *e)
{
	m->created_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	m->created_by_name = m->created_by ? actor->name : STR_NONE;
	return merge_insert(tx, m, e);
}

static void tell(struct db_conn *tx, const struct actor *actor, enum event_type type,
                 const struct ticket *about, const struct merge *m, usec now)
{
	event_add(tx, now, actor, type, desk_about(about),
	          EVENT_DATA(EVENT_INT("merge_id", m->id), EVENT_INT("from_id", m->from_id),
	                     EVENT_INT("into_id", m->into_id)));
}

static struct moved_end end_of(const struct ticket *t)
{
	return (struct moved_end){t->status, t->solved_at, t->closed_at};
}

/* Participants of the main thread who take part in the other ticket already stay behind. */
static enum err participants_to_move(struct arena *a, struct db_conn *tx, int64_t from,
                                     const struct ticket *into, struct moved_ids *out,
                                     struct error *e)
{
	struct participant *theirs, *ours;
	size_t n_theirs, n_ours;
	enum err err = participant_of_ticket(a, tx, from, &theirs, &n_theirs, e);
	if (err || (err = participant_of_ticket(a, tx, into->id, &ours, &n_ours, e)))
		return err;
	out->p = ARENA_ARRAY(a, n_theirs, int64_t);
	for (size_t i = 0; i < n_theirs; i++) {
		bool known = false;
		for (size_t j = 0; j < n_ours && !theirs[i].thread_id; j++)
			known |= !ours[j].thread_id &&
			         str_eq(ours[j].address_norm, theirs[i].address_norm);
		if (!known && !theirs[i].thread_id &&
		    (err = desk_is_contact(a, tx, into->contact_id, theirs[i].address_norm, &known,
		                           e)))
			return err;
		if (!known)
			out->p[out->n++] = theirs[i].id;
	}
	return ERR_OK;
}

static enum err give_tags(struct arena *a, struct db_conn *tx, int64_t from, int64_t into,
                          struct moved_ids *out, struct error *e)
{
	struct tag *theirs, *ours;
	size_t n_theirs, n_ours;
	enum err err = tag_of_ticket(a, tx, from, &theirs, &n_theirs, e);
	if (err || (err = tag_of_ticket(a, tx, into, &ours, &n_ours, e)))
		return err;
	out->p = ARENA_ARRAY(a, n_theirs, int64_t);
	for (size_t i = 0; i < n_theirs; i++) {
		bool known = false;
		for (size_t j = 0; j < n_ours; j++)
			known |= ours[j].id == theirs[i].id;
		if (known)
			continue;
		if ((err = tag_attach(tx, into, theirs[i].id, e)))
			return err;
		out->p[out->n++] = theirs[i].id;
	}
	return ERR_OK;
}

enum err desk_move_all(struct db_conn *tx, const struct moved *m, int64_t from, int64_t into,
                       struct error *e)
{
	for (int k = 0; k < MOVE_KIND_COUNT; k++) {
		enum err err = m->of[k].n ? move_rows(tx, (enum move_kind)k, m->of[k].p, m->of[k].n,
		                                      from, into, NULL, e)
		                          : ERR_OK;
		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err move_into(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          struct ticket *from, struct ticket *into, struct moved *m, usec now,
                          struct error *e)
{
	enum err err = move_ids(a, tx, MOVE_MESSAGE, from->id, &m->of[MOVE_MESSAGE].p,
	                        &m->of[MOVE_MESSAGE].n, e);
	if (err ||
	    (err = move_ids(a, tx, MOVE_THREAD, from->id, &m->of[MOVE_THREAD].p,
	                    &m->of[MOVE_THREAD].n, e)) ||
	    (err = participants_to_move(a, tx, from->id, into, &m->of[MOVE_PARTICIPANT], e)) ||
	    (err = desk_move_all(tx, m, from->id, into->id, e)) ||
	    (err = give_tags(a, tx, from->id, into->id, &m->tags, e)) ||
	    (err = desk_sense_take(a, tx, actor, from, into, now, &m->decision_id, e)))
		return err;
	/* Who waited in one waits in the other, even if that one was finished. */
	bool waits = from->waiting_since != 0;
	if ((err = desk_set_status(a, tx, actor, from, TICKET_CLOSED, false, now, e)))
		return err;
	from->merged_into = into->id;
	if (waits && into->status != TICKET_NEW && into->status != TICKET_SPAM &&
	    (err = desk_set_status(a, tx, actor, into, TICKET_OPEN, false, now, e)))
		return err;
	m->after = into->status;
	if ((err = ticket_derive(a, tx, from, e)))
		return err;
	return ticket_derive(a, tx, into, e);
}

enum err desk_ticket_merge(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t from_id, int64_t into_id,
                           struct merge *out, struct error *e)
{
	struct ticket from, into;
	struct moved moved = {0};
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_MERGE, e);
	if (err)
		return err;
	if (from_id == into_id)
		return error_set(e, ERR_INVALID, "error.merge_self", "into_id", NULL);
	if ((err = open_both(a, tx, actor, from_id, into_id, &from, &into, e)))
		return err;
	if (from.merged_into || into.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", "into_id", NULL);
	if (from.brand_id != into.brand_id)
		return error_set(e, ERR_INVALID, "error.other_brand", "into_id", NULL);
	moved.from = end_of(&from);
	moved.into = end_of(&into);
	if ((err = move_into(a, tx, actor, &from, &into, &moved, now, e)) ||
	    (err = desk_ticket_save(a, tx, &from, now, e)) ||
	    (err = desk_ticket_save(a, tx, &into, now, e)))
		return err;
	*out = (struct merge){.kind = MERGE_TICKET,
	                      .from_id = from_id,
	                      .into_id = into_id,
	                      .moved = moved_write(a, &moved),
	                      .created_at = now};
	if ((err = record(tx, actor, out, e)))
		return err;
	tell(tx, actor, EVENT_TICKET_MERGED, &from, out, now);
	tell(tx, actor, EVENT_TICKET_MERGED, &into, out, now);
	return ERR_OK;
}

/* ---- splitting ---- */

static int ascending(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return a < b ? -1 : a > b;
}

/* The messages to split off, ascending, each once, all of the ticket's main
 * thread. *first: the earliest; *contact: who wrote the first of a customer. */
static enum err to_split(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         const struct ticket *t, const int64_t *ids, size_t n,
                         struct moved_ids *out, usec *first, int64_t *contact, struct error *e)
{
	if (!n)
		return error_set(e, ERR_INVALID, "error.required", "message_ids", NULL);
	if (n > SPLIT_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "message_ids", "200");
	int64_t *sorted = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++)
		sorted[i] = ids[i];
	qsort(sorted, n, sizeof *sorted, ascending);
	out->p = ARENA_ARRAY(a, n, int64_t);
	int64_t counted = 0;
	*contact = 0;
	for (size_t i = 0; i < n; i++) {
		struct message m;
		if (i && sorted[i] == sorted[i - 1])
			continue;
		enum err err = message_get(a, tx, actor, sorted[i], &m, e);
		if (err == ERR_NOT_FOUND || (!err && (m.ticket_id != t->id || m.thread_id)))
			return error_set(e, ERR_INVALID, "error.no_such_reference", "message_ids",
			                 NULL);
		if (err)
			return err;
		if (!out->n)
			*first = m.created_at;
		if (!*contact && m.kind == MESSAGE_CUSTOMER)
			*contact = m.contact_id;
		counted += m.kind != MESSAGE_SYSTEM;
		out->p[out->n++] = m.id;
	}
	if (counted >= t->message_count)
		return error_set(e, ERR_INVALID, "error.split_all", "message_ids", NULL);
	return ERR_OK;
}

enum err desk_ticket_split(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t ticket_id, const int64_t *messages,
                           size_t n, str subject, struct merge *out, struct error *e)
{
	struct ticket old;
	struct moved moved = {0};
	usec now = clock_now(d->clock), first = now;
	int64_t contact = 0;
	enum err err = actor_need(actor, RIGHT_TICKET_MERGE, e);
	if (err || (err = desk_ticket_open(a, tx, actor, ticket_id, &old, e)))
		return err;
	subject = desk_line(a, subject, SUBJECT_MAX);
	if (old.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	if (!subject.n)
		return error_set(e, ERR_INVALID, "error.required", "subject", NULL);
	if ((err = to_split(a, tx, actor, &old, messages, n, &moved.of[MOVE_MESSAGE], &first,
	                    &contact, e)))
		return err;
	struct ticket new = {
	    .brand_id = old.brand_id,
	    .line_id = old.line_id,
	    .inbox_id = old.inbox_id,
	    .contact_id = contact ? contact : old.contact_id,
	    .subject = subject,
	    .channel = old.channel,
	    .status = TICKET_OPEN,
	    .priority = old.priority,
	    .assignee_id = old.assignee_id,
	    .created_at = first,
	    .updated_at = now,
	    .last_message_at = first,
	    .split_from = old.id,
	};
	moved.from = end_of(&old);
	moved.into = end_of(&new);
	moved.after = TICKET_OPEN;
	if ((err = ticket_insert(a, tx, &new, e)) ||
	    (err = desk_move_all(tx, &moved, old.id, new.id, e)) ||
	    (err = ticket_derive(a, tx, &old, e)) || (err = ticket_derive(a, tx, &new, e)) ||
	    (err = desk_ticket_save(a, tx, &old, now, e)) ||
	    (err = desk_ticket_save(a, tx, &new, now, e)))
		return err;
	*out = (struct merge){.kind = MERGE_SPLIT,
	                      .from_id = old.id,
	                      .into_id = new.id,
	                      .moved = moved_write(a, &moved),
	                      .created_at = now};
	if ((err = record(tx, actor, out, e)))
		return err;
	event_add(tx, now, actor, EVENT_TICKET_CREATED, desk_about(&new),
	          EVENT_DATA(EVENT_INT("contact_id", new.contact_id),
	                     EVENT_CODE("channel", new.channel)));
	tell(tx, actor, EVENT_TICKET_SPLIT, &old, out, now);
	tell(tx, actor, EVENT_TICKET_SPLIT, &new, out, now);
	return ERR_OK;
}

/* ---- undoing ---- */

enum err desk_check_later(struct arena *a, struct db_conn *tx, const struct merge *m,
                          const struct moved *moved, struct error *e)
{
	struct merge *all;
	size_t n;
	enum err err = merge_of(a, tx, m->kind == MERGE_CONTACT, m->into_id, &all, &n, e);
	for (size_t i = 0; !err && i < n; i++) {
		struct merge later;
		struct moved theirs;
		if (all[i].id <= m->id || all[i].undone_at)
			continue;
		if ((err = merge_get(a, tx, all[i].id, &later, e)) ||
		    (err = moved_read(a, later.moved, &theirs, e)))
			break;
		if (moved_overlap(moved, &theirs))
			return error_set(e, ERR_CONFLICT, "error.undo_later_first", NULL, NULL);
	}
	return err;
}

/* Puts an end back, unless somebody would wait behind it unseen. */
static enum err restore_end(struct arena *a, struct db_conn *tx, const struct actor *actor,
                            struct ticket *t, const struct moved_end *end, usec now,
                            struct error *e)
{
	enum ticket_status now_is = t->status;
	t->solved_at = end->solved_at;
	t->closed_at = end->closed_at;
	if (ticket_status_is_over(end->status)) {
		t->status = TICKET_OPEN;
		enum err err = ticket_derive(a, tx, t, e);
		t->status = now_is;
		if (err)
			return err;
		if (t->waiting_since && !ticket_status_is_over(now_is))
			return ERR_OK;
	}
	enum err err = desk_set_status(a, tx, actor, t, end->status, true, now, e);
	t->solved_at = end->solved_at;
	t->closed_at = end->closed_at;
	return err;
}

static enum err undo_ticket(struct arena *a, struct db_conn *tx, const struct actor *actor,
                            const struct moved *m, struct ticket *from, struct ticket *into,
                            usec now, struct error *e)
{
	if (from->merged_into != into->id || into->merged_into)
		return error_set(e, ERR_CONFLICT, "error.undo_later_first", NULL, NULL);
	enum err err = desk_move_all(tx, m, into->id, from->id, e);
	for (size_t i = 0; !err && i < m->tags.n; i++)
		err = tag_detach(tx, into->id, m->tags.p[i], e);
	if (err)
		return err;
	from->merged_into = 0;
	if (m->decision_id &&
	    (err = desk_sense_give_back(a, tx, actor, into, m->decision_id, now, e)))
		return err;
	if ((err = restore_end(a, tx, actor, from, &m->from, now, e)) ||
	    (into->status == m->after &&
	     (err = restore_end(a, tx, actor, into, &m->into, now, e))) ||
	    (err = ticket_derive(a, tx, from, e)))
		return err;
	return ticket_derive(a, tx, into, e);
}

/* The messages go back to the old ticket; the new one, when nothing is left in
 * it, ends as if merged there. */
static enum err undo_split(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           const struct moved *m, struct ticket *old, struct ticket *new, usec now,
                           struct error *e)
{
	if (old->merged_into || new->merged_into)
		return error_set(e, ERR_CONFLICT, "error.undo_later_first", NULL, NULL);
	enum err err = desk_move_all(tx, m, new->id, old->id, e);
	if (err || (err = ticket_derive(a, tx, new, e)))
		return err;
	if (!new->last_message_id) {
		if ((err = desk_set_status(a, tx, actor, new, TICKET_CLOSED, false, now, e)))
			return err;
		new->merged_into = old->id;
	}
	if ((err = ticket_derive(a, tx, old, e)))
		return err;
	/* What was split off may be what somebody waits for. */
	if (ticket_status_is_over(old->status) && !ticket_status_is_over(m->from.status))
		return desk_set_status(a, tx, actor, old, TICKET_OPEN, false, now, e);
	return ERR_OK;
}

static enum err undo_between(struct arena *a, struct db_conn *tx, const struct actor *actor,
                             const struct merge *m, usec now, struct error *e)
{
	struct ticket from, into;
	struct moved moved;
	enum err err = open_both(a, tx, actor, m->from_id, m->into_id, &from, &into, e);
	if (err || (err = moved_read(a, m->moved, &moved, e)) ||
	    (err = desk_check_later(a, tx, m, &moved, e)))
		return err;
	if ((err = (m->kind == MERGE_TICKET ? undo_ticket : undo_split)(a, tx, actor, &moved, &from,
	                                                                &into, now, e)) ||
	    (err = desk_ticket_save(a, tx, &from, now, e)) ||
	    (err = desk_ticket_save(a, tx, &into, now, e)))
		return err;
	const struct ticket *both[] = {&from, &into};
	for (size_t i = 0; i < 2; i++)
		desk_tell_undone(tx, actor, desk_about(both[i]), m, now);
	return ERR_OK;
}

void desk_tell_undone(struct db_conn *tx, const struct actor *actor, struct event_about about,
                      const struct merge *m, usec now)
{
	event_add(tx, now, actor, EVENT_MERGE_UNDONE, about,
	          EVENT_DATA(EVENT_INT("merge_id", m->id),
	                     EVENT_CODE("kind", str_of(merge_kind_name(m->kind))),
	                     EVENT_INT("from_id", m->from_id), EVENT_INT("into_id", m->into_id)));
}

enum err desk_merge_undo(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t merge_id, struct merge *out,
                         struct error *e)
{
	usec now = clock_now(d->clock);
	int64_t me = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	enum err err = db_lock(tx, "merge", merge_id, e);
	if (err)
		return err;
	/* Somebody without either right must not learn whether it exists. */
	if (!actor_may(actor, RIGHT_CONTACT_MERGE) &&
	    (err = actor_need(actor, RIGHT_TICKET_MERGE, e)))
		return err;
	if ((err = merge_get(a, tx, merge_id, out, e)) ||
	    (err = actor_need(
	         actor, out->kind == MERGE_CONTACT ? RIGHT_CONTACT_MERGE : RIGHT_TICKET_MERGE, e)))
		return err;
	/* Before anything is said about it: are its objects visible? */
	if (out->kind == MERGE_CONTACT) {
		struct contact into;
		if ((err = contact_get(a, tx, actor, out->into_id, &into, e)))
			return err;
	} else {
		struct ticket from, into;
		if ((err = open_both(a, tx, actor, out->from_id, out->into_id, &from, &into, e)))
			return err;
	}
	if (out->undone_at)
		return error_set(e, ERR_CONFLICT, "error.undone_already", NULL, NULL);
	if ((err = out->kind == MERGE_CONTACT ? desk_contact_unmerge(a, tx, actor, out, now, e)
	                                      : undo_between(a, tx, actor, out, now, e)) ||
	    (err = merge_set_undone(tx, merge_id, me, now, e)))
		return err;
	out->undone_at = now;
	out->undone_by = me;
	return ERR_OK;
}
