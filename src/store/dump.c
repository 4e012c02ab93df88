/* dump.c: see dump.h.
 *
 * Tables are listed in an order in which foreign keys hold; the ones that refer
 * to themselves are deferred in the schema. Columns come from the database
 * itself, so that a migration which adds one needs no change here; a new table
 * must be listed (dump_test.c fails otherwise).
 */
#include "store/dump.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"
#include "json/read.h"
#include "json/write.h"
#include "store/dump_tables.h"
#include "store/system.h"

#define PAGE_ROWS "200"
#define CHUNK ((size_t)1 << 20)

enum { T_INT = 'i', T_REAL = 'r', T_TEXT = 't', T_BLOB = 'b', T_NULL = 'n' };

struct column {
	str name;
	char type;
};

struct columns {
	struct column *p;
	size_t n, cap;
};

static enum err columns_of(struct arena *a, struct db_conn *c, const char *table,
                           struct columns *out, struct error *e)
{
	str sql = db_conn_engine(c) == DB_SQLITE
	              ? STR("SELECT name, type FROM pragma_table_info($1) ORDER BY cid")
	              : STR("SELECT column_name, data_type FROM information_schema.columns WHERE "
	                    "table_schema = current_schema() AND table_name = $1 "
	                    "ORDER BY ordinal_position");
	struct db_rows r;
	db_rows_open_text(&r, c, sql, DB_ARGS(db_text(str_of(table))));
	while (db_rows_next(&r)) {
		str type = db_get_str(&r, 1);
		char t =
		    str_is(type, "INTEGER") || str_is(type, "bigint") || str_is(type, "integer")
		        ? T_INT
		    : str_is(type, "BLOB") || str_is(type, "bytea")            ? T_BLOB
		    : str_is(type, "REAL") || str_is(type, "double precision") ? T_REAL
		                                                               : T_TEXT;
		*vec_push(a, out) = (struct column){db_dup_str(a, &r, 0), t};
	}
	return db_rows_close(&r, e);
}

static void add_u32(struct buf *b, size_t n)
{
	for (int i = 0; i < 4; i++)
		buf_addc(b, (char)(n >> 8 * i));
}

static void add_value(struct buf *b, struct db_rows *r, int col, char type)
{
	if (db_is_null(r, col)) {
		buf_addc(b, T_NULL);
		return;
	}
	buf_addc(b, type);
	if (type == T_INT) {
		uint64_t v = (uint64_t)db_get_int(r, col);
		add_u32(b, v & 0xffffffff);
		add_u32(b, v >> 32);
	} else if (type == T_REAL) {
		double d = db_get_real(r, col);
		buf_add(b, str_n((const char *)&d, sizeof d));
	} else {
		str s = db_get_str(r, col);
		add_u32(b, s.n);
		buf_add(b, s);
	}
}

/* One value out of a row record; false when the record is too short. */
static bool take_value(str *rest, struct db_val *out)
{
	if (!rest->n)
		return false;
	char type = rest->p[0];
	*rest = str_from(*rest, 1);
	const unsigned char *u = (const unsigned char *)rest->p;
	if (type == T_NULL) {
		*out = db_null();
		return true;
	}
	if (type == T_INT || type == T_REAL) {
		if (rest->n < 8)
			return false;
		uint64_t v = 0;
		for (int i = 0; i < 8; i++)
			v |= (uint64_t)u[i] << 8 * i;
		double d;
		memcpy(&d, rest->p, sizeof d);
		*out = type == T_INT ? db_int((int64_t)v) : db_real(d);
		*rest = str_from(*rest, 8);
		return true;
	}
	if (rest->n < 4 || (type != T_TEXT && type != T_BLOB))
		return false;
	size_t n = 0;
	for (int i = 0; i < 4; i++)
		n |= (size_t)u[i] << 8 * i;
	if (rest->n - 4 < n)
		return false;
	str s = str_sub(*rest, 4, 4 + n);
	*out = type == T_TEXT ? db_text(s) : db_blob(s);
	*rest = str_from(*rest, 4 + n);
	return true;
}

