/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo(): of names that networks know, the addresses that a dial would try, in its order. All
 * else is the C library's: addresses, services, what is listened on, and what no domain knows.
 */
#include "run/names.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <mif/message.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/host.h"
#include "run/ask.h"
#include "run/guard.h"
#include "run/learned.h"
#include "run/settings.h"

/* In ai_flags of the lists made here: no C library has such a flag, and whose a list is must be seen
 * when it is freed. */
#define OURS 0x40000000

/* An entry and its address in one piece, as glibc's own freeaddrinfo() expects. */
struct entry {
	struct addrinfo info;
	struct sockaddr_storage address;
};

/* ---- what is asked ---- */

static bool is_localhost(const char *node)
{
	static const char name[] = "localhost";
	size_t length = strlen(node), own = sizeof(name) - 1;

	if (length > 0 && node[length - 1] == '.')
		length--;
	return length >= own && strncasecmp(node + length - own, name, own) == 0 &&
		(length == own || node[length - own - 1] == '.');
}

/* A list for an address, whatever it is: which sockets and ports go with this service. The errors are
 * those of the C library. */
static int make_sample(const char *service, const struct addrinfo *hints, struct addrinfo **samplep)
{
	struct addrinfo wanted = *hints;

	wanted.ai_family = AF_INET;
	wanted.ai_flags = AI_NUMERICHOST | (hints->ai_flags & AI_NUMERICSERV);
	return host_getaddrinfo("192.0.2.1", service, &wanted, samplep);
}

static bool is_number(const char *node)
{
	const struct addrinfo wanted = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *list;

	if (host_getaddrinfo(node, NULL, &wanted, &list) != 0)
		return false;
	host_freeaddrinfo(list);
	return true;
}

/* A name that networks may know. */
static bool is_ours(const char *node, const struct addrinfo *hints)
{
	if (node == NULL || *node == '\0' || strlen(node) >= MIF_TEXT_SIZE)
		return false;
	if ((hints->ai_flags & (AI_NUMERICHOST | AI_PASSIVE)) != 0)
		return false;
	if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET &&
		hints->ai_family != AF_INET6)
		return false;
	return !is_localhost(node) && !is_number(node);
}

static uint32_t family_of(const struct addrinfo *hints)
{
	/* Then IPv4 will do. */
	if (hints->ai_family == AF_INET6 && (hints->ai_flags & AI_V4MAPPED) != 0)
		return MIF_FAMILY_ANY;
	return hints->ai_family == AF_INET     ? MIF_FAMILY_IPV4
		: hints->ai_family == AF_INET6 ? MIF_FAMILY_IPV6
					       : MIF_FAMILY_ANY;
}

/* ---- the list ---- */

struct list {
	struct addrinfo *first, **end;
};

static void list_free(struct addrinfo *info)
{
	while (info != NULL) {
		struct addrinfo *next = info->ai_next;

		free(info->ai_canonname);
		free(info);
		info = next;
	}
}

static int list_add(struct list *list, const struct mif_address *address, bool mapped,
	const struct addrinfo *sample, int flags)
{
	struct mif_endpoint endpoint = {.address = *address};
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return EAI_MEMORY;
	endpoint.port =
		ntohs(((const struct sockaddr_in *)(const void *)sample->ai_addr)->sin_port);
	if (mapped) {
		endpoint.address = (struct mif_address){.family = AF_INET6};
		memset(endpoint.address.octets + 10, 0xff, 2);
		memcpy(endpoint.address.octets + 12, address->octets, 4);
	}
	entry->info = (struct addrinfo){
		.ai_flags = flags | OURS,
		.ai_family = endpoint.address.family,
		.ai_socktype = sample->ai_socktype,
		.ai_protocol = sample->ai_protocol,
		.ai_addrlen = mif_endpoint_to_sockaddr(&endpoint, &entry->address),
		.ai_addr = (struct sockaddr *)&entry->address,
	};
	*list->end = &entry->info;
	list->end = &entry->info.ai_next;
	return 0;
}

/* Whether an earlier way leads to the same address. */
static bool is_repeated(const struct ways *ways, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (address_equal(&ways->at[i].destination, &ways->at[place].destination))
			return true;
	return false;
}

