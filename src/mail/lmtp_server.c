/* lmtp_server.c: see lmtp_server.h.
 *
 * The accept thread and every connection thread watch one pipe, whose read end
 * becomes readable when the server stops. A connection is in the list from accept
 * until its thread is about to end; stop waits for an empty list. */
#include "mail/lmtp_server.h"
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES ((size_t)65536)

struct lmtp_server {
	struct lmtp_server_options o;
	char *hostname, *path; /* path: of the unix socket, to be removed */
	struct net_cidr *allow;
	size_t n_allow;
	int listener, port;
	int stop_read, stop_write;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int connections;
	size_t in_flight; /* bytes that the connections' letters hold or will */
	_Atomic int grace_seconds;
};

struct connection {
	struct lmtp_server *s;
	int fd;
	char peer[128];
	bool stopping;
	size_t held;        /* of the server's in_flight; under its lock */
	usec stop_deadline; /* once stopping: when even a letter under way is given up */
};

static void log_line(struct lmtp_server *s, const char *what, const char *peer, const char *detail)
{
	if (s->o.log)
		s->o.log(s->o.arg, what, str_of(peer), detail);
}

/* --- one connection --- */

enum wait { READY, TIMED_OUT, STOPPING, BROKEN };

/* Waits for fd until `deadline` (clock_mono). A stop is told once; from then on its own
 * deadline counts too. */
static enum wait wait_for(struct connection *c, short what, usec deadline)
{
	struct lmtp_server *s = c->s;
	struct pollfd p[2] = {{.fd = c->fd, .events = what},
	                      {.fd = s->stop_read, .events = POLLIN}};
	/* Another clock than the system's may be turned while we sleep. */
	int most = s->o.clock == clock_system() ? 60000 : 50;
	for (;;) {
		usec at = c->stopping && c->stop_deadline < deadline ? c->stop_deadline : deadline;
		usec left = at - clock_mono(s->o.clock);
		if (left <= 0)
			return TIMED_OUT;
		int ms = left / 1000 >= most ? most : (int)(left / 1000) + 1;
		int n = poll(p, c->stopping ? 1 : 2, ms);
		if (n < 0 && errno != EINTR)
			return BROKEN;
		if (n > 0 && !c->stopping && p[1].revents) {
			c->stopping = true;
			c->stop_deadline = clock_mono(s->o.clock) + s->grace_seconds * USEC_SECOND;
			return STOPPING;
		}
		if (n > 0 && p[0].revents)
			return READY;
	}
}

/* Writes all of the parser's words. */
static bool flush(struct connection *c, struct lmtp_parse *p)
{
	usec deadline = clock_mono(c->s->o.clock) + c->s->o.idle_seconds * USEC_SECOND;
	while (p->out.n > 0) {
		ssize_t n = send(c->fd, p->out.p, p->out.n, MSG_NOSIGNAL);
		if (n > 0) {
			buf_consume(&p->out, (size_t)n);
		} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			enum wait w = wait_for(c, POLLOUT, deadline);
			if (w == TIMED_OUT || w == BROKEN)
				return false;
		} else if (n == 0 || errno != EINTR) {
			return false;
		}
	}
	return true;
}

static bool take_room(void *arg, size_t n)
{
	struct connection *c = arg;
	struct lmtp_server *s = c->s;
	pthread_mutex_lock(&s->lock);
	/* What it holds itself counts for nobody else's sake: the only letter always finds room. */
	bool fits = s->in_flight == c->held ||
	            (n <= s->o.max_in_flight && s->in_flight <= s->o.max_in_flight - n);
	if (fits) {
		s->in_flight += n;
		c->held += n;
	}
	pthread_mutex_unlock(&s->lock);
	if (!fits)
		log_line(s, "lmtp.busy", c->peer, "the letters under way hold lmtp.max_in_flight");
	return fits;
}

static void give_room(void *arg, size_t n)
{
	struct connection *c = arg;
	pthread_mutex_lock(&c->s->lock);
	c->s->in_flight -= n;
	c->held -= n;
	pthread_mutex_unlock(&c->s->lock);
}

static void deliver(struct connection *c, struct lmtp_parse *p)
{
	struct lmtp_server *s = c->s;
	char peer[300];
	snprintf(peer, sizeof peer, "%s %.*s", c->peer,
	         (int)(p->peer_name.n > 100 ? 100 : p->peer_name.n),
	         p->peer_name.p ? p->peer_name.p : "");
	struct lmtp_letter letter = {.raw = buf_str(&p->data),
	                             .mail_from = p->mail_from,
	                             .recipients = p->recipients,
	                             .nrecipients = p->nrecipients,
	                             .peer = str_of(peer),
	                             .received = clock_now(s->o.clock),
	                             .smtputf8 = p->smtputf8};
	enum lmtp_reply *replies = ARENA_ARRAY(p->arena, p->nrecipients, enum lmtp_reply);
	for (size_t i = 0; i < p->nrecipients; i++)
		replies[i] = LMTP_TEMPORARY;
	s->o.deliver(s->o.arg, &letter, replies);
	lmtp_parse_done(p, replies);
}

