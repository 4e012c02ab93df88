/* kept_test.c: what a batch remembers, what it asks ahead and what it does not wait for. */
#include "db/db_test_schema.h"

static const struct db_query Q_KEPT = {
    .name = "item_kept",
    .sql = BOTH("SELECT id, name, n, body, NULL FROM item WHERE n >= $1 ORDER BY id"),
    .id = 20,
    .n_params = 1,
    .kept = true,
    .leaves_kept = true,
};
/* As a table of the daily traffic is written. */
static const struct db_query Q_DAILY = {
    .name = "item_daily",
    .sql = BOTH("INSERT INTO item (id, name, n) VALUES ($1, $2, $3)"),
    .id = 21,
    .n_params = 3,
    .leaves_kept = true,
};

static enum err insert(struct db_conn *tx, const struct db_query *q, int64_t id, const char *name,
                       struct error *e)
{
	return db_exec(tx, q, DB_ARGS(db_int(id), db_text(str_of(name)), db_int(id)), NULL, e);
}

/* "1=one 2=two": the rows as the kept query gives them. */
static enum err names(struct db_conn *tx, int64_t least, char out[100], struct error *e)
{
	struct db_rows r;
	out[0] = 0;
	db_rows_open(&r, tx, &Q_KEPT, DB_ARGS(db_int(least)));
	while (db_rows_next(&r)) {
		size_t n = strlen(out);
		str name = db_get_str(&r, 1);
		snprintf(out + n, 100 - n, "%s%lld=%.*s", n ? " " : "",
		         (long long)db_get_int(&r, 0), STR_FMT(name));
		CHECK(db_is_null(&r, 4));
		CHECK_INT(db_get_int(&r, 4), 0);
		CHECK_STR(db_get_str(&r, 4), "");
	}
	return db_rows_close(&r, e);
}

static enum err keeps(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	char got[100];
	CHECK(db_keeps(tx));
	CHECK_OK(insert(tx, &Q_ADD, 1, "one", e), e);
	CHECK_OK(names(tx, 0, got, e), e);
	CHECK_STR(str_of(got), "1=one");
	/* The daily traffic is taken not to touch what is kept. */
	CHECK_OK(insert(tx, &Q_DAILY, 2, "two", e), e);
	CHECK_OK(names(tx, 0, got, e), e);
	CHECK_STR(str_of(got), "1=one");
	/* Other args are another question. */
	CHECK_OK(names(tx, 2, got, e), e);
	CHECK_STR(str_of(got), "2=two");
	/* Any other statement makes it forget, and so does who says so. */
	CHECK_OK(insert(tx, &Q_ADD, 3, "three", e), e);
	CHECK_OK(names(tx, 0, got, e), e);
	CHECK_STR(str_of(got), "1=one 2=two 3=three");
	CHECK_OK(insert(tx, &Q_DAILY, 4, "four", e), e);
	db_kept_clear(tx);
	CHECK_OK(names(tx, 3, got, e), e);
	CHECK_STR(str_of(got), "3=three 4=four");
	return ERR_OK;
}

DB_TEST(a_batch_asks_a_kept_query_once)
{
	struct error e;
	struct db_conn *c;
	char got[100];
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	CHECK_OK(db_write(db, keeps, NULL, &e), &e);
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK(!db_keeps(c));
	CHECK_OK(names(c, 4, got, &e), &e);
	CHECK_STR(str_of(got), "4=four");
	db_read_end(db, c);
	db_testing_close(db);
}

static enum err keeps_behind_locks(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	char got[100];
	CHECK_OK(insert(tx, &Q_DAILY, 1, "one", e), e);
	CHECK_OK(names(tx, 0, got, e), e);
	CHECK_STR(str_of(got), "1=one");
	CHECK_OK(insert(tx, &Q_DAILY, 2, "two", e), e);
	/* One that guards the daily traffic tells nothing new of what is kept; another does, where
	 * others can write meanwhile. */
	CHECK_OK(db_lock_row(tx, "row", 1, e), e);
	CHECK_OK(names(tx, 0, got, e), e);
	CHECK_STR(str_of(got), "1=one");
	CHECK_OK(db_lock(tx, "settings", 1, e), e);
	CHECK_OK(names(tx, 0, got, e), e);
	CHECK_STR(str_of(got), db_conn_engine(tx) == DB_PG ? "1=one 2=two" : "1=one");
	return ERR_OK;
}

