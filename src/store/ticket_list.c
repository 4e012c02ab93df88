/* ticket_list.c: lists and counts of tickets, composed of fixed fragments.
 *
 * The page is found among the keys first, its rows are read after that. A list
 * is cut into slices, each of which one index holds in the list's order (a
 * status, a line and a status, ...), and the engine merges the slices as far as
 * the page goes: the cost does not grow with the table. The indexes hold every
 * column that a slice filters by, so what is left out costs an index entry, not
 * a row. SQLite is told the index by name, since it keeps no statistics.
 *
 * Which lines and brands an actor sees is put as values that an index can look
 * up (struct scope). It only narrows: rows of a page go through @visible as well.
 */
#include <assert.h>

#include "base/vec.h"
#include "store/ids.h"
#include "store/list.h"
#include "store/queries_gen.h"
#include "store/search_filter.h"
#include "store/sense.h"
#include "store/ticket_row.h"
#include "text/fold.h"

enum {
	SLICES_MAX = 64, /* more, and one slice filters lines and brands itself */
};

static bool by_name(str name, const char *const *names, size_t n, unsigned *out)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(name, str_of(names[i]))) {
			*out = (unsigned)i;
			return true;
		}
	}
	return false;
}

bool ticket_view_by_name(str name, enum ticket_view *out)
{
	static const char *const names[] = {"all",    "mine",    "unassigned", "open",  "pending",
	                                    "solved", "waiting", "spam",       "triage"};
	unsigned i;
	if (!by_name(name, names, COUNT_OF(names), &i))
		return false;
	*out = (enum ticket_view)i;
	return true;
}

bool ticket_sort_by_name(str name, enum ticket_sort *out)
{
	static const char *const names[] = {"recent", "oldest", "waiting", "created"};
	unsigned i;
	if (!by_name(name, names, COUNT_OF(names), &i))
		return false;
	*out = (enum ticket_sort)i;
	return true;
}

void ticket_arg(struct buf *b, struct ticket_args *args, enum db_engine engine, struct db_val v)
{
	assert(args->n < COUNT_OF(args->v));
	args->v[args->n++] = v;
	buf_addf(b, engine == DB_SQLITE ? "?%zu" : "$%zu", args->n);
}

unsigned ticket_filter_statuses(const struct ticket_filter *f)
{
	enum {
		NEW_OPEN = 1 << TICKET_NEW | 1 << TICKET_OPEN,
		PENDING = 1 << TICKET_PENDING | 1 << TICKET_ON_HOLD,
		SOLVED = 1 << TICKET_SOLVED | 1 << TICKET_CLOSED,
		SPAM = 1 << TICKET_SPAM,
	};
	unsigned s = 0;
	if (f->by_id)
		return f->statuses ? f->statuses : NEW_OPEN | PENDING | SOLVED | SPAM;
	switch (f->view) {
	case TICKET_VIEW_UNASSIGNED:
	case TICKET_VIEW_OPEN:
		s = NEW_OPEN;
		break;
	case TICKET_VIEW_MINE:
	case TICKET_VIEW_WAITING:
	case TICKET_VIEW_TRIAGE:
		s = NEW_OPEN | PENDING;
		break;
	case TICKET_VIEW_PENDING:
		s = PENDING;
		break;
	case TICKET_VIEW_SOLVED:
		s = SOLVED;
		break;
	case TICKET_VIEW_SPAM:
		s = SPAM;
		break;
	case TICKET_VIEW_ALL:
	case TICKET_VIEW_COUNT:
		/* Spam only when it is asked for. */
		s = NEW_OPEN | PENDING | SOLVED | (f->statuses & SPAM);
		break;
	}
	if (f->statuses)
		s &= f->statuses;
	/* Who waits for nobody any more waits no longer (ticket_derive). */
	if (f->waiting > 0 || f->sort == TICKET_SORT_WAITING)
		s &= NEW_OPEN | PENDING;
	return s;
}

