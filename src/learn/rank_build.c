/* rank_build.c: makes the index; see rank.h and rank_internal.h. */
#include <math.h>

#include "learn/rank_internal.h"
#include "text/stem.h"
#include "text/word.h"

/* A term in a document: how often in its title field and in its body. */
struct count {
	uint32_t term, doc;
	float title, body;
};

/* A term in a view. */
struct times {
	uint32_t term, view;
	float n;
};

/* What is counted of one kind; all on the heap. */
struct counts {
	struct count *docs;
	size_t n_docs, cap_docs;
	struct times *views;
	size_t n_views, cap_views;
	/* By term: its last place in docs and in views, plus 1. */
	uint32_t *last_doc, *last_view;
	size_t n_last;
	float *title_len, *body_len; /* by document */
};

struct builder {
	struct stemmer *stemmer;
	struct rank_index *x;
	struct counts kind[RANK_KINDS];
	size_t cap_views;
};

static void *more(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap * 2 + 1024;
	return xrealloc(p, *cap * size);
}

static void counts_release(struct counts *c)
{
	free(c->docs);
	free(c->views);
	free(c->last_doc);
	free(c->last_view);
	free(c->title_len);
	free(c->body_len);
}

/* ---- counting ---- */

static void know_term(struct counts *c, uint32_t term)
{
	if (term < c->n_last)
		return;
	size_t n = (size_t)term * 2 + 1024;
	c->last_doc = xrealloc(c->last_doc, n * sizeof *c->last_doc);
	c->last_view = xrealloc(c->last_view, n * sizeof *c->last_view);
	memset(c->last_doc + c->n_last, 0, (n - c->n_last) * sizeof *c->last_doc);
	memset(c->last_view + c->n_last, 0, (n - c->n_last) * sizeof *c->last_view);
	c->n_last = n;
}

static void count_term(struct counts *c, uint32_t term, uint32_t doc, uint32_t view, bool title,
                       float weight)
{
	know_term(c, term);
	uint32_t *at = &c->last_doc[term];
	if (*at == 0 || c->docs[*at - 1].doc != doc) {
		c->docs = more(c->docs, c->n_docs, &c->cap_docs, sizeof *c->docs);
		c->docs[c->n_docs++] = (struct count){.term = term, .doc = doc};
		*at = (uint32_t)c->n_docs;
	}
	*(title ? &c->docs[*at - 1].title : &c->docs[*at - 1].body) += weight;
	(title ? c->title_len : c->body_len)[doc] += weight;
	at = &c->last_view[term];
	if (*at == 0 || c->views[*at - 1].view != view) {
		c->views = more(c->views, c->n_views, &c->cap_views, sizeof *c->views);
		c->views[c->n_views++] = (struct times){.term = term, .view = view};
		*at = (uint32_t)c->n_views;
	}
	c->views[*at - 1].n += weight;
}

/* A view or a passage of a document. */
static void count_text(struct builder *b, uint32_t doc, str text, size_t max, bool title)
{
	struct rank_index *x = b->x;
	struct rank_text t = {0};
	ARENA_AUTO a = arena_new();
	rank_text_add(a, b->stemmer, x->ideas, text, max, &t);
	x->views = more(x->views, x->n_views, &b->cap_views, sizeof *x->views);
	x->views[x->n_views] = (struct rank_view){doc, !title};
	for (int k = 0; k < RANK_KINDS; k++)
		for (size_t i = 0; i < t.terms[k].n; i++)
			count_term(&b->kind[k],
			           rank_dict_add(&x->kind[k].dict, t.terms[k].p[i].hash), doc,
			           (uint32_t)x->n_views, title, t.terms[k].p[i].weight);
	x->n_views++;
}

static void count_doc(struct builder *b, uint32_t i, const struct rank_doc *d, size_t body_bytes)
{
	const struct rank_options *o = &b->x->o;
	count_text(b, i, d->title, o->title_bytes, true);
	size_t skip = d->n_solved > o->solved_max ? d->n_solved - o->solved_max : 0;
	for (size_t s = skip; s < d->n_solved; s++)
		count_text(b, i, d->solved[s], o->solved_bytes, true);
	str rest = str_cut_utf8(d->body, body_bytes);
	for (str sentence; sentence_next(&rest, &sentence);)
		count_text(b, i, sentence, sentence.n, false);
}

