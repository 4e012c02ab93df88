/* template.c: see template.h. */
#include "text/template.h"

#include "text/fold.h"

void tpl_markup(struct buf *out, str html)
{
	buf_add(out, html);
}

static void escape(struct buf *out, str s, bool lines)
{
	size_t n;
	for (; s.n > 0; s = str_from(s, n)) {
		uint32_t c = text_next(s, &n);
		switch (c) {
		case '&':
			buf_addz(out, "&amp;");
			break;
		case '<':
			buf_addz(out, "&lt;");
			break;
		case '>':
			buf_addz(out, "&gt;");
			break;
		case '"':
			buf_addz(out, "&quot;");
			break;
		case '\'':
			buf_addz(out, "&#39;");
			break;
		case '\r':
			if (!str_starts(s, STR("\r\n")))
				buf_addz(out, lines ? "<br>\n" : "\n");
			break;
		case '\n':
			buf_addz(out, lines ? "<br>\n" : "\n");
			break;
		default:
			if ((c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0xfffd)
				buf_addz(out, "\xef\xbf\xbd");
			else
				buf_add(out, str_sub(s, 0, n));
		}
	}
}

void tpl_escape(struct buf *out, str s)
{
	escape(out, s, false);
}

void tpl_lines(struct buf *out, str s)
{
	escape(out, s, true);
}

/* Browsers drop tabs and line ends anywhere and controls in front, and take a
 * backslash for a slash: an address with any of them is not trusted. */
static bool url_is_safe(str s)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:", "tel:"};
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c == 0x7f || c == '\\')
			return false;
	}
	if (!str_is_utf8(s))
		return false;
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (str_starts_nocase(s, str_of(schemes[i])))
			return true;
	if (s.n > 0 && (s.p[0] == '#' || s.p[0] == '?'))
		return true;
	return s.n > 0 && s.p[0] == '/' && !(s.n > 1 && s.p[1] == '/');
}

void tpl_url(struct buf *out, str s)
{
	escape(out, url_is_safe(s) ? s : STR("#"), false);
}

void tpl_url_part(struct buf *out, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		             (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
		if (plain)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

void tpl_plain(struct buf *out, str s)
{
	size_t n;
	for (; s.n > 0; s = str_from(s, n)) {
		uint32_t c = text_next(s, &n);
		if (c == 0xfffd)
			buf_addz(out, "\xef\xbf\xbd");
		else if (c == '\r' && !str_starts(s, STR("\r\n")))
			buf_addc(out, '\n');
		else if (c == '\t' || c == '\n' || (c >= 0x20 && (c < 0x7f || c >= 0xa0)))
			buf_add(out, str_sub(s, 0, n));
	}
}

void tpl_line(struct buf *out, str s)
{
	size_t n;
	bool gap = false;
	for (; s.n > 0; s = str_from(s, n)) {
		uint32_t c = text_next(s, &n);
		bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
		if (control && !gap)
			buf_addc(out, ' ');
		gap = control;
		if (c == 0xfffd)
			buf_addz(out, "\xef\xbf\xbd");
		else if (!control)
			buf_add(out, str_sub(s, 0, n));
	}
}
