/* SPDX-License-Identifier: MIT */
/*
 * Facts as text: "link ifindex=2 name=h1 kind=ethernet flags=up,running".
 */
#include "source/script-fact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "message/message.h"

/* One word of a line and where it goes. */
struct parse {
	struct fact *fact;
	uint64_t now;
	const char *value;
};

static int number_get(const char *text, uint64_t *number)
{
	char *end;

	*number = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && *end == '\0' ? 0 : -EINVAL;
}

static int u32_get(const char *text, uint32_t *number)
{
	uint64_t wide;

	if (number_get(text, &wide) < 0 || wide > UINT32_MAX)
		return -EINVAL;
	*number = (uint32_t)wide;
	return 0;
}

static int seconds_get(const struct parse *parse, uint64_t *when)
{
	uint32_t seconds;

	if (strcmp(parse->value, "forever") == 0)
		seconds = UINT32_MAX;
	else if (u32_get(parse->value, &seconds) < 0)
		return -EINVAL;
	*when = clock_after(parse->now, seconds);
	return 0;
}

/* A link-local address is one of the fact's link. */
static int scoped_get(const struct parse *parse, struct mif_address *address)
{
	int r = mif_address_parse(address, parse->value);

	if (r == 0 && address->family == AF_INET6 && address_is_link_local(address))
		address->scope = parse->fact->ifindex;
	return r;
}

static int text_get(const char *from, char *to, size_t size)
{
	if (strlen(from) >= size)
		return -EINVAL;
	strcpy(to, from);
	return 0;
}

int values_parse(const char *name, const char *text, uint32_t *number)
{
	char copy[256];
	char *rest = copy;
	char *word;

	*number = 0;
	if (text_get(text, copy, sizeof(copy)) < 0)
		return -EINVAL;
	while ((word = strsep(&rest, ",")) != NULL) {
		bool found = false;

		for (size_t i = 0; i < values_table_size; i++) {
			const struct values_info *values = values_table[i];

			for (size_t n = 0; strcmp(values->name, name) == 0 && n < values->count;
				n++) {
				if (strcmp(values->values[n].name, word) != 0)
					continue;
				*number |= values->values[n].number;
				found = true;
			}
		}
		if (!found)
			return -EINVAL;
	}
	return 0;
}

static int fact_flags_get(const char *text, uint32_t *flags)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} names[] = {
		{"tentative", FACT_ADDRESS_TENTATIVE},
		{"deprecated", FACT_ADDRESS_DEPRECATED},
		{"temporary", FACT_ADDRESS_TEMPORARY},
		{"H", FACT_PVD_H},
		{"L", FACT_PVD_L},
		{"R", FACT_PVD_R},
	};

	*flags = 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strstr(text, names[i].name) != NULL)
			*flags |= names[i].flag;
	}
	return *flags != 0 ? 0 : -EINVAL;
}

/* ---- keys that every kind has ---- */

static int set_ifindex(struct parse *parse)
{
	return u32_get(parse->value, &parse->fact->ifindex);
}

static int set_ifname(struct parse *parse)
{
	return text_get(parse->value, parse->fact->ifname, IFNAMSIZ);
}

static int set_provider(struct parse *parse)
{
	return scoped_get(parse, &parse->fact->provider);
}

/* Which of the domains that the provider before it advertises. */
static int set_share(struct parse *parse)
{
	uint32_t share;
	int r = u32_get(parse->value, &share);

	if (r < 0 || share > UINT16_MAX)
		return -EINVAL;
	parse->fact->provider.reserved = (uint16_t)share;
	return 0;
}

static int set_element(struct parse *parse)
{
	return values_parse("element", parse->value, &parse->fact->element);
}

