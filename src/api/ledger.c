/* ledger.c: what came in, and what became of it. */
#include <errno.h>
#include <unistd.h>

#include "api/map.h"
#include "desk/export.h"
#include "store/blob.h"
#include "sys/temp.h"

#define PAGE 5000 /* of an export */

/* The queries of the list and of the export have the same fields. */
#define QUERY_OF(q)                                                                                \
	{                                                                                          \
		.state = (q)->state, .q = (q)->q, .reason = (q)->reason, .sender = (q)->sender,    \
		.inbox_id = (q)->inbox_id, .has_owner = (q)->has_owner_id,                         \
		.owner_id = (q)->owner_id, .since = (q)->since, .until = (q)->until,               \
		.cursor = (q)->cursor, .limit = (q)->has_limit ? (int)(q)->limit : 0               \
	}

enum err api_intake_list(struct api_call *call, const struct api_intake_list_query *q,
                         struct api_intake_list *out, struct error *e)
{
	struct desk_intake_list list = {0};
	const struct desk_intake_query query = QUERY_OF(q);
	enum err err = desk_intake_list(CALL_DESK, &query, &list, e);
	if (err)
		return err;
	struct api_intake *items = API_LIST(call->arena, out, items, list.n);
	for (size_t i = 0; i < list.n; i++)
		api_of_intake(call->arena, &items[i], &list.items[i]);
	out->next = list.next.n ? list.next : STR_NONE;
	return ERR_OK;
}

struct made {
	struct api_call *call;
	int64_t count;
};

static enum err note_export(void *arg, struct db_conn *tx, struct error *e)
{
	struct made *m = arg;
	return desk_export_made(m->call->desk, tx, m->call->actor, STR("intake"), m->count, e);
}

static enum err file_error(struct error *e, const char *what)
{
	int why = errno;
	enum err err = error_detail(e, ERR_IO, "export: %s: %s", what, strerrordesc_np(why));
	error_cause(e, why);
	return err;
}

/* A snapshot for each page, which its cursor allows: while one is held, SQLite's log of writes
 * cannot be begun anew. */
static enum err begin_anew(struct api_call *call, struct error *e)
{
	db_read_end(call->api->o.db, call->conn);
	call->conn = NULL;
	struct db_conn *c;
	enum err err = db_read_begin(call->api->o.db, &c, e);
	if (!err)
		call->conn = c;
	return err;
}

/* Page after page, so that the file is complete and the memory that of a page. With a limit that
 * many items, and no more. */
static enum err write_pages(struct api_call *call, const struct desk_intake_query *q, int fd,
                            int64_t *size, int64_t *count, struct error *e)
{
	struct desk_intake_query query = *q;
	ARENA_AUTO a = arena_new();
	char cursor[64];
	enum err err = ERR_OK;
	query.limit = q->limit ? q->limit : PAGE;
	for (bool more = true; more;) {
		BUF_AUTO b;
		int64_t n;
		str next;
		buf_init(&b, 64 << 20);
		err = desk_intake_export(call->desk, a, call->conn, call->actor, &query, &b, &n,
		                         &next, e);
		if (err)
			return err;
		for (size_t at = 0; at < b.n;) {
			ssize_t done = write(fd, b.p + at, b.n - at);
			if (done < 0 && errno != EINTR)
				return file_error(e, "write");
			at += done > 0 ? (size_t)done : 0;
		}
		*size += (int64_t)b.n;
		*count += n;
		more = next.n && next.n < sizeof cursor && !q->limit;
		if (more) {
			memcpy(cursor, next.p, next.n);
			query.cursor = str_n(cursor, next.n);
			arena_clear(a);
			if ((err = begin_anew(call, e)))
				return err;
		}
	}
	return err;
}

enum err api_export_intake(struct api_call *call, const struct api_export_intake_query *q,
                           struct api_raw *out, struct error *e)
{
	struct made m = {.call = call};
	struct desk_intake_query query = QUERY_OF(q);
	const char *dir = call->api->o.spool_dir;
	int fd = temp_open(dir ? dir : P_tmpdir);
	if (fd < 0)
		return file_error(e, "temporary file");
	enum err err = write_pages(call, &query, fd, &out->size, &m.count, e);
	if (!err) /* nothing leaves before it is on record that it did */
		err = db_write(call->api->o.db, note_export, &m, e);
	if (err) {
		close(fd);
		return err;
	}
	out->fd = fd;
	out->content_type = "text/csv; charset=utf-8";
	out->filename = STR("ledger.csv");
	out->csp = "sandbox; default-src 'none'";
	return ERR_OK;
}

enum err api_intake_source(struct api_call *call, struct api_intake_source *out, struct error *e)
{
	struct desk_intake_source s = {0};
	enum err err = desk_intake_source(CALL_DESK, call->id, &s, e);
	if (err)
		return err;
	out->header = s.header;
	out->text = s.text;
	out->cut = s.cut;
	struct api_intake_file *files = API_LIST(call->arena, out, files, s.n_files);
	for (size_t i = 0; i < s.n_files; i++)
		files[i] = (struct api_intake_file){.name = s.files[i].name,
		                                    .content_type = s.files[i].content_type,
		                                    .size = s.files[i].size};
	return ERR_OK;
}

enum err api_intake_own(struct api_call *call, const struct api_intake_owner *in,
                        struct api_intake *out, struct error *e)
{
	struct intake i;
	enum err err = desk_intake_own(CALL_DESK, call->id, in->owner_id, &i, e);
	if (err == ERR_OK)
		api_of_intake(call->arena, out, &i);
	return err;
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
