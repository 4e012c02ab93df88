/* http_diff.h: what http_parse.h accepts, read once more by a parser of other
 * hands (libhttp_parser): a message must have the same parts and end at the same
 * byte for both. Two readers of one connection that differ there are what request
 * smuggling is made of. Only part of the fuzz build.
 */
#ifndef OTKLIK_NET_HTTP_DIFF_H
#define OTKLIK_NET_HTTP_DIFF_H

#include "base/str.h"

/* Reads the bytes of a connection by both. False when they differ, but for the differences
 * that are meant, which http_diff.c lists; *what then says where, in the arena. What our
 * parser refuses is not compared. */
bool http_diff(struct arena *a, str bytes, const char **what);

#endif
