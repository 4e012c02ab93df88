/* message.h: sentences for people, from the catalogue in messages/.
 *
 *   message_format(a, LANG_RU, STR("error.too_long"), MESSAGE_ARGS(MESSAGE_INT("n", 250)))
 *
 * A sentence has {name} placeholders; one that depends on a number has a whole
 * sentence for each plural form, chosen by the argument n (CLDR rules for
 * cardinal numbers). Numbers are written as the language writes them: 4 870
 * and 4,5 in Russian (with no-break spaces), 4,870 and 4.5 in English. The
 * result is plain text: whoever puts it into HTML escapes it.
 */
#ifndef OTKLIK_TEXT_MESSAGE_H
#define OTKLIK_TEXT_MESSAGE_H

#include "base/err.h"
#include "base/lang.h"
#include "base/str.h"

struct message_arg {
	const char *name;
	enum { MESSAGE_ARG_STR, MESSAGE_ARG_NUMBER } type;
	str s;
	int64_t i;    /* the number times 10^decimals */
	int decimals; /* 0 to 6 */
};

#define MESSAGE_STR(k, v) ((struct message_arg){.name = (k), .type = MESSAGE_ARG_STR, .s = (v)})
#define MESSAGE_INT(k, v) ((struct message_arg){.name = (k), .type = MESSAGE_ARG_NUMBER, .i = (v)})
/* MESSAGE_DECIMAL("n", 15, 1) is 1.5. */
#define MESSAGE_DECIMAL(k, v, d)                                                                   \
	((struct message_arg){.name = (k), .type = MESSAGE_ARG_NUMBER, .i = (v), .decimals = (d)})
#define MESSAGE_ARGS(...)                                                                          \
	(const struct message_arg[]){__VA_ARGS__},                                                 \
	    sizeof((struct message_arg[]){__VA_ARGS__}) / sizeof(struct message_arg)
#define MESSAGE_NO_ARGS NULL, 0

/* The sentence in the arena. An unknown key gives the key itself, an unknown
 * placeholder stays as it is: both are mistakes that a test should see. */
str message_format(struct arena *a, enum lang lang, str key, const struct message_arg *args,
                   size_t n);
bool message_exists(str key);
/* The sentence of an error. Its key's placeholders: {field}, {arg}, {among}, {n} (arg
 * as a number), {wait} (retry_after in words). A key that the catalogue lacks
 * gives the general sentence of the code ("error.code.denied"). */
str message_error(struct arena *a, enum lang lang, const struct error *e);
/* "12 minutes", «12 минут» (accusative): rounded up to the largest unit that fits. */
str message_duration(struct arena *a, enum lang lang, usec d);
/* A number as the language writes it; i is the number times 10^decimals. */
str message_number(struct arena *a, enum lang lang, int64_t i, int decimals);

#endif
