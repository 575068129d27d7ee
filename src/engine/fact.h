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
 * ifname), provider, trust, of data its element, and the members marked "key" below. Put again with
 * the same key, it replaces.
 */
enum fact_kind {
	/* An interface of the kernel; with ifname: what else is known of the link of that name
	 * (metered, kind, if not 0), which makes no interface by itself. */
	FACT_LINK,
	FACT_ADDRESS, /* an address of the kernel, tentative ones included */
	FACT_ROUTE, /* a default route of the main table, one fact a next hop */
	FACT_ROUTER, /* an IPv6 router that advertises; valid until its router lifetime ends */
	FACT_PVD, /* the provider's own name for its domain: RFC 8801 PvD option */
	FACT_PREFIX, /* a prefix that the provider advertises: RFC 4861 prefix information */
	FACT_DATA, /* one item of configuration information, by its identifier */
	FACT_LEASE, /* of an address that a DHCP server has given; valid until it expires */
	FACT_STEER, /* the kernel sends what has a source of this prefix by this router */
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

/* Of several sources that say something of the same kind, of one element, the most trusted is
 * believed, and the others only where it says nothing. */
enum fact_trust {
	FACT_TRUST_RUMOUR = -2, /* nobody says whose it is: resolv.conf; may name no link at all */
	/* An answer to a question of our own, not what the host was given; what a client has kept of what
	 * it was given once. */
	FACT_TRUST_PROBE = -1,
	FACT_TRUST_SEEN = 0, /* what the host was given, seen on the wire or in the kernel */
	FACT_TRUST_MANAGER = 1, /* what manages the network says so */
};

struct fact {
	enum fact_kind kind;
	uint32_t ifindex; /* 0: see ifname */
	char ifname[IFNAMSIZ]; /* when ifindex is 0: of whatever link bears this name */
	/* The router (link-local, scope = ifindex), the DHCP server; AF_UNSPEC: nobody, it is of
	 * the link as a whole. reserved: which of the domains that a router advertises from one address
	 * (RFC 8801 section 3.2), from 0; each is a provider of its own. */
	struct mif_address provider;
	uint32_t element; /* enum mif_element: by what means it came */
	int32_t trust; /* enum fact_trust */
	uint64_t valid_until; /* TIME_FOREVER: as long as it is not dropped */
	uint64_t preferred_until; /* addresses and prefixes */
	union {
		struct {
			char name[IFNAMSIZ];
			uint32_t kind; /* enum mif_kind */
			uint32_t flags; /* enum mif_interface_flags */
			uint32_t mtu;
			uint32_t metered; /* enum mif_metered */
			uint32_t quality; /* signal, 1 to 100; 0: not known */
			/* IPv4: what comes in by another link than an answer would leave by is
			 * dropped (rp_filter 1) */
			bool strict;
			uint8_t hardware[6]; /* its MAC address; zeroes: it has none of this size */
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
			struct mif_address source; /* of who is not bound; AF_UNSPEC: not told */
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
			uint32_t option; /* key: of MIF_INFORMATION_OPTION: its code */
			uint32_t part; /* key: of what is longer than a text: which piece, from 0 */
			uint64_t number;
			char text
				[MIF_TEXT_SIZE]; /* key, but of pieces; names lower case, no final dot */
		} data;
		struct {
			struct mif_address address; /* key */
			uint64_t renew_at, rebind_at; /* 0: not told */
		} lease;
		struct {
			struct mif_address prefix; /* key: of the source addresses */
			uint32_t length; /* key */
			/* AF_UNSPEC: on the link; 0.0.0.0, :: : one of several decides */
			struct mif_address gateway;
			bool first; /* also of what is bound to no link */
		} steer;
	} as;
};

/* Whether what is longer than a text is put as facts of one text each, told apart by "part". */
static inline bool information_in_parts(uint32_t information)
{
	return information == MIF_INFORMATION_PVD_JSON || information == MIF_INFORMATION_OPTION;
}
