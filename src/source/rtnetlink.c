/* SPDX-License-Identifier: MIT */
/*
 * The kernel's links, addresses and default routes, and what it passes on of router advertisements,
 * over one rtnetlink socket. News come in as events. When events were lost (ENOBUFS), at the start,
 * and after losses that the kernel does not tell, the tables are asked for and read to their end
 * within one dispatch: commits of other sources come between dispatches, and half a snapshot must
 * not be committed. The kernel needs about 40 ms for 2000 links with 6000 addresses.
 *
 * Owns the socket. rtnetlink-news.c says what the octets mean.
 */
#include "source/rtnetlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/filter.h>
#include <linux/netconf.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/rtnetlink-news.h"

/* The kernel fills datagrams of a dump up to this size, if the reader has room for it. */
#define DATAGRAM_SIZE 32768
#define BATCH 8
#define LOOK 8 /* how often it is looked whether there is more than one */

/* Holds an event storm of about 1000 messages while nobody reads. */
#define RECEIVE_BUFFER (1 << 20)

/* A snapshot that was disturbed is read again at once so often, then after a rest. */
#define ATTEMPTS 4
#define REST (100 * NSEC_PER_MSEC)

/* While a lost event is made good: no more than this is thrown away in one go. */
#define DRAIN_MAX 4096

struct rtnetlink {
	struct source source;
	struct mnl_socket *socket;
	struct rtnetlink_news news;
	uint64_t rest_until; /* no tables are read before */
	bool lost; /* an event */
	bool drained; /* nothing waited behind what was received last */
	bool talkative; /* something did */
	bool crowded; /* the third buffer, or more of them, has been used */
	unsigned int heard;
	uint32_t last_sequence;
	struct mmsghdr headers[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_nl senders[BATCH];
	_Alignas(struct nlmsghdr) uint8_t octets[BATCH][DATAGRAM_SIZE];
};

static struct rtnetlink *rtnetlink_of(struct source *source)
{
	return (struct rtnetlink *)source;
}

static const struct rtnetlink *rtnetlink_of_const(const struct source *source)
{
	return (const struct rtnetlink *)source;
}

/* ---- receiving ---- */

/* 0, or negative errno: it cannot go on. */
static int receive_failed(struct rtnetlink *rtnetlink, int error)
{
	rtnetlink->drained = error == EAGAIN;
	if (error == EAGAIN || error == EINTR)
		return 0;
	if (error != ENOBUFS && error != ENOMEM)
		return -error;
	rtnetlink->lost = true;
	rtnetlink->news.counters[RTNETLINK_OVERRUNS]++;
	return 0;
}

/* One system call for all that waits, up to BATCH datagrams. Returns how many there were. */
static int rtnetlink_receive(struct rtnetlink *rtnetlink)
{
	int count = recvmmsg(mnl_socket_get_fd(rtnetlink->socket), rtnetlink->headers, BATCH,
		MSG_DONTWAIT, NULL);

	if (count < 0)
		return receive_failed(rtnetlink, errno);
	rtnetlink->drained = count < BATCH;
	rtnetlink->crowded |= count > 2; /* a small table, and its end */
	return count;
}

/* What many datagrams at once have filled is of no more use: events come alone. */
static void buffers_leave(struct rtnetlink *rtnetlink)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = ((uintptr_t)rtnetlink->octets[1] + page - 1) / page * page;
	uintptr_t end = (uintptr_t)(rtnetlink->octets + BATCH) / page * page;

	if (rtnetlink->crowded && begin < end)
		madvise((void *)begin, end - begin, MADV_DONTNEED);
	rtnetlink->crowded = false;
}

static int rtnetlink_receive_one(struct rtnetlink *rtnetlink)
{
	struct mmsghdr *header = &rtnetlink->headers[0];
	socklen_t size = sizeof(rtnetlink->senders[0]);
	ssize_t got =
		recvfrom(mnl_socket_get_fd(rtnetlink->socket), rtnetlink->octets[0], DATAGRAM_SIZE,
			MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&rtnetlink->senders[0], &size);

	if (got < 0)
		return receive_failed(rtnetlink, errno);
	/* Or the descriptor is still readable. */
	rtnetlink->drained = true;
	header->msg_len = (unsigned int)got;
	header->msg_hdr.msg_flags = got > DATAGRAM_SIZE ? MSG_TRUNC : 0;
	return 1;
}

/* Events come alone, mostly, and for one recvfrom(2) costs less than recvmmsg(2), which looks for the next:
 * so that is called rarely, until it has found several. */
