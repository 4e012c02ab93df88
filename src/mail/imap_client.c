/* imap_client.c: see imap_client.h.
 *
 * One command is under way at a time; what the server says unasked (EXISTS,
 * capabilities) is noted whenever it comes. The socket does not block: every
 * wait is a poll on it and on stop_fd. */
#include "mail/imap_client.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <unistd.h>

#include "mail/imap_internal.h"
#include "mail/oauth.h"
#include "net/guard.h"

#define READ_BYTES ((size_t)65536)
#define TIMEOUT_SECONDS 60
#define RENEW (25 * USEC_MINUTE) /* of IDLE: servers may end it after half an hour (RFC 2177) */
#define SLICE (10 * USEC_SECOND) /* of a wait, between ticks */
#define COMMAND_BYTES ((size_t)65536)

/* ---- failures ---- */

/* The server's words, fit for a sentence. */
enum err imap_refuse(struct error *e, enum err code, const char *key, str words)
{
	ARENA_AUTO a = arena_new();
	return error_set(e, code, key, NULL,
	                 str_z(a, str_cut_utf8(str_to_utf8(a, str_trim(words)), 120)));
}

enum err imap_lost(struct imap_client *c, struct error *e, const char *why)
{
	c->lost = true;
	if (c->bye.n)
		return imap_refuse(e, ERR_IO, "error.imap_lost", buf_str(&c->bye));
	return error_set(e, ERR_IO, "error.imap_lost", NULL, why);
}

/* ---- bytes ---- */

static usec mono(void)
{
	return clock_mono(clock_system());
}

static enum err stopping(struct imap_client *c, struct error *e)
{
	c->lost = true;
	return error_set(e, ERR_BUSY, "error.stopping", NULL, NULL);
}

/* ERR_OK: ready, or *late: the deadline has passed. */
static enum err wait_for(struct imap_client *c, short what, usec deadline, bool *late,
                         struct error *e)
{
	struct pollfd p[2] = {{.fd = c->fd, .events = what},
	                      {.fd = c->s.stop_fd > 0 ? c->s.stop_fd : -1, .events = POLLIN}};
	*late = false;
	for (;;) {
		usec left = deadline - mono();
		if (left <= 0) {
			*late = true;
			return ERR_OK;
		}
		if (c->s.tick && !c->s.tick(c->s.tick_arg))
			return stopping(c, e);
		int n = poll(p, 2, left > SLICE ? (int)(SLICE / 1000) : (int)(left / 1000) + 1);
		if (n < 0 && errno != EINTR)
			return imap_lost(c, e, strerrordesc_np(errno));
		if (n > 0 && p[1].revents)
			return stopping(c, e);
		if (n > 0 && p[0].revents)
			return ERR_OK;
	}
}

usec imap_answer_deadline(const struct imap_client *c)
{
	int s = c->s.timeout_seconds > 0 ? c->s.timeout_seconds : TIMEOUT_SECONDS;
	return mono() + s * USEC_SECOND;
}

static enum err wait_answer(struct imap_client *c, short what, struct error *e)
{
	bool late;
	enum err err = wait_for(c, what, imap_answer_deadline(c), &late, e);
	return err ? err : late ? imap_lost(c, e, "no answer in time") : ERR_OK;
}

static enum err say(struct imap_client *c, str s, struct error *e)
{
	while (s.n) {
		ssize_t n;
		bool again;
		if (c->tls) {
			n = gnutls_record_send(c->tls, s.p, s.n);
			again = n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED;
		} else {
			n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);
			again = n < 0 && (errno == EAGAIN || errno == EINTR);
		}
		if (n > 0) {
			s = str_from(s, (size_t)n);
			continue;
		}
		if (!again)
			return imap_lost(c, e, "the connection broke");
		short what = c->tls && gnutls_record_get_direction(c->tls) == 0 ? POLLIN : POLLOUT;
		enum err err = wait_answer(c, what, e);
		if (err)
			return err;
	}
	return ERR_OK;
}

