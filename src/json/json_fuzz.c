/* Whatever is read is written and read again: nothing may crash, both trees are the same text. */
#include <assert.h>

#include "json/read.h"
#include "json/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(struct jw *w, const struct json *v)
{
	switch (v->kind) {
	case JSON_KIND_OBJECT:
		jw_object(w);
		for (size_t i = 0; i < v->n; i++) {
			jw_key(w, v->keys[i]);
			write_value(w, &v->items[i]);
		}
		jw_end(w);
		break;
	case JSON_KIND_ARRAY:
		jw_array(w);
		for (size_t i = 0; i < v->n; i++)
			write_value(w, &v->items[i]);
		jw_end(w);
		break;
	case JSON_KIND_STR:
		jw_str(w, v->s);
		break;
	case JSON_KIND_INT:
		jw_i64(w, v->i);
		break;
	case JSON_KIND_DOUBLE:
		jw_double(w, v->d);
		break;
	case JSON_KIND_BOOL:
		jw_bool(w, v->boolean);
		break;
	default:
		jw_null(w);
		break;
	}
}

static void write_tree(struct buf *b, const struct json *v)
{
	struct jw w;
	buf_clear(b);
	jw_init(&w, b);
	write_value(&w, v);
	assert(jw_done(&w) && !b->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	const struct json *v, *again;
	struct error e;
	if (json_parse(a, str_n((const char *)data, size), NULL, &v, &e) != ERR_OK)
		return 0;
	BUF_AUTO first;
	BUF_AUTO second;
	buf_init(&first, 0);
	buf_init(&second, 0);
	write_tree(&first, v);
	enum err r =
	    json_parse(a, buf_str(&first), &(struct json_limits){.bytes = SIZE_MAX}, &again, &e);
	assert(r == ERR_OK);
	(void)r;
	write_tree(&second, again);
	assert(str_eq(buf_str(&first), buf_str(&second)));
	return 0;
}
