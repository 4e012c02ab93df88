/* hidden.c: obscenity that hides its letters: behind masks ("го***ки", "f*ck"), behind points
 * ("х..й"), or one by one ("х у й"). */
#include "text/detect_internal.h"

/* ---- masks and points ---- */

static bool is_mask(char c)
{
	return c == '*' || c == '#' || c == '$' || c == '%' || c == '_';
}

/* Letters that such a word begins with, in lower case; a name that is hidden begins with a
 * capital ("И***в"), a card number with digits. */
static bool is_masked_begin(str head)
{
	static const char *const begins[] = {
	    "б",      "бл",   "бля", "г",   "го",  "гов", "гав", "д",  "де",  "е",   "еб",
	    "ё",      "ёб",   "ж",   "жо",  "за",  "м",   "му",  "н",  "на",  "нах", "о",
	    "оху",    "п",    "пи",  "пид", "пиз", "по",  "с",   "су", "у",   "уе",  "х",
	    "ху",     "хе",   "ш",   "шл",  "ох",  "на",  "ни",  "до", "f",   "fu",  "s",
	    "sh",     "b",    "bi",  "bu",  "c",   "cu",  "a",   "as", "d",   "di",  "w",
	    "mother", "bull", "wh",  "p",   "pu",  "мра", "тв",  "ид", "деб", "ур"};
	for (size_t i = 0; i < COUNT_OF(begins); i++)
		if (str_eq_z(head, begins[i]))
			return true;
	return false;
}

/* One run of letters and masks, from its first letter: "го***ки", "п***ец", "f*ck", "х**". */
static bool is_masked_word(str run)
{
	size_t head = 0, masks, tail;
	while (head < run.n && !is_mask(run.p[head]))
		head++;
	for (masks = head; masks < run.n && is_mask(run.p[masks]);)
		masks++;
	tail = run.n - masks;
	bool stars = head < run.n && run.p[head] == '*';
	for (size_t i = masks; i < run.n; i++)
		if (is_mask(run.p[i]))
			/* "б*я*ь", but not "a*b*c" */
			return stars && ((unsigned char)run.p[0] >= 0x80 || tail > 3);
	/* "цена*" is a footnote: masks at the end must be two, or follow one letter. */
	static const char *const plain[] = {"бл", "бля", "ху", "пиз", "еб", "сук", "fuc", "shi"};
	for (size_t i = 0; i < COUNT_OF(plain); i++)
		if (stars && str_eq_z(str_sub(run, 0, head), plain[i]))
			return true;
	if (tail == 0 && (masks - head < 2 || !stars))
		return false;
	return (stars || (tail > 0 && run.p[head] != '_' && run.p[head] != '%')) && tail < 24;
}

/* "х..й", "п..ц": points in the middle; only where nothing else can begin so. */
static void find_pointed(str own, size_t offset, struct detection *d)
{
	static const char *const heads[] = {"х", "ху", "п", "пи", "бл", "еб", "су", "муд", "пид"};
	ptrdiff_t found;
	for (size_t i = 0; (found = str_find(str_from(own, i), STR(".."))) >= 0;) {
		size_t at = i + (size_t)found, end = at, from = at;
		while (end < own.n && own.p[end] == '.')
			end++;
		i = end;
		while (from > 0 && at - from < 8 && (unsigned char)own.p[from - 1] >= 0x80)
			from--;
		size_t tail = end;
		while (tail < own.n && tail - end < 12 && (unsigned char)own.p[tail] >= 0x80)
			tail++;
		bool short_tail = tail > end && tail - end <= 8 &&
		                  str_starts(str_from(own, end), STR("\xd0")) +
		                          str_starts(str_from(own, end), STR("\xd1")) >
		                      0;
		for (size_t k = 0; short_tail && k < COUNT_OF(heads); k++)
			if (str_eq_z(str_sub(own, from, at), heads[k]))
				detection_add(d, 0.75, offset + from, tail - from);
	}
}

