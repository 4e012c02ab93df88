/* The value of every setting in turn from the input: nothing may crash, and what is taken reads
 * back. */
#include <assert.h>

#include "sys/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	ARENA_AUTO a = arena_new();
	enum setting_id id = (enum setting_id)(data[0] % SETTING_COUNT);
	str value = str_n((const char *)data + 1, size - 1);
	if (setting_table[id].type == SETTING_TYPE_SECRET)
		return 0;
	struct settings s;
	struct error e;
	memset(&s, 0, sizeof s);
	if (settings_set(a, &s, id, value, "fuzz", &e) != ERR_OK)
		return 0;
	str text = settings_text(a, &s, id);
	enum err r = settings_set(a, &s, id, text, "fuzz", &e);
	assert(r == ERR_OK && str_eq(settings_text(a, &s, id), text));
	(void)r;
	return 0;
}
