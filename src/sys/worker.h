/* worker.h: a pool of threads with one bounded queue of jobs.
 *
 * Each thread has a context of its own (a read connection, say), made and
 * freed in that thread. The queue never grows past its bound: a full pool says
 * so and the caller answers "busy" instead of piling up work.
 */
#ifndef OTKLIK_SYS_WORKER_H
#define OTKLIK_SYS_WORKER_H

#include <pthread.h>

#include "base/arena.h"
#include "base/err.h"

struct workers;

struct worker_options {
	int threads;      /* 1 to 256 */
	size_t queue_max; /* jobs that wait; 0: 1024 */
	const char *name; /* of the threads, up to 12 bytes, for ps and gdb */
	/* Makes the context of thread `index`, called in it; may be NULL (the
	 * context is then NULL). On failure workers_new fails with the error. */
	enum err (*context_new)(void *arg, int index, void **context, struct error *e);
	void (*context_free)(void *context);
	void *arg;
};

/* Returns when every thread is ready; ERR_IO when a thread cannot be started. */
enum err workers_new(const struct worker_options *o, struct workers **out,
                     struct error *e) MUST_USE;
/* Gives fn(context, arg) to some thread, in order of submission. False, and
 * nothing happens, when the queue is full or the pool is stopping. A job may submit. */
bool workers_submit(struct workers *w, void (*fn)(void *context, void *arg), void *arg) MUST_USE;
/* Jobs that wait and jobs that run, for metrics and readiness. */
size_t workers_waiting(struct workers *w);
size_t workers_running(struct workers *w);
/* Takes no new jobs, runs those that wait, ends the threads. Once. */
void workers_stop(struct workers *w);
/* Stops first if that has not been done. NULL is fine. */
void workers_free(struct workers *w);

/* Starts one thread with a name (cut to 15 bytes) and with all signals blocked:
 * signals belong to the main thread. ERR_IO when the system refuses. */
enum err thread_start(pthread_t *out, const char *name, void *(*fn)(void *arg), void *arg,
                      struct error *e) MUST_USE;
/* The calling thread yields to others by so much (0 to 19); it stays as it is where the system
 * refuses. */
void thread_nice(int by);

#endif
