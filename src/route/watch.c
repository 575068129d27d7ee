/* SPDX-License-Identifier: MIT */
/*
 * One rtnetlink socket, filtered by the kernel to our protocol number: other routes, of which a host
 * may have millions, do not even wake this process, nor do addresses that are added. After a loss
 * (ENOBUFS) all is asked for again.
 *
 * When an IPv4 route goes with its address or its link, not every kernel says so. So an address that
 * goes raises a doubt about its slot, whose table is read again, and a link that goes down about all.
 * Not at once: the kernel tells of the address or link first, and may be asked before the routes are gone.
 * What was refused meanwhile is tried again then: the address may be back so soon that nobody else has
 * noticed. Whether it is away for longer the engine tells, and it is not wanted any more.
 */
#include "route/watch.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/attribute.h"
#include "kernel/route.h"
#include "kernel/rule.h"
#include "route/ledger.h"

#define DATAGRAM_SIZE 32768
#define RECEIVE_BUFFER (1 << 20)

/* Datagrams in one turn: who adds routes of our protocol without end shall not stop the rest. */
#define TURN 256

/* A table that was disturbed is read again at once so often, then after a rest. */
#define ATTEMPTS 4
#define REST (100 * NSEC_PER_MSEC)

/* Several slots in doubt at once are all of them. What is looked at has been told of so long ago. */
#define DOUBTS 4
#define SETTLED (50 * NSEC_PER_MSEC)

struct watch {
	struct mnl_socket *socket;
	struct steer_mark mark;
	struct ledger *ledger;
	uint32_t sequence;
	bool all; /* is to be asked for, not before... */
	uint64_t rest_until;
	bool known; /* it was, once */
	bool more; /* may wait, in the socket */
	bool asking;
	bool disturbed; /* the answers may lack something, or hold what is gone */
	uint32_t doubts[DOUBTS]; /* slots; UINT32_MAX: all */
	size_t doubt_count;
	uint64_t doubt_at, doubted_last; /* when they are looked at, and when there was a reason */
	int done; /* of the question under way: 1, or negative errno */
	_Alignas(struct nlmsghdr) uint8_t octets[DATAGRAM_SIZE];
};

/* ---- what the kernel says ---- */

static bool table_slot(const struct watch *watch, uint32_t table, uint32_t *slot)
{
	*slot = table - watch->mark.table;
	return table >= watch->mark.table && *slot < watch->mark.slots;
}

static void take(struct watch *watch, const struct verb *object, bool there, uint64_t now)
{
	if (there)
		ledger_has(watch->ledger, object, now);
	else
		ledger_lost(watch->ledger, object, now);
}

static void take_route(
	struct watch *watch, const struct nlmsghdr *message, bool there, uint64_t now)
{
	struct kernel_route route;
	struct kernel_hop hop;

	if (kernel_route_parse(message, now, &route) <= 0 ||
		route.protocol != watch->mark.protocol || route.type != RTN_UNICAST)
		return;
	while (kernel_route_next(&route, &hop) > 0) {
		struct verb verb = {.type = VERB_PUT_ROUTE};
		struct verb_route *as = &verb.as.put_route;

		if (!table_slot(watch, route.table, &as->slot))
			return;
		as->destination = route.destination;
		as->destination.family = (uint16_t)route.family;
		as->length = route.length;
		as->gateway = hop.gateway;
		as->ifindex = hop.ifindex;
		while (as->rank < VERB_RANKS &&
			steer_metric(route.family, as->rank) != route.metric)
			as->rank++;
		if (as->rank == VERB_RANKS)
			return;
		if (route.family == AF_INET)
			as->source = route.preferred;
		take(watch, &verb, there, now);
	}
}

static void take_rule(struct watch *watch, const struct nlmsghdr *message, bool there, uint64_t now)
{
	struct kernel_rule rule;
	struct verb verb = {.type = VERB_PUT_RULE};
	struct verb_rule *as = &verb.as.put_rule;

	if (kernel_rule_parse(message, &rule) <= 0 || rule.protocol != watch->mark.protocol ||
		rule.length == 0)
		return;
	as->source = rule.source;
	as->length = rule.length;
	while (as->kind < VERB_RULE_KINDS &&
		steer_priority(&watch->mark, rule.family, rule.length, as->kind) != rule.priority)
		as->kind++;
	if (as->kind == VERB_RULE_KINDS)
		return;
	if (as->kind == VERB_RULE_MAIN ? rule.table == RT_TABLE_MAIN
				       : table_slot(watch, rule.table, &as->slot))
		take(watch, &verb, there, now);
}

