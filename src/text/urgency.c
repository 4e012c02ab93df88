/* urgency.c: the word that a customer was offered ("answer with URGENT").
 *
 * The word itself, whatever its case, with a typing error, in the wrong layout or
 * in Latin letters. Not when it is denied ("не срочно"), only named (in quotation
 * marks, behind "слово"), a condition ("если срочно"), or part of
 * another notion ("срочный вклад", "досрочно").
 */
#include "text/detect_internal.h"
#include "text/distance.h"
#include "text/fold.h"

static bool is_one_of(str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_z(word, list[i]))
			return true;
	return false;
}
#define IS_ONE_OF(word, list) is_one_of((word), (list), COUNT_OF(list))

#define WORD_LONGEST 48

/* Word i; nothing for one that is too long to be any of these. */
static str word_of(const struct sentence *s, size_t i)
{
	str w = s->words[i].folded;
	return w.n <= WORD_LONGEST ? w : STR("");
}

/* How sure a word by itself is the urgent one; 0: it is not. */
static double word_itself(str w)
{
	static const char *const exact[] = {"срочно",     "urgent",      "urgently",    "терміново",
	                                    "терминово",  "urgente",     "dringend",    "срочняк",
	                                    "срочнейше",  "суперсрочно", "сверхсрочно", "ургент",
	                                    "срочненько", "pilne",       "наисрочнейше"};
	static const char *const else_written[] = {"srochno", "sro4no",   "chjxyj",
	                                           "гкпуте",  "гкпутедн", "sroano",
	                                           "srochna", "срочноо",  "cрочно"};
	return IS_ONE_OF(w, exact) ? 0.95 : IS_ONE_OF(w, else_written) ? 0.9 : 0;
}

/* Words that are one error away and mean something else. */
static bool is_other_word(str w)
{
	static const char *const words[] = {
	    "точно",    "сочно",    "прочно",  "срочной", "срочное",   "срочная",   "срочные",
	    "срочный",  "срочную",  "срочны",  "срочен",  "досрочно",  "бессрочно", "построчно",
	    "порочно",  "срочного", "срочном", "срочным", "срочных",   "заочно",    "строчной",
	    "строчная", "строчные", "сточной", "мрачно",  "сроками",   "сроков",    "argent",
	    "regent",   "agent",    "turgent", "urgency", "insurgent", "resurgent", "detergent",
	    "agents",   "urging",   "urged",   "ardent",  "orient",    "скромно",   "сложно",
	    "скучно",   "сонно",    "ровно",   "грозно",  "смачно",    "скудно",    "current",
	    "срочник",  "несрочно", "очно",    "срок",    "сроке"};
	return IS_ONE_OF(w, words);
}

/* Words that it may be meant by. */
struct likes {
	struct chars p[4];
};

static void likes_init(struct likes *l)
{
	static const char *const words[] = {"срочно", "urgent", "urgently", "терміново"};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		chars_of(str_of(words[i]), &l->p[i]);
}

/* With typing errors: one, or two when the word is all there is. */
static double word_mistyped(const struct likes *l, str w, bool alone)
{
	static const double sure[COUNT_OF(l->p)] = {0.8, 0.8, 0.75, 0.75};
	struct chars x;
	if (w.n < 5 || w.n > 20)
		return 0;
	chars_of(w, &x);
	if (x.n < 5 || x.n > 10)
		return 0;
	for (size_t i = 0; i < COUNT_OF(l->p); i++) {
		int most = alone && i < 2 ? 2 : 1;
		if (chars_distance(&x, &l->p[i], most) <= most)
			return is_other_word(w) ? 0 : sure[i];
	}
	return 0;
}

