/* facts.c: see facts.h. The order of the finders decides who gets a number that could be several
 * things: what has a check digit or a telling form comes first. */
#include "text/facts.h"

#include "text/detect.h"
#include "text/facts_internal.h"

const char *fact_name(enum fact_kind k)
{
	static const char *const names[FACT_COUNT] = {"order",    "amount", "date",  "phone",
	                                              "tracking", "city",   "email", "photo"};
	return names[k];
}

str fact_gap(const struct fact_scan *s, size_t i)
{
	size_t from = s->words[i].at + s->words[i].n;
	return str_sub(s->text, from, i + 1 < s->n ? s->words[i + 1].at : s->text.n);
}

bool fact_is_one_of(str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_z(word, list[i]))
			return true;
	return false;
}

bool fact_starts(str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts_z(word, list[i]))
			return true;
	return false;
}

bool fact_digits(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static struct fact *add(struct fact_scan *s, enum fact_kind k, size_t at, size_t n, str value)
{
	struct fact *f = vec_push(s->a, &s->facts);
	*f = (struct fact){
	    .kind = k, .at = at, .n = n, .value = value, .currency = "", .english = ""};
	return f;
}

struct fact *fact_add(struct fact_scan *s, enum fact_kind k, size_t from, size_t to, str value)
{
	for (size_t i = from; i < to; i++)
		s->words[i].taken = true;
	const struct fact_word *last = &s->words[to - 1];
	return add(s, k, s->words[from].at, last->at + last->n - s->words[from].at, value);
}

struct fact *fact_add_bytes(struct fact_scan *s, enum fact_kind k, size_t at, size_t n, str value)
{
	/* The first word that ends behind `at`. */
	size_t lo = 0, hi = s->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (s->words[mid].at + s->words[mid].n <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo; i < s->n && s->words[i].at < at + n; i++)
		if (s->words[i].taken)
			return NULL;
	for (size_t i = lo; i < s->n && s->words[i].at < at + n; i++)
		s->words[i].taken = true;
	return add(s, k, at, n, value);
}

static void take_words(struct fact_scan *s)
{
	VEC(struct fact_word) v = {0};
	char folded[WORD_FOLD_MAX];
	struct words w = words_of(s->text, false);
	for (struct word x; words_next(&w, &x);) {
		size_t n = word_fold(word_str(s->text, &x), folded);
		*vec_push(s->a, &v) = (struct fact_word){
		    .at = x.at,
		    .n = x.n,
		    .kind = x.kind,
		    .title = x.title,
		    .upper = x.upper,
		    .folded = str_dup(s->a, str_n(folded, n)),
		};
	}
	s->words = v.p;
	s->n = v.n;
}

static void find_addresses(struct fact_scan *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->words[i].kind == WORD_EMAIL)
			fact_add(s, FACT_EMAIL, i, i + 1, s->words[i].folded);
		else if (s->words[i].kind == WORD_URL)
			s->words[i].taken = true;
	}
}

static void find_photos(struct fact_scan *s)
{
	struct detection d = s->o->photo ? *s->o->photo : detect(DETECT_PHOTO, s->text);
	if (d.found)
		add(s, FACT_PHOTO, d.spans[0].at, d.spans[0].n, STR(""))->ambiguous =
		    d.confidence < 0.8;
}

static int by_place(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

void text_facts(struct arena *a, str text, const struct facts_options *o, struct fact **out,
                size_t *n)
{
	static const struct facts_options none = {.max = 0};
	struct fact_scan s = {.a = a, .text = str_cut_utf8(text, FACTS_BYTES), .o = o ? o : &none};
	take_words(&s);
	find_addresses(&s);
	find_codes(&s);
	find_phones(&s);
	find_dates(&s);
	find_told_orders(&s);
	find_amounts(&s);
	find_orders(&s);
	find_cities(&s);
	find_photos(&s);
	if (s.facts.n)
		qsort(s.facts.p, s.facts.n, sizeof *s.facts.p, by_place);
	/* Signs outside words may have been taken twice ("1$5"): the first keeps them. */
	size_t max = s.o->max ? s.o->max : 64, kept = 0, end = 0;
	for (size_t i = 0; i < s.facts.n && kept < max; i++) {
		const struct fact *f = &s.facts.p[i];
		if (f->kind != FACT_PHOTO && f->at < end)
			continue;
		if (f->kind != FACT_PHOTO)
			end = f->at + f->n;
		s.facts.p[kept++] = *f;
	}
	*out = s.facts.p;
	*n = kept;
}
