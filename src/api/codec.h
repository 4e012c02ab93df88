/* codec.h: what the generated tables mean: JSON and query strings to structs,
 * structs to JSON.
 *
 * tools/gen_api.py describes every object of the API by a table of fields with
 * their offsets and limits; the functions here interpret them, so that every
 * request is checked by the same few lines:
 *  - unknown fields are refused, absent ones too unless optional; null counts
 *    as absent;
 *  - lengths of text are counted in characters (code points), control
 *    characters other than tab and line ends are refused;
 *  - the error names the field with its path ("cc.3.address").
 */
#ifndef OTKLIK_API_CODEC_H
#define OTKLIK_API_CODEC_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "json/read.h"
#include "json/write.h"

struct api_names {
	const str *values;
	int n;
};
/* "" outside of the range. */
str api_names_get(const struct api_names *names, int value);
/* -1 when there is no such value. */
int api_names_find(const struct api_names *names, str value);
/* The same of what was read from the database, which was checked when it was written; 0 when there
 * is no such value all the same. */
int api_names_stored(const struct api_names *names, str value);

enum api_kind {
	API_ID,      /* int64_t; answers: 0 is null */
	API_INT,     /* int64_t */
	API_BOOL,    /* bool */
	API_TEXT,    /* str; optional in answers: p == NULL is null */
	API_BYTES64, /* str of bytes; base64 on the wire */
	API_TIME,    /* usec; answers: 0 is null */
	API_EMAIL,   /* str */
	API_PHONE,   /* str */
	API_MAP,     /* requests: struct api_pair list; answers: str, a JSON object whose values
	                are written as strings ("" is {}) */
	API_ENUM,    /* an int-sized enumeration */
	API_OBJECT,  /* by value; optional in answers: a pointer, NULL is null */
};

struct api_pair {
	str key, value;
};

struct api_type;
struct api_field {
	const char *name;
	str key; /* "\"name\":", as it stands in answers */
	enum api_kind kind;
	bool optional, list;
	bool flagged; /* presence is in the bool at `has` */
	uint32_t at, has, n;
	int64_t min, max; /* of a number, or of a text's length */
	size_t list_min, list_max;
	const struct api_names *names;
	const struct api_type *sub;
};
struct api_type {
	const char *name;
	const struct api_field *fields;
	size_t n_fields, size;
};

/* Fills the struct `out` (zeroed by the caller) from a JSON object. ERR_INVALID
 * with field and key: error.required, error.unknown_field, error.too_long,
 * error.too_short, error.out_of_range, error.not_text, error.not_a_number,
 * error.not_a_flag, error.not_a_time, error.not_a_list, error.not_an_object,
 * error.not_one_of, error.not_an_email, error.not_a_phone, error.control_character,
 * error.too_many_items, error.too_few_items. Strings live where j's do. */
enum err api_read(struct arena *a, const struct api_type *type, const struct json *j, void *out,
                  struct error *e) MUST_USE;
/* The same from a query string; a parameter given twice is refused (error.repeated). */
enum err api_read_query(struct arena *a, const struct api_type *type, str query, void *out,
                        struct error *e) MUST_USE;

/* One value. */
void api_write(struct jw *w, const struct api_type *type, const void *v);
void api_write_list(struct jw *w, const struct api_type *type, const void *items, size_t n);

#endif
