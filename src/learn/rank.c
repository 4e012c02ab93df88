/* rank.c: asks the index; see rank.h. */
#include "learn/rank.h"

#include <math.h>

#include "learn/rank_internal.h"
#include "text/stem.h"

const struct rank_tune rank_tuned = {
    .weight = {[RANK_GRAM] = {2, 1.5, .75, .5, 2.5, 0, .75, 0},
               [RANK_STEM] = {0, 1, .5, .5},
               [RANK_IDEA] = {2.5, 1, 1, .5, 2, 0, 1, 0}},
    .k1 = 1.2F,
    .b_title = .9F,
    .b_body = .5F,
    .title_boost = 3,
    .rounds = 4,
    .senses = RANK_SENSES,
};

size_t rank_docs(const struct rank_index *x)
{
	return x->n;
}

str rank_id(const struct rank_index *x, size_t doc)
{
	return x->ids[doc];
}

size_t rank_memory(const struct rank_index *x)
{
	return x->memory + arena_used(x->arena) + x->n_views * sizeof *x->views;
}

/* ---- the parts of a score ---- */

static int by_term(const void *a, const void *b)
{
	uint32_t x = ((const struct rank_asked *)a)->term, y = ((const struct rank_asked *)b)->term;
	return (x > y) - (x < y);
}

/* The query's different terms that the index knows, with how often. */
static void ask(struct arena *a, const struct rank_index *x, int kind, struct rank_query *q)
{
	const struct rank_terms *t = &q->text.terms[kind];
	struct rank_asked *p = ARENA_ARRAY(a, t->n, struct rank_asked);
	size_t n = 0, k = 0;
	for (size_t i = 0; i < t->n; i++) {
		uint32_t term = rank_dict_get(&x->kind[kind].dict, t->p[i].hash);
		if (term != RANK_NONE)
			p[n++] = (struct rank_asked){term, t->p[i].weight};
		else
			q->strange[kind]++;
	}
	qsort(p, n, sizeof *p, by_term);
	for (size_t i = 0; i < n; i++) {
		if (k && p[k - 1].term == p[i].term)
			p[k - 1].times += p[i].times;
		else
			p[k++] = p[i];
	}
	q->asked[kind] = p;
	q->n_asked[kind] = k;
}

static void score_docs(const struct rank_kind *k, const struct rank_asked *q, size_t n,
                       float *title, float *both)
{
	for (size_t i = 0; i < n; i++) {
		float by = fminf(q[i].times, 1);
		for (uint32_t p = k->first[q[i].term]; p < k->first[q[i].term + 1]; p++) {
			title[k->posts[p].doc] += by * k->posts[p].title;
			both[k->posts[p].doc] += by * k->posts[p].both;
		}
	}
}

/* Cosines of the query with each view; a document has that of its best one. strange: terms of the
 * query that stand nowhere, which lengthen it all the same. */
static void score_views(const struct rank_index *x, const struct rank_kind *k,
                        const struct rank_asked *q, size_t n, size_t strange, float *views,
                        float *title, float *body)
{
	float most = logf(1 + (float)x->n_views) + 1;
	double length = (double)strange * most * most;
	memset(views, 0, x->n_views * sizeof *views);
	for (size_t i = 0; i < n; i++) {
		float w = log1pf(q[i].times) * k->idf[q[i].term];
		length += (double)w * w;
		for (uint32_t s = k->first_seen[q[i].term]; s < k->first_seen[q[i].term + 1]; s++)
			views[k->seen[s].view] += w * k->seen[s].weight;
	}
	float by = length > 0 ? (float)(1 / sqrt(length)) : 0;
	for (size_t v = 0; v < x->n_views; v++) {
		float *best = &(x->views[v].passage ? body : title)[x->views[v].doc];
		*best = fmaxf(*best, views[v] * by);
	}
}

/* The same in the space of meanings. parts: the rows from RANK_SENSE_TITLE on. */
static void score_senses(const struct rank_index *x, const struct rank_kind *k,
                         const struct rank_asked *q, size_t n, float *parts)
{
	float sum[RANK_SENSES] = {0};
	struct rank_sense at;
	const float by = 1.0F / (127 * 127);
	float *title = parts, *both = parts + x->n, *view = both + x->n, *passage = view + x->n;
	for (size_t i = 0; i < n; i++) {
		const struct rank_term_sense *from = &k->senses[q[i].term];
		float w = log1pf(q[i].times) * from->length;
		for (size_t d = 0; d < RANK_SENSES; d++)
			sum[d] += w * from->way.at[d];
	}
	rank_sense_set(&at, sum);
	for (size_t i = 0; i < x->n; i++) {
		title[i] = by * (float)rank_sense_dot(&at, &k->title[i]);
		both[i] = by * (float)rank_sense_dot(&at, &k->both[i]);
	}
	for (size_t v = 0; v < x->n_views; v++) {
		float *best = &(x->views[v].passage ? passage : view)[x->views[v].doc];
		*best = fmaxf(*best, by * (float)rank_sense_dot(&at, &k->view[v]));
	}
}

/* To mean 0 and deviation 1 over all documents. */
static void standardise(const float *v, size_t n, float weight, float *total)
{
	double sum = 0, square = 0;
	for (size_t i = 0; i < n; i++) {
		sum += v[i];
		square += (double)v[i] * v[i];
	}
	double mean = sum / (double)n, spread = square / (double)n - mean * mean;
	if (spread < 1e-9)
		return;
	double by = weight / sqrt(spread);
	for (size_t i = 0; i < n; i++)
		total[i] += (float)((v[i] - mean) * by);
}

void rank_score(struct arena *a, const struct rank_index *x, str text, struct rank_query *q)
{
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	*q = (struct rank_query){0};
	rank_text_add(a, stemmer, x->ideas, text, x->o.query_bytes, &q->text);
	q->parts = ARENA_ARRAY(a, x->n * RANK_PARTS, float);
	q->total = ARENA_ARRAY(a, x->n, float);
	float *views = ARENA_ARRAY(a, x->n_views, float);
	for (int i = 0; i < RANK_KINDS; i++) {
		const struct rank_kind *k = &x->kind[i];
		float *parts = q->parts + (size_t)i * RANK_WAYS * x->n;
		ask(a, x, i, q);
		score_docs(k, q->asked[i], q->n_asked[i], parts + RANK_TITLE * x->n,
		           parts + RANK_BOTH * x->n);
		if (k->seen)
			score_views(x, k, q->asked[i], q->n_asked[i], q->strange[i], views,
			            parts + RANK_VIEW * x->n, parts + RANK_PASSAGE * x->n);
		if (k->senses)
			score_senses(x, k, q->asked[i], q->n_asked[i],
			             parts + RANK_SENSE_TITLE * x->n);
		for (int w = 0; w < RANK_WAYS; w++)
			if (x->tune.weight[i][w] != 0)
				standardise(parts + (size_t)w * x->n, x->n, x->tune.weight[i][w],
				            q->total);
	}
}
