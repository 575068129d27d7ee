/* SPDX-License-Identifier: MIT */
/*
 * The octets of section 3 of the draft, against vectors written by hand.
 */
#include "test-set.h"

#include <stdlib.h>

#include "base/cleanup.h"

struct vector {
	const char *text;
	size_t size;
	uint8_t octets[64];
};

/* clang-format off */
static const struct vector vectors[] = {
	{"192.0.2.1:80", 19, {
		19, 39, 1,
		16, 2, 0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0}},
	{"[2001:db8::1]:443", 31, {
		31, 39, 1,
		28, 30, 1, 187, 0, 0, 0, 0,
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}},
	{"[fe80::2%258]:1,198.51.100.7:65535", 47, {
		47, 39, 2,
		28, 30, 0, 1, 0, 0, 0, 0,
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 2,
		16, 2, 255, 255, 198, 51, 100, 7, 0, 0, 0, 0, 0, 0, 0, 0}},
};
/* clang-format on */

static void test_vectors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		struct sockaddr_mp_storage set = set_of(vector->text);
		uint8_t packed[SMP_MAX_PACKED];
		int r = multipath_pack(&set.mp, packed, sizeof(packed));

		ok(r == (int)vector->size && memcmp(packed, vector->octets, vector->size) == 0,
			"A1: the octets of %s", vector->text);
		memset(&set, 0, sizeof(set));
		r = multipath_unpack(&set, vector->octets, vector->size);
		ok(r == set.mp.smp_naddrs && says(&set, vector->text), "A1: and back");
	}
}

static void test_sizes(void)
{
	static const struct {
		const char *format;
		int most, size;
	} kinds[] = {{"%s192.0.2.%d:80", 15, 243}, {"%s[2001:db8::%d]:80", 9, 255}};
	uint8_t packed[SMP_MAX_PACKED + 1];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char text[SMP_MAX_TEXT] = "";
		struct sockaddr_mp_storage set;

		for (int j = 0; j < kinds[i].most; j++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), kinds[i].format,
				j > 0 ? "," : "", j + 1);
		set = set_of(text);
		ok(multipath_pack(&set.mp, packed, SMP_MAX_PACKED) == kinds[i].size &&
				multipath_unpack(&set, packed, (size_t)kinds[i].size) ==
					kinds[i].most &&
				says(&set, text),
			"A1: %d addresses are %d octets", kinds[i].most, kinds[i].size);
		snprintf(
			text + strlen(text), sizeof(text) - strlen(text), kinds[i].format, ",", 99);
		set = set_of(text);
		ok(multipath_pack(&set.mp, packed, sizeof(packed)) == -1 && errno == EMSGSIZE,
			"A1: one more is more than an 8-bit length can say, EMSGSIZE");
	}

	struct sockaddr_mp_storage set = set_of("192.0.2.1:80");

	packed[18] = 0xee;
	ok(multipath_pack(&set.mp, packed, 18) == -1 && errno == EMSGSIZE && packed[18] == 0xee,
		"A1: nor is more written than there is room for");
	set.mp.smp_naddrs = 0;
	ok(multipath_pack(&set.mp, packed, sizeof(packed)) == -1 && errno == EINVAL,
		"A1: what is no set has no octets");
}

/* The first octets of a copy of a vector, one of them changed. */
static bool refused(size_t which, size_t size, size_t place, uint8_t value, int error)
{
	uint8_t *copy = malloc(size + 1);
	struct sockaddr_mp_storage set;
	int r;

	memcpy(copy, vectors[which].octets, size);
	if (place < size)
		copy[place] = value;
	/* Exactly so large that a sanitizer sees what is read beyond. */
	copy = realloc(copy, size > 0 ? size : 1);
	r = multipath_unpack(&set, copy, size);
	free(copy);
	if (r == -1 && errno == error)
		return true;
	printf("# octet %zu = %u: %d, %s\n", place, value, r, r < 0 ? strerror(errno) : "sound");
	return false;
}

static void test_refused(void)
{
	size_t right = 0;

	for (size_t size = 0; size < 47; size++)
		right += refused(2, size, 0, (uint8_t)size, EINVAL) &&
			refused(2, size, 99, 0, EINVAL);
	ok(right == 47, "A1: octets that end early are EINVAL, whatever their length says");
	ok(refused(2, 47, 0, 46, EINVAL) && refused(2, 47, 0, 48, EINVAL),
		"A1: a length that is not that of the octets is EINVAL");
	ok(refused(2, 47, 1, 2, EAFNOSUPPORT), "A1: another family than 39 is EAFNOSUPPORT");
	ok(refused(2, 47, 2, 0, EINVAL) && refused(2, 47, 2, 1, EINVAL) &&
			refused(2, 47, 2, 3, EINVAL) && refused(2, 47, 2, 255, EINVAL),
		"A1: a count that is not that of the addresses is EINVAL");
	ok(refused(2, 47, 3, 27, EINVAL) && refused(2, 47, 3, 0, EINVAL) &&
			refused(2, 47, 31, 28, EINVAL),
		"A1: an address of another length than its family's is EINVAL");
	ok(refused(2, 47, 4, 1, EAFNOSUPPORT) && refused(2, 47, 32, 39, EAFNOSUPPORT),
		"A1: AF_UNIX or a set in a set is EAFNOSUPPORT");
	ok(refused(0, 19, 7, 224, EINVAL), "A1: multicast is EINVAL");
}

static void test_foreign(void)
{
	static const uint8_t numbers[] = {10, 24, 28, 30};
	struct sockaddr_mp_storage set;
	uint8_t octets[64];
	size_t right = 0;

	for (size_t i = 0; i < sizeof(numbers); i++) {
		memcpy(octets, vectors[1].octets, 31);
		octets[4] = numbers[i];
		right += multipath_unpack(&set, octets, 31) == 1 && says(&set, vectors[1].text);
	}
	ok(right == sizeof(numbers), "A1: IPv6 is known by every system's number for it");

	/* ::ffff:192.0.2.1 beside 192.0.2.1. */
	memcpy(octets, vectors[1].octets, 31);
	memcpy(octets + 5, (const uint8_t[]){0, 80}, 2);
	memcpy(octets + 11, (const uint8_t[16]){[10] = 255, 255, 192, 0, 2, 1}, 16);
	ok(multipath_unpack(&set, octets, 31) == 1 && says(&set, "192.0.2.1:80"),
		"A4: an IPv4-mapped address is IPv4");
	memcpy(octets + 31, vectors[0].octets + 3, 16);
	octets[0] = 47;
	octets[2] = 2;
	ok(multipath_unpack(&set, octets, 47) == -1 && errno == EINVAL,
		"A1 A4: the same address twice is EINVAL");
}

int main(void)
{
	test_vectors();
	test_sizes();
	test_refused();
	test_foreign();
	return tap_done();
}
