/* letters.c: an LMTP client that hands over letters like those of customers.
 *
 * letters PORT CONNECTIONS SECONDS RECIPIENT [FIRST]
 *
 * A letter is multipart/alternative, text and HTML, Russian (base64) or English, about 7 KB with
 * the headers that servers on the way add. Each comes from a sender of its own (the number FIRST
 * and up) and begins a conversation. Commands are pipelined as Postfix does. Prints one JSON object
 * (client.h); a request is a letter, from MAIL to the answer behind its last line.
 */
#include "client.h"

#include <ctype.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "prose.h"

enum { BODIES = 256 };

struct body {
	str headers; /* Content-Type and what belongs to it */
	str bytes;
};

struct plan {
	int port;
	const char *recipient;
	const struct vocabulary *words;
	struct body bodies[BODIES];
	atomic_long next, bytes;
	atomic_bool stop;
};

struct client {
	pthread_t thread;
	struct plan *plan;
	struct samples samples;
	struct arena *arena;
	char in[4096];
	size_t n_in;
};

/* ---- letters ---- */

static void add_base64(struct buf *b, str s)
{
	for (size_t at = 0; at < s.n; at += 57) {
		char line[80];
		str piece = str_sub(s, at, at + 57 < s.n ? at + 57 : s.n);
		sodium_bin2base64(line, sizeof line, (const unsigned char *)piece.p, piece.n,
		                  sodium_base64_VARIANT_ORIGINAL);
		buf_addf(b, "%s\r\n", line);
	}
}

/* In lines of about 70 bytes, broken at spaces. */
static void add_wrapped(struct buf *b, str s)
{
	size_t column = 0;
	for (size_t i = 0; i < s.n; i++, column++) {
		if (s.p[i] == '\n' || (s.p[i] == ' ' && column > 70)) {
			buf_addz(b, "\r\n");
			column = 0;
		} else {
			buf_addc(b, s.p[i]);
		}
	}
	buf_addz(b, "\r\n");
}

static void add_part(struct buf *b, const char *type, enum prose_lang lang, str s)
{
	buf_addf(b,
	         "--=_bench_alternative\r\nContent-Type: %s; charset=utf-8\r\n"
	         "Content-Transfer-Encoding: %s\r\n\r\n",
	         type, lang == PROSE_RU ? "base64" : "8bit");
	if (lang == PROSE_RU)
		add_base64(b, s);
	else
		add_wrapped(b, s);
}

static str html_of(struct arena *a, str text)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(
	    &b,
	    "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; "
	    "charset=utf-8\"><style>p.MsoNormal {margin: 0; font-size: 11pt; font-family: "
	    "Calibri, sans-serif} td {padding: 4px 8px}</style></head>\n<body bgcolor=\"white\" "
	    "lang=\"ru\" link=\"#0563C1\" vlink=\"#954F72\">\n");
	str rest = text, p;
	while (str_split(&rest, '\n', &p))
		buf_addf(&b,
		         "<p class=\"MsoNormal\" style=\"margin-bottom:6.0pt\"><span "
		         "style=\"color:#1F497D\">%.*s</span></p>\n",
		         STR_FMT(p));
	buf_addz(
	    &b,
	    "<table border=\"0\" cellspacing=\"0\"><tr><td><b>Order</b></td><td>"
	    "<a href=\"https://shop.test/o/1\">shop.test</a></td></tr></table>\n</body></html>\n");
	return str_dup(a, buf_str(&b));
}

static struct body make_body(struct arena *a, const struct vocabulary *v, struct dice *dice)
{
	enum prose_lang lang = dice_chance(dice, 0.6) ? PROSE_RU : PROSE_EN;
	struct prose *text = prose_new(a, 8192);
	prose_sentences(v, dice, lang, (lang == PROSE_RU ? 120 : 330) + dice_below(dice, 60), text);
	BUF_AUTO b;
	buf_init(&b, 0);
	add_part(&b, "text/plain", lang, prose_str(text));
	add_part(&b, "text/html", lang, html_of(a, prose_str(text)));
	buf_addz(&b, "--=_bench_alternative--\r\n");
	return (struct body){STR("MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n"
	                         " boundary=\"=_bench_alternative\"\r\n"),
	                     str_dup(a, buf_str(&b))};
}

static void add_encoded(struct buf *b, str s)
{
	char word[512];
	sodium_bin2base64(word, sizeof word, (const unsigned char *)s.p, s.n,
	                  sodium_base64_VARIANT_ORIGINAL);
	buf_addf(b, "=?utf-8?B?%s?=", word);
}

