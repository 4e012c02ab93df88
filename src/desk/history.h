/* history.h: what was said before this installation kept it: letters of an archive.
 *
 * History tells nobody anything anew: nothing is sent or acknowledged, a ticket keeps the
 * times of its letters, and what an old letter changes is what it would have
 * changed then. A ticket is left in the state its newest letter asks for: the
 * customer's, and it waits (new, or open once we had answered); ours, and it is
 * pending; unless the archive was declared as settled.
 */
#ifndef OTKLIK_DESK_HISTORY_H
#define OTKLIK_DESK_HISTORY_H

#include "desk/ticket.h"

struct history {
	usec at;           /* when the letter was written; not in the future */
	int64_t ticket_id; /* 0 = a new one */
	/* of a new ticket: */
	int64_t contact_id, brand_id, line_id;
	/* who wrote it: */
	bool by_agent;
	int64_t author_contact; /* of a customer */
	int64_t account_id;     /* of an agent; 0 = none of the accounts */
	bool has_status;        /* the ticket gets this status, whoever spoke last */
	enum ticket_status status;
	const struct inbound *message;
};
/* Adds one letter, for imports. *ticket_id: where it is now (a merged ticket leads on). */
enum err desk_history_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct history *in, int64_t *ticket_id, int64_t *message_id,
                          struct error *e) MUST_USE;

#endif
