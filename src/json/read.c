/* read.c: see read.h. The only file that knows jansson. */
#include "json/read.h"

#include <jansson.h>

#define DEPTH_MAX 512

static const struct json none = {.kind = JSON_KIND_NONE};

/* Is the character at *i of a string, its quotation marks too? An escaped one is passed over with
 * its backslash. */
static bool skip_string(str text, size_t *i, bool *in_string)
{
	char c = text.p[*i];
	if (!*in_string)
		return *in_string = c == '"';
	if (c == '\\')
		++*i;
	else if (c == '"')
		*in_string = false;
	return true;
}

/* Counts brackets and values outside strings, so that the parser's recursion
 * and memory are bounded before it starts. Wrong JSON passes: the parser's job. */
static enum err scan(str text, const struct json_limits *l, struct error *e)
{
	size_t values = 1;
	int depth = 0;
	bool in_string = false;
	/* jansson takes a NUL between tokens for the end of the text. */
	if (text.n > 0 && memchr(text.p, 0, text.n))
		return error_set(e, ERR_SYNTAX, "error.bad_json", NULL, "NUL");
	for (size_t i = 0; i < text.n; i++) {
		if (skip_string(text, &i, &in_string))
			continue;
		switch (text.p[i]) {
		case '[':
		case '{':
			values++;
			if (++depth > l->depth)
				return error_set(e, ERR_TOO_LARGE, "error.json_too_deep", NULL,
				                 NULL);
			break;
		case ']':
		case '}':
			depth--;
			break;
		case ',':
			values++;
			break;
		default:
			break;
		}
	}
	if (values > l->values)
		return error_set(e, ERR_TOO_LARGE, "error.too_many", NULL, NULL);
	return ERR_OK;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The text with each integer that does not fit 64 bits as a real number of about its value, which
 * is not longer: who reads the field can say its range. NULL when there is none. */
static char *real_numbers(struct arena *a, str text)
{
	char *out = NULL;
	bool in_string = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (skip_string(text, &i, &in_string) || (c != '-' && !digit(c)))
			continue;
		size_t end = i + 1;
		while (end < text.n && (digit(text.p[end]) || strchr(".eE+-", text.p[end])))
			end++;
		str token = str_sub(text, i, end);
		size_t digits = i + (c == '-');
		bool whole = end - i >= 19;
		for (size_t k = digits; whole && k < end; k++)
			whole = digit(text.p[k]);
		int64_t ignored;
		if (whole && text.p[digits] != '0' && !str_to_i64(token, &ignored)) {
			char real[32];
			/* Past what a real number holds its size says nothing more. */
			int n = end - digits > 300
			            ? snprintf(real, sizeof real, "%s1e300", c == '-' ? "-" : "")
			            : snprintf(real, sizeof real, "%.9e",
			                       strtod(str_z(a, token), NULL));
			if (!out)
				memcpy(out = arena_alloc(a, text.n), text.p, text.n);
			memset(out + i, ' ', end - i);
			memcpy(out + i, real, (size_t)n);
		}
		i = end - 1;
	}
	return out;
}