void ticket_filter_status_in(struct buf *b, unsigned statuses)
{
	buf_addz(b, " AND t.status IN (");
	const char *comma = "";
	for (unsigned i = 0; i < TICKET_STATUS_COUNT; i++) {
		if (statuses >> i & 1) {
			buf_addf(b, "%s'%s'", comma, ticket_status_name((enum ticket_status)i));
			comma = ",";
		}
	}
	if (!*comma)
		buf_addz(b, "''");
	buf_addc(b, ')');
}

/* The value stands at args[n], 1-based, under another engine's mark: reuse of one value. */
static void mark(struct buf *b, enum db_engine engine, size_t n)
{
	buf_addf(b, engine == DB_SQLITE ? "?%zu" : "$%zu", n);
}

static void add_id(struct buf *b, struct ticket_args *args, enum db_engine engine,
                   const char *column, int64_t id)
{
	buf_addf(b, " AND t.%s = ", column);
	ticket_arg(b, args, engine, db_int(id));
}

/* ---- what the actor sees of what is asked for ---- */

/* Ids of lines or of brands. */
struct side {
	bool all;
	const int64_t *ids;
	size_t n;
};
struct scope {
	struct side lines, brands;
	struct side categories; /* what is asked for; all: no matter */
};

static struct side side_of(bool all, const int64_t *ids, size_t n, const int64_t *asked)
{
	if (!*asked)
		return (struct side){all, ids, n};
	bool seen = all || ids_have(ids, n, *asked);
	return (struct side){false, asked, seen ? 1 : 0};
}

static struct scope scope_of(const struct actor *actor, const struct ticket_filter *f)
{
	bool none = actor->kind == ACTOR_NOBODY;
	return (struct scope){
	    .lines = side_of(actor->all_lines && !none, actor->lines, none ? 0 : actor->n_lines,
	                     &f->line_id),
	    .brands = side_of(actor->all_brands && !none, actor->brands, none ? 0 : actor->n_brands,
	                      &f->brand_id),
	    .categories = {!f->n_categories, f->categories, f->n_categories},
	};
}

static void add_side(struct buf *b, struct ticket_args *args, enum db_engine engine,
                     const char *column, const struct side *s, struct arena *a)
{
	if (s->all)
		return;
	if (s->n == 1) {
		add_id(b, args, engine, column, s->ids[0]);
		return;
	}
	buf_addf(b, " AND t.%s IN ", column);
	assert(args->n < COUNT_OF(args->v));
	args->v[args->n++] = db_text(ids_to_json(a, s->ids, s->n));
	sql_ids(b, engine, (unsigned)args->n);
}

/* ---- slices ---- */

/* How a list is ordered (by one column, then the id), and by which index. */
struct plan {
	const char *key; /* column of t */
	bool down;
	const char *index;  /* NULL: the engine's choice */
	bool per_status;    /* the index begins with the status, but for what stands before it: */
	const char *before; /* line_id, brand_id or NULL: one slice for each of `by` */
	const struct side *by;
};

static bool few(const struct side *s, unsigned statuses)
{
	return !s->all && s->n * (size_t)__builtin_popcount(statuses) <= SLICES_MAX;
}

static bool by_person(const struct ticket_filter *f)
{
	return f->view == TICKET_VIEW_MINE || (f->has_assignee && f->assignee_id);
}

static bool by_nobody(const struct ticket_filter *f)
{
	return f->view == TICKET_VIEW_UNASSIGNED || (f->has_assignee && !f->assignee_id);
}

