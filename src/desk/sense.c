/* sense.c: see sense.h. */
#include "desk/sense.h"

#include "base/vec.h"
#include "desk/check.h"
#include "desk/mask.h"
#include "desk/ticket_internal.h"
#include "store/brand.h"
#include "store/ids.h"
#include "store/line.h"
#include "text/addr.h"
#include "text/facts.h"

enum { FACT_CHARS = 120, FACTS_MAX = 200, PATTERNS_CHARS = 1000 };

/* ---- showing ---- */

static bool known(const struct ticket_fact *facts, size_t n, str kind)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(facts[i].kind, kind))
			return true;
	return false;
}

static bool has_phone(const struct contact *ct)
{
	for (size_t i = 0; i < ct->n_identities; i++)
		if (ct->identities[i].kind == IDENTITY_PHONE)
			return true;
	return false;
}

/* What the category asks for and neither the messages nor the contact tell. */
static enum err missing_of(struct arena *a, struct db_conn *c, const struct ticket *t,
                           const struct ticket_fact *facts, size_t n_facts, str **out, size_t *n,
                           struct error *e)
{
	struct category *all;
	size_t n_all, n_want;
	str *want;
	VEC(str) v = {0};
	*out = NULL;
	*n = 0;
	if (!t->category_id)
		return ERR_OK;
	enum err err = category_list(a, c, &all, &n_all, e);
	const struct category *x = err ? NULL : category_of(all, n_all, t->category_id);
	if (!x)
		return err;
	n_want = category_facts(a, all, n_all, x, &want);
	for (size_t i = 0; !err && i < n_want; i++) {
		bool have = known(facts, n_facts, want[i]);
		if (!have && str_is(want[i], "photo"))
			err = sense_has_picture(c, t->id, &have, e);
		if (!have && !err && str_is(want[i], "phone")) {
			struct contact ct;
			err = contact_get(a, c, actor_system(), t->contact_id, &ct, e);
			have = !err && has_phone(&ct);
		}
		if (!have)
			*vec_push(a, &v) = want[i];
	}
	*out = v.p;
	*n = v.n;
	return err;
}

enum err desk_sense_missing(struct arena *a, struct db_conn *c, const struct ticket *t, str **out,
                            size_t *n, struct error *e)
{
	struct ticket_fact *facts;
	size_t n_facts;
	enum err err = fact_of_ticket(a, c, t->id, &facts, &n_facts, e);
	return err ? err : missing_of(a, c, t, facts, n_facts, out, n, e);
}

static void want_id(struct arena *a, int64_t **ids, size_t *n, size_t cap, int64_t id)
{
	if (!*ids)
		*ids = ARENA_ARRAY(a, cap, int64_t);
	if (id && *n < cap)
		(*ids)[(*n)++] = id;
}

static enum err name_categories(struct arena *a, struct db_conn *c, struct ticket_sense *out,
                                struct error *e)
{
	int64_t *ids = NULL;
	size_t n = 0, cap = 1 + out->n_candidates + 2 * out->n_decisions;
	want_id(a, &ids, &n, cap, out->t.category_id);
	for (size_t i = 0; out->candidates && i < out->n_candidates; i++)
		want_id(a, &ids, &n, cap, out->candidates[i].category_id);
	for (size_t i = 0; out->decisions && i < out->n_decisions; i++) {
		want_id(a, &ids, &n, cap, out->decisions[i].category_id);
		want_id(a, &ids, &n, cap, out->decisions[i].was_category_id);
	}
	return category_names(a, c, ids, n, &out->names, &out->n_names, e);
}

/* Names of the lines that the actor sees. */
static enum err name_lines(struct arena *a, struct db_conn *c, const struct actor *actor,
                           struct ticket_sense *out, struct error *e)
{
	struct line *all;
	size_t n = 0;
	bool any = false;
	for (size_t i = 0; i < out->n_decisions; i++)
		any |= out->decisions[i].line_id != 0;
	if (!any)
		return ERR_OK;
	enum err err = line_list(a, c, &all, &n, e);
	out->lines = ARENA_ARRAY(a, n, struct named_line);
	for (size_t i = 0; !err && i < n; i++)
		if (actor->all_lines || ids_have(actor->lines, actor->n_lines, all[i].id))
			out->lines[out->n_lines++] = (struct named_line){all[i].id, all[i].name};
	return err;
}

