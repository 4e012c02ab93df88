/* blob_doomed.h: blobs that are to go, and their removal.
 *
 * Invariants
 *  - A blob goes only when no row names it: the same bytes that another message
 *    holds stay. Every column that refers to blob (hash) is asked (a test
 *    compares the query with the schema).
 *  - Rows first, then the file: a file without a row is harmless, the other way
 *    round it is damage. The note that a blob is doomed stays until the file is
 *    gone, so that a crash between the two loses nothing.
 *  - On SQLite the file is removed inside a job of the one writer, so that no
 *    blob_attach runs at that moment; it finds the file missing afterwards.
 */
#ifndef OTKLIK_STORE_BLOB_DOOMED_H
#define OTKLIK_STORE_BLOB_DOOMED_H

#include "store/blob.h"

/* Notes that these may go, in the transaction that stops naming them. "" is skipped. */
enum err blob_doom(struct db_conn *tx, const str *hashes, size_t n, usec now,
                   struct error *e) MUST_USE;
/* Removes all that are noted and named by nothing; *n (may be NULL): how many. Outside
 * transactions. */
enum err blob_bury(const struct blob_store *bs, struct db *db, int64_t *n,
                   struct error *e) MUST_USE;
/* The same for blobs that were left behind: made before `before`, named by nothing. Looks by
 * pages on a reader, so that no writer waits. Outside transactions. */
enum err blob_sweep(const struct blob_store *bs, struct db *db, usec before, usec now, int64_t *n,
                    struct error *e) MUST_USE;
/* Removes files that no row knows and that were written before `before`, by the files' own time:
 * what a transaction that failed, a crash or a cut restore left. SQLite; nothing to do on
 * PostgreSQL. *n (may be NULL): how many. Outside transactions. */
enum err blob_sweep_files(const struct blob_store *bs, struct db *db, usec before, int64_t *n,
                          struct error *e) MUST_USE;

#endif
