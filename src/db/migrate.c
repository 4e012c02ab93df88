/* migrate.c: numbered, forward-only changes of the schema. See db.h. */
#include "db/db_internal.h"

/* Any fixed number: the lock between processes that migrate one database. */
#define MIGRATE_LOCK "schema"

enum err db_schema_version(struct db_conn *c, int64_t *out, struct error *e)
{
	struct db_rows r;
	*out = 0;
	db_rows_open_text(&r, c, STR("SELECT coalesce(max(version), 0) FROM schema_version"),
	                  DB_NO_ARGS);
	if (db_rows_next(&r))
		*out = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

/* Below, at and above what this program knows. */
static enum err check_version(int64_t have, int newest, struct error *e)
{
	if (have <= newest)
		return ERR_OK;
	char arg[64], detail[128];
	snprintf(arg, sizeof arg, "%lld", (long long)have);
	snprintf(detail, sizeof detail, "the database has version %lld, this program knows %d",
	         (long long)have, newest);
	return db_error(e, ERR_DB, "error.db_too_new", arg, detail);
}

/* One step inside its own transaction; *more: there may be another. */
static enum err step(struct db_conn *c, const struct db_migration *list, size_t n, int *applied,
                     bool *more, struct error *e)
{
	enum db_engine engine = c->ops->engine;
	enum err err = db_lock(c, MIGRATE_LOCK, 1, e);
	if (!err)
		err = c->ops->script(c,
		                     engine == DB_SQLITE
		                         ? "CREATE TABLE IF NOT EXISTS schema_version ("
		                           "version INTEGER PRIMARY KEY, name TEXT NOT NULL)"
		                         : "CREATE TABLE IF NOT EXISTS schema_version ("
		                           "version BIGINT PRIMARY KEY, name TEXT NOT NULL)",
		                     e);
	int64_t have = 0;
	if (!err)
		err = db_schema_version(c, &have, e);
	if (!err)
		err = check_version(have, n ? list[n - 1].version : 0, e);
	*more = false;
	for (size_t i = 0; !err && i < n; i++) {
		if (list[i].version <= have)
			continue;
		err = c->ops->script(c, list[i].sql[engine], e);
		if (!err)
			err = db_exec_text(
			    c,
			    STR("INSERT INTO schema_version (version, name) "
			        "VALUES ($1, $2)"),
			    DB_ARGS(db_int(list[i].version), db_text(str_of(list[i].name))), NULL,
			    e);
		if (err && e) {
			struct error old = *e;
			error_detail(e, err, "migration %d_%s: %s", list[i].version, list[i].name,
			             old.detail);
		}
		if (!err)
			++*applied;
		*more = true;
		break;
	}
	return err;
}

/* Without a right to write: only whether the versions agree. */
static enum err check_only(struct db *db, const struct db_migration *list, size_t n,
                           struct error *e)
{
	struct db_conn *c;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
	int64_t have = 0;
	int newest = n ? list[n - 1].version : 0;
	err = db_schema_version(c, &have, e);
	db_read_end(db, c);
	if (!err)
		err = check_version(have, newest, e);
	if (!err && have < newest) {
		char arg[64];
		snprintf(arg, sizeof arg, "%lld", (long long)have);
		err = db_error(e, ERR_DB, "error.db_too_old", arg, "migrate the database first");
	}
	return err;
}

enum err db_migrate(struct db *db, const struct db_migration *list, size_t n, int *applied,
                    struct error *e)
{
	int count = 0;
	if (!applied)
		applied = &count;
	*applied = 0;
	if (db->opt.read_only)
		return check_only(db, list, n, e);
	struct db_conn *c;
	enum err err = db->ops->connect(db, DB_MIGRATOR, &c, e);
	if (err)
		return err;
	bool more = true;
	while (!err && more) {
		err = c->ops->begin(c, true, e);
		if (!err)
			err = step(c, list, n, applied, &more, e);
		if (!err)
			err = c->ops->commit(c, e);
		if (err)
			c->ops->rollback(c);
	}
	c->ops->disconnect(c);
	return err;
}
