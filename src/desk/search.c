/* search.c: asking. See search.h. */
#include "desk/search.h"

#include <assert.h>
#include <math.h>

#include "base/buf.h"
#include "base/vec.h"
#include "desk/contact.h"
#include "desk/mask.h"
#include "desk/ticket_internal.h"
#include "store/attachment.h"
#include "text/addr.h"

enum {
	SNIPPET_CHARS = 200,
	DIRECT_MAX = 20,
	MASKED_HITS = 100,  /* looked through for one page of an actor who sees no addresses */
	CANDIDATES = 20000, /* looked at for one page: fields may leave few of them */
	FEW = 3,            /* fewer hits: something else may have been meant */
	CONTACTS = 5,
	ARTICLES = 5,
	ARTICLES_MAX = 50,
	BEST = 200, /* the newest hits that are ranked, and the newest exact ones */
};

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
	int64_t ticket, message;   /* message 0 = none */
	str text;                  /* for the snippet */
	const struct query *query; /* that found it */
};

/* One question under way. */
struct asking {
	struct arena *a;
	struct db_conn *c;
	const struct actor *actor;
	struct stemmer *stemmer;
	usec now;
	int limit, articles;
	struct query query;
	struct search_filter filter;
	VEC(struct found) found;
	struct search_result *out;
	struct error *e;
};

static void add(struct asking *s, int64_t ticket, int64_t message, str text, const struct query *q)
{
	for (size_t i = 0; i < s->found.n; i++)
		if (s->found.p[i].ticket == ticket)
			return; /* one hit a ticket */
	*vec_push(s->a, &s->found) = (struct found){ticket, message, text, q};
}

/* By number and by address: only on the first page. */
static enum err direct(struct asking *s, str q)
{
	int64_t id, *ids;
	size_t n;
	q = str_trim(q);
	if (ticket_number(q, &id))
		add(s, id, 0, STR_NONE, NULL);
	enum err err = search_by_address(s->a, s->c, s->actor, q, DIRECT_MAX, &ids, &n, s->e);
	for (size_t i = 0; !err && i < n; i++)
		add(s, ids[i], 0, STR_NONE, NULL);
	return err;
}

/* Would the query find it in what the actor may read? Whoever sees addresses masked must not
 * spell them out, letter by letter, by what is found. */
static enum err readable(struct asking *s, const struct search_hit *hit, const struct query *q,
                         bool *out)
{
	struct message m;
	struct mask mask;
	struct attachment *files;
	size_t n_files;
	enum err err = message_get(s->a, s->c, s->actor, hit->message_id, &m, s->e);
	if (!err)
		err = mask_load(s->a, s->c, s->actor, hit->ticket_id, 0, &mask, s->e);
	if (!err)
		err = attachment_of_messages(s->a, s->c, &m.id, 1, &files, &n_files, s->e);
	if (err)
		return err;
	const struct {
		enum term_field field;
		str text;
	} parts[] = {{TERM_SUBJECT, m.subject},
	             {TERM_AUTHOR, m.author_name},
	             {TERM_AUTHOR, m.author_address},
	             {TERM_TEXT, str_cut_utf8(m.text, SEARCH_TEXT_BYTES)},
	             {TERM_TEXT, str_cut_utf8(m.quoted, SEARCH_TEXT_BYTES)}};
	struct terms t;
	str fields[TERM_FIELDS];
	terms_init(&t, s->stemmer, TERM_SPACED, 4 * SEARCH_TEXT_BYTES);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		terms_add(&t, parts[i].field, mask_text(s->a, &mask, parts[i].text));
	for (size_t i = 0; i < n_files; i++)
		terms_add(&t, TERM_FILE, mask_text(s->a, &mask, files[i].name));
	for (size_t i = 0; i < TERM_FIELDS; i++)
		fields[i] = buf_str(&t.out[i]);
	*out = query_fits(q, fields);
	terms_release(&t);
	return ERR_OK;
}

