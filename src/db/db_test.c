/* db_test.c: values, statements, errors and the schema, on both engines. */
#include <pthread.h>
#include <sqlite3.h>

#include "db/db_test_schema.h"

/* ---- values ---- */

static void check_row(struct db *db)
{
	struct error e;
	struct db_conn *c;
	struct db_rows r;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	db_rows_open(&r, c, &Q_ALL, DB_NO_ARGS);
	CHECK(db_rows_next(&r));
	CHECK_INT(db_get_int(&r, 0), 1);
	CHECK_STR(db_get_str(&r, 1), "");
	CHECK_INT(db_get_int(&r, 2), INT64_MIN);
	CHECK_STRS(db_get_str(&r, 3), STR("a\0b\xff\\x"));
	CHECK(db_rows_next(&r));
	CHECK_STR(db_get_str(&r, 1), "Привет, 'мир' \\ \"");
	CHECK_INT(db_get_int(&r, 2), INT64_MAX);
	CHECK(!db_is_null(&r, 3));
	CHECK_INT(db_get_str(&r, 3).n, 0);
	CHECK(db_rows_next(&r));
	CHECK(db_is_null(&r, 3));
	CHECK_INT(db_get_int(&r, 3), 0);
	CHECK(db_get_str(&r, 3).p == NULL);
	CHECK(!db_rows_next(&r));
	CHECK(!db_rows_next(&r));
	CHECK_OK(db_rows_close(&r, &e), &e);
	db_read_end(db, c);
}

/* SQLite makes some values only when they are looked at: the text of a number. */
TEST(no_memory_for_a_value_fails_the_cursor)
{
	struct error e;
	struct db_conn *c;
	struct db_rows r;
	/* Small things have room of their own otherwise. */
	CHECK_INT(sqlite3_shutdown(), SQLITE_OK);
	CHECK_INT(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
	struct db *db = open_db(DB_SQLITE);
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	for (int i = 0; i < 2; i++) {
		db_rows_open_text(&r, c, STR("SELECT $1 + 1"), DB_ARGS(db_int(122)));
		CHECK(db_rows_next(&r));
		if (i == 0)
			(void)sqlite3_hard_heap_limit64(1);
		str value = db_get_str(&r, 0);
		(void)sqlite3_hard_heap_limit64(0);
		CHECK_STR(value, i == 0 ? "" : "123");
		/* Who reads one row asks for no second one, which would tell. */
		enum err err = db_rows_close(&r, &e);
		CHECK_INT(err, i == 0 ? ERR_DB : ERR_OK);
		if (i == 0)
			CHECK_STR(str_of(e.key), "error.memory");
	}
	db_read_end(db, c);
	db_testing_close(db);
	CHECK_INT(sqlite3_shutdown(), SQLITE_OK);
	CHECK_INT(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 40), SQLITE_OK);
}

DB_TEST(values_come_back_as_they_were)
{
	struct db *db = open_db(engine);
	const char *sql = "INSERT INTO item (id, name, n, body) VALUES ($1, $2, $3, $4)";
	/* NULL first: the type of $4 is learned by the next. */
	db_testing_exec(db, sql, DB_ARGS(db_int(3), db_text(STR("null")), db_int(0), db_id(0)));
	db_testing_exec(
	    db, sql,
	    DB_ARGS(db_int(1), db_text(STR_NONE), db_int(INT64_MIN), db_blob(STR("a\0b\xff\\x"))));
	db_testing_exec(db, sql,
	                DB_ARGS(db_int(2), db_text(STR("Привет, 'мир' \\ \"")), db_int(INT64_MAX),
	                        db_blob(STR_NONE)));
	check_row(db);
	struct error e;
	struct db_conn *c;
	struct db_rows r;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	db_rows_open_text(&r, c, STR("SELECT 0.5 * n, 1.25, n > 0, $1 + 1 FROM item WHERE id = 2"),
	                  DB_ARGS(db_int((int64_t)1 << 40)));
	CHECK(db_rows_next(&r));
	CHECK(db_get_real(&r, 0) > 4e18);
	CHECK(db_get_real(&r, 1) > 1.249 && db_get_real(&r, 1) < 1.251);
	CHECK_INT(db_get_int(&r, 2), 1);
	CHECK_INT(db_get_int(&r, 3), ((int64_t)1 << 40) + 1);
	CHECK_OK(db_rows_close(&r, &e), &e);
	db_read_end(db, c);
	db_testing_close(db);
}

DB_TEST(large_values)
{
	struct db *db = open_db(engine);
	size_t n = 3 << 20;
	char *p = xmalloc(n);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7);
	db_testing_exec(db, "INSERT INTO item (id, name, n, body) VALUES (1, 'x', 0, $1)",
	                DB_ARGS(db_blob(str_n(p, n))));
	struct error e;
	struct db_conn *c;
	struct db_rows r;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	db_rows_open(&r, c, &Q_ALL, DB_NO_ARGS);
	CHECK(db_rows_next(&r));
	CHECK(str_eq(db_get_str(&r, 3), str_n(p, n)));
	CHECK_OK(db_rows_close(&r, &e), &e);
	db_read_end(db, c);
	free(p);
	db_testing_close(db);
}

