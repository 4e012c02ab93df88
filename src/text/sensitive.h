/* sensitive.h: numbers that should not lie about in texts, found and blocked out.
 *
 * Finding: bank cards (13 to 19 digits with a right check digit, ISO/IEC 7812-1,
 * Luhn), Russian passports (series and number), telephone numbers. A proposal
 * to a person, so it rather finds too much; the work is linear in the text.
 *
 * Blocking out: each character of what is to go becomes one full block
 * (U+2588), so that positions counted in characters stay what they were. The
 * same value is found again however it is grouped, in any case, and in HTML
 * across tags and entities; at most 3 other characters may stand between two of
 * its letters or digits.
 *
 * Texts are valid UTF-8; callers cap their size.
 */
#ifndef OTKLIK_TEXT_SENSITIVE_H
#define OTKLIK_TEXT_SENSITIVE_H

#include "base/str.h"

enum sensitive_kind { SENSITIVE_CARD, SENSITIVE_PASSPORT, SENSITIVE_PHONE, SENSITIVE_KIND_COUNT };
const char *sensitive_kind_name(enum sensitive_kind k); /* "card", "passport", "phone" */

struct sensitive {
	enum sensitive_kind kind;
	size_t at, n;        /* bytes */
	size_t start, chars; /* the same in characters */
};
/* In order, not overlapping, at most max. */
void text_sensitive(struct arena *a, str text, size_t max, struct sensitive **out, size_t *n);

/* A value to be blocked out: its letters and digits, folded in case. */
struct redactor {
	uint32_t *letters;
	size_t n;
};
/* Fewer letters and digits than this would be found everywhere: then only the
 * place that was pointed at is blocked out. */
#define REDACTOR_MIN 5
struct redactor redactor_of(struct arena *a, str value);

/* Characters [start, start + chars) blocked out; line ends stay. False when the
 * text has not so many characters. */
bool text_redact_span(struct arena *a, str text, size_t start, size_t chars, str *out);
/* The characters [start, start + chars) of a text. */
bool text_span(str text, size_t start, size_t chars, str *out);
/* Every occurrence; *out is the text itself when there is none. True: there was one. */
bool text_redact(struct arena *a, str text, const struct redactor *r, size_t n, str *out);
/* The same in HTML, in what is shown and in tags. When the value might still be read out of
 * the result (its letters and digits follow one another with anything between), *out is "". */
bool text_redact_html(struct arena *a, str html, const struct redactor *r, size_t n, str *out);

#endif
