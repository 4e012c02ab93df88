/* privacy.c: erasing contacts, blocking spans out, legal holds, retention. */
#include "api/map.h"

static void put_erasure(struct arena *a, struct api_erasure *out, const struct erasure *x)
{
	*out = (struct api_erasure){
	    .id = x->id,
	    .kind = x->kind,
	    .contact_id = x->contact_id,
	    .rule_id = x->rule_id,
	    .ticket_id = x->ticket_id,
	    .stage = x->stage,
	    .total = x->total,
	    .done = x->done,
	    .error = x->error,
	    .asked_by = api_ref(a, x->asked_by, x->asked_by_name),
	    .created_at = x->created_at,
	    .finished_at = x->finished_at,
	};
}

enum err api_contact_erasure(struct api_call *call, struct api_erase_preview *out, struct error *e)
{
	struct erase_preview p;
	enum err err = desk_erase_preview(CALL_DESK, call->id, &p, e);
	if (err)
		return err;
	*out = (struct api_erase_preview){
	    .tickets = p.counts.tickets,
	    .messages = p.counts.messages,
	    .files = p.counts.files,
	    .bytes = p.counts.bytes,
	    .ledger = p.counts.ledger,
	    .identities = p.counts.identities,
	    .unseen = p.unseen,
	};
	struct api_hold *holds = API_LIST(call->arena, out, holds, p.n_holds);
	for (size_t i = 0; i < p.n_holds; i++)
		api_of_hold(call->arena, &holds[i], &p.holds[i]);
	if (p.run.id) {
		struct api_erasure *run = ARENA_NEW(call->arena, struct api_erasure);
		put_erasure(call->arena, run, &p.run);
		out->run = run;
	}
	return ERR_OK;
}

enum err api_contact_erase(struct api_call *call, const struct api_erase_in *in,
                           struct api_erasure *out, struct error *e)
{
	struct erasure x;
	enum err err = desk_contact_erase(CALL_DESK, call->id, in->confirm, &x, e);
	if (err == ERR_OK)
		put_erasure(call->arena, out, &x);
	return err;
}

enum err api_erasure_list(struct api_call *call, const struct api_erasure_list_query *q,
                          struct api_erasure_list *out, struct error *e)
{
	struct erasure *list;
	size_t n;
	enum err err = desk_erasure_list(CALL_DESK, q->before, &list, &n, e);
	if (err)
		return err;
	struct api_erasure *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_erasure(call->arena, &items[i], &list[i]);
	out->next = n == 50 ? list[n - 1].id : 0;
	return ERR_OK;
}

/* ---- blocking out ---- */

enum err api_message_sensitive(struct api_call *call, struct api_sensitive_list *out,
                               struct error *e)
{
	struct sensitive_span *list;
	size_t n;
	enum err err = desk_message_sensitive(CALL_DESK, call->id, &list, &n, e);
	if (err)
		return err;
	struct api_sensitive_span *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct api_sensitive_span){
		    .field = (enum api_redact_field)list[i].span.field,
		    .start = list[i].span.start,
		    .length = list[i].span.chars,
		    .kind = (enum api_sensitive_kind)list[i].kind,
		};
	return ERR_OK;
}

enum err api_message_redact(struct api_call *call, const struct api_redact_in *in,
                            struct api_message *out, struct error *e)
{
	struct redact_span *spans = ARENA_ARRAY(call->arena, in->n_spans, struct redact_span);
	for (size_t i = 0; i < in->n_spans; i++)
		spans[i] = (struct redact_span){(enum redact_field)in->spans[i].field,
		                                in->spans[i].start, in->spans[i].length};
	const struct redact_input what = {spans, in->n_spans, in->attachment_ids,
	                                  in->n_attachment_ids};
	struct message_full *m = ARENA_NEW(call->arena, struct message_full);
	enum err err = desk_message_redact(CALL_DESK, call->id, &what, e);
	if (!err)
		err = desk_message_full(CALL_DESK, call->id, m, e);
	if (!err)
		api_of_message(call->arena, out, m);
	return err;
}

/* ---- legal hold ---- */

