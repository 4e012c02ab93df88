/* base.h: what every file of the project may count on.
 *
 * Integers, attributes and the ban list; no functions. Times are integer
 * microseconds since 1970 UTC everywhere (type usec); money is integer minor
 * units; ids are int64_t and start at 1, so 0 means "none".
 */
#ifndef OTKLIK_BASE_H
#define OTKLIK_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <time.h>

#include "base/banned.h"

/* Microseconds: a point in time since 1970-01-01 UTC, or a length of time. */
typedef int64_t usec;
#define USEC_SECOND ((usec)1000000)
#define USEC_MINUTE (60 * USEC_SECOND)
#define USEC_HOUR (60 * USEC_MINUTE)
#define USEC_DAY (24 * USEC_HOUR)

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define UNUSED __attribute__((unused))
#define NORETURN __attribute__((noreturn))
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

#endif
