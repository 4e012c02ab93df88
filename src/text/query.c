/* query.c: see query.h. The parser. */
#include "text/query.h"

#include "base/date.h"
#include "base/vec.h"
#include "text/distance.h"
#include "text/fold.h"

enum { MAX_CHARS = 10000, MAX_ITEMS = 32, MAX_WORDS = 16, VALUE_MAX = 120 };

/* ---- fields ---- */

static const struct {
	const char *names[5]; /* the English one first */
} FIELDS[QUERY_FIELDS] = {
    [QUERY_TEXT] = {{""}},
    [QUERY_SUBJECT] = {{"subject", "тема"}},
    [QUERY_FROM] = {{"from", "от"}},
    [QUERY_FILE] = {{"file", "файл"}},
    [QUERY_STATUS] = {{"status", "статус"}},
    [QUERY_LINE] = {{"line", "линия"}},
    [QUERY_CATEGORY] = {{"category", "категория", "рубрика"}},
    [QUERY_PRIORITY] = {{"priority", "приоритет", "срочность"}},
    [QUERY_LANG] = {{"lang", "язык", "language"}},
    [QUERY_BRAND] = {{"brand", "бренд", "марка"}},
    [QUERY_TAG] = {{"tag", "тег", "метка"}},
    [QUERY_ASSIGNEE] = {{"assignee", "исполнитель", "ответственный"}},
    [QUERY_CHANNEL] = {{"channel", "канал"}},
    [QUERY_CREATED] = {{"created", "создано", "создан", "создана"}},
    [QUERY_UPDATED] = {{"updated", "обновлено", "изменено"}},
    [QUERY_HAS] = {{"has", "есть"}},
    [QUERY_IS] = {{"is", "это"}},
};

const char *query_field_name(enum query_field f)
{
	return FIELDS[f].names[0];
}

/* Names are short and of two alphabets: compared without the arena. */
static bool same_name(str typed, const char *name)
{
	struct term_words w = term_words_of(typed);
	struct term t;
	return term_next(&w, &t) && t.n == typed.n && str_eq(t.word, str_of(name));
}

bool query_field_by_name(str name, enum query_field *out)
{
	if (!name.n || name.n > 40)
		return false;
	for (unsigned f = QUERY_SUBJECT; f < QUERY_FIELDS; f++)
		for (size_t i = 0; i < COUNT_OF(FIELDS[f].names) && FIELDS[f].names[i]; i++)
			if (same_name(name, FIELDS[f].names[i])) {
				*out = (enum query_field)f;
				return true;
			}
	return false;
}

/* ---- dates ---- */

static usec day_of(int year, int month, int day)
{
	return date_to_usec(&(struct date){.year = year, .month = month, .day = day});
}

static bool number(str s, int64_t low, int64_t high, int *out)
{
	int64_t v;
	if (s.n > 4 || !str_to_i64(s, &v) || v < low || v > high)
		return false;
	*out = (int)v;
	return true;
}

/* 2026, 2026-11, 2026-11-01, 01.11.2026: the span that it is. */
static bool calendar(str s, usec *from, usec *to)
{
	str p[3] = {STR_NONE, STR_NONE, STR_NONE}, rest = s;
	size_t n = 0;
	char sep = str_chr(s, '.') >= 0 ? '.' : '-';
	while (n < 3 && str_split(&rest, sep, &p[n]))
		n++;
	if (rest.p)
		return false;
	if (sep == '.') {
		str swap = p[0];
		if (n != 3)
			return false;
		p[0] = p[2];
		p[2] = swap;
	}
	int y, m = 1, d = 1;
	if (!number(p[0], 1970, 9998, &y) || (n > 1 && !number(p[1], 1, 12, &m)) ||
	    (n > 2 && !number(p[2], 1, 31, &d)))
		return false;
	if (!date_valid(&(struct date){.year = y, .month = m, .day = d}))
		return false;
	*from = day_of(y, m, d);
	if (n == 1)
		*to = day_of(y + 1, 1, 1);
	else if (n == 2)
		*to = m == 12 ? day_of(y + 1, 1, 1) : day_of(y, m + 1, 1);
	else
		*to = *from + USEC_DAY;
	return true;
}

