/* quote_test.c: what mail programs put below a reply. */
#include "mime/quote.h"

#include <dirent.h>
#include <unistd.h>

#include "base/test.h"
#include "mime/html.h"

static void check(const char *text, const char *visible, const char *signature)
{
	ARENA_AUTO a = arena_new();
	struct mime_quote q = mime_split(a, str_of(text));
	CHECK_STR(q.visible, visible);
	CHECK_STR(q.signature, signature);
}

TEST(quote_heads_of_programs)
{
	check("Yes\n\nOn Mon, Feb 5, 2024 at 12:30 PM Anna <a@b.ru> wrote:\n> what?\n> eh\n", "Yes",
	      "");
	check("Yes\n\nOn Mon, Feb 5, 2024 at 12:30 PM Anna\n<a@b.ru> wrote:\n\n> what?\n", "Yes",
	      "");
	check("Да\n\nпн, 5 февр. 2024 г. в 12:30, Анна <a@b.ru>:\n\n> что?\n", "Да", "");
	check("Да\n\n05.02.2024 12:30, Анна пишет:\n> что?\n", "Да", "");
	check("Да\n\nПонедельник, 5 февраля 2024, 12:30 +03:00 от Анна <a@b.ru>:\n> что?\n", "Да",
	      "");
	check("Да\n\n5 февр. 2024 г., в 12:30, Анна <a@b.ru> написал(а):\n\n> что?\n", "Да", "");
	check("Ja\n\nAm 05.02.24 um 12:30 schrieb Anna:\n> was?\n", "Ja", "");
	check("Oui\n\nLe 5 févr. 2024 à 12:30, Anna <a@b.fr> a écrit :\n> quoi ?\n", "Oui", "");
	check("Так\n\nпн, 5 лют. 2024 р. о 12:30 Анна <a@b.ua> пише:\n> що?\n", "Так", "");
}

TEST(quote_blocks_of_outlook)
{
	check("Да\n\n-----Original Message-----\nFrom: A\nSent: x\n\nold\n", "Да", "");
	check("Да\n\n________________________________\nОт: Анна <a@b.ru>\nОтправлено: 5 февраля "
	      "2024 г. 12:30\n"
	      "Кому: Б\nТема: RE: x\n\nстарое\n",
	      "Да", "");
	check("Yes\n\n*From:* Anna\n*Sent:* Monday\n*To:* B\n*Subject:* x\n\nold\n", "Yes", "");
	/* one such line alone is text */
	check("From: the bottom of my heart\nthanks\n", "From: the bottom of my heart\nthanks", "");
	check("Кому: Иванову\nЗаказ 5\n", "Кому: Иванову\nЗаказ 5", "");
}

TEST(quote_inline_answers_stay)
{
	check("> one?\nyes\n> two?\nno\n", "> one?\nyes\n> two?\nno", "");
	check("> one?\nyes\n\n> rest\n> rest\n", "> one?\nyes", "");
}

TEST(quote_heads_within_go)
{
	check("On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n> one?\nyes\n", "> one?\nyes", "");
	check("On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n\nplain words without marks\n",
	      "plain words without marks", "");
}

TEST(quote_signatures)
{
	check("Где заказ?\n\nС уважением,\nАнна Иванова\n+7 900 000-00-00\n", "Где заказ?",
	      "С уважением,\nАнна Иванова\n+7 900 000-00-00");
	check("Спасибо!\n", "Спасибо!", "");
	check("Спасибо,\n\nвсё пришло\n", "Спасибо,\n\nвсё пришло", "");
	check("Blah.\n\n-Lev.\n\nSent from my phone\n", "Blah.", "-Lev.\n\nSent from my phone");
	check("- one\n- two\n", "- one\n- two", "");
	check("Hi\n-- \nAnna\nShop\n", "Hi", "-- \nAnna\nShop");
	check("Hi\n\nSent from my iPhone\n\nOn 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n> x\n",
	      "Hi", "Sent from my iPhone");
	check("Привет\n\nОтправлено с iPhone\n", "Привет", "Отправлено с iPhone");
	check("Привет\n--\nОтправлено из мобильной Почты\n", "Привет",
	      "--\nОтправлено из мобильной Почты");
}

TEST(quote_nothing_is_lost)
{
	check("", "", "");
	check("> only\n> quoted\n", "> only\n> quoted", "");
	check("> On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n>> x\n", "", "");
	ARENA_AUTO a = arena_new();
	str visible, quoted;
	mime_split_quote(a, STR("Hi\n-- \nAnna\n\n> old\n"), &visible, &quoted);
	CHECK_STR(visible, "Hi");
	str only;
	mime_split_quote(a, STR("> On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n>> x"), &only,
	                 &visible);
	CHECK_STR(only, "> On 5 Feb 2024, at 12:30, A <a@b.ru> wrote:\n>> x");
	CHECK(str_find(quoted, STR("Anna")) >= 0 && str_find(quoted, STR("> old")) > 0);
}