/* SELECT a, b FROM t [WHERE (k1, k2) > ($1, $2)] ORDER BY k1, k2 LIMIT .. */
static str page_sql(struct arena *a, const struct dump_table *t, const struct columns *cols,
                    bool after)
{
	str sql = STR("SELECT ");
	for (size_t i = 0; i < cols->n; i++)
		sql = str_printf(a, "%.*s%s%.*s", STR_FMT(sql), i ? ", " : "",
		                 STR_FMT(cols->p[i].name));
	sql = str_printf(a, "%.*s FROM %s", STR_FMT(sql), t->name);
	if (after)
		sql = t->n_keys == 1 ? str_printf(a, "%.*s WHERE %s > $1", STR_FMT(sql), t->keys[0])
		                     : str_printf(a, "%.*s WHERE (%s, %s) > ($1, $2)", STR_FMT(sql),
		                                  t->keys[0], t->keys[1]);
	return str_printf(a, "%.*s ORDER BY %s%s%s LIMIT " PAGE_ROWS, STR_FMT(sql), t->keys[0],
	                  t->n_keys > 1 ? ", " : "", t->n_keys > 1 ? t->keys[1] : "");
}

static struct db_val copy_value(struct arena *a, struct db_rows *r, int col, char type)
{
	return type == T_INT ? db_int(db_get_int(r, col)) : db_text(db_dup_str(a, r, col));
}

static enum err save_table(struct db_conn *c, const struct dump_table *t, struct archive_writer *w,
                           struct dump_counts *counts, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct columns cols = {0};
	enum err err = columns_of(a, c, t->name, &cols, e);
	if (err)
		return err;
	BUF_AUTO b;
	buf_init(&b, ARCHIVE_RECORD_MAX);
	struct jw j;
	jw_init(&j, &b);
	jw_object(&j);
	jw_put_z(&j, "table", t->name);
	jw_put_array(&j, "columns");
	for (size_t i = 0; i < cols.n; i++)
		jw_str(&j, cols.p[i].name);
	jw_end(&j);
	jw_end(&j);
	err = archive_add(w, 'T', buf_str(&b), e);
	counts->tables++;

	struct db_val last[2];
	ARENA_AUTO keys = arena_new();
	bool after = false, more = true;
	while (!err && more) {
		struct db_rows r;
		db_rows_open_text(&r, c, page_sql(a, t, &cols, after),
		                  after ? (struct db_args){last, t->n_keys} : DB_NO_ARGS);
		more = false;
		arena_clear(keys);
		while (!err && db_rows_next(&r)) {
			buf_clear(&b);
			for (size_t i = 0; i < cols.n; i++) {
				add_value(&b, &r, (int)i, cols.p[i].type);
				for (size_t k = 0; k < t->n_keys; k++)
					if (str_eq(cols.p[i].name, str_of(t->keys[k])))
						last[k] =
						    copy_value(keys, &r, (int)i, cols.p[i].type);
			}
			err = b.failed
			          ? error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, t->name)
			          : archive_add(w, 'R', buf_str(&b), e);
			counts->rows++;
			after = more = true;
		}
		enum err closed = db_rows_close(&r, err ? NULL : e);
		err = err ? err : closed;
	}
	return err;
}

static enum err save_blob(struct db_conn *c, const struct blob_store *bs, str hash,
                          struct archive_writer *w, struct dump_counts *counts, struct error *e)
{
	int fd = -1;
	int64_t size = 0;
	enum err err = blob_open_fd(bs, c, hash, &fd, &size, e);
	counts->overtaken |= err && !blob_on_disk(bs, hash);
	if (err)
		return err;
	err = archive_add(w, 'B', hash, e);
	char *chunk = xmalloc(CHUNK);
	for (int64_t at = 0; !err && at < size;) {
		ssize_t n = pread(fd, chunk, CHUNK, (off_t)at);
		if (n <= 0)
			err = error_detail(e, ERR_IO, "cannot read blob %.*s", STR_FMT(hash));
		else
			err = archive_add(w, 'C', str_n(chunk, (size_t)n), e);
		at += n;
	}
	free(chunk);
	close(fd);
	counts->blobs++;
	counts->bytes += size;
	return err;
}