/* "today", "вчера", "7d", "2w": days until now. */
static bool relative(str s, usec now, usec *from, usec *to)
{
	static const struct {
		const char *name;
		int from, to; /* days from the beginning of today */
	} words[] = {{"today", 0, 1}, {"сегодня", 0, 1}, {"yesterday", -1, 0}, {"вчера", -1, 0},
	             {"week", -6, 1}, {"неделя", -6, 1}, {"month", -29, 1},    {"месяц", -29, 1}};
	usec today = now - ((now % USEC_DAY) + USEC_DAY) % USEC_DAY;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (same_name(s, words[i].name)) {
			*from = today + words[i].from * USEC_DAY;
			*to = today + words[i].to * USEC_DAY;
			return true;
		}
	int64_t n;
	size_t digits = 0;
	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	str unit = str_from(s, digits);
	if (!digits || digits > 4 || !str_to_i64(str_sub(s, 0, digits), &n))
		return false;
	if (str_is(unit, "w") || str_is(unit, "н"))
		n *= 7;
	else if (!str_is(unit, "d") && !str_is(unit, "д"))
		return false;
	*from = today - (n ? n - 1 : 0) * USEC_DAY;
	*to = today + USEC_DAY;
	return true;
}

static bool when(str s, usec now, usec *from, usec *to)
{
	return calendar(s, from, to) || relative(s, now, from, to);
}

enum op { OP_IS, OP_ABOVE, OP_FROM, OP_BELOW, OP_UPTO };

static bool span(str s, enum op op, usec now, struct query_item *i)
{
	usec from, to;
	ptrdiff_t dots = str_find(s, STR(".."));
	if (dots >= 0) {
		usec f2, t2;
		if (!when(str_sub(s, 0, (size_t)dots), now, &from, &to) ||
		    !when(str_from(s, (size_t)dots + 2), now, &f2, &t2))
			return false;
		i->from = from;
		i->to = t2;
		return true;
	}
	if (!when(s, now, &from, &to))
		return false;
	i->from = op == OP_ABOVE ? to : op == OP_BELOW || op == OP_UPTO ? DATE_MIN : from;
	i->to = op == OP_BELOW ? from : op == OP_ABOVE || op == OP_FROM ? DATE_MAX : to;
	return true;
}

/* ---- pieces ---- */

struct parser {
	struct arena *a;
	struct stemmer *stemmer;
	str text;
	size_t at;
	size_t max_items, max_words;
	usec now;
	struct query *q;
	VEC(struct query_item) items;
	struct error *e;
};

static uint32_t char_at(const struct parser *p, size_t at, size_t *n)
{
	return text_next(str_from(p->text, at), n);
}

/* The quote that ends what this one begins; 0: it begins nothing. */
static uint32_t closing(uint32_t c)
{
	switch (c) {
	case '"':
		return '"';
	case 0xab: /* « */
		return 0xbb;
	case 0x201c: /* “ */
		return 0x201d;
	case 0x201e: /* „ */
		return 0x201c;
	default:
		return 0;
	}
}

/* A quote at p->at: what stands in it; p->at goes behind it. False: no quote. */
static bool take_quoted(struct parser *p, str *out)
{
	size_t n, m;
	uint32_t end = closing(char_at(p, p->at, &n));
	if (!end)
		return false;
	size_t from = p->at + n, i = from;
	for (uint32_t c; i < p->text.n; i += m) {
		c = char_at(p, i, &m);
		/* “ is written for both ends, too */
		if (c == end || (end == 0x201c && c == 0x201d)) {
			*out = str_sub(p->text, from, i);
			p->at = i + m;
			return true;
		}
	}
	p->q->unclosed = true;
	*out = str_from(p->text, from);
	p->at = p->text.n;
	return true;
}

/* Up to white space, or a quote that begins something. */
static str take_plain(struct parser *p)
{
	size_t from = p->at, n;
	while (p->at < p->text.n) {
		uint32_t c = char_at(p, p->at, &n);
		if (text_is_space(c) || (p->at > from && closing(c)))
			break;
		p->at += n;
	}
	return str_sub(p->text, from, p->at);
}

/* Digits in groups from p->at that may be a telephone number, up to white space: its end, or 0. */
static size_t phone_end(const struct parser *p)
{
	size_t n, digits = 0, groups = 0, end = 0;
	bool in = false;
	for (size_t i = p->at; i < p->text.n && i - p->at < 60; i += n) {
		uint32_t c = char_at(p, i, &n);
		if (c >= '0' && c <= '9') {
			groups += !in;
			in = true;
			if (++digits > 13)
				return 0;
			bool last = i + 1 >= p->text.n || text_is_space(char_at(p, i + 1, &n));
			n = 1;
			if (digits >= 10 && last)
				end = i + 1;
		} else if (text_is_space(c) || c == '(' || c == ')' || c == '-' || c == 0x2011 ||
		           (c == '+' && i == p->at) || (c == '.' && in)) {
			in = false;
		} else {
			break;
		}
	}
	return groups > 1 || (end && p->text.p[p->at] == '+') ? end : 0;
}

