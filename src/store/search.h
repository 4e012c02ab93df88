/* search.h: the index of messages and articles by their words.
 *
 * Both engines see the same terms, made here (text/term.h): in SQLite a table of FTS5 without
 * content, whose tokenizer (db/sqlite_fts.h) only cuts them; in PostgreSQL a tsvector without a
 * parser. A query (text/query.h) becomes an expression of quoted terms: nothing of the user's is
 * syntax. Candidates come newest first and are then filtered by what the actor sees and by fields
 * of the ticket, a bounded number of them a call.
 *
 * The words of letters stand once in search_word: short beginnings are looked up by their
 * continuations, and mistyped words find their neighbours. What no message and no article holds any
 * more goes when a message does.
 */
#ifndef OTKLIK_STORE_SEARCH_H
#define OTKLIK_STORE_SEARCH_H

#include "db/db.h"
#include "store/actor.h"
#include "store/search_filter.h"
#include "text/query.h"

#define SEARCH_TEXT_BYTES ((size_t)256 << 10) /* of one message that is indexed */
#define SEARCH_CURSOR "search"                /* events up to it are in the index */
#define SEARCH_OLD "search_old"               /* messages from it down are still to be indexed */

/* ---- writing ---- */

/* What a message is found by, made on a reader's snapshot so that the writer only writes it. */
struct search_entry {
	int64_t message_id;
	bool made; /* false: to be made by the writer, because it may change under it */
	str fields[TERM_FIELDS]; /* as text/term.h writes them for the engine */
	str words;               /* different words of letters, with a space between */
};
enum term_form search_form(const struct db_conn *c);
/* Terms for this engine, with the limits of the index. The stemmer outlives them. */
void search_terms_init(struct terms *t, const struct db_conn *c, struct stemmer *stemmer);

/* Indexes one message (its subject, text, author and names of files) unless it is. */
enum err search_index_message(struct arena *a, struct db_conn *tx, int64_t message_id,
                              struct error *e) MUST_USE;
/* Makes the entry, unless the message is not there or has files or blocked out places. */
enum err search_prepare(struct arena *a, struct db_conn *c, struct terms *t, int64_t message_id,
                        struct search_entry *out, struct error *e) MUST_USE;
/* As search_index_message for each, with what was prepared if it still holds; the words of the
 * entries are the caller's to note (search_note_words). */
enum err search_index_prepared(struct arena *a, struct db_conn *tx,
                               const struct search_entry *entries, size_t n,
                               struct error *e) MUST_USE;
/* Notes words (a JSON array) of what was indexed. */
enum err search_note_words(struct db_conn *tx, str words, struct error *e) MUST_USE;
/* The same of words with a space between two. */
enum err search_note_spaced(struct arena *a, struct db_conn *tx, str words,
                            struct error *e) MUST_USE;

/* Takes a message out of the index; call it while the message still has the texts it was indexed
 * with. *was: it was in the index (then search_index_message may put it back, changed). Words
 * that stood nowhere else are forgotten. */
enum err search_unindex_message(struct arena *a, struct db_conn *tx, int64_t message_id, bool *was,
                                struct error *e) MUST_USE;
/* Grows whenever words were forgotten: whoever remembers words asks for it. */
enum err search_words_version(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;
/* SQLite's index keeps the words of what was taken out until its segments are merged: one piece
 * of that work. first: begin anew; *more: call again. Nothing to do on PostgreSQL (VACUUM). */
enum err search_compact_step(struct db_conn *tx, bool first, bool *more, struct error *e) MUST_USE;

/* ---- articles (search_article.c) ----
 *
 * An entry knows of which version of its article it was made. Archived articles have none. */

#define SEARCH_ARTICLES "search_articles" /* more than 0: there may be articles to be indexed */

struct search_article_entry {
	int64_t id, version;
	str text, subject, words; /* as of struct search_entry; nothing: the article has no entry */
};
/* Some of those whose entry is not that of their version, with the new one. */
enum err search_article_due(struct arena *a, struct db_conn *c, struct terms *t,
                            struct search_article_entry **out, size_t *n, struct error *e) MUST_USE;
/* Writes an entry instead of what there is, if the article is still of that version. */
enum err search_index_article(struct arena *a, struct db_conn *tx,
                              const struct search_article_entry *entry, struct error *e) MUST_USE;

/* The next messages to be indexed anew, ascending, and the cursor behind them. */
enum err search_old_ids(struct arena *a, struct db_conn *c, int64_t upto, int limit, int64_t **ids,
                        size_t *n, struct error *e) MUST_USE;

/* ---- asking ---- */

/* The expression of a query's words; "" when none is positive. exact: only as they were typed. */
enum err search_expression(struct arena *a, struct db_conn *c, const struct query *q, bool exact,
                           str *out, struct error *e) MUST_USE;

struct search_hit {
	int64_t message_id, ticket_id;
	str subject, text; /* the message's, for snippets and ranks; by search_fill, as */
	usec created_at;
};
struct search_page {
	struct search_hit *items;
	size_t n;
	int64_t next; /* go on before this message; 0: that was all */
};
/* Visible messages that fit, newest first, with an id below `before` (0 = newest), at most
 * `limit`. Looks at `most` candidates: there may be more (next) though few were found. */
enum err search_messages(struct arena *a, struct db_conn *c, const struct actor *actor, str expr,
                         const struct search_filter *f, int64_t before, int limit, int most,
                         struct search_page *out, struct error *e) MUST_USE;
/* Subjects and texts of hits (their first 20,000 characters). */
enum err search_fill(struct arena *a, struct db_conn *c, struct search_hit *hits, size_t n,
                     struct error *e) MUST_USE;

/* Visible tickets of the contact with this mail address or phone, or with a
 * participant of this address, newest first. */
enum err search_by_address(struct arena *a, struct db_conn *c, const struct actor *actor,
                           str address, int limit, int64_t **ids, size_t *n,
                           struct error *e) MUST_USE;

struct search_article {
	int64_t id, brand_id; /* 0 = of all brands */
	str language, title, state;
	str text;     /* the first 8,000 characters of its body */
	double worth; /* by the engine: only for comparing those of one answer */
};
/* Articles that fit and that the actor sees, drafts only for those who may change them, the best
 * first. */
enum err search_articles(struct arena *a, struct db_conn *c, const struct actor *actor, str expr,
                         int limit, struct search_article **out, size_t *n,
                         struct error *e) MUST_USE;
/* Is there an article that fits, whoever may see it? */
enum err search_article_any(struct db_conn *c, str expr, bool *out, struct error *e) MUST_USE;

struct contact;
/* Visible contacts by the beginning of an address, phone or name, and those who wrote as somebody
 * of these words; for whoever sees addresses masked by name only. */
enum err search_contacts(struct arena *a, struct db_conn *c, const struct actor *actor, str text,
                         const struct query *q, size_t max, struct contact **out, size_t *n,
                         struct error *e) MUST_USE;

/* Words of the index that a mistyped word may be, the nearest first. */
enum err search_near(struct arena *a, struct db_conn *c, str word, size_t max, str **out, size_t *n,
                     struct error *e) MUST_USE;
/* Is this word, in this form, in the index? */
enum err search_has_word(struct db_conn *c, str word, bool *out, struct error *e) MUST_USE;

#endif
