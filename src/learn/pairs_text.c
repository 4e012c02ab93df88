/* pairs_text.c: what two texts have in common and what not, as numbers. */
#include <math.h>

#include "learn/pairs_internal.h"
#include "text/stem.h"

/* ---- one text ---- */

static int by_hash(const void *a, const void *b)
{
	uint64_t x = ((const struct pairs_item *)a)->hash, y = ((const struct pairs_item *)b)->hash;
	return (x > y) - (x < y);
}

static float idf_of(const struct pairs_words *w, int kind, uint64_t hash)
{
	const struct rank_dict *d = kind == RANK_GRAM ? &w->grams : &w->stems;
	uint32_t id = rank_dict_get(d, hash);
	if (id == RANK_NONE) /* a meaning that rules name has no idf of its own */
		return kind == RANK_IDEA && hash < 10000 ? w->most * .7F : w->most;
	return kind == RANK_GRAM ? w->gram[id].idf : w->word[id].idf;
}

static void fill_bag(struct arena *a, const struct pairs_words *w, int kind,
                     const struct rank_terms *t, struct pairs_bag *out)
{
	struct pairs_item *p = ARENA_ARRAY(a, t->n, struct pairs_item);
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		p[i] = (struct pairs_item){t->p[i].hash, t->p[i].weight, 0};
	qsort(p, t->n, sizeof *p, by_hash);
	for (size_t i = 0; i < t->n; i++) {
		if (n && p[n - 1].hash == p[i].hash)
			p[n - 1].times += p[i].times;
		else
			p[n++] = p[i];
	}
	*out = (struct pairs_bag){.p = p, .n = n};
	for (size_t i = 0; i < n; i++) {
		p[i].idf = idf_of(w, kind, p[i].hash);
		p[i].times = log1pf(p[i].times);
		out->square += (double)(p[i].times * p[i].idf) * (p[i].times * p[i].idf);
		out->sum += p[i].idf;
	}
}

void pairs_text(struct arena *a, struct stemmer *s, const struct pairs_words *w, str text,
                size_t max_bytes, struct pairs_text *out)
{
	*out = (struct pairs_text){0};
	rank_text_add(a, s, w->ideas, text, max_bytes, &out->t);
	for (int k = 0; k < RANK_KINDS; k++)
		fill_bag(a, w, k, &out->t.terms[k], &out->bag[k]);
	size_t n = out->t.words.n;
	float sense[RANK_SENSES] = {0};
	out->word = ARENA_ARRAY(a, n, const struct pairs_word *);
	out->idf = ARENA_ARRAY(a, n, float);
	for (size_t i = 0; i < n; i++) {
		uint32_t id = rank_dict_get(&w->stems, out->t.words.p[i].stem);
		out->word[i] = id == RANK_NONE ? NULL : &w->word[id];
		out->idf[i] = id == RANK_NONE ? w->most : w->word[id].idf;
		for (size_t d = 0; id != RANK_NONE && d < RANK_SENSES; d++)
			sense[d] += out->idf[i] * (float)w->word[id].sense.at[d];
	}
	rank_sense_set(&out->sense, sense);
}

/* ---- two texts ---- */

struct put {
	float *out;
	size_t n;
};

static void put(struct put *p, double v)
{
	if (p->n < PAIRS_FEATURES)
		p->out[p->n++] = (float)v;
}

/* Of two numbers that belong to the texts: the lesser, then the greater. */
static void put_both(struct put *p, double x, double y)
{
	put(p, x < y ? x : y);
	put(p, x < y ? y : x);
}

static double ratio(double x, double y)
{
	return y > 0 ? x / y : 0;
}

static void compare_bags(struct put *out, const struct pairs_bag *x, const struct pairs_bag *y)
{
	double product = 0, common = 0;
	for (size_t i = 0, k = 0; i < x->n && k < y->n;) {
		const struct pairs_item *u = &x->p[i], *v = &y->p[k];
		if (u->hash == v->hash) {
			product += (double)u->times * u->idf * v->times * v->idf;
			common += u->idf;
		}
		i += u->hash <= v->hash;
		k += v->hash <= u->hash;
	}
	put(out, ratio(product, sqrt(x->square * y->square)));
	put(out, ratio(common, x->sum + y->sum - common));
	put_both(out, ratio(common, x->sum), ratio(common, y->sum));
}

static double letters_alike(str a, str b)
{
	size_t n = 0, less = a.n < b.n ? a.n : b.n, most = a.n < b.n ? b.n : a.n;
	while (n < less && a.p[n] == b.p[n])
		n++;
	return n * 2 >= most ? (double)n / (double)most : 0;
}

/* How well a word of x is met in y, 0..1: by itself, by its begin, by its meaning. */
static double best_match(const struct pairs_text *x, size_t i, const struct pairs_text *y)
{
	double best = 0;
	for (size_t k = 0; k < y->t.words.n; k++) {
		if (x->t.words.p[i].stem == y->t.words.p[k].stem)
			return 1;
		double m = letters_alike(x->t.words.p[i].text, y->t.words.p[k].text);
		if (x->word[i] && y->word[k]) {
			double c = rank_sense_dot(&x->word[i]->sense, &y->word[k]->sense) / 16129.0;
			m = m > .9 * c ? m : .9 * c;
		}
		best = m > best ? m : best;
	}
	return best;
}

/* What is said about the words of one text that the other may not have. */
struct half {
	double met, all;               /* soft: idf of words, as far as they are met */
	double lone, lone_most, names; /* idf of words that are not met */
	double names_met, numbers, numbers_met, words, only, first, last;
};

