/* intake_import.h: one letter of an archive, in a transaction with others. */
#ifndef OTKLIK_MAIL_INTAKE_IMPORT_H
#define OTKLIK_MAIL_INTAKE_IMPORT_H

#include "mail/import.h"
#include "mail/intake_internal.h"

struct import_letter {
	/* what is asked: */
	struct incoming letter;
	str peer;       /* for the ledger */
	str sender;     /* envelope */
	usec at;        /* its date */
	int occurrence; /* the so-manieth of this content in the archive, from 1 */
	size_t thread;  /* letters with the same number belong together */
	int64_t hint;   /* the thread's ticket where it is known; 0 */
	const char *hold;
	/* what became of it: */
	bool known; /* nothing was added */
	bool fresh; /* a new ticket */
	bool by_us;
	enum intake_state state;
	int64_t ticket_id;
};

/* Takes one letter into the inbox; l's results are set anew each time. */
enum err import_letter_take(const struct mail_import *im, struct arena *a, struct db_conn *tx,
                            str secret, const struct inbox *box, struct import_letter *l,
                            struct error *e) MUST_USE;

#endif
