/* erase_test.c: what an erasure, a redaction and a retention rule take from tickets that several
 * people share, that were merged or split; and how a run ends. */
#include "desk/contact.h"
#include "desk/privacy.h"
#include "desk/ticket_testing.h"
#include "store/blob_doomed.h"
#include "store/erase.h"

static int64_t count(struct world *w, const char *of)
{
	return db_testing_int(w->db, str_printf(w->a, "SELECT count(*) FROM %s", of).p, DB_NO_ARGS);
}

static int64_t erase(struct world *w, int64_t contact)
{
	struct erasure x;
	world_begin(w);
	CHECK_OK(desk_contact_erase(W(w, &w->admin), contact,
	                            str_printf(w->a, "%lld", (long long)contact), &x, &w->e),
	         &w->e);
	world_commit(w);
	return x.id;
}

static bool step(struct world *w, int64_t id, const char *worked)
{
	bool more;
	world_begin(w);
	CHECK_OK(desk_erasure_step(&w->desk, w->a, w->tx, id, str_of(worked), &more, &w->e), &w->e);
	world_commit(w);
	return more;
}

static void run(struct world *w, int64_t id)
{
	while (step(w, id, "log"))
		if (count(w, "erasure WHERE stage = 'files'"))
			(void)step(w, id, "files");
	world_begin(w);
	CHECK_OK(desk_privacy_swept(w->a, w->tx, clock_now(w->clock), &w->e), &w->e);
	world_commit(w);
}

DB_TEST(who_is_erased_is_not_left_in_the_tickets_of_others)
{
	struct world *w = world_new(engine);
	int64_t own =
	    world_letter(w, "Ivan@Zqx.example", "Ivan Zqx", w->inbox_one, "Mine", "About me");
	int64_t ivan = world_ticket(w, own).contact_id;
	int64_t shared =
	    world_letter(w, "olga@shop.example", "Olga", w->inbox_one, "Hers", "Her words");
	struct participant p;
	struct participant_input cc = {
	    .address = STR("ivan@zqx.example"), .name = STR("Ivan Zqx"), .role = STR("cc")};
	world_begin(w);
	CHECK_OK(desk_participant_add(W(w, &w->anna), shared, &cc, &p, &w->e), &w->e);
	world_commit(w);
	world_answer(w, shared, "To both of you.");
	(void)world_more(w, shared, "Ivan@Zqx.example", "Zqx spoke last");
	CHECK_STR(world_ticket(w, shared).snippet, "Zqx spoke last");
	CHECK(count(w, "message WHERE lower(recipients) LIKE '%zqx%'") > 0);
	int64_t id = erase(w, ivan);
	run(w, id);
	CHECK_STR(world_ticket(w, shared).snippet, "");
	CHECK_INT(count(w, "message WHERE lower(recipients) LIKE '%zqx%'"), 0);
	CHECK_INT(count(w, "message WHERE recipients LIKE '%olga@shop.example%'"), 1);
	CHECK_INT(world_n_bad(w, "words of an erased message"), 0);
	db_testing_exec(w->db, "UPDATE ticket SET snippet = 'Zqx' WHERE id = $1",
	                DB_ARGS(db_int(shared)));
	CHECK_INT(world_n_bad(w, "words of an erased message"), 1);
	/* The run told of its end. */
	CHECK_INT(count(w, "erasure WHERE stage = 'done' AND finished_at IS NOT NULL"), 1);
	CHECK_INT(count(w, "event WHERE type = 'erasure.ended'"), 1);
	world_free(w);
}

/* ---- the ledger follows the messages ---- */

static int64_t ledger(struct world *w, int64_t ticket, int64_t message, const char *hash)
{
	db_testing_exec(w->db,
	                "INSERT INTO blob (hash, size, stored_size, codec, created_at) "
	                "VALUES ($1, 1, 1, 'none', 1)",
	                DB_ARGS(db_text(str_of(hash))));
	db_testing_exec(
	    w->db,
	    "INSERT INTO intake (received_at, channel, sender, recipient, from_address, subject, "
	    "size, digest, mail_id, state, reason, ticket_id, message_id, raw_hash) VALUES (1, "
	    "'mail', 's', 'r', 'f', 'Card 4111111111111111', 1, $3, 'm', 'accepted', '', $1, $2, "
	    "$3)",
	    DB_ARGS(db_int(ticket), db_int(message), db_text(str_of(hash))));
	return world_int(w, "SELECT max(id) FROM intake WHERE $1 = 0", 0);
}

static void take_files(struct world *w, int64_t ticket)
{
	world_begin(w);
	CHECK_OK(erase_ticket_files(w->a, w->tx, ticket, clock_now(w->clock), &w->e), &w->e);
	world_commit(w);
}

