/* random.h: unpredictable bytes, numbers and tokens (libsodium; the kernel's generator). */
#ifndef OTKLIK_SYS_RANDOM_H
#define OTKLIK_SYS_RANDOM_H

#include "base/str.h"

void random_bytes(void *p, size_t n);
/* Evenly in [0, below); below > 0. */
uint32_t random_below(uint32_t below);
/* base64url of so many random bytes: 16 for ids, 32 for what opens a door.
 * Store the hash of the latter (digest_of), never the token. */
str random_token(struct arena *a, size_t bytes);

#endif
