/* ticket_test.c: tickets begin, change, are listed and counted; who sees what. */
#include <pthread.h>

#include "desk/ticket_testing.h"

#include "desk/account.h"
#include "desk/contact.h"
#include "store/job.h"

static struct ticket_input start_with(const char *to)
{
	return (struct ticket_input){.subject = STR("Your parcel"),
	                             .text = STR("It is on its way."),
	                             .to = {STR("Ivan"), str_of(to)}};
}

DB_TEST(an_agent_starts_a_conversation)
{
	struct world *w = world_new(engine);
	struct ticket t;
	int64_t message;
	struct address cc[] = {{STR("Lawyer"), STR("law@firm.example")},
	                       {STR(""), STR("IVAN@shop.example")},
	                       {STR(""), STR("help@one.example")}};
	str tags[] = {STR("VIP"), STR("vip"), STR("Доставка")};
	struct ticket_input in = start_with("ivan@Shop.example");
	in.cc = cc;
	in.n_cc = 3;
	in.tags = tags;
	in.n_tags = 3;
	world_begin(w);
	CHECK_OK(desk_ticket_create(W(w, &w->anna), &in, &t, &message, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.line_id, w->parcels);
	CHECK_INT(t.brand_id, w->brand_one);
	CHECK_INT(t.assignee_id, w->anna.account_id);
	CHECK_INT(t.waiting_since, 0);
	CHECK(t.first_reply_at > 0);
	world_check_derived(w, t.id);

	world_read(w);
	struct ticket_full full;
	CHECK_OK(desk_ticket_full(R(w, &w->anna), t.id, &full, &w->e), &w->e);
	CHECK_STR(full.contact.name, "Ivan");
	CHECK_STR(full.reply_to, "ivan@shop.example");
	CHECK_INT(full.n_participants, 1); /* neither the customer again nor ourselves */
	CHECK_STR(full.participants[0].address, "law@firm.example");
	CHECK_INT(full.n_tags, 2);
	struct message_list list;
	CHECK_OK(desk_message_list(R(w, &w->anna), t.id, STR(""), 0, &list, &w->e), &w->e);
	CHECK_INT(list.n, 1);
	CHECK_INT(list.items[0].n_deliveries, 2);
	CHECK_INT(list.items[0].undo_until, clock_now(w->clock) + w->desk.undo_window);
	struct job job;
	CHECK_OK(job_find(w->a, w->reader, DESK_JOB_SEND,
	                  str_printf(w->a, "message:%lld", (long long)message), &job, &w->e),
	         &w->e);
	CHECK_INT(job.due, clock_now(w->clock) + w->desk.undo_window);
	world_read_end(w);
	world_free(w);
}

DB_TEST(a_program_records_what_a_customer_said)
{
	struct world *w = world_new(engine);
	struct ticket t;
	struct ticket_input in = start_with("ivan@shop.example");
	in.from_customer = true;
	world_begin(w);
	CHECK_OK(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.status, TICKET_NEW);
	CHECK_INT(t.waiting_since, clock_now(w->clock));
	CHECK_INT(world_int(w, "SELECT count(*) FROM delivery WHERE id > $1", 0), 0);
	world_check_derived(w, t.id);
	world_free(w);
}

DB_TEST(bad_beginnings_are_refused)
{
	struct world *w = world_new(engine);
	struct ticket t;
	world_begin(w);
	struct ticket_input in = start_with("ivan@shop.example");
	CHECK_REFUSED(desk_ticket_create(W(w, &w->observer), &in, &t, NULL, &w->e), w, ERR_DENIED,
	              "error.denied");
	CHECK_REFUSED(desk_ticket_create(W(w, &w->oleg), &in, &t, NULL, &w->e), w, ERR_DENIED,
	              "error.denied");
	CHECK_INT(desk_ticket_create(W(w, actor_nobody("en")), &in, &t, NULL, &w->e), ERR_AUTH);
	in.text = STR("Dear {{contact.name}}, hello");
	CHECK_REFUSED(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), w, ERR_INVALID,
	              "error.placeholder");
	CHECK_STR(str_of(w->e.arg), "{{contact.name}}");
	in = start_with("help@one.example"); /* ourselves */
	CHECK_REFUSED(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), w, ERR_INVALID,
	              "error.no_recipient");
	in = start_with("i\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@shop.example"); /* masked */
	CHECK_REFUSED(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), w, ERR_INVALID,
	              "error.bad_email");
	in = start_with("ivan@shop.example");
	in.line_id = 987654;
	CHECK_REFUSED(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), w, ERR_INVALID,
	              "error.no_such_reference");
	in = start_with("ivan@shop.example");
	in.inbox_id = w->inbox_one;
	in.brand_id = w->brand_two;
	CHECK_REFUSED(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), w, ERR_INVALID,
	              "error.no_such_reference");
	in = start_with("ivan@shop.example");
	in.assignee_id = w->vera.account_id; /* does not see the line */
	CHECK_REFUSED(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), w, ERR_INVALID,
	              "error.bad_assignee");
	/* Vera sees quality only, so that is where hers begin. */
	in = start_with("ivan@shop.example");
	CHECK_OK(desk_ticket_create(W(w, &w->vera), &in, &t, NULL, &w->e), &w->e);
	CHECK_INT(t.line_id, w->quality);
	world_rollback(w);
	world_free(w);
}