DB_TEST(a_lock_of_settings_forgets_what_is_kept)
{
	struct error e;
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	CHECK_OK(db_write(db, keeps_behind_locks, NULL, &e), &e);
	db_testing_close(db);
}

static enum err fails_after_keeping(void *arg, struct db_conn *tx, struct error *e)
{
	char got[100];
	if (arg)
		return error_set(e, ERR_INVALID, "error.exists", NULL, NULL);
	CHECK_OK(insert(tx, &Q_DAILY, 1, "one", e), e);
	CHECK_OK(names(tx, 0, got, e), e);
	return insert(tx, &Q_DAILY, 1, "again", e);
}

static enum err sees_nothing(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	char got[100];
	enum err err = names(tx, 0, got, e);
	CHECK_STR(str_of(got), "");
	return err;
}

DB_TEST(what_a_failed_job_read_is_not_kept)
{
	struct error e;
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	CHECK_INT(db_write(db, fails_after_keeping, NULL, &e), ERR_CONFLICT);
	CHECK_OK(db_write(db, sees_nothing, NULL, &e), &e);
	db_testing_close(db);
}

static enum err fails_as_it_should(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	struct db_rows r;
	static const struct db_query broken = {
	    .name = "broken",
	    .sql = BOTH("SELECT id / (n - n) FROM item WHERE $1 > 0 AND absent = 1"),
	    .id = 22,
	    .n_params = 1,
	    .kept = true,
	    .leaves_kept = true};
	db_rows_open(&r, tx, &broken, DB_ARGS(db_int(1)));
	CHECK(!db_rows_next(&r));
	return db_rows_close(&r, e);
}

DB_TEST(a_kept_query_that_fails_tells)
{
	struct error e;
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	CHECK(db_write(db, fails_as_it_should, NULL, &e) != ERR_OK);
	CHECK_OK(db_write(db, keeps, NULL, &e), &e);
	db_testing_close(db);
}

/* ---- not waited for ---- */

static enum err later(void *arg, struct db_conn *tx, struct error *e)
{
	const int64_t *id = arg;
	enum err err =
	    db_exec_later(tx, &Q_ADD, DB_ARGS(db_int(*id), db_text(STR("later")), db_int(1)), e);
	/* The next answer comes after it, and sees it. */
	int64_t n = 0;
	if (!err)
		err = db_one_int(tx, &Q_N, DB_ARGS(db_int(*id)), &n, e);
	CHECK(err || n == 1);
	return err;
}

DB_TEST(a_statement_for_later_is_there_for_the_next_and_its_failure_fails_the_job)
{
	struct error e;
	int64_t one = 1, two = 2;
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	CHECK_OK(db_write(db, later, &one, &e), &e);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM item", DB_NO_ARGS), 1);
	/* The same name twice: told by the statement after it. */
	CHECK_INT(db_write(db, later, &two, &e), ERR_CONFLICT);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM item", DB_NO_ARGS), 1);
	db_testing_close(db);
}

static enum err last_of_its_job(void *arg UNUSED, struct db_conn *tx, struct error *e)
{
	return db_exec_later(tx, &Q_ADD, DB_ARGS(db_int(9), db_text(STR("later")), db_int(1)), e);
}

DB_TEST(a_statement_for_later_that_nothing_follows_fails_at_the_commit)
{
	struct error e;
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	CHECK_OK(db_write(db, last_of_its_job, NULL, &e), &e);
	CHECK_INT(db_write(db, last_of_its_job, NULL, &e), ERR_CONFLICT);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM item", DB_NO_ARGS), 1);
	db_testing_close(db);
}

