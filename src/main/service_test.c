/* service_test.c: the API over HTTP, on both engines: the story, idempotency, streams. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/db_testing.h"
#include "main/service_testing.h"

#define TICKET(subject)                                                                               \
	"{\"subject\":\"" subject "\",\"text\":\"Где мой заказ?\",\"from_customer\":true," \
	"\"to\":{\"address\":\"anna@customer.test\",\"name\":\"Anna\"}}"

static const char *path_of(struct served *s, const char *fmt, int64_t id)
{
	return str_z(s->arena, str_printf(s->arena, fmt, (long long)id));
}

DB_TEST(a_customer_writes_and_is_answered)
{
	struct served s;
	served_start(&s, engine);
	struct answer a = ask(&s, NULL, "POST", "/api/v1/session",
	                      "{\"email\":\"admin@x.test\",\"password\":\"wrong horse\"}",
	                      "Accept-Language: ru\r\n");
	CHECK_STATUS(&a, 401);
	CHECK_STR(answer_str(&a, "key"), "error.signin");
	CHECK(answer_header(&a, "set-cookie").n == 0);
	CHECK(str_find(a.body, STR("Wrong")) < 0); /* in the caller's language */
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	a = ask(&s, &admin, "GET", "/api/v1/session", NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK_STR(answer_str(&a, "email"), "admin@x.test");
	a = ask(&s, &admin, "POST", "/api/v1/inboxes",
	        "{\"brand_id\":1,\"line_id\":1,\"name\":\"Help\",\"address\":\"help@x.test\"}",
	        NULL);
	CHECK_STATUS(&a, 201);

	a = ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("Заказ 17"), NULL);
	CHECK_STATUS(&a, 201);
	int64_t id = answer_int(&a, "id"), seen = answer_int(&a, "last_message_id");
	CHECK_STR(answer_str(&a, "status"), "new");
	a = ask(&s, &admin, "GET", "/api/v1/tickets?view=open&total=1", NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK_INT(json_get(a.json, "items")->n, 1);
	CHECK_INT(answer_int(&a, "total"), 1);

	/* The same again costs nothing. */
	const char *ticket = path_of(&s, "/api/v1/tickets/%lld", id);
	a = ask(&s, &admin, "GET", ticket, NULL, NULL);
	CHECK_STATUS(&a, 200);
	str etag = answer_header(&a, "etag");
	CHECK(etag.n > 4);
	a = ask(&s, &admin, "GET", ticket, NULL,
	        str_z(s.arena, str_printf(s.arena, "If-None-Match: %.*s\r\n", STR_FMT(etag))));
	CHECK_STATUS(&a, 304);
	CHECK_INT(a.body.n, 0);

	const char *messages = path_of(&s, "/api/v1/tickets/%lld/messages", id);
	a = ask(&s, &admin, "POST", messages,
	        str_z(s.arena, str_printf(s.arena,
	                                  "{\"kind\":\"agent\",\"text\":\"В пути\","
	                                  "\"seen_message_id\":%lld,\"status\":\"pending\"}",
	                                  (long long)seen)),
	        NULL);
	CHECK_STATUS(&a, 201);
	CHECK_INT(json_get(a.json, "deliveries")->n, 1);
	/* Whoever has not seen it is told. */
	a = ask(&s, &admin, "POST", messages,
	        str_z(s.arena, str_printf(s.arena,
	                                  "{\"kind\":\"agent\",\"text\":\"Не знаю\","
	                                  "\"seen_message_id\":%lld}",
	                                  (long long)seen)),
	        NULL);
	CHECK_STATUS(&a, 409);
	CHECK_STR(answer_str(&a, "key"), "error.newer_message");
	a = ask(&s, &admin, "PATCH", ticket, "{\"priority\":\"high\"}",
	        str_z(s.arena, str_printf(s.arena, "If-Match: %.*s\r\n", STR_FMT(etag))));
	CHECK_STATUS(&a, 409);
	CHECK_STR(answer_str(&a, "key"), "error.stale");
	a = ask(&s, &admin, "PATCH", ticket, "{\"priority\":\"high\"}", NULL);
	CHECK_STATUS(&a, 200);
	CHECK_STR(answer_str(&a, "priority"), "high");
	CHECK_STR(answer_str(&a, "status"), "pending");
	a = ask(&s, &admin, "GET", messages, NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK_INT(json_get(a.json, "items")->n, 2);

	a = ask(&s, &admin, "DELETE", "/api/v1/session", NULL, NULL);
	CHECK_STATUS(&a, 200);
	a = ask(&s, &admin, "GET", ticket, NULL, NULL);
	CHECK_STATUS(&a, 401);
	CHECK_STR(answer_str(&a, "key"), "error.session_ended");
	served_stop(&s);
}

DB_TEST(files_go_up_and_come_down)
{
	struct served s;
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	BUF_AUTO big;
	buf_init(&big, 0);
	buf_addz(&big, "\x89PNG\r\n\x1a\n");
	for (int i = 0; i < 60000; i++)
		buf_addz(&big, "0123456789");
	buf_addc(&big, '\0');
	struct answer a = ask(&s, &admin, "POST",
	                      "/api/v1/uploads?name=..%2F%D1%89.png&type=image/png", big.p, NULL);
	CHECK_STATUS(&a, 201);
	CHECK_INT(answer_int(&a, "size"), 600008);
	CHECK(str_chr(answer_str(&a, "name"), '/') < 0);
	int64_t upload = answer_int(&a, "id");
	a = ask(
	    &s, &admin, "POST", "/api/v1/tickets",
	    str_z(s.arena, str_printf(s.arena,
	                              "{\"subject\":\"s\",\"text\":\"t\",\"from_customer\":true,"
	                              "\"to\":{\"address\":\"a@c.test\"},\"uploads\":[%lld]}",
	                              (long long)upload)),
	    NULL);
	CHECK_STATUS(&a, 201);
	a = ask(&s, &admin, "GET",
	        path_of(&s, "/api/v1/tickets/%lld/messages", answer_int(&a, "id")), NULL, NULL);
	const struct json *file =
	    json_at(json_get(json_at(json_get(a.json, "items"), 0), "attachments"), 0);
	str url = json_get_str(file, "url", STR(""));
	CHECK(url.n > 0);
	a = ask(&s, &admin, "GET", str_z(s.arena, url), NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK_INT(a.body.n, 600008);
	CHECK(str_starts(answer_header(&a, "content-disposition"), STR("attachment; ")));
	CHECK_STR(answer_header(&a, "content-security-policy"), "sandbox; default-src 'none'");
	CHECK_STR(answer_header(&a, "x-content-type-options"), "nosniff");
	a = ask(&s, &admin, "GET", str_z(s.arena, str_concat(s.arena, url, STR("?inline=1"))), NULL,
	        NULL);
	CHECK(str_starts(answer_header(&a, "content-disposition"), STR("inline; ")));
	CHECK_STR(answer_header(&a, "content-type"), "image/png");
	served_stop(&s);
}

/* ---- idempotency ---- */

struct same {
	struct served s; /* for the client: port and an arena of its own */
	const struct who *who;
	int64_t id;
	int status;
};

static void *post_same(void *arg)
{
	struct same *t = arg;
	struct answer a = ask(&t->s, t->who, "POST", "/api/v1/tickets", TICKET("Twice"),
	                      "Idempotency-Key: at-once\r\n");
	t->status = a.status;
	t->id = answer_int(&a, "id");
	return NULL;
}

DB_TEST(the_same_key_is_done_once)
{
	struct served s;
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	struct answer a =
	    ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("Once"), "Idempotency-Key: k-1\r\n");
	CHECK_STATUS(&a, 201);
	CHECK_INT(answer_header(&a, "idempotency-replayed").n, 0);
	str first = a.body;
	a = ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("Once"), "Idempotency-Key: k-1\r\n");
	CHECK_STATUS(&a, 201);
	CHECK_STR(answer_header(&a, "idempotency-replayed"), "true");
	CHECK_STRS(a.body, first);
	a = ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("Other"), "Idempotency-Key: k-1\r\n");
	CHECK_STATUS(&a, 422);
	CHECK_STR(answer_str(&a, "key"), "error.idempotency_mismatch");
	/* What failed was not done and may be tried again. */
	a = ask(&s, &admin, "POST", "/api/v1/lines", "{}", "Idempotency-Key: k-2\r\n");
	CHECK_STATUS(&a, 422);
	a = ask(&s, &admin, "POST", "/api/v1/lines", "{\"name\":\"L\"}",
	        "Idempotency-Key: k-2\r\n");
	CHECK_STATUS(&a, 201);
	/* A secret is shown once, and kept nowhere. */
	const char *token = "{\"name\":\"t\",\"rights\":[\"ticket.read\"]}";
	a = ask(&s, &admin, "POST", "/api/v1/tokens", token, "Idempotency-Key: k-3\r\n");
	CHECK_STATUS(&a, 201);
	CHECK(answer_str(&a, "token").n > 20);
	a = ask(&s, &admin, "POST", "/api/v1/tokens", token, "Idempotency-Key: k-3\r\n");
	CHECK_STATUS(&a, 409);
	CHECK_STR(answer_str(&a, "key"), "error.done_before");
	/* Another token of the account, with less, is not given what a session was. */
	token = "{\"name\":\"t\",\"rights\":[\"ticket.create\"]}";
	a = ask(&s, &admin, "POST", "/api/v1/tokens", token, NULL);
	CHECK_STATUS(&a, 201);
	struct who less = {.token = answer_str(&a, "token")};
	a = ask(&s, &less, "POST", "/api/v1/tickets", TICKET("Once"), "Idempotency-Key: k-1\r\n");
	CHECK_STATUS(&a, 422);
	CHECK_STR(answer_str(&a, "key"), "error.idempotency_mismatch");

	struct same many[8];
	pthread_t threads[COUNT_OF(many)];
	for (size_t i = 0; i < COUNT_OF(many); i++) {
		many[i] = (struct same){.s = {.port = s.port}, .who = &admin};
		many[i].s.arena = arena_new();
		CHECK(pthread_create(&threads[i], NULL, post_same, &many[i]) == 0);
	}
	for (size_t i = 0; i < COUNT_OF(many); i++) {
		(void)pthread_join(threads[i], NULL);
		CHECK_INT(many[i].status, 201);
		CHECK_INT(many[i].id, many[0].id);
		arena_free(many[i].s.arena);
	}
	a = ask(&s, &admin, "GET", "/api/v1/tickets", NULL, NULL);
	CHECK_INT(json_get(a.json, "items")->n, 2);
	served_stop(&s);
}

