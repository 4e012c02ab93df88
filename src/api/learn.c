/* learn.c: models, training, how the categorizer does. */
#include "api/map.h"
#include "desk/model.h"
#include "desk/sense.h"
#include "desk/train.h"
#include "learn/measure.h"

static int64_t mille(int64_t part)
{
	return (part + 500) / 1000;
}

/* part of whole per mille; `none` when there is no whole. */
static int64_t ratio(int64_t part, int64_t whole, int64_t none)
{
	return whole ? (part * 1000 + whole / 2) / whole : none;
}

/* The interval of part of whole, per mille. */
static void bounds(int64_t part, int64_t whole, int64_t *low, int64_t *high)
{
	double a, b;
	measure_interval((uint64_t)part, (uint64_t)whole, &a, &b);
	*low = (int64_t)(a * 1000 + .5);
	*high = (int64_t)(b * 1000 + .5);
}

static void put_model(struct arena *a, struct api_model *out, const struct model_full *m)
{
	const struct model_row *r = &m->row;
	*out = (struct api_model){
	    .id = r->id,
	    .name = r->name,
	    .brand = api_named(a, r->brand_id, m->brand_name),
	    .active = r->active,
	    .created_at = r->created_at,
	    .created_by = api_ref(a, r->created_by, r->created_by_name),
	    .source = r->source,
	    .examples = r->examples,
	    .categories = r->categories,
	    .size = r->size,
	    .data_hash = r->data_hash,
	    .held_out = m->measures.held,
	    .accuracy = mille(m->measures.accuracy),
	    .macro_f1 = mille(m->measures.macro_f1),
	    .ece = mille(m->measures.ece),
	    .cpu_ms = m->measures.cpu_ms,
	    .left_out = m->measures.left_out,
	};
	bounds((m->measures.held * m->measures.accuracy + SENSE_ONE / 2) / SENSE_ONE,
	       m->measures.held, &out->accuracy_low, &out->accuracy_high);
}

enum err api_model_list(struct api_call *call, const struct api_model_list_query *q,
                        struct api_model_list *out, struct error *e)
{
	struct model_full *list;
	size_t n;
	enum err err = desk_model_list(CALL_DESK, q->before, &list, &n, e);
	if (err)
		return err;
	struct api_model *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_model(call->arena, &items[i], &list[i]);
	out->next = n == 50 ? list[n - 1].row.id : 0;
	return ERR_OK;
}

static const struct api_category_ref *ref(const struct api_call *call,
                                          const struct model_names *names, int64_t id)
{
	return api_category_named(call->arena, api_lang(call), names->names, names->n_names, id);
}

enum err api_model_get(struct api_call *call, struct api_model_full *out, struct error *e)
{
	struct model_full m;
	struct model_names names;
	struct arena *a = call->arena;
	enum err err = desk_model_get(CALL_DESK, call->id, &m, &names, e);
	if (err)
		return err;
	put_model(a, &out->model, &m);
	struct api_category_measure *ms = API_LIST(a, out, measures, m.measures.n_categories);
	out->n_measures = 0;
	for (size_t i = 0; i < m.measures.n_categories; i++) {
		const struct category_measure *x = &m.measures.categories[i];
		const struct api_category_ref *of = ref(call, &names, x->category_id);
		if (!of)
			continue;
		struct api_category_measure *to = &ms[out->n_measures++];
		*to = (struct api_category_measure){
		    .category = *of,
		    .examples = x->examples,
		    .held_out = x->held,
		    .guessed = x->guessed,
		    .precision = ratio(x->right, x->guessed, -1),
		    .recall = ratio(x->right, x->held, -1),
		};
		bounds(x->right, x->guessed, &to->precision_low, &to->precision_high);
		bounds(x->right, x->held, &to->recall_low, &to->recall_high);
	}
	struct api_curve_point *curve = API_LIST(a, out, curve, m.measures.n_curve);
	for (size_t i = 0; i < m.measures.n_curve; i++)
		curve[i] = (struct api_curve_point){api_percent(m.measures.curve[i].threshold),
		                                    mille(m.measures.curve[i].coverage),
		                                    mille(m.measures.curve[i].accuracy)};
	struct api_confusion *cs = API_LIST(a, out, confusions, m.measures.n_confusions);
	out->n_confusions = 0;
	for (size_t i = 0; i < m.measures.n_confusions; i++) {
		const struct confusion *x = &m.measures.confusions[i];
		const struct api_category_ref *truth = ref(call, &names, x->truth),
		                              *guess = ref(call, &names, x->guess);
		if (truth && guess)
			cs[out->n_confusions++] = (struct api_confusion){*truth, *guess, x->count};
	}
	return ERR_OK;
}

