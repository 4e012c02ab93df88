/* pairs_trees.c: boosted trees over a few dozen numbers. */
#include <math.h>

#include "learn/pairs_internal.h"

#define BINS 48

struct grow {
	const float *x;
	const bool *same;
	size_t n;
	const struct pairs_boost *o;
	float edge[PAIRS_FEATURES][BINS]; /* the highest value of each bin */
	uint8_t *bin;                     /* n rows of PAIRS_FEATURES */
	float *said, *slope, *bend;       /* by row: log-odds so far, derivatives of the loss */
	uint8_t *node; /* by row: its node in the tree that grows; PAIRS_INNER.. are leaves */
	uint32_t *rows;
	size_t n_rows;
	uint64_t random;
};

static double draw(struct grow *g)
{
	uint64_t z = g->random += 0x9e3779b97f4a7c15u; /* SplitMix64 */
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) / (double)(1ull << 53);
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

static void make_bins(struct grow *g)
{
	float *v = xcalloc(g->n, sizeof *v);
	for (size_t f = 0; f < PAIRS_FEATURES; f++) {
		for (size_t i = 0; i < g->n; i++)
			v[i] = g->x[i * PAIRS_FEATURES + f];
		qsort(v, g->n, sizeof *v, by_value);
		for (size_t b = 0; b < BINS; b++)
			g->edge[f][b] = v[(b + 1) * g->n / BINS - 1];
		for (size_t i = 0; i < g->n; i++) {
			size_t b = 0;
			while (b < BINS - 1 && g->x[i * PAIRS_FEATURES + f] > g->edge[f][b])
				b++;
			g->bin[i * PAIRS_FEATURES + f] = (uint8_t)b;
		}
	}
	free(v);
}

struct sum {
	double slope, bend;
	size_t n;
};

static double gain(const struct sum *s, float ridge)
{
	return s->slope * s->slope / (s->bend + ridge);
}

/* The best question for one node; false: none helps. */
static bool best_split(const struct grow *g, struct sum table[PAIRS_FEATURES][BINS],
                       const bool *allowed, uint32_t *feature, uint32_t *bin)
{
	double best = 1e-6;
	for (uint32_t f = 0; f < PAIRS_FEATURES; f++) {
		struct sum all = {0}, left = {0};
		for (size_t b = 0; allowed[f] && b < BINS; b++) {
			all.slope += table[f][b].slope;
			all.bend += table[f][b].bend;
			all.n += table[f][b].n;
		}
		for (uint32_t b = 0; allowed[f] && b + 1 < BINS; b++) {
			left.slope += table[f][b].slope;
			left.bend += table[f][b].bend;
			left.n += table[f][b].n;
			struct sum right = {all.slope - left.slope, all.bend - left.bend,
			                    all.n - left.n};
			if (left.n < g->o->leaf_min || right.n < g->o->leaf_min)
				continue;
			double better = gain(&left, g->o->ridge) + gain(&right, g->o->ridge) -
			                gain(&all, g->o->ridge);
			if (better > best) {
				best = better;
				*feature = f;
				*bin = b;
			}
		}
	}
	return best > 1e-6;
}

static void fill_table(const struct grow *g, size_t node, struct sum table[PAIRS_FEATURES][BINS])
{
	memset(table, 0, sizeof(struct sum) * PAIRS_FEATURES * BINS);
	for (size_t r = 0; r < g->n_rows; r++) {
		size_t i = g->rows[r];
		const uint8_t *bin = g->bin + i * PAIRS_FEATURES;
		if (g->node[i] != node)
			continue;
		for (size_t f = 0; f < PAIRS_FEATURES; f++) {
			struct sum *s = &table[f][bin[f]];
			s->slope += g->slope[i];
			s->bend += g->bend[i];
			s->n++;
		}
	}
}

static void split(struct grow *g, struct pairs_tree *t, size_t node, const bool *allowed,
                  struct sum table[PAIRS_FEATURES][BINS])
{
	uint32_t feature = 0, bin = BINS - 1;
	fill_table(g, node, table);
	bool found = best_split(g, table, allowed, &feature, &bin);
	t->feature[node] = feature;
	t->limit[node] = found ? g->edge[feature][bin] : INFINITY; /* else all go left */
	for (size_t i = 0; i < g->n; i++)
		if (g->node[i] == node)
			g->node[i] =
			    (uint8_t)(2 * node + 1 +
			              (g->x[i * PAIRS_FEATURES + feature] > t->limit[node]));
}

static void grow_tree(struct grow *g, struct pairs_tree *t, struct sum table[PAIRS_FEATURES][BINS])
{
	bool allowed[PAIRS_FEATURES];
	struct sum leaf[PAIRS_LEAVES] = {0};
	g->n_rows = 0;
	for (uint32_t i = 0; i < g->n; i++) {
		float p = 1 / (1 + expf(-g->said[i]));
		g->slope[i] = (float)g->same[i] - p;
		g->bend[i] = p * (1 - p);
		g->node[i] = 0;
		if (draw(g) < g->o->sample)
			g->rows[g->n_rows++] = i;
	}
	for (size_t f = 0; f < PAIRS_FEATURES; f++)
		allowed[f] = draw(g) < g->o->columns;
	for (size_t node = 0; node < PAIRS_INNER; node++)
		split(g, t, node, allowed, table);
	for (size_t r = 0; r < g->n_rows; r++) {
		size_t i = g->rows[r];
		struct sum *s = &leaf[g->node[i] - PAIRS_INNER];
		s->slope += g->slope[i];
		s->bend += g->bend[i];
	}
	for (size_t k = 0; k < PAIRS_LEAVES; k++)
		t->leaf[k] = (float)(g->o->rate * leaf[k].slope / (leaf[k].bend + g->o->ridge));
	for (size_t i = 0; i < g->n; i++)
		g->said[i] += t->leaf[g->node[i] - PAIRS_INNER];
}

struct pairs_tree *pairs_trees(const float *x, const bool *same, size_t n, float start,
                               const struct pairs_boost *o)
{
	struct grow *g = xcalloc(1, sizeof *g);
	*g = (struct grow){.x = x, .same = same, .n = n, .o = o, .random = o->seed};
	struct pairs_tree *t = xcalloc(o->trees, sizeof *t);
	struct sum(*table)[BINS] = xcalloc(PAIRS_FEATURES, sizeof *table);
	g->bin = xcalloc(n * PAIRS_FEATURES, 1);
	g->said = xcalloc(n, sizeof *g->said);
	g->slope = xcalloc(n, sizeof *g->slope);
	g->bend = xcalloc(n, sizeof *g->bend);
	g->node = xcalloc(n, 1);
	g->rows = xcalloc(n, sizeof *g->rows);
	for (size_t i = 0; i < n; i++)
		g->said[i] = start;
	make_bins(g);
	for (size_t k = 0; k < o->trees; k++)
		grow_tree(g, &t[k], table);
	void *const owned[] = {g->bin, g->said, g->slope, g->bend, g->node, g->rows, table, g};
	for (size_t i = 0; i < COUNT_OF(owned); i++)
		free(owned[i]);
	return t;
}

float pairs_trees_say(const struct pairs_tree *t, size_t trees, const float *x)
{
	float sum = 0;
	for (size_t k = 0; k < trees; k++) {
		size_t node = 0;
		while (node < PAIRS_INNER)
			node = 2 * node + 1 + (x[t[k].feature[node]] > t[k].limit[node]);
		sum += t[k].leaf[node - PAIRS_INNER];
	}
	return sum;
}
