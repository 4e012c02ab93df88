/* query_fit.c: does a text fit a query, how well, and where. See query.h. */
#include "text/fold.h"
#include "text/query.h"

#include <math.h>

enum {
	NEAR = 16, /* words before the current one that are remembered: the longest phrase */
	LEAD = 40, /* bytes before the first found word, about */
	LINE_CHARS = 20000, /* of a text that are looked through for a snippet */
};

static enum query_fit fit(const struct query_item *i, size_t k, str word, str stem)
{
	const struct query_word *w = &i->words[k];
	if (str_eq(word, w->word))
		return FIT_EXACT;
	bool begins = (i->prefix || i->open) && k + 1 == i->n_words;
	if (!i->phrase && str_eq(stem, w->stem))
		return FIT_STEM;
	return begins && str_starts(word, w->word) ? FIT_PREFIX : FIT_NOT;
}

/* ---- terms, as the index has them ---- */

static bool next_term(str *rest, str *term)
{
	return rest->n && str_split(rest, ' ', term) && term->n;
}

static bool has_term(str terms, char mark, str word)
{
	str t;
	while (next_term(&terms, &t))
		if (mark ? t.p[0] == mark && str_eq(str_from(t, 1), word) : str_eq(t, word))
			return true;
	return false;
}

static bool has_joined(str terms, const struct query_item *i)
{
	str t;
	while (next_term(&terms, &t))
		if (t.p[0] == TERM_JOINED &&
		    (i->open && i->together ? str_starts(str_from(t, 1), i->joined)
		                            : str_eq(str_from(t, 1), i->joined)))
			return true;
	return false;
}

static bool is_marked(str t)
{
	return t.p[0] == TERM_STEM || t.p[0] == TERM_BEGIN || t.p[0] == TERM_JOINED ||
	       t.p[0] == TERM_AUTHORED;
}

static bool has_prefix(str terms, str word)
{
	str t;
	while (next_term(&terms, &t))
		if (!is_marked(t) && str_starts(t, word))
			return true;
	return false;
}

static bool has_phrase(str terms, const struct query_item *i)
{
	str near[NEAR], t;
	size_t n = 0, want = i->n_words < NEAR ? i->n_words : NEAR;
	while (next_term(&terms, &t)) {
		if (is_marked(t))
			continue;
		near[n++ % NEAR] = t;
		bool all = n >= want;
		for (size_t k = 0; all && k < want; k++) {
			str have = near[(n - want + k) % NEAR];
			bool begins = i->prefix && k + 1 == want;
			all = begins ? str_starts(have, i->words[k].word)
			             : str_eq(have, i->words[k].word);
		}
		if (all)
			return true;
	}
	return false;
}

static bool word_there(str terms, const struct query_item *i, size_t k)
{
	const struct query_word *w = &i->words[k];
	bool begins = (i->prefix || i->open) && k + 1 == i->n_words;
	if (has_term(terms, 0, w->word) || (begins && has_prefix(terms, w->word)))
		return true;
	if (i->phrase)
		return false;
	return has_term(terms, TERM_STEM, w->stem) || has_term(terms, 0, w->stem);
}

/* In one field; words of an item that need not follow one another may stand in several. */
static bool item_there(const str *terms, size_t n_fields, const struct query_item *i)
{
	if (i->joined.n)
		for (size_t f = 0; f < n_fields; f++)
			if (has_joined(terms[f], i))
				return true;
	if (i->together && !i->open) {
		for (size_t f = 0; f < n_fields; f++)
			if (has_phrase(terms[f], i))
				return true;
		return false;
	}
	for (size_t k = 0; k < i->n_words; k++) {
		bool there = false;
		for (size_t f = 0; f < n_fields && !there; f++)
			there = word_there(terms[f], i, k);
		if (!there)
			return false;
	}
	return true;
}

bool query_fits(const struct query *q, const str terms[TERM_FIELDS])
{
	static const enum term_field one[] = {
	    [QUERY_SUBJECT] = TERM_SUBJECT, [QUERY_FROM] = TERM_AUTHOR, [QUERY_FILE] = TERM_FILE};
	for (size_t k = 0; k < q->n; k++) {
		const struct query_item *i = &q->items[k];
		if (!query_field_is_words(i->field))
			continue;
		bool there = i->field == QUERY_TEXT ? item_there(terms, TERM_FIELDS, i)
		                                    : item_there(&terms[one[i->field]], 1, i);
		if (there == i->negative)
			return false;
	}
	return true;
}

