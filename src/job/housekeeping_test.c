/* housekeeping_test.c: bytes that nothing names go, and none that something is about to name. */
#include "job/housekeeping.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/db_testing.h"
#include "store/blob_doomed.h"
#include "store/migrations_gen.h"
#include "store/queries_gen.h"

struct store {
	struct db *db;
	struct arena *a;
	struct desk desk;
	struct error e;
};

static void store_start(struct store *s, enum db_engine engine)
{
	*s = (struct store){.a = arena_new()};
	s->db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	s->desk = (struct desk){.clock = clock_manual_new(100 * USEC_DAY), .db = s->db};
	s->desk.blobs = (struct blob_store){.engine = engine,
	                                    .dir = str_printf(s->a, "%s/blobs", test_tmp_dir())};
}

static void store_stop(struct store *s)
{
	db_testing_close(s->db);
	clock_free(s->desk.clock);
	arena_free(s->a);
}

/* Attaches a blob and, if asked, names it; between the two it may wait for others. */
struct coming {
	struct store *s;
	struct blob blob;
	bool named;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool waits, attached, go_on;
	enum err err;
	struct error e;
};

static enum err come(void *arg, struct db_conn *tx, struct error *e)
{
	struct coming *c = arg;
	enum err err = blob_attach(tx, &c->blob, clock_now(c->s->desk.clock), e);
	if (err)
		return err;
	if (c->waits) {
		pthread_mutex_lock(&c->lock);
		c->attached = true;
		pthread_cond_broadcast(&c->changed);
		while (!c->go_on)
			pthread_cond_wait(&c->changed, &c->lock);
		pthread_mutex_unlock(&c->lock);
	}
	if (!c->named)
		return ERR_OK;
	return db_exec_text(tx,
	                    STR("INSERT INTO intake (received_at, channel, size, digest, state, "
	                        "raw_hash) VALUES (0, 'mail', 1, '', 'accepted', $1)"),
	                    DB_ARGS(db_text(c->blob.hash)), NULL, e);
}

static void *come_main(void *arg)
{
	struct coming *c = arg;
	c->err = db_write(c->s->db, come, c, &c->e);
	return NULL;
}

static str put(struct store *s, const char *text, bool named)
{
	struct coming c = {.s = s, .named = named};
	CHECK_OK(blob_prepare(&s->desk.blobs, s->a, str_of(text), &c.blob, &s->e), &s->e);
	CHECK_OK(db_write(s->db, come, &c, &s->e), &s->e);
	return c.blob.hash;
}

static int64_t rows(struct store *s, const char *table, str hash)
{
	return db_testing_int(s->db,
	                      str_printf(s->a, "SELECT count(*) FROM %s WHERE hash = $1", table).p,
	                      DB_ARGS(db_text(hash)));
}

static int64_t sweep(struct store *s)
{
	int64_t n;
	usec now = clock_now(s->desk.clock);
	CHECK_OK(blob_sweep(&s->desk.blobs, s->db, now - USEC_DAY, now, &n, &s->e), &s->e);
	CHECK_INT(db_testing_int(s->db, "SELECT count(*) FROM blob_doomed", DB_NO_ARGS), 0);
	return n;
}

static enum err ensure(void *arg, struct db_conn *tx, struct error *e)
{
	struct store *s = arg;
	return job_housekeeping_ensure(tx, clock_now(s->desk.clock), e);
}

