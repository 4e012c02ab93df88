/* search_article_test.c: articles of the handbook by the language of queries, and whose they are.
 */
#include "desk/search.h"
#include "desk/ticket_testing.h"
#include "store/search.h"

static const struct article_input HANDBOOK[] = {
    {.language = STR_INIT("ru"),
     .title = STR_INIT("Сроки возврата денег"),
     .body =
         STR_INIT("# Когда придут деньги\n\n**Возврат** идёт до [трёх дней](https://x.example/y)"
                  ", предоплату вернём сразу."),
     .questions = (const str[]){STR_INIT("где моя предоплата")},
     .n_questions = 1},
    {.language = STR_INIT("en"),
     .title = STR_INIT("Changing the delivery address"),
     .body = STR_INIT("Before dispatch we change the address. Refunds are told elsewhere.")},
    {.language = STR_INIT("en"),
     .title = STR_INIT("Refunds"),
     .body =
         STR_INIT("Banks take up to three days to book a refund; order AB-1234 is an example.")},
    {.language = STR_INIT("en"),
     .title = STR_INIT("Refund draft"),
     .state = STR_INIT("draft"),
     .body = STR_INIT("A zeppelin refund.")},
};

static void indexed(struct world *w)
{
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
}

static struct search_result asked(struct world *w, const struct actor *actor, const char *q)
{
	struct search_result r;
	const struct search_ask ask = {.q = str_of(q)};
	world_read(w);
	CHECK_OK(desk_search_by(R(w, actor), &ask, &r, &w->e), &w->e);
	world_read_end(w);
	return r;
}

static size_t n_found(struct world *w, const char *q)
{
	return asked(w, &w->anna, q).n_articles;
}

DB_TEST(articles_are_found_by_the_language_of_queries)
{
	struct world *w = world_new(engine);
	world_articles(w, HANDBOOK, COUNT_OF(HANDBOOK));
	CHECK_INT(n_found(w, "refund"), 0);
	indexed(w);
	static const struct {
		const char *q;
		size_t n;
	} cases[] = {
	    {"возврат ", 1},
	    {"ВОЗВРАТЫ деньгами ", 1},
	    {"срок", 1},
	    {"\"придут деньги\"", 1},
	    {"\"деньги придут\"", 0},
	    {"refunding ", 2},
	    {"refund -dispatch", 1},
	    {"refund -bank", 1},
	    {"ref", 2},
	    {"re", 2},
	    {"refu*", 2},
	    {"subject:refund", 1},
	    {"тема:возврат", 1},
	    {"from:refund", 0},
	    {"refund -from:refund", 2},
	    {"моя предоплата", 1},
	    {"ab1234", 1},
	    {"zeppelin", 0},
	    {"status:open refund", 0},
	    {"-refund", 0},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result r = asked(w, &w->anna, cases[i].q);
		size_t n = r.corrected ? 0 : r.n_articles;
		if (n != cases[i].n)
			test_fail(__FILE__, __LINE__, "%s: %zu articles", cases[i].q, n);
	}
	/* Titles first, marks around what was found, Markdown's own left out. */
	struct search_result r = asked(w, &w->anna, "refunds ");
	CHECK_STR(r.articles[0].title, "\u2068Refunds\u2069");
	CHECK_STR(r.articles[0].state, "published");
	r = asked(w, &w->anna, "возврат дней ");
	CHECK_STR(r.articles[0].title, "Сроки \u2068возврата\u2069 денег");
	CHECK_STR(r.articles[0].snippet, "Когда придут деньги \u2068Возврат\u2069 идёт до трёх "
	                                 "\u2068дней\u2069, предоплату вернём сразу.");
	CHECK_INT(r.n, 0);
	/* As many as were asked for. */
	struct search_ask ask = {.q = STR("refund "), .articles = 1};
	world_read(w);
	CHECK_OK(desk_search_by(R(w, &w->anna), &ask, &r, &w->e), &w->e);
	CHECK_INT(r.n_articles, 1);
	CHECK(r.more_articles);
	world_read_end(w);
	world_free(w);
}

