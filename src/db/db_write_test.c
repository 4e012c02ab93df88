/* db_write_test.c: jobs, batches, snapshots, many threads, kill -9, on both engines. */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/db_test_schema.h"

/* ---- a group of jobs that are queued while the writer is held ---- */

enum what {
	ADD,            /* a row */
	ADD_THEN_FAIL,  /* a row, then a rule of its own fails */
	ADD_TWICE,      /* a row, then one that exists */
	SWALLOW,        /* the same, but the job says that all is well */
	FAIL_BEFORE,    /* nothing written, then a failure */
	ADD_LATE,       /* a reference that is checked at COMMIT, and wrong */
	ADD_HOOK,       /* a row, and work at the end of the batch */
	HOOK_THEN_FAIL, /* the work is asked for, then the job fails */
	HOOK_BAD,       /* the work fails */
	ADD_BIG,        /* a row of some megabytes */
};

struct group;
struct task {
	struct db_job job;
	struct group *group;
	enum what what;
	int64_t id;
	enum err result;
	char key[64];
	int runs;
	int order;
};

struct group {
	struct db *db;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int left, answered;
	bool at_gate, gate_open;
	struct db_job gate;
	struct task tasks[64];
	size_t n;
	char hooks[65]; /* ids of the hooks that ran in the batch that was committed last */
};

static enum err hook(struct db_conn *tx, void *arg, struct error *e)
{
	struct task *t = arg;
	if (t->what == HOOK_BAD)
		return error_detail(e, ERR_DB, "the hook fails");
	size_t n = strlen(t->group->hooks);
	t->group->hooks[n] = (char)('a' + t->id);
	t->group->hooks[n + 1] = 0;
	return add(tx, 1000 + t->id, str_printf(db_batch_arena(tx), "hook %d", (int)t->id).p, e);
}

static enum err run_task(struct db_job *job, struct db_conn *tx, struct error *e)
{
	struct task *t = CONTAINER_OF(job, struct task, job);
	char name[32];
	snprintf(name, sizeof name, "task %lld", (long long)t->id);
	t->runs++;
	t->group->hooks[0] = 0;
	if (t->what == FAIL_BEFORE)
		return error_set(e, ERR_DENIED, "error.denied", NULL, NULL);
	if (t->what == ADD_HOOK || t->what == HOOK_THEN_FAIL || t->what == HOOK_BAD)
		db_at_batch_end(tx, hook, t);
	enum err err = add(tx, t->id, name, e);
	if (err)
		return err;
	struct error ignored;
	switch (t->what) {
	case ADD_THEN_FAIL:
	case HOOK_THEN_FAIL:
		return error_set(e, ERR_CONFLICT, "error.moved_on", NULL, NULL);
	case ADD_TWICE:
		return add(tx, 500 + t->id, name, e);
	case SWALLOW:
		err = add(tx, 500 + t->id, name, &ignored);
		return err == ERR_CONFLICT ? ERR_OK : ERR_INTERNAL;
	case ADD_BIG:
		return db_exec_text(tx,
		                    STR("UPDATE item SET body = zeroblob(4000000) WHERE id = $1"),
		                    DB_ARGS(db_int(t->id)), NULL, e);
	case ADD_LATE:
		return db_exec(tx, &Q_PART, DB_ARGS(db_int(t->id), db_int(t->id), db_int(987654)),
		               NULL, e);
	default:
		return ERR_OK;
	}
}

