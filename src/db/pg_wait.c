/* pg_wait.c: statements that end in time, whatever the server does.
 *
 * statement_timeout is the server's to keep, and one that is stopped, swaps or
 * lies behind a dead network does not. So nothing here waits without a deadline:
 * what is sent goes out without blocking, and when the time is over the
 * connection is given up, because nobody knows what its next answer belongs to.
 * What the server did with the statement is then unknown, as after a crash.
 *
 * What costs is not the statement but waiting for it. So everything but scripts goes in libpq's
 * pipeline: what is queued is sent with the next statement that is waited for, and BEGIN is queued
 * like that. After a failure the server skips what follows until the sync, which a writer sends
 * after each statement that is waited for.
 *
 * A reader needs neither BEGIN nor ROLLBACK: all that stands between two syncs is one transaction
 * to the server, by the session's defaults (configure in pg.c) repeatable read and read only. It
 * asks the server for what there is (a flush request) instead of a sync, which it sends at its end
 * and does not wait for.
 */
#include "db/pg_internal.h"

#include <errno.h>
#include <poll.h>

/* True when the socket has something to say or to take; false: the time is over. */
static bool wait_socket(struct pg *p, bool write, usec deadline)
{
	struct pollfd fd = {.fd = PQsocket(p->conn),
	                    .events = (short)(POLLIN | (write ? POLLOUT : 0))};
	for (;;) {
		usec left = deadline - db_monotonic();
		if (deadline != INT64_MAX && left <= 0)
			return false;
		int ms = deadline == INT64_MAX     ? -1
		         : left > 60 * USEC_SECOND ? 60000
		                                   : (int)(left / 1000) + 1;
		int n = poll(&fd, 1, ms);
		if (n > 0 || (n < 0 && errno != EINTR))
			return true; /* libpq finds out what is wrong */
	}
}

static usec deadline_of(const struct pg *p)
{
	return p->timeout > 0 ? db_monotonic() + p->timeout : INT64_MAX;
}

/* The next that the server says, as PQgetResult. False: the time is over. */
static bool next_result(struct pg *p, usec deadline, PGresult **out)
{
	for (;;) {
		int unsent = PQflush(p->conn);
		if (unsent < 0 || !PQisBusy(p->conn)) {
			*out = PQgetResult(p->conn);
			return true;
		}
		if (!wait_socket(p, unsent > 0, deadline)) {
			p->timed_out = p->base.lost = true;
			return false;
		}
		/* An error shows in the result that follows. */
		(void)PQconsumeInput(p->conn);
	}
}

/* The last result of one statement; NULL when the connection is lost. */
static PGresult *last_result(struct pg *p, usec deadline)
{
	PGresult *last = NULL, *res;
	while (next_result(p, deadline, &res)) {
		if (!res)
			return last;
		PQclear(last);
		last = res;
		if (PQstatus(p->conn) == CONNECTION_BAD)
			return last;
	}
	PQclear(last);
	return NULL;
}

/* ---- the pipeline ---- */

static bool is_good(const PGresult *res)
{
	ExecStatusType s = PQresultStatus(res);
	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_EMPTY_QUERY;
}

/* Only the first failure is one; what follows it was not done. */
static void note_failed(struct pg *p, PGresult *res)
{
	if (p->failed || PQresultStatus(res) == PGRES_PIPELINE_ABORTED)
		PQclear(res);
	else
		p->failed = res;
}

static void keep_result(struct pg *p, int owed, PGresult *res)
{
	if (owed == PG_OWED_MINE) {
		p->mine = res;
	} else if (!is_good(res)) {
		note_failed(p, res);
	} else if (owed >= 0) {
		p->ahead[owed].res = res;
	} else {
		PQclear(res);
	}
}

/* After a failure the server says nothing more, not even that it goes away, until there is a sync.
 */
static void end_failed(struct pg *p, usec deadline)
{
	PGresult *res = NULL;
	p->open = false;
	p->spoilt = true;
	if (!PQpipelineSync(p->conn))
		p->base.lost = true;
	else if (next_result(p, deadline, &res) && PQresultStatus(res) != PGRES_PIPELINE_SYNC)
		p->base.lost = true;
	PQclear(res);
}

/* Reads all that is owed; it was followed by a sync or a flush request. */
static void read_owed(struct pg *p)
{
	usec deadline = deadline_of(p);
	for (size_t i = 0; i < p->n_owed && !p->base.lost; i++) {
		PGresult *res = NULL;
		if (p->owed[i] == PG_OWED_SYNC) {
			if (next_result(p, deadline, &res) &&
			    PQresultStatus(res) != PGRES_PIPELINE_SYNC)
				p->base.lost = true;
			PQclear(res);
		} else {
			res = last_result(p, deadline);
			p->base.lost = p->base.lost || PQstatus(p->conn) == CONNECTION_BAD;
			if (p->base.lost && p->owed[i] != PG_OWED_MINE) {
				note_failed(p, res);
				res = NULL;
			}
			if (res)
				keep_result(p, p->owed[i], res);
		}
	}
	p->n_owed = 0;
	/* Lets libpq see that nothing more is to come, and so tell the state of the transaction. */
	PGresult *more = p->base.lost ? NULL : PQgetResult(p->conn);
	p->base.lost = p->base.lost || more;
	PQclear(more);
	if (p->open && !p->base.lost && (p->failed || (p->mine && !is_good(p->mine))))
		end_failed(p, deadline);
}

