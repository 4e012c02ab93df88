/* ticket_list.c: lists of tickets, composed of fixed fragments.
 *
 * The page is found among the keys first. Where the order is by the last
 * message, each status is asked on its own for one page in the order of its
 * index, and the pages are merged: the cost does not grow with the table.
 */
#include <assert.h>

#include "base/vec.h"
#include "store/ids.h"
#include "store/list.h"
#include "store/queries_gen.h"
#include "store/ticket_row.h"
#include "text/fold.h"

enum { TOTAL_MAX = 1000 };

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
	static const char *const names[] = {"all",     "mine",   "unassigned", "open",
	                                    "pending", "solved", "waiting",    "spam"};
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
	return f->statuses ? s & f->statuses : s;
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

void ticket_filter_where(struct buf *b, struct ticket_args *args, enum db_engine engine,
                         const struct actor *actor, const struct ticket_filter *f)
{
	if (!(actor->all_lines && actor->all_brands)) {
		assert(args->n < COUNT_OF(args->v));
		args->v[args->n++] = db_text(actor->scope);
		buf_addz(b, " AND ");
		sql_visible(b, engine, "t", (unsigned)args->n);
	}
	/* Only closed tickets are merged away; for the rest an index alone can answer. */
	if (!f->by_id && ticket_filter_statuses(f) >> TICKET_CLOSED & 1)
		buf_addz(b, " AND t.merged_into IS NULL");
	if (f->view == TICKET_VIEW_MINE)
		add_id(b, args, engine, "assignee_id",
		       actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0);
	if (f->view == TICKET_VIEW_UNASSIGNED)
		buf_addz(b, " AND t.assignee_id IS NULL");
	if (f->has_assignee && f->assignee_id)
		add_id(b, args, engine, "assignee_id", f->assignee_id);
	else if (f->has_assignee)
		buf_addz(b, " AND t.assignee_id IS NULL");
	if (f->line_id)
		add_id(b, args, engine, "line_id", f->line_id);
	if (f->brand_id)
		add_id(b, args, engine, "brand_id", f->brand_id);
	if (f->contact_id)
		add_id(b, args, engine, "contact_id", f->contact_id);
	if (f->view == TICKET_VIEW_WAITING || f->waiting > 0 || f->sort == TICKET_SORT_WAITING)
		buf_addz(b, " AND t.waiting_since IS NOT NULL");
	else if (f->waiting < 0)
		buf_addz(b, " AND t.waiting_since IS NULL");
	if (f->tag.n) {
		buf_addz(b, " AND t.id IN (SELECT tt.ticket_id FROM ticket_tag tt "
		            "JOIN tag g ON g.id = tt.tag_id WHERE g.name_fold = ");
		ticket_arg(b, args, engine, db_text(f->tag));
		buf_addc(b, ')');
	}
}

/* How a page is ordered: by one expression, then the id. */
struct order {
	const char *key; /* column of t */
	bool down;
	bool per_status; /* an index (status, key, id) gives the order */
};

static struct order order_of(const struct ticket_filter *f)
{
	if (f->by_id)
		return (struct order){"id", false, false};
	switch (f->sort) {
	case TICKET_SORT_OLDEST:
		return (struct order){"last_message_at", false, true};
	case TICKET_SORT_WAITING:
		return (struct order){"waiting_since", false, false};
	case TICKET_SORT_CREATED:
		return (struct order){"id", true, false};
	case TICKET_SORT_RECENT:
		break;
	}
	return (struct order){"last_message_at", true, true};
}

static void add_order(struct buf *b, struct order o, const char *alias, bool key_named)
{
	const char *way = o.down ? "DESC" : "ASC";
	buf_addf(b, " ORDER BY %s.%s %s, %s.id %s", alias, key_named ? "k" : o.key, way, alias,
	         way);
}

