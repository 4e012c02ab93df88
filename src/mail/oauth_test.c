/* oauth_test.c: access tokens from a small token endpoint in a thread. */
#include "mail/oauth.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/db_testing.h"
#include "store/migrations_gen.h"
#include "store/oauth.h"

struct endpoint {
	int fd, port;
	pthread_t thread;
	pthread_mutex_t mutex;
	const char *answer; /* status line, headers, body */
	_Atomic int asked;
	char last[4096]; /* the request */
	_Atomic bool stop;
};

static void answer_one(struct endpoint *p, int fd)
{
	char in[4096];
	size_t n = 0;
	ssize_t got;
	while (n < sizeof in - 1 && (got = recv(fd, in + n, sizeof in - 1 - n, 0)) > 0) {
		n += (size_t)got;
		in[n] = 0;
		const char *end = strstr(in, "\r\n\r\n");
		ptrdiff_t at = str_find_nocase(str_n(in, n), STR("content-length: "));
		if (end && at >= 0 &&
		    n >= (size_t)(end + 4 - in) + (size_t)strtoul(in + at + 16, NULL, 10))
			break;
	}
	pthread_mutex_lock(&p->mutex);
	p->asked++;
	snprintf(p->last, sizeof p->last, "%s", in);
	const char *say = p->answer;
	pthread_mutex_unlock(&p->mutex);
	CHECK(send(fd, say, strlen(say), MSG_NOSIGNAL) > 0);
	close(fd);
}

static void endpoint_says(struct endpoint *p, const char *answer)
{
	pthread_mutex_lock(&p->mutex);
	p->answer = answer;
	pthread_mutex_unlock(&p->mutex);
}

static bool endpoint_heard(struct endpoint *p, const char *words)
{
	pthread_mutex_lock(&p->mutex);
	bool heard = strstr(p->last, words) != NULL;
	pthread_mutex_unlock(&p->mutex);
	return heard;
}

static void *endpoint_main(void *arg)
{
	struct endpoint *p = arg;
	for (;;) {
		int fd = accept(p->fd, NULL, NULL);
		if (fd < 0 || p->stop) {
			if (fd >= 0)
				close(fd);
			return NULL;
		}
		answer_one(p, fd);
	}
}

static void endpoint_start(struct endpoint *p)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof sa;
	*p = (struct endpoint){.answer = ""};
	pthread_mutex_init(&p->mutex, NULL);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(p->fd, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(p->fd, 8) == 0 &&
	      getsockname(p->fd, (struct sockaddr *)&sa, &len) == 0);
	p->port = ntohs(sa.sin_port);
	CHECK(pthread_create(&p->thread, NULL, endpoint_main, p) == 0);
}

static void endpoint_stop(struct endpoint *p)
{
	p->stop = true;
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
	pthread_mutex_destroy(&p->mutex);
}

struct world {
	struct db *db;
	struct arena *a;
	struct secret_key key;
	struct oauth o;
	struct endpoint p;
	int64_t id;
	struct error e;
};

static enum err insert_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct world *w = arg;
	struct oauth_credential c = {.name = STR("Mail"),
	                             .token_url =
	                                 str_printf(w->a, "http://127.0.0.1:%d/token", w->p.port),
	                             .client_id = STR("client & id"),
	                             .scope = STR(""),
	                             .hosts = STR("imap.mail.test smtp.mail.test"),
	                             .version = 1};
	enum err err = oauth_insert(tx, &c, 1, &w->id, e);
	c.id = w->id;
	c.client_secret_box =
	    secret_seal(w->a, &w->key, oauth_context(w->a, c.id, "secret"), STR("s3cret"));
	c.refresh_token_box =
	    secret_seal(w->a, &w->key, oauth_context(w->a, c.id, "refresh"), STR("refresh-1"));
	return err ? err : oauth_update(tx, &c, e);
}

static void world_open(struct world *w, enum db_engine engine)
{
	*w = (struct world){.a = arena_new()};
	memset(w->key.bytes, 7, sizeof w->key.bytes);
	w->db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	endpoint_start(&w->p);
	w->o = (struct oauth){.db = w->db,
	                      .key = &w->key,
	                      .clock = clock_manual_new(1000 * USEC_SECOND),
	                      .allow_private = true,
	                      .ca_file = STR("")};
	oauth_init(&w->o);
	CHECK_OK(db_write(w->db, insert_run, w, &w->e), &w->e);
}

static void world_close(struct world *w)
{
	endpoint_stop(&w->p);
	oauth_release(&w->o);
	clock_free(w->o.clock);
	db_testing_close(w->db);
	arena_free(w->a);
}

static enum err ask(struct world *w, str *token)
{
	w->e = (struct error){0};
	return oauth_access_token(&w->o, w->id, STR("imap.mail.test"), w->a, token, &w->e);
}

#define GOOD(token, more)                                                                          \
	"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"access_token\":\"" token                   \
	"\",\"token_type\":\"bearer\",\"expires_in\":3600" more "}"

static struct oauth_credential row(struct world *w)
{
	struct oauth_credential c;
	struct db_conn *conn;
	CHECK_OK(db_read_begin(w->db, &conn, &w->e), &w->e);
	CHECK_OK(oauth_get(w->a, conn, w->id, &c, &w->e), &w->e);
	db_read_end(w->db, conn);
	return c;
}

