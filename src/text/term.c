/* term.c: see term.h.
 *
 * Most texts are ASCII and Cyrillic, which a table by the first byte answers; utf8proc is asked
 * for the rest. What was said before is remembered by hashes: two terms of one hash would leave
 * one of them out, the same way at each analysis of the text.
 */
#include "text/term.h"

#include <utf8proc.h>
#include <xxhash.h>

#include "text/fold.h"
#include "text/word.h"

enum {
	RUN_MAX = 12,     /* numbers in a row that are looked at as one telephone number */
	JOINED_PARTS = 6, /* of "AB-12/34" */
	JOINED_BYTES = 40,
	PHONES_MAX = 200,  /* a field: a table of numbers is no phone book */
	RAW_BYTES = 240,   /* of a word before folding */
	PLACE_MAX = 16383, /* PostgreSQL knows no higher one */
};

/* ---- words ---- */

enum kind { OTHER, LETTER, DIGIT, SINGLE, HIDDEN };

static enum kind kind_of(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LO:
		/* Ideographs and kana have no spaces between them: each is a word. */
		return (c >= 0x3041 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x4dbf) ||
		               (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
		               c >= 0x20000
		           ? SINGLE
		           : LETTER;
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return LETTER;
	case UTF8PROC_CATEGORY_ND:
		return DIGIT;
	default:
		return c >= 0x80 && text_is_invisible(c) ? HIDDEN : OTHER;
	}
}

static inline enum kind next_kind(str s, size_t at, size_t *n)
{
	unsigned char c = (unsigned char)s.p[at];
	*n = 1;
	if (c < 0x80) {
		if ((c | 32) >= 'a' && (c | 32) <= 'z')
			return LETTER;
		return c >= '0' && c <= '9' ? DIGIT : OTHER;
	}
	/* U+0400..U+047F */
	if ((c == 0xd0 || c == 0xd1) && at + 1 < s.n && (s.p[at + 1] & 0xc0) == 0x80) {
		*n = 2;
		return LETTER;
	}
	uint32_t u = text_next(str_from(s, at), n);
	return u == 0xfffd ? OTHER : kind_of(u);
}

/* Folding may bring signs into a word ("½" is "1⁄2"): only letters and digits stay. */
static size_t only_letters(char *p, size_t n)
{
	size_t k = 0, len;
	for (size_t i = 0; i < n; i += len) {
		enum kind kind = next_kind(str_n(p, n), i, &len);
		if (kind == OTHER || kind == HIDDEN)
			continue;
		memmove(p + k, p + i, len);
		k += len;
	}
	return k;
}

static size_t fold(str raw, char *out, size_t cap)
{
	char big[WORD_FOLD_MAX];
	size_t n = word_fold(str_cut_utf8(raw, RAW_BYTES), big);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)big[i];
		if (c >= 0x80 && c != 0xd0 && c != 0xd1) {
			n = only_letters(big, n);
			break;
		}
		i += c >= 0x80;
	}
	str s = str_cut_utf8(str_n(big, n), cap);
	memcpy(out, s.p, s.n);
	return s.n;
}

bool term_next(struct term_words *w, struct term *out)
{
	str s = w->text;
	size_t n, at = w->end;
	bool space = at == 0;
	for (;;) {
		enum kind k = OTHER;
		while (at < s.n && (k = next_kind(s, at, &n)) != LETTER && k != DIGIT &&
		       k != SINGLE) {
			unsigned char c = (unsigned char)s.p[at];
			space |= c <= ' ' || (c == 0xc2 && n == 2) || (c == 0xe2 && n == 3);
			at += n;
		}
		if (at >= s.n) {
			w->end = s.n;
			return false;
		}
		size_t end = at;
		bool letters = false, digits = false;
		if (k == SINGLE) {
			end += n;
			letters = true;
		} else {
			while (end < s.n && ((k = next_kind(s, end, &n)) == LETTER || k == DIGIT ||
			                     k == HIDDEN)) {
				letters |= k == LETTER || (k == DIGIT && n > 1);
				digits |= k == DIGIT;
				end += n;
			}
		}
		size_t bytes = fold(str_sub(s, at, end), w->fold, TERM_WORD_BYTES);
		w->at = at;
		w->end = end;
		if (bytes) {
			*out = (struct term){.word = str_n(w->fold, bytes),
			                     .at = at,
			                     .n = end - at,
			                     .glued = !space,
			                     .digits = digits && !letters,
			                     .mixed = digits && letters};
			return true;
		}
		at = end; /* nothing but what is not seen */
	}
}

str term_first(str word, size_t letters)
{
	size_t i = 0;
	while (letters && i < word.n) {
		i++;
		while (i < word.n && ((unsigned char)word.p[i] & 0xc0) == 0x80)
			i++;
		letters--;
	}
	return str_sub(word, 0, i);
}

