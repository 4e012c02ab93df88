/* plain_html.h: what a person typed as plain text, as HTML for a letter. Pure.
 *
 * Lines stay lines, "> " becomes a quotation, http and https addresses become
 * links, and "[image: name.png]" becomes the picture of that name where the
 * letter has one. Everything is escaped; nothing else of the text is taken for
 * markup. Linear time.
 */
#ifndef OTKLIK_MAIL_PLAIN_HTML_H
#define OTKLIK_MAIL_PLAIN_HTML_H

#include "base/buf.h"

struct plain_image {
	str name;       /* of the file, as the text says it */
	str content_id; /* without <> */
	bool used;      /* set when the text shows it */
};

/* Appends to *out. images may be NULL. */
void plain_html(struct buf *out, str text, struct plain_image *images, size_t n_images);

#endif