static struct plan plan_of(const struct ticket_filter *f, const struct scope *s, unsigned statuses,
                           bool counting)
{
	struct plan p = {.key = "last_message_at", .down = f->sort != TICKET_SORT_OLDEST};
	bool waiting = f->sort == TICKET_SORT_WAITING;
	if (f->by_id)
		return (struct plan){.key = "id"};
	if (waiting)
		p = (struct plan){.key = "waiting_since"};
	if (f->sort == TICKET_SORT_CREATED)
		p.key = "id";
	if (f->contact_id) {
		p.index = "ticket_contact";
		return p;
	}
	if (f->urgent > 0 && waiting) { /* few at any time, whoever's they are */
		p.index = "ticket_urgent";
		return p;
	}
	if (f->view ==
	    TICKET_VIEW_TRIAGE) { /* few at any time: sorted where the order is another */
		p.index = "ticket_triage";
		return p;
	}
	/* Of many categories few tickets are left out: the other orders do as well. */
	if (f->n_categories && f->n_categories <= SLICES_MAX && !f->tag.n && !by_person(f)) {
		if (waiting || (f->sort == TICKET_SORT_CREATED && !counting))
			return p;
		p.index = "ticket_category";
		p.before = "category_id";
		p.by = &s->categories;
		return p;
	}
	if (f->tag.n) /* the engine weighs the tag against the order */
		return p;
	if (counting && (waiting || f->view == TICKET_VIEW_WAITING || f->waiting > 0) &&
	    !by_person(f)) {
		waiting = true; /* what waits stands in small indexes of its own */
		p.key = "waiting_since";
	}
	if (waiting && !by_person(f)) {
		p.index = "ticket_waiting";
		if (few(&s->lines, 1)) {
			p.index = "ticket_line_waiting";
			p.before = "line_id";
			p.by = &s->lines;
		}
		return p;
	}
	if (f->sort == TICKET_SORT_CREATED && !counting)
		return p;
	/* A person's tickets that wait are few: found by the person, then sorted. */
	p.per_status = !waiting || counting;
	if (by_person(f)) {
		p.index = "ticket_assignee";
	} else if (few(&s->lines, statuses)) {
		p.index = "ticket_line";
		p.before = "line_id";
		p.by = &s->lines;
	} else if (few(&s->brands, statuses)) {
		p.index = "ticket_brand";
		p.before = "brand_id";
		p.by = &s->brands;
	} else {
		p.index = by_nobody(f) ? "ticket_assignee" : "ticket_status";
	}
	return p;
}

/* All that filters but status, what the slice fixes, and the cursor. */
static void add_filter(struct arena *a, struct buf *b, struct ticket_args *args,
                       enum db_engine engine, const struct actor *actor,
                       const struct ticket_filter *f, const struct scope *s, const struct plan *p)
{
	if (f->view == TICKET_VIEW_MINE)
		add_id(b, args, engine, "assignee_id",
		       actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0);
	if (f->has_assignee && f->assignee_id)
		add_id(b, args, engine, "assignee_id", f->assignee_id);
	if (by_nobody(f))
		buf_addz(b, " AND t.assignee_id IS NULL");
	if (!p->by || p->by != &s->lines)
		add_side(b, args, engine, "line_id", &s->lines, a);
	if (!p->by || p->by != &s->brands)
		add_side(b, args, engine, "brand_id", &s->brands, a);
	if (!p->by || p->by != &s->categories)
		add_side(b, args, engine, "category_id", &s->categories, a);
	if (f->view == TICKET_VIEW_TRIAGE)
		buf_addz(b, " AND t.triage = 1");
	if (f->contact_id)
		add_id(b, args, engine, "contact_id", f->contact_id);
	if (f->view == TICKET_VIEW_WAITING || f->waiting > 0 || f->sort == TICKET_SORT_WAITING)
		buf_addz(b, " AND t.waiting_since IS NOT NULL");
	else if (f->waiting < 0)
		buf_addz(b, " AND t.waiting_since IS NULL");
	if (f->urgent)
		buf_addf(b, " AND t.priority %s %d", f->urgent > 0 ? "=" : "<>", PRIORITY_URGENT);
	if (f->tag.n) {
		buf_addz(b, " AND t.id IN (SELECT tt.ticket_id FROM ticket_tag tt "
		            "JOIN tag g ON g.id = tt.tag_id WHERE g.name_fold = ");
		ticket_arg(b, args, engine, db_text(f->tag));
		buf_addc(b, ')');
	}
	search_filter_sql(a, b, args, engine, f->where);
}

