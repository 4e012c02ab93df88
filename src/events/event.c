/* event.c: the log is written at the end of a batch, in one piece. See event.h.
 *
 * Each event of a batch is a hook; the first hook asks for one more, which
 * runs last and, under the log's lock, numbers, chains and inserts all of them.
 */
#include "events/event.h"

#include <assert.h>

#include "base/buf.h"
#include "base/vec.h"
#include "json/write.h"
#include "store/queries_gen.h"
#include "store/system.h"
#include "sys/digest.h"

#define COLUMNS 11
#define ROWS_MAX 16 /* of one INSERT: 176 parameters; a power of two */
#define VERIFY_PAGE 1000

struct pending {
	usec at;
	enum event_type type;
	struct event_about about;
	str actor, data;
};

struct batch {
	VEC(const struct pending *) events;
};

/* ---- adding ---- */

static str actor_text(struct arena *a, const struct actor *actor)
{
	switch (actor->kind) {
	case ACTOR_ACCOUNT:
		return str_printf(a, "account:%lld", (long long)actor->account_id);
	case ACTOR_CONTACT:
		return str_printf(a, "contact:%lld", (long long)actor->account_id);
	case ACTOR_SYSTEM:
		return STR("system");
	case ACTOR_NOBODY:
		break;
	}
	return STR("nobody");
}

static bool declared(const struct event_type_info *info, const char *key)
{
	for (int i = 0; i < info->n_keys; i++)
		if (strcmp(info->keys[i], key) == 0)
			return true;
	return false;
}

static str data_text(struct arena *a, const struct event_type_info *info,
                     const struct event_datum *data, size_t n)
{
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_object(&w);
	for (size_t i = 0; i < n; i++) {
		assert(declared(info, data[i].key));
		jw_key(&w, str_of(data[i].key));
		if (data[i].is_text)
			jw_str(&w, data[i].s);
		else
			jw_i64(&w, data[i].i);
	}
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

static enum err flush(struct db_conn *tx, void *arg, struct error *e);

static enum err collect(struct db_conn *tx, void *arg, struct error *e)
{
	(void)e;
	struct arena *a = db_batch_arena(tx);
	void **slot = db_batch_slot(tx);
	if (!*slot) {
		*slot = ARENA_NEW(a, struct batch);
		db_at_batch_end(tx, flush, *slot);
	}
	struct batch *b = *slot;
	*vec_push(a, &b->events) = arg;
	return ERR_OK;
}

void event_add(struct db_conn *tx, usec at, const struct actor *actor, enum event_type type,
               struct event_about about, const struct event_datum *data, size_t n)
{
	assert(type < EVENT_TYPE_COUNT);
	struct arena *a = db_batch_arena(tx);
	struct pending *p = ARENA_NEW(a, struct pending);
	*p = (struct pending){.at = at,
	                      .type = type,
	                      .about = about,
	                      .actor = actor_text(a, actor),
	                      .data = data_text(a, event_type_info(type), data, n)};
	db_at_batch_end(tx, collect, p);
}

bool event_waits_by_account(const struct db_conn *tx, int64_t ticket_id)
{
	const struct pending *p;
	for (size_t n = 0; (p = db_at_batch_end_nth(tx, collect, n)); n++)
		if (p->about.ticket_id == ticket_id && str_starts(p->actor, STR("account:")))
			return true;
	return false;
}

/* ---- the chain ---- */

static void add_number(struct buf *b, int64_t n)
{
	buf_add_i64(b, n);
	buf_addc(b, '\n');
}

static void add_text(struct buf *b, str s)
{
	buf_add(b, s);
	buf_addc(b, '\n');
}

/* The row as it is digested: fields by lines, 0 for none. None of them can
 * hold a line end (names, numbers, JSON from our own writer). */
static void digest_row(str previous, const struct event *ev, uint8_t out[DIGEST_SHA256_SIZE])
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_add(&b, previous);
	add_number(&b, ev->id);
	add_number(&b, ev->schema);
	add_number(&b, ev->at);
	add_text(&b, ev->type_name);
	add_text(&b, str_of(event_audience_name(ev->audience)));
	add_text(&b, ev->actor);
	add_number(&b, ev->ticket_id);
	add_number(&b, ev->line_id);
	add_number(&b, ev->brand_id);
	buf_add(&b, ev->data);
	digest_sha256(buf_str(&b), out);
}

