/* rules.c: see rules.h. */
#include "text/rules.h"

#include "text/distance.h"
#include "text/fold.h"

#define SET_WORDS 16
#define CANCELS_MAX 32
#define CANDIDATES_MAX 1024
#define GAP_DEPTH 12

/* Which sets of words something is in. */
struct sets {
	uint64_t bits[SET_WORDS];
};

struct scan {
	const struct sentence *s;
	struct sets words[SENTENCE_WORDS], all;
	uint16_t candidates[CANDIDATES_MAX]; /* patterns whose words are all there */
	size_t n;
};

/* ---- words ---- */

/* Letters that look like one another in both scripts, and digits in their stead. */
static uint32_t as_cyrillic(uint32_t c)
{
	static const char latin[] = "aceopxykmtbh0346@";
	static const uint16_t cyrillic[] = {0x430, 0x441, 0x435, 0x43e, 0x440, 0x445,
	                                    0x443, 0x43a, 0x43c, 0x442, 0x432, 0x43d,
	                                    0x43e, 0x437, 0x447, 0x431, 0x430};
	const char *p = c && c < 0x80 ? strchr(latin, (int)c) : NULL;
	return p ? cyrillic[p - latin] : c;
}

static uint32_t as_latin(uint32_t c)
{
	static const char digits[] = "0134578@$";
	static const char letters[] = "oieastbas";
	const char *p = c && c < 0x80 ? strchr(digits, (int)c) : NULL;
	return p ? (uint32_t)letters[p - digits] : c;
}

static size_t put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | (c >> 6));
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	return 0; /* the callers copy wider ones */
}

/* Counts of Latin and Cyrillic letters and digits; true when they are mixed so that some stand for
 * others. */
static bool is_mixed(str s, bool *cyrillic)
{
	size_t latin = 0, cyr = 0, digits = 0, len;
	for (; s.n; s = str_from(s, len)) {
		uint32_t c = text_next(s, &len);
		latin += c >= 'a' && c <= 'z';
		digits += c >= '0' && c <= '9';
		cyr += c >= 0x400 && c < 0x530;
	}
	*cyrillic = cyr > 0 && cyr * 2 >= latin;
	return (latin && cyr) || (digits && latin + cyr > digits && latin + cyr >= 2);
}

/* Most words: letters of one alphabet, none three times in a row. */
static bool is_plain(const char *p, size_t n)
{
	size_t step = n && (unsigned char)p[0] >= 0x80 ? 2 : 1;
	for (size_t i = 0; i < n; i += step) {
		unsigned char c = (unsigned char)p[i];
		if (step == 1 ? c < 'a' || c > 'z' : (c != 0xd0 && c != 0xd1) || i + 2 > n)
			return false;
		if (i >= 2 * step && memcmp(p + i, p + i - step, step) == 0 &&
		    memcmp(p + i, p + i - 2 * step, step) == 0)
			return false;
	}
	return true;
}

size_t rules_word(str text, const struct word *x, char *out)
{
	size_t n = word_fold(word_str(text, x), out), k = 0, len;
	if (is_plain(out, n))
		return n;
	bool cyrillic = false, mixed = is_mixed(str_n(out, n), &cyrillic);
	char copy[WORD_FOLD_MAX];
	memcpy(copy, out, n);
	for (str s = str_n(copy, n); s.n && k + 8 < WORD_FOLD_MAX;) {
		uint32_t c = text_next(s, &len), d = c;
		if (mixed)
			d = cyrillic ? as_cyrillic(c) : as_latin(c);
		char one[4];
		size_t one_n = put(one, d);
		if (d == c) {
			memcpy(one, s.p, len);
			one_n = len;
		}
		size_t run = 0;
		while (str_starts(str_from(s, run * len), str_n(s.p, len)))
			run++;
		for (size_t i = 0; i < (run > 2 ? 1U : run); i++) {
			memcpy(out + k, one, one_n);
			k += one_n;
		}
		s = str_from(s, run * len);
	}
	return k;
}

/* ---- tables ---- */

