/* db.c: life of a database, its pool of readers, and the calls that are the
 * same for both engines. See db.h; the writer is in writer.c. */
#include "db/db_internal.h"

#include <assert.h>
#include <unistd.h>

#define READ_TRIES 5 /* 0, 0, 50, 100, 200, 400 ms apart */
#define READ_TRY_TIME USEC_SECOND
#define FAIL_FAST (USEC_SECOND / 2)

/* ---- helpers for the engines ---- */

void db_log(struct db *db, const char *event, const struct error *e)
{
	if (db->opt.log)
		db->opt.log(db->opt.log_arg, event, e);
}

usec db_monotonic(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (usec)t.tv_sec * USEC_SECOND + t.tv_nsec / 1000;
}

enum err db_error(struct error *e, enum err code, const char *key, const char *arg,
                  const char *detail)
{
	error_set(e, code, key, NULL, arg);
	if (e) {
		str cut = str_cut_utf8(str_of(detail), sizeof e->detail - 1);
		snprintf(e->detail, sizeof e->detail, "%.*s", STR_FMT(cut));
	}
	return code;
}

void db_rows_fail(struct db_rows *r, enum err code, const struct error *e)
{
	if (r->failed)
		return;
	r->failed = code;
	r->error = *e;
	if (!r->conn->failed) {
		r->conn->failed = true;
		r->conn->first = *e;
	}
}

bool db_args_check(struct db_rows *r, struct db_args args)
{
	for (size_t i = 0; i < args.n; i++) {
		const struct db_val *v = &args.v[i];
		if (v->type != DB_TEXT || v->s.n == 0)
			continue;
		if (!memchr(v->s.p, 0, v->s.n) && str_is_utf8(v->s))
			continue;
		struct error e;
		char detail[64];
		snprintf(detail, sizeof detail, "parameter %zu is not UTF-8 without NUL", i + 1);
		db_error(&e, ERR_INVALID, "error.bad_text", NULL, detail);
		db_rows_fail(r, ERR_INVALID, &e);
		return false;
	}
	return true;
}

unsigned db_param_number(const char *name)
{
	if (!name || (name[0] != '$' && name[0] != '?'))
		return 0;
	int64_t n;
	return str_to_i64(str_of(name + 1), &n) && n > 0 && n < 1000 ? (unsigned)n : 0;
}

/* ---- life ---- */

static enum err parse_url(struct db *db, struct error *e)
{
	str url = db->opt.url;
	if (str_starts(url, STR("postgres://")) || str_starts(url, STR("postgresql://"))) {
		db->ops = &DB_OPS_PG;
		db->target = str_z(db->arena, url);
		return ERR_OK;
	}
	if (str_starts(url, STR("sqlite:"))) {
		str path = str_from(url, 7);
		if (str_starts(path, STR("///")))
			path = str_from(path, 2);
		if (path.n && path.p[0] != ':' && !memchr(path.p, 0, path.n)) {
			db->ops = &DB_OPS_SQLITE;
			db->target = str_z(db->arena, path);
			return ERR_OK;
		}
	}
	/* The URL may hold a password: it is not repeated. */
	return error_set(e, ERR_INVALID, "error.db_url", "db.url", NULL);
}

static void random_id(struct db *db)
{
	unsigned char bytes[16];
	if (getentropy(bytes, sizeof bytes) != 0)
		abort(); /* no kernel that we run on lacks it */
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(db->id + 2 * i, 3, "%02x", bytes[i]);
}

static void db_free(struct db *db)
{
	while (db->idle) {
		struct db_conn *c = db->idle;
		db->idle = c->next;
		db->n_open--;
		db->ops->disconnect(c);
	}
	assert(db->n_open == 0); /* a reader that was never given back */
	pthread_mutex_destroy(&db->pool_lock);
	pthread_cond_destroy(&db->pool_free);
	pthread_mutex_destroy(&db->queue_lock);
	pthread_cond_destroy(&db->queue_filled);
	pthread_mutex_destroy(&db->commit_lock);
	pthread_mutex_destroy(&db->health_lock);
	arena_free(db->arena);
	free(db);
}

