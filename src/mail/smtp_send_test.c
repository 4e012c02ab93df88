/* smtp_send_test.c: against a server that says what a test wants, on loopback. */
#include "mail/smtp_send.h"
#include "net/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/test.h"

/* What the server answers; NULL: the usual yes. An answer "!" closes the connection instead. */
struct script {
	const char *greeting, *ehlo, *auth, *mail, *rcpt[4], *data, *final;
};

struct server {
	const struct script *script;
	int listener, port, connections;
	pthread_t thread;
	struct buf commands; /* all lines but data, with LF */
	struct buf data;
};

static bool answer(int fd, const char *text, const char *usual)
{
	if (!text)
		text = usual;
	if (text[0] == '!')
		return false;
	send(fd, text, strlen(text), MSG_NOSIGNAL);
	return send(fd, "\r\n", 2, MSG_NOSIGNAL) == 2;
}

static bool read_line(int fd, struct buf *line)
{
	char c;
	buf_clear(line);
	while (recv(fd, &c, 1, 0) == 1) {
		buf_addc(line, c);
		if (c == '\n')
			return true;
	}
	return false;
}

static bool read_data(struct server *s, int fd, struct buf *line)
{
	while (read_line(fd, line)) {
		if (str_is(buf_str(line), ".\r\n"))
			return true;
		buf_add(&s->data, buf_str(line));
	}
	return false;
}

static void converse(struct server *s, int fd)
{
	const struct script *sc = s->script;
	BUF_AUTO line;
	buf_init(&line, 0);
	size_t rcpt = 0;
	bool on = answer(fd, sc->greeting, "220 hi");
	while (on && read_line(fd, &line)) {
		str c = buf_str(&line);
		buf_add(&s->commands, str_trim(c));
		buf_addc(&s->commands, '\n');
		if (str_starts(c, STR("EHLO")))
			on = answer(fd, sc->ehlo,
			            "250-x\r\n250-SIZE 100000\r\n250-8BITMIME\r\n250 AUTH PLAIN");
		else if (str_starts(c, STR("AUTH")))
			on = answer(fd, NULL, "334 ") && read_line(fd, &line) &&
			     answer(fd, sc->auth, "235 2.7.0 ok");
		else if (str_starts(c, STR("MAIL")))
			on = answer(fd, sc->mail, "250 2.1.0 ok");
		else if (str_starts(c, STR("RCPT")))
			on = answer(fd, rcpt < 4 ? sc->rcpt[rcpt] : NULL, "250 2.1.5 ok"), rcpt++;
		else if (str_starts(c, STR("DATA"))) {
			on = answer(fd, sc->data, "354 go");
			if (on && (!sc->data || str_starts(str_of(sc->data), STR("354"))))
				on = read_data(s, fd, &line) &&
				     answer(fd, sc->final, "250 2.0.0 queued as 1");
		} else if (str_starts(c, STR("QUIT"))) {
			answer(fd, NULL, "221 bye");
			on = false;
		} else {
			on = answer(fd, NULL, "502 5.5.1 what?");
		}
	}
	close(fd);
}

static void *server_main(void *arg)
{
	struct server *s = arg;
	int fd;
	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		s->connections++;
		converse(s, fd);
	}
	return NULL;
}

static void server_start(struct server *s, const struct script *script)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof in;
	*s = (struct server){.script = script};
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	buf_init(&s->commands, 0);
	buf_init(&s->data, 0);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(s->listener, (struct sockaddr *)&in, sizeof in) == 0 &&
	      listen(s->listener, 5) == 0);
	getsockname(s->listener, (struct sockaddr *)&in, &len);
	s->port = ntohs(in.sin_port);
	pthread_create(&s->thread, NULL, server_main, s);
}

static void server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static void server_release(struct server *s)
{
	buf_release(&s->commands);
	buf_release(&s->data);
}

static const str to[] = {{"a@x.ru", 6}, {"b@x.ru", 6}, {"c@x.ru", 6}};

struct run {
	struct arena *a;
	struct smtp_outcome out;
	str commands, data;
};

