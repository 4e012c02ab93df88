/* sensitive_test.c: numbers that should not lie about: found, and blocked out everywhere. */
#include "base/test.h"
#include "text/sensitive.h"

static str kinds(struct arena *a, const char *text)
{
	struct sensitive *v;
	size_t n;
	str out = STR("");
	text_sensitive(a, str_of(text), 100, &v, &n);
	for (size_t i = 0; i < n; i++) {
		str span;
		CHECK(text_span(str_of(text), v[i].start, v[i].chars, &span));
		CHECK_STRS(span, str_n(text + v[i].at, v[i].n));
		out = str_printf(a, "%.*s%s%s=%.*s", STR_FMT(out), i ? "; " : "",
		                 sensitive_kind_name(v[i].kind), STR_FMT(span));
	}
	return out;
}

TEST(cards_passports_and_phones_are_found)
{
	ARENA_AUTO a = arena_new();
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"карта 4111 1111 1111 1111, срок 12/27", "card=4111 1111 1111 1111"},
	    {"4111111111111111", "card=4111111111111111"},
	    {"5500-0055-5555-5559 12", "card=5500-0055-5555-5559"},
	    {"4111\u00a01111\u00a01111\u00a01111", "card=4111\u00a01111\u00a01111\u00a01111"},
	    {"4111 1111 1111 1112", ""}, /* a wrong check digit */
	    {"0000000000000000", ""},
	    {"x4111111111111111", ""},
	    {"паспорт 4508 123456 выдан", "passport=4508 123456"},
	    {"серия 45 08 номер 123456", ""},
	    {"45 08 123456", "passport=45 08 123456"},
	    {"4508123456", ""}, /* an order's number, perhaps */
	    {"мой паспорт: 4508123456", "passport=4508123456"},
	    {"звоните +7 (916) 123-45-67!", "phone=+7 (916) 123-45-67"},
	    {"8 916 123 45 67", "phone=8 916 123 45 67"},
	    {"+49 30 1234567 8", "phone=+49 30 1234567 8"},
	    {"Заказ 12345 от 21.11.2026 на 1500 руб.", ""},
	    {"№ 4111111111111111 и 89161234567", "card=4111111111111111; phone=89161234567"},
	    {"", ""},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STRS(kinds(a, cases[i].text), str_of(cases[i].want));
}

TEST(a_value_is_blocked_out_however_it_is_written)
{
	ARENA_AUTO a = arena_new();
	struct redactor r = redactor_of(a, STR("4111 1111 1111 1111"));
	str out;
	CHECK(text_redact(a, STR("да 4111-1111-1111-1111."), &r, 1, &out));
	CHECK_STR(out, "да ███████████████████.");
	CHECK(text_redact(a, STR("> 4111111111111111 и 4111 1111\n1111 1111"), &r, 1, &out));
	CHECK_STR(out, "> ████████████████ и █████████\n█████████");
	CHECK(!text_redact(a, STR("941111111111111115 4111 1111 1111 1112"), &r, 1, &out));
	CHECK_STR(out, "941111111111111115 4111 1111 1111 1112");
	struct redactor name = redactor_of(a, STR("Пётр Иванов"));
	CHECK(text_redact(a, STR("от ПЁТР  ИВАНОВ"), &name, 1, &out));
	CHECK_STR(out, "от ████████████");
	/* Too short to look for. */
	struct redactor two = redactor_of(a, STR("да"));
	CHECK(!text_redact(a, STR("да, да"), &two, 1, &out));
}

TEST(html_hides_a_value_in_tags_and_entities)
{
	ARENA_AUTO a = arena_new();
	struct redactor r = redactor_of(a, STR("4111 1111 1111 1111"));
	str out;
	CHECK(text_redact_html(a, STR("<p>4111&nbsp;11<b>11</b> 1111 &#49;&#x31;11</p>"), &r, 1,
	                       &out));
	CHECK_STR(out, "<p>███████<b>██</b>██████████</p>");
	CHECK(text_redact_html(a, STR("<a href=\"pay?c=4111111111111111\">x</a>"), &r, 1, &out));
	CHECK_STR(out, "<a href=\"pay?c=████████████████\">x</a>");
	/* Torn so far apart that it would stay readable: nothing of the HTML is kept. */
	CHECK(text_redact_html(a, STR("4111 ---------- 1111 1111 1111"), &r, 1, &out));
	CHECK_STR(out, "");
	CHECK(!text_redact_html(a, STR("<p>1111</p>"), &r, 1, &out));
	CHECK_STR(out, "<p>1111</p>");
}

TEST(spans_are_counted_in_characters_and_stay_where_they_are)
{
	ARENA_AUTO a = arena_new();
	str out, span;
	CHECK(text_redact_span(a, STR("номер 12\n34 тут"), 6, 5, &out));
	CHECK_STR(out, "номер ██\n██ тут");
	CHECK(text_span(out, 6, 5, &span));
	CHECK_STR(span, "██\n██");
	CHECK(text_span(STR("абв"), 2, 1, &span));
	CHECK_STR(span, "в");
	CHECK(!text_span(STR("абв"), 2, 2, &span));
	CHECK(!text_span(STR("абв"), 3, 1, &span));
	CHECK(!text_span(STR("абв"), 0, 0, &span));
	CHECK(!text_span(STR("абв"), SIZE_MAX, SIZE_MAX, &span));
}
