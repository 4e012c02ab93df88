/* facts_internal.h: what the finders of facts share: the text as words, and the list of
 * what was found. A finder takes words that nobody took before it. */
#ifndef OTKLIK_TEXT_FACTS_INTERNAL_H
#define OTKLIK_TEXT_FACTS_INTERNAL_H

#include "base/vec.h"
#include "text/facts.h"
#include "text/word.h"

struct fact_word {
	size_t at, n;
	enum word_kind kind;
	bool title, upper, taken;
	str folded; /* in the arena */
};

struct fact_scan {
	struct arena *a;
	str text;
	const struct facts_options *o;
	struct fact_word *words;
	size_t n;
	VEC(struct fact) facts;
};

/* Word i, or one that equals nothing. */
static inline str fact_folded(const struct fact_scan *s, size_t i)
{
	return i < s->n ? s->words[i].folded : STR_NONE;
}
/* What stands between word i and the next one (or the end). */
str fact_gap(const struct fact_scan *s, size_t i);
/* Between word i - 1 and i. */
static inline str fact_gap_before(const struct fact_scan *s, size_t i)
{
	return i == 0 ? str_sub(s->text, 0, s->n ? s->words[0].at : 0) : fact_gap(s, i - 1);
}
bool fact_is_one_of(str word, const char *const *list, size_t n);
#define FACT_IS(word, list) fact_is_one_of((word), (list), COUNT_OF(list))
/* The same of beginnings. */
bool fact_starts(str word, const char *const *list, size_t n);
#define FACT_STARTS(word, list) fact_starts((word), (list), COUNT_OF(list))
bool fact_digits(str s); /* not empty, ASCII digits only */

/* Adds a fact of words [from, to) and takes them; what follows may be changed by the caller. */
struct fact *fact_add(struct fact_scan *s, enum fact_kind k, size_t from, size_t to, str value);
/* A fact of bytes; takes the words that touch them. NULL when one of them is taken. */
struct fact *fact_add_bytes(struct fact_scan *s, enum fact_kind k, size_t at, size_t n, str value);

void find_codes(struct fact_scan *s);  /* fact_code.c: parcels with a check digit */
void find_phones(struct fact_scan *s); /* fact_code.c */
/* fact_order.c: orders whose pattern has a sign or a letter, which no amount has. */
void find_told_orders(struct fact_scan *s);
void find_orders(struct fact_scan *s);  /* the other orders, parcels by their word */
void find_dates(struct fact_scan *s);   /* fact_date.c */
void find_amounts(struct fact_scan *s); /* fact_amount.c */
void find_cities(struct fact_scan *s);  /* fact_city.c */

/* ---- the table of tools/gen_cities.py ---- */

struct city {
	const char *ru, *en;
	bool word; /* means something else too */
};
struct city_form {
	const char *p;
	uint8_t n;
	uint16_t city;
};
extern const struct city cities[];
extern const struct city_form city_forms[]; /* sorted by bytes */
extern const size_t city_forms_n;

#endif
