/* runner.h: runs the rows of `job` when they are due.
 *
 * Invariants
 *  - A job is taken by a lease, so that several processes on one database share
 *    the work and a job of a process that died is taken up when its lease ends.
 *  - Every taking has an owner of its own, so that a thread which went on after its lease was
 *    over (the process was frozen, the clock jumped) finds the row another's and cannot end it.
 *  - No job runs twice at once in one process, whatever the clock does. Between processes a lease
 *    ends by the wall clock, for which their clocks must agree to well within one. Who sees its own
 *    clock jump forward waits longer by the jump with taking others' jobs, until every lease from
 *    before it must be over; the leases it writes are in wall time throughout.
 *  - What `work` has done is told to the database for as long as the lease lasts, should it be
 *    away just then: an outcome that is known is not lost.
 *  - What a job changes in the database commits in the transaction that removes
 *    its row. Outside effects happen before, in `work`; a crash between the
 *    two repeats them: a kind with such effects says in its own file what that means.
 *  - While the installation is in no-send mode, kinds marked `outgoing` are not
 *    taken at all, and their due times wake nobody.
 *  - Deadlines are the product clock's. The runner sleeps until the next due
 *    time or a poke (job_runner_wake, from db_on_commit); a poll every
 *    `poll` is the backstop for other processes' jobs only.
 */
#ifndef OTKLIK_JOB_RUNNER_H
#define OTKLIK_JOB_RUNNER_H

#include "store/job.h"
#include "sys/clock.h"
#include "sys/log.h"

/* One run of one job. Arena and strings live until the run has been committed. */
struct job_run {
	struct arena *arena;
	struct db *db;
	struct job job;
	usec now;     /* when it was taken */
	usec started; /* the same by clock_mono */
	void *arg;    /* the kind's */
	/* The handler's own: */
	void *state;   /* from work to commit */
	usec again_at; /* set by either: the row stays, due again then, attempts counted on */
	bool fresh;    /* with again_at: attempts start anew (progress was made) */
	/* Set before commit: false when the lease was lost meanwhile. Then the row
	 * belongs to somebody else; commit records only what is true all the same. */
	bool owned;
};

struct job_kind {
	const char *name;
	bool outgoing;                /* not in no-send mode */
	usec lease;                   /* longer than work can take; 0: the runner's */
	int64_t attempts;             /* then dead; 0: 12 */
	usec retry_first, retry_most; /* pause doubles; 0: 10 s, 1 hour */
	/* Outside transactions, on a runner's thread; may block; may be NULL. */
	enum err (*work)(struct job_run *run, struct error *e);
	/* In the writer's transaction, after work succeeded; may be NULL. May run more than once.
	 * ERR_BUSY: what work prepared does not hold any more; the job fails and is run again
	 * (an outgoing one: only commit is). */
	enum err (*commit)(struct job_run *run, struct db_conn *tx, struct error *e);
	/* In the writer's transaction that declares the job dead; may be NULL. */
	enum err (*dead)(struct job_run *run, struct db_conn *tx, const struct error *why,
	                 struct error *e);
	void *arg;
};

struct job_runner_options {
	struct db *db;
	struct clock *clock;
	struct log *log; /* may be NULL */
	str owner;       /* the process's name; a random part is added, so that no two are alike */
	int threads;     /* 0: 2 */
	usec lease;      /* 0: 5 minutes */
	usec poll;       /* 0: 30 s */
	const struct job_kind *const *kinds; /* the list is copied; the kinds stay the caller's */
	size_t n_kinds;
};

struct job_runner;

enum err job_runner_start(const struct job_runner_options *o, struct job_runner **out,
                          struct error *e) MUST_USE;
/* Something was committed: look for due jobs. Cheap, from any thread. */
void job_runner_wake(struct job_runner *r);
/* Takes no new jobs, waits for those under way. NULL is fine. */
void job_runner_stop(struct job_runner *r);

/* Without threads, for tests and the command line: runs what is due now, until
 * nothing is. *n (may be NULL): how many runs. Errors of jobs are not errors of this. */
enum err job_run_due(const struct job_runner_options *o, int64_t *n, struct error *e) MUST_USE;

#endif
