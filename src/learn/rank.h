/* rank.h: which of our documents answer a text, best first, and how surely.
 *
 * An index over documents (handbook articles, or solved tickets) is built at
 * once, never changes after that and may be asked by any number of threads.
 * Several ways to compare (runs of letters, stems, a space of meanings learnt from
 * the documents themselves) are brought to one scale for each query and added
 * up, so that an exact word counts, a typo costs little, and Russian
 * and English may stand side by side. Questions that a document has answered
 * are the best that it can be known by: give them in `solved`.
 *
 * Building anew is the way to change an index: some 50 ms for 300 articles,
 * seconds for 20,000 (doc/rank.md).
 */
#ifndef OTKLIK_LEARN_RANK_H
#define OTKLIK_LEARN_RANK_H

#include "base/err.h"
#include "base/str.h"

struct rank_index;

/* Texts are any bytes; what is over a limit of the options is left out, never refused. */
struct rank_doc {
	str id;            /* copied; need not be unique */
	str title, body;   /* plain text; either may be empty */
	str language;      /* "ru", "en", or empty: by each word's script */
	const str *solved; /* questions that this document answered; only their words are kept */
	size_t n_solved;
};

/* 0 means the default. */
struct rank_options {
	size_t docs_max;     /* 50,000: the first ones are taken */
	size_t title_bytes;  /* 1,000 */
	size_t body_bytes;   /* 20,000 of each body, and */
	size_t bodies_bytes; /* 3 MiB of all of them: the longest give way */
	size_t solved_max;   /* 200 questions a document: the last ones are taken */
	size_t solved_bytes; /* 1,000 of each */
	size_t query_bytes;  /* 2,000 of a query are looked at */
	size_t sense_docs;   /* 4,000: from so many, evenly chosen, meanings are learnt */
	uint64_t seed;       /* the same documents and seed make the same index */
};

/* o may be NULL. Never NULL; the caller calls rank_free. Reads docs only during the call. */
struct rank_index *rank_new(const struct rank_doc *docs, size_t n, const struct rank_options *o)
    __attribute__((returns_nonnull));
void rank_free(struct rank_index *x); /* NULL is fine */

size_t rank_docs(const struct rank_index *x);
/* The id of document i of the array that the index was built from; lives as long as the index. */
str rank_id(const struct rank_index *x, size_t doc);
/* Bytes on the heap. */
size_t rank_memory(const struct rank_index *x);

#define RANK_WORDS_MAX 8

struct rank_hit {
	size_t doc;   /* its place in the array */
	str id;       /* the index's own */
	double score; /* comparable within one answer only */
	/* The chance, 0..1, that this document answers the text, given that one or none of
	 * the documents does. Below 0.2 for all: probably none answers. */
	double confidence;
	/* Words of the query, folded, that the document has too (also with
	 * another ending or a typo), the most telling first. */
	str words[RANK_WORDS_MAX];
	size_t n_words;
};

/* At most `limit` documents that have something in common with the text, best first; equal ones in
 * the order of the array. Returns how many; *out and what it points to live in the arena. */
size_t rank_query(struct arena *a, const struct rank_index *x, str text, size_t limit,
                  struct rank_hit **out);

#endif