/* Reads some bytes into the chunk. *late: none came until the deadline. */
static enum err hear(struct imap_client *c, usec deadline, bool *late, struct error *e)
{
	*late = false;
	for (;;) {
		ssize_t n;
		bool again;
		if (c->tls) {
			n = gnutls_record_recv(c->tls, c->chunk, READ_BYTES);
			again = n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED ||
			        n == GNUTLS_E_REHANDSHAKE;
		} else {
			n = recv(c->fd, c->chunk, READ_BYTES, 0);
			again = n < 0 && (errno == EAGAIN || errno == EINTR);
		}
		if (n > 0) {
			c->in = str_n(c->chunk, (size_t)n);
			return ERR_OK;
		}
		if (!again)
			return imap_lost(c, e, "the connection broke");
		short what = c->tls && gnutls_record_get_direction(c->tls) == 1 ? POLLOUT : POLLIN;
		enum err err = wait_for(c, what, deadline, late, e);
		if (err || *late)
			return err;
	}
}

/* ---- responses ---- */

static void note_caps(struct imap_client *c, str list)
{
	buf_clear(&c->caps);
	buf_add(&c->caps, list);
}

static void note_number(str s, uint32_t *out)
{
	int64_t v;
	if (str_to_i64(str_trim(s), &v) && v >= 0 && v <= UINT32_MAX)
		*out = (uint32_t)v;
}

/* What is said unasked counts whenever it comes. */
static void note(struct imap_client *c, const struct imap_response *r)
{
	if (r->status != IMAP_NONE && str_eq_nocase(r->code, STR("CAPABILITY")))
		note_caps(c, r->code_args);
	else if (str_eq_nocase(r->code, STR("UIDVALIDITY")))
		note_number(r->code_args, &c->folder.uidvalidity);
	else if (str_eq_nocase(r->code, STR("UIDNEXT")))
		note_number(r->code_args, &c->folder.uidnext);
	if (r->kind != IMAP_UNTAGGED)
		return;
	if (r->status == IMAP_BYE) {
		buf_clear(&c->bye);
		buf_add(&c->bye, r->text);
	} else if (str_eq_nocase(r->name, STR("CAPABILITY"))) {
		note_caps(c, r->rest);
	} else if (r->has_number && str_eq_nocase(r->name, STR("EXISTS"))) {
		c->folder.exists = r->number;
		c->news = true;
	}
}

/* The next response, or with `sink` the next piece of a literal (*piece). *late: neither came
 * until the deadline. */
enum err imap_next(struct imap_client *c, usec deadline, struct imap_response *r, bool *piece,
                   bool *late, struct error *e)
{
	*piece = *late = false;
	for (;;) {
		enum imap_event event = imap_parse_feed(&c->parse, &c->in);
		if (event == IMAP_PIECE) {
			*piece = true;
			return ERR_OK;
		}
		if (event == IMAP_RESPONSE) {
			if (!imap_response_read(&c->parse, r))
				return imap_lost(c, e, "the answer is not IMAP");
			note(c, r);
			return ERR_OK;
		}
		if (event == IMAP_BROKEN)
			return imap_lost(c, e, c->parse.broken);
		enum err err = hear(c, deadline, late, e);
		if (err || *late)
			return err;
	}
}

/* The next response; pieces of literals that nobody asked for are skipped. */
enum err imap_next_response(struct imap_client *c, struct imap_response *r, struct error *e)
{
	bool piece, late;
	do {
		enum err err = imap_next(c, imap_answer_deadline(c), r, &piece, &late, e);
		if (err)
			return err;
		if (late)
			return imap_lost(c, e, "no answer in time");
	} while (piece);
	return ERR_OK;
}

/* ---- commands ---- */

/* Begins a command; out is cleared. */
void imap_begin(struct imap_client *c, struct buf *out, const char *word)
{
	buf_init(out, COMMAND_BYTES);
	buf_addf(out, "a%u %s", ++c->tag, word);
}

