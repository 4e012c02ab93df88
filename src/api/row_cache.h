/* row_cache.h: rows of ticket lists as the JSON that was answered before.
 *
 * A list asks for the same rows again and again, and making one costs more than finding it. A row
 * is given again only while nothing of what it shows has changed:
 *  - the ticket: by its version, which each change of the row raises, and which comes with every
 *    page (struct ticket_key);
 *  - the contact, its addresses, tags, names of line, brand, category and assignee: by the event
 * log. Whatever changes them records an event in its transaction; events are numbered in the order
 * of their commits, so a snapshot that holds event N holds all before. An event about a ticket or a
 *    contact takes their rows out, one that is not known to change no row takes out all: so it is
 *    in each process, whoever made the change.
 * A row that was made on a newer snapshot than the asker's is not given. How far the account has
 * read comes with the page. Whoever sees masked rows has them made anew, and what is visible is
 * asked for each row: nothing here depends on who asks.
 *
 * Used by several threads.
 */
#ifndef OTKLIK_API_ROW_CACHE_H
#define OTKLIK_API_ROW_CACHE_H

#include "base/lang.h"
#include "events/event.h"
#include "store/ticket.h"

enum {
	ROW_CACHE_ROWS = 8192,      /* kept at most */
	ROW_CACHE_ROW_BYTES = 2048, /* a longer one is not kept */
};

struct row_cache;

struct row_cache *row_cache_new(void);
void row_cache_free(struct row_cache *k); /* NULL is fine */

/* Reads what has happened up to event `head`, the newest on c's snapshot, and forgets those rows.
 * Before row_cache_find and row_cache_keep with this head. */
enum err row_cache_follow(struct row_cache *k, struct arena *a, struct db_conn *c, int64_t head,
                          struct error *e) MUST_USE;
/* The row of each key that is known: rows[i], in the arena; STR_NONE for the others. Returns how
 * many are not known. */
size_t row_cache_find(struct row_cache *k, struct arena *a, const struct actor *actor,
                      enum lang lang, const struct ticket_key *keys, size_t n, int64_t head,
                      str *rows);
/* Keeps a copy of `json`, the row in this language as it was read on a snapshot with this head. */
void row_cache_keep(struct row_cache *k, const struct ticket_row *row, enum lang lang, str json,
                    int64_t head);

/* A number that is the same only for snapshots between which nothing is known to have happened to
 * lines, brands, inboxes, senders, people and legal holds (db_keep_while); 0: nothing is known.
 * After row_cache_follow with this head. */
int64_t row_cache_mark(struct row_cache *k, int64_t head);

/* What an event means for the rows. Apart for its test. */
void row_cache_apply(struct row_cache *k, const struct event *ev);

#endif
