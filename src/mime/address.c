/* address.c: address fields, ids and dates, as real mail writes them (RFC 5322 3.3, 3.4, 3.6.4). */
#include "base/date.h"
#include "mime/internal.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* An encoded word is looked for this far; longer ones are not worth a quadratic search. */
#define WORD_BYTES ((size_t)4096)

/* Where the item that begins at i ends: a quoted string, a comment, an encoded word, an
 * address in angle brackets, or one byte. An opener without its end is one byte. */
static size_t skip_item(str s, size_t i, const size_t *last)
{
	char c = s.p[i];
	if (c == '\\')
		return i + 2 < s.n ? i + 2 : s.n;
	if (c == '"' && i < last[0]) {
		for (size_t j = i + 1; j < s.n; j++) {
			if (s.p[j] == '\\')
				j++;
			else if (s.p[j] == '"')
				return j + 1;
		}
	} else if (c == '(' && i < last[1]) {
		int depth = 0;
		for (size_t j = i; j < s.n; j++) {
			if (s.p[j] == '\\')
				j++;
			else if (s.p[j] == '(')
				depth++;
			else if (s.p[j] == ')' && --depth == 0)
				return j + 1;
		}
		return last[1] + 1;
	} else if (c == '<' && i < last[2]) {
		for (size_t j = i + 1; j < s.n && s.p[j] != '<'; j++)
			if (s.p[j] == '>')
				return j + 1;
	} else if (c == '=' && i + 1 < s.n && s.p[i + 1] == '?' && i < last[3]) {
		/* =?charset?x?text?= : the text ends at the first "?=" after three marks */
		size_t j = i + 2;
		for (int marks = 0; j < s.n && marks < 2; j++) {
			if (is_space(s.p[j]))
				return i + 1;
			marks += s.p[j] == '?';
		}
		for (; j + 1 < s.n && j < i + WORD_BYTES && !is_space(s.p[j]); j++)
			if (s.p[j] == '?' && s.p[j + 1] == '=')
				return j + 2;
	}
	return i + 1;
}

static void last_closers(str s, size_t *last)
{
	static const char closers[] = {'"', ')', '>', '='};
	for (int k = 0; k < 4; k++) {
		ptrdiff_t at = str_rchr(s, closers[k]);
		last[k] = at < 0 ? 0 : (size_t)at;
	}
}

bool mime_is_address(str s)
{
	ptrdiff_t at = str_rchr(s, '@');
	if (at <= 0 || (size_t)at + 1 >= s.n || s.n > 254)
		return false;
	bool quoted = s.p[0] == '"';
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 0x20 || c == 0x7F)
			return false;
		if (quoted && i < (size_t)at)
			continue;
		if (c <= 0x20 || strchr("<>(),;:\\\"", c) || (c == '@' && i != (size_t)at))
			if (!(strchr("[]:", c) && i > (size_t)at))
				return false;
	}
	if (quoted && (at < 2 || s.p[at - 1] != '"'))
		return false;
	str domain = str_from(s, (size_t)at + 1);
	return domain.p[0] != '.' && domain.p[0] != '-' && domain.p[domain.n - 1] != '.' &&
	       str_find(domain, STR("..")) < 0;
}

/* A phrase: quotes and backslashes undone, comments left out, words decoded. */
static str phrase(struct arena *a, str s)
{
	size_t last[4];
	last_closers(s, last);
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n;) {
		size_t end = skip_item(s, i, last);
		if (s.p[i] == '"' && end > i + 1) {
			for (size_t j = i + 1; j + 1 < end; j++) {
				if (s.p[j] == '\\' && j + 2 < end)
					j++;
				out[n++] = s.p[j];
			}
		} else if (s.p[i] == '(' && end > i + 1) {
			if (n > 0 && end < s.n && !is_space(s.p[end]) && !is_space(out[n - 1]))
				out[n++] = ' ';
		} else if (s.p[i] == '\\' && end == i + 2) {
			out[n++] = s.p[i + 1];
		} else if (end > i + 1 || (s.p[i] != '<' && s.p[i] != '>')) {
			memcpy(out + n, s.p + i, end - i);
			n += end - i;
		}
		i = end;
	}
	str t = str_trim(str_n(out, n));
	/* Quotes left over from words that were quoted inside the encoding. */
	t = mime_decode_words(a, t);
	if (t.n >= 2 &&
	    ((t.p[0] == '"' && t.p[t.n - 1] == '"') || (t.p[0] == '\'' && t.p[t.n - 1] == '\'')))
		t = str_trim(str_sub(t, 1, t.n - 1));
	return t;
}

