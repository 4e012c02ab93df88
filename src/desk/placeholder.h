/* placeholder.h: {{agent.name}} and its like in signatures and acknowledgements.
 *
 *   {{name}}          the value; nothing when there is none
 *   {{name|words}}    the words when there is none
 *
 * The names are a closed list, so that a misspelt one is told to whoever saves
 * the text and never reaches a customer.
 */
#ifndef OTKLIK_DESK_PLACEHOLDER_H
#define OTKLIK_DESK_PLACEHOLDER_H

#include "base/err.h"
#include "base/str.h"

enum placeholder {
	PLACEHOLDER_AGENT_NAME,
	PLACEHOLDER_AGENT_FIRST_NAME,
	PLACEHOLDER_BRAND_NAME,
	PLACEHOLDER_INBOX_NAME,
	PLACEHOLDER_INBOX_ADDRESS,
	PLACEHOLDER_CONTACT_NAME,
	PLACEHOLDER_CONTACT_FIRST_NAME,
	PLACEHOLDER_TICKET_ID,
	PLACEHOLDER_TICKET_SUBJECT,
	PLACEHOLDER_COUNT
};
const char *placeholder_name(enum placeholder p); /* "agent.name" */

/* ERR_INVALID "error.placeholder_unknown" with the field and the placeholder as it stands, when
 * the text has one that is none of the list, or a pair of braces that never closes. */
enum err placeholder_check(str text, const char *field, struct error *e) MUST_USE;
/* The text with its values (an empty str: there is none). What is unknown is
 * ERR_INVALID "error.placeholder_unknown", as above: nothing is sent as it stands. */
enum err placeholder_fill(struct arena *a, str text, const str values[PLACEHOLDER_COUNT],
                          const char *field, str *out, struct error *e) MUST_USE;
/* The first word of a name: "Anna" of "Anna Ivanova". */
str placeholder_first_name(str name);

#endif
