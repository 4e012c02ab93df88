/* thin_test.c: letters that are too large, fed in pieces of every size. */
#include "mime/thin.h"

#include "base/test.h"
#include "mime/parse.h"

static const struct mime_thin_limits small = {
    .bytes = 2000, .text_bytes = 600, .header_bytes = 2000};

/* Thin, fed so many bytes at a time; and read. */
static struct mime_message *thin(struct arena *a, str raw, size_t step, struct mime_thin *t)
{
	struct mime_message *m;
	mime_thin_init(t, &small);
	for (size_t at = 0; at < raw.n; at += step)
		mime_thin_feed(t, str_sub(raw, at, at + step < raw.n ? at + step : raw.n));
	mime_thin_end(t);
	str out = str_dup(a, buf_str(&t->out));
	CHECK(out.n <= small.bytes + small.header_bytes);
	CHECK_OK(mime_parse(a, out, NULL, &m, NULL), NULL);
	return m;
}

static str large(struct arena *a, const char *line, size_t n)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < n; i++)
		buf_addz(&b, line);
	return str_dup(a, buf_str(&b));
}

#define HEAD "From: a@b.test\r\nSubject: S\r\nMIME-Version: 1.0\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=\"=_x\"\r\n\r\n"
#define LINE64 "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n"

TEST(text_stands_and_a_large_file_leaves_its_name_and_size)
{
	ARENA_AUTO a = arena_new();
	str raw = str_printf(
	    a,
	    MIXED "--=_x\r\nContent-Type: text/plain\r\n\r\nbefore\r\n"
	          "--=_x\r\nContent-Type: application/pdf; name=\"small.pdf\"\r\n\r\nsmall\r\n"
	          "--=_x\r\nContent-Type: video/mp4;\r\n "
	          "name*=utf-8''%%D0%%BA%%D0%%B8%%D0%%BD%%D0%%BE.mp4\r\n"
	          "X-Otklik-Held: 7\r\nContent-Transfer-Encoding: base64\r\n\r\n%.*s\r\n"
	          "--=_x\r\nContent-Type: text/plain\r\n\r\nand behind it\r\n"
	          "--=_x\r\nContent-Type: image/png; name=last.png\r\nX-otklik-held:\r\n "
	          "9\r\n\r\nlast\r\n"
	          "--=_x--\r\n",
	    STR_FMT(large(a, LINE64, 1000)));
	for (size_t step = 1; step < 6000; step = step * 3 + 1) {
		struct mime_thin t;
		struct mime_message *m = thin(a, raw, step, &t);
		CHECK_INT(t.held, 1);
		CHECK(!t.cut);
		CHECK(str_find(m->text, STR("before")) >= 0);
		CHECK(str_find(m->text, STR("and behind it")) >= 0);
		CHECK_INT(m->attachments.n, 3);
		CHECK_STR(m->attachments.p[0].bytes, "small");
		CHECK_INT(m->attachments.p[0].held, 0);
		CHECK_STR(m->attachments.p[1].name, "кино.mp4");
		CHECK_STR(m->attachments.p[1].content_type, "video/mp4");
		CHECK_STR(m->attachments.p[1].bytes, "");
		CHECK_INT(m->attachments.p[1].held, 54000);
		CHECK_STR(m->attachments.p[2].name, "last.png");
		CHECK_STR(m->attachments.p[2].bytes, "last");
		CHECK_INT(m->attachments.p[2].held, 0);
		mime_thin_release(&t);
	}
}

TEST(what_fits_is_not_changed)
{
	ARENA_AUTO a = arena_new();
	static const char *const letters[] = {
	    HEAD "\r\nText\r\n",
	    HEAD "\n\nText without an end",
	    MIXED "preamble\r\n--=_x\r\n\r\nno fields\r\n--=_x--\r\nepilogue\r\n",
	    MIXED "--=_x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\n"
	          "Content-Type: text/plain\r\n\r\none\r\n--y--\r\n--=_x\r\nContent-Type: a/b\r\n"
	          "\r\nbytes\r\n--=_x--",
	    HEAD "Content-Type: multipart/mixed\r\n\r\n--z\r\n\r\nno boundary\r\n",
	    "",
	    "\r\n",
	};
	for (size_t i = 0; i < COUNT_OF(letters); i++) {
		struct mime_thin t;
		mime_thin_init(&t, &small);
		mime_thin_feed(&t, str_of(letters[i]));
		mime_thin_end(&t);
		CHECK_STR(buf_str(&t.out), letters[i]);
		CHECK(!t.held && !t.cut);
		mime_thin_release(&t);
	}
}