/* Recursion is bounded by the depth that scan has allowed. */
static void convert(struct arena *a, json_t *from, struct json *to)
{
	switch (json_typeof(from)) {
	case JSON_OBJECT: {
		to->kind = JSON_KIND_OBJECT;
		to->n = json_object_size(from);
		struct json *items = ARENA_ARRAY(a, to->n, struct json);
		str *keys = ARENA_ARRAY(a, to->n, str);
		size_t i = 0;
		for (void *at = json_object_iter(from); at;
		     at = json_object_iter_next(from, at), i++) {
			keys[i] = str_dup(a, str_of(json_object_iter_key(at)));
			convert(a, json_object_iter_value(at), &items[i]);
		}
		to->items = items;
		to->keys = keys;
		break;
	}
	case JSON_ARRAY: {
		to->kind = JSON_KIND_ARRAY;
		to->n = json_array_size(from);
		struct json *items = ARENA_ARRAY(a, to->n, struct json);
		for (size_t i = 0; i < to->n; i++)
			convert(a, json_array_get(from, i), &items[i]);
		to->items = items;
		break;
	}
	case JSON_STRING:
		to->kind = JSON_KIND_STR;
		to->s = str_dup(a, str_n(json_string_value(from), json_string_length(from)));
		break;
	case JSON_INTEGER:
		to->kind = JSON_KIND_INT;
		to->i = json_integer_value(from);
		break;
	case JSON_REAL:
		to->kind = JSON_KIND_DOUBLE;
		to->d = json_real_value(from);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		to->kind = JSON_KIND_BOOL;
		to->boolean = json_is_true(from);
		break;
	case JSON_NULL:
		to->kind = JSON_KIND_NULL;
		break;
	}
}

enum err json_parse(struct arena *a, str text, const struct json_limits *limits,
                    const struct json **out, struct error *e)
{
	struct json_limits l = limits ? *limits : (struct json_limits){0};
	if (l.bytes == 0)
		l.bytes = 1 << 20;
	if (l.depth <= 0)
		l.depth = 32;
	if (l.depth > DEPTH_MAX)
		l.depth = DEPTH_MAX;
	if (l.values == 0)
		l.values = 100000;
	*out = &none;
	if (text.n > l.bytes)
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	enum err r = scan(text, &l, e);
	if (r != ERR_OK)
		return r;
	json_error_t why;
	json_t *tree = json_loadb(text.p ? text.p : "", text.n,
	                          JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!tree && l.wide && json_error_code(&why) == json_error_numeric_overflow) {
		const char *real = real_numbers(a, text);
		if (real)
			tree = json_loadb(real, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
			                  &why);
	}
	if (!tree) {
		char place[48];
		snprintf(place, sizeof place, "%d:%d", why.line, why.column);
		error_set(e, ERR_SYNTAX, "error.bad_json", NULL, place);
		if (e)
			snprintf(e->detail, sizeof e->detail, "%s", why.text);
		return ERR_SYNTAX;
	}
	struct json *root = ARENA_NEW(a, struct json);
	convert(a, tree, root);
	json_decref(tree);
	*out = root;
	return ERR_OK;
}

const struct json *json_get(const struct json *v, const char *key)
{
	if (!v || v->kind != JSON_KIND_OBJECT)
		return &none;
	str k = str_of(key);
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->keys[i], k))
			return &v->items[i];
	return &none;
}

const struct json *json_at(const struct json *v, size_t i)
{
	return v && v->kind == JSON_KIND_ARRAY && i < v->n ? &v->items[i] : &none;
}

str json_get_str(const struct json *v, const char *key, str otherwise)
{
	const struct json *x = json_get(v, key);
	return x->kind == JSON_KIND_STR ? x->s : otherwise;
}

int64_t json_get_i64(const struct json *v, const char *key, int64_t otherwise)
{
	const struct json *x = json_get(v, key);
	return x->kind == JSON_KIND_INT ? x->i : otherwise;
}

bool json_get_bool(const struct json *v, const char *key, bool otherwise)
{
	const struct json *x = json_get(v, key);
	return x->kind == JSON_KIND_BOOL ? x->boolean : otherwise;
}

double json_get_double(const struct json *v, const char *key, double otherwise)
{
	const struct json *x = json_get(v, key);
	return x->kind == JSON_KIND_DOUBLE ? x->d
	       : x->kind == JSON_KIND_INT  ? (double)x->i
	                                   : otherwise;
}

const char *json_kind_name(enum json_kind kind)
{
	static const char *const names[] = {"nothing", "null",   "boolean", "integer",
	                                    "number",  "string", "array",   "object"};
	return (size_t)kind < COUNT_OF(names) ? names[kind] : "?";
}
