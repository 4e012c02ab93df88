/* net.h: the two kinds of learners: a small net over summed rows, and one linear machine a label.
 *
 * Both keep a matrix with one row a feature, so that a text is the sum of its features' rows.
 * Labels are padded to KERNEL_PAD lanes; what stands in the padding means nothing.
 */
#ifndef OTKLIK_LEARN_NET_H
#define OTKLIK_LEARN_NET_H

#include <stdatomic.h>

#include "learn/data.h"
#include "learn/kernel.h"

struct net_options {
	uint64_t seed;
	int hidden; /* a multiple of KERNEL_LANES */
	int epochs;
	float rate;
	float drop_features, drop_hidden;
	int company;  /* so many times rows take on what they stand with; 0: they begin anyhow */
	float enough; /* texts whose label has 1 - enough of the probability teach nothing more */
	const atomic_bool
	    *stop; /* may be NULL; what comes out of a stopped training is of no use */
};

/* relu(sum of rows + bias) * out + out_bias */
struct net {
	size_t features, hidden, labels, lanes; /* lanes: labels padded */
	float *rows;                            /* features x hidden */
	float *bias;                            /* hidden */
	float *out;                             /* hidden x lanes */
	float *out_bias;                        /* lanes */
};

void net_train(struct net *m, const struct dataset *s, const struct net_options *o);
void net_release(struct net *m);
/* Scores of text i, `lanes` of them. hidden: room for m->hidden. */
void net_scores(const struct net *m, const struct dataset *s, size_t i, float *hidden,
                float *scores);

struct linear_options {
	uint64_t seed;
	float c, eps;
	int passes; /* at most */
	const atomic_bool *stop;
};

struct linear {
	size_t features, labels, lanes;
	float *rows; /* features x lanes */
	float *bias; /* lanes */
};

void linear_train(struct linear *m, const struct dataset *s, const struct linear_options *o);
void linear_release(struct linear *m);
void linear_scores(const struct linear *m, const struct dataset *s, size_t i, float *scores);

#endif
