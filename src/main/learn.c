/* learn.c: `otklik train` and `otklik evaluate`: the categorizer from the command line, on files.
 *
 * Only `train` without --out touches the database (sense.h). What is a file's fault is told with
 * the file and its line.
 */
#include <fcntl.h>
#include <math.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"
#include "json/write.h"
#include "learn/measure.h"
#include "learn/model.h"
#include "main/commands.h"
#include "main/sense.h"

struct list {
	struct learn_example *p;
	size_t n;
};

struct job {
	struct arena *arena;
	struct list train, test, val, oos_train, oos_test;
	struct learn_options o;
	const char *out, *files; /* files: the names of --train or --data, for a sentence */
	bool json, terminal;
};

/* ---- files ---- */

static enum err read_examples(struct job *j, const char *path, struct list *to, struct error *e)
{
	str file = STR_NONE;
	enum err err = command_read_file(j->arena, path, &file, e);
	if (!err)
		err = learn_read_tsv(j->arena, file, &to->p, &to->n, e);
	if (err && !*e->detail)
		(void)snprintf(e->detail, sizeof e->detail, "%s", path);
	return err;
}

/* Written beside and put in place whole, so that a model is never half there. */
static enum err write_whole(struct arena *a, const char *path, str bytes, struct error *e)
{
	str part = str_printf(a, "%s.part", path);
	int fd = open(part.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_open(e, part.p);
	bool fine = true;
	while (fine && bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		fine = n > 0;
		if (fine)
			bytes = str_from(bytes, (size_t)n);
	}
	fine = fine && fsync(fd) == 0;
	fine = close(fd) == 0 && fine && rename(part.p, path) == 0;
	if (fine)
		return ERR_OK;
	enum err err = error_open(e, path);
	(void)unlink(part.p);
	return err;
}

/* ---- arguments ---- */

static bool is_option(const char *arg)
{
	return strncmp(arg, "--", 2) == 0;
}

/* Reads "--train FILE..." and its like; ERR_SYNTAX without a key for a wrong use. */
static enum err read_arguments(struct job *j, int argc, char **argv, struct error *e)
{
	const struct {
		const char *name;
		struct list *to;
	} files[] = {{"--train", &j->train},         {"--data", &j->train},
	             {"--test", &j->test},           {"--val", &j->val},
	             {"--oos-train", &j->oos_train}, {"--oos-test", &j->oos_test}};
	*e = (struct error){0};
	for (int i = 1; i < argc;) {
		size_t f = 0;
		while (f < COUNT_OF(files) && strcmp(argv[i], files[f].name) != 0)
			f++;
		if (f == COUNT_OF(files) || i + 1 == argc || is_option(argv[i + 1]))
			return ERR_SYNTAX;
		for (i++; i < argc && !is_option(argv[i]); i++) {
			enum err err = read_examples(j, argv[i], files[f].to, e);
			if (err)
				return err;
			if (files[f].to == &j->train)
				j->files = j->files
				               ? str_printf(j->arena, "%s, %s", j->files, argv[i]).p
				               : argv[i];
		}
	}
	return ERR_OK;
}

static bool read_number(const char *s, int64_t min, int64_t max, int64_t *out)
{
	return str_to_i64(str_of(s), out) && *out >= min && *out <= max;
}

static bool read_options(struct job *j, int *argc, char **argv)
{
	int64_t v = 0;
	const char *s;
	if ((s = command_option(argc, argv, "seed"))) {
		if (!read_number(s, 0, INT64_MAX, &v))
			return false;
		j->o.seed = (uint64_t)v;
	}
	if ((s = command_option(argc, argv, "threads"))) {
		if (!read_number(s, 1, 64, &v))
			return false;
		j->o.threads = (unsigned)v;
	}
	if ((s = command_option(argc, argv, "max-kib"))) {
		if (!read_number(s, 256, 1 << 20, &v))
			return false;
		j->o.model_max = (size_t)v << 10;
	}
	j->out = command_option(argc, argv, "out");
	j->json = command_flag(argc, argv, "json");
	j->terminal = isatty(STDERR_FILENO) == 1;
	return true;
}

/* ---- training ---- */

static double cpu_seconds(void)
{
	struct rusage u;
	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double thread_seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool tell(void *arg, const struct learn_progress *p)
{
	const struct job *j = arg;
	if (j->terminal)
		fprintf(stderr, "\r%3d %% %-10s", (int)(100 * p->done), p->stage);
	return true;
}

static enum err train(struct job *j, str *bytes, struct error *e)
{
	j->o.held_out = j->val.p;
	j->o.held_out_n = j->val.n;
	j->o.outside = j->oos_train.p;
	j->o.outside_n = j->oos_train.n;
	j->o.tell = tell;
	j->o.tell_arg = j;
	enum err err = learn_train(j->arena, j->train.p, j->train.n, &j->o, bytes, e);
	if (err && !*e->detail)
		(void)snprintf(e->detail, sizeof e->detail, "%s", j->files);
	if (j->terminal)
		fprintf(stderr, "\r%30s\r", "");
	return err;
}

static void begin(struct job *j, struct app *app)
{
	*j = (struct job){.arena = arena_new()};
	learn_options_init(&j->o);
	j->o.date = clock_now(app->clock);
}

/* The name of the first file, without its folders: what the examples are kept by. */
static const char *source_of(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--data") != 0)
			continue;
		const char *slash = strrchr(argv[i + 1], '/');
		return slash ? slash + 1 : argv[i + 1];
	}
	return "";
}

int command_train(struct app *app, int argc, char **argv)
{
	struct job j;
	struct error e;
	str bytes = STR_NONE;
	begin(&j, app);
	int status = 0;
	struct model *m = NULL;
	const char *brand = command_option(&argc, argv, "brand");
	bool make = command_flag(&argc, argv, "new-categories");
	bool usage = !read_options(&j, &argc, argv);
	const char *source = source_of(argc, argv);
	enum err err = usage ? ERR_OK : read_arguments(&j, argc, argv, &e);
	usage = usage || (j.out && (make || brand)); /* of data of its own, which a file is not */
	if (usage || (err == ERR_SYNTAX && !*e.key) || (!err && j.out && j.train.n == 0)) {
		status = command_usage(app, "train");
	} else if (!err && !j.out) {
		status = sense_train(
		    app, &(struct sense_training){j.train.p, j.train.n, source, brand, make});
	} else {
		if (!err)
			err = train(&j, &bytes, &e);
		if (!err) /* read back before it takes another's place */
			err = model_open(bytes, &m, &e);
		if (!err)
			err = write_whole(j.arena, j.out, bytes, &e);
		if (err)
			status = app_fail(app, &e);
	}
	if (m) {
		const struct model_info *i = model_info(m);
		double low, high;
		measure_interval((uint64_t)(i->accuracy * i->held + .5), i->held, &low, &high);
		printf("%s: %zu KiB, %zu labels, %llu examples; of %u held out %.1f %% right "
		       "(95 %% sure: %.1f to %.1f), calibration error %.3f, threshold %.3f\n",
		       j.out, i->bytes >> 10, i->label_count, (unsigned long long)i->examples,
		       i->held, 100 * i->accuracy, 100 * low, 100 * high, i->ece,
		       (double)i->threshold);
	}
	model_free(m);
	arena_free(j.arena);
	return status;
}

/* ---- evaluation ---- */

struct figures {
	double accuracy, low, high, macro_f1, ece, acc_at_80, in_scope, oos_recall, train_cpu,
	    per_s;
	size_t bytes;
};

static void test_texts(struct job *j, const struct model *m, struct figures *f)
{
	struct arena *a = j->arena;
	struct model_scratch *s = model_scratch_new();
	size_t n = j->test.n, in_scope = 0, rejected = 0, labels = model_info(m)->label_count;
	uint32_t *truth = ARENA_ARRAY(a, n, uint32_t), *guess = ARENA_ARRAY(a, n, uint32_t);
	float *p = ARENA_ARRAY(a, n, float), *sure = ARENA_ARRAY(a, n, float);
	struct model_prediction r;
	for (size_t i = 0; i < n; i++) {
		int label = model_label_by_name(m, j->test.p[i].label);
		truth[i] = label < 0 ? UINT32_MAX : (uint32_t)label;
		model_predict(m, s, j->test.p[i].text, 1, &r);
		guess[i] = r.ranked[0].label;
		p[i] = r.p;
		sure[i] = r.confidence;
		in_scope += !r.reject && guess[i] == truth[i];
	}
	/* Other programs on the machine only ever slow a pass down, so the best one counts. */
	double begin = thread_seconds(), spent = 0;
	f->per_s = 0;
	while (n && spent < 1) {
		size_t done = 0;
		double from = begin + spent, took = 0;
		while (took < .05) {
			for (size_t i = 0; i < n; i++, done++)
				model_predict(m, s, j->test.p[i].text, 1, &r);
			spent = thread_seconds() - begin;
			took = begin + spent - from;
		}
		f->per_s = fmax(f->per_s, (double)done / took);
	}
	for (size_t i = 0; i < j->oos_test.n; i++) {
		model_predict(m, s, j->oos_test.p[i].text, 1, &r);
		rejected += r.reject;
	}
	model_scratch_free(s);
	struct measures x;
	measure(a, &(struct answers){n, labels, truth, guess, p, sure}, &x);
	f->accuracy = x.accuracy;
	measure_interval((uint64_t)(x.accuracy * (double)n + .5), n, &f->low, &f->high);
	f->macro_f1 = x.macro_f1;
	f->ece = x.ece;
	f->acc_at_80 = x.acc_at_80;
	f->in_scope = n ? (double)in_scope / (double)n : 0;
	f->oos_recall = j->oos_test.n ? (double)rejected / (double)j->oos_test.n : NAN;
}

static void print_figures(const struct job *j, const struct figures *f)
{
	const struct {
		const char *name;
		double v;
	} rows[] = {{"accuracy", f->accuracy},
	            {"accuracy_low", f->low},
	            {"accuracy_high", f->high},
	            {"macro_f1", f->macro_f1},
	            {"ece", f->ece},
	            {"acc_at_80", f->acc_at_80},
	            {"in_scope_accuracy", f->in_scope},
	            {"oos_recall", f->oos_recall},
	            {"train_cpu_s", f->train_cpu},
	            {"predict_per_s", round(f->per_s)},
	            {"model_bytes", (double)f->bytes}};
	if (!j->json) {
		for (size_t i = 0; i < COUNT_OF(rows); i++)
			if (isnan(rows[i].v))
				printf("%-18s -\n", rows[i].name); /* nothing to tell it by */
			else
				printf("%-18s %.*f\n", rows[i].name, i + 2 < COUNT_OF(rows) ? 4 : 0,
				       rows[i].v);
		return;
	}
	BUF_AUTO b;
	buf_init(&b, 0);
	struct jw w;
	jw_init(&w, &b);
	jw_object(&w);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		jw_put_double(&w, rows[i].name, rows[i].v); /* not a number: null */
	jw_end(&w);
	printf("%.*s\n", STR_FMT(buf_str(&b)));
}

int command_evaluate(struct app *app, int argc, char **argv)
{
	struct job j;
	struct error e;
	struct figures f = {0};
	str bytes = STR_NONE;
	begin(&j, app);
	int status = 0;
	struct model *m = NULL;
	bool usage = !read_options(&j, &argc, argv) || j.out;
	enum err err = usage ? ERR_OK : read_arguments(&j, argc, argv, &e);
	if (usage || (err == ERR_SYNTAX && !*e.key) || (!err && (!j.train.n || !j.test.n))) {
		status = command_usage(app, "evaluate");
	} else {
		if (!err) {
			double before = cpu_seconds();
			err = train(&j, &bytes, &e);
			f.train_cpu = cpu_seconds() - before;
		}
		if (!err)
			err = model_open(bytes, &m, &e);
		if (err) {
			status = app_fail(app, &e);
		} else {
			f.bytes = bytes.n;
			test_texts(&j, m, &f);
			print_figures(&j, &f);
		}
	}
	model_free(m);
	arena_free(j.arena);
	return status;
}
