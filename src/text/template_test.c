#include "text/template_gen.h"

#include "base/test.h"
#include "text/template_probe.h"

static str html_of(struct arena *a, struct tpl_probe_html p)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	tpl_probe_html(&b, &p);
	return str_dup(a, buf_str(&b));
}

static void has(str s, const char *want)
{
	if (str_find(s, str_of(want)) < 0)
		test_fail(__FILE__, __LINE__, "no %s in\n%.*s", want, STR_FMT(s));
}

static void has_not(str s, const char *bad)
{
	if (str_find_nocase(s, str_of(bad)) >= 0)
		test_fail(__FILE__, __LINE__, "%s in\n%.*s", bad, STR_FMT(s));
}

TEST(template_escapes_for_each_place)
{
	ARENA_AUTO a = arena_new();
	str s = html_of(a, (struct tpl_probe_html){.v = STR("a<b>&\"'\nc d"), .n = -5});
	has(s,
	    "<p title=\"a&lt;b&gt;&amp;&quot;&#39;\nc d\" data-x='a&lt;b&gt;&amp;&quot;&#39;\nc d'>"
	    "a&lt;b&gt;&amp;&quot;&#39;\nc d</p>");
	has(s, "<pre>a&lt;b&gt;&amp;&quot;&#39;<br>\nc d</pre>");
	has(s, "<a href=\"#\">1</a>");
	has(s, "<a href=\"/find?q=a%3Cb%3E%26%22%27%0Ac%20d&amp;n=-5\">2</a>");
	has(s, "<i>Ticket a&lt;b&gt;&amp;&quot;&#39;\nc d</i>");
	has(s, "<q>a&lt;b&gt;&amp;&quot;&#39;\nc d</q>");
	has(s, "<em>none</em>");
}

TEST(template_lets_no_payload_through)
{
	static const char *const payloads[] = {
	    "<script>alert(1)</script>",
	    "\"><img src=x onerror=alert(1)>",
	    "'><svg onload=alert(1)>",
	    "javascript:alert(1)",
	    "JaVaScRiPt:alert(1)",
	    " javascript:alert(1)",
	    "java\tscript:alert(1)",
	    "java\nscript:alert(1)",
	    "\x01javascript:alert(1)",
	    "data:text/html,<script>1</script>",
	    "vbscript:x",
	    "//evil.example",
	    "/\\evil.example",
	    "\\\\evil.example",
	    "/\t/evil.example",
	    "</title><script>",
	    "--><script>",
	    "&lt;script&gt;",
	    "javascript&#58;alert(1)",
	    "{{v}}",
	    "https://ok.example/\" onclick=\"x",
	    "\xff<script>",
	    "<\xd1script>",
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(payloads); i++) {
		str v = str_of(payloads[i]);
		str s = html_of(a, (struct tpl_probe_html){.v = v});
		has_not(s, "<script");
		has_not(s, "<img");
		has_not(s, "<svg");
		has_not(s, "href=\"javascript");
		has_not(s, "href=\" ");
		has_not(s, "href=\"java");
		has_not(s, "href=\"data");
		has_not(s, "href=\"vb");
		has_not(s, "href=\"//");
		has_not(s, "href=\"/\\");
		has_not(s, "href=\"\\");
		has_not(s, "\" onclick=");
		CHECK(str_is_utf8(s));
		/* The tags are those of the template, whatever the value. */
		size_t tags = 0, plain = 0;
		str clean = html_of(a, (struct tpl_probe_html){.v = STR("x")});
		for (size_t k = 0; k < s.n; k++)
			tags += s.p[k] == '<' && !str_starts(str_from(s, k), STR("<br>"));
		for (size_t k = 0; k < clean.n; k++)
			plain += clean.p[k] == '<';
		CHECK_INT(tags, plain);
	}
}

TEST(template_takes_good_addresses)
{
	static const char *const good[] = {"https://x.example/a?b=1#c",
	                                   "HTTP://x.example",
	                                   "mailto:a@b.co",
	                                   "/path",
	                                   "#part",
	                                   "?q",
	                                   "tel:+7495"};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(good); i++)
		has(html_of(a, (struct tpl_probe_html){.v = str_of(good[i])}),
		    str_z(a, str_printf(a, "<a href=\"%s\">1</a>", good[i])));
}

