/* outbox_limit_test.c: several senders, fail-over, limits, a server that is away for a day. */
#include "desk/admin.h"
#include "mail/mail_testing.h"
#include "store/queries_gen.h"
#include "store/sender.h"
#include "store/system.h"

static struct post *desk_with_ticket(enum db_engine engine)
{
	struct post *p = post_new(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	post_letter(p,
	            STR("From: Anna <anna@client.test>\nTo: help@shop.test\nSubject: Hi\n"
	                "Message-ID: <one@client.test>\n\nWhere is it?\n"),
	            STR("anna@client.test"), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
	return p;
}

static str state_of_message(struct post *p, int64_t id)
{
	return post_str(p, "SELECT state FROM delivery WHERE message_id = $1", id);
}

/* ---- senders ---- */

DB_TEST(a_brand_sends_by_its_first_server_that_serves_the_address)
{
	struct post *p = desk_with_ticket(engine);
	int64_t other = post_sender(p, "other.test", "elsewhere.test", 0, 0);
	int64_t ours = post_sender(p, "ours.test", "shop.test, x@elsewhere.test", 1, 0);
	post_sender(p, "second.test", "", 2, 0);
	post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(p->sent[0].host, "ours.test");
	CHECK_STR(p->password, "secret");
	CHECK_INT(post_int(p, "SELECT sender_id FROM delivery", 0), ours);
	/* The one that the inbox picked goes first, whatever its place. */
	int64_t picked = post_sender(p, "picked.test", "help@shop.test", 9, 0);
	db_testing_exec(p->db, "UPDATE inbox SET sender_id = $1", DB_ARGS(db_int(picked)));
	post_answer(p, 1, "More.");
	post_run(p);
	CHECK_STR(p->sent[1].host, "picked.test");
	/* Switched off, it is not asked. */
	db_testing_exec(p->db, "UPDATE smtp_sender SET active = 0 WHERE id = $1",
	                DB_ARGS(db_int(picked)));
	post_answer(p, 1, "Still more.");
	post_run(p);
	CHECK_STR(p->sent[2].host, "ours.test");
	CHECK(other != ours);
	post_free(p);
}

DB_TEST(the_next_server_takes_over_when_one_is_away)
{
	struct post *p = desk_with_ticket(engine);
	p->out.server.allow_private = true;
	post_sender(p, "first.test", "", 0, 0);
	int64_t second = post_sender(p, "second.test", "", 1, 0);
	p->down = STR("first.test");
	post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_refused, 1);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(p->sent[0].host, "second.test");
	CHECK(!p->sent[0].may_inside); /* an admin typed it in */
	CHECK_INT(post_int(p, "SELECT sender_id FROM delivery", 0), second);
	CHECK_INT(post_int(p, "SELECT attempts FROM delivery", 0), 1);
	post_free(p);
}

static void take_five_minutes(struct post *p)
{
	clock_advance(p->clock, 5 * USEC_MINUTE);
}

static void take_thirteen_minutes(struct post *p)
{
	clock_advance(p->clock, 13 * USEC_MINUTE);
}

DB_TEST(all_servers_together_have_the_time_of_one)
{
	struct post *p = desk_with_ticket(engine);
	int64_t first = post_sender(p, "first.test", "", 0, 0);
	post_sender(p, "second.test", "", 1, 0);
	p->down = STR("first.test");
	p->before_send = take_five_minutes;
	post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_INT(p->sent[0].seconds, SMTP_SEND_SECONDS - 300);
	/* So slow that the second would be asked while another process may begin anew. */
	p->before_send = take_thirteen_minutes;
	int64_t id = post_answer(p, 1, "Hello again.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(state_of_message(p, id), "queued");
	CHECK_INT(post_int(p, "SELECT sender_id FROM delivery WHERE message_id = $1", id), first);
	CHECK(post_str(p, "SELECT answer FROM delivery WHERE message_id = $1", id).n > 0);
	post_free(p);
}

DB_TEST(what_a_server_refused_no_other_is_asked_for)
{
	struct post *p = desk_with_ticket(engine);
	post_sender(p, "first.test", "", 0, 0);
	post_sender(p, "second.test", "", 1, 0);
	p->step = "rcpt";
	p->fate = SMTP_PERMANENT;
	int64_t no = post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(state_of_message(p, no), "failed");
	/* "Later" is the server's decision too: another one would make it a second letter. */
	p->fate = SMTP_TEMPORARY;
	int64_t later = post_answer(p, 1, "Hello again.");
	post_run(p);
	CHECK_INT(p->n_sent, 2);
	CHECK_STR(state_of_message(p, later), "queued");
	/* And where nobody knows whether it arrived, surely nobody else is asked. */
	clock_advance(p->clock, USEC_DAY);
	p->step = "connect";
	p->uncertain = true;
	post_run(p);
	CHECK_INT(p->n_sent, 3);
	CHECK_STR(p->sent[2].host, "first.test");
	post_free(p);
}

DB_TEST(a_password_that_does_not_open_is_no_reason_to_wait)
{
	struct post *p = desk_with_ticket(engine);
	int64_t first = post_sender(p, "first.test", "", 0, 0);
	post_sender(p, "second.test", "", 1, 0);
	db_testing_exec(p->db, "UPDATE smtp_sender SET password = $2 WHERE id = $1",
	                DB_ARGS(db_int(first), db_blob(STR("b1.x"))));
	post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(p->sent[0].host, "second.test");
	post_free(p);
}

/* ---- a day without a server ---- */

DB_TEST(a_server_that_is_away_for_a_day_loses_nothing_and_doubles_nothing)
{
	struct post *p = desk_with_ticket(engine);
	int64_t ids[5];
	p->down = STR("smtp.shop.test");
	for (int i = 0; i < 5; i++)
		ids[i] = post_answer(p, 1, "Hello.");
	for (int hour = 0; hour < 24; hour++) {
		post_run(p);
		for (int i = 0; i < 5; i++)
			CHECK_STR(state_of_message(p, ids[i]), "queued");
		clock_advance(p->clock, USEC_HOUR);
	}
	CHECK(post_int(p, "SELECT min(due_at) FROM delivery", 0) > 0);
	CHECK_INT(p->n_sent, 0);
	p->down = STR_NONE;
	clock_advance(p->clock, USEC_HOUR);
	post_run(p);
	CHECK_INT(p->n_sent, 5);
	for (int i = 0; i < 5; i++) {
		CHECK_STR(state_of_message(p, ids[i]), "sent");
		for (int k = 0; k < i; k++)
			CHECK(!str_eq(p->sent[i].message_id, p->sent[k].message_id));
	}
	clock_advance(p->clock, 10 * USEC_DAY);
	CHECK_INT(post_run(p), 0);
	CHECK_INT(p->n_sent, 5);
	post_free(p);
}

DB_TEST(greylisting_passes_by_itself)
{
	struct post *p = desk_with_ticket(engine);
	p->fate = SMTP_TEMPORARY;
	p->step = "rcpt";
	int64_t id = post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_STR(state_of_message(p, id), "queued");
	CHECK_INT(post_int(p, "SELECT code FROM delivery", 0), 451);
	p->fate = SMTP_SENT;
	clock_advance(p->clock, 5 * USEC_MINUTE);
	post_run(p);
	CHECK_STR(state_of_message(p, id), "sent");
	CHECK_STRS(p->sent[0].raw, p->sent[1].raw);
	CHECK_INT(post_int(p, "SELECT due_at FROM delivery", 0), 0);
	post_free(p);
}

/* ---- limits ---- */

DB_TEST(an_inbox_sends_so_many_an_hour_and_the_rest_later_in_order)
{
	struct post *p = desk_with_ticket(engine);
	int64_t ids[8];
	db_testing_exec(p->db, "UPDATE inbox SET hour_most = 3", DB_NO_ARGS);
	for (int i = 0; i < 8; i++) {
		ids[i] = post_answer(p, 1, "Hello.");
		post_run(p);
		clock_advance(p->clock, USEC_MINUTE);
	}
	CHECK_INT(p->n_sent, 3);
	CHECK_INT(post_int(p, "SELECT count(*) FROM delivery WHERE held = 'limit'", 0), 5);
	CHECK_STR(state_of_message(p, ids[3]), "queued");
	CHECK_INT(
	    post_int(p, "SELECT count(*) FROM delivery WHERE held = 'limit' AND due_at = 0", 0), 0);
	/* A held letter was not tried. */
	CHECK_INT(post_int(p, "SELECT attempts FROM delivery WHERE message_id = $1", ids[3]), 0);
	size_t before = p->n_sent;
	for (int m = 0; m < 180; m++) {
		clock_advance(p->clock, USEC_MINUTE);
		post_run(p);
		CHECK(p->n_sent <= 3 + 3 * ((size_t)m / 52 + 1));
	}
	CHECK_INT(p->n_sent, 8);
	CHECK(before < p->n_sent);
	for (size_t i = 0; i < 8; i++)
		CHECK_STRS(p->sent[i].message_id,
		           post_str(p, "SELECT mail_id FROM message WHERE id = $1", ids[i]));
	CHECK_INT(post_int(p, "SELECT count(*) FROM delivery WHERE held <> ''", 0), 0);
	CHECK_INT(post_int(p, "SELECT count(*) FROM job", 0), 0);
	post_free(p);
}

DB_TEST(what_is_over_takes_no_place_of_those_who_wait)
{
	struct post *p = desk_with_ticket(engine);
	int64_t ids[5];
	db_testing_exec(p->db, "UPDATE inbox SET hour_most = 1", DB_NO_ARGS);
	for (int i = 0; i < 4; i++)
		ids[i] = post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	/* As rows of before were left: held, and yet at their end. */
	db_testing_exec(p->db, "UPDATE delivery SET state = 'failed' WHERE held = 'limit'",
	                DB_NO_ARGS);
	CHECK_INT(post_int(p, "SELECT count(*) FROM delivery WHERE held = 'limit'", 0), 3);
	db_testing_exec(p->db, "DELETE FROM job", DB_NO_ARGS);
	clock_advance(p->clock, 2 * USEC_HOUR);
	ids[4] = post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_STR(state_of_message(p, ids[4]), "sent");
	CHECK(ids[0] < ids[4]);
	post_free(p);
}

struct held {
	struct post *p;
	int64_t id, n;
};

static enum err erase_and_count(void *arg, struct db_conn *tx, struct error *e)
{
	struct held *h = arg;
	enum err err = db_exec(tx, &Q_ERASE_DELIVERIES,
	                       DB_ARGS(db_text(str_printf(h->p->a, "[%lld]", (long long)h->id)),
	                               db_int(clock_now(h->p->clock))),
	                       NULL, e);
	return err ? err : held_count(tx, &h->n, e);
}

DB_TEST(an_erased_letter_is_held_no_more)
{
	struct post *p = desk_with_ticket(engine);
	struct held h = {.p = p, .n = -1};
	db_testing_exec(p->db, "UPDATE inbox SET hour_most = 1", DB_NO_ARGS);
	post_answer(p, 1, "Hello.");
	post_run(p);
	h.id = post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(post_int(p, "SELECT count(*) FROM delivery WHERE held = 'limit'", 0), 1);
	post_write(p, erase_and_count, &h);
	CHECK_INT(h.n, 0);
	CHECK_INT(post_int(p, "SELECT count(*) FROM delivery WHERE held <> '' OR due_at > 0", 0),
	          0);
	post_free(p);
}

struct change {
	struct post *p;
	int64_t hour_most;
};

static enum err change_limit(void *arg, struct db_conn *tx, struct error *e)
{
	struct change *c = arg;
	struct inbox out;
	struct desk_inbox_patch patch = {.hour_most = &c->hour_most};
	return desk_inbox_patch(&c->p->desk, c->p->a, tx, &c->p->anna, 1, &patch, &out, e);
}

DB_TEST(a_higher_limit_lets_what_waits_go_at_once)
{
	struct post *p = desk_with_ticket(engine);
	struct change c = {p, 1};
	post_write(p, change_limit, &c);
	for (int i = 0; i < 4; i++)
		post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	c.hour_most = 0;
	post_write(p, change_limit, &c);
	post_run(p);
	CHECK_INT(p->n_sent, 4);
	post_free(p);
}

DB_TEST(a_full_sender_leaves_the_letter_to_the_next_one)
{
	struct post *p = desk_with_ticket(engine);
	post_sender(p, "first.test", "", 0, 1);
	post_sender(p, "second.test", "", 1, 1);
	for (int i = 0; i < 3; i++)
		post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 2);
	CHECK_STR(p->sent[0].host, "first.test");
	CHECK_STR(p->sent[1].host, "second.test");
	CHECK_INT(post_int(p, "SELECT count(*) FROM delivery WHERE held = 'limit'", 0), 1);
	clock_advance(p->clock, USEC_HOUR + USEC_SECOND);
	post_run(p);
	CHECK_INT(p->n_sent, 3);
	post_free(p);
}

/* ---- the stop ---- */

static enum err stop_all(void *arg, struct db_conn *tx, struct error *e)
{
	struct post *p = arg;
	return desk_system_stop(&p->desk, p->a, tx, &p->anna, STR("A wrong price went out"), e);
}

static enum err go_on(void *arg, struct db_conn *tx, struct error *e)
{
	struct post *p = arg;
	return desk_system_resume(&p->desk, p->a, tx, &p->anna, e);
}

DB_TEST(a_stop_says_why_and_keeps_everything_in_order)
{
	struct post *p = desk_with_ticket(engine);
	struct desk_no_send why;
	struct db_conn *c;
	post_write(p, stop_all, p);
	CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
	CHECK_OK(desk_no_send(p->a, c, &why, &p->e), &p->e);
	db_read_end(p->db, c);
	CHECK(why.on);
	CHECK_STR(why.reason, "paused");
	CHECK_STR(why.note, "A wrong price went out");
	CHECK_STR(why.by, "Anna Agent");
	for (int i = 0; i < 4; i++)
		post_answer(p, 1, "Hello.");
	clock_advance(p->clock, USEC_DAY);
	post_run(p);
	CHECK_INT(p->n_sent, 0);
	post_write(p, go_on, p);
	post_run(p);
	CHECK_INT(p->n_sent, 4);
	for (int i = 1; i < 4; i++)
		CHECK(post_int(p, "SELECT count(*) FROM message", 0) == 5);
	CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
	CHECK_OK(desk_no_send(p->a, c, &why, &p->e), &p->e);
	db_read_end(p->db, c);
	CHECK(!why.on && !why.note.n);
	post_free(p);
}

/* ---- a test letter ---- */

DB_TEST(a_test_letter_tells_what_the_server_said)
{
	struct post *p = desk_with_ticket(engine);
	int64_t id = post_sender(p, "first.test", "", 0, 0);
	struct db_conn *c;
	struct sender w;
	struct inbox box;
	bool sent;
	str words;
	CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
	CHECK_OK(sender_get(p->a, c, id, &w, &p->e), &p->e);
	CHECK_OK(inbox_get(p->a, c, 1, &box, &p->e), &p->e);
	db_read_end(p->db, c);
	CHECK_OK(mail_sender_try(&p->out, p->a, &w, &box, STR("admin@shop.test"), LANG_RU, &sent,
	                         &words, &p->e),
	         &p->e);
	CHECK(sent);
	CHECK_STR(words, "250 scripted answer");
	CHECK_STR(p->sent[0].to[0], "admin@shop.test");
	CHECK(str_find(p->sent[0].raw, STR("Auto-Submitted: auto-generated")) > 0);
	p->down = STR("first.test");
	CHECK_OK(mail_sender_try(&p->out, p->a, &w, &box, STR("admin@shop.test"), LANG_EN, &sent,
	                         &words, &p->e),
	         &p->e);
	CHECK(!sent);
	CHECK_STR(words, "connect: Couldn't connect to server");
	post_free(p);
}

/* ---- what comes back ---- */

/* A report about the letter number i, for the recipient. */
static void report(struct post *p, size_t i, const char *recipient, const char *action,
                   const char *status, const char *words)
{
	enum lmtp_reply replies[8];
	str to = p->sent[i].reply_to;
	static int n;
	str raw = str_printf(
	    p->a,
	    "From: MAILER-DAEMON@mx.client.test\nTo: <%.*s>\nSubject: Delivery status\n"
	    "Message-ID: <dsn%d@mx.client.test>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
	    "--b\nContent-Type: text/plain\n\nThis is the mail system.\n"
	    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.client.test\n\n"
	    "Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\n"
	    "Diagnostic-Code: smtp; %s\n\n"
	    "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%.*s>\n\n--b--\n",
	    STR_FMT(to), ++n, recipient, action, status, words, STR_FMT(p->sent[i].message_id));
	post_letter(p, raw, STR(""), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
}

struct correction {
	struct post *p;
	int64_t message;
	str wrong, right;
};

static enum err correct(void *arg, struct db_conn *tx, struct error *e)
{
	struct correction *c = arg;
	return desk_message_correct(&c->p->desk, c->p->a, tx, &c->p->anna, c->message, c->wrong,
	                            c->right, e);
}

DB_TEST(a_bounce_makes_the_ticket_wait_again_and_the_address_is_corrected)
{
	struct post *p = desk_with_ticket(engine);
	int64_t id = post_answer(p, 1, "Hello.");
	post_run(p);
	db_testing_exec(p->db, "UPDATE ticket SET status = 'pending'", DB_NO_ARGS);
	/* A delay is no end. */
	report(p, 0, "anna@client.test", "delayed", "4.2.2", "452 mailbox full");
	CHECK_STR(state_of_message(p, id), "sent");
	CHECK_STR(post_str(p, "SELECT status FROM ticket", 0), "pending");
	report(p, 0, "anna@client.test", "failed", "5.1.1", "550 5.1.1 no such user");
	CHECK_STR(state_of_message(p, id), "bounced");
	CHECK_STR(post_str(p, "SELECT status FROM ticket", 0), "open");
	CHECK(post_int(p, "SELECT waiting_since FROM ticket", 0) > 0);

	struct correction c = {p, id, STR("anna@client.test"), STR("anna@right.test")};
	post_write(p, correct, &c);
	CHECK_INT(post_int(p, "SELECT coalesce(waiting_since, 0) FROM ticket", 0), 0);
	CHECK_INT(post_run(p), 1);
	CHECK_INT(p->n_sent, 2);
	CHECK_INT(p->sent[1].n_to, 1);
	CHECK_STR(p->sent[1].to[0], "anna@right.test");
	CHECK(str_find(post_header(p->sent[1].raw, "To"), STR("anna@right.test")) >= 0);
	CHECK_STRS(p->sent[0].message_id, p->sent[1].message_id);
	/* The address is the customer's now, and the next answer goes there. */
	CHECK_INT(
	    post_int(p, "SELECT count(*) FROM identity WHERE value_norm = 'anna@right.test'", 0),
	    1);
	post_answer(p, 1, "More.");
	post_run(p);
	CHECK_STR(p->sent[2].to[0], "anna@right.test");
	/* Once corrected, not again; nor what did not fail. */
	CHECK_INT(db_write(p->db, correct, &c, &p->e), ERR_CONFLICT);
	c.wrong = STR("anna@right.test");
	CHECK_INT(db_write(p->db, correct, &c, &p->e), ERR_CONFLICT);
	c.right = STR("help@shop.test");
	CHECK(db_write(p->db, correct, &c, &p->e) != ERR_OK);
	post_free(p);
}

/* ---- nobody knows ---- */

DB_TEST(a_connection_that_breaks_after_the_last_dot_is_tried_again_as_the_same_letter)
{
	struct post *p = desk_with_ticket(engine);
	p->fate = SMTP_TEMPORARY;
	p->uncertain = true;
	p->step = "data";
	int64_t id = post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_STR(state_of_message(p, id), "queued");
	p->fate = SMTP_SENT;
	p->uncertain = false;
	clock_advance(p->clock, USEC_HOUR);
	post_run(p);
	CHECK_STR(state_of_message(p, id), "sent");
	/* Byte for byte the same, so that whoever has it drops the second. */
	CHECK_INT(p->n_sent, 2);
	CHECK_STRS(p->sent[0].raw, p->sent[1].raw);
	post_free(p);
}

DB_TEST(a_server_without_tls_is_not_spoken_to_and_the_next_one_is)
{
	struct post *p = desk_with_ticket(engine);
	post_sender(p, "plain.test", "", 0, 0);
	post_sender(p, "safe.test", "", 1, 0);
	p->down = STR("plain.test");
	p->down_step = "tls";
	int64_t id = post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_STR(p->sent[0].host, "safe.test");
	CHECK_STR(state_of_message(p, id), "sent");
	post_free(p);
}
