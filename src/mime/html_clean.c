/* html_clean.c: see html.h. The tree is written anew from lists of what may be. */
#include "mime/html_tree.h"

#define WRITE_DEPTH                                                                                \
	1500 /* recursion; the tree can be deeper than the tags by repeated formatting */

enum element_rule {
	UNWRAP, /* not on the list: its children stay */
	DROP,   /* with all it holds */
	KEEP,
	KEEP_VOID,
};

static const char *const kept[] = {
    "a",          "abbr",   "acronym",    "address", "article", "aside", "b",      "bdi",
    "bdo",        "big",    "blockquote", "caption", "center",  "cite",  "code",   "colgroup",
    "dd",         "del",    "dfn",        "dir",     "div",     "dl",    "dt",     "em",
    "figcaption", "figure", "font",       "footer",  "h1",      "h2",    "h3",     "h4",
    "h5",         "h6",     "header",     "i",       "ins",     "kbd",   "li",     "main",
    "mark",       "nav",    "ol",         "p",       "pre",     "q",     "rp",     "rt",
    "ruby",       "s",      "samp",       "section", "small",   "span",  "strike", "strong",
    "sub",        "sup",    "table",      "tbody",   "td",      "tfoot", "th",     "thead",
    "time",       "tr",     "tt",         "u",       "ul",      "var",
};

static const char *const kept_void[] = {"br", "col", "hr", "img", "wbr"};

static const char *const dropped[] = {
    "applet", "area",     "audio",    "base",    "bgsound",  "canvas",   "datalist",
    "embed",  "frame",    "frameset", "head",    "iframe",   "input",    "link",
    "map",    "math",     "meta",     "noembed", "noframes", "noscript", "object",
    "option", "optgroup", "param",    "script",  "select",   "source",   "style",
    "svg",    "template", "textarea", "title",   "track",    "video",
};

static bool listed(str name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, str_of(list[i])))
			return true;
	return false;
}

static enum element_rule rule_of(const GumboNode *node, str name)
{
	if (node->v.element.tag_namespace != GUMBO_NAMESPACE_HTML)
		return DROP;
	if (listed(name, kept, COUNT_OF(kept)))
		return KEEP;
	if (listed(name, kept_void, COUNT_OF(kept_void)))
		return KEEP_VOID;
	return listed(name, dropped, COUNT_OF(dropped)) ? DROP : UNWRAP;
}

enum value_kind { TEXT, NUMBER, LENGTH, COLOUR, WORD, FACE };

/* Attributes that stay, on which elements (NULL: on all), and what they may say. Links and
 * images have rules of their own. */
static const struct {
	const char *name, *element;
	enum value_kind kind;
} attributes[] = {
    {"title", NULL, TEXT},
    {"lang", NULL, WORD},
    {"dir", NULL, WORD},
    {"align", NULL, WORD},
    {"valign", NULL, WORD},
    {"width", "table", LENGTH},
    {"width", "td", LENGTH},
    {"width", "th", LENGTH},
    {"width", "col", LENGTH},
    {"width", "img", LENGTH},
    {"width", "hr", LENGTH},
    {"height", "img", LENGTH},
    {"height", "td", LENGTH},
    {"height", "tr", LENGTH},
    {"height", "table", LENGTH},
    {"bgcolor", "table", COLOUR},
    {"bgcolor", "tr", COLOUR},
    {"bgcolor", "td", COLOUR},
    {"bgcolor", "th", COLOUR},
    {"color", "font", COLOUR},
    {"face", "font", FACE},
    {"size", "font", WORD},
    {"border", "table", NUMBER},
    {"border", "img", NUMBER},
    {"cellpadding", "table", NUMBER},
    {"cellspacing", "table", NUMBER},
    {"colspan", "td", NUMBER},
    {"colspan", "th", NUMBER},
    {"rowspan", "td", NUMBER},
    {"rowspan", "th", NUMBER},
    {"span", "col", NUMBER},
    {"start", "ol", NUMBER},
    {"type", "ol", WORD},
    {"type", "ul", WORD},
    {"type", "blockquote", WORD},
    {"nowrap", "td", WORD},
    {"alt", "img", TEXT},
    {"clear", "br", WORD},
    {"size", "hr", NUMBER},
    {"noshade", "hr", WORD},
    {"value", "li", NUMBER},
};

static bool fit(str v, enum value_kind kind)
{
	size_t max = kind == TEXT ? 2000 : kind == FACE ? 200 : kind == NUMBER ? 4 : 20;
	if (v.n > max)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];
		bool digit = c >= '0' && c <= '9';
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool good = kind == TEXT     ? true
		            : kind == NUMBER ? digit
		            : kind == LENGTH ? digit || c == '%' || c == '.' || letter
		            : kind == COLOUR ? digit || letter || c == '#'
		            : kind == WORD
		                ? digit || letter || c == '-' || c == '+'
		                : digit || letter || strchr(" ,-'_", c) || (unsigned char)c >= 0x80;
		if (!good)
			return false;
	}
	return true;
}

