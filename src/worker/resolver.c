/* SPDX-License-Identifier: MIT */
/*
 * Questions to the DNS servers of one domain, through its interface and nothing else: the
 * only file that knows c-ares. Owns the c-ares channel, and each query from resolver_ask() until
 * its answer is fetched. Sockets are watched by the worker's epoll descriptor.
 *
 * Nothing of c-ares is called inside its callbacks, since several versions lose queries or free
 * memory twice then: callbacks only put the query into the list of the answered ones.
 */
#include "worker/resolver.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

/* What replaces ares_query() in 1.28 does not exist in 1.18. */
#define CARES_NO_DEPRECATED
#include <ares.h>

/* Since 1.31 c-ares shortens the timeout to what quick answers made it expect, down to 250 ms: a
 * slow name needs more tries, to be waited for as long. Since 1.24 it takes link-local servers only
 * with a zone, and before that only without. What counts is the library that runs. */
#define ARES_1_24 0x011800
#define ARES_1_31 0x011f00
#define TIMEOUT_MSEC 1000
#define TRIES 3
#define TRIES_ADAPTIVE 6
#define TIMEOUT_MAX_MSEC 2000 /* with 6 tries: doubled each time, it would be 63 s */

/* RFC 9715 section 3: no larger, so that answers are not fragmented. */
#define EDNS_SIZE 1232

struct resolver {
	ares_channel ares;
	struct resolver_counters *counters;
	int epoll;
	uint32_t number;
	uint32_t ifindex;
	struct list waiting, flying, answered;
	uint32_t in_flight;
};

enum query_state {
	QUERY_WAITING,
	QUERY_FLYING,
	QUERY_ANSWERED,
};

struct query {
	struct list node;
	struct resolver *resolver;
	void *owner; /* NULL: dropped, while c-ares still works on it */
	const char *name; /* the owner's */
	uint16_t type;
	enum query_state state;
	bool repeated;
	int status; /* ARES_... */
	size_t size;
	unsigned char *octets;
};

static void query_free(struct query *query)
{
	list_remove(&query->node);
	free(query->octets);
	free(query);
}

/* ---- what c-ares calls ---- */

/* Called for each socket before it is connected. A socket that is not bound would be sent from by
 * the main routing table: another domain's network. */
static int on_socket(ares_socket_t fd, int type, void *argument)
{
	const struct resolver *resolver = argument;
	int ifindex = (int)resolver->ifindex;

	(void)type;
	if (ifindex <= 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex));
}

static void on_interest(void *argument, ares_socket_t fd, int readable, int writable)
{
	const struct resolver *resolver = argument;
	struct epoll_event event = {
		.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U),
		.data.u64 = (uint64_t)resolver->number << 32 | (uint32_t)fd,
	};

	/* A socket that could not be watched ends in a timeout. */
	if (event.events == 0)
		epoll_ctl(resolver->epoll, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(resolver->epoll, EPOLL_CTL_MOD, fd, &event) < 0 && errno == ENOENT)
		epoll_ctl(resolver->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void on_answer(void *argument, int status, int timeouts, unsigned char *octets, int size)
{
	struct query *query = argument;
	struct resolver *resolver = query->resolver;

	(void)timeouts;
	resolver->in_flight--;
	if (query->owner == NULL) {
		query_free(query);
		return;
	}
	query->state = QUERY_ANSWERED;
	query->status = status;
	if (octets != NULL && size > 0) {
		query->size = (size_t)size;
		query->octets = malloc(query->size);
		if (query->octets == NULL)
			query->status = ARES_ENOMEM;
		else
			memcpy(query->octets, octets, query->size);
	}
	list_remove(&query->node);
	list_append(&resolver->answered, &query->node);
}

/* ---- making a resolver ---- */

static bool is_server(const struct mif_address *server)
{
	return address_size(server) != 0 && !address_is_unspecified(server) &&
		!address_is_multicast(server);
}

bool resolver_has_server(const struct name_scope *scope)
{
	for (uint32_t i = 0; i < scope->server_count && i < NAME_SCOPE_SERVERS; i++) {
		if (is_server(&scope->servers[i]))
			return true;
	}
	return false;
}

static int set_servers(struct resolver *resolver, const struct name_scope *scope, int version)
{
	char list[NAME_SCOPE_SERVERS * (MIF_ADDRESS_TEXT + IF_NAMESIZE + 2)] = "";
	size_t length = 0;

	for (uint32_t i = 0; i < scope->server_count && i < NAME_SCOPE_SERVERS; i++) {
		struct mif_address server = scope->servers[i];
		bool zone = address_is_link_local(&server) && server.family == AF_INET6 &&
			version >= ARES_1_24;
		char name[IF_NAMESIZE] = "";
		char text[MIF_ADDRESS_TEXT];

		if (!is_server(&server))
			continue;
		if (zone && if_indextoname(scope->ifindex, name) == NULL)
			return -errno;
		server.scope = 0; /* the socket's interface is its scope */
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s%s%s",
			length == 0 ? "" : ",", mif_address_format(&server, text), zone ? "%" : "",
			name);
	}
	return ares_set_servers_ports_csv(resolver->ares, list) == ARES_SUCCESS ? 0 : -EINVAL;
}

