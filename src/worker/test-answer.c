/* SPDX-License-Identifier: MIT */
/*
 * DNS messages and what they say, on octets made here.
 */
#include "base/address.h"
#include "tap.h"
#include "worker/answer.h"

#include <errno.h>
#include <stdlib.h>

static uint8_t octets[65535];
static struct writer writer;

/* ---- writing what a server would ---- */

static void put_name(const char *text)
{
	struct dns_name name = {.size = 1};

	if (*text != '\0')
		dns_name_parse(&name, text);
	writer_octets(&writer, name.octets, name.size);
}

static void begin(uint16_t flags, const char *name, uint16_t type)
{
	static const uint8_t counts[8] = {[1] = 1};

	writer = writer_of(octets, sizeof(octets));
	writer_number(&writer, 0x1234, 2);
	writer_number(&writer, DNS_RESPONSE | flags, 2);
	writer_octets(&writer, counts, sizeof(counts));
	put_name(name);
	writer_number(&writer, type, 2);
	writer_number(&writer, DNS_IN, 2);
}

static void put_record(
	enum dns_section section, const char *owner, uint16_t type, uint32_t ttl, uint16_t size)
{
	octets[7 + 2 * section]++;
	put_name(owner);
	writer_number(&writer, type, 2);
	writer_number(&writer, DNS_IN, 2);
	writer_number(&writer, ttl, 4);
	writer_number(&writer, size, 2);
}

static void put_a(const char *owner, uint32_t ttl, uint32_t address)
{
	put_record(DNS_ANSWER, owner, DNS_A, ttl, 4);
	writer_number(&writer, address, 4);
}

static void put_alias(const char *owner, uint32_t ttl, const char *target)
{
	put_record(DNS_ANSWER, owner, DNS_CNAME, ttl, (uint16_t)(strlen(target) + 2));
	put_name(target);
}

static void put_soa(uint32_t ttl, uint32_t minimum)
{
	put_record(DNS_AUTHORITY, "example", DNS_SOA, ttl, 22);
	writer_number(&writer, 0, 1);
	writer_number(&writer, 0, 1);
	for (unsigned int i = 0; i < 4; i++)
		writer_number(&writer, 1, 4);
	writer_number(&writer, minimum, 4);
}

/* ---- reading it ---- */

static struct answer answer;

static void read_part(uint16_t type, size_t size)
{
	struct dns_question question = {.type = type, .class = DNS_IN};
	struct dns_message message;
	uint8_t *exact = malloc(size > 0 ? size : 1);

	memcpy(exact, octets, size);
	dns_name_parse(&question.name, "www.example");
	answer = (struct answer){.status = UINT32_MAX};
	if (dns_open(&message, exact, size) == 0)
		answer_read(&answer, &question, &message, 7);
	free(exact);
}

static void read_as(uint16_t type)
{
	read_part(type, (size_t)(writer.at - octets));
}

static bool says(uint32_t status, uint32_t count, uint32_t ttl)
{
	bool right = answer.status == status && answer.count == count && answer.ttl == ttl;

	if (!right)
		printf("# status %u, count %u, ttl %u\n", answer.status, answer.count, answer.ttl);
	return right;
}

static void test_names(void)
{
	char label[64], text[300] = "";
	struct dns_name name, other;

	memset(label, 'a', 63);
	label[63] = '\0';
	ok(dns_name_parse(&name, "WWW.Example.") == 0 && name.size == 13 &&
			dns_name_parse(&other, "www.example") == 0 && dns_name_equal(&name, &other),
		"M23: names are compared without regard to case");
	ok(dns_name_format(&name, text, sizeof(text)) == 0 && strcmp(text, "www.example") == 0,
		"M23: a name as text");
	ok(dns_name_format(&name, text, 11) == -EINVAL, "M23: which has to fit");
	ok(dns_name_parse(&name, "") == -EINVAL && dns_name_parse(&name, ".") == -EINVAL &&
			dns_name_parse(&name, "a..b") == -EINVAL &&
			dns_name_parse(&name, ".a") == -EINVAL,
		"M23: no label is empty");
	ok(dns_name_parse(&name, label) == 0, "M23: a label of 63 octets");
	snprintf(text, sizeof(text), "%s.%s.%s.%.61s", label, label, label, label);
	ok(dns_name_parse(&name, text) == 0 && name.size == 255, "M23: a name of 255 octets");
	snprintf(text, sizeof(text), "%s.%s.%s.%.62s", label, label, label, label);
	ok(dns_name_parse(&name, text) == -EINVAL, "M23: none of 256");
	snprintf(text, sizeof(text), "a%s", label);
	ok(dns_name_parse(&name, text) == -EINVAL, "M23: no label of 64");
	dns_name_parse(&name, "a\\b.example");
	ok(dns_name_format(&name, text, sizeof(text)) == -EINVAL, "M23: no octet that no host has");
}

