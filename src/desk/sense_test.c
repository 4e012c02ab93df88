/* sense_test.c: categories, corrections and their undoing, facts, the rule, articles. */
#include "base/test.h"
#include "desk/article.h"
#include "desk/model.h"
#include "desk/privacy.h"
#include "desk/sense.h"
#include "desk/ticket_testing.h"
#include "store/model.h"

static int64_t category(struct world *w, const char *en, const char *ru, int64_t parent,
                        int64_t line)
{
	struct category x;
	str name_en = str_of(en), name_ru = str_of(ru);
	const struct desk_category_patch p = {
	    .name_en = &name_en, .name_ru = &name_ru, .parent_id = &parent, .line_id = &line};
	world_begin(w);
	CHECK_OK(desk_category_create(W(w, &w->admin), &p, &x, &w->e), &w->e);
	world_commit(w);
	return x.id;
}

static void needs(struct world *w, int64_t id, const char *one, const char *two)
{
	struct category x;
	const str facts[] = {str_of(one), str_of(two)};
	const struct desk_category_patch p = {.facts = facts, .n_facts = 2};
	world_begin(w);
	CHECK_OK(desk_category_patch(W(w, &w->admin), id, &p, &x, &w->e), &w->e);
	world_commit(w);
}

static struct ticket set(struct world *w, const struct actor *who, int64_t ticket, int64_t category,
                         bool route)
{
	struct ticket t;
	const struct category_input in = {.category_id = category, .route = route};
	world_begin(w);
	CHECK_OK(desk_sense_categorize(W(w, who), ticket, &in, &t, &w->e), &w->e);
	world_commit(w);
	return t;
}

static struct ticket_sense sense(struct world *w, const struct actor *who, int64_t ticket)
{
	struct ticket_sense s;
	world_read(w);
	CHECK_OK(desk_sense_get(R(w, who), ticket, &s, &w->e), &w->e);
	world_read_end(w);
	return s;
}

DB_TEST(categories_are_a_tree_of_two_levels)
{
	struct world *w = world_new(engine);
	struct category x;
	int64_t delivery = category(w, "Delivery", "Доставка", 0, w->parcels);
	int64_t late = category(w, "Late parcel", "Посылка опаздывает", delivery, 0);
	str name = STR("Third"), bad = STR("No such slug!"), ru = STR("Возврат денег");
	struct desk_category_patch p = {.name_en = &name, .parent_id = &late};
	world_begin(w);
	CHECK_REFUSED(desk_category_create(W(w, &w->admin), &p, &x, &w->e), w, ERR_INVALID,
	              "error.category_levels");
	world_rollback(w);
	/* A parent with children cannot go below another. */
	int64_t other = category(w, "Payment", "Оплата", 0, 0);
	p = (struct desk_category_patch){.parent_id = &other};
	world_begin(w);
	CHECK_REFUSED(desk_category_patch(W(w, &w->admin), delivery, &p, &x, &w->e), w, ERR_INVALID,
	              "error.category_levels");
	world_rollback(w);
	p = (struct desk_category_patch){.name_en = &name, .slug = &bad};
	world_begin(w);
	CHECK_REFUSED(desk_category_create(W(w, &w->admin), &p, &x, &w->e), w, ERR_INVALID,
	              "error.bad_slug");
	world_rollback(w);
	/* The same slug again, and the right. */
	str slug = STR("late-parcel");
	p = (struct desk_category_patch){.name_en = &name, .slug = &slug};
	world_begin(w);
	CHECK_REFUSED(desk_category_create(W(w, &w->admin), &p, &x, &w->e), w, ERR_CONFLICT,
	              "error.exists");
	CHECK_STR(str_of(w->e.field), "slug");
	world_rollback(w);
	world_begin(w);
	CHECK_REFUSED(desk_category_create(W(w, &w->anna), &p, &x, &w->e), w, ERR_DENIED,
	              "error.denied");
	world_rollback(w);
	/* One name is enough; the slug is made of it, in Latin letters. */
	p = (struct desk_category_patch){.name_ru = &ru};
	world_begin(w);
	CHECK_OK(desk_category_create(W(w, &w->admin), &p, &x, &w->e), &w->e);
	CHECK_STR(x.slug, "vozvrat-deneg");
	CHECK_STRS(x.name_en, ru);
	world_commit(w);
	/* Stale. */
	int64_t version = x.version;
	p = (struct desk_category_patch){.version = &version, .name_en = &name};
	world_begin(w);
	CHECK_OK(desk_category_patch(W(w, &w->admin), x.id, &p, &x, &w->e), &w->e);
	CHECK_REFUSED(desk_category_patch(W(w, &w->admin), x.id, &p, &x, &w->e), w, ERR_CONFLICT,
	              "error.stale");
	world_rollback(w);
	struct category *all;
	size_t n;
	world_read(w);
	CHECK_OK(desk_category_list(R(w, &w->oleg), &all, &n, &w->e), &w->e);
	CHECK_INT(n, 4);
	CHECK_INT(category_line(all, n, category_of(all, n, late)), w->parcels);
	world_read_end(w);
	CHECK_INT(world_n_bad(w, ""), 0);
	world_free(w);
}

