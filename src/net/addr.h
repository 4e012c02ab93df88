/* addr.h: socket addresses as text and networks of them (pure). */
#ifndef OTKLIK_NET_ADDR_H
#define OTKLIK_NET_ADDR_H

#include "base/str.h"

#include <sys/socket.h>

enum { NET_ADDR_TEXT = 48 };

/* The 16 bytes of an IPv6 address; IPv4 stands there mapped (::ffff:a.b.c.d). */
struct net_addr {
	unsigned char b[16];
};

/* False for families other than IPv4 and IPv6. */
MUST_USE bool net_addr_of(const struct sockaddr *sa, struct net_addr *out);
/* A plain literal: "192.0.2.1", "2001:db8::1", the latter also in brackets; no port, no zone. */
MUST_USE bool net_addr_parse(str text, struct net_addr *out);
bool net_addr_is_v4(const struct net_addr *a);
/* Zero-terminated text, IPv4 in dots. */
void net_addr_text(const struct net_addr *a, char out[NET_ADDR_TEXT]);

struct net_cidr {
	struct net_addr addr;
	unsigned bits; /* of the 128 */
};
/* "10.0.0.0/8", "fd00::/8", or a single address. Bits behind the prefix must be zero. */
MUST_USE bool net_cidr_parse(str text, struct net_cidr *out);
bool net_cidr_has(const struct net_cidr *c, const struct net_addr *a);

#endif