/* ---- asked ahead ---- */

DB_TEST(what_was_asked_ahead_answers_the_same)
{
	struct error e;
	struct db_conn *c;
	int64_t n = 0;
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	for (int i = 1; i <= 3; i++)
		db_testing_exec(db, "INSERT INTO item (id, name, n) VALUES ($1, $2, $3)",
		                DB_ARGS(db_int(i),
		                        db_text(i == 1   ? STR("a")
		                                : i == 2 ? STR("b")
		                                         : STR("c")),
		                        db_int(10 * i)));
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	for (int i = 1; i <= 3; i++)
		db_look_ahead(c, &Q_N, DB_ARGS(db_int(i)));
	/* Out of their order, one of them never, one that was not announced between them. */
	CHECK_OK(db_one_int(c, &Q_N, DB_ARGS(db_int(3)), &n, &e), &e);
	CHECK_INT(n, 30);
	char got[100];
	CHECK_OK(names(c, 20, got, &e), &e);
	CHECK_STR(str_of(got), "2=b 3=c");
	CHECK_OK(db_one_int(c, &Q_N, DB_ARGS(db_int(1)), &n, &e), &e);
	CHECK_INT(n, 10);
	/* Asked again it is asked anew. */
	CHECK_OK(db_one_int(c, &Q_N, DB_ARGS(db_int(1)), &n, &e), &e);
	CHECK_INT(n, 10);
	db_read_end(db, c);
	/* What nobody asked for does not answer the next reader of this connection. */
	db_testing_exec(db, "UPDATE item SET n = 77 WHERE id = 2", DB_NO_ARGS);
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(db_one_int(c, &Q_N, DB_ARGS(db_int(2)), &n, &e), &e);
	CHECK_INT(n, 77);
	db_read_end(db, c);
	db_testing_close(db);
}

static const struct db_query Q_KEPT_LONG = {
    .name = "item_kept_long",
    .sql = BOTH("SELECT count(*) FROM item WHERE n >= $1"),
    .id = 22,
    .n_params = 1,
    .kept = true,
    .kept_long = true,
    .leaves_kept = true,
};

static enum err add_one(void *arg, struct db_conn *tx, struct error *e)
{
	const int64_t *id = arg;
	return insert(tx, &Q_ADD, *id, *id == 1 ? "one" : "two", e);
}

/* How many there are by the connection's word, told this mark (-1: told nothing). */
static int64_t count_at(struct db *db, int64_t mark)
{
	struct error e;
	struct db_conn *c;
	int64_t n = -1;
	struct db_rows r;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	if (mark >= 0)
		db_keep_while(c, mark);
	for (int i = 0; i < 2; i++) {
		db_look_ahead(c, &Q_KEPT_LONG, DB_ARGS(db_int(0)));
		db_rows_open(&r, c, &Q_KEPT_LONG, DB_ARGS(db_int(0)));
		CHECK(db_rows_next(&r));
		n = db_get_int(&r, 0);
		CHECK_OK(db_rows_close(&r, &e), &e);
	}
	db_read_end(db, c);
	return n;
}

DB_TEST(a_reader_keeps_an_answer_while_the_mark_is_the_same)
{
	struct error e;
	struct db *db = db_testing_open(engine, LIST, COUNT_OF(LIST));
	CHECK_INT(count_at(db, 7), 0);
	CHECK_OK(db_write(db, add_one, &(int64_t){1}, &e), &e);
	CHECK_INT(count_at(db, 7), 0); /* the caller said that nothing had changed */
	CHECK_INT(count_at(db, 0), 1);
	CHECK_INT(count_at(db, -1), 1);
	CHECK_INT(count_at(db, 8), 1);
	CHECK_OK(db_write(db, add_one, &(int64_t){2}, &e), &e);
	CHECK_INT(count_at(db, 8), 1);
	CHECK_INT(count_at(db, 7), 2); /* older marks are not remembered */
	db_testing_close(db);
}
