/* net_test.c: what rows begin with. */
#include <math.h>

#include "base/test.h"
#include "learn/net.h"

enum { FEATURES = 40, TEXTS = 60, PER_TEXT = 4, HIDDEN = 96 };

/* Texts of two topics: features 0-18 stand together, 19-37 do; 38 is in one text of the first, 39
 * in one of the second. The labels are others and know nothing of it. */
static void make(struct dataset *s)
{
	*s = (struct dataset){.n = TEXTS, .features = FEATURES, .labels = 3};
	s->at = xcalloc(TEXTS + 1, sizeof *s->at);
	s->row = xcalloc(TEXTS * PER_TEXT, sizeof *s->row);
	s->value = xcalloc(TEXTS * PER_TEXT, sizeof *s->value);
	s->label = xcalloc(TEXTS, sizeof *s->label);
	s->weight = xcalloc(TEXTS, sizeof *s->weight);
	for (uint32_t i = 0; i < TEXTS; i++) {
		for (uint32_t k = 0; k < PER_TEXT; k++) {
			s->row[i * PER_TEXT + k] = (i % 2) * 19 + (i * 7 + k * 5) % 19;
			s->value[i * PER_TEXT + k] = .5f;
		}
		if (i < 2)
			s->row[i * PER_TEXT] = 38 + i;
		s->at[i + 1] = (i + 1) * PER_TEXT;
		s->label[i] = i / 2 % 3;
		s->weight[i] = 1;
	}
}

static float likeness(const struct net *m, size_t f, size_t g)
{
	const float *a = m->rows + f * HIDDEN, *b = m->rows + g * HIDDEN;
	float ab = 0, aa = 0, bb = 0;
	for (size_t h = 0; h < HIDDEN; h++)
		ab += a[h] * b[h], aa += a[h] * a[h], bb += b[h] * b[h];
	return ab / sqrtf(aa * bb);
}

static float mean_likeness(const struct net *m, size_t f, size_t from)
{
	float sum = 0;
	for (size_t g = from; g < from + 19; g++)
		sum += likeness(m, f, g);
	return sum / 19;
}

TEST(rows_begin_like_those_they_stand_with)
{
	struct dataset s;
	make(&s);
	struct net_options o = {.seed = 7, .hidden = HIDDEN, .rate = .05F};
	for (int company = 0; company <= 2; company += 2) {
		struct net m;
		o.company = company;
		net_train(&m, &s, &o); /* no rounds: what it begins with */
		float own = (mean_likeness(&m, 38, 0) + mean_likeness(&m, 39, 19)) / 2;
		float other = (mean_likeness(&m, 38, 19) + mean_likeness(&m, 39, 0)) / 2;
		if (company)
			CHECK(own > other + .3F);
		else
			CHECK(fabsf(own - other) < .1F);
		for (size_t i = 0; i < (size_t)FEATURES * HIDDEN; i++)
			CHECK(isfinite(m.rows[i]));
		net_release(&m);
	}
	dataset_release(&s);
}

TEST(a_feature_of_no_text_keeps_its_beginning)
{
	struct dataset s;
	make(&s);
	s.features = FEATURES + 1;
	struct net_options o = {.seed = 7, .hidden = HIDDEN, .rate = .05F, .company = 2};
	struct net m;
	net_train(&m, &s, &o);
	float sum = 0;
	for (size_t h = 0; h < HIDDEN; h++)
		sum += fabsf(m.rows[(size_t)FEATURES * HIDDEN + h]);
	CHECK(isfinite(sum) && sum > 0);
	net_release(&m);
	dataset_release(&s);
}
