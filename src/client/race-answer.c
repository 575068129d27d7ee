/* SPDX-License-Identifier: MIT */
/*
 * What the name services of a race's domains say: addresses, and service records (RFC 9460) with the
 * addresses of their targets. Owns nothing: fills the race.
 *
 * A destination is an address, a port and the best service that has them: what a name has of its own and
 * a service has as well is tried once, where the service stands. Hints are destinations like any others,
 * until the target's own addresses of that family have come (draft-ietf-happy-happyeyeballs-v3 section
 * 4.2.1); where these do not come, the hints are all there is.
 */
#include <errno.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "client/race.h"

struct race_domain *race_domain(struct race *race, uint64_t pvd)
{
	for (size_t i = 0; i < race->domain_count; i++)
		if (race->domains[i].pvd == pvd && !race->domains[i].gone)
			return &race->domains[i];
	return NULL;
}

/* ---- destinations ---- */

/* Whether a domain that reaches its own link only reaches this. */
static bool domain_has_prefix(const struct race_domain *domain, const struct mif_address *address)
{
	if (address_is_link_local(address))
		return true;
	for (size_t i = 0; i < domain->address_count; i++) {
		const struct select_address *own = &domain->addresses[i];

		if (own->prefix_length > 0 &&
			address_in_prefix(address, &own->address, own->prefix_length))
			return true;
	}
	return false;
}

static int destination_init(struct race_destination *destination, const struct race_domain *domain,
	const struct mif_address *address)
{
	struct mif_address sources[RACE_SOURCES];
	size_t count = select_sources(
		domain->addresses, domain->address_count, address, sources, RACE_SOURCES);

	if (count == 0 || (domain->on_link && !domain_has_prefix(domain, address)))
		return -ENETUNREACH;
	*destination = (struct race_destination){
		.pair = select_pair(domain->addresses, domain->address_count, address),
		.source_count = (uint8_t)count,
	};
	for (size_t i = 0; i < count; i++)
		while (!address_equal(
			&domain->addresses[destination->sources[i]].address, &sources[i]))
			destination->sources[i]++;
	return 0;
}

/* Whether the first service goes before the other one; the name as it is comes last. */
static bool service_precedes(const struct race_domain *domain, uint32_t service, uint32_t other)
{
	if (service == 0 || other == 0)
		return service != 0 && other == 0;
	return domain->services[service - 1].priority < domain->services[other - 1].priority;
}

/* The same address and port once more. */
static int destination_again(const struct race_domain *domain, struct race_destination *destination,
	uint32_t service, bool hint)
{
	bool back = destination->dropped;

	if (service_precedes(domain, service, destination->service))
		destination->service = (uint8_t)service;
	destination->hint &= hint;
	destination->dropped = false;
	return back ? 0 : -EEXIST;
}

static int destination_add(struct race *race, struct race_domain *domain,
	const struct mif_address *address, uint32_t service, bool hint, uint64_t now)
{
	uint16_t port = service == 0 ? race->port : domain->services[service - 1].port;
	struct race_destination *destination = &domain->destinations[domain->destination_count];
	size_t of_family = 0;
	int error;

	for (size_t i = 0; i < domain->destination_count; i++) {
		struct race_destination *other = &domain->destinations[i];

		if (address_equal(&other->pair.destination, address) && other->port == port)
			return destination_again(domain, other, service, hint);
		of_family += other->pair.destination.family == address->family;
	}
	if (of_family == RACE_DESTINATIONS / 2)
		return -ENOSPC;
	error = destination_init(destination, domain, address);
	if (error < 0) {
		domain->unusable++;
		return error;
	}
	destination->port = port;
	destination->service = (uint8_t)service;
	destination->hint = hint;
	domain->destination_count++;
	domain->positive = MIN(domain->positive, now);
	race->positive = MIN(race->positive, now);
	return 0;
}

/* A link-local address is one of the domain's link. */
static struct mif_address scoped(
	const struct race_domain *domain, const struct mif_address *address)
{
	struct mif_address copy = *address;

	if (copy.family == AF_INET6 && address_is_link_local(&copy) && copy.scope == 0)
		copy.scope = domain->ifindex;
	return copy;
}

/* ---- the name's own ---- */

