/* service_settings_test.c: settings that nothing else would miss do what they say. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/db_testing.h"
#include "main/service_testing.h"

/* The first line that the LMTP server says. */
static str lmtp_greeting(struct served *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)service_lmtp_port(s->service))};
	char *line = arena_alloc(s->arena, 200);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	ssize_t n = recv(fd, line, 200, 0);
	close(fd);
	return str_n(line, n > 0 ? (size_t)n : 0);
}

DB_TEST(lmtp_allow_says_who_hands_letters_over)
{
	struct served s;
	static const char *const others[] = {"--process.roles=http,lmtp",
	                                     "--lmtp.listen=127.0.0.1:0",
	                                     "--lmtp.allow=192.0.2.0/24, ::1", NULL};
	static const char *const us[] = {"--process.roles=http,lmtp", "--lmtp.listen=127.0.0.1:0",
	                                 "--lmtp.allow=192.0.2.0/24, 127.0.0.1", NULL};
	served_start_with(&s, engine, others);
	CHECK(str_starts(lmtp_greeting(&s), STR("554 5.7.1")));
	served_stop(&s);
	served_start_with(&s, engine, us);
	CHECK(str_starts(lmtp_greeting(&s), STR("220 ")));
	served_stop(&s);
}

static str patience(void *arg, struct db_conn *c)
{
	struct served *s = arg;
	struct db_rows r;
	struct error e;
	db_rows_open_text(&r, c,
	                  db_conn_engine(c) == DB_PG ? STR("SELECT current_setting('lock_timeout')")
	                                             : STR("PRAGMA busy_timeout"),
	                  DB_NO_ARGS);
	CHECK(db_rows_next(&r));
	str out = db_conn_engine(c) == DB_PG
	              ? db_dup_str(s->arena, &r, 0)
	              : str_printf(s->arena, "%lldms", (long long)db_get_int(&r, 0));
	CHECK_OK(db_rows_close(&r, &e), &e);
	return out;
}

struct asked {
	struct served *s;
	str out;
};

static enum err ask_writer(void *arg, struct db_conn *tx, struct error *e)
{
	struct asked *q = arg;
	q->out = patience(q->s, tx);
	return ERR_OK;
}

/* The engine itself is asked how long it would wait: db_write_test shows that it fails then. */
DB_TEST(db_busy_timeout_reaches_every_connection)
{
	struct served s;
	struct error e;
	struct db_conn *c;
	static const char *const options[] = {"--db.busy_timeout=1234ms", NULL};
	served_start_with(&s, engine, options);
	struct asked q = {.s = &s};
	CHECK_OK(db_read_begin(s.app.db, &c, &e), &e);
	str reader = patience(&s, c);
	db_read_end(s.app.db, c);
	CHECK_OK(db_write(s.app.db, ask_writer, &q, &e), &e);
	CHECK_STR(reader, "1234ms");
	CHECK_STR(q.out, "1234ms");
	served_stop(&s);
}

/* ---- what nobody told us of ---- */

struct looks {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int n;
};

static void looked(void *arg)
{
	struct looks *l = arg;
	pthread_mutex_lock(&l->lock);
	l->n++;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

/* A hundred looks are a second with this setting and more than three minutes without. */
TEST(events_poll_is_how_often_a_process_looks)
{
	struct served s;
	struct looks l = {.n = 0};
	struct timespec until;
	int failed = 0;
	static const char *const options[] = {"--events.poll=10ms", NULL};
	db_testing_need(DB_PG);
	served_start_with(&s, DB_PG, options);
	pthread_mutex_init(&l.lock, NULL);
	pthread_cond_init(&l.changed, NULL);
	app_on_commit(&s.app, looked, &l);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(&l.lock);
	while (l.n < 100 && !failed)
		failed = pthread_cond_timedwait(&l.changed, &l.lock, &until);
	pthread_mutex_unlock(&l.lock);
	app_on_commit(&s.app, NULL, NULL);
	CHECK_INT(failed, 0);
	served_stop(&s);
}

/* An event that was committed without a word about it is pushed all the same. */
TEST(an_event_that_nobody_told_of_is_pushed)
{
	struct served s;
	struct stream t;
	static const char *const options[] = {"--events.poll=10ms", NULL};
	db_testing_need(DB_PG);
	served_start_with(&s, DB_PG, options);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	struct answer a = ask(&s, &admin, "GET", "/api/v1/session", NULL, NULL);
	stream_open(&t, &s, &admin,
	            str_z(s.arena, str_printf(s.arena, "/api/v1/events/stream?after=%lld",
	                                      (long long)answer_int(&a, "event_cursor"))),
	            false);
	struct db *beside = db_testing_open_url(s.app.s.db.url);
	db_testing_exec(beside,
	                "INSERT INTO event (id, schema, at, type, audience, actor, data, digest) "
	                "SELECT max(id) + 1, 1, max(at), 'admin.changed', 'agents', 'system', "
	                "'{\"object\":\"line\",\"object_id\":1,\"field\":\"name\"}', $1 FROM event",
	                DB_ARGS(db_blob(STR("x"))));
	db_close(beside);
	bool seen = false;
	const struct json *j;
	while (!seen && (j = stream_next(&t)))
		seen = str_is(json_get_str(j, "type", STR("")), "admin.changed");
	CHECK(seen);
	stream_close(&t);
	served_stop(&s);
}

/* ---- letters ---- */

static str html_of(struct served *s, const struct who *who, size_t bytes)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "<p><b id=marked>bold</b></p>");
	while (b.n < bytes)
		buf_addz(&b, "<p>0123456789</p>");
	db_testing_exec(s->app.db, "UPDATE message SET html = $1", DB_ARGS(db_text(buf_str(&b))));
	struct answer a = ask(s, who, "GET", "/api/v1/messages/1/html", NULL, NULL);
	CHECK_STATUS(&a, 200);
	return a.body;
}

