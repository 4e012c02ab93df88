/* search_test.c: search, the index behind the log, export. */
#include "desk/search.h"

#include "base/buf.h"
#include "desk/category.h"
#include "desk/export.h"
#include "desk/ticket_testing.h"
#include "store/erase.h"
#include "store/search.h"

static size_t found(struct world *w, const struct actor *actor, const char *q)
{
	struct search_result r;
	world_read(w);
	CHECK_OK(desk_search(R(w, actor), str_of(q), STR(""), 20, &r, &w->e), &w->e);
	world_read_end(w);
	CHECK_INT(r.behind, 0);
	return r.n;
}

DB_TEST(messages_are_found_by_their_words)
{
	struct world *w = world_new(engine);
	int64_t one = world_letter(w, "ivan@shop.example", "Иван", w->inbox_one, "Доставка",
	                           "Ёлка не пришла, заказ AB-1234/5. Where's my café?");
	int64_t two = world_letter(w, "petra@x.example", "Petra", w->inbox_two, "Refund",
	                           "The tree never came");
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
	CHECK_INT(found(w, &w->anna, "елка"), 1);
	CHECK_INT(found(w, &w->anna, "ЁЛКА пришл"), 1);
	CHECK_INT(found(w, &w->anna, "приш елка"), 0); /* only the last word is a beginning */
	CHECK_INT(found(w, &w->anna, "ab-1234"), 1);
	CHECK_INT(found(w, &w->anna, "доставка иван"), 1);
	CHECK_INT(found(w, &w->anna, "CAFÉ"), 1);
	CHECK_INT(found(w, &w->anna, "tree елка"), 0);
	CHECK_INT(found(w, &w->anna, "ivan@shop.example"), 1);
	CHECK_INT(found(w, &w->anna, str_printf(w->a, "#%lld", (long long)two).p), 1);
	CHECK_INT(found(w, &w->anna, str_printf(w->a, "№ %lld", (long long)two).p), 1);
	CHECK_INT(found(w, &w->anna, str_printf(w->a, "№\u00a0%lld", (long long)two).p), 1);
	/* Scope. */
	CHECK_INT(found(w, &w->oleg, "tree"), 0);
	CHECK_INT(found(w, &w->oleg, "petra@x.example"), 0);
	CHECK_INT(found(w, &w->oleg, str_printf(w->a, "#%lld", (long long)two).p), 0);
	CHECK_INT(found(w, &w->oleg, str_printf(w->a, "%lld", (long long)one).p), 1);
	CHECK_INT(found(w, &w->oleg, "елка"), 1);
	CHECK_INT(found(w, &w->vera, "елка"), 0);
	/* Nothing in a query is syntax. */
	static const char *const odd[] = {"",
	                                  "\"",
	                                  "елка\"",
	                                  "елка OR",
	                                  "NEAR(елка)",
	                                  "елка*",
	                                  "(",
	                                  "a AND",
	                                  "-елка",
	                                  "text:x",
	                                  "'",
	                                  "елка' & !b",
	                                  "\\",
	                                  "елка:*A",
	                                  "%%_",
	                                  "\xff\xfe",
	                                  "<b>",
	                                  "#",
	                                  "№",
	                                  "{x} ^ y",
	                                  "a\"b\"\"c",
	                                  "!(a|b)",
	                                  "; DROP TABLE",
	                                  "\xf0\x9f\x98\x80",
	                                  "'' ''",
	                                  "a:b:c",
	                                  "+7",
	                                  "\xd1"};
	for (size_t i = 0; i < COUNT_OF(odd); i++)
		found(w, &w->anna, odd[i]);
	CHECK_INT(found(w, &w->anna, "елка*"), 1);
	world_read(w);
	struct search_result r;
	CHECK_OK(desk_search(R(w, &w->anna), STR("пришл"), STR(""), 20, &r, &w->e), &w->e);
	CHECK_STR(r.items[0].snippet,
	          "Ёлка не \u2068пришла\u2069, заказ AB-1234/5. Where's my café?");
	CHECK_INT(r.items[0].ticket.t.id, one);
	CHECK(r.items[0].message_id > 0);
	CHECK_INT(desk_search(R(w, &w->anna), STR("x"), STR("x"), 20, &r, &w->e), ERR_INVALID);
	world_read_end(w);
	world_free(w);
}

