/* runner_test.c: leases, retries, death, no-send mode, two runners on one database. */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "db/db_testing.h"
#include "job/runner.h"
#include "store/migrations_gen.h"
#include "store/system.h"

struct fixture {
	struct db *db;
	struct clock *clock;
	int worked, committed, died;
	int fail_first; /* so many runs of work fail */
	usec again_at;  /* work asks for it once */
	struct job_run *last;
	int frozen;
	bool late_failure;
};

static enum err work(struct job_run *run, struct error *e)
{
	struct fixture *f = run->arg;
	f->worked++;
	if (f->fail_first > 0) {
		f->fail_first--;
		return error_detail(e, ERR_IO, "the mail server is away");
	}
	if (f->again_at) {
		run->again_at = f->again_at;
		f->again_at = 0;
	}
	return ERR_OK;
}

static enum err commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	((struct fixture *)run->arg)->committed += run->owned;
	return ERR_OK;
}

static enum err dead(struct job_run *run, struct db_conn *tx, const struct error *why,
                     struct error *e)
{
	((struct fixture *)run->arg)->died++;
	return ERR_OK;
}

struct add {
	const char *kind, *key;
	usec due;
};

static enum err add_run(void *arg, struct db_conn *tx, struct error *e)
{
	const struct add *add = arg;
	return job_add(tx, add->kind, str_of(add->key), add->due, STR(""), 0, e);
}

static void add(struct fixture *f, const char *kind, const char *key, usec due)
{
	struct error e;
	CHECK_OK(db_write(f->db, add_run, &(struct add){kind, key, due}, &e), &e);
}

static enum err set_no_send(void *arg, struct db_conn *tx, struct error *e)
{
	return arg ? system_set(tx, SYSTEM_NO_SEND, STR("test"), e)
	           : system_remove(tx, SYSTEM_NO_SEND, e);
}

static struct fixture begin(enum db_engine engine)
{
	return (struct fixture){.db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS),
	                        .clock = clock_manual_new(1000 * USEC_SECOND)};
}

static void end(struct fixture *f)
{
	db_testing_close(f->db);
	clock_free(f->clock);
}

static int64_t run_due(struct fixture *f, const struct job_kind *kind, const char *owner)
{
	int64_t n;
	struct error e;
	struct job_runner_options o = {
	    .db = f->db, .clock = f->clock, .owner = str_of(owner), .kinds = &kind, .n_kinds = 1};
	CHECK_OK(job_run_due(&o, &n, &e), &e);
	return n;
}

DB_TEST(job_runs_once_when_it_is_due)
{
	struct fixture f = begin(engine);
	struct job_kind kind = {.name = "k", .work = work, .commit = commit, .arg = &f};
	add(&f, "k", "a", 1500 * USEC_SECOND);
	CHECK_INT(run_due(&f, &kind, "x"), 0);
	clock_set(f.clock, 1500 * USEC_SECOND);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	CHECK_INT(f.committed, 1);
	CHECK_INT(run_due(&f, &kind, "x"), 0);
	CHECK_INT(db_testing_int(f.db, "SELECT count(*) FROM job", DB_NO_ARGS), 0);
	end(&f);
}

DB_TEST(failed_job_waits_longer_each_time_and_dies_visibly)
{
	struct fixture f = begin(engine);
	f.fail_first = 100;
	struct job_kind kind = {
	    .name = "k", .attempts = 3, .work = work, .commit = commit, .dead = dead, .arg = &f};
	add(&f, "k", "a", 0);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	CHECK_INT(db_testing_int(f.db, "SELECT due FROM job", DB_NO_ARGS), 1010 * USEC_SECOND);
	clock_set(f.clock, 1010 * USEC_SECOND);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	CHECK_INT(db_testing_int(f.db, "SELECT due FROM job", DB_NO_ARGS), 1030 * USEC_SECOND);
	CHECK_INT(f.died, 0);
	clock_advance(f.clock, USEC_DAY);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	CHECK_INT(f.died, 1);
	CHECK_INT(
	    db_testing_int(f.db, "SELECT count(*) FROM event WHERE type = 'job.dead'", DB_NO_ARGS),
	    1);
	CHECK_INT(db_testing_int(f.db, "SELECT dead FROM job WHERE error LIKE '%mail server%'",
	                         DB_NO_ARGS),
	          1);
	clock_advance(f.clock, 9 * USEC_DAY);
	CHECK_INT(run_due(&f, &kind, "x"), 0);
	CHECK_INT(f.committed, 0);
	end(&f);
}

