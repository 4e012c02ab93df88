/* fact_amount.c: sums of money, in digits and words.
 *
 * A number is money by its currency, by its thousands ("2 тыс."), or by a word before it
 * ("заплатил 1500"). Thousands may be parted by spaces, points or commas.
 *
 * Marked as ambiguous: "1500 тысячи" (a million and a half, or fifteen hundred said
 * twice), "1.500" (fifteen hundred, or one and a half), "пару тысяч".
 */
#include "text/facts_internal.h"

#define MANTISSA_MAX ((int64_t)1000000000000)

/* value = mantissa / 10^decimals */
struct number {
	int64_t mantissa;
	int decimals;
	bool doubt;       /* of its point */
	bool whole_group; /* three digits or fewer without a point: more groups may follow */
	int64_t other;    /* the other reading in hundredths, 0: none */
};

struct money {
	double value; /* in units; sums here are far below 2^53 hundredths */
	double other; /* 0: none */
	bool doubt, scaled, worded;
	size_t from, to; /* words */
};

static double value_of(const struct number *n)
{
	double v = (double)n->mantissa;
	for (int i = 0; i < n->decimals; i++)
		v /= 10;
	return v;
}

/* "1500", "1.500,50", "1,500", "20.50". False for "1.2.3.4" and what is too long. */
static bool parse_number(str s, struct number *n)
{
	size_t groups = 0, last, run = 0;
	char mark = 0, other_mark = 0;
	bool threes = true;
	*n = (struct number){0};
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c >= '0' && c <= '9') {
			if (n->mantissa > MANTISSA_MAX)
				return false;
			n->mantissa = n->mantissa * 10 + (c - '0');
			run++;
			continue;
		}
		if (c != '.' && c != ',')
			return false;
		if (other_mark || run == 0)
			return false;
		if (mark && c != mark)
			other_mark = c;
		threes = threes && (groups == 0 ? run <= 3 : run == 3);
		mark = mark ? mark : c;
		groups++;
		run = 0;
	}
	last = run;
	if (groups == 0) {
		n->whole_group = s.n <= 3 && s.n > 0;
		return s.n > 0;
	}
	if (other_mark) {
		n->decimals = (int)last;
		return threes && last > 0 && last <= 4;
	}
	if (groups > 1)
		return threes && last == 3;
	if (last == 3 && threes && s.p[0] != '0') {
		n->doubt = true;
		return true;
	}
	n->decimals = (int)last;
	return last > 0 && last <= 6;
}

/* ---- words that are numbers ---- */

static bool unit_word(str w, double *v)
{
	static const struct {
		const char *word;
		double v;
	} words[] = {
	    {"один", 1},          {"одна", 1},          {"одну", 1},         {"два", 2},
	    {"две", 2},           {"три", 3},           {"четыре", 4},       {"пять", 5},
	    {"шесть", 6},         {"семь", 7},          {"восемь", 8},       {"девять", 9},
	    {"десять", 10},       {"двенадцать", 12},   {"пятнадцать", 15},  {"двадцать", 20},
	    {"тридцать", 30},     {"сорок", 40},        {"пятьдесят", 50},   {"шестьдесят", 60},
	    {"семьдесят", 70},    {"восемьдесят", 80},  {"девяносто", 90},   {"сто", 100},
	    {"двести", 200},      {"триста", 300},      {"четыреста", 400},  {"пятьсот", 500},
	    {"шестьсот", 600},    {"семьсот", 700},     {"восемьсот", 800},  {"девятьсот", 900},
	    {"полторы", 1.5},     {"полтора", 1.5},     {"пол", 0.5},        {"одиннадцать", 11},
	    {"тринадцать", 13},   {"четырнадцать", 14}, {"шестнадцать", 16}, {"семнадцать", 17},
	    {"восемнадцать", 18}, {"девятнадцать", 19}, {"one", 1},          {"two", 2},
	    {"three", 3},         {"four", 4},          {"five", 5},         {"six", 6},
	    {"seven", 7},         {"eight", 8},         {"nine", 9},         {"ten", 10},
	    {"eleven", 11},       {"twelve", 12},       {"fifteen", 15},     {"twenty", 20},
	    {"thirty", 30},       {"forty", 40},        {"fifty", 50},       {"sixty", 60},
	    {"seventy", 70},      {"eighty", 80},       {"ninety", 90},      {"half", 0.5}};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (str_eq_z(w, words[i].word)) {
			*v = words[i].v;
			return true;
		}
	return false;
}

