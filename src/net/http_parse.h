/* http_parse.h: a strict push parser for HTTP/1.x requests (RFC 9110, RFC 9112).
 *
 * It does no I/O and knows nothing of sockets. Bytes go in as they come, in
 * pieces of any size; out come the head, the pieces of the body and the end of
 * each message. The same bytes give the same outcome however they are cut.
 *
 * What two parsers could read differently is refused, not repaired: a
 * Content-Length that is doubled, a list, signed or beside a Transfer-Encoding;
 * any transfer coding but one single "chunked"; bare CR or LF; control bytes;
 * folded lines; blanks before a colon; a missing, second or malformed Host;
 * malformed chunk extensions; trailers that frame, route, identify or describe;
 * a second field of those that have one value. doc/http.md says why.
 * Leniencies of the RFC that are taken: one empty line before a request, a
 * minor version above 1 read as 1.1, absolute-form targets.
 *
 * After an error the parser stays in it: the stream cannot be trusted any more
 * and the connection must be closed.
 */
#ifndef OTKLIK_NET_HTTP_PARSE_H
#define OTKLIK_NET_HTTP_PARSE_H

#include "base/buf.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER, /* a valid token that is none of these */
};

struct http_field {
	str name, value;
};

/* All in bytes, but the counts. http_limits_init gives the defaults. */
struct http_limits {
	size_t request_line;  /* 8 KiB, without CRLF; over it: 414 */
	size_t header_bytes;  /* 32 KiB, all header lines; over it: 431 */
	size_t header_count;  /* 100; over it: 431 */
	size_t chunk_line;    /* 256, one chunk size with its extensions: 400 */
	size_t chunk_extra;   /* 16 KiB, extension bytes in one message: 400 */
	size_t trailer_bytes; /* 4 KiB; over it: 431 */
	size_t trailer_count; /* 20; over it: 431 */
	int64_t body; /* 1 MiB; over it: 413; may be changed for each message at HTTP_PARSE_HEAD */
};
void http_limits_init(struct http_limits *l);

/* A request's head. The strings live in the parser until it is called again. */
struct http_head {
	enum http_method method;
	str method_name;
	str target; /* as sent */
	str path;   /* of the target, still percent-encoded, "*" for OPTIONS * */
	str query;  /* behind the "?", without it; p == NULL when there is none */
	str host;   /* host[:port]: of an absolute target, otherwise of Host; empty in HTTP/1.0
	               without */
	int minor;  /* 0 or 1 */
	struct http_field *fields;
	size_t n_fields;
	int64_t content_length; /* -1: none given */
	bool chunked;
	bool keep_alive;      /* what version and Connection ask for */
	bool expect_continue; /* Expect: 100-continue in HTTP/1.1 */
	bool upgrade;         /* Connection lists "upgrade" */
};

enum http_parsed {
	HTTP_PARSE_MORE,  /* the input is used up, the message is not at its end */
	HTTP_PARSE_HEAD,  /* parser.head is filled; parser.body_limit may be changed now */
	HTTP_PARSE_BODY,  /* *piece is the next piece of the body, inside the input */
	HTTP_PARSE_DONE,  /* the message is complete; the next call begins another */
	HTTP_PARSE_ERROR, /* parser.status and parser.reason say why */
};

struct http_parser {
	struct http_limits limits;
	struct http_head head;
	int64_t body_limit;
	int64_t body_seen; /* body bytes delivered */
	int status;        /* of the error: 400, 413, 414, 417, 431, 501, 505 */
	const char *reason;

	/* private */
	int state;
	bool cr;             /* the last byte was a CR */
	unsigned blank;      /* empty lines skipped before the request line */
	struct buf text;     /* the head's lines without their CRLF, one behind the other */
	size_t request_line; /* its length */
	size_t line;         /* where the present line begins in text */
	size_t budget;       /* bytes of header or trailer lines so far */
	size_t extra;        /* chunk extension bytes so far */
	size_t n_trailers;
	int64_t left; /* bytes left of the body or the chunk */
	struct http_span *spans;
	size_t n_spans, cap_spans;
	struct http_field *fields;
};

void http_parser_init(struct http_parser *p, const struct http_limits *l);
void http_parser_release(struct http_parser *p);
/* Gives back the memory of the last head; for a connection that goes idle.
 * Only between messages; parser.head is empty afterwards. */
void http_parser_shrink(struct http_parser *p);
/* True between messages, when no byte of the next has been seen. */
bool http_parser_is_idle(const struct http_parser *p);

/* Takes what it needs off the front of *in and says what has happened; to be
 * called again until it says MORE (everything was used) or ERROR. */
enum http_parsed http_parser_next(struct http_parser *p, str *in, str *piece);

/* The target of the present message as far as it has been read, as sent and
 * unchecked; for a word about what was refused. Lives as the head's strings do. */
str http_parser_target(const struct http_parser *p);
/* The first field of that name (any case), or NULL p. */
str http_head_field(const struct http_head *h, const char *name);
/* A copy whose strings live in the arena. */
void http_head_copy(struct arena *a, struct http_head *to, const struct http_head *from);
/* True when the comma-separated list holds the token, any case. */
bool http_list_has(str list, const char *token);
bool http_is_token(str s);

#endif
