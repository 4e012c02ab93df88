/* db_testing.h: databases for tests, the same test on both engines.
 *
 *   DB_TEST(a_tag_is_unique)
 *   {
 *           struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
 *           ...
 *           db_testing_close(db);
 *   }
 *
 * becomes the tests a_tag_is_unique_sqlite and a_tag_is_unique_pg. The second
 * is skipped unless $OTKLIK_TEST_PG is the URL of a scratch server on which
 * databases may be created (eval "$(tools/test_pg.sh start)"). Linked into test
 * programs only.
 */
#ifndef OTKLIK_DB_DB_TESTING_H
#define OTKLIK_DB_DB_TESTING_H

#include "base/test.h"
#include "db/db.h"

/* Skips the test when this engine is not there. Before anything is made: what the test holds then
 * is never freed. */
void db_testing_need(enum db_engine engine);
/* The URL of a fresh database in which the migrations were applied. Lives until
 * the program ends, and so does the database unless db_testing_close drops it.
 * On PostgreSQL a copy of one that was migrated once a run. */
str db_testing_url(enum db_engine engine, const struct db_migration *list, size_t n);
/* The same, opened with the defaults of db_open. Fails the test on errors. */
struct db *db_testing_open(enum db_engine engine, const struct db_migration *list, size_t n);
/* Opens one more handle of it, or one that was closed by db_close. */
struct db *db_testing_open_url(str url);
/* Closes, and on PostgreSQL drops the database. */
void db_testing_close(struct db *db);

/* Runs one statement in a job of its own, and fails the test when that fails. */
void db_testing_exec(struct db *db, const char *sql, struct db_args args);
/* The first column of the first row as an integer; fails the test without one. */
int64_t db_testing_int(struct db *db, const char *sql, struct db_args args);

#define DB_TEST(name)                                                                              \
	static void db_test_##name(enum db_engine engine);                                         \
	TEST(name##_sqlite)                                                                        \
	{                                                                                          \
		db_test_##name(DB_SQLITE);                                                         \
	}                                                                                          \
	TEST(name##_pg)                                                                            \
	{                                                                                          \
		db_testing_need(DB_PG);                                                            \
		db_test_##name(DB_PG);                                                             \
	}                                                                                          \
	static void db_test_##name(enum db_engine engine)

#endif
