/* setting.c: rows of setting. See setting.h. */
#include "store/setting.h"

#include "base/vec.h"
#include "store/queries_gen.h"

enum err setting_list(struct arena *a, struct db_conn *c, struct setting_row **out, size_t *n,
                      struct error *e)
{
	VEC(struct setting_row) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_SETTING_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct setting_row){.key = db_dup_str(a, &r, 0),
		                                        .value = db_dup_str(a, &r, 1),
		                                        .updated_at = db_get_int(&r, 2),
		                                        .updated_by = db_get_int(&r, 3)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err setting_set(struct db_conn *tx, str key, str value, usec now, int64_t account_id,
                     struct error *e)
{
	return db_exec(tx, &Q_SETTING_SET,
	               DB_ARGS(db_text(key), db_text(value), db_int(now), db_id(account_id)), NULL,
	               e);
}

enum err setting_remove(struct db_conn *tx, str key, struct error *e)
{
	return db_exec(tx, &Q_SETTING_REMOVE, DB_ARGS(db_text(key)), NULL, e);
}
