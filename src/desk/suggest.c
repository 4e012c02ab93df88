/* suggest.c: see suggest.h. */
#include "desk/suggest.h"

enum err desk_suggest(const struct desk *d, struct arena *a, struct db_conn *c,
                      const struct actor *actor, int64_t ticket_id, str q, int limit,
                      struct suggestions *out, struct error *e)
{
	struct ticket t;
	(void)d;
	(void)q;
	(void)limit;
	*out = (struct suggestions){0};
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	return err ? err : ticket_get(a, c, actor, ticket_id, &t, e);
}