/* ---- foreign pages ---- */

DB_TEST(a_foreign_page_changes_nothing)
{
	struct served s;
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery"), plain = admin;
	struct answer a = ask(&s, &admin, "POST", "/api/v1/tags", "{\"name\":\"x\"}",
	                      "Origin: https://evil.test\r\n");
	CHECK_STATUS(&a, 403);
	CHECK_STR(answer_str(&a, "key"), "error.foreign_origin");
	a = ask(&s, &admin, "POST", "/api/v1/tags", "{\"name\":\"x\"}", "Origin: null\r\n");
	CHECK_STATUS(&a, 403);
	a = ask(&s, &admin, "POST", "/api/v1/tags", "{\"name\":\"x\"}",
	        str_z(s.arena, str_printf(s.arena, "Origin: http://127.0.0.1:%d\r\n", s.port)));
	CHECK_STATUS(&a, 201);
	plain.cookie = STR_NONE;
	str header = str_printf(s.arena, "Cookie: %.*s\r\n", STR_FMT(admin.cookie));
	a = ask(&s, &plain, "POST", "/api/v1/tags", "{\"name\":\"y\"}", str_z(s.arena, header));
	CHECK_STATUS(&a, 403); /* no X-Requested-With */
	a = ask(&s, &admin, "GET", "/api/v1/events/socket", NULL, "Origin: https://evil.test\r\n");
	CHECK_STATUS(&a, 403);
	a = ask(&s, &admin, "POST", "/api/v1/tags", NULL,
	        "Content-Type: text/plain\r\nContent-Length: 12\r\n\r\n{\"name\":\"z\"}");
	CHECK_STATUS(&a, 415);
	a = ask(&s, &admin, "POST", "/api/v1/tags", "{\"name\":", NULL);
	CHECK_STATUS(&a, 400);
	CHECK_STR(answer_str(&a, "key"), "error.bad_json");
	a = ask(&s, &admin, "PUT", "/api/v1/tags", "{}", NULL);
	CHECK_STATUS(&a, 405);
	CHECK_STR(answer_header(&a, "allow"), "GET, HEAD, POST");
	served_stop(&s);
}

