/* pg_rows.c: the PostgreSQL engine: statements, parameters, rows.
 *
 * Every statement is prepared on the server under a name of its own. Integers,
 * reals and bytes are declared with their type, because the server would take
 * "$1 + 1" for a 32-bit number; the type of a text is inferred, so that it can
 * be cast to JSON. A type that is learned later (the first value was NULL)
 * prepares the statement anew. Rows come as text; bytes are turned back from
 * hex in place when the cursor reaches their row.
 *
 * Statements travel in a pipeline (pg_wait.c): those whose outcome nobody needs yet, and reads that
 * are known to be asked for, wait for the next one that is waited for.
 */
#include "db/pg_internal.h"

#include <assert.h>

#define OID_BOOL 16
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25
#define OID_FLOAT8 701
#define PARAMS_MAX 200

struct pg_stmt {
	const struct db_query *q; /* NULL: cached by text */
	char *text;               /* zero-terminated */
	size_t n_text;
	char name[16];
	bool prepared;
	uint64_t used;
	unsigned n_params;
	Oid *types; /* 0: inferred by the server */
};

struct cursor {
	PGresult *res;
	int n_rows, n_cols;
	bool has_bytes;
	bool select; /* begins with SELECT: writes nothing */
};

/* ---- statements ---- */

static void stmt_free(struct pg_stmt *s)
{
	if (!s)
		return;
	free(s->text);
	free(s->types);
	free(s);
}

void pg_forget_statements(struct pg *p)
{
	for (size_t i = 0; i < p->n_by_id; i++)
		stmt_free(p->by_id[i]);
	for (size_t i = 0; i < PG_TEXTS_MAX; i++)
		stmt_free(p->texts[i]);
	memset(p->texts, 0, sizeof p->texts);
	free(p->by_id);
	p->by_id = NULL;
	p->n_by_id = 0;
}

/* Which of $1..$n stand in the text; the server wants a type for the others.
 * A number inside a literal only makes one less declared. */
static void declare_absent(struct pg_stmt *s)
{
	bool present[PARAMS_MAX + 1] = {false};
	for (const char *c = s->text; *c; c++) {
		unsigned k = 0;
		if (*c != '$')
			continue;
		while (c[1] >= '0' && c[1] <= '9' && k <= PARAMS_MAX)
			k = k * 10 + (unsigned)(*++c - '0');
		if (k <= PARAMS_MAX)
			present[k] = true;
	}
	for (unsigned i = 0; i < s->n_params; i++)
		if (!present[i + 1])
			s->types[i] = OID_TEXT;
}

static struct pg_stmt *stmt_new(str sql, size_t n_params)
{
	struct pg_stmt *s = xcalloc(1, sizeof *s);
	s->text = xmalloc(sql.n + 1);
	memcpy(s->text, sql.p, sql.n);
	s->text[sql.n] = 0;
	s->n_text = sql.n;
	s->n_params = (unsigned)n_params;
	s->types = xcalloc(n_params, sizeof *s->types);
	declare_absent(s);
	return s;
}

static void deallocate(struct pg *p, struct pg_stmt *s)
{
	struct error e;
	char text[40];
	if (!s || !s->prepared)
		return;
	s->prepared = false;
	/* In a spoiled transaction this fails, and the name stays until the end of
	 * the session; it is never used again. */
	snprintf(text, sizeof text, "DEALLOCATE %s", s->name);
	if (p->reader) /* a script would end what it reads */
		(void)pg_queue_one(p, text);
	else if (PQtransactionStatus(p->conn) != PQTRANS_INERROR)
		(void)!pg_command(p, text, &e);
}

static struct pg_stmt *stmt_by_id(struct pg *p, const struct db_query *q)
{
	if (q->id >= p->n_by_id) {
		size_t n = (q->id | 63) + 1;
		p->by_id = xrealloc(p->by_id, n * sizeof(void *));
		memset(p->by_id + p->n_by_id, 0, (n - p->n_by_id) * sizeof(void *));
		p->n_by_id = n;
	}
	struct pg_stmt *s = p->by_id[q->id];
	if (s && s->q == q)
		return s;
	deallocate(p, s);
	stmt_free(s);
	s = p->by_id[q->id] = stmt_new(str_of(q->sql[DB_PG]), q->n_params);
	s->q = q;
	return s;
}

