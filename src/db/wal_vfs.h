/* wal_vfs.h: a layer under SQLite that writes the log of a transaction in few calls.
 *
 * SQLite writes each page into the write-ahead log by two calls, 24 bytes and the page: thirty
 * for one letter. This layer keeps what a connection writes to the end of its log and gives it to
 * the file system at once, when the transaction's last frame is there.
 *
 * Invariant: nothing is kept back that another connection may look for. The frames of a
 * transaction are seen by others only behind its last one, which says so in its header ("The WAL
 * file format", section 4.1), and every other operation on the log writes first what is kept. A
 * write that fails fails the operation that brought it about: with SQLite the commit, which is then
 * rolled back.
 */
#ifndef OTKLIK_DB_WAL_VFS_H
#define OTKLIK_DB_WAL_VFS_H

/* Only for a connection that writes nothing before its COMMIT (PRAGMA cache_spill = OFF): there a
 * failed write fails the COMMIT and nothing else. The layer's name for sqlite3_open_v2, above the
 * default one; registered when it is asked for first. Any thread. NULL: SQLite cannot (no memory).
 */
const char *wal_vfs_name(void);

#endif
