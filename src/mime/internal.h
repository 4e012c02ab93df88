/* internal.h: what the files of this module share and nobody else includes. */
#ifndef OTKLIK_MIME_INTERNAL_H
#define OTKLIK_MIME_INTERNAL_H

#include "base/buf.h"
#include "base/vec.h"
#include "mime/parse.h"

/* Content-Transfer-Encoding decoders; all of them skip what they do not understand. */
str mime_base64(struct arena *a, str text);
str mime_quoted_printable(struct arena *a, str text, bool header); /* header: "_" is a space */

/* A header value on one line: line ends dropped, the white space of the fold kept. */
str mime_unfold(struct arena *a, str value);
/* A value with RFC 2047 words and stray 8-bit bytes as UTF-8 on one line. */
str mime_decode_words(struct arena *a, str value);

struct mime_param {
	str name;  /* lower case, without "*" and section numbers */
	str value; /* decoded, UTF-8 */
};

/* "type/subtype; a=b" and the like (RFC 2045 section 5.1, RFC 2231). */
struct mime_value {
	str main; /* lower case */
	struct mime_param *p;
	size_t n;
};

struct mime_value mime_parse_value(struct arena *a, str field);
str mime_param(const struct mime_value *v, str name); /* "" if there is none */

/* Reads one header block from the front of raw. *body: what follows the empty line. */
struct mime_headers mime_read_headers(struct arena *a, str raw, const struct mime_limits *limits,
                                      str *body, str *limit_hit);
/* The raw value of the first field of this name, or NULL pointer. */
str mime_raw_header(const struct mime_headers *h, str name);

/* One leaf of the letter's tree. */
struct mime_part {
	struct mime_headers headers;
	struct mime_value type; /* type.main is "text/plain" when nothing is said */
	str disposition;
	str name, content_id;
	str encoding; /* lower case */
	str body;     /* raw bytes */
	int parent;   /* index among the multiparts, -1: the letter itself is the leaf */
};

str mime_part_decode(struct arena *a, const struct mime_part *p);
str mime_part_text(struct arena *a, const struct mime_part *p, size_t max, str *limit_hit);

/* LF line ends. */
str mime_unix_lines(struct arena *a, str s);

/* Lower case of ASCII and Russian letters: for looking words up. */
str mime_fold(struct arena *a, str s);

/* auto.c: fills the fields on automatic mail. */
void mime_read_auto(struct arena *a, struct mime_message *m);
bool mime_from_daemon(struct arena *a, const struct mime_message *m);
/* Does this subject (folded) announce an automatic answer? */
bool mime_auto_subject(str folded);

/* bounce.c: fills the fields on bounces, and by mime_read_auto those on automatic mail. */
struct mime_report {
	str status;   /* body of message/delivery-status, decoded, or "" */
	str original; /* the returned letter or its headers, raw, or "" */
	bool is_report, is_feedback;
};
void mime_read_report(struct arena *a, struct mime_message *m, const struct mime_report *r);

#endif
