/* plain_html.c: see plain_html.h. */
#include "mail/plain_html.h"

#include "text/template.h"

#define QUOTE_DEPTH 8 /* deeper marks are text */

/* "[image: name.png]" at s, in either language. *n: its length. */
static struct plain_image *image_at(str s, struct plain_image *images, size_t n_images, size_t *n)
{
	static const char *const marks[] = {"[image: ", "[картинка: "};
	for (size_t i = 0; i < COUNT_OF(marks) && n_images; i++) {
		str mark = str_of(marks[i]);
		if (!str_starts_nocase(s, mark))
			continue;
		str rest = str_sub(s, mark.n, mark.n + 300);
		for (size_t k = 0; k < n_images; k++) {
			str name = images[k].name;
			if (!name.n || !str_starts(rest, name) || rest.n == name.n ||
			    rest.p[name.n] != ']')
				continue;
			*n = mark.n + name.n + 1;
			return &images[k];
		}
	}
	return NULL;
}

/* The length of the address that begins at s, or 0. What ends a sentence is not part of it. */
static size_t link_at(str s)
{
	if (!str_starts_nocase(s, STR("https://")) && !str_starts_nocase(s, STR("http://")))
		return 0;
	size_t n = 0;
	int open = 0;
	while (n < s.n && (unsigned char)s.p[n] > 0x20 && !strchr("<>\"", s.p[n])) {
		open += (s.p[n] == '(') - (s.p[n] == ')');
		if (open < 0)
			break;
		n++;
	}
	while (n && strchr(".,:;!?'", s.p[n - 1]))
		n--;
	return n > 8 ? n : 0;
}

static void put_line(struct buf *out, str line, struct plain_image *images, size_t n_images)
{
	size_t from = 0;
	for (size_t i = 0; i < line.n;) {
		size_t n = 0;
		char c = line.p[i];
		bool start =
		    i == 0 || !((line.p[i - 1] | 32) >= 'a' && (line.p[i - 1] | 32) <= 'z');
		struct plain_image *image =
		    c == '[' ? image_at(str_from(line, i), images, n_images, &n) : NULL;
		if (image) {
			tpl_escape(out, str_sub(line, from, i));
			buf_addz(out, "<img src=\"cid:");
			tpl_escape(out, image->content_id);
			buf_addz(out, "\" alt=\"");
			tpl_escape(out, image->name);
			buf_addz(out, "\" style=\"max-width:100%;height:auto\">");
			image->used = true;
		} else if ((c | 32) == 'h' && start && (n = link_at(str_from(line, i)))) {
			str url = str_sub(line, i, i + n);
			tpl_escape(out, str_sub(line, from, i));
			buf_addz(out, "<a href=\"");
			tpl_url(out, url);
			buf_addz(out, "\">");
			tpl_escape(out, url);
			buf_addz(out, "</a>");
		} else {
			i++;
			continue;
		}
		from = i += n;
	}
	tpl_escape(out, str_from(line, from));
}

/* Takes the marks of a quotation off the line's front. */
static size_t depth_of(str *line)
{
	size_t depth = 0;
	while (depth < QUOTE_DEPTH && line->n && line->p[0] == '>') {
		*line = str_from(*line, 1);
		if (line->n && line->p[0] == ' ')
			*line = str_from(*line, 1);
		depth++;
	}
	return depth;
}

void plain_html(struct buf *out, str text, struct plain_image *images, size_t n_images)
{
	size_t depth = 0;
	bool first = true;
	str rest = text, line;
	while (text.n && str_split(&rest, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		size_t now = depth_of(&line);
		if (!first && now == depth)
			buf_addz(out, "<br>\n");
		for (; depth < now; depth++)
			buf_addz(out, "<blockquote type=\"cite\" style=\"margin:0 0 0 4px;"
			              "padding-left:12px;border-left:2px solid #d5d7db\">");
		for (; depth > now; depth--)
			buf_addz(out, "</blockquote>\n");
		put_line(out, line, images, n_images);
		first = false;
	}
	for (; depth; depth--)
		buf_addz(out, "</blockquote>");
}
