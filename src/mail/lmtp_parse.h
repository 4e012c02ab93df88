/* lmtp_parse.h: the server's half of LMTP (RFC 2033) without any I/O.
 *
 * Push style: the caller feeds what it read and gets one event at a time; the
 * words to be written pile up in `out`. Two events want an answer before more
 * is fed: a recipient and a whole letter.
 *
 * Strict where leniency has been abused: a command ends with CRLF only, and
 * data only with CRLF "." CRLF; a bare LF or CR within data is data. So no two
 * servers can disagree about where a letter ends.
 */
#ifndef OTKLIK_MAIL_LMTP_PARSE_H
#define OTKLIK_MAIL_LMTP_PARSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct lmtp_limits {
	size_t letter_bytes; /* of the unstuffed letter */
	size_t recipients;   /* accepted in one transaction */
	size_t line_bytes;   /* of a command with its CRLF (RFC 5321 4.5.3.1.4 and extensions) */
	size_t errors;       /* wrong commands before the connection is closed */
	size_t letters;      /* transactions on one connection */
};

#define LMTP_LIMITS_DEFAULT                                                                        \
	((struct lmtp_limits){.letter_bytes = (size_t)64 << 20,                                    \
	                      .recipients = 100,                                                   \
	                      .line_bytes = 2048,                                                  \
	                      .errors = 20,                                                        \
	                      .letters = 1000})

/* What became of a letter for one recipient, or of a recipient when named. */
enum lmtp_reply {
	LMTP_ACCEPTED,  /* 250 2.1.5 / 2.0.0: committed; never before */
	LMTP_TEMPORARY, /* 451 4.3.0: try again */
	LMTP_REJECTED,  /* 550 5.7.1: never */
	LMTP_UNKNOWN,   /* 550 5.1.1: no such mailbox */
	LMTP_TOO_LARGE, /* 552 5.3.4 */
};

enum lmtp_event {
	LMTP_MORE,   /* everything given was used up: feed more */
	LMTP_RCPT,   /* `address` was named: answer with lmtp_parse_rcpt */
	LMTP_LETTER, /* a letter is whole: answer with lmtp_parse_done */
	LMTP_CLOSE,  /* write `out`, then close */
};

struct lmtp_parse {
	struct lmtp_limits limits;
	struct buf out;      /* to be written to the peer; the caller consumes it */
	struct buf data;     /* the letter so far */
	struct arena *arena; /* of one transaction */
	str hostname;
	str peer_name; /* of LHLO */
	str mail_from; /* "" for <> */
	bool smtputf8, body_8bit;
	str *recipients; /* accepted ones */
	size_t nrecipients;
	str address; /* of the pending LMTP_RCPT */
	/* Set after init where letters share a bound: may n bytes more be held? Asked at DATA for
	 * the SIZE that was said, then as the letter grows beyond it; refused, the sender hears
	 * 452 and keeps the letter. All that was taken is given back. */
	bool (*take)(void *arg, size_t n);
	void (*give)(void *arg, size_t n);
	void *take_arg;
	/* private from here */
	size_t size_said, taken;
	struct buf line;
	size_t errors, letters, data_seen;
	uint8_t state, dot;
	bool greeted, has_from, line_over, data_over, data_refused;
};

/* hostname must live as long as p. The greeting is in p->out at once. */
void lmtp_parse_init(struct lmtp_parse *p, const struct lmtp_limits *limits, str hostname);
void lmtp_parse_release(struct lmtp_parse *p);
/* Uses bytes from the front of *in (which moves on) until an event. */
enum lmtp_event lmtp_parse_feed(struct lmtp_parse *p, str *in);
/* Answers LMTP_RCPT; accepted addresses go into p->recipients. */
void lmtp_parse_rcpt(struct lmtp_parse *p, enum lmtp_reply r);
/* Answers LMTP_LETTER with one reply for each recipient, in order; begins a new transaction. */
void lmtp_parse_done(struct lmtp_parse *p, const enum lmtp_reply *replies);
/* True between the end of DATA's command and the final dot: a stop must wait. */
bool lmtp_parse_in_data(const struct lmtp_parse *p);
/* Says "421 4.3.2 going away" and expects to be closed. */
void lmtp_parse_goodbye(struct lmtp_parse *p, const char *why);

#endif
