/* distance.h: how many typing errors lie between two words.
 *
 * Insertions, deletions, substitutions and swaps of neighbours, each counted
 * once (Damerau 1964; the restricted form, "optimal string alignment": no part of a word
 * is changed twice). On code points; callers fold first. Only distances up
 * to a maximum are told, and the work is in proportion to length * maximum.
 */
#ifndef OTKLIK_TEXT_DISTANCE_H
#define OTKLIK_TEXT_DISTANCE_H

#include "base/str.h"

/* Longer words are only compared for being equal in their first so many characters: nobody
 * mistypes them. */
#define DISTANCE_CHARS 64

struct chars {
	uint32_t p[DISTANCE_CHARS];
	size_t n;
	uint64_t bag; /* a bit for each character: which ones there are */
	bool cut;     /* the word is longer */
};

/* A word as code points; any bytes. */
void chars_of(str word, struct chars *out);

/* The distance, or max + 1 when it is larger. max 0..8. */
int text_distance(str a, str b, int max);
int chars_distance(const struct chars *a, const struct chars *b, int max);
/* The distance of `prefix` to the nearest beginning of `word`: for a word that is still being
 * typed. */
int chars_prefix_distance(const struct chars *prefix, const struct chars *word, int max);

/* How many errors a word of so many characters may have and still be believed: none below 4, one
 * below 8, else two. */
static inline int distance_allowed(size_t chars)
{
	return chars < 4 ? 0 : chars < 8 ? 1 : 2;
}

#endif
