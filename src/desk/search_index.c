/* search_index.c: the index follows the event log, and indexes old messages anew. See search.h.
 *
 * An event that tells of an article has all articles compared with their entries, and what differs
 * indexed, before the cursor passes it.
 */
#include <stdatomic.h>
#include <xxhash.h>

#include "base/vec.h"
#include "desk/search.h"
#include "events/event.h"
#include "json/read.h"
#include "store/ids.h"

enum {
	STEP = 192,      /* events, or old messages */
	KNOWN = 1 << 15, /* words remembered: one place a hash value, the later word takes it */
};

struct search_indexer {
	const struct desk *desk;
	struct db *db;
	struct stemmer *stemmer;
	uint64_t known[KNOWN]; /* words that stand in search_word */
	int64_t version;       /* of the words when they were remembered */
	atomic_bool ending;
	bool articles_seen; /* none are left from before they were indexed */
};

struct search_indexer *search_indexer_new(const struct desk *d, struct db *db)
{
	struct search_indexer *x = xcalloc(1, sizeof *x);
	x->desk = d;
	x->db = db;
	x->stemmer = stemmer_new(NULL);
	return x;
}

void search_indexer_free(struct search_indexer *x)
{
	if (!x)
		return;
	stemmer_free(x->stemmer);
	free(x);
}

enum err desk_search_behind(struct db_conn *c, int64_t *out, struct error *e)
{
	int64_t at, head;
	enum err err = event_cursor_get(c, SEARCH_CURSOR, &at, e);
	if (err || (err = event_head(c, &head, e)))
		return err;
	*out = head > at ? head - at : 0;
	return ERR_OK;
}

enum err desk_search_unindexed(struct db_conn *c, int64_t *out, struct error *e)
{
	return event_cursor_get(c, SEARCH_OLD, out, e);
}

/* ---- what one step puts into the index ---- */

struct step {
	struct search_indexer *x;
	const char *cursor;
	int64_t at, to; /* of the cursor */
	struct search_entry *entries;
	size_t n;
	str words;  /* JSON: those that may be new */
	bool moved; /* somebody else's step came first: prepared in vain */
	struct {
		uint64_t *p;
		size_t n, cap;
	} hashes; /* of words */
};

static uint64_t hash_of(str w)
{
	uint64_t h = XXH3_64bits(w.p, w.n);
	return h + !h;
}

/* The different words of the entries that are not known to be noted. */
static void new_words(struct arena *a, struct step *s)
{
	VEC(str) v = {0};
	for (size_t i = 0; i < s->n; i++) {
		str rest = s->entries[i].words, w;
		while (rest.n && str_split(&rest, ' ', &w)) {
			uint64_t h = hash_of(w), *slot = &s->x->known[h & (KNOWN - 1)];
			if (*slot == h)
				continue;
			/* Forgotten again if the step should fail. */
			*slot = h;
			*vec_push(a, &s->hashes) = h;
			*vec_push(a, &v) = w;
		}
	}
	s->words = v.n ? strs_to_json(a, v.p, v.n) : STR_NONE;
}

static void forget(struct step *s)
{
	for (size_t i = 0; i < s->hashes.n; i++)
		s->x->known[s->hashes.p[i] & (KNOWN - 1)] = 0;
}

static enum err begin(struct db_conn *c, struct step *s, struct error *e)
{
	int64_t version;
	enum err err = event_cursor_get(c, s->cursor, &s->at, e);
	if (err || (err = search_words_version(c, &version, e)))
		return err;
	if (version != s->x->version)
		memset(s->x->known, 0, sizeof s->x->known);
	s->x->version = version;
	s->to = s->at;
	return ERR_OK;
}

static enum err prepare(struct arena *a, struct db_conn *c, struct step *s, const int64_t *ids,
                        size_t n, struct error *e)
{
	struct terms terms;
	search_terms_init(&terms, c, s->x->stemmer);
	s->entries = ARENA_ARRAY(a, n, struct search_entry);
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < n; i++)
		err = search_prepare(a, c, &terms, ids[i], &s->entries[s->n++], e);
	terms_release(&terms);
	new_words(a, s);
	return err;
}

static enum err run_step(void *arg, struct db_conn *tx, struct error *e)
{
	struct step *s = arg;
	int64_t at, version;
	ARENA_AUTO a = arena_new();
	/* Two processes must not index the same messages. */
	enum err err = db_lock(tx, "search", 1, e);
	if (err || (err = event_cursor_get(tx, s->cursor, &at, e)) ||
	    (err = search_words_version(tx, &version, e)))
		return err;
	/* Words that were forgotten meanwhile may be some of those that count as known. */
	s->moved = at != s->at || version != s->x->version;
	if (s->moved)
		return ERR_OK;
	err = search_index_prepared(a, tx, s->entries, s->n, e);
	if (!err && s->words.n)
		err = search_note_words(tx, s->words, e);
	return err ? err : event_cursor_set(tx, s->cursor, s->to, clock_now(s->x->desk->clock), e);
}

static enum err write_step(struct step *s, struct error *e)
{
	enum err err = db_write(s->x->db, run_step, s, e);
	if (err || s->moved)
		forget(s);
	return err;
}

/* ---- articles ---- */

struct article_step {
	struct clock *clock;
	struct search_article_entry *entries;
	size_t n;
	bool ended; /* there are no more */
};