DB_TEST(bytes_that_nothing_names_go_after_a_day)
{
	struct store s;
	struct job_kind kind;
	int64_t n;
	store_start(&s, engine);
	CHECK_OK(db_write(s.db, ensure, &s, &s.e), &s.e);
	str named = put(&s, "named", true), left = put(&s, "left behind", false);
	clock_advance(s.desk.clock, USEC_DAY + USEC_SECOND);
	str young = put(&s, "young", false);
	job_sweep_kind(&kind, &s.desk);
	const struct job_kind *const kinds[] = {&kind};
	struct job_runner_options o = {
	    .db = s.db, .clock = s.desk.clock, .owner = STR("t"), .kinds = kinds, .n_kinds = 1};
	CHECK_OK(job_run_due(&o, &n, &s.e), &s.e);
	CHECK_INT(n, 1);
	CHECK_INT(rows(&s, "blob", named), 1);
	CHECK_INT(rows(&s, "blob", young), 1);
	CHECK_INT(rows(&s, "blob", left), 0);
	CHECK_INT(rows(&s, "blob_chunk", left), 0);
	str file = str_printf(s.a, "%.*s/%.2s/%s", STR_FMT(s.desk.blobs.dir), left.p, left.p + 2);
	CHECK(access(file.p, F_OK) != 0);
	/* Tomorrow again. */
	CHECK_INT(db_testing_int(s.db,
	                         "SELECT count(*) FROM job WHERE kind = 'blob_sweep' AND due > $1",
	                         DB_ARGS(db_int(clock_now(s.desk.clock)))),
	          1);
	/* The same bytes come again. */
	CHECK(str_eq(put(&s, "left behind", true), left));
	CHECK_INT(sweep(&s), 0);
	struct db_conn *c;
	str back;
	CHECK_OK(db_read_begin(s.db, &c, &s.e), &s.e);
	CHECK_OK(blob_read(&s.desk.blobs, s.a, c, left, 0, &back, &s.e), &s.e);
	db_read_end(s.db, c);
	CHECK_STR(back, "left behind");
	store_stop(&s);
}

/* Made ready, removed by the sweep, then attached: busy, and the second try finds all whole. */
static void age(str path)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	CHECK(utimensat(AT_FDCWD, path.p, old, 0) == 0);
}

TEST(files_that_no_row_knows_go_after_a_day)
{
	struct store s;
	store_start(&s, DB_SQLITE);
	struct blob old, young;
	str named = put(&s, "named", true), kept = put(&s, "a row and no name", false);
	CHECK_OK(blob_prepare(&s.desk.blobs, s.a, STR("left behind"), &old, &s.e), &s.e);
	CHECK_OK(blob_prepare(&s.desk.blobs, s.a, STR("under way"), &young, &s.e), &s.e);
	str temp = str_printf(s.a, "%.*s/.tmp-x",
	                      STR_FMT(str_sub(old.path, 0, (size_t)str_rchr(old.path, '/'))));
	FILE *f = fopen(temp.p, "we");
	CHECK(f && fclose(f) == 0);
	age(temp);
	age(old.path);
	const str hashes[] = {named, kept};
	for (size_t i = 0; i < COUNT_OF(hashes); i++)
		age(str_printf(s.a, "%.*s/%.2s/%.62s", STR_FMT(s.desk.blobs.dir), hashes[i].p,
		               hashes[i].p + 2));
	int64_t n = 0;
	CHECK_OK(blob_sweep_files(&s.desk.blobs, s.db, 100 * USEC_DAY, &n, &s.e), &s.e);
	CHECK_INT(n, 2);
	CHECK(!blob_on_disk(&s.desk.blobs, old.hash) && access(temp.p, F_OK) != 0);
	CHECK(blob_on_disk(&s.desk.blobs, young.hash) && blob_on_disk(&s.desk.blobs, named) &&
	      blob_on_disk(&s.desk.blobs, kept));
	/* whoever had prepared it is told */
	struct coming late = {.s = &s, .blob = old};
	CHECK_INT(db_write(s.db, come, &late, &s.e), ERR_BUSY);
	store_stop(&s);
}

/* An old file that is met again is as young as one just made: no row names it yet. */
TEST(a_file_that_comes_again_is_not_swept_before_it_has_a_row)
{
	struct store s;
	store_start(&s, DB_SQLITE);
	struct coming c = {.s = &s};
	int64_t n = 0;
	CHECK_OK(blob_prepare(&s.desk.blobs, s.a, STR("left behind"), &c.blob, &s.e), &s.e);
	age(c.blob.path);
	CHECK_OK(blob_prepare(&s.desk.blobs, s.a, STR("left behind"), &c.blob, &s.e), &s.e);
	CHECK_OK(blob_sweep_files(&s.desk.blobs, s.db, 100 * USEC_DAY, &n, &s.e), &s.e);
	CHECK_INT(n, 0);
	CHECK_OK(db_write(s.db, come, &c, &s.e), &s.e);
	store_stop(&s);
}

