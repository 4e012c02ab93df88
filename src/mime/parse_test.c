/* parse_test.c: letters as they come, right and wrong; bombs. */
#include "mime/parse.h"

#include "base/date.h"
#include "base/test.h"
#include "mime/internal.h"

static struct mime_message *parse(struct arena *a, const char *raw)
{
	struct mime_message *m;
	struct error e;
	CHECK_OK(mime_parse(a, str_of(raw), NULL, &m, &e), &e);
	return m;
}

TEST(mime_plain_letter)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m =
	    parse(a, "From: Anna <Anna@Example.ORG>\r\nTo: a@b.ru, \"Smith, John\" <j@c.ru>\r\n"
	             "Subject: =?utf-8?B?0J/RgNC40LI=?= =?utf-8?B?0LXRgg==?=\r\n"
	             "Date: Thu, 21 Nov 2024 17:22:00 +0300\r\nMessage-ID: <1@x>\r\n"
	             "In-Reply-To: <0@x>\r\nReferences: <a@x>\r\n <0@x>\r\n\r\nHello\r\nthere\r\n");
	CHECK_INT(m->from.n, 1);
	CHECK_STR(m->from.p[0].name, "Anna");
	CHECK_STR(m->from.p[0].email, "Anna@example.org");
	CHECK_INT(m->to.n, 2);
	CHECK_STR(m->to.p[1].name, "Smith, John");
	CHECK_STR(m->to.p[1].email, "j@c.ru");
	CHECK_STR(m->subject, "Привет");
	CHECK(m->has_date);
	CHECK_STRS(date_rfc3339(a, m->date), STR("2024-11-21T14:22:00.000000Z"));
	CHECK_INT(m->date_offset, 180);
	CHECK_STR(m->message_id, "1@x");
	CHECK_STR(m->in_reply_to.p[0], "0@x");
	CHECK_INT(m->references.n, 2);
	CHECK_STR(m->references.p[1], "0@x");
	CHECK_STR(m->text, "Hello\nthere\n");
	CHECK_STR(m->html, "");
	CHECK_INT(m->attachments.n, 0);
	CHECK(!m->auto_reply && !m->is_bounce);
	CHECK_STR(m->limit_hit, "");
}

TEST(mime_empty_is_refused_and_rubbish_is_not)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m;
	struct error e;
	CHECK_INT(mime_parse(a, STR(""), NULL, &m, &e), ERR_INVALID);
	CHECK(m == NULL);
	CHECK_OK(mime_parse(a, str_n("\0\xff\xfe", 3), NULL, &m, &e), &e);
	CHECK_INT(m->from.n, 0);
	m = parse(a, "no header at all");
	CHECK_STR(m->text, "no header at all");
}

TEST(mime_alternative_with_related_and_file)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m = parse(
	    a, "From: a@b.ru\nContent-Type: multipart/mixed; boundary=\"m\"\n\npreamble\n--m\n"
	       "Content-Type: multipart/alternative; boundary=alt\n\n--alt\n\nplain words\n--alt\n"
	       "Content-Type: multipart/related; boundary=rel\n\n--rel\nContent-Type: text/html; "
	       "charset=utf-8\n\n"
	       "<p>html <img src=\"cid:i1\"></p>\n--rel\nContent-Type: image/png; name=p.png\n"
	       "Content-ID: <i1>\nContent-Transfer-Encoding: "
	       "base64\n\niVBORw==\n--rel--\n--alt--\n--m\n"
	       "Content-Type: application/pdf\nContent-Disposition: attachment;\n"
	       " filename*0*=UTF-8''%D0%A1%D1%87; filename*1*=%D1%91%D1%82; filename*2=\".pdf\"\n"
	       "Content-Transfer-Encoding: BASE64\n\nAAEC\n--m--\nepilogue\n");
	CHECK_STR(m->text, "plain words");
	CHECK(str_find(m->html, STR("cid:i1")) > 0);
	CHECK(!m->text_from_html);
	CHECK_INT(m->attachments.n, 2);
	CHECK_STR(m->attachments.p[0].name, "p.png");
	CHECK_STR(m->attachments.p[0].content_id, "i1");
	CHECK(m->attachments.p[0].is_inline);
	CHECK_INT(m->attachments.p[0].bytes.n, 4);
	CHECK_STR(m->attachments.p[1].name, "Счёт.pdf");
	CHECK_STR(m->attachments.p[1].disposition, "attachment");
	CHECK(!m->attachments.p[1].is_inline);
	CHECK_STRS(m->attachments.p[1].bytes, str_n("\0\1\2", 3));
}

