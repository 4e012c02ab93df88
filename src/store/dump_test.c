/* dump_test.c: a backup holds every table, moves between engines, and tells damage. */
#include <fcntl.h>
#include <unistd.h>

#include "db/db_testing.h"
#include "store/check.h"
#include "store/dump.h"
#include "store/dump_tables.h"
#include "store/migrations_gen.h"
#include "store/system.h"

static struct blob_store blobs_for(enum db_engine engine)
{
	return (struct blob_store){.engine = engine, .dir = str_of(test_tmp_dir())};
}

struct put {
	const struct blob_store *bs;
	str bytes, hash;
	struct arena *a;
};

static enum err put_blob(void *arg, struct db_conn *tx, struct error *e)
{
	struct put *p = arg;
	return blob_put(p->bs, p->a, tx, p->bytes, 5, &p->hash, e);
}

/* Some rows in tables that need care: self references, bytes, NULLs, a blob. */
static str fill(struct arena *a, struct db *db, const struct blob_store *bs, str bytes)
{
	db_testing_exec(db, "INSERT INTO brand (name, slug, created_at) VALUES ('b', 'b', 1)",
	                DB_NO_ARGS);
	db_testing_exec(db, "INSERT INTO line (name, created_at) VALUES ('l', 1)", DB_NO_ARGS);
	db_testing_exec(db,
	                "INSERT INTO contact (name, created_at, updated_at) VALUES ('Анна', 1, 1)",
	                DB_NO_ARGS);
	for (int i = 0; i < 450; i++)
		db_testing_exec(
		    db,
		    "INSERT INTO ticket (brand_id, line_id, contact_id, subject, subject_fold, "
		    "channel, status, created_at, updated_at, last_message_at) SELECT b.id, l.id, "
		    "c.id, 's', 's', 'mail', 'closed', 1, 1, 1 FROM brand b, line l, contact c",
		    DB_NO_ARGS);
	/* The first refers to the last, which a backup holds in a later page. */
	db_testing_exec(db,
	                "UPDATE ticket SET merged_into = (SELECT max(id) FROM ticket) WHERE id = "
	                "(SELECT min(id) FROM ticket)",
	                DB_NO_ARGS);
	struct put p = {bs, bytes, STR_NONE, a};
	struct error e;
	CHECK_OK(db_write(db, put_blob, &p, &e), &e);
	db_testing_exec(
	    db,
	    "INSERT INTO message (ticket_id, kind, channel, sent_at, created_at, text, "
	    "raw_hash) SELECT max(id), 'customer', 'mail', 1, 1, 'привет', $1 FROM ticket",
	    DB_ARGS(db_text(p.hash)));
	db_testing_exec(
	    db,
	    "INSERT INTO event (id, schema, at, type, audience, actor, data, digest) VALUES "
	    "(1, 1, 1, 'x', 'system', 'system', '{}', $1)",
	    DB_ARGS(db_blob(str_n("\0\1\xff", 3))));
	db_testing_exec(
	    db,
	    "INSERT INTO job (kind, ukey, due, lease_owner, lease_until, created_at) VALUES "
	    "('send', 'message:1', 1, 'me', 99, 1)",
	    DB_NO_ARGS);
	return p.hash;
}

static void save(struct db *db, const struct blob_store *bs, const char *path,
                 struct dump_counts *counts)
{
	struct error e;
	struct db_conn *c;
	struct archive_writer *w;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(archive_create(path, &w, &e), &e);
	CHECK_OK(dump_save(c, bs, w, 7, STR("key\n"), counts, &e), &e);
	CHECK_OK(archive_finish(w, &e), &e);
	db_read_end(db, c);
}

