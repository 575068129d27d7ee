/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include <mif/message.h>

/*
 * What a source saw. Facts say what is, not what follows from it: which facts make a domain is
 * decided in engine/pvd.c alone.
 *
 * A fact belongs to the owner (the source) that put it, and has a key: owner, kind, ifindex (or
 * ifname), provider, and the members marked "key" below. Put again with the same key, it replaces.
 */
enum fact_kind {
	/* An interface of the kernel; with ifname: what else is known of the link of that name
	 * (metered, if not 0), which makes no interface by itself. */
	FACT_LINK,
	FACT_ADDRESS, /* an address of the kernel, tentative ones included */
	FACT_ROUTE, /* a default route of the main table, one fact a next hop */
	FACT_ROUTER, /* an IPv6 router that advertises; valid until its router lifetime ends */
	FACT_PVD, /* the provider's own name for its domain: RFC 8801 PvD option */
	FACT_PREFIX, /* a prefix that the provider advertises: RFC 4861 prefix information */
	FACT_DATA, /* one item of configuration information, by its identifier */
	FACT_KINDS,
};

enum fact_address_flags {
	FACT_ADDRESS_TENTATIVE = 1, /* duplicate address detection is not done, or failed */
	FACT_ADDRESS_DEPRECATED = 2,
	FACT_ADDRESS_TEMPORARY = 4,
};

enum fact_pvd_flags {
	FACT_PVD_H = 1, /* additional information can be fetched by HTTP */
	FACT_PVD_L = 2, /* takes in the link's DHCPv4 element */
	FACT_PVD_R = 4, /* a router advertisement header was nested */
};

struct fact {
	enum fact_kind kind;
	uint32_t ifindex; /* 0: see ifname */
	char ifname[IFNAMSIZ]; /* when ifindex is 0: of whatever link bears this name */
	/* The router (link-local, scope = ifindex), the DHCP server; AF_UNSPEC: nobody, it is of
	 * the link as a whole. */
	struct mif_address provider;
	uint32_t element; /* enum mif_element: by what means it came */
	uint64_t valid_until; /* TIME_FOREVER: as long as it is not dropped */
	uint64_t preferred_until; /* addresses and prefixes */
	union {
		struct {
			char name[IFNAMSIZ];
			uint32_t kind; /* enum mif_kind */
			uint32_t flags; /* enum mif_interface_flags */
			uint32_t mtu;
			uint32_t metered; /* enum mif_metered */
		} link;
		struct {
			struct mif_address address; /* key */
			uint32_t prefix_length;
			uint32_t flags; /* enum fact_address_flags */
		} address;
		struct {
			struct mif_address gateway; /* key; AF_UNSPEC: on the link */
			uint32_t family; /* key: AF_INET, AF_INET6 */
			uint32_t metric; /* key */
			bool advertised; /* by a router advertisement (kernel: RTPROT_RA) */
		} route;
		struct {
			int32_t preference; /* -1, 0, 1: RFC 4191 */
			bool managed, other; /* M and O */
		} router;
		struct {
			uint32_t flags; /* enum fact_pvd_flags */
			uint16_t sequence;
			uint16_t delay;
			char name[MIF_TEXT_SIZE]; /* FQDN, lower case, no final dot */
		} pvd;
		struct {
			struct mif_address prefix; /* key */
			uint32_t length; /* key */
			bool on_link, autonomous;
		} prefix;
		struct {
			uint32_t information; /* key: enum mif_information */
			struct mif_address address; /* key */
			uint32_t prefix_length; /* key */
			uint64_t number;
			char text[MIF_TEXT_SIZE]; /* key; names lower case, no final dot */
		} data;
	} as;
};
