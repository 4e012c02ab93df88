/* imap_parse.c: see imap_parse.h.
 *
 * Framing first: a line ends with CRLF unless it ends with {n}, whose n bytes
 * belong to the response. What the response says is read only when it is whole,
 * from the text in which small literals stand as they came. */
#include "mail/imap_parse.h"

#include "base/date.h"
#include "base/vec.h"

void imap_parse_init(struct imap_parse *p, const struct imap_limits *limits)
{
	*p = (struct imap_parse){.limits = limits ? *limits : IMAP_LIMITS_DEFAULT};
	buf_init(&p->text, p->limits.line_bytes);
	p->literals = xcalloc(p->limits.literals + 1, sizeof *p->literals);
}

void imap_parse_release(struct imap_parse *p)
{
	buf_release(&p->text);
	free(p->literals);
	p->literals = NULL;
}

static enum imap_event broken(struct imap_parse *p, const char *why)
{
	p->broken = why;
	return IMAP_BROKEN;
}

/* ---- framing ---- */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "{123}" or "{123+}" at the end of the line; *at: where it begins. */
static bool literal_mark(str line, size_t *at, uint64_t *n, bool *huge)
{
	size_t i = line.n;
	*huge = false;
	if (i < 3 || line.p[--i] != '}')
		return false;
	if (line.p[i - 1] == '+')
		i--;
	size_t end = i;
	while (i > 0 && digit(line.p[i - 1]))
		i--;
	if (i == end || i == 0 || line.p[i - 1] != '{')
		return false;
	*at = i - 1;
	*huge = end - i > 18;
	*n = 0;
	for (; !*huge && i < end; i++)
		*n = *n * 10 + (uint64_t)(line.p[i] - '0');
	return true;
}

/* A letter's bytes come behind "BODY[...] " or "BODY[...]<0> ", "RFC822 ". */
static bool is_body(str before)
{
	before = str_trim(before);
	return before.n &&
	       (before.p[before.n - 1] == ']' || before.p[before.n - 1] == '>' ||
	        (before.n > 6 && str_eq_nocase(str_from(before, before.n - 6), STR("RFC822"))));
}

/* Where the text behind the last literal begins: only there can a mark or the line's end be. */
static size_t line_start(const struct imap_parse *p)
{
	if (!p->n_literals)
		return 0;
	const struct imap_literal *l = &p->literals[p->n_literals - 1];
	return l->at + (size_t)str_chr(str_from(buf_str(&p->text), l->at), '\n') + 1 + l->n;
}

static enum imap_event line_ended(struct imap_parse *p, size_t from)
{
	size_t at;
	uint64_t n;
	bool huge;
	str line = str_from(buf_str(&p->text), from);
	struct imap_response head;
	/* Words for people may end with what looks like a literal. */
	bool words = !p->n_literals && imap_response_read(p, &head) &&
	             (head.status != IMAP_NONE || head.kind == IMAP_CONTINUE);
	if (words || !literal_mark(line, &at, &n, &huge)) {
		p->done = true;
		return IMAP_RESPONSE;
	}
	if (huge || n > p->limits.literal_max)
		return broken(p, "a literal is too large");
	if (p->n_literals == p->limits.literals)
		return broken(p, "too many literals");
	p->keep = n <= p->limits.inline_bytes && !is_body(str_sub(line, 0, at));
	p->literals[p->n_literals++] = (struct imap_literal){
	    .at = from + at, .n = p->keep ? (size_t)n : 0, .streamed = !p->keep};
	buf_addz(&p->text, "\r\n");
	p->in_literal = n > 0;
	p->left = p->piece_of = n;
	return IMAP_MORE;
}

/* One byte or run of the line. */
static enum imap_event feed_line(struct imap_parse *p, str *in)
{
	ptrdiff_t lf = str_chr(*in, '\n');
	str run = lf < 0 ? *in : str_sub(*in, 0, (size_t)lf);
	if (memchr(run.n ? run.p : "", 0, run.n))
		return broken(p, "a zero byte in a line");
	buf_add(&p->text, run);
	*in = str_from(*in, run.n + (lf >= 0));
	if (p->text.failed)
		return broken(p, "a line is too long");
	if (lf < 0)
		return IMAP_MORE;
	/* A bare LF ends a line too: some servers write it, and nothing of ours hangs on it. */
	size_t from = line_start(p);
	if (p->text.n > from && p->text.p[p->text.n - 1] == '\r')
		p->text.n--;
	return line_ended(p, from);
}

