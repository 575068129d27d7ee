/* SPDX-License-Identifier: MIT */
/*
 * The names worker (M23 to M25). Owns every lookup, by its id, and the domains that have been
 * asked lately. What needs no question (addresses, localhost, the hosts file) is answered at once;
 * the rest goes to the domain. Results wait in the lookup until they are fetched, so that what
 * is stopped is gone with them.
 */
#include "worker/names.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "worker/domain.h"
#include "worker/hostname.h"
#include "worker/hosts.h"
#include "worker/lookup.h"
#include "worker/nss.h"
#include "worker/resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

struct names {
	struct worker worker;
	struct watches watches;
	struct hosts *hosts;
	struct list buckets[BUCKETS]; /* lookups, by id */
	uint32_t lookup_count;
	struct list ready; /* lookups with results */
	struct list domains;
	uint32_t domain_count;
	struct nss *nss; /* NULL: it is not asked */
	struct resolver_counters counters;
	uint64_t refused;
};

static struct names *names_of(struct worker *worker)
{
	return container_of(worker, struct names, worker);
}

static const struct names *names_of_const(const struct worker *worker)
{
	return container_of(worker, const struct names, worker);
}

/* ---- lookups by id, domains by identifier ---- */

static struct lookup *find(struct names *names, uint64_t id)
{
	list_for_each (node, &names->buckets[id % BUCKETS]) {
		struct lookup *lookup = container_of(node, struct lookup, by_id);

		if (lookup->id == id)
			return lookup;
	}
	return NULL;
}

static void drop(struct names *names, struct lookup *lookup)
{
	if (lookup->domain != NULL)
		domain_stop(lookup->domain, lookup);
	names->lookup_count--;
	lookup_free(lookup);
}

static struct domain *find_domain(struct names *names, uint64_t pvd)
{
	list_for_each (node, &names->domains) {
		struct domain *domain = container_of(node, struct domain, node);

		if (domain->scope.pvd == pvd)
			return domain;
	}
	return NULL;
}

static void drop_domain(struct names *names, struct domain *domain)
{
	names->domain_count--;
	domain_free(domain);
}

/* The one that has been idle for the longest time makes room: what it knew is all that is lost. */
static bool make_room(struct names *names)
{
	struct domain *oldest = NULL;

	if (names->domain_count < NAMES_DOMAINS)
		return true;
	list_for_each (node, &names->domains) {
		struct domain *domain = container_of(node, struct domain, node);

		if (domain_idle(domain) && (oldest == NULL || domain->used < oldest->used))
			oldest = domain;
	}
	if (oldest == NULL)
		return false;
	drop_domain(names, oldest);
	return true;
}

/* The domain of the scope, as the scope now is. */
static int get_domain(
	struct names *names, struct domain **domainp, const struct name_scope *scope, uint64_t now)
{
	struct domain *domain = find_domain(names, scope->pvd);
	int r;

	if (domain != NULL) {
		if (domain->scope.generation != scope->generation)
			domain_renew(domain, scope, now);
		*domainp = domain;
		return 0;
	}
	if (!make_room(names))
		return -ENOBUFS;
	r = domain_new(
		&domain, scope, &names->watches, &names->ready, names->nss, &names->counters);
	if (r < 0)
		return r;
	list_append(&names->domains, &domain->node);
	names->domain_count++;
	*domainp = domain;
	return 0;
}

/* ---- what is answered without a question ---- */

/* Where IPv4 is reached through a translator only, a literal needs it as well (RFC 8305 section 7.1). */
static int offer_literal(
	struct lookup *lookup, const struct mif_address *address, const struct name_scope *scope)
{
	int r = lookup_offer(lookup, address, 1, MIF_SYSTEM_LITERAL);

	return r < 0 ? r : lookup_offer_translated(lookup, address, scope);
}

static int offer_loopback(struct lookup *lookup)
{
	static const uint8_t ipv4[4] = {127, 0, 0, 1}, ipv6[16] = {[15] = 1};
	const struct mif_address addresses[] = {address_ipv6(ipv6, 0), address_ipv4(ipv4)};

	return lookup_offer(lookup, addresses, ARRAY_SIZE(addresses), MIF_SYSTEM_HOSTS);
}

/* A name that the file has is not asked for elsewhere, not even for the family that the file does
 * not have: it would undo what the entry is for. */
