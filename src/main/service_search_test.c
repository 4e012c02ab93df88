/* service_search_test.c: what may be typed into the search, through HTTP, on both engines. */
#include "base/buf.h"
#include "db/db_testing.h"
#include "desk/search.h"
#include "main/service_testing.h"

static struct answer searched(struct served *s, const struct who *who, str q, const char *more)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "/api/v1/search?q=");
	for (size_t i = 0; i < q.n; i++)
		buf_addf(&b, "%%%02x", (unsigned char)q.p[i]);
	buf_addz(&b, more);
	return ask(s, who, "GET", str_z(s->arena, buf_str(&b)), NULL, NULL);
}

static struct answer posted(struct served *s, const struct who *who, str q)
{
	return ask(
	    s, who, "POST", "/api/v1/search",
	    str_z(s->arena, str_printf(s->arena, "{\"q\":\"%.*s\",\"limit\":5}", STR_FMT(q))),
	    NULL);
}

/* n pieces, one after the other. */
static str many(struct served *s, const char *piece, size_t n)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < n; i++)
		buf_addz(&b, piece);
	return str_dup(s->arena, buf_str(&b));
}

static size_t n_found(const struct answer *a, const char *group)
{
	return json_get(a->json, group)->n;
}

/* Of what was asked, not of what may have been meant. */
static void check_found(struct served *s, const struct who *who, str q, size_t hits)
{
	static const char *const orders[] = {"", "&sort=best"};
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		struct answer a = searched(s, who, q, orders[i]);
		bool other = a.status == 200 && json_get_bool(a.json, "corrected", false);
		if (a.status != 200 || (other ? 0 : n_found(&a, "items")) != hits)
			test_fail(__FILE__, __LINE__, "%.*s: status %d, %.*s",
			          STR_FMT(str_sub(q, 0, 60)), a.status,
			          STR_FMT(str_sub(a.body, 0, 200)));
	}
}

static void check_nothing_asked(struct served *s, const struct who *who, str q)
{
	struct answer a = searched(s, who, q, "");
	CHECK_STATUS(&a, 200);
	CHECK_INT(n_found(&a, "items"), 0);
	CHECK(json_get_bool(a.json, "no_words", false));
}

