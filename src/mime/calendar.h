/* calendar.h: what an invitation says (iCalendar, RFC 5545; iTIP, RFC 5546), for a reader. */
#ifndef OTKLIK_MIME_CALENDAR_H
#define OTKLIK_MIME_CALENDAR_H

#include "base/str.h"

#define CALENDAR_EVENTS 5

/* The events of text (UTF-8), one on a line, in no language but the writer's own:
 * "Demo call, 2024-02-05 12:30-13:30 (Europe/Moscow), Room 5". A cancelled one has "[x] " before
 * it.
 * "" when there is none. At most CALENDAR_EVENTS of them. Linear time. */
str calendar_lines(struct arena *a, str text);

#endif
