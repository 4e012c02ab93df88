/* model_test.c: training on small sets of our own, the file, prediction; bad input. */
#include "learn/model.h"

#include <math.h>

#include "base/buf.h"
#include "base/test.h"

struct topic {
	const char *label;
	const char *words[8];
};

static const struct topic topics[] = {
    {"delivery",
     {"parcel", "courier", "late", "track", "доставка", "курьер", "посылка", "опоздал"}},
    {"refund", {"refund", "money", "back", "charge", "возврат", "деньги", "вернуть", "списали"}},
    {"login", {"password", "account", "sign", "locked", "пароль", "войти", "аккаунт", "код"}},
};

/* n texts in turn of the topics: four words of the topic among words of everybody. */
static struct learn_example *make(struct arena *a, size_t n, uint64_t seed)
{
	static const char *const common[] = {"please", "my", "the",  "not",
	                                     "hello",  "у",  "меня", "не"};
	struct learn_example *x = ARENA_ARRAY(a, n, struct learn_example);
	for (size_t i = 0; i < n; i++) {
		const struct topic *t = &topics[i % COUNT_OF(topics)];
		str text = STR_NONE;
		for (int k = 0; k < 6; k++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			const char *w = k % 3 == 2 ? common[seed >> 61] : t->words[seed >> 61];
			text = str_printf(a, "%.*s%s%s", STR_FMT(text), k ? " " : "", w);
		}
		x[i] = (struct learn_example){.label = str_of(t->label), .text = text, .weight = 1};
	}
	return x;
}

static void options(struct learn_options *o)
{
	learn_options_init(o);
	o->model_max = 512 << 10;
	o->date = 1700000000 * USEC_SECOND;
}

static struct model *trained(struct arena *a, const struct learn_example *x, size_t n,
                             const struct learn_options *o)
{
	struct error e;
	str bytes;
	struct model *m;
	CHECK_OK(learn_train(a, x, n, o, &bytes, &e), &e);
	CHECK(bytes.n <= o->model_max);
	CHECK_OK(model_open(bytes, &m, &e), &e);
	return m;
}

static str best(const struct model *m, struct model_scratch *s, const char *text)
{
	struct model_prediction p;
	model_predict(m, s, str_of(text), 0, &p);
	CHECK_INT(p.n, model_info(m)->label_count);
	float sum = 0;
	for (size_t i = 0; i < p.n; i++) {
		CHECK(i == 0 || p.ranked[i].p <= p.ranked[i - 1].p);
		sum += p.ranked[i].p;
	}
	CHECK(fabsf(sum - 1) < 1e-3f);
	CHECK(p.p == p.ranked[0].p);
	return model_info(m)->labels[p.ranked[0].label].name;
}

/* Else the fuzzer would begin with bytes that are refused at once. */
TEST(the_fuzzers_seed_is_a_model)
{
	ARENA_AUTO a = arena_new();
	struct model *m;
	struct error e;
	CHECK_OK(model_open(test_source_file(a, "fuzz/corpus/model/small"), &m, &e), &e);
	CHECK(model_label_by_name(m, STR("money")) >= 0);
	model_free(m);
}

TEST(what_a_label_is_called_is_an_example_of_it)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	options(&o);
	static const struct learn_example names[] = {
	    {.label = STR_INIT("refund"), .text = STR_INIT("reimbursement of elephants")},
	    {.label = STR_INIT("refund"), .text = STR_INIT("giraffes")}, /* one word is none */
	    {.label = STR_INIT("unheard"), .text = STR_INIT("nobody knows this")},
	    {.label = STR_INIT("login"), .text = STR_INIT(" ")}};
	o.names = names;
	o.names_n = COUNT_OF(names);
	struct model *m = trained(a, make(a, 90, 5), 90, &o);
	struct model_scratch *s = model_scratch_new();
	CHECK_STR(best(m, s, "elephants: reimbursement"), "refund");
	/* Nothing is measured by it, and it is not counted. */
	CHECK_INT(model_info(m)->examples, 90);
	CHECK_INT(model_info(m)->held, 90);
	CHECK_INT(model_info(m)->label_count, 3);
	model_free(m);
	/* Labels of several words are their own names. */
	o.names_n = 0;
	struct learn_example *x = make(a, 90, 5);
	for (size_t i = 0; i < 90; i++)
		if (str_is(x[i].label, "login"))
			x[i].label = STR("lost_of_hippopotamus");
	m = trained(a, x, 90, &o);
	CHECK_STR(best(m, s, "hippopotamus lost"), "lost_of_hippopotamus");
	model_scratch_free(s);
	model_free(m);
}