/* "тыс", "млн", "k": the factor, or 0. *full: the whole word, which must agree with its number. */
static double scale_word(str w, bool *full)
{
	static const char *const k[] = {"тыс", "т", "тыщ", "k", "к", "тр", "штук", "кусков"};
	static const char *const thousand[] = {"тысяч", "тыщ", "thousand", "косар", "grand"};
	static const char *const million[] = {"миллион", "млн", "million", "лям", "mln", "мільйон"};
	static const char *const billion[] = {"миллиард", "млрд", "billion", "bn"};
	*full = FACT_STARTS(w, thousand) && !str_is(w, "тыщ");
	if (FACT_IS(w, k) || *full)
		return 1e3;
	if (FACT_STARTS(w, million))
		return 1e6;
	return FACT_STARTS(w, billion) ? 1e9 : 0;
}

/* ---- currencies ---- */

static const struct currency {
	const char *code;
	int digits;
	const char *starts[6]; /* beginnings of words */
	const char *words[7];  /* whole ones */
} currencies[] = {
    {"RUB", 2, {"рубл", "рублик", NULL}, {"руб", "р", "rub", "rur", "рэ", "руб", NULL}},
    {"USD",
     2,
     {"доллар", "бакс", "dollar", NULL},
     {"usd", "долл", "дол", "bucks", "buck", "уе", NULL}},
    {"EUR", 2, {"евр", NULL}, {"eur", "euro", "euros", NULL}},
    {"GBP", 2, {"фунт", NULL}, {"gbp", "pounds", "pound", "quid", NULL}},
    {"UAH", 2, {"гривен", "гривн", NULL}, {"грн", "uah", NULL}},
    {"KZT", 2, {"тенге", NULL}, {"kzt", "тг", NULL}},
    {"BYN", 2, {"белруб", NULL}, {"byn", NULL}},
    {"CNY", 2, {"юан", NULL}, {"cny", "yuan", "rmb", NULL}},
    {"JPY", 0, {"иен", "йен", NULL}, {"jpy", "yen", NULL}},
    {"TRY", 2, {"лир", NULL}, {"try", "lira", "liras", NULL}},
    {"PLN", 2, {"злот", NULL}, {"pln", "zloty", NULL}},
    {"UZS", 2, {"сумов", NULL}, {"uzs", NULL}},
    {"CHF", 2, {"франк", NULL}, {"chf", NULL}},
};
static const struct {
	const char *sign, *code;
} signs[] = {{"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}, {"₽", "RUB"},
             {"₴", "UAH"}, {"₸", "KZT"}, {"¥", "CNY"}, {"₺", "TRY"}};

static const struct currency *currency_of_code(const char *code)
{
	for (size_t i = 0; i < COUNT_OF(currencies); i++)
		if (strcmp(currencies[i].code, code) == 0)
			return &currencies[i];
	return NULL;
}

static const struct currency *currency_of_word(str w)
{
	for (size_t i = 0; i < COUNT_OF(currencies); i++) {
		for (size_t k = 0; currencies[i].starts[k]; k++)
			if (str_starts_z(w, currencies[i].starts[k]))
				return &currencies[i];
		for (size_t k = 0; currencies[i].words[k]; k++)
			if (str_eq_z(w, currencies[i].words[k]))
				return &currencies[i];
	}
	return NULL;
}

/* A sign at the end (or begin) of what stands between words; *n its bytes. */
static const struct currency *currency_sign(str gap, bool at_end, size_t *n)
{
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		str sign = str_of(signs[i].sign);
		str g = at_end ? gap : str_trim(gap);
		if (at_end ? str_ends(str_trim(g), sign) && g.n - str_trim(g).n <= 2
		           : str_starts(g, sign)) {
			*n = sign.n;
			return currency_of_code(signs[i].code);
		}
	}
	return NULL;
}

