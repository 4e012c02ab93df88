/* compose_test.c: letters out, and back through our reader. */
#include "mime/compose.h"

#include "base/test.h"

/* A str in a static table. */
#define LIT(s)                                                                                     \
	{                                                                                          \
		"" s, sizeof(s) - 1                                                                \
	}

static const struct mime_addr to[] = {{STR_NONE, LIT("c@d.ru")}};

static struct compose_letter letter(void)
{
	return (struct compose_letter){.from = {STR("Анна, служба заботы"), STR("anna@shop.ru")},
	                               .to = to,
	                               .nto = 1,
	                               .subject = STR("Ответ"),
	                               .message_id = STR("1.2@shop.ru"),
	                               .date = 1732198920 * USEC_SECOND,
	                               .date_offset = 180,
	                               .text = STR("Здравствуйте!\n"),
	                               .seed = STR("s")};
}

static str make(struct arena *a, const struct compose_letter *l)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	struct error e;
	CHECK_OK(compose(l, &b, &e), &e);
	str s = str_dup(a, buf_str(&b));
	/* CRLF only, 7 bits, short lines */
	size_t column = 0;
	for (size_t i = 0; i < s.n; i++) {
		CHECK((unsigned char)s.p[i] < 0x80);
		CHECK(s.p[i] != '\n' || (i > 0 && s.p[i - 1] == '\r'));
		CHECK(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'));
		column = s.p[i] == '\n' ? 0 : column + 1;
		CHECK(column <= 200);
	}
	return s;
}

static struct mime_message *back(struct arena *a, str raw)
{
	struct mime_message *m;
	struct error e;
	CHECK_OK(mime_parse(a, raw, NULL, &m, &e), &e);
	return m;
}

TEST(compose_round_trip)
{
	ARENA_AUTO a = arena_new();
	static const struct mime_addr many[] = {
	    {LIT("\"quoted\" B."), LIT("b@d.ru")},
	    {LIT("Длинное имя, которое не помещается в одну строку заголовка"),
	     LIT("u@xn--e1afmkfd.xn--p1ai")}};
	static const str refs[] = {LIT("a@x"), LIT("b@x")};
	static const struct compose_file images[] = {{.name = LIT("p.png"),
	                                              .content_type = LIT("image/png"),
	                                              .content_id = LIT("img1@x"),
	                                              .bytes = LIT("\x89PNG")}};
	static const struct compose_file files[] = {
	    {.name = LIT("Счёт за август, который мы обещали прислать.pdf"),
	     .bytes = LIT("%PDF\0\xff")},
	    {.name = LIT("a \"b\".txt"),
	     .content_type = LIT("text/plain"),
	     .bytes = LIT("From x\n.\n")}};
	static const struct compose_header extra[] = {{LIT("Auto-Submitted"), LIT("auto-replied")}};
	struct compose_letter l = letter();
	l.cc = many;
	l.ncc = 2;
	l.subject =
	    STR("Re: Очень длинная тема письма, которая занимает больше одной строки заголовка");
	l.in_reply_to = STR("b@x");
	l.references = refs;
	l.nreferences = 2;
	l.text = STR("Здравствуйте!\r\n.\nFrom here\n=_x\n\nconclusion  \n");
	l.html = STR("<p>Здравствуйте! <img src=\"cid:img1@x\"></p>");
	l.images = images;
	l.nimages = 1;
	l.files = files;
	l.nfiles = 2;
	l.extra = extra;
	l.nextra = 1;
	str raw = make(a, &l);
	CHECK_STRS(make(a, &l), raw); /* the same bytes again */
	struct mime_message *m = back(a, raw);
	CHECK_STR(m->limit_hit, "");
	CHECK_STR(m->from.p[0].name, "Анна, служба заботы");
	CHECK_STR(m->from.p[0].email, "anna@shop.ru");
	CHECK_INT(m->cc.n, 2);
	CHECK_STR(m->cc.p[0].name, "\"quoted\" B.");
	CHECK_STR(m->cc.p[1].name, "Длинное имя, которое не помещается в одну строку заголовка");
	CHECK_STRS(m->subject, l.subject);
	CHECK_INT(m->date, l.date);
	CHECK_INT(m->date_offset, 180);
	CHECK_STR(m->message_id, "1.2@shop.ru");
	CHECK_STR(m->in_reply_to.p[0], "b@x");
	CHECK_INT(m->references.n, 2);
	CHECK_STR(m->text, "Здравствуйте!\n.\nFrom here\n=_x\n\nconclusion  \n");
	CHECK_STRS(m->html, l.html);
	CHECK_STR(m->auto_submitted, "auto-replied");
	CHECK_INT(m->attachments.n, 3);
	CHECK_STR(m->attachments.p[0].content_id, "img1@x");
	CHECK(m->attachments.p[0].is_inline);
	CHECK_STR(m->attachments.p[1].name, "Счёт за август, который мы обещали прислать.pdf");
	CHECK_STR(m->attachments.p[1].content_type, "application/octet-stream");
	CHECK_STRS(m->attachments.p[1].bytes, str_n("%PDF\0\xff", 6));
	CHECK_STR(m->attachments.p[2].name, "a \"b\".txt");
	CHECK_STR(m->attachments.p[2].bytes, "From x\n.\n");
}

