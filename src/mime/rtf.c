/* rtf.c: Rich Text as letters carry it (see tnef.h): unpacked (MS-OXRTFCP), turned to text, or to
 * the HTML that it wraps (MS-OXRTFEX). One pass; groups deeper than DEPTH are skipped. */
#include "base/buf.h"
#include "mime/charset.h"
#include "mime/tnef.h"

#define DEPTH 64
#define FONTS 64
#define WINDOW 4096u

/* What the window of the compression holds at first. */
static const char preset[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}"
    "{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbol"
    "ArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0"
    "\\fs20\\b\\i\\u\\tab\\tx";

static uint32_t u32(str s, size_t at)
{
	uint32_t v = 0;
	for (size_t i = 0; i < 4; i++)
		v |= (uint32_t)(unsigned char)s.p[at + i] << (8 * i);
	return v;
}

str rtf_unpack(struct arena *a, str packed, size_t max, bool *cut)
{
	*cut = false;
	if (packed.n < 16)
		return STR("");
	uint32_t raw_size = u32(packed, 4), kind = u32(packed, 8);
	str in = str_from(packed, 16);
	size_t want = raw_size < max ? raw_size : max;
	*cut = raw_size > max;
	if (kind == 0x414C454D) /* not compressed */
		return str_sub(in, 0, want);
	if (kind != 0x75465A4C)
		return STR("");
	/* A reference of two bytes gives at most seventeen: no more is asked for than can come. */
	if (want > in.n * 9)
		want = in.n * 9;
	char *out = arena_alloc(a, want + 1);
	char window[WINDOW] = {0};
	size_t n = 0, i = 0, write = sizeof preset - 1;
	memcpy(window, preset, write);
	while (i < in.n && n < want) {
		unsigned flags = (unsigned char)in.p[i++];
		for (int bit = 0; bit < 8 && i < in.n && n < want; bit++, flags >>= 1) {
			if (!(flags & 1)) {
				out[n++] = window[write] = in.p[i++];
				write = (write + 1) % WINDOW;
				continue;
			}
			if (i + 1 >= in.n)
				return str_n(out, n);
			unsigned ref =
			    (unsigned)(unsigned char)in.p[i] << 8 | (unsigned char)in.p[i + 1];
			size_t from = ref >> 4, length = (ref & 15) + 2;
			i += 2;
			if (from == write) /* the end */
				return str_n(out, n);
			while (length-- > 0 && n < want) {
				out[n++] = window[write] = window[from];
				write = (write + 1) % WINDOW;
				from = (from + 1) % WINDOW;
			}
		}
	}
	return str_n(out, n);
}

struct group {
	bool skip;     /* a destination that is no text */
	bool fonts;    /* the table of fonts */
	bool tag;      /* a piece of the wrapped HTML */
	bool shadowed; /* of the RTF rendering only: not of the wrapped HTML */
	int uc;        /* characters that stand for one \u */
	int font;
};

struct rtf {
	struct arena *a;
	struct buf out, bytes; /* bytes: not decoded yet, of page */
	int page, bytes_page, default_page;
	bool html, star;
	size_t depth, beyond;
	struct group groups[DEPTH];
	int font_page[FONTS];
	int skip; /* characters to come that a \u stands for */
	uint32_t high;
};

static struct group *top(struct rtf *r)
{
	return &r->groups[r->depth];
}

static bool silent(const struct rtf *r)
{
	const struct group *g = &r->groups[r->depth];
	return r->beyond || g->skip || g->fonts || (r->html && g->shadowed && !g->tag);
}

static void add_escaped(struct rtf *r, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '<')
			buf_addz(&r->out, "&lt;");
		else if (c == '>')
			buf_addz(&r->out, "&gt;");
		else if (c == '&')
			buf_addz(&r->out, "&amp;");
		else
			buf_addc(&r->out, c);
	}
}

/* The wrapped HTML's tags come as they are; its words are no tags. */
static void add_words(struct rtf *r, str s)
{
	if (r->html && !top(r)->tag)
		add_escaped(r, s);
	else
		buf_add(&r->out, s);
}

