/* system.c: the installation, and export. */
#include "api/map.h"
#include "desk/export.h"

static enum err put_system(struct api_call *call, struct api_system *out, struct error *e)
{
	struct desk_system s = {0};
	enum err err = desk_system_get(CALL_DESK, &s, e);
	if (err == ERR_OK)
		*out = (struct api_system){
		    .version = STR(OTKLIK_VERSION),
		    .engine =
		        db_engine_of(call->api->o.db) == DB_PG ? STR("postgresql") : STR("sqlite"),
		    .no_send = s.no_send.on,
		    .no_send_reason = s.no_send.reason,
		    .no_send_note = s.no_send.note,
		    .no_send_by = s.no_send.by,
		    .no_send_at = s.no_send.at,
		    .outbox_held = s.outbox_held,
		    .outbox_waiting = s.outbox_waiting,
		    .jobs_dead = s.jobs_dead,
		    .search_behind = s.search_behind,
		    .mailboxes_failing = s.mailboxes_failing,
		    .oauth_consent_needed = s.oauth_consent_needed,
		};
	return err;
}

enum err api_system_get(struct api_call *call, struct api_system *out, struct error *e)
{
	return put_system(call, out, e);
}

enum err api_system_resume(struct api_call *call, struct api_system *out, struct error *e)
{
	enum err err = desk_system_resume(CALL_DESK, e);
	return err ? err : put_system(call, out, e);
}

enum err api_system_pause(struct api_call *call, const struct api_pause *in, struct api_system *out,
                          struct error *e)
{
	enum err err = desk_system_stop(CALL_DESK, in->note, e);
	return err ? err : put_system(call, out, e);
}

/* ---- export ---- */

struct made {
	struct api_call *call;
	int64_t count;
};

static enum err note_export(void *arg, struct db_conn *tx, struct error *e)
{
	struct made *m = arg;
	return desk_export_made(m->call->desk, tx, m->call->actor, STR("tickets"), m->count, e);
}

enum err api_export_tickets(struct api_call *call, const struct api_export_tickets_query *q,
                            struct api_raw *out, struct error *e)
{
	BUF_AUTO b;
	int64_t last = 0;
	struct made m = {.call = call};
	buf_init(&b, 256 << 20); /* one ticket, each of its characters escaped */
	enum err err =
	    desk_export_tickets(CALL_DESK, q->after < 0 ? 0 : q->after,
	                        q->has_limit ? (int)q->limit : 100, &b, &last, &m.count, e);
	if (err)
		return err;
	if (b.failed)
		return error_set(e, ERR_TOO_LARGE, "error.too_large", "limit", NULL);
	/* Nothing leaves before it is on record that it did. */
	err = db_write(call->api->o.db, note_export, &m, e);
	if (err)
		return err;
	out->content_type = "application/x-ndjson";
	out->body = str_dup(call->arena, buf_str(&b));
	out->filename = STR("tickets.jsonl");
	out->csp = "sandbox; default-src 'none'";
	return ERR_OK;
}
