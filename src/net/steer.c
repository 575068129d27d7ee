/* SPDX-License-Identifier: MIT */
/*
 * Routes and rules of domains: verbs come in, rtnetlink requests go out. Whatever a verb says, the
 * requests are for one table of our range, one priority of our range and our protocol number, and
 * the kernel compares all three before it removes anything.
 *
 * A route is never replaced (NLM_F_REPLACE would take another's of the same destination): it is
 * removed and added. Adding an IPv6 route again only gives it more time.
 */
#include "net/steer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/route.h"
#include "kernel/rule.h"

/* An answer, or a piece of a dump. */
#define DATAGRAM_SIZE 32768

/* How many objects are removed between two looks at the tables, and how often is looked: more is
 * not there, unless another one adds as fast as this removes. */
#define BATCH 64
#define LOOKS 1000

int steer_open(struct steer *steer, const struct steer_mark *mark)
{
	int fd, on = 1;

	*steer = (struct steer){.mark = *mark};
	steer->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (steer->socket == NULL)
		return -errno;
	fd = mnl_socket_get_fd(steer->socket);
	/* The kernel then leaves out of a dump what has another protocol. */
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return mnl_socket_bind(steer->socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
}

void steer_close(struct steer *steer)
{
	if (steer->socket != NULL)
		mnl_socket_close(steer->socket);
	steer->socket = NULL;
}

/* ---- one request ---- */

static int message_error(const struct nlmsghdr *message)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	return error;
}

/* The kernel answers while it is asked, so there is nothing to wait for. */
static int steer_ask(struct steer *steer, struct nlmsghdr *message)
{
	_Alignas(struct nlmsghdr) char octets[1024];
	ssize_t got;

	message->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = ++steer->sequence;
	if (mnl_socket_sendto(steer->socket, message, message->nlmsg_len) < 0)
		return -errno;
	while ((got = mnl_socket_recvfrom(steer->socket, octets, sizeof(octets))) > 0) {
		const struct nlmsghdr *answer = (const void *)octets;

		if (mnl_nlmsg_ok(answer, (int)got) && answer->nlmsg_seq == steer->sequence &&
			answer->nlmsg_type == NLMSG_ERROR)
			return message_error(answer);
	}
	return got < 0 ? -errno : -EIO;
}

/* ---- what verbs say ---- */

/* Octets that are not used are 0, a scope is there where it must be. */
static bool address_is_sane(const struct mif_address *address, uint32_t scope)
{
	static const uint8_t none[16];
	size_t size = address_size(address);

	return address->reserved == 0 && size > 0 &&
		memcmp(address->octets + size, none, sizeof(none) - size) == 0 &&
		address->scope == scope;
}

static bool prefix_is_sane(const struct mif_address *prefix, uint32_t length)
{
	struct mif_address network;

	if (!address_is_sane(prefix, 0) || length > 8 * address_size(prefix) ||
		address_is_multicast(prefix) || address_is_loopback(prefix))
		return false;
	network = address_network(prefix, length);
	return address_equal(&network, prefix);
}

static bool host_is_sane(const struct mif_address *address, uint32_t ifindex)
{
	bool scoped = address->family == AF_INET6 && address_is_link_local(address);

	return address_is_sane(address, scoped ? ifindex : 0) && !address_is_multicast(address) &&
		!address_is_loopback(address) && !address_is_unspecified(address);
}

