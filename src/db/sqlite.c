/* sqlite.c: the SQLite engine.
 *
 * WAL with synchronous=FULL: a COMMIT that has returned survives a power cut.
 * The file is opened without SQLite's own mutexes, since a connection never
 * serves two threads at once. Memory-mapped reading stays off, because a disk
 * error would then be a signal instead of an error.
 *
 * What is deleted is overwritten (secure_delete), since erasing a text must take
 * it off the disk too; db_sweep empties the log of writes and rewrites the file.
 *
 * Checkpoints run on the writer's thread after the answers of a batch, when
 * nothing waits or the log has become long; so no COMMIT pays for one.
 */
#include "db/db_internal.h"
#include "db/wal_vfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite_fts.h"

#define TEXTS_MAX 32       /* statements cached by their text */
#define WAL_REST 1000      /* pages after which an idle writer copies the log back */
#define WAL_LONG 8000      /* ... and a busy one */
#define WAL_TOO_LONG 50000 /* ... and waits a little for readers, to start the log anew */
#define WAL_WAIT_MS 200
#define LOOKASIDE_BYTES 1200
#define LOOKASIDE_SLOTS 400
#define WRITER_CACHE_KIB 8192
#define READER_CACHE_KIB 8192

struct stmt {
	sqlite3_stmt *st;
	const struct db_query *q; /* NULL: cached by text */
	char *text;
	size_t n_text;
	uint64_t used;  /* when, for the least recently used one */
	bool busy;      /* a cursor stands on it */
	bool temporary; /* to be finalized with its cursor */
	bool dml;       /* its changes are counted by SQLite */
	bool done;      /* stepped to the end */
	bool held;      /* bound to memory of the caller's, not to copies */
	unsigned n_params;
	int n_columns;
	unsigned *position; /* of each parameter in the args, from 0; NULL: as they come */
};

struct lite {
	struct db_conn base;
	sqlite3 *db;
	struct stmt **by_id;
	size_t n_by_id;
	struct stmt *texts[TEXTS_MAX];
	uint64_t uses;
	int wal_pages;   /* as of the last commit */
	int wal_give_up; /* raised when a checkpoint found readers in the way */
};

static struct lite *lite_of(struct db_conn *c)
{
	return CONTAINER_OF(c, struct lite, base);
}

/* ---- errors ---- */

/* "identity.kind, identity.value_norm" becomes "identity_kind_value_norm_key",
 * the name that PostgreSQL gives to such a constraint. */
static void constraint_name(char *out, size_t cap, const char *message, bool primary)
{
	const char *p = strchr(message, ':');
	str cols = str_trim(str_of(p ? p + 1 : message)), col;
	BUF_AUTO b;
	buf_init(&b, 0);
	if (str_starts(cols, STR("index '"))) { /* on an expression: it has its own name */
		buf_add(&b, str_sub(cols, 7, cols.n - 1));
	} else {
		ptrdiff_t dot = str_chr(cols, '.');
		if (dot > 0)
			buf_add(&b, str_sub(cols, 0, (size_t)dot));
		while (!primary && str_split(&cols, ',', &col)) {
			dot = str_chr(col, '.');
			buf_addc(&b, '_');
			buf_add(&b, str_trim(str_from(col, (size_t)(dot + 1))));
		}
		buf_addz(&b, primary ? "_pkey" : "_key");
	}
	snprintf(out, cap, "%.*s", STR_FMT(str_sub(buf_str(&b), 0, 63)));
}

/* The system's number of a failed read or write. A COMMIT does not note it for
 * sqlite3_system_errno, so the files are asked: the log of writes, then the database. */
static int system_number(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	int n = 0;
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&file) ==
	        SQLITE_OK &&
	    file && file->pMethods)
		(void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &n);
	if (!n)
		(void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &n);
	return n ? n : sqlite3_system_errno(db);
}

/* What an operator has to mend. SQLite says "I/O error" or "cannot open" of most things, so the
 * system's own number is asked first. */