/* The n-th letter, envelope apart. */
static void make_letter(struct client *c, long n, str *sender, struct buf *b)
{
	struct plan *p = c->plan;
	const struct body *body = &p->bodies[n % BODIES];
	struct prose *name = prose_new(c->arena, 128), *address = prose_new(c->arena, 128),
	             *subject = prose_new(c->arena, 512);
	struct dice dice = {(uint64_t)n};
	enum prose_lang lang;
	prose_person(p->words, (uint64_t)n, &lang, name, address);
	prose_subject(p->words, &dice, lang, subject);
	*sender = prose_str(address);
	for (int hop = 1; hop <= 3; hop++)
		buf_addf(
		    b,
		    "Received: from mx%d.mail.test (mx%d.mail.test [192.0.2.%d])\r\n\tby "
		    "in%d.shop.test (Postfix) with ESMTPS id %lX%d\r\n\tfor <%s>; Mon, 2 Jun 2025 "
		    "09:0%d:00 +0300 (MSK)\r\n",
		    hop, hop, hop, hop, n, hop, p->recipient, hop);
	buf_addf(b, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.test; s=s1;\r\n"
	            "\th=from:to:subject:date:message-id:mime-version:content-type;\r\n"
	            "\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n");
	for (int i = 0; i < 5; i++)
		buf_addf(b,
		         "\t%sQ2hlY2tlZCBieSBub2JvZHkgYnV0IGl0IGhhcyB0aGUgbGVuZ3RoIG9mIG9uZQ%d\r\n",
		         i ? "" : "b=", i);
	buf_addz(b, "From: ");
	add_encoded(b, prose_str(name));
	buf_addf(b, " <%.*s>\r\nTo: <%s>\r\nSubject: ", STR_FMT(*sender), p->recipient);
	add_encoded(b, prose_str(subject));
	buf_addf(b,
	         "\r\nDate: Mon, 2 Jun 2025 09:00:00 +0300\r\nMessage-ID: <%lx.%lld@mail.test>\r\n",
	         n, (long long)client_now());
	buf_add(b, body->headers);
	buf_addz(b, "\r\n");
	buf_add(b, body->bytes);
	atomic_fetch_add(&p->bytes, (long)b->n);
}

/* ---- LMTP ---- */

/* One answer, all its lines; its code, 0: the connection is gone. */
static int answer(struct client *c, int fd)
{
	for (;;) {
		char *end;
		while ((end = memchr(c->in, '\n', c->n_in))) {
			size_t line = (size_t)(end + 1 - c->in);
			int code = line > 4 && isdigit((unsigned char)c->in[0])
			               ? (int)strtol(c->in, NULL, 10)
			               : 0;
			bool last = line > 4 && c->in[3] != '-';
			if (last && code >= 400)
				fprintf(stderr, "%.*s", (int)line, c->in);
			memmove(c->in, end + 1, c->n_in -= line);
			if (last || !code)
				return code;
		}
		ssize_t n = read(fd, c->in + c->n_in, sizeof c->in - c->n_in);
		if (n <= 0)
			return 0;
		c->n_in += (size_t)n;
	}
}

static bool say(int fd, str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n <= 0)
			return false;
		s = str_from(s, (size_t)n);
	}
	return true;
}

static int begin(struct client *c)
{
	int fd = client_dial(c->plan->port, 0);
	c->n_in = 0;
	if (fd >= 0 && answer(c, fd) == 220 && say(fd, STR("LHLO bench.test\r\n")) &&
	    answer(c, fd) == 250)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool hand_over(struct client *c, int fd, long n)
{
	BUF_AUTO letter;
	BUF_AUTO envelope;
	str sender;
	buf_init(&letter, 0);
	buf_init(&envelope, 0);
	arena_clear(c->arena);
	make_letter(c, n, &sender, &letter);
	buf_addz(&letter, ".\r\n");
	buf_addf(&envelope, "MAIL FROM:<%.*s>\r\nRCPT TO:<%s>\r\nDATA\r\n", STR_FMT(sender),
	         c->plan->recipient);
	int64_t t0 = client_now();
	bool ok = say(fd, buf_str(&envelope)) && answer(c, fd) == 250 && answer(c, fd) == 250 &&
	          answer(c, fd) == 354 && say(fd, buf_str(&letter)) && answer(c, fd) == 250;
	if (ok)
		samples_add(&c->samples, client_now() - t0);
	return ok;
}

static void *run(void *arg)
{
	struct client *c = arg;
	int fd = -1;
	while (!atomic_load(&c->plan->stop)) {
		if (fd < 0 && (fd = begin(c)) < 0) {
			c->samples.errors++;
			usleep(10000);
			continue;
		}
		if (!hand_over(c, fd, atomic_fetch_add(&c->plan->next, 1))) {
			c->samples.errors++;
			close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct plan p;
	if (argc < 5) {
		fprintf(stderr, "usage: letters PORT CONNECTIONS SECONDS RECIPIENT [FIRST]\n");
		return 2;
	}
	struct arena *a = arena_new();
	struct dice dice = {11};
	p.port = (int)strtol(argv[1], NULL, 10);
	size_t n = strtoul(argv[2], NULL, 10);
	double seconds = strtod(argv[3], NULL);
	p.recipient = argv[4];
	atomic_store(&p.next, argc > 5 ? strtol(argv[5], NULL, 10) : 1);
	p.words = vocabulary_new(a);
	for (int i = 0; i < BODIES; i++)
		p.bodies[i] = make_body(a, p.words, &dice);
	struct client *clients = ARENA_ARRAY(a, n, struct client);
	struct samples **all = ARENA_ARRAY(a, n, struct samples *);
	int64_t t0 = client_now();
	for (size_t i = 0; i < n; i++) {
		clients[i] = (struct client){.plan = &p, .arena = arena_new()};
		all[i] = &clients[i].samples;
		pthread_create(&clients[i].thread, NULL, run, &clients[i]);
	}
	usleep((useconds_t)(seconds * 1e6));
	atomic_store(&p.stop, true);
	for (size_t i = 0; i < n; i++)
		pthread_join(clients[i].thread, NULL);
	double took = (double)(client_now() - t0) / 1e6;
	size_t letters = 0;
	for (size_t i = 0; i < n; i++)
		letters += clients[i].samples.n;
	char more[64];
	snprintf(more, sizeof more, ", \"mean_bytes\": %.0f",
	         letters ? (double)atomic_load(&p.bytes) / (double)letters : 0.0);
	samples_print(all, n, took, more);
	for (size_t i = 0; i < n; i++) {
		arena_free(clients[i].arena);
		free(clients[i].samples.us);
	}
	arena_free(a);
	return 0;
}
