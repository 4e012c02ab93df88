/* err.h: how functions fail.
 *
 * A function that can fail returns enum err, which must be used, and fills an
 * explicit struct error with the detail. Only api/ turns an error into HTTP,
 * only site/ into a page. Broken invariants are asserted instead: an error is
 * always somebody else's doing (input, disk, network, another process).
 */
#ifndef OTKLIK_BASE_ERR_H
#define OTKLIK_BASE_ERR_H

#include "base/base.h"

enum err {
	ERR_OK = 0,
	ERR_INVALID,   /* input is wrong; error.field names what          -> 422 */
	ERR_SYNTAX,    /* input cannot be read at all                     -> 400 */
	ERR_AUTH,      /* nobody is signed in, or the password is wrong    -> 401 */
	ERR_DENIED,    /* signed in, but without the right                 -> 403 */
	ERR_NOT_FOUND, /* no such thing, or not visible to this actor      -> 404 */
	ERR_CONFLICT,  /* the state has moved on (stale version, taken)    -> 409 */
	ERR_TOO_LARGE, /* over a limit of size, depth or count             -> 413 */
	ERR_THROTTLED, /* too many tries; error.retry_after says how long  -> 429 */
	ERR_BUSY,      /* overloaded or starting; try again                -> 503 */
	ERR_IO,        /* disk, network or peer failed                     -> 503 */
	ERR_DB,        /* the database refused or is away                  -> 503 */
	ERR_INTERNAL,  /* a bug that could be caught                       -> 500 */
};

/* The detail of a failure. `key` is the id of a sentence in the message
 * catalogue (messages/<lang>.json, keys "error.*"), `field` the path of the wrong input in
 * dots ("contact.email") or "", `arg` the one value the sentence may quote, `among` what would have
 * done instead, as the sentence lists it,
 * `detail` English text for the log, never shown to a customer. */
struct error {
	enum err code;
	char key[64];
	char field[64];
	char arg[128];
	char among[400];
	char detail[256];
	usec retry_after;
};

/* Fills *e, which may be NULL, as key, field and arg may be. Over-long values are
 * cut at a UTF-8 boundary. */
void error_fill(struct error *e, enum err code, const char *key, const char *field,
                const char *arg);
/* The same and returns `code`, so that one can write
 * `return error_set(e, ERR_INVALID, "error.too_long", "subject", "250")`.
 * Inline, so that the analyzers of each file see what comes back. */
/* Adds what would have done. */
void error_among(struct error *e, const char *among);
/* Another sentence for what went wrong; code and detail stay. Nothing when err is ERR_OK or e NULL.
 */
void error_says(struct error *e, enum err err, const char *key);
static inline enum err error_set(struct error *e, enum err code, const char *key, const char *field,
                                 const char *arg)
{
	error_fill(e, code, key, field, arg);
	return code;
}

/* By errno: "Cannot open PATH: ..." and "Cannot listen on WHERE: ...". ERR_IO. */
enum err error_open(struct error *e, const char *path);
enum err error_listen(struct error *e, const char *where);

/* As error_set, for failures whose detail goes to the log only: the key is
 * "error.internal", "error.db" or "error.io" by the code. */
enum err error_detail(struct error *e, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same sentence chosen by an errno, where it tells more than "failed": a full disk
 * ("error.disk_full"), a read-only one ("error.read_only"), no descriptors ("error.descriptors").
 * Other numbers change nothing; e may be NULL. */
void error_cause(struct error *e, int why);

/* The name of a code for logs: "not_found". Static storage. */
const char *err_name(enum err code);

#endif