static int rtnetlink_hear(struct rtnetlink *rtnetlink)
{
	int count;

	if (!rtnetlink->talkative && ++rtnetlink->heard % LOOK != 0)
		return rtnetlink_receive_one(rtnetlink);
	count = rtnetlink_receive(rtnetlink);
	rtnetlink->talkative = count > 1;
	return count;
}

static void rtnetlink_take(
	struct rtnetlink *rtnetlink, struct model *model, int count, uint64_t now)
{
	for (int i = 0; i < count; i++) {
		const struct msghdr *header = &rtnetlink->headers[i].msg_hdr;

		if ((header->msg_flags & MSG_TRUNC) != 0)
			rtnetlink->news.counters[RTNETLINK_MALFORMED]++;
		else if (rtnetlink->senders[i].nl_pid == 0) /* the kernel */
			rtnetlink_news_take(&rtnetlink->news, model, rtnetlink->octets[i],
				rtnetlink->headers[i].msg_len, now);
	}
}

/* After ENOBUFS the kernel drops events without a word until its queue has been empty once: only
 * then is a dump worth anything. 0 also when that was not reached. */
static int rtnetlink_drain(struct rtnetlink *rtnetlink, struct model *model, uint64_t now)
{
	int r = 0;

	rtnetlink->news.options_only = true;
	for (int i = 0; i < DRAIN_MAX / BATCH && r >= 0 && rtnetlink->lost; i++) {
		r = rtnetlink_receive(rtnetlink);
		rtnetlink_take(rtnetlink, model, r, now);
		if (r >= 0 && rtnetlink->drained)
			rtnetlink->lost = false;
	}
	rtnetlink->news.options_only = false;
	return MIN(r, 0);
}

/* ---- whole tables ---- */

static const struct table {
	uint16_t request;
	uint8_t family;
	uint32_t kind;
} tables[] = {
	{RTM_GETNETCONF, AF_INET, 1U << FACT_LINK},
	{RTM_GETLINK, AF_UNSPEC, 1U << FACT_LINK},
	{RTM_GETADDR, AF_INET, 1U << FACT_ADDRESS},
	{RTM_GETADDR, AF_INET6, 1U << FACT_ADDRESS},
	{RTM_GETRULE, AF_INET, 1U << FACT_STEER},
	{RTM_GETRULE, AF_INET6, 1U << FACT_STEER},
	{RTM_GETROUTE, AF_INET, 1U << FACT_ROUTE},
	{RTM_GETROUTE, AF_INET6, 1U << FACT_ROUTE},
};

/* The heads of addresses, rules and settings say no more than the family. */
static void table_head(
	const struct rtnetlink *rtnetlink, const struct table *table, struct nlmsghdr *message)
{
	struct ifinfomsg *link;
	struct ifaddrmsg *address;
	struct fib_rule_hdr *rule;
	struct netconfmsg *settings;
	struct rtmsg *route;

	switch (table->request) {
	case RTM_GETLINK:
		link = mnl_nlmsg_put_extra_header(message, sizeof(*link));
		link->ifi_family = table->family;
		mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		break;
	case RTM_GETADDR:
		address = mnl_nlmsg_put_extra_header(message, sizeof(*address));
		address->ifa_family = table->family;
		break;
	case RTM_GETRULE:
		rule = mnl_nlmsg_put_extra_header(message, sizeof(*rule));
		rule->family = table->family;
		break;
	case RTM_GETNETCONF:
		settings = mnl_nlmsg_put_extra_header(message, sizeof(*settings));
		settings->ncm_family = table->family;
		/* Those of links the links tell themselves. */
		mnl_attr_put_u32(message, NETCONFA_IFINDEX, (uint32_t)NETCONFA_IFINDEX_ALL);
		break;
	default:
		route = mnl_nlmsg_put_extra_header(message, sizeof(*route));
		route->rtm_family = table->family;
		route->rtm_table =
			rtnetlink->news.policy.all_tables ? RT_TABLE_UNSPEC : RT_TABLE_MAIN;
		route->rtm_type = RTN_UNICAST;
		break;
	}
}

