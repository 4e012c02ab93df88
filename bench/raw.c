/* raw.c: the limit to measure against: SQLite alone, writing the rows that the program wrote.
 *
 * raw SOURCE TARGET BATCH SECONDS
 *
 * SOURCE is a database in which the program has created tickets, TARGET a copy of it from before.
 * All rows that came with each ticket (contact, identity, ticket, message, ledger, events with
 * their digests) are read into memory first, then inserted into TARGET in the same order, BATCH
 * tickets a transaction, durable as the program's (WAL, synchronous=FULL), until they or SECONDS
 * are at an end. Prints {"tickets": N, "rows": N, "per_s": X, "cpu_us": X}.
 *
 * Nothing is read, decided, parsed or answered while the clock runs, a ticket's row is written once
 * and in its last state, and the search index is left out: no server on this engine can be faster.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { TICKETS_MAX = 200000, COLUMNS_MAX = 64 };

/* In the order of writing; ?1 is the ticket's id. Only what TARGET does not have. */
static const struct table {
	const char *name, *where;
} tables[] = {
    {"contact", "id = (SELECT contact_id FROM ticket WHERE id = ?1) AND NOT EXISTS (SELECT 1 FROM "
                "ticket p WHERE p.contact_id = contact.id AND p.id < ?1)"},
    {"identity",
     "contact_id = (SELECT contact_id FROM ticket WHERE id = ?1) AND NOT EXISTS (SELECT "
     "1 FROM ticket p WHERE p.contact_id = identity.contact_id AND p.id < ?1)"},
    {"ticket", "id = ?1"},
    {"blob", "hash IN (SELECT raw_hash FROM message WHERE ticket_id = ?1)"},
    {"message", "ticket_id = ?1 ORDER BY id"},
    {"intake", "ticket_id = ?1 ORDER BY id"},
    {"event", "ticket_id = ?1 OR id IN (SELECT min(id) - 1 FROM event WHERE ticket_id = ?1) AND "
              "ticket_id IS NULL ORDER BY id"},
};
enum { TABLES = sizeof tables / sizeof *tables };

struct value {
	int type;
	int64_t i;
	double r;
	char *p;
	int n;
};

struct row {
	int table;
	struct value *v;
};

static struct row *rows;
static size_t n_rows, cap_rows;
static size_t ends[TICKETS_MAX]; /* of each ticket's rows */
static long n_tickets;
static int columns[TABLES];

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static _Noreturn void fail(sqlite3 *db)
{
	fprintf(stderr, "raw: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void command(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(db);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK)
		fail(db);
	return s;
}

static int64_t newest(sqlite3 *db)
{
	sqlite3_stmt *s = prepare(db, "SELECT coalesce(max(id), 0) FROM ticket");
	int64_t id = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return id;
}

static void keep(struct value *v, sqlite3_stmt *s, int c)
{
	v->type = sqlite3_column_type(s, c);
	v->i = sqlite3_column_int64(s, c);
	v->r = sqlite3_column_double(s, c);
	if (v->type == SQLITE_TEXT || v->type == SQLITE_BLOB) {
		const void *p = sqlite3_column_blob(s, c);
		v->n = sqlite3_column_bytes(s, c);
		v->p = malloc((size_t)v->n + 1);
		if (v->n)
			memcpy(v->p, p, (size_t)v->n);
	}
}

static void read_table(sqlite3 *db, sqlite3_stmt *s, int table, int64_t ticket)
{
	int rc;
	sqlite3_bind_int64(s, 1, ticket);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (n_rows == cap_rows) {
			cap_rows = cap_rows * 2 + 1024;
			struct row *more = realloc(rows, cap_rows * sizeof *rows);
			if (!more)
				abort();
			rows = more;
		}
		struct row *r = &rows[n_rows++];
		*r = (struct row){table, calloc((size_t)columns[table], sizeof *r->v)};
		for (int c = 0; c < columns[table]; c++)
			keep(&r->v[c], s, c);
	}
	if (rc != SQLITE_DONE)
		fail(db);
	sqlite3_reset(s);
}

