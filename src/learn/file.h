/* file.h: the model's bytes.
 *
 * Little-endian; the host must be too. Head: "OTKLEARN", format version, length of everything,
 * XXH3-128 of all that follows the head. Then in order: facts (date, hash of the data, seed),
 * labels with their measures, curve, errors, blend, sizes, hashes and idf of rows, scales of rows,
 * the rows themselves (8 bits; a row holds the parts of all members side by side), and the dense
 * ends of the members. Only a whole file of the known version with every number in its range is
 * taken.
 */
#ifndef OTKLIK_LEARN_FILE_H
#define OTKLIK_LEARN_FILE_H

#include "learn/learn_internal.h"

#define MODEL_MAGIC "OTKLEARN"
#define MODEL_VERSION 1

/* An opened model; the arena owns everything. */
struct model {
	struct arena *arena;
	struct model_info info;
	struct blend blend;
	const struct kernel *kernel;
	struct dict dict;
	size_t labels, lanes; /* lanes: labels + 1 padded */
	int nets;
	size_t hidden;
	size_t width;  /* bytes of a row: nets * hidden + linear lanes */
	float *scales; /* rows x (nets + 1) */
	int8_t *rows;
	float *bias[LEARN_NETS_MAX], *out[LEARN_NETS_MAX], *out_bias[LEARN_NETS_MAX];
	float *linear_bias;
};

/* Parses into m, whose arena is there; bytes are not kept. */
enum err model_read(str bytes, struct model *m, struct error *e) MUST_USE;

#endif