/* ---- the event stream ---- */

static int64_t next_id(struct stream *t)
{
	const struct json *j = stream_next(t);
	return j ? json_get_i64(j, "id", -1) : 0;
}

static void follow(struct served *s, const struct who *who, bool websocket)
{
	const char *base =
	    websocket ? "/api/v1/events/socket?after=%lld" : "/api/v1/events/stream?after=%lld";
	struct stream t;
	struct answer a = ask(s, who, "GET", "/api/v1/events?after=0&limit=500", NULL, NULL);
	CHECK_STATUS(&a, 200);
	const struct json *items = json_get(a.json, "items");
	CHECK(items->n >= 2);
	/* From the beginning: exactly what the list says, in its order. */
	stream_open(&t, s, who, path_of(s, base, 0), websocket);
	const struct json *hello = stream_next(&t);
	CHECK(hello && str_is(json_get_str(hello, "type", STR("")), "hello"));
	CHECK_INT(json_get_i64(hello, "cursor", -1), 0);
	for (size_t i = 0; i < items->n; i++)
		CHECK_INT(next_id(&t), json_get_i64(json_at(items, i), "id", 0));
	/* Live. */
	a = ask(s, who, "POST", "/api/v1/tickets", TICKET("Live"), NULL);
	CHECK_STATUS(&a, 201);
	int64_t first = next_id(&t), second = next_id(&t);
	CHECK(first > 0 && second > first);
	stream_close(&t);
	/* Away, and back with the last id: the second event and what came since, once. */
	a = ask(s, who, "POST", "/api/v1/tags",
	        websocket ? "{\"name\":\"away\"}" : "{\"name\":\"gone\"}", NULL);
	CHECK_STATUS(&a, 201);
	stream_open(&t, s, who, path_of(s, base, first), websocket);
	CHECK(stream_next(&t) != NULL);
	CHECK_INT(next_id(&t), second);
	a = ask(s, who, "POST", "/api/v1/tickets", TICKET("Back"), NULL);
	int64_t last = second;
	for (int i = 0; i < 2; i++) {
		int64_t id = next_id(&t);
		CHECK(id > last);
		last = id;
	}
	stream_close(&t);
	/* An event that never was: start anew. */
	stream_open(&t, s, who, path_of(s, base, 1000000), websocket);
	hello = stream_next(&t);
	CHECK(hello && json_get_bool(hello, "reset", false));
	stream_close(&t);
}

