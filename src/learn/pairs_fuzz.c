/* pairs_fuzz.c: a model of likeness from any bytes: refused, or usable. The checksum is mended
 * first, or nothing behind it would be reached. */
#include <assert.h>
#include <xxhash.h>

#include "learn/pairs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pairs_model *m;
	struct error e;
	char *copy = xmalloc(size + 8);
	memcpy(copy, data, size);
	uint64_t sum = XXH3_64bits(copy, size);
	for (int i = 0; i < 8; i++)
		copy[size + (size_t)i] = (char)(sum >> (8 * i));
	if (!pairs_load(str_n(copy, size + 8), &m, &e)) {
		double p = pairs_same(m, STR("the parcel is lost"), STR("lost: посылка 7"));
		assert(p >= 0 && p <= 1);
		pairs_free(m);
	} else {
		assert(e.code == ERR_SYNTAX);
	}
	free(copy);
	return 0;
}
