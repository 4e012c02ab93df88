/* understand.h: what a message tells by itself: language, mood, urgency, facts.
 *
 * Pure but for the arena: looks only at the words that the writer wrote (the quoted tail is no part
 * of a message's text). Which order numbers a shop uses is a setting (sense_rule.order_patterns).
 */
#ifndef OTKLIK_DESK_UNDERSTAND_H
#define OTKLIK_DESK_UNDERSTAND_H

#include "store/sense.h"

struct understood {
	str language;              /* "ru"; "" = not known */
	int sentiment;             /* -1, 0, 1 */
	unsigned flags;            /* bits of enum sense_flag */
	struct ticket_fact *facts; /* kind, value, text, ambiguous, other; each value once */
	size_t n_facts;
};

/* said: the subject is the writer's own word; that of an answer is what it answers, and tells facts
 * alone. now: for dates without a year. pictures: how many came with it. */
void desk_understand(struct arena *a, str subject, bool said, str text, int64_t pictures,
                     const struct sense_rule *rule, usec now, struct understood *out);

/* Of a message's text the model is given no more: what it is about stands at its beginning, and to
 * say which words decided takes time in proportion to its square. */
#define UNDERSTAND_MODEL_BYTES ((size_t)8 << 10)
/* What the model is given of a message: subject and text. */
str desk_understand_text(struct arena *a, str subject, str text);

#endif