TEST(a_model_learns_labels_and_says_what_it_knows)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	options(&o);
	struct model *m = trained(a, make(a, 90, 5), 90, &o);
	const struct model_info *i = model_info(m);
	struct model_scratch *s = model_scratch_new();
	CHECK_STR(best(m, s, "where is the courier with my parcel"), "delivery");
	CHECK_STR(best(m, s, "Верните деньги, пожалуйста"), "refund");
	CHECK_STR(best(m, s, "не могу войти, забыла пароль"), "login");
	CHECK_INT(i->date, o.date);
	CHECK_INT(i->examples, 90);
	CHECK_INT(i->label_count, 3);
	CHECK_INT(i->labels[1].examples, 30);
	CHECK_INT(i->held, 90); /* all took turns */
	CHECK(i->accuracy > .9 && i->ece < .3);
	CHECK(i->curve_count > 10 && i->curve[0].coverage == 1);
	for (size_t k = 1; k < i->curve_count; k++)
		CHECK(i->curve[k].threshold >= i->curve[k - 1].threshold &&
		      i->curve[k].coverage < i->curve[k - 1].coverage);
	uint32_t held = 0;
	for (size_t k = 0; k < i->label_count; k++)
		held += i->labels[k].held;
	CHECK_INT(held, i->held);
	CHECK(model_memory(m) < (size_t)4 << 20);
	CHECK_INT(model_label_by_name(m, STR("refund")), 1);
	CHECK_INT(model_label_by_name(m, STR("nothing")), -1);
	model_scratch_free(s);
	model_free(m);
}

TEST(the_words_that_decided_are_told_with_their_place)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	options(&o);
	struct model *m = trained(a, make(a, 90, 6), 90, &o);
	struct model_scratch *s = model_scratch_new();
	str text = STR("Hello! Please, the COURIER is not here");
	struct model_reason *r;
	size_t n;
	model_explain(a, m, s, text, (uint32_t)model_label_by_name(m, STR("delivery")), 3, &r, &n);
	CHECK(n >= 1 && n <= 3);
	CHECK_STRS(str_sub(text, r[0].start, r[0].start + r[0].length), STR("COURIER"));
	CHECK(r[0].weight > 0);
	model_explain(a, m, s, STR(""), 0, 3, &r, &n);
	CHECK_INT(n, 0);
	model_explain(a, m, s, STR("!!! ?"), 0, 3, &r, &n);
	CHECK_INT(n, 0);
	model_explain(a, m, s, text, 77, 3, &r, &n);
	CHECK_INT(n, 0);
	model_scratch_free(s);
	model_free(m);
}

TEST(a_new_label_is_usable_after_ten_examples)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	options(&o);
	struct learn_example *x = make(a, 310, 7);
	static const char *const added[] = {
	    "the invoice is wrong",          "send me an invoice",  "no invoice for my order",
	    "нужен счёт для бухгалтерии",    "пришлите счёт и акт", "счёт на оплату не пришёл",
	    "invoice with the company name", "VAT invoice, please", "исправьте счёт",
	    "bill and invoice for october",
	};
	for (size_t i = 0; i < COUNT_OF(added); i++)
		x[300 + i] = (struct learn_example){STR("billing"), str_of(added[i]), 1, 0};
	struct model *m = trained(a, x, 310, &o);
	struct model_scratch *s = model_scratch_new();
	CHECK_STR(best(m, s, "can I have an invoice?"), "billing");
	CHECK_STR(best(m, s, "где мой счёт"), "billing");
	CHECK_STR(best(m, s, "курьер опоздал"), "delivery");
	model_scratch_free(s);
	model_free(m);
}

TEST(what_is_strange_is_rejected)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	options(&o);
	struct model *m = trained(a, make(a, 300, 8), 300, &o);
	struct model_scratch *s = model_scratch_new();
	struct model_prediction p;
	static const char *const strange[] = {"", "   ", "\xff\xfe\x00", "日本語",
	                                      "\xf0\x9f\x98\x80"};
	for (size_t i = 0; i < COUNT_OF(strange); i++) {
		model_predict(m, s, str_of(strange[i]), 1, &p);
		CHECK(!p.known && p.reject && p.confidence == 0);
	}
	model_predict(m, s, STR("parcel courier track late"), 1, &p);
	CHECK(p.known && !p.reject && p.n == 1);
	model_scratch_free(s);
	model_free(m);
}

