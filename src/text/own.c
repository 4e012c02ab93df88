/* own.c: the writer's own lines, without what is quoted; see detect.h.
 *
 * mime/quote.h takes replies apart when they come in. Here it is enough to leave
 * out what is plainly quoted, so that pasted and forwarded words are nobody's demand.
 */
#include "text/detect.h"

#include "text/fold.h"

static str next_line(str s)
{
	ptrdiff_t end = str_chr(s, '\n');
	return str_sub(s, 0, end < 0 ? s.n : (size_t)end + 1);
}

static bool has_any(str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find_nocase(s, str_of(words[i])) >= 0)
			return true;
	return false;
}

/* "> ", "| ", ">>". */
static bool is_quoted(str line)
{
	return line.n > 0 && (line.p[0] == '>' || str_starts(line, STR("&gt;")) ||
	                      (line.p[0] == '|' && line.n > 1 && line.p[1] == ' '));
}

/* A line below which everything is somebody else's. */
static bool is_border(str line)
{
	static const char *const dashed[] = {
	    "original message", "forwarded message", "исходное сообщение", "Исходное сообщение",
	    "пересылаемое",     "Пересылаемое",      "пересланное",        "Пересланное",
	    "ursprüngliche",    "message d'origine", "mensaje original",   "Пересылаемое сообщение",
	    "пересылаемого",    "вихідне",           "Оригінальне"};
	static const char *const wrote[] = {
	    " wrote:",    " писал:",    " писала:",     " пишет:",   " написал:",
	    " написала:", " писал(а):", " написал(а):", " schrieb:", " écrit :",
	    " escribió:", " пише:",     " пишет :"};
	if (line.n == 0 || line.n > 300)
		return false;
	if (str_starts(line, STR("--")) || str_starts(line, STR("__")) ||
	    str_starts(line, STR("==")))
		return has_any(line, dashed, COUNT_OF(dashed));
	/* "21.11.2026, 10:00, Anna <a@b.ru>:": a date or an address before the colon. */
	if (line.p[line.n - 1] != ':')
		return false;
	bool digits = false;
	for (size_t i = 0; i < line.n; i++)
		digits |= line.p[i] >= '0' && line.p[i] <= '9';
	return has_any(line, wrote, COUNT_OF(wrote)) ||
	       (digits && str_chr(line, '<') >= 0 && str_chr(line, '@') >= 0);
}

/* Where a quotation begins inside a line: " > " behind a sentence's end, as chats that keep no
 * lines show it. */
static size_t inline_quote(str line)
{
	for (size_t i = 1; i + 2 < line.n; i++)
		if (line.p[i] == '>' && line.p[i - 1] == ' ' && line.p[i + 1] == ' ') {
			size_t k = i - 1;
			while (k > 0 && line.p[k] == ' ')
				k--;
			if (strchr(".!?)\"", line.p[k]))
				return i;
		}
	return line.n;
}

bool own_next(str *rest, str *out)
{
	str s = *rest;
	*out = STR_NONE;
	while (s.n) {
		str line = next_line(s), bare = str_trim(line);
		bool quoted = is_quoted(bare), border = is_border(bare);
		size_t cut = quoted || border ? line.n : inline_quote(line);
		if (out->n == 0 && !quoted && !border) {
			out->p = line.p;
			out->n = cut;
		} else if (!quoted && !border) {
			out->n += cut;
		}
		s = border ? STR_NONE : str_from(s, line.n);
		if (out->n && (quoted || border || cut < line.n))
			break;
	}
	*rest = s;
	return out->n > 0;
}