DB_TEST(who_sees_no_addresses_cannot_spell_them_by_searching)
{
	struct world *w = world_new(engine);
	world_letter(w, "ivan.petrov@shop.example", "Ivan", w->inbox_one, "Parcel",
	             "Call +7 916 555-44-33 or write to ivan.petrov@shop.example about zebras");
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
	static const char *const hidden[] = {"petrov", "pet", "916", "91", "555", "ivan petrov"};
	for (size_t i = 0; i < COUNT_OF(hidden); i++) {
		CHECK_INT(found(w, &w->anna, hidden[i]), 1);
		CHECK_INT(found(w, &w->oleg, hidden[i]), 0);
	}
	/* What they read, they find; and whoever says his address is found by it. */
	CHECK_INT(found(w, &w->oleg, "zeb"), 1);
	CHECK_INT(found(w, &w->oleg, "ivan"), 1);
	CHECK_INT(found(w, &w->oleg, "shop.example"), 1);
	CHECK_INT(found(w, &w->oleg, "ivan.petrov@shop.example"), 1);
	/* Nor does a further page tell. */
	world_letter(w, "petrov2@shop.example", "P", w->inbox_one, "Parcel",
	             "petrov2@shop.example");
	world_letter(w, "petrov3@shop.example", "P", w->inbox_one, "Parcel",
	             "petrov3@shop.example");
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
	struct search_result r;
	world_read(w);
	CHECK_OK(desk_search(R(w, &w->oleg), STR("petrov"), STR(""), 1, &r, &w->e), &w->e);
	CHECK_INT(r.n, 0);
	CHECK_INT(r.next.n, 0);
	CHECK_OK(desk_search(R(w, &w->oleg), STR("parcel"), STR(""), 1, &r, &w->e), &w->e);
	CHECK_INT(r.n, 1);
	CHECK_OK(desk_search(R(w, &w->oleg), STR("parcel"), r.next, 2, &r, &w->e), &w->e);
	CHECK_INT(r.n, 2);
	CHECK_INT(r.next.n, 0);
	world_read_end(w);
	world_free(w);
}

DB_TEST(a_monstrous_letter_does_not_stop_the_index)
{
	struct world *w = world_new(engine);
	BUF_AUTO b;
	buf_init(&b, 0);
	/* U+FDFA becomes eighteen letters; each word differs. */
	for (int i = 0; b.n < 300000; i++)
		buf_addf(&b, "%x\ufdfa\ufdfa%x ", i, i * 7);
	buf_addc(&b, 0);
	world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Monster", b.p);
	world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "S", "Afterwards");
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
	CHECK_INT(found(w, &w->anna, "afterwards"), 1);
	world_free(w);
}

DB_TEST(pages_of_hits_and_an_index_that_is_behind)
{
	struct world *w = world_new(engine);
	for (int i = 0; i < 7; i++) {
		int64_t id =
		    world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "S", "Common word");
		world_more(w, id, "ivan@shop.example", "Common word again");
	}
	struct search_result r;
	world_read(w);
	CHECK_OK(desk_search(R(w, &w->anna), STR("common"), STR(""), 5, &r, &w->e), &w->e);
	CHECK_INT(r.n, 0);
	CHECK(r.behind > 0);
	world_read_end(w);
	int steps;
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, &steps, &w->e), &w->e);
	CHECK(steps > 0);
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, &steps, &w->e), &w->e);
	CHECK_INT(steps, 0);
	str cursor = STR("");
	size_t hits = 0;
	int64_t last = INT64_MAX;
	world_read(w);
	do {
		CHECK_OK(desk_search(R(w, &w->anna), STR("common"), cursor, 5, &r, &w->e), &w->e);
		for (size_t i = 0; i < r.n; i++) {
			CHECK(r.items[i].message_id < last); /* newest first */
			last = r.items[i].message_id;
			hits++;
		}
		cursor = r.next;
	} while (cursor.n);
	CHECK(hits >= 7);
	world_read_end(w);
	world_free(w);
}

