/* SPDX-License-Identifier: MIT */
/*
 * networkd's JSON: every item tells how it came (ConfigSource) and from whom (ConfigProvider: the
 * router's link-local address or the server's, for DHCPv6 the server's on the link). Addresses are
 * arrays of octets, times are microseconds of CLOCK_BOOTTIME. Version 252 gives no lifetimes of DNS
 * servers: they end with the last of what the same provider gave that has one.
 */
#include "source/networkd-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/name.h"

#define DEPTH 8
#define ITEMS_MAX 4096
#define TABLE_MAIN 254

struct reading {
	struct networkd_link *link;
	struct fact fact; /* of the item that is read: all that does not depend on its kind */
};

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static const char *member_text(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key);

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	return (size_t)json_object_get_string_len(value) == strlen(json_object_get_string(value))
		? json_object_get_string(value)
		: NULL;
}

/* 0 to max, or fallback. */
static uint64_t member_number(
	struct json_object *object, const char *key, uint64_t max, uint64_t fallback)
{
	struct json_object *value = member(object, key);
	uint64_t number;

	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return fallback;
	number = json_object_get_uint64(value);
	return number <= max ? number : fallback;
}

static uint64_t member_time(struct json_object *object, const char *key, uint64_t fallback)
{
	uint64_t usec = member_number(object, key, UINT64_MAX, UINT64_MAX);

	if (member(object, key) == NULL)
		return fallback;
	return usec >= TIME_FOREVER / 1000 ? TIME_FOREVER : usec * 1000;
}

/* The number of octets; 0: there are none, or too many, or they are something else. */
static size_t member_octets(
	struct json_object *object, const char *key, uint8_t *octets, size_t room)
{
	struct json_object *array = member(object, key);
	size_t length =
		json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;

	if (length > room)
		return 0;
	for (size_t i = 0; i < length; i++) {
		struct json_object *octet = json_object_array_get_idx(array, i);
		int64_t value = json_object_get_int64(octet);

		if (!json_object_is_type(octet, json_type_int) || value < 0 || value > 255)
			return 0;
		octets[i] = (uint8_t)value;
	}
	return length;
}

/* A link-local address gets the link as its scope. */
static bool member_address(
	struct json_object *object, const char *key, uint32_t ifindex, struct mif_address *address)
{
	uint8_t octets[16];
	size_t length = member_octets(object, key, octets, sizeof(octets));

	if (length == 4)
		*address = address_ipv4(octets);
	else if (length == 16)
		*address = address_ipv6(octets, ifindex);
	return length == 4 || length == 16;
}

/* How it came and from whom; false: of the kernel, or by a means that makes no domain. */
static bool origin_read(struct reading *reading, struct json_object *item)
{
	const char *source = member_text(item, "ConfigSource");
	struct fact *fact = &reading->fact;

	memset(fact, 0, sizeof(*fact));
	fact->ifindex = reading->link->ifindex;
	fact->trust = FACT_TRUST_MANAGER;
	fact->valid_until = fact->preferred_until = TIME_FOREVER;
	if (source == NULL)
		return false;
	/* "runtime": told over the bus; of NTP servers 252 says so whatever they are. */
	if (strcmp(source, "static") == 0 || strcmp(source, "runtime") == 0) {
		fact->element = MIF_ELEMENT_STATIC;
		return true;
	}
	if (strcmp(source, "NDisc") == 0)
		fact->element = MIF_ELEMENT_RA;
	else if (strcmp(source, "DHCPv6") == 0)
		fact->element = MIF_ELEMENT_DHCPV6;
	else if (strcmp(source, "DHCPv4") == 0)
		fact->element = MIF_ELEMENT_DHCPV4;
	else
		return false;
	if (!member_address(item, "ConfigProvider", fact->ifindex, &fact->provider))
		return false;
	return (fact->provider.family == AF_INET) == (fact->element == MIF_ELEMENT_DHCPV4);
}

/* The same may be said twice: of a prefix by its address and by its route. */
static struct fact *fact_add(struct reading *reading)
{
	struct networkd_link *link = reading->link;

	if (link->count == NETWORKD_FACTS) {
		link->omitted++;
		return NULL;
	}
	link->facts[link->count] = reading->fact;
	return &link->facts[link->count++];
}

static void data_add(struct reading *reading, uint32_t information,
	const struct mif_address *address, uint32_t length, const char *text, uint64_t number)
{
	struct fact *fact = &reading->fact;

	fact->kind = FACT_DATA;
	memset(&fact->as.data, 0, sizeof(fact->as.data));
	fact->as.data.information = information;
	if (address != NULL)
		fact->as.data.address = *address;
	fact->as.data.prefix_length = length;
	fact->as.data.number = number;
	if (text != NULL)
		strcpy(fact->as.data.text, text);
	fact_add(reading);
}