static struct pg_stmt *stmt_by_text(struct pg *p, str sql, size_t n_params)
{
	struct pg_stmt **oldest = &p->texts[0];
	for (size_t i = 0; i < PG_TEXTS_MAX; i++) {
		struct pg_stmt *s = p->texts[i];
		if (s && s->n_text == sql.n && s->n_params == n_params &&
		    memcmp(s->text, sql.p, sql.n) == 0) {
			s->used = ++p->uses;
			return s;
		}
		if (*oldest && (!s || s->used < (*oldest)->used))
			oldest = &p->texts[i];
	}
	deallocate(p, *oldest);
	stmt_free(*oldest);
	struct pg_stmt *s = *oldest = stmt_new(sql, n_params);
	s->used = ++p->uses;
	return s;
}

/* ---- parameters ---- */

static Oid type_of(const struct db_val *v)
{
	switch (v->type) {
	case DB_INT:
		return OID_INT8;
	case DB_REAL:
		return OID_FLOAT8;
	case DB_BLOB:
		return OID_BYTEA;
	case DB_NULL:
	case DB_TEXT:
		break;
	}
	return 0;
}

static PGresult *prepare(struct pg *p, struct pg_stmt *s, struct db_args args)
{
	bool learned = false;
	for (size_t i = 0; i < args.n; i++) {
		Oid t = type_of(&args.v[i]);
		if (t && !s->types[i]) {
			s->types[i] = t;
			learned = true;
		}
	}
	if (s->prepared && !learned)
		return NULL;
	deallocate(p, s);
	snprintf(s->name, sizeof s->name, "s%u", ++p->names);
	PGresult *res = pg_prepare(p, s->name, s->text, (int)args.n, s->types);
	s->prepared = PQresultStatus(res) == PGRES_COMMAND_OK;
	if (s->prepared) {
		PQclear(res);
		return NULL;
	}
	return res;
}

/* The parameters as the server takes them, in p->scratch, one after the other. */
struct packed {
	const char *values[PARAMS_MAX + 1];
	int lengths[PARAMS_MAX + 1], formats[PARAMS_MAX + 1];
};

static void pack(struct pg *p, const struct pg_stmt *s, struct db_args args, struct packed *out)
{
	size_t starts[PARAMS_MAX + 1];
	struct buf *b = &p->scratch;
	buf_clear(b);
	for (size_t i = 0; i < args.n; i++) {
		const struct db_val *v = &args.v[i];
		starts[i] = b->n;
		switch (v->type) {
		case DB_NULL:
			break;
		case DB_INT:
			buf_add_i64(b, v->i);
			break;
		case DB_REAL:
			buf_addf(b, "%.17g", v->r);
			break;
		case DB_TEXT:
		case DB_BLOB:
			buf_add(b, v->s);
			break;
		}
		out->lengths[i] = (int)(b->n - starts[i]);
		out->formats[i] =
		    v->type == DB_BLOB || (v->type == DB_TEXT && s->types[i] == OID_BYTEA);
		buf_addc(b, 0);
	}
	for (size_t i = 0; i < args.n; i++)
		out->values[i] = args.v[i].type == DB_NULL ? NULL : b->p + starts[i];
}

static void tidy_scratch(struct pg *p)
{
	struct buf *b = &p->scratch;
	if (b->cap > 1 << 20) { /* one large attachment is no reason to keep so much */
		buf_release(b);
		buf_init(b, 0);
	}
}

static PGresult *execute(struct pg *p, struct pg_stmt *s, struct db_args args)
{
	struct packed v;
	pack(p, s, args, &v);
	PGresult *res = pg_execute(p, s->name, (int)args.n, v.values, v.lengths, v.formats);
	tidy_scratch(p);
	return res;
}

/* ---- before it is asked for, and without waiting ---- */

void pg_forget_ahead(struct pg *p)
{
	for (size_t i = 0; i < p->n_ahead; i++)
		PQclear(p->ahead[i].res);
	if (p->n_ahead)
		arena_clear(p->ahead_args);
	p->n_ahead = 0;
}

/* A statement that may write comes after what was read ahead of it. */
static void spoil_ahead(struct pg *p)
{
	for (size_t i = 0; i < p->n_ahead; i++)
		p->ahead[i].q = NULL;
}