DB_TEST(a_customer_writes_again)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Where is it?",
	                          "Where is my parcel?");
	usec first = world_ticket(w, id).waiting_since;
	CHECK_INT(first, clock_now(w->clock));
	world_more(w, id, "ivan@shop.example", "Hello?");
	CHECK_INT(world_ticket(w, id).waiting_since, first); /* the oldest unanswered */
	CHECK_INT(world_ticket(w, id).status, TICKET_NEW);
	world_answer(w, id, "On its way.");
	struct ticket t = world_ticket(w, id);
	CHECK_INT(t.waiting_since, 0);
	CHECK_INT(t.status, TICKET_OPEN);
	CHECK_STR(t.last_from, "agent");
	CHECK_STR(t.snippet, "On its way.");
	world_check_derived(w, id);

	static const enum ticket_status over[] = {TICKET_PENDING, TICKET_ON_HOLD, TICKET_SOLVED,
	                                          TICKET_CLOSED};
	for (size_t i = 0; i < COUNT_OF(over); i++) {
		struct ticket_change in = {.has_status = true, .status = over[i]};
		world_wait(w, USEC_HOUR);
		world_begin(w);
		CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &in, &t, &w->e), &w->e);
		world_commit(w);
		/* What a machine answers reopens nothing. */
		struct inbound m = {.text = STR("I am on holiday"), .is_auto = true};
		world_begin(w);
		CHECK_OK(desk_customer_message(W(w, actor_system()), id, t.contact_id, &m, NULL,
		                               NULL, &w->e),
		         &w->e);
		world_commit(w);
		CHECK_INT(world_ticket(w, id).status, over[i]);
		CHECK_INT(world_ticket(w, id).waiting_since, 0);
		world_check_derived(w, id);
		world_more(w, id, "ivan@shop.example", "Thank you, but no");
		CHECK_INT(world_ticket(w, id).status, TICKET_OPEN);
		CHECK_INT(world_ticket(w, id).waiting_since, clock_now(w->clock));
		world_check_derived(w, id);
		world_answer(w, id, "Sorry.");
	}
	/* Solved without an answer: whoever wrote before is settled, unless an agent reopens. */
	world_more(w, id, "ivan@shop.example", "Thanks");
	usec thanks = clock_now(w->clock);
	struct ticket_change solve = {.has_status = true, .status = TICKET_SOLVED};
	struct ticket_change open = {.has_status = true, .status = TICKET_OPEN};
	world_wait(w, USEC_HOUR);
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &solve, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.waiting_since, 0);
	world_more(w, id, "ivan@shop.example", "One more thing");
	CHECK_INT(world_ticket(w, id).waiting_since, clock_now(w->clock));
	world_check_derived(w, id);
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &solve, &t, &w->e), &w->e);
	CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &open, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(t.waiting_since, thanks);
	world_check_derived(w, id);
	world_free(w);
}

