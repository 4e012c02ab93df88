/* train.c: examples to a model: checks, features, what is held out, members, temperatures.
 *
 * Everything that is measured comes from texts that the measured members have not seen: parts take
 * turns in being left out (or `held_out` is given), then all is trained once more on everything.
 * Near-duplicates stay together in one part, or a measure would praise what was learnt by heart.
 */
#include "learn/learn_internal.h"

#include <math.h>
#include <pthread.h>
#include <xxhash.h>

#include "base/map.h"
#include "learn/split.h"

/* Who has seen what belongs nowhere knows it by itself, whatever the entropy says. */
#define SURE_OUTSIDE .1f

void recipe_init(struct recipe *r)
{
	*r = (struct recipe){.nets = 4,
	                     .hidden = 96,
	                     .epochs = 11,
	                     .epochs_max = 40,
	                     .rate = .05f,
	                     .view = {VIEW_ALL, VIEW_ALL, VIEW_STEMS, VIEW_LETTERS},
	                     .drop_features = .4f,
	                     .enough = .1f,
	                     .drop_hidden = .3f,
	                     .company = 2,
	                     .company_labels = 8,
	                     .linear_c = 1,
	                     .linear_eps = .2f,
	                     .linear_passes = 8,
	                     .net_share = 2 / 3.f,
	                     .crossovers = .1f};
}

void learn_options_init(struct learn_options *o)
{
	*o = (struct learn_options){.seed = 1,
	                            .threads = 1,
	                            .model_max = (size_t)16 << 20,
	                            .text_max = 8192,
	                            .example_max = 1000000,
	                            .label_max = 1000,
	                            .reject_share = .05};
}

/* A part of the examples to train on, and what is judged with it. */
struct part {
	uint32_t *learn, *judge; /* texts of the corpus */
	size_t n_learn, n_judge;
	size_t n_none; /* the last of `learn` belong to no label */
	struct ensemble m;
};

struct training {
	struct arena *a;
	const struct learn_options *o;
	struct recipe r;
	struct error *e;
	struct corpus corpus;
	uint32_t *label; /* of every text: examples, then held_out, outside, the labels' names */
	float *weight;
	const struct learn_example **example;
	size_t n, n_held, n_outside, n_all;
	struct learn_example *named; /* labels' names as examples */
	size_t n_named;
	str *names;
	uint32_t *per_label;
	size_t labels;
	size_t rows_max;
	struct part *parts; /* the last one is trained on everything */
	size_t n_parts;
	/* Jobs: member j of part i is number i * members + j. */
	size_t next_job, done_jobs;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	atomic_bool stop;
	/* What was judged: scores of every member. */
	size_t judged;
	uint32_t *judged_text;
	float *scores; /* judged x (nets + 1) x lanes */
};

/* ---- checks ---- */

static enum err bad_line(struct error *e, const char *key, const struct learn_example *x, size_t i)
{
	char line[24];
	(void)snprintf(line, sizeof line, "%zu", x->line ? (size_t)x->line : i + 1);
	return error_set(e, ERR_INVALID, key, "examples", line);
}

static enum err too_many(struct error *e, const char *key, size_t max)
{
	char arg[24];
	(void)snprintf(arg, sizeof arg, "%zu", max);
	return error_set(e, ERR_TOO_LARGE, key, "examples", arg);
}

static enum err check_example(const struct learn_example *x, size_t i, bool labelled,
                              struct error *e)
{
	if (labelled && x->label.n == 0)
		return bad_line(e, "error.learn_empty_label", x, i);
	if (labelled && x->label.n > LEARN_LABEL_MAX)
		return bad_line(e, "error.learn_label_long", x, i);
	if (str_empty(str_trim(x->text)))
		return bad_line(e, "error.learn_empty_text", x, i);
	if (str_chr(x->text, '\0') >= 0 || !str_is_utf8(x->text) ||
	    (labelled && (str_chr(x->label, '\0') >= 0 || !str_is_utf8(x->label))))
		return bad_line(e, "error.learn_bytes", x, i);
	return ERR_OK;
}

static enum err check_all(const struct learn_example *x, size_t n, bool labelled, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; i < n && !err; i++)
		err = check_example(&x[i], i, labelled, e);
	return err;
}

struct namer {
	struct map *map;
	struct training *t;
};

