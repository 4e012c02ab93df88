/* tnef.c: see tnef.h. Every length is checked against what is left before it is used. */
#include "mime/tnef.h"

#include "base/vec.h"
#include "mime/charset.h"
#include "mime/internal.h"

#define SIGNATURE 0x223E9F78u

/* Attributes (MS-OXTNEF 2.1.3) whose second half names the type of their data. */
#define ATTR_SUBJECT 0x8004
#define ATTR_BODY 0x800C
#define ATTR_FILE_DATA 0x800F
#define ATTR_FILE_TITLE 0x8010
#define ATTR_FILE_START 0x9002 /* a new file begins */
#define ATTR_PROPERTIES 0x9003
#define ATTR_FILE_PROPERTIES 0x9005
#define ATTR_CODE_PAGE 0x9007

/* Properties (MS-OXPROPS). */
#define PROP_SUBJECT 0x0037
#define PROP_BODY 0x1000
#define PROP_RTF 0x1009
#define PROP_HTML 0x1013
#define PROP_DISPLAY_NAME 0x3001
#define PROP_DATA 0x3701
#define PROP_SHORT_NAME 0x3704
#define PROP_LONG_NAME 0x3707
#define PROP_MIME_TYPE 0x370E
#define PROP_CONTENT_ID 0x3712
#define PROP_HTML_CODE_PAGE 0x3FDE
#define PROP_CODE_PAGE 0x3FFD

#define TYPE_OBJECT 0x000D
#define TYPE_STRING8 0x001E
#define TYPE_UNICODE 0x001F
#define TYPE_BINARY 0x0102
#define TYPE_MANY 0x1000

/* A reader of little-endian values that never goes past the end; `bad` sticks. */
struct cursor {
	str left;
	bool bad;
};

static str take(struct cursor *c, size_t n)
{
	if (n > c->left.n) {
		c->bad = true;
		return STR_NONE;
	}
	str s = str_sub(c->left, 0, n);
	c->left = str_from(c->left, n);
	return s;
}

static uint32_t number(str s)
{
	uint32_t v = 0;
	for (size_t i = 0; i < s.n && i < 4; i++)
		v |= (uint32_t)(unsigned char)s.p[i] << (8 * i);
	return v;
}

static uint32_t take_u32(struct cursor *c)
{
	return number(take(c, 4));
}

struct file {
	str title, long_name, short_name, display_name, type, content_id, bytes;
	bool open, letter; /* letter: bytes are another container */
};

struct file_list {
	struct mime_attachment *p;
	size_t n, cap;
};

struct state {
	struct arena *a;
	const struct tnef_limits *limits;
	struct tnef *out;
	size_t *properties; /* values so far */
	size_t *room;       /* for unpacked RTF, of all letters together */
	struct file_list *files;
	size_t depth;
	char code_page[16];
	uint32_t html_page;
	str text8, body, rtf, html, html8;
};

static bool read_container(struct state *s, str bytes);

static void over(struct state *s, const char *limit)
{
	if (s->out->limit_hit.n == 0)
		s->out->limit_hit = str_of(limit);
}

static str until_nul(str s)
{
	ptrdiff_t nul = str_chr(s, 0);
	return nul < 0 ? s : str_sub(s, 0, (size_t)nul);
}

static str from_page(struct state *s, str bytes, uint32_t page)
{
	char label[16];
	if (bytes.n == 0)
		return STR("");
	snprintf(label, sizeof label, page == 65001 ? "utf-8" : "cp%u", (unsigned)page);
	return charset_decode(s->a, bytes, str_of(label));
}

/* A property's text, of either string type, or bytes in the letter's code page. */
static str text_of(struct state *s, int type, str v)
{
	if (type == TYPE_UNICODE) {
		if (v.n % 2)
			v.n--;
		while (v.n >= 2 && !v.p[v.n - 1] && !v.p[v.n - 2])
			v.n -= 2;
		return v.n ? charset_decode(s->a, v, STR("utf-16le")) : STR("");
	}
	v = until_nul(v);
	return v.n ? charset_decode(s->a, v, str_of(s->code_page)) : STR("");
}

static void message_property(struct state *s, int type, uint32_t id, str v)
{
	size_t max = s->limits->body_bytes;
	if ((id == PROP_BODY || id == PROP_HTML || id == PROP_SUBJECT) && v.n > max) {
		over(s, "body_bytes");
		v.n = max;
	}
	switch (id) {
	case PROP_SUBJECT:
		s->out->subject = text_of(s, type, v);
		break;
	case PROP_BODY:
		s->body = text_of(s, type, v);
		break;
	case PROP_RTF:
		s->rtf = v;
		break;
	case PROP_HTML:
		if (type == TYPE_UNICODE)
			s->html8 = text_of(s, type, v);
		s->html = v;
		break;
	case PROP_HTML_CODE_PAGE:
		s->html_page = number(v);
		break;
	case PROP_CODE_PAGE:
		if (number(v) > 0 && number(v) < 100000)
			snprintf(s->code_page, sizeof s->code_page, "cp%u", (unsigned)number(v));
		break;
	default:
		break;
	}
}

