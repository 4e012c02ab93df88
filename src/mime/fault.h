/* fault.h: why a letter did not arrive, in one of a few kinds that a person can act upon.
 *
 * From what a mail server said: the reply code (RFC 5321 4.2), the enhanced
 * status (RFC 3463, registry of RFC 5248) and, where these say too little, the
 * words. Servers misuse codes, so words that are plain weigh more than 5.0.0,
 * 5.1.0, 5.7.0 and a bare 550. Pure.
 */
#ifndef OTKLIK_MIME_FAULT_H
#define OTKLIK_MIME_FAULT_H

#include "base/str.h"

enum mime_fault {
	MIME_FAULT_OTHER,
	MIME_FAULT_NO_ADDRESS,  /* nobody of that name there: correct the address */
	MIME_FAULT_NO_DOMAIN,   /* no such domain, or it takes no mail: correct the address */
	MIME_FAULT_FULL,        /* the mailbox is full: later, or another way */
	MIME_FAULT_DISABLED,    /* the mailbox is closed: another address */
	MIME_FAULT_BLOCKED,     /* policy, reputation, spam: the operator's matter */
	MIME_FAULT_TOO_LARGE,   /* send less */
	MIME_FAULT_LATER,       /* greylisted, busy, rate: it is tried again by itself */
	MIME_FAULT_UNREACHABLE, /* their server did not answer */
	MIME_FAULT_SIGN_IN,     /* our server does not let us in */
	MIME_FAULT_COUNT
};
const char *mime_fault_name(enum mime_fault f); /* "no_address" */

/* code 0, status "" and answer "" where they are not known. */
enum mime_fault mime_fault_of(int code, str status, str answer);

#endif
