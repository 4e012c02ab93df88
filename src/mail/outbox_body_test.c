/* outbox_body_test.c: quotations, signatures, pictures, acknowledgements of outgoing letters. */
#include "desk/admin.h"
#include "desk/placeholder.h"
#include "mail/ack.h"
#include "mail/mail_testing.h"
#include "mail/plain_html.h"
#include "mime/parse.h"
#include "mime/quote.h"

static struct post *desk_with_ticket(enum db_engine engine)
{
	struct post *p = post_new(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	post_letter(p,
	            STR("From: =?utf-8?B?0JDQvdC90LA=?= <anna@client.test>\nTo: help@shop.test\n"
	                "Subject: Hi\nMessage-ID: <one@client.test>\n"
	                "Content-Type: text/plain; charset=utf-8\n\n"
	                "Where is it?\n\nIt was promised for Monday.\n"),
	            STR("anna@client.test"), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
	return p;
}

static struct mime_message *parsed(struct post *p, size_t i)
{
	struct mime_message *m;
	CHECK(p->n_sent > i);
	CHECK_OK(mime_parse(p->a, p->sent[i].raw, NULL, &m, &p->e), &p->e);
	return m;
}

static bool has(str s, const char *what)
{
	return str_find(s, str_of(what)) >= 0;
}

/* ---- the quotation ---- */

DB_TEST(an_answer_quotes_what_it_answers_and_is_read_back_without)
{
	struct post *p = desk_with_ticket(engine);
	db_testing_exec(p->db, "UPDATE inbox SET signature = 'The Shop'", DB_NO_ARGS);
	post_answer(p, 1, "It is on its way.\n\nSorry for the wait!");
	post_run(p);
	struct mime_message *m = parsed(p, 0);
	CHECK(has(m->text, "On 2 March 2026, 09:00 UTC, Анна wrote:\n"
	                   "> Where is it?\n>\n> It was promised for Monday."));
	CHECK(has(m->html, "<blockquote type=\"cite\""));
	struct mime_quote q = mime_split(p->a, m->text);
	CHECK_STR(q.visible, "It is on its way.\n\nSorry for the wait!");
	CHECK(has(q.quoted, "> Where is it?"));
	CHECK(has(q.signature, "The Shop"));
	post_free(p);
}

DB_TEST(a_forged_letter_is_not_quoted_whatever_else_is_wrong_with_it)
{
	static const char *const warnings[] = {"dmarc_fail", "dmarc_fail staff_name",
	                                       "unknown_sender dmarc_fail"};
	struct post *p = desk_with_ticket(engine);
	for (size_t i = 0; i < COUNT_OF(warnings); i++) {
		db_testing_exec(p->db, "UPDATE message SET warning = $1 WHERE kind = 'customer'",
		                DB_ARGS(db_text(str_of(warnings[i]))));
		post_answer(p, 1, "It is on its way.");
		post_run(p);
		CHECK(!has(parsed(p, i)->text, "Where is it?"));
	}
	db_testing_exec(p->db,
	                "UPDATE message SET warning = 'unknown_sender letter_cut' "
	                "WHERE kind = 'customer'",
	                DB_NO_ARGS);
	post_answer(p, 1, "It is on its way.");
	post_run(p);
	CHECK(has(parsed(p, COUNT_OF(warnings))->text, "Where is it?"));
	post_free(p);
}

DB_TEST(the_head_of_a_quotation_is_in_the_recipients_language)
{
	struct post *p = desk_with_ticket(engine);
	db_testing_exec(p->db, "UPDATE contact SET language = 'ru'", DB_NO_ARGS);
	post_answer(p, 1, "Едет.");
	post_run(p);
	struct mime_message *m = parsed(p, 0);
	CHECK(has(m->text, "2 марта 2026 г., 09:00 UTC, Анна пишет:\n> Where is it?"));
	CHECK_STR(mime_split(p->a, m->text).visible, "Едет.");
	post_free(p);
}

DB_TEST(a_thread_is_quoted_step_by_step_without_notes_and_side_threads)
{
	struct post *p = desk_with_ticket(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	db_testing_exec(p->db, "UPDATE inbox SET quote = 'thread'", DB_NO_ARGS);
	post_answer(p, 1, "First answer.");
	post_side(p, 1, "courier@van.test", "A secret of the house");
	post_run(p);
	clock_advance(p->clock, USEC_HOUR);
	post_letter(p,
	            STR("From: anna@client.test\nTo: help@shop.test\nSubject: Re: Hi\n"
	                "Message-ID: <two@client.test>\nIn-Reply-To: <one@client.test>\n\n"
	                "And now?\n"),
	            STR("anna@client.test"), &to, 1, replies);
	post_answer(p, 1, "Second answer.");
	post_run(p);
	struct mime_message *m = parsed(p, p->n_sent - 1);
	CHECK(has(m->text, "wrote:\n> And now?\n>\n> On 2 March 2026, 09:00 UTC, The Shop "
	                   "wrote:\n>> First answer.\n>>\n>> On 2 March 2026, 09:00 UTC, Анна "
	                   "wrote:\n>>> Where is it?"));
	CHECK(!has(m->text, "secret"));
	CHECK(!has(m->html, "secret"));
	CHECK(has(mime_split(p->a, m->text).visible, "Second answer."));
	CHECK(!has(mime_split(p->a, m->text).visible, "And now?"));
	/* The letter to the courier quotes nothing of the customer's. */
	CHECK(!has(parsed(p, 1)->text, "Where is it?"));
	db_testing_exec(p->db, "UPDATE inbox SET quote = 'none'", DB_NO_ARGS);
	post_answer(p, 1, "Third answer.");
	post_run(p);
	CHECK(!has(parsed(p, p->n_sent - 1)->text, ">"));
	post_free(p);
}

/* ---- signatures ---- */

DB_TEST(signatures_are_filled_in)
{
	struct post *p = desk_with_ticket(engine);
	db_testing_exec(p->db,
	                "UPDATE inbox SET signature = '{{brand.name}} · {{ inbox.address }} · "
	                "#{{ticket.id}}'",
	                DB_NO_ARGS);
	db_testing_exec(p->db,
	                "UPDATE account SET signature = '{{agent.first_name}} for "
	                "{{contact.first_name|our customer}}'",
	                DB_NO_ARGS);
	post_answer(p, 1, "Hello.");
	post_side(p, 1, "courier@van.test", "Where is it?");
	post_run(p);
	CHECK(has(parsed(p, 0)->text, "-- \nAnna for Анна\nThe Shop · help@shop.test · #1\n"));
	/* A third party does not learn who the customer is. */
	CHECK(has(parsed(p, 1)->text, "Anna for our customer\n"));
	post_free(p);
}

static enum err answer_now(void *arg, struct db_conn *tx, struct error *e)
{
	struct post *p = arg;
	int64_t id;
	struct message_input in = {.kind = MESSAGE_AGENT, .text = STR("Hello")};
	return desk_message_create(&p->desk, p->a, tx, &p->anna, 1, &in, &id, e);
}

DB_TEST(an_unknown_placeholder_blocks_sending)
{
	struct post *p = desk_with_ticket(engine);
	post_answer(p, 1, "Queued before the signature broke.");
	db_testing_exec(p->db, "UPDATE account SET signature = 'Yours {{agent.surname}}'",
	                DB_NO_ARGS);
	CHECK_INT(db_write(p->db, answer_now, p, &p->e), ERR_INVALID);
	CHECK_STR(str_of(p->e.key), "error.placeholder_unknown");
	CHECK_STR(str_of(p->e.arg), "{{agent.surname}}");
	/* What is on its way fails where the agent sees it, and does not leave as it stands. */
	post_run(p);
	CHECK_INT(p->n_sent, 0);
	CHECK_STR(post_str(p, "SELECT state FROM delivery", 0), "failed");
	post_free(p);
}

TEST(placeholders_are_a_closed_list)
{
	static const struct {
		const char *text, *wrong;
	} cases[] = {
	    {"Yours, {{agent.name}}", NULL},
	    {"{{ agent.name | somebody }}{{ticket.id}}", NULL},
	    {"no braces {at} all }}", NULL},
	    {"{{agent.nmae}}", "{{agent.nmae}}"},
	    {"{{}}", "{{}}"},
	    {"x {{agent.name\n}}", "{{agent.name"},
	    {"x {{agent.name", "{{agent.name"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct error e = {0};
		enum err err = placeholder_check(str_of(cases[i].text), "signature", &e);
		CHECK_INT(err, cases[i].wrong ? ERR_INVALID : ERR_OK);
		if (cases[i].wrong) {
			CHECK_STR(str_of(e.arg), cases[i].wrong);
			CHECK_STR(str_of(e.field), "signature");
		}
	}
	ARENA_AUTO a = arena_new();
	str values[PLACEHOLDER_COUNT] = {[PLACEHOLDER_AGENT_NAME] = STR("{{ticket.id}}")}, out;
	CHECK_OK(placeholder_fill(a, STR("<{{agent.name}}|{{ticket.id|none}}>"), values, "x", &out,
	                          NULL),
	         NULL);
	CHECK_STR(out, "<{{ticket.id}}|none>"); /* what a value says is no placeholder */
}

/* ---- plain text as HTML ---- */

static str html_of(struct arena *a, const char *text, struct plain_image *images, size_t n)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	plain_html(&b, str_of(text), images, n);
	return str_dup(a, buf_str(&b));
}

TEST(plain_text_as_html)
{
	ARENA_AUTO a = arena_new();
	struct plain_image pic[2] = {{.name = STR("a \"b\".png"), .content_id = STR("x@y")}};
	CHECK_STR(html_of(a, "a <b>\n& c", NULL, 0), "a &lt;b&gt;<br>\n&amp; c");
	CHECK_STR(html_of(a, "See https://x.test/a?b=1&c=(2).", NULL, 0),
	          "See <a href=\"https://x.test/a?b=1&amp;c=(2)\">https://x.test/a?b=1&amp;c=(2)"
	          "</a>.");
	CHECK(!has(html_of(a, "javascript:alert(1) xhttps://x.test/", NULL, 0), "<a"));
	CHECK(!has(html_of(a, "https://x.test/\"onclick=\"y", NULL, 0), "\"onclick"));
	str s = html_of(a, "Look: [image: a \"b\".png] [image: other.png]", pic, 2);
	CHECK(has(s, "<img src=\"cid:x@y\" alt=\"a &quot;b&quot;.png\""));
	CHECK(has(s, "[image: other.png]"));
	CHECK(pic[0].used && !pic[1].used);
	s = html_of(a, "> one\n>> two\nmine", NULL, 0);
	CHECK(str_find(s, STR("one")) < str_find(s, STR("two")));
	CHECK(has(s, "two</blockquote>\n</blockquote>\nmine"));
	CHECK_STR(html_of(a, "", NULL, 0), "");
}

/* ---- acknowledgements ---- */

TEST(acknowledgements_go_to_people_only)
{
	CHECK(mail_ack_never_to(STR("no-reply@x.ru")) && mail_ack_never_to(STR("NoReply@x.ru")));
	CHECK(mail_ack_never_to(STR("noreply+77@x.ru")) &&
	      mail_ack_never_to(STR("bounces-9@x.ru")));
	CHECK(mail_ack_never_to(STR("owner-list@x.ru")) &&
	      mail_ack_never_to(STR("l-request@x.ru")));
	CHECK(mail_ack_never_to(STR("MAILER-DAEMON@x.ru")));
	CHECK(!mail_ack_never_to(STR("anna@x.ru")) && !mail_ack_never_to(STR("daemonic@x.ru")));
	CHECK_INT(mail_ack_language(STR("Заказ"), STR("Где iPhone 15?"), LANG_EN), LANG_RU);
	CHECK_INT(mail_ack_language(STR("Order"), STR("Where"), LANG_RU), LANG_EN);
	CHECK_INT(mail_ack_language(STR("?"), STR("..."), LANG_RU), LANG_RU);
}

static void write_from(struct post *p, const char *from, const char *id, const char *more)
{
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	post_letter(p,
	            str_printf(p->a,
	                       "From: Ivan Petrov <%s>\nTo: help@shop.test\nSubject: Vases\n"
	                       "Message-ID: <%s@client.test>\n%s\nWhere is it?\n",
	                       from, id, more),
	            str_of(from), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
}

DB_TEST(an_inbox_acknowledges_in_its_own_words)
{
	struct post *p = post_new(engine);
	post_inbox(p, "help@shop.test", true);
	db_testing_exec(p->db,
	                "UPDATE inbox SET ack_en = 'Dear {{contact.first_name|customer}}, "
	                "{{ticket.subject}} is #{{ticket.id}}. {{brand.name}}'",
	                DB_NO_ARGS);
	write_from(p, "ivan@client.test", "1", "");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	CHECK(has(parsed(p, 0)->text, "Dear Ivan, Vases is #1. The Shop"));
	CHECK_STR(p->sent[0].mail_from, "");
	/* Not within the hour, and never to machines, lists and addresses that nobody reads. */
	write_from(p, "ivan@client.test", "2", "");
	write_from(p, "noreply@client.test", "3", "");
	write_from(p, "a@client.test", "4", "Auto-Submitted: auto-replied\n");
	write_from(p, "b@client.test", "5", "List-Id: <l.test>\n");
	write_from(p, "c@client.test", "6", "Precedence: bulk\n");
	post_run(p);
	CHECK_INT(p->n_sent, 1);
	post_free(p);
}

DB_TEST(acknowledgements_are_capped_for_a_day)
{
	struct post *p = post_new(engine);
	char id[8];
	p->in.autoack_most = 2;
	post_inbox(p, "help@shop.test", true);
	for (int i = 0; i < 6; i++) {
		snprintf(id, sizeof id, "n%d", i);
		write_from(p, "ivan@client.test", id, "");
		post_run(p);
		clock_advance(p->clock, 2 * USEC_HOUR);
	}
	CHECK_INT(p->n_sent, 2);
	post_free(p);
}

DB_TEST(an_answer_speaks_the_language_of_the_letters_and_answers_them)
{
	struct post *p = post_new(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", true);
	post_letter(p,
	            STR("From: ivan@client.test\nTo: help@shop.test\nSubject: iPhone 15\n"
	                "Message-ID: <one@client.test>\n"
	                "Content-Type: text/plain; charset=utf-8\n\nГде мой заказ?\n"),
	            STR("ivan@client.test"), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
	post_run(p);
	struct mime_message *m = parsed(p, 0), *ack = m;
	CHECK(m->auto_reply && has(m->html, "<html lang=\"ru\""));
	post_answer(p, 1, "Едет.");
	post_run(p);
	m = parsed(p, 1);
	CHECK(has(m->text, "Обращение № 1") && has(m->html, "<html lang=\"ru\""));
	CHECK(has(m->text, "пишет:\n> Где мой заказ?"));
	/* The letter that is quoted, not what we acknowledged it with; the chain knows both. */
	CHECK_INT(m->in_reply_to.n, 1);
	CHECK_STR(m->in_reply_to.p[0], "one@client.test");
	CHECK_INT(m->references.n, 2);
	CHECK_STR(m->references.p[0], "one@client.test");
	CHECK_STRS(m->references.p[1], ack->message_id);
	/* What somebody set by hand stands above it. */
	db_testing_exec(p->db, "UPDATE contact SET language = 'en'", DB_NO_ARGS);
	post_answer(p, 1, "On its way.");
	post_run(p);
	CHECK(has(parsed(p, 2)->html, "<html lang=\"en\""));
	post_free(p);
}
