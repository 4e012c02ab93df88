#include "base/buf.h"
#include "base/date.h"
#include "base/test.h"
#include "text/detect_testing.h"
#include "text/facts.h"

/* Saturday, 21 November 2026, noon in Moscow. */
static usec noon(void)
{
	usec t;
	CHECK(date_parse_rfc3339(STR("2026-11-21T09:00:00Z"), &t));
	return t;
}

/* "amount=150000 RUB? order=12345": the facts with "?" where they are ambiguous. */
static str shown(struct arena *a, str text)
{
	struct facts_options o = {.now = noon(), .utc_offset = 180};
	struct fact *f;
	size_t n;
	BUF_AUTO b;
	buf_init(&b, 0);
	text_facts(a, text, &o, &f, &n);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&b, "%s%s=", b.n ? "; " : "", fact_name(f[i].kind));
		if (f[i].kind == FACT_AMOUNT)
			buf_addf(&b, "%lld%s%s", (long long)f[i].minor, *f[i].currency ? " " : "",
			         f[i].currency);
		else
			buf_add(&b, f[i].value);
		buf_addz(&b, f[i].ambiguous ? "?" : "");
	}
	return str_dup(a, buf_str(&b));
}

TEST(facts_seeds)
{
	static const char *const cases[][2] = {
	    {"потерял 1500 тысячи", "amount=150000000?"},
	    {"1500 тыс", "amount=150000000?"},
	    {"1500 тыс. руб.", "amount=150000000 RUB"},
	    {"1.5 млн", "amount=150000000"},
	    {"1,5 млн рублей", "amount=150000000 RUB"},
	    {"$20.50", "amount=2050 USD"},
	    {"2 тыс. руб.", "amount=200000 RUB"},
	    {"сняли 1 500,50 ₽", "amount=150050 RUB"},
	    {"заплатил 1.500 евро", "amount=150000 EUR?"},
	    {"I paid $1,500", "amount=150000 USD"},
	    {"5 рублей 30 копеек", "amount=530 RUB"},
	    {"полторы тысячи рублей", "amount=150000 RUB"},
	    {"пять тысяч двести рублей", "amount=520000 RUB"},
	    {"1 млн 200 тыс", "amount=120000000"},
	    {"5к", "amount=500000"},
	    {"15тыс", "amount=1500000"},
	    {"100р", "amount=10000 RUB"},
	    {"half a million dollars", "amount=50000000 USD"},
	    {"5 тысяч человек", ""},
	    {"20%", ""},
	    {"USD 20", "amount=2000 USD"},
	    {"20 €", "amount=2000 EUR"},
	    {"заказ 548821 от 21.11.2026", "order=548821; date=2026-11-21"},
	    {"order A-12345", "order=A-12345"},
	    {"Заказы 12345 и 12346", "order=12345; order=12346"},
	    {"заказ на 1500 руб", "amount=150000 RUB"},
	    {"вчера", "date=2026-11-20"},
	    {"3 дня назад", "date=2026-11-18"},
	    {"5 мая", "date=2026-05-05"},
	    {"November 3rd, 2025", "date=2025-11-03"},
	    {"2026-11-02", "date=2026-11-02"},
	    {"11/02/2026", "date=2026-02-11?"},
	    {"last Friday", "date=2026-11-20"},
	    {"8 (916) 123-45-67", "phone=+79161234567"},
	    {"+44 20 7946 0958", "phone=+442079460958"},
	    {"89161234567", "phone=+79161234567"},
	    {"RB123456785RU", "tracking=RB123456785RU"},
	    {"RB123456784RU", ""},
	    {"трек 80089476512345", "tracking=80089476512345?"},
	    {"СДЭК 1234567890", "tracking=1234567890?"},
	    {"живу в Нижнем Новгороде", "city=Нижний Новгород"},
	    {"доставка в ростов-на-дону", "city=Ростов-на-Дону"},
	    {"I live in London", "city=Лондон"},
	    {"фото прилагаю, a@b.ru", "photo=; email=a@b.ru"},
	    {"", ""},
	    {"Где посылка?", ""},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str got = shown(a, str_of(cases[i][0]));
		if (!str_eq_z(got, cases[i][1]))
			printf("  %s: %.*s\n", cases[i][0], STR_FMT(got));
	}
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STR(shown(a, str_of(cases[i][0])), cases[i][1]);
}

TEST(facts_have_their_places)
{
	ARENA_AUTO a = arena_new();
	struct fact *f;
	size_t n;
	str text = STR("Заказ 548821 на $20.50!");
	text_facts(a, text, NULL, &f, &n);
	CHECK_INT(n, 2);
	CHECK_STR(str_sub(text, f[0].at, f[0].at + f[0].n), "548821");
	CHECK_STR(str_sub(text, f[1].at, f[1].at + f[1].n), "$20.50");
	text = STR("1500 тысячи");
	text_facts(a, text, NULL, &f, &n);
	CHECK_INT(n, 1);
	CHECK_INT(f[0].minor, 150000000);
	CHECK_INT(f[0].other_minor, 150000);
}