enum { WAITERS = 1 << TICKET_NEW | 1 << TICKET_OPEN | 1 << TICKET_PENDING | 1 << TICKET_ON_HOLD };

/* One slice: "SELECT ... FROM ticket t WHERE ...". `filter` is the part common to all. */
static void add_slice(struct buf *b, enum db_engine engine, const struct plan *p, const char *what,
                      const struct ticket_filter *f, unsigned statuses, size_t by_mark, str filter)
{
	buf_addf(b, "SELECT %s FROM ticket t", what);
	if (p->index && engine == DB_SQLITE)
		buf_addf(b, " INDEXED BY %s", p->index);
	buf_addz(b, " WHERE ");
	if (by_mark) {
		buf_addf(b, "t.%s = ", p->before);
		mark(b, engine, by_mark);
	} else {
		buf_addz(b, "1 = 1");
	}
	if (p->per_status)
		buf_addf(b, " AND t.status = '%s'",
		         ticket_status_name((enum ticket_status)__builtin_ctz(statuses)));
	else if (!(p->key[0] == 'w' && statuses == WAITERS)) /* nobody else waits */
		ticket_filter_status_in(b, statuses);
	/* Only closed tickets are merged away. */
	if (!f->by_id && statuses >> TICKET_CLOSED & 1)
		buf_addz(b, " AND t.merged_into IS NULL");
	buf_add(b, filter);
}

/* All slices with UNION ALL between; false when there is none. tail: "ORDER BY ... LIMIT" of each,
 * for PostgreSQL, which would read the slices whole and sort them; SQLite merges them by itself. */
static bool add_slices(struct arena *a, struct buf *b, struct ticket_args *args,
                       enum db_engine engine, const struct actor *actor,
                       const struct ticket_filter *f, const struct scope *s, const struct plan *p,
                       unsigned statuses, const char *what, str cursor, str tail)
{
	if (!statuses || (!s->lines.all && !s->lines.n) || (!s->brands.all && !s->brands.n))
		return false;
	BUF_AUTO filter;
	buf_init(&filter, 0);
	add_filter(a, &filter, args, engine, actor, f, s, p);
	buf_add(&filter, cursor);
	size_t first = args->n;
	size_t n = p->by ? p->by->n : 1;
	const char *glue = "";
	if (n == 1 && (!p->per_status || __builtin_popcount(statuses) == 1))
		tail = STR_NONE; /* the only one ends where the list does */
	for (size_t i = 0; i < n; i++) {
		if (p->by) {
			assert(args->n < COUNT_OF(args->v));
			args->v[args->n++] = db_int(p->by->ids[i]);
		}
		size_t by_mark = p->by ? first + i + 1 : 0;
		unsigned left = p->per_status ? statuses : 1;
		for (; left; left &= left - 1) {
			buf_addz(b, glue);
			glue = " UNION ALL ";
			if (tail.n)
				buf_addc(b, '(');
			add_slice(b, engine, p, what, f, p->per_status ? left & -left : statuses,
			          by_mark, buf_str(&filter));
			buf_add(b, tail);
			if (tail.n)
				buf_addc(b, ')');
		}
	}
	return true;
}

/* PostgreSQL plans without knowing parameters, and one that does not know that a page is short
 * sorts the table: each slice ends by itself, by one of a few numbers that stand in the text. */
static int plan_limit(int n)
{
	return n <= 51 ? 51 : n <= 201 ? 201 : 1001;
}

/* Of each ticket of a page, what tells whether a row of it that is known already still holds. */
static void add_marks(struct buf *b, struct ticket_args *args, enum db_engine engine,
                      const struct actor *actor)
{
	buf_addz(b, "SELECT q.id, q.k, q.version, "
	            "(SELECT r.message_id FROM ticket_read r WHERE r.ticket_id = q.id AND "
	            "r.account_id = ");
	ticket_arg(b, args, engine, db_int(actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0));
	buf_addz(b, "), (SELECT max(ev.id) FROM event ev) FROM (");
}

