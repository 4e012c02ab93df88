/* tnef.h: "winmail.dat": a letter in the form of one mail program (MS-OXTNEF), and RTF.
 *
 * The container is read in one pass; the bytes of files point into it, so that nothing grows
 * but compressed RTF, and that only up to a limit. A damaged container yields what stood
 * before the damage.
 */
#ifndef OTKLIK_MIME_TNEF_H
#define OTKLIK_MIME_TNEF_H

#include "mime/parse.h"

struct tnef_limits {
	size_t files;      /* of the letter and the letters within it together */
	size_t depth;      /* letters within letters */
	size_t properties; /* values that are looked at, in the whole container */
	size_t body_bytes; /* of each form of the body, and of RTF when it is unpacked */
};

#define TNEF_LIMITS_DEFAULT                                                                        \
	((struct tnef_limits){                                                                     \
	    .files = 1000, .depth = 4, .properties = 100000, .body_bytes = (size_t)2 << 20})

struct tnef {
	str subject;
	str text;     /* the plain body, UTF-8, LF; "" if there is none */
	str html;     /* the HTML body as it came, in UTF-8 and unsafe, or "" */
	str html_raw; /* ... its bytes in the container, or "" */
	str rtf;      /* the body as RTF, unpacked, or "" */
	struct mime_attachments files;
	str limit_hit; /* the first limit that was passed ("files", "depth", "properties",
	                  "body_bytes"), or "" */
};

/* Reads a container. False when it is none. limits may be NULL. The result lives in the arena and
 * in bytes. */
bool tnef_read(struct arena *a, str bytes, const struct tnef_limits *limits, struct tnef *out);

/* Unpacks compressed RTF (MS-OXRTFCP), at most max bytes of it; *cut is set when there was more. ""
 * when it is no such thing. */
str rtf_unpack(struct arena *a, str packed, size_t max, bool *cut);

/* What an RTF document says: HTML when it wraps HTML (MS-OXRTFEX), *is_html is set then; else
 * plain text, UTF-8, LF. At most max bytes. "" when it is no RTF. */
str rtf_read(struct arena *a, str rtf, size_t max, bool *is_html);

#endif
