/* rank_internal.h: what the index is made of; inside learn/rank* only.
 *
 * A text is compared by three kinds of terms, each in up to eight ways; every
 * pair of a kind and a way with a weight is a part of the score.
 */
#ifndef OTKLIK_LEARN_RANK_INTERNAL_H
#define OTKLIK_LEARN_RANK_INTERNAL_H

#include "learn/rank.h"
#include "learn/rank_terms.h"

enum rank_way {
	/* BM25F (S. Robertson, H. Zaragoza, 2009) of the title field, and of title and body. The
	 * title field is the title and the solved questions. */
	RANK_TITLE,
	RANK_BOTH,
	/* The cosine with the best of the views: the title, a solved question; and with the best
	 * sentence of the body. */
	RANK_VIEW,
	RANK_PASSAGE,
	/* The same four in the space of meanings. */
	RANK_SENSE_TITLE,
	RANK_SENSE_BOTH,
	RANK_SENSE_VIEW,
	RANK_SENSE_PASSAGE,
	RANK_WAYS
};
#define RANK_PARTS (RANK_KINDS * RANK_WAYS)

/* Dimensions of a space of meanings: those that the documents do not fill are 0. A constant, so
 * that the compiler can do several at once. */
#define RANK_SENSES 96

/* The settings of the measure: the same for all data (doc/rank.md). */
struct rank_tune {
	float weight[RANK_KINDS][RANK_WAYS];
	float k1, b_title, b_body, title_boost;
	int rounds; /* of the subspace iteration */
	int senses; /* at most RANK_SENSES */
};
extern const struct rank_tune rank_tuned;

struct rank_post {
	uint32_t doc;
	float title, both; /* BM25F, with the term's rarity */
};

struct rank_seen {
	uint32_t view;
	float weight; /* tf-idf in a vector of length 1 */
};

struct rank_sense {
	int8_t at[RANK_SENSES]; /* a unit vector times 127 */
};

/* What a term adds to a meaning. */
struct rank_term_sense {
	float length; /* of the vector, by 127 */
	struct rank_sense way;
};

/* Tables that no weight asks for are NULL. */
struct rank_kind {
	struct rank_dict dict;
	uint32_t *first; /* dict.n + 1 places in posts */
	struct rank_post *posts;
	uint32_t *first_seen; /* the same of seen */
	struct rank_seen *seen;
	float *idf;                             /* over views and passages */
	struct rank_term_sense *senses;         /* dict.n of them */
	struct rank_sense *title, *both, *view; /* rows: documents, documents, views */
};

struct rank_view {
	uint32_t doc;
	bool passage; /* a sentence of the body; else the title or a solved question */
};

struct rank_index {
	size_t n, n_views;
	struct rank_options o;
	struct rank_tune tune;
	str *ids;
	struct rank_view *views;
	struct rank_kind kind[RANK_KINDS];
	struct rank_ideas *ideas;
	struct arena *arena; /* ids */
	size_t memory;
};

struct rank_index *rank_new_tuned(const struct rank_doc *docs, size_t n,
                                  const struct rank_options *o, const struct rank_tune *tune)
    __attribute__((returns_nonnull));

/* ---- the space of meanings ---- */

struct rank_cell {
	uint32_t column;
	float value;
};
/* A sparse matrix by rows. */
struct rank_rows {
	size_t rows, columns;
	const size_t *first; /* rows + 1 places in cells */
	const struct rank_cell *cells;
};
/* An orthonormal base of about the space that the first `dims` right singular vectors span, by
 * subspace iteration (N. Halko, P. Martinsson, J. Tropp, 2011): `columns` rows of RANK_SENSES
 * numbers, those from dims on 0; on the heap. */
float *rank_space(const struct rank_rows *m, size_t dims, int rounds, uint64_t seed);
/* To length 127 and whole numbers; returns the length it had. */
double rank_sense_set(struct rank_sense *to, const float *v);
static inline int32_t rank_sense_dot(const struct rank_sense *x, const struct rank_sense *y)
{
	int32_t sum = 0;
	for (int k = 0; k < RANK_SENSES; k++)
		sum += x->at[k] * y->at[k];
	return sum;
}

/* ---- one query ---- */

struct rank_query {
	struct rank_text text;
	struct rank_asked {
		uint32_t term;
		float times;
	} * asked[RANK_KINDS];                           /* different terms that the index has */
	size_t n_asked[RANK_KINDS], strange[RANK_KINDS]; /* strange: terms that it has not */
	float *parts;                                    /* RANK_PARTS rows of n, as they are */
	float *total;                                    /* n: the sum of the parts on one scale */
};
void rank_score(struct arena *a, const struct rank_index *x, str text, struct rank_query *q);

/* What tells whether the best document answers; next: the second one's total. */
#define RANK_SIGNS 10
void rank_signs(struct arena *a, const struct rank_index *x, const struct rank_query *q, size_t doc,
                float next, float signs[RANK_SIGNS]);

#endif