DB_TEST(a_label_finds_or_makes_its_category)
{
	struct world *w = world_new(engine);
	int64_t delivery = category(w, "Delivery", "Доставка", 0, 0), a, b, c;
	world_begin(w);
	CHECK_OK(desk_category_ensure(&w->desk, w->a, w->tx, 0, STR("ДОСТАВКА"), &a, &w->e), &w->e);
	CHECK_INT(a, delivery);
	CHECK_OK(
	    desk_category_ensure(&w->desk, w->a, w->tx, 0, STR("delivery/Lost parcel"), &a, &w->e),
	    &w->e);
	CHECK_OK(desk_category_ensure(&w->desk, w->a, w->tx, 0, STR("lost-parcel"), &b, &w->e),
	         &w->e);
	CHECK_INT(a, b);
	CHECK_OK(desk_category_ensure(&w->desk, w->a, w->tx, 0, STR("card_arrival"), &b, &w->e),
	         &w->e);
	CHECK_OK(desk_category_ensure(&w->desk, w->a, w->tx, 0, STR("card_arrival"), &c, &w->e),
	         &w->e);
	CHECK_INT(b, c);
	CHECK_INT(desk_category_ensure(&w->desk, w->a, w->tx, 0, STR("  "), &c, &w->e),
	          ERR_INVALID);
	world_rollback(w);
	world_free(w);
}