/* ---- the cases of tests/cases/quote/<language>.case ----
 *
 *   @case NAME     the letter's text follows; in html.case its HTML
 *   @visible       what is shown of it
 *   @signature     what is told apart as the signature (absent: nothing)
 */

/* In $OTKLIK_SOURCE, or found from this file's name. */
static const char *cases_dir(struct arena *a)
{
	const char *source = getenv("OTKLIK_SOURCE");
	str here = str_of(__FILE__);
	if (source)
		return str_printf(a, "%s/tests/cases/quote", source).p;
	here = str_sub(here, 0, here.n - strlen("src/mime/quote_test.c"));
	if (here.n && here.p[0] == '/')
		return str_printf(a, "%.*stests/cases/quote", STR_FMT(here)).p;
	/* the compiler was called in the build folder: beside the program */
	char exe[1000];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe);
	str dir = str_n(exe, n > 0 ? (size_t)n : 0);
	dir = str_sub(dir, 0, (size_t)(str_rchr(dir, '/') + 1));
	return str_printf(a, "%.*s%.*stests/cases/quote", STR_FMT(dir), STR_FMT(here)).p;
}

static str read_all(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = arena_alloc(a, 200000);
	if (!f)
		test_fail(__FILE__, __LINE__, "cannot open %s", path);
	size_t n = fread(p, 1, 200000, f);
	fclose(f);
	return str_n(p, n);
}

static str without_end(str s)
{
	while (s.n && s.p[s.n - 1] == '\n')
		s.n--;
	return s;
}

struct quote_case {
	str name, letter, visible, signature;
	bool html;
};

/* 1 when it is not the same, which is told. */
static int differs(const char *file, const struct quote_case *c, const char *what, str got,
                   str want)
{
	got = without_end(got);
	if (str_eq(got, want))
		return 0;
	fprintf(stderr, "  %s, %.*s: %s is \"%.*s\", not \"%.*s\"\n", file, STR_FMT(c->name), what,
	        STR_FMT(got), STR_FMT(want));
	return 1;
}

static int run_case(struct arena *a, const char *file, const struct quote_case *c)
{
	struct error e;
	str text = c->html ? html_to_text(a, c->letter) : c->letter, out;
	struct mime_quote q = mime_split(a, text);
	int bad = differs(file, c, "visible", q.visible, c->visible);
	if (!c->html)
		return bad + differs(file, c, "signature", q.signature, c->signature);
	const struct html_options o = {.fold = STR("Old")};
	CHECK_OK(html_clean(a, c->letter, NULL, &o, &out, NULL, &e), &e);
	ptrdiff_t at = str_find(out, STR("<details"));
	if (at < 0)
		return bad + differs(file, c, "what is not folded", out, STR(""));
	str above = str_trim(html_to_text(a, str_sub(out, 0, (size_t)at)));
	if (str_ends(above, STR("---")))
		above = str_trim(str_sub(above, 0, above.n - 3));
	return bad + differs(file, c, "above the fold", above, c->visible);
}

static int run_file(const char *dir, const char *file, int *bad)
{
	ARENA_AUTO a = arena_new();
	str rest = read_all(a, str_printf(a, "%s/%s", dir, file).p), line;
	struct quote_case c = {.html = strcmp(file, "html.case") == 0};
	str *into = NULL;
	int n = 0;
	while (str_split(&rest, '\n', &line)) {
		if (str_starts(line, STR("@case "))) {
			if (n++)
				*bad += run_case(a, file, &c);
			c = (struct quote_case){.name = str_from(line, 6), .html = c.html};
			into = &c.letter;
		} else if (str_is(line, "@visible")) {
			into = &c.visible;
		} else if (str_is(line, "@signature")) {
			into = &c.signature;
		} else if (into) {
			into->p = into->p ? into->p : line.p;
			into->n = (size_t)(line.p + line.n - into->p);
		}
	}
	c.visible = without_end(c.visible);
	c.signature = without_end(c.signature);
	if (n)
		*bad += run_case(a, file, &c);
	return n;
}

TEST(quote_cases_of_programs_and_languages)
{
	ARENA_AUTO a = arena_new();
	const char *path = cases_dir(a);
	DIR *d = opendir(path);
	int files = 0, cases = 0, bad = 0;
	if (!d)
		test_fail(__FILE__, __LINE__, "no folder %s", path);
	for (struct dirent *entry; (entry = readdir(d));) {
		if (!str_ends(str_of(entry->d_name), STR(".case")))
			continue;
		files++;
		cases += run_file(path, entry->d_name, &bad);
	}
	closedir(d);
	CHECK_INT(bad, 0);
	CHECK(files >= 7 && cases >= 70);
}
