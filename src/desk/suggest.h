/* suggest.h: what helps with a ticket: the same customer's near-duplicates, solved tickets like it,
 * articles that probably answer.
 *
 * Only what the actor sees, masked. Articles are ranked by an index that is kept in memory
 * (struct shelf) and built anew when a published article has changed.
 */
#ifndef OTKLIK_DESK_SUGGEST_H
#define OTKLIK_DESK_SUGGEST_H

#include "desk/desk.h"
#include "store/ticket.h"

struct suggest_duplicate {
	struct ticket_row ticket;
	double score; /* 0..1 */
	str *words;   /* rare ones that both have */
	size_t n_words;
	bool differs; /* each names a number that the other has not */
	str *missing; /* kinds of facts asked for there and still open */
	size_t n_missing;
};
struct suggest_similar {
	struct ticket_row ticket;
	double score; /* 0..1 */
	str question, answer;
	int64_t answer_id; /* message; 0 = none */
	str *words;
	size_t n_words;
};
struct suggest_article {
	int64_t id;
	str title, snippet, language;
	double score; /* 0..1: how probably it answers */
	str *words;
	size_t n_words;
};
struct suggestions {
	struct suggest_duplicate *duplicates;
	size_t n_duplicates;
	struct suggest_similar *similar;
	size_t n_similar;
	struct suggest_article *articles;
	size_t n_articles;
	str corrected; /* what was looked for instead of q; "" = q itself */
};
/* Right ticket.read. q: other words than the customer's (then no duplicates), "" = the ticket's
 * own. Where the search finds nothing by q and something by what was probably meant (another
 * keyboard layout, a typing error), it is that. limit 0: 5 of each. */
enum err desk_suggest(const struct desk *d, struct arena *a, struct db_conn *c,
                      const struct actor *actor, int64_t ticket_id, str q, int limit,
                      struct suggestions *out, struct error *e) MUST_USE;

#endif