static bool owe(struct pg *p, bool sent, int what)
{
	if (!sent || p->n_owed == PG_OWED_MAX) {
		p->base.lost = true;
		return false;
	}
	p->owed[p->n_owed++] = what;
	return true;
}

/* Makes the server say what it owes. */
static void press(struct pg *p)
{
	if (!p->open)
		pg_send(p);
	else if (!PQsendFlushRequest(p->conn))
		p->base.lost = true;
}

bool pg_failed(struct pg *p)
{
	return p->base.lost || p->timed_out || p->failed;
}

/* Room for one statement with its sync, and the transaction's beginning before it. */
static bool ready(struct pg *p)
{
	if (p->timed_out || p->spoilt)
		return false;
	if (p->n_owed > PG_OWED_MAX - 6) {
		if (p->owed[p->n_owed - 1] != PG_OWED_SYNC)
			press(p);
		read_owed(p);
	}
	if (p->base.lost || p->failed)
		return false;
	if (PQpipelineStatus(p->conn) == PQ_PIPELINE_OFF && !PQenterPipelineMode(p->conn)) {
		p->base.lost = true;
		return false;
	}
	const char *begin = p->begin;
	p->begin = NULL;
	p->open = p->reader;
	return !begin || owe(p, PQsendQueryParams(p->conn, begin, 0, NULL, NULL, NULL, NULL, 0),
	                     PG_OWED_CHECK);
}

void pg_send(struct pg *p)
{
	p->open = false;
	(void)owe(p, PQpipelineSync(p->conn), PG_OWED_SYNC);
}

static PGresult *take_failed(struct pg *p)
{
	PGresult *res = p->failed;
	p->failed = NULL;
	return p->timed_out ? (PQclear(res), NULL) : res;
}

/* The answer of what was just sent, or what failed before it. */
static PGresult *finish(struct pg *p, bool sent)
{
	if (sent && owe(p, sent, PG_OWED_MINE)) {
		press(p);
		read_owed(p);
	}
	PGresult *res = p->mine;
	p->mine = NULL;
	if (!p->failed)
		return res;
	PQclear(res);
	return take_failed(p);
}

PGresult *pg_flush(struct pg *p)
{
	if (p->n_owed) {
		if (p->owed[p->n_owed - 1] != PG_OWED_SYNC)
			press(p);
		read_owed(p);
	}
	return take_failed(p);
}

bool pg_alive(struct pg *p)
{
	struct pollfd fd = {.fd = PQsocket(p->conn), .events = POLLIN};
	for (int i = 0; i < 4 && poll(&fd, 1, 0) > 0; i++)
		if (!PQconsumeInput(p->conn) || PQstatus(p->conn) == CONNECTION_BAD)
			return false;
	return PQstatus(p->conn) == CONNECTION_OK;
}

/* ---- statements ---- */

PGresult *pg_exec(struct pg *p, const char *sql)
{
	if (p->timed_out)
		return NULL;
	if (p->begin && !ready(p))
		return take_failed(p);
	PGresult *res = pg_flush(p);
	if (res || p->base.lost)
		return res;
	if (PQpipelineStatus(p->conn) != PQ_PIPELINE_OFF && !PQexitPipelineMode(p->conn)) {
		p->base.lost = true;
		return NULL;
	}
	return PQsendQuery(p->conn, sql) ? last_result(p, deadline_of(p)) : NULL;
}

PGresult *pg_one(struct pg *p, const char *sql)
{
	return finish(p, ready(p) && PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 0));
}

PGresult *pg_prepare(struct pg *p, const char *name, const char *sql, int n, const Oid *types)
{
	return finish(p, ready(p) && PQsendPrepare(p->conn, name, sql, n, types));
}

PGresult *pg_execute(struct pg *p, const char *name, int n, const char *const *values,
                     const int *lengths, const int *formats)
{
	return finish(p, ready(p) &&
	                     PQsendQueryPrepared(p->conn, name, n, values, lengths, formats, 0));
}

bool pg_queue_one(struct pg *p, const char *sql)
{
	return ready(p) &&
	       owe(p, PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 0), PG_OWED_CHECK);
}

bool pg_queue(struct pg *p, int owed, const char *name, int n, const char *const *values,
              const int *lengths, const int *formats)
{
	return ready(p) &&
	       owe(p, PQsendQueryPrepared(p->conn, name, n, values, lengths, formats, 0), owed);
}
