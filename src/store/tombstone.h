/* tombstone.h: what was erased and redacted, by ids and positions.
 *
 * Kept twice: as rows, which a backup holds, and as a file beside the data,
 * one JSON object a line, only ever added to. A backup that is older than an
 * erasure lacks its row but not its line: what is in the file and not in the
 * table is applied again before anything is served (desk/privacy.h).
 *
 *   {"instance":"..","uid":"..","at":1700000000000000,"kind":"messages","data":{"ids":[1,2]}}
 *
 * uid is random, so that a line and a row are known as the same whatever id the
 * row has. What stood there is never written.
 */
#ifndef OTKLIK_STORE_TOMBSTONE_H
#define OTKLIK_STORE_TOMBSTONE_H

#include "db/db.h"

#define TOMBSTONE_FILE "tombstones.jsonl" /* in the data folder */

struct tombstone {
	int64_t id; /* of the row; 0 from a file */
	str uid;
	usec at;
	str kind;     /* contact, messages, tickets, intake, files, attachments, spans */
	str data;     /* JSON object */
	str instance; /* of a line */
};

/* A new one, in the transaction that erases. */
enum err tombstone_add(struct arena *a, struct db_conn *tx, const char *kind, str data, usec at,
                       struct error *e) MUST_USE;
/* One of a file, once it was applied; nothing when it is there. */
enum err tombstone_keep(struct db_conn *tx, const struct tombstone *t, struct error *e) MUST_USE;
enum err tombstone_known(struct db_conn *c, str uid, bool *out, struct error *e) MUST_USE;
enum err tombstone_after(struct arena *a, struct db_conn *c, int64_t after, int limit,
                         struct tombstone **out, size_t *n, struct error *e) MUST_USE;
enum err tombstone_count(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;

/* All lines of a file, in order; an absent file has none. A last line without its end (the machine
 * stopped while it was written) is left out. Any other line that is none of ours: ERR_SYNTAX
 * "error.bad_tombstones". At most 256 MiB, lines of at most 1 MiB. */
enum err tombstone_file_read(struct arena *a, const char *path, struct tombstone **out, size_t *n,
                             struct error *e) MUST_USE;
/* Adds the rows that the file lacks, and makes them durable. Outside transactions. */
enum err tombstone_file_catch_up(struct db *db, const char *path, struct error *e) MUST_USE;

#endif
