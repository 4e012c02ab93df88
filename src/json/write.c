/* write.c: see write.h. */
#include "json/write.h"

#include <assert.h>
#include <math.h>

#include "base/date.h"

void jw_init(struct jw *w, struct buf *out)
{
	*w = (struct jw){.out = out};
}

bool jw_done(const struct jw *w)
{
	return w->done && w->depth == 0;
}

static uint64_t bit(int depth)
{
	return (uint64_t)1 << (depth - 1);
}

/* Before every value: the comma, and a look whether it may stand here. */
static void value(struct jw *w)
{
	assert(!w->done);
	if (w->depth == 0)
		return;
	if (w->array & bit(w->depth)) {
		if (w->items & bit(w->depth))
			buf_addc(w->out, ',');
		w->items |= bit(w->depth);
	} else {
		assert(w->after_key);
		w->after_key = false;
	}
}

static void value_end(struct jw *w)
{
	if (w->depth == 0)
		w->done = true;
}

static void begin(struct jw *w, bool array)
{
	value(w);
	assert(w->depth < JW_DEPTH_MAX);
	w->depth++;
	w->items &= ~bit(w->depth);
	if (array)
		w->array |= bit(w->depth);
	else
		w->array &= ~bit(w->depth);
	buf_addc(w->out, array ? '[' : '{');
}

void jw_object(struct jw *w)
{
	begin(w, false);
}

void jw_array(struct jw *w)
{
	begin(w, true);
}

void jw_end(struct jw *w)
{
	assert(w->depth > 0 && !w->after_key);
	buf_addc(w->out, w->array & bit(w->depth) ? ']' : '}');
	w->depth--;
	value_end(w);
}

void jw_key(struct jw *w, str key)
{
	assert(w->depth > 0 && !(w->array & bit(w->depth)) && !w->after_key);
	if (w->items & bit(w->depth))
		buf_addc(w->out, ',');
	w->items |= bit(w->depth);
	json_quote(w->out, key);
	buf_addc(w->out, ':');
	w->after_key = true;
}

void jw_key_ready(struct jw *w, str quoted)
{
	assert(w->depth > 0 && !(w->array & bit(w->depth)) && !w->after_key);
	bool comma = w->items & bit(w->depth);
	char *p = buf_reserve(w->out, quoted.n + comma);
	w->items |= bit(w->depth);
	w->after_key = true;
	if (!p)
		return;
	if (comma)
		*p = ',';
	memcpy(p + comma, quoted.p, quoted.n);
	buf_commit(w->out, quoted.n + comma);
}

void jw_raw(struct jw *w, str json)
{
	assert(json.n > 0);
	value(w);
	buf_add(w->out, json);
	value_end(w);
}

void jw_null(struct jw *w)
{
	jw_raw(w, STR("null"));
}

void jw_bool(struct jw *w, bool v)
{
	jw_raw(w, v ? STR("true") : STR("false"));
}

void jw_i64(struct jw *w, int64_t v)
{
	value(w);
	buf_add_i64(w->out, v);
	value_end(w);
}

void jw_double(struct jw *w, double v)
{
	if (!isfinite(v)) {
		jw_null(w);
		return;
	}
	char text[40];
	if (v == 0)
		v = 0; /* minus zero would come back as the integer 0 */
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof text, "%.*g", precision, v);
		if (strtod(text, NULL) == v)
			break;
	}
	jw_raw(w, str_of(text));
}

void jw_time(struct jw *w, usec t)
{
	if (t == 0) {
		jw_null(w);
		return;
	}
	char text[DATE_RFC3339_SIZE + 2];
	date_rfc3339_z(text + 1, t);
	text[0] = '"';
	text[DATE_RFC3339_SIZE] = '"';
	jw_raw(w, str_n(text, DATE_RFC3339_SIZE + 1));
}

void jw_id(struct jw *w, int64_t id)
{
	if (id == 0)
		jw_null(w);
	else
		jw_i64(w, id);
}

void jw_str(struct jw *w, str s)
{
	value(w);
	json_quote(w->out, s);
	value_end(w);
}

/* Length of the well-formed UTF-8 sequence at the start of s, or 0. */
static size_t sequence(str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80                 ? 1
	           : c >= 0xc2 && c <= 0xdf ? 2
	           : c >= 0xe0 && c <= 0xef ? 3
	           : c >= 0xf0 && c <= 0xf4 ? 4
	                                    : 0;
	return n && n <= s.n && str_is_utf8(str_n(s.p, n)) ? n : 0;
}

/* What must not stand as it is: "" when it must. */
static const char *escape_of(str s, size_t n, char room[8])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char c = (unsigned char)s.p[0];
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		break;
	}
	if (c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&') {
		memcpy(room, "\\u0000", 7);
		room[4] = digits[c >> 4];
		room[5] = digits[c & 15];
		return room;
	}
	if (n == 3 && c == 0xe2 && (unsigned char)s.p[1] == 0x80) {
		unsigned char last = (unsigned char)s.p[2];
		if (last == 0xa8 || last == 0xa9)
			return last == 0xa8 ? "\\u2028" : "\\u2029";
	}
	return n == 0 ? "\xef\xbf\xbd" : "";
}

/* Of each byte: 1 stands for itself (printable ASCII but what is escaped), 2 begins two bytes that
 * do (Cyrillic, Greek, accented Latin), 0 needs a look. */
static const unsigned char ways[256] = {
    [' '] = 1, ['!'] = 1,         ['#' ... '%'] = 1, ['\'' ... ';'] = 1,
    ['='] = 1, ['?' ... '['] = 1, [']' ... '~'] = 1, [0xc2 ... 0xdf] = 2,
};

void json_quote(struct buf *out, str s)
{
	size_t from = 0, i = 0;
	char room[8];
	/* Most often nothing is escaped: then there is one look for room. */
	if (!buf_reserve(out, s.n + 2))
		return;
	buf_addc(out, '"');
	while (i < s.n) {
		unsigned char way = ways[(unsigned char)s.p[i]];
		if (way == 1) {
			i++;
			continue;
		}
		if (way == 2 && i + 1 < s.n && ((unsigned char)s.p[i + 1] & 0xc0) == 0x80) {
			i += 2;
			continue;
		}
		str rest = str_n(s.p + i, s.n - i);
		size_t n = sequence(rest);
		const char *escape = escape_of(rest, n, room);
		if (!escape[0]) {
			i += n;
			continue;
		}
		buf_add(out, str_n(s.p + from, i - from));
		buf_addz(out, escape);
		i += n ? n : 1;
		from = i;
	}
	buf_add(out, str_n(s.p + from, s.n - from));
	buf_addc(out, '"');
}