/* ---- items ---- */

static void add_words(struct parser *p, struct query_item *i, str text)
{
	VEC(struct query_word) v = {0};
	struct term_words words = term_words_of(text);
	struct term t;
	BUF_AUTO joined;
	buf_init(&joined, 0);
	bool digits = false, apart = false;
	while (v.n < p->max_words && term_next(&words, &t)) {
		struct query_word *w = vec_push(p->a, &v);
		w->word = str_dup(p->a, t.word);
		w->stem = t.digits ? w->word : str_dup(p->a, stemmer_stem(p->stemmer, w->word));
		digits |= t.digits || t.mixed;
		apart |= v.n > 1 && !t.glued;
		buf_add(&joined, t.word);
	}
	i->words = v.p;
	i->n_words = v.n;
	i->together = v.n > 1 && i->field != QUERY_FROM;
	if (!digits || apart || i->phrase || joined.n > TERM_WORD_BYTES)
		return;
	str all = buf_str(&joined);
	int64_t as_number;
	if (all.n >= 10 && all.n <= 13 && str_to_i64(all, &as_number))
		all = term_phone(all);
	if (v.n > 1 || all.n >= 4)
		i->joined = str_dup(p->a, all);
}

static void keep(struct parser *p, struct query_item *i, size_t from)
{
	i->at = from;
	i->n = p->at - from;
	if (query_field_is_words(i->field) && !i->n_words)
		return;
	if (p->items.n >= p->max_items) {
		p->q->left_out++;
		return;
	}
	*vec_push(p->a, &p->items) = *i;
}

static void take_phone(struct parser *p, size_t end, bool negative)
{
	size_t from = p->at, n = 0;
	char digits[16];
	struct query_item i = {.negative = negative};
	for (size_t k = from; k < end; k++)
		if (p->text.p[k] >= '0' && p->text.p[k] <= '9')
			digits[n++] = p->text.p[k];
	p->at = end;
	add_words(p, &i, str_sub(p->text, from, end));
	i.together = false;
	i.joined = str_dup(p->a, term_phone(str_n(digits, n)));
	keep(p, &i, from);
}

static bool take_star(struct parser *p)
{
	bool star = false;
	for (; p->at < p->text.n && p->text.p[p->at] == '*'; p->at++)
		star = true;
	return star;
}

static void finish_words(struct parser *p, struct query_item *i, str value, bool quoted)
{
	i->phrase = quoted;
	if (quoted)
		i->prefix = take_star(p);
	else if (str_ends(value, STR("*")))
		i->prefix = true;
	i->open = !quoted && !i->prefix && !i->negative && p->at == p->text.n;
	add_words(p, i, value);
}

/* "status:", "created>=" at p->at: the field; p->at goes to the value. */
static bool take_field(struct parser *p, enum query_field *field, enum op *op)
{
	size_t i = p->at, n;
	while (i < p->text.n && i - p->at <= 40) {
		uint32_t c = char_at(p, i, &n);
		if (c == ':' || c == '<' || c == '>')
			break;
		if (text_is_space(c) || closing(c))
			return false;
		i += n;
	}
	if (i >= p->text.n || !query_field_by_name(str_sub(p->text, p->at, i), field))
		return false;
	size_t end = i;
	if (p->text.p[end] == ':')
		end++;
	*op = OP_IS;
	if (end < p->text.n && (p->text.p[end] == '>' || p->text.p[end] == '<')) {
		bool above = p->text.p[end++] == '>';
		bool equal = end < p->text.n && p->text.p[end] == '=';
		end += equal;
		*op = above ? (equal ? OP_FROM : OP_ABOVE) : (equal ? OP_UPTO : OP_BELOW);
	}
	bool dated = *field == QUERY_CREATED || *field == QUERY_UPDATED;
	if (*op != OP_IS && !dated)
		return false;
	/* "Тема: ..." is how letters say it; at the end somebody goes on typing. */
	if (end < p->text.n && text_is_space(char_at(p, end, &n)))
		return false;
	p->at = end;
	return true;
}

/* Words with a colon behind them that nobody means as a field. */
static bool is_no_field(str name)
{
	static const char *const names[] = {"http", "https", "ftp",   "mailto", "tel", "sms", "re",
	                                    "fw",   "fwd",   "ответ", "отв",    "на",  "cc"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq(name, str_of(names[i])))
			return true;
	return false;
}

