/* sentiment.c: see text_sentiment in detect.h. */
#include <math.h>

#include "text/detect.h"
#include "text/word.h"

struct mood {
	double sum;
	double stronger; /* of the next word with a weight */
	int denied;      /* so many words more */
};

static void add_word(struct mood *m, int w)
{
	if (w == WEIGHT_NOT) {
		m->denied = 3;
	} else if (w == WEIGHT_VERY) {
		m->stronger = 1.4;
	} else if (w == WEIGHT_LITTLE) {
		m->stronger = 0.6;
	} else if (w) {
		/* "не плохо" is not yet good, "не работает" is bad. */
		double v = w * m->stronger;
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

double text_sentiment(str text)
{
	struct mood m = {.stronger = 1};
	str rest = text, own;
	char word[WORD_FOLD_MAX];
	while (own_next(&rest, &own)) {
		str left = own, sentence;
		m.sum += smileys(own);
		while (sentence_next(&left, &sentence)) {
			struct words w = words_of(sentence, false);
			m.denied = 0;
			m.stronger = 1;
			size_t end = 0;
			for (struct word x; words_next(&w, &x); end = x.at + x.n) {
				/* "Не ожидал, супер": a comma ends what is denied. */
				if (str_chr(str_sub(sentence, end, x.at), ',') >= 0)
					m.denied = 0;
				if (x.kind == WORD_EMOJI)
					m.sum += emoji_weight(word_str(sentence, &x));
				else if (x.kind == WORD_LETTERS)
					add_word(&m, rules_weight(str_n(
					                 word, rules_word(sentence, &x, word))));
			}
		}
	}
	/* Long texts say more of the same; 12 puts three strong words at .93. */
	return m.sum / sqrt(m.sum * m.sum + 12);
}
