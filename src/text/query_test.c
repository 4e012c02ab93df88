#include "text/query.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/test.h"

/* A query as it is understood: "-phrase(a b) word(c|stem)*". */
static str shown(struct arena *a, struct stemmer *stemmer, str text)
{
	struct query q;
	struct error e;
	struct query_options o = {
	    .now = date_to_usec(&(struct date){.year = 2026, .month = 11, .day = 22, .hour = 9})};
	if (query_parse(a, stemmer, text, &o, &q, &e))
		return str_printf(a, "%s %s", e.key, e.arg);
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < q.n; i++) {
		const struct query_item *x = &q.items[i];
		buf_addf(&b, "%s%s", i ? " " : "", x->negative ? "-" : "");
		if (x->field)
			buf_addf(&b, "%s:", query_field_name(x->field));
		if (x->field == QUERY_CREATED) {
			if (x->from != DATE_MIN)
				buf_add(&b, str_sub(date_rfc3339(a, x->from), 0, 10));
			buf_addz(&b, "..");
			if (x->to != DATE_MAX)
				buf_add(&b, str_sub(date_rfc3339(a, x->to), 0, 10));
		} else {
			buf_add(&b, x->value);
		}
		buf_addz(&b, x->phrase ? "\"" : "");
		for (size_t k = 0; k < x->n_words; k++)
			buf_addf(&b, "%s%.*s", k ? " " : "", STR_FMT(x->words[k].word));
		buf_addz(&b, x->phrase ? "\"" : "");
		if (x->joined.n)
			buf_addf(&b, "#%.*s", STR_FMT(x->joined));
		buf_addf(&b, "%s%s", x->prefix ? "*" : "",
		         x->open && query_field_is_words(x->field) ? "?" : "");
	}
	return str_dup(a, buf_str(&b));
}

TEST(queries_are_taken_apart)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"  ", ""},
	    {"Возврат денег", "возврат денег?"},
	    {"возврат денег ", "возврат денег"},
	    {"\"Срок доставки\" -СПАМ заказ*", "\"срок доставки\" -спам заказ*"},
	    {"«срок доставки» “a b” „c d“", "\"срок доставки\" \"a b\" \"c d\""},
	    {"\"срок дост\"*", "\"срок дост\"*"},
	    {"\"не закрыта", "\"не закрыта\""},
	    {"status:open line:\"Общие вопросы\" ёлка", "status:open line:Общие вопросы елка?"},
	    {"статус:открыто -линия:логистика от:Анна",
	     "status:открыто -line:логистика from:анна?"},
	    {"STATUS:Open ТЕГ:vip", "status:Open tag:vip"},
	    {"тема:возврат x", "subject:возврат x?"},
	    {"Тема: возврат", "тема возврат?"},
	    {"категория:Оплата priority:urgent язык:ru x",
	     "category:Оплата priority:urgent lang:ru x?"},
	    {"status:", ""},
	    {"created>2026-11-01", "created:2026-11-02.."},
	    {"created>=2026-11-01 x", "created:2026-11-01.. x?"},
	    {"создано<2026-11", "created:..2026-11-01"},
	    {"created:<=2026-11", "created:..2026-12-01"},
	    {"created:01.11.2026", "created:2026-11-01..2026-11-02"},
	    {"created:2026-11-01..2026-11-05", "created:2026-11-01..2026-11-06"},
	    {"created:today", "created:2026-11-22..2026-11-23"},
	    {"создано:вчера", "created:2026-11-21..2026-11-22"},
	    {"created:7d", "created:2026-11-16..2026-11-23"},
	    {"x created:2026-02-30", "error.query_date created:2026-02-30"},
	    {"created:завтра", "error.query_date created:завтра"},
	    {"foo:bar http://x.ru/a 12:30", "foo bar http x ru a 12 30#1230?"},
	    {"AB-1234/5 x", "ab 1234 5#ab12345 x?"},
	    {"ivan@shop.example x", "ivan shop example x?"},
	    {"+7 (916) 555-44-33", "7 916 555 44 33#9165554433"},
	    {"8 916 555 44 33 где", "8 916 555 44 33#9165554433 где?"},
	    {"89165554433 x", "89165554433#9165554433 x?"},
	    {"555-44-33 x", "555 44 33#5554433 x?"},
	    {"- -- * \" ' 😀 !", ""},
	    {"-", ""},
	    {"a\u200bb\u00adc \u200b", "abc"},
	    {"Cалам naïve", "cалам naïve?"},
	    {"don't", "don t?"},
	    {"日本", "日 本?"},
	};
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STR(shown(a, stemmer, str_of(cases[i][0])), cases[i][1]);
}

