/* part.c: the content of one part of a letter: transfer encoding, charset, line ends, flowed lines.
 * See internal.h; what a part is for, parse.c decides. */
#include "mime/charset.h"
#include "mime/internal.h"

str mime_part_decode(struct arena *a, const struct mime_part *p)
{
	if (str_starts(p->encoding, STR("base64")))
		return mime_base64(a, p->body);
	if (str_starts(p->encoding, STR("quoted-printable")))
		return mime_quoted_printable(a, p->body, false);
	return p->body;
}

str mime_unix_lines(struct arena *a, str s)
{
	if (str_chr(s, '\r') < 0)
		return s;
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\r')
			out[n++] = s.p[i];
		else if (i + 1 >= s.n || s.p[i + 1] != '\n')
			out[n++] = '\n';
	}
	return str_n(out, n);
}

/* format=flowed (RFC 3676): a line that ends with a space goes on in the next one of the same
 * quote depth. */
static str unflow(struct arena *a, str s, bool delsp)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0, depth_before = 0;
	bool open = false;
	str rest = s, line;
	bool first = true;
	while (str_split(&rest, '\n', &line)) {
		size_t depth = 0;
		while (depth < line.n && line.p[depth] == '>')
			depth++;
		str text = str_from(line, depth);
		if (text.n && text.p[0] == ' ')
			text = str_from(text, 1); /* stuffing */
		bool signature = str_is(text, "-- ");
		if (!first && !(open && depth == depth_before && !signature)) {
			out[n++] = '\n';
			open = false;
		}
		if (!open) {
			for (size_t i = 0; i < depth; i++)
				out[n++] = '>';
			if (depth && text.n && line.n > depth + text.n)
				out[n++] = ' ';
		}
		bool soft = text.n > 0 && text.p[text.n - 1] == ' ' && !signature;
		if (soft && delsp)
			text.n--;
		memcpy(out + n, text.n ? text.p : "", text.n);
		n += text.n;
		open = soft;
		depth_before = depth;
		first = false;
	}
	return str_n(out, n);
}

str mime_part_text(struct arena *a, const struct mime_part *p, size_t max, str *limit_hit)
{
	struct mime_part q = *p;
	/* What cannot become text within the limit need not be decoded. */
	if (q.body.n / 4 > max)
		q.body = str_sub(q.body, 0, max * 4);
	str bytes = mime_part_decode(a, &q);
	str label = mime_param(&p->type, STR("charset"));
	if (str_is(p->type.main, "text/html") && label.n == 0) {
		str head = str_sub(bytes, 0, 4096);
		ptrdiff_t at = str_find_nocase(head, STR("charset="));
		if (at >= 0) {
			label = str_from(head, (size_t)at + 8);
			if (label.n && (label.p[0] == '"' || label.p[0] == '\''))
				label = str_from(label, 1);
			size_t n = 0;
			while (n < label.n && n < 40 && !strchr("\"'> ;/\t\r\n", label.p[n]))
				n++;
			label = str_sub(label, 0, n);
		}
	}
	str text = mime_unix_lines(a, charset_decode(a, bytes, label));
	if (text.n > max || q.body.n < p->body.n) {
		text = str_cut_utf8(text, max);
		if (limit_hit->n == 0)
			*limit_hit = STR("text_bytes");
	}
	if (str_is(p->type.main, "text/plain") &&
	    str_eq_nocase(mime_param(&p->type, STR("format")), STR("flowed")))
		text =
		    unflow(a, text, str_eq_nocase(mime_param(&p->type, STR("delsp")), STR("yes")));
	return text;
}
