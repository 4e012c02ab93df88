/* pairs.c: learns from pairs what makes texts mean the same; see pairs.h. */
#include "learn/pairs.h"

#include <math.h>
#include <xxhash.h>

#include "learn/pairs_internal.h"
#include "text/stem.h"

#define PAIRS_MAX 200000
#define TEXT_BYTES 2000
#define PAIRS_MIN 20
#define FOLDS 5
#define ROUNDS 6
#define FORWARD_LEAST 500 /* pairs */
#define BAGS 4            /* boosted models whose log-odds are averaged */
#define ASKED_MAX 400     /* words of a pair */

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

/* Pairs begin..end are left out of what is learnt. */
struct hole {
	size_t begin, end;
};

struct corpus {
	size_t n;                /* pairs */
	struct rank_text *texts; /* two for each pair */
};

static bool left_out(const struct hole *h, size_t pair)
{
	return pair >= h->begin && pair < h->end;
}

static void read_corpus(struct arena *a, const struct pair *pairs, size_t n, size_t max_bytes,
                        const struct rank_ideas *ideas, struct stemmer *s, struct corpus *c)
{
	*c = (struct corpus){n, ARENA_ARRAY(a, 2 * n, struct rank_text)};
	for (size_t i = 0; i < 2 * n; i++)
		rank_text_add(a, s, ideas, i % 2 ? pairs[i / 2].b : pairs[i / 2].a, max_bytes,
		              &c->texts[i]);
}

/* In how many pairs each term of a kind is, by its number in *dict; on the heap. */
static uint32_t *count(const struct corpus *c, const struct hole *hole, int kind,
                       struct rank_dict *dict)
{
	uint32_t *df = NULL, *last = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < 2 * c->n; i++) {
		const struct rank_terms *t = &c->texts[i].terms[kind];
		if (left_out(hole, i / 2))
			continue;
		for (size_t k = 0; k < t->n; k++) {
			uint32_t id = rank_dict_add(dict, t->p[k].hash);
			if (id >= cap) {
				cap = cap * 2 + 4096;
				df = xrealloc(df, cap * sizeof *df);
				last = xrealloc(last, cap * sizeof *last);
				memset(df + id, 0, (cap - id) * sizeof *df);
				memset(last + id, 0, (cap - id) * sizeof *last);
			}
			if (last[id] != i / 2 + 1)
				df[id]++;
			last[id] = (uint32_t)(i / 2 + 1);
		}
	}
	free(last);
	return df;
}

static float idf(size_t n, size_t df)
{
	return logf((1 + (float)n) / (1 + (float)df)) + .5F;
}

