/* pg_internal.h: what the PostgreSQL engine's files share. */
#ifndef OTKLIK_DB_PG_INTERNAL_H
#define OTKLIK_DB_PG_INTERNAL_H

#include <libpq-fe.h>

#include "db/db_internal.h"

#define PG_CHANNEL "otklik" /* of notifications; they stay within one database */

struct pg_stmt;

#define PG_TEXTS_MAX 64 /* statements cached by their text */

struct pg {
	struct db_conn base;
	PGconn *conn;
	struct pg_stmt **by_id;
	size_t n_by_id;
	struct pg_stmt *texts[PG_TEXTS_MAX];
	uint64_t uses;
	unsigned names;     /* prepared statements so far: each has a name of its own */
	bool writer;        /* a server that refuses writes is of no use to it */
	bool timed_out;     /* nothing came back in time: lost */
	usec timeout;       /* of one statement, as seen from here; 0: none */
	bool stale;         /* the schema has changed under the prepared statements */
	struct buf scratch; /* parameters of the statement that runs, zero-terminated */
};

static inline struct pg *pg_of(struct db_conn *c)
{
	return CONTAINER_OF(c, struct pg, base);
}

/* pg.c */
enum err pg_connect(struct db *db, enum db_role role, struct db_conn **out, struct error *e);
void pg_disconnect(struct db_conn *c);
/* The error of a failed result (or of the connection, when res is NULL); sets
 * the connection's lost and retry. */
enum err pg_error(struct pg *p, const PGresult *res, const char *what, struct error *e);
/* One statement without parameters, whose rows nobody wants. */
enum err pg_command(struct pg *p, const char *sql, struct error *e);

/* pg_wait.c: each waits at most p->timeout for the last result; then NULL, and the connection is
 * lost, since its answer may still come. The result is the caller's. */
PGresult *pg_exec(struct pg *p, const char *sql);
PGresult *pg_prepare(struct pg *p, const char *name, const char *sql, int n, const Oid *types);
PGresult *pg_execute(struct pg *p, const char *name, int n, const char *const *values,
                     const int *lengths, const int *formats);

/* pg_rows.c */
void pg_forget_statements(struct pg *p);
void pg_open(struct db_rows *r, const struct db_query *q, str sql, struct db_args args, bool keep);
bool pg_next(struct db_rows *r);
int64_t pg_close(struct db_rows *r);
bool pg_is_null(struct db_rows *r, int col);
int64_t pg_get_int(struct db_rows *r, int col);
double pg_get_real(struct db_rows *r, int col);
str pg_get_str(struct db_rows *r, int col);

/* pg_listen.c */
enum err pg_notify(struct db_conn *c, struct error *e);
enum err pg_listen(struct db *db, struct error *e);
void pg_unlisten(struct db *db);

#endif
