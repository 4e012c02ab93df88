/* keyboard.c: see keyboard.h. */
#include "text/keyboard.h"

#include "base/buf.h"
#include "text/fold.h"
#include "text/language.h"
#include "text/word.h"

/* Key by key; the shifted row behind the plain one. */
static const char latin_keys[] = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
                                 "~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>";
static const uint16_t cyrillic_keys[] = {
    0x451, 0x439, 0x446, 0x443, 0x43a, 0x435, 0x43d, 0x433, 0x448, 0x449, 0x437,
    0x445, 0x44a, 0x444, 0x44b, 0x432, 0x430, 0x43f, 0x440, 0x43e, 0x43b, 0x434,
    0x436, 0x44d, 0x44f, 0x447, 0x441, 0x43c, 0x438, 0x442, 0x44c, 0x431, 0x44e,
    0x401, 0x419, 0x426, 0x423, 0x41a, 0x415, 0x41d, 0x413, 0x428, 0x429, 0x417,
    0x425, 0x42a, 0x424, 0x42b, 0x412, 0x410, 0x41f, 0x420, 0x41e, 0x41b, 0x414,
    0x416, 0x42d, 0x42f, 0x427, 0x421, 0x41c, 0x418, 0x422, 0x42c, 0x411, 0x42e};
_Static_assert(COUNT_OF(cyrillic_keys) == sizeof latin_keys - 1, "key by key");

static void add_point(struct buf *b, uint32_t c)
{
	char two[2] = {(char)(0xc0 | (c >> 6)), (char)(0x80 | (c & 0x3f))};
	buf_add(b, str_n(two, 2));
}

str keyboard_to_cyrillic(struct arena *a, str s)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	s = str_to_utf8(a, s);
	for (size_t i = 0; i < s.n; i++) {
		const char *key = strchr(latin_keys, s.p[i]);
		if (key && *key)
			add_point(&b, cyrillic_keys[key - latin_keys]);
		else
			buf_addc(&b, s.p[i]);
	}
	return str_dup(a, buf_str(&b));
}

str keyboard_to_latin(struct arena *a, str s)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	s = str_to_utf8(a, s);
	for (size_t len; s.n; s = str_from(s, len)) {
		uint32_t c = text_next(s, &len);
		size_t k = 0;
		while (k < COUNT_OF(cyrillic_keys) && cyrillic_keys[k] != c)
			k++;
		if (c >= 0x400 && k < COUNT_OF(cyrillic_keys))
			buf_addc(&b, latin_keys[k]);
		else
			buf_add(&b, str_sub(s, 0, len));
	}
	return str_dup(a, buf_str(&b));
}

/* Nats and letters of the words of one script; the words of another script and numbers do not
 * count. */
struct look {
	double cost;
	size_t letters, known;
};

static struct look look_at(enum language l, str text, enum word_script script)
{
	struct look k = {0};
	struct words w = words_of(text, false);
	char folded[WORD_FOLD_MAX];
	for (struct word x; words_next(&w, &x);) {
		if (x.kind != WORD_LETTERS || x.script != script)
			continue;
		str f = str_n(folded, word_fold(word_str(text, &x), folded));
		size_t n = str_utf8_len(f);
		k.cost += language_strangeness(l, f) * (double)(n + 1);
		k.letters += n;
		if (language_knows(l, f))
			k.known += n;
	}
	return k;
}

/* A word that is an address or has digits in it is meant as it stands. */
static bool has_codes(str text)
{
	struct words w = words_of(text, false);
	for (struct word x; words_next(&w, &x);)
		if (x.kind == WORD_EMAIL || (x.kind == WORD_URL && x.n > 0 && x.part == false &&
		                             str_find(word_str(text, &x), STR("/")) >= 0))
			return true;
	return false;
}

bool keyboard_mistyped(struct arena *a, str s, str *out)
{
	size_t latin = 0, cyrillic = 0, len;
	*out = s;
	if (s.n > KEYBOARD_BYTES || !str_is_utf8(s) || has_codes(s))
		return false;
	for (str r = s; r.n; r = str_from(r, len)) {
		uint32_t c = text_next(r, &len);
		latin += (c | 32) >= 'a' && (c | 32) <= 'z';
		cyrillic += c >= 0x400 && c < 0x460;
	}
	bool from_latin = latin > cyrillic;
	if (latin + cyrillic < 3)
		return false;
	str other = from_latin ? keyboard_to_cyrillic(a, s) : keyboard_to_latin(a, s);
	enum language as_is = from_latin ? LANGUAGE_EN : LANGUAGE_RU;
	enum language as_meant = from_latin ? LANGUAGE_RU : LANGUAGE_EN;
	enum word_script script = from_latin ? WORD_LATIN : WORD_CYRILLIC;
	struct look is = look_at(as_is, s, script);
	struct look meant = look_at(as_meant, other, from_latin ? WORD_CYRILLIC : WORD_LATIN);
	if (meant.letters < 3 || is.letters == 0 || is.known * 2 > is.letters)
		return false;
	/* What was meant must be a text, and what stands there much less of one. */
	double now = is.cost / (double)is.letters, then = meant.cost / (double)meant.letters;
	bool sure =
	    meant.known * 3 >= meant.letters ? now - then > 0.6 : now - then > 1.2 && then < 3.1;
	if (sure)
		*out = other;
	return sure;
}
