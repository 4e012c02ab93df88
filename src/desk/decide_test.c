/* decide_test.c: learning from examples and corrections, deciding behind the log. */
#include <pthread.h>

#include "base/test.h"
#include "desk/decide.h"
#include "desk/sense.h"
#include "desk/ticket_testing.h"
#include "desk/train.h"
#include "store/blob_doomed.h"
#include "store/erase.h"
#include "store/intake.h"
#include "text/function.h"

static const char *const LATE[] = {"Where is my parcel, it is late",
                                   "The parcel has not come yet",
                                   "Tracking shows nothing, where is the delivery",
                                   "When will the courier bring my order",
                                   "My delivery is three days late",
                                   "The courier did not come with the parcel",
                                   "Посылка опаздывает, где она",
                                   "Когда приедет курьер с посылкой",
                                   "Отслеживание стоит на месте третий день",
                                   "Доставка задерживается, где мой заказ",
                                   "Курьер не приехал",
                                   "Посылка не пришла в срок"};
static const char *const MONEY[] = {"Please refund my money",
                                    "The refund has not reached my card",
                                    "I want my money back",
                                    "You charged my card twice, refund it",
                                    "When will the refund arrive",
                                    "Return the money for the cancelled order",
                                    "Верните деньги за отменённый заказ",
                                    "Возврат на карту не пришёл",
                                    "Деньги списали дважды, верните",
                                    "Когда вернут деньги",
                                    "Где мой возврат денег",
                                    "Хочу вернуть деньги на карту"};

struct scene {
	struct world *w;
	int64_t late, money;
	struct decider *decider;
};

static int64_t make_category(struct world *w, const char *en, const char *ru, int64_t line,
                             int64_t priority)
{
	struct category x;
	str name_en = str_of(en), name_ru = str_of(ru);
	const struct desk_category_patch p = {
	    .name_en = &name_en, .name_ru = &name_ru, .line_id = &line, .priority = &priority};
	CHECK_OK(desk_category_create(W(w, &w->admin), &p, &x, &w->e), &w->e);
	return x.id;
}

/* Trains from what there is and installs it; the model's row. */
static struct model_row learn(struct world *w, bool always)
{
	struct train_data data;
	struct train_result *r = ARENA_NEW(w->a, struct train_result);
	struct blob blob;
	world_read(w);
	CHECK_OK(train_collect(&w->desk, w->a, w->reader, 0, &data, &w->e), &w->e);
	world_read_end(w);
	CHECK_OK(train_run(w->a, &data, clock_now(w->clock), NULL, NULL, r, &w->e), &w->e);
	r->row.source = STR("command");
	CHECK_OK(blob_prepare(&w->desk.blobs, w->a, r->bytes, &blob, &w->e), &w->e);
	world_begin(w);
	CHECK_OK(train_install(&w->desk, w->a, w->tx, &w->admin, r, &blob, always, &w->e), &w->e);
	world_commit(w);
	return r->row;
}

static void scene_begin(struct scene *s, enum db_engine engine, bool trained)
{
	struct world *w = s->w = world_new(engine);
	usec now = clock_now(w->clock);
	world_begin(w);
	s->late = make_category(w, "Late parcel", "Бандероль заплутала", w->quality, 3);
	s->money = make_category(w, "Refund", "Refund", 0, 0);
	for (size_t i = 0; i < COUNT_OF(LATE); i++)
		CHECK_OK(
		    example_add(w->tx, s->late, str_of(LATE[i]), STR("a.tsv"), now, NULL, &w->e),
		    &w->e);
	for (size_t i = 0; i < COUNT_OF(MONEY); i++)
		CHECK_OK(
		    example_add(w->tx, s->money, str_of(MONEY[i]), STR("a.tsv"), now, NULL, &w->e),
		    &w->e);
	world_commit(w);
	if (trained)
		(void)learn(w, true);
	s->decider = decider_new(&w->desk, w->db);
}

static void scene_end(struct scene *s)
{
	CHECK_INT(world_n_bad(s->w, ""), 0);
	decider_free(s->decider);
	world_free(s->w);
}

static int catch_up(struct scene *s)
{
	int steps;
	CHECK_OK(decider_catch_up(s->decider, &steps, &s->w->e), &s->w->e);
	return steps;
}

