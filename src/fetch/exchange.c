/* SPDX-License-Identifier: MIT */
/*
 * The two packets between the engine and mif-fetch. Both sides parse what the other one, which has
 * read from the network, may have been made to say.
 */
#include "fetch/exchange.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/address.h"
#include "base/cursor.h"

static void address_write(struct writer *writer, const struct mif_address *address)
{
	writer_number(writer, address_mif_family(address), 1);
	writer_number(writer, address->scope, 4);
	writer_octets(writer, address->octets, 16);
}

static struct mif_address address_read(struct reader *reader)
{
	uint8_t family = reader_u8(reader), octets[16];
	uint32_t scope = reader_u32(reader);

	reader_copy(reader, octets, 16);
	if (family == MIF_FAMILY_IPV4)
		return address_ipv4(octets);
	if (family == MIF_FAMILY_IPV6)
		return address_ipv6(octets, scope);
	reader->failed |= family != 0;
	return (struct mif_address){0};
}

static void text_write(struct writer *writer, const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	writer->failed |= length == size;
	writer_number(writer, length, 2);
	writer_octets(writer, text, length);
}

static void text_read(struct reader *reader, char *text, size_t size)
{
	size_t length = reader_u16(reader);

	if (length >= size) {
		reader->failed = true;
		length = 0;
	}
	reader_copy(reader, text, length);
	text[length] = '\0';
	reader->failed |= strlen(text) != length;
}

/* A host is what a certificate can be for. One whose last label begins with a digit would be read as
 * an address, and never as a name. */
static bool host_is_sound(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot != NULL ? dot + 1 : host;

	return strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(host) &&
		host[0] != '.' && strstr(host, "..") == NULL && *last != '\0' &&
		(*last < '0' || *last > '9');
}

/* It becomes part of a header's first line. */
static bool path_is_sound(const char *path)
{
	for (const char *at = path; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~' || *at == '#' || *at == '\\')
			return false;
	}
	return path[0] == '/';
}

/* Nobody's DNS shall lead us to the services of this very host. */
static bool address_is_sound(const struct mif_address *address)
{
	return address->family != AF_UNSPEC && !address_is_unspecified(address) &&
		!address_is_loopback(address) && !address_is_multicast(address) &&
		!address_is_link_local(address);
}

bool fetch_request_is_sound(const struct fetch_request *request)
{
	if (!host_is_sound(request->host) || !path_is_sound(request->path) ||
		request->ifindex == 0 || request->address_count == 0 ||
		request->address_count > FETCH_ADDRESSES)
		return false;
	for (uint32_t i = 0; i < request->address_count; i++) {
		if (!address_is_sound(&request->addresses[i]))
			return false;
	}
	return true;
}

int fetch_request_write(const struct fetch_request *request, uint8_t packet[FETCH_PACKET_MAX])
{
	struct writer writer = writer_of(packet, FETCH_PACKET_MAX);

	text_write(&writer, request->host, sizeof(request->host));
	text_write(&writer, request->path, sizeof(request->path));
	if (writer.failed || !fetch_request_is_sound(request))
		return -EINVAL;
	writer_number(&writer, request->ifindex, 4);
	address_write(&writer, &request->source4);
	address_write(&writer, &request->source6);
	writer_number(&writer, request->address_count, 1);
	for (uint32_t i = 0; i < request->address_count; i++)
		address_write(&writer, &request->addresses[i]);
	return writer.failed ? -EINVAL : (int)(writer.at - packet);
}

int fetch_request_read(struct fetch_request *request, const uint8_t *packet, size_t size)
{
	struct reader reader = reader_of(packet, size);

	*request = (struct fetch_request){0};
	text_read(&reader, request->host, sizeof(request->host));
	text_read(&reader, request->path, sizeof(request->path));
	request->ifindex = reader_u32(&reader);
	request->source4 = address_read(&reader);
	request->source6 = address_read(&reader);
	request->address_count = reader_u8(&reader);
	for (uint32_t i = 0; i < request->address_count && i < FETCH_ADDRESSES; i++)
		request->addresses[i] = address_read(&reader);
	return !reader.failed && reader_left(&reader) == 0 && fetch_request_is_sound(request)
		? 0
		: -EBADMSG;
}

int fetch_answer_write(const struct fetch_answer *answer, uint8_t packet[FETCH_PACKET_MAX])
{
	struct writer writer = writer_of(packet, FETCH_PACKET_MAX);

	if (answer->size > FETCH_BODY_MAX)
		return -EINVAL;
	writer_number(&writer, answer->result, 4);
	writer_number(&writer, answer->status, 4);
	writer_number(&writer, answer->size, 4);
	writer_octets(&writer, answer->body, answer->size);
	return writer.failed ? -EINVAL : (int)(writer.at - packet);
}

int fetch_answer_read(struct fetch_answer *answer, const uint8_t *packet, size_t size)
{
	struct reader reader = reader_of(packet, size);

	answer->result = reader_u32(&reader);
	answer->status = reader_u32(&reader);
	answer->size = reader_u32(&reader);
	if (reader.failed || answer->result == 0 || answer->result >= FETCH_RESULTS ||
		answer->size > FETCH_BODY_MAX || answer->size != reader_left(&reader))
		return -EBADMSG;
	reader_copy(&reader, answer->body, answer->size);
	answer->body[answer->size] = '\0';
	return 0;
}