/* How much of each body there is room for, so that all together keep to the limit: the longest
 * bodies give way. */
static size_t body_share(const struct rank_index *x, const struct rank_doc *docs)
{
	size_t low = 0, high = x->o.body_bytes;
	while (low < high) {
		size_t middle = low + (high - low + 1) / 2, sum = 0;
		for (size_t i = 0; i < x->n; i++)
			sum += docs[i].body.n < middle ? docs[i].body.n : middle;
		if (sum <= x->o.bodies_bytes)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* ---- weights ---- */

static float mean(const float *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return n && sum > 0 ? (float)(sum / (double)n) : 1;
}

static float rarity(size_t n, size_t df)
{
	return logf(1 + ((float)n - (float)df + .5F) / ((float)df + .5F));
}

/* Turns counts shifted by two places into the places where each term begins; see fill below. */
static void add_up(uint32_t *first, size_t terms)
{
	for (size_t i = 2; i < terms + 2; i++)
		first[i] += first[i - 1];
}

static void weigh_docs(const struct rank_index *x, const struct counts *c, struct rank_kind *k)
{
	const struct rank_tune *t = &x->tune;
	float title_mean = mean(c->title_len, x->n), body_mean = mean(c->body_len, x->n);
	size_t terms = k->dict.n;
	uint32_t *in_titles = xcalloc(terms + 1, sizeof *in_titles);
	k->first = xcalloc(terms + 2, sizeof *k->first);
	k->posts = xcalloc(c->n_docs + 1, sizeof *k->posts);
	for (size_t i = 0; i < c->n_docs; i++) {
		k->first[c->docs[i].term + 2]++;
		in_titles[c->docs[i].term] += c->docs[i].title > 0;
	}
	add_up(k->first, terms);
	for (size_t i = 0; i < c->n_docs; i++) {
		const struct count *n = &c->docs[i];
		float tl = 1 - t->b_title + t->b_title * c->title_len[n->doc] / title_mean;
		float bl = 1 - t->b_body + t->b_body * c->body_len[n->doc] / body_mean;
		float title = n->title / tl;
		float both = t->title_boost * title + n->body / bl;
		k->posts[k->first[n->term + 1]++] = (struct rank_post){
		    n->doc,
		    rarity(x->n, in_titles[n->term]) * title * (t->k1 + 1) / (title + t->k1),
		    both * (t->k1 + 1) / (both + t->k1)};
	}
	for (size_t i = 0; i < terms; i++)
		for (uint32_t p = k->first[i]; p < k->first[i + 1]; p++)
			k->posts[p].both *= rarity(x->n, k->first[i + 1] - k->first[i]);
	free(in_titles);
}

static void weigh_views(const struct rank_index *x, const struct counts *c, struct rank_kind *k)
{
	size_t terms = k->dict.n;
	double *length = xcalloc(x->n_views + 1, sizeof *length);
	k->first_seen = xcalloc(terms + 2, sizeof *k->first_seen);
	k->seen = xcalloc(c->n_views + 1, sizeof *k->seen);
	k->idf = xcalloc(terms + 1, sizeof *k->idf);
	for (size_t i = 0; i < c->n_views; i++)
		k->first_seen[c->views[i].term + 2]++;
	for (size_t i = 0; i < terms; i++)
		k->idf[i] = logf((1 + (float)x->n_views) / (1 + (float)k->first_seen[i + 2])) + 1;
	add_up(k->first_seen, terms);
	for (size_t i = 0; i < c->n_views; i++) {
		const struct times *n = &c->views[i];
		float w = log1pf(n->n) * k->idf[n->term];
		k->seen[k->first_seen[n->term + 1]++] = (struct rank_seen){n->view, w};
		length[n->view] += (double)w * w;
	}
	for (size_t i = 0; i < c->n_views; i++)
		k->seen[i].weight /= (float)sqrt(length[k->seen[i].view]);
	free(length);
}

/* ---- meanings ---- */

/* Documents as rows of tf-idf of length 1; of more than enough every so-many-th. */
static void to_rows(const struct rank_index *x, const struct counts *c, const float *idf,
                    size_t **first, struct rank_cell **cells)
{
	size_t every = (x->n + x->o.sense_docs - 1) / x->o.sense_docs;
	size_t *at = xcalloc(x->n + 2, sizeof *at);
	*cells = xcalloc(c->n_docs + 1, sizeof **cells);
	for (size_t i = 0; i < c->n_docs; i++)
		if (c->docs[i].doc % every == 0)
			at[c->docs[i].doc + 2]++;
	for (size_t i = 2; i < x->n + 2; i++)
		at[i] += at[i - 1];
	for (size_t i = 0; i < c->n_docs; i++) {
		const struct count *k = &c->docs[i];
		if (k->doc % every == 0)
			(*cells)[at[k->doc + 1]++] =
			    (struct rank_cell){k->term, log1pf(k->title + k->body) * idf[k->term]};
	}
	for (size_t r = 0; r < x->n; r++) {
		double sum = 0;
		for (size_t i = at[r]; i < at[r + 1]; i++)
			sum += (double)(*cells)[i].value * (*cells)[i].value;
		for (size_t i = at[r]; i < at[r + 1]; i++)
			(*cells)[i].value /= (float)sqrt(sum);
	}
	*first = at;
}

static void add_sense(float *to, const float *from, float by)
{
	for (size_t d = 0; d < RANK_SENSES; d++)
		to[d] += by * from[d];
}

/* Where documents and views lie in the space. */
static void place_docs(const struct rank_index *x, const struct counts *c, const float *senses,
                       struct rank_kind *k)
{
	size_t rows = x->n > x->n_views ? x->n : x->n_views;
	float *v = xcalloc(rows * RANK_SENSES, sizeof *v);
	for (int both = 0; both < 2; both++) {
		struct rank_sense *to = xcalloc(x->n, sizeof *to);
		memset(v, 0, x->n * RANK_SENSES * sizeof *v);
		for (size_t i = 0; i < c->n_docs; i++) {
			const struct count *n = &c->docs[i];
			float times = n->title + (both ? n->body : 0);
			if (times > 0)
				add_sense(v + (size_t)n->doc * RANK_SENSES,
				          senses + (size_t)n->term * RANK_SENSES, log1pf(times));
		}
		for (size_t i = 0; i < x->n; i++)
			rank_sense_set(&to[i], v + i * RANK_SENSES);
		*(both ? &k->both : &k->title) = to;
	}
	k->view = xcalloc(x->n_views, sizeof *k->view);
	memset(v, 0, x->n_views * RANK_SENSES * sizeof *v);
	for (size_t i = 0; i < c->n_views; i++)
		add_sense(v + (size_t)c->views[i].view * RANK_SENSES,
		          senses + (size_t)c->views[i].term * RANK_SENSES, log1pf(c->views[i].n));
	for (size_t i = 0; i < x->n_views; i++)
		rank_sense_set(&k->view[i], v + i * RANK_SENSES);
	free(v);
}

static void learn_senses(const struct rank_index *x, const struct counts *c, struct rank_kind *k)
{
	size_t terms = k->dict.n, dims = (size_t)x->tune.senses;
	float *idf = xcalloc(terms + 1, sizeof *idf);
	size_t *first;
	struct rank_cell *cells;
	dims = dims < x->n ? dims : x->n;
	for (size_t i = 0; i < terms; i++)
		idf[i] = rarity(x->n, k->first[i + 1] - k->first[i]);
	to_rows(x, c, idf, &first, &cells);
	struct rank_rows m = {x->n, terms, first, cells};
	float *senses = rank_space(&m, dims < terms ? dims : terms, x->tune.rounds, x->o.seed);
	for (size_t i = 0; i < terms; i++)
		for (size_t d = 0; d < RANK_SENSES; d++)
			senses[i * RANK_SENSES + d] *= idf[i];
	place_docs(x, c, senses, k);
	/* A quarter of the memory from here on. */
	k->senses = xcalloc(terms + 1, sizeof *k->senses);
	for (size_t i = 0; i < terms; i++)
		k->senses[i].length =
		    (float)rank_sense_set(&k->senses[i].way, senses + i * RANK_SENSES) / 127;
	free(senses);
	free(first);
	free(cells);
	free(idf);
}

/* ---- all of it ---- */

static struct rank_options with_defaults(const struct rank_options *o)
{
	struct rank_options r = o ? *o : (struct rank_options){0};
	size_t *const field[] = {&r.docs_max,   &r.title_bytes,  &r.body_bytes,  &r.bodies_bytes,
	                         &r.solved_max, &r.solved_bytes, &r.query_bytes, &r.sense_docs};
	static const size_t usual[] = {50000, 1000, 20000, 3 << 20, 200, 1000, 2000, 4000};
	for (size_t i = 0; i < COUNT_OF(field); i++)
		if (*field[i] == 0)
			*field[i] = usual[i];
	return r;
}

static bool any_weight(const struct rank_tune *t, int kind, enum rank_way from, enum rank_way to)
{
	for (int w = (int)from; w <= (int)to; w++)
		if (t->weight[kind][w] != 0)
			return true;
	return false;
}

static size_t kind_memory(const struct rank_index *x, const struct rank_kind *k,
                          const struct counts *c)
{
	size_t sum = k->dict.cap * 12 + k->dict.n * 12;
	if (k->first)
		sum += c->n_docs * sizeof *k->posts;
	if (k->seen)
		sum += c->n_views * sizeof *k->seen;
	if (k->senses)
		sum += k->dict.n * sizeof *k->senses + (2 * x->n + x->n_views) * sizeof *k->view;
	return sum;
}

struct rank_index *rank_new_tuned(const struct rank_doc *docs, size_t n,
                                  const struct rank_options *o, const struct rank_tune *tune)
{
	struct rank_index *x = xcalloc(1, sizeof *x);
	x->o = with_defaults(o);
	x->tune = *tune;
	x->n = n < x->o.docs_max ? n : x->o.docs_max;
	x->arena = arena_new();
	x->ids = ARENA_ARRAY(x->arena, x->n, str);
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	x->ideas = rank_ideas_new(stemmer, rank_synonyms());
	struct builder b = {.stemmer = stemmer, .x = x};
	for (int k = 0; k < RANK_KINDS; k++) {
		b.kind[k].title_len = xcalloc(x->n + 1, sizeof(float));
		b.kind[k].body_len = xcalloc(x->n + 1, sizeof(float));
	}
	size_t body_bytes = body_share(x, docs);
	for (uint32_t i = 0; i < x->n; i++) {
		x->ids[i] = str_dup(x->arena, docs[i].id);
		count_doc(&b, i, &docs[i], body_bytes);
	}
	for (int k = 0; k < RANK_KINDS; k++) {
		struct rank_kind *kind = &x->kind[k];
		weigh_docs(x, &b.kind[k], kind);
		if (any_weight(tune, k, RANK_VIEW, RANK_PASSAGE))
			weigh_views(x, &b.kind[k], kind);
		if (any_weight(tune, k, RANK_SENSE_TITLE, RANK_SENSE_PASSAGE))
			learn_senses(x, &b.kind[k], kind);
		x->memory += kind_memory(x, kind, &b.kind[k]);
		counts_release(&b.kind[k]);
	}
	return x;
}

struct rank_index *rank_new(const struct rank_doc *docs, size_t n, const struct rank_options *o)
{
	return rank_new_tuned(docs, n, o, &rank_tuned);
}

void rank_free(struct rank_index *x)
{
	if (!x)
		return;
	for (int i = 0; i < RANK_KINDS; i++) {
		struct rank_kind *k = &x->kind[i];
		rank_dict_release(&k->dict);
		void *const owned[] = {k->first,  k->posts, k->first_seen, k->seen, k->idf,
		                       k->senses, k->title, k->both,       k->view};
		for (size_t p = 0; p < COUNT_OF(owned); p++)
			free(owned[p]);
	}
	rank_ideas_free(x->ideas);
	free(x->views);
	arena_free(x->arena);
	free(x);
}