/* ---- newest first ---- */

/* The next page of hits, newest first; *next 0: there are no more. */
static enum err newest(struct asking *s, const struct query *q, int64_t before, int limit,
                       int64_t *next)
{
	struct search_page page;
	str expr;
	size_t kept = 0;
	bool masked = actor_masked(s->actor);
	int want = masked && limit < MASKED_HITS ? MASKED_HITS : limit;
	*next = 0;
	enum err err = search_expression(s->a, s->c, q, false, &expr, s->e);
	if (!err)
		err = search_messages(s->a, s->c, s->actor, expr, &s->filter, before, want,
		                      CANDIDATES, &page, s->e);
	if (!err && !masked)
		err = search_fill(s->a, s->c, page.items, page.n, s->e);
	for (size_t i = 0; !err && i < page.n; i++) {
		struct search_hit *hit = &page.items[i];
		bool shown = true;
		if (masked && ((err = readable(s, hit, q, &shown)) ||
		               (shown && (err = search_fill(s->a, s->c, hit, 1, s->e)))))
			return err;
		if (!shown)
			continue;
		if (kept == (size_t)limit) {
			/* Of the masked: a further page exists only when it shows something. */
			page.next = page.items[i - 1].message_id;
			break;
		}
		add(s, hit->ticket_id, hit->message_id, hit->text, q);
		kept++;
	}
	if (!err)
		*next = page.next;
	return err;
}

/* ---- the best first ---- */

struct ranked {
	struct search_hit hit;
	double score;
};

static int by_score(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return a->hit.message_id < b->hit.message_id ? 1 : -(a->hit.message_id > b->hit.message_id);
}

static enum err gather(struct asking *s, const struct query *q, bool exact,
                       struct search_page *page)
{
	str expr;
	int want = actor_masked(s->actor) ? MASKED_HITS / 2 : BEST;
	enum err err = search_expression(s->a, s->c, q, exact, &expr, s->e);
	if (!err)
		err = search_messages(s->a, s->c, s->actor, expr, &s->filter, 0, want, CANDIDATES,
		                      page, s->e);
	return err ? err : search_fill(s->a, s->c, page->items, page->n, s->e);
}

/* Exact forms of old messages are not hidden by the newest ones in other forms: both are ranked.
 * What being fresh is worth halves every year. */
static enum err best(struct asking *s, const struct query *q, size_t skip, bool *more)
{
	struct search_page pages[2] = {{.n = 0}, {.n = 0}};
	enum err err = gather(s, q, true, &pages[0]);
	if (!err)
		err = gather(s, q, false, &pages[1]);
	if (err)
		return err;
	struct ranked *all = ARENA_ARRAY(s->a, pages[0].n + pages[1].n, struct ranked);
	size_t n = 0;
	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < pages[p].n; i++) {
			struct search_hit *hit = &pages[p].items[i];
			bool shown = true, twice = false;
			for (size_t k = 0; k < n && !twice; k++)
				twice = all[k].hit.message_id == hit->message_id;
			if (!twice && actor_masked(s->actor) && (err = readable(s, hit, q, &shown)))
				return err;
			if (twice || !shown)
				continue;
			double years =
			    (double)(s->now - hit->created_at) / (double)(365 * USEC_DAY);
			all[n++] = (struct ranked){
			    *hit, query_score(q, s->stemmer, hit->subject, hit->text) +
			              0.4 * exp2(-(years > 0 ? years : 0))};
		}
	qsort(all, n, sizeof *all, by_score);
	*more = false;
	size_t at = 0, first = s->found.n;
	for (size_t i = 0; i < n && !*more; i++) {
		bool twice = false;
		for (size_t k = 0; k < i && !twice; k++)
			twice = all[k].hit.ticket_id == all[i].hit.ticket_id;
		if (twice || at++ < skip)
			continue;
		*more = s->found.n - first == (size_t)s->limit;
		if (!*more)
			add(s, all[i].hit.ticket_id, all[i].hit.message_id, all[i].hit.text, q);
	}
	return ERR_OK;
}

