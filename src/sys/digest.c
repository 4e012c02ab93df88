/* digest.c: see digest.h. sodium_init has been called by random.c's constructor. */
#include "sys/digest.h"

#include <nettle/hmac.h>
#include <nettle/sha1.h>
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
	crypto_hash_sha256(out, bytes_of(data), data.n);
}

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct digest_sha256_stream),
               "the state fits");

void digest_sha256_init(struct digest_sha256_stream *h)
{
	crypto_hash_sha256_init((crypto_hash_sha256_state *)h->opaque);
}

void digest_sha256_add(struct digest_sha256_stream *h, str data)
{
	crypto_hash_sha256_update((crypto_hash_sha256_state *)h->opaque, bytes_of(data), data.n);
}

void digest_sha256_end(struct digest_sha256_stream *h, uint8_t out[DIGEST_SHA256_SIZE])
{
	crypto_hash_sha256_final((crypto_hash_sha256_state *)h->opaque, out);
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
	crypto_auth_hmacsha256_state state;
	crypto_auth_hmacsha256_init(&state, bytes_of(key), key.n);
	crypto_auth_hmacsha256_update(&state, bytes_of(data), data.n);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof state);
}

void digest_hmac_sha1(str key, str data, uint8_t out[DIGEST_SHA1_SIZE])
{
	struct hmac_sha1_ctx ctx;
	hmac_sha1_set_key(&ctx, key.n, bytes_of(key));
	hmac_sha1_update(&ctx, data.n, bytes_of(data));
	hmac_sha1_digest(&ctx, DIGEST_SHA1_SIZE, out);
	sodium_memzero(&ctx, sizeof ctx);
}
