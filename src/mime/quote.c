/* quote.c: see quote.h. Lines are sorted into kinds first; then the place is looked for from
 * which on everything is quotation. What the mail programs say is data. */
#include "mime/quote.h"

#include "base/buf.h"
#include "mime/quote_words.h"

enum kind { BLANK, PLAIN, QUOTE, HEAD, SEPARATOR, BLOCK, SIGNATURE, DEVICE };

struct line {
	str text; /* without line end */
	str low;  /* trimmed, lower case */
	enum kind kind;
};

struct lines {
	struct line *p;
	size_t n;
};

/* Lower case of ASCII, Latin-1 and Cyrillic letters: enough for the tables. */
static str fold(struct arena *a, str s)
{
	char *out = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned char d = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
		out[i] = s.p[i];
		if (c >= 'A' && c <= 'Z') {
			out[i] = (char)(c + 32);
		} else if (c == 0xC3 && d >= 0x80 && d <= 0x9E && d != 0x97) {
			out[++i] = (char)(d + 0x20);
		} else if (c == 0xD0 && d >= 0x90 && d <= 0xAF) {
			out[i] = d >= 0xA0 ? '\xD1' : '\xD0';
			out[i + 1] = (char)(d >= 0xA0 ? d - 0x20 : d + 0x20);
			i++;
		} else if (c == 0xD0 && (d == 0x86 || d == 0x87 || d == 0x84)) { /* І Ї Є */
			out[i] = '\xD1';
			out[++i] = (char)(d + 0x10);
		}
	}
	return str_n(out, s.n);
}

