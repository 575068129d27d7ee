/* SPDX-License-Identifier: MIT */
/*
 * Service records: the examples of RFC 9460 appendix D, and what is wrong in one way or another.
 */
#include "base/address.h"
#include "tap.h"
#include "worker/answer.h"

#include <stdlib.h>

#define TARGET "\003foo\007example\003com\000"

/* A string of octets, which may have NULs. */
#define OCTETS(text) text, sizeof(text) - 1

static uint8_t octets[4096];
static struct writer writer;
static struct answer answer;

static void put_name(const char *text)
{
	struct dns_name name;

	dns_name_parse(&name, text);
	writer_octets(&writer, name.octets, name.size);
}

static void begin(void)
{
	writer = writer_of(octets, sizeof(octets));
	memset(octets, 0, 12);
	octets[2] = 0x80;
	octets[5] = 1;
	writer_take(&writer, 12);
	put_name("example.com");
	writer_number(&writer, DNS_SVCB, 2);
	writer_number(&writer, DNS_IN, 2);
}

static void put(uint32_t ttl, const char *data, size_t size)
{
	octets[7]++;
	put_name("example.com");
	writer_number(&writer, DNS_SVCB, 2);
	writer_number(&writer, DNS_IN, 2);
	writer_number(&writer, ttl, 4);
	writer_number(&writer, size, 2);
	writer_octets(&writer, data, size);
}

static uint32_t read_all(void)
{
	size_t size = (size_t)(writer.at - octets);
	struct dns_message message;
	uint8_t *exact = malloc(size);

	memcpy(exact, octets, size);
	answer = (struct answer){.status = UINT32_MAX};
	if (dns_open(&message, exact, size) == 0)
		answer_read(&answer, &message.question, &message, 7);
	free(exact);
	return answer.count;
}

static const struct service *read_one(const char *data, size_t size)
{
	begin();
	put(300, data, size);
	return read_all() == 1 ? &answer.items.service[0] : NULL;
}

static bool refused(const char *data, size_t size)
{
	return read_one(data, size) == NULL && answer.status == MIF_TRANSLATION_NO_ADDRESS;
}

static bool hint_is(const struct service *service, uint32_t hint, const char *text)
{
	char written[MIF_ADDRESS_TEXT];

	return hint < service->hint_count &&
		strcmp(mif_address_format(&service->hints[hint], written), text) == 0;
}

static void test_examples(void)
{
	const struct service *service = read_one(OCTETS("\0\0" TARGET));

	ok(service != NULL && service->record.priority == 0 &&
			strcmp(service->record.target, "foo.example.com") == 0,
		"M25: an alias (RFC 9460 appendix D.1)");
	service = read_one(OCTETS("\0\1\0"));
	ok(service != NULL && service->record.priority == 1 && service->record.port == 0 &&
			strcmp(service->record.target, "example.com") == 0,
		"M25: the root as the target: the name itself (D.2)");
	service = read_one(OCTETS("\0\20" TARGET "\0\3\0\2\0\65"));
	ok(service != NULL && service->record.priority == 16 && service->record.port == 53,
		"M25: a port");
	service = read_one(OCTETS("\0\1" TARGET "\2\233\0\5hello"));
	ok(service != NULL && service->record.port == 0, "M25: an unknown key is left out");
	service = read_one(OCTETS("\0\1" TARGET "\0\6\0\40"
				  "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"
				  "\40\1\15\270\0\0\0\0\0\0\0\0\0\123\0\1"));
	ok(service != NULL && service->hint_count == 2 && hint_is(service, 0, "2001:db8::1") &&
			hint_is(service, 1, "2001:db8::53:1"),
		"M25: IPv6 hints");
	service = read_one(OCTETS("\0\20" TARGET "\0\0\0\4\0\1\0\4"
				  "\0\1\0\11\2h2\5h3-19\0\4\0\4\300\0\2\1"));
	ok(service != NULL && strcmp(service->record.alpn, "h2,h3-19") == 0 &&
			hint_is(service, 0, "192.0.2.1"),
		"M25: protocols, IPv4 hints, and what is mandatory");
	service = read_one(OCTETS("\0\20" TARGET "\0\1\0\14\10f\\oo,bar\2h2"));
	ok(service != NULL && strcmp(service->record.alpn, "f\\\\\\\\oo\\\\,bar,h2") == 0,
		"M25: a protocol with a comma in its name");
	service = read_one(OCTETS("\0\1\0\0\1\0\3\2h3\0\2\0\0\0\5\0\2xx"));
	ok(service != NULL &&
			service->record.flags == (MIF_SERVICE_NO_DEFAULT_ALPN | MIF_SERVICE_ECH),
		"M25: no default protocol, and ECH");
}

