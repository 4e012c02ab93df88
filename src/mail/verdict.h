/* verdict.h: what our own mail server's filter says of a letter in its header.
 *
 * Read are X-Spam-Flag, X-Spam-Status, X-Spam, X-Spam-Score (SpamAssassin,
 * amavis, Exim), X-Spamd-Result, X-Rspamd-Action and X-Rspamd-Score. Anybody can write such
 * fields into a letter, so they count only above the first Received that is not
 * our own server's ("by NAME"): servers put theirs on top. Of the fields there
 * any that calls it spam suffices.
 */
#ifndef OTKLIK_MAIL_VERDICT_H
#define OTKLIK_MAIL_VERDICT_H

#include "mime/parse.h"

struct verdict {
	bool spam;
	str why; /* for people: "X-Spam-Status: Yes, score=15.3", at most 200 bytes; "" = nothing */
};

/* server: the name in our server's Received; "" = nobody's word counts.
 * score_most: with it and more a bare score is spam too, in hundredths; 0 = never. */
struct verdict verdict_of(struct arena *a, const struct mime_message *m, str server,
                          int64_t score_most);

#endif