DB_TEST(job_that_asks_for_another_time_stays)
{
	struct fixture f = begin(engine);
	f.again_at = 2000 * USEC_SECOND;
	struct job_kind kind = {.name = "k", .work = work, .commit = commit, .arg = &f};
	add(&f, "k", "a", 0);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	CHECK_INT(db_testing_int(f.db, "SELECT due FROM job", DB_NO_ARGS), 2000 * USEC_SECOND);
	clock_set(f.clock, 2000 * USEC_SECOND);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	CHECK_INT(f.worked, 2);
	CHECK_INT(db_testing_int(f.db, "SELECT count(*) FROM job", DB_NO_ARGS), 0);
	end(&f);
}

/* The first runner dies in mid-work: nobody else takes the job before its lease ends. */
DB_TEST(lease_of_a_dead_runner_runs_out)
{
	struct fixture f = begin(engine);
	struct job_kind kind = {.name = "k", .work = work, .commit = commit, .arg = &f};
	add(&f, "k", "a", 0);
	db_testing_exec(f.db, "UPDATE job SET lease_owner = 'gone', lease_until = $1, attempts = 1",
	                DB_ARGS(db_int(1060 * USEC_SECOND)));
	CHECK_INT(run_due(&f, &kind, "x"), 0);
	clock_set(f.clock, 1060 * USEC_SECOND);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	CHECK_INT(f.committed, 1);
	end(&f);
}

/* Frozen for longer than the lease: another runner does the job, and the first one cannot end
 * the next one of this key, give it back or call it its own. */
static enum err freeze(struct job_run *run, struct error *e)
{
	struct fixture *f = run->arg;
	struct job_kind kind = {.name = "k", .work = work, .commit = commit, .arg = f};
	if (f->frozen++)
		return ERR_OK;
	clock_advance(f->clock, USEC_HOUR);
	CHECK_INT(run_due(f, &kind, "same name"), 1);
	CHECK_INT(f->committed, 1);
	add(f, "k", "a", 3 * USEC_DAY);
	return f->late_failure ? error_detail(e, ERR_IO, "late") : ERR_OK;
}

DB_TEST(who_was_frozen_has_lost_the_job)
{
	for (int fails = 0; fails < 2; fails++) {
		struct fixture f = begin(engine);
		struct job_kind kind = {.name = "k", .work = freeze, .commit = commit, .arg = &f};
		f.late_failure = fails;
		add(&f, "k", "a", 0);
		CHECK_INT(run_due(&f, &kind, "same name"), 1);
		CHECK_INT(f.committed, 1);
		CHECK_INT(db_testing_int(f.db,
		                         "SELECT count(*) FROM job WHERE due = $1 AND attempts = 0 "
		                         "AND lease_owner = ''",
		                         DB_ARGS(db_int(3 * USEC_DAY))),
		          1);
		end(&f);
	}
}

/* ---- threads whose clock or database fails them ---- */

struct trouble {
	_Atomic int slow_runs, other_runs, refusals;
	_Atomic bool go_on;
};

static enum err work_slowly(struct job_run *run, struct error *e)
{
	struct trouble *t = run->arg;
	if (!str_is(run->job.key, "slow")) {
		atomic_fetch_add(&t->other_runs, 1);
		return ERR_OK;
	}
	atomic_fetch_add(&t->slow_runs, 1);
	while (!atomic_load(&t->go_on))
		sched_yield();
	return ERR_OK;
}

static void turn(const char *path, usec offset)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && pwrite(fd, &offset, sizeof offset, 0) == sizeof offset);
	close(fd);
}

static void until(struct job_runner **r, _Atomic int *what, int n)
{
	while (atomic_load(what) < n) {
		for (int i = 0; i < 2; i++)
			job_runner_wake(r[i]);
		sched_yield();
	}
}