bool imap_is_mine(const struct imap_client *c, const struct imap_response *r)
{
	char tag[16];
	snprintf(tag, sizeof tag, "a%u", c->tag);
	return r->kind == IMAP_TAGGED && str_eq(r->tag, str_of(tag));
}

enum err imap_send_line(struct imap_client *c, struct buf *out, struct error *e)
{
	buf_addz(out, "\r\n");
	if (out->failed)
		return error_set(e, ERR_INVALID, "error.too_long", NULL, NULL);
	return say(c, buf_str(out), e);
}

/* Until the command's own answer. */
enum err imap_finish(struct imap_client *c, struct imap_response *r, struct error *e)
{
	do {
		enum err err = imap_next_response(c, r, e);
		if (err)
			return err;
		if (r->kind == IMAP_CONTINUE)
			return imap_lost(c, e, "the answer is not IMAP");
	} while (!imap_is_mine(c, r));
	return ERR_OK;
}

enum err imap_command(struct imap_client *c, struct imap_response *r, struct error *e,
                      const char *fmt, ...)
{
	char line[256];
	BUF_AUTO out;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	imap_begin(c, &out, line);
	enum err err = imap_send_line(c, &out, e);
	return err ? err : imap_finish(c, r, e);
}

/* The server's trouble of the moment (RFC 5530), not an answer to what was asked. */
bool imap_transient(const struct imap_response *r)
{
	return str_eq_nocase(r->code, STR("UNAVAILABLE")) || str_eq_nocase(r->code, STR("INUSE")) ||
	       str_eq_nocase(r->code, STR("LIMIT")) || str_eq_nocase(r->code, STR("SERVERBUG"));
}

bool imap_can(const struct imap_client *c, const char *capability)
{
	return imap_has_word(buf_str(&c->caps), capability);
}

/* ---- TLS ---- */

static enum err tls_failed(struct imap_client *c, struct error *e, const char *why)
{
	c->lost = true;
	return error_set(e, ERR_IO, "error.imap_tls", NULL, why);
}

static enum err handshake(struct imap_client *c, struct error *e)
{
	int rc;
	do {
		rc = gnutls_handshake(c->tls);
		if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) {
			short what = gnutls_record_get_direction(c->tls) ? POLLOUT : POLLIN;
			enum err err = wait_answer(c, what, e);
			if (err)
				return err;
		}
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc == GNUTLS_E_SUCCESS)
		return ERR_OK;
	gnutls_datum_t text = {0};
	unsigned status = gnutls_session_get_verify_cert_status(c->tls);
	if (rc == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR &&
	    gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0) {
		enum err err = tls_failed(c, e, (const char *)text.data);
		gnutls_free(text.data);
		return err;
	}
	return tls_failed(c, e, gnutls_strerror(rc));
}

static enum err start_tls(struct imap_client *c, struct error *e)
{
	ARENA_AUTO a = arena_new();
	const char *host = str_z(a, c->s.host);
	struct in6_addr ignored;
	int rc;
	if (gnutls_certificate_allocate_credentials(&c->trust) < 0)
		return tls_failed(c, e, "no memory");
	rc = c->s.ca_file.n ? gnutls_certificate_set_x509_trust_file(
	                          c->trust, str_z(a, c->s.ca_file), GNUTLS_X509_FMT_PEM)
	                    : gnutls_certificate_set_x509_system_trust(c->trust);
	if (rc < 0)
		return tls_failed(c, e, gnutls_strerror(rc));
	if (gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0) {
		c->tls = NULL;
		return tls_failed(c, e, "no memory");
	}
	gnutls_set_default_priority_append(c->tls, "-VERS-TLS1.0:-VERS-TLS1.1", NULL, 0);
	gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, c->trust);
	bool literal =
	    inet_pton(AF_INET, host, &ignored) == 1 || inet_pton(AF_INET6, host, &ignored) == 1;
	if (!literal)
		gnutls_server_name_set(c->tls, GNUTLS_NAME_DNS, c->s.host.p, c->s.host.n);
	gnutls_session_set_verify_cert(c->tls, host, 0);
	gnutls_transport_set_int(c->tls, c->fd);
	gnutls_handshake_set_timeout(c->tls, 0); /* the waits have their own */
	return handshake(c, e);
}

