/* lmtp_server_test.c: real connections over loopback and a unix socket. */
#include "mail/lmtp_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/test.h"

/* What the callbacks saw; `gate` holds a delivery up until it is opened. */
struct seen {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	int letters, entered;
	bool gate_closed;
	char raw[2000], peer[200];
	usec received;
};

static void deliver(void *arg, const struct lmtp_letter *l, enum lmtp_reply *replies)
{
	struct seen *s = arg;
	pthread_mutex_lock(&s->lock);
	s->entered++;
	pthread_cond_broadcast(&s->moved);
	while (s->gate_closed)
		pthread_cond_wait(&s->moved, &s->lock);
	s->letters++;
	snprintf(s->raw, sizeof s->raw, "%.*s", STR_FMT(l->raw));
	snprintf(s->peer, sizeof s->peer, "%.*s", STR_FMT(l->peer));
	s->received = l->received;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < l->nrecipients; i++)
		if (!str_starts(l->recipients[i], STR("later@")))
			replies[i] = LMTP_ACCEPTED;
}

static enum lmtp_reply rcpt(void *arg, str address, struct error *e)
{
	return str_ends(address, STR("@d.ru")) ? LMTP_ACCEPTED : LMTP_UNKNOWN;
}

static struct seen *seen_new(void)
{
	struct seen *s = xcalloc(1, sizeof *s);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	return s;
}

static struct lmtp_server *start(struct lmtp_server_options *o, struct seen *s)
{
	struct lmtp_server *server;
	struct error e;
	if (!o->bind.n)
		o->bind = STR("127.0.0.1:0");
	o->hostname = STR("desk");
	o->rcpt = rcpt;
	o->deliver = deliver;
	o->arg = s;
	CHECK_OK(lmtp_server_start(o, &server, &e), &e);
	return server;
}

static int connect_to(const struct lmtp_server *s)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)lmtp_server_port(s))};
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&in, sizeof in) == 0);
	return fd;
}

static void say(int fd, const char *text)
{
	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until the text ends with `end`, or the peer closes. */
static str hear(struct arena *a, int fd, const char *end)
{
	BUF_AUTO b;
	buf_init(&b, 100000);
	while (!*end || !str_ends(buf_str(&b), str_of(end))) {
		char *p = buf_reserve(&b, 1000);
		ssize_t n = p ? recv(fd, p, 1000, 0) : -1;
		if (n <= 0)
			break;
		buf_commit(&b, (size_t)n);
	}
	return str_dup(a, buf_str(&b));
}

#define OPEN                                                                                       \
	"LHLO mx.b.ru\r\nMAIL FROM:<a@b.ru>\r\nRCPT TO:<c@d.ru>\r\nRCPT TO:<x@z.ru>\r\nRCPT "      \
	"TO:<later@d.ru>\r\nDATA\r\n"

TEST(lmtp_server_takes_a_letter)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	struct lmtp_server_options o = {.clock = clock_manual_new(1700000000 * USEC_SECOND)};
	struct lmtp_server *server = start(&o, s);
	int fd = connect_to(server);
	say(fd, OPEN);
	str out = hear(a, fd, "<CRLF>.<CRLF>\r\n");
	CHECK(str_find(out, STR("550 5.1.1")) > 0);
	say(fd, "Subject: x\r\n\r\n..\r\n.\r\nQUIT\r\n");
	CHECK_STR(hear(a, fd, ""),
	          "250 2.0.0 Taken\r\n451 4.3.0 Not stored, try again later\r\n221 2.0.0 Bye\r\n");
	CHECK_INT(s->letters, 1);
	CHECK_STR(str_of(s->raw), "Subject: x\r\n\r\n.\r\n");
	CHECK(str_starts(str_of(s->peer), STR("127.0.0.1:")) &&
	      str_ends(str_of(s->peer), STR(" mx.b.ru")));
	CHECK_INT(s->received, 1700000000 * USEC_SECOND);
	close(fd);
	lmtp_server_stop(server, 5);
	clock_free(o.clock);
	free(s);
}

TEST(lmtp_server_on_a_unix_socket)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	str path = str_printf(a, "%s/lmtp.sock", test_tmp_dir());
	struct lmtp_server_options o = {.bind = path};
	struct lmtp_server *server = start(&o, s);
	struct stat st;
	CHECK(stat(path.p, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0660);
	CHECK_INT(lmtp_server_port(server), 0);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	memcpy(un.sun_path, path.p, path.n);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(fd, (struct sockaddr *)&un, sizeof un) == 0);
	say(fd, OPEN);
	hear(a, fd, "<CRLF>.<CRLF>\r\n");
	say(fd, "x\r\n.\r\nQUIT\r\n");
	hear(a, fd, "");
	CHECK_STR(str_of(s->peer), "unix mx.b.ru");
	close(fd);
	lmtp_server_stop(server, 5);
	CHECK(stat(path.p, &st) != 0);
	free(s);
}

