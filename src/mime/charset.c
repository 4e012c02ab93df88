/* charset.c: see charset.h. Conversion by iconv; the guess weighs how Russian the letters look. */
#include "mime/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/buf.h"

#define GUESS_BYTES ((size_t)65536)

struct alias {
	const char *label, *name;
};

/* Labels, squeezed to lower-case letters and digits, whose plain reading would be wrong or
 * unknown to iconv. */
static const struct alias aliases[] = {
    {"ascii", ""},
    {"usascii", ""},
    {"ansix341968", ""},
    {"iso646us", ""},
    {"646", ""},
    {"7bit", ""},
    {"8bit", ""},
    {"binary", ""},
    {"none", ""},
    {"default", ""},
    {"unknown", ""},
    {"unknown8bit", ""},
    {"xunknown", ""},
    {"defaultcharset", ""},
    {"utf8", "UTF-8"},
    {"unicode11utf8", "UTF-8"},
    {"unicode20utf8", "UTF-8"},
    {"xunicode20utf8", "UTF-8"},
    {"utf8mb4", "UTF-8"},
    {"utf7", "UTF-7"},
    {"unicode11utf7", "UTF-7"},
    {"utf16", "UTF-16LE"}, /* with a mark, the mark decides before we come here */
    {"utf16le", "UTF-16LE"},
    {"utf16be", "UTF-16BE"},
    {"ucs2", "UTF-16LE"},
    {"unicode", "UTF-16LE"},
    {"utf32", "UTF-32"},
    {"iso88591", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"l1", "WINDOWS-1252"},
    {"iso8859", "WINDOWS-1252"},
    {"iso885915", "ISO-8859-15"},
    {"iso88599", "WINDOWS-1254"},
    {"latin5", "WINDOWS-1254"},
    {"iso885911", "WINDOWS-874"},
    {"tis620", "WINDOWS-874"},
    {"windows874", "CP874"},
    {"iso88598i", "ISO-8859-8"},
    {"iso88598e", "ISO-8859-8"},
    {"iso88596i", "ISO-8859-6"},
    {"cyrillic", "ISO-8859-5"},
    {"koi8", "KOI8-R"},
    {"koi", "KOI8-R"},
    {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U"},
    {"koi8ru", "KOI8-U"},
    {"xcp1251", "WINDOWS-1251"},
    {"win1251", "WINDOWS-1251"},
    {"win", "WINDOWS-1251"},
    {"xcp1252", "WINDOWS-1252"},
    {"xcp1250", "WINDOWS-1250"},
    {"xmaccyrillic", "MAC-CYRILLIC"},
    {"maccyrillic", "MAC-CYRILLIC"},
    {"xmacroman", "MACINTOSH"},
    {"macroman", "MACINTOSH"},
    {"macintosh", "MACINTOSH"},
    {"dos", "CP866"},
    {"alt", "CP866"},
    {"ibm866", "CP866"},
    {"gb2312", "GB18030"},
    {"gb231280", "GB18030"},
    {"csgb2312", "GB18030"},
    {"xgbk", "GB18030"},
    {"gbk", "GB18030"},
    {"cp936", "GB18030"},
    {"ms936", "GB18030"},
    {"euccn", "GB18030"},
    {"hzgb2312", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"cp950", "BIG5-HKSCS"},
    {"xxbig5", "BIG5-HKSCS"},
    {"big5hkscs", "BIG5-HKSCS"},
    {"ksc56011987", "CP949"},
    {"ksc5601", "CP949"},
    {"kscode", "CP949"},
    {"euckr", "CP949"},
    {"ks56011987", "CP949"},
    {"windows949", "CP949"},
    {"cp949", "CP949"},
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
    {"xsjis", "CP932"},
    {"mskanji", "CP932"},
    {"windows31j", "CP932"},
    {"eucjp", "EUC-JP"},
    {"xeucjp", "EUC-JP"},
    {"iso2022jp", "ISO-2022-JP-2"},
    {"iso2022kr", "ISO-2022-KR"},
    {"viscii", "VISCII"},
    {"tcvn", "TCVN"},
};

/* The iconv name for a label: "" when the label says nothing, NULL when nobody knows it. */
static const char *canonical(str label, char *scratch, size_t size)
{
	char squeezed[40];
	size_t n = 0;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			if (n + 1 >= sizeof squeezed)
				return NULL;
			squeezed[n++] = c;
		}
	}
	squeezed[n] = 0;
	str s = str_n(squeezed, n);
	if (n == 0)
		return "";
	for (size_t i = 0; i < COUNT_OF(aliases); i++)
		if (str_eq(s, str_of(aliases[i].label)))
			return aliases[i].name;
	/* The families that are written in many ways: "windows-1251", "cp_1251", "x-cp1251". */
	static const char *const prefixes[] = {"windows", "cp",  "win", "xwindows",
	                                       "ms",      "ibm", "xcp"};
	for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
		if (!str_starts(s, str_of(prefixes[i])))
			continue;
		str digits = str_from(s, strlen(prefixes[i]));
		int64_t number;
		if (digits.n >= 3 && digits.n <= 5 && str_to_i64(digits, &number)) {
			if (number == 65001)
				return "UTF-8";
			snprintf(scratch, size, "CP%d", (int)number);
			return scratch;
		}
	}
	if (str_starts(s, STR("iso8859")) && s.n >= 8 && s.n <= 9) {
		snprintf(scratch, size, "ISO-8859-%.*s", (int)(s.n - 7), s.p + 7);
		return scratch;
	}
	/* Anything else as written, letters, digits and the usual signs only: iconv's own
	 * suffixes ("//TRANSLIT") must not be reachable from a letter. */
	label = str_trim(label);
	if (label.n + 1 > size)
		return NULL;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_' || c == '.' || c == ':' || c == '+'))
			return NULL;
		scratch[i] = c;
	}
	scratch[label.n] = 0;
	return scratch;
}

