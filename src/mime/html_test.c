/* html_test.c: what must not come out of the cleaner, and what must. */
#include "mime/html.h"

#include "base/test.h"
#include "mime/html_tree.h"

static str clean(struct arena *a, const char *html)
{
	str out;
	struct error e;
	CHECK_OK(html_clean(a, str_of(html), NULL, NULL, &out, NULL, &e), &e);
	return out;
}

static void check(const char *html, const char *want)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(clean(a, html), want);
}

TEST(html_keeps_what_letters_need)
{
	check("<p>Hi <b>you</b><br>there", "<p>Hi <b>you</b><br>there</p>");
	check("<table border=1 width=\"100%\"><tr><td colspan=2 bgcolor=#fff>x", //
	      "<table width=\"100%\" border=\"1\"><tbody><tr><td bgcolor=\"#fff\" "
	      "colspan=\"2\">x</td></tr></tbody></table>");
	check("<a href=\"https://x.ru/?a=1&amp;b=2\" onclick=x>l</a>",
	      "<a href=\"https://x.ru/?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener noreferrer "
	      "nofollow\">l</a>");
	check("<p style=\"color:red; position:fixed; background:url(x); margin-top:-5px; "
	      "font-family:'Arial', serif\">x",
	      "<p style=\"color:red;font-family:&#39;Arial&#39;, serif\">x</p>");
	check("<unknown>x <o:p>y</o:p></unknown>", "x y");
	check("1 < 2 &amp; 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2");
	check("<body bgcolor=red style='color:blue'>x",
	      "<div style=\"background-color:red;color:blue\">x</div>");
}

TEST(html_drops_what_runs)
{
	check("a<script>alert(1)</script>b<style>*{}</style>c", "abc");
	check("<img src=x onerror=alert(1)>", "");
	check("<img src=\"javascript:alert(1)\" alt=\"word\">", "word");
	check("<a href=\" jAvA\tscript:alert(1)\">x</a>", "<a>x</a>");
	check("<a href=\"/inside\">x</a><a href=\"#top\">y</a>", "<a>x</a><a>y</a>");
	check("<a href=\"data:text/html,x\">x</a>", "<a>x</a>");
	check("<svg><script>1</script><p>in</p></svg>after", "<p>in</p>after");
	check("<math><mtext><style><img src=x onerror=1></style></mtext></math>z", "z");
	check("<form action=/x><input name=a><button>Go</button></form>", "Go");
	check("<iframe src=x></iframe><object data=x>y</object><embed src=x>z", "z");
	check("<!--[if mso]><script>x</script><![endif]-->x<!-- > -->", "x");
	check("<p id=login class=c style=\"width:expression(alert(1))\">x", "<p>x</p>");
	check("<p style=\"color:r\\65 d;background:\\75rl(x)\">x", "<p>x</p>");
	check("<base href=//evil><meta http-equiv=refresh content=0><link rel=stylesheet href=x>k",
	      "k");
	check("<noscript><p title=\"</noscript><img src=x onerror=1>\"></noscript>x",
	      "<p title=\"&lt;/noscript&gt;&lt;img src=x onerror=1&gt;\">x</p>");
	check("<template><img src=x onerror=1></template>x", "x");
	check("<div title='\"><script>'>x</div>",
	      "<div title=\"&quot;&gt;&lt;script&gt;\">x</div>");
}

static str cid(void *arg, struct arena *a, str id)
{
	return str_is(id, "known") ? STR("/files/7?a&b") : STR_NONE;
}

static str proxy(void *arg, struct arena *a, str url)
{
	return str_concat(a, STR("/proxy?"), url);
}

TEST(html_images)
{
	ARENA_AUTO a = arena_new();
	str out;
	size_t held;
	struct error e;
	struct html_options o = {.images = HTML_IMAGES_HOLD, .cid_url = cid};
	str html =
	    STR("<img src=cid:known width=5><img src=cid:none alt=A><img src=\"http://t.ru/p.gif\">"
	        "<img src=\"//t.ru/p\"><img src=\"data:image/png;base64,AAAA\"><img "
	        "src=\"data:image/svg+xml,x\">");
	CHECK_OK(html_clean(a, html, NULL, &o, &out, &held, &e), &e);
	CHECK_STR(out, "<img src=\"/files/7?a&amp;b\" width=\"5\">A"
	               "<img data-src=\"http://t.ru/p.gif\" data-blocked=\"1\">"
	               "<img data-src=\"https://t.ru/p\" data-blocked=\"1\">"
	               "<img src=\"data:image/png;base64,AAAA\">");
	CHECK_INT(held, 2);
	o = (struct html_options){.images = HTML_IMAGES_DROP};
	CHECK_OK(html_clean(a, html, NULL, &o, &out, &held, &e), &e);
	CHECK_STR(out, "A<img src=\"data:image/png;base64,AAAA\">");
	CHECK_INT(held, 2);
	o = (struct html_options){.images = HTML_IMAGES_KEEP, .image_url = proxy};
	CHECK_OK(html_clean(a, STR("<img src=http://t.ru/p>"), NULL, &o, &out, &held, &e), &e);
	CHECK_STR(out, "<img src=\"/proxy?http://t.ru/p\">");
	CHECK_INT(held, 0);
}

