/* evaluate_file.h: the files of the commands that measure: tables and documents.
 *
 * A table is UTF-8 lines of fields parted by one tab, without quoting; its first line names the
 * columns. Errors name the file and the line.
 */
#ifndef OTKLIK_MAIN_EVALUATE_FILE_H
#define OTKLIK_MAIN_EVALUATE_FILE_H

#include "base/err.h"
#include "base/str.h"

#define EVALUATE_COLUMNS_MAX 4

struct evaluate_row {
	str field[EVALUATE_COLUMNS_MAX]; /* in the order of the names asked for */
	size_t line;
};

struct evaluate_table {
	struct evaluate_row *rows;
	size_t n;
};

/* The columns `names` (NULL at the end) of a table; others are passed over. ERR_SYNTAX with the
 * path as detail: "error.table_column" (one is missing; arg names it), and with the line as arg:
 * "error.learn_fields", "error.learn_bytes", "error.learn_empty_text". */
enum err evaluate_table(struct arena *a, const char *path, const char *const *names,
                        struct evaluate_table *out, struct error *e) MUST_USE;

/* ERR_SYNTAX `key` with the line as arg and the path as detail. */
enum err evaluate_wrong(struct error *e, const char *key, const char *path, size_t line);

struct evaluate_figure {
	const char *name;
	double v; /* not a number: null */
	int digits;
};
/* One line of JSON, or a line for each. */
void evaluate_print(const struct evaluate_figure *f, size_t n, bool json);

/* CPU seconds of the process so far. */
double evaluate_cpu(void);

#endif