static void threshold(struct scene *s, int64_t t)
{
	struct sense_rule r;
	const struct sense_rule_patch p = {.threshold = &t};
	world_begin(s->w);
	CHECK_OK(desk_sense_rule_patch(W(s->w, &s->w->admin), 0, &p, &r, &s->w->e), &s->w->e);
	world_commit(s->w);
}

static struct ticket_sense sense(struct scene *s, int64_t ticket)
{
	struct ticket_sense out;
	world_read(s->w);
	CHECK_OK(desk_sense_get(R(s->w, &s->w->admin), ticket, &out, &s->w->e), &s->w->e);
	world_read_end(s->w);
	return out;
}

DB_TEST(a_decider_that_is_to_end_begins_no_step)
{
	struct scene s;
	scene_begin(&s, engine, true);
	int64_t id = world_letter(s.w, "a@c.test", "A", s.w->inbox_one, "My order",
	                          "Where is my parcel? The courier is late, the delivery too.");
	decider_end(s.decider);
	CHECK_INT(catch_up(&s), 0);
	decider_free(s.decider);
	s.decider = decider_new(&s.w->desk, s.w->db);
	CHECK(catch_up(&s) > 0);
	CHECK_INT(sense(&s, id).t.category_id, s.late);
	scene_end(&s);
}

DB_TEST(a_new_ticket_gets_its_category_line_and_reasons)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 300000);
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "My order",
	                          "Where is my parcel? The courier is late, the delivery too.");
	int64_t home = world_ticket(w, id).line_id;
	CHECK_INT(world_ticket(w, id).category_id, 0);
	CHECK(catch_up(&s) > 0);
	CHECK_INT(catch_up(&s), 0);
	struct ticket_sense x = sense(&s, id);
	CHECK_INT(x.t.category_id, s.late);
	CHECK_STR(x.t.category_by, "model");
	CHECK_STR(x.t.language, "en");
	CHECK_INT(x.t.line_id, w->quality);
	CHECK_INT(x.t.priority, 3);
	CHECK(x.t.confidence > 300000 && !x.t.triage);
	CHECK_INT(x.n_decisions, 1);
	CHECK(x.decisions[0].n_words > 0 && x.n_candidates == 2);
	CHECK_INT(x.candidates[0].category_id, s.late);
	/* All of it is undone at once. */
	struct ticket t;
	world_begin(w);
	CHECK_OK(desk_decision_undo(W(w, &w->anna), x.decisions[0].id, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.category_id, 0);
	CHECK_INT(t.line_id, home);
	CHECK_INT(t.priority, 2);
	CHECK_INT(
	    world_int(w,
	              "SELECT count(*) FROM event WHERE type = 'ticket.sensed' AND ticket_id = $1",
	              id),
	    1);
	scene_end(&s);
}

DB_TEST(reasons_are_words_that_tell_something)
{
	struct scene s;
	scene_begin(&s, engine, true);
	int64_t id =
	    world_letter(s.w, "a@c.test", "A", s.w->inbox_one, "My money",
	                 "I want my money back, you and the card. It is the refund I want.");
	int64_t bare =
	    world_letter(s.w, "b@c.test", "B", s.w->inbox_one, "Where is it", "Where is it, when?");
	CHECK(catch_up(&s) > 0);
	struct ticket_sense x = sense(&s, id);
	CHECK_INT(x.n_decisions, 1);
	CHECK(x.decisions[0].n_words > 0);
	for (size_t i = 0; i < x.decisions[0].n_words; i++)
		CHECK(!text_function_word(x.decisions[0].words[i].word));
	/* Better than nothing. */
	x = sense(&s, bare);
	CHECK_INT(x.n_decisions, 1);
	CHECK(x.decisions[0].n_words > 0);
	scene_end(&s);
}

DB_TEST(what_a_category_is_called_teaches)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "?", "Бандероль заплутала");
	(void)catch_up(&s);
	struct ticket_sense x = sense(&s, id);
	CHECK_INT(x.candidates[0].category_id, s.late);
	CHECK(x.candidates[0].confidence > 2 * x.candidates[1].confidence);
	scene_end(&s);
}

