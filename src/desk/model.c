/* model.c: see model.h. */
#include "desk/model.h"

#include "base/vec.h"
#include "desk/mask.h"
#include "events/event.h"
#include "json/read.h"
#include "json/write.h"
#include "store/brand.h"
#include "store/ids.h"
#include "store/job.h"
#include "store/system.h"

enum { PAGE = 50, DRIFT_DAYS = 30 };

/* ---- measures ---- */

static void put_row(struct jw *w, const int64_t *v, size_t n)
{
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_i64(w, v[i]);
	jw_end(w);
}

str model_measures_write(struct arena *a, const struct model_measures *m)
{
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_i64(&w, "held", m->held);
	jw_put_i64(&w, "accuracy", m->accuracy);
	jw_put_i64(&w, "macro_f1", m->macro_f1);
	jw_put_i64(&w, "ece", m->ece);
	jw_put_i64(&w, "threshold", m->threshold);
	jw_put_i64(&w, "cpu_ms", m->cpu_ms);
	jw_put_i64(&w, "left_out", m->left_out);
	jw_put_array(&w, "categories");
	for (size_t i = 0; i < m->n_categories; i++) {
		const struct category_measure *x = &m->categories[i];
		put_row(&w, (int64_t[]){x->category_id, x->examples, x->held, x->guessed, x->right},
		        5);
	}
	jw_end(&w);
	jw_put_array(&w, "curve");
	for (size_t i = 0; i < m->n_curve; i++)
		put_row(
		    &w,
		    (int64_t[]){m->curve[i].threshold, m->curve[i].coverage, m->curve[i].accuracy},
		    3);
	jw_end(&w);
	jw_put_array(&w, "confusions");
	for (size_t i = 0; i < m->n_confusions; i++)
		put_row(&w,
		        (int64_t[]){m->confusions[i].truth, m->confusions[i].guess,
		                    m->confusions[i].count},
		        3);
	jw_end(&w);
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

static int64_t at(const struct json *row, size_t i)
{
	return json_at(row, i)->i;
}

void model_measures_read(struct arena *a, str text, struct model_measures *out)
{
	const struct json *j;
	*out = (struct model_measures){0};
	if (json_parse(a, text, NULL, &j, NULL))
		return;
	out->held = json_get_i64(j, "held", 0);
	out->accuracy = json_get_i64(j, "accuracy", 0);
	out->macro_f1 = json_get_i64(j, "macro_f1", 0);
	out->ece = json_get_i64(j, "ece", 0);
	out->threshold = json_get_i64(j, "threshold", 0);
	out->cpu_ms = json_get_i64(j, "cpu_ms", 0);
	out->left_out = json_get_i64(j, "left_out", 0);
	const struct json *rows = json_get(j, "categories");
	out->categories = ARENA_ARRAY(a, rows->n, struct category_measure);
	for (out->n_categories = 0; out->n_categories < rows->n; out->n_categories++) {
		const struct json *r = json_at(rows, out->n_categories);
		out->categories[out->n_categories] =
		    (struct category_measure){at(r, 0), at(r, 1), at(r, 2), at(r, 3), at(r, 4)};
	}
	rows = json_get(j, "curve");
	out->curve = ARENA_ARRAY(a, rows->n, struct curve_point);
	for (out->n_curve = 0; out->n_curve < rows->n; out->n_curve++) {
		const struct json *r = json_at(rows, out->n_curve);
		out->curve[out->n_curve] = (struct curve_point){at(r, 0), at(r, 1), at(r, 2)};
	}
	rows = json_get(j, "confusions");
	out->confusions = ARENA_ARRAY(a, rows->n, struct confusion);
	for (out->n_confusions = 0; out->n_confusions < rows->n; out->n_confusions++) {
		const struct json *r = json_at(rows, out->n_confusions);
		out->confusions[out->n_confusions] =
		    (struct confusion){at(r, 0), at(r, 1), at(r, 2)};
	}
}

/* ---- models ---- */

static bool sees(const struct actor *actor, int64_t brand_id)
{
	return !brand_id || actor->all_brands || ids_have(actor->brands, actor->n_brands, brand_id);
}

static enum err fill(struct arena *a, struct db_conn *c, struct model_full *m, struct error *e)
{
	struct brand brand;
	model_measures_read(a, m->row.measures, &m->measures);
	if (!m->row.brand_id)
		return ERR_OK;
	enum err err = brand_get(a, c, m->row.brand_id, &brand, e);
	m->brand_name = err ? STR("") : brand.name;
	return err;
}

enum err desk_model_list(const struct desk *d, struct arena *a, struct db_conn *c,
                         const struct actor *actor, int64_t before, struct model_full **out,
                         size_t *n, struct error *e)
{
	struct model_row *rows;
	size_t all;
	(void)d;
	*n = 0;
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err || (err = model_row_list(a, c, before, PAGE, &rows, &all, e)))
		return err;
	*out = ARENA_ARRAY(a, all, struct model_full);
	for (size_t i = 0; !err && i < all; i++) {
		if (!sees(actor, rows[i].brand_id))
			continue;
		(*out)[*n].row = rows[i];
		err = fill(a, c, &(*out)[(*n)++], e);
	}
	return err;
}

