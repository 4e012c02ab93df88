/* language.h: which language a text is written in; made for short ones.
 *
 * A word costs what its language's list of common words says or, if that is less, what its
 * letters do after one another (rules/language/); the language in
 * which the text is cheapest wins, its share against the others is the confidence. Only
 * languages of the script that most of the text is written in compete. Other scripts
 * tell the language by themselves. After Cavnar and Trenkle 1994 and Dunning 1994.
 *
 * Any bytes do. Only the first LANGUAGE_WORDS words are looked at.
 */
#ifndef OTKLIK_TEXT_LANGUAGE_H
#define OTKLIK_TEXT_LANGUAGE_H

#include "base/str.h"

#define LANGUAGE_WORDS 60

/* Those that have a profile. */
enum language {
	LANGUAGE_RU,
	LANGUAGE_UK,
	LANGUAGE_BE,
	LANGUAGE_KK,
	LANGUAGE_EN,
	LANGUAGE_DE,
	LANGUAGE_ES,
	LANGUAGE_FR,
	LANGUAGE_IT,
	LANGUAGE_PT,
	LANGUAGE_PL,
	LANGUAGE_COUNT
};

struct language_guess {
	const char *code;  /* ISO 639-1, or "und" when there are no words to go by */
	double confidence; /* 0..1 */
};

struct language_guess language_of(str text);

/* How strange a folded word is to a language, in nats a letter: 1 to 2 for its common
 * words, about 2.5 for its others, 4 and more for what cannot be one. 0 for an empty one. */
double language_strangeness(enum language l, str folded);
/* The word stands in the language's list. */
bool language_knows(enum language l, str folded);

#endif