DB_TEST(what_is_not_visible_is_not_found)
{
	struct world *w = world_new(engine);
	int64_t mine = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "One");
	int64_t theirs = world_letter(w, "petra@x.example", "Petra", w->inbox_two, "Brand", "Two");
	int64_t hidden = world_answer(w, theirs, "Hello Petra");
	struct ticket t;
	struct ticket_full full;
	struct message_full message;
	struct message_list list;
	struct merge merge;
	struct participant p;
	struct side_thread_full thread;
	struct contact contact;
	struct event *events;
	size_t n;
	int64_t id;
	struct ticket_change change = {.priority = 4};
	struct message_input note = {.kind = MESSAGE_NOTE, .text = STR("x")};
	struct message_input reply = {.kind = MESSAGE_AGENT, .text = STR("x")};
	struct participant_input who = {.address = STR("a@b.example"), .role = STR("cc")};
	struct thread_input side = {.subject = STR("s"),
	                            .text = STR("x"),
	                            .n_to = 1,
	                            .to = &(struct address){STR(""), STR("c@d.example")}};
	const struct actor *o = &w->oleg;
	world_begin(w);
	w->reader = w->tx;
	CHECK_OK(desk_ticket_full(R(w, o), mine, &full, &w->e), &w->e);
	CHECK_INT(desk_ticket_full(R(w, o), theirs, &full, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_message_list(R(w, o), theirs, STR(""), 0, &list, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_message_full(R(w, o), hidden, &message, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_ticket_events(R(w, o), theirs, 0, 10, &events, &n, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_ticket_patch(W(w, o), theirs, &change, &t, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_message_create(W(w, o), theirs, &note, &id, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_message_create(W(w, o), theirs, &reply, &id, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_message_cancel(W(w, o), hidden, &id, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_message_retry(W(w, o), hidden, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_ticket_read(W(w, o), theirs, 1, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_participant_add(W(w, &w->vera), theirs, &who, &p, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_ticket_merge(W(w, &w->vera), theirs, mine, &merge, &w->e), ERR_NOT_FOUND);
	CHECK_INT(desk_ticket_split(W(w, &w->vera), theirs, &hidden, 1, STR("s"), &merge, &w->e),
	          ERR_NOT_FOUND);
	CHECK_INT(desk_thread_create(W(w, &w->vera), theirs, &side, &thread, &id, &w->e),
	          ERR_NOT_FOUND);
	CHECK_INT(contact_get(w->a, w->tx, o, world_ticket(w, theirs).contact_id, &contact, &w->e),
	          ERR_NOT_FOUND);
	/* Rights that oleg has not. */
	CHECK_INT(desk_ticket_merge(W(w, o), mine, theirs, &merge, &w->e), ERR_DENIED);
	CHECK_INT(desk_thread_create(W(w, o), mine, &side, &thread, &id, &w->e), ERR_DENIED);
	CHECK_INT(desk_merge_undo(W(w, o), 1, &merge, &w->e), ERR_DENIED);
	CHECK_INT(desk_ticket_patch(W(w, &w->observer), mine, &change, &t, &w->e), ERR_DENIED);
	CHECK_INT(desk_message_create(W(w, &w->observer), mine, &note, &id, &w->e), ERR_DENIED);
	CHECK_INT(desk_message_create(W(w, &w->observer), mine, &reply, &id, &w->e), ERR_DENIED);
	w->reader = NULL;
	world_rollback(w);
	world_free(w);
}

/* Every view's list is as long as its count says, for everybody. */
static void check_agreement(struct world *w, const struct actor *actor)
{
	struct counts counts;
	world_read(w);
	CHECK_OK(desk_counts(R(w, actor), &counts, &w->e), &w->e);
	struct {
		enum ticket_view view;
		int64_t want;
	} views[] = {{TICKET_VIEW_MINE, counts.mine},
	             {TICKET_VIEW_UNASSIGNED, counts.unassigned},
	             {TICKET_VIEW_OPEN, counts.open},
	             {TICKET_VIEW_PENDING, counts.pending},
	             {TICKET_VIEW_SOLVED, counts.solved}};
	static const enum ticket_sort sorts[] = {TICKET_SORT_RECENT, TICKET_SORT_OLDEST,
	                                         TICKET_SORT_CREATED};
	for (size_t i = 0; i < COUNT_OF(views); i++) {
		for (size_t s = 0; s < COUNT_OF(sorts); s++) {
			struct ticket_filter f = {.view = views[i].view,
			                          .sort = sorts[s],
			                          .limit = 3,
			                          .with_total = true};
			int64_t seen = 0, last = 0;
			struct ticket_list list;
			do {
				CHECK_OK(desk_ticket_list(R(w, actor), &f, &list, &w->e), &w->e);
				CHECK_INT(list.total, views[i].want);
				for (size_t k = 0; k < list.n; k++) {
					const struct ticket *t = &list.items[k].t;
					CHECK(actor_sees(actor, t->line_id, t->brand_id));
					CHECK(t->id != last);
					last = t->id;
				}
				seen += (int64_t)list.n;
				f.cursor = list.next;
			} while (list.next.n);
			CHECK_INT(seen, views[i].want);
		}
	}
	for (size_t i = 0; i < counts.n_lines; i++) {
		struct ticket_filter f = {
		    .line_id = counts.lines[i].line_id, .view = TICKET_VIEW_WAITING, .limit = 100};
		struct ticket_list list;
		CHECK(actor->all_lines || counts.lines[i].line_id == actor->lines[0]);
		CHECK_OK(desk_ticket_list(R(w, actor), &f, &list, &w->e), &w->e);
		CHECK_INT(list.n, counts.lines[i].waiting);
	}
	world_read_end(w);
}

/* Urgent ones that wait and the others are together all that wait, in the same order, by page. */
static void check_urgent_apart(struct world *w, size_t all)
{
	size_t n = 0, urgent = 0;
	for (int want = 1; want >= -1; want -= 2) {
		struct ticket_list list;
		struct ticket_filter f = {.sort = TICKET_SORT_WAITING, .urgent = want, .limit = 2};
		usec before = 0;
		do {
			CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
			for (size_t i = 0; i < list.n; i++) {
				const struct ticket *t = &list.items[i].t;
				CHECK_INT(t->priority == PRIORITY_URGENT, want > 0);
				CHECK(t->waiting_since >= before);
				before = t->waiting_since;
				urgent += want > 0;
			}
			n += list.n;
			f.cursor = list.next;
		} while (list.next.n);
	}
	CHECK(urgent > 1);
	CHECK_INT(n, all);
}

DB_TEST(lists_and_counts_agree)
{
	struct world *w = world_new(engine);
	for (int i = 0; i < 40; i++) {
		struct ticket t;
		int64_t id = world_letter(w, i % 3 ? "ivan@shop.example" : "petra@x.example", "X",
		                          i % 4 ? w->inbox_one : w->inbox_two, "Subject", "Text");
		struct ticket_change in = {.has_status = true,
		                           .status = (enum ticket_status)(i % TICKET_STATUS_COUNT),
		                           .has_assignee = i % 5 == 0,
		                           .assignee_id = w->anna.account_id,
		                           .line_id = i % 6 == 1 ? w->quality : 0,
		                           .priority = i % 3 ? 0 : PRIORITY_URGENT};
		world_begin(w);
		CHECK_OK(desk_ticket_patch(W(w, &w->admin), id, &in, &t, &w->e), &w->e);
		world_commit(w);
	}
	check_agreement(w, &w->admin);
	check_agreement(w, &w->anna);
	check_agreement(w, &w->oleg);
	check_agreement(w, &w->vera);

	world_read(w);
	struct ticket_list list;
	struct ticket_filter f = {.sort = TICKET_SORT_WAITING, .limit = 200};
	CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
	CHECK(list.n > 3);
	for (size_t i = 1; i < list.n; i++)
		CHECK(list.items[i - 1].t.waiting_since <= list.items[i].t.waiting_since);
	check_urgent_apart(w, list.n);
	f = (struct ticket_filter){.cursor = STR("1; DROP TABLE ticket")};
	CHECK_REFUSED(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), w, ERR_INVALID,
	              "error.bad_cursor");
	f = (struct ticket_filter){.tag = STR("no' such")};
	CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
	CHECK_INT(list.n, 0);
	f = (struct ticket_filter){.statuses = 1 << TICKET_SPAM, .limit = 100};
	CHECK_OK(desk_ticket_list(R(w, &w->anna), &f, &list, &w->e), &w->e);
	CHECK_INT(list.n, 5);
	world_read_end(w);
	world_free(w);
}

DB_TEST(a_ticket_is_changed)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Parcel", "One");
	struct ticket t = world_ticket(w, id);
	str tags[] = {STR("late")};
	struct ticket_change in = {.version = t.version,
	                           .has_subject = true,
	                           .subject = STR("  New\nsubject "),
	                           .priority = 4,
	                           .has_assignee = true,
	                           .assignee_id = w->oleg.account_id,
	                           .has_tags = true,
	                           .tags = tags,
	                           .n_tags = 1};
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->anna), id, &in, &t, &w->e), &w->e);
	world_commit(w);
	CHECK_STR(t.subject, "New subject");
	CHECK_INT(t.priority, 4);
	CHECK_INT(t.assignee_id, w->oleg.account_id);
	world_begin(w);
	CHECK_REFUSED(desk_ticket_patch(W(w, &w->anna), id, &in, &t, &w->e), w, ERR_CONFLICT,
	              "error.stale");
	/* To a line that oleg does not see: he loses it and learns by an event of the old line. */
	struct ticket_change move = {.line_id = w->quality};
	CHECK_OK(desk_ticket_patch(W(w, &w->oleg), id, &move, &t, &w->e), &w->e);
	CHECK_INT(t.assignee_id, 0);
	struct ticket_full full;
	CHECK_OK(desk_ticket_show(w->a, w->tx, &w->oleg, &t, clock_now(w->clock), &full, &w->e),
	         &w->e);
	world_commit(w);
	world_read(w);
	struct event *ev;
	size_t n;
	bool away = false;
	CHECK_OK(event_read_visible(w->a, w->reader, &w->oleg, 0, 0, 200, &ev, &n, &w->e), &w->e);
	for (size_t i = 0; i < n; i++) {
		away |= ev[i].type == EVENT_TICKET_MOVED_AWAY && ev[i].ticket_id == id;
		CHECK(ev[i].line_id != w->quality);
	}
	CHECK(away);
	world_read_end(w);
	world_free(w);
}

DB_TEST(many_tickets_are_changed_at_once)
{
	struct world *w = world_new(engine);
	int64_t one = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "A", "One");
	int64_t two = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_two, "B", "Two");
	int64_t ids[] = {one, 99999, two, one};
	struct ticket_change in = {.has_status = true, .status = TICKET_SOLVED};
	struct bulk_result result;
	world_begin(w);
	CHECK_OK(desk_ticket_bulk(W(w, &w->oleg), ids, 4, &in, &result, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(result.n_changed, 1);
	CHECK_INT(result.n_refused, 2);
	CHECK_INT(result.refused[1].error.code, ERR_NOT_FOUND);
	CHECK_INT(world_ticket(w, one).status, TICKET_SOLVED);
	CHECK_INT(world_ticket(w, two).status, TICKET_NEW);
	world_free(w);
}

enum { BULK_TICKETS = 40, BULK_ROUNDS = 20 };

struct bulk_run {
	struct world *w;
	int64_t ids[BULK_TICKETS];
	int priority;
	int runs;
	struct bulk_result result;
	struct error e;
	enum err err;
	pthread_t thread;
};

static enum err bulk_job(void *arg, struct db_conn *tx, struct error *e)
{
	struct bulk_run *b = arg;
	ARENA_AUTO a = arena_new();
	struct ticket_change in = {.priority = b->priority};
	struct bulk_result r;
	b->runs++;
	enum err err =
	    desk_ticket_bulk(&b->w->desk, a, tx, &b->w->anna, b->ids, BULK_TICKETS, &in, &r, e);
	for (size_t i = 0; !err && i < r.n_changed; i++)
		if (i && r.changed[i] < r.changed[i - 1])
			return error_detail(e, ERR_INTERNAL, "not by ascending id");
	return err;
}

static void *bulk_main(void *arg)
{
	struct bulk_run *b = arg;
	b->err = db_write(b->w->db, bulk_job, b, &b->e);
	return NULL;
}

/* The same tickets upwards and downwards at once: nobody waits for one who waits for him. */
DB_TEST(many_tickets_are_changed_by_two_at_once)
{
	struct world *w = world_new(engine);
	struct bulk_run up = {.w = w}, down = {.w = w};
	for (size_t i = 0; i < BULK_TICKETS; i++) {
		up.ids[i] = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "A", "One");
		down.ids[BULK_TICKETS - 1 - i] = up.ids[i];
	}
	for (int round = 0; round < BULK_ROUNDS; round++) {
		up.priority = round % 2 ? 1 : 3;
		down.priority = round % 2 ? 3 : 1;
		up.runs = down.runs = 0;
		CHECK(pthread_create(&up.thread, NULL, bulk_main, &up) == 0);
		CHECK(pthread_create(&down.thread, NULL, bulk_main, &down) == 0);
		pthread_join(up.thread, NULL);
		pthread_join(down.thread, NULL);
		CHECK_OK(up.err, &up.e);
		CHECK_OK(down.err, &down.e);
		/* A job that the server had to break off would have run again. */
		CHECK_INT(up.runs, 1);
		CHECK_INT(down.runs, 1);
	}
	world_free(w);
}

DB_TEST(reading_marks_move_forward)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "A", "One");
	struct ticket_filter f = {.limit = 10};
	struct ticket_list list;
	for (int round = 0; round < 3; round++) {
		world_read(w);
		CHECK_OK(desk_ticket_list(R(w, &w->oleg), &f, &list, &w->e), &w->e);
		world_read_end(w);
		CHECK(list.items[0].unread);
		world_begin(w);
		CHECK_OK(desk_ticket_read(W(w, &w->oleg), id, INT64_MAX, &w->e), &w->e);
		CHECK_OK(desk_ticket_read(W(w, &w->oleg), id, 1, &w->e), &w->e);
		world_commit(w);
		world_read(w);
		CHECK_OK(desk_ticket_list(R(w, &w->oleg), &f, &list, &w->e), &w->e);
		world_read_end(w);
		CHECK(!list.items[0].unread);
		world_more(w, id, "ivan@shop.example", "More");
	}
	world_free(w);
}

/* ---- side by side ---- */

enum { WRITERS = 4, LETTERS = 10 };

struct letter_job {
	struct world *w;
	int64_t ticket;
	int n;
};

static enum err take_letter(void *arg, struct db_conn *tx, struct error *e)
{
	struct letter_job *j = arg;
	struct contact ct;
	struct inbound m = {.text = STR("All at once")};
	ARENA_AUTO a = arena_new();
	str from = str_printf(a, "new%d@shop.example", j->n);
	enum err err = desk_contact_ensure(&j->w->desk, a, tx, actor_system(), IDENTITY_EMAIL, from,
	                                   STR("New"), false, &ct, e);
	return err ? err
	           : desk_customer_message(&j->w->desk, a, tx, actor_system(), j->ticket, ct.id, &m,
	                                   NULL, NULL, e);
}

static void *write_letters(void *arg)
{
	struct letter_job j = *(struct letter_job *)arg;
	struct error e;
	for (j.n = 0; j.n < LETTERS; j.n++)
		if (db_write(j.w->db, take_letter, &j, &e))
			return arg;
	return NULL;
}

DB_TEST(letters_side_by_side_lose_nothing)
{
	struct world *w = world_new(engine);
	int64_t id = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "A", "One");
	struct letter_job job = {.w = w, .ticket = id};
	pthread_t threads[WRITERS];
	int failed = 0;
	for (int i = 0; i < WRITERS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, write_letters, &job), 0);
	for (int i = 0; i < WRITERS; i++) {
		void *result;
		pthread_join(threads[i], &result);
		failed += result != NULL;
	}
	CHECK_INT(failed, 0);
	CHECK_INT(world_ticket(w, id).message_count, 1 + WRITERS * LETTERS);
	world_check_derived(w, id);
	CHECK_INT(world_int(w, "SELECT count(*) FROM contact WHERE name = 'New' AND id > $1", 0),
	          LETTERS);
	world_free(w);
}

