/* service_testing.c: see service_testing.h. */
#include "main/service_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/db_testing.h"
#include "desk/admin.h"
#include "store/migrations_gen.h"

#define ADMIN "admin@x.test"
#define PASSWORD "correct horse battery"

static enum err add_admin(void *arg, struct db_conn *tx, struct error *e)
{
	struct app *app = arg;
	str hash;
	int64_t id;
	ARENA_AUTO a = arena_new();
	enum err err = password_hash(a, STR(PASSWORD), &hash, e);
	return err ? err
	           : desk_account_add(&app->desk, a, tx, STR(ADMIN), STR("Admin"), STR("admin"),
	                              STR("en"), hash, &id, e);
}

enum { OPTIONS_MAX = 16 };

static void begin(struct served *s, str url, const char *const *options)
{
	struct error e;
	memset(s, 0, sizeof *s);
	s->arena = arena_new();
	char *argv[OPTIONS_MAX] = {
	    str_z(s->arena, STR("otklik")),
	    str_z(s->arena, str_printf(s->arena, "--data.dir=%s", test_tmp_dir())),
	    str_z(s->arena, str_printf(s->arena, "--db.url=%.*s", STR_FMT(url))),
	    str_z(s->arena, STR("--http.listen=127.0.0.1:0")),
	    str_z(s->arena, STR("--process.roles=http")),
	    str_z(s->arena, STR("--log.level=off")),
	    NULL,
	};
	static char *no_environment[] = {NULL};
	int argc = 0;
	while (argv[argc])
		argc++;
	for (; options && *options && argc < OPTIONS_MAX - 1; options++)
		argv[argc++] = str_z(s->arena, str_of(*options));
	CHECK_OK(app_begin(&s->app, &argc, argv, no_environment, NULL, &e), &e);
	CHECK_OK(app_open(&s->app, APP_LOCK | APP_MIGRATE, &e), &e);
}

static void run_service(struct served *s)
{
	struct error e;
	CHECK_OK(service_start(&s->app, NULL, &s->service, &e), &e);
	s->port = service_http_port(s->service);
}

void served_start(struct served *s, enum db_engine engine)
{
	served_start_with(s, engine, NULL);
}

void served_start_with(struct served *s, enum db_engine engine, const char *const *options)
{
	struct error e;
	begin(s, db_testing_url(engine, MIGRATIONS, N_MIGRATIONS), options);
	CHECK_OK(db_write(s->app.db, add_admin, &s->app, &e), &e);
	run_service(s);
}

void served_start_beside(struct served *second, const struct served *first)
{
	begin(second, first->app.s.db.url, NULL);
	run_service(second);
}

void served_stop_beside(struct served *second)
{
	service_stop(second->service);
	app_close(&second->app);
	arena_free(second->arena);
}

void served_stop(struct served *s)
{
	service_stop(s->service);
	struct db *db = s->app.db;
	s->app.db = NULL;
	db_testing_close(db);
	app_close(&s->app);
	arena_free(s->arena);
}

/* ---- a client ---- */

static int dial(struct served *s)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
	struct timeval patience = {.tv_sec = 20};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

static void say(int fd, str text)
{
	while (text.n) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
		CHECK(n > 0);
		text = str_from(text, (size_t)n);
	}
}

static str request(struct served *s, const struct who *who, const char *method, const char *path,
                   str body, const char *extra, const char *connection)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addf(&b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: %s\r\n", method, path,
	         s->port, connection);
	if (who && who->cookie.n)
		buf_addf(&b, "Cookie: %.*s\r\nX-Requested-With: test\r\n", STR_FMT(who->cookie));
	if (who && who->token.n)
		buf_addf(&b, "Authorization: Bearer %.*s\r\n", STR_FMT(who->token));
	if (body.p)
		buf_addf(&b, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.n);
	buf_addz(&b, extra ? extra : "");
	buf_addz(&b, "\r\n");
	buf_add(&b, body);
	return str_dup(s->arena, buf_str(&b));
}

struct answer ask(struct served *s, const struct who *who, const char *method, const char *path,
                  const char *body, const char *extra)
{
	struct answer a = {0};
	struct error e;
	char piece[16384];
	ssize_t n;
	int fd = dial(s);
	BUF_AUTO b;
	buf_init(&b, 0);
	say(fd, request(s, who, method, path, str_of(body), extra, "close"));
	while ((n = recv(fd, piece, sizeof piece, 0)) > 0)
		buf_add(&b, str_n(piece, (size_t)n));
	(void)close(fd);
	str all = str_dup(s->arena, buf_str(&b));
	ptrdiff_t end = str_find(all, STR("\r\n\r\n"));
	int64_t status = 0;
	if (end < 0 || !str_starts(all, STR("HTTP/1.1 ")))
		test_fail(__FILE__, __LINE__, "%s %s: no answer", method, path);
	(void)str_to_i64(str_sub(all, 9, 12), &status);
	a.status = (int)status;
	a.head = str_sub(all, 0, (size_t)end + 2);
	a.body = str_from(all, (size_t)end + 4);
	const struct json_limits limits = {.bytes = 8 << 20};
	if (a.body.n && json_parse(s->arena, a.body, &limits, &a.json, &e) != ERR_OK)
		a.json = NULL;
	return a;
}

