/* runner.c: see runner.h.
 *
 * N threads, one state. Each thread asks for one due job of any kind, runs it,
 * and asks again; when there is none it sleeps until the next due time, the
 * poll, or a poke. Claiming is a write job like any other, so that processes
 * sharing a database agree through it.
 */
#include "job/runner.h"

#include <pthread.h>
#include <stdatomic.h>

#include "events/event.h"
#include "json/write.h"
#include "store/system.h"
#include "sys/random.h"

#define DEFAULT_LEASE (5 * USEC_MINUTE)
#define DEFAULT_POLL (30 * USEC_SECOND)
#define DEFAULT_ATTEMPTS 12
#define DEFAULT_RETRY_FIRST (10 * USEC_SECOND)
#define DEFAULT_RETRY_MOST USEC_HOUR

#define JUMP USEC_MINUTE /* a clock that is corrected by less is not said to jump */
#define FINISH_AGAIN USEC_SECOND
#define LOOKS_APART (20 * USEC_SECOND / 1000) /* of those that found nothing */

struct runner_thread {
	pthread_t id;
	struct job_runner *runner;
	struct clock_waker waker;
	_Atomic bool looks; /* looks for a job, or sleeps till one is due; else it runs one */
	int64_t running;    /* id of its job, 0: none */
};

/* What this process knows of its clock's jumps: see runner.h. */
struct lease_clock {
	usec now, mono; /* as of the last look; 0: never */
	usec ahead;     /* by so much the clock has jumped, lately; less than 0: back */
	usec jumped_at; /* by clock_mono */
};

struct job_runner {
	struct job_runner_options o;
	const struct job_kind **kinds; /* the runner's own list of the caller's kinds */
	struct buf all, kept_in; /* JSON of the kinds' names: of all, of those that send nothing */
	char owner[96];
	atomic_bool stopping;
	atomic_uint turn; /* where the search for a kind begins: no kind starves another */
	atomic_uint claims;
	pthread_mutex_t mutex; /* of the threads' `running` and of the lease clock */
	struct lease_clock leases;
	struct runner_thread *threads;
	_Atomic int n_threads; /* grows while the first ones run */
};

/* ---- taking ---- */

struct claim {
	struct job_runner *r;
	struct arena *arena;
	usec now, held; /* a lease is over when it ended so long ago */
	str owner;
	const struct job_kind *kind; /* of the job taken */
	struct job *job;             /* NULL: nothing is due */
};

static usec lease_of(const struct job_runner *r, const struct job_kind *k)
{
	return k->lease ? k->lease : r->o.lease ? r->o.lease : DEFAULT_LEASE;
}

/* For how long after its end by the clock a lease still counts: one from before a jump forward is
 * not over by it. A jump is forgotten when every lease from before it must be. Only the taking is
 * put off: what we write are wall times, as other processes read them by clocks that did not jump
 * (setting one machine's clock right would else make its leases wrong for all the others). */
static usec lease_held(struct job_runner *r, usec now)
{
	usec mono = clock_mono(r->o.clock), longest = 0, jump = 0;
	for (size_t i = 0; i < r->o.n_kinds; i++)
		if (lease_of(r, r->o.kinds[i]) > longest)
			longest = lease_of(r, r->o.kinds[i]);
	pthread_mutex_lock(&r->mutex);
	struct lease_clock *l = &r->leases;
	if (l->now)
		jump = (now - l->now) - (mono - l->mono);
	l->now = now;
	l->mono = mono;
	bool jumped = jump > JUMP || jump < -JUMP;
	if (jumped) {
		l->ahead += jump;
		l->jumped_at = mono;
	} else if (mono - l->jumped_at > longest) {
		l->ahead = 0;
	}
	usec held = l->ahead > 0 ? l->ahead : 0;
	pthread_mutex_unlock(&r->mutex);
	if (jumped && r->o.log)
		log_warn(r->o.log, "the clock has jumped", LOG_USEC("ms", jump));
	return held;
}

/* Notes that t runs the job. False: another thread still does, which was late. */
static bool begin_running(struct job_runner *r, struct runner_thread *t, int64_t id)
{
	bool free_of_it = true;
	pthread_mutex_lock(&r->mutex);
	for (int i = 0; i < r->n_threads; i++)
		free_of_it = free_of_it && r->threads[i].running != id;
	if (free_of_it && t)
		t->running = id;
	pthread_mutex_unlock(&r->mutex);
	return free_of_it;
}

