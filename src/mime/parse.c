/* parse.c: see parse.h. The tree of parts is found first (offsets only), then the body is
 * chosen and the files are decoded. Own rather than a library's, because the limits must
 * hold inside of every step: depth and number of parts while boundaries are looked for, the
 * number of addresses while a field is split. */
#include "mime/parse.h"

#include "mime/calendar.h"
#include "mime/charset.h"
#include "mime/html.h"
#include "mime/internal.h"
#include "mime/thin.h"
#include "mime/tnef.h"

#define CALENDAR_BYTES ((size_t)256 << 10) /* of an invitation that are read */
#define DEPTH_MAX 100 /* whatever the caller's limit says: the reader recurses by depth */

/* A piece of the body in the order of the letter: one or both forms of the same text. */
struct segment {
	str plain, html;
	bool has_plain, has_html;
};

struct reader {
	struct arena *a;
	const struct mime_limits *limits;
	struct mime_message *m;
	size_t parts;
	size_t plain_bytes, html_bytes;
	VEC(struct segment) segments;
	VEC(struct segment) spare; /* bodies within containers: used when there is no other */
	VEC(struct mime_attachment) files;
	struct mime_report report;
	const char *end; /* of the letter */
	str charset; /* the first that the letter names: of raw bytes in its header fields too */
};

static void over(struct reader *r, const char *limit)
{
	if (r->m->limit_hit.n == 0)
		r->m->limit_hit = str_of(limit);
}

/* The charset that a letter names first, "" if none: in its own Content-Type or in a part's. */
static str first_charset(struct arena *a, const struct mime_headers *h, str body)
{
	struct mime_value type = mime_parse_value(a, mime_raw_header(h, STR("Content-Type")));
	str own = mime_param(&type, STR("charset")), head = str_sub(body, 0, 65536);
	ptrdiff_t at = own.n ? -1 : str_find_nocase(head, STR("charset="));
	if (at < 0)
		return own;
	head = str_from(head, (size_t)at + 8);
	size_t n = 0;
	while (head.n && (head.p[0] == '"' || head.p[0] == '\''))
		head = str_from(head, 1);
	while (n < head.n && n < 40 && !strchr(" \t\r\n;\"'<>", head.p[n]))
		n++;
	return str_sub(head, 0, n);
}

/* Fields with raw bytes (against the standard), or the escapes of ISO-2022-JP, are turned to
 * UTF-8 before anybody reads them: in some charsets quotes and commas are halves of letters. */
static void decode_raw_fields(struct reader *r, struct mime_headers *h)
{
	for (size_t i = 0; i < h->n; i++) {
		str *v = &h->p[i].value;
		bool escapes = str_find(*v, STR("\033$")) >= 0;
		if (str_find(*v, STR("=?")) >= 0)
			continue; /* raw bytes within words have the words' charset */
		if (!str_is_utf8(*v))
			*v = charset_decode(r->a, *v, r->charset);
		else if (escapes)
			*v = charset_decode(r->a, *v, STR("iso-2022-jp"));
	}
}

static str lower_trim(struct arena *a, str s)
{
	return str_lower_ascii(a, str_trim(s));
}

/* Marks by which a name can be made to read backwards ("exe.fdp" as "pdf.exe"): U+202A..E,
 * U+2066..9, U+200E, U+200F. */
static bool direction_mark(str s)
{
	if (s.n < 3 || s.p[0] != '\xE2')
		return false;
	unsigned char b = (unsigned char)s.p[1], c = (unsigned char)s.p[2];
	return (b == 0x80 && ((c >= 0xAA && c <= 0xAE) || c == 0x8E || c == 0x8F)) ||
	       (b == 0x81 && c >= 0xA6 && c <= 0xA9);
}

/* A bare file name: no folder, nothing invisible. */
static str file_name(struct arena *a, str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (direction_mark(str_from(s, i)))
			i += 2;
		else if ((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7F)
			out[n++] = s.p[i];
	}
	s = str_n(out, n);
	ptrdiff_t slash = str_rchr(s, '/');
	if (slash >= 0)
		s = str_from(s, (size_t)slash + 1);
	ptrdiff_t back = str_rchr(s, '\\');
	if (back >= 0)
		s = str_from(s, (size_t)back + 1);
	s = str_trim(s);
	if (str_is(s, ".") || str_is(s, ".."))
		return STR("");
	return str_cut_utf8(s, 255);
}

