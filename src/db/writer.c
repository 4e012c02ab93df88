/* writer.c: the queue of jobs and the threads that commit them in batches.
 *
 * A batch is tried at first without savepoints, because those cost a third of
 * the throughput. A job that fails before it wrote anything is simply left out.
 * One that fails after it wrote makes the whole batch roll back and run again
 * with a savepoint around each job; and when even the batch's own work fails
 * (an at_batch_end hook, a constraint checked at COMMIT), every job runs in a
 * transaction of its own. So a job's failure is never another job's. A job that
 * would wait for a lock while the batch holds others ends the batch before it.
 *
 * Nobody is answered before COMMIT has returned. When its outcome is unknown
 * (connection lost, disk error), every job of the batch fails.
 */
#include "db/db_internal.h"

#include <assert.h>
#include <errno.h>

#define RETRIES 10                       /* of one batch: serialization, lost connection */
#define RECONNECT_TIME (5 * USEC_SECOND) /* how long a batch waits for a server that restarts */

enum mode { PLAIN, SAVEPOINTS };
enum outcome {
	ANSWERED,
	AGAIN,           /* the same once more */
	WITH_SAVEPOINTS, /* once more, apart from each other */
	ONE_BY_ONE,      /* each in its own transaction */
};

/* How long one batch is tried anew. Who waits for its answer must get one. */
struct patience {
	int tries;
	usec start; /* monotonic */
};

static bool is_last(const struct patience *p)
{
	return p->tries >= RETRIES || db_monotonic() - p->start > RECONNECT_TIME;
}

static void answer(struct db_job *job, enum err result, const struct error *e)
{
	job->done(job, result, e); /* may free the job */
}

static void answer_all(struct db_job **jobs, size_t n, enum err result, const struct error *e)
{
	for (size_t i = 0; i < n; i++)
		answer(jobs[i], result, e);
}

/* Once more; when it is for a connection that was lost, that is told. */
static enum outcome again(struct db_conn *c, const struct error *e)
{
	if (c->lost && e->code)
		db_note_failure(c->db, e, 0);
	return AGAIN;
}

static void forget_hooks(struct db_conn *c)
{
	arena_clear(c->batch);
	memset(&c->hooks, 0, sizeof c->hooks);
	c->slot = NULL;
	db_kept_clear(c);
}

static void abandon(struct db_conn *c)
{
	c->ops->rollback(c);
	forget_hooks(c);
}

/* Runs one job; its result is in job->result. */
static void run_job(struct db_conn *c, struct db_job *job, enum mode mode)
{
	c->wrote = c->failed = c->retry = c->defer = false;
	c->new_locks = 0;
	c->may_defer = true;
	job->mark = c->hooks.n;
	job->error.code = ERR_OK;
	job->result = job->run(job, c, &job->error);
	/* What it queued must not fail under the next one's savepoint. */
	struct error e;
	if (mode == SAVEPOINTS && !c->failed && c->ops->flush && c->ops->flush(c, &e)) {
		c->failed = true;
		c->first = e;
	}
	c->batch_wrote = c->batch_wrote || c->wrote;
	assert(c->cursors == 0);
	c->may_defer = false;
	c->locks += c->new_locks;
	/* On PostgreSQL a failed statement has spoiled the transaction, whatever the
	 * job made of it; both engines behave the same. */
	if (!job->result && c->failed) {
		job->result = c->first.code;
		job->error = c->first;
	}
	if (job->result && job->error.code != job->result)
		error_set(&job->error, job->result, "error.internal", NULL, NULL);
	if (job->result || c->defer)
		c->hooks.n = job->mark;
}

/* What must happen after a failed job: ANSWERED means that the batch goes on. */
static enum outcome after_failure(struct db_conn *c, enum mode mode, size_t n, struct error *e)
{
	if (c->lost || c->retry)
		return AGAIN;
	if (!c->ops->in_tx(c))
		return n > 1 ? ONE_BY_ONE : ANSWERED;
	db_kept_clear(c); /* it may have come from rows that are undone now */
	if (mode == SAVEPOINTS)
		return c->ops->savepoint(c, DB_SP_ROLLBACK, e) ? AGAIN : ANSWERED;
	if (c->failed && c->ops->engine == DB_PG)
		return n > 1 ? WITH_SAVEPOINTS : ANSWERED;
	return c->wrote && n > 1 ? WITH_SAVEPOINTS : ANSWERED;
}