/* ---- how well ---- */

/* The best fit of each item's words in a text, into best[item][word]. */
static void look(const struct query *q, struct stemmer *stemmer, str text, uint8_t (*best)[NEAR])
{
	struct term_words words = term_words_of(text);
	struct term t;
	while (term_next(&words, &t)) {
		str stem = t.digits ? t.word : stemmer_stem(stemmer, t.word);
		for (size_t k = 0; k < q->n; k++) {
			const struct query_item *i = &q->items[k];
			if (i->negative || !query_field_is_words(i->field))
				continue;
			for (size_t w = 0; w < i->n_words && w < NEAR; w++) {
				enum query_fit f = fit(i, w, t.word, stem);
				if (f > best[k][w])
					best[k][w] = (uint8_t)f;
			}
		}
	}
}

double query_score(const struct query *q, struct stemmer *stemmer, str subject, str text)
{
	static const double worth[] = {
	    [FIT_NOT] = 0.0, [FIT_PREFIX] = 0.5, [FIT_STEM] = 0.6, [FIT_EXACT] = 1.0};
	uint8_t in_subject[64][NEAR] = {{0}}, in_text[64][NEAR] = {{0}};
	struct query few = *q;
	double sum = 0;
	size_t n = 0;
	if (few.n > COUNT_OF(in_text))
		few.n = COUNT_OF(in_text);
	look(&few, stemmer, subject, in_subject);
	look(&few, stemmer, text, in_text);
	for (size_t k = 0; k < few.n; k++) {
		const struct query_item *i = &few.items[k];
		for (size_t w = 0; w < i->n_words && w < NEAR; w++) {
			double s = worth[in_subject[k][w]], t = worth[in_text[k][w]];
			sum += fmax(s, t) + 0.3 * s;
			n++;
		}
	}
	return n ? sum / (double)n : 0;
}

/* ---- where ---- */

static bool is_found(const struct query *q, struct stemmer *stemmer, const struct term *t)
{
	str stem = STR_NONE;
	for (size_t k = 0; k < q->n; k++) {
		const struct query_item *i = &q->items[k];
		if (i->negative || !query_field_is_words(i->field) || i->field == QUERY_FILE)
			continue;
		for (size_t w = 0; w < i->n_words; w++) {
			if (!stem.p)
				stem = t->digits ? t->word : stemmer_stem(stemmer, t->word);
			if (fit(i, w, t->word, stem) || (i->joined.n && str_eq(t->word, i->joined)))
				return true;
		}
	}
	return false;
}

/* Where to begin, so that the first found word is seen: at the beginning of a word. */
static size_t begin_of(str line, size_t first)
{
	if (first <= LEAD)
		return 0;
	first -= LEAD;
	while (first && ((unsigned char)line.p[first] & 0xc0) == 0x80)
		first--;
	ptrdiff_t space = str_chr(str_sub(line, first, first + LEAD), ' ');
	return space >= 0 ? first + (size_t)space + 1 : first;
}

str query_snippet(struct arena *a, const struct query *q, struct stemmer *stemmer, str text,
                  size_t max_chars)
{
	str line = text_snippet(a, text, LINE_CHARS);
	struct term_words words = term_words_of(line);
	struct term t;
	size_t first = 0;
	while (term_next(&words, &t))
		if (is_found(q, stemmer, &t)) {
			first = begin_of(line, t.at);
			break;
		}
	str piece = text_snippet(a, str_from(line, first), max_chars);
	BUF_AUTO b;
	buf_init(&b, 0);
	if (first)
		buf_addz(&b, "\u2026");
	size_t done = 0;
	words = term_words_of(piece);
	while (term_next(&words, &t)) {
		if (!is_found(q, stemmer, &t))
			continue;
		buf_add(&b, str_sub(piece, done, t.at));
		buf_addz(&b, "\u2068");
		buf_add(&b, str_sub(piece, t.at, t.at + t.n));
		buf_addz(&b, "\u2069");
		done = t.at + t.n;
	}
	buf_add(&b, str_from(piece, done));
	return str_dup(a, buf_str(&b));
}