static const char *cause_of(const struct lite *l, int code)
{
	struct error by_number = {.key = "error.db"};
	int primary = code & 0xff;
	if (primary == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE)
		return "error.disk_full";
	if (l->db && primary == SQLITE_IOERR)
		error_cause(&by_number, system_number(l->db));
	else if (l->db && primary == SQLITE_CANTOPEN)
		error_cause(&by_number, sqlite3_system_errno(l->db));
	if (strcmp(by_number.key, "error.disk_full") == 0)
		return "error.disk_full";
	if (strcmp(by_number.key, "error.descriptors") == 0)
		return "error.descriptors";
	if (strcmp(by_number.key, "error.read_only") == 0 || primary == SQLITE_READONLY)
		return "error.read_only";
	switch (primary) {
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return code == SQLITE_IOERR_NOMEM ? "error.memory" : "error.disk";
	case SQLITE_NOMEM:
		return "error.memory";
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "error.db_damaged";
	default:
		return "error.db";
	}
}

static enum err lite_error(struct lite *l, int rc, const char *what, struct error *e)
{
	const char *message = l->db ? sqlite3_errmsg(l->db) : sqlite3_errstr(rc);
	int code = l->db && (sqlite3_errcode(l->db) & 0xff) == (rc & 0xff)
	               ? sqlite3_extended_errcode(l->db)
	               : rc;
	char detail[256], name[128];
	snprintf(detail, sizeof detail, "sqlite %d: %s (%s)", code, message, what);
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
		constraint_name(name, sizeof name, message, false);
		return db_error(e, ERR_CONFLICT, "error.exists", name, detail);
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		constraint_name(name, sizeof name, message, true);
		return db_error(e, ERR_CONFLICT, "error.exists", name, detail);
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return db_error(e, ERR_INVALID, "error.no_such_reference", NULL, detail);
	}
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT: /* CHECK, NOT NULL, type: the rules above should have seen it */
	case SQLITE_ERROR:
	case SQLITE_RANGE:
	case SQLITE_MISUSE:
	case SQLITE_MISMATCH:
		return db_error(e, ERR_INTERNAL, "error.internal", NULL, detail);
	case SQLITE_TOOBIG:
		return db_error(e, ERR_TOO_LARGE, "error.too_large", NULL, detail);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_INTERRUPT:
		return db_error(e, ERR_BUSY, "error.busy", NULL, detail);
	default:
		return db_error(e, ERR_DB, cause_of(l, code), NULL, detail);
	}
}

/* ---- statements ---- */

static void stmt_free(struct stmt *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->st);
	free(s->text);
	free(s->position);
	free(s);
}

static void map_params(struct stmt *s)
{
	int n = sqlite3_bind_parameter_count(s->st);
	bool straight = true;
	s->n_params = (unsigned)n;
	s->position = xcalloc((size_t)n, sizeof *s->position);
	for (int i = 0; i < n; i++) {
		unsigned k = db_param_number(sqlite3_bind_parameter_name(s->st, i + 1));
		/* A ?NNN that is not used leaves a parameter without a name. */
		s->position[i] = k ? k - 1 : (unsigned)i;
		straight = straight && s->position[i] == (unsigned)i;
	}
	if (straight) {
		free(s->position);
		s->position = NULL;
	}
}

