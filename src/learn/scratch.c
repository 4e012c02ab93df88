/* scratch.c: a text's rows to probabilities. See scratch.h. */
#include "learn/scratch.h"

#include <math.h>

#include "learn/big.h"

#define WORDS_MAX 8192         /* a power of two */
#define WORDS_BYTES (6u << 20) /* of their sums, at most */

struct model_scratch *model_scratch_new(void)
{
	struct model_scratch *s = xcalloc(1, sizeof *s);
	s->reader = feature_reader_new();
	for (int i = 1; i < SCRATCH_TF; i++)
		s->tf[i] = i == 1 ? 1 : 1 + logf((float)i);
	return s;
}

void model_scratch_free(struct model_scratch *s)
{
	if (!s)
		return;
	feature_reader_free(s->reader);
	free(s->words);
	free(s->word_sums);
	free(s->count);
	free(s->found);
	free(s->value);
	free(s->scaled);
	free(s->sums);
	free(s->active);
	free(s->ranked);
	free(s);
}

/* Another model than before: nothing is known of words. */
static void fit_model(struct model_scratch *s, const struct model *m)
{
	size_t words = WORDS_MAX, hidden = m->hidden;
	size_t sums = hidden + ((size_t)m->nets + 2) * m->lanes + 3 * m->width;
	while (words > 2 && words * m->width * sizeof *s->word_sums > WORDS_BYTES)
		words /= 2;
	if (!s->words || words != s->words_mask + 1 || m->width != s->width) {
		free(s->words);
		free(s->word_sums);
		s->words = xmalloc(words * sizeof *s->words);
		s->word_sums = big_alloc(words * m->width * sizeof *s->word_sums);
		s->words_mask = words - 1;
		s->width = m->width;
	}
	memset(s->words, 0, words * sizeof *s->words);
	if (m->dict.n > s->rows) {
		free(s->count);
		s->rows = m->dict.n;
		s->count = xcalloc(s->rows, sizeof *s->count);
	}
	if (sums > s->sums_cap) {
		s->sums_cap = sums;
		s->sums = xrealloc(s->sums, sums * sizeof *s->sums);
		s->active = xrealloc(s->active, sums * sizeof *s->active);
	}
	if (m->labels > s->ranked_cap) {
		s->ranked_cap = m->labels;
		s->ranked = xrealloc(s->ranked, m->labels * sizeof *s->ranked);
	}
	s->model_id = m->id;
}

/* Room for so many rows in `found`, `value` and `scaled`. */
static void fit_found(struct model_scratch *s, size_t rows)
{
	if (rows > s->found_cap) {
		s->found_cap = 2 * rows;
		s->found = xrealloc(s->found, s->found_cap * sizeof *s->found);
		s->value = xrealloc(s->value, s->found_cap * sizeof *s->value);
		s->scaled = xrealloc(s->scaled, s->found_cap * sizeof *s->scaled);
	}
}

/* ---- rows ---- */

static inline float idf_of(const struct model *m, uint32_t row)
{
	float idf;
	memcpy(&idf, m->rows + row * m->stride, sizeof idf);
	return idf;
}

/* Rows times their values summed onto y, all places of a row. */
static void sum_rows(const struct model *m, struct model_scratch *s, const uint32_t *row,
                     const float *value, size_t n, float *y)
{
	size_t slots = (size_t)m->layout.slots;
	for (size_t slot = 0; slot <= slots && n; slot++) {
		size_t from = slot * m->hidden;
		for (size_t i = 0; i < n; i++) {
			float scale;
			memcpy(&scale, m->rows + row[i] * m->stride + (slot + 1) * sizeof scale,
			       sizeof scale);
			s->scaled[i] = value[i] * scale;
		}
		m->kernel->sum_i8(y + from, m->rows + m->head + from, row, m->stride, s->scaled, n,
		                  slot < slots ? m->hidden : m->lanes);
	}
}

static float tf_of(const struct model_scratch *s, uint32_t count)
{
	return count < SCRATCH_TF ? s->tf[count] : 1 + logf((float)count);
}

/* Looks up hash[0..n): the known rows, as often as they occur, to `out`. The table is far
 * larger than the nearest memory: all of it is asked for before any of it is needed. */
static size_t look_up(const struct model *m, const uint32_t *hash, size_t n, uint32_t *out)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&m->dict.slots[dict_slot(&m->dict, hash[i])]);
	for (size_t i = 0; i < n; i++) {
		uint32_t row = dict_find(&m->dict, hash[i]);
		if (!row)
			continue;
		out[found++] = --row;
		for (size_t k = 0; k < m->stride; k += 64)
			__builtin_prefetch(m->rows + row * m->stride + k);
	}
	return found;
}

static float scale_of(float square)
{
	return square > 0 ? 1 / sqrtf(square) : 0;
}

/* Stems and pairs: the sum of their rows on y; its scale to length 1. */
static float sum_stems(const struct model *m, struct model_scratch *s, const struct feature_text *f,
                       float *y, size_t *known)
{
	fit_found(s, f->end[FEATURE_STEMS] + FEATURE_WORD_LETTERS);
	size_t n = 0, all = look_up(m, f->hash, f->end[FEATURE_STEMS], s->found);
	float square = 0;
	for (size_t i = 0; i < all; i++) {
		uint32_t row = s->found[i];
		if (s->count[row] == 0)
			s->found[n++] = row;
		s->count[row] += s->count[row] < UINT16_MAX;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t row = s->found[i];
		s->value[i] = idf_of(m, row) * tf_of(s, s->count[row]);
		s->count[row] = 0;
		square += s->value[i] * s->value[i];
	}
	sum_rows(m, s, s->found, s->value, n, y);
	*known += n;
	return scale_of(square);
}