static struct mime_part read_part(struct reader *r, str raw, const struct mime_headers *given,
                                  const char *default_type)
{
	struct mime_part p = {0};
	struct arena *a = r->a;
	if (given) {
		p.headers = *given;
		p.body = raw;
	} else {
		p.headers = mime_read_headers(a, raw, r->limits, &p.body, &r->m->limit_hit);
		decode_raw_fields(r, &p.headers);
	}
	str type = mime_raw_header(&p.headers, STR("Content-Type"));
	p.type = mime_parse_value(a, type);
	ptrdiff_t slash = str_chr(p.type.main, '/');
	if (slash <= 0 || (size_t)slash + 1 == p.type.main.n) {
		bool text = p.type.main.n == 0 || str_is(p.type.main, "text");
		p.type.main = text ? str_of(default_type) : STR("application/octet-stream");
	}
	struct mime_value d =
	    mime_parse_value(a, mime_raw_header(&p.headers, STR("Content-Disposition")));
	p.disposition = d.main;
	str name = mime_param(&d, STR("filename"));
	if (name.n == 0)
		name = mime_param(&p.type, STR("name"));
	if (name.n == 0) /* as some senders call it in the wrong field */
		name = mime_param(&p.type, STR("filename"));
	if (name.n == 0)
		name = mime_param(&d, STR("name"));
	p.name = file_name(a, name);
	p.encoding = lower_trim(
	    a, mime_unfold(a, mime_raw_header(&p.headers, STR("Content-Transfer-Encoding"))));
	str cid = str_trim(mime_unfold(a, mime_raw_header(&p.headers, STR("Content-ID"))));
	if (cid.n >= 2 && cid.p[0] == '<' && cid.p[cid.n - 1] == '>')
		cid = str_sub(cid, 1, cid.n - 1);
	p.content_id = str_cut_utf8(str_to_utf8(a, cid), 998);
	return p;
}

/* Endings for what came without a name. */
static const struct {
	const char *type, *ending;
} endings[] = {
    {"image/png", "png"},
    {"image/jpeg", "jpg"},
    {"image/jpg", "jpg"},
    {"image/gif", "gif"},
    {"image/webp", "webp"},
    {"image/heic", "heic"},
    {"image/svg+xml", "svg"},
    {"application/pdf", "pdf"},
    {"application/zip", "zip"},
    {"text/plain", "txt"},
    {"text/html", "html"},
    {"text/calendar", "ics"},
    {"text/csv", "csv"},
    {"text/vcard", "vcf"},
    {"text/x-vcard", "vcf"},
    {"message/rfc822", "eml"},
    {"message/global", "eml"},
    {"application/pgp-signature", "asc"},
    {"audio/mpeg", "mp3"},
    {"video/mp4", "mp4"},
    {"application/ms-tnef", "dat"},
    {"application/rtf", "rtf"},
    {"application/msword", "doc"},
    {"application/json", "json"},
    {"text/rfc822-headers", "txt"},
    {"application/pkcs7-signature", "p7s"},
};

/* A name for what has none: a letter is called by its subject, all else by its place. */
static str made_name(struct reader *r, const struct mime_attachment *f)
{
	const char *ending = "bin";
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (str_eq(f->content_type, str_of(endings[i].type)))
			ending = endings[i].ending;
	if (str_eq(str_of(ending), STR("eml"))) {
		str body, hit = STR("");
		struct mime_headers h = mime_read_headers(r->a, f->bytes, r->limits, &body, &hit);
		str subject = mime_decode_words(r->a, mime_raw_header(&h, STR("Subject")));
		char *name = str_z(r->a, str_trim(str_cut_utf8(subject, 100)));
		for (char *p = name; *p; p++)
			if (strchr("/\\:*?\"<>|", *p))
				*p = '_';
		if (*name && *name != '.')
			return str_printf(r->a, "%s.eml", name);
	}
	return str_printf(r->a, "attachment-%zu.%s", r->files.n + 1, ending);
}

