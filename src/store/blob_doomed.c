/* blob_doomed.c: see blob_doomed.h.
 *
 * Why nothing is lost when the same bytes come in at the same time. A letter's
 * blob is made ready outside the database (blob_prepare), attached in a job
 * (blob_attach) and named by a row of that job. In between, here, it may look
 * like nobody's.
 *
 * SQLite has one writer in one process, so attaching, removing the row and
 * removing the file stand in one order.
 *  - Attached before the row is removed: the job that named it has ended, so
 *    remove_rows sees the name, or it failed and nobody wants the blob.
 *  - Attached between row and file: the row is there again, the file stays.
 *  - Attached after the file: blob_attach misses it and fails as busy; the
 *    letter stays with the MTA, the upload is tried again. If another
 *    blob_prepare has made the file anew meanwhile, it is another file than
 *    ours, and blob_attach makes its name durable itself.
 *  - A crash between row and file leaves the note, and the next run goes on.
 *
 * PostgreSQL has several writers, and a blob's bytes are rows.
 *  - blob_attach that finds the row holds it (FOR KEY SHARE) until its end.
 *    Such a row cannot be seized here: it is skipped and looked at next time.
 *  - A row that is seized (FOR UPDATE) is asked about in a statement after
 *    that, whose snapshot knows of every job that ended before. Who attaches
 *    from then on waits for our end, finds the row gone and writes it anew.
 *  - Nobody here waits for a lock, so nobody waits in a ring.
 */
#include "store/blob_doomed.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/queries_gen.h"

enum { PAGE = 100 };

enum err blob_doom(struct db_conn *tx, const str *hashes, size_t n, usec now, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < n; i++)
		if (hashes[i].n)
			err = db_exec(tx, &Q_BLOB_DOOM, DB_ARGS(db_text(hashes[i]), db_int(now)),
			              NULL, e);
	return err;
}

struct burial {
	const struct blob_store *bs;
	struct arena *arena;
	str hashes[PAGE];
	bool gone[PAGE]; /* its row was removed */
	size_t n;
};

static enum err named(struct db_conn *tx, str hash, bool *out, struct error *e)
{
	int64_t n;
	enum err err = db_one_int(tx, &Q_BLOB_REFERENCED, DB_ARGS(db_text(hash)), &n, e);
	*out = err || n;
	return err;
}

/* *mine: nobody else holds its row. One whose row has gone already is ours to finish. */
static enum err seize(struct db_conn *tx, str hash, bool *mine, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, tx, &Q_BLOB_SEIZE, DB_ARGS(db_text(hash)));
	*mine = db_rows_next(&r);
	enum err err = db_rows_close(&r, e);
	if (err || *mine)
		return err;
	db_rows_open(&r, tx, &Q_BLOB_GET, DB_ARGS(db_text(hash)));
	*mine = !db_rows_next(&r);
	return db_rows_close(&r, e);
}

static enum err forget(struct db_conn *tx, str hash, struct error *e)
{
	return db_exec(tx, &Q_BLOB_DOOMED_FORGET, DB_ARGS(db_text(hash)), NULL, e);
}

static enum err remove_rows(void *arg, struct db_conn *tx, struct error *e)
{
	struct burial *b = arg;
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < b->n; i++) {
		bool in_use = false, mine = true;
		b->gone[i] = false;
		if ((err = seize(tx, b->hashes[i], &mine, e)))
			break;
		if (!mine)
			continue;
		if ((err = named(tx, b->hashes[i], &in_use, e)))
			break;
		b->gone[i] = !in_use;
		if (!in_use) {
			err = db_exec(tx, &Q_BLOB_DELETE_CHUNKS, DB_ARGS(db_text(b->hashes[i])),
			              NULL, e);
			if (!err)
				err = db_exec(tx, &Q_BLOB_DELETE, DB_ARGS(db_text(b->hashes[i])),
				              NULL, e);
		}
		if (!err && (in_use || b->bs->engine == DB_PG))
			err = forget(tx, b->hashes[i], e);
	}
	return err;
}

/* The one effect outside its transaction that a job may have: nothing names the
 * file, and doing it again changes nothing. */
static enum err remove_files(void *arg, struct db_conn *tx, struct error *e)
{
	struct burial *b = arg;
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < b->n; i++) {
		struct db_rows r;
		if (!b->gone[i])
			continue;
		db_rows_open(&r, tx, &Q_BLOB_GET, DB_ARGS(db_text(b->hashes[i])));
		bool here = db_rows_next(&r); /* came in again meanwhile */
		err = db_rows_close(&r, e);
		if (!err && !here)
			err = blob_unlink(b->bs, b->hashes[i], e);
		if (!err)
			err = forget(tx, b->hashes[i], e);
	}
	return err;
}

/* before: 0 = those that are noted, else those that nothing names and that are older. */
static enum err next_page(struct db *db, struct burial *b, str after, usec before, struct error *e)
{
	struct db_conn *c;
	struct db_rows r;
	b->n = 0;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
	if (before)
		db_rows_open(&r, c, &Q_BLOB_UNREFERENCED, DB_ARGS(db_text(after), db_int(before)));
	else
		db_rows_open(&r, c, &Q_BLOB_DOOMED_NEXT, DB_ARGS(db_text(after)));
	while (b->n < PAGE && db_rows_next(&r))
		b->hashes[b->n++] = db_dup_str(b->arena, &r, 0);
	err = db_rows_close(&r, e);
	db_read_end(db, c);
	return err;
}

