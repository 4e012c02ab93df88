/* codec.c: see codec.h. */
#include "api/codec.h"

#include <math.h>

#include "base/date.h"
#include "base/vec.h"
#include "net/uri.h"
#include "text/addr.h"

enum { MAP_MAX = 100, MAP_KEY_MAX = 64, MAP_VALUE_MAX = 2000, QUERY_MAX = 64 };

str api_names_get(const struct api_names *names, int value)
{
	return value >= 0 && value < names->n ? names->values[value] : STR("");
}

int api_names_find(const struct api_names *names, str value)
{
	for (int i = 0; i < names->n; i++)
		if (str_eq(names->values[i], value))
			return i;
	return -1;
}

int api_names_stored(const struct api_names *names, str value)
{
	int i = api_names_find(names, value);
	return i < 0 ? 0 : i;
}

/* ---- where we are, for errors ---- */

struct at {
	const struct at *up;
	str name;
	ptrdiff_t index; /* in a list, when name is empty */
};

static void at_print(struct buf *b, const struct at *at)
{
	if (!at)
		return;
	at_print(b, at->up);
	if (b->n)
		buf_addc(b, '.');
	if (at->name.p)
		buf_add(b, at->name);
	else
		buf_add_i64(b, at->index);
}

static enum err wrong(struct error *e, const struct at *at, const char *key, const char *arg)
{
	BUF_AUTO b;
	buf_init(&b, 4096);
	at_print(&b, at);
	buf_addc(&b, '\0');
	return error_set(e, ERR_INVALID, key, b.p, arg);
}

static enum err wrong_number(struct error *e, const struct at *at, const char *key, int64_t n)
{
	char arg[24];
	snprintf(arg, sizeof arg, "%lld", (long long)n);
	return wrong(e, at, key, arg);
}

/* ---- single values ---- */

static bool has_control(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
			return true;
	}
	return false;
}

static enum err check_text(str s, int64_t min, int64_t max, const struct at *at, struct error *e)
{
	if (has_control(s))
		return wrong(e, at, "error.control_character", NULL);
	int64_t n = (int64_t)str_utf8_len(s);
	if (n < min)
		return n == 0 && min == 1 ? wrong(e, at, "error.required", NULL)
		                          : wrong_number(e, at, "error.too_short", min);
	if (n > max)
		return wrong_number(e, at, "error.too_long", max);
	return ERR_OK;
}

/* The names in one line, for the sentence "one of ...". */
static enum err not_one_of(struct error *e, const struct at *at, const struct api_names *names)
{
	BUF_AUTO b;
	buf_init(&b, 1024);
	for (int i = 0; i < names->n; i++) {
		if (i)
			buf_addz(&b, ", ");
		buf_add(&b, names->values[i]);
	}
	buf_addc(&b, '\0');
	return wrong(e, at, "error.not_one_of", b.p);
}

static enum err not_within(const struct api_field *f, const struct at *at, struct error *e)
{
	char arg[48];
	if (f->max == INT64_MAX)
		snprintf(arg, sizeof arg, "%lld...", (long long)f->min);
	else
		snprintf(arg, sizeof arg, "%lld...%lld", (long long)f->min, (long long)f->max);
	return wrong(e, at, "error.out_of_range", arg);
}

static enum err check_number(const struct api_field *f, int64_t i, const struct at *at,
                             struct error *e)
{
	return i >= f->min && i <= f->max ? ERR_OK : not_within(f, at, e);
}

