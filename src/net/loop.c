/* loop.c: see loop.h. Level-triggered epoll, a binary heap of timers, and a
 * locked list of posts that an eventfd announces. */
#include "net/loop.h"
#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BATCH = 128 };

/* A post of net_loop_post, freed when it has run. */
struct owned {
	struct net_post post;
	void (*fn)(void *arg);
	void *arg;
};

struct net_loop {
	int epoll_fd, event_fd;
	usec now;
	struct epoll_event events[BATCH];
	int n_events, at_event;
	struct net_timer **heap; /* from index 1 */
	size_t n_timers, cap_timers;

	pthread_mutex_t lock; /* all below */
	struct net_post *first, **last;
	bool stopping, closed, running, signalled;
	pthread_t thread;
};

usec net_monotonic(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (usec)ts.tv_sec * USEC_SECOND + ts.tv_nsec / 1000;
}

usec net_loop_now(const struct net_loop *l)
{
	return l->now;
}

enum err net_loop_new(struct net_loop **out, struct error *e)
{
	struct net_loop *l = xcalloc(1, sizeof *l);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->now = net_monotonic();
	l->last = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
	if (l->epoll_fd < 0 || l->event_fd < 0 ||
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->event_fd, &ev) < 0) {
		enum err r = error_detail(e, ERR_IO, "event loop: %m");
		net_loop_free(l);
		return r;
	}
	*out = l;
	return ERR_OK;
}

void net_loop_free(struct net_loop *l)
{
	if (!l)
		return;
	net_loop_close(l);
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->event_fd >= 0)
		close(l->event_fd);
	pthread_mutex_destroy(&l->lock);
	free(l->heap);
	free(l);
}

/* ---- posts ---- */

static void announce(struct net_loop *l)
{
	uint64_t one = 1;
	/* Full or interrupted: the loop has been told already. */
	ssize_t n UNUSED = write(l->event_fd, &one, sizeof one);
}

bool net_loop_post_node(struct net_loop *l, struct net_post *p)
{
	p->next = NULL;
	pthread_mutex_lock(&l->lock);
	if (l->closed) {
		pthread_mutex_unlock(&l->lock);
		return false;
	}
	*l->last = p;
	l->last = &p->next;
	/* The loop looks at the list after each round, so its own posts need no call. */
	bool tell = !l->signalled && !(l->running && pthread_equal(l->thread, pthread_self()));
	l->signalled |= tell;
	pthread_mutex_unlock(&l->lock);
	/* Not under the lock, which the loop that wakes up wants at once. */
	if (tell)
		announce(l);
	return true;
}

static void run_owned(void *arg)
{
	struct owned *o = arg;
	o->fn(o->arg);
	free(o);
}

bool net_loop_post(struct net_loop *l, void (*fn)(void *arg), void *arg)
{
	struct owned *o = xmalloc(sizeof *o);
	*o = (struct owned){{NULL, run_owned, o}, fn, arg};
	if (net_loop_post_node(l, &o->post))
		return true;
	free(o);
	return false;
}

void net_loop_stop(struct net_loop *l)
{
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	announce(l);
	pthread_mutex_unlock(&l->lock);
}

/* Runs what was posted so far; true when there is more by now. */
static bool run_posts(struct net_loop *l)
{
	pthread_mutex_lock(&l->lock);
	struct net_post *p = l->first;
	l->first = NULL;
	l->last = &l->first;
	pthread_mutex_unlock(&l->lock);
	while (p) {
		struct net_post *next = p->next;
		p->fn(p->arg);
		p = next;
	}
	pthread_mutex_lock(&l->lock);
	bool more = l->first != NULL;
	pthread_mutex_unlock(&l->lock);
	return more;
}

void net_loop_close(struct net_loop *l)
{
	for (;;) {
		run_posts(l);
		pthread_mutex_lock(&l->lock);
		l->closed = l->first == NULL;
		bool closed = l->closed;
		pthread_mutex_unlock(&l->lock);
		if (closed)
			return;
	}
}

/* ---- descriptors ---- */

enum err net_watch_add(struct net_loop *l, struct net_watch *w, uint32_t events, struct error *e)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w->fd, &ev) < 0)
		return error_detail(e, ERR_IO, "watching a descriptor: %m");
	w->events = events;
	return ERR_OK;
}

