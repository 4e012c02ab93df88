/* db.h: one interface to SQLite and PostgreSQL.
 *
 * Invariants
 *  - Reads run on reader connections and never wait for writers.
 *  - All writes are jobs. A writer takes what is queued (it never waits for
 *    more), runs each job inside a savepoint of one transaction, commits once,
 *    and only then answers: done() with ERR_OK means durable (WAL + synchronous
 *    FULL; synchronous_commit = on).
 *  - A job may run more than once (a batch is replayed after a failure, a
 *    serialization conflict is retried), so run() has no effect outside its
 *    transaction and its own arena, which it must be able to fill anew.
 *  - A failed COMMIT fails every job of the batch.
 *  - A job in which a statement failed is rolled back and fails with that
 *    error even when run() returns ERR_OK: PostgreSQL ends a transaction at the
 *    first failed statement. Where a conflict is expected, write ON CONFLICT.
 *  - SQL is text with $1.. placeholders; values are always bound.
 */
#ifndef OTKLIK_DB_DB_H
#define OTKLIK_DB_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct db;      /* an open database: reader pool and writers */
struct db_conn; /* one connection, inside a read snapshot or a job's transaction */

enum db_engine { DB_SQLITE, DB_PG };

/* ---- values ---- */

enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB };

struct db_val {
	enum db_type type;
	union {
		int64_t i;
		double r;
		str s;
	};
};

static inline struct db_val db_null(void)
{
	return (struct db_val){.type = DB_NULL};
}
static inline struct db_val db_int(int64_t i)
{
	return (struct db_val){.type = DB_INT, .i = i};
}
/* An id or time where 0 means "none": bound as NULL. */
static inline struct db_val db_id(int64_t i)
{
	return i ? db_int(i) : db_null();
}
static inline struct db_val db_real(double r)
{
	return (struct db_val){.type = DB_REAL, .r = r};
}
static inline struct db_val db_text(str s)
{
	return (struct db_val){.type = DB_TEXT, .s = s};
}
/* Text where "" means "none": bound as NULL. */
static inline struct db_val db_text_opt(str s)
{
	return s.n ? db_text(s) : db_null();
}
static inline struct db_val db_blob(str s)
{
	return (struct db_val){.type = DB_BLOB, .s = s};
}

/* ---- queries ---- */

/* A named query, made at build time from sql/queries/ (tools/gen_queries.py). */
struct db_query {
	const char *name;
	const char *sql[2]; /* by enum db_engine */
	unsigned id;        /* index of its prepared statement on each connection */
	unsigned n_params;
	/* An insert whose RETURNING id is left out in SQLite: only for db_one_int, which knows. */
	bool gives_rowid;
	/* "-- kept" in its file: a batch of writes asks it once with the same args, since what it
	 * reads seldom changes: see db_kept_clear. */
	bool kept;
	bool kept_long;   /* and a reader: db_keep_while */
	bool leaves_kept; /* writes nothing, or only rows of the daily traffic */
};

struct db_args {
	const struct db_val *v;
	size_t n;
};
#define DB_ARGS(...)                                                                               \
	((struct db_args){(const struct db_val[]){__VA_ARGS__},                                    \
	                  sizeof((const struct db_val[]){__VA_ARGS__}) / sizeof(struct db_val)})
#define DB_NO_ARGS ((struct db_args){NULL, 0})

/* A cursor over the rows of one query. Text and blobs of a row are valid until
 * the next db_rows_next; copy what must live longer into an arena. */
struct db_rows {
	struct db_conn *conn;
	void *stmt;
	int row;
	bool leaves_kept;
	const struct db_kept *kept; /* NULL: the rows come from the engine */
	enum err failed;
	struct error error;
};

/* Runs the query; the number of args must be the query's (asserted). Always
 * followed by db_rows_close, which returns the first error met. The args need
 * not outlive the call. A text with NUL or that is not UTF-8 is refused
 * (ERR_INVALID, key "error.bad_text") on both engines. The same query may be
 * open twice, one inside the loop over the other. */
void db_rows_open(struct db_rows *r, struct db_conn *c, const struct db_query *q,
                  struct db_args args);
/* The same for SQL composed at run time out of fixed fragments (lists with
 * filters). Never put a value into the text. Prepared and cached by its text. */
void db_rows_open_text(struct db_rows *r, struct db_conn *c, str sql, struct db_args args);
bool db_rows_next(struct db_rows *r);
enum err db_rows_close(struct db_rows *r, struct error *e) MUST_USE;

bool db_is_null(struct db_rows *r, int col);
int64_t db_get_int(struct db_rows *r, int col); /* NULL gives 0 */
double db_get_real(struct db_rows *r, int col);
str db_get_str(struct db_rows *r, int col); /* text or blob; NULL gives STR_NONE */
str db_dup_str(struct arena *a, struct db_rows *r, int col);