static enum err save_blobs(struct db_conn *c, const struct blob_store *bs, struct archive_writer *w,
                           struct dump_counts *counts, struct error *e)
{
	ARENA_AUTO a = arena_new();
	str last = STR("");
	for (;;) {
		VEC(str) hashes = {0};
		struct db_rows r;
		db_rows_open_text(
		    &r, c,
		    STR("SELECT hash FROM blob WHERE hash > $1 ORDER BY hash LIMIT " PAGE_ROWS),
		    DB_ARGS(db_text(last)));
		while (db_rows_next(&r))
			*vec_push(a, &hashes) = db_dup_str(a, &r, 0);
		enum err err = db_rows_close(&r, e);
		for (size_t i = 0; !err && i < hashes.n; i++)
			err = save_blob(c, bs, hashes.p[i], w, counts, e);
		if (err || hashes.n == 0)
			return err;
		last = hashes.p[hashes.n - 1];
	}
}

enum err dump_save(struct db_conn *c, const struct blob_store *bs, struct archive_writer *w,
                   usec now, str key, struct dump_counts *counts, struct error *e)
{
	*counts = (struct dump_counts){0};
	BUF_AUTO b;
	buf_init(&b, 4096);
	struct jw j;
	jw_init(&j, &b);
	jw_object(&j);
	jw_put_z(&j, "version", OTKLIK_VERSION);
	jw_key(&j, STR("made_at"));
	jw_time(&j, now);
	jw_end(&j);
	enum err err = archive_add(w, 'H', buf_str(&b), e);
	if (!err && key.n)
		err = archive_add(w, 'K', key, e);
	if (!err)
		err = save_blobs(c, bs, w, counts, e);
	for (size_t i = 0; !err && i < DUMP_N_TABLES; i++)
		err = save_table(c, &DUMP_TABLES[i], w, counts, e);
	return err;
}

/* ---- in again ---- */

struct load {
	struct arena *arena; /* the caller's: for the key */
	struct db_conn *tx;
	const struct blob_store *bs;
	const char *path;
	usec now;
	str key;
	struct dump_counts *counts;
	str insert; /* of the current table */
	size_t n_columns;
	struct arena *blob_arena;
	char hash[BLOB_HASH_HEX + 1];
	int blob_fd; /* the blob being read, in an unlinked file; -1 = none */
};

static enum err bad(struct error *e, const char *why)
{
	return error_set(e, ERR_SYNTAX, "error.bad_backup", NULL, why);
}

static enum err blob_end(struct load *l, struct error *e)
{
	if (l->blob_fd < 0)
		return ERR_OK;
	struct blob b;
	enum err err = blob_prepare_fd(l->bs, l->blob_arena, l->blob_fd, &b, e);
	if (!err && !str_eq(b.hash, str_of(l->hash)))
		err = bad(e, "the bytes of an attachment differ from their digest");
	if (!err && l->tx)
		err = blob_attach(l->tx, &b, l->now, e);
	l->counts->blobs++;
	l->counts->bytes += b.size;
	arena_clear(l->blob_arena);
	close(l->blob_fd);
	l->blob_fd = -1;
	return err;
}

static enum err blob_begin(struct load *l, str hash, struct error *e)
{
	if (hash.n != BLOB_HASH_HEX)
		return bad(e, "a digest has the wrong length");
	memcpy(l->hash, hash.p, hash.n);
	const char *dir = getenv("TMPDIR");
	l->blob_fd = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (l->blob_fd < 0)
		return error_detail(e, ERR_IO, "cannot make a temporary file");
	return ERR_OK;
}

static enum err blob_more(struct load *l, str bytes, struct error *e)
{
	if (l->blob_fd < 0)
		return bad(e, "bytes of no attachment");
	while (bytes.n) {
		ssize_t n = write(l->blob_fd, bytes.p, bytes.n);
		if (n <= 0)
			return error_detail(e, ERR_IO, "cannot write a temporary file");
		bytes = str_from(bytes, (size_t)n);
	}
	return ERR_OK;
}

