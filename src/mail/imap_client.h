/* imap_client.h: one conversation with an IMAP server (RFC 9051, RFC 3501), over TLS by GnuTLS.
 *
 * Blocking, for one thread; a descriptor that becomes readable ends every wait,
 * so that a thread can be stopped. A server is connected to only at an address
 * that the guard allows (net/guard.h), and speaks TLS unless the caller says that it
 * need not: without a good certificate for the name nothing is said, the
 * password least of all. After any error but those named below the connection is over.
 *
 * Letters are read with BODY.PEEK and folders opened by EXAMINE, so nothing is
 * marked as read; sequence numbers are never used.
 */
#ifndef OTKLIK_MAIL_IMAP_CLIENT_H
#define OTKLIK_MAIL_IMAP_CLIENT_H

#include <sys/socket.h>

#include "mail/imap_parse.h"
#include "sys/clock.h"

enum imap_tls {
	IMAP_TLS_FULL,     /* from the first byte (port 993) */
	IMAP_TLS_STARTTLS, /* required (port 143) */
	IMAP_TLS_NONE,     /* to a private address only */
};

struct imap_server {
	str host;
	int port; /* 0: by tls */
	enum imap_tls tls;
	str user, password;
	str bearer;          /* OAuth2 access token: XOAUTH2 instead of a password */
	str ca_file;         /* PEM; "": the system's */
	bool allow_private;  /* else addresses that are not public are refused */
	int timeout_seconds; /* of a connect, an answer, a write; 0: 60 */
	int stop_fd;         /* readable: stop; 0: none */
	/* Called every few seconds of waiting; false ends the conversation as stop_fd does. May be
	 * NULL. */
	bool (*tick)(void *arg);
	void *tick_arg;
};

struct imap_client;

struct imap_folder {
	uint32_t uidvalidity, uidnext; /* 0: not said */
	uint32_t exists;
};

/* Connects, TLS, signs in. Errors: ERR_IO "error.imap_connect" (arg: why),
 * "error.imap_guard" (address inside), "error.imap_tls" (no TLS or a bad certificate),
 * ERR_AUTH "error.imap_auth" (arg: the server's words), ERR_BUSY "error.stopping". */
enum err imap_connect(const struct imap_server *s, struct imap_client **out,
                      struct error *e) MUST_USE;
/* The same on a connected socket, which becomes the client's; no guard, and TLS as s says. */
enum err imap_adopt(const struct imap_server *s, int fd, struct imap_client **out,
                    struct error *e) MUST_USE;
/* Says LOGOUT if the connection still works, and closes. NULL is fine. */
void imap_close(struct imap_client *c);

/* A capability of the server after signing in. */
bool imap_can(const struct imap_client *c, const char *capability);
/* Opens a folder (UTF-8): read-only by EXAMINE, else by SELECT. ERR_NOT_FOUND "error.imap_folder"
 * leaves the connection usable. */
enum err imap_open(struct imap_client *c, str folder, bool writable, struct imap_folder *out,
                   struct error *e) MUST_USE;
/* The UIDs above `after`, ascending, in the arena; at most `most`, the lowest. *more: there are
 * others. */
enum err imap_search(struct imap_client *c, struct arena *a, uint32_t after, size_t most,
                     uint32_t **out, size_t *n, bool *more, struct error *e) MUST_USE;

struct imap_letter {
	bool found;    /* false: it is gone */
	uint64_t size; /* as the server says; of what is whole, what came */
	bool has_date;
	usec date;  /* INTERNALDATE */
	bool whole; /* raw is all of it; false: it fills what was asked for, or is a header */
	/* For the caller: raw went through mime/thin.h; and it is all of it but for large files. */
	bool thinned, thin;
};
/* Reads one letter into raw (cleared first): its first `most` bytes. header: only its header.
 * ERR_INVALID "error.imap_refused" (arg: the server's words) leaves the connection usable: the
 * server does not hand it out. */
enum err imap_fetch(struct imap_client *c, uint32_t uid, size_t most, bool header, struct buf *raw,
                    struct imap_letter *out, struct error *e) MUST_USE;
/* Hands on the bytes of the letter from `from` on, as they arrive. *found: false: it is gone.
 * Errors as of imap_fetch; after one the sink may have got some of them. */
enum err imap_fetch_rest(struct imap_client *c, uint32_t uid, size_t from,
                         void (*sink)(void *arg, str bytes), void *arg, bool *found,
                         struct error *e) MUST_USE;
/* Deletes one letter for good (STORE, UID EXPUNGE; needs UIDPLUS, without it the letter is
 * only marked). */
enum err imap_remove(struct imap_client *c, uint32_t uid, struct error *e) MUST_USE;

/* Waits until the server tells of something new in the folder, or until `most`; IDLE when the
 * server can, else a pause and NOOP. *news: something came. */
enum err imap_wait(struct imap_client *c, usec most, bool *news, struct error *e) MUST_USE;

#endif