/* A resolver has one source a family. A global source reaches a link-local server as well, but not
 * every such server has a route back to it: if all are link-local, the kernel's choice is right. */
static void set_sources(struct resolver *resolver, const struct name_scope *scope)
{
	bool global = false;

	for (uint32_t i = 0; i < scope->server_count && i < NAME_SCOPE_SERVERS; i++) {
		const struct mif_address *server = &scope->servers[i];

		global |= server->family == AF_INET6 && !address_is_link_local(server);
	}
	if (scope->source4.family == AF_INET) {
		uint32_t octets;

		memcpy(&octets, scope->source4.octets, sizeof(octets));
		ares_set_local_ip4(resolver->ares, ntohl(octets));
	}
	if (scope->source6.family == AF_INET6 && global && !address_is_link_local(&scope->source6))
		ares_set_local_ip6(resolver->ares, scope->source6.octets);
}

/* c-ares takes what is not given here from LOCALDOMAIN, RES_OPTIONS and resolv.conf: the host's
 * configuration, which is another domain's. Only use-vc in RES_OPTIONS still gets through, in
 * newer versions: the same servers are then asked by TCP. */
static int init_ares(struct resolver *resolver, int version)
{
	char lookups[] = "b", nowhere[] = RESOLVER_FILE;
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TIMEOUT_MSEC,
		.tries = version >= ARES_1_31 ? TRIES_ADAPTIVE : TRIES,
		.ndots = 1,
		.lookups = lookups,
		.ednspsz = EDNS_SIZE,
		.resolvconf_path = nowhere,
		.sock_state_cb = on_interest,
		.sock_state_cb_data = resolver,
#ifdef ARES_OPT_MAXTIMEOUTMS
		.maxtimeout = TIMEOUT_MAX_MSEC,
#endif
#ifdef ARES_OPT_UDP_MAX_QUERIES
		.udp_max_queries = 1, /* another source port for each: RFC 5452 section 9.2 */
#endif
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
		ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ | ARES_OPT_RESOLVCONF |
		ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;

#ifdef ARES_OPT_MAXTIMEOUTMS
	mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_UDP_MAX_QUERIES
	mask |= ARES_OPT_UDP_MAX_QUERIES;
#endif
#ifdef ARES_OPT_QUERY_CACHE
	mask |= ARES_OPT_QUERY_CACHE; /* of 0 s: none */
#endif
	return ares_init_options(&resolver->ares, &options, mask) == ARES_SUCCESS ? 0 : -ENOMEM;
}

DEFINE_FREEP(resolver, resolver_free)

int resolver_new(struct resolver **resolverp, const struct name_scope *scope, int epoll,
	uint32_t number, struct resolver_counters *counters)
{
	_cleanup_(resolver_freep) struct resolver *resolver = calloc(1, sizeof(*resolver));
	int version, r;

	if (resolver == NULL)
		return -ENOMEM;
	resolver->counters = counters;
	resolver->epoll = epoll;
	resolver->number = number;
	resolver->ifindex = scope->ifindex;
	list_init(&resolver->waiting);
	list_init(&resolver->flying);
	list_init(&resolver->answered);

	/* ares_library_init() does something on Windows only, and is not safe among threads. */
	ares_version(&version);
	r = init_ares(resolver, version);
	if (r < 0)
		return r;
	ares_set_socket_configure_callback(resolver->ares, on_socket, resolver);
	set_sources(resolver, scope);
	r = set_servers(resolver, scope, version);
	if (r < 0)
		return r;
	*resolverp = resolver;
	resolver = NULL;
	return 0;
}

void resolver_free(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	/* on_answer() frees them. */
	list_for_each (node, &resolver->flying)
		container_of(node, struct query, node)->owner = NULL;
	if (resolver->ares != NULL)
		ares_destroy(resolver->ares);
	list_for_each_safe (node, &resolver->waiting)
		query_free(container_of(node, struct query, node));
	list_for_each_safe (node, &resolver->answered)
		query_free(container_of(node, struct query, node));
	free(resolver);
}

