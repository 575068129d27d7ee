/* SPDX-License-Identifier: MIT */
/*
 * Questions to the DNS servers of one domain, through its interface and nothing else: with answer.c the
 * only file that knows c-ares. Owns the c-ares channel, and each query from channel_ask() until its answer is
 * fetched. Sockets are watched by the worker's epoll descriptor.
 *
 * Nothing of c-ares is called inside its callbacks, since several versions lose queries or free
 * memory twice then: callbacks only put the query into the list of the answered ones.
 */
#include "worker/channel.h"

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

struct channel {
	ares_channel ares;
	struct channel_counters *counters;
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
	struct channel *channel;
	void *owner; /* NULL: dropped, while c-ares still works on it */
	const char *name; /* the owner's */
	uint32_t family;
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
	const struct channel *channel = argument;
	int ifindex = (int)channel->ifindex;

	(void)type;
	if (ifindex <= 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex));
}

static void on_interest(void *argument, ares_socket_t fd, int readable, int writable)
{
	const struct channel *channel = argument;
	struct epoll_event event = {
		.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U),
		.data.u64 = (uint64_t)channel->number << 32 | (uint32_t)fd,
	};

	/* A socket that could not be watched ends in a timeout. */
	if (event.events == 0)
		epoll_ctl(channel->epoll, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(channel->epoll, EPOLL_CTL_MOD, fd, &event) < 0 && errno == ENOENT)
		epoll_ctl(channel->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void on_answer(void *argument, int status, int timeouts, unsigned char *octets, int size)
{
	struct query *query = argument;
	struct channel *channel = query->channel;

	(void)timeouts;
	channel->in_flight--;
	if (query->owner == NULL) {
		query_free(query);
		return;
	}
	query->state = QUERY_ANSWERED;
	query->status = status;
	if (status == ARES_SUCCESS && size > 0) {
		query->size = (size_t)size;
		query->octets = malloc(query->size);
		if (query->octets == NULL)
			query->status = ARES_ENOMEM;
		else
			memcpy(query->octets, octets, query->size);
	}
	list_remove(&query->node);
	list_append(&channel->answered, &query->node);
}

/* ---- making a channel ---- */

static bool is_server(const struct mif_address *server)
{
	return address_size(server) != 0 && !address_is_unspecified(server) &&
		!address_is_multicast(server);
}

bool channel_has_server(const struct name_scope *scope)
{
	for (uint32_t i = 0; i < scope->server_count && i < NAME_SCOPE_SERVERS; i++) {
		if (is_server(&scope->servers[i]))
			return true;
	}
	return false;
}

static int set_servers(struct channel *channel, const struct name_scope *scope, int version)
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
	return ares_set_servers_ports_csv(channel->ares, list) == ARES_SUCCESS ? 0 : -EINVAL;
}

/* A channel has one source a family. A global source reaches a link-local server as well, but not
 * every such server has a route back to it: if all are link-local, the kernel's choice is right. */
static void set_sources(struct channel *channel, const struct name_scope *scope)
{
	bool global = false;

	for (uint32_t i = 0; i < scope->server_count && i < NAME_SCOPE_SERVERS; i++) {
		const struct mif_address *server = &scope->servers[i];

		global |= server->family == AF_INET6 && !address_is_link_local(server);
	}
	if (scope->source4.family == AF_INET) {
		uint32_t octets;

		memcpy(&octets, scope->source4.octets, sizeof(octets));
		ares_set_local_ip4(channel->ares, ntohl(octets));
	}
	if (scope->source6.family == AF_INET6 && global && !address_is_link_local(&scope->source6))
		ares_set_local_ip6(channel->ares, scope->source6.octets);
}

/* c-ares takes what is not given here from LOCALDOMAIN, RES_OPTIONS and resolv.conf: the host's
 * configuration, which is another domain's. Only use-vc in RES_OPTIONS still gets through, in
 * newer versions: the same servers are then asked by TCP. */
static int init_ares(struct channel *channel, int version)
{
	char lookups[] = "b", nowhere[] = "/dev/null";
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TIMEOUT_MSEC,
		.tries = version >= ARES_1_31 ? TRIES_ADAPTIVE : TRIES,
		.ndots = 1,
		.lookups = lookups,
		.ednspsz = EDNS_SIZE,
		.resolvconf_path = nowhere,
		.sock_state_cb = on_interest,
		.sock_state_cb_data = channel,
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
	return ares_init_options(&channel->ares, &options, mask) == ARES_SUCCESS ? 0 : -ENOMEM;
}