static void check_bomb(const char *unit, int times, const char *field)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "hello");
	for (int i = 0; i < times; i++)
		buf_addz(&b, unit);
	str out;
	struct error e = {0};
	enum err err = html_clean(a, buf_str(&b), NULL, NULL, &out, NULL, &e);
	if (field) {
		CHECK_INT(err, ERR_TOO_LARGE);
		CHECK_STR(str_of(e.field), field);
	}
	CHECK(str_find(out, STR("hello")) >= 0);
	html_to_text(a, buf_str(&b));
}

TEST(html_bombs)
{
	check_bomb("<div>", 10000, "depth");
	check_bomb("<b>", 10000, "depth");
	check_bomb("<p>x", 30000, NULL);
	check_bomb("<table><tr><td>", 5000, "depth");
	check_bomb("<i x=1></i>", 60000, "tags");
	check_bomb("<a a b c d e f g h i j k l m n o p q r s t u v w x y z ", 50, "attributes");
	check_bomb("<!--", 20000, NULL);
	check_bomb("<script>", 20000, NULL);
	check_bomb("<svg>", 400, NULL);
	check_bomb("<a=\"", 20000, NULL);
	check_bomb("</", 50000, NULL);
}

/* Unclosed formatting is repeated by HTML's rules in each later block. */
TEST(html_bomb_of_formatting)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "<p>");
	for (int i = 0; i < 500; i++)
		buf_addf(&b, "<font size=%d>", i);
	for (int i = 0; i < 40000; i++)
		buf_addz(&b, "<p>x");
	str out;
	struct error e = {0};
	CHECK_INT(html_clean(a, buf_str(&b), NULL, NULL, &out, NULL, &e), ERR_TOO_LARGE);
	CHECK(out.n > 1000);
}

TEST(html_as_text)
{
	static const struct {
		const char *html, *want;
	} cases[] = {
	    {"<p>One</p><p>Two<br>Three", "One\n\nTwo\nThree"},
	    {"<div>a</div><div>b</div>", "a\nb"},
	    {"a &amp; b&nbsp;&lt;c&gt;", "a & b <c>"},
	    {"<ul><li>x<li>y</ul><ol><li>p<li>q</ol>", "- x\n- y\n\n1. p\n2. q"},
	    {"<a href=\"https://x.ru/p\">site</a> <a href=\"https://x.ru/\">x.ru</a>",
	     "site <https://x.ru/p> x.ru"},
	    {"<blockquote>old<br>words</blockquote>new", "> old\n> words\n\nnew"},
	    {"<pre>a\n  b</pre>", "a\n  b"},
	    {"<table><tr><td>1<td>2<tr><td>3", "1 2\n3"},
	    {"<head><title>T</title><style>x</style></head><script>y</script>z", "z"},
	    {"<span style=\"display:none\">pre</span>seen", "seen"},
	    {"<img alt=\"pic\"> x", "pic x"},
	    {"  lots \n of   <b> space </b> ", "lots of space"},
	    {"", ""},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ARENA_AUTO a = arena_new();
		CHECK_STR(html_to_text(a, str_of(cases[i].html)), cases[i].want);
	}
}

TEST(html_addresses_as_browsers_read_them)
{
	ARENA_AUTO a = arena_new();
	str scheme;
	CHECK_STR(html_url(a, STR(" \x01 HT\ntp://x \n"), &scheme), "HTtp://x");
	CHECK_STR(scheme, "http");
	html_url(a, STR("a b:c"), &scheme);
	CHECK_STR(scheme, "");
	html_url(a, STR(":x"), &scheme);
	CHECK_STR(scheme, "");
}

static str desk_clean(struct arena *a, const char *html)
{
	static const struct html_options o = {
	    .images = HTML_IMAGES_HOLD, .mark_links = true, .fold = {"Old", 3}};
	str out;
	struct error e;
	CHECK_OK(html_clean(a, str_of(html), NULL, &o, &out, NULL, &e), &e);
	return out;
}

static void link_marked(const char *html, const char *host, bool lies)
{
	ARENA_AUTO a = arena_new();
	str out = desk_clean(a, html);
	str title = str_printf(a, " title=\"%s\"", host);
	if (str_find(out, title) < 0 || (str_find(out, STR("data-host=")) >= 0) != lies)
		test_fail(__FILE__, __LINE__, "%s gives %.*s", html, STR_FMT(out));
}

