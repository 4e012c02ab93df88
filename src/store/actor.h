/* actor.h: who acts, and what that lets them see and do.
 *
 * An actor is a parameter of every desk verb. Its rights are those of the role
 * less what the session or token leaves out; its lines and brands are the
 * account's, narrowed by the token. One SQL predicate (@visible in
 * sql/queries, sql_visible() for composed SQL) and its twin in C
 * (actor_sees) decide what is visible (of a ledger row by its ticket: @visible_item), for lists,
 * counts, search, push, attachments and export alike: nothing else may filter by line or brand.
 */
#ifndef OTKLIK_STORE_ACTOR_H
#define OTKLIK_STORE_ACTOR_H

#include "db/db.h"
#include "store/rights_gen.h" /* enum right { RIGHT_TICKET_READ, ... RIGHT_COUNT }, right_name(), right_by_name() */

enum actor_kind {
	ACTOR_NOBODY,  /* not signed in: holds no right */
	ACTOR_ACCOUNT, /* a person, by session or API token */
	ACTOR_CONTACT, /* a customer, acting through a letter */
	ACTOR_SYSTEM,  /* the service itself: intake, jobs, command line; holds every right */
};

struct actor {
	enum actor_kind kind;
	int64_t account_id; /* or contact id for ACTOR_CONTACT */
	int64_t session_id; /* or 0 */
	int64_t token_id;   /* or 0 */
	uint64_t rights;    /* bit 1 << enum right */
	bool all_lines, all_brands;
	const int64_t *lines, *brands; /* sorted; what is visible where not all */
	size_t n_lines, n_brands;
	str scope; /* the same as JSON for the SQL predicate: {"lines":[1]|null,"brands":null} */
	usec expires_at; /* session's or token's end; 0 = none */
	usec seen_at;    /* when the session or token was last noted as used */
	char lang[3];    /* "en" or "ru": the language of errors */
	str name;
};

/* The service itself. Static storage. */
const struct actor *actor_system(void);
/* Nobody, in this language. Static storage. */
const struct actor *actor_nobody(const char *lang);
/* Fills rights-independent scope fields and `scope` from the lists; ids are copied into a and
 * sorted. */
void actor_set_scope(struct arena *a, struct actor *actor, bool all_lines, const int64_t *lines,
                     size_t n_lines, bool all_brands, const int64_t *brands, size_t n_brands);

/* The one place where rights are asked. ERR_AUTH for nobody, ERR_DENIED (key
 * "error.denied", arg = the right's name) otherwise. */
enum err actor_need(const struct actor *actor, enum right right, struct error *e) MUST_USE;
static inline bool actor_may(const struct actor *actor, enum right right)
{
	return actor->kind == ACTOR_SYSTEM || (actor->rights >> right & 1);
}
/* The C twin of @visible. An id of 0 (no line: an installation-wide thing) is visible to actors
 * without restriction only. */
bool actor_sees(const struct actor *actor, int64_t line_id, int64_t brand_id);
/* True when addresses and phones must be shown masked to this actor. */
static inline bool actor_masked(const struct actor *actor)
{
	return !actor_may(actor, RIGHT_CONTACT_REVEAL);
}

/* Who holds this session token (base64url, as in the cookie)? Rights are the
 * role's less the session's mask. ERR_AUTH "error.session_ended" for anything that
 * is not the token of an open session of an active account: empty, blank, damaged,
 * ended, expired. Strings and lists live in a. Reads only. */
enum err actor_from_session(struct arena *a, struct db_conn *c, str token, usec now,
                            struct actor *out, struct error *e) MUST_USE;
/* The same for an API token: rights = role and granted, lines and brands =
 * the account's and the token's. */
enum err actor_from_token(struct arena *a, struct db_conn *c, str token, usec now,
                          struct actor *out, struct error *e) MUST_USE;
/* The same actor as it is now, for long-lived streams: by session_id, token_id
 * or account_id. ERR_AUTH when the session has ended, the token was revoked or
 * the account was switched off. */
enum err actor_refresh(struct arena *a, struct db_conn *c, const struct actor *old, usec now,
                       struct actor *out, struct error *e) MUST_USE;
/* An account as if it acted with all its role's rights: for the command line and tests. */
enum err actor_from_account(struct arena *a, struct db_conn *c, int64_t account_id,
                            struct actor *out, struct error *e) MUST_USE;
/* Should the use of the session or token be noted (desk_session_touch)? At most once a minute. */
bool actor_touch_due(const struct actor *actor, usec now);

#endif