static void look(const struct pairs_text *x, const float *match, struct half *h)
{
	*h = (struct half){0};
	for (size_t i = 0; i < x->t.words.n; i++) {
		const struct rank_word *w = &x->t.words.p[i];
		bool same = match[i] >= 1;
		h->met += match[i] * x->idf[i];
		h->all += x->idf[i];
		if (!same) {
			h->lone += x->idf[i];
			h->words++;
			h->only += x->word[i] ? x->word[i]->only : 0;
			h->lone_most = fmax(h->lone_most, x->idf[i] * (1 - match[i]));
		}
		if (w->code)
			*(same ? &h->numbers_met : &h->numbers) += 1;
		else if (w->upper && i > 0)
			*(match[i] >= .6F ? &h->names_met : &h->names) += x->idf[i];
	}
	h->first = x->t.words.n ? match[0] : 0;
	h->last = x->t.words.n ? match[x->t.words.n - 1] : 0;
}

/* The meaning of what is left of a text without the words that the other one has. */
static void rest_of(const struct pairs_text *x, const float *match, struct rank_sense *out)
{
	float sense[RANK_SENSES] = {0};
	for (size_t i = 0; i < x->t.words.n; i++)
		for (size_t d = 0; x->word[i] && match[i] < .9F && d < RANK_SENSES; d++)
			sense[d] += x->idf[i] * (1 - match[i]) * (float)x->word[i]->sense.at[d];
	rank_sense_set(out, sense);
}

static bool has_word(const struct pairs_text *x, const char *const *words)
{
	for (size_t i = 0; i < x->t.words.n; i++)
		for (size_t k = 0; words[k]; k++)
			if (str_eq(x->t.words.p[i].text, str_of(words[k])))
				return true;
	return false;
}

/* The longest common subsequence of stems; texts are cut at LONGEST words. */
#define LONGEST 60
static size_t common_order(const struct rank_text *x, const struct rank_text *y)
{
	uint8_t row[LONGEST + 1] = {0};
	size_t n = x->words.n < LONGEST ? x->words.n : LONGEST;
	size_t m = y->words.n < LONGEST ? y->words.n : LONGEST;
	for (size_t i = 0; i < n; i++) {
		uint8_t corner = 0;
		for (size_t k = 0; k < m; k++) {
			uint8_t above = row[k + 1];
			if (x->words.p[i].stem == y->words.p[k].stem)
				row[k + 1] = (uint8_t)(corner + 1);
			else if (row[k] > above)
				row[k + 1] = row[k];
			corner = above;
		}
	}
	return row[m];
}

static double pairs_in_common(const struct rank_text *x, const struct rank_text *y)
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < x->words.n && i < LONGEST; i++)
		for (size_t k = 0; k + 1 < y->words.n && k < LONGEST; k++)
			if (x->words.p[i].stem == y->words.p[k].stem &&
			    x->words.p[i + 1].stem == y->words.p[k + 1].stem) {
				n++;
				break;
			}
	return (double)n;
}

static double shared_mind(const struct pairs_text *x, const float *match)
{
	double sum = 0;
	for (size_t i = 0; i < x->t.words.n; i++)
		if (match[i] >= 1 && x->word[i])
			sum += x->word[i]->both;
	return sum;
}

static const float *matches(struct arena *a, const struct pairs_text *x, const struct pairs_text *y)
{
	float *m = ARENA_ARRAY(a, x->t.words.n, float);
	for (size_t i = 0; i < x->t.words.n; i++)
		m[i] = (float)best_match(x, i, y);
	return m;
}

void pairs_compare(struct arena *a, const struct pairs_words *w, const struct pairs_text *x,
                   const struct pairs_text *y, float out[PAIRS_FEATURES])
{
	static const char *const no[] = {"не", "нет", "без", "not", "no", "never", "without", NULL};
	struct put p = {out, 0};
	struct half u, v;
	const float *of_x = matches(a, x, y), *of_y = matches(a, y, x);
	double n = (double)x->t.words.n, m = (double)y->t.words.n;
	memset(out, 0, PAIRS_FEATURES * sizeof *out);
	for (int k = 0; k < RANK_KINDS; k++)
		compare_bags(&p, &x->bag[k], &y->bag[k]);
	put(&p, rank_sense_dot(&x->sense, &y->sense) / 16129.0);
	look(x, of_x, &u);
	look(y, of_y, &v);
	put_both(&p, ratio(u.met, u.all), ratio(v.met, v.all));
	put(&p, ratio(u.met + v.met, u.all + v.all));
	put_both(&p, u.lone, v.lone);
	put_both(&p, u.lone_most, v.lone_most);
	put_both(&p, u.names, v.names);
	put(&p, u.names_met + v.names_met);
	put_both(&p, u.numbers, v.numbers);
	put(&p, u.numbers_met + v.numbers_met);
	put_both(&p, u.words, v.words);
	put_both(&p, n, m);
	double order = (double)common_order(&x->t, &y->t);
	put_both(&p, ratio(order, n), ratio(order, m));
	put(&p, pairs_in_common(&x->t, &y->t));
	put_both(&p, u.first, v.first);
	put_both(&p, u.last, v.last);
	struct rank_sense rest_x, rest_y;
	rest_of(x, of_x, &rest_x);
	rest_of(y, of_y, &rest_y);
	put(&p, rank_sense_dot(&rest_x, &rest_y) / 16129.0);
	double cross_x = rank_sense_dot(&rest_x, &y->sense) / 16129.0;
	double cross_y = rank_sense_dot(&rest_y, &x->sense) / 16129.0;
	put_both(&p, cross_x, cross_y);
	put(&p, has_word(x, no) != has_word(y, no));
	put(&p, w->bias + u.only + v.only + .5 * (shared_mind(x, of_x) + shared_mind(y, of_y)));
}