/* A year forward while a job runs: its lease looks over, to its own process and to another. */
DB_TEST(a_clock_that_jumps_runs_no_job_twice)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	struct fixture f = {.db = db};
	struct trouble t = {0};
	struct error e;
	char path[300];
	snprintf(path, sizeof path, "%s/clock", test_tmp_dir());
	CHECK_OK(clock_file_open(path, &f.clock, &e), &e);
	struct job_kind kind = {.name = "k", .work = work_slowly, .arg = &t};
	const struct job_kind *kinds = &kind;
	struct job_runner *r[2];
	for (int i = 0; i < 2; i++) {
		struct job_runner_options o = {
		    .db = db, .clock = f.clock, .threads = 2, .kinds = &kinds, .n_kinds = 1};
		CHECK_OK(job_runner_start(&o, &r[i], &e), &e);
	}
	add(&f, "k", "slow", 0);
	until(r, &t.slow_runs, 1);
	char key[16];
	for (int i = 0; i < 16; i++) {
		if (i == 8)
			turn(path, 365 * USEC_DAY);
		snprintf(key, sizeof key, "key%d", i);
		add(&f, "k", key, 0);
		until(r, &t.other_runs, i + 1);
	}
	CHECK_INT(atomic_load(&t.slow_runs), 1);
	atomic_store(&t.go_on, true);
	while (db_testing_int(db, "SELECT count(*) FROM job", DB_NO_ARGS) > 0)
		sched_yield();
	for (int i = 0; i < 2; i++)
		job_runner_stop(r[i]);
	CHECK_INT(atomic_load(&t.slow_runs), 1);
	end(&f);
}

/* Threads of their own for each, which have looked at the clock at least once. */
static struct job_runner *start_one(struct db *db, struct clock *clock, const struct job_kind *kind,
                                    int threads)
{
	struct job_runner *r;
	struct error e;
	struct job_runner_options o = {
	    .db = db, .clock = clock, .threads = threads, .kinds = &kind, .n_kinds = 1};
	CHECK_OK(job_runner_start(&o, &r, &e), &e);
	return r;
}

/* One slow job, until it is done; the clock runs fast meanwhile. */
static void run_out(struct fixture *f, const struct job_kind *kind)
{
	add(f, "k", "slow", 0);
	struct job_runner *r = start_one(f->db, f->clock, kind, 1);
	while (db_testing_int(f->db, "SELECT count(*) FROM job", DB_NO_ARGS) > 0) {
		clock_advance(f->clock, USEC_SECOND / 100);
		sched_yield();
	}
	job_runner_stop(r);
}

static struct clock *clock_in(const char *name, char path[300], usec offset)
{
	struct clock *clock;
	struct error e;
	snprintf(path, 300, "%s/%s", test_tmp_dir(), name);
	CHECK_OK(clock_file_open(path, &clock, &e), &e);
	turn(path, offset);
	return clock;
}

/* One machine's clock, an hour slow, is set right: the leases that it writes from then on hold for
 * the others too. */
DB_TEST(leases_of_a_clock_that_was_set_right_hold_for_others)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	struct fixture f = {.db = db};
	struct trouble t = {0};
	char slow_path[300], right_path[300], key[16];
	struct clock *slow = clock_in("slow", slow_path, -USEC_HOUR);
	struct clock *right = clock_in("right", right_path, 0);
	struct job_kind kind = {.name = "k", .work = work_slowly, .arg = &t};
	struct job_runner *r[2] = {start_one(db, slow, &kind, 1)};
	add(&f, "k", "before", 0);
	while (atomic_load(&t.other_runs) < 1) {
		job_runner_wake(r[0]);
		sched_yield();
	}
	turn(slow_path, 0);
	add(&f, "k", "slow", 0);
	while (atomic_load(&t.slow_runs) < 1) {
		job_runner_wake(r[0]);
		sched_yield();
	}
	r[1] = start_one(db, right, &kind, 2);
	for (int i = 0; i < 8; i++) {
		snprintf(key, sizeof key, "key%d", i);
		add(&f, "k", key, 0);
		until(r, &t.other_runs, i + 2);
	}
	CHECK_INT(atomic_load(&t.slow_runs), 1);
	CHECK(db_testing_int(db, "SELECT lease_until FROM job WHERE ukey = 'slow'", DB_NO_ARGS) >
	      clock_now(right));
	atomic_store(&t.go_on, true);
	while (db_testing_int(db, "SELECT count(*) FROM job", DB_NO_ARGS) > 0)
		sched_yield();
	for (int i = 0; i < 2; i++)
		job_runner_stop(r[i]);
	CHECK_INT(atomic_load(&t.slow_runs), 1);
	clock_free(slow);
	clock_free(right);
	db_testing_close(db);
}

