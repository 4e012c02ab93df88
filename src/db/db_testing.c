/* db_testing.c: see db_testing.h. */
#include "db/db_testing.h"

#include <libpq-fe.h>
#include <unistd.h>

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

/* ---- PostgreSQL: a template for each list of migrations, copies of it ---- */

static char *templates[16]; /* databases of this run ... */
static uint64_t template_of[16];
static size_t n_templates;
static char *copies[4096]; /* ... NULL where dropped already */
static size_t n_copies;

static const char *server(void)
{
	const char *url = getenv("OTKLIK_TEST_PG"); /* nobody sets it */
	if (!url || !*url)
		test_skip("no PostgreSQL ($OTKLIK_TEST_PG)");
	return url;
}

void db_testing_need(enum db_engine engine)
{
	if (engine == DB_PG)
		server();
}

/* A statement on the server's own database. False when it fails. */
static bool on_server(const char *sql, char *why, size_t cap)
{
	PGconn *conn = PQconnectdb(server());
	PGresult *res = PQexec(conn, sql);
	bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
	if (why)
		snprintf(why, cap, "%s", PQerrorMessage(conn));
	PQclear(res);
	PQfinish(conn);
	return ok;
}

static void drop(char **name)
{
	char sql[128];
	if (!*name)
		return;
	snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", *name);
	on_server(sql, NULL, 0);
	free(*name);
	*name = NULL;
}

static void drop_all(void)
{
	for (size_t i = 0; i < n_copies; i++)
		drop(&copies[i]);
	for (size_t i = 0; i < n_templates; i++)
		drop(&templates[i]);
}

static void must(const char *sql)
{
	static bool registered;
	char why[300];
	bool ok = on_server(sql, why, sizeof why);
	/* After the first connection: what its libraries register is undone later. */
	if (!registered)
		atexit(drop_all);
	registered = true;
	if (!ok)
		test_fail(__FILE__, __LINE__, "%s: %s", sql, why);
}

/* The server's URL with another database. */
static str url_of(const char *name)
{
	ARENA_AUTO a = arena_new();
	str url = str_of(server()), query = STR_NONE;
	ptrdiff_t at = str_chr(url, '?');
	if (at >= 0) {
		query = str_from(url, (size_t)at);
		url = str_sub(url, 0, (size_t)at);
	}
	ptrdiff_t host = str_find(url, STR("://")) + 3;
	ptrdiff_t slash = str_chr(str_from(url, (size_t)host), '/');
	if (slash >= 0)
		url = str_sub(url, 0, (size_t)(host + slash));
	return keep(str_printf(a, "%.*s/%s%.*s", STR_FMT(url), name, STR_FMT(query)));
}

static uint64_t hash_list(const struct db_migration *list, size_t n)
{
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < n; i++)
		for (const char *c = list[i].sql[DB_PG]; *c; c++)
			h = (h ^ (unsigned char)*c) * 1099511628211u;
	return h;
}

static const char *template(const struct db_migration *list, size_t n)
{
	if (n == 0)
		return "template0";
	uint64_t h = hash_list(list, n);
	for (size_t i = 0; i < n_templates; i++)
		if (template_of[i] == h)
			return templates[i];
	if (n_templates == COUNT_OF(templates))
		abort();
	ARENA_AUTO a = arena_new();
	char *name;
	if (asprintf(&name, "otklik_t%zu_%ld", n_templates, (long)getpid()) < 0)
		abort();
	must(str_printf(a, "CREATE DATABASE %s TEMPLATE template0", name).p);
	template_of[n_templates] = h;
	templates[n_templates++] = name;
	migrate(url_of(name), list, n);
	return name;
}

static str pg_url(const struct db_migration *list, size_t n)
{
	server();
	if (n_copies == COUNT_OF(copies))
		abort();
	char **name = &copies[n_copies++];
	const char *from = template(list, n);
	if (asprintf(name, "otklik_c%zu_%ld", n_copies, (long)getpid()) < 0)
		abort();
	ARENA_AUTO a = arena_new();
	must(str_printf(a, "CREATE DATABASE %s TEMPLATE %s", *name, from).p);
	return url_of(*name);
}

str db_testing_url(enum db_engine engine, const struct db_migration *list, size_t n)
{
	return engine == DB_SQLITE ? sqlite_url(list, n) : pg_url(list, n);
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
	str url = keep(str_of(db->target));
	db_close(db);
	for (size_t i = 0; i < n_copies; i++)
		if (copies[i] && str_eq(url, url_of(copies[i])))
			drop(&copies[i]);
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
