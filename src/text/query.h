/* query.h: what somebody types to find something, taken apart. Pure.
 *
 *   возврат "срок доставки" заказ* -спам status:open from:anna created>2026-11-01 has:photo
 *
 * Items stand beside one another and all must hold: words (in any form), "phrases" (as said),
 * beginnings*, -what shall not be there, and field:value, where a field has an English and a
 * Russian name. The last word may still be being typed: it is a beginning too, unless a space
 * follows. Nothing else is syntax: an unknown field, a lonely sign, an open quote are words. Parts
 * that are written together ("AB-12/4", an address) are found together or as one; a telephone
 * number in any writing is one item.
 *
 * The time is linear in the text; what is above a limit is an error or left out and counted.
 */
#ifndef OTKLIK_TEXT_QUERY_H
#define OTKLIK_TEXT_QUERY_H

#include "base/err.h"
#include "text/term.h"

enum query_field {
	QUERY_TEXT,    /* words, wherever they stand */
	QUERY_SUBJECT, /* words of one field: up to QUERY_FILE */
	QUERY_FROM,
	QUERY_FILE,
	QUERY_STATUS, /* of the ticket, from here on */
	QUERY_LINE,
	QUERY_CATEGORY,
	QUERY_PRIORITY,
	QUERY_LANG,
	QUERY_BRAND,
	QUERY_TAG,
	QUERY_ASSIGNEE,
	QUERY_CHANNEL,
	QUERY_CREATED,
	QUERY_UPDATED,
	QUERY_HAS,
	QUERY_IS,
	QUERY_FIELDS
};
/* The English name: "status". Static storage. */
const char *query_field_name(enum query_field f);
/* A field by one of its names, in any case. */
bool query_field_by_name(str name, enum query_field *out);
static inline bool query_field_is_words(enum query_field f)
{
	return f <= QUERY_FILE;
}

struct query_word {
	str word; /* folded */
	str stem; /* may be the same */
};

struct query_item {
	enum query_field field;
	bool negative;
	bool phrase; /* in quotes: exact forms, one after the other */
	bool prefix; /* the last word is a beginning, as said by '*' */
	bool open;   /* the last word may be a beginning: it is being typed */
	/* Of fields with words: at least one word. */
	struct query_word *words;
	size_t n_words;
	bool together; /* written together or a phrase: the words follow one another; not of authors
	                */
	str joined;    /* or stand as this one (TERM_JOINED without its mark); "" = no */
	str value;     /* of the others: as typed, without quotes */
	usec from, to; /* of dates: from <= t < to */
	size_t at, n;  /* bytes of the query */
};

struct query {
	struct query_item *items;
	size_t n;
	size_t n_words;  /* positive items of words */
	size_t left_out; /* items above the limit */
	bool unclosed;   /* a quote was not closed */
	/* "foo" of "foo:bar", written like a field that there is not and taken for words; "" =
	 * none. Not of "re:", of addresses, times and the like. */
	str unknown;
	str meant; /* the name of a field that it is near to; "" = of none */
};

struct query_options {
	size_t max_chars; /* 0: 10,000 */
	size_t max_items; /* 0: 32 */
	size_t max_words; /* of one item; 0: 16 */
	usec now;         /* for "today", "7d" */
};

/* text: valid UTF-8. ERR_INVALID, field "q": "error.query_long" (arg = the limit),
 * "error.query_date" (arg = the item). Results live in a. */
enum err query_parse(struct arena *a, struct stemmer *stemmer, str text,
                     const struct query_options *o, struct query *out, struct error *e) MUST_USE;

/* "created>x": an item as an error names it, for whoever finds a value that does not fit. */
str query_said(struct arena *a, str text, const struct query_item *i);

/* ---- does a text fit? ---- */

/* How a word fits an item's one. */
enum query_fit { FIT_NOT, FIT_PREFIX, FIT_STEM, FIT_EXACT };

/* Do the terms of a message (text/term.h, TERM_SPACED, by enum term_field) fit all items of words?
 * The same answer as the index gives. */
bool query_fits(const struct query *q, const str terms[TERM_FIELDS]);

/* How well a text fits the positive items: for each the best fit of its words, exact ones worth
 * most, phrases and subjects more; 0: nothing of it is there. */
double query_score(const struct query *q, struct stemmer *stemmer, str subject, str text);

/* A piece of text around the first found word, in one line, found words between U+2068 and
 * U+2069. */
str query_snippet(struct arena *a, const struct query *q, struct stemmer *stemmer, str text,
                  size_t max_chars);

#endif