DEFINE_FREEP(channel, channel_free)

int channel_new(struct channel **channelp, const struct name_scope *scope, int epoll,
	uint32_t number, struct channel_counters *counters)
{
	_cleanup_(channel_freep) struct channel *channel = calloc(1, sizeof(*channel));
	int version, r;

	if (channel == NULL)
		return -ENOMEM;
	channel->counters = counters;
	channel->epoll = epoll;
	channel->number = number;
	channel->ifindex = scope->ifindex;
	list_init(&channel->waiting);
	list_init(&channel->flying);
	list_init(&channel->answered);

	/* ares_library_init() does something on Windows only, and is not safe among threads. */
	ares_version(&version);
	r = init_ares(channel, version);
	if (r < 0)
		return r;
	ares_set_socket_configure_callback(channel->ares, on_socket, channel);
	set_sources(channel, scope);
	r = set_servers(channel, scope, version);
	if (r < 0)
		return r;
	*channelp = channel;
	channel = NULL;
	return 0;
}

void channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	/* on_answer() frees them. */
	list_for_each (node, &channel->flying)
		container_of(node, struct query, node)->owner = NULL;
	if (channel->ares != NULL)
		ares_destroy(channel->ares);
	list_for_each_safe (node, &channel->waiting)
		query_free(container_of(node, struct query, node));
	list_for_each_safe (node, &channel->answered)
		query_free(container_of(node, struct query, node));
	free(channel);
}

/* ---- queries ---- */

int channel_ask(struct channel *channel, struct query **queryp, const char *name, uint32_t family,
	void *owner)
{
	struct query *query = calloc(1, sizeof(*query));

	if (query == NULL)
		return -ENOMEM;
	query->channel = channel;
	query->owner = owner;
	query->name = name;
	query->family = family;
	query->state = QUERY_WAITING;
	list_append(&channel->waiting, &query->node);
	*queryp = query;
	return 0;
}

void channel_drop(struct query *query)
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

bool channel_send(struct channel *channel)
{
	bool sent = false;

	while (channel->in_flight < CHANNEL_IN_FLIGHT && !list_empty(&channel->waiting)) {
		struct query *query = container_of(channel->waiting.next, struct query, node);

		list_remove(&query->node);
		list_append(&channel->flying, &query->node);
		query->state = QUERY_FLYING;
		channel->in_flight++;
		channel->counters->queries++;
		ares_query(channel->ares, query->name, ns_c_in,
			query->family == MIF_FAMILY_IPV4 ? ns_t_a : ns_t_aaaa, on_answer, query);
		sent = true;
	}
	return sent;
}

void channel_dispatch(struct channel *channel, int fd, uint32_t events)
{
	bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;

	ares_process_fd(channel->ares, (events & EPOLLIN) || broken ? fd : ARES_SOCKET_BAD,
		(events & EPOLLOUT) || broken ? fd : ARES_SOCKET_BAD);
}

void channel_expire(struct channel *channel)
{
	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

uint64_t channel_deadline(struct channel *channel, uint64_t now)
{
	struct timeval left;

	if (channel->in_flight == 0 || ares_timeout(channel->ares, NULL, &left) == NULL)
		return TIME_FOREVER;
	/* c-ares rounds down to milliseconds. */
	return now + (uint64_t)left.tv_sec * NSEC_PER_SEC + (uint64_t)left.tv_usec * 1000 +
		NSEC_PER_MSEC;
}

bool channel_busy(const struct channel *channel)
{
	return channel->in_flight > 0 || !list_empty(&channel->waiting);
}

/* ---- answers ---- */

static void count(struct channel_counters *counters, uint32_t status)
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
	query->state = QUERY_WAITING;
	list_remove(&query->node);
	list_append(&query->channel->waiting, &query->node);
	return true;
}

bool channel_answer(struct channel *channel, struct answer *answer)
{
	while (!list_empty(&channel->answered)) {
		struct query *query = container_of(channel->answered.next, struct query, node);

		if (repeat(query))
			continue;
		answer->owner = query->owner;
		answer->family = query->family;
		answer_parse(answer, query->status, query->octets, query->size, channel->ifindex);
		count(channel->counters, answer->status);
		query_free(query);
		return true;
	}
	return false;
}
