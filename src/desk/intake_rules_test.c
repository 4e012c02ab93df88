/* intake_rules_test.c: who sees the ledger, and who decides. */
#include "desk/intake_rules.h"

#include "desk/ticket_testing.h"
#include "store/job.h"

static int64_t record(struct world *w, int64_t line, int64_t brand, const char *from,
                      const char *subject, enum intake_state state)
{
	struct intake i = {.received_at = clock_now(w->clock),
	                   .channel = STR("mail"),
	                   .inbox_id = w->inbox_one,
	                   .brand_id = brand,
	                   .line_id = line,
	                   .peer = STR("192.0.2.1"),
	                   .sender = str_of(from),
	                   .recipient = STR("help@one.test"),
	                   .from_address = str_of(from),
	                   .subject = str_of(subject),
	                   .digest = STR("d"),
	                   .mail_id = STR(""),
	                   .state = state,
	                   .reason = STR("intake.loop")};
	int64_t id;
	CHECK_OK(intake_insert(w->tx, &i, &id, &w->e), &w->e);
	return id;
}

static struct desk_intake_list ledger(struct world *w, struct actor *actor, const char *state,
                                      const char *q, str cursor, int limit)
{
	struct desk_intake_list list;
	CHECK_OK(desk_intake_list(
	             W(w, actor),
	             &(struct desk_intake_query){
	                 .state = str_of(state), .q = str_of(q), .cursor = cursor, .limit = limit},
	             &list, &w->e),
	         &w->e);
	return list;
}

DB_TEST(the_ledger_shows_what_one_may_see)
{
	struct world *w = world_new(engine);
	struct intake one;
	world_begin(w);
	int64_t parcels = record(w, w->parcels, w->brand_one, "ivan@client.test",
	                         "call +7 495 123-45-67", INTAKE_QUARANTINED);
	int64_t quality =
	    record(w, w->quality, w->brand_one, "olga@client.test", "100% wool", INTAKE_ACCEPTED);
	record(w, 0, 0, "lost@client.test", "no inbox", INTAKE_QUARANTINED);
	CHECK_INT(ledger(w, &w->admin, "", "", STR_NONE, 0).n, 3);
	CHECK_INT(ledger(w, &w->admin, "quarantined", "", STR_NONE, 0).n, 2);
	CHECK_INT(ledger(w, &w->vera, "", "", STR_NONE, 0).n, 1);
	CHECK_INT(ledger(w, &w->admin, "", "100%", STR_NONE, 0).n, 1);
	CHECK_INT(ledger(w, &w->admin, "", "1_0", STR_NONE, 0).n, 0);
	CHECK_INT(ledger(w, &w->admin, "", "ivan", STR_NONE, 0).n, 1);
	/* Pages. */
	struct desk_intake_list page = ledger(w, &w->admin, "", "", STR_NONE, 2);
	CHECK_INT(page.n, 2);
	page = ledger(w, &w->admin, "", "", page.next, 2);
	CHECK_INT(page.n, 1);
	CHECK_INT(page.next.n, 0);
	struct desk_intake_list out;
	CHECK_REFUSED(desk_intake_list(W(w, &w->admin),
	                               &(struct desk_intake_query){.cursor = STR("x")}, &out,
	                               &w->e),
	              w, ERR_INVALID, "error.bad_cursor");
	/* Without the right; of another line; masked. */
	CHECK_REFUSED(desk_intake_get(W(w, &w->oleg), parcels, &one, &w->e), w, ERR_DENIED,
	              "error.denied");
	CHECK_INT(desk_intake_get(W(w, &w->vera), parcels, &one, &w->e), ERR_NOT_FOUND);
	CHECK_OK(desk_intake_get(W(w, &w->vera), quality, &one, &w->e), &w->e);
	struct actor masked = w->oleg;
	masked.rights |= RIGHT_BIT(RIGHT_LEDGER_READ) | RIGHT_BIT(RIGHT_MESSAGE_RAW);
	CHECK_OK(desk_intake_get(W(w, &masked), parcels, &one, &w->e), &w->e);
	CHECK(str_find(one.from_address, STR("ivan")) < 0 && str_find(one.sender, STR("ivan")) < 0);
	CHECK(str_find(one.subject, STR("123-45-67")) < 0);
	CHECK_INT(ledger(w, &masked, "", "ivan", STR_NONE, 0).n, 0);
	str hash;
	CHECK_INT(desk_intake_raw(W(w, &masked), parcels, &hash, &w->e), ERR_DENIED);
	world_rollback(w);
	world_free(w);
}

