/* quote.h: the reply a person wrote, apart from what it quotes.
 *
 * Works on lines of plain text (UTF-8, LF). The phrases that mail programs put
 * above a quotation are data (tables by language in quote.c). When in doubt
 * text is kept visible: hiding a sentence is worse than showing a quotation.
 */
#ifndef OTKLIK_MIME_QUOTE_H
#define OTKLIK_MIME_QUOTE_H

#include "base/str.h"

struct mime_quote {
	str visible;   /* the writer's own words */
	str signature; /* below "-- " or a line of a phone, if told apart; not part of visible */
	str quoted;    /* everything folded away: earlier letters with their headings */
};

/* Splits text; `visible` is empty where there is nothing but an older letter. The pieces live in
 * the arena or in text. Linear time. */
struct mime_quote mime_split(struct arena *a, str text);

/* The same for those who fold signature and quotation together; a letter of nothing but quotation
 * is visible whole. */
void mime_split_quote(struct arena *a, str text, str *visible, str *quoted);

/* Is this (the first lines of a piece of a letter) what programs put above an older letter? */
bool mime_quote_begins(struct arena *a, str text);

#endif
