/* mailbox.h: folders on mail servers whose letters go to our inboxes.
 *
 * Invariant: every letter of the folder's UIDVALIDITY up to last_uid has its row
 * in the ledger; the cursor moves in the transaction of that row. One process at
 * a time works a mailbox: whoever holds its lease, and only for the version that
 * it read. A change by a person ends the lease.
 */
#ifndef OTKLIK_STORE_MAILBOX_H
#define OTKLIK_STORE_MAILBOX_H

#include "db/db.h"

struct mailbox {
	int64_t id, inbox_id;
	str host;
	int64_t port; /* 0: 993, or 143 without TLS from the start */
	str tls;      /* tls, starttls, none */
	str username;
	str auth;       /* password, xoauth2 */
	str secret_box; /* the password, closed; "" = none */
	int64_t oauth_id;
	str folder;    /* UTF-8 */
	bool remove;   /* delete there what was taken in */
	bool take_old; /* false: only what arrives after the first visit */
	bool active;
	int64_t uidvalidity, last_uid; /* 0: never visited */
	str state;                     /* new, ok, failing, sign_in, consent, folder */
	str error, error_arg;          /* key of a sentence and what it quotes */
	usec error_at, ok_at;
	str lease_owner;
	usec lease_until;
	int64_t version;
	usec created_at;
};

/* The context of the closed password. */
str mailbox_secret_context(struct arena *a, int64_t id);

enum err mailbox_get(struct arena *a, struct db_conn *c, int64_t id, struct mailbox *out,
                     struct error *e) MUST_USE;
/* All, in the order of their ids. */
enum err mailbox_list(struct arena *a, struct db_conn *c, struct mailbox **out, size_t *n,
                      struct error *e) MUST_USE;
enum err mailbox_insert(struct db_conn *tx, const struct mailbox *m, usec now, int64_t *id,
                        struct error *e) MUST_USE;
/* Over version m->version; ERR_CONFLICT "error.stale" when it is another. Takes the lease away. */
enum err mailbox_update(struct db_conn *tx, const struct mailbox *m, struct error *e) MUST_USE;
enum err mailbox_delete(struct db_conn *tx, int64_t id, struct error *e) MUST_USE;

/* Takes or renews the lease until then. *held: false when somebody else has it, or the mailbox
 * was changed, stopped or removed. */
enum err mailbox_claim(struct db_conn *tx, const struct mailbox *m, str owner, usec now, usec until,
                       bool *held, struct error *e) MUST_USE;
enum err mailbox_unclaim(struct db_conn *tx, int64_t id, str owner, struct error *e) MUST_USE;
/* Where one process alone has the database: leases of before are of the dead. */
enum err mailbox_unclaim_all(struct db_conn *tx, struct error *e) MUST_USE;
/* A first visit, or another UIDVALIDITY. *held: false when the lease is lost; nothing is changed.
 */
enum err mailbox_cursor_start(struct db_conn *tx, const struct mailbox *m, str owner,
                              int64_t uidvalidity, int64_t last_uid, bool *held,
                              struct error *e) MUST_USE;
/* Everything up to last_uid is in the ledger; renews the lease. *held as above, false also when
 * the cursor has passed it already. */
enum err mailbox_cursor_move(struct db_conn *tx, const struct mailbox *m, str owner,
                             int64_t uidvalidity, int64_t last_uid, usec until, bool *held,
                             struct error *e) MUST_USE;
/* What the last visit came to; "ok" is the good one. */
enum err mailbox_set_state(struct db_conn *tx, const struct mailbox *m, str owner, str state,
                           str error, str error_arg, usec now, bool *held,
                           struct error *e) MUST_USE;
/* Active ones that cannot be read now. */
enum err mailbox_count_bad(struct db_conn *c, int64_t *n, struct error *e) MUST_USE;

#endif