static enum err read_one(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                         struct model_full *out, struct error *e)
{
	*out = (struct model_full){0};
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err || (err = model_row_get(a, c, id, &out->row, e)))
		return err;
	if (!sees(actor, out->row.brand_id))
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return fill(a, c, out, e);
}

enum err desk_model_get(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, int64_t id, struct model_full *out,
                        struct model_names *names, struct error *e)
{
	VEC(int64_t) ids = {0};
	(void)d;
	enum err err = read_one(a, c, actor, id, out, e);
	if (err)
		return err;
	for (size_t i = 0; i < out->measures.n_categories; i++)
		*vec_push(a, &ids) = out->measures.categories[i].category_id;
	return category_names(a, c, ids.p, ids.n, &names->names, &names->n_names, e);
}

enum err desk_model_activate(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, struct model_full *out,
                             struct error *e)
{
	struct model_row *active;
	size_t n;
	int64_t from = 0;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err || (err = db_lock(tx, "model", 1, e)) ||
	    (err = read_one(a, tx, actor, id, out, e)) ||
	    (err = model_row_active(a, tx, &active, &n, e)))
		return err;
	if (!out->row.brand_id && !actor->all_brands)
		return error_set(e, ERR_DENIED, "error.denied", NULL, "learn.manage");
	for (size_t i = 0; i < n; i++)
		if (active[i].brand_id == out->row.brand_id)
			from = active[i].id;
	if (from == id)
		return ERR_OK;
	if (!out->row.size)
		return error_set(e, ERR_CONFLICT, "error.model_gone", NULL, NULL);
	if ((err = model_row_activate(tx, &out->row, e)))
		return err;
	out->row.active = true;
	event_add(tx, now, actor, EVENT_MODEL_ACTIVATED,
	          (struct event_about){.brand_id = out->row.brand_id},
	          EVENT_DATA(EVENT_INT("model_id", id), EVENT_INT("from_id", from)));
	return ERR_OK;
}

/* ---- how it does ---- */

enum err desk_model_mistakes(const struct desk *d, struct arena *a, struct db_conn *c,
                             const struct actor *actor, int64_t before, int limit,
                             struct model_mistake **out, size_t *n, struct model_names *names,
                             struct error *e)
{
	VEC(int64_t) ids = {0};
	(void)d;
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err || (err = model_mistakes(a, c, actor, before, limit > 0 ? limit : PAGE, out, n, e)))
		return err;
	for (size_t i = 0; i < *n; i++) {
		struct mask mask;
		if ((err = mask_load(a, c, actor, (*out)[i].ticket_id, 0, &mask, e)))
			return err;
		(*out)[i].subject = mask_text(a, &mask, (*out)[i].subject);
		*vec_push(a, &ids) = (*out)[i].guess;
		*vec_push(a, &ids) = (*out)[i].truth;
	}
	return category_names(a, c, ids.p, ids.n, &names->names, &names->n_names, e);
}

static struct model_drift *drift_of(struct arena *a, struct drift_list *l, size_t most,
                                    int64_t category_id)
{
	if (!l->items)
		l->items = ARENA_ARRAY(a, most, struct model_drift);
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].now.category_id == category_id)
			return &l->items[i];
	l->items[l->n] =
	    (struct model_drift){{.category_id = category_id}, {.category_id = category_id}};
	return &l->items[l->n++];
}

static double changed(const struct drift_list *l, const struct model_drift *x)
{
	double now = l->total ? (double)x->now.count / (double)l->total : 0,
	       was = l->total_before ? (double)x->before.count / (double)l->total_before : 0;
	return now > was ? now - was : was - now;
}

