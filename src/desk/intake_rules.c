/* intake_rules.c: the ledger as people read it and decide about it. See intake_rules.h. */
#include "desk/intake_rules.h"

#include "base/date.h"
#include "desk/check.h"
#include "desk/mask.h"
#include "events/event.h"
#include "mime/parse.h"
#include "store/job.h"
#include "store/line.h"
#include "text/csv.h"

#define PAGE 50
#define PAGE_MAX 200
#define EXPORT_MAX 5000
#define HEADER_MOST ((size_t)64 << 10)
#define TEXT_MOST ((size_t)256 << 10)

static void mask_item(struct arena *a, const struct actor *actor, struct intake *i)
{
	if (!actor_masked(actor))
		return;
	struct mask m = mask_for(actor);
	i->sender = mask_value(a, &m, i->sender);
	i->from_address = mask_value(a, &m, i->from_address);
	i->subject = mask_text(a, &m, i->subject);
	i->detail = mask_text(a, &m, i->detail);
	i->decided_note = mask_text(a, &m, i->decided_note);
	i->peer = STR("");
}

static enum err filter_of(const struct actor *actor, const struct desk_intake_query *q, int most,
                          enum intake_state *wanted, struct intake_filter *f, struct error *e)
{
	*f = (struct intake_filter){.q = str_cut_utf8(str_trim(q->q), 200),
	                            .inbox_id = q->inbox_id,
	                            .reason = q->reason,
	                            .has_owner = q->has_owner,
	                            .owner_id = q->owner_id,
	                            .since = q->since,
	                            .until = q->until,
	                            .limit = q->limit > 0 && q->limit <= most ? q->limit : PAGE};
	if (q->state.n) {
		if (!intake_state_by_name(q->state, wanted))
			return error_set(e, ERR_INVALID, "error.not_one_of", "state",
			                 "accepted, duplicate, quarantined, rejected");
		f->state = wanted;
	}
	if (q->cursor.n && (!str_to_i64(q->cursor, &f->before) || f->before <= 0))
		return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
	/* Whoever sees no addresses must not find them out by asking for them either. */
	f->no_addresses = actor_masked(actor);
	if (q->sender.n && actor_masked(actor))
		return error_set(e, ERR_DENIED, "error.denied", "sender", NULL);
	return ERR_OK;
}

static enum err list(struct arena *a, struct db_conn *tx, const struct actor *actor,
                     const struct desk_intake_query *q, int most, struct desk_intake_list *out,
                     struct error *e)
{
	enum intake_state wanted;
	struct intake_filter f;
	int64_t next = 0;
	*out = (struct desk_intake_list){0};
	enum err err = filter_of(actor, q, most, &wanted, &f, e);
	f.sender = str_lower_ascii(a, str_trim(q->sender));
	if (!err)
		err = intake_list(a, tx, actor, &f, &out->items, &out->n, &next, e);
	if (!err && next)
		out->next = str_printf(a, "%lld", (long long)next);
	for (size_t i = 0; !err && i < out->n; i++)
		mask_item(a, actor, &out->items[i]);
	return err;
}

enum err desk_intake_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_intake_query *q,
                          struct desk_intake_list *out, struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_LEDGER_READ, e);
	return err ? err : list(a, tx, actor, q, PAGE_MAX, out, e);
}

/* ---- export ---- */

static str time_cell(struct arena *a, usec t)
{
	return t ? date_rfc3339(a, t) : STR("");
}

static str id_cell(struct arena *a, int64_t id)
{
	return id ? str_printf(a, "%lld", (long long)id) : STR("");
}

static void put_line(struct arena *a, struct buf *out, const struct intake *i)
{
	const str cells[] = {id_cell(a, i->id),
	                     time_cell(a, i->received_at),
	                     str_of(intake_state_name(i->state)),
	                     i->reason,
	                     i->detail,
	                     i->channel,
	                     i->inbox_name,
	                     i->from_address,
	                     i->sender,
	                     i->recipient,
	                     i->subject,
	                     str_printf(a, "%lld", (long long)i->size),
	                     id_cell(a, i->ticket_id),
	                     i->owner_name,
	                     i->decided_by_name,
	                     time_cell(a, i->decided_at),
	                     i->decided_note};
	for (size_t k = 0; k < COUNT_OF(cells); k++) {
		if (k)
			buf_addc(out, ',');
		csv_cell(out, cells[k]);
	}
	buf_addz(out, "\r\n");
}