enum err blob_bury(const struct blob_store *bs, struct db *db, int64_t *n, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct burial b = {.bs = bs, .arena = a};
	str after = STR("");
	int64_t removed = 0;
	enum err err = ERR_OK;
	while (!err && !(err = next_page(db, &b, after, 0, e)) && b.n) {
		after = b.hashes[b.n - 1];
		err = db_write(db, remove_rows, &b, e);
		for (size_t i = 0; !err && i < b.n; i++)
			removed += b.gone[i];
		if (!err && bs->engine == DB_SQLITE)
			err = db_write(db, remove_files, &b, e);
	}
	if (n)
		*n = removed;
	return err;
}

struct doom {
	const struct burial *page;
	usec now;
};

static enum err doom_page(void *arg, struct db_conn *tx, struct error *e)
{
	const struct doom *d = arg;
	return blob_doom(tx, d->page->hashes, d->page->n, d->now, e);
}

enum err blob_sweep(const struct blob_store *bs, struct db *db, usec before, usec now, int64_t *n,
                    struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct burial b = {.bs = bs, .arena = a};
	struct doom d = {&b, now};
	str after = STR("");
	enum err err = ERR_OK;
	while (!err && !(err = next_page(db, &b, after, before, e)) && b.n) {
		after = str_dup(a, b.hashes[b.n - 1]);
		err = db_write(db, doom_page, &d, e);
	}
	return err ? err : blob_bury(bs, db, n, e);
}

/* ---- files without a row ---- */

struct strays {
	const struct blob_store *bs;
	str hashes[PAGE];
	size_t n;
	int64_t removed;
};

static enum err known(struct db_conn *c, str hash, bool *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_BLOB_KNOWN, DB_ARGS(db_text(hash)));
	*out = db_rows_next(&r) && db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

/* As remove_files: in the one writer nobody attaches the blob at this moment, and who has
 * prepared it finds the file missing and prepares it anew. */
static enum err remove_strays(void *arg, struct db_conn *tx, struct error *e)
{
	struct strays *s = arg;
	enum err err = ERR_OK;
	s->removed = 0;
	for (size_t i = 0; !err && i < s->n; i++) {
		bool here = true;
		err = known(tx, s->hashes[i], &here, e);
		if (err || here)
			continue;
		err = blob_unlink(s->bs, s->hashes[i], e);
		s->removed++;
	}
	return err;
}

/* Leaves those of the page that no committed row knows, and removes them. */
static enum err end_page(struct strays *s, struct db *db, int64_t *n, struct error *e)
{
	struct db_conn *c;
	size_t kept = 0;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
	for (size_t i = 0; !err && i < s->n; i++) {
		bool here = true;
		err = known(c, s->hashes[i], &here, e);
		if (!here)
			s->hashes[kept++] = s->hashes[i];
	}
	db_read_end(db, c);
	s->n = kept;
	if (!err && kept)
		err = db_write(db, remove_strays, s, e);
	if (!err && kept)
		*n += s->removed;
	s->n = 0;
	return err;
}

/* The hash that a file of this folder holds, by its name; "" = none. */
static str hash_of_name(struct arena *a, int folder, str name)
{
	if (str_ends(name, STR(".zst")))
		name.n -= 4;
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("0123456789abcdef", name.p[i]))
			return STR_NONE;
	return name.n == BLOB_HASH_HEX - 2 ? str_printf(a, "%02x%.*s", folder, STR_FMT(name))
	                                   : STR_NONE;
}

static enum err sweep_folder(struct strays *s, struct db *db, int folder, usec before, int64_t *n,
                             struct error *e)
{
	ARENA_AUTO a = arena_new();
	str path = str_printf(a, "%.*s/%02x", STR_FMT(s->bs->dir), folder);
	DIR *d = opendir(path.p);
	enum err err = ERR_OK;
	if (!d)
		return ERR_OK;
	s->n = 0;
	for (struct dirent *f; !err && (f = readdir(d));) {
		struct stat st;
		if (fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode) || (usec)st.st_mtim.tv_sec * USEC_SECOND >= before)
			continue;
		str name = str_of(f->d_name), hash = hash_of_name(a, folder, name);
		if (str_starts(name, STR(".tmp-"))) /* of a write that never ended */
			*n += unlinkat(dirfd(d), f->d_name, 0) == 0;
		if (hash.n)
			s->hashes[s->n++] = hash;
		if (s->n == PAGE)
			err = end_page(s, db, n, e);
	}
	closedir(d);
	return err || !s->n ? err : end_page(s, db, n, e);
}

enum err blob_sweep_files(const struct blob_store *bs, struct db *db, usec before, int64_t *n,
                          struct error *e)
{
	struct strays s = {.bs = bs};
	int64_t removed = 0;
	enum err err = ERR_OK;
	for (int folder = 0; !err && bs->engine == DB_SQLITE && folder < 256; folder++)
		err = sweep_folder(&s, db, folder, before, &removed, e);
	if (n)
		*n = removed;
	return err;
}
