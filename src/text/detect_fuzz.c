/* Any bytes: what the detectors point at lies in the text, confidences are within bounds. */
#include <assert.h>

#include "text/detect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str s = str_n((const char *)data, size), rest = s, own;
	struct detection all[DETECT_COUNT];
	double mood;
	detect_all(s, all, &mood);
	for (int k = 0; k < DETECT_COUNT; k++) {
		assert(all[k].confidence >= 0 && all[k].confidence <= 1);
		assert(all[k].found == (all[k].confidence >= 0.5) &&
		       all[k].found == (all[k].n > 0));
		for (size_t i = 0; i < all[k].n; i++)
			assert(all[k].spans[i].n && all[k].spans[i].at + all[k].spans[i].n <= s.n);
	}
	assert(mood >= -1 && mood <= 1);
	const char *at = s.p;
	while (own_next(&rest, &own)) {
		assert(own.p >= at && own.p + own.n <= s.p + s.n);
		at = own.p + own.n;
	}
	return 0;
}
