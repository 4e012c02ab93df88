/* calendar.c: see calendar.h. Only what a reader asks first: what, when, where. */
#include "mime/calendar.h"

#include "base/buf.h"

#define LINE_BYTES ((size_t)4096) /* of an unfolded content line */

struct when {
	str date, time; /* "2024-02-05", "12:30" or "" for a whole day */
	str zone;       /* "UTC", the TZID, or "" for the reader's own */
};

struct calendar_event {
	str summary, location;
	struct when start, end;
	bool cancelled;
};

/* The next content line, its folds undone (RFC 5545, 3.1). */
static bool next_line(struct arena *a, str *rest, str *line)
{
	str piece;
	if (!str_split(rest, '\n', &piece))
		return false;
	if (piece.n && piece.p[piece.n - 1] == '\r')
		piece.n--;
	*line = piece;
	if (!rest->n || (rest->p[0] != ' ' && rest->p[0] != '\t'))
		return true;
	BUF_AUTO b;
	buf_init(&b, LINE_BYTES);
	buf_add(&b, piece);
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t') &&
	       str_split(rest, '\n', &piece)) {
		if (piece.n && piece.p[piece.n - 1] == '\r')
			piece.n--;
		buf_add(&b, str_from(piece, 1));
	}
	*line = str_dup(a, buf_str(&b));
	return true;
}

/* "SUMMARY;LANGUAGE=en:Demo" -> name "SUMMARY", params "LANGUAGE=en", value "Demo". */
static bool take_property(str line, str *name, str *params, str *value)
{
	bool quoted = false;
	size_t i = 0;
	while (i < line.n && line.p[i] != ':' && line.p[i] != ';')
		i++;
	*name = str_sub(line, 0, i);
	size_t from = i;
	while (i < line.n && (quoted || line.p[i] != ':'))
		quoted ^= line.p[i++] == '"';
	if (i >= line.n)
		return false;
	*params = str_sub(line, from, i);
	*value = str_from(line, i + 1);
	return true;
}

/* RFC 5545, 3.3.11; on one line, for a reader. */
static str text_value(struct arena *a, str v)
{
	char *out = arena_alloc(a, v.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];
		if (c == '\\' && i + 1 < v.n) {
			c = v.p[++i];
			if (c == 'n' || c == 'N')
				c = ' ';
		}
		if ((unsigned char)c >= 0x20 && c != 0x7F)
			out[n++] = c;
	}
	return str_cut_utf8(str_trim(str_n(out, n)), 300);
}

static bool digits(str s, size_t from, size_t n)
{
	if (s.n < from + n)
		return false;
	for (size_t i = from; i < from + n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* "20240205T123000Z", "20240205" */
static struct when time_value(struct arena *a, str params, str v)
{
	struct when w = {STR(""), STR(""), STR("")};
	v = str_trim(v);
	if (!digits(v, 0, 8))
		return w;
	w.date = str_printf(a, "%.4s-%.2s-%.2s", v.p, v.p + 4, v.p + 6);
	if (v.n >= 13 && v.p[8] == 'T' && digits(v, 9, 4))
		w.time = str_printf(a, "%.2s:%.2s", v.p + 9, v.p + 11);
	ptrdiff_t zone = str_find_nocase(params, STR("TZID="));
	if (v.p[v.n - 1] == 'Z') {
		w.zone = STR("UTC");
	} else if (zone >= 0) {
		str id = str_from(params, (size_t)zone + 5);
		ptrdiff_t end = str_chr(id, ';');
		id = str_sub(id, 0, end < 0 ? id.n : (size_t)end);
		while (id.n && id.p[0] == '"')
			id = str_from(id, 1);
		while (id.n && id.p[id.n - 1] == '"')
			id.n--;
		w.zone = text_value(a, str_sub(id, 0, 60));
	}
	return w;
}

static void add_event(struct buf *out, const struct calendar_event *ev)
{
	if (!ev->summary.n && !ev->start.date.n)
		return;
	if (out->n)
		buf_addc(out, '\n');
	if (ev->cancelled)
		buf_addz(out, "[x] ");
	buf_add(out, ev->summary.n ? ev->summary : STR("-"));
	const struct when *s = &ev->start, *e = &ev->end;
	if (s->date.n) {
		buf_addf(out, ", %.*s", STR_FMT(s->date));
		if (s->time.n)
			buf_addf(out, " %.*s", STR_FMT(s->time));
		bool other_day = e->date.n && !str_eq(e->date, s->date) && s->time.n;
		if (other_day)
			buf_addf(out, " - %.*s %.*s", STR_FMT(e->date), STR_FMT(e->time));
		else if (s->time.n && e->time.n && !str_eq(e->time, s->time))
			buf_addf(out, "-%.*s", STR_FMT(e->time));
		if (s->zone.n)
			buf_addf(out, " (%.*s)", STR_FMT(s->zone));
	}
	if (ev->location.n)
		buf_addf(out, ", %.*s", STR_FMT(ev->location));
}

str calendar_lines(struct arena *a, str text)
{
	BUF_AUTO out;
	buf_init(&out, 16384);
	struct calendar_event ev = {0};
	bool cancelled = false;
	int inside = 0, depth = 0, events = 0; /* depth: components within the event (alarms) */
	str rest = text, line, name, params, value;
	while (events < CALENDAR_EVENTS && next_line(a, &rest, &line)) {
		if (!take_property(str_sub(line, 0, LINE_BYTES), &name, &params, &value))
			continue;
		if (str_eq_nocase(name, STR("BEGIN"))) {
			if (!inside && str_eq_nocase(str_trim(value), STR("VEVENT"))) {
				ev = (struct calendar_event){.cancelled = cancelled};
				inside = 1;
			} else if (inside) {
				depth++;
			}
		} else if (str_eq_nocase(name, STR("END"))) {
			if (inside && depth > 0) {
				depth--;
			} else if (inside) {
				add_event(&out, &ev);
				inside = 0;
				events++;
			}
		} else if (str_eq_nocase(name, STR("METHOD"))) {
			cancelled = str_eq_nocase(str_trim(value), STR("CANCEL"));
		} else if (!inside || depth) {
			continue;
		} else if (str_eq_nocase(name, STR("SUMMARY"))) {
			ev.summary = text_value(a, value);
		} else if (str_eq_nocase(name, STR("LOCATION"))) {
			ev.location = text_value(a, value);
		} else if (str_eq_nocase(name, STR("DTSTART"))) {
			ev.start = time_value(a, params, value);
		} else if (str_eq_nocase(name, STR("DTEND"))) {
			ev.end = time_value(a, params, value);
		} else if (str_eq_nocase(name, STR("STATUS"))) {
			ev.cancelled |= str_eq_nocase(str_trim(value), STR("CANCELLED"));
		}
	}
	return str_to_utf8(a, str_dup(a, str_cut_utf8(buf_str(&out), out.n)));
}