/* "срочный вопрос": an adjective beside what is asked about. */
static double adjective(const struct sentence *t, size_t i)
{
	static const char *const urgent[] = {"срочный", "срочная",   "срочное",  "срочные",
	                                     "срочную", "срочного",  "срочному", "срочным",
	                                     "срочной", "термінове", "термінова"};
	static const char *const nouns[] = {
	    "вопрос",   "вопроса",   "вопросу",       "запрос",   "запроса", "проблема",
	    "проблему", "проблемы",  "дело",          "делу",     "дела",    "обращение",
	    "заявка",   "заявку",    "ситуация",      "ситуацию", "помощь",  "помощи",
	    "ответ",    "ответа",    "случай",        "просьба",  "просьбу", "решение",
	    "решения",  "сообщение", "необходимость", "нужда",    "питання"};
	static const char *const very[] = {"очень", "крайне", "супер",    "это",    "вопрос",
	                                   "дело",  "заявка", "проблема", "запрос", "обращение",
	                                   "он",    "она",    "оно"};
	static const char *const shorts[] = {"срочен", "срочна", "срочны"};
	str w = word_of(t, i);
	if (!str_starts_z(w, "срочн") && !str_starts_z(w, "срочен") && !str_starts_z(w, "термінов"))
		return 0;
	str next = i + 1 < t->n ? word_of(t, i + 1) : STR_NONE;
	str before = i > 0 ? word_of(t, i - 1) : STR_NONE;
	bool after_noun =
	    IS_ONE_OF(before, nouns) || str_is(before, "очень") || str_is(before, "крайне");
	if (IS_ONE_OF(w, urgent) &&
	    (after_noun || IS_ONE_OF(next, nouns) || (IS_ONE_OF(before, very) && !next.n)))
		return 0.75;
	return IS_ONE_OF(w, shorts) && IS_ONE_OF(before, very) ? 0.7 : 0;
}

static str token(const struct sentence *t, size_t i, size_t back)
{
	return back <= i ? word_of(t, i - back) : STR_NONE;
}

/* Denied, or no more than a condition. */
static bool is_denied(const struct sentence *t, size_t i)
{
	static const char *const no[] = {
	    "не",      "ни",    "нет",    "без",     "ничего",        "никакой", "никакого",
	    "not",     "no",    "non",    "isn't",   "isnt",          "wasn't",  "never",
	    "nothing", "ain't", "don't",  "doesn't", "didn't",        "won't",   "wouldn't",
	    "nicht",   "pas",   "hardly", "aren't",  "необязательно", "вряд",    "якобы",
	    "neither", "nor",   "неважно"};
	static const char *const degree[] = {
	    "так",       "такой",      "очень",    "особо",  "особенно",    "слишком",
	    "настолько", "сильно",     "совсем",   "столь",  "обязательно", "that",
	    "so",        "very",       "too",      "really", "super",       "particularly",
	    "all",       "at",         "terribly", "overly", "exactly",     "especially",
	    "is",        "это",        "the",      "an",     "необходимо",  "an",
	    "ли",        "particular", "in"};
	/* "не стоит делать это срочно", "doesn't need to be handled urgently" */
	static const char *const bridge[] = {
	    "надо",      "нужно",    "стоит",    "делать",       "решать", "отвечать", "это",
	    "требуется", "прошу",    "it's",     "its",          "think",  "believe",  "it",
	    "need",      "to",       "be",       "handled",      "done",   "answered", "treated",
	    "means",     "by",       "anything", "particularly", "считаю", "думаю",    "что",
	    "by",        "resolved", "needs",    "вопрос"};
	static const char *const condition[] = {"если", "if",        "коли",   "когда",   "when",
	                                        "якщо", "насколько", "unless", "whether", "how"};
	static const char *const needed[] = {"нужно", "надо",  "обязательно", "требуется",
	                                     "горит", "важно", "необходимо"};
	static const char *const cares[] = {"care", "clinic", "delivery", "shipping", "courier"};
	str next = i + 1 < t->n ? word_of(t, i + 1) : STR_NONE;
	str after = i + 2 < t->n ? word_of(t, i + 2) : STR_NONE;
	bool near = true; /* only words of degree stand between */
	for (size_t back = 1; back <= 6 && back <= i; back++) {
		size_t end = t->words[i - back].at + t->words[i - back].n;
		/* "если можно, срочно": a comma ends the condition, and "не приходит, срочно". */
		if (str_chr(str_sub(t->text, end, t->words[i - back + 1].at), ',') >= 0)
			break;
		str w = word_of(t, i - back);
		if ((near && IS_ONE_OF(w, no)) || IS_ONE_OF(w, condition))
			return true;
		near = near && (IS_ONE_OF(w, degree) || IS_ONE_OF(w, bridge));
	}
	if (IS_ONE_OF(next, cares) && !t->words[i].upper)
		return true;
	return (IS_ONE_OF(next, no) && IS_ONE_OF(after, needed)) ||
	       (IS_ONE_OF(next, needed) && IS_ONE_OF(after, no));
}

