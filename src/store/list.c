/* list.c: see list.h. */
#include "store/list.h"

#include "base/buf.h"

str list_like(struct arena *a, const char *before, str text, const char *after)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, before);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\')
			buf_addc(&b, '\\');
		buf_addc(&b, text.p[i]);
	}
	buf_addz(&b, after);
	return str_dup(a, buf_str(&b));
}

str list_cursor(struct arena *a, int64_t key, int64_t id)
{
	return str_printf(a, "%lld.%lld", (long long)key, (long long)id);
}

bool list_cursor_read(str cursor, int64_t *key, int64_t *id)
{
	ptrdiff_t dot = str_chr(cursor, '.');
	return dot > 0 && str_to_i64(str_sub(cursor, 0, (size_t)dot), key) &&
	       str_to_i64(str_from(cursor, (size_t)dot + 1), id);
}
