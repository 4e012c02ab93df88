/* net.c: the net: rows of features are summed, cut at 0, and turned into scores of labels.
 *
 * Trained text by text with AdaGrad (Duchi, Hazan, Singer, 2011), a rate that falls to 0, and
 * dropout of features and of hidden units. AdaGrad suits it since rare features get long steps.
 */
#include "learn/net.h"

#include <math.h>

#include "learn/big.h"

/* Rows begin within +-.05, what leads out of hidden units within +-.1. */
#define NET_INIT_ROWS .1f
#define NET_INIT_OUT .2f
#define NET_FIRST_SQUARE 1e-10f
/* Of rows that begin like their company: as long as if within +-.075; and a rare row's first steps
 * are so much shorter that they do not drown what it began with. */
#define NET_INIT_COMPANY .15f
#define NET_FIRST_SQUARE_COMPANY 1e-3f

struct trainer {
	struct net *m;
	const struct kernel *k;
	const struct net_options *o;
	uint64_t random;
	float *rows_sq, *bias_sq, *out_sq, *out_bias_sq; /* sums of squares */
	float *hidden, *back, *scores;
	uint32_t *kept; /* features of the text that were not dropped */
	float *kept_value;
	uint32_t *active; /* hidden units */
};

static float *filled(size_t n, float v)
{
	float *p = xmalloc((n ? n : 1) * sizeof *p);
	for (size_t i = 0; i < n; i++)
		p[i] = v;
	return p;
}

static void forward(const struct net *m, const struct kernel *k, const uint32_t *row,
                    const float *value, size_t n, float *hidden)
{
	memcpy(hidden, m->bias, m->hidden * sizeof *hidden);
	k->sum(hidden, m->rows, row, m->hidden, value, n, m->hidden);
}

static size_t drop_features(struct trainer *t, const struct dataset *s, size_t i)
{
	size_t n = 0, all = s->at[i + 1] - s->at[i];
	float keep = 1 - t->o->drop_features, inverse = 1 / keep;
	uint32_t limit = (uint32_t)(keep * 65536);
	const uint32_t *restrict row = s->row + s->at[i];
	const float *restrict value = s->value + s->at[i];
	uint32_t *restrict kept = t->kept;
	float *restrict kept_value = t->kept_value;
	for (size_t k = 0; k < all; k += 4) {
		uint64_t bits = learn_random(&t->random);
		size_t end = all - k < 4 ? all - k : 4;
		/* No branch: nobody could foretell it. */
		for (size_t j = k; j < k + end; j++, bits >>= 16) {
			kept[n] = row[j];
			kept_value[n] = value[j] * inverse;
			n += (bits & 0xffff) < limit;
		}
	}
	return n;
}

/* Texts come in no order: the next one's features are asked for while this one is learnt. */
static void expect(const struct dataset *s, size_t i)
{
	for (uint64_t k = s->at[i]; k < s->at[i + 1]; k += 16) {
		__builtin_prefetch(s->row + k);
		__builtin_prefetch(s->value + k);
	}
}

/* One text forwards and backwards. */
static void learn_one(struct trainer *t, const struct dataset *s, size_t i, float rate)
{
	struct net *m = t->m;
	const struct kernel *k = t->k;
	size_t n = drop_features(t, s, i), active = 0;
	float keep = 1 - t->o->drop_hidden;
	forward(m, k, t->kept, t->kept_value, n, t->hidden);
	memcpy(t->scores, m->out_bias, m->lanes * sizeof *t->scores);
	uint32_t limit = (uint32_t)(keep * 65536);
	uint64_t bits = 0;
	for (size_t h = 0; h < m->hidden; h++) {
		bits = h % 4 ? bits >> 16 : learn_random(&t->random);
		t->back[h] = 0;
		t->active[active] = (uint32_t)h;
		active += (t->hidden[h] > 0) & ((bits & 0xffff) < limit);
	}
	for (size_t a = 0; a < active; a++)
		t->hidden[a] = t->hidden[t->active[a]] / keep;
	k->sum(t->scores, m->out, t->active, m->lanes, t->hidden, active, m->lanes);
	k->soften(t->scores, 1, m->labels, m->lanes);
	for (size_t l = 0; l < m->lanes && s->weight[i] != 1; l++)
		t->scores[l] *= s->weight[i];
	t->scores[s->label[i]] -= s->weight[i];
	if (t->scores[s->label[i]] > -t->o->enough * s->weight[i])
		return;
	for (size_t a = 0; a < active; a++) {
		size_t h = t->active[a];
		t->back[h] = k->dot(t->scores, m->out + h * m->lanes, m->lanes) / keep;
		k->step(m->out + h * m->lanes, t->out_sq + h * m->lanes, t->scores, t->hidden[a],
		        rate, m->lanes);
	}
	k->step(m->out_bias, t->out_bias_sq, t->scores, 1, rate, m->lanes);
	k->step(m->bias, t->bias_sq, t->back, 1, rate, m->hidden);
	/* One sum of squares a row: as good as one a number, and half the memory to go through. */
	float square = k->dot(t->back, t->back, m->hidden) / (float)m->hidden;
	for (size_t f = 0; f < n; f++) {
		float v = t->kept_value[f], *sum_sq = &t->rows_sq[t->kept[f]];
		*sum_sq += v * v * square;
		t->kept_value[f] = -rate * v / sqrtf(*sum_sq);
	}
	k->add_to(m->rows, t->kept, m->hidden, t->kept_value, n, t->back, m->hidden);
}

