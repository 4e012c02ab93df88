/* random.c: see random.h. */
#include "sys/random.h"

#include <sodium.h>

/* Before main, so that no thread is there yet and no call has to check. */
__attribute__((constructor)) static void start_sodium(void)
{
	if (sodium_init() < 0)
		abort();
}

void random_bytes(void *p, size_t n)
{
	randombytes_buf(p, n);
}

uint32_t random_below(uint32_t below)
{
	return randombytes_uniform(below);
}

str random_token(struct arena *a, size_t bytes)
{
	char *p = arena_alloc(a, bytes);
	randombytes_buf(p, bytes);
	str token = str_base64(a, str_n(p, bytes), true);
	sodium_memzero(p, bytes);
	return token;
}