TEST(mime_html_only_and_list_footer)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m =
	    parse(a, "Content-Type: text/html; "
	             "charset=windows-1251\n\n<p>\xcf\xf0\xe8\xe2\xe5\xf2</p><p>two");
	CHECK_STR(m->text, "Привет\n\ntwo");
	CHECK(m->text_from_html);
	CHECK_STR(m->html, "<p>Привет</p><p>two");
	m = parse(a, "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: "
	             "text/html\n\n<b>body</b>\n"
	             "--x\nContent-Type: text/plain\n\n_____\nlist footer <x>\n--x--\n");
	CHECK_STR(m->text, "body\n_____\nlist footer <x>");
	CHECK(str_find(m->html, STR("list footer &lt;x&gt;")) > 0);
}

TEST(mime_broken_structure_is_still_read)
{
	ARENA_AUTO a = arena_new();
	/* no end delimiter, no boundary parameter, a boundary that never comes */
	struct mime_message *m =
	    parse(a, "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello");
	CHECK_STR(m->text, "hello");
	m = parse(a, "Content-Type: multipart/mixed\n\n--lost1234\nContent-Type: "
	             "text/plain\n\nhello\n--lost1234--\n");
	CHECK_STR(m->text, "hello");
	m = parse(a, "Content-Type: multipart/mixed; boundary=zzz\n\njust text\n");
	CHECK_STR(m->text, "just text\n");
	/* an mbox line, a header without its colon, a careless continuation */
	m = parse(a, "From x@y Thu\nSubject: one\ntwo three\nTo: a@b.ru\n\nbody");
	CHECK_STR(m->subject, "onetwo three");
	CHECK_STR(m->to.p[0].email, "a@b.ru");
	m = parse(a, "Subject: s\nthis is no header\nnor this\n");
	CHECK_STR(m->text, "this is no header\nnor this\n");
}

TEST(mime_flowed_text)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m =
	    parse(a, "Content-Type: text/plain; format=flowed\n\n> quoted \n> text\n"
	             "one \ntwo\n stuffed\n-- \nname\n");
	CHECK_STR(m->text, "> quoted text\none two\nstuffed\n-- \nname\n");
}

TEST(mime_uuencoded_file)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m =
	    parse(a, "Subject: x\n\nsee\nbegin 644 a.txt\n#0V%T\n`\nend\nbye\n");
	CHECK_STR(m->text, "see\nbye\n");
	CHECK_INT(m->attachments.n, 1);
	CHECK_STR(m->attachments.p[0].bytes, "Cat");
	CHECK_STR(m->attachments.p[0].name, "a.txt");
	m = parse(a, "Subject: x\n\nbegin 644 a.txt\nbegin 644 b\nno end\n");
	CHECK_STR(m->text, "begin 644 a.txt\nbegin 644 b\nno end\n");
}

static void check_addresses(const char *field, const char *want)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	struct mime_addrs v = mime_parse_addresses(a, str_of(field), 100, NULL);
	for (size_t i = 0; i < v.n; i++)
		buf_addf(&b, "%s%.*s|%.*s", i ? " " : "", STR_FMT(v.p[i].name),
		         STR_FMT(v.p[i].email));
	CHECK_STR(buf_str(&b), want);
}