/* A statement without rows. changes may be NULL: rows affected. A violated
 * unique constraint gives ERR_CONFLICT (key "error.exists", arg = its name as
 * PostgreSQL makes it: "tag_name_fold_key", "ticket_pkey"; so name an index of
 * one's own after <table>_<columns>_key), a violated foreign key ERR_INVALID
 * (key "error.no_such_reference"). Another broken CHECK or NOT NULL is a bug:
 * ERR_INTERNAL. A time-out or lock gives ERR_BUSY, anything else ERR_DB. */
enum err db_exec(struct db_conn *c, const struct db_query *q, struct db_args args, int64_t *changes,
                 struct error *e) MUST_USE;
enum err db_exec_text(struct db_conn *c, str sql, struct db_args args, int64_t *changes,
                      struct error *e) MUST_USE;
/* A statement that cannot fail but by our own fault (no unique constraint that anybody could
 * meet), and whose rows and number of changes nobody wants: PostgreSQL is not waited for. It is
 * sent with the statement after it; what it failed of, that one or the COMMIT tells, and the job
 * has failed. */
enum err db_exec_later(struct db_conn *c, const struct db_query *q, struct db_args args,
                       struct error *e) MUST_USE;
/* This query is going to be asked with the same args, by db_rows_open or db_one_int, before
 * anything is written: several of these travel to PostgreSQL together with the next statement that
 * is waited for. Only speed; what nobody then asks for costs a little. */
void db_look_ahead(struct db_conn *c, const struct db_query *q, struct db_args args);
/* A statement that gives exactly one row with one integer (INSERT ... RETURNING
 * id, SELECT count(*)). No row: ERR_NOT_FOUND. */
enum err db_one_int(struct db_conn *c, const struct db_query *q, struct db_args args, int64_t *out,
                    struct error *e) MUST_USE;

enum db_engine db_conn_engine(const struct db_conn *c);
/* Locks one object of this kind and id until the job's transaction ends, so
 * that what the job read about it stays true. No-op on SQLite (one writer);
 * an advisory transaction lock on PostgreSQL. Call it before reading. A job
 * that locks several objects takes them by ascending id: else two writers may
 * wait for one another until the server notices and one job runs again. */
enum err db_lock(struct db_conn *tx, const char *kind, int64_t id, struct error *e) MUST_USE;
/* db_lock of what guards only rows of the daily traffic: a contact's address, a ticket. What the
 * batch has kept (db_kept_clear) is never of such rows and stays. */
enum err db_lock_row(struct db_conn *tx, const char *kind, int64_t id, struct error *e) MUST_USE;

/* ---- life ---- */

struct db_options {
	str url;           /* "sqlite:/path/to/file" or "postgres://..." */
	int readers;       /* reader connections, default 4 */
	int writers;       /* PostgreSQL only, default 2 (SQLite has one) */
	int batch_max;     /* jobs a transaction, default 64 */
	int queue_max;     /* jobs waiting before db_submit says busy, default 10000 */
	bool read_only;    /* no writer is started: for verify */
	usec busy_timeout; /* a statement waits so long for a lock, default 10 s */
	usec timeout;  /* PostgreSQL: of one statement, default 30 s; then the server ends it, or
	                * 2 s later, when it does not even say so, we leave the connection */
	usec poll;     /* backstop of db_on_commit between processes, default 2 s */
	void *log_arg; /* passed to log */
	void (*log)(void *arg, const char *event, const struct error *e);
};

/* Once, before anything else: SQLite need not count its memory, under one lock for all threads. */
void db_process_init(void);
/* Opens (and for SQLite creates) the database and starts the writers. */
enum err db_open(const struct db_options *opt, struct db **out, struct error *e) MUST_USE;
/* Runs what is queued, stops the writers, closes everything. */
void db_close(struct db *db);
enum db_engine db_engine_of(const struct db *db);

/* ---- reading ---- */

/* A reader connection from the pool, with a read transaction begun (one
 * snapshot until db_read_end). Waits for a free one; threads that read a lot
 * keep to one at a time. While a server cannot be reached, one caller tries and
 * the others fail at once with what it found. */
enum err db_read_begin(struct db *db, struct db_conn **out, struct error *e) MUST_USE;
void db_read_end(struct db *db, struct db_conn *c);

/* ---- writing ---- */

struct db_job {
	/* The change itself. An error rolls this job back and nobody else. No DDL
	 * and no transaction control in it. */
	enum err (*run)(struct db_job *job, struct db_conn *tx, struct error *e);
	/* After COMMIT (or after the failure), on the writer's thread: be short.
	 * e is NULL when result is ERR_OK. May free the job. */
	void (*done)(struct db_job *job, enum err result, const struct error *e);
	/* The writer's own. */
	struct db_job *next;
	enum err result;
	struct error error;
	size_t mark;
};

