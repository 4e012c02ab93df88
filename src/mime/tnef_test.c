/* tnef_test.c: containers and RTF, made by hand; bombs in them. */
#include "mime/tnef.h"

#include "base/buf.h"
#include "base/test.h"

static void u16(struct buf *b, unsigned v)
{
	buf_addc(b, (char)v);
	buf_addc(b, (char)(v >> 8));
}

static void u32(struct buf *b, unsigned long v)
{
	u16(b, v & 0xFFFF);
	u16(b, (v >> 16) & 0xFFFF);
}

static void begin(struct buf *b)
{
	buf_init(b, 0);
	u32(b, 0x223E9F78);
	u16(b, 1);
}

static void attribute(struct buf *b, int level, unsigned long id, str data)
{
	buf_addc(b, (char)level);
	u32(b, id);
	u32(b, data.n);
	buf_add(b, data);
	u16(b, 0);
}

static void property(struct buf *b, unsigned type, unsigned id, str v)
{
	u16(b, type);
	u16(b, id);
	u32(b, 1);
	u32(b, v.n);
	buf_add(b, v);
	while (v.n++ % 4)
		buf_addc(b, 0);
}

TEST(tnef_files_and_words)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	BUF_AUTO p;
	struct tnef t;
	begin(&b);
	attribute(&b, 1, 0x00069007, str_n("\xE3\x04\0\0\0\0\0\0", 8));
	attribute(&b, 1, 0x0002800C, STR("\xCF\xF0\xE8\xE2\xE5\xF2\r\nx\0"));
	attribute(&b, 2, 0x00069002, STR("\1\0"));
	attribute(&b, 2, 0x00018010, STR("\xF7\xE5\xEA.TXT\0"));
	attribute(&b, 2, 0x0006800F, STR("bytes"));
	attribute(&b, 2, 0x00069002, STR("\1\0"));
	buf_init(&p, 0);
	u32(&p, 4);
	u16(&p, 3); /* a named number first: skipped whole */
	u16(&p, 0x8001);
	buf_add(&p, str_n("0123456789abcdef", 16));
	u32(&p, 1);
	u32(&p, 6);
	buf_add(&p, str_n("a\0b\0\0\0\0\0", 8));
	u32(&p, 7);
	property(&p, 0x1F, 0x3707, str_n("\x47\x04\x35\x04\x3A\x04.\0p\0d\0f\0\0\0", 16));
	property(&p, 0x1E, 0x370E, STR("Application/PDF\0"));
	property(&p, 0x1E, 0x3712, STR("pic@x\0"));
	attribute(&b, 2, 0x00069005, buf_str(&p));
	attribute(&b, 2, 0x0006800F, STR("%PDF"));
	CHECK(tnef_read(a, buf_str(&b), NULL, &t));
	CHECK_STR(t.text, "Привет\nx");
	CHECK_INT(t.files.n, 2);
	CHECK_STR(t.files.p[0].name, "чек.TXT");
	CHECK_STR(t.files.p[0].bytes, "bytes");
	CHECK_STR(t.files.p[1].name, "чек.pdf");
	CHECK_STR(t.files.p[1].content_type, "application/pdf");
	CHECK_STR(t.files.p[1].content_id, "pic@x");
	CHECK(t.files.p[1].is_inline);
	/* cut anywhere: what stood before the cut, no reading past the end */
	for (size_t n = 0; n < b.n; n++) {
		char *copy = xmalloc(n + 1);
		memcpy(copy, b.p, n);
		tnef_read(a, str_n(copy, n), NULL, &t);
		free(copy);
	}
	CHECK(!tnef_read(a, STR("PK\3\4"), NULL, &t));
}

TEST(tnef_in_a_letter)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	struct mime_message *m;
	struct error e;
	begin(&b);
	attribute(&b, 1, 0x0002800C, STR("inner words\0"));
	attribute(&b, 2, 0x00069002, STR("\1\0"));
	attribute(&b, 2, 0x00018010, STR("../../a.txt\0"));
	attribute(&b, 2, 0x0006800F, STR("bytes"));
	str data = str_base64(a, buf_str(&b), false);
	for (int own = 0; own < 2; own++) {
		str raw = str_printf(
		    a,
		    "From: a@b.ru\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
		    "--x\n\n%s\n--x\nContent-Type: application/ms-tnef; name=winmail.dat\n"
		    "Content-Transfer-Encoding: base64\n\n%.*s\n--x--\n",
		    own ? "outer words" : "", STR_FMT(data));
		CHECK_OK(mime_parse(a, raw, NULL, &m, &e), &e);
		CHECK_STRS(str_trim(m->text), own ? STR("outer words") : STR("inner words"));
		CHECK_INT(m->attachments.n, 1);
		CHECK_STR(m->attachments.p[0].name, "a.txt");
		CHECK_STR(m->attachments.p[0].bytes, "bytes");
	}
}