DB_TEST(each_brand_has_its_own_threshold)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	int64_t one[2], two[2], never = SENSE_ONE;
	struct sense_rule r;
	threshold(&s, 0);
	const struct sense_rule_patch p = {.threshold = &never};
	world_begin(w);
	CHECK_OK(desk_sense_rule_patch(W(w, &w->admin), w->brand_two, &p, &r, &w->e), &w->e);
	world_commit(w);
	for (int i = 0; i < 2; i++) {
		one[i] = world_letter(w, "a@c.test", "A", w->inbox_one, "?", "Where is my parcel?");
		two[i] = world_letter(w, "b@c.test", "B", w->inbox_two, "?", "Where is my parcel?");
	}
	(void)catch_up(&s); /* all in one step */
	for (int i = 0; i < 2; i++) {
		CHECK_INT(sense(&s, one[i]).t.category_id, s.late);
		CHECK(sense(&s, two[i]).t.triage);
	}
	scene_end(&s);
}

DB_TEST(what_is_not_sure_goes_to_triage_until_somebody_says)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, SENSE_ONE);
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "?", "Refund my parcel");
	(void)catch_up(&s);
	struct ticket_sense x = sense(&s, id);
	CHECK(x.t.triage && !x.t.category_id);
	CHECK_INT(x.n_candidates, 2);
	struct ticket t;
	const struct category_input in = {.category_id = s.money, .route = true};
	world_begin(w);
	CHECK_OK(desk_sense_categorize(W(w, &w->anna), id, &in, &t, &w->e), &w->e);
	world_commit(w);
	CHECK(!t.triage);
	/* It counts as a correction, and as an example. */
	struct model_mistake *mistakes;
	struct model_names names;
	struct training training;
	size_t n;
	world_read(w);
	CHECK_OK(desk_model_mistakes(R(w, &w->admin), 0, 0, &mistakes, &n, &names, &w->e), &w->e);
	CHECK_INT(n, 1);
	CHECK_INT(mistakes[0].ticket_id, id);
	CHECK_INT(mistakes[0].truth, s.money);
	CHECK_OK(desk_training_get(R(w, &w->admin), &training, &w->e), &w->e);
	CHECK_INT(training.corrections, 1);
	CHECK_INT(training.total, (int64_t)(COUNT_OF(LATE) + COUNT_OF(MONEY)) + 1);
	struct drift_list drift;
	CHECK_OK(desk_model_drift(R(w, &w->admin), 0, 0, &drift, &names, &w->e), &w->e);
	CHECK_INT(drift.n, 1);
	CHECK_INT(drift.items[0].now.triage, 1);
	world_read_end(w);
	scene_end(&s);
}

DB_TEST(a_person_who_was_quicker_is_not_overruled)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 0);
	int64_t set = world_letter(w, "a@c.test", "A", w->inbox_one, "x", "Where is my parcel?");
	int64_t moved = world_letter(w, "b@c.test", "B", w->inbox_one, "x", "Where is my parcel?");
	struct ticket t;
	const struct category_input in = {.category_id = s.money};
	world_wait(w, USEC_SECOND);
	int64_t elsewhere = world_ticket(w, moved).line_id == w->parcels ? w->foreign : w->parcels;
	struct ticket_change change = {.priority = 1, .line_id = elsewhere};
	world_begin(w);
	CHECK_OK(desk_sense_categorize(W(w, &w->anna), set, &in, &t, &w->e), &w->e);
	CHECK_OK(desk_ticket_patch(W(w, &w->admin), moved, &change, &t, &w->e), &w->e);
	world_commit(w);
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, set).category_id, s.money);
	/* Its category is told, its line and priority stay. */
	CHECK_INT(world_ticket(w, moved).category_id, s.late);
	CHECK_INT(world_ticket(w, moved).line_id, elsewhere);
	CHECK_INT(world_ticket(w, moved).priority, 1);
	scene_end(&s);
}