/* The statement of a page (one ticket more than the limit, to know whether there is a next).
 * *n_args 0: nothing can be in it. */
static enum err page_sql(struct arena *a, enum db_engine engine, const struct actor *actor,
                         const struct ticket_filter *f, int limit, struct buf *b,
                         struct ticket_args *args, bool *down, struct error *e)
{
	unsigned statuses = ticket_filter_statuses(f);
	struct scope s = scope_of(actor, f);
	struct plan p = plan_of(f, &s, statuses, false);
	int64_t key = 0, id = 0;
	BUF_AUTO cursor;
	buf_init(&cursor, 0);
	args->n = 0;
	add_marks(b, args, engine, actor);
	if (f->by_id) {
		buf_addz(&cursor, " AND t.id > ");
		ticket_arg(&cursor, args, engine, db_int(f->ids_after));
	} else if (f->cursor.n) {
		if (!list_cursor_read(f->cursor, &key, &id))
			return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
		buf_addf(&cursor, " AND (t.%s, t.id) %c (", p.key, p.down ? '<' : '>');
		ticket_arg(&cursor, args, engine, db_int(key));
		buf_addz(&cursor, ", ");
		ticket_arg(&cursor, args, engine, db_int(id));
		buf_addc(&cursor, ')');
	}
	char what[64];
	snprintf(what, sizeof what, "t.id, t.%s AS k, t.version", p.key);
	const char *way = p.down ? "DESC" : "ASC";
	*down = p.down;
	char order[48], tail[64] = "";
	snprintf(order, sizeof order, " ORDER BY 2 %s, 1 %s LIMIT ", way, way);
	if (engine == DB_PG)
		snprintf(tail, sizeof tail, "%s%d", order, plan_limit(limit + 1));
	if (!add_slices(a, b, args, engine, actor, f, &s, &p, statuses, what, buf_str(&cursor),
	                str_of(tail))) {
		args->n = 0;
		return ERR_OK;
	}
	buf_addz(b, tail[0] ? tail : order);
	if (!tail[0])
		ticket_arg(b, args, engine, db_int(limit + 1));
	buf_addz(b, ") q"); /* in the inner order, which sort_page makes sure of */
	return ERR_OK;
}

