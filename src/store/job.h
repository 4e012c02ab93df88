/* job.h: every deadline of the product is a row here, changed in the transaction of its cause.
 *
 * At most one live job a kind and key. Who runs them: job/runner.h.
 */
#ifndef OTKLIK_STORE_JOB_H
#define OTKLIK_STORE_JOB_H

#include "db/db.h"

struct job {
	int64_t id;
	str kind, key;
	usec due;
	str payload;      /* JSON object */
	int64_t attempts; /* with the one under way */
	str lease_owner;
	usec lease_until;
	bool dead;
	str error;
};

/* Adds the job, or moves the one of this kind and key: due and payload are
 * replaced, attempts start anew, a dead one lives again. One that is running at
 * this moment runs once more afterwards. payload "" = "{}". */
enum err job_add(struct db_conn *tx, const char *kind, str key, usec due, str payload, usec now,
                 struct error *e) MUST_USE;
/* Adds it only when there is none: for what recurs. */
enum err job_add_missing(struct db_conn *tx, const char *kind, str key, usec due, str payload,
                         usec now, struct error *e) MUST_USE;
/* *cancelled (may be NULL): false when there was none, or when it is running
 * now and can no longer be stopped (then it stays). */
enum err job_cancel(struct db_conn *tx, const char *kind, str key, usec now, bool *cancelled,
                    struct error *e) MUST_USE;
/* Moves the due time of one that waits; *moved (may be NULL): false when there is none waiting. */
enum err job_reschedule(struct db_conn *tx, const char *kind, str key, usec due, usec now,
                        bool *moved, struct error *e) MUST_USE;
/* id = 0 when there is none. */
enum err job_find(struct arena *a, struct db_conn *c, const char *kind, str key, struct job *out,
                  struct error *e) MUST_USE;

/* For the runner: takes up to `limit` jobs of a kind that are due by `now` and whose
 * lease, if any, was over by `lease_now`, which is earlier than `now` where the clock has jumped.
 */
enum err job_claim(struct arena *a, struct db_conn *tx, const char *kind, str owner, usec now,
                   usec lease_now, usec lease_until, int limit, struct job **out, size_t *n,
                   struct error *e) MUST_USE;
/* No process runs but the one that asks: what leases there are belong to dead ones. */
enum err job_forget_leases(struct db_conn *tx, struct error *e) MUST_USE;
/* When the next job of these kinds (a JSON array of names) can be taken: its due time, or `held`
 * (>= 0) after the end of its lease if that is later; INT64_MAX when there is none. */
enum err job_next_due(struct db_conn *c, str kinds, usec held, usec *out, struct error *e) MUST_USE;
/* Removes a finished job. *owned: false when the lease was lost or the job was moved meanwhile;
 * then it stays. */
enum err job_finish(struct db_conn *tx, int64_t id, str owner, bool *owned,
                    struct error *e) MUST_USE;
/* Gives a job back for another time; dead: for never, but kept to be seen. attempts as given. */
enum err job_release(struct db_conn *tx, int64_t id, str owner, usec due, int64_t attempts,
                     bool dead, str error, bool *owned, struct error *e) MUST_USE;
/* Waiting or running jobs of a kind (NULL: all), and dead ones. */
enum err job_count(struct db_conn *c, const char *kind, int64_t *live, int64_t *dead,
                   struct error *e) MUST_USE;
/* Dead ones, newest first. */
enum err job_list_dead(struct arena *a, struct db_conn *c, int limit, struct job **out, size_t *n,
                       struct error *e) MUST_USE;

#endif
