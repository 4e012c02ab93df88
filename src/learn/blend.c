/* blend.c: the members' scores become one set of probabilities, and a confidence. */
#include "learn/learn_internal.h"

#include <math.h>

float blend_scores(const struct kernel *k, const struct blend *b, float *const *net_scores,
                   int nets, float *linear_scores, size_t labels, float *out)
{
	size_t lanes = KERNEL_PAD(labels + 1);
	float none = 0;
	memset(out, 0, lanes * sizeof *out);
	for (int m = 0; m < nets; m++) {
		k->soften(net_scores[m], b->net_scale, labels + 1, lanes);
		float without = 1 - net_scores[m][labels];
		none += net_scores[m][labels] / (float)nets;
		k->add(out, net_scores[m], b->net_share / (float)nets / (without + 1e-9f), lanes);
	}
	out[labels] = 0;
	k->soften(linear_scores, b->linear_scale, labels, KERNEL_PAD(labels));
	k->add(out, linear_scores, 1 - b->net_share, KERNEL_PAD(labels));
	for (size_t l = 0; l < lanes; l++)
		out[l] += 1e-12f;
	k->logs(out, out, lanes);
	k->soften(out, b->sharpen, labels, lanes);
	return none;
}

struct blended blend_judge(const struct kernel *k, const struct blend *b, const float *p,
                           float none, size_t labels)
{
	struct blended r = {0};
	float entropy = 0;
	for (size_t l = 0; l < labels; l += KERNEL_LANES) {
		float x[KERNEL_LANES], y[KERNEL_LANES];
		for (size_t i = 0; i < KERNEL_LANES; i++)
			x[i] = (l + i < labels ? p[l + i] : 0) + 1e-12f;
		k->logs(y, x, KERNEL_LANES);
		for (size_t i = 0; i < KERNEL_LANES; i++)
			entropy -= x[i] * y[i];
	}
	for (size_t l = 0; l < labels; l++)
		if (p[l] > p[r.best])
			r.best = (uint32_t)l;
	r.p = p[r.best];
	r.entropy = entropy / logf((float)labels);
	r.entropy = r.entropy < 0 ? 0 : r.entropy > 1 ? 1 : r.entropy;
	r.confidence = powf(1 - r.entropy, b->sure_power) * (1 - none);
	return r;
}
