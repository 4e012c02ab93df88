/* article.h: rows of the handbook. */
#ifndef OTKLIK_STORE_ARTICLE_H
#define OTKLIK_STORE_ARTICLE_H

#include "db/db.h"

struct article {
	int64_t id, brand_id; /* 0 = of all brands */
	str language, slug, title;
	str body; /* Markdown; left out of lists */
	str *questions;
	size_t n_questions; /* other ways in which it is asked for; left out of lists */
	str state;          /* draft, published, archived */
	str source;
	usec created_at, updated_at;
	int64_t version;
};

/* ERR_NOT_FOUND. */
enum err article_get(struct arena *a, struct db_conn *c, int64_t id, struct article *out,
                     struct error *e) MUST_USE;
/* id 0 when there is none. */
enum err article_find(struct arena *a, struct db_conn *c, int64_t brand_id, str language, str slug,
                      struct article *out, struct error *e) MUST_USE;
/* By id, above `after`, without bodies; state, language "" and brand 0 = any. */
enum err article_list(struct arena *a, struct db_conn *c, int64_t after, int limit, str state,
                      str language, int64_t brand_id, struct article **out, size_t *n,
                      struct error *e) MUST_USE;
/* Published ones with their bodies, by id, above `after`. */
enum err article_published(struct arena *a, struct db_conn *c, int64_t after, int limit,
                           struct article **out, size_t *n, struct error *e) MUST_USE;
/* What differs whenever a published article has changed. */
struct article_stamp {
	int64_t count, newest, versions;
};
enum err article_stamp(struct db_conn *c, struct article_stamp *out, struct error *e) MUST_USE;
/* Sets x->id. ERR_CONFLICT "error.exists" (field "slug"). */
enum err article_insert(struct arena *a, struct db_conn *tx, struct article *x,
                        struct error *e) MUST_USE;
/* Over version x->version: title, body, questions, state, source, updated_at. */
enum err article_update(struct arena *a, struct db_conn *tx, const struct article *x,
                        struct error *e) MUST_USE;

#endif
