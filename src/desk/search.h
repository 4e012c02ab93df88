/* search.h: tickets by words, fields, number or address (text/query.h), with customers and articles
 * beside them; the index behind the log.
 */
#ifndef OTKLIK_DESK_SEARCH_H
#define OTKLIK_DESK_SEARCH_H

#include "desk/desk.h"
#include "store/contact.h"
#include "store/search.h"
#include "store/ticket.h"

struct search_ask {
	str q;
	str cursor;   /* of the page before; "" = the first */
	int limit;    /* of tickets: 1..50; 0 = 20 */
	bool best;    /* exact forms and fresh ones first, among the newest; else newest first */
	int articles; /* at most: 1..50; 0 = 5 */
};

struct search_item {
	struct ticket_row ticket;
	int64_t message_id;   /* 0 = found by number, address or fields */
	str subject, snippet; /* found words marked */
};
struct search_article_hit {
	int64_t id, brand_id; /* 0 = of all brands */
	str language, state;  /* published, or draft */
	str title, snippet;   /* found words marked */
};
struct search_result {
	struct search_item *items;
	size_t n;
	str next;
	struct contact *contacts; /* on the first page, when only words are asked for; masked */
	size_t n_contacts;
	struct search_article_hit *articles; /* as contacts, the best first */
	size_t n_articles;
	bool more_articles; /* than were asked for */
	int64_t behind;     /* events not indexed yet */
	int64_t unindexed;  /* messages that are still to be indexed anew */
	str suggestion;     /* another query that finds something, where this one finds little */
	bool corrected;     /* tickets and articles are those of the suggestion */
	bool no_words;      /* nothing but signs, or only what shall not be there */
	bool only_without;  /* words that shall not be there, and none to look for: left aside */
	str unknown, meant; /* as of struct query */
	size_t left_out;    /* words and fields above the limit, not looked for */
};
/* Right ticket.read, masked. "#123" or a number: that ticket first; an address or phone: the
 * tickets of whose it is first; then messages, one hit a ticket on a page. Only fields: tickets by
 * their last message. ERR_INVALID with field "q" as query_parse, and "error.query_value"
 * (arg = the item, among = the values that there are) for one that a field does not have. */
enum err desk_search_by(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, const struct search_ask *ask,
                        struct search_result *out, struct error *e) MUST_USE;
static inline MUST_USE enum err desk_search(const struct desk *d, struct arena *a,
                                            struct db_conn *c, const struct actor *actor, str q,
                                            str cursor, int limit, struct search_result *out,
                                            struct error *e)
{
	struct search_ask ask = {.q = q, .cursor = cursor, .limit = limit};
	return desk_search_by(d, a, c, actor, &ask, out, e);
}

/* The fields of a query as conditions. */
enum err desk_search_filter(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, str text, const struct query *q,
                            struct search_filter *out, struct error *e) MUST_USE;
/* Adds to out the articles that a query finds and the actor sees: published ones of its brands and
 * of all brands, drafts for those who may change them. */
enum err desk_search_articles(struct arena *a, struct db_conn *c, const struct actor *actor,
                              struct stemmer *stemmer, const struct query *q, size_t max,
                              struct search_result *out, struct error *e) MUST_USE;
/* Another query for one that finds little: mistyped words, the other keyboard layout, Latin
 * letters. Only words of the index, which need not be visible: ask before showing it. */
enum err desk_search_suggest(struct arena *a, struct db_conn *c, str text, const struct query *q,
                             str *out, struct error *e) MUST_USE;

/* ---- the index (search_index.c) ---- */

/* Events that the index has not seen. */
enum err desk_search_behind(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;
/* Messages that are to be indexed anew, about. */
enum err desk_search_unindexed(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;

/* What one indexer keeps between its steps: stems and words it has seen. */
struct search_indexer;
struct search_indexer *search_indexer_new(const struct desk *d, struct db *db);
void search_indexer_free(struct search_indexer *x); /* NULL is fine */
/* Runs steps as jobs of the writer until the index is level. Blocking: called by
 * a background thread after each commit. *steps may be NULL: steps made. */
enum err search_indexer_catch_up(struct search_indexer *x, int *steps, struct error *e) MUST_USE;
/* A search_indexer_catch_up that runs ends after its step; from any thread, and for good. */
void search_indexer_end(struct search_indexer *x);
/* One small step of indexing older messages anew; *more: there are further ones. */
enum err search_indexer_older(struct search_indexer *x, bool *more, struct error *e) MUST_USE;
/* Both, with an indexer of its own, until there is nothing to do. */
enum err desk_search_catch_up(const struct desk *d, struct db *db, int *steps,
                              struct error *e) MUST_USE;

#endif
