/* SPDX-License-Identifier: MIT */
/*
 * One Name Translation as a state machine without I/O: which names are asked for, what the answers
 * together mean, and the results in the order in which they came.
 */
#include "worker/lookup.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "worker/pref64.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A domain whose configuration changes faster than its servers answer. */
#define RESTARTS_MAX 3

/* RFC 6147 section 5.1.7: of what is made where no SOA record says how long. */
#define DNS64_TTL 600

/* So many aliases of services are followed (RFC 9460 section 3). */
#define SERVICE_ALIASES 8

/* ---- services: whose records, of which name ---- */

static const struct {
	const char *scheme, *as;
	uint32_t port;
} web[] = {
	/* RFC 9460 section 9.5: those of the secure one. */
	{"https", "https", 443},
	{"http", "https", 80},
	{"wss", "https", 443},
	{"ws", "https", 80},
};

static bool is_scheme(const char *scheme)
{
	return *scheme != '\0' && *scheme != '-' &&
		scheme[strspn(scheme, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* What is put before the name: nothing, or as in _8443._https (RFC 9460 sections 2.3 and 9.1). 0, or
 * -EINVAL: no such scheme. */
static int set_service(struct lookup *lookup, const char *scheme, uint32_t port)
{
	int length;

	if (!is_scheme(scheme) || port > UINT16_MAX)
		return -EINVAL;
	lookup->type = DNS_SVCB;
	for (size_t i = 0; i < ARRAY_SIZE(web); i++) {
		if (strcmp(scheme, web[i].scheme) != 0)
			continue;
		lookup->type = DNS_HTTPS;
		if (port == 0 || port == web[i].port)
			return 0;
		scheme = web[i].as;
	}
	if (port == 0)
		length = snprintf(lookup->prefix, sizeof(lookup->prefix), "_%s", scheme);
	else
		length = snprintf(
			lookup->prefix, sizeof(lookup->prefix), "_%" PRIu32 "._%s", port, scheme);
	return (size_t)length < sizeof(lookup->prefix) ? 0 : -EINVAL;
}

int lookup_new(struct lookup **lookupp, const struct name_request *request)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL)
		return -ENOMEM;
	list_init(&lookup->by_id);
	list_init(&lookup->ready);
	list_init(&lookup->running);
	results_init(&lookup->results);
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++) {
		list_init(&lookup->questions[i].asker.node);
		lookup->questions[i].asker.lookup = lookup;
	}
	lookup->id = request->id;
	lookup->family = request->family;
	lookup->ifindex = request->scope->ifindex;
	lookup->judged = request->judged;
	lookup->domain_only = request->domain_only;
	lookup->withheld = request->withheld;
	if (request->scheme != NULL && *request->scheme != '\0' &&
		set_service(lookup, request->scheme, request->port) < 0) {
		free(lookup);
		return -EINVAL;
	}
	*lookupp = lookup;
	return 0;
}

static void leave_questions(struct lookup *lookup)
{
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++)
		question_leave(&lookup->questions[i].asker);
}

static void forget_ipv4(struct lookup *lookup)
{
	free(lookup->ipv4);
	lookup->ipv4 = NULL;
}

void lookup_free(struct lookup *lookup)
{
	if (lookup == NULL)
		return;
	leave_questions(lookup);
	forget_ipv4(lookup);
	results_deinit(&lookup->results);
	list_remove(&lookup->by_id);
	list_remove(&lookup->ready);
	list_remove(&lookup->running);
	free(lookup);
}

static bool wants(const struct lookup *lookup, uint32_t family)
{
	return lookup->family == MIF_FAMILY_ANY || lookup->family == family;
}

static bool asks(const struct lookup *lookup, enum lookup_question question)
{
	if (lookup->type != 0 || question == LOOKUP_SERVICE)
		return lookup->type != 0 && question == LOOKUP_SERVICE;
	if (question == LOOKUP_A && lookup->pref64.family != AF_UNSPEC)
		return true;
	return wants(lookup, question == LOOKUP_AAAA ? MIF_FAMILY_IPV6 : MIF_FAMILY_IPV4);
}

/* ---- which names are asked for ---- */

/* Multicast DNS has .local (RFC 6762 section 3), but where the network itself says that its names
 * are below some.local, it has unicast DNS in mind: appendix G warns of that, and it is common. */
