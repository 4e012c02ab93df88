/* charset_test.c: every charset of our customers, rightly, wrongly and not labelled. */
#include "mime/charset.h"

#include <iconv.h>

#include "base/test.h"

#define RUSSIAN "Здравствуйте! Мой заказ №12 «Ромашка» до сих пор не пришёл, что делать?"
#define RUSSIAN_PLAIN "Здравствуйте! Мой заказ до сих пор не пришел, верните деньги"

static str encode(struct arena *a, const char *utf8, const char *charset)
{
	iconv_t cd = iconv_open(charset, "UTF-8");
	CHECK(cd != (iconv_t)-1);
	size_t left = strlen(utf8), room = left * 4 + 16;
	char *in = (char *)utf8, *out = arena_alloc(a, room), *p = out;
	CHECK(iconv(cd, &in, &left, &p, &room) != (size_t)-1);
	iconv(cd, NULL, NULL, &p, &room);
	iconv_close(cd);
	return str_n(out, (size_t)(p - out));
}

TEST(charset_labels)
{
	static const struct {
		const char *charset, *label, *text;
	} cases[] = {
	    {"WINDOWS-1251", "windows-1251", RUSSIAN},
	    {"WINDOWS-1251", "CP1251", RUSSIAN},
	    {"WINDOWS-1251", "\"win-1251\"", RUSSIAN},
	    {"KOI8-R", "koi8-r", RUSSIAN_PLAIN},
	    {"KOI8-U", "koi8-u", "Привіт, де моє замовлення?"},
	    {"CP866", "ibm866", RUSSIAN_PLAIN},
	    {"ISO-8859-5", "iso-8859-5", RUSSIAN_PLAIN},
	    {"MAC-CYRILLIC", "x-mac-cyrillic", RUSSIAN_PLAIN},
	    {"UTF-8", "utf8", RUSSIAN},
	    {"UTF-7", "utf-7", RUSSIAN},
	    {"UTF-16LE", "utf-16le", RUSSIAN},
	    {"UTF-16", "utf-16", RUSSIAN},
	    {"WINDOWS-1252", "iso-8859-1", "Café “déjà vu” – 5 €"},
	    {"WINDOWS-1250", "windows-1250", "Příliš žluťoučký kůň"},
	    {"ISO-8859-2", "iso-8859-2", "Zażółć gęślą jaźń"},
	    {"WINDOWS-1254", "iso-8859-9", "Şişli İstanbul ğ"},
	    {"WINDOWS-1258", "windows-1258", "Tôi đặt hàng"},
	    {"GB18030", "gb2312", "您好，我的订单在哪里？"},
	    {"BIG5", "big5", "您好，我的訂單在哪裡？"},
	    {"EUC-KR", "ks_c_5601-1987", "안녕하세요 주문"},
	    {"SHIFT_JIS", "shift_jis", "こんにちは、注文"},
	    {"ISO-2022-JP", "iso-2022-jp", "こんにちは"},
	    {"EUC-JP", "euc-jp", "こんにちは、注文"},
	    {"WINDOWS-1255", "windows-1255", "שלום"},
	    {"WINDOWS-1256", "windows-1256", "مرحبا"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ARENA_AUTO a = arena_new();
		str bytes = encode(a, cases[i].text, cases[i].charset);
		str got = charset_decode(a, bytes, str_of(cases[i].label));
		CHECK_STR(got, cases[i].text);
	}
}

TEST(charset_wrong_or_no_label)
{
	static const char *const charsets[] = {"WINDOWS-1251", "KOI8-R", "CP866", "UTF-8",
	                                       "ISO-8859-5"};
	static const char *const labels[] = {"",      "us-ascii",   "x-unknown",
	                                     "utf-8", "iso-8859-1", "nonsense;//TRANSLIT"};
	for (size_t i = 0; i < COUNT_OF(charsets); i++) {
		for (size_t k = 0; k < COUNT_OF(labels); k++) {
			ARENA_AUTO a = arena_new();
			str bytes = encode(a, RUSSIAN_PLAIN, charsets[i]);
			/* Nobody can tell CP866 sent as Latin from Latin in capitals. */
			if (str_eq(str_of(charsets[i]), STR("CP866")) &&
			    str_eq(str_of(labels[k]), STR("iso-8859-1")))
				continue;
			CHECK_STR(charset_decode(a, bytes, str_of(labels[k])), RUSSIAN_PLAIN);
		}
	}
	ARENA_AUTO a = arena_new();
	/* Chinese said, Russian meant; UTF-8 sent under an old label */
	CHECK_STR(charset_decode(a, encode(a, RUSSIAN_PLAIN, "UTF-8"), STR("koi8-r")),
	          RUSSIAN_PLAIN);
	CHECK_STR(charset_decode(a, encode(a, RUSSIAN_PLAIN, "UTF-8"), STR("gb2312")),
	          RUSSIAN_PLAIN);
	CHECK_STR(charset_decode(a, STR("caf\xe9 na\xefve"), STR("")), "café naïve");
	CHECK_STR(charset_decode(a, STR("\xEF\xBB\xBFx"), STR("windows-1251")), "x");
	CHECK_STR(charset_decode(a, STR("\x1b$B$3$s\x1b(B"), STR("")), "こん");
}

TEST(charset_bad_bytes_become_marks)
{
	ARENA_AUTO a = arena_new();
	str got = charset_decode(a,
	                         STR("a\xff"
	                             "b\0c"),
	                         STR("utf-8"));
	CHECK(str_is_utf8(got) && !memchr(got.p, 0, got.n));
	for (int seed = 0; seed < 200; seed++) {
		char bytes[64];
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (char)(seed * 131 + (int)i * 17 * (seed + 3));
		static const char *const labels[] = {"utf-8",       "gb2312", "utf-16", "utf-7",
		                                     "iso-2022-jp", "big5",   ""};
		for (size_t k = 0; k < COUNT_OF(labels); k++) {
			got = charset_decode(a, str_n(bytes, sizeof bytes), str_of(labels[k]));
			CHECK(str_is_utf8(got) && !memchr(got.p, 0, got.n));
		}
	}
}
