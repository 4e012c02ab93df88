/* decide.c: see decide.h. */
#include "desk/decide.h"

#include <stdatomic.h>

#include "base/vec.h"
#include "desk/category.h"
#include "desk/ticket_internal.h"
#include "desk/understand.h"
#include "events/event.h"
#include "json/read.h"
#include "learn/model.h"
#include "store/inbox.h"
#include "store/model.h"
#include "text/function.h"

#define CURSOR "sense"
enum {
	STEP = 48, /* events: few, so that nobody waits long behind the write */
	CANDIDATES = 3,
	WORDS = 6,
	MODEL_MAX = 64 << 20,
};
/* Tickets that a customer's word made urgent count so long. */
#define LIFTED_WITHIN (30 * USEC_DAY)

/* ---- the models ---- */

struct brain {
	int64_t id, brand_id;
	str name; /* in the brain's arena */
	struct arena *arena;
	struct model *model;
	int64_t *categories; /* of each label; 0 = none */
	struct brain *next;
};

struct decider {
	const struct desk *desk;
	struct db *db;
	struct brain *brains;
	struct model_scratch *scratch;
	atomic_bool ending;
};

static void brain_free(struct brain *b)
{
	model_free(b->model);
	arena_free(b->arena);
	free(b);
}

struct decider *decider_new(const struct desk *d, struct db *db)
{
	struct decider *x = xcalloc(1, sizeof *x);
	*x = (struct decider){.desk = d, .db = db, .scratch = model_scratch_new()};
	return x;
}

void decider_free(struct decider *x)
{
	if (!x)
		return;
	while (x->brains) {
		struct brain *b = x->brains;
		x->brains = b->next;
		brain_free(b);
	}
	model_scratch_free(x->scratch);
	free(x);
}

size_t decider_memory(const struct decider *x)
{
	size_t n = 0;
	for (const struct brain *b = x->brains; b; b = b->next)
		n += model_memory(b->model);
	return n;
}

static enum err brain_open(const struct decider *x, struct db_conn *c, const struct model_row *row,
                           struct brain **out, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct model *m;
	str bytes;
	enum err err = blob_read(&x->desk->blobs, a, c, row->hash, MODEL_MAX, &bytes, e);
	if (err || (err = model_open(bytes, &m, e)))
		return err;
	struct brain *b = xcalloc(1, sizeof *b);
	const struct model_info *info = model_info(m);
	*b = (struct brain){
	    .id = row->id, .brand_id = row->brand_id, .arena = arena_new(), .model = m};
	b->name = str_dup(b->arena, row->name);
	b->categories = ARENA_ARRAY(b->arena, info->label_count, int64_t);
	for (size_t i = 0; i < info->label_count; i++)
		if (!str_to_i64(info->labels[i].name, &b->categories[i]))
			b->categories[i] = 0;
	*out = b;
	return ERR_OK;
}

/* Opens what was switched on since, closes what was switched off. A model that cannot be opened
 * does not decide; the others do. */
static enum err refresh(struct decider *x, struct db_conn *c, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct model_row *rows;
	size_t n;
	enum err bad = ERR_OK, err = model_row_active(a, c, &rows, &n, e);
	struct brain *old = x->brains, **end = &x->brains;
	if (err)
		return err;
	x->brains = NULL;
	for (size_t i = 0; i < n; i++) {
		struct brain **p = &old, *b = NULL;
		while (*p && (*p)->id != rows[i].id)
			p = &(*p)->next;
		if (*p) {
			b = *p;
			*p = b->next;
			b->next = NULL;
		} else if ((err = brain_open(x, c, &rows[i], &b, e))) {
			bad = err;
			continue;
		}
		*end = b;
		end = &b->next;
	}
	while (old) {
		struct brain *b = old;
		old = b->next;
		brain_free(b);
	}
	return bad;
}

/* The brand's own model, else the one for all; NULL when nobody decides. */
static const struct brain *brain_of(const struct decider *x, int64_t brand_id)
{
	const struct brain *all = NULL;
	for (const struct brain *b = x->brains; b; b = b->next) {
		if (b->brand_id == brand_id)
			return b;
		if (!b->brand_id)
			all = b;
	}
	return all;
}

/* ---- preparing, on a snapshot ---- */

struct item {
	struct sense_message m;
	struct understood u;
	struct sense_rule rule;
	bool decide; /* about the category too */
	const struct brain *brain;
	bool sure; /* above the threshold */
	int64_t confidence;
	struct candidate candidates[CANDIDATES];
	size_t n_candidates;
	struct reason_word words[WORDS];
	size_t n_words;
};

