/* mbox_test.c: letters out of a file. */
#include "mail/mbox.h"

#include "base/date.h"
#include "base/test.h"

struct file {
	str bytes;
	size_t at, step;
};

static ptrdiff_t read_some(void *arg, char *p, size_t n)
{
	struct file *f = arg;
	size_t left = f->bytes.n - f->at;
	n = n < left ? n : left;
	n = n < f->step ? n : f->step;
	if (n)
		memcpy(p, f->bytes.p + f->at, n);
	f->at += n;
	return (ptrdiff_t)n;
}

/* The letters in one text, separated by "|"; "!" behind one that was cut. */
static str letters(struct arena *a, str bytes, bool mboxo, size_t most, struct error *e)
{
	BUF_AUTO raw, out;
	struct mbox_letter l;
	struct file f = {.bytes = bytes, .step = 5};
	struct mbox_options o = {
	    .read = read_some, .arg = &f, .letter_bytes = most, .mboxo = mboxo};
	struct mbox *m = mbox_new(&o);
	buf_init(&raw, 0);
	buf_init(&out, 0);
	enum err err;
	while (!(err = mbox_next(m, &raw, &l, e))) {
		buf_add(&out, buf_str(&raw));
		buf_addz(&out, l.cut ? "!|" : "|");
	}
	CHECK(err == e->code);
	mbox_free(m);
	return str_dup(a, buf_str(&out));
}

#define SEP "From a@b.test  Mon Oct  2 21:12:29 2023\n"

TEST(mbox_letters_end_where_the_next_begins)
{
	ARENA_AUTO a = arena_new();
	struct error e = {0};
	CHECK_STR(letters(a, STR(SEP "A: 1\n\none\n\n" SEP "A: 2\n\ntwo\n\n\n" SEP), false, 0, &e),
	          "A: 1\n\none\n|A: 2\n\ntwo\n\n||");
	CHECK_INT(e.code, ERR_NOT_FOUND);
	/* no line end at the end; CRLF; empty lines before the first */
	CHECK_STR(
	    letters(a, STR("\n\r\n" SEP "A: 1\r\n\r\none\r\n\r\n" SEP "A: 2\n\ntwo"), false, 0, &e),
	    "A: 1\r\n\r\none\r\n|A: 2\n\ntwo|");
	CHECK_STR(letters(a, STR(""), false, 0, &e), "");
	CHECK_INT(e.code, ERR_NOT_FOUND);
	/* no empty line before it, and no date: text */
	CHECK_STR(
	    letters(a, STR(SEP "A: 1\n\none\n" SEP "\nFrom here on it is text\n"), false, 0, &e),
	    "A: 1\n\none\n" SEP "\nFrom here on it is text\n|");
}

TEST(mbox_quoting_is_undone)
{
	ARENA_AUTO a = arena_new();
	struct error e = {0};
	str s = STR(SEP "\n>From me\n>>From you\n>Frog\n> From\n");
	CHECK_STR(letters(a, s, false, 0, &e), "\nFrom me\n>From you\n>Frog\n> From\n|");
	CHECK_STR(letters(a, s, true, 0, &e), "\nFrom me\n>>From you\n>Frog\n> From\n|");
}

TEST(mbox_limits_and_what_is_no_mbox)
{
	ARENA_AUTO a = arena_new();
	struct error e = {0};
	CHECK_STR(letters(a, STR(SEP "0123456789\n\n" SEP "01234\n\n" SEP "ab\n"), false, 6, &e),
	          "012345!|01234\n|ab\n|");
	CHECK_STR(letters(a, STR("Subject: no\n\nmbox\n"), false, 0, &e), "");
	CHECK_INT(e.code, ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.not_mbox");
	/* a line longer than the window */
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, SEP);
	for (int i = 0; i < 20000; i++)
		buf_addz(&b, "abcdefgh");
	buf_addz(&b, "From x\n\n" SEP "B\n");
	str out = letters(a, buf_str(&b), false, 0, &e);
	CHECK_INT(out.n, 160000 + 7 + 1 + 3);
}

TEST(mbox_lines_that_begin_letters)
{
	usec t;
	str who;
	struct date d = {
	    .year = 2002, .month = 8, .day = 22, .hour = 12, .minute = 36, .second = 23};
	static const char *const good[] = {"From exmh@redhat.test  Thu Aug 22 12:36:23 2002",
	                                   "From exmh@redhat.test Thu Aug 22 12:36:23 +0000 2002",
	                                   "From exmh@redhat.test Thu Aug 22 12:36:23 2002 +0100",
	                                   "From exmh@redhat.test Thu Aug 22 12:36:23 GMT 2002"};
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		CHECK(mbox_from_line(str_of(good[i]), &t, &who));
		CHECK_INT(t, date_to_usec(&d));
		CHECK_STR(who, "exmh@redhat.test");
	}
	CHECK(mbox_from_line(STR("From - Mon Jan 1 1:02 2024"), NULL, NULL));
	CHECK(mbox_from_line(STR("From u m@iii@g oii host  Mon Oct  2 21:12:29 2023"), NULL, NULL));
	static const char *const bad[] = {"From: a@b.test",
	                                  "From me to you, in May 2002",
	                                  "From Aug 22 12:36 to Aug 23",
	                                  "From a Thu Aug 32 12:36:23 2002",
	                                  "From a Thu Aug 22 25:36:23 2002",
	                                  "From a Thu Aug 22 12:36:23 202",
	                                  "from a Thu Aug 22 12:36:23 2002",
	                                  "From",
	                                  ""};
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK(!mbox_from_line(str_of(bad[i]), NULL, NULL));
}
