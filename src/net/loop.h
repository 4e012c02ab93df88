/* loop.h: one thread's event loop: descriptors (epoll), timers, and work posted
 * by other threads.
 *
 * A loop belongs to the thread that runs it. Everything but net_loop_post and
 * net_loop_stop may be called on that thread only (or before it runs, or after
 * it has ended). Watches and timers are embedded in their owners' structs; the
 * loop never owns them. A removed watch or timer never fires again, not even
 * when it was due in the round that removed it.
 */
#ifndef OTKLIK_NET_LOOP_H
#define OTKLIK_NET_LOOP_H

#include "base/err.h"

struct net_loop;

struct net_watch {
	int fd;
	uint32_t events; /* as the kernel has them; set by the loop */
	void (*fn)(struct net_watch *w, uint32_t events);
};

struct net_timer {
	usec due;     /* monotonic; set by the loop */
	size_t place; /* in the heap, from 1; 0: not set */
	void (*fn)(struct net_timer *t);
};

/* ERR_IO when the system gives no descriptors. */
MUST_USE enum err net_loop_new(struct net_loop **out, struct error *e);
/* Runs what is still posted, then frees. Not while the loop runs. NULL is fine. */
void net_loop_free(struct net_loop *l);

/* Until net_loop_stop. May be called once. */
void net_loop_run(struct net_loop *l);
/* From any thread; the loop returns after the present round. */
void net_loop_stop(struct net_loop *l);

/* From any thread: fn(arg) will run on the loop's thread, in the order of posts.
 * False when the loop is closed (net_loop_close): then nothing will run and arg
 * is still the caller's. The caller sees to it that the loop is not freed before
 * this has returned, whatever fn does. */
bool net_loop_post(struct net_loop *l, void (*fn)(void *arg), void *arg);
/* The same by a node of the caller's, which must live until fn runs: nothing is allocated. */
struct net_post {
	struct net_post *next;
	void (*fn)(void *arg);
	void *arg;
};
bool net_loop_post_node(struct net_loop *l, struct net_post *post);
/* After the loop has ended: runs what is still posted and refuses more. What
 * happened before is then visible to whoever is refused. */
void net_loop_close(struct net_loop *l);

/* Monotonic time as of this round. */
usec net_loop_now(const struct net_loop *l);
/* Monotonic time now, from any thread. */
usec net_monotonic(void);

/* Begins to watch w->fd for EPOLLIN, EPOLLOUT...; errors and hang-ups always. */
MUST_USE enum err net_watch_add(struct net_loop *l, struct net_watch *w, uint32_t events,
                                struct error *e);
/* No system call when nothing changes. */
void net_watch_set(struct net_loop *l, struct net_watch *w, uint32_t events);
/* To be called before the descriptor is closed. */
void net_watch_remove(struct net_loop *l, struct net_watch *w);

/* (Re)sets the timer to fire once, `delay` from now. */
void net_timer_set(struct net_loop *l, struct net_timer *t, usec delay);
void net_timer_clear(struct net_loop *l, struct net_timer *t);

#endif
