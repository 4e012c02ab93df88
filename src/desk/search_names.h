/* search_names.h: rows by a name that somebody types: of lines, categories, brands, people.
 *
 * A name fits when it is the typed one; where none is, when one of its words begins so; then by
 * what such things are called in the other language, by the other alphabet (text/translit.h), and
 * at last with typing errors (text/distance.h). The first of these that finds something decides,
 * and all that it finds are meant.
 */
#ifndef OTKLIK_DESK_SEARCH_NAMES_H
#define OTKLIK_DESK_SEARCH_NAMES_H

#include "base/str.h"

struct named {
	int64_t id;
	str names[3]; /* the same thing's; STR_NONE = none */
};

/* Ids of those that fit, each once; fold: text_fold of what was typed. usual: also what is usual
 * for lines and categories ("delivery" is «Доставка»). Returns how many of out[n]. */
size_t search_named(struct arena *a, const struct named *list, size_t n, str fold, bool usual,
                    int64_t *out);

#endif
