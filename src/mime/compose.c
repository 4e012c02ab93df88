/* compose.c: see compose.h. Own writer: the output must be the same bytes each time, and no value
 * may end its line. Everything that enters a header goes through check_line first. */
#include "mime/compose.h"

#include <xxhash.h>

#include "base/date.h"

#define LINE 76
#define REFERENCES_KEPT 20
#define MAX_BYTES_DEFAULT ((size_t)50 << 20)

struct composer {
	const struct compose_letter *l;
	struct buf *out;
	struct arena *a;
	struct error *e;
	unsigned int boundaries;
};

/* --- small words --- */

static enum err check_line(struct error *e, str v, const char *field)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '\r' || v.p[i] == '\n' || v.p[i] == 0)
			return error_set(e, ERR_INVALID, "error.one_line", field, NULL);
	if (!str_is_utf8(v))
		return error_set(e, ERR_INVALID, "error.not_utf8", field, NULL);
	return ERR_OK;
}

static bool ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7E)
			return false;
	return true;
}

/* Can stand in a header as it is? */
static bool plain_text(str s)
{
	if (!ascii(s) || str_find(s, STR("=?")) >= 0)
		return false;
	size_t run = 0;
	for (size_t i = 0; i < s.n; i++) {
		run = s.p[i] == ' ' ? 0 : run + 1;
		if (run > LINE - 10)
			return false;
	}
	/* Space at an end or twice would not survive folding. */
	return s.n == 0 || (s.p[0] != ' ' && s.p[s.n - 1] != ' ' && str_find(s, STR("  ")) < 0);
}

/* Words of at most 75 characters, none of them cutting a letter in two (RFC 2047 section 2). */
static void add_words(struct buf *b, struct arena *a, str s, const char *between)
{
	bool first = true;
	while (s.n > 0) {
		str piece = str_cut_utf8(s, 45);
		if (!first)
			buf_addz(b, between);
		buf_addz(b, "=?UTF-8?B?");
		buf_add(b, str_base64(a, piece, false));
		buf_addz(b, "?=");
		first = false;
		s = str_from(s, piece.n);
	}
}

str compose_word(struct arena *a, str text)
{
	if (plain_text(text))
		return text;
	BUF_AUTO b;
	buf_init(&b, 0);
	add_words(&b, a, text, " ");
	return str_dup(a, buf_str(&b));
}

/* --- headers, folded --- */

/* Appends tokens (separated by single spaces) and begins a new line before column 78. */
struct folder {
	struct buf *b;
	size_t line; /* where the line began */
};

static struct folder fold_begin(struct buf *b, str name)
{
	struct folder f = {b, b->n};
	buf_add(b, name);
	buf_addc(b, ':');
	return f;
}

static void fold_token(struct folder *f, str token)
{
	size_t column = f->b->n - f->line;
	if (column + 1 + token.n > 78 && column > 1) {
		buf_addz(f->b, "\r\n");
		f->line = f->b->n;
	}
	buf_addc(f->b, ' ');
	buf_add(f->b, token);
}

static void fold_end(struct folder *f)
{
	buf_addz(f->b, "\r\n");
}

static void add_text_header(struct composer *c, str name, str value)
{
	struct folder f = fold_begin(c->out, name);
	str rest = compose_word(c->a, value), word;
	while (rest.n && str_split(&rest, ' ', &word))
		fold_token(&f, word);
	fold_end(&f);
}

static bool atom_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr(" !#$%&'*+-/=?^_`{|}~", c);
}

/* The name of a mailbox as a phrase. */
static str phrase(struct arena *a, str name)
{
	if (!plain_text(name))
		return compose_word(a, name);
	bool atoms = true;
	for (size_t i = 0; i < name.n; i++)
		atoms &= atom_char(name.p[i]);
	if (atoms)
		return name;
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addc(&b, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			buf_addc(&b, '\\');
		buf_addc(&b, name.p[i]);
	}
	buf_addc(&b, '"');
	return str_dup(a, buf_str(&b));
}

