/* suggest.c: see suggest.h. */
#include "desk/suggest.h"

#include "base/vec.h"
#include "desk/mask.h"
#include "desk/search.h"
#include "desk/sense.h"
#include "desk/shelf.h"
#include "desk/ticket_internal.h"
#include "desk/understand.h"
#include "learn/pairs.h"
#include "store/article.h"
#include "store/ids.h"
#include "store/neighbour.h"
#include "text/fold.h"

enum {
	LIMIT = 5,
	OPEN_MAX = 50,   /* of the customer's tickets that are compared */
	LOOKED_FOR = 40, /* hits of the index, of which some are not visible */
	SNIPPET_CHARS = 200,
	ANSWER_CHARS = 2000,
};
/* Below this two texts have only their kind in common. */
#define LIKE_LEAST 0.35
#define INSIDE_LEAST 0.8
#define ANSWERS_LEAST 0.2
#define SIMILAR_LEAST 0.1

static str *mask_words(struct arena *a, const struct mask *mask, const str *list, size_t n)
{
	str *out = ARENA_ARRAY(a, n, str);
	for (size_t i = 0; i < n; i++)
		out[i] = mask_text(a, mask, str_to_utf8(a, list[i]));
	return out;
}

/* ---- the same customer's ---- */

struct like {
	int64_t ticket_id;
	struct pairs_near near;
	double score;
};

static int by_score(const void *x, const void *y)
{
	double a = ((const struct like *)x)->score, b = ((const struct like *)y)->score;
	return a < b ? 1 : a > b ? -1 : 0;
}

static const struct like *like_of(const struct like *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].ticket_id == id)
			return &list[i];
	return NULL;
}

static enum err duplicates(struct arena *a, struct db_conn *c, const struct actor *actor,
                           const struct ticket *t, const struct mask *mask, str text, int limit,
                           struct suggestions *out, struct error *e)
{
	struct neighbour *open;
	struct ticket_row *rows;
	size_t n, n_rows;
	VEC(struct like) likes = {0};
	enum err err = neighbour_open(a, c, actor, t->contact_id, t->id, OPEN_MAX, &open, &n, e);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		struct like x = {.ticket_id = open[i].ticket_id};
		pairs_near(a, text, desk_understand_text(a, open[i].subject, open[i].text), 0,
		           &x.near);
		/* A short repetition of a long letter is one too. */
		x.score = x.near.inside >= INSIDE_LEAST && x.near.inside > x.near.score
		              ? (x.near.score + x.near.inside) / 2
		              : x.near.score;
		if (x.score >= LIKE_LEAST)
			*vec_push(a, &likes) = x;
	}
	if (!likes.n)
		return ERR_OK;
	qsort(likes.p, likes.n, sizeof *likes.p, by_score);
	size_t most = likes.n < (size_t)limit ? likes.n : (size_t)limit;
	int64_t *ids = ARENA_ARRAY(a, most, int64_t);
	for (size_t i = 0; i < most; i++)
		ids[i] = likes.p[i].ticket_id;
	if ((err = ticket_rows(a, c, actor, ids, most, &rows, &n_rows, e)))
		return err;
	out->duplicates = ARENA_ARRAY(a, n_rows, struct suggest_duplicate);
	for (size_t i = 0; !err && i < n_rows; i++) {
		struct suggest_duplicate *x = &out->duplicates[out->n_duplicates++];
		const struct like *of = like_of(likes.p, likes.n, rows[i].t.id);
		*x = (struct suggest_duplicate){
		    .score = of->score,
		    .differs = of->near.numbers_differ,
		    .words = mask_words(a, mask, of->near.both, of->near.n_both),
		    .n_words = of->near.n_both};
		err = desk_sense_missing(a, c, &rows[i].t, &x->missing, &x->n_missing, e);
		desk_mask_row(a, actor, &rows[i]);
		x->ticket = rows[i];
	}
	return err;
}

/* ---- solved ones ---- */

static int64_t hit_id(const struct rank_hit *h)
{
	int64_t id = 0;
	(void)str_to_i64(h->id, &id);
	return id;
}

static const struct rank_hit *hit_of(const struct rank_hit *hits, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (hit_id(&hits[i]) == id)
			return &hits[i];
	return NULL;
}

static enum err put_similar(struct arena *a, struct db_conn *c, const struct actor *actor,
                            struct ticket_row *row, const struct rank_hit *hit,
                            struct suggest_similar *out, bool *shown, struct error *e)
{
	struct neighbour question, answer;
	struct mask mask;
	*shown = false;
	enum err err = neighbour_first(a, c, row->t.id, &question, e);
	if (err || (err = neighbour_answer(a, c, row->t.id, &answer, e)))
		return err;
	if (!answer.message_id || row->t.erased_at)
		return ERR_OK;
	if ((err = mask_load(a, c, actor, row->t.id, row->t.contact_id, &mask, e)))
		return err;
	*out = (struct suggest_similar){
	    .score = hit->confidence,
	    .question = text_snippet(a, mask_text(a, &mask, question.text), SNIPPET_CHARS),
	    .answer = str_cut_utf8(mask_text(a, &mask, answer.text), ANSWER_CHARS * 4),
	    .answer_id = answer.message_id,
	    .words = mask_words(a, &mask, hit->words, hit->n_words),
	    .n_words = hit->n_words,
	};
	desk_mask_row(a, actor, row);
	out->ticket = *row;
	*shown = true;
	return ERR_OK;
}

