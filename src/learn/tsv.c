/* tsv.c: a training file: "label" and "text" by the names of the first line. */
#include "base/vec.h"
#include "learn/model.h"

static enum err wrong(struct error *e, const char *key, size_t line)
{
	char arg[24];
	(void)snprintf(arg, sizeof arg, "%zu", line);
	return error_set(e, ERR_SYNTAX, key, "examples", arg);
}

/* Where the column is in the first line, or -1. *fields: how many there are. */
static int column(str head, str name, size_t *fields)
{
	str piece;
	int at = -1;
	*fields = 0;
	for (int i = 0; str_split(&head, '\t', &piece); i++) {
		if (at < 0 && str_eq(str_trim(piece), name))
			at = i;
		(*fields)++;
	}
	return at;
}

static enum err read_line(str line, int label, int text, size_t fields, size_t number,
                          struct learn_example *x, struct error *e)
{
	str piece, rest = line;
	size_t seen = 0;
	*x = (struct learn_example){.weight = 1, .line = (uint32_t)number};
	if (str_chr(line, '\0') >= 0 || !str_is_utf8(line))
		return wrong(e, "error.learn_bytes", number);
	for (; str_split(&rest, '\t', &piece); seen++) {
		if ((int)seen == label)
			x->label = str_trim(piece);
		if ((int)seen == text)
			x->text = piece;
	}
	if (seen != fields)
		return wrong(e, "error.learn_fields", number);
	if (str_empty(x->label))
		return wrong(e, "error.learn_empty_label", number);
	if (str_empty(str_trim(x->text)))
		return wrong(e, "error.learn_empty_text", number);
	return ERR_OK;
}

enum err learn_read_tsv(struct arena *a, str file, struct learn_example **out, size_t *n,
                        struct error *e)
{
	VEC(struct learn_example) v = {*out, *n, *n};
	str line, rest = str_starts(file, STR("\xef\xbb\xbf")) ? str_from(file, 3) : file;
	size_t fields = 0, number = 0, before = *n;
	int label = -1, text = -1;
	while (str_split(&rest, '\n', &line)) {
		number++;
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (number == 1) {
			label = column(line, STR("label"), &fields);
			text = column(line, STR("text"), &fields);
			if (label < 0 || text < 0)
				return error_set(e, ERR_SYNTAX, "error.learn_columns", "examples",
				                 label < 0 ? "label" : "text");
			continue;
		}
		if (line.n == 0 && rest.p == NULL)
			break; /* behind the last line's end */
		struct learn_example x;
		enum err err = read_line(line, label, text, fields, number, &x, e);
		if (err)
			return err;
		*vec_push(a, &v) = x;
	}
	if (number == 0)
		return error_set(e, ERR_SYNTAX, "error.learn_columns", "examples", "label");
	if (v.n == before)
		return error_set(e, ERR_SYNTAX, "error.learn_no_examples", "examples", NULL);
	*out = v.p;
	*n = v.n;
	return ERR_OK;
}
