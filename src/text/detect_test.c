#include <math.h>

#include "base/test.h"
#include "text/detect.h"
#include "text/detect_testing.h"

static void check_seeds(enum detect_kind k, const char *const *yes, const char *const *no)
{
	for (; *yes; yes++)
		if (!detect(k, str_of(*yes)).found)
			test_fail(__FILE__, __LINE__, "%s missed: %s", detect_name(k), *yes);
	for (; *no; no++)
		if (detect(k, str_of(*no)).found)
			test_fail(__FILE__, __LINE__, "%s false alarm: %s", detect_name(k), *no);
}

TEST(detect_urgent_seeds)
{
	static const char *const yes[] = {"СРОЧНО",
	                                  "срочно!!!",
	                                  "Срочно",
	                                  "URGENT",
	                                  "urgent please",
	                                  "СРОЧН0",
	                                  "срчоно",
	                                  "срончо",
	                                  "СОРЧНО",
	                                  "urgnet",
	                                  "С Р О Ч Н О",
	                                  "chjxyj",
	                                  "ГКПУТЕ",
	                                  "срочноооо",
	                                  "CРОЧНО",
	                                  "Это СРОЧНО, пожар, всё пропало",
	                                  "Вопрос очень срочный!",
	                                  "srochno",
	                                  "URGENT: payment lost",
	                                  "> Мы получили ваш запрос\nСРОЧНО",
	                                  NULL};
	static const char *const no[] = {
	    "Не срочно",
	    "бессрочно",
	    "досрочное погашение",
	    "not urgent",
	    "It isn't urgent at all",
	    "точно",
	    "сочно",
	    "если вы считаете ваш запрос срочным, то пришлите в ответном письме слово \"СРОЧНО\"",
	    "Спасибо!\n> Если вопрос срочный, ответьте словом СРОЧНО",
	    "Хорошо.\n\nOn Nov 5, 2026, Support wrote:\nReply with the word URGENT",
	    "Хорошо.\n\n5 ноября 2026 г., 10:00, Поддержка <s@x.ru> писал:\nСРОЧНО",
	    "срочный вклад",
	    "the nearest urgent care",
	    "Где мой заказ?",
	    "",
	    NULL};
	check_seeds(DETECT_URGENT, yes, no);
}

TEST(detect_manager_seeds)
{
	static const char *const yes[] = {
	    "Дайте мне ваше начальство сейчас же, вы не хотите работать!",
	    "Позовите в чат руководителя",
	    "Хочу поговорить с вашим начальником",
	    "Let me speak to your manager",
	    "I want a supervisor now",
	    "Соедините меня с кем-нибудь повыше",
	    "Get me somebody above you",
	    NULL};
	static const char *const no[] = {"Менеджер обещал перезвонить",
	                                 "Я руководитель отдела закупок",
	                                 "password manager",
	                                 "My manager asked me to write to you",
	                                 "Где мой заказ?",
	                                 NULL};
	check_seeds(DETECT_MANAGER, yes, no);
}

TEST(detect_abuse_seeds)
{
	static const char *const yes[] = {"Эй вы, го***ки, у меня платеж не прошел!",
	                                  "Идите в зад, у меня бабки пропали",
	                                  "сyки, верните деньги",
	                                  "пид0ры",
	                                  "п***ец какой-то",
	                                  "You are f*cking idiots",
	                                  "shut up",
	                                  NULL};
	static const char *const no[] = {"Хочу застраховать посылку",
	                                 "Сумма 4276****1234 списана",
	                                 "Отправлено Ивану И***ву",
	                                 "Цена* указана без доставки",
	                                 "мандарины и мудрый барсук",
	                                 "Scunthorpe classic cockpit",
	                                 NULL};
	check_seeds(DETECT_ABUSE, yes, no);
}