/* ---- connecting ---- */

static enum err connect_failed(struct error *e, const char *why)
{
	return error_set(e, ERR_IO, "error.imap_connect", NULL, why);
}

/* To one address, within the time. */
static enum err connect_one(struct imap_client *c, const struct addrinfo *to, struct error *e)
{
	int one = 1, idle = 120, bad = 0;
	socklen_t len = sizeof bad;
	bool late;
	c->fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return connect_failed(e, strerrordesc_np(errno));
	/* A connection in which nothing comes for hours: the network may have forgotten it. */
	setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(c->fd, to->ai_addr, to->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			return connect_failed(e, strerrordesc_np(errno));
		enum err err = wait_for(c, POLLOUT, imap_answer_deadline(c), &late, e);
		if (err)
			return err;
		if (late)
			return connect_failed(e, strerrordesc_np(ETIMEDOUT));
		if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &bad, &len) < 0 || bad)
			return connect_failed(e, strerrordesc_np(bad ? bad : errno));
	}
	return ERR_OK;
}

static enum err dial(struct imap_client *c, struct error *e)
{
	ARENA_AUTO a = arena_new();
	char port[16];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV},
	                *list = NULL;
	int number = c->s.port ? c->s.port : c->s.tls == IMAP_TLS_FULL ? 993 : 143;
	snprintf(port, sizeof port, "%d", number);
	int bad = getaddrinfo(str_z(a, c->s.host), port, &hints, &list);
	if (bad)
		return connect_failed(e, gai_strerror(bad));
	enum err err = connect_failed(e, "no address");
	bool guarded = false;
	for (const struct addrinfo *i = list; i; i = i->ai_next) {
		bool public = net_addr_is_public(i->ai_addr);
		/* The password would cross the internet for everybody to read. */
		if ((!public && !c->s.allow_private) || (public && c->s.tls == IMAP_TLS_NONE)) {
			guarded = true;
			continue;
		}
		err = connect_one(c, i, e);
		if (err == ERR_OK || err == ERR_BUSY) {
			guarded = false;
			break;
		}
		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
	}
	freeaddrinfo(list);
	if (err && guarded)
		return error_set(e, ERR_IO, "error.imap_guard", NULL, NULL);
	return err;
}

/* ---- signing in ---- */

/* One line of an authentication exchange, never logged. */
static enum err answer_challenge(struct imap_client *c, str line, struct error *e)
{
	BUF_AUTO out;
	buf_init(&out, COMMAND_BYTES);
	buf_add(&out, line);
	return imap_send_line(c, &out, e);
}

/* AUTHENTICATE with one answer. A server that does not like a token says why in a further
 * challenge, which wants an empty answer; *why is then its text. */
static enum err authenticate(struct imap_client *c, struct arena *a, const char *how, str answer,
                             struct imap_response *r, str *why, struct error *e)
{
	BUF_AUTO out;
	bool answered = false;
	*why = STR("");
	imap_begin(c, &out, "AUTHENTICATE ");
	buf_addz(&out, how);
	enum err err = imap_send_line(c, &out, e);
	while (!err) {
		err = imap_next_response(c, r, e);
		if (err || imap_is_mine(c, r))
			return err;
		if (r->kind != IMAP_CONTINUE)
			continue;
		if (answered && !str_unbase64(a, r->text, false, why))
			*why = STR("");
		err = answer_challenge(c, answered ? STR("") : answer, e);
		answered = true;
	}
	return err;
}

