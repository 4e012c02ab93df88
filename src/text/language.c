/* language.c: see language.h. */
#include "text/language.h"

#include <math.h>

#include "text/fold.h"
#include "text/language_internal.h"
#include "text/word.h"

#define LETTERS_MAX 40 /* of a word that are looked at */

static uint32_t letter_index(uint32_t c)
{
	size_t lo = 0, hi = language_letters_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (language_letters[mid] < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < language_letters_n && language_letters[lo] == c
	           ? (uint32_t)lo + 1
	           : (uint32_t)language_letters_n + 1;
}

/* A folded word as indexes of letters; returns how many. */
static size_t letters_of(str word, uint32_t out[LETTERS_MAX])
{
	size_t n = 0, len;
	for (; word.n && n < LETTERS_MAX; word = str_from(word, len))
		out[n++] = letter_index(text_next(word, &len));
	return n;
}

static const struct language_word *find_word(const struct language_profile *p, str word)
{
	size_t lo = 0, hi = p->words_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = str_cmp(str_n(p->words[mid].p, p->words[mid].n), word);
		if (c == 0)
			return &p->words[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static unsigned trigram_cost(const struct language_profile *p, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t side = (uint32_t)language_letters_n + 2, key = (a * side + b) * side + c;
	size_t lo = 0, hi = p->keys_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (p->keys[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < p->keys_n && p->keys[lo] == key)
		return p->costs[lo];
	/* Not seen: what comes of the shorter context, and a little for that. */
	return p->dense[b * side + c] + 8U;
}

/* Nats of a word: the cheaper of the list and the letters, each with the share it has of the
 * language's words. */
static double word_cost(const struct language_profile *p, str word, const uint32_t *letters,
                        size_t n)
{
	unsigned sum = 0;
	uint32_t a = 0, b = 0;
	for (size_t i = 0; i <= n; i++) {
		uint32_t c = i < n ? letters[i] : 0;
		sum += trigram_cost(p, a, b, c);
		a = b;
		b = c;
	}
	double cost = sum / LANGUAGE_SCALE + 1.2;
	const struct language_word *w = find_word(p, word);
	return w ? fmin(cost, w->cost / LANGUAGE_SCALE + 0.35) : cost;
}

double language_strangeness(enum language l, str folded)
{
	uint32_t letters[LETTERS_MAX];
	size_t n = letters_of(folded, letters);
	return n ? word_cost(&language_profiles[l], folded, letters, n) / (double)(n + 1) : 0;
}

bool language_knows(enum language l, str folded)
{
	return find_word(&language_profiles[l], folded) != NULL;
}

/* ---- the language of a text ---- */

/* Scripts that one of the languages here is alone in, as far as a support desk goes. */
static const char *script_language(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		const char *code;
	} ranges[] = {
	    {0x370, 0x3ff, "el"},   {0x530, 0x58f, "hy"},   {0x590, 0x5ff, "he"},
	    {0x600, 0x6ff, "ar"},   {0x900, 0x97f, "hi"},   {0xe00, 0xe7f, "th"},
	    {0x10a0, 0x10ff, "ka"}, {0x3041, 0x30ff, "ja"}, {0x3400, 0x9fff, "zh"},
	    {0xac00, 0xd7af, "ko"},
	};
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].code;
	return NULL;
}

struct tally {
	double cost[LANGUAGE_COUNT]; /* nats */
	double letters[4];           /* by enum word_script */
	size_t read[2];    /* words that were weighed: in Latin letters, in Cyrillic ones; */
	double weighed[2]; /* their letters and words */
	bool sure[2];      /* the others are out of reach: further words are counted only */
	const char *other; /* the language of a script of its own */
	size_t japanese;
};

/* Every so many words it is asked whether the best one leads by so many nats. Weighing a word costs
 * half a microsecond for each language, and a letter has hundreds. */
enum { SURE_EVERY = 3, SURE_LEAD = 20 };

static double lead(const struct tally *t, int first, int last)
{
	double best = INFINITY, second = INFINITY;
	for (int l = first; l < last; l++) {
		if (t->cost[l] < best) {
			second = best;
			best = t->cost[l];
		} else if (t->cost[l] < second) {
			second = t->cost[l];
		}
	}
	return second - best;
}

static void count_word(struct tally *t, str text, const struct word *x)
{
	char folded[WORD_FOLD_MAX];
	str word = str_n(folded, word_fold(word_str(text, x), folded));
	uint32_t letters[LETTERS_MAX];
	size_t n = letters_of(word, letters);
	/* A name in Latin letters says little about a text ("iPhone", "Ozon", "SMS"). */
	double weight = x->script == WORD_LATIN && (x->title || x->upper) ? 0.4 : 1;
	t->letters[x->script] += (double)n * weight;
	if (x->script == WORD_OTHER) {
		size_t len;
		const char *code = script_language(text_next(word, &len));
		t->other = code ? code : t->other;
		t->japanese += code && strcmp(code, "ja") == 0;
		return;
	}
	bool cyrillic = x->script == WORD_CYRILLIC;
	int first = cyrillic ? 0 : LANGUAGE_EN, last = cyrillic ? LANGUAGE_EN : LANGUAGE_COUNT;
	if (t->sure[cyrillic])
		return;
	t->weighed[cyrillic] += ((double)n + 1) * weight;
	for (int l = first; l < last; l++)
		t->cost[l] += weight * word_cost(&language_profiles[l], word, letters, n);
	if (++t->read[cyrillic] % SURE_EVERY == 0)
		t->sure[cyrillic] = lead(t, first, last) > SURE_LEAD;
}

/* How much a language is expected before a word was read. */
static double prior(int l)
{
	switch (l) {
	case LANGUAGE_RU:
	case LANGUAGE_EN:
		return 0;
	case LANGUAGE_BE:
	case LANGUAGE_KK:
	case LANGUAGE_IT:
	case LANGUAGE_PT:
	case LANGUAGE_PL:
		return 2.5;
	default:
		return 1;
	}
}

/* Words of one text are not independent; this much less is believed of them. */
#define TEMPERATURE 1.6

static struct language_guess decide(const struct tally *t, int first, int last, double weighed)
{
	int best = first;
	for (int l = first; l < last; l++)
		if (t->cost[l] + prior(l) < t->cost[best] + prior(best))
			best = l;
	double sum = 0, low = t->cost[best] + prior(best);
	for (int l = first; l < last; l++)
		sum += exp((low - (t->cost[l] + prior(l))) / TEMPERATURE); /* of the best: 1 */
	double confidence = 1 / sum;
	/* Letters that make no words of any language: keys that were hit at random, or a language
	 * that we do not know. */
	double strange = t->cost[best] / weighed;
	if (strange > 2.9)
		confidence *= fmax(0.2, 1 - (strange - 2.9));
	return (struct language_guess){language_profiles[best].code, confidence};
}

struct language_guess language_of(str text)
{
	struct tally t = {0};
	struct words w = words_of(text, false);
	size_t n = 0;
	for (struct word x; n < LANGUAGE_WORDS && words_next(&w, &x);)
		if (x.kind == WORD_LETTERS && x.script != WORD_NO_SCRIPT) {
			count_word(&t, text, &x);
			n++;
		}
	double latin = t.letters[WORD_LATIN], cyrillic = t.letters[WORD_CYRILLIC];
	double other = t.letters[WORD_OTHER];
	if (t.other && other * 2 > latin + cyrillic)
		return (struct language_guess){t.japanese ? "ja" : t.other,
		                               (other + 1) / (other + latin + cyrillic + 1)};
	if (latin + cyrillic <= 0)
		return (struct language_guess){"und", 0};
	/* Foreign names and terms come in Latin letters far more often than in Cyrillic ones. */
	bool is_cyrillic = cyrillic * 1.5 >= latin;
	return is_cyrillic ? decide(&t, 0, LANGUAGE_EN, t.weighed[true])
	                   : decide(&t, LANGUAGE_EN, LANGUAGE_COUNT, t.weighed[false]);
}
