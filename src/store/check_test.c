/* check_test.c: rows that refer to nothing, or are of a state that there is not, are refused or
 * found. */
#include "store/check.h"

#include "db/db_testing.h"
#include "store/migrations_gen.h"

static const char *const BAD[] = {
    "INSERT INTO identity (contact_id, kind, value, value_norm, created_at) "
    "VALUES (77, 'email', 'a@b.c', 'a@b.c', 0)",
    "INSERT INTO ticket (brand_id, line_id, contact_id, subject, subject_fold, channel, status, "
    "created_at, updated_at, last_message_at) VALUES (77, 1, 1, '', '', 'mail', 'new', 0, 0, 0)",
    "INSERT INTO message (ticket_id, kind, channel, sent_at, created_at, text) "
    "VALUES (77, 'customer', 'api', 0, 0, '')",
    "INSERT INTO intake (received_at, channel, line_id, size, digest, state) "
    "VALUES (0, 'mail', 77, 0, '', 'quarantined')",
    "INSERT INTO intake (received_at, channel, size, digest, state) VALUES (0, 'mail', 0, '', "
    "'lost')",
    "INSERT INTO event (id, schema, at, type, audience, actor, data, digest) "
    "VALUES (1, 1, 0, 'x', 'everybody', 'system', '{}', '')",
};

struct one {
	const char *sql;
};

static enum err write_one(void *arg, struct db_conn *tx, struct error *e)
{
	const struct one *o = arg;
	return db_exec_text(tx, str_of(o->sql), DB_NO_ARGS, NULL, e);
}

static void count_bad(void *arg, const char *what UNUSED, int64_t id UNUSED)
{
	++*(int *)arg;
}

static int n_bad(struct db *db)
{
	struct db_conn *c;
	struct error e;
	int bad = 0, kinds;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(check_rows(c, count_bad, &bad, &kinds, &e), &e);
	db_read_end(db, c);
	return bad;
}

DB_TEST(what_refers_to_nothing_is_refused_or_found)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	for (size_t i = 0; i < COUNT_OF(BAD); i++) {
		struct error e;
		int before = n_bad(db);
		struct one o = {BAD[i]};
		if (db_write(db, write_one, &o, &e) == ERR_OK)
			CHECK(n_bad(db) > before);
		else
			CHECK(e.code == ERR_INVALID || e.code == ERR_INTERNAL);
	}
	db_testing_close(db);
}
