/* session.h: signing in and out, one-time codes, one's own account.
 *
 * Invariants
 *  - Each try is counted before the password is looked at, in a transaction of
 *    its own, so that tries side by side cannot outrun the throttle.
 *  - A wrong password, an unknown address, an account switched off and one
 *    without password cost the same time and give the same answer.
 *  - Only the SHA-256 of a token is stored; an empty one never matches.
 *  - A changed password ends every other session of the account.
 */
#ifndef OTKLIK_DESK_SESSION_H
#define OTKLIK_DESK_SESSION_H

#include "desk/desk.h"
#include "store/account.h"
#include "store/session.h"

struct desk_signin {
	/* The caller's: live as long as the structure. */
	str email, password;
	str totp;             /* "" when none was given */
	str peer, user_agent; /* peer: the address without port */
	/* What prepare found out, for commit. */
	int64_t account_id;
	str password_hash; /* as it was when checked */
	str new_hash;      /* "" unless the stored one is outdated */
	int64_t totp_step; /* 0: no code is needed */
};

/* The slow half, on a thread that may block: counts the try, checks password
 * and code. ERR_AUTH "error.signin" (wrong address or password),
 * "error.totp_needed" (field "totp"; the password was right), "error.totp_wrong" (field "totp"),
 * ERR_THROTTLED with retry_after. No connection may be held: it uses d->db. */
enum err desk_signin_prepare(const struct desk *d, struct arena *a, struct desk_signin *s,
                             struct error *e) MUST_USE;
/* The other half, in a transaction: opens the session. *token (in a):
 * what the cookie holds. ERR_AUTH "error.signin" when the account changed in between. */
enum err desk_signin_commit(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct desk_signin *s, str *token, struct actor *out,
                            struct error *e) MUST_USE;

/* Ends the actor's session. Nothing happens without one. */
enum err desk_signout(const struct desk *d, struct arena *a, struct db_conn *tx,
                      const struct actor *actor, struct error *e) MUST_USE;
/* The actor's open sessions, last used first. */
enum err desk_session_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, struct session **out, size_t *n,
                           struct error *e) MUST_USE;
/* Ends one of them. ERR_NOT_FOUND for others' sessions. */
enum err desk_session_end(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct error *e) MUST_USE;
/* Notes that the session or token is in use and moves the idle end; when actor_touch_due. */
enum err desk_session_touch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, struct error *e) MUST_USE;

/* ---- one's own account ---- */

/* NULL: stays. */
struct desk_me_patch {
	const str *name, *language, *theme, *signature;
};
/* The actor's own account. ERR_AUTH when the actor is no account. */
enum err desk_me(const struct desk *d, struct arena *a, struct db_conn *tx,
                 const struct actor *actor, struct account *out, struct error *e) MUST_USE;
enum err desk_me_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, const struct desk_me_patch *patch,
                       struct account *out, struct error *e) MUST_USE;

/* A proof of the password, in two halves like signing in, throttled by the account. */
struct desk_password {
	str old_password;
	str new_password;   /* "" when only the proof is needed */
	bool revoke_tokens; /* with the new password: take away the account's API tokens */
	/* What prepare found out. */
	str old_hash, new_hash;
};
/* Blocks. ERR_DENIED "error.password_wrong" (field "old_password" or
 * "password"), ERR_INVALID (field "new_password"), ERR_THROTTLED. Holds no connection: uses d->db.
 */
enum err desk_password_prepare(const struct desk *d, struct arena *a, const struct actor *actor,
                               struct desk_password *p, struct error *e) MUST_USE;
/* Sets the new password, ends every other session of the account, and where it is asked for
 * takes away its API tokens. */
enum err desk_password_commit(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct desk_password *p,
                              struct error *e) MUST_USE;

/* A new secret, kept aside until desk_totp_confirm; after desk_password_prepare with new_password
 * "", or whoever finds a screen unlocked could lock its owner out. Not by API token. */
enum err desk_totp_begin(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, const struct desk_password *p, str *secret,
                         str *uri, struct error *e) MUST_USE;
/* Switches one-time codes on. ERR_INVALID "error.totp_wrong" (field "code"). */
enum err desk_totp_confirm(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, str code, struct error *e) MUST_USE;
/* Switches them off, after desk_password_prepare with new_password "". */
enum err desk_totp_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_password *p,
                          struct error *e) MUST_USE;

/* ---- invitations: also the reset of a password ---- */

/* ERR_NOT_FOUND "error.invitation" for an unknown, used or expired token. Reads only. */
enum err desk_invitation_get(const struct desk *d, struct arena *a, struct db_conn *tx, str token,
                             struct account *out, struct error *e) MUST_USE;
struct desk_accept {
	str token, password;
	str hash; /* what prepare made */
};
/* Blocks: checks the token, hashes the password. ERR_INVALID (field "password"). Holds no
 * connection: uses d->db. */
enum err desk_invitation_prepare(const struct desk *d, struct arena *a, struct desk_accept *s,
                                 struct error *e) MUST_USE;
/* Sets the password, ends the account's sessions, takes away its API tokens, uses the
 * invitation up. */
enum err desk_invitation_commit(const struct desk *d, struct arena *a, struct db_conn *tx,
                                const struct desk_accept *s, struct account *out,
                                struct error *e) MUST_USE;

#endif
