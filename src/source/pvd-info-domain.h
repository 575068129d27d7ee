/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/source.h"
#include "fetch/exchange.h"
#include "source/pvd-info-facts.h"
#include "source/pvd-info-limit.h"

/* How often a server may point to another one. */
#define PVD_INFO_REDIRECTS 3

/* After something that may be better later, doubled each time. */
#define PVD_INFO_RETRY PVD_INFO_INTERVAL
#define PVD_INFO_RETRY_MAX (3600 * NSEC_PER_SEC)

enum pvd_info_state {
	PVD_INFO_WAITING, /* until due */
	PVD_INFO_QUESTION, /* the host's name is to be asked */
	PVD_INFO_ASKED,
	PVD_INFO_STARTED, /* a mif-fetch was asked for */
	PVD_INFO_FETCHING,
};

/* What is known of one domain's additional information, and what is being done about it. */
struct pvd_info_domain {
	struct list node;
	uint64_t pvd;
	bool present; /* in the list that the engine tells */
	struct source_domain as;
	char name[MIF_TEXT_SIZE];

	enum pvd_info_state state;
	uint64_t due; /* waiting: when to begin; else when to give up */
	uint32_t number; /* of the question or the fetch under way */
	unsigned int redirects, retries;
	struct fetch_request request;
	int fd; /* of the mif-fetch; -1: none */

	struct pvd_json *info; /* what it said last, or NULL */
	uint64_t expires_at;
	bool is_put; /* as facts, of this place */
	bool is_uncovered; /* and not used, since it is of other prefixes */
	struct pvd_info_place place;
};

/* Random numbers that a test can foretell. */
struct pvd_info_random {
	uint64_t state;
};

/* Uniformly from 0 to most. */
uint64_t pvd_info_random(struct pvd_info_random *random, uint64_t most);

/* RFC 8801 section 4.1: between 0 and 2^(2 * delay) milliseconds. */
uint64_t pvd_info_delay(struct pvd_info_random *random, uint16_t delay);

/* When what was fetched now is to be fetched again: in the second half of its life. */
uint64_t pvd_info_refresh(struct pvd_info_random *random, uint64_t now, uint64_t expires_at);

/* How long to wait after one more vain attempt. */
uint64_t pvd_info_retry(struct pvd_info_random *random, unsigned int retries);

/* Whether it can be fetched at all: there is an address to ask from, and somebody to ask. */
bool pvd_info_is_reachable(const struct pvd_info_domain *domain);

/* Whether the domain's prefixes are those that the information is of (RFC 8801 section 4.4). */
bool pvd_info_is_covered(const struct pvd_info_domain *domain);

/* The request for the domain's own server, or for where it points to: "https://HOST/PATH" without
 * a port. False: that cannot be asked for. */
void pvd_info_request(struct pvd_info_domain *domain);
bool pvd_info_redirect(struct pvd_info_domain *domain, const char *uri);

/* An address of the host, if it can be used in the domain. */
void pvd_info_address(struct pvd_info_domain *domain, const struct mif_address *address);