/* Asking when a job is due and taking it agree, also after a jump: else an idle runner would write
 * again and again. */
DB_TEST(a_lease_that_still_counts_is_not_due)
{
	struct fixture f = begin(engine);
	struct db_conn *c;
	struct error e;
	usec due;
	add(&f, "k", "a", 0);
	db_testing_exec(f.db, "UPDATE job SET lease_owner = 'other', lease_until = $1",
	                DB_ARGS(db_int(60 * USEC_SECOND)));
	CHECK_OK(db_read_begin(f.db, &c, &e), &e);
	CHECK_OK(job_next_due(c, STR("[\"k\"]"), 0, &due, &e), &e);
	CHECK_INT(due, 60 * USEC_SECOND);
	CHECK_OK(job_next_due(c, STR("[\"k\"]"), USEC_HOUR, &due, &e), &e);
	CHECK_INT(due, USEC_HOUR + 60 * USEC_SECOND);
	db_read_end(f.db, c);
	add(&f, "k", "b", 30 * USEC_SECOND);
	CHECK_OK(db_read_begin(f.db, &c, &e), &e);
	CHECK_OK(job_next_due(c, STR("[\"k\"]"), USEC_HOUR, &due, &e), &e);
	CHECK_INT(due, 30 * USEC_SECOND);
	db_read_end(f.db, c);
	end(&f);
}

/* Of each kind the first that is free counts, and what stands before it. */
DB_TEST(the_next_job_of_several_kinds)
{
	struct fixture f = begin(engine);
	struct db_conn *c;
	struct error e;
	usec due;
	CHECK_OK(db_read_begin(f.db, &c, &e), &e);
	CHECK_OK(job_next_due(c, STR("[\"k\",\"i\"]"), 0, &due, &e), &e);
	CHECK(due == CLOCK_NEVER);
	db_read_end(f.db, c);
	add(&f, "k", "a", 10 * USEC_SECOND);
	db_testing_exec(f.db, "UPDATE job SET lease_owner = 'other', lease_until = $1",
	                DB_ARGS(db_int(20 * USEC_SECOND)));
	add(&f, "k", "b", 50 * USEC_SECOND);
	add(&f, "i", "c", 40 * USEC_SECOND);
	add(&f, "other", "d", 1);
	CHECK_OK(db_read_begin(f.db, &c, &e), &e);
	CHECK_OK(job_next_due(c, STR("[\"k\",\"i\"]"), 0, &due, &e), &e);
	CHECK_INT(due, 20 * USEC_SECOND);
	CHECK_OK(job_next_due(c, STR("[\"k\",\"i\"]"), USEC_HOUR, &due, &e), &e);
	CHECK_INT(due, 40 * USEC_SECOND);
	CHECK_OK(job_next_due(c, STR("[\"k\"]"), USEC_HOUR, &due, &e), &e);
	CHECK_INT(due, 50 * USEC_SECOND);
	CHECK_OK(job_next_due(c, STR("[]"), 0, &due, &e), &e);
	CHECK(due == CLOCK_NEVER);
	db_read_end(f.db, c);
	end(&f);
}

static enum err refuse(struct job_run *run, struct db_conn *tx, struct error *e)
{
	struct trouble *t = run->arg;
	if (atomic_load(&t->refusals) >= 3)
		return ERR_OK;
	atomic_fetch_add(&t->refusals, 1);
	return error_detail(e, ERR_DB, "the database is away");
}

