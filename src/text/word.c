/* word.c: see word.h.
 *
 * A code point has a class; a word is a run of classes. Texts here are mostly
 * ASCII and Cyrillic, which tables answer; utf8proc is asked for the rest.
 */
#include "text/word.h"

#include <utf8proc.h>

#include "text/fold.h"

enum cls { C_NONE, C_LETTER, C_DIGIT, C_MARK, C_SINGLE, C_EMOJI, C_QUOTE };

struct glyph {
	enum cls cls;
	enum word_script script;
	bool upper, lower;
	size_t n; /* bytes; 0 at the end of the text */
};

#define HAN_FIRST 0x2e80
static bool is_single(uint32_t c)
{
	return (c >= HAN_FIRST && c <= 0x303f && c > 0x3004) || (c >= 0x3041 && c <= 0x30ff) ||
	       (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

static bool is_emoji(uint32_t c)
{
	return (c >= 0x1f300 && c <= 0x1faff && !(c >= 0x1f3fb && c <= 0x1f3ff)) ||
	       (c >= 0x2600 && c <= 0x27bf) || (c >= 0x1f1e6 && c <= 0x1f1ff) || c == 0x2b50 ||
	       c == 0x2b55;
}

static struct glyph glyph_slow(uint32_t c, size_t n)
{
	struct glyph g = {.n = n};
	if (is_emoji(c)) {
		g.cls = C_EMOJI;
		return g;
	}
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LT:
		g.upper = true;
		break;
	case UTF8PROC_CATEGORY_LL:
		g.lower = true;
		break;
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
		break;
	case UTF8PROC_CATEGORY_ND:
		g.cls = C_DIGIT;
		return g;
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO: /* ² and ½ belong to what they stand at */
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
		g.cls = C_MARK;
		return g;
	case UTF8PROC_CATEGORY_CF: /* soft hyphen, joiners: not seen */
		g.cls = c == 0xfeff || c == 0x200b ? C_NONE : C_MARK;
		return g;
	default:
		g.cls = c >= 0x1f3fb && c <= 0x1f3ff ? C_MARK : c == 0x2019 ? C_QUOTE : C_NONE;
		return g;
	}
	g.cls = is_single(c) ? C_SINGLE : C_LETTER;
	g.script = c >= 0x400 && c < 0x530 ? WORD_CYRILLIC
	           : c < 0x250 || (c >= 0x1e00 && c < 0x1f00) || (c >= 0xff21 && c <= 0xff5a)
	               ? WORD_LATIN
	               : WORD_OTHER;
	return g;
}

/* The code point at s[at]. */
static inline struct glyph glyph_at(str s, size_t at)
{
	struct glyph g = {0};
	if (at >= s.n)
		return g;
	unsigned char c = (unsigned char)s.p[at];
	g.n = 1;
	if (c < 0x80) {
		g.lower = c >= 'a' && c <= 'z';
		g.upper = c >= 'A' && c <= 'Z';
		if (g.lower || g.upper) {
			g.cls = C_LETTER;
			g.script = WORD_LATIN;
		} else if (c >= '0' && c <= '9') {
			g.cls = C_DIGIT;
		} else if (c == '\'') {
			g.cls = C_QUOTE;
		}
		return g;
	}
	if ((c == 0xd0 || c == 0xd1) && at + 1 < s.n && (s.p[at + 1] & 0xc0) == 0x80) {
		g.n = 2;
		g.cls = C_LETTER;
		g.script = WORD_CYRILLIC;
		g.upper = c == 0xd0 && (unsigned char)s.p[at + 1] < 0xb0;
		g.lower = !g.upper;
		if (c == 0xd0 || (unsigned char)s.p[at + 1] <= 0x9f)
			return g;
	}
	size_t n;
	uint32_t u = text_next(str_from(s, at), &n);
	if (u == 0xfffd)
		return (struct glyph){.n = n};
	return glyph_slow(u, n);
}

static inline bool is_wordly(enum cls c)
{
	return c == C_LETTER || c == C_DIGIT || c == C_MARK;
}

/* ---- addresses ---- */

static bool is_ascii_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A letter or digit of a local part or host name; letters of other scripts are taken by their
 * bytes, but not spaces and quotes, which come as E2 xx and C2 A0..BF. */
static bool is_host_byte(char c)
{
	return is_ascii_alnum(c) || c == '-' || (unsigned char)c >= 0xc3;
}
static size_t host_step(str s, size_t at)
{
	if (at >= s.n || !is_host_byte(s.p[at]))
		return 0;
	if ((unsigned char)s.p[at] < 0x80)
		return 1;
	struct glyph g = glyph_at(s, at);
	return g.cls == C_LETTER || g.cls == C_MARK ? g.n : 0;
}

/* The end of a host name that begins at `at` and has a point in it, or `at`; *last is where its
 * last label begins. */
static size_t host_end(str s, size_t at, size_t *last)
{
	size_t i = at, end = at, label = at, step;
	*last = at;
	while (i - at < 253) {
		while ((step = host_step(s, i)) && i - label < 63)
			i += step;
		while (i > label && s.p[i - 1] == '-')
			i--; /* "x.ru-" */
		if (i == label)
			break;
		if (label > at) {
			end = i;
			*last = label;
		}
		if (i + 1 >= s.n || s.p[i] != '.')
			break;
		label = ++i;
	}
	return end;
}

/* The last labels by which a bare host name is known; longer than this they would be words. */
static bool is_top_domain(str label)
{
	static const char *const known[] = {
	    "com", "net", "org", "info", "biz",  "shop",   "store", "online", "site",  "app",
	    "dev", "io",  "ru",  "su",   "ua",   "by",     "kz",    "uz",     "de",    "at",
	    "ch",  "fr",  "es",  "it",   "pl",   "uk",     "eu",    "us",     "me",    "tv",
	    "cc",  "co",  "edu", "gov",  "рф",   "РФ",     "рус",   "москва", "kg",    "am",
	    "ge",  "lv",  "lt",  "ee",   "tech", "market", "club",  "xyz",    "travel"};
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (str_eq_nocase(label, str_of(known[i])))
			return true;
	return false;
}

/* local@host at `at`: its end, or `at`. */
static size_t email_end(struct words *w, size_t at)
{
	str s = w->text;
	if (w->at_sign <= at) { /* no word begins at one */
		const char *p = memchr(s.p + at, '@', s.n - at);
		w->at_sign = p ? (size_t)(p - s.p) : s.n;
	}
	if (w->at_sign >= s.n || w->at_sign == at || w->at_sign - at > 64)
		return at;
	for (size_t i = at, step; i < w->at_sign; i += step) {
		step = host_step(s, i);
		if (!step && (unsigned char)s.p[i] < 0x80 && strchr("._%+'", s.p[i]) && s.p[i])
			step = 1;
		if (!step)
			return at;
	}
	size_t last, end = host_end(s, w->at_sign + 1, &last);
	return end > w->at_sign + 1 ? end : at;
}

/* To where an address of the web goes on: up to white space, quotes and angle brackets, without
 * the punctuation that ends a sentence. */
static size_t url_tail(str s, size_t from)
{
	size_t i = from, max = s.n - from > WORD_ADDRESS_MAX ? from + WORD_ADDRESS_MAX : s.n, n = 0;
	while (i < max && s.p[i] > ' ' ? !strchr("<>\"`", s.p[i]) : (i < max && s.p[i] < 0)) {
		if ((unsigned char)s.p[i] < 0x80) {
			i++;
			continue;
		}
		uint32_t c = text_next(str_from(s, i), &n);
		if (c == 0xfffd || text_is_space(c) || c == 0xab || c == 0xbb ||
		    (c >= 0x2018 && c <= 0x201f) || c == 0x2026 || text_is_invisible(c))
			break;
		i += n;
	}
	if (i > max)
		i -= n;
	int open = 0;
	for (size_t k = from; k < i; k++)
		open += s.p[k] == '(' ? 1 : s.p[k] == ')' ? -1 : 0;
	while (i > from && strchr(".,;:!?)]}'*", s.p[i - 1])) {
		if (s.p[i - 1] == ')' && open >= 0)
			break; /* its own, as in a_(b) */
		open += s.p[i - 1] == ')';
		i--;
	}
	return i;
}

static size_t url_end(str s, size_t at)
{
	str rest = str_from(s, at);
	size_t scheme = str_starts_nocase(rest, STR("https://"))  ? 8
	                : str_starts_nocase(rest, STR("http://")) ? 7
	                : str_starts_nocase(rest, STR("www."))    ? 4
	                                                          : 0;
	if (scheme) {
		size_t end = url_tail(s, at + scheme);
		return end > at + scheme ? end : at;
	}
	size_t last, end = host_end(s, at, &last);
	/* "Done.It works" is two sentences. */
	if (end == at || !is_top_domain(str_sub(s, last, end)) ||
	    (glyph_at(s, last).upper && glyph_at(s, last + 1).lower))
		return at;
	if (end < s.n && (s.p[end] == '/' || s.p[end] == '?' || s.p[end] == ':'))
		end = url_tail(s, end) > end ? url_tail(s, end) : end;
	return end;
}

/* An address at the begin of a word: only looked for where one can be, so that the usual word
 * costs nothing. */
static bool take_address(struct words *w, size_t at, struct word *out)
{
	str s = w->text;
	size_t end = email_end(w, at);
	out->kind = WORD_EMAIL;
	if (end == at) {
		end = url_end(s, at);
		out->kind = WORD_URL;
	}
	if (end == at)
		return false;
	out->at = at;
	out->n = end - at;
	out->script = glyph_at(s, at).script;
	w->at = end;
	if (w->parts) {
		w->inside = end;
		w->at = at;
	}
	return true;
}

/* ---- words ---- */

/* ',' or '.' between digits. */
static bool joins_digits(str s, size_t at)
{
	return at + 1 < s.n && (s.p[at] == '.' || s.p[at] == ',') && s.p[at + 1] >= '0' &&
	       s.p[at + 1] <= '9';
}

static void take_word(struct words *w, size_t at, struct glyph g, struct word *out)
{
	str s = w->text;
	size_t i = at, letters = 0, digits = 0, lower = 0;
	enum cls before = C_NONE;
	out->title = g.upper;
	for (;; g = glyph_at(s, i)) {
		if (i - at + g.n > WORD_MAX && i > at)
			break;
		if (is_wordly(g.cls)) {
			if (g.cls == C_LETTER && !out->script)
				out->script = g.script;
			letters += g.cls == C_LETTER;
			lower += g.cls == C_LETTER && !g.upper;
			digits += g.cls == C_DIGIT;
		} else if (g.cls == C_QUOTE && before == C_LETTER) {
			if (glyph_at(s, i + g.n).cls != C_LETTER)
				break;
		} else if (g.n == 1 && s.p[i] == '_' && i > at) {
			if (!is_wordly(glyph_at(s, i + 1).cls))
				break;
		} else if (!(g.n == 1 && before == C_DIGIT && joins_digits(s, i))) {
			break;
		}
		before = g.cls;
		i += g.n;
	}
	out->kind = letters == 0 && digits ? WORD_NUMBER : digits ? WORD_CODE : WORD_LETTERS;
	out->upper = letters > 1 && lower == 0;
	out->at = at;
	out->n = i - at;
	w->at = i;
}

bool words_next(struct words *w, struct word *out)
{
	str s = w->text;
	enum cls before = C_NONE; /* so that "a@b.c" is not found anew from its middle */
	while (w->at < s.n) {
		size_t at = w->at;
		struct glyph g = glyph_at(s, at);
		*out = (struct word){.part = at < w->inside};
		if (g.cls == C_SINGLE || g.cls == C_EMOJI) {
			*out = (struct word){.kind = g.cls == C_EMOJI ? WORD_EMOJI : WORD_LETTERS,
			                     .script = g.script,
			                     .part = at < w->inside,
			                     .at = at,
			                     .n = g.n};
			w->at += g.n;
			return true;
		}
		if (g.cls == C_LETTER || g.cls == C_DIGIT) {
			if (before == C_NONE && !out->part && take_address(w, at, out))
				return true;
			take_word(w, at, g, out);
			return true;
		}
		before = g.cls;
		w->at += g.n;
	}
	return false;
}

/* ---- folding ---- */

/* Small ASCII letters and the Russian ones, which are most words. False for anything else. */
static bool fold_fast(str s, char *out, size_t *n)
{
	size_t k = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 0x80) {
			out[k++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
			continue;
		}
		if ((c != 0xd0 && c != 0xd1) || i + 1 == s.n)
			return false;
		unsigned char d = (unsigned char)s.p[++i];
		if (c == 0xd0 && d >= 0x90 && d <= 0x9f) { /* А..П */
			d += 0x20;
		} else if (c == 0xd0 && d >= 0xa0 && d <= 0xaf) { /* Р..Я */
			c = 0xd1;
			d -= 0x20;
		} else if ((c == 0xd0 && d == 0x81) || (c == 0xd1 && d == 0x91)) { /* Ё, ё */
			c = 0xd0;
			d = 0xb5;
		} else if (!(c == 0xd0 && d >= 0xb0 && d <= 0xbf) &&
		           !(c == 0xd1 && d >= 0x80 && d <= 0x8f)) {
			return false;
		}
		out[k++] = (char)c;
		out[k++] = (char)d;
	}
	*n = k;
	return true;
}