DB_TEST(a_model_is_switched_and_kept)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 0);
	struct model_row second = learn(w, false);
	struct model_full *list, m;
	struct model_names names;
	size_t n;
	world_read(w);
	CHECK_OK(desk_model_list(R(w, &w->admin), 0, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 2);
	CHECK_INT(list[0].row.id, second.id);
	CHECK(list[0].row.active && !list[1].row.active);
	CHECK_INT(list[0].measures.n_categories, 2);
	CHECK(list[0].measures.n_curve > 0 && list[0].measures.held > 0);
	CHECK_STRS(list[0].row.data_hash, list[1].row.data_hash);
	CHECK(!str_eq(list[0].row.name, list[1].row.name));
	CHECK_OK(desk_model_get(R(w, &w->admin), second.id, &m, &names, &w->e), &w->e);
	CHECK_INT(names.n_names, 2);
	CHECK_REFUSED(desk_model_list(R(w, &w->anna), 0, &list, &n, &w->e), w, ERR_DENIED,
	              "error.denied");
	world_read_end(w);
	world_begin(w);
	CHECK_OK(desk_model_activate(W(w, &w->admin), second.id - 1, &m, &w->e), &w->e);
	world_commit(w);
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "x", "Where is my parcel?");
	(void)catch_up(&s);
	CHECK_INT(sense(&s, id).decisions[0].model_id, second.id - 1);
	CHECK(decider_memory(s.decider) > 0 && decider_memory(s.decider) < (32 << 20));
	scene_end(&s);
}

DB_TEST(what_is_erased_is_understood_no_more)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 0);
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "x", "Where is my parcel?");
	(void)catch_up(&s);
	struct ticket_sense x = sense(&s, id);
	CHECK(x.decisions[0].n_words > 0);
	int64_t message = x.decisions[0].message_id;
	struct ticket t;
	const struct category_input in = {.category_id = s.late};
	world_begin(w);
	CHECK_OK(desk_sense_categorize(W(w, &w->anna), id, &in, &t, &w->e), &w->e);
	world_commit(w);
	world_begin(w);
	CHECK_OK(
	    erase_messages(w->a, w->tx, (struct id_list){&message, 1}, clock_now(w->clock), &w->e),
	    &w->e);
	CHECK_OK(erase_tickets(w->a, w->tx, (struct id_list){&id, 1}, clock_now(w->clock), &w->e),
	         &w->e);
	world_commit(w);
	x = sense(&s, id);
	CHECK_INT(x.decisions[1].n_words, 0);
	struct train_data data;
	world_read(w);
	CHECK_OK(train_collect(&w->desk, w->a, w->reader, 0, &data, &w->e), &w->e);
	CHECK_INT(data.n, COUNT_OF(LATE) + COUNT_OF(MONEY));
	CHECK_INT(data.n_names, 3);
	world_read_end(w);
	scene_end(&s);
}

DB_TEST(old_models_lose_their_bytes_and_keep_their_rows)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	struct model_full got;
	int64_t ids[4];
	w->desk.models_keep = 2;
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		ids[i] = learn(w, true).id;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct model_row row;
		world_read(w);
		CHECK_OK(model_row_get(w->a, w->reader, ids[i], &row, &w->e), &w->e);
		world_read_end(w);
		CHECK_INT(row.active, i == 3);
		CHECK_INT(row.size > 0, i >= 1); /* the active one and two others */
	}
	CHECK_OK(blob_bury(&w->desk.blobs, w->db, NULL, &w->e), &w->e);
	world_begin(w);
	CHECK_INT(desk_model_activate(W(w, &w->admin), ids[0], &got, &w->e), ERR_CONFLICT);
	CHECK_STR(str_of(w->e.key), "error.model_gone");
	CHECK_OK(desk_model_activate(W(w, &w->admin), ids[1], &got, &w->e), &w->e);
	world_commit(w);
	scene_end(&s);
}

DB_TEST(a_training_takes_the_newest_and_tells_what_it_left_out)
{
	struct scene s;
	scene_begin(&s, engine, false);
	struct world *w = s.w;
	struct train_data all, few;
	struct train_result r;
	world_read(w);
	CHECK_OK(train_collect(&w->desk, w->a, w->reader, 0, &all, &w->e), &w->e);
	CHECK_INT(all.left_out, 0);
	w->desk.examples_max = (int64_t)all.n - 3;
	CHECK_OK(train_collect(&w->desk, w->a, w->reader, 0, &few, &w->e), &w->e);
	CHECK_INT(few.n, all.n - 3);
	CHECK_INT(few.left_out, 3);
	CHECK(str_eq(few.examples[0].text, all.examples[0].text));
	w->desk.examples_max = 0;
	w->desk.examples_bytes = 300;
	struct train_data least;
	CHECK_OK(train_collect(&w->desk, w->a, w->reader, 0, &least, &w->e), &w->e);
	CHECK(least.n < few.n && least.left_out > 3);
	world_read_end(w);
	CHECK_OK(train_run(w->a, &few, 0, NULL, NULL, &r, &w->e), &w->e);
	CHECK_INT(r.measures.left_out, 3);
	scene_end(&s);
}

