/* pairs_near.c: is one text (nearly) a copy of the other? See pairs.h.
 *
 * Compared are the sets of shingles: single words and runs of three words. A
 * single word weighs as its length lets guess how telling it is, numbers and codes more; a run as
 * much as its words together.
 */
#include <xxhash.h>

#include "learn/pairs.h"
#include "learn/rank_terms.h"
#include "text/stem.h"

#define BYTES_USUAL 20000
#define RUN 3 /* words */
#define CODE_WEIGHT 4.0F

struct shingle {
	uint64_t hash;
	float weight;
	uint32_t word; /* RANK_NONE: a run of words */
	bool common;
};

struct shingles {
	struct shingle *p;
	size_t n;
	struct rank_text text;
};

/* 0..2: short words are mostly those that every text has. */
static float weight_of(const struct rank_word *w)
{
	if (w->code)
		return CODE_WEIGHT;
	size_t letters = str_utf8_len(w->text);
	return letters < 3 ? .25F : letters < 5 ? .6F : letters < 8 ? 1 : 1.3F;
}

static int by_hash(const void *a, const void *b)
{
	const struct shingle *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->word > y->word) - (x->word < y->word);
}

static void shingles_of(struct arena *a, struct stemmer *s, str text, size_t max_bytes,
                        struct shingles *out)
{
	*out = (struct shingles){0};
	rank_words_add(a, s, str_cut_utf8(text, max_bytes ? max_bytes : BYTES_USUAL), &out->text);
	const struct rank_word *w = out->text.words.p;
	size_t n = out->text.words.n, k = 0;
	struct shingle *p = ARENA_ARRAY(a, 2 * n, struct shingle);
	for (size_t i = 0; i < n; i++) {
		p[k++] = (struct shingle){w[i].stem, weight_of(&w[i]), (uint32_t)i, false};
		if (i + RUN > n)
			continue;
		struct shingle run = {0, 0, RANK_NONE, false};
		for (size_t m = i; m < i + RUN; m++) {
			run.hash = XXH3_64bits_withSeed(&w[m].stem, sizeof w[m].stem, run.hash + 1);
			run.weight += weight_of(&w[m]) / RUN;
		}
		p[k++] = run;
	}
	qsort(p, k, sizeof *p, by_hash);
	for (size_t i = 0; i < k; i++)
		if (out->n == 0 || out->p[out->n - 1].hash != p[i].hash) {
			out->p = p;
			p[out->n++] = p[i];
		}
}

static double mark_common(struct shingles *x, struct shingles *y)
{
	double sum = 0;
	for (size_t i = 0, k = 0; i < x->n && k < y->n;) {
		if (x->p[i].hash == y->p[k].hash) {
			sum += x->p[i].weight;
			x->p[i++].common = y->p[k++].common = true;
		} else if (x->p[i].hash < y->p[k].hash) {
			i++;
		} else {
			k++;
		}
	}
	return sum;
}

static double weight_sum(const struct shingles *x)
{
	double sum = 0;
	for (size_t i = 0; i < x->n; i++)
		sum += x->p[i].weight;
	return sum;
}

/* The heaviest words that are (not) common, longest first where they weigh the same. */
static size_t name(const struct shingles *x, bool common, str *out, bool *code)
{
	float worth[PAIRS_WORDS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < x->n; i++) {
		const struct shingle *s = &x->p[i];
		if (s->word == RANK_NONE || s->common != common)
			continue;
		const struct rank_word *word = &x->text.words.p[s->word];
		float w = s->weight + (float)(word->text.n < 100 ? word->text.n : 100) / 1000;
		*code |= word->code;
		size_t at = n;
		while (at > 0 && worth[at - 1] < w)
			at--;
		if (at == PAIRS_WORDS_MAX)
			continue;
		for (size_t k = n < PAIRS_WORDS_MAX ? n++ : n - 1; k > at; k--) {
			worth[k] = worth[k - 1];
			out[k] = out[k - 1];
		}
		worth[at] = w;
		out[at] = word->text;
	}
	return n;
}

void pairs_near(struct arena *a, str x, str y, size_t max_bytes, struct pairs_near *out)
{
	STEMMER_AUTO s = stemmer_new(NULL);
	struct shingles u, v;
	bool code_u = false, code_v = false, ignored = false;
	*out = (struct pairs_near){0};
	shingles_of(a, s, x, max_bytes, &u);
	shingles_of(a, s, y, max_bytes, &v);
	double common = mark_common(&u, &v), all_u = weight_sum(&u), all_v = weight_sum(&v);
	double less = all_u < all_v ? all_u : all_v;
	if (less > 0) {
		out->score = common / (all_u + all_v - common);
		out->inside = common / less;
	}
	out->n_only_a = name(&u, false, out->only_a, &code_u);
	out->n_only_b = name(&v, false, out->only_b, &code_v);
	out->n_both = name(&u, true, out->both, &ignored);
	out->numbers_differ = code_u && code_v;
}

/* ---- sketches ---- */

void pairs_sketch(struct arena *a, str text, size_t max_bytes, struct pairs_sketch *out)
{
	STEMMER_AUTO s = stemmer_new(NULL);
	struct shingles u;
	shingles_of(a, s, text, max_bytes, &u);
	*out = (struct pairs_sketch){0};
	for (size_t k = 0; k < PAIRS_SKETCH && u.n; k++) {
		out->min[k] = UINT32_MAX;
		for (size_t i = 0; i < u.n; i++) {
			uint64_t z =
			    (u.p[i].hash ^ (k * 0x9e3779b97f4a7c15u)) * 0xbf58476d1ce4e5b9u;
			z = (z ^ z >> 29) * 0x94d049bb133111ebu;
			uint32_t h = (uint32_t)(z >> 32) | 1; /* never 0 */
			if (h < out->min[k])
				out->min[k] = h;
		}
	}
}

double pairs_sketch_like(const struct pairs_sketch *x, const struct pairs_sketch *y)
{
	int same = 0;
	for (int k = 0; k < PAIRS_SKETCH; k++)
		same += x->min[k] != 0 && x->min[k] == y->min[k];
	return (double)same / PAIRS_SKETCH;
}
