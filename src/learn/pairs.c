/* pairs.c: learns from pairs what makes texts mean the same; see pairs.h. */
#include "learn/pairs.h"

#include <math.h>

#include "learn/pairs_internal.h"
#include "text/stem.h"

#define PAIRS_MAX 200000
#define TEXT_BYTES 2000
#define PAIRS_MIN 20
#define FOLDS 5

static const struct pairs_boost boost = {
    .trees = 200, .rate = .05F, .sample = .6F, .columns = .4F, .ridge = 4, .leaf_min = 30};

void pairs_words_release(struct pairs_words *w)
{
	rank_dict_release(&w->stems);
	rank_dict_release(&w->grams);
	free(w->word);
	free(w->gram);
	rank_ideas_free(w->ideas);
}

void pairs_free(struct pairs_model *m)
{
	if (!m)
		return;
	pairs_words_release(&m->words);
	free(m->trees);
	free(m);
}

/* ---- words of all texts ---- */

struct corpus {
	struct arena *arena;
	size_t n; /* texts: two for each pair */
	struct rank_text *texts;
	struct rank_dict stems, grams;
	uint32_t *stem_df, *gram_df;
};

static void count(struct arena *a, struct rank_dict *dict, uint32_t **df,
                  const struct rank_terms *t, struct rank_dict *once)
{
	(void)a;
	rank_dict_release(once);
	for (size_t i = 0; i < t->n; i++) {
		size_t n = once->n;
		if (rank_dict_add(once, t->p[i].hash) < n)
			continue;
		size_t cap = dict->cap;
		uint32_t id = rank_dict_add(dict, t->p[i].hash);
		if (dict->cap != cap) {
			*df = xrealloc(*df, dict->cap * sizeof **df);
			memset(*df + cap, 0, (dict->cap - cap) * sizeof **df);
		}
		(*df)[id]++;
	}
}

static void read_corpus(struct arena *a, const struct pair *pairs, size_t n, size_t max_bytes,
                        const struct rank_ideas *ideas, struct stemmer *s, struct corpus *c)
{
	struct rank_dict once = {0};
	*c = (struct corpus){
	    .arena = a, .n = 2 * n, .texts = ARENA_ARRAY(a, 2 * n, struct rank_text)};
	for (size_t i = 0; i < 2 * n; i++) {
		str text = i % 2 ? pairs[i / 2].b : pairs[i / 2].a;
		rank_text_add(a, s, ideas, text, max_bytes, &c->texts[i]);
		count(a, &c->stems, &c->stem_df, &c->texts[i].terms[RANK_STEM], &once);
		count(a, &c->grams, &c->gram_df, &c->texts[i].terms[RANK_GRAM], &once);
	}
	rank_dict_release(&once);
}

static void corpus_release(struct corpus *c)
{
	rank_dict_release(&c->stems);
	rank_dict_release(&c->grams);
	free(c->stem_df);
	free(c->gram_df);
}

static float idf(size_t n, size_t df)
{
	return logf((1 + (float)n) / (1 + (float)df)) + .5F;
}

/* The space of meanings: texts as rows, whatever their pairs are: the space must not know labels.
 */
static void learn_senses(const struct corpus *c, uint64_t seed, struct pairs_words *w)
{
	size_t n = c->n / 2, rows = 0, cells = 0;
	for (size_t i = 0; i < c->n; i++)
		cells += c->texts[i].terms[RANK_STEM].n;
	size_t *first = xcalloc(c->n + 1, sizeof *first);
	struct rank_cell *cell = xcalloc(cells + 1, sizeof *cell);
	cells = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t half = 0; half < 2; half++) {
			const struct rank_terms *t = &c->texts[2 * i + half].terms[RANK_STEM];
			for (size_t k = 0; k < t->n; k++) {
				uint32_t id = rank_dict_get(&w->stems, t->p[k].hash);
				if (id != RANK_NONE)
					cell[cells++] = (struct rank_cell){id, w->word[id].idf};
			}
			first[++rows] = cells;
		}
	for (size_t r = 0; r < rows; r++) {
		double sum = 0;
		for (size_t i = first[r]; i < first[r + 1]; i++)
			sum += (double)cell[i].value * cell[i].value;
		for (size_t i = first[r]; i < first[r + 1]; i++)
			cell[i].value /= (float)sqrt(sum);
	}
	struct rank_rows m = {rows, w->stems.n, first, cell};
	size_t dims = RANK_SENSES < rows ? RANK_SENSES : rows;
	float *v = rank_space(&m, dims < w->stems.n ? dims : w->stems.n, 3, seed);
	for (size_t i = 0; i < w->stems.n; i++)
		rank_sense_set(&w->word[i].sense, v + i * RANK_SENSES);
	free(v);
	free(first);
	free(cell);
}