/* Runs the jobs; *n becomes less when a job had to be put off. */
static enum outcome run_jobs(struct db_conn *c, struct db_job **jobs, size_t *n, enum mode mode,
                             struct error *e)
{
	for (size_t i = 0; i < *n; i++) {
		if (mode == SAVEPOINTS && c->ops->savepoint(c, DB_SP_SET, e))
			return AGAIN;
		run_job(c, jobs[i], mode);
		if (jobs[i]->result || c->defer) {
			*e = jobs[i]->error;
			enum outcome o = after_failure(c, mode, *n, e);
			if (o != ANSWERED)
				return o;
			if (c->defer) {
				assert(i > 0);
				*n = i;
			}
		} else if (mode == SAVEPOINTS && c->ops->savepoint(c, DB_SP_RELEASE, e)) {
			return AGAIN;
		}
	}
	return ANSWERED;
}

static enum err run_hooks(struct db_conn *c, struct error *e)
{
	c->failed = c->retry = false;
	for (size_t i = 0; i < c->hooks.n; i++) {
		enum err err = c->hooks.p[i].fn(c, c->hooks.p[i].arg, e);
		assert(c->cursors == 0);
		if (!err && c->failed) {
			*e = c->first;
			err = c->first.code;
		}
		if (err)
			return err;
	}
	return c->hooks.n && c->ops->notify ? c->ops->notify(c, e) : ERR_OK;
}

/* A batch that failed as a whole before its COMMIT took effect. */
static enum outcome failed_whole(struct db_conn *c, struct db_job **jobs, size_t n, enum err err,
                                 struct error *e, bool last)
{
	bool passing = c->lost || c->retry;
	abandon(c);
	if (passing && !last)
		return again(c, e);
	if (!passing && n > 1)
		return ONE_BY_ONE;
	db_note_failure(c->db, e, n);
	answer_all(jobs, n, err, e);
	return ANSWERED;
}

/* One try at one batch. last: no more tries, so answer whatever comes. ANSWERED:
 * the first *count jobs; it becomes less when one was put off. */
static enum outcome try_batch(struct db_conn *c, struct db_job **jobs, size_t *count,
                              enum mode mode, const struct patience *p)
{
	struct error e = {0};
	size_t n = *count;
	c->failed = c->retry = c->wrote = c->batch_wrote = false;
	c->locks = 0;
	enum err err = c->ops->begin(c, true, &e);
	if (err) {
		if (c->lost && !is_last(p))
			return again(c, &e);
		db_note_failure(c->db, &e, n);
		answer_all(jobs, n, err, &e);
		return ANSWERED;
	}
	enum outcome o = run_jobs(c, jobs, &n, mode, &e);
	if (o != ANSWERED) {
		n = *count;
		abandon(c);
		if (o == AGAIN && is_last(p)) {
			if (!e.code)
				error_set(&e, ERR_DB, "error.db", NULL, NULL);
			db_note_failure(c->db, &e, n);
			answer_all(jobs, n, e.code, &e);
			return ANSWERED;
		}
		return o == AGAIN ? again(c, &e) : o;
	}
	*count = n;
	if (n == 1 && jobs[0]->result) {
		abandon(c);
		db_note_failure(c->db, &jobs[0]->error, 1);
		answer(jobs[0], jobs[0]->result, &jobs[0]->error);
		return ANSWERED;
	}
	err = run_hooks(c, &e);
	if (err)
		return failed_whole(c, jobs, n, err, &e, is_last(p));
	c->retry = c->not_reached = false;
	err = c->ops->commit(c, &e);
	if (err) {
		/* A refusal is certain, and somebody's own fault; anything else is not. */
		bool refused = !c->lost && (c->retry || c->not_reached || err == ERR_INVALID ||
		                            err == ERR_CONFLICT);
		if (refused)
			return failed_whole(c, jobs, n, err, &e, is_last(p));
		abandon(c);
		db_note_failure(c->db, &e, n);
		db_log(c->db, "db_commit_failed", &e);
		answer_all(jobs, n, err, &e);
		return ANSWERED;
	}
	bool tell = c->hooks.n > 0;
	if (c->batch_wrote)
		db_note_works(c->db);
	forget_hooks(c);
	for (size_t i = 0; i < n; i++)
		answer(jobs[i], jobs[i]->result, jobs[i]->result ? &jobs[i]->error : NULL);
	if (tell)
		db_committed(c->db);
	return ANSWERED;
}