static void file_property(struct state *s, struct file *f, int type, uint32_t id, str v)
{
	static const char letter[16] = "\x07\x03\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46";
	switch (id) {
	case PROP_DISPLAY_NAME:
		f->display_name = text_of(s, type, v);
		break;
	case PROP_SHORT_NAME:
		f->short_name = text_of(s, type, v);
		break;
	case PROP_LONG_NAME:
		f->long_name = text_of(s, type, v);
		break;
	case PROP_MIME_TYPE:
		f->type = str_lower_ascii(s->a, str_trim(text_of(s, type, v)));
		break;
	case PROP_CONTENT_ID:
		f->content_id = str_trim(text_of(s, type, v));
		break;
	case PROP_DATA:
		/* An object begins with the name of its interface. */
		if (type == TYPE_OBJECT && v.n >= 16) {
			f->letter = str_eq(str_sub(v, 0, 16), str_n(letter, 16));
			v = str_from(v, 16);
		}
		if (v.n)
			f->bytes = v;
		break;
	default:
		break;
	}
}

/* The bytes of one value; lists of fixed size have each value padded to four bytes. */
static str take_value(struct cursor *c, int type)
{
	size_t n;
	switch (type) {
	case TYPE_STRING8:
	case TYPE_UNICODE:
	case TYPE_BINARY:
	case TYPE_OBJECT: {
		n = take_u32(c);
		str v = take(c, n);
		take(c, n % 4 ? 4 - n % 4 : 0);
		return v;
	}
	case 0x0001: /* null */
		return STR_NONE;
	case 0x0005: /* double, currency, time, integer of 64 bits */
	case 0x0006:
	case 0x0007:
	case 0x0014:
	case 0x0040:
		return take(c, 8);
	case 0x0048: /* GUID */
		return take(c, 16);
	case 0x0002: /* integers, float, error, boolean */
	case 0x0003:
	case 0x0004:
	case 0x000A:
	case 0x000B:
		return take(c, 4);
	default:
		c->bad = true;
		return STR_NONE;
	}
}

/* MS-OXTNEF 2.1.3.4: a counted list of properties; f: of a file, NULL: of the letter. */
static void read_properties(struct state *s, struct file *f, str bytes)
{
	struct cursor c = {bytes, false};
	uint32_t count = take_u32(&c);
	for (uint32_t i = 0; i < count && !c.bad; i++) {
		uint32_t head = take_u32(&c);
		uint32_t id = head >> 16;
		int type = (int)(head & 0xFFF);
		bool many = head & TYPE_MANY;
		if (id >= 0x8000) { /* named: a GUID, then a number or a name */
			take(&c, 16);
			if (take_u32(&c) == 0) {
				take(&c, 4);
			} else {
				size_t n = take_u32(&c);
				take(&c, n);
				take(&c, n % 4 ? 4 - n % 4 : 0);
			}
		}
		bool counted = many || type == TYPE_STRING8 || type == TYPE_UNICODE ||
		               type == TYPE_BINARY || type == TYPE_OBJECT;
		uint32_t values = counted ? take_u32(&c) : 1;
		for (uint32_t k = 0; k < values && !c.bad; k++) {
			if (++*s->properties > s->limits->properties) {
				over(s, "properties");
				return;
			}
			str v = take_value(&c, type);
			if (c.bad || k > 0 || id >= 0x8000)
				continue;
			if (f)
				file_property(s, f, type, id, v);
			else
				message_property(s, type, id, v);
		}
	}
}

static bool add_file(struct state *s, const struct mime_attachment *f)
{
	if (s->files->n >= s->limits->files) {
		over(s, "files");
		return false;
	}
	*vec_push(s->a, s->files) = *f;
	return true;
}

/* A letter within: its words become a file, its files are ours. */
static void add_letter(struct state *s, const struct file *f, str name)
{
	struct tnef inner = {.limit_hit = STR("")};
	struct state t = {.a = s->a,
	                  .limits = s->limits,
	                  .out = &inner,
	                  .properties = s->properties,
	                  .room = s->room,
	                  .files = s->files,
	                  .depth = s->depth + 1};
	if (t.depth >= s->limits->depth) {
		over(s, "depth");
		return;
	}
	if (!read_container(&t, f->bytes))
		return;
	if (inner.limit_hit.n)
		over(s, inner.limit_hit.p);
	str title = inner.subject.n ? inner.subject : name.n ? name : STR("letter");
	bool html = inner.html.n > 0;
	str words = html ? inner.html : inner.text;
	add_file(s, &(struct mime_attachment){
	                .name = str_printf(s->a, "%.*s.%s", STR_FMT(str_cut_utf8(title, 100)),
	                                   html ? "html" : "txt"),
	                .content_type = html ? STR("text/html") : STR("text/plain"),
	                .content_id = STR(""),
	                .disposition = STR("attachment"),
	                .bytes = words});
}

