/* intake_rules.h: what becomes of an incoming item: pure decisions, and the ledger's verbs. */
#ifndef OTKLIK_DESK_INTAKE_RULES_H
#define OTKLIK_DESK_INTAKE_RULES_H

#include "desk/desk.h"
#include "store/intake.h"

struct desk_intake_list {
	struct intake *items;
	size_t n;
	str next; /* cursor, "" = this was the last page */
};
/* The ledger (ledger.read), newest first. state "" = any; cursor "" = the newest. Addresses
 * and subjects are masked for masked actors. */
enum err desk_intake_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, str state, str q, int64_t inbox_id, str cursor,
                          int limit, struct desk_intake_list *out, struct error *e) MUST_USE;
/* ERR_NOT_FOUND also when not visible. */
enum err desk_intake_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, struct intake *out,
                         struct error *e) MUST_USE;
/* The blob of the item as it came (message.raw and ledger.read). */
enum err desk_intake_raw(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, str *hash,
                         struct error *e) MUST_USE;
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
