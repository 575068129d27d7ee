/* SPDX-License-Identifier: MIT */
/*
 * From the command line to the request that connects by name.
 */
#include "ctl/dialing.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "ctl/choose.h"

#define CONNECTION 1

uint32_t dialing_port(const char *service)
{
	const struct servent *entry;
	unsigned long long number;
	char *end;

	if (*service >= '0' && *service <= '9') {
		number = strtoull(service, &end, 10);
		return *end == '\0' && number <= UINT16_MAX ? (uint32_t)number : 0;
	}
	entry = getservbyname(service, "tcp");
	return entry != NULL ? ntohs((uint16_t)entry->s_port) : 0;
}

/* What is wrong with an address to connect to; NULL: nothing, or it is a name. */
static const char *address_fault(const struct options *options, const char *host)
{
	struct mif_address address;

	if (mif_address_parse(&address, host) < 0)
		return NULL;
	if (address_is_unspecified(&address) || address_is_multicast(&address))
		return "no address of a host";
	if (options->family == MIF_FAMILY_ANY || options->family == address_mif_family(&address))
		return NULL;
	return options->family == MIF_FAMILY_IPV4 ? "not an IPv4 address" : "not an IPv6 address";
}

int dialing_check(const struct options *options, const char *host, const char *service)
{
	const char *fault = "not a host name";
	char text[SHOW_TEXT];

	if (*host != '\0' && strlen(host) < MIF_TEXT_SIZE)
		fault = address_fault(options, host);
	if (fault != NULL) {
		complain("%s: %s", show_word(host, text), fault);
		return CTL_USAGE;
	}
	if (dialing_port(service) == 0) {
		complain("%s: no such port or service", show_word(service, text));
		return CTL_USAGE;
	}
	return CTL_DONE;
}

bool dialing_needs_picture(const struct options *options)
{
	return options->pvd != NULL || options->interface != NULL;
}

/* The identifier of the interface of that name; 0 after a sentence. */
static uint64_t interface_named(const struct picture *picture, const char *name)
{
	const struct mif_message *report = NULL;
	char text[SHOW_TEXT];

	while ((report = picture_next(picture, MIF_INTERFACE, 0, report)) != NULL)
		if (strcmp(report->as.interface.name, name) == 0)
			return report->as.interface.interface;
	complain("no interface %s", show_word(name, text));
	return 0;
}

int dialing_request(const struct options *options, const struct picture *picture, const char *host,
	const char *service, struct mif_message *request)
{
	struct mif_message_dial *ask = &request->as.dial;

	*request = (struct mif_message){.type = MIF_DIAL};
	if (options->pvd != NULL && choose_pvd(picture, options->pvd, &ask->pvd) < 0)
		return CTL_NOT;
	if (options->interface != NULL) {
		ask->interface = interface_named(picture, options->interface);
		if (ask->interface == 0)
			return CTL_NOT;
	}
	ask->connection = CONNECTION;
	strcpy(ask->host, host);
	ask->port = dialing_port(service);
	ask->family = options->family;
	ask->timeout = options->timeout;
	ask->metered = options->metered;
	ask->best = options->fastest ? MIF_DIAL_FASTEST : MIF_DIAL_FIRST;
	ask->zones = options->no_zones ? MIF_DIAL_ZONES_IGNORED : MIF_DIAL_ZONES_HEEDED;
	strcpy(ask->scheme, options->scheme);
	ask->verbose = 1;
	return CTL_DONE;
}