TEST(lmtp_server_refuses_what_it_cannot_bind)
{
	ARENA_AUTO a = arena_new();
	struct lmtp_server *server;
	struct error e = {0};
	struct lmtp_server_options o = {.bind = STR("nonsense"), .deliver = deliver};
	CHECK_INT(lmtp_server_start(&o, &server, &e), ERR_INVALID);
	CHECK_STR(str_of(e.field), "bind");
	str path = str_printf(a, "%s/file", test_tmp_dir());
	FILE *f = fopen(path.p, "w");
	fclose(f);
	o.bind = path;
	CHECK_INT(lmtp_server_start(&o, &server, &e), ERR_INVALID);
	CHECK(server == NULL);
	o.bind = STR("/nonexistent-folder/x");
	CHECK_INT(lmtp_server_start(&o, &server, &e), ERR_IO);
}

TEST(lmtp_server_asks_who_comes)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	const str others[] = {STR("192.0.2.0/24"), STR("::1")};
	const str us[] = {STR("192.0.2.0/24"), STR("127.0.0.0/8")};
	struct lmtp_server_options o = {.allow = others, .n_allow = 2};
	struct lmtp_server *server = start(&o, s);
	int fd = connect_to(server);
	CHECK_STR(hear(a, fd, ""), "554 5.7.1 Access denied\r\n");
	close(fd);
	CHECK_INT(lmtp_server_connections(server), 0);
	lmtp_server_stop(server, 5);
	o.allow = us;
	server = start(&o, s);
	fd = connect_to(server);
	CHECK(str_starts(hear(a, fd, "ready\r\n"), STR("220 ")));
	close(fd);
	lmtp_server_stop(server, 5);
	/* A socket's own mode says who may. */
	o.allow = others;
	o.bind = str_printf(a, "%s/allow.sock", test_tmp_dir());
	server = start(&o, s);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	memcpy(un.sun_path, o.bind.p, o.bind.n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&un, sizeof un) == 0);
	CHECK(str_starts(hear(a, fd, "ready\r\n"), STR("220 ")));
	close(fd);
	lmtp_server_stop(server, 5);
	const str wrong = STR("10.0.0.1/8");
	struct error e;
	o.allow = &wrong;
	o.n_allow = 1;
	CHECK_INT(lmtp_server_start(&o, &server, &e), ERR_INVALID);
	CHECK_STR(str_of(e.arg), "10.0.0.1/8");
	free(s);
}

TEST(lmtp_server_bounds_connections)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	struct lmtp_server_options o = {.max_connections = 1};
	struct lmtp_server *server = start(&o, s);
	int one = connect_to(server);
	hear(a, one, "ready\r\n");
	int two = connect_to(server);
	CHECK_STR(hear(a, two, ""), "421 4.3.2 Too many connections\r\n");
	close(two);
	say(one, "QUIT\r\n");
	hear(a, one, "");
	close(one);
	lmtp_server_stop(server, 5);
	free(s);
}

#define SHARE(size) "LHLO mx.b.ru\r\nMAIL FROM:<a@b.ru>" size "\r\nRCPT TO:<c@d.ru>\r\nDATA\r\n"
#define READY "<CRLF>.<CRLF>\r\n"
#define FULL "452 4.3.1 Too much under way, try again later\r\n"

