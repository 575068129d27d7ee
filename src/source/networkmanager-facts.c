/* SPDX-License-Identifier: MIT */
/*
 * What follows from NetworkManager's objects. It merges what DHCP gave with what an administrator
 * wrote; what is not in the lease is the administrator's. Of IPv6 it merges the routers' words, too: the
 * rest of that is nobody's in particular, which the engine knows how to doubt.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "source/networkmanager-read.h"

/* NMMetered */
enum {
	METERED_YES = 1,
	METERED_NO = 2,
	METERED_GUESS_YES = 3,
	METERED_GUESS_NO = 4,
};

struct putting {
	const struct nm *nm;
	struct model *model;
	uint32_t owner;
	struct fact fact; /* the part that the facts of a configuration have in common */
	int refused;
	int error;
};

static void put(struct putting *putting, const struct fact *fact)
{
	int r = putting->error == 0 ? model_put(putting->model, putting->owner, fact) : 0;

	if (r == -ENOMEM)
		putting->error = r;
	else if (r < 0)
		putting->refused++;
}

static const struct nm_config *config_find(const struct nm *nm, const char *path)
{
	for (size_t i = 0; i < nm->config_count; i++) {
		if (strcmp(nm->configs[i].path, path) == 0)
			return &nm->configs[i];
	}
	return NULL;
}

static const struct nm_lease *lease_find(const struct nm *nm, const char *path)
{
	for (size_t i = 0; i < nm->lease_count; i++) {
		if (strcmp(nm->leases[i].path, path) == 0)
			return &nm->leases[i];
	}
	return NULL;
}

/* Whether one of the words of a list is this one, but for the case and a final dot. */
static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at != '\0';) {
		size_t size = strcspn(at, " "), part = size;

		if (part > 0 && at[part - 1] == '.')
			part--;
		if (part == length && strncasecmp(at, word, length) == 0)
			return true;
		at += size + strspn(at + size, " ");
	}
	return false;
}

static bool lease_has_server(const struct nm_lease *lease, const struct mif_address *server)
{
	char text[MIF_ADDRESS_TEXT];

	return lease != NULL && list_has(lease->servers, mif_address_format(server, text));
}

static bool lease_has_name(const struct nm_lease *lease, const char *name)
{
	return lease != NULL && (list_has(lease->searches, name) || list_has(lease->domain, name));
}

/* A server of this machine's own asks others, of whichever domain. */
static bool server_is_useful(const struct mif_address *server)
{
	return !address_is_unspecified(server) && !address_is_loopback(server) &&
		!address_is_multicast(server);
}

/* leased: what the lease has is told by whoever saw it, with its lifetime. */
static void config_put(
	struct putting *putting, const struct nm_config *config, const struct nm_lease *lease)
{
	struct fact fact = putting->fact;

	fact.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	for (size_t i = 0; i < config->server_count; i++) {
		if (!server_is_useful(&config->servers[i]) ||
			lease_has_server(lease, &config->servers[i]))
			continue;
		fact.as.data.address = config->servers[i];
		if (address_is_link_local(&fact.as.data.address))
			fact.as.data.address.scope =
				fact.as.data.address.family == AF_INET6 ? fact.ifindex : 0;
		put(putting, &fact);
	}
	fact = putting->fact;
	fact.as.data.information = MIF_INFORMATION_SEARCH_DOMAINS;
	for (size_t i = 0; i < config->search_count; i++) {
		if (lease_has_name(lease, config->searches[i]))
			continue;
		strcpy(fact.as.data.text, config->searches[i]);
		put(putting, &fact);
	}
	fact.as.data.information = MIF_INFORMATION_DNS_ZONES;
	for (size_t i = 0; i < config->zone_count; i++) {
		strcpy(fact.as.data.text, config->zones[i]);
		put(putting, &fact);
	}
}

static void fact_begin(struct putting *putting, uint32_t ifindex, int32_t trust)
{
	putting->fact = (struct fact){
		.kind = FACT_DATA,
		.ifindex = ifindex,
		.element = MIF_ELEMENT_STATIC,
		.trust = trust,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
	};
}

/* When a lease ends; 0: it has ended; for ever, if that is not told. */
static uint64_t lease_until(const struct nm_lease *lease, const struct nm_clock *clock)
{
	char *end;
	unsigned long long expiry = strtoull(lease->expiry, &end, 10);

	if (lease->expiry[0] == '\0' || *end != '\0' || expiry > clock->realtime + UINT32_MAX)
		return TIME_FOREVER;
	return expiry > clock->realtime ? clock->now + (expiry - clock->realtime) * NSEC_PER_SEC
					: 0;
}