/* ---- only fields ---- */

static enum err listed(struct asking *s, str cursor)
{
	struct ticket_filter f = {.limit = s->limit, .cursor = cursor};
	struct ticket_list list;
	search_filter_list(&s->filter, &f);
	enum err err = ticket_list(s->a, s->c, s->actor, &f, &list, s->e);
	for (size_t i = 0; !err && i < list.n; i++)
		add(s, list.items[i].t.id, 0, STR_NONE, NULL);
	if (!err && list.next.n)
		s->out->next = str_concat(s->a, STR("t"), list.next);
	return err;
}

/* ---- contacts ---- */

static enum err contacts(struct asking *s, str text)
{
	const struct query *q = &s->query;
	if (!actor_may(s->actor, RIGHT_CONTACT_READ) || !q->n_words || q->n_words != q->n)
		return ERR_OK;
	for (size_t i = 0; i < q->n; i++)
		if (q->items[i].field != QUERY_TEXT && q->items[i].field != QUERY_FROM)
			return ERR_OK;
	enum err err = search_contacts(s->a, s->c, s->actor, text, q, CONTACTS, &s->out->contacts,
	                               &s->out->n_contacts, s->e);
	if (!err)
		desk_mask_contacts(s->a, s->actor, s->out->contacts, s->out->n_contacts);
	return err;
}

/* ---- the answer ---- */

static enum err show(struct asking *s)
{
	struct ticket_row *rows;
	struct search_result *out = s->out;
	size_t n, n_ids = s->found.n;
	int64_t *ids = ARENA_ARRAY(s->a, n_ids, int64_t);
	for (size_t i = 0; i < n_ids; i++)
		ids[i] = s->found.p[i].ticket;
	enum err err = ticket_rows(s->a, s->c, s->actor, ids, n_ids, &rows, &n, s->e);
	if (err)
		return err;
	out->items = ARENA_ARRAY(s->a, n, struct search_item);
	/* The rows are in the order asked; what is not visible is left out. */
	for (size_t i = 0, at = 0; i < n; i++, at++) {
		while (at < n_ids && ids[at] != rows[i].t.id)
			at++;
		assert(at < n_ids);
		struct search_item *item = &out->items[out->n++];
		const struct found *f = &s->found.p[at];
		str text = f->text;
		if (actor_masked(s->actor)) {
			struct mask mask;
			if ((err = mask_load(s->a, s->c, s->actor, rows[i].t.id,
			                     rows[i].t.contact_id, &mask, s->e)))
				return err;
			text = mask_text(s->a, &mask, text);
			desk_mask_row(s->a, s->actor, &rows[i]);
		}
		item->ticket = rows[i];
		item->message_id = f->message;
		const struct query *q = f->query ? f->query : &s->query;
		item->subject =
		    query_snippet(s->a, q, s->stemmer, rows[i].t.subject, SNIPPET_CHARS);
		item->snippet = f->message && text.n
		                    ? query_snippet(s->a, q, s->stemmer, text, SNIPPET_CHARS)
		                    : rows[i].t.snippet;
	}
	return ERR_OK;
}

/* What may have been meant instead, if it finds something that the actor sees. */
static enum err instead(struct asking *s, str text)
{
	str other;
	struct query *q = ARENA_NEW(s->a, struct query);
	struct query_options o = {.now = s->now};
	size_t had = s->found.n;
	int64_t next;
	enum err err = desk_search_suggest(s->a, s->c, text, &s->query, &other, s->e);
	if (err || !other.n)
		return err;
	/* It is longer than what was typed at most by the letters of a limit. */
	if (query_parse(s->a, s->stemmer, other, &o, q, s->e))
		return ERR_OK;
	err = newest(s, q, 0, s->limit, &next);
	bool alone = had == 0 && !s->out->n_articles;
	if (!err && alone && !s->filter.n)
		err = desk_search_articles(s->a, s->c, s->actor, s->stemmer, q, (size_t)s->articles,
		                           s->out, s->e);
	if (err || (s->found.n == had && !(alone && s->out->n_articles)))
		return err;
	s->out->suggestion = other;
	s->out->corrected = alone;
	return ERR_OK;
}

