#include "sys/worker.h"

#include <stdatomic.h>

#include "base/test.h"

struct world {
	_Atomic int contexts, done, sum;
	int fail_at;
	pthread_mutex_t gate;
};

struct context {
	struct world *world;
	int index;
};

static enum err make(void *arg, int index, void **context, struct error *e)
{
	struct world *world = arg;
	if (index == world->fail_at)
		return error_detail(e, ERR_DB, "no connection for %d", index);
	struct context *c = xcalloc(1, sizeof *c);
	*c = (struct context){world, index};
	atomic_fetch_add(&world->contexts, 1);
	*context = c;
	return ERR_OK;
}

static void unmake(void *context)
{
	struct context *c = context;
	atomic_fetch_sub(&c->world->contexts, 1);
	free(c);
}

static void add(void *context, void *arg)
{
	struct context *c = context;
	atomic_fetch_add(&c->world->sum, (int)(intptr_t)arg);
	atomic_fetch_add(&c->world->done, 1);
}

static void wait_at_gate(void *context, void *arg)
{
	struct context *c = context;
	atomic_fetch_add(&c->world->done, 1);
	pthread_mutex_lock(&c->world->gate);
	pthread_mutex_unlock(&c->world->gate);
}

TEST(workers_run_everything_before_they_stop)
{
	struct world world = {.fail_at = -1};
	struct workers *w;
	struct error e;
	struct worker_options o = {.threads = 4,
	                           .queue_max = 2000,
	                           .name = "test",
	                           .context_new = make,
	                           .context_free = unmake,
	                           .arg = &world};
	CHECK_OK(workers_new(&o, &w, &e), &e);
	CHECK_INT(world.contexts, 4);
	for (int i = 1; i <= 1000; i++)
		CHECK(workers_submit(w, add, (void *)(intptr_t)i));
	workers_stop(w);
	CHECK_INT(world.done, 1000);
	CHECK_INT(world.sum, 500500);
	CHECK_INT(world.contexts, 0);
	CHECK(!workers_submit(w, add, NULL));
	workers_free(w);
}

TEST(workers_say_when_they_are_full)
{
	struct world world = {.fail_at = -1, .gate = PTHREAD_MUTEX_INITIALIZER};
	struct workers *w;
	struct error e;
	struct worker_options o = {.threads = 1,
	                           .queue_max = 2,
	                           .context_new = make,
	                           .context_free = unmake,
	                           .arg = &world};
	CHECK_OK(workers_new(&o, &w, &e), &e);
	pthread_mutex_lock(&world.gate);
	CHECK(workers_submit(w, wait_at_gate, NULL));
	while (atomic_load(&world.done) == 0)
		;
	CHECK(workers_submit(w, add, NULL));
	CHECK(workers_submit(w, add, NULL));
	CHECK(!workers_submit(w, add, NULL));
	CHECK_INT(workers_waiting(w), 2);
	CHECK_INT(workers_running(w), 1);
	pthread_mutex_unlock(&world.gate);
	workers_free(w);
	CHECK_INT(world.done, 3);
}

TEST(workers_fail_as_a_whole_when_a_context_fails)
{
	struct world world = {.fail_at = 2};
	struct workers *w;
	struct error e;
	struct worker_options o = {
	    .threads = 3, .context_new = make, .context_free = unmake, .arg = &world};
	CHECK_INT(workers_new(&o, &w, &e), ERR_DB);
	CHECK_STR(str_of(e.detail), "no connection for 2");
	CHECK_INT(world.contexts, 0);
	CHECK(w == NULL);
}
