/* rank_terms.c: see rank_terms.h. */
#include "learn/rank_terms.h"

#include <xxhash.h>

#include "text/stem.h"
#include "text/word.h"

#define GRAM_MIN 3
#define GRAM_MAX 5

/* ---- dictionary ---- */

static size_t place(const struct rank_dict *d, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & (d->cap - 1);
	while (d->keys[i] && d->keys[i] != key)
		i = (i + 1) & (d->cap - 1);
	return i;
}

static void grow(struct rank_dict *d)
{
	struct rank_dict old = *d;
	d->cap = old.cap ? old.cap * 2 : 1024;
	d->keys = xcalloc(d->cap, sizeof *d->keys);
	d->ids = xcalloc(d->cap, sizeof *d->ids);
	for (size_t i = 0; i < old.cap; i++)
		if (old.keys[i]) {
			size_t at = place(d, old.keys[i]);
			d->keys[at] = old.keys[i];
			d->ids[at] = old.ids[i];
		}
	free(old.keys);
	free(old.ids);
}

void rank_dict_release(struct rank_dict *d)
{
	free(d->keys);
	free(d->ids);
	*d = (struct rank_dict){0};
}

uint32_t rank_dict_add(struct rank_dict *d, uint64_t key)
{
	key += key == 0;
	if (d->n * 2 >= d->cap)
		grow(d);
	size_t i = place(d, key);
	if (!d->keys[i]) {
		d->keys[i] = key;
		d->ids[i] = (uint32_t)d->n++;
	}
	return d->ids[i];
}

uint32_t rank_dict_get(const struct rank_dict *d, uint64_t key)
{
	key += key == 0;
	if (!d->cap)
		return RANK_NONE;
	size_t i = place(d, key);
	return d->keys[i] ? d->ids[i] : RANK_NONE;
}

/* ---- terms ---- */

static void push(struct arena *a, struct rank_terms *t, uint64_t hash, float weight, size_t word)
{
	*vec_push(a, t) = (struct rank_term){hash, weight, (uint32_t)word};
}

/* Where characters begin; a character is what does not start with the bits 10. */
static size_t starts(const char *p, size_t n, uint16_t *at)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			at[k++] = (uint16_t)i;
	at[k] = (uint16_t)n;
	return k;
}

static void add_grams(struct arena *a, str word, size_t index, struct rank_text *t)
{
	char p[WORD_MAX + 2];
	uint16_t at[WORD_MAX + 3];
	size_t n = word.n > WORD_MAX ? WORD_MAX : word.n;
	p[0] = '^';
	memcpy(p + 1, word.p, n);
	p[n + 1] = '$';
	size_t k = starts(p, n + 2, at);
	for (size_t len = GRAM_MIN; len <= GRAM_MAX && len <= k; len++)
		for (size_t i = 0; i + len <= k; i++)
			push(a, &t->terms[RANK_GRAM],
			     XXH3_64bits(p + at[i], (size_t)(at[i + len] - at[i])), 1, index);
}

void rank_words_add(struct arena *a, struct stemmer *s, str text, struct rank_text *t)
{
	char folded[WORD_FOLD_MAX];
	struct words w = words_of(text, true);
	for (struct word word; words_next(&w, &word);) {
		if (word.kind == WORD_EMOJI)
			continue;
		str f = str_n(folded, word_fold(word_str(text, &word), folded));
		if (f.n == 0)
			continue;
		str stem = stemmer_stem(s, f);
		*vec_push(a, &t->words) =
		    (struct rank_word){.text = str_dup(a, f),
		                       .upper = word.title || word.upper,
		                       .stem = XXH3_64bits(stem.p, stem.n),
		                       .code = word.kind == WORD_NUMBER || word.kind == WORD_CODE};
	}
}

static uint64_t step(uint64_t hash, uint64_t stem)
{
	return (hash ^ stem) * 0x9e3779b97f4a7c15u + (hash >> 29);
}

/* ---- words of one meaning ---- */

#define PHRASE_MAX 4 /* words */

struct rank_ideas {
	struct rank_dict phrases; /* by the stems of a word or phrase */
	uint32_t *first;          /* phrases.n + 1 places in groups */
	uint32_t *groups;
};

