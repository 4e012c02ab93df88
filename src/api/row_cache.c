/* row_cache.c: see row_cache.h. A table of sets of a few places each; in a full set the row that
 * was not asked for longest gives way. */
#include "api/row_cache.h"

#include <pthread.h>

enum { WAYS = 4, SETS = ROW_CACHE_ROWS / WAYS, EVENTS_MAX = 1000 };

static const str UNREAD[2] = {{"\"unread\":false", 14}, {"\"unread\":true", 13}};

struct row {
	int64_t id; /* 0: the place is free */
	enum lang lang;
	int64_t version, contact_id, line_id, brand_id, last_message_id;
	int64_t at;       /* the head of the snapshot on which it was made */
	uint64_t used;    /* row_cache.uses when it was asked for last */
	size_t n, unread; /* where UNREAD stands, and how long that is */
	size_t unread_end;
	char *json;
};

struct row_cache {
	pthread_mutex_t lock;
	int64_t upto; /* events are known up to this one; 0: none yet */
	int64_t rare; /* the newest that took out all */
	uint64_t uses;
	struct row rows[SETS][WAYS];
};

struct row_cache *row_cache_new(void)
{
	struct row_cache *k = xcalloc(1, sizeof *k);
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

static void drop(struct row *r)
{
	free(r->json);
	*r = (struct row){.id = 0};
}

static void drop_all(struct row_cache *k)
{
	for (size_t i = 0; i < ROW_CACHE_ROWS; i++)
		if (k->rows[i / WAYS][i % WAYS].id)
			drop(&k->rows[i / WAYS][i % WAYS]);
}

void row_cache_free(struct row_cache *k)
{
	if (!k)
		return;
	drop_all(k);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static struct row *set_of(struct row_cache *k, int64_t id)
{
	return k->rows[(uint64_t)id % SETS]; /* ids are given in order: evenly spread */
}

static struct row *find(struct row_cache *k, int64_t id, enum lang lang)
{
	struct row *set = set_of(k, id);
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].id == id && set[i].lang == lang)
			return &set[i];
	return NULL;
}

static void drop_ticket(struct row_cache *k, int64_t id)
{
	struct row *set = set_of(k, id);
	for (size_t i = 0; id && i < WAYS; i++)
		if (set[i].id == id)
			drop(&set[i]);
}

static void drop_contact(struct row_cache *k, int64_t id)
{
	for (size_t i = 0; i < ROW_CACHE_ROWS; i++) {
		struct row *r = &k->rows[i / WAYS][i % WAYS];
		if (r->id && r->contact_id == id)
			drop(r);
	}
}

/* "contact_id" of data like {"contact_id":7,"field":"name"}; 0 when it is not there. */
static int64_t contact_of(str data)
{
	str key = STR("\"contact_id\":");
	ptrdiff_t at = str_find(data, key);
	int64_t id = 0;
	for (size_t i = at < 0 ? data.n : (size_t)at + key.n;
	     i < data.n && data.p[i] >= '0' && data.p[i] <= '9' && id < INT64_MAX / 16; i++)
		id = id * 10 + (data.p[i] - '0');
	return id;
}

static void apply(struct row_cache *k, const struct event *ev)
{
	drop_ticket(k, ev->ticket_id);
	switch (ev->type) {
	case EVENT_TICKET_CREATED:
	case EVENT_TICKET_CHANGED:
	case EVENT_TICKET_MOVED_AWAY:
	case EVENT_TICKET_FILES_ERASED:
	case EVENT_MESSAGE_ADDED:
	case EVENT_MESSAGE_CANCELLED:
	case EVENT_MESSAGE_DELIVERY:
	case EVENT_MESSAGE_REDACTED:
	case EVENT_TICKET_SENSED:
	case EVENT_TICKET_CATEGORIZED:
	case EVENT_DECISION_UNDONE:
	case EVENT_FACT_CHANGED:
	case EVENT_THREAD_CREATED:
	case EVENT_PARTICIPANT_CHANGED: /* of the ticket and nothing else */
		if (!ev->ticket_id)
			drop_all(k);
		return;
	case EVENT_CONTACT_CHANGED: {
		int64_t id = contact_of(ev->data);
		if (id)
			drop_contact(k, id);
		else
			drop_all(k);
		return;
	}
	case EVENT_CONTACT_CREATED: /* nothing shows it yet */
	case EVENT_INTAKE_RECORDED:
	case EVENT_INTAKE_DECIDED:
	case EVENT_INTAKE_OWNED:
	case EVENT_SESSION_CREATED:
	case EVENT_SESSION_ENDED:
	case EVENT_SESSION_REFUSED:
	case EVENT_EXPORT_MADE:
	case EVENT_JOB_DEAD:
	case EVENT_MAILBOX_STATE: /* in no row */
		return;
	default:
		drop_all(k);
		k->rare = ev->id;
	}
}