static void become(struct world *w, int64_t intake, int64_t ticket)
{
	CHECK_OK(
	    db_exec_text(w->tx,
	                 STR("UPDATE intake SET ticket_id = $2, raw_hash = 'h', message_id = "
	                     "(SELECT min(id) FROM message WHERE ticket_id = $2) WHERE id = $1"),
	                 DB_ARGS(db_int(intake), db_int(ticket)), NULL, &w->e),
	    &w->e);
}

/* By every way, or by none. */
static bool seen(struct world *w, struct actor *actor, int64_t id)
{
	struct intake one;
	str hash;
	enum err err = desk_intake_get(W(w, actor), id, &one, &w->e);
	CHECK(err == ERR_OK || err == ERR_NOT_FOUND);
	CHECK_INT(desk_intake_raw(W(w, actor), id, &hash, &w->e), err);
	size_t listed = 0;
	struct desk_intake_list list = ledger(w, actor, "", "", STR_NONE, 0);
	for (size_t i = 0; i < list.n; i++)
		listed += list.items[i].id == id;
	CHECK_INT(listed, err == ERR_OK);
	return !err;
}

DB_TEST(a_letter_goes_with_its_ticket)
{
	struct world *w = world_new(engine);
	struct ticket t;
	int64_t moved = world_letter(w, "ivan@client.test", "Ivan", w->inbox_one, "One", "Secret");
	int64_t other = world_letter(w, "ivan@client.test", "Ivan", w->inbox_one, "Two", "More");
	world_begin(w);
	int64_t id =
	    record(w, w->parcels, w->brand_one, "ivan@client.test", "One", INTAKE_ACCEPTED);
	int64_t of_other =
	    record(w, w->parcels, w->brand_one, "ivan@client.test", "Two", INTAKE_ACCEPTED);
	become(w, id, moved);
	become(w, of_other, other);
	struct actor oleg = w->oleg;
	oleg.rights |= RIGHT_BIT(RIGHT_LEDGER_READ) | RIGHT_BIT(RIGHT_MESSAGE_RAW) |
	               RIGHT_BIT(RIGHT_CONTACT_REVEAL) | RIGHT_BIT(RIGHT_EXPORT);
	CHECK(seen(w, &oleg, id) && seen(w, &oleg, of_other));
	CHECK(!seen(w, &w->vera, id));
	/* To another line. */
	struct desk_intake_source source;
	struct ticket_change to = {.line_id = w->quality};
	CHECK_OK(desk_ticket_patch(W(w, &w->admin), moved, &to, &t, &w->e), &w->e);
	CHECK_REFUSED(desk_intake_source(W(w, &oleg), id, &source, &w->e), w, ERR_NOT_FOUND,
	              "error.not_found");
	CHECK(!seen(w, &oleg, id) && seen(w, &w->vera, id) && seen(w, &w->anna, id));
	BUF_AUTO csv;
	buf_init(&csv, 1 << 20);
	int64_t n;
	str next;
	CHECK_OK(
	    desk_intake_export(W(w, &oleg), &(struct desk_intake_query){0}, &csv, &n, &next, &w->e),
	    &w->e);
	CHECK_INT(n, 1);
	CHECK(str_find(buf_str(&csv), STR("One")) < 0 && str_find(buf_str(&csv), STR("Two")) > 0);
	/* With its message into a ticket of another line; the row still names the old one. */
	CHECK_OK(db_exec_text(w->tx, STR("UPDATE message SET ticket_id = $2 WHERE ticket_id = $1"),
	                      DB_ARGS(db_int(other), db_int(moved)), NULL, &w->e),
	         &w->e);
	CHECK(!seen(w, &oleg, of_other) && seen(w, &w->vera, of_other));
	world_rollback(w);
	world_free(w);
}