DB_TEST(the_event_stream_resumes_without_gap_or_repetition)
{
	struct served s;
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	struct answer a = ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("First"), NULL);
	CHECK_STATUS(&a, 201);
	follow(&s, &admin, false);
	follow(&s, &admin, true);
	served_stop(&s);
}

DB_TEST(a_stream_ends_with_its_session)
{
	struct served s;
	struct stream t;
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	stream_open(&t, &s, &admin, "/api/v1/events/socket", true);
	CHECK(stream_next(&t) != NULL);
	struct answer a = ask(&s, &admin, "DELETE", "/api/v1/session", NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK(!stream_next(&t));
	stream_close(&t);
	served_stop(&s);
}

/* Each process reads the log itself, so a change in one is heard in the other. */
TEST(a_change_in_one_process_is_heard_in_another_pg)
{
	struct served one, two;
	struct stream t;
	db_testing_need(DB_PG);
	served_start(&one, DB_PG);
	served_start_beside(&two, &one);
	struct who admin = sign_in(&one, "admin@x.test", "correct horse battery");
	stream_open(&t, &two, &admin, "/api/v1/events/socket", true);
	CHECK(stream_next(&t) != NULL);
	struct answer a = ask(&one, &admin, "POST", "/api/v1/tickets", TICKET("Over there"), NULL);
	CHECK_STATUS(&a, 201);
	const struct json *ev = stream_next(&t);
	while (ev && json_get_i64(ev, "ticket_id", 0) != answer_int(&a, "id"))
		ev = stream_next(&t);
	CHECK(ev != NULL);
	/* And one that is signed out there is signed out here. */
	a = ask(&one, &admin, "DELETE", "/api/v1/session", NULL, NULL);
	CHECK_STATUS(&a, 200);
	while (ev)
		ev = stream_next(&t);
	stream_close(&t);
	a = ask(&two, &admin, "GET", "/api/v1/session", NULL, NULL);
	CHECK_STATUS(&a, 401);
	served_stop_beside(&two);
	served_stop(&one);
}

TEST(a_body_that_is_too_large_is_refused_in_the_common_form)
{
	struct served s;
	served_start(&s, DB_SQLITE);
	struct answer a = ask(&s, NULL, "POST", "/api/v1/session", NULL,
	                      "Content-Type: application/json\r\nContent-Length: 99999999\r\n");
	CHECK_STATUS(&a, 413);
	CHECK_STR(answer_str(&a, "key"), "error.too_large");
	served_stop(&s);
}

/* ---- what is not the API ---- */

/* What never reaches the API is refused in its form too. */
TEST(what_cannot_be_read_is_refused_in_the_common_form)
{
	struct served s;
	served_start(&s, DB_SQLITE);
	struct answer a = ask(&s, NULL, "GET", "/api/v1/session", NULL, "X-Bad : 1\r\n");
	CHECK_STATUS(&a, 400);
	CHECK_STR(answer_header(&a, "content-type"), "application/json");
	CHECK_STR(answer_str(&a, "code"), "syntax");
	CHECK_STR(answer_str(&a, "message"), "The request cannot be read");
	a = ask(&s, NULL, "GET", "/nothing", NULL, "X-Bad : 1\r\n");
	CHECK_STATUS(&a, 400);
	CHECK_STR(answer_header(&a, "content-type"), "text/plain; charset=utf-8");
	served_stop(&s);
}

/* ---- pictures from elsewhere ---- */

static int inner_port(int *fd)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof in;
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CHECK(*fd >= 0 && !bind(*fd, (struct sockaddr *)&in, sizeof in) && !listen(*fd, 8));
	CHECK(!getsockname(*fd, (struct sockaddr *)&in, &size));
	return ntohs(in.sin_port);
}