/* ---- threads ---- */

static bool is_closing(struct db *db)
{
	pthread_mutex_lock(&db->queue_lock);
	bool closing = db->closing;
	pthread_mutex_unlock(&db->queue_lock);
	return closing;
}

static enum err reconnect(struct db_writer *w, struct error *e)
{
	struct db *db = w->db;
	if (w->conn && !w->conn->lost)
		return ERR_OK;
	if (w->conn) {
		arena_free(w->conn->batch);
		db->ops->disconnect(w->conn);
		w->conn = NULL;
	}
	usec start = db_monotonic(), pause = 50000;
	for (;;) {
		enum err err = db->ops->connect(db, DB_WRITER, &w->conn, e);
		if (!err) {
			w->conn->batch = arena_new();
			return ERR_OK;
		}
		w->conn = NULL;
		db_note_failure(db, e, 0);
		if (db_monotonic() - start > RECONNECT_TIME || is_closing(db))
			return err;
		struct timespec t = {.tv_nsec = (long)pause * 1000};
		nanosleep(&t, NULL);
		pause = pause < 400000 ? pause * 2 : 800000;
	}
}

static void run_batch(struct db_writer *w, struct db_job **jobs, size_t n)
{
	enum mode mode = PLAIN;
	struct patience p = {.start = db_monotonic()};
	for (; n > 0; p.tries++) {
		struct error e;
		enum err err = reconnect(w, &e);
		if (err) {
			db_note_failure(w->db, &e, n);
			answer_all(jobs, n, err, &e);
			return;
		}
		size_t count = n;
		switch (try_batch(w->conn, jobs, &count, mode, &p)) {
		case ANSWERED:
			jobs += count;
			n -= count;
			p = (struct patience){-1, db_monotonic()};
			mode = PLAIN;
			break;
		case AGAIN:
			break;
		case WITH_SAVEPOINTS:
			mode = SAVEPOINTS;
			break;
		case ONE_BY_ONE:
			for (size_t i = 0; i < n; i++)
				run_batch(w, &jobs[i], 1);
			return;
		}
	}
}

void db_stats(struct db *db, struct db_stats *out)
{
	pthread_mutex_lock(&db->queue_lock);
	*out =
	    (struct db_stats){.queued = db->n_queued, .batches = db->n_batches, .jobs = db->n_jobs};
	pthread_mutex_unlock(&db->queue_lock);
}

/* Takes what is queued, waiting only when that is nothing. 0: closing. */
static size_t take(struct db_writer *w)
{
	struct db *db = w->db;
	size_t n = 0;
	pthread_mutex_lock(&db->queue_lock);
	while (!db->head && !db->closing)
		pthread_cond_wait(&db->queue_filled, &db->queue_lock);
	while (db->head && n < (size_t)db->opt.batch_max) {
		struct db_job *job = db->head;
		db->head = job->next;
		w->jobs[n++] = job;
	}
	if (!db->head)
		db->tail = &db->head;
	db->n_queued -= (int)n;
	db->n_batches += n > 0;
	db->n_jobs += (int64_t)n;
	pthread_mutex_unlock(&db->queue_lock);
	return n;
}

static void *writer_main(void *arg)
{
	struct db_writer *w = arg;
	struct db *db = w->db;
	for (;;) {
		size_t n = take(w);
		if (n == 0)
			break;
		run_batch(w, w->jobs, n);
		if (w->conn && !w->conn->lost && db->ops->rest) {
			pthread_mutex_lock(&db->queue_lock);
			bool idle = !db->head;
			pthread_mutex_unlock(&db->queue_lock);
			db->ops->rest(w->conn, idle);
		}
	}
	return NULL;
}