enum err db_open(const struct db_options *opt, struct db **out, struct error *e)
{
	struct db *db = xcalloc(1, sizeof *db);
	db->arena = arena_new();
	db->opt = *opt;
	db->opt.url = str_dup(db->arena, opt->url);
	if (db->opt.readers <= 0)
		db->opt.readers = 4;
	if (db->opt.writers <= 0)
		db->opt.writers = 2;
	if (db->opt.batch_max <= 0)
		db->opt.batch_max = 64;
	if (db->opt.queue_max <= 0)
		db->opt.queue_max = 10000;
	if (db->opt.busy_timeout <= 0)
		db->opt.busy_timeout = 10 * USEC_SECOND;
	if (db->opt.timeout <= 0)
		db->opt.timeout = 30 * USEC_SECOND;
	if (db->opt.poll <= 0)
		db->opt.poll = 2 * USEC_SECOND;
	db->tail = &db->head;
	pthread_mutex_init(&db->pool_lock, NULL);
	pthread_cond_init(&db->pool_free, NULL);
	pthread_mutex_init(&db->queue_lock, NULL);
	pthread_cond_init(&db->queue_filled, NULL);
	pthread_mutex_init(&db->commit_lock, NULL);
	pthread_mutex_init(&db->health_lock, NULL);
	random_id(db);
	enum err err = parse_url(db, e);
	if (!err && !db->opt.read_only)
		err = db_writers_start(db, e);
	if (!err) {
		/* The first reader shows now whether the database can be read. */
		struct db_conn *c;
		err = db->ops->connect(db, DB_READER, &c, e);
		if (!err) {
			db->idle = c;
			db->n_open = 1;
		}
	}
	if (err) {
		db_writers_stop(db);
		db_free(db);
		return err;
	}
	*out = db;
	return ERR_OK;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db_writers_stop(db);
	if (db->listener)
		db->ops->unlisten(db);
	db_free(db);
}

enum db_engine db_engine_of(const struct db *db)
{
	return db->ops->engine;
}

void db_on_commit(struct db *db, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&db->commit_lock);
	db->on_commit = fn;
	db->on_commit_arg = arg;
	pthread_mutex_unlock(&db->commit_lock);
	struct error e;
	if (db->ops->listen && !db->listener && db->ops->listen(db, &e))
		db_log(db, "db_listen_failed", &e);
}

void db_committed(struct db *db)
{
	pthread_mutex_lock(&db->commit_lock);
	if (db->on_commit)
		db->on_commit(db->on_commit_arg);
	pthread_mutex_unlock(&db->commit_lock);
}

/* ---- health ---- */

void db_note_works(struct db *db)
{
	pthread_mutex_lock(&db->health_lock);
	bool changed = db->health.failing;
	struct error e = db->health.error;
	if (changed) {
		int64_t ms = (db_monotonic() - db->failing_since) / 1000;
		snprintf(e.detail, sizeof e.detail, "%lld failed in %lld ms",
		         (long long)db->health.failures, (long long)ms);
	}
	db->health = (struct db_health){.failing = false};
	pthread_mutex_unlock(&db->health_lock);
	if (changed)
		db_log(db, "db_works_again", &e);
}

void db_note_failure(struct db *db, const struct error *e, size_t n)
{
	/* What one job asked in vain says nothing of the next one. */
	if (e->code != ERR_DB)
		return;
	pthread_mutex_lock(&db->health_lock);
	bool changed = !db->health.failing;
	if (changed)
		db->failing_since = db_monotonic();
	db->health.failing = true;
	db->health.failures += (int64_t)n;
	db->health.error = *e;
	pthread_mutex_unlock(&db->health_lock);
	if (changed)
		db_log(db, "db_failing", e);
}

void db_health(struct db *db, struct db_health *out)
{
	pthread_mutex_lock(&db->health_lock);
	*out = db->health;
	if (out->failing)
		out->lasted = db_monotonic() - db->failing_since;
	pthread_mutex_unlock(&db->health_lock);
}

enum err db_touch(struct db_conn *tx, struct error *e)
{
	return tx->ops->touch(tx, e);
}

/* ---- readers ---- */

static void drop_reader(struct db *db, struct db_conn *c)
{
	if (c)
		db->ops->disconnect(c);
	pthread_mutex_lock(&db->pool_lock);
	db->n_open--;
	pthread_cond_signal(&db->pool_free);
	pthread_mutex_unlock(&db->pool_lock);
}

/* An idle connection, or NULL and the right to open one. */
static enum err take_reader(struct db *db, struct db_conn **out, struct error *e)
{
	enum err err = ERR_OK;
	pthread_mutex_lock(&db->pool_lock);
	while (!db->idle && db->n_open >= db->opt.readers)
		pthread_cond_wait(&db->pool_free, &db->pool_lock);
	*out = db->idle;
	if (*out) {
		db->idle = (*out)->next;
	} else if (db->fail_fast_until && db_monotonic() < db->fail_fast_until) {
		*e = db->read_error;
		err = e->code;
		pthread_cond_signal(&db->pool_free);
	} else {
		db->n_open++;
	}
	pthread_mutex_unlock(&db->pool_lock);
	return err;
}

