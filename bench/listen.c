/* listen.c: many listeners to live updates, as browsers are.
 *
 * listen PORT PID CONNECTIONS COOKIE TICKET
 *
 * 1. CONNECTIONS event streams are opened and left alone: how much more does the server, process
 *    PID, hold resident for each?
 * 2. A ticket's priority is changed, ten times: how long from the request until the last listener
 * has the event? Beside it stands a bare loop in this program that writes the same bytes to as many
 *    connections of its own.
 * 3. All connections are cut, the ticket is changed once more, and all come back at once from where
 *    they were: how long until the last has what it missed?
 *
 * Prints one JSON object: connect_s, idle_bytes, event_ms and event_max_ms (median and worst),
 * bare_ms, storm_s, errors.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMES = 10, TAIL = 40, PATIENCE_S = 60, ADDRESSES = 8 };

/* What a round waits for: each listener counts once it has heard this text. */
struct listener {
	int fd;
	bool heard;
	bool accepted;   /* the answer began with 200 */
	int64_t due;     /* refused: when it tries again; 0: it is connected, or given up */
	char tail[TAIL]; /* the end of what was read, as the text may come in two pieces */
	size_t n_tail;
};

struct crowd {
	int port, epoll;
	size_t n, left; /* left: have not heard it yet */
	struct listener *v;
	char request[2048];
	long errors, refused;
};

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* ---- listening ---- */

static void drop(struct crowd *c, struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->n_tail = 0;
	if (!l->heard) {
		if (!c->errors++)
			fprintf(stderr, "listen: a connection was lost or refused\n");
		l->heard = true;
		c->left--;
	}
}

/* A server that has enough to do says 503: the client comes back soon, not all at the same time. */
static void come_back_later(struct crowd *c, struct listener *l)
{
	close(l->fd);
	l->fd = -1;
	l->n_tail = 0;
	l->due = client_now() + 100000 + (int64_t)(c->refused++ % 400) * 1000;
}

static void hear(struct crowd *c, struct listener *l, const char *text)
{
	char buf[16384];
	memcpy(buf, l->tail, l->n_tail);
	ssize_t n = read(l->fd, buf + l->n_tail, sizeof buf - 1 - l->n_tail);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			drop(c, l);
		return;
	}
	size_t all = l->n_tail + (size_t)n;
	buf[all] = 0;
	if (!l->accepted && strncmp(buf, "HTTP/1.1 503", 12) == 0) {
		come_back_later(c, l);
		return;
	}
	l->accepted = true;
	if (!l->heard && strstr(buf, text)) {
		l->heard = true;
		c->left--;
	}
	l->n_tail = all < TAIL ? all : TAIL;
	memcpy(l->tail, buf + all - l->n_tail, l->n_tail);
}

static void expect(struct crowd *c)
{
	c->left = c->n;
	for (size_t i = 0; i < c->n; i++) {
		c->v[i].heard = false;
		c->v[i].n_tail = 0;
	}
}

static void open_one(struct crowd *c, struct listener *l)
{
	size_t n = strlen(c->request);
	l->due = 0;
	l->accepted = false;
	l->fd = client_dial(c->port, 2 + (int)((l - c->v) % ADDRESSES));
	if (l->fd < 0 || write(l->fd, c->request, n) != (ssize_t)n) {
		drop(c, l);
		return;
	}
	set_nonblocking(l->fd);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = l};
	epoll_ctl(c->epoll, EPOLL_CTL_ADD, l->fd, &ev);
}

/* All at once, as far as a loop can: connections and requests without waiting for answers. */
static void open_all(struct crowd *c)
{
	for (size_t i = 0; i < c->n; i++)
		open_one(c, &c->v[i]);
}

static void retry(struct crowd *c)
{
	int64_t now = client_now();
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].due && c->v[i].due <= now)
			open_one(c, &c->v[i]);
}

/* Until everyone has heard the text; the time then. */
static int64_t wait_for(struct crowd *c, const char *text)
{
	struct epoll_event ev[256];
	int64_t end = client_now() + PATIENCE_S * 1000000LL, looked = 0;
	while (c->left && client_now() < end) {
		int n = epoll_wait(c->epoll, ev, 256, 20);
		for (int i = 0; i < n; i++)
			if (((struct listener *)ev[i].data.ptr)->fd >= 0)
				hear(c, ev[i].data.ptr, text);
		if (client_now() > looked + 20000) {
			retry(c);
			looked = client_now();
		}
	}
	if (c->left)
		fprintf(stderr, "listen: %zu of %zu never heard %s\n", c->left, c->n, text);
	c->errors += (long)c->left;
	return client_now();
}

/* ---- the server ---- */

