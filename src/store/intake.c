/* intake.c: rows of intake. See intake.h. */
#include "store/intake.h"

#include "base/vec.h"
#include "store/queries_gen.h"
#include "text/fold.h"

#define LOOK_AT_ONCE 500 /* rows, when words are looked for */

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
	    .owner_id = db_get_int(r, 24),
	    .owner_name = db_dup_str(a, r, 25),
	    .owned_at = db_get_int(r, 26),
	    .detail = db_dup_str(a, r, 27),
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
	                          db_id(i->ticket_id), db_id(i->message_id), db_text(i->detail)),
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

enum err intake_place(struct db_conn *c, const struct intake *i, int64_t *line_id,
                      int64_t *brand_id, struct error *e)
{
	struct db_rows r;
	*line_id = i->line_id;
	*brand_id = i->brand_id;
	if (!i->ticket_id)
		return ERR_OK;
	db_rows_open(&r, c, &Q_INTAKE_PLACE, DB_ARGS(db_int(i->ticket_id), db_id(i->message_id)));
	if (db_rows_next(&r)) {
		*line_id = db_get_int(&r, 0);
		*brand_id = db_get_int(&r, 1);
	}
	return db_rows_close(&r, e);
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
    "i.decided_note, i.owner_id, o.name, i.owned_at, i.detail FROM intake i LEFT JOIN inbox x ON "
    "x.id = i.inbox_id LEFT JOIN account a ON a.id = i.decided_by LEFT JOIN account o ON o.id = "
    "i.owner_id WHERE ";

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
	sql_visible_item(&q->sql, q->engine, "i", bind(q, db_text(actor->scope)));
}

/* Do the words (folded) stand in the item? */
static bool has_words(struct arena *a, const struct intake_filter *f, str folded, int64_t number,
                      const struct intake *i)
{
	if (number && i->ticket_id == number)
		return true;
	if (str_find(text_fold(a, i->subject), folded) >= 0)
		return true;
	return !f->no_addresses && (str_find(text_fold(a, i->from_address), folded) >= 0 ||
	                            str_find(text_fold(a, i->sender), folded) >= 0);
}

static void conditions(struct args *q, const struct intake_filter *f)
{
	if (f->state)
		buf_addf(&q->sql, " AND i.state = $%u",
		         bind(q, db_text(str_of(intake_state_name(*f->state)))));
	if (f->inbox_id)
		buf_addf(&q->sql, " AND i.inbox_id = $%u", bind(q, db_int(f->inbox_id)));
	if (f->reason.n)
		buf_addf(&q->sql, " AND i.reason = $%u", bind(q, db_text(f->reason)));
	if (f->has_owner && f->owner_id)
		buf_addf(&q->sql, " AND i.owner_id = $%u", bind(q, db_int(f->owner_id)));
	else if (f->has_owner)
		buf_addz(&q->sql, " AND i.owner_id IS NULL");
	if (f->sender.n) {
		unsigned p = bind(q, db_text(f->sender));
		buf_addf(&q->sql, " AND (lower(i.from_address) = $%u OR lower(i.sender) = $%u)", p,
		         p);
	}
	if (f->since)
		buf_addf(&q->sql, " AND i.received_at >= $%u", bind(q, db_int(f->since)));
	if (f->until)
		buf_addf(&q->sql, " AND i.received_at < $%u", bind(q, db_int(f->until)));
}

/* Up to `limit` rows below `before`. */
static enum err page(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct intake_filter *f, int64_t before, int limit, struct intake **out,
                     size_t *n, struct error *e)
{
	struct args q = {.engine = db_conn_engine(c)};
	buf_init(&q.sql, 0);
	buf_addz(&q.sql, SELECT_LIST);
	add_visible(&q, actor);
	conditions(&q, f);
	if (before)
		buf_addf(&q.sql, " AND i.id < $%u", bind(&q, db_int(before)));
	buf_addf(&q.sql, " ORDER BY i.id DESC LIMIT $%u", bind(&q, db_int(limit)));
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

enum err intake_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct intake_filter *f, struct intake **out, size_t *n, int64_t *next,
                     struct error *e)
{
	VEC(struct intake) v = {0};
	int64_t before = f->before, number = 0, seen = 0;
	str words = f->q, folded = text_fold(a, f->q);
	bool more = true;
	enum err err = ERR_OK;
	if (words.n && words.p[0] == '#')
		words = str_from(words, 1);
	(void)str_to_i64(words, &number);
	*next = 0;
	/* Words are compared here, folded: the engines do not fold alike, and no copy of what
	 * people wrote is kept for it. So many rows are looked through that a page is quick. */
	while (!err && more && v.n < (size_t)f->limit && seen < INTAKE_LOOK_MOST) {
		struct intake *rows;
		size_t got;
		int want = f->q.n ? LOOK_AT_ONCE : f->limit + 1;
		err = page(a, c, actor, f, before, want, &rows, &got, e);
		more = !err && got == (size_t)want;
		seen += (int64_t)got;
		for (size_t i = 0; !err && i < got; i++) {
			if (v.n == (size_t)f->limit) {
				more = true;
				break;
			}
			before = rows[i].id;
			if (!f->q.n || has_words(a, f, folded, number, &rows[i]))
				*vec_push(a, &v) = rows[i];
		}
	}
	if (more)
		*next = before;
	*out = v.p;
	*n = v.n;
	return err;
}

enum err intake_own(struct db_conn *tx, int64_t id, int64_t owner_id, usec now, struct error *e)
{
	return db_exec(tx, &Q_INTAKE_OWN,
	               DB_ARGS(db_int(id), db_id(owner_id), owner_id ? db_int(now) : db_null()),
	               NULL, e);
}

enum err intake_house_names(struct arena *a, struct db_conn *c, struct house_name **out, size_t *n,
                            struct error *e)
{
	VEC(struct house_name) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_HOUSE_NAMES, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) =
		    (struct house_name){.of_person = str_is(db_get_str(&r, 0), "account"),
		                        .name = db_dup_str(a, &r, 1)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
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
