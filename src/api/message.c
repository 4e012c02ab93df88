/* message.c: the thread of a ticket: messages, their HTML and bytes, attachments, uploads. */
#include <unistd.h>

#include "api/image.h"
#include "api/map.h"
#include "mime/html.h"
#include "text/message.h"

static enum err put_message(struct api_call *call, int64_t id, struct api_message *out,
                            struct error *e)
{
	struct message_full *m = ARENA_NEW(call->arena, struct message_full);
	enum err err = desk_message_full(CALL_DESK, id, m, e);
	if (err == ERR_OK)
		api_of_message(call->arena, out, m);
	return err;
}

enum err api_message_list(struct api_call *call, const struct api_message_list_query *q,
                          struct api_message_list *out, struct error *e)
{
	struct message_list list = {0};
	enum err err = desk_message_list(CALL_DESK, call->id, q->cursor,
	                                 q->has_limit ? (int)q->limit : API_THREAD_PAGE, &list, e);
	if (err)
		return err;
	struct api_message *items = API_LIST(call->arena, out, items, list.n);
	for (size_t i = 0; i < list.n; i++)
		api_of_message(call->arena, &items[i], &list.items[i]);
	out->next = list.next.n ? list.next : STR_NONE;
	return ERR_OK;
}

enum err api_message_get(struct api_call *call, struct api_message *out, struct error *e)
{
	return put_message(call, call->id, out, e);
}

enum err api_message_create(struct api_call *call, const struct api_message_create *in,
                            struct api_message *out, struct error *e)
{
	if (in->kind != API_MESSAGE_KIND_AGENT && in->kind != API_MESSAGE_KIND_NOTE)
		return error_set(e, ERR_INVALID, "error.not_one_of", "kind", "agent, note");
	const struct message_input m = {
	    .kind = (enum message_kind)in->kind,
	    .text = in->text,
	    .thread_id = in->thread_id,
	    .has_to = in->has_to,
	    .to = api_to_addresses(call->arena, in->to, in->n_to),
	    .n_to = in->n_to,
	    .has_cc = in->has_cc,
	    .cc = api_to_addresses(call->arena, in->cc, in->n_cc),
	    .n_cc = in->n_cc,
	    .bcc = api_to_addresses(call->arena, in->bcc, in->n_bcc),
	    .n_bcc = in->n_bcc,
	    .uploads = in->uploads,
	    .n_uploads = in->n_uploads,
	    .seen_message_id = in->seen_message_id,
	    .has_status = in->has_status,
	    .status = (enum ticket_status)in->status,
	};
	int64_t id;
	enum err err = desk_message_create(CALL_DESK, call->id, &m, &id, e);
	return err ? err : put_message(call, id, out, e);
}

enum err api_message_cancel(struct api_call *call, struct api_ticket *out, struct error *e)
{
	int64_t ticket_id;
	enum err err = desk_message_cancel(CALL_DESK, call->id, &ticket_id, e);
	return err ? err : api_put_ticket(call, ticket_id, out, e);
}

enum err api_message_retry(struct api_call *call, struct api_message *out, struct error *e)
{
	enum err err = desk_message_retry(CALL_DESK, call->id, e);
	return err ? err : put_message(call, call->id, out, e);
}

enum err api_message_correct(struct api_call *call, const struct api_correction *in,
                             struct api_message *out, struct error *e)
{
	enum err err = desk_message_correct(CALL_DESK, call->id, in->address, in->to, e);
	return err ? err : put_message(call, call->id, out, e);
}

/* ---- HTML ---- */

struct inline_files {
	struct api_call *call;
	const struct attachment *files;
	size_t n;
};

static str image_url(void *arg, struct arena *a, str url)
{
	const struct inline_files *f = arg;
	return api_image_url(f->call, a, url);
}

static str cid_url(void *arg, struct arena *a, str content_id)
{
	const struct inline_files *f = arg;
	for (size_t i = 0; i < f->n; i++)
		if (f->files[i].content_id.n && str_eq(f->files[i].content_id, content_id))
			return str_printf(a, "/api/v1/attachments/%lld?inline=1",
			                  (long long)f->files[i].id);
	return STR_NONE;
}