DB_TEST(long_letters_make_short_pages)
{
	enum { LETTER = 3 << 20, LETTERS = 8 };
	struct world *w = world_new(engine);
	char *text = arena_alloc(w->a, LETTER + 1);
	memset(text, 'x', LETTER);
	text[LETTER] = 0;
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "S", text);
	for (int i = 1; i < LETTERS; i++)
		world_more(w, id, "ivan@shop.example", text);
	struct message_list list;
	str cursor = STR("");
	size_t seen = 0, pages = 0;
	world_read(w);
	do {
		CHECK_OK(desk_message_list(R(w, &w->anna), id, cursor, 50, &list, &w->e), &w->e);
		CHECK(list.n > 0 && list.n <= 3);
		seen += list.n;
		pages++;
		cursor = list.next;
	} while (cursor.n);
	CHECK_INT(seen, LETTERS);
	CHECK_INT(pages, LETTERS / 2);
	BUF_AUTO out;
	buf_init(&out, 64 << 20);
	int64_t last, count;
	CHECK_OK(desk_export_tickets(R(w, &w->admin), 0, 0, &out, &last, &count, &w->e), &w->e);
	CHECK_INT(count, 1);
	CHECK(out.n < LETTERS * (size_t)LETTER);
	CHECK(str_find(buf_str(&out), STR("\"older_left_out\":true")) > 0);
	world_read_end(w);
	world_free(w);
}

DB_TEST(export_gives_what_is_visible)
{
	struct world *w = world_new(engine);
	world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "One", "Text \"quoted\"");
	world_letter(w, "petra@x.example", "Petra", w->inbox_two, "Two", "Text");
	BUF_AUTO out;
	buf_init(&out, 0);
	int64_t last, count;
	struct actor vera = w->vera;
	vera.rights |= (uint64_t)1 << RIGHT_EXPORT;
	world_read(w);
	CHECK_INT(desk_export_tickets(R(w, &w->oleg), 0, 0, &out, &last, &count, &w->e),
	          ERR_DENIED);
	CHECK_OK(desk_export_tickets(R(w, &w->admin), 0, 1, &out, &last, &count, &w->e), &w->e);
	CHECK_INT(count, 1);
	CHECK_OK(desk_export_tickets(R(w, &w->admin), last, 0, &out, &last, &count, &w->e), &w->e);
	CHECK_INT(count, 1);
	CHECK(str_find(buf_str(&out), STR("Text \\\"quoted\\\"")) > 0);
	CHECK(str_find(buf_str(&out), STR("petra@x.example")) > 0);
	CHECK_OK(desk_export_tickets(R(w, &vera), 0, 0, &out, &last, &count, &w->e), &w->e);
	CHECK_INT(count, 0);
	world_read_end(w);
	world_free(w);
}

/* ---- the language of queries ---- */

static struct search_result asked(struct world *w, const struct actor *actor, const char *q,
                                  bool best)
{
	struct search_result r;
	const struct search_ask ask = {.q = str_of(q), .limit = 20, .best = best};
	world_read(w);
	CHECK_OK(desk_search_by(R(w, actor), &ask, &r, &w->e), &w->e);
	world_read_end(w);
	return r;
}

static void check_refused(struct world *w, const char *q, const char *key, const char *arg)
{
	struct search_result r;
	world_read(w);
	CHECK_INT(desk_search(R(w, &w->anna), str_of(q), STR(""), 20, &r, &w->e), ERR_INVALID);
	world_read_end(w);
	CHECK_STR(str_of(w->e.key), key);
	CHECK_STR(str_of(w->e.field), "q");
	CHECK_STR(str_of(w->e.arg), arg);
}

static void indexed(struct world *w)
{
	CHECK_OK(desk_search_catch_up(&w->desk, w->db, NULL, &w->e), &w->e);
}