DB_TEST(whatever_is_typed_is_answered)
{
	struct served s;
	served_start(&s, engine);
	struct who admin = sign_in(&s, "admin@x.test", "correct horse battery");
	struct answer a =
	    ask(&s, &admin, "POST", "/api/v1/tickets",
	        "{\"subject\":\"Лампа\",\"text\":\"Это же и есть the lamp, naïve \U0001f4a1, срок "
	        "доставки\",\"from_customer\":true,\"to\":{\"address\":\"anna@customer.test\"}}",
	        NULL);
	CHECK_STATUS(&a, 201);
	a = ask(
	    &s, &admin, "POST", "/api/v1/articles",
	    "{\"items\":[{\"language\":\"en\",\"title\":\"The lamp\",\"body\":\"And it is.\"}]}",
	    NULL);
	CHECK_STATUS(&a, 200);
	struct error e; /* the service of tests has no indexer of its own */
	CHECK_OK(desk_search_catch_up(&s.app.desk, s.app.db, NULL, &e), &e);

	check_found(&s, &admin, STR("lamp"), 1);
	a = searched(&s, &admin, STR("lamps"), "");
	CHECK_INT(n_found(&a, "articles"), 1);
	/* Quotes that nobody closed. */
	check_found(&s, &admin, STR("\"срок доставки"), 1);
	check_found(&s, &admin, STR("lamp \""), 1);
	check_found(&s, &admin, STR("\"\"\"lamp\" \"срок"), 1);
	check_found(&s, &admin, STR("«срок доставки"), 1);
	check_nothing_asked(&s, &admin, many(&s, "\"", 2000));
	/* Words that everybody says are words like others. */
	check_found(&s, &admin, STR("и же это"), 1);
	check_found(&s, &admin, STR("the the the"), 1);
	check_found(&s, &admin, STR("и the"), 1);
	check_found(&s, &admin, STR("и или "), 0);
	/* Nothing but signs, emoji, or what is not seen. */
	check_nothing_asked(&s, &admin, STR("\U0001f4a1\U0001f600"));
	check_nothing_asked(&s, &admin,
	                    STR("\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f"));
	check_nothing_asked(&s, &admin, STR("\u200b\u200d\u2060\ufeff\u00ad"));
	check_nothing_asked(&s, &admin, STR("-lamp"));
	check_found(&s, &admin, STR("\U0001f4a1 lamp \U0001f600"), 1);
	/* Inside a word, and around it. */
	check_found(&s, &admin, STR("\u200bla\u200dmp\u00ad "), 1);
	check_found(&s, &admin, STR("до\u00adстав\u200bки"), 1);
	check_found(&s, &admin, STR("\u202elamp\u202c"), 1);
	/* Scripts that are mixed, in a query and in a word. */
	check_found(&s, &admin, STR("лампа lamp срок naive"), 0);
	check_found(&s, &admin, STR("лампа lamp срок naïve"), 1);
	check_found(&s, &admin, STR("ламpа"), 0);
	check_found(&s, &admin, STR("日本 lamp"), 0);
	check_found(&s, &admin, STR("مرحبا שלום ไทย"), 0);
	/* Bytes that are no text. */
	check_found(&s, &admin, STR("la\0mp"), 0);
	CHECK_STATUS(
	    &(struct answer){.status = searched(&s, &admin, STR("\xff\xfe lamp"), "").status},
	    searched(&s, &admin, STR("\xd0"), "").status);
	/* A long one, as long as an address may be. */
	a = searched(&s, &admin, many(&s, "и ", 440), "");
	CHECK_STATUS(&a, 200);
	CHECK_INT(n_found(&a, "items"), 1);
	CHECK_INT(answer_int(&a, "left_out"), 440 - 32);
	static const char *const pieces[] = {"\"и ", "а* ", "-а ", "(", "x-", "from:а ",
	                                     "'",    "7 ",  "\\ ", "*", "@",  "a:"};
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		a = searched(&s, &admin, many(&s, pieces[i], 2600 / strlen(pieces[i])), "");
		CHECK_STATUS(&a, 200);
	}
	a = searched(&s, &admin, many(&s, "status:open ", 200), "");
	CHECK_STATUS(&a, 200);
	/* What does not fit an address goes as a body, up to the limit that is told. */
	a = posted(&s, &admin, many(&s, "и ", 4999));
	CHECK_STATUS(&a, 200);
	CHECK_INT(n_found(&a, "items"), 1);
	CHECK_INT(answer_int(&a, "left_out"), 4999 - 32);
	a = posted(&s, &admin, many(&s, "и ", 5001));
	CHECK_STATUS(&a, 422);
	CHECK_STR(answer_str(&a, "field"), "q");
	CHECK(str_find(answer_str(&a, "message"), STR("10,000")) >= 0);
	/* Longer: a refusal that says why. */
	a = searched(&s, &admin, many(&s, "x", 10000), "");
	CHECK_STATUS(&a, 414);
	CHECK_STR(answer_str(&a, "key"), "error.too_large");
	CHECK(answer_str(&a, "message").n > 0);
	a = searched(&s, &admin, STR(""), "");
	CHECK_STATUS(&a, 422);
	CHECK_STR(answer_str(&a, "field"), "q");
	/* Ten thousand letters as they are reach the language itself. */
	a = ask(&s, &admin, "GET",
	        str_z(s.arena, str_concat(s.arena, STR("/api/v1/search?q="), many(&s, "x", 7900))),
	        NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK_INT(n_found(&a, "items"), 0);
	/* And it goes on. */
	check_found(&s, &admin, STR("lamp"), 1);
	served_stop(&s);
}
