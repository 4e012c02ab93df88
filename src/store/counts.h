/* counts.h: the numbers of the rail. Each is counted to 1000 at most, by the
 * same conditions as the list of its view, so that they agree. */
#ifndef OTKLIK_STORE_COUNTS_H
#define OTKLIK_STORE_COUNTS_H

#include "db/db.h"
#include "store/actor.h"

struct line_count {
	int64_t line_id, open, waiting;
};

struct counts {
	int64_t mine, unassigned, open, pending, solved, triage;
	int64_t quarantined;      /* 0 for those who may not read the ledger */
	int64_t quarantined_mine; /* of them the actor's own */
	usec quarantined_since;   /* the oldest of them came in then; 0 = none */
	struct line_count *lines; /* active lines that the actor sees */
	size_t n_lines;
};

enum err counts_get(struct arena *a, struct db_conn *c, const struct actor *actor,
                    struct counts *out, struct error *e) MUST_USE;

#endif
