/* list.h: patterns of LIKE, and cursors of pages. */
#ifndef OTKLIK_STORE_LIST_H
#define OTKLIK_STORE_LIST_H

#include "base/str.h"

/* A LIKE pattern (ESCAPE '\') of before, the literal text, after. */
str list_like(struct arena *a, const char *before, str text, const char *after);
/* A page's place in an order by two integers, as text; reads back false for anything else. */
str list_cursor(struct arena *a, int64_t key, int64_t id);
bool list_cursor_read(str cursor, int64_t *key, int64_t *id);

#endif
