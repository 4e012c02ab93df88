/* function.h: words that hold a sentence together and tell nothing of what it is about.
 *
 * The list is rules/function_words.txt, Russian and English. Pure.
 */
#ifndef OTKLIK_TEXT_FUNCTION_H
#define OTKLIK_TEXT_FUNCTION_H

#include "base/str.h"

/* Whether the word, in any case, is in the list. */
bool text_function_word(str word);

#endif
