/* people.h: what the files about people share; not for others. */
#ifndef OTKLIK_DESK_PEOPLE_H
#define OTKLIK_DESK_PEOPLE_H

#include "desk/desk.h"
#include "events/event.h"
#include "store/account.h"
#include "store/session.h"
#include "store/token.h"

usec people_signin_window(const struct desk *d);
str people_throttle_key(struct arena *a, const char *what, str of);
str people_totp_context(struct arena *a, int64_t account_id);
/* The earlier of idle and absolute end. */
usec people_session_end(const struct desk *d, usec created, usec now);

/* ERR_AUTH unless the actor is an account. */
enum err people_self(const struct actor *actor, struct error *e) MUST_USE;
/* Rights and scope of the account are within the actor's: ERR_DENIED otherwise. */
enum err people_covers(const struct actor *actor, const struct account *ac,
                       struct error *e) MUST_USE;
/* As people_self, and by a session: an API token cannot change how its owner signs in. */
enum err people_in_person(const struct actor *actor, struct error *e) MUST_USE;
enum err people_lock(struct db_conn *tx, int64_t account_id, struct error *e) MUST_USE;
void people_session_ended(struct db_conn *tx, usec now, const struct actor *actor,
                          int64_t account_id, const char *reason);
/* Ends the account's sessions but one (0: all), with the event. */
enum err people_end_sessions(struct arena *a, struct db_conn *tx, const struct actor *actor,
                             int64_t account_id, int64_t but, usec now, const char *reason,
                             struct error *e) MUST_USE;
/* Takes away every API token of the account and says so in the log. */
enum err people_revoke_tokens(struct db_conn *tx, const struct actor *actor, int64_t account_id,
                              usec now, struct error *e) MUST_USE;
void people_account_changed(struct db_conn *tx, usec now, const struct actor *actor,
                            int64_t account_id, const char *field);
void people_admin_changed(struct db_conn *tx, usec now, const struct actor *actor,
                          const char *object, int64_t id, const char *field);
/* Blocks: counts the try and compares. *hash: the stored hash it fits. ERR_DENIED
 * "error.password_wrong". */
enum err people_prove_password(const struct desk *d, struct arena *a, const struct actor *actor,
                               str password, const char *field, str *hash,
                               struct error *e) MUST_USE;
/* Long enough, not too long, not the address itself. */
enum err people_password_fit(const struct desk *d, str password, str email, const char *field,
                             struct error *e) MUST_USE;

#endif
