/* SPDX-License-Identifier: MIT */
/*
 * What systemd-networkd says of a link. Whatever it is, the facts are sane, few, and of that link.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "source/networkd-parse.h"

static struct networkd_link parsed;

static void check_fact(const struct fact *fact)
{
	PROMISE(fact->ifindex == parsed.ifindex &&
		(fact->trust == FACT_TRUST_MANAGER) == (fact->kind != FACT_LEASE));
	PROMISE(fact->element == MIF_ELEMENT_STATIC ? fact->provider.family == AF_UNSPEC
						    : fact->provider.family != AF_UNSPEC);
	if (fact->kind == FACT_DATA)
		PROMISE(memchr(fact->as.data.text, '\0', MIF_TEXT_SIZE) != NULL &&
			fact->as.data.prefix_length <=
				(fact->as.data.address.family == AF_INET ? 32 : 128));
	else if (fact->kind == FACT_PREFIX)
		PROMISE(fact->as.prefix.length > 0 && fact->as.prefix.length <= 128);
	else
		PROMISE(fact->kind == FACT_LEASE);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	int r = networkd_parse(&parsed, (const char *)octets, size);

	if (r < 0) {
		PROMISE(r == -EBADMSG || r == -ENOMEM);
		return 0;
	}
	PROMISE(parsed.ifindex > 0 && parsed.ifindex <= INT32_MAX &&
		parsed.count <= NETWORKD_FACTS);
	PROMISE(memchr(parsed.name, '\0', sizeof(parsed.name)) != NULL);
	PROMISE(memchr(parsed.state, '\0', sizeof(parsed.state)) != NULL);
	PROMISE(parsed.hardware_size <= sizeof(parsed.hardware));
	for (size_t i = 0; i < parsed.count; i++)
		check_fact(&parsed.facts[i]);
	return 0;
}
