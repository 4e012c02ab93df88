/* measure_test.c: measures by hand; parts that keep near-duplicates together. */
#include "learn/measure.h"

#include <math.h>

#include "base/test.h"
#include "learn/split.h"

static bool near(double x, double y)
{
	return fabs(x - y) < 1e-6;
}

TEST(measures_are_what_one_counts_by_hand)
{
	ARENA_AUTO a = arena_new();
	const uint32_t truth[] = {0, 0, 1, 1, 7}, guess[] = {0, 1, 1, 1, 0};
	const float p[] = {.95f, .55f, .95f, .75f, .35f}, sure[] = {.9f, .2f, .8f, .5f, .1f};
	struct measures m;
	measure(a, &(struct answers){5, 3, truth, guess, p, sure}, &m);
	CHECK(near(m.accuracy, .6));
	/* label 0: 2 held, 2 guessed, 1 right; label 1: 2, 3, 2; label 2 does not occur */
	CHECK(near(m.macro_f1, (.5 + .8) / 2));
	CHECK_INT(m.labels[1].held, 2);
	CHECK_INT(m.labels[1].guessed, 3);
	CHECK_INT(m.labels[1].right, 2);
	/* bins: {.95, .95} both right, {.75} right, {.55} wrong, {.35} wrong */
	CHECK(fabs(m.ece - (.1 + .25 + .55 + .35) / 5) < 1e-6);
	CHECK(near(m.acc_at_80, .75));
	CHECK_INT(m.curve_count, 5);
	CHECK(m.curve[0].threshold == 0 && m.curve[0].coverage == 1);
	CHECK(near((double)m.curve[0].accuracy, (double).6f));
	CHECK(m.curve[4].threshold == .9f && m.curve[4].accuracy == 1);
	CHECK_INT(m.error_count, 1); /* a label nobody knows is no pair */
	CHECK(m.errors[0].truth == 0 && m.errors[0].guess == 1 && m.errors[0].count == 1);
	measure(a, &(struct answers){0, 3, NULL, NULL, NULL, NULL}, &m);
	CHECK(m.accuracy == 0 && m.curve_count == 0);
}

TEST(a_threshold_rejects_the_share_that_is_asked_for)
{
	float c[100];
	for (int i = 0; i < 100; i++)
		c[i] = (float)((i * 37) % 100) / 100;
	for (int share = 0; share <= 100; share += 5) {
		float t = measure_threshold(c, 100, share / 100.0);
		int under = 0;
		for (int i = 0; i < 100; i++)
			under += c[i] < t;
		CHECK_INT(under, share);
	}
	CHECK(measure_threshold(c, 0, .5) == 0);
}

TEST(parts_keep_near_duplicates_together_and_labels_spread)
{
	struct feature_reader *r = feature_reader_new();
	struct corpus c;
	struct feature_text f;
	enum { N = 200 };
	uint32_t label[N];
	uint8_t fold[N];
	int count[5] = {0};
	corpus_init(&c);
	for (int i = 0; i < N; i++) {
		/* Every text comes twice, the second time with one word more. */
		char text[200];
		int k = i / 2 * 7919;
		(void)snprintf(text, sizeof text, "w%d x%d y%d z%d q%d v%d u%d t%d s%d%s", k, k + 1,
		               k + 2, k + 3, k + 4, k + 5, k + 6, k + 7, k + 8,
		               i % 2 ? " again" : "");
		feature_read(r, str_of(text), 0, &f);
		corpus_add(&c, &f);
		label[i] = i % 40 < 8;
	}
	split_folds(&c, label, N, 2, 5, 1, fold);
	int together = 0;
	for (int i = 0; i < N; i++) {
		CHECK(fold[i] < 5);
		count[fold[i]]++;
		together += i % 2 && fold[i] == fold[i - 1];
	}
	CHECK(together >= 90); /* of 100 pairs; 20 would be chance */
	for (int k = 0; k < 5; k++)
		CHECK(count[k] >= 30 && count[k] <= 50);
	corpus_release(&c);
	feature_reader_free(r);
}

TEST(features_do_not_hang_on_case_yo_or_composition)
{
	static const char *const same[][2] = {{"Ёлка", "елка"},
	                                      {"МОЙ заказ", "мой ЗАКАЗ"},
	                                      {"\xd0\xb8\xcc\x86", "й"},
	                                      {"Don\xe2\x80\x8bt", "dont"},
	                                      {"\xef\xbc\xa1\xef\xbc\xa2", "ab"}};
	struct feature_reader *r = feature_reader_new();
	struct feature_text f;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		uint32_t hash[200], n;
		feature_read(r, str_of(same[i][0]), 0, &f);
		n = f.end[FEATURE_LETTERS];
		CHECK(n > 0 && n < 200);
		memcpy(hash, f.hash, n * sizeof *hash);
		feature_read(r, str_of(same[i][1]), 0, &f);
		CHECK_INT(f.end[FEATURE_LETTERS], n);
		CHECK(memcmp(hash, f.hash, n * sizeof *hash) == 0);
	}
	/* Words have their places, and one can be left out. */
	str text = STR("cancel my order, order!");
	feature_read(r, text, 0, &f);
	CHECK_INT(f.n_words, 6);
	CHECK_STRS(str_sub(text, f.words[2].start, f.words[2].start + f.words[2].length),
	           STR("order"));
	CHECK_INT(f.words[2].stem, f.words[4].stem);
	feature_read(r, text, f.words[2].stem, &f);
	CHECK_INT(f.n_words, 4);
	feature_reader_free(r);
}

TEST(measure_interval_is_wilsons)
{
	/* Worked out by hand from the formula of 1927. */
	static const struct {
		uint64_t right, n;
		double low, high;
	} cases[] = {{0, 0, 0, 1},
	             {3, 3, .43850, 1},
	             {0, 3, 0, .56150},
	             {5, 10, .23659, .76341},
	             {95, 100, .88825, .97846},
	             {12, 6, .60967, 1}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		double low, high;
		measure_interval(cases[i].right, cases[i].n, &low, &high);
		CHECK(fabs(low - cases[i].low) < 1e-4);
		CHECK(fabs(high - cases[i].high) < 1e-4);
	}
}
