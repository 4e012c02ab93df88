/* dump.h: every row of the database out to an archive and in again.
 *
 * Independent of the engine: what SQLite wrote PostgreSQL can load, and the
 * other way round. Records: 'H' header (JSON), 'T' a table begins (JSON: name,
 * columns with types), 'R' a row, 'B' a blob begins (hash and size), 'C' its
 * bytes in pieces, 'K' the key file when it was asked for.
 * The search index is not kept; it is made anew from the event log.
 */
#ifndef OTKLIK_STORE_DUMP_H
#define OTKLIK_STORE_DUMP_H

#include "db/db.h"
#include "store/archive.h"
#include "store/blob.h"

struct dump_counts {
	int64_t tables, rows, blobs, bytes;
	/* of dump_save, when it fails: bytes of the snapshot were removed meanwhile (an erasure,
	 * housekeeping), so that a newer snapshot may be whole */
	bool overtaken;
};

/* Writes everything visible in the reader's snapshot. key: the content of the
 * key file, or empty. */
enum err dump_save(struct db_conn *c, const struct blob_store *bs, struct archive_writer *w,
                   usec now, str key, struct dump_counts *counts, struct error *e) MUST_USE;
/* Loads an archive into an empty, migrated database, in one transaction.
 * ERR_CONFLICT (key "error.not_empty") when there are rows already; ERR_INVALID
 * (key "error.backup_too_new") when a table or column is unknown here. *key: the
 * key file's content if the archive has it, in a. The copy counts as unfinished until
 * dump_settled: what was erased since the backup is in it. */
enum err dump_load(struct arena *a, struct db *db, const struct blob_store *bs, const char *path,
                   usec now, str *key, struct dump_counts *counts, struct error *e) MUST_USE;
/* All that belongs to the copy is in place. */
enum err dump_settled(struct db *db, struct error *e) MUST_USE;
/* ERR_CONFLICT "error.restore_unfinished" (arg: where) of a copy that was loaded and never settled:
 * nobody may be served from it. */
enum err dump_check_settled(struct db *db, const char *where, struct error *e) MUST_USE;
/* Reads an archive to its end: digest, and every blob against its hash. */
enum err dump_check(const char *path, struct dump_counts *counts, struct error *e) MUST_USE;

#endif
