/* ticket.c: tickets: lists, changes, merges, side threads, participants. */
#include <assert.h>

#include "api/map.h"
#include "api/row_cache.h"

/* "new,open" as bits. */
static enum err statuses(str list, unsigned *out, struct error *e)
{
	str piece;
	while (list.p && list.n && str_split(&list, ',', &piece)) {
		enum ticket_status s;
		if (!ticket_status_by_name(str_trim(piece), &s))
			return error_set(e, ERR_INVALID, "error.not_one_of", "status",
			                 "new, open, pending, on_hold, solved, closed, spam");
		*out |= 1u << s;
	}
	return ERR_OK;
}

/* Rows that are not known are read and rendered into rows[]; all of them in check. */
static enum err read_rows(struct api_call *call, const struct ticket_page *page, bool all,
                          str *rows, struct error *e)
{
	int64_t *ids = ARENA_ARRAY(call->arena, page->n, int64_t);
	struct ticket_row *found;
	size_t n = 0, n_found;
	for (size_t i = 0; i < page->n; i++)
		if (all || !rows[i].p)
			ids[n++] = page->keys[i].id;
	enum err err = desk_ticket_rows(CALL_DESK, ids, n, &found, &n_found, e);
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0, j = 0; !err && i < page->n && j < n_found; i++) {
		if (page->keys[i].id != found[j].t.id) {
			assert(!all || !rows[i].p);
			continue;
		}
		struct api_ticket_row row;
		struct jw w;
		buf_clear(&b);
		jw_init(&w, &b);
		api_of_ticket_row(call, &row, &found[j]);
		api_ticket_row_write(&w, &row);
		if (rows[i].p && !str_eq(rows[i], buf_str(&b))) {
			log_error(call->api->o.log, "kept row differs", LOG_STR("kept", rows[i]),
			          LOG_STR("row", buf_str(&b)));
			abort();
		}
		rows[i] = str_dup(call->arena, buf_str(&b));
		if (page->head && !actor_masked(call->actor))
			row_cache_keep(call->api->rows, &found[j], api_lang(call), rows[i],
			               page->head);
		j++;
	}
	return err;
}

/* The list's JSON, rows and all, as api_write would make it. */
static void write_list(struct api_call *call, const struct api_ticket_list *list, const str *rows,
                       size_t n)
{
	static const str items = {"\"items\":[", 9};
	struct jw w;
	BUF_AUTO frame;
	buf_init(&frame, 0);
	jw_init(&w, &frame);
	api_ticket_list_write(&w, list);
	size_t at = (size_t)str_find(buf_str(&frame), items) + items.n, size = frame.n + n;
	for (size_t i = 0; i < n; i++)
		size += rows[i].n;
	(void)buf_reserve(&call->out, size);
	buf_add(&call->out, str_sub(buf_str(&frame), 0, at));
	bool first = true;
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].p)
			continue;
		if (!first)
			buf_addc(&call->out, ',');
		buf_add(&call->out, rows[i]);
		first = false;
	}
	buf_add(&call->out, str_from(buf_str(&frame), at));
	call->written = true;
}

