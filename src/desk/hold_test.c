/* hold_test.c: a legal hold goes where the things that it is on go. */
#include "desk/contact.h"
#include "desk/merge.h"
#include "desk/privacy.h"
#include "desk/ticket_testing.h"

static int64_t hold_on(struct world *w, int64_t contact, int64_t ticket)
{
	struct legal_hold h;
	world_begin(w);
	CHECK_OK(desk_hold_set(W(w, &w->admin), contact, ticket, STR("court"), &h, &w->e), &w->e);
	world_commit(w);
	return h.id;
}

static void lift(struct world *w, int64_t id)
{
	struct legal_hold h;
	world_begin(w);
	CHECK_OK(desk_hold_lift(W(w, &w->admin), id, STR("over"), &h, &w->e), &w->e);
	world_commit(w);
}

static bool held(struct world *w, int64_t ticket)
{
	struct legal_hold *h;
	size_t n;
	world_read(w);
	CHECK_OK(hold_of_ticket(w->a, w->reader, ticket, &h, &n, &w->e), &w->e);
	world_read_end(w);
	return n > 0;
}

static bool held_contact(struct world *w, int64_t contact)
{
	struct legal_hold *h;
	size_t n;
	world_read(w);
	CHECK_OK(hold_of_contacts(w->a, w->reader, &contact, 1, &h, &n, &w->e), &w->e);
	world_read_end(w);
	return n > 0;
}

/* What a rule would take, and what is kept from it. */
static void check_rule(struct world *w, size_t taken, size_t kept)
{
	const struct retention_rule r = {.action = STR("erase"), .status = STR("new")};
	int64_t *ids;
	size_t n[2];
	world_read(w);
	for (int k = 0; k < 2; k++)
		CHECK_OK(retention_tickets(w->a, w->reader, &r, clock_now(w->clock) + USEC_DAY, 0,
		                           100, k, &ids, &n[k], &w->e),
		         &w->e);
	world_read_end(w);
	CHECK_INT(n[0], taken);
	CHECK_INT(n[1], kept);
}

/* Whoever waits is left alone by every rule. */
static void nobody_waits(struct world *w)
{
	db_testing_exec(w->db, "UPDATE ticket SET waiting_since = NULL", DB_NO_ARGS);
}

static int64_t letter(struct world *w, const char *from)
{
	int64_t id = world_letter(w, from, "N", w->inbox_one, "Words", "Words");
	nobody_waits(w);
	return id;
}

DB_TEST(a_hold_on_a_contact_follows_it_into_another)
{
	struct world *w = world_new(engine);
	struct merge m;
	struct erasure x;
	int64_t one = letter(w, "ivan@one.example"), two = letter(w, "ivan@two.example");
	int64_t other = letter(w, "olga@shop.example");
	int64_t from = world_ticket(w, one).contact_id, into = world_ticket(w, two).contact_id;
	int64_t h = hold_on(w, from, 0);
	CHECK(held(w, one) && !held(w, two));
	check_rule(w, 2, 1);
	world_begin(w);
	CHECK_OK(desk_contact_merge(W(w, &w->admin), from, into, &m, &w->e), &w->e);
	world_commit(w);
	CHECK(held(w, one) && held(w, two) && !held(w, other));
	CHECK(held_contact(w, into));
	check_rule(w, 1, 2);
	world_begin(w);
	CHECK_REFUSED(
	    desk_contact_erase(W(w, &w->admin), into, str_printf(w->a, "%d", (int)into), &x, &w->e),
	    w, ERR_CONFLICT, "error.legal_hold");
	world_rollback(w);
	lift(w, h);
	CHECK(!held(w, one) && !held_contact(w, into));
	check_rule(w, 3, 0);
	world_free(w);
}

DB_TEST(a_hold_on_a_ticket_follows_its_messages)
{
	struct world *w = world_new(engine);
	struct merge m;
	int64_t one = letter(w, "ivan@one.example"), two = letter(w, "olga@shop.example");
	int64_t other = letter(w, "petr@shop.example"), wide = letter(w, "olga@shop.example");
	(void)hold_on(w, 0, one);
	int64_t message = world_ticket(w, one).last_message_id;
	world_begin(w);
	CHECK_OK(desk_ticket_merge(W(w, &w->admin), one, two, &m, &w->e), &w->e);
	world_commit(w);
	CHECK(held(w, one) && held(w, two) && !held(w, other) && !held(w, wide));
	CHECK(held_contact(w, world_ticket(w, two).contact_id));
	CHECK_INT(world_int(w, "SELECT ticket_id FROM message WHERE id = $1", message), two);
	const struct redact_span span = {REDACT_TEXT, 0, 2};
	const struct redact_input in = {.spans = &span, .n_spans = 1};
	world_begin(w);
	CHECK_REFUSED(desk_message_redact(W(w, &w->admin), message, &in, &w->e), w, ERR_CONFLICT,
	              "error.legal_hold");
	world_rollback(w);
	nobody_waits(w);
	check_rule(w, 2, 1); /* `one` is closed and has gone */
	/* Out of the held one again, into one of its own. */
	world_begin(w);
	CHECK_OK(desk_ticket_split(W(w, &w->admin), two, &message, 1, STR("Apart"), &m, &w->e),
	         &w->e);
	world_commit(w);
	CHECK(held(w, m.into_id));
	world_free(w);
}

DB_TEST(a_ticket_in_which_a_held_contact_wrote_is_held)
{
	struct world *w = world_new(engine);
	int64_t one = letter(w, "ivan@one.example"), two = letter(w, "olga@shop.example");
	(void)world_more(w, two, "ivan@one.example", "I too");
	int64_t olga = world_ticket(w, two).contact_id;
	CHECK(!held_contact(w, olga));
	(void)hold_on(w, world_ticket(w, one).contact_id, 0);
	CHECK(held(w, two));
	CHECK(held_contact(w, olga));
	world_free(w);
}

/* What is being erased is not merged away from under it. */
DB_TEST(who_is_being_erased_is_merged_with_nobody)
{
	struct world *w = world_new(engine);
	struct merge m;
	struct erasure x;
	int64_t from = world_ticket(w, letter(w, "ivan@one.example")).contact_id;
	int64_t into = world_ticket(w, letter(w, "ivan@two.example")).contact_id;
	world_begin(w);
	CHECK_OK(
	    desk_contact_erase(W(w, &w->admin), from, str_printf(w->a, "%d", (int)from), &x, &w->e),
	    &w->e);
	CHECK_REFUSED(desk_contact_merge(W(w, &w->admin), from, into, &m, &w->e), w, ERR_CONFLICT,
	              "error.erasure_running");
	CHECK_REFUSED(desk_contact_merge(W(w, &w->admin), into, from, &m, &w->e), w, ERR_CONFLICT,
	              "error.erasure_running");
	CHECK_OK(
	    db_exec_text(w->tx, STR("UPDATE erasure SET stage = 'done'"), DB_NO_ARGS, NULL, &w->e),
	    &w->e);
	CHECK_OK(db_exec_text(w->tx, STR("UPDATE contact SET erased_at = 1 WHERE id = $1"),
	                      DB_ARGS(db_int(from)), NULL, &w->e),
	         &w->e);
	CHECK_REFUSED(desk_contact_merge(W(w, &w->admin), into, from, &m, &w->e), w, ERR_CONFLICT,
	              "error.erased_already");
	world_commit(w);
	world_free(w);
}