static void end_running(struct job_runner *r, struct runner_thread *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&r->mutex);
	t->running = 0;
	pthread_mutex_unlock(&r->mutex);
}

static enum err claim_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct claim *c = arg;
	struct job_runner *r = c->r;
	bool no_send = false;
	enum err err = system_no_send(tx, &no_send, e);
	unsigned first = atomic_fetch_add(&r->turn, 1);
	c->job = NULL;
	for (size_t i = 0; !err && !c->job && i < r->o.n_kinds; i++) {
		const struct job_kind *k = r->o.kinds[(first + i) % r->o.n_kinds];
		size_t n = 0;
		if (k->outgoing && no_send)
			continue;
		err = job_claim(c->arena, tx, k->name, c->owner, c->now, c->now - c->held,
		                c->now + lease_of(r, k), 1, &c->job, &n, e);
		if (!n)
			c->job = NULL;
		c->kind = k;
	}
	return err;
}

/* When the earliest job of the kinds that may be taken can be: the same that claim_run asks. One
 * read, so that an idle runner does not write. */
static enum err next_due(struct job_runner *r, usec held, usec *out, struct error *e)
{
	struct db_conn *c;
	bool no_send = false;
	*out = CLOCK_NEVER;
	enum err err = db_read_begin(r->o.db, &c, e);
	if (err)
		return err;
	if (!(err = system_no_send(c, &no_send, e)))
		err = job_next_due(c, buf_str(no_send ? &r->kept_in : &r->all), held, out, e);
	db_read_end(r->o.db, c);
	return err;
}

/* ---- running ---- */

struct ending {
	struct job_runner *r;
	const struct job_kind *kind;
	struct job_run *run;
	const struct error *why; /* of the failure, or NULL */
	usec again_at;           /* what work asked for; commit may run more than once */
	bool fresh;
	bool outdated; /* commit said ERR_BUSY: what work has prepared does not hold any more */
};

static enum err finish_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct ending *end = arg;
	struct job_run *run = end->run;
	str owner = run->job.lease_owner;
	struct job now;
	enum err err = job_find(run->arena, tx, end->kind->name, run->job.key, &now, e);
	if (err)
		return err;
	run->owned = now.id == run->job.id && str_eq(now.lease_owner, owner);
	run->again_at = end->again_at;
	run->fresh = end->fresh;
	if (end->kind->commit)
		err = end->kind->commit(run, tx, e);
	/* What has gone out must not go again, whatever a statement waited for in vain. */
	end->outdated = err == ERR_BUSY && !end->kind->outgoing;
	if (err || !run->owned)
		return err;
	bool still;
	return run->again_at
	           ? job_release(tx, run->job.id, owner, run->again_at,
	                         run->fresh ? 0 : run->job.attempts, false, STR_NONE, &still, e)
	           : job_finish(tx, run->job.id, owner, &still, e);
}

static usec pause_after(const struct job_kind *k, int64_t attempts)
{
	usec pause = k->retry_first ? k->retry_first : DEFAULT_RETRY_FIRST;
	usec most = k->retry_most ? k->retry_most : DEFAULT_RETRY_MOST;
	for (int64_t i = 1; i < attempts && pause < most; i++)
		pause *= 2;
	return pause < most ? pause : most;
}

static enum err fail_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct ending *end = arg;
	struct job_run *run = end->run;
	int64_t most = end->kind->attempts ? end->kind->attempts : DEFAULT_ATTEMPTS;
	bool dead = run->job.attempts >= most;
	str why = str_printf(run->arena, "%s %s %s", err_name(end->why->code), end->why->key,
	                     end->why->detail[0] ? end->why->detail : end->why->arg);
	enum err err =
	    job_release(tx, run->job.id, run->job.lease_owner,
	                clock_now(end->r->o.clock) + pause_after(end->kind, run->job.attempts),
	                run->job.attempts, dead, str_to_utf8(run->arena, why), &run->owned, e);
	if (!err && dead && run->owned)
		event_add(tx, clock_now(end->r->o.clock), actor_system(), EVENT_JOB_DEAD,
		          (struct event_about){0},
		          EVENT_DATA(EVENT_INT("job_id", run->job.id),
		                     EVENT_CODE("kind", str_of(end->kind->name))));
	if (!err && dead && run->owned && end->kind->dead)
		err = end->kind->dead(run, tx, end->why, e);
	return err;
}

