/* mbox.c: see mbox.h. */
#include "mail/mbox.h"

#include "base/date.h"

enum { WINDOW = 64 << 10 };

struct mbox {
	struct mbox_options o;
	char window[WINDOW];
	size_t n, at;  /* filled, and read up to */
	int64_t base;  /* offset of window[0] */
	bool eof;      /* nothing more comes */
	bool mid_line; /* the piece before ended within a line */
	bool begun;    /* the first letter's line was found */
	char sender[320];
};

struct mbox *mbox_new(const struct mbox_options *o)
{
	struct mbox *m = xcalloc(1, sizeof *m);
	m->o = *o;
	m->base = o->offset;
	if (!m->o.letter_bytes)
		m->o.letter_bytes = (size_t)256 << 20;
	return m;
}

void mbox_free(struct mbox *m)
{
	free(m);
}

/* ---- the line before a letter ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int month_of(str s)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	for (int i = 0; s.n == 3 && i < 12; i++)
		if (str_eq_nocase(s, str_n(names + 3 * (size_t)i, 3)))
			return i + 1;
	return 0;
}

/* "9:05", "12:36:23" */
static bool time_of(str s, struct date *d)
{
	int64_t v[3] = {0};
	size_t n = 0;
	str part;
	while (str_split(&s, ':', &part)) {
		if (n == 3 || !part.n || part.n > 2 || !str_to_i64(part, &v[n]) || v[n] < 0)
			return false;
		n++;
	}
	d->hour = (int)v[0];
	d->minute = (int)v[1];
	d->second = v[2] > 59 ? 59 : (int)v[2];
	return n >= 2;
}

static bool year_of(str s, int *out)
{
	int64_t v;
	if (s.n != 4 || !is_digit(s.p[0]) || !str_to_i64(s, &v) || v < 1970)
		return false;
	*out = (int)v;
	return true;
}

bool mbox_from_line(str line, usec *date, str *sender)
{
	str word[40], rest, w;
	size_t n = 0;
	if (!str_starts(line, STR("From ")) || line.n > 1000)
		return false;
	rest = str_trim(str_from(line, 5));
	while (n < COUNT_OF(word) && str_split(&rest, ' ', &w))
		if (w.n)
			word[n++] = w;
	/* From the end: the sender may hold whatever it likes. */
	for (size_t i = n; i-- > 0;) {
		struct date d = {.month = month_of(word[i])};
		int64_t day;
		if (!d.month || i + 3 >= n || !str_to_i64(word[i + 1], &day) ||
		    !time_of(word[i + 2], &d))
			continue;
		d.day = (int)(day < 0 || day > 99 ? 99 : day);
		for (size_t k = i + 3; k < n && k < i + 6; k++) {
			if (!year_of(word[k], &d.year) || !date_valid(&d))
				continue;
			if (date)
				*date = date_to_usec(&d);
			if (sender)
				*sender = word[0];
			return true;
		}
	}
	return false;
}

/* ---- reading ---- */

/* More of the file behind what is there; what was read goes. */
static enum err fill(struct mbox *m, struct error *e)
{
	memmove(m->window, m->window + m->at, m->n - m->at);
	m->base += (int64_t)m->at;
	m->n -= m->at;
	m->at = 0;
	while (!m->eof && m->n < WINDOW) {
		ptrdiff_t got = m->o.read(m->o.arg, m->window + m->n, WINDOW - m->n);
		if (got < 0)
			return error_detail(e, ERR_IO, "mbox: the file cannot be read");
		m->eof = got == 0;
		m->n += (size_t)got;
	}
	return ERR_OK;
}

/* The next line with its end, or as much of it as the window holds; empty at
 * the end of the file. Not taken yet. *begins: it is the beginning of a line. */
static enum err peek(struct mbox *m, str *piece, bool *begins, struct error *e)
{
	const char *nl = memchr(m->window + m->at, '\n', m->n - m->at);
	if (!nl && !m->eof && (m->at || m->n < WINDOW)) {
		enum err err = fill(m, e);
		if (err)
			return err;
		nl = memchr(m->window, '\n', m->n);
	}
	size_t end = nl ? (size_t)(nl - m->window) + 1 : m->n;
	*piece = str_n(m->window + m->at, end - m->at);
	*begins = !m->mid_line;
	return ERR_OK;
}

static void take(struct mbox *m, str piece)
{
	m->at += piece.n;
	m->mid_line = piece.n && piece.p[piece.n - 1] != '\n';
}

static str without_end(str line)
{
	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Is it a quoted "From " line, of which one mark goes? */
static bool is_quoted(const struct mbox *m, str line)
{
	size_t marks = 0;
	while (marks < line.n && line.p[marks] == '>')
		marks++;
	return marks && (marks == 1 || !m->o.mboxo) &&
	       str_starts(str_from(line, marks), STR("From "));
}

static void put(const struct mbox *m, struct buf *raw, str s, struct mbox_letter *out)
{
	size_t room = m->o.letter_bytes - raw->n;
	if (s.n > room) {
		out->cut = true;
		s.n = room;
	}
	buf_add(raw, s);
}

/* The line that begins a letter; ERR_NOT_FOUND at the end of the file. */
static enum err begin(struct mbox *m, struct mbox_letter *out, struct error *e)
{
	str line, sender;
	bool begins;
	for (;;) {
		enum err err = peek(m, &line, &begins, e);
		if (err)
			return err;
		if (!line.n)
			return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
		if (without_end(line).n)
			break;
		take(m, line);
	}
	if (!begins || !mbox_from_line(without_end(line), &out->date, &sender))
		return error_set(e, ERR_INVALID, "error.not_mbox", NULL, NULL);
	out->offset = m->base + (int64_t)m->at;
	sender = str_sub(sender, 0, sizeof m->sender);
	memcpy(m->sender, sender.p, sender.n);
	out->sender = str_n(m->sender, sender.n);
	take(m, line);
	return ERR_OK;
}

enum err mbox_next(struct mbox *m, struct buf *raw, struct mbox_letter *out, struct error *e)
{
	str line, held = STR_NONE; /* the empty line before this one */
	bool begins;
	*out = (struct mbox_letter){0};
	buf_clear(raw);
	enum err err = begin(m, out, e);
	while (!err) {
		err = peek(m, &line, &begins, e);
		if (err || !line.n)
			break;
		str bare = without_end(line);
		if (begins && held.n && mbox_from_line(bare, NULL, NULL))
			break;
		put(m, raw, held, out);
		/* What is held is one of two constants: the window moves. */
		held = STR_NONE;
		if (begins && !bare.n && line.p[line.n - 1] == '\n')
			held = line.n == 2 ? STR("\r\n") : STR("\n");
		else
			put(m, raw, begins && is_quoted(m, bare) ? str_from(line, 1) : line, out);
		take(m, line);
	}
	return err;
}