str answer_header(const struct answer *a, const char *name)
{
	str rest = a->head, line;
	while (str_split(&rest, '\n', &line)) {
		ptrdiff_t colon = str_chr(line, ':');
		if (colon > 0 && str_eq_nocase(str_sub(line, 0, (size_t)colon), str_of(name)))
			return str_trim(str_from(line, (size_t)colon + 1));
	}
	return STR("");
}

void check_status(const char *file, int line, const struct answer *a, int status)
{
	if (a->status != status)
		test_fail(file, line, "status %d, want %d: %.*s", a->status, status,
		          STR_FMT(a->body));
}

int64_t answer_int(const struct answer *a, const char *key)
{
	return json_get_i64(a->json, key, -1);
}

str answer_str(const struct answer *a, const char *key)
{
	return json_get_str(a->json, key, STR(""));
}

struct who sign_in(struct served *s, const char *email, const char *password)
{
	str body = str_printf(s->arena, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
	struct answer a = ask(s, NULL, "POST", "/api/v1/session", str_z(s->arena, body), NULL);
	CHECK_STATUS(&a, 200);
	str cookie = answer_header(&a, "set-cookie");
	ptrdiff_t end = str_chr(cookie, ';');
	CHECK(end > 0);
	return (struct who){.cookie = str_sub(cookie, 0, (size_t)end)};
}

/* ---- streams ---- */

void stream_open(struct stream *t, struct served *s, const struct who *who, const char *path,
                 bool websocket)
{
	*t = (struct stream){.s = s, .fd = dial(s), .websocket = websocket};
	char piece[8192];
	str all = STR("");
	ptrdiff_t end;
	say(t->fd, request(s, who, "GET", path, STR_NONE,
	                   websocket ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	                             : NULL,
	                   websocket ? "Upgrade" : "keep-alive"));
	while ((end = str_find(all, STR("\r\n\r\n"))) < 0) {
		ssize_t n = recv(t->fd, piece, sizeof piece, 0);
		CHECK(n > 0);
		all = str_concat(s->arena, all, str_n(piece, (size_t)n));
	}
	if (!str_starts(all, websocket ? STR("HTTP/1.1 101") : STR("HTTP/1.1 200")))
		test_fail(__FILE__, __LINE__, "no stream: %.*s", STR_FMT(all));
	t->text = str_from(all, (size_t)end + 4);
}

static bool more(struct stream *t)
{
	char piece[8192];
	ssize_t n = recv(t->fd, piece, sizeof piece, 0);
	if (n <= 0)
		return false;
	t->text = str_concat(t->s->arena, t->text, str_n(piece, (size_t)n));
	return true;
}

/* A whole frame of text, unmasked as servers send; other kinds are passed over. */
static bool next_frame(struct stream *t, str *out)
{
	for (;;) {
		const unsigned char *p = (const unsigned char *)t->text.p;
		size_t head = 2, n = t->text.n < 2 ? 0 : p[1] & 127u;
		if (t->text.n >= 4 && n == 126) {
			n = (size_t)p[2] << 8 | p[3];
			head = 4;
		}
		if (t->text.n < 4 || t->text.n < head + n) {
			if (t->text.n >= 2 && (p[0] & 15) == 8 && t->text.n >= head + n)
				return false;
			if (!more(t))
				return false;
			continue;
		}
		int opcode = p[0] & 15;
		*out = str_sub(t->text, head, head + n);
		t->text = str_from(t->text, head + n);
		if (opcode == 8)
			return false;
		if (opcode == 1)
			return true;
	}
}

static bool next_event(struct stream *t, str *out)
{
	for (;;) {
		ptrdiff_t end = str_find(t->text, STR("\n\n"));
		if (end < 0) {
			if (!more(t))
				return false;
			continue;
		}
		str block = str_sub(t->text, 0, (size_t)end), line;
		t->text = str_from(t->text, (size_t)end + 2);
		while (str_split(&block, '\n', &line))
			if (str_starts(line, STR("data: "))) {
				*out = str_from(line, 6);
				return true;
			}
	}
}

const struct json *stream_next(struct stream *t)
{
	str text;
	const struct json *j;
	struct error e;
	/* The chunks of an event stream are cut at will: lengths stand between. */
	if (!(t->websocket ? next_frame(t, &text) : next_event(t, &text)))
		return NULL;
	CHECK_OK(json_parse(t->s->arena, text, NULL, &j, &e), &e);
	return j;
}

void stream_close(struct stream *t)
{
	(void)close(t->fd);
}