/* Within a multipart a part that is whole has a delimiter behind it. */
static bool at_end(const struct reader *r, const struct mime_part *p)
{
	return p->body.p + p->body.n == r->end;
}

static int64_t held_size(struct reader *r, const struct mime_part *p)
{
	int64_t n;
	str said = mime_raw_header(&p->headers, STR(MIME_HELD));
	return said.n && str_to_i64(str_trim(mime_unfold(r->a, said)), &n) && n > 0 ? n : 0;
}

static void add_file(struct reader *r, const struct mime_part *p, bool inline_part)
{
	struct mime_attachment f = {
	    .name = p->name,
	    .content_type = str_to_utf8(r->a, p->type.main),
	    .content_id = p->content_id,
	    .disposition = str_is(p->disposition, "attachment") || str_is(p->disposition, "inline")
	                       ? p->disposition
	                       : STR(""),
	    .held = held_size(r, p),
	    .at_end = at_end(r, p),
	    .bytes = mime_part_decode(r->a, p),
	};
	f.name_made = f.name.n == 0;
	if (f.name_made)
		f.name = made_name(r, &f);
	f.is_inline = f.content_id.n > 0 && !str_is(p->disposition, "attachment") && inline_part;
	*vec_push(r->a, &r->files) = f;
}

/* --- text --- */

/* Files that old programs write into plain text: "begin 644 name" ... "end". */
static str take_uuencoded(struct reader *r, str text)
{
	ptrdiff_t begin = str_starts(text, STR("begin ")) ? 0 : str_find(text, STR("\nbegin "));
	if (begin < 0)
		return text;
	BUF_AUTO keep;
	buf_init(&keep, 0);
	str rest = text, line;
	bool any = false, first = true, hope = true;
	while (str_split(&rest, '\n', &line)) {
		bool head =
		    hope && str_starts(line, STR("begin ")) && line.n > 10 && line.p[9] == ' ';
		for (size_t i = 6; head && i < 9; i++)
			head = line.p[i] >= '0' && line.p[i] <= '7';
		ptrdiff_t end = head && rest.p ? str_find(rest, STR("\nend")) : -1;
		hope = !head || end >= 0;
		if (end < 0 || r->files.n >= r->limits->parts) {
			if (!first)
				buf_addc(&keep, '\n');
			buf_add(&keep, line);
			first = false;
			continue;
		}
		str bare = file_name(r->a, str_to_utf8(r->a, str_trim(str_from(line, 10))));
		str data = str_sub(rest, 0, (size_t)end);
		char *out = arena_alloc(r->a, data.n + 4);
		size_t n = 0;
		str row;
		while (str_split(&data, '\n', &row)) {
			if (row.n == 0)
				continue;
			size_t want = (size_t)((row.p[0] - 32) & 63), got = 0;
			for (size_t i = 1; i + 3 < row.n + 3 && got < want; i += 4) {
				uint32_t v = 0;
				for (size_t k = 0; k < 4; k++)
					v = v << 6 |
					    (i + k < row.n ? (uint32_t)((row.p[i + k] - 32) & 63)
					                   : 0);
				for (int k = 16; k >= 0 && got < want; k -= 8, got++)
					out[n++] = (char)(v >> k);
			}
		}
		*vec_push(r->a, &r->files) =
		    (struct mime_attachment){.name = bare.n ? bare : STR("attachment.bin"),
		                             .name_made = bare.n == 0,
		                             .content_type = STR("application/octet-stream"),
		                             .content_id = STR(""),
		                             .disposition = STR("attachment"),
		                             .bytes = str_n(out, n)};
		any = true;
		rest = str_from(rest, (size_t)end + 4);
		ptrdiff_t eol = str_chr(rest, '\n');
		rest = eol < 0 ? STR_NONE : str_from(rest, (size_t)eol + 1);
	}
	return any ? str_dup(r->a, buf_str(&keep)) : text;
}