static bool has_ipv6(const struct ways *ways)
{
	for (size_t i = 0; i < ways->count; i++)
		if (ways->at[i].destination.family == AF_INET6)
			return true;
	return false;
}

static int list_make(struct list *list, const struct ways *ways, const struct addrinfo *sample,
	const struct addrinfo *hints)
{
	bool maps = hints->ai_family == AF_INET6;
	bool all = (hints->ai_flags & AI_ALL) != 0 || !has_ipv6(ways);
	int r = 0;

	for (size_t i = 0; i < ways->count; i++) {
		const struct mif_address *address = &ways->at[i].destination;
		bool mapped = maps && address->family == AF_INET;

		if (is_repeated(ways, i) || (mapped && !all))
			continue;
		for (const struct addrinfo *s = sample; s != NULL && r == 0; s = s->ai_next)
			r = list_add(list, address, mapped, s, hints->ai_flags);
	}
	return r;
}

static int make_result(const char *node, const struct ways *ways, const struct addrinfo *sample,
	const struct addrinfo *hints, struct addrinfo **resultp)
{
	struct list list = {.first = NULL};
	int r;

	list.end = &list.first;
	r = list_make(&list, ways, sample, hints);
	if (r == 0 && list.first == NULL)
		r = EAI_NONAME;
	if (r == 0 && (hints->ai_flags & AI_CANONNAME) != 0) {
		list.first->ai_canonname = strdup(node);
		if (list.first->ai_canonname == NULL)
			r = EAI_MEMORY;
	}
	if (r == 0)
		*resultp = list.first;
	else
		list_free(list.first);
	return r;
}

/* ---- the call ---- */

static bool is_this_host(const struct ways *ways)
{
	for (size_t i = 0; i < ways->count; i++)
		if (!address_is_loopback(&ways->at[i].destination))
			return false;
	return true;
}

/* What the domain that the program must use has said. */
static int answer_of(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENODATA:
	case -EPERM:
	case -ENETUNREACH:
	case -EINVAL:
		return EAI_NONAME;
	case -ENOMEM:
		return EAI_MEMORY;
	default:
		return EAI_AGAIN;
	}
}

static int translate(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp)
{
	struct addrinfo *sample;
	struct ways ways;
	int r = make_sample(service, hints, &sample);

	if (r != 0)
		return r;
	r = ask_ways(&ways, node, family_of(hints));
	/* The C library knows its other names (hosts(5)), by which programs find out who they are. */
	if (r == 0 && is_this_host(&ways)) {
		r = host_getaddrinfo(node, service, hints, resultp);
	} else if (r == 0) {
		uint64_t now = clock_boottime();

		learned_sort(&ways, now);
		learned_name(&ways, now);
		r = make_result(node, &ways, sample, hints, resultp);
	} else if (settings_pin(settings_get())) {
		r = answer_of(r);
	} else {
		settings_say(
			"%s: not known to any domain (%s), asking the system", node, strerror(-r));
		r = host_getaddrinfo(node, service, hints, resultp);
	}
	host_freeaddrinfo(sample);
	return r;
}

bool run_is_networks_name(const char *name, int family)
{
	const struct addrinfo hints = {.ai_family = family};

	return family != AF_UNSPEC && is_ours(name, &hints);
}

int run_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp)
{
	/* POSIX says so; glibc's own flags for the case would say AI_V4MAPPED, too. */
	struct addrinfo wanted = {.ai_flags = AI_ADDRCONFIG};
	int error = errno, r;

	if (hints != NULL)
		wanted = *hints;
	wanted.ai_flags &= ~OURS;
	if (!is_ours(node, &wanted) || !guard_enter())
		return host_getaddrinfo(node, service, hints, resultp);
	r = translate(node, service, &wanted, resultp);
	guard_leave();
	if (r == 0)
		errno = error;
	return r;
}

void run_freeaddrinfo(struct addrinfo *list)
{
	if (list != NULL && (list->ai_flags & OURS) != 0)
		list_free(list);
	else
		host_freeaddrinfo(list);
}
