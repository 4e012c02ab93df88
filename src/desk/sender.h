/* sender.h: the SMTP servers of a brand, and the way that a letter takes.
 *
 * An inbox sends by the sender it picked, then by the others of its brand that
 * serve its address, in their order. Where there is none: by the inbox's own
 * server, else by the installation's. The next one is tried only when nothing
 * was handed to the one before: a refused letter is refused.
 */
#ifndef OTKLIK_DESK_SENDER_H
#define OTKLIK_DESK_SENDER_H

#include "desk/desk.h"
#include "store/inbox.h"
#include "store/sender.h"

/* ---- right admin.inboxes ---- */

struct desk_sender_patch { /* NULL: stays; on creating its default */
	const int64_t *version, *brand_id, *port, *oauth_credential_id, *hour_most, *position;
	const str *name, *host, *tls, *auth, *username, *serves;
	const str *password; /* "" removes it; can never be read again */
	const bool *active;
};
enum err desk_sender_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, struct sender **out, size_t *n,
                          struct error *e) MUST_USE;
enum err desk_sender_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct desk_sender_patch *patch,
                            struct sender *out, struct error *e) MUST_USE;
enum err desk_sender_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id,
                           const struct desk_sender_patch *patch, struct sender *out,
                           struct error *e) MUST_USE;
/* Before a test letter: the right, that letters may leave at all, and not more
 * than 20 an hour of one account. The sender, and an address of ours that it
 * may write from: ERR_INVALID "error.sender_no_inbox" when there is none. */
enum err desk_sender_test(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct sender *out,
                          struct inbox *from, struct error *e) MUST_USE;

/* ---- for the outbox ---- */

/* The brand's senders for letters from this inbox, in the order in which they
 * are tried; none: the inbox's own server or the installation's. */
enum err desk_sender_way(struct arena *a, struct db_conn *c, const struct inbox *inbox,
                         struct sender **out, size_t *n, struct error *e) MUST_USE;
/* The password in clear. "" = none. */
enum err desk_sender_password(const struct desk *d, struct arena *a, const struct sender *s,
                              str *out, struct error *e) MUST_USE;

/* May a letter of the inbox leave now? *until 0: yes; else when to ask again,
 * such that held letters go in their order. Call it under the inbox's lock. */
enum err desk_inbox_room(struct db_conn *tx, const struct inbox *inbox, int64_t message_id,
                         usec now, usec *until, struct error *e) MUST_USE;
/* The same of a sender. */
enum err desk_sender_room(struct db_conn *tx, const struct sender *s, usec now, usec *until,
                          struct error *e) MUST_USE;

#endif
