/* housekeeping.h: the recurrent jobs: ended sessions, kept answers, uploads nobody sent, old
 * counters. */
#ifndef OTKLIK_JOB_HOUSEKEEPING_H
#define OTKLIK_JOB_HOUSEKEEPING_H

#include "desk/desk.h"
#include "job/runner.h"

/* A kind that runs every hour. The caller owns kind and keeps desk alive. */
void job_housekeeping_kind(struct job_kind *kind, const struct desk *desk);
/* A kind of its own that removes, once a day, blobs that nothing names. */
void job_sweep_kind(struct job_kind *kind, const struct desk *desk);
/* Puts the first row when there is none; at every start. */
enum err job_housekeeping_ensure(struct db_conn *tx, usec now, struct error *e) MUST_USE;

#endif
