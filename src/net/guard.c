/* guard.c: see guard.h. IPv6 is public only inside 2000::/3, less the blocks
 * below; so everything not yet given out is refused. */
#include "net/guard.h"

/* A prefix of an IPv4 address. */
struct block4 {
	unsigned char b[4];
	unsigned bits;
};

static const struct block4 not_public4[] = {
    {{0, 0, 0, 0}, 8},        /* this network */
    {{10, 0, 0, 0}, 8},       /* private */
    {{100, 64, 0, 0}, 10},    /* shared (carrier NAT) */
    {{127, 0, 0, 0}, 8},      /* loopback */
    {{168, 63, 129, 16}, 32}, /* a cloud's platform services */
    {{169, 254, 0, 0}, 16},   /* link-local, metadata services */
    {{172, 16, 0, 0}, 12},    /* private */
    {{192, 0, 0, 0}, 24},     /* protocol assignments */
    {{192, 0, 2, 0}, 24},     /* documentation */
    {{192, 88, 99, 0}, 24},   /* former 6to4 relays */
    {{192, 168, 0, 0}, 16},   /* private */
    {{198, 18, 0, 0}, 15},    /* benchmarks */
    {{198, 51, 100, 0}, 24},  /* documentation */
    {{203, 0, 113, 0}, 24},   /* documentation */
    {{224, 0, 0, 0}, 4},      /* multicast */
    {{240, 0, 0, 0}, 4},      /* reserved, broadcast */
};

struct block6 {
	unsigned char b[6];
	unsigned bits;
};

static const struct block6 not_public6[] = {
    {{0x20, 0x01, 0x00}, 23},       /* protocol assignments: Teredo, ORCHID ... */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};

static bool has_prefix(const unsigned char *a, const unsigned char *prefix, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	if (memcmp(a, prefix, whole) != 0)
		return false;
	return !rest || ((a[whole] ^ prefix[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

static bool is_public4(const unsigned char *b)
{
	for (size_t i = 0; i < COUNT_OF(not_public4); i++)
		if (has_prefix(b, not_public4[i].b, not_public4[i].bits))
			return false;
	return true;
}

bool net_addr_is_public_ip(const struct net_addr *a)
{
	static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	static const unsigned char six_to_four[2] = {0x20, 0x02};
	static const unsigned char global[1] = {0x20};
	if (net_addr_is_v4(a))
		return is_public4(a->b + 12);
	if (has_prefix(a->b, nat64, 96))
		return is_public4(a->b + 12);
	if (has_prefix(a->b, six_to_four, 16))
		return is_public4(a->b + 2);
	if (!has_prefix(a->b, global, 3))
		return false;
	for (size_t i = 0; i < COUNT_OF(not_public6); i++)
		if (has_prefix(a->b, not_public6[i].b, not_public6[i].bits))
			return false;
	return true;
}

bool net_addr_is_public(const struct sockaddr *sa)
{
	struct net_addr a;
	return net_addr_of(sa, &a) && net_addr_is_public_ip(&a);
}
