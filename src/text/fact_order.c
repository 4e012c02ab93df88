/* fact_order.c: order numbers by the shop's patterns or the words before them, and parcels that
 * only their word tells. */
#include "text/facts_internal.h"

#define CODE_MAX 40

/* ---- patterns ---- */

struct piece {
	char what; /* '9', 'A', 'X', or 0: the character itself */
	char literal;
	int least, most;
};

/* One piece off the front. NULL, or what is wrong with it; *p stands at the place then. */
static const char *next_piece(str *p, struct piece *out)
{
	int64_t least = 1, most = 1;
	char c = p->p[0];
	*out = (struct piece){.what = c == '9' || c == 'A' || c == 'X' ? c : 0, .literal = c};
	str rest = str_from(*p, 1);
	if (rest.n && rest.p[0] == '{') {
		ptrdiff_t end = str_chr(rest, '}'), comma = str_chr(rest, ',');
		*p = rest;
		if (!out->what)
			return "error.pattern_repeat";
		if (end < 0)
			return "error.pattern_open";
		bool range = comma > 0 && comma < end;
		if (!str_to_i64(str_sub(rest, 1, (size_t)(range ? comma : end)), &least))
			return "error.pattern_count";
		most = least;
		if (range && !str_to_i64(str_sub(rest, (size_t)comma + 1, (size_t)end), &most))
			return "error.pattern_count";
		rest = str_from(rest, (size_t)end + 1);
	}
	if (least < 0 || most < 1 || least > most || most > CODE_MAX)
		return "error.pattern_count";
	*p = rest;
	out->least = (int)least;
	out->most = (int)most;
	return NULL;
}

static const char *wrong_at(str pattern, str *at)
{
	struct piece piece;
	int least = 0, pieces = 0;
	*at = pattern;
	if (!str_is_utf8(pattern))
		return "error.bad_value";
	if (pattern.n > 100)
		return "error.pattern_long";
	while (at->n) {
		const char *why = next_piece(at, &piece);
		if (why)
			return why;
		if (++pieces > 64)
			return "error.pattern_long";
		least += piece.what ? piece.least : 0;
	}
	return least >= 3 ? NULL : "error.pattern_few";
}

const char *order_pattern_wrong(str pattern, size_t *at)
{
	str rest;
	const char *why = wrong_at(pattern, &rest);
	*at = 1;
	for (const char *p = pattern.p; why && p < rest.p; p++)
		*at += ((unsigned char)*p & 0xc0) != 0x80;
	return why;
}

bool order_pattern_valid(str pattern)
{
	str rest;
	return !wrong_at(pattern, &rest);
}

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static bool fits(const struct piece *p, char c)
{
	bool digit = c >= '0' && c <= '9', letter = upper(c) >= 'A' && upper(c) <= 'Z';
	return p->what == '9'   ? digit
	       : p->what == 'A' ? letter
	       : p->what == 'X' ? digit || letter
	                        : upper(c) == upper(p->literal);
}

/* Greedy: takes as many as fit. Returns the bytes matched, 0: none. */
static size_t match(str pattern, str text)
{
	struct piece piece;
	size_t at = 0;
	while (pattern.n) {
		if (next_piece(&pattern, &piece))
			return 0;
		int n = 0;
		while (n < piece.most && at < text.n && fits(&piece, text.p[at])) {
			at++;
			n++;
		}
		if (n < piece.least)
			return 0;
	}
	return at;
}

static bool is_code(char c)
{
	return (c >= '0' && c <= '9') || (upper(c) >= 'A' && upper(c) <= 'Z');
}

static str upper_of(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++)
		p[i] = upper(s.p[i]);
	return str_n(p, s.n);
}

/* More than digits: nothing else looks like it. */
static bool tells(str pattern)
{
	struct piece piece;
	while (pattern.n && !next_piece(&pattern, &piece))
		if (piece.what == 'A' ||
		    (!piece.what && (piece.literal < '0' || piece.literal > '9')))
			return true;
	return false;
}

static void by_patterns(struct fact_scan *s, bool told)
{
	str t = s->text;
	for (size_t i = 0; i < t.n; i++) {
		if (i > 0 && is_code(t.p[i - 1]) && is_code(t.p[i]))
			continue;
		for (size_t k = 0; k < s->o->order_patterns_n; k++) {
			str pattern = s->o->order_patterns[k];
			if (!order_pattern_valid(pattern) || tells(pattern) != told)
				continue;
			size_t n = match(pattern, str_from(t, i));
			if (!n || (i + n < t.n && is_code(t.p[i + n])))
				continue;
			if (fact_add_bytes(s, FACT_ORDER, i, n,
			                   upper_of(s->a, str_sub(t, i, i + n)))) {
				i += n - 1;
				break;
			}
		}
	}
}

/* ---- by the words before ---- */

/* The code that begins with word i: letters, digits, single hyphens between. Returns how many
 * words; 0 when it has no four characters with a digit among them. */