static int rtnetlink_request(struct rtnetlink *rtnetlink, const struct table *table)
{
	_Alignas(struct nlmsghdr) char octets[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);

	message->nlmsg_type = table->request;
	message->nlmsg_flags = NLM_F_REQUEST;
	message->nlmsg_flags |= table->request == RTM_GETNETCONF ? NLM_F_ACK : NLM_F_DUMP;
	message->nlmsg_seq = ++rtnetlink->last_sequence;
	table_head(rtnetlink, table, message);
	rtnetlink->news.sequence = message->nlmsg_seq;
	rtnetlink->news.done = false;
	rtnetlink->news.counters[RTNETLINK_DUMPS]++;
	if (mnl_socket_sendto(rtnetlink->socket, message, message->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* The kernel makes the answer while it is read, so there is nothing to wait for. */
static int table_read(
	struct rtnetlink *rtnetlink, struct model *model, const struct table *table, uint64_t now)
{
	int r = rtnetlink_request(rtnetlink, table);

	while (r >= 0 && !rtnetlink->news.done) {
		r = rtnetlink_receive(rtnetlink);
		if (r < 0)
			return r;
		rtnetlink_take(rtnetlink, model, r, now);
		if (rtnetlink->drained && !rtnetlink->news.done)
			return -EAGAIN;
	}
	return MIN(r, 0);
}

/* 1: it is whole; 0: it was disturbed. */
static int snapshot_read(
	struct rtnetlink *rtnetlink, struct model *model, uint32_t wanted, uint64_t now)
{
	struct rtnetlink_news *news = &rtnetlink->news;
	uint32_t begun = 0;

	news->disturbed = false;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		int r;

		if ((wanted & tables[i].kind) == 0)
			continue;
		if (tables[i].kind == 1U << FACT_ROUTE)
			news->policy.all_tables = policy_names_tables(&news->policy);
		news->begin = tables[i].kind & ~begun;
		begun |= tables[i].kind;
		r = table_read(rtnetlink, model, &tables[i], now);
		news->begin = 0;
		news->done = true;
		if (r == -EAGAIN || r == -ENOBUFS || r == -ENOMEM)
			return 0;
		if (r < 0)
			return r;
	}
	return !news->disturbed && !rtnetlink->lost;
}

/* What was not whole is committed all the same after some attempts, so that nobody who changes
 * tables all the time can keep the news of others back; and is read again a little later. */
static int rtnetlink_dump(struct rtnetlink *rtnetlink, struct model *model, uint64_t now)
{
	struct rtnetlink_news *news = &rtnetlink->news;
	uint32_t wanted = news->wanted;
	int r = 0;

	news->wanted = 0;
	rtnetlink->rest_until = now + REST;
	for (int i = 0; i < ATTEMPTS && r == 0; i++) {
		if (rtnetlink->lost)
			wanted = RTNETLINK_TABLES;
		r = rtnetlink_drain(rtnetlink, model, now);
		if (r == 0)
			r = snapshot_read(rtnetlink, model, wanted, now);
	}
	if (r == 0)
		rtnetlink_news_want(news, rtnetlink->lost ? RTNETLINK_TABLES : wanted, now);
	buffers_leave(rtnetlink);
	return MIN(r, 0);
}

/* ---- the source ---- */

static int rtnetlink_commit(struct rtnetlink *rtnetlink, struct model *model, uint64_t now)
{
	int r;

	if (rtnetlink->drained)
		rtnetlink_news_settle(&rtnetlink->news, model, now);
	if (!rtnetlink->news.dirty)
		return 0;
	r = model_commit(model, now);
	rtnetlink->news.dirty = r < 0;
	if (r == -ENOMEM) {
		rtnetlink_news_want(&rtnetlink->news, RTNETLINK_TABLES, now + RTNETLINK_SETTLE);
		r = 0;
	}
	return r;
}

static uint64_t dump_deadline(const struct rtnetlink *rtnetlink)
{
	if (rtnetlink->news.wanted == 0)
		return TIME_FOREVER;
	return MAX(rtnetlink->news.want_at, rtnetlink->rest_until);
}

/* Behind a batch that was full there may be nothing, and then nothing wakes us to settle it. */
static uint64_t rtnetlink_deadline(const struct source *source)
{
	const struct rtnetlink *rtnetlink = rtnetlink_of_const(source);

	return rtnetlink->drained ? dump_deadline(rtnetlink) : 0;
}

/* What the kernel takes away it may give back in the same breath, as an address whose mask is changed: who
 * looked at the loss alone would withdraw its domain. */
static bool is_address_lost(const struct rtnetlink *rtnetlink)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)rtnetlink->octets[0];

	return rtnetlink->headers[0].msg_len >= sizeof(*message) &&
		message->nlmsg_type == RTM_DELADDR;
}

/* Until the tables were read after a loss, the model keeps the picture of before: one commit then
 * shows true differences only. */
static int rtnetlink_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct rtnetlink *rtnetlink = rtnetlink_of(source);
	int r;

	rtnetlink->news.owner = source->owner;
	if (dump_deadline(rtnetlink) <= now) {
		r = rtnetlink_dump(rtnetlink, model, now);
	} else {
		r = rtnetlink_hear(rtnetlink);
		rtnetlink->news.options_only = rtnetlink->lost;
		rtnetlink_take(rtnetlink, model, r, now);
		if (r == 1 && is_address_lost(rtnetlink)) {
			r = rtnetlink_receive(rtnetlink);
			rtnetlink_take(rtnetlink, model, r, now);
		}
		if (r >= 0 && rtnetlink->lost) {
			rtnetlink_news_want(&rtnetlink->news, RTNETLINK_TABLES, now);
			return 0;
		}
	}
	return r < 0 ? r : rtnetlink_commit(rtnetlink, model, now);
}

