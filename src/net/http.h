/* http.h: an HTTP/1.1 server for use behind a TLS proxy or on its own.
 *
 * N loops, one thread each; connections are dealt out to them in turn. Handlers
 * run on a loop's thread and must not block: on_request normally queues the
 * request for a worker, which answers from its own thread. Requests of one
 * connection are handled one after the other, so pipelined answers keep their
 * order and a client never has more than one request under way.
 *
 * A request lives until its answer has been written or its client is gone AND
 * it has been answered; so whoever was handed a request must answer it exactly
 * once (http_reply..., http_stream_...) and may not touch it afterwards.
 *
 * What is malformed (see http_parse.h), too large or too slow is answered by
 * the server itself, and the connection closed.
 */
#ifndef OTKLIK_NET_HTTP_H
#define OTKLIK_NET_HTTP_H

#include "base/err.h"
#include "net/http_parse.h"

struct http_server;
struct http_stream;

enum { HTTP_MAX_TRUSTED = 32 };

/* Times are in microseconds, sizes in bytes. http_options_init gives the defaults. */
struct http_options {
	const char *address; /* "127.0.0.1" (default), "::", or "unix:/run/otklik/http.sock" */
	int port;            /* 8080; 0: any, see http_server_port */
	int listen_fd; /* an already listening socket to use instead, or -1; the server's from now
	                  on */
	int loops;     /* 2 */
	int backlog;   /* 1024 */

	struct http_limits limits; /* limits.body: of a body without on_head's say, 1 MiB */
	size_t body_memory;        /* 256 KiB; a larger body goes to a file or is refused */
	const char *spool_dir;     /* "/tmp"; for bodies of requests with r->spool */
	int64_t spool_total;       /* 1 GiB in such files at once, over all loops: 503 past it */
	size_t max_connections;    /* 10,000 over all loops; more wait in the backlog */
	size_t stream_queue;       /* 256 KiB unsent in one stream; over it the stream is closed */
	size_t stream_message;     /* 64 KiB: a WebSocket message from the client; over it: 1009 */

	usec head_timeout;   /* 10 s for a whole head: 408 */
	usec idle_timeout;   /* 60 s between requests */
	usec body_window;    /* 15 s; in each such window a body must get on by ... */
	int64_t body_rate;   /* ... 500 bytes a second: 408 */
	usec write_window;   /* 20 s, the same for what we send ... */
	int64_t write_rate;  /* ... 500 bytes a second: closed */
	usec linger_timeout; /* 2 s for a client to read our refusal before the close */
	usec drain_idle; /* 1 s: how long a drain leaves idle connections the chance of a request */
	usec heartbeat;  /* 25 s: ping or comment on a silent stream */

	/* Addresses and networks ("10.0.0.0/8", "::1", "unix") whose X-Forwarded-For and
	 * X-Forwarded-Proto are believed. */
	const char *trusted[HTTP_MAX_TRUSTED];
	size_t n_trusted;

	usec (*now)(void *arg); /* for received_at and Date; NULL: the system's clock */
	void *now_arg;
};
void http_options_init(struct http_options *o);

struct http_req {
	/* --- to be read --- */
	struct arena
	    *arena; /* for one thread at a time: the loop's until on_request, then the handler's */
	enum http_method method;
	str method_name;
	str target; /* as sent */
	str path;   /* decoded, valid UTF-8; no NUL, control bytes, "\", encoded "/" or dot segments
	             */
	str query;  /* raw, without "?"; see http_query_get */
	str host;   /* host[:port] as the client says; not to be trusted in links */
	const struct http_field *fields;
	size_t n_fields;
	int64_t content_length; /* as announced, -1: none or chunked */
	bool https;             /* a trusted proxy says so */
	bool upgrade;           /* HTTP/1.1, and Connection lists "upgrade" */
	str peer;               /* the client's address as text ("unix" on such a socket) */
	usec received_at;       /* when the head was complete */
	str body;               /* zero-terminated behind its end; empty when it is in body_fd */
	int body_fd;       /* the spooled body, at offset 0; -1: none. Closed with the request */
	int64_t body_size; /* in either */

	/* --- to be set by on_head --- */
	int64_t body_limit; /* over it: 413 */
	bool spool;         /* a body over body_memory goes to an unlinked file */

	void *user; /* the handlers' own */

	struct http_req_private *priv;
};

enum http_verdict {
	HTTP_READ_BODY, /* go on; on_request will follow unless the client fails */
	HTTP_REPLIED,   /* on_head has answered already; a body is not read */
};

struct http_handlers {
	/* On the loop's thread once the head is read; NULL: always HTTP_READ_BODY. */
	enum http_verdict (*on_head)(struct http_req *r, void *arg);
	/* On the loop's thread when the body is complete. */
	void (*on_request)(struct http_req *r, void *arg);
	/* What the server itself refuses may say so in a form of the application's: on the
	 * loop's thread, with the target as far as it was read, as sent and unchecked ("" when
	 * nothing of it was). Fills body and returns its content type; NULL, or no handler: a line
	 * of plain text. */
	const char *(*on_refuse)(int status, str target, struct buf *body, void *arg);
};