static void mask_sense(struct arena *a, const struct mask *mask, struct ticket_sense *out)
{
	for (size_t i = 0; mask->on && i < out->n_facts; i++) {
		struct ticket_fact *f = &out->facts[i];
		bool phone = str_is(f->kind, "phone");
		f->value = phone ? mask_value(a, mask, f->value) : mask_text(a, mask, f->value);
		f->text = phone ? mask_value(a, mask, f->text) : mask_text(a, mask, f->text);
		f->other = mask_text(a, mask, f->other);
	}
	for (size_t i = 0; mask->on && i < out->n_decisions; i++)
		for (size_t k = 0; k < out->decisions[i].n_words; k++) {
			str *w = &out->decisions[i].words[k].word;
			*w = mask_text(a, mask, *w);
		}
}

/* Says how urgent the ticket is, and nothing of what it is about. */
static bool only_urgent(const struct decision *x)
{
	return x->priority && !x->line_id && !x->account_id && !x->model_id;
}

enum err desk_sense_get(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, int64_t ticket_id, struct ticket_sense *out,
                        struct error *e)
{
	struct mask mask;
	(void)d;
	*out = (struct ticket_sense){0};
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = ticket_get(a, c, actor, ticket_id, &out->t, e)) ||
	    (err = fact_of_ticket(a, c, ticket_id, &out->facts, &out->n_facts, e)) ||
	    (err = decision_of_ticket(a, c, ticket_id, &out->decisions, &out->n_decisions, e)) ||
	    (err = missing_of(a, c, &out->t, out->facts, out->n_facts, &out->missing,
	                      &out->n_missing, e)))
		return err;
	for (size_t i = 0; i < out->n_decisions; i++) {
		const struct decision *x = &out->decisions[i];
		int64_t *undoable = only_urgent(x) ? &out->undoable_urgent : &out->undoable;
		if (!*undoable && !x->undone_at)
			*undoable = x->id;
		if (!out->n_candidates && !x->account_id) {
			out->candidates = x->candidates;
			out->n_candidates = x->n_candidates;
		}
	}
	if ((err = name_categories(a, c, out, e)) || (err = name_lines(a, c, actor, out, e)) ||
	    (err = mask_load(a, c, actor, ticket_id, out->t.contact_id, &mask, e)))
		return err;
	mask_sense(a, &mask, out);
	return ERR_OK;
}

/* ---- correcting ---- */

enum err desk_sense_set(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        struct ticket *t, int64_t category_id, bool route, usec now,
                        struct error *e)
{
	struct category *all;
	struct decision *before;
	size_t n, n_before;
	const struct category *x = NULL;
	enum err err = category_list(a, tx, &all, &n, e);
	if (err || (err = decision_of_ticket(a, tx, t->id, &before, &n_before, e)))
		return err;
	if (category_id) {
		x = category_of(all, n, category_id);
		if (!x || (x->brand_id && x->brand_id != t->brand_id) ||
		    (!x->active && category_id != t->category_id))
			return error_set(e, ERR_INVALID, "error.no_such_reference", "category_id",
			                 NULL);
	}
	struct decision made = {
	    .ticket_id = t->id,
	    .at = now,
	    .account_id = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	    .category_id = category_id,
	    .was_category_id = t->category_id,
	    .was_by = t->category_by,
	    .was_confidence = t->confidence,
	    .was_triage = t->triage,
	};
	for (size_t i = 0; i < n_before && !made.model_id; i++)
		made.model_id = before[i].model_id;
	int64_t line = x && route ? category_line(all, n, x) : 0, was_line = t->line_id;
	if (line && line != t->line_id) {
		if ((err = desk_move_line(a, tx, actor, t, line, true, now, e)))
			return err;
		made.line_id = line;
		made.was_line_id = was_line;
	}
	int64_t was = t->category_id;
	t->category_id = category_id;
	t->category_by = STR("person");
	t->confidence = 0;
	t->triage = false;
	if ((err = decision_insert(a, tx, &made, e)) || (err = ticket_set_sense(tx, t, now, e)))
		return err;
	event_add(tx, now, actor, EVENT_TICKET_CATEGORIZED, desk_about(t),
	          EVENT_DATA(EVENT_INT("decision_id", made.id), EVENT_INT("from", was),
	                     EVENT_INT("to", category_id)));
	return ERR_OK;
}

