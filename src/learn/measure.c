/* measure.c: see measure.h. */
#include "learn/measure.h"

#include <math.h>

#define BINS 15
#define CURVE_POINTS 101
#define ERRORS_MAX 2000

void measure_interval(uint64_t right, uint64_t n, double *low, double *high)
{
	const double z = 1.959964; /* of the normal distribution, .025 beyond it on either side */
	*low = 0;
	*high = 1;
	if (n == 0)
		return;
	double N = (double)n, p = (double)(right < n ? right : n) / N, z2 = z * z;
	double middle = (p + z2 / (2 * N)) / (1 + z2 / N);
	double half = z / (1 + z2 / N) * sqrt(p * (1 - p) / N + z2 / (4 * N * N));
	*low = fmax(0, middle - half);
	*high = fmin(1, middle + half);
}

static int falling(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return x > y ? -1 : x < y;
}

float measure_threshold(const float *confidence, size_t n, double share)
{
	if (n == 0)
		return 0;
	float *sorted = xmalloc(n * sizeof *sorted);
	memcpy(sorted, confidence, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, falling);
	size_t keep = n - (size_t)((double)n * share + .5);
	/* Between the last that is kept and the first that is not. */
	float t = keep == 0   ? nextafterf(sorted[0], 2)
	          : keep >= n ? 0
	                      : sorted[keep - 1] / 2 + sorted[keep] / 2;
	free(sorted);
	return t;
}

static void by_label(struct arena *a, const struct answers *in, struct measures *out)
{
	out->labels = ARENA_ARRAY(a, in->labels, struct model_label);
	size_t right = 0, seen = 0;
	double f1 = 0;
	for (size_t i = 0; i < in->n; i++) {
		out->labels[in->guess[i]].guessed++;
		if (in->truth[i] >= in->labels)
			continue;
		out->labels[in->truth[i]].held++;
		if (in->truth[i] == in->guess[i]) {
			out->labels[in->truth[i]].right++;
			right++;
		}
	}
	for (size_t l = 0; l < in->labels; l++) {
		const struct model_label *x = &out->labels[l];
		if (x->held + x->guessed == 0)
			continue;
		f1 += 2.0 * x->right / (x->held + x->guessed);
		seen++;
	}
	out->accuracy = in->n ? (double)right / (double)in->n : 0;
	out->macro_f1 = seen ? f1 / (double)seen : 0;
}

static double calibration(const struct answers *in)
{
	double p[BINS] = {0}, right[BINS] = {0}, sum = 0;
	for (size_t i = 0; i < in->n; i++) {
		int b = (int)(in->p[i] * BINS);
		b = b < 0 ? 0 : b >= BINS ? BINS - 1 : b;
		p[b] += in->p[i];
		right[b] += in->truth[i] == in->guess[i];
	}
	for (int b = 0; b < BINS; b++)
		sum += fabs(p[b] - right[b]);
	return in->n ? sum / (double)in->n : 0;
}

struct judged {
	float confidence;
	uint32_t right;
};

static int by_confidence(const void *a, const void *b)
{
	const struct judged *x = a, *y = b;
	if (x->confidence != y->confidence)
		return x->confidence > y->confidence ? -1 : 1;
	return x->right < y->right ? -1 : x->right > y->right; /* ties: the wrong ones first */
}

static void curve(struct arena *a, const struct answers *in, struct measures *out)
{
	if (in->n == 0)
		return;
	struct judged *j = xmalloc(in->n * sizeof *j);
	for (size_t i = 0; i < in->n; i++)
		j[i] = (struct judged){in->confidence[i], in->truth[i] == in->guess[i]};
	qsort(j, in->n, sizeof *j, by_confidence);
	out->curve = ARENA_ARRAY(a, CURVE_POINTS, struct model_point);
	size_t points = in->n < CURVE_POINTS ? in->n : CURVE_POINTS, right = 0, at = 0;
	/* Filled from the end: the surest few have the highest threshold. */
	for (size_t k = 1; k <= points; k++) {
		size_t upto = in->n * k / points;
		for (; at < upto; at++)
			right += j[at].right;
		out->curve[points - k] =
		    (struct model_point){.threshold = k == points ? 0 : j[upto - 1].confidence,
		                         .coverage = (float)upto / (float)in->n,
		                         .accuracy = (float)right / (float)upto};
	}
	out->curve_count = points;
	size_t upto = in->n * 4 / 5, sure = 0;
	for (size_t i = 0; i < upto; i++)
		sure += j[i].right;
	out->acc_at_80 = upto ? (double)sure / (double)upto : 0;
	free(j);
}

static int by_pair(const void *a, const void *b)
{
	const struct model_error *x = a, *y = b;
	if (x->truth != y->truth)
		return x->truth < y->truth ? -1 : 1;
	return x->guess < y->guess ? -1 : x->guess > y->guess;
}

static int by_count(const void *a, const void *b)
{
	const struct model_error *x = a, *y = b;
	return x->count != y->count ? (x->count > y->count ? -1 : 1) : by_pair(a, b);
}

static void confusions(struct arena *a, const struct answers *in, struct measures *out)
{
	struct model_error *e = ARENA_ARRAY(a, in->n + 1, struct model_error);
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < in->n; i++)
		if (in->truth[i] != in->guess[i] && in->truth[i] < in->labels)
			e[n++] = (struct model_error){in->truth[i], in->guess[i], 1};
	if (n)
		qsort(e, n, sizeof *e, by_pair);
	for (size_t i = 0; i < n; i++) {
		if (kept && by_pair(&e[kept - 1], &e[i]) == 0)
			e[kept - 1].count++;
		else
			e[kept++] = e[i];
	}
	if (kept)
		qsort(e, kept, sizeof *e, by_count);
	out->errors = e;
	out->error_count = kept < ERRORS_MAX ? kept : ERRORS_MAX;
}

void measure(struct arena *a, const struct answers *in, struct measures *out)
{
	*out = (struct measures){0};
	by_label(a, in, out);
	out->ece = calibration(in);
	curve(a, in, out);
	confusions(a, in, out);
}
