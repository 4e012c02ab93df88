/* guard.h: which addresses a request to the outside may go to.
 *
 * Whoever fetches what a stranger names (a webhook, an image, a mail server)
 * judges the address it is about to connect to, after resolution and again
 * after each redirect, and connects to that very address: a name may resolve
 * differently the next time. Spellings such as 0x7f.1 or 2130706433 need no
 * thought here, since a socket address has one form.
 */
#ifndef OTKLIK_NET_GUARD_H
#define OTKLIK_NET_GUARD_H

#include "net/addr.h"

/* True when the address is one of the public internet (IANA special-purpose registries, RFC 6890):
 * not private, loopback, link-local, shared, multicast, reserved, documentation or a cloud's
 * metadata service; IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged as IPv4. False for other
 * families. */
bool net_addr_is_public(const struct sockaddr *sa);
bool net_addr_is_public_ip(const struct net_addr *a);

#endif
