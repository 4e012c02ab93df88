/* ahead.h: what a page is going to ask, told to the database at once (db_look_ahead).
 *
 * Nothing is read by these and nothing comes of them but speed: each question is asked again by
 * whoever needs its answer, with its own rights. They name the queries and values of ticket.c,
 * message.c and so on; where they part, a question is only asked twice.
 */
#ifndef OTKLIK_STORE_AHEAD_H
#define OTKLIK_STORE_AHEAD_H

#include "store/ticket.h"

/* The page of a ticket: what is asked of its id. On SQLite nothing is done. */
void ahead_ticket(struct db_conn *c, const struct actor *actor, int64_t id);
/* What hangs on its row. */
void ahead_ticket_row(struct db_conn *c, const struct actor *actor, const struct ticket *t,
                      const struct ticket_parts *parts);
void ahead_event_head(struct db_conn *c); /* event_head */
/* Its thread, from the newest message on. */
void ahead_thread(struct db_conn *c, const struct actor *actor, int64_t id, int64_t before,
                  int limit);
void ahead_messages(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n);

#endif
