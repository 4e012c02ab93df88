/* log.h: structured logs, one line an event.
 *
 *   log_info(log, "letter accepted", LOG_STR("inbox", name), LOG_INT("bytes", n));
 *
 * The event's name is a constant sentence, everything that varies is a field;
 * keys are identifiers. A line is logfmt or JSON by the settings, at most
 * LOG_LINE_MAX bytes (values are cut, not dropped), and leaves in a single
 * write(2), so that lines of several threads never mix. Values are escaped: a
 * stranger cannot forge a line. Secrets are passed by LOG_SECRET only, which
 * says that there is one and never what it is. Personal text (subjects,
 * bodies, addresses) does not belong in logs: log ids.
 */
#ifndef OTKLIK_SYS_LOG_H
#define OTKLIK_SYS_LOG_H

#include <stdatomic.h>

#include "base/err.h"
#include "sys/clock.h"

#define LOG_LINE_MAX 4096 /* one write to a pipe of up to PIPE_BUF bytes is never mixed */
#define LOG_VALUE_MAX 1024

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* A line of LOG_WARN or LOG_ERROR that comes again and again (same event, same first field, same
 * error key) is written LOG_BURST times in LOG_WINDOW and then only counted. How many were not is
 * said as `unsaid`: by the next one that is written, or by a line of its own ("repeats were not
 * written") with the first line of any kind, or log_flush, after the window, or when another name
 * takes the slot. So a fault that hits every request does not fill the disk with itself. A line
 * about one item puts the item's id first, before the error: each item has its lines. Lines of
 * other levels are records and all written. */
#define LOG_BURST 5
#define LOG_WINDOW (10 * USEC_SECOND)
#define LOG_SLOTS 256

struct log_slot {
	uint64_t name; /* a hash; the next name with the same slot takes it over */
	usec since;    /* monotonic */
	int64_t written, unsaid;
	int level;
	const char *event;
	char key[64]; /* of the error */
};

struct log {
	struct clock *clock;
	const char *process; /* printed as process=...; "" to leave out */
	enum log_format format;
	_Atomic int level;
	_Atomic int fd;
	_Atomic uint64_t counts[LOG_OFF]; /* lines by level, for metrics; also those not written */
	pthread_mutex_t mutex;            /* of slots */
	usec flush_at; /* monotonic; when a slot's count is to be said; 0: none */
	struct log_slot slots[LOG_SLOTS];
};

enum log_type {
	LOG_TYPE_END,
	LOG_TYPE_STR,
	LOG_TYPE_INT,
	LOG_TYPE_BOOL,
	LOG_TYPE_USEC,
	LOG_TYPE_SECRET,
	LOG_TYPE_ERR
};

struct log_field {
	enum log_type type;
	const char *key;
	str s;
	int64_t i;
	const struct error *e;
};

#define LOG_STR(k, v) ((struct log_field){.type = LOG_TYPE_STR, .key = (k), .s = (v)})
#define LOG_Z(k, v) ((struct log_field){.type = LOG_TYPE_STR, .key = (k), .s = str_of(v)})
#define LOG_INT(k, v) ((struct log_field){.type = LOG_TYPE_INT, .key = (k), .i = (int64_t)(v)})
#define LOG_BOOL(k, v) ((struct log_field){.type = LOG_TYPE_BOOL, .key = (k), .i = (v)})
/* A length of time, printed in milliseconds with the fraction ("12.034"). */
#define LOG_USEC(k, v) ((struct log_field){.type = LOG_TYPE_USEC, .key = (k), .i = (v)})
/* Prints *** (or nothing when empty), never the value. */
#define LOG_SECRET(k, v)                                                                           \
	((struct log_field){.type = LOG_TYPE_SECRET, .key = (k), .i = !str_empty(v)})
/* A struct error: its code, key, field and detail. */
#define LOG_ERR(err) ((struct log_field){.type = LOG_TYPE_ERR, .key = "error", .e = (err)})

/* fd is not owned (2 for stderr). process is not copied. */
void log_init(struct log *l, struct clock *clock, enum log_level level, enum log_format format,
              int fd, const char *process);
/* Opens `path` for appending and writes there from now on; the old file is
 * closed unless it is stderr. Also after rotation, with the same path. */
enum err log_open(struct log *l, const char *path, struct error *e) MUST_USE;
/* Says what is still unsaid of windows that are over; cheap. Where nothing else may be logged for
 * long: a thread that wakes by itself. A NULL log is fine. */
void log_flush(struct log *l);
/* Says all that is unsaid, and closes. */
void log_release(struct log *l);
bool log_level_of(str name, enum log_level *out); /* "debug", "info", "warn", "error", "off" */

/* Fields end at one of type LOG_TYPE_END. A NULL log swallows everything. event is not copied: a
 * literal. */
void log_write(struct log *l, enum log_level level, const char *event,
               const struct log_field *fields);

/* The first field is a filler, so that there may be none of the caller's. */
#define LOG_AT(l, level, event, ...)                                                               \
	log_write((l), (level), (event),                                                           \
	          (const struct log_field[]){{.key = ""}, ##__VA_ARGS__, {.type = LOG_TYPE_END}} + \
	              1)
#define log_debug(l, event, ...) LOG_AT(l, LOG_DEBUG, event, ##__VA_ARGS__)
#define log_info(l, event, ...) LOG_AT(l, LOG_INFO, event, ##__VA_ARGS__)
#define log_warn(l, event, ...) LOG_AT(l, LOG_WARN, event, ##__VA_ARGS__)
#define log_error(l, event, ...) LOG_AT(l, LOG_ERROR, event, ##__VA_ARGS__)

#endif