DB_TEST(a_note_about_a_letter_is_masked_too)
{
	struct world *w = world_new(engine);
	struct intake one;
	world_begin(w);
	int64_t id =
	    record(w, w->parcels, w->brand_one, "ivan@client.test", "S", INTAKE_QUARANTINED);
	CHECK_OK(desk_intake_reject(W(w, &w->admin), id, STR("Asked ivan@client.test by phone"),
	                            &one, &w->e),
	         &w->e);
	CHECK_STR(one.decided_note, "Asked ivan@client.test by phone");
	struct actor masked = w->oleg;
	masked.rights |= RIGHT_BIT(RIGHT_LEDGER_READ) | RIGHT_BIT(RIGHT_EXPORT);
	CHECK_OK(desk_intake_get(W(w, &masked), id, &one, &w->e), &w->e);
	CHECK(str_find(one.decided_note, STR("ivan@client.test")) < 0);
	CHECK(str_find(one.decided_note, STR("by phone")) > 0);
	BUF_AUTO csv;
	buf_init(&csv, 1 << 20);
	int64_t n;
	str next;
	CHECK_OK(desk_intake_export(W(w, &masked), &(struct desk_intake_query){0}, &csv, &n, &next,
	                            &w->e),
	         &w->e);
	CHECK(str_find(buf_str(&csv), STR("ivan@client.test")) < 0);
	world_rollback(w);
	world_free(w);
}

DB_TEST(a_decision_is_made_once)
{
	struct world *w = world_new(engine);
	struct intake one;
	struct job job;
	world_begin(w);
	int64_t a = record(w, w->parcels, w->brand_one, "a@client.test", "a", INTAKE_QUARANTINED);
	int64_t b = record(w, w->parcels, w->brand_one, "b@client.test", "b", INTAKE_QUARANTINED);
	CHECK_REFUSED(desk_intake_reject(W(w, &w->anna), a, STR("no"), &one, &w->e), w, ERR_DENIED,
	              "error.denied");
	CHECK_REFUSED(desk_intake_reject(W(w, &w->admin), a, STR(" "), &one, &w->e), w, ERR_INVALID,
	              "error.required");
	CHECK_OK(desk_intake_reject(W(w, &w->admin), a, STR("An advertisement"), &one, &w->e),
	         &w->e);
	CHECK_INT(one.state, INTAKE_REJECTED);
	CHECK_REFUSED(desk_intake_release(W(w, &w->admin), a, STR(""), 0, &one, &w->e), w,
	              ERR_CONFLICT, "error.stale");
	CHECK_REFUSED(desk_intake_release(W(w, &w->admin), b, STR(""), 4711, &one, &w->e), w,
	              ERR_INVALID, "error.no_such_reference");
	CHECK_OK(desk_intake_release(W(w, &w->admin), b, STR("A person"), w->quality, &one, &w->e),
	         &w->e);
	CHECK_INT(one.line_id, w->quality);
	CHECK_REFUSED(desk_intake_reject(W(w, &w->admin), b, STR("no"), &one, &w->e), w,
	              ERR_CONFLICT, "error.stale");
	CHECK_OK(job_find(w->a, w->tx, JOB_INTAKE_RELEASE,
	                  str_printf(w->a, "intake:%lld", (long long)b), &job, &w->e),
	         &w->e);
	CHECK(job.id > 0);
	world_commit(w);
	CHECK_INT(world_int(w, "SELECT count(*) FROM event WHERE type = 'intake.decided'", 0), 1);
	world_free(w);
}

static struct desk_intake_list found(struct world *w, struct actor *actor,
                                     struct desk_intake_query q)
{
	struct desk_intake_list list;
	CHECK_OK(desk_intake_list(W(w, actor), &q, &list, &w->e), &w->e);
	return list;
}