enum err desk_sense_categorize(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t ticket_id,
                               const struct category_input *in, struct ticket *out, struct error *e)
{
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	if (err || (err = desk_ticket_open(a, tx, actor, ticket_id, out, e)))
		return err;
	if (in->version && in->version != out->version)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	if (out->merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	int64_t line = out->line_id;
	err = desk_sense_set(a, tx, actor, out, in->category_id, in->route, now, e);
	if (err || out->line_id == line)
		return err;
	return desk_ticket_save(a, tx, out, now, e);
}

/* ---- merging ---- */

enum err desk_sense_take(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         const struct ticket *from, struct ticket *into, usec now,
                         int64_t *decision, struct error *e)
{
	struct decision *theirs;
	size_t n;
	bool person = str_is(from->category_by, "person");
	*decision = 0;
	if (!from->category_id || into->category_id || str_is(into->category_by, "person"))
		return ERR_OK;
	enum err err = decision_of_ticket(a, tx, from->id, &theirs, &n, e);
	if (err)
		return err;
	/* What a person said of either is said of both, and taught; the model's reasons stay its
	 * own. */
	struct decision made = {
	    .ticket_id = into->id,
	    .at = now,
	    .account_id = person && actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	    .category_id = from->category_id,
	    .was_category_id = into->category_id,
	    .was_by = into->category_by,
	    .confidence = from->confidence,
	    .was_confidence = into->confidence,
	    .was_triage = into->triage,
	};
	for (size_t i = 0; i < n && !made.model_id; i++) {
		const struct decision *x = &theirs[i];
		if (x->undone_at || x->account_id || !x->model_id)
			continue;
		made.model_id = x->model_id;
		if (person)
			break;
		made.message_id = x->message_id;
		made.candidates = x->candidates;
		made.n_candidates = x->n_candidates;
		made.words = x->words;
		made.n_words = x->n_words;
	}
	into->category_id = from->category_id;
	into->category_by = from->category_by;
	into->confidence = from->confidence;
	into->triage = false;
	if ((err = decision_insert(a, tx, &made, e)) || (err = ticket_set_sense(tx, into, now, e)))
		return err;
	event_add(tx, now, actor, EVENT_TICKET_CATEGORIZED, desk_about(into),
	          EVENT_DATA(EVENT_INT("decision_id", made.id), EVENT_INT("from", 0),
	                     EVENT_INT("to", made.category_id)));
	*decision = made.id;
	return ERR_OK;
}

enum err desk_sense_give_back(struct arena *a, struct db_conn *tx, const struct actor *actor,
                              struct ticket *t, int64_t decision, usec now, struct error *e)
{
	struct decision *all;
	size_t n, i = 0;
	enum err err = decision_of_ticket(a, tx, t->id, &all, &n, e);
	while (!err && i < n && (all[i].undone_at || only_urgent(&all[i])))
		i++;
	if (err || i == n || all[i].id != decision)
		return err;
	t->category_id = all[i].was_category_id;
	t->category_by = all[i].was_by;
	t->confidence = all[i].was_confidence;
	t->triage = all[i].was_triage;
	if ((err = decision_set_undone(
	         tx, decision, actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0, now, e)) ||
	    (err = ticket_set_sense(tx, t, now, e)))
		return err;
	event_add(tx, now, actor, EVENT_DECISION_UNDONE, desk_about(t),
	          EVENT_DATA(EVENT_INT("decision_id", decision),
	                     EVENT_INT("from", all[i].category_id),
	                     EVENT_INT("to", t->category_id)));
	return ERR_OK;
}

/* ---- undoing ---- */

/* Puts back what the decision changed, where it still stands. */
static enum err put_back(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         struct ticket *t, const struct decision *x, usec now, struct error *e)
{
	enum err err = ERR_OK;
	bool moved = false;
	if (x->line_id && t->line_id == x->line_id) {
		struct error why;
		err = desk_move_line(a, tx, actor, t, x->was_line_id, true, now, &why);
		if (err == ERR_INVALID)
			err = ERR_OK; /* the old line is none any more: it stays */
		else if (err && e)
			*e = why;
		moved = !err;
	}
	if (!err && x->priority && t->priority == x->priority) {
		desk_changed(tx, actor, t, now, "priority", t->priority, x->was_priority);
		t->priority = x->was_priority;
		moved = true;
	}
	return err || !moved ? err : desk_ticket_save(a, tx, t, now, e);
}

enum err desk_decision_undo(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t decision_id, struct ticket *out,
                            struct error *e)
{
	struct decision x, *all;
	struct category was;
	struct error why;
	size_t n;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	if (err || (err = decision_get(a, tx, decision_id, &x, e)) ||
	    (err = desk_ticket_open(a, tx, actor, x.ticket_id, out, e)) ||
	    (err = decision_of_ticket(a, tx, x.ticket_id, &all, &n, e)))
		return err;
	for (size_t i = 0; i < n && all[i].id >= decision_id; i++) {
		if (all[i].id == decision_id && all[i].undone_at)
			return error_set(e, ERR_CONFLICT, "error.undone_already", NULL, NULL);
		if (all[i].id > decision_id && !all[i].undone_at &&
		    only_urgent(&all[i]) == only_urgent(&x))
			return error_set(e, ERR_CONFLICT, "error.decision_later_first", NULL, NULL);
	}
	if (out->merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	int64_t from = out->category_id, to = only_urgent(&x) ? from : x.was_category_id;
	if (to && (err = category_get(a, tx, to, &was, &why))) {
		if (err != ERR_NOT_FOUND) {
			if (e)
				*e = why;
			return err;
		}
		to = 0;
	}
	if ((err = put_back(a, tx, actor, out, &x, now, e)))
		return err;
	if (!only_urgent(&x)) {
		out->category_id = to;
		out->category_by = to ? x.was_by : STR("");
		out->confidence = x.was_confidence;
		out->triage = x.was_triage;
	}
	if ((err = decision_set_undone(
	         tx, decision_id, actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0, now, e)) ||
	    (err = ticket_set_sense(tx, out, now, e)))
		return err;
	event_add(tx, now, actor, EVENT_DECISION_UNDONE, desk_about(out),
	          EVENT_DATA(EVENT_INT("decision_id", decision_id), EVENT_INT("from", from),
	                     EVENT_INT("to", to)));
	return ERR_OK;
}

/* ---- facts ---- */

static void tell_fact(struct db_conn *tx, const struct actor *actor, const struct ticket *t,
                      int64_t fact_id, str kind, const char *change, usec now)
{
	event_add(tx, now, actor, EVENT_FACT_CHANGED, desk_about(t),
	          EVENT_DATA(EVENT_INT("fact_id", fact_id), EVENT_CODE("kind", kind),
	                     EVENT_CODE("change", str_of(change))));
}

enum err desk_fact_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, int64_t ticket_id, str kind, str value,
                       struct ticket_fact *out, struct error *e)
{
	struct ticket t;
	struct ticket_fact *have;
	size_t n;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	if (err || (err = desk_ticket_open(a, tx, actor, ticket_id, &t, e)) ||
	    (err = check_choice(kind, desk_fact_kinds, "kind", e)) ||
	    (err = check_line(a, value, 1, FACT_CHARS, "value", &value, e)) ||
	    (err = fact_of_ticket(a, tx, ticket_id, &have, &n, e)))
		return err;
	if (n >= FACTS_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "value", "200");
	if (t.erased_at)
		return error_set(e, ERR_CONFLICT, "error.erased_already", NULL, NULL);
	*out = (struct ticket_fact){
	    .ticket_id = ticket_id,
	    .kind = kind,
	    .value = value,
	    .text = value,
	    .source = STR("person"),
	    .created_at = now,
	    .created_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	};
	if ((err = fact_insert(tx, out, e)))
		return err;
	tell_fact(tx, actor, &t, out->id, kind, "added", now);
	return ERR_OK;
}

enum err desk_fact_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t fact_id, int64_t *ticket_id,
                          struct error *e)
{
	struct ticket t;
	struct ticket_fact *list;
	size_t n;
	str kind = STR("");
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_TICKET_CHANGE, e);
	if (err || (err = fact_ticket(tx, fact_id, ticket_id, e)) ||
	    (err = desk_ticket_open(a, tx, actor, *ticket_id, &t, e)) ||
	    (err = fact_of_ticket(a, tx, *ticket_id, &list, &n, e)))
		return err;
	for (size_t i = 0; i < n; i++)
		if (list[i].id == fact_id)
			kind = list[i].kind;
	if (!kind.n)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if ((err = fact_remove(tx, fact_id, actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	                       now, e)))
		return err;
	tell_fact(tx, actor, &t, fact_id, kind, "removed", now);
	return ERR_OK;
}