/* The words of a table that begin like the word that is looked up. */
struct heads {
	const char *table;
	size_t stride, from, to;
};

static const struct rule_word *head_at(const struct heads *h, size_t i)
{
	return (const void *)(h->table + i * h->stride);
}

/* The first of [from, to) whose byte k is not below c. All have k bytes in common. */
static size_t heads_bound(const struct heads *h, size_t k, int c)
{
	size_t lo = h->from, hi = h->to;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct rule_word *w = head_at(h, mid);
		if ((w->n > k ? (unsigned char)w->p[k] : -1) < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* One byte further; false: none begins so. */
static bool heads_narrow(struct heads *h, size_t k, char c)
{
	h->from = heads_bound(h, k, (unsigned char)c);
	h->to = heads_bound(h, k, (unsigned char)c + 1);
	return h->from < h->to;
}

static bool is_word_of(const struct rule_word *w, str word, size_t k)
{
	return w->prefix || k == word.n;
}

static void add_sets(struct sets *to, const struct rule_atom *a)
{
	for (size_t i = 0; i < a->sets; i++) {
		uint16_t set = rule_sets[a->first + i];
		to->bits[set / 64] |= 1ULL << (set % 64);
	}
}

static bool add_atoms(struct sets *to, str word)
{
	struct heads h = {(const char *)rule_atoms, sizeof *rule_atoms, 0, rule_atoms_n};
	bool found = false;
	for (size_t k = 0; k < word.n && heads_narrow(&h, k, word.p[k]); k++)
		for (size_t i = h.from; i < h.to && rule_atoms[i].word.n == k + 1; i++)
			if (is_word_of(&rule_atoms[i].word, word, k + 1)) {
				add_sets(to, &rule_atoms[i]);
				found = true;
			}
	return found;
}

/* Words that are no word of any rule but one typing error away from one that allows for that. */
static void add_fuzzy(struct sets *to, str word)
{
	struct chars w, a;
	chars_of(word, &w);
	if (w.n < 6 || w.n > 20)
		return;
	for (size_t i = 0; i < rule_fuzzy_n; i++) {
		const struct rule_atom *atom = &rule_atoms[rule_fuzzy[i]];
		if (atom->word.n > word.n + 2U || atom->word.n + 2U < word.n ||
		    atom->word.p[0] != word.p[0])
			continue;
		chars_of(str_n(atom->word.p, atom->word.n), &a);
		if (chars_distance(&a, &w, 1) <= 1)
			add_sets(to, atom);
	}
}

/* ---- phrases ---- */

static bool has(const struct sets *s, uint16_t set)
{
	return s->bits[set / 64] >> (set % 64) & 1;
}

/* Matches elements [e, end) from word `at`; returns the word behind, or -1. depth bounds the
 * recursion, which is as deep as a phrase is long. */
static int match(const struct scan *s, size_t e, size_t end, size_t at, int depth)
{
	size_t n = s->s->n;
	if (e == end)
		return (int)at;
	if (depth > GAP_DEPTH)
		return -1;
	const struct rule_element *el = &rule_elements[e];
	for (size_t gap = 0; gap <= el->gap && at + gap <= n; gap++) {
		size_t i = at + gap;
		int r = -1;
		if (el->what == RULE_END || (el->or_end && i == n)) {
			r = i == n ? match(s, e + 1, end, i, depth + 1) : -1;
		} else if (el->what == RULE_BEGIN) {
			r = i == 0 ? match(s, e + 1, end, i, depth + 1) : -1;
		} else if (i < n) {
			bool hit = el->what == RULE_ANY ||
			           has(&s->words[i], el->set) == (el->what == RULE_WORD);
			r = hit ? match(s, e + 1, end, i + 1, depth + 1) : -1;
		}
		if (r >= 0)
			return r;
	}
	return el->optional ? match(s, e + 1, end, at, depth + 1) : -1;
}

static bool is_needed(const struct rule_element *el)
{
	return el->what == RULE_WORD && !el->optional && !el->or_end;
}

/* Most phrases have a word that the sentence does not: they are not looked at any more. */
static void find_candidates(struct scan *s)
{
	s->n = 0;
	for (size_t i = 0; i < rule_patterns_n && s->n < CANDIDATES_MAX; i++) {
		const struct rule_pattern *p = &rule_patterns[i];
		const struct rule_element *el = &rule_elements[p->first], *end = el + p->n;
		while (el < end && (!is_needed(el) || has(&s->all, el->set)))
			el++;
		if (el == end)
			s->candidates[s->n++] = (uint16_t)i;
	}
}

/* Whether a phrase may begin at this word: a cheap look before the dear one. */
static bool may_begin(const struct rule_pattern *p, const struct scan *s, size_t at)
{
	const struct rule_element *el = &rule_elements[p->first];
	return !is_needed(el) || has(&s->words[at], el->set);
}

struct cancel {
	enum rules_kind kind;
	size_t from, to;
};

struct cancels {
	struct cancel p[CANCELS_MAX];
	size_t n;
};

static bool is_cancelled(const struct cancels *c, enum rules_kind kind, size_t from, size_t to)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i].kind == kind && from < c->p[i].to && c->p[i].from < to)
			return true;
	return false;
}