/* ---- queries ---- */

int resolver_ask(struct resolver *resolver, struct query **queryp, const char *name, uint16_t type,
	void *owner)
{
	struct query *query = calloc(1, sizeof(*query));

	if (query == NULL)
		return -ENOMEM;
	query->resolver = resolver;
	query->owner = owner;
	query->name = name;
	query->type = type;
	query->state = QUERY_WAITING;
	list_append(&resolver->waiting, &query->node);
	*queryp = query;
	return 0;
}

void resolver_drop(struct query *query)
{
	if (query == NULL)
		return;
	if (query->state != QUERY_FLYING) {
		query_free(query);
		return;
	}
	/* c-ares cannot cancel one query alone. */
	query->owner = NULL;
	query->name = NULL;
}

bool resolver_sent(const struct query *query)
{
	return query != NULL && query->state != QUERY_WAITING;
}

bool resolver_send(struct resolver *resolver)
{
	bool sent = false;

	while (resolver->in_flight < RESOLVER_IN_FLIGHT && !list_empty(&resolver->waiting)) {
		struct query *query = container_of(resolver->waiting.next, struct query, node);

		list_remove(&query->node);
		list_append(&resolver->flying, &query->node);
		query->state = QUERY_FLYING;
		resolver->in_flight++;
		resolver->counters->queries++;
		ares_query(resolver->ares, query->name, ns_c_in, query->type, on_answer, query);
		sent = true;
	}
	return sent;
}

void resolver_dispatch(struct resolver *resolver, int fd, uint32_t events)
{
	bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;

	ares_process_fd(resolver->ares, (events & EPOLLIN) || broken ? fd : ARES_SOCKET_BAD,
		(events & EPOLLOUT) || broken ? fd : ARES_SOCKET_BAD);
}

void resolver_expire(struct resolver *resolver)
{
	ares_process_fd(resolver->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

uint64_t resolver_deadline(struct resolver *resolver, uint64_t now)
{
	struct timeval left;

	if (resolver->in_flight == 0 || ares_timeout(resolver->ares, NULL, &left) == NULL)
		return TIME_FOREVER;
	/* c-ares rounds down to milliseconds. */
	return now + (uint64_t)left.tv_sec * NSEC_PER_SEC + (uint64_t)left.tv_usec * 1000 +
		NSEC_PER_MSEC;
}

bool resolver_busy(const struct resolver *resolver)
{
	return resolver->in_flight > 0 || !list_empty(&resolver->waiting);
}

/* ---- answers ---- */

static void count(struct resolver_counters *counters, uint32_t status)
{
	if (status == MIF_TRANSLATION_TIMEOUT)
		counters->timeouts++;
	else if (status == MIF_TRANSLATION_FAILED)
		counters->failures++;
	else
		counters->answers++;
}

/* A server older than EDNS says FORMERR. c-ares then asks without, for good, but of the queries that
 * are on their way it repeats only the first (1.18). */
static bool repeat(struct query *query)
{
	if (query->status != ARES_EFORMERR || query->repeated)
		return false;
	query->repeated = true;
	free(query->octets);
	query->octets = NULL;
	query->state = QUERY_WAITING;
	list_remove(&query->node);
	list_append(&query->resolver->waiting, &query->node);
	return true;
}

/* What c-ares has made of it counts where there is nothing to read. */
static void read_answer(const struct query *query, struct answer *answer)
{
	struct dns_question question = {.type = query->type, .class = DNS_IN};
	struct dns_message message;

	*answer = (struct answer){.status = MIF_TRANSLATION_FAILED, .system = MIF_SYSTEM_DNS};
	if (query->status == ARES_ETIMEOUT)
		answer->status = MIF_TRANSLATION_TIMEOUT;
	else if (query->octets != NULL && dns_name_parse(&question.name, query->name) == 0 &&
		dns_open(&message, query->octets, query->size) == 0)
		answer_read(answer, &question, &message, query->resolver->ifindex);
}

bool resolver_answer(struct resolver *resolver, struct answer *answer, void **ownerp)
{
	while (!list_empty(&resolver->answered)) {
		struct query *query = container_of(resolver->answered.next, struct query, node);

		if (repeat(query))
			continue;
		*ownerp = query->owner;
		read_answer(query, answer);
		count(resolver->counters, answer->status);
		query_free(query);
		return true;
	}
	return false;
}