static bool is_cents(str w)
{
	static const char *const words[] = {"коп",    "cents", "cent", "pence",
	                                    "центов", "цента", "цент"};
	return FACT_IS(w, words) || str_starts_z(w, "копе");
}

/* ---- a sum ---- */

/* A space or nothing between words i - 1 and i. */
static bool is_near(const struct fact_scan *s, size_t i)
{
	str g = i == 0 ? STR("x") : fact_gap(s, i - 1);
	return str_empty(g) || str_is(g, " ") || str_is(g, "\u00a0") || str_is(g, "\u202f") ||
	       str_is(g, "\u2009") || str_is(g, "'");
}

/* Digits of word i, and more groups of three behind. Returns how many words; *tail is what stands
 * behind the digits in the last word ("тыс" of "15тыс"). */
static size_t take_digits(const struct fact_scan *s, size_t i, struct number *n, str *tail)
{
	str w = s->words[i].folded;
	size_t digits = 0, words = 1;
	*tail = STR_NONE;
	while (digits < w.n && ((w.p[digits] >= '0' && w.p[digits] <= '9') ||
	                        ((w.p[digits] == '.' || w.p[digits] == ',') && digits > 0)))
		digits++;
	if (digits == 0 || !parse_number(str_sub(w, 0, digits), n))
		return 0;
	if (digits < w.n) {
		*tail = str_from(w, digits);
		return 1;
	}
	while (n->whole_group && n->mantissa > 0 && i + words < s->n &&
	       !s->words[i + words].taken && is_near(s, i + words)) {
		str next = s->words[i + words].folded;
		struct number g;
		size_t lead = 0;
		while (lead < next.n && next.p[lead] >= '0' && next.p[lead] <= '9')
			lead++;
		/* A group has three digits; the last may have a fraction or a word at it. */
		str head = next;
		if (lead == 3 && next.n > 3 && next.p[3] != '.' && next.p[3] != ',')
			head = str_sub(next, 0, 3);
		if (lead != 3 || !parse_number(head, &g) ||
		    (head.n > 3 && (g.decimals == 0 || g.decimals > 2)))
			break;
		for (int k = 0; k < g.decimals + 3; k++)
			n->mantissa *= 10;
		n->mantissa += g.mantissa;
		n->decimals = g.decimals;
		words++;
		if (n->mantissa > MANTISSA_MAX)
			return 0;
		if (head.n != next.n)
			*tail = str_from(next, 3);
		if (next.n != 3)
			break;
	}
	return words;
}

/* The words "пять тысяч двести" as one number. */
static size_t take_words(const struct fact_scan *s, size_t i, struct money *m)
{
	static const char *const glued[][2] = {
	    {"полмиллиона", "500000"}, {"полтыщи", "500"},     {"полтысячи", "500"},
	    {"сотку", "100"},          {"сотня", "100"},       {"тысячу", "1000"},
	    {"тыщу", "1000"},          {"миллион", "1000000"}, {"полтинник", "50"}};
	size_t at = i;
	double sum = 0, v;
	bool full;
	*m = (struct money){.worded = true};
	for (size_t k = 0; k < COUNT_OF(glued); k++)
		if (str_eq_z(s->words[i].folded, glued[k][0])) {
			int64_t whole;
			if (str_to_i64(str_of(glued[k][1]), &whole))
				sum = (double)whole;
			m->scaled = sum > 900;
			at++;
		}
	if (at == i && (str_is(s->words[i].folded, "a") || str_is(s->words[i].folded, "half"))) {
		/* "a hundred", "half a million" */
		sum = str_is(s->words[i].folded, "half") ? 0.5 : 1;
		at += sum < 1 && str_is(fact_folded(s, i + 1), "a") ? 2 : 1;
		if (!str_is(fact_folded(s, at), "hundred") &&
		    scale_word(fact_folded(s, at), &full) <= 0)
			return 0;
	}
	while (at < s->n && !s->words[at].taken && at - i < 8 &&
	       (at == i || is_near(s, at) || str_is(fact_gap(s, at - 1), "-"))) {
		str w = s->words[at].folded;
		if (str_is(w, "hundred") || str_is(w, "сотни") || str_is(w, "сотен")) {
			sum = (sum > 0 ? sum : 1) * 100;
		} else if (scale_word(w, &full) > 0 && sum > 0 && w.n > 2) {
			sum *= scale_word(w, &full);
			m->scaled = true;
			at++;
			/* What follows a thousand is added to it. */
			double low = 0;
			while (at < s->n && is_near(s, at) && unit_word(s->words[at].folded, &v) &&
			       v < 1000 && (low <= 0 || v < low)) {
				low += v;
				at++;
			}
			sum += low;
			break;
		} else if (unit_word(w, &v)) {
			sum += v;
		} else {
			break;
		}
		at++;
	}
	m->value = sum;
	m->from = i;
	m->to = at;
	return sum > 0 ? at - i : 0;
}

