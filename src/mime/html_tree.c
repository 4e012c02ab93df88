/* html_tree.c: see html_tree.h.
 *
 * The parser is kept within bounds twice: by a scan of the raw bytes, because its
 * work grows with the depth of the tree, and by an allocator with a budget, because
 * unclosed formatting elements are repeated in each later block. When the budget is
 * spent the parser is left by a long jump and all that it held is freed. */
#include "mime/html_tree.h"

#include <setjmp.h>

/* Bytes for the tree: a fixed part and so many for each byte of input (a lone "<b>" makes a node of
 * 150). */
#define BUDGET_BASE ((size_t)16 << 20)
#define BUDGET_PER_BYTE ((size_t)100)
#define BUDGET_MAX ((size_t)192 << 20)

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Elements that do not deepen the tree by themselves: void ones, and those whose start tag
 * closes the one before. */
static bool flat_element(str name)
{
	static const char *const names[] = {
	    "br",      "img",    "hr",    "input",  "meta",     "link",     "area",  "base",
	    "col",     "embed",  "param", "source", "track",    "wbr",      "p",     "li",
	    "td",      "th",     "tr",    "dt",     "dd",       "tbody",    "thead", "tfoot",
	    "html",    "head",   "body",  "option", "optgroup", "colgroup", "frame", "basefont",
	    "bgsound", "keygen", "o:p",   "image"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return false;
}

/* Elements whose content is text up to their end tag. */
static bool raw_element(str name)
{
	static const char *const names[] = {"script",   "style",    "title",   "textarea",
	                                    "xmp",      "iframe",   "noembed", "noframes",
	                                    "noscript", "plaintext"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return false;
}

/* The end of the tag whose name ends at i; counts its attributes. */
static size_t skip_tag(str s, size_t i, size_t *attributes)
{
	bool word = false;
	*attributes = 0;
	while (i < s.n && s.p[i] != '>') {
		char c = s.p[i];
		if (c == '=') {
			i++;
			while (i < s.n && is_space(s.p[i]))
				i++;
			if (i < s.n && (s.p[i] == '"' || s.p[i] == '\'')) {
				const char *end = memchr(s.p + i + 1, s.p[i], s.n - i - 1);
				i = end ? (size_t)(end - s.p) + 1 : s.n;
			} else {
				while (i < s.n && !is_space(s.p[i]) && s.p[i] != '>')
					i++;
			}
			word = false;
			continue;
		}
		bool separator = is_space(c) || c == '/';
		if (!separator && !word)
			(*attributes)++;
		word = !separator;
		i++;
	}
	return i < s.n ? i + 1 : s.n;
}

/* Where the end tag of a raw element begins, or the end. */
static size_t skip_raw(str s, size_t i, str name)
{
	while (i < s.n) {
		const char *lt = memchr(s.p + i, '<', s.n - i);
		if (!lt)
			return s.n;
		i = (size_t)(lt - s.p);
		if (i + 1 < s.n && s.p[i + 1] == '/' && str_starts_nocase(str_from(s, i + 2), name))
			return i;
		i++;
	}
	return s.n;
}

const char *html_scan(str s, const struct html_limits *limits)
{
	size_t depth = 0, tags = 0;
	if (s.n > limits->input_bytes)
		return "input_bytes";
	for (size_t i = 0; i + 1 < s.n;) {
		const char *lt = memchr(s.p + i, '<', s.n - i - 1);
		if (!lt)
			break;
		i = (size_t)(lt - s.p) + 1;
		bool end_tag = s.p[i] == '/';
		if (s.p[i] == '!' && str_starts(str_from(s, i), STR("!--"))) {
			ptrdiff_t end = str_find(str_from(s, i + 1), STR("-->"));
			if (end >= 0)
				i += 1 + (size_t)end + 3;
			continue;
		}
		if (end_tag)
			i++;
		if (i >= s.n || !is_letter(s.p[i]))
			continue;
		size_t start = i, attributes;
		while (i < s.n && !is_space(s.p[i]) && s.p[i] != '>' && s.p[i] != '/')
			i++;
		str name = str_sub(s, start, i);
		i = skip_tag(s, i, &attributes);
		if (++tags > limits->tags)
			return "tags";
		if (attributes > limits->attributes)
			return "attributes";
		if (flat_element(name))
			continue;
		if (end_tag)
			depth -= depth > 0;
		else if (raw_element(name))
			i = skip_raw(s, i, name);
		else if (++depth > limits->depth)
			return "depth";
	}
	return NULL;
}

/* --- the budget --- */

struct piece {
	struct piece *next, **link;
	size_t n;
	_Alignas(16) char bytes[];
};

struct budget {
	struct piece *all;
	size_t left;
	jmp_buf out;
};

static void *budget_alloc(void *arg, size_t n)
{
	struct budget *b = arg;
	if (n > b->left)
		longjmp(b->out, 1);
	struct piece *p = xmalloc(sizeof *p + n);
	b->left -= n;
	p->n = n;
	p->next = b->all;
	p->link = &b->all;
	if (p->next)
		p->next->link = &p->next;
	b->all = p;
	return p->bytes;
}

static void budget_free(void *arg, void *bytes)
{
	struct budget *b = arg;
	if (!bytes)
		return;
	struct piece *p = CONTAINER_OF(bytes, struct piece, bytes);
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	b->left += p->n;
	free(p);
}

static void budget_release(struct budget *b)
{
	while (b->all) {
		struct piece *p = b->all;
		b->all = p->next;
		free(p);
	}
}

bool html_with_tree(str html, void (*visit)(const GumboNode *root, void *arg), void *arg)
{
	struct budget *b = xcalloc(1, sizeof *b);
	b->left = BUDGET_BASE + html.n * BUDGET_PER_BYTE;
	if (b->left > BUDGET_MAX)
		b->left = BUDGET_MAX;
	GumboOptions options = kGumboDefaultOptions;
	options.allocator = budget_alloc;
	options.deallocator = budget_free;
	options.userdata = b;
	options.max_errors = 0;
	volatile bool whole = false;
	if (setjmp(b->out) == 0) {
		const GumboOutput *tree =
		    gumbo_parse_with_options(&options, html.p ? html.p : "", html.n);
		whole = true;
		visit(tree->root, arg);
	}
	budget_release(b);
	free(b);
	return whole;
}

str html_attribute(const GumboNode *node, const char *name)
{
	const GumboAttribute *at = gumbo_get_attribute(&node->v.element.attributes, name);
	return at ? str_of(at->value) : STR_NONE;
}

str html_name(const GumboNode *node)
{
	if (node->v.element.tag != GUMBO_TAG_UNKNOWN)
		return str_of(gumbo_normalized_tagname(node->v.element.tag));
	GumboStringPiece piece = node->v.element.original_tag;
	gumbo_tag_from_original_text(&piece);
	return piece.data ? str_n(piece.data, piece.length) : STR("");
}

str html_url(struct arena *a, str url, str *scheme)
{
	size_t from = 0, to = url.n, n = 0;
	while (from < to && (unsigned char)url.p[from] <= 0x20)
		from++;
	while (to > from && (unsigned char)url.p[to - 1] <= 0x20)
		to--;
	char *out = arena_alloc(a, to - from + 1);
	for (size_t i = from; i < to; i++)
		if ((unsigned char)url.p[i] >= 0x20 && url.p[i] != 0x7F)
			out[n++] = url.p[i];
	*scheme = STR("");
	for (size_t i = 0; i < n; i++) {
		char c = out[i];
		if (c == ':' && i > 0) {
			*scheme = str_lower_ascii(a, str_n(out, i));
			break;
		}
		if (!is_letter(c) &&
		    !(i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
			break;
	}
	return str_n(out, n);
}