static str strip_marks(str s, const char *marks)
{
	while (s.n && strchr(marks, s.p[0]))
		s = str_from(s, 1);
	while (s.n && strchr(marks, s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool rule_line(str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (!strchr("-_=* ", s.p[i]))
			return false;
		n += s.p[i] != ' ';
	}
	return n >= 3;
}

static bool is_separator(str low)
{
	str bare = strip_marks(low, "-_=*#~ \t");
	bool ruled = bare.n + 4 <= low.n;
	for (size_t i = 0; i < COUNT_OF(separators); i++) {
		str s = str_of(separators[i]);
		if (!str_starts(bare, s) || bare.n > s.n + 40)
			continue; /* asked of every line: the cheap question first */
		bool colon = s.p[s.n - 1] == ':' || str_find(s, STR("above")) > 0 ||
		             str_find(s, STR("выше")) > 0;
		if (ruled || colon)
			return true;
	}
	return false;
}

/* The head field that a line begins with, or 0. Outlook's text form prints "*From:*". */
static int field_of(str low)
{
	str s = strip_marks(low, "*_ \t|");
	ptrdiff_t colon = str_chr(s, ':');
	if (colon <= 0 || colon > 40)
		return 0;
	str name = strip_marks(str_sub(s, 0, (size_t)colon), "* \t");
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (str_eq(name, str_of(fields[i].name)))
			return fields[i].field;
	return 0;
}

static bool has_digit(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			return true;
	return false;
}

/* "12:30", "12.30", "12h30" */
static bool has_time(str s)
{
	for (size_t i = 1; i + 2 < s.n; i++)
		if ((s.p[i] == ':' || s.p[i] == 'h') && s.p[i - 1] >= '0' && s.p[i - 1] <= '9' &&
		    s.p[i + 1] >= '0' && s.p[i + 1] <= '5' && s.p[i + 2] >= '0' &&
		    s.p[i + 2] <= '9')
			return true;
	return false;
}

static bool begins_head(str low);

/* "Вы писали 5 февраля 2024 г., 12:30:" */
static bool you_wrote(str low)
{
	static const char *const starts[] = {"вы писали ", "ви писали ", "you wrote on "};
	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		str s = str_of(starts[i]);
		if (str_starts(low, s) && low.n > s.n + 5 && low.n < 100 &&
		    str_ends(low, STR(":")) && low.p[s.n] >= '0' && low.p[s.n] <= '9')
			return true;
	}
	return false;
}

/* Is this (one line, or some joined) the sentence above a quotation? */
static bool is_head(str low)
{
	if (low.n < 6 || low.n > 400)
		return false;
	low = strip_marks(low, "*_- \t");
	if (you_wrote(low) ||
	    (str_starts(low, STR("quoting ")) && str_ends(low, STR(":")) && str_chr(low, '@') > 0))
		return true;
	bool opens = str_ends(low, STR(":")) && has_digit(low);
	for (size_t i = 0; opens && i < COUNT_OF(middles); i++)
		if (str_find(low, str_of(middles[i])) > 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		str verb = str_of(verbs[i]);
		if (!str_ends(low, verb))
			continue;
		bool colon = verb.p[verb.n - 1] == ':';
		if (has_time(low) || str_chr(low, '@') > 0 || (has_digit(low) && colon) ||
		    (colon && str_starts(low, STR("on "))))
			return true;
	}
	for (size_t i = 0; opens && i < COUNT_OF(phrases); i++)
		if (str_starts(low, str_of(phrases[i].start)) &&
		    str_find(low, str_of(phrases[i].verb)) > 0)
			return true;
	/* "..., 12:30, Anna <anna@example.org>:", "... от Anna <anna@example.org>:" */
	return (str_ends(low, STR(">:")) || str_ends(low, STR("]:")) ||
	        (str_ends(low, STR(":")) && begins_head(low))) &&
	       str_chr(low, '@') > 0 && has_digit(low) && has_time(low);
}

static bool is_device(str low)
{
	for (size_t i = 0; i < COUNT_OF(devices); i++)
		if (str_starts(low, str_of(devices[i])) && low.n < 160)
			return true;
	return false;
}

/* "AB> words", "C>": programs that put the quoted writer's initials before the mark. */
static bool initials_mark(str t)
{
	size_t n = 0, letters = 0;
	while (n < t.n && letters < 4) {
		unsigned char c = (unsigned char)t.p[n],
		              d = n + 1 < t.n ? (unsigned char)t.p[n + 1] : 0;
		if (c >= 'A' && c <= 'Z')
			n++;
		else if (c == 0xD0 && d >= 0x90 && d <= 0xAF)
			n += 2;
		else
			break;
		letters++;
	}
	return letters > 0 && letters < 4 && n < t.n && t.p[n] == '>' &&
	       (n + 1 == t.n || strchr(" >", t.p[n + 1]));
}

/* Where, behind own words on the same line, the sentence above a quotation begins; 0: nowhere.
 * Some programs lose the line end. */
static size_t shared_head(struct arena *a, str line)
{
	static const char *const starts[] = {"On ", "Le ", "Am ", "El "};
	if (line.n > 400 || !(str_ends(line, STR(":")) || str_ends(line, STR("wrote"))))
		return 0;
	for (size_t i = 1; i + 8 < line.n; i++) {
		if (line.p[i - 1] != ' ' && line.p[i - 1] != '-')
			continue;
		for (size_t k = 0; k < COUNT_OF(starts); k++) {
			str head = str_from(line, i);
			if (!str_starts(head, str_of(starts[k])))
				continue;
			head = fold(a, head);
			if (has_time(head) && is_head(head))
				return i;
		}
	}
	return 0;
}

static struct lines read_lines(struct arena *a, str text)
{
	size_t n = 1;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	struct lines l = {ARENA_ARRAY(a, 2 * n, struct line), 0};
	str rest = text, piece;
	while (str_split(&rest, '\n', &piece)) {
		size_t shared = piece.n && piece.p[0] != '>' ? shared_head(a, str_trim(piece)) : 0;
		if (shared) {
			shared += (size_t)(str_trim(piece).p - piece.p);
			str own = str_sub(piece, 0, shared);
			while (own.n && strchr(" -", own.p[own.n - 1]))
				own.n--;
			struct line *line = &l.p[l.n++];
			line->text = own;
			line->low = str_trim(fold(a, own));
			line->kind = line->low.n ? PLAIN : BLANK;
			piece = str_from(piece, shared);
		}
		struct line *line = &l.p[l.n++];
		line->text = piece;
		line->low = str_trim(fold(a, str_sub(piece, 0, 1000)));
		str t = line->low;
		bool sig = str_is(piece, "-- ") || str_is(piece, "--") ||
		           str_is(piece, "--\xC2\xA0") || str_is(piece, "\xE2\x80\x94") ||
		           str_is(t, "-- ");
		line->kind = t.n == 0                                          ? BLANK
		             : t.p[0] == '>' || initials_mark(str_trim(piece)) ? QUOTE
		             : sig                                             ? SIGNATURE
		             : is_separator(t)                                 ? SEPARATOR
		             : is_device(t)                                    ? DEVICE
		                                                               : PLAIN;
	}
	return l;
}

/* Can a head end here? Cheap: asked of every line. */
static bool head_end(str low)
{
	low = strip_marks(low, "*_- \t");
	return str_ends(low, STR(":")) || str_ends(low, STR("：")) || str_ends(low, STR("wrote")) ||
	       str_ends(low, STR("пише"));
}

static bool begins_head(str low)
{
	low = strip_marks(low, "*_ \t");
	if (low.n && low.p[0] >= '0' && low.p[0] <= '9')
		return true;
	for (size_t i = 0; i < COUNT_OF(middles); i++)
		if (str_find(low, str_trim(str_of(middles[i]))) > 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(beginnings); i++)
		if (str_starts(low, str_of(beginnings[i])))
			return true;
	return false;
}

/* Heads may be broken over up to four lines; marks the lines of each, from the farthest line
 * that can begin one. */
static void find_heads(struct arena *a, struct lines *l)
{
	for (size_t end = 0; end < l->n; end++) {
		if (l->p[end].kind != PLAIN || !head_end(l->p[end].low))
			continue;
		str joined = l->p[end].low;
		size_t best = l->n;
		for (size_t start = end;; start--) {
			if ((start == end || begins_head(l->p[start].low)) && is_head(joined))
				best = start;
			if (start == 0 || end - start == 3 || l->p[start - 1].kind != PLAIN ||
			    joined.n > 300 || str_ends(l->p[start - 1].low, STR(":")))
				break;
			joined = str_printf(a, "%.*s %.*s", STR_FMT(l->p[start - 1].low),
			                    STR_FMT(joined));
		}
		/* Some programs put fields of the older letter above its head. */
		while (best > 0 && best < l->n && l->p[best - 1].kind == PLAIN &&
		       (field_of(l->p[best - 1].low) & (TO | SUBJECT | CC)))
			best--;
		for (size_t i = best; i <= end && best < l->n; i++)
			l->p[i].kind = HEAD;
	}
}

/* "2016-03-03 17:21 GMT+01:00 Anna": a date, a time, a zone and a name, and nothing else. */
static bool zoned_head(str low)
{
	static const char form[] = "0000-00-00 00:00 ";
	if (low.n < 24 || low.n > 150)
		return false;
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] == '0' ? low.p[i] < '0' || low.p[i] > '9' : low.p[i] != form[i])
			return false;
	str zone = str_from(low, sizeof form - 1);
	return str_starts(zone, STR("gmt+")) || str_starts(zone, STR("gmt-")) ||
	       str_starts(zone, STR("utc+")) || str_starts(zone, STR("utc-"));
}

