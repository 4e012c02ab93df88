/* token.h: API tokens of accounts. Only the SHA-256 of a token is stored. */
#ifndef OTKLIK_STORE_TOKEN_H
#define OTKLIK_STORE_TOKEN_H

#include "db/db.h"

struct token {
	int64_t id, account_id;
	str hint, name;
	uint64_t rights;
	bool all_lines, all_brands; /* true: all that the account sees */
	const int64_t *lines, *brands;
	size_t n_lines, n_brands;
	usec created_at, expires_at, used_at, revoked_at; /* 0 = none */
};

enum err token_insert(struct arena *a, struct db_conn *tx, const struct token *token,
                      str token_hash, int64_t *id, struct error *e) MUST_USE;
enum err token_by_hash(struct arena *a, struct db_conn *c, str token_hash, struct token *out,
                       struct error *e) MUST_USE;
enum err token_get(struct arena *a, struct db_conn *c, int64_t id, struct token *out,
                   struct error *e) MUST_USE;
/* Those not revoked, newest first. */
enum err token_list(struct arena *a, struct db_conn *c, int64_t account_id, struct token **out,
                    size_t *n, struct error *e) MUST_USE;
enum err token_touch(struct db_conn *tx, int64_t id, usec now, struct error *e) MUST_USE;
/* *revoked: false when it was revoked before. */
enum err token_revoke(struct db_conn *tx, int64_t id, usec now, bool *revoked,
                      struct error *e) MUST_USE;
/* *n: how many there were. */
enum err token_revoke_all(struct db_conn *tx, int64_t account_id, usec now, int64_t *n,
                          struct error *e) MUST_USE;

#endif
