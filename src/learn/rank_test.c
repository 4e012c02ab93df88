/* rank_test.c: the ranking of documents. */
#include "learn/rank.h"

#include "base/test.h"
#include "learn/rank_terms.h"
#include "text/stem.h"

static const struct rank_doc shelf[] = {
    {.id = STR_INIT("pay"),
     .title = STR_INIT("Как оплатить заказ картой?"),
     .body = STR_INIT("Откройте корзину и выберите оплату картой. Деньги спишутся сразу.")},
    {.id = STR_INIT("return"),
     .title = STR_INIT("Как вернуть товар?"),
     .body = STR_INIT("Заполните заявление. Деньги вернутся за десять дней.")},
    {.id = STR_INIT("track"),
     .title = STR_INIT("Где посмотреть трек-номер посылки?"),
     .body = STR_INIT("Номер приходит в письме, когда посылка передана курьеру.")},
    {.id = STR_INIT("password"),
     .title = STR_INIT("I forgot my password"),
     .body = STR_INIT("Ask for a new one on the page of signing in.")},
    {.id = STR_INIT("invoice"),
     .title = STR_INIT("Where do I find an invoice?"),
     .body = STR_INIT("Invoices stand beside each order. They can be printed.")},
    {.id = STR_INIT("close"),
     .title = STR_INIT("Closing an account"),
     .body = STR_INIT("Write to us and we erase it, with all orders.")},
};

static struct rank_hit *first(struct arena *a, const struct rank_index *x, const char *text,
                              size_t *n)
{
	struct rank_hit *hits;
	*n = rank_query(a, x, str_of(text), 3, &hits);
	return hits;
}

static void finds(const struct rank_index *x, const char *text, const char *id)
{
	ARENA_AUTO a = arena_new();
	size_t n;
	struct rank_hit *h = first(a, x, text, &n);
	CHECK(n > 0);
	CHECK_STR(h[0].id, id);
	CHECK(h[0].confidence >= 0 && h[0].confidence <= 1);
	for (size_t i = 1; i < n; i++)
		CHECK(h[i].score <= h[i - 1].score && h[i].confidence <= h[i - 1].confidence);
}

TEST(rank_finds_by_words_endings_typos_and_meanings)
{
	struct rank_index *x = rank_new(shelf, COUNT_OF(shelf), NULL);
	finds(x, "оплата картой", "pay");
	finds(x, "хочу вернуть товары", "return");
	finds(x, "где мой трекномер пасылки", "track");
	finds(x, "forgoten pasword", "password");
	finds(x, "invoices", "invoice");
	finds(x, "profile deletion", "close"); /* by rules/synonyms.txt */
	finds(x, "удалить аккаунт", "close");  /* in the other language too */
	CHECK_INT(rank_docs(x), COUNT_OF(shelf));
	CHECK_STR(rank_id(x, 1), "return");
	CHECK(rank_memory(x) > 1000);
	rank_free(x);
}

TEST(rank_learns_from_solved_questions)
{
	static const str asked[] = {STR_INIT("Когда придут мои кроссовки"),
	                            STR_INIT("Курьер так и не позвонил")};
	struct rank_doc docs[COUNT_OF(shelf)];
	memcpy(docs, shelf, sizeof docs);
	docs[2].solved = asked;
	docs[2].n_solved = COUNT_OF(asked);
	struct rank_index *x = rank_new(docs, COUNT_OF(docs), NULL);
	finds(x, "кроссовки когда", "track");
	finds(x, "почему не позвонил курьер", "track");
	rank_free(x);
}

TEST(rank_names_the_words_that_matched)
{
	ARENA_AUTO a = arena_new();
	struct rank_index *x = rank_new(shelf, COUNT_OF(shelf), NULL);
	size_t n;
	struct rank_hit *h = first(a, x, "Вот: оплатил Картой, картой!", &n);
	CHECK(n > 0);
	CHECK_INT(h[0].n_words, 2);
	CHECK(str_is(h[0].words[0], "картой") || str_is(h[0].words[1], "картой"));
	CHECK(str_is(h[0].words[0], "оплатил") || str_is(h[0].words[1], "оплатил"));
	rank_free(x);
}