/* Queues a job, which stays owned by the caller until done(). ERR_BUSY when
 * the queue is full or the database closes (then done() is not called). */
enum err db_submit(struct db *db, struct db_job *job) MUST_USE;
/* Submits and waits, for threads that may block. */
enum err db_write(struct db *db, enum err (*run)(void *arg, struct db_conn *tx, struct error *e),
                  void *arg, struct error *e) MUST_USE;

/* Work at the end of the batch, before its COMMIT, in the order asked: the
 * event log numbers its rows there, under one lock. Dropped when the job that
 * asked is rolled back. If fn fails, the batch fails and is replayed. */
void db_at_batch_end(struct db_conn *tx,
                     enum err (*fn)(struct db_conn *tx, void *arg, struct error *e), void *arg);
/* The arg of the n-th (from 0) such work that the batch's jobs have asked for with this fn; NULL:
 * they asked for less. */
void *db_at_batch_end_nth(const struct db_conn *tx,
                          enum err (*fn)(struct db_conn *tx, void *arg, struct error *e), size_t n);
/* Lives until the batch is committed or failed. For what db_at_batch_end needs. */
struct arena *db_batch_arena(struct db_conn *tx);
/* A pointer that hooks of db_at_batch_end share, NULL at the batch's end when
 * the first one runs; a hook may ask for a further one, which runs last. */
void **db_batch_slot(struct db_conn *tx);
/* Answers of kept queries (struct db_query) live as long as the batch, so that its jobs do not each
 * ask for the same line, inbox or account: nearly every write asks where something belongs. They
 * are forgotten after any statement that may have written other rows than those of the daily
 * traffic, a roll-back, or a lock that another process may have held. This forgets them too: for a
 * verb that, behind a lock, decides by rows which another process may change. Readers keep nothing
 * but by db_keep_while. */
void db_kept_clear(struct db_conn *c);
/* A reader keeps the answers of some queries (kept_long) from one of its snapshots to the next, as
 * long as it is told the same mark, until db_read_end: the caller knows that what they read is on
 * this snapshot what it was on the others with this mark. mark 0: nothing is kept. */
void db_keep_while(struct db_conn *c, int64_t mark);
/* Are they kept here? False: a reader. */
bool db_keeps(const struct db_conn *c);
/* Called after every commit that held at least one db_at_batch_end, on the
 * writer's thread, after the answers; set before writes start. On PostgreSQL
 * also when another process notified (one NOTIFY a batch), from a listening
 * thread, and every `poll` as a backstop. Never called twice at once. */
void db_on_commit(struct db *db, void (*fn)(void *arg), void *arg);

struct db_stats {
	int64_t queued;        /* jobs that wait now */
	int64_t batches, jobs; /* taken up since the start */
};
void db_stats(struct db *db, struct db_stats *out);

/* Do writes reach the disk? What the last batches that had something to write showed; told to
 * the log ("db_failing", "db_works_again") when it changes, not at every failure. */
struct db_health {
	bool failing;
	struct error error; /* of the latest failure, when failing */
	int64_t failures;   /* jobs that failed since it began */
	usec lasted;        /* how long it has been failing */
};
void db_health(struct db *db, struct db_health *out);
/* In a job: writes something without meaning, so that its COMMIT must reach the disk. For who
 * asks whether the writer works. */
enum err db_touch(struct db_conn *tx, struct error *e) MUST_USE;

/* ---- what is deleted, off the disk ---- */

/* Outside transactions, on a connection of its own: takes the remains of deleted and changed rows
 * out of the database's files. SQLite: rewrites the file (VACUUM) when it has at most rewrite_max
 * bytes (a larger one relies on secure_delete), and empties the log of writes. PostgreSQL:
 * VACUUM of these tables; its own log and archives are the operator's. ERR_BUSY when readers or a
 * writer stood in the way for too long: do it again. */
enum err db_sweep(struct db *db, const char *const *tables, size_t n, int64_t rewrite_max,
                  struct error *e) MUST_USE;

/* ---- schema ---- */

struct db_migration {
	int version;
	const char *name;
	const char *sql[2]; /* several statements each */
};
/* Applies in order what is missing, each in its own transaction, under a lock
 * between processes; records it in schema_version. A database newer than the
 * list is refused (key "error.db_too_new"). *applied: how many. */
enum err db_migrate(struct db *db, const struct db_migration *list, size_t n, int *applied,
                    struct error *e) MUST_USE;
/* The newest migration in the database; an error, and *out 0, where none was ever applied. */
enum err db_schema_version(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;

#endif
