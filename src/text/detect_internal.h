/* detect_internal.h: what the files of the detectors share. */
#ifndef OTKLIK_TEXT_DETECT_INTERNAL_H
#define OTKLIK_TEXT_DETECT_INTERNAL_H

#include "text/detect.h"

/* One more place; the surest counts. */
void detection_add(struct detection *d, double confidence, size_t at, size_t n);
/* urgency.c: the urgent word in a piece of own words that begins at `offset` of the text. */
void find_urgent(str own, size_t offset, struct detection *d);

#endif