void net_watch_set(struct net_loop *l, struct net_watch *w, uint32_t events)
{
	if (w->events == events)
		return;
	struct epoll_event ev = {.events = events, .data.ptr = w};
	int r = epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev);
	assert(r == 0 && "the descriptor is not watched");
	(void)r;
	w->events = events;
}

void net_watch_remove(struct net_loop *l, struct net_watch *w)
{
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = l->at_event; i < l->n_events; i++)
		if (l->events[i].data.ptr == w)
			l->events[i].data.ptr = NULL, l->events[i].events = 0;
}

/* ---- timers: a heap by due time ---- */

static void place(struct net_loop *l, size_t i, struct net_timer *t)
{
	l->heap[i] = t;
	t->place = i;
}

static void sift(struct net_loop *l, size_t i, struct net_timer *t)
{
	while (i > 1 && l->heap[i / 2]->due > t->due) {
		place(l, i, l->heap[i / 2]);
		i /= 2;
	}
	for (;;) {
		size_t child = 2 * i;
		if (child > l->n_timers)
			break;
		if (child < l->n_timers && l->heap[child + 1]->due < l->heap[child]->due)
			child++;
		if (l->heap[child]->due >= t->due)
			break;
		place(l, i, l->heap[child]);
		i = child;
	}
	place(l, i, t);
}

void net_timer_set(struct net_loop *l, struct net_timer *t, usec delay)
{
	t->due = l->now + delay;
	if (!t->place) {
		if (l->n_timers + 1 >= l->cap_timers) {
			l->cap_timers = l->cap_timers ? l->cap_timers * 2 : 64;
			l->heap = xrealloc(l->heap, l->cap_timers * sizeof(struct net_timer *));
		}
		t->place = ++l->n_timers;
	}
	sift(l, t->place, t);
}

void net_timer_clear(struct net_loop *l, struct net_timer *t)
{
	size_t i = t->place;
	if (!i)
		return;
	t->place = 0;
	struct net_timer *last = l->heap[l->n_timers--];
	if (last != t)
		sift(l, i, last);
}

static void run_timers(struct net_loop *l)
{
	while (l->n_timers && l->heap[1]->due <= l->now) {
		struct net_timer *t = l->heap[1];
		net_timer_clear(l, t);
		t->fn(t);
	}
}

/* ---- the round ---- */

static int wait_ms(const struct net_loop *l)
{
	if (!l->n_timers)
		return -1;
	usec left = l->heap[1]->due - net_monotonic();
	if (left <= 0)
		return 0;
	/* Rounded up, so that a timer is due when its round begins. */
	return left > USEC_HOUR ? 3600 * 1000 : (int)((left + 999) / 1000);
}

static void run_events(struct net_loop *l)
{
	for (l->at_event = 0; l->at_event < l->n_events;) {
		struct epoll_event *ev = &l->events[l->at_event++];
		struct net_watch *w = ev->data.ptr;
		if (w) {
			w->fn(w, ev->events);
		} else if (ev->events) {
			uint64_t n;
			pthread_mutex_lock(&l->lock);
			l->signalled = false;
			ssize_t got UNUSED = read(l->event_fd, &n, sizeof n);
			pthread_mutex_unlock(&l->lock);
		}
	}
	l->n_events = 0;
}

void net_loop_run(struct net_loop *l)
{
	pthread_mutex_lock(&l->lock);
	l->running = true;
	l->thread = pthread_self();
	pthread_mutex_unlock(&l->lock);
	bool more = run_posts(l), stopping = false;
	while (!stopping) {
		int n = epoll_wait(l->epoll_fd, l->events, BATCH, more ? 0 : wait_ms(l));
		l->n_events = n > 0 ? n : 0;
		l->now = net_monotonic();
		run_events(l);
		run_timers(l);
		more = run_posts(l);
		pthread_mutex_lock(&l->lock);
		stopping = l->stopping;
		pthread_mutex_unlock(&l->lock);
	}
	pthread_mutex_lock(&l->lock);
	l->running = false;
	pthread_mutex_unlock(&l->lock);
}
