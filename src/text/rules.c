/* rules.c: see rules.h. */
#include "text/rules.h"

#include "text/distance.h"
#include "text/fold.h"
#include "text/word.h"

#define TOKENS_MAX 128 /* of a sentence; a longer one is looked at in pieces */
#define SET_WORDS 16
#define CANCELS_MAX 32
#define GAP_DEPTH 12

struct token {
	size_t at, n;
	uint64_t bits[SET_WORDS];
};

struct sentence {
	struct token tokens[TOKENS_MAX];
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

size_t rules_word(str text, const struct word *x, char *out)
{
	size_t n = word_fold(word_str(text, x), out), k = 0, len;
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

static int compare(const char *p, size_t n, str word)
{
	return str_cmp(str_n(p, n), word);
}

static void add_sets(struct token *t, const struct rule_atom *a)
{
	for (size_t i = 0; i < a->sets; i++) {
		uint16_t set = rule_sets[a->first + i];
		t->bits[set / 64] |= 1ULL << (set % 64);
	}
}

/* The first atom that is not before the word. */
static size_t lower_bound(str word)
{
	size_t lo = 0, hi = rule_atoms_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (compare(rule_atoms[mid].p, rule_atoms[mid].n, word) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool add_atoms(struct token *t, str word)
{
	bool found = false;
	for (size_t end = 1; end <= word.n && end < 64; end++) {
		if (end < word.n && (word.p[end] & 0xc0) == 0x80)
			continue;
		str head = str_sub(word, 0, end);
		for (size_t i = lower_bound(head);
		     i < rule_atoms_n && compare(rule_atoms[i].p, rule_atoms[i].n, head) == 0; i++)
			if (rule_atoms[i].prefix || end == word.n) {
				add_sets(t, &rule_atoms[i]);
				found = true;
			}
	}
	return found;
}

/* Words that are no word of any rule but one typing error away from one that allows for that. */
static void add_fuzzy(struct token *t, str word)
{
	struct chars w, a;
	chars_of(word, &w);
	if (w.n < 6 || w.n > 20)
		return;
	for (size_t i = 0; i < rule_atoms_n; i++) {
		const struct rule_atom *atom = &rule_atoms[i];
		if (!atom->fuzzy || atom->n > word.n + 2U || atom->n + 2U < word.n ||
		    atom->p[0] != word.p[0])
			continue;
		chars_of(str_n(atom->p, atom->n), &a);
		if (chars_distance(&a, &w, 1) <= 1)
			add_sets(t, atom);
	}
}

static void take_token(struct sentence *s, str text, const struct word *x, size_t offset)
{
	char out[WORD_FOLD_MAX];
	struct token *t = &s->tokens[s->n++];
	*t = (struct token){.at = offset + x->at, .n = x->n};
	str word = str_n(out, rules_word(text, x, out));
	if (!add_atoms(t, word) && x->kind == WORD_LETTERS)
		add_fuzzy(t, word);
}

/* ---- phrases ---- */

static bool has(const struct token *t, uint16_t set)
{
	return t->bits[set / 64] >> (set % 64) & 1;
}

/* Matches elements [e, end) from token `at`; returns the token behind, or -1. depth bounds the
 * recursion, which is as deep as a phrase is long. */
static int match(const struct sentence *s, size_t e, size_t end, size_t at, int depth)
{
	if (e == end)
		return (int)at;
	if (depth > GAP_DEPTH)
		return -1;
	const struct rule_element *el = &rule_elements[e];
	for (size_t gap = 0; gap <= el->gap && at + gap <= s->n; gap++) {
		size_t i = at + gap;
		int r = -1;
		if (el->what == RULE_END || (el->or_end && i == s->n)) {
			r = i == s->n ? match(s, e + 1, end, i, depth + 1) : -1;
		} else if (el->what == RULE_BEGIN) {
			r = i == 0 ? match(s, e + 1, end, i, depth + 1) : -1;
		} else if (i < s->n) {
			bool hit = el->what == RULE_ANY ||
			           has(&s->tokens[i], el->set) == (el->what == RULE_WORD);
			r = hit ? match(s, e + 1, end, i + 1, depth + 1) : -1;
		}
		if (r >= 0)
			return r;
	}
	return el->optional ? match(s, e + 1, end, at, depth + 1) : -1;
}

/* Whether a phrase may begin at this token: a cheap look before the dear one. */
static bool may_begin(const struct rule_pattern *p, const struct sentence *s, size_t at)
{
	const struct rule_element *el = &rule_elements[p->first];
	if (el->what == RULE_WORD && !el->optional && !el->or_end)
		return has(&s->tokens[at], el->set);
	return true;
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

static void scan_sentence(const struct sentence *s, struct rules_found out[RULES_COUNT])
{
	struct cancels c = {.n = 0};
	for (int round = 0; round < 2; round++)
		for (size_t at = 0; at < s->n; at++)
			for (size_t i = 0; i < rule_patterns_n; i++) {
				const struct rule_pattern *p = &rule_patterns[i];
				if ((p->confidence > 0) != round || !may_begin(p, s, at))
					continue;
				int end = match(s, p->first, p->first + p->n, at, 0);
				if (end <= (int)at)
					continue;
				if (!round && c.n < CANCELS_MAX)
					c.p[c.n++] = (struct cancel){p->kind, at, (size_t)end};
				if (!round || is_cancelled(&c, p->kind, at, (size_t)end))
					continue;
				const struct token *last = &s->tokens[end - 1];
				add_span(&out[p->kind], (double)p->confidence, s->tokens[at].at,
				         last->at + last->n);
			}
}

void rules_scan(str text, struct rules_found out[RULES_COUNT])
{
	str rest = text, sentence;
	memset(out, 0, RULES_COUNT * sizeof *out);
	struct sentence s;
	while (sentence_next(&rest, &sentence)) {
		struct words w = words_of(sentence, false);
		s.n = 0;
		for (struct word x; words_next(&w, &x);) {
			if (s.n == TOKENS_MAX) {
				scan_sentence(&s, out);
				s.n = 0;
			}
			take_token(&s, sentence, &x, (size_t)(sentence.p - text.p));
		}
		scan_sentence(&s, out);
	}
}

/* ---- weights ---- */

int rules_weight(str word)
{
	int found = 0;
	for (size_t end = 1; end <= word.n && end < 64; end++) {
		if (end < word.n && (word.p[end] & 0xc0) == 0x80)
			continue;
		str head = str_sub(word, 0, end);
		size_t lo = 0, hi = rule_weights_n;
		while (lo < hi) {
			size_t mid = (lo + hi) / 2;
			if (compare(rule_weights[mid].p, rule_weights[mid].n, head) < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < rule_weights_n &&
		       compare(rule_weights[lo].p, rule_weights[lo].n, head) == 0;
		     lo++)
			if (end == word.n || rule_weights[lo].prefix) {
				found = rule_weights[lo].weight;
				if (end == word.n && !rule_weights[lo].prefix)
					return found;
			}
	}
	return found;
}
