/* html_tree.h: a gumbo tree made within limits; shared by cleaner and text, not for others. */
#ifndef OTKLIK_MIME_HTML_TREE_H
#define OTKLIK_MIME_HTML_TREE_H

#include <gumbo.h>

#include "mime/html.h"

/* Passes over the raw bytes before any parser sees them: depth of open elements, number of
 * tags, attributes in a tag. NULL when all is well, else the name of the limit. */
const char *html_scan(str html, const struct html_limits *limits);

/* Parses html (already scanned) and calls visit with the document's root element. The tree lives
 * during the call only. False, without or in the midst of nothing visited, when
 * the parser wanted more memory than is reasonable for that input. */
bool html_with_tree(str html, void (*visit)(const GumboNode *root, void *arg), void *arg);

/* The value of an attribute, or an empty str with NULL. */
str html_attribute(const GumboNode *node, const char *name);
/* The name of an element, lower case; also of those that gumbo has no number for. */
str html_name(const GumboNode *node);

/* An address as a browser reads it: outer white space and controls gone, tabs and line ends
 * inside removed, the scheme lower case (in *scheme, without the colon; "" if there is none). */
str html_url(struct arena *a, str url, str *scheme);

/* html_link.c: the host that a link leads to, lower case, "" for none; as it is shown, with its
 * ASCII form where it has other letters. */
str html_link_host(struct arena *a, str url);
str html_link_shown(struct arena *a, str host);
/* True when the words of a link name another host than the one that it leads to. */
bool html_link_lies(struct arena *a, str words, str url);

/* html_quote.c: the first of those children of one element that are the letter answered, down to
 * the last of them; NULL when there is none, or when it cannot be told apart. */
const GumboNode *html_quote_start(struct arena *a, const GumboNode *body);
/* The words of a node, NULL pointer when they are more than max bytes. */
str html_words(struct arena *a, const GumboNode *node, size_t max);

/* html_css.c: the declarations of a style attribute that are on the list. */
str html_style(struct arena *a, str style);
/* True when the declarations hide the element. */
bool html_style_hides(struct arena *a, str style);

#endif