static int route_of(
	const struct steer *steer, const struct verb_route *verb, struct kernel_route *route)
{
	uint32_t family = verb->destination.family;
	bool on_link = verb->gateway.family == AF_UNSPEC;
	bool unsaid = verb->source.family == AF_UNSPEC;

	if (steer->socket == NULL)
		return -EPERM;
	if (verb->slot >= steer->mark.slots || verb->rank >= VERB_RANKS)
		return -ERANGE;
	if (verb->rank != VERB_RANK_FIRST && (family != AF_INET6 || verb->length > 0 || on_link))
		return -EINVAL;
	if (!prefix_is_sane(&verb->destination, verb->length) || verb->ifindex == 0 ||
		verb->ifindex > INT32_MAX)
		return -EINVAL;
	if (!on_link &&
		(!host_is_sane(&verb->gateway, verb->ifindex) ||
			(family == AF_INET6 && verb->gateway.family != AF_INET6)))
		return -EINVAL;
	if (!unsaid &&
		(family != AF_INET || verb->source.family != AF_INET ||
			!host_is_sane(&verb->source, 0)))
		return -EINVAL;
	if (verb->lifetime > INT32_MAX || (verb->lifetime > 0 && family != AF_INET6))
		return -EINVAL;
	*route = (struct kernel_route){
		.family = family,
		.table = steer->mark.table + verb->slot,
		.protocol = steer->mark.protocol,
		.length = verb->length,
		.destination = verb->destination,
		.preferred = verb->source,
		.metric = steer_metric(family, verb->rank),
		.hop = {.ifindex = verb->ifindex, .gateway = verb->gateway},
	};
	return 0;
}

static int rule_of(
	const struct steer *steer, const struct verb_rule *verb, struct kernel_rule *rule)
{
	uint32_t family = verb->source.family;

	if (steer->socket == NULL)
		return -EPERM;
	if (verb->slot >= steer->mark.slots || verb->kind >= VERB_RULE_KINDS)
		return -ERANGE;
	/* A shorter one would be most of the Internet. */
	if (verb->length < (family == AF_INET ? 32 : STEER_LENGTH_MIN))
		return -ERANGE;
	if (!prefix_is_sane(&verb->source, verb->length) || address_is_link_local(&verb->source) ||
		address_is_unspecified(&verb->source))
		return -EINVAL;
	*rule = (struct kernel_rule){
		.family = family,
		.priority = steer_priority(&steer->mark, family, verb->length, verb->kind),
		.table = verb->kind == VERB_RULE_MAIN ? RT_TABLE_MAIN
						      : steer->mark.table + verb->slot,
		.protocol = steer->mark.protocol,
		.suppresses_default = verb->kind != VERB_RULE_ALL,
		.length = verb->length,
		.source = verb->source,
	};
	return 0;
}

int steer_put_route(struct steer *steer, const struct verb_route *verb)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MESSAGE];
	struct kernel_route route;
	int r = route_of(steer, verb, &route);

	if (r < 0)
		return r;
	r = steer_ask(steer,
		kernel_route_message(octets, RTM_NEWROUTE,
			NLM_F_CREATE | (route.family == AF_INET ? NLM_F_EXCL : 0), &route,
			verb->lifetime));
	return r == -EEXIST && route.family == AF_INET6 ? 0 : r;
}

int steer_remove_route(struct steer *steer, const struct verb_route *verb)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MESSAGE];
	struct kernel_route route;
	int r = route_of(steer, verb, &route);

	if (r < 0)
		return r;
	return steer_ask(steer, kernel_route_message(octets, RTM_DELROUTE, 0, &route, 0));
}

int steer_put_rule(struct steer *steer, const struct verb_rule *verb)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MESSAGE];
	struct kernel_rule rule;
	int r = rule_of(steer, verb, &rule);

	if (r < 0)
		return r;
	return steer_ask(
		steer, kernel_rule_message(octets, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &rule));
}

int steer_remove_rule(struct steer *steer, const struct verb_rule *verb)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MESSAGE];
	struct kernel_rule rule;
	int r = rule_of(steer, verb, &rule);

	if (r < 0)
		return r;
	return steer_ask(steer, kernel_rule_message(octets, RTM_DELRULE, 0, &rule));
}

/* ---- all of it ---- */

struct batch {
	const struct steer_mark *mark;
	size_t count;
	union {
		struct kernel_rule rules[BATCH];
		struct kernel_route routes[BATCH];
	} as;
};

static bool table_is_ours(const struct steer_mark *mark, uint32_t table)
{
	return table >= mark->table && table - mark->table < mark->slots;
}