/* A value that is text on the wire, both in JSON and in a query. */
static enum err take_text(struct arena *a, const struct api_field *f, str s, char *to,
                          const struct at *at, struct error *e)
{
	switch (f->kind) {
	case API_TEXT: {
		enum err err = check_text(s, f->min, f->max, at, e);
		if (err)
			return err;
		break;
	}
	case API_EMAIL:
		if (!email_normal(a, s, &s))
			return wrong(e, at, "error.not_an_email", NULL);
		break;
	case API_PHONE: {
		str normal;
		if (!phone_normal(a, s, &normal))
			return wrong(e, at, "error.not_a_phone", NULL);
		break;
	}
	case API_BYTES64:
		if (!str_unbase64(a, s, false, &s))
			return wrong(e, at, "error.not_base64", NULL);
		if ((int64_t)s.n > f->max)
			return wrong_number(e, at, "error.too_long", f->max);
		break;
	case API_TIME: {
		usec t;
		if (!date_parse_rfc3339(s, &t) || t <= 0)
			return wrong(e, at, "error.not_a_time", NULL);
		*(usec *)(void *)to = t;
		return ERR_OK;
	}
	case API_ENUM: {
		int v = api_names_find(f->names, s);
		if (v < 0)
			return not_one_of(e, at, f->names);
		*(int *)(void *)to = v;
		return ERR_OK;
	}
	default:
		abort(); /* the generator gives no other kind */
	}
	*(str *)(void *)to = s;
	return ERR_OK;
}

static enum err read_object(struct arena *a, const struct api_type *type, const struct json *j,
                            char *out, const struct at *at, struct error *e);

static enum err read_value(struct arena *a, const struct api_field *f, const struct json *j,
                           char *to, const struct at *at, struct error *e)
{
	switch (f->kind) {
	case API_ID:
	case API_INT:
		/* An integer past 64 bits is read as a real number (json/read.h). */
		if (j->kind == JSON_KIND_DOUBLE && fabs(j->d) >= 9223372036854775808.0)
			return not_within(f, at, e);
		if (j->kind != JSON_KIND_INT)
			return wrong(e, at, "error.not_a_number", NULL);
		*(int64_t *)(void *)to = j->i;
		return check_number(f, j->i, at, e);
	case API_BOOL:
		if (j->kind != JSON_KIND_BOOL)
			return wrong(e, at, "error.not_a_flag", NULL);
		*(bool *)to = j->boolean;
		return ERR_OK;
	case API_OBJECT:
		return read_object(a, f->sub, j, to, at, e);
	default:
		if (j->kind != JSON_KIND_STR)
			return wrong(e, at, "error.not_text", NULL);
		return take_text(a, f, j->s, to, at, e);
	}
}

static size_t value_size(const struct api_field *f)
{
	switch (f->kind) {
	case API_ID:
	case API_INT:
	case API_TIME:
		return sizeof(int64_t);
	case API_BOOL:
		return sizeof(bool);
	case API_ENUM:
		return sizeof(int);
	case API_OBJECT:
		return f->sub->size;
	default:
		return sizeof(str);
	}
}

static enum err read_list(struct arena *a, const struct api_field *f, const struct json *j,
                          char *out, const struct at *at, struct error *e)
{
	if (j->kind != JSON_KIND_ARRAY)
		return wrong(e, at, "error.not_a_list", NULL);
	if (j->n < f->list_min)
		return wrong_number(e, at, "error.too_few_items", (int64_t)f->list_min);
	if (j->n > f->list_max)
		return wrong_number(e, at, "error.too_many_items", (int64_t)f->list_max);
	size_t size = value_size(f);
	char *items = arena_array(a, j->n, size);
	for (size_t i = 0; i < j->n; i++) {
		struct at here = {.up = at, .index = (ptrdiff_t)i};
		enum err err = read_value(a, f, &j->items[i], items + i * size, &here, e);
		if (err)
			return err;
	}
	memcpy(out + f->at, &items, sizeof items);
	memcpy(out + f->n, &j->n, sizeof j->n);
	return ERR_OK;
}