DB_TEST(without_a_model_only_what_the_words_tell)
{
	struct scene s;
	scene_begin(&s, engine, false);
	struct world *w = s.w;
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "Заказ",
	                          "Здравствуйте, подскажите, когда приедет мой заказ?");
	(void)catch_up(&s);
	struct ticket_sense x = sense(&s, id);
	CHECK_STR(x.t.language, "ru");
	CHECK_INT(x.n_decisions, 0);
	CHECK(!x.t.triage);
	/* A machine's letter says nothing. */
	struct train_data data;
	struct train_result r;
	world_read(w);
	CHECK_OK(train_collect(&w->desk, w->a, w->reader, 0, &data, &w->e), &w->e);
	world_read_end(w);
	/* Too little to learn from: told, nothing is installed. */
	data.n = COUNT_OF(LATE);
	CHECK_INT(train_run(w->a, &data, 0, NULL, NULL, &r, &w->e), ERR_INVALID);
	world_begin(w);
	struct error why = w->e;
	CHECK_OK(train_failed(&w->desk, w->a, w->tx, STR("admin"), &why, &w->e), &w->e);
	world_commit(w);
	struct training training;
	world_read(w);
	CHECK_OK(desk_training_get(R(w, &w->admin), &training, &w->e), &w->e);
	CHECK_STR(training.error, "error.learn_one_label");
	world_read_end(w);
	scene_end(&s);
}

/* Ten tickets of a new category, and it is known. */
DB_TEST(ten_corrections_are_enough_for_a_new_category)
{
	static const char *const words[] = {"broken",    "cracked",   "smashed", "damaged",
	                                    "scratched", "shattered", "dented",  "torn",
	                                    "bent",      "crushed"};
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 0);
	world_begin(w);
	int64_t broken = make_category(w, "Broken", "Broken", 0, 0);
	world_commit(w);
	bool due;
	for (int i = 0; i < 10; i++) {
		struct ticket t;
		char text[80];
		snprintf(text, sizeof text, "The lamp arrived %s, the glass is %s", words[i],
		         words[(i + 3) % 10]);
		int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "Lamp", text);
		world_read(w);
		CHECK_OK(train_due(w->a, w->reader, &due, &w->e), &w->e);
		world_read_end(w);
		CHECK(!due);
		const struct category_input in = {.category_id = broken};
		world_begin(w);
		CHECK_OK(desk_sense_categorize(W(w, &w->anna), id, &in, &t, &w->e), &w->e);
		world_commit(w);
	}
	world_read(w);
	CHECK_OK(train_due(w->a, w->reader, &due, &w->e), &w->e);
	world_read_end(w);
	CHECK(due);
	/* By itself: who knows the new one is not measured by the old ones alone. */
	struct model_row model = learn(w, false);
	CHECK_INT(model.categories, 3);
	CHECK(model.active);
	int64_t id = world_letter(w, "b@c.test", "B", w->inbox_one, "Lamp",
	                          "My lamp arrived with broken glass");
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, id).category_id, broken);
	world_read(w);
	CHECK_OK(train_due(w->a, w->reader, &due, &w->e), &w->e);
	world_read_end(w);
	CHECK(!due);
	scene_end(&s);
}