static enum err similar(struct arena *a, struct db_conn *c, const struct actor *actor,
                        const struct rank_index *index, const struct ticket *t, str text, int limit,
                        struct suggestions *out, struct error *e)
{
	struct rank_hit *hits;
	struct ticket_row *rows;
	size_t n_rows, n = rank_query(a, index, text, LOOKED_FOR, &hits), n_ids = 0;
	int64_t *ids = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++) {
		ids[n_ids] = hit_id(&hits[i]);
		n_ids += ids[n_ids] != t->id && hits[i].confidence >= SIMILAR_LEAST;
	}
	enum err err = ticket_rows(a, c, actor, ids, n_ids, &rows, &n_rows, e);
	out->similar = ARENA_ARRAY(a, (size_t)limit, struct suggest_similar);
	for (size_t i = 0; !err && i < n_rows && out->n_similar < (size_t)limit; i++) {
		bool shown;
		const struct rank_hit *hit = hit_of(hits, n, rows[i].t.id);
		err = put_similar(a, c, actor, &rows[i], hit, &out->similar[out->n_similar], &shown,
		                  e);
		out->n_similar += !err && shown;
	}
	return err;
}

/* ---- articles ---- */

/* The text around the first of the words, or its beginning; Markdown's marks at
 * its front are left out. */
static str passage(struct arena *a, str body, const str *words, size_t n)
{
	str fold = text_fold(a, body);
	size_t at = 0;
	for (size_t i = 0; i < n && !at; i++) {
		ptrdiff_t found = words[i].n > 2 ? str_find(fold, words[i]) : -1;
		/* Folding seldom changes lengths: the place is about the same. */
		at = found > 80 ? (size_t)found - 80 : 0;
	}
	while (at && at < body.n && body.p[at] != ' ' && body.p[at] != '\n')
		at--;
	str s = str_trim(str_from(body, at < body.n ? at : 0));
	while (s.n && strchr("#>*- ", s.p[0]))
		s = str_from(s, 1);
	return text_snippet(a, str_to_utf8(a, s), SNIPPET_CHARS);
}

static enum err articles(struct arena *a, struct db_conn *c, const struct actor *actor,
                         const struct rank_index *index, const struct ticket *t, str text,
                         int limit, struct suggestions *out, struct error *e)
{
	struct rank_hit *hits;
	const struct mask plain = mask_for(actor);
	size_t n = rank_query(a, index, text, LOOKED_FOR, &hits);
	enum err err = ERR_OK;
	out->articles = ARENA_ARRAY(a, (size_t)limit, struct suggest_article);
	for (size_t i = 0; !err && i < n && out->n_articles < (size_t)limit; i++) {
		struct article x;
		struct error why;
		if (hits[i].confidence < ANSWERS_LEAST)
			continue;
		err = article_get(a, c, hit_id(&hits[i]), &x, &why);
		if (err == ERR_NOT_FOUND) {
			err = ERR_OK;
			continue;
		}
		if (err) {
			if (e)
				*e = why;
			return err;
		}
		/* Of the ticket's brand, or of all. */
		if (!str_is(x.state, "published") || (x.brand_id && x.brand_id != t->brand_id))
			continue;
		out->articles[out->n_articles++] = (struct suggest_article){
		    .id = x.id,
		    .title = x.title,
		    .snippet = passage(a, x.body, hits[i].words, hits[i].n_words),
		    .language = x.language,
		    .score = hits[i].confidence,
		    .words = mask_words(a, &plain, hits[i].words, hits[i].n_words),
		    .n_words = hits[i].n_words,
		};
	}
	return err;
}

/* As the search page understands it: the same correction, and only what the actor may see by it. */
static enum err as_meant(const struct desk *d, struct arena *a, struct db_conn *c,
                         const struct actor *actor, str asked, str *out, struct error *e)
{
	struct search_result r;
	const struct search_ask ask = {.q = asked, .limit = 1, .articles = 1};
	enum err err = desk_search_by(d, a, c, actor, &ask, &r, e);
	*out = STR_NONE;
	if (err == ERR_INVALID) /* these are words, whatever the language of queries thinks */
		return ERR_OK;
	if (!err && r.corrected)
		*out = r.suggestion;
	return err;
}

enum err desk_suggest(const struct desk *d, struct arena *a, struct db_conn *c,
                      const struct actor *actor, int64_t ticket_id, str q, int limit,
                      struct suggestions *out, struct error *e)
{
	struct ticket t;
	struct mask mask;
	struct neighbour first;
	*out = (struct suggestions){0};
	limit = limit > 0 && limit <= 20 ? limit : LIMIT;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = ticket_get(a, c, actor, ticket_id, &t, e)) ||
	    (err = mask_load(a, c, actor, ticket_id, t.contact_id, &mask, e)) ||
	    (err = neighbour_first(a, c, ticket_id, &first, e)))
		return err;
	str text = desk_understand_text(a, t.subject, first.text);
	str asked = str_trim(str_to_utf8(a, q));
	if (!asked.n && (err = duplicates(a, c, actor, &t, &mask, text, limit, out, e)))
		return err;
	if (asked.n && (err = as_meant(d, a, c, actor, asked, &out->corrected, e)))
		return err;
	if (asked.n)
		text = out->corrected.n ? out->corrected : asked;
	struct shelf_book *book = shelf_take(d->shelf, SHELF_TICKETS);
	if (book)
		err = similar(a, c, actor, book->index, &t, text, limit, out, e);
	shelf_give(d->shelf, book);
	if (err)
		return err;
	book = shelf_take(d->shelf, SHELF_ARTICLES);
	if (book)
		err = articles(a, c, actor, book->index, &t, text, limit, out, e);
	shelf_give(d->shelf, book);
	return err;
}