DB_TEST(a_correction_routes_and_can_be_undone)
{
	struct world *w = world_new(engine);
	int64_t late = category(w, "Late parcel", "Посылка опаздывает", 0, w->parcels);
	int64_t broken = category(w, "Broken", "Сломано", 0, 0);
	int64_t id = world_letter(w, "ivan@c.test", "Ivan", w->inbox_one, "Where?", "My parcel?");
	int64_t home = world_ticket(w, id).line_id;
	int64_t elsewhere = home == w->parcels ? w->quality : w->parcels;
	struct category x;
	struct desk_category_patch p = {.line_id = &elsewhere};
	world_begin(w);
	CHECK_OK(desk_category_patch(W(w, &w->admin), late, &p, &x, &w->e), &w->e);
	world_commit(w);

	struct ticket t = set(w, &w->anna, id, broken, true);
	CHECK_INT(t.line_id, home); /* a category without a line */
	t = set(w, &w->anna, id, late, true);
	CHECK_INT(t.line_id, elsewhere);
	struct ticket_sense s = sense(w, &w->anna, id);
	CHECK_INT(s.n_decisions, 2);
	CHECK_INT(s.t.category_id, late);
	CHECK_STR(s.t.category_by, "person");
	CHECK_INT(s.undoable, s.decisions[0].id);
	/* Only the newest that stands. */
	world_begin(w);
	CHECK_REFUSED(desk_decision_undo(W(w, &w->anna), s.decisions[1].id, &t, &w->e), w,
	              ERR_CONFLICT, "error.decision_later_first");
	world_rollback(w);
	world_begin(w);
	CHECK_OK(desk_decision_undo(W(w, &w->anna), s.decisions[0].id, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.category_id, broken);
	CHECK_INT(t.line_id, home);
	world_begin(w);
	CHECK_REFUSED(desk_decision_undo(W(w, &w->anna), s.decisions[0].id, &t, &w->e), w,
	              ERR_CONFLICT, "error.undone_already");
	world_rollback(w);
	world_begin(w);
	CHECK_OK(desk_decision_undo(W(w, &w->anna), s.decisions[1].id, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.category_id, 0);
	CHECK_INT(world_n_bad(w, ""), 0);

	/* By the change of a ticket too, and of many; an archived one no more. */
	struct ticket_change change = {.has_category = true, .category_id = broken};
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &change, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(world_ticket(w, id).category_id, broken);
	bool off = false;
	p = (struct desk_category_patch){.active = &off};
	world_begin(w);
	CHECK_OK(desk_category_patch(W(w, &w->admin), late, &p, &x, &w->e), &w->e);
	world_commit(w);
	const struct category_input in = {.category_id = late};
	world_begin(w);
	CHECK_REFUSED(desk_sense_categorize(W(w, &w->anna), id, &in, &t, &w->e), w, ERR_INVALID,
	              "error.no_such_reference");
	world_rollback(w);
	world_begin(w);
	CHECK_REFUSED(desk_sense_categorize(W(w, &w->observer), id, &in, &t, &w->e), w, ERR_DENIED,
	              "error.denied");
	world_rollback(w);
	world_free(w);
}

DB_TEST(lists_are_filtered_by_category_and_triage)
{
	struct world *w = world_new(engine);
	int64_t top = category(w, "Delivery", "Доставка", 0, 0);
	int64_t late = category(w, "Late", "Опоздание", top, 0);
	int64_t a = world_letter(w, "a@c.test", "A", w->inbox_one, "One", "one");
	int64_t b = world_letter(w, "b@c.test", "B", w->inbox_one, "Two", "two");
	(void)world_letter(w, "c@c.test", "C", w->inbox_one, "Three", "three");
	set(w, &w->anna, a, top, false);
	set(w, &w->anna, b, late, false);
	struct ticket_list list;
	struct ticket_filter f = {.with_total = true};
	int64_t *ids;
	for (int sort = TICKET_SORT_RECENT; sort <= TICKET_SORT_CREATED; sort++) {
		f.sort = (enum ticket_sort)sort;
		world_read(w);
		CHECK_OK(
		    desk_category_with_children(R(w, &w->anna), top, &ids, &f.n_categories, &w->e),
		    &w->e);
		f.categories = ids;
		CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
		CHECK_INT(list.n, 2);
		CHECK_INT(list.total, 2);
		CHECK(list.items[0].category != NULL);
		CHECK_OK(
		    desk_category_with_children(R(w, &w->anna), late, &ids, &f.n_categories, &w->e),
		    &w->e);
		f.categories = ids;
		CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
		CHECK_INT(list.n, 1);
		CHECK_INT(list.items[0].t.id, b);
		CHECK_STR(list.items[0].category->parent[LANG_RU], "Доставка");
		/* By a person too. */
		f.view = TICKET_VIEW_MINE;
		CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
		CHECK_INT(list.n, 0);
		world_read_end(w);
		f.view = TICKET_VIEW_ALL;
	}
	f = (struct ticket_filter){.view = TICKET_VIEW_TRIAGE, .with_total = true};
	struct ticket t = world_ticket(w, a);
	t.triage = true;
	world_begin(w);
	CHECK_OK(ticket_set_sense(w->tx, &t, clock_now(w->clock), &w->e), &w->e);
	world_commit(w);
	for (int sort = TICKET_SORT_RECENT; sort <= TICKET_SORT_CREATED; sort++) {
		f.sort = (enum ticket_sort)sort;
		world_read(w);
		CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
		CHECK_INT(list.n, 1);
		CHECK_INT(list.total, 1);
		CHECK(list.items[0].t.triage);
		world_read_end(w);
	}
	struct counts counts;
	world_read(w);
	CHECK_OK(desk_counts(R(w, &w->anna), &counts, &w->e), &w->e);
	CHECK_INT(counts.triage, 1);
	CHECK_OK(desk_counts(R(w, &w->vera), &counts, &w->e), &w->e);
	CHECK_INT(counts.triage, world_ticket(w, a).line_id == w->quality);
	world_read_end(w);
	world_free(w);
}

/* However many are below it. */
DB_TEST(a_list_by_a_category_of_many_is_whole)
{
	enum { CHILDREN = 90 };
	struct world *w = world_new(engine);
	int64_t top = category(w, "Goods", "Товары", 0, 0), ids[CHILDREN], *list_of;
	world_begin(w);
	for (int i = 0; i < CHILDREN; i++) {
		struct category x;
		char name[32];
		snprintf(name, sizeof name, "Shelf %d", i);
		str s = str_of(name);
		const struct desk_category_patch p = {.name_en = &s, .parent_id = &top};
		CHECK_OK(desk_category_create(W(w, &w->admin), &p, &x, &w->e), &w->e);
		ids[i] = x.id;
	}
	world_commit(w);
	static const int of[] = {0, 40, 63, 64, 89};
	for (size_t i = 0; i < COUNT_OF(of); i++)
		set(w, &w->anna, world_letter(w, "a@c.test", "A", w->inbox_one, "One", "x"),
		    ids[of[i]], false);
	(void)world_letter(w, "b@c.test", "B", w->inbox_one, "Two", "of none");
	struct ticket_filter f = {.limit = 2};
	struct ticket_list list;
	for (int sort = TICKET_SORT_RECENT; sort <= TICKET_SORT_CREATED; sort++) {
		int seen = 0;
		f.cursor = STR_NONE;
		f.sort = (enum ticket_sort)sort;
		do {
			f.with_total = !f.cursor.n;
			world_read(w);
			CHECK_OK(desk_category_with_children(R(w, &w->anna), top, &list_of,
			                                     &f.n_categories, &w->e),
			         &w->e);
			CHECK_INT(f.n_categories, CHILDREN + 1);
			f.categories = list_of;
			CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
			world_read_end(w);
			if (f.with_total)
				CHECK_INT(list.total, COUNT_OF(of));
			for (size_t i = 0; i < list.n; i++)
				CHECK(list.items[i].category != NULL);
			seen += (int)list.n;
			f.cursor = list.next;
		} while (f.cursor.n);
		CHECK_INT(seen, COUNT_OF(of));
	}
	/* Of one line, and of somebody who sees only some. */
	f = (struct ticket_filter){.with_total = true, .line_id = world_ticket(w, 1).line_id};
	f.categories = list_of;
	f.n_categories = CHILDREN + 1;
	world_read(w);
	CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
	CHECK_INT(list.total, COUNT_OF(of));
	f.line_id = 0;
	CHECK_OK(desk_ticket_list(R(w, &w->vera), &f, &list, &w->e), &w->e);
	CHECK_INT(list.n, world_ticket(w, 1).line_id == w->quality ? COUNT_OF(of) : 0);
	world_read_end(w);
	world_free(w);
}

static int64_t merge(struct world *w, int64_t from, int64_t into)
{
	struct merge m;
	world_wait(w, USEC_SECOND);
	world_begin(w);
	CHECK_OK(desk_ticket_merge(W(w, &w->anna), from, into, &m, &w->e), &w->e);
	world_commit(w);
	return m.id;
}

static void unmerge(struct world *w, int64_t id)
{
	struct merge m;
	world_begin(w);
	CHECK_OK(desk_merge_undo(W(w, &w->anna), id, &m, &w->e), &w->e);
	world_commit(w);
}

static size_t examples(struct world *w)
{
	struct example *page;
	size_t n;
	world_read(w);
	CHECK_OK(labelled_page(w->a, w->reader, 0, 100, &page, &n, &w->e), &w->e);
	world_read_end(w);
	return n;
}

DB_TEST(a_merged_ticket_leaves_its_category_to_one_that_has_none)
{
	struct world *w = world_new(engine);
	int64_t late = category(w, "Late parcel", "Посылка опаздывает", 0, w->quality);
	int64_t broken = category(w, "Broken", "Сломано", 0, 0);
	int64_t one = world_letter(w, "i@c.test", "I", w->inbox_one, "Parcel", "Where is it?");
	int64_t two = world_letter(w, "i@c.test", "I", w->inbox_one, "Again", "Where?");
	int64_t home = world_ticket(w, two).line_id;
	set(w, &w->anna, one, late, false);
	CHECK_INT(examples(w), 1);
	int64_t m = merge(w, one, two);
	struct ticket_sense s = sense(w, &w->anna, two);
	CHECK_INT(s.t.category_id, late);
	CHECK_STR(s.t.category_by, "person");
	CHECK_INT(s.t.line_id, home); /* it stays where it is answered */
	CHECK_INT(s.n_decisions, 1);
	CHECK_INT(world_int(w,
	                    "SELECT count(*) FROM event WHERE type = 'ticket.categorized' AND "
	                    "actor LIKE 'account:%' AND ticket_id = $1",
	                    two),
	          1);
	CHECK_INT(examples(w), 1); /* still taught, by the words where they are now */
	unmerge(w, m);
	CHECK_INT(world_ticket(w, two).category_id, 0);
	CHECK_INT(world_ticket(w, one).category_id, late);
	CHECK(sense(w, &w->anna, two).decisions[0].undone_at != 0);
	CHECK_INT(examples(w), 1);
	CHECK_INT(world_n_bad(w, ""), 0);

	/* What has one keeps it. */
	set(w, &w->anna, two, broken, false);
	m = merge(w, one, two);
	CHECK_INT(world_ticket(w, two).category_id, broken);
	unmerge(w, m);
	CHECK_INT(world_ticket(w, two).category_id, broken);

	/* What a model said comes with how sure it was; triage is over. */
	int64_t three = world_letter(w, "j@c.test", "J", w->inbox_one, "Parcel", "Where?");
	int64_t four = world_letter(w, "j@c.test", "J", w->inbox_one, "Parcel", "Where?");
	struct ticket t = world_ticket(w, three);
	struct candidate guess = {late, 900000};
	struct decision d = {.ticket_id = three,
	                     .at = clock_now(w->clock),
	                     .message_id = t.last_message_id,
	                     .category_id = late,
	                     .confidence = 900000,
	                     .candidates = &guess,
	                     .n_candidates = 1};
	t.category_id = late;
	t.category_by = STR("model");
	t.confidence = 900000;
	world_begin(w);
	CHECK_OK(decision_insert(w->a, w->tx, &d, &w->e), &w->e);
	CHECK_OK(ticket_set_sense(w->tx, &t, clock_now(w->clock), &w->e), &w->e);
	t = world_ticket(w, four);
	t.triage = true;
	CHECK_OK(ticket_set_sense(w->tx, &t, clock_now(w->clock), &w->e), &w->e);
	world_commit(w);
	m = merge(w, three, four);
	s = sense(w, &w->anna, four);
	CHECK_INT(s.t.category_id, late);
	CHECK_STR(s.t.category_by, "model");
	CHECK_INT(s.t.confidence, 900000);
	CHECK(!s.t.triage);
	/* Decided since: that stays when they part again. */
	set(w, &w->anna, four, broken, false);
	unmerge(w, m);
	CHECK_INT(world_ticket(w, four).category_id, broken);
	m = merge(w, three, four);
	unmerge(w, m);
	CHECK_INT(world_n_bad(w, ""), 0);
	world_free(w);
}

DB_TEST(rows_in_triage_bring_the_guesses)
{
	struct world *w = world_new(engine);
	int64_t late = category(w, "Late parcel", "Посылка опаздывает", 0, 0);
	int64_t broken = category(w, "Broken", "Сломано", late, 0);
	int64_t ids[3];
	for (int i = 0; i < 3; i++) {
		ids[i] = world_letter(w, "i@c.test", "I", w->inbox_one, "Parcel", "Where?");
		struct ticket t = world_ticket(w, ids[i]);
		struct candidate guesses[] = {{broken, 500000 + i}, {late, 300000}};
		struct decision d = {.ticket_id = ids[i],
		                     .at = clock_now(w->clock),
		                     .triage = true,
		                     .message_id = world_ticket(w, ids[i]).last_message_id,
		                     .candidates = guesses,
		                     .n_candidates = i == 1 ? 0 : 2};
		t.triage = i < 2;
		world_begin(w);
		CHECK_OK(decision_insert(w->a, w->tx, &d, &w->e), &w->e);
		CHECK_OK(ticket_set_sense(w->tx, &t, clock_now(w->clock), &w->e), &w->e);
		world_commit(w);
	}
	world_answer(w, ids[0], "We are looking for it.");
	struct ticket_filter f = {.sort = TICKET_SORT_CREATED};
	struct ticket_list list;
	world_read(w);
	CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
	world_read_end(w);
	CHECK_INT(list.n, 3);
	CHECK_INT(list.items[0].n_guesses, 0); /* decided */
	CHECK_INT(list.items[1].n_guesses, 0); /* it had no idea */
	const struct ticket_row *r = &list.items[2];
	CHECK_INT(r->t.id, ids[0]);
	CHECK_INT(r->n_guesses, 2);
	CHECK_STR(r->t.snippet, "We are looking for it.");
	CHECK_STR(r->question, "Where?"); /* what was looked at, not the last word */
	CHECK_INT(r->guesses[0].category->id, broken);
	CHECK_STR(r->guesses[0].category->parent[LANG_RU], "Посылка опаздывает");
	CHECK_INT(r->guesses[0].confidence, 500000);
	CHECK_INT(r->guesses[1].category->id, late);
	world_free(w);
}

static struct ticket_row row_of(struct world *w, const struct actor *actor, int64_t id)
{
	struct ticket_filter f = {0};
	struct ticket_list list;
	struct ticket_row row = {0};
	world_read(w);
	CHECK_OK(desk_ticket_list(R(w, actor), &f, &list, &w->e), &w->e);
	world_read_end(w);
	for (size_t i = 0; i < list.n; i++)
		if (list.items[i].t.id == id)
			row = list.items[i];
	CHECK_INT(row.t.id, id);
	return row;
}

/* A row in triage shows words of its own ticket only, and addresses to whom may see them. */
DB_TEST(words_of_a_row_in_triage_are_the_tickets_and_masked)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "i@c.test", "I", w->inbox_one, "Parcel", "Where?");
	int64_t second = world_more(w, id, "i@c.test", "Write to i@c.test, it is private");
	struct candidate guesses[] = {{category(w, "Late", "Опоздание", 0, 0), 500000}};
	struct ticket t = world_ticket(w, id);
	struct decision d = {.ticket_id = id,
	                     .message_id = second,
	                     .at = clock_now(w->clock),
	                     .triage = true,
	                     .candidates = guesses,
	                     .n_candidates = 1};
	t.triage = true;
	world_begin(w);
	CHECK_OK(decision_insert(w->a, w->tx, &d, &w->e), &w->e);
	CHECK_OK(ticket_set_sense(w->tx, &t, clock_now(w->clock), &w->e), &w->e);
	world_commit(w);
	CHECK_STR(row_of(w, &w->anna, id).question, "Write to i@c.test, it is private");
	struct ticket_row masked = row_of(w, &w->oleg, id);
	CHECK(masked.question.n > 0 && str_find(masked.question, STR("i@c.test")) < 0);
	struct merge m;
	world_begin(w);
	CHECK_OK(desk_ticket_split(W(w, &w->anna), id, &second, 1, STR("Apart"), &m, &w->e), &w->e);
	world_commit(w);
	CHECK_STR(row_of(w, &w->anna, id).question, "");
	world_free(w);
}

