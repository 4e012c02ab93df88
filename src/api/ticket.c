/* ticket.c: tickets: lists, changes, merges, side threads, participants. */
#include "api/map.h"

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
	    .cursor = q->cursor,
	    .limit = q->has_limit ? (int)q->limit : 50,
	    .with_total = q->total && q->cursor.n == 0,
	};
	int64_t *categories = NULL;
	if (q->view.n && !ticket_view_by_name(q->view, &f.view))
		return error_set(e, ERR_INVALID, "error.not_one_of", "view",
		                 "all, mine, unassigned, open, pending, solved, waiting, spam, triage");
	if (q->sort.n && !ticket_sort_by_name(q->sort, &f.sort))
		return error_set(e, ERR_INVALID, "error.not_one_of", "sort",
		                 "recent, oldest, waiting, created");
	enum err err = statuses(q->status, &f.statuses, e);
	struct ticket_list list = {0};
	if (err == ERR_OK && q->has_category_id) {
		err = desk_category_with_children(CALL_DESK, q->category_id, &categories,
		                                  &f.n_categories, e);
		f.categories = categories;
	}
	if (err == ERR_OK)
		err = desk_ticket_list(CALL_DESK, &f, &list, e);
	if (err)
		return err;
	struct api_ticket_row *rows = API_LIST(call->arena, out, items, list.n);
	for (size_t i = 0; i < list.n; i++)
		api_of_ticket_row(call, &rows[i], &list.items[i]);
	out->next = list.next.n ? list.next : STR_NONE;
	out->has_total = f.with_total && list.total >= 0;
	out->total = list.total;
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
