/* linear.c: one L2-loss support vector machine for each label against all others.
 *
 * Dual coordinate descent (Hsieh et al., 2008), all labels in one go: they share the text's
 * features, so that a pass reads each row once for all of them. The bias is a feature of value 1.
 */
#include "learn/big.h"
#include "learn/net.h"

struct linear_state {
	const struct kernel *k;
	const struct dataset *s;
	struct linear *m;
	float *alpha; /* texts x lanes */
	float *margin, *delta;
	float *norm; /* |x|^2 + 1 of each text */
};

/* The step of text i; the largest violation. */
static float step(struct linear_state *t, const struct linear_options *o, size_t i)
{
	struct linear *m = t->m;
	const struct dataset *s = t->s;
	size_t lanes = m->lanes;
	float c = 1 / (2 * o->c * s->weight[i]);
	linear_scores(m, s, i, t->margin);
	float worst = t->k->dual(t->margin, t->alpha + i * lanes, t->delta, s->label[i], c,
	                         t->norm[i] + c, lanes);
	if (worst <= 0)
		return 0;
	t->k->add(m->bias, t->delta, 1, lanes);
	t->k->add_to(m->rows, s->row + s->at[i], lanes, s->value + s->at[i],
	             s->at[i + 1] - s->at[i], t->delta, lanes);
	return worst;
}

void linear_train(struct linear *m, const struct dataset *s, const struct linear_options *o)
{
	size_t lanes = KERNEL_PAD(s->labels);
	*m = (struct linear){.features = s->features, .labels = s->labels, .lanes = lanes};
	m->rows = big_floats(m->features * lanes);
	m->bias = xcalloc(lanes, sizeof *m->bias);
	struct linear_state t = {.k = kernel_best(), .s = s, .m = m};
	t.alpha = big_floats(s->n * lanes);
	t.margin = xcalloc(lanes, sizeof *t.margin);
	t.delta = xcalloc(lanes, sizeof *t.delta);
	t.norm = xcalloc(s->n + 1, sizeof *t.norm);
	uint32_t *order = xcalloc(s->n + 1, sizeof *order);
	uint64_t random = o->seed;
	for (size_t i = 0; i < s->n; i++) {
		order[i] = (uint32_t)i;
		t.norm[i] = 1;
		for (uint64_t f = s->at[i]; f < s->at[i + 1]; f++)
			t.norm[i] += s->value[f] * s->value[f];
	}
	/* Texts that moved nothing are left out until the end of the others. */
	size_t active = s->n;
	for (int pass = 0; pass < o->passes && !(o->stop && *o->stop); pass++) {
		float worst = 0;
		size_t kept = 0;
		learn_shuffle(order, active, &random);
		for (size_t i = 0; i < active; i++) {
			float w = step(&t, o, order[i]);
			worst = w > worst ? w : worst;
			if (w > o->eps / 4) {
				uint32_t swap = order[kept];
				order[kept++] = order[i];
				order[i] = swap;
			}
		}
		if (worst <= o->eps) {
			if (active == s->n)
				break;
			active = s->n;
		} else if (pass >= 2 && kept > 0) {
			active = kept;
		}
	}
	free(order);
	free(t.alpha);
	free(t.margin);
	free(t.delta);
	free(t.norm);
}

void linear_release(struct linear *m)
{
	free(m->rows);
	free(m->bias);
	*m = (struct linear){0};
}

void linear_scores(const struct linear *m, const struct dataset *s, size_t i, float *scores)
{
	const struct kernel *k = kernel_best();
	memcpy(scores, m->bias, m->lanes * sizeof *scores);
	k->sum(scores, m->rows, s->row + s->at[i], m->lanes, s->value + s->at[i],
	       s->at[i + 1] - s->at[i], m->lanes);
}