TEST(rank_takes_anything)
{
	ARENA_AUTO a = arena_new();
	struct rank_hit *h;
	struct rank_index *x = rank_new(NULL, 0, NULL);
	CHECK_INT(rank_query(a, x, STR("anything"), 5, &h), 0);
	rank_free(x);
	const struct rank_doc odd[] = {
	    {.id = STR("1")}, {.id = STR("1"), .title = STR("\xff\xfe\0!"), .body = STR("\xd0")}};
	x = rank_new(odd, COUNT_OF(odd), NULL);
	CHECK_INT(rank_query(a, x, STR("\xd1\0\xff word"), 5, &h), 0);
	rank_free(x);
	x = rank_new(shelf, COUNT_OF(shelf), NULL);
	CHECK_INT(rank_query(a, x, STR(""), 5, &h), 0);
	CHECK_INT(rank_query(a, x, STR("!!! 🙂"), 5, &h), 0);
	CHECK_INT(rank_query(a, x, STR("зюзя qqqq"), 5, &h), 0);
	CHECK_INT(rank_query(a, x, STR("картой"), 0, &h), 0);
	char *much = arena_alloc(a, 100000);
	for (size_t i = 0; i < 100000; i++)
		much[i] = "картой оплата "[i % 26];
	CHECK(rank_query(a, x, str_n(much, 100000), 100, &h) > 0);
	CHECK_STR(h[0].id, "pay");
	rank_free(x);
}

TEST(rank_keeps_to_its_limits)
{
	ARENA_AUTO a = arena_new();
	struct rank_hit *h;
	const struct rank_options o = {.docs_max = 2, .title_bytes = 12, .bodies_bytes = 60};
	struct rank_index *x = rank_new(shelf, COUNT_OF(shelf), &o);
	CHECK_INT(rank_docs(x), 2);
	CHECK_INT(rank_query(a, x, STR("посылка"), 5, &h), 0);
	CHECK_INT(rank_query(a, x, STR("деньги"), 5, &h), 0); /* cut off in the body */
	rank_free(x);
}

TEST(rank_is_the_same_every_time)
{
	ARENA_AUTO a = arena_new();
	struct rank_index *x = rank_new(shelf, COUNT_OF(shelf), NULL);
	struct rank_index *y = rank_new(shelf, COUNT_OF(shelf), NULL);
	struct rank_hit *h, *k;
	size_t n = rank_query(a, x, STR("заказ и деньги"), 6, &h);
	CHECK_INT(rank_query(a, y, STR("заказ и деньги"), 6, &k), n);
	for (size_t i = 0; i < n; i++)
		CHECK(h[i].doc == k[i].doc && h[i].score == k[i].score);
	rank_free(x);
	rank_free(y);
}

TEST(rank_reads_its_synonyms)
{
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO s = stemmer_new(NULL);
	struct rank_ideas *d =
	    rank_ideas_new(s, STR("get rid of, delete\n# no, word\n\nmoney, cash,\n"));
	CHECK_INT(rank_ideas_count(d), 4);
	struct rank_text x = {0}, y = {0}, z = {0};
	rank_text_add(a, s, d, STR("getting rid of it"), 100, &x);
	rank_text_add(a, s, d, STR("deleted"), 100, &y);
	rank_text_add(a, s, d, STR("no"), 100, &z);
	CHECK_INT(x.terms[RANK_IDEA].n, 2);
	CHECK_INT(y.terms[RANK_IDEA].n, 1);
	CHECK(x.terms[RANK_IDEA].p[0].hash == y.terms[RANK_IDEA].p[0].hash);
	CHECK(z.terms[RANK_IDEA].p[0].hash == z.terms[RANK_STEM].p[0].hash);
	rank_ideas_free(d);
	d = rank_ideas_new(s, rank_synonyms());
	CHECK(rank_ideas_count(d) > 500);
	rank_ideas_free(d);
}

TEST(rank_is_less_sure_where_nothing_answers)
{
	ARENA_AUTO a = arena_new();
	struct rank_index *x = rank_new(shelf, COUNT_OF(shelf), NULL);
	struct rank_hit *known, *strange;
	CHECK(rank_query(a, x, STR("Как оплатить заказ картой"), 1, &known) == 1);
	size_t n = rank_query(a, x, STR("небо голубое, трава зелёная"), 1, &strange);
	CHECK(known[0].confidence > .6);
	CHECK(n == 0 || strange[0].confidence < .2);
	rank_free(x);
}