/* What was done is known: the database is asked again, the work is not done again. */
DB_TEST(a_known_outcome_is_told_until_it_is_heard)
{
	struct fixture f = begin(engine);
	struct trouble t = {.go_on = true};
	struct job_kind kind = {.name = "k",
	                        .lease = 1000 * USEC_DAY, /* the clock runs fast here */
	                        .work = work_slowly,
	                        .commit = refuse,
	                        .arg = &t};
	run_out(&f, &kind);
	CHECK_INT(atomic_load(&t.refusals), 3);
	CHECK_INT(atomic_load(&t.slow_runs), 1);
	end(&f);
}

static enum err outdated_once(struct job_run *run, struct db_conn *tx, struct error *e)
{
	struct trouble *t = run->arg;
	if (atomic_load(&t->slow_runs) > 1)
		return ERR_OK;
	atomic_fetch_add(&t->refusals, 1);
	return error_set(e, ERR_BUSY, "error.busy", NULL, NULL);
}

/* A commit that wants things prepared anew gets them so; asking it again would not help. */
DB_TEST(a_commit_that_says_busy_has_the_work_done_again)
{
	struct fixture f = begin(engine);
	struct trouble t = {.go_on = true};
	struct job_kind kind = {.name = "k",
	                        .lease = 1000 * USEC_DAY,
	                        .work = work_slowly,
	                        .commit = outdated_once,
	                        .arg = &t};
	run_out(&f, &kind);
	CHECK_INT(atomic_load(&t.refusals), 1);
	CHECK_INT(atomic_load(&t.slow_runs), 2);
	end(&f);
}

DB_TEST(outgoing_jobs_rest_in_no_send_mode)
{
	struct fixture f = begin(engine);
	struct error e;
	struct job_kind kind = {.name = "k", .outgoing = true, .work = work, .arg = &f};
	struct job_kind inner = {.name = "i", .work = work, .arg = &f};
	CHECK_OK(db_write(f.db, set_no_send, &f, &e), &e);
	add(&f, "k", "a", 0);
	add(&f, "i", "a", 0);
	CHECK_INT(run_due(&f, &kind, "x"), 0);
	CHECK_INT(run_due(&f, &inner, "x"), 1);
	clock_advance(f.clock, 30 * USEC_DAY);
	CHECK_INT(run_due(&f, &kind, "x"), 0);
	CHECK_OK(db_write(f.db, set_no_send, NULL, &e), &e);
	CHECK_INT(run_due(&f, &kind, "x"), 1);
	end(&f);
}

static enum err count_only(struct job_run *run, struct db_conn *tx, struct error *e)
{
	if (run->owned)
		return db_exec_text(
		    tx, STR("INSERT INTO tag (name, name_fold, created_at) VALUES ($1, $1, 1)"),
		    DB_ARGS(db_text(run->job.key)), NULL, e);
	return ERR_OK;
}

DB_TEST(two_runners_share_the_work_and_wake_by_the_clock)
{
	struct fixture f = begin(engine);
	struct error e;
	struct job_kind kind = {.name = "k", .commit = count_only, .arg = &f};
	const struct job_kind *kinds = &kind;
	struct job_runner *r[2];
	for (int i = 0; i < 2; i++) {
		struct job_runner_options o = {
		    .db = f.db, .clock = f.clock, .threads = 2, .kinds = &kinds, .n_kinds = 1};
		CHECK_OK(job_runner_start(&o, &r[i], &e), &e);
	}
	char key[16];
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof key, "key%d", i);
		add(&f, "k", key, 1000 * USEC_SECOND + i % 2 * USEC_HOUR);
	}
	for (int i = 0; i < 2; i++)
		job_runner_wake(r[i]);
	/* Half are due now, half when the clock is turned; each leaves one tag, a second would
	 * clash. */
	while (db_testing_int(f.db, "SELECT count(*) FROM tag", DB_NO_ARGS) < 20)
		sched_yield();
	clock_advance(f.clock, USEC_HOUR);
	while (db_testing_int(f.db, "SELECT count(*) FROM tag", DB_NO_ARGS) < 40)
		sched_yield();
	while (db_testing_int(f.db, "SELECT count(*) FROM job", DB_NO_ARGS) > 0)
		sched_yield();
	for (int i = 0; i < 2; i++)
		job_runner_stop(r[i]);
	end(&f);
}