static enum err add_addresses(struct composer *c, const char *name, const char *field,
                              const struct mime_addr *p, size_t n)
{
	if (n == 0)
		return ERR_OK;
	struct folder f = fold_begin(c->out, str_of(name));
	for (size_t i = 0; i < n; i++) {
		char where[64];
		if (n > 1 || str_eq(str_of(field), STR("to")) || str_eq(str_of(field), STR("cc")))
			snprintf(where, sizeof where, "%s.%zu", field, i);
		else
			snprintf(where, sizeof where, "%s", field);
		enum err err = check_line(c->e, p[i].name, where);
		if (!err)
			err = check_line(c->e, p[i].email, where);
		if (err)
			return err;
		if (!mime_is_address(p[i].email))
			return error_set(c->e, ERR_INVALID, "error.not_an_address", where, NULL);
		const char *comma = i + 1 < n ? "," : "";
		str email = mime_address_ascii(c->a, p[i].email);
		if (p[i].name.n == 0) {
			fold_token(&f, str_printf(c->a, "%.*s%s", STR_FMT(email), comma));
			continue;
		}
		str rest = phrase(c->a, p[i].name), word;
		while (str_split(&rest, ' ', &word))
			fold_token(&f, word);
		fold_token(&f, str_printf(c->a, "<%.*s>%s", STR_FMT(email), comma));
	}
	fold_end(&f);
	return ERR_OK;
}

static enum err check_id(struct composer *c, str id, const char *field)
{
	bool good = id.n > 0 && id.n <= 900 && str_chr(id, '@') > 0;
	for (size_t i = 0; i < id.n && good; i++)
		good = (unsigned char)id.p[i] > 0x20 && id.p[i] != 0x7F && id.p[i] != '<' &&
		       id.p[i] != '>';
	return good ? ERR_OK : error_set(c->e, ERR_INVALID, "error.not_a_message_id", field, NULL);
}

static enum err add_id_header(struct composer *c, const char *name, const char *field, str id)
{
	enum err err = check_id(c, id, field);
	if (err)
		return err;
	struct folder f = fold_begin(c->out, str_of(name));
	fold_token(&f, str_printf(c->a, "<%.*s>", STR_FMT(id)));
	fold_end(&f);
	return ERR_OK;
}

/* The first id names the thread, the newest ones the place in it (RFC 5322 3.6.4 allows dropping
 * those in between). An id that could not stand in a header came from outside and is left out. */
static void add_references(struct composer *c)
{
	const struct compose_letter *l = c->l;
	struct error ignored;
	struct composer quiet = *c;
	quiet.e = &ignored;
	if (l->nreferences == 0)
		return;
	struct folder f = fold_begin(c->out, STR("References"));
	size_t mark = c->out->n;
	for (size_t i = 0; i < l->nreferences; i++) {
		bool newest = l->nreferences - i < REFERENCES_KEPT;
		if ((i == 0 || newest) && !check_id(&quiet, l->references[i], "references"))
			fold_token(&f, str_printf(c->a, "<%.*s>", STR_FMT(l->references[i])));
	}
	if (c->out->n == mark)
		c->out->n = f.line;
	else
		fold_end(&f);
}

static void add_date(struct composer *c)
{
	buf_addz(c->out, "Date: ");
	buf_add(c->out, date_rfc5322(c->a, c->l->date, c->l->date_offset));
	buf_addz(c->out, "\r\n");
}