TEST(detect_thanks_seeds)
{
	static const char *const yes[] = {"Спасибо огромное!",
	                                  "спасибооо",
	                                  "Вы лучшие, всё заработало, благодарю",
	                                  "Thank you so much!",
	                                  "thx",
	                                  "Благодарность оператору Анне за помощь",
	                                  NULL};
	static const char *const no[] = {"Спасибо за испорченный праздник",
	                                 "Thanks for nothing",
	                                 "Где заказ? Заранее спасибо",
	                                 "Ну спасибо, удружили",
	                                 "Пошел на хер, спасибо",
	                                 "Thanks in advance",
	                                 NULL};
	check_seeds(DETECT_THANKS, yes, no);
}

TEST(detect_photo_seeds)
{
	static const char *const yes[] = {
	    "Фото прилагаю",          "скриншот во вложении",        "Photos attached",
	    "вот фотография коробки", "See the attached screenshot", NULL};
	static const char *const no[] = {"Пришлите фото",          "Как прикрепить фото?",
	                                 "Товар не как на фото",   "Do you need a photo?",
	                                 "can't upload the photo", NULL};
	check_seeds(DETECT_PHOTO, yes, no);
}

TEST(detect_says_where)
{
	str text = STR("Здравствуйте! Позовите руководителя.");
	struct detection d = detect(DETECT_MANAGER, text);
	CHECK_INT(d.n, 1);
	CHECK_STR(str_sub(text, d.spans[0].at, d.spans[0].at + d.spans[0].n),
	          "Позовите руководителя");
	text = STR("> цитата\nочень СРОЧНО");
	d = detect(DETECT_URGENT, text);
	CHECK_INT(d.n, 1);
	CHECK_STR(str_sub(text, d.spans[0].at, d.spans[0].at + d.spans[0].n), "СРОЧНО");
}

TEST(sentiment_has_the_right_sign)
{
	static const char *const glad[] = {"Отличный магазин, всё быстро и вежливо!",
	                                   "Great service, I love it", "Неплохо, спасибо)))",
	                                   "Не ожидал, супер", NULL};
	static const char *const sorry[] = {"Ужасный сервис, верните деньги",
	                                    "ничего не работает",
	                                    "Terrible, never again",
	                                    "not good at all",
	                                    "Не понравилось",
	                                    "Деньги так и не вернули",
	                                    "My parcel never arrived",
	                                    NULL};
	static const char *const even[] = {"Номер заказа 12345",
	                                   "Пришло не то, что заказывал",
	                                   "Вы вернули мне не ту сумму",
	                                   "Простите, а где мой заказ",
	                                   "It arrived in the other colour",
	                                   "",
	                                   NULL};
	for (const char *const *p = glad; *p; p++)
		if (text_sentiment(str_of(*p)) <= 0.1)
			test_fail(__FILE__, __LINE__, "%s: %.2f", *p, text_sentiment(str_of(*p)));
	for (const char *const *p = sorry; *p; p++)
		if (text_sentiment(str_of(*p)) >= -0.1)
			test_fail(__FILE__, __LINE__, "%s: %.2f", *p, text_sentiment(str_of(*p)));
	for (const char *const *p = even; *p; p++)
		if (fabs(text_sentiment(str_of(*p))) > 0.1)
			test_fail(__FILE__, __LINE__, "%s: %.2f", *p, text_sentiment(str_of(*p)));
}

/* Precision and recall on the labelled texts of one file. */
static void check_file(enum detect_kind k, const char *name, size_t floor)
{
	ARENA_AUTO a = arena_new();
	struct cases cases = cases_read(a, name);
	struct score s = {0};
	CHECK(cases.n >= 200);
	for (size_t i = 0; i < cases.n; i++) {
		bool want = str_is(cases.p[i].want, "yes");
		CHECK(want || str_is(cases.p[i].want, "no"));
		score_add(&s, &cases.p[i], want, detect(k, cases.p[i].text).found);
	}
	score_check(&s, detect_name(k), floor);
}

TEST(detect_urgent_labelled)
{
	check_file(DETECT_URGENT, "urgent.tsv", 95);
}

TEST(detect_manager_labelled)
{
	check_file(DETECT_MANAGER, "manager.tsv", 95);
}

TEST(detect_abuse_labelled)
{
	check_file(DETECT_ABUSE, "abuse.tsv", 95);
}

TEST(detect_thanks_labelled)
{
	check_file(DETECT_THANKS, "thanks.tsv", 95);
}