/* "тыс", "млн" behind the number. */
static void take_scale(const struct fact_scan *s, struct money *m, str tail)
{
	bool full = false;
	double scale = 0;
	if (tail.n) {
		scale = scale_word(tail, &full);
		if (str_is(tail, "тр"))
			scale = 0;
	} else if (m->to < s->n && !s->words[m->to].taken && is_near(s, m->to)) {
		str w = s->words[m->to].folded;
		scale = scale_word(w, &full);
		/* "т" alone is tons; "т.р." is money. */
		if ((str_is(w, "т") && !str_is(fact_folded(s, m->to + 1), "р")) ||
		    str_is(w, "штук") || str_is(w, "кусков"))
			scale = 0;
		m->to += scale > 0;
	}
	if (scale <= 0)
		return;
	double before = m->value;
	m->scaled = true;
	m->value *= scale;
	if (m->doubt) { /* "1,500 млн" */
		m->other = m->value / 1000;
	} else if (scale < 1e6 && before >= 1000) {
		m->other = before;
		m->doubt = true;
	}
}

/* More of the same sum: "1 млн 200 тыс", "5 тысяч 300". */
static void take_more(const struct fact_scan *s, struct money *m)
{
	struct number n;
	str tail;
	if (!m->scaled || m->to >= s->n || s->words[m->to].taken || !is_near(s, m->to))
		return;
	size_t words = take_digits(s, m->to, &n, &tail);
	if (!words || n.decimals || n.doubt || tail.n)
		return;
	struct money low = {.value = value_of(&n), .from = m->to, .to = m->to + words};
	take_scale(s, &low, tail);
	bool fits = low.value > 0 && low.value < 1e6 && low.value * 2 < m->value && !low.doubt;
	/* A bare "300" belongs to it only when money follows. */
	if (!fits || (!low.scaled && !currency_of_word(fact_folded(s, low.to))))
		return;
	m->value += low.value;
	m->to = low.to;
}

/* Words behind a number that count something else. */
static bool counts_other(const struct fact_scan *s, size_t i)
{
	static const char *const units[] = {
	    "человек",   "люд",      "раз",     "шаг",    "км",     "штук",   "шт",      "дн",
	    "день",      "дня",      "час",     "минут",  "недел",  "месяц",  "год",     "лет",
	    "подписчик", "просмотр", "слов",    "кг",     "грамм",  "литр",   "метр",    "процент",
	    "балл",      "бонус",    "заказ",   "people", "times",  "users",  "steps",   "follower",
	    "view",      "miles",    "words",   "day",    "hour",   "minute", "week",    "month",
	    "year",      "item",     "points",  "point",  "order",  "pieces", "%",       "пар",
	    "товар",     "комплект", "посыл",   "цикл",   "оборот", "звонк",  "писем",   "квартир",
	    "клиент",    "размер",   "сообщен", "мб",     "гб",     "mb",     "gb",      "см",
	    "мм",        "мл",       "cm",      "kg",     "am",     "pm",     "ml",      "км",
	    "сек",       "sec",      "чел",     "этаж",   "руки",   "отзыв",  "участник"};
	if (i > 0) {
		str gap = str_trim(fact_gap(s, i - 1));
		if (str_starts(gap, STR("%")) || str_starts(gap, STR("°")))
			return true;
	}
	return i < s->n && is_near(s, i) && FACT_STARTS(s->words[i].folded, units);
}

