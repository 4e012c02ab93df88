/* ids.c: lists of ids and texts as JSON. See ids.h. */
#include "store/ids.h"

#include <assert.h>

#include "base/buf.h"
#include "base/vec.h"
#include "json/read.h"
#include "json/write.h"

str ids_to_json(struct arena *a, const int64_t *ids, size_t n)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addc(&b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(&b, ',');
		buf_add_i64(&b, ids[i]);
	}
	buf_addc(&b, ']');
	return str_dup(a, buf_str(&b));
}

int64_t *ids_from_json(struct arena *a, str json, size_t *n)
{
	VEC(int64_t) v = {0};
	const struct json *root;
	if (json.n && json_parse(a, json, NULL, &root, NULL) == ERR_OK &&
	    root->kind == JSON_KIND_ARRAY)
		for (size_t i = 0; i < root->n; i++)
			if (root->items[i].kind == JSON_KIND_INT)
				*vec_push(a, &v) = root->items[i].i;
	*n = v.n;
	return v.p;
}

static int compare(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return a < b ? -1 : a > b;
}

int64_t *ids_sorted(struct arena *a, const int64_t *ids, size_t n, size_t *n_out)
{
	int64_t *out = ARENA_ARRAY(a, n + 1, int64_t);
	size_t kept = 0;
	if (n) {
		memcpy(out, ids, n * sizeof *ids);
		qsort(out, n, sizeof *out, compare);
	}
	for (size_t i = 0; i < n; i++)
		if (!kept || out[kept - 1] != out[i])
			out[kept++] = out[i];
	*n_out = kept;
	return out;
}

bool ids_have(const int64_t *sorted, size_t n, int64_t id)
{
	return n && bsearch(&id, sorted, n, sizeof *sorted, compare) != NULL;
}

size_t ids_place(const int64_t *sorted, size_t n, int64_t id)
{
	const int64_t *at = bsearch(&id, sorted, n, sizeof *sorted, compare);
	assert(at);
	return (size_t)(at - sorted);
}

str strs_to_json(struct arena *a, const str *list, size_t n)
{
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_array(&w);
	for (size_t i = 0; i < n; i++)
		jw_str(&w, list[i]);
	jw_end(&w);
	return str_dup(a, buf_str(&b));
}

str *strs_from_json(struct arena *a, str json, size_t *n)
{
	VEC(str) v = {0};
	const struct json *root;
	if (json.n && json_parse(a, json, NULL, &root, NULL) == ERR_OK &&
	    root->kind == JSON_KIND_ARRAY)
		for (size_t i = 0; i < root->n; i++)
			if (root->items[i].kind == JSON_KIND_STR)
				*vec_push(a, &v) = root->items[i].s;
	*n = v.n;
	return v.p;
}

enum err rows_fresh(int64_t changes, struct error *e)
{
	return changes ? ERR_OK : error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
}

enum err rows_exists(enum err err, const char *field, struct error *e)
{
	if (err == ERR_CONFLICT && e && str_is(str_of(e->key), "error.exists"))
		return error_set(e, ERR_CONFLICT, "error.exists", field, NULL);
	return err;
}