DB_TEST(a_token_is_asked_once_and_renewed_before_it_ends)
{
	struct world w;
	str token;
	world_open(&w, engine);
	endpoint_says(&w.p, GOOD("first", ",\"refresh_token\":\"refresh-2\""));
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_STR(token, "first");
	CHECK(endpoint_heard(&w.p, "grant_type=refresh_token&refresh_token=refresh-1&"
	                           "client_id=client%20%26%20id&client_secret=s3cret"));
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_INT(w.p.asked, 1);
	endpoint_says(&w.p, GOOD("second", ""));
	clock_advance(w.o.clock, 56 * USEC_MINUTE);
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_STR(token, "second");
	CHECK(endpoint_heard(&w.p, "refresh_token=refresh-2&"));
	CHECK_STR(row(&w).state, "ok");
	/* nothing that is secret lies open */
	CHECK(str_find(row(&w).access_token_box, STR("second")) < 0);
	world_close(&w);
}

DB_TEST(a_refused_token_is_asked_for_anew)
{
	struct world w;
	str token;
	world_open(&w, engine);
	endpoint_says(&w.p, GOOD("first", ""));
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_OK(oauth_token_refused(&w.o, w.id, STR("another"), &w.e), &w.e);
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_INT(w.p.asked, 1);
	CHECK_OK(oauth_token_refused(&w.o, w.id, STR("first"), &w.e), &w.e);
	endpoint_says(&w.p, GOOD("second", ""));
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_STR(token, "second");
	world_close(&w);
}

DB_TEST(lost_consent_is_said_and_not_asked_again)
{
	struct world w;
	str token;
	int64_t bad;
	struct db_conn *conn;
	world_open(&w, engine);
	endpoint_says(&w.p, "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n"
	                    "{\"error\":\"invalid_grant\",\"error_description\":\"gone\"}");
	for (int i = 0; i < 3; i++) {
		CHECK_INT(ask(&w, &token), ERR_AUTH);
		CHECK_STR(str_of(w.e.key), OAUTH_EXPIRED);
		CHECK_STR(str_of(w.e.arg), "invalid_grant");
		clock_advance(w.o.clock, USEC_HOUR);
	}
	CHECK_INT(w.p.asked, 1);
	CHECK_STR(row(&w).state, "consent");
	CHECK_OK(db_read_begin(w.db, &conn, &w.e), &w.e);
	CHECK_OK(oauth_count_bad(conn, &bad, &w.e), &w.e);
	db_read_end(w.db, conn);
	CHECK_INT(bad, 1);
	world_close(&w);
}

DB_TEST(a_provider_in_trouble_is_left_alone_for_a_while_and_the_old_token_serves)
{
	struct world w;
	str token;
	world_open(&w, engine);
	endpoint_says(&w.p, GOOD("first", ""));
	CHECK_OK(ask(&w, &token), &w.e);
	endpoint_says(&w.p, "HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\nsorry");
	clock_advance(w.o.clock, 57 * USEC_MINUTE);
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_STR(token, "first");
	clock_advance(w.o.clock, 4 * USEC_MINUTE);
	CHECK_INT(ask(&w, &token), ERR_IO);
	CHECK_STR(str_of(w.e.arg), "HTTP 503");
	int asked = w.p.asked;
	CHECK_INT(ask(&w, &token), ERR_IO);
	CHECK_INT(w.p.asked, asked);
	endpoint_says(&w.p, GOOD("third", ""));
	clock_advance(w.o.clock, 2 * USEC_MINUTE);
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_STR(token, "third");
	world_close(&w);
}

DB_TEST(an_inside_endpoint_and_a_strange_token_are_refused)
{
	struct world w;
	str token;
	world_open(&w, engine);
	endpoint_says(&w.p, GOOD("a\\r\\nb", ""));
	CHECK_INT(ask(&w, &token), ERR_IO);
	w.o.allow_private = false;
	clock_advance(w.o.clock, 2 * USEC_MINUTE);
	CHECK_INT(ask(&w, &token), ERR_IO);
	CHECK_INT(w.p.asked, 1);
	world_close(&w);
}

DB_TEST(a_token_is_shown_to_the_servers_of_its_credential_only)
{
	static const char *const others[] = {"evil.test", "mail.test", "imap.mail.test.evil.test",
	                                     "", "imap.mail.test smtp.mail.test"};
	struct world w;
	str token;
	world_open(&w, engine);
	endpoint_says(&w.p, GOOD("first", ""));
	CHECK_OK(ask(&w, &token), &w.e);
	CHECK_OK(oauth_access_token(&w.o, w.id, STR("SMTP.mail.test"), w.a, &token, &w.e), &w.e);
	CHECK_STR(token, "first");
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		w.e = (struct error){0};
		CHECK_INT(oauth_access_token(&w.o, w.id, str_of(others[i]), w.a, &token, &w.e),
		          ERR_AUTH);
		CHECK_STR(str_of(w.e.key), "error.oauth_host");
		CHECK_INT(token.n, 0);
	}
	world_close(&w);
}

TEST(xoauth2_is_user_and_token)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(oauth_xoauth2(a, STR("a@b.c"), STR("T")), "dXNlcj1hQGIuYwFhdXRoPUJlYXJlciBUAQE=");
}
