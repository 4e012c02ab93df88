/* train.h: the jobs of training: one that trains, one that looks every hour whether there is enough
 * new to learn. What they do: desk/train.h.
 *
 * Training takes seconds to minutes of CPU: these kinds want a runner with one thread of their own,
 * whose priority is lowered at the first training. What fails of the examples is noted and the job
 * is done; what fails of disk or database is tried again.
 */
#ifndef OTKLIK_JOB_TRAIN_H
#define OTKLIK_JOB_TRAIN_H

#include <stdatomic.h>

#include "desk/desk.h"
#include "job/runner.h"

struct job_trainer {
	const struct desk *desk;
	atomic_bool stop; /* set it before the runner is stopped: a training under way ends */
};

enum { JOB_TRAIN_KINDS = 2 };
/* Fills the kinds; the caller owns them and keeps t alive. */
void job_train_kinds(struct job_kind kinds[JOB_TRAIN_KINDS], struct job_trainer *t);
/* Puts the hourly job when there is none; at every start. */
enum err job_train_ensure(struct db_conn *tx, usec now, struct error *e) MUST_USE;

#endif