TEST(long_and_odd_texts_take_bounded_work)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	options(&o);
	struct learn_example *x = make(a, 60, 9);
	BUF_AUTO b;
	buf_init(&b, 0);
	for (int i = 0; i < 200000; i++)
		buf_addz(&b, i % 7 ? "a" : i % 5 ? "я" : " .");
	x[3].text = buf_str(&b);
	struct model *m = trained(a, x, 60, &o);
	struct model_scratch *s = model_scratch_new();
	struct model_prediction p;
	model_predict(m, s, buf_str(&b), 1, &p);
	CHECK(p.n == 1);
	model_scratch_free(s);
	model_free(m);
}

TEST(training_is_the_same_twice_and_with_threads)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	struct error e;
	str one, two, other;
	options(&o);
	struct learn_example *x = make(a, 60, 3);
	CHECK_OK(learn_train(a, x, 60, &o, &one, &e), &e);
	o.threads = 3;
	CHECK_OK(learn_train(a, x, 60, &o, &two, &e), &e);
	CHECK(str_eq(one, two));
	o.seed = 2;
	CHECK_OK(learn_train(a, x, 60, &o, &other, &e), &e);
	CHECK(!str_eq(one, other));
	/* The hash of the data does not hang on its order. */
	struct model *m, *n;
	struct learn_example t = x[0];
	x[0] = x[40];
	x[40] = t;
	CHECK_OK(model_open(one, &m, &e), &e);
	n = trained(a, x, 60, &o);
	CHECK(memcmp(model_info(m)->data_hash, model_info(n)->data_hash, 16) == 0);
	model_free(m);
	model_free(n);
}

static enum err fails(struct arena *a, struct learn_example *x, size_t n, struct error *e)
{
	struct learn_options o;
	str bytes;
	options(&o);
	return learn_train(a, x, n, &o, &bytes, e);
}

