/* oauth.h: rows of oauth_credential: by what we ask a mail provider for access tokens.
 *
 * Secret, refresh token and access token are closed (sys/secret.h); who opens them is
 * mail/oauth.h. One asks for a token at a time: whoever moved lease_until.
 */
#ifndef OTKLIK_STORE_OAUTH_H
#define OTKLIK_STORE_OAUTH_H

#include "db/db.h"

struct oauth_credential {
	int64_t id;
	str name, token_url, client_id, scope;
	str client_secret_box, refresh_token_box, access_token_box; /* "" = none */
	usec expires_at;                                            /* 0: unknown */
	str state;                                                  /* new, ok, failing, consent */
	str error;
	usec error_at, ok_at, lease_until;
	int64_t version;
	str hosts; /* servers that may be shown its tokens: small letters, a space between */
};

/* May this server be shown a token of it? By the whole name, as it is written. */
bool oauth_serves(const struct oauth_credential *o, str host);
/* The contexts of the boxes: what is "secret", "refresh" or "access". */
str oauth_context(struct arena *a, int64_t id, const char *what);

enum err oauth_get(struct arena *a, struct db_conn *c, int64_t id, struct oauth_credential *out,
                   struct error *e) MUST_USE;
/* All, in the order of their ids. */
enum err oauth_list(struct arena *a, struct db_conn *c, struct oauth_credential **out, size_t *n,
                    struct error *e) MUST_USE;
/* Without the boxes, which need the id: oauth_update follows. A name taken:
 * ERR_CONFLICT "error.exists", field "name". */
enum err oauth_insert(struct db_conn *tx, const struct oauth_credential *o, usec now, int64_t *id,
                      struct error *e) MUST_USE;
/* Over version o->version; ERR_CONFLICT "error.stale" when it is another. Forgets the access
 * token and starts anew. */
enum err oauth_update(struct db_conn *tx, const struct oauth_credential *o,
                      struct error *e) MUST_USE;
/* ERR_INVALID "error.no_such_reference" while something uses it. */
enum err oauth_delete(struct db_conn *tx, int64_t id, struct error *e) MUST_USE;

/* The right to ask for a token until then. */
enum err oauth_claim(struct db_conn *tx, const struct oauth_credential *o, usec now, usec until,
                     bool *held, struct error *e) MUST_USE;
/* A token came. refresh_token_box "": the old one stays. *held: false when the row was changed
 * meanwhile; then nothing is stored. lease: the `until` of the claim. */
enum err oauth_renewed(struct db_conn *tx, const struct oauth_credential *o, usec lease,
                       str access_token_box, usec expires_at, str refresh_token_box, usec now,
                       bool *held, struct error *e) MUST_USE;
enum err oauth_failed(struct db_conn *tx, const struct oauth_credential *o, usec lease, str state,
                      str error, usec now, bool *held, struct error *e) MUST_USE;
/* The server did not accept this token: the next one who needs it asks anew. */
enum err oauth_forget(struct db_conn *tx, int64_t id, str access_token_box,
                      struct error *e) MUST_USE;
/* Those that need somebody's consent again. */
enum err oauth_count_bad(struct db_conn *c, int64_t *n, struct error *e) MUST_USE;

#endif