str term_phone(str digits)
{
	return digits.n > 10 ? str_from(digits, digits.n - 10) : digits;
}

/* ---- what was said already ---- */

struct term_seen {
	uint64_t *slots; /* 0: free */
	size_t cap, n;   /* cap: a power of two */
};

static bool seen_add(struct term_seen *s, uint64_t h)
{
	h += !h;
	if (s->n * 2 >= s->cap) {
		struct term_seen old = *s;
		s->cap = old.cap ? old.cap * 2 : 512;
		s->slots = xcalloc(s->cap, sizeof *s->slots);
		for (size_t i = 0; i < old.cap; i++) {
			if (!old.slots[i])
				continue;
			size_t at = old.slots[i] & (s->cap - 1);
			while (s->slots[at])
				at = (at + 1) & (s->cap - 1);
			s->slots[at] = old.slots[i];
		}
		free(old.slots);
	}
	size_t at = h & (s->cap - 1);
	for (; s->slots[at]; at = (at + 1) & (s->cap - 1))
		if (s->slots[at] == h)
			return false;
	s->slots[at] = h;
	s->n++;
	return true;
}

/* True the first time. */
static bool first_time(struct terms *t, enum term_field f, char mark, str word)
{
	return seen_add(
	    t->seen, XXH3_64bits_withSeed(word.p, word.n, (uint64_t)f << 8 | (unsigned char)mark));
}

/* ---- writing ---- */

void terms_init(struct terms *t, struct stemmer *stemmer, enum term_form form, size_t max)
{
	*t = (struct terms){.stemmer = stemmer, .form = form, .seen = xcalloc(1, sizeof *t->seen)};
	for (size_t i = 0; i < TERM_FIELDS; i++)
		buf_init(&t->out[i], i == TERM_TEXT ? max : max / 8 + 1);
	buf_init(&t->words, max);
}

void terms_release(struct terms *t)
{
	for (size_t i = 0; i < TERM_FIELDS; i++)
		buf_release(&t->out[i]);
	buf_release(&t->words);
	free(t->seen->slots);
	free(t->seen);
}

void terms_clear(struct terms *t)
{
	for (size_t i = 0; i < TERM_FIELDS; i++)
		buf_clear(&t->out[i]);
	buf_clear(&t->words);
	/* A monstrous letter's table is not kept for the next small one. */
	if (t->seen->cap > 8192) {
		free(t->seen->slots);
		*t->seen = (struct term_seen){0};
	} else if (t->seen->cap) {
		memset(t->seen->slots, 0, t->seen->cap * sizeof *t->seen->slots);
		t->seen->n = 0;
	}
	t->place = 0;
}

static void put(struct terms *t, enum term_field f, char mark, str word)
{
	static const char weights[TERM_FIELDS] = {0, 'A', 'B', 'C'};
	char line[TERM_WORD_BYTES + 32];
	size_t n = 0;
	bool pg = t->form == TERM_TSVECTOR;
	struct buf *b = &t->out[pg ? 0 : f];
	if (b->n)
		line[n++] = ' ';
	if (pg)
		line[n++] = '\'';
	if (mark)
		line[n++] = mark;
	memcpy(line + n, word.p, word.n);
	n += word.n;
	if (pg) {
		unsigned place = t->place < PLACE_MAX ? t->place : PLACE_MAX;
		n += (size_t)snprintf(line + n, sizeof line - n, "':%u", place);
		if (weights[f])
			line[n++] = weights[f];
	}
	buf_add(b, str_n(line, n));
}

static void put_once(struct terms *t, enum term_field f, char mark, str word)
{
	if (first_time(t, f, mark, word))
		put(t, f, mark, word);
}

static void put_begins(struct terms *t, enum term_field f, str word)
{
	str begin = term_first(word, TERM_SHORT);
	if (begin.n == word.n)
		return;
	put_once(t, f, TERM_BEGIN, begin);
	begin = term_first(word, TERM_LONG);
	if (begin.n < word.n)
		put_once(t, f, TERM_BEGIN, begin);
}

/* "@anna", and "@~ann" where the stem is another word. */
static void put_author(struct terms *t, str word)
{
	char stem[TERM_WORD_BYTES + 2] = {TERM_STEM};
	put_once(t, TERM_AUTHOR, TERM_AUTHORED, word);
	str s = stemmer_stem(t->stemmer, word);
	if (s.n > TERM_WORD_BYTES || str_eq(s, word))
		return;
	memcpy(stem + 1, s.p, s.n);
	put_once(t, TERM_AUTHOR, TERM_AUTHORED, str_n(stem, s.n + 1));
}