/* Sends a letter to three by the script, with the options given. */
static struct run run_with(const struct script *script, struct smtp_server o, struct smtp_letter l)
{
	struct server s;
	struct run r = {.a = arena_new()};
	struct error e;
	server_start(&s, script);
	o.host = STR("127.0.0.1");
	o.port = s.port;
	o.allow_private = true;
	if (!o.timeout_seconds)
		o.timeout_seconds = 20;
	l.mail_from = STR("us@shop.ru");
	if (!l.recipients) {
		l.recipients = to;
		l.nrecipients = 3;
	}
	if (!l.raw.n && !l.read)
		l.raw = STR("Subject: x\r\n\r\nhello\r\n");
	enum err err = smtp_send(r.a, &o, &l, &r.out, &e);
	server_stop(&s);
	r.commands = str_dup(r.a, buf_str(&s.commands));
	r.data = str_dup(r.a, buf_str(&s.data));
	server_release(&s);
	CHECK_OK(err, &e);
	return r;
}

static struct run run(const struct script *script)
{
	return run_with(script, (struct smtp_server){0}, (struct smtp_letter){0});
}

TEST(smtp_sends_to_all)
{
	struct script sc = {0};
	struct run r = run(&sc);
	CHECK_INT(r.out.letter.fate, SMTP_SENT);
	CHECK_INT(r.out.letter.code, 250);
	CHECK_STR(r.out.letter.enhanced, "2.0.0");
	CHECK_STR(r.out.letter.reply, "queued as 1");
	CHECK_STR(str_of(r.out.step), "");
	for (size_t i = 0; i < 3; i++)
		CHECK_INT(r.out.recipients[i].fate, SMTP_SENT);
	CHECK_STR(r.data, "Subject: x\r\n\r\nhello\r\n");
	CHECK_STR(
	    r.commands,
	    "EHLO localhost\nMAIL FROM:<us@shop.ru> SIZE=21\nRCPT TO:<a@x.ru>\nRCPT TO:<b@x.ru>\n"
	    "RCPT TO:<c@x.ru>\nDATA\nQUIT\n");
	arena_free(r.a);
}

TEST(smtp_each_recipient_has_its_fate)
{
	struct script sc = {.rcpt = {"550 5.1.1 no such user",
	                             "451-4.7.1 greylisted\r\n451 4.7.1 come back", NULL}};
	struct run r = run(&sc);
	CHECK_INT(r.out.recipients[0].fate, SMTP_PERMANENT);
	CHECK_STR(r.out.recipients[0].enhanced, "5.1.1");
	CHECK_INT(r.out.recipients[1].fate, SMTP_TEMPORARY);
	CHECK_STR(r.out.recipients[1].reply, "greylisted come back");
	CHECK_INT(r.out.recipients[1].code, 451);
	CHECK_INT(r.out.recipients[2].fate, SMTP_SENT);
	CHECK_INT(r.out.letter.fate, SMTP_SENT);
	arena_free(r.a);
	sc = (struct script){.rcpt = {"550 no", "552 full", "550 no"}};
	r = run(&sc);
	CHECK_INT(r.out.letter.fate, SMTP_TEMPORARY);
	CHECK_INT(r.out.recipients[1].fate, SMTP_TEMPORARY);
	CHECK_STR(str_of(r.out.step), "rcpt");
	CHECK_STR(r.data, "");
	arena_free(r.a);
	sc = (struct script){.rcpt = {"550 no", "551 no", "553 no"}};
	r = run(&sc);
	CHECK_INT(r.out.letter.fate, SMTP_PERMANENT);
	CHECK_INT(r.out.letter.code, 550);
	arena_free(r.a);
}

