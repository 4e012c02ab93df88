/* quote_test.c: what mail programs put below a reply. */
#include "mime/quote.h"

#include "base/test.h"

static void check(const char *text, const char *visible, const char *signature)
{
	ARENA_AUTO a = arena_new();
	struct mime_quote q = mime_split(a, str_of(text));
	CHECK_STR(q.visible, visible);
	CHECK_STR(q.signature, signature);
}

TEST(quote_heads_of_programs)
{
	check("Yes\n\nOn Mon, Feb 5, 2024 at 12:30 PM Anna <a@b.ru> wrote:\n> what?\n> eh\n", "Yes",
	      "");
	check("Yes\n\nOn Mon, Feb 5, 2024 at 12:30 PM Anna\n<a@b.ru> wrote:\n\n> what?\n", "Yes",
	      "");
	check("Да\n\nпн, 5 февр. 2024 г. в 12:30, Анна <a@b.ru>:\n\n> что?\n", "Да", "");
	check("Да\n\n05.02.2024 12:30, Анна пишет:\n> что?\n", "Да", "");
	check("Да\n\nПонедельник, 5 февраля 2024, 12:30 +03:00 от Анна <a@b.ru>:\n> что?\n", "Да",
	      "");
	check("Да\n\n5 февр. 2024 г., в 12:30, Анна <a@b.ru> написал(а):\n\n> что?\n", "Да", "");
	check("Ja\n\nAm 05.02.24 um 12:30 schrieb Anna:\n> was?\n", "Ja", "");
	check("Oui\n\nLe 5 févr. 2024 à 12:30, Anna <a@b.fr> a écrit :\n> quoi ?\n", "Oui", "");
	check("Так\n\nпн, 5 лют. 2024 р. о 12:30 Анна <a@b.ua> пише:\n> що?\n", "Так", "");
}

TEST(quote_blocks_of_outlook)
{
	check("Да\n\n-----Original Message-----\nFrom: A\nSent: x\n\nold\n", "Да", "");
	check("Да\n\n________________________________\nОт: Анна <a@b.ru>\nОтправлено: 5 февраля "
	      "2024 г. 12:30\n"
	      "Кому: Б\nТема: RE: x\n\nстарое\n",
	      "Да", "");
	check("Yes\n\n*From:* Anna\n*Sent:* Monday\n*To:* B\n*Subject:* x\n\nold\n", "Yes", "");
	/* one such line alone is text */
	check("From: the bottom of my heart\nthanks\n", "From: the bottom of my heart\nthanks", "");
	check("Кому: Иванову\nЗаказ 5\n", "Кому: Иванову\nЗаказ 5", "");
}

TEST(quote_inline_answers_stay)
{
	check("> one?\nyes\n> two?\nno\n", "> one?\nyes\n> two?\nno", "");
	check("> one?\nyes\n\n> rest\n> rest\n", "> one?\nyes", "");
}

TEST(quote_heads_within_go)
{
	check("On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n> one?\nyes\n", "> one?\nyes", "");
	check("On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n\nplain words without marks\n",
	      "plain words without marks", "");
}

TEST(quote_signatures)
{
	check("Где заказ?\n\nС уважением,\nАнна Иванова\n+7 900 000-00-00\n", "Где заказ?",
	      "С уважением,\nАнна Иванова\n+7 900 000-00-00");
	check("Спасибо!\n", "Спасибо!", "");
	check("Спасибо,\n\nвсё пришло\n", "Спасибо,\n\nвсё пришло", "");
	check("Blah.\n\n-Lev.\n\nSent from my phone\n", "Blah.", "-Lev.\n\nSent from my phone");
	check("- one\n- two\n", "- one\n- two", "");
	check("Hi\n-- \nAnna\nShop\n", "Hi", "-- \nAnna\nShop");
	check("Hi\n\nSent from my iPhone\n\nOn 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n> x\n",
	      "Hi", "Sent from my iPhone");
	check("Привет\n\nОтправлено с iPhone\n", "Привет", "Отправлено с iPhone");
	check("Привет\n--\nОтправлено из мобильной Почты\n", "Привет",
	      "--\nОтправлено из мобильной Почты");
}

TEST(quote_nothing_is_lost)
{
	check("", "", "");
	check("> only\n> quoted\n", "> only\n> quoted", "");
	check("> On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n>> x\n", "", "");
	ARENA_AUTO a = arena_new();
	str visible, quoted;
	mime_split_quote(a, STR("Hi\n-- \nAnna\n\n> old\n"), &visible, &quoted);
	CHECK_STR(visible, "Hi");
	str only;
	mime_split_quote(a, STR("> On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n>> x"), &only,
	                 &visible);
	CHECK_STR(only, "> On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n>> x");
	CHECK(str_find(quoted, STR("Anna")) >= 0 && str_find(quoted, STR("> old")) > 0);
}
