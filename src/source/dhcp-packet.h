/* SPDX-License-Identifier: MIT */
#pragma once

#include <mif/message.h>

#include "base/cursor.h"

/* What a packet socket received, from the network header on. */
struct dhcp_frame {
	const uint8_t *octets;
	size_t size;
	uint16_t protocol; /* ETH_P_IP, ETH_P_IPV6 */
	uint32_t ifindex;
	bool outgoing; /* sent by this host */
	bool unsummed; /* its UDP checksum is left to the hardware, or to nobody: a virtual link */
	uint8_t hardware[6]; /* its sender's; zeroes: not of this size */
};

/* Why a packet is dropped. */
enum dhcp_packet_fault {
	DHCP_PACKET_VALID = 0,
	DHCP_PACKET_MALFORMED, /* not a whole UDP packet over IP */
	DHCP_PACKET_PORT, /* not one that clients or servers listen on */
	DHCP_PACKET_CHECKSUM,
	DHCP_PACKET_FAULTS,
};

struct dhcp_packet {
	struct mif_address from, to; /* scope of link-local ones: the frame's ifindex */
	bool to_server;
	struct reader payload;
};

/* DHCP_PACKET_VALID, or enum dhcp_packet_fault. */
int dhcp_packet_read(struct dhcp_packet *packet, const struct dhcp_frame *frame);

/* ---- questions of our own, from the network header on ---- */

#define DHCP_QUESTION_MAX 384

/* DHCPINFORM (RFC 2131 section 4.4.3). Returns its size. */
size_t dhcp_question4(uint8_t octets[DHCP_QUESTION_MAX], uint32_t transaction,
	const uint8_t hardware[6], const struct mif_address *from);

/* INFORMATION-REQUEST (RFC 8415 section 18.2.6); elapsed: in hundredths of a second, since the first
 * of this transaction. */
size_t dhcp_question6(uint8_t octets[DHCP_QUESTION_MAX], uint32_t transaction,
	const struct mif_address *from, uint16_t elapsed);
