/* Fuzz target: request bodies and query strings of every route, decoded. */
#include "api/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const struct api_route *route = &api_routes[data[0] % API_ROUTE_COUNT];
	str text = str_n((const char *)data + 1, size - 1);
	ARENA_AUTO a = arena_new();
	struct error e;
	const struct json *j;
	if (route->query)
		(void)!api_read_query(a, route->query, text, arena_alloc(a, route->query->size),
		                      &e);
	if (route->in && json_parse(a, text, NULL, &j, &e) == ERR_OK)
		(void)!api_read(a, route->in, j, arena_alloc(a, route->in->size), &e);
	return 0;
}
