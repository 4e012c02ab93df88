/* http_stream_test.c: server-sent events and WebSocket over a real connection. */
#include "net/http_fixture.h"

#include <unistd.h>

TEST(http_sse_sends_events_and_ends)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	say(fd, STR("GET /sse HTTP/1.1\r\nHost: a\r\n\r\n"));
	sem_wait(&f.event);
	CHECK(http_stream_send_event(f.stream, STR("17"), STR("ticket"), STR("{\"a\":1}")));
	CHECK(http_stream_send(f.stream, STR("one\ntwo\r\nthree\rfour")));
	str head = hear_until(a, fd, "\r\n\r\n");
	CHECK(str_find(head, STR("Content-Type: text/event-stream; charset=utf-8\r\n")) > 0);
	CHECK(str_find(head, STR("Content-Length")) < 0);
	CHECK_STR(hear_until(a, fd, "\n\n"), "id: 17\nevent: ticket\ndata: {\"a\":1}\n\n");
	CHECK_STR(hear_until(a, fd, "\n\n"), "data: one\ndata: two\ndata: three\ndata: four\n\n");
	http_stream_send(f.stream, STR("last"));
	http_stream_close(f.stream, 1000);
	CHECK(!http_stream_send(f.stream, STR("too late")));
	CHECK_STR(hear_all(a, fd), "data: last\n\n");
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1000);
	close(fd);
	stop(&f);
}

TEST(http_streams_notice_that_the_client_has_gone)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	say(fd, STR("GET /sse HTTP/1.1\r\nHost: a\r\n\r\n"));
	sem_wait(&f.event);
	hear_until(a, fd, "\r\n\r\n");
	close(fd);
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1006);
	CHECK(!http_stream_send(f.stream, STR("x")));
	stop(&f);
}

TEST(http_streams_beat_when_silent)
{
	struct fixture f;
	setup(&f);
	f.opt.heartbeat = 5000;
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	say(fd, STR("GET /sse HTTP/1.1\r\nHost: a\r\n\r\n"));
	sem_wait(&f.event);
	hear_until(a, fd, "\r\n\r\n");
	CHECK_STR(hear_until(a, fd, "\n\n"), ":\n\n");
	CHECK_STR(hear_until(a, fd, "\n\n"), ":\n\n");
	close(fd);
	stop(&f);
}

TEST(http_stream_of_a_client_that_does_not_read_is_closed)
{
	struct fixture f;
	setup(&f);
	f.opt.stream_queue = 100000;
	start(&f);
	int fd = dial(&f);
	say(fd, STR("GET /sse HTTP/1.1\r\nHost: a\r\n\r\n"));
	sem_wait(&f.event);
	char text[5000];
	memset(text, 'x', sizeof text);
	while (http_stream_send(f.stream, str_n(text, sizeof text)))
		;
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1013);
	struct http_stats st;
	http_server_stats(f.server, &st);
	CHECK_INT(st.overflowed, 1);
	CHECK_INT(st.streams, 0);
	close(fd);
	stop(&f);
}

/* A client's frame, masked. */
static void say_frame(int fd, int first, str payload)
{
	char frame[300] = {(char)first, (char)(0x80 | payload.n), 1, 2, 3, 4};
	CHECK(payload.n < 126);
	for (size_t i = 0; i < payload.n; i++)
		frame[6 + i] = (char)(payload.p[i] ^ (char)(i % 4 + 1));
	say(fd, str_n(frame, 6 + payload.n));
}

#define WS_HEAD                                                                                    \
	"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static int dial_ws(struct arena *a, struct fixture *f)
{
	int fd = dial(f);
	say(fd, STR(WS_HEAD));
	str head = hear_until(a, fd, "\r\n\r\n");
	CHECK(str_starts(head, STR("HTTP/1.1 101 Switching Protocols\r\n")));
	CHECK(str_find(head, STR("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) > 0);
	CHECK(str_find(head, STR("Connection: Upgrade\r\n")) > 0);
	sem_wait(&f->event);
	return fd;
}

TEST(http_websocket_talks_both_ways)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial_ws(a, &f);
	say_frame(fd, 0x81, STR("hello"));
	CHECK_STRS(hear_n(a, fd, 7), STR("\x81\x05hello"));
	sem_wait(&f.event);
	CHECK_STR(str_of(f.said), "hello");
	say_frame(fd, 0x89, STR("p"));
	CHECK_STRS(hear_n(a, fd, 3), STR("\x8a\x01p"));
	CHECK(http_stream_send_event(f.stream, STR("1"), STR("e"), STR("news")));
	CHECK_STRS(hear_n(a, fd, 6), STR("\x81\x04news"));
	say_frame(fd, 0x88,
	          STR("\x03\xe9"
	              "bye"));
	CHECK_STRS(hear_all(a, fd), STR("\x88\x02\x03\xe9"));
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1001);
	close(fd);
	stop(&f);
}

TEST(http_websocket_closed_by_us_and_by_errors)
{
	struct fixture f;
	setup(&f);
	f.opt.stream_message = 100;
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial_ws(a, &f);
	http_stream_close(f.stream, 4001);
	CHECK_STRS(hear_all(a, fd), STR("\x88\x02\x0f\xa1"));
	close(fd);
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 4001);
	http_stream_unref(f.stream);
	fd = dial_ws(a, &f);
	char much[101] = "";
	say_frame(fd, 0x82, str_n(much, sizeof much));
	CHECK_STRS(hear_all(a, fd), STR("\x88\x02\x03\xf1"));
	close(fd);
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1009);
	http_stream_unref(f.stream);
	fd = dial_ws(a, &f);
	say(fd, STR("\x81\x01x")); /* unmasked */
	CHECK_STRS(hear_all(a, fd), STR("\x88\x02\x03\xea"));
	close(fd);
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1002);
	http_stream_unref(f.stream);
	fd = dial_ws(a, &f);
	http_server_drain(f.server, on_drained, &f);
	CHECK_STRS(hear_all(a, fd), STR("\x88\x02\x03\xe9"));
	close(fd);
	sem_wait(&f.event);
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1001);
	CHECK(f.drained);
	stop(&f);
}