static void watch_doubt(struct watch *watch, uint32_t slot, uint64_t now)
{
	if (watch->doubt_count == 0)
		watch->doubt_at = now + SETTLED;
	watch->doubted_last = now;
	for (size_t i = 0; i < watch->doubt_count; i++) {
		if (watch->doubts[i] == slot)
			return;
	}
	if (watch->doubt_count < DOUBTS)
		watch->doubts[watch->doubt_count++] = slot;
	else
		watch->doubts[0] = UINT32_MAX;
}

static void take_address_loss(struct watch *watch, const struct nlmsghdr *message, uint64_t now)
{
	const struct nlattr *table[IFA_MAX + 1];
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(message);
	struct mif_address source = {0};
	uint32_t slots[DOUBTS + 1];
	size_t count;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0 ||
		head->ifa_family != AF_INET ||
		!attribute_address(table[IFA_LOCAL], AF_INET, 0, &source, &bad))
		return;
	/* By its routes: the rules come after them. Two links may have the same address. */
	count = ledger_slots_from(watch->ledger, &source, slots, ARRAY_SIZE(slots));
	for (size_t i = 0; i < count; i++)
		watch_doubt(watch, slots[i], now);
}

/* ~0: it has just been made. */
static void take_link(struct watch *watch, const struct nlmsghdr *message, uint64_t now)
{
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(*head) &&
		(head->ifi_change & IFF_UP) != 0 && head->ifi_change != UINT32_MAX)
		watch_doubt(watch, UINT32_MAX, now);
}

static int message_error(const struct nlmsghdr *message)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	/* A table that does not exist is empty; a kernel without policy routing has no rules. */
	return error == -ENOENT || error == -EOPNOTSUPP ? 0 : error;
}

static void take_message(struct watch *watch, const struct nlmsghdr *message, uint64_t now)
{
	bool answer = message->nlmsg_seq == watch->sequence &&
		message->nlmsg_pid == mnl_socket_get_portid(watch->socket);

	watch->disturbed |= watch->asking && message_is_loss(message);
	switch (message->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		take_route(watch, message, message->nlmsg_type == RTM_NEWROUTE, now);
		break;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		take_rule(watch, message, message->nlmsg_type == RTM_NEWRULE, now);
		break;
	case RTM_DELADDR:
		take_address_loss(watch, message, now);
		break;
	case RTM_NEWLINK:
		take_link(watch, message, now);
		break;
	case NLMSG_DONE:
	case NLMSG_ERROR:
		if (answer)
			watch->done = message_error(message) < 0 ? message_error(message) : 1;
		break;
	default:
		break;
	}
	if (answer && (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		watch->disturbed = true;
}

/* 1: there was a datagram; 0: none waits; negative errno. */
static int watch_receive(struct watch *watch, uint64_t now)
{
	struct sockaddr_nl sender = {0};
	struct iovec vector = {watch->octets, sizeof(watch->octets)};
	struct msghdr header = {.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &vector,
		.msg_iovlen = 1};
	ssize_t got = recvmsg(mnl_socket_get_fd(watch->socket), &header, MSG_DONTWAIT);
	const struct nlmsghdr *message = (const void *)watch->octets;
	int left;

	if (got < 0 && (errno == ENOBUFS || errno == ENOMEM)) {
		watch->all = true;
		return 1;
	}
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if ((header.msg_flags & MSG_TRUNC) != 0)
		watch->all = true;
	left = sender.nl_pid == 0 ? (int)got : 0;
	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		take_message(watch, message, now);
	return 1;
}

/* ---- what it is asked ---- */

/* One table of the kernel's, read to its end: of one slot, or (UINT32_MAX) of all. */
static int watch_ask(
	struct watch *watch, uint16_t type, uint8_t family, uint32_t slot, uint64_t now)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(watch->octets);
	int r = 1;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++watch->sequence;
	if (type == RTM_GETRULE) {
		struct fib_rule_hdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

		head->family = family;
	} else {
		struct rtmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

		head->rtm_family = family;
		head->rtm_protocol = watch->mark.protocol;
		head->rtm_type = RTN_UNICAST;
		if (slot != UINT32_MAX)
			mnl_attr_put_u32(message, RTA_TABLE, watch->mark.table + slot);
	}
	watch->done = 0;
	if (mnl_socket_sendto(watch->socket, message, message->nlmsg_len) < 0)
		return -errno;
	watch->asking = true;
	while (r > 0 && watch->done == 0)
		r = watch_receive(watch, now);
	watch->asking = false;
	return watch->done < 0 ? watch->done : r == 0 ? -EAGAIN : MIN(r, 0);
}

/* 1: whole; 0: it was disturbed, and is wanted again. */
static int watch_ask_all(struct watch *watch, uint64_t now)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	int r = 0;

	watch->all = watch->disturbed = false;
	ledger_begin_kernel(watch->ledger, UINT32_MAX, VERB_PUT_RULE);
	ledger_begin_kernel(watch->ledger, UINT32_MAX, VERB_PUT_ROUTE);
	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		r = watch_ask(watch, RTM_GETRULE, families[i], UINT32_MAX, now);
		if (r == 0)
			r = watch_ask(watch, RTM_GETROUTE, families[i], UINT32_MAX, now);
	}
	if (r < 0 || watch->disturbed || watch->all) {
		watch->all = true;
		return r == -EAGAIN ? 0 : MIN(r, 0);
	}
	ledger_commit_kernel(watch->ledger, now);
	ledger_hope(watch->ledger, UINT32_MAX);
	watch->known = true;
	return 1;
}

