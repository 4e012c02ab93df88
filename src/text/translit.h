/* translit.h: Russian in Latin letters and back, as candidates to search for.
 *
 * There are many ways to write "щека" in Latin; each scheme here gives one
 * candidate: the passports' (ICAO Doc 9303, "shcheka"), GOST 7.79 B (ISO 9,
 * "shheka"), BGN/PCGN, the scholars' without marks ("sceka"), and that of messages ("wheka", 4
 * for ч, 6 for ш). Words, folded first; other characters stay as they are.
 */
#ifndef OTKLIK_TEXT_TRANSLIT_H
#define OTKLIK_TEXT_TRANSLIT_H

#include "base/str.h"

#define TRANSLIT_MAX 8
#define TRANSLIT_BYTES 200 /* longer words have no candidates */

/* What a Latin word may be in Russian, the most probable first; returns how many of out[]. */
size_t translit_to_cyrillic(struct arena *a, str word, str out[TRANSLIT_MAX]);
/* How a Cyrillic word may be written in Latin. */
size_t translit_to_latin(struct arena *a, str word, str out[TRANSLIT_MAX]);

/* A Latin word that is Russian rather than English ("zakaz", "privet"); *out is it in Cyrillic. */
bool translit_is_russian(struct arena *a, str word, str *out);

#endif
