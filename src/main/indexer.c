/* indexer.c: see indexer.h. One thread; its cursors are in the database. Messages that have to be
 * indexed anew come in small steps, between which what is new goes first and others may write. */
#include "main/indexer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "desk/search.h"
#include "sys/worker.h"

#define OLDER_PAUSE (10 * USEC_SECOND / 1000) /* after 192 messages */

struct indexer {
	const struct desk *desk;
	struct db *db;
	struct log *log;
	usec lag;
	pthread_t thread;
	bool started;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool woken, stopping;
};

/* Sleeps for real time: a lag is no deadline of the product. False: stopping. */
static bool wait_for(struct indexer *x, usec most, bool ends_when_woken)
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

/* What is new, then a step of what is old. *more: there is older work. */
static void work(struct indexer *x, struct search_indexer *index, bool *more)
{
	struct error e;
	*more = false;
	if (search_indexer_catch_up(index, NULL, &e) != ERR_OK ||
	    search_indexer_older(index, more, &e) != ERR_OK)
		log_warn(x->log, "search index is behind", LOG_ERR(&e));
}

static void *run(void *arg)
{
	struct indexer *x = arg;
	struct search_indexer *index = search_indexer_new(x->desk, x->db);
	bool more;
	do
		work(x, index, &more);
	while (more ? wait_for(x, OLDER_PAUSE, false)
	            : wait_for(x, 10 * USEC_SECOND, true) && wait_for(x, x->lag, false));
	search_indexer_free(index);
	return NULL;
}

enum err indexer_start(const struct desk *desk, struct db *db, struct log *log, usec lag,
                       struct indexer **out, struct error *e)
{
	struct indexer *x = xcalloc(1, sizeof *x);
	pthread_condattr_t attr;
	*x = (struct indexer){.desk = desk, .db = db, .log = log, .lag = lag};
	pthread_mutex_init(&x->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->cond, &attr);
	pthread_condattr_destroy(&attr);
	enum err err = thread_start(&x->thread, "search", run, x, e);
	x->started = err == ERR_OK;
	if (err)
		indexer_stop(x);
	else
		*out = x;
	return err;
}

void indexer_wake(struct indexer *x)
{
	pthread_mutex_lock(&x->mutex);
	x->woken = true;
	pthread_cond_signal(&x->cond);
	pthread_mutex_unlock(&x->mutex);
}

void indexer_stop(struct indexer *x)
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