TEST(mime_addresses)
{
	check_addresses("a@b.ru", "|a@b.ru");
	check_addresses("a@b.ru (Anna B)", "Anna B|a@b.ru");
	check_addresses("\"a \\\"q\\\" b\" <A@B.RU>", "a \"q\" b|A@b.ru");
	check_addresses("Friends: a@b.ru, X <c@d.ru>;, e@f.ru", "|a@b.ru X|c@d.ru |e@f.ru");
	check_addresses("undisclosed-recipients:;", "");
	check_addresses("a@b.ru; c@d.ru", "|a@b.ru |c@d.ru");
	check_addresses("=?utf-8?Q?Smith,_J?= <j@x.ru>", "Smith, J|j@x.ru");
	check_addresses("Anna <a@b.ru", "Anna|a@b.ru");
	check_addresses("<<a@b.ru>>", "|a@b.ru");
	check_addresses("Anna a@b.ru", "Anna|a@b.ru");
	check_addresses("mailto:a@b.ru", "|a@b.ru");
	check_addresses("<@relay.ru,@x.ru:u@y.ru>", "|u@y.ru");
	check_addresses("Root", "Root|");
	check_addresses("\"a@b.ru\" <c@d.ru>", "a@b.ru|c@d.ru");
	check_addresses("'Anna' <'a@b.ru'>", "Anna|a@b.ru");
	check_addresses("\"unclosed <a@b.ru>", "\"unclosed|a@b.ru");
	check_addresses("a@b.ru,,,", "|a@b.ru");
	check_addresses("\xcf\xf0\xe8\xe2\xe5\xf2 <a@b.ru>", "Привет|a@b.ru");
	bool over = false;
	ARENA_AUTO a = arena_new();
	CHECK_INT(mime_parse_addresses(a, STR("a@b.ru, c@d.ru, e@f.ru"), 2, &over).n, 2);
	CHECK(over);
}

TEST(mime_what_is_an_address)
{
	CHECK(mime_is_address(STR("a@b")));
	CHECK(mime_is_address(STR("a+b.c@пример.рф")));
	CHECK(mime_is_address(STR("\"a b\"@c.ru")));
	CHECK(mime_is_address(STR("a@[192.0.2.1]")));
	CHECK(!mime_is_address(STR("")));
	CHECK(!mime_is_address(STR("a")));
	CHECK(!mime_is_address(STR("@b")));
	CHECK(!mime_is_address(STR("a@")));
	CHECK(!mime_is_address(STR("a@b@c")));
	CHECK(!mime_is_address(STR("a b@c")));
	CHECK(!mime_is_address(STR("a@b\r\nRCPT TO:<x@y>")));
	CHECK(!mime_is_address(STR("a@b>")));
	CHECK(!mime_is_address(STR("a@.b")));
	CHECK(!mime_is_address(STR("a@b..c")));
	ARENA_AUTO a = arena_new();
	CHECK_STR(mime_address_ascii(a, STR("u@пример.рф")), "u@xn--e1afmkfd.xn--p1ai");
	CHECK_STR(mime_address_ascii(a, STR("u@bücher.example")), "u@xn--bcher-kva.example");
	CHECK_STR(mime_address_ascii(a, STR("u@plain.ru")), "u@plain.ru");
}

static void check_date(const char *field, const char *want, int offset)
{
	ARENA_AUTO a = arena_new();
	usec t = 0;
	int off = 0;
	bool good = mime_parse_date(str_of(field), &t, &off);
	if (!want) {
		CHECK(!good);
		return;
	}
	CHECK(good);
	CHECK_STR(str_sub(date_rfc3339(a, t), 0, 19), want);
	CHECK_INT(off, offset);
}