DB_TEST(words_are_found_in_all_their_forms)
{
	struct world *w = world_new(engine);
	world_letter(w, "a@x.example", "Пётр Смирнов", w->inbox_one, "Возврат",
	             "Верните деньги за два разбитых плафона, заказ 77-12345");
	world_letter(w, "b@x.example", "Olga", w->inbox_one, "Refunds",
	             "I returned both lamps, call +7 (916) 555-44-33");
	indexed(w);
	static const struct {
		const char *q;
		size_t n;
	} cases[] = {
	    {"вернуть деньги ", 0}, /* another word for Snowball */
	    {"разбитый плафон ", 1},
	    {"плафоны", 1},
	    {"плаф", 1},
	    {"пла", 1},
	    {"пл", 1},
	    {"разби", 1},
	    {"разб", 1},
	    {"возвраты ", 1},
	    {"returning lamp ", 1},
	    {"refund ", 1},
	    {"\"разбитых плафона\"", 1},
	    {"\"разбитые плафоны\"", 0},
	    {"\"плафона разбитых\"", 0},
	    {"\"два разб\"*", 1},
	    {"деньги -плафон", 0},
	    {"деньги -лампа", 1},
	    {"lamps деньги", 0},
	    {"7712345", 1},
	    {"77-12345", 1},
	    {"77-123", 1},
	    {"12345-77 ", 0},
	    {"89165554433", 1},
	    {"8 916 555 44 33", 1},
	    {"(916) 555-44-33", 1},
	    {"555-44-33", 1},
	    {"5554433", 1},
	    {"smirnov-nowhere", 0},
	    {"от:смирнов", 1},
	    {"from:olga lamps", 1},
	    {"from:olga деньги", 0},
	    {"subject:возврат", 1},
	    {"тема:деньги", 0},
	    {"x.example", 2},
	    {"и в не", 0},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result r = asked(w, &w->anna, cases[i].q, false);
		size_t n = r.corrected ? 0 : r.n;
		if (n != cases[i].n)
			test_fail(__FILE__, __LINE__, "%s: %zu hits", cases[i].q, n);
		r = asked(w, &w->anna, cases[i].q, true);
		n = r.corrected ? 0 : r.n;
		if (n != cases[i].n)
			test_fail(__FILE__, __LINE__, "%s: %zu of the best", cases[i].q, n);
	}
	world_free(w);
}

DB_TEST(fields_say_which_tickets)
{
	struct world *w = world_new(engine);
	int64_t one = world_letter(w, "a@x.example", "Ivan", w->inbox_one, "One", "Common word");
	int64_t two = world_letter(w, "b@x.example", "Petra", w->inbox_two, "Two", "Common word");
	world_answer(w, two, "Something else");
	indexed(w);
	static const struct {
		const char *q;
		size_t n;
	} cases[] = {
	    {"common", 2},
	    {"status:new", 1},
	    {"статус:новое common", 1},
	    {"status:new status:open", 2},
	    {"-status:new common", 1},
	    {"status:solved common", 0},
	    {"assignee:me", 0},
	    {"assignee:none common", 2},
	    {"is:waiting common", 1},
	    {"ждёт", 0},
	    {"это:ждёт", 1},
	    {"created>2000-01-01 common", 2},
	    {"created<2000-01-01 common", 0},
	    {"has:photo common", 0},
	    {"-есть:файл common", 2},
	    {"channel:mail common", 2},
	    {"канал:почта", 2},
	    {"channel:chat", 0},
	    {"tag:vip", 0},
	    {"-tag:vip common", 2},
	    {"-assignee:me common", 2},
	    {"status:unsolved common", 2},
	    {"-статус:нерешено common", 0},
	    {"is:open", 2},
	    {"is:open status:new", 1},
	    {"is:solved common", 0},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result r = asked(w, &w->anna, cases[i].q, false);
		if (r.n != cases[i].n)
			test_fail(__FILE__, __LINE__, "%s: %zu hits", cases[i].q, r.n);
	}
	CHECK_INT(asked(w, &w->anna, "status:new", false).items[0].ticket.t.id, one);
	/* Scope holds for lists, too. */
	CHECK_INT(asked(w, &w->oleg, "-status:spam", false).n, 1);
	CHECK_INT(asked(w, &w->vera, "-status:spam", false).n, 0);
	check_refused(w, "x status:xyz y", "error.query_value", "status:xyz");
	CHECK_STR(str_of(w->e.among),
	          "unsolved, new, open, pending, on_hold, solved, closed, spam");
	struct actor russian = w->anna;
	memcpy(russian.lang, "ru", 3);
	struct search_result r;
	world_read(w);
	CHECK_INT(desk_search(R(w, &russian), STR("статус:xyz"), STR(""), 20, &r, &w->e),
	          ERR_INVALID);
	world_read_end(w);
	CHECK_STR(str_of(w->e.among),
	          "нерешено, новое, открыто, ожидает, отложено, решено, закрыто, спам");
	check_refused(w, "линия:нету", "error.query_value", "линия:нету");
	CHECK(str_find(str_of(w->e.among), STR("Parcels")) >= 0);
	check_refused(w, "channel:fax", "error.query_value", "channel:fax");
	check_refused(w, "priority:purple", "error.query_value", "priority:purple");
	CHECK_STR(str_of(w->e.among), "low, normal, high, urgent");
	check_refused(w, "created:never", "error.query_date", "created:never");
	CHECK(asked(w, &w->anna, "😀 !!", false).no_words);
	struct search_result without = asked(w, &w->anna, "-common", false);
	CHECK(without.no_words && without.only_without);
	CHECK(asked(w, &w->anna, "-common status:new", false).only_without);
	CHECK(!asked(w, &w->anna, "-status:new", false).only_without);
	CHECK(!asked(w, &w->anna, "one -common", false).only_without);
	world_free(w);
}