/* What stands in the page's first src="..." with its references undone. */
static const char *picture_of(struct served *s, str page)
{
	ptrdiff_t at = str_find(page, STR("src=\""));
	CHECK(at > 0);
	str url = str_from(page, (size_t)at + 5);
	url = str_sub(url, 0, (size_t)str_chr(url, '"'));
	BUF_AUTO b;
	buf_init(&b, 0);
	for (ptrdiff_t amp; (amp = str_find(url, STR("&amp;"))) >= 0;) {
		buf_add(&b, str_sub(url, 0, (size_t)amp + 1));
		url = str_from(url, (size_t)amp + 5);
	}
	buf_add(&b, url);
	return str_z(s->arena, buf_str(&b));
}

DB_TEST(a_picture_comes_through_us_or_not_at_all)
{
	struct served s;
	int fd, port = inner_port(&fd);
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	struct answer a = ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("One"), NULL);
	int64_t id = answer_int(&a, "last_message_id");
	a = ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("Two"), NULL);
	int64_t other = answer_int(&a, "last_message_id");
	str html = str_printf(s.arena, "<p>x<img src='http://127.0.0.1:%d/p.png?a=1&b=2'>", port);
	db_testing_exec(s.app.db, "UPDATE message SET html = $1", DB_ARGS(db_text(html)));
	const char *page = path_of(&s, "/api/v1/messages/%lld/html", id);
	a = ask(&s, &admin, "GET", page, NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK(str_find(a.body, STR("data-blocked")) > 0 && str_find(a.body, STR(" src=")) < 0);
	CHECK(str_find(answer_header(&a, "content-security-policy"), STR("http")) < 0);
	a = ask(&s, &admin, "GET", str_z(s.arena, str_printf(s.arena, "%s?images=true", page)),
	        NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK(str_find(answer_header(&a, "content-security-policy"), STR("http")) < 0);
	const char *picture = picture_of(&s, a.body);
	CHECK(str_starts(str_of(picture), STR("/api/v1/messages/")));
	/* signed as it should be, but inside: refused before anything is asked */
	a = ask(&s, &admin, "GET", picture, NULL, NULL);
	CHECK_STATUS(&a, 404);
	CHECK_STR(answer_str(&a, "key"), "error.image");
	CHECK_INT(accept(fd, NULL, NULL), -1);
	/* for another message, for another address, for nobody */
	str rest = str_from(str_of(picture), (size_t)str_find(str_of(picture), STR("/image?")));
	const char *moved = path_of(&s, "/api/v1/messages/%lld", other);
	a = ask(&s, &admin, "GET",
	        str_z(s.arena, str_printf(s.arena, "%s%.*s", moved, STR_FMT(rest))), NULL, NULL);
	CHECK_STATUS(&a, 404);
	a = ask(&s, &admin, "GET", str_z(s.arena, str_printf(s.arena, "%sx", picture)), NULL, NULL);
	CHECK_STATUS(&a, 404);
	a = ask(&s, NULL, "GET", picture, NULL, NULL);
	CHECK_STATUS(&a, 401);
	close(fd);
	served_stop(&s);
}

static bool anywhere(const struct sockaddr *sa)
{
	return true;
}

/* Answers one request, and no second. */
static void *picture_server(void *arg)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	                             "Content-Length: 21\r\n\r\n\x89PNG\r\n\x1a\n-------------";
	char line[2048];
	int c = accept(*(int *)arg, NULL, NULL);
	if (c >= 0 && read(c, line, sizeof line) > 0 && write(c, answer, sizeof answer - 1) < 0)
		return NULL;
	close(c);
	return NULL;
}

