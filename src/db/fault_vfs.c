/* fault_vfs.c: see fault_vfs.h. The layer below is the one SQLite came with; its file lies
 * behind ours in the same memory. State is of the process, as a VFS is. */
#include "db/fault_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>

#include "base/test.h"

struct fault_file {
	sqlite3_file base;
	bool counts; /* a database or its log: no temporary file */
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	_Atomic int kind; /* -1: all is well */
	_Atomic int left; /* operations until the fault */
	_Atomic bool stays, hit;
} fault = {.kind = -1};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return (sqlite3_file *)((struct fault_file *)f + 1);
}

static bool fails(const sqlite3_file *f, enum fault_kind kind)
{
	if (!((const struct fault_file *)f)->counts || atomic_load(&fault.kind) != (int)kind)
		return false;
	int left = atomic_fetch_sub(&fault.left, 1);
	bool now = left == 1 || (left < 1 && atomic_load(&fault.stays));
	if (now)
		atomic_store(&fault.hit, true);
	return now;
}

static int f_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	if (fails(f, FAULT_READ))
		return SQLITE_IOERR_READ;
	return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (fails(f, FAULT_WRITE_FULL))
		return SQLITE_FULL;
	if (fails(f, FAULT_WRITE_ERROR))
		return SQLITE_IOERR_WRITE;
	bool half = fails(f, FAULT_WRITE_SHORT);
	int rc = real_of(f)->pMethods->xWrite(real_of(f), p, half ? n / 2 : n, at);
	return half ? SQLITE_IOERR_WRITE : rc;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int f_sync(sqlite3_file *f, int flags)
{
	if (fails(f, FAULT_SYNC))
		return SQLITE_IOERR_FSYNC;
	return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int f_lock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xLock(real_of(f), how);
}

static int f_unlock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), how);
}

static int f_reserved(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int f_device(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int f_shm_unmap(sqlite3_file *f, int delete_it)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete_it);
}

/* Version 2: shared memory, no memory-mapped reading, which the program does not use either. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = f_close,
    .xRead = f_read,
    .xWrite = f_write,
    .xTruncate = f_truncate,
    .xSync = f_sync,
    .xFileSize = f_size,
    .xLock = f_lock,
    .xUnlock = f_unlock,
    .xCheckReservedLock = f_reserved,
    .xFileControl = f_control,
    .xSectorSize = f_sector,
    .xDeviceCharacteristics = f_device,
    .xShmMap = f_shm_map,
    .xShmLock = f_shm_lock,
    .xShmBarrier = f_shm_barrier,
    .xShmUnmap = f_shm_unmap,
};

static int v_open(sqlite3_vfs *vfs UNUSED, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct fault_file *own = (struct fault_file *)f;
	own->counts = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL);
	own->base.pMethods = NULL;
	int rc = fault.real->xOpen(fault.real, name, real_of(f), flags, out);
	if (real_of(f)->pMethods)
		own->base.pMethods = &methods;
	return rc;
}

void fault_vfs_install(void)
{
	if (fault.real)
		return;
	fault.real = sqlite3_vfs_find(NULL);
	fault.vfs = *fault.real;
	fault.vfs.zName = "fault";
	fault.vfs.szOsFile += (int)sizeof(struct fault_file);
	fault.vfs.xOpen = v_open;
	CHECK_INT(sqlite3_vfs_register(&fault.vfs, 1), SQLITE_OK);
}

void fault_vfs_arm(enum fault_kind kind, int nth, bool stays)
{
	atomic_store(&fault.hit, false);
	atomic_store(&fault.stays, stays);
	atomic_store(&fault.left, nth);
	atomic_store(&fault.kind, kind);
}

bool fault_vfs_disarm(void)
{
	atomic_store(&fault.kind, -1);
	return atomic_load(&fault.hit);
}

const char *fault_name(enum fault_kind kind)
{
	static const char *const names[] = {"write error", "disk full", "short write",
	                                    "fsync error", "read error"};
	return names[kind];
}
