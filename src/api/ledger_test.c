/* ledger_test.c: where the export of the ledger is made, and what it holds meanwhile. */
#include <sys/resource.h>
#include <unistd.h>

#include "api/map.h"
#include "db/db_testing.h"
#include "store/migrations_gen.h"

struct export
{
	struct db *db;
	struct desk desk;
	struct api api;
	struct api_call call;
	struct api_raw raw;
	struct error e;
};

static struct export *export_new(enum db_engine engine)
{
	struct export *x = xcalloc(1, sizeof *x);
	x->db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	x->desk = (struct desk){.db = x->db, .clock = clock_manual_new(1000 * USEC_DAY)};
	x->api.o = (struct api_options){.db = x->db, .desk = &x->desk, .spool_dir = test_tmp_dir()};
	x->call = (struct api_call){
	    .api = &x->api, .desk = &x->desk, .arena = arena_new(), .actor = actor_system()};
	return x;
}

static enum err export_run(struct export *x)
{
	const struct api_export_intake_query q = {0};
	return api_export_intake(&x->call, &q, &x->raw, &x->e);
}

static void export_free(struct export *x)
{
	if (x->call.conn)
		db_read_end(x->db, x->call.conn);
	db_testing_close(x->db);
	clock_free(x->desk.clock);
	arena_free(x->call.arena);
	free(x);
}

/* No snapshot lasts as long as the export: what goes meanwhile is not in a later page. */
DB_TEST(an_export_begins_each_page_anew)
{
	struct export *x = export_new(engine);
	db_testing_exec(x->db,
	                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
	                "5002) INSERT INTO intake (received_at, channel, size, digest, state) "
	                "SELECT i, 'mail', 1, '', 'rejected' FROM n",
	                DB_NO_ARGS);
	CHECK_OK(db_read_begin(x->db, &x->call.conn, &x->e), &x->e);
	struct db_rows r; /* the snapshot begins with the first question */
	db_rows_open_text(&r, x->call.conn, STR("SELECT count(*) FROM intake"), DB_NO_ARGS);
	CHECK(db_rows_next(&r));
	CHECK_INT(db_get_int(&r, 0), 5002);
	CHECK_OK(db_rows_close(&r, &x->e), &x->e);
	db_testing_exec(x->db, "DELETE FROM intake WHERE received_at = 1", DB_NO_ARGS);
	CHECK_OK(export_run(x), &x->e);
	char *text = arena_alloc(x->call.arena, (size_t)x->raw.size);
	CHECK_INT(pread(x->raw.fd, text, (size_t)x->raw.size, 0), x->raw.size);
	int64_t lines = 0;
	for (int64_t i = 0; i < x->raw.size; i++)
		lines += text[i] == '\n';
	CHECK_INT(lines, 1 + 5001);
	/* It lies where bodies of requests do, not in memory. */
	char path[64], where[512];
	snprintf(path, sizeof path, "/proc/self/fd/%d", x->raw.fd);
	ssize_t n = readlink(path, where, sizeof where);
	CHECK(n > 0 && str_starts(str_n(where, (size_t)n), str_of(x->api.o.spool_dir)));
	close(x->raw.fd);
	export_free(x);
}

TEST(an_export_without_room_says_why)
{
	struct export *x = export_new(DB_SQLITE);
	struct rlimit before, none;
	CHECK_OK(db_read_begin(x->db, &x->call.conn, &x->e), &x->e);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	enum err err = export_run(x);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK_INT(err, ERR_IO);
	CHECK_STR(str_of(x->e.key), "error.descriptors");
	export_free(x);
}
