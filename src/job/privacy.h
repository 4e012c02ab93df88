/* privacy.h: the jobs of erasing: runs in steps, the sweep of the database's
 * files, the nightly retention, which also removes blobs
 * that were noted outside of a run. What they do: desk/privacy.h.
 *
 * A step that was cut off is done again: erasing what is erased changes nothing.
 */
#ifndef OTKLIK_JOB_PRIVACY_H
#define OTKLIK_JOB_PRIVACY_H

#include "desk/desk.h"
#include "job/runner.h"

enum { JOB_PRIVACY_KINDS = 3 };
/* Fills the kinds; the caller owns them and keeps desk alive. */
void job_privacy_kinds(struct job_kind kinds[JOB_PRIVACY_KINDS], const struct desk *desk);
/* Puts the nightly job when there is none; at every start. */
enum err job_privacy_ensure(const struct desk *desk, struct db_conn *tx, usec now,
                            struct error *e) MUST_USE;

#endif
