/* word.h: a text as words and sentences, with their places in it.
 *
 * After Unicode Standard Annex 29, reduced to what search and learning need: a
 * word is a run of letters, marks and digits, with an apostrophe inside
 * ("don't"), a number may have points and commas inside ("1,500.20",
 * "21.11.2024"), an ideograph or kana stands for itself, an emoji too. Unlike
 * there a point between letters parts them ("конец.Начало"), unless the whole is
 * a host name, and addresses of mail and the web are one word, which is followed by
 * its parts where one asks for them. A hyphen parts words ("из-за", "A-12").
 *
 * Takes any bytes; what is not UTF-8 parts words. Nothing is allocated, the
 * time is linear in the text.
 */
#ifndef OTKLIK_TEXT_WORD_H
#define OTKLIK_TEXT_WORD_H

#include "base/str.h"

/* No word is longer; a longer run comes in several words. Addresses: WORD_ADDRESS_MAX. */
#define WORD_MAX 120
#define WORD_ADDRESS_MAX 500

enum word_kind {
	WORD_LETTERS, /* letters and marks */
	WORD_NUMBER,  /* digits, points and commas */
	WORD_CODE,    /* letters and digits: "RB123456785RU", "15тыс" */
	WORD_EMAIL,
	WORD_URL, /* with a scheme, with www., or a host name: "https://x.ru/a?b", "ozon.ru" */
	WORD_EMOJI,
};

/* The script of a word's first letter. */
enum word_script { WORD_NO_SCRIPT, WORD_LATIN, WORD_CYRILLIC, WORD_OTHER };

struct word {
	enum word_kind kind;
	enum word_script script;
	bool upper;   /* has two letters or more, none of them lower case: "СРОЧНО" */
	bool title;   /* its first letter is a capital */
	bool part;    /* stands inside the address that came before it */
	size_t at, n; /* bytes of the text */
};

/* Goes through a text from its begin; fields are the iterator's own. */
struct words {
	str text;
	size_t at;      /* where the next word is looked for */
	size_t inside;  /* the end of the address whose parts are given */
	size_t at_sign; /* the next '@' at or behind `at` */
	bool parts;
};

/* parts: an address is followed by the words in it. */
static inline struct words words_of(str text, bool parts)
{
	return (struct words){.text = text, .parts = parts};
}
/* The next word; false at the end. */
bool words_next(struct words *w, struct word *out);
static inline str word_str(str text, const struct word *w)
{
	return str_n(text.p + w->at, w->n);
}

/* One word as it is compared: text_fold of it, and ’ as '. Writes to out, which has room for
 * WORD_FOLD_MAX bytes, and returns the length. A word of more than WORD_ADDRESS_MAX bytes is cut.
 */
#define WORD_FOLD_MAX 1536
size_t word_fold(str word, char *out);

/* Takes the next sentence off the front of *rest: trimmed, not empty. False at the end.
 * A sentence ends at . ! ? … before white space that no small letter follows (and not
 * behind an initial or a common abbreviation), at an empty line, and before a
 * line that opens an item of a list or is quoted. A sentence of 2,000 bytes ends at the next
 * space. */
bool sentence_next(str *rest, str *out);

#endif