static void batch_take_rule(struct batch *batch, const struct nlmsghdr *message)
{
	const struct steer_mark *mark = batch->mark;
	struct kernel_rule *rule = &batch->as.rules[batch->count];

	if (kernel_rule_parse(message, rule) > 0 && rule->protocol == mark->protocol &&
		rule->priority >= mark->priority &&
		rule->priority - mark->priority < STEER_PRIORITIES &&
		(rule->table == RT_TABLE_MAIN || table_is_ours(mark, rule->table)))
		batch->count++;
}

static void batch_take_route(struct batch *batch, const struct nlmsghdr *message)
{
	const struct steer_mark *mark = batch->mark;
	struct kernel_route *route = &batch->as.routes[batch->count];

	if (kernel_route_parse(message, clock_boottime(), route) > 0 &&
		route->protocol == mark->protocol && table_is_ours(mark, route->table))
		batch->count++;
	/* We add none with several next hops; of a table that bears the mark, any goes. */
	route->hops = NULL;
}

static int batch_take(struct batch *batch, const void *octets, ssize_t size, uint32_t sequence)
{
	const struct nlmsghdr *message = octets;
	int left = (int)size;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_seq != sequence)
			continue;
		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR)
			return message_error(message) < 0 ? message_error(message) : 1;
		if (batch->count < BATCH && message->nlmsg_type == RTM_NEWRULE)
			batch_take_rule(batch, message);
		else if (batch->count < BATCH && message->nlmsg_type == RTM_NEWROUTE)
			batch_take_route(batch, message);
	}
	return 0;
}

/* The first of ours in a table of rules or routes. 0, or negative errno. */
static int steer_look(struct steer *steer, uint16_t type, uint8_t family, struct batch *batch)
{
	static _Alignas(struct nlmsghdr) uint8_t octets[DATAGRAM_SIZE];
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct rtmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	int r = 0;

	batch->count = 0;
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++steer->sequence;
	head->rtm_family = family; /* the head of a rule has it in the same place, and is as long */
	if (type == RTM_GETROUTE) {
		head->rtm_protocol = steer->mark.protocol;
		head->rtm_type = RTN_UNICAST;
	}
	if (mnl_socket_sendto(steer->socket, message, message->nlmsg_len) < 0)
		return -errno;
	while (r == 0) {
		ssize_t got = mnl_socket_recvfrom(steer->socket, octets, sizeof(octets));

		if (got < 0)
			return -errno;
		r = batch_take(batch, octets, got, steer->sequence);
	}
	return MIN(r, 0);
}

static int batch_remove(struct steer *steer, uint16_t type, const struct batch *batch)
{
	_Alignas(struct nlmsghdr) uint8_t octets[KERNEL_MESSAGE];
	int r = 0;

	for (size_t i = 0; i < batch->count; i++) {
		int error = steer_ask(steer,
			type == RTM_GETRULE
				? kernel_rule_message(octets, RTM_DELRULE, 0, &batch->as.rules[i])
				: kernel_route_message(
					  octets, RTM_DELROUTE, 0, &batch->as.routes[i], 0));

		/* It went by itself: with its address, or its time was over. */
		if (error < 0 && error != -ENOENT && error != -ESRCH)
			r = error;
	}
	return r;
}

static int steer_flush_one(struct steer *steer, uint16_t type, uint8_t family)
{
	struct batch batch = {.mark = &steer->mark};
	int r = 0;

	for (int i = 0; i < LOOKS && r == 0; i++) {
		r = steer_look(steer, type, family, &batch);
		/* A table that does not exist is empty. */
		if (r == -ENOENT || (r == 0 && batch.count == 0))
			return 0;
		if (r == 0)
			r = batch_remove(steer, type, &batch);
	}
	return r;
}

/* Rules first: no source shall be sent by half a table. */
int steer_flush(struct steer *steer)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	static const uint16_t types[] = {RTM_GETRULE, RTM_GETROUTE};
	int result = 0;

	if (steer->socket == NULL)
		return -EPERM;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(families); j++) {
			int r = steer_flush_one(steer, types[i], families[j]);

			result = r < 0 ? r : result;
		}
	}
	return result;
}