DB_TEST(the_ledger_of_a_merged_ticket_goes_with_its_messages)
{
	struct world *w = world_new(engine);
	struct merge m;
	int64_t one =
	    world_letter(w, "olga@shop.example", "O", w->inbox_one, "One", "Card 4111111111111111");
	int64_t two = world_letter(w, "olga@shop.example", "O", w->inbox_one, "Two", "Other");
	int64_t message = world_ticket(w, one).last_message_id;
	(void)ledger(w, one, message, "h1");
	world_begin(w);
	CHECK_OK(desk_ticket_merge(W(w, &w->admin), one, two, &m, &w->e), &w->e);
	world_commit(w);
	/* Blocked out in the ticket where it is now: in the ledger too. */
	const struct redact_span span = {REDACT_TEXT, 5, 16};
	const struct redact_input in = {.spans = &span, .n_spans = 1};
	world_begin(w);
	CHECK_OK(desk_message_redact(W(w, &w->admin), message, &in, &w->e), &w->e);
	world_commit(w);
	CHECK_INT(count(w, "intake WHERE subject LIKE '%4111%'"), 0);
	/* Its files go with those of that ticket. */
	db_testing_exec(w->db, "UPDATE intake SET raw_hash = 'h1'", DB_NO_ARGS);
	take_files(w, one);
	CHECK_INT(count(w, "intake WHERE raw_hash IS NULL"), 0);
	take_files(w, two);
	CHECK_INT(count(w, "intake WHERE raw_hash IS NULL"), 1);
	world_free(w);
}

DB_TEST(the_ledger_of_a_split_message_stays_with_it)
{
	struct world *w = world_new(engine);
	struct merge m;
	int64_t one = world_letter(w, "olga@shop.example", "O", w->inbox_one, "One", "First");
	int64_t first = world_ticket(w, one).last_message_id;
	int64_t second = world_more(w, one, "olga@shop.example", "Second");
	int64_t kept = ledger(w, one, second, "h2");
	(void)ledger(w, one, first, "h1");
	world_begin(w);
	CHECK_OK(desk_ticket_split(W(w, &w->admin), one, &second, 1, STR("Apart"), &m, &w->e),
	         &w->e);
	world_commit(w);
	take_files(w, one);
	CHECK_INT(count(w, "intake WHERE raw_hash IS NULL"), 1);
	CHECK_INT(
	    world_int(w, "SELECT count(*) FROM intake WHERE id = $1 AND raw_hash = 'h2'", kept), 1);
	/* Erasing the old ticket leaves the row of the new one. */
	world_begin(w);
	CHECK_OK(erase_tickets(w->a, w->tx, (struct id_list){&one, 1}, clock_now(w->clock), &w->e),
	         &w->e);
	world_commit(w);
	CHECK_INT(count(w, "intake WHERE mail_id = 'erased'"), 1);
	CHECK_INT(world_int(w, "SELECT count(*) FROM intake WHERE id = $1 AND mail_id = 'm'", kept),
	          1);
	world_free(w);
}

/* ---- a hold in the middle ---- */

DB_TEST(a_run_that_a_hold_stopped_ends_as_stopped)
{
	struct world *w = world_new(engine);
	struct legal_hold h;
	int64_t own = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Mine", "Words");
	int64_t id = erase(w, world_ticket(w, own).contact_id);
	CHECK(step(w, id, ""));
	world_begin(w);
	CHECK_OK(desk_hold_set(W(w, &w->admin), 0, own, STR("court"), &h, &w->e), &w->e);
	world_commit(w);
	run(w, id);
	CHECK_INT(count(w, "erasure WHERE stage = 'stopped' AND error = 'error.legal_hold' AND "
	                   "done = 1 AND finished_at IS NOT NULL"),
	          1);
	CHECK_INT(count(w, "event WHERE type = 'erasure.ended' AND data LIKE '%stopped%'"), 1);
	world_free(w);
}

DB_TEST(the_reason_of_a_hold_is_read_as_far_as_one_may)
{
	struct world *w = world_new(engine);
	struct legal_hold h;
	struct erase_preview p;
	struct erasure x;
	int64_t own = world_letter(w, "ivan@shop.example", "Ivan", w->inbox_one, "Mine", "Words");
	int64_t contact = world_ticket(w, own).contact_id;
	str reason = STR("write to judge@court.example");
	world_begin(w);
	CHECK_OK(desk_hold_set(W(w, &w->admin), contact, 0, reason, &h, &w->e), &w->e);
	world_commit(w);
	struct actor blind = w->admin;
	blind.rights &= ~((uint64_t)1 << RIGHT_CONTACT_REVEAL);
	world_begin(w);
	CHECK_OK(desk_erase_preview(W(w, &w->admin), contact, &p, &w->e), &w->e);
	CHECK_STRS(p.holds[0].reason, reason);
	CHECK_OK(desk_erase_preview(W(w, &blind), contact, &p, &w->e), &w->e);
	CHECK_INT(p.n_holds, 1);
	CHECK(str_find(p.holds[0].reason, STR("judge@court.example")) < 0);
	CHECK_REFUSED(desk_contact_erase(W(w, &blind), contact,
	                                 str_printf(w->a, "%d", (int)contact), &x, &w->e),
	              w, ERR_CONFLICT, "error.legal_hold");
	CHECK(str_find(str_of(w->e.arg), STR("judge@court.example")) < 0);
	CHECK_INT(desk_hold_error(w->a, &blind, &h, 1, &w->e), ERR_CONFLICT);
	CHECK(str_find(str_of(w->e.arg), STR("judge@court.example")) < 0);
	world_rollback(w);
	world_free(w);
}