TEST(lmtp_server_bounds_bytes_under_way)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	struct lmtp_server_options o = {.max_in_flight = 600000};
	struct lmtp_server *server = start(&o, s);
	int one = connect_to(server), two = connect_to(server);
	/* What was announced counts from DATA on ... */
	say(one, SHARE(" SIZE=500000"));
	hear(a, one, READY);
	CHECK_INT(lmtp_server_in_flight(server), 500000);
	say(two, SHARE(" SIZE=100001"));
	CHECK(str_ends(hear(a, two, FULL), STR("OK\r\n" FULL)));
	/* ... and what was not, as it comes: the sender keeps it, nobody delivers it. */
	say(two, "DATA\r\n");
	hear(a, two, FULL);
	say(two, "RSET\r\nMAIL FROM:<a@b.ru>\r\nRCPT TO:<c@d.ru>\r\nDATA\r\n");
	hear(a, two, READY);
	say(two, "Subject: x\r\n\r\ntext\r\n.\r\n");
	CHECK_STR(hear(a, two, FULL), FULL);
	CHECK_INT(s->letters, 0);
	say(one, "Subject: x\r\n\r\ntext\r\n.\r\n");
	CHECK_STR(hear(a, one, "Taken\r\n"), "250 2.0.0 Taken\r\n");
	CHECK_INT(lmtp_server_in_flight(server), 0);
	/* Tried again, it is taken; and the only one finds room whatever its size. */
	say(two, "MAIL FROM:<a@b.ru> SIZE=900000\r\nRCPT TO:<c@d.ru>\r\nDATA\r\n");
	hear(a, two, READY);
	CHECK_INT(lmtp_server_in_flight(server), 900000);
	say(two, "Subject: y\r\n\r\ntext\r\n.\r\n");
	CHECK_STR(hear(a, two, "Taken\r\n"), "250 2.0.0 Taken\r\n");
	CHECK_INT(s->letters, 2);
	/* A connection that ends within a letter gives back what it held. */
	say(two, "MAIL FROM:<a@b.ru> SIZE=600000\r\nRCPT TO:<c@d.ru>\r\nDATA\r\n");
	hear(a, two, READY);
	shutdown(two, SHUT_WR);
	hear(a, two, "");
	CHECK_INT(lmtp_server_in_flight(server), 0);
	close(one);
	close(two);
	lmtp_server_stop(server, 5);
	free(s);
}

struct stopper {
	pthread_t thread;
	struct lmtp_server *server;
};

static void *stop_main(void *arg)
{
	struct stopper *s = arg;
	lmtp_server_stop(s->server, 60);
	return NULL;
}

TEST(lmtp_server_stop_finishes_the_letter)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	struct lmtp_server_options o = {0};
	struct stopper stop = {.server = start(&o, s)};
	int idle = connect_to(stop.server), busy = connect_to(stop.server),
	    deep = connect_to(stop.server);
	hear(a, idle, "ready\r\n");
	say(busy, OPEN);
	hear(a, busy, "<CRLF>.<CRLF>\r\n");
	say(deep, OPEN);
	hear(a, deep, "<CRLF>.<CRLF>\r\n");
	s->gate_closed = true;
	say(deep, "x\r\n.\r\n"); /* within deliver when the stop comes */
	pthread_mutex_lock(&s->lock);
	while (s->entered == 0)
		pthread_cond_wait(&s->moved, &s->lock);
	pthread_mutex_unlock(&s->lock);
	pthread_create(&stop.thread, NULL, stop_main, &stop);
	CHECK(str_find(hear(a, idle, ""), STR("421 4.3.2")) >= 0);
	pthread_mutex_lock(&s->lock);
	s->gate_closed = false;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
	CHECK(str_starts(hear(a, deep, ""), STR("250 2.0.0 Taken\r\n451")));
	say(busy, "y\r\n.\r\n");
	str out = hear(a, busy, "");
	CHECK(str_starts(out, STR("250 2.0.0 Taken\r\n451")) &&
	      str_find(out, STR("421 4.3.2")) > 0);
	pthread_join(stop.thread, NULL);
	CHECK_INT(s->letters, 2);
	close(idle);
	close(busy);
	close(deep);
	free(s);
}

TEST(lmtp_server_cut_letter_is_not_delivered)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	struct lmtp_server_options o = {0};
	struct lmtp_server *server = start(&o, s);
	int fd = connect_to(server);
	say(fd, OPEN);
	hear(a, fd, "<CRLF>.<CRLF>\r\n");
	say(fd, "Subject: half\r\n.");
	close(fd);
	lmtp_server_stop(server, 5);
	CHECK_INT(s->letters, 0);
	free(s);
}

TEST(lmtp_server_slow_client_is_dropped)
{
	ARENA_AUTO a = arena_new();
	struct seen *s = seen_new();
	struct lmtp_server_options o = {.clock = clock_manual_new(0), .idle_seconds = 10};
	struct lmtp_server *server = start(&o, s);
	int fd = connect_to(server);
	hear(a, fd, "ready\r\n");
	/* The thread may not have looked at the clock yet: turn it until it has. */
	struct pollfd p = {.fd = fd, .events = POLLIN};
	do
		clock_advance(o.clock, 3600 * USEC_SECOND);
	while (poll(&p, 1, 20) == 0);
	CHECK_STR(hear(a, fd, ""), "421 4.3.2 Too slow\r\n");
	close(fd);
	lmtp_server_stop(server, 5);
	clock_free(o.clock);
	free(s);
}
