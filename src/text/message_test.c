#include "text/message.h"

#include "base/test.h"
#include "text/message_table.h"

static str minutes(struct arena *a, enum lang lang, int64_t n, int decimals)
{
	return message_format(a, lang, STR("time.minutes"),
	                      MESSAGE_ARGS(MESSAGE_DECIMAL("n", n, decimals)));
}

TEST(message_plural_forms_of_both_languages)
{
	static const struct {
		int64_t n;
		int decimals;
		const char *en, *ru;
	} cases[] = {
	    {0, 0, "0 minutes", "0 минут"},
	    {1, 0, "1 minute", "1 минуту"},
	    {2, 0, "2 minutes", "2 минуты"},
	    {4, 0, "4 minutes", "4 минуты"},
	    {5, 0, "5 minutes", "5 минут"},
	    {11, 0, "11 minutes", "11 минут"},
	    {12, 0, "12 minutes", "12 минут"},
	    {14, 0, "14 minutes", "14 минут"},
	    {21, 0, "21 minutes", "21 минуту"},
	    {22, 0, "22 minutes", "22 минуты"},
	    {25, 0, "25 minutes", "25 минут"},
	    {101, 0, "101 minutes", "101 минуту"},
	    {111, 0, "111 minutes", "111 минут"},
	    {112, 0, "112 minutes", "112 минут"},
	    {15, 1, "1.5 minutes", "1,5 минуты"},
	    {10, 1, "1.0 minutes", "1,0 минуты"},
	    {1000001, 0, "1,000,001 minutes", "1\u00a0000\u00a0001 минуту"},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK_STR(minutes(a, LANG_EN, cases[i].n, cases[i].decimals), cases[i].en);
		CHECK_STR(minutes(a, LANG_RU, cases[i].n, cases[i].decimals), cases[i].ru);
	}
}

TEST(message_numbers_as_the_language_writes_them)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(message_number(a, LANG_RU, 4870, 0), "4\u00a0870");
	CHECK_STR(message_number(a, LANG_EN, 4870, 0), "4,870");
	CHECK_STR(message_number(a, LANG_RU, 452, 2), "4,52");
	CHECK_STR(message_number(a, LANG_EN, -5, 2), "-0.05");
	CHECK_STR(message_number(a, LANG_EN, INT64_MIN, 0), "-9,223,372,036,854,775,808");
}

TEST(message_duration_is_rounded_up)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(message_duration(a, LANG_EN, 0), "1 second");
	CHECK_STR(message_duration(a, LANG_RU, 5 * USEC_SECOND), "5 секунд");
	CHECK_STR(message_duration(a, LANG_EN, 61 * USEC_SECOND), "2 minutes");
	CHECK_STR(message_duration(a, LANG_RU, 3599 * USEC_SECOND), "1 час");
	CHECK_STR(message_duration(a, LANG_RU, 3 * USEC_DAY), "3 дня");
}

TEST(message_values_are_not_read_as_placeholders)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(message_format(a, LANG_EN, STR("mail.reply.quote"),
	                         MESSAGE_ARGS(MESSAGE_STR("date", STR("{name}")),
	                                      MESSAGE_STR("name", STR("{date}")))),
	          "On {name}, {date} wrote:");
	CHECK_STR(message_format(a, LANG_EN, STR("mail.reply.quote"), MESSAGE_NO_ARGS),
	          "On {date}, {name} wrote:");
	CHECK_STR(message_format(a, LANG_EN, STR("no.such.key"), MESSAGE_NO_ARGS), "no.such.key");
}

TEST(message_of_an_error)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	enum err r = error_set(&e, ERR_INVALID, "error.too_long", "subject", "250");
	CHECK_INT(r, ERR_INVALID);
	CHECK_STR(message_error(a, LANG_RU, &e), "Не длиннее 250 знаков");
	CHECK_STR(message_error(a, LANG_EN, &e), "No longer than 250 characters");
	CHECK_INT(error_set(&e, ERR_THROTTLED, "error.throttled", NULL, NULL), ERR_THROTTLED);
	e.retry_after = 12 * USEC_MINUTE;
	CHECK_STR(message_error(a, LANG_RU, &e),
	          "Слишком много попыток. Попробуйте через 12 минут");
	CHECK_INT(error_set(&e, ERR_DENIED, "error.no_such_key_yet", NULL, NULL), ERR_DENIED);
	CHECK_STR(message_error(a, LANG_EN, &e), "You have no right to do this");
}

TEST(message_every_error_code_has_a_sentence)
{
	ARENA_AUTO a = arena_new();
	for (int code = ERR_INVALID; code <= ERR_INTERNAL; code++)
		CHECK(message_exists(str_printf(a, "error.code.%s", err_name((enum err)code))));
}

TEST(message_table_is_sorted_and_whole)
{
	CHECK(message_count > 100);
	for (size_t i = 0; i < message_count; i++) {
		CHECK(i == 0 || strcmp(message_table[i - 1].key, message_table[i].key) < 0);
		for (int l = 0; l < LANG_COUNT; l++)
			CHECK(message_table[i].forms[l][FORM_OTHER]);
	}
}
