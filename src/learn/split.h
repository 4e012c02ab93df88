/* split.h: parts of the examples that take turns in being left out. */
#ifndef OTKLIK_LEARN_SPLIT_H
#define OTKLIK_LEARN_SPLIT_H

#include "learn/data.h"

/* Gives each of the texts [0, n) one of `folds` parts: every label is spread over all of them, and
 * texts that are nearly the same (most of their rarer stems are shared) are in the same one. */
void split_folds(const struct corpus *c, const uint32_t *label, size_t n, size_t labels,
                 size_t folds, uint64_t seed, uint8_t *fold);

#endif
