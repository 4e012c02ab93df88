/* intake.h: a letter comes in.
 *
 * Invariants
 *  - Each letter and recipient has a row in the ledger, committed together with
 *    the message it became and the bytes as they came; only then is the
 *    letter acknowledged. A letter that cannot be read is quarantined whole.
 *  - The same letter again is acknowledged and adds nothing but its ledger row.
 *  - Only a signed token, or References of a letter from somebody who takes part
 *    in that thread, joins a letter to a ticket; never the subject. A letter
 *    to a side thread lands there and nowhere else.
 *  - Nobody gains anything by a From: an agent's address gives no rights, a Cc
 *    becomes a participant only when the requester wrote and the trusted server
 *    says that DMARC passed. Without its word the desk offers the copies.
 *  - What the virus scanner found, or could not look at, waits for a person; while it is
 *    away a letter stays with the mail server, or waits. Nothing is let through unseen.
 *  - Spam by our own server's word begins no conversation unseen; a letter of
 *    somebody who takes part is shown with a warning.
 *  - Automatic mail is taken in, wakes nobody and is never answered automatically.
 */
#ifndef OTKLIK_MAIL_INTAKE_H
#define OTKLIK_MAIL_INTAKE_H

#include "desk/desk.h"
#include "job/runner.h"
#include "mail/lmtp_server.h"
#include "mime/parse.h"
#include "store/intake.h"
#include "sys/log.h"

struct mail_intake {
	const struct desk *desk;
	struct db *db;
	struct log *log; /* may be NULL */
	struct mime_limits mime;
	int max_hops; /* Received fields before a letter counts as looping; 0: 40 */
	int64_t
	    sender_most; /* letters taken from one address in an hour, then quarantine; 0: 100 */
	int64_t autoack_most; /* acknowledgements to one address a day; 0: 5 */
	str auth_server;      /* whose Authentication-Results count; "" = nobody's */
	str reply_delimiter;  /* between an inbox and the signed reference; "": "+" */
	str spam_server;      /* whose Received bounds the spam verdicts that count (verdict.h) */
	int64_t spam_score;   /* a bare score of so much is spam too, in hundredths; 0 = never */
	bool spam_as_ticket;  /* what is spam becomes a ticket of that status; else quarantine */
	str clamd;            /* socket of clamd, "" = nobody is asked (clamd.h) */
	int clamd_timeout;    /* seconds; 0: 60 */
	bool clamd_away_hold; /* while it is away: quarantine; else the letter stays outside */
	str domain;           /* of our Message-IDs where an inbox gives none */
};

/* For lmtp_server: may a letter be for this address? arg: struct mail_intake. */
enum lmtp_reply mail_intake_rcpt(void *arg, str address, struct error *e);
/* For lmtp_server: takes the letter for all its recipients in one transaction.
 * LMTP_ACCEPTED only after the commit; LMTP_TEMPORARY when the database is away. */
void mail_intake_deliver(void *arg, const struct lmtp_letter *letter, enum lmtp_reply *replies);
/* The same for tests and imports: fails as a whole. */
enum err mail_intake_letter(struct mail_intake *in, const struct lmtp_letter *letter,
                            enum lmtp_reply *replies, struct error *e) MUST_USE;

/* A letter that was fetched (from a mailbox, from a file) instead of handed over. */
struct intake_way {
	int64_t inbox_id; /* whose letter it is, whatever its addresses say */
	bool quiet;       /* no acknowledgement: an old letter */
	/* Quarantine it for this reason (a key such as "intake.unreadable"), whatever it says; or
	 * NULL. */
	const char *hold;
	int64_t full_size; /* > 0: of a letter of so many bytes raw is only a part: */
	bool thinned;      /* ... made by mime/thin.h: what it says of files left out is ours */
	bool thin; /* ... all but files that are too large (mime/thin.h); else its beginning */
	/* Runs in the letter's transaction after its rows, perhaps more than once; its failure
	 * takes the letter back, so that a cursor moves with its letter or not at all. ERR_BUSY:
	 * not now. May be NULL. */
	enum err (*also)(void *arg, struct db_conn *tx, struct error *e);
	void *arg;
	enum intake_state state; /* set: what became of it */
};
/* Takes one letter for one inbox; envelope sender and recipient are read from its
 * fields (letter->mail_from and recipients are not looked at). Fails as a whole. */
enum err mail_intake_fetched(struct mail_intake *in, const struct lmtp_letter *letter,
                             struct intake_way *way, struct error *e) MUST_USE;
/* The job that takes in what was released from quarantine. */
void mail_intake_release_kind(struct job_kind *kind, struct mail_intake *in);

#endif
