/* SPDX-License-Identifier: MIT */
/*
 * Service records (RFC 9460) from octets to values. No state.
 */
#include "worker/service.h"

#include "base/address.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>

enum parameter {
	PARAMETER_MANDATORY = 0,
	PARAMETER_ALPN = 1,
	PARAMETER_NO_DEFAULT_ALPN = 2,
	PARAMETER_PORT = 3,
	PARAMETER_IPV4_HINT = 4,
	PARAMETER_ECH = 5,
	PARAMETER_IPV6_HINT = 6,
	PARAMETERS,
};

/* What a client of ours can make use of. ECH is told of, but its keys are not. */
#define KNOWN                                                                            \
	(1U << PARAMETER_ALPN | 1U << PARAMETER_NO_DEFAULT_ALPN | 1U << PARAMETER_PORT | \
		1U << PARAMETER_IPV4_HINT | 1U << PARAMETER_IPV6_HINT)

struct reading {
	struct service *service;
	uint32_t ifindex;
	uint32_t present; /* by bit */
	uint32_t mandatory; /* by bit */
	bool foreign; /* something else is mandatory */
};

/* ---- the parameters ---- */

/* As in a zone file (RFC 9460 appendix A.1): a comma within a protocol's name is escaped twice. 4
 * characters an octet are enough. */
static void write_octet(struct writer *writer, uint8_t octet)
{
	char text[8];
	int length;

	if (octet == ',' || octet == '\\')
		length = snprintf(text, sizeof(text), octet == ',' ? "\\\\," : "\\\\\\\\");
	else if (octet > 0x20 && octet < 0x7f && octet != '"' && octet != '(' && octet != ')' &&
		octet != ';')
		length = snprintf(text, sizeof(text), "%c", octet);
	else
		length = snprintf(text, sizeof(text), "\\%03u", octet);
	writer_octets(writer, text, (size_t)length);
}

/* What does not fit is left out, a whole protocol at a time. */
static int read_alpn(struct reading *reading, struct reader *value)
{
	struct name_service *record = &reading->service->record;
	struct writer writer = writer_of(record->alpn, sizeof(record->alpn) - 1);
	uint8_t *end = writer.at;

	if (reader_left(value) == 0)
		return -EBADMSG;
	while (reader_left(value) > 0) {
		struct reader protocol = reader_part(value, reader_u8(value));

		if (value->failed || reader_left(&protocol) == 0)
			return -EBADMSG;
		if (end != (uint8_t *)record->alpn)
			writer_number(&writer, ',', 1);
		while (reader_left(&protocol) > 0)
			write_octet(&writer, reader_u8(&protocol));
		if (!writer.failed)
			end = writer.at;
	}
	*end = '\0';
	return 0;
}

static int read_hints(struct reading *reading, struct reader *value, size_t size)
{
	struct service *service = reading->service;

	if (reader_left(value) == 0 || reader_left(value) % size != 0)
		return -EBADMSG;
	while (reader_left(value) > 0) {
		const uint8_t *octets = reader_take(value, size);

		if (service->hint_count == SERVICE_HINTS)
			break;
		service->hints[service->hint_count++] =
			size == 4 ? address_ipv4(octets) : address_ipv6(octets, reading->ifindex);
	}
	return 0;
}

/* Ascending, itself not among them, and each present: which the caller checks. */
static int read_mandatory(struct reading *reading, struct reader *value)
{
	int last = PARAMETER_MANDATORY;

	if (reader_left(value) == 0)
		return -EBADMSG;
	while (reader_left(value) > 0) {
		int key = reader_u16(value);

		if (key <= last)
			return -EBADMSG;
		last = key;
		if (key < PARAMETERS)
			reading->mandatory |= 1U << key;
		else
			reading->foreign = true;
	}
	return value->failed ? -EBADMSG : 0;
}

static int read_parameter(struct reading *reading, uint16_t key, struct reader *value)
{
	struct name_service *record = &reading->service->record;

	switch (key) {
	case PARAMETER_MANDATORY:
		return read_mandatory(reading, value);
	case PARAMETER_ALPN:
		return read_alpn(reading, value);
	case PARAMETER_NO_DEFAULT_ALPN:
		record->flags |= MIF_SERVICE_NO_DEFAULT_ALPN;
		return reader_left(value) == 0 ? 0 : -EBADMSG;
	case PARAMETER_PORT:
		record->port = reader_u16(value);
		return value->failed || reader_left(value) > 0 ? -EBADMSG : 0;
	case PARAMETER_IPV4_HINT:
		return read_hints(reading, value, 4);
	case PARAMETER_ECH:
		record->flags |= MIF_SERVICE_ECH;
		return reader_left(value) > 0 ? 0 : -EBADMSG;
	case PARAMETER_IPV6_HINT:
		return read_hints(reading, value, 16);
	default:
		return 0;
	}
}

/* Ascending, each once (RFC 9460 section 2.2). */
static int read_parameters(struct reading *reading, struct reader *data)
{
	int last = -1;

	while (reader_left(data) > 0) {
		uint16_t key = reader_u16(data);
		struct reader value = reader_part(data, reader_u16(data));

		if (data->failed || key <= last || read_parameter(reading, key, &value) < 0)
			return -EBADMSG;
		last = key;
		if (key < PARAMETERS)
			reading->present |= 1U << key;
	}
	return 0;
}

int service_read(struct service *service, const struct dns_message *message,
	const struct dns_record *record, uint32_t ifindex)
{
	struct reading reading = {.service = service, .ifindex = ifindex};
	struct reader data = record->data;
	struct dns_name target;

	*service = (struct service){.record.priority = reader_u16(&data)};
	if (data.failed || dns_read_name(message, &data, &target) < 0 || data.at > record->data.end)
		return -EBADMSG;
	/* In alias mode they mean nothing (section 2.4.2). */
	if (service->record.priority > 0 && read_parameters(&reading, &data) < 0)
		return -EBADMSG;
	if ((reading.mandatory & ~reading.present) != 0 ||
		(service->record.flags & MIF_SERVICE_NO_DEFAULT_ALPN &&
			!(reading.present & 1U << PARAMETER_ALPN)))
		return -EBADMSG;
	if (reading.foreign || (reading.mandatory & ~KNOWN) != 0)
		return 0;
	/* The root: the name itself; an alias to it: there is no such service (section 2.5). */
	if (target.size == 1 && service->record.priority == 0)
		return 0;
	return dns_name_format(target.size == 1 ? &record->owner : &target, service->record.target,
		       sizeof(service->record.target)) < 0
		? 0
		: 1;
}
