/* SPDX-License-Identifier: MIT */
/*
 * What a DNS answer says: from the records of a message to addresses. No state.
 */
#include "worker/answer.h"

#include "base/address.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* RFC 2308 section 5: one to three hours "have been found to work well". */
#define NEGATIVE_TTL_MAX 10800

/* RFC 2181 section 8: with the highest bit set, it is 0. */
static uint32_t ttl_of(uint32_t ttl)
{
	return ttl > INT32_MAX ? 0 : ttl;
}

/* ::ffff:0:0/96 */
static bool is_mapped(const uint8_t *octets)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(octets, prefix, sizeof(prefix)) == 0;
}

static void keep_address(struct answer *answer, const struct dns_record *record, uint32_t ifindex)
{
	size_t size = record->type == DNS_A ? 4 : 16;
	struct reader data = record->data;
	const uint8_t *octets = reader_take(&data, size);

	if (octets == NULL || reader_left(&data) > 0 || answer->count == ANSWER_ADDRESSES)
		return;
	/* A socket would take it for IPv4 (RFC 4942 section 2.2, RFC 6147 section 5.1.4). */
	if (record->type == DNS_AAAA && is_mapped(octets))
		return;
	answer->items.addresses[answer->count++] =
		record->type == DNS_A ? address_ipv4(octets) : address_ipv6(octets, ifindex);
	answer->ttl = MIN(answer->ttl, ttl_of(record->ttl));
}

/* The aliases of *name, then of their targets, until none is left: servers put them in that order, but
 * need not. 0, or -EBADMSG. */
static int follow_aliases(
	struct answer *answer, const struct dns_message *message, struct dns_name *name)
{
	unsigned int before, aliases = 0;

	do {
		struct dns_message again = *message;
		struct dns_record record;
		int r;

		before = aliases;
		while ((r = dns_next(&again, &record)) == 1 && record.section == DNS_ANSWER) {
			if (record.type != DNS_CNAME || record.class != DNS_IN ||
				!dns_name_equal(&record.owner, name))
				continue;
			if (++aliases > ANSWER_ALIASES ||
				dns_read_name(message, &record.data, name) < 0)
				return -EBADMSG;
			answer->ttl = MIN(answer->ttl, ttl_of(record.ttl));
		}
		if (r < 0 && again.section == DNS_ANSWER)
			return r;
	} while (aliases > before);
	return 0;
}

/* How long nothing was found holds: RFC 2308 section 5. Without an SOA record it does not. */
static uint32_t negative_ttl(const struct dns_message *message, const struct dns_record *record)
{
	struct reader data = record->data;
	struct dns_name name;
	uint32_t minimum;

	if (dns_read_name(message, &data, &name) < 0 || dns_read_name(message, &data, &name) < 0)
		return 0;
	reader_take(&data, 16);
	minimum = ttl_of(reader_u32(&data));
	return data.failed ? 0 : MIN(MIN(minimum, ttl_of(record->ttl)), NEGATIVE_TTL_MAX);
}

/* Whether an NSEC record has no such type in its list (RFC 4034 section 4.1). */
static bool denies(
	const struct dns_message *message, const struct dns_record *record, uint16_t type)
{
	struct reader data = record->data;
	struct dns_name next;

	if (dns_read_name(message, &data, &next) < 0)
		return false;
	while (reader_left(&data) > 0) {
		uint8_t window = reader_u8(&data);
		struct reader types = reader_part(&data, reader_u8(&data));
		size_t place = type % 256 / 8;

		if (window != type / 256)
			continue;
		reader_take(&types, place);
		return !data.failed && !(reader_u8(&types) & 0x80 >> type % 8);
	}
	return !data.failed;
}

/* By priority; of an alias, nothing else counts (RFC 9460 section 2.4.1). One that is malformed is enough
 * for nobody to trust the others (section 2.2). 0, or -EBADMSG. */
