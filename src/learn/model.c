/* model.c: an opened model: prediction and its reasons. What a prediction needs is in the scratch
 * (scratch.h), so that threads share the model alone. */
#include "learn/model.h"

#include <math.h>

#include "learn/scratch.h"

#define EXPLAIN_WORDS 200

enum err model_open(str bytes, struct model **out, struct error *e)
{
	struct arena *a = arena_new();
	struct model *m = ARENA_NEW(a, struct model);
	m->arena = a;
	m->kernel = kernel_best();
	enum err err = model_read(bytes, m, e);
	if (err) {
		model_free(m);
		return err;
	}
	*out = m;
	return ERR_OK;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	free(m->dict.slots); /* the rest of it is the arena's */
	arena_free(m->arena);
}

size_t model_memory(const struct model *m)
{
	return arena_used(m->arena) + ((size_t)m->dict.mask + 1) * sizeof *m->dict.slots;
}

const struct model_info *model_info(const struct model *m)
{
	return &m->info;
}

int model_label_by_name(const struct model *m, str name)
{
	for (size_t i = 0; i < m->labels; i++)
		if (str_eq(m->info.labels[i].name, name))
			return (int)i;
	return -1;
}

static int by_p(const void *a, const void *b)
{
	const struct model_guess *x = a, *y = b;
	if (x->p != y->p)
		return x->p > y->p ? -1 : 1;
	return x->label < y->label ? -1 : x->label > y->label;
}

/* The `top` best into ranked, by insertion: mostly one or a few are wanted. */
static size_t rank(struct model_scratch *s, const float *p, size_t labels, size_t top)
{
	struct model_guess *r = s->ranked;
	if (top == 0 || top > 16 || top >= labels) {
		for (size_t l = 0; l < labels; l++)
			r[l] = (struct model_guess){(uint32_t)l, p[l]};
		qsort(r, labels, sizeof *r, by_p);
		return top == 0 || top > labels ? labels : top;
	}
	size_t n = 0;
	for (size_t l = 0; l < labels; l++) {
		if (n == top && p[l] <= r[n - 1].p)
			continue;
		size_t at = n < top ? n++ : n - 1;
		for (; at > 0 && r[at - 1].p < p[l]; at--)
			r[at] = r[at - 1];
		r[at] = (struct model_guess){(uint32_t)l, p[l]};
	}
	return n;
}

void model_predict(const struct model *m, struct model_scratch *s, str text, size_t top,
                   struct model_prediction *out)
{
	float *p = NULL, none = 0;
	size_t known = scratch_blend(m, s, text, 0, &p, &none);
	struct blended j = blend_judge(m->kernel, &m->blend, p, none, m->labels);
	out->n = rank(s, p, m->labels, top);
	out->ranked = s->ranked;
	out->p = j.p;
	out->entropy = j.entropy;
	out->known = known > 0;
	out->confidence = known ? j.confidence : 0;
	out->reject = !known || j.confidence < m->info.threshold;
}

/* ---- reasons ---- */

struct word {
	uint32_t stem, start, length;
};

static int by_stem(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	if (x->stem != y->stem)
		return x->stem < y->stem ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_weight(const void *a, const void *b)
{
	const struct model_reason *x = a, *y = b;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static float log_odds(const struct model *m, struct model_scratch *s, str text, uint32_t skip,
                      uint32_t label)
{
	float *p = NULL, none = 0;
	(void)scratch_blend(m, s, text, skip, &p, &none);
	/* Against all others together: what is left to them still tells where 1 - p is nothing but
	 * rounding, so that a sure decision has its words too. */
	float x = p[label], rest = 0;
	for (uint32_t k = 0; k < m->labels; k++)
		rest += k == label ? 0 : p[k];
	const float least = 1e-30f;
	return logf((x < least ? least : x) / (rest < least ? least : rest));
}

/* The first EXPLAIN_WORDS different words, each where it stands first; marks tell a reader nothing.
 */
static size_t different_words(struct arena *a, struct model_scratch *s, str text, struct word **out)
{
	struct feature_text f;
	feature_read(s->reader, text, 0, &f);
	struct word *w = ARENA_ARRAY(a, f.n_words, struct word);
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < f.n_words; i++) {
		const struct feature_word *x = &f.words[i];
		unsigned char c = (unsigned char)text.p[x->start];
		bool letter =
		    c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
		if (letter)
			w[n++] = (struct word){x->stem, x->start, x->length};
	}
	if (n)
		qsort(w, n, sizeof *w, by_stem);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || w[i].stem != w[i - 1].stem)
			w[kept++] = w[i];
	*out = w;
	return kept < EXPLAIN_WORDS ? kept : EXPLAIN_WORDS;
}

void model_explain(struct arena *a, const struct model *m, struct model_scratch *s, str text,
                   uint32_t label, size_t max, struct model_reason **out, size_t *n)
{
	struct word *w = NULL;
	size_t words = label < m->labels ? different_words(a, s, text, &w) : 0;
	*out = ARENA_ARRAY(a, words, struct model_reason);
	*n = 0;
	float whole = words ? log_odds(m, s, text, 0, label) : 0;
	for (size_t i = 0; i < words; i++) {
		float d = whole - log_odds(m, s, text, w[i].stem, label);
		if (d > 0)
			(*out)[(*n)++] = (struct model_reason){w[i].start, w[i].length, d};
	}
	if (*n)
		qsort(*out, *n, sizeof **out, by_weight);
	*n = *n < max ? *n : max;
}
