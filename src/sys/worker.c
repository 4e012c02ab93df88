/* worker.c: see worker.h. One mutex guards all of struct workers but the threads' own parts. */
#include "sys/worker.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define QUEUE_MAX 1024
#define THREADS_MAX 256

struct job {
	void (*fn)(void *context, void *arg);
	void *arg;
};

struct worker {
	struct workers *pool;
	int index;
	pthread_t thread;
};

struct workers {
	struct worker_options o;
	pthread_mutex_t mutex;
	pthread_cond_t work;  /* a job waits, or stopping */
	pthread_cond_t ready; /* a thread has made its context, or failed to */
	struct job *queue;    /* ring of o.queue_max */
	size_t head, n, running;
	int n_started, n_ready;
	bool stopping, joined;
	enum err failed;
	struct error error;
	struct worker threads[];
};

enum err thread_start(pthread_t *out, const char *name, void *(*fn)(void *arg), void *arg,
                      struct error *e)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(out, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0) {
		errno = r;
		return error_detail(e, ERR_IO, "thread %s: %m", name);
	}
	char cut[16];
	snprintf(cut, sizeof cut, "%s", name);
	pthread_setname_np(*out, cut);
	return ERR_OK;
}

void thread_nice(int by)
{
	/* On Linux this is of a thread, not of the process. */
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), by);
}

static void *run(void *arg)
{
	struct worker *me = arg;
	struct workers *w = me->pool;
	void *context = NULL;
	struct error e = {0};
	enum err r =
	    w->o.context_new ? w->o.context_new(w->o.arg, me->index, &context, &e) : ERR_OK;
	pthread_mutex_lock(&w->mutex);
	if (r != ERR_OK && w->failed == ERR_OK) {
		w->failed = r;
		w->error = e;
	}
	w->n_ready++;
	pthread_cond_broadcast(&w->ready);
	while (r == ERR_OK) {
		while (w->n == 0 && !w->stopping)
			pthread_cond_wait(&w->work, &w->mutex);
		if (w->n == 0)
			break;
		struct job job = w->queue[w->head];
		w->head = (w->head + 1) % w->o.queue_max;
		w->n--;
		w->running++;
		pthread_mutex_unlock(&w->mutex);
		job.fn(context, job.arg);
		pthread_mutex_lock(&w->mutex);
		w->running--;
	}
	pthread_mutex_unlock(&w->mutex);
	if (r == ERR_OK && w->o.context_free)
		w->o.context_free(context);
	return NULL;
}

enum err workers_new(const struct worker_options *o, struct workers **out, struct error *e)
{
	*out = NULL;
	assert(o->threads >= 1 && o->threads <= THREADS_MAX);
	struct workers *w = xcalloc(1, sizeof *w + (size_t)o->threads * sizeof w->threads[0]);
	w->o = *o;
	if (w->o.queue_max == 0)
		w->o.queue_max = QUEUE_MAX;
	w->queue = xcalloc(w->o.queue_max, sizeof *w->queue);
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->work, NULL);
	pthread_cond_init(&w->ready, NULL);
	enum err r = ERR_OK;
	for (int i = 0; i < o->threads && r == ERR_OK; i++) {
		struct worker *t = &w->threads[i];
		char name[32];
		*t = (struct worker){.pool = w, .index = i};
		snprintf(name, sizeof name, "%.12s%d", o->name ? o->name : "worker", i);
		r = thread_start(&t->thread, name, run, t, e);
		if (r == ERR_OK)
			w->n_started++;
	}
	pthread_mutex_lock(&w->mutex);
	while (w->n_ready < w->n_started)
		pthread_cond_wait(&w->ready, &w->mutex);
	if (r == ERR_OK && w->failed != ERR_OK) {
		r = w->failed;
		if (e)
			*e = w->error;
	}
	pthread_mutex_unlock(&w->mutex);
	if (r != ERR_OK) {
		workers_free(w);
		return r;
	}
	*out = w;
	return ERR_OK;
}

bool workers_submit(struct workers *w, void (*fn)(void *context, void *arg), void *arg)
{
	pthread_mutex_lock(&w->mutex);
	bool taken = !w->stopping && w->n < w->o.queue_max;
	if (taken) {
		w->queue[(w->head + w->n++) % w->o.queue_max] = (struct job){fn, arg};
	}
	pthread_mutex_unlock(&w->mutex);
	/* Not under the lock: whoever wakes up would wait for it. */
	if (taken)
		pthread_cond_signal(&w->work);
	return taken;
}

size_t workers_waiting(struct workers *w)
{
	pthread_mutex_lock(&w->mutex);
	size_t n = w->n;
	pthread_mutex_unlock(&w->mutex);
	return n;
}

size_t workers_running(struct workers *w)
{
	pthread_mutex_lock(&w->mutex);
	size_t n = w->running;
	pthread_mutex_unlock(&w->mutex);
	return n;
}

void workers_stop(struct workers *w)
{
	pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	pthread_cond_broadcast(&w->work);
	pthread_mutex_unlock(&w->mutex);
	if (w->joined)
		return;
	for (int i = 0; i < w->n_started; i++)
		pthread_join(w->threads[i].thread, NULL);
	w->joined = true;
}

void workers_free(struct workers *w)
{
	if (!w)
		return;
	workers_stop(w);
	pthread_cond_destroy(&w->ready);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->mutex);
	free(w->queue);
	free(w);
}