static size_t code_words(const struct fact_scan *s, size_t i, str *code)
{
	size_t n = 0, digits = 0, at = s->words[i].at, end = at;
	for (; i + n < s->n && !s->words[i + n].taken; n++) {
		const struct fact_word *w = &s->words[i + n];
		if (n > 0 && !str_is(fact_gap(s, i + n - 1), "-") &&
		    !str_is(fact_gap(s, i + n - 1), "/"))
			break;
		size_t has = 0;
		for (size_t k = 0; k < w->n; k++) {
			char c = s->text.p[w->at + k];
			if (!is_code(c))
				goto done; /* a Cyrillic letter, a point */
			has += c >= '0' && c <= '9';
		}
		digits += has;
		end = w->at + w->n;
	}
done:
	*code = str_sub(s->text, at, end);
	return digits >= 3 && code->n >= 4 && code->n <= CODE_MAX ? n : 0;
}

static const char *const skipped[] = {"номер", "номера", "номеру", "номером", "no",    "number",
                                      "nr",    "id",     "is",     "мой",     "моего", "под",
                                      "за",    "n",      "my",     "the",     "это",   "код",
                                      "code",  "с",      "от",     "numbers", "was",   "number's"};

/* Fills in a code behind a cue at word i, over a few words that may stand between. */
static size_t behind_cue(struct fact_scan *s, size_t i, enum fact_kind kind, bool doubt)
{
	size_t at = i + 1;
	str code;
	for (int k = 0; k < 3 && at < s->n && FACT_IS(s->words[at].folded, skipped); k++)
		at++;
	if (at >= s->n || s->words[at].taken)
		return 0;
	size_t n = code_words(s, at, &code);
	if (!n || (kind == FACT_TRACKING && code.n < 8))
		return 0;
	size_t end = at + n, len = code.n;
	fact_add(s, kind, at, at + n, upper_of(s->a, code))->ambiguous = doubt;
	/* "заказы 12345 и 12346" */
	for (int k = 0; k < 20 && end < s->n; k++) {
		bool both =
		    str_is(s->words[end].folded, "и") || str_is(s->words[end].folded, "and");
		size_t next = end + both;
		if ((!both && !str_is(str_trim(fact_gap(s, end - 1)), ",")) || next >= s->n ||
		    s->words[next].taken)
			break;
		n = code_words(s, next, &code);
		if (!n || code.n != len)
			break;
		fact_add(s, kind, next, next + n, upper_of(s->a, code))->ambiguous = doubt;
		end = next + n;
	}
	return end;
}

static bool is_other_number(const struct fact_scan *s, size_t i)
{
	static const char *const words[] = {
	    "дом",   "д",       "кв",       "квартира",  "корпус",  "рейс",     "flight",
	    "карта", "карты",   "карте",    "card",      "договор", "договора", "договору",
	    "счет",  "счета",   "account",  "телефон",   "тел",     "phone",    "инн",
	    "снилс", "паспорт", "паспорта", "школа",     "артикул", "индекс",   "поезд",
	    "bus",   "каб",     "iban",     "бик",       "кпп",     "огрн",     "маршрут",
	    "zip",   "пин",     "pin",      "сообщение", "код"};
	for (size_t back = 1; back <= 2 && back <= i; back++)
		if (FACT_IS(s->words[i - back].folded, words))
			return true;
	return false;
}

static void by_words(struct fact_scan *s)
{
	static const char *const orders[] = {"заказ",  "order",   "замовлен", "бестел",
	                                     "покупк", "invoice", "инвойс",   "заявк",
	                                     "бронь",  "брони",   "booking"};
	static const char *const parcels[] = {"трек",     "track",   "отправлен", "посылк",
	                                      "накладн",  "сдэк",    "cdek",      "parcel",
	                                      "shipment", "awb",     "рпо",       "dpd",
	                                      "boxberry", "waybill", "шпи",       "consignment"};
	for (size_t i = 0; i < s->n; i++) {
		str w = s->words[i].folded;
		if (s->words[i].taken)
			continue;
		if (FACT_STARTS(w, parcels))
			behind_cue(s, i, FACT_TRACKING, true);
	}
	for (size_t i = 0; i < s->n; i++)
		if (!s->words[i].taken && FACT_STARTS(s->words[i].folded, orders) &&
		    !s->o->order_patterns_n)
			behind_cue(s, i, FACT_ORDER, false);
}

/* "№ 12345", "#12345", and a number that is all there is. */
static void by_signs(struct fact_scan *s)
{
	for (size_t i = 0; i < s->n; i++) {
		str code, gap = fact_gap_before(s, i);
		if (s->words[i].taken)
			continue;
		str g = str_trim(gap);
		bool sign = str_ends(g, STR("№")) || str_ends(g, STR("#"));
		bool alone = s->n <= 2 && s->words[i].n >= 6;
		if ((!sign && !alone) || is_other_number(s, i))
			continue;
		size_t n = code_words(s, i, &code);
		if (n && (sign || fact_digits(code)))
			fact_add(s, FACT_ORDER, i, i + n, upper_of(s->a, code))->ambiguous = true;
	}
}

void find_told_orders(struct fact_scan *s)
{
	by_patterns(s, true);
}

void find_orders(struct fact_scan *s)
{
	by_patterns(s, false);
	by_words(s);
	if (!s->o->order_patterns_n)
		by_signs(s);
}
