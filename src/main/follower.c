/* follower.c: see follower.h. */
#include "main/follower.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "sys/worker.h"

#define MORE_PAUSE (10 * USEC_SECOND / 1000)

struct follower {
	struct follower_options o;
	pthread_t thread;
	bool started;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool woken, stopping;
};

/* Sleeps for real time: a lag is no deadline of the product. False: stopping. */
static bool wait_for(struct follower *x, usec most, bool ends_when_woken)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += most / USEC_SECOND;
	until.tv_nsec += (long)(most % USEC_SECOND) * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&x->mutex);
	int waited = 0;
	while (!x->stopping && waited == 0 && !(ends_when_woken && x->woken))
		waited = pthread_cond_timedwait(&x->cond, &x->mutex, &until);
	if (ends_when_woken)
		x->woken = false;
	bool go_on = !x->stopping;
	pthread_mutex_unlock(&x->mutex);
	return go_on;
}

static void *run(void *arg)
{
	struct follower *x = arg;
	bool more;
	thread_nice(x->o.nice);
	do {
		struct error e;
		more = false;
		if (x->o.catch_up(x->o.arg, &more, &e) != ERR_OK)
			log_warn(x->o.log, x->o.behind, LOG_ERR(&e));
	} while (more ? wait_for(x, MORE_PAUSE, false)
	              : wait_for(x, 10 * USEC_SECOND, true) && wait_for(x, x->o.lag, false));
	return NULL;
}

enum err follower_start(const struct follower_options *o, struct follower **out, struct error *e)
{
	struct follower *x = xcalloc(1, sizeof *x);
	pthread_condattr_t attr;
	x->o = *o;
	pthread_mutex_init(&x->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->cond, &attr);
	pthread_condattr_destroy(&attr);
	enum err err = thread_start(&x->thread, o->name, run, x, e);
	x->started = err == ERR_OK;
	if (err)
		follower_stop(x);
	else
		*out = x;
	return err;
}

void follower_wake(struct follower *x)
{
	pthread_mutex_lock(&x->mutex);
	x->woken = true;
	pthread_cond_signal(&x->cond);
	pthread_mutex_unlock(&x->mutex);
}

void follower_stop(struct follower *x)
{
	if (!x)
		return;
	pthread_mutex_lock(&x->mutex);
	x->stopping = true;
	pthread_cond_broadcast(&x->cond);
	pthread_mutex_unlock(&x->mutex);
	if (x->started)
		pthread_join(x->thread, NULL);
	pthread_cond_destroy(&x->cond);
	pthread_mutex_destroy(&x->mutex);
	free(x);
}
