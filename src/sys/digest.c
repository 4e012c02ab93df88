/* digest.c: see digest.h. sodium_init has been called by random.c's constructor.
 *
 * SHA-256 is nettle's, which uses the processor's instructions for it where there are any: 7 us for
 * a letter of 7 KB, where libsodium takes 55. */
#include "sys/digest.h"

#include <nettle/hmac.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <sodium.h>

_Static_assert(sizeof(struct digest_stream) >= sizeof(crypto_generichash_state),
               "stream too small");

static const unsigned char *bytes_of(str s)
{
	return (const unsigned char *)(s.p ? s.p : "");
}

void digest_of(str data, uint8_t out[DIGEST_SIZE])
{
	crypto_generichash(out, DIGEST_SIZE, bytes_of(data), data.n, NULL, 0);
}

str digest_hex(struct arena *a, str data)
{
	uint8_t digest[DIGEST_SIZE];
	digest_of(data, digest);
	return str_hex(a, str_n((const char *)digest, sizeof digest));
}

void digest_init(struct digest_stream *h)
{
	crypto_generichash_init((void *)h->opaque, NULL, 0, DIGEST_SIZE);
}

void digest_add(struct digest_stream *h, str data)
{
	crypto_generichash_update((void *)h->opaque, bytes_of(data), data.n);
}

void digest_end(struct digest_stream *h, uint8_t out[DIGEST_SIZE])
{
	crypto_generichash_final((void *)h->opaque, out, DIGEST_SIZE);
}

void digest_sha256(str data, uint8_t out[DIGEST_SHA256_SIZE])
{
	struct sha256_ctx ctx;
	sha256_init(&ctx);
	sha256_update(&ctx, data.n, bytes_of(data));
	sha256_digest(&ctx, DIGEST_SHA256_SIZE, out);
}

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct digest_sha256_stream), "the state fits");

void digest_sha256_init(struct digest_sha256_stream *h)
{
	sha256_init((struct sha256_ctx *)h->opaque);
}

void digest_sha256_add(struct digest_sha256_stream *h, str data)
{
	sha256_update((struct sha256_ctx *)h->opaque, data.n, bytes_of(data));
}

void digest_sha256_end(struct digest_sha256_stream *h, uint8_t out[DIGEST_SHA256_SIZE])
{
	sha256_digest((struct sha256_ctx *)h->opaque, DIGEST_SHA256_SIZE, out);
}

void digest_sha1(str data, uint8_t out[DIGEST_SHA1_SIZE])
{
	struct sha1_ctx ctx;
	sha1_init(&ctx);
	sha1_update(&ctx, data.n, bytes_of(data));
	sha1_digest(&ctx, DIGEST_SHA1_SIZE, out);
}

void digest_hmac_sha256(str key, str data, uint8_t out[DIGEST_SHA256_SIZE])
{
	struct hmac_sha256_ctx ctx;
	hmac_sha256_set_key(&ctx, key.n, bytes_of(key));
	hmac_sha256_update(&ctx, data.n, bytes_of(data));
	hmac_sha256_digest(&ctx, DIGEST_SHA256_SIZE, out);
	sodium_memzero(&ctx, sizeof ctx);
}

void digest_hmac_sha1(str key, str data, uint8_t out[DIGEST_SHA1_SIZE])
{
	struct hmac_sha1_ctx ctx;
	hmac_sha1_set_key(&ctx, key.n, bytes_of(key));
	hmac_sha1_update(&ctx, data.n, bytes_of(data));
	hmac_sha1_digest(&ctx, DIGEST_SHA1_SIZE, out);
	sodium_memzero(&ctx, sizeof ctx);
}
