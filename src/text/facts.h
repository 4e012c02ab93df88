/* facts.h: what a text states: orders, amounts, dates, phones, parcels, places.
 *
 * Russian and English, as customers write them. Each fact has its place in the
 * text, a normal form, and a mark where the words could mean something else. Facts
 * do not overlap, but for a photo, and come in the order of the text.
 *
 * Pure; any bytes do; linear in the text, of which FACTS_BYTES are looked at.
 */
#ifndef OTKLIK_TEXT_FACTS_H
#define OTKLIK_TEXT_FACTS_H

#include "base/str.h"

#define FACTS_BYTES ((size_t)256 << 10)

enum fact_kind {
	FACT_ORDER,    /* upper case: "A-12345" */
	FACT_AMOUNT,   /* "1500.00" with currency */
	FACT_DATE,     /* "2026-11-21" */
	FACT_PHONE,    /* "+74951234567" */
	FACT_TRACKING, /* "RB123456785RU" */
	FACT_CITY,     /* the city's Russian name, "Москва" */
	FACT_EMAIL,    /* folded */
	FACT_PHOTO,    /* "": says that a picture is attached */
	FACT_COUNT
};
const char *fact_name(enum fact_kind k); /* "order", "amount", ... */

struct detection; /* detect.h */

struct fact {
	enum fact_kind kind;
	bool ambiguous; /* may mean something else: a person is to be asked */
	size_t at, n;   /* bytes of the text */
	str value;      /* in the arena, or static */
	/* Of an amount: */
	int64_t minor;        /* in the currency's minor units; in hundredths where it is unknown */
	int64_t other_minor;  /* the other reading of an ambiguous one; 0: there is none to tell */
	const char *currency; /* ISO 4217, "" when the text does not tell */
	/* Of a city: */
	const char *english;
};

struct facts_options {
	/* What order numbers look like in this shop: "9" is a digit, "A" a Latin letter, "X"
	 * either, each may have "{n}" or "{n,m}" behind it; other characters stand for themselves,
	 * in either case: "ORD-9{6}". With none, numbers behind "заказ", "order", "№" and the like
	 * are taken. */
	const str *order_patterns;
	size_t order_patterns_n;
	usec now; /* "вчера" is the day before; years that are left out are the nearest */
	int utc_offset;   /* minutes east, of whoever says "вчера" */
	bool month_first; /* 11/21/2026; otherwise a date with two readings is day first, and marked
	                   */
	size_t max;       /* facts; 0: 64 */
	const struct detection *photo; /* what detect.h found of it; NULL: to be looked for */
};

/* A city that we know by its name in the other language, static; else the name as it is. */
str text_city(str name, bool english);

/* o may be NULL. *out has *n facts. */
void text_facts(struct arena *a, str text, const struct facts_options *o, struct fact **out,
                size_t *n);
/* A pattern of order_patterns that can be read, and asks for three characters or more. */
bool order_pattern_valid(str pattern);
/* NULL when it can be read, or the key of the sentence that says why not, and *at its character,
 * from 1: "error.pattern_open" (no closing brace), "error.pattern_repeat" (a brace behind what
 * stands for itself), "error.pattern_count" (what is in a brace), "error.pattern_few" (fewer than
 * three characters), "error.pattern_long". */
const char *order_pattern_wrong(str pattern, size_t *at);

#endif