TEST(smtp_other_letters_need_a_server_that_takes_them)
{
	static const str mixed[] = {{"a@x.ru", 6}, {"почта@x.ru", 15}, {"c@почта.рф", 17}};
	struct smtp_letter l = {.recipients = mixed, .nrecipients = 3};
	/* Not offered: that recipient fails with a sentence, the others get the letter. */
	struct script sc = {0};
	struct run r = run_with(&sc, (struct smtp_server){0}, l);
	CHECK_INT(r.out.recipients[0].fate, SMTP_SENT);
	CHECK_INT(r.out.recipients[1].fate, SMTP_PERMANENT);
	CHECK_STR(r.out.recipients[1].enhanced, "5.6.7");
	CHECK(str_find(r.out.recipients[1].reply, STR("SMTPUTF8")) > 0);
	CHECK_INT(r.out.recipients[2].fate, SMTP_SENT);
	CHECK(str_find(r.commands, STR("почта")) < 0);
	CHECK(str_find(r.commands, STR("RCPT TO:<c@xn--80a1acny.xn--p1ai>")) > 0);
	CHECK_STR(r.data, "Subject: x\r\n\r\nhello\r\n");
	arena_free(r.a);
	/* Nobody is left. */
	l = (struct smtp_letter){.recipients = mixed + 1, .nrecipients = 1};
	r = run_with(&sc, (struct smtp_server){0}, l);
	CHECK_INT(r.out.letter.fate, SMTP_PERMANENT);
	CHECK_STR(str_of(r.out.step), "smtputf8");
	CHECK(str_find(r.commands, STR("MAIL")) < 0);
	arena_free(r.a);
	/* Offered: as it stands. */
	sc = (struct script){.ehlo = "250-x\r\n250-8BITMIME\r\n250 SMTPUTF8"};
	l = (struct smtp_letter){.recipients = mixed, .nrecipients = 3};
	r = run_with(&sc, (struct smtp_server){0}, l);
	CHECK_INT(r.out.recipients[1].fate, SMTP_SENT);
	CHECK(str_find(r.commands, STR("RCPT TO:<почта@x.ru>")) > 0);
	CHECK(str_find(r.commands, STR("SMTPUTF8")) > 0);
	arena_free(r.a);
	/* The server is away: later, not never. */
	sc = (struct script){.greeting = "421 busy"};
	r = run_with(&sc, (struct smtp_server){0}, l);
	CHECK_INT(r.out.recipients[1].fate, SMTP_TEMPORARY);
	CHECK_INT(r.out.recipients[0].code, 421);
	arena_free(r.a);
}

TEST(smtp_refusals_by_step)
{
	static const struct {
		struct script script;
		enum smtp_fate fate;
		int code;
		const char *step;
		bool uncertain;
	} cases[] = {
	    {{.greeting = "421 busy"}, SMTP_TEMPORARY, 421, "connect", false},
	    {{.greeting = "!"}, SMTP_TEMPORARY, 0, "connect", false},
	    {{.mail = "550 5.7.1 not you"}, SMTP_PERMANENT, 550, "mail", false},
	    {{.mail = "451 4.3.0 later"}, SMTP_TEMPORARY, 451, "mail", false},
	    {{.mail = "530 5.7.0 log in"}, SMTP_TEMPORARY, 530, "mail", false},
	    {{.data = "554 5.5.1 no"}, SMTP_PERMANENT, 554, "data", false},
	    {{.data = "!"}, SMTP_TEMPORARY, 0, "data", false},
	    {{.final = "552 5.3.4 too big"}, SMTP_PERMANENT, 552, "data", false},
	    {{.final = "451 4.3.0 disk full"}, SMTP_TEMPORARY, 451, "data", false},
	    {{.final = "!"}, SMTP_TEMPORARY, 0, "data", true},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct run r = run(&cases[i].script);
		for (size_t k = 0; k < 3; k++) {
			CHECK_INT(r.out.recipients[k].fate, cases[i].fate);
			CHECK_INT(r.out.recipients[k].code, cases[i].code);
			CHECK(r.out.recipients[k].uncertain == cases[i].uncertain);
		}
		CHECK_INT(r.out.letter.fate, cases[i].fate);
		CHECK_STR(str_of(r.out.step), cases[i].step);
		arena_free(r.a);
	}
}

static bool bytes_hold(const void *p, size_t n, const char *needle)
{
	return memmem(p, n, needle, strlen(needle)) != NULL;
}

