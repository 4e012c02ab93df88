/* http_stream.c: event streams, server-sent events or WebSocket.
 *
 * Senders on any thread append finished frames to the stream's queue under its
 * lock and wake the loop once; the loop takes the whole queue when the
 * connection has nothing left to write. Queue and what is being written
 * together never pass stream_queue.
 *
 * Three parties hold a stream: the caller who made it, the connection (or the
 * posted answer that will become one), and a wake-up that is under way. */
#include "net/http_internal.h"

#include <assert.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONTROL_ROOM = 4096 }; /* for pings, pongs and closes beside the queue's limit */

struct http_stream {
	atomic_int refs;
	struct http_loop *home;
	bool ws;
	struct http_stream_handlers h;
	void *arg;
	size_t max;

	/* the loop's thread */
	struct http_conn *conn;
	struct ws_parser parser;
	bool said_goodbye;
	int end_code; /* for on_close, once known */

	pthread_mutex_t lock; /* all below */
	struct buf queue;
	size_t in_flight; /* bytes of the queue that are in conn->out */
	bool woken, closing, overflowed, closed;
	int close_code;
};

struct http_stream *http_stream_ref(struct http_stream *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void http_stream_unref(struct http_stream *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	buf_release(&s->queue);
	ws_parser_release(&s->parser);
	pthread_mutex_destroy(&s->lock);
	http_loop_unref(s->home);
	free(s);
}

bool http_stream_is_ws(const struct http_stream *s)
{
	return s->ws;
}

static struct http_stream *stream_new(struct http_req *r, bool ws,
                                      const struct http_stream_handlers *h, void *arg)
{
	struct http_stream *s = xcalloc(1, sizeof *s);
	atomic_init(&s->refs, 2);
	s->home = r->priv->home;
	atomic_fetch_add(&s->home->refs, 1);
	s->ws = ws;
	s->h = *h;
	s->arg = arg;
	s->max = s->home->opt.stream_queue;
	ws_parser_init(&s->parser, s->home->opt.stream_message);
	pthread_mutex_init(&s->lock, NULL);
	buf_init(&s->queue, 0);
	return s;
}

/* ---- any thread ---- */

static void on_wake(void *arg);

/* Under the lock: makes sure that the loop will look. */
static bool mark_woken(struct http_stream *s)
{
	bool wake = !s->woken;
	s->woken = true;
	return wake;
}

static void wake(struct http_stream *s)
{
	http_stream_ref(s);
	if (!net_loop_post(s->home->loop, on_wake, s))
		http_stream_unref(s);
}

/* Ends an append under the lock: over the limit nothing of it is kept. */
static bool end_append(struct http_stream *s, size_t before)
{
	if (s->queue.n + s->in_flight > s->max) {
		s->queue.n = before;
		s->closing = s->overflowed = true;
		s->close_code = 1013; /* try again later: the client resumes by its cursor */
	}
	bool ok = !s->overflowed, tell = mark_woken(s);
	pthread_mutex_unlock(&s->lock);
	if (tell)
		wake(s);
	return ok;
}

static void add_line(struct buf *b, const char *name, str value)
{
	buf_addz(b, name);
	buf_add(b, value);
	buf_addc(b, '\n');
}

/* A "data:" line for each line of the text; CR and CRLF end lines as well. */
static void add_data(struct buf *b, str text)
{
	size_t from = 0;
	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != '\n' && text.p[i] != '\r')
			continue;
		add_line(b, "data: ", str_sub(text, from, i));
		if (i + 1 < text.n && text.p[i] == '\r' && text.p[i + 1] == '\n')
			i++;
		from = i + 1;
	}
}

bool http_stream_send_event(struct http_stream *s, str id, str event, str text)
{
	assert(str_chr(id, '\n') < 0 && str_chr(id, '\r') < 0 && str_chr(event, '\n') < 0 &&
	       str_chr(event, '\r') < 0);
	pthread_mutex_lock(&s->lock);
	if (s->closed || s->closing) {
		pthread_mutex_unlock(&s->lock);
		return false;
	}
	size_t before = s->queue.n;
	if (s->ws) {
		ws_frame_add(&s->queue, WS_OP_TEXT, text);
	} else {
		if (id.n)
			add_line(&s->queue, "id: ", id);
		if (event.n)
			add_line(&s->queue, "event: ", event);
		add_data(&s->queue, text);
		buf_addc(&s->queue, '\n');
	}
	return end_append(s, before);
}