TEST(compose_texts_survive)
{
	static const char *const texts[] = {
	    "plain ascii\n",
	    "no line end",
	    "line with trailing space \nx\n",
	    ".\n..\nFrom x\n",
	    "\n\n\nblank lines\n\n",
	    "long long long long long long long long long long long long long long long long long "
	    "line\n",
	    "Смешанный text с = знаками и\tтабуляцией\n",
	    "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀\n",
	    "--=_boundary\n--\n",
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		ARENA_AUTO a = arena_new();
		struct compose_letter l = letter();
		l.text = str_of(texts[i]);
		l.html = STR("<p>x</p>");
		str got = back(a, make(a, &l))->text;
		/* A last line end may come and go with the part's end. */
		CHECK_STRS(str_trim(got), str_trim(l.text));
	}
}

TEST(compose_names_survive)
{
	static const char *const names[] = {
	    "Anna",
	    "Anna B. C",
	    "O'Neil, \"Jim\" (x) <y>",
	    "a\\b",
	    "=?utf-8?Q?x?=",
	    "  two  spaces  ",
	    "Ёж 😀",
	    "a@b.ru",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		ARENA_AUTO a = arena_new();
		struct compose_letter l = letter();
		l.from.name = str_of(names[i]);
		l.subject = str_of(names[i]);
		struct mime_message *m = back(a, make(a, &l));
		CHECK_INT(m->from.n, 1);
		CHECK_STRS(m->from.p[0].name, str_trim(l.from.name));
		CHECK_STR(m->from.p[0].email, "anna@shop.ru");
		CHECK_STRS(str_trim(m->subject), str_trim(l.subject));
	}
}

static void refused(const struct compose_letter *l, const char *field)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "before");
	struct error e = {0};
	CHECK_INT(compose(l, &b, &e), ERR_INVALID);
	CHECK_STR(str_of(e.field), field);
	CHECK_STR(buf_str(&b), "before");
}

