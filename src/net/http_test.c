/* http_test.c: requests and answers, clients that misbehave, drain and stop.
 *
 * Nothing here waits for a time to pass: where the server must give up, its
 * patience is set to a few milliseconds and the client waits for the answer. */
#include "net/http_fixture.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- requests and answers ---- */

TEST(http_answers_and_keeps_the_connection)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	for (int i = 0; i < 3; i++) {
		say(fd, STR("GET /a%20b HTTP/1.1\r\nHost: a\r\n\r\n"));
		str head = hear_until(a, fd, "\r\n\r\n");
		CHECK(str_starts(head, STR("HTTP/1.1 200 OK\r\nDate: ")));
		CHECK(str_find(head, STR("Content-Length: 4\r\n")) > 0);
		CHECK(str_find(head, STR("Connection:")) < 0);
		CHECK_STR(hear_n(a, fd, 4), "/a b");
	}
	close(fd);
	struct http_stats st;
	http_server_stats(f.server, &st);
	CHECK_INT(st.requests, 3);
	CHECK_INT(st.accepted, 1);
	stop(&f);
}

TEST(http_pipelined_answers_keep_their_order)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	for (int i = 0; i < 200; i++)
		buf_addf(&b, "POST /%03d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", i);
	buf_add(&b, GET_CLOSE("/last"));
	str all = ask(a, &f, buf_str(&b));
	CHECK_INT(count_of(all, "HTTP/1.1 200 OK"), 201);
	for (int i = 0; i < 200; i++) {
		char path[16];
		snprintf(path, sizeof path, "\r\n\r\n/%03d", i);
		ptrdiff_t at = str_find(all, str_of(path));
		CHECK(at >= 0);
		all = str_from(all, (size_t)at);
	}
	CHECK(str_ends(all, STR("Connection: close\r\nContent-Length: 5\r\n\r\n/last")));
	stop(&f);
}

TEST(http_refuses_what_is_malformed_and_closes)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	str smuggled = ask(a, &f,
	                   STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
	                       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	                       "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"));
	CHECK(str_starts(smuggled, STR("HTTP/1.1 400 Bad Request\r\n")));
	CHECK_INT(count_of(smuggled, "HTTP/1.1"), 1);
	CHECK(str_find(smuggled, STR("Connection: close\r\n")) > 0);
	str dots = ask(a, &f, STR("GET /a/%2e%2e/b HTTP/1.1\r\nHost: a\r\n\r\n"));
	CHECK(str_starts(dots, STR("HTTP/1.1 400 ")));
	str nul = ask(a, &f, STR("GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n"));
	CHECK(str_starts(nul, STR("HTTP/1.1 400 ")));
	stop(&f);
}

