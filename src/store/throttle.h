/* throttle.h: failed tries, counted by key, with an exponential pause.
 *
 * After `free` failures each further one doubles the pause, from `first` up to
 * `most`. A key that has been quiet for `forget` starts anew.
 */
#ifndef OTKLIK_STORE_THROTTLE_H
#define OTKLIK_STORE_THROTTLE_H

#include "db/db.h"

struct throttle_rule {
	int64_t free;
	usec first, most, forget;
};

struct throttle {
	int64_t failures;
	usec first_at, blocked_until; /* 0 = not blocked */
};

/* All zero when nothing is known of the key. */
enum err throttle_get(struct db_conn *c, str key, struct throttle *out, struct error *e) MUST_USE;
/* ERR_THROTTLED "error.throttled" with retry_after while the key is blocked. */
enum err throttle_check(struct db_conn *c, str key, usec now, struct error *e) MUST_USE;
enum err throttle_fail(struct db_conn *tx, str key, const struct throttle_rule *rule, usec now,
                       struct error *e) MUST_USE;
/* Takes one counted try back, and the pause that it brought: it was none. */
enum err throttle_undo(struct db_conn *tx, str key, struct error *e) MUST_USE;
enum err throttle_clear(struct db_conn *tx, str key, struct error *e) MUST_USE;
/* Counts one use of a key that may be used `most` times in `window`: ERR_THROTTLED past that. */
enum err throttle_count(struct db_conn *tx, str key, int64_t most, usec window, usec now,
                        struct error *e) MUST_USE;
enum err throttle_purge(struct db_conn *tx, usec before, int64_t *n, struct error *e) MUST_USE;

#endif