enum err api_message_html(struct api_call *call, const struct api_message_html_query *q,
                          struct api_raw *out, struct error *e)
{
	struct message m;
	struct attachment *files;
	size_t n = 0, held;
	enum err err = desk_message_html(CALL_DESK, call->id, &m, &files, &n, e);
	if (err)
		return err;
	enum lang lang = LANG_EN;
	lang_of(str_of(call->actor->lang), &lang);
	struct inline_files f = {call, files, n};
	const struct html_options opt = {
	    .images = q->images || call->api->o.images_proxy ? HTML_IMAGES_KEEP : HTML_IMAGES_HOLD,
	    .cid_url = cid_url,
	    .image_url = image_url,
	    .mark_links = true,
	    .fold = message_format(call->arena, lang, STR("letter.quoted"), MESSAGE_NO_ARGS),
	    .arg = &f,
	};
	str clean;
	struct error ignored;
	struct html_limits limits = HTML_LIMITS_DEFAULT;
	if (call->api->o.html_max) {
		limits.input_bytes = call->api->o.html_max;
		limits.output_bytes = 4 * limits.input_bytes;
	}
	/* Past a limit the cleaner gives the escaped text: shown all the same. */
	if (html_clean(call->arena, m.html, &limits, &opt, &clean, &held, &ignored) != ERR_OK)
		held = 0;
	BUF_AUTO b;
	buf_init(&b, 5 * limits.input_bytes + (1 << 20));
	buf_addz(
	    &b,
	    "<!doctype html><html><head><meta charset=\"utf-8\">"
	    "<meta name=\"referrer\" content=\"no-referrer\"><base target=\"_blank\">"
	    "<style>body{margin:0;overflow-wrap:anywhere;font:15px/1.5 system-ui,sans-serif}"
	    "img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}"
	    "a[data-host]{text-decoration:underline wavy #b42318}"
	    "a[data-host]::after{content:\" \\2192\\a0\" attr(data-host);color:#b42318;"
	    "font-size:.85em;font-weight:600;text-decoration:none;display:inline-block}"
	    "details.quoted>summary{color:#5b6675;cursor:pointer;font-size:13px;width:fit-content}"
	    "</style></head>");
	buf_addf(&b, "<body data-held=\"%zu\">", held);
	buf_add(&b, clean);
	buf_addz(&b, "</body></html>");
	if (b.failed)
		return error_set(e, ERR_TOO_LARGE, "error.html_too_large", NULL, NULL);
	out->content_type = "text/html; charset=utf-8";
	out->body = str_dup(call->arena, buf_str(&b));
	/* No script can run in it, so its own origin does no harm; without that
	 * origin its inline pictures would be asked for without the session. */
	out->csp = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
	           "frame-ancestors 'self'; sandbox allow-same-origin allow-popups "
	           "allow-popups-to-escape-sandbox";
	return ERR_OK;
}

/* ---- bytes ---- */

#define CSP_FILE "sandbox; default-src 'none'"

enum err api_message_raw(struct api_call *call, struct api_raw *out, struct error *e)
{
	out->content_type = "message/rfc822";
	out->filename = str_printf(call->arena, "message-%lld.eml", (long long)call->id);
	out->csp = CSP_FILE;
	return desk_message_raw(CALL_DESK, call->id, &out->fd, &out->size, e);
}

/* Types that a browser would run rather than show. */
static bool is_active(str type)
{
	return str_find(type, STR("html")) >= 0 || str_find(type, STR("xml")) >= 0 ||
	       str_find(type, STR("svg")) >= 0 || str_find(type, STR("script")) >= 0 ||
	       str_find(type, STR("flash")) >= 0;
}

enum err api_attachment_get(struct api_call *call, const struct api_attachment_get_query *q,
                            struct api_raw *out, struct error *e)
{
	struct attachment at;
	char head[16];
	enum err err = desk_attachment_open(CALL_DESK, call->id, &at, &out->fd, &out->size, e);
	if (err)
		return err;
	/* A picture is what its first bytes say, whatever its sender called it. */
	const char *image = NULL;
	ssize_t n = q->inline_ ? pread(out->fd, head, sizeof head, 0) : 0;
	if (n > 0)
		image = api_image_type(str_n(head, (size_t)n));
	str type = desk_content_type(call->arena, at.content_type);
	out->show = image != NULL;
	out->content_type = image             ? image
	                    : is_active(type) ? "application/octet-stream"
	                                      : str_z(call->arena, type);
	out->filename = desk_file_name(call->arena, at.name);
	out->csp = CSP_FILE;
	return ERR_OK;
}

/* ---- uploads ---- */

enum err api_upload_create_prepare(struct api_call *call, const struct api_upload_create_query *q,
                                   struct error *e)
{
	struct http_req *r = call->req;
	struct blob *blob = ARENA_NEW(r->arena, struct blob);
	call->prepared = blob;
	if (r->body_fd >= 0)
		return blob_prepare_fd(&call->desk->blobs, r->arena, r->body_fd, blob, e);
	return blob_prepare(&call->desk->blobs, r->arena, r->body, blob, e);
}

enum err api_upload_create(struct api_call *call, const struct api_upload_create_query *q,
                           struct api_upload *out, struct error *e)
{
	struct upload u;
	str type = q->type.n ? q->type : http_header(call->req, "content-type");
	enum err err = desk_upload_create(CALL_DESK, call->prepared, q->name, type, &u, e);
	if (err == ERR_OK)
		*out = (struct api_upload){
		    .id = u.id, .name = u.name, .content_type = u.content_type, .size = u.size};
	return err;
}

enum err api_upload_delete(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_upload_delete(CALL_DESK, call->id, e);
}
