/* SPDX-License-Identifier: MIT */
#include "tap.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"

static struct mif_address parse(const char *text)
{
	struct mif_address address;

	if (mif_address_parse(&address, text) < 0) {
		printf("# cannot parse %s\n", text);
		address = (struct mif_address){.family = UINT16_MAX};
	}
	return address;
}

static void test_text(void)
{
	static const char *const sound[] = {"-", "192.0.2.1", "0.0.0.0", "::", "2001:db8::1",
		"fe80::1%7", "ff02::1%2147483647", "::ffff:192.0.2.1",
		"2001:db8:1111:2222:3333:4444:5555:6666"};
	static const char *const wrong[] = {"", "192.0.2", "192.0.2.256", "192.0.2.1%1", "1::2::3",
		"fe80::1%", "fe80::1%0", "fe80::1%2147483648", "fe80::1%-1", "fe80::1%nosuchlink",
		" 192.0.2.1", "192.0.2.1 ",
		"2001:db8:1111:2222:3333:4444:5555:6666%12345678901234567890123456789"};
	char text[MIF_ADDRESS_TEXT];
	struct mif_address address;
	size_t right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sound); i++) {
		address = parse(sound[i]);
		right += strcmp(mif_address_format(&address, text), sound[i]) == 0;
	}
	ok(right == ARRAY_SIZE(sound), "addresses to text and back");
	right = 0;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (mif_address_parse(&address, wrong[i]) == -EINVAL)
			right++;
		else
			printf("# taken: \"%s\"\n", wrong[i]);
	}
	ok(right == ARRAY_SIZE(wrong), "what is no address is refused");
	address = parse("fe80::1%lo");
	ok(address.scope == if_nametoindex("lo"), "a scope by name");
}

static void test_endpoint_text(void)
{
	static const char *const sound[] = {
		"192.0.2.1:80", "[2001:db8::1]:443", "[fe80::1%7]:65535"};
	static const char *const wrong[] = {"192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "[::1",
		"[::1]80", "[::1]:", "[::1]:8x", "name:80"};
	char text[MIF_ADDRESS_TEXT];
	struct mif_endpoint endpoint;
	size_t right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sound); i++)
		right += mif_endpoint_parse(&endpoint, sound[i]) == 0 &&
			strcmp(mif_endpoint_format(&endpoint, text), sound[i]) == 0;
	ok(right == ARRAY_SIZE(sound), "endpoints to text and back");
	right = 0;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		right += mif_endpoint_parse(&endpoint, wrong[i]) == -EINVAL;
	ok(right == ARRAY_SIZE(wrong), "what is no endpoint is refused");
	ok(mif_endpoint_parse(&endpoint, "2001:db8::1") == 0 && endpoint.port == 0 &&
			mif_endpoint_parse(&endpoint, "192.0.2.1") == 0 && endpoint.port == 0,
		"without a port, and without brackets");
}

static void test_sockaddr(void)
{
	static const char *const texts[] = {"192.0.2.1:80", "[2001:db8::1]:443", "[fe80::1%7]:1"};
	struct sockaddr_storage storage;
	struct mif_endpoint endpoint, back;
	size_t right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		mif_endpoint_parse(&endpoint, texts[i]);
		socklen_t size = mif_endpoint_to_sockaddr(&endpoint, &storage);

		right +=
			mif_endpoint_from_sockaddr(&back, (struct sockaddr *)&storage, size) == 0 &&
			address_equal(&back.address, &endpoint.address) &&
			back.port == endpoint.port &&
			mif_endpoint_from_sockaddr(&back, (struct sockaddr *)&storage, size - 1) ==
				-EINVAL;
	}
	ok(right == ARRAY_SIZE(texts), "socket addresses there and back; short ones are refused");
	storage.ss_family = AF_UNIX;
	ok(mif_endpoint_from_sockaddr(&back, (struct sockaddr *)&storage, sizeof(storage)) ==
				-EAFNOSUPPORT &&
			mif_endpoint_from_sockaddr(&back, (struct sockaddr *)&storage, 1) ==
				-EINVAL,
		"other families, and none");
	ok(mif_endpoint_to_sockaddr(&(struct mif_endpoint){0}, &storage) == 0, "no address");
}

static void test_order(void)
{
	static const char *const sorted[] = {"-", "10.0.0.1", "10.0.0.2", "192.0.2.1", "::1",
		"fe80::1%1", "fe80::1%2", "fe80::2%1"};
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			struct mif_address a = parse(sorted[i]), b = parse(sorted[j]);
			int order = address_compare(&a, &b);

			wrong += (order < 0) != (i < j) || (order > 0) != (i > j) ||
				address_equal(&a, &b) != (i == j);
		}
	}
	ok(wrong == 0, "a total order over family, octets and scope");
}

