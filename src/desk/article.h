/* article.h: the handbook: read with ticket.read, imported with article.edit. */
#ifndef OTKLIK_DESK_ARTICLE_H
#define OTKLIK_DESK_ARTICLE_H

#include "desk/desk.h"
#include "store/article.h"

/* Of the brands that the actor sees and of all brands, without bodies; drafts and archived ones
 * only for those who may change them. At most `limit` (0: 100), ids above `after`; *next: go on
 * above this id, 0 = that was all. */
enum err desk_article_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t after, int limit, str state,
                           str language, int64_t brand_id, struct article **out, size_t *n,
                           int64_t *next, struct error *e) MUST_USE;
enum err desk_article_get(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t id, struct article *out,
                          struct error *e) MUST_USE;

struct article_input {
	int64_t brand_id; /* 0 = all */
	str language, slug, title, body, state,
	    source; /* slug "": of the title; state "": published */
	const str *questions;
	size_t n_questions;
};
struct article_imported {
	int64_t added, changed, same;
};
/* Each by brand, language and slug: new, changed, or the same as it was. At most 200 at once.
 * Errors name the item: "items.3.title". */
enum err desk_article_import(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct article_input *items, size_t n,
                             struct article_imported *out, struct error *e) MUST_USE;

#endif
