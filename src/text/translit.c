/* translit.c: see translit.h.
 *
 * A scheme is a list of pairs "latin cyrillic", longest first; a word is
 * replaced from its front. The order of candidates is that of how strange they are to the
 * Russian profile.
 */
#include "text/translit.h"

#include "base/buf.h"
#include "text/fold.h"
#include "text/language.h"

struct pair {
	const char *from, *to;
};

/* Common to all: the later tables come first. */
static const struct pair letters[] = {
    {"a", "а"}, {"b", "б"}, {"v", "в"}, {"g", "г"}, {"d", "д"}, {"e", "е"}, {"z", "з"},
    {"i", "и"}, {"j", "й"}, {"k", "к"}, {"l", "л"}, {"m", "м"}, {"n", "н"}, {"o", "о"},
    {"p", "п"}, {"r", "р"}, {"s", "с"}, {"t", "т"}, {"u", "у"}, {"f", "ф"}, {"h", "х"},
    {"c", "ц"}, {"y", "ы"}, {"w", "в"}, {"x", "х"}, {"q", "к"}, {"'", "ь"}, {NULL, NULL}};

static const struct pair passport[] = {{"shch", "щ"}, {"zh", "ж"}, {"kh", "х"}, {"ts", "ц"},
                                       {"ch", "ч"},   {"sh", "ш"}, {"iu", "ю"}, {"ia", "я"},
                                       {"yu", "ю"},   {"ya", "я"}, {"yo", "е"}, {"ye", "е"},
                                       {"ie", "ъе"},  {"y", "ы"},  {NULL, NULL}};
static const struct pair gost[] = {{"shh", "щ"}, {"zh", "ж"}, {"ch", "ч"}, {"sh", "ш"},
                                   {"cz", "ц"},  {"yu", "ю"}, {"ya", "я"}, {"yo", "е"},
                                   {"y'", "ы"},  {"e'", "э"}, {"x", "х"},  {"j", "й"},
                                   {"''", "ъ"},  {"'", "ь"},  {"c", "ц"},  {NULL, NULL}};
static const struct pair bgn[] = {
    {"shch", "щ"}, {"zh", "ж"},  {"kh", "х"},  {"ts", "ц"},  {"ch", "ч"},  {"sh", "ш"},
    {"yu", "ю"},   {"ya", "я"},  {"yo", "е"},  {"ye", "е"},  {"iy", "ий"}, {"yy", "ый"},
    {"ay", "ай"},  {"ey", "ей"}, {"oy", "ой"}, {"uy", "уй"}, {"y", "ы"},   {NULL, NULL}};
static const struct pair scholars[] = {{"sc", "щ"}, {"ju", "ю"}, {"ja", "я"}, {"jo", "е"},
                                       {"je", "е"}, {"zh", "ж"}, {"ch", "ч"}, {"sh", "ш"},
                                       {"kh", "х"}, {"y", "ы"},  {NULL, NULL}};
static const struct pair messages[] = {
    {"sch", "щ"}, {"zh", "ж"},  {"ch", "ч"}, {"sh", "ш"}, {"ts", "ц"},  {"yu", "ю"},  {"ju", "ю"},
    {"ya", "я"},  {"ja", "я"},  {"yo", "е"}, {"jo", "е"}, {"iy", "ий"}, {"ij", "ий"}, {"yj", "ый"},
    {"ij", "ий"}, {"ks", "кс"}, {"ck", "к"}, {"ph", "ф"}, {"4", "ч"},   {"6", "ш"},   {"w", "ш"},
    {"q", "я"},   {"x", "х"},   {"j", "ж"},  {"y", "у"},  {NULL, NULL}};
static const struct pair soft[] = {{"sch", "щ"}, {"shch", "щ"}, {"zh", "ж"},  {"kh", "х"},
                                   {"ch", "ч"},  {"sh", "ш"},   {"ts", "ть"}, {"yu", "ю"},
                                   {"ya", "я"},  {"iu", "ью"},  {"ia", "ья"}, {"x", "кс"},
                                   {"c", "к"},   {"y", "й"},    {NULL, NULL}};

static const struct pair *const to_cyrillic[] = {passport, gost, bgn, scholars, messages, soft};

static const struct pair plain[] = {
    {"а", "a"},  {"б", "b"},  {"в", "v"},  {"г", "g"}, {"д", "d"}, {"е", "e"}, {"ё", "e"},
    {"з", "z"},  {"и", "i"},  {"к", "k"},  {"л", "l"}, {"м", "m"}, {"н", "n"}, {"о", "o"},
    {"п", "p"},  {"р", "r"},  {"с", "s"},  {"т", "t"}, {"у", "u"}, {"ф", "f"}, {"ж", "zh"},
    {"ч", "ch"}, {"ш", "sh"}, {"ы", "y"},  {"э", "e"}, {"і", "i"}, {"ї", "i"}, {"є", "ie"},
    {"ґ", "g"},  {"ў", "u"},  {NULL, NULL}};
