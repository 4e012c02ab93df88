/* db_testing.c: see db_testing.h. */
#include "db/db_testing.h"

#include "db/db_internal.h"

static void fail(const char *what, const struct error *e)
{
	test_fail(__FILE__, __LINE__, "%s: %s %s", what, e->key, e->detail);
}

static str keep(str s)
{
	static struct arena *names; /* until the program ends */
	if (!names)
		names = arena_new();
	return str_dup(names, s);
}

static void migrate(str url, const struct db_migration *list, size_t n)
{
	struct db *db = db_testing_open_url(url);
	struct error e;
	enum err err = db_migrate(db, list, n, NULL, &e);
	db_close(db);
	if (err)
		fail("cannot migrate", &e);
}

static str sqlite_url(const struct db_migration *list, size_t n)
{
	ARENA_AUTO a = arena_new();
	str url = keep(str_printf(a, "sqlite:%s/test.db", test_tmp_dir()));
	if (n)
		migrate(url, list, n);
	return url;
}

str db_testing_url(enum db_engine engine, const struct db_migration *list, size_t n)
{
	if (engine == DB_SQLITE)
		return sqlite_url(list, n);
	test_skip("no PostgreSQL");
}

struct db *db_testing_open_url(str url)
{
	struct db_options opt = {.url = url};
	struct db *db = NULL;
	struct error e;
	if (db_open(&opt, &db, &e))
		fail("cannot open", &e);
	return db;
}

struct db *db_testing_open(enum db_engine engine, const struct db_migration *list, size_t n)
{
	return db_testing_open_url(db_testing_url(engine, list, n));
}

void db_testing_close(struct db *db)
{
	db_close(db);
}

struct statement {
	str sql;
	struct db_args args;
};

static enum err run_statement(void *arg, struct db_conn *tx, struct error *e)
{
	struct statement *s = arg;
	return db_exec_text(tx, s->sql, s->args, NULL, e);
}

void db_testing_exec(struct db *db, const char *sql, struct db_args args)
{
	struct statement s = {str_of(sql), args};
	struct error e;
	if (db_write(db, run_statement, &s, &e))
		fail(sql, &e);
}

int64_t db_testing_int(struct db *db, const char *sql, struct db_args args)
{
	struct db_conn *c;
	struct db_rows r;
	struct error e;
	if (db_read_begin(db, &c, &e))
		fail("cannot read", &e);
	db_rows_open_text(&r, c, str_of(sql), args);
	bool found = db_rows_next(&r);
	int64_t n = found ? db_get_int(&r, 0) : 0;
	enum err err = db_rows_close(&r, &e);
	db_read_end(db, c);
	if (err)
		fail(sql, &e);
	if (!found)
		test_fail(__FILE__, __LINE__, "no row: %s", sql);
	return n;
}
