/* SPDX-License-Identifier: MIT */
/*
 * What is asked of a dial: whether it makes sense, and whether a network is needed for it. No state.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "client/dial.h"

/* RFC 6761 section 6.3: a name that no network is asked for. */
bool dial_is_localhost(const char *host)
{
	static const char name[] = "localhost";
	size_t length = strlen(host), own = sizeof(name) - 1;

	if (length > 0 && host[length - 1] == '.')
		length--;
	return length >= own && strncasecmp(host + length - own, name, own) == 0 &&
		(length == own || host[length - own - 1] == '.');
}

int dial_check(const struct mif_message_dial *request, struct mif_address *literal)
{
	uint32_t family = request->family;

	if (request->host[0] == '\0' || request->port == 0 || request->port > UINT16_MAX ||
		(family != MIF_FAMILY_ANY && family != MIF_FAMILY_IPV4 &&
			family != MIF_FAMILY_IPV6) ||
		request->metered > MIF_DIAL_METERED_NEVER || request->best > MIF_DIAL_FASTEST ||
		request->zones > MIF_DIAL_ZONES_IGNORED ||
		!dial_service_is_scheme(request->scheme) ||
		(request->flags & ~(uint32_t)MIF_DIAL_HOLD) != 0)
		return -EINVAL;
	if (mif_address_parse(literal, request->host) < 0) {
		*literal = (struct mif_address){0};
		return 0;
	}
	/* "::ffff:192.0.2.1", as sockets of IPv6 tell a peer's address, is one of IPv4. */
	*literal = endpoint_plain(&(struct mif_endpoint){.address = *literal}).address;
	if (address_is_unspecified(literal) || address_is_multicast(literal) ||
		(family != MIF_FAMILY_ANY && family != address_mif_family(literal)))
		return -EINVAL;
	return 0;
}

bool dial_needs_view(const struct mif_message_dial *request, const struct mif_address *literal)
{
	if (literal->family != AF_UNSPEC)
		return !address_is_loopback(literal);
	return !dial_is_localhost(request->host);
}