DB_TEST(colleagues_are_those_of_ones_own_lines)
{
	struct world *w = world_new(engine);
	struct account_ref *list;
	size_t n;
	world_read(w);
	CHECK_OK(desk_colleagues(R(w, &w->anna), 0, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 5);
	CHECK_OK(desk_colleagues(R(w, &w->oleg), 0, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 4);
	for (size_t i = 0; i < n; i++)
		CHECK(list[i].id != w->vera.account_id);
	CHECK_OK(desk_colleagues(R(w, &w->anna), w->parcels, &list, &n, &w->e), &w->e);
	CHECK_INT(n, 4);
	CHECK_INT(desk_colleagues(R(w, &w->oleg), w->quality, &list, &n, &w->e), ERR_NOT_FOUND);
	world_read_end(w);
	world_free(w);
}

DB_TEST(room_for_an_answer_is_counted_in_the_last_hour)
{
	struct world *w = world_new(engine);
	struct ticket_full full;
	int64_t id = world_letter(w, "ivan@customer.test", "Ivan", w->inbox_one, "Old", "text");
	int64_t answer = world_answer(w, id, "Sent long ago.");
	usec then = clock_now(w->clock);
	CHECK(answer > 0);
	db_testing_exec(w->db, "UPDATE inbox SET hour_most = 1", DB_NO_ARGS);
	db_testing_exec(w->db, "UPDATE delivery SET state = 'sent', offered_at = $1",
	                DB_ARGS(db_int(then)));
	world_read(w);
	CHECK_OK(desk_ticket_full(R(w, &w->anna), id, &full, &w->e), &w->e);
	CHECK_INT(full.sends_full_until, then + USEC_HOUR);
	world_read_end(w);
	/* Nothing has happened to the ticket since, but the hour is over. */
	world_wait(w, 30 * USEC_DAY);
	world_read(w);
	CHECK_OK(desk_ticket_full(R(w, &w->anna), id, &full, &w->e), &w->e);
	CHECK_INT(full.sends_full_until, 0);
	world_read_end(w);
	world_free(w);
}
