/* http_conn.c: one connection's way through its states.
 *
 *   IDLE -> HEAD -> BODY -> WAIT -> WRITE -> IDLE ...
 *                                \-> STREAM
 *   any -> WRITE (a refusal) -> LINGER -> closed
 *
 * Bytes are read into the loop's scratch buffer and parsed at once; what lies
 * behind the present request waits in c->in (at most one read's worth) and
 * nothing more is read until its answer is out. So a connection never buffers
 * more than a head, the body's memory limit and one read; an idle one nothing.
 *
 * The timer means what the state says: a deadline for the head, a window in
 * which body or answer must get on, the patience with an idle client. */
#include "net/http_internal.h"
#include "net/uri.h"
#include "sys/temp.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	SENDFILE_PIECE = 256 * 1024,
	LINGER_BYTES = 1024 * 1024,
	WRITES_PER_ROUND = 8,
	SPARE_OUT_MAX = 16 << 10,
	BODY_FIRST = 64 << 10, /* of a body, before it has come */
};

static str feed(struct http_conn *c, str bytes);

static bool has_output(const struct http_conn *c)
{
	return c->out_at < c->out.n || c->body.n || c->file_left;
}

static bool is_reading(const struct http_conn *c)
{
	return c->state != CONN_WAIT && c->state != CONN_WRITE && c->state != CONN_DEAD;
}

/* In WAIT and WRITE the interest in input is left as it was: most often nothing
 * comes before the answer is out, and two system calls are saved. */
static void update_interest(struct http_conn *c)
{
	uint32_t events = is_reading(c) ? EPOLLIN : c->watch.events & (uint32_t)EPOLLIN;
	if (has_output(c))
		events |= EPOLLOUT;
	net_watch_set(c->home->loop, &c->watch, events);
}

static void set_timer(struct http_conn *c, usec delay)
{
	net_timer_set(c->home->loop, &c->timer, delay);
}

static void drop_input(struct http_conn *c)
{
	buf_release(&c->in);
	buf_init(&c->in, 0);
	c->in_at = 0;
}

/* What has been written; the memory goes to the loop's next answer. */
static void drop_output(struct http_conn *c)
{
	struct buf *spare = &c->home->spare_out;
	if (!spare->p && c->out.cap <= SPARE_OUT_MAX) {
		*spare = c->out;
		buf_clear(spare);
	} else {
		buf_release(&c->out);
	}
	buf_init(&c->out, 0);
	c->out_at = 0;
}

/* Memory for an answer's head. */
static void take_output(struct http_conn *c)
{
	struct buf *spare = &c->home->spare_out;
	if (c->out.p || !spare->p)
		return;
	c->out = *spare;
	*spare = (struct buf){0};
}

static void begin_window(struct http_conn *c, usec window)
{
	c->progress = 0;
	set_timer(c, window);
}

/* ---- opening and closing ---- */

static void forget_request(struct http_conn *c)
{
	struct http_req *r = c->req;
	c->req = NULL;
	c->body = STR_NONE;
	c->file_left = 0;
	if (!r)
		return;
	r->priv->conn = NULL;
	if (c->state == CONN_WAIT)
		atomic_store(&r->priv->gone, true); /* freed when it has been answered */
	else
		http_req_recycle(r);
}

void http_conn_close(struct http_conn *c)
{
	struct http_loop *l = c->home;
	if (c->state == CONN_DEAD)
		return;
	if (c->stream)
		http_stream_ended(c->stream, 1006);
	forget_request(c);
	net_timer_clear(l->loop, &c->timer);
	net_watch_remove(l->loop, &c->watch);
	close(c->watch.fd);
	if (c->prev)
		c->prev->next = c->next;
	else
		l->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	http_parser_release(&c->parser);
	drop_input(c);
	buf_release(&c->out);
	c->out_at = 0;
	c->state = CONN_DEAD;
	/* Freed behind the present round: callers on the stack still look at the state. */
	if (!net_loop_post(l->loop, free, c))
		free(c);
	http_server_conn_gone(l->server);
}

void http_conn_linger(struct http_conn *c)
{
	if (c->stream)
		http_stream_ended(c->stream, 1006);
	shutdown(c->watch.fd, SHUT_WR);
	drop_input(c);
	c->state = CONN_LINGER;
	c->progress = 0;
	set_timer(c, c->home->opt.linger_timeout);
	update_interest(c);
}

void http_conn_drain(struct http_conn *c)
{
	c->close_after = true;
	if (c->state == CONN_IDLE &&
	    c->timer.due - net_loop_now(c->home->loop) > c->home->opt.drain_idle)
		set_timer(c, c->home->opt.drain_idle);
	else if (c->state == CONN_STREAM)
		http_stream_shut(c, 1001);
}

/* ---- writing ---- */