static uint32_t label_of(struct namer *by, str name, bool add)
{
	struct training *t = by->t;
	void *known = map_get(by->map, name);
	if (known || !add)
		return known ? (uint32_t)(uintptr_t)known - 1 : (uint32_t)-1;
	t->names[t->labels++] = name;
	(void)map_put(by->map, name, (void *)(uintptr_t)t->labels);
	return (uint32_t)t->labels - 1;
}

static void add_texts(struct training *t, struct namer *by, const struct learn_example *x, size_t n,
                      bool add, bool outside)
{
	for (size_t i = 0; i < n; i++) {
		float w = x[i].weight == 0 || x[i].weight != x[i].weight ? 1 : x[i].weight;
		t->example[t->n_all] = &x[i];
		t->weight[t->n_all] = w < .1f ? .1f : w > 10 ? 10 : w;
		t->label[t->n_all++] = outside ? 0 : label_of(by, x[i].label, add);
	}
}

/* What a label is called in several words says what its texts are about: an example like any
 * other. One word is a tag ("positive"), which stands in texts of all labels. */
static void add_name(struct training *t, uint32_t label, str name)
{
	char *p = str_z(t->a, name);
	for (size_t i = 0; i < name.n; i++)
		p[i] = p[i] == '_' ? ' ' : p[i];
	name = str_trim(str_n(p, name.n));
	if (label >= t->labels || str_chr(name, ' ') < 0 || !str_is_utf8(name))
		return;
	t->named[t->n_named] = (struct learn_example){.label = t->names[label], .text = name};
	t->example[t->n_all] = &t->named[t->n_named++];
	t->weight[t->n_all] = 1;
	t->label[t->n_all++] = label;
}

static void add_names(struct training *t, struct namer *by)
{
	const struct learn_options *o = t->o;
	t->named = ARENA_ARRAY(t->a, o->names_n ? o->names_n : t->labels, struct learn_example);
	for (size_t i = 0; i < o->names_n; i++)
		add_name(t, label_of(by, o->names[i].label, false), o->names[i].text);
	for (uint32_t l = 0; !o->names_n && l < t->labels; l++)
		add_name(t, l, t->names[l]);
}

static enum err take_examples(struct training *t, const struct learn_example *x, size_t n)
{
	const struct learn_options *o = t->o;
	enum err err = check_all(x, n, true, t->e);
	if (!err)
		err = check_all(o->held_out, o->held_out_n, true, t->e);
	if (!err)
		err = check_all(o->outside, o->outside_n, false, t->e);
	if (err)
		return err;
	size_t all = n + o->held_out_n + o->outside_n;
	if (n > o->example_max || all > o->example_max * 2)
		return too_many(t->e, "error.learn_many_examples", o->example_max);
	/* There are no more labels than examples. */
	size_t room = all + (o->names_n ? o->names_n : n);
	t->example = ARENA_ARRAY(t->a, room, const struct learn_example *);
	t->label = ARENA_ARRAY(t->a, room, uint32_t);
	t->weight = ARENA_ARRAY(t->a, room, float);
	t->names = ARENA_ARRAY(t->a, n, str);
	struct namer by = {map_new(), t};
	add_texts(t, &by, x, n, true, false);
	t->n = n;
	/* What is held out of a label that nobody trains on cannot be judged. */
	add_texts(t, &by, o->held_out, o->held_out_n, false, false);
	t->n_held = o->held_out_n;
	add_texts(t, &by, o->outside, o->outside_n, false, true);
	t->n_outside = o->outside_n;
	add_names(t, &by);
	map_free(by.map);
	for (size_t i = n + t->n_held; i < all; i++)
		t->label[i] = (uint32_t)t->labels;
	if (t->labels < 2)
		return error_set(t->e, ERR_INVALID, "error.learn_one_label", "examples", "");
	if (t->labels > o->label_max)
		return too_many(t->e, "error.learn_many_labels", o->label_max);
	t->per_label = ARENA_ARRAY(t->a, t->labels, uint32_t);
	size_t enough = 0;
	for (size_t i = 0; i < n; i++)
		if (++t->per_label[t->label[i]] == 2)
			enough++;
	return enough >= 2 ? ERR_OK
	                   : error_set(t->e, ERR_INVALID, "error.learn_few", "examples", "");
}

/* ---- progress ---- */

