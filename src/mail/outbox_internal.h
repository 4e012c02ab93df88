/* outbox_internal.h: outbox.c sends, outbox_letter.c writes the letter. */
#ifndef OTKLIK_MAIL_OUTBOX_INTERNAL_H
#define OTKLIK_MAIL_OUTBOX_INTERNAL_H

#include "mail/outbox.h"
#include "store/inbox.h"
#include "store/message.h"

/* What a letter is made of. */
struct outbox_letter {
	struct message message;
	struct inbox inbox;
	str secret; /* signs reply addresses */
};

/* The domain of our Message-IDs for this inbox. */
str outbox_domain(const struct mail_outbox *o, const struct inbox *inbox);
enum err outbox_letter_load(struct mail_outbox *o, struct arena *a, struct db_conn *c,
                            int64_t message_id, struct outbox_letter *l, struct error *e) MUST_USE;
/* The message must have its Message-ID. Bytes in a. */
enum err outbox_letter_compose(struct mail_outbox *o, struct arena *a, struct db_conn *c,
                               const struct outbox_letter *l, str *out, struct error *e) MUST_USE;

#endif
