/* places.c: see places.h. */
#include "store/places.h"

struct places *places_of(struct db_conn *c)
{
	void **slot = db_memo(c, PLACES_MEMO);
	if (!slot)
		return NULL;
	if (!*slot)
		*slot = ARENA_NEW(db_batch_arena(c), struct places);
	return *slot;
}
