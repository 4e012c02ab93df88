/* imap_parse.h: what an IMAP server says, byte by byte (RFC 9051, RFC 3501); no I/O.
 *
 * Bytes go in as they arrive; out come whole responses and, apart from them, the
 * bytes of large literals in pieces, so that a letter of any size needs no memory
 * here. Every size has a limit; a server that passes one, or is not
 * understood, is broken: the connection ends and nothing of it is believed.
 *
 *   imap_parse_feed -> IMAP_MORE      all bytes are used; read on
 *                   -> IMAP_PIECE     p->piece is the next part of a literal (p->piece_of bytes
 *                                     altogether); it may be the last thing of the input
 *                   -> IMAP_RESPONSE  a line with its literals is complete: imap_response_read
 *                   -> IMAP_BROKEN    p->broken says why
 */
#ifndef OTKLIK_MAIL_IMAP_PARSE_H
#define OTKLIK_MAIL_IMAP_PARSE_H

#include "base/buf.h"
#include "base/err.h"

struct imap_limits {
	size_t line_bytes;    /* a response without its streamed literals */
	size_t inline_bytes;  /* a literal up to it is kept in the response, a larger one is
	                         streamed, as all of a letter's bytes are */
	size_t literals;      /* in one response */
	size_t depth;         /* lists within lists */
	size_t values;        /* in one response */
	uint64_t literal_max; /* a literal that says to be larger breaks the connection */
};
#define IMAP_LIMITS_DEFAULT                                                                        \
	((struct imap_limits){.line_bytes = (size_t)16 << 20,                                      \
	                      .inline_bytes = 4096,                                                \
	                      .literals = 1000,                                                    \
	                      .depth = 32,                                                         \
	                      .values = 20000,                                                     \
	                      .literal_max = (uint64_t)4 << 30})

enum imap_event { IMAP_MORE, IMAP_PIECE, IMAP_RESPONSE, IMAP_BROKEN };

struct imap_literal {
	size_t at;     /* where "{" stands in the text */
	size_t n;      /* its bytes in the text, behind the line end; 0 when streamed */
	bool streamed; /* its bytes went by in pieces */
};

struct imap_parse {
	struct imap_limits limits;
	struct buf text; /* the response so far, literals inline */
	struct imap_literal *literals;
	size_t n_literals;
	uint64_t left; /* of the literal under way */
	bool in_literal, keep, done, cr;
	str piece;
	uint64_t piece_of;
	const char *broken;
};

/* limits may be NULL for the defaults. */
void imap_parse_init(struct imap_parse *p, const struct imap_limits *limits);
void imap_parse_release(struct imap_parse *p);
/* Takes bytes off the front of *in. After IMAP_RESPONSE the response stays until the next call. */
enum imap_event imap_parse_feed(struct imap_parse *p, str *in);

/* ---- a response ---- */

enum imap_kind { IMAP_UNTAGGED, IMAP_TAGGED, IMAP_CONTINUE };
enum imap_status {
	IMAP_NONE,
	IMAP_OK,
	IMAP_NO,
	IMAP_BAD,
	IMAP_PREAUTH,
	IMAP_BYE,
};

struct imap_response {
	enum imap_kind kind;
	str tag;
	enum imap_status status;
	str code, code_args; /* "[UIDVALIDITY 3]": name and the rest, unparsed */
	str text;            /* what is meant for people */
	bool has_number;
	uint32_t number; /* "* 12 EXISTS" */
	str name;        /* "CAPABILITY", "EXISTS", "FETCH", "SEARCH", "LIST"; "" with a status */
	str rest;        /* behind the name, unparsed */
};

/* The head of the complete response; strings lie in p. False: no response of IMAP. */
bool imap_response_read(const struct imap_parse *p, struct imap_response *out);

enum imap_type { IMAP_ATOM, IMAP_STRING, IMAP_NIL, IMAP_LIST };
struct imap_value {
	enum imap_type type;
	str s;         /* atom or string; unescaped, in the arena or p */
	bool streamed; /* a string whose bytes went by in pieces */
	struct imap_value *items;
	size_t n;
};
/* The values in `rest` of a response of p as one list. False when they are none. */
bool imap_values_read(struct arena *a, const struct imap_parse *p, str rest,
                      struct imap_value *out);

/* What FETCH says of one letter. */
struct imap_fetched {
	bool has_uid, has_size, has_date, has_body;
	uint32_t uid;
	uint64_t size;
	usec date;     /* INTERNALDATE */
	str body;      /* of BODY[...]; "" when streamed */
	bool streamed; /* the body's bytes went by in pieces */
};
bool imap_fetch_read(struct arena *a, const struct imap_parse *p, const struct imap_response *r,
                     struct imap_fetched *out);
/* Takes a number off the front of a SEARCH's rest; false at the end. */
bool imap_search_next(str *rest, uint32_t *uid);
/* True when the words of *list hold this one, whatever the case. */
bool imap_has_word(str list, const char *word);

/* ---- what we say ---- */

/* Modified UTF-7 of folder names (RFC 3501, 5.1.3) of UTF-8, which must be well-formed. */
str imap_utf7_encode(struct arena *a, str utf8);
/* "..." for a command; false when it must be a literal (8 bit, CR, LF, NUL, long). */
bool imap_quote(struct buf *out, str s);
/* "17-Jul-1996 02:44:25 -0700" of INTERNALDATE. */
bool imap_date_read(str s, usec *out);

#endif
