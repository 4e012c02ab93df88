/* account.h: people, roles and API tokens, as an administrator changes them.
 *
 * Invariants
 *  - Nobody gives or keeps for others rights that they do not hold themselves: neither by a
 *    role, nor by an account's role, nor by a token.
 *  - At least one active account holds every right.
 *  - A change of role, lines, brands or activity counts at once, for open
 *    sessions and streams too (event account.changed).
 *
 * Each verb asks for its right and answers ERR_DENIED without it. In the patches NULL means
 * "stays"; on creating, what is NULL takes its default or is ERR_INVALID "error.required".
 */
#ifndef OTKLIK_DESK_ACCOUNT_H
#define OTKLIK_DESK_ACCOUNT_H

#include "desk/desk.h"
#include "store/account.h"
#include "store/role.h"
#include "store/token.h"

struct desk_ids {
	const int64_t *p;
	size_t n;
};

struct desk_account_patch {
	const int64_t *version; /* given: ERR_CONFLICT "error.stale" when it has moved on */
	const str *name, *email, *language;
	const int64_t *role_id;
	const bool *all_lines, *all_brands, *active;
	const struct desk_ids *lines, *brands;
};

/* Right admin.users, as all up to the tokens. */
enum err desk_account_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, struct account **out, size_t *n,
                           struct error *e) MUST_USE;
enum err desk_account_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct account *out,
                          struct error *e) MUST_USE;
/* No password yet: see desk_account_invite. */
enum err desk_account_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct desk_account_patch *patch,
                             struct account *out, struct error *e) MUST_USE;
/* ERR_INVALID "error.last_admin" when nobody with every right would be left. */
enum err desk_account_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id,
                            const struct desk_account_patch *patch, struct account *out,
                            struct error *e) MUST_USE;
/* A token for one use by which the person sets a password; earlier ones are void. The edge
 * makes the link. */
enum err desk_account_invite(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, str *token, usec *expires_at,
                             struct error *e) MUST_USE;
/* For somebody who lost the authenticator: switches one-time codes off and ends the sessions. */
enum err desk_account_totp_reset(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, int64_t id, struct error *e) MUST_USE;

/* Active colleagues to choose from (ticket.read): for a line, those who see it
 * (0: any). A line that the actor does not see: ERR_NOT_FOUND. */
enum err desk_colleagues(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t line_id, struct account_ref **out,
                         size_t *n, struct error *e) MUST_USE;

struct desk_role_patch {
	const int64_t *version;
	const str *name;
	const uint64_t *rights;
};
enum err desk_role_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct actor *actor, struct role **out, size_t *n,
                        struct error *e) MUST_USE;
enum err desk_role_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_role_patch *patch,
                          struct role *out, struct error *e) MUST_USE;
/* ERR_INVALID "error.builtin" for a built-in role. */
enum err desk_role_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, const struct desk_role_patch *patch,
                         struct role *out, struct error *e) MUST_USE;

struct desk_token_new {
	str name;
	uint64_t rights;
	const struct desk_ids *lines, *brands; /* NULL: all that the account sees */
	usec expires_at;                       /* 0: never */
};
/* One's own API tokens (right token.manage). *secret: shown this once. A token cannot
 * make another with more rights or lines than it has. */
enum err desk_token_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct token **out, size_t *n,
                         struct error *e) MUST_USE;
enum err desk_token_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_token_new *want,
                           struct token *out, str *secret, struct error *e) MUST_USE;
/* One's own; with admin.users anybody's. */
enum err desk_token_revoke(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id, struct error *e) MUST_USE;

#endif