DB_TEST(text_that_one_engine_would_refuse_is_refused_by_both)
{
	static const str bad[] = {{"a\0b", 3}, {"\xff", 1}, {"\xed\xa0\x80", 3}};
	struct db *db = open_db(engine);
	struct error e;
	struct db_conn *c;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct db_rows r;
		db_rows_open_text(&r, c, STR("SELECT id FROM item WHERE name = $1"),
		                  DB_ARGS(db_text(bad[i])));
		CHECK(!db_rows_next(&r));
		CHECK_INT(db_rows_close(&r, &e), ERR_INVALID);
		CHECK_STR(str_of(e.key), "error.bad_text");
	}
	db_read_end(db, c);
	db_testing_close(db);
}

/* ---- errors ---- */

static enum err run_violations(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	enum err err = add(tx, 1, "x", e);
	return err ? err : add(tx, 2, "x", e);
}

static enum err run_same_id(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	enum err err = add(tx, 1, "x", e);
	return err ? err : add(tx, 1, "y", e);
}

static enum err run_no_reference(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	return db_exec(tx, &Q_PART, DB_ARGS(db_int(1), db_int(42), db_null()), NULL, e);
}

static enum err run_bad_sql(void *arg, struct db_conn *tx, struct error *e)
{
	return db_exec_text(tx, *(str *)arg, DB_NO_ARGS, NULL, e);
}

DB_TEST(errors_mean_the_same_on_both_engines)
{
	struct db *db = open_db(engine);
	struct error e;
	CHECK_INT(db_write(db, run_violations, NULL, &e), ERR_CONFLICT);
	CHECK_STR(str_of(e.key), "error.exists");
	CHECK_STR(str_of(e.arg), "item_name_key");
	CHECK_INT(db_write(db, run_same_id, NULL, &e), ERR_CONFLICT);
	CHECK_STR(str_of(e.arg), "item_pkey");
	CHECK_INT(db_write(db, run_no_reference, NULL, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.no_such_reference");
	CHECK_INT(db_write(db, run_bad_sql,
	                   &STR("INSERT INTO item (id, name, n) VALUES (1, NULL, 1)"), &e),
	          ERR_INTERNAL);
	CHECK_INT(db_write(db, run_bad_sql, &STR("SELEC 1"), &e), ERR_INTERNAL);
	CHECK(e.detail[0]);
	CHECK_INT(db_write(db, run_bad_sql, &STR("SELECT * FROM nothing"), &e), ERR_INTERNAL);
	CHECK_INT(count(db), 0);
	db_testing_close(db);
}

static enum err run_changes(void *arg, struct db_conn *tx, struct error *e)
{
	int64_t *changes = arg;
	enum err err = add(tx, 1, "a", e);
	if (!err)
		err = add(tx, 2, "b", e);
	if (!err)
		err = db_exec_text(tx, STR("UPDATE item SET n = $2 WHERE id > $1"),
		                   DB_ARGS(db_int(0), db_int(9)), &changes[0], e);
	if (!err)
		err = db_exec(tx, &Q_SET_N, DB_ARGS(db_int(77), db_int(1)), &changes[1], e);
	struct db_query q = {.name = "returning",
	                     .sql = BOTH("INSERT INTO item (id, name, n) VALUES (3, 'c', 5) "
	                                 "RETURNING id + n"),
	                     .id = 5};
	if (!err)
		err = db_one_int(tx, &q, DB_NO_ARGS, &changes[2], e);
	return err;
}

DB_TEST(changes_are_counted)
{
	struct db *db = open_db(engine);
	int64_t changes[3];
	struct error e;
	CHECK_OK(db_write(db, run_changes, changes, &e), &e);
	CHECK_INT(changes[0], 2);
	CHECK_INT(changes[1], 0);
	CHECK_INT(changes[2], 8);
	db_testing_close(db);
}

/* ---- statements ---- */

DB_TEST(query_inside_the_loop_over_itself)
{
	struct db *db = open_db(engine);
	for (int i = 1; i <= 3; i++)
		db_testing_exec(db, "INSERT INTO item (id, name, n) VALUES ($1, $2, 0)",
		                DB_ARGS(db_int(i), db_text(str_n(&"abc"[i - 1], 1))));
	struct error e;
	struct db_conn *c;
	struct db_rows outer, inner;
	int n = 0;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	db_rows_open(&outer, c, &Q_ALL, DB_NO_ARGS);
	while (db_rows_next(&outer)) {
		db_rows_open(&inner, c, &Q_ALL, DB_NO_ARGS);
		while (db_rows_next(&inner))
			n++;
		CHECK_OK(db_rows_close(&inner, &e), &e);
	}
	CHECK_OK(db_rows_close(&outer, &e), &e);
	db_read_end(db, c);
	CHECK_INT(n, 9);
	db_testing_close(db);
}

DB_TEST(more_composed_statements_than_the_cache_holds)
{
	struct db *db = open_db(engine);
	ARENA_AUTO a = arena_new();
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 150; i++) {
			str sql = str_printf(a, "SELECT $2 + %d + $1", i);
			int64_t got = db_testing_int(db, sql.p, DB_ARGS(db_int(1000), db_int(i)));
			CHECK_INT(got, 1000 + 2 * i);
		}
	/* Two queries that claim one number. */
	struct db_query p = {.name = "p", .sql = BOTH("SELECT 1"), .id = 9};
	struct db_query q = {.name = "q", .sql = BOTH("SELECT 2"), .id = 9};
	struct error e;
	struct db_conn *c;
	int64_t n;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(db_one_int(c, &p, DB_NO_ARGS, &n, &e), &e);
	CHECK_INT(n, 1);
	CHECK_OK(db_one_int(c, &q, DB_NO_ARGS, &n, &e), &e);
	CHECK_INT(n, 2);
	db_read_end(db, c);
	db_testing_close(db);
}

/* ---- schema ---- */

DB_TEST(migrations_apply_once_and_newer_is_refused)
{
	str url = db_testing_url(engine, NULL, 0);
	struct db *db = db_testing_open_url(url);
	struct error e;
	int applied = 0;
	CHECK_OK(db_migrate(db, LIST, 1, &applied, &e), &e);
	CHECK_INT(applied, 1);
	CHECK_OK(db_migrate(db, LIST, 2, &applied, &e), &e);
	CHECK_INT(applied, 1);
	CHECK_OK(db_migrate(db, LIST, 2, &applied, &e), &e);
	CHECK_INT(applied, 0);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM seen", DB_NO_ARGS), 0);
	CHECK_INT(db_migrate(db, LIST, 1, &applied, &e), ERR_DB);
	CHECK_STR(str_of(e.key), "error.db_too_new");
	CHECK_STR(str_of(e.arg), "2");
	db_testing_close(db);
}

DB_TEST(failed_migration_leaves_nothing)
{
	struct db_migration list[2] = {LIST[0],
	                               {2, "broken",
	                                BOTH("CREATE TABLE half (id INTEGER);"
	                                     "CREATE TABLE half (id INTEGER);")}};
	struct db *db = db_testing_open_url(db_testing_url(engine, NULL, 0));
	struct error e;
	struct db_conn *c;
	int64_t version = 7;
	int applied;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK(db_schema_version(c, &version, &e) != ERR_OK);
	CHECK_INT(version, 0);
	db_read_end(db, c);
	CHECK(db_migrate(db, list, 2, &applied, &e) != ERR_OK);
	CHECK(str_find(str_of(e.detail), STR("migration 2_broken")) == 0);
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(db_schema_version(c, &version, &e), &e);
	CHECK_INT(version, 1);
	db_read_end(db, c);
	CHECK_OK(db_migrate(db, LIST, 2, &applied, &e), &e);
	db_testing_exec(db, "DELETE FROM seen", DB_NO_ARGS);
	db_testing_close(db);
}

static void *migrate_main(void *arg)
{
	struct db *db = db_testing_open_url(*(str *)arg);
	struct error e;
	enum err err = db_migrate(db, LIST, 2, NULL, &e);
	db_close(db);
	return err ? arg : NULL;
}

DB_TEST(several_migrate_at_once)
{
	str url = db_testing_url(engine, NULL, 0);
	pthread_t threads[4];
	void *failed;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_create(&threads[i], NULL, migrate_main, &url);
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		pthread_join(threads[i], &failed);
		CHECK(!failed);
	}
	struct db *db = db_testing_open_url(url);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM schema_version", DB_NO_ARGS), 2);
	db_testing_close(db);
}

