/* sense.c: rows of decision, ticket_fact and sense_rule. See sense.h. */
#include "store/sense.h"

#include "base/vec.h"
#include "json/read.h"
#include "json/write.h"
#include "store/ids.h"
#include "store/message.h"
#include "store/queries_gen.h"

enum err ticket_set_sense(struct db_conn *tx, struct ticket *t, usec now, struct error *e)
{
	t->updated_at = now;
	return db_one_int(tx, &Q_TICKET_SET_SENSE,
	                  DB_ARGS(db_int(t->id), db_id(t->category_id), db_text(t->category_by),
	                          db_int(t->confidence), db_int(t->triage), db_text(t->language),
	                          db_int(t->sentiment), db_int(t->flags), db_int(now)),
	                  &t->version, e);
}

/* ---- decisions ---- */

static str candidates_json(struct arena *a, const struct candidate *list, size_t n)
{
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_array(&w);
	for (size_t i = 0; i < n; i++) {
		jw_array(&w);
		jw_i64(&w, list[i].category_id);
		jw_i64(&w, list[i].confidence);
		jw_end(&w);
	}
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

static str words_json(struct arena *a, const struct reason_word *list, size_t n)
{
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_array(&w);
	for (size_t i = 0; i < n; i++) {
		jw_array(&w);
		jw_str(&w, list[i].word);
		jw_i64(&w, list[i].weight);
		jw_end(&w);
	}
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

static void read_candidates(struct arena *a, str json, struct decision *out)
{
	const struct json *j;
	if (json_parse(a, json, NULL, &j, NULL))
		return;
	out->candidates = ARENA_ARRAY(a, j->n, struct candidate);
	out->n_candidates = j->n;
	for (size_t i = 0; i < j->n; i++)
		out->candidates[i] =
		    (struct candidate){json_at(json_at(j, i), 0)->i, json_at(json_at(j, i), 1)->i};
}

static void read_words(struct arena *a, str json, struct decision *out)
{
	const struct json *j;
	if (json_parse(a, json, NULL, &j, NULL))
		return;
	out->words = ARENA_ARRAY(a, j->n, struct reason_word);
	out->n_words = j->n;
	for (size_t i = 0; i < j->n; i++)
		out->words[i] = (struct reason_word){json_at(json_at(j, i), 0)->s,
		                                     json_at(json_at(j, i), 1)->i};
}

static void read_decision(struct arena *a, struct db_rows *r, struct decision *out)
{
	*out = (struct decision){
	    .id = db_get_int(r, 0),
	    .ticket_id = db_get_int(r, 1),
	    .message_id = db_get_int(r, 2),
	    .at = db_get_int(r, 3),
	    .account_id = db_get_int(r, 4),
	    .account_name = db_dup_str(a, r, 5),
	    .model_id = db_get_int(r, 6),
	    .model_name = db_dup_str(a, r, 7),
	    .category_id = db_get_int(r, 8),
	    .was_category_id = db_get_int(r, 9),
	    .was_by = db_dup_str(a, r, 10),
	    .confidence = db_get_int(r, 11),
	    .was_confidence = db_get_int(r, 12),
	    .triage = db_get_int(r, 13) != 0,
	    .was_triage = db_get_int(r, 14) != 0,
	    .line_id = db_get_int(r, 15),
	    .was_line_id = db_get_int(r, 16),
	    .priority = (int)db_get_int(r, 17),
	    .was_priority = (int)db_get_int(r, 18),
	    .undone_at = db_get_int(r, 21),
	};
	/* Copied first: what is read of JSON points into its text. */
	read_candidates(a, db_dup_str(a, r, 19), out);
	read_words(a, db_dup_str(a, r, 20), out);
}

enum err decision_insert(struct arena *a, struct db_conn *tx, struct decision *x, struct error *e)
{
	return db_one_int(
	    tx, &Q_DECISION_INSERT,
	    DB_ARGS(db_int(x->ticket_id), db_id(x->message_id), db_int(x->at), db_id(x->account_id),
	            db_id(x->model_id), db_id(x->category_id), db_id(x->was_category_id),
	            db_text(x->was_by), db_int(x->confidence), db_int(x->was_confidence),
	            db_int(x->triage), db_int(x->was_triage), db_id(x->line_id),
	            db_id(x->was_line_id), db_int(x->priority), db_int(x->was_priority),
	            db_text(candidates_json(a, x->candidates, x->n_candidates)),
	            db_text(words_json(a, x->words, x->n_words))),
	    &x->id, e);
}

enum err decision_get(struct arena *a, struct db_conn *c, int64_t id, struct decision *out,
                      struct error *e)
{
	struct db_rows r;
	*out = (struct decision){0};
	db_rows_open(&r, c, &Q_DECISION_GET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		read_decision(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err decision_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                            struct decision **out, size_t *n, struct error *e)
{
	VEC(struct decision) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_DECISION_OF_TICKET, DB_ARGS(db_int(ticket_id)));
	while (db_rows_next(&r))
		read_decision(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err decision_guesses(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                          struct guesses **out, struct error *e)
{
	struct db_rows r;
	*out = ARENA_ARRAY(a, n, struct guesses);
	if (!n)
		return ERR_OK;
	db_rows_open(&r, c, &Q_DECISION_GUESSES, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	while (db_rows_next(&r)) {
		struct guesses *g = &(*out)[ids_place(ids, n, db_get_int(&r, 0))];
		struct decision x = {0};
		if (g->n)
			continue;
		read_candidates(a, db_dup_str(a, &r, 1), &x);
		*g = (struct guesses){x.candidates, x.n_candidates, db_dup_str(a, &r, 2)};
	}
	return db_rows_close(&r, e);
}

enum err decision_lifted(struct db_conn *c, int64_t contact_id, usec since, int64_t *out,
                         struct error *e)
{
	*out = 0;
	return db_one_int(c, &Q_DECISION_LIFTED, DB_ARGS(db_int(contact_id), db_int(since)), out,
	                  e);
}

enum err decision_set_undone(struct db_conn *tx, int64_t id, int64_t account_id, usec now,
                             struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, &Q_DECISION_UNDO,
	                       DB_ARGS(db_int(id), db_int(now), db_id(account_id)), &changes, e);
	if (!err && !changes)
		return error_set(e, ERR_CONFLICT, "error.undone_already", NULL, NULL);
	return err;
}

/* ---- facts ---- */

enum err fact_insert(struct db_conn *tx, struct ticket_fact *f, struct error *e)
{
	return db_one_int(tx, &Q_FACT_INSERT,
	                  DB_ARGS(db_int(f->ticket_id), db_id(f->message_id), db_text(f->kind),
	                          db_text(f->value), db_text(f->text), db_int(f->ambiguous),
	                          db_text(f->other), db_text(f->source), db_int(f->created_at),
	                          db_id(f->created_by)),
	                  &f->id, e);
}

enum err fact_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                        struct ticket_fact **out, size_t *n, struct error *e)
{
	VEC(struct ticket_fact) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_FACT_OF_TICKET, DB_ARGS(db_int(ticket_id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct ticket_fact){
		    .id = db_get_int(&r, 0),
		    .ticket_id = ticket_id,
		    .message_id = db_get_int(&r, 1),
		    .kind = db_dup_str(a, &r, 2),
		    .value = db_dup_str(a, &r, 3),
		    .text = db_dup_str(a, &r, 4),
		    .ambiguous = db_get_int(&r, 5) != 0,
		    .other = db_dup_str(a, &r, 6),
		    .source = db_dup_str(a, &r, 7),
		    .created_at = db_get_int(&r, 8),
		};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err fact_ticket(struct db_conn *c, int64_t id, int64_t *ticket_id, struct error *e)
{
	struct db_rows r;
	*ticket_id = 0;
	db_rows_open(&r, c, &Q_FACT_TICKET, DB_ARGS(db_int(id)));
	if (db_rows_next(&r) && !db_get_int(&r, 1))
		*ticket_id = db_get_int(&r, 0);
	enum err err = db_rows_close(&r, e);
	return err || *ticket_id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err fact_remove(struct db_conn *tx, int64_t id, int64_t account_id, usec now, struct error *e)
{
	return db_exec(tx, &Q_FACT_REMOVE, DB_ARGS(db_int(id), db_int(now), db_id(account_id)),
	               NULL, e);
}

static enum err any(struct db_conn *c, const struct db_query *q, struct db_args args, bool *out,
                    struct error *e)
{
	int64_t n = 0;
	enum err err = db_one_int(c, q, args, &n, e);
	*out = n > 0;
	return err;
}

enum err sense_has_picture(struct db_conn *c, int64_t ticket_id, bool *out, struct error *e)
{
	return any(c, &Q_SENSE_HAS_PICTURE, DB_ARGS(db_int(ticket_id)), out, e);
}

/* ---- the rule ---- */

enum err sense_rule_get(struct arena *a, struct db_conn *c, int64_t brand_id,
                        struct sense_rule *out, struct error *e)
{
	struct db_rows r;
	*out = (struct sense_rule){
	    .threshold = SENSE_THRESHOLD_DEFAULT, .route = true, .auto_train = true};
	db_rows_open(&r, c, &Q_SENSE_RULE_GET, DB_ARGS(db_int(brand_id)));
	if (db_rows_next(&r))
		*out = (struct sense_rule){
		    .brand_id = db_get_int(&r, 0),
		    .threshold = db_get_int(&r, 1),
		    .route = db_get_int(&r, 2) != 0,
		    .auto_train = db_get_int(&r, 3) != 0,
		    .order_patterns = db_dup_str(a, &r, 4),
		    .updated_at = db_get_int(&r, 5),
		    .updated_by = db_get_int(&r, 6),
		    .updated_by_name = db_dup_str(a, &r, 7),
		    .version = db_get_int(&r, 8),
		};
	return db_rows_close(&r, e);
}

enum err sense_rule_put(struct db_conn *tx, const struct sense_rule *x, struct error *e)
{
	return db_exec(tx, &Q_SENSE_RULE_PUT,
	               DB_ARGS(db_int(x->brand_id), db_int(x->threshold), db_int(x->route),
	                       db_int(x->auto_train), db_text(x->order_patterns),
	                       db_int(x->updated_at), db_id(x->updated_by)),
	               NULL, e);
}

/* ---- what is to be decided about ---- */

enum err sense_message(struct arena *a, struct db_conn *c, int64_t id, struct sense_message *out,
                       struct error *e)
{
	struct db_rows r;
	*out = (struct sense_message){0};
	db_rows_open(&r, c, &Q_SENSE_MESSAGE, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		*out = (struct sense_message){
		    .id = id,
		    .ticket_id = db_get_int(&r, 0),
		    .side = !db_is_null(&r, 1),
		    .customer = str_is(db_get_str(&r, 2), "customer"),
		    .is_auto = db_get_int(&r, 3) != 0,
		    .subject = db_dup_str(a, &r, 4),
		    .text = db_dup_str(a, &r, 5),
		    .erased = !db_is_null(&r, 6),
		    .contact_id = db_get_int(&r, 7),
		    .archived = db_get_int(&r, 8) != 0,
		    .first = db_get_int(&r, 9) == id,
		    .pictures = db_get_int(&r, 10),
		    .brand_id = db_get_int(&r, 11),
		};
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err sense_message_same(struct db_conn *c, const struct sense_message *m, bool *same,
                            bool *erased, struct error *e)
{
	struct db_rows r;
	*same = *erased = false;
	db_rows_open(&r, c, &Q_SENSE_MESSAGE_TEXT, DB_ARGS(db_int(m->id)));
	bool found = db_rows_next(&r);
	if (found) {
		*same = db_get_int(&r, 0) == m->ticket_id &&
		        str_eq(db_get_str(&r, 1), m->subject) && str_eq(db_get_str(&r, 2), m->text);
		*erased = !db_is_null(&r, 3);
	}
	enum err err = db_rows_close(&r, e);
	return err || found ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err sense_touched(struct db_conn *c, const struct ticket *t, bool *out, struct error *e)
{
	return any(c, &Q_SENSE_TOUCHED, DB_ARGS(db_int(t->id), db_int(t->created_at)), out, e);
}

enum err sense_priority_chosen(struct db_conn *c, int64_t ticket_id, bool *out, struct error *e)
{
	return any(c, &Q_SENSE_PRIORITY_CHOSEN, DB_ARGS(db_int(ticket_id)), out, e);
}
