/* thin_fuzz.c: the result is within its bounds, does not depend on where the input was broken,
 * and can be read. The first byte: how many bytes are fed at a time. */
#include <assert.h>

#include "mime/parse.h"
#include "mime/thin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const struct mime_thin_limits *limits, str raw, size_t step, struct mime_thin *t)
{
	mime_thin_init(t, limits);
	for (size_t at = 0; at < raw.n; at += step)
		mime_thin_feed(t, str_sub(raw, at, at + step < raw.n ? at + step : raw.n));
	mime_thin_end(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mime_thin_limits limits = {
	    .bytes = 1000, .text_bytes = 300, .header_bytes = 600};
	if (size < 2)
		return 0;
	str raw = str_n((const char *)data + 1, size - 1);
	struct mime_thin whole, pieces;
	run(&limits, raw, raw.n, &whole);
	run(&limits, raw, (size_t)data[0] + 1, &pieces);
	assert(str_eq(buf_str(&whole.out), buf_str(&pieces.out)));
	assert(whole.out.n <= limits.bytes + limits.header_bytes && whole.held == pieces.held);
	if (whole.out.n) {
		ARENA_AUTO a = arena_new();
		struct mime_message *m;
		assert(!mime_parse(a, buf_str(&whole.out), NULL, &m, NULL));
		/* Whatever the reader takes for parts: only ours stayed outside. */
		size_t held = 0;
		for (size_t i = 0; i < m->attachments.n; i++)
			held += m->attachments.p[i].held > 0;
		assert(held <= whole.held);
	}
	mime_thin_release(&whole);
	mime_thin_release(&pieces);
	return 0;
}