static enum err run_articles(void *arg, struct db_conn *tx, struct error *e)
{
	const struct article_step *s = arg;
	int64_t left;
	ARENA_AUTO a = arena_new();
	enum err err = db_lock(tx, "search", 1, e);
	for (size_t i = 0; !err && i < s->n; i++)
		err = search_index_article(a, tx, &s->entries[i], e);
	if (err || !s->ended || (err = event_cursor_get(tx, SEARCH_ARTICLES, &left, e)) || !left)
		return err;
	return event_cursor_set(tx, SEARCH_ARTICLES, 0, clock_now(s->clock), e);
}

/* All whose entry is not that of their version. */
static enum err index_articles(struct search_indexer *x, struct error *e)
{
	struct article_step s = {.clock = x->desk->clock};
	enum err err = ERR_OK;
	while (!err && !s.ended && !atomic_load(&x->ending)) {
		ARENA_AUTO a = arena_new();
		struct terms terms;
		struct db_conn *c;
		if ((err = db_read_begin(x->db, &c, e)))
			break;
		search_terms_init(&terms, c, x->stemmer);
		err = search_article_due(a, c, &terms, &s.entries, &s.n, e);
		terms_release(&terms);
		db_read_end(x->db, c);
		s.ended = s.n == 0;
		if (!err)
			err = db_write(x->db, run_articles, &s, e);
	}
	return err;
}

/* Those that were there before there was an index of them. */
static enum err left_articles(struct search_indexer *x, struct error *e)
{
	int64_t left = 0;
	struct db_conn *c;
	if (x->articles_seen)
		return ERR_OK;
	enum err err = db_read_begin(x->db, &c, e);
	if (err)
		return err;
	err = event_cursor_get(c, SEARCH_ARTICLES, &left, e);
	db_read_end(x->db, c);
	if (!err && left)
		err = index_articles(x, e);
	x->articles_seen = !err && !atomic_load(&x->ending);
	return err;
}

/* ---- after the log ---- */

/* On a snapshot, so that the writer is not kept from other work by reading and folding texts.
 * *more: there are further events; *articles: some tell of articles. */
static enum err prepare_events(struct arena *a, struct db_conn *c, struct step *s, bool *more,
                               bool *articles, struct error *e)
{
	struct event *ev;
	size_t n, n_ids = 0;
	int limit = s->x->desk->search_batch ? s->x->desk->search_batch : STEP;
	*more = *articles = false;
	enum err err = begin(c, s, e);
	if (err || (err = event_read(a, c, s->at, limit, &ev, &n, e)) || !n)
		return err;
	int64_t *ids = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++) {
		const struct json *data;
		if (ev[i].type != EVENT_MESSAGE_ADDED && ev[i].type != EVENT_ADMIN_CHANGED)
			continue;
		if (json_parse(a, ev[i].data, NULL, &data, NULL))
			continue; /* not ours to judge: event_verify will */
		if (ev[i].type == EVENT_ADMIN_CHANGED)
			*articles |= str_is(json_get_str(data, "object", STR_NONE), "article");
		else if ((ids[n_ids] = json_get_i64(data, "message_id", 0)))
			n_ids++;
	}
	s->to = ev[n - 1].id;
	*more = n == (size_t)limit;
	return prepare(a, c, s, ids, n_ids, e);
}

enum err search_indexer_catch_up(struct search_indexer *x, int *steps, struct error *e)
{
	bool more = true, articles = false;
	int n = 0;
	enum err err = left_articles(x, e);
	while (!err && more && !atomic_load(&x->ending)) {
		ARENA_AUTO a = arena_new();
		struct step s = {.x = x, .cursor = SEARCH_CURSOR};
		struct db_conn *c;
		if ((err = db_read_begin(x->db, &c, e)))
			break;
		err = prepare_events(a, c, &s, &more, &articles, e);
		db_read_end(x->db, c);
		if (!err && articles)
			err = index_articles(x, e);
		bool halted = articles && atomic_load(&x->ending); /* not all of them, perhaps */
		if (err || halted)
			forget(&s);
		if (err || halted || s.to == s.at)
			break;
		err = write_step(&s, e);
		more |= s.moved;
		n += !err;
	}
	if (steps)
		*steps = n;
	return err;
}

void search_indexer_end(struct search_indexer *x)
{
	atomic_store(&x->ending, true);
}

/* ---- older ones ---- */

enum err search_indexer_older(struct search_indexer *x, bool *more, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct step s = {.x = x, .cursor = SEARCH_OLD};
	struct db_conn *c;
	int64_t *ids;
	size_t n = 0;
	*more = false;
	enum err err = db_read_begin(x->db, &c, e);
	if (err)
		return err;
	if (!(err = begin(c, &s, e)) && s.at > 0 &&
	    !(err = search_old_ids(a, c, s.at, STEP, &ids, &n, e))) {
		s.to = n ? ids[0] - 1 : 0;
		err = prepare(a, c, &s, ids, n, e);
	}
	db_read_end(x->db, c);
	if (err)
		forget(&s);
	if (err || s.at <= 0)
		return err;
	err = write_step(&s, e);
	*more = !err && (s.to > 0 || s.moved);
	return err;
}

enum err desk_search_catch_up(const struct desk *d, struct db *db, int *steps, struct error *e)
{
	struct search_indexer *x = search_indexer_new(d, db);
	bool more = true;
	enum err err = search_indexer_catch_up(x, steps, e);
	while (!err && more)
		err = search_indexer_older(x, &more, e);
	search_indexer_free(x);
	return err;
}