bool http_stream_send(struct http_stream *s, str text)
{
	return http_stream_send_event(s, STR_NONE, STR_NONE, text);
}

void http_stream_close(struct http_stream *s, int code)
{
	pthread_mutex_lock(&s->lock);
	bool tell = false;
	if (!s->closed && !s->closing) {
		s->closing = true;
		s->close_code = code;
		tell = mark_woken(s);
	}
	pthread_mutex_unlock(&s->lock);
	if (tell)
		wake(s);
}

/* Fields that every stream needs, in front of the caller's. */
static struct http_stream *answer_with(struct http_req *r, struct http_stream *s, int status,
                                       const struct http_field *ours, size_t n_ours,
                                       const struct http_field *headers, size_t n)
{
	struct http_field *all = ARENA_ARRAY(r->arena, n_ours + n, struct http_field);
	memcpy(all, ours, n_ours * sizeof *all);
	if (n)
		memcpy(all + n_ours, headers, n * sizeof *all);
	struct http_req_private *q = http_answer_begin(r, status, all, n_ours + n);
	q->stream = s;
	http_answer_post(q);
	return s;
}

struct http_stream *http_stream_sse(struct http_req *r, const struct http_field *headers, size_t n,
                                    const struct http_stream_handlers *h, void *arg)
{
	const struct http_field ours[] = {
	    {STR("Content-Type"), STR("text/event-stream; charset=utf-8")},
	    {STR("Cache-Control"), STR("no-store")},
	    {STR("X-Accel-Buffering"), STR("no")}, /* a proxy must not hold events back */
	};
	if (r->method == HTTP_HEAD) {
		const struct http_field allow = {STR("Allow"), STR("GET")};
		http_reply(r, 405, &allow, 1, STR(""));
		return NULL;
	}
	return answer_with(r, stream_new(r, false, h, arg), 200, ours, COUNT_OF(ours), headers, n);
}

struct http_stream *http_stream_ws(struct http_req *r, const struct http_field *headers, size_t n,
                                   const struct http_stream_handlers *h, void *arg)
{
	str accept, upgrade = http_header(r, "upgrade");
	const struct http_field text = {STR("Content-Type"), STR("text/plain; charset=utf-8")};
	/* Where a body ends and frames begin must not be a matter of opinion. */
	bool framed = r->content_length > 0 || http_header(r, "transfer-encoding").p;
	if (r->method != HTTP_GET || !r->upgrade || !http_list_has(upgrade, "websocket") ||
	    framed) {
		const struct http_field f[] = {text, {STR("Upgrade"), STR("websocket")}};
		http_reply(r, 426, f, COUNT_OF(f), STR("this address speaks WebSocket only\n"));
		return NULL;
	}
	if (!str_is(http_header(r, "sec-websocket-version"), "13")) {
		const struct http_field f[] = {text, {STR("Sec-WebSocket-Version"), STR("13")}};
		http_reply(r, 426, f, COUNT_OF(f), STR("WebSocket version 13 is spoken here\n"));
		return NULL;
	}
	if (!ws_accept_key(r->arena, http_header(r, "sec-websocket-key"), &accept)) {
		http_reply(r, 400, &text, 1, STR("malformed Sec-WebSocket-Key\n"));
		return NULL;
	}
	const struct http_field ours[] = {
	    {STR("Upgrade"), STR("websocket")},
	    {STR("Sec-WebSocket-Accept"), accept},
	};
	return answer_with(r, stream_new(r, true, h, arg), 101, ours, COUNT_OF(ours), headers, n);
}

/* ---- the loop's thread ---- */

void http_stream_started(struct http_stream *s, struct http_conn *c)
{
	s->conn = c;
	c->progress = 0;
	atomic_fetch_add(&http_server_counters(s->home->server)->streams, 1);
	net_timer_set(s->home->loop, &c->timer, s->home->opt.heartbeat);
	if (s->home->draining)
		http_stream_shut(c, 1001);
	else
		http_conn_write(c);
}

