/* html_quote.c: where in a letter's HTML the older letter begins that it answers.
 *
 * Programs mark it with a class or a blockquote, or not at all but for the lines above it; those
 * are known to quote.c. When in doubt nothing is folded. The work is bounded: of each element at
 * most HEAD_BYTES and HEAD_NODES are looked at. */
#include "mime/html_tree.h"
#include "mime/quote.h"

#define HEAD_BYTES ((size_t)600)
#define HEAD_NODES 60
#define WALK_DEPTH 600

/* Classes and ids of elements that hold the older letter. Of some programs both forms occur with
 * a prefix. */
static const char *const holders[] = {
    "gmail_quote",      "gmail_quote_container", "yahoo_quoted",
    "protonmail_quote", "tutanota_quote",        "OLK_SRC_BODY_SECTION",
    "zmail_extra",      "mailru-blockquote",     "quoted-mail",
    "mail-quote",       "quote_header_body",     "BloopQuote",
    "hmmessage_quoted", "moz-forward-container",
};

/* ... and that stand above it: what follows them is quoted. */
static const char *const rulers[] = {
    "divRplyFwdMsg",        "appendonsend",
    "stopSpelling",         "mail-editor-reference-message-container",
    "OutlookMessageHeader", "ms-outlook-mobile-reference-message"};

static bool named(const GumboNode *node, const char *const *list, size_t n)
{
	static const char *const where[] = {"class", "id"};
	for (size_t w = 0; w < 2; w++) {
		str rest = str_sub(html_attribute(node, where[w]), 0, 500), word;
		while (rest.p && str_split(&rest, ' ', &word)) {
			if (str_starts(word, STR("x_"))) /* as a program renames what it quotes */
				word = str_from(word, 2);
			for (size_t i = 0; i < n; i++)
				if (str_eq_nocase(word, str_of(list[i])))
					return true;
		}
	}
	return false;
}

static bool blank(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (strchr(" \t\r\n\f", s.p[i]))
			continue;
		if (str_starts(str_from(s, i), STR("\xC2\xA0"))) {
			i++;
			continue;
		}
		return false;
	}
	return true;
}

static bool silent(const GumboNode *node)
{
	switch (node->v.element.tag) {
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE:
	case GUMBO_TAG_TITLE:
	case GUMBO_TAG_HEAD:
	case GUMBO_TAG_TEMPLATE:
	case GUMBO_TAG_NOSCRIPT:
		return true;
	default:
		return false;
	}
}

static bool is_text(const GumboNode *node)
{
	return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA;
}

static bool is_block(GumboTag tag)
{
	return tag == GUMBO_TAG_DIV || tag == GUMBO_TAG_P || tag == GUMBO_TAG_TABLE ||
	       tag == GUMBO_TAG_TR || tag == GUMBO_TAG_BLOCKQUOTE || tag == GUMBO_TAG_LI ||
	       tag == GUMBO_TAG_HR || tag == GUMBO_TAG_SECTION;
}

/* The words of a node, lines apart; false when there are more than it may have. */
static bool gather(const GumboNode *node, struct buf *out, size_t *nodes, size_t depth)
{
	if (++*nodes > HEAD_NODES || depth > 20 || out->failed)
		return false;
	if (is_text(node)) {
		str s = str_of(node->v.text.text);
		for (size_t i = 0; i < s.n; i++)
			buf_addc(out, strchr("\r\n\t", s.p[i]) ? ' ' : s.p[i]);
		return !out->failed;
	}
	if (node->type != GUMBO_NODE_ELEMENT || silent(node))
		return true;
	GumboTag tag = node->v.element.tag;
	if (tag == GUMBO_TAG_BR) {
		buf_addc(out, '\n');
		return true;
	}
	if (is_block(tag) && out->n && out->p[out->n - 1] != '\n')
		buf_addc(out, '\n');
	const GumboVector *c = &node->v.element.children;
	for (unsigned int i = 0; i < c->length; i++)
		if (!gather(c->data[i], out, nodes, depth + 1))
			return false;
	if (is_block(tag))
		buf_addc(out, '\n');
	return !out->failed;
}

str html_words(struct arena *a, const GumboNode *node, size_t max)
{
	BUF_AUTO b;
	size_t nodes = 0;
	buf_init(&b, max);
	if (!gather(node, &b, &nodes, 0))
		return STR_NONE;
	return str_trim(str_to_utf8(a, str_dup(a, buf_str(&b))));
}