DB_TEST(mime_max_html_is_where_cleaning_ends)
{
	struct served s;
	static const char *const options[] = {"--mime.max_html=64KiB", NULL};
	served_start_with(&s, engine, options);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	struct answer a = ask(
	    &s, &admin, "POST", "/api/v1/inboxes",
	    "{\"brand_id\":1,\"line_id\":1,\"name\":\"Help\",\"address\":\"help@x.test\"}", NULL);
	CHECK_STATUS(&a, 201);
	a = ask(&s, &admin, "POST", "/api/v1/tickets",
	        "{\"subject\":\"s\",\"text\":\"t\",\"from_customer\":true,"
	        "\"to\":{\"address\":\"a@c.test\"}}",
	        NULL);
	CHECK_STATUS(&a, 201);
	CHECK(str_find(html_of(&s, &admin, 60 << 10), STR("<b")) > 0);
	/* Larger: its text, and no markup of the sender's. */
	CHECK(str_find(html_of(&s, &admin, 70 << 10), STR("<b>")) < 0);
	served_stop(&s);
	/* The usual setting takes the same. */
	served_start(&s, engine);
	admin = sign_in(&s, "admin@x.test", "correct horse battery");
	a = ask(&s, &admin, "POST", "/api/v1/inboxes",
	        "{\"brand_id\":1,\"line_id\":1,\"name\":\"Help\",\"address\":\"help@x.test\"}",
	        NULL);
	a = ask(&s, &admin, "POST", "/api/v1/tickets",
	        "{\"subject\":\"s\",\"text\":\"t\",\"from_customer\":true,"
	        "\"to\":{\"address\":\"a@c.test\"}}",
	        NULL);
	CHECK(str_find(html_of(&s, &admin, 70 << 10), STR("<b")) > 0);
	served_stop(&s);
}

/* ---- links ---- */

DB_TEST(login_reset_ttl_is_the_life_of_a_link)
{
	struct served s;
	static const char *const options[] = {"--login.reset_ttl=17m", "--login.invite_ttl=3d",
	                                      NULL};
	served_start_with(&s, engine, options);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	usec before = clock_now(s.app.clock);
	struct answer a = ask(&s, &admin, "POST", "/api/v1/accounts/1/invitation", "", NULL);
	CHECK_STATUS(&a, 201);
	usec end = db_testing_int(s.app.db, "SELECT max(expires_at) FROM invitation", DB_NO_ARGS);
	CHECK(end >= before + 17 * USEC_MINUTE && end <= clock_now(s.app.clock) + 17 * USEC_MINUTE);
	/* Somebody without a password has the other setting's time. */
	a = ask(&s, &admin, "POST", "/api/v1/accounts",
	        "{\"name\":\"New\",\"email\":\"new@x.test\",\"role_id\":1}", NULL);
	CHECK_STATUS(&a, 201);
	a = ask(&s, &admin, "POST", "/api/v1/accounts/2/invitation", "", NULL);
	CHECK_STATUS(&a, 201);
	end = db_testing_int(s.app.db, "SELECT max(expires_at) FROM invitation", DB_NO_ARGS);
	CHECK(end >= before + 3 * USEC_DAY && end <= clock_now(s.app.clock) + 3 * USEC_DAY);
	served_stop(&s);
}
