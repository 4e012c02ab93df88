/* http_server.c: options, listening, dealing out connections, drain and stop.
 *
 * One socket listens, watched by the first loop, which deals connections out in
 * turn. (A socket per loop with SO_REUSEPORT would lose what waits in its
 * backlog when a process hands over to its successor; one socket that both
 * processes hold loses nothing, and taking turns spreads long-lived streams
 * evenly.) */
#include "net/http_internal.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

enum { ACCEPT_BATCH = 32 };
static const usec ACCEPT_PAUSE = USEC_SECOND / 10;

struct http_server {
	struct arena *arena;
	struct http_options opt;
	struct net_cidr trusted[HTTP_MAX_TRUSTED];
	size_t n_trusted;
	bool trusts_unix;
	struct http_loop **loops;
	size_t n_loops, next_loop;
	struct net_watch listener;
	struct net_timer accept_again;
	bool listening; /* the listener is watched; first loop's thread */
	bool started, stopped;
	atomic_bool full; /* the listener waits for a connection to end */
	atomic_bool draining;
	/* Connections, those being handed over included, and one for the listener:
	 * at zero a drain is done. */
	atomic_llong holds;
	void (*drained)(void *arg);
	void *drained_arg;
	struct http_counters counters;
};

void http_options_init(struct http_options *o)
{
	*o = (struct http_options){
	    .address = "127.0.0.1",
	    .port = 8080,
	    .listen_fd = -1,
	    .loops = 2,
	    .backlog = 1024,
	    .body_memory = 256 * 1024,
	    .spool_dir = "/tmp",
	    .spool_total = (int64_t)1 << 30,
	    .max_connections = 10000,
	    .stream_queue = 256 * 1024,
	    .stream_message = 64 * 1024,
	    .head_timeout = 10 * USEC_SECOND,
	    .idle_timeout = 60 * USEC_SECOND,
	    .body_window = 15 * USEC_SECOND,
	    .body_rate = 500,
	    .write_window = 20 * USEC_SECOND,
	    .write_rate = 500,
	    .linger_timeout = 2 * USEC_SECOND,
	    .drain_idle = USEC_SECOND,
	    .heartbeat = 25 * USEC_SECOND,
	};
	http_limits_init(&o->limits);
}

struct http_counters *http_server_counters(struct http_server *s)
{
	return &s->counters;
}

bool http_server_trusts(const struct http_server *s, const struct net_addr *a)
{
	for (size_t i = 0; i < s->n_trusted; i++)
		if (net_cidr_has(&s->trusted[i], a))
			return true;
	return false;
}

bool http_server_trusts_unix(const struct http_server *s)
{
	return s->trusts_unix;
}

/* ---- loops ---- */

void http_loop_unref(struct http_loop *l)
{
	if (atomic_fetch_sub(&l->refs, 1) > 1)
		return;
	net_loop_free(l->loop);
	free(l->scratch);
	arena_free(l->spare_arena);
	buf_release(&l->spare_out);
	buf_release(&l->spare_body);
	free(l);
}

usec http_loop_wall_time(struct http_loop *l)
{
	if (l->opt.now)
		return l->opt.now(l->opt.now_arg);
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (usec)ts.tv_sec * USEC_SECOND + ts.tv_nsec / 1000;
}

const char *http_loop_date(struct http_loop *l)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = http_loop_wall_time(l) / USEC_SECOND;
	if (l->date[0] && l->date_second == now)
		return l->date;
	struct tm tm;
	gmtime_r(&now, &tm);
	l->date_second = now;
	snprintf(l->date, sizeof l->date, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
	         days + 3 * tm.tm_wday, (unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon,
	         (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
	         (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
	return l->date;
}

static enum err add_loop(struct http_server *s, const struct http_handlers *h, void *arg,
                         struct error *e)
{
	struct http_loop *l = xcalloc(1, sizeof *l);
	enum err r = net_loop_new(&l->loop, e);
	if (r) {
		free(l);
		return r;
	}
	l->server = s;
	atomic_init(&l->refs, 1);
	l->scratch = xmalloc(HTTP_READ_SIZE);
	l->opt = s->opt;
	l->h = *h;
	l->arg = arg;
	s->loops[s->n_loops++] = l;
	return ERR_OK;
}

/* ---- listening ---- */

static enum err bind_unix(struct http_server *s, const char *path, struct error *e)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	if (strlen(path) == 0 || strlen(path) >= sizeof sa.sun_path)
		return error_set(e, ERR_INVALID, "error.address", "http.address", path);
	memcpy(sa.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_detail(e, ERR_IO, "socket: %m");
	/* A socket that nobody listens on is what a killed process left behind. */
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0 && errno == ECONNREFUSED)
		unlink(path);
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0) {
		enum err r = error_listen(e, path);
		if (fd >= 0)
			close(fd);
		return r;
	}
	s->listener.fd = fd;
	return ERR_OK;
}

static enum err cannot_listen(const struct http_server *s, struct error *e)
{
	char where[300];
	snprintf(where, sizeof where, "%s port %d", s->opt.address, s->opt.port);
	return error_listen(e, where);
}

static enum err bind_port(struct http_server *s, struct error *e)
{
	const struct http_options *o = &s->opt;
	char port[16];
	snprintf(port, sizeof port, "%d", o->port);
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	                         .ai_socktype = SOCK_STREAM},
	                *ai = NULL;
	if (o->port < 0 || o->port > 65535 || getaddrinfo(o->address, port, &hints, &ai) != 0)
		return error_set(e, ERR_INVALID, "error.address", "http.address", o->address);
	enum err r = ERR_OK;
	int on = 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) < 0) {
		r = cannot_listen(s, e);
		if (fd >= 0)
			close(fd);
	} else {
		s->listener.fd = fd;
	}
	freeaddrinfo(ai);
	return r;
}