static bool tell(struct training *t, const char *stage, double done)
{
	struct learn_progress p = {stage, done};
	if (t->o->tell && !t->o->tell(t->o->tell_arg, &p))
		t->stop = true;
	return !t->stop;
}

/* ---- features and parts ---- */

static bool read_features(struct training *t)
{
	struct feature_reader *r = feature_reader_new();
	corpus_init(&t->corpus);
	for (size_t i = 0; i < t->n_all && !t->stop; i++) {
		struct feature_text f;
		feature_read(r, str_sub(t->example[i]->text, 0, t->o->text_max), 0, &f);
		corpus_add(&t->corpus, &f);
		if (i % 1000 == 0)
			(void)tell(t, "features", .1 * (double)i / (double)t->n_all);
	}
	feature_reader_free(r);
	return !t->stop;
}

/* A tenth of many examples is enough to measure by; of few, all must take turns. Temperatures from
 * fewer than a thousand texts differ too much from seed to seed. */
static size_t count_folds(size_t n)
{
	return n <= 1000 ? 5 : n <= 3000 ? 2 : n <= 6000 ? 3 : 1;
}

static void fill_part(struct training *t, struct part *p, const uint8_t *fold, int left_out)
{
	size_t n = t->n + t->n_named + t->n_outside, names = t->n + t->n_held + t->n_outside;
	p->learn = ARENA_ARRAY(t->a, n, uint32_t);
	p->judge = ARENA_ARRAY(t->a, t->n, uint32_t);
	for (uint32_t i = 0; i < t->n; i++) {
		if (left_out >= 0 && fold[i] == left_out)
			p->judge[p->n_judge++] = i;
		else
			p->learn[p->n_learn++] = i;
	}
	for (size_t i = 0; i < t->n_named; i++)
		p->learn[p->n_learn++] = (uint32_t)(names + i);
	for (size_t i = 0; i < t->n_outside; i++)
		p->learn[p->n_learn++] = (uint32_t)(t->n + t->n_held + i);
	p->n_none = t->n_outside;
}

static void make_parts(struct training *t)
{
	size_t folds = t->n_held ? 0 : count_folds(t->n), of = t->n <= 3000 ? 5 : 10;
	uint8_t *fold = ARENA_ARRAY(t->a, t->n, uint8_t);
	t->parts = ARENA_ARRAY(t->a, folds + 1, struct part);
	if (folds)
		split_folds(&t->corpus, t->label, t->n, t->labels, of, t->o->seed, fold);
	for (size_t i = 0; i < folds; i++)
		fill_part(t, &t->parts[i], fold, (int)i);
	struct part *all = &t->parts[folds];
	fill_part(t, all, fold, -1);
	t->n_parts = folds + 1;
	if (t->n_held) {
		all->judge = ARENA_ARRAY(t->a, t->n_held, uint32_t);
		for (size_t i = 0; i < t->n_held; i++)
			if (t->label[t->n + i] < t->labels)
				all->judge[all->n_judge++] = (uint32_t)(t->n + i);
	}
}

/* ---- members ---- */

static size_t members(const struct training *t)
{
	return (size_t)t->r.nets + 1;
}

/* Few examples are gone through more often: a net needs so many steps to learn at all. Many need
 * it less. */
#define FEW 5000
#define MANY 12000
static int epochs(const struct training *t, size_t n)
{
	if (t->o->epochs > 0)
		return t->o->epochs;
	double like = n < FEW ? (double)(n ? n : 1) / FEW : n > MANY ? (double)n / MANY : 1;
	double rounds = round(t->r.epochs / sqrt(like));
	return rounds < 2 ? 2 : rounds > t->r.epochs_max ? t->r.epochs_max : (int)rounds;
}