/* Words before a number that make it money. */
static bool is_cued(const struct fact_scan *s, size_t i)
{
	static const char *const words[] = {
	    "сумм",     "стоимост", "цен",   "заплатил", "оплатил", "списал",  "переве",
	    "перечисл", "стои",     "верни", "вернул",   "возврат", "долг",    "баланс",
	    "платеж",   "комисси",  "снял",  "потрати",  "обошл",   "amount",  "paid",
	    "charged",  "cost",     "price", "refund",   "total",   "balance", "fee",
	    "debited",  "withdr",   "штраф", "зачисл",   "внес",    "кешб",    "кэшб",
	    "deposit",  "spent",    "owe",   "перевод",  "потер"};
	static const char *const between[] = {
	    "в",       "на",     "около", "почти",      "было",      "за",     "of",
	    "me",      "is",     "was",   "about",      "for",       "мне",    "с",
	    "меня",    "уже",    "всего", "примерно",   "размере",   "деньги", "у",
	    "еще",     "to",     "us",    "only",       "составила", "только", "заказа",
	    "покупки", "товара", "order", "составляет", "был",       "была"};
	for (size_t back = 1; back <= 4 && back <= i; back++) {
		str w = s->words[i - back].folded;
		if (s->words[i - back].taken || str_find(fact_gap(s, i - back), STR(".")) >= 0)
			return false;
		if (FACT_STARTS(w, words))
			return true;
		if (!FACT_IS(w, between))
			return false;
	}
	return false;
}

static void add_amount(struct fact_scan *s, const struct money *m, const struct currency *c,
                       size_t at, size_t end)
{
	double unit = c && c->digits == 0 ? 1 : 100;
	int64_t minor = (int64_t)(m->value * unit + 0.5);
	struct fact *f = fact_add_bytes(s, FACT_AMOUNT, at, end - at, STR_NONE);
	if (!f)
		return;
	f->minor = minor;
	f->other_minor = m->other > 0 ? (int64_t)(m->other * unit + 0.5) : 0;
	f->currency = c ? c->code : "";
	f->ambiguous = m->doubt;
	if (unit > 1)
		f->value = str_printf(s->a, "%lld.%02lld", (long long)(minor / 100),
		                      (long long)(minor % 100));
	else
		f->value = str_printf(s->a, "%lld", (long long)minor);
}

/* "30 копеек" behind the rubles. */
static size_t take_cents(const struct fact_scan *s, struct money *m, size_t end)
{
	int64_t cents;
	size_t at = m->to;
	at += str_is(fact_folded(s, at), "and") || str_is(fact_folded(s, at), "и");
	if (at + 1 < s->n && is_near(s, at) && is_cents(fact_folded(s, at + 1)) &&
	    s->words[at].folded.n <= 2 && str_to_i64(s->words[at].folded, &cents) && cents >= 0) {
		m->value += (double)cents / 100;
		m->to = at + 2;
		return s->words[m->to - 1].at + s->words[m->to - 1].n;
	}
	return end;
}

static void settle_point(struct money *m, const struct number *n, const struct currency *c, str raw)
{
	if (!n->doubt)
		return;
	/* Americans part thousands by a comma, and say so by the sign. */
	bool american = c && strcmp(c->code, "USD") == 0 && str_chr(raw, ',') >= 0;
	m->doubt = !american;
	m->other = american ? 0 : m->value / 1000;
}

