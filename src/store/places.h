/* places.h: brands, lines, inboxes and senders as a batch of writes remembers them. Inside store
 * only.
 *
 * Nearly every write asks where something belongs, and these rows seldom change: the first job of
 * a batch that asks reads them all, the others look into what it read (db_memo, which forgets when
 * such a row is written). Readers ask the database.
 */
#ifndef OTKLIK_STORE_PLACES_H
#define OTKLIK_STORE_PLACES_H

#include "store/actor.h"
#include "store/brand.h"
#include "store/inbox.h"
#include "store/line.h"
#include "store/sender.h"

enum places_slot { PLACES_MEMO, ACTORS_MEMO }; /* of db_memo */

struct places {
	struct brand *brands;
	struct line *lines;
	struct inbox *inboxes;
	struct sender *senders;
	size_t n_brands, n_lines, n_inboxes, n_senders;
	bool has_brands, has_lines, has_inboxes, has_senders;
	bool has_holds, any_hold; /* is a legal hold in force? */
};

/* Of this connection's batch, in its arena; NULL: it remembers nothing. */
struct places *places_of(struct db_conn *c);

#endif
