/* mask.c: text_mask of addr.h.
 *
 * One walk over the text. At each place: a given value, else an address, else
 * a phone number, else the character itself. Patterns are looked for only
 * where a word begins, and a word that is none is copied whole, so the walk is
 * linear in the text for any input.
 */
#include <utf8proc.h>

#include "base/buf.h"
#include "text/addr.h"
#include "text/fold.h"

#define PHONE_SPAN 48 /* bytes that one phone number may take in a text */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_latin(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_word(char c)
{
	return is_digit(c) || is_latin(c) || (unsigned char)c >= 0x80;
}

static bool is_local(char c)
{
	return is_word(c) || (c && strchr(".!#$%&'*+-/=?^_`{|}~", c));
}

static bool same_letter(uint32_t a, uint32_t b)
{
	return a == b ||
	       utf8proc_tolower((utf8proc_int32_t)a) == utf8proc_tolower((utf8proc_int32_t)b);
}

/* Bytes of `text` that spell `value` at its start, in any case; 0: none. */
static size_t match_value(str text, str value)
{
	size_t used = 0, n, m;
	while (value.n > 0) {
		if (used >= text.n)
			return 0;
		uint32_t a = text_next(str_from(text, used), &n), b = text_next(value, &m);
		if (!same_letter(a, b))
			return 0;
		used += n;
		value = str_from(value, m);
	}
	return used;
}

/* The length of a separator inside a phone number, or 0. */
static size_t separator(str s)
{
	size_t n;
	uint32_t c = text_next(s, &n);
	if (n == 0 || c == 0)
		return 0;
	bool yes = c == ' ' || c == 0xa0 || c == 0x202f || c == 0x2009 || c == 0x2010 ||
	           c == 0x2011 || c == 0x2013 || (c < 0x80 && strchr("-().", (int)c));
	return yes ? n : 0;
}

/* Bytes of `text` that hold exactly these digits with separators between; a
 * plus may stand before, 8 for a leading 7, and the country may be missing. */
static size_t match_digits(str text, str digits)
{
	size_t at = text.n > 0 && text.p[0] == '+', n = 0, sep;
	for (size_t gap = 0; at < text.n && n < digits.n && at < PHONE_SPAN * 2;) {
		char c = text.p[at];
		if (is_digit(c)) {
			bool eight = n == 0 && digits.p[0] == '7' && c == '8';
			if (c != digits.p[n] && !eight)
				return 0;
			n++;
			at++;
			gap = 0;
		} else if (n > 0 && gap < 3 && (sep = separator(str_from(text, at))) > 0) {
			at += sep;
			gap++;
		} else if (at > 0 || (sep = separator(text)) == 0 || c != '(') {
			return 0;
		} else {
			at += sep;
		}
	}
	if (n < digits.n || (at < text.n && is_digit(text.p[at])))
		return 0;
	return at;
}

/* Length of an address at the start of the text, where a word begins; *run is
 * the length of the word, so that the walk can step over it. */
static size_t match_email(str text, size_t *run)
{
	size_t i = 0, at = 0;
	while (i < text.n && is_local(text.p[i]) &&
	       !(i > 0 && str_starts(str_from(text, i), STR("%40"))))
		i++;
	*run = i;
	if (i == 0 || i >= text.n)
		return 0;
	at = i;
	if (text.p[i] == '@')
		i++;
	else if (str_starts(str_from(text, i), STR("%40")))
		i += 3;
	else
		return 0;
	size_t domain = i;
	while (i < text.n && (is_word(text.p[i]) || text.p[i] == '.' || text.p[i] == '-'))
		i++;
	*run = i;
	while (i > domain && (text.p[i - 1] == '.' || text.p[i - 1] == '-'))
		i--;
	/* Even without a dot: better too much than an address inside a company. */
	return i > domain && at > 0 ? i : 0;
}

/* 21.11.2024 or 2024-11-21: not the beginning of a phone number. */
static size_t match_date(str s)
{
	size_t groups[3] = {0}, g = 0, i = 0;
	char sep = 0;
	for (; i < s.n && g < 3; i++) {
		if (is_digit(s.p[i])) {
			groups[g]++;
		} else if (g < 2 && groups[g] > 0 && (s.p[i] == '.' || s.p[i] == '-') &&
		           (g == 0 || s.p[i] == sep)) {
			sep = s.p[i];
			g++;
		} else {
			break;
		}
	}
	bool day_first = groups[0] >= 1 && groups[0] <= 2 && groups[1] <= 2 && groups[2] == 4;
	bool year_first = groups[0] == 4 && groups[1] == 2 && groups[2] == 2;
	return g == 2 && (day_first || year_first) ? i : 0;
}

