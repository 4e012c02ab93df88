/* pg.c: the PostgreSQL engine: connections, transactions, locks, errors.
 *
 * Jobs run READ COMMITTED behind db_lock, so that after a lock each statement
 * sees what the former holder committed; readers run REPEATABLE READ, one
 * snapshot each. Only errors that say so by their SQLSTATE are tried again.
 */
#include "db/pg_internal.h"

#include <assert.h>

#define SERVER_VERSION_MIN 130000

/* ---- errors ---- */

/* Of a connection that broke or was never made. libpq tells no SQLSTATE of the latter, so a
 * server that speaks another language only gets the general sentence. */
static const char *cause_of_loss(str state, str words)
{
	if (str_is(state, "53300") || str_find(words, STR("too many clients")) >= 0 ||
	    str_find(words, STR("remaining connection slots")) >= 0 ||
	    str_find(words, STR("too many connections")) >= 0)
		return "error.db_connections";
	if (str_find(words, STR("read-only")) >= 0 || str_find(words, STR("hot standby mode")) >= 0)
		return "error.read_only";
	return "error.db_away";
}

enum err pg_error(struct pg *p, const PGresult *res, const char *what, struct error *e)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *primary = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *name = res ? PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME) : NULL;
	if (!state)
		state = "";
	if (!primary) /* from libpq itself */
		primary = PQerrorMessage(p->conn);
	/* Never the DETAIL field: it quotes values, that is, customers' data. */
	char detail[256];
	str first = str_trim(str_of(primary));
	snprintf(detail, sizeof detail, "postgresql %s: %.*s (%s)", state,
	         STR_FMT(str_sub(first, 0, 180)), what);
	if (p->timed_out)
		return db_error(e, ERR_DB, "error.db_slow", NULL, what);
	str s = str_of(state);
	if (PQstatus(p->conn) == CONNECTION_BAD) {
		p->base.lost = true;
		return db_error(e, ERR_DB, cause_of_loss(s, first), NULL, detail);
	}
	/* It was a primary when it took us in: another one is, now. */
	if (p->writer && str_is(s, "25006")) {
		p->base.lost = true;
		return db_error(e, ERR_DB, "error.read_only", NULL, detail);
	}
	if (str_is(s, "23505"))
		return db_error(e, ERR_CONFLICT, "error.exists", name, detail);
	if (str_is(s, "23503"))
		return db_error(e, ERR_INVALID, "error.no_such_reference", NULL, detail);
	if (str_is(s, "22021") || str_is(s, "22P05"))
		return db_error(e, ERR_INVALID, "error.bad_text", NULL, detail);
	if (str_is(s, "40001") || str_is(s, "40P01")) {
		p->base.retry = true;
		return db_error(e, ERR_BUSY, "error.busy", NULL, detail);
	}
	/* "cached plan must not change result type": another process has migrated. */
	if (str_is(s, "0A000") && str_starts(first, STR("cached plan"))) {
		p->stale = p->base.retry = true;
		return db_error(e, ERR_BUSY, "error.busy", NULL, detail);
	}
	if (str_is(s, "57014"))
		return db_error(e, ERR_BUSY, "error.db_slow", NULL, detail);
	if (str_is(s, "55P03"))
		return db_error(e, ERR_BUSY, "error.busy", NULL, detail);
	/* Syntax, names, CHECK, NOT NULL, numbers out of range: the fault is ours. */
	if (str_starts(s, STR("42")) || str_starts(s, STR("23")) || str_starts(s, STR("22")) ||
	    str_starts(s, STR("26")) || str_is(s, "25006"))
		return db_error(e, ERR_INTERNAL, "error.internal", NULL, detail);
	return db_error(e, ERR_DB, str_is(s, "53100") ? "error.disk_full" : "error.db", NULL,
	                detail);
}

enum err pg_command(struct pg *p, const char *sql, struct error *e)
{
	PGresult *res = pg_exec(p, sql);
	ExecStatusType status = PQresultStatus(res);
	enum err err = ERR_OK;
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
		err = pg_error(p, res, str_of(sql).n < 40 ? sql : "script", e);
	PQclear(res);
	return err;
}

/* ---- connections ---- */

