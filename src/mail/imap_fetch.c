/* imap_fetch.c: folders and letters of a conversation. See imap_client.h. */
#include "base/vec.h"
#include "mail/imap_internal.h"

#define REST_MOST 2000000000u /* asked for behind the beginning of a letter */

enum err imap_open(struct imap_client *c, str folder, bool writable, struct imap_folder *out,
                   struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct imap_response r;
	BUF_AUTO line;
	c->folder = (struct imap_folder){0};
	imap_begin(c, &line, writable ? "SELECT " : "EXAMINE ");
	if (!str_is_utf8(folder) || !imap_quote(&line, imap_utf7_encode(a, folder)))
		return error_set(e, ERR_NOT_FOUND, "error.imap_folder", NULL, "");
	enum err err = imap_send_line(c, &line, e);
	if (!err)
		err = imap_finish(c, &r, e);
	if (err)
		return err;
	if (r.status != IMAP_OK)
		return imap_refuse(e, ERR_NOT_FOUND, "error.imap_folder", r.text);
	*out = c->folder;
	if (!out->uidvalidity)
		return imap_lost(c, e, "the server gives no UIDVALIDITY");
	return ERR_OK;
}

static int by_number(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return a < b ? -1 : a > b;
}

enum err imap_search(struct imap_client *c, struct arena *a, uint32_t after, size_t most,
                     uint32_t **out, size_t *n, bool *more, struct error *e)
{
	struct imap_response r = {0};
	VEC(uint32_t) v = {0};
	BUF_AUTO line;
	*n = 0;
	*more = c->news = false;
	if (after == UINT32_MAX)
		return ERR_OK;
	imap_begin(c, &line, "UID SEARCH UID ");
	buf_addf(&line, "%u:*", after + 1);
	enum err err = imap_send_line(c, &line, e);
	while (!err) {
		uint32_t uid;
		err = imap_next_response(c, &r, e);
		if (err || imap_is_mine(c, &r))
			break;
		if (r.kind != IMAP_UNTAGGED || !str_eq_nocase(r.name, STR("SEARCH")))
			continue;
		/* "n:*" is the last letter even where n is higher. */
		while (imap_search_next(&r.rest, &uid))
			if (uid > after)
				*vec_push(a, &v) = uid;
	}
	if (err)
		return err;
	if (r.status != IMAP_OK)
		return imap_lost(c, e, "SEARCH is refused");
	if (v.n)
		qsort(v.p, v.n, sizeof *v.p, by_number);
	size_t kept = 0;
	for (size_t i = 0; i < v.n; i++)
		if (!kept || v.p[kept - 1] != v.p[i])
			v.p[kept++] = v.p[i];
	*more = kept > most;
	*out = v.p;
	*n = *more ? most : kept;
	return ERR_OK;
}

/* The answer to a FETCH of one letter whose command has been sent: bytes go to the sink. */
static enum err fetched(struct imap_client *c, uint32_t uid, struct imap_letter *out,
                        void (*sink)(void *arg, str bytes), void *arg, struct error *e)
{
	struct imap_response r = {0};
	for (;;) {
		bool piece, late;
		enum err err = imap_next(c, imap_answer_deadline(c), &r, &piece, &late, e);
		if (!err && late)
			err = imap_lost(c, e, "no answer in time");
		if (err)
			return err;
		if (piece) {
			sink(arg, c->parse.piece);
			continue;
		}
		if (imap_is_mine(c, &r))
			break;
		ARENA_AUTO a = arena_new();
		struct imap_fetched f;
		if (r.kind != IMAP_UNTAGGED || !imap_fetch_read(a, &c->parse, &r, &f) ||
		    !f.has_body)
			continue;
		if (!f.has_uid || f.uid != uid || out->found)
			return imap_lost(c, e, "another letter than the one asked for");
		if (!f.streamed)
			sink(arg, f.body);
		out->found = true;
		out->size = f.has_size ? f.size : 0;
		out->has_date = f.has_date;
		out->date = f.date;
	}
	/* It vanished meanwhile (RFC 5530); others say OK to nothing. */
	if (r.status == IMAP_NO && str_eq_nocase(r.code, STR("EXPUNGEISSUED")) && !out->found)
		return ERR_OK;
	if (r.status != IMAP_OK && imap_transient(&r))
		return imap_refuse(e, ERR_IO, "error.imap_lost", r.text);
	if (r.status != IMAP_OK)
		return imap_refuse(e, ERR_INVALID, "error.imap_refused", r.text);
	return ERR_OK;
}

struct some {
	struct buf *raw;
	size_t most;
};

static void add_some(void *arg, str bytes)
{
	struct some *s = arg;
	buf_add(s->raw, str_sub(bytes, 0, s->most - s->raw->n));
}

enum err imap_fetch(struct imap_client *c, uint32_t uid, size_t most, bool header, struct buf *raw,
                    struct imap_letter *out, struct error *e)
{
	struct some into = {raw, most};
	BUF_AUTO line;
	*out = (struct imap_letter){0};
	buf_clear(raw);
	imap_begin(c, &line, "UID FETCH ");
	buf_addf(&line, "%u (UID RFC822.SIZE INTERNALDATE BODY.PEEK[%s]<0.%zu>)", uid,
	         header ? "HEADER" : "", most);
	enum err err = imap_send_line(c, &line, e);
	if (!err)
		err = fetched(c, uid, out, add_some, &into, e);
	if (err)
		return err;
	if (raw->failed)
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	/* Fewer bytes than asked for are all there are, whatever the size was said to be. */
	out->whole = out->found && !header && raw->n < most;
	if (out->whole || out->size < raw->n)
		out->size = raw->n;
	return ERR_OK;
}

enum err imap_fetch_rest(struct imap_client *c, uint32_t uid, size_t from,
                         void (*sink)(void *arg, str bytes), void *arg, bool *found,
                         struct error *e)
{
	struct imap_letter rest = {0};
	BUF_AUTO line;
	imap_begin(c, &line, "UID FETCH ");
	buf_addf(&line, "%u (UID BODY.PEEK[]<%zu.%u>)", uid, from, REST_MOST);
	enum err err = imap_send_line(c, &line, e);
	if (!err)
		err = fetched(c, uid, &rest, sink, arg, e);
	*found = rest.found;
	return err;
}

enum err imap_remove(struct imap_client *c, uint32_t uid, struct error *e)
{
	struct imap_response r;
	enum err err = imap_command(c, &r, e, "UID STORE %u +FLAGS.SILENT (\\Deleted)", uid);
	if (!err && r.status != IMAP_OK)
		return imap_refuse(e, ERR_INVALID, "error.imap_refused", r.text);
	/* A plain EXPUNGE would take what others have marked. */
	if (!err && imap_can(c, "UIDPLUS"))
		err = imap_command(c, &r, e, "UID EXPUNGE %u", uid);
	return err;
}