/* A head that a program broke around the address: the last line is "> wrote:", blank lines may
 * stand within. Marks its lines. */
static void find_torn_head(struct lines *l, size_t end)
{
	str tail = strip_marks(l->p[end].low, "> ");
	bool verb = false;
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		verb |= str_eq(tail, str_of(verbs[i]));
	if (!verb)
		return;
	bool opened = false;
	for (size_t i = end, seen = 0; i > 0 && seen < 4;) {
		const struct line *line = &l->p[--i];
		if (line->kind == BLANK)
			continue;
		if (line->kind != PLAIN)
			return;
		seen++;
		opened |= str_chr(line->low, '<') >= 0;
		if (opened && begins_head(line->low) && has_time(line->low)) {
			for (size_t k = i; k <= end; k++)
				l->p[k].kind = HEAD;
			return;
		}
	}
}

/* An address that was broken in the midst of a quotation: one word of it without a mark. */
static void join_broken(struct lines *l)
{
	for (size_t i = 1; i + 1 < l->n; i++) {
		str low = l->p[i].low;
		if (l->p[i].kind != PLAIN || l->p[i - 1].kind != QUOTE ||
		    l->p[i + 1].kind != QUOTE || str_chr(low, ' ') >= 0)
			continue;
		for (size_t k = 0; k < low.n; k++)
			if (strchr("/=&_%?", low.p[k]))
				l->p[i].kind = QUOTE;
	}
}

