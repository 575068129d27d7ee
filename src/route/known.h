/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/engine.h"
#include "route/plan.h"

/*
 * What the engine has told of domains, as far as plans are made of it.
 */
#define KNOWN_BUCKETS 256

/* The lifetimes of a domain's routes are looked at again when half of the time is over, at most so
 * often. */
#define KNOWN_PAUSE (1 * NSEC_PER_SEC)

/* Its addresses are asked for when its plan is made: a host may have thousands of domains that never get
 * a slot. */
struct known_domain {
	struct list node; /* of all */
	struct list in_bucket;
	struct list beside; /* in the bucket of its link */
	struct list dirty; /* in the list of those whose plan is to be made, or in none */
	uint64_t pvd;
	uint64_t ask_at; /* when it is dirty by itself */
	uint32_t slot; /* the planner's; UINT32_MAX: none */
	uint32_t ifindex;
	bool ipv6; /* it may have IPv6 addresses */
	bool gone; /* dirty for the last time: freed by known_forget() */
	bool waits; /* the planner's: it has no slot, and wants one */
	bool named, has_default; /* as in a plan */
	uint32_t refused; /* addresses for which its plan has no room */
};

struct known {
	struct session *session;
	bool asked; /* for all that there is, when it was looked at first */
	struct list domains;
	struct list dirty;
	struct list by_pvd[KNOWN_BUCKETS];
	struct list by_interface[KNOWN_BUCKETS]; /* struct known_link */
	struct list by_ifindex[KNOWN_BUCKETS]; /* struct known_domain */
	uint64_t ask_at; /* no domain's is earlier */
	uint32_t tag; /* of the questions under way */
	struct known_domain *asking;
	struct plan_domain plan; /* of the domain that known_next() returned last */
	unsigned int unanswered;
	uint32_t beyond; /* PLAN_ADDRESSES: those of that domain */
	uint64_t refused; /* those of all */
	int fault; /* what went wrong since it was looked at */
};

/* 0, or negative errno. */
int known_init(struct known *known, struct engine *engine);
void known_deinit(struct known *known);

/* Takes what the engine has to tell, so much in a turn. 0, or negative errno. */
int known_hear(struct known *known, uint64_t now);

/* Whether there is more of it. */
bool known_waits(const struct known *known);

/* The next domain whose plan is to be made, and in known->plan all that is known of it by now; or
 * NULL. Not while known_waits(). */
struct known_domain *known_next(struct known *known, uint64_t now);

/* It is gone, and its plan has been taken back. */
void known_forget(struct known *known, struct known_domain *domain);

/* Its plan is to be made again. */
void known_touch(struct known *known, struct known_domain *domain);

uint64_t known_deadline(const struct known *known);
