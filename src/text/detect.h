/* detect.h: what a customer's message is like, beside what it is about.
 *
 * Each detector says whether, how sure, and where. They go by words and phrases in
 * Russian and English (rules/detect/, tools/gen_rules.py), find them with usual
 * typing errors, and look only at what the writer wrote: quoted lines, and what stands below
 * "On ... wrote:" or a header of a forwarded letter, do not count.
 *
 * Pure; any bytes do; linear in the text. tests/cases/detect/ tells how good they are.
 */
#ifndef OTKLIK_TEXT_DETECT_H
#define OTKLIK_TEXT_DETECT_H

#include "text/rules.h"

enum detect_kind {
	DETECT_URGENT,  /* the word "срочно" or "urgent", not denied and not only named */
	DETECT_MANAGER, /* asks for a manager, a supervisor, somebody above */
	DETECT_ABUSE,   /* obscenity, insults to people, threats; hidden letters too */
	DETECT_THANKS,  /* gratitude that is meant: no formula, no sarcasm */
	DETECT_PHOTO,   /* says that a picture comes with it */
	DETECT_COUNT
};

struct detection {
	bool found;        /* confidence >= 0.5 */
	double confidence; /* 0..1 */
	size_t n;
	struct span spans[RULES_SPANS]; /* bytes of the text: the words that decided */
};

/* "urgent", "manager", ... */
const char *detect_name(enum detect_kind k);
struct detection detect(enum detect_kind k, str text);
/* All of them, and the sentiment, in one pass. */
void detect_all(str text, struct detection out[DETECT_COUNT], double *sentiment);

/* -1 (angry) to 1 (glad), 0 when nothing tells: words with weights, denied ("не работает"),
 * strengthened and weakened; smileys. After Hutto and Gilbert 2014 (VADER). */
double text_sentiment(str text);

/* Takes the next piece that the writer wrote off the front of *rest; false at the end. */
bool own_next(str *rest, str *out);

#endif