struct writer {
	const GumboNode *fold; /* here begins what is folded */
	struct arena *a;
	const struct html_options *opt;
	struct buf *out;
	size_t held;
};

static void attribute(struct writer *w, const char *name, str value)
{
	buf_addc(w->out, ' ');
	buf_addz(w->out, name);
	buf_addz(w->out, "=\"");
	html_escape(w->out, value);
	buf_addc(w->out, '"');
}

static void write_link(struct writer *w, const GumboNode *node)
{
	str scheme, url = html_url(w->a, html_attribute(node, "href"), &scheme);
	if (url.n > 8192)
		return;
	if (str_starts(url, STR("//")) && url.n > 2) {
		url = str_concat(w->a, STR("https:"), url);
	} else if (!str_is(scheme, "http") && !str_is(scheme, "https") &&
	           !str_is(scheme, "mailto") && !str_is(scheme, "tel")) {
		return; /* also relative ones: they would lead into the desk itself */
	}
	attribute(w, "href", url);
	if (w->opt->mark_links) {
		str mail = str_is(scheme, "mailto") ? str_from(url, 7) : STR("");
		str host = mail.n ? str_sub(mail, 0, 254)
		                  : html_link_shown(w->a, html_link_host(w->a, url));
		host = str_to_utf8(w->a, str_cut_utf8(host, 300));
		if (host.n)
			attribute(w, "title", host);
		if (html_link_lies(w->a, html_words(w->a, node, 500), url))
			attribute(w, "data-host", host);
	}
	attribute(w, "target", STR("_blank"));
	attribute(w, "rel", STR("noopener noreferrer nofollow"));
}

/* "data:image/png;base64,..." of a picture format that cannot hold script */
static bool picture_data(str url)
{
	static const char *const types[] = {"data:image/png;base64,", "data:image/gif;base64,",
	                                    "data:image/jpeg;base64,", "data:image/webp;base64,"};
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (!str_starts_nocase(url, str_of(types[i])))
			continue;
		for (size_t k = strlen(types[i]); k < url.n; k++) {
			char c = url.p[k];
			if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			      (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=' ||
			      c == ' '))
				return false;
		}
		return true;
	}
	return false;
}

/* Writes the source of an image; false when the image itself should go. */
static bool write_image(struct writer *w, const GumboNode *node)
{
	const struct html_options *o = w->opt;
	str scheme, url = html_url(w->a, html_attribute(node, "src"), &scheme);
	if (str_is(scheme, "cid")) {
		str to = o->cid_url ? o->cid_url(o->arg, w->a, str_from(url, 4)) : STR_NONE;
		if (to.n == 0)
			return false;
		attribute(w, "src", to);
		return true;
	}
	if (str_is(scheme, "data")) {
		if (!picture_data(url))
			return false;
		attribute(w, "src", url);
		return true;
	}
	if (str_starts(url, STR("//")) && url.n > 2) {
		url = str_concat(w->a, STR("https:"), url);
		scheme = STR("https");
	}
	if ((!str_is(scheme, "http") && !str_is(scheme, "https")) || url.n > 8192)
		return false;
	if (o->images != HTML_IMAGES_KEEP)
		w->held++;
	if (o->images == HTML_IMAGES_DROP)
		return false;
	if (o->image_url)
		url = o->image_url(o->arg, w->a, url);
	if (url.n == 0)
		return false;
	if (o->images == HTML_IMAGES_KEEP) {
		attribute(w, "src", url);
	} else {
		attribute(w, "data-src", url);
		attribute(w, "data-blocked", STR("1"));
	}
	return true;
}

static void write_attributes(struct writer *w, const GumboNode *node, str name)
{
	for (size_t i = 0; i < COUNT_OF(attributes); i++) {
		/* What a link says on hovering is where it leads. */
		if (w->opt->mark_links && i == 0 && str_is(name, "a"))
			continue;
		if (attributes[i].element && !str_eq(name, str_of(attributes[i].element)))
			continue;
		str v = html_attribute(node, attributes[i].name);
		if (!v.p)
			continue;
		v = str_trim(v);
		if (fit(v, attributes[i].kind))
			attribute(w, attributes[i].name, v);
	}
	str style = html_attribute(node, "style");
	if (style.n)
		style = html_style(w->a, style);
	if (style.n)
		attribute(w, "style", style);
}

static void write_node(struct writer *w, const GumboNode *node, size_t depth);

static void write_children(struct writer *w, const GumboNode *node, size_t depth)
{
	const GumboVector *c = &node->v.element.children;
	bool folded = false;
	for (unsigned int i = 0; i < c->length && !w->out->failed; i++) {
		if (c->data[i] == w->fold) {
			buf_addz(w->out, "<details class=\"quoted\"><summary>");
			html_escape(w->out, w->opt->fold);
			buf_addz(w->out, "</summary>");
			folded = true;
		}
		write_node(w, c->data[i], depth + 1);
	}
	if (folded)
		buf_addz(w->out, "</details>");
}

