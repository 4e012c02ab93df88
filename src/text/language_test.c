#include "base/test.h"
#include "text/detect_testing.h"
#include "text/language.h"

TEST(language_of_short_texts)
{
	ARENA_AUTO a = arena_new();
	struct cases cases = cases_read(a, "language.tsv");
	size_t right = 0, six = 0, six_right = 0;
	CHECK(cases.n >= 200);
	for (size_t i = 0; i < cases.n; i++) {
		struct language_guess g = language_of(cases.p[i].text);
		bool ok = str_eq(str_of(g.code), cases.p[i].want);
		bool of_six = str_find(STR("ru uk en de es fr"), cases.p[i].want) >= 0;
		if (!ok)
			printf("  %s %.2f: %.*s\t%.*s\n", g.code, g.confidence,
			       STR_FMT(cases.p[i].want), STR_FMT(cases.p[i].text));
		right += ok;
		six += of_six;
		six_right += of_six && ok;
	}
	printf("  language: %zu of %zu, of the six %zu of %zu\n", right, cases.n, six_right, six);
	CHECK(six_right * 100 >= six * 97);
	CHECK(right * 100 >= cases.n * 96);
}

TEST(language_confidence_tells_doubt)
{
	CHECK(language_of(STR("Где мой заказ, скажите пожалуйста")).confidence > 0.95);
	CHECK(language_of(STR("Where is my order, please tell me")).confidence > 0.95);
	CHECK(language_of(STR("ok")).confidence < 0.9);
	CHECK(language_of(STR("xkcdq wrtzplk")).confidence < 0.6);
	CHECK(language_of(STR_NONE).confidence <= 0);
	/* Sums are rounded, yet nothing is surer than sure. */
	str scraps = STR("\xd0\x93\xd0 \xd0\xb4P\xb5\xd1\xd1\xd1otwiez\xc5\x82o\xc5\xbcy\xc5\x82"
	                 "am\0\0\0\xd1\xd1i\xd1\xd1\xd0"
	                 "333");
	CHECK(language_of(scraps).confidence <= 1);
	CHECK_STR(str_of(language_of(STR("\xff\xfe\xd0")).code), "und");
}

TEST(language_strangeness_tells_words_from_noise)
{
	CHECK(language_strangeness(LANGUAGE_RU, STR("доставка")) < 2.5);
	CHECK(language_strangeness(LANGUAGE_EN, STR("ghbdtn")) > 3.5);
	CHECK(language_strangeness(LANGUAGE_EN, STR_NONE) <= 0);
	CHECK(language_knows(LANGUAGE_EN, STR("parcel")) &&
	      !language_knows(LANGUAGE_RU, STR("parcel")));
}
