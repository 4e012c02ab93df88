/* kernel_test.c: both sets of loops do the same, and what they should. */
#include "learn/kernel.h"

#include <math.h>

#include "base/test.h"
#include "learn/data.h"

#define N 72

static void fill(float *x, uint64_t seed)
{
	for (size_t i = 0; i < N; i++)
		x[i] = learn_random_unit(&seed) * 4 - 2;
}

static bool near_all(const float *x, const float *y)
{
	for (size_t i = 0; i < N; i++)
		if (fabsf(x[i] - y[i]) > 1e-5f * (1 + fabsf(x[i])))
			return false;
	return true;
}

TEST(vector_and_plain_loops_agree)
{
	const struct kernel *k[2] = {kernel_plain(), kernel_best()};
	float x[N], y[2][N], s[2][N], d[2][N], f[2];
	float z[4 * N], big[2][4 * N] = {0};
	int8_t q[4 * N];
	const uint32_t at[] = {3, 0, 2};
	const float weight[] = {.01f, -.02f, .005f};
	fill(x, 1);
	for (size_t i = 0; i < sizeof q; i++)
		z[i] = q[i] = (int8_t)((int)(i * 37 % 255) - 127);
	for (int i = 0; i < 2; i++) {
		fill(y[i], 2);
		fill(d[i], 3);
		for (size_t j = 0; j < N; j++)
			s[i][j] = .25f;
		k[i]->add(y[i], x, 1.5f, N);
		k[i]->sum_i8(y[i], q, at, N, weight, 3, N);
		k[i]->sum(y[i], z, at, N, weight, 3, N);
		fill(big[i], 9);
		k[i]->add_to(big[i], at, N, weight, 3, x, N);
		k[i]->step(y[i], s[i], x, .7f, .05f, N);
		f[i] = k[i]->dot(x, y[i], N);
	}
	CHECK(near_all(y[0], y[1]) && near_all(s[0], s[1]));
	for (size_t j = 0; j < 4; j++)
		CHECK(near_all(big[0] + j * N, big[1] + j * N));
	CHECK(fabsf(f[0] - f[1]) < 1e-4f * (1 + fabsf(f[0])));
	for (int i = 0; i < 2; i++) {
		fill(s[i], 4);
		for (size_t j = 0; j < N; j++)
			s[i][j] = s[i][j] < 0 ? 0 : s[i][j];
		f[i] = k[i]->dual(x, s[i], d[i], 11, .5f, 2.5f, N);
	}
	CHECK(near_all(s[0], s[1]) && near_all(d[0], d[1]));
	CHECK(fabsf(f[0] - f[1]) < 1e-4f);
	for (int i = 0; i < 2; i++) {
		fill(y[i], 5);
		f[i] = k[i]->exps(y[i], 2, N);
	}
	CHECK(near_all(y[0], y[1]));
	CHECK(fabsf(f[0] - f[1]) < 1e-4f * f[0]);
}

TEST(whole_numbers_come_back)
{
	const struct kernel *k[2] = {kernel_plain(), kernel_best()};
	float x[N], y[N], none[N] = {0};
	int16_t q[N];
	fill(x, 11);
	for (int i = 0; i < 2; i++) {
		memset(y, 0, sizeof y);
		float scale = k[i]->to_i16(q, x, N);
		k[i]->add_i16(y, q, scale, N);
		for (int j = 0; j < N; j++)
			CHECK(fabsf(x[j] - y[j]) < 1e-4f);
		CHECK(k[i]->to_i16(q, none, N) == 0 && q[3] == 0);
	}
}

TEST(softened_scores_are_probabilities)
{
	const struct kernel *k[2] = {kernel_plain(), kernel_best()};
	for (int i = 0; i < 2; i++) {
		float x[16] = {1, 3, -2, 3, 0, 5, 5, 5, -700, 4, 99, 99, 99, 99, 99, 99}, sum = 0;
		k[i]->soften(x, .5f, 10, 16);
		for (int j = 0; j < 10; j++)
			sum += x[j];
		CHECK(fabsf(sum - 1) < 1e-5f);
		CHECK(fabsf(x[5] / x[1] - expf(1)) < 1e-4f && x[8] < 1e-20f);
		for (int j = 10; j < 16; j++)
			CHECK(x[j] == 0);
	}
}

TEST(loops_compute_what_they_say)
{
	const struct kernel *k = kernel_best();
	float x[N], y[N], z[N], sum = 0, dot = 0;
	fill(x, 7);
	fill(y, 8);
	memcpy(z, y, sizeof z);
	k->add(z, x, 3, N);
	for (size_t i = 0; i < N; i++) {
		CHECK(fabsf(z[i] - (y[i] + 3 * x[i])) < 1e-5f);
		dot += x[i] * y[i];
	}
	CHECK(fabsf(k->dot(x, y, N) - dot) < 1e-4f);
	x[3] = -90; /* nearly nothing, but no fault */
	memcpy(z, x, sizeof z);
	float got = k->exps(z, 2, N);
	for (size_t i = 0; i < N; i++) {
		float want = expf(x[i] - 2);
		CHECK(fabsf(z[i] - want) <= 1e-5f * want + 1e-30f);
		sum += want;
	}
	CHECK(fabsf(got - sum) < 1e-4f * sum);
	for (size_t i = 0; i < N; i++)
		y[i] = ldexpf(1 + (float)i / N, (int)i - 50);
	k->logs(z, y, N);
	for (size_t i = 0; i < N; i++)
		CHECK(fabsf(z[i] - logf(y[i])) < 2e-5f);
}

TEST(a_dual_step_brings_the_margin_to_where_it_should_be)
{
	const struct kernel *k = kernel_best();
	float margin[8] = {0}, alpha[8] = {0}, delta[8];
	/* |x|^2 = 2, c = .5: the own label's multiplier becomes 1 / 2.5, others' too with y = -1.
	 */
	float worst = k->dual(margin, alpha, delta, 2, .5f, 2.5f, 8);
	CHECK(fabsf(worst - 1) < 1e-6f);
	for (int i = 0; i < 8; i++) {
		CHECK(fabsf(alpha[i] - .4f) < 1e-6f);
		CHECK(fabsf(delta[i] - (i == 2 ? .4f : -.4f)) < 1e-6f);
	}
}