enum err desk_intake_export(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct desk_intake_query *q,
                            struct buf *out, int64_t *count, str *next, struct error *e)
{
	struct desk_intake_list l;
	(void)d;
	*count = 0;
	*next = STR("");
	enum err err = actor_need(actor, RIGHT_LEDGER_READ, e);
	if (!err)
		err = actor_need(actor, RIGHT_EXPORT, e);
	if (!err)
		err = list(a, tx, actor, q, EXPORT_MAX, &l, e);
	if (err)
		return err;
	if (!q->cursor.n)
		buf_addz(out, "\xef\xbb\xbfid,received_at,state,reason,detail,channel,inbox,from,"
		              "sender,recipient,subject,size,ticket,owner,decided_by,decided_at,"
		              "decided_note\r\n");
	for (size_t i = 0; i < l.n; i++)
		put_line(a, out, &l.items[i]);
	*count = (int64_t)l.n;
	*next = l.next;
	return out->failed ? error_set(e, ERR_TOO_LARGE, "error.too_large", "limit", NULL) : ERR_OK;
}

/* Unmasked. */
static enum err visible(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                        struct intake *out, struct error *e)
{
	int64_t line, brand;
	enum err err = intake_get(a, c, id, out, e);
	if (!err)
		err = intake_place(c, out, &line, &brand, e);
	if (!err && !actor_sees(actor, line, brand))
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

static str header_block(str raw)
{
	ptrdiff_t lf = str_find(raw, STR("\n\n")), crlf = str_find(raw, STR("\r\n\r\n"));
	ptrdiff_t end = crlf >= 0 && (lf < 0 || crlf < lf) ? crlf : lf;
	return end >= 0 ? str_sub(raw, 0, (size_t)end) : raw;
}

/* At most so many bytes of valid text. */
static str cut_text(struct arena *a, str s, size_t most, bool *cut)
{
	*cut |= s.n > most;
	return str_cut_utf8(str_to_utf8(a, str_sub(s, 0, most + 4)), most);
}

enum err desk_intake_source(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, struct desk_intake_source *out,
                            struct error *e)
{
	struct intake i;
	struct mime_message *m;
	str raw;
	*out = (struct desk_intake_source){.header = STR(""), .text = STR("")};
	enum err err = actor_need(actor, RIGHT_LEDGER_READ, e);
	if (!err)
		err = visible(a, tx, actor, id, &i, e);
	if (!err && !i.raw_hash.n)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if (!err)
		err = blob_read(&d->blobs, a, tx, i.raw_hash, 0, &raw, e);
	if (err)
		return err;
	struct mask mask = mask_for(actor);
	if (!actor_masked(actor))
		out->header = cut_text(a, header_block(raw), HEADER_MOST, &out->cut);
	if (mime_parse(a, raw, NULL, &m, NULL))
		return ERR_OK;
	out->text = mask_text(a, &mask, cut_text(a, m->text, TEXT_MOST, &out->cut));
	out->n_files = m->attachments.n;
	out->files = ARENA_ARRAY(a, out->n_files + 1, struct file_input);
	for (size_t k = 0; k < out->n_files; k++) {
		const struct mime_attachment *at = &m->attachments.p[k];
		out->files[k] = (struct file_input){.name = mask_text(a, &mask, at->name),
		                                    .content_type = at->content_type,
		                                    .size = (int64_t)at->bytes.n};
	}
	return ERR_OK;
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

enum err desk_intake_own(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, int64_t owner_id,
                         struct intake *out, struct error *e)
{
	struct actor who;
	struct error why = {0};
	enum err err = undecided(a, tx, actor, id, out, e);
	if (err)
		return err;
	if (owner_id) {
		err = actor_from_account(a, tx, owner_id, &who, &why);
		if (!err && (!actor_may(&who, RIGHT_LEDGER_READ) ||
		             !actor_sees(&who, out->line_id, out->brand_id)))
			err = ERR_DENIED;
		if (err == ERR_AUTH || err == ERR_DENIED || err == ERR_NOT_FOUND)
			return error_set(e, ERR_INVALID, "error.bad_assignee", "owner_id", NULL);
		if (err) {
			if (e)
				*e = why;
			return err;
		}
	}
	usec now = clock_now(d->clock);
	int64_t was = out->owner_id;
	if (owner_id != was) {
		err = intake_own(tx, id, owner_id, now, e);
		if (!err)
			event_add(tx, now, actor, EVENT_INTAKE_OWNED,
			          (struct event_about){.line_id = out->line_id,
			                               .brand_id = out->brand_id},
			          EVENT_DATA(EVENT_INT("intake_id", id), EVENT_INT("from", was),
			                     EVENT_INT("to", owner_id)));
	}
	if (!err)
		err = intake_get(a, tx, id, out, e);
	if (!err)
		mask_item(a, actor, out);
	return err;
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