static void name_recipient(struct connection *c, struct lmtp_parse *p)
{
	struct lmtp_server *s = c->s;
	struct error e = {0};
	lmtp_parse_rcpt(p, s->o.rcpt ? s->o.rcpt(s->o.arg, p->address, &e) : LMTP_ACCEPTED);
	if (e.detail[0])
		log_line(s, "lmtp.recipient", c->peer, e.detail);
}

/* Feeds what was read and answers events. False when the connection is over. */
static bool consume(struct connection *c, struct lmtp_parse *p, str in)
{
	for (;;) {
		enum lmtp_event event = lmtp_parse_feed(p, &in);
		if (event == LMTP_RCPT)
			name_recipient(c, p);
		else if (event == LMTP_LETTER)
			deliver(c, p);
		/* After a commit the answer goes out before anything else can fail. */
		if (event != LMTP_RCPT && !flush(c, p))
			return false;
		if (event == LMTP_CLOSE)
			return false;
		if (event == LMTP_MORE)
			return true;
	}
}

static void converse(struct connection *c)
{
	struct lmtp_server *s = c->s;
	struct lmtp_parse p;
	lmtp_parse_init(&p, &s->o.limits, str_of(s->hostname));
	p.take = take_room;
	p.give = give_room;
	p.take_arg = c;
	char *chunk = xmalloc(READ_BYTES);
	bool was_in_data = false;
	size_t letters = 0;
	usec letter_deadline = 0;
	bool open = flush(c, &p);
	while (open) {
		bool in_data = lmtp_parse_in_data(&p);
		if (c->stopping && !in_data) {
			lmtp_parse_goodbye(&p, "Going away, try again");
			flush(c, &p);
			break;
		}
		usec t = clock_mono(s->o.clock), deadline = t + s->o.idle_seconds * USEC_SECOND;
		if (in_data && (!was_in_data || p.letters != letters))
			letter_deadline = t + s->o.letter_seconds * USEC_SECOND;
		was_in_data = in_data;
		letters = p.letters;
		if (in_data && letter_deadline < deadline)
			deadline = letter_deadline;
		enum wait w = wait_for(c, POLLIN, deadline);
		if (w == STOPPING)
			continue;
		if (w == TIMED_OUT) {
			lmtp_parse_goodbye(&p, "Too slow");
			send(c->fd, p.out.p, p.out.n, MSG_NOSIGNAL | MSG_DONTWAIT);
			log_line(s, "lmtp.timeout", c->peer,
			         in_data ? "within a letter" : "between commands");
		}
		if (w != READY)
			break;
		ssize_t n = recv(c->fd, chunk, READ_BYTES, 0);
		if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
			continue;
		if (n <= 0)
			break;
		open = consume(c, &p, str_n(chunk, (size_t)n));
	}
	if (lmtp_parse_in_data(&p))
		log_line(s, "lmtp.cut", c->peer,
		         "the connection ended within a letter; nothing was taken");
	free(chunk);
	lmtp_parse_release(&p);
}