static enum err read_map(struct arena *a, const struct api_field *f, const struct json *j,
                         char *out, const struct at *at, struct error *e)
{
	if (j->kind != JSON_KIND_OBJECT)
		return wrong(e, at, "error.not_an_object", NULL);
	if (j->n > MAP_MAX)
		return wrong_number(e, at, "error.too_many_items", MAP_MAX);
	struct api_pair *pairs = ARENA_ARRAY(a, j->n, struct api_pair);
	for (size_t i = 0; i < j->n; i++) {
		struct at here = {.up = at, .name = j->keys[i]};
		enum err err = check_text(j->keys[i], 1, MAP_KEY_MAX, &here, e);
		if (err)
			return err;
		if (j->items[i].kind != JSON_KIND_STR)
			return wrong(e, &here, "error.not_text", NULL);
		err = check_text(j->items[i].s, 0, MAP_VALUE_MAX, &here, e);
		if (err)
			return err;
		pairs[i] = (struct api_pair){j->keys[i], j->items[i].s};
	}
	*(struct api_pair **)(void *)(out + f->at) = pairs;
	memcpy(out + f->n, &j->n, sizeof j->n);
	return ERR_OK;
}

static const struct api_field *field_by_name(const struct api_type *type, str name)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (str_eq(name, str_of(type->fields[i].name)))
			return &type->fields[i];
	return NULL;
}

static enum err read_object(struct arena *a, const struct api_type *type, const struct json *j,
                            char *out, const struct at *up, struct error *e)
{
	if (j->kind != JSON_KIND_OBJECT)
		return wrong(e, up, "error.not_an_object", NULL);
	for (size_t i = 0; i < j->n; i++)
		if (!field_by_name(type, j->keys[i]))
			return wrong(e, &(struct at){.up = up, .name = j->keys[i]},
			             "error.unknown_field", NULL);
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct api_field *f = &type->fields[i];
		struct at at = {.up = up, .name = str_of(f->name)};
		const struct json *v = json_get(j, f->name);
		if (json_absent(v)) {
			if (f->optional)
				continue;
			return wrong(e, &at, "error.required", NULL);
		}
		enum err err = f->list              ? read_list(a, f, v, out, &at, e)
		               : f->kind == API_MAP ? read_map(a, f, v, out, &at, e)
		                                    : read_value(a, f, v, out + f->at, &at, e);
		if (err)
			return err;
		if (f->flagged)
			*(bool *)(out + f->has) = true;
	}
	return ERR_OK;
}

enum err api_read(struct arena *a, const struct api_type *type, const struct json *j, void *out,
                  struct error *e)
{
	return read_object(a, type, j, out, NULL, e);
}

/* ---- query strings ---- */

static enum err take_query(struct arena *a, const struct api_field *f, str s, char *to,
                           const struct at *at, struct error *e)
{
	switch (f->kind) {
	case API_ID:
	case API_INT: {
		int64_t i;
		if (!str_to_i64(s, &i))
			return wrong(e, at, "error.not_a_number", NULL);
		*(int64_t *)(void *)to = i;
		return check_number(f, i, at, e);
	}
	case API_BOOL:
		if (!str_is(s, "1") && !str_is(s, "0") && !str_is(s, "true") && !str_is(s, "false"))
			return wrong(e, at, "error.not_a_flag", NULL);
		*(bool *)to = str_is(s, "1") || str_is(s, "true");
		return ERR_OK;
	default:
		return take_text(a, f, s, to, at, e);
	}
}

enum err api_read_query(struct arena *a, const struct api_type *type, str query, void *out,
                        struct error *e)
{
	str name, value;
	uint64_t seen = 0;
	for (int turns = 0; uri_form_next(a, &query, &name, &value); turns++) {
		struct at at = {.name = name};
		if (turns == QUERY_MAX)
			return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
		if (name.n == 0 && value.n == 0)
			continue; /* "a=1&&b=2" */
		const struct api_field *f = field_by_name(type, name);
		if (!f)
			return wrong(e, &at, "error.unknown_field", NULL);
		uint64_t bit = UINT64_C(1) << (f - type->fields);
		if (seen & bit)
			return wrong(e, &at, "error.repeated", NULL);
		seen |= bit;
		/* An empty value of an optional parameter says nothing, as forms send it. */
		if (value.n == 0 && f->optional)
			continue;
		enum err err = take_query(a, f, value, (char *)out + f->at, &at, e);
		if (err)
			return err;
		if (f->flagged)
			*(bool *)((char *)out + f->has) = true;
		if (!f->optional)
			seen |= bit;
	}
	for (size_t i = 0; i < type->n_fields; i++)
		if (!type->fields[i].optional && !(seen >> i & 1))
			return wrong(e, &(struct at){.name = str_of(type->fields[i].name)},
			             "error.required", NULL);
	return ERR_OK;
}

