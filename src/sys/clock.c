/* clock.c: see clock.h.
 *
 * Locks: a manual clock's list mutex is taken before a waker's mutex, never
 * the other way round.
 */
#include "sys/clock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* How soon a sleeper sees that another process has turned its clock file. */
#define FILE_CLOCK_SLICE (10 * (usec)1000)

enum clock_kind { KIND_SYSTEM, KIND_MANUAL, KIND_FILE };

struct clock {
	enum clock_kind kind;
	_Atomic int64_t now;     /* manual */
	_Atomic int64_t *offset; /* file: the mapped 8 bytes */
	pthread_mutex_t mutex;   /* manual: guards sleepers */
	struct clock_waker *sleepers;
};

static usec of_timespec(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return (usec)ts.tv_sec * USEC_SECOND + ts.tv_nsec / 1000;
}

struct clock *clock_system(void)
{
	static struct clock system = {.kind = KIND_SYSTEM}; /* never written to */
	return &system;
}

struct clock *clock_manual_new(usec start)
{
	struct clock *c = xcalloc(1, sizeof *c);
	c->kind = KIND_MANUAL;
	atomic_store(&c->now, start);
	pthread_mutex_init(&c->mutex, NULL);
	return c;
}

enum err clock_file_open(const char *path, struct clock **out, struct error *e)
{
	*out = NULL;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_detail(e, ERR_IO, "clock file %s: %m", path);
	struct stat st;
	void *p = MAP_FAILED;
	if (fstat(fd, &st) == 0 && (st.st_size >= 8 || ftruncate(fd, 8) == 0))
		p = mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
	int why = errno;
	close(fd);
	if (p == MAP_FAILED) {
		errno = why;
		return error_detail(e, ERR_IO, "clock file %s: %m", path);
	}
	struct clock *c = xcalloc(1, sizeof *c);
	c->kind = KIND_FILE;
	c->offset = p;
	*out = c;
	return ERR_OK;
}

void clock_free(struct clock *c)
{
	if (!c || c->kind == KIND_SYSTEM)
		return;
	if (c->kind == KIND_MANUAL) {
		assert(!c->sleepers);
		pthread_mutex_destroy(&c->mutex);
	}
	if (c->kind == KIND_FILE)
		munmap((void *)c->offset, 8);
	free(c);
}

usec clock_now(struct clock *c)
{
	switch (c->kind) {
	case KIND_MANUAL:
		return atomic_load(&c->now);
	case KIND_FILE:
		return of_timespec(CLOCK_REALTIME) + atomic_load(c->offset);
	case KIND_SYSTEM:
		break;
	}
	return of_timespec(CLOCK_REALTIME);
}

usec clock_mono(struct clock *c)
{
	return c->kind == KIND_MANUAL ? atomic_load(&c->now) : of_timespec(CLOCK_MONOTONIC);
}

static void stir_sleepers(struct clock *c)
{
	pthread_mutex_lock(&c->mutex);
	for (struct clock_waker *w = c->sleepers; w; w = w->next) {
		/* Taking the lock makes sure that the sleeper is either before its look at
		 * the clock or already waiting. */
		pthread_mutex_lock(&w->mutex);
		pthread_cond_broadcast(&w->cond);
		pthread_mutex_unlock(&w->mutex);
	}
	pthread_mutex_unlock(&c->mutex);
}

void clock_set(struct clock *c, usec now)
{
	assert(c->kind == KIND_MANUAL);
	atomic_store(&c->now, now);
	stir_sleepers(c);
}

void clock_advance(struct clock *c, usec by)
{
	assert(c->kind == KIND_MANUAL);
	atomic_fetch_add(&c->now, by);
	stir_sleepers(c);
}

void clock_waker_init(struct clock_waker *w)
{
	memset(w, 0, sizeof *w);
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->cond, NULL);
}

void clock_waker_release(struct clock_waker *w)
{
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->mutex);
}

void clock_wake(struct clock_waker *w)
{
	pthread_mutex_lock(&w->mutex);
	w->poked = true;
	pthread_cond_broadcast(&w->cond);
	pthread_mutex_unlock(&w->mutex);
}

/* One wait on the condition, by the clock's kind; w->mutex is held. The
 * condition counts in CLOCK_REALTIME on purpose: an absolute wait ends early
 * when the system's clock is set forward. */
static void wait_once(struct clock *c, usec deadline, struct clock_waker *w)
{
	if (c->kind == KIND_MANUAL || (c->kind == KIND_SYSTEM && deadline == CLOCK_NEVER)) {
		pthread_cond_wait(&w->cond, &w->mutex);
		return;
	}
	usec until = deadline;
	if (c->kind == KIND_FILE) {
		usec slice = of_timespec(CLOCK_REALTIME) + FILE_CLOCK_SLICE;
		usec real = deadline == CLOCK_NEVER ? deadline : deadline - atomic_load(c->offset);
		until = real < slice ? real : slice;
	}
	struct timespec ts = {.tv_sec = (time_t)(until / USEC_SECOND),
	                      .tv_nsec = (long)(until % USEC_SECOND) * 1000};
	pthread_cond_timedwait(&w->cond, &w->mutex, &ts);
}

bool clock_sleep_until(struct clock *c, usec deadline, struct clock_waker *w)
{
	if (deadline < 0)
		deadline = 0;
	if (c->kind == KIND_MANUAL) {
		pthread_mutex_lock(&c->mutex);
		w->next = c->sleepers;
		c->sleepers = w;
		pthread_mutex_unlock(&c->mutex);
	}
	pthread_mutex_lock(&w->mutex);
	while (!w->poked && clock_now(c) < deadline)
		wait_once(c, deadline, w);
	bool poked = w->poked;
	w->poked = false;
	pthread_mutex_unlock(&w->mutex);
	if (c->kind == KIND_MANUAL) {
		pthread_mutex_lock(&c->mutex);
		struct clock_waker **at = &c->sleepers;
		while (*at != w)
			at = &(*at)->next;
		*at = w->next;
		pthread_mutex_unlock(&c->mutex);
	}
	return poked;
}
