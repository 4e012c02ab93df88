/* mask.h: addresses and phones hidden from actors without contact.reveal.
 *
 * Every mail address and everything that looks like a phone number in any text
 * is masked ("i•••@example.com", "+7 ••• ••-45"), and whatever else identifies
 * the ticket's contact (identities of any kind) or takes part in it. For actors
 * who may see them the functions give their input back.
 *
 * HTML cannot be masked safely (an address can be cut by tags and entities), so
 * masked actors get the plain text only: has_html is false for them. Likewise
 * no raw letters: desk_may_raw.
 */
#ifndef OTKLIK_DESK_MASK_H
#define OTKLIK_DESK_MASK_H

#include "desk/desk.h"

struct mask {
	bool on;
	const str *secrets; /* exact values to hide, longest first */
	size_t n;
};

/* A mask without particular values: patterns only. For lists, ledger rows, log lines. */
struct mask mask_for(const struct actor *actor);
/* The same with the contact's identities and the participants of a ticket
 * (0 = none) or of a contact (0 = none). No query when the actor sees all. */
enum err mask_load(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t ticket_id,
                   int64_t contact_id, struct mask *out, struct error *e) MUST_USE;
/* One address, phone or other identity. */
str mask_value(struct arena *a, const struct mask *m, str value);
/* Any text. */
str mask_text(struct arena *a, const struct mask *m, str text);
/* Raw letters and HTML: only for those who may see addresses. */
static inline bool desk_may_raw(const struct actor *actor)
{
	return actor_may(actor, RIGHT_MESSAGE_RAW) && !actor_masked(actor);
}

#endif