/* Where the chain stands: the last id and digest, or 0 and the installation's own id. */
static enum err chain_end(struct arena *a, struct db_conn *c, int64_t *id, str *digest,
                          struct error *e)
{
	struct db_rows r;
	*id = 0;
	db_rows_open(&r, c, &Q_EVENT_LAST, DB_NO_ARGS);
	if (db_rows_next(&r)) {
		*id = db_get_int(&r, 0);
		*digest = db_dup_str(a, &r, 1);
	}
	enum err err = db_rows_close(&r, e);
	return err || *id ? err : system_get(a, c, SYSTEM_INSTANCE_ID, digest, e);
}

static enum err insert_rows(struct db_conn *tx, const struct db_val *v, size_t rows,
                            struct error *e)
{
	if (rows == 1)
		return db_exec(tx, &Q_EVENT_INSERT, (struct db_args){v, COLUMNS}, NULL, e);
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "INSERT INTO event (id, schema, at, type, audience, actor, ticket_id, "
	             "line_id, brand_id, data, digest) VALUES ");
	unsigned p = 0;
	for (size_t i = 0; i < rows; i++) {
		buf_addz(&b, i ? ", (" : "(");
		for (int k = 0; k < COLUMNS; k++)
			buf_addf(&b, k ? ", $%u" : "$%u", ++p);
		buf_addc(&b, ')');
	}
	return db_exec_text(tx, buf_str(&b), (struct db_args){v, rows * COLUMNS}, NULL, e);
}

static enum err flush(struct db_conn *tx, void *arg, struct error *e)
{
	struct batch *b = arg;
	struct arena *a = db_batch_arena(tx);
	int64_t id;
	str previous;
	enum err err = db_lock(tx, "event", 0, e);
	if (!err)
		err = chain_end(a, tx, &id, &previous, e);
	size_t n = b->events.n;
	struct db_val *vals = ARENA_ARRAY(a, n * COLUMNS, struct db_val), *v = vals;
	for (size_t i = 0; !err && i < n; i++) {
		const struct pending *p = b->events.p[i];
		const struct event_type_info *info = event_type_info(p->type);
		id++;
		struct event ev = {.id = id,
		                   .schema = info->schema,
		                   .at = p->at,
		                   .type_name = str_of(info->name),
		                   .audience = info->audience,
		                   .actor = p->actor,
		                   .ticket_id = p->about.ticket_id,
		                   .line_id = p->about.line_id,
		                   .brand_id = p->about.brand_id,
		                   .data = p->data};
		uint8_t *digest = arena_alloc(a, DIGEST_SHA256_SIZE);
		digest_row(previous, &ev, digest);
		previous = str_n((const char *)digest, DIGEST_SHA256_SIZE);
		*v++ = db_int(ev.id);
		*v++ = db_int(ev.schema);
		*v++ = db_int(ev.at);
		*v++ = db_text(ev.type_name);
		*v++ = db_text(str_of(event_audience_name(ev.audience)));
		*v++ = db_text(ev.actor);
		*v++ = db_id(ev.ticket_id);
		*v++ = db_id(ev.line_id);
		*v++ = db_id(ev.brand_id);
		*v++ = db_text(ev.data);
		*v++ = db_blob(previous);
	}
	/* In powers of two, so that few statements are prepared and kept. */
	for (size_t done = 0, rows = ROWS_MAX; !err && done < n; done += rows) {
		while (rows > n - done)
			rows /= 2;
		err = insert_rows(tx, vals + done * COLUMNS, rows, e);
	}
	return err;
}

/* ---- reading ---- */

static void read_event(struct arena *a, struct db_rows *r, struct event *out)
{
	*out = (struct event){
	    .id = db_get_int(r, 0),
	    .schema = (int)db_get_int(r, 1),
	    .at = db_get_int(r, 2),
	    .type_name = db_dup_str(a, r, 3),
	    .audience = event_audience_by_name(db_get_str(r, 4)),
	    .actor = db_dup_str(a, r, 5),
	    .ticket_id = db_get_int(r, 6),
	    .line_id = db_get_int(r, 7),
	    .brand_id = db_get_int(r, 8),
	    .data = db_dup_str(a, r, 9),
	};
	out->type = event_type_by_name(out->type_name);
}

