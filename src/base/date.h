/* date.h: a point in time as a calendar date, and as text.
 *
 * Proleptic Gregorian calendar, UTC unless an offset is given. Pure arithmetic
 * (days-from-civil after Howard Hinnant's "chrono-Compatible Low-Level Date
 * Algorithms"): no C library clock or zone is asked, so it is safe in threads.
 * Years 0 to 9999.
 */
#ifndef OTKLIK_BASE_DATE_H
#define OTKLIK_BASE_DATE_H

#include "base/str.h"

#define DATE_MIN ((usec)-62167219200 * USEC_SECOND)     /* year 0 */
#define DATE_MAX ((usec)253402300800 * USEC_SECOND - 1) /* end of year 9999 */

struct date {
	int year, month, day;     /* month and day from 1 */
	int hour, minute, second; /* second 0..59 */
	int micro;                /* 0..999999 */
	int weekday;              /* 0 = Sunday; set by date_of, ignored by date_to_usec */
	int yearday;              /* 0 = 1 January; as weekday */
};

/* Days since 1970-01-01 of a date of the calendar; month 1..12. */
int64_t date_days(int year, int month, int day);
/* The calendar date of t, clamped to [DATE_MIN, DATE_MAX]. */
struct date date_of(usec t);
/* False when a field is out of its range (31 February, hour 24). */
bool date_valid(const struct date *d);
/* The inverse of date_of; d must be valid. */
usec date_to_usec(const struct date *d);

/* "2024-11-21T14:22:00.123456Z" (RFC 3339): always six digits and Z, so that
 * texts sort as their times do. */
#define DATE_RFC3339_SIZE 28
str date_rfc3339(struct arena *a, usec t);
void date_rfc3339_z(char out[DATE_RFC3339_SIZE], usec t); /* terminated */
/* Reads RFC 3339 with any offset and 0 to 9 digits of fraction (cut to six);
 * "t", "z" and a space between date and time are accepted, second 60 counts
 * as the next second's start. False for anything else. */
bool date_parse_rfc3339(str s, usec *out);
/* "2024-11-21" alone: its midnight UTC. */
bool date_parse_day(str s, usec *out);

/* "Thu, 21 Nov 2024 17:22:00 +0300" (RFC 5322 3.3): t shown at an offset of
 * so many minutes east of UTC. */
str date_rfc5322(struct arena *a, usec t, int offset_minutes);
/* "Thu, 21 Nov 2024 14:22:00 GMT" (RFC 9110 5.6.7), for HTTP headers. */
str date_http(struct arena *a, usec t);

#endif
