/* train.h: the categorizer learns: from what people decided and from imported examples.
 *
 * Three parts, so that the writer never waits for the training: collecting on a reader, training on
 * no connection at all (CPU-heavy: whoever calls lowers its thread's priority), and a small write
 * that installs the result. Categories with fewer than TRAIN_LEAST examples, and archived ones, are
 * left out. doc/deciding.md tells when it happens by itself.
 */
#ifndef OTKLIK_DESK_TRAIN_H
#define OTKLIK_DESK_TRAIN_H

#include "desk/model.h"
#include "learn/model.h"

#define DESK_JOB_RETRAIN "retrain" /* looks every hour whether there is enough to learn */
#define TRAIN_LEAST 5

struct train_data {
	struct learn_example *examples; /* labels are ids of categories */
	size_t n, categories;
	struct learn_example *names; /* what the categories are called, in both languages */
	size_t n_names;
	int64_t corrections; /* the newest decision of a person */
	int64_t left_out;    /* texts that were over the limits */
	struct train_thin {  /* left out: fewer than TRAIN_LEAST examples, but some */
		str name_en, name_ru;
		size_t examples;
	} * thin;
	size_t n_thin;
};
/* brand_id 0 = of all brands. What people decided comes first, then imported examples, newest
 * first, up to desk.examples_max and examples_bytes; the texts live in the arena. */
enum err train_collect(const struct desk *d, struct arena *a, struct db_conn *c, int64_t brand_id,
                       struct train_data *out, struct error *e) MUST_USE;

struct train_result {
	struct model_row row; /* all but id and name */
	struct model_measures measures;
	str bytes;
};
/* tell as of learn_options: false stops (ERR_BUSY). Errors of learn_train. */
enum err train_run(struct arena *a, const struct train_data *data, usec now,
                   bool (*tell)(void *arg, const struct learn_progress *p), void *tell_arg,
                   struct train_result *out, struct error *e) MUST_USE;
/* Installs it; it decides from now on when `always`, when none of its brand does yet, or when it is
 * not worse on what was held out than the one that decides. blob: the bytes, prepared. The bytes of
 * the brand's oldest models go (desk.models_keep), their rows stay. */
enum err train_install(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, struct train_result *r, const struct blob *blob,
                       bool always, struct error *e) MUST_USE;
/* Notes why a training came to nothing; the old model stays. */
enum err train_failed(const struct desk *d, struct arena *a, struct db_conn *tx, str source,
                      const struct error *why, struct error *e) MUST_USE;

/* Is there enough new for a training? By itself only where the rule says so. */
enum err train_due(struct arena *a, struct db_conn *c, bool *out, struct error *e) MUST_USE;

#endif
