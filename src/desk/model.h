/* model.h: trained categorizers: listed, measured, chosen; what they learn from.
 *
 * Right learn.manage everywhere. A model is a row and its bytes a blob; the newest old ones are
 * kept and can decide again, of others only the row stays. Training itself is a job (desk/train.h).
 */
#ifndef OTKLIK_DESK_MODEL_H
#define OTKLIK_DESK_MODEL_H

#include "desk/category.h"
#include "store/model.h"

#define DESK_JOB_TRAIN "train"

/* What is kept of a training's measures: rows.measures as JSON. Ratios in millionths. */
struct model_measures {
	int64_t held, accuracy, macro_f1, ece, threshold, cpu_ms;
	int64_t left_out; /* texts that were too many to learn from */
	struct category_measure {
		int64_t category_id, examples, held, guessed, right;
	} * categories;
	size_t n_categories;
	struct curve_point {
		int64_t threshold, coverage, accuracy;
	} * curve;
	size_t n_curve;
	struct confusion {
		int64_t truth, guess, count;
	} * confusions;
	size_t n_confusions;
};
str model_measures_write(struct arena *a, const struct model_measures *m);
/* What cannot be read is left 0. */
void model_measures_read(struct arena *a, str json, struct model_measures *out);

struct model_full {
	struct model_row row;
	struct model_measures measures;
	str brand_name;
};
struct model_names { /* of every category named beside */
	struct category_name *names;
	size_t n_names;
};
/* Newest first, at most 50, ids below `before`. */
enum err desk_model_list(const struct desk *d, struct arena *a, struct db_conn *c,
                         const struct actor *actor, int64_t before, struct model_full **out,
                         size_t *n, struct error *e) MUST_USE;
enum err desk_model_get(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, int64_t id, struct model_full *out,
                        struct model_names *names, struct error *e) MUST_USE;
enum err desk_model_activate(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, struct model_full *out,
                             struct error *e) MUST_USE;

enum err desk_model_mistakes(const struct desk *d, struct arena *a, struct db_conn *c,
                             const struct actor *actor, int64_t before, int limit,
                             struct model_mistake **out, size_t *n, struct model_names *names,
                             struct error *e) MUST_USE;

struct model_drift {
	struct model_use now, before;
};
struct drift_list {
	struct model_drift *items; /* the most changed share first */
	size_t n;
	int64_t total, total_before;
	int days;
};
/* The last `days` (0: 30) against as many before. */
enum err desk_model_drift(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t brand_id, int days,
                          struct drift_list *out, struct model_names *names,
                          struct error *e) MUST_USE;

struct training {
	struct example_count *counts;
	size_t n_counts;
	struct example_source *sources;
	size_t n_sources;
	int64_t total, corrections;
	bool running;
	usec queued_at;
	str error, error_arg;
	struct model_names names;
};
enum err desk_training_get(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, struct training *out,
                           struct error *e) MUST_USE;
/* Puts the job; brand_id 0 = one model for all brands. */
enum err desk_training_start(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t brand_id, struct error *e) MUST_USE;
enum err desk_training_drop(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, str source, struct error *e) MUST_USE;

#endif