static void train_member(struct training *t, struct part *p, size_t which)
{
	struct dataset s;
	uint64_t seed = t->o->seed * 1000003 + which;
	size_t own = p->n_learn - p->n_none;
	bool is_net = which < (size_t)t->r.nets;
	dataset_build(&s, &t->corpus, &p->m.dict, p->learn, is_net ? p->n_learn : own, t->label,
	              t->weight, t->labels + (is_net ? 1 : 0),
	              is_net ? t->r.view[which] : VIEW_ALL);
	if (is_net) {
		/* Made-up ones stand in only where nobody knows real ones. */
		if (p->n_none == 0)
			dataset_cross(&s, (size_t)((float)own * t->r.crossovers),
			              (uint32_t)t->labels, seed + 77);
		struct net_options o = {.seed = seed,
		                        .hidden = t->r.hidden,
		                        .epochs = epochs(t, own),
		                        .rate = t->r.rate,
		                        .drop_features = t->r.drop_features,
		                        .drop_hidden = t->r.drop_hidden,
		                        .enough = t->r.enough,
		                        .company =
		                            t->labels >= t->r.company_labels ? t->r.company : 0,
		                        .stop = &t->stop};
		net_train(&p->m.net[which], &s, &o);
	} else {
		struct linear_options o = {.seed = seed,
		                           .c = t->r.linear_c,
		                           .eps = t->r.linear_eps,
		                           .passes = t->r.linear_passes,
		                           .stop = &t->stop};
		linear_train(&p->m.linear, &s, &o);
	}
	dataset_release(&s);
}

static void *work(void *arg)
{
	struct training *t = arg;
	size_t per = members(t), all = t->n_parts * per;
	(void)pthread_mutex_lock(&t->mutex);
	while (t->next_job < all && !t->stop) {
		size_t job = t->next_job++;
		(void)pthread_mutex_unlock(&t->mutex);
		train_member(t, &t->parts[job / per], job % per);
		(void)pthread_mutex_lock(&t->mutex);
		t->done_jobs++;
		(void)pthread_cond_signal(&t->ended);
	}
	(void)pthread_mutex_unlock(&t->mutex);
	return NULL;
}

static bool train_members(struct training *t)
{
	size_t all = t->n_parts * members(t), others = t->o->threads > 64 ? 64 : t->o->threads;
	pthread_t threads[64];
	size_t started = 0;
	for (size_t i = 0; i < t->n_parts; i++) {
		struct part *p = &t->parts[i];
		p->m.labels = t->labels;
		p->m.nets = t->r.nets;
		memcpy(p->m.view, t->r.view, sizeof p->m.view);
		dict_build(&p->m.dict, &t->corpus, p->learn, p->n_learn, t->rows_max);
	}
	while (others > 1 && started < others && started < all)
		if (pthread_create(&threads[started], NULL, work, t) == 0)
			started++;
		else
			break;
	if (started == 0) {
		/* One thread: told between members. */
		while (t->done_jobs < all &&
		       tell(t, t->done_jobs < all - members(t) ? "measure" : "train",
		            .1 + .85 * (double)t->done_jobs / (double)all)) {
			size_t job = t->next_job++;
			train_member(t, &t->parts[job / members(t)], job % members(t));
			t->done_jobs++;
		}
		return !t->stop;
	}
	(void)pthread_mutex_lock(&t->mutex);
	for (size_t told = 0; told < all && !t->stop; told = t->done_jobs) {
		while (t->done_jobs == told && !t->stop)
			(void)pthread_cond_wait(&t->ended, &t->mutex);
		size_t done = t->done_jobs;
		(void)pthread_mutex_unlock(&t->mutex);
		(void)tell(t, done < all - members(t) ? "measure" : "train",
		           .1 + .85 * (double)done / (double)all);
		(void)pthread_mutex_lock(&t->mutex);
	}
	(void)pthread_mutex_unlock(&t->mutex);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	return !t->stop;
}

/* ---- what was held out ---- */

static size_t score_lanes(const struct training *t)
{
	return KERNEL_PAD(t->labels + 1);
}

static float *scores_of(const struct training *t, size_t judged, size_t member)
{
	return t->scores + (judged * members(t) + member) * score_lanes(t);
}

static void judge_part(struct training *t, struct part *p)
{
	float hidden[LEARN_HIDDEN_MAX];
	for (size_t i = 0; i < p->n_judge; i++)
		t->judged_text[t->judged + i] = p->judge[i];
	for (size_t m = 0; m < members(t); m++) {
		struct dataset s;
		bool is_net = m < (size_t)t->r.nets;
		dataset_build(&s, &t->corpus, &p->m.dict, p->judge, p->n_judge, t->label, t->weight,
		              t->labels + 1, is_net ? t->r.view[m] : VIEW_ALL);
		for (size_t i = 0; i < p->n_judge; i++) {
			float *scores = scores_of(t, t->judged + i, m);
			if (is_net)
				net_scores(&p->m.net[m], &s, i, hidden, scores);
			else
				linear_scores(&p->m.linear, &s, i, scores);
		}
		dataset_release(&s);
	}
	t->judged += p->n_judge;
}