static void close_file(struct state *s, struct file *f)
{
	if (!f->open)
		return;
	str name = f->long_name.n    ? f->long_name
	           : f->title.n      ? f->title
	           : f->short_name.n ? f->short_name
	                             : f->display_name;
	if (f->letter)
		add_letter(s, f, name);
	else if (name.n || f->bytes.n)
		add_file(s, &(struct mime_attachment){
		                .name = name,
		                .content_type = str_chr(f->type, '/') > 0
		                                    ? f->type
		                                    : STR("application/octet-stream"),
		                .content_id = str_cut_utf8(f->content_id, 998),
		                .disposition = STR("attachment"),
		                .is_inline = f->content_id.n > 0,
		                .bytes = f->bytes});
	*f = (struct file){0};
}

static void attribute(struct state *s, struct file *f, uint32_t id, str data)
{
	switch (id) {
	case ATTR_CODE_PAGE:
		if (number(data) > 0 && number(data) < 100000)
			snprintf(s->code_page, sizeof s->code_page, "cp%u", (unsigned)number(data));
		break;
	case ATTR_SUBJECT:
		s->out->subject = text_of(s, TYPE_STRING8, str_sub(data, 0, 1000));
		break;
	case ATTR_BODY:
		if (data.n > s->limits->body_bytes)
			over(s, "body_bytes");
		s->text8 = until_nul(str_sub(data, 0, s->limits->body_bytes));
		break;
	case ATTR_PROPERTIES:
		read_properties(s, NULL, data);
		break;
	case ATTR_FILE_START:
		close_file(s, f);
		f->open = true;
		break;
	case ATTR_FILE_DATA:
		f->bytes = data;
		f->open = true;
		break;
	case ATTR_FILE_TITLE:
		f->title = text_of(s, TYPE_STRING8, data);
		f->open = true;
		break;
	case ATTR_FILE_PROPERTIES:
		read_properties(s, f, data);
		f->open = true;
		break;
	default:
		break;
	}
}

/* The bodies, once all properties (the code pages among them) are known. */
static void read_bodies(struct state *s)
{
	struct tnef *t = s->out;
	size_t max = s->limits->body_bytes;
	t->html_raw = s->html;
	t->html = s->html8.n ? s->html8 : from_page(s, until_nul(s->html), s->html_page);
	t->text = s->body.n    ? s->body
	          : s->text8.n ? charset_decode(s->a, s->text8, str_of(s->code_page))
	                       : STR("");
	if (s->rtf.n) {
		bool cut = false, is_html = false;
		t->rtf = rtf_unpack(s->a, s->rtf, *s->room, &cut);
		*s->room -= t->rtf.n;
		if (cut)
			over(s, "body_bytes");
		str words = rtf_read(s->a, t->rtf, max, &is_html);
		if (is_html && !t->html.n)
			t->html = words;
		else if (!is_html && !t->text.n)
			t->text = words;
	}
	t->text = mime_unix_lines(s->a, t->text);
}

static bool read_container(struct state *s, str bytes)
{
	struct cursor c = {bytes, false};
	struct file f = {0};
	if (take_u32(&c) != SIGNATURE || c.bad)
		return false;
	snprintf(s->code_page, sizeof s->code_page, "cp1252");
	take(&c, 2);
	while (c.left.n >= 9 && !s->out->limit_hit.n) {
		take(&c, 1);
		uint32_t id = take_u32(&c);
		size_t n = take_u32(&c);
		bool whole = n <= c.left.n;
		str data = take(&c, whole ? n : c.left.n);
		attribute(s, &f, id & 0xFFFF, data);
		take(&c, 2); /* a sum that programs get wrong */
		if (!whole || c.bad)
			break;
	}
	close_file(s, &f);
	read_bodies(s);
	return true;
}

bool tnef_read(struct arena *a, str bytes, const struct tnef_limits *limits, struct tnef *out)
{
	static const struct tnef_limits defaults = TNEF_LIMITS_DEFAULT;
	struct file_list files = {0};
	*out = (struct tnef){.limit_hit = STR("")};
	limits = limits ? limits : &defaults;
	size_t properties = 0, room = limits->body_bytes;
	struct state s = {.a = a,
	                  .limits = limits,
	                  .out = out,
	                  .properties = &properties,
	                  .room = &room,
	                  .files = &files};
	if (!read_container(&s, bytes))
		return false;
	out->files = (struct mime_attachments){files.p, files.n};
	return true;
}