static int by_key(const void *x, const void *y)
{
	const struct ticket_key *a = x, *b = y;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int by_key_down(const void *x, const void *y)
{
	return by_key(y, x);
}

/* Engines keep the order of an inner question, but need not. */
static void sort_page(struct ticket_key *keys, size_t n, bool down)
{
	int (*cmp)(const void *, const void *) = down ? by_key_down : by_key;
	for (size_t i = 1; i < n; i++) {
		if (cmp(&keys[i - 1], &keys[i]) > 0) {
			qsort(keys, n, sizeof *keys, cmp);
			return;
		}
	}
}

static int page_limit(const struct ticket_filter *f)
{
	return f->limit <= 0 ? 50 : f->limit > 1000 ? 1000 : f->limit;
}

enum err ticket_page(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct ticket_filter *filter, struct ticket_page *out, struct error *e)
{
	struct ticket_filter f = *filter;
	struct ticket_args args;
	int limit = page_limit(&f);
	bool down = false;
	f.tag = f.tag.n ? text_fold(a, str_to_utf8(a, f.tag)) : f.tag;
	*out = (struct ticket_page){.total = -1};
	BUF_AUTO b;
	buf_init(&b, 0);
	enum err err = page_sql(a, db_conn_engine(c), actor, &f, limit, &b, &args, &down, e);
	if (err)
		return err;
	if (args.n) {
		struct db_rows r;
		out->keys = ARENA_ARRAY(a, (size_t)limit + 1, struct ticket_key);
		db_rows_open_text(&r, c, buf_str(&b), (struct db_args){args.v, args.n});
		while (db_rows_next(&r) && out->n <= (size_t)limit) {
			out->keys[out->n++] = (struct ticket_key){.id = db_get_int(&r, 0),
			                                          .key = db_get_int(&r, 1),
			                                          .version = db_get_int(&r, 2),
			                                          .read = db_get_int(&r, 3)};
			out->head = db_get_int(&r, 4);
		}
		if ((err = db_rows_close(&r, e)))
			return err;
		sort_page(out->keys, out->n, down);
	}
	if (out->n > (size_t)limit) {
		out->n = (size_t)limit;
		out->next = list_cursor(a, out->keys[out->n - 1].key, out->keys[out->n - 1].id);
	}
	if (f.with_total) {
		if ((err = ticket_count(a, c, actor, &f, TICKET_TOTAL_MAX, &out->total, e)))
			return err;
		if (out->total >= TICKET_TOTAL_MAX)
			out->total = -1;
	}
	return ERR_OK;
}

enum err ticket_count(struct arena *a, struct db_conn *c, const struct actor *actor,
                      const struct ticket_filter *f, int most, int64_t *out, struct error *e)
{
	enum db_engine engine = db_conn_engine(c);
	unsigned statuses = ticket_filter_statuses(f);
	struct scope s = scope_of(actor, f);
	struct plan p = plan_of(f, &s, statuses, true);
	struct ticket_args args = {.n = 0};
	BUF_AUTO b;
	buf_init(&b, 0);
	*out = 0;
	buf_addz(&b, "SELECT count(*) FROM (");
	if (!add_slices(a, &b, &args, engine, actor, f, &s, &p, statuses, "1", STR_NONE, STR_NONE))
		return ERR_OK;
	buf_addz(&b, " LIMIT ");
	ticket_arg(&b, &args, engine, db_int(most));
	buf_addz(&b, ") q");
	struct db_rows r;
	db_rows_open_text(&r, c, buf_str(&b), (struct db_args){args.v, args.n});
	if (db_rows_next(&r))
		*out = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

enum err ticket_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct ticket_filter *f, struct ticket_list *out, struct error *e)
{
	struct ticket_page page;
	*out = (struct ticket_list){.total = -1};
	enum err err = ticket_page(a, c, actor, f, &page, e);
	if (err)
		return err;
	int64_t *ids = ARENA_ARRAY(a, page.n, int64_t);
	for (size_t i = 0; i < page.n; i++)
		ids[i] = page.keys[i].id;
	out->next = page.next;
	out->total = page.total;
	return ticket_rows(a, c, actor, ids, page.n, &out->items, &out->n, e);
}

/* ---- rows ---- */

static int by_row_id(const void *x, const void *y)
{
	int64_t a = ((const struct ticket_row *)x)->t.id, b = ((const struct ticket_row *)y)->t.id;
	return a < b ? -1 : a > b;
}

/* Puts the rows, sorted by id, into the order of the ids. */
static size_t in_order(struct ticket_row *rows, size_t n, const int64_t *ids, size_t n_ids,
                       struct ticket_row *out)
{
	size_t m = 0;
	for (size_t i = 0; i < n_ids; i++) {
		const struct ticket_row key = {.t.id = ids[i]};
		const struct ticket_row *row = bsearch(&key, rows, n, sizeof *rows, by_row_id);
		if (row)
			out[m++] = *row;
	}
	return m;
}

/* Tag ids as the row's query gives them: "3,17". */
static size_t read_tag_ids(struct arena *a, str list, int64_t **out)
{
	VEC(int64_t) v = {0};
	str piece;
	int64_t id;
	while (list.n && str_split(&list, ',', &piece))
		if (str_to_i64(piece, &id))
			*vec_push(a, &v) = id;
	*out = v.p;
	return v.n;
}

/* Each row's tags: the few different ones of a page are read once. ids[i]: those of rows[i]. */
static enum err add_tags(struct arena *a, struct db_conn *c, struct ticket_row *rows, size_t n,
                         int64_t *const *ids, struct error *e)
{
	VEC(int64_t) all = {0};
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < rows[i].n_tags; j++)
			*vec_push(a, &all) = ids[i][j];
	if (!all.n)
		return ERR_OK;
	struct tag *tags;
	size_t n_ids, n_tags;
	const int64_t *sorted = ids_sorted(a, all.p, all.n, &n_ids);
	enum err err = tag_by_ids(a, c, sorted, n_ids, &tags, &n_tags, e);
	if (err)
		return err;
	/* From an id to its place in the order of names. */
	size_t *place = ARENA_ARRAY(a, n_ids, size_t);
	for (size_t k = 0; k < n_tags; k++)
		place[ids_place(sorted, n_ids, tags[k].id)] = k + 1;
	for (size_t i = 0; i < n; i++) {
		struct ticket_row *row = &rows[i];
		size_t m = 0, n_places = row->n_tags;
		size_t *places = ARENA_ARRAY(a, n_places, size_t);
		for (size_t j = 0; j < n_places; j++) {
			size_t at = place[ids_place(sorted, n_ids, ids[i][j])], k = m;
			for (; at && k > 0 && places[k - 1] > at; k--)
				places[k] = places[k - 1];
			if (at)
				places[k] = at, m++;
		}
		row->tags = m ? ARENA_ARRAY(a, m, struct tag) : NULL;
		row->n_tags = m;
		for (size_t j = 0; j < m; j++)
			row->tags[j] = tags[places[j] - 1];
	}
	return ERR_OK;
}