/* "winmail.dat": its files are the letter's, its body is the text where there is no other. */
static bool add_container(struct reader *r, const struct mime_part *p)
{
	str type = p->type.main;
	if (!str_is(type, "application/ms-tnef") && !str_is(type, "application/vnd.ms-tnef") &&
	    !str_eq_nocase(p->name, STR("winmail.dat")))
		return false;
	struct tnef_limits limits = TNEF_LIMITS_DEFAULT;
	limits.files =
	    r->limits->parts - (r->parts < r->limits->parts ? r->parts : r->limits->parts);
	limits.body_bytes = r->limits->text_bytes;
	struct tnef t;
	if (!tnef_read(r->a, mime_part_decode(r->a, p), &limits, &t))
		return false;
	if (t.limit_hit.n)
		over(r, str_is(t.limit_hit, "depth")        ? "depth"
		        : str_is(t.limit_hit, "body_bytes") ? "text_bytes"
		                                            : "parts");
	r->parts += t.files.n;
	for (size_t i = 0; i < t.files.n; i++) {
		struct mime_attachment f = t.files.p[i];
		f.name = file_name(r->a, f.name);
		f.content_id = str_to_utf8(r->a, f.content_id);
		f.content_type = str_to_utf8(r->a, f.content_type);
		f.name_made = f.name.n == 0;
		if (f.name_made)
			f.name = made_name(r, &f);
		f.at_end = at_end(r, p);
		*vec_push(r->a, &r->files) = f;
	}
	if (t.html.n || str_trim(t.text).n)
		*vec_push(r->a, &r->spare) = (struct segment){.plain = t.text,
		                                              .html = t.html,
		                                              .has_plain = t.text.n > 0,
		                                              .has_html = t.html.n > 0};
	return true;
}

static void add_text(struct reader *r, const struct mime_part *p, bool alternative)
{
	bool html = str_is(p->type.main, "text/html");
	size_t *used = html ? &r->html_bytes : &r->plain_bytes;
	size_t room = r->limits->text_bytes - *used;
	str text = mime_part_text(r->a, p, room, &r->m->limit_hit);
	*used += text.n;
	if (!html)
		text = take_uuencoded(r, text);
	struct segment *s = alternative && r->segments.n ? &r->segments.p[r->segments.n - 1] : NULL;
	if (!s || (html ? s->has_html : s->has_plain))
		s = vec_push(r->a, &r->segments);
	if (html) {
		s->html = text;
		s->has_html = true;
	} else {
		s->plain = text;
		s->has_plain = true;
	}
}

/* --- the tree --- */

enum context { IN_LETTER, IN_MIXED, IN_ALTERNATIVE, IN_RELATED, IN_REPORT };

static void read_entity(struct reader *r, const struct mime_part *p, size_t depth,
                        enum context context, size_t index);

static bool is_body_text(const struct mime_part *p, enum context context, size_t index)
{
	if (!str_is(p->type.main, "text/plain") && !str_is(p->type.main, "text/html"))
		return false;
	if (str_is(p->disposition, "attachment"))
		return context == IN_LETTER && p->name.n == 0;
	if (context == IN_RELATED && index > 0)
		return false;
	/* A named text is a file, but for the letter's own and the alternatives' bodies. */
	if (p->name.n > 0 && !str_is(p->disposition, "") && context != IN_ALTERNATIVE &&
	    context != IN_LETTER)
		return false;
	return p->name.n == 0 || context == IN_LETTER || context == IN_ALTERNATIVE;
}

/* A long one is a file all the same: that it was cut here is no limit of the letter. */
static void read_calendar(struct reader *r, const struct mime_part *p)
{
	str ignored = STR("");
	r->m->calendar = calendar_lines(r->a, mime_part_text(r->a, p, CALENDAR_BYTES, &ignored));
}

