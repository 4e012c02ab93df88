/* route.c: from a path to its route. The table is made by tools/gen_api.py. */
#include "api/call.h"

bool api_owns(str path)
{
	return str_eq(path, STR("/api")) || str_starts(path, STR("/api/"));
}

static bool match(const struct api_path *p, const str *segments, int64_t *id, str *token)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->segments[i].n) {
			if (!str_eq(p->segments[i], segments[i]))
				return false;
		} else if (p->param == API_PARAM_TOKEN) {
			if (segments[i].n == 0)
				return false;
			*token = segments[i];
		} else {
			/* One spelling for each id: no sign, no leading zero. */
			if (segments[i].n == 0 || segments[i].p[0] < '1' ||
			    segments[i].p[0] > '9' || !str_to_i64(segments[i], id))
				return false;
		}
	}
	return true;
}

const struct api_path *api_path_find(str path, int64_t *id, str *token)
{
	str rest = path, segments[API_SEGMENTS_MAX];
	size_t n = 0;
	if (!str_starts(path, STR("/api/v1/")))
		return NULL;
	rest = str_from(path, 8);
	while (n < API_SEGMENTS_MAX && str_split(&rest, '/', &segments[n]))
		n++;
	if (rest.p)
		return NULL;
	for (size_t i = 0; i < api_n_paths; i++)
		if (api_paths[i].n == n && match(&api_paths[i], segments, id, token))
			return &api_paths[i];
	return NULL;
}

str api_path_allow(struct arena *a, const struct api_path *p)
{
	static const struct {
		enum http_method method;
		const char *name;
	} all[] = {{HTTP_GET, "GET, HEAD"},
	           {HTTP_POST, "POST"},
	           {HTTP_PUT, "PUT"},
	           {HTTP_PATCH, "PATCH"},
	           {HTTP_DELETE, "DELETE"}};
	str out = STR("");
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (p->by_method[all[i].method])
			out =
			    str_printf(a, "%.*s%s%s", STR_FMT(out), out.n ? ", " : "", all[i].name);
	return out;
}
