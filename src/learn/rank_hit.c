/* rank_hit.c: from scores to an answer: the best documents, why, and how surely. */
#include <math.h>

#include "learn/rank_internal.h"

/* ---- which words a document has ---- */

static bool has_term(const struct rank_kind *k, uint64_t hash, uint32_t doc, bool title)
{
	uint32_t term = rank_dict_get(&k->dict, hash);
	if (term == RANK_NONE)
		return false;
	uint32_t low = k->first[term], high = k->first[term + 1];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (k->posts[middle].doc < doc)
			low = middle + 1;
		else
			high = middle;
	}
	return low < k->first[term + 1] && k->posts[low].doc == doc &&
	       (!title || k->posts[low].title > 0);
}

/* How rare a word is among the documents; one that none has is the rarest. */
static float rarity_of(const struct rank_index *x, const struct rank_word *w)
{
	const struct rank_kind *k = &x->kind[RANK_STEM];
	uint32_t term = rank_dict_get(&k->dict, w->stem);
	float df = term == RANK_NONE ? 0 : (float)(k->first[term + 1] - k->first[term]);
	return logf(1 + ((float)x->n - df + .5F) / (df + .5F));
}

#define ALIKE .6F /* so much of its runs of letters makes a word a misspelt or derived one */

/* For each word of the query 0..1: how much of it the document has. */
static void match_words(const struct rank_index *x, const struct rank_text *t, uint32_t doc,
                        bool title, float *match)
{
	const struct rank_terms *g = &t->terms[RANK_GRAM], *ideas = &t->terms[RANK_IDEA];
	memset(match, 0, t->words.n * sizeof *match);
	for (size_t i = 0; i < g->n;) {
		uint32_t word = g->p[i].word;
		float all = 0, there = 0;
		for (; i < g->n && g->p[i].word == word; i++) {
			all++;
			there += has_term(&x->kind[RANK_GRAM], g->p[i].hash, doc, title);
		}
		if (there >= ALIKE * all)
			match[word] = there / all;
	}
	for (size_t i = 0; i < ideas->n; i++)
		if (has_term(&x->kind[RANK_IDEA], ideas->p[i].hash, doc, title))
			match[ideas->p[i].word] = fmaxf(match[ideas->p[i].word], .8F);
	for (size_t i = 0; i < t->words.n; i++)
		if (has_term(&x->kind[RANK_STEM], t->words.p[i].stem, doc, title))
			match[i] = 1;
}

/* The share of the query's words, by their rarity, that the document has. */
static float covered(const struct rank_index *x, const struct rank_text *t, const float *match)
{
	double all = 0, there = 0;
	for (size_t i = 0; i < t->words.n; i++) {
		float r = rarity_of(x, &t->words.p[i]);
		all += r;
		there += match[i] * r;
	}
	return all > 0 ? (float)(there / all) : 0;
}

static void name_words(const struct rank_index *x, const struct rank_text *t, const float *match,
                       struct rank_hit *hit)
{
	float worth[RANK_WORDS_MAX] = {0};
	for (size_t i = 0; i < t->words.n; i++) {
		float w = match[i] * rarity_of(x, &t->words.p[i]);
		bool there = match[i] == 0;
		for (size_t k = 0; k < hit->n_words; k++)
			there |= str_eq(hit->words[k], t->words.p[i].text);
		size_t at = hit->n_words;
		while (at > 0 && worth[at - 1] < w)
			at--;
		if (there || at == RANK_WORDS_MAX)
			continue;
		size_t last = hit->n_words < RANK_WORDS_MAX ? hit->n_words++ : RANK_WORDS_MAX - 1;
		for (size_t k = last; k > at; k--) {
			hit->words[k] = hit->words[k - 1];
			worth[k] = worth[k - 1];
		}
		hit->words[at] = t->words.p[i].text;
		worth[at] = w;
	}
}

/* ---- how surely ---- */