static enum imap_event feed_literal(struct imap_parse *p, str *in)
{
	size_t n = in->n < p->left ? in->n : (size_t)p->left;
	str piece = str_sub(*in, 0, n);
	*in = str_from(*in, n);
	p->left -= n;
	p->in_literal = p->left > 0;
	if (!p->keep) {
		p->piece = piece;
		return IMAP_PIECE;
	}
	buf_add(&p->text, piece);
	return p->text.failed ? broken(p, "a line is too long") : IMAP_MORE;
}

enum imap_event imap_parse_feed(struct imap_parse *p, str *in)
{
	if (p->broken)
		return IMAP_BROKEN;
	if (p->done) {
		buf_clear(&p->text);
		p->n_literals = 0;
		p->done = false;
	}
	while (in->n) {
		enum imap_event event = p->in_literal ? feed_literal(p, in) : feed_line(p, in);
		if (event != IMAP_MORE)
			return event;
	}
	return IMAP_MORE;
}

/* ---- the head ---- */

/* A word up to a space off the front of *rest, and the space. */
static str take_word(str *rest)
{
	ptrdiff_t space = str_chr(*rest, ' ');
	str word = space < 0 ? *rest : str_sub(*rest, 0, (size_t)space);
	*rest = space < 0 ? str_from(*rest, rest->n) : str_from(*rest, (size_t)space + 1);
	return word;
}