TEST(mime_dates)
{
	check_date("Thu, 21 Nov 2024 17:22:00 +0300", "2024-11-21T14:22:00", 180);
	check_date("21 Nov 24 17:22 GMT (comment)", "2024-11-21T17:22:00", 0);
	check_date("Thu,21-Nov-2024 17:22:00 EST", "2024-11-21T22:22:00", -300);
	check_date("Thu Nov 21 17:22:05 2024", "2024-11-21T17:22:05", 0);
	check_date("2024-11-21T17:22:00+03:00", "2024-11-21T14:22:00", 180);
	check_date("2024-11-21 17:22:00 -0800", "2024-11-22T01:22:00", -480);
	check_date("Fri, 01 Jan 99 00:00:00 MSK", "1998-12-31T21:00:00", 180);
	check_date("31 Feb 2024 00:00:00 +0000", NULL, 0);
	check_date("soon", NULL, 0);
	check_date("", NULL, 0);
}

TEST(mime_encoded_words)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(mime_decode_words(a, STR("a =?utf-8?q?=D0=9F_x?= b")), "a П x b");
	/* a letter cut in two words, B and Q mixed, words that touch */
	CHECK_STR(mime_decode_words(a, STR("=?utf-8?Q?=D0?= =?utf-8?Q?=9F?=")), "П");
	CHECK_STR(mime_decode_words(a, STR("=?utf-8?B?0J/R?=\r\n =?UTF-8?B?gNC4?=")), "При");
	CHECK_STR(mime_decode_words(a, STR("=?koi8-r?B?8NLJ18XU?==?utf-8?B?IQ==?=")), "Привет!");
	CHECK_STR(mime_decode_words(a, STR("=?x-nonsense?Q?=CF=F0=E8=E2=E5=F2?=")), "Привет");
	CHECK_STR(mime_decode_words(a, STR("=?utf-8?X?zz?= =?utf-8?Q?no end")),
	          "=?utf-8?X?zz?= =?utf-8?Q?no end");
	CHECK_STR(
	    mime_decode_words(a, STR("\xf0\xd2\xc9\xd7\xc5\xd4, \xcb\xc1\xcb \xc4\xc5\xcc\xc1?")),
	    "Привет, как дела?");
	CHECK_STR(mime_decode_words(a, STR("a\r\n\tb\x01")), "a b");
	CHECK_STR(mime_decode_words(a, STR("=?utf-8?B?AGFi?=")), "\xEF\xBF\xBD"
	                                                         "ab");
}

TEST(mime_parameters)
{
	ARENA_AUTO a = arena_new();
	struct mime_value v =
	    mime_parse_value(a, STR("Text/PLAIN; charset=\"utf-8\"; name=my file.txt ; x"));
	CHECK_STR(v.main, "text/plain");
	CHECK_STR(mime_param(&v, STR("charset")), "utf-8");
	CHECK_STR(mime_param(&v, STR("name")), "my file.txt");
	v = mime_parse_value(a, STR("attachment; filename=\"C:\\docs\\a;b \\\"q\\\".txt\""));
	CHECK_STR(mime_param(&v, STR("filename")), "C:docsa;b \"q\".txt");
	v = mime_parse_value(
	    a, STR("attachment; filename=bad.txt; filename*=windows-1251''%CF%F0.txt"));
	CHECK_STR(mime_param(&v, STR("filename")), "Пр.txt");
	/* against the rules: no charset, an encoded word, sections out of order */
	v = mime_parse_value(a, STR("attachment; filename*=%D0%9F.txt"));
	CHECK_STR(mime_param(&v, STR("filename")), "П.txt");
	v = mime_parse_value(a, STR("attachment; filename=\"=?utf-8?B?0J8=?=.txt\""));
	CHECK_STR(mime_param(&v, STR("filename")), "П.txt");
	v = mime_parse_value(a, STR("a/b; n*1=b; n*0=a; n*3=d"));
	CHECK_STR(mime_param(&v, STR("n")), "ab");
}