/* Converts all of `bytes`; *bad counts the bytes without meaning. False when iconv has no
 * such charset. */
static bool convert(struct arena *a, str bytes, const char *name, str *out, size_t *bad)
{
	*bad = 0;
	iconv_t cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	BUF_AUTO b;
	buf_init(&b, 0);
	char *in = (char *)bytes.p;
	size_t left = bytes.n;
	bool flush = false;
	while (left > 0 || !flush) {
		size_t room = left + left / 2 + 64;
		char *to = buf_reserve(&b, room), *start = to;
		flush = left == 0;
		size_t r =
		    flush ? iconv(cd, NULL, NULL, &to, &room) : iconv(cd, &in, &left, &to, &room);
		buf_commit(&b, (size_t)(to - start));
		if (r != (size_t)-1 || errno == E2BIG)
			continue;
		/* An impossible or a cut sequence: one mark for one byte, and on. */
		if (left > 0) {
			in++;
			left--;
			(*bad)++;
		}
		buf_addz(&b, "\xEF\xBF\xBD");
	}
	iconv_close(cd);
	*out = str_to_utf8(a, buf_str(&b));
	if (out->p == b.p)
		*out = str_dup(a, *out);
	return true;
}

static size_t high_bytes(str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += (unsigned char)s.p[i] >= 0x80;
	return n;
}

/* Weight of each Russian letter from а to я, per thousand; ё counts as е. */
static const uint8_t frequency[32] = {80, 16, 45, 17,  30, 85, 9,  16, 74, 12, 35,
                                      44, 32, 67, 110, 28, 47, 55, 63, 26, 3,  10,
                                      5,  14, 7,  4,   1,  19, 17, 3,  6,  20};

/* KOI8-R 0xC0..0xDF: the order of the Latin alphabet. */
static const uint8_t koi_order[32] = {30, 0,  1,  22, 4,  5,  20, 3, 21, 8,  9, 10, 11, 12, 13, 14,
                                      15, 31, 16, 17, 18, 19, 6,  2, 28, 27, 7, 24, 29, 25, 23, 26};

/* The letter of a byte: 0..31 small, 32..63 capital, -1 no Russian letter. */
static int letter_1251(unsigned char c)
{
	return c >= 0xE0   ? c - 0xE0
	       : c >= 0xC0 ? c - 0xC0 + 32
	       : c == 0xB8 ? 5
	       : c == 0xA8 ? 37
	                   : -1;
}

static int letter_koi8(unsigned char c)
{
	return c >= 0xE0   ? koi_order[c - 0xE0] + 32
	       : c >= 0xC0 ? koi_order[c - 0xC0]
	       : c == 0xA3 ? 5
	       : c == 0xB3 ? 37
	                   : -1;
}

