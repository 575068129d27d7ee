/* SPDX-License-Identifier: MIT */
/*
 * A reply of type a{oa{sa{sv}}}: objects, their interfaces, their properties. Only the few that make
 * facts are read, the rest is passed over, and a property of another type than it should be is as one
 * that is missing.
 */
#include "source/networkmanager-read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/name.h"

#define NM "org.freedesktop.NetworkManager."

/* ---- values ---- */

/* Whether the variant that comes next holds this type; it is entered then, else passed over. */
static bool variant_enter(sd_bus_message *message, const char *type)
{
	const char *contents = NULL;

	if (sd_bus_message_peek_type(message, NULL, &contents) <= 0 || contents == NULL ||
		strcmp(contents, type) != 0) {
		sd_bus_message_skip(message, "v");
		return false;
	}
	return sd_bus_message_enter_container(message, 'v', type) > 0;
}

static void text_read(sd_bus_message *message, const char *type, char *text, size_t size)
{
	const char *value;

	if (!variant_enter(message, type))
		return;
	if (sd_bus_message_read_basic(message, type[0], &value) > 0 && strlen(value) < size)
		strcpy(text, value);
	sd_bus_message_exit_container(message);
}

static void number_read(sd_bus_message *message, uint32_t *number)
{
	uint32_t value;

	if (!variant_enter(message, "u"))
		return;
	if (sd_bus_message_read_basic(message, 'u', &value) > 0)
		*number = value;
	sd_bus_message_exit_container(message);
}

static void bool_read(sd_bus_message *message, bool *flag)
{
	int value;

	if (!variant_enter(message, "b"))
		return;
	if (sd_bus_message_read_basic(message, 'b', &value) > 0)
		*flag = value != 0;
	sd_bus_message_exit_container(message);
}