enum err api_ticket_list(struct api_call *call, const struct api_ticket_list_query *q,
                         struct api_ticket_list *out, struct error *e)
{
	struct ticket_filter f = {
	    .line_id = q->line_id,
	    .brand_id = q->brand_id,
	    .contact_id = q->contact_id,
	    .has_assignee = q->has_assignee_id,
	    .assignee_id = q->assignee_id,
	    .tag = q->tag,
	    .waiting = q->has_waiting ? (q->waiting ? 1 : -1) : 0,
	    .urgent = q->has_urgent ? (q->urgent ? 1 : -1) : 0,
	    .cursor = q->cursor,
	    .limit = q->has_limit ? (int)q->limit : 50,
	    .with_total = q->total && q->cursor.n == 0,
	};
	int64_t *categories = NULL;
	if (q->view.n && !ticket_view_by_name(q->view, &f.view))
		return error_set(
		    e, ERR_INVALID, "error.not_one_of", "view",
		    "all, mine, unassigned, open, pending, solved, waiting, spam, triage");
	if (q->sort.n && !ticket_sort_by_name(q->sort, &f.sort))
		return error_set(e, ERR_INVALID, "error.not_one_of", "sort",
		                 "recent, oldest, waiting, created");
	enum err err = statuses(q->status, &f.statuses, e);
	struct ticket_page page;
	if (!err && q->has_category_id) {
		err = desk_category_with_children(CALL_DESK, q->category_id, &categories,
		                                  &f.n_categories, e);
		f.categories = categories;
	}
	if (err || (err = desk_ticket_page(CALL_DESK, &f, &page, e)))
		return err;
	str *rows = ARENA_ARRAY(call->arena, page.n, str);
	size_t missing = page.n;
	bool check = call->api->o.check_rows;
	if (page.head && !actor_masked(call->actor)) {
		err = row_cache_follow(call->api->rows, call->arena, call->conn, page.head, e);
		if (err)
			return err;
		missing = row_cache_find(call->api->rows, call->arena, call->actor, api_lang(call),
		                         page.keys, page.n, page.head, rows);
	}
	if ((missing || check) && (err = read_rows(call, &page, check, rows, e)))
		return err;
	out->next = page.next.n ? page.next : STR_NONE;
	out->has_total = f.with_total && page.total >= 0;
	out->total = page.total;
	write_list(call, out, rows, page.n);
	return ERR_OK;
}

enum err api_ticket_create(struct api_call *call, const struct api_ticket_create *in,
                           struct api_ticket *out, struct error *e)
{
	const struct ticket_input t = {
	    .subject = in->subject,
	    .text = in->text,
	    .to = {.name = in->to.name, .address = in->to.address},
	    .contact_id = in->contact_id,
	    .cc = api_to_addresses(call->arena, in->cc, in->n_cc),
	    .n_cc = in->n_cc,
	    .bcc = api_to_addresses(call->arena, in->bcc, in->n_bcc),
	    .n_bcc = in->n_bcc,
	    .inbox_id = in->inbox_id,
	    .brand_id = in->brand_id,
	    .line_id = in->line_id,
	    .from_customer = in->from_customer,
	    .channel = call->proof == API_PROOF_BEARER ? STR("api") : STR(""),
	    .has_status = in->has_status,
	    .status = (enum ticket_status)in->status,
	    .priority = in->has_priority ? (int)in->priority + 1 : 0,
	    .assignee_id = in->assignee_id,
	    .tags = in->tags,
	    .n_tags = in->n_tags,
	    .fields = api_to_fields(call->arena, in->fields, in->n_fields),
	    .n_fields = in->n_fields,
	    .uploads = in->uploads,
	    .n_uploads = in->n_uploads,
	};
	if (!in->has_to && !in->has_contact_id)
		return error_set(e, ERR_INVALID, "error.required", "to.address", NULL);
	struct ticket_full *made = ARENA_NEW(call->arena, struct ticket_full);
	enum err err = desk_ticket_create_full(CALL_DESK, &t, made, e);
	if (err)
		return err;
	api_of_ticket(call, out, made);
	call->version = made->t.version;
	return ERR_OK;
}

enum err api_ticket_get(struct api_call *call, struct api_ticket *out, struct error *e)
{
	return api_put_ticket(call, call->id, out, e);
}

enum err api_ticket_patch(struct api_call *call, const struct api_ticket_patch *in,
                          struct api_ticket *out, struct error *e)
{
	struct ticket_change change = api_to_change(call->arena, in);
	struct ticket t;
	change.version = api_version(call, in->has_version, in->version);
	enum err err = desk_ticket_patch(CALL_DESK, call->id, &change, &t, e);
	if (err)
		return err;
	return api_put_changed(call, &t, out, e);
}

enum err api_ticket_spam(struct api_call *call, const struct api_ticket_spam *in,
                         struct api_ticket *out, struct error *e)
{
	struct ticket t;
	enum err err = desk_ticket_spam(CALL_DESK, call->id, in->spam, &t, e);
	return err ? err : api_put_changed(call, &t, out, e);
}