DB_TEST(mistyped_words_find_articles)
{
	struct world *w = world_new(engine);
	world_articles(w, HANDBOOK, COUNT_OF(HANDBOOK));
	world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Refinds of gold");
	indexed(w);
	static const char *const cases[][2] = {
	    {"предоплтау ", "предоплату "},
	    {"djpdhfn ", "возврат "},
	    {"vozvrat ", "возврат "},
	    {"dispach ", "dispatch "},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result r = asked(w, &w->anna, cases[i][0]);
		CHECK_STR(r.suggestion, cases[i][1]);
		CHECK(r.corrected);
		CHECK_INT(r.n_articles, 1);
	}
	/* What is there exactly is not corrected to what is more frequent, in either group. */
	struct search_result r = asked(w, &w->anna, "refinds ");
	CHECK_INT(r.suggestion.n, 0);
	CHECK_INT(r.n, 1);
	CHECK_INT(r.n_articles, 0);
	r = asked(w, &w->anna, "refunds ");
	CHECK_INT(r.suggestion.n, 0);
	CHECK_INT(r.n, 0);
	CHECK_INT(r.n_articles, 2);
	/* Words of what is not theirs to see are offered to nobody. */
	CHECK_INT(asked(w, &w->anna, "zepelin ").suggestion.n, 0);
	CHECK_STR(asked(w, &w->admin, "zepelin ").suggestion, "zeppelin ");
	world_free(w);
}

DB_TEST(articles_are_found_by_those_who_see_their_brand)
{
	struct world *w = world_new(engine);
	const struct article_input two = {.language = STR("en"),
	                                  .brand_id = w->brand_two,
	                                  .title = STR("Refunds of the second brand"),
	                                  .body = STR("Xylophone")};
	world_articles(w, HANDBOOK, COUNT_OF(HANDBOOK));
	world_articles(w, &two, 1);
	indexed(w);
	CHECK_INT(asked(w, &w->admin, "refund").n_articles, 4);
	CHECK_INT(asked(w, &w->anna, "refund").n_articles, 3);
	CHECK_INT(asked(w, &w->oleg, "refund").n_articles, 2);
	CHECK_INT(asked(w, &w->oleg, "xylophone").n_articles, 0);
	CHECK_INT(asked(w, &w->oleg, "xylofone ").suggestion.n, 0);
	world_free(w);
}

DB_TEST(the_index_has_articles_as_they_are)
{
	struct world *w = world_new(engine);
	world_articles(w, HANDBOOK, COUNT_OF(HANDBOOK));
	CHECK_INT(world_n_bad(w, ""), 0); /* behind, which is no fault */
	indexed(w);
	CHECK_INT(world_n_bad(w, ""), 0);
	struct article_input x = HANDBOOK[2];
	x.body = STR("Nothing is said of it any more.");
	world_articles(w, &x, 1);
	indexed(w);
	CHECK_INT(n_found(w, "banks "), 0);
	CHECK_INT(n_found(w, "said "), 1);
	x.state = STR("archived");
	world_articles(w, &x, 1);
	indexed(w);
	CHECK_INT(n_found(w, "said "), 0);
	CHECK_INT(world_n_bad(w, ""), 0);
	/* Removed with its row. */
	db_testing_exec(w->db, "DELETE FROM article WHERE language = $1",
	                DB_ARGS(db_text(STR("ru"))));
	CHECK_INT(n_found(w, "возврат "), 0);
	CHECK_INT(world_n_bad(w, ""), 0);
	/* What the index lost is told, and made anew from what a migration leaves. */
	db_testing_exec(w->db, "DELETE FROM article_search WHERE 1 = $1", DB_ARGS(db_int(1)));
	CHECK_INT(world_n_bad(w, ""), 2);
	db_testing_exec(w->db,
	                "INSERT INTO event_cursor (name, event_id, updated_at) VALUES "
	                "('search_articles', $1, 0)",
	                DB_ARGS(db_int(1)));
	CHECK_INT(world_n_bad(w, ""), 0);
	indexed(w);
	CHECK_INT(n_found(w, "dispatch "), 1);
	CHECK_INT(world_n_bad(w, ""), 0);
	world_free(w);
}

DB_TEST(a_thousand_articles_are_indexed_behind_the_log)
{
	enum { BATCH = 200, BATCHES = 5 };
	struct world *w = world_new(engine);
	struct article_input in[BATCH];
	for (int b = 0; b < BATCHES; b++) {
		for (int i = 0; i < BATCH; i++)
			in[i] = (struct article_input){
			    .language = STR("en"),
			    .title = str_printf(w->a, "Article %d about parcels", b * BATCH + i),
			    .body =
			        str_printf(w->a, "The parcel number %d%d%d comes soon.", i, b, i)};
		world_articles(w, in, BATCH);
	}
	indexed(w);
	struct search_result r = asked(w, &w->anna, "parcel");
	CHECK_INT(r.n_articles, 5);
	CHECK(r.more_articles);
	CHECK_STR(asked(w, &w->anna, "\"article 777\"").articles[0].title,
	          "\u2068Article\u2069 \u2068777\u2069 about parcels");
	CHECK_INT(world_int(w, "SELECT count(*) FROM article_search WHERE 1 = $1", 1), 1000);
	world_free(w);
}
