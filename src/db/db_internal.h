/* db_internal.h: what db.c, the writer and the two engines share.
 *
 * An engine fills one struct db_ops; its connection begins with a struct
 * db_conn. A connection is used by one thread at a time: the pool's and the
 * queue's mutex hand it over.
 */
#ifndef OTKLIK_DB_DB_INTERNAL_H
#define OTKLIK_DB_DB_INTERNAL_H

#include <pthread.h>

#include "base/buf.h"
#include "base/vec.h"
#include "db/db.h"

enum db_role { DB_READER, DB_WRITER, DB_MIGRATOR };
enum db_savepoint { DB_SP_SET, DB_SP_RELEASE, DB_SP_ROLLBACK };

struct db_ops {
	enum db_engine engine;
	enum err (*connect)(struct db *db, enum db_role role, struct db_conn **out,
	                    struct error *e);
	void (*disconnect)(struct db_conn *c);
	enum err (*begin)(struct db_conn *c, bool write, struct error *e);
	/* On failure the transaction may still be open; the caller rolls it back. */
	enum err (*commit)(struct db_conn *c, struct error *e);
	void (*rollback)(struct db_conn *c);
	/* False when the engine has ended the transaction by itself. */
	bool (*in_tx)(struct db_conn *c);
	enum err (*savepoint)(struct db_conn *c, enum db_savepoint what, struct error *e);
	/* Waits for what `later` and `lock` have queued. NULL, as the next two: nothing is queued.
	 */
	enum err (*flush)(struct db_conn *c, struct error *e);
	enum err (*later)(struct db_conn *c, const struct db_query *q, struct db_args args,
	                  struct error *e);
	void (*look_ahead)(struct db_conn *c, const struct db_query *q, struct db_args args);
	/* q or, when it is NULL, sql. keep: the args stay valid until close. */
	void (*open)(struct db_rows *r, const struct db_query *q, str sql, struct db_args args,
	             bool keep);
	bool (*next)(struct db_rows *r);
	int64_t (*close)(struct db_rows *r); /* rows changed by the statement */
	/* Of the row inserted last; NULL: the engine's inserts return it. */
	int64_t (*last_id)(struct db_conn *c);
	int (*columns)(struct db_rows *r);
	bool (*is_null)(struct db_rows *r, int col);
	int64_t (*get_int)(struct db_rows *r, int col);
	double (*get_real)(struct db_rows *r, int col);
	str (*get_str)(struct db_rows *r, int col);
	/* Several statements without parameters. */
	enum err (*script)(struct db_conn *c, const char *sql, struct error *e);
	/* Makes the transaction one that writes. */
	enum err (*touch)(struct db_conn *c, struct error *e);
	enum err (*lock)(struct db_conn *c, const char *kind, int64_t id, struct error *e);
	/* Tells other processes of the commit that follows; NULL: there are none. */
	enum err (*notify)(struct db_conn *c, struct error *e);
	/* Starts and stops hearing of other processes' commits; NULL as above. */
	enum err (*listen)(struct db *db, struct error *e);
	void (*unlisten)(struct db *db);
	/* Housekeeping of the writer's connection between batches; idle: nothing waits. */
	void (*rest)(struct db_conn *c, bool idle);
};

struct db_hook {
	enum err (*fn)(struct db_conn *tx, void *arg, struct error *e);
	void *arg;
};

struct db_conn {
	const struct db_ops *ops;
	struct db *db;
	struct db_conn *next; /* in the pool */
	int cursors;          /* open ones: must be none when the transaction ends */
	bool lost;            /* of no further use: to be thrown away */
	bool not_reached;     /* a COMMIT that failed was never tried: nothing is committed */
	/* The job that runs. */
	bool wrote;         /* something to roll back */
	bool failed;        /* a statement failed: the job cannot succeed any more ... */
	bool retry;         /* ... but may when it is run again (serialization, deadlock) */
	struct error first; /* why, when failed */
	int new_locks;      /* taken by this job */
	bool defer;         /* it would wait for a lock while the batch holds others */
	/* The batch that runs. */
	int locks; /* taken by its earlier jobs */
	bool batch_wrote;
	bool may_defer; /* a job runs that can be put off, not a hook */
	struct arena *batch;
	VEC(struct db_hook) hooks; /* in the batch's arena */
	void *slot;                /* of the hooks */
	struct db_kept *kept;      /* in the batch's arena, a reader's in kept_arena */
	size_t n_kept;
	/* A reader's: db_keep_while. */
	int64_t kept_mark;
	bool keeps;
	struct arena *kept_arena;
};

struct db_listener; /* of an engine */

struct db_writer {
	struct db *db;
	struct db_conn *conn; /* NULL: not connected */
	pthread_t thread;
	struct db_job **jobs; /* batch_max */
};

struct db {
	const struct db_ops *ops;
	struct arena *arena; /* of what lives as long as the database */
	struct db_options opt;
	const char *target; /* path of the file, or the URL */
	char id[33];        /* of this handle, random: tells own notifications */

	pthread_mutex_t pool_lock;
	pthread_cond_t pool_free;
	struct db_conn *idle;
	int n_open;              /* readers, idle or lent */
	usec fail_fast_until;    /* monotonic: nobody else need try to connect before */
	struct error read_error; /* what the one who tried found */

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_filled;
	struct db_job *head, **tail;
	int n_queued;
	int64_t n_batches, n_jobs; /* taken up since the start */
	bool closing;
	struct db_writer *writers;
	int n_writers;

	pthread_mutex_t health_lock;
	struct db_health health;
	usec failing_since; /* monotonic */

	pthread_mutex_t commit_lock; /* on_commit is never called twice at once */
	void (*on_commit)(void *arg);
	void *on_commit_arg;
	struct db_listener *listener;
};

extern const struct db_ops DB_OPS_SQLITE;
extern const struct db_ops DB_OPS_PG;

/* kept.c: is the answer of this query kept on this connection? */
bool db_kept_here(const struct db_conn *c, const struct db_query *q);
bool db_kept_known(const struct db_conn *c, const struct db_query *q, struct db_args args);
/* Instead of the engine's, for a cursor over rows that the batch keeps */
void db_kept_open(struct db_rows *r, const struct db_query *q, struct db_args args);
bool db_kept_next(const struct db_rows *r);
bool db_kept_is_null(const struct db_rows *r, int col);
int64_t db_kept_get_int(const struct db_rows *r, int col);
double db_kept_get_real(const struct db_rows *r, int col);
str db_kept_get_str(const struct db_rows *r, int col);

/* writer.c */
enum err db_writers_start(struct db *db, struct error *e);
void db_writers_stop(struct db *db);
/* db.c */
void db_log(struct db *db, const char *event, const struct error *e);
void db_committed(struct db *db); /* calls on_commit */
usec db_monotonic(void);
/* A batch has written and committed, or failed with n jobs by the engine's or the disk's doing. */
void db_note_works(struct db *db);
void db_note_failure(struct db *db, const struct error *e, size_t n);
/* As error_set, with English words for the log. */
enum err db_error(struct error *e, enum err code, const char *key, const char *arg,
                  const char *detail);
/* What was met first in a job or cursor; keeps r->error and c->first. */
void db_rows_fail(struct db_rows *r, enum err code, const struct error *e);
/* False and a failed cursor when a text cannot be stored by both engines. */
bool db_args_check(struct db_rows *r, struct db_args args);
/* The number in "$12" or "?12"; 0 for anything else. */
unsigned db_param_number(const char *name);

#endif
