/* blob.h: bytes by their content (SHA-256).
 *
 * SQLite: files under <data>/blobs/ab/cdef... (".zst" when compressed), written
 * to a temporary name, fsynced, renamed and the folder fsynced before the row
 * that names them can commit; a small one, the usual letter, is a row of blob_chunk instead, since
 * a file needs two syncs of its own. PostgreSQL: rows of blob_chunk (256 KiB). Compressed with zstd
 * when that saves at least an eighth. The same bytes are kept once. A file without a row is
 * harmless; a row without its file is what blob_verify looks for.
 *
 * Large bytes are hashed, compressed and written by blob_prepare on a worker;
 * blob_attach in the job writes rows only (also the chunks).
 */
#ifndef OTKLIK_STORE_BLOB_H
#define OTKLIK_STORE_BLOB_H

#include "db/db.h"

#define BLOB_HASH_HEX 64

struct blob_store {
	enum db_engine engine;
	str dir;     /* "<data>/blobs", terminated; SQLite; made when absent */
	int64_t max; /* bytes of one blob; 0 = 256 MiB */
	/* SQLite: up to so many stored bytes a blob is kept in a row instead of a file. */
	int64_t row_max;
};

/* Bytes ready to be named by a row. */
struct blob {
	str hash; /* lower-case hex */
	int64_t size, stored_size;
	bool zstd;
	str stored; /* what is kept in rows: the bytes to write; in the arena, or the caller's */
	str path;   /* what is kept in a file: it, as it was made ... */
	uint64_t inode;
	int64_t changed; /* ... and which of that name: its number and time of change */
};

/* Hashes, compresses and (SQLite) makes the file durable. No database; may
 * block: on a worker. ERR_TOO_LARGE, ERR_IO. */
enum err blob_prepare(const struct blob_store *bs, struct arena *a, str bytes, struct blob *out,
                      struct error *e) MUST_USE;
/* The same of a file, from its start; it is mapped, not read into memory, and
 * must stay open and unchanged until the arena is freed. */
enum err blob_prepare_fd(const struct blob_store *bs, struct arena *a, int fd, struct blob *out,
                         struct error *e) MUST_USE;
/* In the job's transaction: afterwards the hash may be referred to. ERR_BUSY when
 * the same bytes were removed since blob_prepare (an erasure): prepare them anew. */
enum err blob_attach(struct db_conn *tx, const struct blob *b, usec now, struct error *e) MUST_USE;
/* Both, for small things and tests. */
enum err blob_put(const struct blob_store *bs, struct arena *a, struct db_conn *tx, str bytes,
                  usec now, str *hash, struct error *e) MUST_USE;

/* ERR_NOT_FOUND, ERR_TOO_LARGE when over max (0 = the store's), ERR_IO when the
 * bytes are gone or not what the hash says. */
enum err blob_read(const struct blob_store *bs, struct arena *a, struct db_conn *c, str hash,
                   int64_t max, str *out, struct error *e) MUST_USE;
/* An open descriptor with the plain bytes at offset 0: the file itself when it
 * is stored plain, else an unlinked temporary file. The caller closes it. */
enum err blob_open_fd(const struct blob_store *bs, struct db_conn *c, str hash, int *fd,
                      int64_t *size, struct error *e) MUST_USE;

/* Looks at every row: bytes present and equal to the hash. Calls bad for each
 * that is not. */
enum err blob_verify(const struct blob_store *bs, struct db_conn *c,
                     void (*bad)(void *arg, str hash, const char *why), void *arg, int64_t *checked,
                     struct error *e) MUST_USE;

/* Is there a file of these bytes? Always true on PostgreSQL. */
bool blob_on_disk(const struct blob_store *bs, str hash);

/* Removes the blob's file from the disk; no file is no error. Only for blob_bury
 * (store/blob_doomed.h), which knows that no row names it. Nothing to do on PostgreSQL. */
enum err blob_unlink(const struct blob_store *bs, str hash, struct error *e) MUST_USE;

#endif