/* The text of the first comment in s. */
static str comment(struct arena *a, str s)
{
	size_t last[4];
	last_closers(s, last);
	for (size_t i = 0; i < s.n;) {
		size_t end = skip_item(s, i, last);
		if (s.p[i] == '(' && end > i + 2)
			return phrase(a, str_sub(s, i + 1, end - 1));
		i = end;
	}
	return STR_NONE;
}

/* The address proper: white space and comments out, a source route dropped, the domain folded. */
static str address(struct arena *a, str s)
{
	size_t last[4];
	last_closers(s, last);
	s = str_trim(s);
	if (s.n && s.p[0] == '@') { /* RFC 822 route: "@relay,@other:user@host" */
		ptrdiff_t colon = str_chr(s, ':');
		if (colon > 0)
			s = str_from(s, (size_t)colon + 1);
	}
	last_closers(s, last);
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n;) {
		size_t end = skip_item(s, i, last);
		if (s.p[i] == '(' && end > i + 1) {
			i = end;
			continue;
		}
		if (!is_space(s.p[i]) && s.p[i] != '<' && s.p[i] != '>') {
			memcpy(out + n, s.p + i, end - i);
			n += end - i;
		} else if (s.p[i] == '<' && end > i + 1) {
			/* "<<a@b>>" */
			for (size_t j = i + 1; j + 1 < end; j++)
				if (!is_space(s.p[j]))
					out[n++] = s.p[j];
		}
		i = end;
	}
	str t = str_n(out, n);
	if (str_find(t, STR("=?")) >= 0)
		t = mime_decode_words(a, t);
	if (str_starts_nocase(t, STR("mailto:")))
		t = str_from(t, 7);
	if (t.n > 2 && t.p[0] == '\'' && t.p[t.n - 1] == '\'')
		t = str_sub(t, 1, t.n - 1);
	while (t.n && (t.p[t.n - 1] == '.' || t.p[t.n - 1] == ';'))
		t.n--;
	t = str_to_utf8(a, t);
	ptrdiff_t at = str_rchr(t, '@');
	if (at < 0)
		return t;
	str domain = str_lower_ascii(a, str_from(t, (size_t)at));
	return str_concat(a, str_sub(t, 0, (size_t)at), domain);
}

static bool parse_one(struct arena *a, str s, struct mime_addr *out)
{
	s = str_trim(s);
	*out = (struct mime_addr){0};
	if (s.n == 0)
		return false;
	size_t last[4], open = s.n, close = s.n;
	last_closers(s, last);
	for (size_t i = 0; i < s.n;) {
		size_t end = skip_item(s, i, last);
		if (s.p[i] == '<' && end > i + 1) {
			open = i;
			close = end;
		}
		i = end;
	}
	if (open == s.n) { /* "Name <a@b": the end is missing */
		ptrdiff_t lt = str_rchr(s, '<');
		if (lt >= 0 && str_chr(str_from(s, (size_t)lt), '@') >= 0 &&
		    str_chr(str_from(s, (size_t)lt), '"') < 0) {
			open = (size_t)lt;
			close = s.n + 1;
		}
	}
	if (open < s.n) {
		out->email = address(a, str_sub(s, open + 1, close - 1));
		out->name = phrase(a, str_sub(s, 0, open));
		if (out->name.n == 0)
			out->name = comment(a, s);
		if (out->name.n == 0 && close < s.n) /* "<a@b> Name" */
			out->name = phrase(a, str_from(s, close));
	} else {
		/* "Name a@b": the word with the @; "a @ b" is an address with spaces */
		str rest = s, word, found = STR_NONE;
		out->name = comment(a, s);
		while (found.n == 0 && str_split(&rest, ' ', &word) && !str_starts(word, STR("(")))
			if (str_chr(word, '@') > 0 && mime_is_address(address(a, word)))
				found = word;
		out->email = address(a, found.n ? found : s);
		if (found.n && out->name.n == 0)
			out->name = phrase(a, str_sub(s, 0, (size_t)(found.p - s.p)));
	}
	if (!mime_is_address(out->email)) {
		if (out->name.n == 0)
			out->name = phrase(a, s);
		out->email = STR_NONE;
	}
	return out->email.n > 0 || out->name.n > 0;
}

