/* wal_vfs.c: see wal_vfs.h. Only logs are wrapped; for every other file the layer below opens its
 * own into the memory that SQLite gave. */
#include "db/wal_vfs.h"

#include <pthread.h>
#include <sqlite3.h>

#include "base/base.h"

#define NAME "otklik-wal"

enum {
	KEEP = 100 << 10,    /* bytes that are kept at most: SQLite's own layer writes less than 128
	                        KiB at once */
	FRAME_HEADER = 24,   /* of the log's format: the second word of a frame's header is the */
	FRAME_COMMIT_AT = 4, /* size of the database behind a commit, else 0 */
	LAYER_ROOM = 64,     /* for what a layer that was put between later adds to a file */
};

struct wal_file {
	sqlite3_file base;
	char *kept; /* KEEP bytes, when something was written */
	int n;
	sqlite3_int64 at; /* where the kept bytes belong */
	bool last;        /* the frame that comes is the transaction's last */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return (sqlite3_file *)((struct wal_file *)f + 1);
}

/* Forgets what it cannot write: the caller fails, and its transaction with it. */
static int flush(sqlite3_file *f)
{
	struct wal_file *w = (struct wal_file *)f;
	int n = w->n;
	w->n = 0;
	return n ? real_of(f)->pMethods->xWrite(real_of(f), w->kept, n, w->at) : SQLITE_OK;
}

static int w_close(sqlite3_file *f)
{
	int flushed = flush(f), rc = real_of(f)->pMethods->xClose(real_of(f));
	sqlite3_free(((struct wal_file *)f)->kept);
	return flushed ? flushed : rc;
}

static int w_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	int rc = flush(f);
	return rc ? rc : real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static bool keeps(struct wal_file *w, int n, sqlite3_int64 at)
{
	if (n > KEEP - w->n || (w->n && at != w->at + w->n))
		return false;
	if (!w->kept)
		w->kept = sqlite3_malloc(KEEP);
	return w->kept != NULL;
}

static int w_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct wal_file *w = (struct wal_file *)f;
	bool last = w->last;
	w->last = false;
	if (n == FRAME_HEADER) {
		const unsigned char *u = p;
		w->last = u[FRAME_COMMIT_AT] | u[FRAME_COMMIT_AT + 1] | u[FRAME_COMMIT_AT + 2] |
		          u[FRAME_COMMIT_AT + 3];
	}
	if (!keeps(w, n, at)) {
		int rc = flush(f);
		if (rc)
			return rc;
		if (!keeps(w, n, at))
			return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
	}
	if (!w->n)
		w->at = at;
	memcpy(w->kept + w->n, p, (size_t)n);
	w->n += n;
	return last ? flush(f) : SQLITE_OK;
}

static int w_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = flush(f);
	return rc ? rc : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int w_sync(sqlite3_file *f, int flags)
{
	int rc = flush(f);
	return rc ? rc : real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int w_size(sqlite3_file *f, sqlite3_int64 *size)
{
	int rc = flush(f);
	return rc ? rc : real_of(f)->pMethods->xFileSize(real_of(f), size);
}

/* Locks are the database's, not the log's. */
static int w_lock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xLock(real_of(f), how);
}

static int w_unlock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), how);
}

static int w_reserved(sqlite3_file *f, int *held)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), held);
}

static int w_control(sqlite3_file *f, int op, void *arg)
{
	int rc = flush(f);
	return rc ? rc : real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int w_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int w_device(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static const sqlite3_io_methods METHODS = {
    .iVersion = 1,
    .xClose = w_close,
    .xRead = w_read,
    .xWrite = w_write,
    .xTruncate = w_truncate,
    .xSync = w_sync,
    .xFileSize = w_size,
    .xLock = w_lock,
    .xUnlock = w_unlock,
    .xCheckReservedLock = w_reserved,
    .xFileControl = w_control,
    .xSectorSize = w_sector,
    .xDeviceCharacteristics = w_device,
};

/* ---- the file system ---- */

/* As it is now: a test puts a layer of its own there. */
static sqlite3_vfs *real_vfs(void)
{
	return sqlite3_vfs_find(NULL);
}

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	sqlite3_vfs *real = real_vfs();
	struct wal_file *w = (struct wal_file *)f;
	f->pMethods = NULL;
	if ((int)sizeof *w + real->szOsFile > v->szOsFile)
		return SQLITE_CANTOPEN;
	if (!(flags & SQLITE_OPEN_WAL))
		return real->xOpen(real, name, f, flags, out);
	*w = (struct wal_file){0};
	memset(real_of(f), 0, (size_t)real->szOsFile);
	int rc = real->xOpen(real, name, real_of(f), flags, out);
	if (rc == SQLITE_OK)
		f->pMethods = &METHODS;
	else if (real_of(f)->pMethods)
		real_of(f)->pMethods->xClose(real_of(f));
	return rc;
}

static int v_delete(sqlite3_vfs *v UNUSED, const char *name, int sync)
{
	return real_vfs()->xDelete(real_vfs(), name, sync);
}

static int v_access(sqlite3_vfs *v UNUSED, const char *name, int flags, int *out)
{
	return real_vfs()->xAccess(real_vfs(), name, flags, out);
}

static int v_full_pathname(sqlite3_vfs *v UNUSED, const char *name, int n, char *out)
{
	return real_vfs()->xFullPathname(real_vfs(), name, n, out);
}

static int v_randomness(sqlite3_vfs *v UNUSED, int n, char *out)
{
	return real_vfs()->xRandomness(real_vfs(), n, out);
}

static int v_sleep(sqlite3_vfs *v UNUSED, int us)
{
	return real_vfs()->xSleep(real_vfs(), us);
}

static int v_current_time(sqlite3_vfs *v UNUSED, double *out)
{
	return real_vfs()->xCurrentTime(real_vfs(), out);
}

static int v_last_error(sqlite3_vfs *v UNUSED, int n, char *out)
{
	return real_vfs()->xGetLastError(real_vfs(), n, out);
}

static int v_current_time_int64(sqlite3_vfs *v UNUSED, sqlite3_int64 *out)
{
	return real_vfs()->xCurrentTimeInt64(real_vfs(), out);
}

/* State of the process, as SQLite keeps its list of layers in them. */
static sqlite3_vfs layer = {
    .iVersion = 2,
    .zName = NAME,
    .xOpen = v_open,
    .xDelete = v_delete,
    .xAccess = v_access,
    .xFullPathname = v_full_pathname,
    .xRandomness = v_randomness,
    .xSleep = v_sleep,
    .xCurrentTime = v_current_time,
    .xGetLastError = v_last_error,
    .xCurrentTimeInt64 = v_current_time_int64,
};

static void set_up(void)
{
	layer.szOsFile = (int)sizeof(struct wal_file) + real_vfs()->szOsFile + LAYER_ROOM;
	layer.mxPathname = real_vfs()->mxPathname;
}

const char *wal_vfs_name(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if (sqlite3_initialize() != SQLITE_OK)
		return NULL;
	pthread_once(&once, set_up);
	/* SQLite forgets its layers when it is shut down. */
	if (sqlite3_vfs_find(NAME))
		return NAME;
	return sqlite3_vfs_register(&layer, 0) == SQLITE_OK ? NAME : NULL;
}