TEST(compose_no_header_can_be_smuggled)
{
	static const struct mime_addr evil[] = {{LIT("x\r\nBcc: y@z.ru"), LIT("a@b.ru")}};
	static const struct mime_addr evil2[] = {{STR_NONE, LIT("a@b.ru\nBcc: y@z.ru")}};
	static const str bad_refs[] = {LIT("a@x>\r\nBcc: <y@z"), LIT("good@x")};
	static const struct compose_header extra1[] = {{LIT("X-A"), LIT("1\nBcc: z")}};
	static const struct compose_header extra2[] = {{LIT("X-A: 1\nBcc"), LIT("z")}};
	static const struct compose_header extra3[] = {{LIT("Bcc"), LIT("z@z.ru")}};
	static const struct compose_file file[] = {{.name = LIT("a\r\nX: y"), .bytes = LIT("x")}};
	static const struct compose_file image[] = {
	    {.content_id = LIT("a>\nX: y"), .bytes = LIT("x")}};
	struct compose_letter l = letter();
	l.subject = STR("x\r\nBcc: y@z.ru");
	refused(&l, "subject");
	l = letter();
	l.subject = STR("x\0y");
	refused(&l, "subject");
	l = letter();
	l.to = evil;
	refused(&l, "to.0");
	l.to = evil2;
	refused(&l, "to.0");
	l = letter();
	l.from.email = STR("nobody");
	refused(&l, "from");
	l = letter();
	l.message_id = STR("a@b>\r\nX: <c@d");
	refused(&l, "message_id");
	l.message_id = STR("");
	refused(&l, "message_id");
	l = letter();
	l.in_reply_to = STR("a b@c");
	refused(&l, "in_reply_to");
	l = letter();
	l.extra = extra1;
	l.nextra = 1;
	refused(&l, "extra.X-A");
	l.extra = extra2;
	refused(&l, "extra");
	l.extra = extra3;
	refused(&l, "extra");
	l = letter();
	l.files = file;
	l.nfiles = 1;
	refused(&l, "files.0.name");
	l = letter();
	l.html = STR("x");
	l.images = image;
	l.nimages = 1;
	refused(&l, "images.0.content_id");
	l = letter();
	l.text = STR("\xff");
	refused(&l, "text");
	/* ids of a stranger's letter that cannot stand in a header are left out */
	l = letter();
	l.references = bad_refs;
	l.nreferences = 2;
	ARENA_AUTO a = arena_new();
	struct mime_message *m = back(a, make(a, &l));
	CHECK_INT(m->references.n, 1);
	CHECK_INT(m->bcc.n, 0);
}

TEST(compose_trims_references)
{
	ARENA_AUTO a = arena_new();
	str refs[300];
	for (size_t i = 0; i < COUNT_OF(refs); i++)
		refs[i] = str_printf(a, "%zu@x", i);
	struct compose_letter l = letter();
	l.references = refs;
	l.nreferences = COUNT_OF(refs);
	struct mime_message *m = back(a, make(a, &l));
	CHECK_INT(m->references.n, 20);
	CHECK_STR(m->references.p[0], "0@x");
	CHECK_STR(m->references.p[1], "281@x");
	CHECK_STR(m->references.p[19], "299@x");
}

struct source {
	size_t left;
	bool fail;
};

static enum err read_zeros(void *arg, char *p, size_t n, size_t *got, struct error *e)
{
	struct source *s = arg;
	if (s->fail)
		return error_detail(e, ERR_IO, "gone");
	*got = n < s->left ? n : s->left;
	if (*got > 1000)
		*got = 1000; /* short reads */
	memset(p, 'z', *got);
	s->left -= *got;
	return ERR_OK;
}

TEST(compose_files_from_a_reader)
{
	ARENA_AUTO a = arena_new();
	struct source s = {.left = 200001};
	struct compose_file file = {.name = STR("z.bin"), .read = read_zeros, .arg = &s};
	struct compose_letter l = letter();
	l.files = &file;
	l.nfiles = 1;
	struct mime_message *m = back(a, make(a, &l));
	CHECK_INT(m->attachments.p[0].bytes.n, 200001);
	BUF_AUTO b;
	buf_init(&b, 0);
	struct error e;
	s = (struct source){.fail = true};
	CHECK_INT(compose(&l, &b, &e), ERR_IO);
	CHECK_INT(b.n, 0);
	s = (struct source){.left = 200001};
	l.max_bytes = 100000;
	CHECK_INT(compose(&l, &b, &e), ERR_TOO_LARGE);
	CHECK_INT(b.n, 0);
}