static int64_t category_new(struct world *w, const char *en, const char *ru, int64_t parent)
{
	struct category x;
	str name_en = str_of(en), name_ru = str_of(ru);
	const struct desk_category_patch p = {
	    .name_en = &name_en, .name_ru = &name_ru, .parent_id = parent ? &parent : NULL};
	CHECK_OK(desk_category_create(W(w, &w->admin), &p, &x, &w->e), &w->e);
	return x.id;
}

static void set_of(struct world *w, const char *sql, int64_t ticket, int64_t value)
{
	db_testing_exec(w->db, sql, DB_ARGS(db_int(ticket), db_int(value)));
}

DB_TEST(fields_of_what_was_understood)
{
	struct world *w = world_new(engine);
	int64_t one = world_letter(w, "a@x.example", "Ivan", w->inbox_one, "One", "Common word");
	int64_t two = world_letter(w, "b@x.example", "Petra", w->inbox_one, "Two", "Common word");
	int64_t three = world_letter(w, "c@x.example", "Olga", w->inbox_one, "Three", "Common");
	world_begin(w);
	int64_t delivery = category_new(w, "Delivery", "Доставка", 0);
	int64_t late = category_new(w, "Late parcel", "Посылка опаздывает", delivery);
	int64_t payment = category_new(w, "Payment", "Оплата", 0);
	world_commit(w);
	static const char category[] = "UPDATE ticket SET category_id = $2 WHERE id = $1",
	                  triage[] = "UPDATE ticket SET triage = $2 WHERE id = $1",
	                  priority[] = "UPDATE ticket SET priority = $2 WHERE id = $1",
	                  language[] = "UPDATE ticket SET language = CASE $2 WHEN 1 THEN 'ru' "
	                               "ELSE 'en' END WHERE id = $1";
	set_of(w, category, one, delivery);
	set_of(w, category, two, late);
	set_of(w, triage, three, 1);
	set_of(w, priority, two, 4);
	set_of(w, priority, one, 3);
	set_of(w, language, one, 1);
	set_of(w, language, two, 0);
	indexed(w);
	char by_id[64];
	snprintf(by_id, sizeof by_id, "category:%lld", (long long)late);
	const struct {
		const char *q;
		size_t n;
	} cases[] = {
	    {"category:delivery", 2},
	    {"категория:доставка common", 2},
	    {"category:late", 1},
	    {"category:\"посылка опаздывает\" common", 1},
	    {"category:dostavka", 2},
	    {"category:оплата", 0},
	    {"category:delivery category:late common", 2},
	    {"category:delivery category:late", 2},
	    {"-category:delivery common", 1},
	    {"category:none", 1},
	    {"категория:нет common", 1},
	    {by_id, 1},
	    {"priority:urgent", 1},
	    {"приоритет:срочный common", 1},
	    {"priority:4", 1},
	    {"priority:high priority:urgent common", 2},
	    {"-priority:urgent common", 2},
	    {"is:urgent", 1},
	    {"это:срочно common", 1},
	    {"is:urgent priority:high", 0},
	    {"lang:ru", 1},
	    {"язык:английский common", 1},
	    {"lang:ru lang:en common", 2},
	    {"-lang:ru common", 2},
	    {"is:triage", 1},
	    {"это:разбор common", 1},
	    {"-is:triage common", 2},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result r = asked(w, &w->anna, cases[i].q, false);
		if (r.n != cases[i].n)
			test_fail(__FILE__, __LINE__, "%s: %zu hits", cases[i].q, r.n);
	}
	CHECK(payment > 0);
	/* Decided: waits no longer. */
	db_testing_exec(w->db, "UPDATE ticket SET status = 'solved' WHERE id = $1",
	                DB_ARGS(db_int(three)));
	CHECK_INT(asked(w, &w->anna, "is:triage common", false).n, 0);
	check_refused(w, "category:nowhere", "error.query_value", "category:nowhere");
	CHECK_STR(str_of(w->e.among), "none, Delivery, Late parcel, Payment");
	check_refused(w, "lang:klingon", "error.query_value", "lang:klingon");
	CHECK(str_starts(str_of(w->e.among), STR("ru, en, uk")));
	/* What is no field is a word, and that is told. */
	struct search_result r = asked(w, &w->anna, "stats:open common", false);
	CHECK_STR(r.unknown, "stats");
	CHECK_STR(r.meant, "status");
	CHECK_INT(asked(w, &w->anna, "common re:one 10:30", false).unknown.n, 0);
	world_free(w);
}

