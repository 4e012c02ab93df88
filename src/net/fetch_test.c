/* fetch_test.c: a small server on loopback; what is refused, cut and followed. */
#include "net/fetch.h"

#include "base/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <unistd.h>

#define PNG "\x89PNG\r\n\x1a\n-------------"

struct served {
	int fd, port, inner_port; /* inner: another port, to which one must not be led */
	_Atomic int requests;
	pthread_t thread;
};

static void reply(const struct served *s, int c, str path)
{
	ARENA_AUTO a = arena_new();
	str out;
	if (str_is(path, "/ok")) {
		out = STR("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n" PNG);
	} else if (str_is(path, "/svg")) {
		out = STR("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 30\r\n\r\n"
		          "<svg onload='x()'></svg>......");
	} else if (str_is(path, "/away")) {
		out = str_printf(a,
		                 "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/ok\r\n"
		                 "Content-Length: 0\r\n\r\n",
		                 s->inner_port);
	} else if (str_is(path, "/file")) {
		out = STR("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
		          "Content-Length: 0\r\n\r\n");
	} else if (str_is(path, "/moved")) {
		out = STR("HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
	} else if (str_is(path, "/round")) {
		out = STR("HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n");
	} else if (str_is(path, "/endless")) {
		out = STR("HTTP/1.1 200 OK\r\n\r\n" PNG);
		char *block = arena_alloc(a, 65536);
		while (write(c, out.p, out.n) > 0)
			out = str_n(block, 65536);
		return;
	} else {
		out = STR("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
	}
	if (write(c, out.p, out.n) < 0)
		return;
}

static void *serve(void *arg)
{
	struct served *s = arg;
	char line[2048];
	int c;
	while ((c = accept(s->fd, NULL, NULL)) >= 0) {
		ssize_t n = read(c, line, sizeof line);
		str all = str_n(line, n > 0 ? (size_t)n : 0), method, path;
		s->requests++;
		if (str_split(&all, ' ', &method) && str_split(&all, ' ', &path))
			reply(s, c, path);
		close(c);
	}
	return NULL;
}

static void open_port(int *fd, int *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof in;
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(*fd >= 0 && !bind(*fd, (struct sockaddr *)&in, sizeof in) && !listen(*fd, 8));
	CHECK(!getsockname(*fd, (struct sockaddr *)&in, &size));
	*port = ntohs(in.sin_port);
}

static bool only_port(void *arg, const struct sockaddr *sa)
{
	const struct served *s = arg;
	const struct sockaddr_in *in = (const void *)sa;
	return sa->sa_family == AF_INET && ntohs(in->sin_port) == s->port;
}

static bool is_png(void *arg, str head)
{
	return str_starts(head, STR("\x89PNG"));
}

static enum err get(struct arena *a, struct served *s, const char *path, str *body)
{
	struct fetch_options o = FETCH_OPTIONS_DEFAULT;
	o.max_bytes = 100000;
	o.allow = only_port;
	o.wanted = is_png;
	o.arg = s;
	return net_fetch(a, str_printf(a, "http://127.0.0.1:%d%s", s->port, path), &o, body);
}

TEST(fetch_within_bounds)
{
	ARENA_AUTO a = arena_new();
	struct served s = {0};
	int inner;
	str body;
	open_port(&s.fd, &s.port);
	open_port(&inner, &s.inner_port);
	CHECK(!pthread_create(&s.thread, NULL, serve, &s));
	CHECK_INT(get(a, &s, "/ok", &body), ERR_OK);
	CHECK_STR(body, PNG);
	CHECK_INT(get(a, &s, "/moved", &body), ERR_OK);
	CHECK_INT(get(a, &s, "/svg", &body), ERR_CONFLICT);
	CHECK_INT(get(a, &s, "/away", &body), ERR_DENIED);
	CHECK(get(a, &s, "/file", &body) != ERR_OK);
	CHECK_INT(get(a, &s, "/round", &body), ERR_IO);
	CHECK_INT(get(a, &s, "/endless", &body), ERR_TOO_LARGE);
	CHECK_INT(get(a, &s, "/nothing", &body), ERR_NOT_FOUND);
	CHECK(!body.n);
	/* The default judges addresses: none of these spellings reaches the server. */
	int before = s.requests;
	static const char *const spellings[] = {
	    "127.0.0.1",          "127.1",   "2130706433", "0x7f.0.0.1",     "0177.0.0.1", "[::1]",
	    "[::ffff:127.0.0.1]", "0.0.0.0", "localhost",  "169.254.169.254"};
	struct fetch_options o = FETCH_OPTIONS_DEFAULT;
	o.timeout_ms = 3000;
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		str url = str_printf(a, "http://%s:%d/ok", spellings[i], s.port);
		CHECK(net_fetch(a, url, &o, &body) != ERR_OK);
	}
	CHECK_INT(s.requests, before);
	CHECK_INT(net_fetch(a, STR("file:///etc/passwd"), &o, &body), ERR_INVALID);
	CHECK_INT(net_fetch(a, STR("gopher://127.0.0.1/"), &o, &body), ERR_INVALID);
	shutdown(s.fd, SHUT_RDWR);
	pthread_join(s.thread, NULL);
	close(s.fd);
	close(inner);
}