static void flush(struct rtf *r)
{
	char label[16];
	if (r->bytes.n == 0)
		return;
	snprintf(label, sizeof label, "cp%d", r->bytes_page);
	str bytes = buf_str(&r->bytes);
	bool plain = true;
	for (size_t i = 0; i < bytes.n && plain; i++)
		plain = bytes.p[i] && !((unsigned char)bytes.p[i] & 0x80);
	add_words(r, plain ? bytes : charset_decode(r->a, bytes, str_of(label)));
	buf_clear(&r->bytes);
}

static int current_page(const struct rtf *r)
{
	int font = r->groups[r->depth].font;
	int page = font >= 0 && font < FONTS ? r->font_page[font] : 0;
	return page ? page : r->default_page;
}

static void add_byte(struct rtf *r, char c)
{
	if (r->skip > 0) {
		r->skip--;
		return;
	}
	if (silent(r))
		return;
	int page = current_page(r);
	if (page != r->bytes_page) {
		flush(r);
		r->bytes_page = page;
	}
	buf_addc(&r->bytes, c);
}

static void add_point(struct rtf *r, uint32_t c)
{
	char u[4];
	size_t n = 0;
	if (silent(r))
		return;
	flush(r);
	if (c < 0x80) {
		u[n++] = (char)c;
	} else if (c < 0x800) {
		u[n++] = (char)(0xC0 | c >> 6);
		u[n++] = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		u[n++] = (char)(0xE0 | c >> 12);
		u[n++] = (char)(0x80 | (c >> 6 & 63));
		u[n++] = (char)(0x80 | (c & 63));
	} else {
		u[n++] = (char)(0xF0 | c >> 18);
		u[n++] = (char)(0x80 | (c >> 12 & 63));
		u[n++] = (char)(0x80 | (c >> 6 & 63));
		u[n++] = (char)(0x80 | (c & 63));
	}
	add_words(r, str_n(u, n));
}

static void unicode(struct rtf *r, int value)
{
	uint32_t c = (uint32_t)value & 0xFFFF;
	r->skip = top(r)->uc;
	if (c >= 0xD800 && c < 0xDC00) {
		r->high = c;
		return;
	}
	if (c >= 0xDC00 && c < 0xE000)
		c = r->high ? 0x10000 + ((r->high - 0xD800) << 10) + (c - 0xDC00) : 0xFFFD;
	r->high = 0;
	if (c)
		add_point(r, c);
}

/* Code page of a font's charset number (\fcharset). */
static int page_of_charset(int charset)
{
	static const struct {
		int charset, page;
	} pages[] = {{0, 1252},   {77, 10000}, {128, 932},  {129, 949},  {130, 1361}, {134, 936},
	             {136, 950},  {161, 1253}, {162, 1254}, {163, 1258}, {177, 1255}, {178, 1256},
	             {186, 1257}, {204, 1251}, {222, 874},  {238, 1250}, {255, 850}};
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		if (pages[i].charset == charset)
			return pages[i].page;
	return 0;
}

/* Destinations whose text is not the letter's. */
static bool not_text(str word)
{
	static const char *const words[] = {
	    "colortbl",  "stylesheet",   "info",      "pict",      "object",   "header",
	    "footer",    "generator",    "fldinst",   "headerl",   "headerr",  "headerf",
	    "footerl",   "footerr",      "footerf",   "listtable", "filetbl",  "revtbl",
	    "xe",        "tc",           "bkmkstart", "bkmkend",   "mhtmltag", "themedata",
	    "datastore", "latentstyles", "rsidtbl"};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (str_eq(word, str_of(words[i])))
			return true;
	return false;
}

/* Words that are a character. */
static const struct {
	const char *word;
	uint32_t point;
} characters[] = {
    {"par", '\n'},      {"line", '\n'},        {"sect", '\n'},        {"page", '\n'},
    {"row", '\n'},      {"tab", '\t'},         {"cell", '\t'},        {"lquote", 0x2018},
    {"rquote", 0x2019}, {"ldblquote", 0x201C}, {"rdblquote", 0x201D}, {"bullet", 0x2022},
    {"endash", 0x2013}, {"emdash", 0x2014},    {"enspace", ' '},      {"emspace", ' '},
};

