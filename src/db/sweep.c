/* sweep.c: remains of deleted rows, off the disk. See db.h. */
#include "db/db_internal.h"

static enum err ask(struct db_conn *c, const char *sql, int64_t *out, struct error *e)
{
	struct db_rows r;
	*out = 0;
	db_rows_open_text(&r, c, str_of(sql), DB_NO_ARGS);
	while (db_rows_next(&r))
		*out = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

static enum err sweep_sqlite(struct db_conn *c, int64_t rewrite_max, struct error *e)
{
	int64_t size, busy = 0;
	enum err err =
	    ask(c, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
	        &size, e);
	if (!err && size <= rewrite_max)
		err = c->ops->script(c, "VACUUM", e);
	if (!err)
		err = ask(c, "PRAGMA wal_checkpoint(TRUNCATE)", &busy, e);
	if (!err && busy)
		err = db_error(e, ERR_BUSY, "error.busy", NULL, "readers hold the log of writes");
	return err;
}

static enum err sweep_pg(struct db_conn *c, const char *const *tables, size_t n, struct error *e)
{
	char sql[128];
	enum err err = ERR_OK;
	/* One by one: several statements in one message would be a transaction. */
	for (size_t i = 0; !err && i < n; i++) {
		snprintf(sql, sizeof sql, "VACUUM %s", tables[i]);
		err = c->ops->script(c, sql, e);
	}
	return err;
}

enum err db_sweep(struct db *db, const char *const *tables, size_t n, int64_t rewrite_max,
                  struct error *e)
{
	struct db_conn *c;
	enum err err = db->ops->connect(db, DB_MIGRATOR, &c, e);
	if (err)
		return err;
	err = db->ops->engine == DB_SQLITE ? sweep_sqlite(c, rewrite_max, e)
	                                   : sweep_pg(c, tables, n, e);
	c->ops->disconnect(c);
	return err;
}
