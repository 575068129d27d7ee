/* SPDX-License-Identifier: MIT */
/*
 * How long the first address of a link takes to reach a subscriber: of the kernel itself, of mifd, of
 * systemd-networkd and of NetworkManager, which tell of it by signals on the system bus. Each in a network
 * namespace of its own; the sides take turns. What one side's change has set off is over before the next.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "change.h"
#include "handle.h"
#include "measure.h"

#define SIDES 4
#define REST_US 200000
#define ADDRESS "10.66.0.1"

/* ---- subscribers ---- */

struct listener {
	int to;
	uint32_t address;
	const char *interface, *property, *type;
};

/* What the property says: that there are addresses, or none. */
static int property_read(sd_bus_message *message, const char *type, bool *there)
{
	const char *text = NULL;
	int r = sd_bus_message_enter_container(message, 'v', type);

	if (r > 0 && strcmp(type, "s") == 0) {
		r = sd_bus_message_read(message, "s", &text);
		*there = r > 0 && strcmp(text, "off") != 0;
	} else if (r > 0) {
		r = sd_bus_message_enter_container(message, 'a', type + 1);
		*there = r > 0 && sd_bus_message_at_end(message, false) == 0;
	}
	return r;
}

static int changed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const struct listener *listener = context;
	struct receipt receipt = {.when = measure_now(), .address = listener->address};
	const char *name = NULL;

	(void)error;
	if (sd_bus_message_read(message, "s", &name) <= 0 ||
		strcmp(name, listener->interface) != 0 ||
		sd_bus_message_enter_container(message, 'a', "{sv}") <= 0)
		return 0;
	while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
		if (sd_bus_message_read(message, "s", &name) <= 0)
			return 0;
		if (strcmp(name, listener->property) == 0) {
			if (property_read(message, listener->type, &receipt.added) <= 0 ||
				write(listener->to, &receipt, sizeof(receipt)) != sizeof(receipt))
				_exit(1);
			return 0;
		}
		if (sd_bus_message_skip(message, "v") < 0 ||
			sd_bus_message_exit_container(message) < 0)
			return 0;
	}
	return 0;
}

static void listen_to_bus(struct listener *listener, const char *address, const char *path)
{
	const struct receipt ready = {0};
	char match[256];
	sd_bus *bus = NULL;

	snprintf(match, sizeof(match),
		"type='signal',interface='org.freedesktop.DBus.Properties',member='"
		"PropertiesChanged',"
		"path_namespace='%s'",
		path);
	measure_check(sd_bus_new(&bus), "sd_bus_new");
	measure_check(sd_bus_set_address(bus, address), address);
	measure_check(sd_bus_set_bus_client(bus, true), "sd_bus_set_bus_client");
	measure_check(sd_bus_start(bus), address);
	measure_check(sd_bus_add_match(bus, NULL, match, changed, listener), match);
	if (write(listener->to, &ready, sizeof(ready)) != sizeof(ready))
		_exit(1);
	for (;;) {
		int r = measure_check(sd_bus_process(bus, NULL), "sd_bus_process");

		if (r == 0)
			measure_check(sd_bus_wait(bus, UINT64_MAX), "sd_bus_wait");
	}
}

static void listen_to_kernel(int to)
{
	struct receipt receipt = {0};
	int fd = change_reader();

	while (write(to, &receipt, sizeof(receipt)) == sizeof(receipt))
		change_next(fd, &receipt);
}

static void listen_to_mifd(int to)
{
	struct mif_message ask = {.type = MIF_ANNOUNCE_INTERFACES};
	const struct mif_message *message = NULL;
	struct mif *mif = handle_open("daemon");
	struct receipt receipt = {0};

	ask.as.announce_interfaces.below = MIF_BELOW_PVDS | MIF_BELOW_ADDRESSES;
	handle_post(mif, &ask);
	handle_settle(mif);
	while (write(to, &receipt, sizeof(receipt)) == sizeof(receipt)) {
		do {
			measure_check(mif_check(mif, NULL, 0, -1), "mif_check");
			if (measure_check(mif_get(mif, &message), "mif_get") == 0)
				message = NULL;
		} while (message == NULL ||
			(message->type != MIF_ADDRESS && message->type != MIF_NO_ADDRESS));
		receipt.added = message->type == MIF_ADDRESS;
		receipt.address = change_address(receipt.added ? &message->as.address.address
							       : &message->as.no_address.address);
		receipt.when = measure_now();
	}
}

static void subscriber_run(const char *name, const char *where, int to)
{
	struct listener networkd = {.to = to,
		.address = ntohl(inet_addr(ADDRESS)),
		.interface = "org.freedesktop.network1.Link",
		.property = "IPv4AddressState",
		.type = "s"};
	struct listener manager = {.to = to,
		.address = ntohl(inet_addr(ADDRESS)),
		.interface = "org.freedesktop.NetworkManager.IP4Config",
		.property = "AddressData",
		.type = "aa{sv}"};

	if (strcmp(name, "netlink") == 0)
		listen_to_kernel(to);
	else if (strcmp(name, "daemon") == 0)
		listen_to_mifd(to);
	else if (strcmp(name, "networkd") == 0)
		listen_to_bus(&networkd, where, "/org/freedesktop/network1/link");
	else
		listen_to_bus(&manager, where, "/org/freedesktop/NetworkManager/IP4Config");
	_exit(1);
}

/* ---- the changer ---- */

/* What was said after the news that were waited for. */
static void side_forget(const struct change_side *side)
{
	struct receipt receipt;

	fcntl(side->from, F_SETFL, O_NONBLOCK);
	while (read(side->from, &receipt, sizeof(receipt)) == sizeof(receipt))
		;
	fcntl(side->from, F_SETFL, 0);
}

static uint64_t sample(const struct change_side *side, bool add)
{
	uint32_t address = ntohl(inet_addr(ADDRESS));
	struct receipt receipt;
	uint64_t started;

	usleep(REST_US);
	side_forget(side);
	started = measure_now();
	change_make(side->netlink, add, side->ifindex, address);
	do
		receipt = change_wait(side->from);
	while (receipt.added != add || receipt.address != address);
	return receipt.when - started;
}

int main(int argc, char **argv)
{
	struct change_side sides[SIDES];
	size_t count, side_count = 0;

	if (argc < 6 || argc % 3 != 0 || argc > 3 + 3 * SIDES) {
		fprintf(stderr,
			"usage: bench-peers DEVICE COUNT (netlink|daemon|networkd|networkmanager "
			"NAMESPACE BUS)...\n");
		return 2;
	}
	count = measure_number(argv[2]);
	for (int i = 3; i < argc; i += 3)
		change_begin(&sides[side_count++], argv[i], argv[i + 1], argv[1], count,
			subscriber_run, argv[i + 2]);
	for (size_t i = 0; i < count; i++) {
		for (size_t s = 0; s < side_count; s++)
			series_add(&sides[(i + s) % side_count].added,
				sample(&sides[(i + s) % side_count], true));
		for (size_t s = 0; s < side_count; s++)
			series_add(&sides[(i + s) % side_count].removed,
				sample(&sides[(i + s) % side_count], false));
	}
	for (size_t s = 0; s < side_count; s++) {
		series_print(&sides[s].added);
		series_print(&sides[s].removed);
	}
	return 0;
}