struct entry {
	uint32_t phrase, group;
};

/* One line of the rules: the phrases between its commas. */
static size_t read_line(struct arena *a, struct stemmer *s, str line, uint32_t *phrases, size_t max,
                        struct rank_dict *dict)
{
	size_t n = 0;
	str item;
	while (str_split(&line, ',', &item)) {
		struct rank_text t = {0};
		uint64_t hash = 0;
		rank_words_add(a, s, item, &t);
		if (t.words.n == 0 || t.words.n > PHRASE_MAX || n == max)
			continue;
		for (size_t i = 0; i < t.words.n; i++)
			hash = step(hash, t.words.p[i].stem);
		uint32_t id = rank_dict_add(dict, hash);
		size_t k = 0;
		while (k < n && phrases[k] != id)
			k++;
		if (k == n) /* forms of one word have one stem */
			phrases[n++] = id;
	}
	return n;
}

struct rank_ideas *rank_ideas_new(struct stemmer *s, str rules)
{
	struct rank_ideas *d = xcalloc(1, sizeof *d);
	ARENA_AUTO a = arena_new();
	VEC(struct entry) found = {0};
	str line;
	for (uint32_t group = 0; str_split(&rules, '\n', &line); group++) {
		uint32_t phrases[200];
		line = str_trim(line);
		if (str_empty(line) || line.p[0] == '#')
			continue;
		size_t n = read_line(a, s, line, phrases, COUNT_OF(phrases), &d->phrases);
		for (size_t i = 0; i < n; i++)
			*vec_push(a, &found) = (struct entry){phrases[i], group};
	}
	size_t n = d->phrases.n;
	d->first = xcalloc(n + 2, sizeof *d->first);
	d->groups = xcalloc(found.n + 1, sizeof *d->groups);
	for (size_t i = 0; i < found.n; i++)
		d->first[found.p[i].phrase + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		d->first[i] += d->first[i - 1];
	for (size_t i = 0; i < found.n; i++)
		d->groups[d->first[found.p[i].phrase + 1]++] = found.p[i].group;
	return d;
}

void rank_ideas_free(struct rank_ideas *d)
{
	if (!d)
		return;
	rank_dict_release(&d->phrases);
	free(d->first);
	free(d->groups);
	free(d);
}

size_t rank_ideas_count(const struct rank_ideas *d)
{
	return d->phrases.n;
}

/* Meanings of each phrase that begins at a word; a word that no phrase covers is its own. */
static void add_ideas(struct arena *a, const struct rank_ideas *d, size_t from, struct rank_text *t)
{
	size_t covered = from;
	for (size_t i = from; i < t->words.n; i++) {
		uint64_t hash = 0;
		for (size_t len = 1; len <= PHRASE_MAX && i + len <= t->words.n; len++) {
			hash = step(hash, t->words.p[i + len - 1].stem);
			uint32_t id = rank_dict_get(&d->phrases, hash);
			if (id == RANK_NONE)
				continue;
			float n = (float)(d->first[id + 1] - d->first[id]);
			for (uint32_t g = d->first[id]; g < d->first[id + 1]; g++)
				push(a, &t->terms[RANK_IDEA], d->groups[g] + 1, 1 / n, i);
			if (covered < i + len)
				covered = i + len;
		}
		if (covered <= i)
			push(a, &t->terms[RANK_IDEA], t->words.p[i].stem, 1, i);
	}
}

void rank_text_add(struct arena *a, struct stemmer *s, const struct rank_ideas *ideas, str text,
                   size_t max_bytes, struct rank_text *t)
{
	size_t from = t->words.n;
	rank_words_add(a, s, str_cut_utf8(text, max_bytes), t);
	for (size_t i = from; i < t->words.n; i++)
		add_grams(a, t->words.p[i].text, i, t);
	if (!ideas)
		return;
	for (size_t i = from; i < t->words.n; i++)
		push(a, &t->terms[RANK_STEM], t->words.p[i].stem, 1, i);
	add_ideas(a, ideas, from, t);
}
