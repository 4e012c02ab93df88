/* Any bytes: words and sentences lie in the text one behind the other, folding and stems keep
 * their bounds. */
#include <assert.h>

#include "text/fold.h"
#include "text/stem.h"
#include "text/word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO stemmer = stemmer_new(size % 2 ? "de" : NULL);
	str s = str_n((const char *)data, size);
	for (int parts = 0; parts < 2; parts++) {
		struct words w = words_of(s, parts);
		size_t end = 0, address = 0;
		char out[WORD_FOLD_MAX];
		for (struct word x; words_next(&w, &x);) {
			assert(x.n > 0 && x.n <= WORD_ADDRESS_MAX + 16 && x.at + x.n <= s.n);
			assert(x.part ? x.at < address : x.at >= end);
			assert(!x.part || parts);
			if (parts && (x.kind == WORD_EMAIL || x.kind == WORD_URL)) {
				address = x.at + x.n;
				end = x.at;
			} else {
				end = x.at + x.n;
			}
			size_t n = word_fold(word_str(s, &x), out);
			assert(n <= sizeof out);
			str stem = stemmer_stem(stemmer, str_n(out, n));
			assert(n == 0 || stem.n > 0);
			str again = stemmer_stem(stemmer, str_n(out, n));
			assert(str_eq(stem, again));
		}
	}
	const char *at = s.p;
	str rest = s, sentence;
	while (sentence_next(&rest, &sentence)) {
		assert(sentence.n && sentence.p >= at && sentence.p + sentence.n <= s.p + s.n);
		at = sentence.p + sentence.n;
	}
	return 0;
}
