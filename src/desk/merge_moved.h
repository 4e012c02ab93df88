/* merge_moved.h: what a merge or split moved, as JSON in merge.moved.
 *
 * {"messages":[..],"threads":[..],"participants":[..],"tags":[..],
 *  "tickets":[..],"identities":[..],"words":[..],
 *  "from":{"status":"open","solved_at":0,"closed_at":0},
 *  "into":{"status":..,"solved_at":..,"closed_at":..}, "after":"open",
 *  "decision":id,
 *  "name":bool,"note":bool,"organisation":id,"vip":bool}
 */
#ifndef OTKLIK_DESK_MERGE_MOVED_H
#define OTKLIK_DESK_MERGE_MOVED_H

#include "store/merge.h"
#include "store/ticket.h"

struct moved_ids {
	int64_t *p;
	size_t n;
};

/* The end of a ticket as it was: restored by undoing. */
struct moved_end {
	enum ticket_status status;
	usec solved_at, closed_at;
};

struct moved {
	struct moved_ids of[MOVE_KIND_COUNT];
	struct moved_ids tags; /* given to the other ticket, which had them not */
	struct moved_end from, into;
	enum ticket_status after; /* what the merge made of `into` */
	int64_t decision_id;      /* by which `into` took over the category; 0 = it did not */
	/* Contacts: what `into` took over from `from`. */
	bool name, note, vip, language;
	int64_t organisation_id;
};

str moved_write(struct arena *a, const struct moved *m);
/* ERR_INTERNAL for what moved_write never wrote. */
enum err moved_read(struct arena *a, str json, struct moved *out, struct error *e) MUST_USE;
/* Do two merges have a row in common? */
bool moved_overlap(const struct moved *x, const struct moved *y);

#endif