TEST(a_picture_is_fetched_once)
{
	struct served s;
	struct error e;
	pthread_t server;
	int fd, port = inner_port(&fd);
	served_start(&s, DB_SQLITE);
	service_stop(s.service);
	s.app.image_allow = anywhere;
	CHECK_OK(service_start(&s.app, NULL, &s.service, &e), &e);
	s.port = service_http_port(s.service);
	CHECK(!fcntl(fd, F_SETFL, 0) && !pthread_create(&server, NULL, picture_server, &fd));
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	struct answer a = ask(&s, &admin, "POST", "/api/v1/tickets", TICKET("One"), NULL);
	int64_t id = answer_int(&a, "last_message_id");
	str html = str_printf(s.arena, "<p>x<img src='http://127.0.0.1:%d/p.png'>", port);
	db_testing_exec(s.app.db, "UPDATE message SET html = $1", DB_ARGS(db_text(html)));
	a = ask(&s, &admin, "GET", path_of(&s, "/api/v1/messages/%lld/html?images=true", id), NULL,
	        NULL);
	CHECK_STATUS(&a, 200);
	const char *picture = picture_of(&s, a.body);
	for (int i = 0; i < 2; i++) { /* the second time from memory */
		a = ask(&s, &admin, "GET", picture, NULL, NULL);
		CHECK_STATUS(&a, 200);
		CHECK_STR(answer_header(&a, "content-type"), "image/png");
		CHECK_STR(answer_header(&a, "x-content-type-options"), "nosniff");
		CHECK_INT(a.body.n, 21);
	}
	pthread_join(server, NULL);
	close(fd);
	served_stop(&s);
}

DB_TEST(the_ledger_is_exported_whole)
{
	struct served s;
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	db_testing_exec(s.app.db,
	                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
	                "10001) INSERT INTO intake (received_at, channel, size, digest, state) "
	                "SELECT i, 'mail', 1, '', 'rejected' FROM n",
	                DB_NO_ARGS);
	struct answer a = ask(&s, &admin, "GET", "/api/v1/export/intake", NULL, NULL);
	CHECK_STATUS(&a, 200);
	size_t lines = 0, heads = 0;
	for (str rest = a.body, line; str_split(&rest, '\n', &line); lines++)
		heads += str_find(line, STR("received_at")) >= 0;
	CHECK_INT(heads, 1);
	CHECK_INT(lines, 10003); /* the head, and what stands behind the last line end */
	a = ask(&s, &admin, "GET", "/api/v1/export/intake?limit=7&cursor=100", NULL, NULL);
	lines = 0;
	for (str rest = a.body, line; str_split(&rest, '\n', &line);)
		lines += line.n > 0;
	CHECK_INT(lines, 7);
	CHECK_INT(db_testing_int(s.app.db, "SELECT count(*) FROM event WHERE type = 'export.made'",
	                         DB_NO_ARGS),
	          2);
	served_stop(&s);
}

DB_TEST(health_is_told)
{
	struct served s;
	served_start(&s, engine);
	struct answer a = ask(&s, NULL, "GET", "/healthz", NULL, NULL);
	CHECK_STATUS(&a, 200);
	a = ask(&s, NULL, "GET", "/readyz", NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK(json_get_bool(a.json, "ready", false) && json_get_bool(a.json, "writer", false));
	a = ask(&s, NULL, "GET", "/metrics", NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK(str_find(a.body, STR("otklik_jobs_live ")) > 0);
	a = ask(&s, NULL, "GET", "/robots.txt", NULL, NULL);
	CHECK_STATUS(&a, 200);
	a = ask(&s, NULL, "GET", "/no/such.js", NULL, "Accept-Language: ru\r\n");
	CHECK_STATUS(&a, 404);
	CHECK(str_find(a.body, STR("lang=\"ru\"")) > 0);
	a = ask(&s, NULL, "POST", "/", "{}", NULL);
	CHECK_STATUS(&a, 405);
	served_stop(&s);
}
