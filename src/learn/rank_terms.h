/* rank_terms.h: a text as the terms that it is compared by; inside learn/ only.
 *
 * Terms are 64-bit hashes: two different terms with one hash are taken for one
 * term, which costs a wrong match and nothing else.
 */
#ifndef OTKLIK_LEARN_RANK_TERMS_H
#define OTKLIK_LEARN_RANK_TERMS_H

#include "base/str.h"
#include "base/vec.h"

struct stemmer;
struct rank_ideas;

enum rank_kinds {
	RANK_GRAM, /* runs of 3 to 5 letters of ^word$ */
	RANK_STEM,
	RANK_IDEA, /* the meanings that rules/synonyms.txt gives a word, else its stem */
	RANK_KINDS
};

struct rank_term {
	uint64_t hash;
	float weight;  /* 1; less where a word has several meanings */
	uint32_t word; /* the (first) word it came from */
};

struct rank_word {
	str text; /* folded; lives in the arena */
	uint64_t stem;
	bool upper; /* begins with a capital */
	bool code;  /* has digits: a number, a code */
};

struct rank_text {
	VEC(struct rank_word) words; /* in their order, with repetitions */
	struct rank_terms {
		struct rank_term *p;
		size_t n, cap;
	} terms[RANK_KINDS];
};

/* Adds the words of a text. */
void rank_words_add(struct arena *a, struct stemmer *s, str text, struct rank_text *t);
/* Adds the terms of text's first max_bytes. ideas may be NULL: then there are words and grams only.
 */
void rank_text_add(struct arena *a, struct stemmer *s, const struct rank_ideas *ideas, str text,
                   size_t max_bytes, struct rank_text *t);

/* rules/synonyms.txt as it is compiled in. */
str rank_synonyms(void);
/* rules: see rules/synonyms.txt. The caller calls rank_ideas_free. */
struct rank_ideas *rank_ideas_new(struct stemmer *s, str rules);
void rank_ideas_free(struct rank_ideas *d);          /* NULL is fine */
size_t rank_ideas_count(const struct rank_ideas *d); /* different words and phrases */

/* From hashes to small numbers, in the order of first use. */
struct rank_dict {
	uint64_t *keys; /* 0: free */
	uint32_t *ids;
	size_t n, cap; /* cap: 0 or a power of two */
};
#define RANK_NONE UINT32_MAX

void rank_dict_release(struct rank_dict *d);
uint32_t rank_dict_add(struct rank_dict *d, uint64_t key);
uint32_t rank_dict_get(const struct rank_dict *d, uint64_t key);

#endif
