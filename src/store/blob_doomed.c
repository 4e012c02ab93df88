/* blob_doomed.c: see blob_doomed.h. */
#include "store/blob_doomed.h"

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

enum err blob_doom_unreferenced(struct db_conn *tx, usec before, int limit, usec now, int64_t *n,
                                struct error *e)
{
	return db_exec(tx, &Q_BLOB_DOOM_UNREFERENCED,
	               DB_ARGS(db_int(before), db_int(now), db_int(limit)), n, e);
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

static enum err forget(struct db_conn *tx, str hash, struct error *e)
{
	return db_exec(tx, &Q_BLOB_DOOMED_FORGET, DB_ARGS(db_text(hash)), NULL, e);
}

static enum err remove_rows(void *arg, struct db_conn *tx, struct error *e)
{
	struct burial *b = arg;
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < b->n; i++) {
		bool in_use;
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

static enum err next_page(struct db *db, struct burial *b, str after, struct error *e)
{
	struct db_conn *c;
	struct db_rows r;
	b->n = 0;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
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
	while (!err && !(err = next_page(db, &b, after, e)) && b.n) {
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
