/* train.c: see train.h. */
#include "desk/train.h"

#include "base/vec.h"
#include "desk/understand.h"
#include "events/event.h"
#include "store/job.h"
#include "store/sense.h"
#include "store/system.h"

enum {
	PAGE = 500,
	TEXT_MAX_BYTES = 4000, /* of an example */
	EXAMPLES_MAX = 100000,
	EXAMPLES_BYTES = 16 << 20,
	MODELS_KEEP = 10,
	CURVE_MAX = 51,
	CONFUSIONS_MAX = 200,
	NEW_LEAST = 10, /* corrections after which is trained anew ... */
	NEW_MOST = 500, /* ... or a hundredth of the examples, at most this */
	WORSE = 5000,   /* millionths of accuracy by which a new model may be worse */
};

/* ---- collecting ---- */

static bool teaches(const struct category *all, size_t n, int64_t id, int64_t brand_id)
{
	const struct category *c = category_of(all, n, id);
	return c && c->active && (!c->brand_id || !brand_id || c->brand_id == brand_id);
}

struct collected {
	VEC(struct learn_example) v;
	VEC(int64_t) ids; /* the category of each */
	int64_t bytes, max, bytes_max;
	int64_t left_out;
};

/* Newest first, so what is too much is what is oldest. */
static void add(struct arena *a, struct collected *to, int64_t category_id, str text)
{
	text = str_cut_utf8(str_trim(text), TEXT_MAX_BYTES);
	if (!text.n)
		return;
	if ((int64_t)to->v.n >= to->max || to->bytes + (int64_t)text.n > to->bytes_max) {
		to->left_out++;
		return;
	}
	to->bytes += (int64_t)text.n;
	*vec_push(a, &to->v) = (struct learn_example){
	    .label = str_printf(a, "%lld", (long long)category_id), .text = str_dup(a, text)};
	*vec_push(a, &to->ids) = category_id;
}

static void add_name(struct arena *a, const struct category *c, struct train_data *out)
{
	str label = str_printf(a, "%lld", (long long)c->id);
	out->names[out->n_names++] = (struct learn_example){.label = label, .text = c->name_en};
	if (!str_eq(c->name_ru, c->name_en)) /* given in one language, it stands for both */
		out->names[out->n_names++] =
		    (struct learn_example){.label = label, .text = c->name_ru};
}

/* Leaves out what too few examples tell of. */
static void keep_enough(struct arena *a, const struct category *all, size_t n_all,
                        struct collected *from, struct train_data *out)
{
	out->examples = from->v.p;
	out->names = ARENA_ARRAY(a, 2 * n_all, struct learn_example);
	out->thin = ARENA_ARRAY(a, n_all, struct train_thin);
	for (size_t k = 0; k < n_all; k++) {
		size_t count = 0;
		for (size_t i = 0; i < from->ids.n; i++)
			count += from->ids.p[i] == all[k].id;
		if (count >= TRAIN_LEAST) {
			out->categories++;
			add_name(a, &all[k], out);
		} else if (count) {
			out->thin[out->n_thin++] =
			    (struct train_thin){all[k].name_en, all[k].name_ru, count};
		}
		for (size_t i = 0; count < TRAIN_LEAST && i < from->ids.n; i++)
			if (from->ids.p[i] == all[k].id)
				from->ids.p[i] = 0;
	}
	for (size_t i = 0; i < from->ids.n; i++)
		if (from->ids.p[i])
			out->examples[out->n++] = from->v.p[i];
}

struct from {
	struct db_conn *c;
	const struct category *all;
	size_t n_all;
	int64_t brand_id;
};

/* What is not kept of a page is freed with it. */
static enum err add_examples(struct arena *a, const struct from *f, struct collected *to,
                             struct error *e)
{
	enum err err = ERR_OK;
	size_t n = 1;
	for (int64_t at = 0; !err && n;) {
		ARENA_AUTO tmp = arena_new();
		struct example *page;
		err = example_page(tmp, f->c, at, PAGE, &page, &n, e);
		for (size_t i = 0; !err && i < n; i++) {
			at = page[i].id;
			if (teaches(f->all, f->n_all, page[i].category_id, f->brand_id))
				add(a, to, page[i].category_id, page[i].text);
		}
	}
	return err;
}

static enum err add_labelled(struct arena *a, const struct from *f, struct collected *to,
                             struct error *e)
{
	enum err err = ERR_OK;
	size_t n = 1;
	for (int64_t at = 0; !err && n;) {
		ARENA_AUTO tmp = arena_new();
		struct example *page;
		err = labelled_page(tmp, f->c, at, PAGE, &page, &n, e);
		for (size_t i = 0; !err && i < n; i++) {
			at = page[i].id;
			if ((!f->brand_id || page[i].brand_id == f->brand_id) &&
			    teaches(f->all, f->n_all, page[i].category_id, f->brand_id))
				add(a, to, page[i].category_id,
				    desk_understand_text(
				        tmp, page[i].subject,
				        str_cut_utf8(page[i].text, UNDERSTAND_MODEL_BYTES)));
		}
	}
	return err;
}