static void write_element(struct writer *w, const GumboNode *node, size_t depth)
{
	str name = html_name(node);
	enum element_rule rule = rule_of(node, name);
	if (rule == DROP)
		return;
	if (rule == UNWRAP || depth > WRITE_DEPTH) {
		if (depth <= WRITE_DEPTH + 100)
			write_children(w, node, depth);
		return;
	}
	bool image = str_is(name, "img");
	size_t mark = w->out->n;
	buf_addc(w->out, '<');
	buf_add(w->out, name);
	if (image && !write_image(w, node)) {
		/* Without its picture an image is its words. */
		w->out->n = mark;
		html_escape(w->out, html_attribute(node, "alt"));
		return;
	}
	if (str_is(name, "a"))
		write_link(w, node);
	write_attributes(w, node, name);
	buf_addc(w->out, '>');
	if (rule == KEEP_VOID)
		return;
	/* The parser drops one line end at the start of pre. */
	if (str_is(name, "pre"))
		buf_addc(w->out, '\n');
	write_children(w, node, depth);
	buf_addz(w->out, "</");
	buf_add(w->out, name);
	buf_addc(w->out, '>');
}

static void write_node(struct writer *w, const GumboNode *node, size_t depth)
{
	switch (node->type) {
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_WHITESPACE:
	case GUMBO_NODE_CDATA:
		html_escape(w->out, str_to_utf8(w->a, str_of(node->v.text.text)));
		break;
	case GUMBO_NODE_ELEMENT:
		write_element(w, node, depth);
		break;
	default: /* comments, doctype, templates */
		break;
	}
}

static void write_root(const GumboNode *root, void *arg)
{
	struct writer *w = arg;
	const GumboVector *c = &root->v.element.children;
	for (unsigned int i = 0; i < c->length; i++) {
		const GumboNode *node = c->data[i];
		if (node->type != GUMBO_NODE_ELEMENT || node->v.element.tag != GUMBO_TAG_BODY) {
			write_node(w, node, 0);
			continue;
		}
		if (w->opt->fold.n)
			w->fold = html_quote_start(w->a, node);
		str style = html_style(w->a, html_attribute(node, "style"));
		str colour = html_attribute(node, "bgcolor");
		if (colour.n && fit(colour, COLOUR))
			style = str_printf(w->a, "background-color:%.*s%s%.*s", STR_FMT(colour),
			                   style.n ? ";" : "", STR_FMT(style));
		if (style.n) {
			buf_addz(w->out, "<div");
			attribute(w, "style", style);
			buf_addc(w->out, '>');
		}
		write_children(w, node, 1);
		if (style.n)
			buf_addz(w->out, "</div>");
	}
}

void html_escape(struct buf *out, str text)
{
	size_t from = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *ref = NULL;
		switch (text.p[i]) {
		case '&':
			ref = "&amp;";
			break;
		case '<':
			ref = "&lt;";
			break;
		case '>':
			ref = "&gt;";
			break;
		case '"':
			ref = "&quot;";
			break;
		case '\'':
			ref = "&#39;";
			break;
		default:
			continue;
		}
		buf_add(out, str_sub(text, from, i));
		buf_addz(out, ref);
		from = i + 1;
	}
	buf_add(out, str_from(text, from));
}

/* What is shown when the HTML itself cannot be: its words. */
static str as_text(struct arena *a, str html, size_t max)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	str text = html_to_text(a, str_sub(html, 0, max));
	buf_addz(&b, "<pre>\n");
	html_escape(&b, str_cut_utf8(text, max / 8));
	buf_addz(&b, "</pre>");
	return str_dup(a, buf_str(&b));
}

enum err html_clean(struct arena *a, str html, const struct html_limits *limits,
                    const struct html_options *opt, str *out, size_t *held, struct error *e)
{
	static const struct html_limits default_limits = HTML_LIMITS_DEFAULT;
	static const struct html_options default_options = {.images = HTML_IMAGES_HOLD};
	limits = limits ? limits : &default_limits;
	BUF_AUTO b;
	buf_init(&b, limits->output_bytes);
	struct writer w = {.a = a, .opt = opt ? opt : &default_options, .out = &b};
	if (held)
		*held = 0;
	const char *limit = html_scan(html, limits);
	if (!limit && (!html_with_tree(html, write_root, &w)))
		limit = "memory";
	if (!limit && b.failed)
		limit = "output_bytes";
	if (limit) {
		*out = as_text(a, html, limits->output_bytes);
		return error_set(e, ERR_TOO_LARGE, "error.html_too_large", limit, NULL);
	}
	*out = str_dup(a, buf_str(&b));
	if (held)
		*held = w.held;
	return ERR_OK;
}