static void learn_words(const struct corpus *c, uint64_t seed, struct pairs_words *w)
{
	w->word = xcalloc(c->stems.n + 1, sizeof *w->word);
	w->gram = xcalloc(c->grams.n + 1, sizeof *w->gram);
	w->most = idf(c->n, 1);
	for (size_t i = 0; i < c->stems.cap; i++)
		if (c->stems.keys[i] && c->stem_df[c->stems.ids[i]] > 1) {
			uint32_t id = rank_dict_add(&w->stems, c->stems.keys[i]);
			w->word[id].stem = c->stems.keys[i];
			w->word[id].idf = idf(c->n, c->stem_df[c->stems.ids[i]]);
		}
	for (size_t i = 0; i < c->grams.cap; i++)
		if (c->grams.keys[i] && c->gram_df[c->grams.ids[i]] > 1) {
			uint32_t id = rank_dict_add(&w->grams, c->grams.keys[i]);
			w->gram[id] = (struct pairs_gram){c->grams.keys[i],
			                                  idf(c->n, c->gram_df[c->grams.ids[i]])};
		}
	learn_senses(c, seed, w);
}

/* ---- what single words speak for ---- */

struct minds {
	float *only, *both, bias;
};

static bool has_stem(const struct rank_text *t, uint64_t stem)
{
	for (size_t i = 0; i < t->words.n; i++)
		if (t->words.p[i].stem == stem)
			return true;
	return false;
}

/* The words of a pair with the side of `minds` that they ask: ids, +1 shifted left, lowest bit 1
 * for both. */
static size_t words_of_pair(const struct pairs_words *w, const struct rank_text *t, uint32_t *out,
                            size_t max)
{
	size_t n = 0;
	for (size_t half = 0; half < 2; half++)
		for (size_t i = 0; i < t[half].words.n && n < max; i++) {
			uint64_t stem = t[half].words.p[i].stem;
			uint32_t id = rank_dict_get(&w->stems, stem);
			bool both = has_stem(&t[1 - half], stem);
			if (id != RANK_NONE && (!both || half == 0))
				out[n++] = id * 2 + both;
		}
	return n;
}

#define ASKED_MAX 400

/* Logistic regression by stochastic descent with decay; pairs from skip to skip_end are left out.
 */
static void learn_minds(const struct corpus *c, const struct pairs_words *w,
                        const struct pair *pairs, size_t skip, size_t skip_end, struct minds *m)
{
	size_t n = c->n / 2;
	memset(m->only, 0, w->stems.n * sizeof *m->only);
	memset(m->both, 0, w->stems.n * sizeof *m->both);
	m->bias = 0;
	for (int round = 0; round < 6; round++) {
		float rate = .08F / (float)(1 + round);
		for (size_t k = 0; k < n; k++) {
			size_t i = (k * 7919 + (size_t)round) %
			           n; /* any order that is not that of the file */
			uint32_t asked[ASKED_MAX];
			float sum = m->bias;
			if (i >= skip && i < skip_end)
				continue;
			size_t found = words_of_pair(w, &c->texts[2 * i], asked, ASKED_MAX);
			for (size_t f = 0; f < found; f++)
				sum += (asked[f] & 1 ? m->both : m->only)[asked[f] >> 1];
			float wrong = (float)pairs[i].same - 1 / (1 + expf(-sum));
			m->bias += rate * .1F * wrong;
			for (size_t f = 0; f < found; f++) {
				float *v = &(asked[f] & 1 ? m->both : m->only)[asked[f] >> 1];
				*v += rate * (wrong - .02F * *v);
			}
		}
	}
}