struct brand_rule {
	int64_t brand_id;
	struct sense_rule rule;
};

struct step {
	struct decider *x;
	int64_t after, upto;
	struct category *categories;
	size_t n_categories;
	struct item *items;
	size_t n;
	VEC(struct brand_rule) rules; /* that were asked for */
	bool moved;                   /* somebody else's step came first: prepared in vain */
};

static bool usable(const struct category *c, int64_t brand_id)
{
	return c && c->active && (!c->brand_id || c->brand_id == brand_id);
}

/* Those words that tell a reader most: what only holds a sentence together is shown where there is
 * nothing else. The decision has been made by all of them. */
static void choose_words(struct arena *a, str text, const struct model_reason *why, size_t n,
                         struct item *it)
{
	bool telling = false;
	bool *empty = ARENA_ARRAY(a, n, bool);
	for (size_t i = 0; i < n; i++) {
		empty[i] = text_function_word(str_n(text.p + why[i].start, why[i].length));
		telling |= !empty[i];
	}
	for (size_t i = 0; i < n && it->n_words < WORDS; i++)
		if (!empty[i] || !telling)
			it->words[it->n_words++] = (struct reason_word){
			    str_to_utf8(a, str_n(text.p + why[i].start, why[i].length)),
			    (int64_t)(why[i].weight * 1000)};
}

static void predict(struct arena *a, const struct step *s, struct item *it)
{
	const struct brain *b = it->brain;
	struct model_prediction p;
	str text = desk_understand_text(a, it->m.subject,
	                                str_cut_utf8(it->m.text, UNDERSTAND_MODEL_BYTES));
	model_predict(b->model, s->x->scratch, text, 0, &p);
	bool first = true;
	uint32_t label = 0;
	for (size_t i = 0; i < p.n && it->n_candidates < CANDIDATES; i++) {
		int64_t id = b->categories[p.ranked[i].label];
		const struct category *c = category_of(s->categories, s->n_categories, id);
		if (!usable(c, it->m.brand_id))
			continue;
		if (!it->n_candidates) {
			first = i == 0;
			label = p.ranked[i].label;
		}
		it->candidates[it->n_candidates++] =
		    (struct candidate){id, (int64_t)(p.ranked[i].p * SENSE_ONE)};
	}
	if (!it->n_candidates)
		return;
	/* Where the best is none any more, the next is as sure as its own share. Beside the
	 * calibrated confidence of the best, the others share what it leaves. */
	it->confidence = it->candidates[0].confidence;
	if (first) {
		double left = 1 - p.ranked[0].p;
		it->confidence = (int64_t)(p.confidence * SENSE_ONE);
		for (size_t i = 1; i < it->n_candidates; i++) {
			double share = left > 0 ? (double)it->candidates[i].confidence / left : 0;
			int64_t most = it->candidates[i - 1].confidence;
			if (i == 1)
				most = it->confidence;
			it->candidates[i].confidence = (int64_t)(share * (1 - p.confidence));
			if (it->candidates[i].confidence > most)
				it->candidates[i].confidence = most;
		}
		it->candidates[0].confidence = it->confidence;
	}
	it->sure = p.known && it->confidence >= it->rule.threshold;
	struct model_reason *why;
	size_t n;
	model_explain(a, b->model, s->x->scratch, text, label, SIZE_MAX, &why, &n);
	choose_words(a, text, why, n, it);
}

/* Each brand's rule is asked for once a step. */
static enum err rule_of(struct arena *a, struct db_conn *c, struct step *s, int64_t brand_id,
                        struct sense_rule *out, struct error *e)
{
	for (size_t i = 0; i < s->rules.n; i++)
		if (s->rules.p[i].brand_id == brand_id) {
			*out = s->rules.p[i].rule;
			return ERR_OK;
		}
	enum err err = sense_rule_get(a, c, brand_id, out, e);
	if (!err)
		*vec_push(a, &s->rules) = (struct brand_rule){brand_id, *out};
	return err;
}

