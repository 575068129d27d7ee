/* SPDX-License-Identifier: MIT */
/*
 * struct sockaddr_mp: its octets, what is refused and with which errno, building, walking, text.
 */
#include "test-set.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "multipath/set.h"

#define IPV4 "192.0.2.1:80"
#define IPV6 "[2001:db8::1]:443"
#define BOTH IPV4 "," IPV6

static struct sockaddr_in ipv4(const char *text, unsigned int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, text, &address.sin_addr);
	return address;
}

static struct sockaddr_in6 ipv6(const char *text, unsigned int port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

	inet_pton(AF_INET6, text, &address.sin6_addr);
	return address;
}

#define SOCKADDR(address) ((const struct sockaddr *)(const void *)&(address)), sizeof(address)

/* ---- the octets ---- */

static void test_layout(void)
{
	struct sockaddr_in first = ipv4("192.0.2.1", 80);
	struct sockaddr_in6 second = ipv6("2001:db8::1", 443);
	struct sockaddr_mp head = {.smp_family = AF_MULTIPATH, .smp_len = 52, .smp_naddrs = 2};
	struct sockaddr_mp_storage set = set_of(BOTH);
	uint8_t golden[52];

	memcpy(golden, &head, 8);
	memcpy(golden + 8, &first, 16);
	memcpy(golden + 24, &second, 28);
	ok(AF_MULTIPATH == 0x4d50 && ((const struct sockaddr *)(void *)&set)->sa_family == 0x4d50,
		"A1: a set is a struct sockaddr of family 0x4d50");
	ok(memcmp(&set, golden, sizeof(golden)) == 0,
		"A1 A4: its octets: head, then IPv4 and IPv6 as the system has them");
	ok(multipath_check((struct sockaddr *)&set, 52, 0) == 2 &&
			multipath_check((struct sockaddr *)&set, sizeof(set), 0) == 2,
		"A1: it is sound, also in a larger buffer");
}

/* The largest set; more than one address of each kind. */
static void make_largest(struct sockaddr_mp_storage *set, size_t count, bool inet6)
{
	char text[32];

	multipath_clear(set);
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), inet6 ? "2001:db8::%zu" : "192.0.2.%zu", i + 1);
		struct sockaddr_in in = ipv4(text, 80);
		struct sockaddr_in6 in6 = ipv6(text, 80);
		int r = inet6 ? multipath_add(set, SOCKADDR(in6))
			      : multipath_add(set, SOCKADDR(in));

		if (r != (int)i + 1)
			printf("# adding %s: %d, %s\n", text, r, strerror(errno));
	}
}

static void test_limits(void)
{
	struct sockaddr_in6 another = ipv6("2001:db8:1::", 80);
	struct sockaddr_mp_storage set;

	make_largest(&set, SMP_MAX_ADDRS, true);
	ok(multipath_check((struct sockaddr *)&set, sizeof(set), 0) == 32 &&
			set.mp.smp_len == SMP_MAX_LEN,
		"A1: 32 addresses of IPv6 fill 904 octets");
	ok(multipath_add(&set, SOCKADDR(another)) == -1 && errno == ENOSPC &&
			set.mp.smp_naddrs == 32,
		"A1: the 33rd is not added");
	make_largest(&set, 7, false);
	ok(set.mp.smp_len <= sizeof(struct sockaddr_storage),
		"A1: 7 of IPv4 fit into a struct sockaddr_storage");
	make_largest(&set, 4, true);
	ok(set.mp.smp_len <= sizeof(struct sockaddr_storage), "A1: and 4 of IPv6");
}

/* ---- what is refused ---- */

struct octets {
	_Alignas(4) uint8_t at[1024];
	socklen_t size;
};

static struct octets octets_of(const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);
	struct octets octets = {.size = set.mp.smp_len};

	memcpy(octets.at, &set, octets.size);
	return octets;
}

static void set_length(struct octets *octets, size_t length)
{
	uint16_t value = (uint16_t)length;

	memcpy(octets->at + offsetof(struct sockaddr_mp, smp_len), &value, 2);
	octets->size = (socklen_t)length;
}

static void append(struct octets *octets, const void *address, size_t size)
{
	memcpy(octets->at + octets->size, address, size);
	set_length(octets, octets->size + size);
	octets->at[4]++;
}

static void set_member_family(struct octets *octets, unsigned int family)
{
	sa_family_t value = (sa_family_t)family;

	memcpy(octets->at + 8, &value, sizeof(value));
}

/* From memory of exactly that size: a sanitizer sees every octet read beyond. */
static bool refused(const struct octets *octets, int error, unsigned int flags)
{
	uint8_t *copy = malloc(octets->size > 0 ? octets->size : 1);
	int r;

	memcpy(copy, octets->at, octets->size);
	r = multipath_check((struct sockaddr *)(void *)copy, octets->size, flags);
	free(copy);
	if (r == -1 && errno == error)
		return true;
	printf("# %d, %s\n", r, r < 0 ? strerror(errno) : "sound");
	return false;
}