/* ---- numbers ---- */

/* The words just said, as far as they may be parts of one number. */
struct run {
	char digits[RUN_MAX][TERM_WORD_BYTES];
	size_t n_digits[RUN_MAX];
	size_t n;
	char joined[JOINED_BYTES];
	size_t n_joined, parts;
	bool has_digits, too_long;
	unsigned phones;
};

/* Between two groups of a telephone number: spaces, brackets, hyphens, a point. */
static bool is_phone_gap(str gap)
{
	size_t chars = 0;
	for (size_t i = 0, n; i < gap.n; i += n, chars++) {
		uint32_t c = text_next(str_from(gap, i), &n);
		if (!(c == ' ' || c == 0xa0 || c == '(' || c == ')' || c == '-' || c == '.' ||
		      c == 0x2011 || c == 0x2013 || c == 0x202f))
			return false;
	}
	return chars > 0 && chars <= 3;
}

static void put_phone(struct terms *t, enum term_field f, struct run *r, str digits)
{
	if (r->phones++ < PHONES_MAX)
		put_once(t, f, TERM_JOINED, term_phone(digits));
}

/* Every row of groups that ends with the newest one and has as many digits as numbers have. */
static void say_phones(struct terms *t, enum term_field f, struct run *r)
{
	char all[16];
	size_t n = 0;
	for (size_t i = r->n; i-- > 0;) {
		if (n + r->n_digits[i] > 13)
			return;
		memmove(all + r->n_digits[i], all, n);
		memcpy(all, r->digits[i], r->n_digits[i]);
		n += r->n_digits[i];
		bool whole = i + 1 == r->n;
		if (n == 7 && !whole)
			put_phone(t, f, r, str_n(all, n));
		if (n >= 10) {
			put_phone(t, f, r, str_n(all, n));
			if (whole)
				put_phone(t, f, r, str_n(all + n - 7, 7));
		}
	}
}

static void say_digits(struct terms *t, enum term_field f, struct run *r, str gap, str word)
{
	if (r->n && !is_phone_gap(gap))
		r->n = 0;
	if (word.n > 13) {
		r->n = 0;
		return;
	}
	if (r->n == RUN_MAX) {
		memmove(r->digits, r->digits + 1, sizeof r->digits - sizeof r->digits[0]);
		memmove(r->n_digits, r->n_digits + 1, sizeof r->n_digits - sizeof r->n_digits[0]);
		r->n--;
	}
	memcpy(r->digits[r->n], word.p, word.n);
	r->n_digits[r->n++] = word.n;
	if (r->n > 1 || word.n >= 10)
		say_phones(t, f, r);
}

/* "AB-1234/5" is over: as one word. */
static void end_joined(struct terms *t, enum term_field f, struct run *r)
{
	if (r->parts > 1 && r->has_digits && !r->too_long)
		put_once(t, f, TERM_JOINED, str_n(r->joined, r->n_joined));
	r->n_joined = r->parts = 0;
	r->has_digits = r->too_long = false;
}

static void say_joined(struct run *r, const struct term *w)
{
	if (r->n_joined + w->word.n > JOINED_BYTES || r->parts == JOINED_PARTS) {
		r->too_long = true;
		return;
	}
	memcpy(r->joined + r->n_joined, w->word.p, w->word.n);
	r->n_joined += w->word.n;
	r->parts++;
	r->has_digits |= w->digits || w->mixed;
}

void terms_add(struct terms *t, enum term_field field, str text)
{
	struct term_words words = term_words_of(text);
	struct term w;
	struct run r;
	r.n = r.n_joined = r.parts = r.phones = 0;
	r.has_digits = r.too_long = false;
	size_t end = 0;
	/* A phrase does not reach from one text into the next. */
	t->place += t->place ? 2 : 1;
	for (; term_next(&words, &w); t->place++) {
		if (!w.glued || w.at - end != 1)
			end_joined(t, field, &r);
		put(t, field, 0, w.word);
		if (field == TERM_AUTHOR)
			put_author(t, w.word);
		if (w.digits) {
			say_digits(t, field, &r, str_sub(text, end, w.at), w.word);
		} else {
			r.n = 0;
			if (first_time(t, field, 0, w.word)) {
				str stem = stemmer_stem(t->stemmer, w.word);
				if (!str_eq(stem, w.word))
					put_once(t, field, TERM_STEM, stem);
				put_begins(t, field, w.word);
			}
			if (!w.mixed && first_time(t, TERM_FIELDS, 0, w.word)) {
				if (t->words.n)
					buf_addc(&t->words, ' ');
				buf_add(&t->words, w.word);
			}
		}
		say_joined(&r, &w);
		end = w.at + w.n;
	}
	end_joined(t, field, &r);
}