static str field_near(str name)
{
	str best = STR_NONE;
	int least = 3;
	for (unsigned f = QUERY_SUBJECT; f < QUERY_FIELDS; f++)
		for (size_t i = 0; i < COUNT_OF(FIELDS[f].names) && FIELDS[f].names[i]; i++) {
			str of = str_of(FIELDS[f].names[i]);
			size_t n = str_utf8_len(of);
			int d = str_starts(of, name) ? 0 : text_distance(name, of, n > 4 ? 2 : 1);
			if (n > 3 && d <= (n > 4 ? 2 : 1) && d < least) {
				least = d;
				best = of;
			}
		}
	return best;
}

/* "foo:bar" at p->at: the first such name is remembered, the words stay words. */
static void note_unknown(struct parser *p)
{
	size_t i = p->at, n, letters = 0;
	uint32_t c = 0;
	for (; i < p->text.n && letters <= 20; i += n, letters++) {
		c = char_at(p, i, &n);
		bool letter =
		    ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || (c >= 0x400 && c < 0x460);
		if (!letter)
			break;
	}
	if (p->q->unknown.n || letters < 2 || letters > 20 || c != ':' || i + 1 >= p->text.n)
		return;
	uint32_t next = char_at(p, i + 1, &n);
	str name = text_fold(p->a, str_sub(p->text, p->at, i));
	enum query_field known;
	if (text_is_space(next) || strchr("/\\:()", (int)(next < 0x80 ? next : 'x')) ||
	    is_no_field(name) || query_field_by_name(name, &known))
		return;
	p->q->unknown = str_dup(p->a, str_sub(p->text, p->at, i));
	p->q->meant = field_near(name);
}

static enum err take_item(struct parser *p)
{
	size_t from = p->at, n;
	struct query_item i = {0};
	enum op op = OP_IS;
	str value;
	if (p->text.p[p->at] == '-' && p->at + 1 < p->text.n &&
	    !text_is_space(char_at(p, p->at + 1, &n))) {
		i.negative = true;
		p->at++;
	}
	size_t end = phone_end(p);
	if (end) {
		take_phone(p, end, i.negative);
		return ERR_OK;
	}
	bool field = take_field(p, &i.field, &op);
	if (!field) {
		i.field = QUERY_TEXT;
		note_unknown(p);
	}
	bool quoted = take_quoted(p, &value);
	if (!quoted)
		value = take_plain(p);
	if (!field || query_field_is_words(i.field)) {
		finish_words(p, &i, value, quoted);
		keep(p, &i, from);
		return ERR_OK;
	}
	i.value = str_cut_utf8(str_trim(value), VALUE_MAX);
	if (!i.value.n)
		return ERR_OK;
	i.open = p->at == p->text.n && !quoted;
	bool dated = i.field == QUERY_CREATED || i.field == QUERY_UPDATED;
	if (dated && !span(i.value, op, p->now, &i)) {
		i.at = from;
		i.n = p->at - from;
		return error_set(p->e, ERR_INVALID, "error.query_date", "q",
		                 query_said(p->a, p->text, &i).p);
	}
	keep(p, &i, from);
	return ERR_OK;
}

str query_said(struct arena *a, str text, const struct query_item *i)
{
	return str_dup(a, str_cut_utf8(str_sub(text, i->at, i->at + i->n), 120));
}

enum err query_parse(struct arena *a, struct stemmer *stemmer, str text,
                     const struct query_options *o, struct query *out, struct error *e)
{
	struct parser p = {.a = a,
	                   .stemmer = stemmer,
	                   .text = text,
	                   .max_items = o->max_items ? o->max_items : MAX_ITEMS,
	                   .max_words = o->max_words ? o->max_words : MAX_WORDS,
	                   .now = o->now,
	                   .q = out,
	                   .e = e};
	size_t max = o->max_chars ? o->max_chars : MAX_CHARS, n;
	*out = (struct query){0};
	if (str_utf8_len(text) > max)
		return error_set(e, ERR_INVALID, "error.query_long", "q",
		                 str_printf(a, "%zu", max).p);
	enum err err = ERR_OK;
	while (!err && p.at < text.n) {
		uint32_t c = char_at(&p, p.at, &n);
		if (text_is_space(c) || (c == '-' && n == 1 && p.at + 1 == text.n))
			p.at += n;
		else
			err = take_item(&p);
	}
	out->items = p.items.p;
	out->n = p.items.n;
	for (size_t i = 0; i < out->n; i++)
		out->n_words +=
		    query_field_is_words(out->items[i].field) && !out->items[i].negative;
	return err;
}
