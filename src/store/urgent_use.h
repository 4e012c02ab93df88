/* urgent_use.h: how often customers' tickets are put first by their word. */
#ifndef OTKLIK_STORE_URGENT_USE_H
#define OTKLIK_STORE_URGENT_USE_H

#include "db/db.h"
#include "store/actor.h"

struct urgent_use {
	int64_t contact_id;
	str name, address; /* in full: desk masks */
	bool vip;
	int64_t tickets; /* begun since then */
	int64_t urgent;  /* of them, in which it was said */
	int64_t lifted;  /* put first since then by the word alone, older ones too, undone or not */
};

/* Those with most tickets put first since then, among the tickets that the actor sees; at most
 * `limit`. */
enum err urgent_use(struct arena *a, struct db_conn *c, const struct actor *actor, usec since,
                    int limit, struct urgent_use **out, size_t *n, struct error *e) MUST_USE;

#endif
