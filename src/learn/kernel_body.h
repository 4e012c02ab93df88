/* kernel_body.h: the loops of kernel.h, included once for each set by kernel.c, which defines
 * KERNEL_FN(name), the attributes of a function, and KERNEL_SQRT(v), the square root of a vector.
 *
 * The vectors are the compiler's own, so plain machines run the same code in smaller pieces.
 */

KERNEL_ATTR static void KERNEL_FN(add)(float *y, const float *x, float a, size_t n)
{
	for (size_t i = 0; i < n; i += KERNEL_LANES)
		*(vf *)(y + i) += a * *(const vf *)(x + i);
}

/* Eight vectors of sums stay in registers while all rows go by. */
KERNEL_ATTR static void KERNEL_FN(sum_i8)(float *y, const int8_t *base, const uint32_t *at,
                                          size_t stride, const float *weight, size_t rows, size_t n)
{
	size_t c = 0;
	for (; c + 8 * KERNEL_LANES <= n; c += 8 * KERNEL_LANES) {
		vf *to = (vf *)(y + c);
		vf s0 = to[0], s1 = to[1], s2 = to[2], s3 = to[3];
		vf s4 = to[4], s5 = to[5], s6 = to[6], s7 = to[7];
		for (size_t i = 0; i < rows; i++) {
			const int8_t *q = base + at[i] * stride + c;
			float w = weight[i];
			s0 += w * KERNEL_LOAD_I8(q);
			s1 += w * KERNEL_LOAD_I8(q + KERNEL_LANES);
			s2 += w * KERNEL_LOAD_I8(q + 2 * KERNEL_LANES);
			s3 += w * KERNEL_LOAD_I8(q + 3 * KERNEL_LANES);
			s4 += w * KERNEL_LOAD_I8(q + 4 * KERNEL_LANES);
			s5 += w * KERNEL_LOAD_I8(q + 5 * KERNEL_LANES);
			s6 += w * KERNEL_LOAD_I8(q + 6 * KERNEL_LANES);
			s7 += w * KERNEL_LOAD_I8(q + 7 * KERNEL_LANES);
		}
		to[0] = s0, to[1] = s1, to[2] = s2, to[3] = s3;
		to[4] = s4, to[5] = s5, to[6] = s6, to[7] = s7;
	}
	for (; c < n; c += KERNEL_LANES) {
		vf s = *(vf *)(y + c);
		for (size_t i = 0; i < rows; i++)
			s += weight[i] * KERNEL_LOAD_I8(base + at[i] * stride + c);
		*(vf *)(y + c) = s;
	}
}

KERNEL_ATTR static float KERNEL_FN(dot)(const float *x, const float *y, size_t n)
{
	vf sum = {0};
	for (size_t i = 0; i < n; i += KERNEL_LANES)
		sum += *(const vf *)(x + i) * *(const vf *)(y + i);
	return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

KERNEL_ATTR static void KERNEL_FN(step)(float *w, float *s, const float *g, float a, float rate,
                                        size_t n)
{
	for (size_t i = 0; i < n; i += KERNEL_LANES) {
		vf d = a * *(const vf *)(g + i);
		vf t = *(vf *)(s + i) + d * d;
		*(vf *)(s + i) = t;
		*(vf *)(w + i) -= rate * d * KERNEL_RSQRT(t);
	}
}

KERNEL_ATTR static float KERNEL_FN(dual)(const float *margin, float *alpha, float *delta,
                                         size_t own, float c, float q, size_t n)
{
	vf most = {0};
	float inverse = 1 / q;
	for (size_t i = 0; i < n; i += KERNEL_LANES) {
		vf y = {-1, -1, -1, -1, -1, -1, -1, -1};
		if (own - i < KERNEL_LANES)
			y[own - i] = 1;
		vf was = *(vf *)(alpha + i);
		vf now = was - (y * *(const vf *)(margin + i) - 1 + c * was) * inverse;
		now = KERNEL_WHERE(now > 0, now);
		vf d = now - was;
		vf far = (vf)((vi)d & 0x7fffffff);
		most += KERNEL_WHERE(far > most, far - most);
		*(vf *)(alpha + i) = now;
		*(vf *)(delta + i) = y * d;
	}
	float m = 0;
	for (int i = 0; i < KERNEL_LANES; i++)
		m = most[i] > m ? most[i] : m;
	return m * q;
}

/* 2^(x / ln 2): the whole part goes into the exponent's bits, the rest into a polynomial. */
KERNEL_ATTR static float KERNEL_FN(exps)(float *x, float max, size_t n)
{
	vf sum = {0};
	for (size_t i = 0; i < n; i += KERNEL_LANES) {
		vf v = (*(vf *)(x + i) - max) * 1.44269504f;
		v = KERNEL_WHERE(v > -100, v + 100) - 100;
		vf shifted = v + 12582912.0f; /* 1.5 * 2^23: the sum is rounded to a whole number */
		vi whole = (vi)shifted - 0x4b400000;
		vf f = (v - (shifted - 12582912.0f)) * 0.69314718f;
		vf e =
		    1 +
		    f * (1 + f * (.5f + f * (.16666667f + f * (.041666667f + f * .0083333333f))));
		vi bits = (whole + 127) << 23;
		e *= (vf)bits;
		*(vf *)(x + i) = e;
		sum += e;
	}
	return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

/* x = m 2^e with m in [.7, 1.4): ln m by the series of artanh((m - 1) / (m + 1)). */
KERNEL_ATTR static void KERNEL_FN(logs)(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i += KERNEL_LANES) {
		vi bits = (vi) * (const vf *)(x + i);
		vi e = (bits - 0x3f3504f3) >> 23;
		vf m = (vf)(bits - (e << 23));
		vf t = (m - 1) / (m + 1), s = t * t;
		vf l =
		    2 * t * (1 + s * (.33333333f + s * (.2f + s * (.14285714f + s * .11111111f))));
		*(vf *)(y + i) = l + .69314718f * __builtin_convertvector(e, vf);
	}
}

static const struct kernel KERNEL_SET = {
    KERNEL_NAME,     KERNEL_FN(add),  KERNEL_FN(sum_i8), KERNEL_FN(dot),
    KERNEL_FN(step), KERNEL_FN(dual), KERNEL_FN(exps),   KERNEL_FN(logs),
};