/* *wanted: there is something to say about the message. */
static enum err prepare_item(struct arena *a, struct db_conn *c, struct step *s, int64_t id,
                             struct item *it, bool *wanted, struct error *e)
{
	struct error why;
	*it = (struct item){0};
	*wanted = false;
	enum err err = sense_message(a, c, id, &it->m, &why);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	const struct sense_message *m = &it->m;
	if (!m->customer || m->side || m->is_auto || m->erased || m->archived)
		return ERR_OK;
	if ((err = rule_of(a, c, s, m->brand_id, &it->rule, e)))
		return err;
	*wanted = true;
	bool said = m->first && !str_starts_nocase(m->subject, STR("re:"));
	desk_understand(a, m->subject, said, m->text, m->pictures, &it->rule,
	                clock_now(s->x->desk->clock), &it->u);
	it->brain = m->first ? brain_of(s->x, m->brand_id) : NULL;
	it->decide = it->brain != NULL;
	if (it->decide)
		predict(a, s, it);
	return ERR_OK;
}

static int by_ticket(const void *x, const void *y)
{
	const struct sense_message *a = &((const struct item *)x)->m,
	                           *b = &((const struct item *)y)->m;
	if (a->ticket_id != b->ticket_id)
		return a->ticket_id < b->ticket_id ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static enum err prepare(struct arena *a, struct db_conn *c, struct step *s, bool *more,
                        struct error *e)
{
	struct event *ev;
	size_t n;
	enum err err = event_cursor_get(c, CURSOR, &s->after, e);
	s->upto = s->after;
	*more = false;
	if (err || (err = event_read(a, c, s->after, STEP, &ev, &n, e)) || !n)
		return err;
	if ((err = category_list(a, c, &s->categories, &s->n_categories, e)))
		return err;
	s->items = ARENA_ARRAY(a, n, struct item);
	for (size_t i = 0; !err && i < n; i++) {
		const struct json *data;
		bool wanted;
		if (ev[i].type != EVENT_MESSAGE_ADDED ||
		    json_parse(a, ev[i].data, NULL, &data, NULL))
			continue;
		int64_t id = json_get_i64(data, "message_id", 0);
		if (!id || !str_is(json_get_str(data, "kind", STR("")), "customer"))
			continue;
		err = prepare_item(a, c, s, id, &s->items[s->n], &wanted, e);
		s->n += wanted;
	}
	s->upto = ev[n - 1].id;
	*more = n == STEP;
	/* Tickets are locked in one order by all, or two of them wait for one another. */
	if (!err && s->n)
		qsort(s->items, s->n, sizeof *s->items, by_ticket);
	return err;
}

/* ---- writing ---- */

static enum err put_facts(struct arena *a, struct db_conn *tx, const struct item *it,
                          const struct ticket *t, usec now, int64_t *added, struct error *e)
{
	struct ticket_fact *have;
	size_t n;
	if (!it->u.n_facts)
		return ERR_OK;
	enum err err = fact_of_ticket(a, tx, t->id, &have, &n, e);
	for (size_t i = 0; !err && i < it->u.n_facts; i++) {
		struct ticket_fact f = it->u.facts[i];
		bool known = false;
		for (size_t k = 0; k < n; k++)
			known |= str_eq(have[k].kind, f.kind) && str_eq(have[k].value, f.value);
		if (known)
			continue;
		f.ticket_id = it->m.ticket_id;
		f.message_id = it->m.id;
		f.source = STR("rule");
		f.created_at = now;
		err = fact_insert(tx, &f, e);
		*added += !err;
	}
	return err;
}

/* To the category's line, from the inbox's own and untouched; *moved says whether. */
static enum err route(struct arena *a, struct db_conn *tx, const struct step *s,
                      const struct item *it, const struct category *c, struct ticket *t, usec now,
                      bool *moved, struct error *e)
{
	struct inbox inbox;
	struct error why;
	int64_t line = category_line(s->categories, s->n_categories, c);
	*moved = false;
	if (!it->rule.route || !line || line == t->line_id || !t->inbox_id)
		return ERR_OK;
	enum err err = inbox_get(a, tx, t->inbox_id, &inbox, e);
	if (err || inbox.line_id != t->line_id)
		return err;
	err = desk_move_line(a, tx, actor_system(), t, line, true, now, &why);
	if (err == ERR_INVALID) /* the line is none any more */
		return ERR_OK;
	if (err && e)
		*e = why;
	*moved = !err;
	return err;
}

/* What somebody who works here did to the ticket stays: also what they did a moment ago. */
static enum err person_touched(struct db_conn *tx, const struct ticket *t, bool *out,
                               struct error *e)
{
	*out = event_waits_by_account(tx, t->id);
	return *out ? ERR_OK : sense_touched(tx, t, out, e);
}

/* The category, with line and priority where nobody has touched the ticket. *changed: columns that
 * ticket_update writes. */
static enum err put_category(struct arena *a, struct db_conn *tx, const struct step *s,
                             const struct item *it, struct ticket *t, usec now, bool *changed,
                             struct decision *made, struct error *e)
{
	bool touched = true, moved = false;
	int64_t best = it->sure ? it->candidates[0].category_id : 0;
	const struct category *c = best ? category_of(s->categories, s->n_categories, best) : NULL;
	*made = (struct decision){
	    .ticket_id = t->id,
	    .message_id = it->m.id,
	    .at = now,
	    .model_id = it->brain->id,
	    .category_id = best,
	    .was_category_id = t->category_id,
	    .was_by = t->category_by,
	    .confidence = it->confidence,
	    .was_confidence = t->confidence,
	    .triage = !best,
	    .was_triage = t->triage,
	    .candidates = (struct candidate *)(uintptr_t)it->candidates,
	    .n_candidates = it->n_candidates,
	    .words = (struct reason_word *)(uintptr_t)it->words,
	    .n_words = it->n_words,
	};
	enum err err = c ? person_touched(tx, t, &touched, e) : ERR_OK;
	int64_t line = t->line_id;
	if (!err && c && !touched)
		err = route(a, tx, s, it, c, t, now, &moved, e);
	if (err)
		return err;
	if (moved) {
		made->line_id = t->line_id;
		made->was_line_id = line;
		*changed = true;
	}
	int priority = c ? (int)category_priority(s->categories, s->n_categories, c) : 0;
	if (priority && !touched && t->priority == 2 && priority != 2) {
		desk_changed(tx, actor_system(), t, now, "priority", t->priority, priority);
		made->was_priority = t->priority;
		made->priority = t->priority = priority;
		*changed = true;
	}
	t->category_id = best;
	t->category_by = best ? STR("model") : STR("");
	t->confidence = it->confidence;
	t->triage = !best;
	return decision_insert(a, tx, made, e);
}

/* Who may put a ticket before all others by a word: nobody too often, or the word is worth nothing,
 * and not against what a person chose. */
static enum err may_lift(const struct step *s, struct db_conn *tx, const struct ticket *t, usec now,
                         bool *out, struct error *e)
{
	int64_t lifted, most = s->x->desk->urgent_most;
	bool chosen = event_waits_by_account(tx, t->id);
	*out = false;
	if (chosen || t->priority >= PRIORITY_URGENT || ticket_status_is_over(t->status))
		return ERR_OK;
	enum err err = sense_priority_chosen(tx, t->id, &chosen, e);
	if (err || chosen ||
	    (err = decision_lifted(tx, t->contact_id, now - LIFTED_WITHIN, &lifted, e)))
		return err;
	*out = most <= 0 || lifted < most;
	return ERR_OK;
}

/* The customer says that it is urgent: a decision of its own, undone by itself. */
static enum err put_urgent(struct arena *a, struct db_conn *tx, const struct step *s,
                           const struct item *it, struct ticket *t, usec now, bool *changed,
                           struct decision *made, struct error *e)
{
	bool lift = false;
	enum err err = it->u.flags & SENSE_URGENT ? may_lift(s, tx, t, now, &lift, e) : ERR_OK;
	if (err || !lift)
		return err;
	*made = (struct decision){
	    .ticket_id = t->id,
	    .message_id = it->m.id,
	    .at = now,
	    .category_id = t->category_id,
	    .was_category_id = t->category_id,
	    .was_by = t->category_by,
	    .confidence = t->confidence,
	    .was_confidence = t->confidence,
	    .triage = t->triage,
	    .was_triage = t->triage,
	    .was_priority = t->priority,
	    .priority = PRIORITY_URGENT,
	};
	desk_changed(tx, actor_system(), t, now, "priority", t->priority, PRIORITY_URGENT);
	t->priority = PRIORITY_URGENT;
	*changed = true;
	return decision_insert(a, tx, made, e);
}

/* Something is new. */
static bool put_columns(const struct item *it, struct ticket *t)
{
	enum { STAY = SENSE_MANAGER | SENSE_ABUSE | SENSE_URGENT };
	struct ticket was = *t;
	if (it->u.language.n)
		t->language = it->u.language;
	t->sentiment = it->u.sentiment;
	t->flags = (t->flags & STAY) | it->u.flags;
	return !str_eq(was.language, t->language) || was.sentiment != t->sentiment ||
	       was.flags != t->flags;
}

static enum err decide(struct arena *a, struct db_conn *tx, struct step *s, struct item *it,
                       struct error *e)
{
	struct ticket t;
	struct decision made = {0}, lifted = {0};
	usec now = clock_now(s->x->desk->clock);
	int64_t facts = 0;
	bool changed = false, same, erased;
	enum err err = desk_ticket_open(a, tx, actor_system(), it->m.ticket_id, &t, e);
	if (err || (err = sense_message_same(tx, &it->m, &same, &erased, e)))
		return err;
	if (erased || t.erased_at)
		return ERR_OK;
	if (!same) {
		s->moved = true; /* merged or blocked out meanwhile: looked at anew */
		return ERR_OK;
	}
	bool category = it->decide && it->n_candidates && !str_is(t.category_by, "person") &&
	                !t.category_id && !t.triage && t.status != TICKET_SPAM && !t.merged_into;
	if ((err = put_facts(a, tx, it, &t, now, &facts, e)) ||
	    (category && (err = put_category(a, tx, s, it, &t, now, &changed, &made, e))) ||
	    (err = put_urgent(a, tx, s, it, &t, now, &changed, &lifted, e)))
		return err;
	bool new_columns = put_columns(it, &t);
	if (!new_columns && !facts && !made.id && !changed)
		return ERR_OK;
	if ((err = ticket_set_sense(tx, &t, now, e)) ||
	    (changed && (err = desk_ticket_save(a, tx, &t, now, e))))
		return err;
	event_add(
	    tx, now, actor_system(), EVENT_TICKET_SENSED, desk_about(&t),
	    EVENT_DATA(
	        EVENT_INT("message_id", it->m.id),
	        EVENT_INT("decision_id", made.id ? made.id : lifted.id),
	        EVENT_INT("model_id", made.model_id), EVENT_INT("category_id", made.category_id),
	        EVENT_INT("confidence", made.confidence), EVENT_INT("triage", t.triage),
	        EVENT_INT("line_id", made.line_id), EVENT_INT("priority", changed ? t.priority : 0),
	        EVENT_CODE("language", t.language), EVENT_INT("sentiment", t.sentiment),
	        EVENT_INT("flags", t.flags), EVENT_INT("facts", facts)));
	return ERR_OK;
}

static enum err run_step(void *arg, struct db_conn *tx, struct error *e)
{
	struct step *s = arg;
	int64_t at;
	ARENA_AUTO a = arena_new();
	/* Two processes must not decide about the same events. */
	enum err err = db_lock(tx, "sense", 1, e);
	if (err || (err = event_cursor_get(tx, CURSOR, &at, e)))
		return err;
	s->moved = at != s->after;
	for (size_t i = 0; !err && !s->moved && i < s->n; i++)
		err = decide(a, tx, s, &s->items[i], e);
	if (err)
		return err;
	if (s->moved) /* nothing of it may stay */
		return error_set(e, ERR_BUSY, "error.code.busy", NULL, NULL);
	return event_cursor_set(tx, CURSOR, s->upto, clock_now(s->x->desk->clock), e);
}

enum err decider_catch_up(struct decider *x, int *steps, struct error *e)
{
	bool more = true;
	int n = 0, in_vain = 0;
	enum err err = ERR_OK, opened = ERR_OK;
	while (!err && more && !atomic_load(&x->ending)) {
		ARENA_AUTO a = arena_new();
		struct step s = {.x = x};
		struct db_conn *c;
		if ((err = db_read_begin(x->db, &c, e)))
			break;
		opened = refresh(x, c, e);
		err = prepare(a, c, &s, &more, e);
		db_read_end(x->db, c);
		/* Events of its own and others that say nothing are not worth a commit. */
		if (err || s.upto == s.after || (!s.n && !more))
			break;
		err = db_write(x->db, run_step, &s, e);
		if (err && s.moved && in_vain++ < 10) {
			err = ERR_OK;
			more = true;
			continue;
		}
		n += !err;
	}
	if (steps)
		*steps = n;
	return err ? err : opened;
}

void decider_end(struct decider *x)
{
	atomic_store(&x->ending, true);
}

enum err desk_decide_behind(struct db_conn *c, int64_t *out, struct error *e)
{
	int64_t at, head;
	enum err err = event_cursor_get(c, CURSOR, &at, e);
	if (err || (err = event_head(c, &head, e)))
		return err;
	*out = head - at > STEP ? head - at : 0;
	return ERR_OK;
}
