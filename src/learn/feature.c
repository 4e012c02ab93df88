/* feature.c: text to hashes of features. See feature.h.
 *
 * A word's stem is remembered by the word's own hash, since a few thousand words
 * are most of what anybody writes. The memory is a table where a new word takes the place of
 * the one before: no lists, no growth.
 */
#include "learn/feature.h"

#include <utf8proc.h>

#include "text/fold.h"
#include "text/stem.h"

#define WORD_CHARS FEATURE_WORD_CHARS
#define GRAM_MIN 2
#define GRAM_MAX 5
#define KNOWN_WORDS 16384 /* a power of two */

enum { MARK_EDGE = 0x5e, SEED_WORD = 0x51, SEED_PAIR = 0x7a, SEED_GRAM = 0x33 };

struct known {
	uint64_t key; /* 0: nobody */
	uint32_t stem;
};

struct feature_reader {
	struct stemmer *stemmer;
	struct known known[KNOWN_WORDS];
	struct feature_word words[FEATURE_WORDS_MAX];
	uint32_t *hash;
	size_t cap;
	/* The word being read. */
	uint32_t chars[WORD_CHARS + 2]; /* an edge's mark at both ends */
	uint32_t n_chars;
	uint32_t start;
	uint32_t n_words;
	/* Groups of letters of all words, before they go behind the stems. */
	bool letters; /* are wanted */
	uint32_t *grams;
	size_t n_grams, cap_grams;
};

struct feature_reader *feature_reader_new(void)
{
	struct feature_reader *r = xcalloc(1, sizeof *r);
	r->stemmer = stemmer_new(NULL);
	return r;
}

void feature_reader_free(struct feature_reader *r)
{
	if (!r)
		return;
	stemmer_free(r->stemmer);
	free(r->hash);
	free(r->grams);
	free(r);
}

/* ---- hashes ---- */

static inline uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0x9fb21c651e98df25;
	return h ^ h >> 28;
}

static inline uint32_t fold32(uint64_t h)
{
	uint32_t v = (uint32_t)(mix(h) >> 16);
	return v ? v : 1;
}

static inline uint64_t chain(uint64_t h, uint32_t c)
{
	return (h ^ c) * 0x9e3779b97f4a7c15 + (h >> 29);
}

/* ---- characters ---- */

enum kind { KIND_SPACE, KIND_WORD, KIND_MARK, KIND_JOIN };

/* Folds one code point that is neither ASCII nor plain Cyrillic. Several characters (a ligature)
 * come back as the first, which is enough to tell words apart. */
static enum kind fold_rare(uint32_t c, uint32_t *out)
{
	utf8proc_int32_t d[8];
	int boundary = 0;
	if (text_is_space(c))
		return KIND_SPACE;
	if (text_is_invisible(c))
		return KIND_JOIN;
	utf8proc_ssize_t n = utf8proc_decompose_char(
	    (utf8proc_int32_t)c, d, COUNT_OF(d),
	    UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &boundary);
	if (n == 0)
		return KIND_JOIN;
	*out = n > 0 ? (uint32_t)d[0] : c;
	switch (utf8proc_category((utf8proc_int32_t)*out)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return KIND_WORD;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
		/* A breve makes и to й; other marks (an accent, two dots on е) tell nothing. */
		return KIND_JOIN;
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return KIND_SPACE;
	default:
		return KIND_MARK;
	}
}

static enum kind fold(uint32_t c, uint32_t *out)
{
	if (c < 0x80) {
		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		*out = c;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			return KIND_WORD;
		return c <= ' ' || c == 0x7f ? KIND_SPACE : KIND_MARK;
	}
	if (c >= 0x400 && c < 0x460) {
		if (c < 0x410)
			c += 0x50;
		else if (c < 0x430)
			c += 0x20;
		*out = c == 0x451 ? 0x435 : c;
		return KIND_WORD;
	}
	return fold_rare(c, out);
}

/* One code point of what may be no UTF-8: a broken byte is one of U+FFFD. */
static inline uint32_t next(const char *p, size_t n, size_t *used)
{
	const uint8_t *b = (const uint8_t *)p;
	*used = 1;
	if (b[0] < 0x80)
		return b[0];
	if (b[0] >= 0xc2 && b[0] < 0xe0 && n > 1 && (b[1] & 0xc0) == 0x80) {
		*used = 2;
		return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
	}
	utf8proc_int32_t c = 0;
	utf8proc_ssize_t len = utf8proc_iterate(b, (utf8proc_ssize_t)n, &c);
	if (len <= 0)
		return 0xfffd;
	*used = (size_t)len;
	return (uint32_t)c;
}

/* ---- words ---- */

