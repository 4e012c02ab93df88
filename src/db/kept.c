/* kept.c: what a batch of writes, or a reader, remembers of queries that are marked so
 * (db_kept_clear, db_keep_while).
 *
 * A batch asks few of them, so they are a list. The rows are texts in the batch's arena, whatever
 * the engine holds them as; a cursor over them needs nothing of the connection.
 */
#include "db/db_internal.h"

#include <assert.h>
#include <stdlib.h>

enum { KEPT_MAX = 200 }; /* of a reader; of a batch there are never many */

struct db_kept {
	struct db_kept *next;
	const struct db_query *q;
	struct db_args args;
	int n_rows, n_columns;
	struct cell {
		bool null;
		str s;
	} * cells;
};

bool db_keeps(const struct db_conn *c)
{
	return c->batch;
}

void db_kept_clear(struct db_conn *c)
{
	c->kept = NULL;
	c->n_kept = 0;
}

bool db_kept_here(const struct db_conn *c, const struct db_query *q)
{
	return c->batch ? q->kept : c->keeps && q->kept_long;
}

void db_keep_while(struct db_conn *c, int64_t mark)
{
	assert(!c->batch);
	c->keeps = mark != 0;
	if (!mark)
		return;
	if (!c->kept_arena)
		c->kept_arena = arena_new();
	if (mark != c->kept_mark || !c->kept || c->n_kept > KEPT_MAX) {
		db_kept_clear(c);
		arena_clear(c->kept_arena);
		c->kept_mark = mark;
	}
}

static bool same(struct db_args x, struct db_args y)
{
	for (size_t i = 0; i < x.n; i++) {
		const struct db_val *a = &x.v[i], *b = &y.v[i];
		bool text = a->type == DB_TEXT || a->type == DB_BLOB;
		if (a->type != b->type || (text ? !str_eq(a->s, b->s) : a->i != b->i))
			return false;
	}
	return true;
}

static struct db_args args_dup(struct arena *a, struct db_args args)
{
	struct db_val *v = ARENA_ARRAY(a, args.n, struct db_val);
	for (size_t i = 0; i < args.n; i++) {
		v[i] = args.v[i];
		if (v[i].type == DB_TEXT || v[i].type == DB_BLOB)
			v[i].s = str_dup(a, v[i].s);
	}
	return (struct db_args){v, args.n};
}

/* All rows of the open query; NULL: it failed. */
static struct db_kept *read_all(struct db_rows *r)
{
	struct db_conn *c = r->conn;
	struct arena *a = c->batch ? c->batch : c->kept_arena;
	struct db_kept *k = ARENA_NEW(a, struct db_kept);
	VEC(struct cell) cells = {0};
	while (!r->failed && r->stmt && c->ops->next(r)) {
		r->row++;
		k->n_columns = c->ops->columns(r);
		for (int i = 0; i < k->n_columns; i++) {
			bool null = c->ops->is_null(r, i);
			*vec_push(a, &cells) = (struct cell){
			    .null = null, .s = null ? STR_NONE : str_dup(a, c->ops->get_str(r, i))};
		}
		k->n_rows++;
	}
	k->cells = cells.p;
	if (r->stmt)
		c->ops->close(r);
	r->stmt = NULL;
	return r->failed ? NULL : k;
}

static const struct db_kept *find(const struct db_conn *c, const struct db_query *q,
                                  struct db_args args)
{
	for (const struct db_kept *k = c->kept; k; k = k->next)
		if (k->q == q && same(k->args, args))
			return k;
	return NULL;
}

bool db_kept_known(const struct db_conn *c, const struct db_query *q, struct db_args args)
{
	return db_kept_here(c, q) && find(c, q, args);
}

void db_kept_open(struct db_rows *r, const struct db_query *q, struct db_args args)
{
	struct db_conn *c = r->conn;
	if ((r->kept = find(c, q, args)))
		return;
	args = args_dup(c->batch ? c->batch : c->kept_arena, args);
	c->ops->open(r, q, STR_NONE, args, true);
	struct db_kept *k = read_all(r);
	if (!k)
		return;
	k->q = q;
	k->args = args;
	k->next = c->kept;
	r->kept = c->kept = k;
	c->n_kept++;
	r->row = -1;
}

bool db_kept_next(const struct db_rows *r)
{
	return r->row + 1 < r->kept->n_rows;
}

static const struct cell *cell(const struct db_rows *r, int col)
{
	assert(r->row >= 0 && r->row < r->kept->n_rows && col < r->kept->n_columns);
	return &r->kept->cells[r->row * r->kept->n_columns + col];
}

bool db_kept_is_null(const struct db_rows *r, int col)
{
	return cell(r, col)->null;
}

int64_t db_kept_get_int(const struct db_rows *r, int col)
{
	int64_t n = 0;
	if (!cell(r, col)->null && !str_to_i64(cell(r, col)->s, &n))
		assert(!"a kept column is no integer");
	return n;
}

double db_kept_get_real(const struct db_rows *r, int col)
{
	return cell(r, col)->null ? 0 : strtod(cell(r, col)->s.p, NULL);
}

str db_kept_get_str(const struct db_rows *r, int col)
{
	return cell(r, col)->s;
}