static void set_minds(struct pairs_words *w, const struct minds *m)
{
	w->bias = m->bias;
	for (size_t i = 0; i < w->stems.n; i++) {
		w->word[i].only = m->only[i];
		w->word[i].both = m->both[i];
	}
}

/* ---- training ---- */

static void features(const struct pairs_model *m, struct stemmer *s, str x, str y,
                     float out[PAIRS_FEATURES])
{
	ARENA_AUTO a = arena_new();
	struct pairs_text u, v;
	pairs_text(a, s, &m->words, x, m->text_bytes, &u);
	pairs_text(a, s, &m->words, y, m->text_bytes, &v);
	pairs_compare(a, &m->words, &u, &v, out);
}

static void train(struct pairs_model *m, struct stemmer *s, const struct pair *pairs, size_t n,
                  uint64_t seed)
{
	ARENA_AUTO a = arena_new();
	struct corpus c;
	read_corpus(a, pairs, n, m->text_bytes, m->words.ideas, s, &c);
	learn_words(&c, seed, &m->words);
	struct minds minds = {ARENA_ARRAY(a, m->words.stems.n + 1, float),
	                      ARENA_ARRAY(a, m->words.stems.n + 1, float), 0};
	float *x = xcalloc(n * PAIRS_FEATURES, sizeof *x);
	bool *same = ARENA_ARRAY(a, n, bool);
	/* A pair's words must not know its label, so they come from the other parts. */
	size_t yes = 0;
	for (size_t f = 0; f < FOLDS; f++) {
		size_t begin = n * f / FOLDS, end = n * (f + 1) / FOLDS;
		learn_minds(&c, &m->words, pairs, begin, end, &minds);
		set_minds(&m->words, &minds);
		for (size_t i = begin; i < end; i++) {
			features(m, s, pairs[i].a, pairs[i].b, x + i * PAIRS_FEATURES);
			same[i] = pairs[i].same;
			yes += same[i];
		}
	}
	learn_minds(&c, &m->words, pairs, n, n, &minds);
	set_minds(&m->words, &minds);
	struct pairs_boost o = boost;
	o.seed = seed;
	m->start = logf((float)yes / (float)(n - yes));
	m->n_trees = o.trees;
	m->trees = pairs_trees(x, same, n, m->start, &o);
	free(x);
	corpus_release(&c);
}

enum err pairs_train(const struct pair *pairs, size_t n, const struct pairs_options *o,
                     struct pairs_model **out, struct error *e)
{
	size_t max = o && o->pairs_max ? o->pairs_max : PAIRS_MAX, yes = 0;
	n = n < max ? n : max;
	for (size_t i = 0; i < n; i++)
		yes += pairs[i].same;
	if (n < PAIRS_MIN || yes == 0 || yes == n)
		return error_set(e, ERR_INVALID, "error.pairs_few", "pairs", NULL);
	STEMMER_AUTO s = stemmer_new(NULL);
	struct pairs_model *m = xcalloc(1, sizeof *m);
	m->text_bytes = o && o->text_bytes ? o->text_bytes : TEXT_BYTES;
	m->words.ideas = rank_ideas_new(s, rank_synonyms());
	train(m, s, pairs, n, o ? o->seed : 0);
	*out = m;
	return ERR_OK;
}

double pairs_same(const struct pairs_model *m, str a, str b)
{
	STEMMER_AUTO s = stemmer_new(NULL);
	float x[PAIRS_FEATURES];
	features(m, s, a, b, x);
	return 1 / (1 + exp(-(double)(m->start + pairs_trees_say(m->trees, m->n_trees, x))));
}
