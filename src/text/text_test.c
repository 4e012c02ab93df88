#include "base/test.h"
#include "text/addr.h"
#include "text/fold.h"

TEST(text_fold_brings_spellings_together)
{
	static const char *const cases[][2] = {
	    {"Ёлка", "елка"},
	    {"\u0415\u0308лка", "елка"},
	    {"HELLO", "hello"},
	    {"Straße", "strasse"},
	    {"ﬁn", "fin"},
	    {"ＡＢＣ", "abc"},
	    {"Йод", "йод"},
	    {"\u0418\u0306од", "йод"},
	    {"a\u200bb\u00adc", "abc"},
	    {"", ""},
	    {"№ 5", "no 5"},
	    {"ΣΑΣ", "σασ"},
	    {"АБЯЂЏ ѐџ «Ёж» — “да”", "абяђџ ѐџ «еж» — “да”"},
	    {"e\u0301A\u030a", "éå"}, /* marks join with plain letters before them */
	    {"и\u0306\u0301й…Ж", "й\u0301й...ж"},
	    {"\u0301Ж\U0001f600Ж\ufdfa", "\u0301ж\U0001f600ж\u0635\u0644\u0649 "
	                                 "\u0627\u0644\u0644\u0647 \u0639\u0644\u064a\u0647 "
	                                 "\u0648\u0633\u0644\u0645"},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str once = text_fold(a, str_of(cases[i][0]));
		CHECK_STR(once, cases[i][1]);
		CHECK_STRS(text_fold(a, once), once);
	}
	CHECK(str_is_utf8(text_fold(a, STR("a\xff\xd1"))));
}

TEST(text_snippet_is_one_short_line)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(text_snippet(a, STR("  a\r\n\t b\u00a0\u2028c  "), 80), "a b c");
	CHECK_STR(text_snippet(a, STR("a\u202ebc\x01\u200b"), 80), "abc");
	CHECK_STR(text_snippet(a, STR("Где мой заказ?"), 14), "Где мой заказ?");
	CHECK_STR(text_snippet(a, STR("Где мой заказ, скажите"), 15), "Где мой заказ,…");
	CHECK_STR(text_snippet(a, STR("Где мой заказ, скажите"), 14), "Где мой…");
	CHECK_STR(text_snippet(a, STR("абвгдежзик"), 5), "абвг…");
	CHECK_STR(text_snippet(a, STR("абвгд"), 5), "абвгд");
	CHECK_STR(text_snippet(a, STR("абвгд  \n "), 5), "абвгд");
	CHECK_STR(text_snippet(a, STR("аб"), 1), "…");
	CHECK_STR(text_snippet(a, STR("аб"), 0), "");
	CHECK_STR(text_snippet(a, STR_NONE, 5), "");
	CHECK(str_is_utf8(text_snippet(a, STR("a\xff\xff\xff\xff\xff"), 3)));
}

TEST(email_addresses_good_and_bad)
{
	static const char *const good[] = {"a@b.co", "Anna.B+tag@X.RU", "o'neil@ex-ample.com",
	                                   "анна@почта.рф", "x@xn--80a1acny.xn--p1ai"};
	static const char *const bad[] = {
	    "",
	    "@",
	    "a@",
	    "@b.co",
	    "a@b",
	    "a b@c.de",
	    "a@b..co",
	    ".a@b.co",
	    "a.@b.co",
	    "a..b@c.de",
	    "a@-b.co",
	    "a@b-.co",
	    "\"a\"@b.co",
	    "a@[127.0.0.1]",
	    "a@b.co\r\nBcc: x@y.zz",
	    "a@b.co>",
	    "Anna <a@b.co>",
	    "a,b@c.de",
	    "a@b.co ",
	    "a\u202e@b.co",
	    "a\u00a0b@c.de",
	    "a@b_c.de",
	    "a@@b.co",
	    "a\xff@b.co",
	};
	for (size_t i = 0; i < COUNT_OF(good); i++)
		if (!email_is_valid(str_of(good[i])))
			test_fail(__FILE__, __LINE__, "refused %s", good[i]);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (email_is_valid(str_of(bad[i])))
			test_fail(__FILE__, __LINE__, "accepted %s", bad[i]);
	CHECK(!email_is_valid(str_n("a\0@b.co", 7)));
	ARENA_AUTO a = arena_new();
	str out;
	CHECK(email_normal(a, STR(" Anna@X.RU\n"), &out));
	CHECK_STR(out, "Anna@x.ru");
	CHECK(email_key(a, STR("Ёж@X.RU"), &out));
	CHECK_STR(out, "еж@x.ru");
	CHECK_STR(email_domain(out), "x.ru");
}

