/* address_token.h: signed references to a ticket's thread, in our Message-IDs and reply addresses.
 *
 *   <t.TICKET.THREAD.RANDOM.HMAC@domain>      Message-ID
 *   local+tTICKET.THREAD.HMAC@domain          reply address
 *
 * TICKET and THREAD (0 = main) in base 36, RANDOM 64 bits, HMAC the first 80
 * bits of HMAC-SHA-256 over purpose and what stands before it, in base 32
 * without padding. Lower case throughout: mail programs may fold case. Whoever
 * knows one can write to that thread and no other; it gives nothing to read.
 */
#ifndef OTKLIK_MAIL_ADDRESS_TOKEN_H
#define OTKLIK_MAIL_ADDRESS_TOKEN_H

#include "base/str.h"

struct mail_token {
	int64_t ticket_id, thread_id; /* thread_id 0 = the main thread */
};

/* A Message-ID without <>. secret: the installation's mail secret; domain: ours. */
str mail_token_message_id(struct arena *a, str secret, struct mail_token t, str domain);
/* Is this Message-ID (with or without <>) one of ours? */
bool mail_token_of_message_id(str secret, str message_id, struct mail_token *out);
/* "help+t2s.0.abcdefghijklmnop@example.org" of "help@example.org". delimiter ""
 * means "+": what the mail server puts between a mailbox and its extension. */
str mail_token_address(struct arena *a, str secret, struct mail_token t, str address,
                       str delimiter);
/* Looks at what stands after the last delimiter before the @. */
bool mail_token_of_address(str secret, str address, str delimiter, struct mail_token *out);

#endif