static void no_notice(void *arg UNUSED, const PGresult *res UNUSED)
{
}

/* Settings of the session, then facts about the server that must be right. */
static enum err configure(struct pg *p, enum db_role role, usec busy_timeout, struct error *e)
{
	bool patient = role == DB_MIGRATOR;
	char text[1024];
	snprintf(text, sizeof text,
	         "SET standard_conforming_strings = on; SET TimeZone = 'UTC'; "
	         "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET jit = off; "
	         "SET plan_cache_mode = %s; %s"
	         "SET statement_timeout = %d; SET lock_timeout = %d; "
	         "SET idle_in_transaction_session_timeout = %d; "
	         "SELECT set_config('synchronous_commit', 'on', false) "
	         "WHERE current_setting('synchronous_commit') = 'off'",
	         patient ? "auto" : "force_generic_plan",
	         role == DB_READER
	             ? "SET default_transaction_isolation = 'repeatable read'; "
	               "SET default_transaction_read_only = on; "
	               /* The server does not see it idle: a process that is gone or stands
	                * still must not hold a snapshot for hours. */
	               "SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 10; "
	               "SET tcp_keepalives_count = 6; SET tcp_user_timeout = 120000; "
	         /* What it does goes by keys. Statements are planned once, often while a table is
	          * still empty, where reading all of it looks cheapest. */
	         : role == DB_WRITER ? "SET enable_seqscan = off; SET enable_hashjoin = off; "
	                               "SET enable_mergejoin = off; "
	                             : "",
	         patient ? 0 : (int)(p->base.db->opt.timeout / 1000),
	         patient ? 0 : (int)(busy_timeout / 1000), patient ? 0 : 120000);
	enum err err = pg_command(p, text, e);
	if (err)
		return err;
	if (PQserverVersion(p->conn) < SERVER_VERSION_MIN)
		return error_detail(e, ERR_DB, "PostgreSQL %d is too old, 13 is needed",
		                    PQserverVersion(p->conn) / 10000);
	PGresult *res = pg_exec(p, "SELECT current_setting('synchronous_commit'), "
	                           "current_setting('server_encoding'), "
	                           "pg_is_in_recovery()");
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		err = pg_error(p, res, "settings", e);
	else if (str_is(str_of(PQgetvalue(res, 0, 0)), "off"))
		err = error_detail(e, ERR_DB, "synchronous_commit stays off: nothing is durable");
	else if (!str_is(str_of(PQgetvalue(res, 0, 1)), "UTF8"))
		err = error_detail(e, ERR_DB, "the encoding of the database is %s, not UTF8",
		                   PQgetvalue(res, 0, 1));
	else if (role != DB_READER && str_is(str_of(PQgetvalue(res, 0, 2)), "t"))
		err = error_detail(e, ERR_DB, "the server is a standby and cannot be written");
	PQclear(res);
	return err;
}

void pg_disconnect(struct db_conn *c)
{
	struct pg *p = pg_of(c);
	pg_forget_statements(p);
	free(p->by_id);
	pg_forget_ahead(p);
	arena_free(p->ahead_args);
	arena_free(c->kept_arena);
	PQclear(p->mine);
	PQclear(p->failed);
	buf_release(&p->scratch);
	PQfinish(p->conn);
	free(p);
}

enum err pg_connect(struct db *db, enum db_role role, struct db_conn **out, struct error *e)
{
	/* What stands before dbname are defaults that the URL may override. */
	/* Of several hosts the one that takes writes, for readers too: behind a standby they would
	 * not see what was acknowledged a moment ago. */
	const char *const keys[] = {"connect_timeout",           "keepalives_idle",
	                            "keepalives_interval",       "keepalives_count",
	                            "tcp_user_timeout",          "target_session_attrs",
	                            "fallback_application_name", "dbname",
	                            "client_encoding",           NULL};
	const char *const values[] = {
	    "5",      "30",       "5",    "4", "20000", db->opt.read_only ? "any" : "read-write",
	    "otklik", db->target, "UTF8", NULL};
	struct pg *p = xcalloc(1, sizeof *p);
	p->base.ops = &DB_OPS_PG;
	p->base.db = db;
	p->reader = role == DB_READER;
	p->writer = !p->reader;
	p->ahead_args = arena_new();
	p->timeout = role == DB_MIGRATOR ? 0 : db->opt.timeout + 2 * USEC_SECOND;
	buf_init(&p->scratch, 0);
	p->conn = PQconnectdbParams(keys, values, 1);
	if (!p->conn)
		abort(); /* out of memory */
	PQsetNoticeReceiver(p->conn, no_notice, NULL);
	(void)PQsetnonblocking(p->conn,
	                       1); /* fails where there is no connection, as is told below */
	enum err err = PQstatus(p->conn) == CONNECTION_OK
	                   ? configure(p, role, db->opt.busy_timeout, e)
	                   : pg_error(p, NULL, "connect", e);
	if (err) {
		pg_disconnect(&p->base);
		return err;
	}
	*out = &p->base;
	return ERR_OK;
}

