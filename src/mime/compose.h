/* compose.h: an outgoing letter as bytes (RFC 5322, MIME; CRLF line ends).
 *
 * The result is 7-bit clean, lines are at most 76 characters in encoded bodies
 * and 78 in folded headers, and equal input gives equal bytes. No value can
 * bring a header of its own: CR, LF and NUL are refused with ERR_INVALID naming
 * the field. Bcc is for the envelope and never written.
 */
#ifndef OTKLIK_MIME_COMPOSE_H
#define OTKLIK_MIME_COMPOSE_H

#include "base/buf.h"
#include "base/err.h"
#include "mime/parse.h"

struct compose_file {
	str name;         /* any UTF-8; folder names are the caller's to remove */
	str content_type; /* "application/octet-stream" when empty or not of the form a/b */
	str content_id;   /* without <>; set for images shown inside the HTML ("cid:...") */
	str bytes;
	/* Instead of bytes: fills p with up to n bytes and *got (0 at the end). */
	enum err (*read)(void *arg, char *p, size_t n, size_t *got, struct error *e);
	void *arg;
};

struct compose_header {
	str name, value; /* value: any UTF-8 in one line */
};

struct compose_letter {
	struct mime_addr from; /* email must be an address */
	struct mime_addr sender;
	const struct mime_addr *to, *cc, *reply_to;
	size_t nto, ncc, nreply_to;
	str subject;
	str message_id;  /* without <>; must be given */
	str in_reply_to; /* without <> */
	const str *references;
	size_t nreferences; /* oldest first; long lists keep the first and the newest */
	usec date;
	int date_offset;                   /* minutes east of UTC */
	str text, html;                    /* UTF-8; at least one of them; any line ends */
	const struct compose_file *images; /* shown inside the HTML; each needs a content_id */
	size_t nimages;
	const struct compose_file *files;
	size_t nfiles;
	const struct compose_header *extra; /* Auto-Submitted and the like */
	size_t nextra;
	str seed;         /* boundaries are made from it; the message id is mixed in */
	size_t max_bytes; /* of the whole letter; 0: 50 MiB */
};

/* Appends the letter to *out. Errors: ERR_INVALID (error.field: "from", "to.0",
 * "subject", "extra.X-Name" ...), ERR_TOO_LARGE, or what a file's reader says;
 * then *out is as before. */
MUST_USE enum err compose(const struct compose_letter *l, struct buf *out, struct error *e);

/* Plain text in one header line as RFC 2047 words where needed, without
 * folding: for other writers of headers. */
str compose_word(struct arena *a, str text);

#endif
