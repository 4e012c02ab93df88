/* suggest_test.c: what is suggested beside a ticket, and to whom. */
#include "base/test.h"
#include "desk/search.h"
#include "desk/sense.h"
#include "desk/shelf.h"
#include "desk/suggest.h"
#include "desk/ticket_testing.h"

static struct suggestions ask(struct world *w, const struct actor *who, int64_t ticket,
                              const char *q)
{
	struct suggestions s;
	world_read(w);
	CHECK_OK(desk_suggest(R(w, who), ticket, str_of(q), 0, &s, &w->e), &w->e);
	world_read_end(w);
	return s;
}

static void refresh(struct world *w)
{
	CHECK_OK(shelf_refresh(w->desk.shelf, w->db, clock_now(w->clock), &w->e), &w->e);
}

static void solve(struct world *w, int64_t id)
{
	struct ticket t;
	const struct ticket_change c = {.has_status = true, .status = TICKET_SOLVED};
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &c, &t, &w->e), &w->e);
	world_commit(w);
}

static void articles(struct world *w)
{
	const struct article_input in[] = {
	    {.language = STR("en"),
	     .title = STR("Refunds: how long they take"),
	     .body =
	         STR("We send the money at once. Banks take up to three days to book a refund.")},
	    {.language = STR("en"),
	     .title = STR("Changing the delivery address"),
	     .body = STR("Before dispatch we change the address of the delivery.")},
	    {.language = STR("ru"),
	     .title = STR("Товар пришёл разбитым"),
	     .body = STR("Пришлите фото, заменим деталь.")},
	    {.language = STR("en"),
	     .brand_id = w->brand_two,
	     .title = STR("Refunds elsewhere"),
	     .body = STR("Refund refund refund.")},
	    {.language = STR("en"),
	     .title = STR("Refund draft"),
	     .body = STR("Refund."),
	     .state = STR("draft")},
	};
	world_articles(w, in, COUNT_OF(in));
}

DB_TEST(neighbours_and_articles_are_suggested)
{
	struct world *w = world_new(engine);
	w->desk.shelf = shelf_new();
	int64_t old = world_letter(w, "old@c.test", "Old", w->inbox_one, "Refund",
	                           "When will my refund reach the card? I was charged twice.");
	(void)world_answer(w, old, "The refund is booked within three days.");
	solve(w, old);
	int64_t other = world_letter(w, "x@c.test", "X", w->inbox_one, "Lamp",
	                             "Does the lamp fit an E27 bulb?");
	(void)world_answer(w, other, "Yes.");
	solve(w, other);
	int64_t id = world_letter(w, "new@c.test", "New", w->inbox_one, "Money",
	                          "The refund has not reached my card, when will it?");
	/* Nothing is known before the shelf is filled. */
	struct suggestions s = ask(w, &w->anna, id, "");
	CHECK_INT(s.n_similar + s.n_articles + s.n_duplicates, 0);
	articles(w);
	refresh(w);
	s = ask(w, &w->anna, id, "");
	CHECK(s.n_similar >= 1);
	CHECK_INT(s.similar[0].ticket.t.id, old);
	CHECK_STR(s.similar[0].answer, "The refund is booked within three days.");
	CHECK(s.n_articles >= 1);
	CHECK_STR(s.articles[0].title, "Refunds: how long they take");
	for (size_t i = 0; i < s.n_articles; i++)
		CHECK(str_find(s.articles[i].title, STR("elsewhere")) < 0 &&
		      str_find(s.articles[i].title, STR("draft")) < 0);
	/* Other words than the ticket's own. */
	s = ask(w, &w->anna, id, "change my delivery address");
	CHECK(s.n_articles >= 1);
	CHECK_STR(s.articles[0].title, "Changing the delivery address");
	CHECK_INT(s.n_duplicates, 0);
	/* Only what the reader sees. */
	struct ticket t = world_ticket(w, id);
	if (t.line_id != w->quality) {
		struct ticket_change c = {.line_id = w->quality};
		world_begin(w);
		CHECK_OK(desk_ticket_patch(W(w, &w->admin), id, &c, &t, &w->e), &w->e);
		world_commit(w);
	}
	struct ticket_change away = {.line_id = w->parcels};
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->admin), old, &away, &t, &w->e), &w->e);
	CHECK_OK(desk_ticket_patch(W(w, &w->admin), other, &away, &t, &w->e), &w->e);
	world_commit(w);
	s = ask(w, &w->vera, id, "");
	CHECK_INT(s.n_similar, 0);
	/* An article that is no longer published goes from the shelf's next filling on, and is not
	 * shown before. */
	const struct article_input gone = {.language = STR("en"),
	                                   .title = STR("Refunds: how long they take"),
	                                   .body = STR("x"),
	                                   .state = STR("archived")};
	world_articles(w, &gone, 1);
	s = ask(w, &w->anna, id, "");
	for (size_t i = 0; i < s.n_articles; i++)
		CHECK(!str_starts(s.articles[i].title, STR("Refunds: how")));
	refresh(w);
	CHECK(shelf_memory(w->desk.shelf) > 0);
	shelf_free(w->desk.shelf);
	world_free(w);
}

