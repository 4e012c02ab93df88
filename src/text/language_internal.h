/* language_internal.h: the tables that tools/gen_language.py makes of rules/language/.
 *
 * Costs are -ln(p) * 16. Letters have indexes from 1 in language_letters (sorted
 * by code point); 0 is the border of a word, language_letters_n + 1 any other;
 * side = language_letters_n + 2.
 */
#ifndef OTKLIK_TEXT_LANGUAGE_INTERNAL_H
#define OTKLIK_TEXT_LANGUAGE_INTERNAL_H

#include "base/base.h"

#define LANGUAGE_SCALE 16.0

struct language_word {
	const char *p;
	uint8_t n, cost;
};

struct language_profile {
	const char *code;
	const struct language_word *words; /* sorted by bytes */
	size_t words_n;
	const uint8_t *dense; /* [before * side + letter] */
	const uint32_t *keys; /* (a * side + b) * side + c of what was seen, sorted */
	const uint8_t *costs; /* of each key */
	size_t keys_n;
};

extern const uint16_t language_letters[];
extern const size_t language_letters_n;
extern const struct language_profile language_profiles[]; /* by enum language */

#endif