enum err desk_model_drift(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t brand_id, int days,
                          struct drift_list *out, struct model_names *names, struct error *e)
{
	struct model_use *use[2];
	size_t n[2];
	VEC(int64_t) ids = {0};
	usec now = clock_now(d->clock);
	*out = (struct drift_list){.days = days > 0 ? days : DRIFT_DAYS};
	usec span = out->days * USEC_DAY;
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (!err && (!sees(actor, brand_id) || (!brand_id && !actor->all_brands)))
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if (err || (err = model_usage(a, c, now - span, now + 1, brand_id, &use[0], &n[0], e)) ||
	    (err = model_usage(a, c, now - 2 * span, now - span, brand_id, &use[1], &n[1], e)))
		return err;
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < n[k]; i++) {
			struct model_drift *x =
			    drift_of(a, out, n[0] + n[1] + 1, use[k][i].category_id);
			*(k ? &x->before : &x->now) = use[k][i];
			*(k ? &out->total_before : &out->total) += use[k][i].count;
			*vec_push(a, &ids) = use[k][i].category_id;
		}
	/* Few: by insertion. */
	for (size_t i = 1; i < out->n; i++)
		for (size_t k = i;
		     k > 0 && changed(out, &out->items[k]) > changed(out, &out->items[k - 1]);
		     k--) {
			struct model_drift x = out->items[k];
			out->items[k] = out->items[k - 1];
			out->items[k - 1] = x;
		}
	return category_names(a, c, ids.p, ids.n, &names->names, &names->n_names, e);
}

/* ---- training ---- */

static str job_key(struct arena *a, int64_t brand_id)
{
	return str_printf(a, "brand:%lld", (long long)brand_id);
}

enum err desk_training_get(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, struct training *out, struct error *e)
{
	struct model_row *newest;
	struct job job;
	size_t n;
	VEC(int64_t) ids = {0};
	(void)d;
	*out = (struct training){0};
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err || (err = example_counts(a, c, &out->counts, &out->n_counts, e)) ||
	    (err = example_sources(a, c, &out->sources, &out->n_sources, e)) ||
	    (err = model_row_list(a, c, 0, 1, &newest, &n, e)) ||
	    (err = corrections_count(c, n ? newest[0].corrections : 0, &out->corrections, e)) ||
	    (err = job_find(a, c, DESK_JOB_TRAIN, job_key(a, 0), &job, e)))
		return err;
	for (size_t i = 0; i < out->n_counts; i++) {
		out->total += out->counts[i].imported + out->counts[i].labelled;
		*vec_push(a, &ids) = out->counts[i].category_id;
	}
	out->running = job.id && !job.dead;
	out->queued_at = out->running ? job.due : 0;
	str why;
	if ((err = system_get(a, c, SYSTEM_TRAIN_ERROR, &why, e)))
		return err;
	ptrdiff_t space = str_chr(why, ' '); /* "key arg" */
	out->error = space < 0 ? why : str_sub(why, 0, (size_t)space);
	out->error_arg = space < 0 ? STR("") : str_from(why, (size_t)space + 1);
	return category_names(a, c, ids.p, ids.n, &out->names.names, &out->names.n_names, e);
}

enum err desk_training_start(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t brand_id, struct error *e)
{
	struct brand brand;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err)
		return err;
	if (!brand_id && !actor->all_brands)
		return error_set(e, ERR_DENIED, "error.denied", NULL, "learn.manage");
	if (!sees(actor, brand_id))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "brand_id", NULL);
	if (brand_id && brand_get(a, tx, brand_id, &brand, NULL))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "brand_id", NULL);
	str payload = str_printf(a, "{\"brand_id\":%lld,\"account_id\":%lld}", (long long)brand_id,
	                         (long long)(actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0));
	return job_add(tx, DESK_JOB_TRAIN, job_key(a, brand_id), now, payload, now, e);
}

enum err desk_training_drop(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, str source, struct error *e)
{
	int64_t dropped = 0;
	(void)a;
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (!err && !actor->all_brands) /* they are examples for all */
		err = error_set(e, ERR_DENIED, "error.denied", NULL, "learn.manage");
	if (err || (err = example_drop(tx, source, &dropped, e)))
		return err;
	event_add(tx, clock_now(d->clock), actor, EVENT_ADMIN_CHANGED, (struct event_about){0},
	          EVENT_DATA(EVENT_CODE("object", STR("examples")), EVENT_INT("object_id", dropped),
	                     EVENT_CODE("field", STR("dropped"))));
	return ERR_OK;
}