enum err train_collect(const struct desk *d, struct arena *a, struct db_conn *c, int64_t brand_id,
                       struct train_data *out, struct error *e)
{
	struct category *all;
	struct collected found = {.max = d->examples_max ? d->examples_max : EXAMPLES_MAX,
	                          .bytes_max =
	                              d->examples_bytes ? d->examples_bytes : EXAMPLES_BYTES};
	struct from from = {.c = c, .brand_id = brand_id};
	*out = (struct train_data){0};
	enum err err = category_list(a, c, &all, &from.n_all, e);
	if (err || (err = corrections_last(c, &out->corrections, e)))
		return err;
	from.all = all;
	if ((err = add_labelled(a, &from, &found, e)) || (err = add_examples(a, &from, &found, e)))
		return err;
	out->left_out = found.left_out;
	keep_enough(a, all, from.n_all, &found, out);
	return ERR_OK;
}

/* ---- training ---- */

static int64_t millionths(double x)
{
	return (int64_t)(x * SENSE_ONE + .5);
}

static int64_t label_id(const struct model_info *info, uint32_t label)
{
	int64_t id = 0;
	(void)str_to_i64(info->labels[label].name, &id);
	return id;
}

static void measure(struct arena *a, const struct model_info *info, struct model_measures *out)
{
	*out = (struct model_measures){
	    .held = info->held,
	    .accuracy = millionths(info->accuracy),
	    .macro_f1 = millionths(info->macro_f1),
	    .ece = millionths(info->ece),
	    .threshold = millionths((double)info->threshold),
	    .categories = ARENA_ARRAY(a, info->label_count, struct category_measure),
	    .n_categories = info->label_count,
	    .curve = ARENA_ARRAY(a, CURVE_MAX, struct curve_point),
	    .confusions = ARENA_ARRAY(a, CONFUSIONS_MAX, struct confusion),
	};
	for (size_t i = 0; i < info->label_count; i++) {
		const struct model_label *l = &info->labels[i];
		out->categories[i] = (struct category_measure){
		    label_id(info, (uint32_t)i), l->examples, l->held, l->guessed, l->right};
	}
	size_t every = info->curve_count / CURVE_MAX + 1;
	for (size_t i = 0; i < info->curve_count; i += every) {
		const struct model_point *p = &info->curve[i];
		out->curve[out->n_curve++] = (struct curve_point){millionths((double)p->threshold),
		                                                  millionths((double)p->coverage),
		                                                  millionths((double)p->accuracy)};
	}
	for (size_t i = 0; i < info->error_count && out->n_confusions < CONFUSIONS_MAX; i++)
		out->confusions[out->n_confusions++] = (struct confusion){
		    label_id(info, info->errors[i].truth), label_id(info, info->errors[i].guess),
		    info->errors[i].count};
}

static int64_t thread_cpu_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum err train_run(struct arena *a, const struct train_data *data, usec now,
                   bool (*tell)(void *arg, const struct learn_progress *p), void *tell_arg,
                   struct train_result *out, struct error *e)
{
	struct learn_options o;
	struct model *m;
	int64_t began = thread_cpu_ms();
	learn_options_init(&o);
	o.date = now;
	o.tell = tell;
	o.tell_arg = tell_arg;
	o.names = data->names;
	o.names_n = data->n_names;
	*out = (struct train_result){0};
	enum err err = learn_train(a, data->examples, data->n, &o, &out->bytes, e);
	if (err || (err = model_open(out->bytes, &m, e)))
		return err;
	const struct model_info *info = model_info(m);
	measure(a, info, &out->measures);
	out->measures.cpu_ms = thread_cpu_ms() - began;
	out->measures.left_out = data->left_out;
	out->row = (struct model_row){
	    .created_at = now,
	    .data_hash = str_hex(a, str_n((const char *)info->data_hash, sizeof info->data_hash)),
	    .examples = (int64_t)data->n,
	    .categories = (int64_t)data->categories,
	    .corrections = data->corrections,
	    .size = (int64_t)out->bytes.n,
	};
	model_free(m);
	out->row.measures = model_measures_write(a, &out->measures);
	return ERR_OK;
}

/* ---- installing ---- */

/* How often the old model would have been right about what the new one was measured on, as far as
 * its own measures tell: about a category that it does not know never. */