size_t word_fold(str word, char *out)
{
	size_t n = 0;
	if (word.n > WORD_ADDRESS_MAX)
		word = str_cut_utf8(word, WORD_ADDRESS_MAX);
	if (fold_fast(word, out, &n))
		return n;
	/* As text_fold does it, without the heap. One byte of NFKC becomes at most a few code
	 * points (U+FDFA: eighteen of three bytes), so a place is checked for each. */
	utf8proc_int32_t points[WORD_FOLD_MAX / 4];
	size_t k = 0, len;
	const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
	                                  UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
	utf8proc_ssize_t r =
	    str_is_utf8(word)
	        ? utf8proc_decompose((const utf8proc_uint8_t *)word.p, (utf8proc_ssize_t)word.n,
	                             points, COUNT_OF(points), options)
	        : -1;
	if (r < 0 || (size_t)r > COUNT_OF(points)) {
		/* No text, or far too wide: as it is. */
		memcpy(out, word.p, word.n);
		return word.n;
	}
	k = (size_t)r;
	r = utf8proc_normalize_utf32(points, (utf8proc_ssize_t)k, options);
	for (size_t i = 0; i < (size_t)(r < 0 ? 0 : r); i++) {
		utf8proc_int32_t c = points[i] == 0x451    ? 0x435
		                     : points[i] == 0x2019 ? '\''
		                                           : points[i];
		len = (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)out + n);
		n += len;
	}
	return n;
}

