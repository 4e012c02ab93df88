/* clamd.c: see clamd.h. */
#include "mail/clamd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "text/fold.h"

enum {
	CHUNK = 64 << 10,
	ANSWER_MAX = 4096,
	TIMEOUT = 60,
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum err away(const struct clamd_options *o, const char *what, struct error *e)
{
	return error_detail(e, ERR_IO, "clamd %.*s: %s: %m", STR_FMT(o->socket), what);
}

/* ---- connecting ---- */

static enum err connect_unix(const struct clamd_options *o, int *fd, struct error *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	if (o->socket.n >= sizeof sun.sun_path)
		return error_detail(e, ERR_IO, "clamd: the path is too long");
	memcpy(sun.sun_path, o->socket.p, o->socket.n);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0 || connect(*fd, (const struct sockaddr *)&sun, sizeof sun))
		return away(o, "connect", e);
	return ERR_OK;
}

static enum err connect_tcp(struct arena *a, const struct clamd_options *o, int *fd,
                            struct error *e)
{
	ptrdiff_t colon = str_rchr(o->socket, ':');
	if (colon <= 0)
		return error_detail(e, ERR_IO, "clamd: %.*s is no path and no host:port",
		                    STR_FMT(o->socket));
	str host = str_sub(o->socket, 0, (size_t)colon);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_sub(host, 1, host.n - 1);
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int rc = getaddrinfo(str_z(a, host), str_z(a, str_from(o->socket, (size_t)colon + 1)),
	                     &hints, &list);
	if (rc)
		return error_detail(e, ERR_IO, "clamd %.*s: %s", STR_FMT(o->socket),
		                    gai_strerror(rc));
	for (const struct addrinfo *i = list; i; i = i->ai_next) {
		close_fd(fd);
		*fd = socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (*fd >= 0 && connect(*fd, i->ai_addr, i->ai_addrlen) == 0)
			break;
		close_fd(fd);
		*fd = -1;
	}
	freeaddrinfo(list);
	return *fd < 0 ? away(o, "connect", e) : ERR_OK;
}

/* ---- talking ---- */

/* All of it, or -1. A daemon that has had enough answers early: then less was sent. */
static int send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static int send_stream(int fd, str bytes)
{
	static const char command[] = "zINSTREAM";
	uint32_t size;
	if (send_all(fd, command, sizeof command)) /* with its NUL */
		return -1;
	while (bytes.n) {
		size_t n = bytes.n < CHUNK ? bytes.n : CHUNK;
		size = htonl((uint32_t)n);
		if (send_all(fd, (const char *)&size, sizeof size) || send_all(fd, bytes.p, n))
			return -1;
		bytes = str_from(bytes, n);
	}
	size = 0;
	return send_all(fd, (const char *)&size, sizeof size);
}

enum err clamd_answer(struct arena *a, str answer, enum clamd_result *out, str *name,
                      struct error *e)
{
	*name = STR("");
	while (answer.n && (answer.p[answer.n - 1] == '\0' || answer.p[answer.n - 1] == '\n'))
		answer.n--;
	str rest = answer;
	if (str_starts(rest, STR("stream: ")))
		rest = str_from(rest, 8);
	if (str_is(rest, "OK")) {
		*out = CLAMD_CLEAN;
		return ERR_OK;
	}
	if (str_ends(rest, STR(" FOUND"))) {
		*out = CLAMD_FOUND;
		*name = text_snippet(a, str_sub(rest, 0, rest.n - 6), 200);
		return ERR_OK;
	}
	if (str_find(rest, STR("size limit exceeded")) >= 0) {
		*out = CLAMD_TOO_LARGE;
		return ERR_OK;
	}
	return error_detail(e, ERR_IO, "clamd answers: %.*s",
	                    STR_FMT(text_snippet(a, answer, 150)));
}

enum err clamd_scan(struct arena *a, const struct clamd_options *o, str bytes,
                    enum clamd_result *out, str *name, struct error *e)
{
	CLEANUP(close_fd) int fd = -1;
	char answer[ANSWER_MAX];
	size_t n = 0;
	struct timeval most = {.tv_sec = o->timeout_seconds ? o->timeout_seconds : TIMEOUT};
	enum err err = o->socket.n && o->socket.p[0] == '/' ? connect_unix(o, &fd, e)
	                                                    : connect_tcp(a, o, &fd, e);
	if (err)
		return err;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
	bool sent = send_stream(fd, bytes) == 0;
	while (n < sizeof answer) {
		ssize_t k = recv(fd, answer + n, sizeof answer - n, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && n == 0)
			return away(o, "answer", e);
		if (k <= 0)
			break;
		n += (size_t)k;
		if (memchr(answer, '\0', n))
			break;
	}
	if (n == 0)
		return error_detail(e, ERR_IO, "clamd %.*s: no answer", STR_FMT(o->socket));
	err = clamd_answer(a, str_n(answer, n), out, name, e);
	if (!err && !sent && *out == CLAMD_CLEAN) /* of what it did not see */
		return error_detail(e, ERR_IO, "clamd %.*s: it stopped listening",
		                    STR_FMT(o->socket));
	return err;
}
