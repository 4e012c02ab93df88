/* thin.c: see thin.h. */
#include "mime/thin.h"

#include "mime/internal.h"

#define LINE_MOST 16384 /* a longer line goes through in pieces: it is no delimiter, no field */

void mime_thin_init(struct mime_thin *t, const struct mime_thin_limits *limits)
{
	*t = (struct mime_thin){.limits = *limits};
	buf_init(&t->out, limits->bytes + limits->header_bytes);
	buf_init(&t->line, LINE_MOST);
	buf_init(&t->head, limits->header_bytes);
}

void mime_thin_release(struct mime_thin *t)
{
	buf_release(&t->out);
	buf_release(&t->line);
	buf_release(&t->head);
}

static void emit(struct mime_thin *t, str s, size_t most)
{
	if (s.n > most || t->out.n > most - s.n)
		t->cut = true;
	else
		buf_add(&t->out, s);
}

static void emit_frame(struct mime_thin *t, str s)
{
	emit(t, s, t->limits.bytes + t->limits.header_bytes);
}

static bool is_blank(str line)
{
	return str_is(line, "\n") || str_is(line, "\r\n");
}

/* ---- headers ---- */

static bool is_text(str type)
{
	static const char *const types[] = {"",
	                                    "text",
	                                    "text/plain",
	                                    "text/html",
	                                    "text/calendar",
	                                    "text/rfc822-headers",
	                                    "message/delivery-status",
	                                    "message/disposition-notification",
	                                    "message/feedback-report"};
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (str_eq(type, str_of(types[i])))
			return true;
	return str_starts(type, STR("multipart/"));
}

/* What the fields say of the part that begins. */
static void read_fields(struct mime_thin *t)
{
	ARENA_AUTO a = arena_new();
	struct mime_limits limits = MIME_LIMITS_DEFAULT;
	str body, hit = STR("");
	limits.header_bytes = t->limits.header_bytes;
	struct mime_headers h = mime_read_headers(a, buf_str(&t->head), &limits, &body, &hit);
	struct mime_value type = mime_parse_value(a, mime_raw_header(&h, STR("Content-Type"))),
	                  place =
	                      mime_parse_value(a, mime_raw_header(&h, STR("Content-Disposition")));
	str boundary = mime_param(&type, STR("boundary"));
	str encoding =
	    str_trim(mime_unfold(a, mime_raw_header(&h, STR("Content-Transfer-Encoding"))));
	bool named = mime_param(&type, STR("name")).n || mime_param(&place, STR("filename")).n;
	t->base64 = str_starts_nocase(encoding, STR("base64"));
	t->state = MIME_THIN_TEXT;
	if (str_starts(type.main, STR("multipart/"))) {
		if (boundary.n && boundary.n <= MIME_THIN_BOUNDARY && t->depth < MIME_THIN_DEPTH) {
			memcpy(t->levels[t->depth].mark, "--", 2);
			memcpy(t->levels[t->depth].mark + 2, boundary.p, boundary.n);
			t->levels[t->depth++].n = boundary.n + 2;
		}
	} else if (!is_text(type.main) ||
	           (t->depth && (named || str_is(place.main, "attachment")))) {
		t->state = MIME_THIN_FILE;
	}
}

static void end_header(struct mime_thin *t, str blank)
{
	emit_frame(t, buf_str(&t->head));
	t->leaf = t->out.n;
	t->weight = t->line_end = 0;
	read_fields(t);
	emit_frame(t, blank);
	buf_clear(&t->head);
}

static void take_field(struct mime_thin *t, str line, bool first)
{
	if (first && line.p[0] != ' ' && line.p[0] != '\t')
		t->dropping = str_starts_nocase(line, STR(MIME_HELD));
	if (t->dropping)
		return;
	/* What follows of it would stand at the beginning of a line. */
	if (t->head.n + line.n > t->limits.header_bytes)
		t->cut = t->dropping = true;
	else
		buf_add(&t->head, line);
}

/* ---- bodies ---- */

/* The level whose delimiter this is, counted from 1; 0: none. */
static size_t delimiter_of(const struct mime_thin *t, str line, bool *last)
{
	if (!str_starts(line, STR("--")))
		return 0;
	for (size_t i = t->depth; i > 0; i--) {
		str mark = str_n(t->levels[i - 1].mark, t->levels[i - 1].n);
		if (!str_starts(line, mark))
			continue;
		str tail = str_from(line, mark.n);
		*last = str_starts(tail, STR("--"));
		if (!str_trim(*last ? str_from(tail, 2) : tail).n)
			return i;
	}
	return 0;
}

