/* fetch.h: GET of what a stranger named, without being led to where only we can go.
 *
 * Each address that is about to be connected to (after resolution, and again after each redirect)
 * is judged, and that very address is connected to. No proxy, no cookies, no credentials, no
 * referrer, no decompression; bytes, redirects and time are bounded. Blocks its thread.
 */
#ifndef OTKLIK_NET_FETCH_H
#define OTKLIK_NET_FETCH_H

#include "base/err.h"
#include "base/str.h"

#include <sys/socket.h>

struct fetch_options {
	size_t max_bytes;
	int timeout_ms; /* of the whole */
	int redirects;
	const char *accept; /* the Accept field, or NULL */
	/* May this address be connected to? NULL: net_addr_is_public. */
	bool (*allow)(void *arg, const struct sockaddr *sa);
	/* Judged by the first bytes (16, or all there are): false ends the transfer. NULL: all. */
	bool (*wanted)(void *arg, str head);
	void *arg;
};

#define FETCH_OPTIONS_DEFAULT                                                                      \
	((struct fetch_options){.max_bytes = (size_t)5 << 20, .timeout_ms = 10000, .redirects = 3})

/* The body of a 200 answer to url ("http://" or "https://", at most 8 KiB), in the arena.
 * ERR_INVALID: no such URL; ERR_DENIED: an address that may not be reached; ERR_TOO_LARGE;
 * ERR_NOT_FOUND: another status; ERR_CONFLICT: not wanted; ERR_IO: all else. No words for the
 * reader: the caller knows what it was for. */
enum err net_fetch(struct arena *a, str url, const struct fetch_options *o, str *body) MUST_USE;

#endif