/* ---- the rule ---- */

static enum err sees_brand(const struct actor *actor, int64_t brand_id, struct error *e)
{
	if (!brand_id || actor->all_brands || ids_have(actor->brands, actor->n_brands, brand_id))
		return ERR_OK;
	return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err desk_sense_rule(const struct desk *d, struct arena *a, struct db_conn *c,
                         const struct actor *actor, int64_t brand_id, struct sense_rule *out,
                         struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (!err)
		err = sees_brand(actor, brand_id, e);
	return err ? err : sense_rule_get(a, c, brand_id, out, e);
}

/* What is wrong is told with its "line:character". */
static enum err check_patterns(str lines, struct error *e)
{
	str line;
	for (size_t number = 1; lines.n && str_split(&lines, '\n', &line); number++) {
		size_t at;
		char where[48];
		str pattern = str_trim(line);
		const char *why = pattern.n ? order_pattern_wrong(pattern, &at) : NULL;
		if (!why)
			continue;
		at += (size_t)(pattern.p - line.p);
		(void)snprintf(where, sizeof where, "%zu:%zu", number, at);
		return error_set(e, ERR_INVALID, why, "order_patterns", where);
	}
	return ERR_OK;
}

enum err desk_sense_rule_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t brand_id,
                               const struct sense_rule_patch *p, struct sense_rule *out,
                               struct error *e)
{
	struct brand brand;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err || (err = sees_brand(actor, brand_id, e)))
		return err;
	if (!brand_id && !actor->all_brands)
		return error_set(e, ERR_DENIED, "error.denied", NULL, "learn.manage");
	if ((brand_id && (err = brand_get(a, tx, brand_id, &brand, e))) ||
	    (err = db_lock(tx, "sense_rule", brand_id, e)) ||
	    (err = sense_rule_get(a, tx, brand_id, out, e)))
		return err;
	if (p->version && *p->version != out->version)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	int64_t was = out->threshold;
	if (p->threshold) {
		if (*p->threshold < 0 || *p->threshold > SENSE_ONE)
			return error_set(e, ERR_INVALID, "error.out_of_range", "threshold", "0..1");
		out->threshold = *p->threshold;
	}
	if (p->route)
		out->route = *p->route;
	if (p->auto_train)
		out->auto_train = *p->auto_train;
	if (p->order_patterns && (err = check_text(a, *p->order_patterns, PATTERNS_CHARS,
	                                           "order_patterns", &out->order_patterns, e)))
		return err;
	if (p->order_patterns && (err = check_patterns(out->order_patterns, e)))
		return err;
	out->brand_id = brand_id;
	out->updated_at = now;
	out->updated_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	if ((err = sense_rule_put(tx, out, e)))
		return err;
	event_add(tx, now, actor, EVENT_SENSE_RULE, (struct event_about){.brand_id = brand_id},
	          EVENT_DATA(EVENT_INT("brand_id", brand_id),
	                     EVENT_INT("threshold", out->threshold), EVENT_INT("from", was)));
	return sense_rule_get(a, tx, brand_id, out, e);
}

enum { URGENT_DAYS = 30, URGENT_SHOWN = 20 };

enum err desk_urgent_use(const struct desk *d, struct arena *a, struct db_conn *c,
                         const struct actor *actor, int days, struct urgent_use **out, size_t *n,
                         struct error *e)
{
	usec since = clock_now(d->clock) - (days > 0 ? days : URGENT_DAYS) * USEC_DAY;
	enum err err = actor_need(actor, RIGHT_LEARN_MANAGE, e);
	if (err || (err = urgent_use(a, c, actor, since, URGENT_SHOWN, out, n, e)))
		return err;
	for (size_t i = 0; i < *n && actor_masked(actor); i++) {
		struct urgent_use *x = &(*out)[i];
		x->name = text_mask(a, x->name, &x->address, 1);
		x->address = x->address.n ? mask_any(a, x->address) : STR_NONE;
	}
	return ERR_OK;
}