static void read_leaf(struct reader *r, const struct mime_part *p, enum context context,
                      size_t index, bool alternative)
{
	str type = p->type.main;
	if (str_is(type, "message/delivery-status") ||
	    str_is(type, "message/global-delivery-status"))
		r->report.status = mime_part_decode(r->a, p);
	if (str_is(type, "message/feedback-report"))
		r->report.is_feedback = true;
	if (context == IN_REPORT &&
	    (str_is(type, "message/rfc822") || str_is(type, "text/rfc822-headers") ||
	     str_is(type, "message/global") || str_is(type, "message/global-headers")))
		r->report.original = mime_part_decode(r->a, p);
	/* Read above: nothing that anybody would open. The letter as it came still has it. */
	if (context == IN_REPORT && (str_is(type, "message/delivery-status") ||
	                             str_is(type, "message/global-delivery-status")))
		return;
	if (is_body_text(p, context, index)) {
		add_text(r, p, alternative);
		return;
	}
	/* Forms of the same text that we do not show: no files. */
	if (context == IN_ALTERNATIVE &&
	    (str_is(type, "text/enriched") || str_is(type, "text/richtext") ||
	     str_is(type, "text/x-amp-html") || str_is(type, "text/watch-html")))
		return;
	if (str_is(type, "text/calendar") && r->m->calendar.n == 0)
		read_calendar(r, p);
	if (!add_container(r, p))
		add_file(r, p, context == IN_RELATED || str_is(p->disposition, "inline"));
}

/* The next line in body from *at that is a delimiter; mark: "--" and the boundary. */
static bool next_delimiter(str body, str mark, size_t *at, size_t *start, bool *last)
{
	size_t i = *at;
	for (;;) {
		ptrdiff_t found = str_find(str_from(body, i), mark);
		if (found < 0)
			return false;
		size_t from = i + (size_t)found;
		i = from + 1;
		if (from > 0 && body.p[from - 1] != '\n')
			continue;
		const char *lf = memchr(body.p + from, '\n', body.n - from);
		size_t end = lf ? (size_t)(lf - body.p) : body.n;
		str tail = str_sub(body, from + mark.n, end);
		*last = str_starts(tail, STR("--"));
		if (str_trim(*last ? str_from(tail, 2) : tail).n == 0) {
			*start = from;
			*at = lf ? end + 1 : body.n;
			return true;
		}
		i = end;
	}
}

/* A multipart whose parameter was lost: the first line that looks like a delimiter. */
static str guess_boundary(str body)
{
	str rest = str_sub(body, 0, 65536), line;
	while (str_split(&rest, '\n', &line)) {
		line = str_trim(line);
		if (line.n < 6 || line.n > 72 || !str_starts(line, STR("--")))
			continue;
		str next = str_trim(str_sub(rest, 0, 8));
		if (str_starts_nocase(next, STR("content-")))
			return line;
	}
	return STR_NONE;
}

static bool text_alternative(str type)
{
	return str_is(type, "text/plain") || str_is(type, "text/html");
}

static void read_multipart(struct reader *r, const struct mime_part *p, size_t depth)
{
	str mark = mime_param(&p->type, STR("boundary"));
	size_t at = 0, start;
	bool last = false;
	if (mark.n > 0)
		mark = str_concat(r->a, STR("--"), mark);
	if (mark.n == 0 || !next_delimiter(p->body, mark, &at, &start, &last)) {
		mark = guess_boundary(p->body);
		at = 0;
		if (mark.n == 0 || !next_delimiter(p->body, mark, &at, &start, &last)) {
			/* No part at all: what is there is text, if it is anything. */
			struct mime_part text = *p;
			text.type = (struct mime_value){.main = STR("text/plain")};
			text.disposition = text.name = STR("");
			add_text(r, &text, false);
			return;
		}
	}
	str kind = str_from(p->type.main, 10);
	enum context context = str_is(kind, "alternative") ? IN_ALTERNATIVE
	                       : str_is(kind, "related")   ? IN_RELATED
	                       : str_is(kind, "report")    ? IN_REPORT
	                                                   : IN_MIXED;
	if (context == IN_REPORT) {
		r->report.is_report = true;
		if (str_eq_nocase(mime_param(&p->type, STR("report-type")), STR("feedback-report")))
			r->report.is_feedback = true;
	}
	size_t first_segment = r->segments.n;
	for (size_t index = 0; !last; index++) {
		size_t from = at;
		bool found = next_delimiter(p->body, mark, &at, &start, &last);
		size_t to = found ? start : p->body.n;
		if (!found && from >= p->body.n)
			break;
		str raw = str_sub(p->body, from, to);
		if (found && raw.n && raw.p[raw.n - 1] == '\n') { /* belongs to the delimiter */
			raw.n--;
			if (raw.n && raw.p[raw.n - 1] == '\r')
				raw.n--;
		}
		if (++r->parts > r->limits->parts) {
			over(r, "parts");
			break;
		}
		struct mime_part child = read_part(
		    r, raw, NULL, str_is(kind, "digest") ? "message/rfc822" : "text/plain");
		/* The forms of one text go into one segment. */
		if (context == IN_ALTERNATIVE && text_alternative(child.type.main) &&
		    is_body_text(&child, context, index))
			read_leaf(r, &child, context, index, r->segments.n > first_segment);
		else
			read_entity(r, &child, depth + 1, context, index);
		if (!found)
			break;
	}
	/* related or mixed inside of an alternative: their segment is the other form of the first.
	 */
	if (context == IN_ALTERNATIVE && r->segments.n == first_segment + 2) {
		struct segment *one = &r->segments.p[first_segment], *two = one + 1;
		if (one->has_plain != two->has_plain && one->has_html != two->has_html) {
			if (two->has_plain)
				one->plain = two->plain;
			else
				one->html = two->html;
			one->has_plain = one->has_html = true;
			r->segments.n--;
		}
	}
}

