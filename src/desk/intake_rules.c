/* intake_rules.c: the ledger as people read it and decide about it. See intake_rules.h. */
#include "desk/intake_rules.h"

#include "desk/check.h"
#include "desk/mask.h"
#include "events/event.h"
#include "store/job.h"
#include "store/line.h"

#define PAGE 50
#define PAGE_MAX 200

static void mask_item(struct arena *a, const struct actor *actor, struct intake *i)
{
	if (!actor_masked(actor))
		return;
	struct mask m = mask_for(actor);
	i->sender = mask_value(a, &m, i->sender);
	i->from_address = mask_value(a, &m, i->from_address);
	i->subject = mask_text(a, &m, i->subject);
	i->peer = STR("");
}

enum err desk_intake_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, str state, str q, int64_t inbox_id, str cursor,
                          int limit, struct desk_intake_list *out, struct error *e)
{
	(void)d;
	enum intake_state wanted;
	struct intake_filter f = {.q = str_cut_utf8(str_trim(q), 200), .inbox_id = inbox_id};
	*out = (struct desk_intake_list){0};
	enum err err = actor_need(actor, RIGHT_LEDGER_READ, e);
	if (err)
		return err;
	if (state.n) {
		if (!intake_state_by_name(state, &wanted))
			return error_set(e, ERR_INVALID, "error.not_one_of", "state", NULL);
		f.state = &wanted;
	}
	if (cursor.n && (!str_to_i64(cursor, &f.before) || f.before <= 0))
		return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
	/* Whoever sees no addresses must not find them out by asking for them either. */
	f.no_addresses = actor_masked(actor);
	if (limit <= 0 || limit > PAGE_MAX)
		limit = PAGE;
	f.limit = limit + 1;
	err = intake_list(a, tx, actor, &f, &out->items, &out->n, e);
	if (err)
		return err;
	if (out->n > (size_t)limit) {
		out->n = (size_t)limit;
		out->next = str_printf(a, "%lld", (long long)out->items[limit - 1].id);
	}
	for (size_t i = 0; i < out->n; i++)
		mask_item(a, actor, &out->items[i]);
	return ERR_OK;
}

/* Unmasked. */
static enum err visible(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                        struct intake *out, struct error *e)
{
	enum err err = intake_get(a, c, id, out, e);
	if (!err && !actor_sees(actor, out->line_id, out->brand_id))
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return err;
}

enum err desk_intake_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, struct intake *out, struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_LEDGER_READ, e);
	if (!err)
		err = visible(a, tx, actor, id, out, e);
	if (!err)
		mask_item(a, actor, out);
	return err;
}

enum err desk_intake_raw(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, str *hash, struct error *e)
{
	(void)d;
	struct intake i;
	enum err err = actor_need(actor, RIGHT_LEDGER_READ, e);
	if (!err)
		err = actor_need(actor, RIGHT_MESSAGE_RAW, e);
	if (!err)
		err = actor_need(actor, RIGHT_CONTACT_REVEAL, e);
	if (!err)
		err = visible(a, tx, actor, id, &i, e);
	if (!err && !i.raw_hash.n)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	*hash = err ? STR_NONE : i.raw_hash;
	return err;
}

/* The quarantined item, locked. */
static enum err undecided(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          int64_t id, struct intake *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_LEDGER_DECIDE, e);
	if (!err)
		err = db_lock(tx, "intake", id, e);
	if (!err)
		err = visible(a, tx, actor, id, out, e);
	if (!err && (out->state != INTAKE_QUARANTINED || out->decided_at))
		return error_set(e, ERR_CONFLICT, "error.stale", NULL, NULL);
	return err;
}

static void tell(struct db_conn *tx, const struct actor *actor, const struct intake *i)
{
	event_add(tx, i->decided_at, actor, EVENT_INTAKE_DECIDED,
	          (struct event_about){.line_id = i->line_id, .brand_id = i->brand_id},
	          EVENT_DATA(EVENT_INT("intake_id", i->id),
	                     EVENT_CODE("state", str_of(intake_state_name(i->state)))));
}

static enum err decide(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, struct intake *out, str note, size_t min,
                       struct error *e)
{
	enum err err = min ? check_line(a, note, min, 500, "note", &out->decided_note, e)
	                   : check_text(a, note, 500, "note", &out->decided_note, e);
	out->decided_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	out->decided_by_name = actor->name;
	out->decided_at = clock_now(d->clock);
	if (!err)
		err = intake_decide(tx, out, INTAKE_QUARANTINED, e);
	return err;
}

enum err desk_intake_reject(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, str note, struct intake *out,
                            struct error *e)
{
	enum err err = undecided(a, tx, actor, id, out, e);
	if (err)
		return err;
	out->state = INTAKE_REJECTED;
	err = decide(d, a, tx, actor, out, note, 1, e);
	if (err)
		return err;
	tell(tx, actor, out);
	mask_item(a, actor, out);
	return ERR_OK;
}

enum err desk_intake_release(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, str note, int64_t line_id,
                             struct intake *out, struct error *e)
{
	struct line l;
	enum err err = undecided(a, tx, actor, id, out, e);
	if (!err && line_id) {
		err = line_get(a, tx, line_id, &l, e);
		if (err == ERR_NOT_FOUND ||
		    (!err && (!l.active || !actor_sees(actor, line_id, out->brand_id))))
			return error_set(e, ERR_INVALID, "error.no_such_reference", "line_id",
			                 NULL);
		out->line_id = line_id;
	}
	if (!err && !out->inbox_id)
		return error_set(e, ERR_INVALID, "error.no_inbox", NULL, NULL);
	if (!err)
		err = decide(d, a, tx, actor, out, note, 0, e);
	if (!err)
		err = job_add(tx, JOB_INTAKE_RELEASE, str_printf(a, "intake:%lld", (long long)id),
		              out->decided_at, str_printf(a, "{\"intake_id\":%lld}", (long long)id),
		              out->decided_at, e);
	if (!err)
		mask_item(a, actor, out);
	return err;
}
