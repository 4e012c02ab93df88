/* privacy_test.c: retention rules, who may, and what a hold keeps. What is left on the disk:
 * mail/privacy_test.c. */
#include "desk/privacy.h"
#include "desk/ticket_testing.h"

static struct retention_rule make_rule(struct world *w, const char *action, const char *status)
{
	struct retention_rule r;
	str name = STR("Old"), act = str_of(action), st = str_of(status);
	int64_t days = 30;
	bool on = true;
	const struct desk_retention_patch p = {
	    .name = &name, .action = &act, .status = &st, .age_days = &days, .active = &on};
	world_begin(w);
	CHECK_OK(desk_retention_create(W(w, &w->admin), &p, &r, &w->e), &w->e);
	world_commit(w);
	return r;
}

static int64_t would_take(struct world *w, int64_t rule)
{
	struct retention_preview p;
	world_read(w);
	CHECK_OK(desk_retention_preview(R(w, &w->admin), rule, &p, &w->e), &w->e);
	world_read_end(w);
	CHECK_INT(p.per_run, 2);
	return p.tickets * 100 + p.held;
}

/* A night's run to the end of its rows. */
static void night(struct world *w)
{
	world_begin(w);
	CHECK_OK(desk_retention_night(&w->desk, w->a, w->tx, &w->e), &w->e);
	world_commit(w);
	int64_t id = world_int(w,
	                       "SELECT coalesce(max(id), 0) FROM erasure WHERE stage = 'rule' "
	                       "AND $1 = 0",
	                       0);
	for (int i = 0; id && i < 100; i++) {
		bool more;
		world_begin(w);
		CHECK_OK(desk_erasure_step(&w->desk, w->a, w->tx, id, STR(""), &more, &w->e),
		         &w->e);
		world_commit(w);
		if (world_int(w, "SELECT count(*) FROM erasure WHERE id = $1 AND stage = 'log'",
		              id))
			break;
	}
	world_begin(w);
	CHECK_OK(
	    db_exec_text(w->tx, STR("UPDATE erasure SET stage = 'done'"), DB_NO_ARGS, NULL, &w->e),
	    &w->e);
	world_commit(w);
}

static void solve(struct world *w, int64_t ticket)
{
	struct ticket t;
	const struct ticket_change c = {.has_status = true, .status = TICKET_SOLVED};
	(void)world_answer(w, ticket, "Done.");
	world_begin(w);
	CHECK_OK(desk_ticket_patch(W(w, &w->admin), ticket, &c, &t, &w->e), &w->e);
	world_commit(w);
}

DB_TEST(retention_takes_what_is_old_a_few_a_night_and_nothing_held)
{
	struct world *w = world_new(engine);
	int64_t ids[5];
	struct legal_hold hold;
	w->desk.retention_most = 2;
	for (int i = 0; i < 5; i++) {
		ids[i] = world_letter(w, "ivan@customer.test", "Ivan", w->inbox_one, "Old words",
		                      "Very old words");
		if (i < 4)
			solve(w, ids[i]);
	}
	world_begin(w);
	CHECK_OK(desk_hold_set(W(w, &w->admin), 0, ids[0], STR("court"), &hold, &w->e), &w->e);
	world_commit(w);
	struct retention_rule r = make_rule(w, "erase", "");
	CHECK_INT(would_take(w, r.id), 0); /* too young */
	world_wait(w, 31 * USEC_DAY);
	CHECK_INT(would_take(w, r.id), 301);
	night(w);
	CHECK_INT(would_take(w, r.id), 101);
	night(w);
	CHECK_INT(would_take(w, r.id), 1);
	/* The held one and the one that waits for an answer are as they were. */
	CHECK_INT(world_int(w,
	                    "SELECT count(*) FROM message WHERE text LIKE '%old words%' AND $1 = 0",
	                    0),
	          2);
	CHECK_INT(world_ticket(w, ids[4]).erased_at, 0);
	CHECK(world_ticket(w, ids[1]).erased_at > 0);
	CHECK_STR(world_ticket(w, ids[1]).subject, "");
	CHECK_STR(world_ticket(w, ids[0]).subject, "Old words");
	world_free(w);
}

DB_TEST(retention_closes_what_only_waits_for_the_customer)
{
	struct world *w = world_new(engine);
	w->desk.retention_most = 2;
	int64_t one = world_letter(w, "ivan@customer.test", "Ivan", w->inbox_one, "a", "b");
	int64_t waits = world_letter(w, "olga@customer.test", "Olga", w->inbox_one, "c", "d");
	solve(w, one);
	struct retention_rule r = make_rule(w, "close", "solved");
	world_wait(w, 31 * USEC_DAY);
	CHECK_INT(would_take(w, r.id), 100);
	night(w);
	CHECK_INT(world_ticket(w, one).status, TICKET_CLOSED);
	CHECK_INT(world_ticket(w, waits).status, TICKET_NEW);
	CHECK_STR(world_ticket(w, one).subject, "a");
	world_free(w);
}

DB_TEST(privacy_asks_for_its_rights)
{
	struct world *w = world_new(engine);
	struct erasure x;
	struct legal_hold h;
	int64_t id = world_letter(w, "ivan@customer.test", "Ivan", w->inbox_one, "a", "b");
	int64_t contact = world_ticket(w, id).contact_id;
	world_begin(w);
	CHECK_REFUSED(desk_contact_erase(W(w, &w->anna), contact, STR("Ivan"), &x, &w->e), w,
	              ERR_DENIED, "error.denied");
	CHECK_REFUSED(desk_hold_set(W(w, &w->anna), contact, 0, STR("r"), &h, &w->e), w, ERR_DENIED,
	              "error.denied");
	const struct redact_span span = {REDACT_TEXT, 0, 1};
	const struct redact_input in = {.spans = &span, .n_spans = 1};
	int64_t message = world_ticket(w, id).last_message_id;
	CHECK_REFUSED(desk_message_redact(W(w, &w->oleg), message, &in, &w->e), w, ERR_DENIED,
	              "error.denied");
	const struct redact_span outside = {REDACT_TEXT, 1, 1};
	const struct redact_input wrong = {.spans = &outside, .n_spans = 1};
	CHECK_REFUSED(desk_message_redact(W(w, &w->anna), message, &wrong, &w->e), w, ERR_INVALID,
	              "error.bad_span");
	CHECK_STR(str_of(w->e.field), "spans.0");
	world_rollback(w);
	world_free(w);
}