/* A page's place: "123" before a message, "b20" in the ranked ones, "t..." in a list. */
struct place {
	int64_t before;
	size_t skip;
	str list;
};

static bool read_cursor(str cursor, struct place *p)
{
	int64_t n = 0;
	*p = (struct place){0};
	if (!cursor.n)
		return true;
	if (cursor.p[0] == 't') {
		p->list = str_from(cursor, 1);
		return p->list.n > 0;
	}
	bool best = cursor.p[0] == 'b';
	if (!str_to_i64(str_from(cursor, best), &n) || n <= 0)
		return false;
	if (best && n > 2 * BEST)
		return false;
	p->before = best ? 0 : n;
	p->skip = best ? (size_t)n : 0;
	return true;
}

static enum err pages(struct asking *s, const struct search_ask *ask, str text,
                      const struct place *p)
{
	int64_t next = 0;
	bool more = false;
	enum err err = ERR_OK;
	if (!s->query.n_words) {
		s->out->no_words = !s->filter.n && !s->found.n;
		return s->filter.n ? listed(s, p->list) : ERR_OK;
	}
	if (ask->best && !p->before)
		err = best(s, &s->query, p->skip, &more);
	else
		err = newest(s, &s->query, p->before, s->limit, &next);
	if (more)
		s->out->next = str_printf(s->a, "b%zu", p->skip + (size_t)s->limit);
	if (next)
		s->out->next = str_printf(s->a, "%lld", (long long)next);
	if (!err && !ask->cursor.n && !s->out->next.n && s->found.n < FEW)
		err = instead(s, text);
	return err;
}

enum err desk_search_by(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, const struct search_ask *ask,
                        struct search_result *out, struct error *e)
{
	struct place p;
	*out = (struct search_result){0};
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err)
		return err;
	if (!read_cursor(ask->cursor, &p))
		return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	struct asking s = {.a = a,
	                   .c = c,
	                   .actor = actor,
	                   .stemmer = stemmer,
	                   .now = clock_now(d->clock),
	                   .out = out,
	                   .e = e,
	                   .limit = ask->limit <= 0   ? 20
	                            : ask->limit > 50 ? 50
	                                              : ask->limit,
	                   .articles = ask->articles <= 0             ? ARTICLES
	                               : ask->articles > ARTICLES_MAX ? ARTICLES_MAX
	                                                              : ask->articles};
	str text = str_to_utf8(a, ask->q);
	struct query_options o = {.now = s.now};
	if ((err = query_parse(a, stemmer, text, &o, &s.query, e)) ||
	    (err = desk_search_filter(d, a, c, actor, text, &s.query, &s.filter, e)))
		return err;
	out->left_out = s.query.left_out;
	out->unknown = s.query.unknown;
	out->meant = s.query.meant;
	for (size_t i = 0; i < s.query.n && !s.query.n_words; i++)
		out->only_without |= query_field_is_words(s.query.items[i].field);
	if (!ask->cursor.n && !s.filter.n &&
	    ((err = direct(&s, text)) || (err = contacts(&s, text)) ||
	     (err = desk_search_articles(a, c, actor, stemmer, &s.query, (size_t)s.articles, out,
	                                 e))))
		return err;
	if ((err = pages(&s, ask, text, &p)) || (err = show(&s)) ||
	    (err = desk_search_behind(c, &out->behind, e)))
		return err;
	return desk_search_unindexed(c, &out->unindexed, e);
}