static void judge_all(struct training *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_parts; i++)
		n += t->parts[i].n_judge;
	t->judged_text = ARENA_ARRAY(t->a, n, uint32_t);
	t->scores = xcalloc(n * members(t) * score_lanes(t) + 1, sizeof *t->scores);
	for (size_t i = 0; i < t->n_parts; i++)
		judge_part(t, &t->parts[i]);
}

/* Blends copies of the scores of judged text i; the probability of its true label. */
static float blend_judged(const struct training *t, const struct blend *b, size_t i, float *room,
                          float *p, float *none)
{
	size_t lanes = score_lanes(t);
	float *nets[LEARN_NETS_MAX];
	memcpy(room, scores_of(t, i, 0), members(t) * lanes * sizeof *room);
	for (int m = 0; m < t->r.nets; m++)
		nets[m] = room + (size_t)m * lanes;
	*none = blend_scores(kernel_best(), b, nets, t->r.nets, room + (size_t)t->r.nets * lanes,
	                     t->labels, p);
	return p[t->label[t->judged_text[i]]];
}

static double highest(const float *p, size_t n)
{
	float most = p[0];
	for (size_t i = 1; i < n; i++)
		most = p[i] > most ? p[i] : most;
	return (double)most;
}

/* What is fitted to: the probability of the true label, or of being right with the best one. The
 * former is also low where a label that was never meant is second; the latter is what is shown. */
enum aim { AIM_LABEL, AIM_RIGHT };

static double loss(const struct training *t, const struct blend *b, enum aim aim)
{
	size_t lanes = score_lanes(t);
	float *room = xmalloc((members(t) + 1) * lanes * sizeof *room), none = 0;
	float *p = room + members(t) * lanes;
	double sum = 0;
	for (size_t i = 0; i < t->judged; i++) {
		double q = (double)blend_judged(t, b, i, room, p, &none), best;
		if (aim == AIM_RIGHT && q < (best = highest(p, t->labels)))
			q = 1 - best;
		sum -= log(q + 1e-7);
	}
	free(room);
	return sum;
}

/* Golden section on the logarithm of one scale of the blend. */
static void fit(const struct training *t, struct blend *b, enum aim aim, float *scale, double from,
                double to)
{
	const double golden = .6180339887;
	double lo = log(from), hi = log(to), x = hi - golden * (hi - lo),
	       y = lo + golden * (hi - lo);
	*scale = (float)exp(x);
	double fx = loss(t, b, aim);
	*scale = (float)exp(y);
	double fy = loss(t, b, aim);
	for (int i = 0; i < 14; i++) {
		if (fx < fy) {
			hi = y, y = x, fy = fx;
			x = hi - golden * (hi - lo);
			*scale = (float)exp(x);
			fx = loss(t, b, aim);
		} else {
			lo = x, x = y, fx = fy;
			y = lo + golden * (hi - lo);
			*scale = (float)exp(y);
			fy = loss(t, b, aim);
		}
	}
	*scale = (float)exp((lo + hi) / 2);
}

static void fit_blend(struct training *t, struct blend *b)
{
	*b = (struct blend){.net_scale = 1,
	                    .linear_scale = 5,
	                    .net_share = t->r.net_share,
	                    .sharpen = 1,
	                    .sure_power = t->n_outside ? SURE_OUTSIDE : 1};
	if (t->judged == 0)
		return;
	float share = b->net_share;
	b->net_share = 1;
	fit(t, b, AIM_LABEL, &b->net_scale, .1, 4);
	b->net_share = 0;
	fit(t, b, AIM_LABEL, &b->linear_scale, .5, 30);
	b->net_share = share;
	fit(t, b, AIM_RIGHT, &b->sharpen, .3, 3);
}

/* ---- the end ---- */

