/* sense.c: see sense.h. */
#include "main/sense.h"

#include "base/buf.h"
#include "base/vec.h"
#include "desk/article.h"
#include "desk/train.h"
#include "json/read.h"
#include "learn/measure.h"
#include "main/commands.h"
#include "store/blob_doomed.h"
#include "store/brand.h"
#include "store/sense.h"
#include "text/language.h"

enum { BATCH = 200, NAMES_SHOWN = 10 };

/* 0 for NULL: all brands. */
static enum err brand_by_slug(struct app *app, const char *slug, int64_t *id, struct error *e)
{
	struct db_conn *c;
	struct brand *list;
	size_t n;
	*id = 0;
	if (!slug)
		return ERR_OK;
	enum err err = db_read_begin(app->db, &c, e);
	if (err)
		return err;
	err = brand_list(app->arena, c, &list, &n, e);
	db_read_end(app->db, c);
	for (size_t i = 0; !err && i < n; i++)
		if (str_eq(list[i].slug, str_of(slug)))
			*id = list[i].id;
	return err || *id ? err
	                  : error_set(e, ERR_INVALID, "error.no_such_reference", "brand", slug);
}

/* ---- labels ---- */

static int by_label(const void *a, const void *b)
{
	return str_cmp(*(const str *)a, *(const str *)b);
}

struct labels {
	VEC(str) v; /* different ones, in order */
};

static void different(struct arena *a, const struct learn_example *x, size_t n, struct labels *out)
{
	str *all = ARENA_ARRAY(a, n, str);
	for (size_t i = 0; i < n; i++)
		all[i] = x[i].label;
	if (n)
		qsort(all, n, sizeof *all, by_label);
	for (size_t i = 0; i < n; i++)
		if (!i || !str_eq(all[i], all[i - 1]))
			*vec_push(a, &out->v) = all[i];
}

/* The first few, and how many more. */
static str some_of(struct arena *a, const str *names, size_t n)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < n && i < NAMES_SHOWN; i++)
		buf_addf(&b, "%s%.*s", i ? ", " : "", STR_FMT(names[i]));
	if (n > NAMES_SHOWN)
		buf_addf(&b, ", +%zu", n - NAMES_SHOWN);
	return str_dup(a, buf_str(&b));
}

/* Those labels that no category has. */
static enum err unknown_labels(struct app *app, int64_t brand_id, const struct sense_training *what,
                               struct labels *out, struct error *e)
{
	struct labels all = {0};
	struct category *known;
	struct db_conn *c;
	size_t n;
	*out = (struct labels){0};
	different(app->arena, what->examples, what->n, &all);
	enum err err = db_read_begin(app->db, &c, e);
	if (err)
		return err;
	err = category_list(app->arena, c, &known, &n, e);
	db_read_end(app->db, c);
	for (size_t i = 0; !err && i < all.v.n; i++)
		if (!desk_category_known(known, n, brand_id, all.v.p[i]))
			*vec_push(app->arena, &out->v) = all.v.p[i];
	return err;
}

static enum err refuse(struct app *app, const struct labels *unknown, struct error *e)
{
	char n[24];
	(void)snprintf(n, sizeof n, "%zu", unknown->v.n);
	(void)error_set(e, ERR_INVALID, "error.labels_unknown", NULL, n);
	str names = some_of(app->arena, unknown->v.p, unknown->v.n);
	(void)snprintf(e->detail, sizeof e->detail, "%.*s",
	               STR_FMT(str_cut_utf8(names, sizeof e->detail - 1)));
	return ERR_INVALID;
}

/* ---- training ---- */

struct keeping {
	struct app *app;
	const struct learn_example *examples;
	size_t n;
	str source;
	int64_t brand_id, added;
};

static enum err keep_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct keeping *k = arg;
	ARENA_AUTO a = arena_new();
	enum err err = ERR_OK;
	int64_t id = 0, added = 0;
	usec now = clock_now(k->app->clock);
	for (size_t i = 0; !err && i < k->n; i++) {
		bool fresh = false;
		/* Files are often sorted by label. */
		if (!i || !str_eq(k->examples[i].label, k->examples[i - 1].label))
			err = desk_category_ensure(&k->app->desk, a, tx, k->brand_id,
			                           k->examples[i].label, &id, e);
		if (!err)
			err = example_add(tx, id, k->examples[i].text, k->source, now, &fresh, e);
		added += fresh;
	}
	k->added = added;
	return err;
}