enum err api_model_activate(struct api_call *call, struct api_model *out, struct error *e)
{
	struct model_full m;
	enum err err = desk_model_activate(CALL_DESK, call->id, &m, e);
	if (err == ERR_OK)
		put_model(call->arena, out, &m);
	return err;
}

enum err api_model_mistakes(struct api_call *call, const struct api_model_mistakes_query *q,
                            struct api_mistake_list *out, struct error *e)
{
	struct model_mistake *list;
	struct model_names names;
	size_t n;
	int limit = q->has_limit ? (int)q->limit : 50;
	enum err err = desk_model_mistakes(CALL_DESK, q->before, limit, &list, &n, &names, e);
	if (err)
		return err;
	struct api_mistake *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct api_mistake){
		    .id = list[i].id,
		    .ticket_id = list[i].ticket_id,
		    .subject = list[i].subject,
		    .guess = ref(call, &names, list[i].guess),
		    .truth = ref(call, &names, list[i].truth),
		    .confidence = api_percent(list[i].confidence),
		    .model_id = list[i].model_id,
		};
	out->next = n == (size_t)limit ? list[n - 1].id : 0;
	return ERR_OK;
}

enum err api_model_drift(struct api_call *call, const struct api_model_drift_query *q,
                         struct api_drift_list *out, struct error *e)
{
	struct drift_list list;
	struct model_names names;
	enum err err = desk_model_drift(CALL_DESK, q->brand_id, (int)q->days, &list, &names, e);
	if (err)
		return err;
	struct api_drift *items = API_LIST(call->arena, out, items, list.n);
	for (size_t i = 0; i < list.n; i++) {
		const struct model_use *x = &list.items[i].now, *y = &list.items[i].before;
		items[i] = (struct api_drift){
		    .category = ref(call, &names, x->category_id),
		    .count = x->count,
		    .count_before = y->count,
		    .share = ratio(x->count, list.total, 0),
		    .share_before = ratio(y->count, list.total_before, 0),
		    .corrected = ratio(x->corrected, x->count, 0),
		    .corrected_before = ratio(y->corrected, y->count, 0),
		    .triage = ratio(x->triage, x->count, 0),
		    .triage_before = ratio(y->triage, y->count, 0),
		    .confidence = x->count ? api_percent(x->confidence / x->count) : 0,
		    .confidence_before = y->count ? api_percent(y->confidence / y->count) : 0,
		};
	}
	out->days = list.days;
	return ERR_OK;
}

enum err api_urgent_use(struct api_call *call, const struct api_urgent_use_query *q,
                        struct api_urgent_use_list *out, struct error *e)
{
	struct urgent_use *list;
	size_t n;
	enum err err = desk_urgent_use(CALL_DESK, (int)q->days, &list, &n, e);
	if (err)
		return err;
	struct api_urgent_use *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct api_urgent_use){
		    .contact = {list[i].contact_id, list[i].name, list[i].address, list[i].vip},
		    .tickets = list[i].tickets,
		    .urgent = list[i].urgent,
		    .lifted = list[i].lifted,
		};
	out->most = call->api->o.desk->urgent_most;
	return ERR_OK;
}

static enum err put_training(struct api_call *call, struct api_training *out, struct error *e)
{
	struct training t;
	enum err err = desk_training_get(CALL_DESK, &t, e);
	if (err)
		return err;
	*out = (struct api_training){
	    .least = TRAIN_LEAST,
	    .total = t.total,
	    .corrections = t.corrections,
	    .running = t.running,
	    .queued_at = t.queued_at,
	    .error = t.error,
	    .error_arg = t.error_arg,
	};
	struct api_example_count *counts = API_LIST(call->arena, out, counts, t.n_counts);
	out->n_counts = 0;
	for (size_t i = 0; i < t.n_counts; i++) {
		const struct api_category_ref *of = ref(call, &t.names, t.counts[i].category_id);
		if (of)
			counts[out->n_counts++] = (struct api_example_count){
			    *of, t.counts[i].imported, t.counts[i].labelled};
	}
	struct api_example_source *sources = API_LIST(call->arena, out, sources, t.n_sources);
	for (size_t i = 0; i < t.n_sources; i++)
		sources[i] = (struct api_example_source){t.sources[i].name, t.sources[i].count,
		                                         t.sources[i].created_at};
	return ERR_OK;
}

enum err api_training_get(struct api_call *call, struct api_training *out, struct error *e)
{
	return put_training(call, out, e);
}

enum err api_model_train(struct api_call *call, const struct api_train_in *in,
                         struct api_training *out, struct error *e)
{
	enum err err = desk_training_start(CALL_DESK, in->brand_id, e);
	return err ? err : put_training(call, out, e);
}

enum err api_example_drop(struct api_call *call, const struct api_example_drop *in,
                          struct api_training *out, struct error *e)
{
	enum err err = desk_training_drop(CALL_DESK, in->source, e);
	return err ? err : put_training(call, out, e);
}
