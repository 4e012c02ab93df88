/* imap_internal.h: a conversation, for the files that speak in it.
 *
 *   imap_client.c  connecting, TLS, signing in; commands and answers; waiting
 *   imap_fetch.c   folders and letters
 *
 * One command is under way at a time: begin, send_line, then the answers until is_mine. */
#ifndef OTKLIK_MAIL_IMAP_INTERNAL_H
#define OTKLIK_MAIL_IMAP_INTERNAL_H

#include <gnutls/gnutls.h>

#include "mail/imap_client.h"

struct imap_client {
	struct imap_server s;
	int fd;
	gnutls_session_t tls;
	gnutls_certificate_credentials_t trust;
	struct imap_parse parse;
	char *chunk;
	str in;    /* of chunk, not parsed yet */
	bool lost; /* nothing more can be said */
	struct buf caps;
	struct buf bye; /* the server's last words */
	unsigned tag;
	bool news; /* EXISTS came since the last search */
	bool idle_refused;
	struct imap_folder folder;
};

/* The server's words, fit for a sentence. Returns code. */
enum err imap_refuse(struct error *e, enum err code, const char *key, str words);
/* The conversation is over: ERR_IO "error.imap_lost" (arg: the server's last words, else why). */
enum err imap_lost(struct imap_client *c, struct error *e, const char *why);
/* When an answer that is waited for from now on is late (clock_mono). */
usec imap_answer_deadline(const struct imap_client *c);

/* Begins a command with the next tag; out is made, the caller releases it. */
void imap_begin(struct imap_client *c, struct buf *out, const char *word);
/* Ends the line and sends it. ERR_INVALID "error.too_long": it grew beyond its limit. */
enum err imap_send_line(struct imap_client *c, struct buf *out, struct error *e) MUST_USE;
/* The next response, or with a sink the next piece of a literal (*piece). *late: neither came
 * until the deadline. r points into the parser, until the next call. */
enum err imap_next(struct imap_client *c, usec deadline, struct imap_response *r, bool *piece,
                   bool *late, struct error *e) MUST_USE;
/* The next response; pieces of literals that nobody asked for are skipped. */
enum err imap_next_response(struct imap_client *c, struct imap_response *r,
                            struct error *e) MUST_USE;
/* Is it the end of the command under way? */
bool imap_is_mine(const struct imap_client *c, const struct imap_response *r);
/* Goes on until the command's own answer. */
enum err imap_finish(struct imap_client *c, struct imap_response *r, struct error *e) MUST_USE;
/* A whole command of at most 255 bytes. */
enum err imap_command(struct imap_client *c, struct imap_response *r, struct error *e,
                      const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The server's trouble of the moment (RFC 5530), not an answer to what was asked. */
bool imap_transient(const struct imap_response *r);

#endif