/* What a run of digits and separators looks like. */
struct run {
	size_t bytes, digits;
	bool plus, hyphen, dots; /* '-' or '(' inside; a '.' inside */
	bool money;              /* 1 500 000 000: spaces only, groups of three */
};

static struct run read_run(str s)
{
	struct run r = {.plus = s.p[0] == '+', .money = true};
	size_t at = r.plus, group = 0, gap = 0, groups = 0, sep;
	while (at < s.n && at < PHONE_SPAN) {
		if (is_digit(s.p[at])) {
			if (gap > 0) {
				r.money = r.money && (groups == 0 ? group <= 3 : group == 3);
				groups++;
				group = 0;
			}
			group++;
			gap = 0;
			r.digits++;
			r.bytes = ++at;
			continue;
		}
		sep = separator(str_from(s, at));
		if (sep == 0 || gap == 3)
			break;
		r.hyphen =
		    r.hyphen || s.p[at] == '-' || s.p[at] == '(' || (unsigned char)s.p[at] == 0xe2;
		r.dots = r.dots || s.p[at] == '.';
		at += sep;
		gap++;
	}
	r.money = r.money && groups > 0 && group == 3 && !r.hyphen && !r.dots;
	return r;
}

/* Length of a phone number at the start of s, a place where digits begin. */
static size_t match_phone(str s)
{
	struct run r = read_run(s);
	bool grouped = r.bytes > r.digits + r.plus;
	if (r.bytes == 0 || (r.bytes < s.n && is_latin(s.p[r.bytes])) || r.digits > 15)
		return 0;
	if (r.plus)
		return r.digits >= 8 ? r.bytes : 0;
	if (r.money)
		return 0;
	if (grouped)
		return r.digits >= 10 || (r.digits >= 7 && r.hyphen) ? r.bytes : 0;
	return r.digits >= 10 && r.digits <= 12 ? r.bytes : 0;
}

struct value {
	str text, digits; /* digits: of a phone number, with country; else "" */
	str local_digits; /* without its country, 10 digits or more; else "" */
	str mask;
};

static size_t match_values(str text, bool at_word, const struct value *v, size_t n, str *mask)
{
	for (size_t i = 0; i < n; i++) {
		size_t used = match_value(text, v[i].text);
		if (used == 0 && at_word && v[i].digits.n)
			used = match_digits(text, v[i].digits);
		if (used == 0 && at_word && v[i].local_digits.n)
			used = match_digits(text, v[i].local_digits);
		if (used > 0) {
			*mask = v[i].mask;
			return used;
		}
	}
	return 0;
}

static struct value *prepare(struct arena *a, const str *values, size_t n, size_t *kept)
{
	struct value *v = ARENA_ARRAY(a, n, struct value);
	*kept = 0;
	for (size_t i = 0; i < n; i++) {
		str s = str_trim(str_to_utf8(a, values[i]));
		if (s.n < 3) /* one letter would eat the text */
			continue;
		struct value *x = &v[(*kept)++];
		x->text = s;
		x->mask = mask_any(a, s);
		if (phone_normal(a, s, &x->digits) && x->digits.n >= 11)
			x->local_digits = str_from(x->digits, x->digits.n - 10);
	}
	return v;
}

str text_mask(struct arena *a, str text, const str *values, size_t n)
{
	size_t kept, len, run = 0;
	struct value *v = prepare(a, values, n, &kept);
	text = str_to_utf8(a, text);
	BUF_AUTO b;
	buf_init(&b, 0);
	size_t i = 0, plain_until = 0; /* before it no address begins */
	while (i < text.n) {
		str rest = str_from(text, i), mask;
		char before = i ? text.p[i - 1] : ' ';
		bool at_number = !is_digit(before) && before != '+';
		bool at_phone = at_number && !is_latin(before); /* AB123456789 is no phone */
		if ((len = match_values(rest, at_number, v, kept, &mask)) > 0) {
			buf_add(&b, mask);
		} else if (i >= plain_until && is_local(rest.p[0]) &&
		           (len = match_email(rest, &run)) > 0) {
			buf_add(&b, mask_email(a, str_sub(rest, 0, len)));
		} else if (at_phone && is_digit(rest.p[0]) && (len = match_date(rest)) > 0) {
			buf_add(&b, str_sub(rest, 0, len));
		} else if (at_phone && (is_digit(rest.p[0]) || rest.p[0] == '+') &&
		           (len = match_phone(rest)) > 0) {
			buf_add(&b, mask_phone(a, str_sub(rest, 0, len)));
		} else {
			if (i >= plain_until && is_local(rest.p[0]))
				plain_until = i + run;
			text_next(rest, &len);
			buf_add(&b, str_sub(rest, 0, len));
		}
		i += len;
	}
	return str_dup(a, buf_str(&b));
}
