/* http_second.h: one request read by libhttp_parser, a parser of other hands, for
 * http_diff.h. Apart, because its header and ours give the same names. */
#ifndef OTKLIK_NET_HTTP_SECOND_H
#define OTKLIK_NET_HTTP_SECOND_H

#include "base/str.h"

/* The strings live in the arena that they were read with, or are static. */
struct http_second {
	str error; /* why it went no further; empty when it did not stop */
	bool complete, unknown_method, keep_alive;
	size_t n; /* bytes up to the end, when complete */
	str method, target, body;
	str fields; /* "name:value\n" each, trailers left out */
	str path, query;
	str host; /* of an absolute target */
};

/* The request that begins the bytes, which may be followed by others. */
void http_second_read(struct arena *a, str bytes, struct http_second *out);

#endif
