/* sense.c: categories, what was understood of tickets, the rule by which is decided. */
#include "api/map.h"
#include "desk/sense.h"
#include "text/facts.h"

/* ---- categories ---- */

static void put_category(struct arena *a, enum lang lang, struct api_category *out,
                         const struct category *x)
{
	*out = (struct api_category){
	    .id = x->id,
	    .brand_id = x->brand_id,
	    .brand = x->brand_id ? x->brand_name : STR_NONE,
	    .parent_id = x->parent_id,
	    .slug = x->slug,
	    .name = lang == LANG_RU ? x->name_ru : x->name_en,
	    .name_en = x->name_en,
	    .name_ru = x->name_ru,
	    .line_id = x->line_id,
	    .has_priority = x->priority != 0,
	    .priority = (enum api_priority)(x->priority ? x->priority - 1 : 0),
	    .position = x->position,
	    .active = x->active,
	    .version = x->version,
	};
	out->facts = api_fact_kinds(a, x->facts, x->n_facts, &out->n_facts);
}

enum err api_category_list(struct api_call *call, struct api_category_list *out, struct error *e)
{
	struct category *list;
	size_t n;
	enum err err = desk_category_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_category *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_category(call->arena, api_lang(call), &items[i], &list[i]);
	return ERR_OK;
}

static enum err change_category(struct api_call *call, const struct api_category_in *in,
                                bool create, struct api_category *out, struct error *e)
{
	struct category x;
	int64_t version = api_version(call, in->has_version, in->version);
	str *facts = ARENA_ARRAY(call->arena, in->n_facts, str);
	for (size_t i = 0; i < in->n_facts; i++)
		facts[i] = api_fact_kind_name(in->facts[i]);
	const struct desk_category_patch patch = {
	    .version = version ? &version : NULL,
	    .brand_id = API_OPT(in, brand_id),
	    .parent_id = API_OPT(in, parent_id),
	    .line_id = API_OPT(in, line_id),
	    .priority = API_OPT(in, priority),
	    .position = API_OPT(in, position),
	    .slug = API_OPT(in, slug),
	    .name_en = API_OPT(in, name_en),
	    .name_ru = API_OPT(in, name_ru),
	    .facts = in->has_facts ? facts : NULL,
	    .n_facts = in->n_facts,
	    .active = API_OPT(in, active),
	};
	enum err err = create ? desk_category_create(CALL_DESK, &patch, &x, e)
	                      : desk_category_patch(CALL_DESK, call->id, &patch, &x, e);
	if (err == ERR_OK)
		put_category(call->arena, api_lang(call), out, &x);
	return err;
}

enum err api_category_create(struct api_call *call, const struct api_category_in *in,
                             struct api_category *out, struct error *e)
{
	return change_category(call, in, true, out, e);
}

enum err api_category_patch(struct api_call *call, const struct api_category_in *in,
                            struct api_category *out, struct error *e)
{
	return change_category(call, in, false, out, e);
}

/* ---- a ticket ---- */

static const struct api_named *line_named(struct arena *a, const struct ticket_sense *s, int64_t id)
{
	for (size_t i = 0; i < s->n_lines; i++)
		if (s->lines[i].id == id)
			return api_named(a, id, s->lines[i].name);
	return NULL;
}

static void put_decision(struct api_call *call, struct api_decision *out,
                         const struct ticket_sense *s, const struct decision *x)
{
	struct arena *a = call->arena;
	enum lang lang = api_lang(call);
	*out = (struct api_decision){
	    .id = x->id,
	    .at = x->at,
	    .by = api_ref(a, x->account_id, x->account_name),
	    .model_id = x->model_id,
	    .model = x->model_name,
	    .category = api_category_named(a, lang, s->names, s->n_names, x->category_id),
	    .was = api_category_named(a, lang, s->names, s->n_names, x->was_category_id),
	    .confidence = api_percent(x->confidence),
	    .triage = x->triage,
	    .line = line_named(a, s, x->line_id),
	    .was_line = line_named(a, s, x->was_line_id),
	    .has_priority = x->priority != 0,
	    .priority = (enum api_priority)(x->priority ? x->priority - 1 : 0),
	    .undone_at = x->undone_at,
	    .undoable = x->id == s->undoable || x->id == s->undoable_urgent,
	};
	struct api_reason_word *words = API_LIST(a, out, words, x->n_words);
	for (size_t i = 0; i < x->n_words; i++)
		words[i] = (struct api_reason_word){x->words[i].word, x->words[i].weight};
}