/* The members of a{sv}, each by its name. */
static int members_read(sd_bus_message *message, void *object,
	void (*read)(sd_bus_message *message, const char *name, void *object))
{
	const char *name;
	int r = sd_bus_message_enter_container(message, 'a', "{sv}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		r = sd_bus_message_read_basic(message, 's', &name);
		if (r < 0)
			return r;
		read(message, name, object);
		r = sd_bus_message_exit_container(message);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* ---- configurations ---- */

static void address_member_read(sd_bus_message *message, const char *name, void *object)
{
	char text[MIF_ADDRESS_TEXT] = "";

	if (strcmp(name, "address") != 0) {
		sd_bus_message_skip(message, "v");
		return;
	}
	text_read(message, "s", text, sizeof(text));
	if (mif_address_parse(object, text) < 0)
		memset(object, 0, sizeof(struct mif_address));
}

/* aa{sv}, each with a member "address". */
static void addresses_read(sd_bus_message *message, struct mif_address *addresses, size_t *count)
{
	if (!variant_enter(message, "aa{sv}"))
		return;
	if (sd_bus_message_enter_container(message, 'a', "a{sv}") > 0) {
		while (sd_bus_message_at_end(message, 0) == 0) {
			struct mif_address address = {0};

			if (members_read(message, &address, address_member_read) < 0)
				break;
			if (address.family != AF_UNSPEC && *count < NM_ITEMS)
				addresses[(*count)++] = address;
		}
		sd_bus_message_exit_container(message);
	}
	sd_bus_message_exit_container(message);
}

/* aay: IPv6 servers have no other form. */
static void octets_read(sd_bus_message *message, struct mif_address *addresses, size_t *count)
{
	const void *octets;
	size_t size;

	if (!variant_enter(message, "aay"))
		return;
	if (sd_bus_message_enter_container(message, 'a', "ay") > 0) {
		while (sd_bus_message_at_end(message, 0) == 0 &&
			sd_bus_message_read_array(message, 'y', &octets, &size) > 0) {
			if (size == 16 && *count < NM_ITEMS)
				addresses[(*count)++] = address_ipv6(octets, 0);
		}
		sd_bus_message_exit_container(message);
	}
	sd_bus_message_exit_container(message);
}

/* 1: one more; 0: it is no name, or there is no room. */
static size_t name_take(
	char names[NM_ITEMS][MIF_TEXT_SIZE], size_t count, const char *name, bool root)
{
	if (count == NM_ITEMS || strlen(name) >= MIF_TEXT_SIZE)
		return 0;
	strcpy(names[count], name);
	return name_normalise(names[count]) || (root && strcmp(name, ".") == 0);
}

static void names_read(sd_bus_message *message, struct nm_config *config)
{
	const char *name;

	if (!variant_enter(message, "as"))
		return;
	if (sd_bus_message_enter_container(message, 'a', "s") > 0) {
		while (sd_bus_message_read_basic(message, 's', &name) > 0) {
			/* "~" before a name: for the choice of a server only. */
			if (name[0] == '~')
				config->zone_count += name_take(
					config->zones, config->zone_count, name + 1, true);
			else
				config->search_count += name_take(
					config->searches, config->search_count, name, false);
		}
		sd_bus_message_exit_container(message);
	}
	sd_bus_message_exit_container(message);
}

static void config_member_read(sd_bus_message *message, const char *name, void *object)
{
	struct nm_config *config = object;

	if (strcmp(name, "AddressData") == 0)
		addresses_read(message, config->addresses, &config->address_count);
	else if (strcmp(name, "NameserverData") == 0)
		addresses_read(message, config->servers, &config->server_count);
	else if (strcmp(name, "Nameservers") == 0)
		octets_read(message, config->servers, &config->server_count);
	else if (strcmp(name, "Searches") == 0 || strcmp(name, "Domains") == 0)
		names_read(message, config);
	else
		sd_bus_message_skip(message, "v");
}

/* ---- leases ---- */

static void option_read(sd_bus_message *message, const char *name, void *object)
{
	struct nm_lease *lease = object;

	if (strcmp(name, "dhcp_server_identifier") == 0)
		text_read(message, "s", lease->server, sizeof(lease->server));
	else if (strcmp(name, "ip_address") == 0)
		text_read(message, "s", lease->address, sizeof(lease->address));
	else if (strcmp(name, "expiry") == 0)
		text_read(message, "s", lease->expiry, sizeof(lease->expiry));
	else if (strcmp(name, "domain_name_servers") == 0 ||
		strcmp(name, "dhcp6_name_servers") == 0)
		text_read(message, "s", lease->servers, sizeof(lease->servers));
	else if (strcmp(name, "domain_search") == 0 || strcmp(name, "dhcp6_domain_search") == 0)
		text_read(message, "s", lease->searches, sizeof(lease->searches));
	else if (strcmp(name, "domain_name") == 0)
		text_read(message, "s", lease->domain, sizeof(lease->domain));
	else
		sd_bus_message_skip(message, "v");
}

static void lease_member_read(sd_bus_message *message, const char *name, void *object)
{
	if (strcmp(name, "Options") != 0) {
		sd_bus_message_skip(message, "v");
		return;
	}
	if (!variant_enter(message, "a{sv}"))
		return;
	members_read(message, object, option_read);
	sd_bus_message_exit_container(message);
}

/* ---- devices, VPNs ---- */

static void hardware_read(struct nm_device *device, const char *text)
{
	unsigned int octets[6];

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &octets[0], &octets[1], &octets[2], &octets[3],
		    &octets[4], &octets[5]) != 6)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(octets); i++)
		device->hardware[i] = (uint8_t)octets[i];
	device->hardware_size = ARRAY_SIZE(octets);
}

static void device_member_read(sd_bus_message *message, const char *name, void *object)
{
	struct nm_device *device = object;
	char text[64] = "";

	if (strcmp(name, "Interface") == 0) {
		text_read(message, "s", text, sizeof(text));
		/* IpInterface is where the addresses are: of a modem, another one. */
		if (device->name[0] == '\0' && strlen(text) < IFNAMSIZ)
			strcpy(device->name, text);
	} else if (strcmp(name, "IpInterface") == 0) {
		text_read(message, "s", text, sizeof(text));
		if (text[0] != '\0' && strlen(text) < IFNAMSIZ)
			strcpy(device->name, text);
	} else if (strcmp(name, "HwAddress") == 0) {
		text_read(message, "s", text, sizeof(text));
		hardware_read(device, text);
	} else if (strcmp(name, "Metered") == 0) {
		number_read(message, &device->metered);
	} else if (strcmp(name, "State") == 0) {
		number_read(message, &device->state);
	} else if (strcmp(name, "Ip4Config") == 0) {
		text_read(message, "o", device->config4, NM_PATH);
	} else if (strcmp(name, "Ip6Config") == 0) {
		text_read(message, "o", device->config6, NM_PATH);
	} else if (strcmp(name, "Dhcp4Config") == 0) {
		text_read(message, "o", device->lease4, NM_PATH);
	} else if (strcmp(name, "Dhcp6Config") == 0) {
		text_read(message, "o", device->lease6, NM_PATH);
	} else {
		sd_bus_message_skip(message, "v");
	}
}

