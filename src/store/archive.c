/* archive.c: see archive.h. */
#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>
#include <zstd.h>

#include "base/buf.h"

#define MAGIC "OTKLIK-BACKUP 1\n"
#define CHUNK ((size_t)128 * 1024)

struct archive_writer {
	FILE *file;
	char *path, *temporary;
	ZSTD_CCtx *zstd;
	crypto_hash_sha256_state digest;
	char out[CHUNK];
};

struct archive_reader {
	FILE *file;
	ZSTD_DCtx *zstd;
	crypto_hash_sha256_state digest;
	struct buf payload;
	char in[CHUNK];
	size_t in_n, in_pos;
	char out[CHUNK];
	size_t out_n, out_pos;
	bool at_end;
};

static enum err io(struct error *e, const char *what, const char *path)
{
	return error_detail(e, ERR_IO, "%s %s: %s", what, path, strerrordesc_np(errno));
}

enum err archive_create(const char *path, struct archive_writer **out, struct error *e)
{
	struct archive_writer *w = xcalloc(1, sizeof *w);
	w->path = strdup(path);
	if (!w->path || asprintf(&w->temporary, "%s.part", path) < 0)
		abort();
	int fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	w->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
	if (!w->file) {
		enum err err = io(e, "cannot write", w->temporary);
		if (fd >= 0)
			close(fd);
		free(w->path);
		free(w->temporary);
		free(w);
		return err;
	}
	w->zstd = ZSTD_createCCtx();
	if (!w->zstd)
		abort();
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
	crypto_hash_sha256_init(&w->digest);
	if (fputs(MAGIC, w->file) < 0) {
		enum err err = io(e, "cannot write", w->temporary);
		archive_abandon(w);
		return err;
	}
	*out = w;
	return ERR_OK;
}

static enum err compress(struct archive_writer *w, str bytes, ZSTD_EndDirective how,
                         struct error *e)
{
	ZSTD_inBuffer in = {bytes.p, bytes.n, 0};
	size_t left;
	do {
		ZSTD_outBuffer o = {w->out, sizeof w->out, 0};
		left = ZSTD_compressStream2(w->zstd, &o, &in, how);
		if (ZSTD_isError(left))
			return error_detail(e, ERR_IO, "zstd: %s", ZSTD_getErrorName(left));
		if (o.pos && fwrite(w->out, 1, o.pos, w->file) != o.pos)
			return io(e, "cannot write", w->temporary);
	} while (in.pos < in.size || (how == ZSTD_e_end && left));
	return ERR_OK;
}

static void header(char out[5], char type, size_t n)
{
	out[0] = type;
	for (int i = 0; i < 4; i++)
		out[1 + i] = (char)(n >> 8 * i);
}

enum err archive_add(struct archive_writer *w, char type, str payload, struct error *e)
{
	if (payload.n > ARCHIVE_RECORD_MAX)
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	char head[5];
	header(head, type, payload.n);
	if (type != ARCHIVE_END) {
		crypto_hash_sha256_update(&w->digest, (unsigned char *)head, sizeof head);
		crypto_hash_sha256_update(&w->digest, (const unsigned char *)payload.p, payload.n);
	}
	enum err err = compress(w, str_n(head, sizeof head), ZSTD_e_continue, e);
	return err ? err : compress(w, payload, ZSTD_e_continue, e);
}

static enum err sync_folder(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == path ? strdup("/")
	            : slash       ? strndup(path, (size_t)(slash - path))
	                          : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	enum err err = fd < 0 || fsync(fd) ? io(e, "cannot sync the folder of", path) : ERR_OK;
	if (fd >= 0)
		close(fd);
	free(dir);
	return err;
}

enum err archive_finish(struct archive_writer *w, struct error *e)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_final(&w->digest, digest);
	enum err err = archive_add(w, ARCHIVE_END, str_n((char *)digest, sizeof digest), e);
	if (!err)
		err = compress(w, STR_NONE, ZSTD_e_end, e);
	if (!err && (fflush(w->file) || fsync(fileno(w->file))))
		err = io(e, "cannot sync", w->temporary);
	if (!err && rename(w->temporary, w->path))
		err = io(e, "cannot rename to", w->path);
	if (!err)
		err = sync_folder(w->path, e);
	if (!err) {
		free(w->temporary);
		w->temporary = NULL;
	}
	archive_abandon(w);
	return err;
}