static enum err take_listen_fd(struct http_server *s, struct error *e)
{
	int on = 0, fd = s->opt.listen_fd;
	socklen_t n = sizeof on;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) < 0 || !on)
		return error_set(e, ERR_INVALID, "error.listen_fd", "http.listen_fd", NULL);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return error_detail(e, ERR_IO, "fcntl: %m");
	s->listener.fd = fd;
	return ERR_OK;
}

static enum err open_listener(struct http_server *s, struct error *e)
{
	enum err r;
	if (s->opt.listen_fd >= 0)
		r = take_listen_fd(s, e);
	else if (strncmp(s->opt.address, "unix:", 5) == 0)
		r = bind_unix(s, s->opt.address + 5, e);
	else
		r = bind_port(s, e);
	if (!r && s->opt.listen_fd < 0 && listen(s->listener.fd, s->opt.backlog) < 0)
		r = cannot_listen(s, e);
	return r;
}

struct handover {
	struct http_loop *to;
	int fd;
	struct sockaddr_storage sa;
};

static void hand_over(void *arg)
{
	struct handover *h = arg;
	http_conn_open(h->to, h->fd, (struct sockaddr *)&h->sa);
	free(h);
}

static void deal_out(struct http_server *s, int fd, const struct sockaddr_storage *sa)
{
	struct http_loop *to = s->loops[s->next_loop++ % s->n_loops];
	atomic_fetch_add(&s->holds, 1);
	atomic_fetch_add(&s->counters.connections, 1);
	atomic_fetch_add(&s->counters.accepted, 1);
	if (to == s->loops[0]) {
		http_conn_open(to, fd, (const struct sockaddr *)sa);
		return;
	}
	struct handover *h = xmalloc(sizeof *h);
	*h = (struct handover){to, fd, *sa};
	if (!net_loop_post(to->loop, hand_over, h)) {
		close(fd);
		free(h);
		http_server_conn_gone(s);
	}
}

static bool is_full(struct http_server *s)
{
	return (size_t)atomic_load(&s->counters.connections) >= s->opt.max_connections;
}

static void accept_some(struct net_watch *w, uint32_t events)
{
	struct http_server *s = CONTAINER_OF(w, struct http_server, listener);
	struct net_loop *loop = s->loops[0]->loop;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		if (is_full(s)) {
			net_watch_set(loop, w, 0);
			atomic_store(&s->full, true);
			if (is_full(s))
				return;
			atomic_store(&s->full, false); /* one has just ended, unseen */
			net_watch_set(loop, w, EPOLLIN);
		}
		struct sockaddr_storage sa = {0};
		socklen_t n = sizeof sa;
		int fd = accept4(w->fd, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			deal_out(s, fd, &sa);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			net_watch_set(loop, w, 0);
			net_timer_set(loop, &s->accept_again, ACCEPT_PAUSE);
			return;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		/* Anything else concerns one connection that died in the backlog. */
	}
}

static void accept_on(void *arg)
{
	struct http_server *s = arg;
	if (s->listening && !is_full(s))
		net_watch_set(s->loops[0]->loop, &s->listener, EPOLLIN);
}

static void accept_timer(struct net_timer *t)
{
	accept_on(CONTAINER_OF(t, struct http_server, accept_again));
}

static void release_hold(struct http_server *s)
{
	if (atomic_fetch_sub(&s->holds, 1) == 1 && s->drained)
		s->drained(s->drained_arg);
}

void http_server_conn_gone(struct http_server *s)
{
	atomic_fetch_sub(&s->counters.connections, 1);
	if (atomic_exchange(&s->full, false))
		net_loop_post(s->loops[0]->loop, accept_on, s);
	release_hold(s);
}

/* ---- life ---- */

