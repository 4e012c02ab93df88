/* fact_date.c: days in digits, with month names, and relative to now. */
#include "base/date.h"
#include "text/facts_internal.h"

#define DAYS_OF_WEEK 7

static int64_t today(const struct fact_scan *s)
{
	usec now = s->o->now + s->o->utc_offset * USEC_MINUTE;
	struct date d = date_of(now);
	return date_days(d.year, d.month, d.day);
}

static str day_value(struct arena *a, int64_t days)
{
	struct date d = date_of(days * USEC_DAY);
	return str_printf(a, "%04d-%02d-%02d", d.year, d.month, d.day);
}

static struct fact *add_day(struct fact_scan *s, size_t from, size_t to, int64_t days, bool doubt)
{
	struct fact *f = fact_add(s, FACT_DATE, from, to, day_value(s->a, days));
	f->ambiguous = doubt;
	return f;
}

static bool valid(int64_t y, int64_t m, int64_t d)
{
	struct date x = {.year = (int)y, .month = (int)m, .day = (int)d};
	return y >= 1900 && y <= 2199 && m >= 1 && m <= 12 && d >= 1 && d <= 31 && date_valid(&x);
}

/* The year of a day and month that is nearest to now; people write of what was rather than of what
 * will be, so days ahead count thrice. */
static int nearest_year(const struct fact_scan *s, int month, int day)
{
	int64_t now = today(s), best = INT64_MAX;
	int year = date_of(s->o->now).year, found = year;
	for (int y = year - 1; y <= year + 1; y++) {
		if (!valid(y, month, day))
			continue;
		int64_t away = date_days(y, month, day) - now;
		away = away < 0 ? -away : away * 3;
		if (away < best) {
			best = away;
			found = y;
		}
	}
	return found;
}

static bool small(str s, int64_t *out)
{
	return s.n <= 4 && fact_digits(s) && str_to_i64(s, out);
}

/* Two-digit years: 70 and later are of the last century. */
static int64_t full_year(int64_t y, size_t digits)
{
	return digits == 2 ? (y >= 70 ? 1900 + y : 2000 + y) : y;
}

/* Day and month in the order that the numbers allow; *doubt when both orders would do. */
static bool order(const struct fact_scan *s, int64_t a, int64_t b, bool slash, int64_t *d,
                  int64_t *m, bool *doubt)
{
	bool day_first = a >= 1 && a <= 31 && b >= 1 && b <= 12;
	bool month_first = b >= 1 && b <= 31 && a >= 1 && a <= 12;
	*doubt = slash && day_first && month_first && a != b;
	bool swap = slash && month_first && (s->o->month_first || !day_first);
	*d = swap ? b : a;
	*m = swap ? a : b;
	return day_first || (slash && month_first);
}

/* ---- digits ---- */

/* "21.11.2026" or "21.11.26", one word; "21.11" where the words around it are a date's. */
static size_t dotted(struct fact_scan *s, size_t i)
{
	static const char *const from[] = {"от",    "с",      "до",    "по",    "к",
	                                   "на",    "дата",   "числа", "после", "since",
	                                   "until", "before", "after", "on"};
	str rest = s->words[i].folded, piece;
	int64_t v[3];
	size_t n = 0, digits = 0;
	while (n < 3 && str_split(&rest, '.', &piece)) {
		if (!small(piece, &v[n]))
			return 0;
		digits = piece.n;
		n++;
	}
	if (rest.p || n < 2)
		return 0;
	int64_t d, m;
	bool doubt;
	if (n == 3) {
		if (digits != 4 && digits != 2)
			return 0;
		v[2] = full_year(v[2], digits);
		if (!order(s, v[0], v[1], false, &d, &m, &doubt) || !valid(v[2], m, d))
			return 0;
		add_day(s, i, i + 1, date_days((int)v[2], (int)m, (int)d), false);
		return 1;
	}
	static const char *const done[] = {"заказ",   "купил", "оплат",
	                                   "доставк", "оформ", "ordered"};
	if (digits != 2 || i == 0 || !valid(2024, v[1], v[0]))
		return 0;
	str cue = s->words[i - 1].folded;
	if (!FACT_IS(cue, from) && !(FACT_STARTS(cue, done) && fact_gap(s, i - 1).n == 1))
		return 0;
	int year = nearest_year(s, (int)v[1], (int)v[0]);
	if (!valid(year, v[1], v[0]))
		return 0;
	add_day(s, i, i + 1, date_days(year, (int)v[1], (int)v[0]), true);
	return 1;
}