void archive_abandon(struct archive_writer *w)
{
	if (!w)
		return;
	fclose(w->file);
	if (w->temporary)
		unlink(w->temporary);
	ZSTD_freeCCtx(w->zstd);
	free(w->temporary);
	free(w->path);
	free(w);
}

static enum err damaged(struct error *e, const char *why)
{
	error_set(e, ERR_SYNTAX, "error.bad_backup", NULL, why);
	return ERR_SYNTAX;
}

enum err archive_open(const char *path, struct archive_reader **out, struct error *e)
{
	FILE *f = fopen(path, "rbe");
	if (!f)
		return io(e, "cannot read", path);
	char magic[sizeof MAGIC - 1];
	if (fread(magic, 1, sizeof magic, f) != sizeof magic ||
	    memcmp(magic, MAGIC, sizeof magic) != 0) {
		fclose(f);
		return damaged(e, "it does not begin as a backup does");
	}
	struct archive_reader *r = xcalloc(1, sizeof *r);
	r->file = f;
	r->zstd = ZSTD_createDCtx();
	if (!r->zstd)
		abort();
	crypto_hash_sha256_init(&r->digest);
	buf_init(&r->payload, ARCHIVE_RECORD_MAX);
	*out = r;
	return ERR_OK;
}

/* Fills r->out with the next plain bytes. */
static enum err refill(struct archive_reader *r, struct error *e)
{
	r->out_n = r->out_pos = 0;
	while (r->out_n == 0) {
		if (r->in_pos == r->in_n) {
			r->in_n = fread(r->in, 1, sizeof r->in, r->file);
			r->in_pos = 0;
			if (r->in_n == 0)
				return damaged(e, "it is cut off");
		}
		ZSTD_inBuffer in = {r->in, r->in_n, r->in_pos};
		ZSTD_outBuffer o = {r->out, sizeof r->out, 0};
		size_t left = ZSTD_decompressStream(r->zstd, &o, &in);
		if (ZSTD_isError(left))
			return damaged(e, ZSTD_getErrorName(left));
		r->in_pos = in.pos;
		r->out_n = o.pos;
	}
	return ERR_OK;
}

static enum err take(struct archive_reader *r, char *to, size_t n, struct error *e)
{
	while (n) {
		if (r->out_pos == r->out_n) {
			enum err err = refill(r, e);
			if (err)
				return err;
		}
		size_t k = r->out_n - r->out_pos < n ? r->out_n - r->out_pos : n;
		memcpy(to, r->out + r->out_pos, k);
		r->out_pos += k;
		to += k;
		n -= k;
	}
	return ERR_OK;
}

enum err archive_next(struct archive_reader *r, char *type, str *payload, struct error *e)
{
	char head[5];
	enum err err = take(r, head, sizeof head, e);
	if (err)
		return err;
	size_t n = 0;
	for (int i = 0; i < 4; i++)
		n |= (size_t)(unsigned char)head[1 + i] << 8 * i;
	if (n > ARCHIVE_RECORD_MAX)
		return damaged(e, "a record is too long");
	buf_clear(&r->payload);
	/* In steps, so that a forged length costs no memory that is not backed by bytes. */
	for (size_t got = 0; got < n;) {
		size_t k = n - got < CHUNK ? n - got : CHUNK;
		char *to = buf_reserve(&r->payload, k);
		err = take(r, to, k, e);
		if (err)
			return err;
		buf_commit(&r->payload, k);
		got += k;
	}
	*type = head[0];
	*payload = buf_str(&r->payload);
	if (*type != ARCHIVE_END) {
		crypto_hash_sha256_update(&r->digest, (unsigned char *)head, sizeof head);
		crypto_hash_sha256_update(&r->digest, (const unsigned char *)payload->p,
		                          payload->n);
		return ERR_OK;
	}
	char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_final(&r->digest, (unsigned char *)digest);
	return str_eq(*payload, str_n(digest, sizeof digest)) ? ERR_OK
	                                                      : damaged(e, "the digest differs");
}

void archive_close(struct archive_reader *r)
{
	if (!r)
		return;
	fclose(r->file);
	ZSTD_freeDCtx(r->zstd);
	buf_release(&r->payload);
	free(r);
}
