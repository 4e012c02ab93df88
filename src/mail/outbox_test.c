/* outbox_test.c: answers leave as letters; what becomes of each recipient. */
#include "desk/admin.h"
#include "mail/address_token.h"
#include "mail/mail_testing.h"
#include "mime/parse.h"
#include "store/system.h"

/* A desk with one inbox and one ticket of anna@client.test (copied: carl@client.test). */
static struct post *desk_with_ticket(enum db_engine engine)
{
	struct post *p = post_new(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	p->in.auth_server = STR("mx.shop.test"); /* Carl takes part: the letter is Anna's */
	post_letter(p,
	            STR("Authentication-Results: mx.shop.test; dmarc=pass header.from=client.test\n"
	                "From: Anna <anna@client.test>\nTo: help@shop.test\nCc: carl@client.test\n"
	                "Subject: =?utf-8?B?0JfQsNC60LDQtw==?=\nMessage-ID: <one@client.test>\n\n"
	                "Where is it?\n"),
	            STR("anna@client.test"), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
	return p;
}

static str state_of(struct post *p, const char *address)
{
	str sql = str_printf(p->a, "SELECT state FROM delivery WHERE address = '%s'", address);
	return post_str(p, str_z(p->a, sql), 0);
}

DB_TEST(an_answer_threads_and_carries_its_reference)
{
	struct post *p = desk_with_ticket(engine);
	struct mime_message *m;
	post_answer(p, 1, "It is on its way.");
	CHECK_INT(post_run(p), 1);
	CHECK_INT(p->n_sent, 1);
	struct sent_letter *s = &p->sent[0];
	CHECK_INT(s->n_to, 2);
	CHECK_STR(s->to[0], "anna@client.test");
	CHECK_STR(s->to[1], "carl@client.test");
	CHECK_OK(mime_parse(p->a, s->raw, NULL, &m, &p->e), &p->e);
	CHECK_STR(m->from.p[0].email, "help@shop.test");
	CHECK_STR(m->from.p[0].name, "The Shop");
	CHECK_STR(m->subject, "Re: Заказ");
	CHECK_STR(m->in_reply_to.p[0], "one@client.test");
	CHECK_STR(m->references.p[0], "one@client.test");
	CHECK_STR(m->cc.p[0].email, "carl@client.test");
	CHECK(str_find(m->text, STR("It is on its way.")) >= 0);
	CHECK(m->html.n > 0);
	CHECK(!m->auto_reply);
	/* Both references lead back to the ticket. */
	str secret;
	CHECK(str_unhex(p->a, post_str(p, "SELECT value FROM system WHERE key = 'mail_secret'", 0),
	                &secret));
	struct mail_token t;
	CHECK(mail_token_of_message_id(secret, m->message_id, &t) && t.ticket_id == 1);
	CHECK(mail_token_of_address(secret, m->reply_to.p[0].email, STR(""), &t) &&
	      t.ticket_id == 1);
	CHECK_STRS(s->mail_from, m->reply_to.p[0].email);
	CHECK_STR(state_of(p, "anna@client.test"), "sent");
	CHECK_INT(post_int(p, "SELECT count(*) FROM job", 0), 0);
	CHECK_STRS(post_str(p, "SELECT mail_id FROM message WHERE kind = 'agent'", 0),
	           m->message_id);
	post_free(p);
}

DB_TEST(who_got_the_letter_is_not_asked_again)
{
	struct post *p = desk_with_ticket(engine);
	post_answer(p, 1, "Hello.");
	p->refuse = STR("carl@client.test");
	post_run(p);
	CHECK_STR(state_of(p, "anna@client.test"), "sent");
	CHECK_STR(state_of(p, "carl@client.test"), "failed");
	CHECK_INT(post_int(p, "SELECT code FROM delivery WHERE address = 'carl@client.test'", 0),
	          550);
	clock_advance(p->clock, 10 * USEC_DAY);
	CHECK_INT(post_run(p), 0);
	CHECK_INT(p->n_sent, 1);
	post_free(p);
}

DB_TEST(a_passing_failure_is_tried_again_with_the_same_id)
{
	struct post *p = desk_with_ticket(engine);
	p->fate = SMTP_TEMPORARY;
	post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(state_of(p, "anna@client.test"), "queued");
	CHECK_INT(post_run(p), 0); /* not before its time */
	clock_advance(p->clock, USEC_MINUTE);
	CHECK_INT(post_run(p), 1);
	CHECK_INT(p->n_sent, 2);
	CHECK_INT(post_run(p), 0);
	clock_advance(p->clock, USEC_MINUTE);
	CHECK_INT(post_run(p), 0); /* the pause has doubled */
	clock_advance(p->clock, USEC_MINUTE);
	p->fate = SMTP_SENT;
	CHECK_INT(post_run(p), 1);
	CHECK_STR(state_of(p, "anna@client.test"), "sent");
	CHECK_STRS(p->sent[0].message_id, p->sent[2].message_id);
	CHECK_STRS(p->sent[0].raw, p->sent[2].raw);
	post_free(p);
}

DB_TEST(what_stays_undeliverable_fails_in_the_end_and_reopens)
{
	struct post *p = desk_with_ticket(engine);
	p->out.max_age = 5 * USEC_MINUTE;
	p->fate = SMTP_TEMPORARY;
	post_answer(p, 1, "Hello.");
	db_testing_exec(p->db, "UPDATE ticket SET status = 'pending' WHERE id = 1", DB_NO_ARGS);
	for (int i = 0; i < 20; i++) {
		post_run(p);
		clock_advance(p->clock, USEC_HOUR);
	}
	CHECK_STR(state_of(p, "anna@client.test"), "failed");
	CHECK_STR(post_str(p, "SELECT status FROM ticket WHERE id = 1", 0), "open");
	CHECK(post_int(p, "SELECT waiting_since FROM ticket WHERE id = 1", 0) > 0);
	CHECK_INT(post_int(p, "SELECT count(*) FROM job", 0), 0);
	CHECK(post_int(p, "SELECT count(*) FROM event WHERE type = 'message.delivery'", 0) > 0);
	post_free(p);
}

/* ---- no-send mode ---- */

static enum err pause_sending(void *arg, struct db_conn *tx, struct error *e)
{
	struct post *p = arg;
	return desk_system_pause(&p->desk, p->a, tx, &p->anna, STR("restored"), e);
}

static enum err resume_sending(void *arg, struct db_conn *tx, struct error *e)
{
	struct post *p = arg;
	return desk_system_resume(&p->desk, p->a, tx, &p->anna, e);
}

DB_TEST(nothing_leaves_in_no_send_mode)
{
	struct post *p = desk_with_ticket(engine);
	post_write(p, pause_sending, p);
	post_answer(p, 1, "Hello.");
	clock_advance(p->clock, USEC_DAY);
	CHECK_INT(post_run(p), 0);
	CHECK_INT(p->n_sent, 0);
	CHECK_STR(state_of(p, "anna@client.test"), "queued");
	post_write(p, resume_sending, p);
	CHECK_INT(post_run(p), 1);
	CHECK_INT(p->n_sent, 1);
	post_free(p);
}

/* The mode is entered after the job was taken. */
static enum err enter_late(void *arg, struct db_conn *tx, struct error *e)
{
	(void)arg;
	return system_set(tx, SYSTEM_NO_SEND, STR("paused"), e);
}

static enum err slow_work(struct job_run *run, struct error *e)
{
	struct mail_outbox *o = run->arg;
	struct post *p = o->send_arg;
	struct job_kind real;
	post_write(p, enter_late, p);
	mail_outbox_kind(&real, o);
	return real.work(run, e);
}

DB_TEST(the_mode_is_asked_again_before_connecting)
{
	struct post *p = desk_with_ticket(engine);
	post_answer(p, 1, "Hello.");
	p->send.work = slow_work;
	CHECK_INT(post_run(p), 1);
	CHECK_INT(p->n_sent, 0);
	CHECK_STR(state_of(p, "anna@client.test"), "queued");
	CHECK_INT(post_int(p, "SELECT count(*) FROM job", 0), 1);
	mail_outbox_kind(&p->send, &p->out);
	post_write(p, resume_sending, p);
	CHECK_INT(post_run(p), 1);
	CHECK_INT(p->n_sent, 1);
	post_free(p);
}

/* ---- the order of things ---- */

/* At the moment of connecting it is known, durably, that a letter may be leaving. */
static void look_at_state(struct post *p)
{
	CHECK_STR(state_of(p, "anna@client.test"), "sending");
	CHECK(post_str(p, "SELECT mail_id FROM message WHERE kind = 'agent'", 0).n > 0);
}

DB_TEST(sending_is_committed_before_a_server_is_spoken_to)
{
	struct post *p = desk_with_ticket(engine);
	p->before_send = look_at_state;
	post_answer(p, 1, "Hello.");
	CHECK_INT(post_run(p), 1);
	CHECK_STR(state_of(p, "anna@client.test"), "sent");
	post_free(p);
}

/* A process that died while sending: the lease runs out, the letter leaves with the same id. */
static enum err die(struct job_run *run, struct db_conn *tx, struct error *e)
{
	(void)run;
	(void)tx;
	return error_detail(e, ERR_DB, "the process is gone");
}

DB_TEST(a_lost_outcome_sends_once_more_with_the_same_id)
{
	struct post *p = desk_with_ticket(engine);
	post_answer(p, 1, "Hello.");
	p->send.commit = die;
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(state_of(p, "anna@client.test"), "sending");
	mail_outbox_kind(&p->send, &p->out);
	/* Too early: somebody may be sending. */
	clock_advance(p->clock, USEC_MINUTE);
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	clock_advance(p->clock, 20 * USEC_MINUTE);
	post_run(p);
	CHECK_INT(p->n_sent, 2);
	CHECK_STRS(p->sent[0].message_id, p->sent[1].message_id);
	CHECK_STR(state_of(p, "anna@client.test"), "sent");
	post_free(p);
}

/* While one process stands still with its connection open, its lease runs out and another one
 * sends the letter. What the first one's server says when it goes on changes nothing of that. */
static void stand_still(struct post *p)
{
	p->before_send = NULL;
	clock_advance(p->clock, 20 * USEC_MINUTE);
	CHECK_INT(post_run(p), 1);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(state_of(p, "anna@client.test"), "sent");
	p->send_fails = ERR_IO;
}

DB_TEST(a_sender_that_stood_still_does_not_send_again)
{
	struct post *p = desk_with_ticket(engine);
	post_answer(p, 1, "Hello.");
	p->before_send = stand_still;
	post_run(p);
	CHECK_STR(state_of(p, "anna@client.test"), "sent");
	p->send_fails = ERR_OK;
	clock_advance(p->clock, USEC_DAY);
	CHECK_INT(post_run(p), 0);
	CHECK_INT(p->n_sent, 1);
	CHECK_INT(post_int(p, "SELECT count(*) FROM job WHERE kind = 'send'", 0), 0);
	post_free(p);
}

DB_TEST(an_acknowledgement_says_that_it_is_one)
{
	struct post *p = post_new(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	struct mime_message *m;
	post_inbox(p, "help@shop.test", true);
	post_letter(
	    p, STR("From: Anna <anna@client.test>\nSubject: Hi\nMessage-ID: <1@c.test>\n\nHi\n"),
	    STR("anna@client.test"), &to, 1, replies);
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK_STR(p->sent[0].mail_from, "");
	CHECK_OK(mime_parse(p->a, p->sent[0].raw, NULL, &m, &p->e), &p->e);
	CHECK_STR(m->auto_submitted, "auto-replied");
	CHECK_STR(m->subject, "Re: Hi");
	CHECK(m->auto_reply);
	CHECK(str_find(m->text, STR("#1")) >= 0);
	/* It does not count as an answer. */
	CHECK(post_int(p, "SELECT waiting_since FROM ticket WHERE id = 1", 0) > 0);
	post_free(p);
}

/* Whoever forges a From must not have us send his words. */
DB_TEST(an_acknowledgement_greets_by_plain_names_only)
{
	static const struct {
		const char *from, *hello;
	} cases[] = {
	    {"\"Anna Petrova\"", "Hello, Anna Petrova."},
	    {"\"Win at evil.test/prize\"", "Hello."},
	    {"\"http: evil\"", "Hello."},
	    {"\"write to eve@evil.test\"", "Hello."},
	    {"\"a <b> c\"", "Hello."},
	    {"\"You have been chosen to get a prize and only need to go to evil dot test\"",
	     "Hello."},
	};
	struct post *p = post_new(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	struct mime_message *m;
	post_inbox(p, "help@shop.test", true);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		post_letter(p,
		            str_printf(p->a,
		                       "From: %s <a%zu@client.test>\nSubject: Hi\nMessage-ID: "
		                       "<%zu@c.test>\n\nHi %zu\n",
		                       cases[i].from, i, i, i),
		            STR("a@client.test"), &to, 1, replies);
		post_run(p);
		CHECK_INT(p->n_sent, i + 1);
		CHECK_OK(mime_parse(p->a, p->sent[i].raw, NULL, &m, &p->e), &p->e);
		CHECK_STR(str_sub(m->text, 0, strlen(cases[i].hello)), cases[i].hello);
		CHECK(str_find(p->sent[i].raw, STR("evil")) < 0);
	}
	post_free(p);
}

DB_TEST(an_inbox_with_its_own_server_uses_it)
{
	struct post *p = desk_with_ticket(engine);
	p->out.server.allow_private = true; /* the installation's own may be inside */
	db_testing_exec(p->db, "UPDATE inbox SET smtp_host = 'own.test', smtp_user = 'u'",
	                DB_NO_ARGS);
	post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK_STR(p->sent[0].host, "own.test");
	CHECK(!p->sent[0].may_inside);
	p->out.inboxes_private = true;
	post_answer(p, 1, "Again.");
	post_run(p);
	CHECK(p->n_sent == 2 && p->sent[1].may_inside);
	/* A password that does not open is no reason to send without one. */
	db_testing_exec(p->db, "UPDATE inbox SET smtp_password = $1",
	                DB_ARGS(db_blob(STR("b1.x"))));
	post_answer(p, 1, "More.");
	post_run(p);
	CHECK_INT(p->n_sent, 2);
	/* The installation's own, where the inbox has none. */
	db_testing_exec(p->db, "UPDATE inbox SET smtp_host = ''", DB_NO_ARGS);
	p->out.inboxes_private = false;
	post_answer(p, 1, "Hello.");
	post_run(p);
	CHECK(p->n_sent == 3 && p->sent[2].may_inside);
	post_free(p);
}
