/* bounce_test.c: reports that a letter did not arrive, in the words of many servers. */
#include "base/test.h"
#include "mime/parse.h"

static struct mime_message *report(struct arena *a, const char *head, const char *body)
{
	struct mime_message *m;
	struct error e;
	str raw = str_printf(a, "From: Mail Delivery System <MAILER-DAEMON@mx.test>\n%s\n\n%s\n",
	                     head, body);
	CHECK_OK(mime_parse(a, raw, NULL, &m, &e), &e);
	return m;
}

static void check(const char *body, const char *who, const char *status, const char *code)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m = report(a, "Subject: Undelivered Mail Returned to Sender", body);
	CHECK(m->is_bounce && !m->temporary && m->auto_reply);
	CHECK_INT(m->bounces.n, 1);
	CHECK_STR(m->bounces.p[0].recipient, who);
	CHECK_STR(m->bounces.p[0].status, status);
	CHECK_STR(m->bounces.p[0].smtp_code, code);
}

TEST(bounces_in_plain_words)
{
	check(
	    "<vera@client.test>: host mx.client.test[192.0.2.1] said: 550 5.1.1\n    User unknown",
	    "vera@client.test", "5.1.1", "550");
	/* the host is the reporting server's own */
	check("Your mail to the following recipients could not be delivered:\n\tvera\n",
	      "vera@mx.test", "5.0.0", "");
	/* the address that we wrote to, behind the one that failed */
	check(
	    "   ----- The following addresses had permanent fatal errors -----\nv1@in.client.test\n"
	    "    (expanded from: vera@client.test)\n\n554 Too many hops",
	    "vera@client.test", "5.0.0", "554");
	/* a transcript: the other server's verdict, not our side's summary */
	check("   ----- Transcript of session follows -----\n"
	      "554 <vera@client.test>... 550 Host unknown (Authoritative answer)\n",
	      "vera@client.test", "5.0.0", "550");
	check("   ----- Transcript of session follows -----\nWhile talking to mx.client.test:\n"
	      ">>> DATA\n<<< 550 No\n554 <vera@client.test>... Remote protocol error\n",
	      "vera@client.test", "5.0.0", "550");
	/* no code at all, but a reason */
	check("Could not be delivered to: <vera@client.test>\n As their mailbox is full.\n",
	      "vera@client.test", "5.2.2", "");
}

TEST(bounces_of_lists_and_lost_structure)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m =
	    report(a,
	           "Subject: Utilisateur inconnu\nContent-Type: multipart/report; "
	           "report-type=delivery-status; boundary=x",
	           "--x\n\nA message could not be delivered to:\nvera@client.test\n--x--");
	CHECK(m->is_bounce);
	CHECK_STR(m->bounces.p[0].recipient, "vera@client.test");
	/* a person who writes about bounces */
	struct error e;
	CHECK_OK(mime_parse(a,
	                    STR("From: Anna <anna@client.test>\nSubject: my parcel\n\nThe courier "
	                        "says the parcel could not be delivered to vera@client.test."),
	                    NULL, &m, &e),
	         &e);
	CHECK(!m->is_bounce && !m->auto_reply);
}

TEST(bounces_and_complaints_are_told_apart)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m;
	struct error e;
	CHECK_OK(
	    mime_parse(a,
	               STR("From: fbl@provider.test\nSubject: FW: hello\nContent-Type: "
	                   "multipart/report; report-type=feedback-report; boundary=x\n\n--x\n\n"
	                   "This is an abuse report.\n--x\nContent-Type: "
	                   "message/feedback-report\n\nFeedback-Type: abuse\n\n--x\nContent-Type: "
	                   "message/rfc822\n\nMessage-ID: <ours@shop.test>\n\nhello\n--x--\n"),
	               NULL, &m, &e),
	    &e);
	CHECK(m->is_feedback_report && !m->is_bounce && m->auto_reply);
	CHECK_STR(m->bounce_message_id, "ours@shop.test");
}
