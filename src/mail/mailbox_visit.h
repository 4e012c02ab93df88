/* mailbox_visit.h: takes in what lies in one mailbox.
 *
 * Invariants
 *  - The cursor is UIDVALIDITY and the last UID whose letter is in the ledger; it
 *    moves in the transaction of the letter's rows. So a letter is taken once however often
 *    the connection, the server or this process ends.
 *  - Flags are neither read nor changed. A letter is deleted only when the mailbox
 *    says so, all of it was taken, and its rows are committed; never while nothing may leave
 *    (no-send mode: a copy of the data must not empty the real mailbox).
 *  - Another UIDVALIDITY: the folder is read from its beginning; what is known by
 *    Message-ID and content becomes a duplicate's row and nothing else.
 *  - No letter holds up the next: one that the server does not hand out is asked
 *    for again a few times, then its beginning, then its header; at last it gets a row in
 *    quarantine that says so, and stays on the server.
 *  - A letter above the limit is read whole and taken without the files that do not fit
 *    (mime/thin.h): they are shown with name and size. If it does not come through, its
 *    beginning is taken.
 */
#ifndef OTKLIK_MAIL_MAILBOX_VISIT_H
#define OTKLIK_MAIL_MAILBOX_VISIT_H

#include "mail/imap_client.h"
#include "mail/intake.h"
#include "mail/oauth.h"
#include "store/mailbox.h"

struct mailbox_options {
	struct mail_intake *intake; /* its db, desk (clock, key) and log are used here */
	struct oauth *oauth;
	bool allow_private;  /* mail servers inside */
	str ca_file;         /* PEM; "": the system's */
	size_t letter_bytes; /* what is taken of a letter; 0: 25 MiB */
	int timeout_seconds; /* of the server; 0: 60 */
	usec lease;          /* 0: 3 minutes */
	usec idle;           /* the folder is looked at so often even if IDLE is silent; 0: 5 min */
	usec poll;           /* the same without IDLE; 0: 1 minute */
	usec retry_first, retry_most; /* pause after failures, doubled; 0: 2 s, 5 minutes */
	usec watch;                   /* how often changed mailboxes are looked for; 0: 1 s */
};

/* What a mailbox's thread knows from one connection to the next. */
struct mailbox_memory {
	uint32_t bad_uid; /* the letter at which the last connection ended, or that was refused */
	int bad_times;
};

struct mailbox_visit {
	const struct mailbox_options *o;
	struct mailbox *m;
	str owner; /* of the lease */
	struct mailbox_memory *memory;
	struct imap_client *c;
	bool may_remove;
	/* Its own: */
	uint32_t uidvalidity, last_uid;
	usec leased_at;
	bool lease_lost; /* somebody else works it, or a person changed it */
	struct buf raw;
	int64_t taken; /* letters */
};

/* Opens the folder and sets the cursor up. */
enum err mailbox_visit_begin(struct mailbox_visit *v, struct error *e) MUST_USE;
void mailbox_visit_end(struct mailbox_visit *v);
/* Takes what is there above the cursor, until nothing is. ERR_BUSY with lease_lost: stop. */
enum err mailbox_visit_take(struct mailbox_visit *v, struct error *e) MUST_USE;
/* Renews the lease when a third of it has gone. False: it is lost. */
bool mailbox_visit_renew(struct mailbox_visit *v);

/* Connects and signs in as the mailbox says; a refused OAuth token is renewed once. stop_fd and
 * tick as of struct imap_server. Password and token are read from the database. */
enum err mailbox_connect(const struct mailbox_options *o, struct arena *a, const struct mailbox *m,
                         int stop_fd, bool (*tick)(void *arg), void *tick_arg,
                         struct imap_client **out, struct error *e) MUST_USE;
/* Tries a mailbox without taking anything: connects, signs in, opens the folder; a connection
 * that the server ends is tried twice. *letters: in it. */
enum err mailbox_try(const struct mailbox_options *o, const struct mailbox *m, int64_t *letters,
                     struct error *e) MUST_USE;

#define MAILBOX_RESTORED "error.mailbox_restored"
/* Whether mailboxes are read at all. ERR_CONFLICT MAILBOX_RESTORED in a copy that nobody has let
 * work yet: the one it was made of may still read the same mailbox. *may_remove: letters may be
 * deleted there, which a stop of sending by hand forbids too. */
enum err mailbox_visit_allowed(struct arena *a, struct db_conn *c, bool *may_remove,
                               struct error *e) MUST_USE;

#endif
