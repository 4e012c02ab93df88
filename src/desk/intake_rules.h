/* intake_rules.h: what becomes of an incoming item: pure decisions, and the ledger's verbs. */
#ifndef OTKLIK_DESK_INTAKE_RULES_H
#define OTKLIK_DESK_INTAKE_RULES_H

#include "base/buf.h"
#include "desk/desk.h"
#include "desk/ticket.h"
#include "store/intake.h"

struct desk_intake_list {
	struct intake *items;
	size_t n;
	str next; /* cursor, "" = this was the last page */
};
struct desk_intake_query {
	str state;             /* "" = any */
	str q, reason, sender; /* words; whole key; whole address; "" = any */
	int64_t inbox_id;      /* 0 = any */
	bool has_owner;
	int64_t owner_id;  /* with has_owner; 0 = nobody's */
	usec since, until; /* 0 = any */
	str cursor;        /* "" = the newest */
	int limit;         /* 0 = 50; at most 200, of an export 5000 */
};
/* The ledger (ledger.read), newest first. Addresses and subjects are masked for masked
 * actors, who cannot ask for a sender either. */
enum err desk_intake_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_intake_query *q,
                          struct desk_intake_list *out, struct error *e) MUST_USE;
/* The same as CSV (RFC 4180, UTF-8 with a mark), also with right export: a head and a line for
 * each item; no cell is a formula to a spreadsheet. Appends; *next as above. */
enum err desk_intake_export(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct desk_intake_query *q,
                            struct buf *out, int64_t *count, str *next, struct error *e) MUST_USE;
/* ERR_NOT_FOUND also when not visible. */
enum err desk_intake_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, struct intake *out,
                         struct error *e) MUST_USE;
/* The blob of the item as it came (message.raw and ledger.read). */
enum err desk_intake_raw(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, str *hash,
                         struct error *e) MUST_USE;
/* The item to look at without opening it: text only, nothing of it is executed or fetched. */
struct desk_intake_source {
	str header; /* the header block as it came, made valid text; "" for masked actors */
	str text;   /* what a reader would see, masked */
	bool cut;   /* header or text go on */
	struct file_input *files;
	size_t n_files;
};
/* Right ledger.read. ERR_NOT_FOUND also when the bytes are gone. */
enum err desk_intake_source(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, struct desk_intake_source *out,
                            struct error *e) MUST_USE;
/* Gives a waiting item to an account that may read the ledger and sees it, or to
 * nobody (0); right ledger.decide. ERR_INVALID "error.bad_assignee". */
enum err desk_intake_own(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, int64_t owner_id,
                         struct intake *out, struct error *e) MUST_USE;
/* Refuses a quarantined item, with the reason in words (ledger.decide). */
enum err desk_intake_reject(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, str note, struct intake *out,
                            struct error *e) MUST_USE;
/* Lets a quarantined item in (ledger.decide): notes the decision and queues the
 * job JOB_INTAKE_RELEASE, which reads the letter and makes the ticket at
 * once. line_id 0 = the inbox's. The item stays quarantined with
 * decided_at set until the job has run. */
enum err desk_intake_release(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, str note, int64_t line_id,
                             struct intake *out, struct error *e) MUST_USE;
#define JOB_INTAKE_RELEASE "intake.release"

#endif