static void test_head(void)
{
	struct octets good = octets_of(BOTH), bad;
	unsigned int short_ones = 0;

	for (socklen_t size = 0; size < good.size; size++) {
		bad = good;
		bad.size = size;
		short_ones += refused(&bad, EINVAL, 0);
	}
	ok(short_ones == good.size, "A1: every shorter length than its own is EINVAL");
	bad = good;
	bad.at[1] ^= 0xff;
	ok(refused(&bad, EAFNOSUPPORT, 0), "A1: another family is EAFNOSUPPORT");
	for (size_t length = 0; length < 8; length++) {
		bad = good;
		set_length(&bad, length);
		bad.size = good.size;
		short_ones += refused(&bad, EINVAL, 0);
	}
	ok(short_ones == good.size + 8, "A1: a length that ends in the head is EINVAL");
	bad = good;
	bad.at[4] = 0;
	ok(refused(&bad, EINVAL, 0), "A1 A7: an empty set is EINVAL");
	bad.at[4] = 1;
	ok(refused(&bad, EINVAL, 0), "A1: octets beyond the last address are EINVAL");
	bad.at[4] = 3;
	ok(refused(&bad, EINVAL, 0), "A1: fewer addresses than counted are EINVAL");
	bad = good;
	set_length(&bad, good.size + 1);
	ok(refused(&bad, EINVAL, 0), "A1: so is one octet too many");
	bad = good;
	bad.at[5] = 1;
	ok(refused(&bad, EINVAL, 0), "A1: unknown flags are EINVAL");
	bad = good;
	bad.at[7] = 1;
	ok(refused(&bad, EINVAL, 0), "A1: what is reserved is 0, else EINVAL");
}

static void test_members(void)
{
	struct octets good = octets_of(BOTH), bad = good;
	struct sockaddr_in6 twin = ipv6("::ffff:192.0.2.1", 80);
	struct sockaddr_in same = ipv4("192.0.2.1", 80), other = ipv4("192.0.2.1", 81);

	set_member_family(&bad, AF_UNIX);
	ok(refused(&bad, EAFNOSUPPORT, 0), "A1: AF_UNIX in a set is EAFNOSUPPORT");
	set_member_family(&bad, AF_MULTIPATH);
	ok(refused(&bad, EAFNOSUPPORT, 0), "A1: a set in a set is EAFNOSUPPORT");
	set_member_family(&bad, AF_UNSPEC);
	ok(refused(&bad, EAFNOSUPPORT, 0), "A1: AF_UNSPEC in a set is EAFNOSUPPORT");
	bad = good;
	append(&bad, &other, sizeof(other));
	ok(multipath_check((struct sockaddr *)(void *)bad.at, bad.size, 0) == 3,
		"A5: one address with two ports is two members");
	append(&bad, &same, sizeof(same));
	ok(refused(&bad, EINVAL, 0), "A1: the same address and port twice is EINVAL");
	bad = good;
	append(&bad, &twin, sizeof(twin));
	ok(refused(&bad, EINVAL, 0), "A1 A4: so it is as IPv4 and IPv4-mapped");
}

static void test_33(void)
{
	struct octets bad = octets_of("192.0.2.1:1");

	for (unsigned int port = 2; port <= 33; port++) {
		struct sockaddr_in address = ipv4("192.0.2.1", port);

		append(&bad, &address, sizeof(address));
	}
	ok(refused(&bad, E2BIG, 0), "A1: 33 addresses are E2BIG");
}

static void test_nobody(void)
{
	static const char *const addresses[] = {"224.0.0.1", "239.255.255.255", "255.255.255.255"};
	struct octets good = octets_of(IPV6), bad;
	struct sockaddr_in6 group = ipv6("ff02::1", 80);
	unsigned int right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct sockaddr_in address = ipv4(addresses[i], 80);

		bad = good;
		append(&bad, &address, sizeof(address));
		right += refused(&bad, EINVAL, 0);
	}
	bad = good;
	append(&bad, &group, sizeof(group));
	right += refused(&bad, EINVAL, 0);
	ok(right == 4, "A1: multicast and broadcast are EINVAL");
}

static void test_connect_only(void)
{
	struct octets set = octets_of(IPV4 ",192.0.2.2:0");
	const unsigned int to_connect = MULTIPATH_CHECK_CONNECT;

	ok(multipath_check((struct sockaddr *)(void *)set.at, set.size, 0) == 2,
		"A5: port 0 is a port to bind to");
	ok(refused(&set, EINVAL, to_connect), "A8: and none to connect to, EINVAL");
	set = octets_of("0.0.0.0:80,[::]:80");
	ok(multipath_check((struct sockaddr *)(void *)set.at, set.size, 0) == 2,
		"A5: wildcards are addresses to bind to");
	ok(refused(&set, EINVAL, to_connect), "A8: and none to connect to, EINVAL");
	ok(refused(&set, EINVAL, 2), "unknown flags are refused");
}

/* ---- building, walking, text ---- */

