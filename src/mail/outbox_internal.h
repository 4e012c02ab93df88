/* outbox_internal.h: a queued message, read from the database, and as a letter. */
#ifndef OTKLIK_MAIL_OUTBOX_INTERNAL_H
#define OTKLIK_MAIL_OUTBOX_INTERNAL_H

#include "desk/placeholder.h"
#include "mail/outbox.h"
#include "mail/plain_html.h"
#include "store/attachment.h"
#include "store/delivery.h"
#include "store/inbox.h"
#include "store/message.h"

struct outgoing {
	struct message m;
	struct inbox inbox;
	enum lang lang;        /* of the recipient */
	str signature;         /* the agent's and the inbox's, filled in */
	struct message *heard; /* the last letters from outside, newest first: what is answered */
	size_t n_heard;
	struct message *quotes; /* what was said before, newest first */
	size_t n_quotes;
	struct error wrong; /* why it cannot become a letter; code 0: it can */
	str secret;         /* of Message-IDs and reply addresses */
	str reply_to;       /* our address with the signed reference */
	str *refs;          /* Message-IDs of the thread so far, oldest first */
	size_t n_refs;
	struct attachment *files;
	size_t n_files;
	str *bytes; /* of the files */
};

/* Language, signature, quotation, corrected addresses: into *o, of which message, inbox are read.
 * A signature that cannot be filled in: o->wrong "error.placeholder_unknown". */
enum err outgoing_say(struct arena *a, struct db_conn *c, struct outgoing *o,
                      struct error *e) MUST_USE;
/* What placeholders stand for in this letter. */
enum err outgoing_values(struct arena *a, struct db_conn *c, const struct outgoing *o,
                         str values[PLACEHOLDER_COUNT], struct error *e) MUST_USE;
struct outgoing_bodies {
	str text, html;
	struct plain_image *images; /* one a file; `used`: it stands inside the HTML */
};
void outgoing_bodies(struct arena *a, const struct outgoing *o, struct outgoing_bodies *out);

/* Reads all that the letter is made of, but the files' bytes. */
enum err outgoing_read(const struct mail_outbox *o, struct arena *a, struct db_conn *c,
                       int64_t message_id, struct outgoing *out, struct error *e) MUST_USE;
/* The files' bytes. ERR_TOO_LARGE "error.letter_too_large" past max. */
enum err outgoing_files(const struct mail_outbox *o, struct arena *a, struct db_conn *c,
                        struct outgoing *out, struct error *e) MUST_USE;
/* The part of our address after the @, or the outbox's domain. */
str outgoing_domain(const struct mail_outbox *o, const struct inbox *inbox);
/* The bytes, in a. */
enum err outgoing_compose(const struct mail_outbox *o, struct arena *a, const struct outgoing *out,
                          str *raw, struct error *e) MUST_USE;

#endif
