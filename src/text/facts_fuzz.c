/* Any bytes: facts lie in the text, in order, without overlapping, with values that are text. */
#include <assert.h>

#include "text/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	str s = str_n((const char *)data, size);
	const str patterns[] = {STR("ORD-9{3,8}"), str_sub(s, 0, size % 12)};
	struct facts_options o = {.now = (usec)size * USEC_DAY * 900,
	                          .order_patterns = patterns,
	                          .order_patterns_n = size % 3,
	                          .month_first = size % 2};
	struct fact *f;
	size_t n, end = 0;
	text_facts(a, s, &o, &f, &n);
	for (size_t i = 0; i < n; i++) {
		assert(f[i].n && f[i].at + f[i].n <= s.n);
		assert(str_is_utf8(f[i].value) && f[i].minor >= 0 && f[i].other_minor >= 0);
		if (f[i].kind == FACT_PHOTO)
			continue;
		assert(f[i].at >= end);
		end = f[i].at + f[i].n;
	}
	return 0;
}