static void test_malformed(void)
{
	ok(refused(OCTETS("\0")) && refused(OCTETS("\0\1")) && refused(OCTETS("\0\1\3foo")),
		"M23: cut short");
	ok(refused(OCTETS("\0\1\0\0\3\0\2\0\65\0\3\0\2\0\65")) &&
			refused(OCTETS("\0\1\0\0\3\0\2\0\65\0\1\0\3\2h2")),
		"M23: keys twice, or in the wrong order");
	ok(refused(OCTETS("\0\1\0\0\3\0\1\0")) && refused(OCTETS("\0\1\0\0\3\0\3\0\0\0")),
		"M23: ports of other lengths");
	ok(refused(OCTETS("\0\1\0\0\1\0\0")) && refused(OCTETS("\0\1\0\0\1\0\1\0")) &&
			refused(OCTETS("\0\1\0\0\1\0\2\3h")),
		"M23: protocols without names");
	ok(refused(OCTETS("\0\1\0\0\4\0\0")) && refused(OCTETS("\0\1\0\0\4\0\3\1\2\3")) &&
			refused(OCTETS("\0\1\0\0\6\0\4\1\2\3\4")),
		"M23: hints of other lengths");
	ok(refused(OCTETS("\0\1\0\0\2\0\0")) && refused(OCTETS("\0\1\0\0\1\0\3\2h2\0\2\0\1x")),
		"M23: no default protocol, and no other; or with a value");
	ok(refused(OCTETS("\0\1\0\0\0\0\2\0\3")) && refused(OCTETS("\0\1\0\0\0\0\2\0\0")) &&
			refused(OCTETS("\0\1\0\0\0\0\0")) &&
			refused(OCTETS("\0\1\0\0\0\0\4\0\3\0\3\0\3\0\2\0\65")),
		"M23: mandatory and not there, itself, nothing, twice");
	ok(refused(OCTETS("\0\1\0\0\3\0\7\0\65")), "M23: longer than the record");
	begin();
	put(300, OCTETS("\0\1\0"));
	put(300, OCTETS("\0\2\0\0\3\0\1\0"));
	ok(read_all() == 0 && answer.status == MIF_TRANSLATION_NO_ADDRESS,
		"M23: one malformed record discredits the others (RFC 9460 section 2.2)");
	ok(refused(OCTETS("\0\1\0\0\0\0\2\2\233\2\233\0\1x")),
		"M23: what demands an unknown key is left out (section 8)");
	ok(refused(OCTETS("\0\1\0\0\0\0\2\0\5\0\5\0\1x")), "M23: or ECH, which is not done here");
	ok(refused(OCTETS("\0\0\0")), "M23: an alias to the root: no service");
	ok(refused(OCTETS("\0\1\3a b\0")), "M23: a target that is no host");
}

static void test_several(void)
{
	char data[] = "\0\5\0";
	bool sorted = true;

	begin();
	for (unsigned int i = 0; i < 20; i++) {
		data[1] = (char)(20 - i);
		put(300 - i, data, 3);
	}
	ok(read_all() == ANSWER_SERVICES && answer.ttl == 281, "M23: of 20 records, %u are told",
		ANSWER_SERVICES);
	for (unsigned int i = 0; i < ANSWER_SERVICES; i++)
		sorted &= answer.items.service[i].record.priority == i + 1;
	ok(sorted, "M25: the best ones, the best first");
	begin();
	put(300, OCTETS("\0\1\0"));
	put(300, OCTETS("\0\0" TARGET));
	put(300, OCTETS("\0\2\0"));
	ok(read_all() == 1 && answer.items.service[0].record.priority == 0,
		"M25: beside an alias nothing counts (section 2.4.1)");
}

int main(void)
{
	test_examples();
	test_malformed();
	test_several();
	return tap_done();
}
