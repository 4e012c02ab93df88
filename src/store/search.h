/* search.h: the index of messages by their words.
 *
 * Words are runs of letters and digits, folded; both engines see the same
 * ones, cut here (SQLite: FTS5 without content; PostgreSQL: tsvector without a
 * parser). A query is the AND of its words, the last one as a beginning.
 * Nothing in a query is syntax.
 */
#ifndef OTKLIK_STORE_SEARCH_H
#define OTKLIK_STORE_SEARCH_H

#include "db/db.h"
#include "store/actor.h"

#define SEARCH_WORDS_MAX 16 /* of a query; further ones are ignored */
#define SEARCH_WORD_BYTES 64
#define SEARCH_TEXT_BYTES ((size_t)256 << 10) /* of one message that is indexed */

/* The words of a text, folded, in order, at most max (0: no limit). */
void search_words(struct arena *a, str text, size_t max, str **out, size_t *n);

/* Indexes one message (its subject, text, author and names of files). */
enum err search_index_message(struct arena *a, struct db_conn *tx, int64_t message_id,
                              struct error *e) MUST_USE;

/* What a message is found by, made on a reader's snapshot so that the writer only writes it. */
struct search_entry {
	int64_t message_id;
	str words; /* STR_NONE: to be made by the writer, because they may change under it */
};
/* Makes the words, unless the message is not there or has files or blocked out places. */
enum err search_prepare(struct arena *a, struct db_conn *c, int64_t message_id,
                        struct search_entry *out, struct error *e) MUST_USE;
/* As search_index_message, with what was prepared if it still holds. */
enum err search_index_prepared(struct arena *a, struct db_conn *tx,
                               const struct search_entry *entry, struct error *e) MUST_USE;

/* Takes a message out of the index; call it while the message still has the texts it was indexed
 * with. *was: it was in the index (then search_index_message may put it back, changed). */
enum err search_unindex_message(struct arena *a, struct db_conn *tx, int64_t message_id, bool *was,
                                struct error *e) MUST_USE;
/* SQLite's index keeps the words of what was taken out until its segments are merged: one piece
 * of that work. first: begin anew; *more: call again. Nothing to do on PostgreSQL (VACUUM). */
enum err search_compact_step(struct db_conn *tx, bool first, bool *more, struct error *e) MUST_USE;

struct search_hit {
	int64_t message_id, ticket_id;
	str text; /* the message's, for the snippet */
};
/* Visible messages that hold all words, newest first, with an id below `before`
 * (0 = newest). No words: no hits. */
enum err search_messages(struct arena *a, struct db_conn *c, const struct actor *actor,
                         const str *words, size_t n_words, int64_t before, int limit,
                         struct search_hit **out, size_t *n, struct error *e) MUST_USE;
/* Visible tickets of the contact with this mail address or phone, or with a
 * participant of this address, newest first. */
enum err search_by_address(struct arena *a, struct db_conn *c, const struct actor *actor,
                           str address, int limit, int64_t **ids, size_t *n,
                           struct error *e) MUST_USE;

/* A piece of text around the first of the words, in one line, the found words
 * between U+2068 and U+2069. */
str search_snippet(struct arena *a, str text, const str *words, size_t n_words, size_t max_chars);

#endif