DB_TEST(flags_and_facts_are_found)
{
	struct scene s;
	scene_begin(&s, engine, false);
	struct world *w = s.w;
	int64_t id = world_letter(
	    w, "a@c.test", "A", w->inbox_one, "Заказ",
	    "СРОЧНО! Где мой заказ № 417-2290? Заплатил 1500 руб. Позовите руководителя!");
	(void)catch_up(&s);
	struct ticket_sense x = sense(&s, id);
	CHECK_INT(x.t.priority, 4);
	CHECK(x.t.flags & SENSE_URGENT);
	CHECK(x.t.flags & SENSE_MANAGER);
	CHECK(!(x.t.flags & SENSE_THANKS));
	bool order = false, amount = false;
	for (size_t i = 0; i < x.n_facts; i++) {
		order |= str_is(x.facts[i].kind, "order") && str_is(x.facts[i].value, "417-2290");
		amount |=
		    str_is(x.facts[i].kind, "amount") && str_is(x.facts[i].value, "1500.00 RUB");
	}
	CHECK(order && amount);
	/* Said again, it is not noted again. */
	(void)world_more(w, id, "a@c.test", "Заказ № 417-2290, спасибо за помощь!");
	(void)catch_up(&s);
	CHECK_INT(sense(&s, id).n_facts, x.n_facts);
	scene_end(&s);
}

/* What came out of an archive is over: it is read as it was, and nobody is hurried by it. */
DB_TEST(nothing_is_decided_about_what_came_out_of_an_archive)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 0);
	const char *text = "СРОЧНО! Where is my parcel, order 417-2290?";
	int64_t old = world_letter(w, "a@c.test", "A", w->inbox_one, "Late", text), id;
	int64_t new = world_letter(w, "a@c.test", "A", w->inbox_one, "Late", text);
	const struct intake item = {.received_at = clock_now(w->clock),
	                            .channel = STR("mail"),
	                            .inbox_id = w->inbox_one,
	                            .peer = STR("mbox old.mbox"),
	                            .digest = STR("d"),
	                            .state = INTAKE_ACCEPTED,
	                            .ticket_id = old,
	                            .message_id = world_ticket(w, old).last_message_id};
	world_begin(w);
	CHECK_OK(intake_insert(w->tx, &item, &id, &w->e), &w->e);
	world_commit(w);
	int64_t version = world_ticket(w, old).version;
	(void)catch_up(&s);
	struct ticket_sense x = sense(&s, old);
	CHECK_INT(x.t.version, version);
	CHECK_INT(x.n_decisions + x.n_facts, 0);
	CHECK(!x.t.category_id && !x.t.triage && !x.t.flags && !x.t.language.n);
	CHECK_INT(x.t.priority, 2);
	/* The same letter, come now. */
	x = sense(&s, new);
	CHECK(x.t.category_id && x.n_facts && x.t.priority == 4);
	scene_end(&s);
}

/* ---- the word of urgency ---- */

static void set_priority(struct scene *s, int64_t ticket, int priority)
{
	struct ticket t;
	struct ticket_change change = {.priority = priority};
	world_wait(s->w, USEC_SECOND);
	world_begin(s->w);
	CHECK_OK(desk_ticket_patch(W(s->w, &s->w->anna), ticket, &change, &t, &s->w->e), &s->w->e);
	world_commit(s->w);
}

DB_TEST(the_word_urgent_in_an_answer_puts_the_ticket_first)
{
	static const struct {
		const char *text;
		bool urgent;
	} cases[] = {
	    {"СРОЧНО", true},
	    {"срочно!!!", true},
	    {"«Срочно»", true},
	    {"срочьно пожалуйста", true},
	    {"chjxyj", true}, /* the other layout */
	    {"URGENT", true},
	    {"urgnet, please", true},
	    {"> Ответьте СРОЧНО, и мы займёмся этим раньше.\n\nСпасибо, подожду", false},
	    {"Спасибо, подожду.\n\nOn Mon, 2 Nov 2026 at 10:00, Help <help@x.test> wrote:\n"
	     "> Answer URGENT and we look at it first.",
	     false},
	    {"Это не срочно", false},
	    {"Какой процент по срочному вкладу?", false},
	};
	struct scene s;
	scene_begin(&s, engine, false);
	struct world *w = s.w;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char from[32];
		snprintf(from, sizeof from, "c%zu@c.test", i);
		int64_t id = world_letter(w, from, "C", w->inbox_one, "Заказ", "Где мой заказ?");
		/* A colleague has been there: that leaves the way free. */
		world_answer(w, id, "Посмотрим. Если срочно, ответьте СРОЧНО.");
		(void)catch_up(&s);
		CHECK_INT(world_ticket(w, id).priority, 2);
		(void)world_more(w, id, from, cases[i].text);
		(void)catch_up(&s);
		struct ticket_sense x = sense(&s, id);
		if ((x.t.priority == 4) != cases[i].urgent)
			test_fail(__FILE__, __LINE__, "%s: priority %d", cases[i].text,
			          x.t.priority);
		CHECK_INT(!!(x.t.flags & SENSE_URGENT), cases[i].urgent);
		CHECK_INT(x.n_decisions, cases[i].urgent);
	}
	/* The subject of an answer is that of what it answers. */
	int64_t id = world_letter(w, "re@c.test", "R", w->inbox_one,
	                          "Re: Answer URGENT and we look at it first", "Not in a hurry");
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, id).priority, 2);
	id = world_letter(w, "new@c.test", "N", w->inbox_one, "СРОЧНО поменяйте адрес", "Самара");
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, id).priority, 4);
	scene_end(&s);
}

