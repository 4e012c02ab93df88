/* kernel.h: the inner loops of the categorizer, for the vector units this machine has.
 *
 * Two sets of the same functions, of one source (kernel_body.inc): for AVX2 with FMA, and plain C.
 * Their sums differ in the last bits only. Lengths n are multiples of KERNEL_LANES; pointers need
 * no alignment and do not overlap.
 */
#ifndef OTKLIK_LEARN_KERNEL_H
#define OTKLIK_LEARN_KERNEL_H

#include "base/base.h"

#define KERNEL_LANES 8
#define KERNEL_PAD(n) (((size_t)(n) + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES)

struct kernel {
	const char *name;
	/* y += a x */
	void (*add)(float *y, const float *x, float a, size_t n);
	/* The same where x is whole numbers; and x as such, with what brings them back. */
	void (*add_i16)(float *y, const int16_t *x, float a, size_t n);
	float (*to_i16)(int16_t *y, const float *x, size_t n);
	/* y += weight[i] * (row[i] of 8-bit numbers) over all i < rows; row i begins at
	 * base + at[i] * stride. */
	void (*sum_i8)(float *y, const int8_t *base, const uint32_t *at, size_t stride,
	               const float *weight, size_t rows, size_t n);
	/* The same of rows of floats; row i begins at base + at[i] * stride, in floats. */
	void (*sum)(float *y, const float *base, const uint32_t *at, size_t stride,
	            const float *weight, size_t rows, size_t n);
	/* The other way: row i += weight[i] * x. No row occurs twice. */
	void (*add_to)(float *base, const uint32_t *at, size_t stride, const float *weight,
	               size_t rows, const float *x, size_t n);
	float (*dot)(const float *x, const float *y, size_t n);
	/* A step of AdaGrad with the gradient a*g: s += (a g)^2, w -= rate a g / sqrt(s). */
	void (*step)(float *w, float *s, const float *g, float a, float rate, size_t n);
	/* The dual step of one example in n one-against-rest L2 machines: `margin` holds w.x, alpha
	 * the multipliers, `own` is the lane of its own label; delta gets what w changes by, times
	 * x. c: 1 / (2 C), q: |x|^2 + c. The largest change of a multiplier times q. */
	float (*dual)(const float *margin, float *alpha, float *delta, size_t own, float c, float q,
	              size_t n);
	/* x becomes exp(x - max), their sum is returned; relative error under 1e-5. */
	float (*exps)(float *x, float max, size_t n);
	/* x becomes the probabilities softmax(scale x) of the first `labels`, scale > 0; what is
	 * behind them up to n becomes 0. */
	void (*soften)(float *x, float scale, size_t labels, size_t n);
	/* y = ln(x) for normal x > 0; error under 1e-5. x and y may be the same. */
	void (*logs)(float *y, const float *x, size_t n);
};

/* The best one here; never NULL. */
const struct kernel *kernel_best(void);
const struct kernel *kernel_plain(void);

#endif