TEST(mime_names_hold_no_folder)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m =
	    parse(a, "Content-Type: application/x; name=\"../../etc/passwd\"\n\nx");
	CHECK_STR(m->attachments.p[0].name, "passwd");
	m = parse(a, "Content-Type: application/x; name=\"..\"\n\nx");
	CHECK_STR(m->attachments.p[0].name, "attachment-1.bin");
	CHECK(m->attachments.p[0].name_made);
	m = parse(
	    a,
	    "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: image/png\n\nx\n--x\n"
	    "Content-Type: message/rfc822\n\nSubject: =?utf-8?B?0J8v0J8=?=\n\nbody\n--x--\n");
	CHECK_STR(m->attachments.p[0].name, "attachment-1.png");
	CHECK_STR(m->attachments.p[1].name, "П_П.eml");
	m = parse(a, "Content-Type: application/x; name*=utf-8''a%E2%80%AEfdp%0D%0A.exe\n\nx");
	CHECK_STR(m->attachments.p[0].name, "afdp.exe");
}

TEST(mime_automatic_mail)
{
	ARENA_AUTO a = arena_new();
	CHECK(!parse(a, "From: a@b.ru\nAuto-Submitted: no\n\nx")->auto_reply);
	CHECK_INT(parse(a, "Auto-Submitted: auto-replied (vacation)\n\nx")->auto_kind,
	          MIME_AUTO_REPLIED);
	CHECK_INT(parse(a, "Auto-Submitted: auto-generated\n\nx")->auto_kind, MIME_AUTO_GENERATED);
	CHECK_INT(parse(a, "Precedence: bulk\n\nx")->auto_kind, MIME_AUTO_LIST);
	CHECK_INT(parse(a, "List-Id: <x.y>\n\nx")->auto_kind, MIME_AUTO_LIST);
	struct mime_message *m = parse(a, "X-Auto-Response-Suppress: OOF, AutoReply\n\nx");
	CHECK(m->auto_reply && m->suppress_auto_response);
	CHECK_INT(m->auto_kind, MIME_AUTO_NONE);
	CHECK(parse(a, "Subject: =?utf-8?B?0JDQktCi0J7QntCi0JLQldCi?=: x\n\nx")->auto_reply);
	CHECK(parse(a, "Subject: Автоответ: нет\n\nx")->auto_reply);
	m = parse(a, "Return-Path: <>\nFrom: a@b.ru\n\nx");
	CHECK(m->return_path_empty && m->auto_reply);
	m = parse(a, "Return-Path: <Q@W.ru>\nFrom: a@b.ru\n\nx");
	CHECK_STR(m->return_path, "Q@w.ru");
}

TEST(mime_delivery_report)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m = parse(
	    a,
	    "From: MAILER-DAEMON@x.ru\nSubject: Undelivered\n"
	    "Content-Type: multipart/report; report-type=delivery-status; "
	    "boundary=r\n\n--r\n\nSorry.\n--r\n"
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x.ru\n\n"
	    "Original-Recipient: rfc822;Anna@Y.ru\nFinal-Recipient: rfc822; other@y.ru\nAction: "
	    "failed\n"
	    "Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 <a@y.ru>: no\n such user\n\n"
	    "Final-Recipient: rfc822; b@y.ru\nAction: delayed\nStatus: 4.4.1\n\n--r\n"
	    "Content-Type: message/rfc822\n\nMessage-ID: <orig@us>\nSubject: hi\n\nbody\n--r--\n");
	CHECK(m->is_bounce && !m->temporary && m->auto_reply);
	CHECK_INT(m->bounces.n, 2);
	CHECK_STR(m->bounces.p[0].recipient, "Anna@y.ru");
	CHECK_STR(m->bounces.p[0].action, "failed");
	CHECK_STR(m->bounces.p[0].status, "5.1.1");
	CHECK_STR(m->bounces.p[0].smtp_code, "550");
	CHECK(str_find(m->bounces.p[0].diagnostic, STR("no such user")) > 0);
	CHECK_STR(m->bounces.p[1].status, "4.4.1");
	CHECK_STR(m->bounce_message_id, "orig@us");
	/* a success report is no bounce */
	m = parse(a, "Content-Type: multipart/report; report-type=delivery-status; "
	             "boundary=r\n\n--r\n\nok\n--r\n"
	             "Content-Type: message/delivery-status\n\nReporting-MTA: dns; "
	             "x\n\nFinal-Recipient: rfc822;a@b\n"
	             "Action: delivered\nStatus: 2.0.0\n--r--\n");
	CHECK(!m->is_bounce);
}

