/* search.c: see search.h. */
#include "desk/search.h"

#include <assert.h>

#include "base/buf.h"
#include "base/vec.h"
#include "desk/mask.h"
#include "desk/ticket_internal.h"
#include "events/event.h"
#include "json/read.h"
#include "text/addr.h"

#define CURSOR "search"
enum {
	STEP = 192, /* events */
	SNIPPET_CHARS = 200,
	DIRECT_MAX = 20,
	MASKED_HITS = 100, /* looked through for one page of an actor who sees no addresses */
};

/* ---- asking ---- */

/* "#123", "№ 123" (with whatever space) or a bare number. */
static bool ticket_number(str q, int64_t *id)
{
	if (str_starts(q, STR("#")))
		q = str_from(q, 1);
	else if (str_starts(q, STR("\u2116")))
		q = str_from(q, sizeof "\u2116" - 1);
	while (str_starts(q, STR(" ")) || str_starts(q, STR("\u00a0")))
		q = str_from(q, q.p[0] == ' ' ? 1 : sizeof "\u00a0" - 1);
	return q.n && q.p[0] >= '0' && q.p[0] <= '9' && str_to_i64(str_trim(q), id) && *id > 0;
}

struct found {
	VEC(int64_t) tickets;
	VEC(int64_t) messages; /* beside each: 0 = none */
	VEC(str) texts;
};

static void add(struct arena *a, struct found *f, int64_t ticket, int64_t message, str text)
{
	for (size_t i = 0; i < f->tickets.n; i++)
		if (f->tickets.p[i] == ticket)
			return; /* one hit a ticket */
	*vec_push(a, &f->tickets) = ticket;
	*vec_push(a, &f->messages) = message;
	*vec_push(a, &f->texts) = text;
}

/* By number and by address: only on the first page. */
static enum err direct(struct arena *a, struct db_conn *c, const struct actor *actor, str q,
                       struct found *f, struct error *e)
{
	int64_t id, *ids;
	size_t n;
	if (ticket_number(q, &id))
		add(a, f, id, 0, STR_NONE);
	enum err err = search_by_address(a, c, actor, q, DIRECT_MAX, &ids, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		add(a, f, ids[i], 0, STR_NONE);
	return err;
}

/* Would the words be found in what the actor may read? Whoever sees addresses masked must not
 * spell them out, letter by letter, by what is found. */
static enum err readable(struct arena *a, struct db_conn *c, const struct actor *actor,
                         const struct search_hit *hit, const str *words, size_t n_words, bool *out,
                         struct error *e)
{
	struct message m;
	struct mask mask;
	struct attachment *files;
	size_t n_files, n_have, found = 0;
	str *have;
	enum err err = message_get(a, c, actor, hit->message_id, &m, e);
	if (!err)
		err = mask_load(a, c, actor, hit->ticket_id, 0, &mask, e);
	if (!err)
		err = attachment_of_messages(a, c, &m.id, 1, &files, &n_files, e);
	if (err)
		return err;
	const str parts[] = {m.subject, m.author_name, m.author_address,
	                     str_cut_utf8(m.text, SEARCH_TEXT_BYTES),
	                     str_cut_utf8(m.quoted, SEARCH_TEXT_BYTES)};
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < COUNT_OF(parts) + n_files; i++) {
		buf_add(&b, mask_text(a, &mask,
		                      i < COUNT_OF(parts) ? parts[i]
		                                          : files[i - COUNT_OF(parts)].name));
		buf_addc(&b, '\n');
	}
	search_words(a, buf_str(&b), 0, &have, &n_have);
	for (size_t w = 0; w < n_words; w++) {
		bool last = w + 1 == n_words, here = false;
		for (size_t i = 0; i < n_have && !here; i++)
			here = last ? str_starts(have[i], words[w]) : str_eq(have[i], words[w]);
		found += here;
	}
	*out = found == n_words;
	return ERR_OK;
}

static enum err hits(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const str *words, size_t n_words, int64_t before, int limit, struct found *f,
                     str *next, struct error *e)
{
	struct search_hit *hit;
	size_t n, kept = 0;
	bool masked = actor_masked(actor), more = false;
	int want = masked ? MASKED_HITS : limit;
	enum err err = search_messages(a, c, actor, words, n_words, before, want + 1, &hit, &n, e);
	if (err)
		return err;
	if (n > (size_t)want) {
		n = (size_t)want;
		more = true;
	}
	for (size_t i = 0; i < n; i++) {
		bool shown = true;
		if (masked && (err = readable(a, c, actor, &hit[i], words, n_words, &shown, e)))
			return err;
		if (!shown)
			continue;
		if (kept == (size_t)limit) {
			/* Of the masked: a further page exists only when it shows something. */
			n = i;
			more = true;
			break;
		}
		add(a, f, hit[i].ticket_id, hit[i].message_id, hit[i].text);
		kept++;
	}
	if (more && n)
		*next = str_printf(a, "%lld", (long long)hit[n - 1].message_id);
	return ERR_OK;
}

