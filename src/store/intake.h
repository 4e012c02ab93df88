/* intake.h: the ledger: everything that ever came in, and what became of it. */
#ifndef OTKLIK_STORE_INTAKE_H
#define OTKLIK_STORE_INTAKE_H

#include "db/db.h"
#include "store/actor.h"

enum intake_state {
	INTAKE_ACCEPTED,
	INTAKE_DUPLICATE,
	INTAKE_QUARANTINED,
	INTAKE_REJECTED,
};
const char *intake_state_name(enum intake_state state);
bool intake_state_by_name(str name, enum intake_state *out);

struct intake {
	int64_t id;
	usec received_at;
	str channel; /* mail, ... */
	int64_t inbox_id, brand_id, line_id;
	str inbox_name;
	str peer, sender, recipient, from_address, subject;
	int64_t size;
	str digest;   /* of the content without transport headers */
	str mail_id;  /* Message-ID without <> */
	str raw_hash; /* blob */
	enum intake_state state;
	str reason; /* key of a sentence, or "" */
	int64_t ticket_id, message_id;
	int64_t decided_by;
	str decided_by_name;
	usec decided_at;
	str decided_note;
	int64_t owner_id; /* who looks after it, while it waits */
	str owner_name;
	usec owned_at;
	str detail; /* what was found, in the finder's words: a score, the name of a virus; or "" */
};

enum err intake_insert(struct db_conn *tx, const struct intake *item, int64_t *id,
                       struct error *e) MUST_USE;
/* Unfiltered. ERR_NOT_FOUND when there is none. */
enum err intake_get(struct arena *a, struct db_conn *c, int64_t id, struct intake *out,
                    struct error *e) MUST_USE;
/* By what line and brand the item is visible: those of the ticket that it became, as it is now
 * (it may have moved, and its message to another ticket), else its own. For one item what
 * @visible_item is for lists and counts; also for an item that is not inserted yet. */
enum err intake_place(struct db_conn *c, const struct intake *item, int64_t *line_id,
                      int64_t *brand_id, struct error *e) MUST_USE;

#define INTAKE_LOOK_MOST 20000 /* rows that one page of found words looks through */

struct intake_filter {
	const enum intake_state *state; /* NULL = any */
	str q;                          /* words of sender or subject, or a ticket's number */
	bool no_addresses;              /* q is not looked for in addresses */
	int64_t inbox_id;               /* 0 = any */
	str reason;                     /* "" = any */
	bool has_owner;
	int64_t owner_id; /* with has_owner; 0 = nobody's */
	str sender;       /* a whole address in lower case, of the envelope or the From; "" = any */
	usec since, until; /* received from the one up to the other; 0 = any */
	int64_t before;    /* ids below it; 0 = from the newest */
	int limit;
};
/* Newest first, what the actor may see (as intake_place says). Items without line are for actors
 * without restriction. *next: go on with ids below it, 0 = that was all (a page of found words may
 * be short, or empty, and yet have a next one). */
enum err intake_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct intake_filter *filter, struct intake **out, size_t *n,
                     int64_t *next, struct error *e) MUST_USE;
/* Gives it to an account, or to nobody (0). */
enum err intake_own(struct db_conn *tx, int64_t id, int64_t owner_id, usec now,
                    struct error *e) MUST_USE;

/* A name under which the house writes. */
struct house_name {
	bool of_person; /* an account's; else a brand's or an inbox's */
	str name;
};
enum err intake_house_names(struct arena *a, struct db_conn *c, struct house_name **out, size_t *n,
                            struct error *e) MUST_USE;
/* The oldest accepted or quarantined item of this inbox with this Message-ID and
 * digest; out->id = 0 when there is none. */
enum err intake_find_earlier(struct arena *a, struct db_conn *c, int64_t inbox_id, str mail_id,
                             str digest, struct intake *out, struct error *e) MUST_USE;
/* The same with any digest; mail_id "" finds nothing. */
enum err intake_find_mail_id(struct arena *a, struct db_conn *c, int64_t inbox_id, str mail_id,
                             struct intake *out, struct error *e) MUST_USE;
/* Any inbox's accepted item with this Message-ID and digest; id = 0 when there is none. */
enum err intake_find_twin(struct arena *a, struct db_conn *c, str mail_id, str digest,
                          struct intake *out, struct error *e) MUST_USE;
/* How many rows there are of this very letter in this inbox, whatever became of it. */
enum err intake_count_content(struct db_conn *c, int64_t inbox_id, str mail_id, str digest,
                              int64_t *n, struct error *e) MUST_USE;
/* The ticket (0 = none) of an imported conversation, by a key of the importer's. */
enum err import_thread_get(struct db_conn *c, str key, int64_t *ticket_id,
                           struct error *e) MUST_USE;
/* Keeps what is there. */
enum err import_thread_put(struct db_conn *tx, str key, int64_t ticket_id,
                           struct error *e) MUST_USE;
/* Writes state, reason, line, brand, ticket, message and the decision; only if the item is still in
 * state `was` (else ERR_CONFLICT "error.stale"). */
enum err intake_decide(struct db_conn *tx, const struct intake *item, enum intake_state was,
                       struct error *e) MUST_USE;

#endif
