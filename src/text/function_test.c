/* function_test.c: which words tell nothing. */
#include "base/test.h"
#include "text/function.h"

TEST(function_words_are_known_in_both_languages)
{
	static const char *const yes[] = {"и",   "На",    "the", "The", "I",     "ещё",
	                                  "ЕЩЕ", "don't", "Мой", "a",   "якобы", "yourself"};
	static const char *const no[] = {"",       "посылка", "refund", "деньги",  "parcel",
	                                 "thesis", "иск",     "9",      "\xff\xfe"};
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		CHECK(text_function_word(str_of(yes[i])));
	for (size_t i = 0; i < COUNT_OF(no); i++)
		CHECK(!text_function_word(str_of(no[i])));
}
