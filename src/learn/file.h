/* file.h: the model's bytes.
 *
 * Little-endian; the host must be too. Head: "OTKLEARN", format version, length of everything,
 * XXH3-128 of all that follows the head. Then in order: facts (date, hash of the data, seed),
 * labels with their measures, curve, errors, blend, sizes, hashes of rows,
 * the rows (a row holds its idf, the scales and the 8-bit parts of all members side by side), and
 * the dense ends of the members. Only a whole file of the known version with every number in its
 * range is taken.
 */
#ifndef OTKLIK_LEARN_FILE_H
#define OTKLIK_LEARN_FILE_H

#include "learn/learn_internal.h"

#define MODEL_MAGIC "OTKLEARN"
#define MODEL_VERSION 2

/* An opened model; the arena owns everything. */
struct model {
	struct arena *arena;
	struct model_info info;
	uint64_t id; /* of the bytes' digest: models with one id are the same */
	struct blend blend;
	const struct kernel *kernel;
	struct dict dict;
	size_t labels, lanes; /* lanes: labels + 1 padded */
	int nets;
	enum view view[LEARN_NETS_MAX];
	struct layout layout;
	size_t hidden;
	/* A row is in one piece: idf and the members' scales in floats, then the parts of the nets
	 * and of the linear machine in 8 bits. */
	size_t stride; /* bytes of a row */
	size_t head;   /* of them floats */
	size_t width;  /* numbers of a row: stride - head */
	int8_t *rows;
	float *bias[LEARN_NETS_MAX], *out[LEARN_NETS_MAX], *out_bias[LEARN_NETS_MAX];
	float *linear_bias;
};

/* Parses into m, whose arena is there; bytes are not kept. */
enum err model_read(str bytes, struct model *m, struct error *e) MUST_USE;

#endif