/* The best identity of a contact: an address, else a phone number, else any; a verified one, else
 * the oldest: the order of identity_of_contacts. The index identity_contact holds all of it. */
#define IDENTITY_WHERE                                                                             \
	"SELECT i.value FROM identity i WHERE i.contact_id = t.contact_id AND i.kind "
#define BEST_FIRST " ORDER BY i.verified DESC, i.id LIMIT 1"
#define BEST_IDENTITY                                                                              \
	"coalesce((" IDENTITY_WHERE "= 'email'" BEST_FIRST "), (" IDENTITY_WHERE                   \
	"= 'phone'" BEST_FIRST "), (" IDENTITY_WHERE "NOT IN ('email', 'phone')" BEST_FIRST "))"

/* What the model thinks of the rows that are in triage; *of: their ids, ascending, in its order. */
static enum err triage_guesses(struct arena *a, struct db_conn *c, const struct ticket_row *rows,
                               size_t n, const int64_t **of, size_t *n_of, struct guesses **out,
                               struct error *e)
{
	VEC(int64_t) ids = {0};
	for (size_t i = 0; i < n; i++)
		if (rows[i].t.triage)
			*vec_push(a, &ids) = rows[i].t.id;
	*of = ids_sorted(a, ids.p, ids.n, n_of);
	return decision_guesses(a, c, *of, *n_of, out, e);
}

/* Guesses of categories that are still there, and of what. */
static void put_guesses(struct arena *a, struct ticket_row *row, const struct guesses *g,
                        const struct category_name *names, size_t n_names)
{
	row->guesses = ARENA_ARRAY(a, g->n, struct category_guess);
	row->question = text_snippet(a, g->about, TICKET_SNIPPET_CHARS);
	for (size_t k = 0; k < g->n; k++) {
		const struct category_name *name =
		    category_name_of(names, n_names, g->list[k].category_id);
		if (name)
			row->guesses[row->n_guesses++] =
			    (struct category_guess){name, g->list[k].confidence};
	}
}