/* A connection more cannot be had, for example because the server's are all taken: those that
 * there are serve the others. Gives the right to open one back. False: there are none. */
static bool wait_for_another(struct db *db, struct db_conn **out)
{
	pthread_mutex_lock(&db->pool_lock);
	bool others = db->n_open > 1;
	if (others) {
		db->n_open--;
		while (!db->idle && db->n_open > 0)
			pthread_cond_wait(&db->pool_free, &db->pool_lock);
		*out = db->idle;
		if (*out)
			db->idle = (*out)->next;
		else
			db->n_open++;
	}
	pthread_mutex_unlock(&db->pool_lock);
	return others && *out;
}

static void fail_fast(struct db *db, const struct error *e)
{
	pthread_mutex_lock(&db->pool_lock);
	db->read_error = *e;
	db->fail_fast_until = db_monotonic() + FAIL_FAST;
	pthread_mutex_unlock(&db->pool_lock);
}

static enum err connect_reader(struct db *db, struct db_conn **out, struct error *e)
{
	enum err err = db->ops->connect(db, DB_READER, out, e);
	if (err) {
		*out = NULL;
		return err;
	}
	pthread_mutex_lock(&db->pool_lock);
	db->fail_fast_until = 0;
	pthread_mutex_unlock(&db->pool_lock);
	return ERR_OK;
}

enum err db_read_begin(struct db *db, struct db_conn **out, struct error *e)
{
	struct db_conn *c;
	struct error why = {0};
	enum err err = take_reader(db, &c, &why);
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	usec start = db_monotonic();
	for (int tries = 0;; tries++) {
		bool refused = false;
		err = ERR_OK;
		if (!c)
			err = connect_reader(db, &c, &why);
		if (err)
			refused =
			    (tries > 0 || db->ops->engine != DB_PG) && wait_for_another(db, &c);
		if (c) {
			c->failed = c->retry = c->keeps = false;
			err = db->ops->begin(c, false, &why);
			if (!err) {
				*out = c;
				return ERR_OK;
			}
		}
		/* A server that restarts is back in a moment; one that is away is not. */
		if ((c && !c->lost) || db->ops->engine != DB_PG || tries >= READ_TRIES ||
		    db_monotonic() - start > READ_TRY_TIME) {
			if (db->ops->engine == DB_PG && (!c || c->lost))
				fail_fast(db, &why);
			drop_reader(db, c);
			if (e)
				*e = why;
			return err;
		}
		if (c)
			db->ops->disconnect(c);
		c = NULL;
		struct timespec t = {.tv_nsec = 25000000L << tries};
		if (tries > 0 && !refused)
			nanosleep(&t, NULL);
	}
}

void db_read_end(struct db *db, struct db_conn *c)
{
	assert(c->cursors == 0);
	db->ops->rollback(c); /* nothing was written */
	if (c->lost) {
		drop_reader(db, c);
		return;
	}
	pthread_mutex_lock(&db->pool_lock);
	c->next = db->idle;
	db->idle = c;
	pthread_cond_signal(&db->pool_free);
	pthread_mutex_unlock(&db->pool_lock);
}

/* ---- statements ---- */

/* A composed statement is taken for one that changes anything, unless it only reads. */
static bool only_reads(str sql)
{
	return str_starts_nocase(sql, STR("SELECT "));
}

static void rows_init(struct db_rows *r, struct db_conn *c, const struct db_query *q, str sql)
{
	r->conn = c;
	r->leaves_kept = q ? q->leaves_kept : only_reads(sql);
	r->kept = NULL;
	r->stmt = NULL;
	r->row = -1;
	r->failed = ERR_OK;
	c->cursors++;
}

void db_rows_open(struct db_rows *r, struct db_conn *c, const struct db_query *q,
                  struct db_args args)
{
	assert(q->n_params == args.n);
	assert(!q->gives_rowid || !c->ops->last_id);
	rows_init(r, c, q, STR_NONE);
	if (!db_args_check(r, args))
		return;
	if (db_kept_here(c, q))
		db_kept_open(r, q, args);
	else
		c->ops->open(r, q, STR_NONE, args, false);
}

void db_rows_open_text(struct db_rows *r, struct db_conn *c, str sql, struct db_args args)
{
	rows_init(r, c, NULL, sql);
	if (db_args_check(r, args))
		c->ops->open(r, NULL, sql, args, false);
}