static long resident(const char *pid)
{
	char path[64], line[256];
	long kib = 0;
	snprintf(path, sizeof path, "/proc/%s/status", pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	if (f)
		fclose(f);
	return kib * 1024;
}

/* Sends the request on a connection of its own and keeps the answer's end in out. */
static bool ask(int port, const char *request, char *out, size_t cap)
{
	int fd = client_dial(port, 0);
	size_t n = 0;
	ssize_t k;
	if (fd < 0)
		return false;
	if (write(fd, request, strlen(request)) > 0)
		while (n + 1 < cap && (k = read(fd, out + n, cap - 1 - n)) > 0)
			n += (size_t)k;
	out[n] = 0;
	close(fd);
	return n > 12 && out[9] == '2';
}

static bool change(const struct crowd *c, const char *cookie, const char *ticket, int turn)
{
	char request[2048], answer[16384], body[64];
	int n = snprintf(body, sizeof body, "{\"priority\":\"%s\"}", turn % 2 ? "high" : "low");
	snprintf(request, sizeof request,
	         "PATCH /api/v1/tickets/%s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n"
	         "X-Requested-With: otklik\r\nContent-Type: application/json\r\n"
	         "Connection: close\r\nContent-Length: %d\r\n\r\n%s",
	         ticket, cookie, n, body);
	bool ok = ask(c->port, request, answer, sizeof answer);
	if (!ok)
		fprintf(stderr, "listen: %.300s\n", answer);
	return ok;
}

/* The request of a listener who knows all that is in the log now. */
static void write_request(struct crowd *c, const char *cookie)
{
	static const char get[] =
	    "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	char answer[65536];
	char *at = ask(c->port, get, answer, sizeof answer) ? strstr(answer, "\notklik_event_head ")
	                                                    : NULL;
	snprintf(c->request, sizeof c->request,
	         "GET /api/v1/events/stream?after=%ld HTTP/1.1\r\nHost: localhost\r\n"
	         "Accept: text/event-stream\r\nX-Requested-With: otklik\r\nCookie: %s\r\n\r\n",
	         at ? strtol(at + 19, NULL, 10) : 0, cookie);
}

/* ---- the limit: a bare loop that writes to as many ---- */

struct bare {
	int listener;
	size_t n;
	int *fds;
};

static void *accept_all(void *arg)
{
	struct bare *b = arg;
	for (size_t i = 0; i < b->n; i++)
		b->fds[i] = accept(b->listener, NULL, NULL);
	return NULL;
}

static void *write_all(void *arg)
{
	struct bare *b = arg;
	char line[180];
	memset(line, 'x', sizeof line);
	memcpy(line, "\"ticket.changed\"", 16);
	for (size_t i = 0; i < b->n; i++)
		if (write(b->fds[i], line, sizeof line) < 0)
			break;
	return NULL;
}

static double measure_bare(size_t n)
{
	struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof me;
	struct bare b = {.listener = socket(AF_INET, SOCK_STREAM, 0), .n = n};
	struct crowd c = {.n = n, .epoll = epoll_create1(0), .request = "\n"};
	pthread_t thread;
	if (bind(b.listener, (struct sockaddr *)&me, size) || listen(b.listener, 1024) ||
	    getsockname(b.listener, (struct sockaddr *)&me, &size))
		return 0;
	b.fds = calloc(n, sizeof *b.fds);
	c.v = calloc(n, sizeof *c.v);
	c.port = ntohs(me.sin_port);
	pthread_create(&thread, NULL, accept_all, &b);
	open_all(&c);
	pthread_join(thread, NULL);
	int64_t t0 = client_now();
	expect(&c);
	pthread_create(&thread, NULL, write_all, &b);
	int64_t t1 = wait_for(&c, "\"ticket.changed\"");
	pthread_join(thread, NULL);
	for (size_t i = 0; i < n; i++) {
		close(c.v[i].fd);
		close(b.fds[i]);
	}
	close(b.listener);
	close(c.epoll);
	free(b.fds);
	free(c.v);
	return (double)(t1 - t0) / 1000;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: listen PORT PID CONNECTIONS COOKIE TICKET\n");
		return 2;
	}
	const char *pid = argv[2], *cookie = argv[4], *ticket = argv[5];
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	struct crowd c = {.port = (int)strtol(argv[1], NULL, 10),
	                  .n = strtoul(argv[3], NULL, 10),
	                  .epoll = epoll_create1(0)};
	c.v = calloc(c.n, sizeof *c.v);
	double bare = measure_bare(c.n / 2) * 2; /* twice as many descriptors may be too many */

	write_request(&c, cookie);
	long before = resident(pid);
	int64_t t0 = client_now();
	expect(&c);
	open_all(&c);
	double connect_s = (double)(wait_for(&c, "\"hello\"") - t0) / 1e6;
	sleep(2);
	double idle = (double)(resident(pid) - before) / (double)c.n;

	double ms[TIMES];
	for (int i = 0; i < TIMES; i++) {
		expect(&c);
		t0 = client_now();
		if (!change(&c, cookie, ticket, i))
			c.errors++;
		ms[i] = (double)(wait_for(&c, "\"ticket.changed\"") - t0) / 1000;
	}
	qsort(ms, TIMES, sizeof *ms, by_value);

	write_request(&c, cookie);
	for (size_t i = 0; i < c.n; i++)
		if (c.v[i].fd >= 0)
			close(c.v[i].fd);
	if (!change(&c, cookie, ticket, TIMES))
		c.errors++;
	expect(&c);
	c.refused = 0;
	t0 = client_now();
	open_all(&c);
	double storm = (double)(wait_for(&c, "\"ticket.changed\"") - t0) / 1e6;
	printf("{\"connect_s\": %.3f, \"idle_bytes\": %.0f, \"event_ms\": %.2f, \"event_max_ms\": "
	       "%.2f, "
	       "\"bare_ms\": %.2f, \"storm_s\": %.3f, \"refused\": %ld, \"errors\": %ld}\n",
	       connect_s, idle, ms[TIMES / 2], ms[TIMES - 1], bare, storm, c.refused, c.errors);
	return 0;
}