static int rtnetlink_fd(const struct source *source)
{
	return mnl_socket_get_fd(rtnetlink_of_const(source)->socket);
}

static bool rtnetlink_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[RTNETLINK_COUNTERS] = {
		[RTNETLINK_EVENTS] = "rtnetlink events",
		[RTNETLINK_DUMPS] = "rtnetlink dumps",
		[RTNETLINK_OVERRUNS] = "rtnetlink overruns: receive buffer full",
		[RTNETLINK_INTERRUPTED] = "rtnetlink dumps interrupted",
		[RTNETLINK_FAILED] = "rtnetlink dumps failed",
		[RTNETLINK_MALFORMED] = "rtnetlink messages skipped: malformed",
		[RTNETLINK_REFUSED] = "rtnetlink facts refused",
	};

	if (index >= RTNETLINK_COUNTERS)
		return false;
	*name = names[index];
	*value = rtnetlink_of_const(source)->news.counters[index];
	return true;
}

static void rtnetlink_free(struct source *source)
{
	if (source == NULL)
		return;
	policy_deinit(&rtnetlink_of(source)->news.policy);
	if (rtnetlink_of(source)->socket != NULL)
		mnl_socket_close(rtnetlink_of(source)->socket);
	free(source);
}

static const struct source_ops rtnetlink_ops = {
	.name = "rtnetlink",
	.fd = rtnetlink_fd,
	.dispatch = rtnetlink_dispatch,
	.deadline = rtnetlink_deadline,
	.counter = rtnetlink_counter,
	.free = rtnetlink_free,
};

/* ---- the socket ---- */

/* Where the low octet of a 16-bit number in host order is. */
#define LOW_OCTET(offset) ((offset) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 1 : 0))

/* Events of routes to somewhere shall not even wake this process: every address that
 * is added brings some, and a router of the Internet has millions. The first message decides over
 * its datagram, so answers, which hold many, pass. */
static void socket_filter(int fd)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			LOW_OCTET(offsetof(struct nlmsghdr, nlmsg_flags))),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NLM_F_MULTI, 5, 0),
		BPF_STMT(
			BPF_LD | BPF_B | BPF_ABS, LOW_OCTET(offsetof(struct nlmsghdr, nlmsg_type))),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTM_NEWROUTE, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTM_DELROUTE, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			sizeof(struct nlmsghdr) + offsetof(struct rtmsg, rtm_dst_len)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, RTNETLINK_DEFAULT_LENGTH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* taken whole */
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int socket_prepare(struct mnl_socket *socket)
{
	static const int more[] = {RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, RTNLGRP_IPV4_NETCONF};
	const unsigned int groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
		RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | 1U << (RTNLGRP_ND_USEROPT - 1);
	int fd = mnl_socket_get_fd(socket), on = 1, size = RECEIVE_BUFFER;

	/* Without these the source still works: it looks at everything itself, and loses events
	 * sooner. */
	socket_filter(fd);
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Before any table is read: what changes meanwhile is an event. */
	if (mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &more[i], sizeof(more[i])) <
			0)
			return -errno;
	}
	return 0;
}

int source_rtnetlink_new(struct source **sourcep)
{
	struct rtnetlink *rtnetlink = calloc(1, sizeof(*rtnetlink));
	int r;

	if (rtnetlink == NULL)
		return -ENOMEM;
	rtnetlink->source.ops = &rtnetlink_ops;
	rtnetlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	r = rtnetlink->socket != NULL ? socket_prepare(rtnetlink->socket) : -errno;
	if (r < 0) {
		rtnetlink_free(&rtnetlink->source);
		return r;
	}
	for (size_t i = 0; i < BATCH; i++) {
		rtnetlink->vectors[i] = (struct iovec){rtnetlink->octets[i], DATAGRAM_SIZE};
		rtnetlink->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &rtnetlink->senders[i],
			.msg_namelen = sizeof(rtnetlink->senders[i]),
			.msg_iov = &rtnetlink->vectors[i],
			.msg_iovlen = 1,
		};
	}
	rtnetlink->news.port = mnl_socket_get_portid(rtnetlink->socket);
	rtnetlink->news.done = true;
	rtnetlink_news_want(&rtnetlink->news, RTNETLINK_TABLES, 0);
	*sourcep = &rtnetlink->source;
	return 0;
}
