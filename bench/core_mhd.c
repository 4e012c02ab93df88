/* core_mhd.c: libmicrohttpd with the smallest handler, to stand beside core.c: one thread, epoll,
 * 1 KB for every request, bodies of 1 KB. */
#include "core.h"

#include <microhttpd.h>
#include <string.h>

static char page[CORE_BYTES];
static struct MHD_Response *response;

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **state)
{
	static int begun;
	(void)arg;
	(void)url;
	(void)version;
	(void)method;
	(void)data;
	if (!*state) {
		*state = &begun;
		return MHD_YES;
	}
	if (*n) { /* the body is complete when nothing more comes */
		*n = 0;
		return MHD_YES;
	}
	return MHD_queue_response(c, MHD_HTTP_OK, response);
}

int main(void)
{
	memset(page, 'x', sizeof page);
	response = MHD_create_response_from_buffer(sizeof page, page, MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(response, "Content-Type", "text/plain");
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
	                                        on_request, NULL, MHD_OPTION_END);
	if (!d)
		return 1;
	core_tell(MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	MHD_stop_daemon(d);
	MHD_destroy_response(response);
	return 0;
}
