/* sensitive.c: see sensitive.h. */
#include "text/sensitive.h"

#include <utf8proc.h>

#include "base/buf.h"
#include "base/vec.h"
#include "text/fold.h"

enum {
	CARD_MIN = 13,
	CARD_MAX = 19,
	PASSPORT_DIGITS = 10,
	PHONE_MIN = 10,
	PHONE_MAX = 15,
	RUN_MAX = 24,     /* digits of one run that are looked at */
	GAP_MAX = 3,      /* other characters between two of a value */
	WORD_BEFORE = 60, /* bytes in which "passport" may stand before its number */
	ENTITY_MAX = 10,
};
#define BLOCK "\u2588"

const char *sensitive_kind_name(enum sensitive_kind k)
{
	static const char *const names[SENSITIVE_KIND_COUNT] = {"card", "passport", "phone"};
	return names[k];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- finding ---- */

/* Digits with separators between, as they stand in the text. */
struct run {
	char digit[RUN_MAX];
	size_t end[RUN_MAX];   /* behind this digit, from the run's beginning */
	size_t group[RUN_MAX]; /* number of the group that the digit is in */
	bool plain;            /* only spaces and hyphens between: no brackets, dots */
	size_t n;
};

/* Bytes of a separator: space, no-break spaces, hyphens; phone: also brackets. */
static size_t separator(str s, bool *bracket)
{
	size_t n;
	uint32_t c = s.n ? text_next(s, &n) : 0;
	if (!c)
		return 0;
	*bracket |= c == '(' || c == ')';
	bool yes = c == ' ' || c == '-' || c == '(' || c == ')' || c == 0xa0 || c == 0x202f ||
	           c == 0x2009 || (c >= 0x2010 && c <= 0x2013);
	return yes ? n : 0;
}

static void read_run(str s, struct run *r)
{
	size_t at = 0, group = 0, sep;
	bool bracket = false;
	*r = (struct run){0};
	while (r->n < RUN_MAX && at < s.n && is_digit(s.p[at])) {
		r->digit[r->n] = s.p[at++];
		r->group[r->n] = group;
		r->end[r->n++] = at;
		if (at < s.n && is_digit(s.p[at]))
			continue;
		size_t gap = 0, to = at;
		while (gap < 2 && (sep = separator(str_from(s, to), &bracket))) {
			to += sep;
			gap++;
		}
		if (!gap || to >= s.n || !is_digit(s.p[to]))
			break;
		group++;
		at = to;
	}
	r->plain = !bracket;
}

/* Does a group of the run end behind its first n digits? */
static bool ends_at(const struct run *r, size_t n, str s)
{
	if (n > r->n)
		return false;
	if (n < r->n)
		return r->group[n] != r->group[n - 1];
	return r->end[n - 1] >= s.n || !is_digit(s.p[r->end[n - 1]]);
}

static bool luhn(const char *digits, size_t n)
{
	int sum = 0;
	bool same = true;
	for (size_t i = 0; i < n; i++) {
		int d = digits[n - 1 - i] - '0';
		same &= digits[i] == digits[0];
		if (i % 2)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return !same && sum % 10 == 0;
}

/* Digits that make a card number from the run's beginning; 0: none. */
static size_t match_card(const struct run *r, str s)
{
	if (!r->plain || r->digit[0] < '2' || r->digit[0] > '6')
		return 0;
	for (size_t n = r->n < CARD_MAX ? r->n : CARD_MAX; n >= CARD_MIN; n--)
		if (ends_at(r, n, s) && luhn(r->digit, n))
			return n;
	return 0;
}

static bool passport_word(str text, size_t at)
{
	static const char *const words[] = {"паспорт", "Паспорт", "ПАСПОРТ",  "серия",
	                                    "Серия",   "серии",   "passport", "Passport"};
	str before = str_sub(text, at > WORD_BEFORE ? at - WORD_BEFORE : 0, at);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (str_find(before, str_of(words[i])) >= 0)
			return true;
	return false;
}

/* 4508 123456, 45 08 123456; in one piece only behind a word that says so. */
static size_t match_passport(const struct run *r, str s, str text, size_t at)
{
	if (!r->plain || r->n < PASSPORT_DIGITS || !ends_at(r, PASSPORT_DIGITS, s))
		return 0;
	bool grouped = r->group[9] == r->group[4] && r->group[4] != r->group[3] &&
	               (r->group[3] == r->group[0] ||
	                (r->group[1] == r->group[0] && r->group[2] != r->group[1] &&
	                 r->group[3] == r->group[2]));
	bool whole = r->group[9] == r->group[0];
	return grouped || (whole && passport_word(text, at)) ? PASSPORT_DIGITS : 0;
}

static size_t match_phone(const struct run *r, str s, bool plus)
{
	for (size_t n = r->n < PHONE_MAX ? r->n : PHONE_MAX; n >= PHONE_MIN; n--) {
		if (!ends_at(r, n, s))
			continue;
		bool russian = n == 11 && (r->digit[0] == '7' || r->digit[0] == '8');
		bool bare = n == 10 && !r->plain; /* (495) 123-45-67 */
		if (plus || russian || bare)
			return n;
	}
	return 0;
}

static bool word_before(str text, size_t at)
{
	char c = at ? text.p[at - 1] : ' ';
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

void text_sensitive(struct arena *a, str text, size_t max, struct sensitive **out, size_t *n_out)
{
	VEC(struct sensitive) v = {0};
	size_t chars = 0, counted = 0;
	for (size_t at = 0; at < text.n && v.n < max;) {
		if (!is_digit(text.p[at]) || word_before(text, at)) {
			at++;
			continue;
		}
		struct run r;
		str s = str_from(text, at);
		size_t from = at, digits;
		bool plus = at && text.p[at - 1] == '+';
		enum sensitive_kind kind = SENSITIVE_CARD;
		read_run(s, &r);
		digits = match_card(&r, s);
		if (!digits && (digits = match_passport(&r, s, text, at)))
			kind = SENSITIVE_PASSPORT;
		if (!digits && (digits = match_phone(&r, s, plus))) {
			kind = SENSITIVE_PHONE;
			if (plus)
				from--;
		}
		if (!digits) {
			while (at < text.n && is_digit(text.p[at]))
				at++;
			continue;
		}
		at += r.end[digits - 1];
		chars += str_utf8_len(str_sub(text, counted, from));
		counted = from;
		*vec_push(a, &v) = (struct sensitive){
		    .kind = kind,
		    .at = from,
		    .n = at - from,
		    .start = chars,
		    .chars = str_utf8_len(str_sub(text, from, at)),
		};
	}
	*out = v.p;
	*n_out = v.n;
}

/* ---- blocking out ---- */

/* A character as it is read, and the bytes that spell it. */
struct unit {
	uint32_t c; /* folded in case; 0: neither letter nor digit */
	bool line_end;
	size_t at, end;
};

static uint32_t letter(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
	default:
		return 0;
	}
}

struct redactor redactor_of(struct arena *a, str value)
{
	VEC(uint32_t) v = {0};
	size_t n;
	for (; value.n; value = str_from(value, n)) {
		uint32_t c = letter(text_next(value, &n));
		if (!n)
			break;
		if (c)
			*vec_push(a, &v) = c;
	}
	return (struct redactor){v.p, v.n};
}

/* An entity at the beginning of s ("&#52;", "&#x34;", a few names): its length, or 0. */
static size_t entity(str s, uint32_t *c)
{
	static const struct {
		const char *name;
		uint32_t c;
	} names[] = {{"&nbsp;", 0xa0},  {"&amp;", '&'},     {"&lt;", '<'},       {"&gt;", '>'},
	             {"&quot;", '"'},   {"&apos;", '\''},   {"&shy;", 0xad},     {"&zwnj;", 0x200c},
	             {"&zwj;", 0x200d}, {"&ensp;", 0x2002}, {"&thinsp;", 0x2009}};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_starts(s, str_of(names[i].name))) {
			*c = names[i].c;
			return strlen(names[i].name);
		}
	if (!str_starts(s, STR("&#")))
		return 0;
	bool hex = s.n > 2 && (s.p[2] | 32) == 'x';
	size_t i = hex ? 3 : 2, begin = i;
	uint32_t v = 0;
	for (; i < s.n && i - begin < ENTITY_MAX; i++) {
		char ch = s.p[i];
		int d = is_digit(ch)                                  ? ch - '0'
		        : hex && (ch | 32) >= 'a' && (ch | 32) <= 'f' ? (ch | 32) - 'a' + 10
		                                                      : -1;
		if (d < 0)
			break;
		v = v * (hex ? 16 : 10) + (uint32_t)d;
	}
	if (i == begin || v > 0x10ffff)
		return 0;
	*c = v;
	return i < s.n && s.p[i] == ';' ? i + 1 : i;
}

/* shown: of HTML, what is read outside of tags. */
static struct unit *units_of(struct arena *a, str text, bool shown, size_t *n_out)
{
	VEC(struct unit) v = {0};
	for (size_t at = 0; at < text.n;) {
		size_t n = 0;
		uint32_t c = 0;
		if (shown && text.p[at] == '<') {
			ptrdiff_t end = str_chr(str_from(text, at), '>');
			at += end < 0 ? 1 : (size_t)end + 1;
			continue;
		}
		if (shown && text.p[at] == '&')
			n = entity(str_from(text, at), &c);
		if (!n)
			c = text_next(str_from(text, at), &n);
		if (!n)
			break;
		*vec_push(a, &v) = (struct unit){letter(c), c == '\n' || c == '\r', at, at + n};
		at += n;
	}
	*n_out = v.n;
	return v.p;
}

static bool digit_unit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* The unit behind a match that begins at i, or 0. A number is not found inside a longer one. */
static size_t match(const struct unit *u, size_t n, size_t i, const struct redactor *r)
{
	if (u[i].c != r->letters[0])
		return 0;
	if (digit_unit(u[i].c) && i && digit_unit(u[i - 1].c))
		return 0;
	size_t k = 0, gap = 0, last = i;
	for (size_t j = i; j < n && k < r->n; j++) {
		if (!u[j].c) {
			if (++gap > GAP_MAX)
				return 0;
			continue;
		}
		if (u[j].c != r->letters[k])
			return 0;
		k++;
		gap = 0;
		last = j;
	}
	if (k < r->n)
		return 0;
	if (digit_unit(u[last].c) && last + 1 < n && digit_unit(u[last + 1].c))
		return 0;
	return last + 1;
}

/* Which units are to be blocked out; false: none. */
static bool mark(const struct unit *u, size_t n, const struct redactor *r, size_t n_r, bool *hit)
{
	bool any = false;
	for (size_t k = 0; k < n_r; k++) {
		if (r[k].n < REDACTOR_MIN)
			continue;
		for (size_t i = 0; i < n; i++) {
			size_t end = match(u, n, i, &r[k]);
			if (!end)
				continue;
			for (size_t j = i; j < end; j++)
				hit[j] = true;
			any = true;
			i = end - 1;
		}
	}
	return any;
}

static str rewrite(struct arena *a, str text, const struct unit *u, size_t n, const bool *hit)
{
	BUF_AUTO b;
	size_t done = 0;
	buf_init(&b, 0);
	for (size_t i = 0; i < n; i++) {
		if (!hit[i] || u[i].line_end)
			continue;
		buf_add(&b, str_sub(text, done, u[i].at));
		buf_addz(&b, BLOCK);
		done = u[i].end;
	}
	buf_add(&b, str_from(text, done));
	return str_dup(a, buf_str(&b));
}

static bool redact(struct arena *a, str text, bool shown, const struct redactor *r, size_t n_r,
                   str *out)
{
	size_t n;
	struct unit *u = units_of(a, text, shown, &n);
	bool *hit = ARENA_ARRAY(a, n, bool);
	*out = text;
	if (!mark(u, n, r, n_r, hit))
		return false;
	*out = rewrite(a, text, u, n, hit);
	return true;
}

bool text_redact(struct arena *a, str text, const struct redactor *r, size_t n, str *out)
{
	return redact(a, text, false, r, n, out);
}

/* Letters and digits of what is shown, one after another: is the value among them? */
static bool readable(struct arena *a, str html, bool shown, const struct redactor *r)
{
	size_t n, k = 0;
	struct unit *u = units_of(a, html, shown, &n);
	for (size_t i = 0; i < n; i++)
		if (u[i].c)
			u[k++].c = u[i].c;
	for (size_t i = 0; r->n >= 8 && i + r->n <= k; i++) {
		size_t j = 0;
		while (j < r->n && u[i + j].c == r->letters[j])
			j++;
		if (j == r->n)
			return true;
	}
	return false;
}

bool text_redact_html(struct arena *a, str html, const struct redactor *r, size_t n, str *out)
{
	str once;
	bool any = redact(a, html, true, r, n, &once);
	any |= redact(a, once, false, r, n, out);
	for (size_t i = 0; i < n; i++)
		if (readable(a, *out, true, &r[i]) || readable(a, *out, false, &r[i])) {
			*out = STR("");
			return true;
		}
	return any;
}

static bool place(str text, size_t start, size_t chars, size_t *from, size_t *to)
{
	size_t at = 0, n;
	for (size_t i = 0; i < start + chars; i++) {
		if (i == start)
			*from = at;
		if (at >= text.n)
			return false;
		(void)text_next(str_from(text, at), &n);
		if (!n)
			return false;
		at += n;
	}
	*to = at;
	return chars > 0;
}

bool text_span(str text, size_t start, size_t chars, str *out)
{
	size_t from = 0, to = 0;
	if (start > text.n || chars > text.n || !place(text, start, chars, &from, &to))
		return false;
	*out = str_sub(text, from, to);
	return true;
}

bool text_redact_span(struct arena *a, str text, size_t start, size_t chars, str *out)
{
	str span;
	BUF_AUTO b;
	size_t n;
	if (!text_span(text, start, chars, &span))
		return false;
	buf_init(&b, 0);
	buf_add(&b, str_n(text.p, (size_t)(span.p - text.p)));
	for (str rest = span; rest.n; rest = str_from(rest, n)) {
		uint32_t c = text_next(rest, &n);
		if (!n)
			break;
		buf_addz(&b, c == '\n' ? "\n" : BLOCK);
	}
	buf_add(&b, str_from(text, (size_t)(span.p + span.n - text.p)));
	*out = str_dup(a, buf_str(&b));
	return true;
}
