/* sets_test.c: real sets, where they are there: a floor somewhat under what is known to come out.
 * doc/learn.md has the figures of all sets with five seeds. */
#include "base/test.h"
#include "learn/measure.h"

static str whole_file(struct arena *a, const char *dir, const char *name)
{
	str path = str_printf(a, "%s/%s", dir, name);
	FILE *f = fopen(path.p, "rb");
	if (!f)
		test_skip("a set is not there");
	(void)fseek(f, 0, SEEK_END);
	long n = ftell(f);
	rewind(f);
	char *p = arena_alloc(a, (size_t)n + 1);
	CHECK(fread(p, 1, (size_t)n, f) == (size_t)n);
	(void)fclose(f);
	return str_n(p, (size_t)n);
}

struct set {
	struct learn_example *p;
	size_t n;
};

static struct set read_set(struct arena *a, const char *dir, const char *name)
{
	struct set s = {0};
	struct error e;
	CHECK_OK(learn_read_tsv(a, whole_file(a, dir, name), &s.p, &s.n, &e), &e);
	return s;
}

static void check_set(const char *train, const char *test, double accuracy, double f1, double ece)
{
	const char *dir = test_data_dir();
	struct arena *a = arena_new();
	struct set x = read_set(a, dir, train), y = read_set(a, dir, test);
	struct learn_options o;
	struct error e;
	str bytes;
	struct model *m;
	learn_options_init(&o);
	CHECK_OK(learn_train(a, x.p, x.n, &o, &bytes, &e), &e);
	CHECK(bytes.n <= o.model_max);
	CHECK_OK(model_open(bytes, &m, &e), &e);
	CHECK(model_memory(m) <= (size_t)32 << 20);
	uint32_t *truth = ARENA_ARRAY(a, y.n, uint32_t), *guess = ARENA_ARRAY(a, y.n, uint32_t);
	float *p = ARENA_ARRAY(a, y.n, float), *sure = ARENA_ARRAY(a, y.n, float);
	struct model_scratch *s = model_scratch_new();
	for (size_t i = 0; i < y.n; i++) {
		struct model_prediction r;
		model_predict(m, s, y.p[i].text, 1, &r);
		truth[i] = (uint32_t)model_label_by_name(m, y.p[i].label);
		guess[i] = r.ranked[0].label;
		p[i] = r.p;
		sure[i] = r.confidence;
	}
	struct measures q;
	measure(a, &(struct answers){y.n, model_info(m)->label_count, truth, guess, p, sure}, &q);
	model_scratch_free(s);
	model_free(m);
	if (q.accuracy < accuracy || q.macro_f1 < f1 || q.ece > ece)
		test_fail(__FILE__, __LINE__, "%s: accuracy %.3f, macro F1 %.3f, ece %.3f", test,
		          q.accuracy, q.macro_f1, q.ece);
	arena_free(a);
}

TEST(sets_support_questions_in_russian)
{
	check_set("rutube_support_ru/class1_train.tsv", "rutube_support_ru/class1_test.tsv", .73,
	          .60, .12);
}

TEST(sets_reviews_of_programs_in_russian)
{
	check_set("app_reviews_ru/train.tsv", "app_reviews_ru/test.tsv", .83, .82, .06);
}

TEST(sets_tweets_about_banks_in_russian)
{
	check_set("bank_sentiment_ru/train.tsv", "bank_sentiment_ru/test.tsv", .80, .58, .05);
}