static enum err show(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct found *f, const str *words, size_t n_words,
                     struct search_result *out, struct error *e)
{
	struct ticket_row *rows;
	size_t n;
	enum err err = ticket_rows(a, c, actor, f->tickets.p, f->tickets.n, &rows, &n, e);
	if (err)
		return err;
	out->items = ARENA_ARRAY(a, n, struct search_item);
	/* The rows are in the order asked; what is not visible is left out. */
	for (size_t i = 0, at = 0; i < n; i++, at++) {
		while (at < f->tickets.n && f->tickets.p[at] != rows[i].t.id)
			at++;
		assert(at < f->tickets.n);
		struct search_item *item = &out->items[out->n++];
		str text = f->texts.p[at];
		if (actor_masked(actor)) {
			struct mask mask;
			if ((err = mask_load(a, c, actor, rows[i].t.id, rows[i].t.contact_id, &mask,
			                     e)))
				return err;
			text = mask_text(a, &mask, text);
			desk_mask_row(a, actor, &rows[i]);
		}
		item->ticket = rows[i];
		item->message_id = f->messages.p[at];
		item->snippet = text.n ? search_snippet(a, text, words, n_words, SNIPPET_CHARS)
		                       : rows[i].t.snippet;
	}
	return ERR_OK;
}

enum err desk_search(const struct desk *d, struct arena *a, struct db_conn *c,
                     const struct actor *actor, str q, str cursor, int limit,
                     struct search_result *out, struct error *e)
{
	struct found f = {0};
	str *words;
	size_t n_words;
	int64_t before = 0;
	*out = (struct search_result){0};
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err)
		return err;
	if (cursor.n && (!str_to_i64(cursor, &before) || before <= 0))
		return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
	limit = limit <= 0 ? 20 : limit > 50 ? 50 : limit;
	q = str_trim(str_to_utf8(a, q));
	search_words(a, q, SEARCH_WORDS_MAX, &words, &n_words);
	if ((!before && (err = direct(a, c, actor, q, &f, e))) ||
	    (err = hits(a, c, actor, words, n_words, before, limit, &f, &out->next, e)) ||
	    (err = show(a, c, actor, &f, words, n_words, out, e)))
		return err;
	return desk_search_behind(c, &out->behind, e);
}

/* ---- indexing ---- */

enum err desk_search_behind(struct db_conn *c, int64_t *out, struct error *e)
{
	int64_t at, head;
	enum err err = event_cursor_get(c, CURSOR, &at, e);
	if (err || (err = event_head(c, &head, e)))
		return err;
	*out = head > at ? head - at : 0;
	return ERR_OK;
}

/* What one step puts into the index. */
struct step {
	const struct desk *desk;
	int64_t after, upto; /* events */
	struct search_entry *entries;
	size_t n;
	bool moved; /* somebody else's step came first: prepared in vain */
};

/* On a snapshot, so that the writer is not kept from other work by reading and folding texts.
 * *more: there are further events. */
static enum err prepare(struct arena *a, struct db_conn *c, int limit, struct step *s, bool *more,
                        struct error *e)
{
	struct event *ev;
	size_t n;
	enum err err = event_cursor_get(c, CURSOR, &s->after, e);
	s->upto = s->after;
	s->n = 0;
	*more = false;
	if (err || (err = event_read(a, c, s->after, limit, &ev, &n, e)) || !n)
		return err;
	s->entries = ARENA_ARRAY(a, n, struct search_entry);
	for (size_t i = 0; i < n; i++) {
		const struct json *data;
		if (ev[i].type != EVENT_MESSAGE_ADDED)
			continue;
		if (json_parse(a, ev[i].data, NULL, &data, NULL))
			continue; /* not ours to judge: event_verify will */
		int64_t id = json_get_i64(data, "message_id", 0);
		if (id && (err = search_prepare(a, c, id, &s->entries[s->n++], e)))
			return err;
	}
	s->upto = ev[n - 1].id;
	*more = n == (size_t)limit;
	return ERR_OK;
}

static enum err run_step(void *arg, struct db_conn *tx, struct error *e)
{
	struct step *s = arg;
	int64_t at;
	ARENA_AUTO a = arena_new();
	/* Two processes must not index the same events. */
	enum err err = db_lock(tx, "search", 1, e);
	if (err || (err = event_cursor_get(tx, CURSOR, &at, e)))
		return err;
	s->moved = at != s->after;
	for (size_t i = 0; !err && !s->moved && i < s->n; i++)
		err = search_index_prepared(a, tx, &s->entries[i], e);
	if (err || s->moved)
		return err;
	return event_cursor_set(tx, CURSOR, s->upto, clock_now(s->desk->clock), e);
}

enum err desk_search_catch_up(const struct desk *d, struct db *db, int *steps, struct error *e)
{
	bool more = true;
	int n = 0;
	enum err err = ERR_OK;
	while (!err && more) {
		ARENA_AUTO a = arena_new();
		struct step s = {.desk = d};
		struct db_conn *c;
		if ((err = db_read_begin(db, &c, e)))
			break;
		err = prepare(a, c, d->search_batch ? d->search_batch : STEP, &s, &more, e);
		db_read_end(db, c);
		if (err || s.upto == s.after)
			break;
		err = db_write(db, run_step, &s, e);
		more |= s.moved;
		n += !err;
	}
	if (steps)
		*steps = n;
	return err;
}
