/* import.h: an archive of letters (mbox files) becomes tickets.
 *
 * All files of a call are one archive. First they are read for the Message-IDs,
 * references and dates; then their letters are taken in by the order of their
 * dates, many in a transaction. A letter is in the database with its ledger row or not at all,
 * and the ledger tells which ones are: an import that was broken off goes on
 * when it is started again, and one that is repeated adds nothing.
 *
 * Unlike a letter that comes in now, an archive's letter
 *  - is never acknowledged, counted against a sender's limit or taken for a loop;
 *  - keeps its own date where that is possible;
 *  - is an agent's when it is From one of our inboxes or accounts;
 *  - joins the conversation that its references name, whoever wrote it, as long as
 *    that conversation was imported (see ARCHITECTURE.md), unless participants_only.
 */
#ifndef OTKLIK_MAIL_IMPORT_H
#define OTKLIK_MAIL_IMPORT_H

#include "mail/intake.h"
#include "store/ticket.h"

struct mail_imported {
	int64_t letters;     /* in the files */
	int64_t done;        /* of them so far */
	int64_t accepted;    /* became messages, */
	int64_t by_us;       /* of which ours */
	int64_t tickets;     /* new ones */
	int64_t duplicate;   /* the same letter twice in the archive, or one that we sent */
	int64_t quarantined; /* wait for a person, with the reason */
	int64_t known;       /* here already: nothing was added */
	int64_t cut;         /* longer than a letter may be: what fits waits in quarantine */
};

struct mail_import {
	struct mail_intake *in;
	str inbox; /* address of ours */
	bool participants_only;
	bool mboxo;
	bool has_status; /* every ticket gets it; otherwise what the newest letter asks for */
	enum ticket_status status;
	int batch;   /* letters in a transaction; 0: 64 */
	int threads; /* that read letters; 0: 4 */
	/* After each transaction; may be NULL. */
	void (*progress)(void *arg, const struct mail_imported *so_far);
	void *arg;
};

/* ERR_NOT_FOUND (field "inbox"), ERR_INVALID "error.not_mbox" (arg: the file) before anything is
 * added; ERR_IO, ERR_DB: what `out` tells of is in. */
enum err mail_import_mbox(const struct mail_import *im, const char *const *files, size_t n_files,
                          struct mail_imported *out, struct error *e) MUST_USE;

#endif
