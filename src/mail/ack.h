/* ack.h: the words of an automatic acknowledgement. */
#ifndef OTKLIK_MAIL_ACK_H
#define OTKLIK_MAIL_ACK_H

#include "base/lang.h"
#include "store/inbox.h"

/* The language in which a letter is written, by its letters; `otherwise` when it has too few. */
enum lang mail_ack_language(str subject, str text, enum lang otherwise);
/* No person reads there: "no-reply@", "mailer-daemon@" and their like. */
bool mail_ack_never_to(str address);
/* A ticket's number as the desk writes it in that language: "#7", "№ 7". */
str mail_ack_number(struct arena *a, enum lang lang, int64_t ticket_id);
/* The inbox's words in that language, else the usual ones. What cannot be
 * filled in gives the usual ones too: a mistake in a setting is no reason to be silent. */
str mail_ack_text(struct arena *a, const struct inbox *box, enum lang lang, str name, str subject,
                  int64_t ticket_id);

#endif