TEST(mime_bounce_in_plain_words)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m = parse(
	    a,
	    "From: MAILER-DAEMON@x.ru\nTo: us@shop.ru\nSubject: failure notice\n\n"
	    "Hi. This is the qmail-send program at x.ru.\nI'm afraid I wasn't able to deliver your "
	    "message to the following addresses.\n\n<a@y.ru>:\n192.0.2.32 said: 550 5.1.1 no such "
	    "user\n\n"
	    "<B@Y.ru>:\nmailbox is full (#5.2.2)\n\n--- Below this line is a copy of the "
	    "message.\n\n"
	    "Return-Path: <us@shop.ru>\nMessage-ID: <orig@shop.ru>\nTo: c@z.ru\n");
	CHECK(m->is_bounce && !m->temporary);
	CHECK_INT(m->bounces.n, 2);
	CHECK_STR(m->bounces.p[0].recipient, "a@y.ru");
	CHECK_STR(m->bounces.p[0].status, "5.1.1");
	CHECK_STR(m->bounces.p[0].smtp_code, "550");
	CHECK_STR(m->bounces.p[1].recipient, "B@y.ru");
	CHECK_STR(m->bounces.p[1].status, "5.2.2");
	CHECK_STR(m->bounce_message_id, "orig@shop.ru");
	m = parse(a, "From: Mailer-Daemon@x.ru\nSubject: Warning: message delayed 24 "
	             "hours\nX-Failed-Recipients: a@y.ru\n"
	             "Auto-Submitted: auto-replied\n\nThe message has not yet been delivered. "
	             "Still trying.\n");
	CHECK(m->is_bounce && m->temporary);
	CHECK_STR(m->bounces.p[0].recipient, "a@y.ru");
	CHECK_STR(m->bounces.p[0].status, "4.0.0");
	/* a person who writes about such a letter is none */
	m = parse(a, "From: Anna <a@b.ru>\nSubject: Вопрос\n\nYour mail could not be delivered to "
	             "c@d.ru, says the server.\n");
	CHECK(!m->is_bounce && !m->auto_reply);
	m = parse(a, "From: Mailer-Daemon@x.ru\nReturn-Path: <>\nSubject: Out of office\n\nnot "
	             "delivered to me\n");
	CHECK(!m->is_bounce && m->auto_reply);
}

TEST(mime_headers_by_name)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m = parse(a, "X-A: =?utf-8?B?0J8=?=\n b\nx-a: 2\nX-Empty:\n\nx");
	CHECK_STR(mime_header(a, m, "x-A"), "П b");
	CHECK_INT(mime_header_count(m, "X-a"), 2);
	CHECK(mime_header(a, m, "X-Empty").p != NULL);
	CHECK(mime_header(a, m, "X-None").p == NULL);
}

/* --- bombs: bounded work, the limit named --- */

static struct mime_message *parse_buf(struct arena *a, const struct buf *b)
{
	struct mime_message *m;
	struct error e;
	CHECK_OK(mime_parse(a, buf_str(b), NULL, &m, &e), &e);
	return m;
}

TEST(mime_bomb_of_nested_parts)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "Subject: bomb\n");
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	buf_addz(&b, "\nhello\n");
	struct mime_message *m = parse_buf(a, &b);
	CHECK_STR(m->limit_hit, "depth");
	CHECK_STR(m->subject, "bomb");
}

