/* addr.c: see addr.h. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool net_addr_of(const struct sockaddr *sa, struct net_addr *out)
{
	if (sa->sa_family == AF_INET) {
		memcpy(out->b, mapped, 12);
		memcpy(out->b + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
		return true;
	}
	return false;
}

bool net_addr_parse(str text, struct net_addr *out)
{
	char z[NET_ADDR_TEXT];
	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = str_sub(text, 1, text.n - 1);
	if (text.n == 0 || text.n >= sizeof z || str_chr(text, 0) >= 0)
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = 0;
	if (inet_pton(AF_INET6, z, out->b) == 1)
		return true;
	memcpy(out->b, mapped, 12);
	return inet_pton(AF_INET, z, out->b + 12) == 1;
}

bool net_addr_is_v4(const struct net_addr *a)
{
	return memcmp(a->b, mapped, 12) == 0;
}

void net_addr_text(const struct net_addr *a, char out[NET_ADDR_TEXT])
{
	bool v4 = net_addr_is_v4(a);
	if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->b + 12 : a->b, out, NET_ADDR_TEXT))
		out[0] = 0;
}

bool net_cidr_parse(str text, struct net_cidr *out)
{
	ptrdiff_t slash = str_chr(text, '/');
	str addr = slash < 0 ? text : str_sub(text, 0, (size_t)slash);
	if (!net_addr_parse(addr, &out->addr))
		return false;
	bool dotted = str_chr(addr, ':') < 0;
	int64_t bits = dotted ? 32 : 128;
	if (slash >= 0) {
		str n = str_from(text, (size_t)slash + 1);
		if (!str_to_i64(n, &bits) || bits < 0 || bits > (dotted ? 32 : 128))
			return false;
	}
	out->bits = (unsigned)bits + (dotted ? 96 : 0);
	for (unsigned i = out->bits; i < 128; i++)
		if (out->addr.b[i / 8] & (0x80 >> i % 8))
			return false;
	return true;
}

bool net_cidr_has(const struct net_cidr *c, const struct net_addr *a)
{
	unsigned whole = c->bits / 8, rest = c->bits % 8;
	if (memcmp(c->addr.b, a->b, whole) != 0)
		return false;
	return !rest || ((c->addr.b[whole] ^ a->b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}