static enum err keep(struct app *app, const struct learn_example *examples, size_t n,
                     const char *source, int64_t brand_id, int64_t *added, struct error *e)
{
	enum err err = ERR_OK;
	*added = 0;
	for (size_t i = 0; !err && i < n; i += BATCH) {
		struct keeping k = {.app = app,
		                    .examples = examples + i,
		                    .n = n - i < BATCH ? n - i : BATCH,
		                    .source = str_of(source),
		                    .brand_id = brand_id};
		err = db_write(app->db, keep_run, &k, e);
		*added += k.added;
	}
	return err;
}

struct installing {
	struct app *app;
	struct train_result *result;
	struct blob blob;
};

static enum err install_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct installing *in = arg;
	return train_install(&in->app->desk, in->app->arena, tx, actor_system(), in->result,
	                     &in->blob, false, e);
}

static void tell_thin(struct app *app, const struct train_data *data)
{
	str *names = ARENA_ARRAY(app->arena, data->n_thin, str);
	for (size_t i = 0; i < data->n_thin; i++) {
		const struct train_thin *x = &data->thin[i];
		names[i] = str_printf(app->arena, "%.*s (%zu)",
		                      STR_FMT(app->lang == LANG_RU ? x->name_ru : x->name_en),
		                      x->examples);
	}
	if (data->n_thin)
		printf("left out, fewer than %d examples: %.*s\n", TRAIN_LEAST,
		       STR_FMT(some_of(app->arena, names, data->n_thin)));
	if (data->left_out)
		printf("left out, more than learn.examples_max or learn.examples_bytes allow: %lld "
		       "texts, the oldest\n",
		       (long long)data->left_out);
}

static enum err train(struct app *app, int64_t brand_id, struct train_data *data,
                      struct train_result *r, struct error *e)
{
	struct db_conn *c;
	struct installing in = {.app = app, .result = r};
	enum err err = db_read_begin(app->db, &c, e);
	if (err)
		return err;
	err = train_collect(&app->desk, app->arena, c, brand_id, data, e);
	db_read_end(app->db, c);
	if (!err)
		tell_thin(app, data);
	if (!err)
		err = train_run(app->arena, data, clock_now(app->clock), NULL, NULL, r, e);
	if (!err)
		err = blob_prepare(&app->desk.blobs, app->arena, r->bytes, &in.blob, e);
	if (err)
		return err;
	r->row.brand_id = brand_id;
	r->row.source = STR("command");
	err = db_write(app->db, install_run, &in, e);
	return err ? err : blob_bury(&app->desk.blobs, app->db, NULL, e);
}

static void tell_result(const struct train_result *r)
{
	const struct model_measures *m = &r->measures;
	double low, high;
	measure_interval((uint64_t)((m->accuracy * m->held + SENSE_ONE / 2) / SENSE_ONE),
	                 (uint64_t)m->held, &low, &high);
	printf("%.*s: %lld KiB, %lld categories, %lld examples; of %lld held out %.1f %% right "
	       "(95 %% sure: %.1f to %.1f), calibration error %.3f, %.1f CPU s; %s\n",
	       STR_FMT(r->row.name), (long long)(r->row.size >> 10), (long long)r->row.categories,
	       (long long)r->row.examples, (long long)m->held, (double)m->accuracy / 1e4, 100 * low,
	       100 * high, (double)m->ece / 1e6, (double)m->cpu_ms / 1e3,
	       r->row.active ? "it decides from now on"
	                     : "kept, but worse than the one that decides, which stays");
}