static void init_weights(struct trainer *t)
{
	struct net *m = t->m;
	for (size_t i = 0; i < m->features * m->hidden; i++)
		m->rows[i] = (learn_random_unit(&t->random) - .5f) * NET_INIT_ROWS;
	for (size_t i = 0; i < m->hidden * m->lanes; i++)
		m->out[i] = (learn_random_unit(&t->random) - .5f) * NET_INIT_OUT;
}

/* A text's hidden sum without what is common to all (mean), of length 1. */
static void direction(const struct trainer *t, const struct dataset *s, size_t i, const float *mean,
                      float *y)
{
	const struct net *m = t->m;
	size_t H = m->hidden;
	memset(y, 0, H * sizeof *y);
	t->k->sum(y, m->rows, s->row + s->at[i], H, s->value + s->at[i], s->at[i + 1] - s->at[i],
	          H);
	t->k->add(y, mean, -1, H);
	float length = sqrtf(t->k->dot(y, y, H));
	for (size_t h = 0; h < H && length > 0; h++)
		y[h] /= length;
}

/* Rows begin not anyhow, but like those of the features they stand together with: each becomes the
 * sum of the directions of its texts, which are sums of random rows (random indexing: Kanerva,
 * Kristoferson, Holst, 2000). A feature met once then means something by its company. */
static void learn_company(struct trainer *t, const struct dataset *s)
{
	struct net *m = t->m;
	size_t H = m->hidden;
	float *rows = big_floats(m->features * H), *mean = filled(H, 0), *y = filled(H, 0);
	float *often = filled(m->features, 0);
	float length = NET_INIT_COMPANY * sqrtf((float)H / 12); /* of a random row */
	/* All texts' sum is each row as often as it occurs: no text need be gone through for it. */
	for (uint64_t k = 0; k < s->at[s->n]; k++)
		often[s->row[k]] += s->value[k] / (float)s->n;
	for (size_t f = 0; f < m->features; f++)
		t->k->add(mean, m->rows + f * H, often[f], H);
	for (size_t i = 0; i < s->n; i++) {
		direction(t, s, i, mean, y);
		t->k->add_to(rows, s->row + s->at[i], H, s->value + s->at[i],
		             s->at[i + 1] - s->at[i], y, H);
	}
	for (size_t f = 0; f < m->features; f++) {
		float *row = rows + f * H, own = sqrtf(t->k->dot(row, row, H));
		for (size_t h = 0; h < H && own > 0; h++)
			m->rows[f * H + h] = row[h] * (length / own);
	}
	free(rows);
	free(mean);
	free(y);
	free(often);
}

void net_train(struct net *m, const struct dataset *s, const struct net_options *o)
{
	size_t H = (size_t)o->hidden, most = 0;
	*m = (struct net){.features = s->features,
	                  .hidden = H,
	                  .labels = s->labels,
	                  .lanes = KERNEL_PAD(s->labels)};
	m->rows = big_floats(m->features * H);
	m->bias = filled(H, 0);
	m->out = filled(H * m->lanes, 0);
	m->out_bias = filled(m->lanes, 0);
	for (size_t i = 0; i < s->n; i++)
		most = s->at[i + 1] - s->at[i] > most ? s->at[i + 1] - s->at[i] : most;
	struct trainer t = {.m = m, .k = kernel_best(), .o = o, .random = o->seed};
	t.rows_sq =
	    filled(m->features, o->company > 0 ? NET_FIRST_SQUARE_COMPANY : NET_FIRST_SQUARE);
	t.bias_sq = filled(H, NET_FIRST_SQUARE);
	t.out_sq = filled(H * m->lanes, NET_FIRST_SQUARE);
	t.out_bias_sq = filled(m->lanes, NET_FIRST_SQUARE);
	t.hidden = filled(H, 0);
	t.back = filled(H, 0);
	t.scores = filled(m->lanes, 0);
	t.kept = xcalloc(most + 1, sizeof *t.kept);
	t.kept_value = filled(most + 1, 0);
	t.active = xcalloc(H + 1, sizeof *t.active);
	uint32_t *order = xcalloc(s->n + 1, sizeof *order);
	for (size_t i = 0; i < s->n; i++)
		order[i] = (uint32_t)i;
	init_weights(&t);
	for (int i = 0; i < o->company && s->n && !(o->stop && *o->stop); i++)
		learn_company(&t, s);
	float steps = (float)s->n * (float)o->epochs, done = 0;
	for (int epoch = 0; epoch < o->epochs && !(o->stop && *o->stop); epoch++) {
		learn_shuffle(order, s->n, &t.random);
		for (size_t i = 0; i < s->n; i++, done++) {
			if (i + 1 < s->n)
				expect(s, order[i + 1]);
			learn_one(&t, s, order[i], o->rate * (1 - done / steps));
		}
	}
	free(order);
	free(t.rows_sq);
	free(t.bias_sq);
	free(t.out_sq);
	free(t.out_bias_sq);
	free(t.hidden);
	free(t.back);
	free(t.scores);
	free(t.kept);
	free(t.kept_value);
	free(t.active);
}

void net_release(struct net *m)
{
	free(m->rows);
	free(m->bias);
	free(m->out);
	free(m->out_bias);
	*m = (struct net){0};
}

void net_scores(const struct net *m, const struct dataset *s, size_t i, float *hidden,
                float *scores)
{
	const struct kernel *k = kernel_best();
	forward(m, k, s->row + s->at[i], s->value + s->at[i], s->at[i + 1] - s->at[i], hidden);
	memcpy(scores, m->out_bias, m->lanes * sizeof *scores);
	for (size_t h = 0; h < m->hidden; h++)
		if (hidden[h] > 0)
			k->add(scores, m->out + h * m->lanes, hidden[h], m->lanes);
}
