/* search_word.h: the words of letters that the index holds, each once. See search.h. */
#ifndef OTKLIK_STORE_SEARCH_WORD_H
#define OTKLIK_STORE_SEARCH_WORD_H

#include "db/db.h"

/* Makes what was prepared by the words as they were be prepared anew. */
enum err search_words_outdate(struct db_conn *tx, struct error *e) MUST_USE;
/* Of words that were just taken out of the index with a message (a space between): what no other
 * message holds goes. */
enum err search_word_forget(struct arena *a, struct db_conn *tx, str words,
                            struct error *e) MUST_USE;

/* What stands in the index for all words that begin so. */
struct search_begins {
	str *terms; /* whole terms, marks included */
	size_t n;
	str *prefixes; /* beginnings of terms, of which there are few */
	size_t n_prefixes;
};
/* word: folded, not empty. One letter stands for itself only. */
enum err search_begins(struct arena *a, struct db_conn *c, str word, struct search_begins *out,
                       struct error *e) MUST_USE;

/* A term as both engines' expressions take it: quoted. */
str search_quoted(struct arena *a, enum db_engine engine, const char *mark, str word);

#endif
