/* pairs_file.c: the trained likeness as bytes; see pairs.h.
 *
 * "OTPM", a version, the numbers of words, runs of letters and trees, the fields of each in order,
 * all little endian, then an XXH3 of everything before it: a guard against accidents, not against a
 * forger; so every number is looked at too.
 */
#include <math.h>
#include <xxhash.h>

#include "learn/pairs_internal.h"
#include "text/stem.h"

#define MAGIC 0x4d50544fu /* OTPM */
#define VERSION 2
#define WORDS_MAX (1u << 22)
#define TREES_MAX 5000

/* ---- writing ---- */

static void put_u32(struct buf *b, uint32_t v)
{
	const char p[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};
	buf_add(b, str_n(p, sizeof p));
}

static void put_u64(struct buf *b, uint64_t v)
{
	put_u32(b, (uint32_t)v);
	put_u32(b, (uint32_t)(v >> 32));
}

static void put_float(struct buf *b, float v)
{
	uint32_t u;
	memcpy(&u, &v, sizeof u);
	put_u32(b, u);
}

void pairs_save(const struct pairs_model *m, struct buf *out)
{
	const struct pairs_words *w = &m->words;
	size_t begin = out->n;
	put_u32(out, MAGIC);
	put_u32(out, VERSION);
	put_u32(out, (uint32_t)w->stems.n);
	put_u32(out, (uint32_t)w->grams.n);
	put_u32(out, (uint32_t)m->n_trees);
	put_u32(out, (uint32_t)m->text_bytes);
	put_float(out, w->most);
	put_float(out, w->bias);
	put_float(out, m->start);
	for (size_t i = 0; i < w->stems.n; i++) {
		put_u64(out, w->word[i].stem);
		put_float(out, w->word[i].idf);
		put_float(out, w->word[i].only);
		put_float(out, w->word[i].both);
		buf_add(out, str_n((const char *)w->word[i].sense.at, RANK_SENSES));
	}
	for (size_t i = 0; i < w->grams.n; i++) {
		put_u64(out, w->gram[i].hash);
		put_float(out, w->gram[i].idf);
	}
	for (size_t t = 0; t < m->n_trees; t++) {
		for (size_t i = 0; i < PAIRS_INNER; i++) {
			put_u32(out, m->trees[t].feature[i]);
			put_float(out, m->trees[t].limit[i]);
		}
		for (size_t i = 0; i < PAIRS_LEAVES; i++)
			put_float(out, m->trees[t].leaf[i]);
	}
	if (!out->failed)
		put_u64(out, XXH3_64bits(out->p + begin, out->n - begin));
}

/* ---- reading ---- */

struct from {
	const unsigned char *p;
	size_t n;
	bool bad; /* too short, or a number that cannot be */
};

static uint32_t get_u32(struct from *f)
{
	if (f->n < 4) {
		f->bad = true;
		return 0;
	}
	const unsigned char *p = f->p;
	f->p += 4;
	f->n -= 4;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get_u64(struct from *f)
{
	uint64_t low = get_u32(f);
	return low | (uint64_t)get_u32(f) << 32;
}

/* Limits of trees may be infinite (all go left). */
static float get_float(struct from *f, bool infinite)
{
	uint32_t u = get_u32(f);
	float v;
	memcpy(&v, &u, sizeof v);
	if (isnan(v) || (!infinite && fabsf(v) > 1e6F))
		f->bad = true;
	return v;
}

static void get_words(struct from *f, struct pairs_words *w, uint32_t stems, uint32_t grams)
{
	w->word = xcalloc((size_t)stems + 1, sizeof *w->word);
	w->gram = xcalloc((size_t)grams + 1, sizeof *w->gram);
	for (uint32_t i = 0; i < stems && !f->bad; i++) {
		struct pairs_word *x = &w->word[i];
		x->stem = get_u64(f);
		x->idf = get_float(f, false);
		x->only = get_float(f, false);
		x->both = get_float(f, false);
		if (f->n < RANK_SENSES) {
			f->bad = true;
			return;
		}
		memcpy(x->sense.at, f->p, RANK_SENSES);
		f->p += RANK_SENSES;
		f->n -= RANK_SENSES;
		f->bad |= rank_dict_add(&w->stems, x->stem) != i; /* none twice */
	}
	for (uint32_t i = 0; i < grams && !f->bad; i++) {
		w->gram[i].hash = get_u64(f);
		w->gram[i].idf = get_float(f, false);
		f->bad |= rank_dict_add(&w->grams, w->gram[i].hash) != i;
	}
}

static void get_trees(struct from *f, struct pairs_model *m)
{
	m->trees = xcalloc(m->n_trees + 1, sizeof *m->trees);
	for (size_t t = 0; t < m->n_trees && !f->bad; t++) {
		for (size_t i = 0; i < PAIRS_INNER; i++) {
			m->trees[t].feature[i] = get_u32(f);
			m->trees[t].limit[i] = get_float(f, true);
			f->bad |= m->trees[t].feature[i] >= PAIRS_FEATURES;
		}
		for (size_t i = 0; i < PAIRS_LEAVES; i++)
			m->trees[t].leaf[i] = get_float(f, false);
	}
}

enum err pairs_load(str bytes, struct pairs_model **out, struct error *e)
{
	struct from f = {(const unsigned char *)bytes.p, bytes.n, bytes.n < 8};
	if (!f.bad) {
		struct from end = {f.p + bytes.n - 8, 8, false};
		f.n -= 8;
		f.bad = get_u64(&end) != XXH3_64bits(f.p, f.n);
	}
	if (f.bad || get_u32(&f) != MAGIC || get_u32(&f) != VERSION)
		return error_set(e, ERR_SYNTAX, "error.pairs_model", "model", NULL);
	struct pairs_model *m = xcalloc(1, sizeof *m);
	uint32_t stems = get_u32(&f), grams = get_u32(&f);
	m->n_trees = get_u32(&f);
	m->text_bytes = get_u32(&f);
	m->words.most = get_float(&f, false);
	m->words.bias = get_float(&f, false);
	m->start = get_float(&f, false);
	f.bad |= stems > WORDS_MAX || grams > WORDS_MAX || m->n_trees > TREES_MAX ||
	         m->text_bytes == 0 || m->text_bytes > 1 << 20 ||
	         (size_t)stems * 20 + (size_t)grams * 12 > f.n;
	if (!f.bad)
		get_words(&f, &m->words, stems, grams);
	if (!f.bad)
		get_trees(&f, m);
	if (f.bad || f.n) {
		pairs_free(m);
		return error_set(e, ERR_SYNTAX, "error.pairs_model", "model", NULL);
	}
	STEMMER_AUTO s = stemmer_new(NULL);
	m->words.ideas = rank_ideas_new(s, rank_synonyms());
	*out = m;
	return ERR_OK;
}