static void put_sense(struct api_call *call, struct api_ticket_sense *out,
                      const struct ticket_sense *s)
{
	struct arena *a = call->arena;
	enum lang lang = api_lang(call);
	const struct ticket *t = &s->t;
	*out = (struct api_ticket_sense){
	    .ticket_id = t->id,
	    .category = api_category_named(a, lang, s->names, s->n_names, t->category_id),
	    .category_by = t->category_by,
	    .confidence = api_percent(t->confidence),
	    .triage = t->triage,
	    .language = t->language,
	    .sentiment = api_sentiment_of(t->sentiment),
	    .urgent = t->flags & SENSE_URGENT,
	    .wants_manager = t->flags & SENSE_MANAGER,
	    .abuse = t->flags & SENSE_ABUSE,
	    .thanks = t->flags & SENSE_THANKS,
	    .version = t->version,
	};
	struct api_fact *facts = API_LIST(a, out, facts, s->n_facts);
	for (size_t i = 0; i < s->n_facts; i++) {
		const struct ticket_fact *f = &s->facts[i];
		facts[i] = (struct api_fact){.id = f->id,
		                             .message_id = f->message_id,
		                             .kind = f->kind,
		                             .value = str_is(f->kind, "city")
		                                          ? text_city(f->value, lang == LANG_EN)
		                                          : f->value,
		                             .text = f->text,
		                             .ambiguous = f->ambiguous,
		                             .other = f->other,
		                             .source = f->source};
	}
	out->missing = api_fact_kinds(a, s->missing, s->n_missing, &out->n_missing);
	struct api_candidate *candidates = API_LIST(a, out, candidates, s->n_candidates);
	out->n_candidates = 0;
	for (size_t i = 0; i < s->n_candidates; i++) {
		const struct api_category_ref *ref =
		    api_category_named(a, lang, s->names, s->n_names, s->candidates[i].category_id);
		if (ref)
			candidates[out->n_candidates++] =
			    (struct api_candidate){*ref, api_percent(s->candidates[i].confidence)};
	}
	struct api_decision *decisions = API_LIST(a, out, decisions, s->n_decisions);
	for (size_t i = 0; i < s->n_decisions; i++)
		put_decision(call, &decisions[i], s, &s->decisions[i]);
}

static enum err answer_sense(struct api_call *call, int64_t ticket_id, struct api_ticket_sense *out,
                             struct error *e)
{
	struct ticket_sense s;
	enum err err = desk_sense_get(CALL_DESK, ticket_id, &s, e);
	if (err == ERR_OK)
		put_sense(call, out, &s);
	return err;
}

enum err api_ticket_sense(struct api_call *call, struct api_ticket_sense *out, struct error *e)
{
	return answer_sense(call, call->id, out, e);
}

enum err api_ticket_categorize(struct api_call *call, const struct api_ticket_category *in,
                               struct api_ticket *out, struct error *e)
{
	struct ticket t;
	const struct category_input what = {
	    .category_id = in->category_id,
	    .version = api_version(call, in->has_version, in->version),
	    .route = !in->has_route || in->route,
	};
	enum err err = desk_sense_categorize(CALL_DESK, call->id, &what, &t, e);
	return err ? err : api_put_changed(call, &t, out, e);
}

enum err api_decision_undo(struct api_call *call, struct api_ticket *out, struct error *e)
{
	struct ticket t;
	enum err err = desk_decision_undo(CALL_DESK, call->id, &t, e);
	return err ? err : api_put_changed(call, &t, out, e);
}

enum err api_fact_add(struct api_call *call, const struct api_fact_in *in,
                      struct api_ticket_sense *out, struct error *e)
{
	struct ticket_fact f;
	enum err err =
	    desk_fact_add(CALL_DESK, call->id, api_fact_kind_name(in->kind), in->value, &f, e);
	return err ? err : answer_sense(call, call->id, out, e);
}

enum err api_fact_remove(struct api_call *call, struct api_ticket_sense *out, struct error *e)
{
	int64_t ticket_id;
	enum err err = desk_fact_remove(CALL_DESK, call->id, &ticket_id, e);
	return err ? err : answer_sense(call, ticket_id, out, e);
}

/* ---- the rule ---- */

static void put_rule(struct arena *a, struct api_sense_rule *out, const struct sense_rule *x)
{
	*out = (struct api_sense_rule){
	    .brand_id = x->brand_id,
	    .threshold = api_percent(x->threshold),
	    .route = x->route,
	    .auto_train = x->auto_train,
	    .order_patterns = x->order_patterns,
	    .updated_at = x->updated_at,
	    .updated_by = api_ref(a, x->updated_by, x->updated_by_name),
	    .version = x->version,
	};
}

enum err api_sense_rule_get(struct api_call *call, const struct api_sense_rule_get_query *q,
                            struct api_sense_rule *out, struct error *e)
{
	struct sense_rule x;
	enum err err = desk_sense_rule(CALL_DESK, q->brand_id, &x, e);
	if (err == ERR_OK)
		put_rule(call->arena, out, &x);
	return err;
}

enum err api_sense_rule_patch(struct api_call *call, const struct api_sense_rule_in *in,
                              struct api_sense_rule *out, struct error *e)
{
	struct sense_rule x;
	int64_t version = api_version(call, in->has_version, in->version);
	int64_t threshold = in->threshold * (SENSE_ONE / 100);
	const struct sense_rule_patch patch = {
	    .version = version ? &version : NULL,
	    .threshold = in->has_threshold ? &threshold : NULL,
	    .route = API_OPT(in, route),
	    .auto_train = API_OPT(in, auto_train),
	    .order_patterns = API_OPT(in, order_patterns),
	};
	enum err err = desk_sense_rule_patch(CALL_DESK, in->brand_id, &patch, &x, e);
	if (err == ERR_OK)
		put_rule(call->arena, out, &x);
	return err;
}