static void *connection_main(void *arg)
{
	struct connection *c = arg;
	struct lmtp_server *s = c->s;
	converse(c);
	close(c->fd);
	free(c);
	pthread_mutex_lock(&s->lock);
	s->connections--;
	pthread_cond_signal(&s->ended);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- the listener --- */

static void describe_peer(const struct sockaddr *sa, socklen_t len, char *out, size_t size)
{
	char host[64], port[16];
	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6) {
		snprintf(out, size, "unix");
		return;
	}
	if (getnameinfo(sa, len, host, sizeof host, port, sizeof port,
	                NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(out, size, "?");
	else
		snprintf(out, size, sa->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static void refuse(int fd, const char *why)
{
	ssize_t ignored = send(fd, why, strlen(why), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)ignored;
	close(fd);
}

/* Only loopback and unix sockets are trusted by nature; who may hand letters over
 * may write in anybody's name. */
static bool allowed(const struct lmtp_server *s, const struct sockaddr *sa)
{
	struct net_addr a;
	if (!s->n_allow || !net_addr_of(sa, &a))
		return true;
	for (size_t i = 0; i < s->n_allow; i++)
		if (net_cidr_has(&s->allow[i], &a))
			return true;
	return false;
}

#define BUSY "421 4.3.2 Too many connections\r\n"

static void accept_one(struct lmtp_server *s)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof sa;
	int fd = accept4(s->listener, (struct sockaddr *)&sa, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
			log_line(s, "lmtp.accept", "", strerrordesc_np(errno));
			poll(NULL, 0, 100); /* the connection stays in the queue: do not spin */
		}
		return;
	}
	if (!allowed(s, (struct sockaddr *)&sa)) {
		char peer[128];
		describe_peer((struct sockaddr *)&sa, len, peer, sizeof peer);
		log_line(s, "lmtp.denied", peer, "not in lmtp.allow");
		refuse(fd, "554 5.7.1 Access denied\r\n");
		return;
	}
	pthread_mutex_lock(&s->lock);
	bool room = s->connections < s->o.max_connections;
	s->connections += room;
	pthread_mutex_unlock(&s->lock);
	if (!room) {
		log_line(s, "lmtp.busy", "", "too many connections");
		refuse(fd, BUSY);
		return;
	}
	struct connection *c = xcalloc(1, sizeof *c);
	c->s = s;
	c->fd = fd;
	describe_peer((struct sockaddr *)&sa, len, c->peer, sizeof c->peer);
	pthread_t t;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int bad = pthread_create(&t, &attr, connection_main, c);
	pthread_attr_destroy(&attr);
	if (bad) {
		log_line(s, "lmtp.thread", c->peer, strerrordesc_np(bad));
		refuse(fd, BUSY);
		free(c);
		pthread_mutex_lock(&s->lock);
		s->connections--;
		pthread_mutex_unlock(&s->lock);
	}
}

static void *accept_main(void *arg)
{
	struct lmtp_server *s = arg;
	struct pollfd p[2] = {{.fd = s->listener, .events = POLLIN},
	                      {.fd = s->stop_read, .events = POLLIN}};
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents)
			break;
		if (p[0].revents)
			accept_one(s);
	}
	return NULL;
}

static enum err fail(struct error *e, const char *what, str bind_to)
{
	char where[300];
	int why = errno;
	snprintf(where, sizeof where, "LMTP %.*s (%s)", STR_FMT(bind_to), what);
	errno = why;
	return error_listen(e, where);
}

static enum err open_unix(struct lmtp_server *s, str path, struct error *e)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	if (path.n >= sizeof un.sun_path)
		return error_set(e, ERR_INVALID, "error.too_long", "bind", NULL);
	memcpy(un.sun_path, path.p, path.n);
	struct stat st;
	if (lstat(un.sun_path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return error_set(e, ERR_INVALID, "error.not_a_socket", "bind", un.sun_path);
		unlink(un.sun_path);
	}
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&un, sizeof un) < 0)
		return fail(e, "bind", path);
	s->path = xmalloc(path.n + 1);
	memcpy(s->path, un.sun_path, path.n + 1);
	if (chmod(s->path, 0660) < 0)
		return fail(e, "chmod", path);
	return ERR_OK;
}

/* The port stands in the same place in both families of addresses. */
static int port_of(const struct sockaddr_storage *sa)
{
	struct sockaddr_in in = {0};
	memcpy(&in, sa, sizeof in);
	return ntohs(in.sin_port);
}

static enum err open_tcp(struct lmtp_server *s, str where, struct error *e)
{
	char host[256], port[16];
	ptrdiff_t colon = str_rchr(where, ':');
	if (colon < 0 || where.n - (size_t)colon > sizeof port || (size_t)colon >= sizeof host)
		return error_set(e, ERR_INVALID, "error.bad_address", "bind", NULL);
	str h = str_sub(where, 0, (size_t)colon);
	if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
		h = str_sub(h, 1, h.n - 1);
	snprintf(host, sizeof host, "%.*s", STR_FMT(h));
	snprintf(port, sizeof port, "%.*s", STR_FMT(str_from(where, (size_t)colon + 1)));
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	                         .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
	                *list = NULL;
	int bad = getaddrinfo(h.n ? host : NULL, port, &hints, &list);
	if (bad)
		return error_set(e, ERR_INVALID, "error.bad_address", "bind", gai_strerror(bad));
	s->listener = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;
	bool good = s->listener >= 0 &&
	            setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
	            bind(s->listener, list->ai_addr, list->ai_addrlen) == 0;
	freeaddrinfo(list);
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof sa;
	if (!good || getsockname(s->listener, (struct sockaddr *)&sa, &len) < 0)
		return fail(e, "bind", where);
	s->port = port_of(&sa);
	return ERR_OK;
}