static bool is_dml(const char *sql)
{
	static const char *const words[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"};
	while (*sql == ' ' || *sql == '\n' || *sql == '\t')
		sql++;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (str_starts_nocase(str_of(sql), str_of(words[i])))
			return true;
	return false;
}

static struct stmt *prepare(struct lite *l, const char *sql, size_t n, bool keep, int *rc)
{
	struct stmt *s = xcalloc(1, sizeof *s);
	const char *rest = NULL;
	*rc = sqlite3_prepare_v3(l->db, sql, (int)n, keep ? SQLITE_PREPARE_PERSISTENT : 0, &s->st,
	                         &rest);
	if (*rc == SQLITE_OK && !s->st)
		*rc = SQLITE_MISUSE; /* an empty statement */
	if (*rc != SQLITE_OK) {
		stmt_free(s);
		return NULL;
	}
	s->dml = is_dml(sqlite3_sql(s->st));
	s->n_columns = sqlite3_column_count(s->st);
	map_params(s);
	return s;
}

static struct stmt *stmt_by_id(struct lite *l, const struct db_query *q, int *rc)
{
	if (q->id >= l->n_by_id) {
		size_t n = (q->id | 63) + 1;
		l->by_id = xrealloc(l->by_id, n * sizeof(void *));
		memset(l->by_id + l->n_by_id, 0, (n - l->n_by_id) * sizeof(void *));
		l->n_by_id = n;
	}
	const char *sql = q->sql[DB_SQLITE];
	struct stmt *s = l->by_id[q->id];
	if (s && s->q == q && !s->busy)
		return s;
	if (s && s->busy) { /* a query inside the loop over the same one */
		s = prepare(l, sql, strlen(sql), false, rc);
		if (s)
			s->temporary = true;
		return s;
	}
	stmt_free(s); /* two lists of queries in one program: tests */
	s = l->by_id[q->id] = prepare(l, sql, strlen(sql), true, rc);
	if (s)
		s->q = q;
	return s;
}

static struct stmt *stmt_by_text(struct lite *l, str sql, int *rc)
{
	struct stmt **oldest = NULL;
	for (size_t i = 0; i < TEXTS_MAX; i++) {
		struct stmt *s = l->texts[i];
		if (s && s->n_text == sql.n && !s->busy && memcmp(s->text, sql.p, sql.n) == 0) {
			s->used = ++l->uses;
			return s;
		}
		if (s && s->busy)
			continue;
		if (!oldest || !s || (*oldest && s->used < (*oldest)->used))
			oldest = &l->texts[i];
	}
	struct stmt *s = prepare(l, sql.p, sql.n, oldest != NULL, rc);
	if (!s)
		return NULL;
	if (!oldest) {
		s->temporary = true;
		return s;
	}
	stmt_free(*oldest);
	*oldest = s;
	s->text = xmalloc(sql.n);
	memcpy(s->text, sql.p, sql.n);
	s->n_text = sql.n;
	s->used = ++l->uses;
	return s;
}

static int bind_one(sqlite3_stmt *st, int i, const struct db_val *v, bool keep)
{
	sqlite3_destructor_type how = keep ? SQLITE_STATIC : SQLITE_TRANSIENT;
	switch (v->type) {
	case DB_NULL:
		return sqlite3_bind_null(st, i);
	case DB_INT:
		return sqlite3_bind_int64(st, i, v->i);
	case DB_REAL:
		return sqlite3_bind_double(st, i, v->r);
	case DB_TEXT: /* an empty str may be NULL, which SQLite would take for NULL */
		return sqlite3_bind_text64(st, i, v->s.n ? v->s.p : "", v->s.n, how, SQLITE_UTF8);
	case DB_BLOB:
		return sqlite3_bind_blob64(st, i, v->s.n ? v->s.p : "", v->s.n, how);
	}
	return SQLITE_MISUSE;
}

static void rows_fail(struct db_rows *r, int rc, const struct db_query *q, str sql)
{
	struct lite *l = lite_of(r->conn);
	struct error e;
	char what[64];
	str name = q ? str_of(q->name) : str_sub(sql, 0, 60);
	snprintf(what, sizeof what, "%.*s", STR_FMT(name));
	db_rows_fail(r, lite_error(l, rc, what, &e), &e);
}

static void lite_open(struct db_rows *r, const struct db_query *q, str sql, struct db_args args,
                      bool keep)
{
	struct lite *l = lite_of(r->conn);
	int rc = SQLITE_OK;
	struct stmt *s = q ? stmt_by_id(l, q, &rc) : stmt_by_text(l, sql, &rc);
	if (!s) {
		rows_fail(r, rc, q, sql);
		return;
	}
	s->busy = true;
	s->done = false;
	s->held = keep;
	r->stmt = s;
	for (unsigned i = 0; i < s->n_params; i++) {
		unsigned k = s->position ? s->position[i] : i;
		rc = k < args.n ? bind_one(s->st, (int)i + 1, &args.v[k], keep) : SQLITE_RANGE;
		if (rc != SQLITE_OK) {
			rows_fail(r, rc, q, sql);
			return;
		}
	}
}

static bool lite_next(struct db_rows *r)
{
	struct stmt *s = r->stmt;
	if (s->done)
		return false;
	int rc = sqlite3_step(s->st);
	if (rc == SQLITE_ROW)
		return true;
	s->done = true;
	if (rc != SQLITE_DONE)
		rows_fail(r, rc, s->q, s->text ? STR("composed") : STR("temporary"));
	return false;
}

static int64_t lite_close(struct db_rows *r)
{
	struct lite *l = lite_of(r->conn);
	struct stmt *s = r->stmt;
	sqlite3_reset(s->st);
	/* Values of the caller's are bound anew before the next step, and till then not looked
	 * at; only copies hold memory. */
	if (!s->held)
		sqlite3_clear_bindings(s->st);
	int64_t changes = 0;
	if (!r->failed && !sqlite3_stmt_readonly(s->st)) {
		changes = s->dml ? sqlite3_changes64(l->db) : 0;
		if (changes > 0 || !s->dml)
			r->conn->wrote = true;
	}
	s->busy = false;
	if (s->temporary)
		stmt_free(s);
	return changes;
}

static int64_t lite_last_id(struct db_conn *c)
{
	return sqlite3_last_insert_rowid(lite_of(c)->db);
}

/* A value is looked at where it lies: no other thread uses the connection. */
static sqlite3_value *value_of(struct db_rows *r, int col)
{
	const struct stmt *s = r->stmt;
	assert(col >= 0 && col < s->n_columns);
	return sqlite3_column_value(s->st, col);
}

static int lite_columns(struct db_rows *r)
{
	return sqlite3_column_count(((struct stmt *)r->stmt)->st);
}

static bool lite_is_null(struct db_rows *r, int col)
{
	return sqlite3_value_type(value_of(r, col)) == SQLITE_NULL;
}

static int64_t lite_get_int(struct db_rows *r, int col)
{
	return sqlite3_value_int64(value_of(r, col));
}

static double lite_get_real(struct db_rows *r, int col)
{
	return sqlite3_value_double(value_of(r, col));
}

static str lite_get_str(struct db_rows *r, int col)
{
	sqlite3_value *v = value_of(r, col);
	const char *p;
	switch (sqlite3_value_type(v)) {
	case SQLITE_NULL:
		return STR_NONE;
	case SQLITE_BLOB:
		p = sqlite3_value_blob(v);
		break;
	default:
		p = (const char *)sqlite3_value_text(v);
	}
	int n = sqlite3_value_bytes(v);
	if (p)
		return str_n(p, (size_t)n);
	/* Only of a blob without bytes; else there was no memory to make the value. */
	if (n > 0 || sqlite3_value_type(v) != SQLITE_BLOB) {
		const struct stmt *s = r->stmt;
		rows_fail(r, SQLITE_NOMEM, s->q, s->text ? STR("composed") : STR("temporary"));
	}
	return STR("");
}

/* ---- transactions ---- */

static enum err command(struct lite *l, const char *sql, struct error *e)
{
	int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? ERR_OK : lite_error(l, rc, "command", e);
}

/* One of the few statements that every batch needs, prepared. */
static enum err prepared(struct db_conn *c, const char *sql, struct error *e)
{
	struct lite *l = lite_of(c);
	int rc = SQLITE_OK;
	struct stmt *s = stmt_by_text(l, str_of(sql), &rc);
	if (s)
		rc = sqlite3_step(s->st);
	enum err err = ERR_OK;
	if (rc != SQLITE_DONE && rc != SQLITE_OK)
		err = lite_error(l, rc, sql, e);
	if (s)
		sqlite3_reset(s->st);
	return err;
}

static enum err lite_begin(struct db_conn *c, bool write, struct error *e)
{
	return prepared(c, write ? "BEGIN IMMEDIATE" : "BEGIN", e);
}

static enum err lite_commit(struct db_conn *c, struct error *e)
{
	return prepared(c, "COMMIT", e);
}

static bool lite_in_tx(struct db_conn *c)
{
	return !sqlite3_get_autocommit(lite_of(c)->db);
}

static void lite_rollback(struct db_conn *c)
{
	struct error e;
	if (lite_in_tx(c) && prepared(c, "ROLLBACK", &e))
		c->lost = true; /* opened anew: nothing of it remains */
}

static enum err lite_savepoint(struct db_conn *c, enum db_savepoint what, struct error *e)
{
	switch (what) {
	case DB_SP_SET:
		return prepared(c, "SAVEPOINT job", e);
	case DB_SP_RELEASE:
		return prepared(c, "RELEASE job", e);
	case DB_SP_ROLLBACK:
		break;
	}
	enum err err = prepared(c, "ROLLBACK TO job", e);
	return err ? err : prepared(c, "RELEASE job", e);
}

/* The header's page goes through the log like any other. The number itself is nobody's. */
static enum err lite_touch(struct db_conn *c, struct error *e)
{
	enum err err = prepared(c, "PRAGMA user_version = 0", e);
	if (!err)
		c->wrote = true;
	return err;
}

static enum err lite_script(struct db_conn *c, const char *sql, struct error *e)
{
	return command(lite_of(c), sql, e);
}

/* ---- the log of writes ---- */

static int on_wal(void *arg, sqlite3 *db UNUSED, const char *name UNUSED, int pages)
{
	((struct lite *)arg)->wal_pages = pages;
	return SQLITE_OK;
}

/* For another process that writes: backup, command line. */
static void set_busy_timeout(struct lite *l)
{
	sqlite3_busy_timeout(l->db, (int)(l->base.db->opt.busy_timeout / 1000));
}

static void lite_rest(struct db_conn *c, bool idle)
{
	struct lite *l = lite_of(c);
	if (l->wal_pages < (idle ? WAL_REST : WAL_LONG))
		return;
	/* While readers keep the log from starting anew, trying at every batch
	 * would only cost; so the bar rises until one try succeeds. */
	if (l->wal_pages < l->wal_give_up)
		return;
	bool wait = l->wal_pages >= WAL_TOO_LONG;
	int in_log = 0, copied = 0;
	if (wait)
		sqlite3_busy_timeout(l->db, WAL_WAIT_MS);
	int rc = sqlite3_wal_checkpoint_v2(
	    l->db, NULL, wait ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, &in_log,
	    &copied);
	if (wait)
		set_busy_timeout(l);
	if (rc == SQLITE_OK && copied >= in_log) {
		l->wal_pages = 0;
		l->wal_give_up = 0;
	} else {
		l->wal_give_up = l->wal_pages + WAL_REST;
	}
	if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED) {
		struct error e;
		lite_error(l, rc, "checkpoint", &e);
		db_log(c->db, "db_checkpoint_failed", &e);
	}
}

