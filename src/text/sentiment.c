/* sentiment.c: see text_sentiment in detect.h. */
#include <math.h>

#include "text/detect_internal.h"

static void add_word(struct mood *m, int w)
{
	if (w == WEIGHT_NOT) {
		m->denied = 3;
	} else if (w == WEIGHT_VERY) {
		m->stronger = 1.4;
	} else if (w == WEIGHT_LITTLE) {
		m->stronger = 0.6;
	} else if (w == WEIGHT_AWAITED && m->denied == 0) {
		m->stronger = 1; /* that it came says nothing, and it may be the wrong thing */
	} else if (w) {
		/* "не плохо" is not yet good, "не работает" is bad. */
		double v = (w == WEIGHT_AWAITED ? 1 : w) * m->stronger;
		if (m->denied > 0)
			v = w > 0 ? -v * 0.9 - 0.6 : -v * 0.4;
		m->sum += v;
		m->denied = 0;
		m->stronger = 1;
	} else {
		m->denied -= m->denied > 0;
		if (m->denied == 0)
			m->stronger = 1;
	}
}

static double emoji_weight(str s)
{
	static const char *const glad[] = {"😀", "😁", "😃", "😄", "😊", "🙂", "😍", "🥰", "😘", "👍",
	                                   "❤", "🎉", "🙏", "👏", "💪", "😂",    "💖", "🔥",    "☺"};
	static const char *const sorry[] = {"😡", "😠",    "🤬", "😢", "😭",    "👎", "😞", "😔", "😤",
	                                    "💩", "🤮", "🤦", "😒", "🙁", "☹", "😩", "😫"};
	for (size_t i = 0; i < COUNT_OF(glad); i++)
		if (str_starts(s, str_of(glad[i])))
			return 2;
	for (size_t i = 0; i < COUNT_OF(sorry); i++)
		if (str_starts(s, str_of(sorry[i])))
			return -2;
	return 0;
}

/* ":)", ")))", ":(" and "(((" outside words. */
static double smileys(str s)
{
	double sum = 0;
	size_t open = 0;
	for (size_t i = 0; i < s.n && fabs(sum) < 8; i++) {
		size_t run = 1;
		if (s.p[i] != ')' && s.p[i] != '(')
			continue;
		while (i + run < s.n && s.p[i + run] == s.p[i])
			run++;
		bool eyes = i > 0 && (s.p[i - 1] == ':' || s.p[i - 1] == ';' ||
		                      (i > 1 && s.p[i - 1] == '-' && s.p[i - 2] == ':'));
		if (eyes || run >= 2)
			sum += s.p[i] == ')' ? 1.5 : -1.5;
		else if (s.p[i] == '(')
			open++;
		else if (open == 0) /* "спасибо)" */
			sum += 0.7;
		else
			open--;
		i += run - 1;
	}
	return sum;
}

void mood_begin(struct mood *m, str own)
{
	*m = (struct mood){.sum = smileys(own), .stronger = 1};
}

void mood_add(struct mood *m, const struct sentence *s)
{
	if (s->first) {
		m->denied = 0;
		m->stronger = 1;
		m->end = 0;
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct sentence_word *w = &s->words[i];
		/* "Не ожидал, супер": a comma ends what is denied. */
		if (m->denied && str_chr(str_sub(s->text, m->end, w->at), ',') >= 0)
			m->denied = 0;
		if (w->kind == WORD_EMOJI)
			m->sum += emoji_weight(str_sub(s->text, w->at, w->at + w->n));
		else if (w->kind == WORD_LETTERS)
			add_word(m, rules_weight(w->folded));
		m->end = w->at + w->n;
	}
}

double mood_of(double sum)
{
	/* Long texts say more of the same; 12 puts three strong words at .93. */
	return sum / sqrt(sum * sum + 12);
}

double text_sentiment(str text)
{
	struct detection all[DETECT_COUNT];
	double mood;
	detect_all(text, all, &mood);
	return mood;
}
