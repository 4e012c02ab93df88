/* ledger.c: what came in, and what became of it. */
#include "api/map.h"
#include "store/blob.h"

enum err api_intake_list(struct api_call *call, const struct api_intake_list_query *q,
                         struct api_intake_list *out, struct error *e)
{
	struct desk_intake_list list = {0};
	enum err err = desk_intake_list(CALL_DESK, q->state, q->q, q->inbox_id, q->cursor,
	                                q->has_limit ? (int)q->limit : 50, &list, e);
	if (err)
		return err;
	struct api_intake *items = API_LIST(call->arena, out, items, list.n);
	for (size_t i = 0; i < list.n; i++)
		api_of_intake(call->arena, &items[i], &list.items[i]);
	out->next = list.next.n ? list.next : STR_NONE;
	return ERR_OK;
}

enum err api_intake_get(struct api_call *call, struct api_intake *out, struct error *e)
{
	struct intake i;
	enum err err = desk_intake_get(CALL_DESK, call->id, &i, e);
	if (err == ERR_OK)
		api_of_intake(call->arena, out, &i);
	return err;
}

enum err api_intake_raw(struct api_call *call, struct api_raw *out, struct error *e)
{
	str hash;
	enum err err = desk_intake_raw(CALL_DESK, call->id, &hash, e);
	if (err)
		return err;
	out->content_type = "application/octet-stream";
	out->filename = str_printf(call->arena, "intake-%lld.eml", (long long)call->id);
	out->csp = "sandbox; default-src 'none'";
	return blob_open_fd(&call->desk->blobs, call->conn, hash, &out->fd, &out->size, e);
}

enum err api_intake_release(struct api_call *call, const struct api_intake_decision *in,
                            struct api_intake *out, struct error *e)
{
	struct intake i;
	enum err err = desk_intake_release(CALL_DESK, call->id, in->note, in->line_id, &i, e);
	if (err == ERR_OK)
		api_of_intake(call->arena, out, &i);
	return err;
}

enum err api_intake_reject(struct api_call *call, const struct api_intake_reject *in,
                           struct api_intake *out, struct error *e)
{
	struct intake i;
	enum err err = desk_intake_reject(CALL_DESK, call->id, in->note, &i, e);
	if (err == ERR_OK)
		api_of_intake(call->arena, out, &i);
	return err;
}
