/* db_test_schema.h: the little schema of this module's tests. */
#ifndef OTKLIK_DB_DB_TEST_SCHEMA_H
#define OTKLIK_DB_DB_TEST_SCHEMA_H

#include "db/db_testing.h"

UNUSED static const struct db_migration LIST[] = {
    {1,
     "base",
     {"CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, n INTEGER NOT NULL, "
      "body BLOB) STRICT;"
      "CREATE TABLE part (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES item (id), "
      "late_id INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED) STRICT;",
      "CREATE TABLE item (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, n BIGINT NOT NULL, "
      "body BYTEA);"
      "CREATE TABLE part (id BIGINT PRIMARY KEY, item_id BIGINT NOT NULL REFERENCES item (id), "
      "late_id BIGINT REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED);"}},
    {2,
     "more",
     {"CREATE TABLE seen (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;",
      "CREATE TABLE seen (id BIGINT PRIMARY KEY, at BIGINT NOT NULL);"}},
};

#define BOTH(text)                                                                                 \
	{                                                                                          \
		text, text                                                                         \
	}

UNUSED static const struct db_query Q_ADD = {
    .name = "item_add",
    .sql = BOTH("INSERT INTO item (id, name, n) VALUES ($1, $2, $3)"),
    .id = 0,
    .n_params = 3,
};
UNUSED static const struct db_query Q_ALL = {
    .name = "item_all",
    .sql = BOTH("SELECT id, name, n, body FROM item ORDER BY id"),
    .id = 1,
};
UNUSED static const struct db_query Q_N = {
    .name = "item_n",
    .sql = BOTH("SELECT n FROM item WHERE id = $1"),
    .id = 70, /* far: the array of statements grows */
    .n_params = 1,
};
UNUSED static const struct db_query Q_SET_N = {
    .name = "item_set_n",
    .sql = BOTH("UPDATE item SET n = $2 WHERE id = $1"),
    .id = 3,
    .n_params = 2,
};
UNUSED static const struct db_query Q_PART = {
    .name = "part_add",
    .sql = BOTH("INSERT INTO part (id, item_id, late_id) VALUES ($1, $2, $3)"),
    .id = 4,
    .n_params = 3,
};

UNUSED static struct db *open_db(enum db_engine engine)
{
	return db_testing_open(engine, LIST, COUNT_OF(LIST));
}

UNUSED static int64_t count(struct db *db)
{
	return db_testing_int(db, "SELECT count(*) FROM item", DB_NO_ARGS);
}

UNUSED static enum err add(struct db_conn *tx, int64_t id, const char *name, struct error *e)
{
	return db_exec(tx, &Q_ADD, DB_ARGS(db_int(id), db_text(str_of(name)), db_int(0)), NULL, e);
}

#endif
