/* intake_internal.h: the stages of a letter that comes in.
 *
 *   intake_name.c     names that look like ours
 *   intake_letter.c   bytes to what is known of them: no database
 *   intake_thread.c   where it belongs
 *   intake.c          the transaction: ledger, ticket or message, acknowledgement
 *   intake_import.c   the same for letters of an archive
 *   intake_release.c  the same for what a person let out of quarantine
 */
#ifndef OTKLIK_MAIL_INTAKE_INTERNAL_H
#define OTKLIK_MAIL_INTAKE_INTERNAL_H

#include "desk/reply.h"
#include "desk/ticket.h"
#include "events/event.h"
#include "mail/intake.h"
#include "mail/verdict.h"
#include "store/inbox.h"
#include "store/intake.h"

/* Why a letter waits (a key of the interface's catalogue), and what the agent should know
 * (there "warning." and this). */
#define REASON_NO_FROM "intake.no_from"
#define REASON_LOOP "intake.loop"
#define REASON_RATE "intake.rate"
#define REASON_NO_INBOX "intake.no_inbox"
#define REASON_BOUNCE "intake.unknown_bounce"
#define REASON_UNREADABLE "intake.unreadable"
#define REASON_CUT "intake.cut"         /* of an accepted one: only its beginning was taken */
#define REASON_HELD "intake.files_held" /* ... all but the files that are too large */
#define REASON_SPAM "intake.spam"
#define REASON_VIRUS "intake.virus"
#define REASON_UNCHECKED "intake.unchecked"
/* Warnings: a message may bear several, with a space between. */
#define WARNING_SENDER "unknown_sender"
#define WARNING_DMARC "dmarc_fail"
#define WARNING_SAME_ID "same_message_id"
#define WARNING_SPAM "spam_verdict"
#define WARNING_STAFF_NAME "staff_name"
#define WARNING_HOUSE_NAME "house_name"
#define WARNING_ADDRESS_NAME "address_name"
#define WARNING_CUT "letter_cut"
#define WARNING_HELD "files_held"

/* A letter as far as it can be understood without the database. */
struct incoming {
	str raw;
	struct mime_message *m; /* NULL: it could not be read */
	str digest;             /* hex; the same for the same letter by another way */
	const char *limit;      /* reason to quarantine: a limit was passed; or NULL */
	struct mime_addr from;  /* email "" when there is none */
	str visible, quoted;
	bool is_auto;         /* written by a machine: wakes nobody */
	bool silent;          /* never to be answered automatically */
	bool dmarc_fail;      /* says the trusted server */
	bool dmarc_pass;      /* it says that From is who it claims to be */
	struct verdict spam;  /* of our own server */
	const char *infected; /* reason: of the virus scanner; or NULL */
	str found;            /* what it found */
	str refs;             /* In-Reply-To and References, separated by spaces */
	struct blob blob;     /* the bytes as they came */
	struct blob *file_blobs;
	struct file_input *files; /* in the order of m->attachments */
	size_t n_files, n_held;   /* n_held: of them stayed outside */
};

/* Everything that takes time: reads the letter, makes its bytes and files
 * durable. ERR_IO when they cannot be; an unreadable letter is no error. */
enum err incoming_prepare(const struct mail_intake *in, struct arena *a, str raw, str mail_from,
                          struct incoming *out, struct error *e) MUST_USE;

/* A letter that was made thin (mime/thin.h): its files that stayed outside get the size that they
 * have there, with no bytes (attachment_is_held). Only of a part of a letter: from what we did not
 * make thin the writer's own fields have been taken (mime_held_quoted), a whole one has them. */
void incoming_mark_held(struct incoming *letter);

/* Hex digest of the content: the same for the same letter by another way. */
str incoming_digest(struct arena *a, str raw);

/* Can this be the id of a letter? Old programs name a person in In-Reply-To in
 * the same brackets: then it is short without a digit, or an address of the letter's. */
bool incoming_is_reference(const struct mime_message *m, str id);