static size_t lines_found(struct world *w, const char *q)
{
	return asked(w, &w->anna, q, false).n;
}

DB_TEST(lines_are_found_by_any_spelling)
{
	struct world *w = world_new(engine);
	static const char rename[] = "UPDATE line SET name = $1 WHERE id = $2";
	world_letter(w, "a@x.example", "Ivan", w->inbox_one, "One", "Common word");
	db_testing_exec(w->db, rename, DB_ARGS(db_text(STR("Логистика")), db_int(w->parcels)));
	db_testing_exec(w->db, rename, DB_ARGS(db_text(STR("Отдел качества")), db_int(w->quality)));
	set_of(w, "UPDATE ticket SET line_id = $2 WHERE id = $1", 1, w->parcels);
	CHECK_INT(lines_found(w, "line:логистика"), 1);
	CHECK_INT(lines_found(w, "line:ЛОГ"), 1);
	CHECK_INT(lines_found(w, "line:logistics"), 1);
	CHECK_INT(lines_found(w, "line:Logistika"), 1);
	CHECK_INT(lines_found(w, "line:лгоистика"), 1);
	CHECK_INT(lines_found(w, "-line:logistics"), 0);
	CHECK_INT(lines_found(w, "line:quality"), 0);
	/* Named alike: both are meant; by its whole name one. */
	db_testing_exec(w->db, rename, DB_ARGS(db_text(STR("Логистика 2")), db_int(w->quality)));
	set_of(w, "UPDATE ticket SET line_id = $2 WHERE id = $1", 1, w->quality);
	CHECK_INT(lines_found(w, "line:logistics"), 1);
	CHECK_INT(lines_found(w, "line:логист"), 1);
	CHECK_INT(lines_found(w, "line:логистика"), 0);
	CHECK_INT(lines_found(w, "line:\"логистика 2\""), 1);
	world_free(w);
}

DB_TEST(mistyped_words_find_what_was_meant)
{
	struct world *w = world_new(engine);
	world_letter(w, "a@x.example", "Иван", w->inbox_one, "Доставка",
	             "Посылка не пришла, верните предоплату, хочу её. Пришла разбитым");
	world_letter(w, "b@x.example", "Vera", w->inbox_two, "Zebra", "Xylophone");
	indexed(w);
	static const char *const cases[][2] = {
	    {"предоплтау ", "предоплату "},
	    {"gjcskrf ", "посылка "},
	    {"posylka ", "посылка "},
	    {"xylofone ", "xylophone "},
	    {"dostavka", "доставка"},
	    {"посылкв пришла", "посылка пришла"},
	    {"посылк\x61 ", "посылка "},
	    {"hfp,bnsv ", "разбитым "},
	    {"[jxe ", "хочу "},
	    {"xyl\xd0\xbephone ", "xylophone "},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result r = asked(w, &w->anna, cases[i][0], false);
		CHECK_STR(r.suggestion, cases[i][1]);
		CHECK(r.corrected);
		CHECK_INT(r.n, 1);
	}
	/* Letters of two scripts: who wrote so is found by what was written. */
	int64_t mixed = world_letter(w, "c@x.example", "C", w->inbox_one, "S", "посылк\x61 там");
	indexed(w);
	struct search_result exact = asked(w, &w->anna, "посылк\x61 ", false);
	CHECK(!exact.corrected);
	CHECK_INT(exact.items[0].ticket.t.id, mixed);
	CHECK_INT(exact.n, 2);
	/* What is found exactly stands first, whatever else may have been meant. */
	CHECK_INT(asked(w, &w->anna, "посылка", false).suggestion.n, 0);
	/* Nobody learns words of what is not theirs to see. */
	struct search_result r = asked(w, &w->oleg, "xylofone ", false);
	CHECK_INT(r.n, 0);
	CHECK_INT(r.suggestion.n, 0);
	world_free(w);
}