static void test_questions(void)
{
	struct dns_question question = {.type = DNS_AAAA, .class = DNS_IN};
	struct dns_message message;
	struct dns_record record;
	size_t size;

	dns_name_parse(&question.name, "www.example");
	size = dns_ask(octets, sizeof(octets), &question, 77, DNS_RECURSION_DESIRED, 1232);
	ok(size == 12 + 13 + 4 + 11 && dns_open(&message, octets, size) == 0 && message.id == 77 &&
			message.flags == DNS_RECURSION_DESIRED &&
			dns_name_equal(&message.question.name, &question.name) &&
			message.question.type == DNS_AAAA && message.question.class == DNS_IN,
		"M23: a question");
	ok(dns_next(&message, &record) == 1 && record.section == DNS_ADDITIONAL &&
			record.type == DNS_OPT && record.class == 1232 &&
			dns_next(&message, &record) == 0,
		"M23: with EDNS (RFC 6891)");
	size = dns_ask(octets, sizeof(octets), &question, 77, 0, 0);
	ok(dns_open(&message, octets, size) == 0 && dns_next(&message, &record) == 0,
		"M23: and without");
}

static void test_addresses(void)
{
	begin(0, "www.example", DNS_A);
	put_a("www.example", 300, 0xc0000201);
	put_a("WWW.EXAMPLE", 200, 0xc0000202);
	put_a("other.example", 100, 0xc0000203);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FOUND, 2, 200), "M25: the addresses of the name, and no others'");
	read_as(DNS_AAAA);
	ok(says(MIF_TRANSLATION_NO_ADDRESS, 0, 0), "M25: of the type asked for");
	begin(0, "www.example", DNS_A);
	put_a("www.example", 0x80000000, 0xc0000201);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FOUND, 1, 0), "M25: a TTL with the highest bit set is 0");
	begin(0, "www.example", DNS_A);
	put_record(DNS_ANSWER, "www.example", DNS_A, 9, 5);
	writer_number(&writer, 0, 5);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_NO_ADDRESS, 0, 0), "M23: an address of five octets is none");
	begin(0, "www.example", DNS_AAAA);
	put_record(DNS_ANSWER, "www.example", DNS_AAAA, 9, 16);
	writer_number(&writer, 0xfe80000000000000, 8);
	writer_number(&writer, 1, 8);
	read_as(DNS_AAAA);
	ok(says(MIF_TRANSLATION_FOUND, 1, 9) && answer.items.addresses[0].scope == 7,
		"M25: a link-local address has its scope");
	begin(0, "www.example", DNS_A);
	for (unsigned int i = 0; i < 100; i++)
		put_a("www.example", 9, i);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FOUND, ANSWER_ADDRESSES, 9), "M23: of a hundred, %u are told",
		ANSWER_ADDRESSES);
}

static void test_aliases(void)
{
	char from[16], to[16];

	begin(0, "www.example", DNS_A);
	put_alias("www.example", 70, "b.example");
	put_alias("b.example", 60, "c.example");
	put_a("c.example", 80, 1);
	put_a("www.example", 80, 2);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FOUND, 1, 60), "M25: aliases, and the smallest TTL of all");
	begin(0, "www.example", DNS_A);
	put_a("c.example", 80, 1);
	put_alias("b.example", 60, "c.example");
	put_alias("www.example", 70, "b.example");
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FOUND, 1, 60), "M25: in whatever order");
	begin(0, "www.example", DNS_A);
	put_alias("www.example", 70, "b.example");
	put_alias("b.example", 60, "www.example");
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FAILED, 0, 0), "M23: in a circle: the server is wrong");
	begin(0, "www.example", DNS_A);
	put_alias("www.example", 70, "www.example");
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FAILED, 0, 0), "M23: a name that is its own alias");
	for (unsigned int length = ANSWER_ALIASES; length <= ANSWER_ALIASES + 1; length++) {
		begin(0, "www.example", DNS_A);
		for (unsigned int i = 0; i < length; i++) {
			snprintf(from, sizeof(from), "n%u.example", i);
			snprintf(to, sizeof(to), "n%u.example", i + 1);
			put_alias(i == 0 ? "www.example" : from, 9, to);
		}
		put_a(to, 9, 1);
		read_as(DNS_A);
		ok(length == ANSWER_ALIASES ? says(MIF_TRANSLATION_FOUND, 1, 9)
					    : says(MIF_TRANSLATION_FAILED, 0, 0),
			"M23: %u aliases", length);
	}
}

static void test_nothing(void)
{
	begin(DNS_NXDOMAIN, "www.example", DNS_A);
	put_soa(300, 60);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_NO_NAME, 0, 60), "M23: NXDOMAIN holds as long as SOA's minimum");
	begin(0, "www.example", DNS_A);
	put_soa(30, 60);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_NO_ADDRESS, 0, 30), "M23: or its TTL");
	begin(0, "www.example", DNS_A);
	put_soa(99999, 99999);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_NO_ADDRESS, 0, 10800), "M23: three hours at most");
	begin(0, "www.example", DNS_A);
	put_alias("www.example", 20, "b.example");
	put_soa(300, 60);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_NO_ADDRESS, 0, 20), "M23: or as long as an alias that led there");
	begin(DNS_NXDOMAIN, "www.example", DNS_A);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_NO_NAME, 0, 0), "M23: without SOA, not at all");
	begin(DNS_NXDOMAIN, "www.example", DNS_A);
	put_record(DNS_AUTHORITY, "example", DNS_SOA, 300, 5);
	writer_number(&writer, 0, 5);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_NO_NAME, 0, 0), "M23: nor with one that is cut short");
	begin(DNS_SERVFAIL, "www.example", DNS_A);
	put_a("www.example", 9, 1);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FAILED, 0, 0), "M23: SERVFAIL says nothing else");
}