static void tell(struct job_runner *r, const struct job_run *run, const struct error *why)
{
	if (r->o.log)
		log_warn(r->o.log, "job failed", LOG_STR("key", run->job.key),
		         LOG_STR("kind", run->job.kind), LOG_INT("attempt", run->job.attempts),
		         LOG_ERR(why));
}

/* Tells the database what became of it. One that is away is asked again while the lease lasts,
 * by threads only: without the answer others would do the work once more. Where that is just what
 * commit asks for (blob_attach, of a file that is gone), the job fails and is run again. */
static enum err finish(struct job_runner *r, struct runner_thread *t, struct ending *end,
                       struct error *e)
{
	usec until = end->run->started + lease_of(r, end->kind);
	for (;;) {
		end->outdated = false;
		enum err err = db_write(r->o.db, finish_run, end, e);
		bool passing = err == ERR_DB || (err == ERR_BUSY && !end->outdated);
		if (!passing || !t || atomic_load(&r->stopping) ||
		    clock_mono(r->o.clock) + FINISH_AGAIN >= until)
			return err;
		tell(r, end->run, e);
		(void)clock_sleep_until(r->o.clock, clock_now(r->o.clock) + FINISH_AGAIN,
		                        &t->waker);
	}
}

static void run_one(struct job_runner *r, struct runner_thread *t, const struct claim *c)
{
	const struct job_kind *kind = c->kind;
	struct job_run run = {.arena = c->arena,
	                      .db = r->o.db,
	                      .job = *c->job,
	                      .now = c->now,
	                      .started = clock_mono(r->o.clock),
	                      .arg = kind->arg};
	struct error why = {0}, e = {0};
	struct ending end = {.r = r, .kind = kind, .run = &run};
	enum err err = kind->work ? kind->work(&run, &why) : ERR_OK;
	if (!err) {
		end.again_at = run.again_at;
		end.fresh = run.fresh;
		err = finish(r, t, &end, &why);
		if (!err)
			return;
	}
	tell(r, &run, &why);
	/* A database that is away leaves the lease to run out; nothing is lost. */
	end.why = &why;
	if (db_write(r->o.db, fail_run, &end, &e) != ERR_OK)
		tell(r, &run, &e);
}

/* Somebody here still runs it, or did a moment ago: later. */
static enum err give_back(void *arg, struct db_conn *tx, struct error *e)
{
	struct claim *c = arg;
	bool owned;
	return job_release(tx, c->job->id, c->job->lease_owner, c->now + USEC_SECOND,
	                   c->job->attempts - 1, false, c->job->error, &owned, e);
}

/* One of those that look is enough: whoever finds a job wakes the next one before running it, and
 * whoever runs one looks again afterwards. A thread that was woken while it looked does not sleep.
 */
static void wake_one(struct job_runner *r)
{
	for (int i = 0; i < r->n_threads; i++) {
		if (atomic_load(&r->threads[i].looks)) {
			clock_wake(&r->threads[i].waker);
			return;
		}
	}
}

/* Takes and runs one job. *ran: false when nothing is due before *due. t may be NULL. */
static enum err step(struct job_runner *r, struct runner_thread *t, bool *ran, usec *due,
                     struct error *e)
{
	usec now = clock_now(r->o.clock), held = lease_held(r, now);
	*ran = false;
	enum err err = next_due(r, held, due, e);
	if (err || *due > now)
		return err;
	ARENA_AUTO a = arena_new();
	struct claim c = {.r = r, .arena = a, .now = now, .held = held};
	c.owner = str_printf(a, "%s.%u", r->owner, atomic_fetch_add(&r->claims, 1));
	err = db_write(r->o.db, claim_run, &c, e);
	if (err || !c.job)
		return err;
	*ran = true;
	if (!begin_running(r, t, c.job->id))
		return db_write(r->o.db, give_back, &c, e);
	if (t) {
		atomic_store(&t->looks, false);
		wake_one(r);
	}
	run_one(r, t, &c);
	end_running(r, t);
	if (t)
		atomic_store(&t->looks, true);
	return ERR_OK;
}

/* Every commit pokes, and hundreds a second need no look each. Real time, whatever the clock. */
static void wait_after(usec looked)
{
	usec left = looked + LOOKS_APART - clock_mono(clock_system());
	if (left > 0 && left <= LOOKS_APART)
		nanosleep(&(struct timespec){.tv_nsec = left * 1000}, NULL);
}

