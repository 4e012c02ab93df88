/* fact_code.c: parcels with a check digit, and phone numbers: what the characters alone tell.
 *
 * Universal Postal Union S10 (thirteen characters), the fourteen digits of inland
 * parcels of the Russian post, UPS 1Z. Phones: with a plus and their country,
 * Russian with 8 or 7, ten digits of a Russian mobile.
 */
#include "text/addr.h"
#include "text/facts_internal.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_alnum(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* ---- parcels ---- */

/* UPU S10-12: weights 8 6 4 2 3 5 9 7, 11 less the rest of 11. */
static bool is_s10(str code)
{
	static const int weights[] = {8, 6, 4, 2, 3, 5, 9, 7};
	if (code.n != 13)
		return false;
	int sum = 0;
	for (size_t i = 0; i < 13; i++) {
		bool letter = i < 2 || i > 10;
		if (letter ? !(code.p[i] >= 'A' && code.p[i] <= 'Z') : !is_digit(code.p[i]))
			return false;
		if (i >= 2 && i < 10)
			sum += weights[i - 2] * (code.p[i] - '0');
	}
	int check = 11 - sum % 11;
	check = check == 10 ? 0 : check == 11 ? 5 : check;
	return code.p[10] - '0' == check;
}

/* The post's index and month, a number, and a check digit: thrice the odd places and the even
 * ones make a multiple of ten. */
static bool is_post14(str code)
{
	if (code.n != 14 || !fact_digits(code))
		return false;
	int sum = 0;
	for (size_t i = 0; i < 13; i++)
		sum += (code.p[i] - '0') * (i % 2 == 0 ? 3 : 1);
	return code.p[13] - '0' == (10 - sum % 10) % 10;
}

/* "1Z", six characters of the sender, two of the service, seven and a check digit. */
static bool is_ups(str code)
{
	if (code.n != 18 || !str_starts(code, STR("1Z")))
		return false;
	int sum = 0;
	for (size_t i = 2; i < 17; i++) {
		int v = is_digit(code.p[i]) ? code.p[i] - '0' : (code.p[i] - 'A' + 2) % 10;
		if (!is_digit(code.p[i]) && !(code.p[i] >= 'A' && code.p[i] <= 'Z'))
			return false;
		sum += i % 2 == 1 ? v * 2 : v;
	}
	return is_digit(code.p[17]) && code.p[17] - '0' == (10 - sum % 10) % 10;
}

/* A run of letters and digits at `at`, also in groups of which one space stands between: as many of
 * its characters as code holds, in upper case. Returns its end in bytes. */
static size_t collect(str text, size_t at, size_t want, char *code, size_t *n)
{
	size_t i = at;
	*n = 0;
	while (i < text.n && *n < want) {
		if (is_alnum(text.p[i])) {
			char c = text.p[i];
			code[(*n)++] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
			i++;
		} else if (text.p[i] == ' ' && *n > 0 && i + 1 < text.n &&
		           is_alnum(text.p[i + 1])) {
			i++;
		} else {
			break;
		}
	}
	return i;
}

void find_codes(struct fact_scan *s)
{
	static const struct {
		size_t n;
		bool (*check)(str);
	} kinds[] = {{13, is_s10}, {18, is_ups}, {14, is_post14}};
	for (size_t w = 0; w < s->n; w++) {
		size_t at = s->words[w].at;
		if (s->words[w].taken || !is_alnum(s->text.p[at]))
			continue;
		if (s->words[w].kind == WORD_LETTERS && s->words[w].n > 2)
			continue; /* of all of them at most the first two are letters */
		for (size_t k = 0; k < COUNT_OF(kinds); k++) {
			char code[18];
			size_t n, end = collect(s->text, at, kinds[k].n, code, &n);
			if (n != kinds[k].n || (end < s->text.n && is_alnum(s->text.p[end])) ||
			    !kinds[k].check(str_n(code, n)))
				continue;
			fact_add_bytes(s, FACT_TRACKING, at, end - at,
			               str_dup(s->a, str_n(code, n)));
			break;
		}
	}
}

/* ---- phones ---- */

struct run {
	char digits[16];
	size_t n;
	bool plus, grouped;
	size_t end;
};

/* The length of a separator at text[at]: space, no-break space, hyphens, brackets, point. 0: none.
 */
static size_t separator(str text, size_t at)
{
	char c = text.p[at];
	if (c == ' ' || c == '-' || c == '(' || c == ')' || c == '.')
		return 1;
	str s = str_from(text, at);
	return str_starts(s, STR("\u00a0")) ? 2
	       : str_starts(s, STR("\u2011")) || str_starts(s, STR("\u2013")) ||
	               str_starts(s, STR("\u2009"))
	           ? 3
	           : 0;
}

