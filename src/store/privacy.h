/* privacy.h: rows of erasure, legal_hold, retention_rule. Rows only: what they
 * mean is decided in desk/privacy.h. Results live in the arena.
 */
#ifndef OTKLIK_STORE_PRIVACY_H
#define OTKLIK_STORE_PRIVACY_H

#include "db/db.h"
#include "store/actor.h"

/* ---- runs of erasing ---- */

struct erasure {
	int64_t id;
	str kind;                               /* contact, redaction, retention, restore */
	int64_t contact_id, rule_id, ticket_id; /* 0 = none */
	str stage; /* messages, tickets, ledger, contact, log, index, files, sweep, done, stopped */
	int64_t position, total, done;
	str error; /* key of a sentence, "" = none */
	int64_t asked_by;
	str asked_by_name;
	usec created_at, finished_at; /* finished_at 0 = not yet */
};

enum err erasure_insert(struct db_conn *tx, struct erasure *x, struct error *e) MUST_USE;
enum err erasure_get(struct arena *a, struct db_conn *c, int64_t id, struct erasure *out,
                     struct error *e) MUST_USE;
/* The newest of this contact; id 0 when there is none. */
enum err erasure_of_contact(struct arena *a, struct db_conn *c, int64_t contact_id,
                            struct erasure *out, struct error *e) MUST_USE;
/* There is such a run and it has neither ended nor was it stopped. */
bool erasure_runs(const struct erasure *x);
/* Newest first, ids below `before` (0 = newest). */
enum err erasure_list(struct arena *a, struct db_conn *c, int64_t before, int limit,
                      struct erasure **out, size_t *n, struct error *e) MUST_USE;
enum err erasure_running(struct db_conn *c, int64_t rule_id, bool *out, struct error *e) MUST_USE;
/* Writes stage, position, counts, error, finished_at. */
enum err erasure_update(struct db_conn *tx, const struct erasure *x, struct error *e) MUST_USE;
/* Those whose stage is "sweep" since `until` or before, oldest first. */
enum err erasure_to_sweep(struct arena *a, struct db_conn *c, usec until, struct erasure **out,
                          size_t *n, struct error *e) MUST_USE;

/* ---- legal hold ---- */

struct legal_hold {
	int64_t id, contact_id, ticket_id; /* one of the two is 0 */
	str reason;
	int64_t set_by;
	str set_by_name;
	usec set_at, lifted_at; /* 0 = in force */
};

enum err hold_insert(struct db_conn *tx, struct legal_hold *h, struct error *e) MUST_USE;
/* ERR_NOT_FOUND when there is none in force. */
enum err hold_lift(struct db_conn *tx, int64_t id, int64_t by, usec now, str note,
                   struct error *e) MUST_USE;
enum err hold_get(struct arena *a, struct db_conn *c, int64_t id, struct legal_hold *out,
                  struct error *e) MUST_USE;
/* In force, as far as the actor may see their tickets, newest first. */
enum err hold_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                   struct legal_hold **out, size_t *n, struct error *e) MUST_USE;
/* In force and keeping the ticket: on it or its contact, on what was merged into either, on what
 * it was split from, on somebody who wrote in it. */
enum err hold_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                        struct legal_hold **out, size_t *n, struct error *e) MUST_USE;
/* In force on these contacts, or keeping their tickets or tickets where they wrote. */
enum err hold_of_contacts(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n_ids,
                          struct legal_hold **out, size_t *n, struct error *e) MUST_USE;

/* ---- retention ---- */

struct retention_rule {
	int64_t id;
	str name, action;          /* erase, attachments, close */
	int64_t age_days;          /* since the ticket's last message */
	int64_t brand_id, line_id; /* 0 = all */
	str brand_name, line_name;
	str status; /* "" = solved, closed, spam */
	bool active;
	usec created_at, last_run_at;
	int64_t created_by, last_count, version;
};

enum err retention_list(struct arena *a, struct db_conn *c, struct retention_rule **out, size_t *n,
                        struct error *e) MUST_USE;
enum err retention_get(struct arena *a, struct db_conn *c, int64_t id, struct retention_rule *out,
                       struct error *e) MUST_USE;
enum err retention_insert(struct db_conn *tx, struct retention_rule *r, struct error *e) MUST_USE;
/* ERR_CONFLICT "error.stale" when the version has moved on. */
enum err retention_update(struct db_conn *tx, struct retention_rule *r, struct error *e) MUST_USE;
enum err retention_ran(struct db_conn *tx, int64_t id, usec at, int64_t count,
                       struct error *e) MUST_USE;
enum err retention_delete(struct db_conn *tx, int64_t id, struct error *e) MUST_USE;
/* Tickets that the rule is for now, ids above `after`; held: those that a legal hold keeps. */
enum err retention_tickets(struct arena *a, struct db_conn *c, const struct retention_rule *r,
                           usec now, int64_t after, int limit, bool held, int64_t **out, size_t *n,
                           struct error *e) MUST_USE;

#endif