enum err db_writers_start(struct db *db, struct error *e)
{
	int n = db->ops->engine == DB_SQLITE ? 1 : db->opt.writers;
	db->writers = ARENA_ARRAY(db->arena, (size_t)n, struct db_writer);
	for (int i = 0; i < n; i++) {
		struct db_writer *w = &db->writers[i];
		w->db = db;
		w->jobs = ARENA_ARRAY(db->arena, (size_t)db->opt.batch_max, struct db_job *);
		/* The first connects here, so that a wrong address shows at once. */
		if (i == 0) {
			enum err err = db->ops->connect(db, DB_WRITER, &w->conn, e);
			if (err)
				return err;
			w->conn->batch = arena_new();
		}
		int rc = pthread_create(&w->thread, NULL, writer_main, w);
		if (rc != 0) {
			if (w->conn) {
				arena_free(w->conn->batch);
				db->ops->disconnect(w->conn);
			}
			return error_detail(e, ERR_INTERNAL, "no thread for the writer: %s",
			                    strerrordesc_np(rc));
		}
		pthread_setname_np(w->thread, "writer");
		db->n_writers++;
	}
	return ERR_OK;
}

void db_writers_stop(struct db *db)
{
	pthread_mutex_lock(&db->queue_lock);
	db->closing = true;
	pthread_cond_broadcast(&db->queue_filled);
	pthread_mutex_unlock(&db->queue_lock);
	for (int i = 0; i < db->n_writers; i++) {
		struct db_writer *w = &db->writers[i];
		pthread_join(w->thread, NULL);
		if (w->conn) {
			arena_free(w->conn->batch);
			db->ops->disconnect(w->conn);
		}
	}
	db->n_writers = 0;
}

/* ---- submitting ---- */

enum err db_submit(struct db *db, struct db_job *job)
{
	enum err err = ERR_OK;
	job->next = NULL;
	pthread_mutex_lock(&db->queue_lock);
	if (db->closing || db->n_writers == 0 || db->n_queued >= db->opt.queue_max) {
		err = ERR_BUSY;
	} else {
		*db->tail = job;
		db->tail = &job->next;
		db->n_queued++;
		pthread_cond_signal(&db->queue_filled);
	}
	pthread_mutex_unlock(&db->queue_lock);
	return err;
}

struct waiting {
	struct db_job job;
	enum err (*run)(void *arg, struct db_conn *tx, struct error *e);
	void *arg;
	struct error *e;
	enum err result;
	bool ready;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static enum err waiting_run(struct db_job *job, struct db_conn *tx, struct error *e)
{
	struct waiting *w = CONTAINER_OF(job, struct waiting, job);
	return w->run(w->arg, tx, e);
}

static void waiting_done(struct db_job *job, enum err result, const struct error *e)
{
	struct waiting *w = CONTAINER_OF(job, struct waiting, job);
	pthread_mutex_lock(&w->lock);
	w->result = result;
	if (result && w->e)
		*w->e = *e;
	w->ready = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

enum err db_write(struct db *db, enum err (*run)(void *arg, struct db_conn *tx, struct error *e),
                  void *arg, struct error *e)
{
	struct waiting w = {
	    .job = {.run = waiting_run, .done = waiting_done}, .run = run, .arg = arg, .e = e};
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.changed, NULL);
	enum err err = db_submit(db, &w.job);
	if (err) {
		db_error(e, err, "error.busy", NULL, "the queue of writes is full or closed");
	} else {
		pthread_mutex_lock(&w.lock);
		while (!w.ready)
			pthread_cond_wait(&w.changed, &w.lock);
		pthread_mutex_unlock(&w.lock);
		err = w.result;
	}
	pthread_cond_destroy(&w.changed);
	pthread_mutex_destroy(&w.lock);
	return err;
}

void db_at_batch_end(struct db_conn *tx,
                     enum err (*fn)(struct db_conn *tx, void *arg, struct error *e), void *arg)
{
	assert(tx->batch); /* a reader has no batch */
	*vec_push(tx->batch, &tx->hooks) = (struct db_hook){fn, arg};
}

void **db_batch_slot(struct db_conn *tx)
{
	assert(tx->batch);
	return &tx->slot;
}

void *db_at_batch_end_nth(const struct db_conn *tx,
                          enum err (*fn)(struct db_conn *tx, void *arg, struct error *e), size_t n)
{
	for (size_t i = 0; i < tx->hooks.n; i++)
		if (tx->hooks.p[i].fn == fn && n-- == 0)
			return tx->hooks.p[i].arg;
	return NULL;
}

struct arena *db_batch_arena(struct db_conn *tx)
{
	assert(tx->batch);
	return tx->batch;
}
