/* placeholder.c: see placeholder.h. */
#include "desk/placeholder.h"

#include <assert.h>

#include "base/buf.h"

static const char *const NAMES[PLACEHOLDER_COUNT] = {
    "agent.name",   "agent.first_name",   "brand.name", "inbox.name",    "inbox.address",
    "contact.name", "contact.first_name", "ticket.id",  "ticket.subject"};

const char *placeholder_name(enum placeholder p)
{
	assert((unsigned)p < PLACEHOLDER_COUNT);
	return NAMES[p];
}

static enum err unknown(str text, size_t at, size_t n, const char *field, struct error *e)
{
	ARENA_AUTO a = arena_new();
	str shown = str_cut_utf8(str_sub(text, at, at + n), 60);
	return error_set(e, ERR_INVALID, "error.placeholder_unknown", field, str_z(a, shown));
}

/* Appends the text with its values to b, or only looks when b is NULL. */
static enum err walk(str text, const str *values, const char *field, struct buf *b, struct error *e)
{
	for (size_t i = 0; i < text.n;) {
		ptrdiff_t open = str_find(str_from(text, i), STR("{{"));
		size_t at = open < 0 ? text.n : i + (size_t)open;
		if (b)
			buf_add(b, str_sub(text, i, at));
		if (open < 0)
			return ERR_OK;
		str inside = str_from(text, at + 2);
		ptrdiff_t close = str_find(inside, STR("}}")), line = str_chr(inside, '\n');
		if (close < 0 || (line >= 0 && line < close))
			return unknown(text, at, line >= 0 ? (size_t)line + 2 : 40, field, e);
		str name = str_sub(inside, 0, (size_t)close), words = STR("");
		ptrdiff_t bar = str_chr(name, '|');
		if (bar >= 0) {
			words = str_trim(str_from(name, (size_t)bar + 1));
			name = str_sub(name, 0, (size_t)bar);
		}
		name = str_trim(name);
		size_t which = 0;
		while (which < PLACEHOLDER_COUNT && !str_eq(name, str_of(NAMES[which])))
			which++;
		if (which == PLACEHOLDER_COUNT)
			return unknown(text, at, (size_t)close + 4, field, e);
		if (b)
			buf_add(b, values[which].n ? values[which] : words);
		i = at + (size_t)close + 4;
	}
	return ERR_OK;
}

enum err placeholder_check(str text, const char *field, struct error *e)
{
	return walk(text, NULL, field, NULL, e);
}

enum err placeholder_fill(struct arena *a, str text, const str values[PLACEHOLDER_COUNT],
                          const char *field, str *out, struct error *e)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	enum err err = walk(text, values, field, &b, e);
	*out = err ? STR("") : str_dup(a, buf_str(&b));
	return err;
}

str placeholder_first_name(str name)
{
	name = str_trim(name);
	ptrdiff_t space = str_chr(name, ' ');
	return space > 0 ? str_sub(name, 0, (size_t)space) : name;
}
