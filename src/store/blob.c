/* blob.c: see blob.h. */
#include "store/blob.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/buf.h"
#include "store/queries_gen.h"
#include "sys/digest.h"
#include "sys/random.h"

enum {
	CHUNK = 256 << 10,
	LEVEL = 1,      /* 3 takes twice the time for a letter and saves one percent more */
	PACK_MIN = 256, /* smaller ones are not worth the frame */
};
#define MAX_DEFAULT ((int64_t)256 << 20)

static int64_t max_of(const struct blob_store *bs)
{
	return bs->max > 0 ? bs->max : MAX_DEFAULT;
}

static enum err io_error(struct error *e, const char *what, str path)
{
	int why = errno;
	enum err err =
	    error_detail(e, ERR_IO, "%s %.*s: %s", what, STR_FMT(path), strerrordesc_np(why));
	error_cause(e, why);
	return err;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define FD_AUTO CLEANUP(close_fd) int

/* The descriptor is the caller's from now on. */
static int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

static bool is_hash(str hash)
{
	for (size_t i = 0; i < hash.n; i++)
		if (!hash.p[i] || !strchr("0123456789abcdef", hash.p[i]))
			return false;
	return hash.n == BLOB_HASH_HEX;
}

static str folder_of(const struct blob_store *bs, struct arena *a, str hash)
{
	return str_printf(a, "%.*s/%.2s", STR_FMT(bs->dir), hash.p);
}

static str path_of(const struct blob_store *bs, struct arena *a, str hash, bool zstd)
{
	return str_printf(a, "%.*s/%.2s/%.62s%s", STR_FMT(bs->dir), hash.p, hash.p + 2,
	                  zstd ? ".zst" : "");
}

static enum err sync_folder(str path, struct error *e)
{
	FD_AUTO fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return io_error(e, "sync folder", path);
	return ERR_OK;
}

static enum err write_all(int fd, str bytes, str path, struct error *e)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n < (1 << 24) ? bytes.n : 1 << 24);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(e, "write", path);
		bytes = str_from(bytes, (size_t)n);
	}
	return ERR_OK;
}

/* Makes dir and syncs the folder above it when it is new. */
static enum err make_folder(str dir, str above, struct error *e)
{
	if (mkdir(dir.p, 0700) == 0)
		return sync_folder(above, e);
	return errno == EEXIST ? ERR_OK : io_error(e, "make folder", dir);
}