static void *thread_main(void *arg)
{
	struct runner_thread *t = arg;
	struct job_runner *r = t->runner;
	usec poll = r->o.poll ? r->o.poll : DEFAULT_POLL;
	while (!atomic_load(&r->stopping)) {
		bool ran = false;
		struct error e;
		usec due = CLOCK_NEVER, now = clock_now(r->o.clock);
		enum err err = step(r, t, &ran, &due, &e);
		if (!err && ran)
			continue;
		if (err && r->o.log)
			log_warn(r->o.log, "jobs cannot be read", LOG_ERR(&e));
		log_flush(r->o.log); /* a process where all is well again says nothing by itself */
		/* Due, yet another thread took it: look again soon, not at once. A database that is
		 * away is not asked more often than that makes sense. */
		if (due <= now)
			due = now + 50 * USEC_SECOND / 1000;
		if (err)
			due = now + USEC_SECOND;
		usec looked = clock_mono(clock_system());
		if (clock_sleep_until(r->o.clock, due < now + poll ? due : now + poll, &t->waker))
			wait_after(looked);
	}
	return NULL;
}

/* ---- life ---- */

static void name_owner(struct job_runner *r)
{
	ARENA_AUTO a = arena_new();
	/* The random part tells processes of one name apart. */
	str name = str_printf(a, "%.*s-%.*s", STR_FMT(str_sub(r->o.owner, 0, 64)),
	                      STR_FMT(random_token(a, 9)));
	snprintf(r->owner, sizeof r->owner, "%.*s", STR_FMT(str_sub(name, 0, sizeof r->owner - 1)));
}

static void name_kinds(const struct job_runner_options *o, bool sending, struct buf *out)
{
	struct jw w;
	buf_init(out, 0);
	jw_init(&w, out);
	jw_array(&w);
	for (size_t i = 0; i < o->n_kinds; i++)
		if (sending || !o->kinds[i]->outgoing)
			jw_str(&w, str_of(o->kinds[i]->name));
	jw_end(&w);
}

static void name_all(struct job_runner *r)
{
	name_owner(r);
	name_kinds(&r->o, true, &r->all);
	name_kinds(&r->o, false, &r->kept_in);
}

static void forget_names(struct job_runner *r)
{
	buf_release(&r->all);
	buf_release(&r->kept_in);
}

enum err job_runner_start(const struct job_runner_options *o, struct job_runner **out,
                          struct error *e)
{
	struct job_runner *r = xcalloc(1, sizeof *r);
	int n = o->threads ? o->threads : 2;
	r->o = *o;
	r->kinds = xcalloc(o->n_kinds, sizeof(struct job_kind *));
	pthread_mutex_init(&r->mutex, NULL);
	memcpy(r->kinds, o->kinds, o->n_kinds * sizeof(struct job_kind *));
	r->o.kinds = r->kinds;
	name_all(r);
	r->threads = xcalloc((size_t)n, sizeof *r->threads);
	for (int i = 0; i < n; i++) {
		struct runner_thread *t = &r->threads[i];
		t->runner = r;
		atomic_init(&t->looks, true);
		clock_waker_init(&t->waker);
		if (pthread_create(&t->id, NULL, thread_main, t) != 0) {
			clock_waker_release(&t->waker);
			job_runner_stop(r);
			return error_detail(e, ERR_IO, "cannot start a thread for jobs");
		}
		pthread_setname_np(t->id, "job");
		r->n_threads++;
	}
	*out = r;
	return ERR_OK;
}

void job_runner_wake(struct job_runner *r)
{
	wake_one(r);
}

void job_runner_stop(struct job_runner *r)
{
	if (!r)
		return;
	atomic_store(&r->stopping, true);
	for (int i = 0; i < r->n_threads; i++)
		clock_wake(&r->threads[i].waker);
	for (int i = 0; i < r->n_threads; i++) {
		pthread_join(r->threads[i].id, NULL);
		clock_waker_release(&r->threads[i].waker);
	}
	pthread_mutex_destroy(&r->mutex);
	forget_names(r);
	free(r->threads);
	free(r->kinds);
	free(r);
}

enum err job_run_due(const struct job_runner_options *o, int64_t *n, struct error *e)
{
	struct job_runner r = {.o = *o, .mutex = PTHREAD_MUTEX_INITIALIZER};
	bool ran = true;
	usec due;
	int64_t count = 0;
	name_all(&r);
	enum err err = ERR_OK;
	while (!err && ran) {
		err = step(&r, NULL, &ran, &due, e);
		count += !err && ran;
	}
	forget_names(&r);
	if (n)
		*n = count;
	return err;
}
