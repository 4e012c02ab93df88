/* pg_internal.h: what the PostgreSQL engine's files share. */
#ifndef OTKLIK_DB_PG_INTERNAL_H
#define OTKLIK_DB_PG_INTERNAL_H

#include <libpq-fe.h>

#include "db/db_internal.h"

#define PG_CHANNEL "otklik" /* of notifications; they stay within one database */

struct pg_stmt;

#define PG_TEXTS_MAX 64 /* statements cached by their text */
#define PG_OWED_MAX 48  /* answers not read yet */
#define PG_AHEAD_MAX 24 /* answers read before they are asked for */

/* What the server still has to say, in its order. */
enum pg_owed {
	PG_OWED_MINE = -1,  /* the answer of the statement that is waited for */
	PG_OWED_CHECK = -2, /* only whether it worked */
	PG_OWED_SYNC = -3,
	/* from 0 on: the place in `ahead` */
};

/* A statement that was sent before it is asked for. */
struct pg_ahead {
	const struct db_query *q;
	str args; /* as sent, in `ahead_args` */
	PGresult *res;
};

struct pg {
	struct db_conn base;
	PGconn *conn;
	struct pg_stmt **by_id;
	size_t n_by_id;
	struct pg_stmt *texts[PG_TEXTS_MAX];
	uint64_t uses;
	unsigned names;     /* prepared statements so far: each has a name of its own */
	bool reader;        /* DB_READER: what it asks between two syncs is one transaction */
	bool writer;        /* a server that refuses writes is of no use to it */
	bool timed_out;     /* nothing came back in time: lost */
	usec timeout;       /* of one statement, as seen from here; 0: none */
	bool fresh;         /* nothing of this transaction was answered yet */
	bool stale;         /* the schema has changed under the prepared statements */
	struct buf scratch; /* parameters of the statement that runs, zero-terminated */
	const char *begin;  /* goes out with the first statement; NULL: begun or none */
	bool spoilt;        /* a reader whose transaction a failure has ended: asks nothing more */
	bool open;          /* a reader between its first statement and the sync that ends it all */
	int owed[PG_OWED_MAX];
	size_t n_owed;
	PGresult *mine;   /* of PG_OWED_MINE */
	PGresult *failed; /* of the first statement that failed without being waited for */
	struct pg_ahead ahead[PG_AHEAD_MAX];
	size_t n_ahead;
	struct arena *ahead_args;
};

static inline struct pg *pg_of(struct db_conn *c)
{
	return CONTAINER_OF(c, struct pg, base);
}

/* pg.c */
enum err pg_connect(struct db *db, enum db_role role, struct db_conn **out, struct error *e);
void pg_disconnect(struct db_conn *c);
/* A reader whose connection was cut before anything of its transaction was answered: connects
 * anew, once, and begins again. False: it is lost. */
bool pg_revive(struct pg *p);
/* The error of a failed result (or of the connection, when res is NULL); sets
 * the connection's lost and retry. */
enum err pg_error(struct pg *p, const PGresult *res, const char *what, struct error *e);
/* One statement without parameters, whose rows nobody wants. */
enum err pg_command(struct pg *p, const char *sql, struct error *e);

/* pg_wait.c: each waits at most p->timeout for its result; then NULL, and the connection is
 * lost, since its answer may still come. The result is the caller's. When something that was queued
 * before has failed, its result comes instead, and nothing after it was done. */
PGresult *pg_exec(struct pg *p, const char *sql); /* several statements, outside the pipeline */
PGresult *pg_one(struct pg *p, const char *sql);  /* one, in the pipeline */
PGresult *pg_prepare(struct pg *p, const char *name, const char *sql, int n, const Oid *types);
PGresult *pg_execute(struct pg *p, const char *name, int n, const char *const *values,
                     const int *lengths, const int *formats);
/* The same without waiting: sent with the next statement that is waited for. owed: PG_OWED_CHECK or
 * a place in p->ahead. False: the connection is lost or something queued has failed, as the next
 * one will tell. */
bool pg_queue_one(struct pg *p, const char *sql);
bool pg_queue(struct pg *p, int owed, const char *name, int n, const char *const *values,
              const int *lengths, const int *formats);
/* Sends a sync, which for a reader ends what it reads on one snapshot. */
void pg_send(struct pg *p);
/* Sends what is queued and waits for what it comes to; NULL when all is well. */
PGresult *pg_flush(struct pg *p);
bool pg_failed(struct pg *p); /* lost, or something that was queued has failed */
/* On a connection that should have nothing to say: notices that the server has gone. */
bool pg_alive(struct pg *p);

/* pg_rows.c */
void pg_forget_statements(struct pg *p);
void pg_open(struct db_rows *r, const struct db_query *q, str sql, struct db_args args, bool keep);
void pg_look_ahead(struct db_conn *c, const struct db_query *q, struct db_args args);
void pg_forget_ahead(struct pg *p);
enum err pg_later(struct db_conn *c, const struct db_query *q, struct db_args args,
                  struct error *e);
bool pg_next(struct db_rows *r);
int64_t pg_close(struct db_rows *r);
int pg_columns(struct db_rows *r);
bool pg_is_null(struct db_rows *r, int col);
int64_t pg_get_int(struct db_rows *r, int col);
double pg_get_real(struct db_rows *r, int col);
str pg_get_str(struct db_rows *r, int col);

/* pg_listen.c */
enum err pg_notify(struct db_conn *c, struct error *e);
enum err pg_listen(struct db *db, struct error *e);
void pg_unlisten(struct db *db);

#endif