static void move(enum db_engine from, enum db_engine to)
{
	ARENA_AUTO a = arena_new();
	struct db *db = db_testing_open(from, MIGRATIONS, N_MIGRATIONS);
	struct blob_store bs = blobs_for(from), bs2 = blobs_for(to);
	char *big = arena_alloc(a, 3 << 20);
	for (int i = 0; i < 3 << 20; i++)
		big[i] = (char)(i * 2654435761U >> 13);
	str hash = fill(a, db, &bs, str_n(big, 3 << 20));
	const char *path = str_z(a, str_printf(a, "%s/backup", test_tmp_dir()));
	struct dump_counts out, in;
	save(db, &bs, path, &out);
	db_testing_close(db);

	struct db *copy = db_testing_open(to, MIGRATIONS, N_MIGRATIONS);
	struct error e;
	str key;
	CHECK_OK(dump_load(a, copy, &bs2, path, 8, &key, &in, &e), &e);
	CHECK_STR(key, "key\n");
	CHECK_INT(in.rows, out.rows);
	CHECK_INT(in.blobs, 1);
	CHECK_INT(db_testing_int(copy, "SELECT count(*) FROM ticket", DB_NO_ARGS), 450);
	CHECK_INT(
	    db_testing_int(copy,
	                   "SELECT count(*) FROM ticket WHERE merged_into = (SELECT max(id) FROM "
	                   "ticket)",
	                   DB_NO_ARGS),
	    1);
	CHECK_INT(db_testing_int(copy, "SELECT count(*) FROM event WHERE digest = $1",
	                         DB_ARGS(db_blob(str_n("\0\1\xff", 3)))),
	          1);
	CHECK_INT(db_testing_int(copy, "SELECT lease_until FROM job", DB_NO_ARGS), 0);
	/* The next id continues after the highest. */
	db_testing_exec(copy,
	                "INSERT INTO contact (name, created_at, updated_at) VALUES ('n', 1, 1)",
	                DB_NO_ARGS);
	CHECK_INT(db_testing_int(copy, "SELECT count(*) FROM contact", DB_NO_ARGS), 2);
	struct db_conn *c;
	CHECK_OK(db_read_begin(copy, &c, &e), &e);
	str bytes, reason;
	CHECK_OK(blob_read(&bs2, a, c, hash, 0, &bytes, &e), &e);
	CHECK(str_eq(bytes, str_n(big, 3 << 20)));
	CHECK_OK(system_get(a, c, SYSTEM_NO_SEND, &reason, &e), &e);
	CHECK_STR(reason, "restored");
	db_read_end(copy, c);
	/* Not into a house that is lived in. */
	CHECK_INT(dump_load(a, copy, &bs2, path, 8, &key, &in, &e), ERR_CONFLICT);
	CHECK_STR(str_of(e.key), "error.not_empty");
	db_testing_close(copy);
}

DB_TEST(backup_loads_on_the_same_engine)
{
	move(engine, engine);
}

DB_TEST(backup_loads_on_the_other_engine)
{
	if (engine == DB_SQLITE && !getenv("OTKLIK_TEST_PG"))
		test_skip("no PostgreSQL to move to");
	move(engine, engine == DB_SQLITE ? DB_PG : DB_SQLITE);
}

DB_TEST(a_snapshot_whose_bytes_were_removed_is_told_from_damage)
{
	ARENA_AUTO a = arena_new();
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	struct blob_store bs = blobs_for(engine);
	const char *path = str_z(a, str_printf(a, "%s/backup", test_tmp_dir()));
	struct dump_counts counts;
	struct error e;
	struct db_conn *c;
	struct archive_writer *w;
	str hash = fill(a, db, &bs, STR("to be erased"));
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	struct db_rows r; /* the snapshot begins with the first look */
	db_rows_open_text(&r, c, STR("SELECT count(*) FROM blob"), DB_NO_ARGS);
	CHECK(db_rows_next(&r) && db_get_int(&r, 0) == 1);
	CHECK_OK(db_rows_close(&r, &e), &e);
	db_testing_exec(db, "UPDATE message SET raw_hash = NULL", DB_NO_ARGS);
	db_testing_exec(db, "DELETE FROM blob_chunk", DB_NO_ARGS);
	db_testing_exec(db, "DELETE FROM blob", DB_NO_ARGS);
	CHECK_OK(blob_unlink(&bs, hash, &e), &e);
	CHECK_OK(archive_create(path, &w, &e), &e);
	enum err err = dump_save(c, &bs, w, 7, STR_NONE, &counts, &e);
	archive_abandon(w);
	db_read_end(db, c);
	if (engine == DB_PG)
		CHECK_OK(err, &e); /* there the bytes are in the snapshot, too */
	else
		CHECK(err && counts.overtaken);
	save(db, &bs, path, &counts);
	CHECK(!counts.overtaken);
	CHECK_INT(counts.blobs, 0);
	db_testing_close(db);
}

