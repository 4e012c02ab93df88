/* uri.h: percent-encoding, paths, query strings and forms, cookies (pure). */
#ifndef OTKLIK_NET_URI_H
#define OTKLIK_NET_URI_H

#include "base/buf.h"

/* A request path decoded for routing. False for what two readers could take differently or nobody
 * sends in earnest: malformed "%", NUL and control bytes, "/" or "\" encoded, "." and ".." segments
 * in any spelling, bytes that are no UTF-8. The result lives in the arena. */
MUST_USE bool uri_decode_path(struct arena *a, str raw, str *path);
/* Percent-encodes everything but unreserved characters (RFC 3986, 2.3). */
str uri_encode(struct arena *a, str s);

/* Takes the next name=value off an application/x-www-form-urlencoded string ("+" is a blank), both
 * decoded into the arena. A malformed "%" stands for itself, bytes that are no UTF-8 become U+FFFD
 * (as in WHATWG URL, 5.1). False at the end. Count your turns when the input is a stranger's. */
MUST_USE bool uri_form_next(struct arena *a, str *rest, str *name, str *value);
/* The first value of that name, or p == NULL. */
str uri_form_get(struct arena *a, str form, const char *name);

/* The first cookie of that name in a Cookie header (RFC 6265, 4.2.1), without quotes around the
 * value; p == NULL when absent. Points into the header. */
str uri_cookie_get(str header, const char *name);

#endif