/* Bytes written, 0: not now, -1: the connection is dead. */
static ssize_t write_piece(struct http_conn *c)
{
	ssize_t n;
	if (c->out_at < c->out.n || c->body.n) {
		struct iovec v[2];
		size_t k = 0;
		if (c->out_at < c->out.n)
			v[k++] = (struct iovec){c->out.p + c->out_at, c->out.n - c->out_at};
		if (c->body.n)
			v[k++] = (struct iovec){(char *)c->body.p, c->body.n};
		struct msghdr m = {.msg_iov = v, .msg_iovlen = k};
		n = sendmsg(c->watch.fd, &m, MSG_NOSIGNAL | (c->file_left ? MSG_MORE : 0));
		if (n > 0) {
			size_t out = c->out.n - c->out_at;
			if (out > (size_t)n)
				out = (size_t)n;
			c->out_at += out;
			c->body = str_from(c->body, (size_t)n - out);
		}
	} else {
		off_t at = c->file_at;
		size_t want = c->file_left > SENDFILE_PIECE ? SENDFILE_PIECE : (size_t)c->file_left;
		n = sendfile(c->watch.fd, c->req->priv->file_fd, &at, want);
		if (n == 0)
			return -1; /* the file is shorter than was promised */
		if (n > 0) {
			c->file_at += n;
			c->file_left -= n;
		}
	}
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
	c->progress += n;
	return n;
}

/* The answer is out: on to the next request, or to the end. */
static void finish_answer(struct http_conn *c)
{
	forget_request(c);
	net_timer_clear(c->home->loop, &c->timer);
	if (c->close_after) {
		http_conn_linger(c);
		return;
	}
	c->state = CONN_IDLE;
	c->fresh = false;
	set_timer(c, c->home->opt.idle_timeout);
	update_interest(c);
	if (!c->in.n) {
		http_parser_shrink(&c->parser);
		return;
	}
	/* Never deep: a request in there is answered by a post. */
	str rest = feed(c, str_from(buf_str(&c->in), c->in_at));
	c->in_at = c->in.n - rest.n;
	if (!rest.n)
		drop_input(c);
}

void http_conn_write(struct http_conn *c)
{
	for (int pieces = 0; pieces < WRITES_PER_ROUND; pieces++) {
		if (!has_output(c) && !(c->state == CONN_STREAM && http_stream_fill(c)))
			break;
		ssize_t n = write_piece(c);
		if (n < 0) {
			http_conn_close(c);
			return;
		}
		if (c->out.p && c->out_at == c->out.n)
			drop_output(c);
		if (n == 0)
			break;
	}
	if (!has_output(c) && c->state == CONN_WRITE) {
		finish_answer(c);
		return;
	}
	if (!has_output(c) && c->state == CONN_STREAM && !http_stream_goes_on(c->stream)) {
		http_conn_linger(c);
		return;
	}
	if (has_output(c) && c->state == CONN_WRITE && !c->timer.place)
		begin_window(c, c->home->opt.write_window);
	update_interest(c);
}

/* The server's own answer to what cannot be served; ends the connection. */
static void refuse(struct http_conn *c, int status, const char *why)
{
	struct http_loop *l = c->home;
	atomic_fetch_add(&http_server_counters(l->server)->refused, 1);
	forget_request(c);
	net_timer_clear(l->loop, &c->timer);
	/* An answer to HEAD ends with its head, whatever Content-Length says: a proxy that
	 * knows the method would take a body for the beginning of the next answer. */
	bool silent = c->parser.head.method_name.n && c->parser.head.method == HTTP_HEAD;
	BUF_AUTO body;
	buf_init(&body, 16 << 10);
	const char *type = NULL;
	if (l->h.on_refuse)
		type = l->h.on_refuse(status, http_parser_target(&c->parser), &body, l->arg);
	if (!type) {
		type = "text/plain; charset=utf-8";
		buf_addf(&body, "%s: %s\n", http_reason(status), why);
	}
	struct http_field fields[] = {
	    {STR("Content-Type"), str_of(type)},
	    {STR("Cache-Control"), STR("no-store")},
	    {STR("X-Content-Type-Options"), STR("nosniff")},
	};
	struct http_req_private q = {
	    .status = status, .fields = fields, .n_fields = COUNT_OF(fields)};
	http_head_write(l, &c->out, &q, (int64_t)body.n, "close");
	if (!silent)
		buf_add(&c->out, buf_str(&body));
	c->close_after = true;
	c->state = CONN_WRITE;
	http_conn_write(c);
}

/* ---- requests ---- */

