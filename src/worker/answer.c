/* SPDX-License-Identifier: MIT */
/*
 * What a DNS answer says: from c-ares's status and the octets to addresses. No state. It is apart
 * from resolver.c because c-ares 1.18 reads neither SVCB nor multicast answers: a decoder of our own
 * would stand here.
 */
#include "worker/answer.h"

#include "base/address.h"

#include <netdb.h>
#include <netinet/in.h>

/* What replaces ares_parse_a_reply() in 1.28 does not exist in 1.18. */
#define CARES_NO_DEPRECATED
#include <ares.h>

/* RFC 2181 section 8: with the highest bit set, it is 0. */
static uint32_t ttl_of(int ttl)
{
	return ttl < 0 ? 0 : (uint32_t)ttl;
}

static int parse_ipv4(struct answer *answer, const unsigned char *octets, int size)
{
	struct ares_addrttl records[ANSWER_ADDRESSES];
	int count = ANSWER_ADDRESSES;
	int status = ares_parse_a_reply(octets, size, NULL, records, &count);

	if (status != ARES_SUCCESS)
		return status;
	for (int i = 0; i < count; i++) {
		answer->items[i].address = address_ipv4(&records[i].ipaddr);
		answer->items[i].ttl = ttl_of(records[i].ttl);
	}
	answer->count = (uint32_t)count;
	return ARES_SUCCESS;
}

static int parse_ipv6(
	struct answer *answer, const unsigned char *octets, int size, uint32_t ifindex)
{
	struct ares_addr6ttl records[ANSWER_ADDRESSES];
	int count = ANSWER_ADDRESSES;
	int status = ares_parse_aaaa_reply(octets, size, NULL, records, &count);

	if (status != ARES_SUCCESS)
		return status;
	for (int i = 0; i < count; i++) {
		answer->items[i].address = address_ipv6(&records[i].ip6addr, ifindex);
		answer->items[i].ttl = ttl_of(records[i].ttl);
	}
	answer->count = (uint32_t)count;
	return ARES_SUCCESS;
}

static uint32_t status_of(int status, uint32_t count)
{
	switch (status) {
	case ARES_SUCCESS:
		return count > 0 ? MIF_TRANSLATION_FOUND : MIF_TRANSLATION_NO_ADDRESS;
	case ARES_ENODATA:
		return MIF_TRANSLATION_NO_ADDRESS;
	case ARES_ENOTFOUND:
		return MIF_TRANSLATION_NO_NAME;
	case ARES_ETIMEOUT:
		return MIF_TRANSLATION_TIMEOUT;
	default: /* SERVFAIL and REFUSED are ARES_ECONNREFUSED in 1.18 */
		return MIF_TRANSLATION_FAILED;
	}
}

void answer_parse(struct answer *answer, int status, const unsigned char *octets, size_t size,
	uint32_t ifindex)
{
	answer->count = 0;
	if (status == ARES_SUCCESS && answer->family == MIF_FAMILY_IPV4)
		status = parse_ipv4(answer, octets, (int)size);
	else if (status == ARES_SUCCESS)
		status = parse_ipv6(answer, octets, (int)size, ifindex);
	answer->status = status_of(status, answer->count);
}