TEST(what_looks_like_a_field_and_is_none_is_told)
{
	static const char *const cases[][3] = {
	    {"x foo:bar", "foo", ""},
	    {"-foo:bar", "foo", ""},
	    {"stats:open", "stats", "status"},
	    {"статсу:открыто x", "статсу", "статус"},
	    {"cat:оплата", "cat", "category"},
	    {"заказ:срочно foo:bar", "заказ", ""},
	    {"re:возврат", "", ""},
	    {"Re: возврат", "", ""},
	    {"foo: bar", "", ""},
	    {"foo:", "", ""},
	    {"10:30 x", "", ""},
	    {"http://x.example/a", "", ""},
	    {"mailto:a@x.example", "", ""},
	    {"C:\\x a:b", "", ""},
	    {"std::x", "", ""},
	    {"итог:)", "", ""},
	    {"\"foo:bar\"", "", ""},
	    {"status:open", "", ""},
	    {"x:x", "", ""},
	    {"AB-1:2", "", ""},
	    {"status:x:y", "", ""},
	};
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct query q;
		struct error e;
		struct query_options o = {.now = 0};
		CHECK_OK(query_parse(a, stemmer, str_of(cases[i][0]), &o, &q, &e), &e);
		CHECK_STR(q.unknown, cases[i][1]);
		CHECK_STR(q.meant, cases[i][2]);
	}
}

TEST(long_queries_end)
{
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	BUF_AUTO b;
	struct query q;
	struct error e;
	struct query_options o = {.now = 0};
	buf_init(&b, 0);
	while (b.n < 10000)
		buf_addz(&b, b.n % 3 ? "a " : "\"x-");
	CHECK_OK(query_parse(a, stemmer, str_sub(buf_str(&b), 0, 10000), &o, &q, &e), &e);
	buf_clear(&b);
	for (int i = 0; i < 5000; i++)
		buf_addz(&b, "я ");
	CHECK_OK(query_parse(a, stemmer, buf_str(&b), &o, &q, &e), &e);
	CHECK_INT(q.n, 32);
	CHECK_INT(q.left_out, 5000 - 32);
	buf_addz(&b, "я");
	CHECK_INT(query_parse(a, stemmer, buf_str(&b), &o, &q, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.query_long");
	CHECK_STR(str_of(e.field), "q");
	CHECK_STR(str_of(e.arg), "10000");
}

/* ---- terms ---- */

static str terms_of(struct arena *a, enum term_form form, str text)
{
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	struct terms t;
	terms_init(&t, stemmer, form, 1 << 16);
	terms_add(&t, form == TERM_SPACED ? TERM_TEXT : TERM_SUBJECT, text);
	str out = str_concat(a, buf_str(&t.out[0]), STR(""));
	terms_release(&t);
	return out;
}

TEST(texts_become_terms)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"Заказ и ЗАКАЗЫ", "заказ ^зак и заказы ~заказ ^заказ"},
	    {"returned returned", "returned ~return ^ret ^retur returned"},
	    {"AB-1234/5 x", "ab 1234 5 #ab12345 x"},
	    {"тел. +7 (916) 555-44-33", "тел 7 916 555 #7916555 44 33 #5554433 #9165554433"},
	    {"89165554433", "89165554433 #9165554433 #5554433"},
	    {"½ ﷺ x", "12 صلىاللهعليهوسلم ^صلى ^صلىال x"},
	    {"日本", "日 本"},
	    {"\xff x", "x"},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < 6; i++)
		CHECK_STR(terms_of(a, TERM_SPACED, str_of(cases[i][0])), cases[i][1]);
	CHECK_STR(terms_of(a, TERM_TSVECTOR, STR("Заказы, ok")),
	          "'заказы':1A '~заказ':1A '^зак':1A '^заказ':1A 'ok':2A");
}

