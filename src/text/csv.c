/* csv.c: see csv.h. */
#include "text/csv.h"

static bool is_number(str s)
{
	size_t i = s.n && s.p[0] == '-', digits = 0, dots = 0;
	for (; i < s.n; i++) {
		digits += s.p[i] >= '0' && s.p[i] <= '9';
		dots += s.p[i] == '.';
	}
	return digits && dots <= 1 && digits + dots + (s.p[0] == '-') == s.n;
}

static bool is_formula(str s)
{
	static const char *const wide[] = {"\uff1d", "\uff0b", "\uff0d", "\uff20"};
	if (s.n && strchr("\t\r\n", s.p[0]))
		return true;
	while (s.n && s.p[0] == ' ')
		s = str_from(s, 1);
	if (!s.n || is_number(s))
		return false;
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		if (str_starts(s, str_of(wide[i])))
			return true;
	return s.p[0] && strchr("=+-@\t\r\n|", s.p[0]) != NULL;
}

void csv_cell(struct buf *out, str s)
{
	bool formula = is_formula(s), quote = formula;
	for (size_t i = 0; i < s.n && !quote; i++)
		quote = strchr(",;\"\r\n\t", s.p[i]) != NULL; /* NUL too */
	quote |= s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
	if (quote)
		buf_addc(out, '"');
	if (formula)
		buf_addc(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '"')
			buf_addc(out, '"');
		buf_addc(out, (c < 0x20 && c != '\n') || c == 0x7f ? ' ' : (char)c);
	}
	if (quote)
		buf_addc(out, '"');
}