enum err api_hold_list(struct api_call *call, struct api_hold_list *out, struct error *e)
{
	struct legal_hold *list;
	size_t n;
	enum err err = desk_hold_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_hold *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		api_of_hold(call->arena, &items[i], &list[i]);
	return ERR_OK;
}

static enum err hold(struct api_call *call, int64_t contact_id, int64_t ticket_id, str reason,
                     struct api_hold *out, struct error *e)
{
	struct legal_hold h;
	enum err err = desk_hold_set(CALL_DESK, contact_id, ticket_id, reason, &h, e);
	if (err == ERR_OK)
		api_of_hold(call->arena, out, &h);
	return err;
}

enum err api_contact_hold(struct api_call *call, const struct api_hold_in *in, struct api_hold *out,
                          struct error *e)
{
	return hold(call, call->id, 0, in->reason, out, e);
}

enum err api_ticket_hold(struct api_call *call, const struct api_hold_in *in, struct api_hold *out,
                         struct error *e)
{
	return hold(call, 0, call->id, in->reason, out, e);
}

enum err api_hold_lift(struct api_call *call, const struct api_hold_lift *in, struct api_hold *out,
                       struct error *e)
{
	struct legal_hold h;
	enum err err = desk_hold_lift(CALL_DESK, call->id, in->note, &h, e);
	if (err == ERR_OK)
		api_of_hold(call->arena, out, &h);
	return err;
}

/* ---- retention ---- */

static void put_rule(struct arena *a, struct api_retention_rule *out,
                     const struct retention_rule *r)
{
	*out = (struct api_retention_rule){
	    .id = r->id,
	    .name = r->name,
	    .action =
	        (enum api_retention_action)api_names_stored(&api_retention_action_names, r->action),
	    .age_days = r->age_days,
	    .brand = api_named(a, r->brand_id, r->brand_name),
	    .line = api_named(a, r->line_id, r->line_name),
	    .status = r->status,
	    .active = r->active,
	    .last_run_at = r->last_run_at,
	    .last_count = r->last_count,
	    .version = r->version,
	};
}

enum err api_retention_list(struct api_call *call, struct api_retention_list *out, struct error *e)
{
	struct retention_rule *list;
	size_t n;
	enum err err = desk_retention_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_retention_rule *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_rule(call->arena, &items[i], &list[i]);
	return ERR_OK;
}

static enum err change(struct api_call *call, const struct api_retention_in *in, bool create,
                       struct api_retention_rule *out, struct error *e)
{
	struct retention_rule r;
	int64_t version = api_version(call, in->has_version, in->version);
	str action =
	    in->has_action ? str_of(api_retention_action_names.values[in->action].p) : STR_NONE;
	const struct desk_retention_patch patch = {
	    .version = version ? &version : NULL,
	    .name = API_OPT(in, name),
	    .action = in->has_action ? &action : NULL,
	    .status = API_OPT(in, status),
	    .age_days = API_OPT(in, age_days),
	    .brand_id = API_OPT(in, brand_id),
	    .line_id = API_OPT(in, line_id),
	    .active = API_OPT(in, active),
	};
	enum err err = create ? desk_retention_create(CALL_DESK, &patch, &r, e)
	                      : desk_retention_patch(CALL_DESK, call->id, &patch, &r, e);
	if (err == ERR_OK)
		put_rule(call->arena, out, &r);
	return err;
}

enum err api_retention_create(struct api_call *call, const struct api_retention_in *in,
                              struct api_retention_rule *out, struct error *e)
{
	return change(call, in, true, out, e);
}

enum err api_retention_patch(struct api_call *call, const struct api_retention_in *in,
                             struct api_retention_rule *out, struct error *e)
{
	return change(call, in, false, out, e);
}

enum err api_retention_delete(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_retention_remove(CALL_DESK, call->id, e);
}

enum err api_retention_preview(struct api_call *call, struct api_retention_preview *out,
                               struct error *e)
{
	struct retention_preview p;
	enum err err = desk_retention_preview(CALL_DESK, call->id, &p, e);
	if (err == ERR_OK)
		*out = (struct api_retention_preview){
		    .tickets = p.tickets, .held = p.held, .per_run = p.per_run};
	return err;
}