/* How sure a run of digits is a phone: 2 sure, 1 perhaps, 0 not. */
static int phone_form(const struct run *r)
{
	char a = r->digits[0], b = r->n > 1 ? r->digits[1] : 0;
	if (r->plus)
		return r->n >= 10 && r->n <= 15 && a != '0' ? 2 : 0;
	if (r->n == 11 && (a == '8' || a == '7'))
		return strchr("34789", b) ? (r->grouped || b == '9' ? 2 : 1) : 0;
	if (r->n == 12 && (memcmp(r->digits, "380", 3) == 0 || memcmp(r->digits, "375", 3) == 0))
		return r->grouped ? 2 : 1;
	if (r->n == 10 && r->grouped)
		return strchr("3489", a) ? 2 : 1;
	return r->n == 10 && a == '9' ? 1 : 0;
}

/* The longest phone that begins here; false when there is none. */
static bool take_run(str text, size_t at, struct run *best)
{
	struct run r = {.plus = text.p[at] == '+'};
	size_t i = at + (r.plus ? 1 : 0), gap = 0;
	size_t groups = 0;
	best->n = 0;
	while (i < text.n && r.n < 15) {
		if (is_digit(text.p[i])) {
			groups += gap > 0 && r.n > 0;
			gap = 0;
			r.digits[r.n++] = text.p[i++];
			bool ends = i >= text.n || !is_digit(text.p[i]);
			r.end = i;
			r.grouped = groups >= 1;
			/* A group that ends a phone is not followed by letters. */
			if (ends && phone_form(&r) && !(i < text.n && is_alnum(text.p[i])) &&
			    (r.n >= best->n))
				*best = r;
			continue;
		}
		size_t n = separator(text, i);
		if (!n || (gap += 1) > 3)
			break;
		i += n;
	}
	return best->n > 0;
}

static str phone_value(struct arena *a, const struct run *r)
{
	str d = str_n(r->digits, r->n);
	if (r->plus)
		return str_printf(a, "+%.*s", STR_FMT(d));
	if (r->n == 11 && r->digits[0] == '8')
		return str_printf(a, "+7%.*s", STR_FMT(str_from(d, 1)));
	if (r->n == 10)
		return str_printf(a, "+%s%.*s", strchr("3489", r->digits[0]) ? "7" : "1",
		                  STR_FMT(d));
	return str_printf(a, "+%.*s", STR_FMT(d));
}

/* The word before tells that a number is none. */
static bool is_numbered(const struct fact_scan *s, size_t at)
{
	static const char *const words[] = {
	    "заказ",    "заказа",  "заказу",      "заказом", "order", "трек",      "track",
	    "tracking", "инн",     "снилс",       "карта",   "карты", "счет",      "счета",
	    "посылка",  "посылки", "отправление", "артикул", "id",    "накладная", "накладной"};
	size_t i = 0, hi = s->n;
	while (i < hi) {
		size_t mid = (i + hi) / 2;
		if (s->words[mid].at < at)
			i = mid + 1;
		else
			hi = mid;
	}
	for (size_t back = 1; back <= 2 && back <= i; back++)
		if (FACT_IS(s->words[i - back].folded, words))
			return true;
	return false;
}

void find_phones(struct fact_scan *s)
{
	str t = s->text;
	for (size_t i = 0; i < t.n; i++) {
		bool begin = is_digit(t.p[i]) || ((t.p[i] == '+' || t.p[i] == '(') && i + 1 < t.n &&
		                                  (is_digit(t.p[i + 1]) || t.p[i + 1] == '('));
		if (!begin)
			continue;
		struct run r;
		bool inside = i > 0 && (is_alnum(t.p[i - 1]) || (unsigned char)t.p[i - 1] >= 0x80 ||
		                        t.p[i - 1] == '#');
		/* A letter's last byte; but spaces and dashes may stand before. */
		if (inside && (unsigned char)t.p[i - 1] >= 0x80 && i > 1)
			inside =
			    (unsigned char)t.p[i - 2] == 0xd0 || (unsigned char)t.p[i - 2] == 0xd1;
		bool money = i > 0 && t.p[i - 1] == '$';
		if (!inside && !money && take_run(t, i, &r)) {
			int sure = phone_form(&r);
			if (r.plus || !is_numbered(s, i)) {
				struct fact *f = fact_add_bytes(s, FACT_PHONE, i, r.end - i,
				                                phone_value(s->a, &r));
				if (f)
					f->ambiguous = sure < 2;
			}
			i = r.end - 1;
			continue;
		}
		while (i + 1 < t.n && is_digit(t.p[i + 1]))
			i++;
	}
}
