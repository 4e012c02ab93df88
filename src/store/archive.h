/* archive.h: the file of a backup: typed records, compressed, with a digest.
 *
 * "OTKLIK-BACKUP 1\n", then one zstd stream of records: type (1 byte), length
 * (4 bytes, little-endian), payload. The last record has type ARCHIVE_END and
 * holds the SHA-256 of all bytes before it (of the records, uncompressed). A
 * file without it is not a backup. Written under a temporary name, synced, then
 * renamed, so that a file with the final name is whole.
 */
#ifndef OTKLIK_STORE_ARCHIVE_H
#define OTKLIK_STORE_ARCHIVE_H

#include "base/err.h"
#include "base/str.h"

#define ARCHIVE_RECORD_MAX ((uint32_t)1 << 30)
#define ARCHIVE_END 'Z'

struct archive_writer;
struct archive_reader;

/* ERR_IO with the path and reason. The file appears under `path` at finish only. */
enum err archive_create(const char *path, struct archive_writer **out, struct error *e) MUST_USE;
enum err archive_add(struct archive_writer *w, char type, str payload, struct error *e) MUST_USE;
/* Writes the end, syncs file and folder, renames, frees. */
enum err archive_finish(struct archive_writer *w, struct error *e) MUST_USE;
/* Gives up: removes the temporary file, frees. NULL is fine. */
void archive_abandon(struct archive_writer *w);

enum err archive_open(const char *path, struct archive_reader **out, struct error *e) MUST_USE;
/* The next record; its payload is valid until the next call. At the end *type
 * is ARCHIVE_END and the digest was right. ERR_SYNTAX (key "error.bad_backup")
 * for a file that is cut off, damaged or no backup. */
enum err archive_next(struct archive_reader *r, char *type, str *payload, struct error *e) MUST_USE;
void archive_close(struct archive_reader *r);

#endif
