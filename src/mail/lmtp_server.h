/* lmtp_server.h: takes letters from an MTA over LMTP (RFC 2033), on TCP or a unix socket.
 *
 * One thread accepts, one thread serves each connection, up to a bound; beyond
 * it a connection hears 421 and is closed, so that the MTA keeps the letter.
 * An MTA is told 250 only after `deliver` has said that the letter is committed.
 * Extensions: PIPELINING, 8BITMIME, SMTPUTF8, SIZE, ENHANCEDSTATUSCODES.
 */
#ifndef OTKLIK_MAIL_LMTP_SERVER_H
#define OTKLIK_MAIL_LMTP_SERVER_H

#include "mail/lmtp_parse.h"
#include "sys/clock.h"

struct lmtp_letter {
	str raw;       /* unstuffed; valid until deliver returns */
	str mail_from; /* "" for <> (bounces) */
	const str *recipients;
	size_t nrecipients;
	str peer;      /* "127.0.0.1:40112" or "unix", then " " and the LHLO name */
	usec received; /* end of data, by the server's clock */
	bool smtputf8;
};

struct lmtp_server_options {
	/* "127.0.0.1:2424", "[::1]:2424", or a path that begins with "/" for a unix socket
	 * (a stale one is replaced; mode 0660). Port 0 picks a free one. */
	str bind;
	int listen_fd; /* > 0: a socket that listens already, instead; the server's from now on */
	str hostname;  /* said in the greeting; "localhost" when empty */
	/* Addresses and networks ("10.0.0.0/8") that may connect; others are closed with 554.
	 * None: all. A unix socket is guarded by its mode instead. */
	const str *allow;
	size_t n_allow;
	struct lmtp_limits limits; /* all zero: the defaults */
	int max_connections;       /* 0: 20 */
	/* Bytes of letters held over all connections, until they are committed; beyond it DATA
	 * hears 452 and the MTA keeps the letter. One letter is always let in. 0: 256 MiB */
	size_t max_in_flight;
	int idle_seconds;    /* between commands, and for a write; 0: 300 */
	int letter_seconds;  /* from DATA to the final dot; 0: 1800 */
	struct clock *clock; /* for `received` and all time-outs; NULL: the system's */
	/* May a letter be for this address? Called for each RCPT on the connection's thread.
	 * NULL: everything. */
	enum lmtp_reply (*rcpt)(void *arg, str address, struct error *e);
	/* Takes a letter: sets one reply for each recipient (preset to LMTP_TEMPORARY). Called on
	 * the connection's thread, several at once; may block until the commit. */
	void (*deliver)(void *arg, const struct lmtp_letter *letter, enum lmtp_reply *replies);
	/* One line for the log; may be NULL. Never holds letter text. */
	void (*log)(void *arg, const char *what, str peer, const char *detail);
	void *arg;
};

struct lmtp_server;

/* Opens the socket and starts the threads. The strings of o are copied. */
MUST_USE enum err lmtp_server_start(const struct lmtp_server_options *o, struct lmtp_server **out,
                                    struct error *e);
/* The TCP port, or 0 for a unix socket. */
int lmtp_server_port(const struct lmtp_server *s);
/* Connections open now. */
int lmtp_server_connections(struct lmtp_server *s);
/* Bytes of letters held now. */
size_t lmtp_server_in_flight(struct lmtp_server *s);
/* The listening socket, duplicated, for a successor process: what waits in its
 * backlog is not lost, and a unix socket's file stays. -1 when there are no descriptors left. */
int lmtp_server_hand_over(struct lmtp_server *s);
/* Takes no more connections; a connection between letters hears 421, a letter
 * under way is finished within grace_seconds and answered. Frees s. NULL is fine. */
void lmtp_server_stop(struct lmtp_server *s, int grace_seconds);

#endif
