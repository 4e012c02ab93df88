/* thin.h: a letter without the files that make it too large.
 *
 * Bytes go in as they arrive, line by line; out comes a letter that keeps every header, every
 * delimiter and all of the text, and of the files as many as there is room for, in their order.
 * A file that does not fit leaves its place with its fields (name, type) and no bytes, and one
 * more field, MIME_HELD, that tells its size. Nobody else can write that field: it is taken
 * out of the fields that come in, and quoted by a ">" wherever else a line begins with it,
 * whatever a reader may take for fields there. Pure; the memory is that of the result, whatever the
 * letter's size.
 *
 * A letter within the letter is a file. Multiparts without a boundary are read as text.
 */
#ifndef OTKLIK_MIME_THIN_H
#define OTKLIK_MIME_THIN_H

#include "base/arena.h"
#include "base/buf.h"

#define MIME_HELD "X-Otklik-Held"
#define MIME_THIN_DEPTH 32
#define MIME_THIN_BOUNDARY 250

struct mime_thin_limits {
	size_t bytes;        /* of the result, but for headers and delimiters */
	size_t text_bytes;   /* of these, kept free of files for the text that may follow */
	size_t header_bytes; /* room for headers and delimiters beyond `bytes`; of one block, too */
};

enum mime_thin_state { MIME_THIN_HEADER, MIME_THIN_TEXT, MIME_THIN_FILE, MIME_THIN_HELD };

struct mime_thin {
	struct mime_thin_limits limits;
	struct buf out; /* the result, after mime_thin_end */
	size_t held;    /* files left out */
	bool cut;       /* something else was left out, too: text, a header */
	/* Its own: */
	struct buf line, head;
	enum mime_thin_state state;
	struct {
		char mark[MIME_THIN_BOUNDARY + 2]; /* "--" and the boundary */
		size_t n;
	} levels[MIME_THIN_DEPTH];
	size_t depth;
	size_t leaf;     /* in out: the end of its fields */
	uint64_t weight; /* of the file under way: bytes, or base64 letters */
	size_t line_end; /* bytes of the last line's end */
	bool base64, within;
	bool dropping; /* of this field, or of this line of text */
};

void mime_thin_init(struct mime_thin *t, const struct mime_thin_limits *limits);
void mime_thin_release(struct mime_thin *t);
void mime_thin_feed(struct mime_thin *t, str bytes);
/* The letter is over. */
void mime_thin_end(struct mime_thin *t);

/* A letter that was not made thin, with every line that begins with MIME_HELD quoted; itself
 * where there is none. */
str mime_held_quoted(struct arena *a, str raw);

#endif
