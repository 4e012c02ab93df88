/* intake.c: rows of intake. See intake.h. */
#include "store/intake.h"

#include "base/vec.h"
#include "store/queries_gen.h"

static const char *const states[] = {
    [INTAKE_ACCEPTED] = "accepted",
    [INTAKE_DUPLICATE] = "duplicate",
    [INTAKE_QUARANTINED] = "quarantined",
    [INTAKE_REJECTED] = "rejected",
};

const char *intake_state_name(enum intake_state state)
{
	return states[state];
}

bool intake_state_by_name(str name, enum intake_state *out)
{
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (str_eq(name, str_of(states[i]))) {
			*out = (enum intake_state)i;
			return true;
		}
	return false;
}

static void read_intake(struct arena *a, struct db_rows *r, struct intake *out)
{
	*out = (struct intake){
	    .id = db_get_int(r, 0),
	    .received_at = db_get_int(r, 1),
	    .channel = db_dup_str(a, r, 2),
	    .inbox_id = db_get_int(r, 3),
	    .brand_id = db_get_int(r, 4),
	    .line_id = db_get_int(r, 5),
	    .inbox_name = db_dup_str(a, r, 6),
	    .peer = db_dup_str(a, r, 7),
	    .sender = db_dup_str(a, r, 8),
	    .recipient = db_dup_str(a, r, 9),
	    .from_address = db_dup_str(a, r, 10),
	    .subject = db_dup_str(a, r, 11),
	    .size = db_get_int(r, 12),
	    .digest = db_dup_str(a, r, 13),
	    .mail_id = db_dup_str(a, r, 14),
	    .raw_hash = db_dup_str(a, r, 15),
	    .reason = db_dup_str(a, r, 17),
	    .ticket_id = db_get_int(r, 18),
	    .message_id = db_get_int(r, 19),
	    .decided_by = db_get_int(r, 20),
	    .decided_by_name = db_dup_str(a, r, 21),
	    .decided_at = db_get_int(r, 22),
	    .decided_note = db_dup_str(a, r, 23),
	};
	if (!intake_state_by_name(db_get_str(r, 16), &out->state))
		out->state = INTAKE_QUARANTINED;
}

enum err intake_insert(struct db_conn *tx, const struct intake *i, int64_t *id, struct error *e)
{
	return db_one_int(tx, &Q_INTAKE_INSERT,
	                  DB_ARGS(db_int(i->received_at), db_text(i->channel), db_id(i->inbox_id),
	                          db_id(i->brand_id), db_id(i->line_id), db_text(i->peer),
	                          db_text(i->sender), db_text(i->recipient),
	                          db_text(i->from_address), db_text(i->subject), db_int(i->size),
	                          db_text(i->digest), db_text(i->mail_id), db_text_opt(i->raw_hash),
	                          db_text(str_of(intake_state_name(i->state))), db_text(i->reason),
	                          db_id(i->ticket_id), db_id(i->message_id)),
	                  id, e);
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q,
                    struct db_args args, struct intake *out, struct error *e)
{
	struct db_rows r;
	*out = (struct intake){0};
	db_rows_open(&r, c, q, args);
	if (db_rows_next(&r))
		read_intake(a, &r, out);
	return db_rows_close(&r, e);
}

