/* split.c: see split.h.
 *
 * Near-duplicates are found by small sketches: of eight different mixings of the hashes of its
 * stems and pairs, a text keeps the least; two texts with most of them in common share most of
 * what they say (Broder's minhash). Texts are joined in groups, and groups are dealt out.
 */
#include "learn/split.h"

#define SKETCH 12
#define BAND 4 /* so many equal ones next to each other make two texts one group */

struct band {
	uint64_t key;
	uint32_t text;
};

static int by_key(const void *a, const void *b)
{
	const struct band *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->text < y->text ? -1 : x->text > y->text;
}

static uint32_t root_of(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

static void sketch(const struct corpus *c, size_t text, uint32_t *out)
{
	memset(out, 0xff, SKETCH * sizeof *out);
	for (uint64_t k = c->at[text]; k < c->mid[text]; k++)
		for (uint32_t s = 0; s < SKETCH; s++) {
			uint64_t h = (c->hash[k] ^ (s * 0x85ebca6bULL + 1)) * 0x9fb21c651e98df25;
			uint32_t v = (uint32_t)(h >> 32 ^ h >> 16);
			out[s] = v < out[s] ? v : out[s];
		}
}

static void join_near(const struct corpus *c, size_t n, uint32_t *parent)
{
	size_t bands = SKETCH / BAND;
	struct band *b = xmalloc((n * bands + 1) * sizeof *b);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t s[SKETCH];
		parent[i] = i;
		sketch(c, i, s);
		for (size_t k = 0; k < bands; k++) {
			uint64_t key = k + 1;
			for (size_t j = 0; j < BAND; j++)
				key = (key ^ s[k * BAND + j]) * 0x9e3779b97f4a7c15 + (key >> 31);
			b[i * bands + k] = (struct band){key, i};
		}
	}
	if (n)
		qsort(b, n * bands, sizeof *b, by_key);
	for (size_t i = 1; i < n * bands; i++)
		if (b[i].key == b[i - 1].key)
			parent[root_of(parent, b[i].text)] = root_of(parent, b[i - 1].text);
	free(b);
}

void split_folds(const struct corpus *c, const uint32_t *label, size_t n, size_t labels,
                 size_t folds, uint64_t seed, uint8_t *fold)
{
	uint32_t *parent = xmalloc((n + 1) * sizeof *parent),
	         *order = xmalloc((n + 1) * sizeof *order);
	uint32_t *next = xcalloc(labels + 1, sizeof *next);
	uint64_t random = seed;
	join_near(c, n, parent);
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	learn_shuffle(order, n, &random);
	memset(fold, 0xff, n);
	/* A label's groups go round; each label begins elsewhere, so that parts are of one size. */
	for (size_t l = 0; l < labels; l++)
		next[l] = (uint32_t)(learn_random(&random) % folds);
	for (size_t i = 0; i < n; i++) {
		uint32_t root = root_of(parent, order[i]);
		if (fold[root] == 0xff)
			fold[root] = (uint8_t)(next[label[root]]++ % folds);
		fold[order[i]] = fold[root];
	}
	free(parent);
	free(order);
	free(next);
}
