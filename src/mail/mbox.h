/* mbox.h: reads a file of letters in the mbox format, one after the other.
 *
 * Method: RFC 4155 appendix A, with what programs really write: a letter begins
 * with a line "From ", somebody, and a date as asctime writes it (a zone before or behind
 * the year), at the start of the file or behind an empty line. A line
 * "From " that bears no such date is text. Quoting is undone: mboxrd takes one
 * ">" off every line of any number of them and "From "; mboxo off ">From " only.
 * The empty line that ends a letter is no part of it; line ends stay as they are.
 *
 * The reader holds 64 KiB of the file and, in the caller's buf, one letter.
 */
#ifndef OTKLIK_MAIL_MBOX_H
#define OTKLIK_MAIL_MBOX_H

#include "base/buf.h"
#include "base/err.h"

struct mbox_options {
	/* Up to n bytes of the file to p: how many, 0 at its end, -1 when it cannot be read. */
	ptrdiff_t (*read)(void *arg, char *p, size_t n);
	void *arg;
	int64_t offset;      /* where `read` begins, for the offsets below */
	size_t letter_bytes; /* more of one letter is left out; 0: 256 MiB */
	bool mboxo;
};

struct mbox;

struct mbox_letter {
	int64_t offset; /* of its "From " line: one may begin there again */
	usec date;      /* of that line, taken as UTC */
	str sender;     /* of that line, at most 320 bytes; valid until the next call */
	bool cut;       /* it was longer than letter_bytes */
};

struct mbox *mbox_new(const struct mbox_options *o);
void mbox_free(struct mbox *m); /* NULL is fine */
/* The next letter's bytes into raw (cleared first). ERR_NOT_FOUND behind the last
 * one (also of an empty file), ERR_INVALID "error.not_mbox" when the file does not
 * begin with a letter, ERR_IO. */
enum err mbox_next(struct mbox *m, struct buf *raw, struct mbox_letter *out,
                   struct error *e) MUST_USE;
/* Is this (one line without its end) the beginning of a letter? */
bool mbox_from_line(str line, usec *date, str *sender);

#endif