static bool is_select(const struct pg_stmt *s)
{
	return str_starts_nocase(str_trim(str_n(s->text, s->n_text)), STR("SELECT"));
}

/* What tells two askings of one query apart; NULL and "" do not look the same. */
static str args_key(struct arena *a, struct db_args args)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < args.n; i++) {
		const struct db_val *v = &args.v[i];
		buf_addc(&b, (char)('0' + v->type));
		if (v->type == DB_TEXT || v->type == DB_BLOB) {
			buf_add_i64(&b, (int64_t)v->s.n);
			buf_addc(&b, ':');
			buf_add(&b, v->s);
		} else if (v->type != DB_NULL) {
			buf_add(&b, str_n((const char *)&v->i, sizeof v->i));
		}
	}
	return str_dup(a, buf_str(&b));
}

/* The places are free again when each has been taken or spoilt, and none is to be filled. */
static void forget_taken(struct pg *p)
{
	for (size_t i = 0; i < p->n_ahead; i++)
		if (p->ahead[i].q)
			return;
	pg_forget_ahead(p);
}

void pg_look_ahead(struct db_conn *c, const struct db_query *q, struct db_args args)
{
	struct pg *p = pg_of(c);
	if (!p->n_owed && p->writer)
		forget_taken(p);
	if (p->n_ahead == PG_AHEAD_MAX || args.n > PARAMS_MAX || pg_failed(p))
		return;
	str key = args_key(p->ahead_args, args);
	for (size_t i = 0; i < p->n_ahead; i++)
		if (p->ahead[i].q == q && str_eq(p->ahead[i].args, key))
			return; /* it is on its way */
	struct pg_stmt *s = stmt_by_id(p, q);
	PGresult *res = prepare(p, s, args);
	if (res) { /* who asks for it meets the same */
		PQclear(res);
		return;
	}
	struct packed v;
	pack(p, s, args, &v);
	p->ahead[p->n_ahead] = (struct pg_ahead){q, key, NULL};
	if (pg_queue(p, (int)p->n_ahead, s->name, (int)args.n, v.values, v.lengths, v.formats))
		p->n_ahead++;
	tidy_scratch(p);
}

/* True: *res is what was found ahead, or what failed on the way. */
static bool take_ahead(struct pg *p, const struct db_query *q, struct db_args args, PGresult **res)
{
	if (!p->n_ahead)
		return false;
	str key = args_key(p->ahead_args, args);
	for (size_t i = 0; i < p->n_ahead; i++) {
		struct pg_ahead *a = &p->ahead[i];
		if (a->q != q || !str_eq(a->args, key))
			continue;
		a->q = NULL;
		if (!a->res && (*res = pg_flush(p)))
			return true;
		*res = a->res;
		a->res = NULL;
		return *res || pg_failed(p);
	}
	return false;
}

enum err pg_later(struct db_conn *c, const struct db_query *q, struct db_args args, struct error *e)
{
	struct pg *p = pg_of(c);
	assert(args.n <= PARAMS_MAX);
	spoil_ahead(p);
	struct pg_stmt *s = stmt_by_id(p, q);
	PGresult *res = prepare(p, s, args);
	if (!res) {
		struct packed v;
		pack(p, s, args, &v);
		bool sent = pg_queue(p, PG_OWED_CHECK, s->name, (int)args.n, v.values, v.lengths,
		                     v.formats);
		tidy_scratch(p);
		if (sent) {
			c->wrote = true;
			return ERR_OK;
		}
		res = pg_flush(p);
	}
	enum err err = pg_error(p, res, q->name, e);
	PQclear(res);
	return err;
}

/* ---- rows ---- */

static PGresult *ask(struct pg *p, const struct db_query *q, str sql, struct db_args args,
                     struct pg_stmt **s)
{
	PGresult *res;
	*s = q ? stmt_by_id(p, q) : stmt_by_text(p, sql, args.n);
	if (q && take_ahead(p, q, args, &res))
		return res;
	if (!is_select(*s))
		spoil_ahead(p);
	res = prepare(p, *s, args);
	return res ? res : execute(p, *s, args);
}

