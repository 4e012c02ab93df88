/* html.h: HTML from outside made safe, or turned to text.
 *
 * The cleaner is an allow-list: elements, attributes, URL schemes and CSS
 * properties that are not named here do not come out. Its output is written
 * anew from a parse tree, always well-formed, and holds nothing that runs,
 * navigates by itself, or loads from the network unless the caller says so. It
 * is still meant for a sandboxed frame under a strict CSP: one wall behind the
 * other.
 */
#ifndef OTKLIK_MIME_HTML_H
#define OTKLIK_MIME_HTML_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct html_limits {
	size_t input_bytes;  /* longer input is refused */
	size_t output_bytes; /* of the cleaned HTML or the text */
	size_t depth; /* open elements in the raw bytes: deeper input is refused, before parsing */
	size_t attributes; /* in the raw bytes of one tag */
	size_t tags;       /* start and end tags in the raw bytes */
};

#define HTML_LIMITS_DEFAULT                                                                        \
	((struct html_limits){.input_bytes = (size_t)2 << 20,                                      \
	                      .output_bytes = (size_t)8 << 20,                                     \
	                      .depth = 512,                                                        \
	                      .attributes = 100,                                                   \
	                      .tags = 100000})

enum html_images {
	HTML_IMAGES_HOLD, /* remote images become data-src and data-blocked="1": shown on demand */
	HTML_IMAGES_DROP, /* remote images vanish, their alt text stays */
	HTML_IMAGES_KEEP, /* src stays (rewritten by `image_url` where given) */
};

struct html_options {
	enum html_images images;
	/* The URL under which the inline part with this Content-ID is served, or an empty str;
	 * NULL: cid images are dropped. */
	str (*cid_url)(void *arg, struct arena *a, str content_id);
	/* For HTML_IMAGES_KEEP and _HOLD: the address by which a remote image is fetched (a
	 * proxy); NULL: its own. */
	str (*image_url)(void *arg, struct arena *a, str url);
	/* Links get a title with the host that they lead to, and where their words name another
	 * one, data-host. */
	bool mark_links;
	/* Not empty: the letter that is quoted below is folded, under these words. */
	str fold;
	void *arg;
};

/* The safe part of html (UTF-8). limits and opt may be NULL. ERR_TOO_LARGE when
 * a limit is passed; *out then is the text of html, escaped: still readable, never empty by
 * accident. *held (may be NULL) counts
 * the remote images that were held or dropped. */
MUST_USE enum err html_clean(struct arena *a, str html, const struct html_limits *limits,
                             const struct html_options *opt, str *out, size_t *held,
                             struct error *e);

/* HTML as plain text: blocks on lines of their own, lists with "- ", links
 * followed by <address> where it says something else, quotations with "> ".
 * Never fails: over a limit it strips tags plainly. */
str html_to_text(struct arena *a, str html);

/* & < > " ' as references: fit for text and for quoted attribute values. */
void html_escape(struct buf *out, str text);

#endif
