/* detect_internal.h: what the files of the detectors share. */
#ifndef OTKLIK_TEXT_DETECT_INTERNAL_H
#define OTKLIK_TEXT_DETECT_INTERNAL_H

#include "text/detect.h"

/* One more place; the surest counts. */
void detection_add(struct detection *d, double confidence, size_t at, size_t n);
/* urgency.c: the urgent word in a sentence that begins at `offset`; alone: it is a word or two, and
 * all there is. */
void find_urgent(const struct sentence *s, bool alone, size_t offset, struct detection *d);

/* hidden.c: obscenity that hides its letters. */
void find_hidden(str own, size_t offset, struct detection *d);

/* sentiment.c: what the words of one piece of own words sum up to. */
struct mood {
	double sum;
	double stronger; /* of the next word with a weight */
	int denied;      /* so many words more */
	size_t end;      /* of the last word */
};
void mood_begin(struct mood *m, str own);
void mood_add(struct mood *m, const struct sentence *s);
double mood_of(double sum); /* -1..1 */

#endif
