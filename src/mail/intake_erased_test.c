/* intake_erased_test.c: what was erased or refused does not come back with a copy, a report, or an
 * answer that was under way; and letters that lay in a mailbox are not held up for their number. */
#include "mail/mail_testing.h"
#include "store/erase.h"

#define SECRET "zqxplant"
#define LETTER                                                                                     \
	"From: Anna <anna@client.test>\nTo: help@shop.test\nSubject: " SECRET "\n"                 \
	"Message-ID: <one@client.test>\n\nMy " SECRET "\n"

static void bring(struct post *p, const char *raw, const char *to)
{
	enum lmtp_reply replies[8];
	str rcpt = str_of(to);
	post_letter(p, str_of(raw), STR("anna@client.test"), &rcpt, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
}

static struct post *desk_with(enum db_engine engine)
{
	struct post *p = post_new(engine);
	post_inbox(p, "help@shop.test", false);
	bring(p, LETTER, "help@shop.test");
	return p;
}

static enum err do_erase(void *arg, struct db_conn *tx, struct error *e)
{
	struct post *p = arg;
	struct id_list all = {ARENA_ARRAY(p->a, 20, int64_t), 0};
	for (int64_t i = 1; i <= 20; i++)
		all.p[all.n++] = i;
	enum err err = erase_messages(p->a, tx, all, clock_now(p->clock), e);
	return err ? err : erase_tickets(p->a, tx, all, clock_now(p->clock), e);
}

static int64_t rows(struct post *p, const char *where)
{
	return db_testing_int(p->db, str_printf(p->a, "SELECT count(*) FROM %s", where).p,
	                      DB_NO_ARGS);
}

DB_TEST(a_copy_of_an_erased_letter_is_one_that_came_before)
{
	struct post *p = desk_with(engine);
	/* To another of our addresses, and so a copy there from the beginning. */
	post_inbox(p, "info@shop.test", false);
	db_testing_exec(
	    p->db,
	    "INSERT INTO intake (received_at, channel, inbox_id, sender, recipient, from_address, "
	    "subject, size, digest, mail_id, state, reason, ticket_id, message_id) SELECT "
	    "received_at, channel, (SELECT max(id) FROM inbox), sender, recipient, from_address, "
	    "subject, size, digest, mail_id, 'duplicate', '', ticket_id, message_id FROM intake",
	    DB_NO_ARGS);
	post_write(p, do_erase, p);
	bring(p, LETTER, "help@shop.test");
	bring(p, LETTER, "info@shop.test");
	CHECK_INT(rows(p, "ticket"), 1);
	CHECK_INT(rows(p, "message"), 1);
	CHECK_INT(rows(p, "intake"), 4);
	CHECK_INT(rows(p, "intake WHERE subject <> '' OR from_address <> '' OR sender <> '' OR "
	                  "raw_hash IS NOT NULL OR mail_id <> 'erased'"),
	          0);
	post_free(p);
}

DB_TEST(what_was_refused_does_not_come_back)
{
	struct post *p = desk_with(engine);
	const char *spam =
	    "From: x@spam.test\nTo: help@shop.test\nMessage-ID: <s@spam.test>\n\nB\n";
	db_testing_exec(p->db, "UPDATE intake SET message_id = NULL, ticket_id = NULL", DB_NO_ARGS);
	bring(p, spam, "help@shop.test");
	db_testing_exec(p->db,
	                "UPDATE intake SET state = 'rejected', ticket_id = NULL, message_id = NULL "
	                "WHERE from_address = 'x@spam.test'",
	                DB_NO_ARGS);
	int64_t before = rows(p, "ticket");
	bring(p, spam, "help@shop.test");
	CHECK_INT(rows(p, "ticket"), before);
	CHECK_STR(post_str(p, "SELECT state FROM intake ORDER BY id DESC LIMIT 1", 0), "duplicate");
	post_free(p);
}

/* The files of a ticket went, or a number was blocked out: a copy has neither. */
DB_TEST(a_copy_brings_nothing_that_was_taken_out)
{
	struct post *p = desk_with(engine);
	db_testing_exec(p->db, "UPDATE intake SET raw_hash = NULL, subject = 'block'", DB_NO_ARGS);
	db_testing_exec(p->db, "UPDATE message SET raw_hash = NULL, redacted_at = 1", DB_NO_ARGS);
	bring(p, LETTER, "help@shop.test");
	CHECK_INT(rows(p, "intake WHERE state = 'duplicate'"), 1);
	CHECK_INT(rows(p, "intake WHERE raw_hash IS NOT NULL OR subject <> 'block'"), 0);
	post_free(p);
}

DB_TEST(a_late_report_about_an_erased_answer_keeps_no_words)
{
	struct post *p = desk_with(engine);
	enum lmtp_reply replies[8];
	post_answer(p, 1, "Your " SECRET " is paid");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	post_write(p, do_erase, p);
	str to = p->sent[0].reply_to;
	str raw = str_printf(
	    p->a,
	    "From: MAILER-DAEMON@mx.client.test\nTo: <%.*s>\nSubject: Undelivered " SECRET "\n"
	    "Message-ID: <dsn@mx.client.test>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
	    "--b\nContent-Type: text/plain\n\nThis is the mail system.\n"
	    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.client.test\n\n"
	    "Final-Recipient: rfc822; anna@client.test\nAction: failed\nStatus: 5.1.1\n"
	    "Diagnostic-Code: smtp; 550 <anna@client.test> " SECRET "\n\n"
	    "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%.*s>\n\n--b--\n",
	    STR_FMT(to), STR_FMT(p->sent[0].message_id));
	post_letter(p, raw, STR(""), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
	CHECK_INT(rows(p, "intake"), 2);
	CHECK_INT(rows(p, "intake WHERE message_id = 2 AND state = 'accepted' AND subject = '' AND "
	                  "from_address = '' AND raw_hash IS NULL AND mail_id = 'erased'"),
	          1);
	CHECK_INT(rows(p, "delivery WHERE answer <> '' OR address <> ''"), 0);
	CHECK_STR(post_str(p, "SELECT status FROM ticket", 0), "open");
	post_free(p);
}

/* ---- an answer under way ---- */

static void erase_now(struct post *p)
{
	db_testing_exec(p->db, "UPDATE ticket SET status = 'closed'", DB_NO_ARGS);
	post_write(p, do_erase, p);
}

DB_TEST(what_a_server_says_of_an_answer_erased_meanwhile_is_not_kept)
{
	for (int permanent = 0; permanent < 2; permanent++) {
		struct post *p = desk_with(engine);
		post_answer(p, 1, "Your " SECRET " is paid");
		p->fate = permanent ? SMTP_PERMANENT : SMTP_TEMPORARY;
		p->before_send = erase_now;
		post_run(p);
		CHECK_INT(p->n_sent + p->n_refused, 1);
		CHECK_INT(
		    rows(p, "delivery WHERE state = 'failed' AND answer = '' AND address = ''"), 1);
		CHECK_INT(rows(p, "job WHERE kind = 'send'"), 0);
		CHECK_STR(post_str(p, "SELECT status FROM ticket", 0), "closed");
		post_free(p);
	}
}

/* ---- a mailbox that was not read for a while ---- */

static void fetch(struct post *p, int64_t inbox, int i, usec age, bool quiet)
{
	struct intake_way way = {.inbox_id = inbox, .quiet = quiet};
	struct lmtp_letter l = {.raw = str_printf(p->a,
	                                          "From: robot@client.test\nTo: help@shop.test\n"
	                                          "Message-ID: <%d@client.test>\n\nN %d\n",
	                                          i, i),
	                        .peer = STR("imap x"),
	                        .received = clock_now(p->clock) - age};
	CHECK_OK(mail_intake_fetched(&p->in, &l, &way, &p->e), &p->e);
}

DB_TEST(a_mailbox_full_of_one_senders_letters_comes_in)
{
	struct post *p = post_new(engine);
	int64_t inbox = post_inbox(p, "help@shop.test", false);
	p->in.sender_most = 2;
	for (int i = 0; i < 3; i++)
		fetch(p, inbox, i, 9 * USEC_DAY, true);
	for (int i = 3; i < 6; i++)
		fetch(p, inbox, i, 2 * USEC_HOUR, false);
	CHECK_INT(rows(p, "intake WHERE state = 'accepted'"), 6);
	/* A flood of this hour is one, whichever way it comes. */
	for (int i = 6; i < 9; i++)
		fetch(p, inbox, i, USEC_MINUTE, false);
	CHECK_INT(rows(p, "intake WHERE state = 'accepted'"), 8);
	CHECK_STR(post_str(p, "SELECT reason FROM intake ORDER BY id DESC LIMIT 1", 0),
	          "intake.rate");
	post_free(p);
}