static int letter_866(unsigned char c)
{
	return c >= 0x80 && c <= 0x9F   ? c - 0x80 + 32
	       : c >= 0xA0 && c <= 0xAF ? c - 0xA0
	       : c >= 0xE0 && c <= 0xEF ? c - 0xE0 + 16
	       : c == 0xF1              ? 5
	       : c == 0xF0              ? 37
	                                : -1;
}

static int letter_iso5(unsigned char c)
{
	return c >= 0xD0 && c <= 0xEF   ? c - 0xD0
	       : c >= 0xB0 && c <= 0xCF ? c - 0xB0 + 32
	       : c == 0xF1              ? 5
	       : c == 0xA1              ? 37
	                                : -1;
}

/* How Russian s looks in one charset: frequent letters count for it; a capital after a small
 * letter and bytes that are no letters count against it. */
static long russian_score(str s, int (*letter)(unsigned char c))
{
	long score = 0;
	int before = -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		int l = c >= 0x80 ? letter(c) : -1;
		if (c >= 0x80) {
			if (l < 0) {
				/* quotes, dashes and the number sign are rare but right */
				score -= 20;
			} else if (l < 32) {
				score += frequency[l];
			} else {
				score += before >= 0 && before < 32 ? -80 : frequency[l - 32] / 2;
			}
		}
		before = l;
	}
	return score;
}

/* Are most high bytes next to each other (another alphabet) rather than alone among Latin
 * letters (accents)? */
static bool runs_of_high(str s)
{
	size_t together = 0, alone = 0;
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0xA0)
			continue;
		bool before = i > 0 && (unsigned char)s.p[i - 1] >= 0xA0;
		bool after = i + 1 < s.n && (unsigned char)s.p[i + 1] >= 0xA0;
		if (before || after)
			together++;
		else
			alone++;
	}
	return together > 2 * alone;
}

/* Plain text in UTF-16 has a zero in nearly every other byte, whatever its script has on top. */
static const char *guess_utf16(str s)
{
	size_t even = 0, odd = 0, n = s.n < 4096 ? s.n : 4096;
	for (size_t i = 0; i < n; i++)
		if (!s.p[i])
			*(i % 2 ? &odd : &even) += 1;
	if (odd > n / 8 && even < odd / 8)
		return "utf-16le";
	if (even > n / 8 && odd < even / 8)
		return "utf-16be";
	return NULL;
}

static const struct {
	const char *name;
	int (*letter)(unsigned char c);
} candidates[] = {{"windows-1251", letter_1251},
                  {"koi8-r", letter_koi8},
                  {"ibm866", letter_866},
                  {"iso-8859-5", letter_iso5}};

static const char *guess_cyrillic(str s, long *best)
{
	const char *name = candidates[0].name;
	*best = russian_score(s, candidates[0].letter);
	for (size_t i = 1; i < COUNT_OF(candidates); i++) {
		long score = russian_score(s, candidates[i].letter);
		if (score > *best) {
			*best = score;
			name = candidates[i].name;
		}
	}
	return name;
}

const char *charset_guess(str bytes)
{
	str s = str_sub(bytes, 0, GUESS_BYTES);
	if (s.n >= 8 && memchr(s.p, 0, s.n)) {
		const char *wide = guess_utf16(s);
		if (wide)
			return wide;
	}
	if (high_bytes(s) == 0) {
		if (str_find(s, STR("\033$B")) >= 0 || str_find(s, STR("\033$@")) >= 0)
			return "iso-2022-jp";
		return "utf-8";
	}
	/* A cut at the end of the sample is no sin. */
	str cut = s.n < bytes.n ? str_cut_utf8(s, s.n > 4 ? s.n - 1 : s.n) : s;
	if (str_is_utf8(cut))
		return "utf-8";
	long score;
	const char *name = guess_cyrillic(s, &score);
	if (score > 0 && (runs_of_high(s) || (str_eq(str_of(name), STR("ibm866")) && score > 200)))
		return name;
	/* UTF-8 with a few broken places is still UTF-8. */
	size_t good = 0, bad = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 0x80)
			continue;
		size_t want = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 0;
		if (want && i + want <= s.n && str_is_utf8(str_n(s.p + i, want))) {
			good++;
			i += want - 1;
		} else {
			bad++;
		}
	}
	return good > 4 * bad ? "utf-8" : "windows-1252";
}

