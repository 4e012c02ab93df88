/* prose.h: made-up words of customers and agents, the same for the same seed.
 *
 * Words are drawn by rank as in living language (Zipf), from words.h and, more rarely, from a
 * long tail of made-up ones; some are numbers.
 */
#ifndef OTKLIK_BENCH_PROSE_H
#define OTKLIK_BENCH_PROSE_H

#include "base/arena.h"
#include "base/str.h"

enum prose_lang { PROSE_RU, PROSE_EN };

struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *r);
/* In [0, n). */
uint32_t dice_below(struct dice *r, uint32_t n);
bool dice_chance(struct dice *r, double p);

struct vocabulary;
struct vocabulary *vocabulary_new(struct arena *a);

/* A text that grows. */
struct prose {
	char *p;
	size_t n, cap;
};
struct prose *prose_new(struct arena *a, size_t bytes);
void prose_clear(struct prose *t);
static inline str prose_str(const struct prose *t)
{
	return str_n(t->p, t->n);
}

/* About this many words in sentences, with line ends now and then. */
void prose_sentences(const struct vocabulary *v, struct dice *r, enum prose_lang lang, size_t words,
                     struct prose *out);
/* A line without a full stop. */
void prose_subject(const struct vocabulary *v, struct dice *r, enum prose_lang lang,
                   struct prose *out);
/* The n-th customer: name and address. */
void prose_person(const struct vocabulary *v, uint64_t n, enum prose_lang *lang, struct prose *name,
                  struct prose *address);
/* The i-th tag; false behind the last. */
bool prose_tag(const struct vocabulary *v, size_t i, str *out);

#endif