static void begin_request(struct http_conn *c)
{
	struct http_loop *l = c->home;
	struct http_req *r = c->req = http_req_new(c);
	const struct http_head *h = &c->parser.head;
	c->state = CONN_BODY; /* whatever becomes of it, it is not with a handler yet */
	if (!uri_decode_path(r->arena, h->path, &r->path)) {
		refuse(c, 400, "malformed path");
		return;
	}
	if (!h->keep_alive || l->draining)
		c->close_after = true;
	if (l->h.on_head && l->h.on_head(r, l->arg) == HTTP_REPLIED) {
		str none = STR_NONE, piece;
		/* What follows can be read as the next request only when there is no body. */
		if (h->chunked || h->content_length > 0 ||
		    http_parser_next(&c->parser, &none, &piece) != HTTP_PARSE_DONE)
			c->close_after = true;
		c->state = CONN_WAIT;
		net_timer_clear(l->loop, &c->timer);
		return;
	}
	int64_t limit = r->body_limit;
	if (!r->spool && limit > (int64_t)l->opt.body_memory)
		limit = (int64_t)l->opt.body_memory;
	c->parser.body_limit = limit;
	c->want_100 = h->expect_continue;
	begin_window(c, l->opt.body_window);
}

static bool write_all(int fd, str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s = str_from(s, (size_t)n);
	}
	return true;
}

/* To the body's file, as long as all such files together are not too large: whoever is not
 * known yet must not fill the disk. */
static bool spool(struct http_req *r, str piece)
{
	struct http_loop *l = r->priv->home;
	r->priv->spooled += (int64_t)piece.n;
	int64_t all = atomic_fetch_add(&l->spooled, (long long)piece.n) + (int64_t)piece.n;
	return all <= l->opt.spool_total / l->opt.loops && write_all(r->body_fd, piece);
}

static bool take_body(struct http_conn *c, str piece)
{
	struct http_req *r = c->req;
	struct buf *b = &r->priv->body;
	r->body_size += (int64_t)piece.n;
	c->want_100 = false;
	if (r->body_fd < 0 && b->n + piece.n > c->home->opt.body_memory) {
		r->body_fd = temp_open(c->home->opt.spool_dir);
		if (r->body_fd < 0 || !spool(r, buf_str(b)))
			return false;
		buf_release(b);
		buf_init(b, 0);
	}
	if (r->body_fd >= 0)
		return spool(r, piece);
	/* Once for the whole of it, when it says how long it is; and a byte for the end. */
	if (!b->n && r->content_length > 0 && r->content_length < BODY_FIRST)
		buf_reserve(b, (size_t)r->content_length + 1);
	buf_add(b, piece);
	return true;
}

static void finish_request(struct http_conn *c)
{
	struct http_loop *l = c->home;
	struct http_req *r = c->req;
	struct buf *b = &r->priv->body;
	if (r->body_fd >= 0)
		lseek(r->body_fd, 0, SEEK_SET);
	if (b->n) {
		buf_addc(b, 0);
		r->body = str_n(b->p, b->n - 1);
	}
	atomic_fetch_add(&http_server_counters(l->server)->requests, 1);
	net_timer_clear(l->loop, &c->timer);
	c->state = CONN_WAIT;
	l->h.on_request(r, l->arg);
}