static int keep_service(struct answer *answer, const struct dns_message *message,
	const struct dns_record *record, uint32_t ifindex)
{
	struct service *all = answer->items.service;
	struct service service;
	int r = service_read(&service, message, record, ifindex);
	uint32_t at;

	if (r <= 0)
		return r;
	answer->ttl = MIN(answer->ttl, ttl_of(record->ttl));
	if (answer->count > 0 && all[0].record.priority == 0)
		return 0;
	if (service.record.priority == 0)
		answer->count = 0;
	for (at = answer->count; at > 0 && all[at - 1].record.priority > service.record.priority;
		at--) {
		if (at < ANSWER_SERVICES)
			all[at] = all[at - 1];
	}
	if (at < ANSWER_SERVICES)
		all[at] = service;
	answer->count = MIN(answer->count + 1, ANSWER_SERVICES);
	return 0;
}

static int keep(struct answer *answer, const struct dns_message *message,
	const struct dns_record *record, uint32_t ifindex)
{
	if (answer->services)
		return keep_service(answer, message, record, ifindex);
	keep_address(answer, record, ifindex);
	return 0;
}

static void forget_services(struct answer *answer)
{
	answer->count = 0;
	answer->ttl = 0;
}

static int read_records(struct answer *answer, const struct dns_question *question,
	struct dns_message *message, uint32_t ifindex)
{
	struct dns_name name = question->name;
	uint32_t negative = 0;
	bool malformed = false;
	struct dns_record record;
	int r = follow_aliases(answer, message, &name);

	if (r < 0)
		return r;
	while ((r = dns_next(message, &record)) == 1) {
		if (record.class != DNS_IN)
			continue;
		if (record.section == DNS_ANSWER && record.type == question->type &&
			dns_name_equal(&record.owner, &name))
			malformed |= keep(answer, message, &record, ifindex) < 0;
		else if (record.type == DNS_NSEC && dns_name_equal(&record.owner, &name))
			answer->denied = denies(message, &record, question->type);
		else if (record.section == DNS_AUTHORITY && record.type == DNS_SOA)
			negative = negative_ttl(message, &record);
	}
	if (malformed)
		forget_services(answer);
	if (answer->count == 0)
		answer->ttl = MIN(answer->ttl, negative);
	/* What breaks off behind the answers has told what was asked for. */
	return r < 0 && (message->section == DNS_ANSWER || answer->count == 0) ? r : 0;
}

void answer_read(struct answer *answer, const struct dns_question *question,
	struct dns_message *message, uint32_t ifindex)
{
	unsigned int code = message->flags & DNS_CODE;

	/* Not the items: they are thousands of octets, of which few come into use. */
	memset(answer, 0, offsetof(struct answer, items));
	answer->status = MIF_TRANSLATION_FAILED;
	answer->system = MIF_SYSTEM_DNS;
	answer->services = question->type == DNS_HTTPS || question->type == DNS_SVCB;
	answer->ttl = UINT32_MAX;
	if (code != DNS_NOERROR && code != DNS_NXDOMAIN) {
		answer->ttl = 0;
		return;
	}
	if (read_records(answer, question, message, ifindex) < 0) {
		answer->ttl = answer->count = 0;
		return;
	}
	if (answer->count > 0)
		answer->status = MIF_TRANSLATION_FOUND;
	else
		answer->status =
			code == DNS_NXDOMAIN ? MIF_TRANSLATION_NO_NAME : MIF_TRANSLATION_NO_ADDRESS;
}

size_t answer_size(const struct answer *answer)
{
	return offsetof(struct answer, items) +
		answer->count *
		(answer->services ? sizeof(answer->items.service[0])
				  : sizeof(answer->items.addresses[0]));
}

struct answer *answer_copy(const struct answer *answer)
{
	size_t size = answer_size(answer);
	struct answer *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, answer, size);
	return copy;
}