DB_TEST(a_customers_second_letter_is_a_duplicate)
{
	struct world *w = world_new(engine);
	const char *text = "Hello, my order 417-2290 has a broken shade, please send a new one";
	int64_t first = world_letter(w, "a@c.test", "A", w->inbox_one, "Broken shade", text);
	(void)world_letter(w, "b@c.test", "B", w->inbox_one, "Broken shade",
	                   text); /* somebody else's */
	(void)world_letter(w, "a@c.test", "A", w->inbox_one, "Invoice",
	                   "I need an invoice for my company");
	int64_t second = world_letter(
	    w, "a@c.test", "A", w->inbox_one, "Broken shade!",
	    "my order 417-2290 has a broken shade, please send a new one. Photo attached");
	int64_t third =
	    world_letter(w, "a@c.test", "A", w->inbox_one, "Broken shade",
	                 "Hello, my order 555-1111 has a broken shade, please send a new one");
	/* What was asked for there and is open is told with it. */
	struct category x;
	str name = STR("Broken");
	const str facts[] = {STR("photo")};
	const struct desk_category_patch p = {.name_en = &name, .facts = facts, .n_facts = 1};
	struct ticket t;
	world_begin(w);
	CHECK_OK(desk_category_create(W(w, &w->admin), &p, &x, &w->e), &w->e);
	const struct category_input in = {.category_id = x.id};
	CHECK_OK(desk_sense_categorize(W(w, &w->anna), first, &in, &t, &w->e), &w->e);
	world_commit(w);
	struct suggestions s = ask(w, &w->anna, second, "");
	/* The same about another order is another matter. */
	CHECK_INT(s.n_duplicates, 1);
	CHECK_INT(s.duplicates[0].ticket.t.id, first);
	CHECK(!s.duplicates[0].differs);
	CHECK_INT(s.duplicates[0].n_missing, 1);
	CHECK_STR(s.duplicates[0].missing[0], "photo");
	struct suggestions out;
	world_read(w);
	CHECK_INT(desk_suggest(R(w, &w->oleg), third, STR(""), 0, &out, &w->e),
	          world_ticket(w, third).line_id == w->parcels ? ERR_OK : ERR_NOT_FOUND);
	world_read_end(w);
	world_free(w);
}

/* The same correction as the search page has, and nothing that one may not see by it. */
DB_TEST(words_of_another_layout_are_looked_for_as_meant)
{
	struct world *w = world_new(engine);
	w->desk.shelf = shelf_new();
	int64_t id = world_letter(w, "new@c.test", "New", w->inbox_one, "Money", "Where is it?");
	int64_t foreign = world_letter(w, "f@c.test", "F", w->inbox_two, "Xylophone", "Zebra");
	articles(w);
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
	refresh(w);
	struct suggestions s = ask(w, &w->anna, id, "hfp,bnsv"); /* разбитым */
	CHECK_STR(s.corrected, "разбитым");
	CHECK_INT(s.n_articles, 1);
	CHECK_STR(s.articles[0].title, "Товар пришёл разбитым");
	s = ask(w, &w->anna, id, "changing the delivery address");
	CHECK_INT(s.corrected.n, 0);
	CHECK(s.n_articles > 0);
	/* The language of queries has no say here. */
	s = ask(w, &w->anna, id, "status:nowhere refund");
	CHECK_INT(s.corrected.n, 0);
	CHECK(ask(w, &w->anna, foreign, "xylofone").corrected.n > 0);
	CHECK_INT(ask(w, &w->oleg, id, "xylofone").corrected.n, 0);
	shelf_free(w->desk.shelf);
	w->desk.shelf = NULL;
	world_free(w);
}
