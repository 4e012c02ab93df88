/* What people type and what letters hold, as any bytes: names of
 * files, placeholders, identities, cursors. Nothing crashes, results keep their promises. */
#include <assert.h>

#include "desk/ticket_internal.h"
#include "desk/upload.h"
#include "store/contact.h"
#include "store/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	str s = str_n((const char *)data, size);
	int64_t key, id;
	str name = desk_file_name(a, s);
	assert(name.n > 0 && name.n <= 200 && str_is_utf8(name) && name.p[0] != '.');
	assert(str_chr(name, '/') < 0 && str_chr(name, '\\') < 0 && str_chr(name, '\n') < 0);
	str type = desk_content_type(a, s);
	assert(str_chr(type, '/') > 0 && str_chr(type, '\r') < 0 && str_chr(type, '\n') < 0);
	struct error e;
	if (desk_check_placeholders(s, &e) == ERR_OK)
		assert(str_find(s, STR("{{a}}")) < 0);
	for (int k = 0; k < IDENTITY_KIND_COUNT; k++) {
		str norm = identity_norm(a, (enum identity_kind)k, s);
		if (norm.n && k != IDENTITY_PHONE) /* +8 ... is not 8 ... */
			assert(str_eq(identity_norm(a, (enum identity_kind)k, norm), norm));
	}
	if (list_cursor_read(s, &key, &id))
		assert(str_chr(s, '.') > 0);
	return 0;
}