struct active {
	struct nm_vpn as;
	bool vpn;
};

static void active_member_read(sd_bus_message *message, const char *name, void *object)
{
	struct active *active = object;

	if (strcmp(name, "Vpn") == 0)
		bool_read(message, &active->vpn);
	else if (strcmp(name, "Ip4Config") == 0)
		text_read(message, "o", active->as.config4, NM_PATH);
	else if (strcmp(name, "Ip6Config") == 0)
		text_read(message, "o", active->as.config6, NM_PATH);
	else
		sd_bus_message_skip(message, "v");
}

/* ---- objects ---- */

static int active_read(struct nm *nm, sd_bus_message *message)
{
	struct active active = {0};
	int r = members_read(message, &active, active_member_read);

	if (r < 0 || !active.vpn)
		return r;
	if (nm->vpn_count < NM_DEVICES)
		nm->vpns[nm->vpn_count++] = active.as;
	else
		nm->omitted++;
	return r;
}

static int device_read(struct nm *nm, const char *path, sd_bus_message *message)
{
	struct nm_device device = {0};
	int r = members_read(message, &device, device_member_read);

	if (r < 0)
		return r;
	/* A path that is too long is never heard of again. */
	if (strlen(path) < NM_PATH)
		strcpy(device.path, path);
	if (nm->device_count < NM_DEVICES)
		nm->devices[nm->device_count++] = device;
	else
		nm->omitted++;
	return r;
}

static int config_read(struct nm *nm, const char *path, sd_bus_message *message)
{
	struct nm_config config = {0};
	int r = members_read(message, &config, config_member_read);

	if (r < 0)
		return r;
	strcpy(config.path, path);
	if (nm->config_count < ARRAY_SIZE(nm->configs))
		nm->configs[nm->config_count++] = config;
	else
		nm->omitted++;
	return r;
}

static int lease_read(struct nm *nm, const char *path, sd_bus_message *message)
{
	struct nm_lease lease = {0};
	int r = members_read(message, &lease, lease_member_read);

	if (r < 0)
		return r;
	strcpy(lease.path, path);
	if (nm->lease_count < ARRAY_SIZE(nm->leases))
		nm->leases[nm->lease_count++] = lease;
	else
		nm->omitted++;
	return r;
}

static int interface_read(
	struct nm *nm, const char *path, const char *interface, sd_bus_message *message)
{
	if (strcmp(interface, NM "Device") == 0)
		return device_read(nm, path, message);
	if (strcmp(interface, NM "Connection.Active") == 0)
		return active_read(nm, message);
	if (strlen(path) >= NM_PATH)
		return sd_bus_message_skip(message, "a{sv}");
	if (strcmp(interface, NM "IP4Config") == 0 || strcmp(interface, NM "IP6Config") == 0)
		return config_read(nm, path, message);
	if (strcmp(interface, NM "DHCP4Config") == 0 || strcmp(interface, NM "DHCP6Config") == 0)
		return lease_read(nm, path, message);
	return sd_bus_message_skip(message, "a{sv}");
}

static int object_read(struct nm *nm, sd_bus_message *message)
{
	const char *path, *interface;
	int r = sd_bus_message_read_basic(message, 'o', &path);

	if (r > 0)
		r = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
	while (r > 0 && (r = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
		r = sd_bus_message_read_basic(message, 's', &interface);
		if (r > 0)
			r = interface_read(nm, path, interface, message);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

int nm_read(struct nm *nm, sd_bus_message *message)
{
	int r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");

	memset(nm, 0, sizeof(*nm));
	while (r > 0 && (r = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}")) > 0) {
		r = object_read(nm, message);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? -EBADMSG : 0;
}