/* The space of meanings: texts as rows, whatever their pairs are: it must not know labels. */
static void learn_senses(const struct corpus *c, const struct hole *hole, uint64_t seed,
                         struct pairs_words *w)
{
	size_t rows = 0, cells = 0;
	for (size_t i = 0; i < 2 * c->n; i++)
		cells += c->texts[i].terms[RANK_STEM].n;
	size_t *first = xcalloc(2 * c->n + 1, sizeof *first);
	struct rank_cell *cell = xcalloc(cells + 1, sizeof *cell);
	cells = 0;
	for (size_t i = 0; i < 2 * c->n; i++) {
		const struct rank_terms *t = &c->texts[i].terms[RANK_STEM];
		double sum = 0;
		if (left_out(hole, i / 2))
			continue;
		for (size_t k = 0; k < t->n; k++) {
			uint32_t id = rank_dict_get(&w->stems, t->p[k].hash);
			if (id == RANK_NONE)
				continue;
			cell[cells++] = (struct rank_cell){id, w->word[id].idf};
			sum += (double)w->word[id].idf * w->word[id].idf;
		}
		for (size_t k = first[rows]; k < cells; k++)
			cell[k].value /= (float)sqrt(sum);
		first[++rows] = cells;
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

/* A term of one pair only is as good as unknown, or what a pair shares would be known here and
 * unknown in pairs to come. */
static void learn_words(const struct corpus *c, const struct hole *hole, uint64_t seed,
                        struct pairs_words *w)
{
	struct rank_dict stems = {0}, grams = {0};
	uint32_t *stem_df = count(c, hole, RANK_STEM, &stems);
	uint32_t *gram_df = count(c, hole, RANK_GRAM, &grams);
	size_t n = c->n - (hole->end - hole->begin);
	w->word = xcalloc(stems.n + 1, sizeof *w->word);
	w->gram = xcalloc(grams.n + 1, sizeof *w->gram);
	w->most = idf(n, 1);
	for (size_t i = 0; i < stems.cap; i++)
		if (stems.keys[i] && stem_df[stems.ids[i]] > 1) {
			struct pairs_word *x = &w->word[rank_dict_add(&w->stems, stems.keys[i])];
			x->stem = stems.keys[i];
			x->idf = idf(n, stem_df[stems.ids[i]]);
		}
	for (size_t i = 0; i < grams.cap; i++)
		if (grams.keys[i] && gram_df[grams.ids[i]] > 1)
			w->gram[rank_dict_add(&w->grams, grams.keys[i])] =
			    (struct pairs_gram){grams.keys[i], idf(n, gram_df[grams.ids[i]])};
	rank_dict_release(&stems);
	rank_dict_release(&grams);
	free(stem_df);
	free(gram_df);
	learn_senses(c, hole, seed, w);
}

/* ---- what single words speak for ---- */

static bool has_stem(const struct rank_text *t, uint64_t stem)
{
	for (size_t i = 0; i < t->words.n; i++)
		if (t->words.p[i].stem == stem)
			return true;
	return false;
}

/* The known words of a pair: twice the number, plus 1 for those that both texts have. */
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

/* Logistic regression by stochastic descent with decay. */
static void learn_minds(const struct corpus *c, const struct hole *hole, const struct pair *pairs,
                        struct pairs_words *w)
{
	uint32_t *order = xcalloc(c->n, sizeof *order);
	for (uint32_t i = 0; i < c->n; i++) { /* any order that is not that of the file */
		uint32_t k = (uint32_t)(XXH3_64bits(&i, sizeof i) % (i + 1));
		order[i] = order[k];
		order[k] = i;
	}
	for (int round = 0; round < ROUNDS; round++) {
		float rate = .08F / (float)(1 + round);
		for (size_t k = 0; k < c->n; k++) {
			size_t i = order[k];
			uint32_t asked[ASKED_MAX];
			float sum = w->bias;
			if (left_out(hole, i))
				continue;
			size_t found = words_of_pair(w, &c->texts[2 * i], asked, ASKED_MAX);
			for (size_t f = 0; f < found; f++) {
				const struct pairs_word *x = &w->word[asked[f] >> 1];
				sum += asked[f] & 1 ? x->both : x->only;
			}
			float wrong = (float)pairs[i].same - 1 / (1 + expf(-sum));
			w->bias += rate * .1F * wrong;
			for (size_t f = 0; f < found; f++) {
				struct pairs_word *x = &w->word[asked[f] >> 1];
				float *v = asked[f] & 1 ? &x->both : &x->only;
				*v += rate * (wrong - .02F * *v);
			}
		}
	}
	free(order);
}

/* ---- training ---- */

static void features(const struct pairs_words *w, struct stemmer *s, str x, str y, size_t max_bytes,
                     float out[PAIRS_FEATURES])
{
	ARENA_AUTO a = arena_new();
	struct pairs_text u, v;
	pairs_text(a, s, w, x, max_bytes, &u);
	pairs_text(a, s, w, y, max_bytes, &v);
	pairs_compare(a, w, &u, &v, out);
}

/* Log-odds of the share of the same ones among the first n. */
static float odds(const bool *same, size_t n)
{
	size_t yes = 0;
	for (size_t i = 0; i < n; i++)
		yes += same[i];
	return logf(((float)yes + .5F) / ((float)(n - yes) + .5F));
}

/* Where sums of trees begin, so that the newest third of the pairs, judged by the others, has
 * as many same ones as are said to be: what people call the same changes with time. */
static float begin_of(const float *x, const bool *same, size_t n, const struct pairs_boost *o)
{
	size_t old = n - n / 3;
	float start = odds(same, old), lo = -2, hi = 2;
	double yes = 0;
	if (n < FORWARD_LEAST)
		return odds(same, n);
	struct pairs_tree *t = pairs_trees(x, same, old, start, o);
	float *said = xcalloc(n - old, sizeof *said);
	for (size_t i = old; i < n; i++) {
		said[i - old] = pairs_trees_say(t, o->trees, x + i * PAIRS_FEATURES);
		yes += same[i];
	}
	while (hi - lo > .001F) {
		double sum = 0;
		for (size_t i = 0; i < n - old; i++)
			sum += 1 / (1 + exp(-(double)(start + (lo + hi) / 2 + said[i])));
		if (sum < yes)
			lo = (lo + hi) / 2;
		else
			hi = (lo + hi) / 2;
	}
	free(said);
	free(t);
	return start + (lo + hi) / 2;
}

static void grow(struct pairs_model *m, const float *x, const bool *same, size_t n, uint64_t seed)
{
	struct pairs_boost o = boost;
	float start = odds(same, n);
	m->n_trees = BAGS * o.trees;
	m->trees = xcalloc(m->n_trees, sizeof *m->trees);
	for (size_t b = 0; b < BAGS; b++) {
		o.seed = seed * BAGS + b;
		struct pairs_tree *t = pairs_trees(x, same, n, start, &o);
		for (size_t k = 0; k < o.trees; k++)
			for (size_t l = 0; l < PAIRS_LEAVES; l++)
				t[k].leaf[l] /= BAGS;
		memcpy(m->trees + b * o.trees, t, o.trees * sizeof *t);
		free(t);
	}
	/* What was so lately need not go on: half the way. */
	m->start = (start + begin_of(x, same, n, &o)) / 2;
}

static void train(struct pairs_model *m, struct stemmer *s, const struct pair *pairs, size_t n,
                  uint64_t seed)
{
	ARENA_AUTO a = arena_new();
	struct corpus c;
	float *x = xcalloc(n * PAIRS_FEATURES, sizeof *x);
	bool *same = ARENA_ARRAY(a, n, bool);
	read_corpus(a, pairs, n, m->text_bytes, m->words.ideas, s, &c);
	/* What is known of words must not come from the pair itself, as it does not from pairs to
	 * come; so each part is looked at with what the others taught. */
	for (size_t f = 0; f < FOLDS; f++) {
		const struct hole hole = {n * f / FOLDS, n * (f + 1) / FOLDS};
		struct pairs_words w = {.ideas = m->words.ideas};
		learn_words(&c, &hole, seed, &w);
		learn_minds(&c, &hole, pairs, &w);
		for (size_t i = hole.begin; i < hole.end; i++) {
			features(&w, s, pairs[i].a, pairs[i].b, m->text_bytes,
			         x + i * PAIRS_FEATURES);
			same[i] = pairs[i].same;
		}
		w.ideas = NULL; /* the model's */
		pairs_words_release(&w);
	}
	const struct hole none = {n, n};
	learn_words(&c, &none, seed, &m->words);
	learn_minds(&c, &none, pairs, &m->words);
	grow(m, x, same, n, seed);
	free(x);
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
	features(&m->words, s, a, b, m->text_bytes, x);
	return 1 / (1 + exp(-(double)(m->start + pairs_trees_say(m->trees, m->n_trees, x))));
}
