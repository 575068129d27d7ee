/* SPDX-License-Identifier: MIT */
#pragma once

#include "client/client.h"
#include "client/dial-text.h"
#include "client/race.h"

struct dial;

/* One question to one domain's name services. */
struct dial_query {
	uint64_t translation, pvd;
	uint32_t family; /* RACE_IPV4 or RACE_IPV6; 0: for service records */
	uint32_t service; /* not 0: of the target of this service of the race */
	bool done;
};

/* A service record that the race knows by a number. */
struct dial_service {
	uint64_t pvd;
	uint32_t told, number; /* by the engine's number, the race's */
	char alpn[MIF_TEXT_SIZE];
};

/* Of a domain: for addresses, for service records, for addresses of their targets. */
#define DIAL_QUERIES ((2 + 1 + 2 * RACE_SERVICES) * RACE_DOMAINS)

/* One attempt that is running. */
struct dial_slot {
	struct dial *dial;
	struct watch watch;
	uint32_t attempt; /* 0: free */
	int fd;
	bool up; /* it is connected, and waits for the window to end */
};

struct dial {
	struct task task;
	struct timer timer; /* of the race */
	struct mif_message_dial request;
	struct mif_address literal; /* AF_UNSPEC: the host is a name */
	uint64_t started;
	bool waits; /* for the view to settle, before the race can begin */
	bool refreshed; /* the view was asked once more before saying that there is no domain */
	bool polled; /* by mif_dial(): its sockets are not in the loop */
	struct dial_zone zone; /* why a domain was not asked */
	struct dial_query queries[DIAL_QUERIES];
	size_t query_count;
	struct dial_service services[RACE_SERVICES * RACE_DOMAINS];
	size_t service_count;
	struct dial_slot slots[RACE_RUNNING];
	struct race race;
};

/* Begins. The answer comes to outbox, perhaps at once, and with it *dialp ends. 0; -EINVAL: a
 * request that makes no sense; -ENOBUFS, -ENOMEM, -EPIPE. */
int dial_new(struct dial **dialp, struct mif *mif, const struct mif_message *request,
	struct outbox *outbox, bool polled, uint64_t now);

/* A socket of a polled dial is ready. May end the dial. */
void dial_ready(struct dial *dial, int fd, uint64_t now);

/* dial-plan.c: reports what the race would do if every attempt met silence, and does nothing. How
 * many attempts that is. */
uint32_t dial_plan(struct dial *dial, uint64_t now);

/* dial-request.c: 0 and the address that the host is, of no family if it is a name; or -EINVAL. */
int dial_check(const struct mif_message_dial *request, struct mif_address *literal);
bool dial_is_localhost(const char *host);
bool dial_needs_view(const struct mif_message_dial *request, const struct mif_address *literal);

/* A step of the dial for who asked for steps. */
void dial_report(struct dial *dial, const struct race_attempt *attempt, uint32_t number,
	uint32_t outcome, uint64_t time);

/* dial-domain.c: the families that are wanted; all domains that do not take part yet, the better
 * ones first; an address of this host itself, which is in no domain. */
uint32_t dial_domain_families(const struct dial *dial);
bool dial_domain_is_any_allowed(const struct dial *dial);
void dial_domain_join_all(struct dial *dial, uint64_t now);

/* What is known of an interface's going away has changed. */
void dial_domain_away(struct dial *dial, uint64_t interface);
void dial_domain_join_loopback(struct dial *dial, const struct mif_address *address, uint64_t now);

/* Asks, as the query says; the race hears of what could not even be asked. */
void dial_query_post(struct dial *dial, const struct dial_query *query, const char *name);
void dial_query_done(struct dial *dial, struct dial_query *query, uint32_t status);

/* dial-service.c: whether the service records of this scheme may be asked for; a record, a hint of one;
 * what the record said that led to this attempt. */
bool dial_service_is_scheme(const char *scheme);
void dial_service_told(struct dial *dial, const struct dial_query *query,
	const struct mif_message_service_translation *report);
void dial_service_hint(struct dial *dial, const struct dial_query *query,
	const struct mif_message_name_translation *report, uint64_t now);
const char *dial_service_alpn(const struct dial *dial, const struct race_attempt *attempt);
