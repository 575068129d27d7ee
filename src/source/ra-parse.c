/* SPDX-License-Identifier: MIT */
/*
 * A router advertisement from octets to a value: validity, header, the walk over the options, and
 * the PvD option. It knows no socket and no time. Octets come in through base/cursor.h only; what
 * is wrong leaves as a fault of the whole or as a count of what was skipped.
 *
 * A fault of framing drops the whole, nested options included: what follows it cannot be told from
 * noise. A malformed option in a sound frame is skipped, and the rest is used (RFC 4861 section
 * 4.2: options that are not understood do not hinder the others).
 */
#include "source/ra-parse.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "source/option-text.h"
#include "source/ra-option.h"

#include <netinet/icmp6.h>

/* The nested options are walked after all outer ones, so that they replace those. */
struct walk {
	struct ra *ra;
	bool nested; /* within the PvD option */
	bool pvd_seen; /* the first one decides, also when it is malformed */
	struct reader inside; /* the nested options, if there are any */
};

static void header_read(struct ra_header *header, struct reader *reader)
{
	/* Type, code, checksum: of the nested header "ignored by the receiver" (RFC 8801 3.1). */
	reader_u32(reader);
	header->hop_limit = reader_u8(reader);

	uint8_t flags = reader_u8(reader);

	header->managed = flags & ND_RA_FLAG_MANAGED;
	header->other = flags & ND_RA_FLAG_OTHER;
	/* The reserved value means medium here (RFC 4191 section 2.2). */
	ra_option_preference(flags, &header->preference);
	header->lifetime = reader_u16(reader);
	reader_u64(reader); /* reachable time, retransmission timer: the kernel's affair */
	/* The same section: without a lifetime there is nothing to prefer. */
	if (header->lifetime == 0)
		header->preference = 0;
}

/* From a multiple of eight octets, counted from the option's start, to the next. */
static void padding_skip(struct reader *body, size_t body_size)
{
	size_t taken = 2 + body_size - reader_left(body);

	reader_take(body, (8 - taken % 8) % 8);
}

static bool pvd_read(struct walk *walk, struct reader body)
{
	size_t size = reader_left(&body);
	uint16_t flags = reader_u16(&body);
	struct ra_header header = {0};
	struct ra_pvd pvd = {
		.present = true,
		.h = flags & 0x8000,
		.l = flags & 0x4000,
		.r = flags & 0x2000,
		.delay = flags & 0xf,
		.sequence = reader_u16(&body),
	};

	if (!option_name(&body, pvd.name))
		return false;
	padding_skip(&body, size);
	if (pvd.r)
		header_read(&header, &body);
	if (body.failed)
		return false;
	walk->ra->pvd = pvd;
	if (pvd.r)
		walk->ra->header = header;
	walk->inside = body;
	return true;
}

static void pvd_meet(struct walk *walk, struct reader body)
{
	uint32_t *skipped = walk->ra->skipped;

	if (walk->nested)
		skipped[RA_SKIP_PVD_NESTED]++;
	else if (walk->pvd_seen)
		skipped[RA_SKIP_PVD_REPEATED]++;
	else if (!pvd_read(walk, body))
		skipped[RA_SKIP_MALFORMED]++;
	walk->pvd_seen = walk->ra->pvd.present = true;
}

static int options_walk(struct walk *walk, struct reader options)
{
	while (reader_left(&options) > 0) {
		uint8_t type = reader_u8(&options), units = reader_u8(&options);

		if (options.failed)
			return RA_FRAMING;
		if (units == 0)
			return RA_ZERO_OPTION;

		struct reader body = reader_part(&options, (size_t)units * 8 - 2);

		if (options.failed)
			return RA_FRAMING;
		if (type == RA_OPTION_PVD)
			pvd_meet(walk, body);
		else
			ra_option_read(walk->ra, type, body);
	}
	return RA_VALID;
}

static int frame_check(const struct ra_frame *frame)
{
	if (frame->hop_limit != 255)
		return RA_HOP_LIMIT;
	if (frame->source.family != AF_INET6 || !address_is_link_local(&frame->source))
		return RA_SOURCE;
	if (frame->ifindex == 0)
		return RA_INTERFACE;
	if (frame->size < RA_HEADER_SIZE)
		return RA_SHORT;

	struct reader reader = reader_of(frame->octets, frame->size);

	if (reader_u8(&reader) != ND_ROUTER_ADVERT)
		return RA_TYPE;
	if (reader_u8(&reader) != 0)
		return RA_CODE;
	return RA_VALID;
}

int ra_parse(struct ra *ra, const struct ra_frame *frame)
{
	struct walk walk = {.ra = ra};
	int fault = frame_check(frame);

	if (fault != RA_VALID)
		return fault;

	struct reader reader = reader_of(frame->octets, frame->size);

	*ra = (struct ra){.ifindex = frame->ifindex};
	ra->router = address_ipv6(frame->source.octets, frame->ifindex);
	header_read(&ra->header, &reader);

	fault = options_walk(&walk, reader);
	if (fault != RA_VALID)
		return fault;
	/* RFC 8801 section 3.4: all of it, outer and nested, is the explicit domain's. */
	walk.nested = true;
	return options_walk(&walk, walk.inside);
}

uint32_t ra_longest_lifetime(const struct ra *ra)
{
	uint32_t longest = ra->header.lifetime;

	for (uint32_t i = 0; i < ra->prefix_count; i++)
		longest = MAX(longest, ra->prefixes[i].valid);
	for (uint32_t i = 0; i < ra->route_count; i++)
		longest = MAX(longest, ra->routes[i].lifetime);
	for (uint32_t i = 0; i < ra->server_count; i++)
		longest = MAX(longest, ra->servers[i].lifetime);
	for (uint32_t i = 0; i < ra->search_count; i++)
		longest = MAX(longest, ra->search[i].lifetime);
	for (uint32_t i = 0; i < ra->pref64_count; i++)
		longest = MAX(longest, ra->pref64[i].lifetime);
	for (uint32_t i = 0; i < ra->resolver_count; i++)
		longest = MAX(longest, ra->resolvers[i].lifetime);
	return longest;
}
