/* html_text.c: HTML as a person would type it. */
#include "mime/html_tree.h"

#define WALK_DEPTH 1600

struct typist {
	struct arena *a;
	struct buf out;
	int breaks; /* line ends owed before the next word */
	bool space; /* a space is owed */
	bool fresh; /* nothing on this line yet */
	int quote;  /* depth of quotations */
	int pre;    /* white space counts */
	int item;   /* number of the next item of an ordered list, 0 in others */
};

static void line_start(struct typist *t)
{
	int depth = t->quote > 20 ? 20 : t->quote;
	for (int i = 0; i < depth; i++)
		buf_addc(&t->out, '>');
	if (depth)
		buf_addc(&t->out, ' ');
}

/* Pays what is owed before something visible is written. */
static void settle(struct typist *t)
{
	if (t->breaks && t->out.n) {
		for (int i = 0; i < t->breaks; i++) {
			buf_addc(&t->out, '\n');
			if (i + 1 < t->breaks && t->quote)
				line_start(t);
		}
		t->fresh = true;
	}
	if (t->fresh)
		line_start(t);
	else if (t->space)
		buf_addc(&t->out, ' ');
	t->breaks = 0;
	t->space = t->fresh = false;
}

static void want_break(struct typist *t, int n)
{
	if (t->breaks < n)
		t->breaks = n;
	t->space = false;
}

/* Length of a space or an invisible character at the front; *blank tells which. */
static size_t soft_char(str s, bool *blank)
{
	unsigned char c = (unsigned char)s.p[0];
	*blank = true;
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')
		return 1;
	if (str_starts(s, STR("\xC2\xA0")))
		return 2;
	*blank = false;
	if (str_starts(s, STR("\xE2\x80\x8B")) || str_starts(s, STR("\xEF\xBB\xBF")))
		return 3;
	return str_starts(s, STR("\xC2\xAD")) || str_starts(s, STR("\xCD\x8F")) ? 2 : 0;
}

static void add_words(struct typist *t, str s)
{
	size_t i = 0;
	while (i < s.n) {
		bool blank;
		size_t soft = soft_char(str_from(s, i), &blank);
		if (t->pre && s.p[i] == '\n') {
			t->breaks++;
			i++;
			continue;
		}
		if (soft && !(t->pre && (s.p[i] == ' ' || s.p[i] == '\t'))) {
			t->space |= blank && !t->fresh && !t->breaks;
			i += soft;
			continue;
		}
		size_t start = i;
		while (i < s.n && !soft_char(str_from(s, i), &blank))
			i++;
		if (i == start)
			i++; /* a space that counts */
		settle(t);
		buf_add(&t->out, str_sub(s, start, i));
	}
}

enum block { INLINE, LINE, PARAGRAPH, SKIP };

static enum block block_of(const GumboNode *node)
{
	switch (node->v.element.tag) {
	case GUMBO_TAG_P:
	case GUMBO_TAG_H1:
	case GUMBO_TAG_H2:
	case GUMBO_TAG_H3:
	case GUMBO_TAG_H4:
	case GUMBO_TAG_H5:
	case GUMBO_TAG_H6:
	case GUMBO_TAG_BLOCKQUOTE:
	case GUMBO_TAG_PRE:
	case GUMBO_TAG_UL:
	case GUMBO_TAG_OL:
	case GUMBO_TAG_DL:
		return PARAGRAPH;
	case GUMBO_TAG_DIV:
	case GUMBO_TAG_TR:
	case GUMBO_TAG_TABLE:
	case GUMBO_TAG_LI:
	case GUMBO_TAG_DT:
	case GUMBO_TAG_DD:
	case GUMBO_TAG_ADDRESS:
	case GUMBO_TAG_ARTICLE:
	case GUMBO_TAG_ASIDE:
	case GUMBO_TAG_CENTER:
	case GUMBO_TAG_FIGCAPTION:
	case GUMBO_TAG_FIGURE:
	case GUMBO_TAG_FOOTER:
	case GUMBO_TAG_FORM:
	case GUMBO_TAG_HEADER:
	case GUMBO_TAG_MAIN:
	case GUMBO_TAG_NAV:
	case GUMBO_TAG_SECTION:
	case GUMBO_TAG_CAPTION:
		return LINE;
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE:
	case GUMBO_TAG_TITLE:
	case GUMBO_TAG_HEAD:
	case GUMBO_TAG_TEMPLATE:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_OBJECT:
	case GUMBO_TAG_NOSCRIPT:
	case GUMBO_TAG_NOFRAMES:
	case GUMBO_TAG_NOEMBED:
	case GUMBO_TAG_TEXTAREA:
	case GUMBO_TAG_SELECT:
	case GUMBO_TAG_SVG:
	case GUMBO_TAG_MATH:
		return SKIP;
	default:
		return INLINE;
	}
}

static void walk(struct typist *t, const GumboNode *node, size_t depth);

