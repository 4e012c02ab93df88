/* read.h: JSON into a plain tree in an arena (jansson inside; RFC 8259).
 *
 * Strict: one value, UTF-8, no comments, no trailing commas, no duplicate keys,
 * no NUL in strings, integers that do not fit int64_t are refused (but see `wide`). Size, depth
 * and the number of values are checked by a scan of our own before the parser
 * sees a byte.
 */
#ifndef OTKLIK_JSON_READ_H
#define OTKLIK_JSON_READ_H

#include "base/err.h"
#include "base/str.h"

enum json_kind {
	JSON_KIND_NONE, /* the answer of json_get for an absent key; never in a tree */
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_INT,
	JSON_KIND_DOUBLE,
	JSON_KIND_STR,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT,
};

struct json {
	enum json_kind kind;
	bool boolean;
	int64_t i;
	double d;
	str s;
	/* Array: n items. Object: n items under n keys, in the order of the text. */
	size_t n;
	const struct json *items;
	const str *keys;
};

struct json_limits {
	size_t bytes;  /* 0: 1 MiB */
	int depth;     /* 0: 32; at most 512 */
	size_t values; /* 0: 100000 */
	/* An integer past int64_t becomes a JSON_KIND_DOUBLE of about its value, so that whoever
	 * reads the field can name it and its range. */
	bool wide;
};

/* limits may be NULL for the defaults. ERR_SYNTAX "error.bad_json" with the
 * place as "line:column" in error.arg, or ERR_TOO_LARGE "error.too_large". */
enum err json_parse(struct arena *a, str text, const struct json_limits *limits,
                    const struct json **out, struct error *e) MUST_USE;

/* The value under the key; of kind JSON_KIND_NONE when there is none or v is no
 * object. Never NULL, so that calls can be nested. v may be NULL. */
const struct json *json_get(const struct json *v, const char *key);
/* Item i of an array, or JSON_KIND_NONE. */
const struct json *json_at(const struct json *v, size_t i);
/* The value when it has the kind, else `otherwise`. */
str json_get_str(const struct json *v, const char *key, str otherwise);
int64_t json_get_i64(const struct json *v, const char *key, int64_t otherwise);
bool json_get_bool(const struct json *v, const char *key, bool otherwise);
/* An integer or a double as double. */
double json_get_double(const struct json *v, const char *key, double otherwise);
/* True for absent and for null. */
static inline bool json_absent(const struct json *v)
{
	return v->kind == JSON_KIND_NONE || v->kind == JSON_KIND_NULL;
}
/* "string", "object" ...: for messages and logs. */
const char *json_kind_name(enum json_kind kind);

#endif