TEST(facts_orders_by_the_pattern_of_a_shop)
{
	ARENA_AUTO a = arena_new();
	const str patterns[] = {STR("ORD-9{6}"), STR("9{4}-A{2,3}")};
	struct facts_options o = {.order_patterns = patterns, .order_patterns_n = 2};
	struct fact *f;
	size_t n;
	text_facts(a, STR("ord-123456, ORD-1234567, 4444-abc, заказ 777777"), &o, &f, &n);
	CHECK_INT(n, 2);
	CHECK_STR(f[0].value, "ORD-123456");
	CHECK_STR(f[1].value, "4444-ABC");
	/* Words before it that would make it money do not: no amount has a hyphen. */
	const str hyphen[] = {STR("999-9999"), STR("9{6}")};
	o = (struct facts_options){.order_patterns = hyphen, .order_patterns_n = 2};
	text_facts(a, STR("За возврат заказа 416-9987 пришло 3 120 ₽"), &o,
	           &f, &n);
	CHECK_INT(n, 2);
	CHECK_STR(f[0].value, "416-9987");
	CHECK_INT(f[1].minor, 312000);
	text_facts(a, STR("Списали 150000 рублей за заказ 123456"), &o, &f, &n);
	CHECK_INT(n, 2);
	CHECK_INT(f[0].minor, 15000000);
	CHECK_STR(f[1].value, "123456");
	CHECK(order_pattern_valid(patterns[0]));
	static const char *const wrong[] = {"",      "9",    "99",   "9{", "9{2,1}x",
	                                    "9{99}", "-{3}", "9{a}", "abc"};
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		CHECK(!order_pattern_valid(str_of(wrong[i])));
	static const struct {
		const char *pattern, *why;
		size_t at;
	} places[] = {{"", "error.pattern_few", 1},
	              {"№9", "error.pattern_few", 3},
	              {"ORD-9{6", "error.pattern_open", 6},
	              {"№9{4}-{2}", "error.pattern_repeat", 7},
	              {"9{6}A{2,1}", "error.pattern_count", 6},
	              {"9{99}", "error.pattern_count", 2},
	              {"9{a}", "error.pattern_count", 2}};
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		size_t at;
		const char *why = order_pattern_wrong(str_of(places[i].pattern), &at);
		CHECK(why && strcmp(why, places[i].why) == 0);
		CHECK_INT(at, places[i].at);
	}
}

/* Each fact of a line counts by itself: found and wanted, found only, wanted only. */
TEST(facts_labelled)
{
	ARENA_AUTO a = arena_new();
	struct cases cases = cases_read(a, "facts.tsv");
	size_t right = 0, found = 0, wanted = 0;
	CHECK(cases.n >= 200);
	for (size_t i = 0; i < cases.n; i++) {
		str got = shown(a, cases.p[i].text), want = cases.p[i].want, piece;
		if (str_is(want, "-"))
			want = STR_NONE;
		if (!str_eq(got, want))
			printf("  line %d: got \"%.*s\", want \"%.*s\" of %.*s\n", cases.p[i].line,
			       STR_FMT(got), STR_FMT(want), STR_FMT(cases.p[i].text));
		for (str rest = got; rest.n && str_split(&rest, ';', &piece);) {
			found++;
			/* As a whole word of the list. */
			str padded = str_printf(a, " %.*s;", STR_FMT(want));
			str needle = str_printf(a, " %.*s;", STR_FMT(str_trim(piece)));
			right += str_find(padded, needle) >= 0;
		}
		for (str rest = want; rest.n && str_split(&rest, ';', &piece);)
			wanted++;
	}
	printf("  facts: precision %.1f, recall %.1f of %zu\n",
	       100.0 * (double)right / (double)found, 100.0 * (double)right / (double)wanted,
	       wanted);
	CHECK(right * 100 >= found * 95);
	CHECK(right * 100 >= wanted * 95);
}

TEST(a_city_has_a_name_in_both_languages)
{
	CHECK_STR(text_city(STR("Санкт-Петербург"), true), "Saint Petersburg");
	CHECK_STR(text_city(STR("Москва"), true), "Moscow");
	CHECK_STR(text_city(STR("Rostov-on-Don"), false), "Ростов-на-Дону");
	CHECK_STR(text_city(STR("Москва"), false), "Москва");
	CHECK_STR(text_city(STR("Малая Вишера у моста"), true), "Малая Вишера у моста");
	CHECK_STR(text_city(STR_NONE, true), "");
}
