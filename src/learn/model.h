/* model.h: the categorizer: learns labels from examples, then names the label of a text.
 *
 *   examples -> learn_train -> bytes -> model_open -> struct model -> model_predict
 *
 * A label is any short text (a category's id, for one). Bytes are the whole of a model: a file, a
 * row, whatever the caller keeps. An opened model never changes and may be used by any number of
 * threads, each with a scratch of its own. doc/learn.md tells the method and its figures.
 *
 * Pure: no files, no clock, no randomness but the seed. The same examples in the same order with
 * the same options give the same bytes on the same machine.
 */
#ifndef OTKLIK_LEARN_MODEL_H
#define OTKLIK_LEARN_MODEL_H

#include "base/err.h"
#include "base/str.h"

/* ---- training ---- */

struct learn_example {
	str label;     /* 1..LEARN_LABEL_MAX bytes of UTF-8 */
	str text;      /* UTF-8; what is past options.text_max is not looked at */
	float weight;  /* 1 is usual; 0.1..10, less or more counts as that; 0 means 1 */
	uint32_t line; /* where it came from, for errors; 0: its place, from 1 */
};

#define LEARN_LABEL_MAX 250

/* What training tells now and then. done goes from 0 to 1. */
struct learn_progress {
	const char *stage; /* "features", "measure", "train", "write" */
	double done;
};

struct learn_options {
	uint64_t seed;
	unsigned threads;    /* 1..64; the result does not depend on it */
	size_t model_max;    /* bytes of the model; at least 256 KiB */
	size_t text_max;     /* bytes of a text that are looked at */
	size_t example_max;  /* more examples than this are ERR_TOO_LARGE */
	size_t label_max;    /* more labels than this are ERR_TOO_LARGE */
	int epochs;          /* 0: as many as suit the number of examples */
	double reject_share; /* the stored threshold rejects this part of what is held out */
	usec date;           /* stored as it is */
	/* Optional. Texts with labels that are not trained on: temperatures, threshold and
	 * measures come from them instead of from a part of the examples. */
	const struct learn_example *held_out;
	size_t held_out_n;
	/* Optional. Texts that belong to no label (their own label is not looked at): they teach
	 * what to reject, and the threshold. */
	const struct learn_example *outside;
	size_t outside_n;
	/* Optional. What labels are called: where it is several words, one more example of the
	 * label, which nothing is measured by ("_" is a space there); for labels without examples
	 * nothing. Else the labels themselves are their names. */
	const struct learn_example *names;
	size_t names_n;
	/* Optional, called from the thread that trains. False stops: ERR_BUSY. */
	bool (*tell)(void *arg, const struct learn_progress *p);
	void *tell_arg;
};

/* Seed 1, one thread, 16 MiB, 8 KiB of a text, 1,000,000 examples, 1,000 labels, .05. */
void learn_options_init(struct learn_options *o);

/* Trains and gives the model's bytes, in the arena. It takes at least two labels with two examples
 * each. ERR_INVALID with field "examples" and the line in `arg`: "error.learn_one_label",
 * "error.learn_few" (fewer than two labels with two examples), "error.learn_empty_text",
 * "error.learn_empty_label", "error.learn_bytes" (NUL or not UTF-8), "error.learn_label_long";
 * ERR_TOO_LARGE "error.learn_many_examples", "error.learn_many_labels"; ERR_BUSY
 * "error.learn_stopped". Memory: about 4 KiB an example of 100 characters and five times the
 * model; CPU: about 5 s for 10,000 short texts. */
enum err learn_train(struct arena *a, const struct learn_example *examples, size_t n,
                     const struct learn_options *o, str *bytes, struct error *e) MUST_USE;

/* ---- reading a training file ---- */

/* Lines of "label" and "text" (columns by the names in the first line, others are skipped), fields
 * separated by one tab, no quoting, lines end in LF or CR LF. Examples point into `file` and are
 * appended after *n of *out (an array in the arena; NULL and 0 to begin with). ERR_SYNTAX names
 * the line in `arg`: "error.learn_columns" (no such column in line 1), "error.learn_fields" (a line
 * with another number of fields), "error.learn_bytes" (NUL, not UTF-8), "error.learn_empty_text",
 * "error.learn_empty_label"; without a line "error.learn_no_examples" (nothing behind line 1). */