static bool is_networks_own(const struct lookup *lookup, const struct name_scope *scope)
{
	for (uint32_t i = 0; i < scope->search_count && i < NAME_SCOPE_SEARCH; i++) {
		if (strchr(scope->search[i], '.') != NULL &&
			hostname_is_below(lookup->asked, scope->search[i]))
			return true;
	}
	return false;
}

/* Whom to ask for the name at hand. False: nobody. */
static bool route(struct lookup *lookup, const struct name_scope *scope)
{
	enum hostname_use use = hostname_use(lookup->asked);

	if (use == HOSTNAME_LINK && !is_networks_own(lookup, scope)) {
		lookup->asked_system = MIF_SYSTEM_MDNS;
		return hostname_to_utf8(lookup->asked, lookup->asked) == 0;
	}
	if (use != HOSTNAME_ASK && use != HOSTNAME_LINK)
		return false;
	lookup->asked_system = MIF_SYSTEM_DNS;
	if (resolver_has_server(scope)) {
		lookup->asked_dns = true;
		return true;
	}
	lookup->unasked = true;
	return false;
}

static bool put_prefix(struct lookup *lookup)
{
	char name[HOSTNAME_SIZE];

	if (lookup->prefix[0] == '\0')
		return true;
	if (hostname_join(name, lookup->prefix, lookup->asked) < 0)
		return false;
	memcpy(lookup->asked, name, sizeof(name));
	return true;
}

/* What the host's Name Service Switch says is of the host, as the hosts file is, and of no domain. So it is
 * asked only for a name as it is, and for none that another domain's zones have; and when the domain's own
 * name services have not got it, so that no answer of theirs waits for it, and they alone hear of most
 * names. */
static bool choose_switch(struct lookup *lookup)
{
	if (!lookup->by_switch || lookup->type != 0 || lookup->withheld != 0 || lookup->exists)
		return false;
	memcpy(lookup->asked, lookup->name, sizeof(lookup->asked));
	lookup->asked_system = MIF_SYSTEM_NIS;
	return true;
}

/* The candidates: a name with a dot as it is, then with each suffix of the domain's search list. A
 * single label only with the suffixes: as it is it would be a top-level domain (RFC 7085); when none
 * has it, and the host's own services neither, somebody on the link may (RFC 4795 section 2): they come
 * before, since whoever is on the link can say anything. */
static bool choose(struct lookup *lookup, const struct name_scope *scope)
{
	uint32_t suffixes = lookup->absolute ? 0 : MIN(scope->search_count, NAME_SCOPE_SEARCH);
	bool single = !lookup->absolute && strchr(lookup->name, '.') == NULL;

	while (lookup->candidate <= suffixes) {
		uint32_t candidate = lookup->candidate++;

		if (candidate == 0 && single)
			continue;
		if ((lookup->withheld & 1U << candidate) != 0)
			continue;
		if (candidate == 0)
			memcpy(lookup->asked, lookup->name, sizeof(lookup->asked));
		else if (hostname_join(lookup->asked, lookup->name, scope->search[candidate - 1]) <
			0)
			continue;
		if (route(lookup, scope) && put_prefix(lookup))
			return true;
	}
	if (lookup->candidate == suffixes + 1) {
		lookup->candidate++;
		if (choose_switch(lookup))
			return true;
	}
	if (lookup->type != 0)
		return false;
	lookup->asked_system = MIF_SYSTEM_LLMNR;
	return single && lookup->candidate++ == suffixes + 2 &&
		hostname_to_utf8(lookup->asked, lookup->name) == 0;
}

/* What it means that there is no other name to ask for. */
static uint32_t nothing_found(const struct lookup *lookup)
{
	if (lookup->exists)
		return MIF_TRANSLATION_NO_ADDRESS;
	if (lookup->unasked)
		return MIF_TRANSLATION_NO_SERVER;
	return lookup->withheld != 0 && !lookup->asked_dns ? MIF_TRANSLATION_OTHER_ZONE
							   : MIF_TRANSLATION_NO_NAME;
}