static void end_leaf(struct mime_thin *t)
{
	if (t->state != MIME_THIN_HELD)
		return;
	/* The last line end is the delimiter's. */
	uint64_t size = t->base64 ? t->weight / 4 * 3 + (t->weight % 4 ? t->weight % 4 - 1 : 0)
	                : t->weight > t->line_end ? t->weight - t->line_end
	                                          : 0;
	char field[64];
	int n = snprintf(field, sizeof field, MIME_HELD ": %llu\r\n\r\n", (unsigned long long)size);
	emit_frame(t, str_n(field, (size_t)n));
	t->held++;
}

static void weigh(struct mime_thin *t, str line)
{
	size_t n = line.n;
	if (t->base64)
		for (size_t i = n = 0; i < line.n; i++)
			n += (line.p[i] >= 'A' && line.p[i] <= 'Z') ||
			     (line.p[i] >= 'a' && line.p[i] <= 'z') ||
			     (line.p[i] >= '0' && line.p[i] <= '9') || line.p[i] == '+' ||
			     line.p[i] == '/';
	t->weight += n;
	t->line_end = str_ends(line, STR("\r\n")) ? 2 : str_ends(line, STR("\n")) ? 1 : 0;
}

static void take_text(struct mime_thin *t, str line, bool first)
{
	if (t->dropping && !first)
		return;
	bool fits = line.n <= t->limits.bytes && t->out.n <= t->limits.bytes - line.n;
	t->dropping = !fits;
	emit(t, line, t->limits.bytes);
}

static void take_body(struct mime_thin *t, str line, bool first)
{
	/* Where a reader finds parts that are not seen here, it would be a field. */
	bool claim = first && str_starts_nocase(line, STR(MIME_HELD));
	if (t->state == MIME_THIN_TEXT) {
		if (claim)
			take_text(t, STR(">"), true);
		take_text(t, line, first && !claim);
		return;
	}
	weigh(t, line);
	if (t->state == MIME_THIN_HELD)
		return;
	size_t room = t->limits.bytes - t->limits.text_bytes;
	if (t->out.n + line.n + claim <= room) {
		if (claim)
			buf_addc(&t->out, '>');
		buf_add(&t->out, line);
		return;
	}
	t->out.n = t->leaf;
	t->state = MIME_THIN_HELD;
}

/* A line, or a piece of a long one: `first` at its beginning. */
static void take(struct mime_thin *t, str line, bool first)
{
	bool last = false;
	size_t level = first ? delimiter_of(t, line, &last) : 0;
	if (level) {
		if (t->state == MIME_THIN_HEADER) /* fields without an empty line behind them */
			end_header(t, STR("\r\n"));
		end_leaf(t);
		emit_frame(t, line);
		t->depth = last ? level - 1 : level;
		t->state = last ? MIME_THIN_TEXT : MIME_THIN_HEADER;
		t->dropping = false;
	} else if (t->state != MIME_THIN_HEADER) {
		take_body(t, line, first);
	} else if (first && is_blank(line)) {
		end_header(t, line);
	} else {
		take_field(t, line, first);
	}
}

void mime_thin_feed(struct mime_thin *t, str bytes)
{
	while (bytes.n) {
		const char *lf = memchr(bytes.p, '\n', bytes.n);
		size_t n = lf ? (size_t)(lf - bytes.p) + 1 : bytes.n;
		bool whole = lf != NULL;
		if (t->line.n + n > LINE_MOST) {
			n = LINE_MOST - t->line.n;
			whole = false;
		}
		str piece = str_sub(bytes, 0, n);
		bytes = str_from(bytes, n);
		if (whole && !t->line.n) {
			take(t, piece, !t->within);
			t->within = false;
			continue;
		}
		buf_add(&t->line, piece);
		if (!whole && t->line.n < LINE_MOST)
			return;
		take(t, buf_str(&t->line), !t->within);
		t->within = !whole;
		buf_clear(&t->line);
	}
}

void mime_thin_end(struct mime_thin *t)
{
	if (t->line.n)
		take(t, buf_str(&t->line), !t->within);
	buf_clear(&t->line);
	if (t->state == MIME_THIN_HEADER)
		emit_frame(t, buf_str(&t->head));
	end_leaf(t);
	t->cut |= t->out.failed;
}

str mime_held_quoted(struct arena *a, str raw)
{
	BUF_AUTO out;
	str rest = raw;
	buf_init(&out, 0);
	while (rest.n) {
		const char *lf = memchr(rest.p, '\n', rest.n);
		size_t n = lf ? (size_t)(lf - rest.p) + 1 : rest.n;
		if (str_starts_nocase(rest, STR(MIME_HELD))) {
			if (!out.n)
				buf_add(&out, str_n(raw.p, (size_t)(rest.p - raw.p)));
			buf_addc(&out, '>');
		}
		if (out.n)
			buf_add(&out, str_sub(rest, 0, n));
		rest = str_from(rest, n);
	}
	return out.n ? str_dup(a, buf_str(&out)) : raw;
}
