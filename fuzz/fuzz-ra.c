/* SPDX-License-Identifier: MIT */
/*
 * Octets as a router advertisement, through the whole source: parser, table of routers, facts. The
 * model is one that checks each fact and counts. One source lives as long as the fuzzer, and every
 * input comes from another router and another link than the one before, so that the tables fill.
 *
 * An input is an ICMPv6 message as it stands on the wire, so that captures can be seeds.
 */
#include "fuzz.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "source/ra-facts.h"
#include "source/ra.h"

#include <string.h>

/* Facts of one advertisement: by kind, and those that are data by their information. */
static unsigned int of_kind[FACT_KINDS], of_information[MIF_INFORMATION_OPTION + 1];

static void check_name(const char *name)
{
	size_t length = strnlen(name, MIF_TEXT_SIZE);

	PROMISE(length > 0 && length <= 253);
	PROMISE(name[0] != '.' && name[length - 1] != '.' && strstr(name, "..") == NULL);
	PROMISE(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length);
	for (const char *label = name; label[0] != '\0'; label += strspn(label, ".")) {
		size_t size = strcspn(label, ".");

		PROMISE(size <= 63);
		label += size;
	}
}

static void check_data(const struct fact *fact)
{
	size_t length = strnlen(fact->as.data.text, MIF_TEXT_SIZE);

	PROMISE(length < MIF_TEXT_SIZE);
	PROMISE(fact->as.data.prefix_length <= 128);
	switch (fact->as.data.information) {
	case MIF_INFORMATION_SEARCH_DOMAINS:
		check_name(fact->as.data.text);
		break;
	case MIF_INFORMATION_CAPTIVE_PORTAL:
		for (size_t i = 0; i < length; i++)
			PROMISE(fact->as.data.text[i] > 0x20 && fact->as.data.text[i] < 0x7f);
		break;
	case MIF_INFORMATION_MTU:
		PROMISE(fact->as.data.number >= 1280);
		break;
	case MIF_INFORMATION_DNS_SERVERS:
		PROMISE(!address_is_unspecified(&fact->as.data.address));
		PROMISE(!address_is_link_local(&fact->as.data.address) ||
			fact->as.data.address.scope == fact->ifindex);
		break;
	case MIF_INFORMATION_ENCRYPTED_DNS:
		for (size_t i = 0; i < length; i++)
			PROMISE(fact->as.data.text[i] >= 0x20 && fact->as.data.text[i] < 0x7f);
		PROMISE(length > 0);
		break;
	case MIF_INFORMATION_OPTION:
		PROMISE(length % 2 == 0 &&
			strspn(fact->as.data.text, "0123456789abcdef") == length);
		break;
	default:
		PROMISE(fact->as.data.information == MIF_INFORMATION_ROUTES ||
			fact->as.data.information == MIF_INFORMATION_PREF64);
	}
}

static void check(const struct fact *fact)
{
	PROMISE(fact->element == MIF_ELEMENT_RA && fact->ifindex != 0);
	PROMISE(address_is_link_local(&fact->provider) && fact->provider.scope == fact->ifindex);
	PROMISE(fact->provider.reserved < RA_DOMAINS_OF_ROUTER);
	if (fact->kind == FACT_PVD)
		check_name(fact->as.pvd.name);
	else if (fact->kind == FACT_PREFIX)
		PROMISE(fact->as.prefix.length >= 1 && fact->as.prefix.length <= 128 &&
			fact->preferred_until <= fact->valid_until);
	else if (fact->kind == FACT_DATA)
		check_data(fact);
	else
		PROMISE(fact->kind == FACT_ROUTER);
}

static void count(const struct fact *fact)
{
	of_kind[fact->kind]++;
	if (fact->kind == FACT_DATA)
		of_information[fact->as.data.information]++;
	PROMISE(of_kind[FACT_ROUTER] <= 1 && of_kind[FACT_PVD] <= 1);
	PROMISE(of_kind[FACT_PREFIX] <= RA_PREFIX_MAX);
	PROMISE(of_information[MIF_INFORMATION_ROUTES] <= RA_ROUTE_MAX);
	PROMISE(of_information[MIF_INFORMATION_DNS_SERVERS] <= RA_SERVER_MAX);
	PROMISE(of_information[MIF_INFORMATION_SEARCH_DOMAINS] <= RA_SEARCH_MAX);
	PROMISE(of_information[MIF_INFORMATION_PREF64] <= RA_PREF64_MAX);
	PROMISE(of_information[MIF_INFORMATION_ENCRYPTED_DNS] <= RA_RESOLVER_MAX);
	PROMISE(of_information[MIF_INFORMATION_MTU] <= 1);
	/* The new one, and the old one that it replaces. */
	PROMISE(of_information[MIF_INFORMATION_CAPTIVE_PORTAL] <= 2);
}

/* ---- the model ---- */

void model_begin(struct model *model, uint32_t owner, uint32_t kinds)
{
	(void)model, (void)owner, (void)kinds;
	PROMISE(false);
}

int model_put(struct model *model, uint32_t owner, const struct fact *fact)
{
	(void)model, (void)owner;
	check(fact);
	count(fact);
	return 0;
}

void model_drop(struct model *model, uint32_t owner, const struct fact *fact)
{
	(void)model, (void)owner;
	/* A domain's name is taken back whatever it was. */
	if (fact->kind != FACT_PVD || fact->as.pvd.name[0] != '\0')
		check(fact);
	/* What moves is taken from each of the other domains of the router. */
	if (fact->kind != FACT_PREFIX && fact->kind != FACT_PVD)
		count(fact);
}

void model_heard(struct model *model, uint32_t ifindex, const struct mif_address *provider)
{
	(void)model;
	PROMISE(provider->scope == ifindex);
}

int model_commit(struct model *model, uint64_t now)
{
	(void)model, (void)now;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static struct source *source;
	static uint32_t turn;
	struct ra_frame frame = {.octets = octets, .size = size, .hop_limit = 255};

	if (source == NULL)
		PROMISE(source_ra_new(&source, -1) == 0);
	turn++;
	memset(of_kind, 0, sizeof(of_kind));
	memset(of_information, 0, sizeof(of_information));
	frame.ifindex = 1 + turn % 3;
	frame.source = (struct mif_address){.family = AF_INET6, .octets = {0xfe, 0x80}};
	frame.source.octets[15] = (uint8_t)(1 + turn % 5);
	source_ra_hear(source, NULL, &frame, turn * NSEC_PER_SEC);
	return 0;
}