/* The sum that begins at word i; returns the word behind it, or 0. */
static size_t take_sum(struct fact_scan *s, size_t i)
{
	struct money m = {.from = i};
	struct number n = {0};
	str tail = STR_NONE, before = fact_gap_before(s, i);
	size_t words = take_digits(s, i, &n, &tail), sign_n = 0;
	if (words) {
		m.value = value_of(&n);
		m.to = i + words;
		m.doubt = n.doubt;
	} else {
		if (s->words[i].kind != WORD_LETTERS || !take_words(s, i, &m))
			return 0;
	}
	if (m.value <= 0 || m.value > 1e12)
		return 0;
	size_t at = s->words[i].at;
	const struct currency *c = currency_sign(before, true, &sign_n);
	if (c)
		at -= before.n -
		      (size_t)(str_trim(before).p + str_trim(before).n - sign_n - before.p);
	else if (i > 0 && !s->words[i - 1].taken && s->words[i - 1].upper && is_near(s, i) &&
	         s->words[i - 1].n == 3 && (c = currency_of_word(s->words[i - 1].folded)))
		at = s->words[i - 1].at;
	if (!m.worded) {
		settle_point(
		    &m, &n, c,
		    word_str(s->text, &(struct word){.at = s->words[i].at, .n = s->words[i].n}));
		take_scale(s, &m, tail);
	}
	take_more(s, &m);
	size_t end = s->words[m.to - 1].at + s->words[m.to - 1].n;
	bool cents = false;
	if (!c) {
		const struct currency *after = tail.n && !m.scaled ? currency_of_word(tail) : NULL;
		if (!after && str_is(tail, "тр")) {
			after = currency_of_code("RUB");
			m.value *= 1000;
			m.scaled = true;
		}
		str gap = fact_gap(s, m.to - 1);
		if (!after && (after = currency_sign(gap, false, &sign_n)))
			end += (size_t)(str_trim(gap).p - gap.p) + sign_n;
		/* A point and a space may follow "тыс.". */
		bool close = is_near(s, m.to) || str_is(gap, ". ") || str_is(gap, ".");
		if (!after && !tail.n && close && m.to < s->n && !s->words[m.to].taken) {
			str w = s->words[m.to].folded;
			cents = is_cents(w) && !m.scaled;
			after = cents ? currency_of_code(str_starts_z(w, "коп") ? "RUB" : "USD")
			              : currency_of_word(w);
			if (after && str_is(w, "р") && str_starts(gap, STR(". ")) && !m.scaled)
				after = NULL;
			if (after) {
				end = s->words[m.to].at + s->words[m.to].n;
				m.to++;
			}
		} else if (!after && tail.n && m.scaled && close && m.to < s->n &&
		           (after = currency_of_word(s->words[m.to].folded))) {
			end = s->words[m.to].at + s->words[m.to].n;
			m.to++;
		}
		if (!after && m.scaled && str_is(fact_folded(s, m.to - 1), "тр"))
			after = currency_of_code("RUB");
		c = after;
		if (cents)
			m.value /= 100;
	}
	if (n.doubt && !m.scaled)
		settle_point(
		    &m, &n, c,
		    word_str(s->text, &(struct word){.at = s->words[i].at, .n = s->words[i].n}));
	if (c)
		end = take_cents(s, &m, end);
	bool sum = c || (m.scaled && !counts_other(s, m.to)) ||
	           (!m.worded && tail.n == 0 && is_cued(s, i) && !counts_other(s, m.to));
	/* "1500 тыс. руб." is how accounts write; the doubt is about the spelled word. */
	if (c && m.scaled && m.doubt && !n.doubt && m.to >= 2) {
		bool full;
		for (size_t k = i; k < m.to; k++)
			if (scale_word(s->words[k].folded, &full) > 0 && !full &&
			    (str_is(s->words[k].folded, "тыс") ||
			     str_is(s->words[k].folded, "т"))) {
				m.doubt = false;
				m.other = 0;
			}
	}
	if (!sum)
		return 0;
	/* "пару тысяч", "около": about. */
	if (i > 0 && str_is(s->words[i - 1].folded, "пару"))
		m.doubt = true;
	add_amount(s, &m, c, at, end);
	return m.to;
}

void find_amounts(struct fact_scan *s)
{
	for (size_t i = 0; i < s->n;) {
		size_t next = s->words[i].taken ? 0 : take_sum(s, i);
		i = next > i ? next : i + 1;
	}
}
