/* decide.h: decides by itself what a new ticket is about, behind the event log.
 *
 * Invariants
 *  - The creating transaction knows nothing of it: a reader of the log with its own cursor
 *    ("sense"), which moves in the transaction of what was decided, so that a cut at any point
 *    neither loses nor doubles a decision.
 *  - Reading, detecting and predicting happen on a snapshot, outside the writer; the write is
 *    small, and looks again under the ticket's lock whether a person was quicker.
 *  - Nothing is decided about what a machine wrote, what came out of an archive, what is
 *    erased, or what a person has categorized.
 *  - A ticket goes to its category's line only from its inbox's own line and untouched; what the
 *    model is not sure enough about waits in triage.
 */
#ifndef OTKLIK_DESK_DECIDE_H
#define OTKLIK_DESK_DECIDE_H

#include "desk/desk.h"

struct decider; /* the models that decide, opened once; for one thread at a time */

struct decider *decider_new(const struct desk *d, struct db *db) __attribute__((returns_nonnull));
void decider_free(struct decider *x); /* NULL is fine */
/* Takes up models that were switched, then steps until the log's end. Blocking, on a background
 * thread. *steps (may be NULL): transactions made. */
enum err decider_catch_up(struct decider *x, int *steps, struct error *e) MUST_USE;
/* A decider_catch_up that runs ends after its step; from any thread, and for good. */
void decider_end(struct decider *x);
/* Bytes that the opened models take. */
size_t decider_memory(const struct decider *x);
/* Events that were not looked at yet; 0 when they are so few that they may say nothing. */
enum err desk_decide_behind(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;

#endif
