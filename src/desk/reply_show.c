/* reply_show.c: messages as an actor may see them. */
#include "desk/mask.h"
#include "desk/reply.h"
#include "desk/ticket_internal.h"
#include "desk/upload.h"
#include "store/ahead.h"
#include "store/job.h"

static void mask_list(struct arena *a, const struct mask *m, struct address *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		v[i].name = mask_text(a, m, v[i].name);
		v[i].address = mask_value(a, m, v[i].address);
	}
}

static void mask_message(struct arena *a, const struct mask *mask, struct message_full *f)
{
	struct message *m = &f->m;
	m->html = STR_NONE;
	if (!mask->on)
		return;
	m->has_html = false;
	m->author_name = mask_text(a, mask, m->author_name);
	m->author_address = mask_value(a, mask, m->author_address);
	m->subject = mask_text(a, mask, m->subject);
	m->text = mask_text(a, mask, m->text);
	m->quoted = mask_text(a, mask, m->quoted);
	m->mail_id = m->mail_refs = STR_NONE; /* they often hold an address */
	mask_list(a, mask, m->rcpt.to, m->rcpt.n_to);
	mask_list(a, mask, m->rcpt.cc, m->rcpt.n_cc);
	mask_list(a, mask, m->rcpt.bcc, m->rcpt.n_bcc);
	f->author = mask_text(a, mask, f->author);
	for (size_t i = 0; i < f->n_attachments; i++) {
		struct attachment *at = &f->attachments[i];
		at->locked = desk_holds_addresses(a, at->content_type, at->name);
		at->name = mask_text(a, mask, at->name);
	}
	for (size_t i = 0; i < f->n_deliveries; i++) {
		f->deliveries[i].address = mask_value(a, mask, f->deliveries[i].address);
		f->deliveries[i].answer = mask_text(a, mask, f->deliveries[i].answer);
	}
}

/* Still to be taken back: queued, never tried, and its job waits for a time to come. */
static enum err undo_until(const struct desk *d, struct arena *a, struct db_conn *c,
                           struct message_full *f, struct error *e)
{
	usec now = clock_now(d->clock);
	if (f->m.kind != MESSAGE_AGENT || !f->n_deliveries ||
	    f->m.created_at + d->undo_window <= now)
		return ERR_OK;
	for (size_t i = 0; i < f->n_deliveries; i++)
		if (f->deliveries[i].state != DELIVERY_QUEUED || f->deliveries[i].attempts)
			return ERR_OK;
	struct job job;
	enum err err = job_find(a, c, DESK_JOB_SEND,
	                        str_printf(a, "message:%lld", (long long)f->m.id), &job, e);
	if (!err && job.id && job.due > now)
		f->undo_until = job.due;
	return err;
}

/* Files and deliveries of a page in one query each. */
static enum err fill(const struct desk *d, struct arena *a, struct db_conn *c,
                     const struct actor *actor, struct message_full *f, size_t n,
                     const struct mask *mask, struct error *e)
{
	int64_t *ids = ARENA_ARRAY(a, n, int64_t);
	struct attachment *at;
	struct delivery *dl;
	size_t n_at, n_dl, i_at = 0, i_dl = 0;
	for (size_t i = 0; i < n; i++)
		ids[i] = f[i].m.id;
	ahead_messages(a, c, ids, n);
	enum err err = attachment_of_messages(a, c, ids, n, &at, &n_at, e);
	if (err || (err = delivery_of_messages(a, c, ids, n, &dl, &n_dl, e)))
		return err;
	/* All three are in the order of the messages' ids. */
	for (size_t i = 0; i < n; i++) {
		while (i_at < n_at && at[i_at].message_id < ids[i])
			i_at++;
		f[i].attachments = at + i_at;
		while (i_at < n_at && at[i_at].message_id == ids[i]) {
			i_at++;
			f[i].n_attachments++;
		}
		while (i_dl < n_dl && dl[i_dl].message_id < ids[i])
			i_dl++;
		f[i].deliveries = dl + i_dl;
		while (i_dl < n_dl && dl[i_dl].message_id == ids[i]) {
			i_dl++;
			f[i].n_deliveries++;
		}
		f[i].author = f[i].m.author_name.n ? f[i].m.author_name : f[i].m.author_address;
		if ((err = undo_until(d, a, c, &f[i], e)))
			return err;
		mask_message(a, mask, &f[i]);
	}
	return ERR_OK;
}

enum err desk_message_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t ticket_id, str cursor, int limit,
                           struct message_list *out, struct error *e)
{
	struct ticket t;
	struct mask mask;
	struct message *m;
	int64_t before = 0;
	bool more;
	*out = (struct message_list){0};
	limit = limit <= 0 ? 50 : limit > 200 ? 200 : limit;
	bool good = !cursor.n || (str_to_i64(cursor, &before) && before > 0);
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (!err && good)
		ahead_thread(c, actor, ticket_id, before, limit);
	if (err || (err = ticket_get(a, c, actor, ticket_id, &t, e)))
		return err;
	if (!good)
		return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
	if ((err = message_page(a, c, actor, ticket_id, before, limit, &m, &out->n, &more, e)) ||
	    (err = mask_load(a, c, actor, ticket_id, 0, &mask, e)))
		return err;
	out->items = ARENA_ARRAY(a, out->n, struct message_full);
	for (size_t i = 0; i < out->n; i++)
		out->items[i].m = m[i];
	if (more)
		out->next = str_printf(a, "%lld", (long long)m[0].id);
	return fill(d, a, c, actor, out->items, out->n, &mask, e);
}

enum err desk_message_full(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t id, struct message_full *out,
                           struct error *e)
{
	struct mask mask;
	*out = (struct message_full){0};
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = message_get(a, c, actor, id, &out->m, e)) ||
	    (err = mask_load(a, c, actor, out->m.ticket_id, 0, &mask, e)))
		return err;
	return fill(d, a, c, actor, out, 1, &mask, e);
}

enum err desk_message_html(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t id, struct message *out,
                           struct attachment **files, size_t *n_files, struct error *e)
{
	*files = NULL;
	*n_files = 0;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = message_get(a, c, actor, id, out, e)))
		return err;
	if (actor_masked(actor)) {
		struct mask mask;
		struct message_full f = {.m = *out};
		if ((err = mask_load(a, c, actor, out->ticket_id, 0, &mask, e)))
			return err;
		mask_message(a, &mask, &f);
		*out = f.m;
		return ERR_OK;
	}
	return attachment_of_messages(a, c, &id, 1, files, n_files, e);
}

enum err desk_message_raw(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t id, int *fd, int64_t *size,
                          struct error *e)
{
	struct message m;
	*fd = -1;
	enum err err = actor_need(actor, RIGHT_MESSAGE_RAW, e);
	if (err || (err = actor_need(actor, RIGHT_CONTACT_REVEAL, e)) ||
	    (err = message_get(a, c, actor, id, &m, e)))
		return err;
	if (!m.raw_hash.n)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return blob_open_fd(&d->blobs, c, m.raw_hash, fd, size, e);
}
