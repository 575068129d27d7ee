/* SPDX-License-Identifier: MIT */
/*
 * The two packets between the engine and mif-nss. Both sides parse what the other one, which foreign
 * code runs in or which clients speak to, may have been made to say.
 */
#include "nss/exchange.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cursor.h"

static bool name_is_sound(const char *name)
{
	size_t length = strnlen(name, MIF_TEXT_SIZE);

	return length > 0 && length < MIF_TEXT_SIZE && name[0] != '.' && name[0] != '-' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length;
}

int nss_request_write(const struct nss_request *request, uint8_t packet[NSS_PACKET_MAX])
{
	size_t length = strnlen(request->name, sizeof(request->name));

	if (!name_is_sound(request->name))
		return -EINVAL;
	memcpy(packet, request->name, length);
	return (int)length;
}

int nss_request_read(struct nss_request *request, const uint8_t *packet, size_t size)
{
	struct reader reader = reader_of(packet, size);

	*request = (struct nss_request){0};
	if (size >= sizeof(request->name))
		return -EBADMSG;
	reader_copy(&reader, request->name, size);
	return strlen(request->name) == size && name_is_sound(request->name) ? 0 : -EBADMSG;
}

static bool is_mapped(const struct mif_address *address)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return address->family == AF_INET6 && memcmp(address->octets, prefix, sizeof(prefix)) == 0;
}

static bool is_broadcast(const struct mif_address *address)
{
	static const uint8_t all[4] = {0xff, 0xff, 0xff, 0xff};

	return address->family == AF_INET && memcmp(address->octets, all, sizeof(all)) == 0;
}

bool nss_address_is_sound(const struct mif_address *address)
{
	return address_size(address) != 0 && !address_is_unspecified(address) &&
		!address_is_multicast(address) && !address_is_link_local(address) &&
		!is_mapped(address) && !is_broadcast(address);
}

int nss_answer_write(const struct nss_answer *answer, uint8_t packet[NSS_PACKET_MAX])
{
	struct writer writer = writer_of(packet, NSS_PACKET_MAX);

	if (answer->count > NSS_ADDRESSES || (answer->count > 0) != (answer->result == NSS_FOUND))
		return -EINVAL;
	writer_number(&writer, answer->result, 4);
	writer_number(&writer, answer->count, 4);
	for (uint32_t i = 0; i < answer->count; i++) {
		writer_number(&writer, address_mif_family(&answer->addresses[i]), 1);
		writer_octets(&writer, answer->addresses[i].octets, 16);
	}
	return writer.failed ? -EINVAL : (int)(writer.at - packet);
}

static struct mif_address address_read(struct reader *reader)
{
	uint8_t family = reader_u8(reader), octets[16];
	struct mif_address address = {0};

	reader_copy(reader, octets, sizeof(octets));
	if (family == MIF_FAMILY_IPV4)
		address = address_ipv4(octets);
	if (family == MIF_FAMILY_IPV6)
		address = address_ipv6(octets, 0);
	reader->failed |= !nss_address_is_sound(&address);
	return address;
}

int nss_answer_read(struct nss_answer *answer, const uint8_t *packet, size_t size)
{
	struct reader reader = reader_of(packet, size);

	answer->result = reader_u32(&reader);
	answer->count = reader_u32(&reader);
	if (reader.failed || answer->result == 0 || answer->result >= NSS_RESULTS ||
		answer->count > NSS_ADDRESSES ||
		(answer->count > 0) != (answer->result == NSS_FOUND))
		return -EBADMSG;
	for (uint32_t i = 0; i < answer->count; i++)
		answer->addresses[i] = address_read(&reader);
	return !reader.failed && reader_left(&reader) == 0 ? 0 : -EBADMSG;
}