/* ---- connections ---- */

void db_process_init(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* A hundred prepared statements take the default's forty places of a connection for good,
	 * and every cursor and record after them would be a malloc. */
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 400);
}

static void lite_disconnect(struct db_conn *c)
{
	struct lite *l = lite_of(c);
	for (size_t i = 0; i < l->n_by_id; i++)
		stmt_free(l->by_id[i]);
	for (size_t i = 0; i < TEXTS_MAX; i++)
		stmt_free(l->texts[i]);
	free(l->by_id);
	sqlite3_close_v2(l->db);
	arena_free(c->kept_arena);
	free(l);
}

/* Creates an absent file so that only its owner reads it, and makes its name
 * durable: SQLite does this for its logs, not for the database itself. */
static enum err create_file(const char *path, struct error *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return ERR_OK;
	if (fd < 0)
		return error_detail(e, ERR_DB, "cannot create %s: %s", path,
		                    strerrordesc_np(errno));
	close(fd);
	str dir = str_of(path);
	ptrdiff_t slash = str_rchr(dir, '/');
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_add(&b, slash < 0 ? STR(".") : slash == 0 ? STR("/") : str_sub(dir, 0, (size_t)slash));
	buf_addc(&b, 0);
	fd = open(b.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);
	int why = errno;
	if (fd >= 0)
		close(fd);
	/* Some network and FUSE systems cannot sync a folder. */
	if (rc != 0 && why != EINVAL && why != EROFS)
		return error_detail(e, ERR_DB, "cannot sync the folder %s: %s", b.p,
		                    strerrordesc_np(why));
	return ERR_OK;
}