static int64_t changed_of(const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

/* Which file it is that stands there now; false: none. */
static bool note_file(struct blob *b, str path)
{
	struct stat st;
	if (stat(path.p, &st))
		return false;
	b->inode = st.st_ino;
	b->changed = changed_of(&st);
	return true;
}

/* The file durable under its name. One that is there is whole (it got its name
 * when it was), but its name may not be durable yet. */
static enum err write_file(const struct blob_store *bs, struct arena *a, struct blob *b,
                           struct error *e)
{
	str folder = folder_of(bs, a, b->hash), path = path_of(bs, a, b->hash, b->zstd);
	enum err err;
	/* A new time, so that blob_sweep_files does not take it for one that was left behind.
	 * Without it (gone this moment, or not ours) the file is made anew. */
	if (utimensat(AT_FDCWD, path.p, NULL, 0) == 0 && note_file(b, path))
		return sync_folder(folder, e);
	if ((err = make_folder(str_dup(a, bs->dir), STR("/"), e)) ||
	    (err = make_folder(folder, str_dup(a, bs->dir), e)))
		return err;
	str temp = str_printf(a, "%.*s/.tmp-%.*s", STR_FMT(folder), STR_FMT(random_token(a, 16)));
	FD_AUTO fd = open(temp.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_error(e, "create", temp);
	err = write_all(fd, b->stored, temp, e);
	if (!err && fsync(fd))
		err = io_error(e, "sync", temp);
	if (!err && rename(temp.p, path.p))
		err = io_error(e, "rename", temp);
	if (err) {
		unlink(temp.p);
		return err;
	}
	(void)note_file(b, path); /* before its name is made durable: never a later one */
	return sync_folder(folder, e);
}

enum err blob_prepare(const struct blob_store *bs, struct arena *a, str bytes, struct blob *out,
                      struct error *e)
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	*out = (struct blob){0};
	if ((int64_t)bytes.n > max_of(bs))
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	digest_sha256(bytes, digest);
	*out = (struct blob){
	    .hash = str_hex(a, str_n((const char *)digest, sizeof digest)),
	    .size = (int64_t)bytes.n,
	    .stored = bytes,
	};
	if (bytes.n >= PACK_MIN) {
		/* No more room than makes it worth while: zstd gives up when it is full. */
		size_t room = bytes.n - bytes.n / 8;
		char *p = arena_alloc(a, room);
		size_t n = ZSTD_compress(p, room, bytes.p, bytes.n, LEVEL);
		if (!ZSTD_isError(n)) {
			out->zstd = true;
			out->stored = str_n(p, n);
		}
	}
	out->stored_size = (int64_t)out->stored.n;
	if (bs->engine == DB_PG || (int64_t)out->stored.n <= bs->row_max)
		return ERR_OK;
	enum err err = write_file(bs, a, out, e);
	out->stored = STR_NONE;
	out->path = path_of(bs, a, out->hash, out->zstd);
	return err;
}

struct mapping {
	void *p;
	size_t n;
};

static void unmap(void *arg)
{
	struct mapping *m = arg;
	munmap(m->p, m->n);
}

enum err blob_prepare_fd(const struct blob_store *bs, struct arena *a, int fd, struct blob *out,
                         struct error *e)
{
	struct stat st;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return error_detail(e, ERR_IO, "blob: not a file");
	if (st.st_size > max_of(bs))
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	if (!st.st_size)
		return blob_prepare(bs, a, STR_NONE, out, e);
	struct mapping *m = ARENA_NEW(a, struct mapping);
	m->n = (size_t)st.st_size;
	m->p = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m->p == MAP_FAILED)
		return error_detail(e, ERR_IO, "blob: map: %s", strerrordesc_np(errno));
	arena_on_free(a, unmap, m);
	return blob_prepare(bs, a, str_n(m->p, m->n), out, e);
}

enum { ATTACH_TRIES = 5 };

/* Removal runs on the same writer: once the row is there, the file stays. */
static enum err still_there(const struct blob *b, struct error *e)
{
	struct stat st;
	if (!b->path.n)
		return ERR_OK;
	if (stat(b->path.p, &st))
		return error_set(e, ERR_BUSY, "error.busy", NULL, NULL);
	if (st.st_ino == b->inode && changed_of(&st) == b->changed)
		return ERR_OK;
	/* Somebody made it anew, whose name may not be durable yet. */
	ARENA_AUTO a = arena_new();
	return sync_folder(str_dup(a, str_sub(b->path, 0, (size_t)str_rchr(b->path, '/'))), e);
}

static enum err attach(struct db_conn *tx, const struct blob *b, usec now, int tries,
                       struct error *e);

/* A row that was there before us must be there when we commit: see blob_doomed.c. */
static enum err hold(struct db_conn *tx, const struct blob *b, usec now, int tries, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, tx, &Q_BLOB_HOLD, DB_ARGS(db_text(b->hash)));
	bool here = db_rows_next(&r);
	enum err err = db_rows_close(&r, e);
	if (err || here)
		return err;
	if (tries >= ATTACH_TRIES)
		return error_set(e, ERR_BUSY, "error.busy", NULL, NULL);
	return attach(tx, b, now, tries + 1, e);
}

static enum err attach(struct db_conn *tx, const struct blob *b, usec now, int tries,
                       struct error *e)
{
	int64_t made;
	enum err err = still_there(b, e);
	if (err)
		return err;
	err = db_exec(tx, &Q_BLOB_INSERT,
	              DB_ARGS(db_text(b->hash), db_int(b->size), db_int(b->stored_size),
	                      db_text(b->zstd ? STR("zstd") : STR("none")), db_int(now)),
	              &made, e);
	if (err || b->path.n)
		return err;
	if (!made) /* of SQLite's, nobody else writes */
		return db_conn_engine(tx) == DB_PG ? hold(tx, b, now, tries, e) : ERR_OK;
	for (size_t at = 0, n = 0; at < b->stored.n; at += CHUNK, n++)
		if ((err = db_exec(tx, &Q_BLOB_CHUNK_INSERT,
		                   DB_ARGS(db_text(b->hash), db_int((int64_t)n),
		                           db_blob(str_sub(b->stored, at, at + CHUNK))),
		                   NULL, e)))
			return err;
	return ERR_OK;
}

