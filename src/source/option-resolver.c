/* SPDX-License-Identifier: MIT */
/*
 * Encrypted resolvers (RFC 9463): one meaning, in the forms of three protocols, which differ in the
 * width of their lengths, in the family of their addresses, and in what a router advertisement adds.
 */
#include "source/option-resolver.h"

#include "base/address.h"
#include "source/option-text.h"
#include "source/svc-params.h"

/* Router advertisements pad options to a multiple of eight octets. */
static bool is_padding(struct reader rest)
{
	while (reader_left(&rest) > 0)
		if (reader_u8(&rest) != 0)
			return false;
	return true;
}

static bool addresses_read(struct option_resolver *resolver, struct reader list, bool ipv4)
{
	size_t size = ipv4 ? 4 : 16;

	if (reader_left(&list) % size != 0)
		return false;
	while (reader_left(&list) > 0) {
		const uint8_t *octets = reader_take(&list, size);
		struct mif_address address = ipv4 ? address_ipv4(octets) : address_ipv6(octets, 0);

		if (!option_address_is_usable(&address))
			return false;
		if (resolver->count < OPTION_RESOLVER_ADDRESSES)
			resolver->addresses[resolver->count++] = address;
		else
			resolver->left_out = true;
	}
	return true;
}

/* Without addresses it ends with the name (section 3.1.6): "ADN-only". */
static bool details_read(
	struct option_resolver *resolver, struct reader rest, enum option_resolver_form form)
{
	size_t width = form == OPTION_RESOLVER_DHCPV4 ? 1 : 2;
	int r;

	if (form == OPTION_RESOLVER_RA ? is_padding(rest) : reader_left(&rest) == 0)
		return true;

	struct reader list = reader_part(&rest, (size_t)reader_number(&rest, width));
	struct reader params = rest;

	if (form == OPTION_RESOLVER_RA) {
		params = reader_part(&rest, reader_u16(&rest));
		if (!is_padding(rest))
			return false;
	}
	if (rest.failed || list.failed || params.failed ||
		!addresses_read(resolver, list, form == OPTION_RESOLVER_DHCPV4))
		return false;
	r = svc_params_append(params, resolver->text);
	resolver->left_out |= r > 0;
	return r >= 0;
}

bool option_resolver_read(
	struct option_resolver *resolver, struct reader body, enum option_resolver_form form)
{
	struct option_resolver new = {.priority = reader_u16(&body)};

	if (form == OPTION_RESOLVER_RA)
		new.lifetime = reader_u32(&body);

	struct reader name = reader_part(
		&body, (size_t)reader_number(&body, form == OPTION_RESOLVER_DHCPV4 ? 1 : 2));

	if (body.failed || !option_name(&name, new.text) || reader_left(&name) > 0 ||
		!details_read(&new, body, form))
		return false;
	*resolver = new;
	return true;
}
