/* parse.h: a raw letter (RFC 5322, MIME) to what a support desk needs of it.
 *
 * Pure: bytes in, a tree of strs out, nothing kept. Every letter is hostile:
 * the reader is iterative, each byte of the input is looked at a bounded number
 * of times, and whatever goes past a limit is left out and named in
 * `limit_hit`, so that the caller can quarantine the letter whole. A letter that
 * breaks the standards is read as mail programs read it; there is no letter
 * that cannot be read at all.
 *
 * All strings of the result are valid UTF-8 without NUL, live in the arena and
 * are empty where the letter says nothing; attachment bytes and the raw letter
 * are as they came. `raw` must live as long as the result: headers and
 * unencoded attachments point into it.
 */
#ifndef OTKLIK_MIME_PARSE_H
#define OTKLIK_MIME_PARSE_H

#include "base/err.h"
#include "base/str.h"

struct mime_limits {
	size_t raw_bytes;    /* of the letter; longer ones are cut there */
	size_t header_bytes; /* of one header block (the letter's or a part's) */
	size_t headers;      /* fields in one block */
	size_t depth;        /* multiparts and letters within each other */
	size_t parts;        /* leaves and multiparts together */
	size_t addresses;    /* in all address fields together */
	size_t references;   /* ids in one field; the newest are kept */
	size_t text_bytes;   /* of decoded plain text, and of decoded HTML */
};

#define MIME_LIMITS_DEFAULT                                                                        \
	((struct mime_limits){.raw_bytes = (size_t)64 << 20,                                       \
	                      .header_bytes = (size_t)256 << 10,                                   \
	                      .headers = 1000,                                                     \
	                      .depth = 32,                                                         \
	                      .parts = 1000,                                                       \
	                      .addresses = 1000,                                                   \
	                      .references = 200,                                                   \
	                      .text_bytes = (size_t)2 << 20})

/* One mailbox. The domain is folded to lower-case ASCII letters; the local
 * part is as written. `email` is empty when a field names somebody without
 * an address that could be one. */
struct mime_addr {
	str name, email;
};

struct mime_addrs {
	struct mime_addr *p;
	size_t n;
};

struct mime_ids {
	str *p; /* without <> */
	size_t n;
};

struct mime_header {
	str name;  /* as written */
	str value; /* raw: folded, words not decoded, without the final line end; bytes that are no
	              UTF-8 were turned to it */
};

struct mime_headers {
	struct mime_header *p;
	size_t n;
	const char *stray; /* in the raw letter: the first line that was meant as a field and is
	                      none, or NULL */
};

/* A file in the letter: whatever is not the body's own text. A letter within
 * the letter is one attachment of type message/rfc822 (its bytes are whole). */
struct mime_attachment {
	str name; /* decoded, a bare file name: no folder, no control or direction marks; never
	             empty */
	bool name_made;   /* the letter gave none: "attachment-2.png", or the subject of a letter */
	str content_type; /* lower-case "type/subtype", "application/octet-stream" when unknown */
	str content_id;   /* without <> */
	str disposition;  /* "attachment", "inline" or "" */
	int64_t
	    held;    /* by a field MIME_HELD (thin.h), which anybody can write: its size; 0: none */
	bool at_end; /* nothing comes behind it: torn, where the letter was cut */
	bool is_inline; /* part of a multipart/related, or inline with a Content-ID */
	str bytes;      /* decoded */
};

struct mime_attachments {
	struct mime_attachment *p;
	size_t n;
};

/* What a delivery report says about one recipient (RFC 3464 section 2.3). */
struct mime_bounce {
	str recipient; /* Original-Recipient where given, else Final-Recipient */
	str action;    /* "failed", "delayed", "delivered", "relayed", "expanded" or "" */
	str status; /* enhanced status, "5.1.1" (RFC 3463); "5.0.0" or "4.0.0" when only the class
	               is known */
	str smtp_code;  /* "550" or "" */
	str diagnostic; /* the other server's words */
};

struct mime_bounces {
	struct mime_bounce *p;
	size_t n;
};

enum mime_auto {
	MIME_AUTO_NONE,      /* a person wrote it */
	MIME_AUTO_GENERATED, /* Auto-Submitted: auto-generated, a report, a bounce */
	MIME_AUTO_REPLIED,   /* an out-of-office note or another automatic answer */
	MIME_AUTO_LIST,      /* a list or bulk mail */
};

struct mime_message {
	struct mime_headers headers;
	struct mime_addrs from, sender, to, cc, bcc, reply_to;
	str subject;
	bool has_date;
	usec date;       /* UTC */
	int date_offset; /* minutes east of UTC as the writer's clock said */
	str message_id;
	struct mime_ids in_reply_to, references;

	/* The topmost Return-Path, written by the final delivery. `return_path_empty`: it is "<>".
	 */
	str return_path;
	bool return_path_empty;

	str text; /* what a reader sees: plain text, else the HTML turned to text; LF line ends */
	str html; /* the HTML body as it came, in UTF-8, unsafe; "" if there is none */
	bool text_from_html; /* there is no plain part */
	struct mime_attachments attachments;
	str calendar; /* what an invitation in the letter says, a line for each event; or "" */

	/* Automatic mail (RFC 3834): must never be answered automatically. Whether it becomes a
	 * ticket is another matter. */
	bool auto_reply;
	enum mime_auto auto_kind;
	str auto_submitted; /* the field's keyword, lower case */
	str precedence;     /* lower case */
	str list_id;
	bool suppress_auto_response; /* X-Auto-Response-Suppress asks for silence */
	bool is_feedback_report;     /* RFC 5965 */

	bool is_bounce; /* delivery failed or is delayed */
	bool temporary; /* ... and the other server is still trying */
	struct mime_bounces bounces;
	str bounce_message_id; /* of the letter that came back, if it is quoted; without <> */

	str auth_results; /* the topmost Authentication-Results, unfolded (RFC 8601) */

	/* The first limit that was passed, as the field of struct mime_limits is named
	 * ("depth"), or "". */
	str limit_hit;
};

/* Reads a letter. limits may be NULL (the defaults). Fails only when raw is
 * empty (ERR_INVALID, "error.empty"). */
MUST_USE enum err mime_parse(struct arena *a, str raw, const struct mime_limits *limits,
                             struct mime_message **out, struct error *e);

/* The first field of this name, unfolded and decoded, or an empty str with a
 * NULL pointer when there is none. */
str mime_header(struct arena *a, const struct mime_message *m, const char *name);
/* How many fields of this name there are. */
size_t mime_header_count(const struct mime_message *m, const char *name);

/* The addresses of a header field's text. limit: how many at most (0: none);
 * *over, if not NULL, is set when there were more. */
struct mime_addrs mime_parse_addresses(struct arena *a, str field, size_t limit, bool *over);
/* A date as mail writes it (RFC 5322, also obsolete and ISO 8601 forms). */
bool mime_parse_date(str field, usec *out, int *offset_minutes);
/* The ids between < and >; the newest `limit`. */
struct mime_ids mime_parse_ids(struct arena *a, str field, size_t limit, bool *over);
/* True when s can be the address of a mailbox: one @, no spaces, no control
 * characters, a domain with a dot or a name, at most 254 bytes. */
bool mime_is_address(str s);
/* The address with its domain in ASCII (IDNA's "xn--" labels; RFC 3492), as servers want it. */
str mime_address_ascii(struct arena *a, str email);

#endif