static str by_guess(struct arena *a, str bytes)
{
	const char *name = charset_guess(bytes);
	char scratch[64];
	str out;
	size_t bad;
	if (str_eq(str_of(name), STR("utf-8")))
		return str_to_utf8(a, bytes);
	if (convert(a, bytes, canonical(str_of(name), scratch, sizeof scratch), &out, &bad))
		return out;
	return str_to_utf8(a, bytes);
}

static str cyrillic(struct arena *a, str bytes)
{
	long score;
	char scratch[64];
	str out;
	size_t bad;
	const char *name = guess_cyrillic(str_sub(bytes, 0, GUESS_BYTES), &score);
	if (convert(a, bytes, canonical(str_of(name), scratch, sizeof scratch), &out, &bad))
		return out;
	return by_guess(a, bytes);
}

/* Multi-byte sequences in s, if all of it is UTF-8; else 0. */
static size_t utf8_sequences(str s)
{
	if (!str_is_utf8(s))
		return 0;
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += (unsigned char)s.p[i] >= 0xC0;
	return n;
}

/* Russian bytes sent as Latin: nobody writes a word of accented letters only. */
static bool mislabelled_latin(str bytes)
{
	str s = str_sub(bytes, 0, GUESS_BYTES);
	size_t high = 0, letters = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		high += c >= 0xC0;
		letters += (c | 32) >= 'a' && (c | 32) <= 'z';
	}
	long score;
	return high >= 8 && high > letters && runs_of_high(s) &&
	       str_eq(str_of(guess_cyrillic(s, &score)), str_of(charset_guess(s))) &&
	       score > 20 * (long)high;
}

/* Russian bytes of another Russian charset than the label says. name: iconv's. */
static bool mislabelled_cyrillic(str bytes, str name)
{
	static const struct {
		const char *name;
		int (*letter)(unsigned char c);
	} labels[] = {{"WINDOWS-1251", letter_1251}, {"CP1251", letter_1251},
	              {"KOI8-R", letter_koi8},       {"KOI8-U", letter_koi8},
	              {"CP866", letter_866},         {"ISO-8859-5", letter_iso5}};
	str s = str_sub(bytes, 0, GUESS_BYTES);
	for (size_t i = 0; i < COUNT_OF(labels); i++) {
		if (!str_eq_nocase(name, str_of(labels[i].name)))
			continue;
		size_t high = high_bytes(s);
		long best, own = russian_score(s, labels[i].letter);
		guess_cyrillic(s, &best);
		return high >= 8 && best > 20 * (long)high && own < best / 3;
	}
	return false;
}

str charset_decode(struct arena *a, str bytes, str label)
{
	if (bytes.n == 0)
		return bytes;
	if (str_starts(bytes, STR("\xEF\xBB\xBF")))
		return str_to_utf8(a, str_from(bytes, 3));
	str out;
	size_t bad = 0;
	if (bytes.n % 2 == 0 &&
	    (str_starts(bytes, STR("\xFF\xFE")) || str_starts(bytes, STR("\xFE\xFF"))) &&
	    convert(a, str_from(bytes, 2), bytes.p[0] == '\xFF' ? "UTF-16LE" : "UTF-16BE", &out,
	            &bad))
		return out;
	char scratch[64];
	const char *name = canonical(label, scratch, sizeof scratch);
	bool single = false;
	if (!name || !*name)
		return by_guess(a, bytes);
	if (str_eq_nocase(str_of(name), STR("UTF-8")))
		return str_is_utf8(bytes) ? str_to_utf8(a, bytes) : by_guess(a, bytes);
	single = str_eq(str_of(name), STR("WINDOWS-1252")) || str_eq(str_of(name), STR("CP1252"));
	size_t sequences = utf8_sequences(bytes);
	if (sequences >= 2 && !str_starts(str_of(name), STR("UTF")))
		return str_to_utf8(a, bytes);
	if (single && mislabelled_latin(bytes))
		return by_guess(a, bytes);
	if (mislabelled_cyrillic(bytes, str_of(name)))
		return cyrillic(a, bytes);
	if (!convert(a, bytes, name, &out, &bad))
		return by_guess(a, bytes);
	/* A label that makes nonsense of a fifth of the text is wrong. */
	if (bad > 0 && bad * 5 > high_bytes(bytes) && high_bytes(bytes) > 0 &&
	    !str_eq(str_of(charset_guess(bytes)), STR("windows-1252")))
		return by_guess(a, bytes);
	return out;
}