/* "2026-11-21", "21-11-2026", "21/11/2026": three words with the same mark between. */
static size_t marked(struct fact_scan *s, size_t i)
{
	int64_t v[3];
	if (i + 2 >= s->n)
		return 0;
	str gap = fact_gap(s, i), year = s->words[i + 2].folded, first = s->words[i].folded;
	bool slash = str_is(gap, "/");
	if ((!slash && !str_is(gap, "-")) || !str_eq(gap, fact_gap(s, i + 1)))
		return 0;
	/* A time may follow the day: "2026-11-21T10:00". */
	ptrdiff_t t = str_chr(year, 't');
	str last = t == 2 ? str_sub(year, 0, 2) : year;
	if (!small(first, &v[0]) || !small(s->words[i + 1].folded, &v[1]) || !small(last, &v[2]) ||
	    s->words[i + 1].taken || s->words[i + 2].taken)
		return 0;
	int64_t d, m, y;
	bool doubt = false;
	if (first.n == 4) {
		y = v[0];
		m = v[1];
		d = v[2];
	} else {
		if (last.n != 4 && last.n != 2)
			return 0;
		y = full_year(v[2], last.n);
		if (!order(s, v[0], v[1], slash, &d, &m, &doubt))
			return 0;
	}
	if (!valid(y, m, d))
		return 0;
	add_day(s, i, i + 3, date_days((int)y, (int)m, (int)d), doubt && !s->o->month_first);
	return 3;
}

/* ---- months by name ---- */

static int month_of(str w)
{
	static const char *const full[][6] = {{"январ", "january", "січн", NULL},
	                                      {"феврал", "february", "лютого", NULL},
	                                      {"март", "march", "березн", NULL},
	                                      {"апрел", "april", "квітн", NULL},
	                                      {"ма", NULL},
	                                      {"июн", "june", "червн", NULL},
	                                      {"июл", "july", "липн", NULL},
	                                      {"август", "august", "серпн", NULL},
	                                      {"сентябр", "september", "вересн", NULL},
	                                      {"октябр", "october", "жовтн", NULL},
	                                      {"ноябр", "november", "листопад", NULL},
	                                      {"декабр", "december", "грудн", NULL}};
	static const char *const brief[][6] = {{"янв", "jan", NULL},
	                                       {"фев", "февр", "feb", NULL},
	                                       {"мар", "mar", NULL},
	                                       {"апр", "apr", NULL},
	                                       {"мая", "май", "мае", "may", "травня", NULL},
	                                       {"июн", "jun", NULL},
	                                       {"июл", "jul", NULL},
	                                       {"авг", "aug", NULL},
	                                       {"сен", "сент", "sep", "sept", NULL},
	                                       {"окт", "oct", NULL},
	                                       {"ноя", "нояб", "nov", NULL},
	                                       {"дек", "dec", NULL}};
	for (int m = 0; m < 12; m++) {
		for (size_t k = 0; brief[m][k]; k++)
			if (str_eq_z(w, brief[m][k]))
				return m + 1;
		for (size_t k = 0; m != 4 && full[m][k]; k++)
			if (str_starts_z(w, full[m][k]) && w.n <= strlen(full[m][k]) + 4)
				return m + 1;
	}
	return 0;
}

/* "21", "21st", "21го"; *words is 2 for "21-го". */
static bool day_number(const struct fact_scan *s, size_t i, int64_t *day, size_t *words)
{
	static const char *const tails[] = {"st", "nd", "rd", "th", "го", "е", "ого", "му"};
	str w = fact_folded(s, i);
	*words = 1;
	size_t digits = 0;
	while (digits < w.n && w.p[digits] >= '0' && w.p[digits] <= '9')
		digits++;
	if (digits == 0 || digits > 2 || !str_to_i64(str_sub(w, 0, digits), day) || *day < 1 ||
	    *day > 31)
		return false;
	if (digits < w.n)
		return FACT_IS(str_from(w, digits), tails);
	if (i + 1 < s->n && str_is(fact_gap(s, i), "-") && FACT_IS(fact_folded(s, i + 1), tails))
		*words = 2;
	return true;
}

/* Days, or minus so many months; 0: no such unit. */
static int64_t unit_of(str w)
{
	static const char *const days[] = {"день", "дня", "дней", "day", "days", "сутки", "суток"};
	static const char *const weeks[] = {"неделя", "неделю", "недели",
	                                    "недель", "week",   "weeks"};
	static const char *const months[] = {"месяц", "месяца", "месяцев", "month", "months"};
	static const char *const years[] = {"год", "года", "лет", "year", "years"};
	return FACT_IS(w, days)     ? 1
	       : FACT_IS(w, weeks)  ? 7
	       : FACT_IS(w, months) ? -1
	       : FACT_IS(w, years)  ? -12
	                            : 0;
}

