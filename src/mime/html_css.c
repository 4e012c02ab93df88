/* html_css.c: the declarations of a style attribute that may stay.
 *
 * Both sides are lists: properties that can neither load nor move things out of
 * their place, and characters without which nothing but words, numbers, colours
 * and font names can be said. What has an escape, an at-rule or a function other
 * than a colour is dropped, not repaired. */
#include "mime/html_tree.h"

static const char *const properties[] = {
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "unicode-bidi",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
};

static bool known_property(str name)
{
	for (size_t i = 0; i < COUNT_OF(properties); i++)
		if (str_eq(name, str_of(properties[i])))
			return true;
	return false;
}

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Only rgb(), rgba(), hsl() and hsla() may be called, with numbers. */
static bool colour_function(str value, size_t open)
{
	static const char *const names[] = {"rgb", "rgba", "hsl", "hsla"};
	size_t start = open;
	while (start > 0 && (word_char(value.p[start - 1]) || value.p[start - 1] == '-'))
		start--;
	str name = str_sub(value, start, open);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return false;
}

static bool fit_value(str property, str value)
{
	if (value.n == 0 || value.n > 300)
		return false;
	char quote = 0;
	int depth = 0;
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];
		if (quote) {
			/* names of fonts */
			if (c == quote)
				quote = 0;
			else if (!word_char(c) && !strchr(" -_.", c) && (unsigned char)c < 0x80)
				return false;
			continue;
		}
		if (c == '"' || c == '\'')
			quote = c;
		else if (c == '(' && (depth++ || !colour_function(value, i)))
			return false;
		else if (c == ')' && depth-- != 1)
			return false;
		else if (!word_char(c) && !strchr(" #%.,-+!/()", c))
			return false;
	}
	if (quote || depth)
		return false;
	/* Nothing may be pulled out of its place. */
	bool placed =
	    str_starts(property, STR("margin")) || str_starts(property, STR("text-indent"));
	if (placed && str_chr(value, '-') >= 0)
		return false;
	return true;
}

/* Without comments; an unclosed one swallows the rest. */
static str without_comments(struct arena *a, str s)
{
	if (str_find(s, STR("/*")) < 0)
		return s;
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '*') {
			ptrdiff_t end = str_find(str_from(s, i + 2), STR("*/"));
			if (end < 0)
				break;
			i += 2 + (size_t)end + 1;
			out[n++] = ' ';
			continue;
		}
		out[n++] = s.p[i];
	}
	return str_n(out, n);
}

/* The next declaration of *rest; semicolons within quotes or brackets do not end it. */
static bool next_declaration(struct arena *a, str *rest, str *property, str *value)
{
	size_t i = 0, colon = 0;
	char quote = 0;
	int depth = 0;
	if (!rest->p || rest->n == 0)
		return false;
	for (; i < rest->n; i++) {
		char c = rest->p[i];
		if (c == '\\') {
			i++;
		} else if (quote) {
			if (c == quote)
				quote = 0;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(') {
			depth++;
		} else if (c == ')') {
			depth -= depth > 0;
		} else if (c == ':' && !colon) {
			colon = i;
		} else if (c == ';' && !depth) {
			break;
		}
	}
	size_t end = i < rest->n ? i : rest->n;
	*property = str_lower_ascii(a, str_trim(str_sub(*rest, 0, colon)));
	*value = str_trim(str_sub(*rest, colon + 1, end));
	if (!colon)
		*property = STR("");
	*rest = str_from(*rest, end + 1);
	return true;
}

str html_style(struct arena *a, str style)
{
	str rest = without_comments(a, str_sub(style, 0, 8192)), property, value;
	BUF_AUTO b;
	buf_init(&b, 0);
	while (next_declaration(a, &rest, &property, &value)) {
		/* "background: #fff" says a colour only, or it is not wanted */
		if (str_is(property, "background"))
			property = STR("background-color");
		if (!known_property(property) || !fit_value(property, value))
			continue;
		if (b.n)
			buf_addc(&b, ';');
		buf_add(&b, property);
		buf_addc(&b, ':');
		buf_add(&b, value);
	}
	return str_dup(a, buf_str(&b));
}

bool html_style_hides(struct arena *a, str style)
{
	str rest = without_comments(a, str_sub(style, 0, 8192)), property, value;
	bool hidden = false;
	while (next_declaration(a, &rest, &property, &value))
		if (str_is(property, "display"))
			hidden = str_starts_nocase(value, STR("none"));
	return hidden;
}
