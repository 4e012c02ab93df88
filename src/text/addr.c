/* addr.c: see addr.h. Masking in texts is in mask.c. */
#include "text/addr.h"

#include "text/fold.h"

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c >= 0x80;
}

static bool local_is_valid(str s)
{
	if (s.n == 0 || s.n > 64 || s.p[0] == '.' || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '.' && s.p[i - 1] == '.')
			return false;
		if (!is_alnum(c) && (c == 0 || !strchr(".!#$%&'*+-/=?^_`{|}~", c)))
			return false;
	}
	return true;
}

static bool domain_is_valid(str s)
{
	str label;
	int labels = 0;
	if (s.n == 0 || s.n > 253)
		return false;
	while (str_split(&s, '.', &label)) {
		if (label.n == 0 || label.n > 63 || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_alnum((unsigned char)label.p[i]) && label.p[i] != '-')
				return false;
		labels++;
	}
	return labels >= 2;
}

/* No space, no invisible or turning character hides in the non-ASCII bytes. */
static bool letters_are_visible(str s)
{
	if (!str_is_utf8(s))
		return false;
	size_t len;
	for (uint32_t c; s.n > 0; s = str_from(s, len)) {
		c = text_next(s, &len);
		if (text_is_space(c) || text_is_invisible(c))
			return false;
	}
	return true;
}

bool email_is_valid(str s)
{
	ptrdiff_t at = str_rchr(s, '@');
	return at > 0 && local_is_valid(str_sub(s, 0, (size_t)at)) &&
	       domain_is_valid(str_from(s, (size_t)at + 1)) && letters_are_visible(s);
}

str email_domain(str s)
{
	ptrdiff_t at = str_rchr(s, '@');
	return at < 0 ? STR("") : str_from(s, (size_t)at + 1);
}

bool email_normal(struct arena *a, str s, str *out)
{
	s = str_trim(s);
	*out = STR_NONE;
	if (!email_is_valid(s))
		return false;
	str domain = email_domain(s);
	*out = str_concat(a, str_sub(s, 0, s.n - domain.n), str_lower_ascii(a, domain));
	return true;
}

bool email_key(struct arena *a, str s, str *out)
{
	if (!email_normal(a, s, out))
		return false;
	*out = text_fold(a, *out);
	return true;
}

bool phone_normal(struct arena *a, str s, str *out)
{
	char digits[24];
	size_t n = 0, len;
	bool plus = false;
	*out = STR_NONE;
	s = str_trim(s);
	for (uint32_t c; s.n > 0; s = str_from(s, len)) {
		c = text_next(s, &len);
		if (c >= '0' && c <= '9') {
			if (n == 18)
				return false;
			digits[n++] = (char)c;
		} else if (c == '+' && n == 0 && !plus) {
			plus = true;
		} else if (!text_is_space(c) && c != 0x2010 && c != 0x2011 && c != 0x2013 &&
		           (c == 0 || c > 0x7f || !strchr("-().+/", (int)c) || c == '+')) {
			return false;
		}
	}
	str d = str_n(digits, n);
	if (!plus && str_starts(d, STR("00")))
		d = str_from(d, 2);
	else if (!plus && d.n == 11 && d.p[0] == '8')
		digits[0] = '7';
	if (d.n < 7 || d.n > 15)
		return false;
	*out = str_dup(a, d);
	return true;
}

/* The first character, whole. */
static str first_char(str s)
{
	size_t n;
	text_next(s, &n);
	return str_sub(s, 0, n);
}

str mask_other(struct arena *a, str s)
{
	return str_concat(a, first_char(s), STR("•••"));
}

str mask_email(struct arena *a, str s)
{
	ptrdiff_t at = str_rchr(s, '@');
	if (at <= 0)
		return mask_other(a, s);
	return str_printf(a, "%.*s•••%.*s", STR_FMT(first_char(s)),
	                  STR_FMT(str_from(s, (size_t)at)));
}

str mask_phone(struct arena *a, str s)
{
	str d;
	if (!phone_normal(a, s, &d))
		return mask_other(a, s);
	str end = str_from(d, d.n - 2);
	if (d.n < 11 && str_chr(s, '+') < 0) /* no country in it */
		return str_printf(a, "••• ••-%.*s", STR_FMT(end));
	/* One digit of country for 7 and 1, else two: near enough to see where it is from. */
	size_t country = d.p[0] == '7' || d.p[0] == '1' ? 1 : 2;
	return str_printf(a, "+%.*s ••• ••-%.*s", STR_FMT(str_sub(d, 0, country)), STR_FMT(end));
}

str mask_any(struct arena *a, str s)
{
	str d;
	if (str_chr(s, '@') > 0)
		return mask_email(a, s);
	return phone_normal(a, s, &d) ? mask_phone(a, s) : mask_other(a, s);
}
