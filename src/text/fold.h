/* fold.h: text as it is compared and searched, and text as one line.
 *
 * All take any bytes (what is not UTF-8 becomes U+FFFD first) and take time and
 * memory in proportion to the input; callers cap its size.
 */
#ifndef OTKLIK_TEXT_FOLD_H
#define OTKLIK_TEXT_FOLD_H

#include "base/str.h"

/* NFKC, case-folded, without invisible characters, ё as е: the form of search
 * columns, of addresses and names that are compared. Applying it twice changes nothing. */
str text_fold(struct arena *a, str s);
/* One line: runs of white space and line ends become one space, control and
 * direction characters go, at most max_chars characters, cut at a word's end
 * where that loses little, then "…" (which counts). */
str text_snippet(struct arena *a, str s, size_t max_chars);

/* One code point from the front of valid UTF-8; *n its length in bytes. 0 at the end. */
uint32_t text_next(str s, size_t *n);
/* Space, tab, line ends, no-break and other Unicode white space. */
bool text_is_space(uint32_t c);
/* Characters that are not seen, or turn the direction of what follows. */
bool text_is_invisible(uint32_t c);

#endif
