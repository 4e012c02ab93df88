/* sense.h: what was understood of tickets: decisions, facts, the rule by which is decided.
 *
 * Rows only; desk/sense.h and desk/decide.h say what they mean. Confidences are in
 * millionths everywhere.
 */
#ifndef OTKLIK_STORE_SENSE_H
#define OTKLIK_STORE_SENSE_H

#include "store/ticket.h"

#define SENSE_ONE 1000000 /* of confidence: sure */

enum sense_flag { /* bits of ticket.flags */
	          SENSE_URGENT = 1,
	          SENSE_MANAGER = 2, /* asks for a manager */
	          SENSE_ABUSE = 4,
	          SENSE_THANKS = 8,
};

/* Writes category_id .. flags of *t, updated_at, and adds one to its version. */
enum err ticket_set_sense(struct db_conn *tx, struct ticket *t, usec now, struct error *e) MUST_USE;

/* ---- decisions ---- */

struct candidate {
	int64_t category_id, confidence;
};
struct reason_word {
	str word;
	int64_t weight; /* thousandths of log-odds */
};

struct decision {
	int64_t id, ticket_id, message_id;
	usec at;
	int64_t account_id; /* 0 = the service */
	str account_name;
	int64_t model_id; /* 0 = none was there */
	str model_name;
	int64_t category_id, was_category_id; /* 0 = none */
	str was_by;
	int64_t confidence, was_confidence;
	bool triage, was_triage;
	int64_t line_id, was_line_id; /* 0 = stayed */
	int priority, was_priority;   /* 0 = stayed */
	struct candidate *candidates;
	size_t n_candidates;
	struct reason_word *words;
	size_t n_words;
	usec undone_at;
};

/* Sets x->id. */
enum err decision_insert(struct arena *a, struct db_conn *tx, struct decision *x,
                         struct error *e) MUST_USE;
/* ERR_NOT_FOUND. */
enum err decision_get(struct arena *a, struct db_conn *c, int64_t id, struct decision *out,
                      struct error *e) MUST_USE;
/* Newest first, at most 50. */
enum err decision_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                            struct decision **out, size_t *n, struct error *e) MUST_USE;
/* Of which of these tickets, ascending, the model thought what: its newest guesses, best first, and
 * the beginning of the customer's words it looked at. The i-th is of ids[i]; n 0 where there are
 * none. */
struct guesses {
	struct candidate *list;
	size_t n;
	str about;
};
enum err decision_guesses(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                          struct guesses **out, struct error *e) MUST_USE;
/* Tickets of the contact that the word of urgency made urgent since then. */
enum err decision_lifted(struct db_conn *c, int64_t contact_id, usec since, int64_t *out,
                         struct error *e) MUST_USE;
enum err decision_set_undone(struct db_conn *tx, int64_t id, int64_t account_id, usec now,
                             struct error *e) MUST_USE;

/* ---- facts ---- */

struct ticket_fact {
	int64_t id, ticket_id, message_id; /* message_id 0 = typed in */
	str kind, value, text;
	bool ambiguous;
	str other;  /* the other reading */
	str source; /* rule, person */
	usec created_at;
	int64_t created_by;
};

enum err fact_insert(struct db_conn *tx, struct ticket_fact *f, struct error *e) MUST_USE;
/* Without what was removed, in the order in which they were found. */
enum err fact_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                        struct ticket_fact **out, size_t *n, struct error *e) MUST_USE;
/* The ticket where the fact is now; ERR_NOT_FOUND also when it was removed. */
enum err fact_ticket(struct db_conn *c, int64_t id, int64_t *ticket_id, struct error *e) MUST_USE;
enum err fact_remove(struct db_conn *tx, int64_t id, int64_t account_id, usec now,
                     struct error *e) MUST_USE;
/* Did the customer send a picture? */
enum err sense_has_picture(struct db_conn *c, int64_t ticket_id, bool *out,
                           struct error *e) MUST_USE;

/* ---- the rule ---- */

struct sense_rule {
	int64_t brand_id;  /* 0 = where a brand has none of its own */
	int64_t threshold; /* what is less sure goes to triage */
	bool route, auto_train;
	str order_patterns; /* a line each */
	usec updated_at;    /* 0 = nobody has set it: the defaults */
	int64_t updated_by;
	str updated_by_name;
	int64_t version; /* 0 = there is no row */
};
#define SENSE_THRESHOLD_DEFAULT 600000

/* The brand's own, else that of all brands, else the defaults. */
enum err sense_rule_get(struct arena *a, struct db_conn *c, int64_t brand_id,
                        struct sense_rule *out, struct error *e) MUST_USE;
enum err sense_rule_put(struct db_conn *tx, const struct sense_rule *x, struct error *e) MUST_USE;

/* ---- what is to be decided about ---- */

struct sense_message {
	int64_t id, ticket_id, brand_id, contact_id;
	bool side, customer, is_auto, erased, archived; /* archived: out of an mbox */
	bool first; /* the customer's first word in the ticket */
	int64_t pictures;
	str subject, text; /* without what is quoted */
};
/* ERR_NOT_FOUND. */
enum err sense_message(struct arena *a, struct db_conn *c, int64_t id, struct sense_message *out,
                       struct error *e) MUST_USE;
/* Is it still so (blocked out, merged: no)? *erased: nothing of it is left. */
enum err sense_message_same(struct db_conn *c, const struct sense_message *m, bool *same,
                            bool *erased, struct error *e) MUST_USE;
/* Has anybody who works here done something to the ticket since it was made? */
enum err sense_touched(struct db_conn *c, const struct ticket *t, bool *out,
                       struct error *e) MUST_USE;
/* Have they chosen its priority? */
enum err sense_priority_chosen(struct db_conn *c, int64_t ticket_id, bool *out,
                               struct error *e) MUST_USE;

#endif