static enum err check_wal(struct lite *l, struct error *e)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(l->db, "PRAGMA journal_mode=WAL", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	const char *mode = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : "";
	bool wal = mode && str_eq_nocase(str_of(mode), STR("wal"));
	enum err err = ERR_OK;
	if (rc != SQLITE_ROW)
		err = lite_error(l, rc, "journal_mode", e);
	else if (!wal)
		err = error_detail(e, ERR_DB, "the file system of %s cannot hold a write-ahead log",
		                   l->base.db->target);
	sqlite3_finalize(st);
	return err;
}

static enum err configure(struct lite *l, enum db_role role, struct error *e)
{
	char text[512];
	sqlite3_extended_result_codes(l->db, 1);
	set_busy_timeout(l);
	/* Only a migration may change the schema as SQLite stores it. */
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, role != DB_MIGRATOR, NULL);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	enum err err = ERR_OK;
	if (role != DB_READER)
		err = check_wal(l, e);
	if (err)
		return err;
	snprintf(text, sizeof text,
	         "PRAGMA synchronous=FULL;"
	         "PRAGMA foreign_keys=ON;"
	         "PRAGMA wal_autocheckpoint=0;"
	         "PRAGMA journal_size_limit=67108864;"
	         "PRAGMA temp_store=MEMORY;"
	         "PRAGMA secure_delete=ON;"
	         "PRAGMA cache_size=-%d;"
	         "PRAGMA cache_spill=%s;"
	         "PRAGMA query_only=%s;",
	         role == DB_READER ? READER_CACHE_KIB : WRITER_CACHE_KIB,
	         role == DB_WRITER ? "OFF" : "ON", /* wal_vfs.h: nothing is written before COMMIT */
	         role == DB_READER ? "ON" : "OFF");
	err = command(l, text, e);
	if (!err && role != DB_READER)
		sqlite3_wal_hook(l->db, on_wal, l);
	return err;
}

