/* model.c: an opened model: prediction and its reasons.
 *
 * A text's features are looked up, weighed as in training (data.c), and the rows of those that are
 * known are summed, all members at once: a row lies in one piece of memory. What a prediction needs
 * is in the scratch, so that nothing is allocated and threads share the model alone.
 */
#include "learn/model.h"

#include <math.h>

#include "learn/file.h"

#define EXPLAIN_WORDS 200
#define TF_KNOWN 32

struct model_scratch {
	struct feature_reader *reader;
	const struct model *model; /* what the arrays are sized for */
	uint64_t model_id;
	/* Rows of the text: how often each occurs (0 between texts). */
	uint16_t *count;
	uint32_t *found;
	float *value, *scaled;
	size_t found_cap, rows;
	float *sums; /* nets x hidden, then scores: (nets + 1) x lanes, then p */
	size_t sums_cap;
	struct model_guess *ranked;
	size_t ranked_cap;
	float tf[TF_KNOWN];
};

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

/* ---- scratch ---- */

struct model_scratch *model_scratch_new(void)
{
	struct model_scratch *s = xcalloc(1, sizeof *s);
	s->reader = feature_reader_new();
	for (int i = 1; i < TF_KNOWN; i++)
		s->tf[i] = i == 1 ? 1 : 1 + logf((float)i);
	return s;
}

void model_scratch_free(struct model_scratch *s)
{
	if (!s)
		return;
	feature_reader_free(s->reader);
	free(s->count);
	free(s->found);
	free(s->value);
	free(s->scaled);
	free(s->sums);
	free(s->ranked);
	free(s);
}

static void fit_scratch(struct model_scratch *s, const struct model *m, size_t features)
{
	size_t sums = (size_t)m->nets * m->hidden + ((size_t)m->nets + 2) * m->lanes;
	if (m->dict.n > s->rows) {
		free(s->count);
		s->rows = m->dict.n;
		s->count = xcalloc(s->rows, sizeof *s->count);
	}
	if (features > s->found_cap) {
		s->found_cap = 2 * features;
		s->found = xrealloc(s->found, s->found_cap * sizeof *s->found);
		s->value = xrealloc(s->value, s->found_cap * sizeof *s->value);
		s->scaled = xrealloc(s->scaled, s->found_cap * sizeof *s->scaled);
	}
	if (sums > s->sums_cap) {
		s->sums_cap = sums;
		s->sums = xrealloc(s->sums, sums * sizeof *s->sums);
	}
	if (m->labels > s->ranked_cap) {
		s->ranked_cap = m->labels;
		s->ranked = xrealloc(s->ranked, m->labels * sizeof *s->ranked);
	}
}

/* ---- prediction ---- */

/* Known rows of hash[from..end) behind the n that are found, with values of length 1. */
static size_t find_block(const struct model *m, struct model_scratch *s, const uint32_t *hash,
                         uint32_t from, uint32_t end, size_t n)
{
	size_t begin = n;
	float sum = 0;
	/* The table and the rows are far larger than the nearest memory: all of it is asked for
	 * before any of it is needed. */
	for (uint32_t i = from; i < end; i++)
		__builtin_prefetch(&m->dict.slots[dict_slot(&m->dict, hash[i])]);
	for (uint32_t i = from; i < end; i++) {
		uint32_t row = dict_find(&m->dict, hash[i]);
		if (!row)
			continue;
		row--;
		if (s->count[row] == 0) {
			s->found[n++] = row;
			for (size_t k = 0; k < m->stride; k += 64)
				__builtin_prefetch(m->rows + row * m->stride + k);
		}
		s->count[row] += s->count[row] < UINT16_MAX;
	}
	for (size_t i = begin; i < n; i++) {
		uint32_t row = s->found[i], c = s->count[row];
		float idf;
		memcpy(&idf, m->rows + row * m->stride, sizeof idf);
		s->count[row] = 0;
		s->value[i] = idf * (c < TF_KNOWN ? s->tf[c] : 1 + logf((float)c));
		sum += s->value[i] * s->value[i];
	}
	float scale = sum > 0 ? 1 / sqrtf(sum) : 0;
	for (size_t i = begin; i < n; i++)
		s->value[i] *= scale;
	return n;
}

struct found {
	size_t stems, all; /* rows of stems and pairs come first */
};

static struct found find_rows(const struct model *m, struct model_scratch *s,
                              const struct feature_text *f)
{
	struct found n;
	n.stems = find_block(m, s, f->hash, 0, f->end[FEATURE_STEMS], 0);
	n.all = find_block(m, s, f->hash, f->end[FEATURE_STEMS], f->end[FEATURE_LETTERS], n.stems);
	return n;
}

/* The part in place `slot` of the rows that are looked at, times their values, summed onto y. */
static void sum_slot(const struct model *m, struct model_scratch *s, struct found n, size_t slot,
                     enum view view, float *y, size_t width)
{
	size_t from = view == VIEW_LETTERS ? n.stems : 0,
	       end = view == VIEW_STEMS ? n.stems : n.all;
	float both = view == VIEW_ALL && n.stems && n.all > n.stems ? .70710678f : 1;
	for (size_t i = from; i < end; i++) {
		float scale;
		memcpy(&scale, m->rows + s->found[i] * m->stride + (slot + 1) * sizeof scale,
		       sizeof scale);
		s->scaled[i] = s->value[i] * scale * both;
	}
	m->kernel->sum_i8(y, m->rows + m->head + slot * m->hidden, s->found + from, m->stride,
	                  s->scaled + from, end - from, width);
}

/* Probabilities of all labels of the text (without words of stem `skip`); *p lives in the scratch.
 */
static size_t blend_text(const struct model *m, struct model_scratch *s, str text, uint32_t skip,
                         float **p, float *none)
{
	const struct kernel *k = m->kernel;
	struct feature_text f;
	feature_read(s->reader, text, skip, &f);
	fit_scratch(s, m, f.end[FEATURE_LETTERS]);
	struct found n = find_rows(m, s, &f);
	size_t H = m->hidden, nets = (size_t)m->nets;
	float *hidden = s->sums, *scores = hidden + nets * H, *by_net[LEARN_NETS_MAX];
	float *linear = scores + nets * m->lanes;
	for (size_t j = 0; j < nets; j++) {
		by_net[j] = scores + j * m->lanes;
		memcpy(hidden + j * H, m->bias[j], H * sizeof *hidden);
		memcpy(by_net[j], m->out_bias[j], m->lanes * sizeof *hidden);
	}
	memcpy(linear, m->linear_bias, m->lanes * sizeof *linear);
	for (size_t j = 0; j < nets; j++)
		sum_slot(m, s, n, (size_t)m->layout.slot[j], m->view[j], hidden + j * H, H);
	sum_slot(m, s, n, (size_t)m->layout.slots, VIEW_ALL, linear, m->lanes);
	for (size_t j = 0; j < nets; j++)
		for (size_t h = 0; h < H; h++)
			if (hidden[j * H + h] > 0)
				k->add(by_net[j], m->out[j] + h * m->lanes, hidden[j * H + h],
				       m->lanes);
	*p = linear + m->lanes;
	*none = blend_scores(k, &m->blend, by_net, m->nets, linear, m->labels, *p);
	return n.all;
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
	size_t known = blend_text(m, s, text, 0, &p, &none);
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
	(void)blend_text(m, s, text, skip, &p, &none);
	float x = p[label];
	x = x < 1e-6f ? 1e-6f : x > 1 - 1e-6f ? 1 - 1e-6f : x;
	return logf(x / (1 - x));
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
