/* event.h: the typed, ordered log of whatever happened.
 *
 * Invariants
 *  - The row commits with the change it tells of; ids are given at the end of
 *    the writer's batch under one lock, so that they appear in commit order and
 *    a reader who has seen id N has seen every id below it.
 *  - References only, never personal text; digest = SHA-256(previous digest ||
 *    canonical row), so that erasing texts elsewhere leaves the chain whole.
 *  - Types, their schema version, audience and data keys are declared in
 *    api/events.toml; an undeclared data key is a bug (asserted).
 */
#ifndef OTKLIK_EVENTS_EVENT_H
#define OTKLIK_EVENTS_EVENT_H

#include "db/db.h"
#include "events/types_gen.h" /* enum event_type, enum event_audience, event_type_info() */
#include "store/actor.h"

struct event_datum {
	const char *key;
	bool is_text;
	int64_t i;
	str s; /* a code, never personal text */
};
#define EVENT_INT(k, v) ((struct event_datum){.key = (k), .i = (v)})
#define EVENT_CODE(k, v) ((struct event_datum){.key = (k), .is_text = true, .s = (v)})

/* What an event is about; line and brand decide who sees it. */
struct event_about {
	int64_t ticket_id, line_id, brand_id; /* 0 = none */
};

/* Records an event in the job's transaction (written at the batch's end; the
 * job never learns its id). Time is `at` from the product clock. */
void event_add(struct db_conn *tx, usec at, const struct actor *actor, enum event_type type,
               struct event_about about, const struct event_datum *data, size_t n);
#define EVENT_DATA(...)                                                                            \
	(const struct event_datum[]){__VA_ARGS__},                                                 \
	    sizeof((const struct event_datum[]){__VA_ARGS__}) / sizeof(struct event_datum)

/* Has somebody who works here done something to the ticket in this batch? Of that there is no row
 * yet. */
bool event_waits_by_account(const struct db_conn *tx, int64_t ticket_id);

struct event {
	int64_t id;
	int schema;
	usec at;
	enum event_type type;
	str type_name;
	enum event_audience audience;
	str actor; /* "account:7" */
	int64_t ticket_id, line_id, brand_id;
	str data; /* JSON object */
};

/* Up to `limit` events after id `after`, oldest first, unfiltered; *n says how
 * many. For readers of the whole log (push, search, jobs), each with its own cursor. */
enum err event_read(struct arena *a, struct db_conn *c, int64_t after, int limit,
                    struct event **out, size_t *n, struct error *e) MUST_USE;
/* The same for one ticket, or 0 for all, as far as the actor may see it (SQL predicate + audience).
 */
enum err event_read_visible(struct arena *a, struct db_conn *c, const struct actor *actor,
                            int64_t ticket_id, int64_t after, int limit, struct event **out,
                            size_t *n, struct error *e) MUST_USE;
/* May this actor see this event? Audience and visibility, for push. */
bool event_visible(const struct event *ev, const struct actor *actor);
/* The id of the newest event, 0 when there is none. */
enum err event_head(struct db_conn *c, int64_t *id, struct error *e) MUST_USE;
/* Recomputes the chain. *bad = id of the first event whose digest is wrong, or 0. */
enum err event_verify(struct db_conn *c, int64_t *checked, int64_t *bad, struct error *e) MUST_USE;

/* A named reader's position in the log. */
enum err event_cursor_get(struct db_conn *c, const char *name, int64_t *id,
                          struct error *e) MUST_USE;
enum err event_cursor_set(struct db_conn *tx, const char *name, int64_t id, usec now,
                          struct error *e) MUST_USE;

#endif
