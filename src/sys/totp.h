/* totp.h: second factor by time-based codes (RFC 6238: SHA-1, 30 s, 6 digits). */
#ifndef OTKLIK_SYS_TOTP_H
#define OTKLIK_SYS_TOTP_H

#include "base/str.h"

#define TOTP_SECRET_SIZE 20
#define TOTP_STEP (30 * USEC_SECOND)

/* 20 random bytes. */
str totp_secret_new(struct arena *a);
/* The code at a moment, terminated. */
void totp_code(str secret, usec now, char out[7]);
/* Accepts the codes of the step now and of one step before and after, but none
 * of a step <= last_step (a code is good once; 0 at first). On success *step is
 * the matched one: store it as the next last_step in the same transaction.
 * Spaces in the code are ignored. */
bool totp_verify(str secret, str code, usec now, int64_t last_step, int64_t *step);
/* What an authenticator reads from the QR code: otpauth://totp/Issuer:account?secret=... */
str totp_uri(struct arena *a, str secret, str issuer, str account);

/* RFC 4648 section 6, upper case, without padding. Decoding ignores case,
 * spaces and padding at the end; false for any other foreign character. */
str base32_encode(struct arena *a, str bytes);
bool base32_decode(struct arena *a, str text, str *out);

#endif