static size_t put_utf8(char *out, uint32_t c)
{
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

static uint32_t stem_hash(struct feature_reader *r)
{
	char word[4 * WORD_CHARS];
	size_t n = 0;
	for (uint32_t i = 1; i <= r->n_chars; i++)
		n += put_utf8(word + n, r->chars[i]);
	str stem = stemmer_stem(r->stemmer, str_n(word, n));
	uint64_t h = SEED_WORD;
	for (size_t i = 0; i < stem.n; i++)
		h = chain(h, (unsigned char)stem.p[i]);
	return fold32(h);
}

static uint32_t gram_hashes(struct feature_reader *r, uint32_t *out)
{
	uint32_t n = 0;
	r->chars[0] = MARK_EDGE;
	r->chars[r->n_chars + 1] = MARK_EDGE;
	uint32_t all = r->n_chars + 2;
	for (uint32_t i = 0; i < all; i++) {
		uint64_t h = SEED_GRAM;
		for (uint32_t k = 0; k < GRAM_MAX && i + k < all; k++) {
			h = chain(h, r->chars[i + k]);
			if (k + 1 >= GRAM_MIN)
				out[n++] = fold32(h + k);
		}
	}
	return n;
}

static void reserve(uint32_t **p, size_t *cap, size_t want)
{
	if (want <= *cap)
		return;
	*cap = want * 2 + 1024;
	*p = xrealloc(*p, *cap * sizeof **p);
}

/* The word in r->chars ends before byte `end`. */
static void end_word(struct feature_reader *r, uint32_t end, uint32_t skip)
{
	if (r->n_chars == 0 || r->n_words == FEATURE_WORDS_MAX) {
		r->n_chars = 0;
		return;
	}
	uint64_t key = SEED_WORD;
	for (uint32_t i = 1; i <= r->n_chars; i++)
		key = chain(key, r->chars[i]);
	key = mix(key) | 1;
	struct known *k = &r->known[(key >> 32) % KNOWN_WORDS];
	if (k->key != key)
		*k = (struct known){key, stem_hash(r)};
	uint32_t n = 0, chars = r->n_chars;
	if (skip && k->stem == skip) {
		r->n_chars = 0;
		return;
	}
	if (r->letters) {
		reserve(&r->grams, &r->cap_grams, r->n_grams + FEATURE_WORD_LETTERS);
		n = gram_hashes(r, r->grams + r->n_grams);
	}
	r->n_chars = 0;
	r->words[r->n_words++] = (struct feature_word){.start = r->start,
	                                               .length = end - r->start,
	                                               .stem = k->stem,
	                                               .letters = (uint32_t)r->n_grams,
	                                               .n_letters = n,
	                                               .chars = chars,
	                                               .key = key};
	r->n_grams += n;
}

/* A character that belongs to the word being read, or stands by itself, or ends it. */
static enum kind take(struct feature_reader *r, uint32_t c, uint32_t *folded)
{
	enum kind kind = fold(c, folded);
	/* и with a breve is й however it is written. */
	if (kind == KIND_JOIN && c == 0x306 && r->n_chars && r->chars[r->n_chars] == 0x438)
		r->chars[r->n_chars] = 0x439;
	if (kind == KIND_WORD && r->n_chars < WORD_CHARS)
		r->chars[++r->n_chars] = *folded;
	return kind;
}

static void read_words(struct feature_reader *r, str text, uint32_t skip)
{
	r->n_words = r->n_chars = 0;
	r->n_grams = 0;
	for (size_t i = 0, used; i < text.n && r->n_words < FEATURE_WORDS_MAX; i += used) {
		uint32_t f = 0;
		bool first = r->n_chars == 0;
		enum kind kind = take(r, next(text.p + i, text.n - i, &used), &f);
		if (kind == KIND_JOIN)
			continue;
		if (kind == KIND_WORD) {
			if (first)
				r->start = (uint32_t)i;
			continue;
		}
		end_word(r, (uint32_t)i, skip);
		if (kind == KIND_MARK) {
			r->start = (uint32_t)i;
			r->chars[++r->n_chars] = f;
			end_word(r, (uint32_t)(i + used), skip);
		}
	}
	end_word(r, (uint32_t)text.n, skip);
}

static void read_text(struct feature_reader *r, str text, uint32_t skip, bool letters,
                      struct feature_text *out)
{
	if (text.n > UINT32_MAX / 2)
		text.n = UINT32_MAX / 2;
	r->letters = letters;
	read_words(r, text, skip);
	reserve(&r->hash, &r->cap, 2 * (size_t)r->n_words + 1 + r->n_grams);
	uint32_t n = 0, before = MARK_EDGE;
	for (uint32_t i = 0; i < r->n_words; i++) {
		r->hash[n++] = r->words[i].stem;
		r->hash[n++] = fold32(chain(chain(SEED_PAIR, before), r->words[i].stem));
		before = r->words[i].stem;
	}
	if (n)
		r->hash[n++] = fold32(chain(chain(SEED_PAIR, before), MARK_EDGE));
	out->end[FEATURE_STEMS] = n;
	if (r->n_grams)
		memcpy(r->hash + n, r->grams, r->n_grams * sizeof *r->hash);
	out->end[FEATURE_LETTERS] = n + (uint32_t)r->n_grams;
	out->hash = r->hash;
	out->words = r->words;
	out->n_words = r->n_words;
}

void feature_read(struct feature_reader *r, str text, uint32_t skip, struct feature_text *out)
{
	read_text(r, text, skip, true, out);
}

void feature_read_stems(struct feature_reader *r, str text, uint32_t skip, struct feature_text *out)
{
	read_text(r, text, skip, false, out);
}

size_t feature_letters(struct feature_reader *r, str text, const struct feature_word *w,
                       uint32_t out[FEATURE_WORD_LETTERS])
{
	r->n_chars = 0;
	for (size_t i = w->start, used, end = i + w->length; i < end; i += used) {
		uint32_t f = 0;
		if (take(r, next(text.p + i, text.n - i, &used), &f) == KIND_MARK)
			r->chars[++r->n_chars] = f;
	}
	size_t n = gram_hashes(r, out);
	r->n_chars = 0;
	return n;
}
