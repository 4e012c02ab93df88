/* pg_listen.c: hearing of other processes' commits.
 *
 * One NOTIFY a batch wakes the others; it carries the sender's id, so that one's
 * own is not heard twice. It is only a hint: whoever reads the log keeps a
 * cursor, and a look every `poll` finds what a lost notification would have told.
 */
#include "db/pg_internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct db_listener {
	struct db *db;
	pthread_t thread;
	int stop; /* eventfd */
	struct db_conn *conn;
	usec asked; /* monotonic: when the server last showed that it is there */
};

#define ASK_EVERY (15 * USEC_SECOND)
#define ASK_TIMEOUT                                                                                \
	(3 * USEC_SECOND) /* less patience than readers have: nothing is lost with it              \
	                   */

enum err pg_notify(struct db_conn *c, struct error *e)
{
	char text[80];
	snprintf(text, sizeof text, "NOTIFY " PG_CHANNEL ", '%s'", c->db->id);
	/* Goes out with the COMMIT. */
	if (pg_queue_one(pg_of(c), text) || !c->lost)
		return ERR_OK;
	return pg_error(pg_of(c), NULL, "NOTIFY", e);
}

static void reconnect(struct db_listener *l)
{
	struct error e;
	if (l->conn && !l->conn->lost)
		return;
	if (l->conn)
		pg_disconnect(l->conn);
	l->conn = NULL;
	enum err err = pg_connect(l->db, DB_READER, &l->conn, &e);
	if (!err)
		err = pg_command(pg_of(l->conn), "LISTEN " PG_CHANNEL, &e);
	if (err && l->conn) {
		pg_disconnect(l->conn);
		l->conn = NULL;
	}
	if (l->conn)
		pg_of(l->conn)->timeout = ASK_TIMEOUT;
	l->asked = db_monotonic();
}

/* True when another handle has committed. */
static bool hear(struct db_listener *l)
{
	struct pg *p = pg_of(l->conn);
	bool heard = false;
	if (!PQconsumeInput(p->conn))
		l->conn->lost = true;
	PGnotify *n;
	while ((n = PQnotifies(p->conn))) {
		heard = heard || !str_eq(str_of(n->extra), str_of(l->db->id));
		PQfreemem(n);
	}
	return heard;
}

/* A connection on which nothing is ever sent may be dead for long before anybody notices. */
static void ask(struct db_listener *l)
{
	struct error e;
	if (!l->conn || l->conn->lost || db_monotonic() - l->asked < ASK_EVERY)
		return;
	if (pg_command(pg_of(l->conn), "SELECT 1", &e))
		l->conn->lost = true;
	else
		(void)hear(l); /* what came with the answer; the caller looks at the log anyway */
	l->asked = db_monotonic();
}

static void *listen_main(void *arg)
{
	struct db_listener *l = arg;
	for (;;) {
		struct pollfd fds[2] = {{.fd = l->stop, .events = POLLIN}, {.fd = -1}};
		if (l->conn && !l->conn->lost)
			fds[1] =
			    (struct pollfd){.fd = PQsocket(pg_of(l->conn)->conn), .events = POLLIN};
		int n = poll(fds, 2, (int)(l->db->opt.poll / 1000));
		if (n < 0 && errno == EINTR)
			continue;
		if (fds[0].revents)
			return NULL;
		if (fds[1].revents) {
			if (hear(l))
				db_committed(l->db);
			continue;
		}
		ask(l);
		reconnect(l);
		db_committed(l->db);
	}
}

enum err pg_listen(struct db *db, struct error *e)
{
	struct db_listener *l = xcalloc(1, sizeof *l);
	l->db = db;
	reconnect(l); /* now, so that nothing after this call is missed */
	l->stop = eventfd(0, EFD_CLOEXEC);
	int rc = l->stop < 0 ? errno : pthread_create(&l->thread, NULL, listen_main, l);
	if (rc != 0) {
		if (l->conn)
			pg_disconnect(l->conn);
		if (l->stop >= 0)
			close(l->stop);
		free(l);
		return error_detail(e, ERR_INTERNAL, "no thread to listen: %s",
		                    strerrordesc_np(rc));
	}
	db->listener = l;
	return ERR_OK;
}

void pg_unlisten(struct db *db)
{
	struct db_listener *l = db->listener;
	if (eventfd_write(l->stop, 1) != 0)
		abort();
	pthread_join(l->thread, NULL);
	if (l->conn)
		pg_disconnect(l->conn);
	close(l->stop);
	free(l);
	db->listener = NULL;
}
