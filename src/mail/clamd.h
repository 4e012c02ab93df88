/* clamd.h: asks ClamAV's daemon about bytes (its INSTREAM command; clamd(8)). */
#ifndef OTKLIK_MAIL_CLAMD_H
#define OTKLIK_MAIL_CLAMD_H

#include "base/err.h"
#include "base/str.h"

enum clamd_result {
	CLAMD_CLEAN,
	CLAMD_FOUND,
	CLAMD_TOO_LARGE, /* longer than the daemon looks at: nothing is known */
};

struct clamd_options {
	str socket;          /* "/run/clamav/clamd.ctl", or "127.0.0.1:3310" */
	int timeout_seconds; /* of each wait for the daemon; 0: 60 */
};

/* *name (in the arena): what was found, one line. ERR_IO: the daemon is away, or says what is none
 * of these; nothing is known of the bytes then either. */
enum err clamd_scan(struct arena *a, const struct clamd_options *o, str bytes,
                    enum clamd_result *out, str *name, struct error *e) MUST_USE;
/* Reads one answer of the daemon, for clamd_scan and tests. ERR_IO as above. */
enum err clamd_answer(struct arena *a, str answer, enum clamd_result *out, str *name,
                      struct error *e) MUST_USE;

#endif