void row_cache_apply(struct row_cache *k, const struct event *ev)
{
	pthread_mutex_lock(&k->lock);
	apply(k, ev);
	if (k->upto < ev->id)
		k->upto = ev->id;
	pthread_mutex_unlock(&k->lock);
}

enum err row_cache_follow(struct row_cache *k, struct arena *a, struct db_conn *c, int64_t head,
                          struct error *e)
{
	pthread_mutex_lock(&k->lock);
	int64_t from = k->upto;
	pthread_mutex_unlock(&k->lock);
	if (head <= from)
		return ERR_OK;
	struct event *events = NULL;
	size_t n = 0;
	bool far = !from || head - from > EVENTS_MAX;
	if (!far) {
		enum err err = event_read(a, c, from, EVENTS_MAX, &events, &n, e);
		if (err)
			return err;
	}
	pthread_mutex_lock(&k->lock);
	if (far && k->upto < head) {
		drop_all(k);
		k->rare = head;
	}
	for (size_t i = 0; i < n; i++)
		if (events[i].id > k->upto) /* another thread may have been faster */
			apply(k, &events[i]);
	if (k->upto < head)
		k->upto = head;
	pthread_mutex_unlock(&k->lock);
	return ERR_OK;
}

int64_t row_cache_mark(struct row_cache *k, int64_t head)
{
	pthread_mutex_lock(&k->lock);
	int64_t mark = head <= k->upto && k->rare <= head ? k->rare : 0;
	pthread_mutex_unlock(&k->lock);
	return mark;
}

static str copy(struct arena *a, const struct row *r, bool unread)
{
	size_t n = r->n - (r->unread_end - r->unread) + UNREAD[unread].n;
	char *p = arena_alloc(a, n), *q = p + r->unread;
	memcpy(p, r->json, r->unread);
	memcpy(q, UNREAD[unread].p, UNREAD[unread].n);
	memcpy(q + UNREAD[unread].n, r->json + r->unread_end, r->n - r->unread_end);
	return str_n(p, n);
}

size_t row_cache_find(struct row_cache *k, struct arena *a, const struct actor *actor,
                      enum lang lang, const struct ticket_key *keys, size_t n, int64_t head,
                      str *rows)
{
	size_t missing = 0;
	bool reads = actor->kind == ACTOR_ACCOUNT;
	pthread_mutex_lock(&k->lock);
	for (size_t i = 0; i < n; i++) {
		struct row *r = find(k, keys[i].id, lang);
		if (r && r->version == keys[i].version && r->at <= head &&
		    actor_sees(actor, r->line_id, r->brand_id)) {
			r->used = ++k->uses;
			rows[i] = copy(a, r, reads && keys[i].read < r->last_message_id);
		} else {
			rows[i] = STR_NONE;
			missing++;
		}
	}
	pthread_mutex_unlock(&k->lock);
	return missing;
}

void row_cache_keep(struct row_cache *k, const struct ticket_row *row, enum lang lang, str json,
                    int64_t head)
{
	/* Quotes inside of texts are escaped, so this is the key. */
	str word = UNREAD[row->unread];
	ptrdiff_t at = str_find(json, word);
	if (at < 0 || json.n > ROW_CACHE_ROW_BYTES)
		return;
	pthread_mutex_lock(&k->lock);
	/* Events between that snapshot and now may have been about it. */
	if (head == k->upto) {
		struct row *r = find(k, row->t.id, lang);
		struct row *set = set_of(k, row->t.id);
		for (size_t i = 0; !r && i < WAYS; i++)
			if (!set[i].id)
				r = &set[i];
		if (!r) {
			r = set;
			for (size_t i = 1; i < WAYS; i++)
				if (set[i].used < r->used)
					r = &set[i];
		}
		char *copy = memcpy(xmalloc(json.n), json.p, json.n);
		drop(r);
		*r = (struct row){.id = row->t.id,
		                  .lang = lang,
		                  .version = row->t.version,
		                  .contact_id = row->t.contact_id,
		                  .line_id = row->t.line_id,
		                  .brand_id = row->t.brand_id,
		                  .last_message_id = row->t.last_message_id,
		                  .at = head,
		                  .used = ++k->uses,
		                  .n = json.n,
		                  .unread = (size_t)at,
		                  .unread_end = (size_t)at + word.n,
		                  .json = copy};
	}
	pthread_mutex_unlock(&k->lock);
}