/* An automatic decision like others: undone it stays undone, and a person's word counts more. */
DB_TEST(urgency_is_undone_and_not_against_a_person)
{
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 0);
	struct ticket t;
	int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "Money", "Refund my money");
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, id).category_id, s.money);
	(void)world_more(w, id, "a@c.test", "URGENT");
	(void)catch_up(&s);
	struct ticket_sense x = sense(&s, id);
	CHECK_INT(x.t.priority, 4);
	CHECK_INT(x.n_decisions, 2);
	CHECK_INT(x.undoable_urgent, x.decisions[0].id);
	CHECK_INT(x.undoable, x.decisions[1].id);
	CHECK(x.n_candidates > 0);
	/* Each by itself, whichever first; what it is about stays. */
	world_wait(w, USEC_SECOND);
	world_begin(w);
	CHECK_OK(desk_decision_undo(W(w, &w->anna), x.undoable_urgent, &t, &w->e), &w->e);
	CHECK_REFUSED(desk_decision_undo(W(w, &w->anna), x.undoable_urgent, &t, &w->e), w,
	              ERR_CONFLICT, "error.undone_already");
	world_commit(w);
	CHECK_INT(t.priority, 2);
	CHECK_INT(t.category_id, s.money);
	CHECK_STR(t.category_by, "model");
	(void)world_more(w, id, "a@c.test", "СРОЧНО!");
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, id).priority, 2);
	CHECK(world_ticket(w, id).flags & SENSE_URGENT);
	world_begin(w);
	CHECK_OK(desk_decision_undo(W(w, &w->anna), x.undoable, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.category_id, 0);

	id = world_letter(w, "b@c.test", "B", w->inbox_one, "Hello", "Hello");
	set_priority(&s, id, 1);
	(void)world_more(w, id, "b@c.test", "URGENT");
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, id).priority, 1);
	scene_end(&s);
}