/* A colon outside of quotes, brackets and addresses ends the name of a group. */
struct mime_addrs mime_parse_addresses(struct arena *a, str field, size_t limit, bool *over)
{
	VEC(struct mime_addr) v = {0};
	str s = mime_unfold(a, field);
	size_t last[4];
	last_closers(s, last);
	size_t start = 0;
	bool at_sign = false;
	for (size_t i = 0; i <= s.n;) {
		char c = i < s.n ? s.p[i] : ',';
		if (c == ':' && !at_sign && !(i + 1 < s.n && s.p[i + 1] == '/')) {
			/* "mailto:" is no group */
			str before = str_trim(str_sub(s, start, i));
			if (!str_eq_nocase(before, STR("mailto")))
				start = i + 1;
		}
		if (c == ',' || c == ';' || i == s.n) {
			struct mime_addr one;
			str piece = str_sub(s, start, i);
			if (str_trim(piece).n > 0) {
				if (v.n >= limit) {
					if (over)
						*over = true;
					break;
				}
				if (parse_one(a, piece, &one))
					*vec_push(a, &v) = one;
			}
			start = i + 1;
			at_sign = false;
			i++;
			continue;
		}
		at_sign |= c == '@';
		i = skip_item(s, i, last);
	}
	return (struct mime_addrs){v.p, v.n};
}

struct mime_ids mime_parse_ids(struct arena *a, str field, size_t limit, bool *over)
{
	VEC(str) v = {0};
	str s = mime_unfold(a, field);
	for (size_t i = 0; i < s.n;) {
		const char *lt = memchr(s.p + i, '<', s.n - i);
		if (!lt)
			break;
		size_t start = (size_t)(lt - s.p) + 1;
		const char *gt = memchr(s.p + start, '>', s.n - start);
		if (!gt)
			break;
		str id = str_trim(str_sub(s, start, (size_t)(gt - s.p)));
		i = (size_t)(gt - s.p) + 1;
		if (id.n > 0 && id.n <= 998)
			*vec_push(a, &v) = str_to_utf8(a, id);
	}
	if (v.n == 0 && str_chr(s, '<') < 0 && s.n > 0 && s.n <= 998 && str_chr(s, '@') > 0) {
		/* ids without their brackets */
		str rest = s, word;
		while (str_split(&rest, ' ', &word))
			if (str_chr(word, '@') > 0)
				*vec_push(a, &v) = str_to_utf8(a, str_trim(word));
	}
	if (v.n > limit) {
		if (over)
			*over = true;
		return (struct mime_ids){v.p + (v.n - limit), limit};
	}
	return (struct mime_ids){v.p, v.n};
}

/* --- dates --- */

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                     "jul", "aug", "sep", "oct", "nov", "dec"};

static const struct {
	const char *name;
	int minutes;
} zones[] = {{"ut", 0},     {"utc", 0},    {"gmt", 0},    {"z", 0},      {"est", -300},
             {"edt", -240}, {"cst", -360}, {"cdt", -300}, {"mst", -420}, {"mdt", -360},
             {"pst", -480}, {"pdt", -420}, {"msk", 180},  {"msd", 240},  {"cet", 60},
             {"cest", 120}, {"eet", 120},  {"eest", 180}, {"bst", 60},   {"wet", 0},
             {"west", 60},  {"ist", 330},  {"jst", 540},  {"aest", 600}, {"aedt", 660},
             {"yekt", 300}, {"samt", 240}, {"novt", 420}, {"krat", 420}, {"irkt", 480}};

struct date_parts {
	int64_t year;
	int month, day, hour, minute, second, offset;
	bool has_day, has_month, has_year, has_time, has_zone;
};