static void test_building(void)
{
	struct sockaddr_in6 mapped = ipv6("::ffff:192.0.2.1", 80);
	struct sockaddr_in plain = ipv4("192.0.2.1", 80), group = ipv4("224.0.0.1", 80);
	struct sockaddr unix_address = {.sa_family = AF_UNIX};
	struct sockaddr_mp_storage set;

	multipath_clear(&set);
	ok(multipath_next(&set.mp, NULL) == NULL, "A1: an empty set has no address");
	ok(multipath_add(&set, SOCKADDR(mapped)) == 1 && says(&set, IPV4),
		"A4: an IPv4-mapped address becomes IPv4");
	ok(multipath_add(&set, SOCKADDR(plain)) == -1 && errno == EEXIST,
		"A1: an address is added once");
	ok(multipath_add(&set, (struct sockaddr *)(void *)&plain, 15) == -1 && errno == EINVAL &&
			multipath_add(&set, SOCKADDR(group)) == -1 && errno == EINVAL &&
			multipath_add(&set, &unix_address, sizeof(unix_address)) == -1 &&
			errno == EAFNOSUPPORT && says(&set, IPV4),
		"A1: what is no address for a set is not added");
	set = set_of(IPV6 "," IPV4 ",192.0.2.9:9");
	ok(multipath_remove(&set, SOCKADDR(mapped)) == 2 && says(&set, IPV6 ",192.0.2.9:9"),
		"A7: an address is taken out");
	ok(multipath_remove(&set, SOCKADDR(plain)) == -1 && errno == ENOENT, "A7: once");
	memset(&set, 0xff, sizeof(set));
	ok(multipath_add(&set, SOCKADDR(plain)) == -1, "A1: nothing is added to what is no set");
}

static void test_walk(void)
{
	struct sockaddr_mp_storage set = set_of(BOTH ",192.0.2.2:82");
	static const sa_family_t families[] = {AF_INET, AF_INET6, AF_INET};
	const struct sockaddr *address = NULL;
	size_t count = 0, right = 0;

	while ((address = multipath_next(&set.mp, address)) != NULL && count < 4)
		right += count < 3 && address->sa_family == families[count++];
	ok(count == 3 && right == 3 && address == NULL, "A1 A4: walks from the first to the last");
}

static void test_text(void)
{
	static const char *const sound[] = {
		IPV4, IPV6, BOTH, "0.0.0.0:0,[::]:0", "[fe80::1%7]:80,[fe80::1%8]:80"};
	static const struct {
		const char *text;
		int error;
	} wrong[] = {{"", EINVAL}, {"-", EINVAL}, {BOTH ",", EINVAL}, {"," BOTH, EINVAL},
		{IPV4 "," IPV4, EEXIST}, {"192.0.2.1:65536", EINVAL}, {"host:80", EINVAL},
		{IPV4 ",224.0.0.1:80", EINVAL}, {"[2001:db8::1:80", EINVAL}};
	struct sockaddr_mp_storage set;
	size_t right = 0;
	char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(sound); i++) {
		set = set_of(sound[i]);
		right += says(&set, sound[i]);
	}
	ok(right == ARRAY_SIZE(sound), "A1: sets to text and back");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int r = multipath_parse(&set, wrong[i].text);

		if (r == -1 && errno == wrong[i].error)
			right++;
		else
			printf("# \"%s\": %d, %s\n", wrong[i].text, r, strerror(errno));
	}
	ok(right == ARRAY_SIZE(sound) + ARRAY_SIZE(wrong), "A1: what is no set is refused");
	set = set_of(BOTH);
	ok(multipath_format(&set.mp, text, sizeof(text)) == (int)strlen(BOTH) &&
			strncmp(text, BOTH, 15) == 0 && text[15] == '\0' &&
			multipath_format(&set.mp, NULL, 0) == (int)strlen(BOTH),
		"A1: a text that does not fit is cut, and its length told");
	make_largest(&set, SMP_MAX_ADDRS, true);
	ok(multipath_format(&set.mp, NULL, 0) < SMP_MAX_TEXT, "A1: every text fits its limit");
}

/* ---- what calls give back ---- */

static void test_write(void)
{
	struct octets good = octets_of(BOTH ",192.0.2.2:82");
	struct set set;
	unsigned int right = 0;

	set_read(&set, good.at, good.size, SET_ANY);
	for (socklen_t room = 0; room <= good.size; room++) {
		_Alignas(4) uint8_t got[128];
		struct sockaddr_mp head;
		socklen_t size = room;
		size_t fits = room < 24 ? 0 : room < 52 ? 1 : room < 68 ? 2 : 3;

		memset(got, 0xee, sizeof(got));
		set_write(&set, got, &size);
		memcpy(&head, got, sizeof(head));
		right += size == good.size && got[room] == 0xee &&
			(room < 8 ||
				(head.smp_naddrs == fits && head.smp_len <= room &&
					memcmp(got + 8, good.at + 8, head.smp_len - 8U) == 0));
	}
	ok(right == good.size + 1,
		"A14: what does not fit is left out address by address, and the whole length told");
}

int main(void)
{
	test_layout();
	test_limits();
	test_head();
	test_members();
	test_33();
	test_nobody();
	test_connect_only();
	test_building();
	test_walk();
	test_text();
	test_write();
	return tap_done();
}