/* "2013/7/20 Anna <anna@example.org>" without any verb, right above a quotation; and quotations
 * marked by bars. */
static void find_bare_heads(struct lines *l)
{
	for (size_t i = 0; i + 2 < l->n; i++) {
		size_t bars = 0;
		while (i + bars < l->n && l->p[i + bars].kind == PLAIN &&
		       l->p[i + bars].low.p[0] == '|' &&
		       (l->p[i + bars].low.n == 1 || l->p[i + bars].low.p[1] == ' '))
			bars++;
		for (size_t k = 0; bars >= 3 && k < bars; k++)
			l->p[i + k].kind = QUOTE;
		i += bars;
	}
	for (size_t i = 0; i + 1 < l->n; i++) {
		str low = l->p[i].low;
		if (l->p[i].kind == PLAIN && str_ends(low, STR(">")) && str_chr(low, '@') > 0 &&
		    low.p[0] >= '0' && low.p[0] <= '9') {
			size_t next = i + 1;
			while (next + 1 < l->n && l->p[next].kind == BLANK)
				next++;
			if (l->p[next].kind == QUOTE)
				l->p[i].kind = HEAD;
		}
		if (l->p[i].kind == PLAIN && zoned_head(low))
			l->p[i].kind = HEAD;
		if (l->p[i].kind == QUOTE)
			find_torn_head(l, i);
	}
}

static bool starts_with_mark(const struct line *line, char mark)
{
	return line->kind == PLAIN && line->low.p[0] == mark &&
	       (line->low.n == 1 || line->low.p[1] == ' ' || line->low.p[1] == mark);
}

/* Some writers have their program mark a quotation by another sign: where the lines below a head
 * begin with one, it counts as ">" in this letter. */
static void find_odd_marks(struct lines *l)
{
	for (size_t i = 0; i + 1 < l->n; i++) {
		if (l->p[i].kind != HEAD || l->p[i + 1].kind == HEAD)
			continue;
		size_t next = i + 1, marked = 0, seen = 0;
		while (next < l->n && l->p[next].kind == BLANK)
			next++;
		if (next == l->n || l->p[next].kind != PLAIN ||
		    !strchr(")#|:}%", l->p[next].low.p[0]))
			continue;
		char mark = l->p[next].low.p[0];
		for (size_t k = next; k < l->n && seen < 4; k++) {
			seen += l->p[k].kind != BLANK;
			marked += starts_with_mark(&l->p[k], mark);
		}
		if (marked < 2 || marked * 2 < seen)
			continue;
		for (size_t k = next; k < l->n; k++)
			if (starts_with_mark(&l->p[k], mark))
				l->p[k].kind = QUOTE;
		return;
	}
}

static void find_blocks(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->p[i].kind != PLAIN || !field_of(l->p[i].low))
			continue;
		int seen = 0;
		bool address = false;
		size_t blanks = 0;
		for (size_t k = i; k < l->n && k < i + 9 && blanks < 2; k++) {
			int f = l->p[k].kind == PLAIN ? field_of(l->p[k].low) : 0;
			blanks += l->p[k].kind == BLANK;
			seen |= f;
			address |= (f & (FROM | TO)) && str_chr(l->p[k].low, '@') > 0;
		}
		/* "From: London, To: Paris, Date: 5 May" is a journey. */
		if (!(seen & SUBJECT) && !address)
			continue;
		int others = ((seen & SENT) != 0) + ((seen & TO) != 0) + ((seen & SUBJECT) != 0);
		int first = field_of(l->p[i].low);
		/* "Date: ... 12:30" and "To:" alone will do, a date without a time will not. */
		if (first == SENT && (seen & TO) && has_time(l->p[i].low))
			l->p[i].kind = BLOCK;
		if ((seen & FROM) && others >= 2 &&
		    (first == FROM || first == SENT || first == SUBJECT))
			l->p[i].kind = BLOCK;
	}
}