/* ---- servers and names ---- */

/* A server on another port is none that could be asked; one on this machine knows of no domain. */
static void dns_read(struct reading *reading, struct json_object *item)
{
	uint64_t port = member_number(item, "Port", UINT16_MAX, 53);
	struct mif_address address;

	if (port == 53 && member_address(item, "Address", reading->link->ifindex, &address) &&
		!address_is_unspecified(&address) && !address_is_multicast(&address) &&
		!address_is_loopback(&address))
		data_add(reading, MIF_INFORMATION_DNS_SERVERS, &address, 0, NULL, 0);
}

static void name_add(struct reading *reading, uint32_t information, const char *text)
{
	char name[MIF_TEXT_SIZE];

	if (text == NULL || strlen(text) >= sizeof(name))
		return;
	strcpy(name, text);
	if (name_normalise(name))
		data_add(reading, information, NULL, 0, name, 0);
}

static void ntp_read(struct reading *reading, struct json_object *item)
{
	struct mif_address address;

	if (member_address(item, "Address", reading->link->ifindex, &address))
		data_add(reading, MIF_INFORMATION_NTP_SERVERS, &address, 0, NULL, 0);
	else
		name_add(reading, MIF_INFORMATION_NTP_SERVERS, member_text(item, "Server"));
}

static void search_read(struct reading *reading, struct json_object *item)
{
	name_add(reading, MIF_INFORMATION_SEARCH_DOMAINS, member_text(item, "Domain"));
}

static void zone_read(struct reading *reading, struct json_object *item)
{
	const char *name = member_text(item, "Domain");

	/* All names there are. */
	if (name != NULL && strcmp(name, ".") == 0)
		data_add(reading, MIF_INFORMATION_DNS_ZONES, NULL, 0, name, 0);
	else
		name_add(reading, MIF_INFORMATION_DNS_ZONES, name);
}

/* ---- addresses and routes ---- */

static void prefix_add(struct reading *reading, const struct mif_address *address, uint32_t length,
	bool on_link, bool autonomous)
{
	struct fact *fact = &reading->fact;

	fact->kind = FACT_PREFIX;
	memset(&fact->as.prefix, 0, sizeof(fact->as.prefix));
	fact->as.prefix.prefix = address_network(address, length);
	fact->as.prefix.length = length;
	for (size_t i = 0; i < reading->link->count; i++) {
		struct fact *other = &reading->link->facts[i];

		if (other->kind != FACT_PREFIX || other->as.prefix.length != length ||
			!address_equal(&other->as.prefix.prefix, &fact->as.prefix.prefix) ||
			!address_equal(&other->provider, &fact->provider))
			continue;
		other->as.prefix.on_link |= on_link;
		other->as.prefix.autonomous |= autonomous;
		other->valid_until = MAX(other->valid_until, fact->valid_until);
		return;
	}
	fact->as.prefix.on_link = on_link;
	fact->as.prefix.autonomous = autonomous;
	fact_add(reading);
}

/* Of an address: what it was made of, or who leased it. The address itself is the kernel's to tell. */
static void address_read(struct reading *reading, struct json_object *item)
{
	struct fact *fact = &reading->fact;
	uint32_t length = (uint32_t)member_number(item, "PrefixLength", 128, 0);
	struct mif_address address;

	if (fact->element == MIF_ELEMENT_STATIC ||
		!member_address(item, "Address", fact->ifindex, &address) || length == 0 ||
		(address.family == AF_INET) != (fact->element == MIF_ELEMENT_DHCPV4))
		return;
	fact->valid_until = member_time(item, "ValidLifetimeUsec", TIME_FOREVER);
	if (fact->element == MIF_ELEMENT_RA) {
		fact->preferred_until = member_time(item, "PreferredLifetimeUsec", TIME_FOREVER);
		prefix_add(reading, &address, length, false, true);
		return;
	}
	/* The wire tells more of a lease, the times of its renewal: where it does, that counts. */
	fact->kind = FACT_LEASE;
	fact->trust = FACT_TRUST_PROBE;
	memset(&fact->as.lease, 0, sizeof(fact->as.lease));
	fact->as.lease.address = address;
	fact_add(reading);
}

