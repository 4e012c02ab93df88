/* detect.c: see detect.h. The urgent word is urgency.c's, sentiments are sentiment.c's. */
#include "text/detect.h"

#include "text/detect_internal.h"
#include "text/fold.h"

const char *detect_name(enum detect_kind k)
{
	static const char *const names[DETECT_COUNT] = {"urgent", "manager", "abuse", "thanks",
	                                                "photo"};
	return names[k];
}

void detection_add(struct detection *d, double confidence, size_t at, size_t n)
{
	if (confidence > d->confidence)
		d->confidence = confidence;
	for (size_t i = 0; i < d->n; i++)
		if (at < d->spans[i].at + d->spans[i].n && d->spans[i].at < at + n)
			return;
	if (d->n < RULES_SPANS)
		d->spans[d->n++] = (struct span){at, n};
}

/* ---- obscenity with letters hidden ---- */

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

/* ---- thanks ---- */

/* A bare "спасибо" (below this) is politeness where something is asked for or went wrong. */
#define THANKS_BARE 0.75

static void weigh_thanks(str own, bool trouble, double mood, struct detection *d)
{
	if (d->confidence <= 0)
		return;
	bool asks = str_chr(own, '?') >= 0 || trouble;
	if (d->confidence < THANKS_BARE && (asks || mood < 0))
		d->confidence = 0.3;
	else if (asks && mood < -0.6)
		d->confidence = 0.4;
}

/* ---- all ---- */

static void take_rules(struct detection *d, const struct rules_found *f, size_t offset)
{
	for (size_t i = 0; i < f->n; i++)
		detection_add(d, f->confidence, offset + f->spans[i].at, f->spans[i].n);
}

/* One piece of own words at `offset`; returns what its words sum up to. */
static double look(str own, size_t offset, struct detection out[DETECT_COUNT], bool *trouble)
{
	static const struct {
		enum detect_kind kind;
		enum rules_kind rules;
	} of_rules[] = {{DETECT_MANAGER, RULES_MANAGER},
	                {DETECT_ABUSE, RULES_ABUSE},
	                {DETECT_THANKS, RULES_THANKS},
	                {DETECT_PHOTO, RULES_PHOTO}};
	struct rules_found found[RULES_COUNT] = {0};
	struct mood mood;
	struct sentence s;
	str rest = own;
	mood_begin(&mood, own);
	sentence_begin(&s);
	while (sentence_read(&rest, &s)) {
		size_t at = (size_t)(s.text.p - own.p);
		bool alone = s.first && s.n <= 2 && s.text.n + 4 > own.n;
		rules_scan(&s, at, found);
		find_urgent(&s, alone, offset + at, &out[DETECT_URGENT]);
		mood_add(&mood, &s);
	}
	for (size_t i = 0; i < COUNT_OF(of_rules); i++)
		take_rules(&out[of_rules[i].kind], &found[of_rules[i].rules], offset);
	find_masked(own, offset, &out[DETECT_ABUSE]);
	find_pointed(own, offset, &out[DETECT_ABUSE]);
	*trouble |= found[RULES_TROUBLE].confidence > 0;
	weigh_thanks(own, *trouble, mood_of(mood.sum), &out[DETECT_THANKS]);
	return mood.sum;
}

void detect_all(str text, struct detection out[DETECT_COUNT], double *sentiment)
{
	str rest = text, own;
	bool trouble = false;
	double sum = 0;
	memset(out, 0, DETECT_COUNT * sizeof *out);
	while (own_next(&rest, &own))
		sum += look(own, (size_t)(own.p - text.p), out, &trouble);
	*sentiment = mood_of(sum);
	if (out[DETECT_ABUSE].confidence >= 0.5) /* whoever insults does not mean it */
		out[DETECT_THANKS].confidence *= 0.5;
	for (int k = 0; k < DETECT_COUNT; k++) {
		out[k].found = out[k].confidence >= 0.5;
		if (!out[k].found)
			out[k].n = 0;
	}
}

struct detection detect(enum detect_kind k, str text)
{
	struct detection all[DETECT_COUNT];
	double mood;
	detect_all(text, all, &mood);
	return all[k];
}
