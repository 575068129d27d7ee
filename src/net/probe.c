/* SPDX-License-Identifier: MIT */
/*
 * A connection of Multipath TCP may have further subflows only when the peer has acknowledged its data
 * sequence numbers, and a server that waits to be asked does not say anything. It answers, though, to a
 * segment that is out of its window (RFC 9293 section 3.10.7.4), with an acknowledgement that has all
 * that is needed. Only this host's own connections are probed: their addresses come from a descriptor.
 */
#include "net/probe.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"

#define SEGMENT 20 /* a head of TCP without options */
#define ACK 0x10
#define HOPS 64

/* The whole packet: a raw socket of a protocol would get a copy of all that comes in of that. */
struct packet {
	uint8_t octets[40 + SEGMENT];
	size_t size;
};

void probe_open(int raw[2])
{
	raw[0] = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	raw[1] = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
}

void probe_close(int raw[2])
{
	raw[0] = close_fd(raw[0]);
	raw[1] = close_fd(raw[1]);
}

static void put_u16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static uint32_t sum_of(const uint8_t *octets, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)octets[i] << 8 | octets[i + 1];
	return sum;
}

/* RFC 9293 section 3.1: over addresses, protocol and length as well. */
static void segment_make(
	uint8_t *segment, const struct mif_endpoint *local, const struct mif_endpoint *remote)
{
	size_t size = address_size(&local->address);
	uint32_t sum;

	put_u16(segment, local->port);
	put_u16(segment + 2, remote->port);
	segment[12] = SEGMENT / 4 << 4;
	segment[13] = ACK;
	sum = sum_of(local->address.octets, size) + sum_of(remote->address.octets, size) +
		IPPROTO_TCP + SEGMENT + sum_of(segment, SEGMENT);
	sum = (sum & 0xffff) + (sum >> 16);
	put_u16(segment + 16, ~((sum & 0xffff) + (sum >> 16)));
}

/* What is 0 in IPv4's head the kernel fills in. */
static void packet_make(
	struct packet *packet, const struct mif_endpoint *local, const struct mif_endpoint *remote)
{
	bool ipv4 = local->address.family == AF_INET;
	size_t head = ipv4 ? 20 : 40, size = address_size(&local->address);
	uint8_t *octets = packet->octets;

	*packet = (struct packet){.size = head + SEGMENT};
	octets[0] = ipv4 ? 0x45 : 0x60;
	put_u16(octets + (ipv4 ? 2 : 4), ipv4 ? head + SEGMENT : SEGMENT);
	octets[ipv4 ? 8 : 7] = HOPS;
	octets[ipv4 ? 9 : 6] = IPPROTO_TCP;
	memcpy(octets + (ipv4 ? 12 : 8), local->address.octets, size);
	memcpy(octets + (ipv4 ? 16 : 24), remote->address.octets, size);
	segment_make(octets + head, local, remote);
}

void probe_send(
	const int raw[2], const struct mif_endpoint *local, const struct mif_endpoint *remote)
{
	const struct mif_endpoint to = {.address = remote->address};
	struct sockaddr_storage destination;
	socklen_t size = mif_endpoint_to_sockaddr(&to, &destination);
	int fd = raw[local->address.family == AF_INET ? 0 : 1];
	struct packet packet;

	if (fd < 0 || size == 0 || local->address.family != remote->address.family)
		return;
	packet_make(&packet, local, remote);
	if (sendto(fd, packet.octets, packet.size, MSG_DONTWAIT,
		    (const struct sockaddr *)&destination, size) < 0)
		return;
}
