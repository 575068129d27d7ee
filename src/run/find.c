/* SPDX-License-Identifier: MIT */
/*
 * Ways to an address, from libmif and from what is remembered of it.
 */
#include "run/find.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/clock.h"
#include "multipath/host.h"
#include "multipath/twin.h"
#include "run/ask.h"
#include "run/learned.h"
#include "run/settings.h"

bool find_source(const struct mif_address *destination, struct mif_address *source)
{
	const struct mif_endpoint remote = {.address = *destination, .port = 1};
	struct mif_endpoint local = {.port = 0};
	/* Connecting a datagram socket sends nothing. */
	int fd = host_socket(destination->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && socket_connect(fd, &remote) == 0 && socket_name(fd, &local) == 0;

	host_closep(&fd);
	*source = found ? local.address : (struct mif_address){.family = AF_UNSPEC};
	return found;
}

/* Programs with thousands of peers need not ask for each: where the kernel sees no difference between
 * two addresses that everybody has, libmif sees none worth asking. */
int find_plan(
	const struct mif_address *destination, const struct mif_address *source, struct ways *ways)
{
	bool own = address_is_private(destination) || source->family == AF_UNSPEC;
	const struct mif_address *key = own ? destination : source;
	uint64_t now = clock_boottime();
	char text[MIF_ADDRESS_TEXT];
	int r;

	if (learned_find_plan(key, ways, now)) {
		for (size_t i = 0; i < ways->count; i++)
			ways->at[i].destination = *destination;
		return 0;
	}
	r = ask_ways(ways, mif_address_format(destination, text), address_mif_family(destination));
	if (r == 0)
		learned_plan(key, ways, now);
	return r;
}

/* The kernel's own way, as one of these if it is. */
static struct way kernel_way(const struct mif_address *destination,
	const struct mif_address *source, const struct ways *ways)
{
	for (size_t i = 0; i < ways->count; i++)
		if (address_equal(&ways->at[i].source, source))
			return ways->at[i];
	/* A way of the host that no domain knows: the socket stays as it is. */
	return (struct way){.destination = *destination};
}

/* An address by itself says not whose it is: the kernel's routes are the best guess. One that every
 * network may have is another host's in another network. */
int find_literal(
	const struct mif_address *destination, const struct mif_address *source, struct ways *ways)
{
	int r = find_plan(destination, source, ways);
	struct way way;

	if (settings_pin(settings_get()) || source->family == AF_UNSPEC)
		return r;
	if (r < 0)
		ways->count = 0;
	way = kernel_way(destination, source, ways);
	ways_prefer(ways, &way);
	if (address_is_private(destination))
		ways_only_through(ways, way.ifindex);
	return 0;
}

void find_more(struct ways *ways, const struct mif_address *destination)
{
	struct mif_address source;
	struct ways found;

	find_source(destination, &source);
	if (address_is_private(destination) || find_plan(destination, &source, &found) < 0)
		return;
	learned_sort(&found, clock_boottime());
	for (size_t i = 0; i < found.count; i++)
		ways_add(ways, &found.at[i]);
}