static const struct pair as_passport[] = {{"й", "i"},    {"х", "kh"}, {"ц", "ts"},
                                          {"щ", "shch"}, {"ъ", "ie"}, {"ь", ""},
                                          {"ю", "iu"},   {"я", "ia"}, {NULL, NULL}};
static const struct pair as_bgn[] = {{"й", "y"}, {"х", "kh"}, {"ц", "ts"}, {"щ", "shch"}, {"ъ", ""},
                                     {"ь", ""},  {"ю", "yu"}, {"я", "ya"}, {NULL, NULL}};
static const struct pair as_gost[] = {{"й", "j"},  {"х", "x"},  {"ц", "cz"}, {"щ", "shh"},
                                      {"ъ", "''"}, {"ь", "'"},  {"ю", "yu"}, {"я", "ya"},
                                      {"ы", "y'"}, {"э", "e'"}, {NULL, NULL}};
static const struct pair as_scholars[] = {{"й", "j"},  {"х", "h"},  {"ц", "c"},
                                          {"щ", "sc"}, {"ъ", ""},   {"ь", ""},
                                          {"ю", "ju"}, {"я", "ja"}, {NULL, NULL}};
static const struct pair as_messages[] = {{"й", "y"},   {"х", "h"},  {"ц", "c"},
                                          {"щ", "sch"}, {"ъ", ""},   {"ь", ""},
                                          {"ю", "yu"},  {"я", "ya"}, {NULL, NULL}};

static const struct pair *const to_latin[] = {as_passport, as_bgn, as_messages, as_scholars,
                                              as_gost};

static const struct pair *match(const struct pair *p, str s)
{
	for (; p->from; p++)
		if (str_starts(s, str_of(p->from)))
			return p;
	return NULL;
}

/* The whole word by a scheme and what is common to all. */
static str apply(struct arena *a, const struct pair *scheme, const struct pair *common, str word)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	while (word.n) {
		const struct pair *p = match(scheme, word);
		size_t len;
		if (!p)
			p = match(common, word);
		if (p) {
			buf_addz(&b, p->to);
			len = strlen(p->from);
		} else {
			text_next(word, &len);
			buf_add(&b, str_sub(word, 0, len));
		}
		word = str_from(word, len);
	}
	return str_dup(a, buf_str(&b));
}

static size_t add_new(str out[TRANSLIT_MAX], size_t n, str candidate)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(out[i], candidate))
			return n;
	if (n < TRANSLIT_MAX && candidate.n)
		out[n++] = candidate;
	return n;
}

size_t translit_to_cyrillic(struct arena *a, str word, str out[TRANSLIT_MAX])
{
	size_t n = 0;
	double strange[TRANSLIT_MAX];
	if (word.n > TRANSLIT_BYTES || !str_is_utf8(word))
		return 0;
	for (size_t i = 0; i < COUNT_OF(to_cyrillic); i++) {
		str candidate = apply(a, to_cyrillic[i], letters, word);
		if (!str_eq(candidate, word))
			n = add_new(out, n, candidate);
	}
	/* By insertion: there are few. */
	for (size_t i = 0; i < n; i++) {
		str candidate = out[i];
		double s = language_strangeness(LANGUAGE_RU, candidate);
		size_t at = i;
		for (; at > 0 && strange[at - 1] > s; at--) {
			strange[at] = strange[at - 1];
			out[at] = out[at - 1];
		}
		strange[at] = s;
		out[at] = candidate;
	}
	return n;
}

size_t translit_to_latin(struct arena *a, str word, str out[TRANSLIT_MAX])
{
	size_t n = 0;
	if (word.n > TRANSLIT_BYTES || !str_is_utf8(word))
		return 0;
	for (size_t i = 0; i < COUNT_OF(to_latin); i++) {
		str candidate = apply(a, to_latin[i], plain, word);
		if (!str_eq(candidate, word))
			n = add_new(out, n, candidate);
	}
	return n;
}

bool translit_is_russian(struct arena *a, str word, str *out)
{
	str c[TRANSLIT_MAX];
	if (word.n < 4 || language_knows(LANGUAGE_EN, word) ||
	    translit_to_cyrillic(a, word, c) == 0)
		return false;
	*out = c[0];
	double english = language_strangeness(LANGUAGE_EN, word);
	double russian = language_strangeness(LANGUAGE_RU, c[0]);
	return language_knows(LANGUAGE_RU, c[0]) ? english - russian > 0.2
	                                         : english - russian > 0.9;
}
