#include "base/test.h"
#include "text/distance.h"
#include "text/keyboard.h"
#include "text/translit.h"

/* The whole table, without a band: what the quick way is compared with. */
static int slow(const struct chars *a, const struct chars *b)
{
	static int d[DISTANCE_CHARS + 1][DISTANCE_CHARS + 1];
	for (size_t i = 0; i <= a->n; i++)
		for (size_t j = 0; j <= b->n; j++) {
			int v = i == 0 ? (int)j : j == 0 ? (int)i : 1 << 20;
			if (i && j) {
				int x = d[i - 1][j - 1] + (a->p[i - 1] != b->p[j - 1]);
				int y = d[i - 1][j] + 1, z = d[i][j - 1] + 1;
				v = x < y ? x : y;
				v = v < z ? v : z;
				if (i > 1 && j > 1 && a->p[i - 1] == b->p[j - 2] &&
				    a->p[i - 2] == b->p[j - 1] && d[i - 2][j - 2] + 1 < v)
					v = d[i - 2][j - 2] + 1;
			}
			d[i][j] = v;
		}
	return d[a->n][b->n];
}

TEST(distance_is_that_of_the_whole_table)
{
	uint64_t seed = 7;
	for (int round = 0; round < 20000; round++) {
		struct chars a = {0}, b = {0};
		for (int k = 0; k < 2; k++) {
			struct chars *c = k ? &b : &a;
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			c->n = (seed >> 33) % 9;
			for (size_t i = 0; i < c->n; i++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				c->p[i] = 'a' + (seed >> 33) % 3;
			}
		}
		int max = round % 5, want = slow(&a, &b), prefix = 1 << 20;
		CHECK_INT(chars_distance(&a, &b, max), want > max ? max + 1 : want);
		for (struct chars head = b; head.n <= b.n; head.n--) {
			int d = slow(&a, &head);
			prefix = d < prefix ? d : prefix;
		}
		CHECK_INT(chars_prefix_distance(&a, &b, max), prefix > max ? max + 1 : prefix);
	}
}

TEST(distance_of_words)
{
	CHECK_INT(text_distance(STR("срочно"), STR("срочно"), 2), 0);
	CHECK_INT(text_distance(STR("срочно"), STR("срчоно"), 2), 1);
	CHECK_INT(text_distance(STR("срочно"), STR("сочно"), 1), 1);
	CHECK_INT(text_distance(STR("доставка"), STR("даставка"), 2), 1);
	CHECK_INT(text_distance(STR("cat"), STR("доставка"), 2), 3);
	CHECK_INT(text_distance(STR_NONE, STR("ab"), 2), 2);
	CHECK_INT(text_distance(STR("a\xff"), STR("a\xff"), 2), 0);
	CHECK_INT(distance_allowed(3), 0);
	CHECK_INT(distance_allowed(9), 2);
	char longs[200];
	memset(longs, 'x', sizeof longs);
	CHECK_INT(text_distance(str_n(longs, 200), str_n(longs, 200), 2), 0);
	CHECK_INT(text_distance(str_n(longs, 200), str_n(longs, 50), 2), 3);
}

TEST(keyboard_layouts_both_ways)
{
	static const char *const pairs[][2] = {{"ghbdtn", "привет"},
	                                       {"pfrfp", "заказ"},
	                                       {"ult vjq pfrfp", "где мой заказ"},
	                                       {",jyecs", "бонусы"},
	                                       {"Djpdhfn ltytu", "Возврат денег"},
	                                       {"rehmth yt ghbt[fk", "курьер не приехал"}};
	ARENA_AUTO a = arena_new();
	str out;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		CHECK_STR(keyboard_to_cyrillic(a, str_of(pairs[i][0])), pairs[i][1]);
		CHECK_STR(keyboard_to_latin(a, str_of(pairs[i][1])), pairs[i][0]);
		CHECK(keyboard_mistyped(a, str_of(pairs[i][0]), &out));
		CHECK_STR(out, pairs[i][1]);
	}
	static const char *const english[][2] = {{"руддщ", "hello"},
	                                         {"кугтв", NULL},
	                                         {"куагтв", "refund"},
	                                         {"цруку шы ьн зфксуд", "where is my parcel"}};
	for (size_t i = 0; i < COUNT_OF(english); i++) {
		bool found = keyboard_mistyped(a, str_of(english[i][0]), &out);
		CHECK(found == (english[i][1] != NULL) || !english[i][1]);
		if (found && english[i][1])
			CHECK_STR(out, english[i][1]);
	}
}

TEST(keyboard_leaves_what_is_meant)
{
	static const char *const fine[] = {
	    "",           "привет",        "hello",       "refund",    "где мой заказ",
	    "iphone",     "samsung",       "wildberries", "dhl",       "ozon",
	    "кроссовки",  "штрихкод",      "xbox",        "bluetooth", "a@b.ru ghbdtn",
	    "sms",        "wifi password", "шмотки",      "12345",     "RB123456785RU",
	    "Kubernetes", "mcdonalds",     "ok",          "да",        "нет",
	    "МФЦ",        "ЖКХ",           "zara",        "адидас",    "track",
	    "shipping",   "quick",         "checkout",    "ВТБ",       "жжёт",
	};
	ARENA_AUTO a = arena_new();
	str out;
	for (size_t i = 0; i < COUNT_OF(fine); i++)
		if (keyboard_mistyped(a, str_of(fine[i]), &out))
			test_fail(__FILE__, __LINE__, "%s became %.*s", fine[i], STR_FMT(out));
	CHECK_STR(keyboard_to_cyrillic(a, STR("a\xff")), "ф\xef\xbf\xbd");
}

static bool has(const str *c, size_t n, str word)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(c[i], word))
			return true;
	return false;
}

TEST(translit_candidates)
{
	static const char *const pairs[][2] = {
	    {"privet", "привет"},   {"zakaz", "заказ"},      {"dostavka", "доставка"},
	    {"vozvrat", "возврат"}, {"shcheka", "щека"},     {"posylka", "посылка"},
	    {"4ek", "чек"},         {"yabloko", "яблоко"},   {"chelyabinsk", "челябинск"},
	    {"zhaloba", "жалоба"},  {"koshelek", "кошелек"}, {"xoroshij", "хороший"},
	};
	ARENA_AUTO a = arena_new();
	str c[TRANSLIT_MAX];
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		size_t n = translit_to_cyrillic(a, str_of(pairs[i][0]), c);
		if (!has(c, n, str_of(pairs[i][1])))
			test_fail(__FILE__, __LINE__, "%s", pairs[i][1]);
	}
	size_t n = translit_to_cyrillic(a, STR("dostavka"), c);
	CHECK(n > 0);
	CHECK_STR(c[0], "доставка");
	n = translit_to_latin(a, STR("юлия щербакова"), c);
	CHECK(has(c, n, STR("iuliia shcherbakova")) && has(c, n, STR("yuliya shcherbakova")));
	CHECK_INT(translit_to_latin(a, STR("hello"), c), 0);
	CHECK_INT(translit_to_cyrillic(a, STR("привет"), c), 0);
	CHECK_INT(translit_to_cyrillic(a, STR("a\xff"), c), 0);
	str out;
	CHECK(translit_is_russian(a, STR("zakaz"), &out));
	CHECK(translit_is_russian(a, STR("dostavka"), &out));
	CHECK(!translit_is_russian(a, STR("parcel"), &out));
	CHECK(!translit_is_russian(a, STR("supervisor"), &out));
}