/* Asks the virus scanner, where one is set. ERR_IO: it is away, and the letter must not come in. */
enum err incoming_scan(const struct mail_intake *in, struct arena *a, struct incoming *letter,
                       struct error *e) MUST_USE;

enum place_kind {
	PLACE_NEW,    /* a new ticket */
	PLACE_TICKET, /* the main thread of ticket_id */
	PLACE_THREAD, /* side thread thread_id */
};

struct place {
	enum place_kind kind;
	int64_t ticket_id, thread_id;
	bool requester; /* the ticket's contact wrote it */
	bool stranger;  /* it refers to a ticket (or side thread) of which the writer is no part */
};

/* The inbox of an address as it was written in the envelope. ERR_NOT_FOUND. */
enum err incoming_inbox(const struct mail_intake *in, struct arena *a, struct db_conn *c,
                        str recipient, struct inbox *out, struct error *e) MUST_USE;
/* Where the letter belongs. recipient: ours, as it was written in the envelope. */
enum err incoming_place(const struct mail_intake *in, struct arena *a, struct db_conn *tx,
                        str mail_secret, const struct incoming *letter, str recipient,
                        struct place *out, struct error *e) MUST_USE;

/* Our message that a bounce tells of, 0 = none that the bounce knows a signed
 * reference of: in the letter that came back, or in the address to which it came back. */
enum err incoming_bounced(const struct mail_intake *in, struct arena *a, struct db_conn *tx,
                          str mail_secret, const struct incoming *letter, str recipient,
                          int64_t *message_id, struct error *e) MUST_USE;

/* ---- the transaction ---- */

/* One letter on its way into the database. */
struct arrival {
	struct mail_intake *in;
	const struct incoming *letter;
	str mail_from, peer;
	usec received, now;
	bool forced;            /* a person let it in: nothing holds it up */
	const char *hold;       /* quarantine it for this reason, whatever it says; or NULL */
	struct intake_way *way; /* NULL: it was handed over to its recipients */
	/* Of the run: */
	struct arena *arena;
	str secret;
};

/* So that two copies that come at once are looked at one after the other. */
enum err intake_lock_letter(const struct arrival *ar, struct db_conn *tx, struct error *e) MUST_USE;
/* The ledger's row as far as letter and inbox tell. */
void intake_describe(const struct arrival *ar, str recipient, const struct inbox *box,
                     struct intake *item);
/* What an event about the row is about, and the event that it was recorded. */
enum err intake_about(struct db_conn *tx, const struct intake *item, struct event_about *out,
                      struct error *e) MUST_USE;
enum err intake_tell(struct db_conn *tx, usec now, const struct intake *item,
                     struct error *e) MUST_USE;
/* If the same letter came to this inbox before, item becomes a duplicate of it. */
enum err intake_find_duplicate(const struct arrival *ar, struct db_conn *tx, struct intake *item,
                               const char **warning, struct error *e) MUST_USE;
/* Rows for the bytes as they came, and for the files. */
enum err intake_attach_blobs(const struct arrival *ar, struct db_conn *tx, bool files,
                             struct error *e) MUST_USE;
struct inbound intake_inbound_of(const struct arrival *ar, const struct inbox *box, str warning);
/* What the agent should know of the writer's name, or NULL: it is a colleague's, the house's, or an
 * address of ours, while the letter's address is none of ours. Names are compared by
 * what they look like (text/skeleton.h); a colleague's when it has two words. */
enum err intake_look_alike(struct arena *a, struct db_conn *tx, struct mime_addr from,
                           const char **warning, struct error *e) MUST_USE;
/* The warnings of a letter, in the order of their weight; NULLs are left out. */
str intake_warnings(struct arena *a, const char *const *list, size_t n);
/* Another time may go better. */
bool intake_passing(enum err err);
/* Lets the letter into the ticket it belongs to, or a new one; item gets state,
 * ticket and message. recipient: ours; warning may be NULL. */
enum err intake_accept(const struct arrival *ar, struct db_conn *tx, str recipient,
                       const struct inbox *box, const char *warning, struct intake *item,
                       struct error *e) MUST_USE;

#endif