static int64_t would_be_right(const struct model_measures *old, const struct model_measures *new)
{
	double right = 0, held = 0;
	for (size_t i = 0; i < new->n_categories; i++) {
		const struct category_measure *x = &new->categories[i];
		held += (double)x->held;
		for (size_t k = 0; k < old->n_categories; k++) {
			const struct category_measure *y = &old->categories[k];
			if (y->category_id == x->category_id && y->held)
				right += (double)x->held * (double)y->right / (double)y->held;
		}
	}
	return held > 0 ? millionths(right / held) : old->accuracy;
}

/* *better: it may decide. */
static enum err compare(struct arena *a, struct db_conn *tx, const struct train_result *r,
                        bool *better, int64_t *from, struct error *e)
{
	struct model_row *active, old;
	struct model_measures was;
	size_t n;
	*from = 0;
	*better = true;
	enum err err = model_row_active(a, tx, &active, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		if (active[i].brand_id == r->row.brand_id)
			*from = active[i].id;
	if (err || !*from || (err = model_row_get(a, tx, *from, &old, e)))
		return err;
	model_measures_read(a, old.measures, &was);
	*better = r->measures.accuracy + WORSE >= would_be_right(&was, &r->measures);
	return ERR_OK;
}

static enum err thin(const struct desk *d, struct arena *a, struct db_conn *tx, int64_t brand_id,
                     usec now, struct error *e)
{
	str empty;
	enum err err = blob_put(&d->blobs, a, tx, STR(""), now, &empty, e);
	return err ? err
	           : model_rows_thin(a, tx, brand_id, d->models_keep ? d->models_keep : MODELS_KEEP,
	                             empty, now, NULL, e);
}

enum err train_install(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, struct train_result *r, const struct blob *blob,
                       bool always, struct error *e)
{
	bool better;
	int64_t from;
	usec now = clock_now(d->clock);
	enum err err = db_lock(tx, "model", 1, e);
	if (err || (err = model_row_name(a, tx, now, &r->row.name, e)) ||
	    (err = blob_attach(tx, blob, now, e)) || (err = compare(a, tx, r, &better, &from, e)))
		return err;
	r->row.hash = blob->hash;
	r->row.active = better || always;
	if ((err = model_row_insert(tx, &r->row, e)) ||
	    (r->row.active && (err = model_row_activate(tx, &r->row, e))) ||
	    (err = thin(d, a, tx, r->row.brand_id, now, e)) ||
	    (err = system_remove(tx, SYSTEM_TRAIN_ERROR, e)))
		return err;
	struct event_about about = {.brand_id = r->row.brand_id};
	event_add(tx, now, actor, EVENT_MODEL_TRAINED, about,
	          EVENT_DATA(EVENT_INT("model_id", r->row.id), EVENT_CODE("source", r->row.source),
	                     EVENT_INT("examples", r->row.examples),
	                     EVENT_INT("accuracy", r->measures.accuracy),
	                     EVENT_INT("active", r->row.active)));
	if (r->row.active)
		event_add(tx, now, actor, EVENT_MODEL_ACTIVATED, about,
		          EVENT_DATA(EVENT_INT("model_id", r->row.id), EVENT_INT("from_id", from)));
	return ERR_OK;
}

enum err train_failed(const struct desk *d, struct arena *a, struct db_conn *tx, str source,
                      const struct error *why, struct error *e)
{
	event_add(tx, clock_now(d->clock), actor_system(), EVENT_MODEL_FAILED,
	          (struct event_about){0},
	          EVENT_DATA(EVENT_CODE("source", source), EVENT_CODE("reason", str_of(why->key))));
	return system_set(tx, SYSTEM_TRAIN_ERROR,
	                  str_to_utf8(a, str_printf(a, "%s %s", why->key, why->arg)), e);
}

/* ---- by itself ---- */

enum err train_due(struct arena *a, struct db_conn *c, bool *out, struct error *e)
{
	struct sense_rule rule;
	struct model_row *newest;
	struct example_count *counts;
	size_t n, n_counts;
	int64_t corrections = 0, total = 0;
	*out = false;
	enum err err = sense_rule_get(a, c, 0, &rule, e);
	if (err || !rule.auto_train || (err = model_row_list(a, c, 0, 1, &newest, &n, e)) ||
	    (err = corrections_count(c, n ? newest[0].corrections : 0, &corrections, e)))
		return err;
	if (corrections < NEW_LEAST)
		return ERR_OK;
	if ((err = example_counts(a, c, &counts, &n_counts, e)))
		return err;
	size_t enough = 0;
	for (size_t i = 0; i < n_counts; i++) {
		total += counts[i].imported + counts[i].labelled;
		enough += counts[i].imported + counts[i].labelled >= TRAIN_LEAST;
	}
	int64_t want = total / 100;
	want = want < NEW_LEAST ? NEW_LEAST : want > NEW_MOST ? NEW_MOST : want;
	*out = enough >= 2 && corrections >= want;
	return ERR_OK;
}