TEST(template_markup_and_lists)
{
	ARENA_AUTO a = arena_new();
	struct tpl_probe_html_rows rows[] = {{STR("a\"b"), {STR("<b>1</b>")}},
	                                     {STR("c"), {STR("2")}}};
	str s = html_of(
	    a, (struct tpl_probe_html){
	           .lang = LANG_RU, .b = true, .m = {STR("<u>x</u>")}, .rows = rows, .n_rows = 2});
	has(s, "<div><u>x</u></div>\n<b>ru</b>\n<li title=\"a&quot;b\"><b>1</b></li>\n<li "
	       "title=\"c\">2</li>\n");
	has_not(s, "none");
}

TEST(template_subject_is_one_line)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	tpl_probe_subject(
	    &b, &(struct tpl_probe_subject){.v = STR("a\r\nBcc: x@y.zz\x7f\u2028z\xc2\x85\xff")});
	CHECK_STR(buf_str(&b), "Re: a Bcc: x@y.zz z \xef\xbf\xbd");
}

TEST(template_plain_text)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	tpl_probe_txt(&b, &(struct tpl_probe_txt){.v = STR("<a> & \"b\"\r\nc\rd\x01\xff")});
	CHECK_STR(buf_str(&b), "  <a> & \"b\"\nc\nd\xef\xbf\xbd\nend\n");
	buf_clear(&b);
	tpl_probe_txt(&b, &(struct tpl_probe_txt){.v = STR("")});
	CHECK_STR(buf_str(&b), "end\n");
}

TEST(template_reply_letter)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	tpl_reply_txt(&b, &(struct tpl_reply_txt){.lang = LANG_RU,
	                                          .marker = true,
	                                          .body = STR("Добрый день."),
	                                          .signature = STR("Анна"),
	                                          .reference = STR("№ 7"),
	                                          .quote = STR("21 ноября, Игорь:\n> где?")});
	CHECK_STR(buf_str(&b), "— Пишите ответ выше этой строки —\n\nДобрый день.\n\n-- \nАнна\n\n"
	                       "Обращение № 7\n\n21 ноября, Игорь:\n> где?\n");
	buf_clear(&b);
	tpl_reply_html(
	    &b, &(struct tpl_reply_html){.body = {STR("<p>Hi</p>")}, .reference = STR("<7>")});
	has(buf_str(&b), "<html lang=\"en\">");
	has(buf_str(&b), "<div><p>Hi</p></div>");
	has(buf_str(&b), "Ticket &lt;7&gt;");
	has_not(buf_str(&b), "blockquote");
	has_not(buf_str(&b), "above");
}

TEST(template_letters_and_pages_of_both_languages)
{
	for (int l = 0; l < LANG_COUNT; l++) {
		enum lang lang = (enum lang)l;
		BUF_AUTO b;
		buf_init(&b, 0);
		tpl_ack_subject(&b,
		                &(struct tpl_ack_subject){.lang = lang, .subject = STR("a\nb")});
		tpl_ack_html(&b, &(struct tpl_ack_html){
		                     .lang = lang, .name = STR("<x>"), .text = STR("1\n2")});
		tpl_ack_txt(&b, &(struct tpl_ack_txt){.lang = lang});
		tpl_invite_subject(&b,
		                   &(struct tpl_invite_subject){.lang = lang, .inviter = STR("I")});
		tpl_invite_html(
		    &b, &(struct tpl_invite_html){.lang = lang, .url = STR("javascript:x")});
		tpl_invite_txt(&b, &(struct tpl_invite_txt){.lang = lang});
		tpl_password_subject(&b, &(struct tpl_password_subject){.lang = lang});
		tpl_password_html(
		    &b, &(struct tpl_password_html){.lang = lang, .url = STR("https://x/")});
		tpl_password_txt(&b, &(struct tpl_password_txt){.lang = lang});
		tpl_page_html(&b, &(struct tpl_page_html){
		                      .lang = lang, .title = STR("<t>"), .home = STR("/")});
		CHECK(!b.failed);
		has_not(buf_str(&b), "href=\"javascript");
		has_not(buf_str(&b), "<x>");
		has_not(buf_str(&b), "{{");
	}
}
