/* fault_vfs.h: a disk that fails when it is told to, under SQLite. For tests: linked into test
 * programs only.
 *
 * Installed once, it becomes the process's default file system layer and passes everything on.
 * Armed, it counts the operations of one kind on databases and their logs of writes, of all
 * connections and threads together, and fails the n-th; with `stays` every later one too, as a
 * disk that is full or gone does.
 */
#ifndef OTKLIK_DB_FAULT_VFS_H
#define OTKLIK_DB_FAULT_VFS_H

#include "base/base.h"

enum fault_kind {
	FAULT_WRITE_ERROR, /* EIO */
	FAULT_WRITE_FULL,  /* ENOSPC: nothing is written */
	FAULT_WRITE_SHORT, /* half of it is written, then EIO */
	FAULT_SYNC,        /* fsync fails; what was written may be on the disk or not */
	FAULT_READ,        /* EIO */
	FAULT_KINDS
};

void fault_vfs_install(void);
void fault_vfs_arm(enum fault_kind kind, int nth, bool stays);
/* The disk is well again. True: something failed since it was armed. */
bool fault_vfs_disarm(void);
const char *fault_name(enum fault_kind kind);

#endif