TEST(smtp_password_is_used_and_not_told)
{
	struct script sc = {.auth = "535 5.7.8 bad credentials"};
	struct smtp_server o = {.user = STR("desk"), .password = STR("s3cret-word")};
	struct run r = run_with(&sc, o, (struct smtp_letter){0});
	CHECK_STR(str_of(r.out.step), "auth");
	CHECK_INT(r.out.letter.fate, SMTP_TEMPORARY);
	CHECK_INT(r.out.letter.code, 535);
	CHECK(str_find(r.commands, STR("AUTH PLAIN")) > 0);
	CHECK(str_find(r.commands, STR("MAIL")) < 0);
	CHECK(!bytes_hold(r.out.letter.reply.p, r.out.letter.reply.n, "s3cret"));
	arena_free(r.a);
	sc = (struct script){0};
	r = run_with(&sc, o, (struct smtp_letter){0});
	CHECK_INT(r.out.letter.fate, SMTP_SENT);
	arena_free(r.a);
}

TEST(smtp_tls_is_required_when_asked)
{
	struct script sc = {0};
	struct run r = run_with(
	    &sc,
	    (struct smtp_server){.tls = SMTP_TLS_STARTTLS, .user = STR("u"), .password = STR("p")},
	    (struct smtp_letter){0});
	CHECK_STR(str_of(r.out.step), "tls");
	CHECK_INT(r.out.letter.fate, SMTP_TEMPORARY);
	CHECK(str_find(r.commands, STR("AUTH")) < 0);
	CHECK_STR(r.data, "");
	arena_free(r.a);
}

TEST(smtp_dots_and_line_ends)
{
	struct script sc = {0};
	struct smtp_letter l = {.raw = STR(".first\r\n.\r\n..\nbare\rcr\r\n.\n")};
	struct run r = run_with(&sc, (struct smtp_server){0}, l);
	CHECK_STR(r.data, "..first\r\n..\r\n...\r\nbare\r\ncr\r\n..\r\n");
	CHECK(str_find(r.commands, STR("SIZE=28")) > 0);
	arena_free(r.a);
	l.raw = STR("no line end\r");
	r = run_with(&sc, (struct smtp_server){0}, l);
	CHECK_STR(r.data, "no line end\r\n");
	arena_free(r.a);
}

struct source {
	size_t left;
	bool fail;
};

static enum err read_lines(void *arg, char *p, size_t n, size_t *got, struct error *e)
{
	struct source *s = arg;
	*got = n < s->left ? n : s->left;
	if (*got > 777)
		*got = 777;
	for (size_t i = 0; i < *got; i++)
		p[i] = (s->left - i) % 50 == 0 ? '\n' : '.';
	s->left -= *got;
	return s->fail && s->left < 50000 ? error_detail(e, ERR_IO, "the file is gone") : ERR_OK;
}

TEST(smtp_letter_from_a_reader)
{
	struct script sc = {0};
	struct source src = {.left = 100001};
	struct run r = run_with(&sc, (struct smtp_server){0},
	                        (struct smtp_letter){.read = read_lines, .arg = &src});
	CHECK_INT(r.out.letter.fate, SMTP_SENT);
	/* 2000 line ends became two bytes, each line got its dot, and the last its end */
	CHECK_INT(r.data.n, 100001 + 2000 + 2001 + 2);
	arena_free(r.a);
	src = (struct source){.left = 100001, .fail = true};
	r = run_with(&sc, (struct smtp_server){0},
	             (struct smtp_letter){.read = read_lines, .arg = &src});
	CHECK_INT(r.out.letter.fate, SMTP_TEMPORARY);
	CHECK_STR(str_of(r.out.step), "read");
	CHECK(!r.out.letter.uncertain);
	arena_free(r.a);
}

