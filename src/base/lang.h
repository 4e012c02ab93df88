/* lang.h: the languages of the program. */
#ifndef OTKLIK_BASE_LANG_H
#define OTKLIK_BASE_LANG_H

#include "base/str.h"

enum lang { LANG_EN, LANG_RU, LANG_COUNT };

static inline const char *lang_code(enum lang l)
{
	return l == LANG_RU ? "ru" : "en";
}

/* "ru", "ru-RU", "RU_ru.UTF-8" -> LANG_RU; false (and *out untouched) for a language we do not
 * have. */
static inline bool lang_of(str s, enum lang *out)
{
	bool tail = s.n == 2 || (s.n > 2 && (s.p[2] == '-' || s.p[2] == '_' || s.p[2] == '.'));
	for (int l = 0; tail && l < LANG_COUNT; l++)
		if (str_eq_nocase(str_n(s.p, 2), str_of(lang_code((enum lang)l)))) {
			*out = (enum lang)l;
			return true;
		}
	return false;
}

#endif
