/* loop_test.c: timers in order, posts from other threads, watches that go away. */
#include "base/test.h"
#include "net/loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

struct stage {
	struct net_loop *loop;
	struct net_timer timers[5];
	char order[16];
	size_t n;
	struct net_watch a, b;
	int fired, posted;
};

static struct stage *stage_of; /* the one test that runs; timers are told apart by it */

static void note_timer(struct net_timer *t)
{
	struct stage *s = stage_of;
	s->order[s->n++] = (char)('0' + (t - s->timers));
	if (t == &s->timers[3])
		net_timer_clear(s->loop, &s->timers[4]); /* due in the same round */
	if (t == &s->timers[0])
		net_loop_stop(s->loop);
}

TEST(loop_timers_fire_in_order)
{
	struct stage s = {.n = 0};
	struct error e;
	stage_of = &s;
	CHECK_OK(net_loop_new(&s.loop, &e), &e);
	static const usec delays[] = {5000, 3000, 100, 200, 201};
	for (size_t i = 0; i < COUNT_OF(delays); i++) {
		s.timers[i].fn = note_timer;
		net_timer_set(s.loop, &s.timers[i], 100000);
		net_timer_set(s.loop, &s.timers[i], delays[i]);
	}
	net_timer_clear(s.loop, &s.timers[1]);
	net_timer_clear(s.loop, &s.timers[1]);
	net_timer_set(s.loop, &s.timers[4], 200);
	net_loop_run(s.loop);
	net_loop_free(s.loop);
	CHECK_STR(str_n(s.order, s.n), s.n == 3 ? "230" : "2430");
}

TEST(loop_many_timers_keep_their_order)
{
	enum { N = 2000 };
	struct net_loop *l;
	struct error e;
	CHECK_OK(net_loop_new(&l, &e), &e);
	static struct net_timer t[N];
	memset(t, 0, sizeof t);
	uint32_t seed = 1;
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < N; i++) {
			seed = seed * 1664525 + 1013904223;
			if (seed >> 30 == 0)
				net_timer_clear(l, &t[i]);
			else
				net_timer_set(l, &t[i], (usec)(seed >> 8));
		}
	/* The heap's places are consistent: each set timer can be cleared. */
	for (size_t i = 0; i < N; i++)
		net_timer_clear(l, &t[i]);
	for (size_t i = 0; i < N; i++)
		CHECK(!t[i].place);
	net_loop_free(l);
}

static void count_post(void *arg)
{
	struct stage *s = arg;
	if (++s->posted == 4000)
		net_loop_stop(s->loop);
}

static void *post_many(void *arg)
{
	struct stage *s = arg;
	for (int i = 0; i < 1000; i++)
		if (!net_loop_post(s->loop, count_post, s))
			abort();
	return NULL;
}

TEST(loop_runs_what_other_threads_post)
{
	struct stage s = {.posted = 0};
	struct error e;
	CHECK_OK(net_loop_new(&s.loop, &e), &e);
	pthread_t t[4];
	for (size_t i = 0; i < COUNT_OF(t); i++)
		pthread_create(&t[i], NULL, post_many, &s);
	net_loop_run(s.loop);
	for (size_t i = 0; i < COUNT_OF(t); i++)
		pthread_join(t[i], NULL);
	CHECK_INT(s.posted, 4000);
	CHECK(net_loop_post(s.loop, count_post, &s));
	net_loop_close(s.loop);
	CHECK_INT(s.posted, 4001); /* what was posted is not lost */
	CHECK(!net_loop_post(s.loop, count_post, &s));
	net_loop_free(s.loop);
}

static void remove_both(struct net_watch *w, uint32_t events)
{
	struct stage *s = stage_of;
	s->fired++;
	net_watch_remove(s->loop, &s->a);
	net_watch_remove(s->loop, &s->b);
	net_loop_stop(s->loop);
}

TEST(loop_removed_watches_are_silent)
{
	struct stage s = {.fired = 0};
	struct error e;
	stage_of = &s;
	CHECK_OK(net_loop_new(&s.loop, &e), &e);
	int a[2], b[2];
	CHECK(pipe(a) == 0 && pipe(b) == 0);
	CHECK(write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1);
	s.a = (struct net_watch){.fd = a[0], .fn = remove_both};
	s.b = (struct net_watch){.fd = b[0], .fn = remove_both};
	CHECK_OK(net_watch_add(s.loop, &s.a, EPOLLIN, &e), &e);
	CHECK_OK(net_watch_add(s.loop, &s.b, EPOLLIN, &e), &e);
	CHECK_INT(net_watch_add(s.loop, &s.b, EPOLLIN, &e), ERR_IO);
	net_loop_run(s.loop);
	CHECK_INT(s.fired, 1); /* both were ready in that round */
	net_loop_free(s.loop);
	close(a[0]), close(a[1]), close(b[0]), close(b[1]);
}