/* ---- sentences ---- */

#define SENTENCE_MAX 2000

/* The word that ends at s[end): an initial or an abbreviation, whose point ends no sentence. */
static bool is_abbreviation(str s, size_t end)
{
	static const char *const known[] = {
	    "т",    "е",  "д",   "п",  "г",  "гг", "ул",  "стр",  "руб", "коп", "тыс", "млн",
	    "млрд", "им", "тел", "см", "др", "пр", "кв",  "корп", "обл", "рис", "шт",  "mr",
	    "mrs",  "ms", "dr",  "vs", "no", "st", "etc", "inc",  "ltd", "eg",  "ie",  "approx"};
	size_t at = end, points = 0;
	while (at > 0 && end - at < 16) {
		size_t back = 1;
		while (back < 4 && back < at && (s.p[at - back] & 0xc0) == 0x80)
			back++;
		struct glyph g = glyph_at(s, at - back);
		if (!is_wordly(g.cls) || g.n != back)
			break;
		at -= back;
		points++;
	}
	str word = str_sub(s, at, end);
	struct glyph first = glyph_at(s, at);
	if (points == 1 && first.upper)
		return true;
	char folded[WORD_FOLD_MAX];
	if (word.n == 0 || word.n > 12)
		return false;
	str f = str_n(folded, word_fold(word, folded));
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (str_eq_z(f, known[i]))
			return true;
	return false;
}

