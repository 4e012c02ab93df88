/* actor_test.c: what a batch remembers of who acts, and when it forgets. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "db/db_testing.h"
#include "store/account.h"
#include "store/actor.h"
#include "store/migrations_gen.h"
#include "store/role.h"
#include "store/session.h"

#define SOME (RIGHT_BIT(RIGHT_TICKET_READ) | RIGHT_BIT(RIGHT_TICKET_REPLY))
#define FEWER RIGHT_BIT(RIGHT_TICKET_READ)

enum what {
	ACT,                     /* nothing but the look */
	DEACTIVATE,              /* the account */
	LESSEN,                  /* the role's rights */
	END_SESSION,             /* the actor's own */
	LESSEN_LOOK_THEN_FAIL,   /* rolled back, after it was remembered */
	WAIT_FOR_LOCK_THEN_LOOK, /* which another process holds */
};

struct people;
struct step {
	struct db_job job;
	struct people *p;
	enum what what;
	enum err looked; /* what the look said, of the last run */
	uint64_t rights;
	enum err result;
};

struct people {
	struct db *db; /* with one writer: what is queued together is one batch */
	str url;
	struct arena *a;
	struct actor actor; /* as the request was let in */
	int64_t role;
	struct db_job gate;
	struct step steps[4];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool at_gate, gate_open;
	size_t left;
	_Atomic bool held; /* the other process has the lock */
};

static enum err change_role(struct arena *a, struct db_conn *tx, int64_t id, struct error *e)
{
	struct role r;
	enum err err = role_get(a, tx, id, &r, e);
	r.rights = FEWER;
	return err ? err : role_update(tx, &r, e);
}

static enum err deactivate(struct arena *a, struct db_conn *tx, int64_t id, struct error *e)
{
	struct account ac;
	enum err err = account_get(a, tx, id, &ac, e);
	ac.active = false;
	return err ? err : account_update(tx, &ac, e);
}

static enum err look(struct step *s, struct arena *a, struct db_conn *tx)
{
	struct actor now;
	struct error e;
	s->looked = actor_refresh(a, tx, &s->p->actor, USEC_DAY, &now, &e);
	s->rights = s->looked ? 0 : now.rights;
	return s->looked == ERR_AUTH ? ERR_OK : s->looked;
}

static enum err run_step(struct db_job *job, struct db_conn *tx, struct error *e)
{
	struct step *s = CONTAINER_OF(job, struct step, job);
	struct people *p = s->p;
	ARENA_AUTO a = arena_new();
	enum err err = ERR_OK;
	bool ended;
	switch (s->what) {
	case ACT:
		return look(s, a, tx);
	case DEACTIVATE:
		return deactivate(a, tx, p->actor.account_id, e);
	case LESSEN:
		return change_role(a, tx, p->role, e);
	case END_SESSION:
		return session_end(tx, p->actor.session_id, USEC_DAY, &ended, e);
	case LESSEN_LOOK_THEN_FAIL:
		err = change_role(a, tx, p->role, e);
		if (!err)
			err = look(s, a, tx);
		return err ? err : error_set(e, ERR_CONFLICT, "error.stale", NULL, NULL);
	case WAIT_FOR_LOCK_THEN_LOOK:
		err = db_lock(tx, "people", 1, e);
		return err ? err : look(s, a, tx);
	}
	return err;
}

static void done_step(struct db_job *job, enum err result, const struct error *e UNUSED)
{
	struct step *s = CONTAINER_OF(job, struct step, job);
	pthread_mutex_lock(&s->p->lock);
	s->result = result;
	s->p->left--;
	pthread_cond_broadcast(&s->p->changed);
	pthread_mutex_unlock(&s->p->lock);
}

static enum err run_gate(struct db_job *job UNUSED, struct db_conn *tx UNUSED,
                         struct error *e UNUSED)
{
	return ERR_OK;
}