/* Fields that this file writes itself, and those that end up in nobody's header. */
static bool own_field(str name)
{
	static const char *const names[] = {
	    "from",       "sender",       "to",          "cc",         "bcc",
	    "reply-to",   "subject",      "date",        "message-id", "in-reply-to",
	    "references", "mime-version", "return-path", "received"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return str_starts_nocase(name, STR("content-"));
}

static enum err add_extra(struct composer *c)
{
	for (size_t i = 0; i < c->l->nextra; i++) {
		const struct compose_header *h = &c->l->extra[i];
		char field[64];
		snprintf(field, sizeof field, "extra.%.*s", (int)(h->name.n > 50 ? 50 : h->name.n),
		         h->name.p ? h->name.p : "");
		bool good = h->name.p && h->name.n > 0 && h->name.n <= 70 && !own_field(h->name);
		for (size_t k = 0; good && k < h->name.n; k++)
			good &= (unsigned char)h->name.p[k] > 0x20 &&
			        (unsigned char)h->name.p[k] < 0x7F && h->name.p[k] != ':';
		if (!good)
			return error_set(c->e, ERR_INVALID, "error.header_name", "extra", NULL);
		enum err err = check_line(c->e, h->value, field);
		if (err)
			return err;
		add_text_header(c, h->name, h->value);
	}
	return ERR_OK;
}

/* --- bodies --- */

static void add_base64(struct composer *c, str bytes)
{
	for (size_t i = 0; i < bytes.n; i += 57) {
		static const char alphabet[] =
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
		char line[LINE + 2];
		size_t n = 0;
		for (size_t k = i; k < bytes.n && k < i + 57; k += 3) {
			uint32_t v = (uint32_t)(unsigned char)bytes.p[k] << 16;
			bool two = k + 1 < bytes.n, three = k + 2 < bytes.n;
			if (two)
				v |= (uint32_t)(unsigned char)bytes.p[k + 1] << 8;
			if (three)
				v |= (uint32_t)(unsigned char)bytes.p[k + 2];
			line[n++] = alphabet[v >> 18];
			line[n++] = alphabet[v >> 12 & 63];
			line[n++] = two ? alphabet[v >> 6 & 63] : '=';
			line[n++] = three ? alphabet[v & 63] : '=';
		}
		line[n++] = '\r';
		line[n++] = '\n';
		buf_add(c->out, str_n(line, n));
	}
}

/* Text with LF ends as quoted-printable with CRLF ends. */
static void add_quoted_printable(struct buf *b, str s)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t column = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];
		if (ch == '\n') {
			buf_addz(b, "\r\n");
			column = 0;
			continue;
		}
		bool end = i + 1 == s.n || s.p[i + 1] == '\n';
		bool literal =
		    (ch > 0x20 && ch < 0x7F && ch != '=') || ((ch == ' ' || ch == '\t') && !end);
		/* "From " and a lone dot do not survive every server. */
		if (column == 0 && (ch == '.' || ch == 'F'))
			literal = false;
		size_t width = literal ? 1 : 3;
		if (column + width > LINE - 1) {
			buf_addz(b, "=\r\n");
			column = 0;
		}
		if (literal)
			buf_addc(b, (char)ch);
		else
			buf_add(b, str_n((char[]){'=', hex[ch >> 4], hex[ch & 15]}, 3));
		column += width;
	}
	if (column)
		buf_addz(b, "\r\n");
}

static str unix_lines(struct arena *a, str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r')
			out[n++] = '\n', i += i + 1 < s.n && s.p[i + 1] == '\n';
		else
			out[n++] = s.p[i];
	}
	return str_n(out, n);
}

/* Seven-bit text whose lines fit is sent as it is: it stays readable anywhere. */
static bool fits_7bit(str s)
{
	size_t column = 0;
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		if (ch == '\n') {
			if (i > 0 && s.p[i - 1] == ' ')
				return false;
			column = 0;
			continue;
		}
		if (((unsigned char)ch < 0x20 && ch != '\t') || (unsigned char)ch > 0x7E ||
		    ++column > LINE)
			return false;
		if (column == 1 && (ch == '.' || ch == 'F'))
			return false;
	}
	return str_find(s, STR("=_")) < 0; /* as our boundaries begin */
}

static void add_text_part(struct composer *c, const char *subtype, str text)
{
	str s = unix_lines(c->a, text);
	size_t high = 0;
	for (size_t i = 0; i < s.n; i++)
		high += (unsigned char)s.p[i] >= 0x80;
	bool seven = fits_7bit(s), base64 = !seven && high * 3 > s.n;
	buf_addf(c->out,
	         "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	         subtype,
	         seven    ? "7bit"
	         : base64 ? "base64"
	                  : "quoted-printable");
	if (base64) {
		BUF_AUTO crlf;
		buf_init(&crlf, 0);
		str rest = s, line;
		while (s.n && str_split(&rest, '\n', &line)) {
			buf_add(&crlf, line);
			if (rest.p)
				buf_addz(&crlf, "\r\n");
		}
		add_base64(c, buf_str(&crlf));
	} else if (seven) {
		str rest = s, line;
		while (s.n && str_split(&rest, '\n', &line)) {
			buf_add(c->out, line);
			if (rest.p || line.n)
				buf_addz(c->out, "\r\n");
		}
	} else {
		add_quoted_printable(c->out, s);
	}
}

/* --- files --- */

static bool fit_type(str t)
{
	ptrdiff_t slash = str_chr(t, '/');
	if (slash <= 0 || (size_t)slash + 1 >= t.n || t.n > 100)
		return false;
	for (size_t i = 0; i < t.n; i++) {
		char ch = t.p[i];
		bool good = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
		            (ch >= '0' && ch <= '9') || strchr("!#$&^_.+-", ch) ||
		            i == (size_t)slash;
		if (!good)
			return false;
	}
	/* Those may not be encoded (RFC 2046 5.1, 5.2), so they travel as plain bytes. */
	return !str_starts_nocase(t, STR("multipart/")) && !str_starts_nocase(t, STR("message/"));
}

