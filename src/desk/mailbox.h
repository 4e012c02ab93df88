/* mailbox.h: mailboxes whose letters are fetched, and OAuth2 credentials: admin.inboxes.
 *
 * In the patches NULL means "stays"; on creating, what is NULL takes its default or
 * is ERR_INVALID "error.required" with the field. A given version that has
 * moved on is ERR_CONFLICT "error.stale". Passwords, secrets and tokens can never be read
 * again; "" removes one. A mailbox is seen by who sees its inbox.
 */
#ifndef OTKLIK_DESK_MAILBOX_H
#define OTKLIK_DESK_MAILBOX_H

#include "desk/desk.h"
#include "store/mailbox.h"
#include "store/oauth.h"

struct desk_mailbox_patch {
	const int64_t *version;
	const int64_t *inbox_id, *port;
	const int64_t *oauth_id; /* 0: none */
	const str *host, *tls, *username, *auth, *password, *folder, *after;
	const bool *take_old, *active;
};
enum err desk_mailbox_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, struct mailbox **out, size_t *n,
                           struct error *e) MUST_USE;
enum err desk_mailbox_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct mailbox *out,
                          struct error *e) MUST_USE;
enum err desk_mailbox_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct desk_mailbox_patch *patch,
                             struct mailbox *out, struct error *e) MUST_USE;
/* Another server, name or folder is read from its beginning; what is known does not double.
 * Another server, port or name, or no TLS any more, forgets the password unless one is given. */
enum err desk_mailbox_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id,
                            const struct desk_mailbox_patch *patch, struct mailbox *out,
                            struct error *e) MUST_USE;
/* Nothing of what was taken in, and nothing on the server, is removed. */
enum err desk_mailbox_delete(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, struct error *e) MUST_USE;

struct desk_oauth_patch {
	const int64_t *version;
	const str *name, *token_url, *client_id, *client_secret, *scope, *refresh_token;
	const str *hosts; /* servers that are shown its tokens, by spaces or commas */
};
enum err desk_oauth_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct oauth_credential **out, size_t *n,
                         struct error *e) MUST_USE;
enum err desk_oauth_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_oauth_patch *patch,
                           struct oauth_credential *out, struct error *e) MUST_USE;
/* Another token_url forgets secret and refresh token unless they are given. A server is added
 * to the hosts only by who knows the consent: with a refresh token, else ERR_INVALID
 * "error.required". */
enum err desk_oauth_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id,
                          const struct desk_oauth_patch *patch, struct oauth_credential *out,
                          struct error *e) MUST_USE;
/* May tokens of credential id be shown to this server, by this mode of TLS? ERR_INVALID: the
 * credential is named by field. */
enum err desk_oauth_check(struct arena *a, struct db_conn *tx, int64_t id, str host, str tls,
                          const char *field, struct error *e) MUST_USE;
/* ERR_CONFLICT "error.in_use" while something uses it. */
enum err desk_oauth_delete(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id, struct error *e) MUST_USE;
/* Mailboxes and credentials that need a person now, for the strip: 0 for who cannot mend them. */
enum err desk_mailbox_trouble(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t *n, struct error *e) MUST_USE;

#endif