/* A year behind: "2026", "2026 г.", "26 г". Returns how many words it takes. */
static size_t year_words(const struct fact_scan *s, size_t i, int64_t *year)
{
	static const char *const year_word[] = {"г", "год", "года", "году", "р", "року"};
	static const char *const last[] = {"прошлого", "минувшего", "last"};
	static const char *const this[] = {"этого", "текущего", "this"};
	str w = fact_folded(s, i);
	int64_t y;
	if (i >= s->n || s->words[i].taken)
		return 0;
	bool past = FACT_IS(w, last);
	if ((past || FACT_IS(w, this)) && unit_of(fact_folded(s, i + 1)) == -12) {
		*year = date_of(today(s) * USEC_DAY).year - past;
		return 2;
	}
	if (!small(w, &y))
		return 0;
	bool named = FACT_IS(fact_folded(s, i + 1), year_word);
	if (w.n == 4 && y >= 1900 && y <= 2199) {
		*year = y;
		return named ? 2 : 1;
	}
	if (w.n == 2 && named) {
		*year = full_year(y, 2);
		return 2;
	}
	return 0;
}

static size_t named_month(struct fact_scan *s, size_t i)
{
	int64_t day, year = 0;
	size_t words, n;
	int month;
	if (day_number(s, i, &day, &words)) { /* "21 ноября", "21st of November" */
		n = words;
		n += str_is(fact_folded(s, i + n), "of") || str_is(fact_folded(s, i + n), "-");
		month = month_of(fact_folded(s, i + n));
		if (!month || s->words[i + n].taken)
			return 0;
		n++;
	} else { /* "November 21st" */
		if ((unsigned char)s->words[i].folded.p[0] >= 0x80 ||
		    !(month = month_of(s->words[i].folded)) ||
		    !day_number(s, i + 1, &day, &words) || s->words[i + 1].taken)
			return 0;
		n = 1 + words;
	}
	size_t y = year_words(s, i + n, &year);
	if (!y)
		year = nearest_year(s, month, (int)day);
	if (!valid(year, month, day))
		return 0;
	n += y;
	add_day(s, i, i + n, date_days((int)year, month, (int)day), false);
	return n;
}

/* ---- relative ---- */

static bool count_word(str w, int64_t *n)
{
	static const struct {
		const char *word;
		int n;
	} words[] = {{"один", 1}, {"одну", 1},   {"одна", 1},   {"два", 2},     {"две", 2},
	             {"пару", 2}, {"три", 3},    {"четыре", 4}, {"пять", 5},    {"шесть", 6},
	             {"семь", 7}, {"восемь", 8}, {"девять", 9}, {"десять", 10}, {"a", 1},
	             {"an", 1},   {"one", 1},    {"two", 2},    {"three", 3},   {"four", 4},
	             {"five", 5}, {"six", 6},    {"seven", 7},  {"eight", 8},   {"nine", 9},
	             {"ten", 10}, {"couple", 2}};
	if (small(w, n))
		return true;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (str_eq_z(w, words[i].word)) {
			*n = words[i].n;
			return true;
		}
	return false;
}

static int64_t shift(const struct fact_scan *s, int64_t count, int64_t unit)
{
	if (unit > 0)
		return today(s) + count * unit;
	struct date d = date_of(today(s) * USEC_DAY);
	int64_t month = d.year * 12 + d.month - 1 + count * -unit;
	int year = (int)(month / 12), m = (int)(month % 12) + 1, day = d.day;
	while (!valid(year, m, day) && day > 28)
		day--;
	return date_days(year, m, day);
}

/* "3 дня назад", "неделю назад", "a week ago", "через два дня", "in two days". */
static size_t ago(struct fact_scan *s, size_t i)
{
	static const char *const back[] = {"назад", "ago", "тому"};
	static const char *const ahead[] = {"через", "in"};
	int64_t n = 1, unit;
	bool forward = FACT_IS(s->words[i].folded, ahead);
	size_t at = i + forward, words = 0;
	if (at >= s->n || s->words[at].taken)
		return 0;
	if (count_word(fact_folded(s, at), &n)) {
		words = 1;
		if (str_is(fact_folded(s, at), "couple") && str_is(fact_folded(s, at + 1), "of"))
			words = 2;
	} else if ((unsigned char)s->words[at].folded.p[0] < 0x80) {
		return 0; /* "week ago" has its number */
	}
	unit = unit_of(fact_folded(s, at + words));
	if (!unit || n > 4000)
		return 0;
	words++;
	if (forward) {
		add_day(s, i, at + words, shift(s, n, unit), false);
		return at + words - i;
	}
	if (!FACT_IS(fact_folded(s, at + words), back))
		return 0;
	add_day(s, i, at + words + 1, shift(s, -n, unit), unit != 1);
	return words + 1;
}