int sense_train(struct app *app, const struct sense_training *what)
{
	struct error e;
	struct train_result r;
	struct train_data data = {0};
	struct labels made = {0};
	int64_t brand_id, added = 0;
	enum err err = app_open(app, 0, &e);
	if (!err)
		err = brand_by_slug(app, what->brand, &brand_id, &e);
	if (!err)
		err = unknown_labels(app, brand_id, what, &made, &e);
	if (!err && made.v.n && !what->make_categories)
		err = refuse(app, &made, &e);
	if (!err)
		err = keep(app, what->examples, what->n, what->source, brand_id, &added, &e);
	if (!err && what->n)
		printf("%s: %lld examples kept, %lld of them new\n", what->source,
		       (long long)what->n, (long long)added);
	if (!err && made.v.n)
		printf("labels that became categories: %zu (%.*s)\n", made.v.n,
		       STR_FMT(some_of(app->arena, made.v.p, made.v.n)));
	if (!err)
		err = train(app, brand_id, &data, &r, &e);
	if (err)
		return app_fail(app, &e);
	tell_result(&r);
	return 0;
}

/* ---- articles ---- */

struct articles {
	struct app *app;
	struct article_input items[BATCH];
	size_t n;
	struct article_imported sum, all;
};

static enum err import_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct articles *x = arg;
	ARENA_AUTO a = arena_new();
	return desk_article_import(&x->app->desk, a, tx, actor_system(), x->items, x->n, &x->sum,
	                           e);
}

static enum err flush(struct articles *x, struct error *e)
{
	enum err err = x->n ? db_write(x->app->db, import_run, x, e) : ERR_OK;
	if (!err && x->n) {
		x->all.added += x->sum.added;
		x->all.changed += x->sum.changed;
		x->all.same += x->sum.same;
	}
	x->n = 0;
	return err;
}

static void put_questions(struct arena *a, const struct json *list, struct article_input *out)
{
	str *q = ARENA_ARRAY(a, list->n, str);
	for (size_t i = 0; list->kind == JSON_KIND_ARRAY && i < list->n; i++)
		if (json_at(list, i)->kind == JSON_KIND_STR)
			q[out->n_questions++] = json_at(list, i)->s;
	out->questions = q;
}

static enum err read_line(struct arena *a, str line, int64_t brand_id, const char *language,
                          struct article_input *out, struct error *e)
{
	const struct json *j;
	enum err err = json_parse(a, line, NULL, &j, e);
	if (err)
		return err;
	*out = (struct article_input){
	    .brand_id = brand_id,
	    .slug = json_get_str(j, "slug", json_get_str(j, "id", STR(""))),
	    .title = json_get_str(j, "title", STR("")),
	    .body = json_get_str(j, "body", STR("")),
	    .language = json_get_str(j, "language", language ? str_of(language) : STR("")),
	    .state = json_get_str(j, "state", STR("")),
	    .source = json_get_str(j, "source", STR("")),
	};
	put_questions(a, json_get(j, "questions"), out);
	if (!out->language.n) {
		struct language_guess g = language_of(str_concat(a, out->title, out->body));
		out->language = str_of(strcmp(g.code, "ru") == 0 ? "ru" : "en");
	}
	return ERR_OK;
}

static enum err import_file(struct articles *x, const char *path, int64_t brand_id,
                            const char *language, struct error *e)
{
	str file = STR_NONE, line;
	int64_t number = 0;
	struct arena *a = x->app->arena;
	enum err err = command_read_file(a, path, &file, e);
	while (!err && file.n && str_split(&file, '\n', &line)) {
		number++;
		if (!str_trim(line).n)
			continue;
		err = read_line(a, line, brand_id, language, &x->items[x->n], e);
		if (err)
			break;
		if (++x->n == BATCH)
			err = flush(x, e);
	}
	if (!err)
		err = flush(x, e);
	if (err && !*e->detail)
		(void)snprintf(e->detail, sizeof e->detail, "%s, at line %lld or before", path,
		               (long long)number);
	return err;
}

int sense_import_articles(struct app *app, const char *const *files, size_t n, const char *brand,
                          const char *language)
{
	struct error e;
	int64_t brand_id;
	struct articles *x = ARENA_NEW(app->arena, struct articles);
	x->app = app;
	enum err err = app_open(app, 0, &e);
	if (!err)
		err = brand_by_slug(app, brand, &brand_id, &e);
	for (size_t i = 0; !err && i < n; i++)
		err = import_file(x, files[i], brand_id, language, &e);
	if (err)
		return app_fail(app, &e);
	printf("%lld + %lld ~ %lld =\n", (long long)x->all.added, (long long)x->all.changed,
	       (long long)x->all.same);
	return 0;
}