TEST(bytes_removed_before_they_are_attached_are_asked_for_again)
{
	struct store s;
	store_start(&s, DB_SQLITE);
	str hash = put(&s, "twice", false);
	clock_advance(s.desk.clock, 2 * USEC_DAY);
	struct coming c = {.s = &s, .named = true};
	CHECK_OK(blob_prepare(&s.desk.blobs, s.a, STR("twice"), &c.blob, &s.e), &s.e);
	CHECK_INT(sweep(&s), 1);
	CHECK_INT(db_write(s.db, come, &c, &s.e), ERR_BUSY);
	CHECK_INT(rows(&s, "blob", hash), 0);
	CHECK_OK(blob_prepare(&s.desk.blobs, s.a, STR("twice"), &c.blob, &s.e), &s.e);
	CHECK_OK(db_write(s.db, come, &c, &s.e), &s.e);
	CHECK_INT(sweep(&s), 0);
	CHECK_INT(rows(&s, "blob", hash), 1);
	store_stop(&s);
}

/* A job that has attached an old blob and not named it yet: the sweep leaves it, and the job
 * commits. */
TEST(bytes_that_another_writer_is_about_to_name_stay)
{
	struct store s;
	db_testing_need(DB_PG);
	store_start(&s, DB_PG);
	str hash = put(&s, "old", false), other = put(&s, "other", false);
	clock_advance(s.desk.clock, 2 * USEC_DAY);
	struct coming c = {.s = &s, .named = true, .waits = true};
	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.changed, NULL);
	CHECK_OK(blob_prepare(&s.desk.blobs, s.a, STR("old"), &c.blob, &s.e), &s.e);
	CHECK(pthread_create(&c.thread, NULL, come_main, &c) == 0);
	pthread_mutex_lock(&c.lock);
	while (!c.attached)
		pthread_cond_wait(&c.changed, &c.lock);
	pthread_mutex_unlock(&c.lock);
	int64_t n;
	usec now = clock_now(s.desk.clock);
	enum err err = blob_sweep(&s.desk.blobs, s.db, now - USEC_DAY, now, &n, &s.e);
	pthread_mutex_lock(&c.lock);
	c.go_on = true;
	pthread_cond_broadcast(&c.changed);
	pthread_mutex_unlock(&c.lock);
	pthread_join(c.thread, NULL);
	CHECK_OK(err, &s.e);
	CHECK_INT(n, 1);
	CHECK_OK(c.err, &c.e);
	CHECK_INT(rows(&s, "blob", other), 0);
	CHECK_INT(rows(&s, "blob", hash), 1);
	CHECK_INT(rows(&s, "blob_chunk", hash), 1);
	/* Looked at next time, and seen to be named. */
	CHECK_INT(sweep(&s), 0);
	CHECK_INT(rows(&s, "blob", hash), 1);
	store_stop(&s);
}

/* A new table that holds a hash must be asked too. */
TEST(every_column_that_names_a_blob_is_asked)
{
	struct store s;
	struct db_conn *c;
	struct db_rows r;
	int n = 0;
	store_start(&s, DB_SQLITE);
	CHECK_OK(db_read_begin(s.db, &c, &s.e), &s.e);
	db_rows_open_text(&r, c,
	                  STR("SELECT m.name, f.\"from\" FROM sqlite_master m JOIN "
	                      "pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND "
	                      "f.\"table\" = 'blob' AND m.name <> 'blob_chunk'"),
	                  DB_NO_ARGS);
	while (db_rows_next(&r)) {
		str table = db_dup_str(s.a, &r, 0), column = db_dup_str(s.a, &r, 1);
		const struct db_query *queries[] = {&Q_BLOB_UNREFERENCED, &Q_BLOB_REFERENCED};
		for (size_t i = 0; i < COUNT_OF(queries); i++) {
			str sql = str_of(queries[i]->sql[DB_SQLITE]);
			ptrdiff_t at = str_find(sql, str_printf(s.a, "FROM %.*s ", STR_FMT(table)));
			if (at < 0 || str_find(str_sub(sql, (size_t)at, (size_t)at + 60),
			                       str_printf(s.a, ".%.*s =", STR_FMT(column))) < 0)
				test_fail(__FILE__, __LINE__, "%s does not ask %.*s.%.*s",
				          queries[i]->name, STR_FMT(table), STR_FMT(column));
		}
		n++;
	}
	CHECK_OK(db_rows_close(&r, &s.e), &s.e);
	CHECK(n >= 4);
	db_read_end(s.db, c);
	store_stop(&s);
}