static void control_word(struct rtf *r, str word, bool has_value, int value)
{
	struct group *g = top(r);
	bool star = r->star;
	r->star = false;
	if (r->skip > 0 && !str_is(word, "u")) {
		r->skip--;
		return;
	}
	if (str_is(word, "u")) {
		unicode(r, value);
	} else if (str_is(word, "uc")) {
		g->uc = value < 0 ? 0 : value > 8 ? 8 : value;
	} else if (str_is(word, "ansicpg")) {
		r->default_page = value > 0 && value < 100000 ? value : r->default_page;
	} else if (str_is(word, "fromhtml")) {
		r->html = true;
	} else if (str_is(word, "htmlrtf")) {
		flush(r);
		g->shadowed = !has_value || value != 0;
	} else if (str_is(word, "htmltag") && star) {
		flush(r);
		g->tag = r->html;
		g->skip |= !r->html;
	} else if (str_is(word, "fonttbl")) {
		g->fonts = true;
	} else if (str_is(word, "f")) {
		flush(r);
		g->font = value;
	} else if (str_is(word, "fcharset")) {
		if (g->fonts && g->font >= 0 && g->font < FONTS)
			r->font_page[g->font] = page_of_charset(value);
	} else if (str_is(word, "plain")) {
		flush(r);
		g->font = 0;
	} else if (star || not_text(word)) {
		flush(r);
		g->skip = true;
	} else {
		for (size_t i = 0; i < COUNT_OF(characters); i++)
			if (str_eq(word, str_of(characters[i].word)))
				add_point(r, characters[i].point);
	}
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex(char c)
{
	int l = c | 32;
	return digit(c) ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* What follows a backslash at s.p[i]; returns the index behind it. */
static size_t control(struct rtf *r, str s, size_t i)
{
	char c = s.p[i];
	if (letter(c)) {
		size_t from = i, n;
		while (i < s.n && letter(s.p[i]) && i - from < 32)
			i++;
		n = i - from;
		bool minus = i + 1 < s.n && s.p[i] == '-' && digit(s.p[i + 1]);
		i += minus;
		size_t start = i;
		int value = 0;
		for (; i < s.n && digit(s.p[i]) && i - start < 9; i++)
			value = value * 10 + (s.p[i] - '0');
		control_word(r, str_sub(s, from, from + n), i > start, minus ? -value : value);
		return i < s.n && s.p[i] == ' ' ? i + 1 : i;
	}
	if (c == '\'' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
		add_byte(r, (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
		return i + 3;
	}
	if (c == '*')
		r->star = true;
	else if (c == '\\' || c == '{' || c == '}')
		add_byte(r, c);
	else if (c == '~')
		add_point(r, 0xA0);
	else if (c == '_')
		add_point(r, 0x2011);
	else if (c == '\r' || c == '\n')
		add_point(r, '\n');
	return i + 1;
}

static void walk(struct rtf *r, str s)
{
	for (size_t i = 0; i < s.n && !r->out.failed;) {
		char c = s.p[i++];
		if (c == '{') {
			r->skip = 0;
			flush(r);
			if (r->depth + 1 < DEPTH && !r->beyond) {
				r->groups[r->depth + 1] = r->groups[r->depth];
				r->depth++;
			} else {
				r->beyond++;
			}
		} else if (c == '}') {
			r->skip = 0;
			r->star = false;
			flush(r);
			if (r->beyond)
				r->beyond--;
			else if (r->depth > 0)
				r->depth--;
		} else if (c == '\\') {
			i = i < s.n ? control(r, s, i) : i;
		} else if (c != '\r' && c != '\n' && c) {
			add_byte(r, c);
		}
	}
	flush(r);
}

str rtf_read(struct arena *a, str rtf, size_t max, bool *is_html)
{
	*is_html = false;
	if (!str_starts(str_trim(rtf), STR("{\\rtf")))
		return STR("");
	struct rtf *r = ARENA_NEW(a, struct rtf);
	r->a = a;
	r->default_page = r->bytes_page = 1252;
	r->groups[0].uc = 1;
	buf_init(&r->out, max);
	buf_init(&r->bytes, 0);
	walk(r, rtf);
	str words = str_to_utf8(a, str_dup(a, str_cut_utf8(buf_str(&r->out), r->out.n)));
	*is_html = r->html;
	buf_release(&r->out);
	buf_release(&r->bytes);
	return words;
}
