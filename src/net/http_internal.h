/* http_internal.h: what the files of the HTTP server share.
 *
 * A connection belongs to the thread of its http_loop. A request is the loop's
 * until on_request, then the handler's, and the loop's again once its answer
 * has been posted. An http_loop outlives its server while requests or streams
 * that name it are still held by others. */
#ifndef OTKLIK_NET_HTTP_INTERNAL_H
#define OTKLIK_NET_HTTP_INTERNAL_H

#include "net/addr.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/ws.h"

#include <pthread.h>
#include <stdatomic.h>

enum { HTTP_READ_SIZE = 64 * 1024, HTTP_DATE_SIZE = 32 };

struct http_counters {
	atomic_llong connections, streams, accepted, requests, refused, overflowed;
};

struct http_loop {
	struct http_server *server; /* valid until the loop is closed */
	struct net_loop *loop;
	atomic_int refs;
	pthread_t thread;
	bool thread_runs, draining, stopped;
	struct http_conn *conns;
	char *scratch; /* HTTP_READ_SIZE bytes, for reads */
	/* Of the request before, for the next one; NULL, empty: none. The loop's thread only. */
	struct arena *spare_arena;
	struct buf spare_out, spare_body;
	int64_t date_second;
	char date[HTTP_DATE_SIZE];
	atomic_llong spooled; /* bytes of bodies in files; here, as requests outlive the server */
	struct http_options opt; /* its strings are the server's */
	struct http_handlers h;
	void *arg;
};

enum http_conn_state {
	CONN_IDLE,   /* between requests, no byte of the next */
	CONN_HEAD,   /* a head is coming in */
	CONN_BODY,   /* a body is coming in */
	CONN_WAIT,   /* the request is with its handler */
	CONN_WRITE,  /* the answer is going out */
	CONN_STREAM, /* an event stream */
	CONN_LINGER, /* all said; waits for the client to close, so that it can read it */
	CONN_DEAD,   /* closed; the memory goes behind this round */
};

struct http_conn {
	struct net_watch watch;
	struct net_timer timer;
	struct http_loop *home;
	struct http_conn *prev, *next;
	enum http_conn_state state;
	bool trusted;     /* the peer is a trusted proxy */
	bool close_after; /* no further request on this connection */
	bool want_100;    /* the client waits for "100 Continue" */
	bool fresh;       /* no request yet */
	bool pinged;      /* stream: nothing heard since the last ping */
	char peer[NET_ADDR_TEXT];
	struct http_parser parser;
	struct buf in; /* read, but behind the present request; from in_at on */
	size_t in_at;
	struct buf out; /* to be written first; from out_at on */
	size_t out_at;
	str body;                   /* to be written behind it, */
	int64_t file_at, file_left; /* or this of req's file */
	int64_t progress;           /* bytes moved in the present window */
	struct http_req *req;
	struct http_stream *stream;
};

struct http_req_private {
	struct http_req req;
	struct net_post post; /* of the answer */
	struct http_loop *home;
	struct http_conn *conn; /* loop's thread; NULL when the client is gone */
	atomic_bool gone, answered;
	struct buf body;
	int64_t spooled; /* bytes in body_fd */
	int status;
	struct http_field *fields;
	size_t n_fields;
	str answer;
	int file_fd;
	int64_t file_at, file_size;
	struct http_stream *stream;
};

/* http_server.c */
struct http_counters *http_server_counters(struct http_server *s);
bool http_server_trusts(const struct http_server *s, const struct net_addr *a);
bool http_server_trusts_unix(const struct http_server *s);
/* A connection has ended; on any loop's thread. */
void http_server_conn_gone(struct http_server *s);
void http_loop_unref(struct http_loop *l);
usec http_loop_wall_time(struct http_loop *l);
/* "Sun, 06 Nov 1994 08:49:37 GMT" for now. */
const char *http_loop_date(struct http_loop *l);

/* http_conn.c: on the loop's thread */
void http_conn_open(struct http_loop *l, int fd, const struct sockaddr *sa);
void http_conn_close(struct http_conn *c);
void http_conn_drain(struct http_conn *c);
/* Writes what can be written now. */
void http_conn_write(struct http_conn *c);
/* Says no more: closes once the client has read what was sent. */
void http_conn_linger(struct http_conn *c);

/* http_reply.c */
struct http_req *http_req_new(struct http_conn *c);
/* Frees it and drops its hold on the loop. */
void http_req_free(struct http_req *r);
/* The same on the loop's thread, which keeps the memory for the next request. */
void http_req_recycle(struct http_req *r);
/* Appends status line and headers; size < 0: no Content-Length. */
void http_head_write(struct http_loop *l, struct buf *b, const struct http_req_private *q,
                     int64_t size, const char *connection);
const char *http_reason(int status);
/* Posts the answer; when the loop is closed, disposes of it here. */
void http_answer_post(struct http_req_private *q);
/* Takes the right to answer: a second answer is a bug and aborts. */
struct http_req_private *http_answer_begin(struct http_req *r, int status,
                                           const struct http_field *headers, size_t n);
/* http_conn.c: the answer has come to the loop's thread. */
void http_answer_arrived(void *req_private);

/* http_stream.c: on the loop's thread */
bool http_stream_is_ws(const struct http_stream *s);
void http_stream_started(struct http_stream *s, struct http_conn *c);
/* The connection is closing, or never was there. */
void http_stream_ended(struct http_stream *s, int code);
void http_stream_input(struct http_conn *c, str bytes);
/* Moves what is queued to the connection's empty out; false when there is nothing. */
bool http_stream_fill(struct http_conn *c);
/* False when the goodbye has been said and nothing remains to be sent. */
bool http_stream_goes_on(const struct http_stream *s);
void http_stream_tick(struct http_conn *c);
void http_stream_shut(struct http_conn *c, int code);

#endif