bool db_rows_next(struct db_rows *r)
{
	if (r->kept ? !db_kept_next(r) : r->failed || !r->stmt || !r->conn->ops->next(r))
		return false;
	r->row++;
	return true;
}

static enum err rows_close(struct db_rows *r, int64_t *changes, struct error *e)
{
	int64_t n = r->stmt ? r->conn->ops->close(r) : 0;
	r->stmt = NULL;
	r->conn->cursors--;
	if (!r->leaves_kept)
		db_kept_clear(r->conn);
	if (changes)
		*changes = n;
	if (r->failed && e)
		*e = r->error;
	return r->failed;
}

enum err db_rows_close(struct db_rows *r, struct error *e)
{
	return rows_close(r, NULL, e);
}

bool db_is_null(struct db_rows *r, int col)
{
	return r->kept ? db_kept_is_null(r, col) : r->conn->ops->is_null(r, col);
}

int64_t db_get_int(struct db_rows *r, int col)
{
	return r->kept ? db_kept_get_int(r, col) : r->conn->ops->get_int(r, col);
}

double db_get_real(struct db_rows *r, int col)
{
	return r->kept ? db_kept_get_real(r, col) : r->conn->ops->get_real(r, col);
}

str db_get_str(struct db_rows *r, int col)
{
	return r->kept ? db_kept_get_str(r, col) : r->conn->ops->get_str(r, col);
}

str db_dup_str(struct arena *a, struct db_rows *r, int col)
{
	return str_dup(a, db_get_str(r, col));
}

static enum err exec(struct db_conn *c, const struct db_query *q, str sql, struct db_args args,
                     int64_t *changes, struct error *e)
{
	struct db_rows r;
	rows_init(&r, c, q, sql);
	if (db_args_check(&r, args))
		c->ops->open(&r, q, sql, args, true);
	while (db_rows_next(&r))
		;
	return rows_close(&r, changes, e);
}

enum err db_exec(struct db_conn *c, const struct db_query *q, struct db_args args, int64_t *changes,
                 struct error *e)
{
	assert(q->n_params == args.n);
	return exec(c, q, STR_NONE, args, changes, e);
}

enum err db_exec_text(struct db_conn *c, str sql, struct db_args args, int64_t *changes,
                      struct error *e)
{
	return exec(c, NULL, sql, args, changes, e);
}

enum err db_exec_later(struct db_conn *c, const struct db_query *q, struct db_args args,
                       struct error *e)
{
	if (!c->ops->later)
		return db_exec(c, q, args, NULL, e);
	assert(q->n_params == args.n);
	struct db_rows r;
	rows_init(&r, c, q, STR_NONE);
	if (db_args_check(&r, args) && c->ops->later(c, q, args, &r.error))
		db_rows_fail(&r, r.error.code, &r.error);
	return rows_close(&r, NULL, e);
}

void db_look_ahead(struct db_conn *c, const struct db_query *q, struct db_args args)
{
	assert(q->n_params == args.n);
	if (c->ops->look_ahead && !c->failed && !db_kept_known(c, q, args))
		c->ops->look_ahead(c, q, args);
}

enum err db_one_int(struct db_conn *c, const struct db_query *q, struct db_args args, int64_t *out,
                    struct error *e)
{
	assert(q->n_params == args.n);
	struct db_rows r;
	rows_init(&r, c, q, STR_NONE);
	if (db_args_check(&r, args))
		c->ops->open(&r, q, STR_NONE, args, true);
	int n = 0;
	int64_t made = 0;
	while (db_rows_next(&r))
		if (n++ == 0)
			*out = db_get_int(&r, 0);
	enum err err = rows_close(&r, &made, e);
	if (err)
		return err;
	if (q->gives_rowid && c->ops->last_id) {
		assert(made == 1);
		*out = c->ops->last_id(c);
		return ERR_OK;
	}
	if (n == 0)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if (n > 1)
		return error_detail(e, ERR_INTERNAL, "query %s gave %d rows instead of one",
		                    q->name, n);
	return ERR_OK;
}

enum db_engine db_conn_engine(const struct db_conn *c)
{
	return c->ops->engine;
}

enum err db_lock(struct db_conn *tx, const char *kind, int64_t id, struct error *e)
{
	/* What the batch has kept may be old by now. */
	if (tx->ops->lock)
		db_kept_clear(tx);
	return db_lock_row(tx, kind, id, e);
}

enum err db_lock_row(struct db_conn *tx, const char *kind, int64_t id, struct error *e)
{
	return tx->ops->lock ? tx->ops->lock(tx, kind, id, e) : ERR_OK;
}