static enum err login(struct imap_client *c, struct imap_response *r, struct error *e)
{
	const str words[] = {c->s.user, c->s.password};
	BUF_AUTO out;
	imap_begin(c, &out, "LOGIN");
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		buf_addc(&out, ' ');
		if (imap_quote(&out, words[i]))
			continue;
		buf_addf(&out, "{%zu}\r\n", words[i].n);
		enum err err = say(c, buf_str(&out), e);
		buf_clear(&out);
		do {
			if (!err)
				err = imap_next_response(c, r, e);
		} while (!err && r->kind != IMAP_CONTINUE && !imap_is_mine(c, r));
		if (err || r->kind != IMAP_CONTINUE)
			return err;
		buf_add(&out, words[i]);
	}
	enum err err = imap_send_line(c, &out, e);
	return err ? err : imap_finish(c, r, e);
}

static enum err sign_in(struct imap_client *c, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct imap_response r;
	str why = STR("");
	enum err err;
	for (size_t i = 0; i < c->s.password.n; i++)
		if (!c->s.password.p[i])
			return error_set(e, ERR_AUTH, "error.imap_auth", NULL, "");
	if (c->s.bearer.n) {
		err = authenticate(c, a, "XOAUTH2", oauth_xoauth2(a, c->s.user, c->s.bearer), &r,
		                   &why, e);
	} else if (imap_can(c, "AUTH=PLAIN")) {
		BUF_AUTO b;
		buf_init(&b, 0);
		buf_addc(&b, 0);
		buf_add(&b, c->s.user);
		buf_addc(&b, 0);
		buf_add(&b, c->s.password);
		err = authenticate(c, a, "PLAIN", str_base64(a, buf_str(&b), false), &r, &why, e);
	} else if (imap_can(c, "LOGINDISABLED")) {
		return error_set(e, ERR_AUTH, "error.imap_auth", NULL, "LOGINDISABLED");
	} else {
		err = login(c, &r, e);
	}
	if (err)
		return err;
	if (r.status != IMAP_OK) {
		bool busy = imap_transient(&r);
		return imap_refuse(e, busy ? ERR_IO : ERR_AUTH,
		                   busy ? "error.imap_lost" : "error.imap_auth",
		                   str_printf(a, "%.*s %.*s", STR_FMT(r.text), STR_FMT(why)));
	}
	if (!str_eq_nocase(r.code, STR("CAPABILITY")))
		err = imap_command(c, &r, e, "CAPABILITY");
	return err;
}

static enum err greet(struct imap_client *c, struct error *e)
{
	struct imap_response r;
	bool starttls = c->s.tls == IMAP_TLS_STARTTLS;
	enum err err = c->s.tls == IMAP_TLS_FULL ? start_tls(c, e) : ERR_OK;
	if (!err)
		err = imap_next_response(c, &r, e);
	if (err)
		return err;
	if (r.kind != IMAP_UNTAGGED || (r.status != IMAP_OK && r.status != IMAP_PREAUTH))
		return imap_lost(c, e, "the greeting is not IMAP");
	bool preauth = r.status == IMAP_PREAUTH;
	/* Who is signed in before TLS may be signed in as somebody else. */
	if (starttls && preauth)
		return tls_failed(c, e, "PREAUTH before TLS");
	if (starttls) {
		err = imap_command(c, &r, e, "STARTTLS");
		if (!err && r.status != IMAP_OK)
			return tls_failed(c, e, "STARTTLS is refused");
		if (!err && c->in.n) /* said before the secret part began: by anybody */
			return tls_failed(c, e, "words between STARTTLS and TLS");
		buf_clear(&c->caps);
		if (!err)
			err = start_tls(c, e);
	}
	if (!err && !c->caps.n)
		err = imap_command(c, &r, e, "CAPABILITY");
	if (!err && !preauth)
		err = sign_in(c, e);
	return err;
}