static bool all_digits(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static int64_t number(str s)
{
	int64_t v = 0;
	return str_to_i64(s, &v) ? v : -1;
}

static void read_time(str w, struct date_parts *d)
{
	str piece;
	int64_t v[3] = {0};
	int n = 0;
	while (n < 3 && str_split(&w, ':', &piece)) {
		ptrdiff_t dot = str_chr(piece, '.');
		if (dot > 0)
			piece = str_sub(piece, 0, (size_t)dot);
		if (!all_digits(piece) || piece.n > 2)
			return;
		v[n++] = number(piece);
	}
	if (n < 2 || v[0] > 24 || v[1] > 59 || v[2] > 60)
		return;
	d->hour = (int)v[0];
	d->minute = (int)v[1];
	d->second = (int)(v[2] > 59 ? 59 : v[2]);
	d->has_time = true;
}

static bool read_zone(str w, struct date_parts *d)
{
	if (w.n >= 3 && (w.p[0] == '+' || w.p[0] == '-')) {
		char digits[4];
		size_t n = 0;
		for (size_t i = 1; i < w.n && n < 4; i++)
			if (w.p[i] >= '0' && w.p[i] <= '9')
				digits[n++] = w.p[i];
			else if (w.p[i] != ':')
				return false;
		if (n == 2) {
			digits[n++] = '0';
			digits[n++] = '0';
		}
		if (n != 4)
			return false;
		int h = (digits[0] - '0') * 10 + digits[1] - '0',
		    m = (digits[2] - '0') * 10 + digits[3] - '0';
		if (h > 15 || m > 59) /* nonsense: as UTC (RFC 5322 3.3) */
			h = m = 0;
		d->offset = (w.p[0] == '-' ? -1 : 1) * (h * 60 + m);
		d->has_zone = true;
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(zones); i++) {
		if (str_eq_nocase(w, str_of(zones[i].name))) {
			if (!d->has_zone)
				d->offset = zones[i].minutes;
			d->has_zone = true;
			return true;
		}
	}
	return false;
}

static void read_number(str w, struct date_parts *d)
{
	int64_t v = number(w);
	if (!d->has_day && w.n <= 2 && v >= 1 && v <= 31) {
		d->day = (int)v;
		d->has_day = true;
	} else if (!d->has_year && (w.n == 4 || (d->has_day && (w.n == 2 || w.n == 3)))) {
		/* RFC 5322 4.3 for short years */
		d->year = w.n == 2 ? v + (v < 50 ? 2000 : 1900) : w.n == 3 ? v + 1900 : v;
		d->has_year = true;
	}
}

/* "2024-01-31", "31-Jan-2024", "31.01.2024", "01/31/2024" is not guessed. */
static bool read_joined(str w, struct date_parts *d)
{
	char sign = str_chr(w, '-') > 0 ? '-' : '.';
	str a, b, c, rest = w;
	if (!str_split(&rest, sign, &a) || !str_split(&rest, sign, &b) ||
	    !str_split(&rest, sign, &c) || rest.p)
		return false;
	int month = all_digits(b) ? (int)number(b) : 0;
	for (int i = 0; i < 12 && !month; i++)
		if (b.n >= 3 && str_starts_nocase(b, str_of(months[i])))
			month = i + 1;
	if (month < 1 || month > 12 || !all_digits(a) || !all_digits(c))
		return false;
	d->month = month;
	d->has_month = true;
	if (a.n == 4) {
		d->year = number(a);
		d->has_year = true;
		read_number(c, d);
	} else {
		read_number(a, d);
		read_number(c, d);
	}
	return d->has_day && d->has_year;
}

bool mime_parse_date(str field, usec *out, int *offset_minutes)
{
	struct date_parts d = {0};
	str s = str_trim(str_sub(field, 0, 200));
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i];
		if (c == '(') { /* a comment; the zone's name as a rule */
			ptrdiff_t close = str_chr(str_from(s, i), ')');
			i = close < 0 ? s.n : i + (size_t)close + 1;
			continue;
		}
		if (is_space(c) || c == ',' || c == ';') {
			i++;
			continue;
		}
		size_t start = i;
		while (i < s.n && !is_space(s.p[i]) && s.p[i] != ',' && s.p[i] != '(' &&
		       s.p[i] != ';') {
			/* "12:00:00+0300", "2024-01-31T12:00:00Z" */
			bool time_end =
			    i > start && d.has_time == false &&
			    str_chr(str_sub(s, start, i), ':') > 0 &&
			    (s.p[i] == '+' || s.p[i] == '-' || s.p[i] == 'Z' || s.p[i] == 'z');
			bool date_end = s.p[i] == 'T' && i > start + 7 && s.p[i - 1] >= '0' &&
			                s.p[i - 1] <= '9';
			if (time_end || date_end)
				break;
			i++;
		}
		str w = str_sub(s, start, i);
		if (i < s.n && s.p[i] == 'T')
			i++;
		bool month = false;
		for (int m = 0; m < 12 && !month && w.n >= 3 && !all_digits(w); m++) {
			if (str_starts_nocase(w, str_of(months[m])) && (w.p[0] | 32) >= 'a') {
				d.month = m + 1;
				d.has_month = month = true;
			}
		}
		if (month)
			continue;
		if (str_chr(w, ':') > 0 && w.p[0] >= '0' && w.p[0] <= '9')
			read_time(w, &d);
		else if (all_digits(w))
			read_number(w, &d);
		else if ((d.has_time && read_zone(w, &d)) || read_joined(w, &d))
			continue;
	}
	static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (!d.has_day || !d.has_month || !d.has_year || d.year < 1900 || d.year > 9999 ||
	    d.day > lengths[d.month - 1])
		return false;
	int64_t seconds = date_days((int)d.year, d.month, d.day) * 86400 + d.hour * 3600 +
	                  d.minute * 60 + d.second - d.offset * 60;
	*out = seconds * USEC_SECOND;
	*offset_minutes = d.offset;
	return true;
}

