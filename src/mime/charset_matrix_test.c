/* charset_matrix_test.c: every charset, in header, body and file name, with the right label, a
 * wrong one and none. The letters are made here by iconv; what cannot be known (bytes of a charset
 * that nobody named and that says nothing by itself) must at least be readable text. */
#include <iconv.h>

#include "base/buf.h"
#include "base/test.h"
#include "mime/parse.h"

#define RUSSIAN "Здравствуйте когда привезут заказ? Спасибо Анна"
#define UKRAINIAN "Доброго дня де моє замовлення? Їх було чотири"
#define CZECH "Dobrý den kde je moje objednávka? Příliš žluťoučký kůň"
#define GERMAN "Grüße aus Köln où est ma commande señor?"
#define VIETNAMESE "Xin chào đơn hàng của tôi ở đâu vậy"
#define CHINESE "您好，我的订单在哪里？谢谢您的帮助"
#define TAIWANESE "您好，我的訂單在哪裡？謝謝您的幫助"
#define JAPANESE "こんにちは、注文はどこですか。"
#define KOREAN "안녕하세요 주문이 어디에 있습니까"

struct row {
	const char *iconv, *label, *text;
	bool known; /* by its bytes alone */
};

static const struct row rows[] = {
    {"UTF-8", "utf-8", RUSSIAN, true},
    {"KOI8-R", "koi8-r", RUSSIAN, true},
    {"KOI8-U", "koi8-u", UKRAINIAN, false},
    {"CP1251", "windows-1251", RUSSIAN, true},
    {"CP866", "ibm866", RUSSIAN, true},
    {"ISO-8859-5", "iso-8859-5", RUSSIAN, true},
    {"CP1250", "windows-1250", CZECH, false},
    {"ISO-8859-2", "iso-8859-2", CZECH, false},
    {"CP1252", "windows-1252", GERMAN " 5 €", true},
    {"ISO-8859-1", "iso-8859-1", GERMAN, true},
    {"ISO-8859-15", "iso-8859-15", GERMAN " 5 €", false},
    {"CP1258", "windows-1258", VIETNAMESE, false},
    {"GB2312", "gb2312", CHINESE, false},
    {"GBK", "gb2312", CHINESE "镕", false},
    {"GBK", "gbk", CHINESE "镕", false},
    {"GB18030", "gb2312", CHINESE "㐀", false},
    {"GB18030", "gb18030", CHINESE "㐀", false},
    {"BIG5", "big5", TAIWANESE, false},
    {"SHIFT_JIS", "shift_jis", JAPANESE, false},
    {"ISO-2022-JP", "iso-2022-jp", JAPANESE, true},
    {"EUC-KR", "euc-kr", KOREAN, false},
    {"UTF-7", "utf-7", RUSSIAN, false},
    {"UTF-16", "utf-16", RUSSIAN, true},
    {"UTF-16LE", "utf-16le", RUSSIAN, false},
    {"UTF-16BE", "utf-16be", RUSSIAN, false},
};

static str encode(struct arena *a, const char *text, const char *charset)
{
	iconv_t cd = iconv_open(charset, "UTF-8");
	if (cd == (iconv_t)-1)
		test_fail(__FILE__, __LINE__, "no charset %s", charset);
	char *in = (char *)text, *out = arena_alloc(a, 1000), *to = out;
	size_t left = strlen(text), room = 1000;
	if (iconv(cd, &in, &left, &to, &room) == (size_t)-1 ||
	    iconv(cd, NULL, NULL, &to, &room) == (size_t)-1)
		test_fail(__FILE__, __LINE__, "%s does not fit %s", text, charset);
	iconv_close(cd);
	return str_n(out, (size_t)(to - out));
}

static bool wide(const struct row *r)
{
	return strncmp(r->iconv, "UTF-16", 6) == 0;
}

/* "=41" (for bodies and words of headers) or "%41" (for parameters) */
static str escaped(struct arena *a, str bytes, char sign)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < bytes.n; i++)
		buf_addf(&b, "%c%02X", sign, (unsigned)(unsigned char)bytes.p[i]);
	return str_dup(a, buf_str(&b));
}

enum form { BASE64, QUOTED, RAW };