static void walk_children(struct typist *t, const GumboNode *node, size_t depth)
{
	const GumboVector *c = &node->v.element.children;
	for (unsigned int i = 0; i < c->length && !t->out.failed; i++)
		walk(t, c->data[i], depth + 1);
}

/* The address of a link, where the words do not say it already. */
static void add_address(struct typist *t, const GumboNode *node, size_t from)
{
	str scheme, url = html_url(t->a, html_attribute(node, "href"), &scheme);
	if (!str_is(scheme, "http") && !str_is(scheme, "https") && !str_is(scheme, "mailto"))
		return;
	str words = str_trim(str_from(buf_str(&t->out), from));
	str bare = str_is(scheme, "mailto") ? str_from(url, 7) : url;
	str host = str_is(scheme, "mailto") ? bare : str_from(url, scheme.n + 3);
	if (str_ends(host, STR("/")))
		host.n--;
	/* Tracking addresses say nothing to a reader. */
	if (words.n == 0 || host.n == 0 || bare.n > 200 || str_find(words, host) >= 0)
		return;
	if (str_is(scheme, "mailto") && str_chr(words, '@') > 0)
		return;
	buf_addz(&t->out, " <");
	buf_add(&t->out, str_to_utf8(t->a, bare));
	buf_addc(&t->out, '>');
}

static void walk_element(struct typist *t, const GumboNode *node, size_t depth)
{
	GumboTag tag = node->v.element.tag;
	enum block block = block_of(node);
	str style = html_attribute(node, "style");
	if (block == SKIP || depth > WALK_DEPTH || (style.n && html_style_hides(t->a, style)))
		return;
	if (tag == GUMBO_TAG_BR) {
		t->breaks++;
		t->space = false;
		return;
	}
	if (tag == GUMBO_TAG_HR) {
		want_break(t, 1);
		add_words(t, STR("---"));
		want_break(t, 1);
		return;
	}
	if (tag == GUMBO_TAG_IMG) {
		str alt = html_attribute(node, "alt");
		if (alt.n)
			add_words(t, str_to_utf8(t->a, alt));
		return;
	}
	if (block != INLINE)
		want_break(t, block == PARAGRAPH ? 2 : 1);
	int item = t->item;
	if (tag == GUMBO_TAG_LI) {
		char number[24];
		if (t->item)
			snprintf(number, sizeof number, "%d.", t->item++);
		else
			snprintf(number, sizeof number, "-");
		item = t->item;
		add_words(t, str_of(number));
		t->space = true;
	}
	if (tag == GUMBO_TAG_OL || tag == GUMBO_TAG_UL)
		t->item = tag == GUMBO_TAG_OL;
	if ((tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) && !t->fresh && !t->breaks)
		t->space = true;
	if (tag == GUMBO_TAG_BLOCKQUOTE)
		t->quote++;
	t->pre += tag == GUMBO_TAG_PRE;
	size_t from = t->out.n;
	walk_children(t, node, depth);
	if (tag == GUMBO_TAG_A)
		add_address(t, node, from);
	t->pre -= tag == GUMBO_TAG_PRE;
	if (tag == GUMBO_TAG_BLOCKQUOTE)
		t->quote--;
	if (tag == GUMBO_TAG_OL || tag == GUMBO_TAG_UL || tag == GUMBO_TAG_LI)
		t->item = item;
	if (block != INLINE)
		want_break(t, block == PARAGRAPH ? 2 : 1);
}

static void walk(struct typist *t, const GumboNode *node, size_t depth)
{
	if (node->type == GUMBO_NODE_ELEMENT)
		walk_element(t, node, depth);
	else if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
	         node->type == GUMBO_NODE_CDATA)
		add_words(t, str_to_utf8(t->a, str_of(node->v.text.text)));
}

static void walk_root(const GumboNode *root, void *arg)
{
	walk(arg, root, 0);
}

/* When the tree is out of bounds: what stands between the tags. */
static str strip(struct arena *a, str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	bool tag = false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '<') {
			tag = true;
		} else if (s.p[i] == '>' && tag) {
			tag = false;
			if (n && out[n - 1] != ' ')
				out[n++] = ' ';
		} else if (!tag) {
			out[n++] = s.p[i];
		}
	}
	return str_trim(str_to_utf8(a, str_n(out, n)));
}

str html_to_text(struct arena *a, str html)
{
	static const struct html_limits limits = HTML_LIMITS_DEFAULT;
	struct typist t = {.a = a, .fresh = true};
	if (html.n == 0)
		return STR("");
	buf_init(&t.out, limits.output_bytes);
	str text;
	if (!html_scan(html, &limits) && html_with_tree(html, walk_root, &t))
		text = str_dup(a, str_cut_utf8(buf_str(&t.out), t.out.n));
	else
		text = strip(a, str_sub(html, 0, limits.input_bytes));
	buf_release(&t.out);
	return text;
}