static const struct dump_table *known_table(str name)
{
	for (size_t i = 0; i < DUMP_N_TABLES; i++)
		if (str_eq(name, str_of(DUMP_TABLES[i].name)))
			return &DUMP_TABLES[i];
	return NULL;
}

static enum err table_begin(struct load *l, struct arena *a, str payload, struct error *e)
{
	const struct json *head;
	enum err err = json_parse(a, payload, NULL, &head, e);
	if (err)
		return err;
	const struct json *columns = json_get(head, "columns");
	const struct dump_table *t = known_table(json_get_str(head, "table", STR("")));
	if (!t || columns->kind != JSON_KIND_ARRAY)
		return error_set(e, ERR_INVALID, "error.backup_too_new", NULL, NULL);
	struct columns here = {0};
	err = columns_of(a, l->tx, t->name, &here, e);
	if (err)
		return err;
	str names = STR(""), marks = STR("");
	for (size_t i = 0; i < columns->n; i++) {
		str name = json_at(columns, i)->s;
		bool known = false;
		for (size_t k = 0; k < here.n; k++)
			known |= str_eq(name, here.p[k].name);
		if (!known)
			return error_set(e, ERR_INVALID, "error.backup_too_new", NULL, NULL);
		names = str_printf(a, "%.*s%s%.*s", STR_FMT(names), i ? ", " : "", STR_FMT(name));
		marks = str_printf(a, "%.*s%s$%zu", STR_FMT(marks), i ? ", " : "", i + 1);
	}
	l->insert = str_printf(l->arena, "INSERT INTO %s (%.*s) VALUES (%.*s)", t->name,
	                       STR_FMT(names), STR_FMT(marks));
	l->n_columns = columns->n;
	l->counts->tables++;
	return ERR_OK;
}

static enum err row(struct load *l, str payload, struct error *e)
{
	struct db_val values[64];
	if (!l->n_columns || l->n_columns > COUNT_OF(values))
		return bad(e, "a row of no table");
	for (size_t i = 0; i < l->n_columns; i++)
		if (!take_value(&payload, &values[i]))
			return bad(e, "a row is too short");
	l->counts->rows++;
	return db_exec_text(l->tx, l->insert, (struct db_args){values, l->n_columns}, NULL, e);
}

static enum err record(struct load *l, struct arena *a, char type, str payload, struct error *e)
{
	enum err err = type == 'C' ? ERR_OK : blob_end(l, e);
	if (err)
		return err;
	switch (type) {
	case 'K':
		l->key = str_dup(l->arena, payload);
		return ERR_OK;
	case 'B':
		return blob_begin(l, payload, e);
	case 'C':
		return blob_more(l, payload, e);
	case 'T':
		return l->tx ? table_begin(l, a, payload, e) : ERR_OK;
	case 'R':
		if (l->tx)
			return row(l, payload, e);
		l->counts->rows++;
		return ERR_OK;
	default:
		return ERR_OK;
	}
}

static enum err read_records(struct load *l, struct error *e)
{
	struct archive_reader *r;
	enum err err = archive_open(l->path, &r, e);
	if (err)
		return err;
	ARENA_AUTO a = arena_new();
	l->blob_arena = arena_new();
	l->blob_fd = -1;
	*l->counts = (struct dump_counts){0};
	for (char type = 0; !err && type != ARCHIVE_END;) {
		str payload;
		arena_clear(a);
		err = archive_next(r, &type, &payload, e);
		if (!err)
			err = record(l, a, type, payload, e);
	}
	if (l->blob_fd >= 0)
		close(l->blob_fd);
	arena_free(l->blob_arena);
	archive_close(r);
	return err;
}