DB_TEST(facts_are_typed_in_and_what_is_missing_is_told)
{
	struct world *w = world_new(engine);
	int64_t late = category(w, "Late", "Опоздание", 0, 0);
	needs(w, late, "order", "city");
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "Late", "It is late");
	set(w, &w->anna, id, late, false);
	struct ticket_sense s = sense(w, &w->anna, id);
	CHECK_INT(s.n_missing, 2);
	struct ticket_fact f;
	world_begin(w);
	CHECK_OK(desk_fact_add(W(w, &w->anna), id, STR("order"), STR("417-2290"), &f, &w->e),
	         &w->e);
	CHECK_INT(desk_fact_add(W(w, &w->anna), id, STR("shoe size"), STR("44"), &f, &w->e),
	          ERR_INVALID);
	world_rollback(w);
	world_begin(w);
	CHECK_OK(desk_fact_add(W(w, &w->anna), id, STR("order"), STR("417-2290"), &f, &w->e),
	         &w->e);
	world_commit(w);
	s = sense(w, &w->anna, id);
	CHECK_INT(s.n_missing, 1);
	CHECK_STR(s.missing[0], "city");
	CHECK_INT(s.n_facts, 1);
	int64_t where;
	world_begin(w);
	CHECK_OK(desk_fact_remove(W(w, &w->anna), f.id, &where, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(where, id);
	world_begin(w);
	CHECK_REFUSED(desk_fact_remove(W(w, &w->anna), f.id, &where, &w->e), w, ERR_NOT_FOUND,
	              "error.not_found");
	world_rollback(w);
	CHECK_INT(sense(w, &w->anna, id).n_missing, 2);
	/* A phone is masked for whoever may not see phones. */
	world_begin(w);
	CHECK_OK(desk_fact_add(W(w, &w->admin), id, STR("phone"), STR("+74951234567"), &f, &w->e),
	         &w->e);
	world_commit(w);
	struct ticket t;
	struct ticket_change change = {.line_id = w->parcels};
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->admin), id, &change, &t, &w->e), &w->e);
	world_commit(w);
	s = sense(w, &w->oleg, id);
	CHECK_INT(s.n_facts, 1);
	CHECK(str_find(s.facts[0].value, STR("12345")) < 0);
	world_free(w);
}