static int offer_hosts(struct lookup *lookup, const struct host *host, uint32_t host_count)
{
	struct mif_address addresses[ANSWER_ADDRESSES];
	uint32_t count = MIN(host_count, (uint32_t)ANSWER_ADDRESSES);

	for (uint32_t i = 0; i < count; i++)
		addresses[i] = host[i].address;
	return lookup_offer(lookup, addresses, count, MIF_SYSTEM_HOSTS);
}

/* Sets *statusp when the lookup is decided. 0, or -ENOMEM. */
static int answer_here(struct names *names, struct lookup *lookup,
	const struct name_request *request, uint64_t now, int *statusp)
{
	struct mif_address address;
	const struct host *host;
	enum hostname_use use;
	uint32_t count;

	*statusp = MIF_TRANSLATION_FOUND;
	if (mif_address_parse(&address, request->name) == 0 && address.family != AF_UNSPEC)
		return offer_literal(lookup, &address, request->scope);
	*statusp = MIF_TRANSLATION_MALFORMED;
	if (hostname_from_utf8(lookup->name, &lookup->absolute, request->name) < 0)
		return 0;
	*statusp = MIF_TRANSLATION_NOT_PERMITTED;
	use = hostname_use(lookup->name);
	if (use == HOSTNAME_REFUSED)
		return 0;
	*statusp = MIF_TRANSLATION_FOUND;
	if (use == HOSTNAME_LOOPBACK)
		return offer_loopback(lookup);
	host = hosts_find(names->hosts, lookup->name, now, &count);
	if (host != NULL)
		return offer_hosts(lookup, host, count);
	*statusp = use == HOSTNAME_NONE ? MIF_TRANSLATION_NO_NAME : -1;
	return 0;
}

/* ---- the worker's operations ---- */

static int begin(struct names *names, struct lookup *lookup, const struct name_request *request,
	uint64_t now)
{
	struct domain *domain;
	int status;
	int r = answer_here(names, lookup, request, now, &status);

	if (r < 0)
		return r;
	if (status >= 0) {
		lookup_finish(lookup, (uint32_t)status);
		list_append(&names->ready, &lookup->ready);
		return 0;
	}
	r = get_domain(names, &domain, request->scope, now);
	if (r < 0)
		return r;
	r = domain_start(domain, lookup, now);
	domain_settle(domain, now);
	return r;
}

static int start(struct worker *worker, const struct name_request *request, uint64_t now)
{
	struct names *names = names_of(worker);
	struct lookup *lookup;
	int r;

	if (find(names, request->id) != NULL)
		return -EEXIST;
	if (names->lookup_count >= NAMES_TRANSLATIONS) {
		names->refused++;
		return -ENOBUFS;
	}
	r = lookup_new(&lookup, request);
	if (r < 0)
		return r;
	r = begin(names, lookup, request, now);
	if (r < 0) {
		names->refused += r == -ENOBUFS;
		lookup_free(lookup);
		return r;
	}
	list_append(&names->buckets[request->id % BUCKETS], &lookup->by_id);
	names->lookup_count++;
	return 0;
}

static void stop(struct worker *worker, uint64_t id)
{
	struct names *names = names_of(worker);
	struct lookup *lookup = find(names, id);

	if (lookup != NULL)
		drop(names, lookup);
}

static void forget(struct worker *worker, uint64_t pvd)
{
	struct names *names = names_of(worker);
	struct domain *domain = find_domain(names, pvd);

	if (domain != NULL)
		drop_domain(names, domain);
}

static int result(struct worker *worker, struct name_result *name_result)
{
	struct names *names = names_of(worker);

	while (!list_empty(&names->ready)) {
		struct lookup *lookup = container_of(names->ready.next, struct lookup, ready);

		if (lookup_result(lookup, name_result) == 0) {
			list_remove(&lookup->ready);
			continue;
		}
		if (name_result->done)
			drop(names, lookup);
		return 1;
	}
	return 0;
}

static int fd(const struct worker *worker)
{
	return names_of_const(worker)->watches.epoll;
}

static uint64_t deadline(const struct worker *worker)
{
	const struct names *names = names_of_const(worker);
	uint64_t first = names->nss != NULL ? nss_deadline(names->nss) : TIME_FOREVER;

	list_for_each (node, &names->domains) {
		uint64_t due = domain_deadline(container_of(node, struct domain, node));

		first = MIN(first, due);
	}
	return first;
}

