/* sentence.h: a text as the detectors look at it: what the writer wrote (own.c), sentence by
 * sentence, each word folded once for all of them.
 */
#ifndef OTKLIK_TEXT_SENTENCE_H
#define OTKLIK_TEXT_SENTENCE_H

#include "text/word.h"

#define SENTENCE_WORDS 128
#define SENTENCE_FOLDED 8192

struct sentence_word {
	size_t at, n; /* bytes of the sentence's text */
	enum word_kind kind;
	bool upper;
	str folded; /* rules_word of it */
};

/* A sentence, or a piece of one that has more words than fit. */
struct sentence {
	str text;    /* the whole sentence */
	bool first;  /* not a further piece of it */
	size_t n;    /* words */
	size_t used; /* bytes of folded */
	struct words left;
	struct sentence_word words[SENTENCE_WORDS];
	char folded[SENTENCE_FOLDED];
};

static inline void sentence_begin(struct sentence *s)
{
	s->text = STR_NONE;
	s->left = words_of(STR_NONE, false);
}
/* The next piece of *own, after sentence_begin; false at its end.*/
bool sentence_read(str *own, struct sentence *s);

#endif