bool lookup_next(struct lookup *lookup, const struct name_scope *scope)
{
	if (!choose(lookup, scope)) {
		lookup_finish(lookup, nothing_found(lookup));
		return false;
	}
	lookup->pref64 = (struct mif_address){0};
	if (lookup->asked_system == MIF_SYSTEM_DNS && wants(lookup, MIF_FAMILY_IPV6)) {
		lookup->pref64 = scope->pref64;
		lookup->pref64_length = scope->pref64_length;
	}
	forget_ipv4(lookup);
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++)
		lookup->questions[i].open = asks(lookup, i);
	return true;
}

bool lookup_restart(struct lookup *lookup, bool other_search)
{
	leave_questions(lookup);
	/* Nobody has judged what another search list makes of it. */
	if (other_search && lookup->judged)
		lookup->withheld |= ~1U;
	if (++lookup->restarts > RESTARTS_MAX) {
		lookup_finish(
			lookup, lookup->found ? MIF_TRANSLATION_FOUND : MIF_TRANSLATION_FAILED);
		return false;
	}
	/* With an address told, only the other family of the same name is missing. */
	if (!lookup->found) {
		lookup->candidate = 0;
		lookup->exists = lookup->unasked = lookup->asked_dns = false;
		for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++)
			lookup->questions[i].open = false;
	}
	return true;
}

/* ---- what the answers mean ---- */

bool lookup_open(const struct lookup *lookup)
{
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++) {
		if (lookup->questions[i].open)
			return true;
	}
	return false;
}

static bool any(const struct lookup *lookup, uint32_t status)
{
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++) {
		if (asks(lookup, i) && lookup->questions[i].status == status)
			return true;
	}
	return false;
}

/* An address for each IPv4 address that the translator reaches. */
static void translate(struct lookup *lookup)
{
	const struct answer *ipv4 = lookup->ipv4;
	struct answer answer = {.status = MIF_TRANSLATION_FOUND,
		.system = MIF_SYSTEM_DNS64,
		.server = ipv4->server,
		.ttl = MIN(ipv4->ttl, lookup->negative_ttl)};

	for (uint32_t i = 0; i < ipv4->count; i++)
		answer.count += pref64_make(&answer.items.addresses[answer.count],
			&ipv4->items.addresses[i], &lookup->pref64, lookup->pref64_length);
	if (answer.count > 0 && results_add(&lookup->results, &answer) == 0)
		lookup->found = true;
}

/* Both families of one name are answered. Who cannot say that the name has no address does not let
 * the next suffix of the search list answer in its place. NXDOMAIN holds for all types (RFC 8020),
 * and yet some servers say so for AAAA alone (RFC 4074 section 4.2), hence found comes first. */
static void conclude(struct lookup *lookup)
{
	if (lookup->ipv4 != NULL && lookup->questions[LOOKUP_AAAA].status != MIF_TRANSLATION_FOUND)
		translate(lookup);
	if (lookup->found)
		lookup_finish(lookup, MIF_TRANSLATION_FOUND);
	else if (any(lookup, MIF_TRANSLATION_NO_NAME))
		return;
	else if (any(lookup, MIF_TRANSLATION_FAILED))
		lookup_finish(lookup, MIF_TRANSLATION_FAILED);
	else if (any(lookup, MIF_TRANSLATION_TIMEOUT))
		lookup_finish(lookup, MIF_TRANSLATION_TIMEOUT);
	else
		lookup->exists = true;
}

static uint32_t keep(
	struct lookup *lookup, enum lookup_question question, const struct answer *answer)
{
	if (answer->status != MIF_TRANSLATION_FOUND)
		return answer->status;
	if (question == LOOKUP_A && lookup->pref64.family != AF_UNSPEC) {
		lookup->ipv4 = answer_copy(answer);
		if (lookup->ipv4 == NULL)
			return MIF_TRANSLATION_FAILED;
	}
	if (question == LOOKUP_A && !wants(lookup, MIF_FAMILY_IPV4))
		return MIF_TRANSLATION_FOUND;
	if (results_add(&lookup->results, answer) < 0)
		return MIF_TRANSLATION_FAILED;
	lookup->found = true;
	return MIF_TRANSLATION_FOUND;
}

/* The target's records are asked for next. */
static uint32_t follow_alias(struct lookup *lookup, const struct service *alias)
{
	bool absolute;

	if (lookup->aliases++ == SERVICE_ALIASES ||
		hostname_from_utf8(lookup->asked, &absolute, alias->record.target) < 0 ||
		hostname_use(lookup->asked) != HOSTNAME_ASK)
		return MIF_TRANSLATION_FAILED;
	lookup->asked_system = MIF_SYSTEM_DNS;
	lookup->questions[LOOKUP_SERVICE].open = true;
	return MIF_TRANSLATION_FOUND;
}