static enum err copy_options(struct http_server *s, const struct http_options *o, struct error *e)
{
	s->opt = *o;
	s->opt.address = str_z(s->arena, str_of(o->address ? o->address : "127.0.0.1"));
	s->opt.spool_dir = str_z(s->arena, str_of(o->spool_dir ? o->spool_dir : "/tmp"));
	if (o->loops < 1 || o->loops > 64)
		return error_set(e, ERR_INVALID, "error.range", "http.loops", "1-64");
	if (o->n_trusted > HTTP_MAX_TRUSTED)
		return error_set(e, ERR_INVALID, "error.too_many", "http.trusted", "32");
	for (size_t i = 0; i < o->n_trusted; i++) {
		if (strcmp(o->trusted[i], "unix") == 0)
			s->trusts_unix = true;
		else if (net_cidr_parse(str_of(o->trusted[i]), &s->trusted[s->n_trusted]))
			s->n_trusted++;
		else
			return error_set(e, ERR_INVALID, "error.network", "http.trusted",
			                 o->trusted[i]);
	}
	return ERR_OK;
}

enum err http_server_new(struct http_server **out, const struct http_options *opt,
                         const struct http_handlers *h, void *arg, struct error *e)
{
	struct http_server *s = xcalloc(1, sizeof *s);
	s->arena = arena_new();
	s->listener = (struct net_watch){.fd = -1, .fn = accept_some};
	s->accept_again.fn = accept_timer;
	atomic_init(&s->holds, 1);
	enum err r = copy_options(s, opt, e);
	if (!r) {
		s->loops = ARENA_ARRAY(s->arena, (size_t)opt->loops, struct http_loop *);
		r = open_listener(s, e);
	}
	for (int i = 0; !r && i < opt->loops; i++)
		r = add_loop(s, h, arg, e);
	if (r) {
		http_server_free(s);
		return r;
	}
	*out = s;
	return ERR_OK;
}

static void *run_loop(void *arg)
{
	struct http_loop *l = arg;
	pthread_setname_np(pthread_self(), "http");
	net_loop_run(l->loop);
	return NULL;
}

enum err http_server_start(struct http_server *s, struct error *e)
{
	assert(!s->started && !s->stopped);
	enum err r = net_watch_add(s->loops[0]->loop, &s->listener, EPOLLIN, e);
	if (r)
		return r;
	s->listening = s->started = true;
	/* Signals are the main thread's. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (size_t i = 0; !r && i < s->n_loops; i++) {
		struct http_loop *l = s->loops[i];
		errno = pthread_create(&l->thread, NULL, run_loop, l);
		if (errno)
			r = error_detail(e, ERR_IO, "thread: %m");
		else
			l->thread_runs = true;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

int http_server_port(const struct http_server *s)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof sa;
	if (getsockname(s->listener.fd, (struct sockaddr *)&sa, &n) < 0)
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&sa)->sin_port);
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
	return 0;
}

int http_server_listen_fd(const struct http_server *s)
{
	return s->listener.fd;
}

static void drain_loop(void *arg)
{
	struct http_loop *l = arg;
	l->draining = true;
	for (struct http_conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		http_conn_drain(c);
	}
}

/* On the first loop: no connection is handed over after this, and what was
 * handed over before arrives before the other loops' turn to drain. */
static void drain_listener(void *arg)
{
	struct http_server *s = arg;
	s->listening = false;
	net_timer_clear(s->loops[0]->loop, &s->accept_again);
	net_watch_remove(s->loops[0]->loop, &s->listener);
	for (size_t i = 0; i < s->n_loops; i++)
		net_loop_post(s->loops[i]->loop, drain_loop, s->loops[i]);
	release_hold(s);
}

void http_server_drain(struct http_server *s, void (*done)(void *arg), void *arg)
{
	if (atomic_exchange(&s->draining, true))
		return;
	s->drained = done;
	s->drained_arg = arg;
	net_loop_post(s->loops[0]->loop, drain_listener, s);
}

void http_server_stop(struct http_server *s)
{
	if (s->stopped)
		return;
	s->stopped = true;
	for (size_t i = 0; i < s->n_loops; i++) {
		struct http_loop *l = s->loops[i];
		net_loop_stop(l->loop);
		if (l->thread_runs)
			pthread_join(l->thread, NULL);
	}
	/* Nothing runs any more but those who still hold requests: connections let
	 * go of these first, then the loop refuses further answers. */
	for (size_t i = 0; i < s->n_loops; i++) {
		struct http_loop *l = s->loops[i];
		l->stopped = true;
		while (l->conns)
			http_conn_close(l->conns);
	}
	for (size_t i = 0; i < s->n_loops; i++)
		net_loop_close(s->loops[i]->loop);
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	http_server_stop(s);
	for (size_t i = 0; i < s->n_loops; i++)
		http_loop_unref(s->loops[i]);
	if (s->listener.fd >= 0)
		close(s->listener.fd);
	arena_free(s->arena);
	free(s);
}

void http_server_stats(const struct http_server *s, struct http_stats *out)
{
	const struct http_counters *c = &s->counters;
	*out = (struct http_stats){
	    .connections = atomic_load(&c->connections),
	    .streams = atomic_load(&c->streams),
	    .accepted = atomic_load(&c->accepted),
	    .requests = atomic_load(&c->requests),
	    .refused = atomic_load(&c->refused),
	    .overflowed = atomic_load(&c->overflowed),
	};
}