static enum err lite_connect(struct db *db, enum db_role role, struct db_conn **out,
                             struct error *e)
{
	if (role != DB_READER) {
		enum err err = create_file(db->target, e);
		if (err)
			return err;
	}
	struct lite *l = xcalloc(1, sizeof *l);
	l->base.ops = &DB_OPS_SQLITE;
	l->base.db = db;
	int flags = SQLITE_OPEN_NOMUTEX |
	            (db->opt.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	int rc =
	    sqlite3_open_v2(db->target, &l->db, flags, role == DB_WRITER ? wal_vfs_name() : NULL);
	if (rc == SQLITE_OK)
		rc = sqlite_fts_register(l->db);
	enum err err = rc == SQLITE_OK ? configure(l, role, e) : lite_error(l, rc, db->target, e);
	if (err) {
		lite_disconnect(&l->base);
		return err;
	}
	*out = &l->base;
	return ERR_OK;
}

const struct db_ops DB_OPS_SQLITE = {
    .engine = DB_SQLITE,
    .connect = lite_connect,
    .disconnect = lite_disconnect,
    .begin = lite_begin,
    .commit = lite_commit,
    .rollback = lite_rollback,
    .in_tx = lite_in_tx,
    .savepoint = lite_savepoint,
    .open = lite_open,
    .next = lite_next,
    .close = lite_close,
    .last_id = lite_last_id,
    .columns = lite_columns,
    .is_null = lite_is_null,
    .get_int = lite_get_int,
    .get_real = lite_get_real,
    .get_str = lite_get_str,
    .script = lite_script,
    .touch = lite_touch,
    .rest = lite_rest,
};
