/* evaluate_file.c: see evaluate_file.h. */
#include "main/evaluate_file.h"

#include <sys/resource.h>

#include "base/vec.h"
#include "json/write.h"
#include "main/commands.h"

enum err evaluate_wrong(struct error *e, const char *key, const char *path, size_t line)
{
	char arg[24];
	(void)snprintf(arg, sizeof arg, "%zu", line);
	error_fill(e, ERR_SYNTAX, key, "", arg);
	(void)snprintf(e->detail, sizeof e->detail, "%s", path);
	return ERR_SYNTAX;
}

/* Which field of a line each name is; *fields: how many a line has. */
static enum err read_head(str head, const char *path, const char *const *names, int *at,
                          size_t *fields, struct error *e)
{
	str piece;
	*fields = 0;
	for (int k = 0; names[k]; k++)
		at[k] = -1;
	for (; str_split(&head, '\t', &piece); (*fields)++)
		for (int k = 0; names[k]; k++)
			if (at[k] < 0 && str_eq(str_trim(piece), str_of(names[k])))
				at[k] = (int)*fields;
	for (int k = 0; names[k]; k++)
		if (at[k] < 0) {
			error_fill(e, ERR_SYNTAX, "error.table_column", "", names[k]);
			(void)snprintf(e->detail, sizeof e->detail, "%s", path);
			return ERR_SYNTAX;
		}
	return ERR_OK;
}

static const char *read_row(str line, const char *const *names, const int *at, size_t fields,
                            struct evaluate_row *row)
{
	str piece;
	size_t seen = 0;
	*row = (struct evaluate_row){0};
	if (str_chr(line, '\0') >= 0 || !str_is_utf8(line))
		return "error.learn_bytes";
	for (; str_split(&line, '\t', &piece); seen++)
		for (int k = 0; names[k]; k++)
			if (at[k] == (int)seen)
				row->field[k] = str_trim(piece);
	if (seen != fields)
		return "error.learn_fields";
	for (int k = 0; names[k]; k++)
		if (str_empty(row->field[k]))
			return "error.learn_empty_text";
	return NULL;
}

enum err evaluate_table(struct arena *a, const char *path, const char *const *names,
                        struct evaluate_table *out, struct error *e)
{
	VEC(struct evaluate_row) v = {0};
	int at[EVALUATE_COLUMNS_MAX];
	size_t number = 0, fields = 0;
	str file = STR_NONE, line;
	enum err err = command_read_file(a, path, &file, e);
	if (err)
		return err;
	if (str_starts(file, STR("\xef\xbb\xbf")))
		file = str_from(file, 3);
	while (str_split(&file, '\n', &line)) {
		number++;
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (number == 1) {
			err = read_head(line, path, names, at, &fields, e);
			if (err)
				return err;
		} else if (line.n) {
			struct evaluate_row *row = vec_push(a, &v);
			const char *key = read_row(line, names, at, fields, row);
			row->line = number;
			if (key)
				return evaluate_wrong(e, key, path, number);
		}
	}
	*out = (struct evaluate_table){v.p, v.n};
	return ERR_OK;
}

void evaluate_print(const struct evaluate_figure *f, size_t n, bool json)
{
	BUF_AUTO b = {0};
	struct jw w;
	if (!json) {
		for (size_t i = 0; i < n; i++)
			printf("%-16s %.*f\n", f[i].name, f[i].digits, f[i].v);
		return;
	}
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_object(&w);
	for (size_t i = 0; i < n; i++)
		jw_put_double(&w, f[i].name, f[i].v);
	jw_end(&w);
	printf("%.*s\n", STR_FMT(buf_str(&b)));
}

double evaluate_cpu(void)
{
	struct rusage u;
	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}