/* Holds the writer while the steps are being queued. */
static void done_gate(struct db_job *job, enum err result UNUSED, const struct error *e UNUSED)
{
	struct people *p = CONTAINER_OF(job, struct people, gate);
	pthread_mutex_lock(&p->lock);
	p->at_gate = true;
	pthread_cond_broadcast(&p->changed);
	while (!p->gate_open)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static void batch(struct people *p, const enum what *whats, size_t n)
{
	p->at_gate = p->gate_open = false;
	p->left = n;
	p->gate = (struct db_job){.run = run_gate, .done = done_gate};
	CHECK_INT(db_submit(p->db, &p->gate), ERR_OK);
	pthread_mutex_lock(&p->lock);
	while (!p->at_gate)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < n; i++) {
		p->steps[i] = (struct step){
		    .job = {.run = run_step, .done = done_step}, .p = p, .what = whats[i]};
		CHECK_INT(db_submit(p->db, &p->steps[i].job), ERR_OK);
	}
	pthread_mutex_lock(&p->lock);
	p->gate_open = true;
	pthread_cond_broadcast(&p->changed);
	while (p->left > 0)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static enum err hire(void *arg, struct db_conn *tx, struct error *e)
{
	struct people *p = arg;
	struct actor *by = &p->actor;
	const struct role role = {.name = STR("r"), .rights = SOME};
	enum err err = role_insert(tx, &role, 1, &p->role, e);
	const struct account ac = {.email = STR("a@x.test"),
	                           .email_norm = STR("a@x.test"),
	                           .name = STR("A"),
	                           .role_id = p->role,
	                           .all_lines = true,
	                           .all_brands = true,
	                           .language = STR("en"),
	                           .theme = STR("auto"),
	                           .active = true,
	                           .created_at = 1};
	if (!err)
		err = account_insert(tx, &ac, &by->account_id, e);
	const struct session s = {.account_id = by->account_id,
	                          .created_at = 1,
	                          .seen_at = 1,
	                          .expires_at = 9 * USEC_DAY};
	if (!err)
		err =
		    session_insert(tx, &s, session_token_hash(p->a, STR("x")), &by->session_id, e);
	return err;
}

static struct people *people_new(enum db_engine engine)
{
	struct people *p = xcalloc(1, sizeof *p);
	struct error e;
	p->a = arena_new();
	p->url = db_testing_url(engine, MIGRATIONS, N_MIGRATIONS);
	const struct db_options opt = {.url = p->url, .writers = 1};
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	CHECK_OK(db_open(&opt, &p->db, &e), &e);
	p->actor = (struct actor){.kind = ACTOR_ACCOUNT};
	CHECK_OK(db_write(p->db, hire, p, &e), &e);
	return p;
}

static void people_free(struct people *p)
{
	db_testing_close(p->db);
	arena_free(p->a);
	free(p);
}

/* A change, between two acts of one batch, counts for the second. */
static void between(enum db_engine engine, enum what change, enum err looked, uint64_t rights)
{
	struct people *p = people_new(engine);
	const enum what whats[] = {ACT, change, ACT};
	batch(p, whats, COUNT_OF(whats));
	CHECK_INT(p->steps[0].looked, ERR_OK);
	CHECK_INT(p->steps[0].rights, SOME);
	CHECK_INT(p->steps[2].looked, looked);
	CHECK_INT(p->steps[2].rights, rights);
	people_free(p);
}

DB_TEST(who_is_deactivated_in_a_batch_is_refused_in_it)
{
	between(engine, DEACTIVATE, ERR_AUTH, 0);
}

DB_TEST(a_role_changed_in_a_batch_counts_in_it)
{
	between(engine, LESSEN, ERR_OK, FEWER);
}

DB_TEST(a_session_ended_in_a_batch_is_refused_in_it)
{
	between(engine, END_SESSION, ERR_AUTH, 0);
}

DB_TEST(what_was_rolled_back_is_not_remembered)
{
	struct people *p = people_new(engine);
	const enum what whats[] = {ACT, LESSEN_LOOK_THEN_FAIL, ACT};
	batch(p, whats, COUNT_OF(whats));
	CHECK_INT(p->steps[1].result, ERR_CONFLICT);
	CHECK_INT(p->steps[1].rights, FEWER);
	CHECK_INT(p->steps[2].rights, SOME);
	people_free(p);
}

/* Holds the lock until somebody waits for it, and deactivates the account before letting go. */
static enum err hold(void *arg, struct db_conn *tx, struct error *e)
{
	struct people *p = arg;
	int64_t waiting = 0;
	ARENA_AUTO a = arena_new();
	/* The lock travels with the question after it: only then it is held. */
	enum err err = db_lock(tx, "people", 1, e);
	while (!err && !waiting) {
		struct db_rows r;
		sched_yield();
		db_rows_open_text(
		    &r, tx,
		    STR("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid "
		        "= l.database WHERE l.locktype = 'advisory' AND NOT l.granted "
		        "AND d.datname = current_database()"),
		    DB_NO_ARGS);
		if (db_rows_next(&r))
			waiting = db_get_int(&r, 0);
		err = db_rows_close(&r, e);
		atomic_store(&p->held, true);
	}
	return err ? err : deactivate(a, tx, p->actor.account_id, e);
}

struct other {
	struct people *p;
	struct db *db;
	enum err result;
};

static void *other_main(void *arg)
{
	struct other *o = arg;
	struct error e;
	o->result = db_write(o->db, hold, o->p, &e);
	return NULL;
}

TEST(a_wait_for_a_lock_makes_a_batch_forget)
{
	db_testing_need(DB_PG);
	struct people *p = people_new(DB_PG);
	struct other o = {.p = p, .db = db_testing_open_url(p->url)};
	pthread_t thread;
	CHECK(pthread_create(&thread, NULL, other_main, &o) == 0);
	while (!atomic_load(&p->held))
		sched_yield();
	const enum what whats[] = {ACT, WAIT_FOR_LOCK_THEN_LOOK, ACT};
	batch(p, whats, COUNT_OF(whats));
	pthread_join(thread, NULL);
	CHECK_INT(o.result, ERR_OK);
	CHECK_INT(p->steps[0].looked, ERR_OK);
	CHECK_INT(p->steps[1].looked, ERR_AUTH);
	CHECK_INT(p->steps[2].looked, ERR_AUTH);
	db_close(o.db);
	people_free(p);
}