static char *copy_z(str s)
{
	char *z = xmalloc(s.n + 1);
	if (s.n)
		memcpy(z, s.p, s.n);
	z[s.n] = 0;
	return z;
}

/* A socket from the process before. */
static enum err adopt(struct lmtp_server *s, int fd, str where, struct error *e)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof sa;
	int flags = fcntl(fd, F_GETFL);
	s->listener = fd;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return fail(e, "take over", where);
	if (sa.ss_family == AF_UNIX)
		s->path = copy_z(where);
	else
		s->port = port_of(&sa);
	return ERR_OK;
}

int lmtp_server_hand_over(struct lmtp_server *s)
{
	int fd = fcntl(s->listener, F_DUPFD_CLOEXEC, 3);
	if (fd >= 0) {
		free(s->path);
		s->path = NULL;
	}
	return fd;
}

static void server_free(struct lmtp_server *s)
{
	if (s->listener >= 0)
		close(s->listener);
	if (s->path)
		unlink(s->path);
	if (s->stop_read >= 0) {
		close(s->stop_read);
		close(s->stop_write);
	}
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->ended);
	free(s->path);
	free(s->hostname);
	free(s->allow);
	free(s);
}

static enum err take_allowed(struct lmtp_server *s, const struct lmtp_server_options *o,
                             struct error *e)
{
	s->o.allow = NULL; /* the caller's */
	s->allow = xcalloc(o->n_allow + 1, sizeof *s->allow);
	for (; s->n_allow < o->n_allow; s->n_allow++) {
		str text = o->allow[s->n_allow];
		if (net_cidr_parse(text, &s->allow[s->n_allow]))
			continue;
		char arg[64];
		snprintf(arg, sizeof arg, "%.*s", STR_FMT(text));
		return error_set(e, ERR_INVALID, "error.network", "lmtp.allow", arg);
	}
	return ERR_OK;
}

enum err lmtp_server_start(const struct lmtp_server_options *o, struct lmtp_server **out,
                           struct error *e)
{
	struct lmtp_server *s = xcalloc(1, sizeof *s);
	*out = NULL;
	s->o = *o;
	s->listener = s->stop_read = s->stop_write = -1;
	s->hostname = copy_z(o->hostname.n ? o->hostname : STR("localhost"));
	s->o.bind = s->o.hostname = STR_NONE; /* the caller's */
	if (!s->o.clock)
		s->o.clock = clock_system();
	if (s->o.max_connections <= 0)
		s->o.max_connections = 20;
	if (!s->o.max_in_flight)
		s->o.max_in_flight = (size_t)256 << 20;
	if (s->o.idle_seconds <= 0)
		s->o.idle_seconds = 300;
	if (s->o.letter_seconds <= 0)
		s->o.letter_seconds = 1800;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->ended, &attr);
	pthread_condattr_destroy(&attr);
	int ends[2] = {-1, -1};
	enum err err = take_allowed(s, o, e);
	if (err) {
		server_free(s);
		return err;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		err = fail(e, "pipe for", o->bind);
	} else {
		s->stop_read = ends[0];
		s->stop_write = ends[1];
		err = o->listen_fd > 0                ? adopt(s, o->listen_fd, o->bind, e)
		      : str_starts(o->bind, STR("/")) ? open_unix(s, o->bind, e)
		                                      : open_tcp(s, o->bind, e);
	}
	if (!err && o->listen_fd <= 0 && listen(s->listener, 128) < 0)
		err = fail(e, "listen on", o->bind);
	if (!err && (errno = pthread_create(&s->thread, NULL, accept_main, s)))
		err = fail(e, "thread for", o->bind);
	if (err) {
		server_free(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

int lmtp_server_port(const struct lmtp_server *s)
{
	return s->port;
}

int lmtp_server_connections(struct lmtp_server *s)
{
	pthread_mutex_lock(&s->lock);
	int n = s->connections;
	pthread_mutex_unlock(&s->lock);
	return n;
}

size_t lmtp_server_in_flight(struct lmtp_server *s)
{
	pthread_mutex_lock(&s->lock);
	size_t n = s->in_flight;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void lmtp_server_stop(struct lmtp_server *s, int grace_seconds)
{
	if (!s)
		return;
	s->grace_seconds = grace_seconds;
	/* Never read: stays readable for all. */
	ssize_t ignored = write(s->stop_write, "x", 1);
	(void)ignored;
	pthread_join(s->thread, NULL);
	pthread_mutex_lock(&s->lock);
	while (s->connections > 0)
		pthread_cond_wait(&s->ended, &s->lock);
	pthread_mutex_unlock(&s->lock);
	server_free(s);
}