/* ---- answers ---- */

/* An object of strings, whatever the stored JSON's values are. */
static void write_map(struct jw *w, str json)
{
	if (json.n <= 2) {
		jw_object(w);
		jw_end(w);
		return;
	}
	struct arena *a = arena_new();
	const struct json *j;
	struct error e;
	jw_object(w);
	if (json_parse(a, json, NULL, &j, &e) == ERR_OK && j->kind == JSON_KIND_OBJECT) {
		for (size_t i = 0; i < j->n; i++) {
			const struct json *v = &j->items[i];
			jw_key(w, j->keys[i]);
			if (v->kind == JSON_KIND_INT)
				jw_str(w, str_printf(a, "%lld", (long long)v->i));
			else if (v->kind == JSON_KIND_BOOL)
				jw_str(w, v->boolean ? STR("true") : STR("false"));
			else
				jw_str(w, v->s);
		}
	}
	jw_end(w);
	arena_free(a);
}

static void write_value(struct jw *w, const struct api_field *f, const char *v)
{
	switch (f->kind) {
	case API_ID:
		jw_id(w, *(const int64_t *)(const void *)v);
		break;
	case API_INT:
		jw_i64(w, *(const int64_t *)(const void *)v);
		break;
	case API_BOOL:
		jw_bool(w, *(const bool *)v);
		break;
	case API_TIME:
		jw_time(w, *(const usec *)(const void *)v);
		break;
	case API_MAP:
		write_map(w, *(const str *)(const void *)v);
		break;
	case API_ENUM:
		jw_str(w, api_names_get(f->names, *(const int *)(const void *)v));
		break;
	case API_OBJECT:
		api_write(w, f->sub, v);
		break;
	case API_BYTES64: {
		struct arena *a = arena_new();
		jw_str(w, str_base64(a, *(const str *)(const void *)v, false));
		arena_free(a);
		break;
	}
	default:
		jw_str(w, *(const str *)(const void *)v);
	}
}

static void write_field(struct jw *w, const struct api_field *f, const char *v)
{
	const char *at = v + f->at;
	if (f->flagged && !*(const bool *)(v + f->has)) {
		jw_null(w);
		return;
	}
	if (f->list) {
		const char *items;
		size_t n, size = value_size(f);
		memcpy(&items, at, sizeof items);
		memcpy(&n, v + f->n, sizeof n);
		jw_array(w);
		for (size_t i = 0; i < n; i++)
			write_value(w, f, items + i * size);
		jw_end(w);
		return;
	}
	if (f->kind == API_OBJECT && f->optional) {
		memcpy(&at, v + f->at, sizeof at);
		if (!at) {
			jw_null(w);
			return;
		}
	} else if (f->optional && !f->flagged && value_size(f) == sizeof(str) &&
	           !((const str *)(const void *)at)->p) {
		jw_null(w);
		return;
	}
	write_value(w, f, at);
}

void api_write(struct jw *w, const struct api_type *type, const void *v)
{
	jw_object(w);
	for (size_t i = 0; i < type->n_fields; i++) {
		jw_key_ready(w, type->fields[i].key);
		write_field(w, &type->fields[i], v);
	}
	jw_end(w);
}

void api_write_list(struct jw *w, const struct api_type *type, const void *items, size_t n)
{
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		api_write(w, type, (const char *)items + i * type->size);
	jw_end(w);
}