static void test_prefixes(void)
{
	static const struct {
		const char *prefix, *address;
		bool inside;
	} cases[] = {{"10.0.0.0/8", "10.255.0.1", true}, {"10.0.0.0/8", "11.0.0.0", false},
		{"192.0.2.128/25", "192.0.2.128", true}, {"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.1/32", "192.0.2.1", true}, {"192.0.2.1/32", "192.0.2.0", false},
		{"0.0.0.0/0", "203.0.113.9", true}, {"0.0.0.0/0", "2001:db8::1", false},
		{"2001:db8::/33", "2001:db8:7fff::", true},
		{"2001:db8::/33", "2001:db8:8000::", false},
		{"2001:db8::1/128", "2001:db8::1", true}, {"2001:db8::1/128", "2001:db8::", false}};
	struct mif_address prefix, address, network;
	char text[PREFIX_TEXT];
	unsigned int length;
	size_t right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		address = parse(cases[i].address);
		if (prefix_parse(&prefix, &length, cases[i].prefix) == 0 &&
			address_in_prefix(&address, &prefix, length) == cases[i].inside &&
			strcmp(prefix_format(&prefix, length, text), cases[i].prefix) == 0)
			right++;
		else
			printf("# wrong: %s %s\n", cases[i].prefix, cases[i].address);
	}
	ok(right == ARRAY_SIZE(cases), "prefixes, and what is inside");
	address = parse("10.0.0.1");
	ok(!address_in_prefix(&address, &address, 33), "a length beyond the family's");
	address = parse("fe80::1234:5678%3");
	network = address_network(&address, 116);
	ok(strcmp(mif_address_format(&network, text), "fe80::1234:5000") == 0,
		"the network of an address, without its scope");
	network = address_network(&address, 200);
	ok(memcmp(network.octets, address.octets, 16) == 0, "of a length beyond the family's");
	ok(prefix_parse(&prefix, &length, "192.0.2.1") == 0 && length == 32 &&
			prefix_parse(&prefix, &length, "::1") == 0 && length == 128,
		"without a slash the whole address counts");
	ok(prefix_parse(&prefix, &length, "10.0.0.0/33") == -EINVAL &&
			prefix_parse(&prefix, &length, "10.0.0.0/") == -EINVAL &&
			prefix_parse(&prefix, &length, "10.0.0.0/-1") == -EINVAL &&
			prefix_parse(&prefix, &length, "10.0.0.0/8x") == -EINVAL,
		"what is no prefix is refused");
}

static void test_classes(void)
{
	static const struct {
		const char *text;
		bool unspecified, loopback, link_local, multicast;
	} cases[] = {{"-", true, false, false, false}, {"0.0.0.0", true, false, false, false},
		{"::", true, false, false, false}, {"127.1.2.3", false, true, false, false},
		{"::1", false, true, false, false}, {"169.254.0.1", false, false, true, false},
		{"169.253.255.255", false, false, false, false},
		{"fe80::1", false, false, true, false}, {"febf::1", false, false, true, false},
		{"fec0::1", false, false, false, false}, {"224.0.0.1", false, false, false, true},
		{"239.255.255.255", false, false, false, true},
		{"240.0.0.1", false, false, false, false}, {"ff02::1", false, false, false, true},
		{"2001:db8::1", false, false, false, false}};
	size_t right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mif_address address = parse(cases[i].text);

		if (address_is_unspecified(&address) == cases[i].unspecified &&
			address_is_loopback(&address) == cases[i].loopback &&
			address_is_link_local(&address) == cases[i].link_local &&
			address_is_multicast(&address) == cases[i].multicast)
			right++;
		else
			printf("# wrong: %s\n", cases[i].text);
	}
	ok(right == ARRAY_SIZE(cases), "unspecified, loopback, link-local, multicast");
	struct mif_address global = parse("2001:db8::1"), local = parse("fe80::1");

	global = address_ipv6(global.octets, 5);
	local = address_ipv6(local.octets, 5);
	ok(global.scope == 0 && local.scope == 5, "only addresses that need a scope get one");
	ok(address_mif_family(&global) == 6 && address_size(&global) == 16 &&
			address_mif_family(&(struct mif_address){0}) == 0,
		"family and size");
}

int main(void)
{
	test_text();
	test_endpoint_text();
	test_sockaddr();
	test_order();
	test_prefixes();
	test_classes();
	return tap_done();
}