DB_TEST(read_only_handle)
{
	str url = db_testing_url(engine, LIST, COUNT_OF(LIST));
	struct db_options opt = {.url = url, .read_only = true};
	struct db *db;
	struct error e;
	CHECK_OK(db_open(&opt, &db, &e), &e);
	CHECK_INT(count(db), 0);
	CHECK_INT(db_write(db, run_violations, NULL, &e), ERR_BUSY);
	CHECK_OK(db_migrate(db, LIST, 2, NULL, &e), &e);
	CHECK_INT(db_migrate(db, LIST, 1, NULL, &e), ERR_DB);
	db_testing_close(db);
}

TEST(bad_addresses_are_refused)
{
	static const char *const bad[] = {"", "sqlite:", "sqlite::memory:", "mysql://x", "/tmp/x"};
	struct error e;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct db_options opt = {.url = str_of(bad[i])};
		struct db *db;
		CHECK_INT(db_open(&opt, &db, &e), ERR_INVALID);
		CHECK_STR(str_of(e.key), "error.db_url");
	}
	struct db *db;
	struct db_options opt = {.url = STR("sqlite:/nonexistent/folder/x.db")};
	CHECK_INT(db_open(&opt, &db, &e), ERR_DB);
	opt.url = STR("postgres://nobody@127.0.0.1:1/x?connect_timeout=2");
	CHECK_INT(db_open(&opt, &db, &e), ERR_DB);
	opt.url = STR("postgres://%zz");
	CHECK_INT(db_open(&opt, &db, &e), ERR_DB);
}