enum err learn_read_tsv(struct arena *a, str file, struct learn_example **out, size_t *n,
                        struct error *e) MUST_USE;

/* ---- a trained model ---- */

struct model;

/* Reads and checks bytes (format version, lengths, digest, every number's range); they are copied
 * and may be freed afterwards. The caller frees the model with model_free. ERR_SYNTAX
 * "error.model_broken" for anything that is no whole model, "error.model_version" for one of
 * another version of the format. */
enum err model_open(str bytes, struct model **out, struct error *e) MUST_USE;
void model_free(struct model *m); /* NULL is fine */
/* Bytes of memory that the opened model takes. */
size_t model_memory(const struct model *m);

struct model_label {
	str name;
	uint32_t examples; /* trained on */
	/* Of what was held out; 0 where nothing was. */
	uint32_t held;    /* texts of this label */
	uint32_t guessed; /* texts that were given this label */
	uint32_t right;   /* both; precision = right / guessed, recall = right / held */
};

/* With threshold t, `coverage` of what was held out is decided by itself, and `accuracy` of that is
 * right. */
struct model_point {
	float threshold, coverage, accuracy;
};

struct model_error {
	uint32_t truth, guess, count; /* labels; off the diagonal, most frequent first */
};

/* What is known of a model without using it. Everything lives as long as the model. */
struct model_info {
	usec date;
	uint8_t data_hash[16]; /* of all examples and names in any order: the same data, the same
	                          hash */
	uint64_t seed;
	uint64_t examples;
	size_t bytes; /* of the model's file */
	const struct model_label *labels;
	size_t label_count;
	/* Held-out measures. While no --val-like texts are given they come from parts of the
	 * examples that took turns in being left out. */
	uint32_t held;
	double accuracy, macro_f1;
	double ece;                      /* expected calibration error, 15 bins */
	float threshold;                 /* of confidence, as asked for by options.reject_share */
	const struct model_point *curve; /* threshold rising, coverage falling from 1 */
	size_t curve_count;
	const struct model_error *errors;
	size_t error_count;
};
const struct model_info *model_info(const struct model *m);
/* The label with this name, or -1. */
int model_label_by_name(const struct model *m, str name);

/* ---- using it ---- */

/* What one thread needs: up to 12 MiB, since it remembers what words add up to. Any model may use
 * it, one at a time. */
struct model_scratch;

struct model_scratch *model_scratch_new(void);
void model_scratch_free(struct model_scratch *s); /* NULL is fine */

struct model_guess {
	uint32_t label; /* into model_info.labels */
	float p;        /* calibrated; all of them sum to 1 */
};

struct model_prediction {
	const struct model_guess *ranked; /* best first, at most `top` of them */
	size_t n;
	float p;          /* of the best */
	float entropy;    /* 0 (sure) .. 1 (knows nothing) */
	float confidence; /* 0..1: the measure that thresholds are of; what is strange to the model
	                   * is low even where one label stands out */
	bool known;       /* false: not one feature of the text was seen in training */
	bool reject;      /* confidence is under info.threshold, or nothing is known */
};

/* Predicts the label of a text (any bytes). The answer lives in the scratch until its next use.
 * top: how many labels are wanted, 0 for all. 2 to 50 us. */
void model_predict(const struct model *m, struct model_scratch *s, str text, size_t top,
                   struct model_prediction *out);

/* A word of the text and what it adds to a label: the fall of its log-odds when the word is taken
 * out. */
struct model_reason {
	uint32_t start, length; /* bytes of the text: the word's first occurrence */
	float weight;           /* > 0 speaks for the label, < 0 against it */
};

/* The words that spoke most for the label, at most `max`, strongest first, only those with a weight
 * above 0; in the arena. A prediction for each word of the text (the first 200 different ones). */
void model_explain(struct arena *a, const struct model *m, struct model_scratch *s, str text,
                   uint32_t label, size_t max, struct model_reason **out, size_t *n);

#endif