/* "________" with a few short lines down to the end: a signature, or what a list adds. */
static void find_ruled_signature(struct lines *l)
{
	size_t words = 0;
	for (size_t i = l->n; i > 1 && words <= 6; i--) {
		const struct line *line = &l->p[i - 1];
		if (line->kind == BLANK)
			continue;
		if (line->kind != PLAIN || line->low.n > 120)
			return;
		if (words > 0 && line->low.n >= 10 && strip_marks(line->low, "_").n == 0) {
			l->p[i - 1].kind = SIGNATURE;
			return;
		}
		words++;
	}
}

static bool only_blank(const struct lines *l, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (l->p[i].kind != BLANK)
			return false;
	return true;
}

/* The first line of the part that is quotation to the end, or l->n. */
static size_t find_cut(const struct lines *l)
{
	bool own = false; /* words of the writer's own so far */
	for (size_t i = 0; i < l->n; i++) {
		enum kind k = l->p[i].kind;
		if (k == SEPARATOR || k == BLOCK)
			return i;
		own |= k == PLAIN;
		if (k != HEAD && k != QUOTE)
			continue;
		size_t q = i;
		while (q < l->n && (l->p[q].kind == HEAD || l->p[q].kind == BLANK))
			q++;
		bool marked = q < l->n && l->p[q].kind == QUOTE;
		/* Below a head without any marks stands the older letter, unless the writer has
		 * said nothing before it: then what follows is all there is. */
		if (k == HEAD && !marked) {
			if (own)
				return i;
			i = q - 1;
			continue;
		}
		/* With marks, own words may follow the quotation. */
		size_t end = q;
		while (end < l->n && (l->p[end].kind == QUOTE || l->p[end].kind == BLANK))
			end++;
		if (end == l->n)
			return i;
		enum kind after = l->p[end].kind;
		if (after == SIGNATURE || after == DEVICE || after == SEPARATOR || after == BLOCK)
			return i;
		i = end - 1;
	}
	return l->n;
}

static str slice(const struct lines *l, size_t from, size_t to)
{
	if (from >= to)
		return STR("");
	const struct line *last = &l->p[to - 1];
	return str_n(l->p[from].text.p, (size_t)(last->text.p + last->text.n - l->p[from].text.p));
}

static str trim_lines(str s)
{
	size_t from = 0, line = 0;
	while (from < s.n && strchr(" \t\r\n", s.p[from])) {
		if (s.p[from] == '\n')
			line = from + 1;
		from++;
	}
	s = str_from(s, line);
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The lines up to `to` without the heads of quotations that own words follow. */
static str without_heads(struct arena *a, const struct lines *l, size_t to)
{
	bool any = false;
	for (size_t i = 0; i < to; i++)
		any |= l->p[i].kind == HEAD;
	if (!any)
		return slice(l, 0, to);
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < to; i++) {
		if (l->p[i].kind == HEAD)
			continue;
		buf_add(&b, l->p[i].text);
		buf_addc(&b, '\n');
	}
	return str_dup(a, buf_str(&b));
}

/* "С ув., Анна": the word and a name on one line. */
static bool closing_with_name(str low)
{
	low = strip_marks(low, " *\t");
	for (size_t i = 0; i < COUNT_OF(formal); i++) {
		str s = str_of(formal[i]);
		if (!str_starts(low, s) || low.n > s.n + 45 || low.n < s.n + 2 ||
		    !strchr(",.", low.p[s.n]))
			continue;
		size_t spaces = 0;
		for (size_t k = s.n; k < low.n; k++)
			spaces += low.p[k] == ' ';
		return spaces <= 3;
	}
	return false;
}

static bool closing(str low)
{
	low = strip_marks(low, " ,.!;*\t");
	for (size_t i = 0; i < COUNT_OF(closings); i++)
		if (str_eq(low, str_of(closings[i])))
			return true;
	return false;
}

/* "-Lev.": one word with a capital, right behind the dash. */
static bool dashed_name(str text)
{
	str line = str_trim(text), name = strip_marks(line, "-.");
	if (line.n > 40 || name.n < 2 || line.p[0] != '-' || str_chr(name, ' ') >= 0 ||
	    str_chr(name, '-') >= 0 || has_digit(name))
		return false;
	unsigned char c = (unsigned char)name.p[0], d = (unsigned char)name.p[1];
	return (c >= 'A' && c <= 'Z') || (c == 0xD0 && d >= 0x90 && d <= 0xAF);
}

