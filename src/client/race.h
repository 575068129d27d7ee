/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "client/memory.h"
#include "client/select.h"

/*
 * Happy Eyeballs over provisioning domains: RFC 8305 (and what of its third version fits TCP) with
 * the domain as a further dimension. A state machine: what happens is told to it, what is to be
 * done is asked of it, time is an argument. It does nothing itself and allocates nothing.
 */

/* Limits. What is beyond one is refused; nothing that is in is put out for it. */
#define RACE_DOMAINS 16
#define RACE_ADDRESSES 16 /* of one domain, as sources */
#define RACE_DESTINATIONS 16 /* of one domain; of one family half of that */
#define RACE_SERVICES 4 /* service records of one domain */
#define RACE_SOURCES 4 /* tried for one destination, one after another */
#define RACE_RUNNING 6 /* attempts at once */
#define RACE_ATTEMPTS 64 /* attempts in all */

/* Families of addresses, as a set. */
#define RACE_IPV4 1U
#define RACE_IPV6 2U

/* The least and the most time from one attempt to the next beside it (RFC 8305 section 8). */
#define RACE_DELAY_LEAST (100 * NSEC_PER_MSEC)
#define RACE_DELAY_MOST (2 * NSEC_PER_SEC)

/* Nanoseconds; 0: the default. */
struct race_options {
	uint64_t resolution_delay; /* 50 ms: how long an address waits for a preferred one */
	uint64_t attempt_delay; /* from one attempt to the next beside it; 0: as memory says, else
				 * 250 ms */
	uint64_t failure_delay; /* 10 ms: from one attempt to the next after a silent failure */
	uint64_t limit; /* 30 s, for all */
	uint64_t
		shuffle; /* puts services of one priority in an order of its own; 0: as they came */
	uint64_t window; /* how long others may take after the first; 0: the first one wins */
	const struct memory *memory; /* NULL: nothing is known */
};

/* A domain to race over. The addresses and the name are copied. */
struct race_entry {
	uint64_t pvd;
	const char *name;
	uint32_t ifindex; /* 0: bound to none */
	uint32_t rank; /* 0: best; a worse one is used when the better ones have nothing left */
	uint32_t families; /* which are asked for: RACE_IPV4, RACE_IPV6 */
	bool prefer_ipv6; /* it has a default router for IPv6 */
	bool away; /* its interface is going away: only when nothing else is left */
	bool standard; /* what is bound to nothing leaves by it */
	bool on_link; /* reaches its own prefixes only */
	bool services; /* service records are asked for, too */
	const struct select_address *addresses;
	size_t address_count;
};

/* A service record (RFC 9460), by its number from 1; 0 stands for the name as it is. */
struct race_service {
	uint32_t priority;
	uint16_t port;
	bool own; /* its target is the name itself */
	uint32_t families; /* of its target: those still asked for */
	uint64_t order; /* among those of its priority */
};

struct race_destination {
	struct select_pair pair;
	uint16_t port;
	uint8_t service;
	bool hint; /* only a record says so */
	bool dropped; /* a hint that the target's own addresses have replaced */
	uint8_t sources[RACE_SOURCES]; /* places in the domain's addresses, best first */
	uint8_t source_count;
	uint8_t source; /* the next to be used; all were: source_count */
	bool running;
};

struct race_domain {
	uint64_t pvd;
	char name[64];
	uint32_t ifindex;
	uint32_t rank;
	uint32_t families, answered; /* asked for, and those that ended */
	bool prefer_ipv6, away, standard, on_link, gone;
	bool services_open; /* service records may come */
	struct race_service services[RACE_SERVICES];
	size_t service_count;
	uint32_t status[2]; /* enum mif_translation_status of IPv4, of IPv6 */
	uint32_t unusable; /* addresses that cannot be reached from here */
	uint64_t positive; /* when its first address came */
	struct select_address addresses[RACE_ADDRESSES];
	size_t address_count;
	struct race_destination destinations[RACE_DESTINATIONS];
	size_t destination_count;
};