void pg_open(struct db_rows *r, const struct db_query *q, str sql, struct db_args args,
             bool keep UNUSED)
{
	struct pg *p = pg_of(r->conn);
	assert(args.n <= PARAMS_MAX);
	struct pg_stmt *s;
	PGresult *res = ask(p, q, sql, args, &s);
	if (p->base.lost && pg_revive(p)) {
		PQclear(res);
		res = ask(p, q, sql, args, &s);
	}
	ExecStatusType status = PQresultStatus(res);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		struct error e;
		char what[64];
		str name = q ? str_of(q->name) : str_sub(sql, 0, 60);
		snprintf(what, sizeof what, "%.*s", STR_FMT(name));
		enum err err = pg_error(p, res, what, &e);
		db_rows_fail(r, err, &e);
		PQclear(res);
		return;
	}
	p->fresh = false;
	struct cursor *cur = xcalloc(1, sizeof *cur);
	cur->res = res;
	cur->n_rows = PQntuples(res);
	cur->n_cols = PQnfields(res);
	cur->select = is_select(s);
	for (int i = 0; i < cur->n_cols; i++)
		cur->has_bytes = cur->has_bytes || PQftype(res, i) == OID_BYTEA;
	r->stmt = cur;
}

static int unhex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* "\x0aff" to bytes, in the result's own memory, which nobody else sees. */
static void decode_bytes(struct cursor *cur, int row)
{
	for (int col = 0; col < cur->n_cols; col++) {
		if (PQftype(cur->res, col) != OID_BYTEA || PQgetisnull(cur->res, row, col))
			continue;
		char *p = PQgetvalue(cur->res, row, col);
		int n = (PQgetlength(cur->res, row, col) - 2) / 2;
		for (int i = 0; i < n; i++)
			p[i] = (char)(unhex(p[2 + 2 * i]) << 4 | unhex(p[3 + 2 * i]));
	}
}

bool pg_next(struct db_rows *r)
{
	struct cursor *cur = r->stmt;
	if (r->row + 1 >= cur->n_rows)
		return false;
	if (cur->has_bytes)
		decode_bytes(cur, r->row + 1);
	return true;
}

int64_t pg_close(struct db_rows *r)
{
	struct cursor *cur = r->stmt;
	int64_t changes = 0;
	str tag = str_of(PQcmdStatus(cur->res));
	bool dml = str_starts(tag, STR("INSERT")) || str_starts(tag, STR("UPDATE")) ||
	           str_starts(tag, STR("DELETE")) || str_starts(tag, STR("MERGE"));
	if (dml && !str_to_i64(str_of(PQcmdTuples(cur->res)), &changes))
		changes = 0;
	/* WITH x AS (INSERT ...) SELECT has the tag of a SELECT. */
	if (changes > 0 || (!dml && !cur->select))
		r->conn->wrote = true;
	PQclear(cur->res);
	free(cur);
	return changes;
}

static PGresult *value_of(struct db_rows *r, int col)
{
	struct cursor *cur = r->stmt;
	assert(col >= 0 && col < cur->n_cols && r->row >= 0 && r->row < cur->n_rows);
	return cur->res;
}

int pg_columns(struct db_rows *r)
{
	const struct cursor *cur = r->stmt;
	return cur->n_cols;
}

bool pg_is_null(struct db_rows *r, int col)
{
	return PQgetisnull(value_of(r, col), r->row, col);
}

int64_t pg_get_int(struct db_rows *r, int col)
{
	PGresult *res = value_of(r, col);
	const char *p = PQgetvalue(res, r->row, col);
	if (PQftype(res, col) == OID_BOOL)
		return *p == 't';
	char *end;
	int64_t n = strtoll(p, &end, 10);
	return *end == 0 ? n : (int64_t)strtod(p, NULL);
}

double pg_get_real(struct db_rows *r, int col)
{
	return strtod(PQgetvalue(value_of(r, col), r->row, col), NULL);
}

str pg_get_str(struct db_rows *r, int col)
{
	PGresult *res = value_of(r, col);
	if (PQgetisnull(res, r->row, col))
		return STR_NONE;
	int n = PQgetlength(res, r->row, col);
	if (PQftype(res, col) == OID_BYTEA)
		n = (n - 2) / 2;
	return str_n(PQgetvalue(res, r->row, col), (size_t)n);
}