DB_TEST(the_best_have_the_exact_form)
{
	struct world *w = world_new(engine);
	int64_t exact = world_letter(w, "a@x.example", "A", w->inbox_one, "S", "заказы пришли");
	for (int i = 0; i < 3; i++)
		world_letter(w, "a@x.example", "A", w->inbox_one, "S", "заказ пришёл");
	indexed(w);
	CHECK(asked(w, &w->anna, "заказы ", false).items[0].ticket.t.id != exact);
	CHECK_INT(asked(w, &w->anna, "заказы ", true).items[0].ticket.t.id, exact);
	/* Pages of the ranked ones. */
	struct search_result r;
	struct search_ask ask = {.q = STR("заказы "), .limit = 3, .best = true};
	world_read(w);
	CHECK_OK(desk_search_by(R(w, &w->anna), &ask, &r, &w->e), &w->e);
	CHECK_INT(r.n, 3);
	ask.cursor = r.next;
	CHECK_OK(desk_search_by(R(w, &w->anna), &ask, &r, &w->e), &w->e);
	CHECK_INT(r.n, 1);
	CHECK_INT(r.next.n, 0);
	world_read_end(w);
	world_free(w);
}

DB_TEST(contacts_are_found_beside_tickets)
{
	struct world *w = world_new(engine);
	world_letter(w, "petrova@shop.example", "Анна Петрова", w->inbox_one, "S", "Text");
	world_letter(w, "z@shop.example", "Zed", w->inbox_two, "S", "Text");
	indexed(w);
	CHECK_INT(asked(w, &w->anna, "петров", false).n_contacts, 1);
	CHECK_INT(asked(w, &w->anna, "анна", false).n_contacts, 1);
	CHECK_INT(asked(w, &w->anna, "petrova@sh", false).n_contacts, 1);
	CHECK_INT(asked(w, &w->anna, "text", false).n_contacts, 0);
	CHECK_INT(asked(w, &w->oleg, "zed", false).n_contacts, 0);
	/* Whose addresses are masked is found by the name only. */
	CHECK_INT(asked(w, &w->oleg, "анна", false).n_contacts, 1);
	CHECK_INT(asked(w, &w->oleg, "petrova@sh", false).n_contacts, 0);
	CHECK_INT(asked(w, &w->oleg, "petrova", false).n_contacts, 0);
	CHECK(str_find(asked(w, &w->oleg, "анна", false).contacts[0].identities[0].value,
	               STR("petrova")) < 0);
	world_free(w);
}

DB_TEST(old_messages_are_indexed_anew)
{
	struct world *w = world_new(engine);
	for (int i = 0; i < 5; i++)
		world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Common word");
	/* As a migration leaves an installation: an empty index, a cursor at the newest message. */
	indexed(w);
	int64_t newest = world_int(w, "SELECT max(id) FROM message WHERE id > $1", 0);
	db_testing_exec(w->db,
	                engine == DB_PG ? "DELETE FROM message_search WHERE 1 = $1"
	                                : "INSERT INTO message_search (message_search, rank) "
	                                  "SELECT 'delete-all', 0 WHERE 1 = $1",
	                DB_ARGS(db_int(1)));
	db_testing_exec(w->db,
	                "INSERT INTO event_cursor (name, event_id, updated_at) "
	                "VALUES ('search_old', $1, 0)",
	                DB_ARGS(db_int(newest)));
	struct search_result r = asked(w, &w->anna, "common", false);
	CHECK_INT(r.n, 0);
	CHECK_INT(r.unindexed, newest);
	/* What comes meanwhile is found at once. */
	world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Common word");
	struct search_indexer *x = search_indexer_new(&w->desk, w->db);
	bool more;
	CHECK_OK(search_indexer_catch_up(x, NULL, &w->e), &w->e);
	CHECK_INT(asked(w, &w->anna, "common", false).n, 1);
	CHECK_OK(search_indexer_older(x, &more, &w->e), &w->e);
	CHECK(!more);
	r = asked(w, &w->anna, "common", false);
	CHECK_INT(r.n, 6);
	CHECK_INT(r.unindexed, 0);
	search_indexer_free(x);
	world_free(w);
}