/* The application may word what the server refuses, by the target. */
TEST(http_refusals_may_be_worded)
{
	struct fixture f;
	setup(&f);
	f.opt.limits.request_line = 100;
	f.opt.head_timeout = 20000;
	start(&f);
	ARENA_AUTO a = arena_new();
	static const struct {
		const char *sent, *status, *body;
	} cases[] = {
	    {"GET /own/a HTTP/1.1\r\nHost : a\r\n\r\n", "400", "400 on /own/a"},
	    {"GET /own/%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400", "400 on /own/%00"},
	    {"GET /own HTTP/2.0\r\n", "505", "505 on /own"},
	    {"PUT /own HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", "413",
	     "413 on /own"},
	    {"POST /own HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n!\r\n", "400",
	     "400 on /own"},
	    {"GET /own/part", "408", "408 on /own/part"},
	    {"GET /other HTTP/1.1\r\nHost : a\r\n\r\n", "400",
	     "Bad Request: malformed header name\n"},
	    {"\r\n\r\n", "400", "Bad Request: empty request line\n"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str t = ask(a, &f, str_of(cases[i].sent));
		CHECK_STR(str_sub(t, 9, 12), cases[i].status);
		ptrdiff_t at = str_find(t, STR("\r\n\r\n"));
		CHECK(at > 0);
		CHECK_STR(str_from(t, (size_t)at + 4), cases[i].body);
		CHECK_INT(count_of(t, "Content-Type: text/x-own\r\n"),
		          cases[i].body[0] >= '0' && cases[i].body[0] <= '9');
		CHECK_INT(count_of(t, "Cache-Control: no-store\r\n"), 1);
	}
	char line[120] = "GET /own/";
	memset(line + 9, 'x', 100);
	str t = ask(a, &f, str_n(line, 109));
	CHECK(str_starts(t, STR("HTTP/1.1 414 ")) && str_find(t, STR("414 on /own/xxx")) > 0);
	stop(&f);
}

TEST(http_head_and_empty_statuses_have_no_body)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	str t = ask(a, &f, STR("HEAD /abc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	CHECK(str_ends(t, STR("Content-Length: 4\r\n\r\n")));
	int fd = dial(&f);
	say(fd, GET_CLOSE("/hold"));
	sem_wait(&f.event);
	http_reply(f.held, 304, NULL, 0, STR("nothing"));
	t = hear_all(a, fd);
	CHECK(str_starts(t, STR("HTTP/1.1 304 Not Modified\r\n")) && str_ends(t, STR("\r\n\r\n")));
	CHECK(str_find(t, STR("Content-Length")) < 0);
	close(fd);
	stop(&f);
}

TEST(http_refusals_of_head_have_no_body)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	static const char *const cases[] = {
	    "HEAD / HTTP/1.1\r\nHost : a\r\n\r\n",
	    "HEAD /a%00 HTTP/1.1\r\nHost: a\r\n\r\n",
	    "HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	    "HEAD /sse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str t = ask(a, &f, str_of(cases[i]));
		CHECK(str_starts(t, STR("HTTP/1.1 40")) && str_ends(t, STR("\r\n\r\n")));
		CHECK_INT(count_of(t, "\r\n\r\n"), 1);
	}
	stop(&f);
}

TEST(http_bodies_that_do_not_come_whole_reach_nobody)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	static const char *const cases[] = {
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
	    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int fd = dial(&f);
		say(fd, str_of(cases[i]));
		shutdown(fd, SHUT_WR);
		CHECK_STR(hear_all(a, fd), "");
		close(fd);
	}
	struct http_stats st;
	http_server_stats(f.server, &st);
	CHECK_INT(st.requests, 0);
	/* Who only stops sending behind a whole request is answered. */
	int fd = dial(&f);
	say(fd, STR("GET /whole HTTP/1.1\r\nHost: a\r\n\r\n"));
	shutdown(fd, SHUT_WR);
	CHECK(str_ends(hear_all(a, fd), STR("/whole")));
	close(fd);
	stop(&f);
}

TEST(http_reads_nothing_behind_a_refusal)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	static const char *const cases[] = {
	    "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
	    "POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n",
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	    "GET / HTTP/1.0\r\n\r\n",
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str t = ask(a, &f, str_printf(a, "%sGET /b HTTP/1.1\r\nHost: a\r\n\r\n", cases[i]));
		CHECK_INT(count_of(t, "HTTP/1.1 "), 1);
	}
	stop(&f);
}