/* A name as the parameter `key`: quoted when plain, else by RFC 2231 in sections. */
static void add_name(struct composer *c, const char *key, str name)
{
	if (ascii(name) && name.n <= 60) {
		buf_addf(c->out, ";\r\n %s=\"", key);
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_addc(c->out, '\\');
			buf_addc(c->out, name.p[i]);
		}
		buf_addc(c->out, '"');
		return;
	}
	BUF_AUTO enc;
	buf_init(&enc, 0);
	int section = 0;
	bool many = name.n > 18;
	for (size_t i = 0; i < name.n;) {
		buf_clear(&enc);
		if (section == 0)
			buf_addz(&enc, "UTF-8''");
		for (; i < name.n && enc.n < 55; i++) {
			unsigned char ch = (unsigned char)name.p[i];
			bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
			             (ch >= '0' && ch <= '9') || ch == '.' || ch == '-' ||
			             ch == '_';
			if (plain)
				buf_addc(&enc, (char)ch);
			else
				buf_addf(&enc, "%%%02X", ch);
		}
		if (many)
			buf_addf(c->out, ";\r\n %s*%d*=", key, section++);
		else
			buf_addf(c->out, ";\r\n %s*=", key);
		buf_add(c->out, buf_str(&enc));
	}
}

static enum err add_content(struct composer *c, const struct compose_file *f)
{
	if (!f->read) {
		add_base64(c, f->bytes);
		return ERR_OK;
	}
	char *chunk = arena_alloc(c->a, 57 * 1024);
	size_t have = 0;
	for (;;) {
		size_t got = 0;
		enum err err = f->read(f->arg, chunk + have, 57 * 1024 - have, &got, c->e);
		if (err)
			return err;
		have += got;
		if (got == 0 || have == 57 * 1024) {
			add_base64(c, str_n(chunk, have));
			if (got == 0)
				return ERR_OK;
			have = 0;
		}
		if (c->out->failed)
			return ERR_OK; /* told by the caller */
	}
}

static enum err add_file(struct composer *c, const struct compose_file *f, bool image, size_t index)
{
	char field[64];
	snprintf(field, sizeof field, "%s.%zu.name", image ? "images" : "files", index);
	enum err err = check_line(c->e, f->name, field);
	if (err)
		return err;
	str type = fit_type(f->content_type) ? f->content_type : STR("application/octet-stream");
	buf_addz(c->out, "Content-Type: ");
	buf_add(c->out, type);
	if (f->name.n && plain_text(f->name) && f->name.n <= 60) {
		add_name(c, "name", f->name);
	} else if (f->name.n) { /* old programs read encoded words here only */
		buf_addz(c->out, ";\r\n name=\"");
		add_words(c->out, c->a, f->name, "\r\n ");
		buf_addc(c->out, '"');
	}
	buf_addz(c->out, "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ");
	buf_addz(c->out, image ? "inline" : "attachment");
	if (f->name.n)
		add_name(c, "filename", f->name);
	buf_addz(c->out, "\r\n");
	if (f->content_id.n) {
		snprintf(field, sizeof field, "%s.%zu.content_id", image ? "images" : "files",
		         index);
		bool good = f->content_id.n <= 200 && ascii(f->content_id);
		for (size_t i = 0; i < f->content_id.n; i++)
			good &= !strchr(" <>", f->content_id.p[i]);
		if (!good)
			return error_set(c->e, ERR_INVALID, "error.content_id", field, NULL);
		buf_addz(c->out, "Content-ID: <");
		buf_add(c->out, f->content_id);
		buf_addz(c->out, ">\r\n");
	}
	buf_addz(c->out, "\r\n");
	return add_content(c, f);
}

/* --- structure --- */

struct boundary {
	char text[40];
};

