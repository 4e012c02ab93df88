/* migrations_test.c: the schema loads on both engines and says what it means. */
#include "db/db_testing.h"
#include "store/migrations_gen.h"
#include "store/queries_gen.h"

DB_TEST(migrations_load_from_empty)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM ticket", DB_NO_ARGS), 0);
	CHECK_INT(db_testing_int(db, "SELECT max(version) FROM schema_version", DB_NO_ARGS),
	          MIGRATIONS[N_MIGRATIONS - 1].version);
	db_testing_close(db);
}

/* What a scope lets through: rows of the lines 1 to 3 and one without a line. */
static void check_visible(struct db *db, enum db_engine engine, const char *scope, int64_t want)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "SELECT coalesce(sum(i.size), 0) FROM intake i WHERE ");
	sql_visible(&b, engine, "i", 1);
	CHECK_INT(db_testing_int(db, str_z(a, buf_str(&b)), DB_ARGS(db_text(str_of(scope)))), want);
}

DB_TEST(scope_shows_only_its_lines_and_brands)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	db_testing_exec(db, "DELETE FROM brand", DB_NO_ARGS);
	db_testing_exec(db,
	                "INSERT INTO brand (id, name, slug, created_at) VALUES (1, 'a', 'a', 0), "
	                "(2, 'b', 'b', 0)",
	                DB_NO_ARGS);
	db_testing_exec(db,
	                "INSERT INTO line (id, name, created_at) VALUES (1, 'x', 0), (2, 'y', 0), "
	                "(3, 'z', 0)",
	                DB_NO_ARGS);
	const char *sql =
	    "INSERT INTO intake (received_at, channel, line_id, brand_id, size, digest, "
	    "state) VALUES (0, 'mail', $1, $2, $3, '', 'accepted')";
	db_testing_exec(db, sql, DB_ARGS(db_int(1), db_int(1), db_int(1)));
	db_testing_exec(db, sql, DB_ARGS(db_int(2), db_int(1), db_int(10)));
	db_testing_exec(db, sql, DB_ARGS(db_int(3), db_int(2), db_int(100)));
	db_testing_exec(db, sql, DB_ARGS(db_null(), db_null(), db_int(1000)));
	check_visible(db, engine, "{\"lines\":null,\"brands\":null}", 1111);
	check_visible(db, engine, "{\"lines\":[1,3],\"brands\":null}", 101);
	check_visible(db, engine, "{\"lines\":null,\"brands\":[1]}", 11);
	check_visible(db, engine, "{\"lines\":[2,3],\"brands\":[2]}", 100);
	check_visible(db, engine, "{\"lines\":[],\"brands\":[]}", 0);
	/* What is not said is not granted. */
	check_visible(db, engine, "{}", 0);
	check_visible(db, engine, "{\"lines\":null}", 0);
	check_visible(db, engine, "{\"lines\":\"all\",\"brands\":7}", 0);
	db_testing_close(db);
}

DB_TEST(named_queries_run)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	struct error e;
	struct db_conn *c;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	struct db_rows r;
	db_rows_open(&r, c, &Q_SYSTEM_GET, DB_ARGS(db_text(STR("no such key"))));
	CHECK(!db_rows_next(&r));
	CHECK_OK(db_rows_close(&r, &e), &e);
	db_read_end(db, c);
	db_testing_close(db);
}
