/* learn_internal.h: what training, the file and prediction share.
 *
 * An ensemble is what training makes: nets and a linear machine over one dictionary, in floats,
 * with how their scores become probabilities. The file holds it with rows of 8 bits.
 */
#ifndef OTKLIK_LEARN_LEARN_INTERNAL_H
#define OTKLIK_LEARN_LEARN_INTERNAL_H

#include "learn/measure.h"
#include "learn/net.h"

#define LEARN_NETS_MAX 8
#define LEARN_HIDDEN_MAX 512

/* How scores become probabilities: each member's by its temperature, their weighted mean once more
 * sharpened by `sharpen`. The nets know one label more, "none of these": it is left out of the
 * probabilities and lowers the confidence. */
struct blend {
	float net_scale; /* 1 / temperature */
	float linear_scale;
	float net_share; /* of the mean; the rest is the linear machine's */
	float sharpen;   /* p^sharpen, brought back to sum 1 */
	/* confidence = (1 - entropy)^sure_power (1 - p of "none") */
	float sure_power;
};

/* What is fixed for every set. */
struct recipe {
	int nets, hidden;
	int epochs, epochs_max; /* for some 10,000 examples; for however few */
	float rate, drop_features, drop_hidden, enough;
	/* How often nets' rows begin anew by their company, where there are so many labels: fewer
	 * say how something is told rather than what it is about, which company tells. */
	int company;
	size_t company_labels;
	float linear_c, linear_eps;
	int linear_passes;
	float net_share;
	enum view view[LEARN_NETS_MAX];
	float crossovers; /* made-up texts of no label, as a part of the examples */
};
void recipe_init(struct recipe *r);

struct ensemble {
	struct dict dict;
	size_t labels; /* without "none" */
	int nets;
	enum view view[LEARN_NETS_MAX];
	struct net net[LEARN_NETS_MAX];
	struct linear linear;
	struct blend blend;
};
void ensemble_release(struct ensemble *m);

/* Scores of all members to probabilities of the labels: nets' scores have room for `none` at
 * [labels]; out has KERNEL_PAD(labels + 1) lanes. Scores are overwritten. Gives the mean
 * probability of "none". */
float blend_scores(const struct kernel *k, const struct blend *b, float *const *net_scores,
                   int nets, float *linear_scores, size_t labels, float *out);
/* Fills the best label, its probability, entropy (0..1) and confidence. */
struct blended {
	uint32_t best;
	float p, entropy, confidence;
};
struct blended blend_judge(const struct kernel *k, const struct blend *b, const float *p,
                           float none, size_t labels);

/* Where a member's part of a row is. A row belongs to one block, so that a net which sees stems
 * alone and one which sees letters alone share a place; the linear machine is behind the nets. */
struct layout {
	int slots;                /* of nets */
	int slot[LEARN_NETS_MAX]; /* of each net */
};
struct layout layout_of(const enum view *view, int nets);

/* Bytes of a row in the file and of everything beside rows: sizes the dictionary. */
size_t model_row_bytes(const struct recipe *r, size_t labels);
size_t model_other_bytes(const struct recipe *r, size_t labels, size_t label_bytes);
/* The file's bytes. */
str model_write(struct arena *a, const struct ensemble *m, const struct model_info *info);
/* learn_train by another recipe: for trying things out. */
enum err learn_train_recipe(struct arena *a, const struct learn_example *examples, size_t n,
                            const struct learn_options *o, const struct recipe *r, str *bytes,
                            struct error *e) MUST_USE;

#endif
