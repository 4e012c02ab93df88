/* outbox_internal.h: a queued message, read from the database, and as a letter. */
#ifndef OTKLIK_MAIL_OUTBOX_INTERNAL_H
#define OTKLIK_MAIL_OUTBOX_INTERNAL_H

#include "mail/outbox.h"
#include "store/attachment.h"
#include "store/delivery.h"
#include "store/inbox.h"
#include "store/message.h"

struct outgoing {
	struct message m;
	struct inbox inbox;
	str signature; /* the agent's and the inbox's */
	str secret;    /* of Message-IDs and reply addresses */
	str reply_to;  /* our address with the signed reference */
	str *refs;     /* Message-IDs of the thread so far, oldest first */
	size_t n_refs;
	struct attachment *files;
	size_t n_files;
	str *bytes; /* of the files */
};

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