/* What somebody disturbs all the time is read again a little later. */
static int watch_catch_up(struct watch *watch, uint64_t now)
{
	int r = 0;

	for (int i = 0; i < ATTEMPTS && r == 0; i++)
		r = watch_ask_all(watch, now);
	watch->rest_until = r == 0 ? now + REST : 0;
	return MIN(r, 0);
}

static int watch_look(struct watch *watch, uint32_t slot, uint64_t now)
{
	int r;

	watch->disturbed = false;
	ledger_begin_kernel(watch->ledger, slot, VERB_PUT_ROUTE);
	r = watch_ask(watch, RTM_GETROUTE, AF_INET, slot, now);
	if (r == 0)
		r = watch_ask(watch, RTM_GETROUTE, AF_INET6, slot, now);
	if (r < 0 || watch->disturbed)
		watch->all = true;
	if (r == 0 && !watch->all) {
		ledger_commit_kernel(watch->ledger, now);
		ledger_hope(watch->ledger, slot);
	}
	return r == -EAGAIN ? 0 : r;
}

/* A reason that came late is looked into once more. */
static int watch_resolve(struct watch *watch, uint64_t now)
{
	uint32_t slots[DOUBTS];
	size_t count = watch->doubt_count;
	int r = 0;

	memcpy(slots, watch->doubts, sizeof(slots));
	watch->doubt_at = watch->doubted_last + SETTLED;
	if (watch->doubt_at <= now)
		watch->doubt_count = 0;
	for (size_t i = 0; i < count && r == 0 && !watch->all; i++) {
		if (slots[i] == UINT32_MAX)
			watch->all = true;
		else
			r = watch_look(watch, slots[i], now);
	}
	return r;
}

bool watch_knows(const struct watch *watch)
{
	return watch->known;
}

uint64_t watch_deadline(const struct watch *watch)
{
	if (watch->more)
		return 0;
	if (watch->all)
		return watch->rest_until;
	return watch->doubt_count > 0 ? watch->doubt_at : TIME_FOREVER;
}

int watch_dispatch(struct watch *watch, uint64_t now)
{
	int r = 1;

	for (int i = 0; i < TURN && r == 1; i++)
		r = watch_receive(watch, now);
	watch->more = r == 1;
	if (r >= 0 && watch->doubt_count > 0 && watch->doubt_at <= now && !watch->all)
		r = watch_resolve(watch, now);
	if (r >= 0 && watch->all && watch->rest_until <= now)
		r = watch_catch_up(watch, now);
	return MIN(r, 0);
}

/* ---- the socket ---- */

static void socket_filter(int fd, uint8_t protocol)
{
	/* Where the low octet of a 16-bit number in host order is. */
	const uint32_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 1 : 0;
	struct sock_filter code[] = {
		/* The first message decides over its datagram: answers hold many, and pass. */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_flags) + low),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NLM_F_MULTI, 6, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type) + low),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTM_NEWADDR, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTM_NEWROUTE, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTM_DELROUTE, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			sizeof(struct nlmsghdr) + offsetof(struct rtmsg, rtm_protocol)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, protocol, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* taken whole */
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int socket_prepare(struct mnl_socket *socket, uint8_t protocol)
{
	static const int groups[] = {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_RULE, RTNLGRP_IPV4_IFADDR, RTNLGRP_LINK};
	int fd = mnl_socket_get_fd(socket), on = 1, size = RECEIVE_BUFFER;

	/* Without these it still works: it looks at more, and loses events sooner. */
	socket_filter(fd, protocol);
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			    sizeof(groups[i])) < 0)
			return -errno;
	}
	return 0;
}

int watch_new(struct watch **watchp, const struct steer_mark *mark, struct ledger *ledger)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (watch == NULL)
		return -ENOMEM;
	watch->mark = *mark;
	watch->ledger = ledger;
	watch->all = true;
	watch->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	r = watch->socket != NULL ? socket_prepare(watch->socket, mark->protocol) : -errno;
	if (r < 0)
		watch_free(watch);
	else
		*watchp = watch;
	return r;
}

void watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->socket != NULL)
		mnl_socket_close(watch->socket);
	free(watch);
}

int watch_fd(const struct watch *watch)
{
	return mnl_socket_get_fd(watch->socket);
}