/* Kept to the end: the list of all that was tried. */
struct race_attempt {
	uint32_t outcome; /* enum mif_attempt */
	int error; /* an errno above 0, when it failed */
	uint8_t domain, destination; /* where in the race */
	bool cancel; /* is to be called off, but nobody was told so yet */
	uint32_t ifindex;
	uint64_t pvd;
	struct mif_endpoint from, to;
	uint64_t started, ended;
	uint64_t delay; /* how long the next one waits for it */
	uint32_t reason; /* enum mif_dial_reason: why it came next */
	bool up; /* connected, and waits for the window to end */
};

struct race {
	struct race_options options;
	uint64_t limit; /* when all ends */
	uint16_t port;
	struct race_domain domains[RACE_DOMAINS];
	size_t domain_count;
	uint64_t positive; /* when the first address of any domain came */
	struct race_attempt attempts[RACE_ATTEMPTS]; /* attempt 1 is the first */
	uint32_t attempt_count, running;
	uint64_t next_start; /* no attempt begins earlier */
	uint64_t asked; /* when race_next() was called last */
	uint64_t decision; /* when the window ends; TIME_FOREVER: nothing is connected */
	uint32_t winner; /* 0: none */
	int error; /* an errno above 0: all is lost */
	bool finished; /* and that was said */
};

enum race_verb {
	RACE_WAIT, /* until race_deadline() or news */
	RACE_START, /* open a connection as race->attempts[attempt - 1] says */
	RACE_CANCEL, /* close that one: its outcome tells why */
	RACE_CONNECTED, /* the end: attempt is the winner */
	RACE_FAILED, /* the end: race->error */
};

struct race_action {
	enum race_verb verb;
	uint32_t attempt;
};

/* options may be NULL. */
void race_begin(struct race *race, uint16_t port, const struct race_options *options, uint64_t now);

/* A domain takes part, also in a race under way. 0; -EEXIST; -ENOSPC: RACE_DOMAINS are in. */
int race_domain_add(struct race *race, const struct race_entry *entry);

/* A domain is lost: its attempts have failed. */
void race_domain_gone(struct race *race, uint64_t pvd, uint64_t now);

/* Its interface is going away, or stays after all: matters to what was not tried yet. */
void race_domain_away(struct race *race, uint64_t pvd, bool away);

/* A domain gave an address, to be reached through that domain alone. 0; -ENOENT: no such domain;
 * -EEXIST; -ENETUNREACH: no source for it there; -ENOSPC. */
int race_answer(struct race *race, uint64_t pvd, const struct mif_address *address, uint64_t now);

/* A domain gives no more addresses of these families. status: enum mif_translation_status. */
void race_answered(struct race *race, uint64_t pvd, uint32_t families, uint32_t status);

/* A domain has a service record: priority 0 is an alias. families: those of its target that are asked for
 * now; own: none, for it is the name itself, whose addresses are its own. Its number, from 1; -ENOENT;
 * -ENOSPC. */
int race_service(struct race *race, uint64_t pvd, uint32_t priority, uint16_t port, bool own,
	uint32_t families);

/* As race_answer(), of the service's target; hint: the record itself says so. Hints count until what
 * they hint at is there. */
int race_service_address(struct race *race, uint64_t pvd, uint32_t service,
	const struct mif_address *address, bool hint, uint64_t now);

/* As race_answered(), of the service's target. */
void race_service_answered(
	struct race *race, uint64_t pvd, uint32_t service, uint32_t families, uint32_t status);

/* The domain gives no more service records. */
void race_services_answered(struct race *race, uint64_t pvd);

/* An attempt ended: error is 0 or an errno above 0. Of one that was called off: ignored. */
void race_attempt_result(struct race *race, uint32_t attempt, int error, uint64_t now);

/* The next thing to do; asked again and again until it is RACE_WAIT. */
struct race_action race_next(struct race *race, uint64_t now);

/* race-answer.c, for race.c: a domain that takes part; NULL. */
struct race_domain *race_domain(struct race *race, uint64_t pvd);
bool race_over(const struct race *race);

/* When race_next() will have something to do if nothing happens; TIME_FOREVER: never. */
uint64_t race_deadline(const struct race *race);
