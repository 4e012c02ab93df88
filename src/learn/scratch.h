/* scratch.h: what one thread needs to predict: room for sums, and what words' letters added up to.
 *
 * A text's features are looked up, weighed as in training (data.c), and the rows of those that are
 * known are summed, all members at once: a row lies in one piece of memory. Most of the work is the
 * groups of letters, and most words have been there before: what a word's groups add up to is
 * remembered, so that a known word costs one row.
 */
#ifndef OTKLIK_LEARN_SCRATCH_H
#define OTKLIK_LEARN_SCRATCH_H

#include "learn/file.h"
#include "learn/model.h"

#define SCRATCH_TF 32
/* What the groups of letters of a word add up to, with their idfs: numbers of 16 bits with a scale.
 */
struct word_sum {
	uint64_t key; /* 0: nobody */
	float square; /* the sum of their idfs' squares */
	float scale;
	uint16_t n;    /* known rows */
	uint16_t late; /* in the first of two places: the one that was used last */
};

struct model_scratch {
	struct feature_reader *reader;
	uint64_t model_id; /* what the words are of */
	struct word_sum *words;
	int16_t *word_sums; /* a row of numbers for each */
	size_t words_mask;  /* their number, less 1; a word has two places to be in */
	size_t width;
	/* Rows of the text: how often each occurs (0 between texts). */
	uint16_t *count;
	size_t rows;
	uint32_t *found; /* rows, as often as they occur */
	float *value, *scaled;
	size_t found_cap;
	/* Hidden units of a net; scores: (nets + 1) x lanes; p; the two blocks' sums of rows; the
	 * sum of one word. */
	float *sums;
	uint32_t *active;
	size_t sums_cap;
	struct model_guess *ranked;
	size_t ranked_cap;
	float tf[SCRATCH_TF];
};

/* Probabilities of all labels of the text (without words of stem `skip`); *p lives in the scratch.
 * How many features are known. */
size_t scratch_blend(const struct model *m, struct model_scratch *s, str text, uint32_t skip,
                     float **p, float *none);

#endif