TEST(html_links_say_where_they_lead)
{
	link_marked("<a href='https://shop.ru/x' title='bank.ru'>here</a>", "shop.ru", false);
	link_marked("<a href='https://evil.example/x'>https://bank.ru/login</a>", "evil.example",
	            true);
	link_marked("<a href='https://evil.example/x'>www.<b>bank</b>.ru</a>", "evil.example",
	            true);
	link_marked("<a href='https://bank.ru@evil.example/'>bank.ru</a>", "evil.example", true);
	link_marked("<a href='https://evil.example\\@bank.ru/'>bank.ru</a>", "evil.example", true);
	link_marked("<a href='https://bank.ru.evil.example/'>bank.ru</a>", "bank.ru.evil.example",
	            true);
	link_marked("<a href='https://xbank.ru/'>bank.ru</a>", "xbank.ru", true);
	link_marked("<a href='https://www.bank.ru:8443/a'>Bank.RU/b</a>", "www.bank.ru", false);
	link_marked("<a href='https://click.bank.ru/'>bank.ru</a>", "click.bank.ru", false);
	link_marked("<a href='https://files.example/1'>report.pdf</a>", "files.example", false);
	link_marked("<a href='https://files.example/1'>see our report, version 1.2</a>",
	            "files.example", false);
	link_marked("<a href='https://evil.example/'>go to http://bank.ru now</a>", "evil.example",
	            true);
	link_marked("<a href='mailto:a@evil.example?subject=x'>help@bank.ru</a>",
	            "a@evil.example?subject=x", true);
	link_marked("<a href='mailto:help@bank.ru'>help@bank.ru</a>", "help@bank.ru", false);
	/* the same host in another script's letters */
	link_marked("<a href='https://b\xD0\xB0nk.ru/'>bank.ru</a>",
	            "b\xD0\xB0nk.ru (xn--bnk-6cd.ru)", true);
}

static void folded(const char *html, const char *want)
{
	ARENA_AUTO a = arena_new();
	str out = desk_clean(a, html);
	ptrdiff_t at = str_find(out, STR("<details class=\"quoted\"><summary>Old</summary>"));
	if (!want) {
		CHECK(at < 0);
		return;
	}
	if (at < 0)
		test_fail(__FILE__, __LINE__, "not folded: %.*s", STR_FMT(out));
	str before = html_to_text(a, str_sub(out, 0, (size_t)at));
	CHECK_STRS(str_trim(before), str_of(want));
	CHECK(str_find(out, STR("</details>")) > at);
}

TEST(html_quotations_are_folded)
{
	/* Gmail */
	folded(
	    "<div dir=ltr>Yes</div><br><div class='gmail_quote'><div class=gmail_attr>On Mon, Feb "
	    "5, 2024 at 12:30 Anna wrote:</div><blockquote>old</blockquote></div>",
	    "Yes");
	/* Thunderbird, Apple */
	folded("<p>Да</p><div class='moz-cite-prefix'>05.02.2024 12:30, Анна пишет:<br></div>"
	       "<blockquote type='cite'><p>старое</p></blockquote><br>",
	       "Да");
	/* Yandex */
	folded(
	    "<div>Да</div><div>\xC2\xA0</div><div>05.02.2024, 12:30, \"Анна\" &lt;a@b.ru&gt;:</div>"
	    "<blockquote><p>старое</p></blockquote>",
	    "Да");
	/* Outlook: a ruled block, the old letter behind it */
	folded("<div class=WordSection1><p>Ja</p><div><div style='border-top:solid'><p><b>Von:</b> "
	       "Anna<br><b>Gesendet:</b> Montag, 5. Februar 2024 12:30<br><b>An:</b> B<br>"
	       "<b>Betreff:</b> x</p></div></div><p>altes</p></div>",
	       "Ja");
	folded("<div>Oui</div><hr><div id='divRplyFwdMsg'><b>De :</b> A</div><div>vieux</div>",
	       "Oui\n---");
	/* bars of mail.ru */
	folded("<div>Ок</div><div><br></div><blockquote style='border-left:1px solid #0857A6'>"
	       "Понедельник, 5 февраля 2024, 12:30 +03:00 от Анна:<br>старое</blockquote>",
	       "Ок");
	/* no quotation, nothing but one, answers below */
	folded("<p>From here to there</p><p>To: be</p>", NULL);
	folded("<blockquote>all</blockquote>", NULL);
	folded(
	    "<p>x</p><blockquote>one?</blockquote><p>yes</p><blockquote>two?</blockquote><p>no</p>",
	    NULL);
	/* a sender's own fold is none */
	folded("<details><summary>Old</summary>hidden</details>", NULL);
}
