/* shelf.h: what suggestions are looked up in, kept in memory: the published articles, and the
 * newest solved tickets with an answer.
 *
 * Built by a background thread, used by any number of others: whoever looks takes the book of that
 * moment, which lives until they give it back. The indexes hold words only to compare; what is
 * shown is read from the database, by what the reader may see.
 */
#ifndef OTKLIK_DESK_SHELF_H
#define OTKLIK_DESK_SHELF_H

#include "db/db.h"
#include "learn/rank.h"

enum shelf_kind { SHELF_ARTICLES, SHELF_TICKETS, SHELF_KINDS };

struct shelf;
struct shelf_book {
	struct rank_index *index; /* ids are those of the rows */
	int refs;                 /* the shelf's own */
};

struct shelf *shelf_new(void) __attribute__((returns_nonnull));
void shelf_free(struct shelf *s); /* NULL is fine */
/* Builds anew what has changed: articles at once, tickets every ten minutes. Blocking; by one
 * thread at a time. */
enum err shelf_refresh(struct shelf *s, struct db *db, usec now, struct error *e) MUST_USE;
/* NULL: there is none yet, or s is NULL. Given back by shelf_give. */
struct shelf_book *shelf_take(struct shelf *s, enum shelf_kind kind);
void shelf_give(struct shelf *s, struct shelf_book *b); /* NULL is fine */
/* Bytes of the indexes. */
size_t shelf_memory(struct shelf *s);

#endif
