/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/pvd-info-domain.h"
#include "source/pvd-info.h"

enum pvd_info_counter {
	PVD_INFO_FETCHED,
	PVD_INFO_NO_NAME, /* the question for the name brought nothing */
	PVD_INFO_ANSWERS, /* by enum fetch_result, from 1 */
	PVD_INFO_BAD = PVD_INFO_ANSWERS + FETCH_RESULTS - 1, /* by enum pvd_json_fault, from 1 */
	PVD_INFO_UNCOVERED = PVD_INFO_BAD + PVD_JSON_FAULTS - 1,
	PVD_INFO_REFUSED,
	PVD_INFO_COUNTERS,
};

struct pvd_info {
	struct source source;
	struct pvd_info_options options;
	struct pvd_info_random random;
	struct pvd_info_limit limit;
	uint32_t last_number;
	int epoll_fd; /* of the sockets to fetchers: data.u64 is the domain's pvd */
	uint64_t counters[PVD_INFO_COUNTERS];
	struct list domains;
	size_t domain_count;
	struct fetch_answer answer;
	uint8_t packet[FETCH_PACKET_MAX];
};

/* Drops what is known, and the facts with it. */
void pvd_info_drop(struct pvd_info *info, struct pvd_info_domain *domain, struct model *model);

/* Has the facts where they belong now, if they belong anywhere. */
void pvd_info_settle(struct pvd_info *info, struct pvd_info_domain *domain, struct model *model);

/* Ends whatever is under way, and begins again at that time. */
void pvd_info_wait(struct pvd_info_domain *domain, uint64_t due);

/* The same after something that may be better later. */
void pvd_info_try_again(struct pvd_info *info, struct pvd_info_domain *domain, uint64_t now);

/* Begins, if the limits allow it now. */
void pvd_info_begin(struct pvd_info *info, struct pvd_info_domain *domain, uint64_t now);

/* What the worker found of the host's name. */
void pvd_info_named(struct pvd_info *info, struct pvd_info_domain *domain,
	const struct name_result *result, uint64_t now);

/* The fetcher has said something, or ended. */
void pvd_info_heard(
	struct pvd_info *info, struct pvd_info_domain *domain, struct model *model, uint64_t now);
