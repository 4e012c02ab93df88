/* urgent_use.c: see urgent_use.h. */
#include "store/urgent_use.h"

#include "base/vec.h"
#include "store/queries_gen.h"

enum err urgent_use(struct arena *a, struct db_conn *c, const struct actor *actor, usec since,
                    int limit, struct urgent_use **out, size_t *n, struct error *e)
{
	VEC(struct urgent_use) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_URGENT_USE,
	             DB_ARGS(db_int(since), db_text(actor->scope), db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct urgent_use){
		    .contact_id = db_get_int(&r, 0),
		    .name = db_dup_str(a, &r, 1),
		    .address = db_dup_str(a, &r, 2),
		    .vip = db_get_int(&r, 3) != 0,
		    .lifted = db_get_int(&r, 4),
		    .tickets = db_get_int(&r, 5),
		    .urgent = db_get_int(&r, 6),
		};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}
