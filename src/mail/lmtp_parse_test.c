/* lmtp_parse_test.c: conversations, whole and byte by byte; where a letter ends. */
#include "mail/lmtp_parse.h"

#include "base/test.h"

#define HELLO "LHLO mx\r\n"
#define GREETING                                                                                   \
	"220 desk LMTP ready\r\n250-desk\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"    \
	"250-ENHANCEDSTATUSCODES\r\n250 SIZE 1000\r\n"
#define OPEN HELLO "MAIL FROM:<a@b.ru>\r\nRCPT TO:<c@d.ru>\r\nDATA\r\n"
#define OPENED GREETING "250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 End with <CRLF>.<CRLF>\r\n"

static const struct lmtp_limits limits = {
    .letter_bytes = 1000, .recipients = 3, .line_bytes = 200, .errors = 5, .letters = 3};

struct heard {
	struct buf out, letters;
	bool closed;
};

/* Feeds `in` in pieces of `step` bytes; answers every recipient but nobody@ with yes, and each
 * letter with a reply by its place: yes, temporary, no. */
static struct heard talk(str in, size_t step)
{
	struct heard h = {0};
	struct lmtp_parse p;
	buf_init(&h.out, 0);
	buf_init(&h.letters, 0);
	lmtp_parse_init(&p, &limits, STR("desk"));
	while (in.n > 0 && !h.closed) {
		str piece = str_sub(in, 0, step);
		in = str_from(in, piece.n);
		enum lmtp_event event;
		while ((event = lmtp_parse_feed(&p, &piece)) != LMTP_MORE) {
			if (event == LMTP_RCPT) {
				bool none = str_starts(p.address, STR("nobody@"));
				lmtp_parse_rcpt(&p, none ? LMTP_UNKNOWN : LMTP_ACCEPTED);
			} else if (event == LMTP_LETTER) {
				enum lmtp_reply r[3] = {LMTP_ACCEPTED, LMTP_TEMPORARY,
				                        LMTP_REJECTED};
				buf_addf(&h.letters, "[%.*s>%.*s:", STR_FMT(p.mail_from),
				         STR_FMT(p.recipients[0]));
				buf_add(&h.letters, buf_str(&p.data));
				buf_addc(&h.letters, ']');
				lmtp_parse_done(&p, r);
			} else {
				h.closed = true;
				break;
			}
		}
	}
	buf_add(&h.out, buf_str(&p.out));
	lmtp_parse_release(&p);
	return h;
}

static void check_n(str in, const char *out, const char *letters, bool closed)
{
	for (size_t step = 1; step < 5000; step = step < 4 ? step + 1 : step * 11) {
		struct heard h = talk(in, step);
		ARENA_AUTO a = arena_new();
		str got = str_dup(a, buf_str(&h.out)), taken = str_dup(a, buf_str(&h.letters));
		buf_release(&h.out);
		buf_release(&h.letters);
		CHECK_STR(got, out);
		CHECK_STR(taken, letters);
		CHECK(h.closed == closed);
	}
}

static void check(const char *in, const char *out, const char *letters, bool closed)
{
	check_n(str_of(in), out, letters, closed);
}

TEST(lmtp_whole_session)
{
	check("lhlo mx\r\nMAIL FROM:<a@b.ru> SIZE=10 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<c@d.ru>\r\n"
	      "RCPT TO:<nobody@d.ru>\r\nRCPT TO:<e@d.ru>\r\nRCPT TO:<f@d.ru>\r\nDATA\r\n"
	      "S: x\r\n\r\n..dot\r\n.\r\nNOOP\r\nQUIT\r\n",
	      GREETING
	      "250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 No such mailbox\r\n250 2.1.5 OK\r\n"
	      "250 2.1.5 OK\r\n354 End with <CRLF>.<CRLF>\r\n250 2.0.0 Taken\r\n"
	      "451 4.3.0 Not stored, try again later\r\n550 5.7.1 Not accepted\r\n250 2.0.0 OK\r\n"
	      "221 2.0.0 Bye\r\n",
	      "[a@b.ru>c@d.ru:S: x\r\n\r\n.dot\r\n]", true);
}

TEST(lmtp_end_of_data_is_crlf_dot_crlf_only)
{
	static const char *const inside[] = {"\n.\n",    "\r\n.\n",   "\n.\r\n", "\r.\r",
	                                     "\r\n.\rx", "\r.\r\n",   "\n.\rx",  "\r\r.\r\r",
	                                     "x.\r\n",   "\r\n.x\r\n"};
	static const char *const kept[] = {"\n.\n",   "\r\n\n", "\n.\r\n",   "\r.\r",  "\r\n\rx",
	                                   "\r.\r\n", "\n.\rx", "\r\r.\r\r", "x.\r\n", "\r\nx\r\n"};
	for (size_t i = 0; i < COUNT_OF(inside); i++) {
		ARENA_AUTO a = arena_new();
		str in = str_printf(a, OPEN "a%sMAIL FROM:<evil@x>\r\n.\r\n", inside[i]);
		str want = str_printf(a, "[a@b.ru>c@d.ru:a%sMAIL FROM:<evil@x>\r\n]", kept[i]);
		check_n(in, OPENED "250 2.0.0 Taken\r\n", want.p, false);
	}
	/* an empty letter */
	check(OPEN ".\r\n", OPENED "250 2.0.0 Taken\r\n", "[a@b.ru>c@d.ru:]", false);
}