/* Is the last thing above this line the writer's own? */
static bool below_words(const struct lines *l, size_t i)
{
	while (i > 0 && l->p[i - 1].kind == BLANK)
		i--;
	return i > 0 && l->p[i - 1].kind == PLAIN;
}

/* Where the signature begins in the first `cut` lines, or cut. */
static size_t find_signature(const struct lines *l, size_t cut)
{
	size_t last = cut;
	while (last > 0 && l->p[last - 1].kind == BLANK)
		last--;
	for (size_t i = 1; i < last; i++)
		if (l->p[i].kind == SIGNATURE && last - i <= 30)
			return i;
	size_t sig = last, words = 0;
	for (size_t i = 0; i < last; i++) {
		if (l->p[i].kind == DEVICE && only_blank(l, i + 1, last)) {
			sig = i;
			break;
		}
	}
	/* A closing word, then at most four short lines; never the whole letter. With a quotation
	 * below, short letters keep theirs: there it costs nothing. */
	size_t end = sig;
	for (size_t i = cut == l->n ? end : 0; i > 0 && words <= 4 && end - i < 9; i--) {
		const struct line *line = &l->p[i - 1];
		if (line->kind == BLANK)
			continue;
		if (line->kind != PLAIN || line->low.n > 120)
			break;
		bool found = words > 0 ? closing(line->low)
		                       : dashed_name(line->text) || (closing_with_name(line->low) &&
		                                                     below_words(l, i - 1));
		if (found && !only_blank(l, 0, i - 1))
			return i - 1;
		words++;
	}
	return sig < last ? sig : cut;
}

/* Does the letter begin with the sentence above a quotation, marked or not? */
static bool headed(const struct lines *l)
{
	size_t i = 0;
	while (i < l->n && l->p[i].kind == BLANK)
		i++;
	return i < l->n && (l->p[i].kind == HEAD || l->p[i].kind == SEPARATOR ||
	                    l->p[i].kind == BLOCK || is_head(strip_marks(l->p[i].low, "> ")));
}

struct mime_quote mime_split(struct arena *a, str text)
{
	struct lines l = read_lines(a, text);
	find_heads(a, &l);
	find_bare_heads(&l);
	find_odd_marks(&l);
	join_broken(&l);
	find_blocks(&l);
	find_ruled_signature(&l);
	size_t cut = find_cut(&l), top = cut;
	/* A rule right above belongs to what it separates. */
	while (cut < l.n && top > 0 && l.p[top - 1].kind == BLANK)
		top--;
	if (cut < l.n && top > 0 && rule_line(l.p[top - 1].low))
		cut = top - 1;
	size_t sig = find_signature(&l, cut);
	struct mime_quote q;
	q.visible = trim_lines(without_heads(a, &l, sig));
	q.signature = trim_lines(slice(&l, sig, cut));
	q.quoted = trim_lines(slice(&l, cut, l.n));
	/* Nothing but marked lines, and no letter above them: they may be the writer's way to
	 * write. */
	if (q.visible.n == 0 && q.signature.n == 0 && !headed(&l)) {
		q.visible = trim_lines(text);
		q.quoted = STR("");
	}
	return q;
}

bool mime_quote_begins(struct arena *a, str text)
{
	struct lines l = read_lines(a, text);
	size_t i = 0;
	find_heads(a, &l);
	find_bare_heads(&l);
	find_blocks(&l);
	while (i < l.n && (l.p[i].kind == BLANK || rule_line(l.p[i].low)) &&
	       l.p[i].kind != SEPARATOR)
		i++;
	return i < l.n && (l.p[i].kind == HEAD || l.p[i].kind == SEPARATOR || l.p[i].kind == BLOCK);
}

void mime_split_quote(struct arena *a, str text, str *visible, str *quoted)
{
	struct mime_quote q = mime_split(a, text);
	/* A letter of nothing but quotation is shown as it is. */
	if (q.visible.n == 0 && q.signature.n == 0) {
		*visible = trim_lines(text);
		*quoted = STR("");
		return;
	}
	*visible = q.visible;
	*quoted = q.signature.n == 0 ? q.quoted
	          : q.quoted.n == 0
	              ? q.signature
	              : str_printf(a, "%.*s\n\n%.*s", STR_FMT(q.signature), STR_FMT(q.quoted));
}
