/* shim.c: a disk that fails under a whole process: LD_PRELOAD=shim.so.
 *
 * The file named by OTKLIK_SHIM holds a number that says what fails right now, for files under the
 * folder named by OTKLIK_SHIM_FOLDER only. It needs no rights, unlike filling a file system.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WELL, NO_SPACE, READ_ONLY, BAD_WRITE, BAD_SYNC, BAD_READ };

static const volatile int *mode;
static const char *folder;
static size_t folder_length;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("OTKLIK_SHIM");
	folder = getenv("OTKLIK_SHIM_FOLDER");
	if (!path || !folder)
		return;
	folder_length = strlen(folder);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = mmap(NULL, sizeof *mode, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		mode = p;
}

static int here(const char *path)
{
	return strncmp(path, folder, folder_length) == 0;
}

static int ours(int fd)
{
	char link[64], path[4096];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return 0;
	path[n] = 0;
	/* The shared memory of a database is no disk's. */
	return here(path) && !(n > 4 && strcmp(path + n - 4, "-shm") == 0);
}

/* The errno of a change, 0: it goes through. */
static int of_change(int fd)
{
	if (!mode || *mode == WELL || *mode == BAD_SYNC || *mode == BAD_READ || !ours(fd))
		return 0;
	return *mode == NO_SPACE ? ENOSPC : *mode == READ_ONLY ? EROFS : EIO;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSE(why)                                                                                \
	do {                                                                                       \
		errno = (why);                                                                     \
		return -1;                                                                         \
	} while (0)

ssize_t write(int fd, const void *p, size_t n)
{
	int why = of_change(fd);
	if (why)
		REFUSE(why);
	return REAL(write)(fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	int why = of_change(fd);
	if (why)
		REFUSE(why);
	return REAL(pwrite)(fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	int why = of_change(fd);
	if (why)
		REFUSE(why);
	return REAL(pwrite64)(fd, p, n, at);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t at)
{
	if (mode && *mode == BAD_READ && ours(fd))
		REFUSE(EIO);
	return REAL(pread64)(fd, p, n, at);
}

ssize_t read(int fd, void *p, size_t n)
{
	if (mode && *mode == BAD_READ && ours(fd))
		REFUSE(EIO);
	return REAL(read)(fd, p, n);
}

int fsync(int fd)
{
	if (mode && *mode == BAD_SYNC && ours(fd))
		REFUSE(EIO);
	return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	if (mode && *mode == BAD_SYNC && ours(fd))
		REFUSE(EIO);
	return REAL(fdatasync)(fd);
}

int ftruncate64(int fd, off64_t size)
{
	int why = of_change(fd);
	if (why && why != ENOSPC)
		REFUSE(why);
	return REAL(ftruncate64)(fd, size);
}

static int of_open(const char *path, int flags)
{
	if (!mode || !here(path))
		return 0;
	if (*mode == READ_ONLY && (flags & (O_WRONLY | O_RDWR | O_CREAT)))
		return EROFS;
	if (*mode == NO_SPACE && (flags & O_CREAT) && access(path, F_OK) != 0)
		return ENOSPC;
	return 0;
}

#define OPEN(name)                                                                                 \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, flags);                                                               \
		mode_t bits = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;              \
		va_end(ap);                                                                        \
		int why = of_open(path, flags);                                                    \
		if (why)                                                                           \
			REFUSE(why);                                                               \
		return REAL(name)(path, flags, bits);                                              \
	}
OPEN(open)
OPEN(open64)
