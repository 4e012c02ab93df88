/* evaluate_pairs.c: `otklik evaluate-pairs`: how well it learns whether two texts mean the same. */
#include <math.h>

#include "learn/measure.h"
#include "learn/pairs.h"
#include "main/commands.h"
#include "main/evaluate_file.h"

struct list {
	struct pair *p;
	size_t n;
};

static enum err read_pairs(struct arena *a, const char *path, struct list *out, struct error *e)
{
	static const char *const columns[] = {"label", "text_1", "text_2", NULL};
	struct evaluate_table t;
	enum err err = evaluate_table(a, path, columns, &t, e);
	if (err)
		return err;
	*out = (struct list){ARENA_ARRAY(a, t.n, struct pair), t.n};
	for (size_t i = 0; i < t.n; i++) {
		const str *f = t.rows[i].field;
		if (!str_is(f[0], "0") && !str_is(f[0], "1"))
			return evaluate_wrong(e, "error.pairs_label", path, t.rows[i].line);
		out->p[i] = (struct pair){.same = str_is(f[0], "1"), .a = f[1], .b = f[2]};
	}
	return ERR_OK;
}

static void test_pairs(struct arena *a, const struct pairs_model *m, const struct list *test,
                       double train_cpu, bool json)
{
	size_t n = test->n, done = 0, right = 0, hit = 0, said = 0, true_ = 0;
	uint32_t *truth = ARENA_ARRAY(a, n, uint32_t), *guess = ARENA_ARRAY(a, n, uint32_t);
	float *p = ARENA_ARRAY(a, n, float);
	double begin = evaluate_cpu(), spent = 0;
	while (n && spent < .5) {
		for (size_t i = 0; i < n; i++, done++)
			p[i] = (float)pairs_same(m, test->p[i].a, test->p[i].b);
		spent = evaluate_cpu() - begin;
	}
	for (size_t i = 0; i < n; i++) {
		truth[i] = test->p[i].same;
		guess[i] = p[i] >= .5F;
		p[i] = guess[i] ? p[i] : 1 - p[i];
		right += truth[i] == guess[i];
		hit += truth[i] && guess[i];
		said += guess[i];
		true_ += truth[i];
	}
	struct measures x;
	measure(a, &(struct answers){n, 2, truth, guess, p, p}, &x);
	const struct evaluate_figure figures[] = {
	    {"accuracy", n ? (double)right / (double)n : NAN, 4},
	    {"f1", said + true_ ? 2 * (double)hit / (double)(said + true_) : NAN, 4},
	    {"ece", x.ece, 4},
	    {"train_cpu_s", train_cpu, 2},
	    {"predict_per_s", spent > 0 ? round((double)done / spent) : NAN, 0},
	};
	evaluate_print(figures, COUNT_OF(figures), json);
}

int command_evaluate_pairs(struct app *app, int argc, char **argv)
{
	const char *train = command_option(&argc, argv, "train");
	const char *test = command_option(&argc, argv, "test");
	bool json = command_flag(&argc, argv, "json");
	if (!train || !test || argc != 1)
		return command_usage(app, "evaluate-pairs");
	ARENA_AUTO a = arena_new();
	struct error e;
	struct list known = {0}, asked = {0};
	struct pairs_model *m = NULL;
	enum err err = read_pairs(a, train, &known, &e);
	if (!err)
		err = read_pairs(a, test, &asked, &e);
	double begin = evaluate_cpu();
	if (!err)
		err = pairs_train(known.p, known.n, NULL, &m, &e);
	if (err)
		return app_fail(app, &e);
	test_pairs(a, m, &asked, evaluate_cpu() - begin, json);
	pairs_free(m);
	return 0;
}
