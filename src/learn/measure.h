/* measure.h: how well probabilities of labels fit what is true.
 *
 * A judged text is its true label and the probabilities of all labels, best first not needed.
 */
#ifndef OTKLIK_LEARN_MEASURE_H
#define OTKLIK_LEARN_MEASURE_H

#include "learn/model.h"

/* Answers of texts, `n` of them, one row each. */
struct answers {
	size_t n, labels;
	const uint32_t *truth;   /* n; a label >= labels is right for nobody */
	const uint32_t *guess;   /* n */
	const float *p;          /* n: probability of the guess */
	const float *confidence; /* n */
};

struct measures {
	double accuracy, macro_f1, ece, acc_at_80;
	struct model_label *labels; /* held, guessed, right are filled; names are not */
	struct model_point *curve;
	size_t curve_count;
	struct model_error *errors;
	size_t error_count;
};

/* Everything in the arena. macro_f1 is the mean over labels that occur in truth or guess; ece has
 * 15 bins of equal width; acc_at_80 is the accuracy of the 80 % with the highest confidence. */
void measure(struct arena *a, const struct answers *in, struct measures *out);
/* Within what bounds the true share lies, with 95 % certainty, when `right` of n were right: the
 * score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical
 * inference", J. Amer. Statist. Assoc. 22 (1927), which holds for few texts and at 100 % too. Of
 * none 0 to 1. */
void measure_interval(uint64_t right, uint64_t n, double *low, double *high);
/* The threshold under which `share` of the texts have their confidence. */
float measure_threshold(const float *confidence, size_t n, double share);

#endif