/* Between preparing and writing somebody may erase or block out. */
DB_TEST(what_was_prepared_and_erased_is_not_indexed)
{
	struct world *w = world_new(engine);
	int64_t ids[3];
	struct search_entry entries[3];
	struct terms terms;
	for (int i = 0; i < 3; i++) {
		(void)world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Common secret");
		ids[i] = world_int(w, "SELECT max(id) FROM message WHERE id > $1", 0);
	}
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	world_read(w);
	search_terms_init(&terms, w->reader, stemmer);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(search_prepare(w->a, w->reader, &terms, ids[2 - i], &entries[i], &w->e),
		         &w->e);
		CHECK(entries[i].made);
	}
	terms_release(&terms);
	world_read_end(w);
	world_begin(w);
	CHECK_OK(
	    erase_messages(w->a, w->tx, (struct id_list){&ids[1], 1}, clock_now(w->clock), &w->e),
	    &w->e);
	CHECK_OK(search_index_prepared(w->a, w->tx, entries, 3, &w->e), &w->e);
	world_commit(w);
	struct search_result r = asked(w, &w->anna, "secret", false);
	CHECK_INT(r.n, 2);
	world_free(w);
}

DB_TEST(an_indexer_that_is_to_end_begins_no_step)
{
	struct world *w = world_new(engine);
	int steps;
	world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Common word");
	struct search_indexer *x = search_indexer_new(&w->desk, w->db);
	search_indexer_end(x);
	CHECK_OK(search_indexer_catch_up(x, &steps, &w->e), &w->e);
	CHECK_INT(steps, 0);
	search_indexer_free(x);
	indexed(w);
	CHECK_INT(asked(w, &w->anna, "common", false).n, 1);
	world_free(w);
}

static void skip_messages(struct world *w, enum db_engine engine, int64_t to)
{
	db_testing_exec(w->db,
	                engine == DB_PG
	                    ? "SELECT setval(pg_get_serial_sequence('message', 'id'), $1)"
	                    : "UPDATE sqlite_sequence SET seq = $1 WHERE name = 'message'",
	                DB_ARGS(db_int(to)));
}

DB_TEST(what_is_old_or_seldom_is_found_behind_the_newest)
{
	struct world *w = world_new(engine);
	int64_t first = world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Common gold");
	skip_messages(w, engine, 100000);
	int64_t second = world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Common gold");
	skip_messages(w, engine, 101000);
	for (int i = 0; i < 3; i++)
		world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Common word");
	indexed(w);
	CHECK_INT(asked(w, &w->anna, "common ", false).n, 5);
	CHECK_INT(asked(w, &w->anna, "common ", true).n, 5);
	struct search_result r = asked(w, &w->anna, "\"common gold\"", false);
	CHECK_INT(r.n, 2);
	CHECK_INT(r.items[0].ticket.t.id, second);
	CHECK_INT(r.items[1].ticket.t.id, first);
	/* Page by page. */
	str cursor = STR("");
	for (int i = 0; i < 5; i++) {
		world_read(w);
		CHECK_OK(desk_search(R(w, &w->anna), STR("common "), cursor, 1, &r, &w->e), &w->e);
		world_read_end(w);
		CHECK_INT(r.n, 1);
		cursor = r.next;
	}
	CHECK_INT(r.items[0].ticket.t.id, first);
	CHECK_INT(cursor.n, 0);
	world_free(w);
}

DB_TEST(a_word_that_no_message_holds_is_forgotten)
{
	struct world *w = world_new(engine);
	world_letter(w, "a@x.example", "A", w->inbox_one, "S", "Zweihundertelf common");
	world_letter(w, "b@x.example", "B", w->inbox_one, "S", "common");
	indexed(w);
	static const char words[] = "SELECT count(*) FROM search_word WHERE word IN ('common', "
	                            "'zweihundertelf') AND 1 = $1";
	CHECK_INT(world_int(w, words, 1), 2);
	int64_t id = world_int(w, "SELECT min(id) FROM message WHERE id > $1", 0);
	bool was;
	world_begin(w);
	CHECK_OK(search_unindex_message(w->a, w->tx, id, &was, &w->e), &w->e);
	CHECK(was);
	world_commit(w);
	CHECK_INT(world_int(w, words, 1), 1);
	CHECK_INT(asked(w, &w->anna, "common", false).n, 1);
	world_begin(w);
	CHECK_OK(search_index_message(w->a, w->tx, id, &w->e), &w->e);
	CHECK_OK(search_index_message(w->a, w->tx, id, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(world_int(w, words, 1), 2);
	CHECK_INT(asked(w, &w->anna, "common", false).n, 2);
	world_free(w);
}
