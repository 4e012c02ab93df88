/* search.h: tickets by words, number or address; the index behind the log. */
#ifndef OTKLIK_DESK_SEARCH_H
#define OTKLIK_DESK_SEARCH_H

#include "desk/desk.h"
#include "store/search.h"
#include "store/ticket.h"

struct search_item {
	struct ticket_row ticket;
	int64_t message_id; /* 0 = found by number or address */
	str snippet;
};
struct search_result {
	struct search_item *items;
	size_t n;
	str next;
	int64_t behind; /* events not indexed yet */
};
/* Right ticket.read, masked. "#123" or a number: that ticket first; an address or phone: the
 * tickets of whose it is first; then messages, newest first, one hit a ticket on a page. */
enum err desk_search(const struct desk *d, struct arena *a, struct db_conn *c,
                     const struct actor *actor, str q, str cursor, int limit,
                     struct search_result *out, struct error *e) MUST_USE;

/* Events that the index has not seen. */
enum err desk_search_behind(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;
/* Runs steps as jobs of the writer until the index is level. Blocking: called by
 * a background thread after each commit. *indexed may be NULL: steps made. */
enum err desk_search_catch_up(const struct desk *d, struct db *db, int *steps,
                              struct error *e) MUST_USE;

#endif
