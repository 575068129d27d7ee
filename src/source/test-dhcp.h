/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * DHCP messages and packets for tests, from hexadecimal: those named GOLDEN were recorded between
 * dnsmasq 2.90 and udhcpc 1.35 or dhclient 4.4.3, the rest is written from the RFCs.
 */
#include <stdint.h>
#include <string.h>

#include <linux/if_ether.h>

#include "base/address.h"
#include "base/cursor.h"
#include "source/dhcp-message.h"
#include "source/dhcp-packet.h"

#define TEST_PACKET_MAX 8192

/* What dnsmasq gives to udhcpc: all that the lab's router r1 has. */
#define GOLDEN_ACK                                                         \
	"350105 36040a0b0001 330400000258 3a040000012c 3b040000020d"       \
	"0104ffffff00 1c040a0b00ff"                                        \
	"721e68747470733a2f2f706f7274616c2e6f6e652e6578616d706c652f617069" \
	"790d000a0b000118ac100b0a0b0001 2a040a0b0001"                      \
	"7714036f6e65076578616d706c650004636f7270c000"                     \
	"0f0b6f6e652e6578616d706c65 06040a0b0001 03040a0b0001 ff"
#define GOLDEN_REQUEST                                          \
	"350103 32040a0b007e 36040a0b0001 39020240"             \
	"370a0103060c0f1c2a727779 3c0c756468637020312e33352e30" \
	"3d0701020000001110 ff"

/* Stateful, and its request; then stateless. */
#define GOLDEN_REQUEST6                                                      \
	"03dfe018 0001000e00010001329a42ce020000002210"                      \
	"0002000e00010001329a42ae02000000220b 000600040017001800080002 0000" \
	"0003002800002210 00000e10 00001518"                                 \
	"0005001820010db8002b00000000000000001b7200001c2000001d4c"
#define GOLDEN_REPLY6                                                        \
	"07dfe018 0001000e00010001329a42ce020000002210"                      \
	"0002000e00010001329a42ae02000000220b"                               \
	"0003002800002210 0000012c 0000020d"                                 \
	"0005001820010db8002b00000000000000001b720000025800000258"           \
	"000d00090000 73756363657373 0018000f057468726565076578616d706c6500" \
	"0017001020010db8002b00000000000000000001"
#define GOLDEN_INFORMATION6                         \
	"077b23c6 0001000a00030001020000001110"     \
	"0002000e00010001329a42ae020000001101"      \
	"0018001002763603 6f6e65076578616d706c6500" \
	"0017001020010db8001100000000000000000001 0020000400015180"
#define GOLDEN_RELEASE6                                                      \
	"088e7662 0001000e00010001329a42ce020000002210"                      \
	"0002000e00010001329a42ae02000000220b 00060004001700180008000200 00" \
	"0003002800002210 00000000 00000000"                                 \
	"0005001820010db8002b00000000000000001b720000000000000000"

/* Appends what the hexadecimal text says; spaces are for the eye. */
static inline void test_hex(struct writer *writer, const char *hex)
{
	static const char digits[] = "0123456789abcdef";

	while (*hex != '\0') {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		writer_number(writer,
			(uint64_t)((strchr(digits, hex[0]) - digits) << 4 |
				(strchr(digits, hex[1]) - digits)),
			1);
		hex += 2;
	}
}

/* The variable parts of a DHCPv4 message; what is left out is zero. */
struct test_dhcp4 {
	bool request;
	uint32_t transaction;
	const char *client, *given, *relay; /* addresses */
	const char *hardware; /* in hexadecimal */
	const char *options; /* in hexadecimal, like the next two */
	const char *file, *server_name;
};

static inline void test_address_write(struct writer *writer, const char *text)
{
	struct mif_address address = {0};

	if (text != NULL)
		mif_address_parse(&address, text);
	writer_octets(writer, address.octets, 4);
}

static inline void test_field(struct writer *writer, const char *hex, size_t size)
{
	struct writer field = writer_of(writer->at, size);

	memset(writer_take(writer, size), 0, size);
	if (hex != NULL)
		test_hex(&field, hex);
}

static inline size_t test_dhcp4_write(
	const struct test_dhcp4 *message, uint8_t octets[TEST_PACKET_MAX])
{
	struct writer writer = writer_of(octets, TEST_PACKET_MAX);

	writer_number(&writer, message->request ? 1 : 2, 1);
	writer_number(&writer, 0x010600, 3);
	writer_number(&writer, message->transaction, 4);
	writer_number(&writer, 0, 4);
	test_address_write(&writer, message->client);
	test_address_write(&writer, message->given);
	test_address_write(&writer, NULL);
	test_address_write(&writer, message->relay);
	test_field(&writer, message->hardware != NULL ? message->hardware : "020000001110", 16);
	test_field(&writer, message->server_name, 64);
	test_field(&writer, message->file, 128);
	writer_number(&writer, 0x63825363, 4);
	test_hex(&writer, message->options);
	return TEST_PACKET_MAX - (size_t)(writer.end - writer.at);
}

/* IP and UDP around a payload, without checksums of UDP. Returns the size of all. */
static inline size_t test_packet(uint8_t octets[TEST_PACKET_MAX], const char *from, const char *to,
	bool to_server, const uint8_t *payload, size_t size)
{
	struct mif_address source, target;
	struct writer writer = writer_of(octets, TEST_PACKET_MAX);
	uint32_t sum = 0;
	bool ipv4;

	mif_address_parse(&source, from);
	mif_address_parse(&target, to);
	ipv4 = source.family == AF_INET;
	if (ipv4) {
		writer_number(&writer, 0x4500, 2);
		writer_number(&writer, size + 28, 2);
		writer_number(&writer, 0, 4);
		writer_number(&writer, 0x40110000, 4);
		writer_octets(&writer, source.octets, 4);
		writer_octets(&writer, target.octets, 4);
		for (size_t i = 0; i < 20; i += 2)
			sum += (uint32_t)octets[i] << 8 | octets[i + 1];
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~((sum & 0xffff) + (sum >> 16));
		octets[10] = (uint8_t)(sum >> 8);
		octets[11] = (uint8_t)sum;
	} else {
		writer_number(&writer, 0x60000000, 4);
		writer_number(&writer, size + 8, 2);
		writer_number(&writer, 0x1101, 2);
		writer_octets(&writer, source.octets, 16);
		writer_octets(&writer, target.octets, 16);
	}
	writer_number(&writer, ipv4 ? (to_server ? 68 : 67) : (to_server ? 546 : 547), 2);
	writer_number(&writer, ipv4 ? (to_server ? 67 : 68) : (to_server ? 547 : 546), 2);
	writer_number(&writer, size + 8, 2);
	writer_number(&writer, 0, 2);
	writer_octets(&writer, payload, size);
	return TEST_PACKET_MAX - (size_t)(writer.end - writer.at);
}
