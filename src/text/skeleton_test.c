/* skeleton_test.c: what looks alike is alike. */
#include "text/skeleton.h"

#include "base/test.h"

TEST(skeletons_of_what_looks_alike)
{
	ARENA_AUTO a = arena_new();
	static const char *const same[][2] = {
	    {"Anna Agent", "anna  agent"},
	    {"Anna Agent", "Аnnа Аgеnt"},                 /* Cyrillic А, а, е */
	    {"Anna Agent", "\u202eAnna\u200b \"Agent\""}, /* invisible */
	    {"Anna Agent", "Ａｎｎａ Ａｇｅｎｔ"},        /* full width */
	    {"Anna Agent", "Ánna Agént"},                 /* marks */
	    {"Anna Agent", "𝐀𝐧𝐧𝐚 𝐀𝐠𝐞𝐧𝐭"},                 /* mathematical */
	    {"Modern Ilya", "Modem llya"},                /* rn, I and l */
	    {"Otklik", "0tkl1k"},
	    {"Игорь Орлов", "Игopь Opлoв"}, /* Latin o and p */
	    {"Семён", "Семен"},
	};
	for (size_t i = 0; i < COUNT_OF(same); i++)
		CHECK_STR(text_skeleton(a, str_of(same[i][0])),
		          text_skeleton(a, str_of(same[i][1])).p);
	CHECK(!str_eq(text_skeleton(a, STR("Anna Agent")), text_skeleton(a, STR("Anna Ageno"))));
	CHECK(!str_eq(text_skeleton(a, STR("Игорь")), text_skeleton(a, STR("Ирина"))));
	CHECK_STR(text_skeleton(a, STR("")), "");
	CHECK_STR(text_skeleton(a, STR(" .,- ")), "");
	CHECK(text_skeleton(a, STR("\xff\xfe")).n == 0);
}

TEST(words_of_two_scripts_become_one)
{
	static const char *const cases[][2] = {
	    {"з\x61к\x61з", "заказ"},      /* a Latin a, twice */
	    {"inv\xd0\xbeice", "invoice"}, /* a Cyrillic о */
	    {"заказ"},
	    {"order", NULL},
	    {"", NULL},
	    {"заказz", NULL},
	    {"7\x61б9", "7аб9"},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		str out[2];
		size_t n = text_unmixed(a, str_of(cases[i][0]), out);
		CHECK_INT(n != 0, cases[i][1] != NULL);
		if (n)
			CHECK_STR(out[0], cases[i][1]);
	}
	/* Both ways when every letter has its double, the greater part first. */
	str out[2];
	CHECK_INT(text_unmixed(a, STR("со\x63о"), out), 2);
	CHECK_STR(out[0], "сосо");
	CHECK_STR(out[1], "coco");
}
