/* pairs.h: do two short texts mean the same?
 *
 * Two measures. A model learnt from labelled pairs gives the probability that
 * they say the same thing; and pairs_near, which needs no training, tells whether one is (nearly)
 * a copy of the other: for "the same customer wrote again".
 */
#ifndef OTKLIK_LEARN_PAIRS_H
#define OTKLIK_LEARN_PAIRS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* ---- near-duplicates ---- */

#define PAIRS_WORDS_MAX 8

struct pairs_near {
	/* 0..1: the weight of single words and runs of three words that both texts have, of all
	 * that either has: 1 for texts equal but for case, endings, spaces and punctuation; from .6
	 * on nearly a copy. */
	double score;
	/* 0..1: the same, of what the shorter text has: near 1 where one text contains the other.
	 */
	double inside;
	/* Words that stand in one text only: numbers, codes and addresses first, for these are
	 * what makes two like texts different matters. */
	str only_a[PAIRS_WORDS_MAX], only_b[PAIRS_WORDS_MAX];
	size_t n_only_a, n_only_b;
	/* The rarest (longest) words that both have. */
	str both[PAIRS_WORDS_MAX];
	size_t n_both;
	bool numbers_differ; /* each has a number or code that the other has not */
};

/* Any bytes; the first max_bytes of each (0: 20,000) are compared. Time in proportion to the texts.
 * Words live in the arena, folded. */
void pairs_near(struct arena *a, str x, str y, size_t max_bytes, struct pairs_near *out);

/* A sketch of a text for finding near-duplicates among many (MinHash: A. Broder, 1997): the share
 * of equal places of two sketches is about the score of pairs_near. Sketches of texts without words
 * are all zero and like nothing. */
#define PAIRS_SKETCH 64
struct pairs_sketch {
	uint32_t min[PAIRS_SKETCH];
};
void pairs_sketch(struct arena *a, str text, size_t max_bytes, struct pairs_sketch *out);
double pairs_sketch_like(const struct pairs_sketch *x, const struct pairs_sketch *y);

/* ---- the trained model ---- */

struct pair {
	bool same;
	str a, b; /* any bytes */
};

struct pairs_model;

struct pairs_options {
	size_t pairs_max;  /* 0: 200,000; the first ones are taken */
	size_t text_bytes; /* 0: 2,000 of each text */
	uint64_t seed;     /* the same pairs and seed make the same model */
};

/* Learns from at least 20 pairs, both labels among them: else ERR_INVALID
 * "error.pairs_few". The caller calls pairs_free. */
enum err pairs_train(const struct pair *pairs, size_t n, const struct pairs_options *o,
                     struct pairs_model **out, struct error *e) MUST_USE;
void pairs_free(struct pairs_model *m); /* NULL is fine */

/* The probability 0..1 that both mean the same. Symmetric in a and b. Any threads. */
double pairs_same(const struct pairs_model *m, str a, str b);

/* The model as bytes (little endian, with a version and a checksum), and back; a model read is the
 * one written. ERR_SYNTAX "error.pairs_model" for what is none, is cut or was changed. */
void pairs_save(const struct pairs_model *m, struct buf *out);
enum err pairs_load(str bytes, struct pairs_model **out, struct error *e) MUST_USE;

#endif