TEST(a_letter_within_and_a_letter_that_is_a_file_are_files)
{
	ARENA_AUTO a = arena_new();
	struct mime_thin t;
	str big = large(a, "0123456789\r\n", 1000);
	struct mime_message *m =
	    thin(a,
	         str_printf(a,
	                    MIXED "--=_x\r\nContent-Type: message/rfc822; name=fwd.eml\r\n\r\n" HEAD
	                          "Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\n"
	                          "%.*s--in--\r\n--=_x\r\n\r\nthe words\r\n--=_x--\r\n",
	                    STR_FMT(big)),
	         100, &t);
	CHECK_INT(t.held, 1);
	CHECK_INT(m->attachments.n, 1);
	CHECK_STR(m->attachments.p[0].name, "fwd.eml");
	CHECK(m->attachments.p[0].held > 12000);
	CHECK(str_find(m->text, STR("the words")) >= 0);
	mime_thin_release(&t);
	m = thin(a,
	         str_printf(a, HEAD "Content-Type: application/zip; name=a.zip\r\n\r\n%.*s",
	                    STR_FMT(big)),
	         100, &t);
	CHECK_INT(m->attachments.n, 1);
	CHECK_STR(m->attachments.p[0].name, "a.zip");
	CHECK_INT(m->attachments.p[0].held, 11998);
	mime_thin_release(&t);
}

TEST(text_and_headers_have_their_limit_too)
{
	ARENA_AUTO a = arena_new();
	struct mime_thin t;
	str words = large(a, "words and words\r\n", 1000);
	struct mime_message *m = thin(a, str_printf(a, HEAD "\r\n%.*s", STR_FMT(words)), 77, &t);
	CHECK(t.cut && !t.held);
	CHECK(str_starts(m->text, STR("words and")));
	mime_thin_release(&t);
	str fields = large(a, "X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 1000);
	m = thin(a, str_printf(a, HEAD "%.*s\r\nText\r\n", STR_FMT(fields)), 77, &t);
	CHECK(t.cut);
	CHECK_STR(m->subject, "S");
	CHECK_STR(str_trim(m->text), "Text");
	mime_thin_release(&t);
	/* a line without end, and thousands of parts */
	(void)thin(a, str_printf(a, HEAD "\r\n%.*s", STR_FMT(large(a, "x", 100000))), 999, &t);
	CHECK(t.cut);
	mime_thin_release(&t);
	m = thin(a,
	         str_printf(a, MIXED "%.*s--=_x--\r\n",
	                    STR_FMT(large(a, "--=_x\r\nContent-Type: a/b\r\n\r\nfile\r\n", 3000))),
	         999, &t);
	CHECK(t.cut);
	CHECK_STR(m->subject, "S");
	mime_thin_release(&t);
}

/* Files that stayed outside, as a reader of this letter sees them. */
static int64_t held_in(struct arena *a, str raw)
{
	struct mime_message *m;
	int64_t n = 0;
	CHECK_OK(mime_parse(a, raw, NULL, &m, NULL), NULL);
	for (size_t i = 0; i < m->attachments.n; i++)
		n += m->attachments.p[i].held > 0;
	return n;
}

#define CLAIM "x-otklik-Held: 9000000000000\r\n"

/* The reader guesses a boundary where none is named, and takes delimiters of any length. */
TEST(nobody_can_claim_that_a_file_stayed_outside)
{
	ARENA_AUTO a = arena_new();
	str spaces = large(a, " ", 20000), filling = large(a, "x", 16384);
	const str letters[] = {
	    STR(HEAD CLAIM "Content-Type: image/png; name=a.png\r\n\r\n"),
	    STR(HEAD "Content-Type: multipart/mixed\r\n\r\n--guess\r\nContent-Type: a/b\r\n" CLAIM
	             "\r\n\r\n--guess--\r\n"),
	    str_printf(a,
	               MIXED "--=_x\r\nContent-Type: a/b\r\n\r\nfile\r\n--=_x%.*s\r\n" CLAIM
	                     "Content-Type: c/d\r\n\r\n\r\n--=_x--\r\n",
	               STR_FMT(spaces)),
	    str_printf(a, HEAD "Content-Type: image/png; name=a.png\r\nX-Long: %.*s" CLAIM "\r\n",
	               STR_FMT(str_from(filling, 8))),
	    str_printf(a,
	               HEAD "Content-Type: multipart/mixed\r\n\r\n--guess\r\nContent-Type: a/b"
	                    "\r\n%.*s" CLAIM "\r\n\r\n--guess--\r\n",
	               STR_FMT(filling)),
	};
	for (size_t i = 0; i < COUNT_OF(letters); i++) {
		struct mime_thin t;
		mime_thin_init(&t, &small);
		mime_thin_feed(&t, letters[i]);
		mime_thin_end(&t);
		CHECK_INT(held_in(a, str_dup(a, buf_str(&t.out))), 0);
		mime_thin_release(&t);
		CHECK_INT(held_in(a, mime_held_quoted(a, letters[i])), 0);
	}
	CHECK_INT(held_in(a, letters[0]), 1);
	CHECK_INT(held_in(a, letters[1]), 1);
	CHECK_STR(mime_held_quoted(a, STR("a\n" CLAIM CLAIM "b X-Otklik-Held\n")),
	          "a\n>" CLAIM ">" CLAIM "b X-Otklik-Held\n");
	CHECK_STR(mime_held_quoted(a, STR(CLAIM)), ">" CLAIM);
	CHECK_STR(mime_held_quoted(a, STR("")), "");
}