static void read_rows(sqlite3 *db, int64_t first, int64_t last)
{
	sqlite3_stmt *s[TABLES];
	char sql[512];
	for (int t = 0; t < TABLES; t++) {
		snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE %s", tables[t].name,
		         tables[t].where);
		s[t] = prepare(db, sql);
		columns[t] = sqlite3_column_count(s[t]);
	}
	for (int64_t id = first; id <= last && n_tickets < TICKETS_MAX; id++) {
		for (int t = 0; t < TABLES; t++)
			read_table(db, s[t], t, id);
		ends[n_tickets++] = n_rows;
	}
	for (int t = 0; t < TABLES; t++)
		sqlite3_finalize(s[t]);
}

static void write_row(sqlite3 *db, sqlite3_stmt *s, const struct row *r)
{
	for (int c = 0; c < columns[r->table]; c++) {
		const struct value *v = &r->v[c];
		switch (v->type) {
		case SQLITE_INTEGER:
			sqlite3_bind_int64(s, c + 1, v->i);
			break;
		case SQLITE_FLOAT:
			sqlite3_bind_double(s, c + 1, v->r);
			break;
		case SQLITE_TEXT:
			sqlite3_bind_text(s, c + 1, v->p, v->n, SQLITE_STATIC);
			break;
		case SQLITE_BLOB:
			sqlite3_bind_blob(s, c + 1, v->p, v->n, SQLITE_STATIC);
			break;
		default:
			sqlite3_bind_null(s, c + 1);
		}
	}
	if (sqlite3_step(s) != SQLITE_DONE)
		fail(db);
	sqlite3_reset(s);
}

static void prepare_inserts(sqlite3 *db, sqlite3_stmt **s)
{
	char sql[512];
	for (int t = 0; t < TABLES; t++) {
		int n = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", tables[t].name);
		for (int c = 1; c < columns[t]; c++)
			n += snprintf(sql + n, sizeof sql - (size_t)n, ",?");
		snprintf(sql + n, sizeof sql - (size_t)n, ")");
		s[t] = prepare(db, sql);
	}
}

/* The log as long as it ever gets, then started anew: a sync of bytes that replace others is faster
 * than one of a file that grows, and the program's log does not grow for long either. */
static void lengthen_log(sqlite3 *db)
{
	command(db,
	        "CREATE TABLE raw_log (bytes); INSERT INTO raw_log VALUES (zeroblob(36000000)); "
	        "DROP TABLE raw_log; PRAGMA wal_checkpoint(RESTART)");
}

int main(int argc, char **argv)
{
	sqlite3 *source, *db;
	sqlite3_stmt *s[TABLES];
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	if (argc != 5 || sqlite3_open_v2(argv[1], &source, flags, NULL) != SQLITE_OK ||
	    sqlite3_open_v2(argv[2], &db, flags, NULL) != SQLITE_OK) {
		fprintf(stderr, "usage: raw SOURCE TARGET BATCH SECONDS\n");
		return 2;
	}
	long batch = strtol(argv[3], NULL, 10), done = 0;
	double seconds = strtod(argv[4], NULL);
	read_rows(source, newest(db) + 1, newest(source));
	/* The program's own settings, but for the overwriting of what is deleted. */
	command(
	    db,
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
	    "PRAGMA wal_autocheckpoint=8000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192");
	lengthen_log(db);
	prepare_inserts(db, s);
	size_t row = 0;
	double t0 = now(), cpu = cpu_seconds();
	while (done < n_tickets && now() - t0 < seconds) {
		command(db, "BEGIN IMMEDIATE");
		for (long b = 0; b < batch && done < n_tickets; b++, done++)
			for (; row < ends[done]; row++)
				write_row(db, s[rows[row].table], &rows[row]);
		command(db, "COMMIT");
	}
	double took = now() - t0;
	cpu = cpu_seconds() - cpu;
	for (int t = 0; t < TABLES; t++)
		sqlite3_finalize(s[t]);
	sqlite3_close(source);
	sqlite3_close(db);
	printf("{\"tickets\": %ld, \"rows\": %zu, \"per_s\": %.1f, \"cpu_us\": %.1f}\n", done, row,
	       (double)done / took, cpu / (double)(done ? done : 1) * 1e6);
	return 0;
}