DB_TEST(what_waits_is_somebodys)
{
	struct world *w = world_new(engine);
	struct intake i;
	struct counts n;
	world_begin(w);
	int64_t first =
	    record(w, w->parcels, w->brand_one, "ivan@client.test", "one", INTAKE_QUARANTINED);
	int64_t second =
	    record(w, w->parcels, w->brand_one, "olga@client.test", "two", INTAKE_QUARANTINED);
	int64_t done =
	    record(w, w->parcels, w->brand_one, "olga@client.test", "three", INTAKE_ACCEPTED);
	CHECK_OK(desk_intake_own(W(w, &w->admin), first, w->admin.account_id, &i, &w->e), &w->e);
	CHECK_INT(i.owner_id, w->admin.account_id);
	CHECK(i.owner_name.n && i.owned_at);
	CHECK_OK(counts_get(w->a, w->tx, &w->admin, &n, &w->e), &w->e);
	CHECK_INT(n.quarantined, 2);
	CHECK_INT(n.quarantined_mine, 1);
	CHECK_INT(n.quarantined_since, i.received_at);
	struct desk_intake_query q = {.has_owner = true, .owner_id = w->admin.account_id};
	CHECK_INT(found(w, &w->admin, q).n, 1);
	q.owner_id = 0;
	q.state = STR("quarantined");
	CHECK_INT(found(w, &w->admin, q).items[0].id, second);
	CHECK_OK(desk_intake_own(W(w, &w->admin), first, 0, &i, &w->e), &w->e);
	CHECK(i.owner_id == 0 && i.owned_at == 0);
	/* Not to who may not, not by who may not, not what is decided. */
	CHECK_REFUSED(desk_intake_own(W(w, &w->admin), first, w->oleg.account_id, &i, &w->e), w,
	              ERR_INVALID, "error.bad_assignee");
	CHECK_REFUSED(desk_intake_own(W(w, &w->oleg), first, 0, &i, &w->e), w, ERR_DENIED,
	              "error.denied");
	CHECK_REFUSED(desk_intake_own(W(w, &w->admin), done, 0, &i, &w->e), w, ERR_CONFLICT,
	              "error.stale");
	world_rollback(w);
	world_free(w);
}

DB_TEST(the_ledger_is_searched_and_exported)
{
	struct world *w = world_new(engine);
	struct intake i;
	BUF_AUTO b;
	int64_t count;
	str next;
	buf_init(&b, 0);
	world_begin(w);
	(void)record(w, w->parcels, w->brand_one, "Ivan@client.test", "=cmd|' /C calc'!A0",
	             INTAKE_QUARANTINED);
	int64_t second = record(w, w->parcels, w->brand_one, "olga@client.test", "Где ЁЛКА, \"да\"",
	                        INTAKE_QUARANTINED);
	CHECK_INT(found(w, &w->admin, (struct desk_intake_query){.q = STR("елка")}).n, 1);
	CHECK_INT(
	    found(w, &w->admin, (struct desk_intake_query){.sender = STR("IVAN@client.test")}).n,
	    1);
	CHECK_INT(found(w, &w->admin, (struct desk_intake_query){.reason = STR("intake.loop")}).n,
	          2);
	CHECK_INT(found(w, &w->admin, (struct desk_intake_query){.reason = STR("intake.rate")}).n,
	          0);
	CHECK_OK(desk_intake_get(W(w, &w->admin), second, &i, &w->e), &w->e);
	CHECK_INT(found(w, &w->admin, (struct desk_intake_query){.since = i.received_at + 1}).n, 0);
	CHECK_INT(found(w, &w->admin, (struct desk_intake_query){.until = i.received_at + 1}).n, 2);
	struct desk_intake_query all = {.limit = 5000};
	CHECK_OK(desk_intake_export(W(w, &w->admin), &all, &b, &count, &next, &w->e), &w->e);
	CHECK_INT(count, 2);
	CHECK(str_find(buf_str(&b), STR("\"'=cmd|' /C calc'!A0\"")) > 0);
	CHECK(str_find(buf_str(&b), STR("\"Где ЁЛКА, \"\"да\"\"\"")) > 0);
	CHECK_REFUSED(desk_intake_export(W(w, &w->oleg), &all, &b, &count, &next, &w->e), w,
	              ERR_DENIED, "error.denied");
	world_rollback(w);
	world_free(w);
}