enum err intake_get(struct arena *a, struct db_conn *c, int64_t id, struct intake *out,
                    struct error *e)
{
	enum err err = one(a, c, &Q_INTAKE_GET, DB_ARGS(db_int(id)), out, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err intake_find_earlier(struct arena *a, struct db_conn *c, int64_t inbox_id, str mail_id,
                             str digest, struct intake *out, struct error *e)
{
	return one(a, c, &Q_INTAKE_FIND_EARLIER,
	           DB_ARGS(db_int(inbox_id), db_text(mail_id), db_text(digest)), out, e);
}

enum err intake_find_mail_id(struct arena *a, struct db_conn *c, int64_t inbox_id, str mail_id,
                             struct intake *out, struct error *e)
{
	*out = (struct intake){0};
	if (str_empty(mail_id))
		return ERR_OK;
	return one(a, c, &Q_INTAKE_FIND_MAIL_ID, DB_ARGS(db_int(inbox_id), db_text(mail_id)), out,
	           e);
}

enum err intake_find_twin(struct arena *a, struct db_conn *c, str mail_id, str digest,
                          struct intake *out, struct error *e)
{
	return one(a, c, &Q_INTAKE_FIND_TWIN, DB_ARGS(db_text(mail_id), db_text(digest)), out, e);
}

static const char SELECT_LIST[] =
    "SELECT i.id, i.received_at, i.channel, i.inbox_id, i.brand_id, i.line_id, x.name, i.peer, "
    "i.sender, i.recipient, i.from_address, i.subject, i.size, i.digest, i.mail_id, i.raw_hash, "
    "i.state, i.reason, i.ticket_id, i.message_id, i.decided_by, a.name, i.decided_at, "
    "i.decided_note FROM intake i LEFT JOIN inbox x ON x.id = i.inbox_id LEFT JOIN account a ON "
    "a.id = i.decided_by WHERE ";

/* Values of a query that is put together, in the order of their numbers. */
struct args {
	struct db_val v[12];
	size_t n;
	struct buf sql;
	enum db_engine engine;
};

static unsigned bind(struct args *q, struct db_val v)
{
	q->v[q->n++] = v;
	return (unsigned)q->n;
}

static void add_visible(struct args *q, const struct actor *actor)
{
	if (actor->all_lines && actor->all_brands) {
		buf_addz(&q->sql, "1 = 1");
		return;
	}
	sql_visible(&q->sql, q->engine, "i", bind(q, db_text(actor->scope)));
}

/* Text that LIKE takes literally, between two %. */
static str like(struct arena *a, str q)
{
	BUF_AUTO b;
	buf_init(&b, 2000);
	buf_addc(&b, '%');
	for (size_t i = 0; i < q.n; i++) {
		if (q.p[i] == '%' || q.p[i] == '_' || q.p[i] == '\\')
			buf_addc(&b, '\\');
		buf_addc(&b, q.p[i]);
	}
	buf_addc(&b, '%');
	return str_dup(a, buf_str(&b));
}

static void add_words(struct arena *a, struct args *q, str words, bool no_addresses)
{
	int64_t number;
	unsigned p = bind(q, db_text(like(a, words)));
	buf_addf(&q->sql, " AND (i.subject LIKE $%u ESCAPE '\\'", p);
	if (!no_addresses)
		buf_addf(&q->sql,
		         " OR i.from_address LIKE $%u ESCAPE '\\' OR i.sender LIKE $%u ESCAPE '\\'",
		         p, p);
	if (words.n && words.p[0] == '#')
		words = str_from(words, 1);
	if (str_to_i64(words, &number))
		buf_addf(&q->sql, " OR i.ticket_id = $%u", bind(q, db_int(number)));
	buf_addc(&q->sql, ')');
}

enum err intake_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct intake_filter *f, struct intake **out, size_t *n, struct error *e)
{
	struct args q = {.engine = db_conn_engine(c)};
	buf_init(&q.sql, 0);
	buf_addz(&q.sql, SELECT_LIST);
	add_visible(&q, actor);
	if (f->state)
		buf_addf(&q.sql, " AND i.state = $%u",
		         bind(&q, db_text(str_of(intake_state_name(*f->state)))));
	if (f->inbox_id)
		buf_addf(&q.sql, " AND i.inbox_id = $%u", bind(&q, db_int(f->inbox_id)));
	if (f->before)
		buf_addf(&q.sql, " AND i.id < $%u", bind(&q, db_int(f->before)));
	if (!str_empty(f->q))
		add_words(a, &q, f->q, f->no_addresses);
	buf_addf(&q.sql, " ORDER BY i.id DESC LIMIT $%u", bind(&q, db_int(f->limit)));
	VEC(struct intake) v = {0};
	struct db_rows r;
	db_rows_open_text(&r, c, buf_str(&q.sql), (struct db_args){q.v, q.n});
	while (db_rows_next(&r))
		read_intake(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	enum err err = db_rows_close(&r, e);
	buf_release(&q.sql);
	return err;
}

enum err intake_count_quarantined(struct db_conn *c, const struct actor *actor, int64_t most,
                                  int64_t *n, struct error *e)
{
	struct args q = {.engine = db_conn_engine(c)};
	struct db_rows r;
	buf_init(&q.sql, 0);
	buf_addz(&q.sql, "SELECT count(*) FROM (SELECT 1 FROM intake i WHERE i.state = "
	                 "'quarantined' AND ");
	add_visible(&q, actor);
	buf_addf(&q.sql, " LIMIT $%u) AS some", bind(&q, db_int(most)));
	*n = 0;
	db_rows_open_text(&r, c, buf_str(&q.sql), (struct db_args){q.v, q.n});
	if (db_rows_next(&r))
		*n = db_get_int(&r, 0);
	enum err err = db_rows_close(&r, e);
	buf_release(&q.sql);
	return err;
}

enum err intake_decide(struct db_conn *tx, const struct intake *i, enum intake_state was,
                       struct error *e)
{
	int64_t changes = 0;
	enum err err =
	    db_exec(tx, &Q_INTAKE_DECIDE,
	            DB_ARGS(db_int(i->id), db_text(str_of(intake_state_name(was))),
	                    db_text(str_of(intake_state_name(i->state))), db_text(i->reason),
	                    db_id(i->brand_id), db_id(i->line_id), db_id(i->ticket_id),
	                    db_id(i->message_id), db_id(i->decided_by), db_id(i->decided_at),
	                    db_text(i->decided_note)),
	            &changes, e);
	if (!err && !changes)
		return error_set(e, ERR_CONFLICT, "error.stale", NULL, NULL);
	return err;
}

enum err intake_count_content(struct db_conn *c, int64_t inbox_id, str mail_id, str digest,
                              int64_t *n, struct error *e)
{
	return db_one_int(c, &Q_INTAKE_COUNT_CONTENT,
	                  DB_ARGS(db_int(inbox_id), db_text(mail_id), db_text(digest)), n, e);
}

enum err import_thread_get(struct db_conn *c, str key, int64_t *ticket_id, struct error *e)
{
	struct db_rows r;
	*ticket_id = 0;
	db_rows_open(&r, c, &Q_IMPORT_THREAD_GET, DB_ARGS(db_text(key)));
	if (db_rows_next(&r))
		*ticket_id = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

enum err import_thread_put(struct db_conn *tx, str key, int64_t ticket_id, struct error *e)
{
	return db_exec(tx, &Q_IMPORT_THREAD_PUT, DB_ARGS(db_text(key), db_int(ticket_id)), NULL, e);
}