/* ---- transactions ---- */

#define BEGIN_WRITE "BEGIN ISOLATION LEVEL READ COMMITTED"

bool pg_revive(struct pg *p)
{
	struct error e;
	if (p->writer || !p->fresh || p->timed_out || PQstatus(p->conn) != CONNECTION_BAD)
		return false;
	p->fresh = false;
	p->n_owed = 0;
	PQclear(p->failed);
	p->failed = NULL;
	pg_forget_statements(p);
	pg_forget_ahead(p);
	PQreset(p->conn);
	if (PQstatus(p->conn) != CONNECTION_OK || PQsetnonblocking(p->conn, 1) != 0)
		return false;
	p->base.lost = false;
	if (configure(p, DB_READER, p->base.db->opt.busy_timeout, &e)) {
		p->base.lost = true;
		return false;
	}
	p->begin = NULL;
	p->open = p->spoilt = false;
	return true;
}

/* Nothing is sent yet: BEGIN goes with the first statement, a reader needs none. Whether the server
 * is there is seen without asking it; the answer to what ended the transaction before is read here.
 */
static enum err pg_begin(struct db_conn *c, bool write, struct error *e)
{
	struct pg *p = pg_of(c);
	PGresult *res = pg_flush(p);
	enum err err = ERR_OK;
	if (res || c->lost || !pg_alive(p)) {
		err = pg_error(p, res, "begin", e);
		c->lost = true;
		PQclear(res);
		return err;
	}
	pg_forget_ahead(p);
	p->begin = NULL;
	p->spoilt = false;
	if (p->stale) {
		pg_forget_statements(p);
		if ((err = pg_command(p, "DEALLOCATE ALL", e)))
			return err;
		p->stale = false;
	}
	assert(write != p->reader);
	p->begin = write ? BEGIN_WRITE : NULL;
	p->fresh = true;
	return ERR_OK;
}

static enum err pg_commit(struct db_conn *c, struct error *e)
{
	struct pg *p = pg_of(c);
	if (p->begin) { /* no statement at all */
		p->begin = NULL;
		return ERR_OK;
	}
	PGresult *res = pg_one(p, "COMMIT");
	pg_forget_ahead(p);
	enum err err = ERR_OK;
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		/* A COMMIT that fails ends the transaction; one that was never reached does not. */
		PGTransactionStatusType s = PQtransactionStatus(p->conn);
		c->not_reached = s == PQTRANS_INERROR;
		err = pg_error(p, res, "COMMIT", e);
	} else if (!str_is(str_of(PQcmdStatus(res)), "COMMIT")) { /* of a spoiled transaction */
		err = error_detail(e, ERR_DB, "COMMIT was answered by %s", PQcmdStatus(res));
	}
	PQclear(res);
	return err;
}

static bool pg_in_tx(struct db_conn *c)
{
	struct pg *p = pg_of(c);
	if (p->begin || p->n_owed) /* begun as soon as anything is sent */
		return true;
	PGTransactionStatusType s = PQtransactionStatus(p->conn);
	return s == PQTRANS_INTRANS || s == PQTRANS_INERROR;
}