DB_TEST(the_rule_is_of_a_brand_or_of_all)
{
	struct world *w = world_new(engine);
	struct sense_rule r;
	int64_t seventy = 700000, wrong = SENSE_ONE + 1;
	struct sense_rule_patch p = {.threshold = &seventy};
	world_begin(w);
	CHECK_OK(desk_sense_rule_patch(W(w, &w->admin), 0, &p, &r, &w->e), &w->e);
	CHECK_INT(r.threshold, seventy);
	CHECK(r.route && r.auto_train);
	int64_t ninety = 900000;
	p.threshold = &ninety;
	CHECK_OK(desk_sense_rule_patch(W(w, &w->admin), w->brand_two, &p, &r, &w->e), &w->e);
	CHECK_INT(r.brand_id, w->brand_two);
	world_commit(w);
	world_read(w);
	CHECK_OK(desk_sense_rule(R(w, &w->anna), w->brand_one, &r, &w->e), &w->e);
	CHECK_INT(r.threshold, seventy);
	CHECK_OK(desk_sense_rule(R(w, &w->anna), w->brand_two, &r, &w->e), &w->e);
	CHECK_INT(r.threshold, ninety);
	CHECK_REFUSED(desk_sense_rule(R(w, &w->oleg), w->brand_two, &r, &w->e), w, ERR_NOT_FOUND,
	              "error.not_found");
	world_read_end(w);
	/* A pattern that cannot be read is told by its line and character. */
	str patterns = STR("ORD-9{6}\n\n  №9{4}-9{3");
	struct sense_rule_patch q = {.order_patterns = &patterns};
	world_begin(w);
	CHECK_REFUSED(desk_sense_rule_patch(W(w, &w->admin), 0, &q, &r, &w->e), w, ERR_INVALID,
	              "error.pattern_open");
	CHECK_STR(str_of(w->e.field), "order_patterns");
	CHECK_STR(str_of(w->e.arg), "3:10");
	world_rollback(w);
	p.threshold = &wrong;
	world_begin(w);
	CHECK_INT(desk_sense_rule_patch(W(w, &w->admin), 0, &p, &r, &w->e), ERR_INVALID);
	CHECK_REFUSED(desk_sense_rule_patch(W(w, &w->anna), 0, &p, &r, &w->e), w, ERR_DENIED,
	              "error.denied");
	world_rollback(w);
	world_free(w);
}