void rank_signs(struct arena *a, const struct rank_index *x, const struct rank_query *q, size_t doc,
                float next, float signs[RANK_SIGNS])
{
	const float *gram = q->parts, *idea = q->parts + (size_t)RANK_IDEA * RANK_WAYS * x->n;
	float *match = ARENA_ARRAY(a, q->text.words.n, float);
	float weights = 0;
	for (int k = 0; k < RANK_KINDS; k++)
		for (int w = 0; w < RANK_WAYS; w++)
			weights += x->tune.weight[k][w];
	signs[0] = (q->total[doc] - next) / weights;
	signs[1] = sqrtf(fmaxf(signs[0], 0));
	signs[2] = gram[RANK_VIEW * x->n + doc];
	signs[3] = idea[RANK_VIEW * x->n + doc];
	signs[4] = gram[RANK_SENSE_VIEW * x->n + doc];
	signs[5] = idea[RANK_SENSE_VIEW * x->n + doc];
	match_words(x, &q->text, (uint32_t)doc, true, match);
	signs[6] = covered(x, &q->text, match);
	match_words(x, &q->text, (uint32_t)doc, false, match);
	signs[7] = covered(x, &q->text, match);
	signs[8] = q->total[doc] / weights;
	signs[9] = 1;
}

/* Fitted to questions of the parts of the sets that are for learning, and to questions about
 * something else (doc/rank.md). */
static const float sure[RANK_SIGNS] = {.523F, .119F, .488F,  2.73F, 4.237F,
                                       .541F, .548F, 1.502F, 0,     -5.827F};

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

/* ---- the answer ---- */

/* Is document i before document k? */
static bool before(const float *total, size_t i, size_t k)
{
	return total[i] > total[k] || (i < k && total[i] == total[k]);
}

/* The best `limit` documents of those with anything in common, best first. */
static size_t choose(struct arena *a, const struct rank_index *x, const struct rank_query *q,
                     size_t limit, size_t **out)
{
	size_t n = 0;
	*out = ARENA_ARRAY(a, limit + 1, size_t);
	for (size_t i = 0; i < x->n; i++) {
		float common = 0;
		for (int k = 0; k < RANK_KINDS; k++)
			common += q->parts[((size_t)k * RANK_WAYS + RANK_BOTH) * x->n + i];
		if (common <= 0 || (n == limit && !before(q->total, i, (*out)[n - 1])))
			continue;
		size_t at = n < limit ? n++ : n - 1;
		for (; at > 0 && before(q->total, i, (*out)[at - 1]); at--)
			(*out)[at] = (*out)[at - 1];
		(*out)[at] = i;
	}
	return n;
}

size_t rank_query(struct arena *a, const struct rank_index *x, str text, size_t limit,
                  struct rank_hit **out)
{
	struct rank_query q;
	size_t *best;
	*out = NULL;
	if (limit == 0 || x->n == 0)
		return 0;
	rank_score(a, x, text, &q);
	size_t wanted = limit > 2 ? limit : 2; /* the second tells how sure the first is */
	size_t n = choose(a, x, &q, wanted < x->n ? wanted : x->n, &best);
	if (n == 0)
		return 0;
	float signs[RANK_SIGNS], top = q.total[best[0]];
	rank_signs(a, x, &q, best[0], n > 1 ? q.total[best[1]] : 0, signs);
	double z = 0;
	for (int i = 0; i < RANK_SIGNS; i++)
		z += (double)sure[i] * signs[i];
	n = n < limit ? n : limit;
	*out = ARENA_ARRAY(a, n, struct rank_hit);
	float *match = ARENA_ARRAY(a, q.text.words.n, float);
	for (size_t i = 0; i < n; i++) {
		struct rank_hit *h = &(*out)[i];
		h->doc = best[i];
		h->id = x->ids[best[i]];
		h->score = q.total[best[i]];
		h->confidence = logistic(z) * exp(.35 * (double)(q.total[best[i]] - top));
		match_words(x, &q.text, (uint32_t)best[i], false, match);
		name_words(x, &q.text, match, h);
	}
	return n;
}