/* The ids of a page (one more than the limit, to know whether there is a next). */
static enum err page_keys(struct arena *a, struct db_conn *c, const struct actor *actor,
                          const struct ticket_filter *f, int limit, int64_t **ids, int64_t **keys,
                          size_t *n, struct error *e)
{
	enum db_engine engine = db_conn_engine(c);
	struct order o = order_of(f);
	unsigned statuses = ticket_filter_statuses(f);
	struct ticket_args args = {.n = 0};
	BUF_AUTO where;
	buf_init(&where, 0);
	ticket_filter_where(&where, &args, engine, actor, f);
	int64_t key = 0, id = 0;
	if (f->by_id) {
		buf_addz(&where, " AND t.id > ");
		ticket_arg(&where, &args, engine, db_int(f->ids_after));
	} else if (f->cursor.n) {
		if (!list_cursor_read(f->cursor, &key, &id))
			return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
		buf_addf(&where, " AND (t.%s, t.id) %c (", o.key, o.down ? '<' : '>');
		ticket_arg(&where, &args, engine, db_int(key));
		buf_addz(&where, ", ");
		ticket_arg(&where, &args, engine, db_int(id));
		buf_addc(&where, ')');
	}
	args.v[args.n++] = db_int(limit + 1);
	size_t limit_mark = args.n;

	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "SELECT u.id, u.k FROM (");
	const char *glue = "";
	for (unsigned i = 0; i < TICKET_STATUS_COUNT; i++) {
		if (o.per_status ? !(statuses >> i & 1) : i != 0)
			continue;
		buf_addf(&b, "%sSELECT * FROM (SELECT t.id, t.%s AS k FROM ticket t WHERE ", glue,
		         o.key);
		if (o.per_status)
			buf_addf(&b, "t.status = '%s'", ticket_status_name((enum ticket_status)i));
		else
			buf_addz(&b, "1 = 1");
		buf_add(&b, buf_str(&where));
		if (!o.per_status)
			ticket_filter_status_in(&b, statuses);
		add_order(&b, o, "t", false);
		buf_addz(&b, " LIMIT ");
		mark(&b, engine, limit_mark);
		buf_addf(&b, ") q%u", i);
		glue = " UNION ALL ";
	}
	*n = 0;
	if (!*glue) /* no status is left */
		return ERR_OK;
	buf_addz(&b, ") u");
	add_order(&b, o, "u", true);
	buf_addz(&b, " LIMIT ");
	mark(&b, engine, limit_mark);

	*ids = ARENA_ARRAY(a, (size_t)limit + 1, int64_t);
	*keys = ARENA_ARRAY(a, (size_t)limit + 1, int64_t);
	struct db_rows r;
	db_rows_open_text(&r, c, buf_str(&b), (struct db_args){args.v, args.n});
	while (db_rows_next(&r) && *n <= (size_t)limit) {
		(*ids)[*n] = db_get_int(&r, 0);
		(*keys)[(*n)++] = db_get_int(&r, 1);
	}
	return db_rows_close(&r, e);
}

static enum err count_total(struct db_conn *c, const struct actor *actor,
                            const struct ticket_filter *f, int64_t *total, struct error *e)
{
	enum db_engine engine = db_conn_engine(c);
	struct ticket_args args = {.n = 0};
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "SELECT count(*) FROM (SELECT 1 FROM ticket t WHERE 1 = 1");
	ticket_filter_status_in(&b, ticket_filter_statuses(f));
	ticket_filter_where(&b, &args, engine, actor, f);
	buf_addf(&b, " LIMIT %d) q", TOTAL_MAX);
	struct db_rows r;
	db_rows_open_text(&r, c, buf_str(&b), (struct db_args){args.v, args.n});
	if (db_rows_next(&r))
		*total = db_get_int(&r, 0);
	if (*total >= TOTAL_MAX)
		*total = -1;
	return db_rows_close(&r, e);
}

enum err ticket_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct ticket_filter *filter, struct ticket_list *out, struct error *e)
{
	struct ticket_filter f = *filter;
	int limit = f.limit <= 0 ? 50 : f.limit > 1000 ? 1000 : f.limit;
	f.tag = f.tag.n ? text_fold(a, str_to_utf8(a, f.tag)) : f.tag;
	*out = (struct ticket_list){.total = -1};
	int64_t *ids = NULL, *keys = NULL;
	size_t n = 0;
	enum err err = page_keys(a, c, actor, &f, limit, &ids, &keys, &n, e);
	if (err)
		return err;
	if (keys && n > (size_t)limit) {
		n = (size_t)limit;
		out->next = list_cursor(a, keys[n - 1], ids[n - 1]);
	}
	if (f.with_total) {
		out->total = 0;
		if ((err = count_total(c, actor, &f, &out->total, e)))
			return err;
	}
	return ticket_rows(a, c, actor, ids, n, &out->items, &out->n, e);
}

/* Puts the rows, which came in any order, into the order of the ids. */
static size_t in_order(struct ticket_row *rows, size_t n, const int64_t *ids, size_t n_ids,
                       struct ticket_row *out)
{
	size_t m = 0;
	for (size_t i = 0; i < n_ids; i++) {
		for (size_t j = 0; j < n; j++) {
			if (rows[j].t.id == ids[i]) {
				out[m++] = rows[j];
				break;
			}
		}
	}
	return m;
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
	buf_addz(&b,
	         "SELECT " TICKET_COLUMNS
	         ", ct.name, (SELECT i.value FROM identity i WHERE i.contact_id = t.contact_id "
	         "ORDER BY CASE i.kind WHEN 'email' THEN 0 WHEN 'phone' THEN 1 ELSE 2 END, "
	         "i.verified DESC, i.id LIMIT 1), ct.vip, acc.name, l.name, b.name, r.message_id "
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
	}
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	*out = ARENA_ARRAY(a, n, struct ticket_row);
	*n_out = in_order(rows, got, ids, n, *out);

	struct tag_of *tags;
	size_t n_tags;
	if ((err = tag_of_tickets(a, c, ids, n, &tags, &n_tags, e)))
		return err;
	for (size_t i = 0; i < *n_out; i++) {
		struct ticket_row *row = &(*out)[i];
		size_t from = 0, m = 0;
		while (from < n_tags && tags[from].ticket_id != row->t.id)
			from++;
		while (from + m < n_tags && tags[from + m].ticket_id == row->t.id)
			m++;
		row->tags = ARENA_ARRAY(a, m, struct tag);
		row->n_tags = m;
		for (size_t j = 0; j < m; j++)
			row->tags[j] = tags[from + j].tag;
	}
	return ERR_OK;
}