TEST(mime_bomb_of_many_parts)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nfirst\n");
	for (int i = 0; i < 20000; i++)
		buf_addz(&b, "--x\nContent-Type: image/png\n\nx\n");
	struct mime_message *m = parse_buf(a, &b);
	CHECK_STR(m->limit_hit, "parts");
	CHECK_STR(m->text, "first");
	CHECK(m->attachments.n < 1000);
}

TEST(mime_bomb_of_headers)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "From: a@b.ru\nSubject: ");
	for (int i = 0; i < 1000000; i++)
		buf_addc(&b, 'x');
	buf_addz(&b, "\nTo: c@d.ru\n\nbody");
	struct mime_message *m = parse_buf(a, &b);
	CHECK_STR(m->limit_hit, "header_bytes");
	CHECK_STR(m->from.p[0].email, "a@b.ru");
	CHECK_STR(m->text, "body");
	buf_clear(&b);
	for (int i = 0; i < 5000; i++)
		buf_addz(&b, "X-A: b\n");
	buf_addz(&b, "\nbody");
	m = parse_buf(a, &b);
	CHECK_STR(m->limit_hit, "headers");
	CHECK_STR(m->text, "body");
}

static const char *const repeated[] = {
    "a:",           "a@b.ru,", "<",      "(",     "\"",         "=?",
    "=?a?b",        "=?x?q?",  "\\",     "<a",    "=?utf-8?B?", "a\"b(",
    "=?u?B?YQ==?=", ";",       "a b@c ", "((\\)", "@",          ",:<>"};

TEST(mime_bombs_in_every_field)
{
	static const char *const fields[] = {"From",
	                                     "Subject",
	                                     "Content-Type",
	                                     "Date",
	                                     "References",
	                                     "Content-Disposition",
	                                     "Authentication-Results"};
	for (size_t i = 0; i < COUNT_OF(repeated); i++) {
		ARENA_AUTO a = arena_new();
		BUF_AUTO b;
		buf_init(&b, 0);
		for (size_t f = 0; f < COUNT_OF(fields); f++) {
			buf_addf(&b, "%s: ", fields[f]);
			for (size_t n = 0; n < 30000 / strlen(repeated[i]); n++)
				buf_addz(&b, repeated[i]);
			buf_addz(&b, "?=\n");
		}
		buf_addz(&b, "\nbody");
		struct mime_message *m = parse_buf(a, &b);
		CHECK(m->from.n <= 1000);
	}
}

TEST(mime_bomb_of_addresses_and_references)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "Subject: s\nTo: ");
	for (int i = 0; i < 20000; i++)
		buf_addf(&b, "u%d@x.ru, ", i);
	buf_addz(&b, "\n\nbody");
	struct mime_message *m = parse_buf(a, &b);
	CHECK_STR(m->limit_hit, "addresses");
	CHECK_INT(m->to.n, 1000);
	buf_clear(&b);
	buf_addz(&b, "References: ");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "<u%d@x.ru>\n ", i);
	buf_addz(&b, "\n\nbody");
	m = parse_buf(a, &b);
	CHECK_STR(m->limit_hit, "references");
	CHECK_INT(m->references.n, 200);
	CHECK_STR(m->references.p[199], "u4999@x.ru");
}

TEST(mime_bomb_of_text)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "Subject: s\n\n");
	for (int i = 0; i < 300000; i++)
		buf_addz(&b, "0123456789");
	struct mime_message *m = parse_buf(a, &b);
	CHECK_STR(m->limit_hit, "text_bytes");
	CHECK_INT(m->text.n, 2 << 20);
	struct mime_limits small = MIME_LIMITS_DEFAULT;
	small.raw_bytes = 100;
	struct error e;
	CHECK_OK(mime_parse(a, buf_str(&b), &small, &m, &e), &e);
	CHECK_STR(m->limit_hit, "raw_bytes");
	CHECK_INT(m->text.n, 88);
}
