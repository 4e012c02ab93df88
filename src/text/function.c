/* function.c: see function.h. */
#include "text/function.h"

#include "text/fold.h"

extern const char *const function_words[]; /* folded, sorted by their bytes */
extern const size_t function_words_n;

bool text_function_word(str word)
{
	ARENA_AUTO a = arena_new();
	if (word.n > 40)
		return false;
	str fold = text_fold(a, word);
	size_t from = 0, to = function_words_n;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int order = str_cmp(fold, str_of(function_words[mid]));
		if (order == 0)
			return true;
		if (order < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return false;
}