static struct imap_client *client_new(const struct imap_server *s)
{
	struct imap_client *c = xcalloc(1, sizeof *c);
	c->s = *s;
	c->fd = -1;
	c->chunk = xmalloc(READ_BYTES);
	buf_init(&c->caps, 16384);
	buf_init(&c->bye, 1000);
	imap_parse_init(&c->parse, NULL);
	return c;
}

static enum err begin_talk(struct imap_client *c, enum err err, struct imap_client **out,
                           struct error *e)
{
	if (!err)
		err = greet(c, e);
	if (err) {
		imap_close(c);
		return err;
	}
	*out = c;
	return ERR_OK;
}

enum err imap_connect(const struct imap_server *s, struct imap_client **out, struct error *e)
{
	struct imap_client *c = client_new(s);
	*out = NULL;
	return begin_talk(c, dial(c, e), out, e);
}

enum err imap_adopt(const struct imap_server *s, int fd, struct imap_client **out, struct error *e)
{
	struct imap_client *c = client_new(s);
	*out = NULL;
	c->fd = fd;
	return begin_talk(c, ERR_OK, out, e);
}

void imap_close(struct imap_client *c)
{
	if (!c)
		return;
	if (!c->lost && c->fd >= 0) { /* politely, but without waiting */
		char line[32];
		int n = snprintf(line, sizeof line, "a%u LOGOUT\r\n", ++c->tag);
		ssize_t ignored = c->tls ? gnutls_record_send(c->tls, line, (size_t)n)
		                         : send(c->fd, line, (size_t)n, MSG_NOSIGNAL);
		(void)ignored;
		if (c->tls)
			gnutls_bye(c->tls, GNUTLS_SHUT_WR);
	}
	if (c->tls)
		gnutls_deinit(c->tls);
	if (c->trust)
		gnutls_certificate_free_credentials(c->trust);
	if (c->fd >= 0)
		close(c->fd);
	imap_parse_release(&c->parse);
	buf_release(&c->caps);
	buf_release(&c->bye);
	free(c->chunk);
	free(c);
}

/* ---- waiting ---- */

static enum err poll_wait(struct imap_client *c, usec until, bool *news, struct error *e)
{
	struct imap_response r;
	bool late;
	/* What comes meanwhile is read by NOOP; bytes only end the pause. */
	enum err err = wait_for(c, c->tls ? 0 : POLLIN, until, &late, e);
	if (!err)
		err = imap_command(c, &r, e, "NOOP");
	*news = c->news;
	return err;
}

static enum err idle(struct imap_client *c, usec until, bool *news, struct error *e)
{
	struct imap_response r;
	bool piece, late = false, idling = false;
	BUF_AUTO line;
	imap_begin(c, &line, "IDLE");
	enum err err = imap_send_line(c, &line, e);
	while (!err && !idling) {
		err = imap_next_response(c, &r, e);
		if (!err && imap_is_mine(c, &r)) {
			c->idle_refused = true;
			return ERR_OK;
		}
		idling = !err && r.kind == IMAP_CONTINUE;
	}
	while (!err && !c->news && !late) {
		err = imap_next(c, until, &r, &piece, &late, e);
		if (!err && !late && !piece && r.kind == IMAP_UNTAGGED && r.status == IMAP_BYE)
			return imap_lost(c, e, "BYE");
		if (!err && !late && !piece &&
		    imap_is_mine(c, &r)) /* the server ended it by itself */
			return ERR_OK;
	}
	if (!err)
		err = say(c, STR("DONE\r\n"), e);
	if (!err)
		err = imap_finish(c, &r, e);
	*news = c->news;
	return err;
}

enum err imap_wait(struct imap_client *c, usec most, bool *news, struct error *e)
{
	usec until = mono() + (most < RENEW ? most : RENEW);
	*news = c->news;
	if (*news)
		return ERR_OK;
	if (!c->idle_refused && imap_can(c, "IDLE")) {
		enum err err = idle(c, until, news, e);
		if (err || !c->idle_refused)
			return err;
	}
	return poll_wait(c, until, news, e);
}
