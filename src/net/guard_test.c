/* guard_test.c: addresses, networks, and which of them are public. */
#include "base/test.h"
#include "net/guard.h"

#include <netdb.h>
#include <sys/un.h>

static bool is_public(const char *host)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *ai = NULL;
	if (getaddrinfo(host, NULL, &hints, &ai) != 0)
		test_fail(__FILE__, __LINE__, "%s is no address", host);
	bool yes = net_addr_is_public(ai->ai_addr);
	freeaddrinfo(ai);
	return yes;
}

TEST(guard_tells_public_addresses)
{
	static const char *const yes[] = {
	    "8.8.8.8",         "1.1.1.1",         "11.0.0.1",         "100.63.255.255",
	    "100.128.0.1",     "126.255.255.255", "128.0.0.1",        "169.253.255.255",
	    "172.15.255.255",  "172.32.0.1",      "192.0.1.1",        "192.167.255.255",
	    "198.17.255.255",  "198.20.0.1",      "223.255.255.255",  "2606:4700::1111",
	    "2a02:6b8::2:242", "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8", "2002:808:808::1",
	    "2001:200::1",
	};
	static const char *const no[] = {
	    "0.0.0.0",
	    "0.1.2.3",
	    "10.0.0.1",
	    "10.255.255.255",
	    "100.64.0.1",
	    "100.100.100.200",
	    "127.0.0.1",
	    "127.255.255.254",
	    "127.1",
	    "2130706433",
	    "0x7f000001",
	    "0x7f.1",
	    "0177.0.0.1",
	    "017700000001",
	    "169.254.169.254",
	    "0xa9fea9fe",
	    "168.63.129.16",
	    "172.16.0.1",
	    "172.31.255.255",
	    "192.0.0.192",
	    "192.0.2.1",
	    "192.88.99.1",
	    "192.168.1.1",
	    "198.18.0.1",
	    "198.19.255.255",
	    "198.51.100.1",
	    "203.0.113.1",
	    "224.0.0.1",
	    "239.255.255.255",
	    "240.0.0.1",
	    "255.255.255.255",
	    "::",
	    "::1",
	    "::127.0.0.1",
	    "::ffff:127.0.0.1",
	    "::ffff:10.0.0.1",
	    "::ffff:169.254.169.254",
	    "::ffff:0:127.0.0.1",
	    "64:ff9b::127.0.0.1",
	    "64:ff9b::a9fe:a9fe",
	    "64:ff9b:1::1",
	    "100::1",
	    "2001::1",
	    "2001:10::1",
	    "2001:db8::1",
	    "2002:7f00:1::",
	    "2002:a9fe:a9fe::",
	    "2002:c0a8:101::1",
	    "3fff::1",
	    "5f00::1",
	    "fc00::1",
	    "fd00:ec2::254",
	    "fe80::1",
	    "fec0::1",
	    "ff02::1",
	    "4000::1",
	};
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		if (!is_public(yes[i]))
			test_fail(__FILE__, __LINE__, "%s should be public", yes[i]);
	for (size_t i = 0; i < COUNT_OF(no); i++)
		if (is_public(no[i]))
			test_fail(__FILE__, __LINE__, "%s should not be public", no[i]);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	CHECK(!net_addr_is_public((struct sockaddr *)&un));
}

TEST(addresses_are_read_and_written)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"::FFFF:192.0.2.1", "192.0.2.1"},
	    {"[2001:DB8::0:1]", "2001:db8::1"},
	    {"2001:db8::1", "2001:db8::1"},
	    {"192.0.2.1:80", NULL},
	    {"[::1]:80", NULL},
	    {"192.0.2", NULL},
	    {"0300.0.2.1", NULL},
	    {"fe80::1%eth0", NULL},
	    {"", NULL},
	    {"unknown", NULL},
	    {"192.0.2.1 ", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct net_addr a;
		char text[NET_ADDR_TEXT];
		bool ok = net_addr_parse(str_of(cases[i].in), &a);
		if (ok != (cases[i].out != NULL))
			test_fail(__FILE__, __LINE__, "%s", cases[i].in);
		if (!ok)
			continue;
		net_addr_text(&a, text);
		CHECK_STR(str_of(text), cases[i].out);
	}
}

static bool within(const char *net, const char *addr)
{
	struct net_cidr c;
	struct net_addr a;
	CHECK(net_cidr_parse(str_of(net), &c) && net_addr_parse(str_of(addr), &a));
	return net_cidr_has(&c, &a);
}

TEST(networks_have_their_addresses)
{
	CHECK(within("10.0.0.0/8", "10.255.0.1") && !within("10.0.0.0/8", "11.0.0.1"));
	CHECK(within("10.0.0.0/8", "::ffff:10.1.1.1"));
	CHECK(within("192.0.2.128/25", "192.0.2.129") && !within("192.0.2.128/25", "192.0.2.1"));
	CHECK(within("192.0.2.1", "192.0.2.1") && !within("192.0.2.1", "192.0.2.2"));
	CHECK(within("0.0.0.0/0", "8.8.8.8") && !within("0.0.0.0/0", "::1"));
	CHECK(within("2001:db8::/33", "2001:db8:7fff::1") &&
	      !within("2001:db8::/33", "2001:db8:8000::"));
	CHECK(within("::/0", "8.8.8.8"));
	struct net_cidr c;
	static const char *const bad[] = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
	                                  "::1/129",    "x/8",         "",          "10.0.0.0/8/8"};
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK(!net_cidr_parse(str_of(bad[i]), &c));
}