enum err api_ticket_bulk(struct api_call *call, const struct api_ticket_bulk *in,
                         struct api_bulk_result *out, struct error *e)
{
	struct ticket_change change = api_to_change(call->arena, &in->change);
	struct bulk_result r = {0};
	enum err err = desk_ticket_bulk(CALL_DESK, in->ids, in->n_ids, &change, &r, e);
	if (err)
		return err;
	out->changed = r.changed;
	out->n_changed = r.n_changed;
	struct api_bulk_refusal *refused = API_LIST(call->arena, out, refused, r.n_refused);
	for (size_t i = 0; i < r.n_refused; i++)
		refused[i] = (struct api_bulk_refusal){
		    .id = r.refused[i].id,
		    .code = str_of(err_name(r.refused[i].error.code)),
		    .message = api_sentence(call->arena, call->actor, &r.refused[i].error),
		};
	return ERR_OK;
}

enum err api_ticket_read_mark(struct api_call *call, const struct api_read_mark *in,
                              struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_ticket_read(CALL_DESK, call->id, in->message_id, e);
}

/* ---- merges ---- */

enum err api_ticket_merge(struct api_call *call, const struct api_merge_into *in,
                          struct api_merge *out, struct error *e)
{
	struct merge m;
	enum err err = desk_ticket_merge(CALL_DESK, call->id, in->into_id, &m, e);
	if (err == ERR_OK)
		api_of_merge(call->arena, out, &m);
	return err;
}

enum err api_ticket_split(struct api_call *call, const struct api_split *in, struct api_merge *out,
                          struct error *e)
{
	struct merge m;
	enum err err = desk_ticket_split(CALL_DESK, call->id, in->message_ids, in->n_message_ids,
	                                 in->subject, &m, e);
	if (err == ERR_OK)
		api_of_merge(call->arena, out, &m);
	return err;
}

enum err api_merge_undo(struct api_call *call, struct api_merge *out, struct error *e)
{
	struct merge m;
	enum err err = desk_merge_undo(CALL_DESK, call->id, &m, e);
	if (err == ERR_OK)
		api_of_merge(call->arena, out, &m);
	return err;
}

/* ---- side threads and copies ---- */

enum err api_thread_create(struct api_call *call, const struct api_thread_create *in,
                           struct api_side_thread *out, struct error *e)
{
	const struct thread_input t = {
	    .subject = in->subject,
	    .text = in->text,
	    .to = api_to_addresses(call->arena, in->to, in->n_to),
	    .n_to = in->n_to,
	    .uploads = in->uploads,
	    .n_uploads = in->n_uploads,
	    .forward = in->forward_message_ids,
	    .n_forward = in->n_forward_message_ids,
	};
	struct side_thread_full made;
	enum err err = desk_thread_create(CALL_DESK, call->id, &t, &made, NULL, e);
	if (err == ERR_OK)
		api_of_thread(call->arena, out, &made);
	return err;
}

enum err api_participant_add(struct api_call *call, const struct api_participant_add *in,
                             struct api_participant *out, struct error *e)
{
	const struct participant_input p = {
	    .address = in->address,
	    .name = in->name,
	    .role = api_participant_role_name(in->role),
	    .thread_id = in->thread_id,
	};
	struct participant made;
	enum err err = desk_participant_add(CALL_DESK, call->id, &p, &made, e);
	if (err == ERR_OK)
		api_of_participant(out, &made);
	return err;
}

enum err api_participant_remove(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_participant_remove(CALL_DESK, call->id, e);
}

/* ---- tags ---- */

enum err api_tag_list(struct api_call *call, const struct api_tag_list_query *q,
                      struct api_tag_list *out, struct error *e)
{
	struct tag_list list = {0};
	enum err err = desk_tag_list(CALL_DESK, q->q, &list, e);
	if (err == ERR_OK)
		api_of_tags(call->arena, list.items, list.n, &out->items, &out->n_items);
	return err;
}

enum err api_tag_create(struct api_call *call, const struct api_tag_in *in, struct api_tag *out,
                        struct error *e)
{
	struct tag tag;
	enum err err = desk_tag_create(CALL_DESK, in->name, &tag, e);
	if (err == ERR_OK)
		*out = (struct api_tag){.id = tag.id, .name = tag.name};
	return err;
}
