/* outbox.h: queued messages leave as letters.
 *
 * Invariants
 *  - "sending" is committed before a server is spoken to; the fate of each
 *    recipient in the transaction that ends the job. Whoever got the letter is
 *    never offered it again. If the process dies between the server's 250 and
 *    our commit, or the connection breaks in that moment, the letter leaves
 *    once more with the same Message-ID, by which receivers drop the second.
 *  - Who was frozen or cut off for longer than the lease has lost its recipients to another
 *    process: right before a server is spoken to it looks whether they are still its own, and
 *    afterwards it may only add that somebody has got the letter.
 *  - A message has one Message-ID for good, and its bytes are made anew from the row.
 *  - Nothing leaves in no-send mode: the job is not taken, and the mode is read
 *    again right before connecting.
 *  - Bcc is for the envelope only.
 *  - The next sender of a brand is tried only when the one before heard nothing of the
 *    letter (no connection, no TLS, no sign-in). What a server refused stays refused.
 *  - What a limit holds keeps its order within the inbox.
 */
#ifndef OTKLIK_MAIL_OUTBOX_H
#define OTKLIK_MAIL_OUTBOX_H

#include "base/lang.h"
#include "desk/desk.h"
#include "job/runner.h"
#include "mail/oauth.h"
#include "mail/smtp_send.h"
#include "store/inbox.h"
#include "store/sender.h"
#include "sys/log.h"

struct mail_outbox {
	const struct desk *desk;
	struct db *db;
	struct log *log;           /* may be NULL */
	struct smtp_server server; /* the installation's; inboxes may have their own */
	bool inboxes_private; /* those may be inside addresses; server.allow_private is only its own
	                       */
	struct oauth *oauth;  /* for senders with XOAUTH2; may be NULL */
	str domain;           /* of Message-IDs where the inbox has none */
	str reply_delimiter;  /* between an inbox and the signed reference; "": "+" */
	bool plain_reply_to;  /* the mail server knows no such addresses: no reference in them */
	usec retry_first, retry_most, max_age; /* 0: 1 minute, 1 hour, 3 days */
	usec lease; /* a letter is a process's for so long; 0: 15 minutes. What servers get of it
	             * together is less: SMTP_SEND_SECONDS of 15 minutes */
	size_t max_bytes; /* of a letter; 0: 35 MiB */
	/* smtp_send unless set: for tests. */
	enum err (*send)(void *arg, struct arena *a, const struct smtp_server *server,
	                 const struct smtp_letter *letter, struct smtp_outcome *out,
	                 struct error *e);
	void *send_arg;
};

/* The job kind "send". The caller owns kind and keeps the outbox alive. */
void mail_outbox_kind(struct job_kind *kind, struct mail_outbox *o);
/* How a sender is spoken to: the installation's rules, its own server and credentials. */
enum err mail_sender_server(const struct mail_outbox *o, struct arena *a, const struct sender *w,
                            struct smtp_server *out, struct error *e) MUST_USE;
/* A test letter by this sender from this inbox to one address. *words: what the server said, or
 * why it could not be asked; *sent: it took the letter. Blocking. */
enum err mail_sender_try(const struct mail_outbox *o, struct arena *a, const struct sender *w,
                         const struct inbox *from, str to, enum lang lang, bool *sent, str *words,
                         struct error *e) MUST_USE;
/* The letter of a message as it would leave, for tests and inspection: bytes in a. */
enum err mail_outbox_compose(struct mail_outbox *o, struct arena *a, struct db_conn *c,
                             int64_t message_id, str *out, struct error *e) MUST_USE;

#endif