static int weekday_of(str w)
{
	static const char *const names[DAYS_OF_WEEK][8] = {
	    {"воскресенье", "воскресенья", "sunday", "sun", NULL},
	    {"понедельник", "понедельника", "monday", "mon", NULL},
	    {"вторник", "вторника", "tuesday", NULL},
	    {"среду", "среда", "среды", "wednesday", NULL},
	    {"четверг", "четверга", "thursday", NULL},
	    {"пятницу", "пятница", "пятницы", "friday", NULL},
	    {"субботу", "суббота", "субботы", "saturday", NULL}};
	for (int d = 0; d < DAYS_OF_WEEK; d++)
		for (size_t k = 0; names[d][k]; k++)
			if (str_eq_z(w, names[d][k]))
				return d;
	return -1;
}

/* "в прошлую пятницу", "last Friday", "в пятницу", "on Friday". */
static size_t weekday(struct fact_scan *s, size_t i)
{
	static const char *const last[] = {"прошлый",  "прошлую", "прошлое",  "прошлой",
	                                   "прошлого", "last",    "минувший", "минувшую"};
	static const char *const next[] = {"следующий", "следующую", "следующее", "next",
	                                   "ближайший", "ближайшую", "coming"};
	static const char *const in[] = {"в",  "во",    "on", "с",     "со",
	                                 "до", "since", "by", "until", "к"};
	str w = s->words[i].folded;
	bool past = FACT_IS(w, last), future = FACT_IS(w, next), bare = FACT_IS(w, in);
	int day = past || future || bare ? weekday_of(fact_folded(s, i + 1)) : -1;
	if (day < 0 || s->words[i + 1].taken)
		return 0;
	int64_t now = today(s);
	int is = date_of(now * USEC_DAY).weekday;
	int64_t days = future ? now + (day - is + 6) % 7 + 1 : now - (is - day + 6) % 7 - 1;
	add_day(s, past || future ? i : i + 1, i + 2, days, bare);
	return 2;
}

static size_t relative(struct fact_scan *s, size_t i)
{
	static const struct {
		const char *word;
		int days;
	} words[] = {{"вчера", -1},      {"сегодня", 0},    {"позавчера", -2}, {"завтра", 1},
	             {"послезавтра", 2}, {"yesterday", -1}, {"today", 0},      {"tomorrow", 1},
	             {"вчора", -1},      {"сьогодні", 0}};
	str w = s->words[i].folded;
	if (str_is(w, "the") || str_is(w, "day")) {
		size_t k = i + str_is(w, "the");
		if (str_is(fact_folded(s, k), "day")) {
			bool before = str_is(fact_folded(s, k + 1), "before") &&
			              str_is(fact_folded(s, k + 2), "yesterday");
			bool after = str_is(fact_folded(s, k + 1), "after") &&
			             str_is(fact_folded(s, k + 2), "tomorrow");
			if (before || after) {
				add_day(s, i, k + 3, today(s) + (before ? -2 : 2), false);
				return k + 3 - i;
			}
		}
	}
	for (size_t k = 0; k < COUNT_OF(words); k++)
		if (str_eq_z(w, words[k].word)) {
			add_day(s, i, i + 1, today(s) + words[k].days, false);
			return 1;
		}
	size_t n = ago(s, i);
	return n ? n : weekday(s, i);
}

/* "21-го числа": of the month that is nearest. */
static size_t day_of_month(struct fact_scan *s, size_t i)
{
	int64_t day;
	size_t words;
	if (!day_number(s, i, &day, &words) || !str_starts(fact_folded(s, i + words), STR("числ")))
		return 0;
	struct date d = date_of(today(s) * USEC_DAY);
	int64_t best = INT64_MAX, least = INT64_MAX;
	for (int k = -1; k <= 1; k++) {
		int month = d.month + k, year = d.year + (month < 1 ? -1 : month > 12);
		month = month < 1 ? 12 : month > 12 ? 1 : month;
		if (!valid(year, month, day))
			continue;
		int64_t days = date_days(year, month, (int)day), away = days - today(s);
		away = away < 0 ? -away : away * 3;
		if (away < least) {
			least = away;
			best = days;
		}
	}
	if (best == INT64_MAX)
		return 0;
	add_day(s, i, i + words + 1, best, true);
	return words + 1;
}

void find_dates(struct fact_scan *s)
{
	for (size_t i = 0; i < s->n;) {
		size_t n = 0;
		const struct fact_word *w = &s->words[i];
		if (!w->taken && w->folded.n) {
			bool digit = w->folded.p[0] >= '0' && w->folded.p[0] <= '9';
			if (digit) {
				n = marked(s, i);
				n = n ? n : dotted(s, i);
			}
			n = n ? n : named_month(s, i);
			n = n ? n : digit ? day_of_month(s, i) : 0;
			n = n ? n : relative(s, i);
		}
		i += n ? n : 1;
	}
}
