/* line.h: themed queues and their members.
 *
 * A row of account_line means "member of the line". For an account that is
 * restricted to its lines (all_lines = 0) it is also what it may see.
 */
#ifndef OTKLIK_STORE_LINE_H
#define OTKLIK_STORE_LINE_H

#include "db/db.h"
#include "store/account.h"

struct line {
	int64_t id;
	str name;
	int64_t level; /* 1 or 2 */
	str description;
	int64_t position;
	bool active;
	int64_t version;
	struct account_ref *members; /* by line_list only */
	size_t n_members;
};

enum err line_get(struct arena *a, struct db_conn *c, int64_t id, struct line *out,
                  struct error *e) MUST_USE;
/* All, by position, with members. */
enum err line_list(struct arena *a, struct db_conn *c, struct line **out, size_t *n,
                   struct error *e) MUST_USE;
enum err line_insert(struct db_conn *tx, const struct line *line, usec now, int64_t *id,
                     struct error *e) MUST_USE;
/* Over version line->version; ERR_CONFLICT "error.stale" when it is another. */
enum err line_update(struct db_conn *tx, const struct line *line, struct error *e) MUST_USE;
enum err line_members(struct arena *a, struct db_conn *c, int64_t id, int64_t **out, size_t *n,
                      struct error *e) MUST_USE;
enum err line_set_members(struct db_conn *tx, int64_t id, const int64_t *accounts, size_t n,
                          struct error *e) MUST_USE;

#endif
