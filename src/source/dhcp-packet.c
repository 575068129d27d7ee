/* SPDX-License-Identifier: MIT */
/*
 * DHCP messages in their IP and UDP packets: a packet socket gets and sends them whole, so what the
 * kernel does for other sockets is done here.
 */
#include "source/dhcp-packet.h"

#include <netinet/in.h>

#include <linux/if_ether.h>

#include "base/address.h"

#define SERVER_PORT 67
#define CLIENT_PORT 68
#define SERVER_PORT6 547
#define CLIENT_PORT6 546
#define UDP_HEADER 8
#define IPV4_HEADER 20
#define IPV6_HEADER 40

/* ---- checksums (RFC 1071) ---- */

static uint32_t sum_of(uint32_t sum, struct reader octets)
{
	while (reader_left(&octets) > 1)
		sum += reader_u16(&octets);
	if (reader_left(&octets) > 0)
		sum += (uint32_t)reader_u8(&octets) << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Of the pseudo-header and the whole UDP packet: all ones if its own checksum is right. */
static uint16_t udp_sum(
	const struct mif_address *from, const struct mif_address *to, struct reader udp)
{
	uint32_t sum = (uint32_t)reader_left(&udp) + IPPROTO_UDP;

	sum = sum_of(sum, reader_of(from->octets, address_size(from)));
	sum = sum_of(sum, reader_of(to->octets, address_size(to)));
	return sum_fold(sum_of(sum, udp));
}

/* ---- reading ---- */

/* Leaves *ip at the UDP header, ending where the packet does. */
static bool ipv4_read(struct dhcp_packet *packet, struct reader *ip)
{
	struct reader whole = *ip;
	uint8_t version = reader_u8(ip);
	size_t header = (size_t)(version & 0xf) * 4, size;
	uint16_t fragment;

	reader_u8(ip);
	size = reader_u16(ip);
	reader_u16(ip);
	fragment = reader_u16(ip);
	reader_u8(ip);
	if (reader_u8(ip) != IPPROTO_UDP || version >> 4 != 4 || header < IPV4_HEADER ||
		size < header + UDP_HEADER || size > reader_left(&whole) ||
		(fragment & 0x3fff) != 0)
		return false;
	reader_u16(ip);
	packet->from = address_ipv4(reader_take(ip, 4));
	packet->to = address_ipv4(reader_take(ip, 4));
	*ip = reader_part(&whole, size);
	return sum_fold(sum_of(0, reader_part(ip, header))) == 0xffff;
}

/* A client or a server has no reason to put an extension header before UDP. */
static bool ipv6_read(struct dhcp_packet *packet, struct reader *ip, uint32_t ifindex)
{
	uint32_t version = reader_u32(ip);
	size_t size = reader_u16(ip);
	uint8_t next = reader_u8(ip);
	const uint8_t *from, *to;

	reader_u8(ip);
	from = reader_take(ip, 16);
	to = reader_take(ip, 16);
	if (from == NULL || to == NULL || version >> 28 != 6 || next != IPPROTO_UDP ||
		size < UDP_HEADER || size > reader_left(ip))
		return false;
	packet->from = address_ipv6(from, ifindex);
	packet->to = address_ipv6(to, ifindex);
	*ip = reader_part(ip, size);
	return true;
}

int dhcp_packet_read(struct dhcp_packet *packet, const struct dhcp_frame *frame)
{
	struct reader udp = reader_of(frame->octets, frame->size), whole;
	bool ipv4 = frame->protocol == ETH_P_IP;
	uint16_t port, size, checksum;

	if (ipv4 ? !ipv4_read(packet, &udp) : !ipv6_read(packet, &udp, frame->ifindex))
		return DHCP_PACKET_MALFORMED;
	whole = udp;
	reader_u16(&udp);
	port = reader_u16(&udp);
	size = reader_u16(&udp);
	checksum = reader_u16(&udp);
	if (udp.failed || size < UDP_HEADER || size > reader_left(&whole))
		return DHCP_PACKET_MALFORMED;
	packet->to_server = port == (ipv4 ? SERVER_PORT : SERVER_PORT6);
	if (!packet->to_server && port != (ipv4 ? CLIENT_PORT : CLIENT_PORT6))
		return DHCP_PACKET_PORT;
	whole = reader_part(&whole, size);
	packet->payload = reader_part(&udp, size - UDP_HEADER);
	/* IPv4 may go without (RFC 768). */
	if (frame->unsummed || (ipv4 && checksum == 0))
		return DHCP_PACKET_VALID;
	if (checksum == 0 || udp_sum(&packet->from, &packet->to, whole) != 0xffff)
		return DHCP_PACKET_CHECKSUM;
	return DHCP_PACKET_VALID;
}

/* ---- writing ---- */

/* What was left zero in a packet gets its checksum. */
static void sum_set(uint8_t *at, uint16_t sum)
{
	sum = (uint16_t)~sum;
	if (sum == 0)
		sum = 0xffff;
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

static void udp_write(struct writer *writer, bool ipv4, size_t size)
{
	writer_number(writer, ipv4 ? CLIENT_PORT : CLIENT_PORT6, 2);
	writer_number(writer, ipv4 ? SERVER_PORT : SERVER_PORT6, 2);
	writer_number(writer, size, 2);
	writer_number(writer, 0, 2);
}

/* What is worth asking for, in the order of its codes. */
static void inform_write(struct writer *writer, uint32_t transaction, const uint8_t hardware[6],
	const struct mif_address *from)
{
	static const uint8_t wanted[] = {1, 3, 6, 12, 15, 26, 42, 114, 119, 121, 162, 249, 252};

	writer_number(writer, 0x01010600, 4); /* request, Ethernet, 6 octets, no relay */
	writer_number(writer, transaction, 4);
	writer_number(writer, 0, 4);
	writer_octets(writer, from->octets, 4);
	writer_number(writer, 0, 8);
	writer_number(writer, 0, 4);
	writer_octets(writer, hardware, 6);
	writer_take(writer, 10 + 64 + 128); /* which is zero */
	writer_number(writer, 0x63825363, 4);
	writer_number(writer, 0x350108, 3); /* option 53: inform */
	writer_number(writer, 0x37, 1);
	writer_number(writer, sizeof(wanted), 1);
	writer_octets(writer, wanted, sizeof(wanted));
	writer_number(writer, 0x390205dc, 4); /* option 57: answers of 1500 octets are welcome */
	writer_number(writer, 0xff, 1);
}

/* BOOTP's servers want no less (RFC 1542 section 2.1). */
#define INFORM_SIZE 300

size_t dhcp_question4(uint8_t octets[DHCP_QUESTION_MAX], uint32_t transaction,
	const uint8_t hardware[6], const struct mif_address *from)
{
	static const struct mif_address to = {.family = AF_INET, .octets = {255, 255, 255, 255}};
	const size_t udp = UDP_HEADER + INFORM_SIZE, size = IPV4_HEADER + udp;
	struct writer writer = writer_of(octets, size);

	memset(octets, 0, size);
	writer_number(&writer, 0x4500, 2);
	writer_number(&writer, size, 2);
	writer_number(&writer, 0, 4);
	writer_number(&writer, 64, 1);
	writer_number(&writer, IPPROTO_UDP, 1);
	writer_number(&writer, 0, 2);
	writer_octets(&writer, from->octets, 4);
	writer_octets(&writer, to.octets, 4);
	sum_set(octets + 10, sum_fold(sum_of(0, reader_of(octets, IPV4_HEADER))));
	udp_write(&writer, true, udp);
	inform_write(&writer, transaction, hardware, from);
	sum_set(octets + IPV4_HEADER + 6, udp_sum(from, &to, reader_of(octets + IPV4_HEADER, udp)));
	return size;
}

/* Without a client identifier: nothing is asked that depends on who we are (RFC 7844 section 4). */
static void information_request_write(struct writer *writer, uint32_t transaction, uint16_t elapsed)
{
	static const uint16_t wanted[] = {23, 24, 31, 32, 56, 83, 103, 144};

	writer_number(writer, 11, 1);
	writer_number(writer, transaction, 3);
	writer_number(writer, 0x00080002, 4); /* option 8: elapsed time */
	writer_number(writer, elapsed, 2);
	writer_number(writer, 6, 2); /* option request */
	writer_number(writer, sizeof(wanted), 2);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		writer_number(writer, wanted[i], 2);
}

size_t dhcp_question6(uint8_t octets[DHCP_QUESTION_MAX], uint32_t transaction,
	const struct mif_address *from, uint16_t elapsed)
{
	/* All relay agents and servers. */
	static const struct mif_address to = {
		.family = AF_INET6, .octets = {0xff, 0x02, [13] = 1, [15] = 2}};
	struct writer writer = writer_of(
		octets + IPV6_HEADER + UDP_HEADER, DHCP_QUESTION_MAX - IPV6_HEADER - UDP_HEADER);
	size_t udp;

	information_request_write(&writer, transaction, elapsed);
	udp = (size_t)(writer.at - octets) - IPV6_HEADER;
	writer = writer_of(octets, IPV6_HEADER + UDP_HEADER);
	writer_number(&writer, 0x60000000, 4);
	writer_number(&writer, udp, 2);
	writer_number(&writer, IPPROTO_UDP, 1);
	writer_number(&writer, 1, 1);
	writer_octets(&writer, from->octets, 16);
	writer_octets(&writer, to.octets, 16);
	udp_write(&writer, false, udp);
	sum_set(octets + IPV6_HEADER + 6, udp_sum(from, &to, reader_of(octets + IPV6_HEADER, udp)));
	return IPV6_HEADER + udp;
}
