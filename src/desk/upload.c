/* upload.c: see upload.h. */
#include "desk/upload.h"

#include "desk/ticket_internal.h"
#include "desk/mask.h"
#include "text/fold.h"

enum { NAME_BYTES = 200 };
#define UPLOAD_MAX ((int64_t)25 << 20)

str desk_file_name(struct arena *a, str name)
{
	str s = text_snippet(a, name, 255);
	for (size_t i = s.n; i > 0; i--) { /* after the last folder, of either kind */
		if (s.p[i - 1] == '/' || s.p[i - 1] == '\\') {
			s = str_from(s, i);
			break;
		}
	}
	while (s.n && (s.p[0] == '.' || s.p[0] == ' '))
		s = str_from(s, 1);
	s = str_trim(s);
	if (s.n > NAME_BYTES) { /* the ending says what it is */
		ptrdiff_t dot = str_rchr(s, '.');
		str ending =
		    dot >= 0 && s.n - (size_t)dot <= 16 ? str_from(s, (size_t)dot) : STR("");
		s = str_concat(a, str_cut_utf8(s, NAME_BYTES - ending.n), ending);
	}
	return s.n ? s : STR("file");
}

static bool is_token(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') ||
		      (ch && strchr("!#$&-^_.+", ch))))
			return false;
	}
	return s.n > 0;
}

str desk_content_type(struct arena *a, str type)
{
	ptrdiff_t end = str_chr(type, ';');
	str s = str_lower_ascii(a, str_trim(end >= 0 ? str_sub(type, 0, (size_t)end) : type));
	ptrdiff_t slash = str_chr(s, '/');
	if (slash > 0 && s.n <= 127 && is_token(str_sub(s, 0, (size_t)slash)) &&
	    is_token(str_from(s, (size_t)slash + 1)))
		return s;
	return STR("application/octet-stream");
}

bool desk_is_image(str content_type)
{
	static const char *const raster[] = {"image/png",  "image/jpeg", "image/gif",
	                                     "image/webp", "image/avif", "image/bmp"};
	for (size_t i = 0; i < COUNT_OF(raster); i++)
		if (str_eq(content_type, str_of(raster[i])))
			return true;
	return false;
}

bool desk_holds_addresses(struct arena *a, str content_type, str name)
{
	static const char *const types[] = {"text/vcard",       "text/x-vcard",
	                                    "text/directory",   "text/calendar",
	                                    "application/ics",  "application/ms-tnef",
	                                    "application/mbox", "application/vnd.ms-outlook"};
	static const char *const endings[] = {".eml", ".msg", ".mbox", ".vcf", ".vcard", ".ics"};
	str type = desk_content_type(a, content_type);
	str low = str_lower_ascii(a, str_trim(name));
	if (str_starts(type, STR("message/")))
		return true;
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (str_eq(type, str_of(types[i])))
			return true;
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (str_ends(low, str_of(endings[i])))
			return true;
	return false;
}

static enum err need_any(const struct actor *actor, struct error *e)
{
	if (actor_may(actor, RIGHT_TICKET_NOTE) || actor_may(actor, RIGHT_TICKET_CREATE))
		return ERR_OK;
	return actor_need(actor, RIGHT_TICKET_REPLY, e);
}

enum err desk_upload_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct blob *blob, str name,
                            str content_type, struct upload *out, struct error *e)
{
	usec now = clock_now(d->clock);
	enum err err = need_any(actor, e);
	if (err)
		return err;
	if (actor->kind != ACTOR_ACCOUNT)
		return error_set(e, ERR_DENIED, "error.denied", NULL, NULL);
	if (blob->size > (d->upload_max > 0 ? d->upload_max : UPLOAD_MAX))
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	*out = (struct upload){
	    .account_id = actor->account_id,
	    .hash = blob->hash,
	    .name = desk_file_name(a, name),
	    .content_type = desk_content_type(a, content_type),
	    .size = blob->size,
	    .created_at = now,
	};
	if ((err = blob_attach(tx, blob, now, e)))
		return err;
	return upload_insert(tx, out, e);
}

enum err desk_upload_delete(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, struct error *e)
{
	enum err err = need_any(actor, e);
	if (err)
		return err;
	return upload_delete(tx, actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0, id, e);
}

enum err desk_attachment_open(const struct desk *d, struct arena *a, struct db_conn *c,
                              const struct actor *actor, int64_t id, struct attachment *out,
                              int *fd, int64_t *size, struct error *e)
{
	*fd = -1;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = attachment_get(a, c, actor, id, out, e)))
		return err;
	if (actor_masked(actor) && desk_holds_addresses(a, out->content_type, out->name))
		return error_set(e, ERR_DENIED, "error.locked_file", NULL,
		                 right_name(RIGHT_CONTACT_REVEAL));
	if (attachment_is_held(out))
		return error_set(e, ERR_NOT_FOUND, "error.held_file", NULL, NULL);
	struct mask mask = mask_for(actor);
	out->name = mask_text(a, &mask, out->name);
	return blob_open_fd(&d->blobs, c, out->hash, fd, size, e);
}
