/* sense.h: what was understood of a ticket: shown, corrected, undone.
 *
 * Every category that a ticket gets is a decision: a row that knows what was before, so that it can
 * be undone, and an event. What a person decides is what the model learns from next time.
 */
#ifndef OTKLIK_DESK_SENSE_H
#define OTKLIK_DESK_SENSE_H

#include "desk/category.h"
#include "store/sense.h"
#include "store/urgent_use.h"

struct ticket_sense {
	struct ticket t;             /* the columns that were understood */
	struct category_name *names; /* of every category named below */
	size_t n_names;
	struct ticket_fact *facts;
	size_t n_facts;
	str *missing; /* kinds that the category needs and nobody has told yet */
	size_t n_missing;
	struct candidate *candidates; /* of the last decision of the model */
	size_t n_candidates;
	struct decision *decisions; /* newest first */
	size_t n_decisions;
	struct named_line {
		int64_t id;
		str name;
	} * lines; /* of every line named above */
	size_t n_lines;
	/* What can be undone now: the newest that says what it is about, and the newest that says
	 * only how urgent it is; 0 = none. */
	int64_t undoable, undoable_urgent;
};
/* Right ticket.read, masked. */
enum err desk_sense_get(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, int64_t ticket_id, struct ticket_sense *out,
                        struct error *e) MUST_USE;
/* Who puts tickets first by saying that they are urgent, most often first, within `days` (0: 30).
 * Right learn.manage, masked. */
enum err desk_urgent_use(const struct desk *d, struct arena *a, struct db_conn *c,
                         const struct actor *actor, int days, struct urgent_use **out, size_t *n,
                         struct error *e) MUST_USE;
/* Kinds of facts still missing for the ticket's category. */
enum err desk_sense_missing(struct arena *a, struct db_conn *c, const struct ticket *t, str **out,
                            size_t *n, struct error *e) MUST_USE;

struct category_input {
	int64_t category_id; /* 0 = none */
	int64_t version;     /* 0 = not checked; else ERR_CONFLICT "error.stale" */
	bool route;          /* move it to the category's line too */
};
/* Right ticket.change. The category must be active and of the ticket's brand: else ERR_INVALID
 * "error.no_such_reference". Also to confirm what the model chose. */
enum err desk_sense_categorize(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t ticket_id,
                               const struct category_input *in, struct ticket *out,
                               struct error *e) MUST_USE;
/* The same within another change of an opened ticket, which the caller saves afterwards. */
enum err desk_sense_set(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        struct ticket *t, int64_t category_id, bool route, usec now,
                        struct error *e) MUST_USE;
/* A merge: `into`, which nobody has given a category, takes over that of `from`, in a decision of
 * its own (*decision; 0 when there is nothing to take). For the verb that merges. */
enum err desk_sense_take(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         const struct ticket *from, struct ticket *into, usec now,
                         int64_t *decision, struct error *e) MUST_USE;
/* The way back, unless somebody has decided since. */
enum err desk_sense_give_back(struct arena *a, struct db_conn *tx, const struct actor *actor,
                              struct ticket *t, int64_t decision, usec now,
                              struct error *e) MUST_USE;
/* Right ticket.change. The newest decision that stands; what it changed is as it was before, where
 * nobody has changed it since. One that says only how urgent it is and the others are apart.
 * ERR_CONFLICT "error.undone_already", "error.decision_later_first". */
enum err desk_decision_undo(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t decision_id, struct ticket *out,
                            struct error *e) MUST_USE;

/* Right ticket.change. A fact that a person knows; its value as typed. */
enum err desk_fact_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, int64_t ticket_id, str kind, str value,
                       struct ticket_fact *out, struct error *e) MUST_USE;
/* Right ticket.change. It is none, or wrong. *ticket_id: where it was. */
enum err desk_fact_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t fact_id, int64_t *ticket_id,
                          struct error *e) MUST_USE;

/* ---- the rule by which is decided ---- */

/* Right ticket.read. brand_id 0 = where a brand has none of its own. */
enum err desk_sense_rule(const struct desk *d, struct arena *a, struct db_conn *c,
                         const struct actor *actor, int64_t brand_id, struct sense_rule *out,
                         struct error *e) MUST_USE;
struct sense_rule_patch {
	const int64_t *version;
	const int64_t *threshold; /* millionths */
	const bool *route, *auto_train;
	const str *order_patterns;
};
/* Right learn.manage. */
enum err desk_sense_rule_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t brand_id,
                               const struct sense_rule_patch *patch, struct sense_rule *out,
                               struct error *e) MUST_USE;

#endif
