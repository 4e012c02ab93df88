/* oauth.h: access tokens for mail servers (OAuth 2.0, RFC 6749, section 6).
 *
 * A credential holds a refresh token; from it the provider's token endpoint
 * gives access tokens that live an hour or so. One is asked for a few minutes
 * before the old one ends, by one process at a time. A provider that refuses the
 * refresh token ("invalid_grant") wants a person's consent again: the state says
 * so, loudly, and nothing is asked until the credential is entered anew.
 *
 * Secrets and tokens lie closed in the database, go to the token endpoint and to
 * the caller only, never into an error or a log.
 */
#ifndef OTKLIK_MAIL_OAUTH_H
#define OTKLIK_MAIL_OAUTH_H

#include <pthread.h>

#include "db/db.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/secret.h"

#define OAUTH_EXPIRED "error.oauth_consent" /* key of the error that needs a person */

struct oauth {
	struct db *db;
	const struct secret_key *key;
	struct clock *clock;
	struct log *log; /* may be NULL */
	/* Token endpoints inside (127.0.0.1, 10.0.0.0/8) are asked, and by http:// too; without
	 * it https:// to public addresses only. */
	bool allow_private;
	str ca_file;           /* PEM; "": the system's */
	usec early;            /* a token that ends within so long is renewed; 0: 5 minutes */
	int timeout_seconds;   /* of a request; 0: 30 */
	pthread_mutex_t mutex; /* the struct's own */
};

/* After the fields above are filled. */
void oauth_init(struct oauth *o);
void oauth_release(struct oauth *o);

/* A token that is good now, in the arena, to be shown to this mail server and over TLS only: a
 * host that the credential does not name is ERR_AUTH "error.oauth_host", arg: the host. May ask the
 * provider, so blocks, and must not be called within a transaction. ERR_AUTH OAUTH_EXPIRED when a
 * person must consent again (arg: the provider's code); ERR_IO "error.oauth_failed" when the
 * provider cannot be asked, try later; ERR_BUSY when another process is asking at this moment. */
enum err oauth_access_token(struct oauth *o, int64_t credential_id, str host, struct arena *a,
                            str *token, struct error *e) MUST_USE;
/* A server did not accept this token: the next call asks for a new one. */
enum err oauth_token_refused(struct oauth *o, int64_t credential_id, str token,
                             struct error *e) MUST_USE;
/* What is said in AUTHENTICATE XOAUTH2 or AUTH XOAUTH2: base64 of user and token. */
str oauth_xoauth2(struct arena *a, str user, str token);

#endif
