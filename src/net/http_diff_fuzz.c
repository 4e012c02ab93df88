/* http_diff_fuzz.c: what we accept, another parser reads with the same boundaries. */
#include "net/http_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	const char *what = "";
	if (!http_diff(a, str_n((const char *)data, size), &what)) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
	return 0;
}
