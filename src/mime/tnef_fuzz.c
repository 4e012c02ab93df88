/* Any bytes as a container, as packed RTF and as RTF: within limits, and all text is UTF-8. */
#include <assert.h>

#include "mime/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(str s)
{
	assert(str_is_utf8(s));
	assert(s.n == 0 || !memchr(s.p, 0, s.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tnef_limits limits = {
	    .files = 20, .depth = 3, .properties = 1000, .body_bytes = 20000};
	struct arena *a = arena_new();
	struct tnef t;
	str bytes = str_n((const char *)data, size);
	bool flag;
	if (tnef_read(a, bytes, &limits, &t)) {
		check(t.text);
		check(t.html);
		check(t.subject);
		assert(t.files.n <= limits.files);
		for (size_t i = 0; i < t.files.n; i++) {
			check(t.files.p[i].name);
			check(t.files.p[i].content_type);
			check(t.files.p[i].content_id);
		}
	} else {
		str unpacked = rtf_unpack(a, bytes, 20000, &flag);
		assert(unpacked.n <= 20000);
		check(rtf_read(a, unpacked, 20000, &flag));
		check(rtf_read(a, bytes, 20000, &flag));
	}
	arena_free(a);
	return 0;
}