/* One letter: subject, sender's name, body and file name say the same, in the same form. */
static str letter(struct arena *a, const struct row *r, enum form form, const char *label)
{
	static const char *const encodings[] = {"base64", "quoted-printable", "8bit"};
	str bytes = encode(a, r->text, r->iconv), word, body, name;
	char letter_of[] = {'B', 'Q'};
	if (form == RAW) {
		word = body = bytes;
		name = str_printf(a, "filename=\"%.*s.txt\"", STR_FMT(bytes));
	} else {
		str text = form == BASE64 ? str_base64(a, bytes, false) : escaped(a, bytes, '=');
		body = text;
		word = *label
		           ? str_printf(a, "=?%s?%c?%.*s?=", label, letter_of[form], STR_FMT(text))
		           : STR("plain");
		name = form == QUOTED ? str_printf(a, "filename*=%s''%.*s", label,
		                                   STR_FMT(escaped(a, bytes, '%')))
		                      : str_printf(a, "filename=\"%.*s\"", STR_FMT(word));
	}
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "From: ");
	buf_add(&b, word);
	buf_addz(&b, " <a@b.test>\r\nSubject: ");
	buf_add(&b, word);
	buf_addz(&b, "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_x\"\r\n"
	             "\r\n--=_x\r\nContent-Type: text/plain");
	if (*label)
		buf_addf(&b, "; charset=\"%s\"", label);
	buf_addf(&b, "\r\nContent-Transfer-Encoding: %s\r\n\r\n", encodings[form]);
	buf_add(&b, body);
	buf_addz(&b, "\r\n--=_x\r\nContent-Type: application/octet-stream\r\n"
	             "Content-Disposition: attachment; ");
	buf_add(&b, name);
	buf_addz(&b, "\r\n\r\nx\r\n--=_x--\r\n");
	return str_dup(a, buf_str(&b));
}

static int told(const struct row *r, enum form form, const char *label, const char *where, str got,
                str want)
{
	if (str_eq(got, want))
		return 0;
	fprintf(stderr, "  %s as \"%s\", form %d, %s: %.*s\n", r->iconv, label, (int)form, where,
	        STR_FMT(got));
	return 1;
}

/* How many places of the letter do not say the text. */
static int read_letter(const struct row *r, enum form form, const char *label, bool words)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m;
	struct error e;
	str want = str_of(r->text);
	CHECK_OK(mime_parse(a, letter(a, r, form, label), NULL, &m, &e), &e);
	CHECK_INT(m->from.n, 1);
	CHECK_STR(m->from.p[0].email, "a@b.test");
	CHECK_INT(m->attachments.n, 1);
	int bad = told(r, form, label, "body", str_trim(m->text), want);
	if (!words)
		return bad;
	bad += told(r, form, label, "subject", m->subject, want);
	/* A raw comma in a name parts two addresses, a question mark does not harm. */
	if (form != RAW)
		bad += told(r, form, label, "name", m->from.p[0].name, want);
	str name = m->attachments.p[0].name;
	if (form == RAW && str_ends(name, STR(".txt")))
		name.n -= 4;
	return bad + told(r, form, label, "file name", name, want);
}

TEST(charset_matrix_right_label)
{
	int bad = 0;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *r = &rows[i];
		bad += read_letter(r, BASE64, r->label, true);
		bad += read_letter(r, QUOTED, r->label, true);
		/* Zeros are no text; the signs of UTF-7 in a header mean themselves. Raw words have
		 * no label: the body's is theirs. */
		if (!wide(r))
			bad += read_letter(r, RAW, r->label, strcmp(r->iconv, "UTF-7") != 0);
	}
	CHECK_INT(bad, 0);
}

TEST(charset_matrix_missing_label)
{
	int bad = 0;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *r = &rows[i];
		for (int form = BASE64; form <= RAW; form++) {
			if (wide(r) && form == RAW)
				continue;
			if (r->known) {
				bad += read_letter(r, form, "", form == RAW);
				continue;
			}
			ARENA_AUTO a = arena_new();
			struct mime_message *m;
			struct error e;
			CHECK_OK(mime_parse(a, letter(a, r, form, ""), NULL, &m, &e), &e);
			CHECK(str_is_utf8(m->text) && m->text.n > 5 && str_is_utf8(m->subject));
		}
	}
	CHECK_INT(bad, 0);
}

TEST(charset_matrix_wrong_label)
{
	/* What is said of bytes that say something else, and cannot be true of them. */
	static const struct {
		size_t row;
		const char *labels[8];
	} wrong[] = {
	    {0, {"us-ascii", "iso-8859-1", "windows-1251", "koi8-r", "gb2312", "x-unknown"}},
	    {1, {"us-ascii", "iso-8859-1", "utf-8", "windows-1251", "ibm866", "iso-8859-5"}},
	    {3, {"us-ascii", "iso-8859-1", "utf-8", "koi8-r", "ibm866", "windows-1252"}},
	    {4, {"us-ascii", "utf-8", "windows-1251", "koi8-r", "x-unknown"}},
	    {5, {"us-ascii", "utf-8", "windows-1251", "koi8-r", "x-unknown"}},
	    {8, {"us-ascii", "utf-8", "iso-8859-1", "x-unknown"}},
	    {9, {"us-ascii", "utf-8", "x-unknown", "unknown-8bit"}},
	};
	int bad = 0;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		for (size_t k = 0; k < 8 && wrong[i].labels[k]; k++) {
			const struct row *r = &rows[wrong[i].row];
			bad += read_letter(r, BASE64, wrong[i].labels[k], true);
			bad += read_letter(r, QUOTED, wrong[i].labels[k], true);
			bad += read_letter(r, RAW, wrong[i].labels[k], true);
		}
	}
	CHECK_INT(bad, 0);
}
