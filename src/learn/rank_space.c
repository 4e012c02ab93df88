/* rank_space.c: the space of meanings: subspace iteration on a sparse matrix.
 *
 * Only the space matters, not its axes, for cosines within it do not change when
 * the axes turn; so the vectors are made orthogonal and nothing more.
 */
#include <math.h>

#include "learn/rank_internal.h"

static uint64_t next_random(uint64_t *s)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15u; /* SplitMix64 */
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Sums of products of the columns. */
static void products(const float *v, size_t rows, size_t dims, double *g)
{
	memset(g, 0, sizeof(double) * RANK_SENSES * RANK_SENSES);
	for (size_t i = 0; i < rows; i++) {
		const float *r = v + i * RANK_SENSES;
		for (size_t j = 0; j < dims; j++) {
			double x = r[j];
			for (size_t k = 0; x != 0 && k <= j; k++)
				g[j * RANK_SENSES + k] += x * r[k];
		}
	}
}

/* g = L L^T in place (A. Cholesky); a column that depends on those before it gets 0 on the
 * diagonal. */
static void factor(double *g, size_t dims)
{
	for (size_t j = 0; j < dims; j++) {
		double *row = g + j * RANK_SENSES, own = row[j];
		for (size_t k = 0; k < j; k++) {
			const double *other = g + k * RANK_SENSES;
			double x = row[k];
			for (size_t m = 0; m < k; m++)
				x -= row[m] * other[m];
			row[k] = other[k] > 0 ? x / other[k] : 0;
		}
		double left = own;
		for (size_t k = 0; k < j; k++)
			left -= row[k] * row[k];
		row[j] = left > own * 1e-9 && left > 1e-30 ? sqrt(left) : 0;
	}
}

/* Columns orthonormal, a column that depends on others zero: each row times the inverse of L^T,
 * twice for precision (CholeskyQR2: Y. Yamamoto et al., 2015). */
static void orthonormal(float *v, size_t rows, size_t dims)
{
	double *g = xcalloc(RANK_SENSES * RANK_SENSES, sizeof *g);
	for (int twice = 0; twice < 2; twice++) {
		products(v, rows, dims, g);
		factor(g, dims);
		for (size_t i = 0; i < rows; i++) {
			float *r = v + i * RANK_SENSES;
			double out[RANK_SENSES];
			for (size_t j = 0; j < dims; j++) {
				const double *row = g + j * RANK_SENSES;
				double x = r[j];
				for (size_t k = 0; k < j; k++)
					x -= row[k] * out[k];
				out[j] = row[j] > 0 ? x / row[j] : 0;
			}
			for (size_t j = 0; j < dims; j++)
				r[j] = (float)out[j];
		}
	}
	free(g);
}

static void add_row(float *to, const float *from, float by)
{
	for (size_t k = 0; k < RANK_SENSES; k++)
		to[k] += by * from[k];
}

float *rank_space(const struct rank_rows *m, size_t dims, int rounds, uint64_t seed)
{
	float *v = xcalloc(m->columns * RANK_SENSES, sizeof *v);
	float *u = xcalloc(m->rows * RANK_SENSES, sizeof *u);
	for (size_t i = 0; i < m->columns; i++)
		for (size_t k = 0; k < dims; k++)
			v[i * RANK_SENSES + k] =
			    (float)((double)(next_random(&seed) >> 11) / (double)(1ull << 52) - 1);
	for (int round = 0; round < rounds; round++) {
		memset(u, 0, m->rows * RANK_SENSES * sizeof *u);
		for (size_t r = 0; r < m->rows; r++)
			for (size_t c = m->first[r]; c < m->first[r + 1]; c++)
				add_row(u + r * RANK_SENSES,
				        v + (size_t)m->cells[c].column * RANK_SENSES,
				        m->cells[c].value);
		orthonormal(u, m->rows, dims);
		memset(v, 0, m->columns * RANK_SENSES * sizeof *v);
		for (size_t r = 0; r < m->rows; r++)
			for (size_t c = m->first[r]; c < m->first[r + 1]; c++)
				add_row(v + (size_t)m->cells[c].column * RANK_SENSES,
				        u + r * RANK_SENSES, m->cells[c].value);
	}
	orthonormal(v, m->columns, dims);
	free(u);
	return v;
}

double rank_sense_set(struct rank_sense *to, const float *v)
{
	double sum = 0;
	for (size_t k = 0; k < RANK_SENSES; k++)
		sum += (double)v[k] * v[k];
	double by = sum > 1e-20 ? 127 / sqrt(sum) : 0;
	for (size_t k = 0; k < RANK_SENSES; k++)
		to->at[k] = (int8_t)lround(v[k] * by);
	return sqrt(sum);
}