static void add_span(struct rules_found *f, double confidence, size_t at, size_t end)
{
	if (confidence > f->confidence)
		f->confidence = confidence;
	/* A phrase within another tells nothing new. */
	for (size_t i = 0; i < f->n; i++) {
		struct span *s = &f->spans[i];
		if (at < s->at + s->n && s->at < end) {
			size_t last = end > s->at + s->n ? end : s->at + s->n;
			s->at = at < s->at ? at : s->at;
			s->n = last - s->at;
			return;
		}
	}
	if (f->n < RULES_SPANS)
		f->spans[f->n++] = (struct span){at, end - at};
}

static void take_words(struct scan *x)
{
	size_t used = (rule_sets_n + 63) / 64 * sizeof(uint64_t);
	memset(x->all.bits, 0, used);
	for (size_t i = 0; i < x->s->n; i++) {
		const struct sentence_word *w = &x->s->words[i];
		struct sets *sets = &x->words[i];
		memset(sets->bits, 0, used);
		if (!add_atoms(sets, w->folded) && w->kind == WORD_LETTERS)
			add_fuzzy(sets, w->folded);
		for (size_t k = 0; k < used / sizeof(uint64_t); k++)
			x->all.bits[k] |= sets->bits[k];
	}
}

void rules_scan(const struct sentence *s, size_t offset, struct rules_found out[RULES_COUNT])
{
	struct scan x;
	struct cancels c = {.n = 0};
	x.s = s;
	take_words(&x);
	find_candidates(&x);
	for (int round = 0; round < 2; round++)
		for (size_t at = 0; at < s->n; at++)
			for (size_t i = 0; i < x.n; i++) {
				const struct rule_pattern *p = &rule_patterns[x.candidates[i]];
				if ((p->confidence > 0) != round || !may_begin(p, &x, at))
					continue;
				int end = match(&x, p->first, p->first + p->n, at, 0);
				if (end <= (int)at)
					continue;
				if (!round && c.n < CANCELS_MAX)
					c.p[c.n++] = (struct cancel){p->kind, at, (size_t)end};
				if (!round || is_cancelled(&c, p->kind, at, (size_t)end))
					continue;
				const struct sentence_word *last = &s->words[end - 1];
				add_span(&out[p->kind], (double)p->confidence,
				         offset + s->words[at].at, offset + last->at + last->n);
			}
}

/* ---- weights ---- */

int rules_weight(str word)
{
	struct heads h = {(const char *)rule_weights, sizeof *rule_weights, 0, rule_weights_n};
	int found = 0;
	for (size_t k = 0; k < word.n && heads_narrow(&h, k, word.p[k]); k++)
		for (size_t i = h.from; i < h.to && rule_weights[i].word.n == k + 1; i++) {
			if (!is_word_of(&rule_weights[i].word, word, k + 1))
				continue;
			found = rule_weights[i].weight;
			if (!rule_weights[i].word.prefix)
				return found;
		}
	return found;
}