TEST(smtp_wrong_input_is_refused)
{
	ARENA_AUTO a = arena_new();
	static const str bad[] = {
	    {"a@b\r\nRCPT TO:<x@y>", 19}, {"", 0}, {"a b@c", 5}, {"<a@b>", 5}};
	static const str hosts[] = {{"", 0},    {"a/b", 3},   {"u@h", 3},
	                            {"a b", 3}, {"h\r\n", 3}, {"h?x", 3}};
	struct smtp_server o = {.host = STR("localhost"), .allow_private = true};
	struct smtp_letter l = {.mail_from = STR("a@b"), .raw = STR("x"), .nrecipients = 1};
	struct smtp_outcome out;
	struct error e = {0};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		l.recipients = &bad[i];
		CHECK_INT(smtp_send(a, &o, &l, &out, &e), ERR_INVALID);
		CHECK_STR(str_of(e.field), "recipients.0");
	}
	l.recipients = to;
	l.mail_from = bad[0];
	CHECK_INT(smtp_send(a, &o, &l, &out, &e), ERR_INVALID);
	CHECK_STR(str_of(e.field), "mail_from");
	l.mail_from = STR("");
	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		o.host = hosts[i];
		CHECK_INT(smtp_send(a, &o, &l, &out, &e), ERR_INVALID);
		CHECK_STR(str_of(e.field), "host");
	}
}

static bool never(void *arg, const struct sockaddr *addr, socklen_t len)
{
	++*(int *)arg;
	return false;
}

TEST(smtp_guards_addresses)
{
	ARENA_AUTO a = arena_new();
	struct smtp_letter l = {
	    .mail_from = STR(""), .raw = STR("x"), .recipients = to, .nrecipients = 1};
	struct smtp_outcome out;
	struct error e;
	static const str inside[] = {
	    {"127.0.0.1", 9}, {"localhost", 9}, {"2130706433", 10}, {"0x7f.1", 6}, {"0", 1}};
	for (size_t i = 0; i < COUNT_OF(inside); i++) {
		struct smtp_server o = {.host = inside[i], .port = 9, .timeout_seconds = 5};
		CHECK_OK(smtp_send(a, &o, &l, &out, &e), &e);
		CHECK_INT(out.letter.fate, SMTP_TEMPORARY);
		/* some resolvers do not know the odd forms at all */
		CHECK(str_is(str_of(out.step), "guard") || i >= 2);
	}
	int asked = 0;
	struct smtp_server o = {.host = STR("127.0.0.1"),
	                        .port = 9,
	                        .allow_private = true,
	                        .guard = never,
	                        .guard_arg = &asked};
	CHECK_OK(smtp_send(a, &o, &l, &out, &e), &e);
	CHECK_STR(str_of(out.step), "guard");
	CHECK_INT(asked, 1);
}

TEST(smtp_which_addresses_are_public)
{
	static const struct {
		const char *text;
		bool public;
	} cases[] = {
	    {"8.8.8.8", true},           {"127.0.0.1", false},     {"10.1.2.3", false},
	    {"172.31.0.1", false},       {"172.32.0.1", true},     {"192.168.0.1", false},
	    {"169.254.169.254", false},  {"100.64.0.1", false},    {"0.0.0.0", false},
	    {"255.255.255.255", false},  {"224.0.0.1", false},     {"192.0.2.1", false},
	    {"2a02:6b8::1", true},       {"::1", false},           {"::", false},
	    {"fe80::1", false},          {"fd00::1", false},       {"ff02::1", false},
	    {"::ffff:127.0.0.1", false}, {"::ffff:8.8.8.8", true}, {"64:ff9b::7f00:1", false},
	    {"64:ff9b::808:808", true},  {"2002:7f00:1::", false}, {"2001:db8::1", false},
	    {"::127.0.0.1", false},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sockaddr_in in = {.sin_family = AF_INET};
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
		bool v4 = inet_pton(AF_INET, cases[i].text, &in.sin_addr) == 1;
		CHECK(v4 || inet_pton(AF_INET6, cases[i].text, &in6.sin6_addr) == 1);
		bool got = v4 ? net_addr_is_public((struct sockaddr *)&in)
		              : net_addr_is_public((struct sockaddr *)&in6);
		if (got != cases[i].public)
			test_fail(__FILE__, __LINE__, "%s", cases[i].text);
	}
}
