/* secret.h: passwords, and small secrets that the database keeps closed (libsodium). */
#ifndef OTKLIK_SYS_SECRET_H
#define OTKLIK_SYS_SECRET_H

#include "base/err.h"
#include "base/str.h"

/* argon2id, 19 MiB, 2 passes, 1 lane (OWASP's smallest): about 25 ms of one
 * core and 19 MiB for each call, so callers bound how many run at once. */
#define PASSWORD_MAX 1024 /* bytes */
/* The hash with its parameters as text ("$argon2id$v=19$m=19456,t=2,p=1$..."),
 * in the arena. ERR_INVALID "error.too_long" past PASSWORD_MAX. */
enum err password_hash(struct arena *a, str password, str *out, struct error *e) MUST_USE;
/* True when it fits. *needs_rehash (may be NULL): the stored hash has other
 * parameters than password_hash would use today, so store a new one now. An
 * empty or foreign hash fits nothing, and costs as much as a wrong password,
 * so that the time does not tell whether an account exists. */
bool password_verify(str hash, str password, bool *needs_rehash);

/* A box closes small secrets (a mailbox's password, a TOTP seed) before they
 * go to the database: XChaCha20-Poly1305 with a key that lies in a file beside
 * it and so in no dump. `context` names what the secret is for ("inbox.7.smtp")
 * and must be the same when it is opened: a box moved elsewhere does not open. */
struct secret_key {
	uint8_t bytes[32];
};
/* Reads the key file (64 hex digits). When it is absent and `create` is set, a
 * new key is written first (mode 0600, synced). ERR_IO, or ERR_INVALID when
 * the file holds something else or others may read it. */
enum err secret_key_load(const char *path, bool create, struct secret_key *out,
                         struct error *e) MUST_USE;
/* Text of ASCII characters: "b1." and base64url. */
str secret_seal(struct arena *a, const struct secret_key *key, str context, str secret);
/* False when the box was made with another key or context, or is damaged. */
bool secret_open(struct arena *a, const struct secret_key *key, str context, str box, str *secret);
/* For what secret_open does not open: ERR_CONFLICT "error.secret_locked"; what and id to the log.
 */
enum err secret_locked(struct error *e, const char *what, int64_t id);
/* A key for a purpose of its own from the master key (BLAKE2b keyed by it). */
void secret_derive(const struct secret_key *key, str purpose, struct secret_key *out);

#endif