static void dispatch(struct worker *worker, uint64_t now)
{
	struct names *names = names_of(worker);

	watches_dispatch(&names->watches, now);
	if (names->nss != NULL)
		nss_run(names->nss, now);
	list_for_each_safe (node, &names->domains) {
		struct domain *domain = container_of(node, struct domain, node);

		domain_settle(domain, now);
		if (domain_is_over(domain, now))
			drop_domain(names, domain);
	}
}

static bool counter(
	const struct worker *worker, unsigned int index, const char **name, uint64_t *value)
{
	static const struct nss_counters none;
	const struct names *names = names_of_const(worker);
	const struct nss_counters *nss = names->nss != NULL ? nss_counters(names->nss) : &none;
	const struct {
		const char *name;
		uint64_t value;
	} counters[] = {
		{"names-queries", names->counters.queries},
		{"names-questions", names->counters.questions},
		{"names-answers", names->counters.answers},
		{"names-timeouts", names->counters.timeouts},
		{"names-failures", names->counters.failures},
		{"names-refused", names->refused},
		{"names-hosts-left-out", hosts_left_out(names->hosts)},
		{"names-switch-asked", nss->asked},
		{"names-switch-answers", nss->answers},
		{"names-switch-failures", nss->failures},
	};

	if (index >= ARRAY_SIZE(counters))
		return false;
	*name = counters[index].name;
	*value = counters[index].value;
	return true;
}

static bool asks(const struct worker *worker, const char *name, const char *suffix, uint64_t now,
	char asked[MIF_TEXT_SIZE])
{
	char hostname[HOSTNAME_SIZE];
	struct mif_address address;
	enum hostname_use use;
	bool absolute;
	uint32_t count;

	if ((mif_address_parse(&address, name) == 0 && address.family != AF_UNSPEC) ||
		hostname_from_utf8(hostname, &absolute, name) < 0)
		return false;
	use = hostname_use(hostname);
	if ((use != HOSTNAME_ASK && use != HOSTNAME_LINK) ||
		hosts_find(names_of_const(worker)->hosts, hostname, now, &count) != NULL)
		return false;
	if (suffix != NULL && (absolute || hostname_join(hostname, hostname, suffix) < 0))
		return false;
	memcpy(asked, hostname, sizeof(hostname));
	return true;
}

static const char *path(const struct worker *worker, unsigned int index)
{
	return index == 0 ? hosts_path(names_of_const(worker)->hosts) : NULL;
}

static void names_free(struct worker *worker)
{
	if (worker == NULL)
		return;

	struct names *names = names_of(worker);

	list_for_each_safe (domain, &names->domains)
		domain_free(container_of(domain, struct domain, node));
	for (unsigned int i = 0; i < BUCKETS; i++) {
		list_for_each_safe (node, &names->buckets[i])
			lookup_free(container_of(node, struct lookup, by_id));
	}
	nss_free(names->nss);
	hosts_free(names->hosts);
	watches_deinit(&names->watches);
	free(names);
}

static const struct worker_ops names_ops = {
	.name = "names",
	.fd = fd,
	.deadline = deadline,
	.dispatch = dispatch,
	.start = start,
	.stop = stop,
	.forget = forget,
	.result = result,
	.counter = counter,
	.asks = asks,
	.path = path,
	.free = names_free,
};

int worker_names_new(struct worker **workerp, const char *hosts_path)
{
	struct names *names = calloc(1, sizeof(*names));
	int r;

	if (names == NULL)
		return -ENOMEM;
	names->worker.ops = &names_ops;
	list_init(&names->ready);
	list_init(&names->domains);
	for (unsigned int i = 0; i < BUCKETS; i++)
		list_init(&names->buckets[i]);
	r = watches_init(&names->watches);
	if (r == 0)
		r = hosts_new(&names->hosts, hosts_path == NULL ? "/etc/hosts" : hosts_path);
	if (r < 0) {
		names_free(&names->worker);
		return r;
	}
	*workerp = &names->worker;
	return 0;
}

int names_use_switch(struct worker *worker, const struct names_switch *options)
{
	struct names *names = names_of(worker);

	return nss_new(&names->nss, options, &names->watches);
}

void names_switch_started(struct worker *worker, uint32_t number, int fd, uint64_t now)
{
	nss_started(names_of(worker)->nss, number, fd, now);
}