static void send_100(struct http_conn *c)
{
	c->want_100 = false;
	buf_addz(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	http_conn_write(c);
}

/* Parses what has come in and returns what lies behind the present request. */
static str feed(struct http_conn *c, str bytes)
{
	str piece;
	while (c->state == CONN_IDLE || c->state == CONN_HEAD || c->state == CONN_BODY) {
		switch (http_parser_next(&c->parser, &bytes, &piece)) {
		case HTTP_PARSE_MORE:
			if (c->state == CONN_IDLE && !http_parser_is_idle(&c->parser)) {
				c->state = CONN_HEAD;
				/* A new connection's head is timed from its accept, unless
				 * a drain has cut that short. */
				if (!c->fresh || c->home->draining)
					set_timer(c, c->home->opt.head_timeout);
			}
			if (c->state == CONN_BODY && c->want_100)
				send_100(c);
			return STR_NONE;
		case HTTP_PARSE_HEAD:
			begin_request(c);
			break;
		case HTTP_PARSE_BODY:
			if (!take_body(c, piece)) {
				refuse(c, 503, "the body could not be stored");
				return STR_NONE;
			}
			break;
		case HTTP_PARSE_DONE:
			finish_request(c);
			break;
		case HTTP_PARSE_ERROR:
			refuse(c, c->parser.status, c->parser.reason);
			return STR_NONE;
		}
	}
	return c->state == CONN_WAIT || c->state == CONN_WRITE ? bytes : STR_NONE;
}

void http_answer_arrived(void *arg)
{
	struct http_req_private *q = arg;
	struct http_conn *c = q->conn;
	struct http_stream *s = q->stream;
	if (!c) {
		q->stream = NULL;
		http_req_recycle(&q->req);
		if (s)
			http_stream_ended(s, 1006);
		return;
	}
	struct http_loop *l = c->home;
	if (l->draining)
		c->close_after = true;
	if (s) {
		q->stream = NULL;
		bool ws = http_stream_is_ws(s);
		http_head_write(l, &c->out, q, -1, ws ? "Upgrade" : "close");
		c->state = CONN_STREAM;
		c->close_after = true;
		c->stream = s;
		forget_request(c);
		if (http_parser_is_idle(&c->parser)) /* not when on_head has left a body unread */
			http_parser_shrink(&c->parser);
		http_stream_started(s, c);
		if (c->in.n && c->state == CONN_STREAM)
			http_stream_input(c, str_from(buf_str(&c->in), c->in_at));
		drop_input(c);
		return;
	}
	take_output(c);
	bool empty = q->status == 204 || q->status == 304;
	bool silent = empty || q->req.method == HTTP_HEAD;
	int64_t size = q->file_fd >= 0 ? q->file_size : (int64_t)q->answer.n;
	const char *say = c->close_after              ? "close"
	                  : c->parser.head.minor == 0 ? "keep-alive"
	                                              : NULL;
	http_head_write(l, &c->out, q, empty ? -1 : size, say);
	if (!silent && q->file_fd >= 0) {
		c->file_at = q->file_at;
		c->file_left = q->file_size;
	} else if (!silent) {
		c->body = q->answer;
	}
	c->state = CONN_WRITE;
	http_conn_write(c);
}

/* ---- events ---- */

static void on_input(struct http_conn *c)
{
	if (!is_reading(c)) {
		/* The client is ahead of us: its bytes can wait in the kernel. */
		net_watch_set(c->home->loop, &c->watch, c->watch.events & ~(uint32_t)EPOLLIN);
		return;
	}
	ssize_t n = read(c->watch.fd, c->home->scratch, HTTP_READ_SIZE);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		http_conn_close(c);
		return;
	}
	str bytes = str_n(c->home->scratch, (size_t)n);
	if (c->state == CONN_LINGER) {
		c->progress += n;
		if (c->progress > LINGER_BYTES)
			http_conn_close(c);
		return;
	}
	if (c->state == CONN_STREAM) {
		http_stream_input(c, bytes);
		return;
	}
	c->progress += n;
	str rest = feed(c, bytes);
	if (rest.n)
		buf_add(&c->in, rest);
}

static void on_event(struct net_watch *w, uint32_t events)
{
	struct http_conn *c = CONTAINER_OF(w, struct http_conn, watch);
	if (events & (EPOLLERR | EPOLLHUP)) {
		http_conn_close(c);
		return;
	}
	if (events & EPOLLOUT)
		http_conn_write(c);
	if ((events & EPOLLIN) && c->state != CONN_DEAD)
		on_input(c);
}

static bool got_on(const struct http_conn *c, usec window, int64_t rate)
{
	return c->progress >= rate * (window / 1000) / 1000 && c->progress > 0;
}

static void on_timer(struct net_timer *t)
{
	struct http_conn *c = CONTAINER_OF(t, struct http_conn, timer);
	const struct http_options *o = &c->home->opt;
	switch (c->state) {
	case CONN_HEAD:
		refuse(c, 408, "the request was not complete in time");
		return;
	case CONN_BODY:
		if (got_on(c, o->body_window, o->body_rate))
			begin_window(c, o->body_window);
		else
			refuse(c, 408, "the body came too slowly");
		return;
	case CONN_WRITE:
		if (got_on(c, o->write_window, o->write_rate))
			begin_window(c, o->write_window);
		else
			http_conn_close(c);
		return;
	case CONN_STREAM:
		http_stream_tick(c);
		return;
	default:
		http_conn_close(c);
	}
}

void http_conn_open(struct http_loop *l, int fd, const struct sockaddr *sa)
{
	struct http_conn *c = xcalloc(1, sizeof *c);
	c->home = l;
	c->watch = (struct net_watch){.fd = fd, .fn = on_event};
	c->timer.fn = on_timer;
	if (l->stopped || net_watch_add(l->loop, &c->watch, EPOLLIN, NULL)) {
		close(fd);
		free(c);
		http_server_conn_gone(l->server);
		return;
	}
	struct net_addr a;
	if (net_addr_of(sa, &a)) {
		int on = 1;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		net_addr_text(&a, c->peer);
		c->trusted = http_server_trusts(l->server, &a);
	} else {
		snprintf(c->peer, sizeof c->peer, "unix");
		c->trusted = http_server_trusts_unix(l->server);
	}
	http_parser_init(&c->parser, &l->opt.limits);
	buf_init(&c->in, 0);
	buf_init(&c->out, 0);
	c->fresh = true;
	c->next = l->conns;
	if (c->next)
		c->next->prev = c;
	l->conns = c;
	set_timer(c, l->opt.head_timeout);
	if (l->draining)
		http_conn_drain(c);
}