int race_answer(struct race *race, uint64_t pvd, const struct mif_address *address, uint64_t now)
{
	struct race_domain *domain = race_domain(race, pvd);
	struct mif_address copy;
	int r;

	if (domain == NULL || race_over(race))
		return -ENOENT;
	copy = scoped(domain, address);
	r = destination_add(race, domain, &copy, 0, false, now);
	for (uint32_t i = 1; i <= domain->service_count && r != -ENETUNREACH; i++)
		if (domain->services[i - 1].own)
			destination_add(race, domain, &copy, i, false, now);
	return r;
}

/* What is hinted at has come. */
static void hints_drop(struct race_domain *domain, uint32_t service, uint32_t families)
{
	for (size_t i = 0; i < domain->destination_count; i++) {
		struct race_destination *destination = &domain->destinations[i];
		uint32_t family =
			destination->pair.destination.family == AF_INET ? RACE_IPV4 : RACE_IPV6;

		if (destination->service == service && destination->hint &&
			(family & families) != 0)
			destination->dropped = true;
	}
}

void race_answered(struct race *race, uint64_t pvd, uint32_t families, uint32_t status)
{
	struct race_domain *domain = race_domain(race, pvd);

	if (domain == NULL)
		return;
	domain->answered |= families;
	if (families & RACE_IPV4)
		domain->status[0] = status;
	if (families & RACE_IPV6)
		domain->status[1] = status;
	for (uint32_t i = 1; i <= domain->service_count && status == MIF_TRANSLATION_FOUND; i++)
		if (domain->services[i - 1].own)
			hints_drop(domain, i, families);
}

/* ---- services ---- */

/* splitmix64: any order will do, if it is another one each time. */
static uint64_t mix(uint64_t number)
{
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

int race_service(struct race *race, uint64_t pvd, uint32_t priority, uint16_t port, bool own,
	uint32_t families)
{
	struct race_domain *domain = race_domain(race, pvd);
	size_t count;
	uint32_t number;

	if (domain == NULL || race_over(race))
		return -ENOENT;
	if (domain->service_count == RACE_SERVICES)
		return -ENOSPC;
	number = (uint32_t)++domain->service_count;
	domain->services[number - 1] = (struct race_service){
		.priority = priority,
		.port = port,
		.own = own,
		.families = families & domain->families,
		.order = race->options.shuffle != 0 ? mix(race->options.shuffle + number) : number,
	};
	/* What the name has is the service's as well. */
	count = domain->destination_count;
	for (size_t i = 0; own && i < count; i++)
		if (domain->destinations[i].service == 0)
			destination_add(race, domain, &domain->destinations[i].pair.destination,
				number, false, domain->positive);
	return (int)number;
}

static struct race_service *service_find(struct race_domain *domain, uint32_t number)
{
	return domain != NULL && number > 0 && number <= domain->service_count
		? &domain->services[number - 1]
		: NULL;
}

int race_service_address(struct race *race, uint64_t pvd, uint32_t service,
	const struct mif_address *address, bool hint, uint64_t now)
{
	struct race_domain *domain = race_domain(race, pvd);
	uint32_t family = address->family == AF_INET ? RACE_IPV4 : RACE_IPV6;
	const struct race_service *found = service_find(domain, service);
	struct mif_address copy;

	if (found == NULL || race_over(race))
		return -ENOENT;
	/* Too late to hint at what is known; and nobody asked for this family. */
	if (hint &&
		((domain->families & family) == 0 ||
			(found->own && (domain->answered & family) != 0 &&
				domain->status[family == RACE_IPV6] == MIF_TRANSLATION_FOUND)))
		return -EEXIST;
	copy = scoped(domain, address);
	return destination_add(race, domain, &copy, service, hint, now);
}

void race_service_answered(
	struct race *race, uint64_t pvd, uint32_t service, uint32_t families, uint32_t status)
{
	struct race_domain *domain = race_domain(race, pvd);
	struct race_service *found = service_find(domain, service);

	if (found == NULL)
		return;
	found->families &= ~families;
	if (status == MIF_TRANSLATION_FOUND)
		hints_drop(domain, service, families);
}

void race_services_answered(struct race *race, uint64_t pvd)
{
	struct race_domain *domain = race_domain(race, pvd);

	if (domain != NULL)
		domain->services_open = false;
}
