/* pg.c: the PostgreSQL engine. */
#include "db/db_internal.h"

static enum err pg_connect(struct db *db UNUSED, enum db_role role UNUSED,
                           struct db_conn **out UNUSED, struct error *e)
{
	return error_detail(e, ERR_DB, "built without PostgreSQL");
}

const struct db_ops DB_OPS_PG = {.engine = DB_PG, .connect = pg_connect};