/* ---- fits ---- */

static bool fits(str query, str text)
{
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	struct terms t;
	struct query q;
	struct error e;
	struct query_options o = {.now = 0};
	CHECK_OK(query_parse(a, stemmer, query, &o, &q, &e), &e);
	terms_init(&t, stemmer, TERM_SPACED, 1 << 16);
	terms_add(&t, TERM_TEXT, text);
	terms_add(&t, TERM_SUBJECT, STR("Тема"));
	str fields[TERM_FIELDS];
	for (size_t i = 0; i < TERM_FIELDS; i++)
		fields[i] = buf_str(&t.out[i]);
	bool out = query_fits(&q, fields);
	terms_release(&t);
	return out;
}

TEST(texts_fit_queries)
{
	static const struct {
		const char *query, *text;
		bool fits;
	} cases[] = {
	    {"заказов ", "мой заказ", true},
	    {"заказ ", "мои заказы", true},
	    {"returns ", "I want to return it", true},
	    {"ёлку ", "ЕЛКА", true},
	    {"\"заказ\" ", "мои заказы", false},
	    {"\"срок доставки\" ", "какой срок доставки?", true},
	    {"\"срок доставки\" ", "доставки срок", false},
	    {"дост ", "доставка", false},
	    {"дост* ", "доставка", true},
	    {"дост", "доставка", true},
	    {"доставка -срок ", "доставка", true},
	    {"доставка -сроки ", "срок: доставка", false},
	    {"AB1234 ", "AB-1234", true},
	    {"ab-1234 ", "AB 1234", true},
	    {"ab-1234 ", "1234 ab", false},
	    {"+79165554433 ", "звоните 8 (916) 555 44 33", true},
	    {"тема:тема ", "x", true},
	    {"тема:заказ ", "заказ", false},
	    {"ivan@shop.example ", "от ivan@shop.example", true},
	    {"shop.example ", "от ivan@shop.example", true},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (fits(str_of(cases[i].query), str_of(cases[i].text)) != cases[i].fits)
			test_fail(__FILE__, __LINE__, "%s in %s", cases[i].query, cases[i].text);
}

static str snippet(struct arena *a, const char *query, str text, size_t max)
{
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	struct query q;
	struct error e;
	struct query_options o = {.now = 0};
	CHECK_OK(query_parse(a, stemmer, str_of(query), &o, &q, &e), &e);
	return query_snippet(a, &q, stemmer, text, max);
}

TEST(snippets_mark_what_was_found)
{
	ARENA_AUTO a = arena_new();
	str text = STR("Очень длинное начало письма, в котором ничего нет, и ещё немного, а потом "
	               "Ёлка и ёлками, конец.");
	str s = snippet(a, "елка", text, 100);
	CHECK(str_find(s, STR("\u2068Ёлка\u2069 и \u2068ёлками\u2069, конец.")) > 0);
	CHECK(str_starts(s, STR("\u2026")));
	CHECK_STR(snippet(a, "елка", STR("none here"), 100), "none here");
	CHECK_STR(snippet(a, "елка", STR(""), 100), "");
	CHECK_STR(snippet(a, "-елка б", STR("елка бы"), 100), "елка \u2068бы\u2069");
}

TEST(exact_forms_score_higher)
{
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	struct query q;
	struct error e;
	struct query_options o = {.now = 0};
	CHECK_OK(query_parse(a, stemmer, STR("заказы"), &o, &q, &e), &e);
	double exact = query_score(&q, stemmer, STR(""), STR("мои заказы")),
	       stem = query_score(&q, stemmer, STR(""), STR("мой заказ")),
	       none = query_score(&q, stemmer, STR(""), STR("мой дом")),
	       subject = query_score(&q, stemmer, STR("Заказы"), STR("мой дом"));
	CHECK(exact > stem && stem > none && subject > exact && none == 0.0);
}