static void fill_measures(struct training *t, const struct blend *b, struct model_info *info)
{
	size_t n = t->judged, lanes = score_lanes(t);
	float *room = xmalloc((members(t) + 1) * lanes * sizeof *room), none = 0;
	uint32_t *truth = ARENA_ARRAY(t->a, n, uint32_t), *guess = ARENA_ARRAY(t->a, n, uint32_t);
	float *p = ARENA_ARRAY(t->a, n, float), *sure = ARENA_ARRAY(t->a, n, float);
	for (size_t i = 0; i < n; i++) {
		float *all = room + members(t) * lanes;
		(void)blend_judged(t, b, i, room, all, &none);
		struct blended j = blend_judge(kernel_best(), b, all, none, t->labels);
		truth[i] = t->label[t->judged_text[i]];
		guess[i] = j.best;
		p[i] = j.p;
		sure[i] = j.confidence;
	}
	free(room);
	struct measures m;
	measure(t->a, &(struct answers){n, t->labels, truth, guess, p, sure}, &m);
	for (size_t l = 0; l < t->labels; l++) {
		m.labels[l].name = t->names[l];
		m.labels[l].examples = t->per_label[l];
	}
	info->labels = m.labels;
	info->label_count = t->labels;
	info->held = (uint32_t)n;
	info->accuracy = m.accuracy;
	info->macro_f1 = m.macro_f1;
	info->ece = m.ece;
	info->curve = m.curve;
	info->curve_count = m.curve_count;
	info->errors = m.errors;
	info->error_count = m.error_count;
	info->threshold = measure_threshold(sure, n, t->o->reject_share);
}

static void hash_examples(const struct learn_example *const *x, size_t n, uint64_t sum[2])
{
	for (size_t i = 0; i < n; i++) {
		XXH128_hash_t l = XXH3_128bits(x[i]->label.p, x[i]->label.n);
		XXH128_hash_t y = XXH3_128bits_withSeed(x[i]->text.p, x[i]->text.n, l.low64);
		sum[0] += y.low64;
		sum[1] += y.high64;
	}
}

static void hash_data(struct training *t, struct model_info *info)
{
	uint64_t sum[2] = {0};
	hash_examples(t->example, t->n, sum);
	hash_examples(t->example + t->n_all - t->n_named, t->n_named, sum);
	memcpy(info->data_hash, sum, sizeof info->data_hash);
}

static void release(struct training *t)
{
	for (size_t i = 0; i < t->n_parts; i++)
		ensemble_release(&t->parts[i].m);
	corpus_release(&t->corpus);
	free(t->scores);
	(void)pthread_mutex_destroy(&t->mutex);
	(void)pthread_cond_destroy(&t->ended);
}

void ensemble_release(struct ensemble *m)
{
	dict_release(&m->dict);
	for (int i = 0; i < m->nets; i++)
		net_release(&m->net[i]);
	linear_release(&m->linear);
}

static void size_dictionary(struct training *t)
{
	size_t names = 0;
	for (size_t l = 0; l < t->labels; l++)
		names += t->names[l].n;
	size_t max = t->o->model_max < 256 << 10 ? 256 << 10 : t->o->model_max;
	size_t other = model_other_bytes(&t->r, t->labels, names);
	size_t room = max > other ? max - other : 0;
	t->rows_max = room / model_row_bytes(&t->r, t->labels);
	if (t->rows_max < 1000)
		t->rows_max = 1000;
}

enum err learn_train_recipe(struct arena *a, const struct learn_example *examples, size_t n,
                            const struct learn_options *o, const struct recipe *r, str *bytes,
                            struct error *e)
{
	struct training t = {.a = a, .o = o, .r = *r, .e = e};
	struct model_info info = {.date = o->date, .seed = o->seed, .examples = n};
	enum err err = take_examples(&t, examples, n);
	if (err)
		return err;
	(void)pthread_mutex_init(&t.mutex, NULL);
	(void)pthread_cond_init(&t.ended, NULL);
	size_dictionary(&t);
	bool on = read_features(&t);
	if (on) {
		make_parts(&t);
		on = train_members(&t);
	}
	if (on) {
		struct ensemble *m = &t.parts[t.n_parts - 1].m;
		judge_all(&t);
		fit_blend(&t, &m->blend);
		fill_measures(&t, &m->blend, &info);
		hash_data(&t, &info);
		on = tell(&t, "write", .97);
		if (on)
			*bytes = model_write(a, m, &info);
	}
	release(&t);
	return on ? ERR_OK : error_set(e, ERR_BUSY, "error.learn_stopped", NULL, NULL);
}

enum err learn_train(struct arena *a, const struct learn_example *examples, size_t n,
                     const struct learn_options *o, str *bytes, struct error *e)
{
	struct recipe r;
	recipe_init(&r);
	return learn_train_recipe(a, examples, n, o, &r, bytes, e);
}
