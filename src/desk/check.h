/* check.h: what a person typed, checked and made fit to be kept. */
#ifndef OTKLIK_DESK_CHECK_H
#define OTKLIK_DESK_CHECK_H

#include "base/err.h"
#include "base/str.h"

/* One line: trimmed, valid UTF-8, no control characters, between min and max
 * characters. ERR_INVALID "error.required", "error.too_short", "error.too_long", "error.one_line"
 * with the field. The result may point into in. */
enum err check_line(struct arena *a, str in, size_t min, size_t max, const char *field, str *out,
                    struct error *e) MUST_USE;
/* Several lines: LF and tab are fine, CRLF becomes LF. */
enum err check_text(struct arena *a, str in, size_t max, const char *field, str *out,
                    struct error *e) MUST_USE;
/* One of a list that ends with NULL. ERR_INVALID "error.not_one_of". */
enum err check_choice(str in, const char *const *list, const char *field, struct error *e) MUST_USE;
/* ERR_INVALID "error.required" unless given. */
enum err check_given(const void *p, const char *field, struct error *e) MUST_USE;
/* A mail address, as it is written. ERR_INVALID "error.not_an_email". */
enum err check_email(struct arena *a, str in, const char *field, str *out,
                     struct error *e) MUST_USE;

extern const char *const check_languages[]; /* en, ru */

#endif
