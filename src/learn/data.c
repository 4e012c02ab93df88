/* data.c: see data.h. */
#include "learn/data.h"

#include <math.h>

/* ---- corpus ---- */

void corpus_init(struct corpus *c)
{
	*c = (struct corpus){0};
	c->at = xcalloc(1, sizeof *c->at);
}

void corpus_release(struct corpus *c)
{
	free(c->at);
	free(c->mid);
	free(c->hash);
	free(c->count);
	*c = (struct corpus){0};
}

static int by_hash(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static size_t add_block(struct corpus *c, size_t to, const uint32_t *hash, size_t n)
{
	size_t begin = to;
	if (n == 0)
		return to;
	memcpy(c->hash + to, hash, n * sizeof *hash);
	qsort(c->hash + to, n, sizeof *hash, by_hash);
	for (size_t i = begin; i < begin + n; i++) {
		if (to > begin && c->hash[to - 1] == c->hash[i]) {
			if (c->count[to - 1] < UINT16_MAX)
				c->count[to - 1]++;
			continue;
		}
		c->hash[to] = c->hash[i];
		c->count[to++] = 1;
	}
	return to;
}

void corpus_add(struct corpus *c, const struct feature_text *t)
{
	if (c->n + 1 >= c->cap) {
		c->cap = c->cap * 2 + 256;
		c->at = xrealloc(c->at, (c->cap + 1) * sizeof *c->at);
		c->mid = xrealloc(c->mid, c->cap * sizeof *c->mid);
	}
	size_t to = c->at[c->n], stems = t->end[FEATURE_STEMS], all = t->end[FEATURE_LETTERS];
	if (to + all > c->hash_cap) {
		c->hash_cap = (to + all) * 2;
		c->hash = xrealloc(c->hash, c->hash_cap * sizeof *c->hash);
		c->count = xrealloc(c->count, c->hash_cap * sizeof *c->count);
	}
	to = add_block(c, to, t->hash, stems);
	c->mid[c->n] = to;
	c->at[++c->n] = add_block(c, to, t->hash + stems, all - stems);
}

/* ---- dictionary ---- */

struct counted {
	uint32_t hash, texts;
	uint32_t block;
};

struct counts {
	struct counted *p; /* open addressing; texts == 0: empty */
	size_t n, cap;
};

static struct counted *count_slot(const struct counts *t, uint32_t hash)
{
	size_t i = (size_t)((hash * 0x9e3779b97f4a7c15) >> 20) & (t->cap - 1);
	while (t->p[i].texts && t->p[i].hash != hash)
		i = (i + 1) & (t->cap - 1);
	return &t->p[i];
}

static void count_grow(struct counts *t)
{
	struct counts bigger = {.n = t->n, .cap = t->cap ? t->cap * 2 : 1 << 16};
	bigger.p = xcalloc(bigger.cap, sizeof *bigger.p);
	for (size_t i = 0; i < t->cap; i++)
		if (t->p[i].texts)
			*count_slot(&bigger, t->p[i].hash) = t->p[i];
	free(t->p);
	*t = bigger;
}

static int by_spread(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	if (x->texts != y->texts)
		return x->texts > y->texts ? -1 : 1;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

void dict_index(struct dict *d, uint32_t *hash, uint32_t n)
{
	uint32_t cap = 1024;
	while (cap < 2 * n)
		cap *= 2;
	*d = (struct dict){.n = n, .hash = hash, .mask = cap - 1};
	d->slots = xcalloc(cap, sizeof *d->slots);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = dict_slot(d, hash[i]);
		while (d->slots[at].row)
			at = (at + 1) & d->mask;
		d->slots[at] = (struct dict_slot){hash[i], i + 1};
	}
}

void dict_build(struct dict *d, const struct corpus *c, const uint32_t *texts, size_t n, size_t max)
{
	struct counts t = {0};
	for (size_t i = 0; i < n; i++)
		for (uint64_t k = c->at[texts[i]]; k < c->at[texts[i] + 1]; k++) {
			if (2 * t.n >= t.cap)
				count_grow(&t);
			struct counted *slot = count_slot(&t, c->hash[k]);
			if (slot->texts++ == 0) {
				slot->hash = c->hash[k];
				slot->block =
				    k >= c->mid[texts[i]] ? FEATURE_LETTERS : FEATURE_STEMS;
				t.n++;
			}
		}
	size_t kept = 0;
	for (size_t i = 0; i < t.cap; i++)
		if (t.p[i].texts > (t.p[i].block == FEATURE_LETTERS ? 1 : 0))
			t.p[kept++] = t.p[i];
	if (kept)
		qsort(t.p, kept, sizeof *t.p, by_spread);
	if (kept > max)
		kept = max;
	uint32_t *hash = xmalloc((kept + 1) * sizeof *hash);
	float *idf = xmalloc((kept + 1) * sizeof *idf);
	uint8_t *block = xmalloc(kept + 1);
	for (size_t i = 0; i < kept; i++) {
		hash[i] = t.p[i].hash;
		block[i] = (uint8_t)t.p[i].block;
		idf[i] = logf((1 + (float)n) / (1 + (float)t.p[i].texts)) + 1;
	}
	free(t.p);
	dict_index(d, hash, (uint32_t)kept);
	d->idf = idf;
	d->block = block;
}

void dict_release(struct dict *d)
{
	free(d->hash);
	free(d->idf);
	free(d->block);
	free(d->slots);
	*d = (struct dict){0};
}

/* ---- rows ---- */

/* Values of a block of one text behind `to`, of length 1 (about, where groups of letters repeat).
 */
static size_t add_values(struct dataset *s, size_t to, const struct corpus *c, const struct dict *d,
                         uint64_t from, uint64_t end, bool letters)
{
	size_t begin = to;
	float sum = 0;
	for (uint64_t k = from; k < end; k++) {
		uint32_t row = dict_find(d, c->hash[k]);
		if (!row)
			continue;
		float idf = d->idf[row - 1], n = c->count[k];
		/* Groups of letters add up, so that what a word's groups are together can be
		 * remembered: both the sum and the length's square are those of the words. */
		float v = letters ? idf * n : idf * (n == 1 ? 1 : 1 + logf(n));
		s->row[to] = row - 1;
		s->value[to++] = v;
		sum += letters ? v * idf : v * v;
	}
	float scale = sum > 0 ? 1 / sqrtf(sum) : 0;
	for (size_t i = begin; i < to; i++)
		s->value[i] *= scale;
	return to;
}

void dataset_build(struct dataset *s, const struct corpus *c, const struct dict *d,
                   const uint32_t *texts, size_t n, const uint32_t *label, const float *weight,
                   size_t labels, enum view view)
{
	size_t most = 0;
	for (size_t i = 0; i < n; i++)
		most += c->at[texts[i] + 1] - c->at[texts[i]];
	*s = (struct dataset){.n = n, .features = d->n, .labels = labels};
	s->at = xcalloc(n + 1, sizeof *s->at);
	s->row = xmalloc((most + 1) * sizeof *s->row);
	s->value = xmalloc((most + 1) * sizeof *s->value);
	s->label = xmalloc((n + 1) * sizeof *s->label);
	s->weight = xmalloc((n + 1) * sizeof *s->weight);
	for (size_t i = 0; i < n; i++) {
		uint32_t t = texts[i];
		size_t at = s->at[i];
		size_t mid = at, end;
		if (view != VIEW_LETTERS)
			mid = add_values(s, at, c, d, c->at[t], c->mid[t], false);
		end = mid;
		if (view != VIEW_STEMS)
			end = add_values(s, mid, c, d, c->mid[t], c->at[t + 1], true);
		if (mid > at && end > mid)
			for (size_t k = at; k < end; k++)
				s->value[k] *= .70710678f;
		s->at[i + 1] = end;
		s->label[i] = label[t];
		s->weight[i] = weight[t];
	}
}

static size_t add_half(struct dataset *s, size_t to, size_t i, uint64_t *random)
{
	for (uint64_t k = s->at[i]; k < s->at[i + 1]; k++) {
		s->row[to] = s->row[k];
		s->value[to] = s->value[k];
		to += learn_random(random) >> 63;
	}
	return to;
}

void dataset_cross(struct dataset *s, size_t n, uint32_t none, uint64_t seed)
{
	size_t own = s->n, to = s->at[own], longest = 0;
	uint64_t random = seed;
	for (size_t i = 0; i < own; i++)
		longest = s->at[i + 1] - s->at[i] > longest ? s->at[i + 1] - s->at[i] : longest;
	s->at = xrealloc(s->at, (own + n + 1) * sizeof *s->at);
	s->label = xrealloc(s->label, (own + n + 1) * sizeof *s->label);
	s->weight = xrealloc(s->weight, (own + n + 1) * sizeof *s->weight);
	size_t cap = to + 1;
	for (size_t made = 0, tries = 0; own && made < n && tries < 20 * n; tries++) {
		size_t x = (size_t)(learn_random(&random) % own);
		size_t y = (size_t)(learn_random(&random) % own);
		if (s->label[x] == s->label[y])
			continue;
		if (to + 2 * longest + 1 > cap) {
			cap = 2 * cap + 2 * longest + 1;
			s->row = xrealloc(s->row, cap * sizeof *s->row);
			s->value = xrealloc(s->value, cap * sizeof *s->value);
		}
		size_t begin = to;
		to = add_half(s, to, x, &random);
		to = add_half(s, to, y, &random);
		float sum = 0;
		for (size_t k = begin; k < to; k++)
			sum += s->value[k] * s->value[k];
		float scale = sum > 0 ? 1 / sqrtf(sum) : 0;
		for (size_t k = begin; k < to; k++)
			s->value[k] *= scale;
		s->label[s->n] = none;
		s->weight[s->n] = 1;
		s->at[++s->n] = to;
		made++;
	}
}

void dataset_release(struct dataset *s)
{
	free(s->at);
	free(s->row);
	free(s->value);
	free(s->label);
	free(s->weight);
	*s = (struct dataset){0};
}

void learn_shuffle(uint32_t *p, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)(learn_random(state) % i);
		uint32_t t = p[i - 1];
		p[i - 1] = p[k];
		p[k] = t;
	}
}
