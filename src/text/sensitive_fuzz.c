/* Any text: what is found lies inside it and can be blocked out; afterwards it is found no more,
 * in the text or in HTML. */
#include <assert.h>

#include "text/sensitive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	str s = str_to_utf8(a, str_n((const char *)data, size)), out, again, span;
	struct sensitive *found;
	size_t n, end = 0;
	text_sensitive(a, s, 20, &found, &n);
	for (size_t i = 0; i < n; i++) {
		assert(found[i].at >= end && found[i].at + found[i].n <= s.n && found[i].n);
		end = found[i].at + found[i].n;
		assert(text_span(s, found[i].start, found[i].chars, &span));
		assert(span.p == s.p + found[i].at && span.n == found[i].n);
		struct redactor r = redactor_of(a, span);
		assert(text_redact_span(a, s, found[i].start, found[i].chars, &out));
		assert(str_utf8_len(out) == str_utf8_len(s));
		assert(text_redact(a, s, &r, 1, &out) && str_is_utf8(out));
		assert(!text_redact(a, out, &r, 1, &again));
		(void)text_redact_html(a, s, &r, 1, &out);
		assert(!text_redact_html(a, out, &r, 1, &again));
	}
	/* The first half as a value in the second. */
	str value = str_to_utf8(a, str_sub(s, 0, size / 4));
	struct redactor r = redactor_of(a, value);
	(void)text_redact_html(a, str_to_utf8(a, str_from(s, size / 4)), &r, 1, &out);
	assert(str_is_utf8(out));
	return 0;
}