enum err blob_attach(struct db_conn *tx, const struct blob *b, usec now, struct error *e)
{
	return attach(tx, b, now, 0, e);
}

enum err blob_put(const struct blob_store *bs, struct arena *a, struct db_conn *tx, str bytes,
                  usec now, str *hash, struct error *e)
{
	struct blob b = {0};
	enum err err = blob_prepare(bs, a, bytes, &b, e);
	if (err || (err = blob_attach(tx, &b, now, e)))
		return err;
	*hash = b.hash;
	return ERR_OK;
}

/* ---- reading ---- */

static enum err get_row(struct db_conn *c, str hash, struct blob *out, struct error *e)
{
	struct db_rows r;
	if (!is_hash(hash))
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	db_rows_open(&r, c, &Q_BLOB_GET, DB_ARGS(db_text(hash)));
	bool found = db_rows_next(&r);
	if (found)
		*out = (struct blob){.hash = hash,
		                     .size = db_get_int(&r, 0),
		                     .stored_size = db_get_int(&r, 1),
		                     .zstd = str_is(db_get_str(&r, 2), "zstd")};
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

static enum err gone(struct error *e, str hash, const char *why)
{
	return error_detail(e, ERR_IO, "blob %.*s: %s", STR_FMT(hash), why);
}

/* The stored bytes, in the arena. */
static enum err read_stored(const struct blob_store *bs, struct arena *a, struct db_conn *c,
                            struct blob *b, struct error *e)
{
	char *p = arena_alloc(a, (size_t)b->stored_size);
	size_t n = 0;
	/* Whether SQLite has it in a row or a file depends on what row_max was when it came. */
	if (bs->engine == DB_PG || b->stored_size <= CHUNK) {
		struct db_rows r;
		db_rows_open(&r, c, &Q_BLOB_CHUNK_LIST, DB_ARGS(db_text(b->hash)));
		while (db_rows_next(&r)) {
			str chunk = db_get_str(&r, 0);
			if (chunk.n > (size_t)b->stored_size - n)
				break;
			memcpy(p + n, chunk.p, chunk.n);
			n += chunk.n;
		}
		enum err err = db_rows_close(&r, e);
		if (err)
			return err;
	}
	if (bs->engine == DB_SQLITE && n == 0 && b->stored_size > 0) {
		FD_AUTO fd = open(path_of(bs, a, b->hash, b->zstd).p, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return gone(e, b->hash, "its file is missing");
		ssize_t got = 1;
		while (n < (size_t)b->stored_size &&
		       ((got = read(fd, p + n, (size_t)b->stored_size - n)) > 0 ||
		        (got < 0 && errno == EINTR)))
			n += got > 0 ? (size_t)got : 0;
		if (got < 0)
			return gone(e, b->hash, strerrordesc_np(errno));
	}
	if (n != (size_t)b->stored_size)
		return gone(e, b->hash, "bytes are missing");
	b->stored = str_n(p, n);
	return ERR_OK;
}

enum err blob_read(const struct blob_store *bs, struct arena *a, struct db_conn *c, str hash,
                   int64_t max, str *out, struct error *e)
{
	struct blob b = {0};
	enum err err = get_row(c, hash, &b, e);
	if (err)
		return err;
	if (b.size > (max > 0 ? max : max_of(bs)))
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	if ((err = read_stored(bs, a, c, &b, e)))
		return err;
	*out = b.stored;
	if (b.zstd) {
		char *p = arena_alloc(a, (size_t)b.size);
		size_t n = ZSTD_decompress(p, (size_t)b.size, b.stored.p, b.stored.n);
		if (ZSTD_isError(n) || n != (size_t)b.size)
			return gone(e, hash, "does not unpack");
		*out = str_n(p, n);
	}
	uint8_t digest[DIGEST_SHA256_SIZE];
	digest_sha256(*out, digest);
	if (!str_eq(str_hex(a, str_n((const char *)digest, sizeof digest)), hash))
		return gone(e, hash, "other bytes than its name says");
	return ERR_OK;
}

/* An unlinked file in the blob folder, or where temporary files go. */
static int temp_fd(const struct blob_store *bs)
{
	const char *dir = bs->engine == DB_SQLITE ? bs->dir.p : P_tmpdir;
	/* There may be no file yet to have made the folder; making it late is no failure. */
	if (bs->engine == DB_SQLITE && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return -1;
	return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

enum err blob_open_fd(const struct blob_store *bs, struct db_conn *c, str hash, int *fd,
                      int64_t *size, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct blob b = {0};
	*fd = -1;
	enum err err = get_row(c, hash, &b, e);
	if (err)
		return err;
	*size = b.size;
	FD_AUTO own = -1;
	if (bs->engine == DB_SQLITE && !b.zstd)
		own = open(path_of(bs, a, hash, false).p, O_RDONLY | O_CLOEXEC);
	if (own >= 0) {
		struct stat st;
		if (fstat(own, &st) || st.st_size != b.size)
			return gone(e, hash, "bytes are missing");
		*fd = take_fd(&own);
		return ERR_OK;
	}
	str bytes;
	if ((err = blob_read(bs, a, c, hash, max_of(bs), &bytes, e)))
		return err;
	FD_AUTO temp = temp_fd(bs);
	if (temp < 0)
		return error_detail(e, ERR_IO, "blob: temporary file: %s", strerrordesc_np(errno));
	if ((err = write_all(temp, bytes, STR("temporary file"), e)))
		return err;
	if (lseek(temp, 0, SEEK_SET) != 0)
		return error_detail(e, ERR_IO, "blob: seek: %s", strerrordesc_np(errno));
	*fd = take_fd(&temp);
	return ERR_OK;
}

enum err blob_verify(const struct blob_store *bs, struct db_conn *c,
                     void (*bad)(void *arg, str hash, const char *why), void *arg, int64_t *checked,
                     struct error *e)
{
	ARENA_AUTO page = arena_new();
	ARENA_AUTO one = arena_new();
	char after[BLOB_HASH_HEX + 1] = "";
	*checked = 0;
	for (;;) {
		str hashes[200];
		size_t n = 0;
		struct db_rows r;
		arena_clear(page);
		db_rows_open(&r, c, &Q_BLOB_AFTER, DB_ARGS(db_text(str_of(after))));
		while (n < COUNT_OF(hashes) && db_rows_next(&r))
			hashes[n++] = db_dup_str(page, &r, 0);
		enum err err = db_rows_close(&r, e);
		if (err || !n)
			return err;
		for (size_t i = 0; i < n; i++) {
			struct error why = {0};
			str bytes;
			arena_clear(one);
			err = blob_read(bs, one, c, hashes[i], INT64_MAX, &bytes, &why);
			if (err == ERR_DB) {
				if (e)
					*e = why;
				return err;
			}
			if (err)
				bad(arg, hashes[i], why.detail);
			++*checked;
		}
		str last = hashes[n - 1];
		if (!is_hash(last))
			return ERR_OK;
		memcpy(after, last.p, BLOB_HASH_HEX);
	}
}

bool blob_on_disk(const struct blob_store *bs, str hash)
{
	ARENA_AUTO a = arena_new();
	return bs->engine == DB_PG || access(path_of(bs, a, hash, false).p, F_OK) == 0 ||
	       access(path_of(bs, a, hash, true).p, F_OK) == 0;
}

enum err blob_unlink(const struct blob_store *bs, str hash, struct error *e)
{
	ARENA_AUTO a = arena_new();
	if (bs->engine == DB_PG || !is_hash(hash))
		return ERR_OK;
	for (int zstd = 0; zstd < 2; zstd++) {
		str path = path_of(bs, a, hash, zstd);
		if (unlink(path.p) && errno != ENOENT)
			return io_error(e, "remove", path);
	}
	return ERR_OK;
}