/* ---- the server ---- */

/* Binds and listens; nothing is accepted before http_server_start. ERR_INVALID for wrong
 * options, ERR_IO when the address cannot be had. The strings of opt are copied. */
MUST_USE enum err http_server_new(struct http_server **out, const struct http_options *opt,
                                  const struct http_handlers *h, void *arg, struct error *e);
MUST_USE enum err http_server_start(struct http_server *s, struct error *e);
/* The port bound; 0 for a unix socket. */
int http_server_port(const struct http_server *s);
/* The listening socket, to be inherited by a successor process: what waits in its
 * backlog is not lost. Still the server's. */
int http_server_listen_fd(const struct http_server *s);
/* Stops accepting, ends event streams (WebSocket: 1001), answers what is under way with
 * "Connection: close", lets idle connections go after opt.drain_idle, and calls done(arg) once on
 * some loop's thread (or in http_server_stop) when no connection is left. May be called once, from
 * any thread. */
void http_server_drain(struct http_server *s, void (*done)(void *arg), void *arg);
/* Ends the loops and closes every connection. Requests that are still with handlers may be
 * answered later all the same. */
void http_server_stop(struct http_server *s);
/* Stops if need be. NULL is fine. */
void http_server_free(struct http_server *s);

struct http_stats {
	int64_t connections, streams; /* now */
	int64_t accepted, requests,
	    refused;        /* since the start; refused: answered by the server itself */
	int64_t overflowed; /* streams closed because their client did not read */
};
void http_server_stats(const struct http_server *s, struct http_stats *out);

/* ---- a request's parts ---- */

/* The first header of that name, any case; p == NULL when absent. */
str http_header(const struct http_req *r, const char *name);
/* The first cookie of that name, without surrounding quotes; p == NULL when absent. */
str http_cookie(const struct http_req *r, const char *name);
/* The first parameter of that name, decoded into r->arena; p == NULL when absent. */
str http_query_get(struct http_req *r, const char *name);
/* True when the client is known to have gone: for long work that could be spared. Any thread. */
bool http_gone(const struct http_req *r);

/* ---- answers: any thread, exactly one for each request ---- */

/* Copies headers and body. Date, Content-Length and Connection are set by the server and ignored
 * among the headers; control bytes in values become blanks. A HEAD request gets no body, nor do
 * statuses 204 and 304. */
void http_reply(struct http_req *r, int status, const struct http_field *headers, size_t n,
                str body);
/* The same without a copy of the body: its bytes live in r->arena or for ever. */
void http_reply_static(struct http_req *r, int status, const struct http_field *headers, size_t n,
                       str body);
/* `size` bytes of a regular file from `offset`; fd is taken over and closed. A file that turns out
 * shorter ends the connection. */
void http_reply_file(struct http_req *r, int status, const struct http_field *headers, size_t n,
                     int fd, int64_t offset, int64_t size);

/* ---- event streams ---- */

struct http_stream_handlers {
	/* WebSocket only: a whole message, text being valid UTF-8. The bytes live during the call.
	 */
	void (*on_message)(struct http_stream *s, str message, bool binary, void *arg);
	/* The last call for this stream, exactly once, by whatever end; code as in RFC 6455, 7.4
	 * (1006: no proper end). The stream itself stays valid while references are held. */
	void (*on_close)(struct http_stream *s, int code, void *arg);
};

/* Each is the answer to r, which is gone afterwards (copy what is still needed; handlers get
 * `arg`). Handlers run on the loop's thread; they may come before the function has returned. The
 * result is referenced for the caller, who ends with http_stream_unref. */

/* Server-sent events (WHATWG HTML, 9.2). A HEAD request is answered with 405 and NULL returned,
 * without a call of on_close: its answer would have to end where the events begin. */
struct http_stream *http_stream_sse(struct http_req *r, const struct http_field *headers, size_t n,
                                    const struct http_stream_handlers *h, void *arg);
/* WebSocket (RFC 6455, version 13, no extensions). When the request is no proper upgrade it is
 * answered with 400 or 426 and NULL returned, without a call of on_close. */
struct http_stream *http_stream_ws(struct http_req *r, const struct http_field *headers, size_t n,
                                   const struct http_stream_handlers *h, void *arg);

/* All from any thread. False when the stream is closed, or is closed now because its queue is full:
 * the client comes back and resumes. Order is kept. */
/* A text message; on SSE an event without name and id. */
bool http_stream_send(struct http_stream *s, str text);
/* SSE with "id:" and "event:" lines unless empty (no line breaks in them); WebSocket: text alone.
 */
bool http_stream_send_event(struct http_stream *s, str id, str event, str text);
/* Sends what is queued, says goodbye and closes. */
void http_stream_close(struct http_stream *s, int code);
struct http_stream *http_stream_ref(struct http_stream *s);
void http_stream_unref(struct http_stream *s); /* NULL is fine */

#endif
