/* digest.h: digests and keyed digests (libsodium; SHA-1 from nettle).
 *
 * Comparing tokens and digests: str_eq_consttime (base/str.h).
 */
#ifndef OTKLIK_SYS_DIGEST_H
#define OTKLIK_SYS_DIGEST_H

#include "base/str.h"

#define DIGEST_SIZE 32
#define DIGEST_SHA256_SIZE 32
#define DIGEST_SHA1_SIZE 20

/* BLAKE2b with 32 bytes: for content addresses and stored tokens. */
void digest_of(str data, uint8_t out[DIGEST_SIZE]);
str digest_hex(struct arena *a, str data);
/* The same piece by piece, for what is streamed. */
struct digest_stream {
	_Alignas(64) unsigned char opaque[384];
};
void digest_init(struct digest_stream *h);
void digest_add(struct digest_stream *h, str data);
void digest_end(struct digest_stream *h, uint8_t out[DIGEST_SIZE]);

void digest_sha256(str data, uint8_t out[DIGEST_SHA256_SIZE]);
/* The same piece by piece. */
struct digest_sha256_stream {
	_Alignas(16) unsigned char opaque[128];
};
void digest_sha256_init(struct digest_sha256_stream *h);
void digest_sha256_add(struct digest_sha256_stream *h, str data);
void digest_sha256_end(struct digest_sha256_stream *h, uint8_t out[DIGEST_SHA256_SIZE]);
/* For the WebSocket handshake and other protocols that prescribe it; never for trust. */
void digest_sha1(str data, uint8_t out[DIGEST_SHA1_SIZE]);
/* RFC 2104, any length of key. */
void digest_hmac_sha256(str key, str data, uint8_t out[DIGEST_SHA256_SIZE]);
void digest_hmac_sha1(str key, str data, uint8_t out[DIGEST_SHA1_SIZE]);

#endif