TEST(http_websocket_frames_sent_with_the_upgrade_are_heard)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	say(fd, STR(WS_HEAD "\x81\x82\x00\x00\x00\x00hi"));
	hear_until(a, fd, "\r\n\r\n");
	CHECK_STRS(hear_n(a, fd, 4), STR("\x81\x02hi"));
	close(fd);
	stop(&f);
}

TEST(http_websocket_pings_and_gives_up_on_the_dead)
{
	struct fixture f;
	setup(&f);
	f.opt.heartbeat = 10000;
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial_ws(a, &f);
	CHECK_STRS(hear_n(a, fd, 2), STR("\x89\x00"));
	CHECK_STR(hear_all(a, fd), "");
	sem_wait(&f.event);
	CHECK_INT(f.close_code, 1006);
	close(fd);
	stop(&f);
}

TEST(http_websocket_upgrades_must_be_proper)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	CHECK(str_starts(ask(a, &f, GET_CLOSE("/ws")), STR("HTTP/1.1 426 ")));
	CHECK(!f.stream);
	str t = ask(a, &f,
	            STR("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
	                "Connection: upgrade, close\r\nSec-WebSocket-Version: 8\r\n\r\n"));
	CHECK(str_starts(t, STR("HTTP/1.1 426 ")));
	CHECK(str_find(t, STR("Sec-WebSocket-Version: 13\r\n")) > 0);
	t = ask(a, &f,
	        STR("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
	            "Connection: upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
	            "Sec-WebSocket-Key: abc\r\n\r\n"));
	CHECK(str_starts(t, STR("HTTP/1.1 400 ")));
	stop(&f);
}

/* Several threads send at once while the client reads and then goes. */
static void *send_many(void *arg)
{
	struct http_stream *s = arg;
	for (int i = 0; i < 500 && http_stream_send(s, STR("x")); i++)
		;
	return NULL;
}

TEST(http_streams_take_sends_from_many_threads)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial_ws(a, &f);
	pthread_t t[4];
	for (size_t i = 0; i < COUNT_OF(t); i++)
		pthread_create(&t[i], NULL, send_many, f.stream);
	str got = hear_n(a, fd, 3 * 2000);
	for (size_t i = 0; i < got.n; i += 3)
		CHECK(memcmp(got.p + i, "\x81\x01x", 3) == 0);
	for (size_t i = 0; i < COUNT_OF(t); i++)
		pthread_join(t[i], NULL);
	for (size_t i = 0; i < COUNT_OF(t); i++)
		pthread_create(&t[i], NULL, send_many, f.stream);
	close(fd);
	for (size_t i = 0; i < COUNT_OF(t); i++)
		pthread_join(t[i], NULL);
	stop(&f);
}

/* Whatever is not plainly the handshake stays HTTP. */
TEST(http_upgrades_only_a_plain_request)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	static const struct {
		const char *line, *fields, *status;
	} cases[] = {
	    {"GET /ws HTTP/1.0", "Upgrade: websocket\r\nConnection: Upgrade\r\n", "426"},
	    {"GET /ws HTTP/1.1", "Upgrade: websocket\r\n", "426"},
	    {"GET /ws HTTP/1.1", "Upgrade: h2c\r\nConnection: Upgrade\r\n", "426"},
	    {"POST /ws HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade\r\n", "426"},
	    {"GET /ws HTTP/1.1",
	     "Upgrade: websocket\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked\r\n", "426"},
	    {"GET /ws HTTP/1.1",
	     "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n", "426"},
	    {"GET /ws HTTP/1.1",
	     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", "400"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str t = ask(
		    a, &f,
		    str_printf(a,
		               "%s\r\nHost: a\r\nSec-WebSocket-Version: 13\r\n"
		               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"
		               "0\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		               cases[i].line, cases[i].fields));
		CHECK_STR(str_sub(t, 9, 12), cases[i].status);
	}
	stop(&f);
}
