/* merge_moved.c: see merge_moved.h. */
#include "desk/merge_moved.h"

#include "base/buf.h"
#include "json/read.h"
#include "json/write.h"

static const char *const KEY[MOVE_KIND_COUNT] = {"messages", "participants", "threads",
                                                 "tickets",  "identities",   "words"};

static void put_ids(struct jw *w, const char *key, const struct moved_ids *ids)
{
	if (!ids->n)
		return;
	jw_put_array(w, key);
	for (size_t i = 0; i < ids->n; i++)
		jw_i64(w, ids->p[i]);
	jw_end(w);
}

static void put_end(struct jw *w, const char *key, const struct moved_end *end)
{
	jw_put_object(w, key);
	jw_put_z(w, "status", ticket_status_name(end->status));
	jw_put_i64(w, "solved_at", end->solved_at);
	jw_put_i64(w, "closed_at", end->closed_at);
	jw_end(w);
}

str moved_write(struct arena *a, const struct moved *m)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	struct jw w;
	jw_init(&w, &b);
	jw_object(&w);
	for (int k = 0; k < MOVE_KIND_COUNT; k++)
		put_ids(&w, KEY[k], &m->of[k]);
	put_ids(&w, "tags", &m->tags);
	put_end(&w, "from", &m->from);
	put_end(&w, "into", &m->into);
	jw_put_z(&w, "after", ticket_status_name(m->after));
	if (m->decision_id)
		jw_put_i64(&w, "decision", m->decision_id);
	jw_put_bool(&w, "name", m->name);
	jw_put_bool(&w, "note", m->note);
	jw_put_bool(&w, "vip", m->vip);
	jw_put_bool(&w, "language", m->language);
	jw_put_i64(&w, "organisation", m->organisation_id);
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

static struct moved_ids get_ids(struct arena *a, const struct json *j, const char *key)
{
	const struct json *list = json_get(j, key);
	struct moved_ids out = {0};
	if (list->kind != JSON_KIND_ARRAY)
		return out;
	out.p = ARENA_ARRAY(a, list->n, int64_t);
	for (size_t i = 0; i < list->n; i++)
		out.p[out.n++] = list->items[i].i;
	return out;
}

static struct moved_end get_end(const struct json *j, const char *key)
{
	const struct json *o = json_get(j, key);
	struct moved_end end = {.status = TICKET_OPEN,
	                        .solved_at = json_get_i64(o, "solved_at", 0),
	                        .closed_at = json_get_i64(o, "closed_at", 0)};
	if (!ticket_status_by_name(json_get_str(o, "status", STR_NONE), &end.status))
		end.status = TICKET_OPEN;
	return end;
}

enum err moved_read(struct arena *a, str json, struct moved *out, struct error *e)
{
	const struct json *j;
	struct json_limits limits = {.bytes = (size_t)256 << 20, .values = 20000000};
	if (json_parse(a, json, &limits, &j, NULL) || j->kind != JSON_KIND_OBJECT)
		return error_detail(e, ERR_INTERNAL, "merge: its record cannot be read");
	*out = (struct moved){.after = TICKET_OPEN};
	for (int k = 0; k < MOVE_KIND_COUNT; k++)
		out->of[k] = get_ids(a, j, KEY[k]);
	out->tags = get_ids(a, j, "tags");
	out->from = get_end(j, "from");
	out->into = get_end(j, "into");
	if (!ticket_status_by_name(json_get_str(j, "after", STR_NONE), &out->after))
		out->after = TICKET_OPEN;
	out->decision_id = json_get_i64(j, "decision", 0);
	out->name = json_get_bool(j, "name", false);
	out->note = json_get_bool(j, "note", false);
	out->vip = json_get_bool(j, "vip", false);
	out->language = json_get_bool(j, "language", false);
	out->organisation_id = json_get_i64(j, "organisation", 0);
	return ERR_OK;
}

/* The ids are ascending: they were read so. */
static bool ids_overlap(const struct moved_ids *x, const struct moved_ids *y)
{
	for (size_t i = 0, j = 0; i < x->n && j < y->n;) {
		if (x->p[i] == y->p[j])
			return true;
		if (x->p[i] < y->p[j])
			i++;
		else
			j++;
	}
	return false;
}

bool moved_overlap(const struct moved *x, const struct moved *y)
{
	for (int k = 0; k < MOVE_KIND_COUNT; k++)
		if (ids_overlap(&x->of[k], &y->of[k]))
			return true;
	return false;
}