static int set_trust(struct parse *parse)
{
	static const struct {
		const char *name;
		int32_t trust;
	} names[] = {
		{"rumour", FACT_TRUST_RUMOUR},
		{"probe", FACT_TRUST_PROBE},
		{"seen", FACT_TRUST_SEEN},
		{"manager", FACT_TRUST_MANAGER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, parse->value) == 0) {
			parse->fact->trust = names[i].trust;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_valid(struct parse *parse)
{
	return seconds_get(parse, &parse->fact->valid_until);
}

static int set_preferred(struct parse *parse)
{
	return seconds_get(parse, &parse->fact->preferred_until);
}

/* ---- keys of one kind ---- */

static int set_link_name(struct parse *parse)
{
	return text_get(parse->value, parse->fact->as.link.name, IFNAMSIZ);
}

static int set_link_kind(struct parse *parse)
{
	return values_parse("kind", parse->value, &parse->fact->as.link.kind);
}

static int set_link_flags(struct parse *parse)
{
	return values_parse("interface_flags", parse->value, &parse->fact->as.link.flags);
}

static int set_link_mtu(struct parse *parse)
{
	return u32_get(parse->value, &parse->fact->as.link.mtu);
}

static int set_link_metered(struct parse *parse)
{
	return values_parse("metered", parse->value, &parse->fact->as.link.metered);
}

static int set_link_quality(struct parse *parse)
{
	return u32_get(parse->value, &parse->fact->as.link.quality);
}

static int set_address(struct parse *parse)
{
	unsigned int length;
	int r = prefix_parse(&parse->fact->as.address.address, &length, parse->value);

	parse->fact->as.address.prefix_length = length;
	if (r == 0 && parse->fact->as.address.address.family == AF_INET6 &&
		address_is_link_local(&parse->fact->as.address.address))
		parse->fact->as.address.address.scope = parse->fact->ifindex;
	return r;
}

static int set_address_flags(struct parse *parse)
{
	return fact_flags_get(parse->value, &parse->fact->as.address.flags);
}

static int set_route_via(struct parse *parse)
{
	int r = scoped_get(parse, &parse->fact->as.route.gateway);

	parse->fact->as.route.family = parse->fact->as.route.gateway.family;
	return r;
}

static int set_route_source(struct parse *parse)
{
	return scoped_get(parse, &parse->fact->as.route.source);
}

/* A route without a gateway: between two points. */
static int set_route_family(struct parse *parse)
{
	uint32_t family;
	int r = values_parse("family", parse->value, &family);

	parse->fact->as.route.family = family == MIF_FAMILY_IPV4 ? AF_INET : AF_INET6;
	return family == MIF_FAMILY_ANY ? -EINVAL : r;
}

static int set_route_metric(struct parse *parse)
{
	return u32_get(parse->value, &parse->fact->as.route.metric);
}

static int set_route_advertised(struct parse *parse)
{
	parse->fact->as.route.advertised = strcmp(parse->value, "yes") == 0;
	return 0;
}

static int set_router_managed(struct parse *parse)
{
	parse->fact->as.router.managed = strcmp(parse->value, "yes") == 0;
	return 0;
}

static int set_router_other(struct parse *parse)
{
	parse->fact->as.router.other = strcmp(parse->value, "yes") == 0;
	return 0;
}

static int set_pvd_name(struct parse *parse)
{
	return text_get(parse->value, parse->fact->as.pvd.name, MIF_TEXT_SIZE);
}

static int set_pvd_flags(struct parse *parse)
{
	return fact_flags_get(parse->value, &parse->fact->as.pvd.flags);
}

static int set_prefix(struct parse *parse)
{
	unsigned int length;
	int r = prefix_parse(&parse->fact->as.prefix.prefix, &length, parse->value);

	parse->fact->as.prefix.length = length;
	parse->fact->as.prefix.on_link = parse->fact->as.prefix.autonomous = true;
	return r;
}

static int set_prefix_on_link(struct parse *parse)
{
	parse->fact->as.prefix.on_link = strcmp(parse->value, "yes") == 0;
	return 0;
}

static int set_data_information(struct parse *parse)
{
	return values_parse("information", parse->value, &parse->fact->as.data.information);
}

static int set_data_address(struct parse *parse)
{
	unsigned int length;
	int r = prefix_parse(&parse->fact->as.data.address, &length, parse->value);

	if (strchr(parse->value, '/') != NULL)
		parse->fact->as.data.prefix_length = length;
	return r;
}

static int set_data_number(struct parse *parse)
{
	return number_get(parse->value, &parse->fact->as.data.number);
}

static int set_data_text(struct parse *parse)
{
	return text_get(parse->value, parse->fact->as.data.text, MIF_TEXT_SIZE);
}

static int set_data_option(struct parse *parse)
{
	return u32_get(parse->value, &parse->fact->as.data.option);
}

static int set_data_part(struct parse *parse)
{
	return u32_get(parse->value, &parse->fact->as.data.part);
}

static int set_lease_address(struct parse *parse)
{
	return mif_address_parse(&parse->fact->as.lease.address, parse->value);
}

static int set_lease_renew(struct parse *parse)
{
	return seconds_get(parse, &parse->fact->as.lease.renew_at);
}

static int set_lease_rebind(struct parse *parse)
{
	return seconds_get(parse, &parse->fact->as.lease.rebind_at);
}

static int set_steer_from(struct parse *parse)
{
	unsigned int length;
	int r = prefix_parse(&parse->fact->as.steer.prefix, &length, parse->value);

	parse->fact->as.steer.length = length;
	return r;
}

static int set_steer_via(struct parse *parse)
{
	return scoped_get(parse, &parse->fact->as.steer.gateway);
}

static int set_steer_first(struct parse *parse)
{
	parse->fact->as.steer.first = strcmp(parse->value, "yes") == 0;
	return 0;
}

static int set_link_strict(struct parse *parse)
{
	parse->fact->as.link.strict = strcmp(parse->value, "yes") == 0;
	return 0;
}

static const struct {
	enum fact_kind kind; /* FACT_KINDS: every kind */
	const char *name;
	int (*set)(struct parse *parse);
} words[] = {
	{FACT_KINDS, "ifindex", set_ifindex},
	{FACT_KINDS, "ifname", set_ifname},
	{FACT_KINDS, "provider", set_provider},
	{FACT_KINDS, "share", set_share},
	{FACT_KINDS, "element", set_element},
	{FACT_KINDS, "trust", set_trust},
	{FACT_KINDS, "valid", set_valid},
	{FACT_KINDS, "preferred", set_preferred},
	{FACT_LINK, "name", set_link_name},
	{FACT_LINK, "kind", set_link_kind},
	{FACT_LINK, "flags", set_link_flags},
	{FACT_LINK, "mtu", set_link_mtu},
	{FACT_LINK, "metered", set_link_metered},
	{FACT_LINK, "quality", set_link_quality},
	{FACT_LINK, "strict", set_link_strict},
	{FACT_ADDRESS, "address", set_address},
	{FACT_ADDRESS, "flags", set_address_flags},
	{FACT_ROUTE, "via", set_route_via},
	{FACT_ROUTE, "family", set_route_family},
	{FACT_ROUTE, "metric", set_route_metric},
	{FACT_ROUTE, "advertised", set_route_advertised},
	{FACT_ROUTE, "source", set_route_source},
	{FACT_ROUTER, "managed", set_router_managed},
	{FACT_ROUTER, "other", set_router_other},
	{FACT_PVD, "name", set_pvd_name},
	{FACT_PVD, "flags", set_pvd_flags},
	{FACT_PREFIX, "prefix", set_prefix},
	{FACT_PREFIX, "on_link", set_prefix_on_link},
	{FACT_DATA, "information", set_data_information},
	{FACT_DATA, "address", set_data_address},
	{FACT_DATA, "number", set_data_number},
	{FACT_DATA, "text", set_data_text},
	{FACT_DATA, "option", set_data_option},
	{FACT_DATA, "part", set_data_part},
	{FACT_LEASE, "address", set_lease_address},
	{FACT_LEASE, "renew", set_lease_renew},
	{FACT_LEASE, "rebind", set_lease_rebind},
	{FACT_STEER, "from", set_steer_from},
	{FACT_STEER, "via", set_steer_via},
	{FACT_STEER, "first", set_steer_first},
};

static const char *const kinds[FACT_KINDS] = {
	[FACT_LINK] = "link",
	[FACT_ADDRESS] = "address",
	[FACT_ROUTE] = "route",
	[FACT_ROUTER] = "router",
	[FACT_PVD] = "pvd",
	[FACT_PREFIX] = "prefix",
	[FACT_DATA] = "data",
	[FACT_LEASE] = "lease",
	[FACT_STEER] = "steer",
};

static int word_set(struct parse *parse, char *word, char error[256])
{
	char *value = strchr(word, '=');

	if (value == NULL) {
		snprintf(error, 256, "expected KEY=VALUE: %.100s", word);
		return -EINVAL;
	}
	*value++ = '\0';
	parse->value = value;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if ((words[i].kind != FACT_KINDS && words[i].kind != parse->fact->kind) ||
			strcmp(words[i].name, word) != 0)
			continue;
		if (words[i].set(parse) == 0)
			return 0;
		snprintf(error, 256, "%s: not valid: %.100s", word, value);
		return -EINVAL;
	}
	snprintf(error, 256, "%s has no key %.100s", kinds[parse->fact->kind], word);
	return -EINVAL;
}

int script_fact_parse(struct fact *fact, char *text, uint64_t now, char error[256])
{
	struct parse parse = {.fact = fact, .now = now};
	char *kind = strsep(&text, " \t");
	char *word;

	memset(fact, 0, sizeof(*fact));
	fact->valid_until = fact->preferred_until = TIME_FOREVER;
	for (fact->kind = 0; fact->kind < FACT_KINDS; fact->kind++) {
		if (strcmp(kinds[fact->kind], kind) == 0)
			break;
	}
	if (fact->kind == FACT_KINDS) {
		snprintf(error, 256, "no such kind of fact: %.100s", kind);
		return -EINVAL;
	}
	while ((word = strsep(&text, " \t")) != NULL) {
		if (*word != '\0' && word_set(&parse, word, error) < 0)
			return -EINVAL;
	}
	return 0;
}