/* . ! ? or … at s[at]: its length, or 0. */
static size_t terminator(str s, size_t at)
{
	if (at < s.n && (s.p[at] == '.' || s.p[at] == '!' || s.p[at] == '?'))
		return 1;
	return at + 2 < s.n && memcmp(s.p + at, "\xe2\x80\xa6", 3) == 0 ? 3 : 0;
}

/* A line at s[at] that stands by itself: empty, an item, quoted. */
static bool opens_line(str s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r'))
		at++;
	if (at >= s.n || s.p[at] == '\n' || s.p[at] == '>' || s.p[at] == '*')
		return true;
	if (s.p[at] == '-' && at + 1 < s.n && (s.p[at + 1] == ' ' || s.p[at + 1] == '-'))
		return true;
	if (str_starts(str_from(s, at), STR("•")) || str_starts(str_from(s, at), STR("— ")))
		return true;
	size_t i = at;
	while (i < s.n && i - at < 3 && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i > at && i + 1 < s.n && (s.p[i] == ')' || s.p[i] == '.') && s.p[i + 1] == ' ';
}

/* Closing quotes and brackets behind the terminator belong to the sentence. */
static size_t skip_closers(str s, size_t i)
{
	for (;;) {
		if (i < s.n && (s.p[i] == '"' || s.p[i] == ')' || s.p[i] == '\'' || s.p[i] == ']'))
			i++;
		else if (str_starts(str_from(s, i), STR("»")))
			i += 2;
		else if (str_starts(str_from(s, i), STR("”")))
			i += 3;
		else
			return i;
	}
}

bool sentence_next(str *rest, str *out)
{
	str s = str_trim(*rest);
	*rest = STR_NONE;
	*out = s;
	if (s.n == 0)
		return false;
	size_t i = 0, end = s.n, step;
	while (i < s.n) {
		bool space = s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t';
		if ((s.p[i] == '\n' && opens_line(s, i + 1)) || (space && i >= SENTENCE_MAX)) {
			end = i;
			break;
		}
		if (!terminator(s, i)) {
			i++;
			continue;
		}
		bool point = s.p[i] == '.';
		size_t first = i, count = 0;
		while ((step = terminator(s, i))) {
			i += step;
			count++;
		}
		i = skip_closers(s, i);
		size_t next = i;
		while (next < s.n && (s.p[next] == ' ' || s.p[next] == '\n' || s.p[next] == '\t' ||
		                      s.p[next] == '\r'))
			next++;
		if (next == i && i < s.n)
			continue; /* "x.ru", "1.5" */
		if (next < s.n && glyph_at(s, next).lower)
			continue;
		if (point && count == 1 && is_abbreviation(s, first) && next < s.n)
			continue;
		end = i;
		break;
	}
	*rest = str_from(s, end);
	*out = str_trim(str_sub(s, 0, end));
	return true;
}