TEST(damaged_backup_is_told)
{
	ARENA_AUTO a = arena_new();
	const char *path = str_z(a, str_printf(a, "%s/backup", test_tmp_dir()));
	struct error e;
	struct archive_writer *w;
	CHECK_OK(archive_create(path, &w, &e), &e);
	for (int i = 0; i < 1000; i++)
		CHECK_OK(archive_add(w, 'R', str_printf(a, "row %d %d", i, i * 7919), &e), &e);
	CHECK_OK(archive_finish(w, &e), &e);
	struct dump_counts counts;
	CHECK_OK(dump_check(path, &counts, &e), &e);
	CHECK_INT(counts.rows, 1000);

	int fd = open(path, O_RDWR);
	char bytes[65536];
	ssize_t n = read(fd, bytes, sizeof bytes);
	CHECK(n > 100);
	for (ssize_t at = 0; at < n; at += 97) {
		char wrong = (char)(bytes[at] ^ 0x55);
		CHECK(pwrite(fd, &wrong, 1, at) == 1);
		CHECK_INT(dump_check(path, &counts, &e), ERR_SYNTAX);
		CHECK_STR(str_of(e.key), "error.bad_backup");
		CHECK(pwrite(fd, &bytes[at], 1, at) == 1);
	}
	for (ssize_t cut = 0; cut < n; cut += 61) {
		CHECK(ftruncate(fd, cut) == 0);
		CHECK_INT(dump_check(path, &counts, &e), ERR_SYNTAX);
		CHECK(pwrite(fd, bytes, (size_t)n, 0) == n);
	}
	CHECK_OK(dump_check(path, &counts, &e), &e);
	close(fd);
}

DB_TEST(every_table_is_in_the_backup_or_left_out_on_purpose)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	struct error e;
	struct db_conn *c;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	struct db_rows r;
	db_rows_open_text(&r, c,
	                  engine == DB_SQLITE
	                      ? STR("SELECT name FROM sqlite_master WHERE type = 'table'")
	                      : STR("SELECT table_name FROM information_schema.tables WHERE "
	                            "table_schema = current_schema()"),
	                  DB_NO_ARGS);
	while (db_rows_next(&r)) {
		str name = db_get_str(&r, 0);
		bool known = str_starts(name, STR("sqlite_")) ||
		             str_starts(name, STR("message_search_")) ||
		             str_starts(name, STR("article_search_"));
		for (size_t i = 0; i < DUMP_N_TABLES; i++)
			known |= str_eq(name, str_of(DUMP_TABLES[i].name));
		for (size_t i = 0; i < COUNT_OF(DUMP_SKIPPED); i++)
			known |= str_eq(name, str_of(DUMP_SKIPPED[i]));
		if (!known)
			test_fail(__FILE__, __LINE__, "table %.*s is in no list", STR_FMT(name));
	}
	CHECK_OK(db_rows_close(&r, &e), &e);
	db_read_end(db, c);
	db_testing_close(db);
}

static void count_bad(void *arg, const char *what, int64_t id)
{
	++*(int *)arg;
}

DB_TEST(broken_invariants_are_found)
{
	ARENA_AUTO a = arena_new();
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	struct error e;
	struct db_conn *c;
	int bad = 0, kinds;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(check_rows(c, count_bad, &bad, &kinds, &e), &e);
	db_read_end(db, c);
	CHECK_INT(bad, 0);
	struct blob_store bs = blobs_for(engine);
	fill(a, db, &bs, STR("bytes"));
	db_testing_exec(
	    db,
	    "INSERT INTO intake (received_at, channel, size, digest, state) VALUES (1, 'mail', "
	    "1, 'd', 'accepted')",
	    DB_NO_ARGS);
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(check_rows(c, count_bad, &bad, &kinds, &e), &e);
	db_read_end(db, c);
	CHECK(bad > 3);
	db_testing_close(db);
}
