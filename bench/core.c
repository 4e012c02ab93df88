/* core.c: our HTTP core with the smallest handler: 1 KB for every request. Prints its port, then,
 * for every line on standard input, the CPU seconds it has used. See core_mhd.c. */
#include "core.h"

#include "net/http.h"

static char page[CORE_BYTES];

static void on_request(struct http_req *r, void *arg)
{
	static const struct http_field type = {STR("Content-Type"), STR("text/plain")};
	if (r->method == HTTP_POST && r->body_size != CORE_BYTES)
		http_reply_static(r, 400, NULL, 0, STR_NONE);
	else
		http_reply_static(r, 200, &type, 1, str_n(page, sizeof page));
}

int main(void)
{
	struct http_options o;
	struct http_handlers h = {.on_request = on_request};
	struct http_server *s;
	struct error e;
	memset(page, 'x', sizeof page);
	http_options_init(&o);
	o.port = 0;
	o.loops = 1;
	if (http_server_new(&s, &o, &h, NULL, &e) || http_server_start(s, &e))
		return 1;
	core_tell(http_server_port(s));
	http_server_free(s);
	return 0;
}