static void done_task(struct db_job *job, enum err result, const struct error *e)
{
	struct task *t = CONTAINER_OF(job, struct task, job);
	struct group *g = t->group;
	pthread_mutex_lock(&g->lock);
	t->result = result;
	t->order = ++g->answered;
	snprintf(t->key, sizeof t->key, "%s", result ? e->key : "");
	g->left--;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

static enum err run_gate(struct db_job *job UNUSED, struct db_conn *tx UNUSED,
                         struct error *e UNUSED)
{
	return ERR_OK;
}

/* Holds the writer in done(), while the tasks are being queued. */
static void done_gate(struct db_job *job, enum err result UNUSED, const struct error *e UNUSED)
{
	struct group *g = CONTAINER_OF(job, struct group, gate);
	pthread_mutex_lock(&g->lock);
	g->at_gate = true;
	pthread_cond_broadcast(&g->changed);
	while (!g->gate_open)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void group_run(struct group *g, struct db *db, const enum what *whats, size_t n)
{
	memset(g, 0, sizeof *g);
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->changed, NULL);
	g->db = db;
	g->n = n;
	g->left = (int)n;
	g->gate = (struct db_job){.run = run_gate, .done = done_gate};
	CHECK_INT(db_submit(db, &g->gate), ERR_OK);
	pthread_mutex_lock(&g->lock);
	while (!g->at_gate)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
	for (size_t i = 0; i < n; i++) {
		struct task *t = &g->tasks[i];
		*t = (struct task){.job = {.run = run_task, .done = done_task},
		                   .group = g,
		                   .what = whats[i],
		                   .id = (int64_t)i + 1};
		CHECK_INT(db_submit(db, &t->job), ERR_OK);
	}
	pthread_mutex_lock(&g->lock);
	g->gate_open = true;
	pthread_cond_broadcast(&g->changed);
	while (g->left > 0)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

/* The handle with one writer on both engines, so that the batches are as said. */
static struct db *open_single(enum db_engine engine)
{
	struct db_options opt = {.url = db_testing_url(engine, LIST, COUNT_OF(LIST)), .writers = 1};
	struct db *db;
	struct error e;
	CHECK_OK(db_open(&opt, &db, &e), &e);
	return db;
}

static int64_t has(struct db *db, int64_t id)
{
	return db_testing_int(db, "SELECT count(*) FROM item WHERE id = $1", DB_ARGS(db_int(id)));
}

DB_TEST(failed_job_rolls_back_alone)
{
	static const enum what whats[] = {ADD,     ADD_THEN_FAIL, ADD, ADD_TWICE,
	                                  SWALLOW, FAIL_BEFORE,   ADD};
	struct db *db = open_single(engine);
	struct group g;
	group_run(&g, db, whats, COUNT_OF(whats));
	CHECK_INT(g.tasks[0].result, ERR_OK);
	CHECK_INT(g.tasks[1].result, ERR_CONFLICT);
	CHECK_STR(str_of(g.tasks[1].key), "error.moved_on");
	CHECK_INT(g.tasks[2].result, ERR_OK);
	CHECK_INT(g.tasks[3].result, ERR_CONFLICT);
	CHECK_STR(str_of(g.tasks[3].key), "error.exists");
	CHECK_INT(g.tasks[4].result, ERR_CONFLICT); /* whatever the job made of it */
	CHECK_INT(g.tasks[5].result, ERR_DENIED);
	CHECK_INT(g.tasks[6].result, ERR_OK);
	CHECK_INT(count(db), 3);
	CHECK_INT(has(db, 1) + has(db, 3) + has(db, 7), 3);
	CHECK_INT(g.tasks[0].runs, 2); /* once more, with savepoints */
	db_testing_close(db);
}

DB_TEST(failure_before_any_write_needs_no_replay)
{
	static const enum what whats[] = {ADD, FAIL_BEFORE, ADD, FAIL_BEFORE};
	struct db *db = open_single(engine);
	struct group g;
	group_run(&g, db, whats, COUNT_OF(whats));
	for (int i = 0; i < 4; i++)
		CHECK_INT(g.tasks[i].runs, 1);
	CHECK_INT(g.tasks[1].result, ERR_DENIED);
	CHECK_INT(count(db), 2);
	db_testing_close(db);
}

DB_TEST(what_fails_at_commit_fails_alone)
{
	static const enum what whats[] = {ADD, ADD_LATE, ADD};
	struct db *db = open_single(engine);
	struct group g;
	group_run(&g, db, whats, COUNT_OF(whats));
	CHECK_INT(g.tasks[0].result, ERR_OK);
	CHECK_INT(g.tasks[1].result, ERR_INVALID);
	CHECK_STR(str_of(g.tasks[1].key), "error.no_such_reference");
	CHECK_INT(g.tasks[2].result, ERR_OK);
	CHECK_INT(count(db), 2);
	db_testing_close(db);
}

DB_TEST(work_at_batch_end_runs_in_order_and_is_dropped_with_its_job)
{
	static const enum what whats[] = {ADD_HOOK, HOOK_THEN_FAIL, ADD, ADD_HOOK};
	struct db *db = open_single(engine);
	struct group g;
	group_run(&g, db, whats, COUNT_OF(whats));
	CHECK_INT(g.tasks[1].result, ERR_CONFLICT);
	CHECK_STR(str_of(g.hooks), "be");
	CHECK_INT(count(db), 5);
	CHECK_INT(has(db, 1001) + has(db, 1004), 2);
	db_testing_close(db);
}

DB_TEST(failed_work_at_batch_end_fails_its_job_alone)
{
	static const enum what whats[] = {ADD_HOOK, HOOK_BAD, ADD, ADD_HOOK};
	struct db *db = open_single(engine);
	struct group g;
	group_run(&g, db, whats, COUNT_OF(whats));
	CHECK_INT(g.tasks[0].result, ERR_OK);
	CHECK_INT(g.tasks[1].result, ERR_DB);
	CHECK_INT(g.tasks[2].result, ERR_OK);
	CHECK_INT(g.tasks[3].result, ERR_OK);
	CHECK_INT(count(db), 5);
	CHECK_INT(has(db, 2), 0);
	db_testing_close(db);
}

/* ---- the order of things ---- */

struct witness {
	struct db_job job;
	struct db *db;
	int64_t seen;
	bool ready;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static enum err run_witness(struct db_job *job UNUSED, struct db_conn *tx, struct error *e)
{
	return add(tx, 1, "one", e);
}

static void done_witness(struct db_job *job, enum err result UNUSED, const struct error *e UNUSED)
{
	struct witness *w = CONTAINER_OF(job, struct witness, job);
	int64_t seen = count(w->db); /* by another connection */
	pthread_mutex_lock(&w->lock);
	w->seen = seen;
	w->ready = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

DB_TEST(answer_comes_after_the_commit)
{
	struct db *db = open_db(engine);
	struct witness w = {.job = {.run = run_witness, .done = done_witness}, .db = db};
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.changed, NULL);
	CHECK_INT(db_submit(db, &w.job), ERR_OK);
	pthread_mutex_lock(&w.lock);
	while (!w.ready)
		pthread_cond_wait(&w.changed, &w.lock);
	pthread_mutex_unlock(&w.lock);
	CHECK_INT(w.seen, 1);
	db_testing_close(db);
}

/* A job that stays inside its transaction until it is told to go on. */
struct slow {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool inside, go_on;
	struct db *db;
	int64_t id;
	enum err result;
};

static enum err run_slow(void *arg, struct db_conn *tx, struct error *e)
{
	struct slow *s = arg;
	char name[32];
	snprintf(name, sizeof name, "slow %d", (int)s->id);
	enum err err = add(tx, s->id, name, e);
	pthread_mutex_lock(&s->lock);
	s->inside = true;
	pthread_cond_broadcast(&s->changed);
	while (!s->go_on)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
	int64_t n;
	return err ? err : db_one_int(tx, &Q_N, DB_ARGS(db_int(s->id)), &n, e);
}

static void *slow_main(void *arg)
{
	struct slow *s = arg;
	struct error e;
	s->result = db_write(s->db, run_slow, s, &e);
	return NULL;
}

static void slow_start(struct slow *s, struct db *db, int64_t id, pthread_t *thread)
{
	*s = (struct slow){.db = db, .id = id};
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	pthread_create(thread, NULL, slow_main, s);
	pthread_mutex_lock(&s->lock);
	while (!s->inside)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static void slow_end(struct slow *s, pthread_t thread)
{
	pthread_mutex_lock(&s->lock);
	s->go_on = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	pthread_join(thread, NULL);
}

DB_TEST(reads_do_not_wait_for_a_long_write)
{
	struct db *db = open_db(engine);
	db_testing_exec(db, "INSERT INTO item (id, name, n) VALUES (1, 'x', 0)", DB_NO_ARGS);
	struct slow s;
	pthread_t thread;
	slow_start(&s, db, 2, &thread);
	CHECK_INT(count(db), 1); /* would hang */
	slow_end(&s, thread);
	CHECK_INT(s.result, ERR_OK);
	CHECK_INT(count(db), 2);
	db_testing_close(db);
}

DB_TEST(reader_keeps_its_snapshot)
{
	struct db *db = open_db(engine);
	struct error e;
	struct db_conn *c;
	struct db_rows r;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	for (int i = 0; i < 2; i++) {
		db_rows_open(&r, c, &Q_ALL, DB_NO_ARGS);
		CHECK(!db_rows_next(&r));
		CHECK_OK(db_rows_close(&r, &e), &e);
		if (i == 0)
			db_testing_exec(db, "INSERT INTO item (id, name, n) VALUES (1, 'x', 0)",
			                DB_NO_ARGS);
	}
	db_read_end(db, c);
	CHECK_INT(count(db), 1);
	db_testing_close(db);
}

DB_TEST(reader_cannot_write)
{
	struct db *db = open_db(engine);
	struct error e;
	struct db_conn *c;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK(db_exec(c, &Q_ADD, DB_ARGS(db_int(1), db_text(STR("x")), db_int(0)), NULL, &e) != 0);
	db_read_end(db, c);
	CHECK_INT(count(db), 0);
	db_testing_close(db);
}

/* ---- many threads ---- */

#define THREADS 8
#define EACH 40

struct adder {
	struct db *db;
	int64_t from;
	int failed;
};

struct add_one {
	int64_t id;
	bool locks;
};

static enum err run_add_one(void *arg, struct db_conn *tx, struct error *e)
{
	struct add_one *a = arg;
	char name[32];
	snprintf(name, sizeof name, "n %lld", (long long)a->id);
	/* Two hot objects in changing order: a deadlock is tried again. */
	enum err err = ERR_OK;
	if (a->locks)
		err = db_lock(tx, "item", a->id % 2, e);
	if (!err && a->locks && a->id % 9 == 0)
		err = db_lock(tx, "item", 1 - a->id % 2, e);
	if (!err)
		err = add(tx, a->id, name, e);
	if (!err && a->id % 7 == 0)
		return error_set(e, ERR_DENIED, "error.denied", NULL, NULL);
	return err;
}

static void *adder_main(void *arg)
{
	struct adder *a = arg;
	for (int i = 0; i < EACH; i++) {
		struct add_one one = {.id = a->from + i, .locks = true};
		struct error e;
		enum err want = one.id % 7 == 0 ? ERR_DENIED : ERR_OK;
		if (db_write(a->db, run_add_one, &one, &e) != want)
			a->failed++;
		struct db_conn *c;
		if (i % 8 == 0 && !db_read_begin(a->db, &c, &e)) {
			int64_t n;
			enum err err = db_one_int(c, &Q_N, DB_ARGS(db_int(one.id)), &n, &e);
			if (err != (want ? ERR_NOT_FOUND : ERR_OK))
				a->failed++;
			db_read_end(a->db, c);
		}
	}
	return NULL;
}

DB_TEST(many_threads_write_and_read)
{
	struct db *db = open_db(engine);
	pthread_t threads[THREADS];
	struct adder adders[THREADS];
	int64_t want = 0;
	for (int i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){.db = db, .from = 1 + i * EACH};
		pthread_create(&threads[i], NULL, adder_main, &adders[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(adders[i].failed, 0);
	}
	for (int i = 1; i <= THREADS * EACH; i++)
		want += i % 7 != 0;
	CHECK_INT(count(db), want);
	db_testing_close(db);
}

/* Read, add one, write: nothing gets lost behind db_lock. */
static enum err run_increment(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	int64_t n;
	enum err err = db_lock(tx, "item", 1, e);
	if (!err)
		err = db_one_int(tx, &Q_N, DB_ARGS(db_int(1)), &n, e);
	if (!err)
		err = db_exec(tx, &Q_SET_N, DB_ARGS(db_int(1), db_int(n + 1)), NULL, e);
	return err;
}

static void *increment_main(void *arg)
{
	struct adder *a = arg;
	struct error e;
	for (int i = 0; i < EACH; i++)
		if (db_write(a->db, run_increment, NULL, &e))
			a->failed++;
	return NULL;
}

DB_TEST(lock_keeps_what_was_read_true)
{
	struct db *db = open_db(engine);
	db_testing_exec(db, "INSERT INTO item (id, name, n) VALUES (1, 'x', 0)", DB_NO_ARGS);
	pthread_t threads[4];
	struct adder adders[4];
	for (int i = 0; i < 4; i++) {
		adders[i] = (struct adder){.db = db};
		pthread_create(&threads[i], NULL, increment_main, &adders[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(adders[i].failed, 0);
	}
	CHECK_INT(db_testing_int(db, "SELECT n FROM item", DB_NO_ARGS), 4 * EACH);
	db_testing_close(db);
}

static void done_nothing(struct db_job *job UNUSED, enum err result UNUSED,
                         const struct error *e UNUSED)
{
}

DB_TEST(full_queue_says_busy)
{
	struct db_options opt = {
	    .url = db_testing_url(engine, LIST, COUNT_OF(LIST)), .writers = 1, .queue_max = 2};
	struct db *db;
	struct error e;
	CHECK_OK(db_open(&opt, &db, &e), &e);
	struct slow s;
	pthread_t thread;
	slow_start(&s, db, 1, &thread);
	struct db_job jobs[3];
	for (int i = 0; i < 3; i++)
		jobs[i] = (struct db_job){.run = run_gate, .done = done_nothing};
	CHECK_INT(db_submit(db, &jobs[0]), ERR_OK);
	CHECK_INT(db_submit(db, &jobs[1]), ERR_OK);
	CHECK_INT(db_submit(db, &jobs[2]), ERR_BUSY);
	CHECK_INT(db_write(db, run_increment, NULL, &e), ERR_BUSY);
	CHECK_STR(str_of(e.key), "error.busy");
	slow_end(&s, thread);
	db_testing_close(db);
}

static enum err run_add_again(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	return add(tx, 1, "slow 1", e);
}

/* Another process holds what a job needs: it fails after its patience, as busy. */
DB_TEST(waits_for_a_lock_no_longer_than_told)
{
	str url = db_testing_url(engine, LIST, COUNT_OF(LIST));
	struct db *one = db_testing_open_url(url), *two;
	struct db_options opt = {.url = url, .writers = 1, .busy_timeout = 1000};
	struct error e;
	CHECK_OK(db_open(&opt, &two, &e), &e);
	struct slow s;
	pthread_t thread;
	slow_start(&s, one, 1, &thread);
	CHECK_INT(db_write(two, run_add_again, NULL, &e), ERR_BUSY);
	CHECK_STR(str_of(e.key), "error.busy");
	slow_end(&s, thread);
	CHECK_INT(s.result, ERR_OK);
	db_close(two);
	db_testing_close(one);
}

/* ---- commits are told ---- */

struct ear {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int heard;
};

static void on_commit(void *arg)
{
	struct ear *ear = arg;
	pthread_mutex_lock(&ear->lock);
	ear->heard++;
	pthread_cond_broadcast(&ear->changed);
	pthread_mutex_unlock(&ear->lock);
}

static enum err no_work(struct db_conn *tx UNUSED, void *arg UNUSED, struct error *e UNUSED)
{
	return ERR_OK;
}

static enum err run_with_hook(void *arg, struct db_conn *tx, struct error *e)
{
	db_at_batch_end(tx, no_work, NULL);
	return add(tx, *(int64_t *)arg, *(int64_t *)arg == 1 ? "one" : "two", e);
}

static void wait_heard(struct ear *ear, int n)
{
	pthread_mutex_lock(&ear->lock);
	while (ear->heard < n)
		pthread_cond_wait(&ear->changed, &ear->lock);
	pthread_mutex_unlock(&ear->lock);
}

DB_TEST(commit_is_told_to_this_and_other_handles)
{
	str url = db_testing_url(engine, LIST, COUNT_OF(LIST));
	struct db *a = db_testing_open_url(url), *b = db_testing_open_url(url);
	struct ear here = {.heard = 0}, there = {.heard = 0};
	struct error e;
	pthread_mutex_init(&here.lock, NULL);
	pthread_cond_init(&here.changed, NULL);
	pthread_mutex_init(&there.lock, NULL);
	pthread_cond_init(&there.changed, NULL);
	db_on_commit(a, on_commit, &here);
	db_on_commit(b, on_commit, &there);
	int64_t id = 1;
	CHECK_OK(db_write(a, run_with_hook, &id, &e), &e);
	wait_heard(&here, 1);
	if (engine == DB_PG)
		wait_heard(&there, 1);
	db_close(b);
	db_testing_close(a);
}

/* ---- kill -9 ---- */

#define KILL_ROWS 200

static enum err run_kill_row(void *arg, struct db_conn *tx, struct error *e)
{
	int64_t id = *(int64_t *)arg;
	char name[32];
	snprintf(name, sizeof name, "row %lld", (long long)id);
	return add(tx, id, name, e);
}

struct killed {
	struct db *db;
	int64_t from;
};

/* Writes rows for ever; tells the id of each on descriptor 1 when it is durable. */
static void *kill_writer(void *arg)
{
	struct killed *k = arg;
	struct error e;
	for (int64_t id = k->from;; id += 4)
		if (db_write(k->db, run_kill_row, &id, &e) ||
		    write(STDOUT_FILENO, &id, sizeof id) != sizeof id)
			_exit(1);
	return NULL;
}

/* Not a test of its own: the body of the process that is killed. */
TEST(db_kill_child)
{
	const char *url = getenv("OTKLIK_TEST_KILL");
	if (!url)
		test_skip("runs inside acknowledged_rows_survive_kill");
	struct db *db = db_testing_open_url(str_of(url));
	pthread_t threads[4];
	struct killed k[4];
	for (int i = 0; i < 4; i++) {
		k[i] = (struct killed){.db = db, .from = i + 1};
		pthread_create(&threads[i], NULL, kill_writer, &k[i]);
	}
	pthread_join(threads[0], NULL);
}

DB_TEST(acknowledged_rows_survive_kill)
{
	str url = db_testing_url(engine, LIST, COUNT_OF(LIST));
	ARENA_AUTO a = arena_new();
	int fds[2];
	CHECK(pipe(fds) == 0);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, fds[0]);
	char *argv[] = {str_z(a, STR("db_test")), str_z(a, STR("db_kill_child")), NULL};
	char *envp[] = {str_z(a, str_printf(a, "OTKLIK_TEST_KILL=%.*s", STR_FMT(url))), NULL};
	pid_t pid;
	CHECK_INT(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, envp), 0);
	close(fds[1]);
	int64_t ids[KILL_ROWS + 4096], id;
	size_t n = 0;
	while (n < KILL_ROWS && read(fds[0], &id, sizeof id) == sizeof id)
		ids[n++] = id;
	kill(pid, SIGKILL);
	while (n < COUNT_OF(ids) && read(fds[0], &id, sizeof id) == sizeof id)
		ids[n++] = id; /* acknowledged before it died */
	close(fds[0]);
	posix_spawn_file_actions_destroy(&actions);
	int status;
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK(n >= KILL_ROWS);
	struct db *db = db_testing_open_url(url);
	for (size_t i = 0; i < n; i++)
		CHECK_INT(has(db, ids[i]), 1);
	db_testing_close(db);
}

/* ---- trouble below ---- */

static enum err run_shrink(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	return db_exec_text(tx, STR("PRAGMA max_page_count = 40"), DB_NO_ARGS, NULL, e);
}

/* One that takes too long is ended, and the next one has the same connection. */
static enum err run_sleep(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	return db_exec_text(tx, STR("SELECT pg_sleep(60)"), DB_NO_ARGS, NULL, e);
}

TEST(a_slow_statement_is_ended)
{
	db_testing_need(DB_PG);
	struct db_options opt = {.url = db_testing_url(DB_PG, LIST, COUNT_OF(LIST)),
	                         .timeout = USEC_SECOND / 10};
	struct db *db;
	struct error e;
	struct db_health h;
	CHECK_OK(db_open(&opt, &db, &e), &e);
	CHECK_INT(db_write(db, run_sleep, NULL, &e), ERR_BUSY);
	CHECK_STR(str_of(e.key), "error.db_slow");
	CHECK_OK(db_write(db, run_add_again, NULL, &e), &e);
	db_health(db, &h);
	CHECK(!h.failing);
	db_testing_close(db);
}

TEST(full_disk_fails_only_what_does_not_fit)
{
	static const enum what whats[] = {ADD, ADD_BIG, ADD};
	struct db *db = open_single(DB_SQLITE);
	struct error e;
	struct group g;
	CHECK_OK(db_write(db, run_shrink, NULL, &e), &e);
	group_run(&g, db, whats, COUNT_OF(whats));
	CHECK_INT(g.tasks[0].result, ERR_OK);
	CHECK_INT(g.tasks[1].result, ERR_DB);
	CHECK_STR(str_of(g.tasks[1].key), "error.disk_full");
	CHECK_INT(g.tasks[2].result, ERR_OK);
	CHECK_INT(count(db), 2);
	db_testing_close(db);
}

/* Ends every connection to the database but the one that says so. */
static void cut_all(struct db *db)
{
	const char *sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
	                  "WHERE datname = current_database() AND pid <> pg_backend_pid()";
	while (db_testing_int(db, sql, DB_NO_ARGS) > 0)
		;
}

TEST(lost_connections_are_made_again_pg)
{
	db_testing_need(DB_PG);
	str url = db_testing_url(DB_PG, LIST, COUNT_OF(LIST));
	struct db *db = db_testing_open_url(url);
	struct db_options opt = {.url = url, .read_only = true};
	struct db *other;
	struct error e;
	struct slow s;
	pthread_t thread;
	CHECK_OK(db_open(&opt, &other, &e), &e);
	db_testing_exec(db, "INSERT INTO item (id, name, n) VALUES (1, 'x', 0)", DB_NO_ARGS);
	cut_all(other);
	CHECK_INT(count(db), 1);
	cut_all(other);
	db_testing_exec(db, "INSERT INTO item (id, name, n) VALUES (2, 'y', 0)", DB_NO_ARGS);
	/* In the middle of a job, which then runs again. */
	slow_start(&s, db, 3, &thread);
	cut_all(other);
	slow_end(&s, thread);
	CHECK_INT(s.result, ERR_OK);
	CHECK_INT(count(db), 3);
	db_close(other);
	db_testing_close(db);
}