static void read_entity(struct reader *r, const struct mime_part *p, size_t depth,
                        enum context context, size_t index)
{
	if (str_starts(p->type.main, STR("multipart/")) && p->type.main.n > 10) {
		if (depth >= r->limits->depth || depth >= DEPTH_MAX) {
			over(r, "depth");
			add_file(r, p, false);
			return;
		}
		read_multipart(r, p, depth);
		return;
	}
	read_leaf(r, p, context, index, false);
}

/* --- the message --- */

static void join_segments(struct reader *r)
{
	struct mime_message *m = r->m;
	BUF_AUTO text;
	BUF_AUTO html;
	buf_init(&text, 0);
	buf_init(&html, 0);
	bool any_html = false, any_plain = false, empty = true;
	for (size_t i = 0; i < r->segments.n; i++)
		empty &=
		    str_trim(r->segments.p[i].plain).n + str_trim(r->segments.p[i].html).n == 0;
	for (size_t i = 0; empty && i < r->spare.n; i++)
		*vec_push(r->a, &r->segments) = r->spare.p[i];
	for (size_t i = 0; i < r->segments.n; i++) {
		any_html |= r->segments.p[i].has_html;
		any_plain |= r->segments.p[i].has_plain;
	}
	for (size_t i = 0; i < r->segments.n; i++) {
		const struct segment *s = &r->segments.p[i];
		bool blank = str_trim(s->plain).n == 0;
		str plain = s->has_plain && !(blank && s->has_html) ? s->plain
		                                                    : html_to_text(r->a, s->html);
		if (text.n > 0 && plain.n > 0 && text.p[text.n - 1] != '\n')
			buf_addc(&text, '\n');
		buf_add(&text, plain);
		if (any_html && s->has_html) {
			buf_add(&html, s->html);
		} else if (any_html && !blank) {
			buf_addz(&html, "<pre>");
			html_escape(&html, s->plain);
			buf_addz(&html, "</pre>");
		}
	}
	m->text = str_dup(r->a, buf_str(&text));
	m->html = any_html ? str_dup(r->a, buf_str(&html)) : STR("");
	m->text_from_html = any_html && !any_plain;
}

static struct mime_addrs addresses(struct reader *r, const char *name, size_t *left)
{
	struct mime_message *m = r->m;
	struct mime_addrs all = {0};
	for (size_t i = 0; i < m->headers.n; i++) {
		const struct mime_header *h = &m->headers.p[i];
		if (!str_eq_nocase(h->name, str_of(name)))
			continue;
		bool too_many = false;
		struct mime_addrs some = mime_parse_addresses(r->a, h->value, *left, &too_many);
		if (too_many)
			over(r, "addresses");
		*left -= some.n;
		if (all.n == 0) {
			all = some;
		} else if (some.n) { /* the field twice, against the rule: nobody is left out */
			struct mime_addr *p = ARENA_ARRAY(r->a, all.n + some.n, struct mime_addr);
			memcpy(p, all.p, all.n * sizeof *p);
			memcpy(p + all.n, some.p, some.n * sizeof *p);
			all = (struct mime_addrs){p, all.n + some.n};
		}
	}
	return all;
}

