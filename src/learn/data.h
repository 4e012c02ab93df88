/* data.h: examples as numbers: raw features, the dictionary of those that count, sparse rows.
 *
 * A corpus holds the hashes of every example once; each part that is trained on (a fold, or all)
 * gets a dictionary of its own, so that what was left out is as strange to it as a new text.
 * Everything is on the heap, owned by the struct, freed by its release.
 */
#ifndef OTKLIK_LEARN_DATA_H
#define OTKLIK_LEARN_DATA_H

#include "learn/feature.h"

/* Distinct hashes of each text and how often each occurs, by block, hashes rising. */
struct corpus {
	size_t n, cap;
	uint64_t *at;  /* n + 1: text i has [at[i], at[i + 1]) */
	uint64_t *mid; /* n: where its groups of letters begin */
	uint32_t *hash;
	uint16_t *count;
	size_t hash_cap;
};

void corpus_init(struct corpus *c);
void corpus_release(struct corpus *c);
void corpus_add(struct corpus *c, const struct feature_text *t);

/* Which features count, and where their row is. */
struct dict {
	uint32_t n;     /* rows */
	uint32_t *hash; /* of each row */
	float *idf;     /* of each row */
	uint8_t *block; /* of each row: enum feature_block */
	struct dict_slot {
		uint32_t hash, row; /* row + 1; 0 empty */
	} * slots;                  /* open addressing */
	uint32_t mask;
};

/* Takes the features of texts[0..n) of the corpus, most widespread first, at most max: stems and
 * pairs from one text on, groups of letters from two on. */
void dict_build(struct dict *d, const struct corpus *c, const uint32_t *texts, size_t n,
                size_t max);
/* The same from rows that are known: the array is not taken over and must outlive it. */
void dict_index(struct dict *d, uint32_t *hash, uint32_t n);
void dict_release(struct dict *d);

static inline uint32_t dict_slot(const struct dict *d, uint32_t hash)
{
	return (uint32_t)((hash * 0x9e3779b97f4a7c15) >> 32) & d->mask;
}

/* The row of a hash + 1, or 0. */
static inline uint32_t dict_find(const struct dict *d, uint32_t hash)
{
	for (uint32_t i = dict_slot(d, hash);; i = (i + 1) & d->mask)
		if (d->slots[i].row == 0 || d->slots[i].hash == hash)
			return d->slots[i].row;
}

/* Sparse rows: text i has row[k], value[k] for k in [at[i], at[i + 1]). */
struct dataset {
	size_t n, features; /* texts; columns */
	uint64_t *at;
	uint32_t *row;
	float *value;
	uint32_t *label;
	float *weight;
	size_t labels;
};

/* What a learner sees of a text. */
enum view { VIEW_ALL, VIEW_STEMS, VIEW_LETTERS };

/* (1 + ln count) * idf, each block brought to length 1, then the whole. */
void dataset_build(struct dataset *s, const struct corpus *c, const struct dict *d,
                   const uint32_t *texts, size_t n, const uint32_t *label, const float *weight,
                   size_t labels, enum view view);
/* Appends `n` made-up texts with the label `none`: random halves of the features of two texts with
 * different labels, and so nothing that anybody would write about one of them. */
void dataset_cross(struct dataset *s, size_t n, uint32_t none, uint64_t seed);
void dataset_release(struct dataset *s);

/* A small generator of numbers that only has to be fast and the same everywhere (splitmix64). */
static inline uint64_t learn_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}
/* 0 <= x < 1 */
static inline float learn_random_unit(uint64_t *state)
{
	return (float)(learn_random(state) >> 40) * 0x1p-24f;
}
void learn_shuffle(uint32_t *p, size_t n, uint64_t *state);

#endif
