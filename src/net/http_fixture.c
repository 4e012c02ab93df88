/* http_fixture.c: see http_fixture.h. Linked into the test program only. */
#include "net/http_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

void answer(struct http_req *r, int status, const char *text)
{
	struct http_field type = {STR("Content-Type"), STR("text/plain")};
	http_reply(r, status, &type, 1, str_of(text));
}

static enum http_verdict on_head(struct http_req *r, void *arg)
{
	if (str_starts(r->path, STR("/upload"))) {
		r->spool = true;
		r->body_limit = 4 << 20;
	}
	if (str_is(r->path, "/forbidden")) {
		answer(r, 403, "no");
		return HTTP_REPLIED;
	}
	return HTTP_READ_BODY;
}

static const char *on_refuse(int status, str target, struct buf *body, void *arg)
{
	if (!str_starts(target, STR("/own")))
		return NULL;
	buf_addf(body, "%d on %.*s", status, STR_FMT(target));
	return "text/x-own";
}

static void on_message(struct http_stream *s, str m, bool binary, void *arg)
{
	struct fixture *f = arg;
	pthread_mutex_lock(&f->lock);
	snprintf(f->said, sizeof f->said, "%s%.*s", binary ? "binary " : "", STR_FMT(m));
	pthread_mutex_unlock(&f->lock);
	http_stream_send(s, m);
	sem_post(&f->event);
}

static void on_close(struct http_stream *s, int code, void *arg)
{
	struct fixture *f = arg;
	pthread_mutex_lock(&f->lock);
	f->close_code = code;
	pthread_mutex_unlock(&f->lock);
	sem_post(&f->event);
}

static const struct http_stream_handlers stream_handlers = {on_message, on_close};

void on_request(struct http_req *r, void *arg)
{
	struct fixture *f = arg;
	struct arena *a = r->arena;
	if (str_is(r->path, "/hold")) {
		pthread_mutex_lock(&f->lock);
		f->held = r;
		pthread_mutex_unlock(&f->lock);
		sem_post(&f->event);
	} else if (str_is(r->path, "/upload")) {
		char first[4] = "";
		if (r->body_fd >= 0 && pread(r->body_fd, first, 3, 0) != 3)
			abort();
		str t = str_printf(a, "%lld in %s %s", (long long)r->body_size,
		                   r->body_fd >= 0 ? "a file" : "memory", first);
		http_reply(r, 200, NULL, 0, t);
	} else if (str_is(r->path, "/echo")) {
		http_reply(r, 200, NULL, 0, r->body);
	} else if (str_is(r->path, "/who")) {
		http_reply(r, 200, NULL, 0,
		           str_printf(a, "%.*s %s", STR_FMT(r->peer), r->https ? "https" : "http"));
	} else if (str_is(r->path, "/file")) {
		int fd = open(test_tmp_dir(), O_TMPFILE | O_RDWR, 0600);
		char piece[1000];
		memset(piece, 'f', sizeof piece);
		for (int i = 0; i < 1000; i++)
			if (write(fd, piece, sizeof piece) != sizeof piece)
				abort();
		int64_t size = 0;
		if (!str_to_i64(http_query_get(r, "size"), &size))
			abort();
		http_reply_file(r, 200, NULL, 0, fd, 10, size);
	} else if (str_is(r->path, "/parts")) {
		str q = http_query_get(r, "q"), none = http_query_get(r, "none");
		str c = http_cookie(r, "sid");
		http_reply(
		    r, 200, NULL, 0,
		    str_printf(a, "%.*s|%.*s|%s", STR_FMT(q), STR_FMT(c), none.p ? "?" : "absent"));
	} else if (str_is(r->path, "/inject")) {
		struct http_field h = {STR("X-Name"), STR("a\r\nSet-Cookie: b\x01")};
		http_reply(r, 200, &h, 1, STR(""));
	} else if (str_is(r->path, "/sse")) {
		f->stream = http_stream_sse(r, NULL, 0, &stream_handlers, f);
		sem_post(&f->event);
	} else if (str_is(r->path, "/ws")) {
		f->stream = http_stream_ws(r, NULL, 0, &stream_handlers, f);
		sem_post(&f->event);
	} else {
		http_reply_static(r, 200, NULL, 0, r->path);
	}
}

void setup(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	http_options_init(&f->opt);
	f->opt.port = 0;
	f->opt.trusted[f->opt.n_trusted++] = "127.0.0.1";
	f->opt.trusted[f->opt.n_trusted++] = "10.0.0.0/8";
	pthread_mutex_init(&f->lock, NULL);
	sem_init(&f->event, 0, 0);
}

void start(struct fixture *f)
{
	struct error e;
	struct http_handlers h = {on_head, on_request, on_refuse};
	CHECK_OK(http_server_new(&f->server, &f->opt, &h, f, &e), &e);
	CHECK_OK(http_server_start(f->server, &e), &e);
}

void stop(struct fixture *f)
{
	http_server_free(f->server);
	http_stream_unref(f->stream);
	pthread_mutex_destroy(&f->lock);
	sem_destroy(&f->event);
}

/* ---- the client ---- */

int dial_port(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)port),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 30};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	CHECK(connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0);
	return fd;
}

int dial(const struct fixture *f)
{
	return dial_port(http_server_port(f->server));
}

void say(int fd, str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
		CHECK(n > 0);
		s = str_from(s, (size_t)n);
	}
}

str hear_all(struct arena *a, int fd)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (;;) {
		char *p = buf_reserve(&b, 65536);
		ssize_t n = recv(fd, p, 65536, 0);
		if (n <= 0)
			break;
		buf_commit(&b, (size_t)n);
	}
	return str_dup(a, buf_str(&b));
}

str hear_until(struct arena *a, int fd, const char *end)
{
	BUF_AUTO b;
	buf_init(&b, 1 << 20);
	while (!str_ends(buf_str(&b), str_of(end))) {
		char c;
		if (recv(fd, &c, 1, 0) != 1)
			break;
		buf_addc(&b, c);
	}
	return str_dup(a, buf_str(&b));
}

str hear_n(struct arena *a, int fd, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	size_t got = 0;
	while (got < n) {
		ssize_t k = recv(fd, p + got, n - got, 0);
		CHECK(k > 0);
		got += (size_t)k;
	}
	return str_n(p, n);
}

str ask(struct arena *a, const struct fixture *f, str request)
{
	int fd = dial(f);
	say(fd, request);
	str answer_text = hear_all(a, fd);
	close(fd);
	return answer_text;
}

size_t count_of(str s, const char *what)
{
	size_t n = 0;
	for (ptrdiff_t i; (i = str_find(s, str_of(what))) >= 0; n++)
		s = str_from(s, (size_t)i + strlen(what));
	return n;
}

void on_drained(void *arg)
{
	struct fixture *f = arg;
	f->drained = true;
	sem_post(&f->event);
}
