#include "base/buf.h"
#include "base/test.h"
#include "text/fold.h"
#include "text/stem.h"
#include "text/word.h"

/* The words with a letter for their kind: "L:привет N:15". */
static str words_shown(struct arena *a, str text, bool parts)
{
	static const char kinds[] = "LNCEU*";
	BUF_AUTO b;
	buf_init(&b, 0);
	struct words w = words_of(text, parts);
	for (struct word x; words_next(&w, &x);)
		buf_addf(&b, "%s%s%c%s:%.*s", b.n ? " " : "", x.part ? "/" : "", kinds[x.kind],
		         x.upper ? "^" : "", STR_FMT(word_str(text, &x)));
	return str_dup(a, buf_str(&b));
}

TEST(words_of_letters_numbers_and_addresses)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {" ,.!-'@ ", ""},
	    {"Где мой заказ?", "L:Где L:мой L:заказ"},
	    {"don't O’Neil 'quoted'", "L:don't L:O’Neil L:quoted"},
	    {"из-за чего-то", "L:из L:за L:чего L:то"},
	    {"СРОЧНО!! Я", "L^:СРОЧНО L:Я"},
	    {"заплатил 1,500.20$ и 2 000.", "L:заплатил N:1,500.20 L:и N:2 N:000"},
	    {"RB123456785RU 15тыс", "C^:RB123456785RU C:15тыс"},
	    {"конец.Начало Done.It", "L:конец L:Начало L:Done L:It"},
	    {"пишите на ivan.p+1@почта.рф, спасибо", "L:пишите L:на E:ivan.p+1@почта.рф L:спасибо"},
	    {"(https://x.ru/a_(b)?c=d&e=1).", "U:https://x.ru/a_(b)?c=d&e=1"},
	    {"см. ozon.ru и www.a.b/c!", "L:см U:ozon.ru L:и U:www.a.b/c"},
	    {"user_name a@ @b a@b", "L:user_name L:a L:b L:a L:b"},
	    {"日本🎉👍🏽x", "L:日 L:本 *:🎉 *:👍 L:x"},
	    {"naïve Straße м²", "L:naïve L:Straße L:м²"},
	    {"a\xff\xff z\xd0", "L:a L:z"},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STR(words_shown(a, str_of(cases[i][0]), false), cases[i][1]);
	CHECK_STR(words_shown(a, STR("to a.b@x.ru now"), true),
	          "L:to E:a.b@x.ru /L:a /L:b /L:x /L:ru L:now");
}

TEST(words_are_bounded)
{
	ARENA_AUTO a = arena_new();
	size_t n = 0;
	char *p = arena_alloc(a, 100000);
	memset(p, 'x', 100000);
	str text = str_n(p, 100000);
	struct words w = words_of(text, true);
	for (struct word x; words_next(&w, &x); n += x.n)
		CHECK(x.n <= WORD_MAX);
	CHECK_INT(n, 100000);
	memcpy(p, "http://", 7);
	w = words_of(text, false);
	for (struct word x; words_next(&w, &x);)
		CHECK(x.n <= WORD_ADDRESS_MAX + 8);
}

TEST(word_fold_is_text_fold)
{
	static const char *const cases[] = {"Ёлка",      "HELLO", "Straße",   "ﬁn",   "Йод",
	                                    "и\u0306од", "ΣΑΣ",   "a\u00adb", "Їжак", "É"};
	char out[WORD_FOLD_MAX];
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STRS(str_n(out, word_fold(str_of(cases[i]), out)),
		           text_fold(a, str_of(cases[i])));
	CHECK_STR(str_n(out, word_fold(STR("Don’t"), out)), "don't");
}

TEST(sentences_end_where_they_do)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"Привет! Где заказ? Жду.", "Привет!|Где заказ?|Жду."},
	    {"Заказ на 2 тыс. руб. Оплачен 5 г. назад", "Заказ на 2 тыс. руб. Оплачен 5 г. назад"},
	    {"Пишет А. С. Петров. Он ждёт", "Пишет А. С. Петров.|Он ждёт"},
	    {"Ну... что сказать?! Всё", "Ну... что сказать?!|Всё"},
	    {"см. x.ru. Там 1.5 кг", "см. x.ru.|Там 1.5 кг"},
	    {"первый абзац\n\nвторой\nдальше\n- пункт\n> цитата",
	     "первый абзац|второй\nдальше|- пункт|> цитата"},
	    {"(Спасибо.) «Да!» Нет", "(Спасибо.)|«Да!»|Нет"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		BUF_AUTO b;
		buf_init(&b, 0);
		str rest = str_of(cases[i][0]), s;
		while (sentence_next(&rest, &s)) {
			if (b.n)
				buf_addc(&b, '|');
			buf_add(&b, s);
		}
		CHECK_STR(buf_str(&b), cases[i][1]);
	}
}

TEST(stems_of_both_scripts)
{
	static const char *const cases[][2] = {
	    {"заказами", "заказ"}, {"оплаченный", "оплачен"}, {"deliveries", "deliveri"},
	    {"running", "run"},    {"customer’s", "custom"},  {"rb123456785ru", "rb123456785ru"},
	    {"日", "日"},          {"a\xff", "a\xff"},        {"", ""},
	};
	STEMMER_AUTO s = stemmer_new(NULL);
	for (int round = 0; round < 2; round++) /* remembered the second time */
		for (size_t i = 0; i < COUNT_OF(cases); i++)
			CHECK_STR(stemmer_stem(s, str_of(cases[i][0])), cases[i][1]);
	STEMMER_AUTO de = stemmer_new("de");
	CHECK_STR(stemmer_stem(de, STR("bestellungen")), "bestell");
	CHECK_STR(stemmer_stem(de, STR("заказами")), "заказ");
}