/* For a process that does not see the wire. Who does knows more, of times of renewal and options. */
static void lease_put(struct putting *putting, const struct nm_config *config,
	const struct nm_lease *lease, const struct nm_clock *clock)
{
	struct fact fact = putting->fact;

	fact.element = MIF_ELEMENT_DHCPV4;
	fact.trust = FACT_TRUST_PROBE;
	fact.valid_until = lease_until(lease, clock);
	if (fact.valid_until == 0 || mif_address_parse(&fact.provider, lease->server) < 0)
		return;
	fact.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	for (size_t i = 0; i < config->server_count; i++) {
		fact.as.data.address = config->servers[i];
		if (lease_has_server(lease, &config->servers[i]))
			put(putting, &fact);
	}
	memset(&fact.as, 0, sizeof(fact.as));
	fact.as.data.information = MIF_INFORMATION_SEARCH_DOMAINS;
	for (size_t i = 0; i < config->search_count; i++) {
		strcpy(fact.as.data.text, config->searches[i]);
		if (lease_has_name(lease, config->searches[i]))
			put(putting, &fact);
	}
	memset(&fact.as, 0, sizeof(fact.as));
	fact.kind = FACT_LEASE;
	if (mif_address_parse(&fact.as.lease.address, lease->address) == 0)
		put(putting, &fact);
}

static void device_put_configs(struct putting *putting, const struct nm_device *device,
	uint32_t ifindex, const struct nm_clock *clock)
{
	const struct nm_config *config4 = config_find(putting->nm, device->config4);
	const struct nm_config *config6 = config_find(putting->nm, device->config6);
	const struct nm_lease *lease4 = lease_find(putting->nm, device->lease4);

	if (config4 != NULL) {
		fact_begin(putting, ifindex, FACT_TRUST_MANAGER);
		config_put(putting, config4, lease4);
		if (lease4 != NULL)
			lease_put(putting, config4, lease4, clock);
	}
	if (config6 != NULL) {
		fact_begin(putting, ifindex, FACT_TRUST_RUMOUR);
		config_put(putting, config6, NULL);
	}
}

/* What the administrator set counts more than what was guessed by the kind of a link. */
static void device_put_metered(struct putting *putting, const struct nm_device *device)
{
	bool guessed = device->metered == METERED_GUESS_YES || device->metered == METERED_GUESS_NO;
	bool yes = device->metered == METERED_YES || device->metered == METERED_GUESS_YES;
	struct fact fact = {
		.kind = FACT_LINK,
		.trust = guessed ? FACT_TRUST_PROBE : FACT_TRUST_MANAGER,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
	};

	if (device->metered < METERED_YES || device->metered > METERED_GUESS_NO)
		return;
	strcpy(fact.ifname, device->name);
	fact.as.link.metered = yes ? MIF_METERED_YES : MIF_METERED_NO;
	put(putting, &fact);
}

static bool config_has_address_of(const struct nm_config *config, const struct nm_config *other)
{
	for (size_t i = 0; config != NULL && other != NULL && i < config->address_count; i++) {
		for (size_t j = 0; j < other->address_count; j++) {
			if (address_equal(&config->addresses[i], &other->addresses[j]))
				return true;
		}
	}
	return false;
}

/* A VPN's tunnel is the device that has its addresses. All that it set is its own. */
static void vpn_put(struct putting *putting, const struct nm_vpn *vpn,
	const struct nm_device *device, uint32_t ifindex)
{
	const struct nm *nm = putting->nm;
	const struct nm_config *four = config_find(nm, vpn->config4);
	const struct nm_config *six = config_find(nm, vpn->config6);

	if (!config_has_address_of(four, config_find(nm, device->config4)) &&
		!config_has_address_of(six, config_find(nm, device->config6)))
		return;
	fact_begin(putting, ifindex, FACT_TRUST_MANAGER);
	if (four != NULL)
		config_put(putting, four, NULL);
	if (six != NULL)
		config_put(putting, six, NULL);
}

int nm_put(const struct nm *nm, uint32_t (*ifindex_of)(const struct nm_device *device),
	const struct nm_clock *clock, struct model *model, uint32_t owner)
{
	struct putting putting = {.nm = nm, .model = model, .owner = owner};

	for (size_t i = 0; i < nm->device_count; i++) {
		const struct nm_device *device = &nm->devices[i];
		uint32_t ifindex = device->name[0] != '\0' ? ifindex_of(device) : 0;

		if (ifindex == 0)
			continue;
		device_put_metered(&putting, device);
		if (device->state < NM_STATE_IP_CONFIG || device->state > NM_STATE_ACTIVATED)
			continue;
		device_put_configs(&putting, device, ifindex, clock);
		for (size_t j = 0; j < nm->vpn_count; j++)
			vpn_put(&putting, &nm->vpns[j], device, ifindex);
	}
	return putting.error < 0 ? putting.error : putting.refused;
}