/* --- international domains --- */

/* Punycode of one label (RFC 3492) after "xn--"; false for bad UTF-8 or too long. */
static bool punycode(str label, struct buf *out)
{
	uint32_t cp[64];
	size_t n = 0;
	for (size_t i = 0; i < label.n;) {
		unsigned char c = (unsigned char)label.p[i];
		size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
		if (n == COUNT_OF(cp) || i + len > label.n)
			return false;
		uint32_t v = len == 1 ? c : c & (0xFFu >> (len + 1));
		for (size_t k = 1; k < len; k++)
			v = v << 6 | ((unsigned char)label.p[i + k] & 0x3F);
		if (v >= 0x410 && v <= 0x42F) /* Cyrillic capitals */
			v += 0x20;
		cp[n++] = v;
		i += len;
	}
	buf_addz(out, "xn--");
	size_t basic = 0;
	for (size_t i = 0; i < n; i++) {
		if (cp[i] < 0x80) {
			buf_addc(out, (char)cp[i]);
			basic++;
		}
	}
	if (basic)
		buf_addc(out, '-');
	uint32_t code = 128, delta = 0, bias = 72;
	for (size_t done = basic; done < n;) {
		uint32_t next = UINT32_MAX;
		for (size_t i = 0; i < n; i++)
			if (cp[i] >= code && cp[i] < next)
				next = cp[i];
		delta += (next - code) * (uint32_t)(done + 1); /* n <= 64: no overflow in 32 bits */
		code = next;
		for (size_t i = 0; i < n; i++) {
			delta += cp[i] < code;
			if (cp[i] != code)
				continue;
			uint32_t q = delta;
			for (uint32_t k = 36;; k += 36) {
				uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
				if (q < t)
					break;
				uint32_t digit = t + (q - t) % (36 - t);
				buf_addc(out, (char)(digit < 26 ? 'a' + digit : '0' + digit - 26));
				q = (q - t) / (36 - t);
			}
			buf_addc(out, (char)(q < 26 ? 'a' + q : '0' + q - 26));
			delta = done == basic ? delta / 700 : delta / 2;
			delta += delta / (uint32_t)(done + 1);
			uint32_t k = 0;
			for (; delta > 455; k += 36)
				delta /= 35;
			bias = k + 36 * delta / (delta + 38);
			delta = 0;
			done++;
		}
		delta++;
		code++;
	}
	return true;
}

str mime_address_ascii(struct arena *a, str email)
{
	ptrdiff_t at = str_rchr(email, '@');
	str rest = str_from(email, at < 0 ? 0 : (size_t)at + 1), label;
	if (!str_is_utf8(email))
		return email;
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_add(&b, str_sub(email, 0, email.n - rest.n));
	while (str_split(&rest, '.', &label)) {
		bool high = false;
		for (size_t i = 0; i < label.n; i++)
			high |= (unsigned char)label.p[i] >= 0x80;
		if (!high)
			buf_add(&b, label);
		else if (!punycode(label, &b))
			return email;
		if (rest.p)
			buf_addc(&b, '.');
	}
	return str_dup(a, buf_str(&b));
}
