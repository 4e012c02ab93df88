/* pairs_internal.h: what the trained likeness is made of; inside learn/pairs* only. */
#ifndef OTKLIK_LEARN_PAIRS_INTERNAL_H
#define OTKLIK_LEARN_PAIRS_INTERNAL_H

#include "learn/pairs.h"
#include "learn/rank_internal.h"

/* A word as the texts of training show it. */
struct pairs_word {
	uint64_t stem;
	float idf;
	float only, both; /* log-odds that it speaks for when it stands in one text, in both */
	struct rank_sense sense;
};

struct pairs_gram {
	uint64_t hash;
	float idf;
};

struct pairs_words {
	struct rank_dict stems, grams; /* places in the arrays */
	struct pairs_word *word;
	struct pairs_gram *gram;
	float most; /* the idf of what was never seen */
	float bias; /* of the words' log-odds */
	struct rank_ideas *ideas;
};
void pairs_words_release(struct pairs_words *w);

#define PAIRS_FEATURES 44

/* One text of a pair as it is compared. */
struct pairs_text {
	struct rank_text t;
	struct pairs_bag {
		struct pairs_item {
			uint64_t hash;
			float times, idf;
		} * p; /* by hash */
		size_t n;
		double square, sum; /* of weights; of idfs */
	} bag[RANK_KINDS];
	const struct pairs_word **word; /* by word of t; NULL: unknown */
	float *idf;
	struct rank_sense sense;
};

void pairs_text(struct arena *a, struct stemmer *s, const struct pairs_words *w, str text,
                size_t max_bytes, struct pairs_text *out);
/* Symmetric in x and y. */
void pairs_compare(struct arena *a, const struct pairs_words *w, const struct pairs_text *x,
                   const struct pairs_text *y, float out[PAIRS_FEATURES]);

/* ---- trees ---- */

#define PAIRS_DEPTH 4
#define PAIRS_INNER ((1 << PAIRS_DEPTH) - 1)
#define PAIRS_LEAVES (1 << PAIRS_DEPTH)

/* A whole tree: children of inner node i are 2i+1 and 2i+2; a feature at most at the limit goes
 * left. */
struct pairs_tree {
	uint32_t feature[PAIRS_INNER];
	float limit[PAIRS_INNER];
	float leaf[PAIRS_LEAVES];
};

struct pairs_boost {
	size_t trees;
	float rate, sample, columns; /* step; shares of rows and of features for each tree */
	float ridge;
	size_t leaf_min;
	uint64_t seed;
};

/* Gradient boosting of the log loss (J. Friedman, 2001) with Newton's leaves from log-odds
 * `start` on. x: n rows of PAIRS_FEATURES. o->trees trees, on the heap. */
struct pairs_tree *pairs_trees(const float *x, const bool *same, size_t n, float start,
                               const struct pairs_boost *o);
float pairs_trees_say(const struct pairs_tree *t, size_t trees, const float *x);

struct pairs_model {
	struct pairs_words words;
	float start;
	size_t n_trees, text_bytes;
	struct pairs_tree *trees;
};

#endif