TEST(phone_numbers_to_digits)
{
	ARENA_AUTO a = arena_new();
	static const char *const good[][2] = {
	    {"+7 (495) 123-45-67", "74951234567"},
	    {"8 495 123 45 67", "74951234567"},
	    {"0044 20 7946 0958", "442079460958"},
	    {"+44 20 7946\u00a00958", "442079460958"},
	    {"123-45-67", "1234567"},
	    {"+8 613 800 138 000", "8613800138000"},
	};
	static const char *const bad[] = {
	    "",      "12345", "+7 495 CALL-ME", "1234567890123456", "7+495123456", "++74951234567",
	    "a@b.co"};
	str out;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		CHECK(phone_normal(a, str_of(good[i][0]), &out));
		CHECK_STR(out, good[i][1]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK(!phone_normal(a, str_of(bad[i]), &out));
}

TEST(mask_values)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(mask_email(a, STR("anna@x.ru")), "a•••@x.ru");
	CHECK_STR(mask_email(a, STR("ёж@x.ru")), "ё•••@x.ru");
	CHECK_STR(mask_phone(a, STR("8 495 123-45-67")), "+7 ••• ••-67");
	CHECK_STR(mask_phone(a, STR("+44 20 7946 0958")), "+44 ••• ••-58");
	CHECK_STR(mask_any(a, STR("tg_anna")), "t•••");
	CHECK_STR(mask_any(a, STR("+44 20 7946 0958")), "+44 ••• ••-58");
	CHECK_STR(mask_any(a, STR_NONE), "•••");
}

TEST(mask_of_texts)
{
	static const char *const cases[][2] = {
	    {"Пишите на anna@x.ru, срочно.", "Пишите на a•••@x.ru, срочно."},
	    {"<anna@x.ru>", "<a•••@x.ru>"},
	    {"mailto:anna%40x.ru", "mailto:a•••"},
	    {"anna@localhost.", "a•••@localhost."},
	    {"Звоните: +7 (495) 123-45-67!", "Звоните: +7 ••• ••-67!"},
	    {"тел.8-495-123-45-67", "тел.+7 ••• ••-67"},
	    {"89161234567", "+7 ••• ••-67"},
	    {"123-45-67", "••• ••-67"},
	    {"Заказ 1234567 от 21.11.2024 14:22", "Заказ 1234567 от 21.11.2024 14:22"},
	    {"2024-11-21 14:22:00", "2024-11-21 14:22:00"},
	    {"1 500 000 000 рублей", "1 500 000 000 рублей"},
	    {"80085412345678 в пути", "80085412345678 в пути"},
	    {"тел.:№89161234567—звоните", "тел.:№+7 ••• ••-67—звоните"},
	    {"RA644000001RU AB89161234567", "RA644000001RU AB89161234567"},
	    {"a @ b", "a @ b"},
	    {"", ""},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STR(text_mask(a, str_of(cases[i][0]), NULL, 0), cases[i][1]);
}

TEST(mask_of_known_values_however_written)
{
	ARENA_AUTO a = arena_new();
	const str values[] = {STR("tg_Anna"), STR("Ёжик"), STR("+79161234567"), STR("a")};
	CHECK_STR(text_mask(a, STR("Я TG_ANNA, a ёЖИК"), values, COUNT_OF(values)),
	          "Я t•••, a Ё•••");
	CHECK_STR(text_mask(a, STR("9161234567 8(916)123.45.67 +7 916 1234567"), values,
	                    COUNT_OF(values)),
	          "+7 ••• ••-67 +7 ••• ••-67 +7 ••• ••-67");
	CHECK_STR(text_mask(a, STR("91612345678"), values + 3, 1), "+91 ••• ••-78");
}

TEST(mask_takes_linear_time)
{
	ARENA_AUTO a = arena_new();
	static const char *const units[] = {"a", "1", "1-", "a@", "+", "%40", ".", "1 ", "a.", "@"};
	size_t n = 300000;
	char *p = arena_alloc(a, n);
	for (size_t u = 0; u < COUNT_OF(units); u++) {
		size_t len = strlen(units[u]);
		for (size_t i = 0; i < n; i++)
			p[i] = units[u][i % len];
		CHECK(text_mask(a, str_n(p, n), NULL, 0).n > 0);
	}
}
