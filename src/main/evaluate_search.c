/* evaluate_search.c: `otklik evaluate-search`: how often the ranking of documents finds the right
 * one. */
#include "base/vec.h"
#include "json/read.h"
#include "learn/rank.h"
#include "main/commands.h"
#include "main/evaluate_file.h"
#include "sys/clock.h"

#define SHOWN 10 /* documents that are timed; the measure asks for all of them */

struct docs {
	struct rank_doc *p;
	size_t n;
};

/* One object a line: {id, title, body}; further keys are passed over. */
static enum err read_docs(struct arena *a, const char *path, struct docs *out, struct error *e)
{
	VEC(struct rank_doc) v = {0};
	const struct json_limits limits = {.bytes = 64 << 20};
	str file, line;
	enum err err = command_read_file(a, path, &file, e);
	for (size_t number = 1; !err && str_split(&file, '\n', &line); number++) {
		const struct json *j;
		struct error why;
		line = str_trim(line);
		if (str_empty(line))
			continue;
		if (json_parse(a, line, &limits, &j, &why) ||
		    str_empty(json_get_str(j, "id", STR_NONE)) ||
		    json_get(j, "title")->kind != JSON_KIND_STR)
			return evaluate_wrong(e, "error.docs_line", path, number);
		*vec_push(a, &v) = (struct rank_doc){.id = json_get_str(j, "id", STR_NONE),
		                                     .title = json_get_str(j, "title", STR_NONE),
		                                     .body = json_get_str(j, "body", STR_NONE)};
	}
	*out = (struct docs){v.p, v.n};
	return err;
}

/* Is id one of the comma-separated ones? */
static bool names(str ids, str id)
{
	str piece;
	while (str_split(&ids, ',', &piece))
		if (str_eq(str_trim(piece), id))
			return true;
	return false;
}

/* Gives each document the questions that it has answered. */
static void add_solved(struct arena *a, struct docs *d, const struct evaluate_table *learn)
{
	for (size_t i = 0; i < d->n; i++) {
		VEC(str) solved = {0};
		for (size_t k = 0; k < learn->n; k++)
			if (names(learn->rows[k].field[1], d->p[i].id))
				*vec_push(a, &solved) = learn->rows[k].field[0];
		d->p[i].solved = solved.p;
		d->p[i].n_solved = solved.n;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void ask_all(struct arena *a, struct clock *clock, const struct rank_index *x,
                    const struct evaluate_table *q, bool json)
{
	double hit1 = 0, hit3 = 0, mrr = 0, n = q->n ? (double)q->n : 1;
	double *ms = ARENA_ARRAY(a, q->n + 1, double);
	for (size_t i = 0; i < q->n; i++) {
		ARENA_AUTO one = arena_new();
		struct rank_hit *hits;
		usec begin = clock_mono(clock);
		size_t found, r = 0;
		(void)rank_query(one, x, q->rows[i].field[0], SHOWN, &hits);
		ms[i] = (double)(clock_mono(clock) - begin) / 1000;
		found = rank_query(one, x, q->rows[i].field[0], rank_docs(x), &hits);
		while (r < found && !names(q->rows[i].field[1], hits[r].id))
			r++;
		if (r == found)
			continue;
		hit1 += r == 0;
		hit3 += r < 3;
		mrr += 1 / (double)(r + 1);
	}
	qsort(ms, q->n, sizeof *ms, by_value);
	const struct evaluate_figure figures[] = {
	    {"hit1", hit1 / n, 4},
	    {"hit3", hit3 / n, 4},
	    {"mrr", mrr / n, 4},
	    {"p50_ms", ms[q->n / 2], 3},
	    {"p99_ms", ms[q->n ? (q->n - 1) * 99 / 100 : 0], 3},
	};
	evaluate_print(figures, COUNT_OF(figures), json);
}

int command_evaluate_search(struct app *app, int argc, char **argv)
{
	static const char *const columns[] = {"text", "doc_ids", NULL};
	const char *docs = command_option(&argc, argv, "docs");
	const char *queries = command_option(&argc, argv, "queries");
	const char *learn = command_option(&argc, argv, "learn");
	bool json = command_flag(&argc, argv, "json");
	if (!docs || !queries || argc != 1)
		return command_usage(app, "evaluate-search");
	ARENA_AUTO a = arena_new();
	struct error e;
	struct docs d = {0};
	struct evaluate_table q = {0}, l = {0};
	enum err err = read_docs(a, docs, &d, &e);
	if (!err)
		err = evaluate_table(a, queries, columns, &q, &e);
	if (!err && learn)
		err = evaluate_table(a, learn, columns, &l, &e);
	if (err)
		return app_fail(app, &e);
	add_solved(a, &d, &l);
	struct rank_index *x = rank_new(d.p, d.n, NULL);
	ask_all(a, app->clock, x, &q, json);
	rank_free(x);
	return 0;
}
