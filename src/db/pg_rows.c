/* pg_rows.c: the PostgreSQL engine: statements, parameters, rows.
 *
 * Every statement is prepared on the server under a name of its own. Integers,
 * reals and bytes are declared with their type, because the server would take
 * "$1 + 1" for a 32-bit number; the type of a text is inferred, so that it can
 * be cast to JSON. A type that is learned later (the first value was NULL)
 * prepares the statement anew. Rows come as text; bytes are turned back from
 * hex in place when the cursor reaches their row.
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
	if (PQtransactionStatus(p->conn) != PQTRANS_INERROR)
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

static PGresult *execute(struct pg *p, struct pg_stmt *s, struct db_args args)
{
	const char *values[PARAMS_MAX + 1];
	size_t starts[PARAMS_MAX + 1];
	int lengths[PARAMS_MAX + 1], formats[PARAMS_MAX + 1];
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
		lengths[i] = (int)(b->n - starts[i]);
		formats[i] = v->type == DB_BLOB || (v->type == DB_TEXT && s->types[i] == OID_BYTEA);
		buf_addc(b, 0);
	}
	for (size_t i = 0; i < args.n; i++)
		values[i] = args.v[i].type == DB_NULL ? NULL : b->p + starts[i];
	PGresult *res = pg_execute(p, s->name, (int)args.n, values, lengths, formats);
	if (b->cap > 1 << 20) { /* one large attachment is no reason to keep so much */
		buf_release(b);
		buf_init(b, 0);
	}
	return res;
}

/* ---- rows ---- */

void pg_open(struct db_rows *r, const struct db_query *q, str sql, struct db_args args,
             bool keep UNUSED)
{
	struct pg *p = pg_of(r->conn);
	assert(args.n <= PARAMS_MAX);
	struct pg_stmt *s = q ? stmt_by_id(p, q) : stmt_by_text(p, sql, args.n);
	PGresult *res = prepare(p, s, args);
	if (!res)
		res = execute(p, s, args);
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
	struct cursor *cur = xcalloc(1, sizeof *cur);
	cur->res = res;
	cur->n_rows = PQntuples(res);
	cur->n_cols = PQnfields(res);
	cur->select = str_starts_nocase(str_trim(str_n(s->text, s->n_text)), STR("SELECT"));
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