static void find_masked(str own, size_t offset, struct detection *d)
{
	char folded[WORD_FOLD_MAX];
	for (size_t i = 0, len; i < own.n; i += len) {
		struct words w = words_of(str_sub(own, i, i + 64), false);
		struct word x;
		const char *mask = memchr(own.p + i, '*', own.n - i);
		if (!mask && !(mask = memchr(own.p + i, '#', own.n - i)) &&
		    !(mask = memchr(own.p + i, '$', own.n - i)))
			return;
		/* Back from the mask to the word's begin, on to its end. */
		size_t from = (size_t)(mask - own.p), to = from;
		while (from > i && from + 40 > (size_t)(mask - own.p) &&
		       ((unsigned char)own.p[from - 1] >= 0x80 || is_mask(own.p[from - 1]) ||
		        ((own.p[from - 1] | 32) >= 'a' && (own.p[from - 1] | 32) <= 'z')))
			from--;
		while (to < own.n && to < from + 64 &&
		       ((unsigned char)own.p[to] >= 0x80 || is_mask(own.p[to]) ||
		        ((own.p[to] | 32) >= 'a' && (own.p[to] | 32) <= 'z')))
			to++;
		str run = str_sub(own, from, to);
		len = to > i ? to - i : 1;
		if (run.n == 0)
			continue;
		w = words_of(run, false);
		if (!words_next(&w, &x) || x.at != 0)
			continue;
		bool digit_before = from > 0 && own.p[from - 1] >= '0' && own.p[from - 1] <= '9';
		str head = str_n(folded, word_fold(word_str(run, &x), folded));
		if (!digit_before && (!x.title || x.upper || run.n > 3 + x.n) &&
		    is_masked_begin(head) && is_masked_word(run))
			detection_add(d, 0.85, offset + from, run.n);
	}
}

/* ---- letter by letter ---- */

enum { SPELLED_LEAST = 3, SPELLED_MOST = 16, SPELLED_SHORTER = 2 };

/* How long the letter at the begin of s is that stands alone; 0: none does. */
static size_t lone_letter(str s)
{
	unsigned char c = s.n ? (unsigned char)s.p[0] : 0;
	size_t n = c == 0xd0 || c == 0xd1 ? 2 : (c | 32) >= 'a' && (c | 32) <= 'z' ? 1 : 0;
	if (n == 0 || s.n < n)
		return 0;
	if (s.n == n)
		return n;
	unsigned char next = (unsigned char)s.p[n];
	bool goes_on = !next || is_mask((char)next) || (next >= '0' && next <= '9') ||
	               ((next | 32) >= 'a' && (next | 32) <= 'z') || next == 0xd0 || next == 0xd1;
	return goes_on ? 0 : n;
}

/* Of the letters, or all but the first or two ("и х у й"), is one of the words. */
static bool spells_abuse(str letters)
{
	for (int i = 0; i <= SPELLED_SHORTER && letters.n; i++) {
		struct rules_found found[RULES_COUNT] = {0};
		struct sentence s;
		str rest = letters;
		sentence_begin(&s);
		while (sentence_read(&rest, &s))
			rules_scan(&s, 0, found);
		if (found[RULES_ABUSE].confidence > 0)
			return true;
		letters = str_from(letters, (unsigned char)letters.p[0] >= 0x80 ? 2 : 1);
	}
	return false;
}

/* The letters from `at` on, each with one blank, point or hyphen behind it; how many bytes. */
static size_t find_spelled_at(str own, size_t at, size_t offset, struct detection *d)
{
	char letters[2 * SPELLED_MOST];
	size_t n = 0, count = 0, i = at, len;
	while (count < SPELLED_MOST && (len = lone_letter(str_from(own, i))) > 0) {
		memcpy(letters + n, own.p + i, len);
		n += len;
		count++;
		i += len;
		if (i >= own.n || !own.p[i] || !strchr(" .-", own.p[i]) ||
		    !lone_letter(str_from(own, i + 1)))
			break;
		i++;
	}
	/* "С-У-К-А-15" is a code. */
	bool code = i + 1 < own.n && own.p[i] == '-' && own.p[i + 1] >= '0' && own.p[i + 1] <= '9';
	if (count >= SPELLED_LEAST && !code && spells_abuse(str_n(letters, n)))
		detection_add(d, 0.85, offset + at, i - at);
	return i - at;
}

static void find_spelled(str own, size_t offset, struct detection *d)
{
	bool begins = true; /* of a word */
	for (size_t i = 0; i < own.n; i++) {
		size_t n = begins ? find_spelled_at(own, i, offset, d) : 0;
		i += n ? n - 1 : 0;
		begins = own.p[i] && (strchr(" \n\t,!?([\"'", own.p[i]) ||
		                      (i > 0 && own.p[i] == '\xab' && own.p[i - 1] == '\xc2'));
	}
}

void find_hidden(str own, size_t offset, struct detection *d)
{
	find_masked(own, offset, d);
	find_pointed(own, offset, d);
	find_spelled(own, offset, d);
}
