/* push.h: the event log, live, to whoever listens (WebSocket, server-sent events).
 *
 * Invariants
 *  - One thread reads the log after its own cursor, so that several processes
 *    on one PostgreSQL need nothing more than the log itself.
 *  - A subscriber gets every event after the one it names that its actor may
 *    see, in order, without gap or duplicate: first from the log in pages, then live.
 *  - Whether an event may be seen is asked of event_visible with the actor as
 *    it is now: account.changed, session.ended and changes of roles have the
 *    actors concerned looked up again before anything later is sent.
 *  - Nobody waits for a slow client: its queue is bounded, an overflow closes the
 *    stream, and it comes back with its cursor.
 *
 * The first message is {"type":"hello","cursor":N,"reset":false}: all up to N
 * is known to the client. reset: it missed too much (or names an event that
 * does not exist): it loads its lists anew and goes on from N.
 */
#ifndef OTKLIK_PUSH_PUSH_H
#define OTKLIK_PUSH_PUSH_H

#include "base/buf.h"
#include "events/event.h"
#include "net/http.h"
#include "sys/clock.h"
#include "sys/log.h"

struct push_hub;

struct push_options {
	struct db *db;
	struct clock *clock;
	struct log *log;    /* may be NULL */
	size_t max_clients; /* over it: 503; 0: 5000 */
	int64_t replay_max; /* events replayed to one client, over it: reset; 0: 10000 */
	/* One event as JSON. */
	void (*render)(struct buf *out, const struct event *ev);
};

struct push_join {
	const struct actor *actor; /* copied */
	bool websocket;
	bool has_after; /* false: from now on */
	int64_t after;
	const struct http_field *headers; /* of the answer */
	size_t n_headers;
};

/* Starts at the log's present end. */
enum err push_start(const struct push_options *o, struct push_hub **out, struct error *e) MUST_USE;
/* Something was committed: any thread, cheap. */
void push_wake(struct push_hub *hub);
/* Answers r with a stream, or with 503 or 426. Any thread that may not block for long. */
void push_join(struct push_hub *hub, struct http_req *r, const struct push_join *join);
/* Closes every stream and ends the thread. NULL is fine. */
void push_stop(struct push_hub *hub);

struct push_stats {
	int64_t clients;
	int64_t cursor;       /* the log is sent up to here */
	int64_t sent, resets; /* messages, since the start */
};
void push_stats(struct push_hub *hub, struct push_stats *out);

#endif