/* A reader does not wait for it: what came of it is read when the next one begins. */
static void pg_rollback(struct db_conn *c)
{
	struct error e;
	struct pg *p = pg_of(c);
	p->begin = NULL;
	if (p->open)
		pg_send(p);
	if (!p->reader || c->failed || pg_failed(p)) {
		PQclear(pg_flush(p));
		pg_forget_ahead(p);
		PGTransactionStatusType s = PQtransactionStatus(p->conn);
		if (c->lost || p->timed_out || s == PQTRANS_UNKNOWN)
			c->lost = true;
		else if (s != PQTRANS_IDLE && pg_command(p, "ROLLBACK", &e))
			c->lost = true;
	}
}

static enum err pg_flush_all(struct db_conn *c, struct error *e)
{
	struct pg *p = pg_of(c);
	if (!p->n_owed && !pg_failed(p))
		return ERR_OK;
	PGresult *res = pg_flush(p);
	enum err err = res || c->lost ? pg_error(p, res, "queued", e) : ERR_OK;
	PQclear(res);
	return err;
}

static enum err pg_savepoint(struct db_conn *c, enum db_savepoint what, struct error *e)
{
	switch (what) {
	case DB_SP_SET:
		return pg_command(pg_of(c), "SAVEPOINT job", e);
	case DB_SP_RELEASE:
		return pg_command(pg_of(c), "RELEASE job", e);
	case DB_SP_ROLLBACK:
		break;
	}
	return pg_command(pg_of(c), "ROLLBACK TO job; RELEASE job", e);
}

/* A transaction number makes the COMMIT a record of its own, which is flushed. */
static enum err pg_touch(struct db_conn *c, struct error *e)
{
	c->wrote = true;
	return pg_command(pg_of(c), "SELECT txid_current()", e);
}

static enum err pg_script(struct db_conn *c, const char *sql, struct error *e)
{
	return pg_command(pg_of(c), sql, e);
}

/* ---- locks ---- */

/* FNV-1a; two objects that share a number only wait for one another. */
static int64_t lock_number(const char *kind, int64_t id)
{
	uint64_t h = 14695981039346656037u;
	for (; *kind; kind++)
		h = (h ^ (unsigned char)*kind) * 1099511628211u;
	for (int i = 0; i < 8; i++)
		h = (h ^ ((uint64_t)id >> (8 * i) & 0xff)) * 1099511628211u;
	return (int64_t)h;
}

/* A batch that already holds locks for earlier jobs does not wait for another
 * one, lest two writers wait for one another: it commits what it has, and the
 * job opens the next batch. */
static enum err pg_lock(struct db_conn *c, const char *kind, int64_t id, struct error *e)
{
	if (!c->may_defer || c->locks == 0) {
		/* A statement after it sees what the holder committed, even in one sending. */
		char text[80];
		snprintf(text, sizeof text, "SELECT pg_advisory_xact_lock(%lld)",
		         (long long)lock_number(kind, id));
		(void)pg_queue_one(pg_of(c), text); /* a failure shows with what follows */
		c->new_locks++;
		return ERR_OK;
	}
	struct db_rows r;
	db_rows_open_text(&r, c, STR("SELECT CAST(pg_try_advisory_xact_lock($1) AS int)"),
	                  DB_ARGS(db_int(lock_number(kind, id))));
	bool taken = db_rows_next(&r) && db_get_int(&r, 0);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	if (!taken) {
		c->defer = true;
		return db_error(e, ERR_BUSY, "error.busy", NULL, "locked; the job is put off");
	}
	c->new_locks++;
	return ERR_OK;
}

const struct db_ops DB_OPS_PG = {
    .engine = DB_PG,
    .connect = pg_connect,
    .disconnect = pg_disconnect,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .in_tx = pg_in_tx,
    .savepoint = pg_savepoint,
    .flush = pg_flush_all,
    .later = pg_later,
    .look_ahead = pg_look_ahead,
    .open = pg_open,
    .next = pg_next,
    .close = pg_close,
    .columns = pg_columns,
    .is_null = pg_is_null,
    .get_int = pg_get_int,
    .get_real = pg_get_real,
    .get_str = pg_get_str,
    .script = pg_script,
    .touch = pg_touch,
    .lock = pg_lock,
    .notify = pg_notify,
    .listen = pg_listen,
    .unlisten = pg_unlisten,
};
