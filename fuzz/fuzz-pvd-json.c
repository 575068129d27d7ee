/* SPDX-License-Identifier: MIT */
/*
 * Octets as additional information (RFC 8801), and as the packet in which it comes from mif-fetch.
 * What is used is within its limits, says of itself what was asked for, and is what clients are told.
 */
#include "fuzz.h"

#include "fetch/exchange.h"
#include "source/pvd-json.h"

#include <string.h>

#define NAME "pvd.two.example"
#define NOW UINT64_C(1700000000)

static void check_texts(const char (*texts)[MIF_TEXT_SIZE], uint32_t count, uint32_t most)
{
	PROMISE(count <= most);
	for (uint32_t i = 0; i < count; i++) {
		PROMISE(memchr(texts[i], '\0', MIF_TEXT_SIZE) != NULL && texts[i][0] != '\0');
		for (const char *at = texts[i]; *at != '\0'; at++)
			PROMISE((unsigned char)*at >= ' ');
	}
}

static void check_info(const struct pvd_json *info)
{
	static struct pvd_json again;
	static char whole[PVD_JSON_MAX];
	size_t size = 0;

	PROMISE(info->expires > NOW && info->prefix_count <= PVD_JSON_PREFIXES);
	for (uint32_t i = 0; i < info->prefix_count; i++)
		PROMISE(info->prefixes[i].address.family == AF_INET6 &&
			info->prefixes[i].length <= 128);
	check_texts(info->zones, info->zone_count, PVD_JSON_ZONES);
	check_texts(info->proxies, info->proxy_count, PVD_JSON_PROXIES);
	check_texts(info->parts, info->part_count, PVD_JSON_PARTS);
	for (uint32_t i = 0; i < info->part_count; i++) {
		memcpy(whole + size, info->parts[i], strlen(info->parts[i]));
		size += strlen(info->parts[i]);
	}
	PROMISE(pvd_json_parse(&again, whole, size, NAME, NOW) == PVD_JSON_VALID);
	PROMISE(again.expires == info->expires && again.zone_count == info->zone_count);
}

static void check_packets(const uint8_t *octets, size_t size)
{
	static struct fetch_answer answer;
	static struct fetch_request request;
	uint8_t packet[FETCH_PACKET_MAX];

	if (fetch_answer_read(&answer, octets, size) == 0)
		PROMISE(answer.size <= FETCH_BODY_MAX &&
			fetch_answer_write(&answer, packet) == (int)size &&
			memcmp(packet, octets, size) == 0);
	if (fetch_request_read(&request, octets, size) == 0)
		PROMISE(fetch_request_is_sound(&request) &&
			fetch_request_write(&request, packet) == (int)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static struct pvd_json info;

	check_packets(octets, size);
	if (size > 2 * PVD_JSON_MAX)
		return 0;
	if (pvd_json_parse(&info, (const char *)octets, size, NAME, NOW) == PVD_JSON_VALID)
		check_info(&info);
	return 0;
}
