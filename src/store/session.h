/* session.h: open sessions. Only the SHA-256 of a token is stored.
 *
 * expires_at is the earlier of the idle and the absolute end: noting use moves
 * it on, never past the absolute end.
 */
#ifndef OTKLIK_STORE_SESSION_H
#define OTKLIK_STORE_SESSION_H

#include "store/account.h"

struct session {
	int64_t id, account_id;
	str rights_mask; /* JSON array of rights that remain; "" = all of the role's */
	usec created_at, seen_at, expires_at, ended_at;
	str user_agent, peer;
};

/* The 32 bytes under which a token is stored, in a. */
str session_token_hash(struct arena *a, str token);

enum err session_insert(struct db_conn *tx, const struct session *session, str token_hash,
                        int64_t *id, struct error *e) MUST_USE;
/* The session with its account, in one question. ERR_NOT_FOUND when there is none; ended and
 * expired ones are found. */
enum err session_actor(struct arena *a, struct db_conn *c, str token_hash, struct session *out,
                       struct account_actor *account, struct error *e) MUST_USE;
enum err session_get(struct arena *a, struct db_conn *c, int64_t id, struct session *out,
                     struct error *e) MUST_USE;
/* The open ones of an account, last used first. */
enum err session_list(struct arena *a, struct db_conn *c, int64_t account_id, usec now,
                      struct session **out, size_t *n, struct error *e) MUST_USE;
enum err session_touch(struct db_conn *tx, int64_t id, usec now, usec expires_at,
                       struct error *e) MUST_USE;
/* *ended: false when it was not open. */
enum err session_end(struct db_conn *tx, int64_t id, usec now, bool *ended,
                     struct error *e) MUST_USE;
/* Ends the account's open sessions but one (0: all); their ids come in a. */
enum err session_end_others(struct arena *a, struct db_conn *tx, int64_t account_id, int64_t but,
                            usec now, int64_t **ids, size_t *n, struct error *e) MUST_USE;
/* Removes rows that ended or expired before `before`. */
enum err session_purge(struct db_conn *tx, usec before, int64_t *n, struct error *e) MUST_USE;

#endif
