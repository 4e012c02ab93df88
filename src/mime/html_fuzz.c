/* Any bytes as HTML: what comes out holds our own tags with our own attributes and nothing else. */
#include <assert.h>

#include "mime/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static void check_attribute(str name, str value)
{
	static const char *const allowed[] = {
	    "title",        "lang",        "dir",     "align",   "valign",  "width",
	    "height",       "bgcolor",     "color",   "face",    "size",    "border",
	    "cellpadding",  "cellspacing", "colspan", "rowspan", "span",    "start",
	    "type",         "nowrap",      "alt",     "clear",   "noshade", "value",
	    "style",        "href",        "target",  "rel",     "src",     "data-src",
	    "data-blocked", "data-host",   "class"};
	bool known = false;
	for (size_t i = 0; i < COUNT_OF(allowed); i++)
		known |= str_eq(name, str_of(allowed[i]));
	assert(known);
	if (str_is(name, "href"))
		assert(str_starts_nocase(value, STR("http:")) ||
		       str_starts_nocase(value, STR("https:")) ||
		       str_starts_nocase(value, STR("mailto:")) ||
		       str_starts_nocase(value, STR("tel:")));
	if (str_is(name, "src"))
		assert(str_starts_nocase(value, STR("data:image/")));
	if (str_is(name, "style"))
		assert(str_find_nocase(value, STR("url(")) < 0 && str_chr(value, '\\') < 0);
}

static void check_output(str s)
{
	assert(str_is_utf8(s));
	for (size_t i = 0; i < s.n;) {
		assert(s.p[i] != '>');
		if (s.p[i++] != '<')
			continue;
		bool end = s.p[i] == '/';
		i += end;
		size_t from = i;
		while (name_char(s.p[i]))
			i++;
		str name = str_sub(s, from, i);
		assert(name.n > 0 && !str_is(name, "script") && !str_is(name, "style") &&
		       !str_is(name, "svg"));
		while (s.p[i] == ' ') {
			assert(!end);
			from = ++i;
			while (name_char(s.p[i]))
				i++;
			str attribute = str_sub(s, from, i);
			assert(s.p[i] == '=' && s.p[i + 1] == '"');
			from = i += 2;
			while (s.p[i] != '"') {
				assert(s.p[i] != '<' && s.p[i] != '>');
				i++;
			}
			check_attribute(attribute, str_sub(s, from, i++));
		}
		assert(s.p[i] == '>');
		i++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	str html = str_to_utf8(a, str_n((const char *)data, size)), out;
	struct error e;
	enum err err = html_clean(a, html, NULL, NULL, &out, NULL, &e);
	assert(err == ERR_OK || err == ERR_TOO_LARGE);
	check_output(out);
	const struct html_options desk = {
	    .images = HTML_IMAGES_HOLD, .mark_links = true, .fold = STR("Old")};
	err = html_clean(a, html, NULL, &desk, &out, NULL, &e);
	assert(err == ERR_OK || err == ERR_TOO_LARGE);
	check_output(out);
	str text = html_to_text(a, html);
	assert(str_is_utf8(text));
	arena_free(a);
	return 0;
}