/* An alias that leads to a name without service records: the service is there all the same (RFC 9460
 * section 3). */
static uint32_t keep_alias(struct lookup *lookup, const struct answer *none)
{
	struct answer answer = {.status = MIF_TRANSLATION_FOUND,
		.system = none->system,
		.ttl = none->ttl,
		.services = true,
		.count = 1};

	strcpy(answer.items.service[0].record.target, lookup->asked);
	return keep(lookup, LOOKUP_SERVICE, &answer);
}

static uint32_t keep_services(struct lookup *lookup, const struct answer *answer)
{
	if (answer->status == MIF_TRANSLATION_FOUND &&
		answer->items.service[0].record.priority == 0)
		return follow_alias(lookup, &answer->items.service[0]);
	if (lookup->aliases > 0 &&
		(answer->status == MIF_TRANSLATION_NO_NAME ||
			answer->status == MIF_TRANSLATION_NO_ADDRESS))
		return keep_alias(lookup, answer);
	return keep(lookup, LOOKUP_SERVICE, answer);
}

void lookup_answer(
	struct lookup *lookup, enum lookup_question question, const struct answer *answer)
{
	uint32_t status;

	question_leave(&lookup->questions[question].asker);
	lookup->questions[question].open = false;
	status = question == LOOKUP_SERVICE ? keep_services(lookup, answer)
					    : keep(lookup, question, answer);
	lookup->questions[question].status = status;
	if (question == LOOKUP_AAAA)
		lookup->negative_ttl = answer->ttl > 0 ? answer->ttl : DNS64_TTL;
	if (!lookup_open(lookup))
		conclude(lookup);
}

struct lookup *lookup_of(struct asker *asker, enum lookup_question *questionp)
{
	struct lookup *lookup = asker->lookup;

	*questionp = LOOKUP_AAAA;
	while (asker != &lookup->questions[*questionp].asker)
		++*questionp;
	return lookup;
}

uint16_t lookup_type(const struct lookup *lookup, enum lookup_question question)
{
	if (question == LOOKUP_SERVICE)
		return lookup->type;
	return question == LOOKUP_AAAA ? DNS_AAAA : DNS_A;
}

int lookup_offer(
	struct lookup *lookup, const struct mif_address *addresses, uint32_t count, uint32_t system)
{
	struct answer answer = {.status = MIF_TRANSLATION_FOUND, .system = system};

	for (uint32_t i = 0; lookup->type == 0 && i < count && i < ANSWER_ADDRESSES; i++) {
		struct mif_address address = addresses[i];
		bool local = address.family == AF_INET6 && address_is_link_local(&address);

		if (local && address.scope == 0)
			address.scope = lookup->ifindex;
		if (!wants(lookup, address_mif_family(&address)) ||
			(local && address.scope != lookup->ifindex))
			continue;
		answer.items.addresses[answer.count++] = address;
		lookup->found = true;
	}
	return results_add(&lookup->results, &answer);
}

int lookup_offer_translated(
	struct lookup *lookup, const struct mif_address *address, const struct name_scope *scope)
{
	struct mif_address ipv6;

	if (!pref64_make(&ipv6, address, &scope->pref64, scope->pref64_length))
		return 0;
	return lookup_offer(lookup, &ipv6, 1, MIF_SYSTEM_DNS64);
}

void lookup_finish(struct lookup *lookup, uint32_t status)
{
	if (status == MIF_TRANSLATION_FOUND && !lookup->found)
		status = MIF_TRANSLATION_NO_ADDRESS;
	leave_questions(lookup);
	lookup->done = true;
	lookup->status = status;
}

/* ---- results ---- */

bool lookup_ready(const struct lookup *lookup)
{
	return lookup->done || results_waiting(&lookup->results);
}

int lookup_result(struct lookup *lookup, struct name_result *result)
{
	*result = (struct name_result){.id = lookup->id};
	if (results_next(&lookup->results, result))
		return 1;
	if (!lookup->done)
		return 0;
	result->done = true;
	result->status = lookup->status;
	return 1;
}
