/* bomb_test.c: letters that are made to cost much. Each goes the whole way in, within a bound of
 * memory, and nothing of it is lost: it waits in quarantine, byte for byte, or it is taken. */
#include <sys/resource.h>

#include "base/buf.h"
#include "mail/mail_testing.h"

#define MB ((size_t)1 << 20)

static void repeat(struct buf *b, const char *what, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_addz(b, what);
}

static void head(struct buf *b, const char *more)
{
	buf_init(b, 0);
	buf_addz(b, "From: Anna <anna@client.test>\r\nTo: help@shop.test\r\nSubject: bomb\r\n");
	buf_addz(b, more);
}

static long peak_kb(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* The letter's row says what became of it, and its bytes are whole. reason NULL: it was taken. */
static void goes_in(struct post *p, struct buf *b, const char *reason)
{
	enum lmtp_reply reply[1] = {LMTP_TEMPORARY};
	struct error e;
	str to[] = {STR("help@shop.test")};
	struct lmtp_letter letter = {.raw = buf_str(b),
	                             .mail_from = STR("anna@client.test"),
	                             .recipients = to,
	                             .nrecipients = 1,
	                             .peer = STR("unix mx.test"),
	                             .received = clock_now(p->clock)};
	CHECK_OK(mail_intake_letter(&p->in, &letter, reply, &e), &e);
	CHECK_INT(reply[0], LMTP_ACCEPTED);
	int64_t id = post_int(p, "SELECT max(id) FROM intake", 0);
	CHECK_STR(post_str(p, "SELECT state FROM intake WHERE id = $1", id),
	          reason ? "quarantined" : "accepted");
	if (reason)
		CHECK_STR(post_str(p, "SELECT reason FROM intake WHERE id = $1", id), reason);
	CHECK_INT(post_int(p,
	                   "SELECT blob.size FROM intake JOIN blob ON blob.hash = "
	                   "intake.raw_hash WHERE intake.id = $1",
	                   id),
	          (int64_t)b->n);
	buf_release(b);
}

DB_TEST(bombs_go_in_whole)
{
	struct post *p = post_new(engine);
	struct buf b;
	post_inbox(p, "help@shop.test", false);

	head(&b, "");
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	goes_in(p, &b, "intake.too_deep");

	head(&b, "Content-Type: multipart/mixed; boundary=x\r\n\r\n");
	repeat(&b, "--x\r\nContent-Type: image/png\r\n\r\nx\r\n", 10000);
	goes_in(p, &b, "intake.too_many_parts");

	head(&b, "X-Long: ");
	repeat(&b, "0123456789abcdef", MB / 16);
	buf_addz(&b, "\r\n\r\nbody\r\n");
	goes_in(p, &b, "intake.header_too_large");

	/* within the header's bytes, and beyond them */
	head(&b, "Cc: ");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "c%d@x.test, ", i);
	buf_addz(&b, "\r\n\r\nbody\r\n");
	goes_in(p, &b, "intake.header_too_large");
	head(&b, "Cc: ");
	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "c%d@x.test,\r\n ", i);
	buf_addz(&b, "\r\n\r\nbody\r\n");
	goes_in(p, &b, "intake.header_too_large");

	/* What costs only when it is shown is taken: nested tags, a pyramid of quotations, letters
	 * within letters (which are one file). */
	head(&b, "Content-Type: text/html\r\n\r\n");
	repeat(&b, "<div>", 10000);
	buf_addz(&b, "words");
	goes_in(p, &b, NULL);
	head(&b, "\r\n");
	for (int i = 0; i < 1000; i++) {
		repeat(&b, ">", (size_t)i);
		buf_addz(&b, " On Mon, 5 Feb 2024 at 12:30, A <a@x.test> wrote:\r\n\r\n\r\n");
	}
	goes_in(p, &b, NULL);
	head(&b, "\r\n");
	repeat(&b, "\r\n", 500000);
	goes_in(p, &b, NULL);
	head(&b, "Content-Type: message/rfc822\r\n\r\n");
	repeat(&b, "Content-Type: message/rfc822\r\n\r\n", 10000);
	goes_in(p, &b, NULL);
	post_free(p);
}

TEST(large_letters_within_memory)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	test_skip("the sanitizer needs memory of its own");
#endif
	struct post *p = post_new(DB_SQLITE);
	struct buf b;
	long before;
	post_inbox(p, "help@shop.test", false);

	/* zeros in base64, as a file: 40 MB of letter, 30 MB of file, packed to nearly nothing */
	head(&b, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
	         "\r\n");
	buf_reserve(&b, 41 * MB);
	for (size_t i = 0; i < 40 * MB / 64; i++)
		buf_addz(&b, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	before = peak_kb();
	goes_in(p, &b, NULL);
	CHECK(peak_kb() - before < 200 * 1024);

	/* 200 MB: the bytes are kept whole, the rest waits for a person */
	head(&b, "\r\n");
	buf_reserve(&b, 201 * MB);
	while (b.n < 200 * MB)
		buf_addz(
		    &b,
		    "0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
	before = peak_kb();
	goes_in(p, &b, "intake.too_large");
	CHECK(peak_kb() - before < 500 * 1024);
	post_free(p);
}