static void route_read(struct reading *reading, struct json_object *item)
{
	uint32_t length = (uint32_t)member_number(item, "DestinationPrefixLength", 128, 0);
	uint64_t mtu = member_number(item, "MTU", UINT16_MAX, 0);
	struct fact *fact = &reading->fact;
	struct mif_address destination, gateway;
	char router[MIF_ADDRESS_TEXT];
	bool by_gateway = member_address(item, "Gateway", fact->ifindex, &gateway);

	if (member_number(item, "Table", UINT32_MAX, 0) != TABLE_MAIN ||
		fact->element == MIF_ELEMENT_STATIC ||
		!member_address(item, "Destination", fact->ifindex, &destination) ||
		(destination.family == AF_INET && length > 32))
		return;
	fact->valid_until = member_time(item, "LifetimeUSec", TIME_FOREVER);
	if (by_gateway && length > 0)
		data_add(reading, MIF_INFORMATION_ROUTES, &destination, length,
			fact->element == MIF_ELEMENT_DHCPV4 ? mif_address_format(&gateway, router)
							    : NULL,
			0);
	else if (by_gateway && mtu > 0)
		data_add(reading, MIF_INFORMATION_MTU, NULL, 0, NULL, mtu);
	else if (!by_gateway && fact->element == MIF_ELEMENT_RA && length > 0)
		prefix_add(reading, &destination, length, true, false);
}

/* ---- all of it ---- */

static void each(struct reading *reading, struct json_object *root, const char *key,
	void (*read)(struct reading *reading, struct json_object *item))
{
	struct json_object *array = member(root, key);
	size_t count =
		json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;

	for (size_t i = 0; i < count && i < ITEMS_MAX; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (json_object_is_type(item, json_type_object) && origin_read(reading, item))
			read(reading, item);
	}
}

/* The last lifetime of what this provider gave by the same means, where there is one. */
static uint64_t provider_until(const struct networkd_link *link, const struct fact *data)
{
	uint64_t until = 0;

	for (size_t i = 0; i < link->count; i++) {
		const struct fact *fact = &link->facts[i];

		if (fact->kind != FACT_DATA && fact->element == data->element &&
			address_equal(&fact->provider, &data->provider))
			until = MAX(until, fact->valid_until);
	}
	return until > 0 ? until : TIME_FOREVER;
}

static void lifetimes_borrow(struct networkd_link *link)
{
	for (size_t i = 0; i < link->count; i++) {
		struct fact *fact = &link->facts[i];

		if (fact->kind == FACT_DATA && fact->element != MIF_ELEMENT_STATIC &&
			fact->valid_until == TIME_FOREVER)
			fact->valid_until = provider_until(link, fact);
	}
}

/* Which link it is about. */
static int link_read(struct networkd_link *link, struct json_object *root)
{
	const char *name;

	if (!json_object_is_type(root, json_type_object))
		return -EBADMSG;
	name = member_text(root, "Name");
	link->ifindex = (uint32_t)member_number(root, "Index", INT32_MAX, 0);
	if (link->ifindex == 0 || name == NULL || strlen(name) >= sizeof(link->name))
		return -EBADMSG;
	strcpy(link->name, name);
	link->hardware_size =
		member_octets(root, "HardwareAddress", link->hardware, sizeof(link->hardware));
	return 0;
}

static int root_read(struct networkd_link *link, struct json_object *root)
{
	struct reading reading = {.link = link};
	const char *state;
	int r = link_read(link, root);

	if (r < 0)
		return r;
	state = member_text(root, "AdministrativeState");
	if (state != NULL && strlen(state) < sizeof(link->state))
		strcpy(link->state, state);
	each(&reading, root, "DNS", dns_read);
	each(&reading, root, "NTP", ntp_read);
	each(&reading, root, "SearchDomains", search_read);
	each(&reading, root, "RouteDomains", zone_read);
	each(&reading, root, "Addresses", address_read);
	each(&reading, root, "Routes", route_read);
	lifetimes_borrow(link);
	return 0;
}

int networkd_parse(struct networkd_link *link, const char *text, size_t size)
{
	struct json_tokener *tokener;
	struct json_object *root;
	bool whole;
	int r;

	link->ifindex = 0;
	link->state[0] = '\0';
	link->count = link->omitted = 0;
	if (size > NETWORKD_TEXT)
		return -EBADMSG;
	tokener = json_tokener_new_ex(DEPTH);
	if (tokener == NULL)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, text, (int)size);
	whole = json_tokener_get_error(tokener) == json_tokener_success &&
		json_tokener_get_parse_end(tokener) == size;
	r = whole ? root_read(link, root) : -EBADMSG;
	json_object_put(root);
	json_tokener_free(tokener);
	return r;
}
