/* Any bytes: a language with a confidence within its bounds; other layouts, letters and distances
 * of them. */
#include <assert.h>

#include "text/distance.h"
#include "text/keyboard.h"
#include "text/language.h"
#include "text/translit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str s = str_n((const char *)data, size);
	struct language_guess g = language_of(s);
	assert(g.confidence >= 0 && g.confidence <= 1);
	assert((g.confidence > 0) == (strcmp(g.code, "und") != 0));
	for (int l = 0; l < LANGUAGE_COUNT; l++)
		assert(language_strangeness((enum language)l, s) >= 0);
	ARENA_AUTO a = arena_new();
	str out, c[TRANSLIT_MAX];
	assert(!keyboard_mistyped(a, s, &out) || str_is_utf8(out));
	assert(str_is_utf8(keyboard_to_cyrillic(a, s)) && str_is_utf8(keyboard_to_latin(a, s)));
	for (int way = 0; way < 2; way++) {
		size_t n = way ? translit_to_latin(a, s, c) : translit_to_cyrillic(a, s, c);
		assert(n <= TRANSLIT_MAX);
		for (size_t i = 0; i < n; i++)
			assert(str_is_utf8(c[i]) && !str_eq(c[i], s));
	}
	(void)translit_is_russian(a, s, &out);
	str left = str_sub(s, 0, size / 2), right = str_from(s, size / 2);
	int max = (int)(size % 5), d = text_distance(left, right, max);
	assert(d >= 0 && d <= max + 1 && d == text_distance(right, left, max));
	struct chars x, y;
	chars_of(left, &x);
	chars_of(right, &y);
	assert(chars_prefix_distance(&x, &y, max) <= d);
	return 0;
}