/* Named, not said: behind "слово", or in quotation marks amid other words. */
static bool is_named(const struct sentence *t, size_t i)
{
	static const char *const word[] = {
	    "слово",   "слова",    "словом",  "слове",   "word",   "words",    "пометку",
	    "пометка", "пометкой", "пометки", "keyword", "фразу",  "метку",    "тег",
	    "tag",     "статус",   "marked",  "flagged", "тему",   "теме",     "subject",
	    "слову",   "label",    "тегом",   "label",   "меткой", "labelled", "labeled"};
	if (IS_ONE_OF(token(t, i, 1), word))
		return true;
	if (IS_ONE_OF(token(t, i, 2), word) && t->n > 4)
		return true;
	/* "Reply URGENT"; "reply urgently" is a wish. */
	static const char *const reply[] = {"reply", "type", "write", "respond", "send"};
	if (str_is(token(t, i, 0), "urgent") &&
	    (IS_ONE_OF(token(t, i, 1), reply) ||
	     (str_is(token(t, i, 1), "with") && IS_ONE_OF(token(t, i, 2), reply))))
		return true;
	size_t at = t->words[i].at, end = at + t->words[i].n;
	str left = str_sub(t->text, 0, at), right = str_from(t->text, end);
	bool quoted =
	    (str_ends(left, STR("\"")) || str_ends(left, STR("«")) || str_ends(left, STR("“")) ||
	     str_ends(left, STR("'")) || str_ends(left, STR("„"))) &&
	    (str_starts(right, STR("\"")) || str_starts(right, STR("»")) ||
	     str_starts(right, STR("”")) || str_starts(right, STR("'")) ||
	     str_starts(right, STR("“")) || str_starts(right, STR("!\"")));
	/* Somewhere inside «a longer quotation». */
	ptrdiff_t open = str_find(left, STR("«")), close = str_find(right, STR("»"));
	bool inside = open >= 0 && close >= 0 &&
	              str_find(str_from(left, (size_t)open), STR("»")) < 0 &&
	              t->words[0].at < (size_t)open;
	return (quoted && t->n > 2) || inside;
}

/* "С Р О Ч Н О": letters one by one. Returns how many tokens it takes. */
static size_t spaced_out(const struct sentence *t, size_t i)
{
	static const char *const words[] = {"срочно", "urgent"};
	for (size_t k = 0; k < COUNT_OF(words); k++) {
		str rest = str_of(words[k]);
		size_t n = 0, len;
		while (rest.n && i + n < t->n) {
			text_next(rest, &len);
			if (!str_eq(word_of(t, i + n), str_sub(rest, 0, len)))
				break;
			rest = str_from(rest, len);
			n++;
		}
		if (rest.n == 0)
			return n;
	}
	return 0;
}

void find_urgent(const struct sentence *t, bool alone, size_t offset, struct detection *d)
{
	struct likes likes;
	likes_init(&likes);
	for (size_t i = 0; i < t->n; i++) {
		str w = word_of(t, i);
		size_t many = w.n && w.n <= 2 ? spaced_out(t, i) : 0;
		double sure = many ? 0.9 : word_itself(w);
		if (sure <= 0)
			sure = word_mistyped(&likes, w, alone);
		if (sure <= 0)
			sure = adjective(t, i);
		if (sure <= 0 || is_denied(t, i) || is_named(t, i))
			continue;
		size_t at = t->words[i].at;
		const struct sentence_word *last = &t->words[many ? i + many - 1 : i];
		if (t->words[i].upper || alone)
			sure = sure + 0.04;
		detection_add(d, sure, offset + at, last->at + last->n - at);
	}
}