DB_TEST(articles_are_imported_once)
{
	struct world *w = world_new(engine);
	struct article_imported sum;
	const str questions[] = {STR("Когда вернут деньги?")};
	struct article_input in[] = {
	    {.language = STR("ru"),
	     .title = STR("Возврат денег"),
	     .body = STR("Деньги приходят за три дня."),
	     .questions = questions,
	     .n_questions = 1},
	    {.language = STR("en"),
	     .title = STR("Refunds"),
	     .body = STR("In three days."),
	     .state = STR("draft")},
	    {.brand_id = w->brand_two,
	     .language = STR("en"),
	     .title = STR("Refunds"),
	     .body = STR("x")},
	};
	world_begin(w);
	CHECK_OK(desk_article_import(W(w, &w->admin), in, 3, &sum, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(sum.added, 3);
	in[1].body = STR("In two days.");
	world_begin(w);
	CHECK_OK(desk_article_import(W(w, &w->admin), in, 3, &sum, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(sum.added, 0);
	CHECK_INT(sum.changed, 1);
	CHECK_INT(sum.same, 2);
	struct article *list, one;
	size_t n;
	int64_t next;
	world_read(w);
	CHECK_OK(
	    desk_article_list(R(w, &w->anna), 0, 0, STR(""), STR(""), 0, &list, &n, &next, &w->e),
	    &w->e);
	CHECK_INT(n, 2); /* not the draft */
	CHECK_OK(
	    desk_article_list(R(w, &w->oleg), 0, 0, STR(""), STR(""), 0, &list, &n, &next, &w->e),
	    &w->e);
	CHECK_INT(n, 1); /* nor what is of another brand */
	CHECK_OK(desk_article_get(R(w, &w->oleg), list[0].id, &one, &w->e), &w->e);
	CHECK_INT(one.n_questions, 1);
	CHECK_OK(
	    desk_article_list(R(w, &w->admin), 0, 2, STR(""), STR(""), 0, &list, &n, &next, &w->e),
	    &w->e);
	CHECK_INT(n, 2);
	CHECK_INT(next, list[1].id);
	CHECK_REFUSED(desk_article_get(R(w, &w->anna), list[1].id, &one, &w->e), w, ERR_NOT_FOUND,
	              "error.not_found");
	world_read_end(w);
	in[2].language = STR("xx");
	world_begin(w);
	CHECK_INT(desk_article_import(W(w, &w->admin), in, 3, &sum, &w->e), ERR_INVALID);
	CHECK_STR(str_of(w->e.field), "items.2.language");
	world_rollback(w);
	world_begin(w);
	CHECK_REFUSED(desk_article_import(W(w, &w->anna), in, 1, &sum, &w->e), w, ERR_DENIED,
	              "error.denied");
	world_rollback(w);
	world_free(w);
}

TEST(measures_are_written_and_read)
{
	ARENA_AUTO a = arena_new();
	struct category_measure c[] = {{7, 100, 20, 18, 15}, {9, 50, 10, 12, 8}};
	struct curve_point p[] = {{0, 1000000, 900000}, {500000, 800000, 950000}};
	struct confusion f[] = {{7, 9, 4}};
	const struct model_measures m = {.held = 30,
	                                 .accuracy = 766667,
	                                 .ece = 20000,
	                                 .cpu_ms = 1200,
	                                 .categories = c,
	                                 .n_categories = 2,
	                                 .curve = p,
	                                 .n_curve = 2,
	                                 .confusions = f,
	                                 .n_confusions = 1};
	struct model_measures got;
	model_measures_read(a, model_measures_write(a, &m), &got);
	CHECK_INT(got.accuracy, m.accuracy);
	CHECK_INT(got.n_categories, 2);
	CHECK_INT(got.categories[1].guessed, 12);
	CHECK_INT(got.curve[1].accuracy, 950000);
	CHECK_INT(got.confusions[0].count, 4);
	model_measures_read(a, STR("[1,"), &got);
	CHECK_INT(got.held, 0);
	model_measures_read(a, STR("{\"curve\":[1,[2]],\"categories\":7}"), &got);
	CHECK_INT(got.n_curve, 2);
}
