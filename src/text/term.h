/* term.h: what a text is found by: the one analysis of both engines' indexes and of queries.
 *
 * A word is a run of letters, digits and marks, folded (text/word.h), so that addresses and
 * numbers come as their parts. In the index stands
 *
 *   word      as it is, at each of its places: exact forms and phrases
 *   ~stem     where the stem is another word: all forms of a word
 *   ^abc      the first TERM_SHORT and TERM_LONG letters of longer words: beginnings, without
 *             reading all that begins so
 *   #ab1234   parts that stand together and hold digits, as one: "AB-1234", "12 345-67"; and the
 *             last ten and seven digits of what looks like a telephone number, in any writing
 *
 *   @word     of authors, besides, and @~stem: "from:anna" does not read all who say Anna
 *
 * The marked ones stand at the place of the first word they are said of, once a field. Words are
 * letters and digits only, so that nothing needs an escape in either engine's language.
 */
#ifndef OTKLIK_TEXT_TERM_H
#define OTKLIK_TEXT_TERM_H

#include "base/buf.h"
#include "text/stem.h"

#define TERM_WORD_BYTES 64 /* longer words are cut */
#define TERM_SHORT 3       /* letters of the shorter indexed beginnings */
#define TERM_LONG 5
#define TERM_STEM '~'
#define TERM_BEGIN '^'
#define TERM_JOINED '#'
#define TERM_AUTHORED '@'

enum term_field { TERM_TEXT, TERM_SUBJECT, TERM_AUTHOR, TERM_FILE, TERM_FIELDS };

/* One word of a text. */
struct term {
	str word;     /* folded; valid until the next call */
	size_t at, n; /* bytes of the text */
	bool glued;   /* no white space between the word before and this one */
	bool digits;  /* nothing but 0 to 9 */
	bool mixed;   /* has digits and letters */
};
/* Goes through the words of a text; fields are the iterator's own. */
struct term_words {
	str text;
	size_t at, end; /* end: of the last word */
	char fold[TERM_WORD_BYTES + 16];
};
static inline struct term_words term_words_of(str text)
{
	return (struct term_words){.text = text};
}
bool term_next(struct term_words *w, struct term *out);

/* Letters (code points) of valid UTF-8 up to max. */
str term_first(str word, size_t letters);
/* The form by which a telephone number is found, however it is written: its last ten digits.
 * digits: 7 to 15 of them. */
str term_phone(str digits);

/* ---- writing an index entry ---- */

enum term_form {
	TERM_SPACED, /* for a tokenizer: terms with a space between, marked ones after their word */
	TERM_TSVECTOR, /* the text form of PostgreSQL's tsvector, fields as weights D A B C */
};

struct term_seen;
struct terms {
	struct stemmer *stemmer;
	enum term_form form;
	struct buf out[TERM_FIELDS]; /* TERM_TSVECTOR: all in the first */
	struct buf words;            /* each different word of letters once, with a space between */
	struct term_seen *seen;
	unsigned place;
};
/* max: bytes of the entry (in TERM_SPACED of its text); what comes later is left out. The stemmer
 * outlives it. */
void terms_init(struct terms *t, struct stemmer *stemmer, enum term_form form, size_t max);
void terms_release(struct terms *t);
/* Empty again, memory kept. */
void terms_clear(struct terms *t);
/* Adds a text to a field; what is not UTF-8 parts words. */
void terms_add(struct terms *t, enum term_field field, str text);

#endif
