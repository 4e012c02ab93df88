/* Folding, snippets, addresses and masks on any bytes: nothing crashes, results are UTF-8 and keep
 * their promises. */
#include <assert.h>

#include "text/addr.h"
#include "text/fold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	str s = str_n((const char *)data, size), out;
	str folded = text_fold(a, s);
	assert(str_is_utf8(folded));
	assert(str_eq(text_fold(a, folded), folded));
	str line = text_snippet(a, s, size % 50);
	assert(str_is_utf8(line) && str_utf8_len(line) <= size % 50);
	assert(str_chr(line, '\n') < 0);
	if (email_normal(a, s, &out))
		assert(email_is_valid(out));
	if (phone_normal(a, s, &out))
		assert(out.n >= 7 && out.n <= 15);
	const str values[] = {str_sub(s, 0, size / 2), STR("+79161234567")};
	assert(str_is_utf8(text_mask(a, s, values, 2)));
	return 0;
}