TEST(http_speaks_1_0)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	CHECK(str_find(ask(a, &f, STR("GET / HTTP/1.0\r\n\r\n")), STR("Connection: close\r\n")) >
	      0);
	int fd = dial(&f);
	for (int i = 0; i < 2; i++) {
		say(fd, STR("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
		CHECK(str_find(hear_until(a, fd, "\r\n\r\n"), STR("Connection: keep-alive\r\n")) >
		      0);
		CHECK_STR(hear_n(a, fd, 1), "/");
	}
	close(fd);
	stop(&f);
}

TEST(http_bodies_stay_in_memory_or_go_to_a_file)
{
	struct fixture f;
	setup(&f);
	f.opt.body_memory = 1000;
	f.opt.spool_dir = test_tmp_dir();
	start(&f);
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	static const struct {
		const char *path;
		size_t n;
		const char *status, *text;
	} cases[] = {
	    {"/upload", 1000, "200", "1000 in memory "},
	    {"/upload", 1001, "200", "1001 in a file bbb"},
	    {"/upload", 3000000, "200", "3000000 in a file bbb"},
	    {"/upload", 4194305, "413", "Content Too Large: body too large\n"},
	    {"/echo", 1001, "413", "Content Too Large: body too large\n"},
	    {"/forbidden", 100000, "403", "no"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int fd = dial(&f);
		buf_init(&b, 0);
		buf_addf(&b,
		         "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
		         "%zu\r\n\r\n",
		         cases[i].path, cases[i].n);
		say(fd, buf_str(&b));
		buf_clear(&b);
		for (size_t k = 0; k < cases[i].n && k < 3000000; k++)
			buf_addc(&b, 'b');
		/* A refusal may come before all has been sent. */
		str rest = buf_str(&b);
		while (rest.n) {
			ssize_t n = send(fd, rest.p, rest.n, MSG_NOSIGNAL);
			if (n <= 0)
				break;
			rest = str_from(rest, (size_t)n);
		}
		str t = hear_all(a, fd);
		CHECK_STR(str_sub(t, 9, 12), cases[i].status);
		CHECK(str_ends(t, str_of(cases[i].text)));
		close(fd);
		buf_release(&b);
	}
	buf_init(&b, 0);
	buf_addz(&b, "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
	             "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 100; i++)
		buf_addz(&b, "14;x=1\r\ncccccccccccccccccccc\r\n");
	buf_addz(&b, "0\r\nX-Sum: 1\r\n\r\n");
	CHECK(str_ends(ask(a, &f, buf_str(&b)), STR("\r\n\r\n2000 in a file ccc")));
	stop(&f);
}

TEST(http_files_of_bodies_have_a_common_limit)
{
	struct fixture f;
	setup(&f);
	f.opt.loops = 1;
	f.opt.body_memory = 100;
	f.opt.spool_dir = test_tmp_dir();
	f.opt.spool_total = 5000;
	start(&f);
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	for (int i = 0; i < 3000; i++)
		buf_addc(&b, 'b');
	static const char head[] = "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
	                           "Content-Length: 3000\r\n\r\n";
	/* One that does not come to its end takes its part of the room ... */
	int half = dial(&f);
	say(half, STR("POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	              "Content-Length: 4000\r\n\r\n"));
	CHECK(hear_until(a, half, "100 Continue\r\n\r\n").n > 0);
	say(half, buf_str(&b));
	int next = 0;
	str t = STR("");
	for (int tries = 0; tries < 1000; tries++) { /* until the server has read the half */
		next = dial(&f);
		say(next, str_of(head));
		(void)send(next, b.p, b.n, MSG_NOSIGNAL);
		t = hear_all(a, next);
		close(next);
		if (!str_starts(t, STR("HTTP/1.1 200")))
			break;
	}
	CHECK(str_starts(t, STR("HTTP/1.1 503")));
	/* ... until it goes away. */
	close(half);
	for (int tries = 0; tries < 1000; tries++) {
		next = dial(&f);
		say(next, str_of(head));
		(void)send(next, b.p, b.n, MSG_NOSIGNAL);
		t = hear_all(a, next);
		close(next);
		if (str_starts(t, STR("HTTP/1.1 200")))
			break;
	}
	CHECK(str_starts(t, STR("HTTP/1.1 200")));
	stop(&f);
}

TEST(http_expect_is_answered_before_the_body)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
	            "2\r\n\r\n"));
	CHECK_STR(hear_until(a, fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
	say(fd, STR("hi"));
	CHECK(str_ends(hear_until(a, fd, "\r\n\r\nhi"), STR("\r\n\r\nhi")));
	close(fd);
	/* Who is refused is not asked for the body. */
	str t = ask(a, &f,
	            STR("POST /forbidden HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	                "Content-Length: 2\r\n\r\n"));
	CHECK(str_starts(t, STR("HTTP/1.1 403 ")) && str_find(t, STR("Connection: close")) > 0);
	t = ask(a, &f,
	        STR("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	            "Content-Length: 99999999\r\n\r\n"));
	CHECK(str_starts(t, STR("HTTP/1.1 413 ")));
	stop(&f);
}

TEST(http_refusal_at_the_head_keeps_the_connection_without_a_body)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	str t = ask(a, &f,
	            STR("GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n"
	                "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	CHECK(str_starts(t, STR("HTTP/1.1 403 ")) && str_ends(t, STR("/next")));
	stop(&f);
}

TEST(http_parts_of_a_request_are_decoded)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	str t = ask(a, &f,
	            STR("GET /parts?x=1&q=%D0%B4%D0%B0+%26%zz HTTP/1.1\r\nHost: a\r\n"
	                "Cookie: other=1; sid=\"abc\"\r\nConnection: close\r\n\r\n"));
	CHECK(str_ends(t, STR("\r\n\r\nда &%zz|abc|absent")));
	stop(&f);
}

TEST(http_header_values_cannot_break_out)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	str t = ask(a, &f, GET_CLOSE("/inject"));
	CHECK(str_find(t, STR("X-Name: a  Set-Cookie: b \r\n")) > 0);
	stop(&f);
}

TEST(http_forwarded_addresses_are_believed_from_trusted_proxies_only)
{
	static const struct {
		const char *fields, *want;
	} cases[] = {
	    {"", "127.0.0.1 http"},
	    {"X-Forwarded-Proto: https\r\n", "127.0.0.1 https"},
	    {"X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4 http"},
	    {"X-Forwarded-For: 9.9.9.9, 1.2.3.4\r\n", "1.2.3.4 http"},
	    {"X-Forwarded-For: 9.9.9.9, 1.2.3.4, 10.1.1.1\r\n", "1.2.3.4 http"},
	    {"X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 1.2.3.4, 10.1.1.1\r\n", "1.2.3.4 http"},
	    {"X-Forwarded-For: junk, 10.1.1.1\r\n", "10.1.1.1 http"},
	    {"X-Forwarded-For: 1.2.3.4:80\r\n", "127.0.0.1 http"},
	    {"X-Forwarded-For: ::ffff:10.0.0.1, 2001:db8::1\r\n", "2001:db8::1 http"},
	};
	for (int trusted = 1; trusted >= 0; trusted--) {
		struct fixture f;
		setup(&f);
		if (!trusted)
			f.opt.n_trusted = 0;
		start(&f);
		ARENA_AUTO a = arena_new();
		for (size_t i = 0; i < COUNT_OF(cases); i++) {
			str q = str_printf(a, "GET /who HTTP/1.0\r\n%s\r\n", cases[i].fields);
			str t = ask(a, &f, q);
			CHECK_STR(str_from(t, (size_t)str_find(t, STR("\r\n\r\n")) + 4),
			          trusted ? cases[i].want : "127.0.0.1 http");
		}
		stop(&f);
	}
}

TEST(http_files_are_streamed)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	str t = ask(a, &f, GET_CLOSE("/file?size=900000"));
	ptrdiff_t body = str_find(t, STR("\r\n\r\n")) + 4;
	CHECK_INT(t.n - (size_t)body, 900000);
	CHECK(str_find(t, STR("Content-Length: 900000\r\n")) > 0);
	/* A file that is shorter than promised ends the connection early. */
	t = ask(a, &f, GET_CLOSE("/file?size=1000000"));
	body = str_find(t, STR("\r\n\r\n")) + 4;
	CHECK_INT(t.n - (size_t)body, 999990);
	t = ask(a, &f, STR("HEAD /file?size=5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	CHECK(str_ends(t, STR("Content-Length: 5\r\n\r\n")));
	stop(&f);
}

TEST(http_large_answers_to_a_slow_reader_arrive_whole)
{
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	say(fd, GET_CLOSE("/hold"));
	sem_wait(&f.event);
	size_t n = 20 << 20;
	char *p = arena_alloc(f.held->arena, n);
	memset(p, 'x', n);
	http_reply_static(f.held, 200, NULL, 0, str_n(p, n));
	str t = hear_all(a, fd);
	CHECK_INT(t.n - (size_t)(str_find(t, STR("\r\n\r\n")) + 4), n);
	close(fd);
	stop(&f);
}

/* ---- clients that misbehave, and ends ---- */

TEST(http_slow_clients_are_closed)
{
	struct fixture f;
	setup(&f);
	f.opt.head_timeout = f.opt.body_window = f.opt.idle_timeout = 20000;
	start(&f);
	ARENA_AUTO a = arena_new();
	CHECK(str_starts(ask(a, &f, STR("GET / HTTP/1.1\r\nHo")), STR("HTTP/1.1 408 ")));
	str t = ask(a, &f, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nab"));
	CHECK(str_starts(t, STR("HTTP/1.1 408 ")));
	CHECK_STR(ask(a, &f, STR("")), "");
	t = ask(a, &f, STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	CHECK_INT(count_of(t, "HTTP/1.1"), 1); /* answered, then closed as idle */
	t = ask(a, &f, STR("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTT"));
	CHECK(str_find(t, STR("HTTP/1.1 408 ")) >= 0);
	stop(&f);
}

TEST(http_client_that_reads_nothing_is_closed)
{
	struct fixture f;
	setup(&f);
	f.opt.write_window = 20000;
	start(&f);
	ARENA_AUTO a = arena_new();
	int fd = dial(&f);
	say(fd, GET_CLOSE("/hold"));
	sem_wait(&f.event);
	size_t n = 20 << 20;
	http_reply_static(f.held, 200, NULL, 0, str_n(arena_alloc(f.held->arena, n), n));
	struct http_stats st;
	do {
		sched_yield();
		http_server_stats(f.server, &st);
	} while (st.connections > 0);
	CHECK(hear_all(a, fd).n < n);
	close(fd);
	stop(&f);
}

TEST(http_client_gone_before_the_answer)
{
	struct fixture f;
	setup(&f);
	start(&f);
	int fd = dial(&f);
	say(fd, GET_CLOSE("/hold"));
	sem_wait(&f.event);
	struct linger hard = {1, 0}; /* a reset, which the server sees at once */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd);
	while (!http_gone(f.held))
		sched_yield();
	answer(f.held, 200, "to nobody");
	ARENA_AUTO a = arena_new();
	CHECK(str_ends(ask(a, &f, GET_CLOSE("/after")), STR("/after")));
	stop(&f);
}

TEST(http_answers_after_the_stop_are_safe)
{
	struct fixture f;
	setup(&f);
	start(&f);
	int fd = dial(&f);
	say(fd, GET_CLOSE("/hold"));
	sem_wait(&f.event);
	http_server_stop(f.server);
	CHECK(http_gone(f.held));
	struct http_req *late = f.held;
	stop(&f);
	answer(late, 200, "too late");
	close(fd);
}

TEST(http_drain_finishes_what_is_under_way)
{
	struct fixture f;
	setup(&f);
	f.opt.drain_idle = 20000;
	start(&f);
	ARENA_AUTO a = arena_new();
	int idle = dial(&f), busy = dial(&f), half = dial(&f);
	say(idle, STR("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear_until(a, idle, "/1");
	say(busy, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	sem_wait(&f.event);
	say(half, STR("GET /half HTTP/1.1\r\nHost: a\r\n"));
	say(idle, STR("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear_until(a, idle, "/2");
	http_server_drain(f.server, on_drained, &f);
	CHECK_STR(hear_all(a, idle), "");
	CHECK(!f.drained);
	say(half, STR("\r\n"));
	str t = hear_all(a, half);
	CHECK(str_find(t, STR("Connection: close\r\n")) > 0 && str_ends(t, STR("/half")));
	answer(f.held, 200, "held");
	t = hear_all(a, busy);
	CHECK(str_find(t, STR("Connection: close\r\n")) > 0 && str_ends(t, STR("held")));
	close(half);
	close(busy);
	close(idle);
	sem_wait(&f.event);
	CHECK(f.drained);
	stop(&f);
}

TEST(http_successor_takes_over_the_listening_socket)
{
	struct fixture one, two;
	setup(&one);
	one.opt.drain_idle = 1000;
	start(&one);
	ARENA_AUTO a = arena_new();
	int port = http_server_port(one.server);
	http_server_drain(one.server, on_drained, &one);
	sem_wait(&one.event);
	/* Between the two servers a client connects: it waits in the backlog. */
	int fd = dial_port(port);
	say(fd, GET_CLOSE("/between"));
	setup(&two);
	two.opt.listen_fd = dup(http_server_listen_fd(one.server));
	stop(&one);
	start(&two);
	CHECK_INT(http_server_port(two.server), port);
	CHECK(str_ends(hear_all(a, fd), STR("/between")));
	close(fd);
	stop(&two);
}

TEST(http_listens_on_a_unix_socket)
{
	struct fixture f;
	ARENA_AUTO a = arena_new();
	str path = str_printf(a, "unix:%s/s", test_tmp_dir());
	for (int i = 0; i < 2; i++) { /* the second time a stale socket is in the way */
		setup(&f);
		f.opt.address = path.p;
		f.opt.trusted[0] = "unix";
		f.opt.n_trusted = 1;
		start(&f);
		CHECK_INT(http_server_port(f.server), 0);
		struct sockaddr_un sa = {.sun_family = AF_UNIX};
		memcpy(sa.sun_path, path.p + 5, path.n - 5);
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		CHECK(connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0);
		say(fd, STR("GET /who HTTP/1.0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"));
		CHECK(str_ends(hear_all(a, fd), STR("1.2.3.4 http")));
		close(fd);
		stop(&f);
	}
}

TEST(http_wrong_options_are_named)
{
	struct fixture f;
	struct error e;
	struct http_handlers h = {NULL, on_request};
	setup(&f);
	f.opt.trusted[1] = "10.0.0.1/8";
	CHECK_INT(http_server_new(&f.server, &f.opt, &h, &f, &e), ERR_INVALID);
	CHECK_STR(str_of(e.field), "http.trusted");
	CHECK_STR(str_of(e.arg), "10.0.0.1/8");
	setup(&f);
	f.opt.address = "no address";
	CHECK_INT(http_server_new(&f.server, &f.opt, &h, &f, &e), ERR_INVALID);
	CHECK_STR(str_of(e.field), "http.address");
	setup(&f);
	f.opt.listen_fd = 0; /* no socket */
	CHECK_INT(http_server_new(&f.server, &f.opt, &h, &f, &e), ERR_INVALID);
	setup(&f);
	start(&f);
	struct fixture g;
	setup(&g);
	g.opt.port = http_server_port(f.server);
	CHECK_INT(http_server_new(&g.server, &g.opt, &h, &g, &e), ERR_IO);
	stop(&f);
}

TEST(http_connections_over_the_maximum_wait)
{
	struct fixture f;
	setup(&f);
	f.opt.max_connections = 2;
	f.opt.loops = 3;
	start(&f);
	ARENA_AUTO a = arena_new();
	int one = dial(&f), two = dial(&f), three = dial(&f);
	say(one, STR("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear_until(a, one, "/1");
	say(two, STR("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"));
	hear_until(a, two, "/2");
	say(three, GET_CLOSE("/3"));
	char c;
	CHECK(recv(three, &c, 1, MSG_DONTWAIT) < 0);
	close(one);
	CHECK(str_ends(hear_all(a, three), STR("/3")));
	close(two);
	close(three);
	stop(&f);
}

TEST(http_a_thousand_connections)
{
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < 2200)
		test_skip("too few descriptors are allowed");
	struct fixture f;
	setup(&f);
	start(&f);
	ARENA_AUTO a = arena_new();
	static int fds[1000];
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		fds[i] = dial(&f);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT_OF(fds); i++)
			say(fds[i], STR("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
		for (size_t i = 0; i < COUNT_OF(fds); i++)
			CHECK(str_ends(hear_until(a, fds[i], "/x"), STR("/x")));
	}
	struct http_stats st;
	http_server_stats(f.server, &st);
	CHECK_INT(st.connections, 1000);
	CHECK_INT(st.requests, 2000);
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		close(fds[i]);
	stop(&f);
}