static struct boundary multipart(struct composer *c, const char *subtype)
{
	struct boundary b;
	uint64_t h =
	    XXH3_64bits_withSeed(c->l->seed.p ? c->l->seed.p : "", c->l->seed.n, ++c->boundaries);
	uint64_t g = XXH3_64bits_withSeed(c->l->message_id.p, c->l->message_id.n, h);
	snprintf(b.text, sizeof b.text, "=_%016llx%08x", (unsigned long long)g,
	         (unsigned int)(h & 0xFFFFFFFF));
	buf_addf(c->out, "Content-Type: multipart/%s;\r\n boundary=\"%s\"\r\n\r\n", subtype,
	         b.text);
	return b;
}

static void open_part(struct composer *c, const struct boundary *b)
{
	buf_addf(c->out, "--%s\r\n", b->text);
}

static void close_parts(struct composer *c, const struct boundary *b)
{
	buf_addf(c->out, "--%s--\r\n", b->text);
}

static enum err add_html(struct composer *c)
{
	const struct compose_letter *l = c->l;
	if (l->nimages == 0) {
		add_text_part(c, "html", l->html);
		return ERR_OK;
	}
	struct boundary b = multipart(c, "related");
	open_part(c, &b);
	add_text_part(c, "html", l->html);
	for (size_t i = 0; i < l->nimages; i++) {
		open_part(c, &b);
		enum err err = add_file(c, &l->images[i], true, i);
		if (err)
			return err;
	}
	close_parts(c, &b);
	return ERR_OK;
}

static enum err add_body(struct composer *c)
{
	const struct compose_letter *l = c->l;
	if (l->html.n == 0) {
		add_text_part(c, "plain", l->text);
		return ERR_OK;
	}
	if (l->text.n == 0)
		return add_html(c);
	struct boundary b = multipart(c, "alternative");
	open_part(c, &b);
	add_text_part(c, "plain", l->text);
	open_part(c, &b);
	enum err err = add_html(c);
	close_parts(c, &b);
	return err;
}

static enum err add_headers(struct composer *c)
{
	const struct compose_letter *l = c->l;
	enum err err;
	add_date(c);
	if ((err = add_addresses(c, "From", "from", &l->from, 1)))
		return err;
	if (l->sender.email.n && (err = add_addresses(c, "Sender", "sender", &l->sender, 1)))
		return err;
	if ((err = add_addresses(c, "Reply-To", "reply_to", l->reply_to, l->nreply_to)))
		return err;
	if ((err = add_addresses(c, "To", "to", l->to, l->nto)))
		return err;
	if ((err = add_addresses(c, "Cc", "cc", l->cc, l->ncc)))
		return err;
	if ((err = check_line(c->e, l->subject, "subject")))
		return err;
	add_text_header(c, STR("Subject"), l->subject);
	if ((err = add_id_header(c, "Message-ID", "message_id", l->message_id)))
		return err;
	if (l->in_reply_to.n &&
	    (err = add_id_header(c, "In-Reply-To", "in_reply_to", l->in_reply_to)))
		return err;
	add_references(c);
	if ((err = add_extra(c)))
		return err;
	buf_addz(c->out, "MIME-Version: 1.0\r\n");
	return ERR_OK;
}

static enum err add_letter(struct composer *c)
{
	const struct compose_letter *l = c->l;
	if (!str_is_utf8(l->text))
		return error_set(c->e, ERR_INVALID, "error.not_utf8", "text", NULL);
	if (!str_is_utf8(l->html))
		return error_set(c->e, ERR_INVALID, "error.not_utf8", "html", NULL);
	enum err err = add_headers(c);
	if (err)
		return err;
	if (l->nfiles == 0)
		return add_body(c);
	struct boundary b = multipart(c, "mixed");
	open_part(c, &b);
	if ((err = add_body(c)))
		return err;
	for (size_t i = 0; i < l->nfiles; i++) {
		open_part(c, &b);
		if ((err = add_file(c, &l->files[i], false, i)))
			return err;
	}
	close_parts(c, &b);
	return ERR_OK;
}

enum err compose(const struct compose_letter *l, struct buf *out, struct error *e)
{
	size_t before = out->n, max = out->max;
	size_t limit = l->max_bytes ? l->max_bytes : MAX_BYTES_DEFAULT;
	if (limit < max - before)
		out->max = before + limit;
	struct composer c = {.l = l, .out = out, .a = arena_new(), .e = e};
	enum err err = add_letter(&c);
	arena_free(c.a);
	out->max = max;
	if (!err && out->failed)
		err = error_set(e, ERR_TOO_LARGE, "error.letter_too_large", "letter", NULL);
	if (err) {
		out->n = before;
		out->failed = false;
	}
	return err;
}
