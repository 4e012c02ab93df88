/* neighbour.h: tickets to compare a ticket with, and what was said in them. */
#ifndef OTKLIK_STORE_NEIGHBOUR_H
#define OTKLIK_STORE_NEIGHBOUR_H

#include "db/db.h"
#include "store/actor.h"

struct neighbour {
	int64_t ticket_id,
	    message_id;    /* message_id: by neighbour_first and neighbour_answer only */
	str subject, text; /* the customer's first words, or the answer */
};

/* The newest solved and closed ones that were answered, at most `limit` of each. Not filtered by
 * visibility: for comparing, not for showing. */
enum err neighbour_solved(struct arena *a, struct db_conn *c, int limit, struct neighbour **out,
                          size_t *n, struct error *e) MUST_USE;
/* Differs when anything has happened since. */
enum err neighbour_head(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;
/* Visible ones of the same contact that are not over, but this one. */
enum err neighbour_open(struct arena *a, struct db_conn *c, const struct actor *actor,
                        int64_t contact_id, int64_t but, int limit, struct neighbour **out,
                        size_t *n, struct error *e) MUST_USE;
/* message_id 0 when there is none. */
enum err neighbour_first(struct arena *a, struct db_conn *c, int64_t ticket_id,
                         struct neighbour *out, struct error *e) MUST_USE;
enum err neighbour_answer(struct arena *a, struct db_conn *c, int64_t ticket_id,
                          struct neighbour *out, struct error *e) MUST_USE;

#endif
