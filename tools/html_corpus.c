/* html_corpus.c: cleans every case of a file and writes the results, for a judge outside.
 *
 *   html-corpus CASES.jsonl --out RESULTS.jsonl
 *
 * A case is a JSON object on a line with "id" and "input"; a result {"id", "output"}. */
#include <jansson.h>

#include "mime/html.h"

static void one(const char *line, FILE *out)
{
	json_error_t je;
	json_t *c = json_loads(line, 0, &je);
	const char *id = json_string_value(json_object_get(c, "id"));
	json_t *input = json_object_get(c, "input");
	if (!id || !json_is_string(input)) {
		fprintf(stderr, "html-corpus: a case without id or input\n");
		exit(1);
	}
	ARENA_AUTO a = arena_new();
	str clean;
	struct error e;
	str html = str_n(json_string_value(input), json_string_length(input));
	if (html_clean(a, html, NULL, NULL, &clean, NULL, &e))
		fprintf(stderr, "%s: %s %s\n", id, e.key, e.field);
	json_t *r = json_pack("{s:s, s:s%}", "id", id, "output", clean.p ? clean.p : "", clean.n);
	char *text = r ? json_dumps(r, JSON_COMPACT) : NULL;
	if (!text) {
		fprintf(stderr, "html-corpus: %s: the output is not UTF-8\n", id);
		exit(1);
	}
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(r);
	json_decref(c);
}

int main(int argc, char **argv)
{
	if (argc != 4 || !str_eq(str_of(argv[2]), STR("--out"))) {
		fprintf(stderr, "usage: html-corpus CASES.jsonl --out RESULTS.jsonl\n");
		return 2;
	}
	FILE *in = fopen(argv[1], "r"), *out = fopen(argv[3], "w");
	if (!in || !out) {
		perror("html-corpus");
		return 1;
	}
	char *line = NULL;
	size_t cap = 0;
	while (getline(&line, &cap, in) > 0)
		one(line, out);
	free(line);
	fclose(in);
	return fclose(out) ? 1 : 0;
}
