/* stem.h: words without their endings (Snowball, libstemmer inside).
 *
 * One stemmer does Cyrillic and Latin words at once: a Cyrillic word gets the
 * Russian rules, a Latin one those of the language that was chosen, any other and
 * whatever has digits stays as it is. It remembers words it has seen lately, so that a
 * text costs little more than its rare words.
 *
 * Has state: one thread at a time. About 300 KB each.
 */
#ifndef OTKLIK_TEXT_STEM_H
#define OTKLIK_TEXT_STEM_H

#include "base/str.h"

struct stemmer;

/* latin: "en", "de", "es", "fr", "it", "pt"; NULL and whatever is not known mean "en".
 * The caller owns it and calls stemmer_free. */
struct stemmer *stemmer_new(const char *latin);
void stemmer_free(struct stemmer *s); /* NULL is fine */
#define STEMMER_AUTO CLEANUP(stemmer_cleanup) struct stemmer *
static inline void stemmer_cleanup(struct stemmer **s)
{
	stemmer_free(*s);
}

/* The stem of a word that is folded already (text_fold or word_fold: small
 * letters, no ё). Valid until the next call; words that have no stem come back
 * themselves. Never empty for a word that is not. Any bytes do. */
str stemmer_stem(struct stemmer *s, str word);

#endif