/* The names of the rows' categories: the few different ones are read once. */
static enum err add_categories(struct arena *a, struct db_conn *c, struct ticket_row *rows,
                               size_t n, struct error *e)
{
	VEC(int64_t) all = {0};
	struct category_name *names;
	struct guesses *guesses;
	const int64_t *unsure;
	size_t n_ids, n_names, n_unsure;
	enum err err = triage_guesses(a, c, rows, n, &unsure, &n_unsure, &guesses, e);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (rows[i].t.category_id)
			*vec_push(a, &all) = rows[i].t.category_id;
	for (size_t i = 0; i < n_unsure; i++)
		for (size_t k = 0; k < guesses[i].n; k++)
			*vec_push(a, &all) = guesses[i].list[k].category_id;
	if (!all.n)
		return ERR_OK;
	const int64_t *ids = ids_sorted(a, all.p, all.n, &n_ids);
	err = category_names(a, c, ids, n_ids, &names, &n_names, e);
	for (size_t i = 0; !err && i < n; i++) {
		rows[i].category = category_name_of(names, n_names, rows[i].t.category_id);
		if (rows[i].t.triage)
			put_guesses(a, &rows[i],
			            &guesses[ids_place(unsure, n_unsure, rows[i].t.id)], names,
			            n_names);
	}
	return err;
}

enum err ticket_rows(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const int64_t *ids, size_t n, struct ticket_row **out, size_t *n_out,
                     struct error *e)
{
	*out = NULL;
	*n_out = 0;
	if (!n)
		return ERR_OK;
	enum db_engine engine = db_conn_engine(c);
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "SELECT " TICKET_COLUMNS ", ct.name, " BEST_IDENTITY
	             ", ct.vip, acc.name, l.name, b.name, r.message_id, (SELECT ");
	buf_addz(&b, engine == DB_SQLITE ? "group_concat(tt.tag_id)"
	                                 : "string_agg(CAST(tt.tag_id AS text), ',')");
	buf_addz(&b, " FROM ticket_tag tt WHERE tt.ticket_id = t.id) "
	             "FROM ticket t JOIN contact ct ON ct.id = t.contact_id "
	             "JOIN line l ON l.id = t.line_id JOIN brand b ON b.id = t.brand_id "
	             "LEFT JOIN account acc ON acc.id = t.assignee_id "
	             "LEFT JOIN ticket_read r ON r.ticket_id = t.id AND r.account_id = ");
	mark(&b, engine, 1);
	buf_addz(&b, " WHERE t.id IN ");
	sql_ids(&b, engine, 2);
	buf_addz(&b, " AND ");
	sql_visible(&b, engine, "t", 3);
	int64_t account = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	struct ticket_row *rows = ARENA_ARRAY(a, n, struct ticket_row);
	int64_t **tags = ARENA_ARRAY(a, n, int64_t *);
	size_t got = 0;
	struct db_rows r;
	db_rows_open_text(
	    &r, c, buf_str(&b),
	    DB_ARGS(db_int(account), db_text(ids_to_json(a, ids, n)), db_text(actor->scope)));
	while (got < n && db_rows_next(&r)) {
		struct ticket_row *row = &rows[got++];
		ticket_read_row(a, &r, 0, &row->t);
		row->contact_name = db_dup_str(a, &r, TICKET_COLUMN_COUNT);
		row->contact_address = db_dup_str(a, &r, TICKET_COLUMN_COUNT + 1);
		row->contact_vip = db_get_int(&r, TICKET_COLUMN_COUNT + 2) != 0;
		row->assignee_name = db_dup_str(a, &r, TICKET_COLUMN_COUNT + 3);
		row->line_name = db_dup_str(a, &r, TICKET_COLUMN_COUNT + 4);
		row->brand_name = db_dup_str(a, &r, TICKET_COLUMN_COUNT + 5);
		row->unread =
		    account && db_get_int(&r, TICKET_COLUMN_COUNT + 6) < row->t.last_message_id;
		row->n_tags =
		    read_tag_ids(a, db_get_str(&r, TICKET_COLUMN_COUNT + 7), &tags[got - 1]);
	}
	enum err err = db_rows_close(&r, e);
	if (err || (err = add_tags(a, c, rows, got, tags, e)) ||
	    (err = add_categories(a, c, rows, got, e)))
		return err;
	qsort(rows, got, sizeof *rows, by_row_id);
	*out = ARENA_ARRAY(a, n, struct ticket_row);
	*n_out = in_order(rows, got, ids, n, *out);
	return ERR_OK;
}
