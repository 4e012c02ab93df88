/* template.h: what compiled templates are made of.
 *
 * A template in templates/ becomes a struct of its parameters and a function
 * that appends the filled-in text to a buf (see tools/gen_templates.py for the
 * language of templates; text/template_gen.h for the functions). Every value
 * is escaped for the place where it stands; the only way to put HTML in as it
 * is is the type markup, which says that somebody has cleaned it.
 */
#ifndef OTKLIK_TEXT_TEMPLATE_H
#define OTKLIK_TEXT_TEMPLATE_H

#include "base/buf.h"
#include "base/lang.h"

/* HTML that has been cleaned or written by this program. */
struct markup {
	str html;
};

/* Text between tags and in quoted attributes: & < > " ' become entities, what
 * is not UTF-8 and control characters (but tab and line ends) become U+FFFD. */
void tpl_escape(struct buf *out, str s);
/* The same with <br> for line ends. */
void tpl_lines(struct buf *out, str s);
void tpl_markup(struct buf *out, str html);
/* A whole address in an attribute: http, https, mailto and tel, or a path that
 * begins with one "/" or with "#" or "?"; anything else becomes "#". */
void tpl_url(struct buf *out, str s);
/* A piece of an address: all but letters, digits and -._~ percent-encoded. */
void tpl_url_part(struct buf *out, str s);
/* Plain text: UTF-8 repaired, control characters but tab and line ends dropped, CR LF as LF. */
void tpl_plain(struct buf *out, str s);
/* One line, for a header: control characters and line separators become a space. */
void tpl_line(struct buf *out, str s);

#endif