static enum err read_all(struct arena *a, struct db_conn *c, const struct db_query *q,
                         struct db_args args, struct event **out, size_t *n, struct error *e)
{
	VEC(struct event) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, q, args);
	while (db_rows_next(&r))
		read_event(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err event_read(struct arena *a, struct db_conn *c, int64_t after, int limit,
                    struct event **out, size_t *n, struct error *e)
{
	return read_all(a, c, &Q_EVENT_AFTER, DB_ARGS(db_int(after), db_int(limit)), out, n, e);
}

static bool sees_all(const struct actor *actor)
{
	return actor->kind != ACTOR_NOBODY && actor->all_lines && actor->all_brands;
}

enum err event_read_visible(struct arena *a, struct db_conn *c, const struct actor *actor,
                            int64_t ticket_id, int64_t after, int limit, struct event **out,
                            size_t *n, struct error *e)
{
	struct db_val scope = db_text(actor->scope), all = db_int(sees_all(actor)),
	              leads = db_int(actor_may(actor, RIGHT_LEAD_READ)),
	              system = db_int(actor_may(actor, RIGHT_ADMIN_SYSTEM));
	if (ticket_id)
		return read_all(a, c, &Q_EVENT_TICKET_VISIBLE,
		                DB_ARGS(db_int(ticket_id), db_int(after), db_int(limit), scope, all,
		                        leads, system),
		                out, n, e);
	return read_all(a, c, &Q_EVENT_AFTER_VISIBLE,
	                DB_ARGS(db_int(after), db_int(limit), scope, all, leads, system), out, n,
	                e);
}

bool event_visible(const struct event *ev, const struct actor *actor)
{
	if (ev->audience == AUDIENCE_LEADS && !actor_may(actor, RIGHT_LEAD_READ))
		return false;
	if (ev->audience == AUDIENCE_SYSTEM && !actor_may(actor, RIGHT_ADMIN_SYSTEM))
		return false;
	return ev->line_id ? actor_sees(actor, ev->line_id, ev->brand_id) : sees_all(actor);
}

enum err event_head(struct db_conn *c, int64_t *id, struct error *e)
{
	return db_one_int(c, &Q_EVENT_HEAD, DB_NO_ARGS, id, e);
}

/* One page of the chain. *id moves on; previous is the digest so far. */
static enum err verify_page(struct arena *a, struct db_conn *c, int64_t *id,
                            uint8_t previous[DIGEST_SHA256_SIZE], str *before, size_t *seen,
                            int64_t *bad, struct error *e)
{
	struct db_rows r;
	*seen = 0;
	db_rows_open(&r, c, &Q_EVENT_CHAIN, DB_ARGS(db_int(*id), db_int(VERIFY_PAGE)));
	while (db_rows_next(&r)) {
		struct event ev;
		uint8_t digest[DIGEST_SHA256_SIZE];
		read_event(a, &r, &ev);
		digest_row(*before, &ev, digest);
		if (!str_eq(db_get_str(&r, 10), str_n((const char *)digest, DIGEST_SHA256_SIZE)) &&
		    !*bad)
			*bad = ev.id;
		memcpy(previous, digest, sizeof digest);
		*before = str_n((const char *)previous, DIGEST_SHA256_SIZE);
		*id = ev.id;
		++*seen;
	}
	return db_rows_close(&r, e);
}

enum err event_verify(struct db_conn *c, int64_t *checked, int64_t *bad, struct error *e)
{
	ARENA_AUTO keep = arena_new();
	uint8_t previous[DIGEST_SHA256_SIZE];
	str before;
	int64_t id = 0;
	*checked = *bad = 0;
	enum err err = system_get(keep, c, SYSTEM_INSTANCE_ID, &before, e);
	for (size_t seen = VERIFY_PAGE; !err && !*bad && seen == VERIFY_PAGE;
	     *checked += (int64_t)seen) {
		ARENA_AUTO a = arena_new();
		err = verify_page(a, c, &id, previous, &before, &seen, bad, e);
	}
	return err;
}

enum err event_cursor_get(struct db_conn *c, const char *name, int64_t *id, struct error *e)
{
	struct db_rows r;
	*id = 0;
	db_rows_open(&r, c, &Q_EVENT_CURSOR_GET, DB_ARGS(db_text(str_of(name))));
	if (db_rows_next(&r))
		*id = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

enum err event_cursor_set(struct db_conn *tx, const char *name, int64_t id, usec now,
                          struct error *e)
{
	return db_exec(tx, &Q_EVENT_CURSOR_SET,
	               DB_ARGS(db_text(str_of(name)), db_int(id), db_int(now)), NULL, e);
}