TEST(tnef_letters_in_letters_are_bounded)
{
	ARENA_AUTO a = arena_new();
	str inside = STR("");
	struct tnef t;
	for (int i = 0; i < 12; i++) {
		BUF_AUTO b;
		BUF_AUTO p;
		begin(&b);
		attribute(&b, 1, 0x00018004, STR("In\0"));
		attribute(&b, 1, 0x0002800C, STR("words\0"));
		attribute(&b, 2, 0x00069002, STR("\1\0"));
		buf_init(&p, 0);
		u32(&p, 1);
		property(
		    &p, 0x0D, 0x3701,
		    str_concat(a, str_n("\x07\x03\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46", 16), inside));
		attribute(&b, 2, 0x00069005, buf_str(&p));
		inside = str_dup(a, buf_str(&b));
		CHECK(tnef_read(a, inside, NULL, &t));
		CHECK(t.files.n <= 3);
		if (i == 1) {
			CHECK_INT(t.files.n, 1);
			CHECK_STR(t.files.p[0].name, "In.txt");
			CHECK_STR(t.files.p[0].bytes, "words");
		}
	}
	CHECK_STR(t.limit_hit, "depth");
}

TEST(tnef_bombs)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	BUF_AUTO p;
	struct tnef t;
	begin(&b);
	for (int i = 0; i < 20000; i++) {
		attribute(&b, 2, 0x00069002, STR("\1\0"));
		attribute(&b, 2, 0x00018010, STR("a\0"));
	}
	CHECK(tnef_read(a, buf_str(&b), NULL, &t));
	CHECK_INT(t.files.n, 1000);
	CHECK_STR(t.limit_hit, "files");

	/* a count that nothing stands behind */
	buf_clear(&b);
	u32(&b, 0x223E9F78);
	u16(&b, 1);
	buf_init(&p, 0);
	u32(&p, 0xFFFFFFFF);
	u16(&p, 0x1001); /* nothing, four thousand million times */
	u16(&p, 0x1234);
	u32(&p, 0xFFFFFFFF);
	attribute(&b, 1, 0x00069003, buf_str(&p));
	CHECK(tnef_read(a, buf_str(&b), NULL, &t));
	CHECK_STR(t.limit_hit, "properties");

	/* RTF that says it is four gigabytes, of zeros: memory as for what comes */
	size_t before = arena_used(a);
	buf_clear(&p);
	u32(&p, 0);
	u32(&p, 0xFFFFFFFF);
	u32(&p, 0x75465A4C);
	u32(&p, 0);
	for (int i = 0; i < 1000; i++)
		buf_add(&p, str_n("\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF", 17));
	bool cut;
	str s = rtf_unpack(a, buf_str(&p), 1 << 20, &cut);
	CHECK(cut && s.n <= 17000 * 9);
	CHECK(arena_used(a) - before < 400000);
	s = rtf_unpack(a, buf_str(&p), 1000, &cut);
	CHECK(cut && s.n == 1000);
}

static void rtf(const char *source, const char *want, bool html)
{
	ARENA_AUTO a = arena_new();
	bool is_html;
	str s = rtf_read(a, str_of(source), 10000, &is_html);
	CHECK_STR(s, want);
	CHECK(is_html == html);
}

TEST(rtf_to_text)
{
	rtf("{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset204 A;}}"
	    "{\\colortbl;\\red0\\green0\\blue0;}\\f1 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2\\par\r\n"
	    "\\f0 caf\\'e9 \\{x\\}\\tab y\\emdash z}",
	    "Привет\ncafé {x}\ty—z", false);
	rtf("{\\rtf1\\uc1 \\u1055?\\u1088?{\\*\\generator Secret;}\\u-10179?\\u-8704?!}", "Пр😀!",
	    false);
	rtf("{\\rtf1 a{\\pict 0102}b{\\info{\\title T}}c", "abc", false);
	rtf("no rtf", "", false);
	rtf("{\\rtf1 }}}}\\", "", false);
}

TEST(rtf_that_wraps_html)
{
	rtf("{\\rtf1\\ansi\\ansicpg1251\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss;}}"
	    "{\\*\\htmltag19 <html>}{\\*\\htmltag64 <p>}\\htmlrtf {\\b \\htmlrtf0 "
	    "\\'c4\\'e0 1 < 2{\\*\\htmltag84 &nbsp;}\\htmlrtf \\'a0}\\htmlrtf0 "
	    "{\\*\\htmltag72 </p>}{\\*\\mhtmltag1 hidden}}",
	    "<html><p>Да 1 &lt; 2&nbsp;</p>", true);
}

TEST(rtf_nesting_is_bounded)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "{\\rtf1 top");
	for (int i = 0; i < 50000; i++)
		buf_addz(&b, "{x");
	for (int i = 0; i < 50000; i++)
		buf_addc(&b, '}');
	buf_addz(&b, "end}");
	bool html;
	str s = rtf_read(a, buf_str(&b), 1 << 20, &html);
	CHECK(str_starts(s, STR("top")) && str_ends(s, STR("end")) && s.n < 200);
}
