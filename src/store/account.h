/* account.h: the people who work here, their lines and brands, and invitations. */
#ifndef OTKLIK_STORE_ACCOUNT_H
#define OTKLIK_STORE_ACCOUNT_H

#include "store/actor.h"

struct account {
	int64_t id;
	str email, email_norm, name;
	int64_t role_id;
	str role; /* its name */
	uint64_t role_rights;
	str password_hash; /* "" = cannot sign in by password */
	usec password_changed_at;
	str totp_box;      /* sealed secret; "" = off */
	str totp_pending;  /* sealed secret that was not confirmed yet */
	int64_t totp_step; /* last step used */
	bool all_lines, all_brands;
	const int64_t *lines, *brands; /* sorted rows of account_line, account_brand */
	size_t n_lines, n_brands;
	str language, theme, signature;
	bool active;
	usec created_at;
	int64_t version;
};

/* An address as it is compared: trimmed, NFKC and case-folded. */
str account_email_norm(struct arena *a, str email);

/* With lines and brands. ERR_NOT_FOUND when there is none. */
enum err account_get(struct arena *a, struct db_conn *c, int64_t id, struct account *out,
                     struct error *e) MUST_USE;
/* By account_email_norm. */
/* What every request asks of the account behind it; lines and brands only where not all. */
struct account_actor {
	int64_t id;
	str name;
	uint64_t role_rights;
	bool all_lines, all_brands, russian, active;
	const int64_t *lines, *brands;
	size_t n_lines, n_brands;
};
enum err account_actor(struct arena *a, struct db_conn *c, int64_t id, struct account_actor *out,
                       struct error *e) MUST_USE;
/* From the seven columns of account_actor, from c on; without lines and brands, which come after.
 */
void account_read_actor(struct arena *a, struct db_rows *r, int c, struct account_actor *out);
enum err account_actor_places(struct arena *a, struct db_conn *c, struct account_actor *out,
                              struct error *e) MUST_USE;
/* STR_NONE when there is no such account. */
enum err account_name(struct arena *a, struct db_conn *c, int64_t id, str *out,
                      struct error *e) MUST_USE;
enum err account_by_email(struct arena *a, struct db_conn *c, str email_norm, struct account *out,
                          struct error *e) MUST_USE;
/* All, active ones first, by name. */
enum err account_list(struct arena *a, struct db_conn *c, struct account **out, size_t *n,
                      struct error *e) MUST_USE;

/* Without rows of lines and brands. The address taken: ERR_CONFLICT
 * "error.exists", field "email". */
enum err account_insert(struct db_conn *tx, const struct account *account, int64_t *id,
                        struct error *e) MUST_USE;
/* Writes email, name, role, all_lines, all_brands, language, theme, signature, active over version
 * account->version; ERR_CONFLICT "error.stale" when it is another. */
enum err account_update(struct db_conn *tx, const struct account *account,
                        struct error *e) MUST_USE;
/* Replaces the rows. Unknown ids: ERR_INVALID "error.no_such_reference". */
enum err account_set_lines(struct db_conn *tx, int64_t id, const int64_t *lines, size_t n,
                           struct error *e) MUST_USE;
enum err account_set_brands(struct db_conn *tx, int64_t id, const int64_t *brands, size_t n,
                            struct error *e) MUST_USE;
/* These raise the version too. now = 0 keeps password_changed_at (a mere rehash). */
enum err account_set_password(struct db_conn *tx, int64_t id, str hash, usec now,
                              struct error *e) MUST_USE;
/* box "" = off; pending: kept aside, codes are not asked for yet. */
enum err account_set_totp(struct db_conn *tx, int64_t id, str box, bool pending, int64_t step,
                          struct error *e) MUST_USE;
/* Uses up a one-time code: ERR_CONFLICT "error.totp_used" when this or a later step was used. */
enum err account_use_totp_step(struct db_conn *tx, int64_t id, int64_t step,
                               struct error *e) MUST_USE;
/* Active accounts whose role holds every right, other than this one. */
enum err account_count_other_admins(struct arena *a, struct db_conn *c, int64_t id, int64_t *n,
                                    struct error *e) MUST_USE;

/* Ids of the accounts with this role. */
enum err account_ids_of_role(struct arena *a, struct db_conn *c, int64_t role_id, int64_t **out,
                             size_t *n, struct error *e) MUST_USE;

struct account_ref {
	int64_t id;
	str name;
};
/* Active accounts with whom the actor shares this line (0: any of its lines) and a brand, by
 * name. */
enum err account_refs(struct arena *a, struct db_conn *c, const struct actor *actor,
                      int64_t line_id, struct account_ref **out, size_t *n,
                      struct error *e) MUST_USE;

struct invitation {
	int64_t id, account_id;
	usec expires_at, used_at;
};
/* Voids the account's earlier ones. */
enum err invitation_insert(struct db_conn *tx, str token_hash, int64_t account_id, usec now,
                           usec expires_at, struct error *e) MUST_USE;
/* ERR_NOT_FOUND for an unknown hash; used and expired ones are found. */
enum err invitation_by_hash(struct arena *a, struct db_conn *c, str token_hash,
                            struct invitation *out, struct error *e) MUST_USE;
/* ERR_CONFLICT "error.invitation_used" when somebody was faster. */
enum err invitation_use(struct db_conn *tx, int64_t id, usec now, struct error *e) MUST_USE;

#endif
