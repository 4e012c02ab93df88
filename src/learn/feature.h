/* feature.h: what the categorizer sees of a text: hashes of words, pairs of words and of letters.
 *
 * Words are runs of letters and digits, folded (case, ё as е, compatibility forms); every other
 * visible character is a word of its own. Features: stems (Snowball, Russian for Cyrillic and
 * English for Latin letters) and pairs of neighbouring stems, with one mark before the first and
 * one behind the last; and the groups of 2 to 5 characters of each word, with marks at its ends.
 * One analysis for training and prediction: it depends on nothing but the text.
 */
#ifndef OTKLIK_LEARN_FEATURE_H
#define OTKLIK_LEARN_FEATURE_H

#include "base/str.h"

#define FEATURE_WORD_CHARS 40 /* of a word that are looked at */
#define FEATURE_WORD_LETTERS (4 * (FEATURE_WORD_CHARS + 2))
#define FEATURE_WORDS_MAX 4096 /* of a text; what follows is not looked at */

/* The blocks: each is brought to length 1 by itself. */
enum feature_block { FEATURE_STEMS, FEATURE_LETTERS, FEATURE_BLOCKS };

struct feature_word {
	uint32_t start, length;      /* bytes of the text */
	uint32_t stem;               /* hash */
	uint32_t letters, n_letters; /* its groups: feature_text.hash[end[STEMS] + letters ..] */
	uint32_t chars;              /* that are looked at */
	uint64_t key;                /* hash of the folded word: one key, the same groups */
};

/* Reads texts one after another; belongs to one thread. */
struct feature_reader;

struct feature_reader *feature_reader_new(void);
void feature_reader_free(struct feature_reader *r); /* NULL is fine */

struct feature_text {
	const struct feature_word *words;
	uint32_t n_words;
	/* Hashes, none of them 0, repeated as often as they occur: hash[0..end[STEMS]) are stems
	 * and pairs, hash[end[STEMS]..end[LETTERS]) groups of letters. */
	const uint32_t *hash;
	uint32_t end[FEATURE_BLOCKS];
};

/* The features of a text, of any bytes. What comes back lives until the next call. skip: words with
 * this stem are left out (0: none). */
void feature_read(struct feature_reader *r, str text, uint32_t skip, struct feature_text *out);

/* The same without groups of letters, which are then asked for word by word where they are needed:
 * of the same text, and before the next. How many there are. */
void feature_read_stems(struct feature_reader *r, str text, uint32_t skip,
                        struct feature_text *out);
size_t feature_letters(struct feature_reader *r, str text, const struct feature_word *w,
                       uint32_t out[FEATURE_WORD_LETTERS]);

#endif
