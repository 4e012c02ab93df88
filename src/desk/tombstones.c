/* tombstones.c: what was erased after a backup was made is erased again after
 * it was restored. See privacy.h.
 *
 * Contacts, tickets and messages that are younger than a tombstone are left
 * alone: a restored installation gives the same ids to others. What is not
 * there is nothing to erase.
 */
#include "desk/privacy_internal.h"
#include "json/read.h"
#include "store/blob_doomed.h"
#include "store/search.h"
#include "store/system.h"

enum { STEP = 100 };

struct again {
	const struct desk *d;
	struct arena *a;
	const struct tombstone *t;
	struct id_list ids;
	size_t from, to; /* of ids: for this transaction */
	int64_t contact; /* or one contact ... */
	int64_t run;     /* ... and its run */
	bool more;
};

static enum err read_list(struct arena *a, str data, struct id_list *out, struct error *e)
{
	const struct json *j;
	struct json_limits limits = {.bytes = (size_t)1 << 20, .values = 200000};
	enum err err = json_parse(a, data, &limits, &j, e);
	if (err)
		return err;
	const struct json *list = json_get(j, "ids");
	*out = (struct id_list){ARENA_ARRAY(a, list->n, int64_t), 0};
	for (size_t i = 0; list->kind == JSON_KIND_ARRAY && i < list->n; i++)
		out->p[out->n++] = json_at(list, i)->i;
	return ERR_OK;
}

static enum err some(void *arg, struct db_conn *tx, struct error *e)
{
	struct again *g = arg;
	ARENA_AUTO a = arena_new();
	usec now = clock_now(g->d->clock);
	struct id_list page = {g->ids.p + g->from, g->to - g->from}, left = {0};
	str kind = g->t->kind;
	enum err err;
	if (str_is(kind, "intake"))
		return erase_intake(a, tx, page, g->t->at, now, e);
	if (str_is(kind, "messages")) {
		err = erase_messages_left(a, tx, page, g->t->at, &left, e);
		return err ? err : privacy_erase_messages(a, tx, left, false, now, e);
	}
	err = erase_tickets_left(a, tx, page, g->t->at, &left, e);
	if (str_is(kind, "files")) {
		for (size_t i = 0; !err && i < left.n; i++)
			err = privacy_erase_files(a, tx, left.p[i], false, now, e);
		return err;
	}
	return err ? err : privacy_erase_tickets(a, tx, actor_system(), left, 0, false, now, e);
}

static enum err spans(void *arg, struct db_conn *tx, struct error *e)
{
	struct again *g = arg;
	ARENA_AUTO a = arena_new();
	struct redact_input in;
	struct error why = {0};
	int64_t id;
	enum err err = privacy_spans_read(a, g->t->data, &id, &in, e);
	if (err)
		return err;
	err =
	    privacy_redact(a, tx, actor_system(), id, &in, g->t->at, clock_now(g->d->clock), &why);
	/* Not there yet, erased since, or other words there: nothing of ours to hide. */
	if (err == ERR_NOT_FOUND || err == ERR_CONFLICT || err == ERR_INVALID)
		return ERR_OK;
	if (err && e)
		*e = why;
	return err;
}

static enum err begin_contact(void *arg, struct db_conn *tx, struct error *e)
{
	struct again *g = arg;
	ARENA_AUTO a = arena_new();
	struct contact c;
	struct error why = {0};
	g->run = 0;
	enum err err = contact_get(a, tx, actor_system(), g->contact, &c, &why);
	if (err == ERR_NOT_FOUND || (!err && (c.created_at > g->t->at || c.erased_at)))
		return ERR_OK;
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	struct erasure x = {.kind = STR("restore"),
	                    .contact_id = c.id,
	                    .stage = STR("messages"),
	                    .created_at = g->t->at};
	err = erasure_insert(tx, &x, e);
	g->run = x.id;
	return err;
}

/* The rows at once; index, files and the rest are settled for all together. */
static enum err step_contact(void *arg, struct db_conn *tx, struct error *e)
{
	struct again *g = arg;
	ARENA_AUTO a = arena_new();
	struct erasure x;
	bool more;
	enum err err = desk_erasure_step(g->d, a, tx, g->run, STR(""), &more, e);
	if (err || (err = erasure_get(a, tx, g->run, &x, e)))
		return err;
	g->more = !str_is(x.stage, "log");
	if (g->more)
		return ERR_OK;
	x.stage = STR("done");
	x.finished_at = clock_now(g->d->clock);
	return erasure_update(tx, &x, e);
}

static enum err contacts(struct again *g, struct db *db, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < g->ids.n; i++) {
		g->contact = g->ids.p[i];
		err = db_write(db, begin_contact, g, e);
		g->more = g->run != 0;
		while (!err && g->more)
			err = db_write(db, step_contact, g, e);
	}
	return err;
}

static enum err keep(void *arg, struct db_conn *tx, struct error *e)
{
	struct again *g = arg;
	return tombstone_keep(tx, g->t, e);
}

static enum err apply(struct again *g, struct db *db, struct error *e)
{
	enum err err;
	if (str_is(g->t->kind, "spans"))
		return db_write(db, spans, g, e);
	if ((err = read_list(g->a, g->t->data, &g->ids, e)))
		return err;
	if (str_is(g->t->kind, "contact"))
		return contacts(g, db, e);
	for (g->from = 0; !err && g->from < g->ids.n; g->from = g->to) {
		g->to = g->from + STEP < g->ids.n ? g->from + STEP : g->ids.n;
		err = db_write(db, some, g, e);
	}
	return err;
}

static enum err look(struct arena *a, struct db *db, str uid, bool *known, str *instance,
                     struct error *e)
{
	struct db_conn *c;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
	err = tombstone_known(c, uid, known, e);
	if (!err)
		err = system_get(a, c, SYSTEM_INSTANCE_ID, instance, e);
	db_read_end(db, c);
	return err;
}

enum err desk_tombstones_apply(const struct desk *d, struct db *db, const struct tombstone *list,
                               size_t n, int64_t *applied, struct error *e)
{
	ARENA_AUTO a = arena_new();
	*applied = 0;
	for (size_t i = 0; i < n; i++) {
		struct again g = {.d = d, .a = a, .t = &list[i]};
		bool known;
		str instance;
		arena_clear(a);
		enum err err = look(a, db, list[i].uid, &known, &instance, e);
		if (!err && !str_eq(instance, list[i].instance))
			return error_set(e, ERR_CONFLICT, "error.foreign_tombstones", NULL, NULL);
		if (err || known) {
			if (err)
				return err;
			continue;
		}
		if ((err = apply(&g, db, e)) || (err = db_write(db, keep, &g, e)))
			return err;
		++*applied;
	}
	return ERR_OK;
}

/* ---- the remains ---- */

struct compact {
	bool first, more;
};

static enum err compact(void *arg, struct db_conn *tx, struct error *e)
{
	struct compact *c = arg;
	return search_compact_step(tx, c->first, &c->more, e);
}

enum err desk_privacy_settle(const struct desk *d, struct db *db, struct error *e)
{
	struct compact c = {.first = true, .more = true};
	enum err err = ERR_OK;
	for (; !err && c.more; c.first = false)
		err = db_write(db, compact, &c, e);
	if (!err)
		err = blob_bury(&d->blobs, db, NULL, e);
	if (!err && d->tombstones.n)
		err = tombstone_file_catch_up(db, d->tombstones.p, e);
	return err ? err : desk_privacy_sweep(db, e);
}