struct finder {
	struct arena *a;
	const GumboNode *start;
	size_t texts; /* that hold words, in the whole body */
	size_t seen;  /* ... before this place */
	bool own;     /* some of them are the writer's */
};

static size_t count_texts(const GumboNode *node, size_t depth)
{
	if (is_text(node))
		return !blank(str_of(node->v.text.text));
	if (node->type != GUMBO_NODE_ELEMENT || silent(node) || depth > WALK_DEPTH)
		return 0;
	size_t n = 0;
	const GumboVector *c = &node->v.element.children;
	for (unsigned int i = 0; i < c->length; i++)
		n += count_texts(c->data[i], depth + 1);
	return n;
}

static bool holder(const GumboNode *node)
{
	return node->type == GUMBO_NODE_ELEMENT && (node->v.element.tag == GUMBO_TAG_BLOCKQUOTE ||
	                                            named(node, holders, COUNT_OF(holders)));
}

/* May the rest of this element's children be wrapped in a block? */
static bool wraps(const GumboNode *parent)
{
	switch (parent->v.element.tag) {
	case GUMBO_TAG_BODY:
	case GUMBO_TAG_DIV:
	case GUMBO_TAG_TD:
	case GUMBO_TAG_SECTION:
	case GUMBO_TAG_ARTICLE:
	case GUMBO_TAG_MAIN:
	case GUMBO_TAG_CENTER:
	case GUMBO_TAG_FONT:
	case GUMBO_TAG_SPAN:
	case GUMBO_TAG_BLOCKQUOTE:
		return true;
	default:
		return false;
	}
}

/* The next child that is not white space or a line break, or NULL. */
static const GumboNode *next_child(const GumboVector *c, unsigned int i)
{
	for (i++; i < c->length; i++) {
		const GumboNode *n = c->data[i];
		if (n->type == GUMBO_NODE_WHITESPACE || n->type == GUMBO_NODE_COMMENT ||
		    (is_text(n) && blank(str_of(n->v.text.text))))
			continue;
		if (n->type == GUMBO_NODE_ELEMENT && n->v.element.tag == GUMBO_TAG_BR)
			continue;
		return n;
	}
	return NULL;
}

static bool head_like(struct finder *f, const GumboNode *node)
{
	if (node->type == GUMBO_NODE_ELEMENT && !is_block(node->v.element.tag))
		return false;
	str words = html_words(f->a, node, HEAD_BYTES);
	return words.n > 5 && mime_quote_begins(f->a, words);
}

/* The quotation begins at this child if nothing of the writer's own stands below it. */
static bool ends_there(const struct finder *f, const GumboNode *from, const GumboNode *quote)
{
	size_t inside = count_texts(quote, 0);
	if (from != quote)
		inside += count_texts(from, 0);
	return f->seen + inside >= f->texts;
}

static void walk(struct finder *f, const GumboNode *node, size_t depth)
{
	const GumboVector *c = &node->v.element.children;
	for (unsigned int i = 0; i < c->length && !f->start; i++) {
		const GumboNode *n = c->data[i];
		bool element = n->type == GUMBO_NODE_ELEMENT;
		if ((!element && !is_text(n)) || (element && silent(n)))
			continue;
		bool quote = holder(n);
		if (quote || (element && named(n, rulers, COUNT_OF(rulers)))) {
			if (f->own && wraps(node) && (!quote || ends_there(f, n, n)))
				f->start = n;
			f->seen += count_texts(n, 0);
			continue;
		}
		if (is_text(n) ? !blank(str_of(n->v.text.text)) : is_block(n->v.element.tag)) {
			if (head_like(f, n)) {
				const GumboNode *next = next_child(c, i);
				bool marked = next && holder(next);
				if (f->own && wraps(node) && (!marked || ends_there(f, n, next)))
					f->start = n;
				f->seen += count_texts(n, 0);
				continue;
			}
		}
		if (is_text(n)) {
			bool words = !blank(str_of(n->v.text.text));
			f->own |= words;
			f->seen += words;
		} else if (n->v.element.tag == GUMBO_TAG_IMG) {
			f->own = true;
		} else if (depth < WALK_DEPTH) {
			walk(f, n, depth + 1);
		}
	}
}

const GumboNode *html_quote_start(struct arena *a, const GumboNode *body)
{
	struct finder f = {.a = a, .texts = count_texts(body, 0)};
	if (f.texts > 0)
		walk(&f, body, 0);
	return f.start;
}
