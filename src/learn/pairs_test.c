/* pairs_test.c: near-duplicates, and the likeness that is learnt. */
#include "learn/pairs.h"

#include <math.h>
#include <xxhash.h>

#include "base/test.h"

TEST(pairs_near_knows_the_same_text_again)
{
	ARENA_AUTO a = arena_new();
	struct pairs_near n;
	str x = STR("Добрый день! Заказ 48213 не привезли, курьер не звонил. Где мои кроссовки?");
	pairs_near(a, x,
	           STR("добрый день, заказ 48213 не привезли; курьер не звонил: где мои кроссовки"),
	           0, &n);
	CHECK(n.score > .99 && n.inside > .99 && !n.numbers_differ);
	CHECK_INT(n.n_only_a, 0);
	CHECK_STR(n.both[0], "48213");
	pairs_near(a, x,
	           STR("Заказ 48213 не привезли, курьер не звонил. Где мои кроссовки? Ответьте!"),
	           0, &n);
	CHECK(n.score > .6 && n.inside > .8);
	CHECK_STR(n.only_b[0], "ответьте");
	pairs_near(a, x, STR("Заказ 51777 не привезли, курьер не звонил. Где мои кроссовки?"), 0,
	           &n);
	CHECK(n.numbers_differ);
	CHECK_STR(n.only_a[0], "48213");
	CHECK_STR(n.only_b[0], "51777");
	pairs_near(a, x, STR("How do I change my password?"), 0, &n);
	CHECK(n.score < .05 && n.inside < .1);
	CHECK_INT(n.n_both, 0);
}

TEST(pairs_near_takes_anything)
{
	ARENA_AUTO a = arena_new();
	struct pairs_near n;
	pairs_near(a, STR_NONE, STR_NONE, 0, &n);
	CHECK(n.score == 0 && n.inside == 0);
	pairs_near(a, STR("\xff\0\xd0"), STR("!!!"), 0, &n);
	CHECK(n.score == 0);
	pairs_near(a, STR("one two three"), STR("one two four"), 3, &n);
	CHECK(n.score > .99); /* cut */
}

TEST(pairs_sketches_are_like_their_texts)
{
	ARENA_AUTO a = arena_new();
	struct pairs_sketch x, y, z, none;
	pairs_sketch(a, STR("Where is my parcel? It should have come on Monday, order 77."), 0, &x);
	pairs_sketch(a, STR("where is my parcel, it should have come on monday: order 77!"), 0, &y);
	pairs_sketch(a, STR("Please close the account of our company"), 0, &z);
	pairs_sketch(a, STR("..."), 0, &none);
	CHECK(pairs_sketch_like(&x, &y) > .99);
	CHECK(pairs_sketch_like(&x, &z) < .2);
	CHECK(pairs_sketch_like(&none, &none) == 0);
}

/* Pairs about deeds and things: the same when both are the same, in whatever order. */
static size_t make_pairs(struct arena *a, struct pair **out)
{
	static const char *const who[] = {"клиент", "курьер", "магазин", "банк", "оператор"};
	static const char *const deed[] = {"вернул", "потерял", "отправил", "проверил", "закрыл"};
	static const char *const what[] = {"заказ", "посылку", "деньги", "письмо", "счёт"};
	size_t n = 0;
	*out = ARENA_ARRAY(a, 250, struct pair);
	for (size_t i = 0; i < 125; i++) {
		const char *w = who[i % 5], *d = deed[i / 5 % 5], *t = what[i / 25];
		const char *other = what[(i / 25 + 1 + i % 4) % 5];
		str x = str_printf(a, "%s %s %s сегодня утром", w, d, t);
		(*out)[n++] = (struct pair){true, x, str_printf(a, "сегодня %s %s %s", w, t, d)};
		(*out)[n++] = (struct pair){
		    false, x, str_printf(a, "%s %s %s сегодня", who[(i + 2) % 5], d, other)};
	}
	return n;
}

/* Else the fuzzer would begin with bytes that are refused at once. */
TEST(the_fuzzers_seed_is_a_model_of_pairs)
{
	ARENA_AUTO a = arena_new();
	struct pairs_model *m;
	struct error e;
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_add(&b, test_source_file(a, "fuzz/corpus/pairs/one"));
	uint64_t sum = XXH3_64bits(b.p, b.n);
	for (int i = 0; i < 8; i++)
		buf_addc(&b, (char)(sum >> (8 * i)));
	CHECK_OK(pairs_load(buf_str(&b), &m, &e), &e);
	pairs_free(m);
}

TEST(pairs_learn_and_come_back_from_bytes)
{
	ARENA_AUTO a = arena_new();
	struct pair *p;
	struct error e;
	struct pairs_model *m, *read;
	size_t n = make_pairs(a, &p), right = 0;
	CHECK_OK(pairs_train(p, n, NULL, &m, &e), &e);
	BUF_AUTO b;
	buf_init(&b, 0);
	pairs_save(m, &b);
	CHECK(!b.failed);
	CHECK_OK(pairs_load(buf_str(&b), &read, &e), &e);
	for (size_t i = 0; i < n; i++) {
		double s = pairs_same(m, p[i].a, p[i].b);
		CHECK(s > 0 && s < 1);
		CHECK(fabs(s - pairs_same(m, p[i].b, p[i].a)) < 1e-5);
		CHECK(s == pairs_same(read, p[i].a, p[i].b));
		right += (s >= .5) == p[i].same;
	}
	CHECK(right * 10 > n * 9);
	CHECK(pairs_same(m, STR("\xff\0"), STR_NONE) < 1);
	pairs_free(read);
	for (size_t cut = 0; cut < b.n; cut += b.n / 50 + 1)
		CHECK_INT(pairs_load(str_n(b.p, cut), &read, &e), ERR_SYNTAX);
	for (size_t at = 0; at < b.n; at += b.n / 50 + 1) {
		b.p[at] ^= 0x10;
		CHECK_INT(pairs_load(buf_str(&b), &read, &e), ERR_SYNTAX);
		b.p[at] ^= 0x10;
	}
	pairs_free(m);
}

TEST(pairs_need_both_kinds)
{
	ARENA_AUTO a = arena_new();
	struct pair *p;
	struct error e;
	struct pairs_model *m;
	size_t n = make_pairs(a, &p);
	CHECK_INT(pairs_train(p, 10, NULL, &m, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.pairs_few");
	for (size_t i = 0; i < n; i++)
		p[i].same = true;
	CHECK_INT(pairs_train(p, n, NULL, &m, &e), ERR_INVALID);
}