static void test_broken(void)
{
	struct dns_message message;
	unsigned int wrong = 0;
	size_t whole, answers;

	begin(0, "www.example", DNS_A);
	put_a("www.example", 9, 1);
	put_a("www.example", 9, 2);
	answers = (size_t)(writer.at - octets);
	put_soa(9, 9);
	whole = (size_t)(writer.at - octets);
	for (size_t size = 0; size < whole; size++) {
		read_part(DNS_A, size);
		if (size < 12 + 13 + 4)
			wrong += answer.status != UINT32_MAX;
		else if (size < answers)
			wrong += !says(MIF_TRANSLATION_FAILED, 0, 0);
		else
			wrong += !says(MIF_TRANSLATION_FOUND, 2, 9);
	}
	ok(wrong == 0, "M23: a message cut short anywhere says nothing wrong");
	begin(0, "www.example", DNS_A);
	octets[5] = 2;
	ok(dns_open(&message, octets, whole) == -EBADMSG, "M23: two questions are none");

	/* A pointer to itself, to each other, forward, and beyond the end. */
	static const uint8_t pointers[][4] = {
		{0xc0, 29}, {0xc0, 31, 0xc0, 29}, {0xc0, 33}, {0xff, 0xff}, {0x40}, {0x80}};

	wrong = 0;
	for (size_t i = 0; i < 6; i++) {
		begin(0, "www.example", DNS_A);
		octets[7] = 1;
		writer_octets(&writer, pointers[i], 4);
		writer_octets(&writer, (const uint8_t[20]){0}, 20);
		read_as(DNS_A);
		wrong += !says(MIF_TRANSLATION_FAILED, 0, 0);
	}
	ok(wrong == 0, "M23: names that lead nowhere, or in a circle");
	begin(0, "www.example", DNS_A);
	octets[7] = 1;
	writer_number(&writer, 0x03575757c010, 6); /* "WWW", then what stands in the question */
	writer_number(&writer, 0x0001000100000009, 8);
	writer_number(&writer, 0x00040a000001, 6);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FOUND, 1, 9), "M23: a compressed name, in capitals");
}

/* The question's name, which is read once, and known when a pointer leads there. */
static void test_owner(void)
{
	char longest[254] = "";

	begin(0, "www.example", DNS_A);
	octets[7] = 2;
	writer_number(&writer, 0xc00c, 2);
	writer_number(&writer, 0x0005000100000009, 8);
	writer_number(&writer, 0x0004016dc00c, 6); /* is an alias of "m", then the same */
	writer_number(&writer, 0x016dc00c, 4);
	writer_number(&writer, 0x0001000100000008, 8);
	writer_number(&writer, 0x00040a000001, 6);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FOUND, 1, 8), "M23: pointers to the question, behind a label too");
	for (unsigned int i = 0; i < 126; i++)
		strcat(longest, "a.");
	strcat(longest, "b");
	begin(0, longest, DNS_A);
	octets[7] = 1;
	writer_number(&writer, 0x016dc00c, 4);
	writer_number(&writer, 0x0001000100000008, 8);
	writer_number(&writer, 0x00040a000001, 6);
	read_as(DNS_A);
	ok(says(MIF_TRANSLATION_FAILED, 0, 0), "M23: a name that becomes too long by one");
}

static void test_is(void)
{
	static const struct {
		const char *name, *text;
		bool is;
	} rows[] = {
		{"www.example", "www.example", true},
		{"www.example", "www.exampl", false},
		{"www.example", "www.example.", false},
		{"www.example", "www", false},
		{"www.example", "www.", false},
		{"www.example", "", false},
		{"www.example", "wwwxexample", false},
		{"www", "www.example", false},
		{"a-1_2", "a-1_2", true},
	};
	const struct dns_name dotted = {.size = 5, .octets = {3, 'a', '.', 'b'}},
			      broken = {.size = 5, .octets = {3, 'a', '\0', 'b'}},
			      root = {.size = 1}, none = {.size = 0};
	unsigned int wrong = 0;
	struct dns_name name;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		wrong += dns_name_parse(&name, rows[i].name) < 0 ||
			dns_name_is(&name, rows[i].text) != rows[i].is;
	ok(wrong == 0, "M23: whether an answer is to what was asked");
	ok(!dns_name_is(&dotted, "a.b") && !dns_name_is(&broken, "a") && !dns_name_is(&root, "") &&
			!dns_name_is(&none, ""),
		"M23: which what is no host's name never is");
}

int main(void)
{
	test_names();
	test_questions();
	test_addresses();
	test_aliases();
	test_nothing();
	test_broken();
	test_owner();
	test_is();
	return tap_done();
}