TEST(what_cannot_be_learnt_from_is_told)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	struct learn_example *x = make(a, 12, 3);
	CHECK_INT(fails(a, x, 0, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.learn_one_label");
	CHECK_INT(fails(a, x, 1, &e), ERR_INVALID);
	CHECK_INT(fails(a, x, 3, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.learn_few");
	struct learn_example was = x[4];
	x[4].text = STR(" \t ");
	CHECK_INT(fails(a, x, 12, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.learn_empty_text");
	CHECK_STR(str_of(e.arg), "5");
	CHECK_STR(str_of(e.field), "examples");
	x[4] = was;
	x[4].text = STR("a\0b");
	CHECK_INT(fails(a, x, 12, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.learn_bytes");
	x[4].text = STR("\xff");
	x[4].line = 70;
	CHECK_INT(fails(a, x, 12, &e), ERR_INVALID);
	CHECK_STR(str_of(e.arg), "70");
	x[4] = was;
	x[4].label = STR_NONE;
	CHECK_INT(fails(a, x, 12, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.learn_empty_label");
	x[4] = was;
	for (size_t i = 0; i < 12; i++)
		x[i].label = STR("same");
	CHECK_INT(fails(a, x, 12, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.learn_one_label");
}

TEST(limits_of_examples_and_labels_hold)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	struct error e;
	str bytes;
	options(&o);
	o.example_max = 10;
	CHECK_INT(learn_train(a, make(a, 12, 3), 12, &o, &bytes, &e), ERR_TOO_LARGE);
	CHECK_STR(str_of(e.key), "error.learn_many_examples");
	options(&o);
	o.label_max = 2;
	CHECK_INT(learn_train(a, make(a, 12, 3), 12, &o, &bytes, &e), ERR_TOO_LARGE);
	CHECK_STR(str_of(e.key), "error.learn_many_labels");
}

static bool stop_at_half(void *arg, const struct learn_progress *p)
{
	double *last = arg;
	CHECK(p->done >= *last && p->done <= 1);
	*last = p->done;
	return p->done < .5;
}

TEST(training_stops_when_it_is_told_to)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	struct error e;
	str bytes;
	double last = 0;
	options(&o);
	o.tell = stop_at_half;
	o.tell_arg = &last;
	CHECK_INT(learn_train(a, make(a, 60, 3), 60, &o, &bytes, &e), ERR_BUSY);
	CHECK_STR(str_of(e.key), "error.learn_stopped");
	CHECK(last >= .5);
	o.threads = 2;
	last = 0;
	CHECK_INT(learn_train(a, make(a, 60, 3), 60, &o, &bytes, &e), ERR_BUSY);
}

TEST(texts_held_out_and_outside_are_used)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	options(&o);
	struct learn_example *held = make(a, 45, 11),
	                     *outside = ARENA_ARRAY(a, 20, struct learn_example);
	for (size_t i = 0; i < 20; i++)
		outside[i] = (struct learn_example){.text = STR("what is the weather in spring")};
	held[1].label = STR("unheard of");
	o.held_out = held;
	o.held_out_n = 45;
	o.outside = outside;
	o.outside_n = 20;
	struct model *m = trained(a, make(a, 90, 12), 90, &o);
	CHECK_INT(model_info(m)->held, 44);
	CHECK_INT(model_info(m)->label_count, 3);
	struct model_scratch *s = model_scratch_new();
	struct model_prediction p;
	model_predict(m, s, STR("what is the weather like in spring"), 1, &p);
	CHECK(p.reject);
	model_scratch_free(s);
	model_free(m);
}

TEST(a_broken_file_is_refused_whatever_is_broken)
{
	ARENA_AUTO a = arena_new();
	struct learn_options o;
	struct error e;
	struct model *m;
	str bytes;
	options(&o);
	CHECK_OK(learn_train(a, make(a, 30, 3), 30, &o, &bytes, &e), &e);
	char *copy = arena_alloc(a, bytes.n + 1);
	for (size_t i = 0; i < bytes.n; i += i < 100 ? 1 : bytes.n / 200 + 1) {
		CHECK_INT(model_open(str_sub(bytes, 0, i), &m, &e), ERR_SYNTAX);
		memcpy(copy, bytes.p, bytes.n);
		copy[i] ^= 0x40;
		CHECK_INT(model_open(str_n(copy, bytes.n), &m, &e), ERR_SYNTAX);
		CHECK_STR(str_of(e.key),
		          i >= 8 && i < 12 ? "error.model_version" : "error.model_broken");
	}
	memcpy(copy, bytes.p, bytes.n);
	copy[bytes.n] = 0;
	CHECK_INT(model_open(str_n(copy, bytes.n + 1), &m, &e), ERR_SYNTAX);
}

/* ---- files ---- */

static enum err read_tsv(struct arena *a, str file, struct learn_example **x, size_t *n,
                         struct error *e)
{
	*x = NULL;
	*n = 0;
	*e = (struct error){0};
	return learn_read_tsv(a, file, x, n, e);
}

TEST(a_training_file_is_read_by_the_names_of_its_columns)
{
	ARENA_AUTO a = arena_new();
	struct learn_example *x;
	struct error e;
	size_t n;
	CHECK_OK(read_tsv(a, STR("id\ttext\tlabel\n1\t\"quoted\" text\tone\r\n2\t \"\ttwo\n"), &x,
	                  &n, &e),
	         &e);
	CHECK_INT(n, 2);
	CHECK_STR(x[0].text, "\"quoted\" text");
	CHECK_STR(x[0].label, "one");
	CHECK_STR(x[1].text, " \"");
	CHECK_INT(x[1].line, 3);
	CHECK_OK(read_tsv(a, STR("label\ttext\na\tb"), &x, &n, &e), &e);
	CHECK_INT(n, 1);
	/* A second file is appended. */
	CHECK_OK(learn_read_tsv(a, STR("text\tlabel\nc\td\n"), &x, &n, &e), &e);
	CHECK_INT(n, 2);
	CHECK_STR(x[1].label, "d");
}

TEST(a_wrong_training_file_names_the_line)
{
	static const struct {
		str file;
		const char *key, *arg;
	} cases[] = {
	    {STR_INIT(""), "error.learn_columns", "label"},
	    {STR_INIT("label;text\na;b\n"), "error.learn_columns", "label"},
	    {STR_INIT("label\tbody\na\tb\n"), "error.learn_columns", "text"},
	    {STR_INIT("label\ttext\na\tb\na\tb\tc\n"), "error.learn_fields", "3"},
	    {STR_INIT("label\ttext\na\tb\na\n"), "error.learn_fields", "3"},
	    {STR_INIT("label\ttext\n\na\tb\n"), "error.learn_fields", "2"},
	    {STR_INIT("label\ttext\na\t \n"), "error.learn_empty_text", "2"},
	    {STR_INIT("label\ttext\n\tb\n"), "error.learn_empty_label", "2"},
	    {STR_INIT("label\ttext\na\tb\na\tb\0c\n"), "error.learn_bytes", "3"},
	    {STR_INIT("label\ttext\na\tb\na\t\xd0\n"), "error.learn_bytes", "3"},
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct learn_example *x;
		struct error e;
		size_t n;
		CHECK_INT(read_tsv(a, cases[i].file, &x, &n, &e), ERR_SYNTAX);
		CHECK_STR(str_of(e.key), cases[i].key);
		CHECK_STR(str_of(e.arg), cases[i].arg);
	}
}