static struct word_sum *places_of(const struct model_scratch *s, uint64_t key)
{
	return &s->words[(size_t)(key >> 20) & s->words_mask & ~(size_t)1];
}

/* The word's place; *has: what is there is of this word. */
static struct word_sum *word_place(const struct model_scratch *s, uint64_t key, bool *has)
{
	struct word_sum *two = places_of(s, key);
	size_t at = two[0].key == key ? 0 : two[1].key == key ? 1 : 2;
	*has = at < 2;
	at = at < 2 ? at : !two[0].late;
	two[0].late = (uint16_t)at;
	return &two[at];
}

/* Adds up the n rows of `found` to y, as often as they are there. The sum of their idfs' squares.
 */
static float sum_word(const struct model *m, struct model_scratch *s, size_t n, float *y)
{
	float square = 0;
	for (size_t i = 0; i < n; i++) {
		s->value[i] = idf_of(m, s->found[i]);
		square += s->value[i] * s->value[i];
	}
	sum_rows(m, s, s->found, s->value, n, y);
	return square;
}

/* Adds what the word's groups add up to to y. How many are known. */
static size_t add_word(const struct model *m, struct model_scratch *s, str text,
                       const struct feature_word *w, float *y, float *square)
{
	bool has;
	struct word_sum *k = word_place(s, w->key, &has);
	int16_t *sum = s->word_sums + (size_t)(k - s->words) * s->width;
	if (!has) {
		uint32_t hash[FEATURE_WORD_LETTERS];
		float *own = s->sums + s->sums_cap - s->width;
		size_t n = feature_letters(s->reader, text, w, hash);
		k->key = w->key;
		k->n = (uint16_t)look_up(m, hash, n, s->found);
		memset(own, 0, s->width * sizeof *own);
		k->square = sum_word(m, s, k->n, own);
		k->scale = m->kernel->to_i16(sum, own, s->width);
	}
	*square += k->square;
	m->kernel->add_i16(y, sum, k->scale, s->width);
	return k->n;
}

/* Groups of letters: the sum of their rows on y; its scale to length 1. */
static float sum_letters(const struct model *m, struct model_scratch *s, str text,
                         const struct feature_text *f, float *y, size_t *known)
{
	float square = 0;
	for (size_t i = 0; i < f->n_words; i++)
		__builtin_prefetch(places_of(s, f->words[i].key));
	for (size_t i = 0; i < f->n_words; i++)
		*known += add_word(m, s, text, &f->words[i], y, &square);
	return scale_of(square);
}

/* ---- members ---- */

static void add_scaled(const struct model *m, float *y, const float *x, float scale, size_t n)
{
	if (scale > 0)
		m->kernel->add(y, x, scale, n);
}

/* Scores of a net from what its hidden units add up to. */
static void net_out(const struct model *m, struct model_scratch *s, size_t net, float *hidden,
                    float *scores)
{
	size_t active = 0;
	for (size_t h = 0; h < m->hidden; h++) {
		s->active[active] = (uint32_t)h;
		hidden[active] = hidden[h];
		active += hidden[h] > 0;
	}
	memcpy(scores, m->out_bias[net], m->lanes * sizeof *scores);
	m->kernel->sum(scores, m->out[net], s->active, m->lanes, hidden, active, m->lanes);
}

size_t scratch_blend(const struct model *m, struct model_scratch *s, str text, uint32_t skip,
                     float **p, float *none)
{
	struct feature_text f;
	feature_read_stems(s->reader, text, skip, &f);
	if (!s->words || s->model_id != m->id)
		fit_model(s, m);
	size_t H = m->hidden, nets = (size_t)m->nets, known = 0;
	float *hidden = s->sums, *scores = hidden + H, *by_net[LEARN_NETS_MAX];
	float *linear = scores + nets * m->lanes, *stems = linear + 2 * m->lanes,
	      *letters = stems + m->width;
	memset(stems, 0, 2 * m->width * sizeof *stems);
	float of_stems = sum_stems(m, s, &f, stems, &known);
	float of_letters = sum_letters(m, s, text, &f, letters, &known);
	float both = of_stems > 0 && of_letters > 0 ? .70710678f : 1;
	for (size_t j = 0; j < nets; j++) {
		size_t at = (size_t)m->layout.slot[j] * H;
		float by = m->view[j] == VIEW_ALL ? both : 1;
		by_net[j] = scores + j * m->lanes;
		memcpy(hidden, m->bias[j], H * sizeof *hidden);
		if (m->view[j] != VIEW_LETTERS)
			add_scaled(m, hidden, stems + at, by * of_stems, H);
		if (m->view[j] != VIEW_STEMS)
			add_scaled(m, hidden, letters + at, by * of_letters, H);
		net_out(m, s, j, hidden, by_net[j]);
	}
	size_t at = (size_t)m->layout.slots * H;
	memcpy(linear, m->linear_bias, m->lanes * sizeof *linear);
	add_scaled(m, linear, stems + at, both * of_stems, m->lanes);
	add_scaled(m, linear, letters + at, both * of_letters, m->lanes);
	*p = linear + m->lanes;
	*none = blend_scores(m->kernel, &m->blend, by_net, m->nets, linear, m->labels, *p);
	return known;
}
