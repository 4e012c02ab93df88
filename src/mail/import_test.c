/* import_test.c: archives come in. */
#include "mail/import.h"

#include <fcntl.h>
#include <unistd.h>

#include "events/event.h"
#include "mail/mail_testing.h"
#include "store/check.h"

static const char *file_of(struct post *p, const char *name, const char *text)
{
	const char *path = str_z(p->a, str_printf(p->a, "%s/%s", test_tmp_dir(), name));
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

static struct mail_imported import(struct post *p, struct mail_import im, const char *text)
{
	struct mail_imported sum;
	const char *path = file_of(p, "archive.mbox", text);
	im.in = &p->in;
	im.inbox = STR("help@shop.test");
	CHECK_OK(mail_import_mbox(&im, &path, 1, &sum, &p->e), &p->e);
	return sum;
}

static void broken(void *arg, const char *what, int64_t id)
{
	(void)arg;
	test_fail(__FILE__, __LINE__, "%s (id %lld)", what, (long long)id);
}

static void audit(struct post *p)
{
	struct db_conn *c;
	int n;
	int64_t checked, bad;
	CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
	CHECK_OK(check_rows(c, broken, NULL, &n, &p->e), &p->e);
	CHECK_OK(event_verify(c, &checked, &bad, &p->e), &p->e);
	db_read_end(p->db, c);
	CHECK_INT(bad, 0);
	CHECK_INT(p->n_sent, 0);
	CHECK_INT(post_int(p, "SELECT count(*) FROM delivery", 0), 0);
}

#define SEP "From x@y.test  Mon Oct  2 21:12:29 2023\n"

/* Not in order; one conversation of a customer, a stranger and us; another by a parent that is
 * not there; one twice; one that nobody wrote. */
static const char ARCHIVE[] =
    SEP "From: Carl <carl@else.test>\nTo: list@x.test\nSubject: Re: Help\n"
        "Date: Tue, 3 Oct 2023 12:00:00 +0000\nMessage-ID: <3@else.test>\n"
        "In-Reply-To: <1@client.test>\n\nMe too\n\n" SEP
        "From: Anna <anna@client.test>\nTo: help@shop.test\nSubject: Help\n"
        "Date: Mon, 2 Oct 2023 12:00:00 +0000\nMessage-ID: <1@client.test>\n\nWhere is it?\n"
        ">From here I see nothing\n\n" SEP
        "From: Shop <help@shop.test>\nTo: anna@client.test\nSubject: Re: Help\n"
        "Date: Mon, 2 Oct 2023 13:00:00 +0000\nMessage-ID: <2@shop.test>\n"
        "In-Reply-To: <1@client.test>\n\nOn its way\n\n" SEP
        "From: Bob <bob@client.test>\nSubject: Re: Lost\nMessage-ID: <4@client.test>\n"
        "Date: Wed, 4 Oct 2023 12:00:00 +0000\nReferences: <gone1@client.test>\n\nFour\n\n" SEP
        "From: Eve <eve@client.test>\nSubject: Re: Lost\nMessage-ID: <5@client.test>\n"
        "Date: Wed, 4 Oct 2023 13:00:00 +0000\nReferences: <gone1@client.test>\n\nFive\n\n" SEP
        "From: Eve <eve@client.test>\nSubject: Re: Lost\nMessage-ID: <5@client.test>\n"
        "Date: Wed, 4 Oct 2023 13:00:00 +0000\nReferences: <gone1@client.test>\n\nFive\n\n" SEP
        "Subject: nobody\n\nHello\n\n" SEP
        "From: anna@shop.test\nTo: New <new@client.test>\nSubject: Your order\n"
        "Date: Thu, 5 Oct 2023 12:00:00 +0000\nMessage-ID: <6@shop.test>\n\nWe begin\n";

DB_TEST(an_archive_comes_in_once)
{
	struct post *p = post_new(engine);
	post_inbox(p, "help@shop.test", true);
	struct mail_imported s = import(p, (struct mail_import){.batch = 3}, ARCHIVE);
	CHECK_INT(s.letters, 8);
	CHECK_INT(s.accepted, 6);
	CHECK_INT(s.by_us, 2);
	CHECK_INT(s.tickets, 3);
	CHECK_INT(s.duplicate, 1);
	CHECK_INT(s.quarantined, 1);
	CHECK_INT(s.known, 0);
	CHECK_INT(post_int(p, "SELECT count(*) FROM intake", 0), 8);
	/* in the order of their dates, under their dates, by whom they are */
	CHECK_STR(post_str(p, "SELECT text FROM message WHERE id = 1", 0),
	          "Where is it?\nFrom here I see nothing");
	CHECK_STR(post_str(p, "SELECT kind FROM message WHERE id = 2", 0), "agent");
	CHECK_STR(post_str(p, "SELECT warning FROM message WHERE id = 3", 0), "unknown_sender");
	CHECK_INT(post_int(p, "SELECT count(*) FROM message WHERE ticket_id = 1", 0), 3);
	CHECK_INT(post_int(p, "SELECT count(*) FROM message WHERE ticket_id = 2", 0), 2);
	CHECK_INT(post_int(p, "SELECT created_at FROM ticket WHERE id = 1", 0) / USEC_SECOND,
	          1696248000);
	CHECK_INT(post_int(p, "SELECT waiting_since FROM ticket WHERE id = 1", 0) / USEC_SECOND,
	          1696334400);
	CHECK_STR(post_str(p, "SELECT status FROM ticket WHERE id = 1", 0), "open");
	CHECK_STR(post_str(p, "SELECT status FROM ticket WHERE id = 2", 0), "new");
	/* ours to somebody */
	CHECK_STR(post_str(p, "SELECT status FROM ticket WHERE id = 3", 0), "pending");
	CHECK_INT(post_int(p, "SELECT coalesce(waiting_since, 0) FROM ticket WHERE id = 3", 0), 0);
	CHECK_STR(post_str(p,
	                   "SELECT i.value FROM identity i JOIN ticket t ON t.contact_id = "
	                   "i.contact_id WHERE t.id = 3",
	                   0),
	          "new@client.test");
	CHECK_INT(post_int(p, "SELECT account_id FROM message WHERE ticket_id = 3", 0), p->agent);
	/* again: nothing; nor under another name, nor with the letter by LMTP */
	s = import(p, (struct mail_import){.batch = 100}, ARCHIVE);
	CHECK_INT(s.known, 8);
	CHECK_INT(s.done, 8);
	CHECK_INT(post_int(p, "SELECT count(*) FROM intake", 0), 8);
	CHECK_INT(post_int(p, "SELECT count(*) FROM message", 0), 6);
	post_run(p);
	audit(p);
	post_free(p);
}

DB_TEST(archives_of_one_conversation_in_the_wrong_order)
{
	struct post *p = post_new(engine);
	post_inbox(p, "help@shop.test", false);
	(void)import(p, (struct mail_import){.has_status = true, .status = TICKET_CLOSED},
	             SEP "From: b@client.test\nMessage-ID: <2@c.test>\nDate: Tue, 3 Oct 2023 "
	                 "12:00:00 +0000\nIn-Reply-To: <1@c.test>\n\nTwo\n\n" SEP
	                 "From: c@client.test\nMessage-ID: <3@c.test>\nDate: Tue, 3 Oct 2023 "
	                 "13:00:00 +0000\nIn-Reply-To: <1@c.test>\n\nThree\n");
	struct mail_imported s =
	    import(p, (struct mail_import){.has_status = true, .status = TICKET_CLOSED},
	           SEP "From: a@client.test\nMessage-ID: <1@c.test>\nDate: Mon, 2 Oct 2023 "
	               "12:00:00 +0000\n\nOne\n");
	CHECK_INT(s.tickets, 0);
	CHECK_INT(s.accepted, 1);
	CHECK_INT(post_int(p, "SELECT count(*) FROM ticket", 0), 1);
	CHECK_STR(post_str(p, "SELECT status FROM ticket WHERE id = 1", 0), "closed");
	CHECK_INT(post_int(p, "SELECT coalesce(waiting_since, 0) FROM ticket WHERE id = 1", 0), 0);
	CHECK_STR(post_str(p, "SELECT snippet FROM ticket WHERE id = 1", 0), "Three");
	audit(p);
	post_free(p);
}

DB_TEST(participants_only_is_the_rule_of_live_letters)
{
	struct post *p = post_new(engine);
	post_inbox(p, "help@shop.test", false);
	struct mail_imported s =
	    import(p, (struct mail_import){.participants_only = true}, ARCHIVE);
	CHECK_INT(s.tickets, 5);
	CHECK_INT(post_int(p, "SELECT count(*) FROM message WHERE ticket_id = 1", 0), 2);
	audit(p);
	post_free(p);
}

/* A live ticket is nobody's to enter by naming its letters. */
DB_TEST(an_archive_does_not_enter_live_tickets)
{
	struct post *p = post_new(engine);
	enum lmtp_reply r[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	post_letter(p, STR("From: anna@client.test\nMessage-ID: <live1@c.test>\n\nHi\n"),
	            STR("anna@client.test"), &to, 1, r);
	struct mail_imported s = import(
	    p, (struct mail_import){0},
	    SEP "From: eve@else.test\nMessage-ID: <9@c.test>\nIn-Reply-To: <live1@c.test>\n\nX\n"
	        "\n" SEP "From: anna@client.test\nMessage-ID: <10@c.test>\n"
	        "In-Reply-To: <live1@c.test>\nDate: Tue, 3 Oct 2023 12:00:00 +0000\n\nMore\n"
	        "\n" SEP "From: anna@client.test\nMessage-ID: <live1@c.test>\n\nHi\n");
	CHECK_INT(s.known, 1);
	CHECK_INT(s.accepted, 2);
	CHECK_INT(post_int(p,
	                   "SELECT count(*) FROM message WHERE ticket_id = 1 AND author_address = "
	                   "'anna@client.test'",
	                   0),
	          2);
	CHECK_INT(post_int(p,
	                   "SELECT count(*) FROM message WHERE ticket_id = 1 AND author_address = "
	                   "'eve@else.test'",
	                   0),
	          0);
	audit(p);
	post_free(p);
}

DB_TEST(what_is_no_archive_is_told)
{
	struct post *p = post_new(engine);
	struct mail_imported sum;
	struct mail_import im = {.in = &p->in, .inbox = STR("help@shop.test")};
	const char *path = file_of(p, "none.mbox", "Hello\n");
	CHECK_INT(mail_import_mbox(&im, &path, 1, &sum, &p->e), ERR_NOT_FOUND);
	CHECK_STR(str_of(p->e.field), "inbox");
	post_inbox(p, "help@shop.test", false);
	CHECK_INT(mail_import_mbox(&im, &path, 1, &sum, &p->e), ERR_INVALID);
	CHECK_STR(str_of(p->e.key), "error.not_mbox");
	path = "/nowhere/at/all";
	CHECK_INT(mail_import_mbox(&im, &path, 1, &sum, &p->e), ERR_IO);
	post_free(p);
}
