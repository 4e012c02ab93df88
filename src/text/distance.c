/* distance.c: see distance.h.
 *
 * A table of which only the band of max places beside the diagonal is filled,
 * three rows at a time; a row that has nothing within max ends the search.
 */
#include "text/distance.h"

#include <assert.h>

#include "text/fold.h"

#define MAX_ALLOWED 8

void chars_of(str word, struct chars *out)
{
	size_t len;
	out->n = 0;
	out->bag = 0;
	for (; word.n && out->n < DISTANCE_CHARS; word = str_from(word, len)) {
		uint32_t c = (unsigned char)word.p[0];
		len = 1;
		if (c >= 0x80)
			c = text_next(word, &len);
		out->p[out->n++] = c;
		out->bag |= 1ULL << (c % 64);
	}
	out->cut = word.n > 0;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

struct rows {
	int space[3][DISTANCE_CHARS + 1];
	int *last2, *last, *now;
};

/* One row: a[0..i] against each b[0..j] of the band. Returns its least value. */
static int row(struct rows *r, const struct chars *a, const struct chars *b, size_t i, int max)
{
	size_t from = i > (size_t)max ? i - (size_t)max : 0, to = i + (size_t)max;
	int far = max + 1, low = far;
	if (to > b->n)
		to = b->n;
	if (from > 0 && from <= b->n)
		r->now[from - 1] = far;
	for (size_t j = from; j <= to; j++) {
		int v = (int)i;
		if (j > 0) {
			/* Above the band nothing was written. */
			int above = j < i + (size_t)max ? r->last[j] + 1 : far;
			v = r->last[j - 1] + (a->p[i - 1] != b->p[j - 1]);
			v = least(v, least(above, r->now[j - 1] + 1));
			if (i > 1 && j > 1 && a->p[i - 1] == b->p[j - 2] &&
			    a->p[i - 2] == b->p[j - 1])
				v = least(v, r->last2[j - 2] + 1);
		}
		r->now[j] = least(v, far);
		low = least(low, r->now[j]);
	}
	return low;
}

/* The row of the whole of a, or false when all of it is further than max. */
static bool table(struct rows *r, const struct chars *a, const struct chars *b, int max)
{
	int low_before = 0;
	r->last2 = r->space[0];
	r->last = r->space[1];
	r->now = r->space[2];
	for (size_t j = 0; j <= b->n; j++)
		r->now[j] = least((int)j, max + 1);
	for (size_t i = 1; i <= a->n; i++) {
		int *oldest = r->last2;
		r->last2 = r->last;
		r->last = r->now;
		r->now = oldest;
		int low = row(r, a, b, i, max);
		/* A swap reaches back two rows. */
		if (low > max && low_before > max)
			return false;
		low_before = low;
	}
	return true;
}

int chars_distance(const struct chars *a, const struct chars *b, int max)
{
	assert(max >= 0 && max <= MAX_ALLOWED);
	size_t apart = a->n > b->n ? a->n - b->n : b->n - a->n;
	if (a->cut || b->cut || max == 0)
		return a->n == b->n && a->cut == b->cut && memcmp(a->p, b->p, a->n * 4) == 0
		           ? 0
		           : max + 1;
	if (apart > (size_t)max)
		return max + 1;
	/* An error brings in at most one letter and takes out at most one. */
	if (__builtin_popcountll(a->bag ^ b->bag) > 2 * max)
		return max + 1;
	struct rows r;
	return table(&r, a, b, max) ? r.now[b->n] : max + 1;
}

int chars_prefix_distance(const struct chars *prefix, const struct chars *word, int max)
{
	assert(max >= 0 && max <= MAX_ALLOWED);
	struct chars w = *word;
	if (w.n > prefix->n + (size_t)max)
		w.n = prefix->n + (size_t)max;
	if (prefix->n > w.n + (size_t)max)
		return max + 1;
	struct rows r;
	if (!table(&r, prefix, &w, max))
		return max + 1;
	int best = max + 1;
	size_t from = prefix->n > (size_t)max ? prefix->n - (size_t)max : 0;
	for (size_t j = from; j <= w.n; j++)
		best = least(best, r.now[j]);
	return best;
}

int text_distance(str a, str b, int max)
{
	struct chars x, y;
	chars_of(a, &x);
	chars_of(b, &y);
	return chars_distance(&x, &y, max);
}