void http_stream_ended(struct http_stream *s, int code)
{
	struct http_conn *c = s->conn;
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	bool overflowed = s->overflowed;
	buf_release(&s->queue);
	buf_init(&s->queue, 0);
	pthread_mutex_unlock(&s->lock);
	if (c) {
		c->stream = NULL;
		s->conn = NULL;
		struct http_counters *n = http_server_counters(s->home->server);
		atomic_fetch_sub(&n->streams, 1);
		if (overflowed)
			atomic_fetch_add(&n->overflowed, 1);
	}
	if (s->h.on_close)
		s->h.on_close(s, s->end_code ? s->end_code : code, s->arg);
	http_stream_unref(s);
}

bool http_stream_goes_on(const struct http_stream *s)
{
	return !s->said_goodbye;
}

/* Queues the last frame; the connection lingers once it is written. */
static void say_goodbye(struct http_conn *c, int code)
{
	struct http_stream *s = c->stream;
	if (s->said_goodbye)
		return;
	s->said_goodbye = true;
	s->end_code = code;
	if (s->ws)
		ws_close_add(&c->out, code);
	/* Whoever does not even read this is not waited for. */
	net_timer_set(s->home->loop, &c->timer, s->home->opt.linger_timeout);
}

bool http_stream_fill(struct http_conn *c)
{
	struct http_stream *s = c->stream;
	if (s->said_goodbye)
		return false;
	buf_release(&c->out);
	pthread_mutex_lock(&s->lock);
	c->out = s->queue;
	c->out_at = 0;
	s->in_flight = c->out.n;
	buf_init(&s->queue, 0);
	bool closing = s->closing;
	int code = s->close_code;
	pthread_mutex_unlock(&s->lock);
	if (closing)
		say_goodbye(c, code);
	return c->out.n > 0;
}

static void on_wake(void *arg)
{
	struct http_stream *s = arg;
	pthread_mutex_lock(&s->lock);
	s->woken = false;
	bool overflowed = s->overflowed;
	pthread_mutex_unlock(&s->lock);
	struct http_conn *c = s->conn;
	if (c && overflowed)
		s->end_code = 1013;
	if (c && overflowed)
		http_conn_close(c); /* it does not read: a goodbye would not arrive either */
	else if (c)
		http_conn_write(c);
	http_stream_unref(s);
}

void http_stream_shut(struct http_conn *c, int code)
{
	http_stream_close(c->stream, code);
}

/* One frame or message of the client's; false when the stream is at its end. */
static bool take_frame(struct http_conn *c, enum ws_parsed what)
{
	struct http_stream *s = c->stream;
	struct ws_parser *p = &s->parser;
	switch (what) {
	case WS_MESSAGE:
		if (s->h.on_message)
			s->h.on_message(s, p->message, p->binary, s->arg);
		return c->state == CONN_STREAM;
	case WS_PING:
		if (c->out.n - c->out_at > s->max + CONTROL_ROOM) {
			http_conn_close(c); /* it asks and asks, and reads no answer */
			return false;
		}
		ws_frame_add(&c->out, WS_OP_PONG, p->control);
		return true;
	case WS_PONG:
		return true;
	default:
		say_goodbye(c, p->code);
		return false;
	}
}

void http_stream_input(struct http_conn *c, str bytes)
{
	struct http_stream *s = c->stream;
	c->pinged = false;
	if (!s->ws) {
		/* An event stream's client has nothing to say. */
		http_conn_close(c);
		return;
	}
	http_stream_ref(s);
	enum ws_parsed what;
	while (!s->said_goodbye && (what = ws_parser_next(&s->parser, &bytes)) != WS_MORE)
		if (!take_frame(c, what))
			break;
	if (c->state == CONN_STREAM)
		http_conn_write(c);
	http_stream_unref(s);
}

void http_stream_tick(struct http_conn *c)
{
	struct http_stream *s = c->stream;
	bool stuck = c->out_at < c->out.n && c->progress == 0;
	if (s->said_goodbye || stuck || (s->ws && c->pinged)) {
		http_conn_close(c);
		return;
	}
	c->progress = 0;
	c->pinged = true;
	net_timer_set(s->home->loop, &c->timer, s->home->opt.heartbeat);
	if (s->ws)
		ws_frame_add(&c->out, WS_OP_PING, STR_NONE);
	else
		buf_addz(&c->out, ":\n\n");
	http_conn_write(c);
}