static bool to_u32(str s, uint32_t *out)
{
	int64_t v;
	if (!s.n || !digit(s.p[0]) || !str_to_i64(s, &v) || v < 0 || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static enum imap_status status_of(str word)
{
	static const char *const names[] = {"", "OK", "NO", "BAD", "PREAUTH", "BYE"};
	for (int i = 1; i < (int)COUNT_OF(names); i++)
		if (str_eq_nocase(word, str_of(names[i])))
			return (enum imap_status)i;
	return IMAP_NONE;
}

static void read_text(struct imap_response *out, str rest)
{
	out->text = rest;
	if (!rest.n || rest.p[0] != '[')
		return;
	ptrdiff_t end = str_chr(rest, ']');
	if (end < 0)
		return;
	str inside = str_sub(rest, 1, (size_t)end);
	out->code = take_word(&inside);
	out->code_args = inside;
	out->text = str_trim(str_from(rest, (size_t)end + 1));
}

bool imap_response_read(const struct imap_parse *p, struct imap_response *out)
{
	str rest = buf_str(&p->text);
	*out = (struct imap_response){.tag = STR("")};
	if (!rest.n)
		return false;
	if (rest.p[0] == '+') {
		out->kind = IMAP_CONTINUE;
		out->text = str_trim(str_from(rest, 1));
		return true;
	}
	str tag = take_word(&rest);
	out->kind = str_is(tag, "*") ? IMAP_UNTAGGED : IMAP_TAGGED;
	out->tag = tag;
	str word = take_word(&rest);
	if (out->kind == IMAP_UNTAGGED && to_u32(word, &out->number)) {
		out->has_number = true;
		word = take_word(&rest);
	} else {
		out->status = status_of(word);
	}
	if (!tag.n || !word.n || (out->kind == IMAP_TAGGED && out->status == IMAP_NONE))
		return false;
	if (out->status != IMAP_NONE) {
		read_text(out, rest);
	} else {
		out->name = word;
		out->rest = rest;
	}
	return true;
}

/* ---- values ---- */

struct reader {
	struct arena *a;
	const struct imap_parse *p;
	str rest;
	size_t values, depth;
};

static bool special(char c)
{
	return c == '(' || c == ')' || c == ' ' || c == '"' || c == '\r' || c == '\n';
}

static bool read_quoted(struct reader *r, struct imap_value *out)
{
	char *copy = NULL;
	size_t n = 0, i = 1;
	for (; i < r->rest.n && r->rest.p[i] != '"'; i++) {
		if (r->rest.p[i] == '\\' && ++i == r->rest.n)
			return false;
		if (r->rest.p[i] == '\r' || r->rest.p[i] == '\n')
			return false;
		n++;
	}
	if (i >= r->rest.n)
		return false;
	copy = arena_alloc(r->a, n + 1);
	for (size_t from = 1, to = 0; to < n; from++, to++) {
		if (r->rest.p[from] == '\\')
			from++;
		copy[to] = r->rest.p[from];
	}
	*out = (struct imap_value){.type = IMAP_STRING, .s = str_n(copy, n)};
	r->rest = str_from(r->rest, i + 1);
	return true;
}

static bool read_literal(struct reader *r, struct imap_value *out)
{
	size_t at = (size_t)(r->rest.p - r->p->text.p);
	for (size_t i = 0; i < r->p->n_literals; i++) {
		const struct imap_literal *l = &r->p->literals[i];
		ptrdiff_t lf = str_chr(r->rest, '\n');
		if (l->at != at || lf < 0)
			continue;
		*out = (struct imap_value){
		    .type = IMAP_STRING,
		    .s = str_sub(r->rest, (size_t)lf + 1, (size_t)lf + 1 + l->n),
		    .streamed = l->streamed};
		r->rest = str_from(r->rest, (size_t)lf + 1 + l->n);
		return true;
	}
	return false;
}

/* An atom; what stands in brackets belongs to it: BODY[HEADER.FIELDS (From)]<0>. */
static bool read_atom(struct reader *r, struct imap_value *out)
{
	size_t i = 0;
	while (i < r->rest.n && !special(r->rest.p[i])) {
		if (r->rest.p[i] == '[')
			while (i < r->rest.n && r->rest.p[i] != ']')
				i++;
		if (i < r->rest.n)
			i++;
	}
	if (!i)
		return false;
	out->s = str_sub(r->rest, 0, i);
	out->type = str_eq_nocase(out->s, STR("NIL")) ? IMAP_NIL : IMAP_ATOM;
	r->rest = str_from(r->rest, i);
	return true;
}

static bool read_list(struct reader *r, bool closed, struct imap_value *out);

static bool read_value(struct reader *r, struct imap_value *out)
{
	*out = (struct imap_value){.type = IMAP_NIL};
	if (++r->values > r->p->limits.values)
		return false;
	if (r->rest.p[0] == '"')
		return read_quoted(r, out);
	if (r->rest.p[0] == '{')
		return read_literal(r, out);
	if (r->rest.p[0] != '(')
		return read_atom(r, out);
	r->rest = str_from(r->rest, 1);
	return read_list(r, true, out);
}

static bool read_list(struct reader *r, bool closed, struct imap_value *out)
{
	VEC(struct imap_value) v = {0};
	if (++r->depth > r->p->limits.depth)
		return false;
	for (;;) {
		while (r->rest.n && r->rest.p[0] == ' ')
			r->rest = str_from(r->rest, 1);
		if (!r->rest.n) {
			if (closed)
				return false;
			break;
		}
		if (r->rest.p[0] == ')') {
			if (!closed)
				return false;
			r->rest = str_from(r->rest, 1);
			break;
		}
		struct imap_value item;
		if (!read_value(r, &item))
			return false;
		*vec_push(r->a, &v) = item;
	}
	r->depth--;
	*out = (struct imap_value){.type = IMAP_LIST, .items = v.p, .n = v.n};
	return true;
}

bool imap_values_read(struct arena *a, const struct imap_parse *p, str rest, struct imap_value *out)
{
	struct reader r = {.a = a, .p = p, .rest = rest};
	return read_list(&r, false, out);
}

/* ---- FETCH, SEARCH ---- */

bool imap_date_read(str s, usec *out)
{
	static const char *const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct date d = {0};
	int64_t day, year, hour, minute, second, zone;
	ptrdiff_t dash = str_chr(s, '-');
	if (dash < 1 || dash > 2)
		return false;
	/* " 7-Jul-1996 02:44:25 -0700" */
	str left = str_trim(str_sub(s, 0, (size_t)dash)), rest = str_from(s, (size_t)dash + 1);
	if (rest.n != 23 || !left.n || !digit(left.p[0]))
		return false;
	ptrdiff_t month = str_find_nocase(str_of(months), str_sub(rest, 0, 3));
	if (!str_to_i64(left, &day) || month < 0 || month % 3 || rest.p[3] != '-' ||
	    !str_to_i64(str_sub(rest, 4, 8), &year) || rest.p[8] != ' ' ||
	    !str_to_i64(str_sub(rest, 9, 11), &hour) || rest.p[11] != ':' ||
	    !str_to_i64(str_sub(rest, 12, 14), &minute) || rest.p[14] != ':' ||
	    !str_to_i64(str_sub(rest, 15, 17), &second) || rest.p[17] != ' ' ||
	    (rest.p[18] != '+' && rest.p[18] != '-') || !str_to_i64(str_sub(rest, 19, 23), &zone))
		return false;
	d = (struct date){.year = (int)year,
	                  .month = (int)month / 3 + 1,
	                  .day = (int)day,
	                  .hour = (int)hour,
	                  .minute = (int)minute,
	                  .second = second == 60 ? 59 : (int)second};
	if (!date_valid(&d) || zone < 0 || zone % 100 > 59)
		return false;
	usec off = (zone / 100 * 60 + zone % 100) * USEC_MINUTE;
	*out = date_to_usec(&d) - (rest.p[18] == '-' ? -off : off);
	return true;
}

bool imap_fetch_read(struct arena *a, const struct imap_parse *p, const struct imap_response *r,
                     struct imap_fetched *out)
{
	struct imap_value all;
	*out = (struct imap_fetched){.body = STR("")};
	if (!str_eq_nocase(r->name, STR("FETCH")) || !r->has_number ||
	    !imap_values_read(a, p, r->rest, &all) || all.n != 1 ||
	    all.items[0].type != IMAP_LIST || all.items[0].n % 2)
		return false;
	const struct imap_value *v = all.items[0].items;
	for (size_t i = 0; i < all.items[0].n; i += 2) {
		str name = v[i].s;
		const struct imap_value *what = &v[i + 1];
		int64_t n;
		if (v[i].type != IMAP_ATOM)
			return false;
		if (str_eq_nocase(name, STR("UID"))) {
			out->has_uid = what->type == IMAP_ATOM && to_u32(what->s, &out->uid);
		} else if (str_eq_nocase(name, STR("RFC822.SIZE"))) {
			out->has_size =
			    what->type == IMAP_ATOM && str_to_i64(what->s, &n) && n >= 0;
			out->size = out->has_size ? (uint64_t)n : 0;
		} else if (str_eq_nocase(name, STR("INTERNALDATE"))) {
			out->has_date =
			    what->type == IMAP_STRING && imap_date_read(what->s, &out->date);
		} else if (str_starts_nocase(name, STR("BODY["))) {
			out->has_body = what->type == IMAP_STRING;
			out->body = what->s;
			out->streamed = what->streamed;
		}
	}
	return true;
}

bool imap_search_next(str *rest, uint32_t *uid)
{
	while (rest->n) {
		str word = take_word(rest);
		if (to_u32(word, uid) && *uid)
			return true;
		if (word.n && word.p[0] == '(') /* (MODSEQ ...) */
			break;
	}
	return false;
}

bool imap_has_word(str list, const char *word)
{
	while (list.n)
		if (str_eq_nocase(take_word(&list), str_of(word)))
			return true;
	return false;
}

/* ---- what we say ---- */

static uint32_t next_point(str s, size_t *i)
{
	unsigned char c = (unsigned char)s.p[(*i)++];
	int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	uint32_t cp = more == 3 ? c & 7 : more == 2 ? c & 15 : more ? c & 31 : c;
	while (more-- > 0 && *i < s.n)
		cp = cp << 6 | ((unsigned char)s.p[(*i)++] & 63);
	return cp;
}

static void add_utf16(struct buf *b, uint32_t unit)
{
	buf_addc(b, (char)(unit >> 8));
	buf_addc(b, (char)(unit & 255));
}

str imap_utf7_encode(struct arena *a, str s)
{
	BUF_AUTO out, wide;
	buf_init(&out, 0);
	buf_init(&wide, 0);
	for (size_t i = 0; i <= s.n;) {
		bool plain = i == s.n || (s.p[i] >= 0x20 && s.p[i] < 0x7f);
		if (plain && wide.n) {
			str coded = str_base64(a, buf_str(&wide), false);
			buf_addc(&out, '&');
			for (size_t k = 0; k < coded.n && coded.p[k] != '='; k++)
				buf_addc(&out, coded.p[k] == '/' ? ',' : coded.p[k]);
			buf_addc(&out, '-');
			buf_clear(&wide);
		}
		if (i == s.n)
			break;
		if (plain) {
			buf_addc(&out, s.p[i]);
			if (s.p[i++] == '&')
				buf_addc(&out, '-');
			continue;
		}
		uint32_t cp = next_point(s, &i);
		if (cp > 0xffff) {
			cp -= 0x10000;
			add_utf16(&wide, 0xd800 | cp >> 10);
			cp = 0xdc00 | (cp & 0x3ff);
		}
		add_utf16(&wide, cp);
	}
	return str_dup(a, buf_str(&out));
}

bool imap_quote(struct buf *out, str s)
{
	if (s.n > 1000)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || !s.p[i] || (unsigned char)s.p[i] > 126)
			return false;
	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, s.p[i]);
	}
	buf_addc(out, '"');
	return true;
}