static struct mime_ids ids(struct reader *r, const char *name)
{
	bool too_many = false;
	struct mime_ids v = mime_parse_ids(r->a, mime_raw_header(&r->m->headers, str_of(name)),
	                                   r->limits->references, &too_many);
	if (too_many)
		over(r, "references");
	return v;
}

static void read_fields(struct reader *r)
{
	struct mime_message *m = r->m;
	struct arena *a = r->a;
	size_t left = r->limits->addresses;
	m->from = addresses(r, "From", &left);
	m->sender = addresses(r, "Sender", &left);
	m->reply_to = addresses(r, "Reply-To", &left);
	m->to = addresses(r, "To", &left);
	m->cc = addresses(r, "Cc", &left);
	m->bcc = addresses(r, "Bcc", &left);
	m->subject = mime_header(a, m, "Subject");
	m->has_date = mime_parse_date(mime_unfold(a, mime_raw_header(&m->headers, STR("Date"))),
	                              &m->date, &m->date_offset);
	struct mime_ids own = ids(r, "Message-ID");
	m->message_id = own.n ? own.p[0] : STR("");
	m->in_reply_to = ids(r, "In-Reply-To");
	m->references = ids(r, "References");
	str path = mime_raw_header(&m->headers, STR("Return-Path"));
	if (path.p) {
		str bare = str_trim(mime_unfold(a, path));
		m->return_path_empty = str_is(bare, "<>") || bare.n == 0;
		struct mime_addrs one = mime_parse_addresses(a, path, 1, NULL);
		m->return_path = one.n ? one.p[0].email : STR("");
	}
	m->auth_results = mime_header(a, m, "Authentication-Results");
}

enum err mime_parse(struct arena *a, str raw, const struct mime_limits *limits,
                    struct mime_message **out, struct error *e)
{
	static const struct mime_limits defaults = MIME_LIMITS_DEFAULT;
	struct reader r = {.a = a, .limits = limits ? limits : &defaults};
	*out = NULL;
	if (raw.n == 0)
		return error_set(e, ERR_INVALID, "error.empty", "raw", NULL);
	struct mime_message *m = r.m = ARENA_NEW(a, struct mime_message);
	m->calendar = STR("");
	if (raw.n > r.limits->raw_bytes) {
		raw.n = r.limits->raw_bytes;
		over(&r, "raw_bytes");
	}
	r.end = raw.p + raw.n;
	str body;
	m->headers = mime_read_headers(a, raw, r.limits, &body, &m->limit_hit);
	r.charset = first_charset(a, &m->headers, body);
	decode_raw_fields(&r, &m->headers);
	read_fields(&r);
	r.parts = 1;
	struct mime_part root = read_part(&r, body, &m->headers, "text/plain");
	/* Perhaps the body began at a line that is no field: those below were read as fields, and
	 * are shown as text too, so that nothing is lost either way. */
	if (m->headers.stray && str_is(root.type.main, "text/plain") &&
	    !str_starts(root.encoding, STR("base64")) && !str_starts(root.encoding, STR("quoted")))
		root.body = str_from(raw, (size_t)(m->headers.stray - raw.p));
	read_entity(&r, &root, 0, IN_LETTER, 0);
	join_segments(&r);
	m->attachments = (struct mime_attachments){r.files.p, r.files.n};
	mime_read_report(a, m, &r.report);
	*out = m;
	return ERR_OK;
}

str mime_header(struct arena *a, const struct mime_message *m, const char *name)
{
	str raw = mime_raw_header(&m->headers, str_of(name));
	if (!raw.p)
		return STR_NONE;
	str value = mime_decode_words(a, raw);
	return value.p ? value : STR("");
}

size_t mime_header_count(const struct mime_message *m, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < m->headers.n; i++)
		n += str_eq_nocase(m->headers.p[i].name, str_of(name));
	return n;
}
