/* raw.c: the limit to measure against: SQLite alone writing the rows of one
 * ticket (contact, identity, ticket, message, three events, the digest chain
 * left out), WAL and synchronous=FULL, `batch` tickets a transaction.
 *
 * raw FILE BATCH SECONDS     FILE must hold the schema. Prints {"per_s": ...}.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const statements[] = {
    "INSERT INTO contact (name, name_fold, created_at, updated_at) VALUES ('Anna', 'anna', ?1, ?1)",
    "INSERT INTO identity (contact_id, kind, value, value_norm, created_at) SELECT "
    "max(id), 'email', 'raw' || ?1 || '@customer.test', 'raw' || ?1 || '@customer.test', ?1 FROM "
    "contact",
    "INSERT INTO ticket (brand_id, line_id, contact_id, subject, subject_fold, snippet, channel, "
    "status, created_at, updated_at, last_message_at, waiting_since, message_count) SELECT 1, 1, "
    "max(id), 'Where is my order ' || ?1, 'where is my order ' || ?1, 'Where is my order', 'api', "
    "'new', ?1, ?1, ?1, ?1, 1 FROM contact",
    "INSERT INTO message (ticket_id, kind, channel, contact_id, sent_at, created_at, subject, "
    "text) "
    "SELECT max(id), 'customer', 'api', contact_id, ?1, ?1, subject, ?2 FROM ticket",
    "INSERT INTO event (id, schema, at, type, audience, actor, ticket_id, line_id, brand_id, data, "
    "digest) "
    "SELECT coalesce(max(id), 0) + 1, 1, ?1, 'contact.created', 'system', 'account:1', NULL, NULL, "
    "NULL, "
    "'{\"contact_id\":1}', zeroblob(32) FROM event",
    "INSERT INTO event (id, schema, at, type, audience, actor, ticket_id, line_id, brand_id, data, "
    "digest) "
    "SELECT max(id) + 1, 1, ?1, 'ticket.created', 'agents', 'account:1', 1, 1, 1, "
    "'{\"contact_id\":1,\"message_id\":1}', zeroblob(32) FROM event",
    "INSERT INTO event (id, schema, at, type, audience, actor, ticket_id, line_id, brand_id, data, "
    "digest) "
    "SELECT max(id) + 1, 1, ?1, 'message.added', 'agents', 'account:1', 1, 1, 1, "
    "'{\"message_id\":1,\"kind\":\"customer\"}', zeroblob(32) FROM event",
};
#define N (sizeof statements / sizeof *statements)

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(sqlite3 *db)
{
	fprintf(stderr, "raw: %s\n", sqlite3_errmsg(db));
	exit(1);
}

int main(int argc, char **argv)
{
	sqlite3 *db;
	sqlite3_stmt *s[N];
	if (argc != 4 || sqlite3_open(argv[1], &db) != SQLITE_OK)
		return 2;
	long batch = strtol(argv[2], NULL, 10), done = 0;
	double seconds = strtod(argv[3], NULL);
	static char text[1025];
	memset(text, 'x', sizeof text - 1);
	if (sqlite3_exec(
	        db,
	        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
	        "PRAGMA cache_size=-16384",
	        NULL, NULL, NULL) != SQLITE_OK)
		fail(db);
	for (size_t i = 0; i < N; i++)
		if (sqlite3_prepare_v2(db, statements[i], -1, &s[i], NULL) != SQLITE_OK)
			fail(db);
	double t0 = now();
	int64_t value = (int64_t)(t0 * 1e6);
	while (now() - t0 < seconds) {
		sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		for (long b = 0; b < batch; b++, done++, value++)
			for (size_t i = 0; i < N; i++) {
				sqlite3_bind_int64(s[i], 1, value);
				if (sqlite3_bind_parameter_count(s[i]) > 1)
					sqlite3_bind_text(s[i], 2, text, -1, SQLITE_STATIC);
				if (sqlite3_step(s[i]) != SQLITE_DONE)
					fail(db);
				sqlite3_reset(s[i]);
			}
		if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
			fail(db);
	}
	printf("{\"per_s\": %.1f}\n", (double)done / (now() - t0));
	return 0;
}