TEST(lmtp_commands_end_with_crlf)
{
	check("LHLO mx\n", "220 desk LMTP ready\r\n500 5.5.2 Lines end with CRLF\r\n", "", true);
	check(HELLO "NOOP\rX\r\n", GREETING "500 5.5.2 Control characters in a command\r\n", "",
	      false);
}

TEST(lmtp_order_and_arguments)
{
	check("MAIL FROM:<a@b>\r\n", "220 desk LMTP ready\r\n503 5.5.1 LHLO first\r\n", "", false);
	check("EHLO x\r\n", "220 desk LMTP ready\r\n500 5.5.1 This is LMTP: LHLO\r\n", "", false);
	check(HELLO "RCPT TO:<a@b>\r\nDATA\r\n",
	      GREETING "503 5.5.1 MAIL first\r\n503 5.5.1 MAIL first\r\n", "", false);
	check(HELLO "MAIL FROM:<>\r\nDATA\r\nMAIL FROM:<a@b>\r\n",
	      GREETING "250 2.1.0 OK\r\n503 5.5.1 No valid recipients\r\n503 5.5.1 There is a "
	               "sender already\r\n",
	      "", false);
	check(HELLO
	      "MAIL FROM:a@b\r\nMAIL FROM:<a@b\r\nMAIL FROM:<a b@c>\r\nMAIL FROM:<a@b> X=1\r\n",
	      GREETING "501 5.1.7 Bad sender address\r\n501 5.1.7 Bad sender address\r\n501 5.1.7 "
	               "Bad sender address\r\n"
	               "555 5.5.4 Unknown parameter\r\n",
	      "", false);
	check(HELLO "MAIL FROM:<a@b> SIZE=1001\r\nMAIL FROM:<a@b> SIZE=x\r\n",
	      GREETING "552 5.3.4 The letter is too large\r\n501 5.5.4 Bad SIZE\r\n", "", false);
	check(HELLO
	      "MAIL FROM:<@r.ru:a@b>\r\nRCPT TO:<>\r\nRCPT TO:<\"x y>\"@b>\r\nRSET\r\nVRFY x\r\n",
	      GREETING
	      "250 2.1.0 OK\r\n501 5.1.3 Bad recipient address\r\n250 2.1.5 OK\r\n250 2.0.0 OK\r\n"
	      "252 2.0.0 Cannot tell\r\n",
	      "", false);
}

TEST(lmtp_limits)
{
	ARENA_AUTO a = arena_new();
	char long_line[300];
	memset(long_line, 'x', sizeof long_line);
	str in = str_printf(a, HELLO "%.*s\r\nNOOP\r\n", (int)sizeof long_line, long_line);
	check_n(in, GREETING "500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n", "", false);
	/* too many recipients, then a letter that is too large: read to its end, refused, and on */
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<1@b>\r\nRCPT TO:<2@b>\r\nRCPT "
	                   "TO:<3@b>\r\nRCPT TO:<4@b>\r\nDATA\r\n");
	for (int i = 0; i < 300; i++)
		buf_addz(&b, "12345\r\n");
	buf_addz(&b, ".\r\nNOOP\r\n");
	check_n(buf_str(&b),
	        GREETING
	        "250 2.1.0 OK\r\n250 2.1.5 OK\r\n250 2.1.5 OK\r\n250 2.1.5 OK\r\n"
	        "452 4.5.3 Too many recipients\r\n354 End with <CRLF>.<CRLF>\r\n"
	        "552 5.3.4 The letter is too large\r\n552 5.3.4 The letter is too large\r\n"
	        "552 5.3.4 The letter is too large\r\n250 2.0.0 OK\r\n",
	        "", false);
	check("A\r\nB\r\nC\r\nD\r\nE\r\nF\r\n",
	      "220 desk LMTP ready\r\n500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n"
	      "500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n421 4.7.0 Too many "
	      "errors\r\n",
	      "", true);
}

TEST(lmtp_goodbye)
{
	struct lmtp_parse p;
	lmtp_parse_init(&p, NULL, STR("desk"));
	str in = STR(OPEN "half");
	while (in.n)
		if (lmtp_parse_feed(&p, &in) == LMTP_RCPT)
			lmtp_parse_rcpt(&p, LMTP_ACCEPTED);
	CHECK(lmtp_parse_in_data(&p));
	buf_clear(&p.out);
	lmtp_parse_goodbye(&p, "later");
	CHECK_STR(buf_str(&p.out), "421 4.3.2 later\r\n");
	in = STR("x");
	CHECK_INT(lmtp_parse_feed(&p, &in), LMTP_CLOSE);
	lmtp_parse_release(&p);
}
