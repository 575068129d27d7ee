/* SPDX-License-Identifier: MIT */
/*
 * Octets as the packets between the engine and mif-nss: what is understood is within its limits, and is what
 * would be written.
 */
#include "fuzz.h"

#include "base/address.h"
#include "nss/exchange.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	uint8_t packet[NSS_PACKET_MAX];
	struct nss_request request;
	struct nss_answer answer;

	if (nss_request_read(&request, octets, size) == 0) {
		PROMISE(nss_request_write(&request, packet) == (int)size);
		PROMISE(memcmp(packet, octets, size) == 0);
		PROMISE(request.name[0] != '-' && strlen(request.name) == size);
	}
	if (nss_answer_read(&answer, octets, size) < 0)
		return 0;
	PROMISE((answer.count > 0) == (answer.result == NSS_FOUND));
	PROMISE(answer.count <= NSS_ADDRESSES && answer.result < NSS_RESULTS);
	for (uint32_t i = 0; i < answer.count; i++) {
		PROMISE(nss_address_is_sound(&answer.addresses[i]));
		PROMISE(answer.addresses[i].scope == 0);
	}
	PROMISE(nss_answer_write(&answer, packet) == (int)size);
	return 0;
}
