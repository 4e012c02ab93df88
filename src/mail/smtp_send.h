/* smtp_send.h: one letter out through an SMTP server (RFC 5321, submission RFC 6409), by libcurl.
 *
 * One transaction with all recipients; the server's answer to each RCPT is read
 * from the conversation, so the caller knows the fate of every recipient and
 * asks again only for those that are still owed. Blocking: called from a worker.
 *
 * Nothing is sent twice by this code. One case cannot be decided by anybody: the
 * connection breaks after the final dot and before the answer. It is reported
 * as `uncertain`, so that the caller decides (the same Message-ID lets the
 * receiver drop a second copy).
 *
 * An address with other letters than ASCII before the @ is for servers that
 * offer SMTPUTF8 (RFC 6531). Where one is among the recipients, the server is
 * asked on a connection of its own first; without it that recipient fails for
 * good with a sentence, and the others are sent to.
 *
 * The password goes to libcurl and into AUTH only, never into a reply, error or log.
 */
#ifndef OTKLIK_MAIL_SMTP_SEND_H
#define OTKLIK_MAIL_SMTP_SEND_H

#include <sys/socket.h>

#include "base/err.h"
#include "base/str.h"

enum smtp_tls {
	SMTP_TLS_NONE,     /* for a server on this machine or network */
	SMTP_TLS_STARTTLS, /* required: without it nothing is sent */
	SMTP_TLS_FULL,     /* TLS from the first byte (port 465) */
};

#define SMTP_SEND_SECONDS 780 /* less than the outbox's lease of 15 minutes */

struct smtp_server {
	str host;
	int port; /* 0: 25, 587 or 465 by tls */
	enum smtp_tls tls;
	str user, password; /* empty user: no AUTH */
	str bearer;         /* OAuth2 access token: XOAUTH2 or OAUTHBEARER instead of a password */
	str ca_file;        /* PEM; empty: the system's */
	str local_name;     /* said in EHLO; empty: "localhost" */
	/* A server that neither answers nor takes a byte for so long has failed; 0: 300. The whole
	 * transaction has total_seconds: a large letter on a slow line is no failure. */
	int timeout_seconds;
	int total_seconds;           /* 0: SMTP_SEND_SECONDS */
	int connect_timeout_seconds; /* 0: 30 */
	/* Unless set, an address that is not public (loopback, private, link-local, CGNAT,
	 * multicast) is refused after it was resolved. */
	bool allow_private;
	/* Asked in addition for each address before connecting; false refuses. May be NULL. */
	bool (*guard)(void *arg, const struct sockaddr *addr, socklen_t len);
	void *guard_arg;
};

struct smtp_letter {
	str mail_from; /* "" for <> */
	const str *recipients;
	size_t nrecipients;
	str raw; /* CRLF line ends (a bare LF is sent as CRLF); dots are stuffed here */
	/* Instead of raw: fills p with up to n bytes, *got == 0 at the end. The server is then not
	 * told the size beforehand. */
	enum err (*read)(void *arg, char *p, size_t n, size_t *got, struct error *e);
	void *arg;
};

enum smtp_fate {
	SMTP_SENT,      /* the server took it: never offer it again */
	SMTP_TEMPORARY, /* 4xx, or the server could not be reached: try later */
	SMTP_PERMANENT, /* 5xx: will not work */
};

struct smtp_result {
	enum smtp_fate fate;
	bool uncertain; /* fate is SMTP_TEMPORARY, but the server may have taken the letter */
	int code;       /* of the answer that decided, 0 when there was none */
	str enhanced;   /* "5.1.1" or "" */
	str reply;      /* that answer's text without the code, lines joined by a space */
};

struct smtp_outcome {
	/* For each recipient, in order. */
	struct smtp_result *recipients;
	size_t nrecipients;
	/* The whole: SENT when at least one recipient was served; else TEMPORARY if any may
	 * be tried again. */
	struct smtp_result letter;
	/* Which step failed: "connect", "guard", "tls", "auth", "smtputf8", "mail", "rcpt", "data",
	 * "read", "" */
	const char *step;
	bool tls_used;
};

/* Sends. ERR_OK whenever the fate of the recipients is known, sent or not;
 * ERR_INVALID (error.field "host", "mail_from", "recipients.0" ...) when nothing
 * was tried because the input is wrong. The result lives in the arena. */
MUST_USE enum err smtp_send(struct arena *a, const struct smtp_server *server,
                            const struct smtp_letter *letter, struct smtp_outcome *out,
                            struct error *e);

#endif