/* After four tickets of one customer, one of another, and after a month one more of the first. */
static void check_urgent_use(struct world *w)
{
	struct urgent_use *list;
	size_t n;
	world_read(w);
	CHECK_OK(desk_urgent_use(R(w, &w->admin), 90, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 2);
	CHECK_STR(list[0].address, "a@c.test");
	CHECK_INT(list[0].lifted, 3);
	CHECK_INT(list[0].tickets, 5);
	CHECK_INT(list[0].urgent, 5);
	CHECK_STR(list[1].name, "B");
	CHECK_INT(list[1].lifted, 1);
	CHECK_OK(desk_urgent_use(R(w, &w->admin), 0, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 2);
	CHECK_INT(list[0].lifted, 1);
	CHECK_INT(list[0].tickets, 1);
	CHECK_INT(list[1].lifted, 1); /* now, by a ticket that is older */
	CHECK_INT(list[1].tickets, 0);
	CHECK_REFUSED(desk_urgent_use(R(w, &w->anna), 0, &list, &n, &w->e), w, ERR_DENIED,
	              "error.denied");
	/* Of lines that one sees, and masked. */
	struct actor lead = w->oleg, other = w->vera;
	lead.rights |= (uint64_t)1 << RIGHT_LEARN_MANAGE;
	other.rights |= (uint64_t)1 << RIGHT_LEARN_MANAGE;
	CHECK_OK(desk_urgent_use(R(w, &lead), 90, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 2);
	CHECK_INT(list[0].tickets, 5);
	CHECK(list[0].address.n > 0 && !str_is(list[0].address, "a@c.test"));
	CHECK_OK(desk_urgent_use(R(w, &other), 90, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 0);
	world_read_end(w);
}

DB_TEST(a_customer_to_whom_all_is_urgent_waits_in_turn)
{
	struct scene s;
	scene_begin(&s, engine, false);
	struct world *w = s.w;
	w->desk.urgent_most = 2;
	for (int i = 0; i < 4; i++) {
		int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "Hello", "СРОЧНО");
		(void)catch_up(&s);
		CHECK_INT(world_ticket(w, id).priority, i < 2 ? 4 : 2);
		CHECK(world_ticket(w, id).flags & SENSE_URGENT); /* told all the same */
	}
	int64_t other = world_letter(w, "b@c.test", "B", w->inbox_one, "Hello", "URGENT");
	world_wait(w, 31 * USEC_DAY);
	int64_t later = world_letter(w, "a@c.test", "A", w->inbox_one, "Hello", "URGENT");
	(void)catch_up(&s);
	CHECK_INT(world_ticket(w, other).priority, 4);
	CHECK_INT(world_ticket(w, later).priority, 4);
	check_urgent_use(w);
	w->desk.urgent_most = 0; /* any number */
	for (int i = 0; i < 3; i++) {
		int64_t id = world_letter(w, "a@c.test", "A", w->inbox_one, "Hello", "СРОЧНО");
		(void)catch_up(&s);
		CHECK_INT(world_ticket(w, id).priority, 4);
	}
	scene_end(&s);
}

/* ---- two processes ---- */

struct process {
	struct desk desk;
	struct db *db;
	pthread_barrier_t *start;
	bool failed;
};

static void *process_main(void *arg)
{
	struct process *p = arg;
	struct decider *x = decider_new(&p->desk, p->db);
	struct error e;
	pthread_barrier_wait(p->start);
	for (int i = 0; i < 20; i++)
		p->failed |= decider_catch_up(x, NULL, &e) && e.code != ERR_BUSY;
	decider_free(x);
	return NULL;
}

DB_TEST(two_processes_decide_about_each_ticket_once)
{
	enum { TICKETS = 120, PROCESSES = 2 };
	struct scene s;
	scene_begin(&s, engine, true);
	struct world *w = s.w;
	threshold(&s, 0);
	for (int i = 0; i < TICKETS; i++) {
		char from[32];
		snprintf(from, sizeof from, "c%d@c.test", i);
		(void)world_letter(w, from, "C", w->inbox_one, "Order",
		                   i % 2 ? LATE[i % (int)COUNT_OF(LATE)]
		                         : "СРОЧНО верните 1500 руб. за заказ № 417-2290");
	}
	pthread_barrier_t start;
	pthread_t threads[PROCESSES];
	struct process p[PROCESSES];
	pthread_barrier_init(&start, NULL, PROCESSES);
	for (int i = 0; i < PROCESSES; i++) {
		p[i] = (struct process){.desk = w->desk, .start = &start};
		/* SQLite has one writing process. */
		p[i].db = i && engine == DB_PG ? db_testing_open_url(w->url) : w->db;
		p[i].desk.db = p[i].db;
		CHECK_INT(pthread_create(&threads[i], NULL, process_main, &p[i]), 0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		CHECK_INT(pthread_join(threads[i], NULL), 0);
		CHECK(!p[i].failed);
		if (p[i].db != w->db)
			db_close(p[i].db);
	}
	pthread_barrier_destroy(&start);
	(void)catch_up(&s);
	CHECK_INT(world_int(w, "SELECT count(*) FROM decision WHERE id > $1", 0),
	          TICKETS + TICKETS / 2); /* half of them urgent too */
	CHECK_INT(world_int(w, "SELECT count(DISTINCT ticket_id) FROM decision WHERE id > $1", 0),
	          TICKETS);
	CHECK_INT(
	    world_int(w, "SELECT count(*) FROM event WHERE type = 'ticket.sensed' AND id > $1", 0),
	    TICKETS);
	CHECK_INT(world_int(w, "SELECT count(*) FROM ticket WHERE priority = $1", 4), TICKETS / 2);
	CHECK_INT(world_int(w, "SELECT count(*) FROM ticket_fact WHERE id > $1", 0), TICKETS);
	scene_end(&s);
}
