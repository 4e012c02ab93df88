/* pg_wait.c: statements that end in time, whatever the server does.
 *
 * statement_timeout is the server's to keep, and one that is stopped, swaps or
 * lies behind a dead network does not. So nothing here waits without a deadline:
 * what is sent goes out without blocking, and when the time is over the
 * connection is given up, because nobody knows what its next answer belongs to.
 * What the server did with the statement is then unknown, as after a crash.
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

static PGresult *last_result(struct pg *p, bool sent)
{
	usec deadline = p->timeout > 0 ? db_monotonic() + p->timeout : INT64_MAX;
	PGresult *last = NULL;
	while (sent) {
		int unsent = PQflush(p->conn);
		if (unsent < 0 || !PQisBusy(p->conn)) {
			PGresult *res = PQgetResult(p->conn);
			if (!res)
				return last;
			PQclear(last);
			last = res;
			if (PQstatus(p->conn) == CONNECTION_BAD)
				return last;
			continue;
		}
		if (!wait_socket(p, unsent > 0, deadline)) {
			PQclear(last);
			p->timed_out = p->base.lost = true;
			return NULL;
		}
		/* An error shows in the result that follows. */
		(void)PQconsumeInput(p->conn);
	}
	return NULL;
}

PGresult *pg_exec(struct pg *p, const char *sql)
{
	return p->timed_out ? NULL : last_result(p, PQsendQuery(p->conn, sql));
}

PGresult *pg_prepare(struct pg *p, const char *name, const char *sql, int n, const Oid *types)
{
	return p->timed_out ? NULL : last_result(p, PQsendPrepare(p->conn, name, sql, n, types));
}

PGresult *pg_execute(struct pg *p, const char *name, int n, const char *const *values,
                     const int *lengths, const int *formats)
{
	return p->timed_out ? NULL
	                    : last_result(p, PQsendQueryPrepared(p->conn, name, n, values, lengths,
	                                                         formats, 0));
}