/* After the rows: what a copy must not take over as it was. */
static enum err settle(struct db_conn *tx, struct error *e)
{
	enum err err = db_exec_text(tx, STR("UPDATE job SET lease_owner = '', lease_until = 0"),
	                            DB_NO_ARGS, NULL, e);
	if (!err)
		err = db_exec_text(tx, STR("DELETE FROM event_cursor WHERE name LIKE 'search%'"),
		                   DB_NO_ARGS, NULL, e);
	/* A copy that is older than the decider: what came in before it is not decided about. */
	if (!err)
		err = db_exec_text(
		    tx,
		    STR("INSERT INTO event_cursor (name, event_id, updated_at) "
		        "SELECT 'sense', coalesce(max(id), 0), 0 FROM event WHERE 1 = 1 "
		        "ON CONFLICT (name) DO NOTHING"),
		    DB_NO_ARGS, NULL, e);
	if (!err)
		err = system_set(tx, SYSTEM_NO_SEND, STR(NO_SEND_RESTORED), e);
	if (!err)
		err = system_set(tx, SYSTEM_RESTORING, STR("1"), e);
	if (err || db_conn_engine(tx) == DB_SQLITE)
		return err;
	for (size_t i = 0; !err && i < DUMP_N_TABLES; i++) {
		if (!DUMP_TABLES[i].identity)
			continue;
		char sql[256];
		snprintf(sql, sizeof sql,
		         "SELECT setval(pg_get_serial_sequence('%s', 'id'), coalesce(max(id), 0) + "
		         "1, false) "
		         "FROM %s",
		         DUMP_TABLES[i].name, DUMP_TABLES[i].name);
		struct db_rows r;
		db_rows_open_text(&r, tx, str_of(sql), DB_NO_ARGS);
		while (db_rows_next(&r))
			;
		err = db_rows_close(&r, e);
	}
	return err;
}

static enum err load_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct load *l = arg;
	struct db_rows r;
	db_rows_open_text(&r, tx,
	                  STR("SELECT 1 FROM account UNION ALL SELECT 1 FROM ticket LIMIT 1"),
	                  DB_NO_ARGS);
	bool occupied = db_rows_next(&r);
	enum err err = db_rows_close(&r, e);
	if (!err && occupied)
		err = error_set(e, ERR_CONFLICT, "error.not_empty", NULL, NULL);
	l->tx = tx;
	if (!err)
		err = read_records(l, e);
	return err ? err : settle(tx, e);
}

enum err dump_load(struct arena *a, struct db *db, const struct blob_store *bs, const char *path,
                   usec now, str *key, struct dump_counts *counts, struct error *e)
{
	/* The whole file first: a damaged one must not cost a half-written database. */
	enum err err = dump_check(path, counts, e);
	if (err)
		return err;
	struct load l = {.arena = a, .bs = bs, .path = path, .now = now, .counts = counts};
	err = db_write(db, load_run, &l, e);
	*key = l.key;
	return err;
}

static enum err settled_run(void *arg, struct db_conn *tx, struct error *e)
{
	(void)arg;
	return system_remove(tx, SYSTEM_RESTORING, e);
}

enum err dump_settled(struct db *db, struct error *e)
{
	return db_write(db, settled_run, NULL, e);
}

enum err dump_check_settled(struct db *db, const char *where, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct db_conn *c;
	str value = STR_NONE;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
	err = system_get(a, c, SYSTEM_RESTORING, &value, e);
	db_read_end(db, c);
	if (!err && value.n)
		err = error_set(e, ERR_CONFLICT, "error.restore_unfinished", NULL, where);
	return err;
}

enum err dump_check(const char *path, struct dump_counts *counts, struct error *e)
{
	struct dump_counts ignored;
	struct archive_reader *r;
	enum err err = archive_open(path, &r, e);
	if (!counts)
		counts = &ignored;
	*counts = (struct dump_counts){0};
	if (err)
		return err;
	for (char type = 0; !err && type != ARCHIVE_END;) {
		str payload;
		err = archive_next(r, &type, &payload, e);
		counts->tables += type == 'T';
		counts->rows += type == 'R';
		counts->blobs += type == 'B';
		counts->bytes += type == 'C' ? (int64_t)payload.n : 0;
	}
	archive_close(r);
	return err;
}
