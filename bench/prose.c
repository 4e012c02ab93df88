/* prose.c: see prose.h. */
#include "prose.h"

#include <stdio.h>
#include <string.h>

#include "base/vec.h"
#include "words.h"

enum { DRAWS = 1 << 15, TAIL = 20000 };

struct word {
	str as_said, capital;
};

struct list {
	struct word *w;
	size_t n;
	uint16_t draw[DRAWS]; /* each word as often as its rank is worth */
};

struct vocabulary {
	struct list common[2], tail[2], first[2], last[2], plain, domains, tags;
};

uint64_t dice_next(struct dice *r)
{
	/* splitmix64 (Steele, Lea, Flood 2014) */
	uint64_t z = r->state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t dice_below(struct dice *r, uint32_t n)
{
	return (uint32_t)((dice_next(r) >> 32) * n >> 32);
}

bool dice_chance(struct dice *r, double p)
{
	return (double)(dice_next(r) >> 11) < p * 0x1p53;
}

/* ---- the vocabulary ---- */

/* The first letter large: Latin and Cyrillic small letters only. */
static str capital(struct arena *a, str s)
{
	str out = str_dup(a, s);
	unsigned char *p = (unsigned char *)out.p;
	if (p[0] >= 'a' && p[0] <= 'z') {
		p[0] -= 32;
	} else if (p[0] == 0xd0 && p[1] >= 0xb0) { /* U+0430..U+043F */
		p[1] -= 0x20;
	} else if (p[0] == 0xd1 && p[1] < 0x90) { /* U+0440..U+044F */
		p[0] = 0xd0;
		p[1] += 0x20;
	}
	return out;
}

static void rank(struct list *l)
{
	double sum = 0, at = 0;
	for (size_t i = 0; i < l->n; i++)
		sum += 1.0 / ((double)i + 2.7);
	size_t k = 0;
	for (size_t i = 0; i < l->n; i++) {
		at += 1.0 / ((double)i + 2.7);
		while (k < DRAWS && (double)k < at / sum * DRAWS)
			l->draw[k++] = (uint16_t)i;
	}
	while (k < DRAWS)
		l->draw[k++] = 0;
}

static void fill_list(struct arena *a, struct list *l, str words)
{
	VEC(struct word) v = {0};
	str w;
	while (str_split(&words, ' ', &w))
		if (w.n)
			*vec_push(a, &v) = (struct word){w, capital(a, w)};
	l->w = v.p;
	l->n = v.n;
	rank(l);
}

/* Names of things, streets, models: said seldom, but there are many of them. */
static void fill_tail(struct arena *a, struct list *l, enum prose_lang lang)
{
	static const char *const en[] = {"ba",  "lo",  "ri", "ne", "tu",  "sha", "ko", "mi",
	                                 "ver", "dan", "po", "li", "sta", "gro", "fe", "zu"};
	static const char *const ru[] = {"ба",  "ло",  "ри", "не", "ту",  "ша",  "ко", "ми",
	                                 "вер", "дан", "по", "ли", "ста", "гро", "фе", "зу"};
	const char *const *s = lang == PROSE_RU ? ru : en;
	l->n = TAIL;
	l->w = ARENA_ARRAY(a, TAIL, struct word);
	for (unsigned i = 0; i < TAIL; i++) {
		str w = str_printf(a, "%s%s%s%s", s[i & 15], s[i >> 4 & 15], s[i >> 8 & 15],
		                   i >> 12 ? s[i >> 12 & 15] : "");
		l->w[i] = (struct word){w, capital(a, w)};
	}
	rank(l);
}

struct vocabulary *vocabulary_new(struct arena *a)
{
	struct vocabulary *v = ARENA_NEW(a, struct vocabulary);
	fill_list(a, &v->common[PROSE_RU], STR(WORDS_RU));
	fill_list(a, &v->common[PROSE_EN], STR(WORDS_EN));
	fill_tail(a, &v->tail[PROSE_RU], PROSE_RU);
	fill_tail(a, &v->tail[PROSE_EN], PROSE_EN);
	fill_list(a, &v->first[PROSE_RU], STR(NAMES_RU));
	fill_list(a, &v->first[PROSE_EN], STR(NAMES_EN));
	fill_list(a, &v->last[PROSE_RU], STR(SURNAMES_RU));
	fill_list(a, &v->last[PROSE_EN], STR(SURNAMES_EN));
	fill_list(a, &v->plain, STR(NAMES_PLAIN));
	fill_list(a, &v->domains, STR(DOMAINS));
	fill_list(a, &v->tags, STR(TAGS));
	return v;
}

bool prose_tag(const struct vocabulary *v, size_t i, str *out)
{
	if (i >= v->tags.n)
		return false;
	*out = v->tags.w[i].as_said;
	return true;
}

/* ---- writing ---- */

struct prose *prose_new(struct arena *a, size_t bytes)
{
	struct prose *t = ARENA_NEW(a, struct prose);
	*t = (struct prose){.p = arena_alloc(a, bytes), .cap = bytes};
	return t;
}

void prose_clear(struct prose *t)
{
	t->n = 0;
}

static void add(struct prose *t, str s)
{
	if (t->n + s.n > t->cap)
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

static void say(struct prose *t, const struct word *w, bool large)
{
	add(t, large ? w->capital : w->as_said);
}

static void say_number(struct prose *t, uint64_t value)
{
	char line[24];
	int n = snprintf(line, sizeof line, "%llu", (unsigned long long)value);
	add(t, str_n(line, (size_t)n));
}

static const struct word *draw(const struct list *l, struct dice *r)
{
	return &l->w[l->draw[dice_next(r) & (DRAWS - 1)]];
}

static void one_word(const struct vocabulary *v, struct dice *r, enum prose_lang lang,
                     struct prose *out, bool large)
{
	uint32_t kind = dice_below(r, 100);
	if (kind < 3)
		say_number(out, 1000 + dice_below(r, 900000));
	else
		say(out, draw(kind < 11 ? &v->tail[lang] : &v->common[lang], r), large);
}

void prose_sentences(const struct vocabulary *v, struct dice *r, enum prose_lang lang, size_t words,
                     struct prose *out)
{
	for (size_t done = 0; done < words;) {
		size_t n = 4 + dice_below(r, 9);
		if (done)
			add(out, dice_chance(r, 0.15) ? STR("\n\n") : STR(" "));
		for (size_t i = 0; i < n; i++, done++) {
			if (i)
				add(out, dice_chance(r, 0.06) ? STR(", ") : STR(" "));
			one_word(v, r, lang, out, i == 0);
		}
		add(out, dice_chance(r, 0.2) ? STR("?") : STR("."));
	}
}

void prose_subject(const struct vocabulary *v, struct dice *r, enum prose_lang lang,
                   struct prose *out)
{
	size_t n = 3 + dice_below(r, 5);
	for (size_t i = 0; i < n; i++) {
		if (i)
			add(out, STR(" "));
		one_word(v, r, lang, out, i == 0);
	}
}

void prose_person(const struct vocabulary *v, uint64_t n, enum prose_lang *lang, struct prose *name,
                  struct prose *address)
{
	struct dice r = {n * 0x2545f4914f6cdd1d + 99};
	*lang = dice_chance(&r, 0.6) ? PROSE_RU : PROSE_EN;
	const struct list *first = &v->first[*lang], *last = &v->last[*lang];
	prose_clear(name);
	prose_clear(address);
	const struct word *w = &first->w[dice_below(&r, (uint32_t)first->n)];
	say(name, w, false);
	add(name, STR(" "));
	say(name, &last->w[dice_below(&r, (uint32_t)last->n)], false);
	/* "anna.1234@mail.test": unique by its number */
	say(address, &v->plain.w[dice_below(&r, (uint32_t)v->plain.n)], false);
	add(address, STR("."));
	say_number(address, n);
	add(address, STR("@"));
	add(address, v->domains.w[dice_below(&r, (uint32_t)v->domains.n)].as_said);
}
