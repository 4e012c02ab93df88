/* http_fixture.h: a server on a loopback port and a blocking client, for the
 * tests of the server. What its handler does is named by the path. */
#ifndef OTKLIK_NET_HTTP_FIXTURE_H
#define OTKLIK_NET_HTTP_FIXTURE_H

#include "base/test.h"
#include "net/http.h"

#include <pthread.h>
#include <semaphore.h>

/* One server under test: what its handler is to do is named by the path. */
struct fixture {
	struct http_server *server;
	struct http_options opt;
	pthread_mutex_t lock;
	struct http_req *held; /* of "/hold", to be answered by the test */
	struct http_stream *stream;
	/* Posted for a held request, a stream, a message, a close, the end of a drain. */
	sem_t event;
	int close_code;
	bool drained;
	char said[256];
};

/* Options with port 0 and trusted proxies on 127.0.0.1 and 10.0.0.0/8;
 * to be changed before start. */
void setup(struct fixture *f);
void start(struct fixture *f);
void stop(struct fixture *f);
/* The handler itself. */
void on_request(struct http_req *r, void *arg);
void answer(struct http_req *r, int status, const char *text);
/* For http_server_drain. */
void on_drained(void *arg);

int dial(const struct fixture *f);
int dial_port(int port);
void say(int fd, str s);
/* Everything until the server closes. */
str hear_all(struct arena *a, int fd);
/* Until the text has been seen, byte by byte so as to leave the rest. */
str hear_until(struct arena *a, int fd, const char *end);
str hear_n(struct arena *a, int fd, size_t n);
/* The whole answer to a request on a connection of its own. */
str ask(struct arena *a, const struct fixture *f, str request);
size_t count_of(str s, const char *what);

#define GET_CLOSE(path) STR("GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

#endif
